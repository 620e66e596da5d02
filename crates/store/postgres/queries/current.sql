SELECT id, sequence, version, label, erased, fields
FROM object
WHERE id = ANY ($1)
ORDER BY sequence
FOR UPDATE
