//! What a run does with an order history.

use std::io::Cursor;

use ratchet_engine::amount::{AMOUNT_MAX, Currency, Money, PROGRAMME_MONEY_MAX};
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::time::Timestamp;
use ratchet_sim::backtest::{self, Assumptions, Backtest, BacktestError, CURVE_POINTS_MAX, Observers};
use ratchet_sim::generate;
use ratchet_sim::orders::OrderFile;
use ratchet_sim::selling::Selling;

use crate::{options, preset, read, run};

/// Every command as `time type key`.
fn script(csv: &str, after_sale_days: u32) -> Vec<String> {
    let orders = read(csv);
    let mut seen = Vec::new();
    let mut note = |_: &Engine, command: Option<(&Envelope, &Outcome)>| {
        if let Some((envelope, outcome)) = command {
            assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
            seen.push(format!("{} {} {}", envelope.at, envelope.command.type_name(), envelope.key));
        }
        Ok(())
    };
    let observers = Observers { command: Some(&mut note), order: None, progress: &mut |_| {} };
    backtest::run(
        backtest::engine(preset("value-growth.toml", after_sale_days), &orders.expected()),
        &orders,
        &Assumptions::default(),
        observers,
    )
    .unwrap();
    seen
}

/// RUN-2, RUN-4
#[test]
fn a_row_becomes_the_commands_a_shop_would_send() {
    let csv = "order_id,member_id,ordered_at,amount,referrer_id,refunded_amount,refunded_at\n\
               a,ann,2026-01-01,100.00,bob,,\n\
               b,bob,2026-01-01,50.00,,20.00,2026-01-03\n\
               c,cat,2026-01-03,70.00,,,\n";
    assert_eq!(
        script(csv, 7),
        [
            "2025-12-31T16:00:00Z member.join refer:0",
            "2025-12-31T16:00:00Z member.join join:a",
            "2025-12-31T16:00:00Z order.pay pay:a",
            "2025-12-31T16:00:00Z order.receive receive:a",
            "2025-12-31T16:00:00Z order.pay pay:b",
            "2025-12-31T16:00:00Z order.receive receive:b",
            // Refunds come after orders of the same instant.
            "2026-01-02T16:00:00Z order.pay pay:c",
            "2026-01-02T16:00:00Z order.receive receive:c",
            "2026-01-02T16:00:00Z order.refund refund:b",
            // At the end time advances until all is settled.
            "2026-01-09T16:00:00Z time.advance advance:1",
        ]
    );
    assert!(!script(csv, 0).iter().any(|step| step.contains("time.advance")));
}

/// RUN-3
#[test]
fn inviters_are_those_of_the_whole_file() {
    let orders = read(
        "order_id,member_id,ordered_at,amount,referrer_id\n\
         a,ann,2026-01-01,1.00,bob\n\
         b,ann,2026-01-02,1.00,bob\n\
         c,ann,2026-01-03,1.00,cat\n\
         d,ann,2026-01-04,1.00,\n\
         e,dan,2026-01-05,1.00,\n\
         f,dan,2026-01-06,1.00,ann\n\
         g,bob,2026-01-07,1.00,ann\n",
    );
    let backtest = run(preset("value-growth.toml", 7), &orders, Selling::Never, 0);
    let voided: Vec<_> = backtest.voided.iter().map(|row| (row.line, row.why.code())).collect();
    assert_eq!(voided, [(4, "inviter_differs"), (8, "inviter_loop")]);
    let members: Vec<(&str, Option<u32>)> =
        backtest.engine.members().map(|member| (member.id, member.referrer.map(|no| no.0))).collect();
    // The unseen referrer joined first; who is only named in a row whose inviter is void does not join; an empty field says
    // nothing, so a later row names the inviter.
    assert_eq!(members, [("bob", None), ("ann", Some(0)), ("dan", Some(1))]);
}

/// RUN-1
#[test]
fn the_file_need_not_be_sorted() {
    let mut csv = Vec::new();
    generate::orders(&generate::Options::new(3_000, 5), &mut csv, &mut |_| {}).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let (header, body) = csv.split_once('\n').unwrap();
    let sorted: Vec<&str> = body.lines().collect();
    // Every seventh row first, then the next ones, and so on. Rows of one instant keep their order.
    let mut shuffled: Vec<&str> = Vec::new();
    for offset in (0..7).rev() {
        shuffled.extend(sorted.iter().skip(offset).step_by(7));
    }
    let sorted = read(&csv);
    let shuffled = read(&format!("{header}\n{}\n", shuffled.join("\n")));
    assert!(sorted.was_sorted && !shuffled.was_sorted);
    for selling in
        [Selling::Never, Selling::parse("random=10%").unwrap(), Selling::parse("at-multiple=0.4").unwrap()]
    {
        let [one, other] =
            [&sorted, &shuffled].map(|orders| run(preset("value-growth-2x.toml", 7), orders, selling, 3));
        for position in 0..sorted.len() {
            let (a, b) = (sorted.order(position), shuffled.order(position));
            assert_eq!((a.order, a.at), (b.order, b.at), "{position}");
        }
        assert_eq!(one.engine.digest(), other.engine.digest());
        assert_eq!(one.curve, other.curve);
    }
}

#[test]
fn rows_of_one_instant_run_in_file_order() {
    let orders = read(
        "order_id,member_id,ordered_at,amount\n\
         c,m,2026-01-02,1.00\nb,m,2026-01-01,1.00\na,m,2026-01-02,1.00\nd,m,2026-01-01,1.00\n",
    );
    let order: Vec<&str> = (0..4).map(|position| orders.order(position).order).collect();
    assert_eq!(order, ["b", "d", "c", "a"]);
}

#[test]
fn the_same_seed_gives_the_same_result() {
    let mut csv = Vec::new();
    generate::orders(&generate::Options::new(2_000, 9), &mut csv, &mut |_| {}).unwrap();
    let orders = read(std::str::from_utf8(&csv).unwrap());
    let selling = Selling::parse("random=20%").unwrap();
    let digest = |seed| run(preset("value-growth.toml", 7), &orders, selling, seed).engine.digest();
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}

/// RUN-5
#[test]
fn a_refusal_stops_with_its_line() {
    // Orders of the largest amount there is, until the programme may take in no more (PROGRAMME_MONEY_MAX).
    let mut csv = "order_id,member_id,ordered_at,amount\n".to_owned();
    for number in 0..1_100 {
        csv += &format!("o{number},m,2026-01-01,100000000000.00\n");
    }
    let orders = read(&csv);
    let observers = Observers { command: None, order: None, progress: &mut |_| {} };
    let error = backtest::run(
        backtest::engine(preset("value-growth.toml", 0), &orders.expected()),
        &orders,
        &Assumptions::default(),
        observers,
    );
    let Err(BacktestError::Refused { line: Some(line), command, rejection }) = error else {
        panic!("it was not refused");
    };
    let fitting = u32::try_from(PROGRAMME_MONEY_MAX / AMOUNT_MAX).unwrap();
    assert_eq!((line, command, rejection.code()), (fitting + 2, "order.pay", "limit_reached"));
}

#[test]
fn observers_can_stop_a_run() {
    let orders = read("order_id,member_id,ordered_at,amount\na,b,2026-01-01,1.00\n");
    let mut full = |_: &str, _, _| Err(std::io::Error::other("the disk is full"));
    let observers = Observers { command: None, order: Some(&mut full), progress: &mut |_| {} };
    let stopped = backtest::run(
        backtest::engine(preset("value-growth.toml", 0), &orders.expected()),
        &orders,
        &Assumptions::default(),
        observers,
    );
    assert_eq!(stopped.err().unwrap().to_string(), "cannot write: the disk is full");
}

#[test]
fn every_preset_runs_a_generated_history() {
    let mut csv = Vec::new();
    generate::orders(&generate::Options::new(1_500, 2), &mut csv, &mut |_| {}).unwrap();
    let orders = read(std::str::from_utf8(&csv).unwrap());
    for entry in std::fs::read_dir(crate::root().join("plans")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let days = if name.contains("2x") { 0 } else { 7 };
        for selling in ["never", "random=5%", "at-multiple=0.3"] {
            let backtest = run(preset(&name, days), &orders, Selling::parse(selling).unwrap(), 1);
            let engine = &backtest.engine;
            assert_eq!(engine.totals().orders, 1_500, "{name}");
            assert_eq!(engine.next_settlement(), None::<Timestamp>, "{name}");
            assert!(backtest.curve.len() <= CURVE_POINTS_MAX + 1);
            assert_eq!(backtest.curve.last().unwrap().orders, 1_500);
        }
    }
}

/// DISC-1a, DISC-1b
#[test]
fn refunds_reach_the_engine() {
    let orders = read(
        "order_id,member_id,ordered_at,amount,refunded_amount,refunded_at\n\
         a,m,2026-01-01,100.00,100.00,2026-01-02\n\
         b,m,2026-01-01,100.00,30.00,2026-01-02\n\
         c,n,2026-01-01,100.00,40.00,2026-02-02\n",
    );
    let backtest = run(preset("value-growth.toml", 7), &orders, Selling::Never, 0);
    let spent: Vec<Money> = backtest.engine.members().map(|member| member.spent).collect();
    assert_eq!(
        spent.iter().map(|money| Currency::CNY.format(*money)).collect::<Vec<_>>(),
        ["70.00", "60.00"]
    );
    // One sale of all points now: gross rounded down, the fifth that is kept rounded up.
    let totals = backtest.engine.totals();
    for member in backtest.engine.members() {
        let gross = member.points.units() * totals.pool.as_u128() / totals.supply.units();
        assert_eq!(member.net_value.as_u128(), gross - gross.div_ceil(5));
    }
}

/// A generated history with refunds and referrers.
fn generated(orders: u64, seed: u64) -> String {
    let mut csv = Vec::new();
    generate::orders(&generate::Options::new(orders, seed), &mut csv, &mut |_| {}).unwrap();
    String::from_utf8(csv).unwrap()
}

fn file(csv: &str) -> OrderFile<Cursor<Vec<u8>>> {
    OrderFile::new(Cursor::new(csv.as_bytes().to_vec()), "orders.csv", options())
}

/// Runs a file as it is read; the commands, the orders and their prices as an observer sees them.
fn run_file(
    file: &mut OrderFile<impl std::io::Read + std::io::Seek + Send>,
    selling: Selling,
) -> (Result<Backtest, BacktestError>, Vec<String>) {
    let (mut commands, mut orders) = (Vec::new(), Vec::new());
    let mut note = |_: &Engine, command: Option<(&Envelope, &Outcome)>| {
        commands.push(command.map_or_else(String::new, |(envelope, _)| format!("{envelope:?}")));
        Ok(())
    };
    let mut note_order = |order: &str, at: Timestamp, price: ratchet_engine::pool::Price| {
        orders.push(format!("{order} {at} {}", price.display(2)));
        Ok(())
    };
    let observers =
        Observers { command: Some(&mut note), order: Some(&mut note_order), progress: &mut |_| {} };
    let engine = backtest::engine(preset("value-growth.toml", 7), &file.expected());
    let run = backtest::run_file(engine, file, &Assumptions { selling, seed: 3 }, observers);
    commands.append(&mut orders);
    (run, commands)
}

/// RUN-1
#[test]
fn a_file_is_run_while_it_is_read() {
    let csv = generated(3_000, 5);
    for selling in ["never", "random=10%", "at-multiple=0.4"] {
        let selling = Selling::parse(selling).unwrap();
        let (mut as_read, mut read_before) = (file(&csv), file(&csv));
        read_before.read_whole(&mut |_| {}).unwrap();
        let (one, one_seen) = run_file(&mut as_read, selling);
        let (other, other_seen) = run_file(&mut read_before, selling);
        let differs = one_seen.iter().zip(&other_seen).find(|(one, other)| one != other);
        assert_eq!((differs, one_seen.len()), (None, other_seen.len()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.engine.digest(), other.engine.digest());
        assert_eq!(one.curve, other.curve);
        assert_eq!((one.sales, one.voided), (other.sales, other.voided));
        let [one, other] = [as_read.found(), read_before.found()];
        assert!(one.refunds > 100);
        assert_eq!((one.refunds, one.times), (other.refunds, other.times));
    }
}

/// RUN-1
#[test]
fn a_file_in_no_order_is_read_whole() {
    let csv = generated(500, 5);
    let (header, body) = csv.split_once('\n').unwrap();
    let mut rows: Vec<&str> = body.lines().collect();
    let (in_order, _) = run_file(&mut file(&csv), Selling::Never);
    rows.rotate_left(1);
    let mut rotated = file(&format!("{header}\n{}\n", rows.join("\n")));
    // The last row alone is earlier than the one before: everything has run by then.
    assert!(matches!(run_file(&mut rotated, Selling::Never).0, Err(BacktestError::NotInOrder)));
    rotated.read_whole(&mut |_| {}).unwrap();
    let (run, _) = run_file(&mut rotated, Selling::Never);
    assert_eq!(run.unwrap().engine.digest(), in_order.unwrap().engine.digest());
}

/// RUN-1
#[test]
fn a_repeated_order_id_is_found_while_the_file_runs() {
    let header = "order_id,member_id,ordered_at,amount";
    for repeated in ["a,bob,2026-01-01,1.00", "a,bob,2026-01-01,2.00", "a,bob,2026-01-09,1.00"] {
        let rows = format!("{header}\na,ann,2026-01-01,1.00\nb,ann,2026-01-01,1.00\n{repeated}\n");
        let mut repeats = file(&rows);
        assert!(
            matches!(run_file(&mut repeats, Selling::Never).0, Err(BacktestError::NotInOrder)),
            "{repeated}"
        );
        let error = repeats.read_whole(&mut |_| {}).unwrap_err().to_string();
        assert_eq!(
            error,
            "orders.csv:4: order_id: order \"a\" is of member \"bob\" here and of \"ann\" on line 2"
        );
    }
}

/// RUN-1
#[test]
fn a_pipe_is_read_whole() {
    struct Pipe<'a>(&'a [u8]);
    impl std::io::Read for Pipe<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(into)
        }
    }
    impl std::io::Seek for Pipe<'_> {
        fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
            Err(std::io::Error::from(std::io::ErrorKind::NotSeekable))
        }
    }
    let csv = generated(300, 4);
    let mut pipe = OrderFile::new(Pipe(csv.as_bytes()), "-", options());
    assert!(matches!(run_file(&mut pipe, Selling::Never).0, Err(BacktestError::NotInOrder)));
    pipe.read_whole(&mut |_| {}).unwrap();
    let (run, _) = run_file(&mut pipe, Selling::Never);
    let (expected, _) = run_file(&mut file(&csv), Selling::Never);
    assert_eq!(run.unwrap().engine.digest(), expected.unwrap().engine.digest());
}

/// FILE-7
#[test]
fn a_fault_is_what_is_reported_wherever_it_stands() {
    let mut csv = "order_id,member_id,ordered_at,amount\n".to_owned();
    for number in 0..1_100 {
        csv += &format!("o{number},m,2026-01-01,100000000000.00\n");
    }
    // The engine refuses line 924; the fault is behind it.
    assert!(matches!(
        run_file(&mut file(&csv), Selling::Never).0,
        Err(BacktestError::Refused { line: Some(_), .. })
    ));
    csv += "x,m,2026-01-01,1.001\n";
    let Err(BacktestError::File(error)) = run_file(&mut file(&csv), Selling::Never).0 else {
        panic!("the fault was not found");
    };
    assert!(error.to_string().starts_with("orders.csv:1102: amount: "), "{error}");
    let no_rows = run_file(&mut file("order_id,member_id,ordered_at,amount\n"), Selling::Never).0;
    assert_eq!(no_rows.err().unwrap().to_string(), "orders.csv: a header and no rows");
}

/// What is expected decides nothing but memory; it must not be absurd for absurd files.
#[test]
fn a_file_is_estimated_by_its_beginning() {
    let csv = generated(5_000, 1);
    let (estimated, mut whole) = (file(&csv).expected(), file(&csv));
    whole.read_whole(&mut |_| {}).unwrap();
    let counted = whole.expected();
    for (estimated, counted) in [
        (estimated.orders, counted.orders),
        (estimated.members, counted.members),
        (estimated.commands, counted.commands),
    ] {
        assert!(counted <= estimated && estimated <= counted + counted / 8, "{estimated} {counted}");
    }
    assert!(file(&"\n".repeat(1_000_000)).expected().orders < 100);
    assert_eq!(file("").expected().orders, 1);
}
