//! Rules of this repository that no compiler checks. Each finding names the file and says what to do.

mod layers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::{Failure, Outcome, capture, metadata};

/// Which crates of the workspace a crate may use. `xtask` stands alone.
const DIRECTION: [(&str, &[&str]); 7] = [
    ("ratchet-wire-derive", &[]),
    ("ratchet-engine", &["ratchet-wire-derive"]),
    ("ratchet-sim", &["ratchet-engine"]),
    ("ratchet-store", &["ratchet-engine"]),
    ("ratchet-server", &["ratchet-engine", "ratchet-store", "ratchet-sim"]),
    ("ratchet", &["ratchet-engine", "ratchet-sim", "ratchet-store", "ratchet-server"]),
    ("xtask", &[]),
];

/// Largest file the repository takes; bigger data is generated or stays outside.
const FILE_BYTES_MAX: usize = 300_000;
/// Grow with the routes that they are generated from, and are compared with them by a test.
const MAY_BE_LARGE: [&str; 2] = ["crates/ratchet-server/openapi.json", "web/packages/api/src/schema.gen.ts"];

/// Rules of `docs/spec/` that no test and no vector names yet. The list only gets shorter: a rule that is
/// named by a test and still stands here is an error too.
const UNNAMED_RULES: &[&str] = &[];

struct Tree {
    /// Every file that is in the repository or about to be, with its bytes.
    files: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    fn read(root: &Path) -> Result<Tree, Failure> {
        let listing = capture(
            Command::new("git")
                .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
                .current_dir(root),
        )?;
        let mut files = BTreeMap::new();
        for name in listing.split_terminator('\0') {
            // A file that is listed and gone was deleted and not committed yet.
            if let Ok(bytes) = std::fs::read(root.join(name)) {
                files.insert(name.to_owned(), bytes);
            }
        }
        Ok(Tree { files })
    }

    /// The texts of the files whose name ends so.
    fn texts(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |(name, _)| name.ends_with(ending))
            .filter_map(|(name, bytes)| Some((name.as_str(), std::str::from_utf8(bytes).ok()?)))
    }
}

/// Checks everything and reports all findings at once.
pub(crate) fn run(root: &Path) -> Outcome {
    let tree = Tree::read(root)?;
    let mut findings = Vec::new();
    findings.extend(dependency_direction(&metadata()?));
    findings.extend(dependency_reasons(&tree));
    findings.extend(python_crate(&tree));
    findings.extend(rust_files(&tree));
    findings.extend(retired_words(&tree));
    findings.extend(markdown_links(&tree));
    findings.extend(mentioned_documents(&tree));
    findings.extend(file_sizes(&tree));
    findings.extend(rules_named(&tree));
    findings.extend(apply_without_plan(&tree));
    let page = tree.files.get(layers::PAGE).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
    findings.extend(layers::of_files(&page, tree.texts(".rs")));
    findings.extend(layers::of_flows(&page, tree.texts(".rs")));
    if findings.is_empty() {
        println!("tidy: {} files, nothing to say", tree.files.len());
        return Ok(());
    }
    Err(format!("tidy found {}:\n{}", findings.len(), findings.join("\n")))
}

/// A4: `apply` reads no plan. The state has none; it may name terms that events set, and is made for a plan once.
fn apply_without_plan(tree: &Tree) -> Vec<String> {
    const STATE: &str = "crates/ratchet-engine/src/state";
    const ALLOWED: [&str; 7] = [
        "use crate::plan::{ExitBasis, ExitCounts, ExitOf, Plan};",
        "use crate::plan::ExitBasis;",
        "pub(crate) fn new(plan: &Plan, seed: HashSeed) -> State {",
        "network: Network::new(plan),",
        "volumes: Volumes::new(plan),",
        "versions: Versions::new(retention_at_withdrawal(plan)),",
        "text: proposed.plan.clone(),",
    ];
    let mut findings = Vec::new();
    for (name, text) in tree.texts(".rs").filter(|(name, _)| name.starts_with(STATE)) {
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            let code = line.split("//").next().unwrap_or_default();
            if (has_word(code, "plan") || has_word(code, "Plan")) && !ALLOWED.contains(&line) {
                findings.push(format!(
                    "{name}:{number}: `{line}`: apply reads no plan (A4); the flow decides and the event says it"
                ));
            }
        }
    }
    findings
}

/// engine ← sim ← ratchet; xtask alone. A crate's dependency on itself (tests with features) is no edge.
fn dependency_direction(metadata: &serde_json::Value) -> Vec<String> {
    let mut findings = Vec::new();
    let empty = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&empty);
    let own: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = DIRECTION.iter().find(|(known, _)| *known == name) else {
            findings.push(format!(
                "{name}: a new crate; add it to DIRECTION in xtask/src/tidy.rs with what it may use"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap_or(&empty) {
            let used = dependency["name"].as_str().unwrap_or_default();
            if own.contains(used) && used != name && !allowed.contains(&used) {
                findings.push(format!(
                    "{name} must not depend on {used}; the direction is engine ← store ← server ← ratchet, engine ← sim"
                ));
            }
        }
    }
    findings
}

/// Every dependency stands once in the root manifest, under a comment with its reason. A family (`serde`,
/// `serde_json`) shares one.
fn dependency_reasons(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, text) in tree.texts("Cargo.toml") {
        if name.starts_with("fuzz/") {
            continue;
        }
        // A workspace of its own: its own list.
        let list = match name {
            "python/Cargo.toml" => Some("[dependencies]"),
            "Cargo.toml" => Some("[workspace.dependencies]"),
            _ => None,
        };
        let mut section = "";
        let mut before = "";
        let mut reasoned = "#";
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with('[') {
                section = line;
            } else if let Some((key, value)) = line.split_once('=') {
                let (key, value) = (key.trim(), value.trim());
                if list == Some(section) {
                    if before.starts_with('#') {
                        reasoned = key;
                    }
                    if !value.contains("path =") && !before.starts_with('#') && !key.starts_with(reasoned) {
                        findings.push(format!(
                            "{name}:{number}: say in a comment above why {key} is not our own code"
                        ));
                    }
                } else if list.is_none()
                    && section.ends_with("dependencies]")
                    && !key.ends_with(".workspace")
                    && !value.contains("workspace = true")
                    && !value.contains("path = \".\"")
                {
                    findings.push(format!(
                        "{name}:{number}: take {key} from [workspace.dependencies], where its version and reason stand"
                    ));
                }
            }
            before = line;
        }
    }
    findings
}

/// The Python package is a workspace of its own (ADR 15): it has the version of this one, and builds with the same dependencies.
fn python_crate(tree: &Tree) -> Vec<String> {
    let text = |name: &str| tree.files.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let mut findings = Vec::new();
    let version = |text: String, section: &str| {
        let of = text.split(&format!("[{section}]\n")).nth(1)?;
        let line = of.lines().find_map(|line| line.strip_prefix("version = "));
        line.map(str::to_owned)
    };
    let ours = text("Cargo.toml").and_then(|text| version(text, "workspace.package"));
    let theirs = text("python/Cargo.toml").and_then(|text| version(text, "package"));
    if let (Some(ours), Some(theirs)) = (ours, theirs)
        && ours != theirs
    {
        findings.push(format!("python/Cargo.toml: its version is {theirs}, that of the workspace {ours}"));
    }
    let locked = |text: String| -> BTreeSet<(String, String)> {
        let packages = text.split("[[package]]").skip(1);
        let field = |package: &str, key: &str| {
            package
                .lines()
                .find_map(|line| line.strip_prefix(key))
                .unwrap_or_default()
                .trim_matches('"')
                .to_owned()
        };
        packages.map(|package| (field(package, "name = "), field(package, "version = "))).collect()
    };
    let (Some(ours), Some(theirs)) = (text("Cargo.lock").map(locked), text("python/Cargo.lock").map(locked))
    else {
        return findings;
    };
    for (name, version) in &theirs {
        let mut known = ours.iter().filter(|(ours, _)| ours == name).map(|(_, version)| version).peekable();
        if known.peek().is_some() && known.all(|known| known != version) {
            findings.push(format!(
                "python/Cargo.lock: {name} {version} is not what Cargo.lock has; copy Cargo.lock over it and run \
                 `cargo metadata --manifest-path python/Cargo.toml`"
            ));
        }
    }
    findings
}

fn rust_files(tree: &Tree) -> Vec<String> {
    // Assembled, so that this file does not find itself.
    let unfinished = [["FIX", "ME"].concat(), ["todo", "!("].concat(), ["unimple", "mented!("].concat()];
    let mut findings = Vec::new();
    for (name, text) in tree.texts(".rs") {
        if !text.starts_with("//!") {
            findings.push(format!("{name}:1: begin with `//!` and say what is in this file"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(word) = unfinished.iter().find(|word| line.contains(word.as_str())) {
                findings
                    .push(format!("{name}:{number}: {word} is unfinished work; finish it or open an issue"));
            }
            let code = line.split("//").next().unwrap_or_default();
            if name.starts_with("crates/ratchet-engine/src/")
                && let Some(float) = ["f32", "f64"].into_iter().find(|float| has_word(code, float))
            {
                findings.push(format!(
                    "{name}:{number}: {float} in the engine; amounts and rates are whole numbers (NUM-1)"
                ));
            }
        }
    }
    findings
}

/// Names and phrases that `docs/glossary.md` replaced, each with what is said instead. Old names of events and fields would
/// come back into journals, where they are permanent.
const RETIRED: &[(&str, &str)] = &[
    ("CommissionItem", "Entitlement"),
    ("CommissionsLaidDown", "CommissionEntitlementsRecorded"),
    ("ContributionPaidOut", "CashInLieuPaid"),
    ("ContributionsWait", "ContributionRolled"),
    ("LateRefund", "PostSettlementRefund"),
    ("LoyaltyTakenBack", "LoyaltyClawedBack"),
    ("ReleaseCut", "ReleaseGrantReduced"),
    ("SaleRequest", "RedemptionRequest"),
    ("ValueCut", "ValueGrantReduced"),
    ("WaitingEnded", "DeferralCleared"),
    ("asked_for", "pending_redemptions"),
    ("carry_out", "dispatch"),
    ("cut_grants", "reduce_grants"),
    ("due_back", "clawback_total"),
    ("first_met", "best_match"),
    ("lay_down", "record_entitlements"),
    ("named_merchant", "merchant_or_register"),
    ("pay_instead", "pay_cash_in_lieu"),
    ("post_money", "credit"),
    ("post_out", "debit"),
    ("taken_up", "contribution_left_deferral"),
    ("unretained", "retention_pending"),
    ("unspend", "reverse_spend"),
    ("laid down", "recorded"),
    ("lays down", "records"),
    ("memory is asked for", "memory is prefetched"),
];

/// All names of events and fields that stand in journals.
const SCHEMA: &str = "docs/spec/journal-schema.json";

/// Retired words stay out of code and documents; the changelog tells of the past.
fn retired_words(tree: &Tree) -> Vec<String> {
    let files = [".rs", ".md", ".py", ".json", ".toml"].into_iter().flat_map(|ending| tree.texts(ending));
    let mut findings = Vec::new();
    for (name, text) in files.filter(|(name, _)| !matches!(*name, "CHANGELOG.md" | "xtask/src/tidy.rs")) {
        for (number, line) in (1..).zip(text.lines()) {
            let found = RETIRED.iter().filter(|(old, _)| match old.contains(' ') {
                true => line.contains(old),
                // Names of the journal may not even contain one, as `unretained_cut` would.
                false => has_word(line, old) || (name == SCHEMA && line.contains(old)),
            });
            findings.extend(found.map(|(old, new)| {
                format!("{name}:{number}: \"{old}\" is retired; the word is \"{new}\" (docs/glossary.md)")
            }));
        }
    }
    findings
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// Links to files and headings of this repository lead somewhere.
fn markdown_links(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, text) in tree.texts(".md") {
        for (number, target) in links(text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = match target.split_once('#') {
                Some((file, heading)) => (file, Some(heading)),
                None => (target.as_str(), None),
            };
            let path = if file.is_empty() { name.to_owned() } else { resolve(name, file) };
            let folder = format!("{}/", path.trim_end_matches('/'));
            let known =
                tree.files.contains_key(&path) || tree.files.keys().any(|known| known.starts_with(&folder));
            if !known {
                findings.push(format!("{name}:{number}: the link to {target} leads nowhere"));
                continue;
            }
            if let Some(heading) = heading {
                let page =
                    tree.files.get(&path).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
                if !anchors(&page).contains(heading) {
                    findings.push(format!("{name}:{number}: {path} has no heading for #{heading}"));
                }
            }
        }
    }
    findings
}

/// A document that code or a plan sends the reader to is there.
fn mentioned_documents(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let endings = [".rs", ".toml"];
    for (name, text) in endings.into_iter().flat_map(|ending| tree.texts(ending)) {
        // The tests of this file invent some.
        if name == "xtask/src/tidy.rs" {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            for rest in line.split("docs/").skip(1) {
                let path = rest.split(|c: char| !c.is_ascii_alphanumeric() && !"/_-.".contains(c)).next();
                let path = format!("docs/{}", path.unwrap_or_default().trim_end_matches('.'));
                if path.ends_with(".md") && !tree.files.contains_key(&path) {
                    findings.push(format!("{name}:{number}: {path} does not exist"));
                }
            }
        }
    }
    findings
}

/// Every `](target)` outside code, with its line.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Odd parts stand between backticks.
        for prose in line.split('`').step_by(2) {
            for part in prose.split("](").skip(1) {
                if let Some((target, _)) = part.split_once(')') {
                    links.push((number, target.split_whitespace().next().unwrap_or_default().to_owned()));
                }
            }
        }
    }
    links
}

/// `file` as written in the document `from`, relative to the top of the repository.
fn resolve(from: &str, file: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchors that a page's headings get.
fn anchors(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .flat_map(char::to_lowercase)
                .collect()
        })
        .collect()
}

fn file_sizes(tree: &Tree) -> Vec<String> {
    tree.files
        .iter()
        .filter(|(name, bytes)| bytes.len() > FILE_BYTES_MAX && !MAY_BE_LARGE.contains(&name.as_str()))
        .map(|(name, bytes)| {
            format!(
                "{name}: {} kB, more than {} kB; make it smaller or generate it",
                bytes.len() / 1000,
                FILE_BYTES_MAX / 1000
            )
        })
        .collect()
}

/// Every rule of `docs/spec/` (bold, such as **POOL-4a**) is named where something is tested.
fn rules_named(tree: &Tree) -> Vec<String> {
    let mut rules: BTreeMap<String, &str> = BTreeMap::new();
    for (name, text) in tree.texts(".md").filter(|(name, _)| name.starts_with("docs/spec/")) {
        for bold in text.split("**").skip(1).step_by(2) {
            if let Some(rule) = bold.split_whitespace().next().filter(|word| is_rule(word)) {
                rules.entry(rule.to_owned()).or_insert(name);
            }
        }
    }
    let mut named = BTreeSet::new();
    for (name, bytes) in &tree.files {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        let tested = if name.starts_with("vectors/") || name.contains("/tests/") || name.contains("/testing/")
        {
            text
        } else if name.starts_with("crates/") && name.ends_with(".rs") {
            // The part of a source file from its tests on.
            text.find("#[cfg(test)]").and_then(|at| text.get(at..)).unwrap_or_default()
        } else {
            continue;
        };
        for word in tested.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            if is_rule(word) {
                named.insert(word);
            }
        }
    }
    let mut findings = Vec::new();
    for (rule, page) in &rules {
        if !named.contains(rule.as_str()) && !UNNAMED_RULES.contains(&rule.as_str()) {
            findings.push(format!(
                "{page}: no test and no vector names {rule}; write it above the test that holds it"
            ));
        }
    }
    for rule in UNNAMED_RULES {
        if named.contains(rule) || !rules.contains_key(*rule) {
            findings.push(format!(
                "xtask/src/tidy.rs: {rule} is named by a test (or gone); take it out of UNNAMED_RULES"
            ));
        }
    }
    findings
}

/// `POOL-4`, `ORDER-6a`.
fn is_rule(word: &str) -> bool {
    let Some((family, number)) = word.split_once('-') else { return false };
    let digits = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
    family.len() >= 3
        && family.chars().all(|c| c.is_ascii_uppercase())
        && !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit())
        && number.len() - digits.len() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree {
            files: files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect(),
        }
    }

    #[test]
    fn links_lead_to_files_and_headings() {
        let page = "# A b!\n[1](docs/x.md) `[2](nowhere)` [3](docs) [4](#a-b) [5](docs/x.md#c) [6](gone.md)\n\
                    ```\n[7](nowhere)\n```\n[8](https://example.org)";
        let tree = tree(&[("README.md", page), ("docs/x.md", "## D\n[up](../README.md#a-b)")]);
        assert_eq!(
            markdown_links(&tree),
            [
                "README.md:2: docs/x.md has no heading for #c",
                "README.md:2: the link to gone.md leads nowhere"
            ]
        );
    }

    #[test]
    fn dependencies_state_a_reason_once() {
        let tree = tree(&[
            (
                "Cargo.toml",
                "[workspace.dependencies]\n# why\na = \"1\"\na_more = \"1\"\nb = \"1\"\nc = { path = \"c\" }",
            ),
            ("c/Cargo.toml", "[package]\nname = \"c\"\n[dependencies]\na.workspace = true\nd = \"1\""),
        ]);
        assert_eq!(
            dependency_reasons(&tree),
            [
                "Cargo.toml:5: say in a comment above why b is not our own code",
                "c/Cargo.toml:5: take d from [workspace.dependencies], where its version and reason stand",
            ]
        );
    }

    #[test]
    fn the_python_package_is_built_of_the_same_parts() {
        let lock = |version: &str| format!("[[package]]\nname = \"a\"\nversion = \"{version}\"\n");
        let tree = tree(&[
            ("Cargo.toml", "[workspace.package]\nversion = \"0.2.0\"\n"),
            (
                "python/Cargo.toml",
                "[package]\nname = \"p\"\nversion = \"0.1.0\"\n[dependencies]\nb = \"1\"\n# why\nc = \"1\"",
            ),
            ("Cargo.lock", &lock("1.0.0")),
            ("python/Cargo.lock", &(lock("1.0.1") + "[[package]]\nname = \"only\"\nversion = \"9.0.0\"\n")),
        ]);
        let findings = python_crate(&tree);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].contains("that of the workspace \"0.2.0\""));
        assert!(findings[1].starts_with("python/Cargo.lock: a 1.0.1 is not what Cargo.lock has"));
        assert_eq!(
            dependency_reasons(&tree),
            ["python/Cargo.toml:5: say in a comment above why b is not our own code"]
        );
    }

    #[test]
    fn the_engine_may_not_use_the_crates_above_it() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "ratchet-engine", "dependencies": [{ "name": "ratchet-sim" }, { "name": "serde" }] },
            { "name": "ratchet-sim", "dependencies": [{ "name": "ratchet-engine" }] },
        ]});
        assert_eq!(
            dependency_direction(&metadata),
            [
                "ratchet-engine must not depend on ratchet-sim; the direction is engine ← store ← server ← ratchet, engine ← sim"
            ]
        );
    }

    #[test]
    fn rust_files_begin_with_what_they_are_and_the_engine_has_no_floats() {
        let tree = tree(&[
            ("crates/ratchet-engine/src/a.rs", "//! A.\nlet x: f64 = 1.0; // f32\nlet f64_like = 1;"),
            ("crates/ratchet-sim/src/b.rs", "let x: f64 = 1.0;"),
        ]);
        assert_eq!(
            rust_files(&tree),
            [
                "crates/ratchet-engine/src/a.rs:2: f64 in the engine; amounts and rates are whole numbers (NUM-1)",
                "crates/ratchet-sim/src/b.rs:1: begin with `//!` and say what is in this file",
            ]
        );
    }

    #[test]
    fn retired_words_are_found_as_words() {
        let tree = tree(&[
            ("docs/a.md", "It is laid down at payment."),
            ("crates/a/src/b.rs", "//! B.\nlet unretained = notunretained;"),
            ("crates/a/src/c.rs", "//! C.\nlet notunretained = 1;"),
            (SCHEMA, "[\"unretained_cut\",\"money\"]"),
            ("CHANGELOG.md", "unretained is retention_pending now"),
        ]);
        assert_eq!(
            retired_words(&tree),
            [
                "crates/a/src/b.rs:2: \"unretained\" is retired; the word is \"retention_pending\" (docs/glossary.md)",
                "docs/a.md:1: \"laid down\" is retired; the word is \"recorded\" (docs/glossary.md)",
                "docs/spec/journal-schema.json:1: \"unretained\" is retired; the word is \"retention_pending\" (docs/glossary.md)",
            ]
        );
    }

    #[test]
    fn a_rule_must_be_named_by_a_test() {
        let tree = tree(&[
            ("docs/spec/choices.md", "- **POOL-4** text **bold** **ORDER-6a** more **POOL-9 split** x"),
            ("crates/a/tests/it/x.rs", "//! POOL-4, POOL-9"),
            ("crates/a/src/lib.rs", "//! ORDER-6a\n#[cfg(test)]\nmod tests {}"),
        ]);
        assert_eq!(
            rules_named(&tree),
            [
                "docs/spec/choices.md: no test and no vector names ORDER-6a; write it above the test that holds it"
            ]
        );
    }
}
