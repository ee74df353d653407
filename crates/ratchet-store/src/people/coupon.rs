//! Coupons that members take by themselves.

use super::Tables;
use crate::fault::StoreError;

/// A kind of coupon that members may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponOfferRow {
    /// Its id in the plan.
    pub kind: String,
    /// How many each member may take.
    pub per_member: u32,
    /// How many all members together may take.
    pub total: u32,
    /// Until when, by the programme's clock.
    pub until: Option<i64>,
    /// How many were taken.
    pub taken: u32,
}

impl Tables<'_> {
    /// What members may take, in the operator's order.
    pub fn coupon_offers(&self, programme: &str) -> Result<Vec<CouponOfferRow>, StoreError> {
        let find = "SELECT kind, per_member, total, until, (SELECT count(*) FROM coupon_taken \
                    WHERE coupon_taken.programme = coupon_offer.programme AND coupon_taken.kind = coupon_offer.kind) \
                    FROM coupon_offer WHERE programme = ?1 ORDER BY place";
        self.all(find, [programme], |row| {
            Ok(CouponOfferRow {
                kind: row.get(0)?,
                per_member: row.get(1)?,
                total: row.get(2)?,
                until: row.get(3)?,
                taken: row.get(4)?,
            })
        })
    }

    /// Makes these the offers, in this order; what was taken stays counted.
    pub fn put_coupon_offers(
        &self,
        tenant: &str,
        programme: &str,
        offers: &[CouponOfferRow],
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM coupon_offer WHERE programme = ?1", [programme])?;
        for (place, offer) in (1_i64..).zip(offers) {
            let insert = "INSERT INTO coupon_offer (programme, kind, tenant, place, per_member, total, until) \
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let CouponOfferRow { kind, per_member, total, until, .. } = offer;
            self.execute(insert, (programme, kind, tenant, place, per_member, total, until))?;
        }
        Ok(())
    }

    /// The coupons of a kind that a member took.
    pub fn coupons_taken(
        &self,
        programme: &str,
        kind: &str,
        member: &str,
    ) -> Result<Vec<String>, StoreError> {
        let find = "SELECT coupon FROM coupon_taken WHERE programme = ?1 AND kind = ?2 AND member = ?3";
        self.all(find, (programme, kind, member), |row| row.get(0))
    }

    /// A member takes a coupon.
    pub fn take_coupon(
        &self,
        programme: &str,
        kind: &str,
        member: &str,
        coupon: &str,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO coupon_taken (programme, kind, member, coupon) VALUES (?1, ?2, ?3, ?4) \
                      ON CONFLICT DO NOTHING";
        self.execute(insert, (programme, kind, member, coupon)).map(drop)
    }

    /// A coupon was not given after all.
    pub fn forget_coupon(
        &self,
        programme: &str,
        kind: &str,
        member: &str,
        coupon: &str,
    ) -> Result<(), StoreError> {
        let delete =
            "DELETE FROM coupon_taken WHERE programme = ?1 AND kind = ?2 AND member = ?3 AND coupon = ?4";
        self.execute(delete, (programme, kind, member, coupon)).map(drop)
    }
}
