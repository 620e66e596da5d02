UPDATE job SET state = 'done' WHERE id = $1 AND lease = $2 AND state = 'leased'
