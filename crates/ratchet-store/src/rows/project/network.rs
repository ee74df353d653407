//! Agents and what orders paid them, shareholders and dividends, changes of ranks (COMM-4, COMM-5, RANK-2).

use ratchet_engine::amount::Money;
use ratchet_engine::commission::{CommissionClawback, CommissionKind};
use ratchet_engine::id::{MemberNo, OrderNo};
use ratchet_engine::rank::RankChange;
use ratchet_engine::region::Region;

use super::Rows;

impl Rows<'_> {
    pub(super) fn appoint(
        &self,
        member: MemberNo,
        territory: Region,
        (by, [us, seq]): (&str, [i64; 2]),
    ) -> rusqlite::Result<()> {
        let insert = "INSERT INTO agency (member, territory, actor, us, seq) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.execute(insert, &[&member.0, &territory.code(), &by, &us, &seq])
    }

    pub(super) fn dismiss(
        &self,
        member: MemberNo,
        territory: Region,
        [us, seq]: [i64; 2],
    ) -> rusqlite::Result<()> {
        let update = "UPDATE agency SET ended_us = ?3, ended_seq = ?4 \
                      WHERE member = ?1 AND territory = ?2 AND ended_us IS NULL";
        self.execute(update, &[&member.0, &territory.code(), &us, &seq])
    }

    /// COMM-4: what an order paid to agents; other commissions have no rows.
    pub(super) fn agents_earned(
        &self,
        order: OrderNo,
        paid: impl Iterator<Item = (MemberNo, CommissionKind, i64)>,
        [us, seq]: [i64; 2],
    ) -> rusqlite::Result<()> {
        let insert = "INSERT INTO agent_income (member, order_no, kind, amount, us, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        for (member, kind, amount) in paid {
            if matches!(kind, CommissionKind::District | CommissionKind::City | CommissionKind::Province) {
                self.execute(insert, &[&member.0, &order.0, &kind.name(), &amount, &us, &seq])?;
            }
        }
        Ok(())
    }

    /// COMM-8: what a late refund took back of it, whether the wallet reached or it is owed.
    pub(super) fn commissions_back(
        &self,
        order: OrderNo,
        back: &[CommissionClawback],
        moment: [i64; 2],
    ) -> rusqlite::Result<()> {
        let changes = back.iter().map(|back| {
            let change = back.adjustment.minor() - back.recovered.minor() - back.receivable.minor();
            (back.member, back.kind, change)
        });
        self.agents_earned(order, changes, moment)
    }

    pub(super) fn set_shareholder(
        &self,
        member: MemberNo,
        weight: u64,
        (by, [us, seq]): (&str, [i64; 2]),
    ) -> rusqlite::Result<()> {
        let insert = "INSERT INTO shareholder (member, weight, actor, us, seq) VALUES (?1, ?2, ?3, ?4, ?5) \
                      ON CONFLICT (member) DO UPDATE SET weight = ?2, actor = ?3, us = ?4, seq = ?5";
        self.execute(insert, &[&member.0, &weight.cast_signed(), &by, &us, &seq])
    }

    /// COMM-5: nothing but dividends moves the pot, so it holds what the last one left and what the fund adds.
    pub(super) fn dividend_declared(
        &self,
        base: i64,
        [deficit, added]: [Money; 2],
        [us, seq]: [i64; 2],
    ) -> rusqlite::Result<()> {
        let left = "SELECT coalesce((SELECT pot - paid FROM dividend ORDER BY rowid DESC LIMIT 1), 0)";
        let carry: i64 = self.connection.prepare_cached(left)?.query_row([], |row| row.get(0))?;
        let mut weights =
            self.connection.prepare_cached("SELECT weight FROM shareholder WHERE weight > 0")?;
        let (mut weight, mut holders) = (0_u128, 0_i64);
        for own in weights.query_map([], |row| super::super::number(row, 0))? {
            weight += u128::from(own?);
            holders += 1;
        }
        let insert = "INSERT INTO dividend (base, deficit, added, pot, weight, holders, paid, us, seq) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)";
        let (pot, weight) = (carry + added.minor(), weight.to_string());
        self.execute(insert, &[&base, &deficit.minor(), &added.minor(), &pot, &weight, &holders, &us, &seq])
    }

    pub(super) fn dividend_paid(&self, shares: &[(MemberNo, Money)], seq: i64) -> rusqlite::Result<()> {
        // Weights cannot change between the parts of one dividend (A17).
        let insert = "INSERT INTO dividend_share (dividend, member, weight, amount, seq) \
                      VALUES ((SELECT max(rowid) FROM dividend), ?1, (SELECT weight FROM shareholder WHERE member = ?1), ?2, ?3)";
        let mut sum = 0;
        for (member, share) in shares {
            self.execute(insert, &[&member.0, &share.minor(), &seq])?;
            sum += share.minor();
        }
        let update = "UPDATE dividend SET paid = paid + ?1 WHERE rowid = (SELECT max(rowid) FROM dividend)";
        self.execute(update, &[&sum])
    }

    pub(super) fn ranks_changed(&self, changes: &[RankChange], [us, seq]: [i64; 2]) -> rusqlite::Result<()> {
        let insert = "INSERT INTO rank_change (member, rank_from, rank_to, team_volume, legs, us, seq) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        for RankChange { member, from, to, team_volume, legs } in changes {
            let legs: Vec<String> = legs.iter().map(u32::to_string).collect();
            let (volume, legs) = (team_volume.minor(), legs.join(","));
            self.execute(insert, &[&member.0, from, to, &volume, &legs, &us, &seq])?;
            self.execute("UPDATE member SET rank = ?2 WHERE no = ?1", &[&member.0, to])?;
        }
        Ok(())
    }
}
