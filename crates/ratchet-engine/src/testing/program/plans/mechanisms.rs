//! Random sections of distribution, release, emission and merchants: small thresholds and high rates, so that a short
//! program reaches ranks, finished lots, empty funds and the cap.

use std::fmt::Write;

use super::Writer;

/// Writes a mixture of sections. The split has the funds `welfare` and `growth`.
pub(super) fn write(w: &mut Writer<'_>, needs_emission: bool, classes: u64) {
    let ranks = if w.rng.chance(75) { w.rng.between(1, 4) } else { 0 };
    // Ranks of equal rates differ in their peers only.
    let each = if w.rng.chance(40) { 2 } else { 1 };
    if w.rng.chance(75) {
        commission(w, ranks, classes);
    }
    if ranks > 0 {
        ranking(w);
    }
    if w.rng.chance(60) {
        release(w);
    }
    if w.rng.chance(65) || needs_emission {
        value(w);
        if w.rng.chance(80) || needs_emission {
            emission(w, ranks);
            if w.rng.chance(75) {
                merchant(w);
            }
        }
    }
    // Last, because keys after an array of tables would belong to it.
    let step = w.one_of(&[0, 1, 100, 10_000, 100_000, 1_000_000]);
    let from = w.rng.below(2);
    for number in 1..=ranks {
        rank(w, number, step * (number - from), number.div_ceil(each));
    }
}

/// COMM-10: what a class states. Cumulative rates of agents it states all or none of.
fn class_rates(w: &mut Writer<'_>, class: u64, ranks: u64, (regional, differs): (bool, bool)) {
    let _ = writeln!(w.text, "[[commission.rate]]\nclass = \"c{class}\"");
    for key in ["direct", "indirect"] {
        if w.rng.chance(60) {
            let rate = w.ppm(0, 500_000);
            w.rate(key, rate);
        }
    }
    let all = w.rng.chance(50);
    let mut rates = [w.ppm(0, 90_000), w.ppm(0, 90_000), w.ppm(0, 90_000)];
    if differs {
        rates.sort_unstable();
    }
    for (key, rate) in ["district", "city", "province"].into_iter().zip(rates) {
        if regional && (all || (!differs && w.rng.chance(50))) {
            w.rate(key, rate);
        }
    }
    if ranks > 0 && w.rng.chance(60) {
        w.line("[commission.rate.ranks]");
        let mut rate = 0;
        for number in 1..=ranks {
            // Now and then two ranks earn the same.
            if w.rng.chance(70) {
                rate = w.ppm(rate, 300_000.max(rate));
            }
            w.rate(&format!("r{number}"), rate);
        }
    }
}

/// A rate that is high, or on an edge.
fn high(w: &mut Writer<'_>) -> u64 {
    let any = w.ppm(0, 1_000_000);
    w.one_of(&[3_000, 100_000, 333_333, 400_000, 500_000, 1_000_000, any])
}

fn rates(w: &mut Writer<'_>, key: &str, count: u64, most: u64) {
    let rates: Vec<String> = (0..count).map(|_| format!("\"{}\"", percent(w.ppm(0, most)))).collect();
    let _ = writeln!(w.text, "{key} = [{}]", rates.join(", "));
}

fn percent(ppm: u64) -> String {
    crate::amount::Rate::from_ppm(u32::try_from(ppm).expect("at most a million")).to_string()
}

fn commission(w: &mut Writer<'_>, ranks: u64, classes: u64) {
    w.line("[commission]");
    if w.rng.chance(60) {
        let cap = w.ppm(0, 1_000_000);
        w.rate("cap", cap);
    }
    w.choice("qualified", &["active", "active", "purchased"]);
    for section in ["direct", "indirect"] {
        if w.rng.chance(65) {
            let _ = writeln!(w.text, "[commission.{section}]");
            let rate = w.ppm(0, 200_000);
            w.rate("rate", rate);
        }
    }
    let by_rank = ranks > 0 && w.rng.chance(85);
    if by_rank {
        w.line("[commission.differential]");
        if w.rng.chance(75) {
            w.line("[commission.peer]");
            let generations = w.rng.between(1, 3);
            rates(w, "rates", generations, 500_000);
            w.choice("base", &["differential", "order"]);
        }
    }
    let (regional, mut differs) = (w.rng.chance(60), false);
    if regional {
        w.line("[commission.regional]");
        let mut rates = [w.ppm(0, 60_000), w.ppm(0, 60_000), w.ppm(0, 60_000)];
        differs = w.rng.chance(50);
        if differs {
            rates.sort_unstable();
            w.line("mode = \"differential\"");
        }
        for (key, rate) in ["district", "city", "province"].into_iter().zip(rates) {
            w.rate(key, rate);
        }
    }
    if w.rng.chance(60) {
        w.line("[commission.dividend]");
        let rate = w.ppm(0, 300_000);
        w.rate("rate", rate);
        w.choice("fund", &["welfare", "growth"]);
        w.choice("period", &["day", "week", "month"]);
    }
    for number in 1..=classes {
        if w.rng.chance(70) {
            class_rates(w, number, if by_rank { ranks } else { 0 }, (regional, differs));
        }
    }
}

fn rank(w: &mut Writer<'_>, number: u64, volume: u64, level: u64) {
    w.line("[[rank]]");
    let _ = writeln!(w.text, "id = \"r{number}\"\nname = {{ zh = \"级\", en = \"Rank\" }}");
    w.money("volume", volume);
    w.rate("rate", 70_000 * level + 1);
    w.rate("tip_rate", 60_007 * level);
    if number > 1 && w.rng.chance(50) {
        let legs = w.one_of(&[1, 1, 2]);
        let below = w.rng.between(1, number - 1);
        let _ = writeln!(w.text, "legs = {legs}\nleg_rank = \"r{below}\"");
    }
}

fn ranking(w: &mut Writer<'_>) {
    if w.rng.chance(40) {
        return;
    }
    w.line("[ranking]");
    w.choice("volume", &["team", "team", "small_legs"]);
    let include_self = w.rng.chance(50);
    let _ = writeln!(w.text, "include_self = {include_self}");
    if w.rng.chance(50) {
        let days = w.rng.between(1, 3);
        let _ = writeln!(w.text, "window_days = {days}");
    }
    let demotion = w.rng.chance(50);
    let _ = writeln!(w.text, "demotion = {demotion}");
}

fn release(w: &mut Writer<'_>) {
    w.line("[release]");
    let (grant, rate) = (high(w), high(w));
    w.rate("grant_ratio", grant);
    w.rate("rate", rate);
    let tiers = w.mall && w.rng.chance(40);
    w.choice("base", if tiers { &["remaining"] } else { &["original", "remaining"] });
    w.choice("fund", &["welfare", "growth"]);
    if w.mall && w.rng.chance(30) {
        let required = w.rng.between(1, 3);
        let _ = writeln!(w.text, "tasks_required = {required}");
    }
    if w.rng.chance(60) {
        let share = w.ppm(0, 1_000_000);
        w.rate("reconsume_share", share);
    }
    if w.rng.chance(40) {
        let boost = w.ppm(0, 300_000);
        w.rate("boost", boost);
    }
    if w.rng.chance(65) {
        w.line("[release.acceleration]");
        let direct = high(w);
        w.rate("direct", direct);
        if w.rng.chance(60) {
            let indirect = high(w);
            w.rate("indirect", indirect);
        }
    }
    if w.rng.chance(50) {
        w.line("[release.zones]");
        w.line("none = 0\nplain = 1\ndouble = 2\ntriple = 3");
    }
    if tiers {
        for from in [0, 5, 300, 20_000] {
            if w.rng.chance(60) {
                let rate = high(w);
                w.line("[[release.tiers]]");
                let _ = writeln!(w.text, "from = {from}");
                w.rate("rate", rate);
            }
        }
    }
}

fn value(w: &mut Writer<'_>) {
    w.line("[value]");
    let (grant, rate) = (high(w), high(w));
    w.rate("grant_ratio", grant);
    w.rate("rate", rate);
    if w.rng.chance(60) {
        let generations = w.rng.between(1, 4);
        rates(w, "referral", generations, 300_000);
    }
}

fn emission(w: &mut Writer<'_>, ranks: u64) {
    w.line("[emission]");
    let years: Vec<String> = (0..w.rng.between(1, 3))
        .map(|_| w.one_of(&[0, 1, 365, 1_000, 92_250, 1_000_003]).to_string())
        .collect();
    let _ = writeln!(w.text, "years = [{}]", years.join(", "));
    w.choice("tail", &["halving", "none"]);
    let cap = w.one_of(&[1, 500, 100_000, 1_000_000, 1_000_000_000_000]);
    let _ = writeln!(w.text, "cap = {cap}");
    let whole = 10_u64.pow(w.currency.decimals);
    let price = w.one_of(&[1, whole, 1_000 * whole, 997]);
    w.money("first_price", price);
    let mut left = 1_000_000;
    let mut share = |w: &mut Writer<'_>, most: u64| {
        let ppm = w.ppm(0, most.min(left));
        left -= ppm;
        ppm
    };
    let members = share(w, 900_000);
    let platform = share(w, 300_000);
    w.rate("members", members);
    w.rate("platform", platform);
    if ranks > 0 && w.rng.chance(75) {
        w.line("[emission.ranks]");
        for number in 1..=ranks {
            if w.rng.chance(70) {
                let ppm = share(w, 300_000);
                w.rate(&format!("r{number}"), ppm);
            }
        }
    }
}

fn merchant(w: &mut Writer<'_>) {
    w.line("[merchant]");
    let pack = w.one_of(&[0, 1, 100, 39_900]);
    w.money("activation_pack", pack);
    if w.rng.chance(60) {
        let share = w.ppm(0, 1_000_000);
        w.rate("merchant_share", share);
    }
}
