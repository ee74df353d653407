//! What is wrong is said as RFC 9457 problems, with codes, facts, pointers, in the language asked for; keys; previews.

use serde_json::json;

use crate::client::TestServer;
use crate::journey::programme;

#[tokio::test(flavor = "multi_thread")]
async fn problems_say_what_and_where_in_the_language_asked_for() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");

    let nowhere = server.guest().get("//no/such/page").await;
    assert_eq!((nowhere.status, nowhere.headers["content-type"].as_str()), (404, "application/problem+json"));
    assert_eq!(nowhere.text_at("/request_id"), nowhere.headers["x-request-id"]);
    let mut guest = server.guest();
    guest.language = "zh-CN,zh;q=0.9,en;q=0.1";
    let chinese = guest.get("/no/such/route").await;
    assert_eq!((chinese.status, chinese.headers["content-language"].as_str()), (404, "zh-CN"));
    assert!(chinese.text_at("/title").contains("没有内容"), "{}", chinese.text);
    let method = guest.send("PUT", "/programmes", None, &[]).await;
    assert_eq!((method.status, method.text_at("/code").as_str()), (405, "method_not_allowed"));

    // Bad JSON, wrong fields, unknown fields, wrong types, each with its pointer.
    let keyed = [("idempotency-key", "k"), ("x-ratchet", "1")];
    let post = async |owner: &mut crate::client::Person, body: &str| {
        owner.send("POST", &at("/orders/quote"), Some(body.to_owned()), &keyed).await
    };
    for (body, status, code, pointer) in [
        ("{", 400, "json_invalid", ""),
        ("[] x", 400, "json_invalid", ""),
        (r#"{"lines":[],"wish":1}"#, 400, "json_invalid", "/wish"),
        (r#"{"lines":[{"product":"tea","quantity":"2"}]}"#, 400, "json_invalid", "/lines/0/quantity"),
        (r#"{"lines":[]}"#, 422, "field_invalid", "/lines"),
        (r#"{"lines":[{"product":"coffee","quantity":1}]}"#, 422, "product_not_sold", "none"),
    ] {
        let answer = post(&mut owner, body).await;
        assert_eq!(
            (answer.status, answer.text_at("/code").as_str()),
            (status, code),
            "{body}: {}",
            answer.text
        );
        let said = answer.body["errors"][0]["pointer"].as_str().unwrap_or("none").to_owned();
        assert_eq!(said, pointer, "{body}: {}", answer.text);
    }
    let form = [("content-type", "text/plain"), ("idempotency-key", "k"), ("x-ratchet", "1")];
    assert_eq!(owner.send("POST", &at("/orders/quote"), Some("{}".to_owned()), &form).await.status, 415);
    let large = format!("{{\"lines\":\"{}\"}}", "x".repeat(3 << 20));
    assert_eq!(post(&mut owner, &large).await.status, 413);
    let query = owner.get(&at("/orders?limit=1000")).await;
    assert_eq!((query.status, query.text_at("/errors/0/pointer").as_str()), (400, "#query/limit"));
    for path in ["/orders?min_seq=1000", "/accounts?min_seq=1000"] {
        let ahead = owner.get(&at(path)).await;
        let said = (ahead.status, ahead.text_at("/errors/0/pointer"));
        assert_eq!(said, (400, "#query/min_seq".to_owned()), "{}", ahead.text);
    }
    assert_eq!(owner.get(&at("/orders?wish=1")).await.text_at("/code"), "query_invalid");

    // A price that has changed is refused with the price of now.
    let mut member = server.person("member@example.com", None).await;
    assert_eq!(member.post(&at("/me"), json!({})).await.status, 200);
    let stale = json!({ "lines": [{ "product": "tea", "quantity": 2, "amount": "1999.00" }] });
    let answer = member.post(&at("/orders"), stale).await;
    assert_eq!((answer.status, answer.text_at("/code").as_str()), (409, "price_changed"));
    assert_eq!(
        (answer.text_at("/facts/amount").as_str(), answer.text_at("/errors/0/pointer").as_str()),
        ("2000.00", "/lines/0/amount")
    );

    // A refusal of the engine has its facts.
    let answer = member.post(&at("/me/withdrawals"), json!({ "amount": "50.00" })).await;
    assert_eq!((answer.status, answer.text_at("/code").as_str()), (409, "insufficient_cash"));
    assert!(answer.body["facts"].as_object().is_some_and(|facts| !facts.is_empty()), "{}", answer.text);
    let page = member.get("//problems/insufficient_cash").await;
    assert!(page.body["zh"].is_string() && page.body["en"].is_string(), "{}", page.text);
    drop(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_one_effect_and_one_answer() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let mut member = server.person("member@example.com", None).await;
    let join = at("/me");

    let missing = member.send("POST", &join, Some("{}".to_owned()), &[("x-ratchet", "1")]).await;
    assert_eq!((missing.status, missing.text_at("/code").as_str()), (400, "idempotency_key_missing"));
    let foreign = member.send("POST", &join, Some("{}".to_owned()), &[("idempotency-key", "join")]).await;
    assert_eq!((foreign.status, foreign.text_at("/code").as_str()), (403, "header_missing"));

    // A command: the same bytes again, under a restart too; other content is refused; a refusal may be sent again.
    let first = member.post_as("join", &join, json!({})).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let again = member.post_as("join", &join, json!({})).await;
    assert_eq!((&again.text, again.headers.contains_key("idempotent-replayed")), (&first.text, true));
    let lines = |quantity: u32, amount: &str| json!({ "lines": [{ "product": "tea", "quantity": quantity, "amount": amount }] });
    let placed = member.post_as("order", &at("/orders"), lines(1, "1000.00")).await;
    let other = member.post_as("order", &at("/orders"), lines(2, "2000.00")).await;
    assert_eq!((other.status, other.text_at("/code").as_str()), (422, "key_reused"));
    let raised = json!({
        "id": "tea", "title": { "zh": "茶", "en": "Tea" }, "description": { "zh": "一斤", "en": "500 g" },
        "price": "1100.00", "listed": true,
    });
    assert_eq!(owner.post(&at("/products"), raised).await.status, 200);
    let again = member.post_as("order", &at("/orders"), lines(1, "1000.00")).await;
    assert_eq!(again.text, placed.text, "the answer of then, whatever it costs today");

    // A write beside the journal: the same, and a secret is said once.
    let made =
        owner.post_as("link", &format!("/tenants/{tenant}/invitations"), json!({ "role": "auditor" })).await;
    let again =
        owner.post_as("link", &format!("/tenants/{tenant}/invitations"), json!({ "role": "auditor" })).await;
    assert_eq!(made.body["id"], again.body["id"]);
    assert!(made.body["link"].is_string() && again.body.get("link").is_none(), "{}", again.text);
    let other =
        owner.post_as("link", &format!("/tenants/{tenant}/invitations"), json!({ "role": "owner" })).await;
    assert_eq!(other.text_at("/code"), "key_reused");

    // A preview keeps nothing.
    let before = owner.get(&at("")).await.body["seq"].clone();
    let headers = [("idempotency-key", "preview"), ("x-ratchet", "1")];
    let body = lines(1, "1100.00").to_string();
    let preview = member.send("POST", &at("/orders?preview=true"), Some(body), &headers).await;
    assert_eq!(
        (preview.body["preview"].clone(), preview.body["applied"].clone()),
        (json!(true), json!(true)),
        "{}",
        preview.text
    );
    assert_eq!(owner.get(&at("")).await.body["seq"], before);

    let server = server.restart().await;
    let mut back = server.guest();
    back.cookie = member.cookie.clone();
    let again = back.post_as("order", &at("/orders"), lines(1, "1000.00")).await;
    assert_eq!(again.text, placed.text);
    drop(server.stop().await);
}
