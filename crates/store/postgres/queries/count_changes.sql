INSERT INTO counter_change (field, value, block, counts)
SELECT * FROM unnest($1::BIGINT[], $2::BYTEA[], $3::BIGINT[], $4::BYTEA[])
