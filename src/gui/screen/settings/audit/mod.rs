//! Who did what, newest first. Only the rows that can be seen exist.

mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::scrollable::Viewport;
use iced::{Element, Theme};

use super::AUDIT_PAGE;
use crate::gui::action::Action;
use crate::gui::job::{Asked, AuditEntry, Failure, Job, NotSaved, Outcome, Ticket, UpkeepJob};
use crate::gui::screen::save::{Placing, SavePlace};
use crate::gui::shortcut::Command;
use crate::model::UserId;
use crate::model::text::counted;
use crate::vault::{AuditFilter, AuditKind, AuditReport, Member};

/// Height of a row, fixed so that any of them can be found by arithmetic.
pub const ROW: f32 = 34.0;
/// Name of the list, for scrolling.
pub const LIST: &str = "audit-list";
/// Id of the field for the path of the table.
const PATH: &str = "audit-path";
/// What the table is called unless somebody says otherwise.
const SUGGESTED: (Asked, &str) = (Asked::Audit, "diptych-audit.csv");

/// The section.
pub struct Audit {
    filter: AuditFilter,
    generation: u64,
    total: Option<u32>,
    pages: BTreeMap<u32, Vec<AuditEntry>>,
    asked: BTreeSet<u32>,
    top: f32,
    height: f32,
    members: Option<Arc<Vec<Member>>>,
    error: Option<Failure>,
    checking: bool,
    report: Option<Outcome<Arc<AuditReport>>>,
    export: Option<SavePlace>,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// The list was scrolled.
    Scrolled(Viewport),
    /// Only what this user did, or everybody.
    By(Who),
    /// Only this kind, or everything.
    Kind(What),
    /// Walk the chain.
    Check,
    /// "Export…"
    Export,
    /// In the dialog of the export.
    Placing(Placing),
    /// Close that dialog.
    Close,
}

/// A user in the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who(pub Option<(UserId, String)>);

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_ref().map_or(text::EVERYBODY, |(_, login)| login))
    }
}

/// A kind in the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct What(pub Option<AuditKind>);

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.map_or(text::EVERYTHING, AuditKind::words))
    }
}

pub(super) mod text {
    pub const TITLE: &str = "Audit";
    pub const EVERYBODY: &str = "Everybody";
    pub const EVERYTHING: &str = "Everything";
    pub const CHECK: &str = "Check the chain";
    pub const CHECKING: &str = "Checking…";
    pub const CHECK_KEY: &str = "C";
    pub const EXPORT: &str = "Export as CSV…";
    pub const EXPORT_KEY: &str = "E";
    pub const EXPORT_TITLE: &str = "Export the audit";
    pub const EXPORT_SUB: &str = "The rows of the filter as a table for a spreadsheet: login names, row numbers and field names. No \
                                  patient's code or name leaves. The export itself is audited.";
    pub const HINT: &str = "/path/to/diptych-audit.csv";
    pub const SAVE: &str = "Export";
    pub const CANCEL: &str = "Cancel";
    pub const NOTHING: &str = "Nothing was found";
    pub const NOTHING_SUB: &str = "Nobody did this, as far as the audit goes back. Choose another user or kind.";
    pub const COLUMNS: [&str; 5] = ["When", "Who", "What", "Details", "Patient"];
}

impl Audit {
    pub(super) fn new() -> Self {
        Self {
            filter: AuditFilter::default(),
            generation: 0,
            total: None,
            pages: BTreeMap::new(),
            asked: BTreeSet::new(),
            top: 0.0,
            height: 900.0,
            members: None,
            error: None,
            checking: false,
            report: None,
            export: None,
        }
    }

    /// Asks for everything again, because something changed.
    pub(super) fn refresh(&mut self) -> Action {
        self.generation += 1;
        self.asked.clear();
        self.ask_visible()
    }

    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Scrolled(viewport) => {
                self.top = viewport.absolute_offset().y;
                self.height = viewport.bounds().height;
                self.ask_visible()
            }
            Message::By(Who(user)) => {
                self.filter.user = user.map(|(id, _)| id);
                self.restart()
            }
            Message::Kind(What(kind)) => {
                self.filter.kind = kind;
                self.restart()
            }
            Message::Check => self.check(),
            Message::Export => {
                self.export = Some(SavePlace::default());
                Action::Focus(PATH)
            }
            Message::Placing(message) => {
                let job = self.job();
                self.export.as_mut().map_or(Action::None, |place| place.update(message, SUGGESTED, job))
            }
            Message::Close => self.close(),
        }
    }

    fn close(&mut self) -> Action {
        let _closed = self.export.take_if(|place| !place.is_busy());
        Action::None
    }

    fn check(&mut self) -> Action {
        if self.checking {
            return Action::None;
        }
        self.checking = true;
        self.report = None;
        Action::Run(Job::Upkeep(UpkeepJob::CheckAudit))
    }

    fn restart(&mut self) -> Action {
        self.top = 0.0;
        let ask = self.refresh();
        Action::all([ask, Action::Scroll { id: LIST, x: 0.0, y: 0.0 }])
    }

    pub(super) fn command(&mut self, command: Command) -> Option<Action> {
        if self.export.is_some() {
            return (command == Command::Back).then(|| self.close());
        }
        let page = (self.height - ROW).max(ROW);
        match command {
            Command::Up => Some(self.scroll(self.top - ROW)),
            Command::Down => Some(self.scroll(self.top + ROW)),
            Command::PageUp => Some(self.scroll(self.top - page)),
            Command::PageDown => Some(self.scroll(self.top + page)),
            Command::First => Some(self.scroll(0.0)),
            Command::Last => Some(self.scroll(f32::MAX)),
            Command::Check => Some(self.check()),
            Command::Export => Some(self.update(Message::Export)),
            _ => None,
        }
    }

    fn scroll(&mut self, to: f32) -> Action {
        let end = (self.total.unwrap_or(0) as f32 * ROW - self.height).max(0.0);
        self.top = to.clamp(0.0, end);
        let ask = self.ask_visible();
        Action::all([Action::Scroll { id: LIST, x: 0.0, y: self.top }, ask])
    }

    /// Who there is, for the filter.
    pub(super) fn know(&mut self, members: Arc<Vec<Member>>) {
        self.members = Some(members);
    }

    /// A page came.
    pub(super) fn take(&mut self, ticket: Ticket, page: u32, outcome: Outcome<(u32, Vec<AuditEntry>)>) -> Action {
        if ticket.generation != self.generation {
            return Action::None;
        }
        match outcome {
            Ok((total, rows)) => {
                // The first answer of a new question replaces what still stood there from the old one.
                if self.asked.len() == 1 || self.total != Some(total) {
                    self.pages.clear();
                }
                self.error = None;
                self.total = Some(total);
                let _ = self.pages.insert(page, rows);
                self.ask_visible()
            }
            Err(failure) => {
                self.error = Some(failure);
                Action::None
            }
        }
    }

    /// The chain was walked.
    pub(super) fn checked(&mut self, outcome: Outcome<Arc<AuditReport>>) {
        self.checking = false;
        self.report = Some(outcome);
    }

    /// The desktop gave a path.
    pub(super) fn pick(&mut self, path: PathBuf) -> Action {
        let job = self.job();
        self.export.as_mut().map_or(Action::None, |place| place.pick(path, job))
    }

    /// The table was written, or not.
    pub(super) fn exported(&mut self, path: &std::path::Path, outcome: Result<usize, NotSaved>) -> Action {
        match (outcome, &mut self.export) {
            (Ok(rows), _) => {
                self.export = None;
                let said = format!("{} of the audit exported to {}.", counted(rows as i64, "row"), path.display());
                let refresh = self.refresh();
                Action::all([Action::Toast(said), refresh])
            }
            (Err(problem), Some(place)) => {
                place.done(Some(problem));
                Action::None
            }
            (Err(NotSaved::Failed(failure)), None) => Action::Toast(failure.0),
            (Err(NotSaved::Exists), None) => Action::None,
        }
    }

    fn job(&self) -> impl FnOnce(PathBuf, bool) -> Job + use<> {
        let filter = self.filter;
        move |path, replace| Job::Upkeep(UpkeepJob::ExportAudit { filter, path, replace })
    }

    fn ask(&mut self, page: u32) -> Action {
        if !self.asked.insert(page) {
            return Action::None;
        }
        let ticket = Ticket { id: 0, generation: self.generation };
        Action::Run(Job::Upkeep(UpkeepJob::Audit { ticket, filter: self.filter, page }))
    }

    fn ask_visible(&mut self) -> Action {
        let (first, last) = self.visible();
        let pages = first / AUDIT_PAGE..=last / AUDIT_PAGE;
        Action::Many(pages.map(|page| self.ask(page)).collect())
    }

    /// First and last row that can be seen.
    fn visible(&self) -> (u32, u32) {
        let first = (self.top / ROW).floor().max(0.0) as u32;
        let count = (self.height / ROW).ceil() as u32 + 1;
        let last = self.total.unwrap_or(0).saturating_sub(1);
        (first.min(last), (first + count).min(last))
    }

    fn row(&self, index: u32) -> Option<&AuditEntry> {
        self.pages.get(&(index / AUDIT_PAGE))?.get((index % AUDIT_PAGE) as usize)
    }

    pub(super) fn view<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        view::view(self, theme)
    }

    pub(super) fn has_dialog(&self) -> bool {
        self.export.is_some()
    }

    pub(super) fn dialog<'a>(&'a self, theme: &Theme) -> Option<Element<'a, Message>> {
        self.export.as_ref().map(|place| view::export(place, theme))
    }
}
