//! The JSON form of commands. Unknown fields are refused; amounts are decimal strings (NUM-1).

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{
    AgentLevel, Command, DisposalMethod, Envelope, ORDER_LINES_MAX, OrderLine, OrderTerms, RefundLine,
    Region, SellQuantity, Tender, TipSize,
};
use crate::amount::{Currency, Money, Points, parse_decimal};
use crate::id::Id;
use crate::time::Timestamp;

/// Why a line is not a command. The text says what and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    message: String,
    column: usize,
}

impl CommandError {
    /// Column of the JSON where reading stopped, from 1; 0 if it concerns the object as a whole.
    pub fn column(&self) -> usize {
        self.column
    }

    fn new(message: impl Into<String>) -> CommandError {
        CommandError { message: message.into(), column: 0 }
    }
}

impl std::fmt::Display for CommandError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> CommandError {
        let text = error.to_string();
        // serde_json appends " at line 1 column N"; the caller knows the line of the file.
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        CommandError { message: message.to_owned(), column: error.column() }
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
                actor: Option<Id>,
                r#type: CompactString,
                $( $(#[serde($default, skip_serializing_if = "Option::is_none")])? $field: $type, )*
            }
        )*
    };
}

forms! {
    MemberJoinForm { member: Id, referrer: Option<Id> = default, region: Option<CompactString> = default }
    OrderForm {
        order: Id, member: Option<Id> = default, lines: Option<Vec<LineForm>> = default,
        freight: Option<CompactString> = default, tax: Option<CompactString> = default,
        ship_to: Option<CompactString> = default, tender: Option<TenderForm> = default
    }
    OrderIdForm { order: Id }
    RefundForm { refund: Id, order: Id, lines: Option<Vec<RefundLineForm>> = default }
    AdvanceForm { }
    SellForm { member: Id, points: CompactString }
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
            LineId::Number(number) => {
                Id::new(&number.to_string()).map_err(|error| CommandError::new(error.to_string()))
            }
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
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundLineForm {
    line: LineId,
    amount: CompactString,
}

#[derive(Deserialize)]
struct TypeOnly {
    r#type: CompactString,
}

/// Every command type, for "nearest known" messages and the reference page.
pub const COMMAND_TYPES: [&str; 37] = [
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
];

impl Envelope {
    /// Reads one line of commands. Amounts are in the currency of the programme.
    pub fn from_json(line: &str, currency: &Currency) -> Result<Envelope, CommandError> {
        let TypeOnly { r#type } = serde_json::from_str(line)?;
        let money = |name: &str, text: &CompactString| -> Result<Money, CommandError> {
            currency
                .parse_money(text)
                .map_err(|error| CommandError::new(format!("{name}: \"{text}\" is {error}")))
        };
        let operator = || Id::new("operator").map_err(|error| CommandError::new(error.to_string()));
        macro_rules! read {
            ($form:ident, |$f:ident| $who:expr, $command:expr) => {{
                let $f: $form = serde_json::from_str(line)?;
                let (key, at, actor) = ($f.key.clone(), $f.at, $f.actor.clone());
                let member: Option<Id> = $who;
                let command = $command;
                let actor = match actor.or(member) {
                    Some(actor) => actor,
                    None => operator()?,
                };
                Ok(Envelope { key, at, actor, command })
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
                }
            ),
            "order.place" => read!(OrderForm, |f| f.member.clone(), {
                let order = f.order.clone();
                let terms = terms(f, &money)?
                    .ok_or_else(|| CommandError::new("order.place needs member and lines"))?;
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
                                .map(|l| Ok(RefundLine {
                                    amount: money("amount", &l.amount)?,
                                    line: l.line.id()?
                                }))
                                .collect::<Result<_, CommandError>>()?,
                        ),
                    },
                }
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
                                format!("points: \"{text}\" is {error}")
                            ))?,),
                    },
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
                            return Err(CommandError::new(format!(
                                "method: \"{other}\" is neither \"rebate\" nor \"inject\""
                            )));
                        }
                    },
                }
            ),
            "residual.approve" => {
                read!(DisposalForm, |f| None, Command::ResidualApprove { disposal: f.disposal })
            }
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
            "task.complete" => {
                read!(MemberForm, |f| Some(f.member.clone()), Command::TaskComplete { member: f.member })
            }
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
                            return Err(CommandError::new("state either value or concession"));
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
            other => {
                let nearest =
                    COMMAND_TYPES.iter().min_by_key(|known| strsim::damerau_levenshtein(known, other));
                Err(CommandError::new(match nearest {
                    Some(known) => format!("unknown command type \"{other}\"; nearest known: \"{known}\""),
                    None => format!("unknown command type \"{other}\""),
                }))
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
                    actor: Some(self.actor.clone()),
                    r#type: self.command.type_name().into(),
                    $($field: $value),*
                })
            };
        }
        let json = match &self.command {
            Command::MemberJoin { member, referrer, region } => write!(MemberJoinForm {
                member: member.clone(),
                referrer: referrer.clone(),
                region: region.map(|region| region.to_string().into()),
            }),
            Command::OrderPlace { order, terms } => write_order(self, order, Some(terms), &money),
            Command::OrderPay { order, terms } => write_order(self, order, terms.as_ref(), &money),
            Command::OrderShip { order }
            | Command::OrderReceive { order }
            | Command::OrderClose { order } => write!(OrderIdForm { order: order.clone() }),
            Command::OrderRefund { refund, order, lines } => write!(RefundForm {
                refund: refund.clone(),
                order: order.clone(),
                lines: lines.as_ref().map(|lines| {
                    lines
                        .iter()
                        .map(|l| RefundLineForm {
                            line: LineId::Text(l.line.clone()),
                            amount: money(l.amount),
                        })
                        .collect()
                }),
            }),
            Command::TimeAdvance => write!(AdvanceForm {}),
            Command::PointsSell { member, points } => write!(SellForm {
                member: member.clone(),
                points: match points {
                    SellQuantity::All => "all".into(),
                    SellQuantity::Points(points) => points.to_string().into(),
                },
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
            Command::MemberResume { member } | Command::TaskComplete { member } => {
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
    serde_json::to_string(&OrderForm {
        key: envelope.key.clone(),
        at: envelope.at,
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
        }),
    })
}

fn region(name: &str, text: Option<&CompactString>) -> Result<Option<Region>, CommandError> {
    text.map(|text| {
        Region::parse(text)
            .ok_or_else(|| CommandError::new(format!("{name}: \"{text}\" is not a six-digit GB/T 2260 code")))
    })
    .transpose()
}

fn territory(text: &CompactString) -> Result<Region, CommandError> {
    region("territory", Some(text))?.ok_or_else(|| CommandError::new("territory is missing"))
}

fn level(text: &CompactString) -> Result<AgentLevel, CommandError> {
    let found = AgentLevel::NAMED.into_iter().find(|(name, _)| name == text);
    found.map(|(_, level)| level).ok_or_else(|| {
        CommandError::new(format!("level: \"{text}\" is none of \"district\", \"city\" and \"province\""))
    })
}

/// A weight of at most six decimals, in millionths.
fn weight(text: &CompactString) -> Result<u64, CommandError> {
    let millionths = parse_decimal(text, 6)
        .map_err(|error| CommandError::new(format!("weight: \"{text}\" is {error}")))?;
    u64::try_from(millionths)
        .map_err(|_| CommandError::new(format!("weight: \"{text}\" is larger than the limit")))
}

fn points(name: &str, text: &CompactString) -> Result<Points, CommandError> {
    Points::parse(text).map_err(|error| CommandError::new(format!("{name}: \"{text}\" is {error}")))
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
                || form.tender.is_some();
            return if named { Err(CommandError::new("lines are missing")) } else { Ok(None) };
        }
        (None, Some(_)) => return Err(CommandError::new("member is missing")),
    };
    if lines.is_empty() || lines.len() > ORDER_LINES_MAX {
        return Err(CommandError::new(format!(
            "lines: an order has 1 to {ORDER_LINES_MAX} lines, not {}",
            lines.len()
        )));
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
            claim: optional("tender.claim", t.claim)?.unwrap_or(Money::ZERO),
        }),
    };
    Ok(Some(OrderTerms {
        member,
        lines,
        freight: optional("freight", form.freight)?.unwrap_or(Money::ZERO),
        tax: optional("tax", form.tax)?.unwrap_or(Money::ZERO),
        ship_to: region("ship_to", form.ship_to.as_ref())?,
        tender,
    }))
}
