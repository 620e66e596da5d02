INSERT INTO setting (name, value) VALUES (?1, ?2)
ON CONFLICT DO UPDATE SET value = CASE WHEN ?3 THEN value ELSE excluded.value END
RETURNING value
