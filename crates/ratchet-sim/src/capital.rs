//! Market, rounds, shares and claims as JSON, for exports.

use ratchet_engine::command::Side;
use ratchet_engine::engine::Engine;
use serde_json::{Value, json};

/// Trades that exports show.
const TRADES_SHOWN: usize = 100;

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// MKT-2: depth by price level, best first, and the last trades, newest first.
pub fn market_json(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let depth = |side| -> Vec<Value> {
        let levels = engine.market_depth(side);
        levels.map(|(price, lots)| json!({ "price": currency.format(price), "lots": lots })).collect()
    };
    let trades = engine.market_trades().take(TRADES_SHOWN).map(|trade| {
        json!({
            "at": trade.at.to_string(),
            "price": currency.format(trade.price),
            "lots": trade.quantity,
            "taker": side_name(trade.taker),
        })
    });
    json!({
        "halted": engine.market_is_halted(),
        "buys": depth(Side::Buy),
        "sells": depth(Side::Sell),
        "trades": trades.collect::<Vec<_>>(),
    })
}

/// FUND-1: each round by id.
pub fn rounds_json(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let rounds = engine.rounds().map(|round| {
        let money = |money| currency.format(money);
        let value = json!({
            "investor": round.investor,
            "amount": money(round.amount),
            "pool": money(round.pool),
            "pool_left": money(round.pool_left),
            "subsidies": money(round.subsidies),
            "subsidies_left": money(round.subsidies_left),
            "per_order": money(round.per_order),
            "days": round.days,
            "passed": round.passed,
        });
        (round.id.to_owned(), value)
    });
    Value::Object(rounds.collect())
}

/// EQUITY-1: each window by id.
pub fn windows_json(engine: &Engine) -> Value {
    let windows = engine.windows().map(|window| {
        let value = json!({
            "shares": window.shares,
            "price": window.price.to_string(),
            "closes_at": window.closes_at.to_string(),
            "committed": window.committed.to_string(),
            "issued": window.issued,
        });
        (window.id.to_owned(), value)
    });
    Value::Object(windows.collect())
}

/// CLAIM-1: each claim by id.
pub fn claims_json(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let claims = engine.claims().map(|claim| {
        let amount = currency.format(claim.amount);
        (
            claim.id.to_owned(),
            json!({ "member": claim.member, "amount": amount, "approvals": claim.approvals }),
        )
    });
    Value::Object(claims.collect())
}

/// CLAIM-3, DISC-7: each claimant with what it has got for its claims, in joining order.
pub fn coverage_json(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let coverage = engine.coverage().into_iter().map(|view| {
        json!({
            "member": view.member,
            "approved": currency.format(view.approved),
            "remaining": currency.format(view.left),
            "goods": currency.format(view.goods),
            "cash": currency.format(view.cash),
            "held": currency.format(view.held),
            "coverage_ppm": view.coverage_ppm,
        })
    });
    Value::Array(coverage.collect())
}
