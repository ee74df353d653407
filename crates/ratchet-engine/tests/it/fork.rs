//! Forks (SIM-27 to SIM-29): the state of a journal at a time, and what may change while a state lives on.

use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Day;

/// Every section that a fork may touch, with something in it.
const PLAN: &str = "[programme]\nname = { zh = \"分叉\", en = \"Fork\" }\n[settlement]\nafter_sale_days = 2\n\
    [split]\ncost = \"20%\"\npool = \"30%\"\ncommission = \"20%\"\n[split.funds]\nrelease = \"10%\"\n\
    [pool]\nmint_ratio = \"70%\"\nretention = \"20%\"\n[pool.exit]\nmultiple = 3\n\
    [refund]\nreserve_share = \"5%\"\n[wallet]\nwithdrawal_fee = \"1%\"\n\
    [commission]\ncap = \"20%\"\n[commission.direct]\nrate = \"5%\"\n[commission.differential]\n\
    [[rank]]\nid = \"one\"\nname = { zh = \"一\", en = \"One\" }\nvolume = \"1000\"\nrate = \"4%\"\n\
    [release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"release\"\n\
    [value]\ngrant_ratio = \"10%\"\nrate = \"3‰\"\n";

fn plan(text: &str) -> Plan {
    Plan::parse("fork.toml", text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn with(changes: &[(&str, &str)]) -> Plan {
    let mut text = PLAN.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in the plan");
        text = text.replace(from, to);
    }
    plan(&text)
}

fn envelope(number: u32, day: u32, kind: &str, fields: &str) -> Envelope {
    let comma = if fields.is_empty() { "" } else { "," };
    let json =
        format!(r#"{{"key":"k{number}","at":"2026-01-{day:02}T04:00:00Z","type":"{kind}"{comma}{fields}}}"#);
    Envelope::from_json(&json, &ratchet_engine::amount::Currency::CNY).unwrap()
}

/// Twelve days: each day three join below each other and buy, who came five days before sells or sends back, all do the task.
fn commands(days: std::ops::RangeInclusive<u32>, source: &str) -> Vec<Envelope> {
    let mut list = Vec::new();
    for day in days {
        let mut say = |kind: &str, fields: String| {
            let number = day * 100 + list.len() as u32 % 100;
            list.push(envelope(number, day, kind, &fields));
        };
        for nth in 0..3 {
            let name = format!("d{day}n{nth}");
            let referrer =
                if day > 1 { format!(r#","referrer":"d{}n{nth}""#, day - 1) } else { String::new() };
            say("member.join", format!(r#""member":"{name}"{referrer}"#));
            let amount = 100 * (1 + (day * 7 + nth * 3) % 5);
            say(
                "order.pay",
                format!(
                    r#""order":"o{name}","member":"{name}","lines":[{{"line":"1","amount":"{amount}"}}]{source}"#
                ),
            );
            say("order.receive", format!(r#""order":"o{name}""#));
            say("task.complete", format!(r#""member":"{name}""#));
        }
        if day > 5 {
            say("points.sell", format!(r#""member":"d{}n0","points":"all""#, day - 5));
            say("order.refund", format!(r#""order":"od{}n1","refund":"r{day}""#, day - 5));
            say(
                "wallet.withdraw",
                format!(r#""withdrawal":"w{day}","member":"d{}n0","amount":"0.50""#, day - 5),
            );
        }
    }
    list
}

fn play(engine: &mut Engine, commands: &[Envelope], mut each: impl FnMut(&Engine, &Envelope, Outcome)) {
    for command in commands {
        let outcome = engine.submit(command);
        each(engine, command, outcome);
        engine.check_invariants().unwrap_or_else(|violation| panic!("{violation}"));
    }
}

/// The programme after so many days.
fn lived(days: u32) -> Engine {
    let mut engine = Engine::genesis(plan(PLAN));
    play(&mut engine, &commands(1..=days, ""), |_, _, _| {});
    engine
}

/// SIM-27: the state that is kept on the way is that of the time asked for: the rest of the journal leads from it to the same end.
#[test]
fn sim_27_a_kept_state_leads_to_the_same_end() {
    let (mut engine, all) = (Engine::genesis(plan(PLAN)), commands(1..=12, ""));
    let (mut writer, mut journal) = (Writer::new(), Vec::new());
    writer.write(&engine, None, &mut journal);
    play(&mut engine, &all, |engine, command, outcome| {
        if matches!(outcome, Outcome::Applied { .. }) {
            writer.write(engine, Some(command), &mut journal);
        }
    });
    let journal = String::from_utf8(journal).unwrap();
    for day in ["2025-12-31", "2026-01-06", "2026-01-09", "2027-01-01"] {
        let day = Day::parse(day).unwrap();
        let until = engine.plan().programme.calendar.last_of(day);
        let mut verifier = Verifier::keeping(day);
        for line in journal.lines() {
            verifier.push(line).unwrap();
        }
        let (last, mut kept) = verifier.finish_kept().unwrap();
        assert!(kept.now() <= until);
        play(
            &mut kept,
            &all.iter().filter(|command| command.at > until).cloned().collect::<Vec<_>>(),
            |_, _, _| {},
        );
        assert_eq!(kept.digest(), last.digest(), "{until}");
    }
    // What does not fit anywhere in the journal refuses the state before it too.
    let mut verifier = Verifier::keeping(Day::parse("2026-01-03").unwrap());
    let torn = journal.replacen("od11n0", "od11n9", 1);
    assert!(torn.lines().try_for_each(|line| verifier.push(line)).is_err());
}

/// What people have, and the programme's sums.
fn effect(engine: &Engine) -> String {
    let members: Vec<_> = engine.members().collect();
    format!("{:?} {members:?}", engine.totals())
}

/// SIM-28: what may change, one by one: the state lives on without breaking an invariant, and the change has an effect.
#[test]
fn sim_28_what_may_change() {
    let before = lived(8);
    let rest = commands(9..=14, "");
    let mut as_it_was = before.fork_under(&plan(PLAN)).unwrap();
    assert_eq!(as_it_was.digest(), before.digest(), "the same plan changes nothing");
    play(&mut as_it_was, &rest, |_, _, _| {});
    let exit = "[pool.exit]\nmultiple = 3\n";
    for (from, to) in [
        ("mint_ratio = \"70%\"", "mint_ratio = \"90%\""),
        ("retention = \"20%\"", "retention = \"5%\""),
        ("retention = \"20%\"", "retention = \"20%\"\nmax_contribution = \"1%\""),
        ("retention = \"20%\"", "retention = \"20%\"\nsale_price = \"daily_batch\""),
        ("after_sale_days = 2", "after_sale_days = 3"),
        ("after_sale_days = 2", "after_sale_days = 0"),
        ("[refund]\n", "[refund]\nreserve_required = \"1000000\"\nset_off_sales = true\n"),
        ("withdrawal_fee = \"1%\"", "withdrawal_fee = \"1%\"\nwithdrawal_minimum = \"100\""),
        ("[commission.direct]\nrate = \"5%\"", "[commission.direct]\nrate = \"9%\""),
        ("cap = \"20%\"", "cap = \"1%\""),
        ("[release]\ngrant_ratio = \"50%\"", "[release]\ngrant_ratio = \"60%\""),
        ("[value]\ngrant_ratio = \"10%\"", "[value]\ngrant_ratio = \"20%\""),
        ("volume = \"1000\"", "volume = \"10\""),
    ] {
        let changed = with(&[(from, to)]);
        let mut fork = before.fork_under(&changed).unwrap_or_else(|found| panic!("{to}: {found:?}"));
        assert!(fork.pass().is_none());
        fork.check_invariants().unwrap_or_else(|violation| panic!("{to}: {violation}"));
        play(&mut fork, &rest, |_, _, _| {});
        assert_ne!(effect(&fork), effect(&as_it_was), "{to} has an effect");
    }
    // What shows only later, or nowhere.
    for (from, to) in [
        ("en = \"Fork\"", "en = \"Other\""),
        ("multiple = 3", "multiple = 1"),
        (exit, ""),
        ("multiple = 3", "multiple = 1\ncounts = \"held\""),
        ("multiple = 3", "multiple = 1\ncounts = \"realised\"\nclamp = true\nretention_to = \"residual\""),
        ("[commission.differential]\n", ""),
        ("rate = \"4%\"", "rate = \"9%\""),
        ("rate = \"3‰\"\nfund", "rate = \"50%\"\nbase = \"remaining\"\nreconsume_share = \"30%\"\nfund"),
        ("[value]\ngrant_ratio = \"10%\"\nrate = \"3‰\"", "[value]\ngrant_ratio = \"10%\"\nrate = \"10%\""),
        ("reserve_share = \"5%\"", "reserve_share = \"6%\""),
        ("withdrawal_fee = \"1%\"", "withdrawal_fee = \"2%\""),
        ("release = \"10%\"", "other = \"1%\"\nrelease = \"10%\""),
        ("[value]", "[[task]]\nid = \"t\"\nname = { zh = \"任\", en = \"Task\" }\n[value]"),
        ("[value]", "[[source]]\nid = \"s\"\nname = { zh = \"源\", en = \"Source\" }\n[value]"),
    ] {
        let mut fork =
            before.fork_under(&with(&[(from, to)])).unwrap_or_else(|found| panic!("{to}: {found:?}"));
        play(&mut fork, &rest, |_, _, _| {});
    }
}

/// SIM-28: what may not, each with the key that is named.
#[test]
fn sim_28_what_may_not_change() {
    let before = lived(8);
    let digest = before.digest();
    let programme = "en = \"Fork\" }\n";
    for (key, from, to) in [
        ("programme.currency", programme, "en = \"Fork\" }\ncurrency = \"USD\"\n"),
        ("programme.utc_offset", programme, "en = \"Fork\" }\nutc_offset = \"+09:00\"\n"),
        ("programme.mode", programme, "en = \"Fork\" }\nmode = \"live\"\n"),
        ("pool.opening_price", "retention = \"20%\"", "retention = \"20%\"\nopening_price = \"2.00\""),
        ("pool.house_points", "retention = \"20%\"", "retention = \"20%\"\nhouse_points = 5"),
        (
            "pool.retention_point",
            "retention = \"20%\"",
            "retention = \"20%\"\nretention_point = \"withdrawal\"",
        ),
        ("pool.exit.basis", "multiple = 3", "multiple = 3\nbasis = \"lot\""),
        ("pool.exit.of", "multiple = 3", "multiple = 3\nof = \"contribution\""),
        ("catalogue", "[value]", "[catalogue]\n[value]"),
        ("funding", "[value]", "[funding]\n[value]"),
    ] {
        let found = before.fork_under(&with(&[(from, to)])).expect_err(to);
        assert!(found.iter().any(|found| found.key == key), "{to}: {found:?}");
        assert!(
            found.iter().all(|found| found.key.starts_with(key) || key == "programme.currency"),
            "{found:?}"
        );
        assert!(!found[0].reason.zh.is_empty() && found[0].to_string().starts_with(&found[0].key));
    }
    // All at once.
    let both = with(&[
        ("retention = \"20%\"", "retention = \"20%\"\nopening_price = \"2.00\""),
        ("multiple = 3", "multiple = 3\nbasis = \"lot\""),
    ]);
    assert_eq!(before.fork_under(&both).expect_err("two").len(), 2);
    // Without a pool there is nothing to live on.
    let none = with(&[
        ("pool = \"30%\"\n", ""),
        ("[pool]\nmint_ratio = \"70%\"\nretention = \"20%\"\n[pool.exit]\nmultiple = 3\n", ""),
    ]);
    assert!(before.fork_under(&none).expect_err("no pool").iter().any(|found| found.key == "pool"));
    assert_eq!(before.digest(), digest);
}

/// SIM-28: whoever is past a lower cap is sold out when the fork begins.
#[test]
fn sim_28_a_lower_cap_holds_at_once() {
    let before = lived(8);
    let fork = before.fork_under(&with(&[("multiple = 3", "multiple = 1")])).unwrap();
    let mut injected = before.fork();
    let inject = envelope(90_000, 8, "pool.inject", r#""amount":"1500","source":"subsidy""#);
    assert!(matches!(injected.submit(&inject), Outcome::Applied { .. }));
    assert_eq!(fork.totals().exits, before.totals().exits, "nobody is at 1× yet");
    // At 3× with a rich pool some are left who are past 1×.
    let left = injected.members().filter(|member| !member.points.is_zero()).count();
    let fork = injected.fork_under(&with(&[("multiple = 3", "multiple = 1")])).unwrap();
    let stay = fork.members().filter(|member| !member.points.is_zero()).count();
    assert!(stay < left, "{stay} of {left} stay");
    fork.check_invariants().unwrap();
}

/// SIM-29: a new split holds for orders of the fork; older ones settle and are refunded under the old one.
#[test]
fn sim_29_a_new_split_holds_for_new_orders() {
    let before = lived(8);
    let changed = with(&[
        ("cost = \"20%\"\npool = \"30%\"", "cost = \"10%\"\npool = \"40%\""),
        ("rate = \"3‰\"\nfund", "rate = \"4‰\"\nfund"),
    ]);
    let fork = before.fork_under(&changed).unwrap();
    assert_eq!(fork.plan().split, changed.split);
    // Nothing new comes: what settles and goes back is as under the old plan.
    let (mut old, mut new) = (before.fork(), fork.clone());
    for number in 0..3_u32 {
        let refund = envelope(
            91_000 + number,
            11,
            "order.refund",
            &format!(r#""order":"od{}n2","refund":"q{number}""#, 3 + number),
        );
        assert_eq!(
            matches!(old.submit(&refund), Outcome::Applied { .. }),
            matches!(new.submit(&refund), Outcome::Applied { .. })
        );
    }
    let money = |engine: &Engine| {
        let totals = engine.totals();
        [
            totals.cost,
            totals.contributions,
            totals.commission,
            totals.funds,
            totals.platform,
            totals.pool_refunded,
        ]
    };
    assert_eq!(money(&old), money(&new));
    // A new order follows the new shares.
    let mut new = fork;
    let contributions = |engine: &Engine| engine.totals().contributions.minor();
    let order = r#""order":"x","member":"d8n0","lines":[{"line":"1","amount":"1000"}]"#;
    for (number, kind, fields) in [(1, "order.pay", order), (2, "order.receive", r#""order":"x""#)] {
        assert!(
            matches!(new.submit(&envelope(92_000 + number, 11, kind, fields)), Outcome::Applied { .. }),
            "{kind}"
        );
    }
    let before_it = contributions(&new);
    assert!(matches!(new.submit(&envelope(92_009, 20, "time.advance", "")), Outcome::Applied { .. }));
    assert_eq!(contributions(&new) - before_it, 40_000);
    // The rest of life goes on, refunds of both kinds included.
    play(&mut new, &commands(21..=26, ""), |_, _, _| {});
}
