//! Backups: where they go, making one, and which lie there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use iced::widget::{column, container, row, space};
use iced::{Alignment, Element, Fill, FillPortion, Theme};

use super::{part, running_part};
use crate::backup::{Generation, Listing};
use crate::gui::action::Action;
use crate::gui::job::{Asked, Failure, Job, Kept, Outcome, Result as Upkept, UpkeepJob, Work};
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::works::Works;
use crate::model::text::{counted, grouped, short_date};
use crate::vault::{LastBackup, Op, Role, may};

/// Name of the field of the folder, for focus.
pub(super) const PLACE: &str = "backup-place";
/// Shares of the columns of the list after the number.
const SHARES: [u16; 4] = [6, 6, 5, 4];

/// The part of the section.
pub struct Backup {
    may: bool,
    place: String,
    /// Whether the folder was edited, so that what the vault remembers does not take its place.
    edited: bool,
    kept: Option<Arc<Kept>>,
    listing: Option<Outcome<Option<Arc<Listing>>>>,
    busy: bool,
    outcome: Option<Outcome<Arc<Upkept>>>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// The folder was edited.
    Place(String),
    /// Ask the desktop for a folder.
    Choose,
    /// Back up now.
    BackUp,
    /// Stop.
    Cancel,
}

mod text {
    pub const TITLE: &str = "Backup";
    pub const SUB: &str = "A copy on another disk, encrypted like the vault: the passphrase or the recovery code restores it on any \
                           computer. It is made while you work.";
    pub const PLACE: &str = "Folder on another disk";
    pub const HINT: &str = "/path/to/disk/clinic-backup";
    pub const CHOOSE: &str = "Choose…";
    pub const NOW: &str = "Back up now";
    pub const OLD: &str = "Everything since then exists once only. Back up at least every week.";
    pub const NEVER: &str = "Everything exists once only. Choose a folder on another disk.";
    pub const THERE: &str = "In this folder";
    pub const NONE: &str = "No backup lies there yet.";
    pub const VIEWER: &str = "Your role looks and changes nothing: somebody else backs up.";
    pub const UNREADABLE: &str = "cannot be read";
}

impl Backup {
    pub(super) fn new(role: Role) -> Self {
        Self {
            may: may(role, Op::BackUp),
            place: String::new(),
            edited: false,
            kept: None,
            listing: None,
            busy: false,
            outcome: None,
        }
    }

    /// The vault said what it remembers.
    pub(super) fn take(&mut self, kept: Arc<Kept>) -> Action {
        let remembered = kept.place.clone().unwrap_or_default();
        self.kept = Some(kept);
        if self.edited {
            return Action::None;
        }
        self.place = remembered;
        self.look()
    }

    /// Asks what lies in the folder.
    fn look(&self) -> Action {
        let place = self.place.trim();
        if place.is_empty() {
            return Action::None;
        }
        Action::Run(Job::Upkeep(UpkeepJob::Generations(PathBuf::from(place))))
    }

    /// What lies there; an answer for another folder than the one in the field is dropped.
    pub(super) fn list(&mut self, place: &Path, outcome: Outcome<Option<Arc<Listing>>>) {
        if place == Path::new(self.place.trim()) {
            self.listing = Some(outcome);
        }
    }

    /// The desktop gave a folder.
    pub(super) fn pick(&mut self, path: &Path) -> Action {
        self.type_place(path.to_string_lossy().into_owned());
        self.look()
    }

    fn type_place(&mut self, place: String) {
        self.place = place;
        self.edited = true;
        self.listing = None;
        self.outcome = None;
    }

    /// A backup was made, or not.
    pub(super) fn done(&mut self, outcome: Outcome<Arc<Upkept>>) -> Action {
        self.busy = false;
        self.edited &= outcome.is_err();
        self.outcome = Some(outcome);
        self.look()
    }

    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Place(place) => {
                self.type_place(place);
                self.look()
            }
            Message::Choose => Action::Run(Job::PickFolder(Asked::Backup)),
            Message::BackUp => self.begin(),
            Message::Cancel => Action::Cancel(Work::BackUp),
        }
    }

    fn begin(&mut self) -> Action {
        if !self.may {
            return Action::Toast(text::VIEWER.to_owned());
        }
        if self.busy {
            return Action::None;
        }
        if self.place.trim().is_empty() {
            return Action::Focus(PLACE);
        }
        self.busy = true;
        self.outcome = None;
        Action::Run(Job::Upkeep(UpkeepJob::BackUp(PathBuf::from(self.place.trim()))))
    }

    pub(super) fn view<'a>(&'a self, theme: &Theme, today: NaiveDate, works: &'a Works) -> Element<'a, Message> {
        let t = tokens(theme);
        let mut inside = column![].spacing(gap::M);
        if let Some(kept) = &self.kept {
            inside = inside.push(last(kept.backup.as_ref(), today, t));
        }
        // Also one that was begun before the screens were locked.
        inside = match works.of(Work::BackUp) {
            Some(running) => inside.push(running_part(running, Message::Cancel)),
            None => inside.push(self.form()),
        };
        inside = match &self.outcome {
            Some(Ok(result)) => {
                let color = if result.is_clean { t.good } else { t.attention };
                inside.push(widget::banner(color, result.sentence.as_str()))
            }
            Some(Err(Failure(sentence))) => inside.push(widget::banner(t.wrong, sentence.as_str())),
            None => inside,
        };
        inside = match &self.listing {
            Some(Ok(Some(listing))) => inside.push(list(listing, t)),
            Some(Ok(None)) => inside.push(widget::muted(text::NONE)),
            // A failure to back up says the same, and more of it.
            Some(Err(Failure(sentence))) if !matches!(self.outcome, Some(Err(_))) => {
                inside.push(widget::banner(t.attention, sentence.as_str()))
            }
            _ => inside,
        };
        part(text::TITLE, text::SUB, inside)
    }

    fn form(&self) -> Element<'_, Message> {
        if !self.may {
            return widget::muted(text::VIEWER).into();
        }
        let input = widget::input(text::HINT, &self.place, Message::Place).id(PLACE).on_submit(Message::BackUp);
        let ready = !self.busy && !self.place.trim().is_empty();
        let now = widget::primary(text::NOW, ready.then_some(Message::BackUp));
        let fields = row![input, widget::plain(text::CHOOSE, Some(Message::Choose)), now].spacing(gap::S);
        widget::field(text::PLACE, fields.align_y(Alignment::Center))
    }
}

/// When the last one was made, and the reminder.
fn last<'a>(last: Option<&LastBackup>, today: NaiveDate, t: &Tokens) -> Element<'a, Message> {
    let is_due = LastBackup::is_due(last, today);
    let sentence = LastBackup::sentence(last, today);
    let detail = match (last, is_due) {
        (None, _) => text::NEVER.to_owned(),
        (Some(_), true) => text::OLD.to_owned(),
        (Some(last), false) => {
            let originals = counted_grouped(last.originals, "original");
            format!("{}, {originals}, read back.", short_date(last.day))
        }
    };
    let head = widget::body(sentence).font(theme::MEDIUM);
    let words = column![head, widget::muted(detail)].spacing(2);
    row![widget::dot(if is_due { t.attention } else { t.good }), words]
        .spacing(gap::M)
        .align_y(Alignment::Center)
        .into()
}

fn counted_grouped(n: u64, one: &str) -> String {
    if n == 1 { counted(1, one) } else { format!("{} {one}s", grouped(n)) }
}

fn list<'a>(listing: &'a Listing, t: &Tokens) -> Element<'a, Message> {
    let rows = listing.generations.iter().map(|generation| line(generation, t));
    let unreadable = listing.unreadable.iter().map(|number| {
        let number = widget::body(format!("Backup {number}")).width(Fill);
        let why = widget::body(text::UNREADABLE).style(style::wrong);
        container(row![widget::dot(t.wrong), number, why].spacing(gap::M).align_y(Alignment::Center))
            .padding([6.0, gap::M])
            .into()
    });
    let head = widget::words(text::THERE, theme::size::LABEL).style(style::muted);
    column![space().height(gap::XS), head].extend(rows).extend(unreadable).spacing(2).into()
}

fn line<'a>(generation: &'a Generation, t: &Tokens) -> Element<'a, Message> {
    let damaged = generation.damaged > 0;
    let cells = [
        short_date(generation.day),
        counted_grouped(generation.originals, "original"),
        counted_grouped(generation.patients, "patient"),
        format!("{} MB", grouped(generation.length.div_ceil(1_000_000))),
    ];
    let cells = cells.into_iter().zip(SHARES).map(|(cell, share)| widget::muted(cell).width(FillPortion(share)).into());
    let mut name = format!("Backup {}", generation.number);
    if damaged {
        name = format!("{name}, {} damaged in the vault", grouped(generation.damaged));
    }
    let dot = widget::dot(if damaged { t.attention } else { t.good });
    let inside =
        row![dot, widget::body(name).width(FillPortion(5))].extend(cells).spacing(gap::M).align_y(Alignment::Center);
    container(inside).padding([6.0, gap::M]).into()
}
