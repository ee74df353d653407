//! The command line in the language asked for: help, usage, and what is wrong with arguments. clap itself speaks English only.

use std::error::Error as _;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Command};
use ratchet_engine::message::{List, Message};

use crate::Lang;
use crate::fault::CliFault;

/// What stands between the English and the Chinese of a help text.
const BETWEEN: &str = " / ";

/// Of help in Chinese: the parts in clap's order, with headings in Chinese.
const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The command with its help in Chinese.
pub(crate) fn in_chinese(mut command: Command) -> Command {
    // Only then are the arguments that clap adds itself there to be put into Chinese.
    command.build();
    translated(command)
}

fn translated(mut command: Command) -> Command {
    let about = command.get_about().map(|about| chinese(&about.to_string()));
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(after) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(if after == crate::AFTER_HELP {
            crate::AFTER_HELP_ZH.to_owned()
        } else {
            after
        });
    }
    let usage = command.render_usage().to_string();
    let usage =
        usage.trim_start_matches("Usage: ").replace("[OPTIONS]", "[选项]").replace("[COMMAND]", "[命令]");
    command = command.override_usage(usage.replace("<COMMAND>", "<命令>"));
    command = command.help_template(TEMPLATE).subcommand_help_heading("命令").subcommand_value_name("命令");
    command = command.mut_args(|argument| {
        let help = match argument.get_action() {
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong => "显示帮助".to_owned(),
            ArgAction::Version => "显示版本".to_owned(),
            _ => {
                argument.get_help().map(StyledStr::to_string).map_or_else(String::new, |help| chinese(&help))
            }
        };
        let mut notes = Vec::new();
        // Switches have no default and no values worth a word.
        if argument.get_action().takes_values() {
            let defaults: Vec<String> = argument
                .get_default_values()
                .iter()
                .map(|value| value.to_string_lossy().into_owned())
                .collect();
            if !defaults.is_empty() {
                notes.push(format!("默认：{}", defaults.join(" ")));
            }
            let possible: Vec<String> =
                argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
            if !possible.is_empty() {
                notes.push(format!("可选：{}", possible.join("、")));
            }
        }
        let notes: String = notes.iter().map(|note| format!("［{note}］")).collect();
        let heading = if argument.is_positional() { "参数" } else { "选项" };
        let order = argument.get_index();
        let argument = match order {
            Some(order) => argument.display_order(order),
            None => argument,
        };
        argument
            .help(format!("{help}{notes}"))
            .long_help(format!("{help}{notes}"))
            .help_heading(heading)
            .hide_default_value(true)
            .hide_possible_values(true)
    });
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in below {
        command = command.mut_subcommand(name, |below| {
            if below.get_name() == "help" {
                below.about("显示本帮助，或某个子命令的帮助")
            } else {
                translated(below)
            }
        });
    }
    command
}

/// The Chinese part of a help text, or all of one that has none.
fn chinese(help: &str) -> String {
    let is_chinese = |text: &str| text.chars().any(|character| character > '\u{2e80}');
    if let Some((_, after)) = help.rsplit_once(BETWEEN)
        && is_chinese(after)
    {
        return after.to_owned();
    }
    help.lines().filter(|line| is_chinese(line)).collect::<Vec<_>>().join("\n")
}

/// The language that `--lang` asks for, read before anything else is understood.
pub(crate) fn asked_language(arguments: &[std::ffi::OsString]) -> Option<Lang> {
    let texts: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    let given = texts.iter().enumerate().find_map(|(place, text)| match text.strip_prefix("--lang") {
        Some("") => texts.get(place + 1).copied(),
        Some(value) => value.strip_prefix('='),
        None => None,
    });
    given.and_then(|value| clap::ValueEnum::from_str(value, false).ok())
}

/// What clap says of a command line, as a message.
pub(crate) fn message(error: &clap::Error) -> Message {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let list = |kind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => List::of(texts),
        _ => List::of([text(kind)]),
    };
    let argument = text(ContextKind::InvalidArg);
    let argument = argument.as_str();
    let value = text(ContextKind::InvalidValue);
    let value = value.as_str();
    match error.kind() {
        ErrorKind::UnknownArgument => match text(ContextKind::SuggestedArg).as_str() {
            "" => CliFault::UnknownArgument { argument }.into(),
            nearest => CliFault::UnknownArgumentNear { argument, nearest }.into(),
        },
        ErrorKind::InvalidSubcommand => {
            let subcommand = text(ContextKind::InvalidSubcommand);
            let subcommand = subcommand.as_str();
            match text(ContextKind::SuggestedSubcommand).as_str() {
                "" => CliFault::UnknownSubcommand { subcommand }.into(),
                nearest => CliFault::UnknownSubcommandNear { subcommand, nearest }.into(),
            }
        }
        ErrorKind::MissingSubcommand => CliFault::NoSubcommand {}.into(),
        ErrorKind::MissingRequiredArgument => {
            CliFault::MissingArguments { arguments: list(ContextKind::InvalidArg) }.into()
        }
        ErrorKind::InvalidValue if value.is_empty() => CliFault::NoValue { argument }.into(),
        ErrorKind::InvalidValue => {
            CliFault::NotPossible { argument, value, possible: list(ContextKind::ValidValue) }.into()
        }
        ErrorKind::ValueValidation => CliFault::Value { argument, value, error: cause(error) }.into(),
        ErrorKind::ArgumentConflict => CliFault::Twice { argument }.into(),
        ErrorKind::TooManyValues => CliFault::ValueNotWanted { argument, value }.into(),
        ErrorKind::InvalidUtf8 => CliFault::NotUtf8 {}.into(),
        _ => CliFault::Other { error: error.to_string() }.into(),
    }
}

/// What the reader of a value said.
fn cause(error: &clap::Error) -> Message {
    let Some(source) = error.source() else {
        return CliFault::OtherValue { error: error.to_string() }.into();
    };
    if let Some(message) = source.downcast_ref::<Message>() {
        return message.clone();
    }
    if let Some(error) = source.downcast_ref::<ratchet_engine::amount::RateError>() {
        return (*error).into();
    }
    if source.downcast_ref::<std::num::ParseIntError>().is_some() {
        return CliFault::NotANumber {}.into();
    }
    let said = source.to_string();
    match said.split_once(" is not in ") {
        Some((_, range)) => CliFault::Range { range }.into(),
        None if said.contains("digit found in string") => CliFault::NotANumber {}.into(),
        None => CliFault::OtherValue { error: said }.into(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn each(command: &mut Command, see: &mut dyn FnMut(&str, &str)) {
        let help = command.render_long_help().to_string();
        see(command.get_name(), &help);
        // `help` has copies of all commands below it and prints the help of the real ones.
        for below in
            command.get_subcommands_mut().filter(|below| !below.is_hide_set() && below.get_name() != "help")
        {
            each(below, see);
        }
    }

    /// Help in Chinese has no English words but names: of arguments, values, files, programs and the formats.
    #[test]
    fn help_in_chinese_is_chinese() {
        let mut command = in_chinese(crate::Arguments::command());
        let known = ["ratchet", "verify", "draw", "replay", "TOML", "CSV", "JSON", "Lines", "ORDERS", "core"];
        let mut seen = 0;
        each(&mut command, &mut |name, help| {
            seen += 1;
            for line in help.lines() {
                let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_=.|<>[]%".contains(c)));
                let english: Vec<&str> = words
                    .filter(|word| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
                    .filter(|word| !known.contains(word))
                    .collect();
                let is_prose = english.len() > 3 && !line.contains('：');
                assert!(!is_prose, "{name}: {line}");
            }
            assert!(help.contains("用法") && help.contains("选项") && !help.contains("Usage"), "{help}");
        });
        assert!(seen > 12, "{seen}");
    }
}
