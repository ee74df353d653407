//! Every command of the engine by one route, and the answer that all writes of a programme give.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use ratchet_engine::amount::Currency;
use ratchet_engine::command::Envelope;
use ratchet_engine::ledger::{Account, Owner, display_balance, display_change};
use ratchet_engine::message::Message;
use ratchet_engine::pool::{Pair, Price};
use serde_json::value::RawValue;

use super::prelude::*;
use super::proposals::TWO_PEOPLE;
use crate::app::answered;
use crate::cashier::{give_back, refund_of};
use crate::programme::{Outcome, PreviewAnswer, PreviewOutcome, PreviewedBalance, Request};

/// A command of the engine without key, time and actor: those are the request's (docs/reference/commands.md).
#[derive(Deserialize, ToSchema)]
pub(crate) struct CommandRequest {
    /// Such as `order.ship`.
    r#type: String,
    /// When it happened, if that was earlier (TIME-4).
    happened_at: Option<Time>,
    /// The fields of its type.
    #[serde(flatten)]
    #[schema(value_type = Object, additional_properties = true)]
    fields: serde_json::Map<String, serde_json::Value>,
}

/// The answer of a write: what it did, or with `preview=true` what it would do.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum WriteAnswer {
    /// It is done and durable.
    Written(Written),
    /// Nothing was changed.
    Preview(PreviewView),
}

/// What a write did. The same key and content answer with the same bytes for ever (IDEM-1).
#[derive(Serialize, ToSchema)]
pub(crate) struct Written {
    /// Id of what was made or changed.
    pub(crate) id: String,
    /// Its entry of the journal; pass it as `min_seq` to read at least as much.
    pub(crate) seq: u64,
    /// The programme's time at it.
    pub(crate) at: Time,
}

/// What a write would do, with `preview=true`: nothing was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// Always true.
    preview: bool,
    /// Whether it would be carried out.
    applied: bool,
    /// Why it would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<crate::problem::ProblemBody>,
    /// Balances that would change: one's own and the programme's; for staff all.
    balances: Vec<BalanceChangeView>,
    /// The price now.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_before: Option<PriceText>,
    /// And then.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_after: Option<PriceText>,
}

/// A balance that would change.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceChangeView {
    /// Account.
    account: String,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// `money`, `points`, …
    asset: String,
    /// Now.
    before: Units,
    /// Then.
    after: Units,
    /// Difference, signed.
    change: Units,
}

/// Commands that are carried out in their order, each for itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchRequest {
    /// 1 to 1,000 commands, each as `POST /programmes/{programme}/commands` takes one.
    #[schema(value_type = Vec<Object>, min_items = 1, max_items = 1000)]
    commands: Vec<Box<RawValue>>,
}

/// What became of a batch.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchAnswer {
    /// Of each command, in their order.
    answers: Vec<CommandAnswer>,
}

/// What became of a command of a batch.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CommandAnswer {
    /// It is done and durable.
    Applied {
        /// Its entry of the journal.
        seq: u64,
        /// The batch had been sent before, and this was done then.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        replayed: bool,
    },
    /// It was refused and changed nothing.
    Refused {
        /// Why.
        refusal: Box<crate::problem::ProblemBody>,
    },
}

/// Most commands of a batch.
const BATCH_MAX: usize = 1_000;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(submit)).routes(routes!(submit_batch))
}

/// Up to 1,000 commands at once, for programs that bring orders from elsewhere. Each stands for itself: one that is refused changes
/// nothing of the others. Under the same key the whole batch is sent again, and what was done is not done twice. It has no preview.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/batches",
    tag = "commands",
    extensions(("x-permission" = json!("commands.submit"))),
    request_body = BatchRequest,
    responses((status = 200, description = "Done.", body = BatchAnswer)),
)]
async fn submit_batch(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<BatchRequest>,
) -> Result<Response, Problem> {
    let commands = body.value.commands;
    if !(1..=BATCH_MAX).contains(&commands.len()) {
        return Err(Problem::field("commands", ServerFault::Count { least: 1, most: BATCH_MAX }));
    }
    if write.preview {
        return Err(Problem::new(ServerFault::BatchPreview {}));
    }
    let programme = app.programme(&programme)?;
    let currency = app.currency(&programme).await?;
    let (person, sender) = (who.person()?, who.sender()?);
    let mut requests = Vec::with_capacity(commands.len());
    let mut refunds = Vec::with_capacity(commands.len());
    for (number, command) in commands.iter().enumerate() {
        let field = || format!("commands/{number}");
        let key = format!("{sender}:{}.{number}", write.key);
        let request = request_of(command.get(), &key, person, &currency)
            .map_err(|message| Problem::field(&field(), message))?;
        let name = request.command.type_name();
        let may = need_of(name).map_or(Ok(false), |need| may_as_staff(&who, name, need));
        if !may.map_err(|fault| Problem::field(&field(), fault))? {
            return Err(Problem::field(&field(), ServerFault::CommandUnknown { name }));
        }
        refunds.push(refund_of(&request.command));
        requests.push(request);
    }
    let (limit, count) = (app.limits.writes(&who), u32::try_from(requests.len()).unwrap_or(u32::MAX));
    app.limits.take_many("writes", sender, limit, count, who.meta.now_us)?;
    let answers = programme.submit_all(requests).await?;
    let last = answers.iter().filter_map(|answer| answer.outcome.seq()).max();
    if let Some(last) = last {
        let is_new = answers.iter().any(|answer| matches!(answer.outcome, Outcome::Applied { .. }));
        app.audit(&who, "batch", &write.key, last, !is_new).await?;
    }
    for (answer, refund) in answers.iter().zip(refunds) {
        if let (Some(seq), Some(refund)) = (answer.outcome.seq(), refund) {
            give_back(&app, &programme, seq, refund).await?;
        }
    }
    let answers = answers.into_iter().map(|answer| match answer.outcome {
        Outcome::Applied { seq, .. } => CommandAnswer::Applied { seq, replayed: false },
        Outcome::Duplicate { seq } => CommandAnswer::Applied { seq, replayed: true },
        Outcome::Rejected(refused) => {
            let refusal = Problem::from(refused).body(who.meta.language, &who.meta.id);
            CommandAnswer::Refused { refusal: Box::new(refusal) }
        }
    });
    Ok(answered(&BatchAnswer { answers: answers.collect() }, false))
}

/// A command of which key, time and actor are the request's: they are put in front of its own fields, and a field that comes twice is
/// refused.
pub(crate) fn request_of(
    text: &str,
    key: &str,
    actor: &str,
    currency: &Currency,
) -> Result<Request, Message> {
    let fields = text.trim_start().strip_prefix('{').map(str::trim_start);
    let fields = fields.ok_or_else(|| Message::from(ServerFault::CommandObject {}))?;
    let comma = if fields.starts_with('}') { "" } else { "," };
    let (key, actor) = (json!(key), json!(actor));
    // The writer stamps it; any instant will do to read the form.
    let line = format!(r#"{{"key":{key},"at":"2000-01-01T00:00:00Z","actor":{actor}{comma}{fields}"#);
    let envelope = Envelope::from_json(&line, currency).map_err(|error| error.message().clone())?;
    let Envelope { key, happened_at, actor, command, .. } = envelope;
    Ok(Request { key, actor, command, happened_at })
}

/// Any command of the engine: members those about themselves, staff those that their permissions cover.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/commands",
    tag = "commands",
    extensions(("x-permission" = json!("member|commands.submit"))),
    request_body = CommandRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn submit(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<CommandRequest>,
) -> Result<Response, Problem> {
    let CommandRequest { r#type, happened_at, mut fields } = body.value;
    let unknown = || Problem::field("type", ServerFault::CommandUnknown { name: &r#type });
    let need = need_of(&r#type).ok_or_else(unknown)?;
    refuse_fields_of_server(&fields)?;
    let as_staff = may_as_staff(&who, &r#type, need).map_err(Problem::new)?;
    let programme = app.programme(&programme)?;
    if !as_staff {
        let own = match need.own {
            Own::Nothing => false,
            Own::Member => names_self(&fields, &who),
            Own::Listed => {
                let has_articles = programme
                    .read(None, |engine| engine.plan().catalogue.is_some_and(|plan| plan.listed_only));
                names_self(&fields, &who) && has_articles.await?
            }
            Own::Order => owns_order(&programme, &fields, &who).await?,
        };
        if !own {
            return Err(Problem::not_found());
        }
    }
    let names = [
        "withdrawal",
        "refund",
        "order",
        "purchase",
        "offer",
        "tip",
        "merchant",
        "sku",
        "product",
        "coupon",
        "campaign",
        "member",
        "version",
    ];
    let id = names.iter().find_map(|name| fields.get(*name)?.as_str()).unwrap_or(&r#type).to_owned();
    fields.insert("type".to_owned(), r#type.into());
    if let Some(happened_at) = happened_at {
        fields.insert("happened_at".to_owned(), happened_at.0.into());
    }
    app.command(&who, &write, &programme, id, fields.into()).await
}

/// Fields of a command that are the request's.
pub(crate) fn refuse_fields_of_server(
    fields: &serde_json::Map<String, serde_json::Value>,
) -> Result<(), Problem> {
    let ours = ["key", "at", "actor", "person"].into_iter().find(|ours| fields.contains_key(*ours));
    ours.map_or(Ok(()), |ours| Err(Problem::field(ours, ServerFault::FieldOfServer {})))
}

/// Who may send a command by the general route, besides staff with the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// Nobody.
    Nothing,
    /// The member that it names.
    Member,
    /// The member that it names, where the programme itself knows what articles cost: else the shop's route asks the right price.
    Listed,
    /// The buyer of the order that it names.
    Order,
}

/// What is asked of who sends a command by a general route; `None` if nobody may.
fn need_of(name: &str) -> Option<&'static CommandNeed> {
    COMMANDS.iter().find(|(known, _)| *known == name).map(|(_, need)| need)
}

/// Whether somebody of the staff may send a command; one that takes two people is refused to those who may propose it.
fn may_as_staff(who: &Who, name: &str, need: &CommandNeed) -> Result<bool, ServerFault<'static>> {
    let may = need.permission.is_some_and(|permission| who.may(permission));
    if may && TWO_PEOPLE.contains(&name) { Err(ServerFault::TwoPeople {}) } else { Ok(may) }
}

struct CommandNeed {
    permission: Option<&'static str>,
    own: Own,
}

const fn staff(permission: &'static str) -> CommandNeed {
    CommandNeed { permission: Some(permission), own: Own::Nothing }
}

const fn own(own: Own) -> CommandNeed {
    CommandNeed { permission: None, own }
}

const fn either(permission: &'static str, own: Own) -> CommandNeed {
    CommandNeed { permission: Some(permission), own }
}

/// Who may send which command. One that stands not here nobody may: joining has a route of its own, which binds the person; that a
/// payout was paid or failed the provider says, or two people by a route of their own (PAY-2). That a member did a task the server
/// itself has seen (VIEW-2); staff puts right what it could not see.
const COMMANDS: &[(&str, CommandNeed)] = &[
    ("order.place", either("orders.manage", Own::Listed)),
    ("order.pay", staff("payments.manage")),
    ("order.ship", staff("orders.manage")),
    ("order.receive", either("orders.manage", Own::Order)),
    ("order.close", either("orders.manage", Own::Order)),
    ("order.refund", either("orders.manage", Own::Order)),
    ("goods.return", staff("orders.manage")),
    ("points.sell", own(Own::Member)),
    ("pool.inject", staff("money.propose")),
    ("residual.propose", staff("money.propose")),
    ("residual.approve", staff("money.approve")),
    ("operator.pay", staff("money.propose")),
    ("operator.withdraw", staff("money.propose")),
    ("wallet.withdraw", own(Own::Member)),
    ("wallet.approve", staff("withdrawals.review")),
    ("wallet.reject", staff("withdrawals.review")),
    ("wallet.sent", staff("withdrawals.pay")),
    ("wallet.unknown", staff("withdrawals.pay")),
    ("member.bind", staff("members.manage")),
    ("member.suspend", staff("members.manage")),
    ("member.resume", staff("members.manage")),
    ("task.complete", staff("members.manage")),
    ("agent.appoint", staff("members.manage")),
    ("agent.dismiss", staff("members.manage")),
    ("shareholder.set", staff("members.manage")),
    ("merchant.apply", own(Own::Member)),
    ("merchant.approve", staff("money.approve")),
    ("merchant.reject", staff("money.approve")),
    ("merchant.suspend", staff("members.manage")),
    ("merchant.resume", staff("members.manage")),
    ("merchant.withdraw", staff("payments.manage")),
    ("product.list", staff("products.manage")),
    ("product.delist", staff("products.manage")),
    ("tip.give", staff("orders.manage")),
    ("emission.propose", staff("money.propose")),
    ("emission.approve", staff("money.approve")),
    ("sku.list", staff("products.manage")),
    ("sku.price", staff("products.manage")),
    ("sku.delist", staff("products.manage")),
    ("stock.add", staff("products.manage")),
    ("stock.remove", staff("products.manage")),
    ("coupon.issue", staff("products.manage")),
    ("fund.deposit", staff("money.propose")),
    ("promotion.open", staff("products.manage")),
    ("promotion.commit", staff("products.manage")),
    ("promotion.reveal", staff("products.manage")),
    ("promotion.cancel", staff("products.manage")),
    ("member.attest", staff("members.manage")),
    ("voucher.redeem", staff("orders.manage")),
    ("relist.offer", own(Own::Order)),
    ("relist.buy", own(Own::Member)),
    ("relist.deliver", staff("orders.manage")),
    ("market.offer", own(Own::Member)),
    ("market.cancel", staff("money.propose")),
    ("market.halt", staff("money.propose")),
    ("market.resume", staff("money.propose")),
    ("fund.round", staff("money.propose")),
    ("equity.open", staff("money.propose")),
    ("equity.commit", own(Own::Member)),
    ("equity.allot", staff("money.propose")),
    ("claim.import", staff("money.propose")),
    ("claim.approve", staff("money.approve")),
    ("claim.grant", staff("money.propose")),
    ("plan.propose", staff("plan.manage")),
    ("plan.approve", staff("plan.manage")),
    ("plan.withdraw", staff("plan.manage")),
    ("wind_down.propose", staff("plan.manage")),
    ("wind_down.approve", staff("plan.manage")),
    ("payment.return", staff("payments.manage")),
    ("payment.resolve", staff("money.propose")),
    ("payment.approve", staff("money.approve")),
];

fn names_self(fields: &serde_json::Map<String, serde_json::Value>, who: &Who) -> bool {
    let named = fields.get("member").and_then(|member| member.as_str());
    who.member.is_some() && named == who.member.as_deref()
}

/// The types of commands that the general route takes.
pub(crate) fn command_types() -> Vec<&'static str> {
    COMMANDS.iter().map(|(name, _)| *name).collect()
}

async fn owns_order(
    programme: &crate::programme::Programme,
    fields: &serde_json::Map<String, serde_json::Value>,
    who: &Who,
) -> Result<bool, Problem> {
    let order = fields.get("order").and_then(|order| order.as_str()).unwrap_or_default().to_owned();
    let Some(member) = who.member.clone() else { return Ok(false) };
    let owned = programme
        .read(None, move |engine| engine.order_view(&order).is_some_and(|order| order.member == member));
    Ok(owned.await?)
}

impl PreviewView {
    /// What may be shown of a preview: to members their own balances and the programme's.
    pub(crate) fn of(preview: PreviewAnswer, who: &Who, currency: &Currency) -> Result<PreviewView, Problem> {
        let (applied, refusal) = match preview.outcome {
            PreviewOutcome::Applied | PreviewOutcome::Duplicate { .. } => (true, None),
            PreviewOutcome::Rejected(refused) => {
                (false, Some(Problem::from(refused).body(who.meta.language, &who.meta.id)))
            }
            PreviewOutcome::CatchingUp => return Err(Problem::new(ServerFault::CatchingUp {}).retry_after(1)),
        };
        let shown = |balance: &&PreviewedBalance| {
            let of_programme = balance.change.account.kind.owner() == Owner::Programme;
            who.is_staff() || of_programme || (balance.owner.is_some() && balance.owner == who.member)
        };
        let balances = preview.balances.iter().filter(shown).map(|balance| balance_view(balance, currency));
        let price = |pair: Pair| {
            let price = Price { assets: pair.assets, supply: pair.supply, exponent: 0 };
            (!pair.supply.is_zero()).then(|| PriceText(price.display(currency.decimals)))
        };
        Ok(PreviewView {
            preview: true,
            applied,
            refusal,
            balances: balances.collect(),
            price_before: price(preview.pair_before),
            price_after: price(preview.pair_after),
        })
    }
}

fn balance_view(balance: &PreviewedBalance, currency: &Currency) -> BalanceChangeView {
    let (account, before, after) = (balance.change.account, balance.change.before, balance.change.after);
    BalanceChangeView {
        account: account.kind.name().to_owned(),
        owner: balance.owner.clone(),
        asset: account.kind.asset().name().to_owned(),
        before: Units(display_balance(account, before, currency)),
        after: Units(display_balance(account, after, currency)),
        change: Units(signed(account, after - before, currency)),
    }
}

/// A difference of an account as people read it: with its sign, debit-normal accounts turned.
pub(crate) fn signed(account: Account, difference: i128, currency: &Currency) -> String {
    display_change(account, if account.kind.is_debit_normal() { -difference } else { difference }, currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new command of the engine has to be given to somebody, or to nobody on purpose.
    #[test]
    fn every_command_is_somebodys() {
        for name in ratchet_engine::command::COMMAND_TYPES.iter().copied() {
            let by_own_routes = [
                "member.join",
                "time.advance",
                "payment.receive",
                "admission.review",
                "wallet.paid",
                "wallet.failed",
            ]
            .contains(&name);
            assert_ne!(COMMANDS.iter().any(|(known, _)| *known == name), by_own_routes, "{name}");
        }
    }
}
