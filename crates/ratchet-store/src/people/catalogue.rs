//! Articles' texts and prices, the categories they stand in, and how they are found.

use super::Tables;
use crate::fault::StoreError;
use crate::words::{IndexedWords, WantedWords};

/// An article as the shop shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductRow {
    /// Its id: the `sku` of order lines.
    pub id: String,
    /// Its place in the list.
    pub number: i64,
    /// What it is called, in Chinese and English.
    pub title: [String; 2],
    /// What it is.
    pub description: [String; 2],
    /// The first picture.
    pub picture: Option<String>,
    /// Further pictures.
    pub gallery: Vec<String>,
    /// The parts of its page, as JSON that these tables do not read.
    pub blocks: String,
    /// Its category.
    pub category: Option<String>,
    /// Its brand.
    pub brand: Option<String>,
    /// Price of one in minor units; where the plan has articles of its own, theirs counts.
    pub price: i64,
    /// Whether it is sold.
    pub listed: bool,
}

/// A category of a programme's articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRow {
    /// Its id.
    pub id: String,
    /// What it is called, in Chinese and English.
    pub name: [String; 2],
    /// How many articles in it are sold.
    pub count: i64,
}

/// In which order articles come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProductSort {
    /// As they were made.
    #[default]
    Made,
    /// The one that was made last first.
    Newest,
    /// The cheapest first.
    PriceUp,
    /// The dearest first.
    PriceDown,
}

/// Which articles.
#[derive(Clone, Debug, Default)]
pub struct ProductQuery {
    /// Only those with these words.
    pub words: Option<WantedWords>,
    /// Only of this category.
    pub category: Option<String>,
    /// Only of this brand.
    pub brand: Option<String>,
    /// Only from this price on, in minor units.
    pub price_from: Option<i64>,
    /// Only up to this price.
    pub price_to: Option<i64>,
    /// Only those that are sold.
    pub listed: bool,
    /// Only these ids.
    pub ids: Option<Vec<String>>,
    /// In which order.
    pub sort: ProductSort,
    /// After the article of this price and number.
    pub after: Option<(i64, i64)>,
    /// How many at most.
    pub limit: usize,
}

const COLUMNS: &str = "product.id, product.number, title_zh, title_en, description_zh, description_en, picture, gallery, blocks, \
                       product.category, product.brand, product.price, product.listed";

impl Tables<'_> {
    /// Makes or changes an article, which is found by these words; says how it was.
    pub fn put_product(
        &self,
        tenant: &str,
        programme: &str,
        product: &ProductRow,
        words: &IndexedWords,
    ) -> Result<Option<ProductRow>, StoreError> {
        let before = self.product(programme, &product.id)?;
        let put = "INSERT INTO product (tenant, programme, id, number, title_zh, title_en, description_zh, description_en, \
                   picture, price, listed, gallery, blocks, category, brand) VALUES (?1, ?2, ?3, \
                   (SELECT coalesce(max(number), 0) + 1 FROM product WHERE programme = ?2), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
                   ?12, ?13, ?14) \
                   ON CONFLICT (programme, id) DO UPDATE SET title_zh = ?4, title_en = ?5, description_zh = ?6, \
                   description_en = ?7, picture = ?8, price = ?9, listed = ?10, gallery = ?11, blocks = ?12, category = ?13, \
                   brand = ?14";
        let ([zh, en], [text_zh, text_en]) = (&product.title, &product.description);
        let gallery = serde_json::to_string(&product.gallery).expect("texts are JSON");
        let blocks = if product.blocks.is_empty() { "[]" } else { &product.blocks };
        self.execute(
            put,
            rusqlite::params![
                tenant,
                programme,
                product.id,
                zh,
                en,
                text_zh,
                text_en,
                product.picture,
                product.price,
                product.listed,
                gallery,
                blocks,
                product.category,
                product.brand,
            ],
        )?;
        self.index(programme, &product.id, words)?;
        Ok(before)
    }

    fn index(&self, programme: &str, id: &str, words: &IndexedWords) -> Result<(), StoreError> {
        let place = "UPDATE product SET words = (SELECT coalesce(max(words), 0) + 1 FROM product) \
                     WHERE programme = ?1 AND id = ?2 AND words IS NULL";
        self.execute(place, (programme, id))?;
        let put = "INSERT OR REPLACE INTO product_words (rowid, words) \
                   SELECT words, ?3 FROM product WHERE programme = ?1 AND id = ?2";
        self.execute(put, (programme, id, &words.0)).map(drop)
    }

    /// Cuts the words of articles that have none yet.
    pub(super) fn cut_words(&self) -> Result<(), StoreError> {
        let find =
            "SELECT programme, id, title_zh, title_en, coalesce(brand, '') FROM product WHERE words IS NULL";
        let uncut = self.all(find, [], |row| {
            let texts: [String; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, texts))
        })?;
        for (programme, id, texts) in uncut {
            self.index(&programme, &id, &IndexedWords::of(texts.iter().map(String::as_str)))?;
        }
        Ok(())
    }

    /// An article.
    pub fn product(&self, programme: &str, id: &str) -> Result<Option<ProductRow>, StoreError> {
        let find = format!("SELECT {COLUMNS} FROM product WHERE programme = ?1 AND id = ?2");
        self.one(&find, (programme, id), product_row)
    }

    /// Articles that fit a query, in its order.
    pub fn products(&self, programme: &str, query: &ProductQuery) -> Result<Vec<ProductRow>, StoreError> {
        let has_words = match query.words {
            Some(_) => "words IN (SELECT rowid FROM product_words WHERE product_words MATCH ?2)",
            None => "?2 IS NULL",
        };
        let (order, further) = match query.sort {
            ProductSort::Made => ("number", "?9 IS NULL OR (?8 IS NOT NULL AND number > ?9)"),
            ProductSort::Newest => ("number DESC", "?9 IS NULL OR (?8 IS NOT NULL AND number < ?9)"),
            ProductSort::PriceUp => ("price, number", "?9 IS NULL OR (price, number) > (?8, ?9)"),
            ProductSort::PriceDown => ("price DESC, number DESC", "?9 IS NULL OR (price, number) < (?8, ?9)"),
        };
        // Which ones by the index alone, then the articles of this page.
        let find = format!(
            "SELECT {COLUMNS} FROM product WHERE programme = ?1 AND id IN (SELECT id FROM product WHERE programme = ?1 \
             AND {has_words} AND (?3 IS NULL OR category = ?3) AND (?4 IS NULL OR brand = ?4) \
             AND (?5 IS NULL OR price >= ?5) AND (?6 IS NULL OR price <= ?6) AND (listed OR NOT ?7) \
             AND (?11 IS NULL OR id IN (SELECT value FROM json_each(?11))) AND ({further}) ORDER BY {order} LIMIT ?10) \
             ORDER BY {order}"
        );
        let (price, number) = query.after.unzip();
        let ids = query.ids.as_ref().map(|ids| serde_json::to_string(ids).expect("texts are JSON"));
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let words = query.words.as_ref().map(|words| &words.0);
        self.all(
            &find,
            rusqlite::params![
                programme,
                words,
                query.category,
                query.brand,
                query.price_from,
                query.price_to,
                query.listed,
                price,
                number,
                limit,
                ids,
            ],
            product_row,
        )
    }

    /// Articles whose id begins so or that have these words, in the order of their ids.
    pub fn products_by(
        &self,
        programme: &str,
        text: &str,
        words: Option<&WantedWords>,
        limit: usize,
    ) -> Result<Vec<ProductRow>, StoreError> {
        let find = format!(
            "SELECT {COLUMNS} FROM product WHERE programme = ?1 AND (substr(id, 1, length(?2)) = ?2 \
             OR (?3 IS NOT NULL AND words IN (SELECT rowid FROM product_words WHERE product_words MATCH ?3))) \
             ORDER BY id LIMIT ?4"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(&find, (programme, text, words.map(|words| &words.0), limit), product_row)
    }

    /// Brands of what is sold, those with most articles first, with how many.
    pub fn brands(&self, programme: &str, limit: usize) -> Result<Vec<(String, i64)>, StoreError> {
        let find = "SELECT brand, count(*) AS many FROM product WHERE programme = ?1 AND listed AND brand IS NOT NULL \
                    GROUP BY brand ORDER BY many DESC, brand LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(find, (programme, limit), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The categories of a programme in its operator's order.
    pub fn categories(&self, programme: &str) -> Result<Vec<CategoryRow>, StoreError> {
        let find = "SELECT id, name_zh, name_en, (SELECT count(*) FROM product WHERE product.programme = category.programme \
                    AND product.category = category.id AND listed) FROM category WHERE programme = ?1 ORDER BY place";
        self.all(find, [programme], |row| {
            Ok(CategoryRow { id: row.get(0)?, name: [row.get(1)?, row.get(2)?], count: row.get(3)? })
        })
    }

    /// Makes these the categories of a programme, in this order.
    pub fn put_categories(
        &self,
        tenant: &str,
        programme: &str,
        categories: &[CategoryRow],
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM category WHERE programme = ?1", [programme])?;
        for (place, CategoryRow { id, name: [zh, en], .. }) in (1_i64..).zip(categories) {
            let insert = "INSERT INTO category (programme, id, tenant, place, name_zh, name_en) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            self.execute(insert, (programme, id, tenant, place, zh, en))?;
        }
        Ok(())
    }

    /// How many articles stand in a category, sold or not.
    pub fn in_category(&self, programme: &str, category: &str) -> Result<u64, StoreError> {
        let find = "SELECT count(*) FROM product WHERE programme = ?1 AND category = ?2";
        let count: Option<i64> = self.one(find, (programme, category), |row| row.get(0))?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }
}

fn product_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<ProductRow> {
    let gallery: String = row.get(7)?;
    Ok(ProductRow {
        id: row.get(0)?,
        number: row.get(1)?,
        title: [row.get(2)?, row.get(3)?],
        description: [row.get(4)?, row.get(5)?],
        picture: row.get(6)?,
        gallery: serde_json::from_str(&gallery).unwrap_or_default(),
        blocks: row.get(8)?,
        category: row.get(9)?,
        brand: row.get(10)?,
        price: row.get(11)?,
        listed: row.get(12)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{MasterKey, NewPerson, People};
    use super::*;
    use crate::Disk;

    fn article(id: &str, [zh, en]: [&str; 2], price: i64, brand: Option<&str>) -> ProductRow {
        let title = [zh.to_owned(), en.to_owned()];
        let brand = brand.map(str::to_owned);
        ProductRow { id: id.to_owned(), title, price, brand, listed: true, ..ProductRow::default() }
    }

    fn words_of(row: &ProductRow) -> IndexedWords {
        IndexedWords::of(row.title.iter().map(String::as_str).chain(row.brand.as_deref()))
    }

    fn shop(directory: &std::path::Path) -> People {
        let key = MasterKey::of_file(&directory.join("master.key"), true).unwrap();
        let people = People::open(directory, &Disk::default(), &key).unwrap();
        people
            .change(|tables| {
                let link = tables.add_owner_link("T", 1)?;
                let owner = NewPerson {
                    login: "owner@example.com".to_owned(),
                    name: "O".to_owned(),
                    password: String::new(),
                    at: 1,
                };
                let owner = tables.add_person(&owner)?.unwrap();
                let tenant = tables.use_link(&link.token, &owner, true, 2)?.unwrap().tenant;
                for row in [
                    article("apple", ["红富士苹果礼盒", "Fuji apples in a box"], 6_900, Some("烟台")),
                    article("juice", ["苹果汁 1 升", "Apple juice, 1 l"], 1_500, None),
                    article("kettle", ["恒温电热水壶 1.5 升", "Electric kettle, 1.5 l"], 16_800, Some("Hot")),
                    ProductRow { listed: false, ..article("old", ["苹果醋", "Apple vinegar"], 900, None) },
                ] {
                    tables.put_product(&tenant, "g", &row, &words_of(&row))?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        people
    }

    fn found(people: &People, query: &ProductQuery) -> Vec<String> {
        let rows = people.look(|tables| tables.products("g", query)).unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    fn with(text: &str) -> ProductQuery {
        ProductQuery { words: WantedWords::of(text), listed: true, limit: 10, ..ProductQuery::default() }
    }

    /// MALL-1: a word inside a name, the beginning of an English word, a brand; all that was typed has to be there.
    #[test]
    fn words_inside_names_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let people = shop(directory.path());
        for (text, expected) in [
            ("苹果", vec!["apple", "juice"]),
            ("苹果礼盒", vec!["apple"]),
            ("烟台", vec!["apple"]),
            ("kett", vec!["kettle"]),
            ("APPLE", vec!["apple", "juice"]),
            ("apple ju", vec!["juice"]),
            ("1.5", vec!["kettle"]),
            ("梨", vec![]),
        ] {
            assert_eq!(found(&people, &with(text)), expected, "{text}");
        }
        let all = ProductQuery { listed: false, ..with("苹果") };
        assert_eq!(found(&people, &all), ["apple", "juice", "old"]);
        assert_eq!(people.look(|tables| tables.products("other", &all)).unwrap(), []);
    }

    /// MALL-1: what an article was called before leads nowhere.
    #[test]
    fn a_new_name_takes_the_place_of_the_old_words() {
        let directory = tempfile::tempdir().unwrap();
        let people = shop(directory.path());
        let row = article("juice", ["橙汁", "Orange juice"], 1_500, None);
        let tenant = people.look(|tables| tables.one("SELECT id FROM tenant", [], |row| row.get(0)));
        let tenant: String = tenant.unwrap().unwrap();
        people.change(|tables| tables.put_product(&tenant, "g", &row, &words_of(&row))).unwrap();
        assert_eq!(found(&people, &with("苹果")), ["apple"]);
        assert_eq!(found(&people, &with("橙汁")), ["juice"]);
    }

    /// MALL-2: filters and orders, page by page, each article once.
    #[test]
    fn pages_of_every_order_are_the_whole_list() {
        let directory = tempfile::tempdir().unwrap();
        let people = shop(directory.path());
        let ordered = |sort| {
            let (mut ids, mut after) = (Vec::new(), None);
            loop {
                let query = ProductQuery { sort, after, limit: 1, ..ProductQuery::default() };
                let Some(row) = people.look(|tables| tables.products("g", &query)).unwrap().pop() else {
                    return ids;
                };
                after = Some((row.price, row.number));
                ids.push(row.id);
            }
        };
        assert_eq!(ordered(ProductSort::Made), ["apple", "juice", "kettle", "old"]);
        assert_eq!(ordered(ProductSort::Newest), ["old", "kettle", "juice", "apple"]);
        assert_eq!(ordered(ProductSort::PriceUp), ["old", "juice", "apple", "kettle"]);
        assert_eq!(ordered(ProductSort::PriceDown), ["kettle", "apple", "juice", "old"]);
        let few = ProductQuery { limit: 10, ..ProductQuery::default() };
        for (query, expected) in [
            (ProductQuery { brand: Some("Hot".to_owned()), ..few.clone() }, vec!["kettle"]),
            (
                ProductQuery { price_from: Some(1_500), price_to: Some(6_900), ..few.clone() },
                vec!["apple", "juice"],
            ),
            (
                ProductQuery { ids: Some(vec!["old".to_owned(), "none".to_owned()]), ..few.clone() },
                vec!["old"],
            ),
            (ProductQuery { category: Some("none".to_owned()), ..few }, vec![]),
        ] {
            assert_eq!(found(&people, &query), expected);
        }
        let brands = people.look(|tables| tables.brands("g", 10)).unwrap();
        assert_eq!(brands, [("Hot".to_owned(), 1), ("烟台".to_owned(), 1)]);
    }

    /// MALL-1: articles of before the index, or whose words are to be cut anew, are found after the next start.
    #[test]
    fn words_are_cut_at_a_start_where_there_are_none() {
        let directory = tempfile::tempdir().unwrap();
        let people = shop(directory.path());
        people
            .change(|tables| {
                tables.execute("DELETE FROM product_words", [])?;
                tables.execute("UPDATE product SET words = NULL", [])
            })
            .unwrap();
        assert_eq!(found(&people, &with("苹果")), [""; 0]);
        drop(people);
        let key = MasterKey::of_file(&directory.path().join("master.key"), false).unwrap();
        let people = People::open(directory.path(), &Disk::default(), &key).unwrap();
        assert_eq!(found(&people, &with("苹果")), ["apple", "juice"]);
    }
}
