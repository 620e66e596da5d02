INSERT INTO tile (key, hashes)
SELECT * FROM unnest($1::BIGINT[], $2::BYTEA[])
ON CONFLICT (key) DO UPDATE SET hashes = excluded.hashes
