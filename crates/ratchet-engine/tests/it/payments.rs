//! Payments that providers report, and who counts as another person (PAY-1 to PAY-1f, ACC-3a, WALLET-4).

#![expect(clippy::inconsistent_digit_grouping, reason = "amounts read as yuan_fen: 100_00 is ¥100.00")]

use ratchet_engine::amount::Currency;
use ratchet_engine::command::Envelope;
use ratchet_engine::event::Event;
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::payment::SuspenseReason;

use crate::world::World;

const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 0
[split]
cost = "50%"
[wallet]
two_approvals_above = "0.00"
[catalogue]
hold_minutes = 600
[[promotion]]
id = "presale"
name = { zh = "预售", en = "Presale" }
price = "100.00"
[promotion.presale]
deposit = "20.00"
counts_as = "50.00"
balance_hours = 48
"#;

fn place(world: &mut World, order: &str, amount: &str) {
    world.ok(&format!(
        r#""type":"order.place","order":"{order}","member":"ann","freight":"5.00","tax":"1.00","lines":[{{"line":"1","amount":"{amount}"}}]"#
    ));
}

/// A payment of an order.
fn pay(payment: &str, amount: &str, order: &str) -> String {
    format!(
        r#""type":"payment.receive","payment":"{payment}","amount":"{amount}","currency":"CNY","order":"{order}""#
    )
}

/// Bank, suspense, escrow, income of the platform, in minor units.
fn books(world: &World) -> [i128; 4] {
    let books = [AccountKind::Bank, AccountKind::Suspense, AccountKind::Escrow, AccountKind::PlatformRevenue];
    let [bank, suspense, escrow, revenue] = books.map(|kind| world.programme(kind));
    [-bank, suspense, escrow, revenue]
}

fn reason(world: &World, payment: &str) -> Option<SuspenseReason> {
    world.engine.payment(payment).expect("it came").reason
}

/// PAY-1: what fits goes through suspense into escrow in one entry, with the effects of `order.pay`.
#[test]
fn pay_1_a_payment_that_fits_pays_its_order() {
    let mut world = World::new(PLAN);
    place(&mut world, "o1", "100.00");
    world.ok(&pay("p1", "106.00", "o1"));
    assert_eq!(books(&world), [106_00, 0, 106_00, 0]);
    assert_eq!(world.member("ann").spent.minor(), 100_00);
    assert!(world.engine.open_payments().next().is_none());
    let events: Vec<&Event> = world.steps.iter().map(|(event, _)| event).collect();
    assert!(
        matches!(
            events[..],
            [Event::PaymentReceived(_), Event::PaymentApplied { .. }, Event::OrderPaid { .. }, ..]
        ),
        "{events:?}"
    );
    // Where `order.pay` books at once.
    let mut other = World::new(PLAN);
    place(&mut other, "o1", "100.00");
    other.ok(r#""type":"order.pay","order":"o1""#);
    assert_eq!(books(&other), books(&world));
    world.audit();
}

/// PAY-1a: once, however often and under which key it comes; other content is a conflict.
#[test]
fn pay_1a_a_payment_counts_once() {
    let mut world = World::new(PLAN);
    place(&mut world, "o1", "100.00");
    world.ok(&pay("p1", "106.00", "o1"));
    world.refused(&pay("p1", "106.00", "o1"), "payment_exists");
    world.refused(&pay("p1", "106.01", "o1"), "payment_conflict");
    world.refused(&pay("p1", "0.00", "o1"), "payment_conflict");
    world.refused(
        r#""type":"payment.receive","payment":"p1","amount":"106.00","currency":"USD","order":"o1""#,
        "payment_conflict",
    );
    world.refused(
        r#""type":"payment.receive","payment":"p1","amount":"106.00","currency":"CNY""#,
        "payment_conflict",
    );
    world.refused(&pay("p2", "0.00", "o1"), "amount_not_positive");
    // Late, after everything is over.
    world.receive("o1");
    world.refused(&pay("p1", "106.00", "o1"), "payment_exists");
    assert_eq!(world.programme(AccountKind::Suspense), 0);
    world.audit();
}

/// PAY-1b: why a payment stays in suspense, each reason; the sum of what is left is the account.
#[test]
fn pay_1b_what_does_not_fit_stays_with_its_reason() {
    let mut world = World::new(PLAN);
    for order in ["paid", "closed", "refunded", "less", "more"] {
        place(&mut world, order, "100.00");
    }
    world.ok(r#""type":"order.pay","order":"paid""#);
    world.ok(r#""type":"order.close","order":"closed""#);
    world.ok(r#""type":"order.pay","order":"refunded""#);
    world.ok(r#""type":"order.refund","refund":"r1","order":"refunded""#);
    let cases = [
        ("p1", "paid", "106.00", SuspenseReason::OrderPaid),
        ("p2", "closed", "106.00", SuspenseReason::OrderClosed),
        ("p3", "refunded", "106.00", SuspenseReason::OrderRefunded),
        ("p4", "nothing", "106.00", SuspenseReason::OrderUnknown),
        ("p5", "less", "105.99", SuspenseReason::AmountDiffers),
        ("p6", "more", "106.01", SuspenseReason::AmountDiffers),
    ];
    let (bank, mut sum) = (books(&world)[0], 0);
    for (payment, order, amount, expected) in cases {
        world.ok(&pay(payment, amount, order));
        sum += world.engine.payment(payment).expect("it came").amount.minor();
        assert_eq!(reason(&world, payment), Some(expected));
    }
    world.ok(r#""type":"payment.receive","payment":"p7","amount":"1.00","currency":"CNY""#);
    assert_eq!(reason(&world, "p7"), Some(SuspenseReason::OrderMissing));
    let sum = i128::from(sum) + 100;
    assert_eq!(books(&world)[..2], [bank + sum, sum]);
    assert_eq!(world.engine.open_payments().count(), 7);
    // What is paid twice is not lost on the order: the second one goes back.
    world.ok(r#""type":"payment.return","payment":"p1","amount":"106.00""#);
    assert_eq!(world.engine.open_payments().count(), 6);
    world.audit();
}

/// PAY-1b: the step that is due is paid: of a presale the deposit, then the rest, and nothing outside its window.
#[test]
fn pay_1b_of_a_presale_the_step_that_is_due() {
    let mut world = World::new(PLAN);
    world.ok(r#""type":"sku.list","sku":"tea","price":"15.00""#);
    let (from, until) = (world.moment(0), world.moment(240));
    world.ok(&format!(
        r#""type":"promotion.open","campaign":"c","promotion":"presale","sku":"tea","from":"{from}","until":"{until}""#
    ));
    world.ok(
        r#""type":"order.place","order":"o1","member":"ann","campaign":"c","lines":[{"line":"1","amount":"70.00","sku":"tea"}]"#,
    );
    world.ok(&pay("p1", "70.00", "o1"));
    assert_eq!(
        reason(&world, "p1"),
        Some(SuspenseReason::AmountDiffers),
        "the deposit is due, not all of it"
    );
    world.ok(&pay("p2", "20.00", "o1"));
    assert_eq!(reason(&world, "p2"), None);
    world.ok(&pay("p3", "50.00", "o1"));
    let early = world.engine.payment("p3").expect("it came");
    assert_eq!(early.reason, Some(SuspenseReason::OrderNotPayable));
    assert_eq!(early.refusal, Some("balance_window"));
    world.hours(240);
    world.ok(&pay("p4", "50.00", "o1"));
    assert_eq!(reason(&world, "p4"), None);
    assert_eq!(books(&world), [190_00, 120_00, 70_00, 0]);
    world.audit();
}

/// PAY-1c: another currency is recorded, posted nowhere, and given back in its own.
#[test]
fn pay_1c_another_currency_is_not_in_the_books() {
    let mut world = World::new(PLAN);
    place(&mut world, "o1", "100.00");
    world.ok(r#""type":"payment.receive","payment":"p1","amount":"106","currency":"JPY","order":"o1""#);
    world.ok(r#""type":"payment.receive","payment":"p2","amount":"1.2345","currency":"XTS","order":"o1""#);
    assert_eq!(books(&world), [0, 0, 0, 0]);
    for payment in ["p1", "p2"] {
        assert_eq!(reason(&world, payment), Some(SuspenseReason::CurrencyDiffers));
    }
    assert_eq!(world.engine.payment("p2").expect("it came").amount.minor(), 12_345);
    world.refused(
        r#""type":"payment.resolve","resolution":"s1","payment":"p1","order":"o1""#,
        "payment_currency",
    );
    world.refused(r#""type":"payment.return","payment":"p1","amount":"106.00""#, "payment_currency");
    world.ok(r#""type":"payment.return","payment":"p1","amount":"106","currency":"JPY""#);
    world.refused(r#""type":"payment.return","payment":"p1","amount":"1","currency":"JPY""#, "payment_state");
    world.ok(r#""type":"payment.resolve","resolution":"s1","payment":"p2","source":"exchange""#);
    world.ok(r#""type":"payment.approve","resolution":"s1","actor":"auditor""#);
    assert_eq!(books(&world), [0, 0, 0, 0]);
    assert!(world.engine.open_payments().next().is_none());
    world.audit();
}

/// PAY-1d: back in parts, never more than is left.
#[test]
fn pay_1d_what_is_in_suspense_goes_back() {
    let mut world = World::new(PLAN);
    world.ok(&pay("p1", "10.00", "nothing"));
    world.refused(r#""type":"payment.return","payment":"p1","amount":"0.00""#, "amount_not_positive");
    world.refused(r#""type":"payment.return","payment":"px","amount":"1.00""#, "payment_unknown");
    world.refused(r#""type":"payment.return","payment":"p1","amount":"10.01""#, "return_exceeds_payment");
    world.ok(r#""type":"payment.return","payment":"p1","amount":"3.00""#);
    assert_eq!(books(&world), [7_00, 7_00, 0, 0]);
    assert_eq!(world.engine.payment("p1").expect("it came").left.minor(), 7_00);
    world.ok(r#""type":"payment.return","payment":"p1","amount":"7.00""#);
    assert_eq!(books(&world), [0, 0, 0, 0]);
    world.refused(r#""type":"payment.return","payment":"p1","amount":"0.01""#, "payment_state");
    world.audit();
}

/// PAY-1e: two people let a payment pay an order, or be income; what is beyond the order stays.
#[test]
fn pay_1e_two_people_decide() {
    let mut world = World::new(PLAN);
    place(&mut world, "o1", "100.00");
    place(&mut world, "o2", "100.00");
    world.ok(&pay("p1", "106.50", "o1"));
    let resolve = |resolution: &str, payment: &str, target: &str| {
        format!(
            r#""type":"payment.resolve","actor":"clerk","resolution":"{resolution}","payment":"{payment}",{target}"#
        )
    };
    let approve = |resolution: &str, actor: &str| {
        format!(r#""type":"payment.approve","actor":"{actor}","resolution":"{resolution}""#)
    };
    world.refused(&resolve("s1", "p1", r#""order":"nothing""#), "order_unknown");
    world.refused(&resolve("s1", "px", r#""order":"o1""#), "payment_unknown");
    world.ok(&resolve("s1", "p1", r#""order":"o1""#));
    world.refused(&resolve("s1", "p1", r#""order":"o1""#), "resolution_exists");
    world.ok(&resolve("s2", "p1", r#""order":"o2""#));
    world.ok(&resolve("s3", "p1", r#""source":"a gift""#));
    world.refused(&approve("sx", "auditor"), "resolution_unknown");
    world.refused(&approve("s1", "clerk"), "same_person");
    world.ok(&approve("s1", "auditor"));
    assert_eq!(books(&world), [106_50, 50, 106_00, 0]);
    world.refused(&approve("s1", "auditor"), "resolution_done");
    world.refused(&approve("s2", "auditor"), "payment_short");
    world.ok(&resolve("s4", "p1", r#""order":"o1""#));
    world.refused(&approve("s4", "auditor"), "order_state");
    world.ok(&approve("s3", "auditor"));
    assert_eq!(books(&world), [106_50, 0, 106_00, 50]);
    world.refused(&approve("s2", "auditor"), "payment_state");
    world.refused(&resolve("s5", "p1", r#""source":"a gift""#), "payment_state");
    world.audit();
}

/// PAY-1f: money that comes in while the programme ends is booked and goes back.
#[test]
fn pay_1f_payments_go_on_after_the_end() {
    let mut world = World::new(PLAN);
    place(&mut world, "o1", "100.00");
    let closes = world.moment(24);
    world.ok(&format!(
        r#""type":"wind_down.propose","wind_down":"w1","closes_at":"{closes}","reason":"enough""#
    ));
    world.ok(r#""type":"wind_down.approve","wind_down":"w1","actor":"auditor""#);
    world.ok(&pay("p1", "106.00", "o1"));
    assert_eq!(reason(&world, "p1"), Some(SuspenseReason::OrderClosed));
    world.hours(24);
    world.ok(&pay("p2", "106.00", "o1"));
    world.ok(r#""type":"payment.return","payment":"p1","amount":"106.00""#);
    world.ok(r#""type":"payment.resolve","resolution":"s1","payment":"p2","source":"unclaimed""#);
    world.ok(r#""type":"payment.approve","resolution":"s1","actor":"auditor""#);
    assert_eq!(books(&world), [106_00, 0, 0, 106_00]);
    world.audit();
}

/// PAY-1: the forms in JSON come back as they were; what is stated twice or not at all is refused.
#[test]
fn pay_1_forms_in_json() {
    for form in [
        r#""type":"payment.receive","payment":"p","amount":"1.50","currency":"CNY","order":"o""#,
        r#""type":"payment.receive","payment":"p","amount":"15","currency":"JPY""#,
        r#""type":"payment.return","payment":"p","amount":"1.50""#,
        r#""type":"payment.return","payment":"p","amount":"1.5000","currency":"XTS""#,
        r#""type":"payment.resolve","resolution":"s","payment":"p","order":"o""#,
        r#""type":"payment.resolve","resolution":"s","payment":"p","source":"x""#,
        r#""type":"payment.approve","resolution":"s""#,
        r#""type":"member.join","member":"m","person":"7""#,
    ] {
        let line = format!(r#"{{"key":"k","at":"2026-01-01T00:00:00Z",{form}}}"#);
        let read = |line: &str| Envelope::from_json(line, &Currency::CNY);
        let envelope = read(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let written = envelope.to_json(&Currency::CNY);
        assert_eq!(read(&written), Ok(envelope), "{written}");
        for field in form.split(',').skip(1) {
            assert!(written.contains(field), "{field} in {written}");
        }
    }
    for wrong in [
        r#""type":"payment.receive","payment":"p","amount":"1.501","currency":"CNY""#,
        r#""type":"payment.receive","payment":"p","amount":"1.5","currency":"yen""#,
        r#""type":"payment.resolve","resolution":"s","payment":"p""#,
        r#""type":"payment.resolve","resolution":"s","payment":"p","order":"o","source":"x""#,
    ] {
        let line = format!(r#"{{"key":"k","at":"2026-01-01T00:00:00Z",{wrong}}}"#);
        assert!(Envelope::from_json(&line, &Currency::CNY).is_err(), "{wrong}");
    }
}

/// ACC-3a: two members of one person are one person, and so is the person itself; one person may have two memberships.
#[test]
fn acc_3a_two_people_are_two_persons() {
    let mut world = World::new(PLAN);
    world.ok(r#""type":"member.join","member":"ann","person":"p:1""#);
    world.ok(r#""type":"member.join","member":"anna","person":"p:1""#);
    world.ok(r#""type":"member.join","member":"bob","person":"p:2""#);
    assert_eq!(world.member("anna").person, Some("p:1"));
    world.ok(&pay("p1", "10.00", "nothing"));
    world.ok(r#""type":"payment.resolve","actor":"ann","resolution":"s1","payment":"p1","source":"a gift""#);
    for actor in ["ann", "anna", "p:1"] {
        world.refused(
            &format!(r#""type":"payment.approve","actor":"{actor}","resolution":"s1""#),
            "same_person",
        );
    }
    let closes = world.moment(24);
    world.ok(&format!(
        r#""type":"wind_down.propose","actor":"p:2","wind_down":"w1","closes_at":"{closes}","reason":"enough""#
    ));
    world.refused(r#""type":"wind_down.approve","actor":"bob","wind_down":"w1""#, "same_person");
    world.ok(r#""type":"payment.approve","actor":"bob","resolution":"s1""#);
    world.audit();
}
