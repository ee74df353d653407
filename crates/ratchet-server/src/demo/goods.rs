//! What the demo's shops sell, and what their customers buy of it.

use std::collections::BTreeMap;

use ratchet_engine::amount::Money;
use ratchet_engine::command::OrderLine;
use ratchet_engine::id::Id;

/// An article; its id names the drawing that the shop shows.
pub(super) struct Article {
    pub(super) id: &'static str,
    /// One of [`CATEGORIES`].
    pub(super) category: &'static str,
    /// An invented brand.
    pub(super) brand: Option<&'static str>,
    /// In Chinese and English.
    pub(super) title: [&'static str; 2],
    pub(super) description: [&'static str; 2],
    /// In minor units.
    pub(super) price: i64,
}

/// Categories with their names in Chinese and English.
pub(super) const CATEGORIES: [(&str, [&str; 2]); 3] = [
    ("food", ["粮油茶饮", "Food and tea"]),
    ("fresh", ["生鲜水果", "Fresh fruit"]),
    ("home", ["家居日用", "For the home"]),
];

pub(super) const ARTICLES: [Article; 8] = [
    Article {
        id: "tea",
        category: "food",
        brand: Some("云岭茶园"),
        title: ["高山云雾绿茶礼盒 250 克", "Cloud-mist green tea, 250 g"],
        description: ["今年春茶，产地直发。", "This spring's tea, sent from where it is grown."],
        price: 26_800,
    },
    Article {
        id: "rice",
        category: "food",
        brand: Some("禾谷"),
        title: ["五常稻花香大米 5 千克", "Wuchang rice, 5 kg"],
        description: ["新米，真空装。", "New rice, vacuum packed."],
        price: 8_900,
    },
    Article {
        id: "kettle",
        category: "home",
        brand: None,
        title: ["恒温电热水壶 1.5 升", "Electric kettle, 1.5 l"],
        description: ["不锈钢内胆，保温四小时。", "Steel inside, keeps warm for four hours."],
        price: 16_800,
    },
    Article {
        id: "honey",
        category: "food",
        brand: None,
        title: ["洋槐蜂蜜 500 克", "Acacia honey, 500 g"],
        description: ["洋槐花期采收。", "From the weeks of acacia blossom."],
        price: 12_900,
    },
    Article {
        id: "apple",
        category: "fresh",
        brand: None,
        title: ["烟台红富士苹果 5 千克", "Yantai Fuji apples, 5 kg"],
        description: ["当季现摘，果径 80 毫米。", "Picked this season, 80 mm across."],
        price: 6_900,
    },
    Article {
        id: "towel",
        category: "home",
        brand: Some("棉生"),
        title: ["长绒棉毛巾 三条", "Three long-staple cotton towels"],
        description: ["34 × 74 厘米，不掉毛。", "34 × 74 cm, they leave no lint."],
        price: 5_900,
    },
    Article {
        id: "oil",
        category: "food",
        brand: Some("山里"),
        title: ["山茶油 1 升", "Camellia oil, 1 l"],
        description: ["冷榨，煎炒凉拌皆宜。", "Cold pressed, for pan and salad."],
        price: 13_800,
    },
    Article {
        id: "lamp",
        category: "home",
        brand: None,
        title: ["竹编台灯", "Bamboo table lamp"],
        description: ["手工编制，暖光，可调亮度。", "Woven by hand, warm light with a dimmer."],
        price: 39_900,
    },
];

/// Articles and how many of each.
pub(super) type Basket = Vec<(&'static Article, u32)>;

/// Articles by id; what is bought is sold.
pub(super) fn basket(wanted: &[(&str, u32)]) -> Basket {
    let article = |id: &str| ARTICLES.iter().find(|article| article.id == id).expect("it is sold");
    wanted.iter().map(|(id, quantity)| (article(id), *quantity)).collect()
}

pub(super) fn total(basket: &Basket) -> i64 {
    basket.iter().map(|(article, quantity)| article.price * i64::from(*quantity)).sum()
}

/// Lines of an order.
pub(super) fn lines(basket: &Basket) -> impl Iterator<Item = OrderLine> {
    (1..).zip(basket).map(|(number, (article, quantity))| OrderLine {
        line: Id::numbered("", number),
        amount: Money::from_minor(article.price * i64::from(*quantity)).expect("prices are positive"),
        quantity: Some(*quantity),
        sku: Some(Id::new(article.id).expect("ids of articles are plain")),
        merchant: None,
        cost: None,
        contribution: None,
        zone: None,
    })
}

/// Customers of whom those of the simulation are copies.
const CUSTOMERS: u64 = 48;

/// An order file of customers, and which basket comes to each amount in it: the simulation buys for amounts, the shop sells articles.
pub(super) fn customers() -> (String, BTreeMap<i64, Basket>) {
    let mut file = "order_id,member_id,ordered_at,amount\n".to_owned();
    let mut baskets = BTreeMap::new();
    let of = |number: u64| &ARTICLES[usize::try_from(number % ARTICLES.len() as u64).unwrap_or(0)];
    for customer in 0..CUSTOMERS {
        let (mut day, orders) = (0, 1 + customer * 7 % 6);
        for order in 0..orders {
            let first = customer * 5 + order * 3;
            // A lamp is bought alone and once.
            let mut basket: Basket =
                vec![(of(first), 1 + u32::from(first % 8 != 7 && (customer + order) % 4 == 0))];
            if (customer + 2 * order) % 3 == 1 {
                basket.push((of(first + 1 + customer % 5), 1));
            }
            let minor = total(&basket);
            let [whole, cents] = [minor / 100, minor % 100];
            let date = ["01", "02", "03", "04"][usize::try_from(day / 28).unwrap_or(0).min(3)];
            let line = format!(
                "c{customer}o{order},c{customer},2026-{date}-{:02}T10:00:00+08:00,{whole}.{cents:02}\n",
                day % 28 + 1
            );
            file.push_str(&line);
            baskets.insert(minor, basket);
            day += 9 + (customer * 11 + order * 5) % 12;
        }
    }
    (file, baskets)
}
