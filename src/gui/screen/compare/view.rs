//! How the comparison looks.

use chrono::NaiveDate;
use iced::widget::scrollable::{Direction, Scrollbar};
use iced::widget::{button, checkbox, column, container, image, row, scrollable, space, stack, text::Wrapping};
use iced::{Alignment, Color, ContentFit, Element, Fill, Theme};
use lucide_icons::Icon;

use super::{Compare, EXISTS, Export, Message, Mode, facts};
use crate::gui::job::NotSaved;
use crate::gui::screen::board::grid::Standing;
use crate::gui::theme::{self, Tokens, size, space as gap, style, tokens};
use crate::gui::widget::{self, photo};
use crate::model::{PhotoId, SeriesState};
use crate::protocol::next_due;

/// Pictures of the strip, logical pixels.
const STRIP: (f32, f32) = (108.0, 76.0);

pub(super) mod text {
    pub const MODES: [(super::Mode, &str, &str); 2] =
        [(super::Mode::Side, "Side by side", "1"), (super::Mode::Wipe, "Wipe", "S")];
    pub const EXPORT: &str = "Export";
    pub const PINNED: &str = "pinned";
    pub const LOADING: &str = "Opening the picture…";
    pub const UNALIGNED: &str =
        "Not aligned: these two pictures are shown as they were taken, so the same skin is not at the same place.";
    pub const WAITING: &str = "Not aligned yet: these two pictures are shown as they were taken.";
    pub const CHECK: &str = "The alignment is a suggestion. Please check it before you rely on it.";
    pub const ONE_PHOTO: &str = "An export needs two photos. Choose another session in the strip first.";
    pub const EXPORT_TITLE: &str = "Save the pair as one picture";
    pub const EXPORT_SUB: &str = "With the session labels. The file holds no name, no date and no metadata.";
    pub const ACCEPT: &str = "I have checked it: use the suggested alignment";
    pub const CROPPED: &str = "Cropped to what both pictures show.";
    pub const AS_TAKEN: &str = "The pictures are placed side by side as they were taken.";
    pub const REPLACE: &str = "Replace the file";
    pub const FILE: &str = "File";
    pub const CHOOSE: &str = "Choose…";
    pub const SAVE: &str = "Save";
    pub const CANCEL: &str = "Cancel";
}

pub(super) fn view<'a>(screen: &'a Compare, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
    let t = tokens(theme);
    let mut left = column![panes(screen, t)].width(Fill).height(Fill);
    if let Some((color, sentence)) = warning(screen, t) {
        left = column![container(widget::banner(color, sentence)).padding(gap::S).style(style::panel), left];
    }
    let left = column![left, strip(screen, today, t)].width(Fill);
    let side = container(facts::view(screen, t)).width(264).height(Fill).padding(gap::L).style(style::panel);
    let below = row![left, widget::upright_hairline(), side].height(Fill);
    let whole = column![bar(screen), widget::hairline(), below];
    widget::over(whole, screen.export.as_ref().map(|export| dialog(screen, export, t)), None)
}

fn bar(screen: &Compare) -> Element<'_, Message> {
    let back = button(widget::icon(Icon::ArrowLeft, 16.0)).padding(gap::S).style(style::quiet).on_press(Message::Back);
    let name = screen.grid.views.get(screen.row).map(|v| v.spec.name.as_str()).unwrap_or_default();
    let names = row![back, widget::body(name).font(theme::SEMIBOLD), widget::muted(screen.board.series.title())];
    let names = container(names.spacing(gap::S).align_y(Alignment::Center)).width(Fill).clip(true);
    let modes = text::MODES.into_iter().map(|(mode, label, shown)| {
        let press = (screen.before != screen.after).then_some(Message::Mode(mode));
        widget::keyed(label, shown, press).style(style::choice(screen.mode == mode)).into()
    });
    let modes = container(row(modes).spacing(2)).padding(2).style(style::card);
    let export = container(widget::primary(text::EXPORT, Some(Message::Export))).align_right(Fill);
    let inside = row![names, modes, export].spacing(gap::M).align_y(Alignment::Center);
    container(inside).padding([5.0, gap::M]).style(style::panel).into()
}

fn panes<'a>(screen: &'a Compare, t: &Tokens) -> Element<'a, Message> {
    let (before, after) = (screen.before, screen.after);
    let frame = screen.frame();
    let single = |id: PhotoId| {
        photo::Photo::single(screen.picture(id), frame, screen.zoom, Message::Gesture).density(screen.density)
    };
    let right = if screen.blink { before } else { after };
    match screen.mode {
        Mode::Side => {
            let gap = container(space().width(2).height(Fill)).style(style::block(Color::BLACK, 0.0));
            let left = pane(single(before), Some(label(screen, before)), None, waiting(screen, before, t));
            let pinned = container(widget::chip(text::PINNED, None)).padding(gap::L);
            row![
                stack![left, pinned],
                gap,
                pane(single(right), Some(label(screen, right)), None, waiting(screen, right, t))
            ]
            .into()
        }
        Mode::Single => pane(single(after), Some(label(screen, after)), None, waiting(screen, after, t)),
        Mode::Wipe if screen.blink => pane(single(before), Some(label(screen, before)), None, None),
        Mode::Wipe => {
            let pictures = (screen.picture(before), screen.picture(after));
            let wipe = photo::Photo::wipe(pictures, screen.divider, frame, screen.zoom, Message::Gesture);
            let wipe = wipe.density(screen.density);
            pane(wipe, Some(label(screen, before)), Some(label(screen, after)), waiting(screen, after, t))
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
    let labels = row![].push(left).push(space().width(Fill)).push(right);
    layers.push(container(labels).align_bottom(Fill).padding(gap::L)).into()
}

fn waiting<'a>(screen: &'a Compare, id: PhotoId, t: &Tokens) -> Option<Element<'a, Message>> {
    match screen.shown.get(&id) {
        None => Some(widget::muted(text::LOADING).into()),
        Some(Ok(_)) => None,
        Some(Err(failure)) => Some(container(widget::banner(t.wrong, failure.0.as_str())).max_width(420).into()),
    }
}

fn label(screen: &Compare, id: PhotoId) -> Element<'_, Message> {
    let Some(label) = screen.label(id) else { return space().into() };
    let mut lines = column![widget::words(label.title.as_str(), 16.0).font(theme::SEMIBOLD)].spacing(3);
    if !label.detail.is_empty() {
        lines = lines.push(widget::body(label.detail.as_str()));
    }
    container(lines).padding([9, 12]).style(style::chip).into()
}

fn warning<'a>(screen: &Compare, t: &Tokens) -> Option<(Color, &'a str)> {
    if screen.mode == Mode::Single {
        return None;
    }
    let pair = [screen.standing(screen.before), screen.standing(screen.after)];
    if pair.contains(&Standing::Failed) {
        Some((t.wrong, text::UNALIGNED))
    } else if pair.contains(&Standing::Check) {
        Some((t.attention, text::CHECK))
    } else if pair.contains(&Standing::Waiting) {
        Some((t.attention, text::WAITING))
    } else {
        None
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

fn dialog<'a>(screen: &'a Compare, export: &'a Export, t: &Tokens) -> Element<'a, Message> {
    let path = widget::input("/path/to/before-after.jpg", &export.path, Message::Path).on_submit(Message::Save);
    let field =
        widget::field(text::FILE, row![path, widget::plain(text::CHOOSE, Some(Message::Choose))].spacing(gap::S));
    let ready = !export.busy && !export.path.trim().is_empty();
    let standing = screen.pair_standing();
    let (color, sentence) = placed(&standing, export.accept_suggestion, t);
    let mut form =
        column![widget::title(text::EXPORT_TITLE), widget::muted(text::EXPORT_SUB), widget::banner(color, sentence)];
    if standing == Standing::Check {
        let accept = checkbox(export.accept_suggestion).label(text::ACCEPT).on_toggle(Message::AcceptSuggestion);
        form = form.push(accept.text_size(size::BODY).spacing(gap::S));
    }
    form = form.push(field).spacing(gap::L).width(540);
    let exists = export.problem == Some(NotSaved::Exists);
    match &export.problem {
        Some(NotSaved::Failed(failure)) => form = form.push(widget::banner(t.wrong, failure.0.as_str())),
        Some(NotSaved::Exists) => form = form.push(widget::banner(t.attention, EXISTS)),
        None => {}
    }
    let replace = exists.then(|| widget::plain(text::REPLACE, ready.then_some(Message::Replace)).style(style::danger));
    let buttons = row![space().width(Fill), widget::quiet(text::CANCEL, Some(Message::CancelExport))]
        .push(replace)
        .push((!exists).then(|| widget::primary(text::SAVE, ready.then_some(Message::Save))));
    form.push(buttons.spacing(gap::S)).into()
}

/// How the pair will stand in the file, said before it is made.
fn placed(standing: &Standing, accept_suggestion: bool, t: &Tokens) -> (Color, String) {
    match standing {
        Standing::Reference | Standing::Aligned(None) => (t.good, format!("Aligned. {}", text::CROPPED)),
        Standing::Aligned(Some(px)) => (t.good, format!("Aligned, residual {px:.1} px. {}", text::CROPPED)),
        Standing::Check if accept_suggestion => {
            (t.attention, format!("Aligned by a suggestion that you accepted. {}", text::CROPPED))
        }
        Standing::Check => (t.attention, format!("The alignment is a suggestion. {}", text::AS_TAKEN)),
        Standing::Failed => (t.wrong, format!("Could not align. {}", text::AS_TAKEN)),
        Standing::Waiting => (t.attention, format!("Not aligned yet. {}", text::AS_TAKEN)),
    }
}

/// Keeps long values of the facts on one line each.
pub(super) fn one_line<'a>(content: String) -> iced::widget::text::Text<'a> {
    widget::body(content).wrapping(Wrapping::None)
}
