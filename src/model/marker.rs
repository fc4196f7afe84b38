//! The words in the QR code of a patient's card.

use super::{Uid, text};

/// What every such code begins with.
const PREFIX: &str = "diptych:patient:";

/// The text of a patient's code: their uid and nothing else, so that a card that is lost names nobody.
#[must_use]
pub fn text(uid: &Uid) -> String {
    format!("{PREFIX}{uid}")
}

/// The uid in the text of a code; none when it is another code.
#[must_use]
pub fn uid(text: &str) -> Option<Uid> {
    text::bytes_from_hex(text.trim().strip_prefix(PREFIX)?).map(Uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_card_is_the_uid_and_comes_back() {
        let own = Uid(std::array::from_fn(|i| i as u8 * 17));
        assert_eq!(uid(&text(&own)), Some(own));
        for other in ["", "diptych:patient:", "diptych:patient:12", "https://example.org", &text(&own)[1..]] {
            assert_eq!(uid(other), None, "{other}");
        }
    }
}
