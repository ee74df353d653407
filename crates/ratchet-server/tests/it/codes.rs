//! One-time codes: for logging in, for a new password, for showing that a login is one's own (ACC-4).

use serde_json::json;

use crate::client::{Answer, PASSWORD, TestServer};
use crate::journey::programme;

fn without_id(mut answer: Answer) -> (u16, serde_json::Value) {
    if let Some(body) = answer.body.as_object_mut() {
        body.remove("request_id");
    }
    (answer.status, answer.body)
}

/// ACC-4a.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_logs_in_once_and_says_nothing_of_who_is_there() {
    let server = TestServer::start().await;
    server.owner().await;
    server.person("138 0000 0001", None).await;
    let mut guest = server.guest();
    let asks = |login: &str| json!({ "login": login, "purpose": "log_in" });
    let known = guest.post("/people/codes", asks("13800000001")).await;
    let unknown = guest.post("/people/codes", asks("13800000009")).await;
    assert_eq!(known.status, 200, "{}", known.text);
    assert_eq!(without_id(known), without_id(unknown), "known and unknown logins look alike");
    assert_eq!(server.code("13800000009", "log_in"), None, "nothing is sent to nobody");
    let code = server.code("13800000001", "log_in").expect("a code was sent");

    let uses = |login: &str, code: &str| json!({ "login": login, "one_time_code": code });
    let wrong = guest.post("/sessions", uses("13800000001", "x")).await;
    let nobody = guest.post("/sessions", uses("13800000009", "x")).await;
    assert_eq!(wrong.text_at("/code"), "code_wrong");
    assert_eq!(without_id(wrong), without_id(nobody));
    let session = guest.post("/sessions", uses("+138-0000-0001", &code)).await;
    assert_eq!((session.status, &session.body["confirmed"]), (200, &json!(true)), "{}", session.text);
    assert_eq!(guest.get("/me").await.status, 200);
    assert_eq!(
        server.guest().post("/sessions", uses("13800000001", &code)).await.text_at("/code"),
        "code_wrong"
    );
    let both = json!({ "login": "13800000001", "one_time_code": code, "password": PASSWORD });
    assert_eq!(server.guest().post("/sessions", both).await.text_at("/code"), "field_invalid");

    // Whoever has a second factor is asked for it here too.
    guest.set_second_factor().await;
    guest.post("/people/codes", asks("13800000001")).await;
    let code = server.code("13800000001", "log_in").expect("a code was sent");
    let session = server.guest().post("/sessions", uses("13800000001", &code)).await;
    assert_eq!(session.text_at("/code"), "second_factor_required");

    // How many are sent to a login is limited, from wherever they are asked for.
    let mut slowed = None;
    for _ in 0..5 {
        let answer = server.guest().post("/people/codes", asks("13800000001")).await;
        if answer.status == 429 {
            slowed = answer.headers.get("retry-after").cloned();
        }
    }
    assert!(slowed.is_some_and(|wait| wait.parse::<u32>().is_ok()), "sending is slowed");
    drop(server.stop().await);
}

/// ACC-4a.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_sessions_and_stands_in_the_audit_log() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let mut staff = server.staff(&mut owner, &tenant, "operator").await;
    let login = staff.login.clone();
    let mut guest = server.guest();
    guest.post("/people/codes", json!({ "login": login, "purpose": "password" })).await;
    let code = server.code(&login, "password").expect("a code was sent");
    let reset = |code: &str, password: &str| json!({ "login": login, "code": code, "password": password });
    let short = guest.post("/people/password", reset(&code, "short")).await;
    assert_eq!(short.body["errors"][0]["pointer"], "/password");
    let other = json!({ "login": login, "one_time_code": code });
    assert_eq!(
        guest.post("/sessions", other).await.text_at("/code"),
        "code_wrong",
        "it is for a password only"
    );
    let done = guest.post("/people/password", reset(&code, "another good password")).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(
        guest.post("/people/password", reset(&code, "another good password")).await.text_at("/code"),
        "code_wrong"
    );
    assert_eq!(staff.get("/me").await.status, 401, "the session has ended");
    let enters = |password: &str| json!({ "login": login, "password": password, "code": staff.codes[0] });
    assert_eq!(guest.post("/sessions", enters(PASSWORD)).await.text_at("/code"), "login_failed");
    assert_eq!(guest.post("/sessions", enters("another good password")).await.status, 200);

    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    assert_eq!(log.text_at("/items/0/action"), "password.reset");
    assert!(!log.text.contains(&code), "no code stands in the audit log");
    drop(server.stop().await);
}

/// ACC-4b.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_may_ask_for_confirmed_logins() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let join = format!("/programmes/{programme}/me");
    let settings = json!({ "staff_second_factor": true, "confirmed_login": true });
    assert_eq!(owner.post(&format!("/tenants/{tenant}/settings"), settings).await.status, 200);

    // After signing up.
    let mut late = server.person("late@example.com", None).await;
    assert_eq!(late.post(&join, json!({})).await.text_at("/code"), "login_unconfirmed");
    late.post("/people/codes", json!({ "login": "late@example.com", "purpose": "confirm" })).await;
    assert_eq!(late.post("/me/confirmation", json!({ "code": "x" })).await.text_at("/code"), "code_wrong");
    let code = server.code("late@example.com", "confirm").expect("a code was sent");
    for _ in 0..2 {
        let confirmed = late.post_as("confirm", "/me/confirmation", json!({ "code": code })).await;
        assert_eq!(confirmed.status, 200, "the same request has the same answer: {}", confirmed.text);
    }
    assert_eq!(late.post(&join, json!({})).await.status, 200);

    // While signing up.
    let mut early = server.guest();
    early.post("/people/codes", json!({ "login": "early@example.com", "purpose": "confirm" })).await;
    let code = server.code("early@example.com", "confirm").expect("a code was sent to somebody who is new");
    let new = json!({ "login": "early@example.com", "password": PASSWORD, "name": "Early", "code": code });
    assert_eq!(early.post("/people", new).await.body["confirmed"], true);
    assert_eq!(early.post(&join, json!({})).await.status, 200);
    drop(server.stop().await);
}
