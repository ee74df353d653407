//! The live gate (GATE-1): what passes, what does not, what an opinion is worth, and what a programme does in fact.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ratchet_engine::command::Envelope;
use ratchet_engine::digest::DigestHasher;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::gate::*;
use ratchet_engine::hash::Hash32;
use ratchet_engine::id::Id;
use ratchet_engine::journal::{EntryBatch, Genesis, Verifier, Writer};
use ratchet_engine::lint::drift::Observed;
use ratchet_engine::lint::rules::*;
use ratchet_engine::order::OrderState;
use ratchet_engine::plan::{Mode, Plan};
use ratchet_engine::refusal::{Fact, FactName};
use ratchet_engine::rejection::Rejection;
use ratchet_engine::snapshot::JournalPosition;
use ratchet_engine::time::Timestamp;

use crate::rules::{TODAY, day, facts, parse, shop};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn refusing(plan: &Plan, opinions: &Opinions) -> Vec<String> {
    let book = RuleBook::built_in();
    let verdict = judge(plan, &book, opinions, &plan.programme.jurisdictions, day(TODAY), &[]);
    verdict.refusing().map(|finding| finding.rule.id.clone()).collect()
}

fn passes(plan: &Plan) -> bool {
    let book = RuleBook::built_in();
    judge(plan, &book, &Opinions::default(), &plan.programme.jurisdictions, day(TODAY), &[]).passes()
}

fn opinion_text(plan: &Plan, rules: &[&str], at: &str) -> String {
    let rules = rules.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ");
    format!(
        "[[opinion]]\nby = \"Wang Fang, lawyer\"\nat = \"{at}\"\ndocument = \"{}\"\nplan = \"{}\"\nrules = [{rules}]\n",
        "ab".repeat(32),
        plan_sha256(plan)
    )
}

fn opinion(plan: &Plan, rules: &[&str], at: &str) -> Opinions {
    let text = opinion_text(plan, rules, at);
    Opinions::parse("opinions.toml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// GATE-1, CN: what each preset is kept out by; `?` marks what counts as the worst case. `RATCHET_UPDATE=1` rewrites it.
#[test]
fn presets_are_refused_by_these_rules() {
    let book = RuleBook::built_in();
    let listing = std::fs::read_dir(root().join("plans")).expect("the presets are there");
    let mut files: Vec<PathBuf> = listing.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut found = String::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "toml")) {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or("?");
        let plan = parse(&read(file));
        let verdict = judge(&plan, &book, &Opinions::default(), &["CN".to_owned()], day(TODAY), &[]);
        let word = if verdict.passes() { "passes" } else { "refused" };
        found.push_str(&format!("{name}: {word}\n"));
        // As live it is refused by the same.
        let live = parse(&read(file).replace("mode = \"sandbox\"", "mode = \"live\""));
        assert_eq!(live.programme.mode, Mode::Live, "{name}");
        let rules: Vec<String> = verdict.refusing().map(|finding| finding.rule.id.clone()).collect();
        let refused = admit(live, &book, &Opinions::default(), day(TODAY)).expect_err("nothing is declared");
        assert_eq!(
            refused.refusing().map(|finding| finding.rule.id.clone()).collect::<Vec<_>>(),
            rules,
            "{name}"
        );
        for finding in verdict.refusing() {
            let mark = if finding.certain { "" } else { " ?" };
            found.push_str(&format!("  {} {}{mark}\n", finding.severity().name(), finding.rule.id));
        }
    }
    let golden = root().join("vectors/gate-presets.txt");
    if std::env::var_os("RATCHET_UPDATE").is_some() {
        std::fs::write(&golden, &found).expect("a writable folder");
    }
    assert_eq!(found, read(&golden), "run with RATCHET_UPDATE=1 and read the difference");
}

/// GATE-1: the advert's plans are refused whatever is declared of them: what keeps them out follows from their numbers.
#[test]
fn no_declaration_saves_the_advert() {
    for (name, rule) in [
        ("value-growth", "CN-FUND-01"),
        ("value-growth-2x", "CN-FUND-01"),
        ("value-growth-hardened", "CN-FUND-01"),
        ("shared-purchase", "CN-PYR-03"),
        ("distribution-mall", "CN-PYR-03"),
        ("inventory-clearance", "CN-FUND-01"),
        ("rebate-no-referral", "CN-FUND-01"),
        ("starter", "CN-FUND-01"),
    ] {
        let source = read(&root().join("plans").join(format!("{name}.toml")));
        let plan = parse(&format!("{}\n{}", source.replace("\"sandbox\"", "\"live\""), facts(&[])));
        assert_eq!(plan.programme.mode, Mode::Live);
        let found = refusing(&plan, &Opinions::default());
        assert!(found.iter().any(|id| id == rule), "{name}: {found:?}");
        // Nor does any opinion: what is prohibited is not for a lawyer to settle.
        let ids: Vec<&str> = found.iter().map(String::as_str).collect();
        let signed = opinion(&plan, &ids, TODAY);
        assert!(refusing(&plan, &signed).iter().any(|id| id == rule), "{name} with an opinion");
    }
}

/// GATE-1, LOY-1: points of a fixed worth that the shop pays pass in China with the declarations that the preset asks for, and
/// with none of them less.
#[test]
fn the_loyalty_plan_passes_with_its_declarations() {
    let book = RuleBook::built_in();
    let source = read(&root().join("plans/loyalty-fixed.toml")).replace("\"sandbox\"", "\"live\"");
    let silent =
        admit(parse(&source), &book, &Opinions::default(), day(TODAY)).expect_err("nothing is declared");
    assert!(silent.refusing().all(|finding| !finding.certain), "it is refused for what nobody said alone");
    let (body, declared) = source.split_once("# [facts]\n").expect("the declarations are there");
    let lines: Vec<&str> =
        declared.lines().map(|line| line.strip_prefix("# ").expect("a declaration")).collect();
    assert_eq!(lines.len(), 16);
    let with = |lines: &[&str]| parse(&format!("{body}[facts]\n{}\n", lines.join("\n")));
    let admitted = admit(with(&lines), &book, &Opinions::default(), day(TODAY));
    let admitted = admitted.unwrap_or_else(|verdict| {
        panic!("{:?}", verdict.refusing().map(|finding| &finding.rule.id).collect::<Vec<_>>())
    });
    assert!(admitted.pass().is_some());
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        let left_out = fewer.remove(at);
        assert!(!passes(&with(&fewer)), "it passes without {left_out}");
    }
}

/// GATE-1: a shop that pays nobody for anybody passes once what cannot be derived is declared, and not before.
#[test]
fn a_plain_shop_passes() {
    let plan = parse(&shop("live", "", &[]));
    assert!(passes(&plan), "{:?}", refusing(&plan, &Opinions::default()));
    let silent = parse(
        "[programme]\nmode = \"live\"\nname = { zh = \"商城\", en = \"Shop\" }\n[split]\ncost = \"60%\"\n",
    );
    assert!(!passes(&silent));

    let book = RuleBook::built_in();
    let admitted = admit(plan.clone(), &book, &Opinions::default(), day(TODAY)).expect("it passes");
    assert_eq!(admitted.pass().map(|pass| pass.on().to_owned()), Some(TODAY.to_owned()));
    assert_eq!(admitted.pass().map(|pass| pass.packs().len()), Some(3));
    let refused = admit(silent, &book, &Opinions::default(), day(TODAY)).expect_err("it does not pass");
    assert!(refused.refusing().count() > 5);
    // Sandbox plans need nothing, whatever they are.
    let sandbox = parse(&read(&root().join("plans/value-growth.toml")));
    assert!(
        admit(sandbox, &book, &Opinions::default(), day(TODAY)).expect("a sandbox plan").pass().is_none()
    );
}

/// GATE-1a: no engine begins with a live plan that was not admitted.
#[test]
#[should_panic(expected = "only with the pass of the gate")]
fn a_live_plan_without_pass_is_a_bug() {
    let _ = Engine::genesis(parse(&shop("live", "", &[])));
}

/// GATE-1a: what was admitted is what the text says.
#[test]
fn a_changed_plan_is_not_its_text() {
    let book = RuleBook::built_in();
    let mut plan = parse(&shop("live", "", &[]));
    plan.settlement.after_sale_days = 3;
    let refused = admit(plan, &book, &Opinions::default(), day(TODAY)).expect_err("changed");
    assert_eq!(refused.obstacles, [Obstacle::NotItsText]);
}

/// GATE-1b: where there is no pack, or one that says too little, nothing passes; the arithmetic counts too.
#[test]
fn what_else_keeps_a_plan_out() {
    let book = RuleBook::built_in();
    let obstacles = |head: &str, body: &str| {
        let source = shop("live", body, &[]).replacen("mode =", &format!("{head}\nmode ="), 1);
        admit(parse(&source), &book, &Opinions::default(), day(TODAY)).expect_err("refused").obstacles
    };
    assert_eq!(obstacles("jurisdictions = [\"CN\", \"MY\"]", ""), [Obstacle::NoPack("MY".to_owned())]);
    assert_eq!(obstacles("jurisdictions = [\"US\"]", ""), [Obstacle::InsufficientRules("US".to_owned())]);
    assert_eq!(
        obstacles("jurisdictions = [\"EU\", \"CN\"]", ""),
        [Obstacle::InsufficientRules("EU".to_owned())]
    );
    assert_eq!(
        obstacles("", "[split]\npool = \"1%\"\n[pool]\nmint_ratio = \"0%\""),
        [Obstacle::Arithmetic("LINT-1.mint.zero")]
    );
}

/// GATE-1c: a signed opinion settles a rule that requires a review, for this plan, from its day on.
#[test]
fn opinions_settle_reviews() {
    let source = shop("live", "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"", &[]);
    let plan = parse(&source);
    assert_eq!(refusing(&plan, &Opinions::default()), ["CN-PYR-08"]);
    let signed = opinion(&plan, &["CN-PYR-08"], "2026-11-01");
    assert!(refusing(&plan, &signed).is_empty());

    let book = RuleBook::built_in();
    let void = |plan: &Plan, opinions: &Opinions| {
        let verdict = judge(plan, &book, opinions, &["CN".to_owned()], day(TODAY), &[]);
        assert!(!verdict.passes());
        verdict.void.iter().map(|(_, reason)| *reason).collect::<Vec<_>>()
    };
    // One blank more, and it is another plan.
    let changed = parse(&format!("{source} "));
    assert_eq!(void(&changed, &signed), [VoidReason::OtherPlan]);
    assert_eq!(void(&plan, &opinion(&plan, &["CN-PYR-08"], "2026-11-25")), [VoidReason::Later]);
    assert_eq!(void(&plan, &opinion(&plan, &["CN-PYR-03"], "2026-11-01")), [VoidReason::NothingToReview]);
    // It settles only what requires a review.
    let worse = parse(
        &source.replace("[commission.direct]", "[commission.indirect]\nrate = \"1%\"\n[commission.direct]"),
    );
    assert_eq!(refusing(&worse, &opinion(&worse, &["CN-PYR-03", "CN-PYR-08"], "2026-11-01")), ["CN-PYR-03"]);
}

/// GATE-1c: what is wrong with a file of opinions is said with its place.
#[test]
fn opinions_are_checked() {
    let hash = "ab".repeat(32);
    let text = |by: &str, at: &str, document: &str, rules: &str| {
        format!(
            "[[opinion]]\nby = \"{by}\"\nat = \"{at}\"\ndocument = \"{document}\"\nplan = \"{hash}\"\nrules = [{rules}]\n"
        )
    };
    let good = text("A", "2026-01-01", &hash, "\"CN-PYR-08\"");
    assert_eq!(Opinions::parse("o.toml", &good).expect("good").all().len(), 1);
    assert!(Opinions::parse("o.toml", "").expect("empty").all().is_empty());
    for (text, words) in [
        (text(" ", "2026-01-01", &hash, "\"X\""), "o.toml:2:6: say who signed it"),
        (text("A", "soon", &hash, "\"X\""), "o.toml:3:6: a date is written"),
        (text("A", "2026-01-01", "ABAB", "\"X\""), "o.toml:4:12: write the SHA-256 as 64 digits"),
        (text("A", "2026-01-01", &hash, ""), "o.toml:6:9: name the rules that it covers"),
        (good.replace("rules", "rulez"), "unknown field `rulez`"),
        (good.replace("[[opinion]]", "[[opinions]]"), "unknown field `opinions`"),
        (good.repeat(OPINIONS_MAX + 1), "more than 100 opinions"),
    ] {
        let errors = Opinions::parse("o.toml", &text).expect_err(words).to_string();
        assert!(errors.contains(words), "{words} is not in {errors}");
    }
}

/// GATE-1: a licence on record settles a rule that requires it, as long as it is valid.
#[test]
fn licences_settle_their_rules() {
    let sells =
        |until: &str| parse(&shop("live", "", &[("card.prepaid", "true"), ("lic.prepaid_filing", until)]));
    assert_eq!(
        refusing(&parse(&shop("live", "", &[("card.prepaid", "true")])), &Opinions::default()),
        ["CN-CARD-02"]
    );
    assert!(passes(&sells("2027-01-01")));
    assert!(!passes(&sells("2026-11-23")));
    let book = RuleBook::built_in();
    let plan = sells("2027-01-01");
    let verdict = judge(&plan, &book, &Opinions::default(), &["CN".to_owned()], day(TODAY), &[]);
    assert!(
        verdict
            .rules
            .iter()
            .any(|judged| matches!(&judged.bearing, Bearing::Licensed(record) if record.number == "7"))
    );
}

/// GATE-1b: a pack that is added can only keep out more.
#[test]
fn added_packs_only_refuse() {
    let plan = parse(&shop("live", "", &[]));
    let mut book = RuleBook::built_in();
    let pack = "[pack]\njurisdiction = \"CN\"\nname = { zh = \"自定\", en = \"Own\" }\nresearched = \"2026-01-01\"\nlive = true\n\
                [[rule]]\nid = \"CN-OWN-01\"\nsource = \"s\"\narticle = \"1\"\nseverity = \"prohibited\"\nbasis = \"project_policy\"\n\
                evidence = \"D\"\nwhen = \"channel.online\"\ntitle = { zh = \"题\", en = \"t\" }\n\
                explanation = { zh = \"因\", en = \"e\" }\nchange = { zh = \"改\", en = \"c\" }\n";
    book.add("own.toml", pack).expect("a pack");
    let refused = admit(plan, &book, &Opinions::default(), day(TODAY)).expect_err("refused");
    assert_eq!(refused.refusing().map(|finding| finding.rule.id.as_str()).collect::<Vec<_>>(), ["CN-OWN-01"]);
    let advert = parse(&read(&root().join("plans/value-growth.toml")));
    let verdict = judge(&advert, &book, &Opinions::default(), &["CN".to_owned()], day(TODAY), &[]);
    assert!(verdict.refusing().any(|finding| finding.rule.id == "CN-FUND-01"));
}

fn submit(engine: &mut Engine, command: &str) -> Envelope {
    let envelope = Envelope::from_json(command, &engine.plan().programme.currency).expect("a command");
    let outcome = engine.submit(&envelope);
    assert!(matches!(outcome, Outcome::Applied { .. }), "{command}: {outcome:?}");
    envelope
}

fn pay(number: usize, member: &str, amount: &str) -> String {
    format!(
        "{{\"key\":\"p{number}\",\"at\":\"2026-11-25T00:00:00Z\",\"type\":\"order.pay\",\"order\":\"o{number}\",\
         \"member\":\"{member}\",\"lines\":[{{\"line\":\"1\",\"amount\":\"{amount}\"}}]}}"
    )
}

fn receive(number: usize) -> String {
    format!(
        "{{\"key\":\"r{number}\",\"at\":\"2026-11-25T00:00:00Z\",\"type\":\"order.receive\",\"order\":\"o{number}\"}}"
    )
}

fn join(member: &str, referrer: Option<&str>) -> String {
    let referrer = referrer.map_or_else(String::new, |referrer| format!(",\"referrer\":\"{referrer}\""));
    format!(
        "{{\"key\":\"j{member}\",\"at\":\"2026-11-25T00:00:00Z\",\"type\":\"member.join\",\"member\":\"{member}\"{referrer}}}"
    )
}

/// GATE-1d: the journal of a live programme says what admitted it, and leads to an engine with that pass; a fork carries none.
#[test]
fn the_pass_stands_in_the_journal() {
    let book = RuleBook::built_in();
    let source = shop("live", "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"", &[]);
    let plan = parse(&source);
    let signed = opinion(&plan, &["CN-PYR-08"], "2026-11-01");
    let admitted = admit(plan, &book, &signed, day(TODAY)).expect("it passes");
    let mut engine = Engine::genesis(admitted);
    assert!(engine.pass().is_some() && engine.fork().pass().is_none());
    let (mut writer, mut bytes) = (Writer::new(), Vec::new());
    writer.write(&engine, None, &mut bytes);
    let envelope = submit(&mut engine, &pay(1, "ann", "10.00"));
    writer.write(&engine, Some(&envelope), &mut bytes);
    let journal = String::from_utf8(bytes).expect("UTF-8");
    assert!(
        journal.contains("\"gate\":{\"on\":\"2026-11-24\",\"packs\":[")
            && journal.contains("Wang Fang, lawyer")
    );

    let verify = |journal: &str| {
        let mut verifier = Verifier::new();
        for line in journal.lines() {
            verifier.push(line).map_err(|error| error.to_string())?;
        }
        verifier.finish().map_err(|error| error.to_string())
    };
    let (again, entries) = verify(&journal).expect("it fits");
    assert_eq!((entries, again.digest()), (2, engine.digest()));
    assert_eq!(again.pass(), engine.pass(), "a programme goes on with its pass");
    assert!(again.fork().pass().is_none(), "a fork does not");

    // The genesis alone, with other bodies and right hashes.
    let (_, body) = journal.lines().next().and_then(|line| line.split_once("\"body\":")).expect("a line");
    let body = body.strip_suffix('}').expect("a line");
    let rehashed = |body: String| {
        let mut hash = DigestHasher::default();
        hash.update(&[0; 32]);
        hash.update(body.as_bytes());
        format!("{{\"hash\":\"{}\",\"body\":{body}}}", hash.finish())
    };
    assert!(verify(&rehashed(body.to_owned())).is_ok());
    let at = body.find(",\"gate\":").expect("a gate");
    let end = body.find(",\"steps\"").expect("steps");
    let without = format!("{}{}", &body[..at], &body[end..]);
    assert!(verify(&rehashed(without)).expect_err("no pass").contains("holds no pass of the gate"));
    let unsigned = body.replace("\"rules\":[\"CN-PYR-08\"]", "\"rules\":[\"CN-PYR-03\"]");
    assert!(verify(&rehashed(unsigned)).expect_err("no opinion").contains("does not let its plan pass"));
    let sandbox = body.replace("mode = \\\"live\\\"", "mode = \\\"sandbox\\\"");
    assert!(verify(&rehashed(sandbox)).expect_err("sandbox").contains("a sandbox plan has no pass"));
    // Admitted by packs that this version does not have: nobody can ask them again, and it is only read.
    let pack = book.packs()[0].sha256.clone();
    assert!(verify(&rehashed(body.replace(&pack, &"0".repeat(64)))).is_ok());
}

/// AMEND-1d: an amendment of a live programme passes the gate like its first plan, with an opinion about its own text; the
/// journal says by what, and whoever reads it asks no rules.
#[test]
fn a_live_programme_is_amended_through_the_gate() {
    let book = RuleBook::built_in();
    let source = shop("live", "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"", &[]);
    let plan = parse(&source);
    let signed = opinion(&plan, &["CN-PYR-08"], "2026-11-01");
    let admitted = admit(plan, &book, &signed, day(TODAY)).expect("it passes");
    let mut engine = Engine::genesis(admitted);
    let (mut writer, mut bytes) = (Writer::new(), Vec::new());
    writer.write(&engine, None, &mut bytes);
    let envelope = submit(&mut engine, &pay(1, "ann", "10.00"));
    writer.write(&engine, Some(&envelope), &mut bytes);

    let amended = source.replace("rate = \"5%\"", "rate = \"6%\"");
    let text = |text: &str| serde_json::to_string(text).expect("JSON");
    let propose = |key: &str, opinions: &str| {
        format!(
            "{{\"key\":\"{key}\",\"at\":\"2026-11-26T00:00:00Z\",\"actor\":\"ann\",\"type\":\"plan.propose\",\"version\":\"v1\",\
             \"plan\":{}{opinions},\"effective_at\":\"2026-12-05T16:00:00Z\"}}",
            text(&amended)
        )
    };
    let alone = Envelope::from_json(&propose("1", ""), &engine.plan().programme.currency).expect("a command");
    let Outcome::Rejected(refused) = engine.submit(&alone) else {
        panic!("the opinion is about another text")
    };
    let refusal = engine.refusal(&alone, refused);
    assert_eq!(refusal.code.code(), "plan_gate");
    assert!(refusal.en(&engine.plan().programme.currency).contains("CN-PYR-08"), "{refusal:?}");
    let own = opinion_text(&parse(&amended), &["CN-PYR-08"], "2026-11-25");
    let hash = ratchet_engine::hash::Hash32::of(amended.as_bytes());
    let commands = [
        propose("2", &format!(",\"opinions\":{}", text(&own))),
        format!(
            "{{\"key\":\"3\",\"at\":\"2026-11-26T00:00:00Z\",\"actor\":\"bob\",\"type\":\"plan.approve\",\"version\":\"v1\",\"hash\":\"{hash}\"}}"
        ),
        "{\"key\":\"4\",\"at\":\"2026-12-06T00:00:00Z\",\"actor\":\"bob\",\"type\":\"time.advance\"}"
            .to_owned(),
    ];
    for command in &commands {
        let envelope = submit(&mut engine, command);
        writer.write(&engine, Some(&envelope), &mut bytes);
    }
    assert_eq!(engine.plan().source, amended);
    let journal = String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(journal.matches("\"passes\":true").count(), 3, "at proposal, approval and effect");
    let verify = |journal: &str| {
        let mut verifier = Verifier::new();
        journal.lines().try_for_each(|line| verifier.push(line)).map_err(|error| error.to_string())?;
        verifier.finish().map(|(engine, _)| engine.digest()).map_err(|error| error.to_string())
    };
    assert_eq!(verify(&journal), Ok(engine.digest()));
}

fn refuse(engine: &mut Engine, command: &str, code: Rejection) {
    let envelope = Envelope::from_json(command, &engine.plan().programme.currency).expect("a command");
    assert_eq!(engine.submit(&envelope), Outcome::Rejected(code), "{command}");
    if code == Rejection::AdmissionSuspended {
        let refusal = engine.refusal(&envelope, code);
        assert_eq!(refusal.fact(FactName::Cause), Some(&Fact::OneOf(vec!["CN-PYR-08".to_owned()])));
    }
}

fn at_25(key: &str, rest: &str) -> String {
    format!("{{\"key\":\"{key}\",\"at\":\"2026-11-25T00:00:00Z\",{rest}}}")
}

/// GATE-2: a programme that was read goes on with its pass; a review that finds something suspends what is new and nothing else,
/// in the journal, in snapshots, and until another review finds nothing.
#[test]
fn a_live_programme_goes_on_under_todays_rules() {
    let book = RuleBook::built_in();
    let source = shop("live", "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"", &[]);
    let plan = parse(&source);
    let signed = opinion(&plan, &["CN-PYR-08"], "2026-11-01");
    let mut engine = Engine::genesis(admit(plan, &book, &signed, day(TODAY)).expect("it passes"));
    let (mut writer, mut bytes) = (Writer::new(), Vec::new());
    writer.write(&engine, None, &mut bytes);
    let mut applied = |engine: &mut Engine, command: &str| {
        let envelope = submit(engine, command);
        writer.write(engine, Some(&envelope), &mut bytes);
    };
    applied(&mut engine, &pay(1, "ann", "10.00"));
    applied(&mut engine, &pay(2, "ann", "10.00"));
    let place = |number: u32| {
        let lines = "\"lines\":[{\"line\":\"1\",\"amount\":\"10.00\"}]";
        at_25(
            &format!("l{number}"),
            &format!("\"type\":\"order.place\",\"order\":\"l{number}\",\"member\":\"ann\",{lines}"),
        )
    };
    applied(&mut engine, &place(1));

    let at = Timestamp::parse("2026-11-25T00:00:00Z").expect("a time");
    let id = |text: &str| Id::new(text).expect("an id");
    let review = |engine: &mut Engine, key: &str, opinions: Option<&Opinions>| {
        let (envelope, outcome) = engine.review_admission(id(key), id("operator"), at, &book, opinions);
        let again = Envelope::from_json(
            &envelope.to_json(&engine.plan().programme.currency),
            &engine.plan().programme.currency,
        );
        assert_eq!(again.as_ref(), Ok(&envelope));
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        envelope.to_json(&engine.plan().programme.currency)
    };
    // With the opinions of the pass nothing changes.
    let mut passing = engine.fork();
    let (_, refused) = passing.review_admission(id("v0"), id("operator"), at, &book, Some(&signed));
    assert!(matches!(refused, Outcome::Applied { .. }) && passing.admission_findings().is_empty());

    // The opinion was withdrawn.
    let mut trial = engine.clone();
    let withdrawn = review(&mut trial, "v1", Some(&Opinions::default()));
    assert_eq!(trial.admission_findings(), ["CN-PYR-08"]);
    // GATE-2a.
    let forged = withdrawn.replace("\"findings\":[\"CN-PYR-08\"]", "\"findings\":[]");
    refuse(&mut engine, &forged, Rejection::ReviewUnfounded);
    refuse(
        &mut engine,
        &withdrawn.replace("\"on\":\"2026-11-25\"", "\"on\":\"2026-11-24\""),
        Rejection::ReviewUnfounded,
    );
    let pack = book.packs()[0].sha256.clone();
    refuse(&mut engine, &withdrawn.replace(&pack, &"0".repeat(64)), Rejection::ReviewUnfounded);
    applied(&mut engine, &withdrawn);
    assert_eq!(engine.admission_findings(), ["CN-PYR-08"]);

    // A snapshot goes on where this stands, with the pass.
    let mut kept = Vec::new();
    engine.snapshot(&JournalPosition::default(), &mut kept).expect("memory");
    let (restored, ..) = Engine::restore(kept.as_slice()).expect("it fits");
    assert_eq!((restored.pass(), restored.digest()), (engine.pass(), engine.digest()));
    let mut engine = restored;

    // GATE-2b.
    refuse(&mut engine, &join("bob", None), Rejection::AdmissionSuspended);
    refuse(&mut engine, &pay(3, "ann", "10.00"), Rejection::AdmissionSuspended);
    refuse(&mut engine, &place(2), Rejection::AdmissionSuspended);
    refuse(
        &mut engine,
        &at_25("pl", "\"type\":\"order.pay\",\"order\":\"l1\""),
        Rejection::AdmissionSuspended,
    );
    // What members have begun goes on.
    applied(&mut engine, &receive(1));
    applied(&mut engine, &at_25("f", "\"type\":\"order.refund\",\"refund\":\"f1\",\"order\":\"o2\""));
    applied(
        &mut engine,
        &at_25(
            "m",
            "\"type\":\"payment.receive\",\"payment\":\"m1\",\"amount\":\"10.00\",\"currency\":\"CNY\",\"order\":\"l1\"",
        ),
    );
    assert_eq!(
        engine.order("l1").map(|(state, _)| state),
        Some(OrderState::Placed),
        "the money waits in suspense"
    );
    applied(&mut engine, &at_25("t", "\"type\":\"payment.return\",\"payment\":\"m1\",\"amount\":\"10.00\""));
    applied(&mut engine, "{\"key\":\"a\",\"at\":\"2026-12-25T00:00:00Z\",\"type\":\"time.advance\"}");
    assert_eq!(engine.order("o1").map(|(state, _)| state), Some(OrderState::Settled));

    let later = Timestamp::parse("2026-12-25T00:00:00Z").expect("a time");
    let (restoring, outcome) = engine.review_admission(id("v2"), id("operator"), later, &book, None);
    assert!(matches!(outcome, Outcome::Applied { .. }) && engine.admission_findings().is_empty());
    writer.write(&engine, Some(&restoring), &mut bytes);
    let joins = join("bob", None).replace("2026-11-25", "2026-12-25");
    let envelope = submit(&mut engine, &joins);
    writer.write(&engine, Some(&envelope), &mut bytes);

    let verify = |journal: &str| {
        let mut verifier = Verifier::new();
        for line in journal.lines() {
            verifier.push(line).map_err(|error| error.to_string())?;
        }
        verifier.finish_checked().map_err(|error| error.to_string())
    };
    let journal = String::from_utf8(bytes).expect("UTF-8");
    let (again, checked) = verify(&journal).expect("it fits");
    assert_eq!((again.digest(), again.pass(), checked.replayed_only), (engine.digest(), engine.pass(), 0));
    assert!(journal.contains("admission_suspended") && journal.contains("admission_restored"));

    // GATE-2d: reviews by packs that this version does not have are not decided again.
    let mut previous = [0; 32];
    let rehashed: Vec<String> = journal
        .lines()
        .map(|line| {
            let (_, body) = line.split_once("\"body\":").expect("a line");
            let mut body = body.strip_suffix('}').expect("a line").to_owned();
            if body.contains("admission.review") {
                body = body.replace(&pack, &"0".repeat(64));
            }
            previous = ratchet_engine::journal::binary::chain(&previous, body.as_bytes());
            format!("{{\"hash\":\"{}\",\"body\":{body}}}", Hash32::new(previous))
        })
        .collect();
    let (other, checked) = verify(&rehashed.join("\n")).expect("it fits");
    assert_eq!((other.next_seq(), checked.replayed_only), (engine.next_seq(), 2));

    // GATE-2c.
    let sandbox = shop("sandbox", "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"", &[]);
    let (_, outcome) =
        Engine::genesis(parse(&sandbox)).review_admission(id("v"), id("operator"), at, &book, None);
    assert_eq!(outcome, Outcome::Rejected(Rejection::ProgrammeSandbox));
}

/// GATE-1d: a live programme that begins again from its journal has its pass, under its own or a secret seed; a journal whose pass
/// is gone begins nothing.
#[test]
fn a_live_programme_begins_again_from_its_first_batch() {
    let source = shop("live", "[split]\ncommission = \"10%\"\n[commission.direct]\nrate = \"5%\"", &[]);
    let plan = parse(&source);
    let signed = opinion(&plan, &["CN-PYR-08"], "2026-11-01");
    let admitted = admit(plan, &RuleBook::built_in(), &signed, day(TODAY)).expect("it passes");
    let own = Engine::genesis(admitted.clone());
    for (seed, mut engine) in [(None, own), (Some(7), Engine::genesis_with_seed(admitted, 7))] {
        let (mut batch, mut genesis) = (EntryBatch::new(), Genesis::of(&engine));
        engine.take_entries(&mut batch);
        batch.set_genesis(genesis.clone());
        let again = Engine::resume(&batch, seed).expect("it fits");
        assert!(again.pass().is_some());
        assert_eq!((again.pass(), again.digest()), (engine.pass(), engine.digest()));

        genesis.pass = None;
        batch.set_genesis(genesis);
        let error = Engine::resume(&batch, seed).expect_err("its pass is gone");
        assert_eq!((error.seq, error.reason.code), (0, "journal.no_pass"));
    }
    assert!(Engine::resume(&EntryBatch::new(), None).is_err());
}

/// LINT-2f: what a programme does goes beyond the plan that is shown for it.
#[test]
fn drift_is_found() {
    let run = "[settlement]\nafter_sale_days = 0\n[split]\ncommission = \"30%\"\n[commission.direct]\nrate = \"20%\"\n[commission.indirect]\nrate = \"10%\"";
    let mut engine = Engine::genesis(parse(&shop("sandbox", run, &[])));
    for (member, referrer) in [("a", None), ("b", Some("a")), ("c", Some("b"))] {
        submit(&mut engine, &join(member, referrer));
    }
    for (number, member) in ["a", "b", "c"].into_iter().enumerate() {
        submit(&mut engine, &pay(number, member, "100.00"));
        submit(&mut engine, &receive(number));
    }
    let observed = Observed::of(&engine);
    let seen = |name: &str| observed.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    assert_eq!(seen("ref.paid_depth"), Some(Value::Whole(2)));
    assert_eq!(seen("ref.pays"), Some(Value::Switch(true)));
    // b and a got 20 of c and b, a 10 of c: all that anybody received came from below.
    assert_eq!(seen("ref.income_from_recruits"), Some(Value::Rate(1_000_000)));
    assert_eq!((seen("tree.levels"), seen("tree.members")), (Some(Value::Whole(4)), Some(Value::Whole(3))));
    assert_eq!(seen("report.money_in"), Some(Value::Whole(30_000)));
    assert_eq!(seen("report.share_net_negative"), Some(Value::Rate(1_000_000)));
    assert_eq!((observed.earners, observed.earners_without_purchase), (2, 0));

    // The plan that is shown pays one level; the programme paid two.
    let shown =
        parse(&shop("live", "[split]\ncommission = \"20%\"\n[commission.direct]\nrate = \"20%\"", &[]));
    let book = RuleBook::built_in();
    let judged = |seen: &[(&'static str, Value)]| {
        judge(&shown, &book, &Opinions::default(), &["CN".to_owned()], day(TODAY), seen)
    };
    let fires =
        |verdict: &Verdict<'_>, id: &str| verdict.rules.iter().any(|judged| judged.finding.rule.id == id);
    assert!(!fires(&judged(&[]), "CN-PYR-03"));
    let verdict = judged(&observed.facts);
    assert!(fires(&verdict, "CN-PYR-03"));
    let drifts = observed.drifts(&shown, &verdict.facts);
    let depth = drifts.iter().find(|drift| drift.fact.name == "ref.paid_depth").expect("a drift");
    assert_eq!((depth.said, depth.seen), (Some(Value::Whole(1)), Value::Whole(2)));
    let recruited =
        drifts.iter().find(|drift| drift.fact.name == "ref.recruits_salespeople").expect("a drift");
    assert!(recruited.text.en.contains("Li Wei") && recruited.text.en.contains("more than half"));
    assert_eq!(drifts.len(), 2);

    // Against its own plan nothing drifts in depth.
    let facts = Facts::of(engine.plan(), day(TODAY), &observed.facts);
    assert!(
        observed
            .drifts(engine.plan(), &facts)
            .iter()
            .all(|drift| drift.fact.name == "ref.recruits_salespeople")
    );
}

/// LINT-2f: declarations that the journal contradicts, each with who made it.
#[test]
fn declarations_are_held_against_behaviour() {
    let body = "[settlement]\nafter_sale_days = 0\n[split]\ncost = \"50%\"\ncommission = \"30%\"\n[commission.direct]\nrate = \"10%\"";
    let plan = parse(&shop("sandbox", body, &[("public.offer", "false")]));
    let mut engine = Engine::genesis(plan.clone());
    submit(&mut engine, &join("m0", None));
    for number in 0..205_usize {
        let member = format!("m{number}");
        if number > 0 {
            // A chain: each one brings in the next.
            submit(&mut engine, &join(&member, Some(&format!("m{}", number - 1))));
        }
        let order = pay(number, &member, "10.00");
        let shop = if number % 2 == 0 { "east" } else { "west" };
        submit(
            &mut engine,
            &order.replace("\"line\":\"1\"", &format!("\"line\":\"1\",\"merchant\":\"{shop}\"")),
        );
        submit(&mut engine, &receive(number));
    }
    let observed = Observed::of(&engine);
    assert_eq!((observed.merchants, observed.earners), (2, 204));
    let facts = Facts::of(&plan, day(TODAY), &observed.facts);
    let mut named: Vec<&str> = observed.drifts(&plan, &facts).iter().map(|drift| drift.fact.name).collect();
    named.sort_unstable();
    assert_eq!(
        named,
        ["entry.gates_earning", "merchants.independent", "public.offer", "ref.recruits_salespeople"]
    );
}

/// Mechanisms that can be added to a plan, each making it pay, promise or draw more.
const WORSE: &[&str] = &[
    "[commission.direct]\nrate = \"5%\"",
    "[commission.indirect]\nrate = \"5%\"",
    "[commission.differential]",
    "[commission.regional]\ncity = \"1%\"",
    "[pool]",
    "[pool.exit]\nmultiple = 3",
    "[release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"release\"\nboost = \"1‰\"",
    "[release.acceleration]\ndirect = \"50%\"",
    "[value]\ngrant_ratio = \"10%\"\nreferral = [\"5%\", \"4%\"]",
    "[emission]\nyears = [1000]\ncap = 2000\nfirst_price = \"1\"",
    "[merchant]\nactivation_pack = \"399\"",
    "[[rank]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\nvolume = \"1\"\nrate = \"4%\"",
    "[loyalty]\nearn_rate = \"2%\"\nvalid_days = 30",
    "[market]",
    "[equity]",
    "[funding]",
    "[claims]\nshare = \"40%\"",
    "[[source]]\nid = \"live\"\nname = { zh = \"直播\", en = \"Live\" }\n[source.split]\ncost = \"40%\"\ncommission = \"10%\"",
    "[[coupon]]\nid = \"c\"\nname = { zh = \"券\", en = \"C\" }\noff = \"5\"\nmerchant = \"m\"",
    "[[promotion]]\nid = \"led\"\nname = { zh = \"团\", en = \"G\" }\nprice = \"99\"\n[promotion.group]\nmembers = 3\nhours = 24\nleader_bonus = \"5\"",
    "[[promotion]]\nid = \"rate\"\nname = { zh = \"团\", en = \"G\" }\nprice = \"99\"\n[promotion.group]\nmembers = 3\nhours = 24\nleader_rate = \"5%\"",
    "[[promotion]]\nid = \"lot\"\nname = { zh = \"抽\", en = \"L\" }\nprice = \"99\"\n[promotion.group]\nmembers = 3\nhours = 24\n[promotion.lottery]\nwinners = 1\nfund = \"release\"\nconsolation = \"3\"",
    "[[promotion]]\nid = \"dear\"\nname = { zh = \"抽\", en = \"L\" }\nprice = \"50001\"\n[promotion.group]\nmembers = 3\nhours = 24\n[promotion.lottery]\nwinners = 1\nfund = \"release\"",
    "[[promotion]]\nid = \"pre\"\nname = { zh = \"预\", en = \"P\" }\nprice = \"99\"\n[promotion.presale]\ndeposit = \"20\"\nbalance_hours = 72\nforfeit = true",
    "[[promotion]]\nid = \"box\"\nname = { zh = \"盒\", en = \"B\" }\nprice = \"59\"\n[promotion.blind_box]\n[[promotion.blind_box.items]]\nsku = \"a\"\nweight = 1\nstock = 1\n[[promotion.blind_box.items]]\nsku = \"b\"\nweight = 9\nstock = 9",
    "[[promotion]]\nid = \"near\"\nname = { zh = \"链\", en = \"C\" }\nprice = \"499\"\n[promotion.chain]\ndirect_bonus = \"50\"",
    "[[promotion]]\nid = \"far\"\nname = { zh = \"链\", en = \"C\" }\nprice = \"499\"\n[promotion.chain]\nboss_bonus = \"50\"",
    "[[promotion]]\nid = \"code\"\nname = { zh = \"码\", en = \"V\" }\nprice = \"99\"\n[promotion.voucher]\nvalid_days = 30",
];

/// Some of [`WORSE`] as bits: few, because most plans with many of them are refused anyway.
fn some() -> impl Strategy<Value = u32> {
    proptest::sample::subsequence((0..WORSE.len()).collect::<Vec<_>>(), 0..6)
        .prop_map(|places| places.into_iter().fold(0, |bits, place| bits | 1 << place))
}

/// The chosen mechanisms with those they need, as a plan.
fn with(chosen: u32, split_pays: bool, changed: &[(&str, &str)]) -> Option<Plan> {
    let body: Vec<&str> =
        WORSE.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0).map(|(_, body)| *body).collect();
    let commission =
        if split_pays || body.iter().any(|body| body.contains("[commission")) { "20%" } else { "0%" };
    let pool = if body.iter().any(|body| body.contains("[pool")) { "10%" } else { "0%" };
    let split = format!(
        "[split]\ncost = \"40%\"\ncommission = \"{commission}\"\npool = \"{pool}\"\n[split.funds]\nrelease = \"5%\"\n[catalogue]\n"
    );
    Plan::parse("generated.toml", &shop("live", &format!("{split}{}", body.join("\n")), changed)).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// GATE-1: adding a mechanism never turns a refusal into a pass (without opinions, which are about one text).
    #[test]
    fn adding_a_mechanism_never_helps(
        chosen in some(),
        added in 0_usize..WORSE.len(),
        paid in any::<bool>(),
        silent in proptest::sample::subsequence(vec!["public.offer", "entry.fee", "ads.untrue", "pts.on_chain"], 0..3),
    ) {
        let changed: Vec<(&str, &str)> = silent.iter().map(|name| (*name, "")).collect();
        // Where money is set aside for nobody by name, saying who gets it ends a silence and adds nothing (LINT-2d).
        let has = |what: &str| WORSE.iter().enumerate().any(|(at, body)| chosen & (1 << at) != 0 && body.contains(what));
        let open = (paid || has("[source.split]")) && !has("[commission");
        prop_assume!(!(open && WORSE[added].contains("[commission")));
        if let (Some(before), Some(after)) = (with(chosen, paid, &changed), with(chosen | 1 << added, paid, &changed)) {
            let (before_passes, after_passes) = (passes(&before), passes(&after));
            prop_assert!(before_passes || !after_passes, "{}\npasses, and does not without {}", after.source, WORSE[added]);
            // Nor does saying nothing where something was declared well.
            let well = with(chosen, paid, &[]).expect("the same plan");
            prop_assert!(passes(&well) || !before_passes);
        }
    }

    /// LINT-2e: declaring a fact well never makes a rule fire that silence about it does not.
    #[test]
    fn silence_is_the_worst_case(chosen in some(), at in 0_usize..8) {
        let names = ["entry.fee", "ads.untrue", "pts.on_chain", "public.offer", "operator.hosts_others", "card.prepaid", "minors.allowed", "returns.days"];
        if let (Some(said), Some(silent)) = (with(chosen, false, &[]), with(chosen, false, &[(names[at], "")])) {
            let (said, silent) = (refusing(&said, &Opinions::default()), refusing(&silent, &Opinions::default()));
            prop_assert!(said.iter().all(|id| silent.contains(id)), "{:?} not in {:?}", said, silent);
        }
    }
}

/// Those that need more than one other.
const NEEDING: &[&str] = &["[market]", "[merchant]\nactivation_pack = \"399\""];

/// The generator reaches plans that pass and plans that do not.
#[test]
fn generated_plans_do_both() {
    let places = || 0..WORSE.len();
    let pairs = places().flat_map(|one| places().map(move |other| 1_u32 << one | 1 << other));
    let valid: Vec<Plan> = pairs.filter_map(|chosen| with(chosen, false, &[])).collect();
    // Each of them is in a valid plan.
    for body in WORSE {
        assert!(
            valid.iter().any(|plan| plan.source.contains(body)) || NEEDING.contains(body),
            "nothing is tried with\n{body}"
        );
    }
    let pass = valid.iter().filter(|plan| passes(plan)).count();
    assert!(valid.len() > 100 && pass > 0 && pass < valid.len(), "{pass} of {}", valid.len());
}
