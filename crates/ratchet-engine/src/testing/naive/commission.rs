//! Commissions and the dividend of the naive model (COMM-0 … COMM-9).

use super::arithmetic::{date_of, day_of, floor_part, money};
use super::chain::ChainLaid;
use super::debts::{Balance, What, Who};
use super::orders::{Line, Order};
use super::{Naive, floor_ratio, wide};
use crate::amount::Rate;
use crate::command::Region;
use crate::plan::{CommissionPlan, PeerBase, Period, Plan, RegionalMode};

/// What an order's payment records for others (COMM-0): everybody who could earn, as they were then.
#[derive(Clone, Debug, Default)]
pub(super) struct Laid {
    /// From near to far.
    pub(super) upline: Vec<Upline>,
    /// District, city, province; qualified ones only.
    agents: [Vec<usize>; 3],
    /// CHAIN-3: an order of a chain has no other commissions.
    pub(super) chain: Option<ChainLaid>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Upline {
    pub(super) member: usize,
    qualified: bool,
    /// None for who is not qualified (COMM-2).
    rank: Option<usize>,
}

/// In the order of the waterfall (COMM-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Direct,
    Indirect,
    Differential,
    Peer,
    District,
    City,
    Province,
    ChainDirect,
    ChainBoss,
}

/// One amount of one line, for one beneficiary or for the agents of one territory.
#[derive(Clone, Debug)]
struct Item {
    kind: Kind,
    generation: usize,
    line: usize,
    amount: i128,
    to: Vec<usize>,
}

/// What one beneficiary gets under one kind, over all lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commission {
    kind: Kind,
    generation: usize,
    pub(super) member: usize,
    pub(super) amount: i128,
}

impl Naive {
    /// COMM-0: as of now.
    pub(super) fn record_entitlements(&self, buyer: usize, address: Option<Region>) -> Laid {
        let upline = self.upline(buyer).into_iter().map(|member| {
            let qualified = self.is_qualified(member);
            Upline { member, qualified, rank: self.members[member].rank.filter(|_| qualified) }
        });
        Laid { upline: upline.collect(), agents: self.agents_at(address), chain: None }
    }

    /// What an order's commissions are on what is left of its lines, in the order of COMM-6.
    pub(super) fn commissions(&self, order: &Order) -> Vec<Commission> {
        if let Some(chain) = &order.laid.chain {
            return self.chain_commissions(order, chain);
        }
        let versioned = &self.versions[order.version];
        let Some(plan) = &versioned.commission else {
            return Vec::new();
        };
        let mut items = Vec::new();
        let (mut bases, mut legs) = (0, 0);
        for (number, line) in order.lines.iter().enumerate() {
            bases += line.base();
            legs += self.legs(line).commission;
            items.extend(items_of(&ClassPlan::of(versioned, plan, line), &order.laid, number, line.base()));
        }
        items.sort_by_key(|item| (item.kind, item.generation, item.line));
        // COMM-6: the first that does not fit is cut, later ones get nothing.
        let mut left = floor_part(plan.cap, bases).min(legs);
        let mut commissions: Vec<Commission> = Vec::new();
        for item in items {
            let amount = item.amount.min(left);
            left -= amount;
            for member in &item.to {
                // Each agent's share rounds down; the rest stays undistributed.
                let count = i128::try_from(item.to.len()).expect("few agents");
                let share = amount / count;
                let (kind, generation) = (item.kind, item.generation);
                let same =
                    |c: &&mut Commission| (c.kind, c.generation, c.member) == (kind, generation, *member);
                match commissions.iter_mut().find(same) {
                    Some(commission) => commission.amount += share,
                    None => commissions.push(Commission { kind, generation, member: *member, amount: share }),
                }
            }
        }
        commissions
    }

    /// CHAIN-3.
    fn chain_commissions(&self, order: &Order, chain: &ChainLaid) -> Vec<Commission> {
        let Some((inviter, boss)) = chain.to else {
            return Vec::new();
        };
        let base = order.lines.iter().map(|line| line.base()).sum();
        let leg = order.lines.iter().map(|line| self.legs(line).commission).sum();
        let [direct, of_boss] = chain.bonuses(base, leg);
        let commission = |kind, member, amount| Commission { kind, generation: 0, member, amount };
        vec![commission(Kind::ChainDirect, inviter, direct), commission(Kind::ChainBoss, boss, of_boss)]
    }

    /// What the corners test wants to know of an order's commissions.
    fn mark_commissions(&mut self, order: usize) {
        let order = &self.orders[order];
        let versioned = &self.versions[order.version];
        let Some(plan) = versioned.commission.as_ref().filter(|_| order.laid.chain.is_none()) else {
            return;
        };
        let legs: i128 = order.lines.iter().map(|line| self.legs(line).commission).sum();
        let bases: i128 = order.lines.iter().map(|line| line.base()).sum();
        let mut wanted = 0;
        let mut second_peer = false;
        let mut shared = false;
        let mut of_nothing = false;
        let (mut by_class, mut peer_by_class, mut agents_by_class, mut mixed) = (false, false, false, false);
        let of_order = plan.peer.as_ref().is_some_and(|peer| peer.base == PeerBase::Order);
        for (number, line) in order.lines.iter().enumerate() {
            let of_class = ClassPlan::of(versioned, plan, line);
            let items = items_of(&of_class, &order.laid, number, line.base());
            if !line.base().eq(&0) && of_class.differs && items.iter().any(|item| item.amount > 0) {
                by_class = true;
                peer_by_class |= items.iter().any(|item| item.kind == Kind::Peer && item.amount > 0);
                agents_by_class |= items.iter().any(|item| item.kind >= Kind::District && item.amount > 0);
            }
            mixed |= line.class != order.lines[0].class;
            wanted += items.iter().map(|item| item.amount).sum::<i128>();
            let peers = items.iter().filter(|item| item.kind == Kind::Peer && item.amount > 0);
            second_peer |= peers.count() > 1;
            let nothing = |item: &Item| item.kind == Kind::Peer && item.amount == 0;
            of_nothing |= of_order && line.base() > 1_000_000 && items.iter().any(nothing);
            shared |= items.iter().any(|item| item.amount > 0 && item.to.len() > 1);
        }
        let cut = wanted > floor_part(plan.cap, bases).min(legs);
        let cut_at_leg = cut && legs < floor_part(plan.cap, bases);
        let mut reach = |reached: bool, name| {
            if reached {
                self.corner(name);
            }
        };
        reach(cut, "cap cut");
        reach(cut_at_leg, "cap cut at the leg");
        reach(second_peer, "peer generation 2");
        reach(shared, "territory shared");
        reach(of_nothing, "peer of a rank that gets nothing");
        reach(by_class, "rates by class");
        reach(by_class && mixed, "rates by class beside others");
        reach(peer_by_class, "peer by class");
        reach(agents_by_class, "agents by class");
    }

    /// COMM-7: the commission legs of a settling order, together.
    pub(super) fn pay_commissions(&mut self, order: usize, legs: i128) {
        self.mark_commissions(order);
        let mut left = legs;
        for commission in self.commissions(&self.orders[order]) {
            left -= commission.amount;
            self.earn(commission.member, commission.amount);
        }
        self.income(&Who::Undistributed, left);
    }

    /// COMM-9: a member earns; what it owes is netted first.
    pub(super) fn earn(&mut self, member: usize, amount: i128) {
        let left = self.net(&Who::Member(member), amount);
        self.members[member].cash += left;
        self.members[member].cash_received += amount;
    }

    /// COMM-8: takes back what a late refund of one line makes less of an order's commissions; `leg` is by how much the
    /// line's commission leg fell.
    pub(super) fn take_back_commissions(
        &mut self,
        before: &[Commission],
        order: usize,
        leg: i128,
        balance: &mut Balance,
    ) {
        let after = self.commissions(&self.orders[order]);
        let mut of_leg = leg;
        for was in before {
            let same =
                |c: &&Commission| (c.kind, c.generation, c.member) == (was.kind, was.generation, was.member);
            let is = after.iter().find(same).map_or(0, |commission| commission.amount);
            let less = was.amount - is;
            of_leg -= less;
            if less < 0 {
                self.members[was.member].cash_received -= less;
                self.corner("commission grows by refund");
            }
            self.reverse(Who::Member(was.member), less, balance);
            // COMM-8a: money whose retention was taken goes first.
            let member = &mut self.members[was.member];
            member.keep_retention_pending(member.retention_pending.min(member.cash));
        }
        self.reverse(Who::Undistributed, of_leg, balance);
    }

    /// A bonus is taken back from the cash wallet as far as it reaches, the rest is owed. Returns what was taken.
    /// The first `of_operator` of it is the operator's.
    pub(super) fn charge_bonus(&mut self, number: usize, amount: i128, of_operator: i128) -> i128 {
        let member = &mut self.members[number];
        let paid = amount.min(member.cash);
        member.cash -= paid;
        // COMM-8a: money whose retention was taken goes first.
        member.keep_retention_pending(member.retention_pending.min(member.cash));
        let operator = (of_operator - paid).max(0);
        self.owe(Who::Member(number), What::Bonus { operator }, amount - paid);
        paid
    }

    // ---- the dividend

    /// COMM-5a: the end of the period that contains a local day: the day after its last.
    pub(super) fn period_end(&self, day: i64) -> Option<i64> {
        let period = self.plan.commission.as_ref()?.dividend?.period;
        Some(match period {
            Period::Day => day + 1,
            // 1970-01-01 was a Thursday; weeks begin on Monday.
            Period::Week => day - (day + 3).rem_euclid(7) + 7,
            Period::Month => match date_of(day) {
                (year, 12, _) => day_of(year + 1, 1, 1),
                (year, month, _) => day_of(year, month + 1, 1),
            },
        })
    }

    /// COMM-5: at the end of a period.
    pub(super) fn pay_dividend(&mut self) {
        let plan = self.plan.commission.as_ref().and_then(|plan| plan.dividend).expect("it is due");
        // Everything since the end of the period before: what settles at this very instant settles after.
        let of_period: i128 = std::mem::take(&mut self.settled_in_period).iter().sum();
        let base = of_period - self.deficit;
        self.deficit = (-base).max(0);
        if self.deficit > 0 {
            self.corner("dividend deficit");
        }
        let wanted = floor_part(plan.rate, base.max(0));
        let new = wanted.min(self.funds[plan.fund]);
        if new < wanted {
            self.corner("dividend fund short");
        }
        self.funds[plan.fund] -= new;
        self.dividend_pot += new;
        let pot = self.dividend_pot;
        let weights: u128 = self.members.iter().map(|member| u128::from(member.weight)).sum();
        if weights == 0 {
            if pot > 0 {
                self.corner("dividend without shareholders");
            }
            return;
        }
        for member in 0..self.members.len() {
            let weight = u128::from(self.members[member].weight);
            // Rounds down; the rest stays in the pot.
            let share = money(floor_ratio(&[wide(pot), weight], &[weights]));
            if share > 0 {
                self.corner("dividend paid");
            }
            self.dividend_pot -= share;
            self.earn(member, share);
        }
    }
}

/// The plan of commissions as it is for one line: that of an order of nothing but its class (COMM-10).
struct ClassPlan {
    plan: CommissionPlan,
    ranks: Vec<Rate>,
    /// The class has rates of its own.
    differs: bool,
}

impl ClassPlan {
    fn of(versioned: &Plan, plan: &CommissionPlan, line: &Line) -> ClassPlan {
        let mut of_class = ClassPlan {
            plan: plan.clone(),
            ranks: versioned.ranks.iter().map(|rank| rank.rate).collect(),
            differs: false,
        };
        let Some(class) = &line.class else { return of_class };
        let Some(own) =
            plan.by_class.iter().find(|own| versioned.classes[usize::from(own.class)].id == *class)
        else {
            return of_class;
        };
        of_class.differs = true;
        let replace = |rate: &mut Rate, own: Option<Rate>| {
            if let Some(own) = own {
                *rate = own;
            }
        };
        replace(&mut of_class.plan.direct, own.direct);
        replace(&mut of_class.plan.indirect, own.indirect);
        if let Some(regional) = &mut of_class.plan.regional {
            replace(&mut regional.district, own.district);
            replace(&mut regional.city, own.city);
            replace(&mut regional.province, own.province);
        }
        if let Some(rates) = &own.ranks {
            of_class.ranks.clone_from(rates);
        }
        of_class
    }
}

/// COMM-1 … COMM-4 for one line.
fn items_of(of_class: &ClassPlan, laid: &Laid, line: usize, base: i128) -> Vec<Item> {
    let plan = &of_class.plan;
    let mut items = Vec::new();
    let mut item = |kind, generation, amount, to: Vec<usize>| {
        if !to.is_empty() {
            items.push(Item { kind, generation, line, amount, to });
        }
    };
    for (kind, generation, rate) in [(Kind::Direct, 1, plan.direct), (Kind::Indirect, 2, plan.indirect)] {
        if let Some(up) = laid.upline.get(generation - 1).filter(|up| up.qualified) {
            item(kind, generation, floor_part(rate, base), vec![up.member]);
        }
    }
    if plan.differential {
        differential(of_class, laid, base, &mut item);
    }
    let Some(regional) = plan.regional else {
        return items;
    };
    let levels = [
        (Kind::District, regional.district),
        (Kind::City, regional.city),
        (Kind::Province, regional.province),
    ];
    let mut from = Rate::ZERO;
    for ((kind, rate), agents) in levels.into_iter().zip(&laid.agents) {
        if agents.is_empty() {
            continue;
        }
        let amount = match regional.mode {
            RegionalMode::Stacked => floor_part(rate, base),
            RegionalMode::Differential => (floor_part(rate, base) - floor_part(from, base)).max(0),
        };
        from = rate;
        item(kind, 0, amount, agents.clone());
    }
    items
}

/// COMM-2 and COMM-3: the walk from near to far.
fn differential(
    of_class: &ClassPlan,
    laid: &Laid,
    base: i128,
    item: &mut impl FnMut(Kind, usize, i128, Vec<usize>),
) {
    let ClassPlan { plan, ranks, .. } = of_class;
    let mut paid = Rate::ZERO;
    let mut highest = None;
    for (position, up) in laid.upline.iter().enumerate() {
        let Some(rank) = up.rank else {
            continue;
        };
        if highest >= Some(rank) {
            continue;
        }
        highest = Some(rank);
        // A rank that came after the order counts as the highest that there was.
        let rate = ranks[rank.min(ranks.len() - 1)];
        let is_above = rate > paid;
        let part = if is_above { floor_part(rate, base) - floor_part(paid, base) } else { 0 };
        if is_above {
            item(Kind::Differential, position + 1, part, vec![up.member]);
            paid = rate;
        }
        let Some(peer) = &plan.peer else {
            continue;
        };
        let mut rates = peer.rates.iter();
        for (farther, other) in laid.upline.iter().enumerate().skip(position + 1) {
            if other.rank > Some(rank) {
                break;
            }
            if other.rank < Some(rank) {
                continue;
            }
            let Some(rate) = rates.next() else {
                break;
            };
            let amount = match peer.base {
                PeerBase::Differential => floor_part(*rate, part),
                PeerBase::Order if is_above => floor_part(*rate, base),
                PeerBase::Order => 0,
            };
            item(Kind::Peer, farther + 1, amount, vec![other.member]);
        }
    }
}

/// COMM-2 over the points of a tip (MERCH-3): who gets how much of them, on one side, near to far.
pub(super) fn tip_differential(points: u128, chain: &[(usize, Rate)]) -> Vec<(usize, u128)> {
    let mut paid = Rate::ZERO;
    let mut shares = Vec::new();
    for (member, rate) in chain {
        if *rate > paid {
            let part = super::floor_units(*rate, points) - super::floor_units(paid, points);
            shares.push((*member, part));
            paid = *rate;
        }
    }
    shares
}
