//! Snapshots: written to a file and read again.

use std::io::{BufReader, BufWriter, Seek};

use ratchet_engine::command::{Command, Envelope, OrderTerms};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::id::Id;
use ratchet_engine::snapshot::JournalPosition;
use ratchet_engine::time::Timestamp;

use super::{Random, Row, money, plan, reserve, timed};

/// The snapshot of so many orders that are paid, received and settled, of a tenth as many members.
pub(super) fn snapshot(size: u64, report: &mut dyn FnMut(&Row)) {
    let engine = programme(size);
    let mut file = tempfile::tempfile().expect("a place for temporary files");
    report(&timed("snapshot, write", size, size, || {
        let digest =
            engine.snapshot(&JournalPosition::default(), BufWriter::with_capacity(1 << 20, &mut file));
        let digest = digest.expect("a temporary file can be written to");
        format!(
            "orders; {} bytes each; digest {digest}",
            file.stream_position().expect("it is a file") / size
        )
    }));
    let digest = engine.digest();
    drop(engine);
    file.rewind().expect("it is a file");
    let mut restored = None;
    report(&timed("snapshot, restore", size, size, || {
        restored = Engine::restore(BufReader::with_capacity(1 << 20, &mut file)).ok();
        "orders, with indexes and the queue of caps".to_owned()
    }));
    let restored = restored.map(|(engine, ..)| engine.digest());
    assert_eq!(restored, Some(digest), "restored is what was kept");
}

fn programme(size: u64) -> Engine {
    let (mut engine, mut random) = (Engine::genesis(plan(0)), Random(9));
    let members = (size / 10).max(1);
    reserve(&mut engine, members, size);
    engine.record_events(false);
    let id = |text: String| Id::new(&text).expect("a valid id");
    for number in 0..size {
        let at = 1_767_225_600_000_000 + i64::try_from(number).expect("small") * 1_000_000;
        let at = Timestamp::from_us(at).expect("in range");
        let (member, order) = (id(format!("m{}", random.below(members))), id(format!("o{number}")));
        let terms = Some(OrderTerms::plain(member.clone(), money(1_000 + random.below(200_000))));
        for (key, command) in [
            (format!("pay:{order}"), Command::OrderPay { order: order.clone(), terms }),
            (format!("receive:{order}"), Command::OrderReceive { order: order.clone() }),
        ] {
            let envelope = Envelope { key: id(key), at, happened_at: None, actor: member.clone(), command };
            let outcome = engine.submit(&envelope);
            assert!(matches!(outcome, Outcome::Applied { .. }), "refused: {outcome:?}");
        }
    }
    engine
}
