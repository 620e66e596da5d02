SELECT
    (SELECT count(*) FROM object),
    (SELECT count(*) FROM version),
    (SELECT coalesce(max(position) + 1, 0) FROM journal),
    (SELECT count(*) FROM job WHERE state IN ('ready', 'leased')),
    (SELECT count(*) FROM job WHERE state = 'dead')
