//! Classes of articles, and what orders earn by them (CAT-7, COMM-10).

use ratchet_engine::commission::{ClassEntitlements, CommissionKind, EntitlementRates};
use ratchet_engine::event::Event;

use crate::daily::Shop;

/// A commission leg of 60 %, direct 10 % and of class `b` 50 %.
const HALF: &str = "cost = \"30%\"\ncommission = \"60%\"\n[commission.direct]\nrate = \"10%\"\n\
    [[class]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n[[class]]\nid = \"b\"\nname = { zh = \"乙\", en = \"B\" }\n\
    [[commission.rate]]\nclass = \"b\"\ndirect = \"50%\"\n";

fn pay(shop: &mut Shop, order: &str, rest: &str, lines: &[(&str, &str)]) {
    let lines: Vec<String> = (1..)
        .zip(lines)
        .map(|(line, (amount, class))| {
            let class = if class.is_empty() { String::new() } else { format!(r#","class":"{class}""#) };
            format!(r#"{{"line":"{line}","amount":"{amount}"{class}}}"#)
        })
        .collect();
    let lines = lines.join(",");
    shop.ok("order.pay", &format!(r#""order":"{order}","member":"b"{rest},"lines":[{lines}]"#));
}

fn refund(shop: &mut Shop, order: &str, line: &str, amount: &str) {
    let refund = format!("x{}", shop.events.len());
    shop.ok(
        "order.refund",
        &format!(
            r#""refund":"{refund}","order":"{order}","lines":[{{"line":"{line}","amount":"{amount}"}}]"#
        ),
    );
}

/// What an order comes to for others, in the order of payment.
fn earned(shop: &Shop, order: &str) -> Vec<(CommissionKind, String, i64)> {
    let names: Vec<String> = shop.engine.members().map(|member| member.id.to_owned()).collect();
    let commissions = shop.engine.order_commissions(order).into_iter();
    commissions.map(|paid| (paid.kind, names[paid.member.index()].clone(), paid.amount.minor())).collect()
}

/// The rates by class that the last payment recorded.
fn recorded(shop: &Shop) -> Vec<ClassEntitlements> {
    let found = shop.events.iter().rev().find_map(|event| match event {
        Event::CommissionEntitlementsRecorded { by_class, .. } => Some(by_class.clone()),
        _ => None,
    });
    found.expect("an order was paid")
}

/// COMM-10: 10 % on all, 50 % on class B; 20.00 and 30.00 of B bring the referrer 2.00 + 15.00. A partial refund of the line of B
/// takes back its part alone, before the settlement and after it.
#[test]
fn comm_10_the_class_of_the_line_decides() {
    for late in [false, true] {
        let mut shop = Shop::new(HALF);
        shop.join("u", None);
        shop.join("b", Some("u"));
        pay(&mut shop, "o", "", &[("20.00", ""), ("30.00", "b")]);
        let direct = |amount| vec![(CommissionKind::Direct, "u".to_owned(), amount)];
        assert_eq!(earned(&shop, "o"), direct(17_00));
        let half = EntitlementRates { rate_ppm: 500_000, paid_below_ppm: 0 };
        assert_eq!(recorded(&shop), [ClassEntitlements { class: 1, rates: vec![half] }]);
        if late {
            shop.receive("o");
            assert_eq!(shop.wallets("u").0, 17_00);
        }
        refund(&mut shop, "o", "2", "10.00");
        assert_eq!(earned(&shop, "o"), direct(12_00));
        refund(&mut shop, "o", "1", "5.00");
        assert_eq!(earned(&shop, "o"), direct(11_50));
        refund(&mut shop, "o", "2", "20.00");
        assert_eq!(earned(&shop, "o"), direct(1_50));
        if !late {
            shop.receive("o");
        }
        assert_eq!(shop.wallets("u").0, 1_50);
        shop.audit();
    }
}

/// COMM-10a: an order of one class, or of classes without rates, has nothing beside its entitlements.
#[test]
fn comm_10a_one_class_needs_no_table() {
    let mut shop = Shop::new(HALF);
    shop.join("u", None);
    shop.join("b", Some("u"));
    let orders: [(&[(&str, &str)], i64); 3] = [
        (&[("30.00", "b"), ("10.00", "b")], 20_00),
        (&[("30.00", "a"), ("10.00", "")], 4_00),
        (&[("30.00", "a")], 3_00),
    ];
    for (number, (lines, amount)) in orders.into_iter().enumerate() {
        let order = format!("o{number}");
        pay(&mut shop, &order, "", lines);
        assert_eq!(earned(&shop, &order), [(CommissionKind::Direct, "u".to_owned(), amount)]);
        assert_eq!(recorded(&shop), []);
    }
    // A line without rates of its own makes the general ones those of the items, wherever it stands.
    pay(&mut shop, "mixed", "", &[("30.00", "b"), ("10.00", "a")]);
    assert_eq!(earned(&shop, "mixed"), [(CommissionKind::Direct, "u".to_owned(), 16_00)]);
    assert_eq!(recorded(&shop).len(), 1);
    shop.audit();
}

/// COMM-2, COMM-3, COMM-4 by class: differentials, their peers, and agents by difference, each class by itself; what the cap lets
/// out is used up by kind, then by distance, then by line (COMM-6).
#[test]
fn comm_10_ranks_peers_and_agents() {
    let plan = |cap: &str, base: &str| {
        let rank = |id: &str, volume: &str, rate: &str| {
            format!(
                "[[rank]]\nid = \"{id}\"\nname = {{ zh = \"级\", en = \"Rank\" }}\nvolume = \"{volume}\"\nrate = \"{rate}\"\n"
            )
        };
        format!(
            "cost = \"20%\"\ncommission = \"70%\"\n[commission]\ncap = \"{cap}\"\n[commission.differential]\n\
             [commission.peer]\nrates = [\"10%\"]\nbase = \"{base}\"\n[commission.regional]\ndistrict = \"1%\"\n\
             city = \"2%\"\nprovince = \"3%\"\nmode = \"differential\"\n[[commission.rate]]\nclass = \"b\"\n\
             district = \"2%\"\ncity = \"2%\"\nprovince = \"10%\"\n\
             ranks = {{ one = \"20%\", two = \"20%\", three = \"30%\" }}\n\
             [[class]]\nid = \"b\"\nname = {{ zh = \"乙\", en = \"B\" }}\n{}{}{}",
            rank("one", "100", "9%"),
            rank("two", "200", "15%"),
            rank("three", "300", "18%"),
        )
    };
    let shop = |cap: &str, base: &str| {
        let mut shop = Shop::new(&plan(cap, base));
        // Near to far: ranks one, two, two, three, three; each by a leg of its own.
        let ranks = [1, 2, 2, 3, 3];
        for number in (1..=ranks.len()).rev() {
            shop.join(&format!("u{number}"), None);
        }
        for (number, rank) in (1..).zip(ranks) {
            shop.join(&format!("h{number}"), Some(&format!("u{number}")));
            shop.buy(&format!("h{number}"), &format!("h{number}"), &format!("{rank}00.00"));
        }
        shop.next_day();
        for number in 1..ranks.len() {
            shop.ok("member.bind", &format!(r#""member":"u{number}","referrer":"u{}""#, number + 1));
        }
        shop.join("b", Some("u1"));
        for (member, territory, level) in
            [("h1", "330106", "district"), ("h2", "330100", "city"), ("h3", "330000", "province")]
        {
            let fields = format!(r#""member":"{member}","territory":"{territory}","level":"{level}""#);
            shop.ok("agent.appoint", &fields);
        }
        pay(&mut shop, "o", r#","ship_to":"330106""#, &[("100.00", ""), ("100.00", "b")]);
        shop
    };
    let named = |expected: &[(CommissionKind, &str, i64)]| {
        expected.iter().map(|(kind, name, amount)| (*kind, (*name).to_owned(), *amount)).collect::<Vec<_>>()
    };
    use CommissionKind::{City, Differential, District, Peer, Province};
    let mut whole = shop("70%", "differential");
    let expected = named(&[
        // 9 and 20 %; 6 % and nothing; 3 and 10 %.
        (Differential, "u1", 29_00),
        (Differential, "u2", 6_00),
        (Differential, "u4", 13_00),
        // Of u2's 6.00, which are of the first line alone; of u4's 3.00 and 10.00.
        (Peer, "u3", 60),
        (Peer, "u5", 1_30),
        // 1 and 2 %; 1 % and nothing; 1 and 8 %.
        (District, "h1", 3_00),
        (City, "h2", 1_00),
        (Province, "h3", 9_00),
    ]);
    assert_eq!(earned(&whole, "o"), expected);
    let rates = |rates: &[(u32, u32)]| {
        let percent = |(rate, from): &(u32, u32)| EntitlementRates {
            rate_ppm: rate * 10_000,
            paid_below_ppm: from * 10_000,
        };
        rates.iter().map(percent).collect::<Vec<_>>()
    };
    let by_class = [(20, 0), (0, 0), (30, 20), (0, 0), (10, 0), (2, 0), (0, 0), (10, 2)];
    assert_eq!(recorded(&whole), [ClassEntitlements { class: 0, rates: rates(&by_class) }]);
    // Of the base: u2 earned nothing in class b, so its peer has nothing there.
    let of_order = earned(&shop("70%", "order"), "o");
    assert_eq!(of_order[3..5], named(&[(Peer, "u3", 10_00), (Peer, "u5", 20_00)]));
    // 40.00 in all: 29.00, 6.00, then 3.00 of the first line and 2.00 of the 10.00 of the second.
    let cut: Vec<i64> = earned(&shop("20%", "differential"), "o").iter().map(|paid| paid.2).collect();
    assert_eq!(cut, [29_00, 6_00, 5_00, 0, 0, 0, 0, 0]);

    // Late: half of class b goes, and with it half of what it earned.
    whole.receive("o");
    let before = whole.wallets("u4").0;
    refund(&mut whole, "o", "2", "50.00");
    assert_eq!(before - whole.wallets("u4").0, 5_00);
    assert_eq!(earned(&whole, "o")[0], (Differential, "u1".to_owned(), 19_00));
    whole.audit();
}

/// CAT-7: what the plan does not have is refused; an article's class is its lines', and they may state no other.
#[test]
fn cat_7_classes_of_articles_and_lines() {
    let mut shop = Shop::new(&format!("{HALF}[catalogue]\n"));
    shop.join("u", None);
    shop.join("b", Some("u"));
    let list = |sku: &str, class: &str| format!(r#""sku":"{sku}","price":"10.00"{class}"#);
    assert_eq!(shop.refused("sku.list", &list("tea", r#","class":"c""#)), "class_unknown");
    shop.ok("sku.list", &list("tea", r#","class":"b""#));
    shop.ok("sku.list", &list("cup", ""));
    assert_eq!(shop.engine.sku("tea").and_then(|sku| sku.class), Some("b"));
    assert_eq!(shop.engine.sku("cup").and_then(|sku| sku.class), None);
    let order = |sku: &str, class: &str, rest: &str| {
        format!(
            r#""order":"o","member":"b"{rest},"lines":[{{"line":"1","amount":"10.00","sku":"{sku}"{class}}}]"#
        )
    };
    for (fields, code) in [
        (order("none", r#","class":"c""#, r#","source":"none""#), "class_unknown"),
        (order("none", r#","class":"b""#, r#","source":"none""#), "source_unknown"),
        (order("none", r#","class":"a""#, ""), "sku_unknown"),
        (order("tea", r#","class":"a""#, r#","coupons":["none"]"#), "class_mismatch"),
        (order("tea", r#","class":"b""#, r#","coupons":["none"]"#), "coupon_unknown"),
    ] {
        assert_eq!(shop.refused("order.pay", &fields), code, "{fields}");
        assert_eq!(shop.refused("order.place", &fields), code, "{fields}");
    }
    let mut paid = |order: &str, line: &str, amount: i64| {
        shop.pay(order, "b", "10.00", line);
        assert_eq!(earned(&shop, order), [(CommissionKind::Direct, "u".to_owned(), amount)], "{line}");
    };
    paid("o1", r#","sku":"tea""#, 5_00);
    paid("o2", r#","sku":"tea","class":"b""#, 5_00);
    paid("o3", r#","sku":"cup","class":"b""#, 5_00);
    paid("o4", r#","sku":"cup","class":"a""#, 1_00);
    paid("o5", r#","class":"b""#, 5_00);
    shop.audit();
    let plain = "cost = \"30%\"\ncommission = \"60%\"\n";
    let fields = order("tea", r#","class":"b""#, "");
    assert_eq!(Shop::new(plain).refused("order.pay", &fields), "class_unknown");
}
