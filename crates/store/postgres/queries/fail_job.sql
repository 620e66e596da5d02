UPDATE job
SET state = CASE WHEN attempts >= $5 THEN 'dead' ELSE 'ready' END, last_error = $3, run_at = $4
WHERE id = $1 AND lease = $2 AND state = 'leased'
