//! Vouchers for local services (VOUCH-1, VOUCH-2).

use ratchet_engine::campaign::GroupState;
use ratchet_engine::hash::Hash32;
use ratchet_engine::ledger::AccountKind;

use super::{DAY, World, joins};

pub(super) fn code(code: &str) -> String {
    format!(r#","code_hash":"{}""#, Hash32::of(code.as_bytes()))
}

pub(super) fn redeem(order: &str, merchant: &str, code: &str) -> String {
    format!(r#""type":"voucher.redeem","order":"{order}","merchant":"{merchant}","code":"{code}""#)
}

/// VOUCH-1, VOUCH-2: a decided order has its voucher, the merchant redeems it once, and that is the receipt.
#[test]
fn vouch_2_redeeming_is_the_receipt() {
    let mut world = World::with("voucher");
    world.paid("o1", "ann", "30.00", &code("1234"));
    world.refused(r#""type":"order.ship","order":"o1""#, "order_state");
    world.refused(r#""type":"order.receive","order":"o1""#, "order_state");
    world.refused(&redeem("o1", "shop", "4321"), "voucher_code");
    world.refused(&redeem("o1", "other", "1234"), "voucher_state");
    // Bought at noon, good until the end of the seventh day after (TIME-3b).
    world.minutes(7 * DAY + DAY / 2 - 1);
    world.ok(&redeem("o1", "shop", "1234"));
    assert_eq!(world.state("o1"), "received");
    world.refused(&redeem("o1", "shop", "1234"), "voucher_state");
    world.minutes(DAY);
    assert_eq!(world.state("o1"), "settled");
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 1_500);
    world.audit();
}

/// VOUCH-2: what is not redeemed in time, or was refunded before, is worth nothing and goes back whole.
#[test]
fn vouch_2_not_redeemed() {
    let mut world = World::with("voucher");
    let before = world.books();
    world.paid("o1", "ann", "30.00", &code("a"));
    world.paid("o2", "bob", "30.00", &code("b"));
    world.refund_part("o2", "10.00");
    world.paid("o3", "cid", "30.00", &code("c"));
    world.refund("o3");
    world.refused(&redeem("o3", "shop", "c"), "voucher_state");
    world.minutes(7 * DAY + DAY / 2);
    assert_eq!(world.states(["o1", "o2", "o3"]), ["refunded"; 3]);
    world.refused(&redeem("o1", "shop", "a"), "voucher_state");
    assert_eq!((world.books(), world.taken()), (before, 0));
    world.audit();
}

/// VOUCH-1 with GROUP-2: the vouchers of a group are good from its success on.
#[test]
fn vouch_1_in_a_group() {
    let mut world = World::with("group_voucher");
    world.paid("g1", "ann", "25.00", &code("a"));
    world.refused(&redeem("g1", "shop", "a"), "voucher_state");
    world.refused(r#""type":"order.receive","order":"g1""#, "order_state");
    world.minutes(DAY - 1);
    world.paid("g2", "bob", "25.00", &(joins("g1") + &code("b")));
    assert_eq!(world.group("g1").0, GroupState::Succeeded);
    world.minutes(7 * DAY + DAY / 2);
    world.ok(&redeem("g1", "shop", "a"));
    world.minutes(1);
    assert_eq!(world.states(["g1", "g2"]), ["received", "refunded"]);
    world.audit();
}
