INSERT INTO field_value (field, value, sequence, label)
SELECT * FROM unnest($1::BIGINT[], $2::BYTEA[], $3::BIGINT[], $4::BIGINT[])
