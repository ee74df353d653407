//! The journal, accounts, explanations, the log of what staff did.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use std::collections::BTreeMap;

use ratchet_engine::engine::Engine;
use ratchet_engine::explain::Explanation;
use ratchet_engine::ledger::{Account, AccountKind, display_balance};

use super::prelude::*;
use crate::programme::{DecidedAgain, Programme, Recorded};

/// An entry of the journal in its JSON form (docs/spec/journal.md).
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its number.
    seq: u64,
    /// The programme's time at it.
    at: Time,
    /// `genesis`, the type of a command, or the kind of due work.
    kind: String,
    /// The person or part of the server that sent the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// How others see that person; of one entry, for staff who see names.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<String>,
    /// The command, where one caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    command: Option<serde_json::Value>,
    /// What happened: events, each with its postings `[account, number of the owner, amount]`.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<serde_json::Value>,
}

/// An account with its balance.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// Its name.
    account: String,
    /// Whose, if it is not the programme's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// `money`, `points`, …
    asset: String,
    /// What it holds; debit-normal accounts turned positive.
    balance: Units,
    /// Whether debits make it grow.
    debit_normal: bool,
}

/// Why a balance changed (WALLET-1).
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplanationView {
    /// Entry.
    seq: u64,
    /// Step within the entry, from 0.
    step: u32,
    /// Posting within the step, from 0.
    posting: u32,
    /// Account.
    account: String,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// `money`, `points`, …
    asset: String,
    /// By how much, signed.
    amount: String,
    /// What it held before.
    before: String,
    /// And after.
    after: String,
    /// Number of the rule: `POOL-3`.
    rule: String,
    /// What the rule did here, with the numbers.
    sentence: Text,
    /// What went into it.
    inputs: Vec<ExplanationInput>,
    /// Earlier entries that led to it.
    earlier: Vec<EarlierEntry>,
}

/// A number that went into a posting.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplanationInput {
    /// A key of the plan (`pool.retention`) or a quantity (`base`).
    name: String,
    /// A decimal or a rate.
    value: String,
}

/// An earlier entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct EarlierEntry {
    /// Its number.
    seq: u64,
    /// What happened in it.
    what: Text,
}

/// What came of deciding an entry again.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionView {
    /// Whether it came out as it is recorded.
    verdict: Verdict,
    /// How many entries were decided again, from the first one on.
    entries: u64,
    /// The entry that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs_at: Option<u64>,
    /// What differs, or why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Text>,
}

/// Whether an entry came out as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it is recorded.
    Equal,
    /// Otherwise.
    Differs,
    /// That was not found out here.
    NotDone,
}

/// Which ones, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccountsQuery {
    /// Only those of this owner: a member, a merchant or a fund.
    owner: Option<String>,
    /// One row for each kind of account, summed over its owners.
    #[serde(default)]
    summed: bool,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(entries))
        .routes(routes!(entry))
        .routes(routes!(explain))
        .routes(routes!(decide_again))
        .routes(routes!(accounts))
}

/// The journal, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/entries",
    tag = "journal",
    extensions(("x-permission" = json!("journal.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<EntryView>)),
)]
async fn entries(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<EntryView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    if query.min_seq.is_some() {
        handle.read(at_least(query.min_seq), |_| ()).await?;
    }
    let entries = handle.entries(before, limit).await?;
    let next =
        entries.last().filter(|last| entries.len() == limit && last.seq > 0).map(|last| last.seq.to_string());
    Ok(Json(Page { items: entries.into_iter().map(EntryView::from).collect(), next }))
}

/// One entry of the journal.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/entries/{seq}",
    tag = "journal",
    extensions(("x-permission" = json!("journal.read"))),
    responses((status = 200, description = "Done.", body = EntryView)),
)]
async fn entry(
    State(app): State<App>,
    who: Who,
    Path((programme, seq)): Path<(String, String)>,
) -> Result<Json<EntryView>, Problem> {
    let seq = seq.parse().map_err(|_| Problem::not_found())?;
    let entry = app.programme(&programme)?.entry(seq).await?;
    let mut view = EntryView::from(entry.ok_or_else(Problem::not_found)?);
    if let Some(actor) = &view.actor {
        let names = app.names(&who, vec![actor.clone()]).await?;
        view.actor_name = names.get(actor).and_then(|known| known.name.clone());
    }
    Ok(Json(view))
}

/// Why balances changed in an entry: all of them for staff, one's own and the programme's for members.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/entries/{seq}/explanations",
    tag = "journal",
    extensions(("x-permission" = json!("member|journal.read"))),
    responses((status = 200, description = "Done.", body = List<ExplanationView>)),
)]
async fn explain(
    State(app): State<App>,
    who: Who,
    Path((programme, seq)): Path<(String, String)>,
) -> Result<Json<List<ExplanationView>>, Problem> {
    let seq: u64 = seq.parse().map_err(|_| Problem::not_found())?;
    let handle = app.programme(&programme)?;
    let explained = handle.explain(seq).await?.ok_or_else(Problem::not_found)?;
    let all = who.may("journal.read");
    let of_member =
        |explanation: &Explanation| explanation.owner.is_some() && explanation.owner == who.member;
    // A member is shown an entry that concerns it or an order of its own, and of that its own accounts and the programme's.
    if !all && !explained.iter().any(of_member) && !is_of_own_order(&handle, seq, who.member()?).await? {
        return Err(Problem::not_found());
    }
    let shown = explained
        .into_iter()
        .filter(|explanation| all || explanation.owner.is_none() || of_member(explanation));
    Ok(Json(List { items: shown.map(ExplanationView::from).collect() }))
}

/// Decides an entry again, with every one before it, from the journal alone: equal, or what differs, or why that is not done here.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/entries/{seq}/decision",
    tag = "journal",
    extensions(("x-permission" = json!("journal.read"))),
    responses((status = 200, description = "Done.", body = DecisionView)),
)]
async fn decide_again(
    State(app): State<App>,
    Path((programme, seq)): Path<(String, String)>,
) -> Result<Json<DecisionView>, Problem> {
    let seq: u64 = seq.parse().map_err(|_| Problem::not_found())?;
    let decided = app.programme(&programme)?.decide_again(seq).await?.ok_or_else(Problem::not_found)?;
    let both = |message: ratchet_engine::message::Message| Text { zh: message.zh, en: message.en };
    let view = |verdict, entries, at, reason| DecisionView { verdict, entries, differs_at: at, reason };
    Ok(Json(match decided {
        DecidedAgain::Equal { entries, by_older_rules: 0 } => view(Verdict::Equal, entries, None, None),
        DecidedAgain::Equal { entries, by_older_rules } => {
            let told = ServerFault::DecidedByOlderRules { entries: by_older_rules };
            view(Verdict::Equal, entries, None, Some(both(told.into())))
        }
        DecidedAgain::Differs { seq: at, reason } => view(Verdict::Differs, 0, at, Some(both(reason))),
        DecidedAgain::TooFar { most } => {
            view(Verdict::NotDone, 0, None, Some(both(ServerFault::DecideTooFar { most }.into())))
        }
        DecidedAgain::TooLong { entries } => {
            view(Verdict::NotDone, entries, None, Some(both(ServerFault::DecideTooLong { entries }.into())))
        }
    }))
}

/// Accounts with their balances; each asset sums to zero.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/accounts",
    tag = "journal",
    extensions(("x-permission" = json!("journal.read"))),
    params(AccountsQuery),
    responses((status = 200, description = "Done.", body = Page<AccountView>)),
)]
async fn accounts(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<AccountsQuery>,
) -> Result<Json<Page<AccountView>>, Problem> {
    let (limit, from) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?.unwrap_or(0));
    let skip = usize::try_from(from).unwrap_or(usize::MAX);
    let (owner, summed) = (query.owner, query.summed);
    let read = move |engine: &Engine| accounts_of(engine, owner.as_deref(), summed, skip, limit);
    let items: Vec<AccountView> = app.programme(&programme)?.read(at_least(query.min_seq), read).await?;
    let next = (items.len() == limit).then(|| skip.saturating_add(limit).to_string());
    Ok(Json(Page { items, next }))
}

/// `genesis`, the type of its command, or the kind of due work.
pub(crate) fn kind_of(entry: &Recorded) -> String {
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let body = &entry.body;
    let command = text(&body["command"]["type"]);
    command.or_else(|| text(&body["due"])).or_else(|| text(&body["type"])).unwrap_or_default()
}

impl From<Recorded> for EntryView {
    fn from(entry: Recorded) -> EntryView {
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let kind = kind_of(&entry);
        let body = entry.body;
        let command = body.get("command").filter(|command| !command.is_null()).cloned();
        EntryView {
            seq: entry.seq,
            at: entry.at.into(),
            kind,
            actor: command.as_ref().and_then(|command| text(&command["actor"])),
            actor_name: None,
            steps: body["steps"].as_array().cloned().unwrap_or_default(),
            command,
        }
    }
}

impl From<Explanation> for ExplanationView {
    fn from(explanation: Explanation) -> ExplanationView {
        let (seq, step, posting) = explanation.place;
        let small = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        ExplanationView {
            seq,
            step: small(step),
            posting: small(posting),
            account: explanation.account.to_owned(),
            owner: explanation.owner,
            asset: AccountKind::named(explanation.account)
                .map_or_else(String::new, |kind| kind.asset().name().to_owned()),
            amount: explanation.change.amount,
            before: explanation.change.before,
            after: explanation.change.after,
            rule: explanation.rule.to_owned(),
            sentence: Text::from(&explanation.text),
            inputs: explanation
                .inputs
                .into_iter()
                .map(|input| ExplanationInput { name: input.name.to_owned(), value: input.value })
                .collect(),
            earlier: explanation
                .earlier
                .into_iter()
                .map(|earlier| EarlierEntry { seq: earlier.entry, what: Text::from(&earlier.what) })
                .collect(),
        }
    }
}

/// Accounts in the order of the chart, or the sums of each kind.
fn accounts_of(
    engine: &Engine,
    owner: Option<&str>,
    summed: bool,
    skip: usize,
    limit: usize,
) -> Vec<AccountView> {
    let currency = engine.plan().programme.currency;
    let whose = |account| engine.account_owner(account).filter(|name| !name.is_empty());
    let view = |account: Account, owner: Option<&str>, balance: i128| AccountView {
        account: account.kind.name().to_owned(),
        owner: owner.map(str::to_owned),
        asset: account.kind.asset().name().to_owned(),
        balance: Units(display_balance(account, balance, &currency)),
        debit_normal: account.kind.is_debit_normal(),
    };
    if summed {
        let mut sums: BTreeMap<&str, (Account, i128)> = BTreeMap::new();
        for (account, balance) in engine.accounts() {
            sums.entry(account.kind.name()).or_insert((account, 0)).1 += balance;
        }
        let sums = sums.into_values().map(|(account, balance)| view(account, None, balance));
        return sums.skip(skip).take(limit).collect();
    }
    let all = engine.accounts().map(|(account, balance)| (account, whose(account), balance));
    let wanted = all.filter(|(_, whose, _)| owner.is_none() || owner == *whose);
    wanted.skip(skip).take(limit).map(|(account, whose, balance)| view(account, whose, balance)).collect()
}

/// Whether the command of an entry names an order of this member.
async fn is_of_own_order(programme: &Programme, seq: u64, member: &str) -> Result<bool, Problem> {
    let entry = programme.entry(seq).await?;
    let order = entry.and_then(|entry| entry.body["command"]["order"].as_str().map(str::to_owned));
    let (Some(order), member) = (order, member.to_owned()) else { return Ok(false) };
    let owned = move |engine: &Engine| engine.order_view(&order).is_some_and(|order| order.member == member);
    Ok(programme.read(None, owned).await?)
}
