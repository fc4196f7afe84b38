//! How the import looks.

use iced::widget::{button, column, container, image, row, scrollable, space, text::Wrapping};
use iced::{Alignment, ContentFit, Element, Fill, Theme};
use lucide_icons::Icon;

use super::{FOLDER, Import, KindChoice, LINE, LIST, Message, PEEK, Stage, ViewChoice};
use crate::gui::job::Filing;
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::works::{Running, Works};
use crate::import::{self, Plan, PlannedPhoto, Skip};
use crate::model::text::{counted, short_date};
use crate::model::{SessionKind, Slot};

/// Height of the head of a visit.
pub(super) const HEAD: f32 = 60.0;

pub(super) mod text {
    pub const TITLE: &str = "Import photos";
    pub const CHOOSE_SUB: &str = "Choose the memory card or a folder. The photos are sorted by the day they were taken; you see and correct \
                                  everything before anything is filed. The files on the card are not changed.";
    pub const FOLDER: &str = "Card or folder";
    pub const CHOOSE: &str = "Choose…";
    pub const TRAY: &str = "Take the photos of the tray";
    pub const TRAY_SUB: &str =
        "Photos that are in the vault and not filed: after an undo, or when an import was stopped.";
    pub const SCAN: &str = "Look at the photos";
    pub const SCANNING: &str = "Reading the folder";
    pub const FILING: &str = "Filing";
    pub const ALIGNING: &str = "Aligning";
    pub const CANCEL: &str = "Cancel";
    pub const FILE: &str = "File the photos";
    pub const UNDO: &str = "Undo filing of";
    pub const UNDONE: &str = "The filing was taken back. The photos are in the vault's tray; nothing is lost.";
    pub const AGAIN: &str = "Another folder";
    pub const DONE: &str = "To the board";
    pub const REFUSED: &str = "Not filed, left where they are";
    pub const GUESS: &str = "Which shows which is a guess by their order: look at each before you file.";
    pub const OTHERS: &str = "may be another patient's. They are marked below: look whose each is before you file.";
    pub const FRESH: &str = "Nothing is filed in this series yet: which photo shows which view is known by their order alone. Look at each \
                             before you file.";
    pub const EMPTY: &str = "No photos there";
    pub const EMPTY_SUB: &str = "Nothing was filed. Choose the folder that holds the pictures, for example DCIM on a memory card. The tray is empty when everything is filed.";
    pub const NOTHING: &str = "Every photo of this plan is left out; there is nothing to file.";
    pub const STOPPING: &str = "stopping…";
    pub const NO_VIEW: &str = "no view yet";
    pub const WITH_RAW: &str = "with its raw file";
    pub const SKIP: &str = "Leave out";
    pub const TAKE: &str = "Take";
    pub const NEW_VISIT: &str = "new visit";
    pub const OLD_VISIT: &str = "joins the visit of this day";
}

pub(super) fn view<'a>(screen: &'a Import, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
    let running = screen.work().and_then(|work| works.of(work));
    let t = tokens(theme);
    let back = button(widget::icon(Icon::ArrowLeft, 16.0)).padding(gap::S).style(style::quiet).on_press(Message::Back);
    let into = format!("{} · {}", screen.board.patient.display_name(), screen.board.series.title());
    let head = row![back, widget::title(text::TITLE), widget::muted(into).wrapping(Wrapping::None)]
        .spacing(gap::M)
        .align_y(Alignment::Center);
    let mut page = column![head].spacing(gap::L);
    if let Some(failure) = &screen.error {
        page = page.push(widget::banner(t.wrong, failure.0.as_str()));
    }
    page = match &screen.stage {
        Stage::Choose => page.push(choose(screen)),
        Stage::Scanning => page.push(working(running, text::SCANNING)),
        Stage::Planned { plan, .. } if plan.sessions.is_empty() && plan.refused.is_empty() => {
            let again = widget::plain(text::AGAIN, Some(Message::Again)).into();
            page.push(widget::empty(text::EMPTY, text::EMPTY_SUB, Some(again)))
        }
        Stage::Planned { plan, cursor } => page.push(planned(screen, plan, *cursor, t)),
        Stage::Filing { .. } => page.push(working(running, text::FILING)),
        Stage::Filed { filing, aligning, aligned, undone } => {
            let aligning = aligning.then(|| working(running, text::ALIGNING));
            page.push(filed(filing, aligning, aligned.as_deref(), *undone, t))
        }
    };
    container(page).padding(gap::XL).width(Fill).height(Fill).into()
}

fn choose(screen: &Import) -> Element<'_, Message> {
    let input = widget::input("/media/card/DCIM", &screen.folder, Message::Folder).id(FOLDER).on_submit(Message::Scan);
    let folder = row![input, widget::plain(text::CHOOSE, Some(Message::Choose))].spacing(gap::S);
    let ready = !screen.folder.trim().is_empty();
    let form = column![
        widget::muted(text::CHOOSE_SUB),
        widget::field(text::FOLDER, folder),
        widget::primary(text::SCAN, ready.then_some(Message::Scan)),
        widget::hairline(),
        widget::muted(text::TRAY_SUB),
        widget::plain(text::TRAY, Some(Message::Tray))
    ];
    container(form.spacing(gap::L)).max_width(640).into()
}

/// How far the work is that this screen waits for; without an entry it is about to begin or to end.
fn working<'a>(running: Option<&'a Running>, stage: &'a str) -> Element<'a, Message> {
    let (done, total) = running.map_or((0, 0), Running::count);
    let stopping = running.is_some_and(Running::is_stopping);
    let left = if stopping { Some(text::STOPPING.to_owned()) } else { running.and_then(Running::time_left) };
    let cancel = widget::plain(text::CANCEL, (running.is_some() && !stopping).then_some(Message::Cancel));
    let stage = running.map_or(stage, |r| r.stage());
    let card = column![widget::progress(stage, done, total, left), cancel].spacing(gap::L);
    container(container(card).padding(gap::XL).width(520).style(style::card)).center_x(Fill).padding([64, 0]).into()
}

fn planned<'a>(screen: &'a Import, plan: &'a Plan, cursor: usize, t: &Tokens) -> Element<'a, Message> {
    let mut list = column![].spacing(0);
    let mut line_number = 0;
    let doubtful = plan.filed().filter(|photo| photo.notes.iter().any(|note| note.is_alarm())).count();
    if doubtful > 0 {
        let sentence = format!("{} {}", counted(doubtful as i64, "photo"), text::OTHERS);
        list = list.push(widget::banner(t.wrong, sentence));
    }
    // Where the numbers differ that is said of each visit.
    let is_by_order = screen.board.photos.is_empty() && plan.filed().next().is_some();
    if is_by_order && !plan.sessions.iter().any(|session| session.is_guess(&screen.views).is_some()) {
        list = list.push(widget::banner(t.attention, text::FRESH));
    }
    for (i, session) in plan.sessions.iter().enumerate() {
        list = list.push(visit(plan, i));
        if let Some((photos, views)) = session.is_guess(&screen.views) {
            let sentence =
                format!("{} for {}. {}", counted(photos as i64, "photo"), counted(views as i64, "view"), text::GUESS);
            list = list.push(widget::banner(t.attention, sentence));
        }
        for photo in &session.photos {
            list = list.push(line(screen, photo, line_number, line_number == cursor, t));
            line_number += 1;
        }
    }
    if !plan.refused.is_empty() {
        let head = container(widget::heading(text::REFUSED)).padding(iced::Padding {
            top: gap::XL,
            bottom: gap::S,
            ..iced::Padding::ZERO
        });
        list = list.push(head);
        for refused in &plan.refused {
            let name = import::scan::file_name(&refused.path.0);
            let inside = row![widget::dot(t.attention), widget::body(name), widget::muted(refused.reason.words())];
            list = list.push(container(inside.spacing(gap::M).align_y(Alignment::Center)).padding([6.0, gap::M]));
        }
    }
    let list = scrollable(container(list).padding(iced::Padding { right: gap::L, ..iced::Padding::ZERO }))
        .id(LIST)
        .style(style::scroll)
        .height(Fill);
    let filed = plan.filed().count();
    let skipped = plan.skipped().count();
    let mut words = vec![format!("{} will be filed", counted(filed as i64, "photo"))];
    let no_view = plan.filed().filter(|photo| photo.view.is_none()).count();
    if no_view > 0 {
        words.push(format!("{no_view} of them without a view: no row of the board shows those"));
    }
    if skipped > 0 {
        words.push(format!("{skipped} left out"));
    }
    if !plan.refused.is_empty() {
        words.push(format!("{} not filed", counted(plan.refused.len() as i64, "file")));
    }
    let bar = row![
        widget::body(words.join(", ")),
        space().width(Fill),
        widget::quiet(text::AGAIN, Some(Message::Again)),
        widget::primary(text::FILE, (filed > 0).then_some(Message::File))
    ];
    column![list, widget::hairline(), bar.spacing(gap::M).align_y(Alignment::Center)]
        .spacing(gap::M)
        .height(Fill)
        .into()
}

fn visit(plan: &Plan, index: usize) -> Element<'_, Message> {
    let Some(session) = plan.sessions.get(index) else { return space().into() };
    let state = if session.existing.is_some() { text::OLD_VISIT } else { text::NEW_VISIT };
    let kinds = SessionKind::ALL.map(KindChoice).to_vec();
    let kind = widget::pick(kinds, Some(KindChoice(session.kind)), move |kind| Message::Kind(index, kind)).width(170);
    // The kind of a visit that is in the vault already is not changed by filing into it.
    let kind: Element<'_, Message> =
        if session.existing.is_some() { widget::muted(session.kind.words()).into() } else { kind.into() };
    let inside = row![
        widget::heading(short_date(session.date)),
        widget::muted(format!("{} · {state}", counted(session.photos.len() as i64, "photo"))),
        space().width(Fill),
        kind
    ];
    container(inside.spacing(gap::M).align_y(Alignment::Center)).center_y(HEAD).into()
}

fn line<'a>(
    screen: &'a Import,
    photo: &'a PlannedPhoto,
    number: usize,
    selected: bool,
    t: &Tokens,
) -> Element<'a, Message> {
    let picture: Element<'a, Message> = match screen.peeks.get(&photo.hash) {
        Some(Some(handle)) => image(handle).content_fit(ContentFit::Contain).width(PEEK.0).height(PEEK.1).into(),
        _ => container(space().width(PEEK.0).height(PEEK.1)).style(style::letterbox).into(),
    };
    let time = photo.facts.local_time().map(|time| time.format("%H:%M:%S").to_string()).unwrap_or_default();
    let name = widget::body(import::scan::file_name(&photo.path.0)).font(theme::MEDIUM).wrapping(Wrapping::None);
    let names = container(column![name, widget::caption(time)].spacing(gap::XS)).width(190).clip(true);
    let mut notes = row![].spacing(gap::S).align_y(Alignment::Center);
    for note in &photo.notes {
        let color = if note.is_alarm() { t.wrong } else { t.attention };
        notes = notes.push(widget::pill(color, note.words()));
    }
    if photo.raw.is_some() {
        notes = notes.push(widget::pill(t.dim, text::WITH_RAW));
    }
    if let Some(skip) = photo.skip {
        let color = if skip == Skip::OtherPatient { t.wrong } else { t.dim };
        notes = notes.push(widget::pill(color, skip.words()));
    } else if photo.view.is_some() && photo.slot == Slot::Alternate {
        notes = notes.push(widget::pill(t.dim, "second photo of this view"));
    }
    let choices = choices(screen);
    let chosen = choices.iter().find(|c| c.view == photo.view).cloned();
    let view = widget::pick(choices, chosen, move |choice| Message::View(number, choice)).width(190);
    let skip = match photo.skip {
        None => widget::quiet(text::SKIP, Some(Message::Skip(number))),
        Some(Skip::ByHand | Skip::PatientCard) => widget::plain(text::TAKE, Some(Message::Skip(number))),
        Some(_) => widget::quiet(text::SKIP, None),
    };
    let inside = row![picture, names, view, container(notes.wrap()).width(Fill), skip];
    button(container(inside.spacing(gap::L).align_y(Alignment::Center)).center_y(Fill))
        .padding([0.0, gap::S])
        .width(Fill)
        .height(LINE)
        .style(style::list_row(selected))
        .on_press(Message::Select(number))
        .into()
}

fn choices(screen: &Import) -> Vec<ViewChoice> {
    let none = ViewChoice { view: None, name: text::NO_VIEW.to_owned() };
    let views = screen.views.iter().map(|v| ViewChoice { view: Some(v.id), name: v.spec.name.clone() });
    std::iter::once(none).chain(views).collect()
}

fn filed<'a>(
    filing: &'a Filing,
    aligning: Option<Element<'a, Message>>,
    aligned: Option<&'a str>,
    undone: bool,
    t: &Tokens,
) -> Element<'a, Message> {
    let outcome = &filing.outcome;
    let good = outcome.refused.is_empty() && outcome.in_tray == 0 && !outcome.cancelled;
    let may_undo = !undone && aligning.is_none() && filing.undo.is_some();
    let mut page = column![widget::banner(if good { t.good } else { t.attention }, outcome.sentence())].spacing(gap::L);
    if undone {
        page = page.push(widget::banner(t.attention, text::UNDONE));
    }
    page = page.push(aligning).push(aligned.map(widget::muted));
    for refused in &outcome.refused {
        let name = import::scan::file_name(&refused.path.0);
        page = page.push(row![widget::body(name), widget::muted(refused.reason.words())].spacing(gap::M));
    }
    let undo = format!("{} {}", text::UNDO, counted(outcome.filed.len() as i64, "photo"));
    let buttons = row![
        widget::primary(text::DONE, Some(Message::Back)),
        widget::plain(text::AGAIN, Some(Message::Again)),
        widget::with_icon(Icon::Undo2, undo, may_undo.then_some(Message::Undo)).style(style::raised)
    ];
    container(page.push(buttons.spacing(gap::S))).max_width(760).into()
}
