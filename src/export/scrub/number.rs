//! Numbers of a page that count something, told from numbers that stand alone: a patient's code may be "1042", and a
//! picture 1042 pixels wide.

/// Attributes of the page whose value is a number of the layout.
const ATTRIBUTES: [&str; 3] = [" width=\"", " height=\"", "=\"case-"];
/// Words that a count follows.
const BEFORE: [&str; 3] = ["session ", "maintenance ", "day "];
/// Words that follow a count.
const AFTER: [&str; 4] = [" week", " month", " day", " planned)"];
/// Parts of the template that hold numbers.
const TEMPLATE: [&str; 6] = [
    "<meta charset=\"utf-8\">",
    "content=\"width=device-width, initial-scale=1\"",
    "min=\"0\" max=\"100\" value=\"50\" step=\"1\"",
    "\"schema\": 1,",
    "<dd>80 or older</dd>",
    "<dd>18–19</dd>",
];

/// Whether a whole number that `is_wanted` stands somewhere in `text` (lower case) and counts nothing there.
///
/// Counts are what a page says of a case: sessions, weeks, treatments, ten years of age, pixels.
pub(super) fn stands_alone(text: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
    let text = TEMPLATE.iter().fold(text.to_owned(), |text, part| text.replace(part, " "));
    let mut rest = 0;
    while let Some(start) = text[rest..].find(|c: char| c.is_alphanumeric()).map(|i| rest + i) {
        let end = text[start..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |i| start + i);
        let (before, after) = (&text[..start], &text[end..]);
        if is_wanted(&text[start..end]) && !counts(before, &text[start..end], after) {
            return true;
        }
        rest = end;
    }
    false
}

fn counts(before: &str, number: &str, after: &str) -> bool {
    ATTRIBUTES.iter().chain(&BEFORE).any(|word| before.ends_with(word))
        || AFTER.iter().any(|word| after.starts_with(word))
        || (is_number_then(after, " of ") || is_number_before(before, " of "))
        || (before.ends_with("<dt>treatments</dt><dd>") && after.starts_with("</dd>"))
        || is_decade(before, number, after)
}

/// "3 of 6", seen from the 3.
fn is_number_then(after: &str, between: &str) -> bool {
    after.strip_prefix(between).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// "3 of 6", seen from the 6.
fn is_number_before(before: &str, between: &str) -> bool {
    before.strip_suffix(between).is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()))
}

/// "30–39", seen from either side.
fn is_decade(before: &str, number: &str, after: &str) -> bool {
    number.len() == 2
        && (number.ends_with('0') && after.strip_prefix('–').is_some_and(|rest| rest.starts_with(&number[..1]))
            || number.ends_with('9') && before.strip_suffix('–').is_some_and(|rest| rest.ends_with('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_count_of_a_page_is_taken_for_a_code() {
        let page = "<meta charset=\"utf-8\"><article id=\"case-3\"><img src=\"a\" width=\"1600\" height=\"1200\">session 7 (6 planned) · \
                    12 weeks, 3 of 6, day 3 after session 2, 1 month after maintenance 1, <dt>age</dt><dd>30–39</dd>\
                    <dt>treatments</dt><dd>4</dd>";
        assert!(!stands_alone(page, |word| word.bytes().all(|b| b.is_ascii_digit())), "{page}");
    }

    #[test]
    fn a_number_that_counts_nothing_stands_alone() {
        for text in ["patient 12", "30-39", "39", "<dd>4</dd>", "30–", "utf-8", "12 of them", "case-12"] {
            assert!(stands_alone(text, |word| ["12", "4", "39", "30", "8"].contains(&word)), "{text}");
        }
    }
}
