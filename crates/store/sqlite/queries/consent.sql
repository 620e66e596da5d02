SELECT EXISTS (
    SELECT 1
    FROM consent c
    JOIN object o ON o.sequence = c.object
    WHERE o.id = ? AND c.version = ? AND c.label = ?
)
