//! What each cohort got when a programme ended (WIND-5).

use std::collections::BTreeMap;

use ratchet_engine::amount::{Money, Points, Rounding, UNITS_PER_POINT, mul_div};
use ratchet_engine::engine::Engine;
use ratchet_engine::event::{Event, SaleCause};
use ratchet_engine::id::MemberNo;
use ratchet_engine::wind_down::WindDownPhase;
use serde_json::{Value, json};

/// Everybody who joined in one local month and was paid something, or held points, at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndCohort {
    /// `YYYY-MM` of joining, local time.
    pub month: String,
    /// Members who held or got anything.
    pub members: u64,
    /// Points that were burned.
    pub points: Points,
    /// Paid for them: the pool by `floor(B · x / S)`, and the parts of the residual.
    pub paid: Money,
    /// Of the fund behind release points.
    pub release: Money,
    /// Loyalty points, one to one.
    pub loyalty: Money,
}

impl EndCohort {
    /// Millionths of a minor unit for one point, rounded down; `None` without points. Equal for all cohorts but for the
    /// rounding of each member's payment.
    pub fn paid_per_point_micro(&self) -> Option<u128> {
        let scale = UNITS_PER_POINT * 1_000_000;
        (!self.points.is_zero())
            .then(|| mul_div(self.paid.as_u128(), scale, self.points.units(), Rounding::Down))
            .flatten()
    }
}

/// What the command that the engine has just carried out paid at the end, by month of joining; `None` if the programme did not
/// end with it. To be asked after every command: entries are there until the next one.
pub fn paid_at_the_end(engine: &Engine) -> Option<Vec<EndCohort>> {
    if engine.wind_down_phase().0 != WindDownPhase::Done {
        return None;
    }
    let mut paid: BTreeMap<MemberNo, EndCohort> = BTreeMap::new();
    let mut ended = false;
    for (event, _) in engine.entries().flat_map(|entry| entry.steps()) {
        match event {
            Event::PointsSold { member, points, gross, cause: SaleCause::WindDown, .. } => {
                let got = paid.entry(*member).or_default();
                got.points = *points;
                add(&mut got.paid, *gross);
            }
            Event::ResidualSharedOut { shares, .. } => {
                for (member, share) in shares {
                    add(&mut paid.entry(*member).or_default().paid, *share);
                }
            }
            Event::ReleasePaidOut { shares } => {
                for (member, share) in shares {
                    add(&mut paid.entry(*member).or_default().release, *share);
                }
            }
            Event::LoyaltyPaidOut { shares } => {
                for (member, share) in shares {
                    add(&mut paid.entry(*member).or_default().loyalty, *share);
                }
            }
            Event::WoundDown {} => ended = true,
            _ => {}
        }
    }
    ended.then(|| by_month(engine, &paid))
}

/// All money of a programme fits.
fn add(sum: &mut Money, amount: Money) {
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}

fn by_month(engine: &Engine, paid: &BTreeMap<MemberNo, EndCohort>) -> Vec<EndCohort> {
    let calendar = &engine.plan().programme.calendar;
    let mut cohorts: BTreeMap<String, EndCohort> = BTreeMap::new();
    for (member, got) in paid {
        let Some(view) = engine.member_at(*member) else { continue };
        let month = calendar.day_of(view.joined_at).month();
        let cohort =
            cohorts.entry(month.clone()).or_insert_with(|| EndCohort { month, ..EndCohort::default() });
        cohort.members += 1;
        cohort.points = cohort.points.checked_add(got.points).unwrap_or(cohort.points);
        add(&mut cohort.paid, got.paid);
        add(&mut cohort.release, got.release);
        add(&mut cohort.loyalty, got.loyalty);
    }
    cohorts.into_values().collect()
}

/// For exports: one object a cohort, in order of joining.
pub fn end_json(engine: &Engine, cohorts: &[EndCohort]) -> Value {
    let currency = engine.plan().programme.currency;
    let cohorts = cohorts.iter().map(|cohort| {
        json!({
            "month": cohort.month,
            "members": cohort.members,
            "points": cohort.points.to_string(),
            "paid": currency.format(cohort.paid),
            "paid_per_point": per_point(engine, cohort),
            "release": currency.format(cohort.release),
            "loyalty": currency.format(cohort.loyalty),
        })
    });
    Value::Array(cohorts.collect())
}

/// Money for one point with six more decimals than the currency has.
pub fn per_point(engine: &Engine, cohort: &EndCohort) -> Option<String> {
    let decimals = engine.plan().programme.currency.decimals + 6;
    let (scale, width) = (10_u128.checked_pow(decimals)?, decimals as usize);
    let micro = cohort.paid_per_point_micro()?;
    Some(format!("{}.{:0width$}", micro / scale, micro % scale))
}
