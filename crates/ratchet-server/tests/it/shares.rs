//! Regional agents and shareholders: what each order paid, each dividend by its formula, and the forms of staff.

use serde_json::{Value, json};

use crate::client::{Answer, Person, TestServer};
use crate::journey::{newest, pay, programme_of};

pub(crate) const PLAN: &str = include_str!("../../../../plans/distribution-mall.toml");

/// Orders one article to a district, pays and receives it; the order's id.
async fn buy_to(server: &TestServer, member: &mut Person, programme: &str, ship_to: &str) -> String {
    let wanted = json!({ "lines": [{ "product": "tea", "quantity": 1 }], "ship_to": ship_to });
    let quote = member.post(&format!("/programmes/{programme}/orders/quote"), wanted).await;
    let body = json!({ "lines": quote.body["lines"], "ship_to": ship_to });
    let order = member.post(&format!("/programmes/{programme}/orders"), body).await;
    assert_eq!(order.status, 200, "{} {}", quote.text, order.text);
    let order = order.text_at("/id");
    let payment = pay(member, programme, &order, "pay").await;
    server.until(member, &format!("/programmes/{programme}/payments/{payment}"), "/state", "paid").await;
    let received = member.post(&format!("/programmes/{programme}/orders/{order}/receive"), json!({})).await;
    assert_eq!(received.status, 200, "{}", received.text);
    order
}

async fn join(server: &TestServer, programme: &str, login: &str) -> (Person, String) {
    let mut person = server.person(login, None).await;
    let joined = person.post(&format!("/programmes/{programme}/me"), json!({})).await;
    (person, joined.text_at("/id"))
}

fn texts(of: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| of[name].as_str().unwrap_or("absent").to_owned()).collect()
}

/// AGENT-1, AGENT-2: by the address of the order, as of its payment; a preview says before what an appointment does.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_what_each_order_paid_and_what_a_refund_took_back() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme_of(&mut owner, &tenant, PLAN).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let (mut mei, mei_id) = join(&server, &id, "mei@example.com").await;
    let (mut lin, lin_id) = join(&server, &id, "lin@example.com").await;
    let (mut buyer, _) = join(&server, &id, "buyer@example.com").await;

    // What an appointment would do is said before it is done; what cannot be is refused with the reason.
    let appoint = |member: &str, territory: &str| json!({ "member": member, "territory": territory });
    let would = owner.post(&at("agents?preview=true"), appoint(&mei_id, "330106")).await;
    assert_eq!((would.status, &would.body["applied"]), (200, &json!(true)), "{}", would.text);
    assert_eq!(owner.get(&at("agents")).await.body["items"], json!([]));
    for (member, territory, code) in
        [(mei_id.as_str(), "999999", "territory_unknown"), ("nobody", "330106", "member_unknown")]
    {
        let refused = owner.post(&at("agents"), appoint(member, territory)).await;
        assert_eq!((refused.status, refused.text_at("/code").as_str()), (409, code), "{}", refused.text);
    }
    let form = owner.post(&at("agents"), appoint(&mei_id, "Hangzhou")).await;
    assert_eq!(
        (form.status, form.text_at("/facts/error/code").as_str()),
        (422, "territory_code"),
        "{}",
        form.text
    );
    for (member, territory) in [(&mei_id, "330106"), (&lin_id, "330106"), (&mei_id, "330100")] {
        let done = owner.post(&at("agents"), appoint(member, territory)).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    let again = owner.post(&at("agents"), appoint(&mei_id, "330106")).await;
    assert_eq!(again.text_at("/code"), "agent_exists");
    assert_eq!(mei.post(&at("agents"), appoint(&mei_id, "330000")).await.status, 404);

    let order = buy_to(&server, &mut buyer, &id, "330106").await;
    for _ in 0..2 {
        assert_eq!(owner.post(&at("clock"), json!({ "by": "week" })).await.status, 200);
    }
    // 3% of 1,000.00 shared by two, and 2% alone.
    let view = mei.get(&at("me/agent")).await;
    assert_eq!(
        (view.text_at("/mode"), view.text_at("/earned")),
        ("stacked".into(), "35.00".into()),
        "{}",
        view.text
    );
    let names = ["territory", "territory_name", "level", "rate"];
    assert_eq!(texts(&view.body["territories"][0], &names), ["330100", "浙江省杭州市", "city", "2%"]);
    assert_eq!(
        texts(&view.body["territories"][1], &names),
        ["330106", "浙江省杭州市西湖区", "district", "3%"]
    );
    assert_eq!(
        (&view.body["territories"][1]["agents"], view.body["territories"][1].get("by")),
        (&json!(2), None)
    );
    let levels: Vec<_> = view.body["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|level| texts(level, &["level", "earned"]))
        .collect();
    assert_eq!(levels, [["city", "20.00"], ["district", "15.00"]]);
    let income = mei.get(&at("me/agent/income")).await;
    let rows = income.body["items"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{}", income.text);
    for (row, level, amount, rate, sharers) in
        [(&rows[0], "city", "20.00", "2%", 1), (&rows[1], "district", "15.00", "3%", 2)]
    {
        assert_eq!(texts(row, &["order", "level", "amount"]), [order.as_str(), level, amount]);
        let terms = json!({ "base": "1000.00", "rate": rate, "sharers": sharers, "comes_to": amount });
        assert_eq!(row["terms"], terms);
    }
    // Each leads to its entry, which says the rule and the rate to who was paid.
    let seq = &rows[1]["seq"];
    let why = mei.get(&at(&format!("entries/{seq}/explanations"))).await;
    assert!(why.text.contains("COMM-4") && why.text.contains("3%"), "{}", why.text);

    // Half comes back late: so does half of what it paid.
    let body = json!({ "type": "order.refund", "refund": "late", "order": order, "lines": [{ "line": "1", "amount": "500.00" }] });
    let refunded = owner.post(&at("commands"), body).await;
    assert_eq!(refunded.status, 200, "{}", refunded.text);
    let income: Answer = mei.get(&at(&format!("me/agent/income?min_seq={}", refunded.seq()))).await;
    let amounts: Vec<_> =
        income.body["items"].as_array().unwrap().iter().map(|row| row["amount"].clone()).collect();
    assert_eq!(amounts, ["-10.00", "-7.50", "20.00", "15.00"], "{}", income.text);
    assert_eq!(income.body["items"][1]["terms"]["base"], "500.00");
    assert_eq!(mei.get(&at("me/agent")).await.text_at("/earned"), "17.50");

    // Staff see who, since when, by whom, and what it earned; a territory includes those in it.
    let list = owner.get(&at("agents?territory=330000")).await;
    let rows = list.body["items"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{}", list.text);
    assert_eq!(
        texts(&rows[0], &["member", "name", "territory", "earned"]),
        [mei_id.as_str(), "mei@example.com", "330100", "17.50"]
    );
    assert!(rows[0]["by"]["name"].is_string(), "{}", list.text);
    assert_eq!(owner.get(&at("agents?territory=110000")).await.body["items"], json!([]));
    assert_eq!(owner.get(&at("agents?territory=x")).await.text_at("/facts/error/code"), "territory_code");
    let of_member = owner.get(&at(&format!("members/{mei_id}/agent-income?limit=1"))).await;
    assert_eq!(
        (of_member.body["items"].as_array().unwrap().len(), of_member.body["next"].is_string()),
        (1, true)
    );
    assert_eq!(mei.get(&at("agents")).await.status, 404);

    // Dismissed, the next order pays the other alone.
    let (path, dismiss) = (at(&format!("members/{mei_id}/dismiss")), json!({ "territory": "330106" }));
    assert_eq!(owner.post(&path, dismiss.clone()).await.status, 200);
    assert_eq!(owner.post(&path, dismiss).await.text_at("/code"), "agent_unknown");
    buy_to(&server, &mut buyer, &id, "330106").await;
    for _ in 0..2 {
        assert_eq!(owner.post(&at("clock"), json!({ "by": "week" })).await.status, 200);
    }
    let income = lin.get(&at("me/agent/income")).await;
    let alone = &income.body["items"][0];
    assert_eq!(
        (&alone["amount"], &alone["terms"]["sharers"]),
        (&json!("30.00"), &json!(1)),
        "{}",
        income.text
    );
    let ended = mei.get(&at("me/agent")).await;
    assert!(ended.body["territories"][1]["ended_seq"].is_u64(), "{}", ended.text);
    assert_eq!(owner.get(&at("agents")).await.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(owner.get(&at("agents?ended=true")).await.body["items"].as_array().unwrap().len(), 3);
}

/// SHARE-1, SHARE-2, SHARE-3: every number of the formula, and no amount before the period ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_dividend_is_told_by_its_formula() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme_of(&mut owner, &tenant, PLAN).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let (mut mei, mei_id) = join(&server, &id, "mei@example.com").await;
    let (_, lin_id) = join(&server, &id, "lin@example.com").await;
    let (mut buyer, _) = join(&server, &id, "buyer@example.com").await;
    let none = mei.get(&at("me/shares")).await;
    assert_eq!(
        (none.status, none.text_at("/own/weight"), none.text_at("/now/weight")),
        (200, "0".into(), "0".into())
    );

    let path = |member: &str| at(&format!("members/{member}/weight"));
    let would = owner.post(&format!("{}?preview=true", path(&mei_id)), json!({ "weight": "2.5" })).await;
    assert_eq!((would.status, &would.body["applied"]), (200, &json!(true)), "{}", would.text);
    let most = owner.post(&path(&mei_id), json!({ "weight": "1000001" })).await;
    assert_eq!((most.status, most.text_at("/code").as_str()), (409, "limit_reached"), "{}", most.text);
    assert_eq!(owner.post(&path(&mei_id), json!({ "weight": "half" })).await.status, 400);
    assert_eq!(mei.post(&path(&mei_id), json!({ "weight": "1" })).await.status, 404);
    for (member, weight) in [(&mei_id, "1"), (&lin_id, "2"), (&mei_id, "0.5")] {
        let set = owner.post(&path(member), json!({ "weight": weight })).await;
        assert_eq!(set.status, 200, "{}", set.text);
    }
    buy_to(&server, &mut buyer, &id, "330106").await;
    assert_eq!(owner.post(&at("clock"), json!({ "by": "week" })).await.status, 200);
    assert_eq!(owner.post(&at("clock"), json!({ "by": "day" })).await.status, 200);
    let now = mei.get(&at("me/shares")).await;
    let names = ["period", "rate", "fund", "fund_holds", "base", "deficit", "pot", "weight"];
    assert_eq!(
        texts(&now.body["now"], &names),
        ["month", "1%", "dividend", "10.00", "1000.00", "0.00", "0.00", "2.5"]
    );
    assert_eq!(now.text_at("/now/due_at"), "2026-01-31T16:00:00Z");

    // The month ends: 1% of 1,000.00 by 0.5 of 2.5, and 2 of 2.5.
    for _ in 0..4 {
        assert_eq!(owner.post(&at("clock"), json!({ "by": "week" })).await.status, 200);
    }
    let seq = newest(&mut owner, &id).await;
    let own = mei.get(&at(&format!("me/dividends?min_seq={seq}"))).await;
    let part = &own.body["items"][0];
    assert_eq!(texts(part, &["weight", "amount"]), ["0.5", "2.00"], "{}", own.text);
    let names =
        ["base", "deficit_before", "deficit", "rate", "added", "carry", "pot", "weight", "paid", "left"];
    let numbers = ["1000.00", "0.00", "0.00", "1%", "10.00", "0.00", "10.00", "2.5", "10.00", "0.00"];
    assert_eq!(texts(&part["dividend"], &names), numbers);
    assert_eq!(part["dividend"]["holders"], 2);
    let why = mei.get(&at(&format!("entries/{}/explanations", part["seq"]))).await;
    assert!(why.text.contains("COMM-5"), "{}", why.text);
    for (name, value) in [("pot", "10.00"), ("own weight", "0.5"), ("all weights", "2.5")] {
        assert!(
            why.text.contains(&json!({ "name": name, "value": value }).to_string()),
            "{name}: {}",
            why.text
        );
    }
    assert_eq!(mei.get(&at("me/shares")).await.text_at("/own/received"), "2.00");

    let all = owner.get(&at("dividends")).await;
    assert_eq!((&all.body["items"][0], all.body["items"].as_array().unwrap().len()), (&part["dividend"], 1));
    let holders = owner.get(&at("shareholders")).await;
    let rows: Vec<_> = holders.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| texts(row, &["name", "weight", "received"]))
        .collect();
    assert_eq!(rows, [["lin@example.com", "2", "8.00"], ["mei@example.com", "0.5", "2.00"]]);
    assert_eq!(owner.get(&at("dividends/now")).await.text_at("/base"), "0.00");
    // Taken away, nobody is left but the other.
    assert_eq!(owner.post(&path(&mei_id), json!({ "weight": "0" })).await.status, 200);
    assert_eq!(owner.get(&at("shareholders")).await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(mei.get(&at("shareholders")).await.status, 404);
}

/// SHARE-4: it says what the plan lacks.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_them_says_so() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = crate::journey::programme(&mut owner, &tenant).await;
    let (mut member, member_id) = join(&server, &id, "mei@example.com").await;
    for path in ["me/agent", "me/agent/income", "me/shares", "me/dividends"] {
        let answer = member.get(&format!("/programmes/{id}/{path}")).await;
        assert_eq!((answer.status, answer.text_at("/code").as_str()), (409, "plan_has_no"), "{path}");
    }
    for path in ["agents", "shareholders", "dividends", "dividends/now"] {
        let answer = owner.get(&format!("/programmes/{id}/{path}")).await;
        assert_eq!((answer.status, answer.text_at("/code").as_str()), (409, "plan_has_no"), "{path}");
    }
    for (path, body, code) in [
        ("agents".to_owned(), json!({ "member": member_id, "territory": "330106" }), "no_agents"),
        (format!("members/{member_id}/dismiss"), json!({ "territory": "330106" }), "no_agents"),
        (format!("members/{member_id}/weight"), json!({ "weight": "1" }), "no_dividend"),
    ] {
        let answer = owner.post(&format!("/programmes/{id}/{path}"), body).await;
        assert_eq!(answer.text_at("/code"), code, "{}", answer.text);
    }
}
