INSERT INTO setting (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = CASE WHEN $3 THEN setting.value ELSE excluded.value END
RETURNING value
