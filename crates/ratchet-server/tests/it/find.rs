//! What staff look for: things by id, a member's timeline, refunds, an entry decided again.

use serde_json::{Value, json};

use crate::client::TestServer;
use crate::journey::{buy, order, programme};

fn ids(body: &Value) -> Vec<(String, String)> {
    let items = body["items"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    items.map(|hit| (text(&hit["kind"]), text(&hit["id"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn things_are_found_by_the_beginning_of_their_id_and_people_by_their_login() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let mut member = server.person("138 0000 0001", None).await;
    let mine = member.post(&format!("/programmes/{id}/me"), json!({})).await.text_at("/id");
    let bought = order(&mut member, &id).await;
    let search = |text: &str| format!("/programmes/{id}/search?q={text}");

    let [whole, beginning] = [bought.clone(), bought[..6].to_owned()];
    for text in [whole, beginning] {
        let found = owner.get(&format!("{}&min_seq=2", search(&text))).await;
        assert_eq!(ids(&found.body), [("order".to_owned(), bought.clone())], "{}", found.text);
        assert_eq!(found.text_at("/items/0/member"), mine);
    }
    for text in ["13800000001", "138%200000%200001", mine.as_str()] {
        let found = owner.get(&search(text)).await;
        assert_eq!(ids(&found.body), [("member".to_owned(), mine.clone())], "{text}: {}", found.text);
    }
    // A part of a number is nobody's: only a whole one is.
    assert_eq!(ids(&owner.get(&search("1380000000")).await.body), []);
    let article = owner.get(&search("%E8%8C%B6")).await;
    assert_eq!(ids(&article.body), [("product".to_owned(), "tea".to_owned())], "by its name");
    assert_eq!(ids(&owner.get(&search("1")).await.body), [("entry".to_owned(), "1".to_owned())]);
    assert_eq!(ids(&owner.get(&search("999")).await.body), []);
    assert_eq!(owner.get(&search("")).await.text_at("/errors/0/pointer"), "#query/q");
    assert_eq!(member.get(&search("1")).await.status, 404, "members do not search");
    drop(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_that_concerns_a_member_is_in_its_timeline_once() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme(&mut owner, &tenant).await;
    let at = |rest: &str| format!("/programmes/{id}{rest}");
    let mut members = Vec::new();
    for login in ["a@example.com", "b@example.com"] {
        let mut member = server.person(login, None).await;
        let mine = member.post(&at("/me"), json!({})).await.text_at("/id");
        let kept = buy(&server, &mut member, &id).await;
        assert_eq!(member.post(&at(&format!("/orders/{kept}/receive")), json!({})).await.status, 200);
        members.push((member, mine, kept));
    }
    let (member, mine, kept) = &mut members[0];
    let early = buy(&server, member, &id).await;
    assert_eq!(member.post(&at(&format!("/orders/{early}/refunds")), json!({})).await.status, 200);
    owner.post(&at("/clock"), json!({ "by": "next_settlement" })).await;
    let quote = member.get(&at("/me/points/quote?points=50")).await.text_at("/quote");
    assert_eq!(member.post(&at("/me/points/sales"), json!({ "quote": quote })).await.status, 200);
    let asked = member.post(&at("/me/withdrawals"), json!({ "amount": "20.00" })).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert_eq!(owner.post(&at(&format!("/orders/{kept}/refunds")), json!({})).await.status, 200);

    // Whatever the size of the pages, they are the same list.
    let head = owner.get(&at("")).await.seq();
    let mut listed = Vec::new();
    for limit in [50, 3, 1] {
        let (mut seqs, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = owner
                .get(&at(&format!("/members/{mine}/timeline?limit={limit}&min_seq={head}{cursor}")))
                .await;
            assert_eq!(page.status, 200, "{}", page.text);
            for item in page.body["items"].as_array().expect("entries") {
                seqs.push((item["seq"].as_u64().expect("a number"), item.to_string()));
            }
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(seqs.windows(2).all(|pair| pair[0].0 > pair[1].0), "newest first, each once: {seqs:?}");
        listed.push(seqs);
    }
    assert_eq!(listed[0], listed[1]);
    assert_eq!(listed[0], listed[2]);
    // Against the journal: entries that move an account of this member, or name it or an order of it.
    let mut expected = Vec::new();
    for seq in 0..=head {
        let explained = owner.get(&at(&format!("/entries/{seq}/explanations"))).await;
        let moves = explained.body["items"]
            .as_array()
            .is_some_and(|items| items.iter().any(|item| item["owner"] == **mine));
        let entry = owner.get(&at(&format!("/entries/{seq}"))).await;
        let named = [mine.as_str(), kept.as_str(), early.as_str()];
        let names = named.iter().any(|id| entry.body["command"].to_string().contains(id));
        if moves || names {
            expected.push(seq);
        }
    }
    expected.reverse();
    assert_eq!(listed[0].iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), expected);
    let all: String = listed[0].iter().map(|(_, text)| text.as_str()).collect();
    for what in
        ["joined", "placed", "paid", "received", "settled", "refund", "withdrawal.requested", "wallet.cash"]
    {
        assert!(all.contains(&format!("\"{what}\"")), "{what}: {all}");
    }

    let refunds = owner.get(&at(&format!("/refunds?min_seq={head}"))).await;
    let late: Vec<&Value> =
        refunds.body["items"].as_array().expect("refunds").iter().map(|each| &each["late"]).collect();
    assert_eq!(late, [true, false], "{}", refunds.text);

    // An entry is decided again from the journal; names stand beside ids for staff.
    let decided = owner.get(&at(&format!("/entries/{head}/decision"))).await;
    assert_eq!(decided.text_at("/verdict"), "equal", "{}", decided.text);
    assert!(decided.body["entries"].as_u64() > Some(head));
    assert_eq!(owner.get(&at(&format!("/entries/{}/decision", head + 1))).await.status, 404);
    assert_eq!(owner.get(&at(&format!("/entries/{head}"))).await.text_at("/actor_name"), "Owner");
    let log = owner.get(&format!("/tenants/{tenant}/audit-log")).await;
    assert_eq!(log.text_at("/items/0/name"), "Owner");
    let asset =
        owner.get(&at(&format!("/entries/{}/explanations", asked.seq()))).await.text_at("/items/0/asset");
    assert_eq!(asset, "money");
    let lots = member.get(&at("/me/lots")).await;
    assert_eq!(lots.text_at("/items/0/ordered_at"), "2026-01-01T00:00:00Z");
    drop(server.stop().await);
}
