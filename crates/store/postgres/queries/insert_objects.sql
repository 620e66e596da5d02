INSERT INTO object (sequence, id, kind, label, version, owner, created_at, recorded_at, synthetic, fields)
SELECT r.sequence, r.id, r.kind, r.label, r.version, r.owner, r.at, r.at, r.synthetic, r.fields
FROM unnest(
    $1::BIGINT[], $2::BYTEA[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::TEXT[], $7::BIGINT[], $8::BOOLEAN[],
    $9::BYTEA[]
) AS r (sequence, id, kind, label, version, owner, at, synthetic, fields)
