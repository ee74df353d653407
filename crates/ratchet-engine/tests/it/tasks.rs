//! Tasks with names, the advertisement mall's tiers and its fund (TASK-1, ADMALL-1, ADMALL-2).

use ratchet_engine::amount::{AMOUNT_MAX, Money};
use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::engine::Outcome;
use ratchet_engine::id::Id;
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::Plan;
use ratchet_engine::rejection::Rejection;

use crate::daily::{Shop, plan};

const RELEASE: &str = "cost = \"50%\"\n[split.funds]\nadvertising = \"0%\"\n[release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"\n\
                       base = \"remaining\"\nfund = \"advertising\"\n";

fn tasks(required: u32) -> Plan {
    let task = |id: &str, rest: &str| {
        format!("[[task]]\nid = \"{id}\"\nname = {{ zh = \"任务\", en = \"Task\" }}\n{rest}")
    };
    plan(&format!(
        "{RELEASE}tasks_required = {required}\n{}{}{}",
        task("sign_in", ""),
        task("read", "daily_limit = 2\n"),
        task("share", "once = true\n")
    ))
}

fn done(shop: &mut Shop, task: &str) {
    shop.ok("task.complete", &format!(r#""member":"a","task":"{task}""#));
}

/// TASK-1: completions count up to their limits, and enough of them make the day done.
#[test]
fn task_1_enough_completions_make_a_day() {
    let mut shop = Shop::of(tasks(3));
    shop.buy("o1", "a", "10000.00");
    shop.ok("fund.deposit", r#""fund":"advertising","amount":"1000.00","source":"adco""#);
    shop.next_day();
    // Two of three: nothing is released, and the day needs no close.
    let closes = shop.closes;
    done(&mut shop, "sign_in");
    done(&mut shop, "sign_in");
    done(&mut shop, "read");
    shop.next_day();
    assert_eq!((shop.remaining("a").as_str(), shop.closes), ("5000", closes));
    // What counted yesterday does not count today.
    for task in ["read", "read", "read"] {
        done(&mut shop, task);
    }
    shop.next_day();
    assert_eq!(shop.remaining("a"), "5000");
    for task in ["read", "read", "share"] {
        done(&mut shop, task);
    }
    shop.next_day();
    assert_eq!(shop.remaining("a"), "4985");
    // Once in a life.
    for task in ["read", "read", "share"] {
        done(&mut shop, task);
    }
    shop.next_day();
    assert_eq!(shop.remaining("a"), "4985");
    for task in ["read", "sign_in", "read", "sign_in", "share"] {
        done(&mut shop, task);
    }
    shop.next_day();
    assert_eq!(shop.remaining("a"), "4970.045");
    shop.audit();
}

/// TASK-1, TASK-1a: every refusal.
#[test]
fn tasks_refuse() {
    let mut shop = Shop::of(tasks(1));
    shop.join("a", None);
    assert_eq!(shop.refused("task.complete", r#""member":"b","task":"sign_in""#), "member_unknown");
    assert_eq!(shop.refused("task.complete", r#""member":"a","task":"dance""#), "task_unknown");
    assert_eq!(shop.refused("task.complete", r#""member":"a""#), "task_unknown");
    let mut plain = Shop::of(plan(RELEASE));
    plain.join("a", None);
    assert_eq!(plain.refused("task.complete", r#""member":"a","task":"sign_in""#), "task_unknown");
    let mut none = Shop::of(plan("cost = \"50%\"\n"));
    none.join("a", None);
    assert_eq!(none.refused("task.complete", r#""member":"a""#), "no_tasks");
}

/// ADMALL-1: money with a source comes into a fund; every refusal.
#[test]
fn admall_1_advertising_income_comes_into_a_fund() {
    let mut shop = Shop::of(plan(RELEASE));
    for (fund, amount, source) in
        [("advertising", "5.00", "adco"), ("advertising", "0.01", "adco"), ("advertising", "2.00", "tv")]
    {
        shop.ok("fund.deposit", &format!(r#""fund":"{fund}","amount":"{amount}","source":"{source}""#));
    }
    assert_eq!(shop.account(AccountKind::Fund, 0), 701);
    let deposits: Vec<(String, String, i64)> = shop
        .engine
        .fund_deposits()
        .map(|(fund, source, amount)| (fund.to_owned(), source.to_owned(), amount.minor()))
        .collect();
    let expected = [("advertising", "adco", 501), ("advertising", "tv", 200)];
    assert_eq!(deposits, expected.map(|(fund, source, sum)| (fund.to_owned(), source.to_owned(), sum)));
    let refused = [
        (r#""fund":"advertising","amount":"0.00","source":"s""#, "amount_not_positive"),
        (r#""fund":"other","amount":"1.00","source":"s""#, "fund_unknown"),
    ];
    for (fields, code) in refused {
        assert_eq!(shop.refused("fund.deposit", fields), code);
    }
    let id = |text: &str| Id::new(text).expect("an id");
    let too_much = Command::FundDeposit {
        fund: id("advertising"),
        amount: Money::from_minor(AMOUNT_MAX + 1).expect("not negative"),
        source: id("s"),
    };
    let envelope = Envelope {
        key: id("much"),
        at: shop.engine.now(),
        happened_at: None,
        actor: id("operator"),
        command: too_much,
    };
    assert_eq!(shop.engine.submit(&envelope), Outcome::Rejected(Rejection::LimitReached));
    shop.audit();
}

/// ADMALL-2: the rate follows what a member has locked, and only what the fund holds is paid.
#[test]
fn admall_2_the_rate_follows_the_balance() {
    let tiers =
        "[[release.tiers]]\nfrom = 1000\nrate = \"4‰\"\n[[release.tiers]]\nfrom = 4990\nrate = \"1%\"\n";
    let mut shop = Shop::of(plan(&format!("{RELEASE}{tiers}")));
    shop.buy("o1", "a", "10000.00");
    shop.buy("o2", "b", "1998.00");
    shop.ok("fund.deposit", r#""fund":"advertising","amount":"100.00","source":"adco""#);
    shop.next_day();
    shop.day_of_tasks(&["a", "b"]);
    // a: 1 % of 5,000; b is below the first tier: 3 ‰ of 999.
    assert_eq!((shop.remaining("a").as_str(), shop.remaining("b").as_str()), ("4950", "996.003"));
    shop.day_of_tasks(&["a"]);
    // Now 4 ‰ of 4,950.
    assert_eq!(shop.remaining("a"), "4930.2");
    assert_eq!(shop.wallets("a"), (69_80, 0));
    // 100.00 − 69.80 − 2.99 are left in the fund: 27.21, of which the next three days take what is there.
    assert_eq!(shop.account(AccountKind::Fund, 0), 27_21);
    shop.day_of_tasks(&["a"]);
    shop.day_of_tasks(&["a"]);
    assert_eq!(shop.account(AccountKind::Fund, 0), 0, "the fund is never overdrawn");
    assert_eq!(shop.wallets("a"), (97_01, 0));
    assert!(matches!(shop.send("time.advance", ""), Outcome::Applied { .. }));
    shop.audit();
}
