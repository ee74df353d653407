//! Random sections of the mall: small stocks, short windows and high rates, so that a short program oversells, fails groups,
//! runs out of commitments and meets its limits.

use std::fmt::Write;

use super::Writer;
use crate::testing::program::Profile;

/// What of the mall a plan has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) catalogue: bool,
    pub(super) promotions: bool,
    pub(super) market: bool,
    pub(super) capital: bool,
}

impl Parts {
    pub(super) fn of(w: &mut Writer<'_>, profile: Profile) -> Parts {
        let (few, many) = (w.rng.chance(25), w.rng.chance(60));
        match profile {
            Profile::Mall => Parts { catalogue: true, promotions: few, market: false, capital: few },
            Profile::Promotions | Profile::Draws => {
                Parts { catalogue: true, promotions: true, market: false, capital: few }
            }
            Profile::Market => Parts { catalogue: few, promotions: false, market: true, capital: few },
            Profile::Capital => Parts { catalogue: few, promotions: false, market: few, capital: true },
            Profile::WindDown => Parts { catalogue: many, promotions: many, market: few, capital: many },
            Profile::Mixed
            | Profile::RefundStorm
            | Profile::Cascade
            | Profile::Churn
            | Profile::Coalition
            | Profile::DailyBatch
            | Profile::Withdrawals => {
                Parts { catalogue: false, promotions: false, market: false, capital: false }
            }
        }
    }
}

/// Writes the sections. The split has the funds `welfare` and `growth`.
pub(super) fn write(
    w: &mut Writer<'_>,
    parts: Parts,
    profile: Profile,
    (has_pool, has_emission): (bool, bool),
    classes: u64,
) {
    let loyalty = (parts.catalogue || parts.promotions) && w.rng.chance(65);
    if loyalty {
        w.line("[loyalty]");
        loyalty_earned(w);
        let days = w.one_of(&[1, 2, 30]);
        let _ = writeln!(w.text, "valid_days = {days}");
        if w.rng.chance(40) {
            w.line("set_off = true");
        }
        if w.rng.chance(50) {
            loyalty_tiers(w);
        }
        for class in 1..=classes {
            if w.rng.chance(50) {
                let _ = writeln!(w.text, "[[loyalty.classes]]\nclass = \"c{class}\"");
                let rate = w.one_of(&[0, 10_000, 700_000]);
                w.rate("rate", rate);
            }
        }
    }
    if parts.market && has_emission {
        market(w);
    }
    if parts.capital {
        capital(w, has_pool);
    }
    if w.rng.chance(50) {
        sources(w, has_pool);
    }
    if w.rng.chance(50) {
        tasks(w);
    }
    if !parts.catalogue && !parts.promotions {
        return;
    }
    w.line("[catalogue]");
    let minutes = w.one_of(&[1, 15, 60, 1_440]);
    let _ = writeln!(w.text, "hold_minutes = {minutes}");
    if w.rng.chance(20) {
        w.line("listed_only = true");
    }
    if w.rng.chance(40) {
        freight(w);
    }
    let coupons = w.rng.below(4);
    for number in 1..=coupons {
        coupon(w, number);
    }
    if parts.promotions {
        promotions(w, profile, loyalty, coupons);
    }
}

fn name(w: &mut Writer<'_>) {
    w.line("name = { zh = \"名\", en = \"Name\" }");
}

/// LOY-5: a rate or steps, what a point is worth, minimum and limit.
fn loyalty_earned(w: &mut Writer<'_>) {
    let steps = w.rng.chance(40);
    if steps {
        let per_full = w.one_of(&[1, 250, 1_000, 10_000]);
        w.money("per_full", per_full);
        let points = w.rng.between(0, per_full.min(5));
        let _ = writeln!(w.text, "points = {points}");
    } else {
        let rate = w.one_of(&[20_000, 500_000, 1_000_000]);
        w.rate("earn_rate", rate);
    }
    // Steps are worth at most what they take.
    if w.rng.chance(30) {
        let worth = if steps { 1 } else { w.one_of(&[1, 5, 100]) };
        w.money("worth", worth);
    }
    if w.rng.chance(30) {
        let minimum = w.one_of(&[1, 500, 20_000]);
        w.money("minimum", minimum);
    }
    if w.rng.chance(30) {
        let limit = w.one_of(&[1, 100, 50_000]);
        let _ = writeln!(w.text, "monthly_limit = {limit}");
    }
}

/// LOY-5d. Sections of a list end the section before them, so they come last.
fn loyalty_tiers(w: &mut Writer<'_>) {
    let windowed = w.rng.chance(70);
    if windowed {
        let days = w.one_of(&[1, 2, 30]);
        let _ = writeln!(w.text, "tier_days = {days}");
        if w.rng.chance(50) {
            let days = w.one_of(&[0, 1, 20]);
            let _ = writeln!(w.text, "keep_days = {days}");
        }
    }
    let by_points = w.rng.chance(40);
    let mut from = w.one_of(&[1, 100, 5_000]);
    for _ in 0..w.rng.between(1, 3) {
        w.line("[[loyalty.tiers]]");
        if by_points {
            let _ = writeln!(w.text, "from_points = {from}");
        } else {
            w.money("from", from);
        }
        let rate = w.one_of(&[0, 30_000, 600_000]);
        w.rate("rate", rate);
        from += w.one_of(&[1, 10_000]);
    }
}

/// CAT-7: classes that articles and lines may be of.
pub(super) fn classes(w: &mut Writer<'_>) -> u64 {
    let count = w.rng.between(1, 3);
    for number in 1..=count {
        let _ = writeln!(w.text, "[[class]]\nid = \"c{number}\"");
        name(w);
    }
    count
}

fn market(w: &mut Writer<'_>) {
    w.line("[market]");
    w.choice("lot", &["0.01", "1", "0.000000000001", "1000"]);
    let tick = w.one_of(&[1, 1, 5, 100]);
    w.money("tick", tick);
    if w.rng.chance(70) {
        let fee = w.ppm(0, 600_000);
        w.rate("fee", fee);
    }
    if w.rng.chance(40) {
        let band = w.ppm(1, 1_000_000);
        w.rate("band", band);
    }
    let most = w.one_of(&[1, 3, 100]);
    let _ = writeln!(w.text, "offers_per_member = {most}");
}

fn capital(w: &mut Writer<'_>, has_pool: bool) {
    if w.rng.chance(75) {
        w.line("[funding]");
    }
    if has_pool && w.rng.chance(75) {
        w.line("[equity]\nlock_days = 1\nvest_days = 0");
    }
    if w.rng.chance(80) {
        w.line("[claims]");
        let share = w.ppm(100_000, 1_000_000);
        w.rate("share", share);
        let (stages, days) = (w.one_of(&[1, 1, 2, 3, 7]), w.one_of(&[1, 2, 30]));
        let _ = writeln!(w.text, "stages = {stages}\nstage_days = {days}");
    }
}

fn sources(w: &mut Writer<'_>, has_pool: bool) {
    for id in ["shop", "live", "offline"] {
        if id != "shop" && w.rng.chance(35) {
            continue;
        }
        let _ = writeln!(w.text, "[[source]]\nid = \"{id}\"");
        name(w);
        if w.rng.chance(60) {
            w.line("[source.split]");
            let mut left = 1_000_000;
            let mut share = |w: &mut Writer<'_>, most: u64| {
                let ppm = w.ppm(0, most.min(left));
                left -= ppm;
                ppm
            };
            for (key, most) in [("cost", 600_000), ("pool", 400_000), ("commission", 400_000)] {
                let ppm = share(w, most);
                if key != "pool" || has_pool {
                    w.rate(key, ppm);
                }
            }
            if w.rng.chance(50) {
                w.line("[source.split.funds]");
                let ppm = share(w, 300_000);
                w.rate("growth", ppm);
            }
        }
        if w.rng.chance(50) {
            w.line("[source.excludes]");
            for key in ["commission", "release", "value", "loyalty"] {
                let excluded = w.rng.chance(40);
                let _ = writeln!(w.text, "{key} = {excluded}");
            }
        }
    }
}

fn tasks(w: &mut Writer<'_>) {
    for id in ["sign_in", "read", "share"].iter().take(usize::try_from(w.rng.between(1, 3)).unwrap_or(1)) {
        let _ = writeln!(w.text, "[[task]]\nid = \"{id}\"");
        name(w);
        let (limit, once) = (w.rng.between(1, 3), w.rng.chance(25));
        let _ = writeln!(w.text, "daily_limit = {limit}\nonce = {once}");
    }
}

fn freight(w: &mut Writer<'_>) {
    w.line("[freight]");
    let base = w.one_of(&[0, 800, 1]);
    w.money("base", base);
    if w.rng.chance(60) {
        let above = w.one_of(&[1, 5_000, 100_000]);
        w.money("free_above", above);
    }
    for code in ["330106", "330100", "330000", "440000"] {
        if w.rng.chance(40) {
            w.line("[[freight.regions]]");
            let _ = writeln!(w.text, "code = \"{code}\"");
            let amount = w.one_of(&[0, 1_500, 7]);
            w.money("amount", amount);
        }
    }
}

fn coupon(w: &mut Writer<'_>, number: u64) {
    let _ = writeln!(w.text, "[[coupon]]\nid = \"c{number}\"");
    name(w);
    if w.rng.chance(50) {
        let off = w.one_of(&[1, 500, 10_000_000]);
        w.money("off", off);
    } else {
        let rate = w.ppm(1, 1_000_000).max(1);
        w.rate("rate", rate);
    }
    if w.rng.chance(40) {
        let minimum = w.one_of(&[1, 10_000, 1_000_000]);
        w.money("minimum", minimum);
    }
    if w.rng.chance(30) {
        w.line("product = \"tea\"");
    }
    if w.rng.chance(25) {
        w.line("merchant = \"s1\"");
    }
    let days = w.one_of(&[1, 3, 30]);
    let stackable = w.rng.chance(60);
    let _ = writeln!(w.text, "valid_days = {days}\nstackable = {stackable}");
}

/// The parts of one promotion.
#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    id: &'static str,
    group: bool,
    lottery: bool,
    presale: bool,
    blind_box: bool,
    chain: bool,
    relist: bool,
    voucher: bool,
}

const PLAIN: Kind = Kind {
    id: "flash",
    group: false,
    lottery: false,
    presale: false,
    blind_box: false,
    chain: false,
    relist: false,
    voucher: false,
};
/// Every combination that makes sense.
const PROMOTIONS: [Kind; 11] = [
    PLAIN,
    Kind { id: "group", group: true, ..PLAIN },
    Kind { id: "lottery", group: true, lottery: true, ..PLAIN },
    Kind { id: "presale", presale: true, ..PLAIN },
    Kind { id: "presale_group", presale: true, group: true, ..PLAIN },
    Kind { id: "box", blind_box: true, ..PLAIN },
    Kind { id: "box_group", blind_box: true, group: true, ..PLAIN },
    Kind { id: "chain", chain: true, ..PLAIN },
    Kind { id: "relist", relist: true, ..PLAIN },
    Kind { id: "voucher", voucher: true, ..PLAIN },
    Kind { id: "voucher_group", voucher: true, group: true, ..PLAIN },
];

fn promotions(w: &mut Writer<'_>, profile: Profile, loyalty: bool, coupons: u64) {
    for kind in PROMOTIONS {
        let drawn = kind.lottery || kind.blind_box;
        let often = match (profile == Profile::Draws, drawn) {
            (true, true) => 85,
            (true, false) => 15,
            (false, _) => 45,
        };
        if kind.id != "flash" && !w.rng.chance(often) {
            continue;
        }
        let _ = writeln!(w.text, "[[promotion]]\nid = \"{}\"", kind.id);
        name(w);
        let price = w.one_of(&[100, 9_900, 100_000, 7]);
        w.money("price", price);
        if w.rng.chance(30) {
            let most = w.rng.between(1, 3);
            let _ = writeln!(w.text, "limit_per_member = {most}");
        }
        if w.rng.chance(30) {
            let most = w.rng.between(1, 3);
            let _ = writeln!(w.text, "limit_per_order = {most}");
        }
        let minutes = w.one_of(&[1, 15, 600]);
        let _ = writeln!(w.text, "hold_minutes = {minutes}");
        sections(w, kind, price, loyalty, coupons);
    }
}

fn sections(w: &mut Writer<'_>, kind: Kind, price: u64, loyalty: bool, coupons: u64) {
    let members = w.one_of(&[2, 2, 3, 4]);
    if kind.group {
        let hours = w.one_of(&[1, 24, 48]);
        let _ = writeln!(w.text, "[promotion.group]\nmembers = {members}\nhours = {hours}");
        match w.rng.below(5) {
            0 => {}
            1 | 2 => {
                let bonus = w.one_of(&[1, 500, 100_000_000]);
                w.money("leader_bonus", bonus);
            }
            _ => {
                let rate = w.ppm(0, 1_000_000);
                w.rate("leader_rate", rate);
            }
        }
    }
    if kind.lottery {
        let (winners, hours) = (w.rng.between(1, members - 1), w.one_of(&[1, 24]));
        let _ = writeln!(w.text, "[promotion.lottery]\nwinners = {winners}\nreveal_hours = {hours}");
        w.choice("fund", &["welfare", "growth"]);
        match if loyalty && w.rng.chance(40) { 3 } else { w.rng.below(5) } {
            0 => {}
            1 => {
                let amount = w.one_of(&[1, 300, 1_000_000]);
                w.money("consolation", amount);
            }
            2 => {
                let rate = w.ppm(0, 1_000_000);
                w.rate("consolation_rate", rate);
            }
            3 if loyalty => {
                let amount = w.one_of(&[1, 300, 1_000_000]);
                w.money("consolation_loyalty", amount);
            }
            _ if coupons > 0 => w.line("consolation_coupon = \"c1\""),
            _ => {}
        }
    }
    if kind.presale {
        w.line("[promotion.presale]");
        let deposit = (price / 4).max(1);
        w.money("deposit", deposit);
        if w.rng.chance(50) {
            w.money("counts_as", deposit + price / 5);
        }
        let hours = w.one_of(&[1, 24, 72]);
        let _ = writeln!(w.text, "balance_hours = {hours}");
        if w.rng.chance(60) {
            let hours = w.one_of(&[1, 48]);
            let _ = writeln!(w.text, "ship_hours = {hours}");
        }
        let forfeit = w.rng.chance(60);
        let _ = writeln!(w.text, "forfeit = {forfeit}");
    }
    if kind.blind_box {
        w.line("[promotion.blind_box]");
        if w.rng.chance(60) {
            let pity = w.rng.between(1, 3);
            let _ = writeln!(w.text, "pity = {pity}");
        }
        if w.rng.chance(40) {
            let most = w.rng.between(1, 2);
            let _ = writeln!(w.text, "limit_per_day = {most}");
        }
        let hours = w.one_of(&[1, 24]);
        let _ = writeln!(w.text, "reveal_hours = {hours}");
        for number in 1..=w.rng.between(2, 3) {
            let (weight, stock) = (w.one_of(&[1, 3, 1_000]), w.rng.between(1, 4));
            w.line("[[promotion.blind_box.items]]");
            let _ = writeln!(w.text, "sku = \"fig{number}\"\nweight = {weight}\nstock = {stock}");
        }
    }
    if kind.chain {
        w.line("[promotion.chain]");
        let quota = w.one_of(&[1, 2, 2, 3]);
        let _ = writeln!(w.text, "quota = {quota}");
        for key in ["direct_bonus", "boss_bonus"] {
            let bonus = w.one_of(&[0, price / 10, price / 3, price]);
            w.money(key, bonus);
        }
    }
    if kind.relist {
        w.line("[promotion.relist]");
        let (markup, fee) = (w.ppm(1, 1_000_000).max(1), w.ppm(0, 200_000));
        w.rate("markup", markup);
        w.rate("fee", fee);
        let ceiling = w.one_of(&[price, price * 2, price * 5]);
        w.money("ceiling", ceiling);
    }
    if kind.voucher {
        let days = w.one_of(&[1, 3]);
        let _ = writeln!(w.text, "[promotion.voucher]\nvalid_days = {days}");
    }
}
