-- Numbers of record kinds and of their declared fields. The field with the empty name stands for the whole kind.
CREATE TABLE kind (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE field (
    number INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL REFERENCES kind,
    name TEXT NOT NULL,
    facet INTEGER NOT NULL,
    UNIQUE (kind, name)
);
-- Interned labels, as canonical JSON.
CREATE TABLE label (number INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE);

-- The newest state of each object, without its body.
CREATE TABLE object (
    sequence INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    label INTEGER NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT,
    created_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    synthetic INTEGER NOT NULL,
    erased INTEGER NOT NULL DEFAULT 0,
    fields BLOB NOT NULL
);
-- Readers of little start from what carries their labels.
CREATE INDEX object_by_label ON object (kind, label);
-- Every version; each body is stored here and nowhere else. place = object * 2^20 + version, so that one integer is
-- the key and a new object is appended.
CREATE TABLE version (
    place INTEGER PRIMARY KEY,
    schema INTEGER NOT NULL,
    label INTEGER NOT NULL,
    owner TEXT,
    author BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    synthetic INTEGER NOT NULL,
    salt BLOB,
    body TEXT
);

-- Index values of the newest versions.
CREATE TABLE field_value (
    field INTEGER NOT NULL,
    value BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    label INTEGER NOT NULL,
    PRIMARY KEY (field, value, sequence)
) WITHOUT ROWID;
-- Totals, kept in the transaction of every save; `counts` holds those of a block of labels (kernel: counter.rs).
CREATE TABLE counter (
    field INTEGER NOT NULL,
    value BLOB NOT NULL,
    block INTEGER NOT NULL,
    counts BLOB NOT NULL,
    PRIMARY KEY (field, value, block)
) WITHOUT ROWID;
-- `handling` holds one token for the kind and one for the label, so that a search meets what may not be seen as
-- seldom as possible. The texts arrive normalised: anything but ASCII letters and digits is part of a token.
CREATE VIRTUAL TABLE search USING fts5 (
    handling,
    content,
    content = '',
    contentless_delete = 1,
    tokenize = 'ascii'
);

CREATE TABLE relation (
    source INTEGER NOT NULL,
    name TEXT NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (source, name, target)
) WITHOUT ROWID;
CREATE INDEX relation_by_target ON relation (target);
CREATE TABLE consent (
    object INTEGER NOT NULL,
    version INTEGER NOT NULL,
    label INTEGER NOT NULL,
    PRIMARY KEY (object, version, label)
) WITHOUT ROWID;

-- The Merkle journal. One writer at a time gives every entry its place at once. key = level * 2^48 + number.
CREATE TABLE journal (position INTEGER PRIMARY KEY, object INTEGER, entry BLOB NOT NULL);
CREATE INDEX journal_of_object ON journal (object);
CREATE TABLE tile (key INTEGER PRIMARY KEY, hashes BLOB NOT NULL);

CREATE TABLE event (
    sequence INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    object BLOB,
    at INTEGER NOT NULL,
    payload TEXT NOT NULL
);
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    run_at INTEGER NOT NULL,
    lease INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER NOT NULL DEFAULT 0,
    unique_key TEXT UNIQUE,
    last_error TEXT
);
CREATE INDEX job_due ON job (run_at) WHERE state IN ('ready', 'leased');
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';

CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    organisation TEXT,
    communities TEXT NOT NULL,
    roles TEXT NOT NULL,
    password_hash TEXT,
    totp_secret BLOB,
    totp_last_step INTEGER NOT NULL DEFAULT 0,
    oidc_subject TEXT UNIQUE,
    disabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE credential (
    hash BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    account BLOB NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX credential_of_account ON credential (account, purpose);
