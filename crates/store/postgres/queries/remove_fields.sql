DELETE FROM field_value v
USING unnest($1::BIGINT[], $2::BYTEA[], $3::BIGINT[]) AS r (field, value, sequence)
WHERE v.field = r.field AND v.value = r.value AND v.sequence = r.sequence
