//! The words for the market, rounds, shares and claims.

use super::{Explanation, Narrator, said};
use crate::amount::Rate;
use crate::event::{Event, RoundOpened};
use crate::id::OfferNo;
use crate::ledger::AccountKind;

impl Narrator<'_> {
    /// What a posting of one of their events means; any other event says nothing here.
    pub(super) fn capital(&self, kind: AccountKind) -> Option<Explanation> {
        let said = match self.event {
            Event::OfferMade { .. }
            | Event::OfferFilled { .. }
            | Event::OfferClosed { .. } => self.market(kind),
            Event::RoundOpened(_) | Event::RoundStreamed { .. } | Event::OrderSubsidised { .. } => self.round(kind),
            Event::SharesBought { .. } | Event::SharesAllotted { .. } => self.shares(kind),
            Event::ClaimApproved { claim, .. } => {
                let record = self.engine.state.claims.get(*claim);
                let (id, amount) = (&record.id, self.money(record.amount));
                said(
                    "CLAIM-1",
                    format!("第二人批准，旧平台债权 {id}（{amount}）入账；它不是钱，只能按比例抵付订单"),
                    format!("a second person approved: claim {id} of {amount} is booked; it is no money and pays a share of orders only"),
                )
                .input("evidence", record.evidence.to_string())
                .after(self.history.proposed.get(id).copied(), "债权导入", "the import of the claim")
            }
            Event::PointsGranted { grant, points, injection, .. } => self.pair(said(
                "CLAIM-2",
                format!("授予 {points} 积分（{grant}），同时注入 {}，至少等于这些积分的价值，价格不降", self.money(*injection)),
                format!(
                    "{points} points were granted ({grant}) with an injection of {}, at least what they are worth: the price does not fall",
                    self.money(*injection)
                ),
            )),
            Event::OrderPaid { order } if is_claim(kind) => self.paid(
                said(
                    "CLAIM-1",
                    format!("订单 {} 的一部分以旧平台债权抵付：债权随即消灭，没有钱进入", self.order_id(*order)),
                    format!("part of order {} was paid with a claim: it is extinguished, no money came with it", self.order_id(*order)),
                )
                .rate("claims.share", self.plan().claims.map_or(Rate::ZERO, |plan| plan.share)),
                *order,
            ),
            Event::LineRefunded { line, .. } if is_claim(kind) => {
                let order = self.order_of(*line);
                self.paid(
                    said(
                        "CLAIM-1",
                        format!("订单 {} 退款：以债权抵付的部分恢复为债权", self.order_id(order)),
                        format!("order {} was refunded: what was paid with a claim is a claim again", self.order_id(order)),
                    ),
                    order,
                )
            }
            _ => return None,
        };
        Some(said)
    }

    fn offer_name(&self, offer: OfferNo) -> &str {
        self.history.offers.get(offer.index()).map_or("?", |(id, _)| id.as_str())
    }

    fn made(&self, said: Explanation, offer: OfferNo) -> Explanation {
        let entry = self.history.offers.get(offer.index()).map(|(_, entry)| *entry);
        said.after(entry, "挂单", "the offer was made")
    }

    fn market(&self, kind: AccountKind) -> Explanation {
        let fee = self.engine.plan().market.map_or(Rate::ZERO, |plan| plan.fee);
        match self.event {
            Event::OfferMade { id, price, quantity, .. } => said(
                "MKT-1",
                format!("挂单 {id}：{quantity} 手，每手 {}，挂单期间冻结所需的钱或积分", self.money(*price)),
                format!(
                    "offer {id}: {quantity} lots at {}; what it needs is held while it is open",
                    self.money(*price)
                ),
            )
            .rate("market.fee", fee),
            Event::OfferFilled { maker, taker, quantity, price, buyer_fee, seller_fee, hold, .. } => {
                let (made, taken) = (self.offer_name(*maker), self.offer_name(*taker));
                let (zh, en) = match kind {
                    AccountKind::PlatformRevenue => ("双方手续费归平台", "both fees go to the platform"),
                    AccountKind::MarketHold => ("买方冻结的钱减少", "the buyer's hold falls"),
                    AccountKind::WalletCash => (
                        "卖方得款，买方多冻结的退回",
                        "the seller is paid; what the buyer held beyond it returns",
                    ),
                    _ => ("积分由卖方转给买方", "the points go from the seller to the buyer"),
                };
                let said = said(
                    "MKT-1",
                    format!(
                        "{taken} 与先到的 {made} 成交 {quantity} 手，按后者的价格每手 {}：{zh}",
                        self.money(*price)
                    ),
                    format!(
                        "{taken} met the earlier {made}: {quantity} lots at its price of {}; {en}",
                        self.money(*price)
                    ),
                );
                let said = said
                    .rate("market.fee", fee)
                    .input("buyer's fee", self.money(*buyer_fee))
                    .input("seller's fee", self.money(*seller_fee))
                    .input("hold after it", self.money(*hold));
                self.made(said, *maker)
            }
            Event::OfferClosed { offer, remaining: left } => {
                let id = self.offer_name(*offer);
                let said = said(
                    "MKT-1",
                    format!("{id} 未成交的 {left} 手撤下，冻结的退回"),
                    format!("the {left} lots left of {id} are given up; what was held returns"),
                );
                self.made(said, *offer)
            }
            _ => said("MKT-1", "内部市场", "the internal market"),
        }
    }

    fn round(&self, kind: AccountKind) -> Explanation {
        match self.event {
            Event::RoundOpened(opened) => {
                let RoundOpened { id, investor, amount, pool, subsidies, days, .. } = opened.as_ref();
                said(
                    "FUND-1",
                    format!("{investor} 投入融资轮 {id}：{}，其中指定用途的先存放，其余归平台", self.money(*amount)),
                    format!(
                        "{investor} put {} into round {id}; what has a purpose is kept for it, the rest is the platform's",
                        self.money(*amount)
                    ),
                )
                .input("pool", self.money(*pool))
                .input("subsidies", self.money(*subsidies))
                .input("days", days.to_string())
            }
            Event::RoundStreamed { round, injected, .. } => {
                let round = self.engine.state.rounds.get(*round);
                let (id, investor) = (&round.id, &round.investor);
                let said = if kind == AccountKind::PlatformRevenue {
                    said(
                        "FUND-2",
                        format!("融资轮 {id} 的最后一个零点：剩下的归平台"),
                        format!("the last midnight of round {id}: what is left goes to the platform"),
                    )
                } else {
                    said(
                        "FUND-2",
                        format!(
                            "融资轮 {id} 的一个零点：{investor} 的钱按天均分注入底池 {}",
                            self.money(*injected)
                        ),
                        format!(
                            "a midnight of round {id}: {} of {investor}'s money entered the pool, evenly over the days",
                            self.money(*injected)
                        ),
                    )
                };
                self.pair(said.input("day", (round.passed + 1).to_string())).after(
                    self.history.proposed.get(id).copied(),
                    "融资轮开始",
                    "the round began",
                )
            }
            Event::OrderSubsidised { order, round, amount, .. } => {
                let round = self.engine.state.rounds.get(*round);
                let (id, text) = (self.order_id(*order), self.money(*amount));
                let said = said(
                    "FUND-3",
                    format!("订单 {id} 结算，融资轮 {} 补贴 {text}，只能在商城消费", round.id),
                    format!(
                        "order {id} settled: round {} gives {text} that can only be spent in the mall",
                        round.id
                    ),
                );
                self.settled(said.input("per_order", self.money(round.per_order)), *order)
            }
            _ => said("FUND-1", "融资轮", "a funding round"),
        }
    }

    fn shares(&self, kind: AccountKind) -> Explanation {
        match self.event {
            Event::SharesBought { window, points, gross, retained: kept, net, shares, .. } => {
                let window = self.engine.state.equity.window(*window);
                let id = &window.id;
                let (zh, en) = match kind {
                    AccountKind::EquityIssuer | AccountKind::PoolAssets => (
                        "积分的净值由底池转给股份发行方，会员得不到这笔钱",
                        "their net value goes from the pool to the issuer; the member gets none of it",
                    ),
                    AccountKind::MemberShares | AccountKind::SharesIssued => (
                        "股份先锁定，再逐日归属；没有上市的承诺，披露中价值为零",
                        "the shares are locked, then vest; no listing is promised, and disclosures count them as nothing",
                    ),
                    _ => ("用掉的积分销毁", "the points used are burned"),
                };
                let said = said(
                    "EQUITY-2",
                    format!("窗口 {id} 关闭，以 {points} 积分换得 {shares} 股：{zh}"),
                    format!("window {id} closed: {points} points became {shares} shares; {en}"),
                );
                let said = said
                    .input("gross", self.money(*gross))
                    .input("kept", self.money(*kept))
                    .input("net", self.money(*net));
                self.pair(said).after(self.history.proposed.get(id).copied(), "窗口打开", "the window opened")
            }
            Event::SharesAllotted { allotment, shares, .. } => said(
                "EQUITY-3",
                format!("分配 {shares} 股（{allotment}），同样先锁定、再归属"),
                format!("{shares} shares were allotted ({allotment}), with the same lock-up and vesting"),
            ),
            _ => said("EQUITY-1", "股份", "shares"),
        }
    }
}

fn is_claim(kind: AccountKind) -> bool {
    matches!(kind, AccountKind::MemberClaim | AccountKind::ClaimsIssued)
}
