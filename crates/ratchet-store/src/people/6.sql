-- Where a person wants goods sent; who, phone and street are sealed under the person's key.
CREATE TABLE address (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    region TEXT NOT NULL,
    sealed BLOB NOT NULL,
    is_default INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX address_of_person ON address (person, number);
-- Where an order goes, as the address was when it was placed. It stays when the person leaves, and nobody can open it then.
CREATE TABLE delivery (
    programme TEXT NOT NULL,
    order_id TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    person TEXT NOT NULL,
    region TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (programme, order_id)
) STRICT, WITHOUT ROWID;
-- Which coupons of its plan a programme's members may take by themselves.
CREATE TABLE coupon_offer (
    programme TEXT NOT NULL,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    place INTEGER NOT NULL,
    per_member INTEGER NOT NULL,
    total INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (programme, kind)
) STRICT, WITHOUT ROWID;
-- Coupons that were taken: a row is there before the journal has its coupon.
CREATE TABLE coupon_taken (
    programme TEXT NOT NULL,
    kind TEXT NOT NULL,
    member TEXT NOT NULL,
    coupon TEXT NOT NULL,
    PRIMARY KEY (programme, kind, member, coupon)
) STRICT, WITHOUT ROWID;
