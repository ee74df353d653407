//! Ranks through the library (RANK-1 to RANK-3, NET-3).

#![expect(clippy::inconsistent_digit_grouping, reason = "amounts are in fen, written as yuan_fen")]

use ratchet_engine::event::Event;
use ratchet_engine::plan::Plan;

use crate::daily::Shop;

const SPLIT: &str = "cost = \"30%\"\ncommission = \"30%\"\n";

fn rank(id: &str, volume: u32, rest: &str) -> String {
    format!(
        "[[rank]]\nid = \"{id}\"\nname = {{ zh = \"级\", en = \"Rank\" }}\nvolume = \"{volume}\"\nrate = \"5%\"\n{rest}\n"
    )
}

fn ranks_of(shop: &Shop, members: &[&str]) -> Vec<Option<usize>> {
    members.iter().map(|member| shop.member(member).rank).collect()
}

/// RANK-1, RANK-2: legs contain the rank at any depth, head included; ranks of the same pass count; the evidence is
/// recorded; the new rank counts from the next payment; who joined since has none.
#[test]
fn rank_2_legs_of_the_same_pass_and_their_evidence() {
    let ladder = [rank("star", 100, ""), rank("silver", 200, "legs = 2\nleg_rank = \"star\"")].concat();
    let mut shop = Shop::new(&format!("{SPLIT}[commission]\n[commission.differential]\n{ladder}"));
    for (member, referrer) in [
        ("top", None),
        ("left", Some("top")),
        ("right", Some("top")),
        ("deep", Some("right")),
        ("l", Some("left")),
        ("d", Some("deep")),
    ] {
        shop.join(member, referrer);
    }
    shop.buy("o1", "l", "100.00");
    shop.buy("o2", "d", "99.99");
    assert_eq!(ranks_of(&shop, &["top", "left"]), [None, None], "nothing before the close of the day");
    shop.pay("early", "l", "100.00", "");
    shop.next_day();
    // `deep` and `right` are a fen short; `top` has only one leg.
    assert_eq!(ranks_of(&shop, &["top", "left", "right", "deep", "l"]), [Some(0), Some(0), None, None, None]);
    assert_eq!(shop.member("top").team_volume.minor(), 199_99);
    assert_eq!(shop.engine.order_commissions("early"), []);
    shop.buy("o3", "d", "0.01");
    shop.next_day();
    assert_eq!(
        ranks_of(&shop, &["top", "left", "right", "deep", "d"]),
        [Some(1), Some(0), Some(0), Some(0), None]
    );
    let changes = shop.events.iter().filter_map(|event| match event {
        Event::RanksChanged { changes } => Some(changes.clone()),
        _ => None,
    });
    let changes: Vec<_> = changes.collect();
    let evidence: Vec<_> = changes[1]
        .iter()
        .map(|change| (change.from, change.to, change.team_volume.minor(), change.legs.clone()))
        .collect();
    assert_eq!(evidence, [(1, 2, 200_00, vec![2]), (0, 1, 100_00, vec![1]), (0, 1, 100_00, vec![0])]);
    // A day without settlement closes nothing.
    let closes = shop.closes;
    shop.next_day();
    assert_eq!((shop.closes, shop.engine.next_due()), (closes, None));
    shop.audit();
}

/// RANK-2a: a rank without conditions is everybody's after the next close, and nobody's before.
#[test]
fn rank_2a_who_joined_since_has_no_rank() {
    let mut shop = Shop::new(&format!("{SPLIT}{}", rank("all", 0, "")));
    shop.join("a", None);
    shop.buy("o", "b", "1.00");
    shop.next_day();
    shop.join("c", None);
    assert_eq!(ranks_of(&shop, &["a", "b", "c"]), [Some(0), Some(0), None]);
}

/// RANK-1a, RANK-2: small legs, a window, late refunds, demotion.
#[test]
fn rank_1a_small_legs_window_and_demotion() {
    let ranking =
        "[ranking]\nvolume = \"small_legs\"\ninclude_self = true\nwindow_days = 2\ndemotion = true\n";
    let mut shop = Shop::new(&format!("{SPLIT}{ranking}{}", rank("star", 100, "")));
    shop.join("top", None);
    for member in ["a", "b"] {
        shop.join(member, Some("top"));
    }
    shop.buy("own", "top", "30.00");
    shop.buy("oa", "a", "500.00");
    shop.buy("ob", "b", "80.00");
    shop.next_day();
    // 30 + 580 less the largest leg.
    assert_eq!((shop.member("top").team_volume.minor(), shop.member("top").rank), (110_00, Some(0)));
    assert_eq!(shop.member("a").rank, Some(0), "its own 500");
    shop.refund("ob", "20.00");
    shop.buy("o1", "top", "1.00");
    shop.next_day();
    assert_eq!((shop.member("top").team_volume.minor(), shop.member("top").rank), (91_00, None));
    assert_eq!(shop.member("a").rank, Some(0));
    // The first day is past the window: its lines, and refunds of them, count no more.
    shop.refund("oa", "100.00");
    shop.buy("o2", "b", "7.00");
    shop.next_day();
    assert_eq!((shop.member("top").team_volume.minor(), shop.member("a").rank), (1_00, None));
    assert_eq!(shop.member("a").own_volume.minor(), 400_00);
    shop.audit();

    // RANK-2: without demotion a rank is kept, and counts for others.
    let ladder = [rank("star", 100, ""), rank("silver", 100, "legs = 1\nleg_rank = \"star\"")].concat();
    let mut shop = Shop::new(&format!("{SPLIT}{ladder}"));
    for (member, referrer) in [("top", None), ("mid", Some("top")), ("low", Some("mid"))] {
        shop.join(member, referrer);
    }
    shop.buy("o", "low", "100.00");
    shop.next_day();
    shop.refund("o", "100.00");
    shop.buy("p", "low", "1.00");
    shop.next_day();
    assert_eq!(ranks_of(&shop, &["top", "mid", "low"]), [Some(1), Some(0), None]);
    assert_eq!(shop.member("top").team_volume.minor(), 1_00);
}

/// NET-3, NET-3a: with `purchased` only who had bought at the last close earns, also in a plan without ranks.
#[test]
fn net_3_purchased_members_earn() {
    let mut shop = Shop::new(&format!(
        "{SPLIT}[commission]\nqualified = \"purchased\"\n[commission.direct]\nrate = \"10%\"\n"
    ));
    shop.join("a", None);
    shop.join("b", Some("a"));
    let mut number = 0;
    let mut earns = |shop: &mut Shop| {
        number += 1;
        shop.buy(&format!("o{number}"), "b", "1.00");
        !shop.engine.order_commissions(&format!("o{number}")).is_empty()
    };
    assert!(!earns(&mut shop));
    shop.buy("own", "a", "50.00");
    assert!(!earns(&mut shop), "not before the close");
    shop.next_day();
    assert!(earns(&mut shop));
    shop.ok("member.suspend", r#""member":"a","reason":"x""#);
    assert!(!earns(&mut shop));
    shop.ok("member.resume", r#""member":"a""#);
    shop.refund("own", "50.00");
    assert!(earns(&mut shop), "until the next close");
    shop.next_day();
    assert!(!earns(&mut shop));
    shop.audit();
}

/// RANK-3: the ladder of the preset.
#[test]
fn rank_3_the_ladder_of_the_preset() {
    let source = include_str!("../../../../plans/shared-purchase.toml");
    let plan = Plan::parse("shared-purchase.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
    let ladder: Vec<_> = plan
        .ranks
        .iter()
        .map(|rank| {
            (
                rank.volume.minor() / 100,
                rank.rate.ppm() / 10_000,
                rank.legs.map(|legs| (legs.count, legs.rank)),
            )
        })
        .collect();
    assert_eq!(
        ladder,
        [
            (150_000, 9, None),
            (1_200_000, 11, None),
            (4_500_000, 15, None),
            (15_000_000, 18, Some((3, 2))),
            (50_000_000, 20, Some((3, 3))),
            (150_000_000, 21, Some((3, 4))),
        ]
    );
}

/// EMIT-3, MERCH-3 use ranks too: the shares of a rank go to its members, and accrue by the rank a member had.
#[test]
fn rank_2_shares_of_ranks_follow_the_rank() {
    let ladder =
        [rank("star", 100, "tip_rate = \"10%\""), rank("silver", 1_000, "tip_rate = \"20%\"")].concat();
    let mut shop = Shop::new(&format!(
        "cost = \"30%\"\n[value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [36500]\ncap = 36500\ntail = \"none\"\nfirst_price = \"1000\"\n[emission.ranks]\nstar = \"10%\"\nsilver = \"20%\"\n{ladder}"
    ));
    shop.join("top", None);
    shop.join("b", Some("top"));
    shop.buy("o", "b", "100.00");
    shop.next_day();
    // Ranks are found before the day's emission: 10 of 100 points.
    assert_eq!(shop.member("top").emission_points.to_string(), "10");
    shop.buy("p", "b", "900.00");
    shop.next_day();
    assert_eq!(
        (shop.member("top").rank, shop.member("top").emission_points.to_string()),
        (Some(1), "30".to_owned())
    );
    shop.next_day();
    assert_eq!(shop.member("top").emission_points.to_string(), "50");
    shop.audit();
}
