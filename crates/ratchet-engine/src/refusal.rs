//! The facts of a refusal (ERR-1): which id, in which state and since when, what would be right, what is left, who must act.
//!
//! A refused command changes nothing, so its facts can be read from the state after it was refused, and only for whoever
//! wants to show them: deciding stays as fast as it is. Facts are typed; the sentences in both languages are made from them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most refusals and commands have no facts but the one id that `field_of` names"
)]

use crate::amendment::Sense;
use crate::amendment::hash_of;
use crate::amount::{Currency, Money, Points};
use crate::command::{Command, Envelope, RefundSize, SellQuantity};
use crate::engine::Engine;
use crate::gate::Opinions;
use crate::id::{Id, MemberNo, MerchantNo, OfferNo, OrderNo, WithdrawalNo, index};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::market::{hold_of, points_of};
use crate::message::{Language, Message};
use crate::order::OrderState;
use crate::plan::{Bilingual, PlanErrors};
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// A refusal with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: Rejection,
    /// What a person needs to mend it, most important first; names are permanent.
    pub facts: Vec<(FactName, Fact)>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An id, as whoever sent the command wrote it.
    Id(String),
    /// A state, by its permanent name.
    State(&'static str),
    /// An amount of money.
    Money(Money),
    /// A quantity of points or units.
    Points(Points),
    /// A number of pieces, lots, people, entries.
    Count(u64),
    /// A moment.
    At(Timestamp),
    /// Several ids or states, any of which would do.
    OneOf(Vec<String>),
    /// What is wrong with a value.
    Cause(Message),
    /// Sentences in both languages, all of which hold.
    All(Vec<Bilingual>),
}

macro_rules! fact_names {
    ($( $variant:ident $name:literal $zh:literal $en:literal; )*) => {
        /// What a fact says; the name in JSON is permanent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each has its name in both languages in the table")]
        pub enum FactName { $( $variant, )* }

        impl FactName {
            /// Every name.
            pub const ALL: &'static [FactName] = &[$(FactName::$variant),*];

            /// The name in JSON.
            pub fn name(self) -> &'static str {
                match self { $(FactName::$variant => $name,)* }
            }

            /// The name in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(FactName::$variant => $zh,)* }
            }

            /// The name in English.
            pub fn en(self) -> &'static str {
                match self { $(FactName::$variant => $en,)* }
            }
        }
    };
}

fact_names! {
    Id "id" "编号" "id";
    Key "key" "幂等键" "key";
    Member "member" "会员" "member";
    Referrer "referrer" "推荐人" "referrer";
    Order "order" "订单" "order";
    Line "line" "订单行" "line";
    Merchant "merchant" "商家" "merchant";
    Article "sku" "商品" "article";
    Coupon "coupon" "优惠券" "coupon";
    State "state" "状态" "state";
    Allowed "allowed" "可行的状态" "possible in state";
    Since "since" "自" "since";
    Until "until" "截止" "until";
    From "from" "起始" "from";
    At "at" "命令时间" "at";
    Now "now" "项目时间" "programme's time";
    Entry "entry" "日志条目" "entry";
    Stated "stated" "所写" "stated";
    Expected "expected" "应为" "expected";
    Remaining "remaining" "剩余" "remaining";
    Available "available" "可用" "available";
    Wanted "wanted" "需要" "wanted";
    Limit "limit" "上限" "limit";
    Minimum "minimum" "下限" "minimum";
    Used "used" "已用" "used already";
    Possible "possible" "可选" "one of";
    ActedBy "acted_by" "已经手" "acted already";
    Amount "amount" "金额" "amount";
    WouldPay "would_pay" "现在可得" "would pay now";
    Latest "latest_at" "最晚" "latest";
    HappenedAt "happened_at" "发生时间" "happened at";
    Cause "cause" "原因" "cause";
    Pieces "pieces" "件数" "pieces";
    Earliest "earliest" "最早" "earliest";
    Reasons "reasons" "原因" "reasons";
}

/// States that facts name, in both languages.
const STATES: &[(&str, &str)] = &[
    ("placed", "待付款"),
    ("paid", "已付款"),
    ("shipped", "已发货"),
    ("received", "已收货"),
    ("settled", "已结算"),
    ("closed", "已关闭"),
    ("refunded", "已全额退款"),
    ("requested", "已申请"),
    ("approved", "已批准"),
    ("sent", "已提交支付"),
    ("unknown", "结果未知"),
    ("failed", "失败"),
    ("rejected", "已拒绝"),
    ("applied", "已申请"),
    ("suspended", "已暂停"),
    ("active", "正常"),
    ("open", "挂单中"),
    ("done", "已完成"),
    ("halted", "已停市"),
    ("free", "可用"),
    ("reserved", "已占用"),
    ("used", "已使用"),
    ("cancelled", "已取消"),
    ("delisted", "已下架"),
    ("proposed", "待批准"),
    ("withdrawn", "已撤回"),
    ("lapsed", "已失效"),
    ("effective", "已生效"),
];

impl Fact {
    /// The value as in JSON: amounts as decimals, times in RFC 3339.
    pub fn text(&self, currency: &Currency) -> String {
        match self {
            Fact::Id(id) => id.clone(),
            Fact::State(state) => (*state).to_owned(),
            Fact::Money(money) => currency.format(*money),
            Fact::Points(points) => points.to_string(),
            Fact::Count(count) => count.to_string(),
            Fact::At(at) => at.to_string(),
            Fact::OneOf(of) => of.join(", "),
            Fact::Cause(message) => message.en.clone(),
            Fact::All(sentences) => {
                sentences.iter().map(|sentence| sentence.en.as_str()).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// The value in JSON: counts are numbers, several ids a list, sentences a list with both languages, everything else a text.
    fn json(&self, currency: &Currency) -> serde_json::Value {
        match self {
            Fact::OneOf(of) => of.clone().into(),
            Fact::All(sentences) => {
                let sentences = sentences.iter();
                sentences
                    .map(|sentence| serde_json::json!({ "en": sentence.en, "zh": sentence.zh }))
                    .collect()
            }
            Fact::Count(count) => (*count).into(),
            Fact::Id(_)
            | Fact::State(_)
            | Fact::Money(_)
            | Fact::Points(_)
            | Fact::At(_)
            | Fact::Cause(_) => self.text(currency).into(),
        }
    }

    /// The value in a Chinese sentence.
    fn zh(&self, currency: &Currency) -> String {
        let state = |name: &str| {
            STATES
                .iter()
                .find(|(known, _)| *known == name)
                .map_or_else(|| name.to_owned(), |(_, zh)| (*zh).to_owned())
        };
        match self {
            Fact::State(name) => state(name),
            Fact::All(sentences) => {
                sentences.iter().map(|sentence| sentence.zh.as_str()).collect::<Vec<_>>().join("；")
            }
            Fact::OneOf(of) => of.iter().map(|name| state(name)).collect::<Vec<_>>().join("、"),
            Fact::Cause(message) => message.zh.clone(),
            Fact::Id(_) | Fact::Money(_) | Fact::Points(_) | Fact::Count(_) | Fact::At(_) => {
                self.text(currency)
            }
        }
    }
}

impl Refusal {
    /// The fact of this name.
    pub fn fact(&self, name: FactName) -> Option<&Fact> {
        self.facts.iter().find(|(known, _)| *known == name).map(|(_, fact)| fact)
    }

    /// Code, facts and both sentences.
    pub fn message(&self, currency: &Currency) -> Message {
        let facts = self.facts.iter().map(|(name, fact)| (name.name(), fact.json(currency)));
        Message {
            code: self.code.code(),
            facts: facts.collect(),
            zh: self.zh(currency),
            en: self.en(currency),
        }
    }

    /// The sentence in English: why, and the facts.
    pub fn en(&self, currency: &Currency) -> String {
        let facts = self.facts.iter().map(|(name, fact)| format!("{} {}", name.en(), fact.text(currency)));
        let facts = facts.collect::<Vec<_>>().join(", ");
        if facts.is_empty() { self.code.to_string() } else { format!("{} ({facts})", self.code) }
    }

    /// The sentence in Chinese.
    pub fn zh(&self, currency: &Currency) -> String {
        let facts = self.facts.iter().map(|(name, fact)| format!("{} {}", name.zh(), fact.zh(currency)));
        let facts = facts.collect::<Vec<_>>().join("，");
        if facts.is_empty() { self.code.zh().to_owned() } else { format!("{}（{facts}）", self.code.zh()) }
    }
}

/// Collects facts; what does not exist is left out.
#[derive(Default)]
struct Facts(Vec<(FactName, Fact)>);

impl Facts {
    fn id(&mut self, name: FactName, id: impl Into<String>) -> &mut Facts {
        self.0.push((name, Fact::Id(id.into())));
        self
    }

    fn state(&mut self, state: &'static str) -> &mut Facts {
        self.0.push((FactName::State, Fact::State(state)));
        self
    }

    fn money(&mut self, name: FactName, money: Money) -> &mut Facts {
        self.0.push((name, Fact::Money(money)));
        self
    }

    fn points(&mut self, name: FactName, points: Points) -> &mut Facts {
        self.0.push((name, Fact::Points(points)));
        self
    }

    fn count(&mut self, name: FactName, count: u64) -> &mut Facts {
        self.0.push((name, Fact::Count(count)));
        self
    }

    fn at(&mut self, name: FactName, at: Timestamp) -> &mut Facts {
        self.0.push((name, Fact::At(at)));
        self
    }

    fn one_of<'a>(&mut self, name: FactName, of: impl IntoIterator<Item = &'a str>) -> &mut Facts {
        let of: Vec<String> = of.into_iter().map(str::to_owned).collect();
        if !of.is_empty() {
            self.0.push((name, Fact::OneOf(of)));
        }
        self
    }
}

/// Field of the command's JSON that a refusal is about, where it is about one alone.
fn field_of(code: Rejection) -> Option<(&'static str, FactName)> {
    use Rejection as R;
    Some(match code {
        R::MemberExists | R::MemberUnknown | R::MemberState => ("member", FactName::Member),
        R::ReferrerIsSelf | R::ReferrerUnknown | R::ReferrerNotOlder => ("referrer", FactName::Referrer),
        R::OrderExists
        | R::OrderUnknown
        | R::OrderTermsMissing
        | R::PromotionUndecided
        | R::BoxOpened
        | R::VoucherState
        | R::RelistState => ("order", FactName::Order),
        R::RefundExists => ("refund", FactName::Id),
        R::DisposalExists | R::DisposalUnknown | R::DisposalDone => ("disposal", FactName::Id),
        R::WithdrawalExists | R::WithdrawalUnknown | R::WithdrawalState => ("withdrawal", FactName::Id),
        R::IssueExists | R::IssueUnknown | R::IssueDone => ("issue", FactName::Id),
        R::MerchantExists | R::MerchantUnknown | R::MerchantState => ("merchant", FactName::Merchant),
        R::ProductExists | R::ProductUnknown => ("product", FactName::Id),
        R::TipExists => ("tip", FactName::Id),
        R::SkuExists | R::SkuUnknown => ("sku", FactName::Article),
        R::CouponExists | R::CouponUnknown => ("coupon", FactName::Coupon),
        R::TaskUnknown => ("task", FactName::Id),
        R::FundUnknown => ("fund", FactName::Id),
        R::SourceUnknown => ("source", FactName::Id),
        R::PromotionUnknown => ("promotion", FactName::Id),
        R::CampaignExists | R::CampaignUnknown | R::CampaignState => ("campaign", FactName::Id),
        R::GroupUnknown | R::GroupClosed => ("group", FactName::Id),
        R::DrawUnknown => ("draw", FactName::Id),
        R::PurchaseExists => ("purchase", FactName::Id),
        R::OfferExists | R::OfferUnknown => ("offer", FactName::Id),
        R::RoundExists => ("round", FactName::Id),
        R::WindowExists | R::WindowUnknown => ("window", FactName::Id),
        R::ClaimUnknown | R::ClaimDone => ("claim", FactName::Id),
        R::PlanVersionExists | R::PlanVersionUnknown => ("version", FactName::Id),
        R::WindDownExists | R::WindDownUnknown => ("wind_down", FactName::Id),
        R::TerritoryUnknown | R::TerritoryLevel | R::AgentExists | R::AgentUnknown => {
            ("territory", FactName::Id)
        }
        _ => return None,
    })
}

impl Engine {
    /// The facts of a refusal that this command just met; nothing was submitted in between.
    pub fn refusal(&self, envelope: &Envelope, code: Rejection) -> Refusal {
        let mut facts = Facts::default();
        self.collect(envelope, code, &mut facts);
        if let Some((field, name)) = field_of(code)
            && !facts.0.iter().any(|(known, _)| *known == name)
            && let Ok(json) =
                serde_json::from_str::<serde_json::Value>(&envelope.to_json(&self.plan.programme.currency))
            && let Some(id) = json.get(field).and_then(|value| value.as_str())
        {
            facts.0.insert(0, (name, Fact::Id(id.to_owned())));
        }
        Refusal { code, facts: facts.0 }
    }

    /// Facts about a proposed plan: the earliest day that would do, everything that hinders it, the hash that it has.
    fn plan_facts(&self, envelope: &Envelope, code: Rejection, facts: &mut Facts) {
        let proposal = |version: &Id| {
            let number = self.find(KeyKind::Version, version.as_str())?;
            self.state.versions.proposals.get(index(number))
        };
        let (read, opinions, effective_at) = match &envelope.command {
            Command::PlanPropose { version, plan, opinions, effective_at } => {
                facts.id(FactName::Id, version.as_str());
                (self.read_amendment(plan), opinions.clone(), *effective_at)
            }
            Command::PlanApprove { version, .. } | Command::PlanWithdraw { version } => {
                facts.id(FactName::Id, version.as_str());
                let Some(proposal) = proposal(version) else { return };
                if code == Rejection::PlanVersionState {
                    facts.state(proposal.state.name());
                }
                if code == Rejection::PlanHash {
                    facts.id(FactName::Expected, hash_of(&proposal.text).to_string());
                }
                let opinions = proposal.opinions.as_deref().map(str::to_owned);
                (self.read_amendment(&proposal.text), opinions, proposal.effective_at)
            }
            _ => return,
        };
        let in_both =
            |errors: &PlanErrors| Bilingual { zh: errors.text(Language::Zh), en: errors.text(Language::En) };
        let both = |text: String| Bilingual { zh: text.clone(), en: text };
        let sentences: Vec<Bilingual> = match (code, read) {
            (Rejection::PlanTimes, _) => {
                facts
                    .at(FactName::Stated, effective_at)
                    .at(FactName::Earliest, self.earliest_midnight(envelope.at));
                return;
            }
            (Rejection::PlanInvalid, Err(errors)) => vec![in_both(&errors)],
            (Rejection::PlanInvalid, Ok(_)) => {
                let read = Opinions::parse("opinions", opinions.as_deref().unwrap_or_default());
                read.err().iter().map(in_both).collect()
            }
            (Rejection::PlanHindered | Rejection::PlanGate | Rejection::PlanNotice, Ok(plan)) => {
                let examined = self.examine(&plan, opinions.as_deref(), effective_at, None);
                match code {
                    Rejection::PlanHindered => {
                        let hindrances = examined.hindrances.iter();
                        hindrances.map(|found| Bilingual { zh: found.zh(), en: found.en() }).collect()
                    }
                    Rejection::PlanGate => examined.refusing().into_iter().map(both).collect(),
                    _ => {
                        facts.at(FactName::Stated, effective_at);
                        if let Some(earliest) = self.earliest_notice(envelope.at) {
                            facts.at(FactName::Earliest, earliest);
                        }
                        let adverse = examined.changes.iter().filter(|change| change.sense == Sense::Adverse);
                        adverse.map(|change| both(change.to_string())).collect()
                    }
                }
            }
            _ => return,
        };
        facts.0.push((FactName::Reasons, Fact::All(sentences)));
    }

    fn collect(&self, envelope: &Envelope, code: Rejection, facts: &mut Facts) {
        use Rejection as R;
        let command = &envelope.command;
        match code {
            R::KeyReused => {
                facts.id(FactName::Key, envelope.key.as_str());
                if let Some(seq) = self.entry_of_key(envelope) {
                    facts.count(FactName::Entry, seq);
                }
            }
            R::TimeWentBackwards => {
                facts.at(FactName::At, envelope.at).at(FactName::Now, self.state.now);
            }
            R::AtTooFar => {
                facts.at(FactName::At, envelope.at).at(FactName::Now, self.state.now);
                if let Some(latest) = self.latest_at() {
                    facts.at(FactName::Latest, latest);
                }
            }
            R::HappenedLater => {
                if let Some(happened_at) = envelope.happened_at {
                    facts.at(FactName::HappenedAt, happened_at).at(FactName::At, envelope.at);
                }
            }
            R::QuoteMissed => {
                if let Command::PointsSell { member, points, .. } = command
                    && let Some(sale) = self.sale_quote(member.as_str(), *points)
                {
                    facts.money(FactName::WouldPay, sale.net);
                }
            }
            R::MemberExists => self.member_facts(self.member_of(command), facts),
            R::MemberState => {
                if let Some(member) = self.member_of(command) {
                    let suspended = self.view(member).suspended;
                    facts.state(if suspended { "suspended" } else { "active" });
                }
            }
            R::ReferrerBound => {
                let referrer = self.member_of(command).and_then(|member| self.state.members.referrer(member));
                if let Some(referrer) = referrer {
                    facts.id(FactName::Referrer, self.state.members.name(referrer));
                }
            }
            R::ReferrerNotOlder => {
                let at = self.member_of(command).map(|member| self.state.members.get(member).joined_at);
                if let Some(at) = at {
                    facts.at(FactName::Since, at);
                }
            }
            R::OrderExists | R::OrderState | R::OrderTermsMissing => self.order_facts(command, code, facts),
            R::LineUnknown => {
                if let Some(order) = self.order_of(command) {
                    facts.id(FactName::Line, self.unknown_line(command, order).unwrap_or_default());
                    let lines: Vec<String> = self.line_ids(order);
                    facts.one_of(FactName::Possible, lines.iter().map(String::as_str));
                }
            }
            R::TenderMismatch => {
                if let Command::OrderPlace { terms, .. } | Command::OrderPay { terms: Some(terms), .. } =
                    command
                    && let Some(tender) = terms.tender
                {
                    let sum = terms
                        .lines
                        .iter()
                        .fold(Money::ZERO, |sum, line| sum.checked_add(line.amount).unwrap_or(sum));
                    let stated = [tender.cash, tender.reconsume, tender.loyalty, tender.claim];
                    let stated = stated
                        .into_iter()
                        .fold(Money::ZERO, |sum, part| sum.checked_add(part).unwrap_or(sum));
                    facts.money(FactName::Stated, stated).money(FactName::Expected, sum);
                }
            }
            R::InsufficientReconsume => self.short_tender(command, AccountKind::WalletReconsume, facts),
            R::InsufficientLoyalty => self.short_tender(command, AccountKind::MemberLoyalty, facts),
            R::InsufficientClaim => self.short_tender(command, AccountKind::MemberClaim, facts),
            R::ClaimShare => {
                if let (
                    Command::OrderPlace { terms, .. } | Command::OrderPay { terms: Some(terms), .. },
                    Some(claims),
                ) = (command, self.plan.claims)
                {
                    let sum = terms
                        .lines
                        .iter()
                        .fold(Money::ZERO, |sum, line| sum.checked_add(line.amount).unwrap_or(sum));
                    facts.money(FactName::Limit, claims.share.floor_of(sum));
                }
            }
            R::RefundExceedsLine => {
                if let (Some(order), Command::OrderRefund { lines: Some(lines), .. }) =
                    (self.order_of(command), command)
                {
                    for line in lines {
                        let Some(number) = self.state.orders.find_line(order, &line.line) else { continue };
                        let left = self.amount_left(number);
                        let wanted = match line.size {
                            RefundSize::Amount(amount) if amount > left => Fact::Money(amount),
                            RefundSize::Pieces(pieces) => Fact::Count(u64::from(pieces)),
                            RefundSize::Amount(_) => continue,
                        };
                        facts.id(FactName::Line, line.line.as_str());
                        facts.0.push((FactName::Stated, wanted));
                        facts.money(FactName::Remaining, left);
                        if let RefundSize::Pieces(_) = line.size {
                            let quantity = self.state.orders.detail(number).quantity;
                            let back = self.state.orders.history(number).refunded_pieces;
                            facts.count(FactName::Pieces, u64::from(quantity.saturating_sub(back)));
                        }
                        break;
                    }
                }
            }
            R::ZoneUnknown => {
                let zones =
                    self.plan.release.as_ref().map(|release| release.zones.as_slice()).unwrap_or_default();
                facts.one_of(FactName::Possible, zones.iter().map(|(name, _)| name.as_str()));
            }
            R::ClassUnknown => {
                facts.one_of(FactName::Possible, self.plan.classes.iter().map(|class| class.id.as_str()));
            }
            R::SourceUnknown => {
                facts.one_of(FactName::Possible, self.plan.sources.iter().map(|source| source.id.as_str()));
            }
            R::TaskUnknown => {
                let tasks = self.plan.tasks.iter().map(|task| task.id.as_str());
                facts.one_of(FactName::Possible, tasks);
            }
            R::FundUnknown => {
                facts.one_of(FactName::Possible, self.plan.split.funds.iter().map(|fund| fund.name.as_str()));
            }
            R::PromotionUnknown => {
                facts.one_of(FactName::Possible, self.plan.promotions.iter().map(|known| known.id.as_str()));
            }
            R::InsufficientPoints => {
                if let Some(member) = self.member_of(command) {
                    let held = self.state.ledger.points(member);
                    let locked = self.view(member).locked_points;
                    let free = Points::from_units(held.units().saturating_sub(locked.units()));
                    if let Command::PointsSell { points: SellQuantity::Points(points), .. } = command {
                        facts.points(FactName::Wanted, *points);
                    }
                    facts.points(FactName::Available, free);
                }
            }
            R::SamePerson => {
                facts.id(FactName::ActedBy, envelope.actor.as_str());
            }
            R::WithdrawalState | R::WithdrawalExists => {
                if let Some(number) = self.withdrawal_of(command) {
                    let record = self.state.withdrawals.get(number);
                    facts.id(FactName::Id, record.id.as_str()).state(record.state.name());
                    facts.at(FactName::Since, record.requested_at).money(FactName::Amount, record.amount);
                }
            }
            R::BelowMinimum => {
                facts.money(FactName::Minimum, self.plan.wallet.withdrawal_minimum);
            }
            R::InsufficientCash | R::InsufficientEmission | R::OfferLimit | R::OwnOffer | R::NotFillable
                if matches!(command, Command::MarketOffer { .. }) =>
            {
                self.offer_facts(command, code, facts);
            }
            R::InsufficientCash => {
                if let Some(member) = self.member_of(command) {
                    let cash = self.available(Account::member(AccountKind::WalletCash, member));
                    // ORDER-6j: a withdrawal finds what is left when what is owed is taken.
                    let owed = match command {
                        Command::WalletWithdraw { .. } => self.owed_of_wallet(member).sum(),
                        _ => Money::ZERO,
                    };
                    facts.money(FactName::Available, cash.saturating_sub(owed));
                }
                if let Command::WalletWithdraw { amount, .. } = command {
                    facts.money(FactName::Wanted, *amount);
                }
            }
            R::ExceedsOperatorDue => {
                facts.money(FactName::Remaining, self.operator().due);
            }
            R::InsufficientOperatorClaim => {
                facts.money(FactName::Available, self.operator().claim);
            }
            R::InsufficientPayable => {
                if let Some(merchant) = self.merchant_of(command) {
                    let payable = Account::merchant(AccountKind::MerchantPayable, merchant);
                    facts.money(FactName::Available, self.available(payable));
                }
            }
            R::DailyLimit => {
                if let (Some(member), Some(limit)) =
                    (self.member_of(command), self.plan.wallet.withdrawal_daily_limit)
                {
                    facts.money(FactName::Limit, limit).money(FactName::Used, self.withdrawn_today(member));
                }
            }
            R::CoolDown => {
                if let Some(last) =
                    self.member_of(command).and_then(|member| self.state.withdrawals.active(member).next())
                {
                    let hours = i64::from(self.plan.wallet.withdrawal_cool_down_hours);
                    let next = last.requested_at.us().saturating_add(hours.saturating_mul(3_600_000_000));
                    facts.at(FactName::Since, last.requested_at);
                    if let Some(next) = Timestamp::from_us(next) {
                        facts.at(FactName::From, next);
                    }
                }
            }
            R::InsufficientReserve => {
                facts.points(FactName::Available, self.emission().reserve);
            }
            R::InsufficientEmission => {
                if let Some(merchant) = self.merchant_of(command)
                    && let Some(record) = self.state.merchant_records.get(merchant)
                {
                    facts.points(FactName::Available, self.view(record.member).emission_points);
                }
            }
            R::MerchantState | R::MerchantExists => {
                if let Some(merchant) = self.merchant_of(command)
                    && let Some(record) = self.state.merchant_records.get(merchant)
                {
                    facts.state(record.state.name());
                }
            }
            R::BelowActivationPack => {
                if let Some(plan) = &self.plan.merchant {
                    facts.money(FactName::Minimum, plan.activation_pack);
                }
            }
            R::PriceMismatch | R::FreightMismatch => self.price_facts(command, code, facts),
            R::OutOfStock | R::QuantityLimit => self.stock_facts(command, facts),
            R::CampaignWindow => {
                let campaign = self.campaign_id(command);
                if let Some(campaign) = campaign.and_then(|id| self.campaign(&id)) {
                    facts
                        .id(FactName::Id, campaign.id)
                        .at(FactName::From, campaign.from)
                        .at(FactName::Until, campaign.until);
                }
            }
            R::QuotaExhausted => {
                if let Some(left) = self.campaign_id(command).and_then(|id| self.campaign(&id)?.left) {
                    facts.count(FactName::Remaining, left);
                }
            }
            R::PriceBand => {
                if let Some((low, high)) = self.market_band() {
                    facts.money(FactName::Minimum, low).money(FactName::Limit, high);
                }
            }
            R::PriceTick => {
                if let Some(market) = &self.plan.market {
                    facts.money(FactName::Expected, market.tick);
                }
            }
            R::OfferState => {
                if let Command::MarketCancel { offer } = command
                    && let Some(number) = self.find(KeyKind::Offer, offer.as_str())
                {
                    let offer = self.state.market.offer(OfferNo(number));
                    facts.count(FactName::Remaining, u64::from(offer.remaining)).state("done");
                }
            }
            R::PlanTimes | R::PlanNotice => self.plan_facts(envelope, code, facts),
            R::PlanInvalid | R::PlanHindered | R::PlanGate | R::PlanHash | R::PlanVersionState => {
                self.plan_facts(envelope, code, facts);
            }
            R::WindDownTimes | R::WindowTimes => {
                facts.at(FactName::Now, self.state.now);
            }
            R::AdmissionSuspended => {
                facts.one_of(FactName::Cause, self.state.admission.findings().iter().map(String::as_str));
            }
            R::WindingDown | R::WoundDown => {
                if let (_, Some(at)) = self.wind_down_phase() {
                    facts.at(FactName::Until, at);
                }
            }
            // What these are about is a field of the command alone, or the plan as a whole.
            _ => {}
        }
    }

    /// MKT-1a: what the offer would hold and what there is, how many are open, which own offer it would meet, what could be filled.
    fn offer_facts(&self, command: &Command, code: Rejection, facts: &mut Facts) {
        let Command::MarketOffer { member, side, price, quantity, .. } = command else { return };
        let (Some(plan), Some(member)) = (&self.plan.market, self.state.named_member(member.as_str())) else {
            return;
        };
        let market = &self.state.market;
        match code {
            Rejection::InsufficientCash => {
                if let Some(hold) = hold_of(plan, *price, *quantity) {
                    facts.money(FactName::Wanted, hold);
                }
                if let Some(free) = Money::from_wide(self.money_to_offer(member)) {
                    facts.money(FactName::Available, free);
                }
            }
            Rejection::InsufficientEmission => {
                if let Some(points) = points_of(plan, *quantity) {
                    facts.points(FactName::Wanted, Points::from_units(points));
                }
                facts.points(FactName::Available, Points::from_units(self.points_to_offer(member)));
            }
            Rejection::OfferLimit => {
                facts.count(FactName::Limit, u64::from(plan.offers_per_member));
            }
            Rejection::OwnOffer => {
                if let Some(own) = market.own_match(member, *side, *price, *quantity) {
                    let own = market.offer(own);
                    facts.money(FactName::Amount, own.price).count(FactName::Remaining, own.remaining.into());
                }
            }
            Rejection::NotFillable => {
                facts.count(FactName::Wanted, u64::from(*quantity));
                facts.count(FactName::Available, market.fillable(*side, *price));
            }
            _ => {}
        }
    }

    fn member_facts(&self, member: Option<MemberNo>, facts: &mut Facts) {
        if let Some(member) = member {
            facts.id(FactName::Member, self.state.members.name(member));
            facts.at(FactName::Since, self.state.members.get(member).joined_at);
        }
    }

    /// The order's id, its state, since when as far as it is kept, and in which states the command is possible.
    fn order_facts(&self, command: &Command, code: Rejection, facts: &mut Facts) {
        let Some((id, number)) = order_id(command).and_then(|id| Some((id, self.find(KeyKind::Order, id)?)))
        else {
            return;
        };
        let order = self.state.orders.order(OrderNo(number));
        facts.id(FactName::Order, id).state(order.state.name());
        match order.state {
            OrderState::Paid => {
                facts.at(FactName::Since, order.paid_at());
            }
            OrderState::Placed
            | OrderState::Shipped
            | OrderState::Received
            | OrderState::Settled
            | OrderState::Closed
            | OrderState::Refunded => {}
        }
        if code == Rejection::OrderState {
            let allowed: &[&str] = match command {
                Command::OrderPay { .. } | Command::OrderClose { .. } => &["placed"],
                Command::OrderShip { .. } => &["paid"],
                Command::OrderReceive { .. } => &["paid", "shipped"],
                Command::OrderRefund { .. } => &["paid", "shipped", "received", "settled"],
                _ => &[],
            };
            facts.one_of(FactName::Allowed, allowed.iter().copied());
        }
    }

    fn short_tender(&self, command: &Command, kind: AccountKind, facts: &mut Facts) {
        let Some(member) = self.member_of(command) else { return };
        let tender = match command {
            Command::OrderPlace { terms, .. } | Command::OrderPay { terms: Some(terms), .. } => terms.tender,
            _ => None,
        };
        if let Some(tender) = tender {
            let wanted = match kind {
                AccountKind::WalletReconsume => tender.reconsume,
                AccountKind::MemberLoyalty => tender.loyalty,
                _ => tender.claim,
            };
            facts.money(FactName::Wanted, wanted);
        }
        facts.money(FactName::Available, self.available(Account::member(kind, member)));
    }

    /// What the lines or the freight should have been (CAT-2, CAT-5).
    fn price_facts(&self, command: &Command, code: Rejection, facts: &mut Facts) {
        let (Command::OrderPlace { terms, .. } | Command::OrderPay { terms: Some(terms), .. }) = command
        else {
            return;
        };
        let Ok(price) = self.price_order(terms) else { return };
        if code == Rejection::FreightMismatch {
            facts.money(FactName::Stated, terms.freight).money(FactName::Expected, price.freight);
            return;
        }
        let wrong = terms.lines.iter().zip(&price.amounts).find(|(line, amount)| line.amount != **amount);
        if let Some((line, amount)) = wrong {
            facts.id(FactName::Line, line.line.as_str());
            facts.money(FactName::Stated, line.amount).money(FactName::Expected, *amount);
        }
    }

    /// Of the first article that is short: how many there are, and what a member may still buy.
    fn stock_facts(&self, command: &Command, facts: &mut Facts) {
        let terms = match command {
            Command::OrderPlace { terms, .. } | Command::OrderPay { terms: Some(terms), .. } => terms,
            Command::StockRemove { sku, .. } => {
                if let Some(available) = self.sku(sku.as_str()).and_then(|sku| sku.available) {
                    facts.id(FactName::Article, sku.as_str()).count(FactName::Available, available);
                }
                return;
            }
            _ => return,
        };
        for line in &terms.lines {
            let Some(sku) = line.sku.as_ref().and_then(|sku| self.sku(sku.as_str())) else { continue };
            let wanted = u64::from(line.quantity.unwrap_or(1));
            let buyer = self.state.members.find(terms.member.as_str());
            let number = line.sku.as_ref().and_then(|sku| self.listed_sku(sku));
            let bought = buyer.zip(number).map_or(0, |(buyer, sku)| self.state.catalogue.bought(buyer, sku));
            let limit = [
                sku.limit_per_order.map(u64::from),
                sku.limit_per_member.map(|limit| u64::from(limit).saturating_sub(bought)),
            ];
            let limit = limit.into_iter().flatten().min();
            if sku.available.is_some_and(|available| wanted > available) {
                facts.id(FactName::Article, sku.id).count(FactName::Wanted, wanted);
                facts.count(FactName::Available, sku.available.unwrap_or(0));
                return;
            }
            if limit.is_some_and(|limit| wanted > limit) {
                facts
                    .id(FactName::Article, sku.id)
                    .count(FactName::Wanted, wanted)
                    .count(FactName::Remaining, limit.unwrap_or(0));
                return;
            }
        }
    }

    /// The member a command is about, if it exists.
    fn member_of(&self, command: &Command) -> Option<MemberNo> {
        let id = match command {
            Command::OrderPlace { terms, .. } | Command::OrderPay { terms: Some(terms), .. } => &terms.member,
            Command::MemberJoin { member, .. }
            | Command::MemberBind { member, .. }
            | Command::MemberSuspend { member, .. }
            | Command::MemberResume { member }
            | Command::PointsSell { member, .. }
            | Command::WalletWithdraw { member, .. }
            | Command::TaskComplete { member, .. }
            | Command::MarketOffer { member, .. }
            | Command::EquityCommit { member, .. }
            | Command::ClaimImport { member, .. }
            | Command::ClaimGrant { member, .. } => member,
            _ => return None,
        };
        self.state.members.find(id.as_str())
    }

    fn merchant_of(&self, command: &Command) -> Option<MerchantNo> {
        let id = match command {
            Command::MerchantApply { merchant, .. }
            | Command::MerchantApprove { merchant }
            | Command::MerchantReject { merchant, .. }
            | Command::MerchantSuspend { merchant, .. }
            | Command::MerchantResume { merchant }
            | Command::MerchantWithdraw { merchant, .. }
            | Command::TipGive { merchant, .. } => merchant,
            _ => return None,
        };
        self.state.merchant_numbers.get(id).copied()
    }

    fn order_of(&self, command: &Command) -> Option<OrderNo> {
        Some(OrderNo(self.find(KeyKind::Order, order_id(command)?)?))
    }

    fn withdrawal_of(&self, command: &Command) -> Option<WithdrawalNo> {
        let id = match command {
            Command::WalletWithdraw { withdrawal, .. }
            | Command::WalletApprove { withdrawal }
            | Command::WalletReject { withdrawal, .. }
            | Command::WalletSent { withdrawal }
            | Command::WalletUnknown { withdrawal }
            | Command::WalletPaid { withdrawal }
            | Command::WalletFailed { withdrawal }
            | Command::MerchantWithdraw { withdrawal, .. }
            | Command::OperatorWithdraw { withdrawal, .. } => withdrawal,
            _ => return None,
        };
        Some(WithdrawalNo(self.find(KeyKind::Withdrawal, id.as_str())?))
    }

    fn campaign_id(&self, command: &Command) -> Option<String> {
        match command {
            Command::OrderPlace { terms, .. } | Command::OrderPay { terms: Some(terms), .. } => {
                terms.mall.as_ref()?.campaign.as_ref().map(|id| id.as_str().to_owned())
            }
            _ => None,
        }
    }

    fn unknown_line(&self, command: &Command, order: OrderNo) -> Option<String> {
        let Command::OrderRefund { lines: Some(lines), .. } = command else { return None };
        let unknown = lines.iter().find(|line| self.state.orders.find_line(order, &line.line).is_none())?;
        Some(unknown.line.as_str().to_owned())
    }
}

/// The order that a command names as its own subject.
fn order_id(command: &Command) -> Option<&str> {
    match command {
        Command::OrderPlace { order, .. }
        | Command::OrderPay { order, .. }
        | Command::OrderShip { order }
        | Command::OrderReceive { order }
        | Command::OrderClose { order }
        | Command::OrderRefund { order, .. }
        | Command::VoucherRedeem { order, .. }
        | Command::RelistOffer { order }
        | Command::RelistDeliver { order } => Some(order.as_str()),
        _ => None,
    }
}
