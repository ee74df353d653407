//! Random commands of campaigns: orders, groups, draws with right, wrong and no seeds, presales, boxes, chains, goods, vouchers.

use super::{AMOUNT_MAX, DAY_US, Generator, HOUR_US, id, money, time};
use crate::amount::Money;
use crate::command::{AgeBand, Command, MallTerms, OrderLine, OrderTerms, SkuTerms, Tender};
use crate::hash::Hash32;
use crate::id::Id;
use crate::plan::Plan;
use crate::testing::naive::{BoxState, GoodsState, GroupState, VoucherState, amount_of_piece};

/// What can be done with campaigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promotion {
    Open,
    Commit,
    Buy,
    /// Fills a group.
    Fill,
    PayAgain,
    Reveal,
    Cancel,
    Attest,
    Redeem,
    Goods,
    Leave,
    Illegal,
}

/// How often a kind is worth trying with this plan.
pub(super) fn usual_weight(plan: &Plan, kind: Promotion) -> u64 {
    let any = |has: fn(&crate::plan::PromotionPlan) -> bool, weight: u64| {
        if plan.promotions.iter().any(has) { weight } else { 0 }
    };
    match kind {
        Promotion::Open => any(|_| true, 5),
        Promotion::Commit => any(|plan| plan.lottery.is_some() || plan.blind_box.is_some(), 4),
        Promotion::Buy => any(|_| true, 25),
        Promotion::Fill => any(|plan| plan.group.is_some(), 8),
        Promotion::PayAgain => any(|plan| plan.presale.is_some(), 8),
        Promotion::Reveal => any(|plan| plan.lottery.is_some() || plan.blind_box.is_some(), 14),
        Promotion::Cancel => any(|_| true, 1),
        Promotion::Attest => any(|plan| plan.blind_box.is_some(), 6),
        Promotion::Redeem => any(|plan| plan.voucher_days.is_some(), 8),
        Promotion::Goods => any(|plan| plan.relist.is_some(), 14),
        Promotion::Leave => any(|plan| plan.group.is_some(), 3),
        Promotion::Illegal => any(|_| true, 6),
    }
}

/// The code of an order's voucher.
fn code(order: &Id) -> Id {
    id(&format!("code-{order}"))
}

impl Generator {
    pub(super) fn act_on_promotion(&mut self, kind: Promotion) -> bool {
        match kind {
            Promotion::Open => self.open_campaign(),
            Promotion::Commit => self.commit(),
            Promotion::Buy => self.buy_in_campaign(),
            Promotion::Fill => self.fill_group(),
            Promotion::PayAgain => self.pay_again(),
            Promotion::Reveal => self.reveal(),
            Promotion::Cancel => self.cancel(),
            Promotion::Attest => self.attest(),
            Promotion::Redeem => self.redeem(),
            Promotion::Goods => self.goods(),
            Promotion::Leave => self.leave(),
            Promotion::Illegal => self.illegal_promotion(),
        }
    }

    // ---- campaigns

    fn open_campaign(&mut self) -> bool {
        if self.winding_down() {
            return false;
        }
        let index = self.rng.index(self.plan.promotions.len());
        let Some(plan) = self.plan.promotions.get(index).cloned() else {
            return false;
        };
        let mut sku = self.new_id("s");
        if let Some(items) = plan.blind_box.as_ref().map(|blind_box| blind_box.items.clone()) {
            for item in items {
                let item_id = id(&item.sku);
                if !self.naive.skus.contains_key(&item_id) {
                    self.list_article();
                } else if self.naive.available(&item_id).is_some_and(|left| left < i128::from(item.stock))
                    && self.rng.chance(70)
                {
                    self.send_as("operator", Command::StockAdd { sku: item_id, quantity: item.stock });
                }
            }
            if self.rng.chance(10) {
                let listed = self.listed_skus();
                sku = self.rng.pick(&listed).cloned().unwrap_or(sku);
            }
        } else {
            if self.listed_skus().len() < 2 || self.rng.chance(20) {
                self.list_article();
            }
            let points_only = |sku: &Id| self.naive.skus.get(sku).is_some_and(|s| s.terms.points_only);
            let listed: Vec<Id> = self.listed_skus().into_iter().filter(|sku| !points_only(sku)).collect();
            let Some(known) = self.rng.pick(&listed).cloned() else {
                return self.list_article();
            };
            sku = known;
        }
        let campaign = self.new_id("g");
        let ahead = [0, 0, 0, HOUR_US].get(self.rng.index(4)).copied().unwrap_or(0);
        let open = [HOUR_US, DAY_US, DAY_US, 3 * DAY_US, 40 * DAY_US].get(self.rng.index(5)).copied();
        let from = self.now + ahead;
        let (from, until) = (time(from), time(from + open.unwrap_or(DAY_US)));
        let quota = [None, None, Some(1), Some(3), Some(8)].get(self.rng.index(5)).copied().flatten();
        let draws = plan.lottery.is_some() || plan.blind_box.is_some();
        let promotion = id(&plan.id);
        let open = Command::PromotionOpen { campaign: campaign.clone(), promotion, sku, from, until, quota };
        self.send_as("operator", open);
        if draws && self.rng.chance(85) {
            return self.commit_for(campaign);
        }
        true
    }

    /// A seed and its hash; both are remembered.
    fn new_seed(&mut self) -> Hash32 {
        let seed = Hash32::of(format!("seed {}", self.rng.bits()).as_bytes());
        let commitment = Hash32::of(seed.bytes());
        self.seeds.push((commitment, seed));
        commitment
    }

    fn commit_for(&mut self, campaign: Id) -> bool {
        let commitments = (0..self.rng.between(1, 5)).map(|_| self.new_seed()).collect();
        self.send_as("oracle", Command::PromotionCommit { campaign, commitments })
    }

    fn drawing_campaigns(&self) -> Vec<Id> {
        let draws = |campaign: &usize| {
            let plan = self.naive.promotion_of(*campaign);
            plan.lottery.is_some() || plan.blind_box.is_some()
        };
        let open = self.naive.campaigns.iter().enumerate();
        open.filter(|(number, campaign)| !campaign.cancelled && draws(number))
            .map(|(_, c)| c.id.clone())
            .collect()
    }

    fn commit(&mut self) -> bool {
        let campaigns = self.drawing_campaigns();
        match self.rng.pick(&campaigns).cloned() {
            Some(campaign) => self.commit_for(campaign),
            None => self.open_campaign(),
        }
    }

    /// A campaign that takes orders now.
    fn open_now(&mut self) -> Option<usize> {
        let open = self.naive.campaigns.iter().enumerate().filter(|(_, campaign)| {
            !campaign.cancelled && campaign.from <= self.now && self.now < campaign.until
        });
        let open: Vec<usize> = open.map(|(number, _)| number).collect();
        self.rng.pick(&open).copied()
    }

    fn campaign_terms(&mut self, campaign: usize, member: &Id, order: &Id, group: Option<Id>) -> OrderTerms {
        let plan = self.naive.promotion_of(campaign).clone();
        let (sku, name) =
            self.naive.campaigns.get(campaign).map_or((id("x"), id("x")), |c| (c.sku.clone(), c.id.clone()));
        let single = plan.blind_box.is_some() || plan.relist.is_some() || self.rng.chance(70);
        let quantity = if single { 1 } else { u32::try_from(self.rng.between(1, 3)).unwrap_or(1) };
        let amount = amount_of_piece(&plan) * i128::from(quantity);
        let amount = i64::try_from(amount).unwrap_or(1);
        let line = OrderLine {
            line: id("1"),
            amount: money(amount),
            quantity: (quantity > 1 || self.rng.chance(30)).then_some(quantity),
            sku: Some(sku),
            merchant: None,
            cost: None,
            contribution: None,
            zone: None,
        };
        let hash = || Hash32::of(code(order).as_str().as_bytes());
        let mall = MallTerms {
            source: self.source(),
            coupons: Vec::new(),
            campaign: Some(name),
            group,
            code_hash: plan.voucher_days.map(|_| hash()),
            classes: Vec::new(),
        };
        let mut terms = OrderTerms {
            member: member.clone(),
            lines: smallvec::smallvec![line],
            freight: Money::ZERO,
            tax: if self.rng.chance(15) { money(3) } else { Money::ZERO },
            ship_to: self.address(),
            tender: None,
            mall: Some(Box::new(mall)),
        };
        let is_article = plan.blind_box.is_none() && plan.voucher_days.is_none();
        match self.naive.freight_to(&terms).filter(|_| is_article) {
            Some(freight) => terms.freight = money(i64::try_from(freight).unwrap_or(0)),
            None if self.rng.chance(20) => terms.freight = money(5),
            None => {}
        }
        if plan.presale.is_none() {
            terms.tender = self.tender(member, amount, false);
        }
        self.entered = self.entered.saturating_add(amount).saturating_add(3_000);
        terms
    }

    /// An open group of a campaign that a member is not in.
    fn group_to_join(&mut self, campaign: usize, member: &Id) -> Option<Id> {
        let is_in = |order: &usize| {
            let owner = self.naive.orders.get(*order).and_then(|o| self.naive.members.get(o.member));
            owner.is_some_and(|owner| owner.id == *member)
        };
        let open = self.naive.groups.iter().filter(|group| {
            group.campaign == campaign
                && group.state == GroupState::Open
                && group.ends > self.now
                && !group.orders.iter().any(is_in)
        });
        let open: Vec<Id> = open.map(|group| group.id.clone()).collect();
        self.rng.pick(&open).cloned()
    }

    fn order_in_campaign(&mut self, campaign: usize, member: Id) -> Id {
        let plan = self.naive.promotion_of(campaign).clone();
        if plan.blind_box.is_some() {
            let age = self.naive.members.iter().find(|known| known.id == member).and_then(|m| m.age);
            if age.is_none() && self.rng.chance(80) {
                let known = self.naive.members.iter().any(|known| known.id == member);
                if known {
                    let member = member.clone();
                    self.send_as(
                        "clerk",
                        Command::MemberAttest { member, age: AgeBand::Adult, consent: false },
                    );
                }
            }
        }
        let own = self.naive.groups.iter().rev().find(|group| {
            group.campaign == campaign
                && group.state == GroupState::Open
                && group.ends > self.now
                && group.orders.iter().any(|order| {
                    let owner = self.naive.orders.get(*order).and_then(|o| self.naive.members.get(o.member));
                    owner.is_some_and(|owner| owner.id == member)
                })
        });
        let own = own.map(|group| group.id.clone());
        let over = self.naive.groups.iter().rev().find(|group| {
            group.campaign == campaign && (group.state != GroupState::Open || group.ends <= self.now)
        });
        let over = over.map(|group| group.id.clone());
        let group = match plan.group {
            // Into one that is over.
            Some(_) if over.is_some() && self.rng.chance(20) => over,
            // Into a group that it is in already, which is refused.
            Some(_) if own.is_some() && self.rng.chance(15) => own,
            Some(_) if self.rng.chance(85) => self.group_to_join(campaign, &member),
            Some(_) | None => None,
        };
        let order = self.new_id("o");
        let terms = self.campaign_terms(campaign, &member, &order, group);
        if self.rng.chance(25) {
            self.send(member, Command::OrderPlace { order: order.clone(), terms });
            if self.rng.chance(75) {
                self.send_as("operator", Command::OrderPay { order: order.clone(), terms: None });
            }
        } else {
            self.send(member, Command::OrderPay { order: order.clone(), terms: Some(terms) });
        }
        order
    }

    fn buy_in_campaign(&mut self) -> bool {
        if self.winding_down() {
            return false;
        }
        let Some(campaign) = self.open_now() else {
            return self.open_campaign();
        };
        let member = if self.rng.chance(90) { self.pick_member() } else { None };
        let mut member = member.unwrap_or_else(|| self.member());
        if self.naive.promotion_of(campaign).chain.is_some() && self.rng.chance(35) {
            return self.whole_chain(campaign);
        }
        if self.naive.promotion_of(campaign).chain.is_some() {
            let agents = self.naive.next_agents();
            member = self.rng.pick(&agents).cloned().unwrap_or(member);
        }
        let order = self.order_in_campaign(campaign, member);
        let known = self.naive.orders.iter().position(|known| known.id == order);
        let leaves = known.is_some_and(|number| {
            self.naive.orders.get(number).is_some_and(|order| order.state.name() == "paid")
                && !self.naive.is_undecided(number)
        });
        let plan = self.naive.promotion_of(campaign);
        if !leaves || plan.relist.is_some() || plan.voucher_days.is_some() {
            return true;
        }
        match self.rng.below(5) {
            0 => self.send_as("operator", Command::OrderShip { order }),
            1 | 2 => self.send_as("courier", Command::OrderReceive { order }),
            3 if self.rng.chance(40) => self.refund_order(order),
            _ => true,
        }
    }

    /// A chain of referrals and a campaign in which all of it buys.
    pub(super) fn set_up_chain(&mut self) -> bool {
        let Some(plan) = self.plan.promotions.iter().find(|plan| plan.chain.is_some()) else {
            return false;
        };
        let promotion = id(&plan.id);
        for _ in 0..self.rng.between(3, 5) {
            let known = self.naive.members.len();
            let referrer = self.naive.members.last().map(|member| member.id.clone());
            let member = id(&format!("m{}", known + 1));
            self.send(member.clone(), Command::MemberJoin { member, referrer, region: None, person: None });
        }
        let sku = self.new_id("a");
        let terms = SkuTerms {
            product: None,
            merchant: None,
            price: money(100),
            cost: None,
            zone: None,
            stock: None,
            limit_per_order: None,
            limit_per_member: None,
            points_only: false,
            class: None,
        };
        self.send_as("operator", Command::SkuList { sku: sku.clone(), terms: Box::new(terms) });
        let campaign = self.new_id("g");
        let (from, until) = (time(self.now), time(self.now + 40 * DAY_US));
        let quota = None;
        self.send_as("operator", Command::PromotionOpen { campaign, promotion, sku, from, until, quota });
        match self.naive.campaigns.len().checked_sub(1) {
            Some(last) => self.whole_chain(last),
            // The campaign was refused.
            None => false,
        }
    }

    /// Members in the order in which they joined buy packages one after the other.
    fn whole_chain(&mut self, campaign: usize) -> bool {
        let members: Vec<Id> = self.naive.members.iter().map(|member| member.id.clone()).collect();
        for member in members.into_iter().take(7) {
            self.order_in_campaign(campaign, member);
        }
        true
    }

    /// As many members as a group needs buy together.
    fn fill_group(&mut self) -> bool {
        let with_group: Vec<usize> = (0..self.naive.campaigns.len())
            .filter(|number| self.naive.promotion_of(*number).group.is_some())
            .filter(|number| {
                let campaign = self.naive.campaigns.get(*number);
                campaign.is_some_and(|c| !c.cancelled && c.from <= self.now && self.now < c.until)
            })
            .collect();
        let Some(campaign) = self.rng.pick(&with_group).copied().filter(|_| !self.winding_down()) else {
            return self.open_campaign();
        };
        let members = self.naive.promotion_of(campaign).group.map_or(0, |plan| plan.members);
        while self.naive.members.len() < usize::try_from(members).unwrap_or(2) {
            if !self.join() {
                break;
            }
        }
        let mut buyers: Vec<Id> = self.naive.members.iter().map(|member| member.id.clone()).collect();
        let most = usize::try_from(members).unwrap_or(2);
        let first = self.rng.index(buyers.len());
        buyers.rotate_left(first);
        for member in buyers.into_iter().take(most) {
            self.order_in_campaign(campaign, member);
            if self.rng.chance(10) {
                self.move_time();
            }
        }
        true
    }

    /// The rest of a presale, mostly in its window.
    fn pay_again(&mut self) -> bool {
        let open =
            self.naive.orders.iter().filter(|order| order.state.name() == "placed" && order.deposit > 0);
        let open: Vec<(Id, i64)> = open
            .filter_map(|order| Some((order.id.clone(), self.naive.campaigns.get(order.campaign?)?.until)))
            .collect();
        let Some((order, until)) = self.rng.pick(&open).cloned() else {
            return false;
        };
        if self.now < until && self.rng.chance(70) {
            self.now = until + i64::try_from(self.rng.below(3)).unwrap_or(0) * HOUR_US / 2;
        }
        self.send_as("operator", Command::OrderPay { order, terms: None })
    }

    fn seed_of(&self, commitment: &Hash32) -> Option<Hash32> {
        self.seeds.iter().find(|(known, _)| known == commitment).map(|(_, seed)| *seed)
    }

    /// Draws that wait, with the commitment of each.
    fn waiting_draws(&self) -> Vec<(Id, Hash32)> {
        let groups = self.naive.groups.iter().filter(|group| group.state == GroupState::Awaiting);
        let groups = groups.filter_map(|group| Some((group.id.clone(), group.commitment?)));
        let boxes = self.naive.orders.iter().filter_map(|order| {
            let blind_box = order.blind_box.as_ref().filter(|b| b.state == BoxState::Waits)?;
            Some((order.id.clone(), blind_box.commitment))
        });
        groups.chain(boxes).collect()
    }

    fn reveal(&mut self) -> bool {
        // Cancels are rare, and rarer still while a group waits for its seed, which they withhold (PROMO-4c).
        let awaits = self.naive.groups.iter().any(|group| group.state == GroupState::Awaiting);
        if awaits && self.rng.chance(10) {
            return self.cancel();
        }
        let waiting = self.waiting_draws();
        let Some((draw, commitment)) = self.rng.pick(&waiting).cloned() else {
            return self.buy_in_campaign();
        };
        let seed = match self.seed_of(&commitment) {
            Some(seed) if self.rng.chance(95) => seed,
            _ => Hash32::of(b"wrong"),
        };
        self.send_as("oracle", Command::PromotionReveal { draw, seed })
    }

    fn cancel(&mut self) -> bool {
        let open = self.naive.campaigns.iter().filter(|campaign| !campaign.cancelled);
        let mut open: Vec<Id> = open.map(|campaign| campaign.id.clone()).collect();
        let awaited = self.naive.groups.iter().filter(|group| group.state == GroupState::Awaiting);
        let awaited: Vec<Id> =
            awaited.filter_map(|group| Some(self.naive.campaigns.get(group.campaign)?.id.clone())).collect();
        if !awaited.is_empty() && self.rng.chance(60) {
            open = awaited;
        }
        match self.rng.pick(&open).cloned() {
            Some(campaign) => {
                let reason = "sold elsewhere".to_owned();
                self.send_as("operator", Command::PromotionCancel { campaign, reason })
            }
            None => false,
        }
    }

    fn attest(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let ages = [AgeBand::Adult, AgeBand::Adult, AgeBand::Adult, AgeBand::Minor, AgeBand::Under8];
        let age = ages.get(self.rng.index(5)).copied().unwrap_or(AgeBand::Adult);
        let consent = self.rng.chance(50);
        self.send_as("clerk", Command::MemberAttest { member, age, consent })
    }

    // ---- vouchers

    fn redeem(&mut self) -> bool {
        let good = self.naive.orders.iter().filter(|order| order.voucher == Some(VoucherState::Good));
        let good: Vec<(Id, String)> = good
            .filter_map(|order| Some((order.id.clone(), order.lines.first()?.seller().to_owned())))
            .filter(|(_, merchant)| !merchant.is_empty())
            .collect();
        let Some((order, merchant)) = self.rng.pick(&good).cloned() else {
            return self.buy_in_campaign();
        };
        let code = code(&order);
        self.send_as("counter", Command::VoucherRedeem { order, merchant: id(&merchant), code })
    }

    // ---- goods

    pub(super) fn goods(&mut self) -> bool {
        let goods = self.naive.orders.iter().filter(|order| order.state.name() == "paid");
        let goods: Vec<(Id, GoodsState, usize)> = goods
            .filter_map(|order| Some((order.id.clone(), order.goods.as_ref()?)))
            .map(|(id, goods)| (id, goods.state, goods.holder))
            .collect();
        let Some((order, state, holder)) = self.rng.pick(&goods).cloned() else {
            return self.buy_in_campaign();
        };
        match state {
            GoodsState::Delivered => self.send_as("courier", Command::OrderReceive { order }),
            GoodsState::Held | GoodsState::Offered if self.rng.chance(8) => {
                self.send_as("operator", Command::RelistDeliver { order })
            }
            GoodsState::Held => self.send_as("operator", Command::RelistOffer { order }),
            GoodsState::Offered => {
                // Now and then the holder itself, which is refused.
                let own = self.rng.chance(6);
                let others = self.naive.members.iter().enumerate();
                let others = others.filter(|(number, _)| (*number != holder) != own);
                let others: Vec<Id> = others.map(|(_, member)| member.id.clone()).collect();
                let Some(member) = self.rng.pick(&others).cloned() else {
                    return false;
                };
                let used: Vec<Id> = self.naive.purchases.iter().cloned().collect();
                let purchase = match self.rng.pick(&used).cloned() {
                    Some(used) if self.rng.chance(5) => used,
                    _ => self.new_id("b"),
                };
                self.send(member.clone(), Command::RelistBuy { purchase, order, member })
            }
        }
    }

    /// An order of a full group arrives or, when it has settled, comes back whole (GROUP-4a).
    fn order_of_a_full_group_goes_on(&mut self) -> bool {
        let full = self.naive.groups.iter().filter(|group| group.state == GroupState::Succeeded);
        let orders: Vec<usize> = full.flat_map(|group| group.orders.clone()).collect();
        let Some(order) = self.rng.pick(&orders).and_then(|order| self.naive.orders.get(*order)) else {
            return false;
        };
        let (order, state) = (order.id.clone(), order.state.name());
        match state {
            "paid" | "shipped" => self.send_as("courier", Command::OrderReceive { order }),
            "settled" => {
                let refund = self.new_id("r");
                self.send_as(
                    "support",
                    Command::OrderRefund { refund, order, lines: None, freight: None, tax: None },
                )
            }
            _ => false,
        }
    }

    /// Somebody leaves a group, or wants to.
    fn leave(&mut self) -> bool {
        if self.rng.chance(50) && self.order_of_a_full_group_goes_on() {
            return true;
        }
        let open =
            self.naive.groups.iter().filter(|group| {
                matches!(group.state, GroupState::Open) || (group.state == GroupState::Awaiting)
            });
        let orders: Vec<usize> = open.flat_map(|group| group.orders.clone()).collect();
        let Some(order) = self.rng.pick(&orders).and_then(|order| self.naive.orders.get(*order)) else {
            return false;
        };
        let (order, placed) = (order.id.clone(), order.state.name() == "placed");
        if placed {
            return self.send_as("support", Command::OrderClose { order });
        }
        let refund = self.new_id("r");
        self.send_as("support", Command::OrderRefund { refund, order, lines: None, freight: None, tax: None })
    }

    // ---- what must be refused

    fn illegal_promotion(&mut self) -> bool {
        match self.rng.below(3) {
            0 => self.illegal_campaign(),
            1 => self.bad_campaign_order(),
            _ => self.illegal_draw_or_goods(),
        }
    }

    fn any_campaign(&mut self) -> Id {
        let known: Vec<Id> = self.naive.campaigns.iter().map(|campaign| campaign.id.clone()).collect();
        self.rng.pick(&known).cloned().unwrap_or_else(|| id("nothing"))
    }

    fn illegal_campaign(&mut self) -> bool {
        let known = self.any_campaign();
        let new = self.new_id("g");
        let promotions: Vec<String> = self.plan.promotions.iter().map(|plan| plan.id.clone()).collect();
        let promotion = self.rng.pick(&promotions).map_or_else(|| id("flash"), |name| id(name));
        let listed = self.listed_skus();
        let sku = self.rng.pick(&listed).cloned().unwrap_or_else(|| id("nothing"));
        let (from, until) = (time(self.now), time(self.now + DAY_US));
        let open = |campaign: Id, promotion: Id, sku: Id, from, until| Command::PromotionOpen {
            campaign,
            promotion,
            sku,
            from,
            until,
            quota: None,
        };
        let commitments = vec![Hash32::of(b"again"), Hash32::of(b"again")];
        let used = self.seeds.first().map(|(commitment, _)| *commitment);
        let reason = "x".to_owned();
        let command = match self.rng.below(12) {
            0 => open(new, id("nothing"), sku, from, until),
            1 => open(known, promotion, sku, from, until),
            2 => open(new, promotion, sku, until, from),
            3 => open(new, promotion, sku, time(self.now - DAY_US), time(self.now)),
            4 => open(new, promotion, id("nothing"), from, until),
            5 => open(new, promotion, sku, from, until),
            6 => Command::PromotionCancel { campaign: known, reason: String::new() },
            7 => Command::PromotionCancel { campaign: id("nothing"), reason },
            8 => {
                // One that was cancelled already, if there is one.
                let cancelled = self.naive.campaigns.iter().find(|campaign| campaign.cancelled);
                let campaign = cancelled.map_or(known, |campaign| campaign.id.clone());
                if self.rng.chance(50) {
                    Command::PromotionCommit { campaign, commitments }
                } else {
                    Command::PromotionCancel { campaign, reason }
                }
            }
            9 => Command::PromotionCommit { campaign: known, commitments },
            10 => Command::PromotionCommit { campaign: known, commitments: used.into_iter().collect() },
            _ => Command::PromotionCommit { campaign: id("nothing"), commitments },
        };
        // Nothing to publish is no command.
        if let Command::PromotionCommit { commitments, .. } = &command
            && commitments.is_empty()
        {
            return false;
        }
        self.send_as("operator", command)
    }

    fn bad_campaign_order(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let all = self.naive.campaigns.len();
        if all == 0 {
            return self.open_campaign();
        }
        let campaign = if self.rng.chance(60) { self.open_now() } else { None };
        let mut campaign = campaign.unwrap_or_else(|| self.rng.index(all));
        let kind = self.rng.below(15);
        if kind == 11 {
            // One with vouchers that takes orders, if there is one.
            let mut vouchers =
                (0..all).filter(|number| self.naive.promotion_of(*number).voucher_days.is_some());
            let open = |number: &usize| {
                let known = self.naive.campaigns.get(*number);
                known.is_some_and(|c| !c.cancelled && c.from <= self.now && self.now < c.until)
            };
            campaign = vouchers.rfind(open).unwrap_or(campaign);
        }
        let mut member = member;
        let mut own_group = None;
        if kind == 9 {
            // Again into the group that the member is in.
            let mut open =
                self.naive.groups.iter().filter(|g| g.state == GroupState::Open && g.ends > self.now);
            if let Some(group) = open.next_back()
                && let Some(order) = group.orders.first().and_then(|order| self.naive.orders.get(*order))
                && let Some(owner) = self.naive.members.get(order.member)
            {
                (member, campaign, own_group) = (owner.id.clone(), group.campaign, Some(group.id.clone()));
            }
        }
        let groups: Vec<Id> = self.naive.groups.iter().map(|group| group.id.clone()).collect();
        let any_group = self.rng.pick(&groups).cloned().unwrap_or_else(|| id("nothing"));
        let of_campaign: Vec<Id> = self
            .naive
            .groups
            .iter()
            .filter(|group| group.campaign == campaign)
            .map(|group| group.id.clone())
            .collect();
        let of_campaign = own_group.or_else(|| self.rng.pick(&of_campaign).cloned());
        let order = self.new_id("o");
        let mut terms = self.campaign_terms(campaign, &member, &order, None);
        let goods: i64 = terms.lines.iter().map(|line| line.amount.minor()).sum();
        if let (Some(line), Some(mall)) = (terms.lines.first_mut(), terms.mall.as_mut()) {
            match kind {
                0 => mall.campaign = Some(id("nothing")),
                1 => line.sku = None,
                2 => line.quantity = Some(9),
                3 => line.amount = money(line.amount.minor() + 1),
                4 => line.cost = Some(money(1)),
                5 => line.zone = Some(id("plain")),
                6 => mall.coupons = vec![id("nothing")],
                7 => mall.group = Some(any_group),
                8 | 9 => mall.group = of_campaign,
                10 => mall.code_hash = Some(Hash32::of(b"x")),
                11 => mall.code_hash = None,
                12 => {
                    let again = line.clone();
                    line.line = id("again");
                    terms.lines.push(again);
                }
                13 => {
                    let all = money(goods.min(AMOUNT_MAX));
                    let none = Money::ZERO;
                    terms.tender = Some(Tender { cash: none, reconsume: all, loyalty: none, claim: none });
                }
                // As it should be, but perhaps out of its window, without a commitment or for a child.
                _ => {}
            }
        }
        if kind < 13 {
            terms.tender = None;
        }
        if self.rng.chance(35) {
            self.send(member, Command::OrderPlace { order, terms })
        } else {
            self.send(member, Command::OrderPay { order, terms: Some(terms) })
        }
    }

    fn illegal_draw_or_goods(&mut self) -> bool {
        let nobody = id("nobody");
        let waiting = self.waiting_draws();
        let draw = self.rng.pick(&waiting).map(|(draw, _)| draw.clone());
        let with_box: Vec<Id> = self
            .naive
            .orders
            .iter()
            .filter(|order| order.blind_box.is_some() || order.group.is_some())
            .map(|order| order.id.clone())
            .collect();
        let with_box = self.rng.pick(&with_box).cloned();
        let goods: Vec<(Id, usize)> = self
            .naive
            .orders
            .iter()
            .filter_map(|order| Some((order.id.clone(), order.goods.as_ref()?.holder)))
            .collect();
        let offered = self.naive.orders.iter().find_map(|order| {
            let goods = order.goods.as_ref().filter(|goods| goods.state == GoodsState::Offered)?;
            Some((order.id.clone(), goods.holder))
        });
        let goods = match offered {
            Some(offered) if self.rng.chance(50) => Some(offered),
            _ => self.rng.pick(&goods).cloned(),
        };
        let any_order = self.order_in(&["placed", "paid", "received", "settled"]).unwrap_or_else(|| id("no"));
        let member = self.pick_member().unwrap_or_else(|| nobody.clone());
        let (order, holder) = goods.unwrap_or((any_order.clone(), 0));
        let owner = self.naive.members.get(holder).map_or_else(|| nobody.clone(), |m| m.id.clone());
        let vouchers = self.naive.orders.iter().filter(|order| order.voucher.is_some());
        let vouchers: Vec<(Id, String)> = vouchers
            .filter_map(|order| Some((order.id.clone(), order.lines.first()?.seller().to_owned())))
            .collect();
        let good = self.naive.orders.iter().filter(|order| order.voucher == Some(VoucherState::Good));
        let good: Vec<(Id, String)> = good
            .filter_map(|order| Some((order.id.clone(), order.lines.first()?.seller().to_owned())))
            .filter(|(_, merchant)| !merchant.is_empty())
            .collect();
        let vouchers = if good.is_empty() || self.rng.chance(40) { vouchers } else { good };
        let (voucher, merchant) =
            self.rng.pick(&vouchers).cloned().unwrap_or((any_order.clone(), String::new()));
        let merchant = Id::new(&merchant).unwrap_or_else(|_| id("s1"));
        let purchase = self.new_id("b");
        let seed = Hash32::of(b"wrong");
        let refund = self.new_id("r");
        let undecided = (0..self.naive.orders.len()).filter(|number| self.naive.is_undecided(*number));
        let undecided: Vec<Id> =
            undecided.filter_map(|number| Some(self.naive.orders.get(number)?.id.clone())).collect();
        let undecided = self.rng.pick(&undecided).cloned();
        let command = match self.rng.below(18) {
            0 => Command::PromotionReveal { draw: nobody, seed },
            1 => Command::PromotionReveal { draw: with_box.unwrap_or(nobody), seed },
            2 => Command::PromotionReveal { draw: draw.unwrap_or(nobody), seed },
            3 => Command::MemberAttest { member: nobody, age: AgeBand::Adult, consent: true },
            4 => Command::VoucherRedeem { order: nobody, merchant, code: id("x") },
            5 | 6 => Command::VoucherRedeem { order: voucher, merchant, code: id("x") },
            7 => Command::VoucherRedeem { order: voucher.clone(), merchant: id("s9"), code: code(&voucher) },
            8 => Command::RelistOffer { order: nobody },
            9 => Command::RelistOffer { order },
            10 => Command::RelistBuy { purchase, order, member: owner },
            11 => Command::RelistBuy { purchase, order, member },
            12 => Command::RelistBuy { purchase, order: nobody, member },
            13 => Command::RelistDeliver { order: any_order },
            14 => Command::OrderShip { order },
            15 => Command::OrderRefund {
                refund,
                order: with_box.unwrap_or(order),
                lines: None,
                freight: None,
                tax: None,
            },
            16 => match undecided {
                Some(order) => Command::OrderReceive { order },
                None => Command::RelistBuy { purchase, order, member: nobody },
            },
            _ => match undecided {
                Some(order) => {
                    let line = crate::command::RefundLine::of_amount(id("1"), money(1));
                    Command::OrderRefund { refund, order, lines: Some(vec![line]), freight: None, tax: None }
                }
                None => Command::OrderReceive { order },
            },
        };
        self.send_as("operator", command)
    }
}
