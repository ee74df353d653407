//! Merchants: from the activation pack to money paid out, and what is refused on the way (MERCH-1 to MERCH-11).

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::{buy, newest, pay, programme, programme_of};

const PLAN: &str = include_str!("../../../../plans/shared-purchase.toml");

fn application(order: &str) -> Value {
    json!({
        "order": order, "shop": "Lin's tea", "contact": "138 0000 0001", "goods": "Tea of one garden",
        "documents": [{ "name": "Business licence", "number": "91330000X" }],
    })
}

async fn days(owner: &mut Person, programme: &str, count: u32) {
    for _ in 0..count {
        let moved = owner.post(&format!("/programmes/{programme}/clock"), json!({ "by": "day" })).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
    }
}

/// A member who bought the pack.
async fn bought(server: &TestServer, programme: &str, login: &str) -> (Person, String, String) {
    let mut person = server.person(login, None).await;
    let joined = person.post(&format!("/programmes/{programme}/me"), json!({})).await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    let order = buy(server, &mut person, programme).await;
    (person, joined.text_at("/id"), order)
}

/// An approved merchant whose member has free emission points; also the staff and a reviewer.
pub(crate) struct Approved {
    pub(crate) owner: Person,
    pub(crate) reviewer: Person,
    pub(crate) merchant: Person,
    pub(crate) id: String,
    pub(crate) member: String,
    pub(crate) programme: String,
}

pub(crate) async fn approved(server: &TestServer) -> Approved {
    let (mut owner, tenant) = server.owner().await;
    let programme = programme_of(&mut owner, &tenant, PLAN).await;
    let mut reviewer = server.staff(&mut owner, &tenant, "reviewer").await;
    let (mut merchant, member, order) = bought(server, &programme, "lin@example.com").await;
    let at = |path: &str| format!("/programmes/{programme}/{path}");
    let received = merchant.post(&at(&format!("orders/{order}/receive")), json!({})).await;
    assert_eq!(received.status, 200, "{}", received.text);
    let applied = merchant.post(&at("me/merchant/applications"), application(&order)).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    let id = applied.text_at("/id");
    let done = reviewer.post(&at(&format!("merchants/{id}/approve")), json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    // Nobody does a task, so nothing is issued by schedule and the guide price is the first; the reserve has what was not.
    days(&mut owner, &programme, 10).await;
    let issue = json!({ "type": "emission.propose", "issue": "first", "member": member, "points": "50" });
    let proposed = owner.post(&at("commands"), issue).await;
    assert_eq!(proposed.status, 200, "{}", proposed.text);
    let issued =
        reviewer.post(&at("commands"), json!({ "type": "emission.approve", "issue": "first" })).await;
    assert_eq!(issued.status, 200, "{}", issued.text);
    Approved { owner, reviewer, merchant, id, member, programme }
}

fn code(answer: &crate::client::Answer) -> (u16, String) {
    (answer.status, answer.text_at("/code"))
}

/// MERCH-7: what was said, the reason, once more under the same id.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_rejected_with_its_reason_and_comes_again() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let programme = programme_of(&mut owner, &tenant, PLAN).await;
    let at = |path: &str| format!("/programmes/{programme}/{path}");
    let mut reviewer = server.staff(&mut owner, &tenant, "reviewer").await;

    // Nothing bought: what is missing is said.
    let mut member = server.person("lin@example.com", None).await;
    assert_eq!(member.post(&at("me"), json!({})).await.status, 200);
    let before = member.get(&at("me/merchant")).await;
    assert_eq!(before.status, 200, "{}", before.text);
    assert_eq!((before.text_at("/pack_from").as_str(), &before.body["packs"]), ("399.00", &json!([])));
    assert!(before.text_at("/why_not").contains("399.00"), "{}", before.text);
    assert!(before.body.get("merchant").is_none());
    for path in [
        "me/merchant/orders",
        "me/merchant/products",
        "me/merchant/payouts",
        "me/merchant/movements?account=payable",
    ] {
        assert_eq!(code(&member.get(&at(path)).await), (409, "not_a_merchant".to_owned()), "{path}");
    }

    // An order below the pack: the engine's refusal.
    let small = json!({
        "id": "sample", "title": { "zh": "小样", "en": "Sample" }, "description": { "zh": "一包", "en": "One bag" },
        "price": "10.00", "listed": true,
    });
    assert_eq!(owner.post(&at("products"), small).await.status, 200);
    let lines = json!({ "lines": [{ "product": "sample", "quantity": 1, "amount": "10.00" }] });
    let order = member.post(&at("orders"), lines).await;
    let sample = order.text_at("/id");
    let payment = pay(&mut member, &programme, &sample, "pay").await;
    server.until(&mut member, &at(&format!("payments/{payment}")), "/state", "paid").await;
    let refused = member.post(&at("me/merchant/applications"), application(&sample)).await;
    assert_eq!(code(&refused), (409, "below_activation_pack".to_owned()));
    let said = member.get(&at("me/merchant")).await.text_at("/why_not");
    assert_eq!(said, refused.text_at("/title"));

    // The pack: the application is taken, and a second one is not while it waits.
    let pack = buy(&server, &mut member, &programme).await;
    let may = member.get(&at("me/merchant")).await;
    assert_eq!((&may.body["packs"], may.body.get("why_not")), (&json!([pack]), None), "{}", may.text);
    let empty = json!({ "order": pack, "shop": "", "contact": "1", "goods": "1" });
    let fault = member.post(&at("me/merchant/applications"), empty).await;
    assert_eq!((fault.status, fault.text_at("/errors/0/pointer").as_str()), (422, "/shop"));
    let preview = member.post(&at("me/merchant/applications?preview=true"), application(&pack)).await;
    assert_eq!(
        (&preview.body["preview"], &preview.body["applied"]),
        (&json!(true), &json!(true)),
        "{}",
        preview.text
    );
    let applied = member.post_as("apply", &at("me/merchant/applications"), application(&pack)).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    let again = member.post_as("apply", &at("me/merchant/applications"), application(&pack)).await;
    assert_eq!(again.text, applied.text, "one key, one application");
    let twice = member.post(&at("me/merchant/applications"), application(&pack)).await;
    assert_eq!(code(&twice), (409, "merchant_exists".to_owned()));
    let id = applied.text_at("/id");

    // Staff sees who, when and by which order; a member does not see the list.
    let list = reviewer.get(&at("merchants")).await;
    let row = &list.body["items"][0];
    assert_eq!(
        (&row["id"], &row["state"], &row["pack"]["order"]),
        (&json!(id), &json!("applied"), &json!(pack)),
        "{}",
        list.text
    );
    assert_eq!((&row["pack"]["left"], &row["pack"]["needed"]), (&json!("1000.00"), &json!("399.00")));
    assert_eq!(
        (&row["application"]["shop"], &row["application"]["documents"][0]["number"]),
        (&json!("Lin's tea"), &json!("91330000X"))
    );
    assert!(row["steps"][0]["by"]["person"].is_string(), "{}", list.text);
    assert_eq!(member.get(&at("merchants")).await.status, 404);
    assert_eq!(member.post(&at(&format!("merchants/{id}/approve")), json!({})).await.status, 404);

    // Rejected: the reason is needed, and is read as it was written.
    let reject = at(&format!("merchants/{id}/reject"));
    assert_eq!(
        code(&reviewer.post(&reject, json!({ "reason": " " })).await),
        (409, "reason_missing".to_owned())
    );
    let reason = "The licence has ended; send the new number.";
    let done = reviewer.post(&reject, json!({ "reason": reason })).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let mine = member.get(&at(&format!("me/merchant?min_seq={}", done.seq()))).await;
    assert_eq!(
        (mine.text_at("/merchant/state").as_str(), mine.text_at("/merchant/reason").as_str()),
        ("rejected", reason),
        "{}",
        mine.text
    );
    assert!(
        mine.body["merchant"]["steps"][0].get("by").is_none(),
        "a member does not see who decided: {}",
        mine.text
    );
    assert_eq!(mine.body["packs"], json!([pack]));

    // The second application, approved by another person than who applied.
    let applied = member.post(&at("me/merchant/applications"), application(&pack)).await;
    assert_eq!((applied.status, applied.text_at("/id")), (200, id.clone()), "{}", applied.text);
    let approved = reviewer.post(&at(&format!("merchants/{id}/approve")), json!({})).await;
    assert_eq!(approved.status, 200, "{}", approved.text);
    let twice = reviewer.post(&at(&format!("merchants/{id}/approve")), json!({})).await;
    assert_eq!(code(&twice), (409, "merchant_state".to_owned()));
    let mine = member.get(&at(&format!("me/merchant?min_seq={}", approved.seq()))).await;
    let steps: Vec<&Value> =
        mine.body["merchant"]["steps"].as_array().unwrap().iter().map(|step| &step["state"]).collect();
    assert_eq!(steps, ["applied", "rejected", "applied", "approved"]);
    assert_eq!(mine.text_at("/merchant/state"), "approved");

    // What was said of the shop is part of what the server holds of the person.
    let export = member.get("/me/export").await;
    assert_eq!(export.body["programmes"][0]["merchant"]["application"]["contact"], "138 0000 0001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_merchants_says_so() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let mut member = server.person("lin@example.com", None).await;
    assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    for path in ["me/merchant", "me/merchant/orders", "me/merchant/tips/quote?member=m&value=1"] {
        let answer = member.get(&format!("/programmes/{id}/{path}")).await;
        assert_eq!(code(&answer), (409, "no_merchants_here".to_owned()), "{path}");
    }
}

/// MERCH-10, MERCH-11, MALL-12: a proposal is listed, its order is shipped with a number, what is owed is paid out.
#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_proposed_listed_sold_shipped_and_paid_out() {
    let server = TestServer::start().await;
    let Approved { mut owner, mut reviewer, mut merchant, id, programme, .. } = approved(&server).await;
    let at = |path: &str| format!("/programmes/{programme}/{path}");
    let tea = |award: &str, cost: &str| {
        json!({
            "title": { "zh": "明前龙井", "en": "First picking" }, "description": { "zh": "一两", "en": "50 g" },
            "price": "100.00", "cost": cost, "award": award,
        })
    };

    // What could not be listed is refused when it is proposed.
    let low = merchant.post(&at("me/merchant/products"), tea("99", "80.00")).await;
    assert_eq!(code(&low), (409, "award_too_low".to_owned()));
    let dear = merchant.post(&at("me/merchant/products"), tea("100", "100.01")).await;
    assert_eq!(
        (code(&dear), dear.text_at("/errors/0/pointer").as_str()),
        ((409, "cost_above_price".to_owned()), "/cost")
    );
    let proposed = merchant.post(&at("me/merchant/products"), tea("100", "80.00")).await;
    assert_eq!(proposed.status, 200, "{}", proposed.text);
    let second = merchant.post(&at("me/merchant/products"), tea("200", "90.00")).await;
    assert_eq!(second.status, 200, "{}", second.text);
    let mine = merchant.get(&at("me/merchant/products")).await;
    let (worse, product) = (mine.text_at("/items/0/id"), mine.text_at("/items/1/id"));
    assert_eq!(mine.text_at("/items/1/state"), "proposed");

    // Staff rejects one with a reason and lists the other; the merchant does neither.
    assert_eq!(merchant.post(&at(&format!("merchant-products/{product}/list")), json!({})).await.status, 404);
    let reason = json!({ "reason": "The same tea twice." });
    assert_eq!(owner.post(&at(&format!("merchant-products/{worse}/reject")), reason).await.status, 200);
    let listed = owner.post(&at(&format!("merchant-products/{product}/list")), json!({})).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let twice = owner.post(&at(&format!("merchant-products/{worse}/list")), json!({})).await;
    assert_eq!(code(&twice), (409, "product_decided".to_owned()));
    let mine = merchant.get(&at("me/merchant/products")).await;
    assert_eq!(
        (mine.text_at("/items/0/reason").as_str(), mine.text_at("/items/1/state").as_str()),
        ("The same tea twice.", "listed")
    );

    // Another member buys it; the merchant sees its line and not who bought.
    let mut buyer = server.person("mei@example.com", None).await;
    assert_eq!(buyer.post(&at("me"), json!({})).await.status, 200);
    let quote =
        buyer.post(&at("orders/quote"), json!({ "lines": [{ "product": product, "quantity": 1 }] })).await;
    assert_eq!(
        quote.body["shops"],
        json!([{ "merchant": id, "shop": "Lin's tea", "products": [product], "amount": "100.00" }])
    );
    let both =
        json!({ "lines": [{ "product": "tea", "quantity": 2 }, { "product": product, "quantity": 1 }] });
    let both = buyer.post(&at("orders/quote"), both).await;
    assert_eq!(
        both.body["shops"],
        json!([
            { "products": ["tea"], "amount": "2000.00" },
            { "merchant": id, "shop": "Lin's tea", "products": [product], "amount": "100.00" },
        ])
    );
    let order = buyer.post(&at("orders"), json!({ "lines": quote.body["lines"] })).await;
    assert_eq!(order.status, 200, "{}", order.text);
    let order = order.text_at("/id");
    let payment = pay(&mut buyer, &programme, &order, "pay").await;
    server.until(&mut buyer, &at(&format!("payments/{payment}")), "/state", "paid").await;
    let orders = merchant.get(&at("me/merchant/orders")).await;
    assert_eq!(orders.body["items"].as_array().map(Vec::len), Some(1), "{}", orders.text);
    assert_eq!(
        (orders.text_at("/items/0/id"), orders.text_at("/items/0/lines/0/title/en")),
        (order.clone(), "First picking".to_owned())
    );
    assert!(!orders.text.contains("member"), "{}", orders.text);
    let desk = merchant.get(&at("me/merchant")).await;
    assert_eq!(desk.text_at("/merchant/points_reserved"), "0.01", "{}", desk.text);

    // It ships its own order, no other, and says how.
    let shipment = json!({ "carrier": "SF Express", "number": "SF1234567" });
    let own_pack = at("me/merchant/orders/none/ship");
    assert_eq!(merchant.post(&own_pack, shipment.clone()).await.status, 404);
    assert_eq!(
        code(&buyer.post(&at(&format!("me/merchant/orders/{order}/ship")), shipment.clone()).await),
        (409, "not_a_merchant".to_owned())
    );
    let shipped = merchant.post(&at(&format!("me/merchant/orders/{order}/ship")), shipment.clone()).await;
    assert_eq!(shipped.status, 200, "{}", shipped.text);
    let again = merchant.post(&at(&format!("me/merchant/orders/{order}/ship")), shipment).await;
    assert_eq!(code(&again), (409, "order_state".to_owned()));
    let seen = buyer.get(&at(&format!("orders/{order}"))).await;
    assert_eq!(
        (seen.text_at("/state"), seen.text_at("/shipment/number")),
        ("shipped".to_owned(), "SF1234567".to_owned())
    );

    // What the buyer asks of it the merchant answers, since all of it is the merchant's (MALL-11).
    let talk = at(&format!("orders/{order}/messages"));
    assert_eq!(buyer.post(&talk, json!({ "text": "When does it come?" })).await.status, 200);
    let read = merchant.get(&talk).await;
    assert_eq!(
        (read.text_at("/side"), read.text_at("/items/0/text")),
        ("merchant".to_owned(), "When does it come?".to_owned())
    );
    assert_eq!(merchant.post(&talk, json!({ "text": "Tomorrow" })).await.status, 200);
    let read = buyer.get(&talk).await;
    assert_eq!(
        (read.text_at("/items/1/side"), read.text_at("/items/1/text")),
        ("merchant".to_owned(), "Tomorrow".to_owned())
    );

    // Received: the points burn. Settled: 80.00 are owed.
    assert_eq!(buyer.post(&at(&format!("orders/{order}/receive")), json!({})).await.status, 200);
    days(&mut owner, &programme, 8).await;
    let seq = newest(&mut owner, &programme).await;
    let desk = merchant.get(&at(&format!("me/merchant?min_seq={seq}"))).await;
    assert_eq!(
        (desk.text_at("/merchant/payable").as_str(), desk.text_at("/merchant/points_reserved").as_str()),
        ("80.00", "0")
    );
    let moved = merchant.get(&at(&format!("me/merchant/movements?account=payable&min_seq={seq}"))).await;
    assert_eq!(moved.text_at("/items/0/amount"), "80.00", "{}", moved.text);
    let moved = merchant.get(&at(&format!("me/merchant/movements?account=reserved&min_seq={seq}"))).await;
    assert_eq!(
        (moved.text_at("/items/0/amount"), moved.text_at("/items/1/amount")),
        ("-0.01".to_owned(), "0.01".to_owned()),
        "{}",
        moved.text
    );

    // More than that is not there; what is asked is reviewed by somebody else and paid.
    let much = merchant.post(&at("me/merchant/payouts"), json!({ "amount": "80.01" })).await;
    assert_eq!(code(&much), (409, "insufficient_payable".to_owned()));
    let asked = merchant.post(&at("me/merchant/payouts"), json!({ "amount": "80.00" })).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let payout = asked.text_at("/id");
    let inbox = reviewer.get(&at(&format!("inbox?min_seq={}", asked.seq()))).await;
    assert_eq!(
        (&inbox.body["items"][0]["withdrawal"]["merchant"], &inbox.body["items"][0]["may"]),
        (&json!(id), &json!(true)),
        "{}",
        inbox.text
    );
    assert_eq!(buyer.get(&at(&format!("me/withdrawals/{payout}"))).await.status, 404);
    assert_eq!(reviewer.post(&at(&format!("withdrawals/{payout}/approve")), json!({})).await.status, 200);
    let sent = owner.post(&at(&format!("withdrawals/{payout}/send")), json!({})).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    server.until(&mut merchant, &at(&format!("me/merchant/payouts/{payout}")), "/state", "paid").await;
    let paid = merchant.get(&at("me/merchant/payouts")).await;
    assert_eq!(
        (paid.text_at("/items/0/state").as_str(), paid.text_at("/items/0/net").as_str()),
        ("paid", "80.00")
    );
}

/// MERCH-9: points, what burns and both uplines before it is given.
#[tokio::test(flavor = "multi_thread")]
async fn a_tip_says_what_it_burns_and_pays_before_it_is_given() {
    let server = TestServer::start().await;
    let Approved { mut owner, mut merchant, member, programme, .. } = approved(&server).await;
    let at = |path: &str| format!("/programmes/{programme}/{path}");
    let mut guest = server.person("mei@example.com", None).await;
    assert_eq!(guest.post(&at("me"), json!({})).await.status, 200);
    let shown = guest.get(&at("me/code")).await;
    let to = shown.text_at("/code");
    assert!(shown.text_at("/qr").contains("<svg") && shown.text_at("/link").ends_with(&to), "{}", shown.text);

    // 1,000 units at ten for a yuan and 1,000 yuan a point: a tenth of one. Nobody has a rank, so all of it burns.
    let quote = merchant.get(&at(&format!("me/merchant/tips/quote?member={to}&value=1000"))).await;
    assert_eq!(quote.status, 200, "{}", quote.text);
    let would = &quote.body;
    assert_eq!((&would["value"], &would["merchant_value"]), (&json!("1000"), &json!("200")));
    assert_eq!((&would["points"], &would["left"]), (&json!("0.1"), &json!("49.9")), "{}", quote.text);
    assert_eq!(
        (&would["points"], &would["recipient_side"], &would["merchant_side"]),
        (&would["burned"], &json!([]), &json!([])),
        "{}",
        quote.text
    );
    let same = merchant.get(&at(&format!("me/merchant/tips/quote?member={to}&concession=100.00"))).await;
    assert_eq!(same.body, quote.body, "ten units for each unit of the currency");
    let preview =
        merchant.post(&at("me/merchant/tips?preview=true"), json!({ "member": to, "value": "1000" })).await;
    let changes = preview.body["balances"].as_array().expect("a list");
    let cost = changes.iter().find(|change| change["account"] == "emission.points").expect("it costs points");
    assert_eq!(cost["change"], json!(format!("-{}", quote.text_at("/points"))), "{}", preview.text);

    let given = merchant.post(&at("me/merchant/tips"), json!({ "member": to, "value": "1000" })).await;
    assert_eq!(given.status, 200, "{}", given.text);
    let seq = newest(&mut owner, &programme).await;
    let desk = merchant.get(&at(&format!("me/merchant?min_seq={seq}"))).await;
    assert_eq!(desk.text_at("/merchant/points_free"), quote.text_at("/left"));

    // What is refused: oneself, nobody, more than there is, both sizes or none, somebody without a merchant.
    let tip = |body: Value| (at("me/merchant/tips"), body);
    for (body, expected) in [
        (json!({ "member": member, "value": "1" }), "tip_to_self"),
        (json!({ "member": "nobody", "value": "1" }), "member_unknown"),
        (json!({ "member": to, "value": "1000000000" }), "insufficient_emission"),
        (json!({ "member": to, "value": "0" }), "amount_not_positive"),
        (json!({ "member": to }), "field_invalid"),
        (json!({ "member": to, "value": "1", "concession": "1.00" }), "field_invalid"),
    ] {
        let (path, body) = tip(body);
        assert_eq!(merchant.post(&path, body).await.text_at("/code"), expected);
    }
    let refused = merchant.get(&at(&format!("me/merchant/tips/quote?member={member}&value=1"))).await;
    assert_eq!(
        (refused.status, refused.body["facts"]["code"].clone()),
        (409, json!("tip_to_self")),
        "{}",
        refused.text
    );
    let (path, body) = tip(json!({ "member": member, "value": "1" }));
    assert_eq!(guest.post(&path, body).await.text_at("/code"), "not_a_merchant");
}

/// MERCH-8: one appeal at a time, and its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_merchant_reads_why_and_appeals() {
    let server = TestServer::start().await;
    let Approved { mut owner, mut reviewer, mut merchant, id, programme, .. } = approved(&server).await;
    let at = |path: &str| format!("/programmes/{programme}/{path}");
    let mut guest = server.person("mei@example.com", None).await;
    let to = guest.post(&at("me"), json!({})).await.text_at("/id");
    let appeal = json!({ "text": "The goods came back whole." });
    let early = merchant.post(&at("me/merchant/appeals"), appeal.clone()).await;
    assert_eq!(code(&early), (409, "merchant_not_suspended".to_owned()));

    let suspend = at(&format!("merchants/{id}/suspend"));
    let reason = json!({ "reason": "Three orders were not sent." });
    assert_eq!(reviewer.post(&suspend, reason.clone()).await.status, 404, "whoever approves does not manage");
    let done = owner.post(&suspend, reason).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let mine = merchant.get(&at(&format!("me/merchant?min_seq={}", done.seq()))).await;
    assert_eq!(
        (mine.text_at("/merchant/state").as_str(), mine.text_at("/merchant/reason").as_str()),
        ("suspended", "Three orders were not sent.")
    );
    let tip = merchant.post(&at("me/merchant/tips"), json!({ "member": to, "value": "1" })).await;
    assert_eq!(code(&tip), (409, "merchant_state".to_owned()));

    assert_eq!(merchant.post(&at("me/merchant/appeals"), appeal.clone()).await.status, 200);
    let twice = merchant.post(&at("me/merchant/appeals"), appeal).await;
    assert_eq!(code(&twice), (409, "appeal_waits".to_owned()));
    let list = owner.get(&at("merchants")).await;
    assert_eq!(list.text_at("/items/0/appeals/0/text"), "The goods came back whole.");
    let answer =
        at(&format!("merchants/{id}/appeals/{}/answer", list.body["items"][0]["appeals"][0]["number"]));
    assert_eq!(owner.post(&answer, json!({ "text": "We checked: you are right." })).await.status, 200);
    assert_eq!(
        code(&owner.post(&answer, json!({ "text": "Once more." })).await),
        (409, "proposal_decided".to_owned())
    );
    let resumed = owner.post(&at(&format!("merchants/{id}/resume")), json!({})).await;
    assert_eq!(resumed.status, 200, "{}", resumed.text);
    let mine = merchant.get(&at(&format!("me/merchant?min_seq={}", resumed.seq()))).await;
    assert_eq!(mine.text_at("/merchant/state"), "approved");
    assert_eq!(mine.text_at("/merchant/appeals/0/answer"), "We checked: you are right.");
    assert!(mine.body["merchant"].get("reason").is_none(), "{}", mine.text);
}

/// A voucher is redeemed by the merchant of its goods and by no code that is another.
#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_redeemed_by_its_code_alone() {
    let server = TestServer::start().await;
    let Approved { mut merchant, programme, .. } = approved(&server).await;
    let path = format!("/programmes/{programme}/me/merchant/vouchers");
    let none = merchant.post(&path, json!({ "order": "none", "code": "1234" })).await;
    assert_eq!(code(&none), (409, "order_unknown".to_owned()));
    let (mut other, _, order) = bought(&server, &programme, "mei@example.com").await;
    let refused = merchant.post(&path, json!({ "order": order, "code": "1234" })).await;
    assert_eq!(code(&refused), (409, "voucher_state".to_owned()));
    let refused = other.post(&path, json!({ "order": order, "code": "1234" })).await;
    assert_eq!(code(&refused), (409, "not_a_merchant".to_owned()));
}
