//! What callers may read of a programme: members, orders, accounts, articles, totals.

mod amendments;
mod campaigns;
mod capital;
mod draws;
mod merchants;
mod network;
mod payments;
mod release;
mod tasks;

pub use amendments::{ProposalView, VersionView};
pub use campaigns::{CampaignView, GroupView};
pub use capital::{ClaimView, CoverageView, OfferView, RoundView, WindowView};
pub use draws::*;
pub use merchants::{MerchantView, ProductView, TipOutlook};
pub use network::{AgentTerms, DividendView, Placed};
pub use payments::PaymentView;
pub use release::{ReleaseLotView, ReleaseView};
pub use tasks::{TaskView, TasksView};

use crate::amount::{Money, Points};
use crate::catalogue::Sku;
use crate::command::SellQuantity;
use crate::commission::CommissionKind;
use crate::coupon::{Coupon, CouponState};
use crate::debt::{Advanced, Debt, Debtor};
use crate::disclosure::MemberOutcome;
use crate::engine::Engine;
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind, Owner};
use crate::loyalty::LoyaltyTotals;
use crate::members::{Flows, Member};
use crate::merchant::MerchantTotals;
use crate::order::{OrderState, flag};
use crate::pool::{Price, Sale};
use crate::state::Totals;
use crate::time::{Day, Timestamp};
use crate::wallet::{WithdrawalParts, WithdrawalState};
use crate::wind_down::WindDownPhase;

/// Where the operator stands with the programme, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorView {
    /// What it has to pay in.
    pub due: Money,
    /// What it may withdraw: paid in, and recovered since.
    pub claim: Money,
    /// What it has asked to be paid of it.
    pub hold: Money,
}

/// A member as others may see it.
#[derive(Clone, Copy, Debug)]
pub struct MemberView<'a> {
    /// Number in joining order.
    pub no: MemberNo,
    /// Outside id.
    pub id: &'a str,
    /// When it joined.
    pub joined_at: Timestamp,
    /// Who invited it.
    pub referrer: Option<MemberNo>,
    /// Bases of settled and pending lines, minus refunds (DISC-1a).
    pub spent: Money,
    /// Credits to its wallets from points, rebates and bonuses (DISC-1a).
    pub cash_received: Money,
    /// Withdrawable money now.
    pub cash: Money,
    /// Re-consumption money now.
    pub reconsume: Money,
    /// Money held for withdrawals.
    pub hold: Money,
    /// Points held, in present units.
    pub points: Points,
    /// What one sale of all points would pay now, net (DISC-1b).
    pub net_value: Money,
    /// Cap exits so far.
    pub exits: u32,
    /// Cap base of the present cycle (POOL-6).
    pub cap_base: Money,
    /// Points minted in the present cycle, in present units.
    pub earned: Points,
    /// Not qualified until resumed (NET-2).
    pub suspended: bool,
    /// What it owes after late refunds (COMM-8, REL-5).
    pub receivable: Money,
    /// Place of its rank in the plan, from 0.
    pub rank: Option<usize>,
    /// Bases of its settled lines, less what was refunded late; in plans that count volumes (RANK-1).
    pub own_volume: Money,
    /// Team volume as counted at the last close of a day with a settlement.
    pub team_volume: Money,
    /// Release points held: locked ones and the fraction not converted yet.
    pub release_points: Points,
    /// Of them, locked in lots.
    pub release_remaining: Points,
    /// Value units not released yet.
    pub value_units: Points,
    /// Free emission points, its shares of ranks included (EMIT-3a).
    pub emission_points: Points,
    /// Emission points reserved for products sold.
    pub emission_reserved: Points,
    /// Loyalty points, one for each minor unit: good for goods only (LOY-1).
    pub loyalty: Money,
    /// What it owes in loyalty points (LOY-4a).
    pub loyalty_owed: Money,
    /// Weight in the dividend, in millionths.
    pub weight_millionths: u64,
    /// The part of `cash_received` that came from others' purchases: commissions and dividends.
    pub commission_income: Money,
    /// Money held for open offers to buy (MKT-1b).
    pub market_hold: Money,
    /// Emission points held for open offers to sell.
    pub market_points: Points,
    /// What is left of its legacy claims (CLAIM-1).
    pub claim: Money,
    /// Points that cannot be sold or committed yet (CLAIM-2).
    pub locked_points: Points,
    /// Its shares; they are worth nothing in any disclosure (EQUITY-3).
    pub shares: u64,
    /// Whose position it is (ACC-3a).
    pub person: Option<&'a str>,
}

/// Where the scheduled emission stands (EMIT-2 to EMIT-4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmissionView {
    /// Ever issued.
    pub issued: Points,
    /// Not issued so far, and issued only by an approved command.
    pub reserve: Points,
    /// Guide price: value units released …
    pub guide_released: Points,
    /// … per emission point issued, as of the last close; while either is zero the plan's first price counts.
    pub guide_issued: Points,
}

/// An article that is or was listed (CAT-1).
#[derive(Clone, Copy, Debug)]
pub struct SkuView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// The product it is a variant of.
    pub product: Option<&'a str>,
    /// Outside id of the merchant.
    pub merchant: Option<&'a str>,
    /// Price of one.
    pub price: Money,
    /// Cost of one.
    pub cost: Option<Money>,
    /// Award zone, as its place in the plan.
    pub zone: Option<u16>,
    /// Its class (CAT-7).
    pub class: Option<&'a str>,
    /// How many can still be ordered; `None` if as many as are ordered.
    pub available: Option<u64>,
    /// Pieces that orders hold.
    pub held: u64,
    /// Pieces that left with orders.
    pub out: u64,
    /// Most in one order.
    pub limit_per_order: Option<u32>,
    /// Most of one member.
    pub limit_per_member: Option<u32>,
    /// Paid without cash (CAT-6).
    pub points_only: bool,
    /// Whether it is listed now.
    pub listed: bool,
}

/// A coupon (COUPON-1).
#[derive(Clone, Copy, Debug)]
pub struct CouponView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// Its kind, as its place in the plan.
    pub rule: usize,
    /// Whose.
    pub member: MemberNo,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
    /// Where it stands; one that has expired may still be free.
    pub state: CouponState,
}

/// An order.
#[derive(Clone, Debug)]
pub struct OrderView<'a> {
    /// Who bought.
    pub member: &'a str,
    /// Where it stands (ORDER-1).
    pub state: OrderState,
    /// Of one that was paid, also if it was refunded since.
    pub paid_at: Option<Timestamp>,
    /// Charged for delivery.
    pub freight: Money,
    /// Charged for the state.
    pub tax: Money,
    /// In the order in which they were placed.
    pub lines: Vec<OrderLineView>,
}

/// A line of an order.
#[derive(Clone, Debug)]
pub struct OrderLineView {
    /// Its id within the order.
    pub id: String,
    /// Paid for its goods, in whatever way.
    pub amount: Money,
    /// The part of it paid in cash: the base of everything (ORDER-2).
    pub base: Money,
    /// Refunded of the amount so far.
    pub refunded: Money,
    /// Left of the points that it minted, in present units (POOL-12).
    pub points: Points,
    /// Its class (CAT-7).
    pub class: Option<String>,
    /// Outside id of the merchant whose it is; `None` where the line names none.
    pub merchant: Option<String>,
}

/// Where a member stands in a plan with loyalty points (LOY-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoyaltyStanding {
    /// Its tier today, counted from 1 in the order of the plan; 0 is below the first.
    pub tier: usize,
    /// The last local day on which it has this tier if it buys nothing more; `None` below the first, and where nothing is
    /// forgotten.
    pub tier_until: Option<Day>,
    /// What counts for tiers today: spent, or the worth of points earned, in the plan's window.
    pub counted: Money,
    /// What it lacks to the next tier; `None` in the highest.
    pub to_next_tier: Option<Money>,
    /// The worth of the points that it can still earn in this local month; `None` without a limit.
    pub left_of_month: Option<Money>,
}

/// Bytes in use, by kind; what the memory benchmark reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Footprint {
    /// Members: ids, balances, cycles, exit queue.
    pub members: usize,
    /// Orders and lines.
    pub orders: usize,
    /// Idempotency and natural keys.
    pub keys: usize,
}

impl Engine {
    /// What a sale of these points would pay now; `None` without a pool. In a plan with daily batches the price
    /// at the close of the day decides.
    pub fn quote(&self, points: Points) -> Option<Sale> {
        let plan = self.plan.pool?;
        Some(Sale::of(self.state.pair().gross(points), &plan))
    }

    /// What a member's sale of so many points would pay now, in one sale; `None` without a pool, for an unknown member, and for more
    /// than is free (POOL-3). With daily batches it is an estimate.
    pub fn sale_quote(&self, member: &str, quantity: SellQuantity) -> Option<Sale> {
        let member = self.state.members.find(member)?;
        let free = Points::from_units(self.free_to_sell(member));
        let points = match quantity {
            SellQuantity::All => free,
            SellQuantity::Points(points) => points,
        };
        if points > free { None } else { self.quote(points) }
    }

    /// How many members there are.
    pub fn member_count(&self) -> usize {
        self.state.members.len()
    }

    /// The member with this id.
    pub fn member(&self, id: &str) -> Option<MemberView<'_>> {
        self.state.members.find(id).map(|member| self.view(member))
    }

    /// All members in joining order.
    pub fn members(&self) -> impl Iterator<Item = MemberView<'_>> {
        self.state.members.iter().map(|member| self.view(member))
    }

    /// The member with this number.
    pub fn member_at(&self, member: MemberNo) -> Option<MemberView<'_>> {
        (member.index() < self.state.members.len()).then(|| self.view(member))
    }

    /// LOY-5: a member's tier, how far the next one is, and what its month leaves; `None` in a plan without loyalty points, and
    /// for somebody unknown.
    pub fn loyalty_standing(&self, id: &str) -> Option<LoyaltyStanding> {
        let (plan, member) = (self.plan.loyalty.as_ref()?, self.state.members.find(id)?);
        let today = self.today();
        let progress = self.state.loyalty.progress(member);
        let tier = progress.tier(plan, today);
        let counted = if plan.tiers.is_empty() { Money::ZERO } else { progress.in_window(plan, today) };
        let next = plan.tiers.get(tier);
        Some(LoyaltyStanding {
            tier,
            tier_until: progress.tier_until(plan, today),
            counted,
            to_next_tier: next.map(|next| next.from.saturating_sub(counted)),
            left_of_month: self.loyalty_left_of_month(plan, member),
        })
    }

    /// What each member spent and received, in joining order: all that a count of those who have their money back needs.
    pub fn member_flows(&self) -> impl Iterator<Item = (Money, Money)> + '_ {
        self.state.members.rows().iter().map(|row| (row.spent, row.payouts_received))
    }

    /// What all members together spent and received, and how many have their money back: the sums of
    /// [`Engine::member_flows`], known at any time.
    pub fn flows(&self) -> Flows {
        self.state.members.flows()
    }

    /// What the disclosure needs of each member, in joining order: a part of its view, in a fraction of the time.
    pub fn member_outcomes(&self) -> impl Iterator<Item = MemberOutcome> + '_ {
        let members = &self.state.members;
        members.rows().iter().zip(members.iter()).map(|(row, member)| self.outcome(row, member))
    }

    /// The same of one member.
    pub fn member_outcome(&self, member: MemberNo) -> Option<MemberOutcome> {
        let row = self.state.members.rows().get(member.index())?;
        Some(self.outcome(row, member))
    }

    fn outcome(&self, row: &Member, member: MemberNo) -> MemberOutcome {
        let state = &self.state;
        let points = state.ledger.points(member);
        MemberOutcome {
            joined_at: row.joined_at,
            spent: row.spent,
            cash: row.payouts_received,
            held: self.quote(points).map_or(Money::ZERO, |sale| sale.net),
            points,
            commissions: state.commissions.income(member),
            rank: state.network.rank(member),
        }
    }

    /// Sums over the programme's life and its balances now.
    pub fn totals(&self) -> Totals {
        let (state, pair) = (&self.state, self.state.pair());
        Totals {
            pool: pair.assets,
            supply: pair.supply,
            residual: state.money(AccountKind::PoolResidual),
            exponent: state.ledger.exponent(),
            operator_due: state.money(AccountKind::OperatorDue),
            to_buyers: state
                .wind_down
                .instead
                .values()
                .fold(Money::ZERO, |sum, paid| sum.add_within_limit(*paid)),
            bonuses_to_come: self.bonuses_to_come(),
            ..state.totals
        }
    }

    /// The price now, as the exact pair.
    pub fn price(&self) -> Price {
        let pair = self.state.pair();
        Price { assets: pair.assets, supply: pair.supply, exponent: self.state.ledger.exponent() }
    }

    /// Every account with its balance: positive for what the programme owes or has earned, negative for
    /// debit-normal accounts ([`AccountKind::is_debit_normal`]); each asset sums to zero.
    pub fn accounts(&self) -> impl Iterator<Item = (Account, i128)> + '_ {
        self.state.ledger.accounts()
    }

    /// The outside id of the member, merchant or fund an account belongs to; the supplier of lines that name no merchant
    /// has the empty name, which no merchant can have.
    pub fn account_owner(&self, account: Account) -> Option<&str> {
        let of = crate::id::index(account.owner);
        match account.kind.owner() {
            Owner::Fund => self.plan.split.funds.get(of).map(|fund| fund.name.as_str()),
            Owner::Merchant if of == 0 => Some(""),
            Owner::Merchant => self.state.merchants.get(of).map(|id| id.as_str()),
            Owner::Member => Some(self.state.members.name(MemberNo(account.owner))),
            Owner::Programme => None,
        }
    }

    /// What is due from the operator, what it may claim, and what it asked to be paid (ORDER-6h).
    pub fn operator(&self) -> OperatorView {
        let money = |kind| self.state.money(kind);
        OperatorView {
            due: money(AccountKind::OperatorDue),
            claim: money(AccountKind::OperatorClaim),
            hold: money(AccountKind::OperatorHold),
        }
    }

    /// What reserve, platform and operator have advanced for late refunds and not got back (ORDER-6f).
    pub fn advanced(&self) -> Advanced {
        let money = |kind| self.state.money(kind);
        Advanced {
            reserve: money(AccountKind::AdvancedReserve),
            platform: money(AccountKind::AdvancedPlatform),
            operator: money(AccountKind::AdvancedOperator),
            operator_claim: Money::ZERO,
        }
    }

    /// What is owed after late refunds, by debtor, the oldest first (ORDER-6b). The name is that of a member, merchant or
    /// fund; the supplier without a name and accounts of the programme have none.
    pub fn debts(&self) -> impl Iterator<Item = (Debtor, Option<&str>, Debt)> {
        self.state.debts.iter().flat_map(|(debtor, debts)| {
            let name = self.account_owner(debtor.receivable()).filter(|name| !name.is_empty());
            debts.iter().map(move |debt| (debtor, name, *debt))
        })
    }

    /// An order's state and its member.
    pub fn order(&self, id: &str) -> Option<(OrderState, MemberNo)> {
        let number = self.find(KeyKind::Order, id)?;
        let order = self.state.orders.order(OrderNo(number));
        Some((order.state, order.member))
    }

    /// The order with this id, with its lines.
    pub fn order_view(&self, id: &str) -> Option<OrderView<'_>> {
        let number = OrderNo(self.find(KeyKind::Order, id)?);
        let (orders, order) = (&self.state.orders, *self.state.orders.order(number));
        let paid = !matches!(order.state, OrderState::Placed | OrderState::Closed);
        let extra = orders.extra(number);
        let classes = &self.plan_of(number).classes;
        let class = |line| classes.get(usize::from(orders.detail(line).class?)).map(|class| class.id.clone());
        let line = |(line, id): (LineNo, String)| OrderLineView {
            id,
            class: class(line),
            merchant: self.merchant_named(orders.detail(line).merchant),
            amount: orders.amount(line),
            base: orders.line(line).base(),
            refunded: orders.history(line).refunded,
            points: if orders.line(line).has(flag::LOT) { self.state.lot_left(line) } else { Points::ZERO },
        };
        Some(OrderView {
            member: self.state.members.name(order.member),
            state: order.state,
            paid_at: paid.then(|| order.paid_at()),
            freight: extra.freight,
            tax: extra.tax,
            lines: order.line_numbers().zip(self.line_ids(number)).map(line).collect(),
        })
    }

    /// The ids of an order's lines: stated, or their positions from 1.
    pub(crate) fn line_ids(&self, order: OrderNo) -> Vec<String> {
        let lines = self.state.orders.order(order).line_numbers();
        let id = |(line, position): (_, u32)| match &self.state.orders.detail(line).line {
            Some(named) => named.to_string(),
            None => position.to_string(),
        };
        lines.zip(1..).map(id).collect()
    }

    /// A withdrawal's state.
    pub fn withdrawal(&self, id: &str) -> Option<WithdrawalState> {
        let number = self.find(KeyKind::Withdrawal, id)?;
        Some(self.state.withdrawals.get(crate::id::WithdrawalNo(number)).state)
    }

    /// What a withdrawal comes apart into when it is paid (WALLET-2a), by the plan under which it was asked for.
    pub fn withdrawal_parts(&self, id: &str) -> Option<WithdrawalParts> {
        let number = self.find(KeyKind::Withdrawal, id)?;
        Some(self.parts_when_paid(crate::id::WithdrawalNo(number)))
    }

    /// Whether a withdrawal of this amount needs two people, as `wallet.approve` asks it (WALLET-2).
    pub fn needs_two_approvals(&self, amount: Money) -> bool {
        self.plan.wallet.two_approvals_above.is_some_and(|limit| amount > limit)
    }

    /// How far the end of the programme has come, and when it is (WIND-1).
    pub fn wind_down_phase(&self) -> (WindDownPhase, Option<Timestamp>) {
        (self.state.wind_down.phase, self.state.wind_down.closes_at())
    }

    /// Outside money that came into funds of the split: fund, source, sum (ADMALL-1).
    pub fn fund_deposits(&self) -> impl Iterator<Item = (&str, &str, Money)> {
        let funds = &self.plan.split.funds;
        self.state.deposits.iter().map(|((fund, source), amount)| {
            (funds[crate::id::index(*fund)].name.as_str(), source.as_str(), *amount)
        })
    }

    /// The articles, by number.
    pub fn skus(&self) -> impl Iterator<Item = SkuView<'_>> {
        self.state.catalogue.skus().iter().map(|sku| self.sku_view(sku))
    }

    /// The article with this id, listed or delisted.
    pub fn sku(&self, id: &str) -> Option<SkuView<'_>> {
        let number = self.find(KeyKind::Sku, id)?;
        Some(self.sku_view(self.state.catalogue.sku(crate::id::SkuNo(number))))
    }

    fn sku_view<'a>(&'a self, sku: &'a Sku) -> SkuView<'a> {
        SkuView {
            id: sku.id.as_str(),
            product: sku.product.as_ref().map(|product| product.as_str()),
            merchant: sku.merchant.map(|merchant| self.state.merchants[merchant.index()].as_str()),
            price: sku.price,
            cost: sku.cost,
            zone: sku.zone,
            class: sku.class.map(|class| self.plan.classes[usize::from(class)].id.as_str()),
            available: sku.stock.available(),
            held: sku.stock.held,
            out: sku.stock.out,
            limit_per_order: sku.limit_per_order,
            limit_per_member: sku.limit_per_member,
            points_only: sku.points_only,
            listed: sku.listed,
        }
    }

    /// The coupons, in the order of issue.
    pub fn coupons(&self) -> impl Iterator<Item = CouponView<'_>> {
        self.state.coupons.list().iter().map(coupon_view)
    }

    /// A member's coupons in the order of issue, each with what it is by the plan that counts for it.
    pub fn coupons_of_member(
        &self,
        member: &str,
    ) -> impl Iterator<Item = (CouponView<'_>, &crate::plan::CouponPlan)> {
        let member = self.state.members.find(member);
        member.into_iter().flat_map(|member| self.state.coupons.of_member(member)).map(|number| {
            let coupon = self.state.coupons.get(*number);
            let kind = self.plan_of_coupon(*number).coupons.get(usize::from(coupon.rule));
            (coupon_view(coupon), kind.expect("only kinds of the plan are issued"))
        })
    }

    /// The coupon with this id.
    pub fn coupon(&self, id: &str) -> Option<CouponView<'_>> {
        let number = self.find(KeyKind::Coupon, id)?;
        Some(coupon_view(self.state.coupons.get(crate::id::CouponNo(number))))
    }

    /// Sums of loyalty points over the programme's life.
    pub fn loyalty_totals(&self) -> LoyaltyTotals {
        self.state.loyalty.totals
    }

    /// What the operator paid for loyalty points and did not get back (LOY-1a).
    pub fn loyalty_by_operator(&self) -> Money {
        self.state.loyalty.by_operator
    }

    /// Sums of tips and listed products over the programme's life.
    pub fn merchant_totals(&self) -> MerchantTotals {
        self.state.merchant_records.totals
    }

    /// The supply epoch: how often the supply has become zero.
    pub fn epoch(&self) -> u32 {
        self.state.epoch
    }

    /// Bytes in use.
    pub fn footprint(&self) -> Footprint {
        let state = &self.state;
        Footprint {
            members: state.members.bytes()
                + state.ledger.bytes()
                + state.exits.bytes()
                + state.tasks.bytes()
                + state.releases.bytes()
                + state.values.bytes()
                + state.emission.bytes()
                + state.coupons.bytes()
                + state.loyalty.bytes()
                + state.chain.bytes()
                + state.network.bytes()
                + state.volumes.bytes()
                + state.commissions.bytes().1
                + state.market.bytes()
                + state.sellers.len() * size_of::<(MemberNo, [u32; 2])>(),
            orders: state.orders.bytes()
                + state.catalogue.bytes()
                + state.campaigns.bytes()
                + state.draws.bytes()
                + state.boxes.bytes()
                + state.relist.bytes()
                + state.sources.len()
                + state.commissions.bytes().0
                + state.settlements.len() * size_of::<crate::state::Due>(),
            keys: state.commands.bytes() + state.natural.bytes(),
        }
    }

    pub(crate) fn view(&self, member: MemberNo) -> MemberView<'_> {
        let state = &self.state;
        let row = state.members.get(member);
        let points = state.ledger.points(member);
        let balance = |kind| {
            let minor = state.ledger.balance(Account::member(kind, member));
            Money::from_wide(minor.unsigned_abs()).unwrap_or(Money::ZERO)
        };
        let units = |kind| {
            let units = state.ledger.balance(Account::member(kind, member));
            Points::from_units(units.unsigned_abs())
        };
        let cycle = state.ledger.cycle(member);
        MemberView {
            no: member,
            id: state.members.name(member),
            joined_at: row.joined_at,
            referrer: state.members.referrer(member),
            spent: row.spent,
            cash_received: row.payouts_received,
            cash: balance(AccountKind::WalletCash),
            reconsume: balance(AccountKind::WalletReconsume),
            hold: balance(AccountKind::WalletHold),
            points,
            net_value: self.quote(points).map_or(Money::ZERO, |sale| sale.net),
            exits: cycle.exits,
            cap_base: cycle.cap_base,
            earned: Points::from_units(cycle.earned(state.ledger.exponent())),
            suspended: state.network.is_suspended(member),
            receivable: balance(AccountKind::Receivable),
            rank: state.network.rank(member),
            own_volume: state.volumes.own(member),
            team_volume: state.volumes.team(member),
            release_points: units(AccountKind::MemberRelease),
            release_remaining: Points::from_units(
                units(AccountKind::MemberRelease).units().saturating_sub(state.releases.fraction(member)),
            ),
            value_units: units(AccountKind::MemberValue),
            emission_points: Points::from_units(
                units(AccountKind::MemberEmission).units() + state.emission_accrued(member).units(),
            ),
            emission_reserved: units(AccountKind::MemberEmissionReserved),
            loyalty: balance(AccountKind::MemberLoyalty),
            loyalty_owed: balance(AccountKind::LoyaltyReceivable),
            weight_millionths: state.dividend.weight(member),
            commission_income: state.commissions.income(member),
            market_hold: balance(AccountKind::MarketHold),
            market_points: units(AccountKind::MarketPoints),
            claim: balance(AccountKind::MemberClaim),
            locked_points: Points::from_units(state.claims.locked(member, state.ledger.exponent())),
            person: state.persons.get(&member).map(crate::id::Id::as_str),
            shares: u64::try_from(state.ledger.balance(Account::member(AccountKind::MemberShares, member)))
                .unwrap_or(0),
        }
    }

    /// Where the scheduled emission stands.
    pub fn emission(&self) -> EmissionView {
        let emission = &self.state.emission;
        let (guide_released, guide_issued) = emission.guide_price;
        EmissionView { issued: emission.issued, reserve: emission.reserve, guide_released, guide_issued }
    }

    /// What negative periods still have to be made up before a dividend is paid (COMM-5).
    pub fn dividend_deficit(&self) -> Money {
        self.state.dividend.deficit
    }

    /// Commissions paid so far, less what late refunds took back, by kind and generation; generations from
    /// [`GENERATIONS_MAX`](crate::commission::GENERATIONS_MAX) on are counted there. Only those that are not zero.
    pub fn commissions(&self) -> impl Iterator<Item = (CommissionKind, usize, Money)> + '_ {
        let paid = self.state.commissions.paid().filter(|(_, _, amount)| *amount != 0);
        paid.map(|(kind, generation, amount)| {
            (kind, generation, Money::from_minor(amount).unwrap_or(Money::ZERO))
        })
    }

    /// Members that are agents, by territory, each territory's in the order of appointment (COMM-4a).
    pub fn agents(&self) -> impl Iterator<Item = (u32, &[MemberNo])> {
        self.state.commissions.territories()
    }

    /// Money that releases would have paid if their fund had held it (REL-4a).
    pub fn release_shortfall(&self) -> Money {
        self.state.releases.shortfall
    }
}

fn coupon_view(coupon: &Coupon) -> CouponView<'_> {
    CouponView {
        id: coupon.id.as_str(),
        rule: usize::from(coupon.rule),
        member: coupon.member,
        expires_at: coupon.expires_at,
        state: coupon.state,
    }
}
