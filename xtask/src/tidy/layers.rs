//! The layers of the engine as ARCHITECTURE.md lists them: a file uses files of its own layer and of those below. The lists name what
//! does not keep to that, with a reason each.

use std::collections::{BTreeMap, BTreeSet};

/// Where the layers are listed.
pub(super) const PAGE: &str = "ARCHITECTURE.md";
const ENGINE: &str = "crates/ratchet-engine/src/";
const FLOW: &str = "crates/ratchet-engine/src/flow/";

/// The layers of one folder, read from a section of the page: a table of names from the bottom to the top, then a list of exceptions.
#[derive(Debug, Default)]
struct Layers {
    /// Name of a file or folder, without its ending: which layer.
    of: BTreeMap<String, usize>,
    /// What is excepted, as it stands between backticks: each has to be needed.
    exceptions: BTreeSet<String>,
}

impl Layers {
    fn read(page: &str, heading: &str) -> Layers {
        let mut layers = Layers::default();
        let mut row = 0;
        let section = page.split(heading).nth(1).unwrap_or_default();
        for line in section.lines().skip(1).take_while(|line| !line.starts_with('#')) {
            if let Some(cells) = line.strip_prefix("| ") {
                let names = cells.split_once('|').map_or("", |(_, names)| names);
                names.split('`').skip(1).step_by(2).for_each(|name| {
                    layers.of.insert(name.to_owned(), row);
                });
                row += 1;
            }
            let exception = line.strip_prefix("- `").and_then(|rest| rest.split_once("`: "));
            layers.exceptions.extend(exception.map(|(what, _)| what.to_owned()));
        }
        layers
    }

    /// The longest listed name that a file or a folder around it has.
    fn name_of<'a>(&'a self, file: &str) -> Option<&'a str> {
        let mut path = file;
        loop {
            if let Some((name, _)) = self.of.get_key_value(path) {
                return Some(name);
            }
            path = path.rsplit_once('/')?.0;
        }
    }

    /// What is wrong with these uses: of one listed name by another, each with the exception that would allow it and where it stands.
    fn findings(&self, heading: &str, uses: &[Use<'_>]) -> Vec<String> {
        let mut findings = Vec::new();
        let mut needed = BTreeSet::new();
        let mut below: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for Use { by, of, exception, place } in uses {
            if self.exceptions.contains(exception) {
                needed.insert(exception.as_str());
            } else if self.of[*of] > self.of[*by] {
                findings.push(format!(
                    "{place}: {by} uses {of}, which is of a higher layer ({PAGE}, {heading}); move what is shared down, or name \
                     `{exception}` there with a reason"
                ));
            } else {
                below.entry(by).or_default().insert(of);
            }
        }
        for circle in circles(&below) {
            let name = circle.join(" ↔ ");
            let named = self.exceptions.iter().find(|exception| {
                let names: BTreeSet<&str> = exception.split(" ↔ ").collect();
                circle.iter().all(|name| names.contains(name))
            });
            match named {
                Some(exception) => drop(needed.insert(exception)),
                None => findings.push(format!(
                    "{PAGE}: {name} use each other in a circle; move what is shared down, or name it in \"{heading}\" with a reason"
                )),
            }
        }
        let unneeded = self.exceptions.iter().filter(|exception| !needed.contains(exception.as_str()));
        findings.extend(unneeded.map(|exception| {
            format!(
                "{PAGE}: nothing needs the exception `{exception}` of \"{heading}\" any more; take it out"
            )
        }));
        findings
    }
}

/// One listed name uses another.
struct Use<'a> {
    by: &'a str,
    of: &'a str,
    /// What the page would say to allow it.
    exception: String,
    /// A file, and what of the other it uses.
    place: String,
}

/// Groups of names that reach each other, each sorted.
fn circles<'a>(below: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let reached = |from: &'a str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(name) = open.pop() {
            open.extend(below.get(name).into_iter().flatten().copied().filter(|next| seen.insert(*next)));
        }
        seen
    };
    let reach: BTreeMap<&str, BTreeSet<&str>> = below.keys().map(|name| (*name, reached(name))).collect();
    let circle_of = |name: &&'a str| -> Vec<&'a str> {
        let others = reach[name].iter().copied();
        others.filter(|other| reach.get(other).is_some_and(|back| back.contains(name))).collect()
    };
    let circles: BTreeSet<Vec<&str>> = below.keys().map(circle_of).collect();
    circles.into_iter().filter(|circle| circle.len() > 1).collect()
}

/// A file's code: without its tests and its comments.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The files below a folder that are no tests, by their path without the ending, with their code.
fn files<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>, folder: &str) -> BTreeMap<String, String> {
    let paths = texts.filter_map(|(name, text)| {
        let path = name.strip_prefix(folder)?.strip_suffix(".rs")?;
        let is_test = path.split('/').any(|part| matches!(part, "tests" | "testing" | "lib"));
        (!is_test).then(|| (path.to_owned(), code(text)))
    });
    paths.collect()
}

/// Every path that begins with `crate`, `super` or `self`, as its parts; those of a group one by one.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    for root in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|before| !before.is_alphanumeric() && !matches!(before, '_' | ':')) {
                tree(&code[at..], &mut Vec::new(), &mut found);
            }
        }
    }
    found
}

/// Reads a path, or a group of them, at the beginning of `text`; returns what follows.
fn tree<'a>(text: &'a str, before: &mut Vec<&'a str>, found: &mut Vec<Vec<&'a str>>) -> &'a str {
    let depth = before.len();
    let mut rest = text.trim_start();
    loop {
        if let Some(mut group) = rest.strip_prefix('{') {
            loop {
                group = group.trim_start().trim_start_matches(',').trim_start();
                if group.is_empty() || group.starts_with('}') {
                    before.truncate(depth);
                    return group.strip_prefix('}').unwrap_or_default();
                }
                let after = tree(group, before, found);
                // A renamed item: `as name`.
                let after =
                    after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c.is_whitespace());
                if after.len() == group.len() {
                    before.truncate(depth);
                    return after;
                }
                group = after;
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        before.push(&rest[..end]);
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(next) if next.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '{')) => {
                rest = next
            }
            _ => {
                found.push(before.clone());
                before.truncate(depth);
                return rest;
            }
        }
    }
}

/// The file that a path leads to, seen from a file.
fn resolve(files: &BTreeMap<String, String>, from: &str, path: &[&str]) -> Option<String> {
    let mut module: Vec<&str> = match path.first() {
        Some(&"crate") => Vec::new(),
        _ => from.split('/').collect(),
    };
    for part in path {
        match *part {
            "crate" | "self" => {}
            "super" => drop(module.pop()),
            part => module.push(part),
        }
    }
    while !module.is_empty() {
        let name = module.join("/");
        if files.contains_key(&name) {
            return Some(name);
        }
        module.pop();
    }
    None
}

/// Files of the engine use files of their own layer and of those below.
pub(super) fn of_files<'a>(page: &str, texts: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    const HEADING: &str = "### Layers of the engine";
    let layers = Layers::read(page, HEADING);
    let files = files(texts, ENGINE);
    let (mut findings, mut uses) = (unlisted(&layers, HEADING, &files), Vec::new());
    for (file, code) in &files {
        let Some(by) = layers.name_of(file) else { continue };
        let used: BTreeSet<String> =
            paths(code).iter().filter_map(|path| resolve(&files, file, path)).collect();
        for used in used {
            if let Some(of) = layers.name_of(&used).filter(|of| *of != by) {
                let place = format!("{ENGINE}{file}.rs → {used}");
                uses.push(Use { by, of, exception: format!("{by} → {of}"), place });
            }
        }
    }
    findings.extend(layers.findings(HEADING, &uses));
    findings
}

/// Flows call flows of their own layer and of those below: all are methods of `Engine`, so that no `use` shows it.
pub(super) fn of_flows<'a>(page: &str, texts: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    const HEADING: &str = "### Layers of the flows";
    let layers = Layers::read(page, HEADING);
    let files = files(texts, FLOW);
    let mut defined: BTreeMap<&str, &str> = BTreeMap::new();
    for (file, code) in &files {
        // Methods stand four blanks deep.
        let methods = code.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
        for method in methods.filter_map(|line| line.split_once("fn ")) {
            let name = method.1.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            defined.insert(name, file);
        }
    }
    let (mut findings, mut uses) = (unlisted(&layers, HEADING, &files), Vec::new());
    for (file, code) in &files {
        let Some(by) = layers.name_of(file) else { continue };
        for method in calls(code) {
            let of = defined.get(method).and_then(|of| layers.name_of(of));
            if let Some(of) = of.filter(|of| *of != by) {
                let place = format!("{FLOW}{file}.rs, {method}");
                uses.push(Use { by, of, exception: format!("{by} → {method}"), place });
            }
        }
    }
    findings.extend(layers.findings(HEADING, &uses));
    findings
}

/// Names that `self.name(` or `engine.name(` calls.
fn calls(code: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for root in ["self", "engine"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            let Some(call) = code[at + root.len()..].trim_start().strip_prefix('.') else { continue };
            let end = call.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(call.len());
            let is_word =
                before.is_none_or(|before| !before.is_alphanumeric() && !matches!(before, '_' | '.'));
            if is_word && call[end..].starts_with('(') {
                found.insert(&call[..end]);
            }
        }
    }
    found
}

/// Files that no layer lists, and listed names without a file.
fn unlisted(layers: &Layers, heading: &str, files: &BTreeMap<String, String>) -> Vec<String> {
    let mut findings: Vec<String> = files
        .keys()
        .filter(|file| layers.name_of(file).is_none())
        .map(|file| {
            format!("{PAGE}: no layer in \"{heading}\" lists {file}; add it to the lowest that may hold it")
        })
        .collect();
    let gone = layers.of.keys().filter(|name| !files.contains_key(*name));
    findings.extend(gone.map(|name| format!("{PAGE}: \"{heading}\" lists {name}, which does not exist")));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE_TEXT: &str = "# A\n### Layers of the engine\n\n| layer | files |\n|---|---|\n| base | `low`, `lower` |\n| top | `high`, `high/deep` |\n\n\
                             - `low → high`: why\n\n### Layers of the flows\n| l | f |\n|---|---|\n| a | `settle` |\n| b | `refund`, `purchase` |\n\
                             - `settle → run`: why\n";

    fn engine(files: &[(&'static str, &'static str)]) -> Vec<String> {
        let texts: Vec<(String, &str)> =
            files.iter().map(|(name, text)| (format!("{ENGINE}{name}.rs"), *text)).collect();
        of_files(PAGE_TEXT, texts.iter().map(|(name, text)| (name.as_str(), *text)))
    }

    #[test]
    fn a_file_uses_no_file_of_a_higher_layer() {
        let both = engine(&[
            ("low", "use crate::high::{self, Of};"),
            ("lower", "fn a() { crate::high::deep::call() } // crate::low"),
            (
                "high",
                "use crate::{low::A, lower::{B as C, D}};\n#[cfg(test)]\nmod tests {\n use crate::gone;}",
            ),
            ("high/deep", ""),
        ]);
        assert_eq!(both.len(), 1, "{both:?}");
        assert!(both[0].contains("lower.rs → high/deep: lower uses high/deep"), "{both:?}");
    }

    #[test]
    fn files_of_a_layer_form_no_circle_and_every_exception_is_needed() {
        let found = engine(&[
            ("low", "use crate::lower::A;"),
            ("lower", "use super::low::{B};"),
            ("high", "use self::deep::A;"),
            ("high/deep", ""),
            ("new", ""),
        ]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("lists new"), "{found:?}");
        assert!(found[1].contains("low ↔ lower use each other"), "{found:?}");
        assert!(found[2].contains("nothing needs the exception `low → high`"), "{found:?}");
    }

    #[test]
    fn a_flow_calls_no_flow_of_a_higher_layer() {
        let flows = [
            (
                "settle",
                "impl Engine {\n    fn settle(&mut self) {\n        self.run();\n        self\n            .pay();\n    }\n}",
            ),
            ("refund", "impl Engine {\n    pub(crate) fn run(&mut self) {\n        self.settle();\n    }\n}"),
            ("purchase", "impl Engine {\n    fn pay(&self) {\n        self.state.run();\n    }\n}"),
        ];
        let texts: Vec<(String, &str)> =
            flows.iter().map(|(name, text)| (format!("{FLOW}{name}.rs"), *text)).collect();
        let found = of_flows(PAGE_TEXT, texts.iter().map(|(name, text)| (name.as_str(), *text)));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("settle.rs, pay: settle uses purchase"), "{found:?}");
    }
}
