//! The provider's statement beside the journal's `bank` account, line by line (PAY-3).

use std::collections::BTreeMap;

use ratchet_engine::amount::Currency;
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::time::{Calendar, Day, Timestamp};
use ratchet_store::{Explained, NewAuditEntry, Transfer};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::prelude::*;
use crate::programme::Programme;

/// A line of the provider's statement.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementLine {
    /// What it has in common with a line of the journal.
    reference: String,
    /// When, by the programme's clock.
    at: Time,
    /// Positive where money came in.
    amount: Amount,
}

/// What the provider did on a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Statement {
    /// `YYYY-MM-DD`, by the programme's calendar.
    day: String,
    /// Oldest first.
    items: Vec<StatementLine>,
    /// All of them together.
    sum: Amount,
}

/// A line of the statement and the one of the journal with the same reference.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct ReconciledLine {
    /// What they have in common; `entry:<seq>` for one of the journal that names nothing of the provider's.
    reference: String,
    /// The first of them, by the programme's clock.
    at: Time,
    /// What the statement says; absent if it has no such line.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<Amount>,
    /// What was posted to `bank`; absent if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    books: Option<Amount>,
    /// The entry that posted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// What that entry is: `payment.receive`, `wallet.paid`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Statement less books; `0.00` where they agree.
    difference: Amount,
    /// Why they differ, once somebody has said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<Explanation>,
}

/// What somebody said of a difference.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// In words.
    text: String,
    /// Who.
    person: String,
    /// When, by the server's clock.
    at: Time,
}

/// Statement and journal, line by line.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reconciliation {
    /// `YYYY-MM-DD`, by the programme's calendar.
    day: String,
    /// Lines of that day, oldest first.
    lines: Vec<ReconciledLine>,
    /// Of that day, what the statement says.
    statement: Amount,
    /// And what was posted to `bank`.
    books: Amount,
    /// Differences of any day that nobody has explained, oldest first.
    open: Vec<ReconciledLine>,
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DayQuery {
    /// `YYYY-MM-DD`, by the programme's calendar; its present day if absent.
    day: Option<String>,
}

/// Why statement and journal differ.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainRequest {
    /// Of an open difference.
    reference: String,
    /// 5 to 500 characters; it stands in the audit log and not in the journal.
    explanation: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(statement)).routes(routes!(reconciliation)).routes(routes!(explain))
}

/// What the provider did on a day, as it says itself.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/statement",
    tag = "payments",
    extensions(("x-permission" = json!("journal.read"))),
    params(DayQuery),
    responses((status = 200, description = "Done.", body = Statement)),
)]
async fn statement(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<DayQuery>,
) -> Result<Json<Statement>, Problem> {
    let handle = app.programme(&programme)?;
    let (calendar, day) = day_of(&handle, query.day.as_deref()).await?;
    let currency = app.currency(&handle).await?;
    let transfers = app.people(move |people| people.look(|tables| tables.transfers(&programme, LINES_MAX)));
    let mut of_day = transfers.await?;
    of_day.retain(|transfer| calendar.day_of(time(transfer.at)) == day);
    of_day.reverse();
    let sum: i128 = of_day.iter().map(|transfer| i128::from(transfer.amount)).sum();
    let items = of_day.into_iter().map(|transfer| StatementLine {
        amount: Amount(currency.format_minor(transfer.amount.into())),
        reference: transfer.reference,
        at: Time::of_us(transfer.at),
    });
    Ok(Json(Statement {
        day: day.to_string(),
        items: items.collect(),
        sum: Amount(currency.format_minor(sum)),
    }))
}

/// The provider's statement beside what was posted to `bank`, and all differences that nobody has explained.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/reconciliation",
    tag = "payments",
    extensions(("x-permission" = json!("journal.read"))),
    params(DayQuery),
    responses((status = 200, description = "Done.", body = Reconciliation)),
)]
async fn reconciliation(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<DayQuery>,
) -> Result<Json<Reconciliation>, Problem> {
    let handle = app.programme(&programme)?;
    let (calendar, day) = day_of(&handle, query.day.as_deref()).await?;
    let currency = app.currency(&handle).await?;
    let pairs = pairs_of(&app, &handle, &programme).await?;
    let (mut statement, mut books) = (0, 0);
    let (mut lines, mut open) = (Vec::new(), Vec::new());
    for pair in pairs {
        // A line of the statement counts on its day, and one of the journal on its own.
        let is_of = |at: Option<Timestamp>| at.is_some_and(|at| calendar.day_of(at) == day);
        let [said, posted] = [is_of(pair.said_at), is_of(pair.posted_at)];
        statement += if said { pair.said.unwrap_or(0) } else { 0 };
        books += if posted { pair.posted.unwrap_or(0) } else { 0 };
        let line = pair.line(&currency);
        if pair.difference() != 0 && line.explained.is_none() {
            open.push(line.clone());
        }
        if said || posted {
            lines.push(line);
        }
    }
    let amount = |minor| Amount(currency.format_minor(minor));
    let (statement, books) = (amount(statement), amount(books));
    Ok(Json(Reconciliation { day: day.to_string(), lines, statement, books, open }))
}

/// Explains a difference; it is listed no more and stands in the audit log.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/reconciliation",
    tag = "payments",
    extensions(("x-permission" = json!("payments.manage"))),
    request_body = ExplainRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn explain(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<ExplainRequest>,
) -> Result<Response, Problem> {
    let ExplainRequest { reference, explanation } = body.value;
    check_length("explanation", &explanation, 5, EXPLANATION_CHARS_MAX)?;
    let handle = app.programme(&programme)?;
    let pairs = pairs_of(&app, &handle, &programme).await?;
    let currency = app.currency(&handle).await?;
    let pair = pairs.into_iter().find(|pair| pair.reference == reference && pair.difference() != 0);
    let pair = pair.ok_or_else(|| Problem::new(ServerFault::DifferenceUnknown {}))?;
    let difference = currency.format_minor(pair.difference());
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let explained = Explained { reference, explanation, person: act.person.clone(), at: act.at };
        tables.explain(&programme, &explained)?;
        let before = pair.explained.map(|before| json!({ "explanation": before.explanation }).to_string());
        let after = json!({ "explanation": explained.explanation, "difference": difference }).to_string();
        let entry = NewAuditEntry {
            before,
            after: Some(after),
            entry: pair.seq,
            ..NewAuditEntry::of(&tenant, "reconciliation.explain", &explained.reference)
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// Most lines of either side that are compared: the newest.
const LINES_MAX: usize = 2_000;
/// Movements that are read at once.
const PAGE: usize = 200;
/// Longest explanation in characters.
const EXPLANATION_CHARS_MAX: usize = 500;

/// What statement and journal say under one reference, in minor units, positive where money came in.
#[derive(Default)]
struct Pair {
    reference: String,
    said: Option<i128>,
    said_at: Option<Timestamp>,
    posted: Option<i128>,
    posted_at: Option<Timestamp>,
    seq: Option<u64>,
    kind: Option<String>,
    explained: Option<Explained>,
}

impl Pair {
    fn difference(&self) -> i128 {
        self.said.unwrap_or(0) - self.posted.unwrap_or(0)
    }

    fn first(&self) -> Timestamp {
        [self.said_at, self.posted_at].into_iter().flatten().min().unwrap_or(Timestamp::MIN)
    }

    fn line(&self, currency: &Currency) -> ReconciledLine {
        let amount = |minor| Amount(currency.format_minor(minor));
        ReconciledLine {
            reference: self.reference.clone(),
            at: self.first().into(),
            statement: self.said.map(amount),
            books: self.posted.map(amount),
            seq: self.seq,
            kind: self.kind.clone(),
            difference: amount(self.difference()),
            explained: self.explained.as_ref().map(|explained| Explanation {
                text: explained.explanation.clone(),
                person: explained.person.clone(),
                at: Time::of_us(explained.at),
            }),
        }
    }
}

fn time(us: i64) -> Timestamp {
    Timestamp::from_us(us).unwrap_or(Timestamp::MAX)
}

async fn day_of(handle: &Programme, day: Option<&str>) -> Result<(Calendar, Day), Problem> {
    let now = handle.clock().await?.now;
    let calendar = handle.read(None, |engine| engine.plan().programme.calendar.clone()).await?;
    let day = match day {
        None => calendar.day_of(now),
        Some(text) => Day::parse(text).ok_or_else(|| {
            let error = ratchet_engine::plan::form("a day is YYYY-MM-DD");
            crate::request::query_problem("day", ServerFault::Query { error })
        })?,
    };
    Ok((calendar, day))
}

/// What was posted to `bank` by an entry, in minor units, positive where money came in.
pub(crate) struct Booked {
    /// What the provider's statement calls it too.
    pub(crate) reference: String,
    pub(crate) amount: i128,
    pub(crate) at: Timestamp,
    seq: u64,
    kind: String,
}

/// What the newest entries posted to `bank`, newest first.
pub(crate) async fn booked(handle: &Programme) -> Result<Vec<Booked>, Problem> {
    let bank = Account::programme(AccountKind::Bank);
    let (mut from, mut booked) = (None, Vec::new());
    loop {
        let moves = handle.movements(bank, from, PAGE).await?;
        for movement in &moves {
            // What the bank holds is a debit, which postings count as negative.
            let (seq, amount) = (movement.seq, -movement.amount);
            if let Some(same) = booked.last_mut().filter(|last: &&mut Booked| last.seq == seq) {
                same.amount += amount;
                continue;
            }
            let entry = handle.entry(seq).await?.ok_or_else(Problem::not_found)?;
            let command = &entry.body["command"];
            let kind = command["type"].as_str().unwrap_or_default().to_owned();
            let of = |field: &str| command[field].as_str().map(str::to_owned);
            let reference = match kind.as_str() {
                "payment.receive" => of("payment"),
                "payment.return" => of("payment").map(|payment| returned(&payment)),
                "wallet.paid" => of("withdrawal"),
                "order.refund" => of("refund"),
                _ => None,
            };
            let reference = reference.unwrap_or_else(|| format!("entry:{seq}"));
            booked.push(Booked { reference, amount, at: entry.at, seq, kind });
        }
        from = moves.last().and_then(|movement| movement.previous);
        if from.is_none() || moves.len() < PAGE || booked.len() >= LINES_MAX {
            return Ok(booked);
        }
    }
}

/// Both sides by reference, oldest first.
async fn pairs_of(app: &App, handle: &Programme, programme: &str) -> Result<Vec<Pair>, Problem> {
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for Booked { reference, amount, at, seq, kind } in booked(handle).await? {
        let pair = pairs.entry(reference).or_default();
        pair.posted = Some(pair.posted.unwrap_or(0) + amount);
        (pair.posted_at, pair.seq, pair.kind) = (Some(at), Some(seq), Some(kind));
    }
    let of = programme.to_owned();
    let (transfers, explained) = app
        .people(move |people| {
            people.look(|tables| Ok((tables.transfers(&of, LINES_MAX)?, tables.explained(&of)?)))
        })
        .await?;
    for Transfer { reference, amount, at } in transfers {
        let pair = pairs.entry(reference).or_default();
        (pair.said, pair.said_at) = (Some(amount.into()), Some(time(at)));
    }
    for explained in explained {
        if let Some(pair) = pairs.get_mut(&explained.reference) {
            pair.explained = Some(explained);
        }
    }
    let mut pairs: Vec<Pair> =
        pairs.into_iter().map(|(reference, pair)| Pair { reference, ..pair }).collect();
    pairs.sort_by_key(|pair| (pair.first(), pair.seq));
    Ok(pairs)
}

/// The reference of money that goes back to where it came from.
pub(crate) fn returned(payment: &str) -> String {
    format!("return:{payment}")
}
