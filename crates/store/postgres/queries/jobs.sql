SELECT id, name, state, attempts, run_at, last_error FROM job
WHERE state <> 'done'
ORDER BY (state <> 'dead'), id DESC
LIMIT $1
