//! What the arithmetic says of plans (LINT-1).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ratchet_engine::lint::{CODES, Finding, Severity, lint};
use ratchet_engine::plan::Plan;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn parse(source: &str) -> Plan {
    Plan::parse("test.toml", source).unwrap_or_else(|errors| panic!("{errors}\nin:\n{source}"))
}

fn preset(name: &str) -> Plan {
    parse(&read(&root().join("plans").join(name)))
}

/// A plan with this split, and what follows it.
fn plan(name: &str, rest: &str) -> Plan {
    parse(&format!("[programme]\nname = {{ zh = \"测试\", en = \"{name}\" }}\n[split]\n{rest}"))
}

fn codes(plan: &Plan) -> Vec<&'static str> {
    lint(plan).iter().map(|finding| finding.code).collect()
}

fn find(plan: &Plan, code: &str) -> Finding {
    let findings = lint(plan);
    let found = findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("no {code} among {:?}", codes(plan))).clone()
}

fn has(plan: &Plan, code: &str) -> bool {
    codes(plan).contains(&code)
}

/// A pool with everything on, so that one thing at a time can be taken away.
const CLOSED: &str = "cost = \"50%\"\npool = \"20%\"\n[pool]\nhouse_points = 1000\nsale_price = \"daily_batch\"\n\
                      max_contribution = \"10%\"\n[pool.exit]\nmultiple = 3\nof = \"contribution\"\nretention_to = \"residual\"\n";

/// Code, what is replaced in `CLOSED`, by what: the finding is there then and not before.
const OPENED: &[(&str, &str, &str)] = &[
    ("LINT-1.exploit.last_holder", "house_points = 1000\n", ""),
    ("LINT-1.exploit.sale_splitting", "\"daily_batch\"", "\"immediate\""),
    ("LINT-1.exploit.retention_harvest", "\"residual\"", "\"pool\""),
    ("LINT-1.exploit.cap_on_spend", "of = \"contribution\"\n", ""),
    ("LINT-1.exploit.stale_price", "max_contribution = \"10%\"\n", ""),
    ("LINT-1.exploit.refund_after_sale", "[pool]\n", "[settlement]\nafter_sale_days = 0\n[pool]\n"),
    ("LINT-1.mint.zero", "[pool]\n", "[pool]\nmint_ratio = \"0%\"\n"),
    ("LINT-1.mint.full", "[pool]\n", "[pool]\nmint_ratio = \"100%\"\n"),
    ("LINT-1.retention.zero", "[pool]\n", "[pool]\nretention = \"0%\"\n"),
    ("LINT-1.retention.total", "[pool]\n", "[pool]\nretention = \"100%\"\n"),
    ("LINT-1.pool.no_share", "pool = \"20%\"\n", ""),
    ("LINT-1.refund.unfunded", "[pool]\n", "[refund]\nreserve_required = \"5\"\n[pool]\n"),
    (
        "LINT-1.refund.unfunded",
        "[pool]\n",
        "commission = \"30%\"\n[refund]\nreserve_required = \"5\"\nreserve_share = \"9%\"\n[pool]\n",
    ),
    ("LINT-1.split.no_platform", "[pool]\n", "commission = \"30%\"\n[pool]\n"),
    ("LINT-1.split.no_cost", "cost = \"50%\"\n", ""),
    ("LINT-1.slip.small_rate", "[pool]\n", "[pool]\nretention = \"2‰\"\n"),
    ("LINT-1.bound.all", "[pool]\n", "[split.funds]\na = \"1%\"\n[pool]\n"),
];

/// LINT-1: each finding comes with its cause and goes with it; POOL-11 options that are on open nothing.
#[test]
fn each_finding_has_its_cause() {
    let closed = plan("Test", CLOSED);
    assert!(codes(&closed).iter().all(|code| !code.contains("exploit")), "{:?}", codes(&closed));
    for (code, from, to) in OPENED {
        assert!(CLOSED.contains(from), "{from} is not in the plan");
        assert!(!has(&closed, code), "{code} without its cause");
        let opened = plan("Test", &CLOSED.replacen(from, to, 1));
        assert!(has(&opened, code), "no {code} among {:?}", codes(&opened));
    }
}

fn rank(id: &str, rest: &str) -> String {
    format!("[[rank]]\nid = \"{id}\"\nname = {{ zh = \"级\", en = \"{id}\" }}\n{rest}\n")
}

fn ranks() -> String {
    rank("a", "volume = \"1\"\nrate = \"4%\"") + &rank("b", "volume = \"2\"\nrate = \"10%\"")
}

/// A split with everything that `[commission]` can have.
fn commissions() -> String {
    format!(
        "cost = \"50%\"\ncommission = \"30%\"\n{}[commission.direct]\nrate = \"10%\"\n[commission.indirect]\nrate = \"5%\"\n\
         [commission.differential]\n[commission.peer]\nrates = [\"10%\", \"5%\"]\n[commission.regional]\ndistrict = \"3%\"\ncity = \"2%\"\nprovince = \"1%\"\n",
        ranks()
    )
}

/// Plans that say the rest of what commissions and ranks can say.
fn odd_commissions() -> [Plan; 4] {
    let wide =
        commissions().replacen("[commission.direct]", "[commission]\ncap = \"31%\"\n[commission.direct]", 1);
    let nobody = "cost = \"50%\"\ncommission = \"30%\"\n[commission]\n";
    let idle =
        format!("cost = \"50%\"\ncommission = \"9%\"\n{}[commission.direct]\nrate = \"9%\"\n", ranks());
    let for_nothing = format!("cost = \"50%\"\n{}", rank("a", ""));
    [&wide, nobody, &idle, &for_nothing].map(|rest| plan("Test", rest))
}

/// LINT-1, COMM-6: commissions that are promised and not paid, and ranks for nothing.
#[test]
fn commissions_in_numbers() {
    let whole = commissions();
    // 10 + 5 + 10 + 10 · 15 % + 6 = 32.5 %
    let over = find(&plan("Test", &whole), "LINT-1.commission.over_cap");
    assert!(over.title.en.contains("32.5%") && over.title.zh.contains("32.5%"), "{over:?}");
    let of_orders = plan("Test", &whole.replace("5%\"]", "5%\"]\nbase = \"order\""));
    // Two ranks whose rates rise: 2 · 15 % instead of 1.5 %.
    assert!(find(&of_orders, "LINT-1.commission.over_cap").title.en.contains("61%"));
    // COMM-10: of the class that earns most, 20 + 5 + 12 + 12 · 15 % + 6 = 44.8 %.
    let class =
        "[[class]]\nid = \"x\"\nname = { zh = \"类\", en = \"Class\" }\n[[commission.rate]]\nclass = \"x\"\n";
    let of_class =
        |rates: &str| find(&plan("Test", &format!("{whole}{class}{rates}")), "LINT-1.commission.over_cap");
    let of_class = of_class("direct = \"20%\"\nranks = { a = \"1%\", b = \"12%\" }\n");
    assert!(of_class.title.en.contains("44.8%"), "{of_class:?}");
    let fits = plan(
        "Test",
        &whole.replace("[commission.direct]\nrate = \"10%\"", "[commission.direct]\nrate = \"7.5%\""),
    );
    assert!(!has(&fits, "LINT-1.commission.over_cap"), "exactly the cap is within it");
    assert!(!has(&fits, "LINT-1.rank.unpaid") && !has(&fits, "LINT-1.rank.for_nothing"));
    let [wide, nobody, idle, for_nothing] = odd_commissions();
    assert!(has(&wide, "LINT-1.commission.cap_over_leg"));
    assert_eq!(codes(&nobody).iter().filter(|code| code.contains("commission")).count(), 1);
    assert!(has(&nobody, "LINT-1.commission.unpaid"));
    assert!(has(&idle, "LINT-1.rank.unpaid"));
    assert!(has(&for_nothing, "LINT-1.rank.for_nothing"));
}

/// A split with a fund that pays what is granted, and an emission that reaches its cap.
const ISSUING: &str = "cost = \"30%\"\n[split.funds]\nf = \"50%\"\n[release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"f\"\n\
                       [value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [92250, 50000]\ncap = 192250\nfirst_price = \"1000\"\n";

/// Plans that say what release and emission can say.
fn odd_releases() -> [Plan; 6] {
    let with = |from: &str, to: &str| {
        assert!(ISSUING.contains(from), "{from} is not in the plan");
        plan("Test", &ISSUING.replacen(from, to, 1))
    };
    [
        with("f = \"50%\"", "f = \"25%\""),
        with("f = \"50%\"", "f = \"0%\""),
        with("[value]", "[release.zones]\nbig = 3\n[value]"),
        with("rate = \"3‰\"", "rate = \"3%\""),
        with("[value]", "[value]\nrate = \"30%\""),
        with("cap = 192250", "cap = 1000000"),
    ]
}

/// LINT-1, REL-4a, EMIT-2: grants nobody can pay, an emission that never reaches its cap, per cent for per mille.
#[test]
fn releases_in_numbers() {
    let sound = plan("Test", ISSUING);
    for code in ["LINT-1.release.unfunded", "LINT-1.emission.cap_unreachable", "LINT-1.slip.daily_rate"] {
        assert!(!has(&sound, code), "{code} without its cause");
    }
    let [half, nothing, zones, percent, value, cap] = odd_releases();
    let unfunded = |plan: &Plan| find(plan, "LINT-1.release.unfunded");
    assert!(unfunded(&half).title.en.contains("At most 50%") && unfunded(&half).title.zh.contains("50%"));
    assert_eq!(unfunded(&half).severity, Severity::Warning);
    assert_eq!(unfunded(&nothing).severity, Severity::Error);
    // 50 ÷ 150, rounded up.
    assert!(unfunded(&zones).title.en.contains("33.3334%"), "{:?}", unfunded(&zones));
    let slip = find(&percent, "LINT-1.slip.daily_rate");
    assert_eq!((slip.key, slip.title.en.as_str()), (Some("release.rate"), "release.rate is 3% a day"));
    assert!(slip.explanation.en.contains("in 34 days") && slip.explanation.en.contains("\"3‰\""), "{slip:?}");
    assert_eq!(find(&value, "LINT-1.slip.daily_rate").key, Some("value.rate"));
    let cap = find(&cap, "LINT-1.emission.cap_unreachable");
    for (text, zh) in
        [(&cap.explanation.zh, "正好是 192250"), (&cap.explanation.en, "exactly 192250 in the limit")]
    {
        assert!(text.contains(zh), "{text}");
    }
    let none = plan("Test", &ISSUING.replace("cap = 192250", "tail = \"none\"\ncap = 142251"));
    assert!(find(&none, "LINT-1.emission.cap_unreachable").explanation.en.contains("exactly 142250"));
    // The name's 3 % is the plan's 3 ‰.
    let named = plan("3% a day", ISSUING);
    assert_eq!(find(&named, "LINT-1.slip.name_rate").key, Some("release.rate"));
}

/// LINT-1, EMIT-4, MERCH-2: until when the first price counts, and how much more a tip grants than a purchase.
#[test]
fn tips_in_numbers() {
    let preset = preset("shared-purchase.toml");
    let price = find(&preset, "LINT-1.emission.first_price");
    // 92,250 points at 1,000: 92,250,000 units; ÷ 10 % ÷ 1.15, rounded down.
    for text in [&price.explanation.zh, &price.explanation.en] {
        assert!(text.contains("92250000") && text.contains("802173913.04"), "{text}");
    }
    let tips = find(&preset, "LINT-1.merchant.tips_outweigh");
    assert!(tips.title.en.contains("120×") && tips.explanation.zh.contains("得 12 健康值"), "{tips:?}");
    assert!(!has(&plan("Test", ISSUING), "LINT-1.merchant.tips_outweigh"), "nobody tips there");
    // A schedule that begins with nothing says nothing of its first year.
    let later =
        plan("Test", &ISSUING.replace("years = [92250, 50000]\ncap = 192250", "years = [0, 5]\ncap = 10"));
    assert!(!has(&later, "LINT-1.emission.first_price"));
    let weightless =
        plan("Test", &ISSUING.replace("[value]\ngrant_ratio = \"10%\"", "[value]\ngrant_ratio = \"0%\""));
    assert!(!has(&weightless, "LINT-1.emission.first_price"));
}

/// A plan with a fund of 5 %, a platform's part of 25 %, and what follows.
fn mall(rest: &str) -> Plan {
    plan(
        "Test",
        &format!(
            "cost = \"60%\"\ncommission = \"10%\"\n[split.funds]\nf = \"5%\"\n[commission.direct]\nrate = \"10%\"\n{rest}\n"
        ),
    )
}

fn promoted(rest: &str) -> Plan {
    mall(&format!(
        "[catalogue]\n[[promotion]]\nid = \"p\"\nname = {{ zh = \"活动\", en = \"Offer\" }}\n{rest}"
    ))
}

const GROUP: &str = "price = \"100\"\n[promotion.group]\nmembers = 10\nhours = 24\n";
const LOTTERY: &str = "[promotion.lottery]\nwinners = 4\nfund = \"f\"\n";
const BOX: &str = "price = \"50\"\n[promotion.blind_box]\n[[promotion.blind_box.items]]\nsku = \"gold\"\nweight = 1\nstock = 1\n\
                   [[promotion.blind_box.items]]\nsku = \"plain\"\nweight = 3\nstock = 9\n";
const TIERED: &str = "[release]\ngrant_ratio = \"5%\"\nrate = \"3‰\"\nbase = \"remaining\"\nfund = \"f\"\n[[release.tiers]]\nfrom = 10000\nrate = ";

/// Code, a plan that has it, and one that just has not.
fn around_an_order() -> Vec<(&'static str, Plan, Plan)> {
    let group = |rest: &str| promoted(&format!("{GROUP}{rest}"));
    let reserve = |rest: &str| mall(&format!("[refund]\nreserve_share = \"20%\"\n{rest}"));
    let loyalty = |rate: &str| format!("[loyalty]\nearn_rate = \"{rate}\"\nvalid_days = 30\n");
    let steps = |points: u32| format!("[loyalty]\nper_full = \"1\"\npoints = {points}\nvalid_days = 30\n");
    let tiered =
        |rate: &str| format!("{}[[loyalty.tiers]]\nfrom = \"100\"\nrate = \"{rate}\"\n", loyalty("1%"));
    let source = |more: &str| {
        mall(&format!(
            "{}[[source]]\nid = \"live\"\nname = {{ zh = \"直播\", en = \"Live\" }}\n[source.split]\ncost = \"90%\"\n{more}",
            loyalty("11%")
        ))
    };
    let market = |band: &str| plan("Test", &format!("{ISSUING}[market]\n{band}"));
    vec![
        ("LINT-1.loyalty.over_platform", mall(&loyalty("25.1%")), mall(&loyalty("25%"))),
        // 80 % of 25 %.
        ("LINT-1.loyalty.over_platform", reserve(&loyalty("20.1%")), reserve(&loyalty("20%"))),
        ("LINT-1.loyalty.over_platform", source(""), source("[source.excludes]\nloyalty = true\n")),
        ("LINT-1.loyalty.over_platform", mall(&steps(26)), mall(&steps(25))),
        ("LINT-1.loyalty.over_platform", mall(&tiered("25.1%")), mall(&tiered("25%"))),
        ("LINT-1.loyalty.tiers", mall(&tiered("1.1%")), mall(&tiered("1%"))),
        ("LINT-1.release.tiers", mall(&format!("{TIERED}\"4‰\"")), mall(&format!("{TIERED}\"3‰\""))),
        ("LINT-1.slip.daily_rate", mall(&format!("{TIERED}\"1%\"")), mall(&format!("{TIERED}\"9‰\""))),
        ("LINT-1.market.no_band", market(""), market("band = \"10%\"")),
        ("LINT-1.claims.over_margin", mall("[claims]\nshare = \"40.1%\""), mall("[claims]\nshare = \"40%\"")),
        ("LINT-1.funding.outside", mall("[funding]"), mall("")),
        // The platform has 25 % of ten orders of 100, or of the four that are kept; these make two fifths of a fixed bonus.
        (
            "LINT-1.group.leader_over_platform",
            group("leader_bonus = \"250.01\""),
            group("leader_bonus = \"250\""),
        ),
        (
            "LINT-1.group.leader_over_platform",
            group(&format!("leader_bonus = \"250.03\"\n{LOTTERY}")),
            group(&format!("leader_bonus = \"250.02\"\n{LOTTERY}")),
        ),
        (
            "LINT-1.group.leader_over_platform",
            group("leader_rate = \"25.1%\""),
            group("leader_rate = \"25%\""),
        ),
        ("LINT-1.lottery.expected", group(LOTTERY), group("")),
        // Four orders of 100 bring 5 % of 400; six are consoled.
        (
            "LINT-1.lottery.unfunded",
            group(&format!("{LOTTERY}consolation = \"3.34\"")),
            group(&format!("{LOTTERY}consolation = \"3.33\"")),
        ),
        (
            "LINT-1.lottery.unfunded",
            group(&format!("{LOTTERY}consolation_rate = \"3.34%\"")),
            group(&format!("{LOTTERY}consolation_rate = \"3.33%\"")),
        ),
        (
            "LINT-1.presale.forfeit",
            promoted(
                "price = \"99\"\n[promotion.presale]\ndeposit = \"20\"\nbalance_hours = 72\nforfeit = true",
            ),
            promoted("price = \"99\"\n[promotion.presale]\ndeposit = \"20\"\nbalance_hours = 72"),
        ),
        ("LINT-1.box.top_item", promoted(BOX), group("")),
        (
            "LINT-1.chain.over_leg",
            promoted("price = \"499\"\n[promotion.chain]\ndirect_bonus = \"40\"\nboss_bonus = \"9.91\""),
            promoted("price = \"499\"\n[promotion.chain]\ndirect_bonus = \"40\"\nboss_bonus = \"9.90\""),
        ),
        (
            "LINT-1.relist.next_buyer",
            promoted("price = \"100\"\n[promotion.relist]\nmarkup = \"50%\"\nceiling = \"200\""),
            promoted("price = \"100\""),
        ),
    ]
}

/// LINT-1: what surrounds an order, each finding at the first number that causes it.
#[test]
fn each_finding_around_an_order_has_its_cause() {
    for (code, does, does_not) in around_an_order() {
        assert!(has(&does, code), "no {code} among {:?} of\n{}", codes(&does), does.source);
        assert!(!has(&does_not, code), "{code} for\n{}", does_not.source);
    }
}

/// LINT-1, LOT-2, BOX-3, RELIST-1: the numbers of promotions.
#[test]
fn promotions_in_numbers() {
    let lottery = promoted(&format!("{GROUP}{LOTTERY}consolation = \"3.34\""));
    // 3.34 · 6 ÷ 10 = 2.004.
    let expected = find(&lottery, "LINT-1.lottery.expected");
    assert_eq!(expected.title.en, "A chance of 4/10 to buy at 100.00, and 2.00 on average");
    let unfunded = find(&lottery, "LINT-1.lottery.unfunded");
    assert_eq!(unfunded.title.en, "A group owes 20.04 in consolations and brings 20.00");
    // One in four: four boxes. With pity after one: 1 + 3/4.
    let title = |plan: &Plan| find(plan, "LINT-1.box.top_item").title.en;
    assert_eq!(title(&promoted(BOX)), "The top item takes 4 boxes on average, 200.00 in all");
    let pity = BOX.replace("[promotion.blind_box]\n", "[promotion.blind_box]\npity = 1\n");
    assert_eq!(title(&promoted(&pity)), "The top item takes 1.75 boxes on average, 87.50 in all");
    // 100, 150, 225.
    let relist = promoted("price = \"100\"\n[promotion.relist]\nmarkup = \"50%\"\nceiling = \"200\"");
    let relist = find(&relist, "LINT-1.relist.next_buyer");
    assert_eq!(relist.title.en, "After 2 sales the last buyer pays 225.00 for goods priced at 100.00");
    // The bound holds what the platform gives away: 10 + 5 + 2 + 3 %.
    let given = mall(
        "[loyalty]\nearn_rate = \"2%\"\nvalid_days = 30\n[catalogue]\n[[promotion]]\nid = \"p\"\nname = { zh = \"团\", en = \"G\" }\n\
         price = \"100\"\n[promotion.group]\nmembers = 10\nhours = 24\nleader_bonus = \"30\"",
    );
    let bound = find(&given, "LINT-1.bound.all");
    assert!(
        bound.title.en.ends_with("at most 20% of what they spend")
            && bound.explanation.en.contains("5% out of"),
        "{bound:?}"
    );
    // And that of the source that gives most.
    let source = mall(
        "[[source]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n[source.split]\ncommission = \"40%\"",
    );
    assert!(find(&source, "LINT-1.bound.all").title.en.contains("40%"));
}

/// LINT-1: openings that another option closes, or that have nothing to take.
#[test]
fn what_opens_nothing_is_not_reported() {
    let without = |from: &str, to: &str| plan("Test", &CLOSED.replacen(from, to, 1));
    let no_retention = CLOSED.replace("\"daily_batch\"", "\"immediate\"").replace("\"residual\"", "\"pool\"");
    let no_retention = plan("Test", &no_retention.replace("[pool]\n", "[pool]\nretention = \"0%\"\n"));
    assert!(!has(&no_retention, "LINT-1.exploit.sale_splitting"));
    assert!(!has(&no_retention, "LINT-1.exploit.retention_harvest"));
    let set_off =
        without("[pool]\n", "[settlement]\nafter_sale_days = 0\n[refund]\nset_off_sales = true\n[pool]\n");
    assert!(!has(&set_off, "LINT-1.exploit.refund_after_sale"));
    let funded = without("[pool]\n", "[refund]\nreserve_required = \"5\"\nreserve_share = \"9%\"\n[pool]\n");
    assert!(!has(&funded, "LINT-1.refund.unfunded"));
    let reachable = without("multiple = 3", "multiple = 1");
    assert!(!has(&reachable, "LINT-1.exit.rarely_reached"), "1 ÷ (1 × 80 %) is above 100 %");
    // No points: nothing about them.
    let bare = plan("Test", "cost = \"50%\"\n");
    assert_eq!(codes(&bare), Vec::<&str>::new());
}

/// DISC-2: the bounds carry the plan's exact numbers.
#[test]
fn the_advert_in_numbers() {
    let advert = preset("value-growth.toml");
    assert_eq!(
        codes(&advert),
        [
            "LINT-1.exit.rarely_reached",
            "LINT-1.exploit.last_holder",
            "LINT-1.exploit.sale_splitting",
            "LINT-1.exploit.retention_harvest",
            "LINT-1.exploit.cap_on_spend",
            "LINT-1.exploit.stale_price",
            "LINT-1.bound.points",
            "LINT-1.bound.all",
            "LINT-1.bound.distance",
        ]
    );
    let says = |code: &str, zh: &[&str], en: &[&str]| {
        let finding = find(&advert, code);
        let text = |of: fn(&Finding) -> [&String; 2]| of(&finding).map(String::as_str).join("\n");
        let (in_zh, in_en) =
            (text(|f| [&f.title.zh, &f.explanation.zh]), text(|f| [&f.title.en, &f.explanation.en]));
        for part in zh {
            assert!(in_zh.contains(part), "{code}: {part} is not in: {in_zh}");
        }
        for part in en {
            assert!(in_en.contains(part), "{code}: {part} is not in: {in_en}");
        }
    };
    says(
        "LINT-1.bound.points",
        &["最多拿回消费额的 30%", "最多 15% 的人能拿回两倍", "最多 10% 的人能拿回三倍"],
        &["at most 30% of what they spend", "at most 15% twice", "at most 10% three times"],
    );
    says("LINT-1.bound.all", &["60%"], &["at most 60%"]);
    // The golden numbers of the advert; buyer 100 as the closed form 182·k has it.
    says(
        "LINT-1.bound.distance",
        &["第 76 单", "2 倍：第 768 单", "3 倍：第 2965 单"],
        &[
            "spent at: order 76;",
            "much: order 768;",
            "times: order 2965.",
            "buyer 100 are worth what was spent at: order 18049",
        ],
    );
    says(
        "LINT-1.exit.rarely_reached",
        &["最多 12.5% 的会员", "到手 2.4 倍消费额"],
        &["At most 12.5% of members", "pays 2.4× spend"],
    );
    says(
        "LINT-1.exploit.cap_on_spend",
        &["3 倍消费额至少是入池金额的 10 倍"],
        &["3× spend is at least 10× what was contributed"],
    );
    says("LINT-1.exploit.stale_price", &["82.3529%", "70%"], &["worth 82.3529% of its contribution"]);

    // Rounded up, so that "at most" stays true: 1 ÷ 2.4 = 41.666…%.
    let hardened = preset("value-growth-hardened.toml");
    assert!(find(&hardened, "LINT-1.exit.rarely_reached").title.en.contains("41.6667%"));
    let young = find(&hardened, "LINT-1.pool.first_day").explanation;
    assert!(
        young.en.contains("begins with 3000.00") && young.en.contains("an order of up to 1000.00"),
        "{}",
        young.en
    );
    let empty = plan("Test", &CLOSED.replace("house_points = 1000\n", ""));
    assert!(
        find(&empty, "LINT-1.pool.first_day")
            .explanation
            .en
            .contains("While the pool is empty there is no limit")
    );
    let slow = plan("Test", "cost = \"50%\"\npool = \"1%\"\n[pool]\n");
    assert!(find(&slow, "LINT-1.bound.distance").explanation.en.contains("not even the first buyer's"));
}

/// LINT-1: promises in the name that the numbers contradict.
#[test]
fn promises_in_the_name_are_quoted() {
    let named = |zh: &str, en: &str, rest: &str| {
        parse(&format!("[programme]\nname = {{ zh = \"{zh}\", en = \"{en}\" }}\n[split]\n{rest}"))
    };
    let cases = [
        ("稳赚不赔", "x", "LINT-1.claim.return", "稳赚"),
        ("甲", "Guaranteed growth", "LINT-1.claim.return", "guaranteed"),
        ("保本计划", "x", "LINT-1.claim.capital", "保本"),
        ("甲", "Risk-free points", "LINT-1.claim.capital", "risk-free"),
        ("只涨不跌", "x", "LINT-1.claim.price", "只涨不跌"),
        ("甲", "It only goes up", "LINT-1.claim.price", "only goes up"),
        ("免费消费", "x", "LINT-1.claim.free", "免费消费"),
        ("甲", "FREE SHOPPING club", "LINT-1.claim.free", "free shopping"),
        ("人人赚钱", "x", "LINT-1.claim.everyone", "人人赚"),
        ("甲", "Everyone earns", "LINT-1.claim.everyone", "everyone earns"),
        ("五倍出局", "x", "LINT-1.claim.multiple", "5"),
        ("甲", "Growth 2.5x", "LINT-1.claim.multiple", "2.5"),
    ];
    for (zh, en, code, quoted) in cases {
        for rest in [CLOSED, "cost = \"50%\"\n"] {
            let finding = find(&named(zh, en, rest), code);
            assert_eq!(finding.severity, Severity::Warning);
            assert!(finding.title.zh.contains(quoted) && finding.title.en.contains(quoted), "{finding:?}");
        }
    }
    // Per cent for per mille, and the reverse.
    let slip = |zh: &str, en: &str, rest: &str| find(&named(zh, en, rest), "LINT-1.slip.name_rate");
    let daily = slip("每天2%", "x", "cost = \"50%\"\ncommission = \"2‰\"\n");
    assert_eq!(
        (daily.key, daily.title.en.as_str()),
        (Some("split.commission"), "The name says 2%, the plan says 2‰")
    );
    let pool = slip("甲", "20 ‰ for you", CLOSED);
    assert_eq!((pool.key, pool.title.zh.as_str()), (Some("split.pool"), "名称写着 20‰，计划写的是 20%"));
    // Denied, the plan's own multiple, the plan's own rate, or no claim at all.
    for (zh, en) in [
        ("不保本", "Not guaranteed"),
        ("非稳赚", "No guarantee"),
        ("三倍出局", "Growth, 3×"),
        ("3 倍", "3x"),
        ("二成入池 20%", "20%"),
        ("100%", "Box 7%"),
    ] {
        let plan = named(zh, en, CLOSED);
        let claims: Vec<&str> = codes(&plan)
            .into_iter()
            .filter(|code| code.contains("claim") || code.contains("name_rate"))
            .collect();
        assert_eq!(claims, Vec::<&str>::new(), "{zh} / {en}");
    }
}

/// LINT-1: the presets can work, promise nothing, and the hardened one opens nothing.
#[test]
fn presets_are_sound() {
    let folder = std::fs::read_dir(root().join("plans")).unwrap_or_else(|error| panic!("plans: {error}"));
    for entry in folder {
        let path = entry.unwrap_or_else(|error| panic!("plans: {error}")).path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("?").to_owned();
        let plan = preset(&name);
        for finding in lint(&plan) {
            assert_ne!(finding.severity, Severity::Error, "{name}: {finding:?}");
            assert!(!finding.code.contains("claim") && !finding.code.contains("slip"), "{name}: {finding:?}");
            let advert = ["value-growth.toml", "value-growth-2x.toml"].contains(&name.as_str());
            assert!(advert || !finding.code.contains("exploit"), "{name}: {finding:?}");
        }
    }
}

/// LINT-1: every code is known, documented and raised by a plan of these tests; every text is complete.
#[test]
fn findings_are_complete() {
    let mut plans: Vec<Plan> =
        OPENED.iter().map(|(_, from, to)| plan("Test", &CLOSED.replacen(from, to, 1))).collect();
    plans.push(preset("value-growth.toml"));
    plans.push(preset("value-growth-hardened.toml"));
    let promises = "Free shopping, guaranteed, risk-free, never falls, everyone earns, 9×, 2% a day";
    plans.push(plan(promises, "cost = \"2‰\"\n"));
    plans.push(plan(promises, &CLOSED.replace("50%", "2‰")));
    plans.extend(odd_commissions());
    plans.extend(odd_releases());
    plans.push(plan("Test", &commissions()));
    plans.push(preset("shared-purchase.toml"));
    plans.extend(around_an_order().into_iter().map(|(_, does, _)| does));
    let mut raised = BTreeSet::new();
    for plan in &plans {
        let findings = lint(plan);
        assert!(findings.is_sorted_by_key(|finding| finding.severity));
        for finding in findings {
            raised.insert(finding.code);
            let Finding { title, explanation, .. } = &finding;
            for (zh, en) in [(&title.zh, &title.en), (&explanation.zh, &explanation.en)] {
                let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
                assert!(zh.contains(chinese) && !en.contains(chinese), "{finding:?}");
                let lawful = ["合法", "合规", "legal", "lawful", "compliant"];
                assert!(!lawful.iter().any(|word| zh.contains(word) || en.contains(word)), "{finding:?}");
                assert!(!en.contains("  ") && !zh.contains("  "), "{finding:?}");
            }
            assert!(title.zh.chars().count() <= 40 && !title.en.ends_with('.'), "{finding:?}");
        }
    }
    let known: BTreeSet<&str> = CODES.iter().copied().collect();
    assert_eq!(known.len(), CODES.len(), "a code stands twice");
    assert_eq!(raised, known);
    let page = read(&root().join("docs/spec/lint.md"));
    for code in CODES {
        assert!(page.contains(&format!("`{code}`")), "docs/spec/lint.md does not explain {code}");
    }
}
