//! Folded search keys: what is typed and what is stored meet without case, accents or width.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds text: NFKD, lower case, marks removed, letters that Unicode does not take apart replaced by their base.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            '’' | '‘' | '`' | '´' => out.push('\''),
            c if is_combining_mark(c) || c == '\0' => {}
            c if c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    out.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One word of a search as an FTS5 expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// The beginning of a word of the name or code, for fewer than three characters.
    Prefix(String),
    /// Anywhere, also inside words: three characters or more.
    Inside(String),
}

/// The words of a search; a patient must match every one.
pub(super) fn terms(search: &str) -> Vec<Term> {
    let mut out = Vec::new();
    for word in fold(search).split(' ') {
        if word.chars().count() >= 3 {
            out.push(Term::Inside(quoted(word)));
        } else {
            let parts = word.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
            out.extend(parts.map(|part| Term::Prefix(format!("{}*", quoted(part)))));
        }
    }
    out
}

/// An FTS5 string: everything between the quotes is text, quotes are doubled.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_width_do_not_matter() {
        assert_eq!(fold("  Ülle  MÄGI "), "ulle magi");
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("Łukasz Ørsted"), "lukasz orsted");
        assert_eq!(fold("Ａｎｎａ"), "anna");
        assert_eq!(fold("İnci"), "inci");
        assert_eq!(fold("O’Neill"), "o'neill");
        assert_eq!(fold("ΓΙΩΡΓΟΣ"), fold("γιωργος"));
    }

    #[test]
    fn short_words_are_prefixes_and_operators_are_text() {
        assert_eq!(terms("ül"), [Term::Prefix("\"ul\"*".into())]);
        assert_eq!(
            terms("a\" OR x*"),
            [Term::Prefix("\"a\"*".into()), Term::Prefix("\"or\"*".into()), Term::Prefix("\"x\"*".into())]
        );
        assert_eq!(terms("x\"yz"), [Term::Inside("\"x\"\"yz\"".into())]);
        assert_eq!(terms(" - "), []);
    }
}
