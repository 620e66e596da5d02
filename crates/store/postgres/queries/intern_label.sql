WITH made AS (
    INSERT INTO label (content) VALUES ($1) ON CONFLICT DO NOTHING RETURNING number
)
SELECT number FROM made
UNION ALL
SELECT number FROM label WHERE content = $1
LIMIT 1
