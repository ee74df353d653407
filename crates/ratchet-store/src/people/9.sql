-- What a buyer says of a line that it received. What was written is sealed under the person's key: once the person leaves nobody can
-- open it, while the stars stay and count (MALL-6).
CREATE TABLE review (
    programme TEXT NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    order_id TEXT NOT NULL,
    line TEXT NOT NULL,
    product TEXT NOT NULL,
    -- Of the line, where it names one.
    merchant TEXT,
    member TEXT NOT NULL,
    person TEXT NOT NULL,
    stars INTEGER NOT NULL,
    -- Whether it has pictures, the follow-up included; 0 once they are gone with the person.
    pictured INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    -- By the programme's clock.
    at INTEGER NOT NULL,
    follow_up BLOB,
    followed_up_at INTEGER,
    answer TEXT,
    answered_by TEXT,
    by_merchant INTEGER,
    answered_at INTEGER,
    -- Why staff hides it: everybody reads this in place of what was written.
    hidden TEXT,
    hidden_by TEXT,
    hidden_at INTEGER,
    PRIMARY KEY (programme, number),
    UNIQUE (programme, order_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_of_product ON review (programme, product, number);
CREATE INDEX review_of_merchant ON review (programme, merchant, number);
CREATE INDEX review_of_person ON review (person);
-- Articles that a person wants to find again, with the price of then in minor units (MALL-8).
CREATE TABLE favourite (
    programme TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    number INTEGER NOT NULL,
    price INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (programme, person, product)
) STRICT, WITHOUT ROWID;
-- Who put which picture on this server, and what for; its files are kept elsewhere under its id (MALL-7).
CREATE TABLE picture (
    programme TEXT NOT NULL,
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    purpose TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (programme, id, person, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX picture_by_id ON picture (id);
CREATE INDEX picture_of_person ON picture (person);
-- Pictures that nobody has any more and whose files are still to be deleted.
CREATE TABLE picture_gone (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
-- The picture of a product that a merchant proposes.
ALTER TABLE merchant_product ADD COLUMN picture TEXT;
