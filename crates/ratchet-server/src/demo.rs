//! The demo: three sandboxes with months of history, people for every role, and a way in by one tap. All of it is play money.
//!
//! ```text
//! open ─▶ empty directory? ─ seed beside it ─▶ demo/demo.json last ─▶ renamed to its place ─▶ Demo
//!         a demo already? ──────────────────────────────────────────────────────────────────▶ Demo
//!         anything else: refused
//! ```
//!
//! The way in exists only in an [`App`](crate::App) that has a [`Demo`], which only a directory made here gives, and opens nothing once any
//! programme of the server is live.

mod goods;
mod history;
mod seed;

use std::path::{Path, PathBuf};

use ratchet_engine::message::{Message, System};
use ratchet_engine::plan::Mode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Role;
use crate::problem::Problem;
use crate::programme::Programmes;
use crate::serve::ServeFault;

pub(crate) use seed::{Size, make};

/// What says that a directory is a whole demo; it is written last.
const MARK: &str = "demo/demo.json";
/// What became of 10,000 people, below the directory.
const REPORT: &str = "demo/report/report.html";

/// Somebody of the demo whom a visitor can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Persona {
    /// A member of all three programmes.
    Member,
    /// Runs them.
    Operator,
    /// Looks at money that leaves, first.
    Reviewer,
    /// The second of two people.
    SecondReviewer,
    /// Reads everything.
    Auditor,
    /// Owns the server.
    Owner,
}

impl Persona {
    /// In the order in which they are shown.
    pub(crate) const ALL: [Persona; 6] = {
        use Persona::{Auditor, Member, Operator, Owner, Reviewer, SecondReviewer};
        [Member, Operator, Reviewer, SecondReviewer, Auditor, Owner]
    };

    /// The role in the demo's tenant; a member has none.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Persona::Member => None,
            Persona::Operator => Some(Role::Operator),
            Persona::Reviewer | Persona::SecondReviewer => Some(Role::Reviewer),
            Persona::Auditor => Some(Role::Auditor),
            Persona::Owner => Some(Role::Owner),
        }
    }

    /// The name in Chinese and in English.
    pub(crate) fn name(self) -> [&'static str; 2] {
        match self {
            Persona::Member => ["小梅", "Mei"],
            Persona::Operator => ["周敏", "Zhou Min"],
            Persona::Reviewer => ["何伟", "He Wei"],
            Persona::SecondReviewer => ["林芳", "Lin Fang"],
            Persona::Auditor => ["陈静", "Chen Jing"],
            Persona::Owner => ["王磊", "Wang Lei"],
        }
    }

    /// What waits for them in the two programmes with points when the demo is new, in Chinese and in English.
    pub(crate) fn waits(self) -> [&'static str; 2] {
        match self {
            Persona::Member => [
                "一笔订单待付款，一笔等结算，积分可以卖出，一笔提现在审核。",
                "An order waits to be paid, another to settle; points can be sold; a withdrawal is being reviewed.",
            ],
            Persona::Operator => [
                "有付了款的订单待发货，一笔批准了的提现待付出。",
                "Paid orders wait to be sent, an approved withdrawal to be paid out.",
            ],
            Persona::Reviewer => [
                "两笔提现等人审核；另一笔何伟已批准，还要第二个人。",
                "Two withdrawals wait for review; He Wei has approved a third, which needs a second person.",
            ],
            Persona::SecondReviewer => [
                "一笔提现何伟已批准，只差林芳；另有两笔等人审核。",
                "A withdrawal that He Wei has approved lacks only Lin Fang; two more wait for review.",
            ],
            Persona::Auditor => [
                "三个月的日志、账户和操作记录，都能看，都不能改。",
                "Three months of journal, accounts and audit log: everything to read, nothing to change.",
            ],
            Persona::Owner => [
                "计划、员工和角色；也可以新建一个沙盒。",
                "The plan, the staff and their roles; another sandbox can be made.",
            ],
        }
    }
}

/// A directory that was made as a demo.
#[derive(Debug)]
pub(crate) struct Demo {
    directory: PathBuf,
    mark: Mark,
}

/// What stands in [`MARK`].
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    /// Ids of its programmes, in the order in which they are shown.
    programmes: Vec<String>,
    /// Who is who: ids of persons.
    personas: Vec<(Persona, String)>,
}

impl Demo {
    /// The demo in a directory; `None` if it holds nothing yet. What is neither is refused, so that nobody's data becomes one.
    pub(crate) fn find(directory: &Path) -> Result<Option<Demo>, Message> {
        let failed = |error: &std::io::Error| {
            Message::from(ServeFault::DemoNotRead {
                file: directory.display().to_string(),
                error: System(error),
            })
        };
        match std::fs::read(directory.join(MARK)) {
            Ok(bytes) => {
                let mark = serde_json::from_slice(&bytes).map_err(|error| failed(&error.into()))?;
                Ok(Some(Demo { directory: directory.to_owned(), mark }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                match std::fs::read_dir(directory) {
                    Ok(mut entries) => match entries.next() {
                        None => Ok(None),
                        Some(_) => Err(ServeFault::NotADemo { path: directory.display().to_string() }.into()),
                    },
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failed(&error)),
                }
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// Ids of its programmes.
    pub(crate) fn programmes(&self) -> &[String] {
        &self.mark.programmes
    }

    /// Id of the person whom a persona is.
    pub(crate) fn person(&self, persona: Persona) -> Option<&str> {
        self.mark.personas.iter().find(|(known, _)| *known == persona).map(|(_, person)| person.as_str())
    }

    /// The report on 10,000 people, one page without script.
    pub(crate) fn report(&self) -> PathBuf {
        self.directory.join(REPORT)
    }
}

/// Nobody comes in by a tap where real money is: one live programme closes the door for all.
pub(crate) async fn check_play_money(programmes: &Programmes) -> Result<(), Problem> {
    for id in programmes.ids() {
        let programme = programmes.get(&id).ok_or_else(Problem::not_found)?;
        if programme.read(None, |engine| engine.plan().programme.mode).await? == Mode::Live {
            return Err(Problem::not_found());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode, header};
    use ratchet_engine::journal::{Verifier, binary};
    use ratchet_store::{JournalForm, OrdersQuery};
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;
    use crate::serve::{Config, Server};
    use crate::{App, http};

    /// As small as it can be and still have somebody for everything.
    const SMALL: Size = Size { days: 45, orders: 300, people: 100 };

    fn config(directory: &Path) -> Config {
        Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::new(directory.join("data")) }
    }

    async fn never() {
        std::future::pending().await
    }

    /// What a server answers to somebody with this cookie.
    async fn ask(app: &App, path: &str, cookie: &str, body: Option<Value>) -> (StatusCode, String, Value) {
        let mut request =
            Request::builder().uri(path).header("x-ratchet", "1").header(header::COOKIE, cookie);
        if body.is_some() {
            request = request.method("POST").header(header::CONTENT_TYPE, "application/json");
            request = request.header("idempotency-key", "key-of-the-test");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = http::router(app.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
        let cookie = answer.headers().get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, cookie, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn become_one(app: &App, persona: &str) -> String {
        let (status, cookie, _) =
            ask(app, "/api/v1/demo/sessions", "", Some(json!({ "persona": persona }))).await;
        assert_eq!(status, StatusCode::OK, "{persona}");
        cookie
    }

    async fn read(app: &App, cookie: &str, path: &str) -> Value {
        let (status, _, body) = ask(app, path, cookie, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// The demo has people, three programmes whose journals verify, months of orders, and what each persona is promised.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_demo_is_whole() {
        let directory = tempfile::TempDir::new().unwrap();
        let config = config(directory.path());
        make(&config, SMALL, &|_| (), never()).await.unwrap();
        let demo = Demo::find(&config.data).unwrap().unwrap();
        let server = Server::open_demo(&config, &|_| panic!("it is made already"), never()).await.unwrap();
        let app = server.app();
        assert_eq!(demo.programmes(), ["value-growth", "value-growth-hardened", "loyalty-fixed"]);
        for id in demo.programmes() {
            let programme = app.programmes.get(id).unwrap();
            let seq = programme.read(None, |engine| engine.next_seq()).await.unwrap();
            let query = OrdersQuery { limit: 200, ..OrdersQuery::default() };
            let orders = programme.rows(Some(seq), move |rows| rows.orders(&query)).await.unwrap();
            assert!(orders.len() >= 150, "{id}: {}", orders.len());
            let (bytes, entries) = programme.export(JournalForm::Binary, Vec::new()).await.unwrap();
            let mut verifier = Verifier::new();
            binary::read(&bytes, |batch, record| verifier.push_batch(batch, record)).unwrap();
            assert_eq!(verifier.finish().unwrap().1, entries, "{id}");
        }

        let (status, _, found) = ask(app, "/api/v1/demo", "", None).await;
        assert_eq!(
            (status, found["personas"].as_array().unwrap().len()),
            (StatusCode::OK, Persona::ALL.len())
        );
        for persona in found["personas"].as_array().unwrap() {
            become_one(app, persona["persona"].as_str().unwrap()).await;
        }
        let (status, ..) = ask(app, found["report"].as_str().unwrap(), "", None).await;
        assert_eq!(status, StatusCode::OK);

        let (member, operator) = (become_one(app, "member").await, become_one(app, "operator").await);
        let (first, second) = (become_one(app, "reviewer").await, become_one(app, "second_reviewer").await);
        for id in demo.programmes() {
            let of = |path: &str| format!("/api/v1/programmes/{id}/{path}");
            let orders = read(app, &member, &of("me/orders")).await;
            let states = |state: &str| {
                orders["items"].as_array().unwrap().iter().filter(|order| order["state"] == state).count()
            };
            assert_eq!((states("placed"), states("received"), states("paid")), (1, 1, 1), "{id}: {orders}");
            assert!(states("settled") >= 4, "{id}: {orders}");
            let paid = read(app, &operator, &of("orders?state=paid")).await;
            assert!(paid["items"].as_array().unwrap().len() >= 3, "{id}: {paid}");
            let compared = read(app, &operator, &of("reconciliation")).await;
            assert!(!compared["lines"].as_array().unwrap().is_empty(), "{id}: {compared}");
            assert_eq!(compared["open"], json!([]), "{id}: statement and journal agree");
            if id == "loyalty-fixed" {
                continue;
            }
            let points = read(app, &member, &of("me/points")).await;
            assert!(points["points"].as_str().unwrap() > "0", "{id}: {points}");
            let mine = read(app, &member, &of("me/withdrawals")).await;
            assert_eq!(
                (&mine["items"][0]["state"], &mine["items"][1]["state"]),
                (&json!("requested"), &json!("paid")),
                "{id}"
            );
            let approved = read(app, &operator, &of("withdrawals?state=approved")).await;
            assert_eq!(approved["items"].as_array().unwrap().len(), 1, "{id}: {approved}");
            let mays = |inbox: &Value| -> Vec<(u64, u64, bool)> {
                let item = |item: &Value| {
                    let number = |name: &str| item["withdrawal"][name].as_u64().unwrap();
                    (number("people_needed"), number("approvals"), item["may"].as_bool().unwrap())
                };
                inbox["items"].as_array().unwrap().iter().map(item).collect()
            };
            let inbox = mays(&read(app, &first, &of("inbox")).await);
            assert_eq!(
                inbox,
                [(2, 0, true), (2, 1, false), (1, 0, true)],
                "{id}: who has approved may not again"
            );
            let inbox = mays(&read(app, &second, &of("inbox")).await);
            assert_eq!(inbox, [(2, 0, true), (2, 1, true), (1, 0, true)], "{id}");
        }
        // Whoever takes part lets time pass (CLOCK-2): what was received settles.
        let week = Some(json!({ "by": "week" }));
        let (status, _, clock) = ask(app, "/api/v1/programmes/value-growth/clock", &member, week).await;
        assert_eq!(status, StatusCode::OK, "{clock}");
        let seq = read(app, &member, "/api/v1/programmes/value-growth").await["seq"].as_u64().unwrap();
        let received = format!("/api/v1/programmes/value-growth/me/orders?state=received&min_seq={seq}");
        let orders = read(app, &member, &received).await;
        assert_eq!(orders["items"], json!([]));
        let tenant = read(app, &become_one(app, "auditor").await, "/api/v1/me").await;
        let log = format!("/api/v1/tenants/{}/audit-log", tenant["tenants"][0]["tenant"].as_str().unwrap());
        let log = read(app, &become_one(app, "auditor").await, &log).await;
        assert!(log["items"].as_array().unwrap().len() >= 20, "{log}");
        app.programmes.stop().await;
    }

    /// A directory with anything in it is no place for a demo, and a seeding that was cut off leaves nothing that looks like one.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_demo_is_made_whole_or_not_at_all() {
        let directory = tempfile::TempDir::new().unwrap();
        let config = config(directory.path());
        let stopped =
            make(&config, SMALL, &|_| (), tokio::time::sleep(Duration::from_millis(1))).await.unwrap_err();
        assert_eq!(stopped.code, "serve.demo_stopped");
        let left = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.filter(|name| name != "data.key").collect::<Vec<_>>(), [""; 0]);

        // An ordinary server's directory becomes no demo, and its server has no door.
        let server = Server::open(&config).await.unwrap();
        let refused = Demo::find(&config.data).unwrap_err();
        assert_eq!(refused.code, "serve.not_a_demo");
        for (path, body) in [("/demo", None), ("/demo/sessions", Some(json!({ "persona": "owner" })))] {
            server.app().know_owner();
            let (status, cookie, problem) = ask(server.app(), &format!("/api/v1{path}"), "", body).await;
            assert_eq!(
                (status, cookie.as_str(), &problem["code"]),
                (StatusCode::NOT_FOUND, "", &json!("not_found")),
                "{path}"
            );
        }
        let (status, ..) = ask(server.app(), crate::api::REPORT_PATH, "", None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        server.app().programmes.stop().await;
    }

    /// Nobody comes in by a tap where real money is, even if a live programme got into a demo's directory some other way.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_live_programme_closes_the_door() {
        let directory = tempfile::TempDir::new().unwrap();
        let config = config(directory.path());
        std::fs::create_dir_all(config.data.join("demo")).unwrap();
        let mark = Mark { programmes: Vec::new(), personas: vec![(Persona::Owner, "p-nobody".to_owned())] };
        std::fs::write(config.data.join(MARK), serde_json::to_vec(&mark).unwrap()).unwrap();
        let server = Server::open_demo(&config, &|_| panic!("it is made already"), never()).await.unwrap();
        let app = server.app();
        assert!(check_play_money(&app.programmes).await.is_ok());
        let guide = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(name);
        let text = std::fs::read_to_string(guide("shop-live.toml")).unwrap();
        let plan = ratchet_engine::plan::Plan::parse("shop", &text).unwrap();
        let opinions = guide("shop-opinions.toml");
        let admitted = ratchet_sim::input::admitted(plan, "shop", Some(&opinions)).unwrap();
        app.programmes.create("live", admitted, crate::programme::ClockKind::Machine).await.unwrap();
        assert!(check_play_money(&app.programmes).await.is_err());
        app.know_owner();
        let (status, cookie, _) =
            ask(app, "/api/v1/demo/sessions", "", Some(json!({ "persona": "owner" }))).await;
        assert_eq!((status, cookie.as_str()), (StatusCode::NOT_FOUND, ""));
        app.programmes.stop().await;
    }
}
