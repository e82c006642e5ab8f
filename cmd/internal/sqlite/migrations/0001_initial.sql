CREATE TABLE runs (
    id      TEXT PRIMARY KEY,
    number  INTEGER NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    state   TEXT NOT NULL,
    created INTEGER NOT NULL,              -- Unix milliseconds
    body    TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX runs_by_state ON runs (state);

CREATE TABLE transactions (
    id       TEXT PRIMARY KEY,
    chain_id INTEGER NOT NULL,
    genesis  TEXT NOT NULL,
    intent   TEXT NOT NULL,
    state    TEXT NOT NULL,
    created  INTEGER NOT NULL,             -- Unix milliseconds
    body     TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
-- One thing a person meant to do on one chain is one transaction, whatever crashes in between.
CREATE UNIQUE INDEX transactions_by_intent ON transactions (chain_id, genesis, intent)
    WHERE intent <> '';

CREATE TABLE notices (
    id       TEXT PRIMARY KEY,
    at       INTEGER NOT NULL,             -- Unix milliseconds
    severity TEXT NOT NULL,
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,
    route    TEXT NOT NULL,
    read     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE drafts (
    key  TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    at   INTEGER NOT NULL                  -- Unix milliseconds
) STRICT;
