//! Consents of a patient: the chips of the header and the dialog that records one.

use chrono::NaiveDate;
use iced::widget::{column, row, space};
use iced::{Alignment, Color, Element, Fill};

use super::Message;
use crate::gui::theme::{Tokens, space as gap};
use crate::gui::widget;
use crate::model::text::counted;
use crate::model::{Consent, ConsentEvent, Purpose, Scope, SeriesId, consent};

/// A grant that ends within this many days is said to end.
const SOON: i64 = 30;

mod text {
    pub const TITLE: &str = "Consents";
    pub const SUB: &str = "A consent is for all series of this patient. Each change is kept; a withdrawal stops publishing and \
                           leaves the clinical record as it is.";
    pub const GRANT: &str = "Given";
    pub const GRANT_REGION: &str = "Given, region only";
    pub const WITHDRAW: &str = "Withdraw";
    pub const CLOSE: &str = "Close";
    pub const NONE: &str = "not given";
}

/// What a purpose looks like on a day: a colour and words; nothing when there never was a consent for it.
fn state(
    history: &[Consent],
    series: SeriesId,
    purpose: Purpose,
    today: NaiveDate,
    t: &Tokens,
) -> Option<(Color, String)> {
    let of: Vec<_> = history.iter().filter(|c| c.purpose == purpose).collect();
    let last = of.last()?;
    let valid = |scope| consent::is_valid(history, series, purpose, scope, today);
    if !valid(Scope::Region) {
        let why = if last.event == ConsentEvent::Withdrawn { "withdrawn" } else { "expired" };
        return Some((t.wrong, format!("{} · {why}", purpose.words())));
    }
    let ends = of.iter().rev().find(|c| c.event == ConsentEvent::Granted).and_then(|c| c.expires);
    if let Some(days) = ends.map(|day| (day - today).num_days()).filter(|days| *days <= SOON) {
        return Some((t.attention, format!("{} · expires in {}", purpose.words(), counted(days, "day"))));
    }
    let scope = if valid(Scope::FullFace) || purpose == Purpose::Record { "" } else { " · region only" };
    Some((t.good, format!("{}{scope}", purpose.words())))
}

/// The chips of the header.
pub(super) fn chips<'a>(
    history: &[Consent],
    series: SeriesId,
    today: NaiveDate,
    t: &Tokens,
) -> Vec<Element<'a, Message>> {
    let known = Purpose::ALL.iter().filter_map(|p| state(history, series, *p, today, t));
    known.map(|(color, words)| widget::pill(color, words)).collect()
}

/// The dialog.
pub(super) fn dialog<'a>(history: &[Consent], series: SeriesId, today: NaiveDate, t: &Tokens) -> Element<'a, Message> {
    let mut list = column![widget::title(text::TITLE), widget::muted(text::SUB)].spacing(gap::M).width(620);
    for purpose in Purpose::ALL {
        let (color, words) = state(history, series, *purpose, today, t)
            .unwrap_or_else(|| (t.dim, format!("{} · {}", purpose.words(), text::NONE)));
        let grant = |label, scope| {
            widget::plain(label, Some(Message::Consent(*purpose, scope, ConsentEvent::Granted))).padding([5, 10])
        };
        let withdraw = Message::Consent(*purpose, Scope::FullFace, ConsentEvent::Withdrawn);
        let given = consent::is_valid(history, series, *purpose, Scope::Region, today);
        let line = row![widget::pill(color, words), space().width(Fill)]
            .push((!given).then(|| grant(text::GRANT_REGION, Scope::Region)))
            .push((!given).then(|| grant(text::GRANT, Scope::FullFace)))
            .push(given.then(|| widget::plain(text::WITHDRAW, Some(withdraw)).padding([5, 10])))
            .spacing(gap::S)
            .align_y(Alignment::Center);
        list = list.push(line);
    }
    list.push(row![space().width(Fill), widget::quiet(text::CLOSE, Some(Message::Consents(false)))]).into()
}
