INSERT INTO leaf (object, entry)
SELECT nullif(object, 0), entry
FROM unnest($1::BIGINT[], $2::BYTEA[]) WITH ORDINALITY AS r (object, entry, place)
ORDER BY place
