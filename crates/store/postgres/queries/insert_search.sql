INSERT INTO search (sequence, label, content)
SELECT sequence, label, content::TSVECTOR
FROM unnest($1::BIGINT[], $2::BIGINT[], $3::TEXT[]) AS r (sequence, label, content)
