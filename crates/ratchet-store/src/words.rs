//! Words of texts, cut by one dictionary where they are indexed and where they are looked for (ADR 32).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jieba_rs::Jieba;

/// Read when the first text is cut: a server that sells nothing does without it.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// The words under which a text is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedWords(pub(crate) String);

/// Words that have to be there, each as the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedWords(pub(crate) String);

impl IndexedWords {
    /// Of all these texts. A word within a longer one counts too.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> IndexedWords {
        let mut words = BTreeSet::new();
        for text in texts {
            // What `cut` makes of a question, and every word of the dictionary that the text has anywhere.
            let cut = DICTIONARY.cut_for_search(text, false);
            let all = DICTIONARY.cut_all(text);
            words.extend(cut.into_iter().chain(all).map(|token| token.word).filter(|word| is_word(word)));
        }
        IndexedWords(words.into_iter().collect::<Vec<_>>().join(" "))
    }
}

impl WantedWords {
    /// Of what somebody typed; `None` if there is no word in it.
    pub fn of(text: &str) -> Option<WantedWords> {
        let words = DICTIONARY.cut(text, false).into_iter().map(|token| token.word);
        // Quoted, nothing that somebody types is a part of FTS5's own language.
        let quoted: Vec<String> = words
            .filter(|word| is_word(word))
            .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
            .collect();
        (!quoted.is_empty()).then(|| WantedWords(quoted.join(" ")))
    }
}

fn is_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_inside_a_name_is_one_of_its_words() {
        let IndexedWords(words) = IndexedWords::of(["红富士苹果礼盒", "Fuji apples, 1.5 kg"]);
        let words: Vec<&str> = words.split(' ').collect();
        for word in ["苹果", "富士", "礼盒", "Fuji", "apples"] {
            assert!(words.contains(&word), "{word} in {words:?}");
        }
        assert!(!words.contains(&","), "{words:?}");
    }

    #[test]
    fn what_is_typed_is_words_and_no_language() {
        assert_eq!(WantedWords::of(" ,，\"* "), None);
        assert_eq!(WantedWords::of("苹果礼盒"), Some(WantedWords("\"苹果\"* \"礼盒\"*".to_owned())));
        assert_eq!(WantedWords::of("tea OR\""), Some(WantedWords("\"tea\"* \"OR\"*".to_owned())));
    }
}
