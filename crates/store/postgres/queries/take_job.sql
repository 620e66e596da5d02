UPDATE job
SET state = 'leased', attempts = attempts + 1, lease = lease + 1, lease_until = $2
WHERE id = (
    SELECT id FROM job
    WHERE state IN ('ready', 'leased') AND run_at <= $1 AND (state = 'ready' OR lease_until <= $1)
    ORDER BY run_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, name, payload, attempts, lease
