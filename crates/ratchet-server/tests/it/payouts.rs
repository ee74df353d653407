//! Payouts that fail, come late or are lost (PAY-2); statement and journal line by line (PAY-3).

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::{buy, order, pay, programme};

/// Somebody with cash in the wallet.
async fn member_with_cash(server: &TestServer, owner: &mut Person, programme: &str) -> Person {
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let mut member = server.person("member@example.com", None).await;
    assert_eq!(member.post(&at("/me"), json!({})).await.status, 200);
    let order = buy(server, &mut member, programme).await;
    member.post(&at(&format!("/orders/{order}/receive")), json!({})).await;
    owner.post(&at("/clock"), json!({ "by": "next_settlement" })).await;
    let quote = member.get(&at("/me/points/quote?points=all")).await.text_at("/quote");
    let sold = member.post(&at("/me/points/sales"), json!({ "quote": quote })).await;
    assert_eq!(sold.status, 200, "{}", sold.text);
    member
}

/// A withdrawal of so much that was approved and sent while the provider does this with payouts.
async fn sent(
    member: &mut Person,
    (owner, reviewer): (&mut Person, &mut Person),
    programme: &str,
    mode: &str,
) -> String {
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let set = owner.post(&at("/play-money"), json!({ "payouts": mode })).await;
    assert_eq!(set.text_at("/payouts"), mode);
    let asked = member.post(&at("/me/withdrawals"), json!({ "amount": "20.00" })).await;
    let id = asked.text_at("/id");
    for step in ["approve", "send"] {
        let person = if step == "approve" { &mut *reviewer } else { &mut *owner };
        let done = person.post(&at(&format!("/withdrawals/{id}/{step}")), json!({})).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    id
}

/// PAY-2, PAY-3, PAY-4a.
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_never_sent_twice_and_ends_by_the_provider_or_by_two_people() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let mut member = member_with_cash(&server, &mut owner, &programme).await;
    let mut one = server.staff(&mut owner, &tenant, "reviewer").await;
    let mut two = server.staff(&mut owner, &tenant, "reviewer").await;
    let mine = |id: &str| at(&format!("/me/withdrawals/{id}"));
    let of = |id: &str, step: &str| at(&format!("/withdrawals/{id}/{step}"));

    let paid = sent(&mut member, (&mut owner, &mut one), &programme, "pay").await;
    server.until(&mut member, &mine(&paid), "/state", "paid").await;
    let failed = sent(&mut member, (&mut owner, &mut one), &programme, "fail").await;
    server.until(&mut member, &mine(&failed), "/state", "failed").await;

    // Lost: nobody hears of it until it is asked for. It is not sent again, and the provider's own answer ends it.
    let lost = sent(&mut member, (&mut owner, &mut one), &programme, "lost").await;
    let early = owner.post(&of(&lost, "ask"), json!({})).await;
    assert_eq!(early.text_at("/code"), "payout_not_unknown");
    assert_eq!(owner.post(&of(&lost, "unknown"), json!({})).await.status, 200);
    assert_eq!(member.get(&mine(&lost)).await.text_at("/state"), "unknown");
    let again = owner.post(&of(&lost, "send"), json!({})).await;
    assert_eq!((again.status, again.text_at("/code").as_str()), (409, "withdrawal_state"));
    for kind in ["wallet.paid", "wallet.failed"] {
        let alone = owner.post(&at("/commands"), json!({ "type": kind, "withdrawal": lost })).await;
        assert_eq!(
            alone.body["errors"][0]["pointer"], "/type",
            "nobody says alone how it ended: {}",
            alone.text
        );
    }
    assert_eq!(owner.post(&of(&lost, "ask"), json!({})).await.status, 200);
    server.until(&mut member, &mine(&lost), "/state", "paid").await;

    // Never heard of: the provider says that it did not pay, and the money is back.
    let unheard = sent(&mut member, (&mut owner, &mut one), &programme, "unheard").await;
    owner.post(&of(&unheard, "unknown"), json!({})).await;
    owner.post(&of(&unheard, "ask"), json!({})).await;
    server.until(&mut member, &mine(&unheard), "/state", "failed").await;

    // Two people: the same twice is one, another opinion begins anew, and nobody decides about their own.
    let late = sent(&mut member, (&mut owner, &mut one), &programme, "late").await;
    owner.post(&of(&late, "unknown"), json!({})).await;
    let says = |outcome: &str| json!({ "outcome": outcome, "evidence": "letter of the bank" });
    assert_eq!(one.post(&of(&late, "resolve"), says("paid")).await.body["resolved"], false);
    assert_eq!(one.post(&of(&late, "resolve"), says("paid")).await.text_at("/code"), "payout_same_person");
    assert_eq!(two.post(&of(&late, "resolve"), says("failed")).await.body["resolved"], false);
    assert_eq!(member.get(&mine(&late)).await.text_at("/state"), "unknown");
    let resolved = one.post_as("resolve", &of(&late, "resolve"), says("failed")).await;
    assert_eq!(resolved.body["resolved"], true);
    let again = one.post_as("resolve", &of(&late, "resolve"), says("failed")).await;
    assert_eq!((again.text, again.headers["idempotent-replayed"].as_str()), (resolved.text, "true"));
    assert_eq!(member.get(&mine(&late)).await.text_at("/state"), "failed");
    assert_eq!(one.post(&of(&late, "resolve"), says("failed")).await.text_at("/code"), "payout_not_unknown");
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    let actions: Vec<&str> =
        log.body["items"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
    let count = |action: &str| actions.iter().filter(|known| **known == action).count();
    assert_eq!((count("withdrawal.claim"), count("withdrawal.resolve")), (2, 1), "{actions:?}");

    // The provider paid that one, whatever the two thought: the statement says so, and the difference is listed until it is explained.
    let compared = owner.get(&at("/reconciliation")).await;
    let open = compared.body["open"].as_array().unwrap().clone();
    assert_eq!(open.len(), 1, "{}", compared.text);
    assert_eq!(
        (open[0]["reference"].as_str(), open[0]["statement"].as_str(), open[0].get("books")),
        (Some(late.as_str()), Some("-20.00"), None)
    );
    let statement = owner.get(&at("/statement")).await;
    let of_payouts = statement.body["items"].as_array().unwrap().iter();
    assert_eq!(
        of_payouts.filter(|line| line["amount"] == "-20.00").count(),
        3,
        "paid, lost and late: {}",
        statement.text
    );
    let short = owner.post(&at("/reconciliation"), json!({ "reference": late, "explanation": "no" })).await;
    assert_eq!(short.body["errors"][0]["pointer"], "/explanation");
    let none = json!({ "reference": paid, "explanation": "they agree, nothing to say" });
    assert_eq!(owner.post(&at("/reconciliation"), none).await.text_at("/code"), "difference_unknown");
    let why = json!({ "reference": late, "explanation": "paid out though two people said it was not" });
    assert_eq!(owner.post(&at("/reconciliation"), why).await.status, 200);
    let compared = owner.get(&at("/reconciliation")).await;
    assert_eq!(compared.body["open"], json!([]));
    let line =
        compared.body["lines"].as_array().unwrap().iter().find(|line| line["reference"] == json!(late));
    assert_eq!(line.unwrap()["explained"]["text"], "paid out though two people said it was not");
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    assert_eq!(log.text_at("/items/0/action"), "reconciliation.explain");
    drop(server.stop().await);
}

/// PAY-3.
#[tokio::test(flavor = "multi_thread")]
async fn statement_and_journal_agree_line_by_line() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let mut member = server.person("member@example.com", None).await;
    assert_eq!(member.post(&at("/me"), json!({})).await.status, 200);
    // Paid, paid twice with one going back, refunded, and lost on the way.
    buy(&server, &mut member, &programme).await;
    let twice = order(&mut member, &programme).await;
    pay(&mut member, &programme, &twice, "pay_twice").await;
    let refunded = buy(&server, &mut member, &programme).await;
    let back = member.post(&at(&format!("/orders/{refunded}/refunds")), json!({})).await;
    assert_eq!(back.status, 200, "{}", back.text);
    let lost = order(&mut member, &programme).await;
    let lost = pay(&mut member, &programme, &lost, "lost").await;
    let returned = format!("return:{}", payment_of(&mut member, &programme, &twice).await + "-2");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let compared = loop {
        let compared = owner.get(&at("/reconciliation")).await;
        let lines = compared.body["lines"].as_array().unwrap();
        if lines.iter().any(|line| line["reference"] == json!(returned) && line["difference"] == "0.00") {
            break compared;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "the second payment never goes back: {}",
            compared.text
        );
        tokio::task::yield_now().await;
    };
    let open: Vec<&Value> = compared.body["open"].as_array().unwrap().iter().collect();
    assert_eq!(open.len(), 1, "only the message that was lost: {}", compared.text);
    assert_eq!(
        (open[0]["reference"].as_str(), open[0]["difference"].as_str()),
        (Some(format!("{lost}-1").as_str()), Some("1000.00"))
    );
    // 1000 four times in (one of them unknown to the books), 1000 back twice.
    assert_eq!(
        (compared.text_at("/statement").as_str(), compared.text_at("/books").as_str()),
        ("3000.00", "2000.00")
    );
    let other = owner.get(&at("/reconciliation?day=2025-12-31")).await;
    assert_eq!((other.body["lines"].clone(), other.text_at("/statement").as_str()), (json!([]), "0.00"));
    assert_eq!(owner.get(&at("/statement?day=soon")).await.status, 400);
    drop(server.stop().await);
}

async fn payment_of(member: &mut Person, programme: &str, order: &str) -> String {
    member.get(&format!("/programmes/{programme}/orders/{order}")).await.text_at("/payment/id")
}
