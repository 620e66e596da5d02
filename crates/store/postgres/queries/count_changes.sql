INSERT INTO counter (field, value, label, shard, n)
SELECT field, value, label, pg_backend_pid() % 64, n
FROM unnest($1::BIGINT[], $2::BYTEA[], $3::BIGINT[], $4::BIGINT[]) WITH ORDINALITY
    AS r (field, value, label, n, place)
ORDER BY place
ON CONFLICT (field, value, label, shard) DO UPDATE SET n = counter.n + excluded.n
