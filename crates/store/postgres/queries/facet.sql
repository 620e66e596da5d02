SELECT value, sum(n)::BIGINT
FROM counter
WHERE field = $1 AND label = ANY ($2)
GROUP BY value
HAVING sum(n) > 0
ORDER BY value
