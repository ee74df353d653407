//! Signed opinions: what a lawyer has said in writing about rules that require a human review (GATE-1c).
//!
//! An opinion names the document that was signed by its hash, the rules it covers, and the plan by the hash of
//! its text. One changed character of the plan makes another hash, so the opinion is void.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::Spanned;

use crate::lint::rules::RuleFault;
use crate::plan::{Places, PlanError, PlanErrors, SOURCE_BYTES_MAX, form as form_message};
use crate::time::Day;

/// Most opinions of one file.
pub const OPINIONS_MAX: usize = 100;

/// What somebody has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    /// Who signed it: a name people can ask.
    pub by: String,
    /// On which day.
    #[serde(serialize_with = "day_out", deserialize_with = "day_in")]
    pub at: Day,
    /// SHA-256 of the signed document.
    pub document: String,
    /// SHA-256 of the plan's text that it is about.
    pub plan: String,
    /// The rules it covers.
    pub rules: Vec<String>,
}

/// The opinions handed in for a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opinions {
    all: Vec<Opinion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    #[serde(default)]
    opinion: Vec<Spanned<OpinionForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpinionForm {
    by: Spanned<String>,
    at: Spanned<String>,
    document: Spanned<String>,
    plan: Spanned<String>,
    rules: Spanned<Vec<String>>,
}

impl Opinions {
    /// Reads the text of an opinions file; `file` is its name for messages.
    pub fn parse(file: &str, text: &str) -> Result<Opinions, PlanErrors> {
        let refuse = |errors| PlanErrors { file: file.to_owned(), errors };
        if text.len() > SOURCE_BYTES_MAX {
            let message = RuleFault::OpinionsTooLarge { most: SOURCE_BYTES_MAX };
            return Err(refuse(vec![Places::new("").error(0, message)]));
        }
        let places = Places::new(text);
        let form: FileForm = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            refuse(vec![places.error(at, form_message(error.message()))])
        })?;
        let mut errors: Vec<PlanError> = Vec::new();
        let mut all = Vec::new();
        for opinion in form.opinion {
            let at = opinion.span().start;
            if all.len() >= OPINIONS_MAX {
                errors.push(places.error(at, RuleFault::OpinionsTooMany { most: OPINIONS_MAX }));
                break;
            }
            let form = opinion.into_inner();
            let mut wrong = |at: usize, fault: RuleFault<'_>| errors.push(places.error(at, fault));
            if form.by.get_ref().trim().is_empty() || form.by.get_ref().chars().any(char::is_control) {
                wrong(form.by.span().start, RuleFault::Signed {});
            }
            for hash in [&form.document, &form.plan] {
                let digits = hash.get_ref();
                if digits.len() != 64
                    || !digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
                {
                    wrong(hash.span().start, RuleFault::Hash {});
                }
            }
            if form.rules.get_ref().is_empty() {
                wrong(form.rules.span().start, RuleFault::Covers {});
            }
            let Some(day) = Day::parse(form.at.get_ref()) else {
                wrong(form.at.span().start, RuleFault::Day {});
                continue;
            };
            all.push(Opinion {
                by: form.by.into_inner(),
                at: day,
                document: form.document.into_inner(),
                plan: form.plan.into_inner(),
                rules: form.rules.into_inner(),
            });
        }
        if errors.is_empty() { Ok(Opinions { all }) } else { Err(refuse(errors)) }
    }

    /// These.
    pub fn of(all: Vec<Opinion>) -> Opinions {
        Opinions { all }
    }

    /// All of them.
    pub fn all(&self) -> &[Opinion] {
        &self.all
    }
}

fn day_out<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

fn day_in<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    Day::parse(&text).ok_or_else(|| serde::de::Error::custom("no date"))
}
