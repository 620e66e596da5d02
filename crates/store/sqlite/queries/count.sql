SELECT coalesce(sum(n), 0)
FROM counter
WHERE field = ? AND value = ? AND label IN (SELECT value FROM json_each(?))
