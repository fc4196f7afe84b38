//! The vault's folder, the automatic lock, the passphrase of whoever is there, and the recovery code.

use iced::widget::{column, container, row, slider, space};
use iced::{Alignment, Element, Fill, Theme};
use zeroize::Zeroizing;

use super::{Preferences, part};
use crate::config::LOCK_MINUTES;
use crate::gui::action::Action;
use crate::gui::job::{Answer, Job, KeyChange};
use crate::gui::screen::code::{OnCode, ShownCode};
use crate::gui::screen::secret::{NewPassphrase, Typed};
use crate::gui::theme::{space as gap, tokens};
use crate::gui::widget;
use crate::model::text::counted;
use crate::vault::{Passphrase, Role};

/// Name of the first field of the dialog, for focus.
const FIRST: &str = "settings-passphrase";
/// Name of the field of the new passphrase.
const NEW: &str = "settings-new-passphrase";

/// The section.
pub struct Keys {
    vault: String,
    role: Role,
    dialog: Option<Dialog>,
}

/// The dialog that changes keys.
struct Dialog {
    wish: Wish,
    old: Zeroizing<String>,
    new: NewPassphrase,
    busy: bool,
    error: Option<String>,
    code: Option<ShownCode>,
}

/// Which key shall change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The passphrase.
    Passphrase,
    /// The recovery code.
    Code,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// The slider of the automatic lock moved.
    LockAfter(u16),
    /// It was let go.
    LockAfterDone,
    /// Begin to change a key.
    Change(Wish),
    /// The passphrase that holds now was edited.
    Old(Zeroizing<String>),
    /// The new one was edited.
    New(Typed),
    /// Change it.
    Save,
    /// Where the new code is shown.
    OnCode(OnCode),
    /// Close the dialog.
    Close,
}

mod text {
    pub const VAULT: &str = "Vault";
    pub const VAULT_SUB: &str = "Everything about patients lies encrypted in this folder and nowhere else.";
    pub const LOCK: &str = "Lock after";
    pub const LOCK_SUB: &str = "When nobody touches mouse or keyboard for so long, the window locks by itself: pictures and keys are \
                                dropped. A running import or backup goes on to its end.";
    pub const KEYS: &str = "Passphrase and recovery code";
    pub const KEYS_SUB: &str = "A change needs the passphrase that holds now. The old key opens nothing any more.";
    pub const NOT_OWNER: &str = "An owner makes a new recovery code.";
    pub const PASSPHRASE: &str = "Change the passphrase…";
    pub const CODE: &str = "Make a new recovery code…";
    pub const OLD: &str = "Passphrase that holds now";
    pub const SAVE: &str = "Change the passphrase";
    pub const MAKE: &str = "Make a new code";
    pub const SAVING: &str = "Saving…";
    pub const CANCEL: &str = "Cancel";
    pub const CLOSE: &str = "Close";
    pub const CHANGED: &str = "The passphrase was changed.";
}

impl Keys {
    pub(super) fn new(vault: String, role: Role) -> Self {
        Self { vault, role, dialog: None }
    }

    pub(super) fn update(&mut self, message: Message, preferences: &mut Preferences) -> Action {
        match (message, &mut self.dialog) {
            (Message::LockAfter(minutes), _) => {
                preferences.lock_minutes = minutes.clamp(*LOCK_MINUTES.start(), *LOCK_MINUTES.end());
            }
            (Message::LockAfterDone, _) => return Action::Settings(*preferences),
            (Message::Change(wish), None) => {
                let (old, new) = (Zeroizing::default(), NewPassphrase::default());
                self.dialog = Some(Dialog { wish, old, new, busy: false, error: None, code: None });
                return Action::Focus(FIRST);
            }
            (Message::Old(text), Some(dialog)) => dialog.old = text,
            (Message::New(typed), Some(dialog)) => dialog.new.update(typed),
            (Message::Save, Some(dialog)) => return dialog.save(),
            (Message::OnCode(message), Some(Dialog { code: Some(code), .. })) => return code.update(message),
            (Message::Close, Some(_)) => return self.close(),
            _ => {}
        }
        Action::None
    }

    /// Closes the dialog; a code that nobody has written down does not go by a slip of the hand.
    fn close(&mut self) -> Action {
        let stays = |dialog: &mut Dialog| dialog.busy || dialog.shows_code();
        match self.dialog.take_if(|dialog| !stays(dialog)) {
            Some(Dialog { code: Some(code), .. }) => code.left_behind().map_or(Action::None, Action::Toast),
            _ => Action::None,
        }
    }

    /// Closes the dialog with a key.
    pub(super) fn back(&mut self) -> Option<Action> {
        self.dialog.is_some().then(|| self.close())
    }

    /// Whether a recovery code stands there that nobody has written down.
    pub(super) fn shows_code(&self) -> bool {
        self.dialog.as_ref().is_some_and(Dialog::shows_code)
    }

    pub(super) fn receive(&mut self, answer: Answer) -> Action {
        let Some(dialog) = &mut self.dialog else { return Action::None };
        match answer {
            Answer::KeysChanged(outcome) => {
                dialog.busy = false;
                dialog.old = Zeroizing::default();
                match outcome {
                    Ok(Some(code)) => dialog.code = Some(ShownCode::new(code)),
                    Ok(None) => {
                        self.dialog = None;
                        return Action::Toast(text::CHANGED.to_owned());
                    }
                    Err(failure) => dialog.error = Some(failure.0),
                }
                Action::None
            }
            other => dialog.code.as_mut().map_or(Action::None, |code| code.receive(other)),
        }
    }

    pub(super) fn view(&self, preferences: Preferences) -> Element<'_, Message> {
        let minutes = row![
            slider(LOCK_MINUTES, preferences.lock_minutes, Message::LockAfter)
                .on_release(Message::LockAfterDone)
                .width(280),
            widget::body(counted(i64::from(preferences.lock_minutes), "minute"))
        ];
        let is_owner = self.role == Role::Owner;
        let change = row![
            widget::plain(text::PASSPHRASE, Some(Message::Change(Wish::Passphrase))),
            widget::plain(text::CODE, is_owner.then_some(Message::Change(Wish::Code)))
        ];
        let change =
            column![change.spacing(gap::S)].push((!is_owner).then(|| widget::muted(text::NOT_OWNER))).spacing(gap::S);
        let folder = widget::body(self.vault.as_str()).wrapping(iced::widget::text::Wrapping::WordOrGlyph);
        column![
            part(text::VAULT, text::VAULT_SUB, folder),
            part(text::LOCK, text::LOCK_SUB, minutes.spacing(gap::L).align_y(Alignment::Center)),
            part(text::KEYS, text::KEYS_SUB, change)
        ]
        .spacing(gap::XXL)
        .into()
    }

    pub(super) fn has_dialog(&self) -> bool {
        self.dialog.is_some()
    }

    pub(super) fn dialog<'a>(&'a self, theme: &Theme) -> Option<Element<'a, Message>> {
        self.dialog.as_ref().map(|dialog| dialog.view(theme))
    }
}

impl Dialog {
    fn shows_code(&self) -> bool {
        self.code.as_ref().is_some_and(|code| !code.is_written_down())
    }

    fn save(&mut self) -> Action {
        if self.busy {
            return Action::None;
        }
        self.error = None;
        let new = match self.wish {
            Wish::Code => None,
            Wish::Passphrase => match self.new.checked() {
                Ok(new) => Some(new),
                Err(sentence) => {
                    self.error = Some(sentence.to_owned());
                    return Action::Focus(NEW);
                }
            },
        };
        self.busy = true;
        let old = Some(Passphrase(self.old.clone()));
        Action::Run(Job::ChangeKeys(Box::new(KeyChange { vault: None, old, new, code: self.wish == Wish::Code })))
    }

    fn view<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        if let Some(code) = &self.code {
            let shown = code.view(theme, text::CLOSE, Message::OnCode, Message::Close);
            return container(shown).width(480).into();
        }
        let (title, label) = match self.wish {
            Wish::Passphrase => (text::PASSPHRASE, text::SAVE),
            Wish::Code => (text::CODE, text::MAKE),
        };
        let old = widget::input("", &self.old, |t| Message::Old(Zeroizing::new(t)));
        let old = widget::field(text::OLD, old.secure(true).id(FIRST).on_submit(Message::Save));
        let mut form = column![widget::title(title.trim_end_matches('…')), old].spacing(gap::L).width(460);
        if self.wish == Wish::Passphrase {
            form = form.push(self.new.view(NEW, Message::New, Message::Save));
        }
        if let Some(error) = &self.error {
            form = form.push(widget::banner(tokens(theme).wrong, error.as_str()));
        }
        let label = if self.busy { text::SAVING } else { label };
        let cancel = widget::quiet(text::CANCEL, (!self.busy).then_some(Message::Close));
        let save = widget::primary(label, (!self.busy).then_some(Message::Save));
        form.push(row![space().width(Fill), cancel, save].spacing(gap::S)).into()
    }
}
