//! What the server holds of oneself, and its end (ACC-1); what happened to oneself.

use serde_json::{Value, json};

use crate::client::{PASSWORD, TestServer};
use crate::journey::{buy, newest, order, programme};

/// ACC-1a, ACC-1b.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_exported_and_closed() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let mut member = server.person("member@example.com", None).await;
    let joined = member.post(&at("/me"), json!({})).await;
    let id = joined.text_at("/id");
    let order = buy(&server, &mut member, &programme).await;
    let mut elsewhere = server.guest();
    elsewhere.post("/sessions", json!({ "login": "member@example.com", "password": PASSWORD })).await;

    let mine = member.get("/me/export").await;
    assert!(mine.headers["content-disposition"].contains("attachment"), "{:?}", mine.headers);
    assert_eq!(mine.text_at("/person/login"), "member@example.com");
    assert_eq!(mine.text_at("/programmes/0/orders/0/id"), order);
    assert_eq!(mine.text_at("/programmes/0/member/id"), id);
    assert_eq!(mine.body["tables"]["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(mine.body["tables"]["payments"].as_array().unwrap().len(), 1);
    for secret in ["argon2", "\"hash\"", "\"key\":\"\\u"] {
        assert!(!mine.text.contains(secret), "{secret} is nobody's to see");
    }

    // Refused with the facts while an order is open, then while there are points, unless these are given up.
    let close = |give_up: bool| json!({ "password": PASSWORD, "give_up": give_up });
    let wrong = member.post("/me/close", json!({ "password": "not that one", "give_up": true })).await;
    assert_eq!(wrong.text_at("/code"), "login_failed");
    let open = member.post("/me/close", close(true)).await;
    assert_eq!((open.status, open.text_at("/code").as_str()), (409, "account_holds"));
    assert_eq!(
        (&open.body["facts"]["orders"], open.text_at("/facts/programme")),
        (&json!(1), programme.clone())
    );
    member.post(&at(&format!("/orders/{order}/receive")), json!({})).await;
    owner.post(&at("/clock"), json!({ "by": "next_settlement" })).await;
    let points = member.post("/me/close", close(false)).await;
    assert_eq!(points.text_at("/facts/points"), "210");
    let digest = owner.get(&at("/truth")).await.text;
    let preview = member.post("/me/close?preview=true", close(true)).await;
    assert_eq!((preview.status, member.get("/me").await.status), (200, 200));
    let closed = member.post("/me/close", close(true)).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    assert_eq!(elsewhere.get("/me").await.status, 401, "all sessions ended");
    let gone = server
        .guest()
        .post("/sessions", json!({ "login": "member@example.com", "password": PASSWORD }))
        .await;
    assert_eq!(gone.text_at("/code"), "login_failed");

    // The journal is as it was; its member is nobody's; the login is somebody else's to use.
    assert_eq!(owner.get(&at("/truth")).await.text, digest);
    let view = owner.get(&at(&format!("/members/{id}"))).await;
    assert_eq!((view.text_at("/points").as_str(), view.body.get("name")), ("210", None));
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    assert_eq!(log.text_at("/items/0/action"), "person.close");
    let mut again = server.person("member@example.com", None).await;
    assert_eq!(again.get("/me").await.body["memberships"], json!([]));
    assert_ne!(again.post(&at("/me"), json!({})).await.text_at("/id"), id);
    let last = owner.post("/me/close", json!({ "password": PASSWORD })).await;
    assert_eq!(last.text_at("/code"), "role_last_owner");
    drop(server.stop().await);
}

/// ACC-1c.
#[tokio::test(flavor = "multi_thread")]
async fn staff_see_logins_masked_and_who_reveals_one_is_written_down() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let mut member = server.guest();
    let lin = json!({ "login": "13800000001", "password": PASSWORD, "name": "Lin" });
    assert_eq!(member.post("/people", lin).await.status, 200);
    let id = member.post(&at("/me"), json!({})).await.text_at("/id");
    assert!(
        member.get(&at("/me")).await.body.get("login").is_none(),
        "a member's own page has no use for it"
    );
    let mut operator = server.staff(&mut owner, &tenant, "operator").await;
    let page = at(&format!("/members/{id}"));
    let one = operator.get(&page).await;
    assert_eq!(one.text_at("/login"), "138****0001", "{}", one.text);
    let newest = newest(&mut owner, &programme).await;
    let list = operator.get(&at(&format!("/members?min_seq={newest}"))).await;
    assert_eq!(list.text_at("/items/0/login"), "138****0001", "{}", list.text);
    assert!(!list.text.contains("13800000001"));

    // Without a reason nothing is shown, and a preview shows nothing.
    let reveal = at(&format!("/members/{id}/reveal"));
    let short = operator.post(&reveal, json!({ "reason": "?" })).await;
    assert_eq!(
        (short.status, short.text_at("/errors/0/pointer").as_str()),
        (422, "/reason"),
        "{}",
        short.text
    );
    let reason = json!({ "reason": "the parcel came back" });
    let preview = operator.post(&format!("{reveal}?preview=true"), reason.clone()).await;
    assert_eq!(preview.body, json!({}));
    let shown = operator.post_as("reveal", &reveal, reason.clone()).await;
    assert_eq!(shown.body, json!({ "login": "13800000001" }), "{}", shown.text);
    let again = operator.post_as("reveal", &reveal, reason.clone()).await;
    assert_eq!(again.body, json!({}), "no answer of it is kept");

    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    assert_eq!(
        (log.text_at("/items/0/action").as_str(), log.text_at("/items/0/subject")),
        ("member.reveal", id.clone())
    );
    assert_eq!(log.text_at("/items/0/after/reason"), "the parcel came back");
    assert_ne!(log.text_at("/items/1/action"), "member.reveal", "one row for one reveal");
    assert!(!log.text.contains("13800000001"), "the log does not tell what was seen");

    // It takes a permission of its own: who reviews or audits has none, and a member least of all.
    for role in ["reviewer", "auditor"] {
        let mut other = server.staff(&mut owner, &tenant, role).await;
        assert_eq!(other.get(&page).await.text_at("/login"), "138****0001");
        assert_eq!(other.post(&reveal, reason.clone()).await.status, 404, "{role}");
    }
    assert_eq!(member.post(&reveal, reason.clone()).await.status, 404);
    assert_eq!(owner.post(&at("/members/nobody/reveal"), reason).await.status, 404);
    drop(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_the_course_follow_from_entries() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let mut member = server.person("member@example.com", None).await;
    member.post(&at("/me"), json!({})).await;
    assert_eq!(member.get(&at("/me/messages")).await.body, json!({ "items": [], "unread": 0 }));
    let first = buy(&server, &mut member, &programme).await;
    member.post(&at(&format!("/orders/{first}/receive")), json!({})).await;
    owner.post(&at("/clock"), json!({ "by": "next_settlement" })).await;
    let quote = member.get(&at("/me/points/quote?points=100")).await.text_at("/quote");
    member.post(&at("/me/points/sales"), json!({ "quote": quote })).await;
    let asked = member.post(&at("/me/withdrawals"), json!({ "amount": "20.00" })).await;
    let mut reviewer = server.staff(&mut owner, &tenant, "reviewer").await;
    let reject = at(&format!("/withdrawals/{}/reject", asked.text_at("/id")));
    reviewer.post(&reject, json!({ "reason": "documents_missing" })).await;
    let given_up = order(&mut member, &programme).await;
    member.post(&at(&format!("/orders/{given_up}/close")), json!({})).await;

    let messages = member.get(&at("/me/messages")).await;
    let kinds: Vec<&str> = messages.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["kind"].as_str().unwrap())
        .collect();
    let expected = [
        "order_closed",
        "withdrawal_rejected",
        "points_sold",
        "order_settled",
        "order_received",
        "order_paid",
    ];
    assert_eq!(kinds, expected, "newest first, the money that came back is no income: {}", messages.text);
    assert_eq!(messages.body["unread"], expected.len());
    let settled = &messages.body["items"][3];
    assert_eq!((settled["points"].as_str(), settled["order"].as_str()), (Some("210"), Some(first.as_str())));
    assert_eq!(messages.body["items"][2]["points"], "100");
    let read = json!({ "seq": messages.body["items"][2]["seq"] });
    member.post(&at("/me/messages/read"), read).await;
    assert_eq!(member.get(&at("/me/messages")).await.body["unread"], 2);

    // The course ends where the page of points stands, and each lot says what was spent and what it would bring.
    let points = member.get(&at("/me/points")).await;
    let course = member.get(&at("/me/points/course")).await;
    let last = course.body["items"].as_array().and_then(|items| items.last()).cloned().unwrap_or(Value::Null);
    let minor = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    assert_eq!(last["spent"], points.body["spent"]);
    assert_eq!(
        minor(last["worth"].as_str().unwrap()),
        minor(&points.text_at("/received")) + minor(&points.text_at("/net_now"))
    );
    let first = &course.body["items"][0];
    // Nothing moved since but the cut of the price.
    let cut = minor(last["worth"].as_str().unwrap()) - minor(first["worth"].as_str().unwrap());
    assert!(first["spent"] == "1000.00" && (0..=1).contains(&cut), "{}", course.text);
    let lot = member.get(&at("/me/lots")).await;
    assert_eq!(
        (lot.text_at("/items/0/spent"), lot.text_at("/items/0/net_now")),
        ("1000.00".to_owned(), points.text_at("/net_now"))
    );
    let quote = member.get(&at("/me/withdrawals/quote?amount=150.00")).await;
    assert_eq!(
        (quote.text_at("/fee").as_str(), quote.text_at("/net").as_str(), &quote.body["people_needed"]),
        ("0.00", "150.00", &json!(2))
    );
    drop(server.stop().await);
}

/// ACC-1: a directory that is put back from a backup, with the key and the list of who left: whoever left stays away, all else is as it
/// was.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_brings_nobody_back() {
    let server = TestServer::start().await;
    let (owner, _) = server.owner().await;
    let mut leaver = server.person("13800000001", None).await;
    let stayer = server.person("13800000002", None).await;
    let restored = tempfile::tempdir().expect("a temporary directory can be made");
    let [from, to] = [&server.directory, &restored].map(|place| place.path().to_owned());
    ratchet_store::back_up(&from.join("data"), &to.join("data"))
        .expect("a copy is made while the server runs");
    let closed = leaver.post("/me/close", json!({ "password": PASSWORD, "give_up": false })).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    let left = server.stop().await;
    for file in ["data.key", "data.erased"] {
        std::fs::copy(left.path().join(file), to.join(file)).expect("it is there");
    }
    let server = TestServer::start_in(restored).await;
    assert_eq!(server.link, None, "there is an owner");
    for (login, status) in [("13800000001", 401), ("13800000002", 200)] {
        let body = json!({ "login": login, "password": PASSWORD });
        let answer = server.guest().post("/sessions", body).await;
        assert_eq!(answer.status, status, "{login}: {}", answer.text);
    }
    for mut person in [owner, stayer] {
        person.move_to(&server);
        assert_eq!(person.get("/me").await.status, 200, "sessions from before the copy go on");
    }
    drop(server.stop().await);
}
