-- What a tenant asks of people. Tenants of before go on as they did; a new one asks its staff for a second factor.
ALTER TABLE tenant ADD COLUMN staff_second_factor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenant ADD COLUMN confirmed_login INTEGER NOT NULL DEFAULT 0;
-- When somebody proved to receive what is sent to their login.
ALTER TABLE person ADD COLUMN confirmed_at INTEGER;
-- Codes that were sent, each for one purpose, as keyed hashes: six digits alone could be tried out. There is a row for logins that
-- nobody has too, so that both take the same work.
CREATE TABLE one_time_code (
    login BLOB NOT NULL,
    purpose TEXT NOT NULL,
    code BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts_left INTEGER NOT NULL,
    PRIMARY KEY (login, purpose)
) STRICT, WITHOUT ROWID;
-- Up to which entry somebody has read what happened to them.
CREATE TABLE message_read (
    programme TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    PRIMARY KEY (programme, person)
) STRICT, WITHOUT ROWID;
-- The play-money provider's own books, of which it makes its statements: money that came in or went out, in minor units. The reference
-- is what its line has in common with one of the journal; times are the programme's.
CREATE TABLE transfer (
    number INTEGER PRIMARY KEY,
    programme TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (programme, reference)
) STRICT;
-- What it does with the next payouts of a programme.
CREATE TABLE play_money (
    programme TEXT PRIMARY KEY,
    payouts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Differences between statement and journal that somebody has explained.
CREATE TABLE explained (
    programme TEXT NOT NULL,
    reference TEXT NOT NULL,
    explanation TEXT NOT NULL,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (programme, reference)
) STRICT, WITHOUT ROWID;
-- What one person says of a payout whose outcome is unknown; another has to say the same.
CREATE TABLE payout_claim (
    programme TEXT NOT NULL,
    withdrawal TEXT NOT NULL,
    outcome TEXT NOT NULL,
    evidence TEXT NOT NULL,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (programme, withdrawal)
) STRICT, WITHOUT ROWID;
