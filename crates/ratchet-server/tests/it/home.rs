//! The home page by blocks, notices, what is said of orders (MALL-9 to MALL-11).

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::{buy, order, plan, programme, sandbox};

async fn article(owner: &mut Person, id: &str, article: &str, more: Value) {
    let mut body = json!({
        "id": article, "title": { "zh": article, "en": article }, "description": { "zh": "好", "en": "Good" },
        "price": "10.00", "listed": true,
    });
    body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
    let put = owner.post(&format!("/programmes/{id}/products"), body).await;
    assert_eq!(put.status, 200, "{}", put.text);
}

/// Articles a, b, c; b and c in the category `food`, c of a brand.
async fn shop(owner: &mut Person, tenant: &str) -> String {
    let id = sandbox(owner, tenant, &plan()).await;
    let categories = json!({ "items": [{ "id": "food", "name": { "zh": "食品", "en": "Food" } }] });
    assert_eq!(owner.post(&format!("/programmes/{id}/categories"), categories).await.status, 200);
    article(owner, &id, "a", json!({})).await;
    article(owner, &id, "b", json!({ "category": "food" })).await;
    article(owner, &id, "c", json!({ "category": "food", "brand": "Yan" })).await;
    id
}

fn both(text: &str) -> Value {
    json!({ "zh": text, "en": text })
}

/// Types of the blocks, with the ids of their articles.
fn seen(body: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let blocks = body["blocks"].as_array().expect("blocks").iter();
    let seen = blocks.map(|block| {
        let items = block["items"].as_array().into_iter().flatten();
        (text(&block["type"]), items.map(|item| text(&item["id"])).collect())
    });
    seen.collect()
}

/// MALL-9: what nobody arranged is what every programme begins with; what the operator arranges is what everybody sees, with all that it needs.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_what_the_operator_arranged() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = shop(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let one = |kind: &str, ids: &[&str]| (kind.to_owned(), ids.iter().map(|id| (*id).to_owned()).collect());

    let standard = server.guest().get(&at("home")).await;
    assert_eq!(
        seen(&standard.body),
        [one("zones", &[]), one("shelf", &["a", "b", "c"])],
        "{}",
        standard.text
    );
    assert_eq!(owner.get(&at("home-blocks")).await.body["standard"], true);

    let blocks = json!([
        { "type": "banner", "picture": "tea", "text": both("New"), "link": { "to": "category", "category": "food" } },
        { "type": "categories", "categories": [] },
        { "type": "shelf", "title": both("Food"), "of": { "by": "category", "category": "food" }, "limit": 1 },
        { "type": "shelf", "title": both("Yan"), "of": { "by": "brand", "brand": "Yan" }, "limit": 5 },
        { "type": "shelf", "title": both("Ours"), "of": { "by": "products", "products": ["c", "a"] }, "limit": 5 },
        { "type": "product", "product": "b" },
        { "type": "text", "title": both(""), "text": both("Hello") },
        { "type": "zones" },
    ]);
    let expected = [
        one("banner", &[]),
        one("categories", &["food"]),
        one("shelf", &["c"]),
        one("shelf", &["c"]),
        one("shelf", &["c", "a"]),
        one("product", &[]),
        one("text", &[]),
        one("zones", &[]),
    ];
    // A look at it changes nothing and needs no key.
    let looked = owner.post(&at("home-blocks/check"), json!({ "items": blocks })).await;
    assert_eq!(seen(&looked.body["view"]), expected, "{}", looked.text);
    assert_eq!(server.guest().get(&at("home")).await.body, standard.body);

    let saved = owner.post_as("home-1", &at("home-blocks"), json!({ "items": blocks })).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    let page = server.guest().get(&at("home")).await;
    assert_eq!(seen(&page.body), expected, "{}", page.text);
    // An article brings what buying it does.
    assert_eq!(page.body["blocks"][5]["product"]["outlook"]["points"], "2.1", "{}", page.text);
    assert_eq!(page.body["blocks"][0]["link"], blocks[0]["link"]);

    // What goes is left out for members and marked for the operator; the others stay.
    article(&mut owner, &id, "b", json!({ "listed": false })).await;
    article(&mut owner, &id, "c", json!({ "listed": false })).await;
    assert_eq!(owner.post(&at("categories"), json!({ "items": [] })).await.status, 200);
    let page = server.guest().get(&at("home")).await;
    assert_eq!(
        seen(&page.body),
        [one("shelf", &["a"]), one("text", &[]), one("zones", &[])],
        "{}",
        page.text
    );
    let marked = owner.get(&at("home-blocks")).await.body;
    let marked: Vec<(bool, Value)> = marked["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| (item["shown"] == true, item["missing"].clone()))
        .collect();
    let food = json!([{ "kind": "category", "id": "food" }]);
    assert_eq!(
        marked,
        [
            (false, food.clone()),
            (false, json!([])),
            (false, food),
            (false, json!([{ "kind": "brand", "id": "Yan" }])),
            (true, json!([{ "kind": "product", "id": "c" }])),
            (false, json!([{ "kind": "product", "id": "b" }])),
            (true, json!([])),
            (true, json!([])),
        ]
    );
    // What stood there may stay, in another order too; the same key is the same answer, and nothing else.
    let mut turned = blocks.as_array().expect("blocks").clone();
    turned.reverse();
    let kept = owner.post(&at("home-blocks"), json!({ "items": turned })).await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    let again = owner.post_as("home-1", &at("home-blocks"), json!({ "items": blocks })).await;
    assert_eq!(
        (again.status, again.headers["idempotent-replayed"].as_str()),
        (200, "true"),
        "{}",
        again.text
    );
    assert_eq!(seen(&server.guest().get(&at("home")).await.body)[0].0, "zones");

    // Without blocks it is the standard page again.
    assert_eq!(owner.post(&at("home-blocks"), json!({})).await.status, 200);
    assert_eq!(owner.get(&at("home-blocks")).await.body["standard"], true);
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    let rows = log.body["items"].as_array().expect("rows");
    let puts: Vec<&Value> = rows.iter().filter(|row| row["action"] == "home.put").collect();
    assert_eq!(puts.len(), 3);
    assert_eq!(puts[1]["before"], blocks, "{}", log.text);
    drop(server.stop().await);
}

/// MALL-9: bad blocks are refused with their place, and change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn bad_blocks_are_refused() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = shop(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let text = json!({ "type": "text", "title": both(""), "text": both("Hello") });
    let shelf =
        |of: Value, limit: u32| json!({ "type": "shelf", "title": both("S"), "of": of, "limit": limit });
    for (items, pointer, code) in [
        (
            json!([{ "type": "banner", "picture": "//evil.example/x", "text": both("x") }]),
            "/items/0/picture",
            "picture_form",
        ),
        (
            json!([{ "type": "banner", "picture": "tea", "text": both(&"x".repeat(61)) }]),
            "/items/0/text/zh",
            "length",
        ),
        (
            json!([{ "type": "banner", "picture": "tea", "text": both("x"), "link": { "to": "product", "product": "none" } }]),
            "/items/0",
            "product_not_sold",
        ),
        (json!([text, { "type": "zones" }, { "type": "zones" }]), "/items/2/type", "repeated"),
        (json!([{ "type": "categories", "categories": ["none"] }]), "/items/0", "category_unknown"),
        (json!([shelf(json!({ "by": "newest" }), 0)]), "/items/0/limit", "count"),
        (json!([shelf(json!({ "by": "newest" }), 21)]), "/items/0/limit", "count"),
        (json!([shelf(json!({ "by": "products", "products": [] }), 1)]), "/items/0/of/products", "count"),
        (json!([shelf(json!({ "by": "brand", "brand": "none" }), 1)]), "/items/0", "brand_unknown"),
        (json!([text, { "type": "product", "product": "none" }]), "/items/1", "product_not_sold"),
        (json!([{ "type": "text", "title": both(""), "text": both("") }]), "/items/0/text/zh", "length"),
        (Value::from(vec![text.clone(); 21]), "/items", "count"),
    ] {
        let refused = owner.post(&at("home-blocks"), json!({ "items": items })).await;
        let fault = (refused.text_at("/errors/0/pointer"), refused.text_at("/facts/error/code"));
        assert_eq!(fault, (pointer.to_owned(), code.to_owned()), "{}", refused.text);
    }
    for strange in [json!([{ "type": "truth" }]), json!([{ "type": "zones", "wish": true }])] {
        let refused = owner.post(&at("home-blocks"), json!({ "items": strange })).await;
        assert_eq!(refused.text_at("/code"), "json_invalid", "{}", refused.text);
    }
    assert_eq!(owner.get(&at("home-blocks")).await.body["standard"], true);
    drop(server.stop().await);
}

/// MALL-10: a notice is there within its time by the programme's clock, on the page and in its list.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_there_in_its_time() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = shop(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let body = |text: &str, from: &str, until: Option<&str>| {
        let mut body = json!({ "title": both(text), "text": both(text), "from": from });
        if let Some(until) = until {
            body["until"] = until.into();
        }
        body
    };
    let (day1, day2, day3) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z");
    for (change, pointer, code) in [
        (json!({ "title": both("") }), "/title/zh", "length"),
        (json!({ "text": both(&"x".repeat(1_001)) }), "/text/zh", "length"),
        (json!({ "from": day2, "until": day2 }), "/until", "notice_times"),
    ] {
        let mut bad = body("x", day1, None);
        bad.as_object_mut().expect("fields").extend(change.as_object().expect("fields").clone());
        let refused = owner.post(&at("notices"), bad).await;
        let fault = (refused.text_at("/errors/0/pointer"), refused.text_at("/facts/error/code"));
        assert_eq!(fault, (pointer.to_owned(), code.to_owned()), "{}", refused.text);
    }
    let now =
        owner.post(&at("notices"), json!({ "title": both("now"), "text": both("now"), "until": day2 })).await;
    assert_eq!(now.text_at("/from"), day1, "{}", now.text);
    assert_eq!(owner.post(&at("notices"), body("then", day2, None)).await.status, 200);
    assert_eq!(
        owner.post(&at("notices"), body("never", day3, Some("2026-01-04T00:00:00Z"))).await.status,
        200
    );
    let titles = |body: &Value| {
        let items = body["items"].as_array().expect("items").iter();
        items.map(|item| item["title"]["en"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&server.guest().get(&at("notices")).await.body), ["now"]);
    assert_eq!(titles(&owner.get(&at("notices/all")).await.body), ["never", "then", "now"]);
    assert_eq!(seen(&server.guest().get(&at("home")).await.body)[1].0, "notices");
    assert_eq!(server.guest().get(&at("notices/all")).await.status, 401);

    owner.post(&at("clock"), json!({ "by": "day" })).await;
    owner.post(&at("clock"), json!({ "by": "day" })).await;
    let listed = server.guest().get(&at("notices")).await.body;
    assert_eq!(titles(&listed), ["never", "then"]);
    let never = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    let changed = owner.post(&at(&format!("notices/{never}")), body("changed", day3, None)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(titles(&server.guest().get(&at("notices")).await.body), ["changed", "then"]);
    let path = at(&format!("notices/{never}"));
    assert_eq!(owner.delete(&path).await.status, 200);
    assert_eq!(owner.delete(&path).await.text_at("/code"), "notice_unknown");
    assert_eq!(owner.post(&path, body("x", day3, None)).await.text_at("/code"), "notice_unknown");
    assert_eq!(titles(&server.guest().get(&at("notices")).await.body), ["then"]);
    drop(server.stop().await);
}

async fn say(person: &mut Person, path: &str, text: &str) -> (u16, String) {
    let said = person.post(path, json!({ "text": text })).await;
    (said.status, if said.status == 200 { String::new() } else { said.text_at("/code") })
}

/// Sides and texts of what was said.
fn said(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    body["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|each| (text(&each["side"]), text(&each["text"])))
        .collect()
}

/// MALL-11: buyer and staff write to each other of a paid order; nobody else reads it, and no answer of then keeps the words.
#[tokio::test(flavor = "multi_thread")]
async fn buyer_and_staff_talk_of_an_order() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let mut buyer = server.person("138 0000 0001", None).await;
    let mut other = server.person("138 0000 0002", None).await;
    for person in [&mut buyer, &mut other] {
        assert_eq!(person.post(&at("me"), json!({})).await.status, 200);
    }
    let unpaid = order(&mut buyer, &id).await;
    let refused = say(&mut buyer, &at(&format!("orders/{unpaid}/messages")), "Hello").await;
    assert_eq!(refused, (409, "order_unpaid".to_owned()));
    let paid = buy(&server, &mut buyer, &id).await;
    let path = at(&format!("orders/{paid}/messages"));
    let empty = buyer.get(&path).await.body;
    assert_eq!((empty["side"].clone(), empty["open"].clone()), (json!("buyer"), json!(true)));
    for text in ["", "   ", &"x".repeat(501)] {
        assert_eq!(say(&mut buyer, &path, text).await, (422, "field_invalid".to_owned()));
    }
    // The same key says it once.
    for replayed in [None, Some("true")] {
        let said = buyer.post_as("first", &path, json!({ "text": " It came broken " })).await;
        assert_eq!(said.headers.get("idempotent-replayed").map(String::as_str), replayed, "{}", said.text);
    }
    let listed = owner.get(&at("order-messages")).await.body;
    assert_eq!((&listed["items"][0]["order"], &listed["items"][0]["waits"]), (&json!(paid), &json!(true)));
    assert_eq!(say(&mut owner, &path, "Send it back, we pay").await.0, 200);
    let expected = [("buyer", "It came broken"), ("staff", "Send it back, we pay")];
    let expected = expected.map(|(side, text)| (side.to_owned(), text.to_owned()));
    let read = buyer.get(&path).await.body;
    assert_eq!(said(&read), expected);
    assert!(read["items"][1].get("name").is_none(), "a member does not learn who: {read}");
    let read = owner.get(&path).await.body;
    assert_eq!((said(&read).as_slice(), &read["side"]), (expected.as_slice(), &json!("staff")));
    assert!(read["items"][1]["name"]["name"].is_string(), "{read}");
    assert_eq!(owner.get(&at("order-messages")).await.body["items"][0]["waits"], false);
    // An auditor reads and says nothing; for another member there is no such order.
    let mut auditor = server.staff(&mut owner, &tenant, "auditor").await;
    let read = auditor.get(&path).await.body;
    assert!(said(&read).len() == 2 && read.get("side").is_none(), "{read}");
    assert_eq!(say(&mut auditor, &path, "Hello").await, (404, "not_found".to_owned()));
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(say(&mut other, &path, "Hello").await, (404, "not_found".to_owned()));
    // What one said is part of what one may take away; the log says that staff wrote, and not what.
    let export = buyer.get("/me/export").await.body;
    assert_eq!(export["person"]["order_messages"][0]["text"], "It came broken");
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    assert!(log.text.contains("order.message") && !log.text.contains("Send it back"), "{}", log.text);
    drop(server.stop().await);
}

/// MALL-13: a poster leads to an article, to one's own invitation, or to the shop.
#[tokio::test(flavor = "multi_thread")]
async fn a_poster_leads_somewhere() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let mut member = server.person("138 0000 0001", None).await;
    assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    let path = format!("/programmes/{id}/poster");
    let shop = server.guest().get(&path).await;
    assert_eq!(shop.text_at("/link"), format!("/p/{id}"));
    assert!(shop.text_at("/qr").contains("<svg"), "{}", shop.text);
    let article = server.guest().get(&format!("{path}?product=tea")).await;
    assert_eq!(article.text_at("/link"), format!("/p/{id}/goods/tea"));
    let invitation = member.get(&format!("/programmes/{id}/me/invitation")).await.text_at("/link");
    assert_eq!(member.get(&path).await.text_at("/link"), invitation);
    let unknown = server.guest().get(&format!("{path}?product=none")).await;
    assert_eq!(unknown.text_at("/facts/error/code"), "product_not_sold", "{}", unknown.text);
    drop(server.stop().await);
}
