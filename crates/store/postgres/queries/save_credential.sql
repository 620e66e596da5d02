INSERT INTO credential (hash, purpose, account, name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at
