//! Who may do what, generated from the document: every operation as everybody (ACC-2).

use serde_json::{Value, json};

use crate::client::{PASSWORD, Person, TestServer, authenticator, seconds};
use crate::journey::{order, programme};

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_those_whom_the_document_names_and_nobody_else() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let mut member = server.person("member@example.com", None).await;
    member.post(&format!("/programmes/{id}/me"), json!({})).await;
    let own_order = order(&mut member, &id).await;
    let intent = member.post(&format!("/programmes/{id}/orders/{own_order}/payments"), json!({})).await;
    let payment = intent.text_at("/id");

    // The owner of another tenant, and a member of another programme there.
    let link = ratchet_server::owner_link(&server.directory.path().join("data"), None, Some("Other"))
        .expect("a link");
    let (mut other_owner, other_tenant) = server.owner_by(&link, "other@example.com").await;
    let other_id = programme(&mut other_owner, &other_tenant).await;
    let mut stranger = server.person("stranger@example.com", None).await;
    stranger.post(&format!("/programmes/{other_id}/me"), json!({})).await;
    let mut other_member = server.person("second@example.com", None).await;
    other_member.post(&format!("/programmes/{id}/me"), json!({})).await;

    let mut people: Vec<(&str, Person)> = vec![("guest", server.guest())];
    for role in ["operator", "reviewer", "auditor"] {
        people.push((role, server.staff(&mut owner, &tenant, role).await));
    }
    people.extend([
        ("owner", owner),
        ("member", member),
        ("other member", other_member),
        ("stranger", stranger),
        ("other owner", other_owner),
    ]);

    let document: Value =
        serde_json::from_str(&ratchet_server::openapi_json()).expect("the document is JSON");
    let (mut asked, mut let_in) = (0, 0);
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let need = operation["x-permission"]
                .as_str()
                .unwrap_or_else(|| panic!("{method} {path} has a permission"));
            let real = path
                .replace("{programme}", &id)
                .replace("{tenant}", &tenant)
                .replace("{order}", &own_order)
                .replace("{payment}", &payment)
                .replace("{product_id}", "tea")
                .replace("{seq}", "1")
                .replace("{draft}", "draft")
                .replace("{version}", "2")
                .replace("{number}", "1")
                .replace("{role}", "auditor");
            let unknown = path.replace("{programme}", "nowhere").replace("{tenant}", "nowhere");
            // Those of a demo, which this server is not, are tried where there is one (`demo.rs`).
            let elsewhere = path.starts_with("/sessions") || path.starts_with("/demo");
            if need == "provider" || path == "/programmes/{programme}/events" || elsewhere {
                continue;
            }
            for (name, person) in &mut people {
                let expected = may(need, name, path);
                // Bodies are empty: who is let in is told what is wrong with them, which is not what those are told who are not.
                let answer = ask(person, method, &real).await;
                let refused = matches!(answer.status, 401 | 404) && is_refusal(&answer.body);
                asked += 1;
                let_in += u32::from(expected);
                if !expected {
                    assert!(refused, "{name} is let in: {method} {path}: {} {}", answer.status, answer.text);
                    let nowhere = ask(person, method, &unknown).await;
                    assert_eq!(
                        (answer.status, without_id(answer.body)),
                        (nowhere.status, without_id(nowhere.body)),
                        "{name}: forbidden and unknown look alike: {method} {path}"
                    );
                } else if *name != "guest"
                    && !path.contains("{withdrawal}")
                    && !path.contains("{member}")
                    && !path.contains("{person}")
                    && !path.contains("{key}")
                    && !path.contains("{proposal}")
                    && !path.contains("{session}")
                    && !path.contains("{run}")
                    && !path.contains("{merchant}")
                    && !path.contains("/merchant-products/")
                {
                    assert!(
                        !refused,
                        "{name} is kept out: {method} {path}: {} {}",
                        answer.status, answer.text
                    );
                }
                assert!(answer.status < 500, "{name}: {method} {path}: {}", answer.text);
            }
        }
    }
    assert!(asked > 450 && let_in > 150, "{asked} {let_in}");
    drop(server.stop().await);
}

fn is_refusal(body: &Value) -> bool {
    matches!(body["code"].as_str(), Some("not_found" | "login_required"))
}

fn without_id(mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    body
}

async fn ask(person: &mut Person, method: &str, path: &str) -> crate::client::Answer {
    match method {
        "get" => {
            let query = if path.ends_with("/movements") {
                "?account=cash"
            } else if path.ends_with("/withdrawals/quote") {
                "?amount=1.00"
            } else if path.ends_with("/quote") {
                "?points=1"
            } else {
                ""
            };
            person.get(&format!("{path}{query}")).await
        }
        // An empty refund is one of all that is left: whose order it is, is looked at after its form.
        "post" if path.ends_with("/refunds") => person.post(path, json!({})).await,
        "post" if path.ends_with("/reviews") => {
            person.post(path, json!({ "line": "1", "stars": 5, "text": "Good" })).await
        }
        // The same of what somebody says.
        "post" if path.ends_with("/messages") => person.post(path, json!({ "text": "x" })).await,
        "post" => person.post(path, json!({ "wish": true })).await,
        _ => person.delete(path).await,
    }
}

/// What each role may, written down here a second time on purpose.
fn may(need: &str, name: &str, path: &str) -> bool {
    const READS: &[&str] = &["members.read", "orders.read", "withdrawals.read", "journal.read", "staff.read"];
    let staff = |permission: &str| match name {
        "owner" => true,
        "operator" => {
            READS.contains(&permission)
                || [
                    "orders.manage",
                    "products.manage",
                    "clock.advance",
                    "members.manage",
                    "members.reveal",
                    "commands.submit",
                    "withdrawals.pay",
                    "payments.manage",
                    "money.propose",
                ]
                .contains(&permission)
        }
        "reviewer" => {
            READS.contains(&permission)
                || ["withdrawals.review", "commands.submit", "money.approve"].contains(&permission)
        }
        "auditor" => READS.contains(&permission) || permission == "audit.read",
        _ => false,
    };
    match need {
        "public" => true,
        "person" => name != "guest",
        // Who is no merchant is told so, whatever the order.
        "member" if path.contains("/me/merchant/") => name == "member" || name == "other member",
        "member" => name == "member" || name == "other member" && !path.contains("{order}"),
        // Entry 1 is somebody's joining, which moved nothing of anybody's.
        _ => need.split('|').any(|part| match (part, name) {
            ("member", "member") => !path.contains("{seq}"),
            ("member", "other member") => {
                !path.contains("{seq}") && !path.contains("{order}") && !path.contains("{payment}")
            }
            ("member", _) => false,
            (permission, _) => staff(permission),
        }),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_keys_are_scoped_and_guessing_is_slowed() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;

    // A session that is ended elsewhere is over here.
    let mut again = server.guest();
    let code = owner.codes.last().cloned();
    let login = json!({ "login": " OWNER@example.com ", "password": PASSWORD, "code": code });
    assert_eq!(again.post("/sessions", login).await.status, 200);
    let sessions = owner.get("/me/sessions").await;
    assert_eq!(sessions.body["items"].as_array().unwrap().len(), 2);
    let other = sessions.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|session| session["current"] == false)
        .unwrap();
    assert_eq!(owner.delete(&format!("/me/sessions/{}", other["id"].as_str().unwrap())).await.status, 200);
    assert_eq!(again.get("/me").await.text_at("/code"), "login_required");

    // A key does what its scopes say and no more, and its maker cannot give what is not theirs.
    let keys = format!("/tenants/{tenant}/keys");
    let unknown = owner.post(&keys, json!({ "name": "x", "scopes": ["everything"], "days": 1 })).await;
    assert_eq!(unknown.text_at("/code"), "scope_unknown");
    let made = owner.post(&keys, json!({ "name": "reader", "scopes": ["orders.read"], "days": 1 })).await;
    let (secret, key) = (format!("Bearer {}", made.text_at("/secret")), made.text_at("/id"));
    let bearer = [("authorization", secret.as_str())];
    let mut program = server.guest();
    assert_eq!(program.send("GET", &format!("/programmes/{id}/orders"), None, &bearer).await.status, 200);
    assert_eq!(program.send("GET", &format!("/programmes/{id}/entries"), None, &bearer).await.status, 404);
    assert_eq!(
        program.send("GET", "/me/export", None, &bearer).await.status,
        404,
        "a key takes nobody's data away"
    );
    assert_eq!(owner.delete(&format!("{keys}/{key}")).await.status, 200);
    assert_eq!(program.send("GET", &format!("/programmes/{id}/orders"), None, &bearer).await.status, 401);

    // Roles are another's to give.
    let me = owner.get("/me").await.text_at("/person");
    let own = owner.post(&format!("/tenants/{tenant}/staff/{me}/roles/auditor"), json!({})).await;
    assert_eq!(own.text_at("/code"), "role_own");

    // Guessing is slowed, by account, and says for how long.
    let mut guesser = server.guest();
    let mut slowed = None;
    for _ in 0..12 {
        let answer = guesser
            .post("/sessions", json!({ "login": "owner@example.com", "password": "wrong password" }))
            .await;
        match answer.status {
            401 => assert_eq!(answer.text_at("/code"), "login_failed"),
            status => slowed = Some((status, answer.headers.get("retry-after").cloned())),
        }
    }
    let (status, wait) = slowed.expect("guessing is slowed");
    assert!(status == 429 && wait.is_some_and(|wait| wait.parse::<u32>().is_ok()));
    drop(server.stop().await);
}

/// ACC-4b.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_and_no_code_works_twice() {
    let server = TestServer::start().await;
    server.owner().await;
    let mut owner = server.person("somebody@example.com", None).await;
    let mut other = server.guest();
    let login =
        |code: Option<&str>| json!({ "login": "somebody@example.com", "password": PASSWORD, "code": code });
    assert_eq!(other.post("/sessions", login(None)).await.status, 200);
    let begun = owner.post_as("begin", "/me/second-factor", json!({})).await;
    let codes = authenticator(&begun.text_at("/secret"));
    assert!(begun.text_at("/qr").contains("<svg"), "{}", begun.text);
    let again = owner.post_as("begin", "/me/second-factor", json!({})).await;
    assert_eq!(again.body, json!({}), "a secret is said once");
    let now = seconds();
    let code = |seconds: u64| codes.generate(seconds).to_string();
    let wrong = owner.post("/me/second-factor/confirm", json!({ "code": "000000x" })).await;
    assert_eq!(wrong.text_at("/code"), "second_factor_wrong");
    let confirm = json!({ "code": code(now) });
    let confirmed = owner.post_as("confirm", "/me/second-factor/confirm", confirm.clone()).await;
    let recovery = confirmed.text_at("/codes/0");
    assert_eq!(confirmed.body["codes"].as_array().unwrap().len(), 8);
    let again = owner.post_as("confirm", "/me/second-factor/confirm", confirm).await;
    assert_eq!(again.body["codes"], json!([]), "codes are said once");
    assert_eq!(other.get("/me").await.status, 401, "sessions that began without it have ended");

    let mut again = server.guest();
    assert_eq!(again.post("/sessions", login(None)).await.text_at("/code"), "second_factor_required");
    assert_eq!(
        again.post("/sessions", login(Some(&code(now)))).await.text_at("/code"),
        "second_factor_wrong",
        "it was used"
    );
    let next = again.post("/sessions", login(Some(&code(now + 30)))).await;
    assert_eq!(next.body["second_factor"], true, "{}", next.text);
    assert_eq!(again.post("/sessions", login(Some(&recovery))).await.status, 200);
    assert_eq!(again.post("/sessions", login(Some(&recovery))).await.text_at("/code"), "second_factor_wrong");

    // A session alone does not put another in its place.
    let secret = owner.post("/me/second-factor", json!({})).await.text_at("/secret");
    let new = authenticator(&secret).generate(now).to_string();
    let without = owner.post("/me/second-factor/confirm", json!({ "code": new })).await;
    assert_eq!(without.text_at("/code"), "second_factor_wrong");
    let with = json!({ "code": new, "replaced_code": confirmed.text_at("/codes/1") });
    assert_eq!(owner.post("/me/second-factor/confirm", with).await.status, 200);
    drop(server.stop().await);
}

/// ACC-4b.
#[tokio::test(flavor = "multi_thread")]
async fn staff_without_a_second_factor_may_only_set_one_up() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let made = owner.post(&format!("/tenants/{tenant}/invitations"), json!({ "role": "owner" })).await;
    let token = made.text_at("/link").split_once("invitation=").expect("a token").1.to_owned();
    let mut second = server.person("second@example.com", Some(&token)).await;
    let me = second.get("/me").await;
    assert_eq!(
        (&me.body["needs_second_factor"], &me.body["tenants"][0]["permissions"]),
        (&json!(true), &json!([]))
    );
    for path in [
        format!("/programmes/{programme}/orders"),
        format!("/programmes/{programme}/inbox"),
        format!("/tenants/{tenant}/staff"),
        format!("/tenants/{tenant}/settings"),
    ] {
        let refused = second.get(&path).await;
        assert_eq!(
            (refused.status, refused.text_at("/code").as_str()),
            (403, "second_factor_setup_required")
        );
    }
    let grant = second.post(&format!("/tenants/{tenant}/invitations"), json!({ "role": "owner" })).await;
    assert_eq!(grant.text_at("/code"), "second_factor_setup_required");
    let settings = json!({ "staff_second_factor": false, "confirmed_login": false });
    let lifted = second.post(&format!("/tenants/{tenant}/settings"), settings.clone()).await;
    assert_eq!(lifted.text_at("/code"), "second_factor_setup_required", "nobody lifts what holds them");
    // As a member of the same programme it buys as anybody does.
    assert_eq!(second.post(&format!("/programmes/{programme}/me"), json!({})).await.status, 200);
    assert_eq!(second.get(&format!("/programmes/{programme}/me/points")).await.status, 200);

    second.set_second_factor().await;
    let me = second.get("/me").await;
    assert_eq!(me.body["needs_second_factor"], false);
    assert_eq!(second.get(&format!("/programmes/{programme}/orders")).await.status, 200);

    // An owner may lift it for the tenant, which the audit log says.
    assert_eq!(owner.post(&format!("/tenants/{tenant}/settings"), settings.clone()).await.body, settings);
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    assert_eq!(log.text_at("/items/0/action"), "tenant.settings");
    assert_eq!(log.body["items"][0]["before"]["staff_second_factor"], true);
    let made = owner.post(&format!("/tenants/{tenant}/invitations"), json!({ "role": "auditor" })).await;
    let token = made.text_at("/link").split_once("invitation=").expect("a token").1.to_owned();
    let mut third = server.person("third@example.com", Some(&token)).await;
    assert_eq!(third.get(&format!("/programmes/{programme}/orders")).await.status, 200);
    drop(server.stop().await);
}
