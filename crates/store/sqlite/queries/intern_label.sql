INSERT INTO label (content) VALUES (?)
ON CONFLICT DO UPDATE SET content = excluded.content
RETURNING number
