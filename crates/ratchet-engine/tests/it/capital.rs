//! Funding rounds, shares for points, legacy claims: golden numbers, refusals, and that nothing is lost.

mod claims;
mod equity;
mod funding;

use ratchet_engine::ledger::{Account, AccountKind, Asset};

use crate::world::World;

/// A pool with a member cap at 3×, 70 % mint ratio, 20 % retention; all of it settles at receipt.
const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
utc_offset = "+08:00"
[settlement]
after_sale_days = 0
[split]
cost = "30%"
pool = "30%"
[pool]
mint_ratio = "70%"
opening_price = "1.00"
retention = "20%"
[pool.exit]
multiple = 3
[funding]
[equity]
lock_days = 30
vest_days = 10
[claims]
share = "40%"
stages = 3
stage_days = 30
"#;

/// A commitment, an allotment, a window, a round, a claim and a grant as JSON.
fn window(id: &str, shares: u32, price: &str, closes_at: &str) -> String {
    format!(
        r#""type":"equity.open","window":"{id}","shares":{shares},"price":"{price}","closes_at":"{closes_at}""#
    )
}

fn commit(id: &str, window: &str, member: &str, points: &str) -> String {
    format!(
        r#""type":"equity.commit","commitment":"{id}","window":"{window}","member":"{member}","points":"{points}""#
    )
}

fn round(id: &str, amount: &str, parts: &str, days: u32) -> String {
    format!(
        r#""type":"fund.round","round":"{id}","investor":"angel","amount":"{amount}",{parts}"days":{days}"#
    )
}

fn import(id: &str, member: &str, amount: &str) -> String {
    let evidence = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    format!(
        r#""type":"claim.import","claim":"{id}","member":"{member}","amount":"{amount}","evidence":"{evidence}","actor":"desk""#
    )
}

fn approve(id: &str, actor: &str) -> String {
    format!(r#""type":"claim.approve","claim":"{id}","actor":"{actor}""#)
}

fn grant(id: &str, member: &str, points: &str, injection: &str) -> String {
    format!(
        r#""type":"claim.grant","grant":"{id}","member":"{member}","points":"{points}","injection":"{injection}""#
    )
}

/// An order that is paid in part with a claim, in lines `1`, `2`, …
fn pay_with_claim(order: &str, member: &str, amounts: &[&str], cash: &str, claim: &str) -> String {
    let lines: Vec<String> = (1..)
        .zip(amounts)
        .map(|(line, amount)| format!(r#"{{"line":"{line}","amount":"{amount}"}}"#))
        .collect();
    format!(
        r#""type":"order.pay","order":"{order}","member":"{member}","lines":[{}],"tender":{{"cash":"{cash}","claim":"{claim}"}}"#,
        lines.join(",")
    )
}

/// LEDGER-1: every asset sums to zero over all accounts, whatever was done.
fn conserves(world: &World) {
    for asset in Asset::ALL {
        let of_asset = |account: &Account| account.kind.asset() == asset;
        let sum: i128 =
            world.engine.accounts().filter(|(a, _)| of_asset(a)).map(|(_, balance)| balance).sum();
        assert_eq!(sum, 0, "{asset:?}");
    }
    if let Err(violation) = world.engine.check_invariants() {
        panic!("{violation}");
    }
}

fn pool(world: &World) -> i128 {
    world.programme(AccountKind::PoolAssets)
}
