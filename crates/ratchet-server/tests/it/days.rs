//! What a close did for a member, with the numbers that made it: static release, acceleration and by whom, the day's emission, its rank.

use serde_json::json;

use crate::client::{Answer, TestServer};
use crate::journey::{buy, newest, programme_of};

const PLAN: &str = include_str!("../../../../plans/shared-purchase.toml");

#[tokio::test(flavor = "multi_thread")]
async fn a_close_is_told_with_its_numbers() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = programme_of(&mut owner, &tenant, PLAN).await;
    let at = |path: &str| format!("/programmes/{id}/{path}");
    // Mei invites Lin; both buy for 1,000.00: 500 green points and 100 value units each, 5 of Lin's more for Mei.
    let mut mei = server.person("mei@example.com", None).await;
    assert_eq!(mei.post(&at("me"), json!({})).await.status, 200);
    let code = mei.get(&at("me/invitation")).await.text_at("/code");
    let mut lin = server.person("lin@example.com", None).await;
    assert_eq!(lin.post(&at("me"), json!({ "invitation": code })).await.status, 200);
    for member in [&mut mei, &mut lin] {
        let order = buy(&server, member, &id).await;
        assert_eq!(member.post(&at(&format!("orders/{order}/receive")), json!({})).await.status, 200);
    }
    for by in ["week", "day"] {
        assert_eq!(owner.post(&at("clock"), json!({ "by": by })).await.status, 200);
    }
    let nothing = mei.get(&at("me/days")).await;
    assert_eq!(
        (nothing.status, &nothing.body["items"]),
        (200, &json!([])),
        "grants are no close: {}",
        nothing.text
    );
    for member in [&mei, &lin] {
        let member = member.clone().get(&at("me")).await.text_at("/id");
        let done = owner.post(&at("commands"), json!({ "type": "task.complete", "member": member })).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    assert_eq!(owner.post(&at("clock"), json!({ "by": "day" })).await.status, 200);
    let seq = newest(&mut owner, &id).await;
    let days = mei.get(&at(&format!("me/days?min_seq={seq}"))).await;
    // 3‰ of 500 by her own task, half of Lin's 1.50 by his, 3‰ of 105 value units.
    let day = &days.body["items"][0];
    let did =
        ["day", "released", "paid", "accelerated", "accelerated_paid", "value_units"].map(|name| &day[name]);
    let expected = ["2026-01-09", "1.5", "1.50", "0.75", "0.75", "0.315"].map(|text| json!(text));
    assert_eq!(did, expected.each_ref(), "{}", days.text);
    let detail: Answer = mei.get(&at("me/days/2026-01-09")).await;
    assert_eq!(
        (&detail.body["direct"], &detail.body["accelerated_by"]),
        (
            &json!("50%"),
            &json!([{ "name": "lin@example.com", "generation": 1, "released": "1.5", "due": "0.75" }])
        ),
        "{}",
        detail.text
    );
    // 92,250 a year are 252.739… a day, rounded down to 10⁻¹²; 80% of it by 0.315 of 0.615 value units.
    let emission = &detail.body["emission"];
    assert_eq!(
        [&emission["own"], &emission["all"], &emission["amount"], &emission["pot"], &emission["got"]],
        ["0.315", "0.615", "252.739726027397", "202.191780821917", "103.561643835616"]
            .map(|text| json!(text))
            .each_ref(),
        "{}",
        detail.text
    );
    assert_eq!(emission["got"], day["emission"]);
    assert_eq!(emission["guide"]["released"], json!("0.615"));
    let stands = mei.get(&at("me/emission")).await;
    assert_eq!(
        (&stands.body["value_units"], &stands.body["emission"], &stands.body["guide"]),
        (&json!("104.685"), &day["emission"], &emission["guide"]),
        "{}",
        stands.text
    );
    let closes = owner.get(&at("closes?limit=1")).await;
    let close = &closes.body["items"][0];
    let numbers = ["day", "released", "paid", "accelerated", "value_units", "amount", "to_members"]
        .map(|name| &close[name]);
    let expected = ["2026-01-09", "3", "3.00", "0.75", "0.615", "252.739726027397", "202.191780821916"];
    assert_eq!(numbers, expected.map(|text| json!(text)).each_ref(), "{}", closes.text);
    assert_eq!((&close["members"], &close["guide"]), (&json!(2), &emission["guide"]), "{}", closes.text);
    let earlier = owner.get(&at(&format!("closes?limit=1&cursor={}", closes.text_at("/next")))).await;
    assert_eq!(earlier.text_at("/items/0/day"), "2026-01-08", "{}", earlier.text);
    assert_eq!(mei.get(&at("closes")).await.status, 404);
    // Lin's day names nobody, and of Mei's nothing is told to him.
    let of_lin = lin.get(&at("me/days/2026-01-09")).await;
    assert_eq!(
        (&of_lin.body["accelerated_by"], &of_lin.body["did"]["accelerated"]),
        (&json!([]), &json!("0"))
    );
    let none = lin.get(&at("me/days/2026-01-02")).await;
    assert_eq!((none.status, none.text_at("/code").as_str()), (409, "no_such_day"));

    let rank = mei.get(&at("me/rank")).await;
    assert_eq!(
        (&rank.body.get("rank"), &rank.body["team_volume"], &rank.body["own_volume"], &rank.body["lacking"]),
        (&None, &json!("1000.00"), &json!("1000.00"), &json!("149000.00")),
        "{}",
        rank.text
    );
    assert_eq!(rank.body["next"]["name"]["en"], "One star");
    assert_eq!(rank.body["legs"], json!([{ "name": "lin@example.com", "volume": "1000.00" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_them_says_so() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = crate::journey::programme(&mut owner, &tenant).await;
    let mut member = server.person("mei@example.com", None).await;
    assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    for (path, code) in [
        ("days", "no_daily_task"),
        ("days/2026-01-01", "no_daily_task"),
        ("emission", "plan_has_no"),
        ("rank", "plan_has_no"),
    ] {
        let answer = member.get(&format!("/programmes/{id}/me/{path}")).await;
        assert_eq!((answer.status, answer.text_at("/code").as_str()), (409, code));
    }
}
