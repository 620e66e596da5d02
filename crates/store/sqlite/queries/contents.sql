-- The first byte of an entry is its kind (1 = saved), bytes 18 to 21 are the version, big-endian.
WITH page AS (
    SELECT
        position, object, entry,
        CASE WHEN substr(entry, 1, 1) = x'01' THEN
            (SELECT o.version FROM object o WHERE o.sequence = object) END AS newest
    FROM journal
    WHERE position >= ?1
    ORDER BY position
    LIMIT ?2
)
SELECT
    p.position, p.entry, b.salt, b.body, o.id, k.name, b.place & 1048575, b.schema, b.label, b.owner, b.author,
    o.created_at, b.recorded_at, b.synthetic
FROM page p
LEFT JOIN object o ON o.sequence = p.object AND p.newest IS NOT NULL
LEFT JOIN kind k ON k.number = o.kind
LEFT JOIN version b ON b.place BETWEEN (o.sequence << 20) AND (o.sequence << 20) + p.newest
    AND substr(p.entry, 18, 4) = unhex(format('%08x', b.place & 1048575))
ORDER BY p.position
