//! The network as it stands, what an order's address earns its agents, and the dividend that is coming (NET-1, COMM-4, COMM-5).

use crate::amount::{Money, Rate};
use crate::commission::CommissionKind;
use crate::engine::Engine;
use crate::id::{MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::time::Timestamp;

/// Where a member stands in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Who invited it; always older than the member itself (NET-1b).
    pub referrer: Option<MemberNo>,
    /// Spent so far, less refunds.
    pub spent: Money,
}

/// What an agent gets of an order, as of its payment (COMM-4): of each line `floor(b · rate) − floor(b · from)`, shared by so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentTerms {
    /// District, city or province.
    pub kind: CommissionKind,
    /// The level's rate.
    pub rate: Rate,
    /// What lower levels took, in a plan whose levels differ.
    pub from: Rate,
    /// Agents of the territory who share it.
    pub sharers: u16,
    /// What is left of the order's bases.
    pub base: Money,
}

/// Where the dividend of the present period stands (COMM-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DividendView {
    /// When the period ends; `None` before the programme's first command.
    pub due_at: Option<Timestamp>,
    /// Bases settled less bases refunded late, so far.
    pub base: i64,
    /// What earlier periods left to be made up.
    pub deficit: Money,
    /// Weights of all, in millionths.
    pub weight: u128,
    /// How many have one.
    pub holders: usize,
    /// What the pot holds from earlier periods.
    pub pot: Money,
    /// What the fund holds that pays it.
    pub fund: Money,
}

impl Engine {
    /// Whether a member may earn by others' purchases now (NET-3); nobody may where the plan has no commissions.
    pub fn is_qualified(&self, member: MemberNo) -> bool {
        self.state.network.is_kept() && self.state.network.is_qualified(member)
    }

    /// Every member's place, in joining order. A copy: what is counted of it need not hold up commands.
    pub fn network(&self) -> Vec<Placed> {
        let members = &self.state.members;
        let rows = members.rows().iter().zip(members.iter());
        rows.map(|(row, member)| Placed { referrer: members.referrer(member), spent: row.spent }).collect()
    }

    /// How many members have exactly each rank, by place in the plan.
    pub fn members_by_rank(&self) -> &[u32] {
        self.state.rank_counts()
    }

    /// What a member gets of an order as agent of its address; nothing of an order that is unknown or not paid. Where classes of lines
    /// have rates of their own these are the general ones (COMM-10a).
    pub fn agent_terms(&self, order: &str, member: &str) -> Vec<AgentTerms> {
        let found = self.find(KeyKind::Order, order).map(OrderNo).zip(self.state.members.find(member));
        let Some((order, member)) = found else { return Vec::new() };
        let (orders, commissions) = (&self.state.orders, &self.state.commissions);
        let lines = orders.order(order).line_numbers();
        let base = lines.fold(Money::ZERO, |sum, line| sum.add_within_limit(orders.base_left(line)));
        let items = commissions.items(order).iter().filter(|item| item.member == member && item.sharers > 0);
        items
            .map(|item| AgentTerms {
                kind: item.kind,
                rate: Rate::from_ppm(item.rate_ppm),
                from: Rate::from_ppm(item.paid_below_ppm),
                sharers: item.sharers,
                base,
            })
            .collect()
    }

    /// Where the dividend stands; `None` in a plan without one.
    pub fn dividend(&self) -> Option<DividendView> {
        let plan = self.dividend_plan()?;
        let dividend = &self.state.dividend;
        let fund = Account { kind: AccountKind::Fund, owner: u32::try_from(plan.fund).ok()? };
        Some(DividendView {
            due_at: dividend.due_at,
            base: dividend.base,
            deficit: dividend.deficit,
            weight: dividend.weight_of_all(),
            holders: dividend.weights.len(),
            pot: self.state.money(AccountKind::DividendPot),
            fund: self.available(fund),
        })
    }
}
