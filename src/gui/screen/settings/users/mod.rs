//! Who works with the vault. Owners add, disable and change; everybody sees the list.

mod dialog;
mod view;

use std::sync::Arc;

use iced::{Element, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, Outcome, UpkeepJob};
use crate::gui::shortcut::Command;
use crate::vault::{Member, Role, User};
use dialog::Dialog;
pub use dialog::{Message as DialogMessage, Tab};

/// The section.
pub struct Users {
    own: User,
    members: Option<Arc<Vec<Member>>>,
    error: Option<Failure>,
    selected: usize,
    dialog: Option<Dialog>,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// A row was clicked.
    Select(usize),
    /// Change the user of a row.
    Change(usize),
    /// "Add a user…"
    Add,
    /// In the dialog.
    Dialog(dialog::Message),
}

pub(super) mod text {
    pub const TITLE: &str = "Users";
    pub const OWNER_SUB: &str = "Everybody comes in by their own passphrase, so that the audit says who did what.";
    pub const OTHER_SUB: &str = "Owners add, disable and change users.";
    pub const ADD: &str = "Add a user…";
    pub const CHANGE: &str = "Change…";
    pub const YOU: &str = "you";
    pub const DISABLED: &str = "disabled";
    pub const COLUMNS: [&str; 3] = ["Login", "Role", ""];
    pub const LOADING: &str = "Looking…";
    pub const LAST_OWNER: &str = "You are the last owner, and every vault needs one: this account can be neither disabled nor given \
                                  another role. Add another owner first.";
    pub const OWN: &str =
        "Your own account is changed by another owner; your passphrase you change under “Vault and lock”.";
    pub const GONE: &str = "This user was disabled and comes in no more. Add a user under another name instead.";
    pub const NOT_OWNER: &str = "Only an owner changes users.";
}

impl Users {
    pub(super) fn new(own: User) -> Self {
        Self { own, members: None, error: None, selected: 0, dialog: None }
    }

    /// Asks who there is.
    pub(super) fn ask() -> Action {
        Action::Run(Job::Upkeep(UpkeepJob::Users))
    }

    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Select(row) => {
                self.selected = row;
                Action::None
            }
            Message::Change(row) => {
                self.selected = row;
                self.change()
            }
            Message::Add => self.add(),
            Message::Dialog(dialog::Message::Close) => {
                let _closed = self.dialog.take_if(|dialog| !dialog.is_busy());
                Action::None
            }
            Message::Dialog(message) => self.dialog.as_mut().map_or(Action::None, |dialog| dialog.update(message)),
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Option<Action> {
        if let Some(dialog) = &mut self.dialog {
            return Some(match command {
                Command::Back => self.update(Message::Dialog(dialog::Message::Close)),
                command => dialog.command(command),
            });
        }
        let last = self.members.as_ref().map_or(0, |members| members.len().saturating_sub(1));
        match command {
            Command::Up => self.selected = self.selected.saturating_sub(1),
            Command::Down => self.selected = (self.selected + 1).min(last),
            Command::First => self.selected = 0,
            Command::Last => self.selected = last,
            Command::New => return Some(self.add()),
            Command::Accept => return Some(self.change()),
            _ => return None,
        }
        Some(Action::None)
    }

    fn add(&mut self) -> Action {
        if self.own.role != Role::Owner {
            return Action::Toast(text::NOT_OWNER.to_owned());
        }
        let (dialog, focus) = Dialog::add();
        self.dialog = Some(dialog);
        focus
    }

    /// Opens the dialog of the selected user, or says why there is none.
    fn change(&mut self) -> Action {
        let Some(member) = self.members.as_ref().and_then(|members| members.get(self.selected)).cloned() else {
            return Action::None;
        };
        if let Some(why) = self.obstacle(&member) {
            return Action::Toast(why.to_owned());
        }
        self.dialog = Some(Dialog::change(member));
        Action::None
    }

    /// Why this user is not changed here.
    pub(super) fn obstacle(&self, member: &Member) -> Option<&'static str> {
        match self.own.role {
            Role::Owner if member.disabled => Some(text::GONE),
            Role::Owner if member.id == self.own.id => Some(self.own_account()),
            Role::Owner => None,
            _ => Some(text::NOT_OWNER),
        }
    }

    /// Why the own account is not changed by oneself.
    fn own_account(&self) -> &'static str {
        let is_other_owner = |m: &&Member| m.role == Role::Owner && !m.disabled && m.id != self.own.id;
        let other = self.members.iter().flat_map(|members| members.iter()).find(is_other_owner);
        if other.is_some() { text::OWN } else { text::LAST_OWNER }
    }

    /// The list came.
    pub(super) fn take(&mut self, outcome: Outcome<Arc<Vec<Member>>>) {
        match outcome {
            Ok(members) => {
                self.selected = self.selected.min(members.len().saturating_sub(1));
                self.members = Some(members);
                self.error = None;
            }
            Err(failure) => self.error = Some(failure),
        }
    }

    /// A change was made, or refused.
    pub(super) fn changed(&mut self, outcome: Outcome<String>) -> Action {
        match (outcome, &mut self.dialog) {
            (Ok(sentence), _) => {
                self.dialog = None;
                // Whoever was disabled may have known the recovery code.
                Action::all([Action::Run(Job::CodeUsed), Self::ask(), Action::Toast(sentence)])
            }
            (Err(failure), Some(dialog)) => {
                dialog.fail(failure);
                Action::None
            }
            (Err(failure), None) => Action::Toast(failure.0),
        }
    }

    pub(super) fn view<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        view::view(self, theme)
    }

    pub(super) fn has_dialog(&self) -> bool {
        self.dialog.is_some()
    }

    pub(super) fn dialog<'a>(&'a self, theme: &Theme) -> Option<Element<'a, Message>> {
        self.dialog.as_ref().map(|dialog| dialog.view(theme).map(Message::Dialog))
    }
}
