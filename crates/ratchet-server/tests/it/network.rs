//! The referral network a branch at a time and as a map, and ranks with their evidence.

use serde_json::{Value, json};

use crate::client::{Person, TestServer};
use crate::journey::{buy, newest, programme_of, sandbox};

/// Ranks that a few orders reach.
fn plan() -> String {
    let text = include_str!("../../../../plans/distribution-mall.toml");
    let text = text.replace("volume = \"50000.00\"", "volume = \"1000.00\"");
    let (before, after) = text.split_once("[commission.regional]").expect("agents");
    let (_, after) = after.split_once("[commission.dividend]").expect("a dividend");
    format!("{before}[commission.dividend]{after}")
}

fn ids(of: &Value) -> Vec<&str> {
    of.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// Brings members in by paid orders of 100.00 each, and binds each to its referrer.
async fn bring_in(owner: &mut Person, programme: &str, members: &[(String, Option<String>)]) {
    let order = |(member, _): &(String, Option<String>)| {
        let lines = json!([{ "line": "1", "amount": "100.00" }]);
        Some(json!({ "type": "order.pay", "order": format!("o-{member}"), "member": member, "lines": lines }))
    };
    let bind = |(member, referrer): &(String, Option<String>)| {
        let referrer = referrer.as_ref()?;
        Some(json!({ "type": "member.bind", "member": member, "referrer": referrer }))
    };
    let commands: Vec<Value> =
        members.iter().filter_map(order).chain(members.iter().filter_map(bind)).collect();
    for some in commands.chunks(1_000) {
        let batch = json!({ "commands": some });
        let mut done = owner.post(&format!("/programmes/{programme}/batches"), batch.clone()).await;
        // So many commands are more than a person may send within a moment.
        while done.status == 429 {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            done = owner.post(&format!("/programmes/{programme}/batches"), batch.clone()).await;
        }
        assert_eq!(done.status, 200, "{}", done.text);
        assert!(!done.text.contains("refusal"), "{}", done.text);
    }
}

fn member(id: &str, referrer: Option<&str>) -> (String, Option<String>) {
    (id.to_owned(), referrer.map(str::to_owned))
}

/// TREE-1, TREE-4: the largest branches first, the way from the top, and binding with its refusals.
#[tokio::test(flavor = "multi_thread")]
async fn the_network_opens_a_branch_at_a_time() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = sandbox(&mut owner, &tenant, &plan()).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    // a over b over c, d and e; d over f; z alone.
    let members = [
        member("a", None),
        member("z", None),
        member("b", Some("a")),
        member("c", Some("b")),
        member("d", Some("b")),
        member("e", Some("b")),
        member("f", Some("d")),
    ];
    bring_in(&mut owner, &id, &members).await;

    let top = owner.get(&at("network")).await;
    assert_eq!(
        (top.status, &top.body["members"], top.body.get("root")),
        (200, &json!(7), None),
        "{}",
        top.text
    );
    assert_eq!(ids(&top.body["items"]), ["a", "z"], "the largest branch first");
    let first = &top.body["items"][0];
    let counts = ["referrals", "below", "generations"].map(|name| &first[name]);
    assert_eq!(counts, [&json!(1), &json!(5), &json!(3)]);
    assert_eq!((&first["spent"], &first["team_spent"]), (&json!("100.00"), &json!("500.00")));

    // Pages go on after the last, whatever stands before.
    let page = owner.get(&at("network?root=b&limit=2")).await;
    assert_eq!(ids(&page.body["items"]), ["d", "c"], "{}", page.text);
    assert_eq!((page.text_at("/root/id"), ids(&page.body["above"])), ("b".to_owned(), vec!["a"]));
    let rest = owner.get(&at(&format!("network?root=b&limit=2&cursor={}", page.text_at("/next")))).await;
    assert_eq!((ids(&rest.body["items"]), rest.body.get("next")), (vec!["e"], None));
    // The way to a member, from the top.
    let way = owner.get(&at("network?root=f")).await;
    assert_eq!((ids(&way.body["above"]), &way.body["above_more"]), (vec!["a", "b", "d"], &json!(0)));
    assert_eq!(way.body["items"], json!([]));

    for (path, status) in [
        ("network?root=nobody", 404),
        ("network?cursor=x", 400),
        ("network/map?root=nobody", 404),
        ("network/map?depth=17", 400),
    ] {
        assert_eq!(owner.get(&at(path)).await.status, status, "{path}");
    }
    // Bound to somebody, the one who stood alone is below it from now on.
    let path = at("members/z/referrer");
    let would = owner.post(&format!("{path}?preview=true"), json!({ "referrer": "a" })).await;
    assert_eq!((would.status, &would.body["applied"]), (200, &json!(true)), "{}", would.text);
    for (referrer, code) in
        [("z", "referrer_is_self"), ("nobody", "referrer_unknown"), ("b", "referrer_not_older")]
    {
        let refused = owner.post(&path, json!({ "referrer": referrer })).await;
        assert_eq!(refused.text_at("/code"), code, "{}", refused.text);
    }
    assert_eq!(owner.post(&path, json!({ "referrer": "a" })).await.status, 200);
    assert_eq!(ids(&owner.get(&at("network")).await.body["items"]), ["a"]);
    assert_eq!(owner.post(&path, json!({ "referrer": "a" })).await.text_at("/code"), "referrer_bound");
    let mut outsider = server.person("mei@example.com", None).await;
    assert_eq!(outsider.get(&at("network")).await.status, 404);
}

/// TREE-2: bounded, each part within its parent, everybody once.
#[tokio::test(flavor = "multi_thread")]
async fn the_map_stays_small_and_adds_up() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = sandbox(&mut owner, &tenant, &plan()).await;
    // One with 300 referrals of whom the first has 30 more below it, and 60 alone.
    let mut members = vec![member("m", None)];
    members.extend((0..60).map(|n| member(&format!("alone-{n}"), None)));
    members.extend((0..300).map(|n| member(&format!("r-{n}"), Some("m"))));
    members.extend((0..30).map(|n| member(&format!("s-{n}"), Some("r-0"))));
    bring_in(&mut owner, &id, &members).await;

    let map = owner.get(&format!("/programmes/{id}/network/map")).await;
    assert_eq!((&map.body["members"], &map.body["generations"]), (&json!(391), &json!(3)), "{}", map.text);
    let branches = map.body["branches"].as_array().unwrap();
    assert!((100..=481).contains(&branches.len()), "{}", branches.len());
    let number = |of: &Value, name: &str| of[name].as_u64().unwrap();
    assert_eq!((&branches[0]["id"], number(&branches[0], "members")), (&json!("m"), 331));
    for (place, branch) in branches.iter().enumerate() {
        let (from, members) = (number(branch, "from"), number(branch, "members"));
        match branch["parent"].as_u64() {
            None => assert_eq!(number(branch, "generation"), 1),
            Some(parent) => {
                let above = &branches[usize::try_from(parent).unwrap()];
                assert!(usize::try_from(parent).unwrap() < place);
                assert_eq!(number(branch, "generation"), number(above, "generation") + 1);
                let (start, end) = (number(above, "from"), number(above, "from") + number(above, "members"));
                assert!(from > start && from + members <= end, "within its parent: {branch}");
            }
        }
    }
    // Every member is in exactly one branch right below the top, and so is what it spent.
    let top: Vec<&Value> = branches.iter().filter(|branch| branch.get("parent").is_none()).collect();
    assert_eq!(top.iter().map(|branch| number(branch, "members")).sum::<u64>(), 391);
    assert_eq!(top.iter().map(|branch| number(branch, "branches")).sum::<u64>(), 61);
    let below_m: u64 = branches
        .iter()
        .filter(|branch| branch["parent"] == json!(0))
        .map(|branch| number(branch, "members"))
        .sum();
    assert_eq!(below_m, 330);
    // A branch by itself begins below its head.
    let of_r = owner.get(&format!("/programmes/{id}/network/map?root=r-0&depth=1")).await;
    assert_eq!((&of_r.body["members"], of_r.text_at("/root/id")), (&json!(31), "r-0".to_owned()));
    assert_eq!(of_r.body["branches"].as_array().unwrap().len(), 30);
}

/// RANK-4: who has a rank, by which change, with what counted then.
#[tokio::test(flavor = "multi_thread")]
async fn ranks_are_told_with_what_counted() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme_of(&mut owner, &tenant, &plan()).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    let mut mei = server.person("mei@example.com", None).await;
    let mei_id = mei.post(&at("me"), json!({})).await.text_at("/id");
    let code = mei.get(&at("me/invitation")).await.text_at("/code");
    let mut lin = server.person("lin@example.com", None).await;
    assert_eq!(lin.post(&at("me"), json!({ "invitation": code })).await.status, 200);
    let order = buy(&server, &mut lin, &id).await;
    assert_eq!(lin.post(&at(&format!("orders/{order}/receive")), json!({})).await.status, 200);
    for by in ["next_settlement", "next_close"] {
        assert_eq!(owner.post(&at("clock"), json!({ "by": by })).await.status, 200);
    }
    let seq = newest(&mut owner, &id).await;
    let ranks = owner.get(&at(&format!("ranks?min_seq={seq}"))).await;
    let counts: Vec<&Value> =
        ranks.body["items"].as_array().unwrap().iter().map(|rank| &rank["members"]).collect();
    assert_eq!(counts, [&json!(1), &json!(0), &json!(0), &json!(0), &json!(0)], "{}", ranks.text);
    assert_eq!((&ranks.body["without"], &ranks.body["volume"]), (&json!(1), &json!("team")));
    assert_eq!(ranks.body["items"][0]["rank"]["volume"], "1000.00");

    let change = json!({
        "member": mei_id, "to": { "zh": "一级", "en": "Level 1" }, "up": true, "team_volume": "1000.00",
        "legs": [{ "rank": { "zh": "三级", "en": "Level 3" }, "legs": 0 }, { "rank": { "zh": "四级", "en": "Level 4" }, "legs": 0 }],
        "day": "2026-01-08",
    });
    let without = |of: &Value, names: &[&str]| {
        let mut of = of.clone();
        for name in names {
            assert!(of.as_object_mut().unwrap().remove(*name).is_some(), "{name}: {of}");
        }
        of
    };
    let of_rank = owner.get(&at("ranks/members?rank=0")).await;
    let row = &of_rank.body["items"][0];
    assert_eq!(
        (&row["id"], &row["name"], &row["team_volume"]),
        (&json!(mei_id), &json!("mei@example.com"), &json!("1000.00"))
    );
    assert_eq!(without(&row["change"], &["seq"]), change, "{}", of_rank.text);
    assert_eq!(owner.get(&at("ranks/members?rank=1")).await.body["items"], json!([]));
    let of_day = owner.get(&at("ranks/changes?day=2026-01-08")).await;
    assert_eq!(without(&of_day.body["items"][0], &["seq", "name"]), change, "{}", of_day.text);
    assert_eq!(owner.get(&at("ranks/changes?day=2026-01-07")).await.body["items"], json!([]));
    assert_eq!(owner.get(&at("ranks/changes?day=soon")).await.text_at("/facts/error/code"), "date_form");
    let evidence = owner.get(&at(&format!("members/{mei_id}/rank"))).await;
    assert_eq!(evidence.text_at("/rank/rank/name/en"), "Level 1", "{}", evidence.text);
    assert_eq!(without(&evidence.body["changes"][0], &["seq", "name"]), change);
    assert_eq!(owner.get(&at("members/nobody/rank")).await.status, 404);
    // The tree says the rank too.
    assert_eq!(owner.get(&at("network")).await.text_at("/items/0/rank/en"), "Level 1");

    let other = crate::journey::programme(&mut owner, &tenant).await;
    for path in ["ranks", "ranks/members?rank=0", "ranks/changes"] {
        let answer = owner.get(&format!("/programmes/{other}/{path}")).await;
        assert_eq!((answer.status, answer.text_at("/code").as_str()), (409, "plan_has_no"), "{path}");
    }
}
