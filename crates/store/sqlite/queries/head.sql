SELECT
    (SELECT coalesce(max(sequence), 0) + 1 FROM object),
    (SELECT coalesce(max(position) + 1, 0) FROM journal)
