SELECT
    o.id, o.kind, b.place & 1048575, b.label, b.owner, o.created_at, b.recorded_at, b.synthetic, b.body IS NULL,
    b.schema, b.author, b.body
FROM object o
JOIN version b ON b.place = (o.sequence << 20) + ?3
WHERE o.id = ?1
    AND o.label IN (SELECT value FROM json_each(?2))
    AND b.label IN (SELECT value FROM json_each(?2))
