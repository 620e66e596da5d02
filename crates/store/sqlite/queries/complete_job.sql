UPDATE job SET state = 'done' WHERE id = ? AND lease = ? AND state = 'leased'
