//! Rule packs (LINT-2): the language of predicates, facts, what each rule fires for, and what packs may not do.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;
use ratchet_engine::lint::rules::*;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Day;

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap_or_else(|| panic!("{text} is no date"))
}

pub(crate) const TODAY: &str = "2026-11-24";

pub(crate) fn parse(source: &str) -> Plan {
    Plan::parse("test.toml", source).unwrap_or_else(|errors| panic!("{errors}\nin:\n{source}"))
}

/// Everything that can be declared, declared as well as it can be.
const WELL: &[(&str, &str)] = &[
    ("ref.recruits_salespeople", "false"),
    ("ref.unrelated_to_retail", "false"),
    ("entry.fee", "0"),
    ("tree.visible_depth", "1"),
    ("pts.market_maker", "false"),
    ("pts.on_chain", "false"),
    ("public.offer", "true"),
    ("ads.guarantee", "false"),
    ("ads.price_only_rises", "false"),
    ("ads.fundraising", "false"),
    ("ads.income_claims", "false"),
    ("ads.beneficiary_testimonials", "false"),
    ("ads.equity_promised", "false"),
    ("ads.green_points", "false"),
    ("ads.unverified_claims", "false"),
    ("ads.untrue", "false"),
    ("ads.gift_terms_missing", "false"),
    ("orders.fake", "false"),
    ("box.odds_public", "true"),
    ("prize.terms_public", "true"),
    ("prize.changed_after_start", "false"),
    ("prize.insider_wins", "false"),
    ("prize.goods_top", "1000000"),
    ("wallet.interest", "false"),
    ("order.in_escrow", "true"),
    ("card.prepaid", "false"),
    ("card.scope", "\"single\""),
    ("card.named", "true"),
    ("card.limit", "0"),
    ("merchants.independent", "false"),
    ("merchants.verified", "true"),
    ("operator.hosts_others", "false"),
    ("channel.kind", "\"own\""),
    ("channel.online", "true"),
    ("returns.days", "30"),
    ("goods.exempt_from_return", "false"),
    ("terms.unilateral_change", "false"),
    ("terms.no_refund", "false"),
    ("minors.allowed", "false"),
    ("records.days", "1825"),
    ("tax.withholding", "true"),
    ("tax.classification_signed", "true"),
    ("tax.platform_reporting", "true"),
    ("pii.bank", "true"),
    ("pii.separate_consent", "true"),
    ("pii.impact_assessment", "true"),
    ("pii.deletion", "true"),
    ("pii.pricing_by_person", "false"),
    ("data.exported", "false"),
    ("retail.share", "\"90%\""),
    ("retail.buyback", "true"),
];

/// `[facts]` as in [`WELL`], with these changed; a licence is given as its last day, `""` leaves a fact out.
pub(crate) fn facts(changed: &[(&str, &str)]) -> String {
    let mut all: BTreeMap<&str, &str> = WELL.iter().copied().collect();
    all.extend(changed.iter().copied());
    let mut text = "[facts]\n".to_owned();
    for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        let said = "by = \"Li Wei, compliance\", evidence = \"file 12\", at = \"2026-03-01\"";
        let line = if name.starts_with("lic.") {
            writeln!(
                text,
                "{name} = {{ holder = \"Shop Ltd\", number = \"7\", issuer = \"authority\", from = \"2020-01-01\", until = \"{value}\", {said} }}"
            )
        } else {
            writeln!(text, "{name} = {{ value = {value}, {said} }}")
        };
        line.expect("writing to memory does not fail");
    }
    text
}

/// A shop that pays nobody for anybody, with these facts and what else is added to the plan.
pub(crate) fn shop(mode: &str, body: &str, changed: &[(&str, &str)]) -> String {
    let split = if body.contains("[split]") { "" } else { "[split]\ncost = \"60%\"\n" };
    let name = if body.starts_with("name = ") { "" } else { "name = { zh = \"商城\", en = \"Shop\" }\n" };
    let wallet = if body.contains("[wallet]") { "" } else { "[wallet]\nnet_receivables = true\n" };
    let (head, rest) = if name.is_empty() { body.split_once('\n').unwrap_or((body, "")) } else { ("", body) };
    format!("[programme]\nmode = \"{mode}\"\n{name}{head}\n{split}{wallet}{rest}\n{}", facts(changed))
}

fn fired(book: &RuleBook, plan: &Plan, jurisdiction: &str, on: &str) -> Vec<String> {
    let known = Facts::of(plan, day(on), &[]);
    book.findings(&known, &[jurisdiction.to_owned()], day(on))
        .iter()
        .map(|finding| finding.rule.id.clone())
        .collect()
}

const DIRECT: &str = "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"";
const TWO_LEVELS: &str =
    "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"\n[commission.indirect]\nrate = \"5%\"";
const TWO_LEVELS_OF_A_CLASS: &str = "[split]\ncommission = \"10%\"\n[[class]]\nid = \"x\"\nname = { zh = \"类\", en = \"Class\" }\n[[commission.rate]]\nclass = \"x\"\ndirect = \"5%\"\nindirect = \"5%\"";
const POOL: &str = "[split]\npool = \"20%\"\n[pool]\n";
const EXIT: &str = "[split]\npool = \"20%\"\n[pool.exit]\nmultiple = 2";
const RANK: &str = "[[rank]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\nvolume = \"1\"\nrate = \"4%\"\ntip_rate = \"4%\"";
const LEGS: &str = "[split]\ncommission = \"10%\"\n[commission.differential]\n[[rank]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\nrate = \"4%\"\n[[rank]]\nid = \"b\"\nname = { zh = \"乙\", en = \"B\" }\nrate = \"5%\"\nlegs = 3\nleg_rank = \"a\"";
const MERCHANT: &str = "[value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [1000]\ncap = 2000\nfirst_price = \"1\"\n[merchant]\n";
const PACK_AND_PAY: &str = "[split]\ncommission = \"10%\"\n[commission]\nqualified = \"purchased\"\n[commission.direct]\nrate = \"5%\"";

/// Facts that are declared otherwise than in [`WELL`].
type Declared = &'static [(&'static str, &'static str)];
/// What is added to the shop, and what is declared otherwise.
type Tried = (&'static str, Declared);

/// A rule, what is added to the shop for it to fire, and the facts that are declared otherwise. The shop alone fires none.
const FIRES: &[(&str, &str, Declared)] = &[
    ("CN-CONS-05", "[wallet]\nwithdrawal_minimum = \"1.00\"", &[]),
    ("CN-PYR-01", LEGS, &[]),
    ("CN-PYR-02", PACK_AND_PAY, &[]),
    ("CN-PYR-02", DIRECT, &[("entry.fee", "39900")]),
    ("CN-PYR-03", TWO_LEVELS, &[]),
    ("CN-PYR-03", LEGS, &[]),
    // COMM-10: a rate of one class is enough.
    ("CN-PYR-03", TWO_LEVELS_OF_A_CLASS, &[]),
    ("CN-PYR-04", DIRECT, &[("entry.fee", "1")]),
    ("CN-PYR-05", DIRECT, &[("entry.fee", "1")]),
    ("CN-PYR-06", TWO_LEVELS, &[("operator.hosts_others", "true")]),
    ("CN-PYR-07", TWO_LEVELS, &[("channel.kind", "\"wechat\"")]),
    ("CN-PYR-08", DIRECT, &[]),
    ("CN-DS-01", DIRECT, &[("ref.recruits_salespeople", "true")]),
    ("CN-DS-02", TWO_LEVELS, &[("lic.direct_selling", "2030-01-01")]),
    ("CN-DS-03", DIRECT, &[("lic.direct_selling", "2030-01-01"), ("ads.income_claims", "true")]),
    ("CN-DS-04", DIRECT, &[("lic.direct_selling", "2030-01-01"), ("returns.days", "29")]),
    ("CN-DS-05", TWO_LEVELS, &[("lic.direct_selling", "2030-01-01")]),
    ("CN-FUND-01", POOL, &[]),
    ("CN-FUND-02", POOL, &[("ads.fundraising", "true")]),
    ("CN-FUND-03", POOL, &[]),
    ("CN-FUND-04", POOL, &[]),
    ("CN-FUND-05", EXIT, &[]),
    ("CN-SEC-01", "", &[("ads.equity_promised", "true")]),
    ("CN-REB-01", EXIT, &[]),
    ("CN-REB-02", POOL, &[]),
    ("CN-REB-02", "name = { zh = \"绿色积分商城\", en = \"Shop\" }\n", &[]),
    ("CN-TOK-01", POOL, &[("pts.on_chain", "true")]),
    ("CN-TOK-03", POOL, &[("pts.on_chain", "true")]),
    ("CN-TOK-05", MERCHANT, &[]),
    ("CN-AUCL-03", "", &[("orders.fake", "true")]),
    ("CN-AD-01", "", &[("ads.guarantee", "true")]),
    ("CN-AD-01", "name = { zh = \"人人赚商城\", en = \"Shop\" }\n", &[]),
    ("CN-AD-02", "", &[("ads.untrue", "true")]),
    ("CN-CARD-01", "", &[("card.prepaid", "true"), ("card.limit", "500001")]),
    ("CN-CARD-02", "", &[("card.prepaid", "true")]),
    ("CN-PAY-01", "", &[("card.prepaid", "true"), ("card.scope", "\"multi\"")]),
    (
        "CN-PAY-01",
        "[split]\npool = \"20%\"\n[pool]\n[wallet]\nreconsume_share = \"30%\"",
        &[("merchants.independent", "true")],
    ),
    ("CN-CONS-01", "", &[("returns.days", "6")]),
    ("CN-CONS-02", "", &[("terms.no_refund", "true")]),
    ("CN-EC-01", "", &[("records.days", "1094")]),
    ("CN-AML-01", POOL, &[]),
    ("CN-MINOR-01", "", &[("minors.allowed", "true")]),
    ("CN-TAX-02", DIRECT, &[("tax.withholding", "false")]),
    ("CN-TAX-03", POOL, &[("tax.classification_signed", "false")]),
    ("CN-TAX-04", DIRECT, &[("tax.platform_reporting", "false")]),
    ("CN-PI-01", "", &[("pii.separate_consent", "false")]),
    ("CN-PI-02", "", &[("pii.deletion", "false")]),
    ("CN-PI-03", DIRECT, &[("tree.visible_depth", "2")]),
    ("CN-PI-04", "", &[("data.exported", "true")]),
    ("US-FTC-01", PACK_AND_PAY, &[("ref.unrelated_to_retail", "true")]),
    ("US-FTC-02", DIRECT, &[]),
    ("US-FTC-03", TWO_LEVELS, &[("retail.share", "\"69%\"")]),
    ("US-SEC-01", POOL, &[]),
    ("EU-UCPD-14", PACK_AND_PAY, &[]),
    ("EU-FIN-01", POOL, &[("pts.on_chain", "true")]),
    ("EU-GDPR-01", "", &[("pii.impact_assessment", "false")]),
];

/// A plan with a fund and one promotion.
macro_rules! promotion {
    ($rest:literal) => {
        concat!(
            "[split]\ncost = \"60%\"\ncommission = \"0%\"\n[split.funds]\nf = \"5%\"\n[catalogue]\n[[promotion]]\nid = \"p\"\n",
            "name = { zh = \"活动\", en = \"P\" }\n",
            $rest
        )
    };
}

const GROUP: &str = promotion!("price = \"99\"\n[promotion.group]\nmembers = 3\nhours = 24");
const LED: &str =
    promotion!("price = \"99\"\n[promotion.group]\nmembers = 3\nhours = 24\nleader_bonus = \"5\"");
const LED_BY_RATE: &str =
    promotion!("price = \"99\"\n[promotion.group]\nmembers = 3\nhours = 24\nleader_rate = \"5%\"");
const LOTTERY: &str = promotion!(
    "price = \"99\"\n[promotion.group]\nmembers = 3\nhours = 24\n[promotion.lottery]\nwinners = 1\nfund = \"f\"\nconsolation = \"3\""
);
const DEAR_LOTTERY: &str = promotion!(
    "price = \"50000.01\"\n[promotion.group]\nmembers = 3\nhours = 24\n[promotion.lottery]\nwinners = 1\nfund = \"f\""
);
const BOX: &str = promotion!(
    "price = \"59\"\n[promotion.blind_box]\n[[promotion.blind_box.items]]\nsku = \"a\"\nweight = 1\nstock = 1\n\
     [[promotion.blind_box.items]]\nsku = \"b\"\nweight = 9\nstock = 9"
);
const PRESALE: &str = promotion!("price = \"99\"\n[promotion.presale]\ndeposit = \"20\"\nbalance_hours = 72");
const VOUCHER: &str = promotion!("price = \"99\"\n[promotion.voucher]\nvalid_days = 30");
const CHAIN: &str =
    promotion!("price = \"499\"\n[promotion.chain]\ndirect_bonus = \"50\"\nboss_bonus = \"100\"");
const UNPAID_CHAIN: &str = promotion!("price = \"499\"\n[promotion.chain]");
const DIRECT_CHAIN: &str = promotion!("price = \"499\"\n[promotion.chain]\ndirect_bonus = \"50\"");
const RELIST: &str =
    promotion!("price = \"100\"\n[promotion.relist]\nmarkup = \"5%\"\nfee = \"4%\"\nceiling = \"200\"");
const DEAR_RELIST: &str =
    promotion!("price = \"100\"\n[promotion.relist]\nmarkup = \"5%\"\nfee = \"10%\"\nceiling = \"200\"");
const LOYALTY: &str = "[loyalty]\nearn_rate = \"2%\"\nvalid_days = 365";
const ISSUE: &str =
    "[value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [1000]\ncap = 2000\nfirst_price = \"1\"";
const MARKET: &str =
    "[value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [1000]\ncap = 2000\nfirst_price = \"1\"\n[market]";
const EQUITY: &str = "[split]\npool = \"20%\"\n[pool]\n[equity]";
const SOURCE: &str =
    "[[source]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n[source.split]\ncommission = \"10%\"";

/// A rule; a plan and declarations for which it fires; and others for which it does not.
const AROUND_AN_ORDER: &[(&str, Tried, Tried)] = &[
    ("CN-PYR-01", (CHAIN, &[]), (UNPAID_CHAIN, &[])),
    ("CN-PYR-01", (DIRECT_CHAIN, &[]), (VOUCHER, &[])),
    ("CN-PYR-02", (CHAIN, &[]), (UNPAID_CHAIN, &[])),
    ("CN-PYR-02", (LED, &[]), (GROUP, &[])),
    ("CN-PYR-03", (CHAIN, &[]), (DIRECT_CHAIN, &[])),
    ("CN-PYR-08", (LED_BY_RATE, &[]), (GROUP, &[])),
    ("CN-PYR-08", (LED, &[]), (LOTTERY, &[])),
    ("CN-PYR-08", (SOURCE, &[]), (LOYALTY, &[])),
    ("CN-SEC-01", (EQUITY, &[]), (POOL, &[])),
    ("CN-REB-01", (RELIST, &[]), (DEAR_RELIST, &[])),
    ("CN-REB-02", (LOYALTY, &[("ads.green_points", "true")]), (LOYALTY, &[])),
    ("CN-TOK-03", (LOYALTY, &[("pts.on_chain", "true")]), ("", &[("pts.on_chain", "true")])),
    ("CN-TOK-03", (MARKET, &[]), (ISSUE, &[])),
    ("CN-TOK-01", (MARKET, &[("pts.on_chain", "true")]), (ISSUE, &[("pts.on_chain", "true")])),
    ("CN-TOK-04", (MARKET, &[]), (ISSUE, &[("pts.market_maker", "true")])),
    ("CN-TOK-05", (MARKET, &[]), (ISSUE, &[])),
    ("CN-AUCL-01", (DEAR_LOTTERY, &[]), (LOTTERY, &[])),
    ("CN-AUCL-01", (BOX, &[("prize.goods_top", "5000001")]), (BOX, &[("prize.goods_top", "5000000")])),
    ("CN-AUCL-01", (BOX, &[("prize.goods_top", "")]), (GROUP, &[("prize.goods_top", "")])),
    ("CN-AUCL-02", (LOTTERY, &[("prize.insider_wins", "true")]), (LOTTERY, &[])),
    ("CN-AUCL-02", (BOX, &[("prize.terms_public", "false")]), (PRESALE, &[("prize.terms_public", "false")])),
    ("CN-PROMO-01", (LOTTERY, &[("prize.terms_public", "false")]), (LOTTERY, &[])),
    ("CN-PROMO-02", (BOX, &[]), (GROUP, &[])),
    ("CN-BOX-01", (BOX, &[("box.odds_public", "false")]), (BOX, &[])),
    ("CN-PAY-01", (LOYALTY, &[("merchants.independent", "true")]), (LOYALTY, &[])),
    ("CN-PAY-01", ("[funding]", &[("merchants.independent", "true")]), ("[funding]", &[])),
    (
        "CN-PAY-01",
        ("[claims]\nshare = \"40%\"", &[("merchants.independent", "true")]),
        (VOUCHER, &[("merchants.independent", "true")]),
    ),
    ("CN-PAY-01", (MARKET, &[]), (ISSUE, &[])),
    ("CN-CONS-04", (PRESALE, &[("order.in_escrow", "false")]), (PRESALE, &[])),
    ("CN-CONS-04", (VOUCHER, &[("order.in_escrow", "false")]), (GROUP, &[("order.in_escrow", "false")])),
    ("CN-EC-01", (VOUCHER, &[("merchants.verified", "false")]), (GROUP, &[("merchants.verified", "false")])),
    ("CN-AML-01", (LOTTERY, &[]), (DEAR_LOTTERY, &[])),
    ("CN-TAX-01", (LOTTERY, &[("tax.withholding", "false")]), (GROUP, &[("tax.withholding", "false")])),
];

/// LINT-2h: promotions and what surrounds an order fire the rules about them, and their neighbours do not.
#[test]
fn what_surrounds_an_order_fires_its_rules() {
    let book = RuleBook::built_in();
    for (id, (does, changed), (does_not, otherwise)) in AROUND_AN_ORDER {
        // In the sandbox: selling on exists nowhere else.
        let found = fired(&book, &parse(&shop("sandbox", does, changed)), "CN", TODAY);
        assert!(
            found.iter().any(|found| found == id),
            "{id} does not fire for\n{does}\n{changed:?}: {found:?}"
        );
        let found = fired(&book, &parse(&shop("sandbox", does_not, otherwise)), "CN", TODAY);
        assert!(!found.iter().any(|found| found == id), "{id} fires for\n{does_not}\n{otherwise:?}");
    }
}

/// LINT-2h: facts of promotions and of what surrounds an order, with their values.
#[test]
fn facts_of_what_surrounds_an_order() {
    let value = |body: &str, name: &str| {
        let plan = parse(&shop("sandbox", body, &[]));
        Facts::of(&plan, day(TODAY), &[]).known(fact(name).expect("a fact")).and_then(|known| known.value)
    };
    let (yes, no) = (Some(Value::Switch(true)), Some(Value::Switch(false)));
    for (body, name, expected) in [
        (CHAIN, "ref.paid_depth", Some(Value::Whole(ANY_DEPTH))),
        (CHAIN, "entry.min_purchase", Some(Value::Whole(49_900))),
        (CHAIN, "ref.rank_by_headcount", yes),
        (DIRECT_CHAIN, "ref.paid_depth", Some(Value::Whole(1))),
        (DIRECT_CHAIN, "ref.rank_by_headcount", no),
        (UNPAID_CHAIN, "ref.pays", no),
        (UNPAID_CHAIN, "entry.gates_earning", no),
        (LED, "ref.per_head", yes),
        (LED, "ref.on_downline_sales", no),
        (LED, "entry.min_purchase", Some(Value::Whole(9_900))),
        (LED_BY_RATE, "ref.per_head", no),
        (LED_BY_RATE, "ref.on_downline_sales", yes),
        (LED, "wallet.exists", yes),
        (GROUP, "wallet.exists", no),
        (GROUP, "prize.draw", no),
        (LOTTERY, "prize.top", Some(Value::Whole(9_900))),
        (LOTTERY, "report.payouts_from_later_orders", None),
        (DEAR_LOTTERY, "report.payouts_from_later_orders", Some(Value::Rate(0))),
        (BOX, "prize.top", Some(Value::Whole(5_900))),
        (BOX, "box.min_age", Some(Value::Whole(8))),
        (RELIST, "ret.promised", Some(Value::Rate(1_008_000))),
        (LOYALTY, "rebate.share", Some(Value::Rate(20_000))),
        (LOYALTY, "pts.exist", yes),
        (LOYALTY, "pts.cash_out", no),
        (LOYALTY, "pts.price_moves", no),
        (LOYALTY, "wallet.exists", no),
        (MARKET, "pts.cash_out", yes),
        (MARKET, "wallet.pays_others", yes),
        (ISSUE, "pts.transferable", no),
        (SOURCE, "ref.pays", None),
        (SOURCE, "ref.paid_share", Some(Value::Rate(100_000))),
        ("[funding]", "funding.outside", yes),
        (LOYALTY, "funding.outside", no),
        ("[claims]\nshare = \"40%\"", "claims.exist", yes),
        (LOYALTY, "claims.exist", no),
        (
            "[catalogue]\n[[coupon]]\nid = \"c\"\nname = { zh = \"券\", en = \"C\" }\noff = \"5\"\nmerchant = \"m\"",
            "merchants.exist",
            yes,
        ),
    ] {
        assert_eq!(value(body, name), expected, "{name} of\n{body}");
    }
}

/// LINT-2i: tokens and chains by whatever name are refused with the rule that says why, and that rule exists.
#[test]
fn tokens_are_refused_with_their_rule() {
    let book = RuleBook::built_in();
    let rule = book.rules().iter().find(|rule| rule.id == "CN-TOK-03").expect("the rule is there");
    assert_eq!(rule.severity, RuleSeverity::Prohibited);
    for asked in [
        "[nft]\nsupply = 100",
        "[token]",
        "[[tokens]]\nid = \"a\"",
        "[loyalty]\nearn_rate = \"2%\"\nvalid_days = 30\non_chain = true",
        "[blockchain]",
    ] {
        let source = shop("sandbox", asked, &[]);
        let errors = Plan::parse("test.toml", &source).expect_err(asked).to_string();
        assert!(errors.contains("CN-TOK-03") && errors.contains("test.toml:"), "{asked}: {errors}");
    }
}

/// LINT-2: each rule fires for a plan that does what it is about, and for the plain shop it does not.
#[test]
fn each_rule_fires_for_what_it_is_about() {
    let book = RuleBook::built_in();
    let plain = parse(&shop("live", "", &[]));
    for jurisdiction in ["CN", "US", "EU"] {
        let found = fired(&book, &plain, jurisdiction, TODAY);
        let expected: &[&str] = if jurisdiction == "CN" { &["CN-CONS-03"] } else { &[] };
        assert_eq!(found, expected, "the plain shop in {jurisdiction}");
    }
    for (id, body, changed) in FIRES {
        let jurisdiction = id.split('-').next().unwrap_or_default();
        let plan = parse(&shop("live", body, changed));
        let found = fired(&book, &plan, jurisdiction, TODAY);
        assert!(
            found.iter().any(|found| found == id),
            "{id} does not fire for\n{body}\n{changed:?}: {found:?}"
        );
    }
    // CN-CONS-03 is for everybody; CN-TOK-02 has ended, and is tried on its days below.
    let elsewhere = ["CN-CONS-03", "CN-TOK-02"];
    for rule in book.rules() {
        let id = rule.id.as_str();
        let named = FIRES.iter().any(|(known, _, _)| *known == id)
            || AROUND_AN_ORDER.iter().any(|(known, _, _)| *known == id);
        assert!(named || elsewhere.contains(&id), "no plan is tried with {id}");
    }
}

struct Made<'m>(&'m [(&'m str, Value)]);

impl World for Made<'_> {
    fn value(&self, fact: &'static Fact) -> Option<Value> {
        self.0.iter().find(|(name, _)| *name == fact.name).map(|(_, value)| *value)
    }

    fn fired(&self, _pattern: &str) -> Truth {
        Truth::No
    }
}

/// BOX-1 lets no plan sell to younger buyers, so the rule's other half is asked with facts made up.
#[test]
fn no_blind_boxes_for_the_young() {
    let book = RuleBook::built_in();
    let rule = book.rules().iter().find(|rule| rule.id == "CN-BOX-01").expect("the rule is there");
    for (age, truth) in [(7, Truth::Yes), (8, Truth::No)] {
        let yes = Value::Switch(true);
        let facts = [("box.sells", yes), ("box.min_age", Value::Whole(age)), ("box.odds_public", yes)];
        assert_eq!(rule.when.evaluate(&Made(&facts)), truth, "{age}");
    }
}

/// LINT-2b: rules hold from their first day to their last.
#[test]
fn rules_hold_on_their_days() {
    let book = RuleBook::built_in();
    let plan = parse(&shop("live", POOL, &[("pts.on_chain", "true")]));
    let on = |on: &str, id: &str| fired(&book, &plan, "CN", on).iter().any(|found| found == id);
    for (date, old, new) in [
        ("2021-09-23", false, false),
        ("2021-09-24", true, false),
        ("2026-02-05", true, false),
        ("2026-02-06", true, true),
        ("2026-02-07", false, true),
    ] {
        assert_eq!((on(date, "CN-TOK-02"), on(date, "CN-TOK-03")), (old, new), "{date}");
    }
    assert!(!on("2021-04-30", "CN-FUND-01") && on("2021-05-01", "CN-FUND-01"));
}

/// LINT-2a: an unverified rule is something to know and never more, and what it says is not asked by others.
#[test]
fn unverified_rules_are_notes() {
    let book = RuleBook::built_in();
    let unverified: Vec<&Rule> = book.rules().iter().filter(|rule| rule.evidence == Evidence::U).collect();
    assert_eq!(unverified.len(), 3);
    assert!(unverified.iter().all(|rule| rule.effective_severity() == RuleSeverity::Disclose));
    let grave = |rule: &Rule| rule.severity != RuleSeverity::Disclose;
    assert!(unverified.iter().copied().any(grave), "there is one that would be graver");
}

/// LINT-2: ids are permanent. A rule may be added; none goes and none gets another id.
#[test]
fn ids_are_permanent() {
    let book = RuleBook::built_in();
    let ids: Vec<&str> = book.rules().iter().map(|rule| rule.id.as_str()).collect();
    let count = |prefix: &str| ids.iter().filter(|id| id.starts_with(prefix)).count();
    assert_eq!((count("CN-"), count("US-"), count("EU-")), (53, 4, 3));
    for pack in book.packs() {
        assert_eq!(pack.live, pack.jurisdiction == "CN", "{}", pack.file);
        assert_eq!(pack.sha256.len(), 64);
    }
}

/// Text, line and column, and words of the message.
const MISTAKES: &[(&str, usize, usize, &str)] = &[
    ("", 1, 1, "the predicate ends here"),
    ("pts.exist &&", 1, 13, "the predicate ends here"),
    ("pts.exits", 1, 1, "there is no fact pts.exits; did you mean pts.exist?"),
    ("pts.quack_like_a_duck", 1, 1, "those of pts are pts.exist"),
    ("banana", 1, 1, "they are listed in docs/reference/facts.md"),
    ("pts.exist\n  && ref.payz", 2, 6, "did you mean ref.pays?"),
    ("ref.paid_depth", 1, 1, "is a number; compare it, such as ref.paid_depth > 0"),
    ("rebate.share", 1, 1, "is a rate; compare it"),
    ("channel.kind", 1, 1, "is a name; compare it, such as channel.kind == 'own'"),
    ("channel.kind == 'wehcat'", 1, 17, "did you mean 'wechat'?"),
    ("channel.kind == 3", 1, 14, "a name is compared with a whole number"),
    ("channel.kind < 'own'", 1, 14, "only numbers and rates have an order"),
    ("pts.exist > false", 1, 11, "only numbers and rates have an order"),
    ("ref.paid_depth > 3%", 1, 16, "a whole number is compared with a rate"),
    ("pts.exist == 'own'", 1, 14, "true or false is compared with a name"),
    ("3 > 2", 1, 3, "one side must be a fact"),
    ("'a' == 'b'", 1, 1, "one side must be a fact"),
    ("1 < ref.paid_depth < 3", 1, 20, "compare two values at a time"),
    ("!ref.paid_depth > 3", 1, 17, "put the comparison after ! in parentheses"),
    ("(pts.exist || ref.pays) == true", 1, 25, "what is true or false is not compared"),
    ("(pts.exist", 1, 11, "a ) is missing here"),
    ("pts.exist)", 1, 10, "there is no ( for this )"),
    ("pts.exist ref.pays", 1, 11, "join it with && or ||"),
    ("pts.exist & ref.pays", 1, 11, "write && for"),
    ("pts.exist | ref.pays", 1, 11, "write || for"),
    ("pts.exist = true", 1, 11, "write == to compare"),
    ("channel.kind == \"own\"", 1, 17, "names stand in single quotes"),
    ("channel.kind == 'own", 1, 17, "this name is not closed"),
    ("积分 > 3", 1, 1, "积 does not belong in a predicate"),
    ("fired(CN)", 1, 7, "write fired('CN-PYR-01')"),
    ("fired('')", 1, 7, "this is no id of a rule"),
    ("fired('CN-PYR-01'", 1, 18, "a ) is missing here"),
    ("ref.paid_depth > 99999999999999999999", 1, 18, "is not a whole number up to"),
    ("ref.paid_depth > 1.5", 1, 18, "1.5 is not a whole number"),
    ("rebate.share > 100001%", 1, 16, "is not a rate"),
    ("true && 3", 1, 9, "a value alone is neither true nor false"),
];

/// LINT-2c: what is wrong is said with its line, its column and the nearest fact.
#[test]
fn mistakes_are_named() {
    for (text, line, column, words) in MISTAKES {
        let error = Expression::parse(text).expect_err(text);
        assert!(error.message.en.contains(words), "{text}: {error}");
        assert_eq!((error.line, error.column), (*line, *column), "{text}: {error}");
    }
    let deep = format!("{}true{}", "(".repeat(DEPTH_MAX + 1), ")".repeat(DEPTH_MAX + 1));
    assert!(Expression::parse(&deep).expect_err("deep").message.en.contains("levels"));
    assert!(Expression::parse(&"!".repeat(1_999)).expect_err("deep").message.en.contains("levels"));
    let just = format!("{}true{}", "(".repeat(DEPTH_MAX), ")".repeat(DEPTH_MAX));
    assert!(Expression::parse(&just).is_ok());
    let long = format!("true{}", " || true".repeat(PREDICATE_BYTES_MAX / 8));
    assert!(Expression::parse(&long).expect_err("long").message.en.contains("longer than"));
}

/// LINT-2c: precedence, kinds of value and three values.
#[test]
fn predicates_say_what_they_say() {
    use Truth::{No, Unknown, Yes};
    let world = Made(&[
        ("pts.exist", Value::Switch(true)),
        ("pts.cash_out", Value::Switch(false)),
        ("ref.paid_depth", Value::Whole(2)),
        ("rebate.share", Value::Rate(300_000)),
        ("channel.kind", Value::Name("wechat")),
    ]);
    for (text, truth) in [
        ("true", Yes),
        ("!true", No),
        ("!!pts.exist", Yes),
        ("pts.exist && pts.cash_out", No),
        ("pts.exist || pts.cash_out && pts.cash_out", Yes),
        ("(pts.exist || pts.cash_out) && pts.cash_out", No),
        ("ref.paid_depth >= 2 && ref.paid_depth < 3 && 2 == ref.paid_depth && ref.paid_depth != 1_000", Yes),
        ("rebate.share == 30% && rebate.share == 300‰ && rebate.share < 100% && rebate.share <= 300%", Yes),
        ("channel.kind == 'wechat'", Yes),
        ("'own' != channel.kind", Yes),
        ("pts.exist == true", Yes),
        ("pts.exist != pts.cash_out", Yes),
        ("ref.pays", Unknown),
        ("!ref.pays", Unknown),
        ("ref.pays && pts.exist", Unknown),
        ("ref.pays && pts.cash_out", No),
        ("ref.pays || pts.exist", Yes),
        ("ref.pays || pts.cash_out", Unknown),
        ("tree.members >= 30", Unknown),
        ("tree.members >= 30 && pts.cash_out", No),
        ("fired('CN-PYR-01')", No),
    ] {
        let parsed = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(parsed.evaluate(&world), truth, "{text}");
    }
}

/// LINT-2c: the reasons of a finding are the facts that matter, and no others.
#[test]
fn reasons_are_those_that_matter() {
    let world = Made(&[("pts.exist", Value::Switch(true)), ("pts.cash_out", Value::Switch(false))]);
    let reasons = |text: &str| -> Vec<&str> {
        let parsed = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        parsed.reasons(&world).iter().map(|fact| fact.name).collect()
    };
    assert_eq!(reasons("pts.exist || pts.cash_out"), ["pts.exist"]);
    assert_eq!(reasons("pts.exist || ref.pays"), ["pts.exist"]);
    assert_eq!(reasons("pts.exist && ref.pays"), ["pts.exist", "ref.pays"]);
    assert_eq!(reasons("pts.exist && !pts.cash_out"), ["pts.exist", "pts.cash_out"]);
    assert!(reasons("pts.exist && pts.cash_out").is_empty());
}

/// A random predicate over five switches and two numbers.
fn predicate() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("pts.exist".to_owned()),
        Just("pts.cash_out".to_owned()),
        Just("ref.pays".to_owned()),
        (0_i64..4).prop_map(|number| format!("ref.paid_depth >= {number}")),
        (0_i64..4).prop_map(|number| format!("tree.members < {number}")),
        Just("true".to_owned()),
    ];
    leaf.prop_recursive(6, 40, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("!({one})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} || {b} && {c})")),
        ]
    })
}

const ASKED: [&str; 5] = ["pts.exist", "pts.cash_out", "ref.pays", "ref.paid_depth", "tree.members"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// LINT-2c: no text makes the reader panic, and the place of an error is in the text.
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}") {
        if let Err(error) = Expression::parse(&text) {
            prop_assert!(error.at <= text.len() && !error.message.en.is_empty());
        }
    }

    /// The same with texts that are nearly predicates.
    #[test]
    fn no_near_predicate_makes_it_panic(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "(", ")", "!", "&&", "||", "==", "<", ">=", "'own'", "'", "3", "30%", "3‰", "fired", "fired('CN-PYR-*')",
                "pts.exist", "ref.paid_depth", "channel.kind", "rebate.share", "lic.payment", "true", " ", "\n", "积",
            ]),
            0..40,
        )
    ) {
        let text = pieces.concat();
        if let Ok(parsed) = Expression::parse(&text) {
            let truth = parsed.evaluate(&Made(&[]));
            prop_assert!(truth == Truth::No || !parsed.facts().is_empty() || truth == Truth::Yes);
        }
    }

    /// LINT-2e: unknown is never a wrong answer. Whatever the unknown facts turn out to be, what was said for certain holds.
    #[test]
    fn what_is_certain_stays(
        text in predicate(),
        known in proptest::array::uniform5(any::<bool>()),
        values in proptest::array::uniform5(0_i64..4),
    ) {
        let parsed = Expression::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let value = |at: usize| if at < 3 { Value::Switch(values[at] % 2 == 0) } else { Value::Whole(values[at]) };
        let all: Vec<(&str, Value)> = ASKED.iter().enumerate().map(|(at, name)| (*name, value(at))).collect();
        let some: Vec<(&str, Value)> =
            all.iter().enumerate().filter(|(at, _)| known[*at]).map(|(_, fact)| *fact).collect();
        let (partly, fully) = (parsed.evaluate(&Made(&some)), parsed.evaluate(&Made(&all)));
        prop_assert_ne!(fully, Truth::Unknown);
        if partly != Truth::Unknown {
            prop_assert_eq!(partly, fully, "{}", text);
        } else {
            // Somebody can be asked: what is unknown is among the reasons.
            prop_assert!(parsed.reasons(&Made(&some)).iter().any(|fact| !some.iter().any(|(name, _)| *name == fact.name)));
        }
    }

    /// LINT-2: no text makes the reader of packs panic.
    #[test]
    fn no_pack_makes_it_panic(text in "\\PC{0,80}") {
        let mut book = RuleBook::built_in();
        let before = book.clone();
        if book.add("pack.toml", &text).is_err() {
            prop_assert_eq!(book, before, "a refused pack changes nothing");
        }
    }
}

const PACK: &str = "[pack]\njurisdiction = \"MY\"\nname = { zh = \"马来西亚\", en = \"Malaysia\" }\nresearched = \"2026-01-01\"\nlive = true\n";

fn rule(id: &str, when: &str, more: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nsource = \"s\"\narticle = \"1\"\nseverity = \"prohibited\"\nbasis = \"law\"\nevidence = \"P\"\nwhen = \"{when}\"\n{more}\n\
         title = {{ zh = \"题\", en = \"t\" }}\nexplanation = {{ zh = \"因\", en = \"e\" }}\nchange = {{ zh = \"改\", en = \"c\" }}\n"
    )
}

/// LINT-2g: packs come on top of those of the binary, and what is wrong with one is said with its place.
#[test]
fn packs_are_added_and_checked() {
    let mut book = RuleBook::built_in();
    book.add("my.toml", &format!("{PACK}{}", rule("MY-1", "pts.exist", ""))).expect("a pack");
    assert_eq!(fired(&book, &parse(&shop("live", POOL, &[])), "MY", TODAY), ["MY-1"]);

    let wrong = |text: String| -> String {
        let mut book = RuleBook::built_in();
        let errors = book.add("my.toml", &text).expect_err(&text);
        assert_eq!(book, RuleBook::built_in());
        errors.to_string()
    };
    let two =
        |first: &str, second: &str| format!("{PACK}{}{}", rule("MY-1", first, ""), rule("MY-2", second, ""));
    for (text, words) in [
        (String::new(), "missing field `pack`"),
        (PACK.replace("\"MY\"", "\"my\""), "capital letters"),
        (PACK.replace("2026-01-01", "soon"), "a date is written"),
        (format!("{PACK}{}", rule("XX-1", "true", "")), "begins with MY-"),
        (two("true", "true").replace("MY-2", "MY-1"), "there is a rule MY-1 already"),
        (
            format!("{PACK}{}", rule("MY-1", "pts.exits", "")),
            "my.toml:13:9: there is no fact pts.exits; did you mean pts.exist?",
        ),
        (format!("{PACK}{}", rule("MY-1", "true", "colour = 3")), "unknown field `colour`"),
        (
            format!("{PACK}{}", rule("MY-1", "true", "from = \"2026-02-01\"\nto = \"2026-01-01\"")),
            "ends before it begins",
        ),
        (
            format!("{PACK}{}", rule("MY-1", "true", "licence = \"lic.payment\"")),
            "names its licence, and no other rule does",
        ),
        (
            format!(
                "{PACK}{}",
                rule("MY-1", "true", "licence = \"pts.exist\"").replace("prohibited", "needs_licence")
            ),
            "this is no licence",
        ),
        (
            format!("{PACK}{}", rule("MY-1", "true", "").replace("\"P\"", "\"D\"")),
            "for basis = \"project_policy\" only",
        ),
        (format!("{PACK}{}", rule("MY-1", "true", "").replace("\"题\"", "\"\"")), "both languages"),
        (two("fired('MY-3')", "true"), "fired('MY-3') means no rule"),
        (two("fired('MY-2')", "fired('MY-1')"), "asks for it again"),
        (two("fired('MY-*')", "true"), "asks for it again"),
        (two("fired('MY-2')", "true").replacen("\"P\"", "\"S2\"", 1).replace("\"P\"", "\"U\""), "unverified"),
    ] {
        let errors = wrong(text.clone());
        assert!(errors.contains(words), "{words} is not in:\n{errors}\nof:\n{text}");
    }
    // A chain that is as long as it may be, and one that is longer, written from its end.
    let chain = |length: usize| {
        let link = |at: usize| if at == 0 { "true".to_owned() } else { format!("fired('MY-{}')", at - 1) };
        let rules = (0..=length).rev().map(|at| rule(&format!("MY-{at}"), &link(at), ""));
        format!("{PACK}{}", rules.collect::<String>())
    };
    assert!(RuleBook::built_in().add("my.toml", &chain(FIRED_CHAIN_MAX)).is_ok());
    assert!(wrong(chain(FIRED_CHAIN_MAX + 1)).contains("through more than"));
}

/// LINT-2d: every fact has words in both languages, and nobody else tells what is derived or observed.
#[test]
fn facts_are_told_by_one() {
    for fact in FACTS {
        assert!(
            fact.name.split('.').count() == 2 && !fact.zh.is_empty() && !fact.en.is_empty(),
            "{}",
            fact.name
        );
        assert_eq!(FACTS.iter().filter(|other| other.name == fact.name).count(), 1, "{}", fact.name);
        let declarable = fact.origin == Origin::Declared && fact.kind != Kind::Licence;
        assert_eq!(WELL.iter().any(|(name, _)| *name == fact.name), declarable, "{}", fact.name);
    }
    // A plan that leaves nothing open: every derived fact has a value.
    let known = Facts::of(&parse(&shop("live", "", &[])), day(TODAY), &[]);
    for known in known.all().iter().filter(|known| known.fact.origin == Origin::Derived) {
        assert!(known.value.is_some() && known.told == Told::ByPlan, "{}", known.fact.name);
    }
}

/// LINT-2d: money set aside for commissions that nobody is named for counts as the worst.
#[test]
fn commissions_for_nobody_are_open() {
    let value = |body: &str, name: &str| {
        let plan = parse(&shop("live", body, &[]));
        Facts::of(&plan, day(TODAY), &[]).known(fact(name).expect("a fact")).and_then(|known| known.value)
    };
    let open = "[split]\ncommission = \"10%\"";
    assert_eq!(value(open, "ref.pays"), None);
    assert_eq!(value(open, "ref.paid_depth"), None);
    assert_eq!(value(open, "ref.paid_share"), Some(Value::Rate(100_000)));
    assert_eq!(value("", "ref.paid_depth"), Some(Value::Whole(0)));
    assert_eq!(value(DIRECT, "ref.paid_depth"), Some(Value::Whole(1)));
    assert_eq!(value(TWO_LEVELS, "ref.paid_depth"), Some(Value::Whole(2)));
    assert_eq!(value(LEGS, "ref.paid_depth"), Some(Value::Whole(ANY_DEPTH)));
    assert_eq!(
        value(
            "[value]\ngrant_ratio = \"10%\"\nreferral = [\"1%\", \"0%\", \"1%\", \"0%\"]",
            "ref.paid_depth"
        ),
        Some(Value::Whole(3))
    );
    assert_eq!(value(EXIT, "ret.promised"), Some(Value::Rate(2_000_000)));
    assert_eq!(value(&format!("{EXIT}\nof = \"contribution\""), "ret.promised"), Some(Value::Rate(400_000)));
    assert_eq!(
        value(&format!("{MERCHANT}activation_pack = \"399\"\n{RANK}"), "entry.min_purchase"),
        Some(Value::Whole(39_900))
    );
    assert_eq!(value(&format!("{MERCHANT}\n{RANK}"), "ref.rank_by_team_volume"), Some(Value::Switch(true)));
}

/// LINT-2e: a licence counts on the days of its record and on no others.
#[test]
fn licences_end() {
    let plan = parse(&shop("live", "", &[("lic.payment", "2026-06-30")]));
    let holds = |on: &str| {
        let known = Facts::of(&plan, day(on), &[]);
        known.known(fact("lic.payment").expect("a fact")).and_then(|known| known.value)
    };
    assert_eq!(holds("2019-12-31"), Some(Value::Switch(false)));
    assert_eq!(holds("2026-06-30"), Some(Value::Switch(true)));
    assert_eq!(holds("2026-07-01"), Some(Value::Switch(false)));
}
