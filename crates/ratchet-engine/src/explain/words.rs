//! The words: for each event what its postings mean, with the plan's rates and the state in which it was decided.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the accounts an event posts to have words of their own, any other gets the event's"
)]

mod campaign;
mod capital;
mod debt;
mod draws;
mod payment;
mod shop;

use std::collections::BTreeSet;

use super::{EarlierEntry, History, Input};
use crate::amount::{Money, Points, Rate};
use crate::commission::{CommissionKind, Entitlement};
use crate::engine::Engine;
use crate::event::{Event, PostSettlementRefund, ReleasePass, SaleCause, TipGiven};
use crate::id::{Id, LineNo, MemberNo, OrderNo};
use crate::ledger::{Account, AccountKind, Posting};
use crate::plan::{Bilingual, PeerBase, Plan};

/// One step with the state before it.
pub(super) struct Narrator<'a> {
    pub(super) engine: &'a Engine,
    pub(super) history: &'a History,
    pub(super) event: &'a Event,
    pub(super) postings: &'a [Posting],
}

/// What is said of one posting.
pub(super) struct Explanation {
    pub(super) rule: &'static str,
    pub(super) text: Bilingual,
    pub(super) inputs: Vec<Input>,
    pub(super) earlier: Vec<EarlierEntry>,
}

fn said(rule: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Explanation {
    Explanation {
        rule,
        text: Bilingual { zh: zh.into(), en: en.into() },
        inputs: Vec::new(),
        earlier: Vec::new(),
    }
}

impl Explanation {
    fn input(mut self, name: &'static str, value: impl Into<String>) -> Explanation {
        self.inputs.push(Input { name, value: value.into() });
        self
    }

    fn rate(self, name: &'static str, rate: Rate) -> Explanation {
        self.input(name, rate.to_string())
    }

    fn after(mut self, entry: Option<u64>, zh: impl Into<String>, en: impl Into<String>) -> Explanation {
        if let Some(entry) = entry {
            self.earlier.push(EarlierEntry { entry, what: Bilingual { zh: zh.into(), en: en.into() } });
        }
        self
    }
}

impl Narrator<'_> {
    fn money(&self, money: Money) -> String {
        self.engine.plan().programme.currency.format(money)
    }

    fn name(&self, member: MemberNo) -> &str {
        self.engine.state.members.name(member)
    }

    fn order_id(&self, order: OrderNo) -> &str {
        self.history.order(order).map_or("?", |order| order.id.as_str())
    }

    /// The place of the version of the plan that the step follows: that of its order or withdrawal, else the one in force
    /// (AMEND-3).
    fn version(&self) -> usize {
        let versions = &self.engine.state.versions;
        match self.event {
            Event::LineSettled { line, .. }
            | Event::PointsMinted { line, .. }
            | Event::CashInLieuPaid { line, .. }
            | Event::ReleaseGranted { line, .. }
            | Event::ReleaseGrantReduced { line, .. }
            | Event::ValueGranted { line: Some(line), .. }
            | Event::ValueGrantReduced { line, .. }
            | Event::LoyaltyGranted { line: Some(line), .. }
            | Event::LineRefunded { line, .. } => versions.of_order(self.order_of(*line)),
            Event::OrderPaid { order } | Event::CommissionsPaid { order, .. } => versions.of_order(*order),
            Event::WithdrawalPaid { withdrawal, .. } => versions.of_withdrawal(*withdrawal),
            _ => versions.last(),
        }
    }

    /// The plan that the step follows.
    fn plan(&self) -> &Plan {
        &self.engine.plans[self.version()]
    }

    /// The name of the version that the step follows; nothing while there was only one.
    pub(super) fn version_name(&self) -> Option<Input> {
        let versions = &self.engine.state.versions;
        let version = versions.list().get(self.version()).filter(|_| !versions.is_first())?;
        let name = version.id.as_ref().map_or("genesis", Id::as_str);
        Some(Input { name: "plan.version", value: name.to_owned() })
    }

    fn order_of(&self, line: LineNo) -> OrderNo {
        self.engine.state.orders.line(line).order
    }

    /// Pool and supply just before.
    fn pair(&self, said: Explanation) -> Explanation {
        let pair = self.engine.state.pair();
        let said = said.input("B", self.money(pair.assets)).input("S", pair.supply.to_string());
        said.after(self.history.pool, "此前最近一次底池变动", "the last change of the pool before")
    }

    fn paid(&self, said: Explanation, order: OrderNo) -> Explanation {
        let entry = self.history.order(order).and_then(|order| order.paid);
        said.after(
            entry,
            "付款，权益以此刻为准",
            "the order's payment, as of which entitlements were recorded",
        )
    }

    fn settled(&self, said: Explanation, order: OrderNo) -> Explanation {
        let order = self.history.order(order);
        let said = said.after(
            order.and_then(|order| order.received),
            "确认收货，结算期由此起算",
            "receipt, from which the settlement clock runs",
        );
        said.after(order.and_then(|order| order.settled), "订单结算", "the order's settlement")
    }

    /// What the posting at this place of the step means.
    pub(super) fn of(&self, place: usize, leg: &Posting) -> Explanation {
        let kind = leg.account.kind;
        if let Some(said) = self.capital(kind) {
            return said;
        }
        match self.event {
            Event::OrderPaid { .. } | Event::DepositPaid { .. } if kind == AccountKind::Suspense => {
                self.paid_from_suspense()
            }
            Event::HousePointsBought { amount, points } => said(
                "POOL-11",
                format!("项目创建时以开盘价买入并锁定 {points} 积分，共 {}", self.money(*amount)),
                format!(
                    "at genesis the programme bought and locked {points} points at the opening price, {}",
                    self.money(*amount)
                ),
            ),
            Event::OrderPaid { order } => {
                let id = self.order_id(*order);
                let placed = self.history.order(*order).map(|order| order.placed);
                said(
                    "ORDER-4",
                    format!("订单 {id} 付款：结算前款项停在托管账户"),
                    format!("order {id} was paid; until it settles the money is in escrow"),
                )
                .after(placed, "下单", "the order was placed")
            }
            Event::LineSettled { line, base, .. } => self.settled_line(*line, *base, kind),
            Event::FreightSettled { order, .. } => {
                let id = self.order_id(*order);
                said(
                    "ORDER-3",
                    format!("订单 {id} 的运费归首行商家，税款单列"),
                    format!(
                        "freight of order {id} goes to the merchant of its first line, tax to its own account"
                    ),
                )
            }
            Event::PointsMinted { line, contribution, points, cap_base, .. } => {
                self.minted(*line, *contribution, *points, kind).input("cap base", self.money(*cap_base))
            }
            Event::PointsSold { member, points, gross, retained: kept, net, cause, .. } => {
                self.sold(*member, *points, [*gross, *kept, *net], *cause, kind)
            }
            Event::SupplyEmptied { residual: residue } => said(
                "POOL-8",
                format!(
                    "积分全部卖出，池中余下的 {} 转为底池余额，须经两人批准才能处置",
                    self.money(*residue)
                ),
                format!(
                    "the last points are gone; what is left of the pool, {}, is residual and is disposed of only by two people",
                    self.money(*residue)
                ),
            ),
            Event::PoolInjected { amount, source } => said(
                "POOL-10",
                format!("外部资金注入底池 {}，来源：{source}", self.money(*amount)),
                format!("outside money entered the pool: {} from {source}", self.money(*amount)),
            ),
            Event::CashInLieuPaid { line, .. } => said(
                "WIND-2",
                format!(
                    "项目正在清盘，不再发放积分：订单 {} 的入池部分退给买家",
                    self.order_id(self.order_of(*line))
                ),
                format!(
                    "the programme is being wound down and mints no more: the pool's part of order {} goes to the buyer",
                    self.order_id(self.order_of(*line))
                ),
            ),
            Event::HousePointsPaidOut { points, .. } => self.pair(said(
                "WIND-3",
                format!("清盘：项目自持的 {points} 积分按同一价格折算，归平台"),
                format!("the end: the house's {points} points at the same pair, to the platform"),
            )),
            Event::ResidualSharedOut { .. } => said(
                "WIND-3",
                "清盘：底池余额按持有积分分给所有持有人，最后一分也有归属",
                "the end: the residual is shared over all holders by their points, to the last minor unit",
            ),
            Event::ReleasePaidOut { .. } => said(
                "WIND-3",
                "清盘：释放基金按未释放积分分给会员，积分注销",
                "the end: the release fund is shared by the release points held; the points are gone",
            ),
            Event::UnitsCancelled {} => said(
                "WIND-3",
                "清盘：健康值与健康积分没有资金支持，注销",
                "the end: no money stands behind value units and emission points; they are gone",
            ),
            Event::LoyaltyPaidOut { .. } => {
                said("WIND-3", "清盘：商城积分一比一付现", "the end: loyalty points are paid out one to one")
            }
            Event::FundDeposited { amount, source, .. } => said(
                "ADMALL-1",
                format!("外部资金存入基金 {}，来源：{source}", self.money(*amount)),
                format!("outside money came into a fund: {} from {source}", self.money(*amount)),
            ),
            Event::LineRefunded { line, amount, post_settlement: late, .. } => {
                self.refunded(*line, *amount, late.as_deref(), place)
            }
            Event::ReceivableBooked { .. }
            | Event::ReceivableNetted { .. }
            | Event::SurplusRecovered { .. }
            | Event::ShortfallAdvanced { .. } => self.debt(kind),
            Event::RetentionTaken { amount, retained: kept, .. } => said(
                "POOL-3",
                format!("钱包中的 {} 用来抵债，其回流 {} 现在扣下", self.money(*amount), self.money(*kept)),
                format!(
                    "{} of the wallet pays a debt; its retention, {}, is taken now",
                    self.money(*amount),
                    self.money(*kept)
                ),
            ),
            Event::OperatorPaid { amount, .. } => said(
                "ORDER-6",
                format!("经营者补缴应付的垫付款 {}", self.money(*amount)),
                format!("the operator paid in {} of what is due from it", self.money(*amount)),
            ),
            Event::OperatorPayoutRequested { amount, .. } => said(
                "ORDER-6",
                format!("经营者申请取回已收回的垫付款 {}，金额转入冻结", self.money(*amount)),
                format!(
                    "the operator requested {} of what was recovered for it; the amount is held",
                    self.money(*amount)
                ),
            ),
            Event::FreightRefunded { order, freight, tax } => said(
                "ORDER-8",
                format!("订单 {} 退回运费与税款", self.order_id(*order)),
                format!("freight and tax of order {} went back", self.order_id(*order)),
            )
            .input("freight", self.money(*freight))
            .input("tax", self.money(*tax)),
            Event::ResidualDisposed { disposal, epoch, amount, .. } => said(
                "POOL-8",
                format!("经批准处置第 {epoch} 期底池余额 {}（{disposal}）", self.money(*amount)),
                format!(
                    "the residual of epoch {epoch}, {}, was disposed of with approval ({disposal})",
                    self.money(*amount)
                ),
            )
            .after(self.history.proposed.get(disposal).copied(), "提出处置", "the proposal"),
            Event::WithdrawalRequested { amount, .. } | Event::PayoutRequested { amount, .. } => said(
                if kind == AccountKind::MerchantHold || kind == AccountKind::MerchantPayable {
                    "MERCH-5"
                } else {
                    "WALLET-2"
                },
                format!("申请提现 {}，金额转入冻结", self.money(*amount)),
                format!("a withdrawal of {} was requested; the amount is held", self.money(*amount)),
            ),
            Event::WithdrawalRejected { withdrawal, .. } | Event::WithdrawalFailed { withdrawal } => said(
                "WALLET-2",
                "提现被驳回或失败，冻结金额退回",
                "the withdrawal was rejected or failed; the hold returned",
            )
            .after(self.history.withdrawals.get(withdrawal.index()).copied(), "提现申请", "the request"),
            Event::WithdrawalPaid { withdrawal, cash, fee, retained: kept, reconsume, .. } => {
                let (rule, zh, en) = match kind {
                    AccountKind::WalletReconsume => (
                        "WALLET-3",
                        "提现中按比例转入复消钱包的部分",
                        "the part of the withdrawal that goes to the re-consumption wallet",
                    ),
                    AccountKind::PoolAssets | AccountKind::PoolResidual => {
                        ("POOL-3", "提现时扣下的回流", "the retention taken at the withdrawal")
                    }
                    AccountKind::PlatformRevenue => ("WALLET-2", "提现手续费", "the fee of the withdrawal"),
                    _ => ("WALLET-2", "提现已付，冻结金额离开", "the withdrawal was paid; the hold left"),
                };
                let wallet = self.plan().wallet;
                said(rule, zh, en)
                    .input("cash", self.money(*cash))
                    .input("fee", self.money(*fee))
                    .input("retained", self.money(*kept))
                    .input("reconsume", self.money(*reconsume))
                    .rate("wallet.withdrawal_fee", wallet.withdrawal_fee)
                    .rate("wallet.reconsume_share", wallet.reconsume_share)
                    .after(
                        self.history.withdrawals.get(withdrawal.index()).copied(),
                        "提现申请",
                        "the request",
                    )
            }
            Event::CommissionsPaid { order, paid, .. } => {
                let mut owned = paid.iter().filter(|paid| Account::member(kind, paid.member) == leg.account);
                let before =
                    self.postings.iter().take(place).filter(|other| other.account == leg.account).count();
                let which = owned.nth(before).map(|paid| (paid.kind, paid.generation, paid.member));
                self.commission(*order, which, leg)
            }
            Event::DividendDeclared { base, deficit, added, .. } => {
                let plan = self.engine.plan().commission.as_ref().and_then(|plan| plan.dividend);
                let base = self.engine.plan().programme.currency.format_minor(i128::from(*base));
                let said = said(
                    "COMM-5",
                    format!("分红期结束：本期基数 {base}，基金向分红池划入 {}", self.money(*added)),
                    format!(
                        "a dividend period ended: base {base}, the fund added {} to the pot",
                        self.money(*added)
                    ),
                );
                let said = said.input("base", base).input("deficit", self.money(*deficit));
                match plan {
                    Some(plan) => said.rate("commission.dividend.rate", plan.rate),
                    None => said,
                }
            }
            Event::DividendPaid { .. } => {
                let dividend = &self.engine.state.dividend;
                let said = said(
                    "COMM-5",
                    "股东按权重分得分红池：分红池 × 自己的权重 ÷ 全部权重，向下取整，余数留在池中",
                    "shareholders share the pot by weight: pot × own weight ÷ all weights, rounded down; the remainder stays in it",
                )
                .input("pot", self.money(self.engine.state.money(AccountKind::DividendPot)));
                if kind != AccountKind::WalletCash {
                    return said;
                }
                let own = u128::from(dividend.weight(MemberNo(leg.account.owner)));
                let [own, all] = [own, dividend.weight_of_all()].map(|weight| {
                    // Millionths as the decimal that the command has.
                    Points::from_units(weight * 1_000_000).to_string()
                });
                said.input("own weight", own).input("all weights", all)
            }
            Event::ReleaseGranted { line, points, .. } => {
                let base = self.engine.state.orders.base_left(*line);
                let order = self.order_of(*line);
                let said = said(
                    "REL-1",
                    format!("订单 {} 结算，授予 {points} 绿色积分，先锁定", self.order_id(order)),
                    format!(
                        "order {} settled and granted {points} release points, locked",
                        self.order_id(order)
                    ),
                );
                let ratio = self.plan().release.as_ref().map_or(Rate::ZERO, |plan| plan.grant_ratio);
                self.settled(said.input("base", self.money(base)).rate("release.grant_ratio", ratio), order)
            }
            Event::ValueGranted { line, .. } => self.value_granted(*line, leg),
            Event::ReleaseGrantReduced { line, original, released, charged, .. } => said(
                "REL-5",
                format!(
                    "订单 {} 结算后退款：授予量降为 {original}，已释放 {released}；多释放的折合 {} 记为应收",
                    self.order_id(self.order_of(*line)),
                    self.money(*charged)
                ),
                format!(
                    "order {} was refunded after settlement: the grant is now {original}, {released} were released; what was released beyond it, {}, is owed",
                    self.order_id(self.order_of(*line)),
                    self.money(*charged)
                ),
            ),
            Event::ValueGrantReduced { line, .. } => said(
                "EMIT-1",
                format!(
                    "订单 {} 结算后退款：健康值的授予随之减少，已释放的仍计入",
                    self.order_id(self.order_of(*line))
                ),
                format!(
                    "order {} was refunded after settlement: the grant of value units shrinks, what was released stays counted",
                    self.order_id(self.order_of(*line))
                ),
            ),
            Event::ValueReleased { members, .. } => {
                let rate = self.engine.plan().value.as_ref().map_or(Rate::ZERO, |plan| plan.rate);
                let member = members.iter().find(|one| one.member.0 == leg.account.owner).map(|one| one.member);
                let task = member.and_then(|member| self.history.tasks.get(&member).copied());
                said(
                    "EMIT-1",
                    "日结：完成任务的会员，其健康值按原始数量的比例释放，成为发行积分的权重",
                    "close of the day: value units of members who did the task are released by the rate of the original and become weight",
                )
                .rate("value.rate", rate)
                .after(task, "当天的任务", "the day's task")
            }
            Event::PointsReleased { pass, members, shortfall, .. } => {
                let released = members.iter().find(|one| one.member.0 == leg.account.owner);
                self.points_released(
                    *pass,
                    released.map(|one| (one.member, one.released, one.money)),
                    *shortfall,
                    kind,
                )
            }
            Event::EmissionDistributed { .. } => said(
                "EMIT-3",
                "当天发行中会员的部分，按当天释放的健康值分配，向下取整",
                "the members' part of the day's emission, by value units released this day, rounded down",
            )
            .after(self.history.closed, "上一次日结", "the close before"),
            Event::DailyEmissionIssued { amount, platform, unissued, .. } => said(
                "EMIT-3",
                format!(
                    "当天发行 {amount}：平台生态 {platform}，各级别平分其份额，未发出的 {unissued} 计入未发行储备"
                ),
                format!(
                    "the day issued {amount}: {platform} to the platform, ranks share theirs equally, {unissued} stay in the unissued reserve"
                ),
            ),
            Event::EmissionCredited { points, .. } => said(
                "EMIT-3",
                format!("把此前按级别累计的 {points} 健康积分记入会员名下"),
                format!("{points} emission points that had accrued by rank are credited to the member"),
            ),
            Event::IssueApproved { issue, points, .. } => said(
                "EMIT-3",
                format!("经第二人批准，从未发行储备中发行 {points}（{issue}）"),
                format!(
                    "{points} were issued from the unissued reserve, approved by a second person ({issue})"
                ),
            )
            .after(self.history.proposed.get(issue).copied(), "发行申请", "the proposal"),
            Event::PointsReserved { line, points } => self.product(
                *line,
                format!("付款时预留 {points} 健康积分"),
                format!("at payment {points} emission points were reserved"),
            ),
            Event::ReservedPointsReturned { line, points } => self.product(
                *line,
                format!("收货前退款，退回预留的 {points} 健康积分"),
                format!("refunded before receipt: {points} reserved emission points returned"),
            ),
            Event::ReservedPointsBurned { line, points } => self.product(
                *line,
                format!("确认收货，销毁预留的 {points} 健康积分"),
                format!("received: {points} reserved emission points were burned"),
            ),
            Event::TipGiven(given) => {
                let TipGiven { giver, member, value, points, burned, .. } = given.as_ref();
                let (rule, zh, en) = if leg.account == Account::member(AccountKind::MemberEmission, *giver)
                    && leg.amount < 0
                {
                    (
                        "MERCH-2",
                        "打赏的商家支付健康积分：健康值 ÷ 10 ÷ 指导价，向上取整",
                        "the merchant pays emission points: value ÷ 10 ÷ guide price, rounded up",
                    )
                } else if kind == AccountKind::MemberEmission {
                    (
                        "MERCH-3",
                        "打赏双方的上级按级差分得所付积分的一部分",
                        "uplines of both sides get a part of the points paid, by rank differential",
                    )
                } else {
                    ("MERCH-3", "分给上级之后余下的积分销毁", "what is left after the uplines is burned")
                };
                let guide = self.engine.emission();
                said(rule, zh, en)
                    .input("value", value.to_string())
                    .input("points", points.to_string())
                    .input("burned", burned.to_string())
                    .input("giver", self.name(*giver))
                    .input("recipient", self.name(*member))
                    .input("guide.released", guide.guide_released.to_string())
                    .input("guide.issued", guide.guide_issued.to_string())
                    .after(self.history.closed, "指导价出自此次日结", "the close that set the guide price")
            }
            Event::DepositPaid { .. }
            | Event::DepositReturned { .. }
            | Event::DepositForfeited { .. }
            | Event::ConsolationPaid { .. }
            | Event::LeaderBonusPaid { .. }
            | Event::LeaderBonusClawedBack { .. }
            | Event::FixedBonusClawedBack(_) => self.campaign(leg),
            Event::LoyaltyGranted { line, points, operator, .. } => {
                self.loyalty_granted(*line, *points, *operator)
            }
            Event::LoyaltyNetted { member, points, .. } => self.loyalty_netted(*member, *points),
            Event::LoyaltySpent { order, points, .. } => self.loyalty_spent(*order, *points),
            Event::LoyaltyClawedBack(back) => self.loyalty_clawed_back(back),
            Event::LoyaltyExpired { member, points, .. } => self.loyalty_expired(*member, *points),
            Event::GoodsSold(sold) => self.goods_sold(sold, kind),
            Event::PaymentReceived(_) | Event::PaymentReturned { .. } | Event::PaymentBooked { .. } => {
                self.payment()
            }
            // Without postings.
            Event::OrderRefunded { .. } | Event::GoodsReturned { .. } => {
                said("ORDER-8", "退货或退款的记录", "goods or an order came back")
            }
            Event::PaymentApplied { .. } | Event::ResolutionProposed(_) | Event::ResolutionApproved { .. } => {
                said("PAY-1", "收款的去向变动", "what becomes of a payment changed")
            }
            Event::MemberJoined { .. }
            | Event::SeedsCommitted { .. }
            | Event::DrawOpened { .. }
            | Event::DrawClosed { .. }
            | Event::DrawRevealed { .. }
            | Event::DrawTimedOut { .. }
            | Event::DrawCancelled { .. }
            | Event::MemberAttested { .. }
            | Event::BoxItemsHeld { .. }
            | Event::BoxItemDispatched { .. }
            | Event::BoxItemReleased { .. }
            | Event::BoxSaleEnded { .. }
            | Event::BoxesEnded { .. }
            | Event::ChainEntered { .. }
            | Event::ChainLeft { .. }
            | Event::GoodsHeld { .. }
            | Event::GoodsOffered { .. }
            | Event::GoodsDelivered { .. }
            | Event::MerchantRegistered { .. }
            | Event::OrderPlaced { .. }
            | Event::LineAdded { .. }
            | Event::OrderShipped { .. }
            | Event::OrderReceived { .. }
            | Event::OrderClosed { .. }
            | Event::ContributionDeferred { .. }
            | Event::ContributionRolled { .. }
            | Event::DeferralCleared { .. }
            | Event::RedemptionRequested { .. }
            | Event::RedemptionLapsed { .. }
            | Event::BatchExecuted { .. }
            | Event::AccelerationsDue { .. }
            | Event::SliceEnded { .. }
            | Event::UnitsSplit {}
            | Event::RefundAccepted { .. }
            | Event::ResidualProposed { .. }
            | Event::WithdrawalApproved { .. }
            | Event::WithdrawalSent { .. }
            | Event::WithdrawalUnknown { .. }
            | Event::MemberBound { .. }
            | Event::MemberSuspended { .. }
            | Event::MemberResumed { .. }
            | Event::AgentAppointed { .. }
            | Event::AgentDismissed { .. }
            | Event::ShareholderSet { .. }
            | Event::CommissionEntitlementsRecorded { .. }
            | Event::VolumesCounted { .. }
            | Event::TeamVolumesCounted { .. }
            | Event::PurchasesCounted { .. }
            | Event::CapsSet { .. }
            | Event::DayBegan { .. }
            | Event::DaysBegan { .. }
            | Event::RanksChanged { .. }
            | Event::PlanProposed(_)
            | Event::PlanApproved { .. }
            | Event::PlanWithdrawn { .. }
            | Event::PlanLapsed { .. }
            | Event::PlanTookEffect { .. }
            | Event::PlanCancelled { .. }
            | Event::WindDownProposed { .. }
            | Event::WindDownApproved { .. }
            | Event::AdmissionSuspended { .. }
            | Event::AdmissionRestored {}
            | Event::WoundDown {}
            | Event::TaskCounted { .. }
            | Event::TaskCompleted { .. }
            | Event::DayClosed { .. }
            | Event::IssueProposed { .. }
            | Event::MerchantApplied { .. }
            | Event::MerchantApproved { .. }
            | Event::MerchantRejected { .. }
            | Event::MerchantSuspended { .. }
            | Event::MerchantResumed { .. }
            | Event::ProductListed { .. }
            | Event::ProductDelisted { .. }
            | Event::ProductOrdered { .. }
            | Event::CampaignOpened(_)
            | Event::CampaignCancelled { .. }
            | Event::CampaignOrderPlaced(_)
            | Event::CampaignOrderPaid { .. }
            | Event::CampaignOrderEnded { .. }
            | Event::GroupOpened { .. }
            | Event::GroupJoined { .. }
            | Event::GroupLeft { .. }
            | Event::GroupSucceeded { .. }
            | Event::GroupFilled { .. }
            | Event::GroupFailed { .. }
            | Event::LotteryDecided { .. }
            | Event::VoucherIssued { .. }
            | Event::VoucherRedeemed { .. }
            | Event::SkuListed(_)
            | Event::SkuPriced { .. }
            | Event::SkuDelisted { .. }
            | Event::StockAdded { .. }
            | Event::StockRemoved { .. }
            | Event::SkuOrdered { .. }
            | Event::GoodsDispatched { .. }
            | Event::StockReleased { .. }
            | Event::PaymentDeadlineSet { .. }
            | Event::OrderSourced { .. }
            | Event::LoyaltyTierFixed { .. }
            | Event::LoyaltyCounted { .. }
            | Event::LoyaltyUncounted { .. }
            | Event::ValueSeparated { .. }
            | Event::CouponIssued { .. }
            | Event::CouponsReserved { .. }
            | Event::CouponsUsed { .. }
            | Event::CouponsReleased { .. }
            | Event::OfferRested { .. }
            | Event::MarketHalted { .. }
            | Event::MarketResumed {}
            | Event::WindowOpened { .. }
            | Event::PointsCommitted { .. }
            | Event::WindowClosed { .. }
            | Event::ClaimImported(_)
            | Event::PointsLocked { .. }
            | Event::PointsUnlocked { .. }
            // Their words are in `capital`.
            | Event::OfferMade { .. }
            | Event::OfferFilled { .. }
            | Event::OfferClosed { .. }
            | Event::RoundOpened(_)
            | Event::RoundStreamed { .. }
            | Event::OrderSubsidised { .. }
            | Event::SharesBought { .. }
            | Event::SharesAllotted { .. }
            | Event::ClaimApproved { .. }
            | Event::PointsGranted { .. } => {
                said("LEDGER-1", "这个事件不动余额", "this event moves no balance")
            }
        }
    }

    fn settled_line(&self, line: LineNo, base: Money, kind: AccountKind) -> Explanation {
        let order = self.order_of(line);
        let split = self.engine.split_of(order);
        let (zh, en, key, share) = match kind {
            AccountKind::MerchantPayable | AccountKind::MerchantReceivable => (
                "成本归商家或供货方",
                "the cost goes to the merchant or supplier",
                "split.cost",
                Some(split.cost),
            ),
            AccountKind::CommissionPayable | AccountKind::CommissionUndistributed => {
                ("佣金份额", "the commission share", "split.commission", Some(split.commission))
            }
            AccountKind::Fund => ("计划里命名的基金", "a named fund of the split", "split.funds", None),
            AccountKind::PlatformRevenue => ("其余归平台", "the platform takes the rest", "split", None),
            AccountKind::RefundReserve => (
                "平台份额中留作退款准备的部分",
                "the part of the platform's leg that funds the refund reserve",
                "refund.reserve_share",
                Some(self.plan().refund.reserve_share),
            ),
            _ => ("款项离开托管账户", "the money leaves escrow", "split", None),
        };
        let id = self.order_id(order);
        let said = said("ORDER-3", format!("订单 {id} 结算：{zh}"), format!("order {id} settled: {en}"))
            .input("base", self.money(base));
        let said = match share {
            Some(share) => said.rate(key, share),
            None => said,
        };
        let said = self.source(said, order);
        let detail = self.engine.state.orders.detail(line);
        let said = match detail.cost.filter(|_| key == "split.cost") {
            Some(cost) => said.input("stated cost", self.money(cost)),
            None => said,
        };
        let history = self.history.order(order);
        let said = said.after(
            history.and_then(|order| order.received),
            "确认收货，结算期由此起算",
            "receipt, from which the settlement clock runs",
        );
        self.paid(said, order)
    }

    fn minted(&self, line: LineNo, contribution: Money, points: Points, kind: AccountKind) -> Explanation {
        let order = self.order_of(line);
        let id = self.order_id(order);
        let c = self.money(contribution);
        let said = match kind {
            AccountKind::Escrow | AccountKind::PoolAssets => said(
                "POOL-1",
                format!("订单 {id} 的入池额 {c} 从托管进入底池"),
                format!("the contribution of order {id}, {c}, goes from escrow to the pool"),
            ),
            _ => said(
                "POOL-2",
                format!("按入池前的 B 与 S 铸造 {points} 积分：floor(铸造比例 · c · S ÷ B)"),
                format!(
                    "{points} points were minted at the pair before the contribution: floor(mint ratio · c · S ÷ B)"
                ),
            ),
        };
        let ratio = self.plan().pool.map_or(Rate::ZERO, |pool| pool.mint_ratio);
        let said = said.input("c", c).rate("pool.mint_ratio", ratio);
        self.settled(self.pair(said), order)
    }

    fn sold(
        &self,
        member: MemberNo,
        points: Points,
        [gross, kept, net]: [Money; 3],
        cause: SaleCause,
        kind: AccountKind,
    ) -> Explanation {
        let name = self.name(member);
        let pool = self.engine.plan().pool;
        let said = match cause {
            SaleCause::Member => said(
                "POOL-3",
                format!("{name} 卖出 {points} 积分：毛额 floor(x·B/S)，回流向上取整留在池中"),
                format!(
                    "{name} sold {points} points: gross floor(x·B/S), the retention is rounded up and stays"
                ),
            ),
            SaleCause::WindDown => said(
                "WIND-3",
                format!("清盘：{name} 的 {points} 积分按同一价格折算，不收回流"),
                format!("the end: {name}'s {points} points at one pair for all, without retention"),
            ),
            SaleCause::CapExit if kind == AccountKind::PoolResidual => said(
                "POOL-11",
                format!("{name} 强制出局的回流转入底池余额"),
                format!("the retention of {name}'s cap exit goes to the residual"),
            ),
            SaleCause::CapExit => said(
                "POOL-6",
                format!("{name} 达到上限，强制出局，卖出全部 {points} 积分"),
                format!("{name} reached the cap and was sold out of {points} points"),
            ),
        };
        let cycle = self.engine.state.ledger.cycle(member);
        let earned = Points::from_units(cycle.earned(self.engine.state.ledger.exponent()));
        let said = said
            .input("gross", self.money(gross))
            .input("retained", self.money(kept))
            .input("net", self.money(net))
            .rate("pool.retention", pool.map_or(Rate::ZERO, |pool| pool.retention));
        let said = match pool.and_then(|pool| pool.exit).filter(|_| cause == SaleCause::CapExit) {
            Some(exit) => said
                .input("pool.exit.multiple", exit.multiple.to_string())
                .input("cap base", self.money(cycle.cap_base))
                .input("earned", earned.to_string()),
            None => said,
        };
        self.pair(said)
    }

    fn refunded(
        &self,
        line: LineNo,
        amount: Money,
        late: Option<&PostSettlementRefund>,
        place: usize,
    ) -> Explanation {
        let order = self.order_of(line);
        let (id, refunded) = (self.order_id(order), self.money(amount));
        if self.postings[place].account.kind == AccountKind::MemberLoyalty {
            return self.loyalty_returned(order);
        }
        let Some(late) = late else {
            let said = said(
                "ORDER-5",
                format!("订单 {id} 结算前退款 {refunded}，从托管原路退回"),
                format!(
                    "order {id}: {refunded} refunded before settlement, out of escrow, the way it was paid"
                ),
            );
            return self.paid(said, order);
        };
        let leg = &self.postings[place];
        let kind = leg.account.kind;
        // One member may have several: their legs come in the order of the items.
        let earlier = self.postings.iter().take(place).filter(|other| other.account == leg.account).count();
        let mut commissions = late.commissions.iter().filter(|back| {
            let moved = match kind {
                AccountKind::WalletCash => !back.recovered.is_zero() || !back.adjustment.is_zero(),
                _ => false,
            };
            moved && Account::member(kind, back.member) == leg.account
        });
        let commission = commissions.nth(earlier);
        let said = match commission {
            Some(back) => said(
                "COMM-8",
                format!("订单 {id} 结算后退款：收回 {} 因它得到的{}奖励，钱包不足的部分记为应收", self.name(back.member), kind_zh(back.kind)),
                format!("order {id} was refunded after settlement: {} gives back its commission ({}); what its wallet lacks is owed", self.name(back.member), back.kind.name()),
            )
            .input("recovered", self.money(back.recovered))
            .input("receivable", self.money(back.receivable))
            .input("adjustment", self.money(back.adjustment)),
            None => said(
                "ORDER-6",
                format!("订单 {id} 结算后退款 {refunded}：收回这一行的积分与各份额，各方只负责自己的份额"),
                format!("order {id}: {refunded} refunded after settlement; points of the line are burned and legs reversed, each answering for its own"),
            )
            .input("set off", self.money(late.set_off))
            .input("clawback due", late.clawback_due.to_string())
            .input("burned", late.burned.to_string())
            .input("from pool", self.money(late.from_pool))
            .input("cap base taken back", self.money(late.cap_base_cut)),
        };
        self.settled(self.paid(said, order), order)
    }

    fn commission(
        &self,
        order: OrderNo,
        which: Option<(CommissionKind, u32, MemberNo)>,
        leg: &Posting,
    ) -> Explanation {
        let id = self.order_id(order);
        let kind = leg.account.kind;
        let Some((commission, generation, member)) = which.filter(|_| kind == AccountKind::WalletCash) else {
            let said = match kind {
                AccountKind::CommissionUndistributed => said(
                    "COMM-6",
                    format!("订单 {id} 的佣金份额中没有人应得或超过总拨比的部分"),
                    format!("the part of order {id}'s commission leg that nobody was entitled to, or that the cap cut"),
                )
                .rate("commission.cap", self.plan().commission.as_ref().map_or(Rate::ZERO, |plan| plan.cap)),
                _ => said(
                    "COMM-7",
                    format!("订单 {id} 结算后发放佣金"),
                    format!("the commissions of order {id} were paid at its settlement"),
                ),
            };
            return self.settled(self.paid(said, order), order);
        };
        let items = self.engine.state.commissions.items(order);
        let place = items
            .iter()
            .position(|item| (item.kind, item.generation, item.member) == (commission, generation, member));
        let rule = match commission {
            CommissionKind::Direct | CommissionKind::Indirect => "COMM-1",
            CommissionKind::Differential => "COMM-2",
            CommissionKind::Peer => "COMM-3",
            CommissionKind::District | CommissionKind::City | CommissionKind::Province => "COMM-4",
            CommissionKind::ChainDirect | CommissionKind::ChainBoss => "CHAIN-3",
            CommissionKind::ValueReferral => "EMIT-1",
        };
        let bases = self.engine.state.orders.order(order).line_numbers();
        let base = bases
            .fold(Money::ZERO, |sum, line| sum.add_within_limit(self.engine.state.orders.base_left(line)));
        let buyer = self.engine.state.orders.order(order).member;
        let (name, of) = (self.name(member), self.name(buyer));
        let (zh, en) = (kind_zh(commission), commission.name());
        let said = match generation {
            0 if commission == CommissionKind::ChainBoss => said(
                rule,
                format!("{name} 是 {of} 所在团队的老板，因订单 {id} 得{zh}奖励"),
                format!("{name} is boss of the team of {of} and earns from order {id} ({en})"),
            ),
            0 => said(
                rule,
                format!("{name} 作为收货地代理，因 {of} 的订单 {id} 得{zh}奖励"),
                format!("{name} earns from order {id} of {of} as agent of its address ({en})"),
            ),
            generation => said(
                rule,
                format!("{name} 因下方第 {generation} 代 {of} 的订单 {id} 得{zh}奖励"),
                format!("{name} earns from order {id} of {of}, {generation} below it ({en})"),
            ),
        };
        let said = match place {
            Some(place) => self.by_class(self.item(said, &items[place], items), order, place),
            None => said,
        };
        let said = said.input("base", self.money(base)).input("generation", generation.to_string());
        let by_rank = matches!(commission, CommissionKind::Differential | CommissionKind::Peer);
        let said = said.after(
            self.history.ranked.get(&member).copied().filter(|_| by_rank),
            "其级别出自此次日结",
            "the close in which it got its rank",
        );
        self.settled(self.paid(said, order), order)
    }

    /// COMM-10: the classes of the order's lines that have rates of their own, each with those of the item at this place.
    fn by_class(&self, mut said: Explanation, order: OrderNo, place: usize) -> Explanation {
        let (state, plan) = (&self.engine.state, self.engine.plan_of(order));
        if plan.commission.as_ref().is_none_or(|plan| plan.by_class.is_empty()) {
            return said;
        }
        let lines = state.orders.order(order).line_numbers();
        let classes: BTreeSet<u16> = lines.filter_map(|line| state.orders.detail(line).class).collect();
        let has_rates =
            |class: &u16| plan.commission_rates(Some(*class)).and_then(|rates| rates.class()).is_some();
        for class in classes.into_iter().filter(has_rates) {
            if let Some(known) = plan.classes.get(usize::from(class)) {
                said = said.input("class", known.id.clone());
            }
            let own = state.commissions.by_class(order).iter().find(|own| own.class == class);
            if let Some(rates) = own.map(|own| own.rates.get(place).copied().unwrap_or_default()) {
                said = said
                    .rate("rate of the class", Rate::from_ppm(rates.rate_ppm))
                    .rate("paid below in the class", Rate::from_ppm(rates.paid_below_ppm));
            }
        }
        said
    }

    fn item(&self, said: Explanation, item: &Entitlement, items: &[Entitlement]) -> Explanation {
        let said = said
            .rate("rate", Rate::from_ppm(item.rate_ppm))
            .rate("paid below", Rate::from_ppm(item.paid_below_ppm));
        let of_order = self
            .engine
            .plan()
            .commission
            .as_ref()
            .and_then(|plan| plan.peer.as_ref())
            .is_some_and(|peer| peer.base == PeerBase::Order);
        let said = match item.peer_of.checked_sub(1).and_then(|place| items.get(usize::from(place))) {
            Some(of) if !of_order => said
                .rate("differential rate", Rate::from_ppm(of.rate_ppm))
                .rate("differential paid below", Rate::from_ppm(of.paid_below_ppm))
                .input("differential of", self.name(of.member)),
            Some(_) | None => said,
        };
        if item.sharers > 1 { said.input("agents sharing", item.sharers.to_string()) } else { said }
    }

    fn value_granted(&self, line: Option<LineNo>, leg: &Posting) -> Explanation {
        let Some(line) = line else {
            return said(
                "MERCH-3",
                "打赏：受赏会员得到健康值，商家得到其中一定比例",
                "a tip: the recipient is granted the value, the merchant its share of it",
            )
            .rate(
                "merchant.merchant_share",
                self.engine.plan().merchant.map_or(Rate::ZERO, |plan| plan.merchant_share),
            );
        };
        let order = self.order_of(line);
        let (id, buyer) = (self.order_id(order), self.engine.state.orders.order(order).member);
        let plan = self.plan().value.as_ref();
        let said = if leg.account == Account::member(AccountKind::MemberValue, buyer) {
            said(
                "EMIT-1",
                format!("订单 {id} 结算，授予买家健康值"),
                format!("order {id} settled and granted its buyer value units"),
            )
        } else {
            said(
                "EMIT-1",
                format!("订单 {id} 的上级按代数得到健康值奖励"),
                format!("uplines of order {id}'s buyer get a part of its grant, by generation"),
            )
        };
        let base = self.engine.state.orders.base_left(line);
        let said = said
            .input("base", self.money(base))
            .rate("value.grant_ratio", plan.map_or(Rate::ZERO, |plan| plan.grant_ratio));
        self.settled(self.paid(said, order), order)
    }

    fn points_released(
        &self,
        pass: ReleasePass,
        released: Option<(MemberNo, Points, Money)>,
        shortfall: Money,
        kind: AccountKind,
    ) -> Explanation {
        let Some(plan) = &self.engine.plan().release else {
            return said("REL-4", "绿色积分释放", "release points were released");
        };
        let (rule, zh, en) = match (kind, pass) {
            (AccountKind::WalletCash | AccountKind::WalletReconsume, _) => (
                "WALLET-3",
                "释放的绿色积分按面值折成钱，一部分为现金，其余进复消钱包",
                "released points become money at face value, part of it cash, the rest re-consumption money",
            ),
            (AccountKind::Fund, _) => (
                "REL-4",
                "释放由此基金兑付，以其余额为限",
                "the fund pays what is released, as far as it reaches",
            ),
            (_, ReleasePass::Static) => (
                "REL-2",
                "日结：完成任务的会员，每笔绿色积分按比例释放",
                "close of the day: each lot of members who did the task releases by the rate",
            ),
            (_, ReleasePass::Accelerated) => (
                "REL-3",
                "日结：直推当天的释放带动推荐人从自己的积分中加速释放",
                "close of the day: what referrals released accelerates the referrer's own lots",
            ),
        };
        let said = said(rule, zh, en)
            .rate("release.rate", plan.rate)
            .rate("release.acceleration.direct", plan.direct)
            .rate("release.reconsume_share", plan.reconsume_share)
            .input("shortfall", self.money(shortfall));
        match released {
            Some((member, points, money)) => said
                .input("released", points.to_string())
                .input("money", self.money(money))
                .after(self.history.tasks.get(&member).copied(), "当天的任务", "the day's task"),
            None => said,
        }
    }

    fn product(&self, line: LineNo, zh: String, en: String) -> Explanation {
        let order = self.order_of(line);
        let id = self.order_id(order);
        let said = said(
            "MERCH-4",
            format!("订单 {id} 的上架商品：{zh}"),
            format!("a listed product of order {id}: {en}"),
        );
        self.paid(said, order)
    }
}

fn kind_zh(kind: CommissionKind) -> &'static str {
    match kind {
        CommissionKind::Direct => "直推",
        CommissionKind::Indirect => "间推",
        CommissionKind::Differential => "级差",
        CommissionKind::Peer => "平级",
        CommissionKind::District => "区代",
        CommissionKind::City => "市代",
        CommissionKind::Province => "省代",
        CommissionKind::ChainDirect => "链动直推",
        CommissionKind::ChainBoss => "链动老板",
        CommissionKind::ValueReferral => "健康值",
    }
}
