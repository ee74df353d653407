//! Changing one setting of a TOML text, as a person would: its line, and nothing else.

use ratchet_engine::message::Message;

use crate::fault::ScenarioFault;

/// Why a setting could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// The key.
    pub key: String,
}

impl From<SettingError> for Message {
    fn from(error: SettingError) -> Message {
        ScenarioFault::SettingInside { key: &error.key }.into()
    }
}

impl std::fmt::Display for SettingError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Message::from(self.clone()).fmt(out)
    }
}

impl std::error::Error for SettingError {}

/// The text with `key` (such as `pool.exit.multiple`) set to `literal` (as it would be written, quotes included): the line of
/// the key is replaced, else one is added under its section, else the section is added at the end.
pub fn with_setting(text: &str, key: &str, literal: &str) -> Result<String, SettingError> {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    with_line(text, key, section, name, literal)
}

/// A scenario with one setting changed: a key of its own such as `selling.panic.weight`, or one of its plans such as
/// `plan.pool.retention`, which goes under `[set]`.
pub(crate) fn with_parameter(text: &str, key: &str, literal: &str) -> Result<String, SettingError> {
    match key.strip_prefix("plan.") {
        Some(of_plan) => with_line(text, key, "set", &format!("\"{of_plan}\""), literal),
        None => with_setting(text, key, literal),
    }
}

fn with_line(
    text: &str,
    key: &str,
    section: &str,
    name: &str,
    literal: &str,
) -> Result<String, SettingError> {
    let header = format!("[{section}]");
    let line = format!("{name} = {literal}\n");
    let mut changed = String::with_capacity(text.len() + line.len() + header.len() + 2);
    // At the top of the file one is in the section without a name.
    let (mut inside, mut is_set) = (section.is_empty(), false);
    for old in text.split_inclusive('\n') {
        let bare = old.split('#').next().unwrap_or_default().trim();
        if bare.starts_with('[') {
            if inside && !is_set {
                // The section ends without the key.
                changed.push_str(&line);
                is_set = true;
            }
            inside = bare == header;
        }
        let names = inside && bare.split('=').next().unwrap_or_default().trim() == name && bare.contains('=');
        if names && is_set {
            continue;
        }
        if names {
            changed.push_str(&line);
            is_set = true;
            continue;
        }
        changed.push_str(old);
        if !old.ends_with('\n') {
            changed.push('\n');
        }
    }
    if !is_set && !inside {
        changed.push_str(&format!("\n{header}\n"));
    }
    if !is_set {
        changed.push_str(&line);
    }
    // Whoever parses the result says what is wrong with it; only what is certain to be misread is refused here.
    let twice =
        changed.lines().filter(|line| line.split('#').next().unwrap_or_default().trim() == header).count();
    if twice > 1 { Err(SettingError { key: key.to_owned() }) } else { Ok(changed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_replaced_added_and_begun() {
        let text = "a = 1\n[pool] # c\nretention = \"20%\" # why\n\n[pool.exit]\nmultiple = 3";
        let set = |key, literal| with_setting(text, key, literal).unwrap();
        assert!(set("pool.retention", "\"10%\"").contains("[pool] # c\nretention = \"10%\"\n\n[pool.exit]"));
        assert!(set("pool.exit.multiple", "2").ends_with("[pool.exit]\nmultiple = 2\n"));
        assert!(set("pool.exit.clamp", "true").ends_with("multiple = 3\nclamp = true\n"));
        assert!(set("pool.mint_ratio", "\"7%\"").contains("# why\n\nmint_ratio = \"7%\"\n[pool.exit]"));
        assert!(set("wallet.withdrawal_fee", "\"1%\"").ends_with("\n[wallet]\nwithdrawal_fee = \"1%\"\n"));
        assert!(set("a", "2").starts_with("a = 2\n"));
        assert!(set("b", "2").starts_with("a = 1\nb = 2\n[pool]"));
    }
}
