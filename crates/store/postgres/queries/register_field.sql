INSERT INTO field (kind, name, facet)
SELECT number, $2, $3 FROM kind WHERE name = $1
ON CONFLICT (kind, name) DO UPDATE SET facet = excluded.facet
