-- What a programme sorts its articles by, in the order in which its operator put them.
CREATE TABLE category (
    programme TEXT NOT NULL,
    id TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    place INTEGER NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    PRIMARY KEY (programme, id)
) STRICT, WITHOUT ROWID;
ALTER TABLE product ADD COLUMN category TEXT;
ALTER TABLE product ADD COLUMN brand TEXT;
-- Pictures after the first, and the parts of its page, both as JSON.
ALTER TABLE product ADD COLUMN gallery TEXT NOT NULL DEFAULT '[]';
ALTER TABLE product ADD COLUMN blocks TEXT NOT NULL DEFAULT '[]';
-- Its row of `product_words`. Where it is NULL the words are cut at the next start: a later step that wants them cut otherwise sets NULL.
ALTER TABLE product ADD COLUMN words INTEGER;
-- All that a search filters and sorts by, so that it reads whole articles of one page only.
CREATE INDEX product_of_words ON product (words, programme, listed, category, brand, price, number, id);
CREATE INDEX product_by_price ON product (programme, price, number);
CREATE INDEX product_of_category ON product (programme, category, number);
-- Words of names and brands, cut before they come here; the table keeps no text.
CREATE VIRTUAL TABLE product_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
