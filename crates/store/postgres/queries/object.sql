FROM object o
JOIN version b ON b.object = o.sequence AND b.version = o.version
WHERE o.id = $1 AND o.label = ANY ($2)
