//! Reading what somebody names: plans, opinions, the files of a scenario; and making a plan ready to be run. The binary and the Python
//! package read alike and say the same when something is wrong.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use ratchet_engine::gate::{Admitted, Opinions, admit};
use ratchet_engine::lint::rules::RuleBook;
use ratchet_engine::message::{List, Message, System, Word};
use ratchet_engine::plan::{Plan, PlanErrors, SOURCE_BYTES_MAX, Settlement};
use ratchet_engine::time::{Day, Timestamp};

use crate::fault::{FileFault, file};

/// Largest file that a scenario may name.
const LOADED_BYTES_MAX: u64 = 1 << 30;

/// Why something cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be read, or what was asked for makes no sense.
    Usage(Message),
    /// It was understood and is wrong.
    Refused(Message),
}

impl Fault {
    /// It cannot be read, or what was asked for makes no sense.
    pub fn usage(message: impl Into<Message>) -> Fault {
        Fault::Usage(message.into())
    }

    /// It was understood and is wrong.
    pub fn refused(message: impl Into<Message>) -> Fault {
        Fault::Refused(message.into())
    }
}

impl From<PlanErrors> for Fault {
    fn from(errors: PlanErrors) -> Fault {
        Fault::refused(FileFault::Errors { errors })
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Usage(message) | Fault::Refused(message) => message.fmt(out),
        }
    }
}

impl std::error::Error for Fault {}

/// Reads and checks a plan. A file that cannot be read is a usage error, a plan that is wrong is refused.
pub fn plan(path: &Path) -> Result<Plan, Fault> {
    parsed(&path.display().to_string(), &text(path, file::PLAN)?)
}

/// Checks the text of a plan; `name` stands in messages.
pub fn parsed(name: &str, text: &str) -> Result<Plan, Fault> {
    Ok(Plan::parse(name, text)?)
}

/// The text of a file that somebody edits.
pub fn text(path: &Path, what: Word) -> Result<String, Fault> {
    let name = path.display().to_string();
    let bytes = read(path, SOURCE_BYTES_MAX)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // Cut off inside a character: the parser refuses it by its size.
        Err(error) if error.as_bytes().len() > SOURCE_BYTES_MAX => {
            Ok(String::from_utf8_lossy(error.as_bytes()).into_owned())
        }
        Err(error) => {
            let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(Fault::refused(FileFault::NotUtf8 { file: &name, line, what }))
        }
    }
}

/// The signed opinions of a file.
pub fn opinions(path: &Path) -> Result<Opinions, Fault> {
    let text = text(path, file::FILE)?;
    Ok(Opinions::parse(&path.display().to_string(), &text)?)
}

/// Today, where the programme is.
pub fn today(plan: &Plan) -> Day {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_micros()).ok().and_then(Timestamp::from_us).unwrap_or(Timestamp::MIN);
    plan.programme.calendar.day_of(now)
}

/// A plan that may be run: a sandbox plan, or a live one that the gate lets pass today (GATE-1).
pub fn admitted(plan: Plan, name: &str, opinions: Option<&Path>) -> Result<Admitted, Fault> {
    let given = opinions.map_or_else(|| Ok(Opinions::default()), self::opinions)?;
    let on = today(&plan);
    admit(plan, &RuleBook::built_in(), &given, on).map_err(|verdict| {
        let rules: Vec<&str> = verdict.refusing().map(|finding| finding.rule.id.as_str()).collect();
        match rules.is_empty() {
            true => Fault::refused(FileFault::RefusedLive { plan: name }),
            false => Fault::refused(FileFault::RefusedLiveBy { plan: name, rules: List::of(rules) }),
        }
    })
}

/// The bytes of a file of at most `limit` bytes (one more is read, so that the reader can tell).
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    open(path)?.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<File, Fault> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            Err(Fault::usage(FileFault::Folder { file: path.display().to_string() }))
        }
        Ok(_) => Ok(file),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// The message for a file that cannot be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::usage(FileFault::Unreadable { file: path.display().to_string(), error: System(error) })
}

/// The bytes of a file that a scenario names.
pub fn load(path: &Path) -> Result<Vec<u8>, Message> {
    let name = || path.display().to_string();
    let shown = |error| Message::from(FileFault::LoadFailed { file: name(), error: System(&error) });
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(shown)?;
    file.take(LOADED_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(shown)?;
    if bytes.len() as u64 > LOADED_BYTES_MAX {
        return Err(FileFault::LoadTooLarge { file: name(), most: LOADED_BYTES_MAX }.into());
    }
    Ok(bytes)
}

/// The plan with another `after_sale_days`, in its text too: the journal's first entry stores the text, and an
/// auditor must find there what was run.
pub fn with_after_sale_days(plan: &Plan, days: u32) -> Result<Plan, Fault> {
    let setting = format!("after_sale_days = {days}");
    let mut source = String::with_capacity(plan.source.len() + setting.len() + 16);
    let (mut section, mut is_set) = ("", false);
    for line in plan.source.split_inclusive('\n') {
        let bare = line.split('#').next().unwrap_or_default().trim();
        let key = bare.split('=').next().unwrap_or_default().trim();
        if bare.starts_with('[') {
            section = bare;
        }
        if section == "[settlement]" && key == "after_sale_days" {
            continue;
        }
        source.push_str(line);
        if bare == "[settlement]" && !is_set {
            is_set = true;
            if !line.ends_with('\n') {
                source.push('\n');
            }
            source.push_str(&format!("{setting}\n"));
        }
    }
    if !is_set {
        source.push_str(&format!("\n[settlement]\n{setting}\n"));
    }
    let wanted =
        Plan { source: source.clone(), settlement: Settlement { after_sale_days: days }, ..plan.clone() };
    match Plan::parse("the plan with --after-sale-days", &source) {
        Ok(changed) if changed == wanted => Ok(changed),
        Ok(_) | Err(_) => Err(Fault::usage(FileFault::AfterSaleDays {})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "[programme]\nname = { zh = \"一\", en = \"One\" }\n\n[split]\npool = \"30%\"\n\n[pool]\nopening_price = \"1.00\"\n";

    fn changed(settlement: &str) -> Result<Plan, Fault> {
        let plan = Plan::parse("plan.toml", &format!("{PLAN}{settlement}")).expect("a plan");
        with_after_sale_days(&plan, 5)
    }

    #[test]
    fn after_sale_days_change_in_the_plans_text_too() {
        for settlement in [
            "",
            "[settlement]",
            "[settlement]\n",
            "[settlement] # when\nafter_sale_days = 7 # days\n",
            "\n  [settlement]\n  after_sale_days=7\n\n[wallet]\n",
        ] {
            let plan = changed(settlement).expect("it can be changed");
            assert_eq!(plan.settlement.after_sale_days, 5, "{settlement:?}");
            assert_eq!(plan.source.matches("after_sale_days").count(), 1, "{settlement:?}");
        }
        assert!(changed("[settlement]\n\"after_sale_days\" = 7\n").is_err());
    }
}
