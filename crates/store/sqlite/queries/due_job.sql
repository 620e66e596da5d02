SELECT id FROM job
WHERE state IN ('ready', 'leased') AND run_at <= ?1 AND (state = 'ready' OR lease_until <= ?1)
LIMIT 1
