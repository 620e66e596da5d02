SELECT coalesce(sum(n), 0)::BIGINT FROM counter WHERE field = $1 AND value = $2 AND label = ANY ($3)
