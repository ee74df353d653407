//! Addresses with their freight, and coupons: taken, chosen, used over several lines (MALL-4, MALL-5).

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::{newest, plan, sandbox};

/// Three articles for 33.00, 60.00, 107.00; freight of 8.00 below 180.00, 20.00 to Tibet; four kinds of coupons.
async fn mall(owner: &mut Person, tenant: &str) -> String {
    let text = format!(
        "{}\n[catalogue]\n[freight]\nbase = \"8.00\"\nfree_above = \"180.00\"\n\
         [[freight.regions]]\ncode = \"540000\"\namount = \"20.00\"\n\
         [[coupon]]\nid = \"ten\"\nname = {{ zh = \"十元\", en = \"Ten\" }}\noff = \"10.00\"\nminimum = \"100.00\"\nstackable = true\n\
         [[coupon]]\nid = \"five\"\nname = {{ zh = \"五元\", en = \"Five\" }}\noff = \"5.00\"\nstackable = true\nvalid_days = 3\n\
         [[coupon]]\nid = \"part\"\nname = {{ zh = \"八五折\", en = \"15% off\" }}\nrate = \"15%\"\n\
         [[coupon]]\nid = \"large\"\nname = {{ zh = \"满三百\", en = \"From 300\" }}\noff = \"50.00\"\nminimum = \"300.00\"\n",
        plan()
    );
    let id = sandbox(owner, tenant, &text).await;
    for (article, price) in [("a", "33.00"), ("b", "60.00"), ("c", "107.00")] {
        let body = json!({
            "id": article, "title": { "zh": article, "en": article }, "description": { "zh": "好", "en": "Good" },
            "price": price, "stock": 100, "listed": true,
        });
        let put = owner.post(&format!("/programmes/{id}/products"), body).await;
        assert_eq!(put.status, 200, "{}", put.text);
    }
    id
}

async fn member(server: &TestServer, login: &str, id: &str) -> Person {
    let mut person = server.person(login, None).await;
    assert_eq!(person.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    person
}

fn lines() -> Value {
    ["a", "b", "c"].map(|product| json!({ "product": product, "quantity": 1 })).into()
}

fn kitchen() -> Value {
    json!({ "name": " 王小明 ", "phone": "+86 138-0000-0001", "region": "330106", "detail": "文三路 1 号" })
}

/// MALL-4: one's own addresses; an order keeps where it goes, and its freight is that of the region.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_to_an_address() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = mall(&mut owner, &tenant).await;
    let mut buyer = member(&server, "138 0000 0001", &id).await;
    let mut other = member(&server, "138 0000 0002", &id).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");

    let provinces = buyer.get("/regions").await.body;
    assert_eq!(provinces["items"].as_array().map(Vec::len), Some(34));
    assert_eq!(buyer.get("/regions?below=330100").await.text_at("/items/0/name"), "上城区");

    for (change, pointer, code) in [
        (json!({ "name": " " }), "/name", "length"),
        (json!({ "phone": "1234" }), "/phone", "phone_form"),
        (json!({ "phone": "12345a" }), "/phone", "phone_form"),
        (json!({ "region": "330100" }), "/region", "region_unknown"),
        (json!({ "detail": "门".repeat(121) }), "/detail", "length"),
    ] {
        let mut body = kitchen();
        body.as_object_mut().expect("fields").extend(change.as_object().expect("fields").clone());
        let refused = buyer.post("/me/addresses", body).await;
        let fault = (refused.text_at("/errors/0/pointer"), refused.text_at("/facts/error/code"));
        assert_eq!(fault, (pointer.to_owned(), code.to_owned()), "{}", refused.text);
    }
    let kitchen_id = buyer.post("/me/addresses", kitchen()).await.text_at("/id");
    let mut lhasa = kitchen();
    lhasa["region"] = "540102".into();
    let lhasa_id = buyer.post("/me/addresses", lhasa).await.text_at("/id");
    let addresses = buyer.get("/me/addresses").await.body;
    assert_eq!(
        addresses["items"][0],
        json!({ "id": kitchen_id, "name": "王小明", "phone": "+86 138-0000-0001", "region": "330106",
                "region_name": "浙江省杭州市西湖区", "detail": "文三路 1 号", "is_default": true })
    );
    assert_eq!(addresses["items"][1]["is_default"], false);
    assert_eq!(buyer.get("/me/export").await.body["person"]["addresses"], addresses["items"]);

    // Freight by the address; nobody orders to another's.
    let one = json!([{ "product": "a", "quantity": 1 }]);
    for (address, freight) in [(&kitchen_id, "8.00"), (&lhasa_id, "20.00")] {
        let quote = buyer.post(&at("orders/quote"), json!({ "lines": one, "address": address })).await;
        assert_eq!(quote.text_at("/freight"), freight, "{}", quote.text);
    }
    let strange = other.post(&at("orders/quote"), json!({ "lines": one, "address": lhasa_id })).await;
    assert_eq!(strange.text_at("/facts/error/code"), "address_unknown", "{}", strange.text);
    let priced = json!([{ "product": "a", "quantity": 1, "amount": "33.00" }]);
    let body = |more: Value| {
        let mut body = json!({ "lines": priced, "freight": "20.00" });
        body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        body
    };
    let both = buyer.post(&at("orders"), body(json!({ "address": lhasa_id, "ship_to": "330106" }))).await;
    assert_eq!(both.text_at("/facts/error/code"), "either_or", "{}", both.text);
    let wrong = buyer.post(&at("orders"), body(json!({ "address": kitchen_id }))).await;
    assert_eq!(wrong.text_at("/code"), "freight_mismatch", "{}", wrong.text);
    let placed = buyer.post(&at("orders"), body(json!({ "address": lhasa_id }))).await;
    assert_eq!(placed.status, 200, "{}", placed.text);
    let order = placed.text_at("/id");

    // What is written later changes nothing of where it goes; the buyer and those who send see it.
    let mut moved = kitchen();
    moved["detail"] = "别处".into();
    assert_eq!(buyer.post(&format!("/me/addresses/{lhasa_id}"), moved).await.status, 200);
    let path = at(&format!("orders/{order}"));
    for who in [&mut buyer, &mut owner] {
        let view = who.get(&path).await;
        let delivery = (view.text_at("/delivery/region"), view.text_at("/delivery/detail"));
        assert_eq!(delivery, ("540102".to_owned(), "文三路 1 号".to_owned()), "{}", view.text);
    }
    assert_eq!(other.get(&path).await.status, 404);
    let removed = buyer.delete(&format!("/me/addresses/{kitchen_id}")).await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    assert_eq!(buyer.get("/me/addresses").await.body["items"][0]["is_default"], true);
    let strange = other.post(&format!("/me/addresses/{lhasa_id}"), kitchen()).await;
    assert_eq!(strange.text_at("/code"), "address_unknown", "{}", strange.text);
    drop(server.stop().await);
}

/// MALL-5: coupons are taken within their numbers, and no member takes more by asking twice at once.
#[tokio::test(flavor = "multi_thread")]
async fn coupons_are_taken_while_there_are_some() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = mall(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let kinds = server.guest().get(&at("coupon-kinds")).await.body;
    let kinds: Vec<_> =
        kinds["items"].as_array().expect("a list").iter().map(|kind| kind["id"].clone()).collect();
    assert_eq!(kinds, ["ten", "five", "part", "large"]);
    let offer = |kind: &str, per_member: u32, total: u32| json!({ "kind": kind, "per_member": per_member, "total": total });
    for (items, pointer, code) in [
        (json!([offer("none", 1, 1)]), "/items/0/kind", "coupon_kind_unknown"),
        (json!([offer("ten", 1, 1), offer("ten", 1, 1)]), "/items/1/kind", "repeated"),
        (json!([offer("ten", 0, 1)]), "/items/0/per_member", "count"),
        (json!([offer("ten", 1, 10_000_001)]), "/items/0/total", "count"),
    ] {
        let refused = owner.post(&at("coupon-offers"), json!({ "items": items })).await;
        let fault = (refused.text_at("/errors/0/pointer"), refused.text_at("/facts/error/code"));
        assert_eq!(fault, (pointer.to_owned(), code.to_owned()), "{}", refused.text);
    }
    let mut until = offer("five", 1, 5);
    until["until"] = "2026-01-01T00:00:00Z".into();
    let put = owner.post(&at("coupon-offers"), json!({ "items": [offer("ten", 2, 3), until] })).await;
    assert_eq!(put.status, 200, "{}", put.text);

    let (mut first, mut second) =
        (member(&server, "138 0000 0001", &id).await, member(&server, "138 0000 0002", &id).await);
    assert_eq!(first.post(&at("coupon-offers"), json!({ "items": [] })).await.status, 404);
    let take = json!({ "kind": "ten" });
    let over = first.post(&at("me/coupons"), json!({ "kind": "five" })).await;
    assert_eq!(over.text_at("/code"), "coupon_not_offered", "its time is over: {}", over.text);
    for _ in 0..2 {
        let taken = first.post_as("one", &at("me/coupons"), take.clone()).await;
        assert_eq!(taken.status, 200, "the same coupon: {}", taken.text);
    }
    assert_eq!(first.post(&at("me/coupons"), take.clone()).await.status, 200);
    let more = first.post(&at("me/coupons"), take.clone()).await;
    assert_eq!(
        (more.text_at("/code"), more.body["facts"]["count"].clone()),
        ("coupon_taken".to_owned(), json!(2))
    );
    assert_eq!(second.post(&at("me/coupons"), take.clone()).await.status, 200);
    let none = second.post(&at("me/coupons"), take).await;
    assert_eq!(none.text_at("/code"), "coupons_all_taken", "{}", none.text);
    let seq = newest(&mut owner, &id).await;
    let mine = first.get(&at(&format!("me/coupons?min_seq={seq}"))).await.body;
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&mine["items"][0]["state"], &mine["items"][0]["kind"]["off"]),
        (&json!("free"), &json!("10.00"))
    );
    let offers = second.get(&at("coupon-offers")).await.body;
    assert_eq!((&offers["items"][0]["left"], &offers["items"][0]["taken"]), (&json!(0), &json!(1)));
    drop(server.stop().await);
}

/// MALL-5: over three lines, what fits best and why others do not; the order holds what it was quoted with.
#[tokio::test(flavor = "multi_thread")]
async fn the_coupon_that_fits_best_is_found() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = mall(&mut owner, &tenant).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let mut buyer = member(&server, "138 0000 0001", &id).await;
    let me = buyer.get(&at("me")).await.text_at("/id");
    let mut coupons = Vec::new();
    for kind in ["ten", "five", "part", "large"] {
        let given = owner.post(&at("coupons"), json!({ "kind": kind, "member": me })).await;
        assert_eq!(given.status, 200, "{}", given.text);
        coupons.push(given.text_at("/id"));
    }
    let [ten, five, part, large] = <[String; 4]>::try_from(coupons).expect("four");

    let quote = buyer.post(&at("orders/quote"), json!({ "lines": lines(), "best_coupons": true })).await;
    assert_eq!(quote.status, 200, "{}", quote.text);
    // 15 % of 200.00 is 30.00, and then 8.00 of freight: 22.00 less; ten and five together are 15.00 less, and free of freight.
    assert_eq!(quote.body["used"], json!([part]));
    let amounts: Vec<_> =
        quote.body["lines"].as_array().expect("lines").iter().map(|line| line["amount"].clone()).collect();
    assert_eq!(amounts, ["28.05", "51.00", "90.95"]);
    let sums = ["discount", "freight", "total"].map(|name| quote.text_at(&format!("/{name}")));
    assert_eq!(sums, ["30.00", "8.00", "178.00"]);
    let savings: Vec<_> = quote.body["coupons"]
        .as_array()
        .expect("coupons")
        .iter()
        .map(|each| (each["id"].clone(), each["saves"].clone(), each["refusal"].is_null()))
        .collect();
    // The one that expires first stands first.
    assert_eq!(savings[0], (json!(five), json!("5.00"), true));
    for expected in [
        (json!(ten), json!("10.00"), true),
        (json!(part), json!("22.00"), true),
        (json!(large), Value::Null, false),
    ] {
        assert!(savings.contains(&expected), "{expected:?} in {savings:?}");
    }
    // Only two of them may stand together.
    let small = json!([{ "product": "c", "quantity": 1 }]);
    for coupon in [&part, &large] {
        let chosen = json!({ "lines": small, "coupons": [ten, coupon] });
        let refused = buyer.post(&at("orders/quote"), chosen).await;
        assert_eq!(refused.text_at("/facts/code"), "coupon_scope", "{}", refused.text);
    }
    let both = buyer.post(&at("orders/quote"), json!({ "lines": small, "coupons": [ten, five] })).await;
    assert_eq!(
        (both.text_at("/discount"), both.text_at("/total")),
        ("15.00".to_owned(), "100.00".to_owned())
    );
    let none = buyer.post(&at("orders/quote"), json!({ "lines": small })).await;
    assert_eq!(none.body["used"], json!([]));
    let guest =
        server.guest().post(&at("orders/quote"), json!({ "lines": small, "best_coupons": true })).await;
    assert_eq!((guest.body["used"].clone(), guest.text_at("/total")), (json!([]), "115.00".to_owned()));

    // The order states what it was quoted with; its coupon is held, and free again when the order is given up.
    let body = json!({ "lines": quote.body["lines"], "freight": "8.00", "coupons": [part] });
    let without = json!({ "lines": quote.body["lines"], "freight": "8.00" });
    assert_eq!(buyer.post(&at("orders"), without).await.text_at("/code"), "price_mismatch");
    let placed = buyer.post(&at("orders"), body).await;
    assert_eq!(placed.status, 200, "{}", placed.text);
    let state = async |buyer: &mut Person, seq: u64| {
        let mine = buyer.get(&at(&format!("me/coupons?min_seq={seq}"))).await.body;
        let mine = mine["items"].as_array().expect("coupons").clone();
        mine.iter().find(|each| each["id"] == *part).expect("the coupon")["state"].clone()
    };
    assert_eq!(state(&mut buyer, placed.seq()).await, "reserved");
    let again = buyer.post(&at("orders/quote"), json!({ "lines": lines(), "coupons": [part] })).await;
    assert_eq!(again.text_at("/facts/code"), "coupon_state", "{}", again.text);
    let closed = buyer.post(&at(&format!("orders/{}/close", placed.text_at("/id"))), json!({})).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    assert_eq!(state(&mut buyer, closed.seq()).await, "free");
    drop(server.stop().await);
}
