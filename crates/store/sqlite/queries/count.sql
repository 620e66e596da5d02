SELECT block, counts FROM counter WHERE field = ? AND value = ?
