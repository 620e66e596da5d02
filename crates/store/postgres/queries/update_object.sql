UPDATE object
SET label = $1, version = $2, owner = $3, recorded_at = $4, synthetic = $5, fields = $6
WHERE sequence = $7
