//! PROMO-5b, PROMO-5c, BOX-3: golden numbers, and frequencies that are those published.

use super::odds::Odds;
use super::{Numbers, entries_hash, item, winners};
use crate::hash::Hash32;

fn numbers(draw: u64) -> Numbers {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&draw.to_be_bytes());
    Numbers::new(Hash32::new(seed), entries_hash(["o1"]))
}

/// Σ (seen − expected)² / expected, times 1,000, rounded up: expected is `share/total` of `draws`.
fn chi_square_milli(seen: &[u64], shares: &[u64]) -> u64 {
    let (draws, total): (u64, u64) = (seen.iter().sum(), shares.iter().sum());
    let (draws, total) = (u128::from(draws), u128::from(total));
    let terms = seen.iter().zip(shares).map(|(seen, share)| {
        let expected = draws * u128::from(*share);
        let difference = (u128::from(*seen) * total).abs_diff(expected);
        (difference * difference * 1_000).div_ceil(expected * total)
    });
    u64::try_from(terms.sum::<u128>()).expect("a statistic is small")
}

/// PROMO-5b: numbers that anybody can compute: the first block of an all-zero seed and the entry `o1`.
#[test]
fn golden_numbers() {
    let entries = entries_hash(["o1"]);
    assert_eq!(entries, Hash32::of(b"o1\n"));
    assert_eq!(entries_hash(["o1", "o2"]), Hash32::of(b"o1\no2\n"));
    let mut block = Vec::new();
    block.extend_from_slice(&[0; 32]);
    block.extend_from_slice(entries.bytes());
    block.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
    let second = Hash32::of(&block);
    let mut numbers = numbers(0);
    for _ in 0..4 {
        numbers.next_number();
    }
    let first_of_second: [u8; 8] = second.bytes()[..8].try_into().expect("eight bytes");
    assert_eq!(numbers.next_number(), u64::from_be_bytes(first_of_second));
}

/// PROMO-5b: a number at or above the largest multiple of `n` is passed over.
#[test]
fn numbers_are_drawn_by_rejection() {
    // Half of all numbers and one more are passed over.
    let n = (1 << 63) + 1;
    let (mut plain, mut drawn) = (numbers(1), numbers(1));
    for _ in 0..1_000 {
        let number = drawn.below(n);
        let expected = loop {
            let number = plain.next_number();
            if number < n {
                break number;
            }
        };
        assert_eq!(number, expected);
    }
    assert_eq!(numbers(2).below(1), 0);
    assert_eq!(numbers(3).below(1 << 32), numbers(3).next_number() % (1 << 32));
}

/// PROMO-5c: all of the entries win where as many are drawn, and nobody twice.
#[test]
fn winners_are_without_replacement() {
    for draw in 0..200 {
        let mut all = winners(&mut numbers(draw), 9, 9);
        assert_eq!(winners(&mut numbers(draw), 9, 4), all[..4]);
        all.sort_unstable();
        assert_eq!(all, (0..9).collect::<Vec<_>>());
    }
    assert_eq!(winners(&mut numbers(0), 3, 5).len(), 3);
}

/// PROMO-5c: every pair of winners, in order, is as likely as any other: χ² over 10⁶ draws, 19 degrees of freedom, below the
/// value that chance passes once in 10,000 times.
#[test]
fn winners_have_the_published_odds() {
    let mut seen = [[0_u64; 5]; 5];
    for draw in 0..1_000_000 {
        let drawn = winners(&mut numbers(draw), 5, 2);
        let place = |at: usize| usize::try_from(drawn[at]).expect("small");
        seen[place(0)][place(1)] += 1;
    }
    let pairs: Vec<u64> =
        (0..25).filter(|pair| pair / 5 != pair % 5).map(|pair| seen[pair / 5][pair % 5]).collect();
    assert!((0..5).all(|same| seen[same][same] == 0));
    let statistic = chi_square_milli(&pairs, &[1; 20]);
    assert!(statistic < 50_800, "{statistic}");
}

/// BOX-3: items come in proportion to their weights, and one that has run out never: χ² over 10⁶ draws, 3 degrees of freedom.
#[test]
fn items_have_the_published_odds() {
    let weights = [1, 9, 0, 40, 150];
    let mut seen = [0_u64; 5];
    for draw in 0..1_000_000 {
        seen[item(&mut numbers(draw), &weights, false).expect("something is left")] += 1;
    }
    assert_eq!(seen[2], 0);
    let statistic = chi_square_milli(&[seen[0], seen[1], seen[3], seen[4]], &[1, 9, 40, 150]);
    assert!(statistic < 21_100, "{statistic}");
    assert_eq!(item(&mut numbers(0), &[0, 0], false), None);
}

/// BOX-3: with pity the top item's share of 10⁶ draws of one member is the published one: within five standard deviations of
/// it, in whole numbers; and with pity due no number is drawn.
#[test]
fn pity_has_the_published_share() {
    for (weights, pity) in [([1_u32, 99], 49_u32), ([1, 9], 4), ([3, 7], 1), ([1, 999], 89)] {
        let total = u64::from(weights[0] + weights[1]);
        let odds = Odds { weight: u64::from(weights[0]), total, pity: Some(pity) };
        let (mut misses, mut top) = (0, 0_u64);
        let draws = 1_000_000_u64;
        for draw in 0..draws {
            let drawn = item(&mut numbers(draw), &weights, misses >= pity).expect("something is left");
            if drawn == 0 {
                (misses, top) = (0, top + 1);
            } else {
                misses += 1;
            }
        }
        let expected = odds.share(draws);
        let difference = u128::from(top.abs_diff(expected));
        // Variance of a count of renewals is below that of independent draws, n·p·(1 − p), where cycles are cut short.
        let variance = u128::from(expected) * u128::from(draws - expected) / u128::from(draws);
        assert!(difference * difference <= 25 * variance, "{weights:?} {pity}: {top}, published {expected}");
        // And it is not the share without pity.
        let without = draws * u64::from(weights[0]) / total;
        assert!(top > without + without / 20, "{top} and {without}");
    }
    let mut unused = numbers(5);
    assert_eq!(item(&mut unused, &[1, 9], true), Some(0));
    assert_eq!(unused.next_number(), numbers(5).next_number());
    // The top item has run out: pity cannot give it, a number decides.
    assert_eq!(item(&mut numbers(5), &[0, 9], true), Some(1));
}

/// BOX-3: exact fractions and their decimals.
#[test]
fn odds_are_exact() {
    let odds = |weight, total, pity| Odds { weight, total, pity };
    assert_eq!(odds(2, 10, None).exact(), Some((1, 5)));
    // One half, pity 1: every second draw at the latest: 1/2 ÷ (1 − 1/4) = 2/3.
    assert_eq!(odds(1, 2, Some(1)).exact(), Some((2, 3)));
    assert_eq!(odds(1, 2, Some(1)).share(1_000_000), 666_666);
    // 1/10 ÷ (1 − 0.9⁵) = 10,000 / 40,951.
    assert_eq!(odds(1, 10, Some(4)).exact(), Some((10_000, 40_951)));
    assert_eq!(odds(1, 10, Some(4)).share(1_000_000_000_000), 244_194_280_969);
    assert_eq!(odds(1, 100, Some(89)).exact(), None);
    // 0.01 ÷ (1 − 0.99⁹⁰) = 0.016 799 155 …
    assert_eq!(odds(1, 100, Some(89)).share(1_000_000), 16_799);
    assert_eq!(odds(1, 1, Some(5)).exact(), Some((1, 1)));
    assert_eq!(odds(7, 7, None).share(1_000_000), 1_000_000);
    // With a pity that is never reached nothing changes.
    assert_eq!(odds(1, 2, Some(1_000_000)).share(1_000_000), 500_000);
}
