//! Read models.

use std::ops::ControlFlow;

use ratchet_engine::amount::{Money, Points};
use ratchet_engine::command::Side;
use ratchet_engine::engine::Engine;
use ratchet_engine::market::OfferState;
use ratchet_engine::merchant::MerchantState;
use ratchet_engine::time::Timestamp;
use ratchet_store::{
    AgentsQuery, CloseRow, MembersQuery, OfferStanding, OffersQuery, OrdersQuery, Payee, ProgrammeFiles,
    Projector, ROWS_PAGE_MAX, ReadModels, Store, WithdrawalsQuery, rebuild,
};
use tempfile::TempDir;

use crate::programs::{Ran, profiles, run};

/// Projects behind a journal as it grows: as often as it has entries, one more batch.
fn project(ran: &Ran) {
    let mut projector = Projector::open(&ran.files).unwrap();
    while projector.catch_up().unwrap() == ControlFlow::Continue(()) {}
    assert_eq!(projector.entries(), ran.engine.next_seq());
}

/// Every row of every table.
fn dump(files: &ProgrammeFiles, directory: &std::path::Path) -> Vec<String> {
    assert!(ReadModels::open(files).is_ok());
    let connection = rusqlite::Connection::open(directory.join("programmes/p/read.db")).unwrap();
    let mut tables =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
        let columns = statement.column_count();
        let read = statement.query_map([], |row| {
            let cells = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
            Ok(format!("{table}: {:?}", cells.collect::<Result<Vec<_>, _>>()?))
        });
        rows.extend(read.unwrap().map(Result::unwrap));
    }
    rows
}

/// KEEP-2: rows that came in small steps behind the journal are the rows that one pass makes.
#[test]
fn rebuilt_rows_are_those_that_came_live() {
    for (seed, profile) in profiles() {
        let whole = run(seed, profile, &[1, 4]);
        let directory = TempDir::new().unwrap();
        let files = Store::open(directory.path()).unwrap().files("p");
        let [whole_journal, journal] =
            [&whole.directory, &directory].map(|of| of.path().join("programmes/p/journal.db"));
        std::fs::create_dir(journal.parent().unwrap()).unwrap();
        std::fs::copy(&whole_journal, &journal).unwrap();
        let connection = rusqlite::Connection::open(&journal).unwrap();
        let attach = format!("ATTACH '{}' AS whole", whole_journal.display());
        connection.execute_batch(&attach).unwrap();
        connection.execute_batch("DELETE FROM batch WHERE first_seq > 0").unwrap();
        // After each stretch of the journal the projector of a new process goes on.
        for step in 1..=9 {
            let until = whole.engine.next_seq() * step / 9;
            let insert =
                "INSERT OR IGNORE INTO batch SELECT * FROM whole.batch WHERE first_seq + entries <= ?1";
            connection.execute(insert, [until.cast_signed()]).unwrap();
            let mut projector = Projector::open(&files).unwrap();
            while projector.catch_up().unwrap() == ControlFlow::Continue(()) {}
        }
        let came = dump(&files, directory.path());
        assert!(came.iter().any(|row| row.starts_with("member:")), "{profile:?} makes rows");
        assert_eq!(rebuild(&files).unwrap(), whole.engine.next_seq());
        assert_eq!(dump(&files, directory.path()), came, "{profile:?}, seed {seed}");
    }
}

/// What rows say of orders, members and withdrawals is what the engine says.
#[test]
fn rows_agree_with_the_engine() {
    for (seed, profile) in profiles() {
        let ran = run(seed, profile, &[20]);
        project(&ran);
        let rows = ReadModels::open(&ran.files).unwrap();
        let engine = &ran.engine;
        let context = format!("{profile:?}, seed {seed}");
        orders_agree(&rows, engine, &context);
        let mut before = None;
        let mut members = Vec::new();
        loop {
            let query = MembersQuery { before, limit: 3, ..MembersQuery::default() };
            let page = rows.members(&query).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.no);
            members.extend(page);
        }
        members.reverse();
        assert_eq!(members.len(), engine.member_count(), "{context}");
        for (row, member) in members.iter().zip(engine.members()) {
            let referrer = member.referrer.and_then(|no| engine.member_at(no)).map(|referrer| referrer.id);
            assert_eq!((row.id.as_str(), row.referrer.as_deref()), (member.id, referrer), "{context}");
            assert_eq!((row.joined_at, row.suspended), (member.joined_at, member.suspended), "{context}");
            assert_eq!(row.person.as_deref(), member.person, "{context}");
        }
        for row in rows.withdrawals(&WithdrawalsQuery { limit: ROWS_PAGE_MAX, ..Default::default() }).unwrap()
        {
            assert_eq!(Some(row.state), engine.withdrawal(&row.id), "{context}: {row:?}");
            assert_eq!(row.steps.last().map(|step| step.state), Some(row.state));
            if let Payee::Member(member) = &row.payee {
                let query = WithdrawalsQuery {
                    member: Some(member.clone()),
                    id: Some(row.id.clone()),
                    limit: 1,
                    ..Default::default()
                };
                assert_eq!(rows.withdrawals(&query).unwrap(), [row]);
            }
        }
        merchants_agree(&rows, engine, &context);
        prices_agree(&rows, engine, &context);
        market_agrees(&rows, engine, &context);
        closes_agree(&rows, engine, &context);
    }
}

/// The same of agents, shareholders and ranks.
#[test]
fn rows_of_the_network_agree_with_the_engine() {
    for (seed, profile) in profiles() {
        let ran = run(seed, profile, &[20]);
        project(&ran);
        let rows = ReadModels::open(&ran.files).unwrap();
        network_agrees(&rows, &ran.engine, &format!("{profile:?}, seed {seed}"));
    }
}

/// COMM-4, COMM-5, RANK-2: agents and what orders paid them, weights and dividends, ranks with their changes.
fn network_agrees(rows: &ReadModels, engine: &Engine, context: &str) {
    let all = AgentsQuery { limit: ROWS_PAGE_MAX, ..AgentsQuery::default() };
    let mut agents: Vec<_> = rows
        .agents(&all)
        .unwrap()
        .into_iter()
        .map(|row| (row.territory.code(), row.no, row.member))
        .collect();
    agents.sort();
    let agents: Vec<_> = agents.into_iter().map(|(territory, _, member)| (territory, member)).collect();
    let mut expected: Vec<_> = engine
        .agents()
        .flat_map(|(territory, agents)| agents.iter().map(move |agent| (territory, *agent)))
        .map(|(territory, agent)| (territory, engine.member_at(agent).unwrap().id.to_owned()))
        .collect();
    expected.sort_by_key(|(territory, _)| *territory);
    assert_eq!(agents, expected, "{context}");
    let mut earned = std::collections::BTreeMap::new();
    for member in engine.members() {
        let of_member = rows.agent_earned(member.id).unwrap();
        let income = rows.agent_income(member.id, None, ROWS_PAGE_MAX).unwrap();
        let sum: i64 = income.iter().map(|row| row.amount).sum();
        assert_eq!(sum, of_member.iter().map(|(_, earned, _)| earned).sum::<i64>(), "{context}");
        for (kind, minor, _) in of_member {
            *earned.entry(kind).or_insert(0) += minor;
        }
        let weight = rows.shareholders(Some(member.id), None, 1).unwrap().pop().map_or(0, |row| row.weight);
        assert_eq!(weight, member.weight_millionths, "{context}: {}", member.id);
        let changes = rows.rank_changes(Some(member.id), None, None, 1).unwrap();
        let rank = changes.first().map_or(0, |change| change.to);
        assert_eq!(rank.checked_sub(1).map(|place| place as usize), member.rank, "{context}: {}", member.id);
    }
    let agents = ["district", "city", "province"];
    let mut paid = std::collections::BTreeMap::new();
    for (kind, _, amount) in engine.commissions().filter(|(kind, ..)| agents.contains(&kind.name())) {
        *paid.entry(kind.name().to_owned()).or_insert(0) += amount.minor();
    }
    earned.retain(|_, minor| *minor != 0);
    assert_eq!(earned, paid, "{context}");
    for (place, count) in (1..).zip(engine.members_by_rank()) {
        let query = MembersQuery { rank: Some(place), limit: ROWS_PAGE_MAX, ..MembersQuery::default() };
        let of_rank = rows.members(&query).unwrap();
        assert_eq!(of_rank.len(), *count as usize, "{context}");
        assert!(
            of_rank.iter().all(|row| { engine.member(&row.id).unwrap().rank == Some(place as usize - 1) })
        );
    }
    let dividends = rows.dividends(None, ROWS_PAGE_MAX).unwrap();
    let Some((last, now)) = dividends.first().zip(engine.dividend()) else { return };
    assert_eq!(
        (last.pot.minor() - last.paid.minor(), last.deficit),
        (now.pot.minor(), now.deficit),
        "{context}"
    );
    for dividend in &dividends {
        assert!(dividend.paid <= dividend.pot, "{context}: {dividend:?}");
    }
    for member in engine.members() {
        for part in rows.dividend_shares(member.id, None, ROWS_PAGE_MAX).unwrap() {
            let (pot, own) = (i128::from(part.dividend.pot.minor()), i128::from(part.weight));
            let share = pot * own / i128::try_from(part.dividend.weight).unwrap();
            assert_eq!(i128::from(part.amount.minor()), share, "{context}: {part:?}");
        }
    }
}

/// EMIT-3c, REL-4a: all closes together did what the engine says of its life.
fn closes_agree(rows: &ReadModels, engine: &Engine, context: &str) {
    let mut closes = Vec::new();
    loop {
        let before = closes.last().map(|close: &CloseRow| close.closed.at);
        let page = rows.closes(before, 3).unwrap();
        if page.is_empty() {
            break;
        }
        closes.extend(page);
    }
    assert!(closes.is_sorted_by(|newer, older| newer.closed.at > older.closed.at), "{context}");
    let sum = |of: fn(&CloseRow) -> u128| closes.iter().map(of).sum::<u128>();
    let emission = engine.emission();
    let scheduled = emission.issued.units() + emission.reserve.units();
    assert_eq!(sum(|close| close.amount.units()), scheduled, "{context}");
    for close in &closes {
        let parts = [close.to_members, close.to_platform, close.to_ranks, close.unissued];
        let parts: u128 = parts.iter().map(|part| part.units()).sum();
        assert_eq!(parts, close.amount.units(), "{context}: {close:?}");
    }
    assert_eq!(sum(|close| close.shortfall.as_u128()), engine.release_shortfall().as_u128(), "{context}");
    if let Some(newest) = closes.iter().find(|close| !close.guide_issued.is_zero()) {
        let guide = (newest.guide_released, newest.guide_issued);
        assert_eq!(guide, (emission.guide_released, emission.guide_issued), "{context}");
    }
}

/// Offers hold what the engine holds for them, and what was paid for lots is what was got for them (MKT-1b).
fn market_agrees(rows: &ReadModels, engine: &Engine, context: &str) {
    let (mut before, mut offers) = (None, Vec::new());
    loop {
        let query = OffersQuery { before, limit: 40, ..OffersQuery::default() };
        let page = rows.offers(&query).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.no);
        offers.extend(page);
    }
    for row in &offers {
        let offer = engine.market_offer(&row.id).unwrap();
        assert_eq!(
            (row.member.as_str(), row.side, row.price),
            (offer.member, offer.side, offer.price),
            "{context}"
        );
        let is_open = offer.state == OfferState::Open;
        // The row of one that ended keeps what was never filled; the engine needs it no more.
        assert_eq!(if is_open { row.remaining } else { 0 }, u64::from(offer.left), "{context}: {row:?}");
        assert_eq!(
            (row.state == OfferStanding::Open, row.ended.is_none()),
            (is_open, is_open),
            "{context}: {row:?}"
        );
        assert_eq!(row.state == OfferStanding::Filled, row.remaining == 0, "{context}: {row:?}");
        if is_open {
            assert_eq!(row.hold, offer.hold, "{context}: {row:?}");
        }
        let same = OffersQuery { id: Some(row.id.clone()), limit: 1, ..OffersQuery::default() };
        assert_eq!(rows.offers(&same).unwrap(), std::slice::from_ref(row));
    }
    for side in [Side::Buy, Side::Sell] {
        let open = offers.iter().filter(|row| row.side == side && row.state == OfferStanding::Open);
        assert_eq!(open.count(), engine.market_queue(side).count(), "{context}");
    }
    let mut trades = Vec::new();
    let mut before = None;
    loop {
        let page = rows.trades(None, before, 40).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.no);
        trades.extend(page);
    }
    for (row, trade) in trades.iter().zip(engine.market_trades()) {
        let of_row = (row.moment.at, row.price, row.lots, row.taker);
        assert_eq!(of_row, (trade.at, trade.price, trade.quantity.into(), trade.taker), "{context}");
    }
    let sum = |of: &mut dyn Iterator<Item = Money>| {
        of.map(|money| u128::from(money.minor().unsigned_abs())).sum::<u128>()
    };
    for (side, fee) in [(Side::Buy, 0), (Side::Sell, 1)] {
        let mine = || offers.iter().filter(|row| row.side == side);
        assert_eq!(
            sum(&mut mine().map(|row| row.traded)),
            sum(&mut trades.iter().map(|row| row.amount)),
            "{context}"
        );
        let fees = sum(&mut trades.iter().map(|row| [row.buyer_fee, row.seller_fee][fee]));
        assert_eq!(sum(&mut mine().map(|row| row.fees)), fees, "{context}");
    }
    assert_eq!(rows.open_halt().unwrap().is_some(), engine.market_is_halted(), "{context}");
}

/// Each merchant stands where its last step left it, and began with the order of its pack.
fn merchants_agree(rows: &ReadModels, engine: &Engine, context: &str) {
    for merchant in engine.merchants() {
        let steps = rows.merchant_steps(merchant.id).unwrap();
        assert_eq!(steps.last().map(|step| step.state), Some(merchant.state), "{context}: {merchant:?}");
        let pack = steps[0].pack.as_deref().expect("an application names its order");
        assert!(engine.order(pack).is_some(), "{context}: {merchant:?}");
        for step in &steps {
            let has_reason = matches!(step.state, MerchantState::Rejected | MerchantState::Suspended);
            assert_eq!(step.reason.is_some(), has_reason, "{context}: {step:?}");
        }
        assert_eq!(engine.merchant(merchant.id).map(|same| same.no), Some(merchant.no), "{context}");
    }
}

fn orders_agree(rows: &ReadModels, engine: &Engine, context: &str) {
    let (mut before, mut count) = (None, 0_u64);
    loop {
        let page = rows.orders(&OrdersQuery { before, limit: 50, ..OrdersQuery::default() }).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.no);
        for row in &page {
            let order = engine.order_view(&row.id).unwrap();
            assert_eq!((row.state, row.member.as_str()), (order.state, order.member), "{context}: {row:?}");
            assert_eq!(row.paid.map(|paid| paid.at), order.paid_at, "{context}: {row:?}");
            let goods = order.lines.iter().map(|line| line.amount);
            let amount = goods.fold(order.freight, |sum, part| sum.checked_add(part).unwrap());
            assert_eq!(row.amount, amount.checked_add(order.tax).unwrap(), "{context}: {row:?}");
            let refunded = order.lines.iter().map(|line| line.refunded);
            let refunded = refunded.fold(Money::ZERO, |sum, part| sum.checked_add(part).unwrap());
            assert!(row.refunded >= refunded && row.refunded <= row.amount, "{context}: {row:?}");
            let refunds = rows.refunds(&row.id).unwrap();
            assert!(refunds.iter().all(|refund| refund.amount <= row.refunded), "{context}: {row:?}");
            let same = OrdersQuery { id: Some(row.id.clone()), limit: 1, ..OrdersQuery::default() };
            assert_eq!(rows.orders(&same).unwrap(), std::slice::from_ref(row));
            let of = OrdersQuery {
                member: Some(row.member.clone()),
                state: Some(row.state),
                before: Some(row.no + 1),
                limit: 1,
                ..OrdersQuery::default()
            };
            assert_eq!(rows.orders(&of).unwrap(), std::slice::from_ref(row));
            for merchant in order.lines.iter().filter_map(|line| line.merchant.clone()) {
                let of = OrdersQuery {
                    merchant: Some(merchant),
                    before: Some(row.no + 1),
                    limit: 1,
                    ..OrdersQuery::default()
                };
                assert_eq!(rows.orders(&of).unwrap(), std::slice::from_ref(row), "{context}");
            }
        }
        count += page.len() as u64;
    }
    assert!(
        before.is_none() || before == Some(0) && count > 0,
        "orders are numbered without gaps: {context}, {count} orders, the first is {before:?}"
    );
}

fn prices_agree(rows: &ReadModels, engine: &Engine, context: &str) {
    let buckets = rows.prices(Timestamp::MIN, Timestamp::MAX, 10).unwrap();
    let minutes = rows.prices(Timestamp::MIN, engine.now(), 1).unwrap();
    assert!(buckets.len() <= 10 && minutes.len() <= 1, "{context}");
    let price = engine.price();
    if let Some(last) = buckets.last().filter(|_| !price.supply.is_zero()) {
        let decimals = engine.plan().programme.currency.decimals;
        assert_eq!(last.last, price.display_unsplit(decimals), "{context}");
        assert_eq!((last.pool, last.supply), (price.assets, price.supply), "{context}");
        let held = engine.member_outcomes().map(|member| member.points.units()).sum();
        assert_eq!(last.held, Points::from_units(held), "{context}");
    }
    for bucket in buckets {
        let key = |price: &str| (price.len(), price.to_owned());
        assert!(
            key(&bucket.min) <= key(&bucket.first) && key(&bucket.first) <= key(&bucket.max),
            "{context}"
        );
        assert!(key(&bucket.min) <= key(&bucket.last) && key(&bucket.last) <= key(&bucket.max), "{context}");
    }
}

/// Rows of a journal that was put back from a backup, and is shorter, are made anew.
#[test]
fn rows_that_are_ahead_of_the_journal_are_thrown_away() {
    let (seed, profile) = profiles().next().unwrap();
    let ran = run(seed, profile, &[2]);
    project(&ran);
    let journal = ran.directory.path().join("programmes/p/journal.db");
    let half = "DELETE FROM batch WHERE first_seq > (SELECT max(first_seq) / 2 FROM batch)";
    rusqlite::Connection::open(journal).unwrap().execute(half, []).unwrap();
    let mut projector = Projector::open(&ran.files).unwrap();
    assert_eq!(projector.entries(), 0);
    while projector.catch_up().unwrap() == ControlFlow::Continue(()) {}
    let came = dump(&ran.files, ran.directory.path());
    rebuild(&ran.files).unwrap();
    assert_eq!(dump(&ran.files, ran.directory.path()), came);
}
