SELECT b.version, b.author, b.recorded_at, b.body IS NULL
FROM object o
JOIN version b ON b.object = o.sequence
WHERE o.id = $1 AND o.label = ANY ($2) AND b.label = ANY ($2)
ORDER BY b.version DESC
