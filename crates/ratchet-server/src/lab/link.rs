//! A question as a link that anybody can compute again: the parameters of a form, texts deflated (`docs/spec/lab.md`).

use std::io::{Read, Write};

use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use form_urlencoded::Serializer;
use ratchet_engine::message::{List, Message, Quoted};
use ratchet_sim::lab::{LabFault, TEXT_BYTES_MAX};

use crate::api::{LabCrowd, LabPeople, LabQuestion, LabSetting, LabSource};

/// What a link may say.
const KEYS: [&str; 12] = [
    "plan",
    "plan_text",
    "set",
    "count",
    "spend",
    "only",
    "sell_daily",
    "scenario",
    "scenario_text",
    "seed",
    "version",
    "digest",
];

/// What a link says besides its question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The version that made it.
    pub version: Option<String>,
    /// What came of the question then.
    pub digest: Option<String>,
}

/// The question of a link and what it says came of it. What stands before `#` is passed over.
pub fn question_of(link: &str) -> Result<(LabQuestion, Claimed), Message> {
    let parameters = link.rsplit_once('#').map_or(link, |(_, parameters)| parameters);
    let (mut question, mut claimed) = (LabQuestion::default(), Claimed::default());
    let (mut crowd, mut has_crowd) = (LabCrowd::default(), false);
    let mut people = None;
    for (key, value) in form_urlencoded::parse(parameters.as_bytes()) {
        let value = value.into_owned();
        has_crowd |= matches!(&*key, "count" | "spend" | "only" | "sell_daily");
        match &*key {
            "plan" => question.plan = Some(LabSource::Preset(value)),
            "plan_text" => question.plan = Some(LabSource::Text(inflated(&value)?)),
            "set" => {
                let (key, value) =
                    value.split_once('=').ok_or(LabFault::LinkSetting { value: Quoted(&value) })?;
                question.set.push(LabSetting { key: key.to_owned(), value: value.to_owned() });
            }
            "count" => crowd.count = number("count", &value)?,
            "only" => crowd.only = Some(number("only", &value)?),
            "spend" => crowd.spend = value,
            "sell_daily" => crowd.sell_daily = Some(value),
            "scenario" => people = Some(LabPeople::Preset(value)),
            "scenario_text" => people = Some(LabPeople::Text(inflated(&value)?)),
            "seed" => question.seed = Some(value),
            "version" => claimed.version = Some(value),
            "digest" => claimed.digest = Some(value),
            _ => return Err(LabFault::LinkKey { key: Quoted(&key), known: List::of(KEYS) }.into()),
        }
    }
    if has_crowd && people.is_some() {
        return Err(LabFault::LinkPeople {}.into());
    }
    question.people = if has_crowd { Some(LabPeople::Crowd(crowd)) } else { people };
    Ok((question, claimed))
}

/// The parameters of a question. What it leaves out is left out.
pub fn to_link(question: &LabQuestion, claimed: &Claimed) -> String {
    let mut link = Serializer::new(String::new());
    match &question.plan {
        Some(LabSource::Preset(name)) => link.append_pair("plan", name),
        Some(LabSource::Text(text)) => link.append_pair("plan_text", &deflated(text)),
        None => &mut link,
    };
    for LabSetting { key, value } in &question.set {
        link.append_pair("set", &format!("{key}={value}"));
    }
    match &question.people {
        Some(LabPeople::Crowd(LabCrowd { count, spend, only, sell_daily })) => {
            link.append_pair("count", &count.to_string()).append_pair("spend", spend);
            if let Some(only) = only {
                link.append_pair("only", &only.to_string());
            }
            if let Some(chance) = sell_daily {
                link.append_pair("sell_daily", chance);
            }
        }
        Some(LabPeople::Preset(name)) => {
            link.append_pair("scenario", name);
        }
        Some(LabPeople::Text(text)) => {
            link.append_pair("scenario_text", &deflated(text));
        }
        None => {}
    }
    for (key, value) in [("seed", &question.seed), ("version", &claimed.version), ("digest", &claimed.digest)]
    {
        if let Some(value) = value {
            link.append_pair(key, value);
        }
    }
    link.finish()
}

fn number(key: &str, value: &str) -> Result<u64, Message> {
    value.parse().map_err(|_| LabFault::LinkNumber { key, value: Quoted(value) }.into())
}

fn deflated(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    BASE64URL_NOPAD.encode(&written.expect("memory takes what is written"))
}

fn inflated(value: &str) -> Result<String, Message> {
    let broken = || Message::from(LabFault::LinkText {});
    let bytes = BASE64URL_NOPAD.decode(value.as_bytes()).map_err(|_| broken())?;
    let mut text = Vec::new();
    // One byte more shows that there is more than is taken.
    let most = TEXT_BYTES_MAX as u64 + 1;
    DeflateDecoder::new(&*bytes).take(most).read_to_end(&mut text).map_err(|_| broken())?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(LabFault::TooLong { most: TEXT_BYTES_MAX }.into());
    }
    String::from_utf8(text).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_it_was_made_of() {
        let texts = LabQuestion {
            plan: Some(LabSource::Text("[programme]\nname = { zh = \"商城\" }\n".to_owned())),
            set: vec![LabSetting { key: "split.pool".to_owned(), value: "60%".to_owned() }],
            people: Some(LabPeople::Text("[scenario]\n".to_owned())),
            seed: Some("18446744073709551615".to_owned()),
        };
        let crowd = LabCrowd { only: Some(5_000), sell_daily: Some("3%".to_owned()), ..LabCrowd::default() };
        let crowd = LabQuestion { people: Some(LabPeople::Crowd(crowd)), ..LabQuestion::default() };
        let claimed = Claimed { version: Some("0.1.0".to_owned()), digest: Some("ab".repeat(32)) };
        for question in [texts, crowd, LabQuestion::default()] {
            let link = to_link(&question, &claimed);
            let (read, said) = question_of(&format!("http://127.0.0.1:8080/lab#{link}")).unwrap();
            assert_eq!((to_link(&read, &said), said), (link, claimed.clone()));
        }
    }

    #[test]
    fn what_is_wrong_with_a_link_is_said() {
        for (link, code) in [
            ("plan=x&pool=3", "lab.link_key"),
            ("set=pool", "lab.link_setting"),
            ("count=many", "lab.link_number"),
            ("plan_text=%%%", "lab.link_text"),
            ("plan_text=AAAA", "lab.link_text"),
            ("count=5&scenario=steady", "lab.link_people"),
        ] {
            assert_eq!(question_of(link).unwrap_err().code, code, "{link}");
        }
        let large = deflated(&"a".repeat(TEXT_BYTES_MAX + 1));
        assert_eq!(question_of(&format!("plan_text={large}")).unwrap_err().code, "lab.text_too_long");
    }
}
