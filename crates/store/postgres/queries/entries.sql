SELECT j.position, j.entry, o.label
FROM journal j
LEFT JOIN object o ON o.sequence = j.object
WHERE j.position >= $1
ORDER BY j.position
LIMIT $2
