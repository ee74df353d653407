//! Journals and movements.

use std::ops::ControlFlow;

use ratchet_engine::hash::hex;
use ratchet_engine::journal::{EntryBatch, Verifier, binary};
use ratchet_engine::ledger::{Account, Asset};
use ratchet_store::{Journal, JournalForm, JournalReader, MOVEMENTS_PAGE_MAX, Movement, StoreError};

use crate::programs::{profiles, run};

/// KEEP-1: a journal that is opened again leads to the state that was left, whatever was one commit.
#[test]
fn a_resumed_programme_is_the_one_that_was_left() {
    for (seed, profile) in profiles() {
        let ran = run(seed, profile, &[1, 7, 64, 2]);
        let (journal, resumed) = Journal::resume(&ran.files, None).unwrap();
        assert_eq!(resumed.digest(), ran.engine.digest(), "{profile:?}, seed {seed}");
        assert_eq!(journal.entries(), ran.engine.next_seq());
    }
}

/// LEDGER-1: walking back from an account's last movement gives every change of it, and the balance after each.
#[test]
fn movements_lead_to_the_balances_of_the_engine() {
    for (seed, profile) in profiles() {
        let ran = run(seed, profile, &[5, 300, 1]);
        let (journal, engine) = Journal::resume(&ran.files, None).unwrap();
        let reader = JournalReader::open(&ran.files).unwrap();
        let mut count = 0;
        for (account, balance) in engine.accounts() {
            let chain = whole_chain(&reader, account, journal.last_movement(account)).unwrap();
            let now = chain.first().map_or(0, |last| in_present_units(last, engine.price().exponent));
            assert_eq!(now, balance, "{account:?} of {profile:?}, seed {seed}");
            for pair in chain.windows(2) {
                let [movement, before] = pair else { unreachable!("windows of two") };
                assert_eq!(movement.balance, in_present_units(before, movement.splits) + movement.amount);
                assert!(before.position < movement.position && before.seq <= movement.seq);
            }
            if let Some(first) = chain.last() {
                assert_eq!(first.balance, first.amount);
            }
            count += chain.len() as u64;
        }
        assert_eq!(count, journal.movements(), "each movement is in the chain of its account");
        assert_eq!(count, postings(&reader), "each posting is a movement");
    }
}

fn whole_chain(
    reader: &JournalReader,
    account: Account,
    mut next: Option<u64>,
) -> Result<Vec<Movement>, StoreError> {
    let mut chain = Vec::new();
    while next.is_some() {
        let page = reader.movements(account, next, MOVEMENTS_PAGE_MAX)?;
        next = page.last().and_then(|last| last.previous);
        chain.extend(page);
    }
    Ok(chain)
}

fn in_present_units(movement: &Movement, splits: u32) -> i128 {
    match movement.account.kind.asset() {
        Asset::Points => movement.balance * 1_000_i128.pow(splits - movement.splits),
        _ => movement.balance,
    }
}

fn postings(reader: &JournalReader) -> u64 {
    let mut count = 0;
    let counted = reader.batches(0, |batch| {
        let steps = batch.iter().flat_map(|(entry, _)| entry.steps());
        count += steps.map(|(_, postings)| postings.len() as u64).sum::<u64>();
        Ok(ControlFlow::Continue(()))
    });
    counted.unwrap();
    count
}

/// Each entry is found by its number, and pages go back to the first.
#[test]
fn entries_are_read_one_by_one_and_in_pages() {
    for (seed, profile) in profiles().take(3) {
        let ran = run(seed, profile, &[1, 200]);
        let reader = JournalReader::open(&ran.files).unwrap();
        let mut all = Vec::new();
        reader
            .batches(0, |batch| {
                all.extend(batch.iter().map(|(entry, envelope)| {
                    (
                        entry.seq,
                        entry.at,
                        envelope.cloned(),
                        format!("{:?}", entry.steps().collect::<Vec<_>>()),
                    )
                }));
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        assert_eq!(all.len() as u64, ran.engine.next_seq());
        for (seq, at, envelope, steps) in &all {
            let stored = reader.entry(*seq).unwrap().unwrap();
            assert_eq!(stored.head(), (*seq, *at, envelope.as_ref()));
            let (entry, _) = stored.batch().iter().next().unwrap();
            assert_eq!(&format!("{:?}", entry.steps().collect::<Vec<_>>()), steps);
        }
        assert!(reader.entry(all.len() as u64).unwrap().is_none());
        let (mut before, mut seqs) = (None, Vec::new());
        loop {
            let page = reader.entries_before(before, 7).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.head().0);
            seqs.extend(page.iter().map(|entry| entry.head().0));
        }
        assert!(seqs.into_iter().eq((0..all.len() as u64).rev()));
    }
}

/// KEEP-3: an exported journal is accepted by whoever verifies journals, in both forms, and ends in the same state.
#[test]
fn exports_verify() {
    for (seed, profile) in profiles().step_by(3) {
        let ran = run(seed, profile, &[3, 90]);
        let mut bytes = Vec::new();
        let exported = ran.files.export(JournalForm::Binary, &mut bytes).unwrap();
        assert_eq!((exported.entries, exported.state.digest()), (ran.engine.next_seq(), ran.engine.digest()));
        let mut verifier = Verifier::new();
        let reader = binary::read(&bytes, |batch, record| verifier.push_batch(batch, record)).unwrap();
        let (state, entries) = verifier.finish().unwrap();
        reader.check(&state).unwrap();
        let (count, hash) = JournalReader::open(&ran.files).unwrap().head().unwrap();
        let closing = reader.finish().unwrap();
        assert_eq!(
            (count, hex(&hash)),
            (entries, closing.head.clone()),
            "what a server says is what verifying says"
        );
        assert_eq!((entries, state.digest()), (ran.engine.next_seq(), ran.engine.digest()));

        let mut text = Vec::new();
        ran.files.export(JournalForm::Json, &mut text).unwrap();
        let mut verifier = Verifier::new();
        String::from_utf8(text).unwrap().lines().for_each(|line| verifier.push(line).unwrap());
        assert_eq!(verifier.finish().unwrap().0.digest(), ran.engine.digest());
    }
}

/// A journal of which a byte was changed is refused when it is opened, with the file's name.
#[test]
fn a_changed_byte_is_found_at_start() {
    let (seed, profile) = profiles().next().unwrap();
    let ran = run(seed, profile, &[50]);
    let path = ran.directory.path().join("programmes/p/journal.db");
    let change = "UPDATE batch SET body = CAST(substr(body, 1, length(body) - 1) || x'7f' AS BLOB) \
                  WHERE first_seq = (SELECT max(first_seq) FROM batch)";
    rusqlite::Connection::open(&path).unwrap().execute(change, []).unwrap();
    let error = Journal::resume(&ran.files, None).unwrap_err();
    assert_eq!(error.message().code, "store.journal");
    assert!(error.to_string().contains("journal.db"), "{error}");
}

/// Entries that were left out are missed, even if no hash says so.
#[test]
fn a_missing_batch_is_found_at_start() {
    let (seed, profile) = profiles().next().unwrap();
    let ran = run(seed, profile, &[2]);
    let path = ran.directory.path().join("programmes/p/journal.db");
    let delete = "DELETE FROM batch WHERE first_seq = (SELECT min(first_seq) FROM batch WHERE first_seq > 1)";
    assert_eq!(rusqlite::Connection::open(&path).unwrap().execute(delete, []).unwrap(), 1);
    assert_eq!(Journal::resume(&ran.files, None).unwrap_err().message().code, "store.order");
}

/// KEEP-1: after a commit that failed nothing more is taken, and what is read again goes on.
#[test]
fn a_failed_commit_closes_the_journal_until_it_is_read_again() {
    let (seed, profile) = profiles().next().unwrap();
    let ran = run(seed, profile, &[50]);
    let (mut journal, mut engine) = Journal::resume(&ran.files, None).unwrap();
    engine.keep_entries(true);
    let at = engine.now();
    let envelope = ratchet_engine::command::Envelope {
        key: ratchet_engine::id::Id::new("after").unwrap(),
        at,
        happened_at: None,
        actor: ratchet_engine::id::Id::new("operator").unwrap(),
        command: ratchet_engine::command::Command::TimeAdvance {},
    };
    engine.submit(&envelope);
    let mut batch = EntryBatch::new();
    engine.take_entries(&mut batch);
    batch.push_command(envelope);

    let path = ran.directory.path().join("programmes/p/journal.db");
    let mut other = rusqlite::Connection::open(&path).unwrap();
    let blocks = other.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).unwrap();
    assert_eq!(journal.append(&batch).unwrap_err().message().code, "store.database");
    drop(blocks);
    assert_eq!(journal.append(&batch).unwrap_err().message().code, "store.failed");

    let (mut journal, resumed) = Journal::resume(&ran.files, None).unwrap();
    assert_eq!(resumed.digest(), ran.engine.digest());
    journal.append(&batch).unwrap();
    assert_eq!(Journal::resume(&ran.files, None).unwrap().1.digest(), engine.digest());
}
