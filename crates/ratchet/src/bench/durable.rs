//! The binary journal: encoding, hashing, decoding, replay and audit.

use std::time::Instant;

use ratchet_engine::command::{Command, Envelope, OrderTerms};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::id::Id;
use ratchet_engine::journal;
use ratchet_engine::time::Timestamp;

use super::{Random, Row, money, plan, reserve, timed};

/// The binary journal of a life-like history: members once each, then again; an order is received a tenth of them later and settles
/// seven days after that, so that pay, receipt and settlement stand far apart. Encoding, chain and leaves, decoding, replay, audit.
pub(super) fn durable(size: u64, report: &mut dyn FnMut(&Row)) {
    let blobs = durable_blobs(size, report);
    let hashed = timed("durable, hash of batches", size, blobs.entries, || {
        let head = blobs.blobs.iter().fold([0; 32], |head, blob| journal::binary::chain(&head, blob));
        format!("entries; head {:02x}{:02x}…", head[0], head[1])
    });
    report(&hashed);
    report(&timed("durable, hash of entries", size, blobs.entries, || {
        let mut tree = journal::merkle::Tree::new();
        for blob in &blobs.blobs {
            let grown = journal::Blob::new(blob).and_then(|blob| blob.grow(&mut tree));
            grown.unwrap_or_else(|error| panic!("{error}"));
        }
        format!("entries; {} leaves", tree.size())
    }));
    let decode = |blob: &[u8], decoder: &mut journal::BlobDecoder, batch: &mut journal::EntryBatch| {
        batch.clear();
        decoder.decode(blob, batch).unwrap_or_else(|(_, error)| panic!("{error}"));
    };
    let (mut decoder, mut batch) = (journal::BlobDecoder::new(), journal::EntryBatch::new());
    report(&timed("durable, decode", size, blobs.entries, || {
        let mut steps = 0;
        for blob in &blobs.blobs {
            decode(blob, &mut decoder, &mut batch);
            steps += batch.len();
        }
        format!("entries; {steps} of them")
    }));
    let mut replayed = Engine::genesis(plan(7));
    reserve(&mut replayed, size / 2, size);
    report(&timed("durable, decode and apply", size, blobs.entries, || {
        for blob in &blobs.blobs {
            decode(blob, &mut decoder, &mut batch);
            replayed.replay_batch(&batch).unwrap_or_else(|error| panic!("{error}"));
        }
        "entries, one thread".to_owned()
    }));
    assert_eq!(replayed.digest(), blobs.digest, "replay equals the engine");
    let mut replayed = Engine::genesis(plan(7));
    reserve(&mut replayed, size / 2, size);
    report(&timed("durable, decode beside apply", size, blobs.entries, || {
        let (send, batches) = std::sync::mpsc::sync_channel::<journal::EntryBatch>(4);
        let (give_back, used) = std::sync::mpsc::channel::<journal::EntryBatch>();
        std::thread::scope(|scope| {
            let blobs = &blobs;
            scope.spawn(move || {
                let mut decoder = journal::BlobDecoder::new();
                for blob in &blobs.blobs {
                    let mut batch = used.try_recv().unwrap_or_default();
                    decode(blob, &mut decoder, &mut batch);
                    send.send(batch).expect("it is waited for");
                }
            });
            for batch in batches {
                replayed.replay_batch(&batch).unwrap_or_else(|error| panic!("{error}"));
                drop(give_back.send(batch));
            }
        });
        "entries, two threads".to_owned()
    }));
    drop(replayed);
    report(&timed("durable, verify", size, blobs.entries, || {
        let mut verifier = journal::Verifier::new();
        // The genesis stands in no batch here.
        let mut engine = Engine::genesis(plan(7));
        engine.keep_entries(true);
        let mut genesis = journal::EntryBatch::new();
        let (mut text, mut first) = (Vec::new(), journal::Writer::new());
        first.write(&engine, None, &mut text);
        journal::Reader::new()
            .read(String::from_utf8_lossy(&text).trim_end(), &mut genesis)
            .unwrap_or_else(|error| panic!("{error}"));
        verifier.push_batch(&genesis, 0).unwrap_or_else(|error| panic!("{error}"));
        for (record, blob) in (1..).zip(&blobs.blobs) {
            decode(blob, &mut decoder, &mut batch);
            verifier.push_batch(&batch, record).unwrap_or_else(|error| panic!("{error}"));
        }
        "entries, replayed and decided again, one thread".to_owned()
    }));
}

/// What [`durable`] reads.
struct Blobs {
    blobs: Vec<Vec<u8>>,
    entries: u64,
    digest: String,
}

fn durable_blobs(size: u64, report: &mut dyn FnMut(&Row)) -> Blobs {
    let mut engine = Engine::genesis(plan(7));
    reserve(&mut engine, size / 2, size);
    engine.keep_entries(true);
    let mut encoder = journal::BlobEncoder::new();
    let mut batch = journal::EntryBatch::new();
    engine.take_entries(&mut batch);
    let (mut blobs, mut random) = (Vec::new(), Random(5));
    let (mut entries, mut nanoseconds, mut steady_bytes) = (0, 0, 0);
    let id = |text: String| Id::new(&text).expect("a valid id");
    // A fifth of the orders in seven days, at no whole second.
    let step = 7 * 86_400_000_000 / i64::try_from(size / 5).expect("it fits") + 1;
    for first in (0..size).step_by(1_024) {
        let mut applied = Vec::new();
        for number in first..(first + 1_024).min(size) {
            let at = 1_767_225_600_000_000 + i64::try_from(number).expect("small") * step;
            let at = Timestamp::from_us(at).expect("in range");
            let member = if number < size / 2 { number } else { random.below(size / 2) };
            let member = id(format!("m{member}"));
            let order = id(format!("o{number}"));
            let terms = Some(OrderTerms::plain(member.clone(), money(1_000 + random.below(200_000))));
            let key = id(format!("pay:{order}"));
            applied.push(Envelope {
                key,
                at,
                happened_at: None,
                actor: member,
                command: Command::OrderPay { order, terms },
            });
            if let Some(received) = number.checked_sub(size / 10) {
                let order = id(format!("o{received}"));
                let (key, actor) = (id(format!("receive:{order}")), id("operator".to_owned()));
                applied.push(Envelope {
                    key,
                    at,
                    happened_at: None,
                    actor,
                    command: Command::OrderReceive { order },
                });
            }
        }
        engine.submit_all(&applied, |_, _, outcome| {
            assert!(matches!(outcome, Outcome::Applied { .. }), "refused: {outcome:?}");
        });
        engine.take_entries(&mut batch);
        applied.into_iter().for_each(|envelope| batch.push_command(envelope));
        let mut blob = Vec::new();
        let start = Instant::now();
        encoder.push_batch(&batch);
        encoder.finish(&mut blob);
        nanoseconds += start.elapsed().as_nanos();
        entries += u64::try_from(batch.len()).expect("it fits");
        if first >= size / 2 {
            steady_bytes += u64::try_from(blob.len()).expect("it fits");
        }
        blobs.push(blob);
    }
    let steady_orders = size - (size / 2).div_ceil(1_024) * 1_024;
    let note = format!("entries; {} bytes an order life", steady_bytes / steady_orders.max(1));
    report(&Row { name: "durable, encode", size, operations: entries, nanoseconds, note });
    Blobs { blobs, entries, digest: engine.digest() }
}
