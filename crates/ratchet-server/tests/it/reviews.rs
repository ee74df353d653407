//! Reviews of what was received, pictures, favourites (MALL-6 to MALL-8).

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::client::{Answer, PASSWORD, Person, TestServer};
use crate::journey::{buy, order, pay, programme};
use crate::merchants::{Approved, approved};

async fn member(server: &TestServer, login: &str, id: &str) -> Person {
    let mut person = server.person(login, None).await;
    assert_eq!(person.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    person
}

/// An order that arrived.
async fn received(server: &TestServer, buyer: &mut Person, id: &str) -> String {
    let order = buy(server, buyer, id).await;
    let done = buyer.post(&format!("/programmes/{id}/orders/{order}/receive"), json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    order
}

fn said(stars: u8, text: &str) -> Value {
    json!({ "line": "1", "stars": stars, "text": text })
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text_at("/code"))
}

fn fault(answer: &Answer) -> (String, String) {
    (answer.text_at("/errors/0/pointer"), answer.text_at("/facts/error/code"))
}

/// A picture of its own for each shade.
fn photo(shade: u8, format: ImageFormat) -> Vec<u8> {
    let dots = RgbImage::from_fn(900, 600, |x, y| Rgb([shade, u8::from(x % 2 == 0), u8::from(y % 3 == 0)]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(dots).write_to(&mut file, format).expect("it can be drawn");
    file.into_inner()
}

/// MALL-6: one review for a line that arrived, never another; a follow-up and an answer once each; hidden only behind a reason.
#[tokio::test(flavor = "multi_thread")]
async fn what_arrived_is_reviewed_once() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let mut buyer = member(&server, "wang@example.com", &id).await;
    let mut other = member(&server, "mei@example.com", &id).await;

    // Nobody reviews what did not arrive, or what another bought.
    let open = order(&mut buyer, &id).await;
    let early = buyer.post(&at(&format!("orders/{open}/reviews")), said(5, "Good")).await;
    assert_eq!(code(&early), (409, "review_not_received".to_owned()));
    assert_eq!(buyer.get(&at(&format!("orders/{open}/reviews"))).await.body["items"][0]["may"], false);
    let order = received(&server, &mut buyer, &id).await;
    let path = at(&format!("orders/{order}/reviews"));
    assert_eq!(other.post(&path, said(1, "Bad")).await.status, 404);
    assert_eq!(owner.post(&path, said(5, "Good")).await.status, 404, "staff reviews nothing for others");
    assert_eq!(buyer.get(&path).await.body["items"][0]["may"], true);
    for (body, expected) in [
        (said(0, "x"), ("/stars", "count")),
        (said(6, "x"), ("/stars", "count")),
        (said(5, "  "), ("/text", "length")),
        (said(5, &"好".repeat(501)), ("/text", "length")),
        (json!({ "line": "2", "stars": 5, "text": "x" }), ("/line", "review_line_unknown")),
    ] {
        let refused = buyer.post(&path, body).await;
        assert_eq!(fault(&refused), (expected.0.to_owned(), expected.1.to_owned()), "{}", refused.text);
    }
    let preview = buyer.post(&format!("{path}?preview=true"), said(4, "Fine")).await;
    assert_eq!(preview.status, 200, "{}", preview.text);
    let written = buyer.post_as("review", &path, said(4, " 茶很香 ")).await;
    assert_eq!(written.status, 200, "{}", written.text);
    let again = buyer.post_as("review", &path, said(4, " 茶很香 ")).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(code(&buyer.post(&path, said(5, "Better")).await), (409, "review_written".to_owned()));

    // Everybody reads it, under the beginning of a name; a second one follows.
    let second = received(&server, &mut other, &id).await;
    let bad = other.post(&at(&format!("orders/{second}/reviews")), said(1, "Stale")).await;
    assert_eq!(bad.status, 200, "{}", bad.text);
    let list = at("products/tea/reviews");
    let page = server.guest().get(&list).await;
    assert_eq!(
        page.body["summary"],
        json!({ "count": 2, "average": "2.5", "by_stars": [1, 0, 0, 1, 0], "pictured": 0 })
    );
    let (newest, first) = (&page.body["items"][0], &page.body["items"][1]);
    assert_eq!(
        (&newest["text"], &first["text"], &first["name"], &first["own"]),
        (&json!("Stale"), &json!("茶很香"), &json!("w**"), &json!(false))
    );
    assert!(first.get("order").is_none() && first.get("member").is_none(), "{}", page.text);
    assert_eq!(first["at"], "2026-01-01T00:00:00Z", "by the programme's clock");
    let few = server.guest().get(&format!("{list}?limit=1")).await;
    let rest = server.guest().get(&format!("{list}?limit=1&cursor={}", few.text_at("/next"))).await;
    assert_eq!(
        (few.text_at("/items/0/text"), rest.text_at("/items/0/text")),
        ("Stale".to_owned(), "茶很香".to_owned())
    );
    let fours = server.guest().get(&format!("{list}?stars=4")).await;
    assert_eq!(
        (fours.body["items"].as_array().map(Vec::len), &fours.body["summary"]["count"]),
        (Some(1), &json!(2))
    );
    assert_eq!(code(&server.guest().get(&format!("{list}?stars=6")).await).1, "query_invalid");

    // The writer adds to it once; nobody else does.
    let review = first["id"].as_str().expect("an id").to_owned();
    let more = at(&format!("reviews/{review}/follow-up"));
    let text = |text: &str| json!({ "text": text });
    assert_eq!(code(&other.post(&more, text("x")).await).1, "review_not_yours");
    assert_eq!(code(&buyer.post(&at("reviews/99/follow-up"), text("x")).await).1, "review_unknown");
    assert_eq!(buyer.post(&more, text("Still good")).await.status, 200);
    assert_eq!(code(&buyer.post(&more, text("And still")).await).1, "review_followed");

    // Staff answers once; a member does not.
    let answer = at(&format!("reviews/{review}/answer"));
    assert_eq!(code(&other.post(&answer, text("x")).await).1, "review_not_yours");
    assert_eq!(owner.post(&answer, text("Thank you")).await.status, 200);
    assert_eq!(code(&owner.post(&answer, text("Again")).await).1, "review_answered");
    let open = owner.get(&at("reviews?unanswered=true")).await;
    assert_eq!(open.body["items"].as_array().map(Vec::len), Some(1), "{}", open.text);

    // Hidden: the reason stands in its place for everybody, the stars stay, its writer and staff read it, and it can come back.
    let hide = at(&format!("reviews/{review}/hide"));
    assert_eq!(buyer.post(&hide, json!({ "reason": "x" })).await.status, 404);
    assert_eq!(fault(&owner.post(&hide, json!({ "reason": " " })).await).0, "/reason");
    let reason = json!({ "reason": "It names a person." });
    assert_eq!(owner.post(&hide, reason.clone()).await.status, 200);
    assert_eq!(code(&owner.post(&hide, reason).await).1, "review_hidden");
    let page = server.guest().get(&list).await;
    let hidden = &page.body["items"][1];
    assert_eq!(
        (hidden.get("text"), hidden["follow_up"].get("text"), &hidden["hidden"]["reason"], &hidden["stars"]),
        (None, None, &json!("It names a person."), &json!(4)),
        "{}",
        page.text
    );
    assert!(hidden["hidden"].get("by").is_none(), "{}", page.text);
    assert_eq!(page.text_at("/summary/average"), "2.5");
    assert_eq!(buyer.get(&list).await.body["items"][1]["text"], "茶很香");
    let staff = owner.get(&at("reviews")).await;
    assert_eq!(staff.body["items"][1]["text"], "茶很香");
    assert!(staff.body["items"][1]["hidden"]["by"]["name"].is_string(), "{}", staff.text);
    let show = at(&format!("reviews/{review}/show"));
    assert_eq!(owner.post(&show, json!({})).await.status, 200);
    assert_eq!(code(&owner.post(&show, json!({})).await).1, "review_shown");
    assert_eq!(server.guest().get(&list).await.body["items"][1]["text"], "茶很香");
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    let actions: Vec<&Value> =
        log.body["items"].as_array().expect("rows").iter().take(3).map(|row| &row["action"]).collect();
    assert_eq!(actions, ["review.show", "review.hide", "review.answer"]);
    drop(server.stop().await);
}

/// MALL-6, ACC-1: what somebody wrote and showed goes with them; the stars stay and count.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_takes_the_words_along() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let mut buyer = member(&server, "wang@example.com", &id).await;
    let mut other = member(&server, "mei@example.com", &id).await;
    let shared = photo(7, ImageFormat::Jpeg);
    let own = buyer.upload("own", &at("me/pictures"), "image/jpeg", &photo(1, ImageFormat::Jpeg)).await;
    let both = buyer.upload("both", &at("me/pictures"), "image/jpeg", &shared).await;
    assert_eq!(other.upload("both", &at("me/pictures"), "image/jpeg", &shared).await.text, both.text);
    let order = received(&server, &mut buyer, &id).await;
    let body = json!({
        "line": "1", "stars": 2, "text": "秘密", "pictures": [own.text_at("/id"), both.text_at("/id")],
    });
    let path = at(&format!("orders/{order}/reviews"));
    let strange = other.get(&path).await;
    assert_eq!(strange.status, 404);
    assert_eq!(buyer.post(&path, body).await.status, 200);
    let list = at("products/tea/reviews?pictured=true");
    let page = server.guest().get(&list).await;
    assert_eq!(
        (&page.body["summary"]["pictured"], &page.text_at("/items/0/pictures/0/id")),
        (&json!(1), &own.text_at("/id"))
    );
    let export = buyer.get("/me/export").await;
    assert_eq!(export.text_at("/person/reviews/0/text"), "秘密", "{}", export.text);
    assert_eq!(export.body["tables"]["pictures"].as_array().map(Vec::len), Some(2), "{}", export.text);
    assert_eq!(server.guest().file(&format!("/{}", own.text_at("/path"))).await.0.status, 200);

    // Everything is given back first: an account that holds something is not closed.
    let refund = buyer.post(&at(&format!("orders/{order}/refunds")), json!({})).await;
    assert_eq!(refund.status, 200, "{}", refund.text);
    let closed = buyer.post("/me/close", json!({ "password": PASSWORD, "give_up": true })).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    let page = server.guest().get(&at("products/tea/reviews")).await;
    let left = &page.body["items"][0];
    assert_eq!(
        (left.get("name"), left.get("text"), &left["pictures"], &left["stars"]),
        (None, None, &json!([]), &json!(2)),
        "{}",
        page.text
    );
    assert_eq!(
        page.body["summary"],
        json!({ "count": 1, "average": "2.0", "by_stars": [0, 1, 0, 0, 0], "pictured": 0 })
    );
    assert_eq!(server.guest().file(&format!("/{}", own.text_at("/path"))).await.0.status, 404);
    assert_eq!(
        server.guest().file(&format!("/{}", both.text_at("/path"))).await.0.status,
        200,
        "another has it"
    );
    let files = server.directory.path().join("data/pictures");
    let is_there = |answer: &Answer| files.join(answer.text_at("/id")).join("320.jpg").exists();
    assert_eq!((is_there(&own), is_there(&both)), (false, true));
    for file in ["server.db", "server.db-wal"] {
        let bytes = std::fs::read(server.directory.path().join("data").join(file)).unwrap_or_default();
        assert!(!bytes.windows(6).any(|part| part == "秘密".as_bytes()), "{file}");
    }
    drop(server.stop().await);
}

/// MALL-6: a merchant answers what is said of its goods, and nothing else; it does not review itself. Its pictures show its products.
#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_answers_for_its_own_goods() {
    let server = TestServer::start().await;
    let Approved { mut owner, mut merchant, programme: id, .. } = approved(&server).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let mut buyer = member(&server, "mei@example.com", &id).await;
    let refused = buyer.upload("none", &at("pictures"), "image/png", &photo(2, ImageFormat::Png)).await;
    assert_eq!(code(&refused), (409, "picture_not_for".to_owned()));
    assert_eq!(code(&buyer.get(&at("me/merchant/reviews")).await).1, "not_a_merchant");
    let picture = merchant.upload("tea", &at("pictures"), "image/png", &photo(2, ImageFormat::Png)).await;
    assert_eq!(picture.status, 200, "{}", picture.text);
    let tea = |picture: &str| {
        json!({
            "title": { "zh": "明前龙井", "en": "First picking" }, "description": { "zh": "一两", "en": "50 g" },
            "price": "100.00", "cost": "80.00", "award": "100", "picture": picture,
        })
    };
    let nowhere = format!("/pictures/{}/750.jpg", "0".repeat(64));
    assert_eq!(fault(&merchant.post(&at("me/merchant/products"), tea(&nowhere)).await).1, "picture_unknown");
    let proposed = merchant.post(&at("me/merchant/products"), tea(&picture.text_at("/path"))).await;
    assert_eq!(proposed.status, 200, "{}", proposed.text);
    let product = merchant.get(&at("me/merchant/products")).await.text_at("/items/0/id");
    let listed = owner.post(&at(&format!("merchant-products/{product}/list")), json!({})).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let page = server.guest().get(&at(&format!("products/{product}"))).await;
    assert_eq!(page.text_at("/picture"), picture.text_at("/path"));

    let mut reviews = Vec::new();
    for (person, expected) in [(&mut buyer, 200), (&mut merchant, 409)] {
        let lines = json!({ "lines": [{ "product": product, "quantity": 1 }] });
        let quote = person.post(&at("orders/quote"), lines).await;
        let placed = person.post(&at("orders"), json!({ "lines": quote.body["lines"] })).await;
        assert_eq!(placed.status, 200, "{}", placed.text);
        let order = placed.text_at("/id");
        let payment = pay(person, &id, &order, "pay").await;
        server.until(person, &at(&format!("payments/{payment}")), "/state", "paid").await;
        assert_eq!(person.post(&at(&format!("orders/{order}/receive")), json!({})).await.status, 200);
        let done = person.post(&at(&format!("orders/{order}/reviews")), said(3, "Fine")).await;
        assert_eq!(done.status, expected, "{}", done.text);
        reviews.push(done);
    }
    assert_eq!(code(&reviews[1]).1, "review_own_goods");
    let mine = merchant.get(&at("me/merchant/reviews")).await;
    assert_eq!(mine.body["items"].as_array().map(Vec::len), Some(1), "{}", mine.text);
    let answer = at(&format!("reviews/{}/answer", mine.text_at("/items/0/id")));
    assert_eq!(merchant.post(&answer, json!({ "text": "Thank you" })).await.status, 200);
    let page = server.guest().get(&at(&format!("products/{product}/reviews"))).await;
    assert_eq!(page.body["items"][0]["answer"]["by_merchant"], true, "{}", page.text);
    let again = owner.post(&answer, json!({ "text": "Too" })).await;
    assert_eq!(code(&again).1, "review_answered");
    drop(server.stop().await);
}

/// MALL-7: what is put here is checked, kept in three widths, and shown as nothing but a picture.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_checked_and_kept() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let path = at("pictures");
    for (kind, file, expected) in [
        ("application/json", b"{}".to_vec(), (415, "picture_type")),
        ("image/svg+xml", b"<svg/>".to_vec(), (415, "picture_type")),
        ("image/png", b"<svg onload=\"alert(1)\"/>".to_vec(), (422, "picture_unreadable")),
        ("image/png", vec![0; (8 << 20) + 1], (413, "body_too_large")),
    ] {
        let refused = owner.upload("refused", &path, kind, &file).await;
        assert_eq!(code(&refused), (expected.0, expected.1.to_owned()), "{kind}");
    }
    let (png, webp) = (photo(1, ImageFormat::Png), photo(2, ImageFormat::WebP));
    let preview = owner.upload("preview", &format!("{path}?preview=true"), "image/png", &png).await;
    assert_eq!(preview.status, 200, "{}", preview.text);
    assert_eq!(
        server.guest().file(&format!("/{}", preview.text_at("/path"))).await.0.status,
        404,
        "nothing was kept"
    );
    let put = owner.upload("first", &path, "image/png", &png).await;
    assert_eq!((put.status, put.text_at("/path")), (200, preview.text_at("/path")), "{}", put.text);
    let again = owner.upload("first", &path, "image/png", &png).await;
    assert_eq!(
        (again.text.as_str(), again.headers["idempotent-replayed"].as_str()),
        (put.text.as_str(), "true")
    );
    let other = owner.upload("first", &path, "image/webp", &webp).await;
    assert_eq!(code(&other).1, "key_reused");

    for (place, width) in [320_u32, 750, 900].into_iter().enumerate() {
        let (head, file) =
            server.guest().file(&format!("/{}", put.text_at(&format!("/sizes/{place}/path")))).await;
        assert_eq!(head.status, 200);
        for (name, value) in [
            ("content-type", "image/jpeg"),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(head.headers[name], value);
        }
        let read = image::load_from_memory(&file).expect("a picture");
        assert_eq!((read.width(), read.height()), (width, width * 2 / 3));
    }
    let hash = put.text_at("/id");
    for nowhere in [
        format!("/pictures/{hash}/751.jpg"),
        format!("/pictures/{}/750.jpg", "0".repeat(64)),
        "/pictures/..%2f..%2fserver.db/750.jpg".to_owned(),
    ] {
        assert_eq!(server.guest().file(&format!("/{nowhere}")).await.0.status, 404, "{nowhere}");
    }

    // An article shows what was put here for articles, and nothing that was not.
    let article = |picture: &str| {
        json!({
            "id": "tea", "title": { "zh": "茶", "en": "Tea" }, "description": { "zh": "一斤", "en": "500 g" },
            "price": "1000.00", "listed": true, "picture": put.text_at("/path"), "gallery": [picture],
        })
    };
    let mut buyer = member(&server, "wang@example.com", &id).await;
    let own = buyer.upload("own", &at("me/pictures"), "image/webp", &webp).await;
    assert_eq!(own.status, 200, "{}", own.text);
    let refused = owner.post(&at("products"), article(&own.text_at("/path"))).await;
    assert_eq!(fault(&refused), ("/gallery/0".to_owned(), "picture_unknown".to_owned()), "{}", refused.text);
    let shown = owner.post(&at("products"), article("tea")).await;
    assert_eq!(shown.status, 200, "{}", shown.text);

    // Sixty at once, and no more for a while.
    let mut last = None;
    for count in 0..60 {
        let answer = buyer
            .upload(&format!("many {count}").replace(' ', "-"), &at("me/pictures"), "image/png", b"x")
            .await;
        last = Some(code(&answer));
    }
    assert_eq!(last, Some((429, "too_many_requests".to_owned())));

    // A backup has them.
    let to = server.directory.path().join("backup");
    ratchet_store::back_up(&server.directory.path().join("data"), &to).expect("a backup");
    assert!(to.join("pictures").join(hash).join("1280.jpg").exists());
    drop(server.stop().await);
}

/// MALL-8: what one wants to find again, with the price of then.
#[tokio::test(flavor = "multi_thread")]
async fn favourites_keep_the_price_of_then() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let mut buyer = member(&server, "wang@example.com", &id).await;
    let mut other = member(&server, "mei@example.com", &id).await;
    let article = |id: &str, price: &str| {
        json!({
            "id": id, "title": { "zh": "茶", "en": "Tea" }, "description": { "zh": "一斤", "en": "500 g" },
            "price": price, "listed": true,
        })
    };
    assert_eq!(owner.post(&at("products"), article("rice", "20.00")).await.status, 200);
    let unknown = buyer.post(&at("me/favourites"), json!({ "product": "none" })).await;
    assert_eq!(code(&unknown).1, "product_not_sold");
    for product in ["tea", "rice", "tea"] {
        let done = buyer.post(&at("me/favourites"), json!({ "product": product })).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    assert_eq!(owner.post(&at("products"), article("tea", "900.00")).await.status, 200);
    let mine = buyer.get(&at("me/favourites")).await;
    let shown: Vec<[&Value; 4]> = mine.body["items"]
        .as_array()
        .expect("favourites")
        .iter()
        .map(|each| [&each["product"]["id"], &each["product"]["price"], &each["price_then"], &each["since"]])
        .collect();
    let since = json!("2026-01-01T00:00:00Z");
    assert_eq!(
        shown,
        [
            [&json!("rice"), &json!("20.00"), &json!("20.00"), &since],
            [&json!("tea"), &json!("900.00"), &json!("1000.00"), &since],
        ]
    );
    assert_eq!(other.get(&at("me/favourites")).await.body["items"], json!([]));
    assert_eq!(buyer.delete(&at("me/favourites/rice")).await.status, 200);
    assert_eq!(buyer.get(&at("me/favourites")).await.body["items"].as_array().map(Vec::len), Some(1));
    drop(server.stop().await);
}
