SELECT
    o.id, o.kind, b.version, b.label, b.owner, o.created_at, b.recorded_at, b.synthetic, b.body IS NULL,
    b.schema, b.author, b.body
FROM object o
JOIN version b ON b.object = o.sequence AND b.version = $3
WHERE o.id = $1 AND o.label = ANY ($2) AND b.label = ANY ($2)
