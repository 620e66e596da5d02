INSERT INTO search (sequence, content)
SELECT sequence, content::TSVECTOR FROM unnest($1::BIGINT[], $2::TEXT[]) AS r (sequence, content)
