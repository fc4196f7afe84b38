//! How the comparison looks.

use chrono::NaiveDate;
use iced::widget::scrollable::{Direction, Scrollbar};
use iced::widget::{button, column, container, image, row, scrollable, space, stack, text::Wrapping};
use iced::{Alignment, Color, ContentFit, Element, Fill, Theme};
use lucide_icons::Icon;

use super::{Compare, Message, Mode, facts};
use crate::align::{Placement, Unplaced};
use crate::export::composite;
use crate::gui::theme::{self, Tokens, size, space as gap, style, tokens};
use crate::gui::widget::{self, photo};
use crate::model::{PhotoId, SeriesState, WhyNot};
use crate::protocol::next_due;

/// Pictures of the strip, logical pixels.
const STRIP: (f32, f32) = (108.0, 76.0);

pub(super) mod text {
    pub const MODES: [(super::Mode, &str, &str); 2] =
        [(super::Mode::Side, "Side by side", "1"), (super::Mode::Wipe, "Wipe", "S")];
    pub const MATCH: &str = "Match";
    pub const EXPORT: &str = "Export";
    pub const PINNED: &str = "pinned";
    pub const LOADING: &str = "Opening the picture…";
    pub const UNALIGNED: &str =
        "Not aligned: these two pictures are shown as they were taken, so the same skin is not at the same place.";
    pub const WAITING: &str = "Not aligned yet: these two pictures are shown as they were taken.";
    pub const CHECK: &str = "The alignment is a suggestion. Please check it before you rely on it.";
    pub const LOOKALIKE: &str = "This may be another person: the shape of the face, eyes, brows or a pattern agree, too little of \
                                 the skin itself does. Compare moles and scars before you accept it.";
    pub const SAME_PERSON: &str = "It is the same person";
    pub const ACCEPT: &str = "It is right";
    pub const REJECT: &str = "It is wrong";
    pub const REJECTED: &str =
        "The suggested alignment was rejected: these two pictures are shown as they were taken. Points place them.";
    pub const ONE_PHOTO: &str = "An export needs two photos. Choose another session in the strip first.";
}

pub(super) fn view<'a>(screen: &'a Compare, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
    let t = tokens(theme);
    let mut left = column![panes(screen, t)].width(Fill).height(Fill);
    if let Some(line) = screen.tool_line(t) {
        left = column![line, widget::hairline(), left];
    } else if let Some((color, sentence)) = warning(screen, t) {
        let banner = container(widget::banner(color, sentence)).width(Fill);
        let asked = matches!(screen.pair_placed().1, Placement::Suggestion(..)).then(|| decide(screen));
        let line = row![banner].push(asked).spacing(gap::S).align_y(Alignment::Center);
        left = column![container(line).padding(gap::S).style(style::panel), left];
    }
    let left = column![left, strip(screen, today, t)].width(Fill);
    let side = container(facts::view(screen, t)).width(264).height(Fill).padding(gap::L).style(style::panel);
    let below = row![left, widget::upright_hairline(), side].height(Fill);
    let whole = column![bar(screen), widget::hairline(), below];
    let export = screen.export.as_ref().map(|export| {
        let covered = composite::covered(&screen.board, screen.after, today);
        export.view(&screen.pair_standing(), &covered, screen.not_matched(), t)
    });
    widget::over(whole, export, None)
}

fn is_lookalike(screen: &Compare) -> bool {
    matches!(screen.pair_placed().1, Placement::Suggestion(_, WhyNot::Lookalike))
}

/// One key each to accept the suggestion or to reject it.
fn decide(screen: &Compare) -> Element<'_, Message> {
    let press = |right| (!screen.deciding).then_some(Message::Suggestion(right));
    let reject = widget::keyed(text::REJECT, "X", press(false)).style(style::raised);
    // Whoever says yes here says something else than that two pictures lie well.
    let accept = if is_lookalike(screen) { text::SAME_PERSON } else { text::ACCEPT };
    row![reject, widget::key("Y"), widget::primary(accept, press(true))]
        .spacing(gap::S)
        .align_y(Alignment::Center)
        .into()
}

fn bar(screen: &Compare) -> Element<'_, Message> {
    let back = button(widget::icon(Icon::ArrowLeft, 16.0)).padding(gap::S).style(style::quiet).on_press(Message::Back);
    let name = screen.grid.lines.get(screen.row).map(|line| line.view.spec.name.as_str()).unwrap_or_default();
    let names = row![back, widget::body(name).font(theme::SEMIBOLD), widget::muted(screen.board.series.title())];
    let names = container(names.spacing(gap::S).align_y(Alignment::Center)).width(Fill).clip(true);
    let modes = text::MODES.into_iter().map(|(mode, label, shown)| {
        let press = (screen.before != screen.after).then_some(Message::Mode(mode));
        widget::keyed(label, shown, press).style(style::choice(screen.mode == mode)).into()
    });
    let modes = container(row(modes).spacing(2)).padding(2).style(style::card);
    let press = (screen.before != screen.after && screen.tool.is_none()).then_some(Message::Match);
    let matched = widget::keyed(text::MATCH, "M", press).style(style::choice(screen.matched.is_on()));
    let matched = container(matched).padding(2).style(style::card);
    let export = container(widget::primary(text::EXPORT, Some(Message::Export))).align_right(Fill);
    let inside = row![names, modes, matched, export].spacing(gap::M).align_y(Alignment::Center);
    container(inside).padding([5.0, gap::M]).style(style::panel).into()
}

fn panes<'a>(screen: &'a Compare, t: &Tokens) -> Element<'a, Message> {
    let (before, after) = (screen.before, screen.after);
    let frame = screen.frame();
    let single = |id: PhotoId| {
        let hand =
            move |gesture| if screen.tool.is_some() { Message::Hand(id, gesture) } else { Message::Gesture(gesture) };
        let picture = photo::Photo::single(screen.drawn(id), frame, screen.zoom, hand);
        picture.density(screen.density).purpose(screen.purpose())
    };
    let right = if screen.blink { before } else { after };
    match screen.mode {
        Mode::Side => {
            let gap = container(space().width(2).height(Fill)).style(style::block(Color::BLACK, 0.0));
            let marks = |id| screen.tool_layers(id);
            let left = pane(single(before), Some(label(screen, before, t)), None, waiting(screen, before, t));
            let left = stack![left].extend(marks(before));
            let pinned = container(widget::chip(text::PINNED, None)).padding(gap::L);
            row![
                stack![left, pinned],
                gap,
                stack![pane(single(right), Some(label(screen, right, t)), None, waiting(screen, right, t))]
                    .extend(marks(right))
            ]
            .into()
        }
        Mode::Single => stack![pane(single(after), Some(label(screen, after, t)), None, waiting(screen, after, t))]
            .extend(screen.tool_layers(after))
            .into(),
        Mode::Wipe if screen.blink => pane(single(before), Some(label(screen, before, t)), None, None),
        Mode::Wipe => {
            let pictures = (screen.drawn(before), screen.drawn(after));
            let wipe = photo::Photo::wipe(pictures, screen.divider, frame, screen.zoom, Message::Gesture);
            let wipe = wipe.density(screen.density);
            pane(wipe, Some(label(screen, before, t)), Some(label(screen, after, t)), waiting(screen, after, t))
        }
    }
}

fn pane<'a>(
    picture: photo::Photo<'a, Message>,
    left: Option<Element<'a, Message>>,
    right: Option<Element<'a, Message>>,
    waiting: Option<Element<'a, Message>>,
) -> Element<'a, Message> {
    let mut layers = stack![picture].width(Fill).height(Fill);
    if let Some(waiting) = waiting {
        layers = layers.push(container(waiting).center(Fill));
    }
    let labels = row![].push(left).push(space().width(Fill)).push(right).align_y(Alignment::End);
    layers.push(container(labels).align_bottom(Fill).padding(gap::L)).into()
}

fn waiting<'a>(screen: &'a Compare, id: PhotoId, t: &Tokens) -> Option<Element<'a, Message>> {
    match screen.shown.get(&id) {
        None => Some(widget::muted(text::LOADING).into()),
        Some(Ok(_)) => None,
        Some(Err(failure)) => Some(container(widget::banner(t.wrong, failure.0.as_str())).max_width(420).into()),
    }
}

fn label<'a>(screen: &'a Compare, id: PhotoId, t: &Tokens) -> Element<'a, Message> {
    let Some(label) = screen.label(id) else { return space().into() };
    let mut lines = column![widget::words(label.title.as_str(), 16.0).font(theme::SEMIBOLD)].spacing(3);
    if !label.detail.is_empty() {
        lines = lines.push(widget::body(label.detail.as_str()));
    }
    // Whoever photographs the screen takes the mark along.
    lines = lines.push(screen.mark(id).map(|mark| widget::body(mark).color(t.attention)));
    container(lines).padding([9, 12]).style(style::chip).into()
}

fn warning<'a>(screen: &'a Compare, t: &Tokens) -> Option<(Color, &'a str)> {
    if screen.mode == Mode::Single {
        return None;
    }
    match screen.pair_placed().1 {
        Placement::Reference(_) | Placement::Aligned(_) | Placement::ByPerson(_) => {
            screen.not_matched().map(|sentence| (t.attention, sentence))
        }
        Placement::Suggestion(_, WhyNot::Lookalike) => Some((t.wrong, text::LOOKALIKE)),
        Placement::Suggestion(..) => Some((t.attention, text::CHECK)),
        Placement::NotAligned(Unplaced::Waiting | Unplaced::NoView) => Some((t.attention, text::WAITING)),
        Placement::NotAligned(Unplaced::Rejected) => Some((t.attention, text::REJECTED)),
        Placement::NotAligned(_) => Some((t.wrong, text::UNALIGNED)),
    }
}

fn strip<'a>(screen: &'a Compare, today: NaiveDate, t: &Tokens) -> Element<'a, Message> {
    let cells = screen.sessions().into_iter().map(|id| {
        let picture: Element<'a, Message> = match screen.thumbnails.get(&id) {
            Some(handle) => image(handle).content_fit(ContentFit::Contain).width(STRIP.0).height(STRIP.1).into(),
            None => container(space().width(STRIP.0).height(STRIP.1)).style(style::letterbox).into(),
        };
        let badge = screen.label(id).map(|l| l.badge.clone()).unwrap_or_default();
        let badge = container(widget::chip(badge, None)).padding(gap::XS);
        let ring = match id {
            id if id == screen.after => Some(t.accent),
            id if id == screen.before => Some(t.text),
            _ => None,
        };
        button(stack![picture, badge].width(STRIP.0).height(STRIP.1))
            .padding(4)
            .style(style::picture(ring))
            .on_press(Message::Session(id))
            .into()
    });
    let open = screen.board.series.state == SeriesState::Open;
    let due = next_due(&screen.board.series, &screen.board.sessions, today).filter(|_| open).map(|due| {
        let words =
            widget::words(format!("due {}", due.from.format("%-d %b")), size::CAPTION).style(style::muted).center();
        let slot = button(container(words).center(Fill)).width(STRIP.0).height(STRIP.1).style(style::slot(false));
        container(slot).padding(4)
    });
    let cells = row(cells).push(due).spacing(gap::XS);
    let direction = Direction::Horizontal(Scrollbar::default());
    let cells =
        scrollable(container(cells).padding([gap::S, gap::M])).direction(direction).style(style::scroll).width(Fill);
    container(cells).style(style::panel).width(Fill).height(STRIP.1 + 28.0).into()
}

/// Keeps long values of the facts on one line each.
pub(super) fn one_line<'a>(content: String) -> iced::widget::text::Text<'a> {
    widget::body(content).wrapping(Wrapping::None)
}
