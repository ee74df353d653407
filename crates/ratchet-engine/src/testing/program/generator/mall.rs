//! Random commands of the mall: articles, coupons, orders of articles, tasks, deposits, and what each of them refuses.

use super::{AMOUNT_MAX, DAY_US, Generator, HOUR_US, id, money, time};
use crate::amount::Money;
use crate::command::{Command, MallTerms, OrderLine, OrderTerms, SkuTerms, Tender};
use crate::gate::{Opinions, Pass};
use crate::id::Id;
use crate::lint::rules::RuleBook;
use crate::plan::Plan;
use crate::testing::naive::{CouponState, WindDown};
use crate::time::Day;

/// What can be done with articles and what surrounds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mall {
    Sku,
    Stock,
    Buy,
    Coupon,
    Deposit,
    Illegal,
    End,
}

/// How often a kind is worth trying with this plan.
pub(super) fn usual_weight(plan: &Plan, ends: bool, kind: Mall) -> u64 {
    let catalogue = plan.catalogue.is_some();
    let if_on = |on: bool, weight: u64| if on { weight } else { 0 };
    match kind {
        Mall::Sku => if_on(catalogue, 4),
        Mall::Stock => if_on(catalogue, 3),
        Mall::Buy => if_on(catalogue, 25),
        Mall::Coupon => if_on(!plan.coupons.is_empty(), 8),
        Mall::Deposit => if_on(!plan.split.funds.is_empty(), 1),
        Mall::Illegal => 1 + if_on(catalogue, 6),
        Mall::End => if_on(ends, 1),
    }
}

impl Generator {
    pub(super) fn act_in_mall(&mut self, kind: Mall) -> bool {
        match kind {
            Mall::Sku => self.sku(),
            Mall::Stock => self.stock(),
            Mall::Buy => self.buy_article(),
            Mall::Coupon => self.coupon(),
            Mall::Deposit => self.fund_deposit(),
            Mall::Illegal => self.illegal_in_mall(),
            Mall::End => self.end(),
        }
    }

    pub(super) fn winding_down(&self) -> bool {
        self.naive.wind_down != WindDown::Not
    }

    // ---- articles

    pub(super) fn listed_skus(&self) -> Vec<Id> {
        self.naive.skus.iter().filter(|(_, sku)| sku.listed).map(|(id, _)| id.clone()).collect()
    }

    fn price(&mut self) -> Money {
        let any = self.amount().min(AMOUNT_MAX / 1_000);
        money([any, any, 1, 100, 9_999].get(self.rng.index(5)).copied().unwrap_or(any))
    }

    fn sku_terms(&mut self) -> SkuTerms {
        let price = self.price();
        let pick = |at: u64, of: &[Option<&str>]| {
            of.get(usize::try_from(at).unwrap_or(0)).copied().flatten().map(id)
        };
        let product = pick(self.rng.below(3), &[Some("tea"), Some("cup"), None]);
        let merchant = pick(self.rng.below(4), &[Some("s1"), Some("s2"), None, None]);
        let costs = [None, None, Some(price.minor() / 2), Some(price.minor()), Some(price.minor() * 3)];
        let cost = costs.get(self.rng.index(5)).copied().flatten().map(money);
        let zone = self.zone();
        let stocks = [None, Some(0), Some(1), Some(2), Some(5), Some(1_000)];
        let stock = stocks.get(self.rng.index(6)).copied().flatten();
        let limits = [None, None, Some(1), Some(3)];
        SkuTerms {
            product,
            merchant,
            price,
            cost,
            zone,
            stock,
            limit_per_order: limits.get(self.rng.index(4)).copied().flatten(),
            limit_per_member: limits.get(self.rng.index(4)).copied().flatten(),
            points_only: self.rng.chance(12),
            class: self.class(),
        }
    }

    /// CAT-7: a class of the plan.
    pub(super) fn class(&mut self) -> Option<Id> {
        let classes: Vec<String> = self.plan.classes.iter().map(|class| class.id.clone()).collect();
        if classes.is_empty() || self.rng.chance(40) {
            None
        } else {
            self.rng.pick(&classes).map(|class| id(class))
        }
    }

    /// Classes that the lines of an order state: of some, and now and then another than the article's.
    pub(super) fn state_classes(&mut self, terms: &mut OrderTerms) {
        if self.plan.classes.is_empty() {
            return;
        }
        let mut classes = Vec::new();
        for line in &terms.lines {
            let sku = line.sku.as_ref().and_then(|sku| self.naive.skus.get(sku));
            let of_article = sku.and_then(|sku| sku.terms.class.clone());
            classes.push(match of_article {
                Some(class) if self.rng.chance(90) => self.rng.chance(30).then_some(class),
                Some(_) | None => self.class(),
            });
        }
        terms.set_classes(classes);
    }

    pub(super) fn list_article(&mut self) -> bool {
        let terms = Box::new(self.sku_terms());
        // The items of boxes are wanted first.
        let items: Vec<Id> = self.naive.box_items().iter().map(|item| id(item)).collect();
        let missing: Vec<Id> = items.into_iter().filter(|item| !self.naive.skus.contains_key(item)).collect();
        let products: Vec<Id> = self.naive.products.keys().cloned().collect();
        let sku = match (self.rng.pick(&missing).cloned(), self.rng.pick(&products).cloned()) {
            (Some(item), _) => item,
            (None, Some(product)) if self.rng.chance(30) => product,
            (None, _) => self.new_id("a"),
        };
        self.send_as("operator", Command::SkuList { sku, terms })
    }

    fn sku(&mut self) -> bool {
        let listed = self.listed_skus();
        let Some(sku) = self.rng.pick(&listed).cloned().filter(|_| listed.len() > 2) else {
            return self.list_article();
        };
        match self.rng.below(10) {
            0 => self.send_as("operator", Command::SkuDelist { sku }),
            1..=4 => {
                let price = self.price();
                let cost = self.rng.chance(50).then(|| money(price.minor() / 3));
                self.send_as("operator", Command::SkuPrice { sku, price, cost })
            }
            _ => self.list_article(),
        }
    }

    fn stock(&mut self) -> bool {
        let counted = self.naive.skus.iter().filter(|(_, sku)| sku.listed && sku.terms.stock.is_some());
        let counted: Vec<Id> = counted.map(|(id, _)| id.clone()).collect();
        let Some(sku) = self.rng.pick(&counted).cloned() else {
            return self.list_article();
        };
        let available = self.naive.available(&sku).unwrap_or(0);
        let quantity = u32::try_from(self.rng.between(1, 6)).unwrap_or(1);
        if self.rng.chance(25) && available > 0 {
            let quantity = quantity.min(u32::try_from(available).unwrap_or(1));
            return self.send_as("operator", Command::StockRemove { sku, quantity });
        }
        self.send_as("operator", Command::StockAdd { sku, quantity })
    }

    /// A source of the plan, sometimes.
    pub(super) fn source(&mut self) -> Option<Id> {
        let sources: Vec<String> = self.plan.sources.iter().map(|source| source.id.clone()).collect();
        let source = self.rng.pick(&sources).map(|source| id(source));
        source.filter(|_| self.rng.chance(60))
    }

    /// How an order is paid: in cash, or with what the member has of everything else. Without cash if it is asked for.
    pub(super) fn tender(&mut self, member: &Id, goods: i64, cashless: bool) -> Option<Tender> {
        let number = self.naive.members.iter().position(|known| known.id == *member)?;
        let (reconsume, claim) = self.naive.members.get(number).map(|m| (m.reconsume, m.claim))?;
        let loyalty = self.naive.loyalty_of(number);
        if !cashless && !self.rng.chance(if loyalty > 0 || claim > 0 { 70 } else { 40 }) {
            return None;
        }
        let mut left = i128::from(goods);
        let mut part = |generator: &mut Generator, balance: i128, all: bool| {
            let most = balance.min(left);
            let taken = match (most > 0, all) {
                (false, _) => 0,
                (true, true) => most,
                (true, false) if generator.rng.chance(25) => 0,
                (true, false) => i128::from(generator.part_of_money(most).minor()),
            };
            left -= taken;
            money(i64::try_from(taken).unwrap_or(0))
        };
        let share = self.plan.claims.map_or(0, |plan| i128::from(plan.share.ppm()));
        let allowed = claim.min(i128::from(goods) * share / 1_000_000);
        let claim = part(self, if cashless { 0 } else { allowed }, false);
        let loyalty = part(self, loyalty, cashless);
        let reconsume = part(self, reconsume, cashless);
        Some(Tender { cash: money(i64::try_from(left).unwrap_or(0)), reconsume, loyalty, claim })
    }

    /// An order of listed articles, as the catalogue wants it.
    pub(super) fn article_terms(&mut self) -> Option<OrderTerms> {
        let member = self.member();
        let available: Vec<Id> = self
            .listed_skus()
            .into_iter()
            .filter(|sku| self.naive.available(sku).is_none_or(|available| available > 0))
            .collect();
        let mut lines: smallvec::SmallVec<[OrderLine; 1]> = smallvec::SmallVec::new();
        for number in 1..=self.rng.between(1, 3) {
            let sku = self.rng.pick(&available).cloned()?;
            if number > 1 && self.rng.chance(60) {
                break;
            }
            let quantity = [None, None, Some(1), Some(2), Some(3)].get(self.rng.index(5)).copied().flatten();
            let owner = self.naive.skus.get(&sku).and_then(|sku| sku.terms.merchant.clone());
            let merchant = if self.rng.chance(30) { owner } else { None };
            let contribution =
                if self.plan.pool.is_some() && self.rng.chance(5) { Some(money(1)) } else { None };
            lines.push(OrderLine {
                line: id(&number.to_string()),
                amount: money(1),
                quantity,
                sku: Some(sku),
                merchant,
                cost: None,
                contribution,
                zone: None,
            });
        }
        let listed_only = self.plan.catalogue.is_some_and(|plan| plan.listed_only);
        if !listed_only && self.rng.chance(12) {
            let mut other = lines.first().cloned()?;
            (other.line, other.sku, other.quantity, other.merchant) = (id("other"), None, None, None);
            other.amount = money(self.amount());
            lines.push(other);
        }
        let mut coupons = Vec::new();
        if self.rng.chance(55) {
            coupons = self.coupons_of(&member);
            let most = if self.rng.chance(60) { 1 } else { 2 };
            coupons.truncate(most);
        }
        let ship_to = self.address();
        let source = self.source();
        let mut terms = OrderTerms {
            member: member.clone(),
            lines,
            freight: Money::ZERO,
            tax: Money::ZERO,
            ship_to,
            tender: None,
            mall: None,
        };
        let mall = |coupons: Vec<Id>| {
            let stated = source.is_some() || !coupons.is_empty();
            let mall = MallTerms { source: source.clone(), coupons, ..MallTerms::default() };
            stated.then(|| Box::new(mall))
        };
        terms.mall = mall(coupons);
        let amounts = match self.naive.amounts_for(&terms) {
            Some(amounts) => amounts,
            None => {
                terms.mall = mall(Vec::new());
                self.naive.amounts_for(&terms)?
            }
        };
        for (line, amount) in terms.lines.iter_mut().zip(amounts) {
            line.amount = money(i64::try_from(amount.clamp(0, AMOUNT_MAX.into())).unwrap_or(0));
        }
        self.state_classes(&mut terms);
        if let Some(freight) = self.naive.freight_to(&terms) {
            terms.freight = money(i64::try_from(freight).unwrap_or(0));
        }
        let goods: i64 = terms.lines.iter().map(|line| line.amount.minor()).sum();
        if self.entered.saturating_add(goods) > super::MONEY_MAX {
            return None;
        }
        self.entered = self.entered.saturating_add(goods).saturating_add(3_000);
        let of_points = |line: &OrderLine| {
            line.sku.as_ref().and_then(|sku| self.naive.skus.get(sku)).is_some_and(|s| s.terms.points_only)
        };
        let cashless = terms.lines.iter().any(of_points);
        terms.tender = self.tender(&member, goods, cashless);
        Some(terms)
    }

    fn coupons_of(&self, member: &Id) -> Vec<Id> {
        let number = self.naive.members.iter().position(|known| known.id == *member);
        let coupons = self.naive.coupons.iter().filter(|(id, coupon)| {
            Some(coupon.member) == number
                && coupon.expires > self.now
                && self.naive.coupon_state(id) == CouponState::Free
        });
        coupons.map(|(id, _)| id.clone()).collect()
    }

    /// Places or pays an order of articles, and mostly does something with it.
    pub(super) fn buy_article(&mut self) -> bool {
        let Some(terms) = self.article_terms() else {
            return self.list_article();
        };
        let (order, member) = (self.new_id("o"), terms.member.clone());
        if self.rng.chance(30) {
            self.send(member, Command::OrderPlace { order: order.clone(), terms });
            match self.rng.below(4) {
                0 => self.send_as("operator", Command::OrderClose { order: order.clone() }),
                1 | 2 => self.send_as("operator", Command::OrderPay { order: order.clone(), terms: None }),
                _ => true,
            };
        } else {
            self.send(member, Command::OrderPay { order: order.clone(), terms: Some(terms) });
        }
        let is_paid = |generator: &Generator| {
            generator.naive.orders.iter().any(|known| known.id == order && known.state.name() == "paid")
        };
        if !is_paid(self) {
            return true;
        }
        if self.rng.chance(20) {
            self.send_as("operator", Command::OrderShip { order: order.clone() });
        }
        if self.rng.chance(15) {
            return self.refund_order(order);
        }
        if self.rng.chance(self.prompt) {
            return self.send_as("courier", Command::OrderReceive { order });
        }
        true
    }

    fn coupon(&mut self) -> bool {
        let rules: Vec<String> = self.plan.coupons.iter().map(|rule| rule.id.clone()).collect();
        let (Some(rule), Some(member)) = (self.rng.pick(&rules).map(|rule| id(rule)), self.pick_member())
        else {
            return false;
        };
        let coupon = self.new_id("q");
        self.send_as("operator", Command::CouponIssue { coupon, rule, member })
    }

    fn fund_deposit(&mut self) -> bool {
        let names: Vec<String> = self.plan.split.funds.iter().map(|fund| fund.name.clone()).collect();
        let Some(fund) = self.rng.pick(&names).map(|name| id(name)) else {
            return false;
        };
        let amount = self.amount();
        self.entered = self.entered.saturating_add(amount);
        self.send_as("operator", Command::FundDeposit { fund, amount: money(amount), source: id("adverts") })
    }

    // ---- the end

    /// An orderly end: soon, or so late that much happens before it.
    fn end(&mut self) -> bool {
        if self.winding_down() || self.commands.len() < 15 {
            return false;
        }
        if self.plan.promotions.iter().any(|plan| plan.relist.is_some()) {
            self.goods();
            self.goods();
        }
        let wind_down = self.new_id("e");
        let ahead =
            [1, HOUR_US, DAY_US, 3 * DAY_US, 40 * DAY_US].get(self.rng.index(5)).copied().unwrap_or(1);
        let closes_at = time(self.now + ahead);
        let reason = "the lease ends".to_owned();
        let propose = Command::WindDownPropose { wind_down: wind_down.clone(), closes_at, reason };
        self.send_as("operator", propose);
        if self.rng.chance(10) {
            return self.send_as("operator", Command::WindDownApprove { wind_down });
        }
        if self.rng.chance(10) {
            self.move_time();
        }
        self.send_as("auditor", Command::WindDownApprove { wind_down })
    }

    // ---- what must be refused

    fn illegal_in_mall(&mut self) -> bool {
        match self.rng.below(4) {
            0 => self.illegal_article(),
            1 | 2 => self.bad_article_order(),
            _ => self.illegal_coupon_or_end(),
        }
    }

    fn illegal_article(&mut self) -> bool {
        let nobody = id("nobody");
        let known: Vec<Id> = self.naive.skus.keys().cloned().collect();
        let sku = self.rng.pick(&known).cloned().unwrap_or_else(|| nobody.clone());
        let mut terms = Box::new(self.sku_terms());
        let price = terms.price;
        let new = self.new_id("a");
        let command = match self.rng.below(13) {
            0 => Command::SkuList { sku, terms },
            1 => {
                terms.price = Money::ZERO;
                Command::SkuList { sku: new, terms }
            }
            2 => {
                terms.zone = Some(id("nowhere"));
                Command::SkuList { sku: new, terms }
            }
            11 => {
                terms.class = Some(id("nowhere"));
                Command::SkuList { sku: new, terms }
            }
            3 => Command::SkuPrice { sku: nobody, price, cost: None },
            4 => Command::SkuPrice { sku, price: Money::ZERO, cost: None },
            5 => Command::SkuDelist { sku: nobody },
            6 => Command::StockAdd { sku, quantity: 0 },
            7 => Command::StockRemove { sku, quantity: 1_001 },
            8 => Command::StockAdd { sku: nobody, quantity: 1 },
            9 => Command::StockRemove { sku, quantity: 1 },
            10 => Command::FundDeposit { fund: nobody, amount: money(1), source: id("adverts") },
            _ => Command::FundDeposit { fund: id("growth"), amount: Money::ZERO, source: id("adverts") },
        };
        self.send_as("operator", command)
    }

    /// An order of articles with one thing wrong.
    fn bad_article_order(&mut self) -> bool {
        let member = self.member();
        let mut terms = match self.article_terms() {
            Some(terms) => terms,
            None => self.terms(member),
        };
        let kind = self.rng.below(16);
        let mut mall = terms.mall.take().unwrap_or_default();
        let any_coupon: Vec<Id> = self.naive.coupons.keys().cloned().collect();
        let any_coupon = self.rng.pick(&any_coupon).cloned();
        let delisted = self.naive.skus.iter().filter(|(_, sku)| !sku.listed);
        let delisted: Vec<Id> = delisted.map(|(id, _)| id.clone()).collect();
        let delisted = self.rng.pick(&delisted).cloned();
        if let Some(line) = terms.lines.first_mut() {
            match kind {
                0 => line.sku = Some(delisted.unwrap_or_else(|| id("nothing"))),
                1 => line.sku = None,
                2 => line.merchant = Some(id("s9")),
                3 => line.amount = money(line.amount.minor().saturating_add(1).min(AMOUNT_MAX)),
                4 => terms.freight = money(terms.freight.minor() + 1),
                5 => {
                    line.quantity = Some(1_000);
                    let price = line.sku.as_ref().and_then(|sku| self.naive.skus.get(sku));
                    let price = price.map_or(1, |sku| sku.terms.price.minor());
                    line.amount = money(price.saturating_mul(1_000).min(AMOUNT_MAX));
                }
                6 => terms.tender = None,
                7 => mall.coupons = vec![id("nothing")],
                8 => mall.coupons.extend(any_coupon),
                9 => {
                    mall.coupons =
                        any_coupon.into_iter().flat_map(|coupon| [coupon.clone(), coupon]).collect()
                }
                10 => mall.source = Some(id("nowhere")),
                11 => line.quantity = Some(0),
                12 => mall.campaign = Some(id("nothing")),
                13 => mall.group = Some(id("nothing")),
                14 => mall.code_hash = Some(crate::hash::Hash32::of(b"x")),
                _ => {
                    let goods: i64 = terms.lines.iter().map(|line| line.amount.minor()).sum();
                    let all = money(goods.min(AMOUNT_MAX));
                    let none = Money::ZERO;
                    terms.tender = Some(if self.rng.chance(50) {
                        Tender { cash: none, reconsume: none, loyalty: all, claim: none }
                    } else {
                        Tender { cash: none, reconsume: none, loyalty: none, claim: all }
                    });
                }
            }
        }
        // As before, but for what was made wrong.
        if !matches!(kind, 6 | 15) && terms.tender.is_some() {
            terms.tender = None;
        }
        if *mall != MallTerms::default() {
            terms.mall = Some(mall);
        }
        let (order, member) = (self.new_id("o"), terms.member.clone());
        if self.rng.chance(40) {
            self.send(member, Command::OrderPlace { order: order.clone(), terms });
            if self.rng.chance(50) {
                self.send_as("operator", Command::OrderPay { order, terms: None });
            }
            return true;
        }
        self.send(member, Command::OrderPay { order, terms: Some(terms) })
    }

    fn illegal_coupon_or_end(&mut self) -> bool {
        let nobody = id("nobody");
        let member = self.pick_member().unwrap_or_else(|| nobody.clone());
        let known: Vec<Id> = self.naive.coupons.keys().cloned().collect();
        let used = self.rng.pick(&known).cloned();
        let coupon = self.new_id("q");
        let rule = id("c1");
        let proposals: Vec<Id> = self.naive.proposals.keys().cloned().collect();
        let proposal = self.rng.pick(&proposals).cloned().unwrap_or_else(|| id("e"));
        let reason = "no reason".to_owned();
        let later = time(self.now + DAY_US);
        let command = match self.rng.below(15) {
            14 => Command::AdmissionReview {
                gate: Box::new(Pass::of(
                    &RuleBook::built_in(),
                    &Opinions::default(),
                    Day::from_number(20_000),
                )),
                findings: vec!["x".repeat(self.rng.pick(&[0, 1, 200, 201]).copied().unwrap_or(1))],
            },
            0 => Command::CouponIssue { coupon, rule, member: nobody },
            1 => Command::CouponIssue { coupon: used.unwrap_or(coupon), rule, member },
            2 => Command::CouponIssue { coupon, rule: nobody, member },
            3 => Command::TaskComplete { member, task: Some(nobody) },
            4 => Command::TaskComplete { member, task: None },
            5 => Command::WindDownPropose { wind_down: coupon, closes_at: later, reason: " ".to_owned() },
            6 => Command::WindDownPropose { wind_down: proposal, closes_at: later, reason },
            7 => Command::WindDownPropose { wind_down: coupon, closes_at: time(self.now), reason },
            8 => Command::WindDownApprove { wind_down: nobody },
            9 => {
                let propose = Command::WindDownPropose {
                    wind_down: coupon.clone(),
                    closes_at: time(self.now + 1),
                    reason,
                };
                self.send_as("operator", propose);
                if self.rng.chance(50) {
                    self.now += 1;
                    return self.send_as("auditor", Command::WindDownApprove { wind_down: coupon });
                }
                Command::WindDownApprove { wind_down: coupon }
            }
            10 => Command::CouponIssue { coupon, rule, member },
            // Until the end such things are refused for other reasons, after it for this one.
            11 => Command::PoolInject { amount: money(1), source: id("subsidy") },
            12 => Command::MemberSuspend { member, reason },
            _ => Command::WindDownApprove { wind_down: proposal },
        };
        if let Command::WindDownApprove { .. } = &command
            && self.profile != super::Profile::WindDown
        {
            // Elsewhere by who cannot approve, so that few programs end.
            return self.send_as("operator", command);
        }
        self.send_as("auditor", command)
    }
}
