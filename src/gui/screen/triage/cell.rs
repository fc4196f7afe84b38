//! One photo of a group: its picture with chips, its view, and all that is known of it.

use iced::widget::{button, column, container, image, space, stack, text::Wrapping};
use iced::{ContentFit, Element};

use super::view::text;
use super::{Cursor, Message, PEEK, PHOTO_ID, Triage, boundary};
use crate::gui::theme::{Tokens, space as gap, style};
use crate::gui::widget;
use crate::imaging::Format;
use crate::import::card::{Footing, Group};
use crate::import::{Note, PlannedPhoto, Skip};
use crate::model::Slot;

/// Notes that lie on a picture of this size without hiding it.
const CHIPS: usize = 3;

/// The photo among those of its group.
pub fn view<'a>(screen: &'a Triage, group: &'a Group, at: Cursor, t: &Tokens) -> Element<'a, Message> {
    let (Some(shot), Some(photo)) = (group.shots.get(at.photo), group.visit.photos.get(at.photo)) else {
        return space().into();
    };
    let picture: Element<'a, Message> = match screen.pictures.get(&shot.found.hash) {
        Some(Some(handle)) => image(handle).content_fit(ContentFit::Contain).width(PEEK.0).height(PEEK.1).into(),
        _ => container(space().width(PEEK.0).height(PEEK.1)).style(style::letterbox).into(),
    };
    let mut chips = column![].spacing(gap::XS);
    if group.warnings_of(at.photo).next().is_some() {
        chips = chips.push(widget::chip("check", Some(t.wrong)));
    }
    for note in photo.notes.iter().take(CHIPS) {
        chips = chips.push(widget::chip(brief(*note), Some(t.attention)));
    }
    if let Some(more) = photo.notes.len().checked_sub(CHIPS).filter(|more| *more > 0) {
        chips = chips.push(widget::chip(format!("+{more}"), Some(t.attention)));
    }
    let footing = group.footing(at.photo).filter(|_| photo.skip.is_none());
    if footing == Some(Footing::Order) {
        chips = chips.push(widget::chip(text::UNCONFIRMED, None));
    }
    let ring = if screen.goes_over(at) { Some(t.attention) } else { (screen.cursor() == at).then_some(t.accent) };
    let framed = button(stack![picture, container(chips).padding(gap::XS)])
        .padding(2)
        .style(style::picture(ring))
        .on_press(Message::Select(at));
    let framed = container(framed);
    let framed = if screen.cursor() == at { framed.id(PHOTO_ID) } else { framed };
    let with_raw = photo.raw.is_some() || shot.found.format == Format::Raw;
    let fate = fate(group, photo, footing);
    let fate = if with_raw { format!("{fate} · {}", text::RAW) } else { fate };
    let is_sure = matches!(footing, Some(Footing::Aligned | Footing::Hand));
    let below = widget::caption(fate).wrapping(Wrapping::None);
    let below = if is_sure { below.color(t.text) } else { below };
    let photo = column![framed, container(below).width(PEEK.0).clip(true)].spacing(gap::XS);
    boundary::place(photo, screen, at)
}

/// A note as a chip: its limit stands beside the groups.
fn brief(note: Note) -> String {
    let words = note.words();
    words.split_once(", limit").map_or_else(|| words.clone(), |(brief, _)| brief.to_owned())
}

/// The view it will be filed under, or why it is not filed.
fn fate(group: &Group, photo: &PlannedPhoto, footing: Option<Footing>) -> String {
    let views = group.target.as_ref().map(|target| target.views.as_slice()).unwrap_or_default();
    let view = views.iter().find(|v| Some(v.id) == photo.view).map_or(text::NO_VIEW, |v| v.spec.name.as_str());
    let mut parts = match photo.skip {
        Some(Skip::ByHand) => vec!["left out"],
        Some(skip) => vec![skip.words()],
        None => vec![view],
    };
    if photo.skip.is_none() && photo.slot == Slot::Alternate && photo.view.is_some() {
        parts.push("second");
    }
    if matches!(footing, Some(Footing::Order | Footing::First)) {
        parts.push(text::BY_ORDER);
    }
    parts.join(", ")
}

/// All that is known of the photo under the cursor.
pub fn about<'a>(group: &'a Group, photo: usize, t: &Tokens) -> Element<'a, Message> {
    let Some(planned) = group.visit.photos.get(photo) else { return space().into() };
    let mut about = column![widget::caption(text::THIS_PHOTO)].spacing(gap::XS);
    let footing = group.footing(photo).filter(|_| planned.skip.is_none());
    about = about.push(widget::muted(fate(group, planned, None)));
    if let Some(footing) = footing {
        about = about.push(widget::muted(footing.words()));
    }
    for note in &planned.notes {
        about = about.push(widget::body(note.words()).color(t.attention));
    }
    about.into()
}
