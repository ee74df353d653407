CREATE TABLE tenant (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    -- PHC string of Argon2id.
    password TEXT NOT NULL,
    -- The person's key, sealed under the master key; everything sealed of the person is sealed under it.
    key BLOB NOT NULL,
    -- Name and login.
    sealed BLOB NOT NULL,
    -- Secret of the second factor: set up and not confirmed, confirmed.
    second_factor_begun BLOB,
    second_factor BLOB,
    -- The last step of the second factor that was used, so that no code works twice.
    second_factor_step INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What people log in with, as a keyed hash.
CREATE TABLE login (
    hash BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE recovery_code (
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    PRIMARY KEY (person, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_person ON session (person);
CREATE TABLE role_grant (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    granted_by TEXT NOT NULL,
    PRIMARY KEY (tenant, person, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_of_person ON role_grant (person);
-- Links that work once. One for a new tenant names no tenant yet.
CREATE TABLE invitation (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT REFERENCES tenant (id),
    tenant_name TEXT,
    role TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_by TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE api_key (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Permissions, one blank between two.
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE programme_tenant (
    programme TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE membership (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    programme TEXT NOT NULL,
    person TEXT NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (programme, person),
    UNIQUE (programme, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_of_person ON membership (person);
CREATE TABLE product (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    programme TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    description_zh TEXT NOT NULL,
    description_en TEXT NOT NULL,
    picture TEXT,
    price INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    PRIMARY KEY (programme, id),
    UNIQUE (programme, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE payment (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    programme TEXT NOT NULL,
    -- An order, or of a payout the withdrawal.
    subject TEXT NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    number INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX payment_of_subject ON payment (programme, subject, number);
-- Messages of the play-money provider on their way to the server.
CREATE TABLE callback (
    number INTEGER PRIMARY KEY,
    payment TEXT NOT NULL REFERENCES payment (id),
    body TEXT NOT NULL,
    -- Held until somebody lets it go.
    held INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER
) STRICT;
-- Writes that are no commands of the engine, with the answer of then (IDEM-1).
CREATE TABLE answer (
    person TEXT NOT NULL,
    key TEXT NOT NULL,
    content BLOB NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    address TEXT NOT NULL,
    request TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT,
    after TEXT,
    entry INTEGER,
    hash BLOB NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;
-- Nothing in the program changes it; a hand at the file is told so too.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
