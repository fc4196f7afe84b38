//! How far a photo may be compared with the baseline of its view: the letter on its cell, and the best pair beside its row.

use iced::widget::{column, container, row, tooltip};
use iced::{Alignment, Element};
use lucide_icons::Icon;

use super::{BoardScreen, Message};
use crate::align::graded::Graded;
use crate::compare::grade::Grade;
use crate::gui::theme::{self, Tokens, size, space as gap, style};
use crate::gui::widget;
use crate::model::{PhotoId, ViewId};
use crate::vault::Board;

mod text {
    pub const BEST: &str = "Best pair";
    pub const BEST_OF_VIEW: &str = "The best pair of this view.";
    pub const AGAINST: &str = "Compared with";
    pub const BASELINE: &str = "the baseline";
}

/// Widest that an explanation gets.
const WIDTH: f32 = 340.0;

/// The letter of a photo, with its reasons for whoever points at it; the later photo of the best pair has a star.
pub(super) fn letter<'a>(
    screen: &'a BoardScreen,
    board: &'a Board,
    (view, photo): (ViewId, PhotoId),
    t: &Tokens,
) -> Option<Element<'a, Message>> {
    let graded = screen.compared.of(photo)?;
    let is_best = screen.compared.is_best(view, photo);
    // Chips are dark in both themes, so their words take the colours that are readable on dark.
    let color = widget::grade_color(graded.comparability.grade, &theme::token::DARK);
    let letter = widget::words(graded.comparability.grade.key(), size::CAPTION).font(theme::SEMIBOLD).color(color);
    let star = is_best.then(|| widget::icon(Icon::Star, 11.0).color(color));
    let inside = row![].push(star).push(letter).spacing(gap::XS).align_y(Alignment::Center);
    Some(explained(container(inside).padding([2, 7]).style(style::chip), reasons(board, graded, is_best, t)))
}

/// The command that opens the best pair of a row.
pub(super) fn best(screen: &BoardScreen, view: ViewId) -> Option<Element<'_, Message>> {
    let proposal = screen.compared.best(view)?;
    let press = Some(Message::Best(view));
    let button = widget::with_icon(Icon::Star, text::BEST, press).padding([3, 6]).style(style::quiet);
    Some(explained(button, container(widget::body(proposal.words.as_str())).into()))
}

fn explained<'a>(what: impl Into<Element<'a, Message>>, explanation: Element<'a, Message>) -> Element<'a, Message> {
    let card = container(explanation).padding(gap::M).max_width(WIDTH).style(style::floating);
    tooltip(what, card, tooltip::Position::Top).gap(gap::XS).into()
}

/// The grade in words, what it was compared with, and everything that keeps it from being better.
fn reasons<'a>(board: &'a Board, graded: &'a Graded, is_best: bool, t: &Tokens) -> Element<'a, Message> {
    let found = &graded.comparability;
    let session = board.photos.iter().find(|p| p.id == graded.baseline).map(|p| p.session);
    let label = session.and_then(|id| board.labels.get(&id)).map_or(text::BASELINE, |label| label.title.as_str());
    let head = format!("{} · {}", found.grade.key(), found.grade.words());
    let worse = found.reasons.iter().filter(|reason| reason.grade > Grade::A).map(|reason| {
        let words = format!("{}: {}", reason.aspect.words(), reason.words);
        row![widget::dot(widget::grade_color(reason.grade, t)), widget::muted(words)]
            .spacing(gap::S)
            .align_y(Alignment::Center)
            .into()
    });
    column![widget::body(head).font(theme::MEDIUM), widget::caption(format!("{} {label}", text::AGAINST))]
        .extend(worse)
        .push(is_best.then(|| widget::caption(text::BEST_OF_VIEW)))
        .spacing(gap::XS)
        .into()
}
