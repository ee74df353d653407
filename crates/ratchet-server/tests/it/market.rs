//! The internal market over HTTP: the book, offers with their previews, holds, cancels, the halt (MKT-1, MKT-2).

use serde_json::{Value, json};

use crate::client::{Answer, Person, TestServer};
use crate::journey::{buy, newest, programme_of};

/// One day with its task done brings 500.00 and, of two members, 50 emission points each; 0.1 point is a lot.
const PLAN: &str = "[programme]\nname = { zh = \"市场\", en = \"Market\" }\ncurrency = \"CNY\"\nutc_offset = \"+08:00\"\n\
    mode = \"sandbox\"\n[settlement]\nafter_sale_days = 1\n[split]\ncost = \"30%\"\n[split.funds]\nrelease = \"50%\"\n[release]\n\
    grant_ratio = \"50%\"\nrate = \"100%\"\nfund = \"release\"\n[value]\ngrant_ratio = \"100%\"\nrate = \"100%\"\n[emission]\n\
    years = [36500]\ntail = \"none\"\ncap = 36500\nfirst_price = \"100.00\"\nmembers = \"100%\"\n[market]\nlot = \"0.1\"\n\
    tick = \"0.05\"\nfee = \"1%\"\nband = \"50%\"\noffers_per_member = 2\n";

/// Two members with money and points, and the owner.
struct Floor {
    server: TestServer,
    owner: Person,
    tenant: String,
    id: String,
    seller: Person,
    buyer: Person,
}

impl Floor {
    async fn open() -> Floor {
        let server = TestServer::start().await;
        let (mut owner, tenant) = server.owner().await;
        let id = programme_of(&mut owner, &tenant, PLAN).await;
        let mut seller = server.person("seller@example.com", None).await;
        let mut buyer = server.person("buyer@example.com", None).await;
        for member in [&mut seller, &mut buyer] {
            assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
            let order = buy(&server, member, &id).await;
            let received = member.post(&format!("/programmes/{id}/orders/{order}/receive"), json!({})).await;
            assert_eq!(received.status, 200, "{}", received.text);
        }
        for _ in 0..2 {
            advance(&mut owner, &id).await;
        }
        for member in [&mut seller, &mut buyer] {
            let name = member.get(&format!("/programmes/{id}/me")).await.text_at("/id");
            let task = json!({ "type": "task.complete", "member": name });
            assert_eq!(owner.post(&format!("/programmes/{id}/commands"), task).await.status, 200);
        }
        advance(&mut owner, &id).await;
        Floor { server, owner, tenant, id, seller, buyer }
    }

    fn at(&self, path: &str) -> String {
        format!("/programmes/{}/{path}", self.id)
    }

    async fn book(&self) -> Value {
        self.server.guest().get(&self.at("market")).await.body
    }
}

async fn advance(owner: &mut Person, programme: &str) {
    let moved = owner.post(&format!("/programmes/{programme}/clock"), json!({ "by": "day" })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
}

fn wanted(side: &str, price: &str, lots: u32, time_in_force: &str) -> Value {
    json!({ "side": side, "price": price, "lots": lots, "time_in_force": time_in_force })
}

async fn offers(member: &mut Person, programme: &str, wanted: Value) -> Answer {
    member.post(&format!("/programmes/{programme}/me/market/offers"), wanted).await
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_previewed_made_filled_in_part_and_cancelled() {
    let mut floor = Floor::open().await;
    let id = floor.id.clone();
    // 2,000 value units for 100 points: 20.00 a point, 2.00 a lot; half above and below.
    let book = floor.book().await;
    assert_eq!(
        (&book["guide"], &book["prices"], &book["buys"], &book["fee"], &book["lot"]),
        (
            &json!("2.00"),
            &json!({ "lowest": "1.00", "highest": "3.00" }),
            &json!([]),
            &json!("1%"),
            &json!("0.1")
        )
    );
    assert!(book.get("last").is_none() && book.get("halted").is_none(), "{book}");
    let means = floor.seller.get(&floor.at("me/market")).await;
    assert_eq!(
        (&means.body["money"], &means.body["points"], &means.body["lots"]),
        (&json!("500.00"), &json!("50"), &json!("500")),
        "{}",
        means.text
    );

    // Ten lots for 2.50 each are offered; what is held is said before, and then is held.
    let path = floor.at("me/market/offers?preview=true");
    let sale = wanted("sell", "2.50", 10, "gtc");
    let would = floor.seller.post(&path, sale.clone()).await;
    assert_eq!(
        (&would.body["applied"], &would.body["offer"]["rests"], &would.body["offer"]["hold_points"]),
        (&json!(true), &json!(10), &json!("1")),
        "{}",
        would.text
    );
    assert_eq!(floor.book().await["sells"], json!([]), "a preview changes nothing");
    let made = offers(&mut floor.seller, &id, sale).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let offer = made.text_at("/id");
    let mine = floor.seller.get(&floor.at("me/market")).await;
    assert_eq!(
        (&mine.body["points"], &mine.body["held_points"], &mine.body["open"][0]["hold_points"]),
        (&json!("49"), &json!("1"), &json!("1")),
        "{}",
        mine.text
    );

    // The other takes four of them with an offer that would pay more: the earlier offer's price counts, what was held too much returns.
    let bid = wanted("buy", "2.60", 4, "ioc");
    let would = floor.buyer.post(&path, bid.clone()).await;
    let outcome = &would.body["offer"];
    assert_eq!(
        outcome,
        &json!({
            "fills": [{ "price": "2.50", "lots": 4, "amount": "10.00", "fee": "0.10" }], "filled": 4, "amount": "10.00",
            "fee": "0.10", "total": "10.10", "rests": 0, "hold": "0.00", "hold_points": "0", "given_up": 0,
        }),
        "{}",
        would.text
    );
    let taken = offers(&mut floor.buyer, &id, bid).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    let of_buyer = floor.buyer.get(&floor.at("me/market/offers")).await;
    let row = &of_buyer.body["items"][0];
    // 4 · 2.60 and 0.11 of fee were held: 10.51; 10.10 were paid.
    assert_eq!(
        (&row["state"], &row["held"], &row["traded"], &row["fees"], &row["returned"], &row["hold"]),
        (&json!("filled"), &json!("10.51"), &json!("10.00"), &json!("0.10"), &json!("0.41"), &json!("0.00")),
        "{}",
        of_buyer.text
    );
    let wallet = floor.buyer.get(&floor.at("me/wallet")).await;
    assert_eq!(wallet.text_at("/cash"), "489.90", "{}", wallet.text);
    let trades = floor.seller.get(&floor.at("me/market/trades")).await;
    let trade = &trades.body["items"][0];
    assert_eq!(
        (&trade["side"], &trade["lots"], &trade["amount"], &trade["fee"], &trade["total"], &trade["offer"]),
        (&json!("sell"), &json!(4), &json!("10.00"), &json!("0.10"), &json!("9.90"), &json!(offer)),
        "{}",
        trades.text
    );
    let entry = floor.seller.get(&floor.at(&format!("entries/{}/explanations", trade["seq"]))).await;
    assert!(entry.text.contains("MKT-1"), "{}", entry.text);
    let book = floor.book().await;
    assert_eq!(
        (&book["sells"], &book["last"]["price"], &book["best_sell"]),
        (&json!([{ "price": "2.50", "lots": 6 }]), &json!("2.50"), &json!("2.50"))
    );
    let all = floor.server.guest().get(&floor.at("market/trades")).await;
    assert_eq!(
        (&all.body["items"][0]["lots"], &all.body["items"][0]["taker"]),
        (&json!(4), &json!("buy")),
        "{}",
        all.text
    );
    assert!(!all.text.contains("member") && !all.text.contains("buyer"), "nobody is named: {}", all.text);

    // Another's offer is none of one's own; one's own is taken back, and its points return.
    let cancel = floor.at(&format!("me/market/offers/{offer}/cancel"));
    let stranger = floor.buyer.post(&cancel, json!({})).await;
    assert_eq!(code(&stranger), (409, "offer_unknown"));
    let cancelled = floor.seller.post(&cancel, json!({})).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    let mine = floor.seller.get(&floor.at("me/market")).await;
    assert_eq!(
        (&mine.body["points"], &mine.body["held_points"], &mine.body["open"]),
        (&json!("49.6"), &json!("0"), &json!([])),
        "{}",
        mine.text
    );
    let ended = floor.seller.get(&floor.at("me/market/offers?open=false")).await;
    let row = &ended.body["items"][0];
    assert_eq!(
        (&row["state"], &row["filled"], &row["left"], &row["ended_by_staff"]),
        (&json!("cancelled"), &json!(4), &json!(6), &json!(false)),
        "{}",
        ended.text
    );
    assert_eq!(code(&floor.seller.post(&cancel, json!({})).await), (409, "offer_state"));
    // The spread is between the best of both sides.
    assert_eq!(offers(&mut floor.buyer, &id, wanted("buy", "1.50", 3, "gtc")).await.status, 200);
    assert_eq!(offers(&mut floor.seller, &id, wanted("sell", "2.00", 1, "gtc")).await.status, 200);
    assert_eq!(floor.book().await["spread"], json!("0.50"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_says_what_it_is_about() {
    let mut floor = Floor::open().await;
    let id = floor.id.clone();
    for (request, refused, fact, value) in [
        (wanted("sell", "3.05", 1, "gtc"), "price_band", "limit", json!("3.00")),
        (wanted("sell", "2.51", 1, "gtc"), "price_tick", "expected", json!("0.05")),
        (wanted("sell", "2.50", 501, "gtc"), "insufficient_emission", "available", json!("50")),
        (wanted("buy", "3.00", 200, "gtc"), "insufficient_cash", "wanted", json!("606.00")),
        (wanted("buy", "3.00", 5, "fok"), "not_fillable", "available", json!(0)),
    ] {
        let answer = offers(&mut floor.seller, &id, request.clone()).await;
        assert_eq!(code(&answer), (409, refused), "{request}: {}", answer.text);
        assert_eq!(answer.body["facts"][fact], value, "{request}: {}", answer.text);
        // A preview refuses with the same facts.
        let preview = floor.seller.post(&floor.at("me/market/offers?preview=true"), request).await;
        assert_eq!(
            (&preview.body["applied"], &preview.body["refusal"]["code"], preview.body.get("offer")),
            (&json!(false), &json!(refused), None),
            "{}",
            preview.text
        );
    }
    for none in [wanted("sell", "0.00", 1, "gtc"), wanted("sell", "2.00", 0, "gtc")] {
        assert_eq!(code(&offers(&mut floor.seller, &id, none).await), (409, "amount_not_positive"));
    }
    let form = offers(&mut floor.seller, &id, wanted("sell", "2.005", 1, "gtc")).await;
    assert_eq!((form.status, &form.body["errors"][0]["pointer"]), (422, &json!("/price")), "{}", form.text);

    // One's own offer is not met: the whole is refused and says which one it would be.
    assert_eq!(offers(&mut floor.seller, &id, wanted("sell", "2.20", 5, "gtc")).await.status, 200);
    let own = offers(&mut floor.seller, &id, wanted("buy", "2.30", 2, "gtc")).await;
    assert_eq!(code(&own), (409, "own_offer"));
    assert_eq!((&own.body["facts"]["amount"], &own.body["facts"]["remaining"]), (&json!("2.20"), &json!(5)));
    assert_eq!(offers(&mut floor.seller, &id, wanted("sell", "2.40", 5, "gtc")).await.status, 200);
    let third = offers(&mut floor.seller, &id, wanted("sell", "2.60", 5, "gtc")).await;
    assert_eq!((code(&third), &third.body["facts"]["limit"]), ((409, "offer_limit"), &json!(2)));
    // What is not filled at once of an offer that does not wait is given up.
    assert_eq!(offers(&mut floor.buyer, &id, wanted("buy", "2.20", 7, "ioc")).await.status, 200);
    let row = &floor.buyer.get(&floor.at("me/market/offers")).await.body["items"][0];
    assert_eq!(
        (&row["state"], &row["filled"], &row["left"], &row["ended_by_staff"]),
        (&json!("unfilled"), &json!(5), &json!(2), &json!(false))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_halt_resume_and_cancel_with_a_reason() {
    let mut floor = Floor::open().await;
    let id = floor.id.clone();
    let made = offers(&mut floor.seller, &id, wanted("sell", "2.20", 5, "gtc")).await;
    let offer = made.text_at("/id");
    let mut operator = floor.server.staff(&mut floor.owner, &floor.tenant, "operator").await;
    let mut auditor = floor.server.staff(&mut floor.owner, &floor.tenant, "auditor").await;
    let halt = floor.at("market/halt");
    assert_eq!(code(&operator.post(&halt, json!({ "reason": "" })).await).0, 422);
    assert_eq!(code(&auditor.post(&halt, json!({ "reason": "no" })).await), (404, "not_found"));
    assert_eq!(code(&operator.post(&floor.at("market/resume"), json!({})).await), (409, "market_halted"));
    let halted = operator.post(&halt, json!({ "reason": "The price feed is wrong" })).await;
    assert_eq!(halted.status, 200, "{}", halted.text);
    let book = floor.book().await;
    assert_eq!(
        (&book["halted"]["reason"], &book["halted"]["seq"], &book["sells"][0]["lots"]),
        (&json!("The price feed is wrong"), &halted.body["seq"], &json!(5))
    );
    let refused = offers(&mut floor.buyer, &id, wanted("buy", "2.20", 5, "gtc")).await;
    assert_eq!(code(&refused), (409, "market_halted"));

    // Staff see whose offers there are; members and guests do not.
    let list = auditor.get(&floor.at("market/offers?open=true")).await;
    assert_eq!(list.body["items"][0]["id"], json!(offer), "{}", list.text);
    assert_eq!(code(&floor.buyer.get(&floor.at("market/offers")).await), (404, "not_found"));
    let cancel = floor.at(&format!("market/offers/{offer}/cancel"));
    assert_eq!(code(&auditor.post(&cancel, json!({ "reason": "no" })).await), (404, "not_found"));
    let cancelled = operator.post_as("cancel", &cancel, json!({ "reason": "A test of ours" })).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    let again = operator.post_as("cancel", &cancel, json!({ "reason": "A test of ours" })).await;
    assert_eq!(again.text, cancelled.text);
    let seq = newest(&mut floor.owner, &id).await;
    let ended = floor.seller.get(&floor.at(&format!("me/market/offers?min_seq={seq}"))).await;
    let row = &ended.body["items"][0];
    assert_eq!(
        (&row["state"], &row["ended_by_staff"]),
        (&json!("cancelled"), &json!(true)),
        "{}",
        ended.text
    );
    assert_eq!(floor.seller.get(&floor.at("me/market")).await.body["points"], json!("50"));
    let log = floor.owner.get(&format!("/tenants/{}/audit-log", floor.tenant)).await;
    let rows = log.body["items"].as_array().expect("rows");
    let why: Vec<&Value> = rows.iter().filter(|row| row["action"] == "market.cancel.reason").collect();
    assert_eq!(why.len(), 1, "{}", log.text);
    assert!(why[0].to_string().contains("A test of ours"), "{}", why[0]);

    assert_eq!(operator.post(&floor.at("market/resume"), json!({})).await.status, 200);
    assert!(floor.book().await.get("halted").is_none());
    assert_eq!(offers(&mut floor.buyer, &id, wanted("buy", "2.20", 5, "gtc")).await.status, 200);
}

/// A plan without a market has no such pages, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_a_market_says_so() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = crate::journey::programme(&mut owner, &tenant).await;
    let mut member = server.person("mei@example.com", None).await;
    assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    for path in ["market", "market/trades", "me/market", "me/market/offers", "me/market/trades"] {
        let answer = member.get(&format!("/programmes/{id}/{path}")).await;
        assert_eq!(code(&answer), (409, "no_market"), "{path}: {}", answer.text);
    }
    let answer = offers(&mut member, &id, wanted("buy", "1.00", 1, "gtc")).await;
    assert_eq!(code(&answer), (409, "no_market"));
    let cancel = member.post(&format!("/programmes/{id}/me/market/offers/x/cancel"), json!({})).await;
    assert_eq!(code(&cancel), (409, "no_market"));
    assert_eq!(code(&owner.get(&format!("/programmes/{id}/market/offers")).await), (409, "no_market"));
}
