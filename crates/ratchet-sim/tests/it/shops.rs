//! Order files as shops and spreadsheets leave them: damaged ids, a row for each article, inviters who buy later, guests, returns,
//! names that are formulas.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use ratchet_engine::amount::{Currency, Money};
use ratchet_engine::command::{Command, Envelope, RefundLine, RefundSize};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::plan::Plan;
use ratchet_sim::backtest::{self, Assumptions, Backtest, BacktestError, Observers};
use ratchet_sim::orders::{OrderFile, Orders, ReadOptions};
use ratchet_sim::outputs::Outputs;
use ratchet_sim::selling::Selling;
use ratchet_sim::summary::Summary;

use crate::{options, preset, read, run, try_read};

const HEADER: &str = "order_id,member_id,ordered_at,amount\n";
const INVITED: &str = "order_id,member_id,ordered_at,amount,referrer_id\n";

fn shown(amount: Money) -> String {
    Currency::CNY.format(amount)
}

fn skipping() -> ReadOptions {
    ReadOptions { skip_bad_rows: true, ..options() }
}

fn file(csv: &str) -> OrderFile<Cursor<Vec<u8>>> {
    OrderFile::new(Cursor::new(csv.as_bytes().to_vec()), "orders.csv", options())
}

fn run_file(plan: &Plan, file: &mut OrderFile<Cursor<Vec<u8>>>) -> Result<Backtest, BacktestError> {
    let observers = Observers { command: None, order: None, progress: &mut |_| {} };
    let engine = backtest::engine(plan.clone(), &file.expected());
    backtest::run_file(engine, file, &Assumptions::default(), observers)
}

/// As the binary does it: as it comes if that is possible.
fn backtest_of(plan: &Plan, csv: &str) -> Backtest {
    let mut file = file(csv);
    loop {
        match run_file(plan, &mut file) {
            Ok(done) => return done,
            Err(BacktestError::NotInOrder) => file.read_whole(&mut |_| {}).unwrap(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A tenth of each order to whoever invited its buyer.
fn direct_only() -> Plan {
    let text = "[programme]\nname = { zh = \"一级推广\", en = \"Direct only\" }\n\
                [split]\ncost = \"60%\"\ncommission = \"10%\"\n[commission.direct]\nrate = \"10%\"\n";
    Plan::parse("direct-only.toml", text).unwrap()
}

/// FILE-14: ids that a spreadsheet has shortened, whatever rows may be skipped.
#[test]
fn shortened_ids_stop_the_run() {
    for (rows, place) in [
        (
            "2.02207E+18,m1,2026-01-05,299.00\n2.02207E+18,m2,2026-01-06,58.50\n",
            "orders.csv:2: order_id: \"2.02207E+18\"",
        ),
        (
            "a,1.38E+10,2026-01-05,299.00\nb,1.38E+10,2026-01-06,58.50\n",
            "orders.csv:2: member_id: \"1.38E+10\"",
        ),
        ("a,m,2026-01-05,1.00\nb,\"1,38E+10\",2026-01-05,1.00\n", "orders.csv:3: member_id: \"1,38E+10\""),
        ("a,m,2026-01-05,1.00\nb,1.38e+10,2026-01-05,1.00\n", "orders.csv:3: member_id: \"1.38e+10\""),
        ("a,m,2026-01-05,1.00\nb,#NAME?,2026-01-05,1.00\n", "orders.csv:3: member_id: \"#NAME?\""),
    ] {
        for options in [options(), skipping()] {
            let error = try_read(format!("{HEADER}{rows}").as_bytes(), &options).unwrap_err().to_string();
            assert!(error.starts_with(place), "{error}");
            assert!(error.contains("spreadsheet") && error.contains("as text"), "{error}");
        }
    }
    let invited = format!("{INVITED}a,m,2026-01-05,1.00,1.38E+10\n");
    let error = try_read(invited.as_bytes(), &skipping()).unwrap_err().to_string();
    assert!(error.starts_with("orders.csv:2: referrer_id: \"1.38E+10\""), "{error}");
    // What only looks a little like it is an id.
    read(&format!("{HEADER}12E5,123e4567,2026-01-05,1.00\n#1001,#1,2026-01-05,1.00\n"));
}

/// FILE-14: numbers of which 15 digits are left.
#[test]
fn rounded_ids_stop_the_run() {
    for rows in [
        // Two orders that are one now.
        "2022072512345920000,m1,2026-01-05,299.00\n2022072512345920000,m2,2026-01-05,58.50\n",
        // All long ids of members end so; rows that are faulty otherwise come later.
        "a,4403051990010120000,2026-01-05,1.00\nb,4403051990010130000,2026-01-05,1.00\nc,m,x,1.00\n",
    ] {
        for options in [options(), skipping()] {
            let error = try_read(format!("{HEADER}{rows}").as_bytes(), &options).unwrap_err().to_string();
            assert!(error.starts_with("orders.csv:2: "), "{error}");
            assert!(error.contains("rounded") && error.contains("as text"), "{error}");
        }
        let error =
            run_file(&direct_only(), &mut file(&format!("{HEADER}{rows}"))).err().unwrap().to_string();
        assert!(error.starts_with("orders.csv:2: ") || error.contains("read it whole"), "{error}");
    }
    // One in ten honest ids of 16 digits ends in a zero.
    let honest: String =
        (0..40).map(|n| format!("{},m{n},2026-01-05,1.00\n", 2_026_010_500_000_007_u64 + n * 13)).collect();
    assert_eq!(read(&format!("{HEADER}{honest}")).len(), 40);
}

/// The excerpt of UCI Online Retail, a row for each article.
const RETAIL: &str = "order_id,member_id,ordered_at,amount\n\
    536366,17850,2010-12-01T08:28:00Z,11.10\n\
    536366,17850,2010-12-01T08:28:00Z,11.10\n\
    536367,13047,2010-12-01T08:34:00Z,54.08\n\
    536367,13047,2010-12-01T08:34:00Z,12.6\n\
    536367,13047,2010-12-01T08:34:00Z,12.6\n\
    536381,15311,2010-12-01T09:41:00Z,97.75\n\
    536381,15311,2010-12-01T09:41:00Z,24.75\n\
    536381,15311,2010-12-01T09:41:00Z,19.50\n\
    C536379,14527,2010-12-01T09:41:00Z,-27.5\n\
    C536383,15311,2010-12-01T09:49:00Z,-4.65\n\
    C536391,17548,2010-12-01T10:24:00Z,-19.80\n\
    C536391,17548,2010-12-01T10:24:00Z,-6.96\n\
    536414,,2010-12-01T11:52:00Z,0\n\
    536414,,2010-12-01T11:52:00Z,0\n\
    536544,,2010-12-01T14:32:00Z,2.51\n";

/// FILE-16, FILE-17
#[test]
fn a_row_for_each_article() {
    let orders = read(RETAIL);
    let amounts: Vec<_> = (0..orders.len())
        .map(|at| (orders.order(at).order, shown(orders.order(at).amount), orders.order(at).lines.len()))
        .collect();
    assert_eq!(
        amounts,
        [
            ("536366", "22.20".to_owned(), 2),
            ("536367", "79.28".to_owned(), 3),
            ("536381", "142.00".to_owned(), 3)
        ]
    );
    assert_eq!((orders.found.orders_of_several_rows, orders.found.repeated_rows), (3, 2));
    let done = run(preset("value-growth.toml", 7), &orders, Selling::Never, 0);
    let summary = Summary::new("orders.csv", &orders.found, &Assumptions::default(), &done);
    assert_eq!((shown(summary.disclosure.spent).as_str(), summary.disclosure.buyers), ("243.48", 3));
    let left: Vec<_> = summary.left_out.iter().map(|left| (left.reason, left.rows, left.amount)).collect();
    assert_eq!(left, [("amount_negative", 4, -58_91), ("amount_zero", 2, 0), ("no_member", 1, 2_51)]);
    for (in_chinese, words) in
        [(false, ["-58.91", "returns", "2.51", "no member"]), (true, ["-58.91", "退货", "2.51", "没有会员"])]
    {
        let text = summary.text(in_chinese, None, None);
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&summary.to_json()).unwrap();
    assert_eq!(json["left_out"][0]["amount"], "-58.91");
    assert_eq!(
        json["left_out"][2],
        serde_json::json!({
            "reason": "no_member", "column": null, "rows": 1, "amount": "2.51", "amount_unread": 0, "first_lines": [16],
        })
    );
    assert_eq!(json["skipped"], 7);
}

/// Every command as JSON-like text, in order.
fn commands(csv: &str) -> Vec<Command> {
    let orders = read(csv);
    let mut seen = Vec::new();
    let mut note = |_: &Engine, command: Option<(&Envelope, &Outcome)>| {
        if let Some((envelope, outcome)) = command {
            assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
            seen.push(envelope.command.clone());
        }
        Ok(())
    };
    let observers = Observers { command: Some(&mut note), order: None, progress: &mut |_| {} };
    let engine = backtest::engine(preset("value-growth.toml", 7), &orders.expected());
    backtest::run(engine, &orders, &Assumptions::default(), observers).unwrap();
    seen
}

/// FILE-16: lines stand in the order of rows, an order has the earliest time, what is refunded at one time is one refund.
#[test]
fn rows_of_one_order_are_its_lines() {
    let csv = "order_id,member_id,ordered_at,amount,ship_to,refunded_amount,refunded_at\n\
               b,ann,2026-01-05,30.00,,5.00,2026-01-08\n\
               c,bob,2026-01-03,1.00,,,\n\
               b,ann,2026-01-02,20.00,440305,,\n\
               b,ann,2026-01-06,10.00,440305,10.00,2026-01-07\n\
               b,ann,2026-01-06,10.00,,2.00,2026-01-08\n";
    let orders = read(csv);
    assert_eq!((orders.len(), orders.found.refunds), (2, 1));
    let order = orders.order(0);
    assert_eq!((order.order, order.at.to_string().as_str(), order.line), ("b", "2026-01-01T16:00:00Z", 2));
    assert_eq!(
        (shown(order.amount).as_str(), order.ship_to.map(|region| region.code())),
        ("70.00", Some(440_305))
    );
    let commands = commands(csv);
    let Command::OrderPay { terms: Some(terms), .. } = &commands[0] else { panic!("{:?}", commands[0]) };
    let lines: Vec<_> = terms.lines.iter().map(|line| (line.line.as_str(), shown(line.amount))).collect();
    let expected = [("1", "30.00"), ("2", "20.00"), ("3", "10.00"), ("4", "10.00")];
    assert_eq!(lines, expected.map(|(line, amount)| (line, amount.to_owned())));
    let refunded = |line: &RefundLine| match line.size {
        RefundSize::Amount(amount) => shown(amount),
        RefundSize::Pieces(pieces) => panic!("{pieces} pieces, but files state amounts"),
    };
    let refunds: Vec<_> = commands
        .iter()
        .filter_map(|command| match command {
            Command::OrderRefund { refund, order, lines: Some(lines), .. } => {
                let lines: Vec<_> =
                    lines.iter().map(|line| format!("{} {}", line.line, refunded(line))).collect();
                Some(format!("{refund} of {order}: {}", lines.join(", ")))
            }
            _ => None,
        })
        .collect();
    assert_eq!(refunds, ["b of b: 3 10.00", "line:2 of b: 1 5.00, 4 2.00"]);
}

/// FILE-16
#[test]
fn rows_of_one_order_must_agree() {
    let of = |rows: &str| {
        let csv = format!("order_id,member_id,ordered_at,amount,ship_to\n{rows}");
        try_read(csv.as_bytes(), &options()).unwrap_err().to_string()
    };
    assert_eq!(
        of("a,ann,2026-01-01,1.00,\nb,ann,2026-01-01,1.00,\na,bob,2026-01-01,1.00,\n"),
        "orders.csv:4: order_id: order \"a\" is of member \"bob\" here and of \"ann\" on line 2"
    );
    assert_eq!(
        of("a,ann,2026-01-01,1.00,440305\na,ann,2026-01-01,1.00,110105\n"),
        "orders.csv:3: ship_to: order \"a\" goes to another place than its row on line 2 says"
    );
    // On request the row is left out and weighed.
    let csv = format!(
        "{HEADER}a,ann,2026-01-01,1.00\na,bob,2026-01-01,7.25\na,ann,2026-01-01,x\na,ann,2026-01-01,2.00\n"
    );
    let orders = try_read(csv.as_bytes(), &skipping()).unwrap();
    assert_eq!((orders.len(), shown(orders.order(0).amount).as_str()), (1, "3.00"));
    let left = orders.found.bad.left_out();
    let sums: Vec<_> =
        left.iter().map(|left| (left.reason, left.column, left.rows, left.amount, left.unread)).collect();
    assert_eq!(sums, [("malformed", Some("amount"), 1, 0, 1), ("malformed", Some("order_id"), 1, 725, 0)]);
}

/// FILE-16: rows past the most lines of an order are one line.
#[test]
fn an_order_of_very_many_rows() {
    let rows: String = (0..1_114).map(|_| "573585,x,2026-01-01,0.50\n").collect();
    let commands = commands(&format!("{HEADER}{rows}"));
    let Command::OrderPay { terms: Some(terms), .. } = &commands[0] else { panic!("{:?}", commands[0]) };
    assert_eq!(terms.lines.len(), 500);
    assert_eq!(shown(terms.lines[499].amount), "307.50");
}

/// RUN-1, FILE-16: found while it runs, wherever the rows stand.
#[test]
fn an_order_of_several_rows_is_read_whole() {
    for rows in [
        "a,ann,2026-01-01,1.00\na,ann,2026-01-01,1.00\n",
        "a,ann,2026-01-01,1.00\nb,ann,2026-01-01,1.00\na,ann,2026-01-02,1.00\n",
    ] {
        let csv = format!("{HEADER}{rows}");
        let mut as_read = file(&csv);
        assert!(matches!(run_file(&direct_only(), &mut as_read), Err(BacktestError::NotInOrder)));
        let done = backtest_of(&direct_only(), &csv);
        let spent: u64 = done.engine.members().map(|member| member.spent.minor() as u64).sum();
        assert_eq!(spent, rows.lines().count() as u64 * 100);
    }
}

/// FILE-7: also where the second fault is found first.
#[test]
fn the_first_fault_is_reported_though_a_later_one_is_found_before() {
    let csv = format!(
        "{HEADER}o1,m1,2026-01-01,10.00\no3,m1,2026-01-01,1.00\no1,m2,2026-01-01,20.00\no2,m2,2026-01-02,5.001\n"
    );
    let error = run_file(&direct_only(), &mut file(&csv)).err().unwrap().to_string();
    assert!(error.starts_with("orders.csv:4: order_id: "), "{error}");
    // A second line of the order, and a guest: no faults.
    let orders =
        read(&format!("{HEADER}o1,m1,2026-01-01,10.00\no1,m1,2026-01-01,20.00\no2,,2026-01-02,5.00\n"));
    assert_eq!(
        (orders.len(), shown(orders.order(0).amount).as_str(), orders.found.skipped.len()),
        (1, "30.00", 1)
    );
}

/// Commissions in all, and the rows whose inviter is void.
fn commissions(rows: &str) -> (String, Vec<(u32, &'static str)>) {
    let done = backtest_of(&direct_only(), &format!("{INVITED}{rows}"));
    let paid: u128 = done.engine.commissions().map(|(_, _, amount)| amount.as_u128()).sum();
    let voided = done.voided.iter().map(|row| (row.line, row.why.code())).collect();
    (Currency::CNY.format_minor(i128::try_from(paid).unwrap()), voided)
}

/// RUN-3 (NET-4): a ring loses one edge, an inviter who buys later keeps its own, a self-invitation costs no order.
#[test]
fn inviters_in_odd_files() {
    let ring = "D1,ann,2026-01-01,100.00,cat\nD2,bob,2026-01-02,100.00,ann\nD3,cat,2026-01-03,100.00,bob\n";
    assert_eq!(commissions(ring), ("20.00".to_owned(), vec![(4, "inviter_loop")]));
    let later = "D1,ann,2026-01-01,100.00,bob\nD2,bob,2026-01-02,100.00,cat\nD3,cat,2026-01-03,100.00,\nD4,ann,2026-01-04,100.00,bob\n";
    assert_eq!(commissions(later), ("30.00".to_owned(), vec![]));
    let oneself = format!("{ring}D4,dan,2026-01-04,100.00,dan\n");
    assert_eq!(
        commissions(&oneself),
        ("20.00".to_owned(), vec![(4, "inviter_loop"), (5, "inviter_is_self")])
    );
    let done = backtest_of(&direct_only(), &format!("{INVITED}{oneself}"));
    assert_eq!(done.engine.totals().orders, 4);
    // Whoever stands above joins first, though nobody of them has bought.
    let chain = "A,a,2026-01-01,1.00,b\nB,b,2026-01-02,1.00,c\nC,c,2026-01-03,1.00,d\nD,d,2026-01-04,1.00,\n";
    let done = backtest_of(&direct_only(), &format!("{INVITED}{chain}"));
    let members: Vec<_> =
        done.engine.members().map(|member| (member.id, member.referrer.map(|above| above.0))).collect();
    assert_eq!(members, [("d", None), ("c", Some(0)), ("b", Some(1)), ("a", Some(2))]);
}

/// RUN-3: rows at random are resolved as the rule says, and as they come where that is possible.
#[test]
fn inviters_of_files_at_random() {
    let mut seed = 7_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let (mut as_they_come, mut whole) = (0, 0);
    for _ in 0..400 {
        let (members, rows) = (2 + draw(6), 1 + draw(12));
        let rows: Vec<(u64, Option<u64>)> = (0..rows)
            .map(|_| (draw(members), Some(draw(members + 2)).filter(|inviter| *inviter < members)))
            .collect();
        let mut csv = INVITED.to_owned();
        let (mut inviters, mut voided) = (BTreeMap::new(), Vec::new());
        for (at, (member, inviter)) in rows.iter().enumerate() {
            let named = inviter.map_or(String::new(), |inviter| format!("m{inviter}"));
            csv += &format!("o{at:02},m{member},2026-01-01,10.00,{named}\n");
            // From the rule's text.
            let Some(inviter) = *inviter else { continue };
            if inviters.get(member) == Some(&inviter) {
                continue;
            }
            let mut above = Some(inviter);
            while let Some(at) = above.filter(|at| at != member) {
                above = inviters.get(&at).copied();
            }
            let line = at as u32 + 2;
            if inviter == *member {
                voided.push((line, "inviter_is_self"));
            } else if inviters.contains_key(member) {
                voided.push((line, "inviter_differs"));
            } else if above.is_some() {
                voided.push((line, "inviter_loop"));
            } else {
                inviters.insert(*member, inviter);
            }
        }
        let mut as_read = file(&csv);
        match run_file(&direct_only(), &mut as_read) {
            Ok(_) => as_they_come += 1,
            Err(BacktestError::NotInOrder) => whole += 1,
            Err(error) => panic!("{error}\n{csv}"),
        }
        let done = backtest_of(&direct_only(), &csv);
        let orders = read(&csv);
        let of_all = run(direct_only(), &orders, Selling::Never, 0);
        assert_eq!(done.engine.digest(), of_all.engine.digest(), "{csv}");
        assert_eq!(done.voided, of_all.voided, "{csv}");
        let found: Vec<_> = done.voided.iter().map(|row| (row.line, row.why.code())).collect();
        assert_eq!(found, voided, "{csv}");
        let names: Vec<&str> = done.engine.members().map(|member| member.id).collect();
        for member in done.engine.members() {
            let number: u64 = member.id[1..].parse().unwrap();
            let above = member.referrer.map(|above| names[above.0 as usize].to_owned());
            assert_eq!(above, inviters.get(&number).map(|inviter| format!("m{inviter}")), "{csv}");
        }
    }
    assert!(as_they_come > 50 && whole > 50, "{as_they_come} {whole}");
}

fn write(orders: &Orders, target: &Path) -> Summary {
    let outputs = Outputs::begin(target).unwrap();
    let plan = direct_only();
    let mut prices = outputs.price_log(plan.programme.currency).unwrap();
    let mut log = |order: &str, at, price| prices.write(order, at, price);
    let observers = Observers { command: None, order: Some(&mut log), progress: &mut |_| {} };
    let assumptions = Assumptions::default();
    let engine = backtest::engine(plan, &orders.expected());
    let done = backtest::run(engine, orders, &assumptions, observers).unwrap();
    let summary = Summary::new("orders.csv", &orders.found, &assumptions, &done);
    outputs.finish(&summary, &done.engine, &orders.found, prices, &mut |_| {}).unwrap();
    summary
}

/// The cells of a CSV file.
fn cells(text: &str) -> Vec<String> {
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => is_quoted = !is_quoted,
            ',' | '\n' if !is_quoted => cells.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    cells
}

/// FILE-15, FILE-17: nothing that a stranger has written runs in a spreadsheet; what is left out stands in the folder.
#[test]
fn nothing_in_the_folder_is_a_formula() {
    let formula = "\"=HYPERLINK(\"\"http://x.example\"\",\"\"open\"\")\"";
    let csv = format!(
        "{INVITED}o1,{formula},2026-01-01,10.00,\n\
         =o2,@SUM(1+1),2026-01-01,10.00,{formula}\n\
         @o2b,@SUM(1+1),2026-01-01,10.00,-1+1\n\
         +1-2,+1-2,2026-01-02,0,\n\
         -1-2,-5,2026-01-02,20.00,-5\n\
         -1-2,=1,2026-01-02,30.00,\n\
         @x,@y,2026-01-02,3.005,\n"
    );
    let orders = try_read(csv.as_bytes(), &skipping()).unwrap();
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let summary = write(&orders, &target);
    let mut files = 0;
    for entry in std::fs::read_dir(&target).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            files += 1;
            for cell in cells(&std::fs::read_to_string(&path).unwrap()) {
                let is_number = cell.strip_prefix('-').is_some_and(|rest| rest.parse::<u64>().is_ok());
                assert!(
                    !cell.starts_with(['=', '+', '-', '@', '\t', '\r']) || is_number,
                    "{}: {cell}",
                    path.display()
                );
            }
        }
    }
    assert_eq!(files, 6);
    let text = |name: &str| std::fs::read_to_string(target.join(name)).unwrap();
    assert!(text("members.csv").contains("\n\"'=HYPERLINK(\"\"http://x.example\"\",\"\"open\"\")\","));
    assert!(text("members.csv").contains("\n'@SUM(1+1),"));
    assert!(text("price.csv").contains("\n'=o2,"));
    assert_eq!(
        text("skipped.csv").lines().nth(1),
        Some("5,amount,the amount is zero,\"'+1-2,+1-2,2026-01-02,0,\"")
    );
    assert_eq!(
        text("voided-inviters.csv"),
        "line,reason,order_id,member_id,referrer_id,amount\n\
         4,an earlier row names another inviter,'@o2b,'@SUM(1+1),'-1+1,10.00\n\
         6,a member cannot invite itself,'-1-2,-5,-5,20.00\n"
    );
    let left: Vec<_> =
        summary.left_out.iter().map(|left| (left.reason, left.rows, left.amount, left.unread)).collect();
    assert_eq!(
        left,
        [
            ("amount_zero", 1, 0, 0),
            ("malformed", 1, 0, 1),
            ("malformed", 1, 3_000, 0),
            ("inviter_is_self", 1, 2_000, 0),
            ("inviter_differs", 1, 1_000, 0),
        ]
    );
    let page = text("report.html");
    assert!(
        page.contains("CNY 30.00") && page.contains("推荐人作废") && page.contains("the inviter does not")
    );
}
