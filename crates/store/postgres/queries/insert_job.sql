INSERT INTO job (name, payload, run_at, unique_key) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
