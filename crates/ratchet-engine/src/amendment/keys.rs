//! Every key of a plan with its value, so that two plans can be compared (AMEND-2).
//!
//! Each struct of the plan is taken apart without `..`: a new field of a plan does not compile until it is said here.

use std::collections::BTreeMap;

use crate::amount::{Currency, Money, Points, Rate};
use crate::plan::*;

/// The value of a key, as it counts when two plans are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// A number: rates in parts per million, money in minor units, flags as 0 and 1; and how people write it.
    Number(i128, String),
    /// A word: one is as good as another.
    Word(String),
}

impl KeyValue {
    /// How people write it.
    pub fn text(&self) -> &str {
        match self {
            KeyValue::Number(_, text) | KeyValue::Word(text) => text,
        }
    }
}

/// A key of the plan, and in a list the item's id or place.
pub(super) type Key = (&'static str, String);

struct Walk {
    currency: Currency,
    item: String,
    found: BTreeMap<Key, KeyValue>,
}

/// Every key that a plan sets, by default or not.
pub(super) fn values(plan: &Plan) -> BTreeMap<Key, KeyValue> {
    let mut walk = Walk { currency: plan.programme.currency, item: String::new(), found: BTreeMap::new() };
    walk.plan(plan);
    walk.found
}

impl Walk {
    fn say(&mut self, key: &'static str, value: KeyValue) {
        let before = self.found.insert((key, self.item.clone()), value);
        debug_assert!(before.is_none(), "{key} is said twice");
    }

    fn word(&mut self, key: &'static str, word: impl Into<String>) {
        self.say(key, KeyValue::Word(word.into()));
    }

    /// A section, or an item of a list, that is there.
    fn on(&mut self, key: &'static str) {
        self.say(key, KeyValue::Number(1, "on".to_owned()));
    }

    fn rate(&mut self, key: &'static str, rate: Rate) {
        self.say(key, KeyValue::Number(rate.ppm().into(), rate.to_string()));
    }

    fn money(&mut self, key: &'static str, money: Money) {
        self.say(key, KeyValue::Number(money.minor().into(), self.currency.format(money)));
    }

    fn points(&mut self, key: &'static str, points: Points) {
        let units = i128::try_from(points.units()).unwrap_or(i128::MAX);
        self.say(key, KeyValue::Number(units, points.to_string()));
    }

    fn count(&mut self, key: &'static str, count: impl Into<i128>) {
        let count = count.into();
        self.say(key, KeyValue::Number(count, count.to_string()));
    }

    fn flag(&mut self, key: &'static str, flag: bool) {
        self.say(key, KeyValue::Number(i128::from(flag), flag.to_string()));
    }

    fn name(&mut self, keys: [&'static str; 3], name: &Bilingual) {
        let Bilingual { zh, en } = name;
        self.on(keys[0]);
        self.word(keys[1], zh);
        self.word(keys[2], en);
    }

    /// Rates in a row, each by its place.
    fn rates(&mut self, key: &'static str, rates: &[Rate]) {
        let outer = self.item.clone();
        for (place, rate) in (1_u32..).zip(rates) {
            self.item = nested(&outer, &place.to_string());
            self.rate(key, *rate);
        }
        self.item = outer;
    }

    fn within(&mut self, item: &str, say: impl FnOnce(&mut Walk)) {
        let outer = std::mem::take(&mut self.item);
        self.item = nested(&outer, item);
        say(self);
        self.item = outer;
    }

    fn plan(&mut self, plan: &Plan) {
        let Plan {
            source: _,
            programme,
            split,
            settlement,
            pool,
            refund,
            wallet,
            commission,
            ranks,
            ranking,
            release,
            value,
            emission,
            merchant,
            catalogue,
            freight,
            coupons,
            classes,
            sources,
            loyalty,
            tasks,
            promotions,
            market,
            funding,
            equity,
            claims,
            facts,
        } = plan;
        self.programme(programme);
        self.on("split");
        self.split(["split.cost", "split.pool", "split.commission", "split.funds"], split);
        let Settlement { after_sale_days } = settlement;
        self.on("settlement");
        self.count("settlement.after_sale_days", *after_sale_days);
        if let Some(pool) = pool {
            self.pool(pool);
        }
        let RefundPlan { reserve_share, reserve_required, set_off_sales } = refund;
        self.on("refund");
        self.rate("refund.reserve_share", *reserve_share);
        if let Some(required) = reserve_required {
            self.money("refund.reserve_required", *required);
        }
        self.flag("refund.set_off_sales", *set_off_sales);
        self.wallet(wallet);
        if let Some(commission) = commission {
            self.commission(plan, commission);
        }
        for rank in ranks {
            self.within(&rank.id, |walk| walk.rank(plan, rank));
        }
        let RankingPlan { volume, include_self, window_days, demotion } = ranking;
        self.on("ranking");
        self.word("ranking.volume", format!("{volume:?}"));
        self.flag("ranking.include_self", *include_self);
        if let Some(days) = window_days {
            self.count("ranking.window_days", *days);
        }
        self.flag("ranking.demotion", *demotion);
        if let Some(release) = release {
            self.release(plan, release);
        }
        if let Some(ValuePlan { grant_ratio, rate, referral }) = value {
            self.on("value");
            self.rate("value.grant_ratio", *grant_ratio);
            self.rate("value.rate", *rate);
            self.rates("value.referral", referral);
        }
        if let Some(emission) = emission {
            self.emission(plan, emission);
        }
        if let Some(MerchantPlan { activation_pack, merchant_share }) = merchant {
            self.on("merchant");
            self.money("merchant.activation_pack", *activation_pack);
            self.rate("merchant.merchant_share", *merchant_share);
        }
        if let Some(CataloguePlan { hold_minutes, listed_only }) = catalogue {
            self.on("catalogue");
            self.count("catalogue.hold_minutes", *hold_minutes);
            self.flag("catalogue.listed_only", *listed_only);
        }
        if let Some(FreightPlan { base, free_above, regions }) = freight {
            self.on("freight");
            self.money("freight.base", *base);
            if let Some(above) = free_above {
                self.money("freight.free_above", *above);
            }
            for (region, amount) in regions {
                self.within(&region.code().to_string(), |walk| {
                    walk.on("freight.regions");
                    walk.word("freight.regions.code", region.code().to_string());
                    walk.money("freight.regions.amount", *amount);
                });
            }
        }
        for coupon in coupons {
            self.within(&coupon.id, |walk| walk.coupon(coupon));
        }
        for ClassPlan { id, name } in classes {
            self.within(id, |walk| {
                walk.on("class");
                walk.word("class.id", id);
                walk.name(["class.name", "class.name.zh", "class.name.en"], name);
            });
        }
        for source in sources {
            self.within(&source.id, |walk| walk.source(source));
        }
        if let Some(loyalty) = loyalty {
            self.loyalty(plan, loyalty);
        }
        for TaskPlan { id, name, daily_limit, once } in tasks {
            self.within(id, |walk| {
                walk.on("task");
                walk.word("task.id", id);
                walk.name(["task.name", "task.name.zh", "task.name.en"], name);
                walk.count("task.daily_limit", *daily_limit);
                walk.flag("task.once", *once);
            });
        }
        for promotion in promotions {
            self.within(&promotion.id, |walk| walk.promotion(plan, promotion));
        }
        if let Some(MarketPlan { lot, tick, fee, band, offers_per_member }) = market {
            self.on("market");
            self.points("market.lot", *lot);
            self.money("market.tick", *tick);
            self.rate("market.fee", *fee);
            if let Some(band) = band {
                self.rate("market.band", *band);
            }
            self.count("market.offers_per_member", *offers_per_member);
        }
        if *funding {
            self.on("funding");
        }
        if let Some(EquityPlan { lock_days, vest_days }) = equity {
            self.on("equity");
            self.count("equity.lock_days", *lock_days);
            self.count("equity.vest_days", *vest_days);
        }
        if let Some(ClaimsPlan { share, stages, stage_days }) = claims {
            self.on("claims");
            self.rate("claims.share", *share);
            self.count("claims.stages", *stages);
            self.count("claims.stage_days", *stage_days);
        }
        for fact in facts {
            self.within(fact.fact.name, |walk| walk.word("facts", format!("{fact:?}")));
        }
    }

    fn loyalty(&mut self, plan: &Plan, loyalty: &LoyaltyPlan) {
        let LoyaltyPlan {
            earn,
            worth,
            minimum,
            monthly_limit,
            valid_days,
            set_off,
            tier_days,
            keep_days,
            tier_basis,
            tiers,
            classes,
        } = loyalty;
        self.on("loyalty");
        self.earn(["loyalty.earn_rate", "loyalty.points", "loyalty.per_full"], *earn);
        self.money("loyalty.worth", *worth);
        self.money("loyalty.minimum", *minimum);
        if let Some(limit) = monthly_limit {
            self.count("loyalty.monthly_limit", *limit);
        }
        self.count("loyalty.valid_days", *valid_days);
        self.flag("loyalty.set_off", *set_off);
        if let Some(days) = tier_days {
            self.count("loyalty.tier_days", *days);
        }
        self.count("loyalty.keep_days", *keep_days);
        for (place, LoyaltyTier { name, from, earn }) in (1_u32..).zip(tiers) {
            self.within(&place.to_string(), |walk| {
                walk.on("loyalty.tiers");
                if let Some(name) = name {
                    walk.name(["loyalty.tiers.name", "loyalty.tiers.name.zh", "loyalty.tiers.name.en"], name);
                }
                match tier_basis {
                    TierBasis::Spent => walk.money("loyalty.tiers.from", *from),
                    TierBasis::Earned => walk.money("loyalty.tiers.from_points", *from),
                }
                // Steps are as long as those of the plan.
                walk.earn(["loyalty.tiers.rate", "loyalty.tiers.points", "loyalty.per_full"], *earn);
            });
        }
        for LoyaltyClass { class, earn } in classes {
            let Some(class) = plan.classes.get(usize::from(*class)) else { continue };
            self.within(&class.id, |walk| {
                walk.on("loyalty.classes");
                walk.word("loyalty.classes.class", &class.id);
                walk.earn(["loyalty.classes.rate", "loyalty.classes.points", "loyalty.per_full"], *earn);
            });
        }
    }

    /// A rate, or points and what they are given for.
    fn earn(&mut self, [rate, points, per_full]: [&'static str; 3], earn: Earn) {
        match earn {
            Earn::Rate(of) => self.rate(rate, of),
            Earn::Steps { per_full: amount, points: count } => {
                self.count(points, count);
                self.money(per_full, amount);
            }
        }
    }

    fn programme(&mut self, programme: &Programme) {
        let Programme { name, currency, calendar, mode, jurisdictions, notice_days } = programme;
        self.on("programme");
        self.name(["programme.name", "programme.name.zh", "programme.name.en"], name);
        self.word("programme.currency", currency.code());
        match calendar.zone() {
            Some(zone) => self.word("programme.time_zone", &zone.name),
            None => self.word("programme.utc_offset", format!("{calendar:?}")),
        }
        self.word("programme.mode", format!("{mode:?}"));
        self.word("programme.jurisdictions", jurisdictions.join(", "));
        self.count("programme.notice_days", *notice_days);
    }

    fn split(&mut self, keys: [&'static str; 4], split: &Split) {
        let Split { cost, pool, commission, funds } = split;
        self.rate(keys[0], *cost);
        self.rate(keys[1], *pool);
        self.rate(keys[2], *commission);
        for Fund { name, share } in funds {
            self.within(name, |walk| walk.rate(keys[3], *share));
        }
    }

    fn pool(&mut self, pool: &PoolPlan) {
        let PoolPlan {
            mint_ratio,
            opening_price,
            retention,
            retention_point,
            house_points,
            sale_price,
            max_contribution,
            exit,
        } = pool;
        self.on("pool");
        self.rate("pool.mint_ratio", *mint_ratio);
        self.money("pool.opening_price", *opening_price);
        self.rate("pool.retention", *retention);
        self.word("pool.retention_point", format!("{retention_point:?}"));
        self.count("pool.house_points", *house_points);
        self.word("pool.sale_price", format!("{sale_price:?}"));
        if let Some(share) = max_contribution {
            self.rate("pool.max_contribution", *share);
        }
        let Some(ExitPlan { multiple, basis, counts, of, clamp, retention_to }) = exit else { return };
        self.on("pool.exit");
        self.count("pool.exit.multiple", *multiple);
        self.word("pool.exit.basis", format!("{basis:?}"));
        self.word("pool.exit.counts", format!("{counts:?}"));
        self.word("pool.exit.of", format!("{of:?}"));
        self.flag("pool.exit.clamp", *clamp);
        self.word("pool.exit.retention_to", format!("{retention_to:?}"));
    }

    fn wallet(&mut self, wallet: &WalletPlan) {
        let WalletPlan {
            withdrawal_fee,
            withdrawal_minimum,
            withdrawal_daily_limit,
            withdrawal_cool_down_hours,
            two_approvals_above,
            reconsume_share,
            net_receivables,
        } = wallet;
        self.on("wallet");
        self.rate("wallet.withdrawal_fee", *withdrawal_fee);
        self.money("wallet.withdrawal_minimum", *withdrawal_minimum);
        if let Some(limit) = withdrawal_daily_limit {
            self.money("wallet.withdrawal_daily_limit", *limit);
        }
        self.count("wallet.withdrawal_cool_down_hours", *withdrawal_cool_down_hours);
        if let Some(above) = two_approvals_above {
            self.money("wallet.two_approvals_above", *above);
        }
        self.rate("wallet.reconsume_share", *reconsume_share);
        self.flag("wallet.net_receivables", *net_receivables);
    }

    fn commission(&mut self, plan: &Plan, commission: &CommissionPlan) {
        let CommissionPlan {
            cap,
            qualified,
            direct,
            indirect,
            differential,
            peer,
            regional,
            dividend,
            by_class,
        } = commission;
        self.on("commission");
        self.rate("commission.cap", *cap);
        self.word("commission.qualified", format!("{qualified:?}"));
        self.rate("commission.direct.rate", *direct);
        self.rate("commission.indirect.rate", *indirect);
        self.flag("commission.differential", *differential);
        if let Some(PeerPlan { rates, base }) = peer {
            self.on("commission.peer");
            self.rates("commission.peer.rates", rates);
            self.word("commission.peer.base", format!("{base:?}"));
        }
        if let Some(RegionalPlan { district, city, province, mode }) = regional {
            self.on("commission.regional");
            self.rate("commission.regional.district", *district);
            self.rate("commission.regional.city", *city);
            self.rate("commission.regional.province", *province);
            self.word("commission.regional.mode", format!("{mode:?}"));
        }
        if let Some(DividendPlan { rate, fund, period }) = dividend {
            self.on("commission.dividend");
            self.rate("commission.dividend.rate", *rate);
            self.word("commission.dividend.fund", fund_name(plan, *fund));
            self.word("commission.dividend.period", format!("{period:?}"));
        }
        for ClassRates { class, direct: _, indirect: _, district: _, city: _, province: _, ranks: _ } in
            by_class
        {
            let id = &plan.classes[usize::from(*class)].id;
            let rates = plan.commission_rates(Some(*class)).expect("the plan has commissions");
            // What a class does not state is what it earns all the same: the general rate.
            self.within(id, |walk| {
                walk.on("commission.rate");
                walk.word("commission.rate.class", id);
                walk.rate("commission.rate.direct", rates.direct());
                walk.rate("commission.rate.indirect", rates.indirect());
                let [district, city, province] = rates.regional();
                walk.rate("commission.rate.district", district);
                walk.rate("commission.rate.city", city);
                walk.rate("commission.rate.province", province);
                for (place, rank) in plan.ranks.iter().enumerate().filter(|_| *differential) {
                    let rate = rates.of_rank(place);
                    walk.within(&rank.id, |walk| walk.rate("commission.rate.ranks", rate));
                }
            });
        }
    }

    fn rank(&mut self, plan: &Plan, rank: &RankPlan) {
        let RankPlan { id, name, volume, rate, tip_rate, legs } = rank;
        self.on("rank");
        self.word("rank.id", id);
        self.name(["rank.name", "rank.name.zh", "rank.name.en"], name);
        self.money("rank.volume", *volume);
        self.rate("rank.rate", *rate);
        self.rate("rank.tip_rate", *tip_rate);
        if let Some(LegsPlan { count, rank }) = legs {
            self.count("rank.legs", *count);
            self.word("rank.leg_rank", plan.ranks.get(*rank).map_or("", |rank| rank.id.as_str()));
        }
    }

    fn release(&mut self, plan: &Plan, release: &ReleasePlan) {
        let ReleasePlan {
            grant_ratio,
            rate,
            base,
            fund,
            reconsume_share,
            boost,
            direct,
            indirect,
            zones,
            tasks_required,
            tiers,
        } = release;
        self.on("release");
        self.rate("release.grant_ratio", *grant_ratio);
        self.rate("release.rate", *rate);
        self.word("release.base", format!("{base:?}"));
        self.word("release.fund", fund_name(plan, *fund));
        self.rate("release.reconsume_share", *reconsume_share);
        self.rate("release.boost", *boost);
        self.rate("release.acceleration.direct", *direct);
        self.rate("release.acceleration.indirect", *indirect);
        for (zone, multiple) in zones {
            self.within(zone, |walk| walk.count("release.zones", *multiple));
        }
        self.count("release.tasks_required", *tasks_required);
        for (place, ReleaseTier { from, rate }) in (1_u32..).zip(tiers) {
            self.within(&place.to_string(), |walk| {
                walk.on("release.tiers");
                walk.points("release.tiers.from", *from);
                walk.rate("release.tiers.rate", *rate);
            });
        }
    }

    fn emission(&mut self, plan: &Plan, emission: &EmissionPlan) {
        let EmissionPlan { years, tail, cap, first_price, members, platform, ranks } = emission;
        self.on("emission");
        for (year, amount) in (1_u32..).zip(years) {
            self.within(&year.to_string(), |walk| walk.points("emission.years", *amount));
        }
        self.word("emission.tail", format!("{tail:?}"));
        self.points("emission.cap", *cap);
        self.money("emission.first_price", *first_price);
        self.rate("emission.members", *members);
        self.rate("emission.platform", *platform);
        for (rank, share) in ranks {
            let id = plan.ranks.get(*rank).map_or("", |rank| rank.id.as_str());
            self.within(id, |walk| walk.rate("emission.ranks", *share));
        }
    }

    fn coupon(&mut self, coupon: &CouponPlan) {
        let CouponPlan { id, name, off, minimum, product, merchant, valid_days, stackable } = coupon;
        self.on("coupon");
        self.word("coupon.id", id);
        self.name(["coupon.name", "coupon.name.zh", "coupon.name.en"], name);
        self.discount(["coupon.off", "coupon.rate"], *off);
        self.money("coupon.minimum", *minimum);
        if let Some(product) = product {
            self.word("coupon.product", product);
        }
        if let Some(merchant) = merchant {
            self.word("coupon.merchant", merchant);
        }
        self.count("coupon.valid_days", *valid_days);
        self.flag("coupon.stackable", *stackable);
    }

    fn discount(&mut self, [fixed, rate]: [&'static str; 2], discount: Discount) {
        match discount {
            Discount::Fixed(money) => self.money(fixed, money),
            Discount::Rate(share) => self.rate(rate, share),
        }
    }

    fn source(&mut self, source: &SourcePlan) {
        let SourcePlan { id, name, split, excludes } = source;
        self.on("source");
        self.word("source.id", id);
        self.name(["source.name", "source.name.zh", "source.name.en"], name);
        if let Some(split) = split {
            self.on("source.split");
            self.split(
                ["source.split.cost", "source.split.pool", "source.split.commission", "source.split.funds"],
                split,
            );
        }
        let Excludes { commission, release, value, loyalty } = excludes;
        self.on("source.excludes");
        self.flag("source.excludes.commission", *commission);
        self.flag("source.excludes.release", *release);
        self.flag("source.excludes.value", *value);
        self.flag("source.excludes.loyalty", *loyalty);
    }

    fn promotion(&mut self, plan: &Plan, promotion: &PromotionPlan) {
        let PromotionPlan {
            id,
            name,
            price,
            limit_per_member,
            limit_per_order,
            hold_minutes,
            group,
            lottery,
            presale,
            blind_box,
            chain,
            relist,
            voucher_days,
        } = promotion;
        self.on("promotion");
        self.word("promotion.id", id);
        self.name(["promotion.name", "promotion.name.zh", "promotion.name.en"], name);
        self.money("promotion.price", *price);
        if let Some(limit) = limit_per_member {
            self.count("promotion.limit_per_member", *limit);
        }
        if let Some(limit) = limit_per_order {
            self.count("promotion.limit_per_order", *limit);
        }
        self.count("promotion.hold_minutes", *hold_minutes);
        if let Some(GroupPlan { members, hours, leader_bonus }) = group {
            self.on("promotion.group");
            self.count("promotion.group.members", *members);
            self.count("promotion.group.hours", *hours);
            if let Some(bonus) = leader_bonus {
                self.discount(["promotion.group.leader_bonus", "promotion.group.leader_rate"], *bonus);
            }
        }
        if let Some(LotteryPlan { winners, reveal_hours, consolation, fund }) = lottery {
            self.on("promotion.lottery");
            self.count("promotion.lottery.winners", *winners);
            self.count("promotion.lottery.reveal_hours", *reveal_hours);
            match consolation {
                Consolation::Cash(cash) => self
                    .discount(["promotion.lottery.consolation", "promotion.lottery.consolation_rate"], *cash),
                Consolation::Loyalty(points) => self.money("promotion.lottery.consolation_loyalty", *points),
                Consolation::Coupon(rule) => {
                    let id = plan.coupons.get(*rule).map_or("", |coupon| coupon.id.as_str());
                    self.word("promotion.lottery.consolation_coupon", id);
                }
            }
            self.word("promotion.lottery.fund", fund_name(plan, *fund));
        }
        if let Some(PresalePlan { deposit, counts_as, balance_hours, ship_hours, forfeit }) = presale {
            self.on("promotion.presale");
            self.money("promotion.presale.deposit", *deposit);
            self.money("promotion.presale.counts_as", *counts_as);
            self.count("promotion.presale.balance_hours", *balance_hours);
            if let Some(hours) = ship_hours {
                self.count("promotion.presale.ship_hours", *hours);
            }
            self.flag("promotion.presale.forfeit", *forfeit);
        }
        if let Some(BlindBoxPlan { items, pity, limit_per_day, reveal_hours }) = blind_box {
            self.on("promotion.blind_box");
            for ItemPlan { sku, weight, stock } in items {
                self.within(sku, |walk| {
                    walk.on("promotion.blind_box.items");
                    walk.word("promotion.blind_box.items.sku", sku);
                    walk.count("promotion.blind_box.items.weight", *weight);
                    walk.count("promotion.blind_box.items.stock", *stock);
                });
            }
            if let Some(pity) = pity {
                self.count("promotion.blind_box.pity", *pity);
            }
            if let Some(limit) = limit_per_day {
                self.count("promotion.blind_box.limit_per_day", *limit);
            }
            self.count("promotion.blind_box.reveal_hours", *reveal_hours);
        }
        if let Some(ChainPlan { quota, direct_bonus, boss_bonus }) = chain {
            self.on("promotion.chain");
            self.count("promotion.chain.quota", *quota);
            self.money("promotion.chain.direct_bonus", *direct_bonus);
            self.money("promotion.chain.boss_bonus", *boss_bonus);
        }
        if let Some(RelistPlan { markup, fee, ceiling }) = relist {
            self.on("promotion.relist");
            self.rate("promotion.relist.markup", *markup);
            self.rate("promotion.relist.fee", *fee);
            self.money("promotion.relist.ceiling", *ceiling);
        }
        if let Some(days) = voucher_days {
            self.on("promotion.voucher");
            self.count("promotion.voucher.valid_days", *days);
        }
    }
}

fn fund_name(plan: &Plan, fund: usize) -> String {
    plan.split.funds.get(fund).map_or_else(String::new, |fund| fund.name.clone())
}

/// The id of an item of a list within an item.
fn nested(outer: &str, item: &str) -> String {
    if outer.is_empty() { item.to_owned() } else { format!("{outer}/{item}") }
}
