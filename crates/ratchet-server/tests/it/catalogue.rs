//! How articles are put, sorted into categories, and found (MALL-1 to MALL-3).

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::{newest, plan, programme, sandbox};

fn article(id: &str, zh: &str, en: &str, price: &str, more: &Value) -> Value {
    let mut body = json!({
        "id": id, "title": { "zh": zh, "en": en }, "description": { "zh": "好", "en": "Good" }, "price": price, "listed": true,
    });
    let fields = body.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    body
}

/// Three categories, four articles besides the programme's tea.
async fn fill(owner: &mut Person, id: &str) {
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let name = |zh: &str, en: &str| json!({ "zh": zh, "en": en });
    let categories = json!({ "items": [
        { "id": "fresh", "name": name("生鲜水果", "Fruit") }, { "id": "home", "name": name("家居", "Home") },
        { "id": "spare", "name": name("备用", "Spare") },
    ] });
    let put = owner.post(&at("categories"), categories).await;
    assert_eq!(put.status, 200, "{}", put.text);
    for body in [
        article(
            "apple",
            "红富士苹果礼盒",
            "Fuji apples in a box",
            "69.00",
            &json!({ "category": "fresh", "brand": "烟台" }),
        ),
        article("juice", "苹果汁 1 升", "Apple juice, 1 l", "15.00", &json!({ "category": "fresh" })),
        article(
            "kettle",
            "恒温电热水壶",
            "Electric kettle",
            "168.00",
            &json!({ "category": "home", "brand": "Hot" }),
        ),
        article(
            "vinegar",
            "苹果醋",
            "Apple vinegar",
            "9.00",
            &json!({ "category": "fresh", "listed": false }),
        ),
    ] {
        let put = owner.post(&at("products"), body).await;
        assert_eq!(put.status, 200, "{}", put.text);
    }
}

fn ids(body: &Value) -> Vec<&str> {
    body["items"].as_array().expect("a list").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

/// MALL-1, MALL-2: words inside names, filters and orders together; pages of any size are the same list.
#[tokio::test(flavor = "multi_thread")]
async fn articles_are_found_by_words_and_filters() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    fill(&mut owner, &id).await;
    let mut guest = server.guest();
    let at = |query: &str| format!("/programmes/{id}/products?{query}");
    // 苹果 is written as it travels in an address.
    for (query, expected) in [
        ("words=%E8%8B%B9%E6%9E%9C&listed=true", vec!["apple", "juice"]),
        ("words=%E8%8B%B9%E6%9E%9C", vec!["apple", "juice", "vinegar"]),
        ("words=KETT", vec!["kettle"]),
        ("words=%E7%83%9F%E5%8F%B0", vec!["apple"]),
        ("words=%20,%20", vec![]),
        ("category=home", vec!["kettle"]),
        ("brand=Hot", vec!["kettle"]),
        ("price_from=15.00&price_to=69.00", vec!["apple", "juice"]),
        ("in_stock=true&sort=price_up", vec!["juice", "apple", "kettle", "tea"]),
        ("sort=price_down&listed=true", vec!["tea", "kettle", "apple", "juice"]),
        ("sort=newest", vec!["vinegar", "kettle", "juice", "apple", "tea"]),
        ("ids=tea,kettle,none", vec!["tea", "kettle"]),
        ("words=apple&category=fresh&sort=price_up&listed=true", vec!["juice", "apple"]),
    ] {
        let whole = guest.get(&at(query)).await;
        assert_eq!(whole.status, 200, "{query}: {}", whole.text);
        assert_eq!(ids(&whole.body), expected, "{query}");
        let (mut one_by_one, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = guest.get(&at(&format!("{query}&limit=1{cursor}"))).await;
            one_by_one.extend(ids(&page.body).into_iter().map(str::to_owned));
            let Some(next) = page.body["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(one_by_one, expected, "{query}, one by one");
    }
    for (query, pointer) in [
        ("words=", "#query/words"),
        ("price_from=much", "#query/price_from"),
        ("cursor=here", "#query/cursor"),
        ("limit=0", "#query/limit"),
    ] {
        let refused = guest.get(&at(query)).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text);
        assert_eq!(refused.text_at("/errors/0/pointer"), pointer);
    }
    let many = vec!["a"; 101].join(",");
    assert_eq!(guest.get(&at(&format!("ids={many}"))).await.text_at("/errors/0/pointer"), "#query/ids");
    drop(server.stop().await);
}

/// MALL-3: what an article's page may have, and which categories can go.
#[tokio::test(flavor = "multi_thread")]
async fn an_article_has_pictures_parts_and_a_category_that_stays() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    fill(&mut owner, &id).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let text = |zh: &str, en: &str| json!({ "zh": zh, "en": en });
    let rich = json!({
        "category": "fresh", "brand": "烟台", "picture": "apple", "gallery": ["parcel", "/files/box.webp"],
        "blocks": [
            { "type": "heading", "text": text("产地", "Where from") }, { "type": "paragraph", "text": text("山东", "Shandong") },
            { "type": "fact", "name": text("净重", "Weight"), "value": text("5 千克", "5 kg") },
            { "type": "picture", "picture": "parcel", "text": text("礼盒", "The box") },
        ],
    });
    let put = owner.post(&at("products"), article("apple", "苹果", "Apples", "69.00", &rich)).await;
    assert_eq!(put.status, 200, "{}", put.text);
    let page = server.guest().get(&at("products/apple")).await.body;
    for field in ["category", "brand", "picture", "gallery", "blocks"] {
        assert_eq!(page[field], rich[field], "{field}");
    }
    let listed = server.guest().get(&at("products?ids=apple")).await.body;
    assert!(listed["items"][0].get("blocks").is_none(), "lists are short: {listed}");

    let refusals = [
        (json!({ "category": "none" }), "/category", "category_unknown"),
        (json!({ "picture": "https://example.com/x.png" }), "/picture", "picture_form"),
        (json!({ "gallery": ["//example.com/x.png"] }), "/gallery/0", "picture_form"),
        (json!({ "gallery": ["a", "b", "c", "d", "e", "f"] }), "/gallery", "count"),
        (json!({ "brand": "" }), "/brand", "length"),
        (json!({ "blocks": vec![rich["blocks"][0].clone(); 41] }), "/blocks", "count"),
        (
            json!({ "blocks": [{ "type": "fact", "name": text("", ""), "value": text("a", "a") }] }),
            "/blocks/0/name/zh",
            "length",
        ),
    ];
    for (more, pointer, code) in refusals {
        let refused = owner.post(&at("products"), article("apple", "苹果", "Apples", "69.00", &more)).await;
        let fault = (refused.text_at("/errors/0/pointer"), refused.text_at("/facts/error/code"));
        assert_eq!(fault, (pointer.to_owned(), code.to_owned()), "{more}: {}", refused.text);
    }
    let after = server.guest().get(&at("products/apple")).await.body;
    assert_eq!(after["gallery"], rich["gallery"], "a refusal changes nothing");

    let listed = server.guest().get(&at("categories")).await.body;
    let counts: Vec<_> =
        listed["items"].as_array().expect("a list").iter().map(|each| each["count"].clone()).collect();
    assert_eq!((ids(&listed), counts), (vec!["fresh", "home", "spare"], vec![json!(2), json!(1), json!(0)]));
    let only = |ids: &[&str]| {
        let items: Vec<_> = ids.iter().map(|id| json!({ "id": id, "name": text("名", "Name") })).collect();
        json!({ "items": items })
    };
    // The one that is not sold stands there too.
    let kept = owner.post(&at("categories"), only(&["home"])).await;
    assert_eq!((kept.status, kept.text_at("/code")), (409, "category_in_use".to_owned()), "{}", kept.text);
    let twice = owner.post(&at("categories"), only(&["home", "home"])).await;
    assert_eq!(twice.text_at("/facts/error/code"), "repeated");
    let turned = owner.post(&at("categories"), only(&["home", "fresh"])).await;
    assert_eq!(turned.status, 200, "{}", turned.text);
    assert_eq!(ids(&server.guest().get(&at("categories")).await.body), ["home", "fresh"]);
    drop(server.stop().await);
}

/// Suggestions are categories, brands, then articles that are sold; brands are counted.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_types_is_suggested() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    fill(&mut owner, &id).await;
    let mut guest = server.guest();
    let brands = guest.get(&format!("/programmes/{id}/brands")).await.body;
    assert_eq!(brands["items"], json!([{ "name": "Hot", "count": 1 }, { "name": "烟台", "count": 1 }]));
    let mut suggested = async |words: &str| {
        let answer = guest.get(&format!("/programmes/{id}/suggestions?words={words}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let items = answer.body["items"].as_array().expect("a list").clone();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        items.iter().map(|item| format!("{} {}", text(&item["kind"]), text(&item["id"]))).collect::<Vec<_>>()
    };
    assert_eq!(suggested("h").await, ["category home", "brand Hot", "product kettle"]);
    // 水果 is a part of a category's name, 苹果 of two articles' that are sold.
    assert_eq!(suggested("%E6%B0%B4%E6%9E%9C").await, ["category fresh"]);
    assert_eq!(suggested("%E8%8B%B9%E6%9E%9C").await, ["product juice", "product apple"]);
    assert_eq!(suggested("nothing").await, [""; 0]);
    let refused = guest.get(&format!("/programmes/{id}/suggestions?words=")).await;
    assert_eq!(refused.text_at("/errors/0/pointer"), "#query/words");
    drop(server.stop().await);
}

/// Where the plan has articles of its own, one that is sold out is no answer to who asks for what is in stock.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_out_is_not_in_stock() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = sandbox(&mut owner, &tenant, &format!("{}\n[catalogue]\n", plan())).await;
    for (article_id, stock) in [("one", 0_u64), ("two", 3), ("three", 0), ("four", 1)] {
        let body = article(article_id, "茶", "Tea", "10.00", &json!({ "stock": stock }));
        let put = owner.post(&format!("/programmes/{id}/products"), body).await;
        assert_eq!(put.status, 200, "{}", put.text);
    }
    let mut guest = server.guest();
    let seq = newest(&mut owner, &id).await;
    let page = guest.get(&format!("/programmes/{id}/products?in_stock=true&limit=2&min_seq={seq}")).await;
    assert_eq!(ids(&page.body), ["two", "four"], "a page reads on until it is full: {}", page.text);
    let all = guest.get(&format!("/programmes/{id}/products?listed=true&min_seq={seq}")).await;
    assert_eq!(ids(&all.body), ["one", "two", "three", "four"]);
    drop(server.stop().await);
}
