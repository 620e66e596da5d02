FROM object o
JOIN version b ON b.place = (o.sequence << 20) + o.version
WHERE o.id = ?
