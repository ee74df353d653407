//! Journals of other versions: made-up older ones, since there is none yet.

mod forged;

use crate::command::{Command, Envelope, OrderTerms, SellQuantity};
use crate::engine::{Cause, Engine, Outcome};
use crate::event::Event;
use crate::id::{Id, MemberNo, OrderNo};
use crate::journal::{BinaryWriter, Checked, EntryBatch, FORMAT, Genesis, RULES, Verifier, Writer, binary};
use crate::ledger::{Account, AccountKind, Posting};
use crate::plan::Plan;
use crate::time::Timestamp;
use crate::wire::{Encoder, Schema, Value, Wire};

const PLAN: &str = include_str!("../../../../plans/value-growth.toml");

fn plan() -> Plan {
    Plan::parse("plan", &PLAN.replace("after_sale_days = 7", "after_sale_days = 0")).expect("it parses")
}

fn id(text: &str) -> Id {
    Id::new(text).expect("a valid id")
}

/// Orders of three members, received at once, and a sale.
fn commands(orders: std::ops::Range<u32>) -> Vec<Envelope> {
    let at = |second: u32| Timestamp::MIN.plus_minutes(second).expect("in range");
    let mut commands = Vec::new();
    for number in orders {
        let (order, member) = (id(&format!("o{number}")), id(&format!("m{}", number % 3)));
        let amount =
            crate::amount::Money::from_minor(i64::from(10_000 + number * 731)).expect("not negative");
        let terms = Some(OrderTerms::plain(member.clone(), amount));
        let (pay, receive) = (
            Command::OrderPay { order: order.clone(), terms },
            Command::OrderReceive { order: order.clone() },
        );
        let sell = Command::PointsSell { member: member.clone(), points: SellQuantity::All, min_net: None };
        for (name, command) in [("pay", pay), ("receive", receive), ("sell", sell)] {
            if name != "sell" || number % 4 == 3 {
                let key = id(&format!("{name}:{order}"));
                commands.push(Envelope {
                    key,
                    at: at(number),
                    happened_at: None,
                    actor: member.clone(),
                    command,
                });
            }
        }
    }
    commands
}

/// Submits the commands and gives all entries of it, the genesis with them if the engine is new.
fn entries(engine: &mut Engine, commands: &[Envelope]) -> EntryBatch {
    engine.keep_entries(true);
    let mut applied = Vec::new();
    for envelope in commands {
        let outcome = engine.submit(envelope);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        applied.push(envelope.clone());
    }
    let mut batch = EntryBatch::new();
    engine.take_entries(&mut batch);
    batch.set_genesis(Genesis::of(engine));
    applied.into_iter().for_each(|envelope| batch.push_command(envelope));
    batch
}

/// The same entries as made-up older rules would have decided them: of each line's cost one minor unit more is the
/// platform's.
fn by_older_rules(batch: &EntryBatch) -> EntryBatch {
    let mut older = EntryBatch::new();
    older.set_rules(RULES - 1);
    older.set_genesis(batch.genesis().expect("a genesis").clone());
    for (entry, envelope) in batch.iter() {
        older.log_mut().begin_recorded(entry.seq, entry.at, entry.cause);
        envelope.into_iter().for_each(|envelope| older.push_command(envelope.clone()));
        for (event, postings) in entry.steps() {
            let mut event = event.clone();
            let mut shift = 0;
            if let Event::LineSettled { cost, platform, .. } = &mut event {
                let cent = crate::amount::Money::from_minor(1).expect("not negative");
                *cost = cost.checked_sub(cent).expect("there is some");
                *platform = platform.checked_add(cent).expect("it fits");
                shift = 1;
            }
            for Posting { account, amount } in postings {
                let change = if account.kind == AccountKind::MerchantPayable {
                    -shift
                } else if account.kind == AccountKind::PlatformRevenue {
                    shift
                } else {
                    0
                };
                older.log_mut().push_posting(Posting { account: *account, amount: amount + change });
            }
            older.log_mut().end_step(event);
        }
        older.log_mut().end_recorded();
    }
    older
}

/// A journal of these batches, whose description lacks the last field of `LineAdded`: no line here says it, so the bytes of the
/// entries are those of a version that did not have it.
fn journal_of_older_version(batches: &[&EntryBatch], engine: &Engine) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = BinaryWriter::new();
    for batch in batches {
        writer.write_batch(batch, &mut bytes);
        writer.commit(&mut bytes);
    }
    writer.finish(engine, &mut bytes);
    let (field, own) = (r#",["detail",["option","type:LineDetail"]]"#, binary::schema().text());
    let older = own.replacen(field, "", 1);
    assert_ne!(own, older, "LineAdded has the field");
    // The chain anew, and the head in the closing record with it.
    let (mut again, mut previous) = (binary::MAGIC.to_vec(), [0; 32]);
    let mut rest = &bytes[binary::MAGIC.len()..];
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        let (content, after) = after.split_at(usize::try_from(u64::from_le_bytes(*length)).expect("it fits"));
        let mut content = content.to_vec();
        if content == own.as_bytes() {
            content = older.clone().into_bytes();
        }
        if content.starts_with(b"{\"closing\"") {
            let mut closing: serde_json::Value = serde_json::from_slice(&content).expect("JSON");
            closing["closing"]["head"] = crate::hash::hex(&previous).into();
            content = closing.to_string().into_bytes();
        }
        previous = binary::chain(&previous, &content);
        again.extend_from_slice(&u64::try_from(content.len()).expect("it fits").to_le_bytes());
        again.extend_from_slice(&content);
        again.extend_from_slice(&previous);
        rest = &after[32..];
    }
    again
}

fn verify(bytes: &[u8]) -> Result<(Engine, Checked), String> {
    let mut verifier = Verifier::new();
    let reader = binary::read(bytes, |batch, record| verifier.push_batch(batch, record));
    let reader = reader.map_err(|error| error.to_string())?;
    let (engine, checked) = verifier.finish_checked().map_err(|error| error.to_string())?;
    reader.check(&engine).map_err(|error| error.to_string())?;
    Ok((engine, checked))
}

/// JRN-14, JRN-15: this version has a field more and one rule changed; the older journal verifies all the same, replayed and
/// not decided again, and so does one that goes on under today's rules.
#[test]
fn a_journal_of_an_older_version() {
    let mut first = Engine::genesis(plan());
    let today = entries(&mut first, &commands(0..20));
    let older = by_older_rules(&today);
    let genesis = older.genesis().expect("a genesis");
    let mut state = Engine::genesis(Plan::parse("plan", &genesis.plan).expect("it parses"));
    for (entry, envelope) in older.iter() {
        if entry.cause != Cause::Genesis {
            state.replay_entry(&entry, envelope).expect("it fits");
        }
    }
    assert_ne!(state.digest(), first.digest(), "the rules decided something else");

    let bytes = journal_of_older_version(&[&older], &state);
    let (engine, checked) = verify(&bytes).expect("it fits");
    assert_eq!((engine.digest(), checked.entries), (state.digest(), state.next_seq()));
    assert_eq!(checked.replayed_only, checked.entries);

    // As if today's rules had decided it.
    let mut claimed = older.clone();
    claimed.set_rules(RULES);
    let error = verify(&journal_of_older_version(&[&claimed], &state)).expect_err("decided otherwise");
    assert!(error.contains("deciding again gives another result"), "{error}");

    // It goes on.
    let more = entries(&mut state, &commands(20..40));
    let bytes = journal_of_older_version(&[&older, &more], &state);
    let (engine, checked) = verify(&bytes).expect("it fits");
    assert_eq!(engine.digest(), state.digest());
    let own = u64::try_from(more.len()).expect("it fits");
    assert_eq!(checked, Checked { entries: state.next_seq(), replayed_only: state.next_seq() - own });

    // Of rules that this version does not know nobody can say anything.
    let mut newer = more.clone();
    newer.set_rules(RULES + 1);
    let error = verify(&journal_of_older_version(&[&older, &newer], &state)).expect_err("unknown rules");
    assert!(error.contains("this version knows rules up to"), "{error}");
}

/// The same journal as text, whose lines lack that field and are of the format before this version's.
fn text_of_older_version(batches: &[&EntryBatch], engine: &Engine) -> Vec<String> {
    let mut text = Vec::new();
    let mut writer = Writer::new();
    for batch in batches {
        writer.write_batch(batch, &engine.plan().programme.currency, &mut text);
    }
    let text = String::from_utf8(text).expect("UTF-8");
    let own = format!("{{\"v\":{FORMAT},");
    let mut previous = [0; 32];
    let lines = text.lines().map(|line| {
        let (_, body) = line.split_once(",\"body\":").expect("a line of a journal");
        let body = body.strip_suffix('}').expect("a line of a journal").replace(",\"detail\":null", "");
        let body = body.replacen(&own, &format!("{{\"v\":{},", FORMAT - 1), 1);
        previous = binary::chain(&previous, body.as_bytes());
        format!("{{\"hash\":\"{}\",\"body\":{body}}}", crate::hash::hex(&previous))
    });
    lines.collect()
}

/// JRN-14, JRN-15: the same of the text form.
#[test]
fn a_text_journal_of_an_older_version() {
    let mut first = Engine::genesis(plan());
    let older = by_older_rules(&entries(&mut first, &commands(0..20)));
    let lines = text_of_older_version(&[&older], &first);
    let field = |line: &&String| line.contains("\"line_added\"");
    assert!(lines.iter().filter(field).all(|line| !line.contains("\"detail\"")));
    let mut verifier = Verifier::new();
    lines.iter().for_each(|line| verifier.push(line).expect("it fits"));
    let (engine, checked) = verifier.finish_checked().expect("it fits");
    assert_eq!(checked, Checked { entries: engine.next_seq(), replayed_only: engine.next_seq() });
    assert_ne!(engine.digest(), first.digest(), "the rules decided something else");

    let claimed = {
        let mut claimed = older.clone();
        claimed.set_rules(RULES);
        claimed
    };
    let lines = text_of_older_version(&[&claimed], &first);
    let mut verifier = Verifier::new();
    let error = lines.iter().try_for_each(|line| verifier.push(line)).expect_err("decided otherwise");
    assert!(error.reason.en.contains("deciding again gives another result"), "{error}");

    let newer = format!("\"body\":{{\"v\":{},", FORMAT + 1);
    let body = newer + &lines[0][lines[0].find("\"rules\"").expect("it has rules")..];
    let body = body.strip_prefix("\"body\":").and_then(|body| body.strip_suffix('}')).expect("a body");
    let hash = crate::hash::hex(&binary::chain(&[0; 32], body.as_bytes()));
    let error = Verifier::new().push(&format!("{{\"hash\":\"{hash}\",\"body\":{body}}}"));
    let error = error.expect_err("a format to come");
    assert!(error.reason.en.contains("this version reads up to"), "{error}");
}

/// JRN-14: by name; a field that is new is what it is when nothing is said, one that is gone may only say nothing.
#[test]
fn fields_are_taken_by_name() {
    let fields = |more: &[(&str, Value)]| {
        let mut fields =
            vec![("member".to_owned(), Value::Unsigned(7)), ("points".to_owned(), Value::Unsigned(1_000))];
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Variant("redemption_requested".to_owned(), Box::new(Value::Struct(fields)))
    };
    let event = Event::from_value(fields(&[("gone", Value::None)])).expect("it says nothing");
    let Event::RedemptionRequested { member, points, .. } = event else { panic!("another event: {event:?}") };
    assert_eq!((member, points.units()), (MemberNo(7), 1_000));
    let error = Event::from_value(fields(&[("gone", Value::Unsigned(3))])).expect_err("it says something");
    assert!(error.to_string().contains("Event.redemption_requested.gone is not known"), "{error}");
    let unknown = Value::Variant("sale_forbidden".to_owned(), Box::new(Value::Struct(Vec::new())));
    let error = Event::from_value(unknown).expect_err("there is none");
    assert!(error.to_string().contains("no Event \"sale_forbidden\""), "{error}");
    let nothing = Value::Variant("redemption_requested".to_owned(), Box::new(Value::Struct(Vec::new())));
    let error = Event::from_value(nothing).expect_err("whose?");
    assert!(error.to_string().contains("has no member"), "{error}");
}

/// KEEP-2: what does not exist is refused before it is applied.
#[test]
fn numbers_of_what_does_not_exist() {
    let mut engine = Engine::genesis(plan());
    entries(&mut engine, &commands(0..3));
    let wrong = [
        (Event::OrderPaid { order: OrderNo(3) }, vec![], "no order 3"),
        (Event::OrderPaid { order: OrderNo(u32::MAX) }, vec![], "no order 4294967295"),
        (
            Event::MemberJoined {
                member: MemberNo(4),
                id: id("x"),
                referrer: None,
                person: None,
                joined_at: None,
            },
            vec![],
            "member 4 would begin, and 3 is the next",
        ),
        (
            Event::OrderPaid { order: OrderNo(0) },
            vec![
                (Account::member(AccountKind::WalletCash, MemberNo(9)), 1),
                (Account::programme(AccountKind::Bank), -1),
            ],
            "no account wallet.cash 9",
        ),
        (
            Event::OrderPaid { order: OrderNo(0) },
            vec![(Account { kind: AccountKind::Bank, owner: 1 }, 1)],
            "no account bank 1",
        ),
    ];
    for (event, postings, reason) in wrong {
        let mut batch = EntryBatch::new();
        let log = batch.log_mut();
        log.begin_recorded(engine.next_seq(), engine.now(), Cause::Command);
        for (account, amount) in postings {
            log.push_posting(Posting { account, amount });
        }
        log.end_step(event);
        log.end_recorded();
        let error = engine.replay_batch(&batch).expect_err("it does not exist");
        assert!(error.reason.en.contains(reason), "{error}");
    }
}

/// JRN-6, JRN-7: numbers and amounts of every size, times in every unit, ids as text and as UUID, and references.
#[test]
fn values_are_read_as_they_are_written() {
    use crate::amount::Points;
    use crate::wire::Decoder;
    let at = Timestamp::from_us(1_767_547_933_123_456).expect("in range");
    let powers = (0..128).map(|power| 1_u128 << power).chain([0, 63, 64, u128::MAX]);
    let amounts: Vec<Points> =
        powers.flat_map(|power| [power, power - 1.min(power)]).map(Points::from_units).collect();
    let times: Vec<Timestamp> =
        [0, 1, -1, 1_000, 1_500, 1_000_000, -86_400_000_000, 604_800_000_000, -1_767_547_933_123_456]
            .into_iter()
            .map(|distance| Timestamp::from_us(at.us() + distance).expect("in range"))
            .collect();
    let uuid = "8f14e45f-ceea-467a-9c5a-0d3a2b1c4e6f";
    let long = "x".repeat(128);
    let texts =
        ["a", "会员", uuid, "a", uuid, &uuid.to_uppercase(), &uuid.replace('-', "0"), &long, "会员", &long];
    let ids: Vec<Id> = texts.into_iter().map(id).collect();
    let numbers: Vec<MemberNo> = [0, 1, u32::MAX, 0, 5, 5, 4].map(MemberNo).to_vec();
    let signed: Vec<i64> = vec![0, -1, 1, i64::MAX, i64::MIN];
    let mut encoder = Encoder::new();
    encoder.begin();
    encoder.entry_time(at);
    amounts.write(&mut encoder);
    times.write(&mut encoder);
    ids.write(&mut encoder);
    numbers.write(&mut encoder);
    signed.write(&mut encoder);
    let bytes = encoder.bytes().to_vec();
    let mut input = Decoder::new(&bytes);
    assert_eq!(input.entry_time(), Ok(at));
    assert_eq!(Vec::read(&mut input), Ok(amounts));
    assert_eq!(Vec::read(&mut input), Ok(times));
    assert_eq!(Vec::read(&mut input), Ok(ids));
    assert_eq!(Vec::read(&mut input), Ok(numbers));
    assert_eq!(Vec::read(&mut input), Ok(signed));
    assert_eq!(input.end(), Ok(()));
    for length in 0..bytes.len() {
        let mut input = Decoder::new(&bytes[..length]);
        let read = input.entry_time().and_then(|_| {
            Vec::<Points>::read(&mut input)?;
            Vec::<Timestamp>::read(&mut input)?;
            Vec::<Id>::read(&mut input)?;
            Vec::<MemberNo>::read(&mut input)?;
            Vec::<i64>::read(&mut input)
        });
        assert!(read.is_err(), "cut off at {length}");
    }
    // Only the shortest form of a number is read.
    for overlong in [&[0x80, 0][..], &[0xff, 0x80, 0], &[0x80; 12], &[0xff; 11]] {
        assert!(Decoder::new(overlong).varint().is_err(), "{overlong:?}");
    }
    // Small amounts and what is far back are said again; a reference is one byte.
    let mut encoder = Encoder::new();
    encoder.begin();
    vec![Points::from_units(1 << 40); 3].write(&mut encoder);
    assert_eq!(encoder.bytes().len(), 1 + 6 + 1 + 1);
}

/// JRN-8: a description whose types hold themselves, or lists of nothing, cannot exhaust a reader.
#[test]
fn hostile_descriptions() {
    let description = |event: &str| {
        format!(
            r#"{{"format":1,"assets":["money"],"accounts":[["bank","money","","any"]],"types":{{"Event":{event}}}}}"#
        )
    };
    let endless = description(r#"{"struct":[["a","type:Event"]]}"#);
    let schema = Schema::of_text(endless.as_bytes()).expect("a description");
    assert!(schema.read("Event", &mut crate::wire::Decoder::new(&[1; 1_000])).is_err());
    let nothing = description(r#"{"struct":[["a",["list",["tuple"]]]]}"#);
    let schema = Schema::of_text(nothing.as_bytes()).expect("a description");
    assert!(
        schema
            .read("Event", &mut crate::wire::Decoder::new(&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]))
            .is_err()
    );
    for wrong in ["", "[]", "{}", &description("3"), &description(r#"{"struct":[["a","unknown"]]}"#)] {
        assert!(Schema::of_text(wrong.as_bytes()).is_err(), "{wrong}");
    }
}
