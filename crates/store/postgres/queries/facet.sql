SELECT value, block, counts FROM counter WHERE field = $1
UNION ALL
SELECT value, block, counts FROM counter_change WHERE field = $1
