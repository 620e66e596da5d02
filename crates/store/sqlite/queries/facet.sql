SELECT value, sum(n)
FROM counter
WHERE field = ? AND +label IN (SELECT value FROM json_each(?))
GROUP BY value
HAVING sum(n) > 0
ORDER BY value
