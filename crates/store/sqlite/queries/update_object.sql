UPDATE object
SET label = ?, version = ?, owner = ?, recorded_at = ?, synthetic = ?, fields = ?
WHERE sequence = ?
