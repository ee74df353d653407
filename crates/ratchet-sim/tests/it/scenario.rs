//! Scenario files: what is read, what is refused and where, what is documented.

use ratchet_engine::plan::PlanErrors;
use ratchet_sim::scenario::{SCENARIOS, SECTIONS, Scenario};

use crate::root;

/// A scenario that is complete and small; tests put their sections below it.
pub(crate) const BASE: &str = r#"[scenario]
name = { zh = "测试", en = "Test" }
plan = "value-growth"
days = 20
points = 20

[arrival]
daily = 5
drawn = false

[spending.fixed]
amount = "1000.00"
"#;

/// Files are found beside the presets; `orders.csv` is a small order history.
pub(crate) fn try_parse(text: &str) -> Result<Scenario, PlanErrors> {
    let mut load = |path: &str| match path {
        "orders.csv" => Ok(b"order_id,member_id,ordered_at,amount\n\
            1,a,2026-01-01,10.00\n2,b,2026-01-02,77.00\n3,a,2026-01-05,20.00\n4,a,2026-01-05,30.00\n"
            .to_vec()),
        path => ratchet_sim::input::load(&root().join("scenarios").join(path)),
    };
    Scenario::parse("test.toml", text, &mut load)
}

#[track_caller]
pub(crate) fn parse(text: &str) -> Scenario {
    try_parse(text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// SIM-1: each error with its place and what to do; the whole scenario is refused.
#[test]
fn wrong_scenarios_are_refused_with_their_place() {
    let cases: &[(&str, &str, &str)] = &[
        ("days = 20", "dayz = 20", "4:1: [scenario] has no key \"dayz\"; did you mean `days`?"),
        ("[arrival]", "[arival]", "7:2: there is no section [arival]; did you mean [arrival]?"),
        ("days = 20", "days = 0", "4:8: days must be from 1 to 3660, found 0"),
        ("daily = 5", "kind = \"growth\"\ndaily = 5", "7:1: [arrival] lacks `rate`"),
        ("daily = 5", "daily = 5\nrate = \"5%\"", "arrivals of kind \"constant\" do not use rate"),
        ("daily = 5", "kind = \"grwoth\"\ndaily = 5", "did you mean \"growth\"?"),
        ("daily = 5", "daily = 900000", "more than 10000000 members would come"),
        (
            "daily = 5",
            "daily = \"1.2345\"",
            "8:9: daily must be a number from 0 to 1000000 with at most 3 decimals",
        ),
        ("amount = \"1000.00\"", "amount = \"0.00\"", "12:10: amount must be more than zero"),
        ("amount = \"1000.00\"", "amount = 1000", "amount must be an amount in quotes"),
        ("[spending.fixed]", "[spending.fixd]", "did you mean [spending.fixed]?"),
        ("plan = \"value-growth\"", "plan = \"value-grwth\"", "3:8: there is no plan \"value-grwth\""),
        ("plan = \"value-growth\"", "plan = \"absent.toml\"", "cannot be read"),
        ("plan = \"value-growth\"", "plan = []", "3:8: plan lists no plan"),
        ("drawn = false", "drawn = false\n[set]\n\"pool.retension\" = \"1%\"", "did you mean `retention`?"),
        ("drawn = false", "drawn = false\n[repeat]\nagain = \"0.5\"", "ambiguous"),
        ("drawn = false", "drawn = false\n[selling.never]\nweight = 0", "all weights are zero"),
        ("drawn = false", "drawn = false\n[failure]\nday = 5", "say with [withdrawing] who withdraws"),
        ("drawn = false", "drawn = false\n[wind_down]\nday = 21", "11:7: day 21 is after the last day, 20"),
        (
            "drawn = false",
            "drawn = false\n[withdrawing]\n[failure]\nday = 5\n[wind_down]\nday = 9",
            "leave out [failure] or [wind_down]",
        ),
        (
            "drawn = false",
            "drawn = false\n[[funding]]\nday = 21\namount = \"1.00\"",
            "11:7: day 21 is after the last day, 20",
        ),
        ("drawn = false", "drawn = false\n[[funding]]\nday = 2", "[[funding]] lacks `amount`"),
        (
            "drawn = false",
            "drawn = false\n[fraud.ring]\nshare = \"60%\"\namount = \"1.00\"\n[fraud.wash]\nshare = \"60%\"\namount = \"1.00\"",
            "add up to more than 100%",
        ),
        (
            "[spending.fixed]",
            "[spending.orders]\nfile = \"none.csv\"\n[spending.fixed]",
            "the orders \"none.csv\" cannot be read",
        ),
        (
            "drawn = false",
            "drawn = false\n[study]\nmethod = \"sobol\"\n[study.parameters]\n\"arrival.kind\" = [\"constant\", \"growth\"]",
            "runs between two numbers of the same form",
        ),
        (
            "drawn = false",
            "drawn = false\n[study]\n[study.parameters]\n\"arrival.daily\" = [1]",
            "at least two values",
        ),
    ];
    for (old, new, message) in cases {
        let text = BASE.replacen(old, new, 1);
        assert_ne!(text, BASE, "{old}");
        let errors = try_parse(&text).expect_err(new).to_string();
        assert!(errors.contains(message), "{new}\n{errors}");
    }
    // All at once.
    let errors =
        try_parse(&BASE.replace("days = 20", "dayz = 20").replace("daily = 5", "daily = -5")).unwrap_err();
    assert!(errors.errors.len() >= 2, "{errors}");
    assert!(try_parse("").unwrap_err().to_string().contains("the scenario is empty"));
}

/// SIM-3: plans that cannot be compared, and live ones.
#[test]
fn plans_that_do_not_fit_are_refused() {
    let dollar = include_str!("../../../../plans/starter.toml");
    let with = |text: &str, plan: &str| {
        let plan = plan.to_owned();
        let mut load = |_: &str| Ok(plan.clone().into_bytes());
        Scenario::parse("test.toml", text, &mut load).map(drop).unwrap_err().to_string()
    };
    let two = BASE.replace("\"value-growth\"", "[\"value-growth\", \"other.toml\"]");
    let other = match dollar.contains("currency = \"CNY\"") {
        true => dollar.replace("currency = \"CNY\"", "currency = \"USD\""),
        false => dollar.replace("[programme]", "[programme]\ncurrency = \"USD\""),
    };
    assert!(with(&two, &other).contains("same currency"), "{}", with(&two, &other));
    let live = match dollar.contains("mode = \"sandbox\"") {
        true => dollar.replace("mode = \"sandbox\"", "mode = \"live\""),
        false => dollar.replace("[programme]", "[programme]\nmode = \"live\""),
    };
    assert!(with(&BASE.replace("\"value-growth\"", "\"live.toml\""), &live).contains("only sandbox plans"));
    let twice = BASE.replace("\"value-growth\"", "[\"starter\", \"starter\"]");
    assert!(try_parse(&twice).unwrap_err().to_string().contains("two plans are named"));
}

/// SIM-1: every section and key stands in the documentation.
#[test]
fn every_key_is_documented() {
    let page = std::fs::read_to_string(root().join("docs/spec/scenario.md")).unwrap();
    for (section, keys) in SECTIONS {
        assert!(section.is_empty() || *section == "scenario.name" || page.contains(section), "[{section}]");
        for key in *keys {
            let known = ["zh", "en"].contains(key)
                || page.contains(&format!("`{key}`"))
                || page.contains(&format!("`[[{key}]]`"));
            let full = if section.is_empty() { (*key).to_owned() } else { format!("{section}.{key}") };
            assert!(known || page.contains(&format!("[{full}]")) || page.contains(&full), "{full}");
        }
    }
}

/// Every example is valid, says what it assumes in both languages, and has comments in both.
#[test]
fn the_examples_are_valid_and_say_what_they_assume() {
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let scenario = parse(&text);
        let said = scenario.explain();
        assert!(said.len() >= 5, "{}", path.display());
        assert!(said.iter().flatten().all(|sentence| !sentence.is_empty()));
        let comments: String = text.lines().filter(|line| line.starts_with('#')).collect();
        assert!(
            comments.chars().any(|c| c >= '\u{4e00}') && comments.contains(|c: char| c.is_ascii_lowercase()),
            "{}",
            path.display()
        );
        let name = path.file_stem().unwrap().to_string_lossy();
        let preset = SCENARIOS.iter().find(|(known, _)| *known == name);
        assert_eq!(preset.map(|(_, preset)| *preset), Some(text.as_str()), "{name} belongs to SCENARIOS");
        seen += 1;
    }
    assert!(seen == SCENARIOS.len() && seen >= 8);
}

/// What is assumed is said: each behaviour has its sentence with its numbers.
#[test]
fn explanations_name_the_numbers() {
    let text = format!(
        "{BASE}\n[repeat]\nagain = \"61%\"\n[referral]\ninvited = \"62%\"\n[referral.chain]\n[selling.panic]\nfall = \"63%\"\n\
         [selling.herd]\nfollow = \"64%\"\n[selling.at_multiple]\nmultiple = \"1.25\"\n[reentry]\nshare = \"65%\"\n[refunds]\nshare = \"6.6%\"\n\
         [withdrawing]\nshare = \"67%\"\n[tasks.occasional]\ndaily = \"68%\"\n[merchants]\nshare = \"6.9%\"\n[fraud.wash]\nshare = \"7.1%\"\n\
         amount = \"710.00\"\n[fraud.ring]\nshare = \"7.2%\"\namount = \"720.00\"\n[fraud.pump]\nshare = \"7.3%\"\namount = \"730.00\"\n\
         [[funding]]\nday = 7\namount = \"740.00\"\n[failure]\nday = 19\nunnoticed_days = 1\n"
    );
    let said = parse(&text).explain();
    for place in 0..2 {
        let all: String = said.iter().map(|sentence| sentence[place].as_str()).collect();
        for number in [
            "61%", "62%", "63%", "64%", "1.25", "65%", "6.6%", "67%", "68%", "6.9%", "710.00", "720.00",
            "730.00", "740.00", "19",
        ] {
            assert!(all.contains(number), "{number} in {all}");
        }
    }
}
