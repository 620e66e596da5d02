SELECT field, value, block, counts
FROM counter JOIN unnest($1::BIGINT[], $2::BYTEA[], $3::BIGINT[]) AS t (field, value, block) USING (field, value, block)
