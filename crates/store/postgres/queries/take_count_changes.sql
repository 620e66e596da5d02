DELETE FROM counter_change RETURNING field, value, block, counts
