//! Generated histories: the same bytes for ever, and in every respect valid.

use std::collections::HashSet;

use ratchet_engine::amount::Rate;
use ratchet_engine::time::Day;
use ratchet_sim::generate::{self, Options};

use crate::read;

fn text(options: &Options) -> String {
    let mut csv = Vec::new();
    generate::orders(options, &mut csv, &mut |_| {}).unwrap();
    String::from_utf8(csv).unwrap()
}

/// FNV-1a, to tell two texts apart.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// GEN-1
#[test]
fn the_bytes_of_a_seed_never_change() {
    let csv = text(&Options::new(20_000, 1));
    assert_eq!(format!("{:016x}", hash(&csv)), "d9053e7610ac9017");
    assert_ne!(hash(&csv), hash(&text(&Options::new(20_000, 2))));
}

/// GEN-2
#[test]
fn what_was_asked_for_is_there() {
    let options = Options {
        members: Some(700),
        days: 90,
        start: Day::parse("2024-02-01").unwrap(),
        refunds: Rate::from_ppm(100_000),
        ..Options::new(5_000, 3)
    };
    let csv = text(&options);
    let orders = read(&csv);
    assert_eq!(orders.len(), 5_000);
    assert!(orders.was_sorted);
    assert!(orders.found.skipped.is_empty());
    let buyers: HashSet<u32> =
        (0..orders.len()).map(|position| orders.order(position).member.number).collect();
    assert_eq!(buyers.len(), 700);
    assert_eq!(orders.member_count(), 700);
    assert!((400..600).contains(&orders.found.refunds), "{}", orders.found.refunds);
    assert!(csv.lines().nth(1).unwrap().contains(",2024-02-01T"));
    assert!(csv.lines().last().unwrap().contains(",2024-04-30T"));
}

#[test]
fn spending_has_a_heavy_tail_and_buyers_come_again() {
    let orders = read(&text(&Options::new(30_000, 8)));
    let mut amounts: Vec<i64> =
        (0..orders.len()).map(|position| orders.order(position).amount.minor()).collect();
    amounts.sort_unstable();
    let at = |percent: usize| amounts[amounts.len() * percent / 100];
    assert!((8_000..16_000).contains(&at(50)), "{}", at(50));
    assert!(at(99) > 5 * at(50), "{} {}", at(99), at(50));
    let mut counts = vec![0_u32; orders.member_count()];
    for position in 0..orders.len() {
        counts[orders.order(position).member.number as usize] += 1;
    }
    let once = counts.iter().filter(|count| **count == 1).count();
    assert!(once * 100 > counts.len() * 40 && once * 100 < counts.len() * 70, "{once} of {}", counts.len());
    assert!(counts.iter().max() > Some(&50));
}

#[test]
fn edges() {
    assert_eq!(text(&Options { days: 1, ..Options::new(1, 1) }).lines().count(), 2);
    let everybody_new = Options { members: Some(50), ..Options::new(50, 1) };
    assert_eq!(read(&text(&everybody_new)).member_count(), 50);
    for (options, reason) in [
        (Options::new(0, 1), "orders"),
        (Options::new(100_000_001, 1), "orders"),
        (Options { members: Some(0), ..Options::new(5, 1) }, "members"),
        (Options { members: Some(6), ..Options::new(5, 1) }, "members"),
        (Options { days: 0, ..Options::new(5, 1) }, "days"),
        (Options { start: Day::parse("1970-01-01").unwrap(), ..Options::new(5, 1) }, "start"),
        (Options { start: Day::parse("9999-12-20").unwrap(), ..Options::new(5, 1) }, "start"),
        (Options { refunds: Rate::from_ppm(1_000_001), ..Options::new(5, 1) }, "rates"),
    ] {
        let error = generate::orders(&options, &mut Vec::new(), &mut |_| {}).unwrap_err().to_string();
        assert!(error.starts_with(reason), "{reason}: {error}");
    }
    // Ten years of doubling every month do not overflow.
    let boom = Options { days: 3_660, growth: Rate::ONE, ..Options::new(2_000, 1) };
    assert_eq!(read(&text(&boom)).len(), 2_000);
}
