//! How the Triage looks.

use iced::widget::{button, column, container, image, row, scrollable, space, text::Wrapping};
use iced::{Alignment, ContentFit, Element, Fill, Theme};
use lucide_icons::Icon;

use super::{Cursor, FOLDER, GROUP_ID, LIST, Message, PEEK, SEARCH, Stage, Triage, boundary, cell, outline, watching};
use crate::gui::job::{Filing, Whose, Work};
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::works::{Running, Works};
use crate::import;
use crate::import::card::{Belief, Card, Footing, Group};
use crate::model::text::{counted, short_date};

/// Name of the photos that are seen while more are copied.
const COMING_ID: &str = "triage-coming";
/// Photos that are shown while more are copied: more than fit into the window.
const COMING: usize = 120;
/// Width of what stands beside the groups.
const SIDE: f32 = 280.0;

pub(super) mod text {
    pub const TITLE: &str = "File a memory card";
    pub const CHOOSE_SUB: &str = "Choose the memory card or a folder. Every photo is copied into the vault's tray and read back; then the \
                                  card is cut into groups, and you say whose each one is. The files on the card are not changed.";
    pub const COMPARES: &str = "To suggest whose photos these are, they are compared with earlier photos of at most twenty patients: of the \
                                list of the day, due around that day, or seen last. Nothing leaves the vault, and nothing is filed \
                                before you accept it. In some countries this is biometric: an owner decides for the whole clinic. Without it, nothing \
                                warns of a photo that fits another patient, here or when a folder is imported, unless the very same file is \
                                filed under them.";
    pub const COMPARE: &str = "Compare";
    pub const NO_COMPARE: &str = "Do not compare";
    pub const FOLDER: &str = "Card or folder";
    pub const CHOOSE: &str = "Choose…";
    pub const TAKE: &str = "Copy the photos";
    pub const TRAY: &str = "Take the photos of the tray";
    pub const TRAY_SUB: &str = "Photos that are in the vault and not filed: after an undo, or when an import was stopped. As far as you had \
         sorted them, you find them as you left them.";
    pub const TAKING: &str = "Copying and reading back";
    pub const MORE: &str = "more were seen";
    pub const FILING: &str = "Filing";
    pub const CANCEL: &str = "Cancel";
    pub const STOPPING: &str = "stopping…";
    pub const EMPTY: &str = "No photos there";
    pub const EMPTY_SUB: &str = "Nothing was filed. Choose the folder that holds the pictures, for example DCIM on a memory card. The tray is \
                                 empty when everything is filed.";
    pub const CLEAR: &str = "The card may be cleared.";
    pub const OF_TRAY: &str = "These photos were in the vault's tray.";
    pub const KEEP: &str = "Do not clear the card yet.";
    pub const WATCH: &str = "Watch this folder";
    pub const WATCH_SUB: &str = "A tethered camera or a phone that copies its photos writes into a folder: watch it, and photos are taken as \
                                 they come. Files and folders can also be dropped onto the window.";
    pub const DAY_FIRST: &str = "A day was typed and not set. Press Enter in its field, then accept the group.";
    pub const GUESS: &str = "Where a view says \"by order\", which photo shows which is a guess.";
    pub const BY_ORDER: &str = "by order";
    pub const UNCONFIRMED: &str = "not confirmed";
    pub const THIS_PHOTO: &str = "This photo";
    pub const WHO: &str = "Who is this?";
    pub const WHO_FIRST: &str = "Say first whose photos these are: type two letters of the name or the code.";
    pub const NOTHING_IN_IT: &str = "Every photo of this group is left out or filed already.";
    pub const NONE_CERTAIN: &str = "No further group is certain. Look at each that is left, and accept it with Enter.";
    pub const NOTHING_ACCEPTED: &str =
        "No group is accepted yet. Accept one with Enter, or all that are certain with A.";
    pub const WAIT: &str = "This group is still being looked at. Press the key again in a moment.";
    pub const ALARMED: &str = "A photo of this group may be another patient's: see the warning above it. Press Enter again to accept the group \
                               all the same, or X to leave the photo out.";
    pub const NO_SPLIT: &str = "A group is cut before a photo that is not its first one: choose that photo.";
    pub const NO_MERGE: &str = "There is no group behind this one.";
    pub const ACCEPTED: &str = "accepted";
    pub const NOTHING_TO_FILE: &str = "nothing to file";
    pub const AIMING: &str = "looking…";
    pub const NOT_CONFIRMED: &str = "not confirmed by earlier photos";
    pub const ACCEPT: &str = "Accept";
    pub const TAKE_BACK: &str = "Take back";
    pub const ACCEPT_ALL: &str = "Accept all certain";
    pub const FILE: &str = "File accepted";
    pub const ANOTHER: &str = "Another card…";
    pub const OTHER: &str = "Another patient";
    pub const OTHER_HINT: &str = "Name or code";
    pub const MISSING: &str = "Still missing";
    pub const COMPLETE: &str = "Every view has a photo.";
    pub const REFUSED: &str = "Not taken, left where they are";
    pub const NO_VIEW: &str = "view ?";
    pub const EMPTY_SLOT: &str = "empty";
    pub const RAW: &str = "RAW";
    pub const UNDO: &str = "Undo the filing";
    pub const UNDONE: &str = "The filing was taken back. The photos are in the vault's tray; nothing is lost.";
    pub const REST: &str = "Go on with the tray or another card";
    pub const DONE: &str = "Done";
}

pub(super) fn view<'a>(screen: &'a Triage, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
    let t = tokens(theme);
    let running = screen.work().and_then(|work| works.of(work));
    let back = button(widget::icon(Icon::ArrowLeft, 16.0)).padding(gap::S).style(style::quiet).on_press(Message::Back);
    let mut head = row![back, widget::title(text::TITLE)].spacing(gap::M).align_y(Alignment::Center);
    if let Some(card) = screen.card() {
        head = head.push(widget::muted(card.sentence()).wrapping(Wrapping::None)).push(space().width(Fill));
        let certain = card.groups.iter().any(|g| !g.accepted && g.is_certain() && g.filed() > 0);
        let accepted = card.groups.iter().any(|g| g.accepted);
        head = head.push(widget::quiet(text::ANOTHER, Some(Message::Again)));
        head =
            head.push(widget::keyed(text::ACCEPT_ALL, "A", certain.then_some(Message::AcceptAll)).style(style::raised));
        head = head.push(widget::primary(text::FILE, accepted.then_some(Message::File)));
    }
    let mut page = column![head].spacing(gap::L);
    if let Some(failure) = &screen.error {
        page = page.push(widget::banner(t.wrong, failure.0.as_str()));
    }
    let watching = works.of(Work::Watch);
    if let (Some(running), false) = (watching, matches!(screen.stage, Stage::Choose)) {
        page = page.push(watching::strip(screen.watched.as_ref(), running, t));
    }
    page = match &screen.stage {
        Stage::Choose => {
            let form = scrollable(choose(screen, watching, t)).style(style::scroll).width(Fill).height(Fill);
            page.push(form)
        }
        Stage::Taking if screen.coming.is_empty() => page.push(working(running, text::TAKING)),
        Stage::Taking => page.push(working(running, text::TAKING)).push(coming(screen)),
        Stage::Sorting(card) if card.groups.is_empty() && card.refused.is_empty() => {
            let again = widget::plain(text::REST, Some(Message::Again)).into();
            page.push(widget::empty(text::EMPTY, text::EMPTY_SUB, Some(again)))
        }
        Stage::Sorting(card) => page.push(sorting(screen, card, t)),
        Stage::Filing(_) => page.push(working(running, text::FILING)),
        Stage::Filed { card, filing, undone } => page.push(filed(card, filing, *undone, t)),
    };
    container(page).padding(gap::XL).width(Fill).height(Fill).into()
}

/// What is to be done next where a card is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextStep {
    Take,
    Tray,
    SortWatched,
}

impl NextStep {
    const fn of(from_tray: bool, watching: bool) -> Self {
        match (watching, from_tray) {
            (true, _) => Self::SortWatched,
            (false, true) => Self::Tray,
            (false, false) => Self::Take,
        }
    }
}

fn choose<'a>(screen: &'a Triage, watching: Option<&'a Running>, t: &Tokens) -> Element<'a, Message> {
    let input = widget::input("/media/card/DCIM", &screen.folder, Message::Folder).id(FOLDER).on_submit(Message::Take);
    let folder = row![input, widget::plain(text::CHOOSE, Some(Message::Choose))].spacing(gap::S);
    let is_named = !screen.folder.trim().is_empty();
    let ready = is_named.then_some(Message::Take);
    let may_watch = is_named && watching.is_none() && screen.watched.is_none();
    let watch = widget::plain(text::WATCH, may_watch.then_some(Message::Watch));
    let under: Element<'_, Message> = match watching {
        Some(running) => watching::card(screen.watched.as_ref(), running, t),
        None => widget::muted(text::WATCH_SUB).into(),
    };
    // One next thing to do: with a folder under watch that is to sort what has come, which its card offers.
    let next = NextStep::of(screen.from_tray, watching.is_some());
    let take = if next == NextStep::Take { widget::primary } else { widget::plain };
    let tray = if next == NextStep::Tray { widget::primary } else { widget::plain };
    let form = column![
        widget::muted(text::CHOOSE_SUB),
        widget::field(text::FOLDER, folder),
        screen.cutting.view(false),
        row![take(text::TAKE, ready), watch].spacing(gap::S),
        under,
        widget::hairline(),
        widget::muted(text::COMPARES),
        comparing(screen),
        widget::hairline(),
        widget::muted(text::TRAY_SUB),
        tray(text::TRAY, Some(Message::Tray))
    ];
    container(form.spacing(gap::L)).max_width(640).into()
}

/// What the clinic decided, and the way to decide otherwise.
fn comparing(screen: &Triage) -> Element<'_, Message> {
    let choice = |label, on: bool| {
        let style = style::toggle(screen.comparing == Some(on));
        button(widget::body(label)).padding([6, 10]).style(style).on_press(Message::Compare(on))
    };
    row![choice(text::COMPARE, true), choice(text::NO_COMPARE, false)].spacing(gap::XS).into()
}

fn working<'a>(running: Option<&'a Running>, stage: &'a str) -> Element<'a, Message> {
    let (done, total) = running.map_or((0, 0), Running::count);
    let stopping = running.is_some_and(Running::is_stopping);
    let left = if stopping { Some(text::STOPPING.to_owned()) } else { running.and_then(Running::outlook) };
    let cancel = widget::plain(text::CANCEL, (running.is_some() && !stopping).then_some(Message::Cancel));
    let stage = running.map_or(stage, |r| r.stage());
    let card = column![widget::progress(stage, done, total, left), cancel].spacing(gap::L);
    container(container(card).padding(gap::XL).width(520).style(style::card)).center_x(Fill).padding([24, 0]).into()
}

/// The photos that were seen so far, each where it stays until all of them are there.
fn coming(screen: &Triage) -> Element<'_, Message> {
    let handles = screen.coming.iter().filter_map(|hash| screen.pictures.get(hash)?.as_ref());
    let cell = |handle| image(handle).content_fit(ContentFit::Contain).width(PEEK.0).height(PEEK.1).into();
    let mut page = column![row(handles.take(COMING).map(cell)).spacing(gap::S).wrap()].spacing(gap::S);
    if let Some(more) = screen.coming.len().checked_sub(COMING).filter(|more| *more > 0) {
        page = page.push(widget::muted(format!("{} {}", counted(more as i64, "photo"), text::MORE)));
    }
    scrollable(container(page).id(COMING_ID)).style(style::scroll).width(Fill).height(Fill).into()
}

fn sorting<'a>(screen: &'a Triage, card: &'a Card, t: &Tokens) -> Element<'a, Message> {
    let cleared = card.may_be_cleared();
    let (color, words) = match cleared {
        // Nothing is known of the card they came from.
        _ if screen.from_tray => (t.muted, text::OF_TRAY),
        true => (t.good, text::CLEAR),
        false => (t.attention, text::KEEP),
    };
    let lost = card.refused.iter().filter(|refused| refused.is_loss()).count();
    let words = match lost {
        n if n > 0 && !cleared && !screen.from_tray => {
            format!("{words} {} could not be taken: see below the groups.", counted(n as i64, "file"))
        }
        _ => words.to_owned(),
    };
    let pill = widget::pill(color, words);
    let mut list = column![pill, screen.cutting.view(screen.is_cut_otherwise())].spacing(gap::M);
    for (at, group) in card.groups.iter().enumerate() {
        list = list.push(group_card(screen, group, at, t));
        if at + 1 < card.groups.len() {
            list = list.push(boundary::view(screen, at, t));
        }
    }
    if !card.refused.is_empty() {
        list = list.push(widget::heading(text::REFUSED));
        for refused in &card.refused {
            let name = import::scan::file_name(&refused.path.0);
            // A long name must not push its reason off the line.
            let name = container(widget::body(name).wrapping(Wrapping::WordOrGlyph)).width(Fill);
            let why = container(widget::muted(refused.reason.words())).width(Fill);
            let inside = row![widget::dot(t.attention), name, why];
            list = list.push(inside.spacing(gap::M).align_y(Alignment::Center));
        }
    }
    let list = scrollable(container(list).padding(iced::Padding { right: gap::L, ..iced::Padding::ZERO }))
        .id(LIST)
        .style(style::scroll)
        .width(Fill)
        .height(Fill);
    let side = container(side(screen, card, t)).width(SIDE);
    boundary::ground(row![list, widget::upright_hairline(), side].spacing(gap::L).height(Fill), screen)
}

fn group_card<'a>(screen: &'a Triage, group: &'a Group, at: usize, t: &Tokens) -> Element<'a, Message> {
    let selected = screen.cursor().group == at;
    let name = group.target.as_ref().map_or_else(|| text::WHO.to_owned(), |target| target.patient.display_name());
    let mut about = Vec::new();
    if let Some(target) = &group.target {
        about.push(target.title.clone());
        about.push(target.label.clone().unwrap_or_else(|| group.visit.kind.words().to_owned()));
    }
    about.push(when(group));
    let (color, state) = state(screen, group, at, t);
    let accept = if group.accepted { text::TAKE_BACK } else { text::ACCEPT };
    let may = group.filed() > 0 && !screen.aiming.contains(&at);
    let head = row![
        container(widget::heading(name).wrapping(Wrapping::WordOrGlyph)).width(Fill),
        widget::pill(color, state),
        widget::quiet(accept, may.then_some(Message::Accept(at)))
    ]
    .spacing(gap::M)
    .align_y(Alignment::Center);
    let head = container(column![head, widget::muted(about.join(" · "))]);
    let mut inside = column![if selected { head.id(GROUP_ID) } else { head }].spacing(gap::M);
    for warning in &group.warnings {
        let words = format!("Photo {} {}: {}", warning.photo + 1, warning.alarm.words(), warning.code.0);
        inside = inside.push(widget::banner(t.wrong, words));
    }
    if let Some(guess) = guess(group) {
        inside = inside.push(widget::muted(guess));
    }
    let photos = (0..group.shots.len()).map(|photo| cell::view(screen, group, Cursor { group: at, photo }, t));
    let slots = group.empty_slots().map(|view| outline::slot(screen, group, at, view, t));
    inside = inside.push(row(photos.chain(slots)).spacing(gap::S).wrap());
    let look = if selected { style::floating } else { style::card };
    container(inside).padding(gap::L).width(Fill).style(look).into()
}

/// What to say of a group whose photos are not as many as the views, where only their order says which shows which.
fn guess(group: &Group) -> Option<String> {
    let target = group.target.as_ref()?;
    let (photos, views) = group.visit.is_guess(&target.views)?;
    let by_order = |photo| matches!(group.footing(photo), Some(Footing::Order | Footing::First));
    let guessed = (0..group.shots.len()).any(by_order);
    guessed
        .then(|| format!("{} for {}. {}", counted(photos as i64, "photo"), counted(views as i64, "view"), text::GUESS))
}

/// "18 May 2026 · 15:02–15:06".
fn when(group: &Group) -> String {
    let times: Vec<_> = group.shots.iter().filter_map(|s| s.found.facts.local_time()).collect();
    let day = short_date(group.visit.date);
    match (times.first(), times.last()) {
        (Some(first), Some(last)) => format!("{day} · {}–{}", first.format("%H:%M"), last.format("%H:%M")),
        _ => day,
    }
}

fn state(screen: &Triage, group: &Group, at: usize, t: &Tokens) -> (iced::Color, String) {
    if screen.aiming.contains(&at) {
        return (t.dim, text::AIMING.to_owned());
    }
    if group.filed() == 0 {
        return (t.dim, text::NOTHING_TO_FILE.to_owned());
    }
    if group.accepted {
        return (t.good, text::ACCEPTED.to_owned());
    }
    let words = group.reason.words();
    match group.belief {
        _ if !group.warnings.is_empty() => (t.wrong, Belief::Likely.words().to_owned()),
        Belief::Certain if group.confirmed() == 0 => (t.good, format!("{words}, {}", text::NOT_CONFIRMED)),
        Belief::Certain => (t.good, words.to_owned()),
        Belief::Likely => (t.attention, format!("{}: {words}", Belief::Likely.words())),
        Belief::Unknown => (t.attention, words.to_owned()),
    }
}

fn side<'a>(screen: &'a Triage, card: &'a Card, t: &Tokens) -> Element<'a, Message> {
    let Some(group) = card.groups.get(screen.cursor().group) else { return space().into() };
    let title = group.target.as_ref().and_then(|target| target.label.clone());
    let title = title.unwrap_or_else(|| group.visit.kind.words().to_owned());
    let mut side = column![widget::heading(title)].spacing(gap::L);
    if let Some(target) = &group.target {
        let whose = format!("{} · {}", target.patient.display_name(), target.patient.code.0);
        side = side.push(widget::muted(whose));
        let missing: Vec<&str> = group.empty_slots().map(|v| v.spec.name.as_str()).collect();
        let words = if missing.is_empty() { text::COMPLETE.to_owned() } else { missing.join(" · ") };
        side = side.push(column![widget::caption(text::MISSING), widget::muted(words)].spacing(gap::XS));
    }
    side = side.push(cell::about(group, screen.cursor().photo, t));
    let busy = screen.aiming.contains(&screen.cursor().group);
    side = side.push(screen.visit.view(group, busy, t));
    let input = widget::input(text::OTHER_HINT, &screen.search, Message::Search).id(SEARCH).on_submit(Message::First);
    side = side.push(widget::field(text::OTHER, input));
    for whose in &screen.found {
        side = side.push(offered(whose));
    }
    let keys = [
        ("Enter", "accept"),
        ("A", "all certain"),
        ("J K", "view"),
        ("X", "leave out"),
        ("S M", "cut, join"),
        ("F", "file"),
    ];
    let mut hints = row![].spacing(gap::S).align_y(Alignment::Center);
    for (key, words) in keys {
        hints = hints.push(widget::key(key)).push(widget::caption(words));
    }
    let accepted = card.groups.iter().filter(|g| g.accepted).count();
    let done = format!("{accepted} of {} accepted", counted(card.groups.len() as i64, "group"));
    let color = if accepted == card.groups.len() { t.good } else { t.dim };
    let side = scrollable(side.width(Fill)).style(style::scroll).height(Fill);
    column![side, widget::pill(color, done), hints.wrap()].spacing(gap::L).height(Fill).into()
}

fn offered(whose: &Whose) -> Element<'_, Message> {
    let inside = column![
        widget::body(whose.patient.display_name()).font(theme::MEDIUM),
        widget::caption(format!("{} · {}", whose.patient.code.0, whose.title))
    ];
    button(inside).width(Fill).style(style::list_row(false)).on_press(Message::Aim(whose.clone())).into()
}

fn filed<'a>(card: &'a Card, filing: &'a Filing, undone: bool, t: &Tokens) -> Element<'a, Message> {
    let outcome = &filing.outcome;
    let waiting: usize = card.groups.iter().filter(|g| !g.accepted).map(Group::filed).sum();
    let good = outcome.refused.is_empty() && outcome.in_tray == 0 && waiting == 0;
    let mut page = column![].spacing(gap::L);
    // What was taken back was not filed: the sentence would say it was.
    if !undone {
        page = page.push(widget::banner(if good { t.good } else { t.attention }, outcome.sentence()));
    }
    if waiting > 0 && !undone {
        let words = format!("{} of groups that were not accepted wait in the tray.", counted(waiting as i64, "photo"));
        page = page.push(widget::muted(words));
    }
    if undone {
        page = page.push(widget::banner(t.attention, text::UNDONE));
    }
    for refused in &outcome.refused {
        let name = import::scan::file_name(&refused.path.0);
        page = page.push(row![widget::body(name), widget::muted(refused.reason.words())].spacing(gap::M));
    }
    let may_undo = !undone && filing.undo.is_some();
    let buttons = row![
        widget::primary(text::DONE, Some(Message::Back)),
        widget::plain(text::REST, Some(Message::Again)),
        widget::with_icon(Icon::Undo2, text::UNDO, may_undo.then_some(Message::Undo)).style(style::raised)
    ];
    container(page.push(buttons.spacing(gap::S))).max_width(760).into()
}
