//! What a person is told about an error: a permanent code, typed facts, and a sentence in each language (ERR-1).
//!
//! Each family of errors is one table written with [`messages!`](crate::messages): code, facts, English, Chinese. The table is an
//! enum whose variants hold the facts, so an error without its facts does not compile, and neither does a sentence that names a fact
//! the error has not. `docs/reference/messages.md` lists all tables.

mod value;

pub use value::ValueFault;
pub(crate) use value::passed_on;

use std::any::Any;

use serde_json::Value;

use crate::amount::Rate;

/// A language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// One error, ready to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What kind of error it is; permanent.
    pub code: &'static str,
    /// What it is about, by permanent names, in the order of the sentence.
    pub facts: Vec<(&'static str, Value)>,
    /// The sentence in Chinese.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
}

impl Message {
    /// The sentence in a language.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// `{"code": …, "facts": {…}, "zh": …, "en": …}`.
    pub fn to_json(&self) -> Value {
        let facts = self.facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone()));
        let facts: serde_json::Map<String, Value> = facts.collect();
        serde_json::json!({ "code": self.code, "facts": facts, "zh": self.zh, "en": self.en })
    }
}

impl std::fmt::Display for Message {
    /// The English sentence.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.en)
    }
}

impl std::error::Error for Message {}

/// One row of a table of messages, for reference pages and tests.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The permanent code.
    pub code: &'static str,
    /// The names of the facts.
    pub facts: &'static [&'static str],
    /// The English sentence with `{fact}` for each fact.
    pub en: &'static str,
    /// The Chinese sentence.
    pub zh: &'static str,
}

/// A fact that a message can hold: how it is said, and its value in JSON.
pub trait Tell {
    /// In an English sentence.
    fn en(&self) -> String;

    /// In a Chinese sentence.
    fn zh(&self) -> String {
        self.en()
    }

    /// In JSON.
    fn json(&self) -> Value {
        Value::String(self.en())
    }
}

impl Tell for String {
    fn en(&self) -> String {
        self.clone()
    }
}

impl Tell for str {
    fn en(&self) -> String {
        self.to_owned()
    }
}

impl Tell for Rate {
    fn en(&self) -> String {
        self.to_string()
    }
}

impl<T: Tell + ?Sized> Tell for &T {
    fn en(&self) -> String {
        (*self).en()
    }

    fn zh(&self) -> String {
        (*self).zh()
    }

    fn json(&self) -> Value {
        (*self).json()
    }
}

macro_rules! tell_numbers {
    ($($number:ty)*) => { $(
        impl Tell for $number {
            fn en(&self) -> String {
                self.to_string()
            }

            fn json(&self) -> Value {
                Value::from(*self)
            }
        }
    )* };
}

tell_numbers! { u8 u32 u64 usize }

impl Tell for Message {
    fn en(&self) -> String {
        self.en.clone()
    }

    fn zh(&self) -> String {
        self.zh.clone()
    }

    fn json(&self) -> Value {
        self.to_json()
    }
}

/// A word that each language has its own for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its permanent name.
    pub code: &'static str,
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

impl Word {
    /// A word.
    pub const fn new(code: &'static str, en: &'static str, zh: &'static str) -> Word {
        Word { code, en, zh }
    }
}

impl Tell for Word {
    fn en(&self) -> String {
        self.en.to_owned()
    }

    fn zh(&self) -> String {
        self.zh.to_owned()
    }

    fn json(&self) -> Value {
        Value::String(self.code.to_owned())
    }
}

/// Texts longer than this are cut in messages.
pub(crate) const CUT_CHARS: usize = 60;

/// A piece of a file: one line, cut, without control characters.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a>(pub &'a str);

impl Tell for Cut<'_> {
    fn en(&self) -> String {
        let shown: String = self.0.chars().take(CUT_CHARS).map(visible).collect();
        if self.0.chars().nth(CUT_CHARS).is_some() { format!("{shown}…") } else { shown }
    }
}

/// The same in quotes.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl Tell for Quoted<'_> {
    fn en(&self) -> String {
        format!("\"{}\"", Cut(self.0).en())
    }

    fn json(&self) -> Value {
        Cut(self.0).json()
    }
}

/// Several things, all of them.
#[derive(Clone, Debug)]
pub struct List(pub Vec<String>);

impl List {
    /// Of anything that is text.
    pub fn of<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> List {
        List(items.into_iter().map(|item| item.as_ref().to_owned()).collect())
    }
}

impl Tell for List {
    fn en(&self) -> String {
        self.0.join(", ")
    }

    fn zh(&self) -> String {
        self.0.join("、")
    }

    fn json(&self) -> Value {
        Value::from(self.0.clone())
    }
}

/// Several things, any of which would do.
#[derive(Clone, Debug)]
pub struct AnyOf(pub Vec<String>);

impl AnyOf {
    /// Of anything that is text.
    pub fn of<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> AnyOf {
        AnyOf(List::of(items).0)
    }
}

impl Tell for AnyOf {
    fn en(&self) -> String {
        self.0.join(" or ")
    }

    fn zh(&self) -> String {
        self.0.join(" 或 ")
    }

    fn json(&self) -> Value {
        Value::from(self.0.clone())
    }
}

/// What the operating system says.
#[derive(Debug)]
pub struct System<'a>(pub &'a std::io::Error);

impl Tell for System<'_> {
    fn en(&self) -> String {
        self.0.to_string()
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library may add kinds; what has no words here is told by its number"
    )]
    fn zh(&self) -> String {
        use std::io::ErrorKind;
        let known = match self.0.kind() {
            ErrorKind::NotFound => "文件或文件夹不存在",
            ErrorKind::PermissionDenied => "没有权限",
            ErrorKind::AlreadyExists => "已经存在",
            ErrorKind::NotADirectory => "路径中有一段不是文件夹",
            ErrorKind::IsADirectory => "这是一个文件夹",
            ErrorKind::ReadOnlyFilesystem => "文件系统是只读的",
            ErrorKind::StorageFull => "磁盘空间不足",
            ErrorKind::QuotaExceeded => "超出磁盘配额",
            ErrorKind::FileTooLarge => "文件太大",
            ErrorKind::InvalidFilename => "文件名无效",
            ErrorKind::BrokenPipe => "管道已关闭",
            ErrorKind::UnexpectedEof => "文件提前结束",
            ErrorKind::OutOfMemory => "内存不足",
            ErrorKind::Interrupted => "被中断",
            ErrorKind::TimedOut => "超时",
            _ => "",
        };
        match (known, self.0.raw_os_error()) {
            ("", Some(number)) => format!("操作系统错误 {number}"),
            ("", None) => "操作系统报告了错误".to_owned(),
            (known, _) => known.to_owned(),
        }
    }

    fn json(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A table of messages: an enum of errors with their facts, each with its code and its sentence in English and Chinese.
///
/// ```text
/// messages! {
///     /// What can be wrong with a plan.
///     pub enum PlanFault<'a> {
///         KeyMissing "plan.key_missing" { section: String, key: &'a str }
///             "{section} lacks `{key}`"
///             "{section} 缺少 `{key}`";
///     }
/// }
/// ```
#[macro_export]
macro_rules! messages {
    ($(#[$doc:meta])* $access:vis enum $family:ident<'a> { $(
        $variant:ident $code:literal { $($fact:ident: $kind:ty),* $(,)? } $en:literal $zh:literal;
    )* }) => {
        $(#[$doc])*
        #[allow(missing_docs, reason = "each has its sentences in both languages in the table")]
        $access enum $family<'a> {
            $( $variant { $($fact: $kind),* }, )*
            #[doc(hidden)]
            Never(std::convert::Infallible, std::marker::PhantomData<&'a ()>),
        }

        impl $family<'_> {
            /// Every row of the table.
            $access const TABLE: &'static [$crate::message::Row] = &[$(
                $crate::message::Row { code: $code, facts: &[$(stringify!($fact)),*], en: $en, zh: $zh },
            )*];
        }

        impl From<$family<'_>> for $crate::message::Message {
            #[cold]
            fn from(error: $family<'_>) -> $crate::message::Message {
                use $crate::message::Tell as _;
                match error {
                    $( $family::$variant { $($fact),* } => {
                        let facts = vec![$((stringify!($fact), $fact.json())),*];
                        let en = { $(let $fact = $fact.en();)* format!($en) };
                        let zh = { $(let $fact = $fact.zh();)* format!($zh) };
                        $crate::message::Message { code: $code, facts, zh, en }
                    } )*
                    $family::Never(never, _) => match never {},
                }
            }
        }
    };
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

/// Control characters could move the cursor of a terminal; they are shown as a replacement character.
pub(crate) fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    messages! {
        /// For the test.
        #[expect(dead_code, reason = "nobody is told `Never`")]
        enum Errors<'a> {
            Plain "test.plain" {} "nothing" "无";
            Full "test.full" { key: &'a str, found: Word, most: u64, of: AnyOf }
                "{key} is {found}, at most {most} of {of}"
                "{key} 是{found}，最多 {most}，可为 {of}";
        }
    }

    const NUMBER: Word = Word::new("number", "a number", "数字");

    #[test]
    fn a_message_is_its_code_its_facts_and_both_sentences() {
        let of = AnyOf::of(["a", "b"]);
        let message = Message::from(Errors::Full { key: "k", found: NUMBER, most: 3, of });
        assert_eq!(message.text(Language::En), "k is a number, at most 3 of a or b");
        assert_eq!(message.text(Language::Zh), "k 是数字，最多 3，可为 a 或 b");
        let facts = serde_json::json!({ "key": "k", "found": "number", "most": 3, "of": ["a", "b"] });
        assert_eq!(message.to_json()["facts"], facts);
        assert_eq!(Errors::TABLE[1].facts, ["key", "found", "most", "of"]);
        assert_eq!(Message::from(Errors::Plain {}).code, "test.plain");
    }

    /// Whatever the system says, the Chinese sentence is Chinese.
    #[test]
    fn errors_of_the_system_are_told_in_chinese() {
        for number in 1..134 {
            let error = std::io::Error::from_raw_os_error(number);
            let zh = System(&error).zh();
            assert!(
                zh.chars().any(|c| c > '\u{4e00}') && !zh.contains(|c: char| c.is_ascii_alphabetic()),
                "{zh}"
            );
        }
    }
}
