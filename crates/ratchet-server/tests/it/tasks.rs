//! The day's task: a film that was watched is credited by the server alone (VIEW-1 to VIEW-6), whatever a page says.

use serde_json::{Value, json};

use crate::client::{Answer, Person, TestServer};
use crate::journey::{buy, programme_of, sandbox};

const PLAN: &str = "[programme]\nname = { zh = \"共享购\", en = \"Shared purchase\" }\ncurrency = \"CNY\"\nutc_offset = \"+08:00\"\n\
    mode = \"sandbox\"\n[settlement]\nafter_sale_days = 1\n[split]\ncost = \"30%\"\n[split.funds]\nrelease = \"50%\"\n[release]\n\
    grant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"release\"\nreconsume_share = \"30%\"\n";
const NAMED: &str = "tasks_required = 2\n[[task]]\nid = \"watch\"\nname = { zh = \"看短片\", en = \"Watch\" }\n[[task]]\nid = \"sign_in\"\n\
    name = { zh = \"签到\", en = \"Sign in\" }\n[[task]]\nid = \"read\"\nname = { zh = \"阅读\", en = \"Read\" }\n";

/// A member at today's film of a minute.
struct Stage {
    server: TestServer,
    owner: Person,
    member: Person,
    id: String,
}

impl Stage {
    async fn new(plan: &str) -> Stage {
        let server = TestServer::start().await;
        let (mut owner, tenant) = server.owner().await;
        let id = sandbox(&mut owner, &tenant, plan).await;
        let film = json!({ "items": [film("hills", "2026-01-01", 60)] });
        let put = owner.post(&format!("/programmes/{id}/films"), film).await;
        assert_eq!(put.status, 200, "{}", put.text);
        let mut member = server.person("mei@example.com", None).await;
        assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
        Stage { server, owner, member, id }
    }

    fn at(&self, path: &str) -> String {
        format!("/programmes/{}/{path}", self.id)
    }

    async fn begin(&mut self) -> String {
        let path = self.at("me/viewings");
        let begun = self.member.post(&path, json!({})).await;
        assert_eq!(begun.status, 200, "{}", begun.text);
        begun.text_at("/id")
    }

    /// After so many milliseconds the page says where the film stands.
    async fn says(&mut self, viewing: &str, after_ms: i64, position_ms: i64, playing: bool) -> Answer {
        self.server.later(after_ms);
        let path = self.at(&format!("me/viewings/{viewing}/heartbeats"));
        self.member.post(&path, json!({ "position_ms": position_ms, "playing": playing })).await
    }

    /// Watches so many heartbeats from a position on; the last answer.
    async fn watch(&mut self, viewing: &str, from_ms: i64, beats: i64) -> Answer {
        let mut last = None;
        for beat in 1..=beats {
            let answer = self.says(viewing, 2_000, from_ms + beat * 2_000, true).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            last = Some(answer);
        }
        last.expect("some")
    }

    async fn task(&mut self) -> Value {
        let path = self.at("me/task");
        let answer = self.member.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }
}

fn film(id: &str, from: &str, seconds: u32) -> Value {
    json!({ "id": id, "from": from, "title": { "zh": "茶园", "en": "Tea garden" }, "seconds": seconds })
}

fn refused(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

/// VIEW-2, VIEW-3: a film of a minute takes a minute, and the server itself says that the task was done.
#[tokio::test(flavor = "multi_thread")]
async fn view_3_the_server_says_that_the_task_was_done() {
    let mut stage = Stage::new(PLAN).await;
    let before = stage.task().await;
    assert_eq!(
        (&before["done"], &before["film"]["seconds"], &before["film_open"], &before["today"]),
        (&json!(false), &json!(60), &json!(true), &json!("2026-01-01"))
    );
    let viewing = stage.begin().await;
    let almost = stage.watch(&viewing, 0, 29).await;
    assert_eq!((&almost.body["watched_ms"], &almost.body["done"]), (&json!(58_000), &json!(false)));
    assert_eq!(stage.task().await["done"], json!(false));
    // A preview of the last one changes nothing.
    stage.server.later(2_000);
    let path = stage.at(&format!("me/viewings/{viewing}/heartbeats"));
    let beat = json!({ "position_ms": 60_000, "playing": true });
    let would = stage.member.post(&format!("{path}?preview=true"), beat.clone()).await;
    assert_eq!((would.status, &would.body["watched_ms"]), (200, &json!(60_000)), "{}", would.text);
    assert_eq!(stage.task().await["watched_ms"], json!(58_000));
    let whole = stage.member.post(&path, beat.clone()).await;
    assert_eq!(
        (&whole.body["watched_ms"], &whole.body["done"]),
        (&json!(60_000), &json!(true)),
        "{}",
        whole.text
    );
    let seq = whole.seq();
    // The answer may be lost: the same again says the same.
    let again = stage.member.post(&path, beat).await;
    assert_eq!((again.status, again.seq()), (200, seq));
    let after = stage.task().await;
    assert_eq!(
        (&after["done"], &after["film_open"], &after["seq"]),
        (&json!(true), &json!(false), &json!(seq))
    );
    let entry = stage.at(&format!("entries/{seq}"));
    let entry = stage.owner.get(&entry).await;
    assert_eq!(
        (entry.text_at("/kind"), entry.text_at("/actor")),
        ("task.complete".into(), "viewings".into())
    );
    assert_eq!(entry.text_at("/command/member"), stage.member.get(&stage.at("me")).await.text_at("/id"));
    // Nothing is left to watch today; tomorrow there is.
    let path = stage.at("me/viewings");
    assert_eq!(refused(&stage.member.post(&path, json!({})).await), (409, "task_done_today"));
    let tasks = stage.at("tasks");
    let counted = stage.owner.get(&tasks).await;
    assert_eq!(
        (
            &counted.body["members"],
            &counted.body["done"],
            &counted.body["watching"],
            &counted.body["watched"]
        ),
        (&json!(1), &json!(1), &json!(1), &json!(1)),
        "{}",
        counted.text
    );
    assert_eq!(counted.body["refused"], json!([]));
}

/// VIEW-4, VIEW-5, VIEW-6: each lie is refused with its facts, counted, and gains nothing.
#[tokio::test(flavor = "multi_thread")]
async fn view_4_a_page_that_lies_gains_nothing() {
    let mut stage = Stage::new(PLAN).await;
    let viewing = stage.begin().await;
    stage.watch(&viewing, 0, 5).await;
    let jumped = stage.says(&viewing, 2_000, 60_000, true).await;
    assert_eq!(refused(&jumped), (409, "viewing_jumped"));
    for fact in ["second 60", "10 s of it"] {
        assert!(jumped.text.contains(fact), "{}", jumped.text);
    }
    // What nobody vouched for, and what was paused, counts as nothing.
    let gap = stage.says(&viewing, 50_000, 12_000, true).await;
    assert_eq!(gap.body["watched_ms"], json!(10_000), "{}", gap.text);
    stage.says(&viewing, 2_000, 12_000, false).await;
    let paused = stage.says(&viewing, 9_000, 12_000, false).await;
    assert_eq!(paused.body["watched_ms"], json!(12_000), "{}", paused.text);
    // Reports as fast as they go.
    let mut fast = stage.says(&viewing, 0, 12_000, false).await;
    for _ in 0..200 {
        if fast.status != 200 {
            break;
        }
        fast = stage.says(&viewing, 0, 12_000, false).await;
    }
    assert_eq!(refused(&fast), (409, "heartbeats_too_many"), "{}", fast.text);

    // Another window takes over what was watched; the first counts nothing any more.
    stage.server.later(2_000);
    let other = stage.begin().await;
    assert_eq!(stage.task().await["watched_ms"], json!(12_000));
    assert_eq!(refused(&stage.says(&viewing, 2_000, 14_000, true).await), (409, "viewing_replaced"));
    let both = stage.says(&other, 0, 14_000, true).await;
    assert_eq!(both.body["watched_ms"], json!(14_000), "two windows count once: {}", both.text);

    // Somebody else's viewing, and one that never was.
    let mut stranger = stage.server.person("lin@example.com", None).await;
    assert_eq!(stranger.post(&stage.at("me"), json!({})).await.status, 200);
    for id in [other.as_str(), "v-none"] {
        let path = stage.at(&format!("me/viewings/{id}/heartbeats"));
        let beat = json!({ "position_ms": 16_000, "playing": true });
        assert_eq!(refused(&stranger.post(&path, beat).await), (409, "viewing_unknown"));
    }
    // Yesterday's.
    let clock = stage.at("clock");
    assert_eq!(stage.owner.post(&clock, json!({ "by": "day" })).await.status, 200);
    let old = stage.says(&other, 2_000, 16_000, true).await;
    assert_eq!(refused(&old), (409, "viewing_other_day"));
    assert!(old.text.contains("2026-01-01") && old.text.contains("2026-01-02"), "{}", old.text);
    assert_eq!((&stage.task().await["watched_ms"], &stage.task().await["done"]), (&json!(0), &json!(false)));
    // By its own word a member does nothing.
    let member = stage.member.get(&stage.at("me")).await.text_at("/id");
    let path = stage.at("commands");
    let word = stage.member.post(&path, json!({ "type": "task.complete", "member": member })).await;
    assert_eq!(refused(&word), (404, "not_found"));
    let tasks = stage.at("tasks");
    let counted = stage.owner.get(&tasks).await;
    assert_eq!(counted.body["refused"], json!([{ "code": "viewing_other_day", "count": 1 }]));
}

/// VIEW-1: a film is shown from its day until that of the next; a sandbox without films draws one.
#[tokio::test(flavor = "multi_thread")]
async fn view_1_films_have_days() {
    let mut stage = Stage::new(PLAN).await;
    let path = stage.at("films");
    let put = json!({ "items": [film("b", "2026-01-03", 9), film("a", "2026-01-02", 6)] });
    assert_eq!(stage.owner.post(&path, put.clone()).await.status, 200);
    let listed = stage.owner.get(&path).await;
    assert_eq!(listed.body["items"], json!([film("a", "2026-01-02", 6), film("b", "2026-01-03", 9)]));
    let drawn = &stage.task().await["film"];
    assert_eq!((&drawn["id"], &drawn["seconds"]), (&Value::Null, &json!(30)), "before the first");
    let clock = stage.at("clock");
    for seconds in [6, 9, 9] {
        assert_eq!(stage.owner.post(&clock, json!({ "by": "day" })).await.status, 200);
        assert_eq!(stage.task().await["film"]["seconds"], json!(seconds));
    }
    for (change, field) in [
        (json!({ "from": "soon" }), "/items/0/from"),
        (json!({ "seconds": 0 }), "/items/0/seconds"),
        (json!({ "path": "//elsewhere.example/film.webm" }), "/items/0/path"),
        (json!({ "path": "https://elsewhere.example/film.webm" }), "/items/0/path"),
    ] {
        let mut wrong = film("a", "2026-01-02", 6);
        wrong.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let answer = stage.owner.post(&path, json!({ "items": [wrong] })).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.text_at("/errors/0/pointer"), field);
    }
    let twice = json!({ "items": [film("a", "2026-01-02", 6), film("b", "2026-01-02", 6)] });
    assert_eq!(stage.owner.post(&path, twice).await.status, 422);
    let of_member = stage.member.post(&path, put).await;
    assert_eq!(refused(&of_member), (404, "not_found"));
}

/// TASK-1, TASK-1b: named tasks: the film does `watch`, a button `sign_in`, and two of them make the day.
#[tokio::test(flavor = "multi_thread")]
async fn task_1_film_and_button_make_a_day() {
    let mut stage = Stage::new(&format!("{PLAN}{NAMED}")).await;
    let task = stage.task().await;
    let by: Vec<&Value> = task["tasks"].as_array().expect("a list").iter().map(|task| &task["by"]).collect();
    assert_eq!(by, [&json!("film"), &json!("button"), &json!("operator")]);
    let path = stage.at("me/task/sign-in");
    for _ in 0..2 {
        let done = stage.member.post(&path, json!({})).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    let task = stage.task().await;
    assert_eq!(
        (&task["completions"], &task["done"], &task["tasks"][1]["open"]),
        (&json!(1), &json!(false), &json!(false))
    );
    let viewing = stage.begin().await;
    let whole = stage.watch(&viewing, 0, 30).await;
    assert_eq!(whole.body["done"], json!(true), "{}", whole.text);
    assert_eq!(stage.task().await["done"], json!(true));
    // A plan without named tasks has no button.
    let mut plain = Stage::new(PLAN).await;
    let path = plain.at("me/task/sign-in");
    assert_eq!(refused(&plain.member.post(&path, json!({})).await), (409, "task_unknown"));
}

/// A plan without tasks says so; one that was erased takes what was watched with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_tasks_has_none() {
    let server = TestServer::start().await;
    let (mut owner, tenant) = server.owner().await;
    let id = crate::journey::programme(&mut owner, &tenant).await;
    let mut member = server.person("mei@example.com", None).await;
    assert_eq!(member.post(&format!("/programmes/{id}/me"), json!({})).await.status, 200);
    for answer in [
        member.get(&format!("/programmes/{id}/me/task")).await,
        member.post(&format!("/programmes/{id}/me/viewings"), json!({})).await,
    ] {
        assert_eq!(refused(&answer), (409, "no_daily_task"));
    }
    let tasks = owner.get(&format!("/programmes/{id}/tasks")).await;
    assert_eq!((tasks.status, tasks.body.get("film")), (200, None), "{}", tasks.text);
    // What is watched is among what is exported.
    let of_release = programme_of(&mut owner, &tenant, PLAN).await;
    assert_eq!(member.post(&format!("/programmes/{of_release}/me"), json!({})).await.status, 200);
    buy(&server, &mut member, &of_release).await;
    assert_eq!(member.post(&format!("/programmes/{of_release}/me/viewings"), json!({})).await.status, 200);
    let all = member.get("/me/export").await;
    assert_eq!(all.body["tables"]["viewings"][0]["length_ms"], json!(30_000), "{}", all.text);
}
