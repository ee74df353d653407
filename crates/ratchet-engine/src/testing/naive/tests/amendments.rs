//! A year with three amendments, in both the engine and the naive model (AMEND-1 to AMEND-4).

use crate::command::{Command, Envelope, OrderTerms, SellQuantity};
use crate::hash::Hash32;
use crate::id::Id;
use crate::testing::compare::compare;
use crate::testing::naive::tests::{id, line, terms, yuan};
use crate::testing::naive::{Naive, NaiveOutcome};
use crate::testing::program::Program;
use crate::time::{DAY_US, SECOND_US, Timestamp};

/// 2026-01-01 at noon, +08:00.
const START_US: i64 = 1_767_240_000 * SECOND_US;

const PLAN: &str = "[programme]\nname = { zh = \"年\", en = \"Year\" }\n[settlement]\nafter_sale_days = 7\n\
    [split]\ncost = \"30%\"\npool = \"30%\"\ncommission = \"20%\"\n[split.funds]\nrelease = \"10%\"\n\
    [pool]\nmint_ratio = \"70%\"\nretention = \"20%\"\nretention_point = \"withdrawal\"\n[pool.exit]\nmultiple = 3\n\
    [refund]\nreserve_share = \"5%\"\n[wallet]\nwithdrawal_fee = \"1%\"\nreconsume_share = \"10%\"\n\
    [commission]\ncap = \"20%\"\n[commission.direct]\nrate = \"5%\"\n[commission.differential]\n\
    [[rank]]\nid = \"one\"\nname = { zh = \"一\", en = \"One\" }\nvolume = \"3000\"\nrate = \"4%\"\n\
    [release]\ngrant_ratio = \"50%\"\nrate = \"10‰\"\nfund = \"release\"\n[release.acceleration]\ndirect = \"50%\"\n\
    [value]\ngrant_ratio = \"10%\"\nrate = \"3‰\"\nreferral = [\"5%\"]\n\
    [loyalty]\nearn_rate = \"1%\"\nvalid_days = 60\n";

/// What each amendment changes, and on which day of the year it takes effect.
const AMENDMENTS: [(u32, &[(&str, &str)]); 3] = [
    (
        80,
        &[
            ("pool = \"30%\"", "pool = \"20%\""),
            ("retention = \"20%\"", "retention = \"10%\""),
            ("withdrawal_fee = \"1%\"", "withdrawal_fee = \"3%\""),
            ("after_sale_days = 7", "after_sale_days = 2"),
            ("rate = \"10‰\"", "rate = \"5‰\""),
        ],
    ),
    (
        170,
        &[
            ("retention = \"10%\"", "retention = \"25%\""),
            ("multiple = 3", "multiple = 2"),
            ("grant_ratio = \"50%\"", "grant_ratio = \"40%\""),
            ("rate = \"3‰\"", "rate = \"9‰\""),
            ("[commission.direct]\nrate = \"5%\"", "[commission.direct]\nrate = \"8%\""),
            ("release = \"10%\"", "extra = \"1%\"\nrelease = \"9%\""),
        ],
    ),
    (
        260,
        &[
            ("mint_ratio = \"70%\"", "mint_ratio = \"60%\""),
            ("earn_rate = \"1%\"", "earn_rate = \"2%\""),
            ("volume = \"3000\"", "volume = \"1000\""),
            ("after_sale_days = 2", "after_sale_days = 5"),
            ("reconsume_share = \"10%\"", "reconsume_share = \"20%\""),
            ("base = \"original\"", "base = \"remaining\""),
        ],
    ),
];

struct Year {
    commands: Vec<Envelope>,
    day: u32,
}

impl Year {
    fn say(&mut self, actor: &str, command: Command) {
        let at = Timestamp::from_us(START_US + i64::from(self.day) * DAY_US).expect("in range");
        let key = id(&format!("k{}", self.commands.len()));
        self.commands.push(Envelope { key, at, happened_at: None, actor: id(actor), command });
    }

    fn order(&mut self, name: &str, member: &str, amount: &str) {
        let terms: OrderTerms = terms(member, &[line("1", amount)]);
        self.say("desk", Command::OrderPay { order: id(name), terms: Some(terms) });
    }
}

#[test]
fn amend_3_a_year_with_three_amendments() {
    let mut plan = PLAN.replace("rate = \"10‰\"\nfund", "rate = \"10‰\"\nbase = \"original\"\nfund");
    let plan_source = plan.clone();
    let mut year = Year { commands: Vec::new(), day: 0 };
    let people = ["ann", "ben", "cyd", "dan"];
    for (number, name) in people.iter().enumerate() {
        let referrer = number.checked_sub(1).map(|above| id(people[above]));
        year.say("desk", Command::MemberJoin { member: id(name), referrer, region: None, person: None });
    }
    let mut received: Vec<Id> = Vec::new();
    for day in 0..365 {
        year.day = day;
        for (effective, changes) in AMENDMENTS {
            if day + 20 == effective {
                for (from, to) in changes {
                    assert!(plan.contains(from), "{from}");
                    plan = plan.replacen(from, to, 1);
                }
                // Local midnight: twelve hours before noon of that day.
                let at = START_US + i64::from(effective) * DAY_US - DAY_US / 2;
                let effective_at = Timestamp::from_us(at).expect("in range");
                let (version, text) = (id(&format!("v{effective}")), plan.clone());
                let propose = Command::PlanPropose { version, plan: text, opinions: None, effective_at };
                year.say("boss", propose);
            }
            if day + 15 == effective {
                let (version, hash) = (id(&format!("v{effective}")), Hash32::of(plan.as_bytes()));
                year.say("auditor", Command::PlanApprove { version, hash });
            }
        }
        let who = people[usize::try_from(day).expect("fits") % people.len()];
        if day % 3 == 0 {
            let order = format!("o{day}");
            year.order(&order, who, &format!("{}.37", 100 + day % 7 * 90));
            if day % 2 == 0 {
                year.say("desk", Command::OrderReceive { order: id(&order) });
                received.push(id(&order));
            }
        }
        if day % 9 == 4 {
            // Some orders wait long for their receipt.
            let order = id(&format!("o{}", (day - 4).saturating_sub(9)));
            year.say("desk", Command::OrderReceive { order });
        }
        if day % 11 == 5
            && let Some(order) = received.get(received.len() / 2).cloned()
        {
            year.say(
                "desk",
                Command::OrderRefund {
                    refund: id(&format!("r{day}")),
                    order,
                    lines: None,
                    freight: None,
                    tax: None,
                },
            );
        }
        for name in people {
            year.say(name, Command::TaskComplete { member: id(name), task: None });
        }
        if day % 10 == 7 {
            year.say(who, Command::PointsSell { member: id(who), points: SellQuantity::All, min_net: None });
        }
        if day % 8 == 6 {
            let withdrawal = id(&format!("w{day}"));
            let amount = yuan(["5.00", "60.00"][usize::try_from(day / 8 % 2).expect("fits")]);
            year.say(who, Command::WalletWithdraw { withdrawal, member: id(who), amount });
        }
        // Approved, and paid or not, weeks after they were asked for.
        if day > 24 && day % 8 == 6 {
            let withdrawal = id(&format!("w{}", day - 24));
            year.say("auditor", Command::WalletApprove { withdrawal: withdrawal.clone() });
            year.say("desk", Command::WalletSent { withdrawal: withdrawal.clone() });
            year.say(
                "desk",
                match day % 3 {
                    0 => Command::WalletFailed { withdrawal },
                    _ => Command::WalletPaid { withdrawal },
                },
            );
        }
    }
    let program = Program { plan_source, commands: year.commands };
    let mut naive = Naive::new(&program.plan());
    let mut applied = std::collections::BTreeMap::new();
    for envelope in &program.commands {
        if naive.submit(envelope) == NaiveOutcome::Applied {
            *applied.entry(envelope.command.type_name()).or_insert(0) += 1;
        }
    }
    assert_eq!(naive.versions.len(), 4, "three amendments took effect");
    let often = |kind: &str, least: i32| {
        assert!(applied.get(kind).copied().unwrap_or(0) >= least, "{kind}: {applied:?}")
    };
    often("wallet.paid", 10);
    often("wallet.failed", 3);
    often("points.sell", 15);
    often("order.refund", 10);
    assert!(naive.corners.contains("cash of two older retentions"), "{:?}", naive.corners);
    compare(&program).unwrap_or_else(|difference| panic!("{difference}"));
}
