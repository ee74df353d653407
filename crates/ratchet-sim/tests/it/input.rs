//! Order files as they come: good, odd and bad.

use ratchet_engine::amount::Currency;
use ratchet_sim::orders::{ORDER_ID_BYTES_MAX, Orders, ROW_BYTES_MAX};

use crate::{options, read, try_read};

const HEADER: &str = "order_id,member_id,ordered_at,amount\n";

/// Order, member, instant and amount of each order.
fn rows(orders: &Orders) -> Vec<String> {
    (0..orders.len())
        .map(|position| {
            let row = orders.order(position);
            format!("{} {} {} {}", row.order, row.member.id, row.at, Currency::CNY.format(row.amount))
        })
        .collect()
}

fn error(csv: &[u8]) -> String {
    try_read(csv, &options()).map(|orders| rows(&orders)).unwrap_err().to_string()
}

/// FILE-1
#[test]
fn all_of_these_are_the_same_file() {
    let plain =
        "order_id,member_id,ordered_at,amount\na1,张三,2026-01-01,10.00\na2,li,2026-01-02T08:00:00+08:00,5\n";
    let expected = ["a1 张三 2025-12-31T16:00:00Z 10.00", "a2 li 2026-01-02T00:00:00Z 5.00"];
    for csv in [
        plain.to_owned(),
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{}", plain.replace('\n', "\r\n")),
        plain.trim_end().to_owned(),
        plain.replace('\n', "\n\n\r\n"),
        "amount,ordered_at,member_id,order_id\n10.00,2026-01-01,张三,a1\n5,2026-01-02T00:00:00Z,li,a2".to_owned(),
        "\"order_id\",\"member_id\",\"ordered_at\",\"amount\"\n\"a1\",\"张三\",2026-01-01,\"10.00\"\na2,\"li\",2026-01-02T00:00:00Z,5\n"
            .to_owned(),
        "order_id,member_id,ordered_at,amount\r\n\"a1\",张三,2026-01-01,10.00\r\n\"a2\",li,2026-01-02T00:00:00Z,\"5\"".to_owned(),
        "order_id,member_id,ordered_at,amount,referrer_id,ship_to,refunded_amount,refunded_at\na1,张三,2026-01-01,10.00,,,,\na2,li,2026-01-02T00:00:00Z,5,,,0.00,\n"
            .to_owned(),
    ] {
        assert_eq!(rows(&read(&csv)), expected, "{csv:?}");
    }
}

/// FILE-2
#[test]
fn quotes_hold_commas_quotes_and_lines() {
    let orders = read(&format!("{HEADER}\"a,1\",\"say \"\"hi\"\"\",2026-01-01,1.00\nb,c,2026-01-01,1.00\n"));
    assert_eq!(orders.order(0).order, "a,1");
    assert_eq!(orders.order(0).member.id, "say \"hi\"");
    // A line end inside quotes counts as a line of the file.
    let csv = format!("{HEADER}a,b,2026-01-01,1.00\n\"x\ny\",b,2026-01-01,1.00\n");
    assert_eq!(error(csv.as_bytes()), "orders.csv:3: order_id: the id contains a control character");
    let csv = format!("{HEADER}a,b,2026-01-01,\"1.0\n0\"\nc,b,2026-01-01,1.001\n");
    assert!(error(csv.as_bytes()).starts_with("orders.csv:2: amount: "), "{}", error(csv.as_bytes()));
    let csv =
        format!("{HEADER}a,b,2026-01-01,\"-1.0\"\n\"z\",b,\"2026-01-01\",\"0\"\n\"c\",b,2026-01-01,1.001\n");
    assert!(error(csv.as_bytes()).starts_with("orders.csv:4: amount: "), "{}", error(csv.as_bytes()));
}

/// FILE-3, FILE-4, FILE-8
#[test]
fn every_fault_has_its_place_and_reason() {
    let row = |row: &str| format!("{HEADER}ok,m,2026-01-01,1.00\n{row}\n").into_bytes();
    let wide = |row: &str| {
        let header = "order_id,member_id,ordered_at,amount,referrer_id,ship_to,refunded_amount,refunded_at";
        format!("{header}\n{row}\n").into_bytes()
    };
    let long_id = "x".repeat(ORDER_ID_BYTES_MAX + 1);
    let long_row = format!("{HEADER}a,b,2026-01-01,{}", "1".repeat(ROW_BYTES_MAX + 10));
    let unclosed = format!("{HEADER}\"a,b,2026-01-01,1.00\nc,d,2026-01-01,1.00\n");
    let many = format!("{HEADER}\"a\",{}\n", "b,".repeat(300));
    let cases: Vec<(Vec<u8>, &str)> = vec![
        // The file
        (
            b"".to_vec(),
            "orders.csv: the file is empty; it needs a header with order_id,member_id,ordered_at,amount",
        ),
        (b"\r\n\n".to_vec(), "orders.csv: the file is empty"),
        (HEADER.as_bytes().to_vec(), "orders.csv: a header and no rows"),
        (
            format!("{HEADER}a,b,2026-01-01,0\nb,b,2026-01-01,-1\n").into_bytes(),
            "orders.csv: no orders: all 2 rows are left out; line 2: amount: the amount is zero",
        ),
        // The header
        (b"order_id,member_id,ordered_at\n".to_vec(), "orders.csv:1: column \"amount\" is missing"),
        (
            b"order_id,member_id,ordered_at,amuont\n".to_vec(),
            "orders.csv:1: column \"amuont\" is unknown; nearest known: \"amount\"",
        ),
        (
            b"order_id,member,ordered_at,amount\n".to_vec(),
            "orders.csv:1: column \"member\" is unknown; nearest known: \"member_id\"",
        ),
        (
            b"order_id,member_id,ordered_at,amount,amount\n".to_vec(),
            "orders.csv:1: column \"amount\" stands twice",
        ),
        (b"order_id,member_id,ordered_at,amount,\n".to_vec(), "orders.csv:1: column \"\" is unknown"),
        (b"order_id,\xff,ordered_at,amount\n".to_vec(), "orders.csv:1: the name of column 2 is not UTF-8"),
        (
            b"order_id,member_id,ordered_at,amount,refunded_at\n".to_vec(),
            "orders.csv:1: column \"refunded_amount\" is missing beside \"refunded_at\"",
        ),
        (
            b"order_id,member_id,ordered_at,amount,refunded_amount\n".to_vec(),
            "orders.csv:1: column \"refunded_at\" is missing beside \"refunded_amount\"",
        ),
        // Rows
        (row("a,b,2026-01-01"), "orders.csv:3: 3 fields where the header has 4"),
        (row("a,b,2026-01-01,1.00,"), "orders.csv:3: 5 fields where the header has 4"),
        (unclosed.into_bytes(), "orders.csv:2: 1 fields where the header has 4; is a quote not closed?"),
        (many.into_bytes(), "orders.csv:2: more than 256 fields; is this an order file?"),
        (long_row.into_bytes(), "orders.csv:2: the row is longer than 1048576 bytes; is this a CSV file?"),
        (
            vec![b'x'; ROW_BYTES_MAX + 1],
            "orders.csv:1: the row is longer than 1048576 bytes; is this a CSV file?",
        ),
        // Text
        (
            [row("a,").as_slice(), b"\xe9t\xe9,2026-01-01,1.00\n"].concat(),
            "orders.csv:3: 2 fields where the header has 4",
        ),
        (
            [HEADER.as_bytes(), b"a,caf\xe9,2026-01-01,1.00\n"].concat(),
            "orders.csv:2: member_id: not UTF-8 (byte 0xE9); save the file as UTF-8",
        ),
        (
            [HEADER.as_bytes(), b"\"\xd5\xc5\",b,2026-01-01,1.00\n"].concat(),
            "orders.csv:2: order_id: not UTF-8 (byte 0xD5)",
        ),
        // Ids
        (row(",b,2026-01-01,1.00"), "orders.csv:3: order_id: the id is empty"),
        (row("a, b,2026-01-01,1.00"), "orders.csv:3: member_id: the id has blanks before or after it"),
        (row("a\tb,b,2026-01-01,1.00"), "orders.csv:3: order_id: the id contains a control character"),
        (
            row(&format!("{long_id},b,2026-01-01,1.00")),
            "orders.csv:3: order_id: the id has 121 bytes; at most 120 are allowed",
        ),
        (
            row("ok,b,2026-01-01,1.00"),
            "orders.csv:3: order_id: order \"ok\" is of member \"b\" here and of \"m\" on line 2",
        ),
        // Amounts
        (row("a,b,2026-01-01,"), "orders.csv:3: amount: the amount is missing"),
        (
            row("a,b,2026-01-01,12.345"),
            "orders.csv:3: amount: \"12.345\" is finer than the currency, which has 2 decimals",
        ),
        (row("a,b,2026-01-01,-0.001"), "orders.csv:3: amount: \"-0.001\" is finer than the currency"),
        (row("a,b,2026-01-01,+5"), "orders.csv:3: amount: \"+5\" is not a plain decimal number"),
        (row("a,b,2026-01-01,1e3"), "orders.csv:3: amount: \"1e3\" is not a plain decimal number"),
        (
            row("a,b,2026-01-01,1\u{a0}234.56"),
            "orders.csv:3: amount: \"1[no-break space (U+00A0)]234.56\" is not a plain decimal number",
        ),
        (row("a,b,2026-01-01,¥5"), "orders.csv:3: amount: \"¥5\" is not a plain decimal number"),
        (row("a,b,2026-01-01,1.000.000"), "orders.csv:3: amount: \"1.000.000\" is"),
        (row("a,b,2026-01-01,--1"), "orders.csv:3: amount: \"--1\" is not a plain decimal number"),
        (
            row("a,b,2026-01-01,100000000000.01"),
            "orders.csv:3: amount: \"100000000000.01\" is larger than an amount may be",
        ),
        (
            row("a,b,2026-01-01,99999999999999999999999999999999999999999999999"),
            "orders.csv:3: amount: \"9999999999999999999999999999999999999999…\" is larger than an amount may be",
        ),
        // Times
        (row("a,b,,1.00"), "orders.csv:3: ordered_at: the time is missing"),
        (
            row("a,b,01/02/2026,1.00"),
            "orders.csv:3: ordered_at: \"01/02/2026\" is neither a date such as 2026-01-31 nor RFC 3339",
        ),
        (row("a,b,2026-02-30,1.00"), "orders.csv:3: ordered_at: \"2026-02-30\" is not a day of the calendar"),
        (row("a,b,2026-01-01 10:00:00,1.00"), "orders.csv:3: ordered_at: \"2026-01-01 10:00:00\" is neither"),
        (
            row("a,b,1969-12-31,1.00"),
            "orders.csv:3: ordered_at: \"1969-12-31\" is outside 1970-01-01 to 9999-12-30",
        ),
        (
            row("a,b,9999-12-31T23:00:00Z,1.00"),
            "orders.csv:3: ordered_at: \"9999-12-31T23:00:00Z\" is outside",
        ),
        // Referrers, addresses, refunds
        (
            wide("a,b,2026-01-01,1.00,,Beijing,,"),
            "orders.csv:2: ship_to: \"Beijing\" is not a six-digit GB/T 2260 code",
        ),
        (
            wide("a,b,2026-01-01,1.00,,,1.01,2026-01-02"),
            "orders.csv:2: refunded_amount: 1.01 is refunded of an order of 1.00",
        ),
        (
            wide("a,b,2026-01-01,1.00,,,-1.00,2026-01-02"),
            "orders.csv:2: refunded_amount: the amount is negative",
        ),
        (wide("a,b,2026-01-01,1.00,,,1.001,2026-01-02"), "orders.csv:2: refunded_amount: \"1.001\" is finer"),
        (wide("a,b,2026-01-01,1.00,,,1.00,"), "orders.csv:2: refunded_at: the time is missing"),
        (
            wide("a,b,2026-01-01,1.00,,,,2026-01-02"),
            "orders.csv:2: refunded_amount: the amount is missing beside refunded_at",
        ),
        (
            wide("a,b,2026-01-02,1.00,,,1.00,2026-01-01"),
            "orders.csv:2: refunded_at: \"2026-01-01\" is before the order",
        ),
        (
            wide("a,b,2026-01-02T10:00:00Z,1.00,,,1.00,2026-01-02T09:59:59Z"),
            "orders.csv:2: refunded_at: \"2026-01-02T09:59:59Z\" is before the order",
        ),
    ];
    for (csv, expected) in cases {
        let error = error(&csv);
        assert!(error.starts_with(expected), "expected {expected}\n     got {error}");
    }
}

#[test]
fn the_first_fault_of_the_file_is_reported() {
    // The other member is found later than the bad amount, when the batch is looked up.
    let csv = format!("{HEADER}a,b,2026-01-01,1.00\na,c,2026-01-01,1.00\nc,b,2026-01-01,x\n");
    assert!(error(csv.as_bytes()).starts_with("orders.csv:3: order_id: order \"a\" is of member \"c\""));
    let csv = format!("{HEADER}a,b,2026-01-01,1.00\nc,b,2026-01-01,x\na,c,2026-01-01,1.00\n");
    assert!(error(csv.as_bytes()).starts_with("orders.csv:3: amount"));
}

#[test]
fn repeated_order_ids_are_found_wherever_they_stand() {
    for (ids, expected) in [
        // Counting up, by length and then by alphabet, never repeats.
        (&["a", "b", "c", "aa", "ab"][..], None),
        (&["8", "9", "10", "11"], None),
        (&["a", "a"], Some((3, 2))),
        (&["a", "b", "c", "b"], Some((5, 3))),
        (&["c", "b", "a", "c"], Some((5, 2))),
        (&["x", "a", "b", "c", "a"], Some((6, 3))),
        (&["aa", "b", "aa"], Some((4, 2))),
        (&["b", "a", "x", "y", "z", "y"], Some((7, 5))),
    ] {
        let rows: Vec<String> =
            ids.iter().enumerate().map(|(at, id)| format!("{id},m{at},2026-01-01,1.00\n")).collect();
        let read = try_read(format!("{HEADER}{}", rows.concat()).as_bytes(), &options());
        match expected {
            None => assert_eq!(read.unwrap().len(), ids.len(), "{ids:?}"),
            Some((line, earlier)) => {
                let error = read.unwrap_err();
                assert_eq!(error.line, Some(line), "{ids:?}");
                assert!(error.to_string().ends_with(&format!(" on line {earlier}")), "{error}");
            }
        }
    }
}

#[test]
fn files_that_cannot_be_read() {
    let missing = std::path::Path::new("no/such/orders.csv");
    let error = Orders::read(missing, &options(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.starts_with("no/such/orders.csv: cannot be read: "), "{error}");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let error = Orders::read(folder, &options(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains(": cannot be read: "), "{error}");
}

/// FILE-5
#[test]
fn rows_that_are_no_orders_are_skipped_and_listed() {
    let csv = format!(
        "{HEADER}a,m,2026-01-01,1.00\na,m,2026-01-02,-1.00\n,,,0\nb,m,2026-01-03,0.00\n\"c\",m,x,\"-0\"\nd,n,2026-01-03,2.00\n"
    );
    let orders = read(&csv);
    assert_eq!(orders.len(), 2);
    // What they say otherwise does not matter, and their members do not exist.
    assert_eq!(orders.member_count(), 2);
    let skipped: Vec<_> = orders
        .found
        .skipped
        .iter()
        .map(|(line, fault, row)| (line, fault.reason.to_string(), std::str::from_utf8(row).unwrap()))
        .collect();
    assert_eq!(
        skipped,
        [
            (3, "the amount is negative".to_owned(), "a,m,2026-01-02,-1.00"),
            (4, "the amount is zero".to_owned(), ",,,0"),
            (5, "the amount is zero".to_owned(), "b,m,2026-01-03,0.00"),
            (6, "the amount is zero".to_owned(), "\"c\",m,x,\"-0\""),
        ]
    );
}

/// FILE-7
#[test]
fn bad_rows_are_set_aside_on_request() {
    let csv = format!(
        "{HEADER}a,m,2026-01-01,1.00\na,l,2026-01-02,2.00\nb,m,2026-01-03,1.005\nc,m\nd,n,2026-01-03,2.00\n"
    );
    let options = ratchet_sim::orders::ReadOptions { skip_bad_rows: true, ..options() };
    let orders = try_read(csv.as_bytes(), &options).unwrap();
    assert_eq!(rows(&orders).len(), 2);
    let bad: Vec<_> = orders
        .found
        .bad
        .iter()
        .map(|(line, fault, row)| (line, fault.column, std::str::from_utf8(row).unwrap()))
        .collect();
    assert_eq!(
        bad,
        [
            (3, Some("order_id"), "a,l,2026-01-02,2.00"),
            (4, Some("amount"), "b,m,2026-01-03,1.005"),
            (5, None, "c,m"),
        ]
    );
    // A broken header is no bad row.
    assert!(try_read(b"order_id,member_id\n", &options).is_err());
}

/// FILE-6
#[test]
fn a_refund_of_which_only_the_day_is_known_follows_the_order() {
    let orders = read(
        "order_id,member_id,ordered_at,amount,refunded_amount,refunded_at\n\
         a,m,2026-01-05T10:00:00+08:00,9.00,4.00,2026-01-05\n",
    );
    assert_eq!(orders.order(0).refund.unwrap().0, orders.order(0).at);
}

#[test]
fn long_files_with_odd_reads() {
    /// Gives a few bytes at a time, so that rows are cut anywhere.
    struct Drip<'a>(&'a [u8], usize);
    impl std::io::Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1 = self.1 % 11 + 1;
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }
    let mut csv = HEADER.to_owned();
    for number in 0..20_000 {
        let quote = if number % 3 == 0 { "\"" } else { "" };
        let end = if number % 5 == 0 { "\r\n" } else { "\n" };
        csv += &format!("{quote}o{number}{quote},m{},2026-01-01,{number}.01{end}", number % 700);
    }
    let whole = read(&csv);
    let drip = Drip(csv.as_bytes(), 0);
    let dripped = Orders::read_from(drip, "orders.csv", 0, &options(), &mut |_| {}).unwrap();
    assert_eq!(whole.len(), 20_000);
    assert_eq!(whole.member_count(), 700);
    assert_eq!(rows(&whole), rows(&dripped));
    assert_eq!(whole.order(19_999).line, 20_001);
}
