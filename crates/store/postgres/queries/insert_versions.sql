INSERT INTO version (object, version, schema, label, owner, author, recorded_at, synthetic, salt, body)
SELECT * FROM unnest(
    $1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::TEXT[], $6::BYTEA[], $7::BIGINT[], $8::BOOLEAN[],
    $9::BYTEA[], $10::TEXT[]
)
