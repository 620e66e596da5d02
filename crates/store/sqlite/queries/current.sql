SELECT id, sequence, version, label, erased, fields FROM object WHERE id IN (
