//! The facts that follow from a plan (LINT-2d). A mechanism that is added can only make them worse; a test generates plans
//! to see to it (GATE-1).

use crate::amount::{Money, Rate, Rounding, mul_div};
use crate::facts::{ANY_DEPTH, Value};
use crate::lint::claims;
use crate::plan::{CommissionRates, Consolation, Discount, ExitOf, Plan, Qualified, Split};

pub(super) type Derived = Vec<(&'static str, Option<Value>)>;

/// BOX-1 refuses younger buyers, so no plan with blind boxes sells to them.
const BOX_AGE: i64 = 8;

/// `None` stands for what the plan leaves open; what an observed fact is before anything has happened is here too, where
/// the plan's mechanisms decide it.
pub(super) fn derive(plan: &Plan) -> Derived {
    let mut facts = Vec::new();
    referral(plan, &mut facts);
    points(plan, &mut facts);
    promotions(plan, &mut facts);
    wallets(plan, &mut facts);
    facts
}

fn switch(is: bool) -> Option<Value> {
    Some(Value::Switch(is))
}

/// The most that any split of the plan gives: an order may come from any source (SOURCE-1).
fn most(plan: &Plan, share: impl Fn(&Split) -> Rate) -> Rate {
    plan.splits().map(share).max().unwrap_or(Rate::ZERO)
}

/// Who promotions pay for the purchases of others: bonuses of chains and of leaders of groups.
struct PaidByPromotions {
    /// How many steps above a buyer.
    depth: i64,
    /// Pay depends on how many come.
    per_head: bool,
    /// Pay follows what they buy.
    on_sales: bool,
    /// Only who brought in enough people is paid for the rest of a team.
    by_heads: bool,
    /// The most that has to be bought first.
    entry: i64,
}

fn paid_by_promotions(plan: &Plan) -> PaidByPromotions {
    let mut paid = PaidByPromotions { depth: 0, per_head: false, on_sales: false, by_heads: false, entry: 0 };
    for promotion in &plan.promotions {
        let (direct, boss) = promotion
            .chain
            .map_or((false, false), |chain| (!chain.direct_bonus.is_zero(), !chain.boss_bonus.is_zero()));
        // CHAIN-1, CHAIN-2: a bonus for each new agent, for who bought a package; a boss is paid for a whole team, and who
        // has brought in enough becomes one.
        if direct || boss {
            paid.depth = paid.depth.max(if boss { ANY_DEPTH } else { 1 });
            (paid.per_head, paid.on_sales) = (true, true);
            paid.by_heads |= boss;
            paid.entry = paid.entry.max(promotion.price.minor());
        }
        // GROUP-4: the leader's own order opens the group. A part of each order is pay on sales, a sum for a full group is pay
        // for its members.
        let bonus = promotion.group.and_then(|group| group.leader_bonus);
        if let Some(bonus) = bonus.filter(|bonus| is_more_than_nothing(*bonus)) {
            paid.depth = paid.depth.max(1);
            match bonus {
                Discount::Fixed(_) => paid.per_head = true,
                Discount::Rate(_) => paid.on_sales = true,
            }
            paid.entry = paid.entry.max(promotion.piece().minor());
        }
    }
    paid
}

fn is_more_than_nothing(discount: Discount) -> bool {
    match discount {
        Discount::Fixed(amount) => !amount.is_zero(),
        Discount::Rate(rate) => rate > Rate::ZERO,
    }
}

/// What a consolation is worth in money; a coupon is a discount and no money.
fn worth(consolation: Consolation, price: Money) -> Money {
    match consolation {
        Consolation::Cash(Discount::Fixed(amount)) | Consolation::Loyalty(amount) => amount,
        Consolation::Cash(Discount::Rate(rate)) => rate.floor_of(price),
        Consolation::Coupon(_) => Money::ZERO,
    }
}

/// Somebody who did not win is paid money that others' orders brought into a fund (LOT-1).
fn consoles_with_cash(plan: &Plan) -> bool {
    let lotteries = plan.promotions.iter().filter_map(|promotion| promotion.lottery);
    lotteries.map(|lottery| lottery.consolation).any(|consolation| match consolation {
        Consolation::Cash(discount) => is_more_than_nothing(discount),
        Consolation::Loyalty(_) | Consolation::Coupon(_) => false,
    })
}

fn relists(plan: &Plan) -> bool {
    plan.promotions.iter().any(|promotion| promotion.relist.is_some())
}

/// Who is paid for whom: COMM-1 to COMM-4, REL-3, EMIT-1, EMIT-3, MERCH-3, CHAIN-1, GROUP-4.
fn referral(plan: &Plan, facts: &mut Derived) {
    let commission = plan.commission.as_ref();
    let nothing = Rate::ZERO;
    let rates = |rates: &[Rate]| rates.iter().rposition(|rate| *rate > nothing).map_or(0, |at| at + 1);
    // COMM-10: one class that earns at a rate is enough.
    let any =
        |earns: &dyn Fn(&CommissionRates<'_>) -> bool| plan.all_commission_rates().any(|rates| earns(&rates));
    let ranks_rate = any(&|rates| (0..plan.ranks.len()).any(|rank| rates.of_rank(rank) > nothing));
    let ranks_tip = plan.merchant.is_some() && plan.ranks.iter().any(|rank| rank.tip_rate > nothing);
    let ranks_emission =
        plan.emission.as_ref().is_some_and(|emission| emission.ranks.iter().any(|(_, rate)| *rate > nothing));
    let differential = commission.is_some_and(|commission| commission.differential && ranks_rate);
    let ranks_pay = differential || ranks_tip || ranks_emission;
    let direct = any(&|rates| rates.direct() > nothing);
    let indirect = any(&|rates| rates.indirect() > nothing);
    let release = plan.release.as_ref();
    let accelerated_far = release.is_some_and(|release| release.indirect > nothing);
    let accelerated = release.is_some_and(|release| release.direct > nothing);
    let boosted = release.is_some_and(|release| release.boost > nothing);
    let generations = plan.value.as_ref().map_or(0, |value| rates(&value.referral));
    let area_agent = any(&|rates| rates.regional().iter().any(|rate| *rate > nothing));
    let peer = commission
        .and_then(|commission| commission.peer.as_ref())
        .is_some_and(|peer| peer.rates.iter().any(|rate| *rate > nothing));
    let promoted = paid_by_promotions(plan);

    let generations = i64::try_from(generations).unwrap_or(ANY_DEPTH);
    let depth = [
        if ranks_pay { ANY_DEPTH } else { 0 },
        if indirect || accelerated_far { 2 } else { 0 },
        i64::from(direct || accelerated || boosted),
        generations,
        promoted.depth,
    ];
    let depth = depth.into_iter().max().unwrap_or(0);
    // Money is set aside for commissions and the plan does not say who gets it.
    let leg = most(plan, |split| split.commission);
    let open = leg > nothing && commission.is_none();
    let pays = depth > 0 || area_agent || peer;
    let told = |known: bool, value: Value| if open && !known { None } else { Some(value) };
    facts.push(("ref.pays", told(pays, Value::Switch(pays))));
    // What is paid for certain is a lower bound while the rest is open; only the unlimited depth cannot grow.
    facts.push(("ref.paid_depth", told(depth == ANY_DEPTH, Value::Whole(depth))));
    // CHAIN-3 knows no cap but the leg.
    let chained = plan.promotions.iter().any(|promotion| promotion.chain.is_some());
    let share = match commission {
        Some(commission) if !chained => commission.cap.min(leg),
        Some(_) | None => leg,
    };
    facts.push(("ref.paid_share", Some(Value::Rate(u64::from(share.ppm())))));
    let per_head = boosted || promoted.per_head;
    facts.push(("ref.per_head", told(per_head, Value::Switch(per_head))));
    let on_sales = [direct, indirect, differential, peer, generations > 0, area_agent, ranks_tip];
    let on_sales = on_sales.contains(&true) || promoted.on_sales;
    facts.push(("ref.on_downline_sales", told(on_sales, Value::Switch(on_sales))));
    facts.push(("ref.team_volume", told(ranks_emission, Value::Switch(ranks_emission))));
    let by_volume = ranks_pay && plan.ranks.iter().any(|rank| !rank.volume.is_zero());
    facts.push(("ref.rank_by_team_volume", told(by_volume, Value::Switch(by_volume))));
    let by_heads = (ranks_pay && plan.ranks.iter().any(|rank| rank.legs.is_some())) || promoted.by_heads;
    facts.push(("ref.rank_by_headcount", told(by_heads, Value::Switch(by_heads))));
    facts.push(("ref.peer_bonus", told(peer, Value::Switch(peer))));
    facts.push(("ref.area_agent", told(area_agent, Value::Switch(area_agent))));

    let pack = plan.merchant.as_ref().map_or(0, |merchant| merchant.activation_pack.minor());
    let purchased = commission.is_some_and(|commission| commission.qualified == Qualified::Purchased);
    let least = pack.max(promoted.entry).max(i64::from(purchased && pays));
    facts.push(("entry.gates_earning", switch(least > 0)));
    facts.push(("entry.min_purchase", Some(Value::Whole(least))));
    // Before anything has run: who pays nobody for anybody has no income from recruits, whoever joins.
    let nobody = !pays && !open;
    facts.push(("ref.income_from_recruits", nobody.then_some(Value::Rate(0))));
    let funded = nobody
        && !from_later_orders(plan)
        && !consoles_with_cash(plan)
        && !relists(plan)
        && plan.market.is_none();
    facts.push(("report.payouts_from_later_orders", funded.then_some(Value::Rate(0))));
}

/// Points pay out what others' orders brought: POOL-1, REL-4.
fn from_later_orders(plan: &Plan) -> bool {
    plan.pool.is_some() || plan.release.is_some()
}

fn points(plan: &Plan, facts: &mut Derived) {
    let (pool, release, market) = (plan.pool.as_ref(), plan.release.as_ref(), plan.market.is_some());
    let exist = pool.is_some() || release.is_some() || plan.value.is_some() || plan.loyalty.is_some();
    facts.push(("pts.exist", switch(exist)));
    // MKT-1: other members' money for points is cash too.
    facts.push(("pts.cash_out", switch(pool.is_some() || release.is_some() || market)));
    facts.push(("pts.price_moves", switch(pool.is_some() || plan.emission.is_some())));
    facts.push(("pts.from_later_orders", switch(from_later_orders(plan))));
    facts.push(("pts.transferable", switch(plan.merchant.is_some() || market)));
    facts.push(("pts.p2p_trade", switch(market)));
    facts.push(("pts.central_matching", switch(market)));
    let name = &plan.programme.name;
    let green = ["绿色积分", "绿色消费积分"].iter().any(|label| name.zh.contains(label))
        || name.en.to_lowercase().contains("green point");
    facts.push(("pts.green_label", switch(green)));

    let exit = pool.and_then(|pool| pool.exit).map_or(0, |exit| {
        let of = match exit.of {
            ExitOf::Spend => Rate::ONE,
            ExitOf::Contribution => most(plan, |split| split.pool),
        };
        u64::from(exit.multiple) * u64::from(of.ppm())
    });
    let granted = release.map_or(0, |release| {
        let zone = release.zones.iter().map(|(_, times)| *times).max().unwrap_or(1).max(1);
        u64::from(release.grant_ratio.ppm()) * u64::from(zone)
    });
    let resold = plan.promotions.iter().filter_map(|promotion| promotion.relist);
    let resold = resold.map(|relist| resale(relist.markup, relist.fee)).max().unwrap_or(0);
    facts.push(("ret.promised", Some(Value::Rate(exit.max(granted).max(resold)))));
    facts.push(("ret.claims", switch(claims::promises_return(plan))));
    let back = plan.splits().map(|split| {
        let fund =
            release.and_then(|release| split.funds.get(release.fund)).map_or(0, |fund| fund.share.ppm());
        split.pool.ppm().saturating_add(fund)
    });
    let earned = plan.loyalty.as_ref().map_or(0, |loyalty| loyalty.highest_rate().ppm());
    let back = back.max().unwrap_or(0).saturating_add(earned);
    facts.push(("rebate.share", Some(Value::Rate(u64::from(back)))));
    facts.push(("claims.exist", switch(plan.claims.is_some())));
    facts.push(("funding.outside", switch(plan.funding)));
    facts.push(("equity.offered", switch(plan.equity.is_some())));
}

/// RELIST-2: of each unit paid, what selling on brings. Rounded up: a return that is held out is not shown too low.
fn resale(markup: Rate, fee: Rate) -> u64 {
    let (one, rises) = (u128::from(Rate::ONE.ppm()), u128::from(Rate::ONE.ppm()) + u128::from(markup.ppm()));
    let kept = one.saturating_sub(u128::from(fee.ppm()));
    mul_div(rises, kept, one, Rounding::Up).and_then(|ppm| u64::try_from(ppm).ok()).unwrap_or(u64::MAX)
}

fn promotions(plan: &Plan, facts: &mut Derived) {
    let drawn = plan.promotions.iter().filter(|promotion| {
        // Both are decided by lot: LOT-1, BOX-2.
        promotion.lottery.is_some() || promotion.blind_box.is_some()
    });
    let prizes = drawn.map(|promotion| {
        let consolation =
            promotion.lottery.map_or(Money::ZERO, |lottery| worth(lottery.consolation, promotion.price));
        promotion.price.max(consolation).minor()
    });
    let top = prizes.max();
    facts.push(("prize.draw", switch(top.is_some())));
    facts.push(("prize.top", Some(Value::Whole(top.unwrap_or(0)))));
    let boxes = plan.promotions.iter().any(|promotion| promotion.blind_box.is_some());
    facts.push(("box.sells", switch(boxes)));
    facts.push(("box.min_age", Some(Value::Whole(if boxes { BOX_AGE } else { 0 }))));
    let mut promotions = plan.promotions.iter();
    let prepaid = promotions.any(|promotion| promotion.presale.is_some() || promotion.voucher_days.is_some());
    facts.push(("order.prepaid", switch(prepaid)));
}

fn wallets(plan: &Plan, facts: &mut Derived) {
    let market = plan.market.is_some();
    let paid = from_later_orders(plan)
        || most(plan, |split| split.commission) > Rate::ZERO
        || paid_by_promotions(plan).depth > 0
        || consoles_with_cash(plan)
        || relists(plan)
        || market;
    facts.push(("wallet.exists", switch(paid)));
    let reconsumed = plan.release.as_ref().is_some_and(|release| release.reconsume_share > Rate::ZERO)
        || (paid && plan.wallet.reconsume_share > Rate::ZERO);
    // LOY-3, FUND-3 and CLAIM-1a: loyalty points, subsidies and claims buy goods and nothing else.
    let stored = reconsumed || plan.loyalty.is_some() || plan.funding || plan.claims.is_some();
    facts.push(("wallet.stored_value", switch(stored)));
    // MKT-1b: a buyer's balance pays the seller.
    facts.push(("wallet.pays_others", switch(market)));
    facts.push(("wallet.nets_debts", switch(plan.wallet.net_receivables)));
    // A voucher is redeemed by its merchant (VOUCH-2), and a coupon may be one merchant's.
    let named = plan.promotions.iter().any(|promotion| promotion.voucher_days.is_some())
        || plan.coupons.iter().any(|coupon| coupon.merchant.is_some());
    facts.push(("merchants.exist", switch(plan.merchant.is_some() || named)));
}
