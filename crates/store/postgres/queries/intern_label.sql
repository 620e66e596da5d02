WITH known AS (
    SELECT number FROM label WHERE content = $1
), made AS (
    INSERT INTO label (content) SELECT $1 WHERE NOT EXISTS (SELECT FROM known) RETURNING number
)
SELECT number FROM known
UNION ALL
SELECT number FROM made
