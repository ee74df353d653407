//! Order histories that look like a shop's: the same bytes for the same options and seed, on every machine.
//!
//! What is imitated: most members buy once and few buy often (who has bought is likelier to buy again), spending has
//! a heavy tail, evenings and weekends are busy, the shop grows, members invite members, some orders are refunded.
//! Whole numbers only.

use std::io::Write;

use ratchet_engine::amount::Rate;
use ratchet_engine::message::{Message, System};
use ratchet_engine::time::{DAY_US, Day, Timestamp, UtcOffset};

use crate::fault::FileFault;
use crate::outputs::put_digits;
use crate::progress::{Phase, Progress};
use crate::random::{Random, split_mix};

/// Most orders one file is generated with.
pub const ORDERS_MAX: u64 = 100_000_000;
/// Most days an order history covers.
pub const DAYS_MAX: u32 = 3_660;

/// What is to be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many orders; 1 to [`ORDERS_MAX`].
    pub orders: u64,
    /// How many members, at most as many as orders; absent: about one for three orders.
    pub members: Option<u64>,
    /// Other seed, other history.
    pub seed: u64,
    /// First day.
    pub start: Day,
    /// How many days; 1 to [`DAYS_MAX`].
    pub days: u32,
    /// Orders that are refunded, fully or in part.
    pub refunds: Rate,
    /// New members who were invited.
    pub referrals: Rate,
    /// Growth of the orders a day in 30 days.
    pub growth: Rate,
}

impl Options {
    /// A year of a growing shop.
    pub fn new(orders: u64, seed: u64) -> Options {
        Options {
            orders,
            members: None,
            seed,
            start: Day::parse("2026-01-01").expect("a day of the calendar"),
            days: 365,
            refunds: Rate::from_ppm(40_000),
            referrals: Rate::from_ppm(600_000),
            growth: Rate::from_ppm(60_000),
        }
    }

    fn check(&self) -> Result<(), FileFault<'static>> {
        let last = self.start.number() + i64::from(self.days) + i64::from(REFUND_DAYS_MAX);
        if !(1..=ORDERS_MAX).contains(&self.orders) {
            return Err(FileFault::Orders { count: self.orders, most: ORDERS_MAX });
        }
        if self.members.is_some_and(|members| members == 0 || members > self.orders) {
            return Err(FileFault::Members { most: self.orders });
        }
        if !(1..=DAYS_MAX).contains(&self.days) {
            return Err(FileFault::Days { days: self.days, most: DAYS_MAX });
        }
        // 1 January 1970 begins before the first instant there is.
        if self.start.number() < 1 || last >= Timestamp::MAX.us() / DAY_US {
            return Err(FileFault::Start {});
        }
        if self.refunds > Rate::ONE || self.referrals > Rate::ONE || self.growth > Rate::ONE {
            return Err(FileFault::Rates {});
        }
        Ok(())
    }
}

/// Why nothing, or not everything, was generated.
#[derive(Debug)]
pub enum GenerateError {
    /// The options make no sense.
    Options(Message),
    /// Writing failed.
    Io(std::io::Error),
}

impl GenerateError {
    /// What is said about it.
    pub fn message(&self) -> Message {
        match self {
            GenerateError::Options(message) => message.clone(),
            GenerateError::Io(error) => FileFault::WriteFailed { error: System(error) }.into(),
        }
    }
}

impl std::fmt::Display for GenerateError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
    }
}

impl std::error::Error for GenerateError {}

const REFUND_DAYS_MAX: u32 = 14;

/// Orders from Monday to Sunday, in proportion.
const WEEK: [u64; 7] = [92, 95, 97, 100, 112, 128, 118];

/// Orders by hour of the day, in proportion.
const HOURS: [u64; 24] =
    [14, 8, 5, 4, 4, 6, 14, 26, 40, 52, 60, 58, 60, 52, 47, 46, 46, 48, 54, 66, 82, 90, 74, 38];

/// Shopping festivals: twice the orders.
const FESTIVALS: [&str; 3] = ["06-18", "11-11", "12-12"];

/// Districts orders are delivered to (GB/T 2260), in proportion to how often they stand here.
const DISTRICTS: [&str; 16] = [
    "110105", "110108", "310115", "310112", "440305", "440306", "440106", "440113", "330106", "320505",
    "510107", "420106", "500112", "610113", "370202", "410105",
];

/// Writes the history as CSV, in order of time.
pub fn orders(
    options: &Options,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), GenerateError> {
    options.check().map_err(|fault| GenerateError::Options(fault.into()))?;
    let members = options.members.unwrap_or((options.orders / 3).max(1));
    let mut shop = Shop {
        options,
        random: Random::new(options.seed),
        powers: Powers::new(),
        dates: (0..options.days + REFUND_DAYS_MAX + 1)
            .scan(options.start, |day, _| Some(std::mem::replace(day, day.next()).to_string()))
            .collect(),
        buyers: Vec::with_capacity(options.orders as usize),
        members_to_come: members,
        members: 0,
        order_digits: options.orders.to_string().len().max(6),
        member_digits: members.to_string().len().max(6),
    };
    let mut text = Vec::from(
        &b"order_id,member_id,ordered_at,amount,referrer_id,ship_to,refunded_amount,refunded_at\n"[..],
    );
    let schedule = shop.schedule();
    for (day, orders) in (0..).zip(schedule) {
        for place in 0..orders {
            shop.order(day, place, orders, &mut text);
            if text.len() >= 1 << 16 {
                out.write_all(&text).map_err(GenerateError::Io)?;
                text.clear();
            }
        }
        let done = shop.buyers.len() as u64;
        progress(Progress { phase: Phase::Generating, done, total: options.orders });
    }
    out.write_all(&text).and_then(|()| out.flush()).map_err(GenerateError::Io)
}

struct Shop<'a> {
    options: &'a Options,
    random: Random,
    powers: Powers,
    /// Every day an order or a refund can be on.
    dates: Vec<String>,
    /// Buyer of each order so far.
    buyers: Vec<u32>,
    members_to_come: u64,
    members: u32,
    order_digits: usize,
    member_digits: usize,
}

impl Shop<'_> {
    /// Orders of each day; they sum to what was asked for.
    fn schedule(&self) -> Vec<u64> {
        // From the last day backwards, so that no growth is too strong for the numbers: what is too little to
        // count becomes nothing.
        let daily = 1_000_000_000 + u128::from(self.options.growth.ppm()) * 1_000 / 30;
        let mut level: u128 = 1_000_000_000_000_000_000;
        let mut weights = Vec::new();
        let days = (self.options.start.number()..).zip(&self.dates).take(self.options.days as usize);
        for (day, date) in days.collect::<Vec<_>>().into_iter().rev() {
            // 1970-01-01 was a Thursday.
            let weekday = WEEK[(day + 3).rem_euclid(7) as usize];
            let festival = if FESTIVALS.contains(&&date[5..]) { 2 } else { 1 };
            weights.push(level * u128::from(weekday * festival));
            level = level * 1_000_000_000 / daily;
        }
        weights.reverse();
        let total: u128 = weights.iter().sum();
        let mut upto = 0;
        let mut before = 0;
        weights
            .into_iter()
            .map(|weight| {
                upto += weight;
                let orders = u128::from(self.options.orders) * upto / total;
                std::mem::replace(&mut before, orders).abs_diff(orders) as u64
            })
            .collect()
    }

    fn order(&mut self, day: usize, place: u64, of: u64, text: &mut Vec<u8>) {
        let number = self.buyers.len() as u64 + 1;
        let (buyer, referrer) = self.buyer();
        let amount = self.amount(buyer);
        text.push(b'o');
        put_digits(text, u128::from(number), self.order_digits);
        text.push(b',');
        self.put_member(text, buyer);
        text.push(b',');
        let second = self.second_of_day(place, of);
        self.put_instant(text, day, second);
        text.push(b',');
        put_amount(text, amount);
        text.push(b',');
        if let Some(referrer) = referrer {
            self.put_member(text, referrer);
        }
        text.push(b',');
        let mut mixer = self.options.seed ^ (u64::from(buyer) << 20);
        text.extend_from_slice(DISTRICTS[(split_mix(&mut mixer) >> 60) as usize].as_bytes());
        text.push(b',');
        if self.random.happens(self.options.refunds) {
            let part = if self.random.below(5) == 0 { 10 * (1 + self.random.below(9)) } else { 100 };
            put_amount(text, (amount * part / 100).max(1));
            text.push(b',');
            // Most come back in the first days.
            let late = self
                .random
                .below(u64::from(REFUND_DAYS_MAX))
                .min(self.random.below(u64::from(REFUND_DAYS_MAX)));
            let second = self.random.below(86_400);
            self.put_instant(text, day + 1 + late as usize, second);
        } else {
            text.push(b',');
        }
        text.push(b'\n');
    }

    /// Who buys, and who invited a new one.
    fn buyer(&mut self) -> (u32, Option<u32>) {
        let orders = self.buyers.len() as u64;
        let left = self.options.orders - orders;
        // Picks exactly the members asked for, evenly over the orders.
        let is_new = self.members == 0 || self.random.below(left) < self.members_to_come;
        let (buyer, referrer) = if is_new {
            let invited = orders > 0 && self.random.happens(self.options.referrals);
            let referrer = invited.then(|| self.earlier_buyer(orders));
            self.members += 1;
            self.members_to_come -= 1;
            (self.members, referrer)
        } else {
            (self.earlier_buyer(orders), None)
        };
        self.buyers.push(buyer);
        (buyer, referrer)
    }

    /// The buyer of an earlier order: who has bought often comes again often, who has bought lately too.
    fn earlier_buyer(&mut self, orders: u64) -> u32 {
        let window = if self.random.below(5) < 3 { orders.div_ceil(8) } else { orders };
        let order = orders - 1 - self.random.below(window);
        self.buyers[order as usize]
    }

    /// In fen: log-normal by member and by order around ¥118, one order in 40 a large one.
    fn amount(&mut self, buyer: u32) -> u64 {
        // Four random 16-bit numbers add up to nearly a normal one of standard deviation 37,837.
        let normal = |bits: u64| {
            let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
            sum as i64 - 131_070
        };
        let mut mixer = self.options.seed.rotate_left(17) ^ u64::from(buyer);
        // Standard deviations of the logarithm: 0.55 between members, 0.65 between a member's orders.
        let level = normal(split_mix(&mut mixer)) * 1_374 / 1_000;
        let chance = normal(self.random.bits()) * 1_624 / 1_000;
        let mut amount = self.powers.scale(11_800, level + chance);
        if self.random.below(40) == 0 {
            amount *= 2 << self.random.bits().trailing_zeros().min(5);
        }
        let amount = amount.clamp(200, 5_000_000);
        match self.random.below(10) {
            0..5 => amount / 100 * 100 + 90,
            5..7 => amount / 100 * 100,
            _ => amount,
        }
    }

    /// The `place`-th of `of` orders of a day falls somewhere into its own slice of the day's orders, so that
    /// instants rise.
    fn second_of_day(&mut self, place: u64, of: u64) -> u64 {
        let total: u64 = HOURS.iter().sum();
        let within = u128::from(self.random.bits() >> 32);
        let position =
            (((u128::from(place) << 32) | within) * u128::from(total * 3600) / u128::from(of)) >> 32;
        let mut left = position as u64;
        for (hour, weight) in (0..).zip(HOURS) {
            if left < weight * 3600 {
                return hour * 3600 + left / weight;
            }
            left -= weight * 3600;
        }
        86_399
    }

    fn put_member(&self, text: &mut Vec<u8>, member: u32) {
        text.push(b'm');
        put_digits(text, u128::from(member), self.member_digits);
    }

    fn put_instant(&self, text: &mut Vec<u8>, day: usize, second: u64) {
        text.extend_from_slice(self.dates[day].as_bytes());
        for (mark, part) in [(b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)] {
            text.push(mark);
            put_digits(text, u128::from(part), 2);
        }
        let offset = UtcOffset::CHINA.seconds() / 3600;
        text.extend_from_slice(b"+0");
        text.push(b'0' + offset as u8);
        text.extend_from_slice(b":00");
    }
}

fn put_amount(text: &mut Vec<u8>, fen: u64) {
    put_digits(text, u128::from(fen / 100), 1);
    text.push(b'.');
    put_digits(text, u128::from(fen % 100), 2);
}

/// 2^(i/256) for i = 0 … 256, with 30 binary digits.
pub(crate) struct Powers([u64; 257]);

impl Powers {
    pub(crate) fn new() -> Powers {
        // 2^(1/2), 2^(1/4), … 2^(1/256) by repeated square roots, with 60 binary digits.
        let mut roots = [0_u128; 8];
        let mut root = 2_u128 << 60;
        for place in (0..8).rev() {
            root = (root << 60).isqrt();
            roots[place] = root;
        }
        Powers(std::array::from_fn(|index| {
            let mut power = 1_u128 << 60;
            for (bit, root) in roots.iter().enumerate() {
                if index >> bit & 1 == 1 {
                    power = (power * root) >> 60;
                }
            }
            if index == 256 { 2 << 30 } else { (power >> 30) as u64 }
        }))
    }

    /// `amount · 2^(exponent / 65536)`, rounded down, between the steps by a straight line.
    pub(crate) fn scale(&self, amount: u64, exponent: i64) -> u64 {
        let (whole, part) = (exponent >> 16, exponent & 0xffff);
        let (step, rest) = ((part >> 8) as usize, (part & 0xff) as u64);
        let power = self.0[step] + (self.0[step + 1] - self.0[step]) * rest / 256;
        let scaled = u128::from(amount) * u128::from(power);
        let scaled = if whole >= 0 { scaled << whole.min(60) } else { scaled >> (-whole).min(127) };
        (scaled >> 30) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two() {
        let powers = Powers::new();
        assert_eq!(powers.scale(1_000, 0), 1_000);
        assert_eq!(powers.scale(1_000, 65_536), 2_000);
        assert_eq!(powers.scale(1_000, -65_536), 500);
        // The square root of two.
        assert!(powers.scale(1_000_000_000, 32_768).abs_diff(1_414_213_562) < 10);
    }
}
