//! Random plan files: every option of every section, mixed at random and weighted by the profile.

use std::fmt::Write;

mod mall;
mod mechanisms;

use super::Profile;
use crate::amount::{AMOUNT_MAX, Currency, Money, Rate};
use crate::testing::rng::Rng;

/// Rates that sit on edges, in parts per million.
const EDGES: [u64; 12] =
    [0, 1, 10_000, 30_000, 100_000, 200_000, 300_000, 333_333, 500_000, 700_000, 999_999, 1_000_000];

struct Writer<'a> {
    rng: &'a mut Rng,
    text: String,
    currency: Currency,
    /// The profile is of the mall: tasks with names and tiers may be written.
    mall: bool,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A rate from `low` to `high` parts per million, on an edge in half of the cases.
    fn ppm(&mut self, low: u64, high: u64) -> u64 {
        let edge = self.rng.pick(&EDGES).copied().unwrap_or(low);
        if self.rng.chance(50) && (low..=high).contains(&edge) {
            return edge;
        }
        self.rng.between(low, high)
    }

    fn rate(&mut self, key: &str, ppm: u64) {
        let rate = Rate::from_ppm(u32::try_from(ppm).expect("at most a million"));
        let _ = writeln!(self.text, "{key} = \"{rate}\"");
    }

    fn money(&mut self, key: &str, minor: u64) {
        let minor = i64::try_from(minor).unwrap_or(AMOUNT_MAX).min(AMOUNT_MAX);
        let money = Money::from_minor(minor).expect("not below zero");
        let _ = writeln!(self.text, "{key} = \"{}\"", self.currency.format(money));
    }

    fn one_of(&mut self, choices: &[u64]) -> u64 {
        self.rng.pick(choices).copied().unwrap_or(0)
    }

    fn choice(&mut self, key: &str, choices: &[&str]) {
        let choice = self.rng.pick(choices).copied().unwrap_or_default();
        let _ = writeln!(self.text, "{key} = \"{choice}\"");
    }
}

/// The text of a random valid plan.
pub(super) fn random(rng: &mut Rng, profile: Profile) -> String {
    let code = match rng.below(10) {
        0 => "JPY",
        1 => "KWD",
        _ => "CNY",
    };
    let currency = Currency::parse(code).expect("a known currency");
    let mut w = Writer { rng, text: String::new(), currency, mall: profile.is_mall() };
    w.line("[programme]");
    w.line("name = { zh = \"随机\", en = \"Random\" }");
    let _ = writeln!(w.text, "currency = \"{code}\"");
    // Zones with half an hour of summer time, and with clocks that go forward or back at midnight.
    let zones = ["Europe/Berlin", "Africa/Cairo", "Asia/Beirut", "America/Santiago", "Australia/Lord_Howe"];
    match ["+08:00", "-14:00", "Z", "-03:30", "+14:00"].get(w.rng.index(6)) {
        Some(offset) => w.line(&format!("utc_offset = \"{offset}\"")),
        None => w.choice("time_zone", &zones),
    }
    w.line("mode = \"sandbox\"");

    let has_pool = match profile {
        Profile::Mixed => w.rng.chance(92),
        Profile::Mall | Profile::Promotions | Profile::Draws | Profile::Market => w.rng.chance(70),
        Profile::Capital | Profile::WindDown => w.rng.chance(95),
        Profile::RefundStorm
        | Profile::Cascade
        | Profile::Churn
        | Profile::Coalition
        | Profile::DailyBatch
        | Profile::Withdrawals => true,
    };
    // Half of all plans have none of the mechanisms beside the pool.
    let rich = w.rng.chance(50) || profile == Profile::Market;
    split(&mut w, has_pool, profile, rich);

    w.line("[settlement]");
    let at_once = match profile {
        Profile::Mixed
        | Profile::RefundStorm
        | Profile::DailyBatch
        | Profile::Mall
        | Profile::Promotions
        | Profile::Draws
        | Profile::WindDown => 50,
        Profile::Market | Profile::Capital => 70,
        Profile::Cascade | Profile::Withdrawals => 80,
        Profile::Churn | Profile::Coalition => 85,
    };
    let days = if w.rng.chance(at_once) { 0 } else { w.one_of(&[1, 1, 2, 7, 30]) };
    let _ = writeln!(w.text, "after_sale_days = {days}");

    if has_pool {
        pool(&mut w, profile);
    }
    refund(&mut w, has_pool, profile);
    wallet(&mut w, profile);
    let has_classes = (rich || profile.is_mall()) && w.rng.chance(40);
    let classes = if has_classes { mall::classes(&mut w) } else { 0 };
    if rich {
        mechanisms::write(&mut w, profile == Profile::Market, classes);
    }
    if profile.is_mall() {
        let parts = mall::Parts::of(&mut w, profile);
        let has_emission = w.text.contains("\n[emission]\n");
        mall::write(&mut w, parts, profile, (has_pool, has_emission), classes);
    }
    w.text
}

fn split(w: &mut Writer<'_>, has_pool: bool, profile: Profile, rich: bool) {
    w.line("[split]");
    let mut left = 1_000_000;
    let mut share = |w: &mut Writer<'_>, usual: u64| {
        let ppm = if w.rng.chance(60) { usual.min(left) } else { w.ppm(0, left) };
        left -= ppm;
        ppm
    };
    // The pool share is drawn first so that it is rarely squeezed out; the file's order does not matter here.
    let pool = match (has_pool, profile) {
        (false, _) => 0,
        (true, _) if rich => share(w, 150_000).min(500_000),
        (true, Profile::Churn | Profile::Cascade) => share(w, 500_000).max(1_000),
        (true, _) => share(w, 300_000),
    };
    let rich = rich || profile.is_mall();
    let most = if rich { 400_000 } else { 1_000_000 };
    let cost = share(w, 300_000).min(1_000_000 - pool).min(most);
    let commission = share(w, 300_000).min(1_000_000 - pool - cost).min(most);
    w.rate("cost", cost);
    w.rate("pool", pool);
    w.rate("commission", commission);
    let funds = if rich { 2 } else { w.one_of(&[0, 0, 1, 2]) };
    let mut left = 1_000_000 - pool - cost - commission;
    if funds > 0 {
        w.line("[split.funds]");
        // Not in the order of the alphabet.
        for name in ["welfare", "growth"].iter().take(usize::try_from(funds).unwrap_or(0)) {
            let ppm = w.ppm(0, left.min(if rich { 300_000 } else { 50_000 }));
            left -= ppm;
            w.rate(name, ppm);
        }
    }
}

fn pool(w: &mut Writer<'_>, profile: Profile) {
    w.line("[pool]");
    let mint_ratio = if w.rng.chance(60) { 700_000 } else { w.ppm(10_000, 1_000_000) };
    w.rate("mint_ratio", mint_ratio);
    let whole = 10_u64.pow(w.currency.decimals);
    let opening = if w.rng.chance(50) {
        whole
    } else {
        let prime = w.rng.between(1, 10_000);
        w.one_of(&[1, 2, 7, 100_000, 100_000_000, 99_999_989, prime])
    };
    w.money("opening_price", opening);
    let retention = if w.rng.chance(60) { 200_000 } else { w.ppm(0, 900_000) };
    w.rate("retention", retention);
    let at_withdrawal = if profile == Profile::Withdrawals { 50 } else { 20 };
    if w.rng.chance(at_withdrawal) {
        w.line("retention_point = \"withdrawal\"");
    }
    if w.rng.chance(20) {
        let points = w.one_of(&[1, 10, 997, 20_000]);
        let _ = writeln!(w.text, "house_points = {points}");
    }
    if profile == Profile::DailyBatch || w.rng.chance(12) {
        w.line("sale_price = \"daily_batch\"");
    }
    if w.rng.chance(18) {
        let ppm = w.ppm(1, 1_000_000).max(1);
        w.rate("max_contribution", ppm);
    }
    let exits = match profile {
        Profile::Churn => 35,
        Profile::Cascade => 100,
        Profile::Mixed
        | Profile::RefundStorm
        | Profile::Coalition
        | Profile::DailyBatch
        | Profile::Withdrawals
        | Profile::Capital
        | Profile::WindDown => 70,
        Profile::Mall | Profile::Promotions | Profile::Draws | Profile::Market => 30,
    };
    if !w.rng.chance(exits) {
        return;
    }
    w.line("[pool.exit]");
    let multiple = match profile {
        Profile::Cascade => w.one_of(&[1, 1, 2]),
        Profile::Mixed
        | Profile::RefundStorm
        | Profile::Churn
        | Profile::Coalition
        | Profile::DailyBatch
        | Profile::Withdrawals
        | Profile::Mall
        | Profile::Promotions
        | Profile::Draws
        | Profile::Market
        | Profile::Capital
        | Profile::WindDown => w.one_of(&[1, 1, 2, 3, 3, 1_000]),
    };
    let _ = writeln!(w.text, "multiple = {multiple}");
    w.choice("basis", &["member", "member", "lot"]);
    w.choice("counts", &["earned", "earned", "held", "realised"]);
    // A multiple of the contribution is reached much sooner.
    w.choice("of", &["spend", "contribution", "contribution"]);
    let clamp = w.rng.chance(35);
    let _ = writeln!(w.text, "clamp = {clamp}");
    w.choice("retention_to", &["pool", "pool", "residual"]);
}

fn refund(w: &mut Writer<'_>, has_pool: bool, profile: Profile) {
    let often = if matches!(profile, Profile::RefundStorm | Profile::WindDown) { 75 } else { 30 };
    if !w.rng.chance(often) {
        return;
    }
    w.line("[refund]");
    let share = w.ppm(0, 1_000_000);
    w.rate("reserve_share", share);
    if has_pool {
        if w.rng.chance(40) {
            let required = w.one_of(&[1, 100, 10_000, 1_000_000]);
            w.money("reserve_required", required);
        }
        let set_off = w.rng.chance(50);
        let _ = writeln!(w.text, "set_off_sales = {set_off}");
    }
}

fn wallet(w: &mut Writer<'_>, profile: Profile) {
    let often = match profile {
        Profile::Withdrawals => 95,
        Profile::RefundStorm | Profile::WindDown => 70,
        Profile::Mixed
        | Profile::Cascade
        | Profile::Churn
        | Profile::Coalition
        | Profile::DailyBatch
        | Profile::Mall
        | Profile::Promotions
        | Profile::Draws
        | Profile::Market
        | Profile::Capital => 35,
    };
    if !w.rng.chance(often) {
        return;
    }
    w.line("[wallet]");
    if w.rng.chance(50) {
        let fee = w.ppm(0, 99_000);
        w.rate("withdrawal_fee", fee);
    }
    let minimum = w.one_of(&[1, 1, 100, 5_000]);
    w.money("withdrawal_minimum", minimum);
    if w.rng.chance(30) {
        let limit = w.one_of(&[5_000, 100_000, 10_000_000]);
        w.money("withdrawal_daily_limit", limit);
    }
    if w.rng.chance(25) {
        let hours = w.one_of(&[1, 24, 72]);
        let _ = writeln!(w.text, "withdrawal_cool_down_hours = {hours}");
    }
    if w.rng.chance(50) {
        let above = w.one_of(&[0, 1, 10_000, 1_000_000]);
        w.money("two_approvals_above", above);
    }
    if w.rng.chance(60) {
        let share = w.ppm(0, 1_000_000);
        w.rate("reconsume_share", share);
    }
    let nets = w.rng.chance(60);
    let _ = writeln!(w.text, "net_receivables = {nets}");
}
