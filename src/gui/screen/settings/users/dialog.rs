//! The dialog that adds a user, or changes one: role, passphrase, or keeping them out.

use iced::widget::{button, column, container, row, space};
use iced::{Element, Fill, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, UpkeepJob, UserChange};
use crate::gui::screen::secret::{NewPassphrase, Typed};
use crate::gui::shortcut::Command;
use crate::gui::theme::{self, space as gap, style, tokens};
use crate::gui::widget;
use crate::vault::{Member, Role};

/// Name of the field of the login, for focus.
const LOGIN: &str = "user-login";
/// Name of the field of the new passphrase.
const NEW: &str = "user-passphrase";

/// The dialog.
pub(super) struct Dialog {
    /// Whom it changes; none while it adds somebody.
    member: Option<Member>,
    tab: Tab,
    login: String,
    role: Role,
    new: NewPassphrase,
    busy: bool,
    error: Option<String>,
}

/// What is changed of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What they may do.
    Role,
    /// What they come in by.
    Passphrase,
    /// Whether they come in.
    Disable,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// The login was edited.
    Login(String),
    /// A role was chosen.
    Role(Role),
    /// The passphrase was edited.
    New(Typed),
    /// Another part of the user.
    Tab(Tab),
    /// Do it.
    Save,
    /// Close without doing anything.
    Close,
}

mod text {
    pub const ADD: &str = "Add a user";
    pub const LOGIN: &str = "Login";
    pub const LOGIN_SUB: &str = "Stands in clear in the vault's key file. Nobody gets a name that somebody had before.";
    pub const ROLE: &str = "Role";
    pub const FIRST: &str = "A first passphrase: tell them, and they change it under “Vault and lock”.";
    pub const RESET: &str = "They forgot theirs: give them this one, and they change it. The old one opens this vault no more; \
                             copies of the vault's files from before it still opens.";
    pub const DISABLE: &str = "They come in no more, from now on: the records move under a new key, which takes a moment. This cannot be \
                               taken back. Copies and backups from before their passphrase still opens.";
    pub const TABS: [(super::Tab, &str); 3] =
        [(super::Tab::Role, "Role"), (super::Tab::Passphrase, "Passphrase"), (super::Tab::Disable, "Disable")];
    pub const DO_ADD: &str = "Add the user";
    pub const DO_ROLE: &str = "Change the role";
    pub const DO_RESET: &str = "Give the new passphrase";
    pub const DO_DISABLE: &str = "Disable the user";
    pub const BUSY: &str = "Working…";
    pub const CANCEL: &str = "Cancel";
    pub const NO_LOGIN: &str = "A user needs a login name. A first name or initials will do.";
    pub const SAME: &str = "This is their role already. Choose another one.";

    /// What a role may do, in a line.
    pub const fn may(role: crate::vault::Role) -> &'static str {
        match role {
            crate::vault::Role::Owner => "Everything, users and keys included.",
            crate::vault::Role::Clinician => "Everything but users and keys.",
            crate::vault::Role::Assistant => "Files and edits, but publishes nothing.",
            crate::vault::Role::Viewer => "Looks, and changes nothing.",
        }
    }
}

impl Dialog {
    /// For somebody new.
    pub(super) fn add() -> (Self, Action) {
        (Self::of(None, Role::Assistant), Action::Focus(LOGIN))
    }

    /// For somebody who is there.
    pub(super) fn change(member: Member) -> Self {
        let role = member.role;
        Self::of(Some(member), role)
    }

    fn of(member: Option<Member>, role: Role) -> Self {
        let (login, new) = (String::new(), NewPassphrase::default());
        Self { member, tab: Tab::Role, login, role, new, busy: false, error: None }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.busy = false;
        self.error = Some(failure.0);
    }

    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            _ if self.busy => {}
            Message::Login(login) => self.login = login,
            Message::Role(role) => self.role = role,
            Message::New(typed) => self.new.update(typed),
            Message::Tab(tab) => {
                self.tab = tab;
                self.error = None;
                if tab == Tab::Passphrase {
                    return Action::Focus(NEW);
                }
            }
            Message::Save => return self.save(),
            Message::Close => {}
        }
        Action::None
    }

    /// Keys: left and right to the other parts, up and down through the roles, Enter does it.
    pub(super) fn command(&mut self, command: Command) -> Action {
        let step = |by: isize, at: usize, count: usize| at.saturating_add_signed(by).min(count - 1);
        let tab = |by| text::TABS[step(by, self.tab as usize, text::TABS.len())].0;
        let at = Role::ALL.iter().position(|role| *role == self.role).unwrap_or_default();
        let role = |by| Message::Role(Role::ALL[step(by, at, Role::ALL.len())]);
        match command {
            Command::Left if self.member.is_some() => self.update(Message::Tab(tab(-1))),
            Command::Right if self.member.is_some() => self.update(Message::Tab(tab(1))),
            Command::Up if self.tab == Tab::Role => self.update(role(-1)),
            Command::Down if self.tab == Tab::Role => self.update(role(1)),
            Command::Accept => self.update(Message::Save),
            _ => Action::None,
        }
    }

    fn save(&mut self) -> Action {
        match self.wish() {
            Ok(change) => {
                self.busy = true;
                self.error = None;
                Action::Run(Job::Upkeep(UpkeepJob::ChangeUser(change)))
            }
            Err((sentence, field)) => {
                self.error = Some(sentence.to_owned());
                field.map_or(Action::None, Action::Focus)
            }
        }
    }

    /// What the fields ask for, or what is wrong with which of them.
    fn wish(&self) -> Result<UserChange, (&'static str, Option<&'static str>)> {
        let passphrase = || self.new.checked().map_err(|sentence| (sentence, Some(NEW)));
        match (&self.member, self.tab) {
            (None, _) if self.login.trim().is_empty() => Err((text::NO_LOGIN, Some(LOGIN))),
            (None, _) => {
                Ok(UserChange::Add { login: self.login.trim().to_owned(), role: self.role, passphrase: passphrase()? })
            }
            (Some(member), Tab::Role) if member.role == self.role => Err((text::SAME, None)),
            (Some(member), Tab::Role) => Ok(UserChange::Role(member.id, self.role)),
            (Some(member), Tab::Passphrase) => Ok(UserChange::Passphrase(member.id, passphrase()?)),
            (Some(member), Tab::Disable) => Ok(UserChange::Disable(member.id)),
        }
    }

    pub(super) fn view<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        let mut form = match &self.member {
            None => self.adding(),
            Some(member) => self.changing(member),
        };
        if let Some(error) = &self.error {
            form = form.push(widget::banner(tokens(theme).wrong, error.as_str()));
        }
        let label = match (self.busy, &self.member, self.tab) {
            (true, ..) => text::BUSY,
            (false, None, _) => text::DO_ADD,
            (false, Some(_), Tab::Role) => text::DO_ROLE,
            (false, Some(_), Tab::Passphrase) => text::DO_RESET,
            (false, Some(_), Tab::Disable) => text::DO_DISABLE,
        };
        let save = widget::primary(label, (!self.busy).then_some(Message::Save));
        let dangerous = self.member.is_some() && self.tab == Tab::Disable;
        let save = if dangerous { save.style(style::danger) } else { save };
        let cancel = widget::quiet(text::CANCEL, (!self.busy).then_some(Message::Close));
        form.push(row![space().width(Fill), cancel, save].spacing(gap::S)).spacing(gap::L).width(480).into()
    }

    fn adding(&self) -> iced::widget::Column<'_, Message> {
        let login = widget::input("", &self.login, Message::Login).id(LOGIN).on_submit(Message::Save);
        let login = column![widget::field(text::LOGIN, login), widget::caption(text::LOGIN_SUB)].spacing(gap::XS);
        let new = self.new.view(NEW, Message::New, Message::Save);
        column![widget::title(text::ADD), login, self.roles(), widget::muted(text::FIRST), new]
    }

    fn changing<'a>(&'a self, member: &'a Member) -> iced::widget::Column<'a, Message> {
        let name = widget::title(member.login.as_str()).wrapping(iced::widget::text::Wrapping::WordOrGlyph);
        let tabs = choices(text::TABS.into_iter().map(|(tab, words)| (words, tab == self.tab, Message::Tab(tab))));
        let form = column![name, tabs];
        match self.tab {
            Tab::Role => form.push(self.roles()),
            Tab::Passphrase => {
                let new = self.new.view(NEW, Message::New, Message::Save);
                form.push(widget::muted(text::RESET)).push(new)
            }
            Tab::Disable => form.push(widget::muted(text::DISABLE)),
        }
    }

    /// All four are seen: a list that opens would hide what the others may do, and its words are not redrawn by a key.
    fn roles(&self) -> Element<'_, Message> {
        let roles = choices(Role::ALL.iter().map(|&role| (role.words(), role == self.role, Message::Role(role))));
        column![widget::field(text::ROLE, roles), widget::caption(text::may(self.role))].spacing(gap::XS).into()
    }
}

/// Choices beside each other, of which one is chosen.
fn choices<'a>(all: impl Iterator<Item = (&'static str, bool, Message)>) -> Element<'a, Message> {
    let buttons = all.map(|(words, chosen, message)| {
        button(widget::body(words).font(theme::MEDIUM))
            .padding([7, 14])
            .style(style::choice(chosen))
            .on_press(message)
            .into()
    });
    container(row(buttons).spacing(gap::XS)).padding(3).style(style::card).into()
}
