WITH taken AS (
    DELETE FROM leaf
    WHERE id IN (SELECT id FROM leaf ORDER BY id LIMIT $2)
    RETURNING id, object, entry
)
INSERT INTO journal (position, object, entry)
SELECT $1 + row_number() OVER (ORDER BY id) - 1, object, entry FROM taken
RETURNING position, entry
