SELECT j.position, j.entry, o.label
FROM object o
JOIN journal j ON j.object = o.sequence
WHERE o.id = $1
ORDER BY j.position
