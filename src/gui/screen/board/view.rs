//! How the board looks.

use chrono::NaiveDate;
use iced::widget::scrollable::{Direction, Scrollbar};
use iced::widget::{Column, button, column, container, image, row, scrollable, space, stack, text::Wrapping};
use iced::{Alignment, Color, ContentFit, Element, Fill, Length, Theme};
use lucide_icons::Icon;

use super::grid::{self, Cell, Grid};
use super::{BoardScreen, CELL, CHOSEN, GRID, HEADS, Message, NAMES, consents, mark};
use crate::align::{Placement, Unplaced};
use crate::gui::job::{PatientPage, window};
use crate::gui::theme::{self, Tokens, size, space as gap, style, tokens};
use crate::gui::widget;
use crate::model::text::{counted, short_date};
use crate::model::{NewView, Phase, Pose, Series, SeriesState, Session, SessionId, SessionKind, SessionLabel, Side};
use crate::protocol::{Due, DueState, next_due};
use crate::vault::Board;

/// Room around a picture for the selection ring.
const RING: f32 = 4.0;
const COLUMN: f32 = CELL.0 + 2.0 * RING;
const ROW: f32 = CELL.1 + 2.0 * RING;
const NAMES_WIDTH: f32 = 136.0;

pub(super) mod text {
    pub const ONE_FOR_REFERENCE: &str =
        "Two photos are chosen. Choose the one that shall be the reference of its view alone, then press R.";
    pub const IMPORT: &str = "Import folder…";
    pub const NEW_SERIES: &str = "+ New series";
    pub const PLAN: &str = "Plan…";
    pub const EDIT: &str = "Correct…";
    pub const CARD: &str = "Card…";
    pub const CONSENTS: &str = "Consents…";
    pub const NO_SERIES: &str = "No series yet";
    pub const NO_SERIES_SUB: &str =
        "A series is a course of treatment: what for, where, how many sessions. Photos are filed into it.";
    pub const NO_PHOTOS: &str = "No sessions yet";
    pub const NO_PHOTOS_SUB: &str = "Import the photos of the first visit. They are sorted by the day they were taken.";
    pub const LOADING: &str = "Opening…";
    pub const ADD: &str = "+ add photo";
    pub const UNREADABLE: &str = "could not be read";
    pub const NOTHING: &str = "Click a photo to select it. A second one in the same row makes a pair.";
    pub const NO_PAIR: &str = "There are no two photos of one view yet. Import another session first.";
    pub const GIVE_VIEW: &str = "Give a view…";
    pub const MOVE: &str = "Move…";
    pub const MOVED: &str = "Moved. Ctrl Z takes it back.";
    pub const MEASURING: &str = "The pairs of this view are still being measured. Try again in a moment.";
    pub const REFERENCE: &str = "Make reference";
    pub const OPEN: &str = "Open";
    pub const COMPARE: &str = "Compare";
}

pub(super) fn view<'a>(screen: &'a BoardScreen, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
    let t = tokens(theme);
    let Some(page) = &screen.page else {
        let waiting: Element<'_, Message> = match &screen.error {
            Some(failure) => widget::banner(t.wrong, failure.0.as_str()),
            None => container(widget::muted(text::LOADING)).center(Fill).into(),
        };
        return container(waiting).padding(gap::XL).width(Fill).height(Fill).into();
    };
    let top = column![header(screen, page, today, t), tabs(screen, page)].spacing(gap::S);
    let mut whole =
        column![container(top).padding(iced::Padding { top: gap::L, right: gap::XL, bottom: 0.0, left: gap::XL })];
    whole = whole.push(widget::hairline());
    if let Some(failure) = &screen.error {
        whole = whole.push(container(widget::banner(t.wrong, failure.0.as_str())).padding(gap::L));
    }
    whole = match (&screen.board, page.series.is_empty()) {
        (_, true) => {
            let action = widget::primary("New series", Some(Message::NewSeries)).into();
            whole.push(widget::empty(text::NO_SERIES, text::NO_SERIES_SUB, Some(action)))
        }
        (None, false) => whole.push(container(widget::muted(text::LOADING)).center(Fill)),
        (Some(board), false) if board.sessions.is_empty() => {
            let action = widget::with_icon(Icon::FolderOpen, text::IMPORT, Some(Message::Import)).style(style::primary);
            whole.push(widget::empty(text::NO_PHOTOS, text::NO_PHOTOS_SUB, Some(action.into())))
        }
        (Some(board), false) => {
            whole.push(grid(screen, board, today, t)).push(widget::hairline()).push(bar(screen, board, t))
        }
    };
    let paper = screen.paper.as_ref().map(|paper| paper.view(theme));
    let consents = screen.consents.as_ref();
    let mover = screen
        .mover
        .as_ref()
        .map(|mover| mover.view(mover.photo().and_then(|photo| screen.thumbnail(photo.id)), theme).map(Message::Mover));
    let document = screen.document.as_ref().map(|of| of.view(theme, screen.density).map(Message::Document));
    let dialog = paper.or(mover).or(document).or_else(|| {
        consents.map(|dialog| dialog.view(&page.consents, &page.documents, today, t).map(Message::Consent))
    });
    widget::over(whole, dialog, None)
}

fn header<'a>(screen: &'a BoardScreen, page: &'a PatientPage, today: NaiveDate, t: &Tokens) -> Element<'a, Message> {
    let patient = &page.patient;
    let mut facts = Vec::new();
    facts.extend(patient.age_on(today).map(|age| age.to_string()));
    facts.push(patient.code.0.clone());
    facts.extend(patient.fitzpatrick.map(|f| format!("skin type {}", f.numeral())));
    let back = button(widget::icon(Icon::ArrowLeft, 16.0)).padding(gap::S).style(style::quiet).on_press(Message::Back);
    let name = container(widget::title(patient.display_name()).wrapping(Wrapping::WordOrGlyph)).max_width(520);
    let series = screen.series.unwrap_or(crate::model::SeriesId(0));
    let edit = widget::quiet(text::EDIT, Some(Message::Edit)).padding([5, 10]);
    let card = widget::quiet(text::CARD, Some(Message::PrintCard)).padding([5, 10]);
    row![back, name, widget::muted(facts.join(" · ")), row![edit, card]]
        .push(space().width(Fill))
        .extend(consents::chips(&page.consents, series, today, t))
        .push(widget::plain(text::CONSENTS, Some(Message::Consents)))
        .spacing(gap::M)
        .align_y(Alignment::Center)
        .into()
}

fn tabs<'a>(screen: &'a BoardScreen, page: &'a PatientPage) -> Element<'a, Message> {
    let tab = |label: String, chosen: bool, message: Message| -> Element<'a, Message> {
        let words = widget::body(label).font(if chosen { theme::MEDIUM } else { theme::REGULAR });
        let press = button(words).padding([9, 14]).style(style::tab(chosen)).on_press(message);
        let line = container(space().width(Fill).height(2)).style(move |theme: &Theme| {
            style::block(if chosen { tokens(theme).accent } else { Color::TRANSPARENT }, 1.0)(theme)
        });
        column![press, line].width(Length::Shrink).into()
    };
    let tabs = page.series.iter().zip(&page.sessions).map(|(series, sessions)| {
        tab(tab_words(series, sessions), screen.series == Some(series.id), Message::Series(series.id))
    });
    let plan = widget::quiet(text::PLAN, screen.board.as_ref().map(|_| Message::EditSeries)).padding([9, 10]);
    let import = widget::with_icon(Icon::FolderOpen, text::IMPORT, screen.board.as_ref().map(|_| Message::Import));
    row(tabs)
        .push(tab(text::NEW_SERIES.to_owned(), false, Message::NewSeries))
        .push(column![plan, space().height(2)])
        .push(space().width(Fill))
        .push(container(import.style(style::raised)).padding(iced::Padding { bottom: gap::S, ..iced::Padding::ZERO }))
        .align_y(Alignment::End)
        .into()
}

fn tab_words(series: &Series, sessions: &[Session]) -> String {
    let done = sessions.iter().filter(|s| s.kind == SessionKind::Treatment).count();
    let state = match (series.state, series.planned) {
        (SeriesState::Open, 0) => counted(done as i64, "session"),
        (SeriesState::Open, planned) => format!("{done} of {planned}"),
        (state, _) => state.words().to_owned(),
    };
    format!("{} · {state}", series.title())
}

fn grid<'a>(screen: &'a BoardScreen, board: &'a Board, today: NaiveDate, t: &Tokens) -> Element<'a, Message> {
    let due = next_due(&board.series, &board.sessions, today).filter(|_| board.series.state == SeriesState::Open);
    let heads = board.sessions.iter().enumerate().map(|(i, s)| head(screen, board, i, s, t));
    let heads = row(heads).push(due.map(|due| ghost_head(&due)));
    let hidden = || Scrollbar::hidden();
    let heads = scrollable(heads).id(HEADS).direction(Direction::Horizontal(hidden())).width(Fill).height(76);
    let names = screen.grid.lines.iter().map(|line| name(screen, line));
    let names =
        scrollable(column(names)).id(NAMES).direction(Direction::Vertical(hidden())).width(NAMES_WIDTH).height(Fill);
    let rows = (0..screen.grid.lines.len()).map(|row_index| {
        let cells = (0..board.sessions.len()).map(|column| {
            let at = Cell { row: row_index, column };
            let cell = container(cell(screen, board, at, t));
            if screen.selected == Some(at) { cell.id(CHOSEN).into() } else { cell.into() }
        });
        let ghost = due
            .as_ref()
            .map(|_| container(button(space()).width(CELL.0).height(CELL.1).style(style::slot(false))).padding(RING));
        row(cells).push(ghost).into()
    });
    let both = Direction::Both { vertical: Scrollbar::default(), horizontal: Scrollbar::default() };
    let cells = scrollable(Column::with_children(rows))
        .id(GRID)
        .direction(both)
        .on_scroll(Message::Scrolled)
        .style(style::scroll)
        .width(Fill)
        .height(Fill);
    let upper = row![space().width(NAMES_WIDTH), heads];
    container(column![upper, row![names, cells]].spacing(gap::XS))
        .padding(iced::Padding { top: gap::L, right: 0.0, bottom: 0.0, left: gap::XL })
        .height(Fill)
        .into()
}

fn head<'a>(
    screen: &BoardScreen,
    board: &Board,
    column_index: usize,
    session: &Session,
    t: &Tokens,
) -> Element<'a, Message> {
    let label = board.labels.get(&session.id);
    let title = label.map(|l| l.title.clone()).unwrap_or_default();
    let detail = label.map(|l| l.short_detail.clone()).unwrap_or_default();
    let date = short_date(session.date);
    let second = if detail.is_empty() { date } else { format!("{date} · {detail}") };
    let (filled, wanted) = screen.grid.completeness(column_index);
    let bars = (0..wanted.min(8)).map(|i| {
        let color = match (i < filled, filled >= wanted) {
            (true, true) => t.good,
            (true, false) => t.attention,
            (false, _) => t.line,
        };
        container(space().width(22).height(4)).style(style::block(color, 2.0)).into()
    });
    let words = column![
        widget::heading(title).wrapping(Wrapping::None),
        widget::muted(second).wrapping(Wrapping::None),
        row(bars).spacing(gap::XS),
    ];
    let press = button(words.spacing(5)).padding([0.0, RING]).width(COLUMN).clip(true).style(style::list_row(false));
    press.on_press(Message::EditSession(session.id)).into()
}

fn ghost_head<'a>(due: &Due) -> Element<'a, Message> {
    let (when, overdue) = match due.state {
        DueState::Later(days) => (format!("in {}", counted(days, "day")), false),
        DueState::Due => ("due now".to_owned(), false),
        DueState::Overdue(days) => (format!("overdue by {}", counted(days, "day")), true),
    };
    let last = widget::words(when, size::CAPTION).style(if overdue { style::attention } else { style::muted });
    let texts = column![
        widget::heading(due.what.words()).style(style::muted),
        widget::muted(format!("due {}", window(due.from, due.to))),
        last
    ];
    container(texts.spacing(4)).padding([0.0, RING]).width(COLUMN).into()
}

fn name<'a>(screen: &'a BoardScreen, line: &'a grid::Line) -> Element<'a, Message> {
    let view = &line.view;
    let pose = match view.spec.pose {
        Pose::CloseUp | Pose::Oblique | Pose::Lateral => view.spec.pose.words(),
        Pose::Front | Pose::Rear => "",
    };
    let mut texts = column![widget::body(view.spec.name.as_str()).font(theme::SEMIBOLD)].spacing(2);
    if !pose.is_empty() && !view.spec.name.to_lowercase().contains(pose) {
        texts = texts.push(widget::muted(pose));
    }
    if line.after {
        texts = texts.push(widget::caption(Phase::ImmediatelyAfter.words()));
    }
    if view.retired {
        texts = texts.push(widget::caption("no longer photographed"));
    }
    // Beside the row of photos it is about: those immediately after a treatment stand below it.
    let best = if line.after { None } else { mark::best(screen, view.id) };
    container(column![texts].push(best).spacing(gap::XS))
        .center_y(ROW)
        .width(NAMES_WIDTH)
        .padding(iced::Padding { right: gap::S, ..iced::Padding::ZERO })
        .into()
}

fn cell<'a>(screen: &'a BoardScreen, board: &'a Board, at: Cell, t: &Tokens) -> Element<'a, Message> {
    let marked = screen.selected == Some(at) || screen.second == Some(at);
    let press = |content: Element<'a, Message>| {
        button(content).padding(RING).width(COLUMN).height(ROW).on_press(Message::Clicked(at))
    };
    let Some(photo) = screen.grid.photo(at) else {
        if screen.grid.lines.get(at.row).is_some_and(|line| line.after) {
            return space().width(COLUMN).height(ROW).into();
        }
        let words = container(widget::words(text::ADD, size::BODY)).center(Fill);
        let slot = button(words).width(CELL.0).height(CELL.1).style(style::slot(true)).on_press(Message::Clicked(at));
        let ring = if marked { t.accent } else { Color::TRANSPARENT };
        return container(slot).padding(RING).style(move |_| ring_of(ring)).into();
    };
    let picture: Element<'a, Message> = match screen.thumbnails.get(&photo) {
        Some(Some(handle)) => image(handle).content_fit(ContentFit::Contain).width(CELL.0).height(CELL.1).into(),
        Some(None) => {
            let words = widget::words(text::UNREADABLE, size::CAPTION).style(style::wrong);
            container(words).center(Fill).style(style::letterbox).into()
        }
        None => container(space().width(CELL.0).height(CELL.1)).style(style::letterbox).into(),
    };
    let placed = grid::placed(board, photo);
    // Chips are dark in both themes, so their words take the colours that are readable on dark.
    let on_chip = &theme::token::DARK;
    let color = match placed {
        Placement::Reference(_) => None,
        Placement::Aligned(_) | Placement::ByPerson(_) => Some(on_chip.good),
        Placement::Suggestion(..) => Some(on_chip.attention),
        Placement::NotAligned(Unplaced::Waiting | Unplaced::NoView) => Some(on_chip.muted),
        Placement::NotAligned(_) => Some(on_chip.wrong),
    };
    let chip = container(widget::chip(grid::chip(&placed), color)).padding(6).align_bottom(CELL.1).align_left(CELL.0);
    let ring = marked.then_some(t.accent);
    let view = screen.grid.lines.get(at.row).map(|line| line.view.id);
    let letter = view.and_then(|view| mark::letter(screen, board, (view, photo), t));
    let letter = letter.map(|letter| container(letter).padding(6).align_bottom(CELL.1).align_right(CELL.0));
    press(stack![picture, chip].push(letter).width(CELL.0).height(CELL.1).into()).style(style::picture(ring)).into()
}

fn ring_of(color: Color) -> container::Style {
    container::Style {
        border: iced::Border { color, width: 2.0, radius: (theme::radius::CONTROL + 3.0).into() },
        ..container::Style::default()
    }
}

fn bar<'a>(screen: &'a BoardScreen, board: &'a Board, t: &Tokens) -> Element<'a, Message> {
    let words: Element<'a, Message> = match screen.selected {
        None => widget::muted(text::NOTHING).into(),
        Some(cell) => {
            let view = screen.grid.lines.get(cell.row).map(|line| line.view.spec.name.clone()).unwrap_or_default();
            row![widget::body(view).font(theme::SEMIBOLD), widget::muted(described(screen, board, cell))]
                .spacing(gap::M)
                .into()
        }
    };
    let selected = screen.selected.is_some();
    let shift = widget::keyed(text::MOVE, "M", selected.then_some(Message::Move)).style(style::raised);
    let reference = screen
        .next_reference()
        .map(|_| widget::keyed(text::REFERENCE, "R", Some(Message::Reference)).style(style::raised));
    let open = widget::keyed(text::OPEN, "Space", selected.then_some(Message::Open)).style(style::raised);
    let compare = widget::with_icon(Icon::Columns2, text::COMPARE, Some(Message::Compare)).style(style::primary);
    // Beside the words of a selection there is no room for it in a narrow window.
    let hidden = screen.selected.is_none().then(|| Grid::without_view(board)).filter(|n| *n > 0);
    let hidden = hidden.map(|n| {
        let words = format!("{} without a view, not shown", counted(n as i64, "photo"));
        let pill = widget::pill(t.attention, words);
        let give = widget::plain(text::GIVE_VIEW, Some(Message::Move));
        row![pill, give].spacing(gap::S).align_y(Alignment::Center)
    });
    let inside = row![container(words).width(Fill).clip(true)]
        .push(hidden)
        .push(reference)
        .push(screen.selected.map(|_| shift))
        .push(open)
        .push(compare)
        .spacing(gap::M)
        .align_y(Alignment::Center);
    container(inside).padding([10.0, gap::XL]).width(Fill).style(style::panel).into()
}

/// "Session 1 of 6 → Session 4 of 6 · 14 weeks · aligned, residual 1.8 px".
fn described(screen: &BoardScreen, board: &Board, cell: Cell) -> String {
    let session_of = |photo| board.photos.iter().find(|p| p.id == photo).map(|p| p.session);
    let label = |id: Option<SessionId>| id.and_then(|id| board.labels.get(&id));
    if let Some((before, after)) = screen.grid.pair(cell, screen.second) {
        let (first, last) = (label(session_of(before)), label(session_of(after)));
        let title = |l: Option<&SessionLabel>| l.map(|l| l.title.clone()).unwrap_or_default();
        let detail = last.map(|l| l.short_detail.clone()).filter(|d| !d.is_empty());
        let mut parts = vec![format!("{} → {}", title(first), title(last))];
        parts.extend(detail);
        parts.push(Placement::of_pair(&grid::placed(board, before), &grid::placed(board, after)).words());
        parts.join(" · ")
    } else {
        let session = board.sessions.get(cell.column).map(|s| s.id);
        label(session).map(SessionLabel::full).unwrap_or_default()
    }
}

/// "Cheek right, close-up".
pub(super) fn words_of_view(view: &NewView) -> String {
    let side = if view.side == Side::Both || view.name.to_lowercase().contains(view.side.words()) {
        ""
    } else {
        view.side.words()
    };
    if side.is_empty() { view.name.clone() } else { format!("{} {side}", view.name) }
}
