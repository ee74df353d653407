//! Search, what happened to a member, and the list of refunds: what staff look for.

use std::collections::{BTreeMap, BTreeSet};

use ratchet_engine::engine::Engine;
use ratchet_engine::ledger::{Account, AccountKind, display_balance};
use ratchet_store::{Found as FoundRow, FoundKind as RowKind, MemberEvent, Movement, WantedWords};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::commands::signed;
use super::prelude::*;
use crate::programme::Programme;

/// Longest text to look for.
const QUERY_CHARS_MAX: usize = 64;
/// Most things of each kind that are found.
const FOUND_MAX: usize = 8;
/// Most entries of a page of a member's timeline.
const TIMELINE_MAX: usize = 50;
/// Entries of a page of it if nobody says how many.
const TIMELINE: usize = 20;
/// The accounts of a member of which movements are shown.
const ACCOUNTS: [AccountKind; 6] = [
    AccountKind::MemberPoints,
    AccountKind::WalletCash,
    AccountKind::WalletHold,
    AccountKind::WalletReconsume,
    AccountKind::MemberLoyalty,
    AccountKind::Receivable,
];

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// The beginning of an id of a member, an order, a withdrawal or an article, a part of an article's name, an entry's number, or the whole phone number or e-mail
    /// address of a member; 1 to 64 characters.
    q: String,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// A thing that was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hit {
    /// What it is.
    kind: HitKind,
    /// Its id; of an entry its number.
    id: String,
    /// Of an order and a withdrawal, whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// Of an article, what it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Text>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HitKind {
    /// A member.
    Member,
    /// An order.
    Order,
    /// A withdrawal.
    Withdrawal,
    /// An article.
    Product,
    /// An entry of the journal.
    Entry,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TimelineQuery {
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 50, 20 if absent.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// An entry that concerns a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberEntry {
    /// Its number.
    seq: u64,
    /// The programme's time at it.
    at: Time,
    /// The type of its command, or the kind of due work.
    kind: String,
    /// What it did with the member's orders and withdrawals.
    steps: Vec<MemberStep>,
    /// What it moved on the member's accounts.
    changes: Vec<MemberChange>,
}

/// A step of something of a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberStep {
    /// `joined`, `placed`, `paid`, `shipped`, `received`, `settled`, `closed`, `refund`, or `withdrawal.` with its new state.
    what: String,
    /// The member, the order or the withdrawal.
    subject: String,
}

/// A movement on an account of a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberChange {
    /// The account.
    account: String,
    /// `money`, `points`.
    asset: String,
    /// By how much, signed; points in the units of then.
    amount: Units,
    /// What it held afterwards.
    balance: Units,
}

/// A refund.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefundView {
    /// Its id.
    id: String,
    /// The order.
    order: String,
    /// The buyer.
    member: String,
    /// Given back, in whatever way it was paid.
    amount: Amount,
    /// When.
    at: Time,
    /// By which entry.
    seq: u64,
    /// Whether the order was final already, so that points were taken back.
    late: bool,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(timeline)).routes(routes!(refunds))
}

/// Members, orders, withdrawals and articles whose id begins so, the entry of this number, the member with this phone number or e-mail
/// address; at most 8 of a kind.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/search",
    tag = "search",
    extensions(("x-permission" = json!("members.read"))),
    params(SearchQuery),
    responses((status = 200, description = "Done.", body = List<Hit>)),
)]
async fn search(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<List<Hit>>, Problem> {
    let text = query.q.trim().to_owned();
    if !(1..=QUERY_CHARS_MAX).contains(&text.chars().count()) {
        let fault = ServerFault::Length { least: 1, most: QUERY_CHARS_MAX };
        return Err(crate::request::query_problem("q", fault));
    }
    let handle = app.programme(&programme)?;
    let mut items = Vec::new();
    if let (Ok(seq), true) = (text.parse::<u64>(), who.may("journal.read")) {
        let there = handle.read(at_least(query.min_seq), Engine::next_seq).await? > seq;
        items.extend(there.then(|| hit(HitKind::Entry, seq.to_string())));
    }
    // What is no login is nobody's.
    let (login, of) = (super::people::normalised(&text).unwrap_or_default(), programme.clone());
    let by_login = app.people(move |people| {
        people.look(|tables| match tables.credentials(&login)? {
            Some(found) => tables.member_of(&of, &found.person),
            None => Ok(None),
        })
    });
    items.extend(by_login.await?.map(|member| hit(HitKind::Member, member)));
    // Ids are ASCII: nothing else begins one.
    if text.is_ascii() {
        let prefix = text.clone();
        let kinds = [
            (RowKind::Member, who.may("members.read")),
            (RowKind::Order, who.may("orders.read")),
            (RowKind::Withdrawal, who.may("withdrawals.read")),
        ];
        let find = move |rows: &ratchet_store::ReadModels| {
            let mut found = Vec::new();
            for (kind, _) in kinds.into_iter().filter(|(_, may)| *may) {
                found.extend(rows.find(kind, &prefix, FOUND_MAX)?);
            }
            Ok(found)
        };
        let found: Vec<FoundRow> = handle.rows(at_least(query.min_seq), find).await?;
        items.extend(found.into_iter().map(|row| Hit {
            kind: match row.kind {
                RowKind::Member => HitKind::Member,
                RowKind::Order => HitKind::Order,
                RowKind::Withdrawal => HitKind::Withdrawal,
            },
            id: row.id,
            member: row.member,
            title: None,
        }));
    }
    let products = app.people(move |people| {
        let words = WantedWords::of(&text);
        people.look(|tables| tables.products_by(&programme, &text, words.as_ref(), FOUND_MAX))
    });
    items.extend(products.await?.into_iter().map(|product| {
        let [zh, en] = product.title;
        Hit { title: Some(Text { zh, en }), ..hit(HitKind::Product, product.id) }
    }));
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert((item.kind as u8, item.id.clone())));
    Ok(Json(List { items }))
}

fn hit(kind: HitKind, id: String) -> Hit {
    Hit { kind, id, member: None, title: None }
}

/// Every entry that concerns a member, newest first: its orders, its withdrawals, and whatever moves its accounts.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/members/{member}/timeline",
    tag = "members",
    extensions(("x-permission" = json!("members.read"))),
    params(TimelineQuery),
    responses((status = 200, description = "Done.", body = Page<MemberEntry>)),
)]
async fn timeline(
    State(app): State<App>,
    Path((programme, member)): Path<(String, String)>,
    Query(query): Query<TimelineQuery>,
) -> Result<Json<Page<MemberEntry>>, Problem> {
    let limit = match query.limit {
        None => TIMELINE,
        Some(limit) if (1..=TIMELINE_MAX).contains(&limit) => limit,
        Some(_) => {
            let fault = ServerFault::Count { least: 1, most: TIMELINE_MAX };
            return Err(crate::request::query_problem("limit", fault));
        }
    };
    let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
    let handle = app.programme(&programme)?;
    let id = member.clone();
    let number = handle.read(at_least(query.min_seq), move |engine| engine.member(&id).map(|view| view.no));
    let number = number.await?.ok_or_else(Problem::not_found)?;
    let currency = app.currency(&handle).await?;

    let before = cursor.as_ref().map(|cursor| cursor.before);
    let rows_seq = fresh(&handle, query.min_seq).await?;
    let events = handle.rows(rows_seq, move |rows| rows.of_member(&member, before, limit)).await?;
    let mut moved = Vec::new();
    for (place, kind) in ACCOUNTS.into_iter().enumerate() {
        let account = Account::member(kind, number);
        let from = match &cursor {
            None => None,
            Some(cursor) => match cursor.movements[place] {
                Some(position) => Some(position),
                // Nothing of this account is left.
                None => {
                    moved.push(Vec::new());
                    continue;
                }
            },
        };
        moved.push(whole_entries(&handle, account, from, limit).await?);
    }
    let newest = newest(&events, &moved, limit);
    let next = newest.last().filter(|_| newest.len() == limit).map(|last| Cursor::after(*last, &moved));
    let next = next.filter(|next| has_more(next, &events, limit)).map(|cursor| cursor.text());
    let mut items = Vec::with_capacity(newest.len());
    for seq in newest {
        items.push(entry_of(&handle, seq, &events, &moved, &currency).await?);
    }
    Ok(Json(Page { items, next }))
}

/// Refunds of all orders, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/refunds",
    tag = "orders",
    extensions(("x-permission" = json!("orders.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<RefundView>)),
)]
async fn refunds(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<RefundView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let rows = handle.rows(at_least(query.min_seq), move |rows| rows.all_refunds(before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let currency = app.currency(&handle).await?;
    let view = |row: ratchet_store::RefundListed| RefundView {
        id: row.id,
        order: row.order,
        member: row.member,
        amount: Amount::of(row.amount, &currency),
        at: row.accepted.at.into(),
        seq: row.accepted.seq,
        late: row.late,
    };
    Ok(Json(Page { items: rows.into_iter().map(view).collect(), next }))
}

/// Where a timeline goes on: before an entry, and for each account from a movement.
struct Cursor {
    before: u64,
    movements: [Option<u64>; ACCOUNTS.len()],
}

impl Cursor {
    fn parse(text: &str) -> Result<Cursor, Problem> {
        let bad = || {
            let error = ratchet_engine::plan::form("it is none of this list");
            crate::request::query_problem("cursor", ServerFault::Query { error })
        };
        let mut parts = text.split('-');
        let before = parts.next().and_then(|part| part.parse().ok()).ok_or_else(bad)?;
        let mut movements = [None; ACCOUNTS.len()];
        for position in &mut movements {
            *position = match parts.next() {
                Some("") => None,
                Some(part) => Some(part.parse().map_err(|_| bad())?),
                None => return Err(bad()),
            };
        }
        Ok(Cursor { before, movements })
    }

    /// After an entry: of each account its newest movement before it.
    fn after(last: u64, moved: &[Vec<Movement>]) -> Cursor {
        let mut movements = [None; ACCOUNTS.len()];
        for (position, of_account) in movements.iter_mut().zip(moved) {
            let older = of_account.iter().find(|movement| movement.seq < last);
            // Where all that were read are newer, the chain goes on behind them.
            *position = match older {
                Some(movement) => Some(movement.position),
                None => of_account.last().and_then(|movement| movement.previous),
            };
        }
        Cursor { before: last, movements }
    }

    fn text(&self) -> String {
        let positions = self
            .movements
            .iter()
            .map(|position| position.map_or_else(String::new, |place| place.to_string()));
        std::iter::once(self.before.to_string()).chain(positions).collect::<Vec<_>>().join("-")
    }
}

/// Movements of an account from one on, so that those of at least so many entries are there as a whole.
async fn whole_entries(
    handle: &Programme,
    account: Account,
    from: Option<u64>,
    entries: usize,
) -> Result<Vec<Movement>, Problem> {
    let mut found = handle.movements(account, from, entries).await?;
    loop {
        let seqs: BTreeSet<u64> = found.iter().map(|movement| movement.seq).collect();
        let Some(previous) = found.last().and_then(|movement| movement.previous) else { return Ok(found) };
        if seqs.len() > entries {
            return Ok(found);
        }
        found.extend(handle.movements(account, Some(previous), entries).await?);
    }
}

/// Whether anything is left after a page.
fn has_more(next: &Cursor, events: &[MemberEvent], limit: usize) -> bool {
    let in_rows = events.len() == limit || events.iter().any(|event| event.seq < next.before);
    in_rows || next.movements.iter().any(Option::is_some)
}

/// The newest entries of all that were read.
fn newest(events: &[MemberEvent], moved: &[Vec<Movement>], limit: usize) -> Vec<u64> {
    let movements = moved.iter().flatten().map(|movement| movement.seq);
    let all: BTreeSet<u64> = events.iter().map(|event| event.seq).chain(movements).collect();
    all.into_iter().rev().take(limit).collect()
}

async fn entry_of(
    handle: &Programme,
    seq: u64,
    events: &[MemberEvent],
    moved: &[Vec<Movement>],
    currency: &ratchet_engine::amount::Currency,
) -> Result<MemberEntry, Problem> {
    let entry = handle.entry(seq).await?;
    let entry = entry.ok_or_else(|| Problem::new(ServerFault::Storage {}).because("an entry is missing"))?;
    let at = entry.at;
    // An entry may move an account several times: the sum, and what was there in the end.
    let mut changes: BTreeMap<usize, (Account, i128, i128)> = BTreeMap::new();
    for (place, of_account) in moved.iter().enumerate() {
        for movement in of_account.iter().filter(|movement| movement.seq == seq) {
            let change = changes.entry(place).or_insert((movement.account, 0, movement.balance));
            change.1 += movement.amount;
        }
    }
    let change = |(account, amount, balance): (Account, i128, i128)| MemberChange {
        account: account.kind.name().to_owned(),
        asset: account.kind.asset().name().to_owned(),
        amount: Units(signed(account, amount, currency)),
        balance: Units(display_balance(account, balance, currency)),
    };
    let steps = events.iter().filter(|event| event.seq == seq);
    Ok(MemberEntry {
        seq,
        at: at.into(),
        kind: super::journal::kind_of(&entry),
        steps: steps
            .map(|event| MemberStep { what: event.what.clone(), subject: event.subject.clone() })
            .collect(),
        changes: changes.into_values().map(change).collect(),
    })
}
