SELECT o.sequence, o.kind, o.label, k.name, b.schema, b.body
FROM object o
JOIN kind k ON k.number = o.kind
JOIN version b ON b.object = o.sequence AND b.version = o.version
WHERE o.sequence > $1 AND NOT o.erased
ORDER BY o.sequence
LIMIT $2
