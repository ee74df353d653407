//! From an empty directory to money paid out.

use serde_json::{Value, json};

use crate::client::{Person, TestServer};

/// The plan of the preset with two people for withdrawals above 100.00 and a clock of its own.
pub(crate) fn plan() -> String {
    let text = include_str!("../../../../plans/value-growth.toml");
    format!("{text}\n[wallet]\nwithdrawal_minimum = \"10.00\"\ntwo_approvals_above = \"100.00\"\n")
}

/// A sandbox of a plan on a clock of its own, without articles.
pub(crate) async fn sandbox(owner: &mut Person, tenant: &str, plan: &str) -> String {
    let body = json!({ "plan": plan, "clock_starts_at": "2026-01-01T00:00:00Z" });
    let answer = owner.post(&format!("/tenants/{tenant}/programmes"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text_at("/id")
}

/// A sandbox of the preset, with one article for 1,000.00.
pub(crate) async fn programme(owner: &mut Person, tenant: &str) -> String {
    programme_of(owner, tenant, &plan()).await
}

/// A sandbox of a plan, with one article for 1,000.00.
pub(crate) async fn programme_of(owner: &mut Person, tenant: &str, plan: &str) -> String {
    let programme = sandbox(owner, tenant, plan).await;
    let body = json!({
        "id": "tea", "title": { "zh": "茶", "en": "Tea" }, "description": { "zh": "一斤", "en": "500 g" },
        "price": "1000.00", "listed": true,
    });
    let answer = owner.post(&format!("/programmes/{programme}/products"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    programme
}

/// Orders one article, pays it at the cashier; the order's id.
pub(crate) async fn buy(server: &TestServer, member: &mut Person, programme: &str) -> String {
    let order = order(member, programme).await;
    let payment = pay(member, programme, &order, "pay").await;
    server.until(member, &format!("/programmes/{programme}/payments/{payment}"), "/state", "paid").await;
    order
}

/// Orders one article; the order's id.
pub(crate) async fn order(member: &mut Person, programme: &str) -> String {
    let wanted = json!({ "lines": [{ "product": "tea", "quantity": 1 }] });
    let quote = member.post(&format!("/programmes/{programme}/orders/quote"), wanted).await;
    assert_eq!(quote.text_at("/total"), "1000.00");
    let answer = member
        .post(&format!("/programmes/{programme}/orders"), json!({ "lines": quote.body["lines"] }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text_at("/id")
}

/// Begins a payment and does something at the cashier; the payment's id.
pub(crate) async fn pay(member: &mut Person, programme: &str, order: &str, act: &str) -> String {
    let intent = member.post(&format!("/programmes/{programme}/orders/{order}/payments"), json!({})).await;
    assert_eq!(intent.status, 200, "{}", intent.text);
    assert_eq!(intent.text_at("/state"), "open");
    at_cashier(member, &intent.text_at("/cashier_url"), act).await;
    intent.text_at("/id")
}

/// Presses a button on the cashier's page.
pub(crate) async fn at_cashier(member: &mut Person, url: &str, act: &str) {
    let page = member.get(&format!("/{url}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains(&format!("value=\"{act}\"")), "{}", page.text);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = member.send("POST", &format!("/{url}"), Some(format!("act={act}")), &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
}

/// The newest entry: rows come behind the journal, and a read with it has seen what came before.
pub(crate) async fn newest(staff: &mut Person, programme: &str) -> u64 {
    let entries = staff.get(&format!("/programmes/{programme}/entries?limit=1")).await;
    entries.body["items"][0]["seq"].as_u64().unwrap_or_else(|| panic!("an entry: {}", entries.text))
}

async fn balance(person: &mut Person, programme: &str, field: &str) -> String {
    person.get(&format!("/programmes/{programme}/me/wallet")).await.text_at(&format!("/{field}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_directory_to_money_paid_out() {
    let server = TestServer::start().await;
    let refused = server.guest().get("/programmes").await;
    assert_eq!((refused.status, refused.text_at("/code").as_str()), (503, "setup_required"));
    let (mut owner, tenant) = server.owner().await;
    let again = server.guest().post("/setup", json!({ "token": "0", "login": "x@example.com", "password": crate::client::PASSWORD, "name": "x" })).await;
    assert_eq!(again.text_at("/code"), "link_invalid");

    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let view = server.guest().get(&at("")).await;
    assert_eq!(
        (view.text_at("/kind").as_str(), view.text_at("/terms/retention").as_str()),
        ("sandbox", "20%")
    );
    assert_eq!(view.text_at("/clock/now"), "2026-01-01T00:00:00Z");

    // Two people join, the second by the first one's invitation.
    let mut first = server.person("138 0000 0001", None).await;
    assert_eq!(first.post(&at("/me"), json!({})).await.status, 200);
    let code = first.get(&at("/me/invitation")).await.text_at("/code");
    let mut second = server.person("138 0000 0002", None).await;
    let joined = second.post(&at("/me"), json!({ "invitation": code })).await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    let me = second.get(&at("/me")).await;
    assert_eq!(me.text_at("/referrer"), first.get(&at("/me")).await.text_at("/id"));
    assert_eq!(first.get(&at("/me/invitation")).await.body["joined"], 1);

    // The article says what it does before anybody buys it.
    let page = server.guest().get(&at("/products/tea")).await;
    assert_eq!(
        (page.text_at("/outlook/points").as_str(), page.text_at("/outlook/net_now").as_str()),
        ("210", "240.00")
    );

    // Both buy, receive, and a week passes.
    for member in [&mut first, &mut second] {
        let order = buy(&server, member, &programme).await;
        let received = member.post(&at(&format!("/orders/{order}/receive")), json!({})).await;
        assert_eq!(received.status, 200, "{}", received.text);
        let view = member.get(&at(&format!("/orders/{order}?min_seq={}", received.seq()))).await;
        assert_eq!(
            (view.text_at("/state").as_str(), view.text_at("/lines/0/product").as_str()),
            ("received", "tea")
        );
        assert_eq!(view.text_at("/settles_at"), "2026-01-08T00:00:00Z");
        let steps: Vec<&str> = view.body["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["what"].as_str().unwrap())
            .collect();
        assert_eq!(steps, ["placed", "paid", "received"]);
    }
    // What would happen is said before it does, and is what happens.
    let would = owner.post(&at("/clock?preview=true"), json!({ "by": "next_settlement" })).await;
    assert_eq!(would.text_at("/to"), "2026-01-08T00:00:00Z", "{}", would.text);
    let happens = would.body["happens"].as_array().unwrap();
    assert!(happens.contains(&json!({ "event": "line_settled", "count": 2 })), "{}", would.text);
    assert_eq!(owner.get(&at("/clock")).await.text_at("/now"), "2026-01-01T00:00:00Z");
    let clock = owner.post(&at("/clock"), json!({ "by": "next_settlement" })).await;
    assert_eq!(clock.text_at("/now"), "2026-01-08T00:00:00Z", "{}", clock.text);

    // 300 into the pool each: 210 points at 1.00, then 300 · 70 % at (600 − 300)/210.
    let points = first.get(&at("/me/points")).await;
    assert_eq!((points.text_at("/points").as_str(), points.text_at("/spent").as_str()), ("210", "1000.00"));
    let newest = newest(&mut owner, &programme).await;
    let lots = first.get(&at(&format!("/me/lots?min_seq={newest}"))).await;
    assert_eq!(
        (lots.text_at("/items/0/state").as_str(), lots.text_at("/items/0/left").as_str()),
        ("active", "210")
    );
    let mints = owner.get(&at(&format!("/entries/{}/explanations", lots.body["items"][0]["seq"]))).await;
    assert!(mints.text.contains("POOL-2"), "{}", mints.text);
    let prices = server.guest().get(&at("/prices")).await;
    let last = prices.body["items"].as_array().unwrap().last().expect("the price changed");
    // The pool against what all members would get: 80% of it here, rounded once; for each of the two by itself it is a cent less.
    assert_eq!((&last["pool"], &last["held"]), (&json!("600.00"), &json!("480.00")), "{}", prices.text);
    let truth = server.guest().get(&at("/truth")).await;
    assert_eq!(
        (truth.text_at("/held"), truth.text_at("/stays_in_pool")),
        ("479.99".to_owned(), "120.01".to_owned())
    );
    assert_eq!(truth.body["journal"]["seq"], truth.body["seq"], "{}", truth.text);

    // A quote, its preview, the sale, and the same sale again.
    let quote = first.get(&at("/me/points/quote?points=all")).await;
    let net = quote.text_at("/net");
    let sale = json!({ "quote": quote.text_at("/quote") });
    let headers = [("idempotency-key", "sale"), ("x-ratchet", "1")];
    let preview =
        first.send("POST", &at("/me/points/sales?preview=true"), Some(sale.to_string()), &headers).await;
    let cash = preview.body["balances"]
        .as_array()
        .unwrap()
        .iter()
        .find(|balance| balance["account"] == "wallet.cash");
    assert_eq!(cash.unwrap()["after"], net, "{}", preview.text);
    assert_eq!(balance(&mut first, &programme, "cash").await, "0.00");
    let sold = first.post_as("sale", &at("/me/points/sales"), sale.clone()).await;
    assert_eq!(sold.status, 200, "{}", sold.text);
    let again = first.post_as("sale", &at("/me/points/sales"), sale).await;
    assert_eq!((again.text, again.headers["idempotent-replayed"].as_str()), (sold.text.clone(), "true"));
    assert_eq!(balance(&mut first, &programme, "cash").await, net);
    let moved = first.get(&at(&format!("/me/movements?account=cash&min_seq={}", sold.seq()))).await;
    assert_eq!((moved.text_at("/items/0/amount"), moved.body["items"].as_array().unwrap().len()), (net, 1));

    // 150.00 need two people, neither of them the one who asks.
    let asked = first.post(&at("/me/withdrawals"), json!({ "amount": "150.00" })).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert_eq!(balance(&mut first, &programme, "held").await, "150.00");
    let withdrawal = asked.text_at("/id");
    let (mut one, mut two) = (
        server.staff(&mut owner, &tenant, "reviewer").await,
        server.staff(&mut owner, &tenant, "reviewer").await,
    );
    let inbox = one.get(&at(&format!("/inbox?min_seq={}", asked.seq()))).await;
    assert_eq!(
        (inbox.body["items"][0]["may"].clone(), inbox.text_at("/sum").as_str()),
        (json!(true), "150.00")
    );
    assert_eq!(inbox.body["items"][0]["withdrawal"]["people_needed"], 2);
    let approve = at(&format!("/withdrawals/{withdrawal}/approve"));
    assert_eq!(one.post(&approve, json!({})).await.status, 200);
    let same = one.post(&approve, json!({})).await;
    assert_eq!((same.status, same.text_at("/code").as_str()), (409, "same_person"));
    let inbox = one.get(&at("/inbox")).await;
    assert_eq!(inbox.body["items"][0]["may"], false, "{}", inbox.text);
    assert_eq!(two.post(&approve, json!({})).await.status, 200);
    let mut operator = server.staff(&mut owner, &tenant, "operator").await;
    let sent = operator.post(&at(&format!("/withdrawals/{withdrawal}/send")), json!({})).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let mine = at(&format!("/me/withdrawals/{withdrawal}"));
    let paid = server.until(&mut first, &mine, "/state", "paid").await;
    let steps: Vec<&Value> =
        paid.body["steps"].as_array().unwrap().iter().map(|step| &step["what"]).collect();
    assert_eq!(steps, ["requested", "approved", "approved", "sent", "paid"]);
    assert!(
        paid.body["steps"][1].get("person").is_none() && paid.body["receipt"].is_string(),
        "{}",
        paid.text
    );
    assert_eq!(balance(&mut first, &programme, "held").await, "0.00");

    // What happened stands in the truth, in the journal and in the audit log, also after a restart.
    let truth = server.guest().get(&at("/truth")).await;
    assert_eq!((truth.body["buyers"].clone(), truth.text_at("/spent").as_str()), (json!(2), "2000.00"));
    let before = truth.text;
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    let actions: Vec<&str> =
        log.body["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "wallet.approve").count(), 2, "{actions:?}");
    let server = server.restart().await;
    assert_eq!(server.guest().get(&at("/truth")).await.text, before);
    drop(server.stop().await);
}
