//! The plan of a programme: what is said of a text, drafts, amendments and injections by two people, live programmes through the gate.

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::{plan, programme};

/// Another owner of the tenant.
async fn second_owner(server: &TestServer, owner: &mut Person, tenant: &str) -> Person {
    server.staff(owner, tenant, "owner").await
}

fn codes(list: &Value, key: &str) -> Vec<String> {
    let each = list.as_array().expect("a list").iter();
    each.map(|item| item[key].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_looked_at_before_anything_is_done_with_it() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let path = format!("/programmes/{id}/plan/check");

    let broken = plan().replace("mint_ratio", "mint_ration");
    let broken = owner.post(&path, json!({ "plan": broken })).await;
    assert_eq!(broken.status, 200, "{}", broken.text);
    let line = 1 + plan().lines().position(|line| line.starts_with("mint_ratio")).expect("it is there");
    assert!(broken.body["errors"].as_array().expect("errors").iter().any(|error| error["line"] == line
        && error["text"]["en"].as_str().is_some_and(|text| text.contains("mint_ratio"))));
    assert!(broken.body.get("read").is_none());

    // The advert's plan in China: prohibited, each rule with its article; and the lint names lines.
    let draft = plan()
        .replace("pool = \"30%\"", "pool = \"40%\"")
        .replace("commission = \"30%\"", "commission = \"20%\"");
    assert_ne!(draft, plan(), "the preset has these shares");
    let looked_at = owner.post(&path, json!({ "plan": draft, "population": true })).await;
    assert_eq!(looked_at.status, 200, "{}", looked_at.text);
    let gate = &looked_at.body["read"]["gate"];
    assert_eq!(gate["passes"], false);
    assert!(codes(&gate["rules"], "id").contains(&"CN-FUND-01".to_owned()));
    assert!(codes(&gate["rules"], "article").iter().any(|article| !article.is_empty()));
    assert!(gate["counts"]["prohibited"].as_u64() > Some(3));
    let findings = looked_at.body["read"]["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|finding| finding["line"].as_u64().is_some()));
    let changes = looked_at.body["changes"].as_array().expect("changes");
    let change = |key: &str| changes.iter().find(|change| change["key"] == key).expect("a change");
    assert_eq!(
        (change("split.pool")["old"].as_str(), change("split.pool")["new"].as_str()),
        (Some("30%"), Some("40%"))
    );
    assert!(looked_at.body.get("refusal").is_none(), "{}", looked_at.text);
    // 10,000 equal buyers under both: 69 instead of 26 get back what they spent (SPEC 17).
    let population = &looked_at.body["population"];
    assert_eq!(
        (population["in_force"]["whole"].as_u64(), population["plan"]["whole"].as_u64()),
        (Some(26), Some(69))
    );
    assert_eq!(population["compared"]["worse"], 0);
    assert_eq!(population["plan"]["digest"].as_str().map(str::len), Some(64));
    let again = owner.post(&path, json!({ "plan": draft, "population": true })).await;
    assert_eq!(again.body["population"], looked_at.body["population"]);

    // What nobody changes is refused with the key, and there is no list of changes to show.
    let other = plan().replace("opening_price = \"1.00\"", "opening_price = \"2.00\"");
    assert_ne!(other, plan());
    let fixed = owner.post(&path, json!({ "plan": other })).await;
    assert_eq!(fixed.body["refusal"]["code"], "plan_hindered", "{}", fixed.text);
    assert!(fixed.body["refusal"].to_string().contains("pool.opening_price"));

    // For a programme that is none yet, and as a preview of its creation.
    let fresh = owner.post(&format!("/tenants/{tenant}/plans/check"), json!({ "plan": plan() })).await;
    assert_eq!(fresh.body["read"]["kind"], "sandbox", "{}", fresh.text);
    let before = owner.get("/programmes").await.body["items"].as_array().map(Vec::len);
    let preview = format!("/tenants/{tenant}/programmes?preview=true");
    let preview = owner.post(&preview, json!({ "plan": plan() })).await;
    assert_eq!(
        (preview.body["preview"].as_bool(), preview.body["may_begin"].as_bool()),
        (Some(true), Some(true))
    );
    assert_eq!(owner.get("/programmes").await.body["items"].as_array().map(Vec::len), before);
    drop(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_amended_by_two_people_and_each_version_says_what_it_changed() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let mut second = second_owner(&server, &mut owner, &tenant).await;
    let mut auditor = server.staff(&mut owner, &tenant, "auditor").await;
    let at = |rest: &str| format!("/programmes/{id}/plan{rest}");
    let text = plan().replace("retention = \"20%\"", "retention = \"25%\"");

    let saved = owner.post(&at("/drafts/higher"), json!({ "text": text })).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    let drafts = auditor.get(&at("/drafts")).await;
    assert_eq!(drafts.text_at("/items/0/saved_by/name"), "Owner");
    assert_eq!(drafts.text_at("/items/0/text"), text);
    assert_eq!(owner.delete(&at("/drafts/higher")).await.status, 200);
    assert_eq!(auditor.get(&at("/drafts")).await.body["items"], json!([]));

    // What takes something from members is announced: without a day it is the first that is late enough.
    let body = json!({ "version": "v2", "plan": text });
    let would = owner.post(&at("/amendments?preview=true"), body.clone()).await;
    assert_eq!(would.body["applied"], true, "{}", would.text);
    let early = json!({ "version": "v2", "plan": text, "effective_at": "2026-01-02T16:00:00Z" });
    assert_eq!(owner.post(&at("/amendments"), early).await.text_at("/code"), "plan_notice");
    let proposed = owner.post(&at("/amendments"), body.clone()).await;
    assert_eq!(proposed.text_at("/id"), "v2", "{}", proposed.text);

    let inbox = owner.get(&format!("/programmes/{id}/inbox")).await;
    assert_eq!(inbox.body["decisions"][0]["may"], false, "{}", inbox.text);
    assert!(!inbox.text_at("/decisions/0/why_not").is_empty());
    let inbox = second.get(&format!("/programmes/{id}/inbox")).await;
    assert_eq!(inbox.body["decisions"][0]["may"], true, "{}", inbox.text);
    assert_eq!(inbox.text_at("/decisions/0/amendment/changes/0/key"), "pool.retention");
    assert_eq!(inbox.body["decisions"][0]["amendment"]["changes"][0]["adverse"], true);
    let sha256 = inbox.text_at("/decisions/0/amendment/sha256");

    let other = json!({ "sha256": "0".repeat(64) });
    assert_eq!(second.post(&at("/amendments/v2/approve"), other).await.text_at("/code"), "plan_hash");
    let by_one = owner.post(&at("/amendments/v2/approve"), json!({ "sha256": sha256 })).await;
    assert_eq!(by_one.text_at("/code"), "same_person");
    let approved = second.post(&at("/amendments/v2/approve"), json!({ "sha256": sha256 })).await;
    assert_eq!(approved.status, 200, "{}", approved.text);

    let versions = server.guest().get(&at("/versions")).await;
    assert_eq!(versions.body["versions"].as_array().map(Vec::len), Some(1), "its day is to come");
    assert!(versions.body["proposals"][0].get("proposed_by").is_none(), "guests see no names");
    let clock = format!("/programmes/{id}/clock");
    let would = owner.post(&format!("{clock}?preview=true"), json!({ "by": "day" })).await;
    assert_eq!((would.status, would.body["applied"].as_bool()), (200, Some(true)), "{}", would.text);
    let standing = owner.get(&clock).await.text_at("/now");
    owner.post(&clock, json!({ "by": "week" })).await;
    let moved = owner.post(&clock, json!({ "by": "week" })).await;
    assert!(moved.text_at("/now") > standing);
    let versions = owner.get(&at("/versions")).await;
    assert_eq!(versions.text_at("/versions/0/changes/0/new"), "25%", "{}", versions.text);
    assert_eq!(versions.text_at("/proposals/0/state"), "effective");
    assert_eq!(versions.text_at("/proposals/0/proposed_by/name"), "Owner");
    assert!(versions.text_at("/proposals/0/approved_by/name").starts_with("owner."));
    assert_eq!(owner.get(&at("")).await.text_at("/text"), text);
    assert_eq!(owner.get(&at("?version=1")).await.text_at("/text"), plan());
    assert_eq!(owner.get(&at("?version=9")).await.status, 404);
    drop(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_money_comes_in_by_two_people_and_once() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let mut operator = server.staff(&mut owner, &tenant, "operator").await;
    let mut reviewer = server.staff(&mut owner, &tenant, "reviewer").await;
    let pool =
        async |person: &mut Person| person.get(&format!("/programmes/{id}")).await.text_at("/pool/assets");
    // Somebody has to hold points.
    let mut member = server.person("m@example.com", None).await;
    member.post(&format!("/programmes/{id}/me"), json!({})).await;
    let order = crate::journey::buy(&server, &mut member, &id).await;
    member.post(&format!("/programmes/{id}/orders/{order}/receive"), json!({})).await;
    owner.post(&format!("/programmes/{id}/clock"), json!({ "by": "next_settlement" })).await;
    let before = pool(&mut owner).await;

    let inject = json!({ "type": "pool.inject", "amount": "500.00", "source": "subsidy" });
    let alone = owner.post(&format!("/programmes/{id}/commands"), inject.clone()).await;
    assert_eq!(alone.text_at("/code"), "two_people", "{}", alone.text);
    let proposals = format!("/programmes/{id}/proposals");
    let negative = json!({ "type": "pool.inject", "amount": "0.00", "source": "subsidy" });
    assert_eq!(operator.post(&proposals, negative).await.status, 409, "what would be refused is refused now");
    let proposed = operator.post(&proposals, inject).await;
    assert_eq!(proposed.status, 200, "{}", proposed.text);
    let approve = format!("{proposals}/{}/approve", proposed.text_at("/id"));
    assert_eq!(operator.post(&approve, json!({})).await.status, 404, "an operator approves nothing");
    assert_eq!(pool(&mut owner).await, before);
    let would = reviewer.post(&format!("{approve}?preview=true"), json!({})).await;
    assert_eq!(would.body["applied"], true, "{}", would.text);
    let [one, two] = [reviewer.post(&approve, json!({})).await, reviewer.post(&approve, json!({})).await];
    assert_eq!((one.status, two.status, one.seq()), (200, 200, two.seq()), "{} {}", one.text, two.text);
    let late = owner.post(&approve, json!({})).await;
    assert_eq!(late.text_at("/code"), "proposal_decided");
    let whole = |text: &str| text.replace('.', "").parse::<i64>().expect("an amount");
    assert_eq!(whole(&pool(&mut owner).await) - whole(&before), 50_000, "it came once");
    let listed = reviewer.get(&proposals).await;
    assert_eq!(listed.body["items"][0]["seq"].as_u64(), Some(one.seq()), "{}", listed.text);
    let taken =
        owner.post(&proposals, json!({ "type": "pool.inject", "amount": "1.00", "source": "subsidy" })).await;
    let taken = format!("{proposals}/{}", taken.text_at("/id"));
    let own = owner.post(&format!("{taken}/approve"), json!({})).await;
    assert_eq!(own.text_at("/code"), "two_people_same");
    assert_eq!(owner.post(&format!("{taken}/withdraw"), json!({})).await.status, 200);
    assert_eq!(
        reviewer.post(&format!("{taken}/approve"), json!({})).await.text_at("/code"),
        "proposal_decided"
    );
    drop(server.stop().await);
}

/// The loyalty plan as live: with what it asks to be declared, declared.
fn loyalty(declared: bool) -> String {
    let text = include_str!("../../../../plans/loyalty-fixed.toml").replace("\"sandbox\"", "\"live\"");
    let (body, facts) = text.split_once("# [facts]\n").expect("the declarations are there");
    let facts: Vec<&str> =
        facts.lines().map(|line| line.strip_prefix("# ").expect("a declaration")).collect();
    if declared { format!("{body}[facts]\n{}\n", facts.join("\n")) } else { text }
}

/// GATE-1, GATE-2, CLOCK-2, PAY-4.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_programme_begins_through_the_gate_or_not_at_all() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let create = format!("/tenants/{tenant}/programmes");
    let advert = plan().replace("mode = \"sandbox\"", "mode = \"live\"");
    let refused = owner.post(&create, json!({ "plan": advert })).await;
    assert_eq!(
        (refused.status, refused.text_at("/code").as_str()),
        (422, "gate_refused"),
        "{}",
        refused.text
    );
    let said = codes(&refused.body["errors"], "detail");
    assert!(said.iter().any(|line| line.starts_with("CN-FUND-01 ") && line.contains("第")), "{said:?}");
    assert_eq!(refused.body["facts"]["count"].as_u64(), Some(said.len() as u64));
    assert_eq!(owner.get("/programmes").await.body["items"], json!([]), "nothing was begun");
    let would = owner.post(&format!("{create}?preview=true"), json!({ "plan": advert })).await;
    assert_eq!(would.body["may_begin"], false, "{}", would.text);
    let silent = owner.post(&create, json!({ "plan": loyalty(false) })).await;
    assert_eq!(silent.text_at("/code"), "gate_refused");
    let own_clock = json!({ "plan": loyalty(true), "clock_starts_at": "2026-01-01T00:00:00Z" });
    assert_eq!(owner.post(&create, own_clock).await.text_at("/code"), "live_clock");

    let made = owner.post(&create, json!({ "plan": loyalty(true) })).await;
    assert_eq!((made.status, made.body["kind"].as_str()), (200, Some("live")), "{}", made.text);
    let id = made.text_at("/id");
    assert_eq!(made.body["clock"]["own"], false);
    let clock = owner.post(&format!("/programmes/{id}/clock"), json!({ "by": "day" })).await;
    assert_eq!(clock.text_at("/code"), "clock_not_own");

    // No play money: an order is there, and nobody pays it at the cashier.
    let product = json!({
        "id": "tea", "title": { "zh": "茶", "en": "Tea" }, "description": { "zh": "一斤", "en": "500 g" },
        "price": "1000.00", "listed": true,
    });
    assert_eq!(owner.post(&format!("/programmes/{id}/products"), product).await.status, 200);
    let mut member = server.person("m@example.com", None).await;
    assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    let order = crate::journey::order(&mut member, &id).await;
    let payment = member.post(&format!("/programmes/{id}/orders/{order}/payments"), json!({})).await;
    assert_eq!(payment.text_at("/code"), "provider_missing", "{}", payment.text);
    let reviews = async |owner: &mut Person| {
        let entries = owner.get(&format!("/programmes/{id}/entries")).await;
        codes(&entries.body["items"], "kind").iter().filter(|kind| *kind == "admission.review").count()
    };
    assert_eq!(reviews(&mut owner).await, 1, "the rules of the day were asked before its first command");
    let head = owner.get(&format!("/programmes/{id}")).await.seq();

    // It goes on after a restart, and the rules are asked again before the first command.
    let (cookie, buyer) = (owner.cookie.clone(), member.cookie.clone());
    let server = server.restart().await;
    let (mut owner, mut member) = (server.guest(), server.guest());
    (owner.cookie, member.cookie) = (cookie, buyer);
    assert_eq!(owner.get(&format!("/programmes/{id}")).await.seq(), head);
    let wanted = json!({ "lines": [{ "product": "tea", "quantity": 1 }] });
    let quote = member.post(&format!("/programmes/{id}/orders/quote"), wanted).await;
    let lines = json!({ "lines": quote.body["lines"] });
    let again = member.post_as("after-restart", &format!("/programmes/{id}/orders"), lines).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(reviews(&mut owner).await, 2);
    drop(server.stop().await);
}
