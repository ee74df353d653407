//! Wallets and withdrawals.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use ratchet_engine::amount::{Currency, Money, Rate};
use ratchet_engine::engine::Engine;
use ratchet_engine::id::MemberNo;
use ratchet_engine::ledger::{Account, AccountKind, display_balance};
use ratchet_engine::plan::{RetentionPoint, TierBasis};
use ratchet_engine::wallet::WithdrawalParts;
use ratchet_store::{Payee, WithdrawalsQuery as RowsQuery};

use super::commands::signed;
use super::prelude::*;
use crate::cashier;
use crate::programme::{PreviewOutcome, Programme};

/// A member's money.
#[derive(Serialize, ToSchema)]
pub(crate) struct WalletView {
    /// May be withdrawn.
    cash: Amount,
    /// Held for withdrawals that are under way.
    held: Amount,
    /// Good for goods only (WALLET-3).
    reconsume: Amount,
    /// Loyalty points, by their worth.
    loyalty: Amount,
    /// Where the member stands with them; `null` in a plan without loyalty points (LOY-5g).
    loyalty_standing: Option<LoyaltyStandingView>,
    /// Owed after late refunds.
    owed: Amount,
}

/// A member's tier and what its month leaves (LOY-5g).
#[derive(Serialize, ToSchema)]
pub(crate) struct LoyaltyStandingView {
    /// What one loyalty point is worth.
    worth: Amount,
    /// The tier of today; `null` below the first, and in a plan without tiers.
    tier: Option<LoyaltyTierView>,
    /// The last local day of this tier if nothing more is bought; `null` where it does not end.
    tier_until: Option<String>,
    /// What counts for tiers today, in the plan's window; `null` in a plan without tiers.
    counted: Option<Amount>,
    /// The next tier; `null` in the highest.
    next_tier: Option<LoyaltyTierView>,
    /// What is lacking to the next tier.
    to_next_tier: Option<Amount>,
    /// The worth of the points that can still be earned in this local month; `null` without a limit.
    left_of_month: Option<Amount>,
}

/// A tier of the plan in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoyaltyTierView {
    /// Its place, counted from 1.
    place: usize,
    /// Its name, where the plan names it.
    name: Option<Text>,
    /// Spent, or earned in points by their worth, from which on it is reached.
    from: Amount,
    /// Whether it is by spending; else by points earned.
    by_spending: bool,
}

/// A change of one of a member's accounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct Movement {
    /// Entry of the journal.
    seq: u64,
    /// For the next page: its place among all movements of the programme.
    position: u64,
    /// When.
    at: Time,
    /// Account: `wallet.cash`, `wallet.hold`, `points`, …
    account: String,
    /// What moved: `money`, `points`, …
    asset: String,
    /// By how much, signed.
    amount: Units,
    /// What the account held afterwards.
    balance: Units,
}

/// Which account of a member.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WalletAccount {
    /// `wallet.cash`
    Cash,
    /// `wallet.hold`
    Hold,
    /// `wallet.reconsume`
    Reconsume,
    /// `wallet.loyalty`
    Loyalty,
    /// Points.
    Points,
    /// `release.points`: granted and released (REL-2a).
    Release,
}

/// Money to be paid out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawalRequest {
    /// Taken from the wallet, fee included.
    pub(super) amount: Amount,
}

/// What a withdrawal of an amount would come apart into, by the plan of now.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithdrawalQuote {
    /// Taken from the wallet.
    amount: Amount,
    /// Of it, the fee.
    fee: Amount,
    /// Of it, what goes to the re-consumption wallet; absent where retention is taken at withdrawal, so that it is known only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    reconsume: Option<Amount>,
    /// What would be paid; absent for the same reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<Amount>,
    /// How many people would have to approve it.
    people_needed: u32,
}

/// How much.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WithdrawalQuoteQuery {
    /// Taken from the wallet, fee included.
    amount: String,
}

/// Where a withdrawal stands (WALLET-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WithdrawalState {
    /// Asked for; the amount is held.
    Requested,
    /// Approved by as many people as it needs.
    Approved,
    /// Handed to the provider.
    Sent,
    /// Nobody knows whether the provider paid; never sent again under another id.
    Unknown,
    /// Paid.
    Paid,
    /// The provider did not pay; the amount is back.
    Failed,
    /// Not approved; the amount is back.
    Rejected,
}

/// A withdrawal.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithdrawalView {
    /// Its id.
    id: String,
    /// Who is paid.
    member: String,
    /// The merchant, where it is paid what is owed for its goods (MERCH-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<String>,
    /// Where it stands.
    state: WithdrawalState,
    /// Taken from the wallet.
    amount: Amount,
    /// Of it, the fee.
    fee: Amount,
    /// Of it, what retention keeps where it is taken at withdrawal.
    retained: Amount,
    /// Of it, what goes to the re-consumption wallet.
    reconsume: Amount,
    /// What is paid.
    net: Amount,
    /// When it was asked for.
    requested_at: Time,
    /// How many people have to approve it.
    people_needed: u32,
    /// How many have.
    approvals: u32,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The provider's number of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// What happened, oldest first; who, for staff only.
    steps: Vec<WithdrawalStep>,
}

/// A step of a withdrawal.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithdrawalStep {
    /// Entry of the journal.
    seq: u64,
    /// When.
    at: Time,
    /// What.
    what: WithdrawalState,
    /// Which person; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    /// How others see that person; for staff who see names.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// Why not.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectRequest {
    /// A code that the member is told, such as `account_name_differs`; 1 to 64 letters, digits, `_`.
    reason: String,
}

/// What a reviewer has to decide.
#[derive(Serialize, ToSchema)]
pub(crate) struct InboxItem {
    /// The withdrawal.
    withdrawal: WithdrawalView,
    /// Whether the person who asks may decide it.
    may: bool,
    /// Why not, in the language asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
}

/// Something other than a withdrawal that a second person has to decide.
#[derive(Serialize, ToSchema)]
pub(crate) struct InboxDecision {
    /// A proposed plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    amendment: Option<super::plan::AmendmentView>,
    /// A proposed command.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<super::proposals::ProposalView>,
    /// Whether the person who asks may decide it.
    may: bool,
    /// Why not, in the language asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
}

/// What waits for decisions, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Inbox {
    /// Withdrawals, at most a hundred.
    items: Vec<InboxItem>,
    /// Proposed plans and commands.
    decisions: Vec<InboxDecision>,
    /// Money of those that the person may decide.
    sum: Amount,
}

/// Which ones, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WithdrawalsQuery {
    /// Only those in this state.
    pub(super) state: Option<WithdrawalState>,
    /// From `next` of the page before.
    pub(super) cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<usize>,
    /// Read at least every entry up to this one.
    pub(super) min_seq: Option<u64>,
}

/// Which ones, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MovementsQuery {
    /// Which account.
    account: WalletAccount,
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
        .routes(routes!(mine))
        .routes(routes!(movements))
        .routes(routes!(withdraw, my_withdrawals))
        .routes(routes!(withdrawal_quote))
        .routes(routes!(my_withdrawal))
        .routes(routes!(withdrawals))
        .routes(routes!(withdrawal))
        .routes(routes!(inbox))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(send))
}

/// One's own money.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/wallet",
    tag = "wallet",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = WalletView)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<WalletView>, Problem> {
    let member = who.member()?.to_owned();
    let handle = app.programme(&programme)?;
    let view = handle.read(at_least(query.min_seq), move |engine| wallet_view(engine, &member));
    view.await?.map(Json).ok_or_else(Problem::not_found)
}

/// What moved on one of one's own accounts, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/movements",
    tag = "wallet",
    extensions(("x-permission" = json!("member"))),
    params(MovementsQuery),
    responses((status = 200, description = "Done.", body = Page<Movement>)),
)]
async fn movements(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<MovementsQuery>,
) -> Result<Json<Page<Movement>>, Problem> {
    let (limit, from) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let number = handle
        .read(at_least(query.min_seq), move |engine| engine.member(&member).map(|view| view.no))
        .await?;
    let number = number.ok_or_else(Problem::not_found)?;
    let (items, previous) = movements_of(&app, &handle, query.account, number, from, limit).await?;
    Ok(Json(Page { items, next: previous.map(|previous| previous.to_string()) }))
}

/// A member's money as its engine knows it.
pub(super) fn wallet_view(engine: &Engine, member: &str) -> Option<WalletView> {
    let view = engine.member(member)?;
    let currency = engine.plan().programme.currency;
    let amount = |money: Money| Amount::of(money, &currency);
    Some(WalletView {
        cash: amount(view.cash),
        held: amount(view.hold),
        reconsume: amount(view.reconsume),
        loyalty: amount(view.loyalty),
        loyalty_standing: loyalty_standing(engine, member),
        owed: amount(view.receivable),
    })
}

fn loyalty_standing(engine: &Engine, member: &str) -> Option<LoyaltyStandingView> {
    let (plan, standing) = (engine.plan().loyalty.as_ref()?, engine.loyalty_standing(member)?);
    let currency = engine.plan().programme.currency;
    let amount = |money: Money| Amount::of(money, &currency);
    let tier = |place: usize| {
        let tier = plan.tiers.get(place.checked_sub(1)?)?;
        Some(LoyaltyTierView {
            place,
            name: tier.name.as_ref().map(Text::from),
            from: amount(tier.from),
            by_spending: plan.tier_basis == TierBasis::Spent,
        })
    };
    Some(LoyaltyStandingView {
        worth: amount(plan.worth),
        tier: tier(standing.tier),
        tier_until: standing.tier_until.map(|day| day.to_string()),
        counted: (!plan.tiers.is_empty()).then(|| amount(standing.counted)),
        next_tier: tier(standing.tier + 1),
        to_next_tier: standing.to_next_tier.map(amount),
        left_of_month: standing.left_of_month.map(amount),
    })
}

/// A page of what moved on one account of a member, newest first, and where the next one goes on.
pub(super) async fn movements_of(
    app: &App,
    handle: &Programme,
    account: WalletAccount,
    member: MemberNo,
    from: Option<u64>,
    limit: usize,
) -> Result<(Vec<Movement>, Option<u64>), Problem> {
    let kind = match account {
        WalletAccount::Cash => AccountKind::WalletCash,
        WalletAccount::Hold => AccountKind::WalletHold,
        WalletAccount::Reconsume => AccountKind::WalletReconsume,
        WalletAccount::Loyalty => AccountKind::MemberLoyalty,
        WalletAccount::Points => AccountKind::MemberPoints,
        WalletAccount::Release => AccountKind::MemberRelease,
    };
    movements_on(app, handle, Account::member(kind, member), from, limit).await
}

/// The same of any account.
pub(super) async fn movements_on(
    app: &App,
    handle: &Programme,
    account: Account,
    from: Option<u64>,
    limit: usize,
) -> Result<(Vec<Movement>, Option<u64>), Problem> {
    let kind = account.kind;
    let rows = handle.movements(account, from, limit).await?;
    let previous = rows.last().filter(|_| rows.len() == limit).and_then(|row| row.previous);
    let currency = app.currency(handle).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let at = handle.entry(row.seq).await?.ok_or_else(Problem::not_found)?.at;
        items.push(Movement {
            seq: row.seq,
            position: row.position,
            at: at.into(),
            account: kind.name().to_owned(),
            asset: kind.asset().name().to_owned(),
            amount: Units(signed(account, row.amount, &currency)),
            balance: Units(display_balance(account, row.balance, &currency)),
        });
    }
    Ok((items, previous))
}

/// Asks for money to be paid out (wallet.withdraw): it is held from now on.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/withdrawals",
    tag = "wallet",
    extensions(("x-permission" = json!("member"))),
    request_body = WithdrawalRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn withdraw(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<WithdrawalRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let withdrawal = app.secrets().id_of("w", &[&programme, who.person()?, &write.key]);
    let member = who.member()?;
    let command = json!({
        "type": "wallet.withdraw", "withdrawal": withdrawal, "member": member, "amount": body.value.amount.0,
    });
    app.command(&who, &write, &handle, withdrawal, command).await
}

/// What a withdrawal would cost and pay, before it is asked for.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/withdrawals/quote",
    tag = "wallet",
    extensions(("x-permission" = json!("member"))),
    params(WithdrawalQuoteQuery),
    responses((status = 200, description = "Done.", body = WithdrawalQuote)),
)]
async fn withdrawal_quote(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<WithdrawalQuoteQuery>,
) -> Result<Json<WithdrawalQuote>, Problem> {
    who.member()?;
    let handle = app.programme(&programme)?;
    let currency = app.currency(&handle).await?;
    let amount = currency.parse_money(&query.amount);
    let amount = amount.map_err(|error| crate::request::query_problem("amount", error))?;
    let quote = handle.read(None, move |engine| {
        let (plan, text) = (engine.plan(), |money: Money| Amount::of(money, &currency));
        let fee = plan.wallet.withdrawal_fee.ceil_of(amount);
        let rest = amount.saturating_sub(fee);
        // The cash part rounds down; re-consumption takes the rest (WALLET-3).
        let share = Rate::from_ppm(Rate::ONE.ppm() - plan.wallet.reconsume_share.ppm());
        let cash = share.floor_of(rest);
        let known = plan.pool.is_none_or(|pool| pool.retention_point == RetentionPoint::Sale);
        WithdrawalQuote {
            amount: text(amount),
            fee: text(fee),
            reconsume: known.then(|| text(rest.saturating_sub(cash))),
            net: known.then(|| text(cash)),
            people_needed: if engine.needs_two_approvals(amount) { 2 } else { 1 },
        }
    });
    Ok(Json(quote.await?))
}

/// One's own withdrawals, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/withdrawals",
    tag = "wallet",
    extensions(("x-permission" = json!("member"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<WithdrawalView>)),
)]
async fn my_withdrawals(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<WithdrawalView>>, Problem> {
    let member = RowsQuery { member: Some(who.member()?.to_owned()), ..RowsQuery::default() };
    let query =
        WithdrawalsQuery { state: None, cursor: query.cursor, limit: query.limit, min_seq: query.min_seq };
    page(&app, &who, &programme, query, member).await.map(Json)
}

/// One of one's own withdrawals with its steps.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/withdrawals/{withdrawal}",
    tag = "wallet",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = WithdrawalView)),
)]
async fn my_withdrawal(
    State(app): State<App>,
    who: Who,
    Path((programme, withdrawal)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<WithdrawalView>, Problem> {
    let member = RowsQuery { member: Some(who.member()?.to_owned()), ..RowsQuery::default() };
    one_of(&app, &who, &programme, withdrawal, member, query.min_seq).await.map(Json)
}

/// All withdrawals, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/withdrawals",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.read"))),
    params(WithdrawalsQuery),
    responses((status = 200, description = "Done.", body = Page<WithdrawalView>)),
)]
async fn withdrawals(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<WithdrawalsQuery>,
) -> Result<Json<Page<WithdrawalView>>, Problem> {
    page(&app, &who, &programme, query, RowsQuery::default()).await.map(Json)
}

/// A withdrawal with who did what.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/withdrawals/{withdrawal}",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = WithdrawalView)),
)]
async fn withdrawal(
    State(app): State<App>,
    who: Who,
    Path((programme, withdrawal)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<WithdrawalView>, Problem> {
    one_of(&app, &who, &programme, withdrawal, RowsQuery::default(), query.min_seq).await.map(Json)
}

/// What waits for a decision, oldest first, and whether the person who asks may decide it.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/inbox",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = Inbox)),
)]
async fn inbox(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<Inbox>, Problem> {
    let handle = app.programme(&programme)?;
    let wanted = RowsQuery {
        state: Some(ratchet_engine::wallet::WithdrawalState::Requested),
        limit: INBOX_MAX,
        ..RowsQuery::default()
    };
    let mut rows =
        handle.rows(fresh(&handle, query.min_seq).await?, move |rows| rows.withdrawals(&wanted)).await?;
    rows.reverse();
    let currency = app.currency(&handle).await?;
    let terms = terms_of(&handle, &rows).await?;
    let (mut withdrawals, mut asked, mut sum) = (Vec::new(), Vec::new(), Money::ZERO);
    for (row, terms) in rows.into_iter().zip(terms) {
        // Whether this person may is what approving it would answer.
        let command = json!({ "type": "wallet.approve", "withdrawal": row.id });
        let key = format!("{}:inbox.{}.{}", who.person()?, row.id, who.meta.id);
        let refusal = refusal_of(&app, &who, &handle, &key, command).await?;
        let why_not = match who.may("withdrawals.review") {
            true => refusal,
            false => Some(Problem::new(ServerFault::ReviewersDecide {}).text(who.meta.language).to_owned()),
        };
        if why_not.is_none() {
            sum = sum.checked_add(row.amount).unwrap_or(sum);
        }
        withdrawals.push(withdrawal_view(row, &terms, &currency, true, (None, None)));
        asked.push(why_not);
    }
    let withdrawals = with_names(&app, &who, withdrawals).await?.into_iter().zip(asked);
    let items = withdrawals
        .map(|(withdrawal, why_not)| InboxItem { withdrawal, may: why_not.is_none(), why_not })
        .collect();
    let decisions = decisions(&app, &who, &handle).await?;
    Ok(Json(Inbox { items, decisions, sum: Amount::of(sum, &currency) }))
}

/// What else waits for a second person.
async fn decisions(app: &App, who: &Who, handle: &Programme) -> Result<Vec<InboxDecision>, Problem> {
    let person = who.person()?;
    let language = who.meta.language;
    let not_yours = || Problem::not_found().text(language).to_owned();
    let mut decisions = Vec::new();
    for proposal in super::proposals::open(app, who, handle.id()).await? {
        let why_not = if !who.may("money.approve") {
            Some(not_yours())
        } else if proposal.proposed_by.person == person {
            Some(Problem::new(ServerFault::TwoPeopleSame {}).text(language).to_owned())
        } else {
            None
        };
        let may = why_not.is_none();
        decisions.push(InboxDecision { amendment: None, proposal: Some(proposal), may, why_not });
    }
    let mut proposed = super::plan::amendments(app, who, handle, None, INBOX_MAX).await?;
    proposed.retain(|amendment| amendment.state == super::plan::AmendmentState::Proposed);
    proposed.reverse();
    for amendment in proposed {
        let command =
            json!({ "type": "plan.approve", "version": amendment.version, "hash": amendment.sha256 });
        let key = format!("{person}:inbox.{}.{}", amendment.version, who.meta.id);
        let why_not = if who.may("plan.manage") {
            refusal_of(app, who, handle, &key, command).await?
        } else {
            Some(not_yours())
        };
        let may = why_not.is_none();
        decisions.push(InboxDecision { amendment: Some(amendment), proposal: None, may, why_not });
    }
    Ok(decisions)
}

/// What a command would be refused for now, in the language asked for.
async fn refusal_of(
    app: &App,
    who: &Who,
    handle: &Programme,
    key: &str,
    command: serde_json::Value,
) -> Result<Option<String>, Problem> {
    let request = app.request(handle, key, who.person()?, command).await?;
    match handle.preview(request).await?.outcome {
        PreviewOutcome::Applied | PreviewOutcome::Duplicate { .. } => Ok(None),
        PreviewOutcome::Rejected(refused) => Ok(Some(refused.message.text(who.meta.language).to_owned())),
        PreviewOutcome::CatchingUp => Err(Problem::new(ServerFault::CatchingUp {}).retry_after(1)),
    }
}

/// Approves it (wallet.approve): never one's own, and not twice by one person.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/withdrawals/{withdrawal}/approve",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.review"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn approve(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, withdrawal)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "wallet.approve", "withdrawal": withdrawal });
    app.command(&who, &write, &handle, withdrawal, command).await
}

/// Rejects it (wallet.reject): the money is back at once.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/withdrawals/{withdrawal}/reject",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.review"))),
    request_body = RejectRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn reject(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, withdrawal)): Path<(String, String)>,
    body: Body<RejectRequest>,
) -> Result<Response, Problem> {
    check_letters("reason", &body.value.reason, REASON_CHARS_MAX)?;
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "wallet.reject", "withdrawal": withdrawal, "reason": body.value.reason });
    app.command(&who, &write, &handle, withdrawal, command).await
}

/// Hands it to the provider (wallet.sent): the provider's signed message says whether it was paid.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/withdrawals/{withdrawal}/send",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.pay"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn send(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, withdrawal)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    cashier::refuse_live(handle.read(None, |engine| engine.plan().programme.mode).await?)?;
    let command = json!({ "type": "wallet.sent", "withdrawal": withdrawal });
    let answer = app.command(&who, &write, &handle, withdrawal.clone(), command).await?;
    if !write.preview {
        // The payout has the withdrawal's own id: sent again under the same key it is the same payout (PAY-2).
        pay_out(&app, &who, &programme, &handle, withdrawal).await?;
    }
    Ok(answer)
}

/// Most withdrawals that an inbox shows.
const INBOX_MAX: usize = 100;
/// Longest reason.
const REASON_CHARS_MAX: usize = 64;

pub(super) async fn page(
    app: &App,
    who: &Who,
    programme: &str,
    query: WithdrawalsQuery,
    of: RowsQuery,
) -> Result<Page<WithdrawalView>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(programme)?;
    let state = query.state.map(WithdrawalState::of_engine);
    let wanted = RowsQuery { state, before, limit, ..of };
    let rows = handle.rows(at_least(query.min_seq), move |rows| rows.withdrawals(&wanted)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let currency = app.currency(&handle).await?;
    let terms = terms_of(&handle, &rows).await?;
    let staff = who.may("withdrawals.read");
    let views = rows.into_iter().zip(&terms);
    let items = views.map(|(row, terms)| withdrawal_view(row, terms, &currency, staff, (None, None)));
    Ok(Page { items: with_names(app, who, items.collect()).await?, next })
}

pub(super) async fn one_of(
    app: &App,
    who: &Who,
    programme: &str,
    id: String,
    of: RowsQuery,
    min_seq: Option<u64>,
) -> Result<WithdrawalView, Problem> {
    let handle = app.programme(programme)?;
    let wanted = RowsQuery { id: Some(id), limit: 1, ..of };
    let row = handle.rows(fresh(&handle, min_seq).await?, move |rows| rows.withdrawals(&wanted)).await?.pop();
    let row = row.ok_or_else(Problem::not_found)?;
    let currency = app.currency(&handle).await?;
    let terms = terms_of(&handle, std::slice::from_ref(&row)).await?.pop().ok_or_else(Problem::not_found)?;
    let (of, subject) = (programme.to_owned(), row.id.clone());
    let payout =
        app.people(move |people| people.look(|tables| tables.payment_of(&of, "payout", &subject))).await?;
    let receipt =
        payout.filter(|_| row.state == ratchet_engine::wallet::WithdrawalState::Paid).map(|payout| payout.id);
    let rejected =
        row.steps.iter().find(|step| step.state == ratchet_engine::wallet::WithdrawalState::Rejected);
    let reason = match rejected {
        Some(step) => handle
            .entry(step.moment.seq)
            .await?
            .and_then(|entry| entry.body["command"]["reason"].as_str().map(str::to_owned)),
        None => None,
    };
    let view = withdrawal_view(row, &terms, &currency, who.may("withdrawals.read"), (reason, receipt));
    with_names(app, who, vec![view]).await?.pop().ok_or_else(Problem::not_found)
}

/// With the names of those who did something to it, for staff who see names.
async fn with_names(
    app: &App,
    who: &Who,
    mut views: Vec<WithdrawalView>,
) -> Result<Vec<WithdrawalView>, Problem> {
    let steps = views.iter().flat_map(|view| &view.steps);
    let people: Vec<String> = steps.filter_map(|step| step.person.clone()).collect();
    let names = app.names(who, people).await?;
    for step in views.iter_mut().flat_map(|view| &mut view.steps) {
        let known = step.person.as_ref().and_then(|person| names.get(person));
        step.name = known.and_then(|known| known.name.clone());
    }
    Ok(views)
}

fn withdrawal_view(
    row: ratchet_store::WithdrawalRow,
    terms: &Terms,
    currency: &Currency,
    with_people: bool,
    (reason, receipt): (Option<String>, Option<String>),
) -> WithdrawalView {
    let amount = |money: Money| Amount::of(money, currency);
    // As it was paid, else as it would be.
    let WithdrawalParts { fee, retained, cash, reconsume } = match row.state {
        ratchet_engine::wallet::WithdrawalState::Paid => {
            WithdrawalParts { fee: row.fee, retained: row.retained, cash: row.net, reconsume: row.reconsume }
        }
        _ => terms.parts,
    };
    let approvals = row.steps.iter().filter(|step| step.is_approval).count();
    let steps = row.steps.iter().map(|step| WithdrawalStep {
        seq: step.moment.seq,
        at: step.moment.at.into(),
        what: match step.is_approval {
            true => WithdrawalState::Approved,
            false => WithdrawalState::of(step.state),
        },
        person: with_people.then(|| step.actor.clone()),
        name: None,
    });
    WithdrawalView {
        id: row.id.clone(),
        member: match (&row.payee, &terms.member) {
            (Payee::Member(member), _) => member.clone(),
            (Payee::Merchant(merchant), member) => member.clone().unwrap_or_else(|| merchant.clone()),
            (Payee::Operator, _) => "operator".to_owned(),
        },
        merchant: match &row.payee {
            Payee::Merchant(merchant) => Some(merchant.clone()),
            Payee::Member(_) | Payee::Operator => None,
        },
        state: WithdrawalState::of(row.state),
        amount: amount(row.amount),
        fee: amount(fee),
        retained: amount(retained),
        reconsume: amount(reconsume),
        net: amount(cash),
        requested_at: row.steps.first().map_or_else(|| Time::of_us(0), |step| step.moment.at.into()),
        people_needed: if terms.needs_two { 2 } else { 1 },
        approvals: u32::try_from(approvals).unwrap_or(u32::MAX),
        reason,
        receipt,
        steps: steps.collect(),
    }
}

/// What the engine says of a withdrawal.
struct Terms {
    /// Whose the merchant is, where a merchant is paid.
    member: Option<String>,
    needs_two: bool,
    parts: WithdrawalParts,
}

async fn terms_of(handle: &Programme, rows: &[ratchet_store::WithdrawalRow]) -> Result<Vec<Terms>, Problem> {
    let wanted: Vec<(String, Money, Payee)> =
        rows.iter().map(|row| (row.id.clone(), row.amount, row.payee.clone())).collect();
    let terms = handle.read(None, move |engine| {
        let terms = wanted.iter().map(|(id, amount, payee)| {
            let needs_two = engine.needs_two_approvals(*amount);
            let member = match payee {
                Payee::Merchant(merchant) => engine.merchant(merchant).map(|of| of.member.to_owned()),
                Payee::Member(_) | Payee::Operator => None,
            };
            engine.withdrawal_parts(id).map(|parts| Terms { member, needs_two, parts })
        });
        terms.collect::<Option<Vec<Terms>>>()
    });
    terms.await?.ok_or_else(Problem::not_found)
}

/// What the engine will pay of a withdrawal that was sent and not answered, so that provider and books agree to the minor unit.
async fn to_be_paid(handle: &Programme, id: &str) -> Result<Option<Money>, Problem> {
    use ratchet_engine::wallet::WithdrawalState as Engine;
    let id = id.to_owned();
    let cash = handle.read(None, move |engine| {
        let waits = matches!(engine.withdrawal(&id), Some(Engine::Sent | Engine::Unknown));
        engine.withdrawal_parts(&id).filter(|_| waits).map(|parts| parts.cash)
    });
    Ok(cash.await?.filter(|cash| !cash.is_zero()))
}

/// Hands a withdrawal that was sent to the play-money provider, which pays and says so by a signed message.
async fn pay_out(
    app: &App,
    who: &Who,
    programme: &str,
    handle: &Programme,
    id: String,
) -> Result<(), Problem> {
    // It was sent before, and the provider has answered: nothing is sent again.
    let Some(cash) = to_be_paid(handle, &id).await? else { return Ok(()) };
    let currency = app.currency(handle).await?;
    let payout = app.secrets().id_of("z", &[programme, &id]);
    let money = (cash.minor(), currency.code().to_owned());
    let payout =
        cashier::open_payment(payout, programme, &id, who.person()?, "payout", money, who.meta.now_us);
    let (tenant, at) = (who.tenant()?.to_owned(), handle.clock().await?.now.us());
    app.people(move |people| {
        people.change(|tables| {
            if tables.payment(&payout.id)?.is_none() {
                tables.add_payment(&tenant, &payout)?;
                cashier::take_payout(tables, &payout, currency.format(cash), at)?;
            }
            Ok::<_, ratchet_store::StoreError>(())
        })
    })
    .await?;
    app.deliveries.notify_one();
    Ok(())
}

impl WalletAccount {
    /// All of them.
    pub(super) const ALL: [WalletAccount; 6] = [
        WalletAccount::Cash,
        WalletAccount::Hold,
        WalletAccount::Reconsume,
        WalletAccount::Loyalty,
        WalletAccount::Points,
        WalletAccount::Release,
    ];
}

impl WithdrawalState {
    fn of_engine(self) -> ratchet_engine::wallet::WithdrawalState {
        use ratchet_engine::wallet::WithdrawalState as Engine;
        match self {
            WithdrawalState::Requested => Engine::Requested,
            WithdrawalState::Approved => Engine::Approved,
            WithdrawalState::Sent => Engine::Sent,
            WithdrawalState::Unknown => Engine::Unknown,
            WithdrawalState::Paid => Engine::Paid,
            WithdrawalState::Failed => Engine::Failed,
            WithdrawalState::Rejected => Engine::Rejected,
        }
    }

    fn of(state: ratchet_engine::wallet::WithdrawalState) -> WithdrawalState {
        use ratchet_engine::wallet::WithdrawalState as Engine;
        match state {
            Engine::Requested => WithdrawalState::Requested,
            Engine::Approved => WithdrawalState::Approved,
            Engine::Sent => WithdrawalState::Sent,
            Engine::Unknown => WithdrawalState::Unknown,
            Engine::Paid => WithdrawalState::Paid,
            Engine::Failed => WithdrawalState::Failed,
            Engine::Rejected => WithdrawalState::Rejected,
        }
    }
}
