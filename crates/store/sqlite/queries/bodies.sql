SELECT o.sequence, o.kind, o.label, k.name, b.schema, b.body
FROM object o
JOIN kind k ON k.number = o.kind
JOIN version b ON b.place = (o.sequence << 20) + o.version
WHERE o.sequence > ? AND NOT o.erased
ORDER BY o.sequence
LIMIT ?
