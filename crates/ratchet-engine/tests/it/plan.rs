//! The plan file: every key, default, limit and error (PLAN-1 … PLAN-6).

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ratchet_engine::amount::{AMOUNT_MAX, Currency, Money, Rate};
use ratchet_engine::plan::*;
use ratchet_engine::time::Calendar;

/// A plan with only what must be there; what a test adds begins on line 5.
const LEAST: &str = "[programme]\nname = { zh = \"测试\", en = \"Test\" }\n[split]\ncost = \"50%\"\n";

fn parse(source: &str) -> Plan {
    Plan::parse("test.toml", source).unwrap_or_else(|errors| panic!("{errors}\nin:\n{source}"))
}

/// `line:column message` of every error.
fn errors(source: &str) -> Vec<String> {
    match Plan::parse("test.toml", source) {
        Ok(_) => Vec::new(),
        Err(errors) => {
            let each = errors.errors.iter();
            each.map(|error| format!("{}:{} {}", error.line, error.column, error.message)).collect()
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The plan files of a folder, by name.
fn toml_files(folder: &str) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let paths = listing.map(|entry| entry.unwrap_or_else(|error| panic!("{folder}: {error}")).path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    assert!(!files.is_empty(), "no plan in {folder}");
    files
}

fn percent(number: u32) -> Rate {
    Rate::from_ppm(number * 10_000)
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor).unwrap_or_else(|| panic!("{minor} is negative"))
}

/// PLAN-2, PLAN-4: one error, at this place, with these words. The text follows the four lines of `LEAST`.
const ONE_ERROR: &[(&str, &str)] = &[
    // Unknown names.
    ("[pool]\nretenton = \"20%\"", "6:1 [pool] has no key \"retenton\"; did you mean `retention`?"),
    (
        "[pool]\ncharge = \"20%\"",
        "6:1 [pool] has no key \"charge\"; its keys are mint_ratio, opening_price, retention,",
    ),
    ("[pool]\nmultiple = 3", "6:1 [pool] has no key \"multiple\"; it belongs to [pool.exit], move it there"),
    (
        "[wallet]\nmint_ratio = \"70%\"",
        "6:1 [wallet] has no key \"mint_ratio\"; it belongs to [pool], move it there",
    ),
    ("pool.x = \"3%\"", "5:1 pool must be a rate such as \"30%\", found a section"),
    (
        "platform = \"10%\"",
        "5:1 [split] has no key \"platform\": the platform takes what the other shares leave",
    ),
    (
        "release = \"10%\"",
        "5:1 [split] has no key \"release\"; its keys are cost, pool, commission, funds; a fund of your own goes under [split.funds]",
    ),
    ("[poool]", "5:2 there is no section [poool]; did you mean [pool]?"),
    ("[pool.exitt]\nmultiple = 3", "5:7 there is no section [pool.exitt]; did you mean [pool.exit]?"),
    ("[exit]\nmultiple = 3", "5:2 there is no section [exit]; write [pool.exit]"),
    ("[banana]", "5:2 there is no section [banana]; the sections are [programme], [programme.name],"),
    (
        "[market]",
        "5:1 [market] trades emission points, but the plan has no [emission]; add one, or remove the section",
    ),
    // Declarations (LINT-2e) and jurisdictions.
    (
        "[facts]\nuntrue = true",
        "6:1 a fact has a group and a name, such as [facts.ads.untrue]; found \"untrue\"",
    ),
    (
        "[facts.ads]\nuntrue = true",
        "6:1 say who declares ads.untrue, and on what evidence: ads.untrue = { value = …, by",
    ),
    (
        "[facts.lic]\npayment = true",
        "6:1 say who declares lic.payment, and on what evidence: lic.payment = { holder = …",
    ),
    ("[facts.ads.untrew]\nvalue = true", "5:12 there is no fact \"ads.untrew\"; did you mean ads.untrue?"),
    (
        "[facts.banana.split]\nvalue = true",
        "5:15 there is no fact \"banana.split\"; those that can be declared are",
    ),
    ("[facts.pts.cash_out]\nvalue = true", "5:12 pts.cash_out follows from the plan and cannot be declared"),
    (
        "[facts.tree.members]\nvalue = 3",
        "5:13 tree.members shows in a running programme and cannot be declared",
    ),
    (
        "[facts.ads.untrue]\nvalue = true",
        "5:12 ads.untrue lacks by, evidence, at; a fact counts only with who says so",
    ),
    (
        "[facts.ads]\nuntrue = { value = true, by = \"A\", evidence = \"e\", at = \"2026-01-01\", bye = 1 }",
        "6:71 ads.untrue has no key \"bye\"; did you mean `by`?",
    ),
    (
        "[facts.ads]\nuntrue = { value = \"no\", by = \"A\", evidence = \"e\", at = \"2026-01-01\" }",
        "6:20 ads.untrue is true or false, without quotes",
    ),
    (
        "[facts.ads]\nuntrue = { value = true, by = \" \", evidence = \"e\", at = \"2026-01-01\" }",
        "6:31 `by` is one line of 1 to 500 characters",
    ),
    (
        "[facts.ads]\nuntrue = { value = true, by = \"A\", evidence = \"e\", at = \"yesterday\" }",
        "6:57 `at` is a date such as \"2026-01-31\", found \"yesterday\"",
    ),
    (
        "[facts.entry]\nfee = { value = -1, by = \"A\", evidence = \"e\", at = \"2026-01-01\" }",
        "6:17 value must be from 0 to 9007199254740991",
    ),
    (
        "[facts.retail]\nshare = { value = 70, by = \"A\", evidence = \"e\", at = \"2026-01-01\" }",
        "6:19 value must be a rate such as \"70%\"",
    ),
    (
        "[facts.channel]\nkind = { value = \"wehcat\", by = \"A\", evidence = \"e\", at = \"2026-01-01\" }",
        "6:18 channel.kind is one of \"own\", \"wechat\"",
    ),
    (
        "[facts.lic]\npayment = { holder = \"H\", number = \"1\", issuer = \"I\", from = \"2026-01-02\", until = \"2026-01-01\", by = \"A\", evidence = \"e\", at = \"2026-01-01\" }",
        "6:84 lic.payment ends before it begins",
    ),
    ("[pool]\n\"a\\u0007b\" = 1", "6:1 [pool] has no key \"a\u{fffd}b\""),
    // Missing.
    ("[pool]\n[pool.exit]", "6:1 [pool.exit] lacks `multiple`; add a line such as multiple = 3"),
    // Wrong kinds of value.
    (
        "[pool]\nretention = 20",
        "6:13 retention must be a rate such as \"20%\", found a number; write \"20%\" or \"20‰\"",
    ),
    (
        "[pool]\nretention = 0.2",
        "6:13 retention must be a rate such as \"20%\", found a number; write \"20%\" or \"0.2%\"",
    ),
    ("[pool]\nretention = true", "6:13 retention must be a rate such as \"20%\", found true or false"),
    ("[pool]\nretention = 2026-01-01", "6:13 retention must be a rate such as \"20%\", found a date or time"),
    ("[pool]\nretention = [\"20%\"]", "6:13 retention must be a rate such as \"20%\", found a list"),
    ("[pool]\nretention.x = 1", "6:1 retention must be a rate such as \"20%\", found a section"),
    (
        "[pool]\nopening_price = 1.00",
        "6:17 opening_price must be an amount in quotes such as \"1000.00\", found a number with decimals",
    ),
    (
        "[pool]\nhouse_points = \"5\"",
        "6:16 house_points must be a whole number from 0 to 1000000000 without quotes, found a text",
    ),
    (
        "[pool]\nhouse_points = 5.0",
        "6:16 house_points must be a whole number from 0 to 1000000000 without quotes, found a number with decimals",
    ),
    ("[pool]\nexit = 3", "6:8 [pool.exit] is a section with keys of its own, found a number"),
    ("[[pool]]", "5:1 [pool] is a section with keys of its own, found a list"),
    (
        "[refund]\nset_off_sales = \"yes\"",
        "6:17 set_off_sales must be true or false without quotes, found a text",
    ),
    ("[pool]\nsale_price = 1", "6:14 sale_price must be \"immediate\" or \"daily_batch\", found a number"),
    // Rates.
    (
        "[pool]\nretention = \"0.3\"",
        "6:13 retention is \"0.3\", which is ambiguous without a sign; write \"30%\" or \"0.3%\"",
    ),
    (
        "[pool]\nretention = \"30\"",
        "6:13 retention is \"30\", which is ambiguous without a sign; write \"30%\" or \"30‰\"",
    ),
    (
        "[pool]\nretention = \"30％\"",
        "6:13 retention is \"30％\", with a full-width ％; write the half-width %",
    ),
    (
        "[pool]\nretention = \"some\"",
        "6:13 retention must be a rate such as \"30%\" or \"3‰\", found \"some\"",
    ),
    ("[pool]\nretention = \"-3%\"", "6:13 retention must be a rate such as"),
    ("[pool]\nretention = \"\"", "6:13 retention must be a rate such as"),
    ("[pool]\nretention = \"0.00001%\"", "6:13 retention is \"0.00001%\", finer than one part per million"),
    ("[pool]\nretention = \"100.0001%\"", "6:13 retention is 100.0001%; lower it to 100% or less"),
    ("[pool]\nretention = \"9999999999%\"", "6:13 retention is \"9999999999%\"; lower it to 100% or less"),
    (
        "[pool]\nmax_contribution = \"0%\"",
        "6:20 max_contribution of 0% would keep every contribution out of the pool",
    ),
    // Shares over 100 %, at the one that crosses.
    (
        "pool = \"40%\"\ncommission = \"10.0001%\"\n[pool]",
        "6:14 the shares add up to 100.0001% (cost 50% + pool 40% + commission 10.0001%); lower them",
    ),
    ("[split.funds]\na = \"30%\"\nb = \"30%\"", "7:5 the shares add up to 110% (cost 50% + a 30% + b 30%)"),
    ("pool = \"101%\"\n[pool]", "5:8 pool is 101%; lower it to 100% or less"),
    // Funds.
    (
        "[split.funds]\nBonus = \"1%\"",
        "6:1 \"Bonus\" cannot name a fund; use 1 to 32 characters a-z, 0-9 and _, beginning with a letter",
    ),
    ("[split.funds]\n1a = \"1%\"", "6:1 \"1a\" cannot name a fund"),
    ("[split.funds]\n\"基金\" = \"1%\"", "6:1 \"基金\" cannot name a fund"),
    (
        "[split.funds]\na23456789012345678901234567890123 = \"1%\"",
        "6:1 \"a23456789012345678901234567890123\" cannot name a fund",
    ),
    ("[split.funds]\na = 1", "6:5 a must be a rate such as \"1%\", found a number; write \"100%\" or \"1%\""),
    // Amounts.
    (
        "[pool]\nopening_price = \"1.001\"",
        "6:17 opening_price is \"1.001\"; amounts in CNY have at most 2 decimals",
    ),
    ("[pool]\nopening_price = \"¥1\"", "6:17 opening_price must be a plain amount such as \"1000.00\""),
    ("[pool]\nopening_price = \"1,000.00\"", "6:17 opening_price must be a plain amount"),
    ("[pool]\nopening_price = \"-1\"", "6:17 opening_price must be a plain amount"),
    ("[pool]\nopening_price = \"0\"", "6:17 opening_price must be from 0.01 to 1000000.00"),
    ("[pool]\nopening_price = \"1000000.01\"", "6:17 opening_price must be from 0.01 to 1000000.00"),
    (
        "[wallet]\ntwo_approvals_above = \"100000000000.01\"",
        "6:23 two_approvals_above is \"100000000000.01\"; lower it to 100000000000.00 or less",
    ),
    (
        "[wallet]\ntwo_approvals_above = \"999999999999999999999999999999999999999999\"",
        "6:23 two_approvals_above is",
    ),
    // Whole numbers.
    ("[settlement]\nafter_sale_days = 3651", "6:19 after_sale_days must be from 0 to 3650, found 3651"),
    ("[settlement]\nafter_sale_days = -1", "6:19 after_sale_days must be from 0 to 3650, found -1"),
    (
        "[settlement]\nafter_sale_days = 99999999999999999999999999999999999999999999",
        "6:19 after_sale_days must be from 0 to 3650, found 9999",
    ),
    ("[pool]\nhouse_points = 1000000001", "6:16 house_points must be from 0 to 1000000000, found 1000000001"),
    (
        "[pool]\nopening_price = \"1000000\"\nhouse_points = 100_001",
        "7:16 house_points × opening_price is more than 100000000000.00",
    ),
    ("[pool.exit]\nmultiple = 0", "6:12 multiple must be from 1 to 1000, found 0"),
    ("[pool.exit]\nmultiple = 1001", "6:12 multiple must be from 1 to 1000, found 1001"),
    (
        "[wallet]\nwithdrawal_cool_down_hours = 87601",
        "6:30 withdrawal_cool_down_hours must be from 0 to 87600",
    ),
    // Options.
    (
        "[pool.exit]\nmultiple = 3\nbasis = \"members\"",
        "7:9 basis must be \"member\" or \"lot\", found \"members\"; did you mean \"member\"?",
    ),
    (
        "[pool.exit]\nmultiple = 3\ncounts = \"all\"",
        "7:10 counts must be \"earned\" or \"held\" or \"realised\", found \"all\"",
    ),
    // Options that exclude each other.
    ("pool = \"30%\"", "5:8 a share for the pool needs a section [pool]; add one, or remove the share"),
    (
        "[refund]\nreserve_required = \"1\"",
        "6:20 reserve_required stops the minting of points, but the plan has no [pool]",
    ),
    ("[refund]\nset_off_sales = true", "6:17 set_off_sales concerns points sold, but the plan has no [pool]"),
    (
        "[wallet]\nwithdrawal_minimum = \"5\"\nwithdrawal_daily_limit = \"4.99\"",
        "7:26 withdrawal_daily_limit lets nobody withdraw the minimum of 5.00",
    ),
    (
        "[wallet]\nwithdrawal_minimum = \"0\"\nwithdrawal_daily_limit = \"0\"",
        "7:26 withdrawal_daily_limit lets nobody withdraw",
    ),
    (
        "[wallet]\nwithdrawal_fee = \"100%\"",
        "6:18 withdrawal_fee and the retention taken at the withdrawal leave nothing of it",
    ),
    (
        "[wallet]\nwithdrawal_fee = \"80%\"\n[pool]\nretention_point = \"withdrawal\"",
        "6:18 withdrawal_fee and the retention",
    ),
    // Commissions and ranks.
    (
        "[commission.differential]",
        "5:1 [commission.differential] pays by rank, but the plan has no [[rank]]; add the ranks",
    ),
    ("[commission.direct]", "5:1 [commission.direct] lacks `rate`; add a line such as rate = \"10%\""),
    (
        "[commission.peer]\nrates = [\"10%\"]",
        "5:1 [commission.peer] is paid on top of the rank differential; add [commission.differential]",
    ),
    (
        "[commission.dividend]\nrate = \"1%\"\nfund = \"none\"",
        "7:8 there is no fund \"none\"; name one of [split.funds], or add it there with its share",
    ),
    (
        "[commission.regional]\ndistrict = \"2%\"\ncity = \"1%\"\nmode = \"differential\"",
        "8:8 with mode = \"differential\" the rates may not fall from district to city to province",
    ),
    // COMM-10.
    (
        "[[commission.rate]]\ndirect = \"1%\"",
        "5:1 [[commission.rate]] lacks `class`; add a line such as class = \"fresh\"",
    ),
    (
        "[[commission.rate]]\nclass = \"none\"",
        "6:9 there is no [[class]] with the id none; declare it, or name one that is declared",
    ),
    (
        "[[class]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n[[commission.rate]]\nclass = \"a\"\n[[commission.rate]]\nclass = \"a\"",
        "11:9 the class a has rates already; write all of them in one [[commission.rate]]",
    ),
    (
        "[[class]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n[[commission.rate]]\nclass = \"a\"\ncity = \"1%\"",
        "10:8 city is a rate of agents, but the plan has no [commission.regional]; add the section, or remove the rate",
    ),
    (
        "[[class]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n[[commission.rate]]\nclass = \"a\"\nranks = {}",
        "10:9 ranks have rates by class only where they earn by difference; add [commission.differential]",
    ),
    ("[[rank]]\nid = \"a\"", "5:1 [[rank]] lacks `name`; add a line such as name = { zh = \"一星\""),
    (
        "[[rank]]\nid = \"One\"\nname = { zh = \"一\", en = \"1\" }",
        "6:6 \"One\" is not a name here; use 1 to 32 characters",
    ),
    (
        "[[rank]]\nid = \"a\"\nname = { zh = \"一\", en = \"1\" }\nrate = \"2%\"\n[[rank]]\nid = \"b\"\nname = { zh = \"二\", en = \"2\" }\nrate = \"1%\"",
        "12:8 rate is below that of the rank before; ranks stand from the lowest to the highest",
    ),
    (
        "[[rank]]\nid = \"a\"\nname = { zh = \"一\", en = \"1\" }\n[[rank]]\nid = \"a\"\nname = { zh = \"二\", en = \"2\" }",
        "9:6 two ranks have this id; give each its own",
    ),
    (
        "[[rank]]\nid = \"a\"\nname = { zh = \"一\", en = \"1\" }\nlegs = 3",
        "8:8 legs and leg_rank belong together: how many legs, each with which rank",
    ),
    (
        "[[rank]]\nid = \"a\"\nname = { zh = \"一\", en = \"1\" }\nlegs = 3\nleg_rank = \"a\"",
        "9:12 leg_rank must be the id of a rank above this one in the file",
    ),
    ("[rank]", "5:1 [[rank]] is a list of sections, found a section; write [[rank]] above each"),
    ("[ranking]", "5:1 [ranking] says how ranks count, but the plan has no [[rank]]"),
    // Release, value units, emission, merchants.
    (
        "[release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"",
        "5:1 [release] lacks `fund`; add a line such as fund = \"dividend\"",
    ),
    (
        "[split.funds]\nf = \"1%\"\n[release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"f\"\nzones = { a = 4 }",
        "11:15 a must be from 0 to 3, found 4",
    ),
    (
        "[emission]\nyears = [1]\ncap = 5\nfirst_price = \"1\"",
        "5:1 [emission] issues by value units released, but the plan has no [value]",
    ),
    (
        "[value]\ngrant_ratio = \"1%\"\n[emission]\nyears = []\ncap = 5\nfirst_price = \"1\"",
        "8:9 years lists nothing; write a list such as [92250, 50000]",
    ),
    (
        "[value]\ngrant_ratio = \"1%\"\n[emission]\nyears = [1]\ncap = 5\nfirst_price = \"0\"",
        "10:15 first_price must be more than zero",
    ),
    (
        "[value]\ngrant_ratio = \"1%\"\n[emission]\nyears = [1]\ncap = 5\nfirst_price = \"1\"\nmembers = \"60%\"\nplatform = \"50%\"",
        "11:11 the shares of an emission add up to more than 100%; lower them",
    ),
    (
        "[value]\ngrant_ratio = \"1%\"\n[emission]\nyears = [1]\ncap = 5\nfirst_price = \"1\"\nranks = { gold = \"1%\" }",
        "11:18 there is no [[rank]] with this id",
    ),
    ("[merchant]", "5:1 [merchant] tips with emission points, but the plan has no [emission]"),
    // Not TOML.
    ("[pool]\nretention = 20%", "6:13 a rate stands in quotes; write \"20%\""),
    ("[pool]\nretention = 3‰ # three", "6:13 a rate stands in quotes; write \"3‰\""),
    ("[pool]\nretention = “20%”", "6:13 these are typographic quotes; write straight ones"),
    ("[pool]\nretention = \"20%", "6:17 this is not valid TOML (invalid basic string"),
    (
        "[pool]\nsale_price = immediate",
        "6:14 this value is not understood; texts, rates and amounts stand in quotes",
    ),
    (
        "[pool]\nretention = \"1%\"\nretention = \"2%\"",
        "7:1 this name stands in the file twice; keep one of the two",
    ),
    ("[pool]\n[pool]", "6:2 this name stands in the file twice"),
    ("[pool", "5:6 this is not valid TOML (unclosed table"),
    ("[pool]\n中文 = 1", "6:1 this is not valid TOML (invalid unquoted key"),
];

#[test]
fn every_error_names_its_place_and_what_to_do() {
    let mut unlike = String::new();
    for (text, expected) in ONE_ERROR {
        let found = errors(&format!("{LEAST}{text}"));
        if !matches!(found.as_slice(), [only] if only.starts_with(expected)) {
            unlike.push_str(&format!("for:\n{text}\nexpected: {expected}\nfound: {found:#?}\n\n"));
        }
    }
    assert!(unlike.is_empty(), "{unlike}");
}

/// PLAN-2: the same for whole files.
#[test]
fn what_must_be_there_is_asked_for() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["1:1 the plan is empty; begin with a copy of plans/starter.toml"]),
        ("\u{feff}\r\n  \n# only words\n", &["1:1 the plan is empty"]),
        ("[split]", &["1:1 the plan has no [programme]; add one with the programme's name"]),
        (
            "[programme]\nname = { zh = \"a\", en = \"b\" }",
            &["1:1 the plan has no [split]; add one with the shares"],
        ),
        ("[split]\n[programme]", &["2:1 [programme] lacks `name`; add a line such as name = { zh ="]),
        (
            "[split]\n[programme]\nname = { en = \"b\" }",
            &["3:8 [programme.name] lacks `zh`; add a line such as zh = \"消费增值\""],
        ),
        ("[split]\n[programme]\nname = { zh = \"a\" }", &["3:8 [programme.name] lacks `en`"]),
        (
            "[split]\n[programme]\nname = \"a\"",
            &["3:8 [programme.name] is a section with keys of its own, found a text"],
        ),
        (
            "[split]\n[programme]\nname = { zh = 1, en = \" \" }",
            &["3:15 zh must be a text in quotes such as", "3:23 the name `en` is empty"],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\\nb\", en = \"b\" }",
            &["3:15 the name `zh` contains a line break"],
        ),
        (
            "x = 1\n[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }",
            &["1:1 the top of the file has no key \"x\"; put it below the section"],
        ),
        (
            "cost = \"1%\"\n[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }",
            &["1:1 the top of the file has no key \"cost\"; it belongs to [split], move it there"],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\ncurrency = \"RMB\"",
            &["4:12 currency \"RMB\" is not known; use one of CNY"],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\nutc_offset = \"+25:00\"",
            &["4:14 utc_offset must be hours and minutes"],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\nutc_offset = \"Europe/Berlin\"",
            &[
                "4:14 utc_offset must be hours and minutes from UTC, at most 14 hours either way, such as \"+08:00\" or \"Z\"; a place with summer time is named by time_zone",
            ],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\ntime_zone = \"Europe/Berln\"",
            &["4:13 time_zone \"Europe/Berln\" is not in the tz database; nearest known: \"Europe/Berlin\""],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\ntime_zone = \"Middle-earth\"",
            &[
                "4:13 time_zone \"Middle-earth\" is not in the tz database; names are such as \"Asia/Shanghai\"",
            ],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\nutc_offset = \"Z\"\ntime_zone = \"UTC\"",
            &["4:14 utc_offset and time_zone both say where local days are cut; remove one of them"],
        ),
        (
            "[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\nmode = \"real\"",
            &["4:8 mode must be \"sandbox\" or \"live\", found \"real\""],
        ),
        (
            "split = \"50%\"\n[programme]\nname = { zh = \"a\", en = \"b\" }",
            &["1:9 [split] is a section with keys of its own, found a text"],
        ),
    ];
    for (source, expected) in cases {
        let found = errors(source);
        let fits =
            found.len() == expected.len() && found.iter().zip(*expected).all(|(f, e)| f.starts_with(e));
        assert!(fits, "for:\n{source}\nexpected: {expected:#?}\nfound: {found:#?}");
    }
    let long = format!(
        "[split]\n[programme]\nname = {{ zh = \"{}\", en = \"b\" }}",
        "长".repeat(NAME_CHARS_MAX + 1)
    );
    assert_eq!(errors(&long), ["3:15 the name `zh` is too long; write one line of 1 to 100 characters"]);
}

/// PLAN-1: a file that is far too large is refused before it is read.
#[test]
fn limits_of_the_file_hold() {
    let fits = format!("{LEAST}# {}", "x".repeat(SOURCE_BYTES_MAX - LEAST.len() - 2));
    assert_eq!(errors(&fits), Vec::<String>::new());
    let found = errors(&format!("{fits}x"));
    assert!(
        matches!(found.as_slice(), [only] if only.starts_with("1:1 the file is larger than 1048576 bytes")),
        "{found:?}"
    );
    // A text that does not end in a line break has one line more than line breaks.
    let fits = format!("{LEAST}{}", "\n".repeat(SOURCE_LINES_MAX - 5));
    assert_eq!(errors(&fits), Vec::<String>::new());
    let found = errors(&format!("{fits}\n"));
    assert!(
        matches!(found.as_slice(), [only] if only.starts_with("1:1 the file has more than 10000 lines")),
        "{found:?}"
    );

    let funds = |number: usize| {
        let lines: String = (0..number).map(|n| format!("f{n} = \"1%\"\n")).collect();
        errors(&format!("{LEAST}[split.funds]\n{lines}"))
    };
    assert_eq!(funds(FUNDS_MAX), Vec::<String>::new());
    assert_eq!(funds(FUNDS_MAX + 1), ["38:7 there are more than 32 funds; join some of them"]);
}

/// PLAN-2: all errors at once, in order of place, and a bounded number of them.
#[test]
fn all_errors_are_collected() {
    let source = "[programme]\nname = { zh = \"a\" }\ncurrency = 1\n[split]\ncost = 1\npol = \"1%\"\n[pool]\nretention = 20%\nmint_ratio = \"2\"\n";
    let found = errors(source);
    let places: Vec<&str> = found.iter().filter_map(|error| error.split(' ').next()).collect();
    // What is missing is not reported beside a syntax error: it may be what could not be read.
    assert_eq!(places, ["3:12", "5:8", "6:1", "8:13", "9:14"], "{found:#?}");

    let many: String = (0..9_000).map(|n| format!("key{n} = 1\n")).collect();
    let found = errors(&format!("{LEAST}[pool]\n{many}"));
    assert_eq!(found.len(), ERRORS_MAX + 1);
    assert_eq!(
        found.last().map(String::as_str),
        Some("106:1 there are more errors from here on; correct those above first")
    );
    let found = errors(&format!("{LEAST}{}", "= 1\n".repeat(9_000)));
    assert_eq!(found.len(), ERRORS_MAX + 1);
    // All on one line: what is not shown is not looked at either.
    let found = errors(&format!("{LEAST}{}", "x = = ".repeat(100_000)));
    assert!(!found.is_empty() && found.len() <= ERRORS_MAX + 1);
    let found = errors(&format!("{LEAST}x = [{}]", "y, ".repeat(300_000)));
    assert_eq!(found.len(), ERRORS_MAX + 1);
}

/// PLAN-3: what is absent has its default, and nothing else.
#[test]
fn defaults() {
    let plan = parse(LEAST);
    assert_eq!(plan.source, LEAST);
    assert_eq!(plan.programme.name, Bilingual { zh: "测试".to_owned(), en: "Test".to_owned() });
    assert_eq!(plan.programme.currency, Currency::CNY);
    assert_eq!(plan.programme.calendar, Calendar::CHINA);
    assert_eq!(plan.programme.mode, Mode::Sandbox);
    assert_eq!(
        plan.split,
        Split { cost: percent(50), pool: Rate::ZERO, commission: Rate::ZERO, funds: vec![] }
    );
    assert_eq!(plan.settlement.after_sale_days, 7);
    assert_eq!(plan.pool, None);
    assert_eq!(
        plan.refund,
        RefundPlan { reserve_share: Rate::ZERO, reserve_required: None, set_off_sales: false }
    );
    assert_eq!(
        plan.wallet,
        WalletPlan {
            withdrawal_fee: Rate::ZERO,
            withdrawal_minimum: money(1),
            withdrawal_daily_limit: None,
            withdrawal_cool_down_hours: 0,
            two_approvals_above: None,
            reconsume_share: Rate::ZERO,
            net_receivables: false,
        }
    );

    let least =
        "[programme]\nname = { zh = \"a\", en = \"b\" }\n[split]\n[pool]\n[pool.exit]\nmultiple = 3\n";
    let plan = parse(least);
    assert_eq!(plan.split.cost, Rate::ZERO);
    let exit = ExitPlan {
        multiple: 3,
        basis: ExitBasis::Member,
        counts: ExitCounts::Earned,
        of: ExitOf::Spend,
        clamp: false,
        retention_to: RetentionTo::Pool,
    };
    let pool = PoolPlan {
        mint_ratio: percent(70),
        opening_price: money(100),
        retention: percent(20),
        retention_point: RetentionPoint::Sale,
        house_points: 0,
        sale_price: SalePrice::Immediate,
        max_contribution: None,
        exit: Some(exit),
    };
    assert_eq!(plan.pool, Some(pool));
    assert_eq!(
        parse(&least.replace("[pool.exit]\nmultiple = 3\n", "")).pool.and_then(|pool| pool.exit),
        None
    );
    // [pool.exit] alone brings [pool] with it, as TOML has it.
    assert_eq!(parse(&least.replace("[pool]\n", "")).pool, Some(pool));

    // The default price is one unit of the currency, the default minimum one minor unit.
    let yen = parse(&least.replace("[split]", "currency = \"JPY\"\n[split]"));
    assert_eq!(yen.pool.map(|pool| pool.opening_price), Some(money(1)));
    assert_eq!(yen.wallet.withdrawal_minimum, money(1));
    let dinar = parse(&least.replace("[split]", "currency = \"KWD\"\n[split]"));
    assert_eq!(dinar.pool.map(|pool| pool.opening_price), Some(money(1_000)));
}

/// Section, key, a value that is not the default, and another one.
const VALUES: &[(&str, &str, &str, &str)] = &[
    ("programme.name", "zh", "\"甲\"", "\"乙\""),
    ("programme.name", "en", "\"A\"", "\"B\""),
    ("programme", "currency", "\"EUR\"", "\"USD\""),
    ("programme", "utc_offset", "\"-03:30\"", "\"Z\""),
    ("programme", "mode", "\"live\"", "\"sandbox\""),
    ("programme", "jurisdictions", "[\"EU\", \"US\"]", "[\"CN\"]"),
    ("programme", "notice_days", "9", "365"),
    ("split", "cost", "\"10%\"", "\"20%\""),
    ("split", "pool", "\"11%\"", "\"0.0001%\""),
    ("split", "commission", "\"12%\"", "\"3‰\""),
    ("split.funds", "a", "\"1%\"", "\"2%\""),
    ("settlement", "after_sale_days", "0", "3650"),
    ("pool", "mint_ratio", "\"100%\"", "\"0%\""),
    ("pool", "opening_price", "\"0.01\"", "\"1000000.00\""),
    ("pool", "retention", "\"0%\"", "\"19%\""),
    ("pool", "retention_point", "\"withdrawal\"", "\"sale\""),
    ("pool", "house_points", "7", "0"),
    ("pool", "sale_price", "\"daily_batch\"", "\"immediate\""),
    ("pool", "max_contribution", "\"100%\"", "\"0.0001%\""),
    ("pool.exit", "multiple", "1", "1000"),
    ("pool.exit", "basis", "\"lot\"", "\"member\""),
    ("pool.exit", "counts", "\"held\"", "\"realised\""),
    ("pool.exit", "of", "\"contribution\"", "\"spend\""),
    ("pool.exit", "clamp", "true", "false"),
    ("pool.exit", "retention_to", "\"residual\"", "\"pool\""),
    ("refund", "reserve_share", "\"5%\"", "\"100%\""),
    ("refund", "reserve_required", "\"0\"", "\"100000000000\""),
    ("refund", "set_off_sales", "true", "false"),
    ("wallet", "withdrawal_fee", "\"1%\"", "\"2%\""),
    ("wallet", "withdrawal_minimum", "\"3\"", "\"0.00\""),
    ("wallet", "withdrawal_daily_limit", "\"4\"", "\"5.5\""),
    ("wallet", "withdrawal_cool_down_hours", "6", "0x10"),
    ("wallet", "two_approvals_above", "\"7\"", "\"0\""),
    ("wallet", "reconsume_share", "\"30%\"", "\"100%\""),
    ("wallet", "net_receivables", "true", "false"),
    ("commission", "cap", "\"30%\"", "\"29%\""),
    ("commission", "qualified", "\"purchased\"", "\"active\""),
    ("commission.direct", "rate", "\"10%\"", "\"9%\""),
    ("commission.indirect", "rate", "\"5%\"", "\"4%\""),
    ("commission.peer", "rates", "[\"10%\", \"5%\"]", "[\"10%\"]"),
    ("commission.peer", "base", "\"order\"", "\"differential\""),
    ("commission.regional", "district", "\"1%\"", "\"0.5%\""),
    ("commission.regional", "city", "\"2%\"", "\"2.5%\""),
    ("commission.regional", "province", "\"3%\"", "\"4%\""),
    ("commission.regional", "mode", "\"differential\"", "\"stacked\""),
    ("commission.dividend", "rate", "\"1%\"", "\"2%\""),
    ("commission.dividend", "fund", "\"bb\"", "\"cc\""),
    ("commission.dividend", "period", "\"week\"", "\"day\""),
    ("commission.rate", "class", "\"spare\"", "\"other\""),
    ("commission.rate", "direct", "\"50%\"", "\"10%\""),
    ("commission.rate", "indirect", "\"6%\"", "\"5%\""),
    ("commission.rate", "district", "\"1%\"", "\"0.5%\""),
    ("commission.rate", "city", "\"2%\"", "\"2.5%\""),
    ("commission.rate", "province", "\"3%\"", "\"4%\""),
    ("rank", "id", "\"high\"", "\"top\""),
    ("rank", "volume", "\"100\"", "\"200\""),
    ("rank", "rate", "\"9%\"", "\"8%\""),
    ("rank", "tip_rate", "\"5%\"", "\"6%\""),
    ("rank", "legs", "3", "2"),
    ("rank", "leg_rank", "\"low\"", "\"mid\""),
    ("rank.name", "zh", "\"高\"", "\"上\""),
    ("rank.name", "en", "\"High\"", "\"Top\""),
    ("ranking", "volume", "\"small_legs\"", "\"team\""),
    ("ranking", "include_self", "true", "false"),
    ("ranking", "window_days", "30", "31"),
    ("ranking", "demotion", "true", "false"),
    ("release", "grant_ratio", "\"50%\"", "\"40%\""),
    ("release", "rate", "\"3‰\"", "\"3%\""),
    ("release", "base", "\"remaining\"", "\"original\""),
    ("release", "fund", "\"cc\"", "\"bb\""),
    ("release", "reconsume_share", "\"30%\"", "\"20%\""),
    ("release", "boost", "\"1‰\"", "\"2‰\""),
    ("release.acceleration", "direct", "\"50%\"", "\"40%\""),
    ("release.acceleration", "indirect", "\"5%\"", "\"4%\""),
    ("release.zones", "vip", "2", "3"),
    ("value", "grant_ratio", "\"10%\"", "\"11%\""),
    ("value", "rate", "\"4‰\"", "\"5‰\""),
    ("value", "referral", "[\"5%\", \"4%\"]", "[\"5%\"]"),
    ("emission", "years", "[92250, 50000]", "[92250]"),
    ("emission", "tail", "\"none\"", "\"halving\""),
    ("emission", "cap", "1000000", "2000000"),
    ("emission", "first_price", "\"1000\"", "\"999\""),
    ("emission", "members", "\"80%\"", "\"70%\""),
    ("emission", "platform", "\"10%\"", "\"9%\""),
    ("emission.ranks", "low", "\"5%\"", "\"4%\""),
    ("merchant", "activation_pack", "\"399\"", "\"400\""),
    ("merchant", "merchant_share", "\"10%\"", "\"30%\""),
    ("release", "tasks_required", "2", "3"),
    ("release.tiers", "from", "100", "200"),
    ("release.tiers", "rate", "\"4‰\"", "\"5‰\""),
    ("catalogue", "hold_minutes", "30", "43200"),
    ("catalogue", "listed_only", "true", "false"),
    ("freight", "base", "\"8\"", "\"9\""),
    ("freight", "free_above", "\"99\"", "\"0\""),
    ("freight.regions", "code", "\"650000\"", "\"540000\""),
    ("freight.regions", "amount", "\"20\"", "\"0\""),
    ("coupon", "id", "\"new\"", "\"old\""),
    ("coupon", "off", "\"10\"", "\"11\""),
    ("coupon", "minimum", "\"50\"", "\"60\""),
    ("coupon", "product", "\"tea\"", "\"cup\""),
    ("coupon", "merchant", "\"shop\"", "\"store\""),
    ("coupon", "valid_days", "7", "3650"),
    ("coupon", "stackable", "true", "false"),
    ("coupon.name", "zh", "\"券\"", "\"卷\""),
    ("coupon.name", "en", "\"Coupon\"", "\"Ticket\""),
    ("class", "id", "\"fresh\"", "\"dry\""),
    ("class.name", "zh", "\"生鲜\"", "\"干货\""),
    ("class.name", "en", "\"Fresh food\"", "\"Dry food\""),
    ("source", "id", "\"live\"", "\"shop\""),
    ("source.name", "zh", "\"直播\"", "\"自营\""),
    ("source.name", "en", "\"Live\"", "\"Own\""),
    ("source.split", "cost", "\"40%\"", "\"41%\""),
    ("source.split", "pool", "\"5%\"", "\"6%\""),
    ("source.split", "commission", "\"7%\"", "\"8%\""),
    ("source.split.funds", "bb", "\"1%\"", "\"2%\""),
    ("source.excludes", "commission", "true", "false"),
    ("source.excludes", "release", "true", "false"),
    ("source.excludes", "value", "true", "false"),
    ("source.excludes", "loyalty", "true", "false"),
    ("loyalty", "earn_rate", "\"2%\"", "\"3%\""),
    ("loyalty", "valid_days", "365", "1"),
    ("loyalty", "set_off", "true", "false"),
    ("loyalty", "worth", "\"0.05\"", "\"0.06\""),
    ("loyalty", "minimum", "\"20\"", "\"21\""),
    ("loyalty", "monthly_limit", "100", "1000000000"),
    ("loyalty", "tier_days", "30", "3650"),
    ("loyalty", "keep_days", "5", "3650"),
    ("loyalty.tiers", "from", "\"100\"", "\"101\""),
    ("loyalty.tiers", "rate", "\"3%\"", "\"4%\""),
    ("loyalty.tiers.name", "zh", "\"金卡\"", "\"银卡\""),
    ("loyalty.tiers.name", "en", "\"Gold\"", "\"Silver\""),
    ("loyalty.classes", "class", "\"spare\"", "\"other\""),
    ("loyalty.classes", "rate", "\"1%\"", "\"0%\""),
    ("task", "id", "\"sign_in\"", "\"read\""),
    ("task", "daily_limit", "3", "1000"),
    ("task", "once", "true", "false"),
    ("task.name", "zh", "\"签到\"", "\"阅读\""),
    ("task.name", "en", "\"Sign in\"", "\"Read\""),
    ("market", "lot", "\"0.5\"", "\"0.000000000001\""),
    ("market", "tick", "\"0.05\"", "\"1\""),
    ("market", "fee", "\"1%\"", "\"2%\""),
    ("market", "band", "\"10%\"", "\"0%\""),
    ("market", "offers_per_member", "5", "100000"),
    ("equity", "lock_days", "30", "0"),
    ("equity", "vest_days", "31", "3650"),
    ("claims", "share", "\"40%\"", "\"50%\""),
    ("claims", "stages", "6", "1000"),
    ("claims", "stage_days", "31", "3650"),
    (
        "facts",
        "ads.untrue",
        "{ value = false, by = \"A\", evidence = \"e\", at = \"2026-01-01\" }",
        "{ value = true, by = \"A\", evidence = \"e\", at = \"2026-01-01\" }",
    ),
];

/// Keys that stand in the place of another one; read in tests of their own.
const EITHER: &[(&str, &str)] = &[
    ("coupon", "rate"),
    ("programme", "time_zone"),
    ("loyalty", "per_full"),
    ("loyalty", "points"),
    ("loyalty.tiers", "from_points"),
    ("loyalty.tiers", "points"),
    ("loyalty.classes", "points"),
];

/// PLAN-3 for promotions, whose parts exclude each other: the part with what it needs, its key, and the value and another
/// one as above; required or not.
const PROMOTION_VALUES: &[(&str, &str, &str, &str, bool)] = &[
    ("", "price", "\"99\"", "\"98\"", true),
    ("", "limit_per_member", "2", "1000000", false),
    ("", "limit_per_order", "1", "3", false),
    ("", "hold_minutes", "30", "43200", false),
    ("name", "zh", "\"活动\"", "\"促销\"", true),
    ("name", "en", "\"Promotion\"", "\"Sale\"", true),
    ("group", "members", "3", "1000", true),
    ("group", "hours", "24", "87600", true),
    ("group", "leader_bonus", "\"2\"", "\"3\"", false),
    ("lottery", "winners", "1", "2", true),
    ("lottery", "reveal_hours", "5", "87600", false),
    ("lottery", "consolation", "\"1\"", "\"2\"", false),
    ("lottery", "fund", "\"bb\"", "\"cc\"", true),
    ("presale", "deposit", "\"20\"", "\"21\"", true),
    ("presale", "counts_as", "\"40\"", "\"41\"", false),
    ("presale", "balance_hours", "72", "87600", true),
    ("presale", "ship_hours", "48", "1", false),
    ("presale", "forfeit", "true", "false", false),
    ("blind_box", "pity", "10", "1000000", false),
    ("blind_box", "limit_per_day", "5", "1", false),
    ("blind_box", "reveal_hours", "5", "87600", false),
    ("chain", "quota", "3", "1000", false),
    ("chain", "direct_bonus", "\"40\"", "\"41\"", false),
    ("chain", "boss_bonus", "\"120\"", "\"121\"", false),
    ("relist", "markup", "\"5%\"", "\"6%\"", true),
    ("relist", "fee", "\"1%\"", "\"2%\"", false),
    ("relist", "ceiling", "\"2000\"", "\"2001\"", true),
    ("voucher", "valid_days", "30", "3650", true),
];

/// What the values above refer to, before the section's own keys.
fn beginning_of(section: &str) -> String {
    let lower = |id: &str| format!("[[rank]]\nid = \"{id}\"\nname = {{ zh = \"低\", en = \"Low\" }}\n");
    match section {
        "rank" => format!("{}{}[[rank]]\n", lower("low"), lower("mid")),
        "split.funds" => "[split.funds]\nbb = \"0%\"\ncc = \"0%\"\n".to_owned(),
        "class" => {
            let class =
                |id: &str| format!("[[class]]\nid = \"{id}\"\nname = {{ zh = \"类\", en = \"Class\" }}\n");
            format!("{}{}[[class]]\n", class("spare"), class("other"))
        }
        "coupon" | "source" | "task" | "commission.rate" | "freight.regions" | "release.tiers"
        | "loyalty.tiers" | "loyalty.classes" => {
            format!("[[{section}]]\n")
        }
        other => format!("[{other}]\n"),
    }
}

/// A file with every key, where `change` may give another value for one or leave it out.
fn with_every_key(change: impl Fn(&str, &str) -> Option<String>) -> String {
    let mut source = String::new();
    // Rates of ranks by class have to name all ranks: they are read in a test of their own (COMM-10).
    let apart = |section: &str| section.starts_with("promotion") || section == "commission.rate.ranks";
    let sections = SECTIONS.iter().filter(|(section, _)| !section.is_empty() && !apart(section));
    for (section, _) in sections {
        source.push_str(&beginning_of(section));
        for (_, key, _, _) in VALUES.iter().filter(|(home, _, _, _)| home == section) {
            if let Some(value) = change(section, key) {
                source.push_str(&format!("{key} = {value}\n"));
            }
        }
    }
    source
}

fn value_of(section: &str, key: &str) -> Option<String> {
    VALUES.iter().find(|(s, k, _, _)| (*s, *k) == (section, key)).map(|(_, _, value, _)| (*value).to_owned())
}

/// PLAN-3: every key is read, and only by the name that [`SECTIONS`] and `docs/spec/plan.md` have.
#[test]
fn every_key_is_read() {
    let known: Vec<(&str, &str)> = SECTIONS
        .iter()
        .flat_map(|(section, keys)| keys.iter().map(|key| (*section, *key)))
        .filter(|(section, key)| {
            let name = if section.is_empty() { (*key).to_owned() } else { format!("{section}.{key}") };
            !SECTIONS.iter().any(|(section, _)| *section == name)
        })
        .collect();
    let page = read(&root().join("docs/spec/plan.md"));
    for (section, key) in &known {
        let of_promotion = PROMOTION_VALUES.iter().any(|(part, name, ..)| {
            name == key
                && (format!("promotion.{part}") == *section || (part.is_empty() && *section == "promotion"))
        });
        // Read in the test of combinations.
        let elsewhere = *section == "promotion.blind_box.items"
            || (*section == "promotion.lottery" && key.starts_with("consolation"))
            || [("promotion", "id"), ("promotion.group", "leader_rate")].contains(&(*section, *key));
        let either = EITHER.contains(&(*section, *key));
        let has_value = of_promotion || elsewhere || either || value_of(section, key).is_some();
        assert!(has_value, "no value for {key} of [{section}] in this test");
        assert!(
            page.contains(&format!("`{key}`")),
            "docs/spec/plan.md does not explain {key} of [{section}]"
        );
    }

    let meaning = |source: &str| Plan { source: String::new(), ..parse(source) };
    let whole = meaning(&with_every_key(value_of));
    let required = [
        ("programme.name", "zh"),
        ("programme.name", "en"),
        ("pool.exit", "multiple"),
        ("commission.direct", "rate"),
        ("commission.indirect", "rate"),
        ("commission.peer", "rates"),
        ("commission.dividend", "rate"),
        ("commission.dividend", "fund"),
        // Without them the rates of the differential mode fall.
        ("commission.regional", "city"),
        ("commission.regional", "province"),
        ("commission.rate", "class"),
        ("rank", "id"),
        ("rank", "legs"),
        ("rank", "leg_rank"),
        ("rank.name", "zh"),
        ("rank.name", "en"),
        ("release", "grant_ratio"),
        ("release", "rate"),
        ("release", "fund"),
        ("value", "grant_ratio"),
        ("emission", "years"),
        ("emission", "cap"),
        ("emission", "first_price"),
        ("release.tiers", "from"),
        ("release.tiers", "rate"),
        // Tiers ask for it.
        ("release", "base"),
        ("freight", "base"),
        ("freight.regions", "code"),
        ("freight.regions", "amount"),
        ("coupon", "id"),
        ("coupon", "off"),
        ("coupon.name", "zh"),
        ("coupon.name", "en"),
        ("class", "id"),
        ("class.name", "zh"),
        ("class.name", "en"),
        ("source", "id"),
        ("source.name", "zh"),
        ("source.name", "en"),
        ("loyalty", "earn_rate"),
        ("loyalty", "valid_days"),
        // What is kept is kept after it.
        ("loyalty", "tier_days"),
        ("loyalty.tiers", "from"),
        ("loyalty.tiers", "rate"),
        ("loyalty.tiers.name", "zh"),
        ("loyalty.tiers.name", "en"),
        ("loyalty.classes", "class"),
        ("loyalty.classes", "rate"),
        ("task", "id"),
        ("task.name", "zh"),
        ("task.name", "en"),
        ("claims", "share"),
    ];
    for (section, key, _, other) in
        VALUES.iter().filter(|(section, key, ..)| (*section, *key) != ("release", "base"))
    {
        let is_it = |s: &str, k: &str| (s, k) == (*section, *key);
        let changed =
            with_every_key(|s, k| if is_it(s, k) { Some((*other).to_owned()) } else { value_of(s, k) });
        assert_ne!(meaning(&changed), whole, "{key} of [{section}] is not read");
        let absent = with_every_key(|s, k| if is_it(s, k) { None } else { value_of(s, k) });
        if required.contains(&(*section, *key)) {
            assert_eq!(errors(&absent).len(), 1, "{key} of [{section}] must be there");
        } else {
            assert_ne!(meaning(&absent), whole, "the test value of {key} of [{section}] is its default");
        }
    }
}

/// A plan with one promotion that has this part, where `change` may give another value for a key or leave it out.
fn with_promotion(part: &str, change: impl Fn(&str, &str) -> Option<String>) -> String {
    let around = "[split.funds]\nbb = \"1%\"\ncc = \"1%\"\n[catalogue]\n[loyalty]\nearn_rate = \"1%\"\nvalid_days = 9\n";
    let mut source = format!("{LEAST}{around}[[promotion]]\nid = \"p\"\n");
    let parts: &[&str] =
        if part == "lottery" { &["", "name", "group", "lottery"] } else { &["", "name", part] };
    for part in parts {
        if !part.is_empty() {
            source.push_str(&format!("[promotion.{part}]\n"));
        }
        for (_, key, ..) in PROMOTION_VALUES.iter().filter(|(home, ..)| home == part) {
            if let Some(value) = change(part, key) {
                source.push_str(&format!("{key} = {value}\n"));
            }
        }
        if *part == "blind_box" {
            for (sku, weight) in [("gold", 1), ("tin", 9)] {
                source.push_str(&format!(
                    "[[promotion.blind_box.items]]\nsku = \"{sku}\"\nweight = {weight}\nstock = 5\n"
                ));
            }
        }
    }
    source
}

/// PLAN-3: every key of a promotion is read.
#[test]
fn every_key_of_a_promotion_is_read() {
    let meaning = |source: &str| Plan { source: String::new(), ..parse(source) };
    let value = |part: &str, key: &str| {
        let found = PROMOTION_VALUES.iter().find(|(p, k, ..)| (*p, *k) == (part, key));
        found.map(|(_, _, value, ..)| (*value).to_owned())
    };
    for (part, key, _, other, required) in PROMOTION_VALUES {
        let shown = if ["", "name"].contains(part) { "group" } else { part };
        let is_it = |p: &str, k: &str| (p, k) == (*part, *key);
        let whole = meaning(&with_promotion(shown, value));
        let changed =
            with_promotion(shown, |p, k| if is_it(p, k) { Some((*other).to_owned()) } else { value(p, k) });
        assert_ne!(meaning(&changed), whole, "{key} of [promotion.{part}] is not read");
        let absent = with_promotion(shown, |p, k| if is_it(p, k) { None } else { value(p, k) });
        if *required {
            assert_ne!(errors(&absent), Vec::<String>::new(), "{key} of [promotion.{part}] must be there");
        } else {
            assert_ne!(
                meaning(&absent),
                whole,
                "the test value of {key} of [promotion.{part}] is its default"
            );
        }
    }
}

/// PLAN-4: what cannot be combined is refused with the reason, and what can is not.
#[test]
fn promotions_are_combined_where_that_makes_sense() {
    let parts = [
        ("group", "members = 3\nhours = 24\nleader_rate = \"1%\"\n"),
        ("lottery", "winners = 1\nconsolation_loyalty = \"1\"\nfund = \"bb\"\n"),
        ("presale", "deposit = \"20\"\nbalance_hours = 72\n"),
        (
            "blind_box",
            "items = [{ sku = \"gold\", weight = 1, stock = 2 }, { sku = \"tin\", weight = 9, stock = 20 }]\n",
        ),
        ("chain", "direct_bonus = \"1\"\n"),
        ("relist", "markup = \"5%\"\nceiling = \"200\"\n"),
        ("voucher", "valid_days = 30\n"),
    ];
    let plan = |chosen: &[&str], mode: &str| {
        let around =
            "[split.funds]\nbb = \"1%\"\n[catalogue]\n[loyalty]\nearn_rate = \"1%\"\nvalid_days = 9\n";
        let mut source = LEAST.replace("[split]", &format!("mode = \"{mode}\"\n[split]")) + around;
        source
            .push_str("[[promotion]]\nid = \"p\"\nname = { zh = \"活动\", en = \"Sale\" }\nprice = \"99\"\n");
        for part in chosen {
            let (_, keys) = parts.iter().find(|(name, _)| name == part).expect("a part");
            source.push_str(&format!("[promotion.{part}]\n{keys}"));
        }
        source
    };
    let good: &[&[&str]] = &[
        &[],
        &["group"],
        &["group", "lottery"],
        &["presale"],
        &["group", "presale"],
        &["blind_box"],
        &["group", "blind_box"],
        &["chain"],
        &["relist"],
        &["voucher"],
        &["group", "voucher"],
    ];
    for chosen in good {
        parse(&plan(chosen, "sandbox"));
    }
    let bad: &[(&[&str], &str)] = &[
        (&["lottery"], "add [promotion.group]"),
        (&["group", "lottery", "presale"], "draw among full payments"),
        (&["group", "lottery", "blind_box"], "are drawn already"),
        (&["group", "lottery", "voucher"], "cannot be drawn for"),
        (&["presale", "blind_box"], "opened when it is paid in full"),
        (&["blind_box", "voucher"], "shipped and not redeemed"),
        (&["presale", "voucher"], "paid at once"),
        (&["group", "chain"], "needs a sale that is final"),
        (&["chain", "relist"], "needs a sale that is final"),
        (&["group", "relist"], "from a plain sale"),
    ];
    for (chosen, reason) in bad {
        let found = errors(&plan(chosen, "sandbox"));
        assert!(found.iter().any(|error| error.contains(reason)), "{chosen:?}: {found:?}");
    }
    let live = errors(&plan(&["relist"], "live"));
    assert!(live.iter().any(|error| error.contains("in the sandbox only")), "{live:?}");
    let as_many = plan(&["group", "lottery"], "sandbox").replace("winners = 1", "winners = 3");
    assert!(
        errors(&as_many).iter().any(|error| error.contains("nothing is drawn")),
        "{:?}",
        errors(&as_many)
    );
    for (key, value) in
        [("consolation_coupon", "\"none\""), ("consolation_rate", "\"5%\""), ("consolation", "\"5\"")]
    {
        let two = plan(&["group", "lottery"], "sandbox")
            .replace("winners = 1", &format!("winners = 1\n{key} = {value}"));
        assert_ne!(errors(&two), Vec::<String>::new(), "{key} beside consolation_loyalty");
    }
}

/// ORDER-3: funds keep the order of the file.
#[test]
fn funds_are_in_file_order() {
    let plan = parse(&format!("{LEAST}[split.funds]\nz = \"1%\"\na_1 = \"2%\"\nm = \"0%\"\n"));
    let fund = |name: &str, share| Fund { name: name.to_owned(), share };
    assert_eq!(plan.split.funds, [fund("z", percent(1)), fund("a_1", percent(2)), fund("m", Rate::ZERO)]);
}

/// NUM-1: an amount has the decimals of the plan's currency, wherever in the file the currency stands.
#[test]
fn amounts_follow_the_currency() {
    let source = "[wallet]\nwithdrawal_minimum = \"1.005\"\n[split]\n[programme]\nname = { zh = \"a\", en = \"b\" }\ncurrency = \"BHD\"\n";
    assert_eq!(parse(source).wallet.withdrawal_minimum, money(1_005));
    let found = errors(&source.replace("BHD", "JPY"));
    assert_eq!(found, ["2:22 withdrawal_minimum is \"1.005\"; amounts in JPY have at most 0 decimals"]);
    let most = format!(
        "[wallet]\nwithdrawal_minimum = \"{AMOUNT_MAX}\"\n{}",
        &source[source.find("[split]").unwrap_or(0)..]
    );
    assert_eq!(parse(&most.replace("BHD", "JPY")).wallet.withdrawal_minimum, money(AMOUNT_MAX));
}

/// PLAN-1: a byte order mark and Windows line ends are accepted, and the text is kept byte for byte.
#[test]
fn foreign_editors_are_accepted() {
    let source = format!("\u{feff}{}", LEAST.replace('\n', "\r\n"));
    let plan = parse(&source);
    assert_eq!(plan.source, source);
    assert_eq!(Plan { source: String::new(), ..plan }, Plan { source: String::new(), ..parse(LEAST) });
    // The mark is no column, and a Chinese character is one.
    let source =
        "\u{feff}[programm]\r\n[split]\r\n[programme]\r\nname = { zh = \"消费增值\", en_ = 1, en = \"b\" }";
    assert_eq!(
        errors(source),
        [
            "1:2 there is no section [programm]; did you mean [programme]?",
            "4:23 [programme.name] has no key \"en_\"; did you mean `en`?",
        ]
    );
}

/// PLAN-2: the whole rendering, file by file in `vectors/plan-errors/`.
#[test]
fn errors_are_shown_as_the_vectors_say() {
    for file in toml_files("vectors/plan-errors") {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("?").to_owned();
        let expected = read(&file.with_extension("txt"));
        let shown = match Plan::parse(&name, &read(&file)) {
            Ok(_) => panic!("{name} has no error"),
            Err(errors) => format!("{errors}\n"),
        };
        assert_eq!(shown, expected, "{name}");
    }
}

/// PLAN-6: every preset is a plan, and the advert's has the advert's numbers.
#[test]
fn presets() {
    for file in toml_files("plans") {
        let source = read(&file);
        let name = file.display().to_string();
        if let Err(errors) = Plan::parse(&name, &source) {
            panic!("{errors}");
        }
        assert!(
            source.contains("ratchet check --mode live"),
            "{name} must say what the live gate says of it"
        );
    }
    let preset = |name: &str| parse(&read(&root().join("plans").join(name)));
    let advert = preset("value-growth.toml");
    assert_eq!(advert.programme.name, Bilingual { zh: "消费增值".to_owned(), en: "Value growth".to_owned() });
    assert_eq!(advert.programme.mode, Mode::Sandbox);
    assert_eq!(advert.settlement.after_sale_days, 7);
    let split = Split { cost: percent(30), pool: percent(30), commission: percent(30), funds: vec![] };
    assert_eq!(advert.split, split);
    let exit = ExitPlan {
        multiple: 3,
        basis: ExitBasis::Member,
        counts: ExitCounts::Earned,
        of: ExitOf::Spend,
        clamp: false,
        retention_to: RetentionTo::Pool,
    };
    let pool = PoolPlan {
        mint_ratio: percent(70),
        opening_price: money(100),
        retention: percent(20),
        retention_point: RetentionPoint::Sale,
        house_points: 0,
        sale_price: SalePrice::Immediate,
        max_contribution: None,
        exit: Some(exit),
    };
    assert_eq!(advert.pool, Some(pool));

    let twice = preset("value-growth-2x.toml");
    assert_eq!(twice.pool, Some(PoolPlan { exit: Some(ExitPlan { multiple: 2, ..exit }), ..pool }));
    assert_eq!(
        (twice.split, twice.settlement, twice.wallet),
        (advert.split, advert.settlement, advert.wallet)
    );

    let hardened = preset("value-growth-hardened.toml").pool.unwrap_or(pool);
    assert!(hardened.house_points > 0 && hardened.max_contribution.is_some());
    assert_eq!(hardened.sale_price, SalePrice::DailyBatch);
    let of = hardened.exit.map(|exit| (exit.multiple, exit.of, exit.retention_to));
    assert_eq!(of, Some((3, ExitOf::Contribution, RetentionTo::Residual)));
    assert_eq!((hardened.mint_ratio, hardened.retention), (pool.mint_ratio, pool.retention));
}

/// PLAN-5: tables nested as deep as the TOML reader allows fit on a small stack.
#[test]
fn deep_nesting_is_refused_not_fatal() {
    let key = ["a"; 79].join(".");
    let open: String = (0..79).map(|_| format!("{key} = {{ ")).collect();
    let found = errors(&format!("{LEAST}[pool]\n{open}b = 1{}", "}".repeat(79)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(!errors(&format!("{LEAST}x = {}", "[".repeat(500_000))).is_empty());
    assert!(!errors(&format!("{LEAST}{} = 1", ["a"; 100_000].join("."))).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// PLAN-5: no text makes the reader panic, and every error is inside the text.
    #[test]
    fn any_text_is_read_or_refused(source in "(\\PC|[\\[\\]={}.\"'#%‰\\r\\n\\t]|pool|exit|split|[0-9])*") {
        holds(&source);
    }

    /// PLAN-5: nor does a damaged plan.
    #[test]
    fn any_damaged_plan_is_read_or_refused(
        cuts in prop::collection::vec((0_usize..2_000, 0_usize..40, "[\\[\\]={}.\"'#%‰\\r\\n\\ta-z0-9一]{0,3}"), 1..4)
    ) {
        let mut source = with_every_key(value_of);
        for (at, length, put) in cuts {
            let from = source.floor_char_boundary(at);
            let to = source.floor_char_boundary(from + length);
            source.replace_range(from..to, &put);
        }
        holds(&source);
    }
}

/// Parsing ends, and what it reports lies within the text.
fn holds(source: &str) {
    let Err(errors) = Plan::parse("x", source) else { return };
    assert!(!errors.errors.is_empty());
    assert!(errors.errors.is_sorted_by_key(|error| (error.line, error.column)));
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    let lines: Vec<&str> = text.split('\n').collect();
    for error in &errors.errors {
        let line =
            lines.get(error.line - 1).unwrap_or_else(|| panic!("no line {} in {source:?}", error.line));
        assert!(error.column <= line.chars().count() + 1, "{error:?} in {source:?}");
        assert_eq!(error.excerpt.lines().count(), 2, "{error:?}");
        assert!(
            ![&error.message.en, &error.message.zh].iter().any(|text| text.contains(char::is_control)),
            "{error:?}"
        );
    }
    assert!(!errors.to_string().is_empty());
}

/// COMM-10, COMM-2: a class has a rate for every rank, and in no class may they fall; what it does not state is the general rate.
#[test]
fn comm_10_rates_of_ranks_by_class() {
    let plan = |ranks: &str| {
        format!(
            "{LEAST}[commission.direct]\nrate = \"10%\"\n[commission.differential]\n[commission.regional]\ndistrict = \"1%\"\ncity = \"2%\"\n\
             province = \"3%\"\nmode = \"differential\"\n[[rank]]\nid = \"one\"\nname = {{ zh = \"一\", en = \"1\" }}\nrate = \"5%\"\n\
             [[rank]]\nid = \"two\"\nname = {{ zh = \"二\", en = \"2\" }}\nrate = \"8%\"\n[[class]]\nid = \"b\"\n\
             name = {{ zh = \"乙\", en = \"B\" }}\n[[commission.rate]]\nclass = \"b\"\n{ranks}"
        )
    };
    let read = parse(&plan("indirect = \"4%\"\nranks = { two = \"9%\", one = \"9%\" }"));
    let rates = |class| {
        let rates = read.commission_rates(class).expect("commissions");
        let of_ranks = [0, 1, 7].map(|rank| rates.of_rank(rank));
        (rates.direct(), rates.indirect(), of_ranks, rates.regional())
    };
    let percent = |percent: u32| Rate::from_ppm(percent * 10_000);
    let regional = [1, 2, 3].map(percent);
    assert_eq!(rates(None), (percent(10), Rate::ZERO, [5, 8, 8].map(percent), regional));
    assert_eq!(rates(Some(0)), (percent(10), percent(4), [9, 9, 9].map(percent), regional));
    assert_eq!(read.all_commission_rates().count(), 2);
    for (ranks, said) in [
        (
            "ranks = { one = \"9%\" }",
            "the rank two has no rate in this class; give every rank one, or leave ranks out",
        ),
        ("ranks = { one = \"9%\", two = \"8%\" }", "the rate of two is below that of the rank before it"),
        ("ranks = { one = \"9%\", two = \"9%\", three = \"9%\" }", "there is no [[rank]] with the id three"),
        ("city = \"0.5%\"", "the rates may not fall from district to city to province"),
    ] {
        let found = errors(&plan(ranks));
        assert!(found.len() == 1 && found[0].contains(said), "{ranks}: {found:#?}");
    }
}
