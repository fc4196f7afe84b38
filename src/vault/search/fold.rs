//! Folded search keys: what is typed and what is stored meet without case, accents or width.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Folds text: NFKD, lower case, marks and invisible signs removed, letters that Unicode does not take apart replaced by
/// their base.
pub(in crate::vault) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|&c| !is_dropped(c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            // Persian and Arabic keyboards write these letters differently.
            'ی' | 'ى' => out.push('ي'),
            'ک' => out.push('ك'),
            '’' | '‘' | '`' | '´' | 'ʼ' => out.push('\''),
            '‐' | '‑' | '–' | '—' => out.push('-'),
            c if is_dropped(c) => {}
            c if c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    out.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Accents and points, which combine; signs that nobody sees. Vowel signs of Indic scripts and Thai are letters to their
/// readers, and stay: Unicode gives them no combining class.
fn is_dropped(c: char) -> bool {
    let unseen = matches!(c,
        '\0' | '\u{ad}' | '\u{61c}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}');
    unseen || canonical_combining_class(c) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents_case_and_width_do_not_matter() {
        assert_eq!(fold("  Ülle  MÄGI "), "ulle magi");
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("Łukasz Ørsted"), "lukasz orsted");
        assert_eq!(fold("Ａｎｎａ"), "anna");
        assert_eq!(fold("İnci"), "inci");
        assert_eq!(fold("O’Neill"), "o'neill");
        assert_eq!(fold("ΓΙΩΡΓΟΣ"), fold("γιωργος"));
        assert_eq!(fold("Nguyễn Thị Ánh"), "nguyen thi anh");
        assert_eq!(fold("Фёдор"), fold("федор"));
    }

    #[test]
    fn points_and_joiners_are_ignored_and_vowel_signs_are_letters() {
        assert_eq!(fold("مُحَمَّد"), fold("محمد"));
        assert_eq!(fold("علی\u{200c}رضا"), fold("عليرضا"));
        assert_eq!(fold("שָׁלוֹם"), fold("שלום"));
        assert_ne!(fold("किरण"), fold("करण"));
        assert_ne!(fold("ดี"), fold("ดา"));
    }

    proptest! {
        // What is folded once is folded for good: a stored key and a typed word meet however often they were folded.
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,24}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
