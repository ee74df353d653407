-- What somebody who asks to be a merchant says of the shop, sealed under their key; where the application stands the journal says.
CREATE TABLE merchant_application (
    programme TEXT NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    merchant TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX application_of_merchant ON merchant_application (programme, merchant);
-- What a merchant would sell; the company lists it or says why not.
CREATE TABLE merchant_product (
    programme TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    merchant TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    description_zh TEXT NOT NULL,
    description_en TEXT NOT NULL,
    price INTEGER NOT NULL,
    -- What the merchant gets of one.
    cost INTEGER NOT NULL,
    stock INTEGER,
    award TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    proposed_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    PRIMARY KEY (programme, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_of_merchant ON merchant_product (programme, merchant, number);
-- How an order went out.
CREATE TABLE shipment (
    programme TEXT NOT NULL,
    order_id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    carrier TEXT NOT NULL,
    number TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (programme, order_id)
) STRICT, WITHOUT ROWID;
-- What a suspended merchant says to it, sealed as an application is, and what staff answered.
CREATE TABLE merchant_appeal (
    programme TEXT NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    merchant TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    answer TEXT,
    answered_by TEXT,
    answered_at INTEGER,
    PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX appeal_of_merchant ON merchant_appeal (programme, merchant);
