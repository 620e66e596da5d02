INSERT INTO label (content) VALUES ($1)
ON CONFLICT (sha256(convert_to(content, 'UTF8'))) DO UPDATE SET content = excluded.content
RETURNING number
