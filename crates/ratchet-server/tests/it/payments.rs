//! Payments that come twice, late, wrong or never (PAY-1).

use serde_json::json;

use crate::client::TestServer;
use crate::journey::{at_cashier, order, pay, programme};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_counts_once_however_it_comes() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{programme}{rest}");
    let bank = at("/accounts?limit=200");
    let mut member = server.person("member@example.com", None).await;
    assert_eq!(member.post(&at("/me"), json!({})).await.status, 200);

    // The message twice, then the money twice: one payment each time.
    for act in ["twice", "pay_twice"] {
        let order = order(&mut member, &programme).await;
        let payment = pay(&mut member, &programme, &order, act).await;
        server.until(&mut member, &at(&format!("/payments/{payment}")), "/state", "paid").await;
        let view = member.get(&at(&format!("/orders/{order}"))).await;
        assert!(matches!(view.text_at("/state").as_str(), "paid" | "placed"), "{}", view.text);
        // Pieces that came back are a command of the engine.
        let back = json!({ "lines": [{ "line": "1", "pieces": 1, "restock": true }] });
        let preview = member.post(&at(&format!("/orders/{order}/refunds?preview=true")), back).await;
        assert_eq!(preview.status, 200, "{}", preview.text);
    }
    // What came twice has gone back when suspense is empty and both orders' money is in escrow.
    let escrow = |accounts: &serde_json::Value| {
        let find = |name: &str| {
            let found =
                accounts["items"].as_array().unwrap().iter().find(|account| account["account"] == name);
            found.map_or("0.00".to_owned(), |account| account["balance"].as_str().unwrap().to_owned())
        };
        (find("escrow"), find("suspense"))
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let entries = owner.get(&at("/entries?limit=200")).await;
        let returned =
            entries.body["items"].as_array().unwrap().iter().any(|entry| entry["kind"] == "payment.return");
        if returned {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "the second payment is never returned");
        tokio::task::yield_now().await;
    }
    assert_eq!(escrow(&owner.get(&bank).await.body), ("2000.00".to_owned(), "0.00".to_owned()));

    // A late message pays when it comes.
    let late = order(&mut member, &programme).await;
    let intent = member.post(&at(&format!("/orders/{late}/payments")), json!({})).await;
    let (url, payment) =
        (intent.text_at("/cashier_url"), at(&format!("/payments/{}", intent.text_at("/id"))));
    at_cashier(&mut member, &url, "late").await;
    assert_eq!(member.get(&payment).await.text_at("/state"), "open");
    at_cashier(&mut member, &url, "release").await;
    server.until(&mut member, &payment, "/state", "paid").await;

    // One for an order that was given up goes back; a wrong amount stays in suspense.
    let closed = order(&mut member, &programme).await;
    let intent = member.post(&at(&format!("/orders/{closed}/payments")), json!({})).await;
    assert_eq!(member.post(&at(&format!("/orders/{closed}/close")), json!({})).await.status, 200);
    at_cashier(&mut member, &intent.text_at("/cashier_url"), "pay").await;
    let payment = at(&format!("/payments/{}", intent.text_at("/id")));
    server.until(&mut member, &payment, "/state", "returned").await;
    let wrong = order(&mut member, &programme).await;
    let payment = pay(&mut member, &programme, &wrong, "wrong_amount").await;
    server.until(&mut member, &at(&format!("/payments/{payment}")), "/state", "suspense").await;
    assert_eq!(escrow(&owner.get(&bank).await.body), ("3000.00".to_owned(), "1001.00".to_owned()));

    // Nobody but the provider says that something was paid.
    let forged = json!({ "id": "x", "kind": "payment", "payment": payment, "transfer": "x", "amount": "1000.00", "currency": "CNY", "state": "paid" });
    let signature = [("ratchet-signature", "t=1,v1=00")];
    let answer =
        member.send("POST", &at("/callbacks/play-money"), Some(forged.to_string()), &signature).await;
    assert_eq!(answer.text_at("/code"), "signature_wrong");
    let page = member.get(&format!("//cashier/{payment}?token=00")).await;
    assert_eq!(page.status, 404);
    drop(server.stop().await);
}
