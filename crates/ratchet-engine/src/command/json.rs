//! The JSON form of commands. Unknown fields are refused; amounts are decimal strings (NUM-1).

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::fault::CommandFault;
use super::{
    AgeBand, AgentLevel, COMMITMENTS_MAX, Command, DisposalMethod, Envelope, MallTerms, ORDER_COUPONS_MAX,
    ORDER_LINES_MAX, OrderLine, OrderTerms, PaymentTarget, RefundLine, RefundSize, Region, SellQuantity,
    Side, SkuTerms, Tender, TimeInForce, TipSize, name_of,
};
use crate::amount::{Currency, DecimalError, Money, Points, parse_decimal};
use crate::gate::Pass;
use crate::hash::Hash32;
use crate::id::Id;
use crate::message::{List, Message};
use crate::plan::form;
use crate::time::Timestamp;

/// Why a line is not a command, or not one that can be asked for. The text says what and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    message: Box<Message>,
    column: usize,
    /// Whether the line has the form of its command.
    well_formed: bool,
    key: Option<Id>,
}

impl CommandError {
    /// Column of the JSON where reading stopped, from 1; 0 if it concerns the object as a whole.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// CMD-1: the key of a line that has the form of a command, with its key, time and type, of which one field has a
    /// value that it cannot have: the command is refused with value_invalid. `None` if the line is no command.
    pub fn refused_key(&self) -> Option<&Id> {
        self.key.as_ref()
    }

    fn new(message: impl Into<Message>) -> CommandError {
        CommandError { message: Box::new(message.into()), column: 0, well_formed: true, key: None }
    }

    fn of_the_form(message: impl Into<Message>) -> CommandError {
        CommandError { well_formed: false, ..CommandError::new(message) }
    }
}

/// How serde begins what it says of a line that has not the form of its command. What it says otherwise, of JSON that it
/// could read, is about a value.
const OF_THE_FORM: [&str; 4] = ["unknown field", "missing field", "duplicate field", "invalid type"];

impl std::fmt::Display for CommandError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message.fmt(out)
    }
}

impl std::error::Error for CommandError {}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> CommandError {
        let text = error.to_string();
        // serde_json appends " at line 1 column N"; the caller knows the line of the file.
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let well_formed = error.is_data() && !OF_THE_FORM.iter().any(|begins| message.starts_with(begins));
        CommandError { message: Box::new(form(message)), column: error.column(), well_formed, key: None }
    }
}

macro_rules! forms {
    ($($form:ident { $($field:ident : $type:ty $(= $default:ident)?),* })*) => {
        $(
            #[derive(Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            struct $form {
                key: Id,
                at: Timestamp,
                #[serde(default, skip_serializing_if = "Option::is_none")]
                happened_at: Option<Timestamp>,
                #[serde(default, skip_serializing_if = "Option::is_none")]
                actor: Option<Id>,
                r#type: CompactString,
                $( $(#[serde($default, skip_serializing_if = "Option::is_none")])? $field: $type, )*
            }
        )*
    };
}

forms! {
    MemberJoinForm {
        member: Id, referrer: Option<Id> = default, region: Option<CompactString> = default,
        person: Option<Id> = default
    }
    OrderForm {
        order: Id, member: Option<Id> = default, lines: Option<Vec<LineForm>> = default,
        freight: Option<CompactString> = default, tax: Option<CompactString> = default,
        ship_to: Option<CompactString> = default, tender: Option<TenderForm> = default,
        source: Option<Id> = default, coupons: Option<Vec<Id>> = default, campaign: Option<Id> = default,
        group: Option<Id> = default, code_hash: Option<Hash32> = default
    }
    OrderIdForm { order: Id }
    RefundForm {
        refund: Id, order: Id, lines: Option<Vec<RefundLineForm>> = default,
        freight: Option<CompactString> = default, tax: Option<CompactString> = default
    }
    GoodsReturnForm { order: Id, line: LineId, pieces: u32 }
    AdvanceForm { }
    SellForm { member: Id, points: CompactString, min_net: Option<CompactString> = default }
    InjectForm { amount: CompactString, source: Id }
    ProposeForm { disposal: Id, method: CompactString, epoch: u32 }
    DisposalForm { disposal: Id }
    WithdrawForm { withdrawal: Id, member: Id, amount: CompactString }
    WithdrawalForm { withdrawal: Id }
    RejectForm { withdrawal: Id, reason: String }
    BindForm { member: Id, referrer: Id }
    MemberReasonForm { member: Id, reason: String }
    MemberForm { member: Id }
    AppointForm { member: Id, territory: CompactString, level: CompactString }
    DismissForm { member: Id, territory: CompactString }
    ShareholderForm { member: Id, weight: CompactString }
    ApplyForm { merchant: Id, member: Id, order: Id }
    MerchantForm { merchant: Id }
    MerchantReasonForm { merchant: Id, reason: String }
    OperatorPayForm { amount: CompactString }
    OperatorWithdrawForm { withdrawal: Id, amount: CompactString }
    MerchantWithdrawForm { withdrawal: Id, merchant: Id, amount: CompactString }
    ProductForm {
        product: Id, merchant: Id, price: CompactString, value_award: CompactString,
        concession: Option<CompactString> = default
    }
    DelistForm { product: Id }
    TipForm {
        tip: Id, merchant: Id, member: Id, value: Option<CompactString> = default,
        concession: Option<CompactString> = default
    }
    IssueForm { issue: Id, member: Id, points: CompactString }
    IssueIdForm { issue: Id }
    TaskForm { member: Id, task: Option<Id> = default }
    SkuForm {
        sku: Id, price: CompactString, product: Option<Id> = default, merchant: Option<Id> = default,
        cost: Option<CompactString> = default, zone: Option<Id> = default, stock: Option<u32> = default,
        limit_per_order: Option<u32> = default, limit_per_member: Option<u32> = default,
        points_only: Option<bool> = default
    }
    SkuPriceForm { sku: Id, price: CompactString, cost: Option<CompactString> = default }
    SkuIdForm { sku: Id }
    StockForm { sku: Id, quantity: u32 }
    CouponForm { coupon: Id, rule: Id, member: Id }
    DepositForm { fund: Id, amount: CompactString, source: Id }
    CampaignForm {
        campaign: Id, promotion: Id, sku: Id, from: Timestamp, until: Timestamp, quota: Option<u32> = default
    }
    CommitForm { campaign: Id, commitments: Vec<Hash32> }
    RevealForm { draw: Id, seed: Hash32 }
    CancelForm { campaign: Id, reason: String }
    AttestForm { member: Id, age: CompactString, consent: Option<bool> = default }
    RedeemForm { order: Id, merchant: Id, code: Id }
    PurchaseForm { purchase: Id, order: Id, member: Id }
    OfferForm {
        offer: Id, member: Id, side: CompactString, price: CompactString, quantity: u32,
        time_in_force: Option<CompactString> = default
    }
    OfferIdForm { offer: Id }
    HaltForm { reason: String }
    RoundForm {
        round: Id, investor: Id, amount: CompactString, pool: Option<CompactString> = default,
        subsidies: Option<CompactString> = default, per_order: Option<CompactString> = default, days: u32
    }
    WindowForm { window: Id, shares: u32, price: CompactString, closes_at: Timestamp }
    CommitPointsForm { commitment: Id, window: Id, member: Id, points: CompactString }
    AllotForm { allotment: Id, member: Id, shares: u32 }
    ClaimForm { claim: Id, member: Id, amount: CompactString, evidence: Hash32 }
    ClaimIdForm { claim: Id }
    GrantForm { grant: Id, member: Id, points: CompactString, injection: Option<CompactString> = default }
    PlanForm { version: Id, plan: String, opinions: Option<String> = default, effective_at: Timestamp }
    PlanHashForm { version: Id, hash: Hash32 }
    PlanIdForm { version: Id }
    WindDownForm { wind_down: Id, closes_at: Timestamp, reason: String }
    WindDownIdForm { wind_down: Id }
    ReviewForm { gate: Box<Pass>, findings: Vec<String> }
    PaymentForm { payment: Id, amount: CompactString, currency: CompactString, order: Option<Id> = default }
    PaymentReturnForm { payment: Id, amount: CompactString, currency: Option<CompactString> = default }
    ResolutionForm { resolution: Id, payment: Id, order: Option<Id> = default, source: Option<Id> = default }
    ResolutionIdForm { resolution: Id }
}

/// A line id: text, or a whole number written as JSON number.
#[derive(Deserialize)]
#[serde(untagged)]
enum LineId {
    Text(Id),
    Number(u32),
}

impl Serialize for LineId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            LineId::Text(id) => id.serialize(serializer),
            LineId::Number(number) => serializer.collect_str(number),
        }
    }
}

impl LineId {
    fn id(self) -> Result<Id, CommandError> {
        match self {
            LineId::Text(id) => Ok(id),
            LineId::Number(number) => Id::new(&number.to_string()).map_err(CommandError::new),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineForm {
    line: LineId,
    amount: CompactString,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merchant: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contribution: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<Id>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenderForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cash: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reconsume: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loyalty: Option<CompactString>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundLineForm {
    line: LineId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pieces: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restock: Option<bool>,
}

#[derive(Deserialize)]
struct TypeOnly {
    r#type: CompactString,
}

/// What every command has.
#[derive(Deserialize)]
struct Head {
    key: Id,
    #[serde(rename = "at")]
    _at: Timestamp,
    r#type: CompactString,
}

/// Every command type, for "nearest known" messages and the reference page.
pub const COMMAND_TYPES: [&str; 77] = [
    "member.join",
    "order.place",
    "order.pay",
    "order.ship",
    "order.receive",
    "order.close",
    "order.refund",
    "time.advance",
    "points.sell",
    "pool.inject",
    "residual.propose",
    "residual.approve",
    "operator.pay",
    "operator.withdraw",
    "wallet.withdraw",
    "wallet.approve",
    "wallet.reject",
    "wallet.sent",
    "wallet.unknown",
    "wallet.paid",
    "wallet.failed",
    "member.bind",
    "member.suspend",
    "member.resume",
    "task.complete",
    "agent.appoint",
    "agent.dismiss",
    "shareholder.set",
    "merchant.apply",
    "merchant.approve",
    "merchant.reject",
    "merchant.suspend",
    "merchant.resume",
    "merchant.withdraw",
    "product.list",
    "product.delist",
    "tip.give",
    "emission.propose",
    "emission.approve",
    "sku.list",
    "sku.price",
    "sku.delist",
    "stock.add",
    "stock.remove",
    "coupon.issue",
    "fund.deposit",
    "promotion.open",
    "promotion.commit",
    "promotion.reveal",
    "promotion.cancel",
    "member.attest",
    "voucher.redeem",
    "relist.offer",
    "relist.buy",
    "relist.deliver",
    "market.offer",
    "market.cancel",
    "market.halt",
    "market.resume",
    "fund.round",
    "equity.open",
    "equity.commit",
    "equity.allot",
    "claim.import",
    "claim.approve",
    "claim.grant",
    "plan.propose",
    "plan.approve",
    "plan.withdraw",
    "wind_down.propose",
    "wind_down.approve",
    "admission.review",
    "payment.receive",
    "payment.return",
    "payment.resolve",
    "payment.approve",
    "goods.return",
];

impl Envelope {
    /// Reads one line of commands. Amounts are in the currency of the programme.
    ///
    /// # Errors
    ///
    /// If the line is no command, or one with a value that its field cannot have; see [`CommandError::refused_key`].
    pub fn from_json(line: &str, currency: &Currency) -> Result<Envelope, CommandError> {
        Envelope::read(line, currency).map_err(|mut error| {
            if error.well_formed {
                let head: Option<Head> = serde_json::from_str(line).ok();
                let known = head.filter(|head| COMMAND_TYPES.contains(&head.r#type.as_str()));
                error.key = known.map(|head| head.key);
            }
            error
        })
    }

    fn read(line: &str, currency: &Currency) -> Result<Envelope, CommandError> {
        let TypeOnly { r#type } = serde_json::from_str(line)?;
        let money = |name: &str, text: &CompactString| -> Result<Money, CommandError> {
            currency
                .parse_money(text)
                .map_err(|error| CommandError::new(CommandFault::Value { field: name, text, error }))
        };
        let operator = || Id::new("operator").map_err(CommandError::new);
        macro_rules! read {
            ($form:ident, |$f:ident| $who:expr, $command:expr) => {{
                let $f: $form = serde_json::from_str(line)?;
                let (key, at, happened_at) = ($f.key.clone(), $f.at, $f.happened_at);
                let actor = $f.actor.clone();
                let member: Option<Id> = $who;
                let command = $command;
                let actor = match actor.or(member) {
                    Some(actor) => actor,
                    None => operator()?,
                };
                Ok(Envelope { key, at, happened_at, actor, command })
            }};
        }
        match r#type.as_str() {
            "member.join" => read!(
                MemberJoinForm,
                |f| Some(f.member.clone()),
                Command::MemberJoin {
                    member: f.member,
                    referrer: f.referrer,
                    region: region("region", f.region.as_ref())?,
                    person: f.person,
                }
            ),
            "order.place" => read!(OrderForm, |f| f.member.clone(), {
                let order = f.order.clone();
                let terms =
                    terms(f, &money)?.ok_or_else(|| CommandError::of_the_form(CommandFault::Needs {}))?;
                Command::OrderPlace { order, terms }
            }),
            "order.pay" => read!(OrderForm, |f| f.member.clone(), {
                let order = f.order.clone();
                Command::OrderPay { order, terms: terms(f, &money)? }
            }),
            "order.ship" => read!(OrderIdForm, |f| None, Command::OrderShip { order: f.order }),
            "order.receive" => read!(OrderIdForm, |f| None, Command::OrderReceive { order: f.order }),
            "order.close" => read!(OrderIdForm, |f| None, Command::OrderClose { order: f.order }),
            "order.refund" => read!(
                RefundForm,
                |f| None,
                Command::OrderRefund {
                    refund: f.refund,
                    order: f.order,
                    lines: match f.lines {
                        None => None,
                        Some(lines) => Some(
                            lines
                                .into_iter()
                                .map(|l| refund_line(l, &money))
                                .collect::<Result<_, CommandError>>()?,
                        ),
                    },
                    freight: f.freight.map(|text| money("freight", &text)).transpose()?,
                    tax: f.tax.map(|text| money("tax", &text)).transpose()?,
                }
            ),
            "goods.return" => read!(
                GoodsReturnForm,
                |f| None,
                Command::GoodsReturn { order: f.order, line: f.line.id()?, pieces: f.pieces }
            ),
            "time.advance" => read!(AdvanceForm, |f| None, Command::TimeAdvance),
            "points.sell" => read!(
                SellForm,
                |f| Some(f.member.clone()),
                Command::PointsSell {
                    member: f.member,
                    points: match f.points.as_str() {
                        "all" => SellQuantity::All,
                        text =>
                            SellQuantity::Points(Points::parse(text).map_err(|error| CommandError::new(
                                CommandFault::Value { field: "points", text, error }
                            ))?),
                    },
                    min_net: f.min_net.map(|text| money("min_net", &text)).transpose()?,
                }
            ),
            "pool.inject" => read!(
                InjectForm,
                |f| None,
                Command::PoolInject { amount: money("amount", &f.amount)?, source: f.source }
            ),
            "residual.propose" => read!(
                ProposeForm,
                |f| None,
                Command::ResidualPropose {
                    disposal: f.disposal,
                    method: match f.method.as_str() {
                        "rebate" => DisposalMethod::Rebate { epoch: f.epoch },
                        "inject" => DisposalMethod::Inject { epoch: f.epoch },
                        other => {
                            return Err(CommandError::new(CommandFault::Method { text: other }));
                        }
                    },
                }
            ),
            "residual.approve" => {
                read!(DisposalForm, |f| None, Command::ResidualApprove { disposal: f.disposal })
            }
            "operator.pay" => {
                read!(OperatorPayForm, |f| None, Command::OperatorPay { amount: money("amount", &f.amount)? })
            }
            "operator.withdraw" => read!(
                OperatorWithdrawForm,
                |f| None,
                Command::OperatorWithdraw { withdrawal: f.withdrawal, amount: money("amount", &f.amount)? }
            ),
            "wallet.withdraw" => read!(
                WithdrawForm,
                |f| Some(f.member.clone()),
                Command::WalletWithdraw {
                    withdrawal: f.withdrawal,
                    member: f.member,
                    amount: money("amount", &f.amount)?,
                }
            ),
            "wallet.approve" => {
                read!(WithdrawalForm, |f| None, Command::WalletApprove { withdrawal: f.withdrawal })
            }
            "wallet.reject" => {
                read!(
                    RejectForm,
                    |f| None,
                    Command::WalletReject { withdrawal: f.withdrawal, reason: f.reason }
                )
            }
            "wallet.sent" => {
                read!(WithdrawalForm, |f| None, Command::WalletSent { withdrawal: f.withdrawal })
            }
            "wallet.unknown" => {
                read!(WithdrawalForm, |f| None, Command::WalletUnknown { withdrawal: f.withdrawal })
            }
            "wallet.paid" => {
                read!(WithdrawalForm, |f| None, Command::WalletPaid { withdrawal: f.withdrawal })
            }
            "wallet.failed" => {
                read!(WithdrawalForm, |f| None, Command::WalletFailed { withdrawal: f.withdrawal })
            }
            "member.bind" => read!(
                BindForm,
                |f| Some(f.member.clone()),
                Command::MemberBind { member: f.member, referrer: f.referrer }
            ),
            "member.suspend" => read!(
                MemberReasonForm,
                |f| None,
                Command::MemberSuspend { member: f.member, reason: f.reason }
            ),
            "member.resume" => read!(MemberForm, |f| None, Command::MemberResume { member: f.member }),
            "task.complete" => read!(
                TaskForm,
                |f| Some(f.member.clone()),
                Command::TaskComplete { member: f.member, task: f.task }
            ),
            "agent.appoint" => read!(
                AppointForm,
                |f| None,
                Command::AgentAppoint {
                    member: f.member,
                    territory: territory(&f.territory)?,
                    level: level(&f.level)?,
                }
            ),
            "agent.dismiss" => read!(
                DismissForm,
                |f| None,
                Command::AgentDismiss { member: f.member, territory: territory(&f.territory)? }
            ),
            "shareholder.set" => read!(
                ShareholderForm,
                |f| None,
                Command::ShareholderSet { member: f.member, weight_millionths: weight(&f.weight)? }
            ),
            "merchant.apply" => read!(
                ApplyForm,
                |f| Some(f.member.clone()),
                Command::MerchantApply { merchant: f.merchant, member: f.member, order: f.order }
            ),
            "merchant.approve" => {
                read!(MerchantForm, |f| None, Command::MerchantApprove { merchant: f.merchant })
            }
            "merchant.reject" => read!(
                MerchantReasonForm,
                |f| None,
                Command::MerchantReject { merchant: f.merchant, reason: f.reason }
            ),
            "merchant.suspend" => read!(
                MerchantReasonForm,
                |f| None,
                Command::MerchantSuspend { merchant: f.merchant, reason: f.reason }
            ),
            "merchant.resume" => {
                read!(MerchantForm, |f| None, Command::MerchantResume { merchant: f.merchant })
            }
            "merchant.withdraw" => read!(
                MerchantWithdrawForm,
                |f| Some(f.merchant.clone()),
                Command::MerchantWithdraw {
                    withdrawal: f.withdrawal,
                    merchant: f.merchant,
                    amount: money("amount", &f.amount)?,
                }
            ),
            "product.list" => read!(
                ProductForm,
                |f| Some(f.merchant.clone()),
                Command::ProductList {
                    product: f.product,
                    merchant: f.merchant,
                    price: money("price", &f.price)?,
                    value_award: points("value_award", &f.value_award)?,
                    concession: f.concession.map(|text| money("concession", &text)).transpose()?,
                }
            ),
            "product.delist" => read!(DelistForm, |f| None, Command::ProductDelist { product: f.product }),
            "tip.give" => read!(
                TipForm,
                |f| Some(f.merchant.clone()),
                Command::TipGive {
                    tip: f.tip,
                    merchant: f.merchant,
                    member: f.member,
                    size: match (f.value, f.concession) {
                        (Some(value), None) => TipSize::Value(points("value", &value)?),
                        (None, Some(concession)) => TipSize::Concession(money("concession", &concession)?),
                        (None, None) | (Some(_), Some(_)) => {
                            return Err(CommandError::of_the_form(CommandFault::Either {
                                one: "value",
                                other: "concession",
                            }));
                        }
                    },
                }
            ),
            "emission.propose" => read!(
                IssueForm,
                |f| None,
                Command::EmissionPropose {
                    issue: f.issue,
                    member: f.member,
                    points: points("points", &f.points)?,
                }
            ),
            "emission.approve" => {
                read!(IssueIdForm, |f| None, Command::EmissionApprove { issue: f.issue })
            }
            "sku.list" => read!(
                SkuForm,
                |f| f.merchant.clone(),
                Command::SkuList {
                    sku: f.sku,
                    terms: Box::new(SkuTerms {
                        product: f.product,
                        merchant: f.merchant,
                        price: money("price", &f.price)?,
                        cost: f.cost.map(|text| money("cost", &text)).transpose()?,
                        zone: f.zone,
                        stock: f.stock,
                        limit_per_order: f.limit_per_order,
                        limit_per_member: f.limit_per_member,
                        points_only: f.points_only.unwrap_or(false),
                    }),
                }
            ),
            "sku.price" => read!(
                SkuPriceForm,
                |f| None,
                Command::SkuPrice {
                    sku: f.sku,
                    price: money("price", &f.price)?,
                    cost: f.cost.map(|text| money("cost", &text)).transpose()?,
                }
            ),
            "sku.delist" => read!(SkuIdForm, |f| None, Command::SkuDelist { sku: f.sku }),
            "stock.add" => {
                read!(StockForm, |f| None, Command::StockAdd { sku: f.sku, quantity: f.quantity })
            }
            "stock.remove" => {
                read!(StockForm, |f| None, Command::StockRemove { sku: f.sku, quantity: f.quantity })
            }
            "coupon.issue" => read!(
                CouponForm,
                |f| None,
                Command::CouponIssue { coupon: f.coupon, rule: f.rule, member: f.member }
            ),
            "fund.deposit" => read!(
                DepositForm,
                |f| None,
                Command::FundDeposit { fund: f.fund, amount: money("amount", &f.amount)?, source: f.source }
            ),
            "promotion.open" => read!(
                CampaignForm,
                |f| None,
                Command::PromotionOpen {
                    campaign: f.campaign,
                    promotion: f.promotion,
                    sku: f.sku,
                    from: f.from,
                    until: f.until,
                    quota: f.quota,
                }
            ),
            "promotion.commit" => read!(CommitForm, |f| None, {
                if f.commitments.is_empty() || f.commitments.len() > COMMITMENTS_MAX {
                    let (most, count) = (COMMITMENTS_MAX, f.commitments.len());
                    return Err(CommandError::new(CommandFault::Commitments { most, count }));
                }
                Command::PromotionCommit { campaign: f.campaign, commitments: f.commitments }
            }),
            "promotion.reveal" => {
                read!(RevealForm, |f| None, Command::PromotionReveal { draw: f.draw, seed: f.seed })
            }
            "promotion.cancel" => read!(
                CancelForm,
                |f| None,
                Command::PromotionCancel { campaign: f.campaign, reason: f.reason }
            ),
            "member.attest" => read!(
                AttestForm,
                |f| None,
                Command::MemberAttest {
                    member: f.member,
                    age: option("age", &f.age, &AgeBand::NAMED)?,
                    consent: f.consent.unwrap_or(false),
                }
            ),
            "voucher.redeem" => read!(
                RedeemForm,
                |f| Some(f.merchant.clone()),
                Command::VoucherRedeem { order: f.order, merchant: f.merchant, code: f.code }
            ),
            "relist.offer" => read!(OrderIdForm, |f| None, Command::RelistOffer { order: f.order }),
            "relist.buy" => read!(
                PurchaseForm,
                |f| Some(f.member.clone()),
                Command::RelistBuy { purchase: f.purchase, order: f.order, member: f.member }
            ),
            "relist.deliver" => read!(OrderIdForm, |f| None, Command::RelistDeliver { order: f.order }),
            "market.offer" => read!(
                OfferForm,
                |f| Some(f.member.clone()),
                Command::MarketOffer {
                    offer: f.offer,
                    member: f.member,
                    side: option("side", &f.side, &Side::NAMED)?,
                    price: money("price", &f.price)?,
                    quantity: f.quantity,
                    time_in_force: match &f.time_in_force {
                        None => TimeInForce::Gtc,
                        Some(text) => option("time_in_force", text, &TimeInForce::NAMED)?,
                    },
                }
            ),
            "market.cancel" => read!(OfferIdForm, |f| None, Command::MarketCancel { offer: f.offer }),
            "market.halt" => read!(HaltForm, |f| None, Command::MarketHalt { reason: f.reason }),
            "market.resume" => read!(AdvanceForm, |f| None, Command::MarketResume),
            "fund.round" => read!(RoundForm, |f| None, {
                let part = |name: &str, text: Option<CompactString>| {
                    text.map_or(Ok(Money::ZERO), |text| money(name, &text))
                };
                Command::FundRound {
                    round: f.round,
                    investor: f.investor,
                    amount: money("amount", &f.amount)?,
                    pool: part("pool", f.pool)?,
                    subsidies: part("subsidies", f.subsidies)?,
                    per_order: part("per_order", f.per_order)?,
                    days: f.days,
                }
            }),
            "equity.open" => read!(
                WindowForm,
                |f| None,
                Command::EquityOpen {
                    window: f.window,
                    shares: f.shares,
                    price: points("price", &f.price)?,
                    closes_at: f.closes_at,
                }
            ),
            "equity.commit" => read!(
                CommitPointsForm,
                |f| Some(f.member.clone()),
                Command::EquityCommit {
                    commitment: f.commitment,
                    window: f.window,
                    member: f.member,
                    points: points("points", &f.points)?,
                }
            ),
            "equity.allot" => read!(
                AllotForm,
                |f| None,
                Command::EquityAllot { allotment: f.allotment, member: f.member, shares: f.shares }
            ),
            "claim.import" => read!(
                ClaimForm,
                |f| None,
                Command::ClaimImport {
                    claim: f.claim,
                    member: f.member,
                    amount: money("amount", &f.amount)?,
                    evidence: f.evidence,
                }
            ),
            "claim.approve" => read!(ClaimIdForm, |f| None, Command::ClaimApprove { claim: f.claim }),
            "claim.grant" => read!(
                GrantForm,
                |f| None,
                Command::ClaimGrant {
                    grant: f.grant,
                    member: f.member,
                    points: points("points", &f.points)?,
                    injection: f.injection.map_or(Ok(Money::ZERO), |text| money("injection", &text))?,
                }
            ),
            "plan.propose" => read!(
                PlanForm,
                |f| None,
                Command::PlanPropose {
                    version: f.version,
                    plan: f.plan,
                    opinions: f.opinions,
                    effective_at: f.effective_at,
                }
            ),
            "plan.approve" => {
                read!(PlanHashForm, |f| None, Command::PlanApprove { version: f.version, hash: f.hash })
            }
            "plan.withdraw" => read!(PlanIdForm, |f| None, Command::PlanWithdraw { version: f.version }),
            "wind_down.propose" => read!(
                WindDownForm,
                |f| None,
                Command::WindDownPropose { wind_down: f.wind_down, closes_at: f.closes_at, reason: f.reason }
            ),
            "wind_down.approve" => {
                read!(WindDownIdForm, |f| None, Command::WindDownApprove { wind_down: f.wind_down })
            }
            "admission.review" => {
                read!(ReviewForm, |f| None, Command::AdmissionReview { gate: f.gate, findings: f.findings })
            }
            "payment.receive" => read!(PaymentForm, |f| None, {
                let of = currency_of(&f.currency)?;
                Command::PaymentReceive {
                    payment: f.payment,
                    amount: money_of(&of, &f.amount)?,
                    currency: of,
                    order: f.order,
                }
            }),
            "payment.return" => read!(PaymentReturnForm, |f| None, {
                let of = f.currency.as_ref().map_or(Ok(*currency), currency_of)?;
                Command::PaymentReturn { payment: f.payment, amount: money_of(&of, &f.amount)?, currency: of }
            }),
            "payment.resolve" => read!(
                ResolutionForm,
                |f| None,
                Command::PaymentResolve {
                    resolution: f.resolution,
                    payment: f.payment,
                    target: match (f.order, f.source) {
                        (Some(order), None) => PaymentTarget::Order(order),
                        (None, Some(source)) => PaymentTarget::Source(source),
                        (None, None) | (Some(_), Some(_)) => {
                            return Err(CommandError::new(CommandFault::Either {
                                one: "order",
                                other: "source",
                            }));
                        }
                    },
                }
            ),
            "payment.approve" => {
                read!(ResolutionIdForm, |f| None, Command::PaymentApprove { resolution: f.resolution })
            }
            other => {
                let nearest =
                    COMMAND_TYPES.iter().min_by_key(|known| strsim::damerau_levenshtein(known, other));
                let nearest = nearest.copied().unwrap_or_default();
                Err(CommandError::new(CommandFault::TypeNear { name: other, nearest }))
            }
        }
    }

    /// The same envelope as one line of JSON, as the journal stores it.
    pub fn to_json(&self, currency: &Currency) -> String {
        let money = |amount: Money| CompactString::from(currency.format(amount));
        macro_rules! write {
            ($form:ident { $($field:ident : $value:expr),* $(,)? }) => {
                serde_json::to_string(&$form {
                    key: self.key.clone(),
                    at: self.at,
                    happened_at: self.happened_at,
                    actor: Some(self.actor.clone()),
                    r#type: self.command.type_name().into(),
                    $($field: $value),*
                })
            };
        }
        let json = match &self.command {
            Command::MemberJoin { member, referrer, region, person } => write!(MemberJoinForm {
                member: member.clone(),
                referrer: referrer.clone(),
                region: region.map(|region| region.to_string().into()),
                person: person.clone(),
            }),
            Command::OrderPlace { order, terms } => write_order(self, order, Some(terms), &money),
            Command::OrderPay { order, terms } => write_order(self, order, terms.as_ref(), &money),
            Command::OrderShip { order }
            | Command::OrderReceive { order }
            | Command::OrderClose { order } => write!(OrderIdForm { order: order.clone() }),
            Command::OrderRefund { refund, order, lines, freight, tax } => write!(RefundForm {
                refund: refund.clone(),
                order: order.clone(),
                lines: lines.as_ref().map(|lines| {
                    lines
                        .iter()
                        .map(|l| {
                            let (amount, pieces) = match l.size {
                                RefundSize::Amount(amount) => (Some(money(amount)), None),
                                RefundSize::Pieces(pieces) => (None, Some(pieces)),
                            };
                            let (line, restock) = (LineId::Text(l.line.clone()), l.restock.then_some(true));
                            RefundLineForm { line, amount, pieces, restock }
                        })
                        .collect()
                }),
                freight: freight.map(money),
                tax: tax.map(money),
            }),
            Command::GoodsReturn { order, line, pieces } => write!(GoodsReturnForm {
                order: order.clone(),
                line: LineId::Text(line.clone()),
                pieces: *pieces,
            }),
            Command::TimeAdvance => write!(AdvanceForm {}),
            Command::PointsSell { member, points, min_net } => write!(SellForm {
                member: member.clone(),
                points: match points {
                    SellQuantity::All => "all".into(),
                    SellQuantity::Points(points) => points.to_string().into(),
                },
                min_net: min_net.map(money),
            }),
            Command::PoolInject { amount, source } => {
                write!(InjectForm { amount: money(*amount), source: source.clone() })
            }
            Command::ResidualPropose { disposal, method } => {
                let (method, epoch) = match method {
                    DisposalMethod::Rebate { epoch } => ("rebate", *epoch),
                    DisposalMethod::Inject { epoch } => ("inject", *epoch),
                };
                write!(ProposeForm { disposal: disposal.clone(), method: method.into(), epoch: epoch })
            }
            Command::ResidualApprove { disposal } => write!(DisposalForm { disposal: disposal.clone() }),
            Command::OperatorPay { amount } => write!(OperatorPayForm { amount: money(*amount) }),
            Command::OperatorWithdraw { withdrawal, amount } => {
                write!(OperatorWithdrawForm { withdrawal: withdrawal.clone(), amount: money(*amount) })
            }
            Command::WalletWithdraw { withdrawal, member, amount } => write!(WithdrawForm {
                withdrawal: withdrawal.clone(),
                member: member.clone(),
                amount: money(*amount),
            }),
            Command::WalletReject { withdrawal, reason } => {
                write!(RejectForm { withdrawal: withdrawal.clone(), reason: reason.clone() })
            }
            Command::WalletApprove { withdrawal }
            | Command::WalletSent { withdrawal }
            | Command::WalletUnknown { withdrawal }
            | Command::WalletPaid { withdrawal }
            | Command::WalletFailed { withdrawal } => {
                write!(WithdrawalForm { withdrawal: withdrawal.clone() })
            }
            Command::MemberBind { member, referrer } => {
                write!(BindForm { member: member.clone(), referrer: referrer.clone() })
            }
            Command::MemberSuspend { member, reason } => {
                write!(MemberReasonForm { member: member.clone(), reason: reason.clone() })
            }
            Command::MemberResume { member } => {
                write!(MemberForm { member: member.clone() })
            }
            Command::AgentAppoint { member, territory, level } => write!(AppointForm {
                member: member.clone(),
                territory: territory.to_string().into(),
                level: level.name().into(),
            }),
            Command::AgentDismiss { member, territory } => {
                write!(DismissForm { member: member.clone(), territory: territory.to_string().into() })
            }
            Command::ShareholderSet { member, weight_millionths } => write!(ShareholderForm {
                member: member.clone(),
                weight: Points::from_units(u128::from(*weight_millionths) * 1_000_000).to_string().into(),
            }),
            Command::MerchantApply { merchant, member, order } => {
                write!(ApplyForm { merchant: merchant.clone(), member: member.clone(), order: order.clone() })
            }
            Command::MerchantApprove { merchant } | Command::MerchantResume { merchant } => {
                write!(MerchantForm { merchant: merchant.clone() })
            }
            Command::MerchantReject { merchant, reason } | Command::MerchantSuspend { merchant, reason } => {
                write!(MerchantReasonForm { merchant: merchant.clone(), reason: reason.clone() })
            }
            Command::MerchantWithdraw { withdrawal, merchant, amount } => write!(MerchantWithdrawForm {
                withdrawal: withdrawal.clone(),
                merchant: merchant.clone(),
                amount: money(*amount),
            }),
            Command::ProductList { product, merchant, price, value_award, concession } => {
                write!(ProductForm {
                    product: product.clone(),
                    merchant: merchant.clone(),
                    price: money(*price),
                    value_award: value_award.to_string().into(),
                    concession: concession.map(money),
                })
            }
            Command::ProductDelist { product } => write!(DelistForm { product: product.clone() }),
            Command::TipGive { tip, merchant, member, size } => {
                let (value, concession) = match size {
                    TipSize::Value(value) => (Some(value.to_string().into()), None),
                    TipSize::Concession(concession) => (None, Some(money(*concession))),
                };
                write!(TipForm {
                    tip: tip.clone(),
                    merchant: merchant.clone(),
                    member: member.clone(),
                    value: value,
                    concession: concession,
                })
            }
            Command::EmissionPropose { issue, member, points } => write!(IssueForm {
                issue: issue.clone(),
                member: member.clone(),
                points: points.to_string().into(),
            }),
            Command::EmissionApprove { issue } => write!(IssueIdForm { issue: issue.clone() }),
            Command::TaskComplete { member, task } => {
                write!(TaskForm { member: member.clone(), task: task.clone() })
            }
            Command::SkuList { sku, terms } => write!(SkuForm {
                sku: sku.clone(),
                price: money(terms.price),
                product: terms.product.clone(),
                merchant: terms.merchant.clone(),
                cost: terms.cost.map(money),
                zone: terms.zone.clone(),
                stock: terms.stock,
                limit_per_order: terms.limit_per_order,
                limit_per_member: terms.limit_per_member,
                points_only: terms.points_only.then_some(true),
            }),
            Command::SkuPrice { sku, price, cost } => {
                write!(SkuPriceForm { sku: sku.clone(), price: money(*price), cost: cost.map(money) })
            }
            Command::SkuDelist { sku } => write!(SkuIdForm { sku: sku.clone() }),
            Command::StockAdd { sku, quantity } | Command::StockRemove { sku, quantity } => {
                write!(StockForm { sku: sku.clone(), quantity: *quantity })
            }
            Command::CouponIssue { coupon, rule, member } => {
                write!(CouponForm { coupon: coupon.clone(), rule: rule.clone(), member: member.clone() })
            }
            Command::FundDeposit { fund, amount, source } => {
                write!(DepositForm { fund: fund.clone(), amount: money(*amount), source: source.clone() })
            }
            Command::PromotionOpen { campaign, promotion, sku, from, until, quota } => write!(CampaignForm {
                campaign: campaign.clone(),
                promotion: promotion.clone(),
                sku: sku.clone(),
                from: *from,
                until: *until,
                quota: *quota,
            }),
            Command::PromotionCommit { campaign, commitments } => {
                write!(CommitForm { campaign: campaign.clone(), commitments: commitments.clone() })
            }
            Command::PromotionReveal { draw, seed } => {
                write!(RevealForm { draw: draw.clone(), seed: *seed })
            }
            Command::PromotionCancel { campaign, reason } => {
                write!(CancelForm { campaign: campaign.clone(), reason: reason.clone() })
            }
            Command::MemberAttest { member, age, consent } => write!(AttestForm {
                member: member.clone(),
                age: name_of(&AgeBand::NAMED, age).into(),
                consent: consent.then_some(true),
            }),
            Command::VoucherRedeem { order, merchant, code } => {
                write!(RedeemForm { order: order.clone(), merchant: merchant.clone(), code: code.clone() })
            }
            Command::RelistOffer { order } | Command::RelistDeliver { order } => {
                write!(OrderIdForm { order: order.clone() })
            }
            Command::RelistBuy { purchase, order, member } => write!(PurchaseForm {
                purchase: purchase.clone(),
                order: order.clone(),
                member: member.clone(),
            }),
            Command::MarketOffer { offer, member, side, price, quantity, time_in_force } => {
                write!(OfferForm {
                    offer: offer.clone(),
                    member: member.clone(),
                    side: name_of(&Side::NAMED, side).into(),
                    price: money(*price),
                    quantity: *quantity,
                    time_in_force: (*time_in_force != TimeInForce::Gtc).then(|| name_of(
                        &TimeInForce::NAMED,
                        time_in_force
                    )
                    .into()),
                })
            }
            Command::MarketCancel { offer } => write!(OfferIdForm { offer: offer.clone() }),
            Command::MarketHalt { reason } => write!(HaltForm { reason: reason.clone() }),
            Command::MarketResume => write!(AdvanceForm {}),
            Command::FundRound { round, investor, amount, pool, subsidies, per_order, days } => {
                let part = |amount: &Money| (!amount.is_zero()).then(|| money(*amount));
                write!(RoundForm {
                    round: round.clone(),
                    investor: investor.clone(),
                    amount: money(*amount),
                    pool: part(pool),
                    subsidies: part(subsidies),
                    per_order: part(per_order),
                    days: *days,
                })
            }
            Command::EquityOpen { window, shares, price, closes_at } => write!(WindowForm {
                window: window.clone(),
                shares: *shares,
                price: price.to_string().into(),
                closes_at: *closes_at,
            }),
            Command::EquityCommit { commitment, window, member, points } => write!(CommitPointsForm {
                commitment: commitment.clone(),
                window: window.clone(),
                member: member.clone(),
                points: points.to_string().into(),
            }),
            Command::EquityAllot { allotment, member, shares } => {
                write!(AllotForm { allotment: allotment.clone(), member: member.clone(), shares: *shares })
            }
            Command::ClaimImport { claim, member, amount, evidence } => write!(ClaimForm {
                claim: claim.clone(),
                member: member.clone(),
                amount: money(*amount),
                evidence: *evidence,
            }),
            Command::ClaimApprove { claim } => write!(ClaimIdForm { claim: claim.clone() }),
            Command::ClaimGrant { grant, member, points, injection } => write!(GrantForm {
                grant: grant.clone(),
                member: member.clone(),
                points: points.to_string().into(),
                injection: (!injection.is_zero()).then(|| money(*injection)),
            }),
            Command::PlanPropose { version, plan, opinions, effective_at } => write!(PlanForm {
                version: version.clone(),
                plan: plan.clone(),
                opinions: opinions.clone(),
                effective_at: *effective_at,
            }),
            Command::PlanApprove { version, hash } => {
                write!(PlanHashForm { version: version.clone(), hash: *hash })
            }
            Command::PlanWithdraw { version } => write!(PlanIdForm { version: version.clone() }),
            Command::WindDownPropose { wind_down, closes_at, reason } => write!(WindDownForm {
                wind_down: wind_down.clone(),
                closes_at: *closes_at,
                reason: reason.clone(),
            }),
            Command::WindDownApprove { wind_down } => {
                write!(WindDownIdForm { wind_down: wind_down.clone() })
            }
            Command::AdmissionReview { gate, findings } => {
                write!(ReviewForm { gate: gate.clone(), findings: findings.clone() })
            }
            Command::PaymentReceive { payment, amount, currency: of, order } => write!(PaymentForm {
                payment: payment.clone(),
                amount: of.format(*amount).into(),
                currency: of.code().into(),
                order: order.clone(),
            }),
            Command::PaymentReturn { payment, amount, currency: of } => write!(PaymentReturnForm {
                payment: payment.clone(),
                amount: of.format(*amount).into(),
                currency: (of != currency).then(|| of.code().into()),
            }),
            Command::PaymentResolve { resolution, payment, target } => {
                let (order, source) = match target {
                    PaymentTarget::Order(order) => (Some(order.clone()), None),
                    PaymentTarget::Source(source) => (None, Some(source.clone())),
                };
                write!(ResolutionForm {
                    resolution: resolution.clone(),
                    payment: payment.clone(),
                    order: order,
                    source: source,
                })
            }
            Command::PaymentApprove { resolution } => {
                write!(ResolutionIdForm { resolution: resolution.clone() })
            }
        };
        json.expect("a command form has text keys only, so it always serialises")
    }
}

fn write_order(
    envelope: &Envelope,
    order: &Id,
    terms: Option<&OrderTerms>,
    money: &dyn Fn(Money) -> CompactString,
) -> serde_json::Result<String> {
    let some = |amount: Money| (!amount.is_zero()).then(|| money(amount));
    let mall = terms.and_then(|t| t.mall.as_deref());
    serde_json::to_string(&OrderForm {
        key: envelope.key.clone(),
        at: envelope.at,
        happened_at: envelope.happened_at,
        actor: Some(envelope.actor.clone()),
        r#type: envelope.command.type_name().into(),
        order: order.clone(),
        member: terms.map(|t| t.member.clone()),
        lines: terms.map(|t| {
            t.lines
                .iter()
                .map(|l| LineForm {
                    line: LineId::Text(l.line.clone()),
                    amount: money(l.amount),
                    quantity: l.quantity,
                    sku: l.sku.clone(),
                    merchant: l.merchant.clone(),
                    cost: l.cost.map(money),
                    contribution: l.contribution.map(money),
                    zone: l.zone.clone(),
                })
                .collect()
        }),
        freight: terms.and_then(|t| some(t.freight)),
        tax: terms.and_then(|t| some(t.tax)),
        ship_to: terms.and_then(|t| t.ship_to).map(|region| region.to_string().into()),
        tender: terms.and_then(|t| t.tender).map(|t| TenderForm {
            cash: some(t.cash),
            reconsume: some(t.reconsume),
            claim: some(t.claim),
            loyalty: some(t.loyalty),
        }),
        source: mall.and_then(|m| m.source.clone()),
        coupons: mall.and_then(|m| (!m.coupons.is_empty()).then(|| m.coupons.clone())),
        campaign: mall.and_then(|m| m.campaign.clone()),
        group: mall.and_then(|m| m.group.clone()),
        code_hash: mall.and_then(|m| m.code_hash),
    })
}

/// The value with this name in such a list.
fn option<T: Copy>(
    field: &str,
    text: &CompactString,
    named: &[(&'static str, T)],
) -> Result<T, CommandError> {
    let found = named.iter().find(|(name, _)| name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let options = List::of(named.iter().map(|(name, _)| format!("\"{name}\"")));
        CommandError::new(CommandFault::Choice { field, text, options })
    })
}

fn region(name: &str, text: Option<&CompactString>) -> Result<Option<Region>, CommandError> {
    text.map(|text| {
        Region::parse(text).ok_or_else(|| CommandError::new(CommandFault::Region { field: name, text }))
    })
    .transpose()
}

fn refund_line(
    form: RefundLineForm,
    money: &dyn Fn(&str, &CompactString) -> Result<Money, CommandError>,
) -> Result<RefundLine, CommandError> {
    let size = match (form.amount, form.pieces) {
        (Some(amount), None) => RefundSize::Amount(money("amount", &amount)?),
        (None, Some(pieces)) => RefundSize::Pieces(pieces),
        (None, None) | (Some(_), Some(_)) => {
            return Err(CommandError::new(CommandFault::RefundLine {}));
        }
    };
    let restock = form.restock.unwrap_or(false);
    if restock && !matches!(size, RefundSize::Pieces(_)) {
        return Err(CommandError::new(CommandFault::Restock {}));
    }
    Ok(RefundLine { line: form.line.id()?, size, restock })
}

fn currency_of(code: &CompactString) -> Result<Currency, CommandError> {
    Currency::any(code).ok_or_else(|| CommandError::new(CommandFault::Currency { text: code }))
}

fn money_of(currency: &Currency, text: &CompactString) -> Result<Money, CommandError> {
    currency
        .parse_money(text)
        .map_err(|error| CommandError::new(CommandFault::Value { field: "amount", text, error }))
}

fn territory(text: &CompactString) -> Result<Region, CommandError> {
    region("territory", Some(text))?
        .ok_or_else(|| CommandError::of_the_form(CommandFault::Missing { field: "territory" }))
}

fn level(text: &CompactString) -> Result<AgentLevel, CommandError> {
    let found = AgentLevel::NAMED.into_iter().find(|(name, _)| name == text);
    found.map(|(_, level)| level).ok_or_else(|| CommandError::new(CommandFault::Level { text }))
}

/// A weight of at most six decimals, in millionths.
fn weight(text: &CompactString) -> Result<u64, CommandError> {
    let millionths = parse_decimal(text, 6)
        .map_err(|error| CommandError::new(CommandFault::Value { field: "weight", text, error }))?;
    u64::try_from(millionths)
        .map_err(|_| CommandFault::Value { field: "weight", text, error: DecimalError::TooLarge })
        .map_err(CommandError::new)
}

fn points(name: &str, text: &CompactString) -> Result<Points, CommandError> {
    Points::parse(text).map_err(|error| CommandError::new(CommandFault::Value { field: name, text, error }))
}

/// The terms of an order; `None` if neither member nor lines are given.
fn terms(
    form: OrderForm,
    money: &dyn Fn(&str, &CompactString) -> Result<Money, CommandError>,
) -> Result<Option<OrderTerms>, CommandError> {
    let (member, lines) = match (form.member, form.lines) {
        (Some(member), Some(lines)) => (member, lines),
        (_, None) => {
            let named = form.freight.is_some()
                || form.tax.is_some()
                || form.ship_to.is_some()
                || form.tender.is_some()
                || form.source.is_some()
                || form.coupons.is_some()
                || form.campaign.is_some()
                || form.group.is_some()
                || form.code_hash.is_some();
            return if named {
                Err(CommandError::of_the_form(CommandFault::LinesMissing {}))
            } else {
                Ok(None)
            };
        }
        (None, Some(_)) => return Err(CommandError::of_the_form(CommandFault::Missing { field: "member" })),
    };
    if lines.is_empty() || lines.len() > ORDER_LINES_MAX {
        let (most, count) = (ORDER_LINES_MAX, lines.len());
        return Err(CommandError::new(CommandFault::Lines { most, count }));
    }
    let optional = |name: &str, text: Option<CompactString>| -> Result<Option<Money>, CommandError> {
        text.map(|text| money(name, &text)).transpose()
    };
    let lines = lines
        .into_iter()
        .map(|l| {
            Ok(OrderLine {
                amount: money("amount", &l.amount)?,
                line: l.line.id()?,
                quantity: l.quantity,
                sku: l.sku,
                merchant: l.merchant,
                cost: optional("cost", l.cost)?,
                contribution: optional("contribution", l.contribution)?,
                zone: l.zone,
            })
        })
        .collect::<Result<_, CommandError>>()?;
    let tender = match form.tender {
        None => None,
        Some(t) => Some(Tender {
            cash: optional("tender.cash", t.cash)?.unwrap_or(Money::ZERO),
            reconsume: optional("tender.reconsume", t.reconsume)?.unwrap_or(Money::ZERO),
            loyalty: optional("tender.loyalty", t.loyalty)?.unwrap_or(Money::ZERO),
            claim: optional("tender.claim", t.claim)?.unwrap_or(Money::ZERO),
        }),
    };
    let coupons = form.coupons.unwrap_or_default();
    if coupons.len() > ORDER_COUPONS_MAX {
        return Err(CommandError::new(CommandFault::Coupons { most: ORDER_COUPONS_MAX }));
    }
    let mall = MallTerms {
        source: form.source,
        coupons,
        campaign: form.campaign,
        group: form.group,
        code_hash: form.code_hash,
    };
    Ok(Some(OrderTerms {
        member,
        lines,
        freight: optional("freight", form.freight)?.unwrap_or(Money::ZERO),
        tax: optional("tax", form.tax)?.unwrap_or(Money::ZERO),
        ship_to: region("ship_to", form.ship_to.as_ref())?,
        tender,
        mall: (mall != MallTerms::default()).then(|| Box::new(mall)),
    }))
}
