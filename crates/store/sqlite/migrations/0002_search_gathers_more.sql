-- A bulk import fills 16 MiB of search words in memory before they are written as one sorted run, instead of the 1 MiB
-- of FTS5's default: fewer runs to merge. Runs are merged eight at a time.
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);
INSERT INTO search (search, rank) VALUES ('automerge', 8);
