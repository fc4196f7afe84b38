//! Search as one types: every word must be found, in any order.
//!
//! One and two characters are looked for at the beginnings of words, three and more also inside them. Scripts that put no
//! gaps between words have no beginnings to go by: there one character is looked for anywhere.

mod fold;
mod roster;

use fold::fold;
pub(super) use roster::{Found, Roster};

/// Characters from which a word is also looked for inside words.
const INSIDE_FROM: usize = 3;

/// A patient's search key. Names of a script without gaps are written and typed as one: "王小明".
pub(super) fn key(family: &str, given: &str, code: &str) -> String {
    let (family, given) = (fold(family), fold(given));
    let as_one = family.chars().next_back().is_some_and(is_gapless) && given.chars().next().is_some_and(is_gapless);
    let gap = if as_one { "" } else { " " };
    fold(&format!("{family}{gap}{given} {code}"))
}

/// Whether `text` names what `name` is, as a word or words of their own, however it is spelled.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (fold(text), fold(name));
    let is_apart = |(at, found): (usize, &str)| {
        !text[..at].ends_with(char::is_alphanumeric) && !text[at + found.len()..].starts_with(char::is_alphanumeric)
    };
    !name.is_empty() && text.match_indices(name.as_str()).any(is_apart)
}

/// What was typed, folded and taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    text: String,
    words: Vec<Word>,
}

#[derive(Debug, PartialEq, Eq)]
struct Word {
    text: String,
    inside: bool,
}

/// How well a key fits, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The code is what was typed.
    Code,
    /// The family name begins with what was typed.
    Family,
    /// Every typed word begins a word.
    Beginnings,
    /// A typed word lies inside a word.
    Inside,
}

impl Fit {
    const COUNT: usize = 4;
}

impl Query {
    /// None for a text of which folding leaves nothing, such as a lone accent: it finds nobody, where an empty one finds
    /// everybody.
    pub(super) fn new(typed: &str) -> Option<Self> {
        let text = fold(typed);
        if text.is_empty() && !typed.trim().is_empty() {
            return None;
        }
        let word = |word: &str| Word {
            inside: word.chars().count() >= INSIDE_FROM || word.chars().next().is_some_and(is_gapless),
            text: word.to_owned(),
        };
        Some(Self { words: text.split(' ').filter(|w| !w.is_empty()).map(word).collect(), text })
    }

    /// Whether nothing was typed.
    fn finds_everybody(&self) -> bool {
        self.words.is_empty()
    }

    /// The longest word: no key without it fits.
    fn longest(&self) -> Option<&str> {
        self.words.iter().map(|word| word.text.as_str()).max_by_key(|text| text.len())
    }

    /// How well `key`, "family given code", fits; none when a word is not found.
    fn fit(&self, key: &str) -> Option<Fit> {
        let mut beginnings = true;
        for word in &self.words {
            let begins = begins_a_word(key, &word.text);
            let inside = word.inside && key.contains(&word.text);
            if !(begins || inside) {
                return None;
            }
            beginnings &= begins;
        }
        Some(match key.strip_suffix(&self.text) {
            Some(before) if before.ends_with(' ') => Fit::Code,
            _ if key.starts_with(&self.text) => Fit::Family,
            _ if beginnings => Fit::Beginnings,
            _ => Fit::Inside,
        })
    }
}

/// Whether `word` stands in `key` where a word begins: at the start, or behind anything but a letter or digit.
fn begins_a_word(key: &str, word: &str) -> bool {
    let starts = |(at, _): (usize, &str)| !key[..at].ends_with(char::is_alphanumeric);
    key.match_indices(word).any(starts)
}

/// Letters of scripts without gaps between words. Folding takes Korean syllables apart into their letters.
fn is_gapless(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3100}'..='\u{312f}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(typed: &str, key: &str) -> Option<Fit> {
        Query::new(typed).and_then(|query| query.fit(&fold(key)))
    }

    #[test]
    fn a_short_word_is_a_beginning_and_a_longer_one_lies_anywhere() {
        assert_eq!(fit("ül", "Mägi Ülle 7"), Some(Fit::Beginnings));
        assert_eq!(fit("le", "Mägi Ülle 7"), None);
        assert_eq!(fit("lle", "Mägi Ülle 7"), Some(Fit::Inside));
        assert_eq!(fit("le", "Karlsson Anna-Lena 7"), Some(Fit::Beginnings));
    }

    #[test]
    fn names_without_gaps_are_found_from_any_character_on() {
        for typed in ["王", "王小", "小明", "明"] {
            assert!(fit(typed, "王小明 7").is_some(), "{typed}");
        }
        assert!(fit("민준", "김민준 7").is_some());
        assert_eq!(fit("李", "王小明 7"), None);
        assert_eq!(key("王", "小明", "7"), "王小明 7");
        assert_eq!(key("Mägi", "Ülle", "7"), "magi ulle 7");
    }

    #[test]
    fn a_code_typed_whole_comes_before_names_and_names_before_insides() {
        assert_eq!(fit("17", "Mägi Ülle 17"), Some(Fit::Code));
        assert_eq!(fit("17", "Mägi Ülle 170"), Some(Fit::Beginnings));
        assert_eq!(fit("mägi ü", "Mägi Ülle 17"), Some(Fit::Family));
        assert_eq!(fit("ü mä", "Mägi Ülle 17"), Some(Fit::Beginnings));
    }

    #[test]
    fn a_text_mentions_a_name_only_as_a_word_of_its_own() {
        assert!(mentions("Asked for by Ms MAGI, in writing", "Mägi"));
        assert!(mentions("patient P-17 asked", "p-17"));
        assert!(!mentions("the liability ended", "Li") && !mentions("P-170 asked", "P-17") && !mentions("asked", " "));
    }

    #[test]
    fn what_folds_to_nothing_finds_nobody_and_nothing_finds_everybody() {
        assert_eq!(Query::new("\u{301}"), None);
        assert_eq!(Query::new("\0"), None);
        assert!(fit("  ", "Mägi Ülle 17").is_some());
    }
}
