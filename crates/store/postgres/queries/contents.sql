-- The first byte of an entry is its kind (1 = saved), bytes 18 to 21 are the version, big-endian.
WITH page AS (
    SELECT position, object, entry
    FROM journal
    WHERE position >= $1
    ORDER BY position
    LIMIT $2
)
SELECT
    p.position, p.entry, b.salt, b.body, o.id, k.name, b.version, b.schema, b.label, b.owner, b.author,
    o.created_at, b.recorded_at, b.synthetic
FROM page p
LEFT JOIN object o ON o.sequence = p.object AND get_byte(p.entry, 0) = 1
LEFT JOIN kind k ON k.number = o.kind
LEFT JOIN version b ON b.object = o.sequence
    AND b.version = ('x' || encode(substring(p.entry FROM 18 FOR 4), 'hex'))::BIT(32)::BIGINT
ORDER BY p.position
