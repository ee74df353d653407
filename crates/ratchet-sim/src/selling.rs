//! When simulated members sell. The order history says who bought; who sells is an assumption, stated openly.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ratchet_engine::amount::{Money, Rate, Rounding, UNITS_PER_POINT, mul_div, parse_decimal};
use ratchet_engine::engine::Engine;
use ratchet_engine::event::Event;
use ratchet_engine::id::MemberNo;
use ratchet_engine::message::Message;
use ratchet_engine::plan::{ExitOf, Plan};
use ratchet_engine::pool::Price;

use crate::fault::FileFault;
use crate::random::Random;

/// When members sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Selling {
    /// Nobody sells; only cap exits pay.
    #[default]
    Never,
    /// A member sells all as soon as the net redemption value of its points is at least this multiple, in parts per
    /// million, of what it has spent in its present cycle (settled bases, net of refunds, since it last had no
    /// points). Under `exit.of = "contribution"` the engine keeps the cycle's contributions instead; they are
    /// read as the spend they are the pool share of.
    AtMultiple(u64),
    /// After each of its orders the buyer sells all it holds, with this probability.
    Random(Rate),
}

impl Selling {
    /// Parses `never`, `at-multiple=1.5` or `random=3%`.
    pub fn parse(text: &str) -> Result<Selling, Message> {
        match text.split_once('=') {
            None if text == "never" => Ok(Selling::Never),
            Some(("at-multiple", multiple)) => match parse_decimal(multiple, 6).map(u64::try_from) {
                Ok(Ok(ppm)) if (1..=1_000_000_000).contains(&ppm) => Ok(Selling::AtMultiple(ppm)),
                Ok(_) => Err(FileFault::Multiple { text: multiple }.into()),
                Err(error) => Err(FileFault::MultipleForm { text: multiple, error }.into()),
            },
            Some(("random", rate)) => match Rate::parse(rate) {
                Ok(rate) if rate <= Rate::ONE => Ok(Selling::Random(rate)),
                Ok(_) => Err(FileFault::Random { rate: rate.to_string() }.into()),
                Err(error) => Err(FileFault::RandomForm { text: rate, error }.into()),
            },
            _ => Err(FileFault::Selling { text }.into()),
        }
    }
}

impl std::fmt::Display for Selling {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Selling::Never => out.write_str("never"),
            Selling::AtMultiple(ppm) => {
                let digits = format!("{}.{:06}", ppm / 1_000_000, ppm % 1_000_000);
                write!(out, "at-multiple={}", digits.trim_end_matches('0').trim_end_matches('.'))
            }
            Selling::Random(rate) => write!(out, "random={rate}"),
        }
    }
}

/// The members' minds: who wants to sell now.
pub(crate) enum Sellers {
    Never,
    AtMultiple(Watch),
    Random { rate: Rate, random: Random },
}

impl Sellers {
    pub(crate) fn new(selling: Selling, seed: u64) -> Sellers {
        match selling {
            Selling::Never => Sellers::Never,
            Selling::AtMultiple(multiple_ppm) => Sellers::AtMultiple(Watch::new(multiple_ppm)),
            Selling::Random(rate) => Sellers::Random { rate, random: Random::new(seed) },
        }
    }
}

/// Members that wait for their multiple, by the price at which they reach it.
///
/// The price only rises, so a member need not be looked at before its trigger price is reached. What lowers a trigger
/// is a mint (more points); mints are seen in the engine's events. What raises it is found out when the old
/// trigger is reached. So an order costs a logarithm, and the decision is always taken on the engine's own net value.
pub(crate) struct Watch {
    multiple_ppm: u64,
    /// Where each member stands in the queue: at most once, at its lowest level.
    queued: Vec<Option<Level>>,
    queue: BinaryHeap<Reverse<(Level, u32)>>,
}

/// A price in unsplit units, rounded down to about 12 digits: `mantissa · 1000^thousands`, with the mantissa
/// between 10¹² and 10¹⁵. Ordered like the price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Level {
    thousands: i32,
    mantissa: u64,
}

impl Level {
    const LOWEST: Level = Level { thousands: i32::MIN, mantissa: 0 };

    /// `numerator ÷ denominator · 1000^exponent`; `None` if the denominator is zero.
    fn of(numerator: u128, denominator: u128, exponent: u32) -> Option<Level> {
        if numerator == 0 {
            return (denominator != 0).then_some(Level::LOWEST);
        }
        let (mut thousands, mut scale) =
            (i32::try_from(exponent).unwrap_or(i32::MAX), 1_000_000_000_000_u128);
        // Each rounding is down, so whoever is above stays above or falls on the same level.
        let mut mantissa = loop {
            match mul_div(numerator, scale, denominator, Rounding::Down) {
                Some(mantissa) if mantissa >= 1_000_000_000_000 => break mantissa,
                Some(_) if scale < 1_000_000_000_000_000_000_000_000_000_000_000 => {
                    scale *= 1_000;
                    thousands -= 1;
                }
                Some(mantissa) => break mantissa,
                None if denominator == 0 => return None,
                None => {
                    scale /= 1_000;
                    thousands += 1;
                }
            }
        };
        while mantissa >= 1_000_000_000_000_000 {
            mantissa /= 1_000;
            thousands += 1;
        }
        Some(Level { thousands, mantissa: mantissa as u64 })
    }

    /// The next level up.
    fn above(self) -> Level {
        Level { mantissa: self.mantissa + 1, ..self }
    }

    fn of_price(price: &Price) -> Option<Level> {
        // Money per point, as triggers are.
        Level::of(price.assets.as_u128() * UNITS_PER_POINT, price.supply.units(), price.exponent)
    }
}

impl Watch {
    pub(crate) fn new(multiple_ppm: u64) -> Watch {
        Watch { multiple_ppm, queued: Vec::new(), queue: BinaryHeap::new() }
    }

    /// Takes note of the mints of the last command.
    pub(crate) fn see(&mut self, engine: &Engine) {
        for entry in engine.entries() {
            for (event, _) in entry.steps() {
                if let Event::PointsMinted { member, .. } = event {
                    self.minted(engine, *member);
                }
            }
        }
    }

    /// Takes note of a mint.
    pub(crate) fn minted(&mut self, engine: &Engine, member: MemberNo) {
        self.enqueue(engine, member, Level::LOWEST);
    }

    /// The member whose trigger is lowest, if it has reached its multiple now.
    pub(crate) fn next(&mut self, engine: &Engine) -> Option<u32> {
        let now = Level::of_price(&engine.price())?;
        while let Some(Reverse((level, member))) = self.queue.peek().copied() {
            if level > now {
                return None;
            }
            self.queue.pop();
            let queued = self.queued(member);
            if *queued != Some(level) {
                continue;
            }
            *queued = None;
            if self.wants_to_sell(engine, MemberNo(member)) {
                return Some(member);
            }
            self.enqueue(engine, MemberNo(member), now.above());
        }
        None
    }

    fn queued(&mut self, member: u32) -> &mut Option<Level> {
        let place = member as usize;
        if self.queued.len() <= place {
            self.queued.resize(place + 1, None);
        }
        &mut self.queued[place]
    }

    fn wants_to_sell(&self, engine: &Engine, number: MemberNo) -> bool {
        let Some(member) = engine.member_at(number) else { return false };
        let spent = cycle_spend(engine.plan(), member.cap_base);
        // Exact: net value · 10⁶ ≥ multiple · spend.
        !member.points.is_zero()
            && !spent.is_zero()
            && member.net_value.as_u128() * u128::from(Rate::ONE.ppm())
                >= u128::from(self.multiple_ppm) * spent.as_u128()
    }

    /// Queues a member at its trigger price, or at `floor` if that is higher, unless it stands lower already.
    fn enqueue(&mut self, engine: &Engine, number: MemberNo, floor: Level) {
        let (Some(member), Some(pool)) = (engine.member_at(number), engine.plan().pool) else { return };
        let number = number.0;
        let spent = cycle_spend(engine.plan(), member.cap_base);
        let paid_ppm = Rate::ONE.ppm().saturating_sub(pool.retention.ppm());
        if member.points.is_zero() || spent.is_zero() {
            return;
        }
        // net = (1 − retention) · points · price ≥ multiple · spend. Below 2⁵⁴⁺³⁰⁺⁴⁰ and 2⁹⁶⁺²⁰.
        let numerator = u128::from(self.multiple_ppm) * spent.as_u128() * UNITS_PER_POINT;
        let denominator = member.points.units() * u128::from(paid_ppm);
        let Some(level) = Level::of(numerator, denominator, engine.price().exponent) else { return };
        let level = level.max(floor);
        let queued = self.queued(number);
        if queued.is_none_or(|queued| level < queued) {
            *queued = Some(level);
            self.queue.push(Reverse((level, number)));
        }
    }
}

/// What the member has spent in its cycle.
fn cycle_spend(plan: &Plan, cap_base: Money) -> Money {
    match plan.pool.and_then(|pool| pool.exit).map(|exit| exit.of) {
        None | Some(ExitOf::Spend) => cap_base,
        Some(ExitOf::Contribution) => {
            let share = u128::from(plan.split.pool.ppm());
            mul_div(cap_base.as_u128(), u128::from(Rate::ONE.ppm()), share, Rounding::Up)
                .and_then(Money::from_wide)
                .unwrap_or(cap_base)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaviours_are_parsed_and_shown() {
        for text in ["never", "at-multiple=1.5", "at-multiple=2", "random=3%", "random=0.5%"] {
            assert_eq!(Selling::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Selling::parse("at-multiple=1.5"), Ok(Selling::AtMultiple(1_500_000)));
        for (text, reason) in [
            ("sometimes", "none of"),
            ("at-multiple=", "not a plain decimal"),
            ("at-multiple=0", "more than 0"),
            ("at-multiple=1001", "at most 1000"),
            ("random=0.03", "ambiguous"),
            ("random=101%", "more than 100%"),
        ] {
            let error = Selling::parse(text).unwrap_err();
            assert!(error.en.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn levels_are_ordered_like_prices() {
        // Rising fractions, across powers of a thousand and splits.
        let rising = [
            (1, u128::MAX >> 8, 0),
            (1, 1_000_000_007, 0),
            (1, 3, 0),
            (2, 3, 0),
            (999, 1_000, 0),
            (1, 1, 0),
            (1_001, 1_000, 0),
            (1_001, 1_000_000, 1),
            (1_001_001, 1_000_000, 0),
            (5_000, 1, 0),
            (u128::MAX >> 8, 7, 0),
            (u128::MAX >> 8, 7, 2),
        ];
        let levels: Vec<Level> = rising.iter().map(|(n, d, e)| Level::of(*n, *d, *e).unwrap()).collect();
        assert!(levels.is_sorted(), "{levels:?}");
        assert_eq!(levels[6], levels[7]);
        assert_eq!(Level::of(1, 0, 0), None);
        assert!(levels[3] < levels[3].above());
    }
}
