//! Payouts to merchants (MERCH-5).

#![expect(clippy::inconsistent_digit_grouping, reason = "amounts read as yuan_fen: 300_00 is ¥300.00")]

use ratchet_engine::ledger::AccountKind;

use super::World;

fn shop_with_payable() -> World {
    let mut world = World::open();
    world.list("tea", "1000", "1000", r#","concession":"0""#);
    world.buy("o", "guest", "1000", "tea");
    world.ok(r#""type":"order.receive","order":"o""#);
    world.days(2);
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 1_000_00);
    world
}

pub(super) fn withdraw(withdrawal: &str, amount: &str) -> String {
    format!(
        r#""type":"merchant.withdraw","withdrawal":"{withdrawal}","merchant":"shop","amount":"{amount}","actor":"clerk""#
    )
}

pub(super) fn wallet(step: &str, withdrawal: &str, actor: &str) -> String {
    format!(r#""type":"wallet.{step}","withdrawal":"{withdrawal}","actor":"{actor}""#)
}

#[test]
fn merch_5_refusals_of_a_payout() {
    let mut world = shop_with_payable();
    world.refused(&withdraw("w", "0"), "amount_not_positive");
    world.ok(&withdraw("w", "10"));
    world.refused(&withdraw("w", "9.99"), "withdrawal_exists");
    world.refused(&withdraw("v", "9.99"), "below_minimum");
    world.refused(&withdraw("v", "990.01"), "insufficient_payable");
    let other = |merchant: &str| {
        format!(r#""type":"merchant.withdraw","withdrawal":"v","merchant":"{merchant}","amount":"10""#)
    };
    world.refused(&other("none"), "insufficient_payable");
    world.ok(r#""type":"order.pay","order":"p","member":"guest","lines":[{"line":"1","amount":"100","merchant":"farm"}]"#);
    world.ok(r#""type":"order.receive","order":"p""#);
    world.days(2);
    world.refused(&other("farm"), "merchant_unknown");
    // What is owed is owed, also to a merchant that is suspended or waits.
    world.ok(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#);
    world.ok(&withdraw("v", "990"));
    assert_eq!(world.engine.merchant("shop").expect("applied").hold.minor(), 1_000_00);
}

#[test]
fn merch_5_a_payout_goes_through_the_states_of_a_withdrawal() {
    let mut world = shop_with_payable();
    // Neither daily limit nor cool-down: those are for members.
    world.ok(&withdraw("small", "100"));
    world.ok(&withdraw("large", "400.01"));
    for actor in ["clerk", "boss", "shop"] {
        world.refused(&wallet("approve", "large", actor), "same_person");
    }
    world.refused(&wallet("sent", "large", "alice"), "withdrawal_state");
    world.ok(&wallet("approve", "large", "alice"));
    world.refused(&wallet("approve", "large", "alice"), "same_person");
    world.ok(&wallet("approve", "large", "bob"));
    world.ok(&wallet("sent", "large", "bob"));
    world.ok(&wallet("unknown", "large", "bob"));
    let bank = world.programme(AccountKind::Bank);
    world.ok(&wallet("paid", "large", "bob"));
    world.refused(&wallet("paid", "large", "bob"), "withdrawal_state");
    // 1 % fee rounded up, the rest in cash: nothing to any re-consumption wallet.
    assert_eq!(world.programme(AccountKind::Bank) - bank, 396_00);
    let boss = world.engine.member("boss").expect("joined");
    assert_eq!((boss.reconsume.minor(), boss.cash_received.minor()), (0, 0));
    world.ok(&wallet("approve", "small", "alice"));
    world.ok(&format!(r#"{},"reason":"x""#, wallet("reject", "small", "alice")));
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 1_000_00 - 400_01);
    world.ok(&withdraw("again", "50"));
    world.ok(&wallet("approve", "again", "alice"));
    world.ok(&wallet("sent", "again", "alice"));
    world.ok(&wallet("failed", "again", "alice"));
    let merchant = world.engine.merchant("shop").expect("applied");
    assert_eq!((merchant.payable.minor(), merchant.hold.minor()), (1_000_00 - 400_01, 0));
    world.audit();
}

#[test]
fn merch_5_a_hold_that_returns_is_netted_with_what_the_merchant_owes() {
    let mut world = shop_with_payable();
    world.ok(&withdraw("w", "1000"));
    world.ok(r#""type":"order.refund","refund":"r","order":"o""#);
    assert_eq!(world.engine.merchant("shop").expect("applied").receivable.minor(), 1_000_00);
    let advanced = |world: &World| {
        let kinds =
            [AccountKind::AdvancedReserve, AccountKind::AdvancedPlatform, AccountKind::AdvancedOperator];
        kinds.into_iter().map(|kind| world.programme(kind)).sum::<i128>()
    };
    assert_eq!(advanced(&world), 1_000_00);
    world.ok(&format!(r#"{},"reason":"refunded""#, wallet("reject", "w", "alice")));
    let merchant = world.engine.merchant("shop").expect("applied");
    assert_eq!((merchant.payable.minor(), merchant.receivable.minor()), (0, 0));
    assert_eq!(advanced(&world), 0);
    world.refused(&withdraw("v", "10"), "insufficient_payable");
    world.audit();
}
