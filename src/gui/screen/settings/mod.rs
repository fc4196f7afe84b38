//! Settings: look, the vault and its lock, users, backup and verification, the audit. A section a file.

pub mod audit;
pub mod backup;
pub mod keys;
pub mod look;
pub mod repair;
pub mod users;
pub mod verify;

use chrono::NaiveDate;
use iced::widget::{button, column, container, row, scrollable, space};
use iced::{Alignment, Element, Fill, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Job, UpkeepAnswer, UpkeepJob};
use crate::gui::shortcut::Command;
use crate::gui::theme::{Choice, space as gap, style};
use crate::gui::widget;
use crate::gui::works::{Running, Works};
use crate::vault::User;

/// Rows of the audit asked for at once.
pub const AUDIT_PAGE: u32 = 100;
/// Width of the list of sections.
const SECTIONS: f32 = 228.0;
/// Widest page of a section; the audit takes all there is.
const WIDEST: f32 = 820.0;

/// What a person may set. Nothing in it is about patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// Dark, light, or as the desktop says.
    pub theme: Choice,
    /// 80–200, percent.
    pub text_percent: u16,
    /// Minutes without a touch after which the window locks, 1–60.
    pub lock_minutes: u16,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { theme: Choice::Auto, text_percent: 100, lock_minutes: 10 }
    }
}

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Theme and text size.
    Look,
    /// The folder, the automatic lock, passphrase and recovery code.
    Keys,
    /// Who works with the vault.
    Users,
    /// Backup and verification.
    Upkeep,
    /// Who did what.
    Audit,
}

impl Section {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Look, Self::Keys, Self::Users, Self::Upkeep, Self::Audit];

    /// Its name.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Look => "Look",
            Self::Keys => "Vault and lock",
            Self::Users => "Users",
            Self::Upkeep => "Backup and verification",
            Self::Audit => "Audit",
        }
    }
}

/// The screen.
pub struct Settings {
    section: Section,
    preferences: Preferences,
    look: look::Look,
    keys: keys::Keys,
    users: users::Users,
    backup: backup::Backup,
    verify: verify::Verify,
    repair: repair::Repair,
    audit: audit::Audit,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// A section was chosen.
    Section(Section),
    /// In the look.
    Look(look::Message),
    /// In vault and lock.
    Keys(keys::Message),
    /// In the users.
    Users(users::Message),
    /// In the backup.
    Backup(backup::Message),
    /// In the verification.
    Verify(verify::Message),
    /// In the repair.
    Repair(repair::Message),
    /// In the audit.
    Audit(audit::Message),
}

mod text {
    pub const TITLE: &str = "Settings";
    pub const STOPPING: &str = "stopping…";
    pub const CANCEL: &str = "Cancel";
    pub const KEYS: [&str; 5] = ["1", "2", "3", "4", "5"];
}

impl Settings {
    /// The screen for the settings as they are, the vault's folder and who is there.
    #[must_use]
    pub fn new(preferences: Preferences, vault: String, user: User) -> Self {
        Self {
            section: Section::Look,
            preferences,
            look: look::Look::new(preferences),
            keys: keys::Keys::new(vault, user.role),
            backup: backup::Backup::new(user.role),
            repair: repair::Repair::new(user.role),
            users: users::Users::new(user),
            verify: verify::Verify::new(),
            audit: audit::Audit::new(),
        }
    }

    /// The section in front.
    #[must_use]
    pub fn section(&self) -> Section {
        self.section
    }

    /// Somebody comes to the screen, or to one of its sections: what it shows is asked for again.
    pub fn enter(&mut self, section: Section) -> Action {
        self.section = section;
        match section {
            Section::Look | Section::Keys => Action::None,
            Section::Users => users::Users::ask(),
            Section::Upkeep => Action::Run(Job::Upkeep(UpkeepJob::Kept)),
            Section::Audit => Action::all([users::Users::ask(), self.audit.refresh()]),
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Section(section) => self.enter(section),
            Message::Look(message) => self.look.update(message, &mut self.preferences),
            Message::Keys(message) => self.keys.update(message, &mut self.preferences),
            Message::Users(message) => self.users.update(message),
            Message::Backup(message) => self.backup.update(message),
            Message::Verify(message) => self.verify.update(message),
            Message::Repair(message) => self.repair.update(message),
            Message::Audit(message) => self.audit.update(message),
        }
    }

    /// Takes a key; none when it means nothing here.
    pub fn command(&mut self, command: Command) -> Option<Action> {
        let own = match self.section {
            Section::Keys if command == Command::Back => self.keys.back(),
            Section::Look | Section::Keys => None,
            Section::Users => self.users.command(command),
            Section::Upkeep => match command {
                Command::BackUp => Some(self.backup.update(backup::Message::BackUp)),
                Command::Verify => Some(self.verify.update(verify::Message::Verify)),
                _ => None,
            },
            Section::Audit => self.audit.command(command),
        };
        match (own, command) {
            (None, Command::Section(number)) if !self.has_dialog() => {
                Section::ALL.get(number).map(|section| self.enter(*section))
            }
            (own, _) => own,
        }
    }

    /// Whether a recovery code stands there that nobody has written down.
    #[must_use]
    pub fn shows_code(&self) -> bool {
        self.keys.shows_code()
    }

    fn has_dialog(&self) -> bool {
        match self.section {
            Section::Look | Section::Upkeep => false,
            Section::Keys => self.keys.has_dialog(),
            Section::Users => self.users.has_dialog(),
            Section::Audit => self.audit.has_dialog(),
        }
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Upkeep(UpkeepAnswer::SheetSaved(..) | UpkeepAnswer::SheetRemoved(_)) => self.keys.receive(answer),
            Answer::Upkeep(answer) => self.take(answer),
            Answer::Picked(Asked::Backup, Some(path)) => self.backup.pick(&path),
            Answer::Picked(Asked::Repair, Some(path)) => {
                self.repair.pick(&path);
                Action::None
            }
            Answer::Picked(Asked::Audit, Some(path)) => self.audit.pick(path),
            other => self.keys.receive(other),
        }
    }

    fn take(&mut self, answer: UpkeepAnswer) -> Action {
        match answer {
            UpkeepAnswer::Users(outcome) => {
                if let Ok(members) = &outcome {
                    self.audit.know(members.clone());
                }
                self.users.take(outcome);
                Action::None
            }
            UpkeepAnswer::UserChanged(outcome) => self.users.changed(outcome),
            UpkeepAnswer::Kept(Ok(kept)) => {
                self.verify.take(kept.clone());
                self.repair.take(&kept);
                self.backup.take(kept)
            }
            UpkeepAnswer::Kept(Err(failure)) => Action::Toast(failure.0),
            UpkeepAnswer::Generations(place, outcome) => {
                self.backup.list(&place, outcome);
                Action::None
            }
            UpkeepAnswer::BackedUp(outcome) => {
                let look = self.backup.done(outcome);
                Action::all([Action::Run(Job::Upkeep(UpkeepJob::Kept)), look])
            }
            UpkeepAnswer::Verified(outcome) => {
                self.repair.know(&outcome);
                self.verify.done(outcome);
                Action::Run(Job::Upkeep(UpkeepJob::Kept))
            }
            UpkeepAnswer::Repaired(outcome) => {
                // What was found before is not so any more.
                self.verify.forget();
                self.repair.done(outcome);
                Action::Run(Job::Upkeep(UpkeepJob::Kept))
            }
            UpkeepAnswer::Audit(ticket, page, outcome) => self.audit.take(ticket, page, outcome),
            UpkeepAnswer::AuditChecked(outcome) => {
                self.audit.checked(outcome);
                Action::None
            }
            UpkeepAnswer::AuditExported(path, outcome) => self.audit.exported(&path, outcome),
            UpkeepAnswer::SheetSaved(..) | UpkeepAnswer::SheetRemoved(_) => Action::None,
        }
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme, today: NaiveDate, works: &'a Works) -> Element<'a, Message> {
        let page = match self.section {
            Section::Look => scrolled(self.look.view(self.preferences).map(Message::Look)),
            Section::Keys => scrolled(self.keys.view(self.preferences).map(Message::Keys)),
            Section::Users => scrolled(self.users.view(theme).map(Message::Users)),
            Section::Upkeep => {
                let backup = self.backup.view(theme, today, works).map(Message::Backup);
                let verify = self.verify.view(theme, works).map(Message::Verify);
                let repair = self.repair.view(theme, works).map(|part| part.map(Message::Repair));
                scrolled(column![backup, widget::hairline(), verify].push(repair).spacing(gap::XL).into())
            }
            Section::Audit => container(self.audit.view(theme).map(Message::Audit)).padding(gap::XL).into(),
        };
        let page = row![self.sections(), widget::upright_hairline(), page];
        widget::over(page, self.dialog(theme), None)
    }

    fn dialog<'a>(&'a self, theme: &Theme) -> Option<Element<'a, Message>> {
        match self.section {
            Section::Look | Section::Upkeep => None,
            Section::Keys => self.keys.dialog(theme).map(|dialog| dialog.map(Message::Keys)),
            Section::Users => self.users.dialog(theme).map(|dialog| dialog.map(Message::Users)),
            Section::Audit => self.audit.dialog(theme).map(|dialog| dialog.map(Message::Audit)),
        }
    }

    fn sections(&self) -> Element<'_, Message> {
        let entries = Section::ALL.into_iter().zip(text::KEYS).map(|(section, key)| {
            let inside = row![widget::body(section.words()), space().width(Fill), widget::key(key)];
            button(inside.spacing(gap::S).align_y(Alignment::Center))
                .padding([8.0, gap::M])
                .width(Fill)
                .style(style::choice(section == self.section))
                .on_press(Message::Section(section))
                .into()
        });
        let title = container(widget::title(text::TITLE)).padding([0.0, gap::M]);
        let list = column![title, space().height(gap::S)].extend(entries).spacing(gap::XS);
        container(list).padding([gap::XL, gap::M]).width(SECTIONS).height(Fill).into()
    }
}

/// A page that scrolls where the window is lower than it.
fn scrolled(page: Element<'_, Message>) -> Element<'_, Message> {
    let page = container(container(page).max_width(WIDEST)).padding(gap::XL).width(Fill);
    scrollable(page).style(style::scroll).width(Fill).height(Fill).into()
}

/// A named part of a page, with its explanation.
fn part<'a, M: 'a>(name: &'a str, explanation: &'a str, content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    let explained = (!explanation.is_empty()).then(|| widget::muted(explanation));
    column![widget::heading(name)]
        .push(explained)
        .push(space().height(gap::XS))
        .push(content.into())
        .spacing(gap::XS)
        .into()
}

/// Long work of a section, with its cancel.
fn running_part<M: Clone + 'static>(running: &Running, cancel: M) -> Element<'_, M> {
    let (done, total) = running.count();
    let left = if running.is_stopping() { Some(text::STOPPING.to_owned()) } else { running.time_left() };
    let cancel = widget::plain(text::CANCEL, (!running.is_stopping()).then_some(cancel));
    let progress = widget::progress_of(running.stage(), running.work.count(done, total), (done, total), left);
    column![progress, cancel].spacing(gap::M).into()
}
