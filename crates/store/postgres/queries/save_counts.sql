INSERT INTO counter (field, value, block, counts)
SELECT * FROM unnest($1::BIGINT[], $2::BYTEA[], $3::BIGINT[], $4::BYTEA[])
ON CONFLICT (field, value, block) DO UPDATE SET counts = excluded.counts
