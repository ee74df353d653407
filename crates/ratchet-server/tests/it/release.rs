//! Release points: what is said of today's close before the task, and what the close then does (REL-8).

use serde_json::{Value, json};

use crate::client::TestServer;
use crate::journey::{buy, newest, programme_of};

/// A part of what is bought is granted; three parts of the money are cash.
const PLAN: &str = "[programme]\nname = { zh = \"绿色积分\", en = \"Green points\" }\ncurrency = \"CNY\"\nutc_offset = \"+08:00\"\n\
    mode = \"sandbox\"\n[settlement]\nafter_sale_days = 1\n[split]\ncost = \"30%\"\n[split.funds]\nrelease = \"50%\"\n[release]\n\
    grant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"release\"\nreconsume_share = \"30%\"\n[release.acceleration]\ndirect = \"50%\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_the_close_is_what_it_does() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme_of(&mut owner, &tenant, PLAN).await;
    let mut member = server.person("mei@example.com", None).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let joined = member.post(&at("me"), json!({})).await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    let name = member.get(&at("me")).await.text_at("/id");

    let order = buy(&server, &mut member, &id).await;
    let received = member.post(&at("commands"), json!({ "type": "order.receive", "order": order })).await;
    assert_eq!(received.status, 200, "{}", received.text);
    for _ in 0..2 {
        let moved = owner.post(&at("clock"), json!({ "by": "day" })).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
    }
    let seq = newest(&mut owner, &id).await;
    let before = member.get(&at(&format!("me/release?min_seq={seq}"))).await;
    assert_eq!(before.status, 200, "{}", before.text);
    // 500 points at 3 ‰ are 1.50: 1.05 in cash, 0.45 for goods.
    let stage = &before.body["if_done"];
    assert_eq!(
        (&stage["released"], &stage["cash"], &stage["reconsume"], &stage["left"]),
        (&json!("1.5"), &json!("1.05"), &json!("0.45"), &json!("498.5")),
        "{}",
        before.text
    );
    assert_eq!((&before.body["done"], &before.body["fund"]), (&json!(false), &json!("500.00")));
    assert_eq!(
        before.body["terms"],
        json!({ "rate": "0.3%", "of_granted": true, "reconsume_share": "30%", "direct": "50%" })
    );
    let lot = &before.body["lots"][0];
    assert_eq!((&lot["order"], &lot["granted"], &lot["next"]), (&json!(order), &json!("500"), &json!("1.5")));
    let grant = lot["seq"].as_u64().expect("a number");
    let entry = member.get(&at(&format!("entries/{grant}/explanations"))).await;
    assert!(entry.text.contains("REL-1"), "the lot leads to the entry that granted it: {}", entry.text);

    // The server says it of a film that was watched (`tasks.rs`); staff may where it could not see it, the member may not.
    let completes = json!({ "type": "task.complete", "member": name });
    assert_eq!(member.post(&at("commands"), completes.clone()).await.status, 404);
    let done = owner.post(&at("commands"), completes).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(member.get(&at("me/release")).await.body["done"], json!(true));
    assert_eq!(owner.post(&at("clock"), json!({ "by": "day" })).await.status, 200);
    let seq = newest(&mut owner, &id).await;
    let wallet = member.get(&at(&format!("me/wallet?min_seq={seq}"))).await;
    assert_eq!(
        (wallet.text_at("/cash"), wallet.text_at("/reconsume")),
        ("1.05".to_owned(), "0.45".to_owned())
    );
    let after = member.get(&at(&format!("me/release?min_seq={seq}"))).await;
    assert_eq!(
        (&after.body["done"], &after.body["lots"][0]["released"], &after.body["fund"]),
        (&json!(false), &json!("1.5"), &json!("498.50"))
    );
    let moves = member.get(&at(&format!("me/movements?account=release&min_seq={seq}"))).await;
    let moved: Vec<&Value> =
        moves.body["items"].as_array().expect("a list").iter().map(|row| &row["amount"]).collect();
    assert_eq!(moved, [&json!("-1.5"), &json!("500")], "{}", moves.text);
    let of_release = moves.body["items"][0]["seq"].as_u64().expect("a number");
    let entry = member.get(&at(&format!("entries/{of_release}/explanations"))).await;
    assert!(entry.text.contains("REL-"), "{}", entry.text);
}

/// Who has no release points is told that there is nothing, not zeros.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_them_has_no_such_page() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = crate::journey::programme(&mut owner, &tenant).await;
    let mut member = server.person("mei@example.com", None).await;
    assert_eq!(member.get(&format!("/programmes/{id}/me/release")).await.status, 404, "not a member yet");
    assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    let answer = member.get(&format!("/programmes/{id}/me/release")).await;
    assert_eq!((answer.status, answer.body["code"].as_str()), (409, Some("no_release")));
}
