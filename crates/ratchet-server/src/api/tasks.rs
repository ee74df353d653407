//! The day's task: its film, what is watched of it, and the server's word that it was done (VIEW-1 to VIEW-6).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use ratchet_engine::engine::Engine;
use ratchet_engine::plan::Mode;
use ratchet_engine::time::Day;
use ratchet_store::{FilmRow, NewAuditEntry, StoreError, Tables, ViewingRow, ViewingState};

use super::prelude::*;
use crate::programme::{Outcome, Programme};
use crate::viewing::{self, HEARTBEAT_MS, Heartbeat};

/// The task of a plan that its film does.
const WATCH: &str = "watch";
/// The task of a plan that a button does.
const SIGN_IN: &str = "sign_in";
/// Who says that a film was watched.
const ACTOR: &str = "viewings";
/// Length of the film that the shop draws, in seconds, where a sandbox has put none.
const DRAWN_SECONDS: i64 = 30;
/// Most films.
const FILMS_MAX: usize = 400;
/// Longest film: an hour.
const SECONDS_MAX: i64 = 3_600;
/// Longest name of a film.
const TITLE_CHARS_MAX: usize = 60;
/// Longest path of a film.
const PATH_CHARS_MAX: usize = 300;
/// Longest id of a film.
const ID_CHARS_MAX: usize = 64;

/// Today's task of a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct DailyTask {
    /// The programme's local day, `2026-03-01`.
    today: String,
    /// When it closes: the midnight after it.
    closes_at: Time,
    /// Whether it is done.
    done: bool,
    /// Completions that counted today.
    completions: u32,
    /// How many make a day done.
    completions_required: u32,
    /// Today's film; absent where none is shown, or where the plan has no task for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    film: Option<Film>,
    /// Whether watching it counts now.
    film_open: bool,
    /// What was watched of it, in milliseconds.
    watched_ms: i64,
    /// The entry by which watching it was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    /// The tasks that the plan names; empty where it has one without a name, which the film does.
    tasks: Vec<NamedTask>,
}

/// A task that the plan names.
#[derive(Serialize, ToSchema)]
pub(crate) struct NamedTask {
    /// Its key in the plan.
    id: String,
    /// What it is called.
    name: Text,
    /// By what it is done.
    by: TaskBy,
    /// How often it counted today.
    counted: u32,
    /// How often it counts in a day.
    daily_limit: u32,
    /// Whether it counts once in a member's life.
    once: bool,
    /// Whether one more would count now.
    open: bool,
}

/// By what a task is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskBy {
    /// Watching the day's film.
    Film,
    /// A button.
    Button,
    /// The operator, who enters it.
    Operator,
}

/// A film.
#[derive(Serialize, ToSchema)]
pub(crate) struct Film {
    /// Its id; absent of the one that a sandbox without films shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What it is called.
    title: Text,
    /// How long it is.
    seconds: i64,
    /// Where it is on this server; absent of one that the shop draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// A film with the day from which it is shown.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduledFilm {
    /// Its id; 1 to 64 letters, digits, `-`, `_`.
    id: String,
    /// The local day from which it is shown, until that of the next one: `2026-03-01`.
    from: String,
    /// What it is called; 1 to 60 characters in each language.
    title: Text,
    /// How long it is, 1 to 3,600. What is watched is measured by it.
    seconds: i64,
    /// A path on this server that begins with one `/`; absent: the shop draws it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// All films.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilmsRequest {
    /// Those that there are from now on, in any order.
    #[schema(max_items = 400)]
    items: Vec<ScheduledFilm>,
}

/// Nothing is said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// What a page reports of a viewing every few seconds.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeartbeatRequest {
    /// Where the film stands, in milliseconds.
    #[schema(minimum = 0)]
    position_ms: i64,
    /// Whether it plays and can be seen: false at a pause, and while the page is hidden.
    playing: bool,
}

/// A viewing of today's film.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Viewing {
    /// Its id.
    id: String,
    /// The programme's local day, on which it counts.
    day: String,
    /// How long the film is, in milliseconds.
    length_ms: i64,
    /// What was watched of it, from its beginning: go on from there.
    watched_ms: i64,
    /// How often to report, in milliseconds.
    heartbeat_ms: i64,
    /// Whether the task was done by it.
    done: bool,
    /// The entry by which it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
}

/// Tasks of the day that is not closed yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct TasksOfDay {
    /// The local day.
    today: String,
    /// Members in all.
    members: u64,
    /// Members whose task of the day is done.
    done: u64,
    /// Members who began to watch.
    watching: i64,
    /// Viewings by which a task was done.
    watched: i64,
    /// What was refused of viewings, by code.
    refused: Vec<RefusalCount>,
    /// Today's film; absent where none is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    film: Option<Film>,
}

/// How often something was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusalCount {
    /// Its code.
    code: String,
    /// How often.
    count: i64,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mine))
        .routes(routes!(sign_in))
        .routes(routes!(begin))
        .routes(routes!(heartbeat))
        .routes(routes!(films, put_films))
        .routes(routes!(of_day))
}

/// What the engine says of a member's task, with what it needs of the plan.
struct Standing {
    today: Day,
    closes_at: Time,
    done: bool,
    completions: u32,
    required: u32,
    sandbox: bool,
    tasks: Vec<NamedTask>,
}

impl Standing {
    fn of(engine: &Engine, member: &str, today: Day) -> Option<Standing> {
        let (view, plan) = (engine.tasks_of(member, today)?, engine.plan());
        let tasks = plan.tasks.iter().zip(&view.tasks).map(|(plan, view)| NamedTask {
            id: plan.id.clone(),
            name: Text::from(&plan.name),
            by: match plan.id.as_str() {
                WATCH => TaskBy::Film,
                SIGN_IN => TaskBy::Button,
                _ => TaskBy::Operator,
            },
            counted: view.counted,
            daily_limit: plan.daily_limit,
            once: plan.once,
            open: view.open,
        });
        Some(Standing {
            today,
            closes_at: plan.programme.calendar.start_of(today.plus(1)).into(),
            done: view.done,
            completions: view.counted,
            required: view.required,
            sandbox: plan.programme.mode == Mode::Sandbox,
            tasks: tasks.collect(),
        })
    }

    /// Whether the plan has a task for a film, and whether watching it counts now.
    fn film_task(&self) -> (bool, bool) {
        if self.tasks.is_empty() {
            return (true, !self.done);
        }
        let watch = self.tasks.iter().find(|task| task.by == TaskBy::Film);
        (watch.is_some(), watch.is_some_and(|task| task.open))
    }

    /// The day's film (VIEW-1).
    fn film(&self, tables: &Tables<'_>, programme: &str) -> Result<Option<FilmRow>, StoreError> {
        if !self.film_task().0 {
            return Ok(None);
        }
        film_of(tables, programme, self.today, self.sandbox)
    }
}

/// The programme's local day now.
async fn today(handle: &Programme) -> Result<Day, Problem> {
    let now = handle.clock().await?.now;
    Ok(handle.read(None, move |engine| engine.plan().programme.calendar.day_of(now)).await?)
}

async fn standing(handle: &Programme, member: &str, min_seq: Option<u64>) -> Result<Standing, Problem> {
    let (today, member) = (today(handle).await?, member.to_owned());
    let read = handle.read(at_least(min_seq), move |engine| Standing::of(engine, &member, today));
    read.await?.ok_or_else(|| Problem::new(ServerFault::NoDailyTask {}))
}

/// VIEW-1: the one that is shown on a day; in a sandbox without one, one that the shop draws.
fn film_of(
    tables: &Tables<'_>,
    programme: &str,
    day: Day,
    sandbox: bool,
) -> Result<Option<FilmRow>, StoreError> {
    let found = tables.film_of(programme, &day.to_string())?;
    Ok(found.or_else(|| sandbox.then(drawn)))
}

fn drawn() -> FilmRow {
    FilmRow {
        id: String::new(),
        from_day: String::new(),
        title: ["高山茶园（示例短片）".to_owned(), "A tea garden in the hills (demo film)".to_owned()],
        seconds: DRAWN_SECONDS,
        path: None,
    }
}

/// One's own task of today, with its film and what was watched of it. A plan without tasks answers `no_daily_task`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/task",
    tag = "tasks",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = DailyTask)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<DailyTask>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let standing = standing(&handle, &member, query.min_seq).await?;
    let (standing, film, viewing) = app
        .people(move |people| {
            people.look(|tables| {
                let viewing = tables.viewing_of(&programme, &member, &standing.today.to_string())?;
                let film = standing.film(tables, &programme)?;
                Ok((standing, film, viewing))
            })
        })
        .await?;
    let film_open = film.is_some() && standing.film_task().1;
    // One that was counted is over: what may be watched again begins anew.
    let viewing = viewing.filter(|viewing| !film_open || viewing.state != ViewingState::Done);
    Ok(Json(DailyTask {
        today: standing.today.to_string(),
        closes_at: standing.closes_at,
        done: standing.done,
        completions: standing.completions,
        completions_required: standing.required,
        film: film.map(Film::of),
        film_open,
        watched_ms: viewing.as_ref().map_or(0, |viewing| viewing.watching.watched_ms),
        seq: viewing.and_then(|viewing| viewing.seq),
        tasks: standing.tasks,
    }))
}

/// Says that one is here: the task `sign_in` of a plan that has it.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/task/sign-in",
    tag = "tasks",
    extensions(("x-permission" = json!("member"))),
    request_body = Nothing,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn sign_in(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Problem> {
    let Nothing {} = body.value;
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let command = json!({ "type": "task.complete", "member": member, "task": SIGN_IN });
    app.command(&who, &write, &handle, member, command).await
}

/// Begins to watch today's film, or goes on where it was left: from now on it counts here and nowhere else (VIEW-2).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/viewings",
    tag = "tasks",
    extensions(("x-permission" = json!("member"))),
    request_body = Nothing,
    responses((status = 200, description = "Done.", body = Viewing)),
)]
async fn begin(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<Nothing>,
) -> Result<Response, Problem> {
    let Nothing {} = body.value;
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let standing = standing(&handle, &member, None).await?;
    let (person, tenant) = (who.person()?.to_owned(), who.tenant()?.to_owned());
    let id = app.secrets().id_of("v", &[&programme, &person, &write.key]);
    let now_us = who.meta.now_us;
    app.change(&who, &write, Some(body.hash), move |tables| {
        let film = standing.film(tables, &programme)?;
        let film = film.ok_or_else(|| Problem::new(ServerFault::FilmNone {}))?;
        let day = standing.today.to_string();
        if !standing.film_task().1 {
            return Err(Problem::new(ServerFault::TaskDone {}));
        }
        let length_ms = film.seconds.saturating_mul(1_000);
        let before = tables.viewing_of(&programme, &member, &day)?;
        let same = |before: &ViewingRow| {
            before.state != ViewingState::Done && before.film == film.id && before.length_ms == length_ms
        };
        let watched_ms = before.filter(same).map_or(0, |before| before.watching.watched_ms);
        let viewing = ViewingRow {
            id,
            programme,
            member,
            person,
            day,
            film: film.id,
            length_ms,
            state: ViewingState::Open,
            watching: viewing::begun(watched_ms, now_us),
            seq: None,
        };
        tables.begin_viewing(&tenant, &viewing)?;
        Ok(Viewing::of(viewing))
    })
    .await
}

/// Says where a viewing stands. What counts is time of this server that passed between reports while the film played; when it covers the
/// whole film, the server says that the task was done (VIEW-3). A report that comes twice counts once, whatever its key: time has not
/// passed twice.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/viewings/{viewing}/heartbeats",
    tag = "tasks",
    extensions(("x-permission" = json!("member"))),
    request_body = HeartbeatRequest,
    responses((status = 200, description = "Done.", body = Viewing)),
)]
async fn heartbeat(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, id)): Path<(String, String)>,
    body: Body<HeartbeatRequest>,
) -> Result<Json<Viewing>, Problem> {
    let HeartbeatRequest { position_ms, playing } = body.value;
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    app.limits.take("heartbeats", who.sender()?, app.limits.writes(&who), who.meta.now_us)?;
    let today = today(&handle).await?.to_string();
    let (now_us, preview, of) = (who.meta.now_us, write.preview, programme.clone());
    // A refusal is counted, so it ends the transaction well.
    let work = move |tables: &Tables<'_>| -> Result<Result<ViewingRow, Problem>, StoreError> {
        let found = tables.viewing(&id)?.filter(|found| found.programme == of && found.member == member);
        let heard = listen(found, Heartbeat { position_ms, playing }, &today, now_us);
        match &heard {
            Ok(viewing) => tables.set_watching(&viewing.id, &viewing.watching)?,
            Err(problem) => tables.count_refusal(&of, &today, problem.code())?,
        }
        Ok(heard)
    };
    let heard = app
        .people(move |people| if preview { people.preview(work) } else { people.change_soon(work) })
        .await?;
    let mut viewing = heard?;
    let whole = viewing.watching.watched_ms >= viewing.length_ms;
    if whole && viewing.state == ViewingState::Open && !preview {
        let seq = complete(&app, &handle, &viewing).await?;
        let (id, number) = (viewing.id.clone(), i64::try_from(seq).unwrap_or(i64::MAX));
        app.people(move |people| people.change(|tables| tables.end_viewing(&id, number))).await?;
        (viewing.state, viewing.seq) = (ViewingState::Done, Some(number));
    }
    Ok(Json(Viewing::of(viewing)))
}

/// A viewing after a heartbeat, or why it is none (VIEW-4).
fn listen(
    found: Option<ViewingRow>,
    heartbeat: Heartbeat,
    today: &str,
    now_us: i64,
) -> Result<ViewingRow, Problem> {
    let viewing = found.ok_or_else(|| Problem::new(ServerFault::ViewingUnknown {}))?;
    if heartbeat.position_ms < 0 {
        let most = usize::try_from(viewing.length_ms).unwrap_or(usize::MAX);
        return Err(Problem::field("position_ms", ServerFault::Count { least: 0, most }));
    }
    match viewing.state {
        // Its last answer may have been lost.
        ViewingState::Done => return Ok(viewing),
        ViewingState::Replaced => return Err(Problem::new(ServerFault::ViewingReplaced {})),
        ViewingState::Open => {}
    }
    if viewing.day != today {
        return Err(Problem::new(ServerFault::ViewingOtherDay { day: &viewing.day, today }));
    }
    let heard = viewing::heard(&viewing.watching, heartbeat, viewing.length_ms, now_us);
    let watching = heard.map_err(Problem::new)?;
    Ok(ViewingRow { watching, ..viewing })
}

/// VIEW-3: the server says that the task was done; the entry.
async fn complete(app: &App, handle: &Programme, viewing: &ViewingRow) -> Result<u64, Problem> {
    let named = handle.read(None, |engine| !engine.plan().tasks.is_empty()).await?;
    let mut command = json!({ "type": "task.complete", "member": viewing.member });
    if named {
        command["task"] = json!(WATCH);
    }
    let request = app.request(handle, &format!("{ACTOR}:{}", viewing.id), ACTOR, command).await?;
    match handle.submit(request).await?.outcome {
        Outcome::Applied { seq, .. } | Outcome::Duplicate { seq } => Ok(seq),
        Outcome::Rejected(refused) => Err(refused.into()),
    }
}

/// Films by the day from which each is shown.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/films",
    tag = "tasks",
    extensions(("x-permission" = json!("members.read"))),
    responses((status = 200, description = "Done.", body = List<ScheduledFilm>)),
)]
async fn films(
    State(app): State<App>,
    Path(programme): Path<String>,
) -> Result<Json<List<ScheduledFilm>>, Problem> {
    app.programme(&programme)?;
    let rows = app.people(move |people| people.look(|tables| tables.films(&programme))).await?;
    Ok(Json(List { items: rows.into_iter().map(ScheduledFilm::of).collect() }))
}

/// Makes these the films. A viewing that goes on keeps the length with which it began.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/films",
    tag = "tasks",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = FilmsRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn put_films(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<FilmsRequest>,
) -> Result<Response, Problem> {
    app.programme(&programme)?;
    let rows = rows_of(body.value)?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let text = |rows: Vec<FilmRow>| {
            let films: Vec<ScheduledFilm> = rows.into_iter().map(ScheduledFilm::of).collect();
            serde_json::to_string(&films).expect("texts are JSON")
        };
        let before = text(tables.films(&programme)?);
        tables.put_films(&tenant, &programme, &rows)?;
        let entry = NewAuditEntry {
            before: Some(before),
            after: Some(text(rows)),
            ..NewAuditEntry::of(&tenant, "films.put", &programme)
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// How today's tasks stand: who has done them, what was watched, what was refused.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/tasks",
    tag = "tasks",
    extensions(("x-permission" = json!("members.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = TasksOfDay)),
)]
async fn of_day(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<TasksOfDay>, Problem> {
    let handle = app.programme(&programme)?;
    let today = today(&handle).await?;
    let read = handle.read(at_least(query.min_seq), |engine| {
        let plan = engine.plan();
        let has_tasks = plan.release.is_some() || plan.value.is_some();
        let sandbox = has_tasks && plan.programme.mode == Mode::Sandbox;
        (engine.member_count(), engine.members_done_today(), sandbox)
    });
    let (members, done, sandbox) = read.await?;
    let (seen, film) = app
        .people(move |people| {
            people.look(|tables| {
                let seen = tables.viewings_of_day(&programme, &today.to_string())?;
                Ok((seen, film_of(tables, &programme, today, sandbox)?))
            })
        })
        .await?;
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let refused = seen.refused.into_iter().map(|(code, count)| RefusalCount { code, count });
    Ok(Json(TasksOfDay {
        today: today.to_string(),
        members: count(members),
        done: count(done),
        watching: seen.members,
        watched: seen.done,
        refused: refused.collect(),
        film: film.map(Film::of),
    }))
}

fn rows_of(request: FilmsRequest) -> Result<Vec<FilmRow>, Problem> {
    if request.items.len() > FILMS_MAX {
        return Err(Problem::field("items", ServerFault::Count { least: 0, most: FILMS_MAX }));
    }
    let mut rows: Vec<FilmRow> = Vec::with_capacity(request.items.len());
    for (at, ScheduledFilm { id, from, title, seconds, path }) in request.items.into_iter().enumerate() {
        let field = |name: &str| format!("items.{at}.{name}");
        check_letters(&field("id"), &id, ID_CHARS_MAX)?;
        check_text(&field("title"), &title, TITLE_CHARS_MAX)?;
        if Day::parse(&from).is_none() {
            return Err(Problem::field(&field("from"), ServerFault::DateForm {}));
        }
        if !(1..=SECONDS_MAX).contains(&seconds) {
            let most = usize::try_from(SECONDS_MAX).unwrap_or(usize::MAX);
            return Err(Problem::field(&field("seconds"), ServerFault::Count { least: 1, most }));
        }
        let fits = |path: &String| {
            path.strip_prefix('/').is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
                && path.chars().count() <= PATH_CHARS_MAX
        };
        if !path.as_ref().is_none_or(fits) {
            return Err(Problem::field(&field("path"), ServerFault::FilmForm {}));
        }
        if rows.iter().any(|row| row.id == id) {
            return Err(Problem::field(&field("id"), ServerFault::Repeated { id: &id }));
        }
        if rows.iter().any(|row| row.from_day == from) {
            return Err(Problem::field(&field("from"), ServerFault::Repeated { id: &from }));
        }
        rows.push(FilmRow { id, from_day: from, title: [title.zh, title.en], seconds, path });
    }
    Ok(rows)
}

impl Film {
    fn of(row: FilmRow) -> Film {
        let [zh, en] = row.title;
        Film {
            id: Some(row.id).filter(|id| !id.is_empty()),
            title: Text { zh, en },
            seconds: row.seconds,
            path: row.path,
        }
    }
}

impl ScheduledFilm {
    fn of(row: FilmRow) -> ScheduledFilm {
        let [zh, en] = row.title;
        let FilmRow { id, from_day, seconds, path, .. } = row;
        ScheduledFilm { id, from: from_day, title: Text { zh, en }, seconds, path }
    }
}

impl Viewing {
    fn of(row: ViewingRow) -> Viewing {
        Viewing {
            id: row.id,
            day: row.day,
            length_ms: row.length_ms,
            watched_ms: row.watching.watched_ms,
            heartbeat_ms: HEARTBEAT_MS,
            done: row.state == ViewingState::Done,
            seq: row.seq,
        }
    }
}
