SELECT s.id, r.name, t.id
FROM object o
JOIN relation r ON r.source = o.sequence OR r.target = o.sequence
JOIN object s ON s.sequence = r.source
JOIN object t ON t.sequence = r.target
WHERE o.id = $1 AND s.label = ANY ($2) AND t.label = ANY ($2)
ORDER BY s.id, r.name COLLATE "C", t.id
