-- Films of a programme: each is shown from its local day until that of the next (VIEW-1).
CREATE TABLE film (
    programme TEXT NOT NULL,
    id TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    from_day TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    -- A path on this server; NULL for the one that the shop draws itself.
    path TEXT,
    PRIMARY KEY (programme, id),
    UNIQUE (programme, from_day)
) STRICT, WITHOUT ROWID;
-- What a member has watched of a day's film. Times are the machine's, in microseconds.
CREATE TABLE viewing (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    programme TEXT NOT NULL,
    member TEXT NOT NULL,
    person TEXT NOT NULL,
    -- Of the programme.
    day TEXT NOT NULL,
    film TEXT NOT NULL,
    length_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    watched_ms INTEGER NOT NULL,
    spare_ms INTEGER NOT NULL,
    heartbeats INTEGER NOT NULL,
    playing INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    heard_at INTEGER NOT NULL,
    -- The entry by which the task was done.
    seq INTEGER
) STRICT;
CREATE INDEX viewing_of_day ON viewing (programme, day, member);
CREATE INDEX viewing_of_person ON viewing (person);
-- How often something was refused on a day, by code (VIEW-6).
CREATE TABLE viewing_refusal (
    programme TEXT NOT NULL,
    day TEXT NOT NULL,
    code TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (programme, day, code)
) STRICT, WITHOUT ROWID;
