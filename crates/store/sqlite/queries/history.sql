SELECT b.place & 1048575, b.author, b.recorded_at, b.body IS NULL
FROM object o
JOIN version b ON b.place BETWEEN (o.sequence << 20) AND (o.sequence << 20) + 1048575
WHERE o.id = ?1
    AND o.label IN (SELECT value FROM json_each(?2))
    AND b.label IN (SELECT value FROM json_each(?2))
ORDER BY b.place DESC
