SELECT value, block, counts FROM counter WHERE field = ? ORDER BY value
