SELECT block, counts FROM counter WHERE field = $1 AND value = $2
UNION ALL
SELECT block, counts FROM counter_change WHERE field = $1 AND value = $2
