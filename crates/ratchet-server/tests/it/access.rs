//! Who may do what, generated from the document: every operation as everybody (ACC-2).

use serde_json::{Value, json};

use crate::client::{PASSWORD, Person, TestServer};
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
                .replace("{role}", "auditor");
            let unknown = path.replace("{programme}", "nowhere").replace("{tenant}", "nowhere");
            if need == "provider" || path == "/programmes/{programme}/events" || path.starts_with("/sessions")
            {
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
            } else if path.ends_with("/quote") {
                "?points=1"
            } else {
                ""
            };
            person.get(&format!("{path}{query}")).await
        }
        // An empty refund is one of all that is left: whose order it is, is looked at after its form.
        "post" if path.ends_with("/refunds") => person.post(path, json!({})).await,
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
                    "commands.submit",
                    "withdrawals.pay",
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
    let login = json!({ "login": " OWNER@example.com ", "password": PASSWORD });
    assert_eq!(again.post("/sessions", login.clone()).await.status, 200);
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

/// RFC 4648 without padding, back to bytes.
fn unbase32(text: &str) -> Vec<u8> {
    let value = |letter: u8| {
        u64::try_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".bytes().position(|known| known == letter).unwrap())
            .unwrap()
    };
    let bits = text.bytes().flat_map(|letter| (0..5).rev().map(move |bit| value(letter) >> bit & 1));
    let bits: Vec<u64> = bits.collect();
    bits.chunks_exact(8)
        .map(|byte| u8::try_from(byte.iter().fold(0, |byte, bit| byte << 1 | bit)).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_and_no_code_works_twice() {
    let server = TestServer::start().await;
    let (mut owner, _) = server.owner().await;
    let begun = owner.post("/me/second-factor", json!({})).await;
    let secret: [u8; 20] = unbase32(&begun.text_at("/secret")).try_into().expect("20 bytes");
    let codes = totp_rs::Builder::new().with_secret(secret).build().expect("a secret is enough");
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let code = |seconds: u64| codes.generate(seconds).to_string();
    let wrong = owner.post("/me/second-factor/confirm", json!({ "code": "000000x" })).await;
    assert_eq!(wrong.text_at("/code"), "second_factor_wrong");
    let confirmed = owner.post("/me/second-factor/confirm", json!({ "code": code(now) })).await;
    let recovery = confirmed.text_at("/codes/0");

    let login =
        |code: Option<String>| json!({ "login": "owner@example.com", "password": PASSWORD, "code": code });
    let mut again = server.guest();
    assert_eq!(again.post("/sessions", login(None)).await.text_at("/code"), "second_factor_required");
    assert_eq!(
        again.post("/sessions", login(Some(code(now)))).await.text_at("/code"),
        "second_factor_wrong",
        "it was used"
    );
    let next = again.post("/sessions", login(Some(code(now + 30)))).await;
    assert_eq!(next.body["second_factor"], true, "{}", next.text);
    assert_eq!(again.post("/sessions", login(Some(recovery.clone()))).await.status, 200);
    assert_eq!(again.post("/sessions", login(Some(recovery))).await.text_at("/code"), "second_factor_wrong");
    drop(server.stop().await);
}
