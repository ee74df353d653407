//! Journals in both forms (docs/spec/journal.md).

use std::sync::mpsc::channel;

use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::journal::merkle::{Tree, leaf_hash};
use ratchet_engine::journal::{
    BinaryWriter, Blob, BlobDecoder, BlobEncoder, EntryBatch, Reader, Verifier, Writer, binary,
};
use ratchet_engine::testing::program::{Profile, Program};

/// A programme with its journal in both forms.
struct Run {
    program: Program,
    engine: Engine,
    text: Vec<u8>,
    binary: Vec<u8>,
}

fn run(program: Program) -> Run {
    let mut engine = Engine::genesis(program.plan());
    let (mut text, mut bytes) = (Vec::new(), Vec::new());
    let (mut writer, mut binary) = (Writer::new(), BinaryWriter::new());
    writer.write(&engine, None, &mut text);
    binary.write(&engine, None, &mut bytes);
    for envelope in &program.commands {
        engine.submit(envelope);
        writer.write(&engine, Some(envelope), &mut text);
        binary.write(&engine, Some(envelope), &mut bytes);
    }
    binary.finish(&engine, &mut bytes);
    Run { program, engine, text, binary: bytes }
}

/// One small program of every profile.
fn runs() -> impl Iterator<Item = Run> {
    (1..).zip(Profile::ALL).map(|(seed, profile)| {
        let mut program = Program::of_profile(seed, profile);
        program.commands.truncate(60);
        run(program)
    })
}

/// Reads and verifies a binary journal; says why it does not fit.
fn verify_binary(bytes: &[u8]) -> Result<Engine, String> {
    let mut verifier = Verifier::new();
    let reader = binary::read(bytes, |batch, record| verifier.push_batch(batch, record));
    let reader = reader.map_err(|error| error.to_string())?;
    let (engine, _) = verifier.finish().map_err(|error| error.to_string())?;
    reader.check(&engine).map_err(|error| error.to_string())?;
    Ok(engine)
}

/// Contents of the records.
fn records(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes.strip_prefix(binary::MAGIC).expect("it begins like that");
    let mut records = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).expect("it fits");
        records.push(after[..length].to_vec());
        rest = &after[length + 32..];
    }
    records
}

/// A journal of these records, with a chain that fits.
fn chained(records: &[Vec<u8>]) -> Vec<u8> {
    let (mut bytes, mut previous) = (binary::MAGIC.to_vec(), [0; 32]);
    for record in records {
        previous = binary::chain(&previous, record);
        bytes.extend_from_slice(&u64::try_from(record.len()).expect("it fits").to_le_bytes());
        bytes.extend_from_slice(record);
        bytes.extend_from_slice(&previous);
    }
    bytes
}

/// JRN-4: what the closing record says is what the entries come to; without it, and after it, nothing fits.
#[test]
fn the_closing_record() {
    for run in runs() {
        let engine = verify_binary(&run.binary).expect("it fits");
        assert_eq!(engine.digest(), run.engine.digest());
        let mut all = records(&run.binary);
        let closing = all.pop().expect("a closing record");
        let cut_off = verify_binary(&chained(&all)).expect_err("it was cut off");
        assert!(cut_off.contains("closing record is missing"), "{cut_off}");
        all.extend([closing.clone(), closing]);
        let error = verify_binary(&chained(&all)).expect_err("something follows");
        assert!(error.contains("follows the closing one"), "{error}");
    }
}

/// JRN-1, JRN-3: a bit that is flipped, anywhere, is found; and so is an end that comes too early.
#[test]
fn a_flipped_bit_anywhere() {
    let mut program = Program::of_profile(3, Profile::Mixed);
    program.commands.truncate(12);
    let run = run(program);
    verify_binary(&run.binary).expect("it fits");
    // The description is long and all alike.
    let description = 16 + 8 + records(&run.binary)[0].len();
    let places = (0..40).chain((40..description).step_by(997)).chain(description..run.binary.len());
    for at in places {
        let mut bytes = run.binary.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(verify_binary(&bytes).is_err(), "byte {at}");
        assert!(at == 0 || verify_binary(&run.binary[..at]).is_err(), "cut off at byte {at}");
    }
    for at in 0..run.text.len() {
        let mut text = run.text.clone();
        text[at] ^= 1 << (at % 8);
        let (mut reader, mut batch) = (Reader::new(), EntryBatch::new());
        let text = String::from_utf8(text);
        let fits = text.is_ok_and(|text| text.lines().all(|line| reader.read(line, &mut batch).is_ok()));
        // The last line needs no line feed, and any other end shows.
        assert!(!fits, "byte {at}");
    }
}

/// JRN-5, JRN-12: an entry is found by its number without its neighbours, and its leaf is what stands there.
#[test]
fn one_entry_by_its_number() {
    let mut program = Program::of_profile(5, Profile::Mixed);
    program.commands.truncate(300);
    let run = run(program);
    let all = records(&run.binary);
    let (mut tree, mut entries) = (Tree::new(), 0);
    for content in &all[1..all.len() - 1] {
        let blob = Blob::new(content).expect("a batch");
        let numbers = blob.first..blob.first + u64::try_from(blob.count).expect("it fits");
        for (seq, bytes) in numbers.clone().zip(blob.entries()) {
            let bytes = bytes.expect("an entry");
            assert_eq!(blob.entry(seq).expect("it is read"), Some(bytes));
            let alone = blob.standalone(seq).expect("it is read").expect("it is there");
            assert!(alone.ends_with(bytes));
            tree.push(leaf_hash(&[&alone]));
            entries += 1;
        }
        assert_eq!(blob.entry(numbers.end).expect("it is read"), None);
    }
    assert!(entries > 130, "several places of the index");
    let closing = String::from_utf8(all[all.len() - 1].clone()).expect("JSON");
    let root: String = tree.root().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(closing.contains(&root), "{closing}");

    // An index that says something else is found.
    let mut wrong = all.clone();
    let last = wrong[1].len() - 1;
    wrong[1][last] ^= 1;
    let error = verify_binary(&chained(&wrong)).expect_err("the index is wrong");
    assert!(error.contains("index"), "{error}");
}

/// JRN-16: whoever goes on after any entry writes what it would have written had it never stopped. Its state comes of replay.
#[test]
fn going_on_after_any_entry() {
    for mut run in runs() {
        run.program.commands.truncate(25);
        let commands = &run.program.commands;
        let mut engine = Engine::genesis(run.program.plan());
        let mut writer = BinaryWriter::new();
        let mut bytes = Vec::new();
        writer.write(&engine, None, &mut bytes);
        writer.commit(&mut bytes);
        // Where each command's records begin, and the writer as it was then.
        let mut stops = Vec::new();
        for envelope in commands {
            stops.push((bytes.len(), writer.head().0, writer.head().1.clone()));
            engine.submit(envelope);
            writer.write(&engine, Some(envelope), &mut bytes);
            writer.commit(&mut bytes);
        }
        for (stop, (length, head, tree)) in stops.into_iter().enumerate() {
            let mut resumed: Option<Engine> = None;
            // Cut off: the reader has no closing record, but all entries.
            let read = binary::read(&bytes[..length], |batch, _| {
                if let Some(genesis) = batch.genesis() {
                    let plan = ratchet_engine::plan::Plan::parse("plan", &genesis.plan).expect("it parses");
                    resumed = Some(Engine::genesis(plan));
                } else if let Some(engine) = &mut resumed {
                    engine.replay_batch(batch).expect("it fits");
                }
                Ok(())
            });
            assert!(read.is_err());
            let mut resumed = resumed.expect("a genesis");
            let (mut writer, mut more) = (BinaryWriter::resume(head, tree), Vec::new());
            for envelope in &commands[stop..] {
                resumed.submit(envelope);
                writer.write(&resumed, Some(envelope), &mut more);
                writer.commit(&mut more);
            }
            assert_eq!(more, bytes[length..], "stopped before command {stop}");
            assert_eq!(resumed.digest(), engine.digest());
        }
    }
}

/// JRN-16: entries that are kept and handed over to another thread become the same bytes.
#[test]
fn entries_handed_to_another_thread() {
    for run in runs() {
        let (to_encoder, batches) = channel::<EntryBatch>();
        let (give_back, used) = channel::<EntryBatch>();
        let encoder = std::thread::spawn(move || {
            let (mut writer, mut bytes) = (BinaryWriter::new(), Vec::new());
            for batch in batches {
                writer.write_batch(&batch, &mut bytes);
                let _ = give_back.send(batch);
            }
            (writer, bytes)
        });
        let mut engine = Engine::genesis(run.program.plan());
        engine.keep_entries(true);
        let mut batch = EntryBatch::new();
        engine.take_entries(&mut batch);
        batch.set_genesis(ratchet_engine::journal::Genesis::of(&engine));
        to_encoder.send(batch).expect("the encoder is there");
        for commands in run.program.commands.chunks(7) {
            let mut applied = Vec::new();
            for envelope in commands {
                if let Outcome::Applied { seq } = engine.submit(envelope) {
                    assert_eq!(engine.entries().last().map(|entry| entry.seq), Some(seq));
                    applied.push(envelope.clone());
                }
            }
            let mut batch = used.try_recv().unwrap_or_default();
            engine.take_entries(&mut batch);
            applied.into_iter().for_each(|envelope| batch.push_command(envelope));
            to_encoder.send(batch).expect("the encoder is there");
        }
        drop(to_encoder);
        let (mut writer, mut bytes) = encoder.join().expect("it encodes");
        writer.finish(&engine, &mut bytes);
        assert_eq!(bytes, run.binary);
    }
}

/// JRN-2, JRN-6, JRN-7, JRN-8, JRN-9, JRN-10, JRN-11, JRN-13: what is encoded is decoded, by the code and by the description alike.
#[test]
fn decoded_by_the_description() {
    let by_description = binary::schema().text().replacen("\"format\":1", "\"format\":1 ", 1);
    let mut described = BlobDecoder::of_text(by_description.as_bytes()).expect("a description");
    // Blanks do not make another description; a type that nobody uses does.
    let other = by_description.replacen("\"types\":{", "\"types\":{\"Nothing\":{\"struct\":[]},", 1);
    let mut by_name = BlobDecoder::of_text(other.as_bytes()).expect("a description");
    for run in runs() {
        let all = records(&run.binary);
        for content in &all[1..all.len() - 1] {
            let [mut own, mut same, mut named] = [(); 3].map(|()| EntryBatch::new());
            BlobDecoder::new().decode(content, &mut own).expect("it is read");
            described.decode(content, &mut same).expect("it is read");
            by_name.decode(content, &mut named).expect("it is read by name");
            assert_eq!(own.genesis(), named.genesis());
            for ((own, command), (named, other)) in own.iter().zip(named.iter()) {
                assert!(own.is_same(&named) && command == other, "{own:?} {named:?}");
            }
            assert_eq!((own.len(), own.len()), (same.len(), named.len()));
            // Written again it is the same: the form of a value is one.
            let (mut encoder, mut again) = (BlobEncoder::new(), Vec::new());
            encoder.push_batch(&named);
            encoder.finish(&mut again);
            assert_eq!(*content, again);
        }
        let text = String::from_utf8(run.text).expect("UTF-8");
        let bodies = text.lines().filter(|line| line.contains("\"body\":{\"v\":1,\"rules\":1,\"type\":"));
        assert_eq!(bodies.count(), text.lines().count());
    }
}

/// JRN-13: only enums whose first variant holds nothing may be left out; the committed description is checked by codegen.
#[test]
fn the_description_is_read_as_it_is_written() {
    let text = binary::schema().text();
    assert!(BlobDecoder::of_text(text.as_bytes()).is_ok());
    let lines = binary::schema().lines();
    let [compact, lines] =
        [text, lines].map(|text| serde_json::from_str::<serde_json::Value>(&text).expect("JSON"));
    assert_eq!(compact, lines);
}

/// Hostile bytes with a chain that fits are refused or verified, never a panic; what the tree says no longer fits.
#[test]
fn hostile_batches() {
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut read = 0;
    for run in runs() {
        let all = records(&run.binary);
        let blob = &all[1];
        for _ in 0..400 {
            let mut bytes = blob.clone();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                match next(4) {
                    0 => bytes[at] ^= 1 << next(8),
                    1 => bytes[at] = [0, 1, 127, 128, 255][next(5)],
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, bytes[next(bytes.len())]),
                }
            }
            let mut batch = EntryBatch::new();
            if BlobDecoder::new().decode(&bytes, &mut batch).is_ok() {
                read += 1;
                // Each is decided again before it is applied.
                let mut verifier = Verifier::new();
                drop(verifier.push_batch(&batch, 1));
            }
        }
    }
    assert!(read > 20, "some are read: {read}");
}
