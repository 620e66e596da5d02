SELECT EXISTS (
    SELECT 1
    FROM consent c
    JOIN object o ON o.sequence = c.object
    WHERE o.id = $1 AND c.version = $2 AND c.label = $3
)
