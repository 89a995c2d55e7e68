-- What an officer photographed. A row is written before the sheet is read.
CREATE TABLE sheets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo TEXT NOT NULL CHECK (length(photo) = 64),
    kind TEXT NOT NULL CHECK (kind IN ('sheet', 'attachment')),
    contest TEXT,
    form TEXT,
    page INTEGER CHECK (page >= 1),
    sharpness REAL,
    taken_at REAL NOT NULL,
    clock INTEGER NOT NULL CHECK (clock BETWEEN 0 AND 4),
    status TEXT NOT NULL CHECK (status IN ('taken', 'read', 'rejected')),
    reason TEXT NOT NULL DEFAULT '',
    reading BLOB,
    evidence BLOB
) STRICT;
CREATE INDEX sheets_by_page ON sheets (contest, page);

-- What officers said about a number: nothing here is ever changed.
CREATE TABLE words (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contest TEXT NOT NULL,
    field TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('confirm', 'correct')),
    value INTEGER CHECK (value BETWEEN 0 AND 999),
    said_at REAL NOT NULL
) STRICT;
CREATE INDEX words_by_contest ON words (contest);
CREATE TRIGGER words_kept BEFORE DELETE ON words
BEGIN SELECT RAISE(ABORT, 'words are never deleted'); END;
CREATE TRIGGER words_fixed BEFORE UPDATE ON words
BEGIN SELECT RAISE(ABORT, 'words are never changed'); END;

-- The last number given out in each epoch, committed before it is used.
CREATE TABLE numbers (
    epoch INTEGER PRIMARY KEY CHECK (epoch BETWEEN 1 AND 255),
    last INTEGER NOT NULL CHECK (last BETWEEN 1 AND 65535)
) STRICT;

CREATE TABLE results (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    epoch INTEGER NOT NULL REFERENCES numbers (epoch),
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 65535),
    record BLOB NOT NULL,
    made_at REAL NOT NULL,
    UNIQUE (epoch, number)
) STRICT;
CREATE TRIGGER results_kept BEFORE DELETE ON results
BEGIN SELECT RAISE(ABORT, 'results are never deleted'); END;
CREATE TRIGGER results_fixed BEFORE UPDATE ON results
BEGIN SELECT RAISE(ABORT, 'results are never changed'); END;

-- What has to reach the centre, named by the SHA-256 of its bytes. A photo's bytes are its file.
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    kind TEXT NOT NULL CHECK (kind IN ('result', 'evidence', 'photo')),
    state TEXT NOT NULL DEFAULT 'queued' CHECK (
        state IN ('queued', 'handed', 'broker_ack', 'stored', 'refused', 'conflict')
    ),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    receipt BLOB CHECK ((state IN ('stored', 'refused', 'conflict')) = (receipt IS NOT NULL)),
    -- Last, so that reading a state never has to walk over the pages of a body.
    body BLOB CHECK ((kind = 'photo') = (body IS NULL))
) STRICT;
CREATE INDEX outbox_open ON outbox (kind, state, next_at)
    WHERE state IN ('queued', 'handed', 'broker_ack');
CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'the outbox never forgets'); END;
-- A short receipt (12 bytes) gives way to the signed one (73), and to nothing else.
CREATE TRIGGER outbox_stored BEFORE UPDATE ON outbox WHEN OLD.state = 'stored'
    AND NOT (NEW.state = 'stored' AND length(OLD.receipt) = 12 AND length(NEW.receipt) = 73)
BEGIN SELECT RAISE(ABORT, 'stored is final'); END;

-- The audit log; each row carries the hash of the one before.
CREATE TABLE events (
    n INTEGER PRIMARY KEY CHECK (n >= 1),
    time REAL NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER events_kept BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER events_fixed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;

-- How each link is, written by the process that carries and shown by the others.
CREATE TABLE links (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    since REAL NOT NULL,
    error TEXT NOT NULL DEFAULT ''
) STRICT;
