INSERT INTO credential (hash, purpose, account, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at
