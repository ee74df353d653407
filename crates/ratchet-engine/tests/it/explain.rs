//! Why balances changed (WALLET-1): every posting of any journal has its rule, its words and its numbers.

use std::collections::BTreeSet;
use std::path::Path;

use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::explain::{Explainer, Explanation};
use ratchet_engine::journal::Writer;
use ratchet_engine::plan::Plan;
use ratchet_engine::testing::program::Program;

/// Runs commands and returns the journal.
fn journal(plan: Plan, commands: &[Envelope]) -> String {
    let mut engine = Engine::genesis(plan);
    let (mut writer, mut bytes) = (Writer::new(), Vec::new());
    writer.write(&engine, None, &mut bytes);
    for envelope in commands {
        if let Outcome::Applied { .. } | Outcome::Rejected(_) = engine.submit(envelope) {
            writer.write(&engine, Some(envelope), &mut bytes);
        }
    }
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

fn explain(journal: &str) -> Vec<Explanation> {
    let mut explainer = Explainer::new();
    let explained =
        journal.lines().map(|line| explainer.explain(line).unwrap_or_else(|error| panic!("{error}")));
    explained.flatten().collect()
}

/// Rules that `docs/spec/` has.
fn rules() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec");
    let mut rules = BTreeSet::new();
    for page in std::fs::read_dir(folder).expect("docs/spec is there") {
        let text = std::fs::read_to_string(page.expect("readable").path()).expect("UTF-8");
        for bold in text.split("**").skip(1).step_by(2) {
            rules.extend(bold.split_whitespace().next().map(str::to_owned));
        }
    }
    rules
}

/// WALLET-1: over random programs of every mechanism, each posting is explained in both languages, by a rule that
/// exists, and before + amount = after.
#[test]
fn every_posting_is_explained() {
    let rules = rules();
    let (mut postings, mut used) = (0, BTreeSet::new());
    for seed in 0..600 {
        let program = Program::random(seed);
        for one in explain(&journal(program.plan(), &program.commands)) {
            postings += 1;
            used.insert(one.rule);
            assert!(rules.contains(one.rule), "{} is no rule of docs/spec: {one:?}", one.rule);
            let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            assert!(one.text.zh.contains(chinese) && !one.text.en.is_empty(), "{one:?}");
            assert!(!one.text.en.contains("order ?"), "an order without id: {one:?}");
            assert!(one.earlier.iter().all(|earlier| earlier.entry <= one.place.0), "{one:?}");
            let parse = |text: &str| {
                let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                sign * format!("{whole}{fraction:0<12}").parse::<i128>().expect("a decimal")
            };
            let moved = parse(&one.change.after) - parse(&one.change.before);
            assert_eq!(moved.abs(), parse(&one.change.amount).abs(), "{one:?}");
        }
    }
    assert!(postings > 10_000, "{postings}");
    for rule in ["POOL-2", "POOL-3", "POOL-6", "ORDER-3", "ORDER-5", "ORDER-6", "COMM-1", "COMM-2", "COMM-3"]
    {
        assert!(used.contains(rule), "{rule} never came up: {used:?}");
    }
    for rule in ["COMM-4", "COMM-5", "COMM-8", "REL-1", "REL-2", "EMIT-1", "EMIT-3", "MERCH-2", "WALLET-3"] {
        assert!(used.contains(rule), "{rule} never came up: {used:?}");
    }
}

/// COMM-2: a differential names its rates, the base, the buyer, and the entries it follows from.
#[test]
fn a_commission_names_its_numbers() {
    let source = "[programme]\nname = { zh = \"例\", en = \"example\" }\n[split]\ncost = \"70%\"\ncommission = \"20%\"\n\
                  [settlement]\nafter_sale_days = 0\n[commission.direct]\nrate = \"10%\"\n";
    let plan = Plan::parse("example.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
    let currency = plan.programme.currency;
    let commands = [
        r#"{"key":"1","at":"2026-01-01T00:00:00Z","type":"member.join","member":"ann"}"#,
        r#"{"key":"2","at":"2026-01-01T00:00:00Z","type":"member.join","member":"bob","referrer":"ann"}"#,
        r#"{"key":"3","at":"2026-01-01T00:00:01Z","type":"order.pay","order":"o1","member":"bob","lines":[{"line":"1","amount":"100.00"}]}"#,
        r#"{"key":"4","at":"2026-01-01T00:00:02Z","type":"order.receive","order":"o1"}"#,
    ];
    let commands = commands.map(|line| Envelope::from_json(line, &currency).expect("a command"));
    let all = explain(&journal(plan, &commands));
    let paid = all.iter().find(|one| one.owner.as_deref() == Some("ann")).expect("ann is paid");
    assert_eq!((paid.place.0, paid.rule, paid.account), (4, "COMM-1", "wallet.cash"));
    assert_eq!(
        (paid.change.before.as_str(), paid.change.amount.as_str(), paid.change.after.as_str()),
        ("0.00", "10.00", "10.00")
    );
    assert_eq!(paid.text.en, "ann earns from order o1 of bob, 1 below it (direct)");
    let input =
        |name: &str| paid.inputs.iter().find(|input| input.name == name).map(|input| input.value.as_str());
    assert_eq!((input("rate"), input("base")), (Some("10%"), Some("100.00")));
    let earlier: Vec<u64> = paid.earlier.iter().map(|earlier| earlier.entry).collect();
    assert!(earlier.contains(&3), "the payment is named: {:?}", paid.earlier);
}

/// A journal that was changed is not explained.
#[test]
fn a_changed_line_is_refused() {
    let program = Program::random(1);
    let journal = journal(program.plan(), &program.commands);
    let mut explainer = Explainer::new();
    let mut lines = journal.lines();
    explainer.push(lines.next().expect("a genesis")).expect("fits");
    let forged = lines.next().expect("an entry").replacen("\"seq\":1", "\"seq\":2", 1);
    let error = explainer.push(&forged).expect_err("a forged line");
    assert!(error.reason.en.contains("hash"), "{error}");
}
