SELECT j.position, j.entry, o.label
FROM journal j
LEFT JOIN object o ON o.sequence = j.object
WHERE j.position >= ?
ORDER BY j.position
LIMIT ?
