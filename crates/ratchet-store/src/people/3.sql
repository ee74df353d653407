-- Texts of plans that nobody has proposed yet.
CREATE TABLE plan_draft (
    programme TEXT NOT NULL,
    id TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    text TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (programme, id)
) STRICT, WITHOUT ROWID;
-- Commands that one person has asked for and another one sends (ACC-3), where the engine itself does not ask two.
CREATE TABLE proposal (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    programme TEXT NOT NULL,
    number INTEGER NOT NULL UNIQUE,
    -- As JSON, without key, time and actor.
    command TEXT NOT NULL,
    -- `open`, `approved`, `withdrawn`.
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER
) STRICT;
CREATE INDEX proposal_of_programme ON proposal (programme, number);
CREATE INDEX audit_of_subject ON audit (tenant, subject);
