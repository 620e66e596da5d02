SELECT c.field, c.value, c.block, c.counts
FROM touched t CROSS JOIN counter c ON c.field = t.field AND c.value = t.value AND c.block = t.block
