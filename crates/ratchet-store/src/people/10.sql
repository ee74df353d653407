-- The blocks of the home page as the operator arranged them, JSON; without a row the page is the standard one.
CREATE TABLE home (
    programme TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    blocks TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- What the operator tells everybody, while the programme's clock is within its time.
CREATE TABLE notice (
    programme TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    text_zh TEXT NOT NULL,
    text_en TEXT NOT NULL,
    begins INTEGER NOT NULL,
    ends INTEGER,
    PRIMARY KEY (programme, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX notice_in_order ON notice (programme, number);
-- What buyer, merchant and staff say to each other of an order. What buyer and merchant say is sealed under their key; staff's words are plain.
CREATE TABLE order_message (
    programme TEXT NOT NULL,
    order_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    side TEXT NOT NULL,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    sealed BLOB,
    words TEXT,
    PRIMARY KEY (programme, order_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_message_of_person ON order_message (person);
