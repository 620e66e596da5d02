SELECT setval(pg_get_serial_sequence('kind', 'number'), max(number)) FROM kind;
SELECT setval(pg_get_serial_sequence('field', 'number'), max(number)) FROM field;
SELECT setval(pg_get_serial_sequence('label', 'number'), max(number)) FROM label;
SELECT setval('object_sequence', max(sequence)) FROM object;
SELECT setval(pg_get_serial_sequence('event', 'sequence'), max(sequence)) FROM event;
SELECT setval(pg_get_serial_sequence('job', 'id'), max(id)) FROM job;
