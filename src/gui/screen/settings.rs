//! Settings: look, text size, where the vault lies, what the program is made of.

use iced::widget::{button, column, container, row, scrollable, slider, space};
use iced::{Alignment, Element, Fill, Theme};
use zeroize::Zeroizing;

use super::secret::{NewPassphrase, ShownCode, Typed};
use crate::config::LOCK_MINUTES;
use crate::gui::action::Action;
use crate::gui::job::{Answer, Job, KeyChange};
use crate::gui::theme::{Choice, space as gap, style, tokens};
use crate::gui::widget;
use crate::model::text::counted;
use crate::vault::Passphrase;

/// Name of the first field of the dialog, for focus.
const FIRST: &str = "settings-passphrase";
/// Name of the field of the new passphrase.
const NEW: &str = "settings-new-passphrase";

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

/// The screen.
pub struct Settings {
    preferences: Preferences,
    /// Follows the slider while it is held, so that the window does not grow under the hand.
    dragged: u16,
    vault: String,
    keys: Option<Keys>,
}

/// The dialog that changes keys.
struct Keys {
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
    /// A theme was chosen.
    Theme(Choice),
    /// The slider moved.
    Percent(u16),
    /// The slider was let go.
    PercentDone,
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
    /// "I have written it down."
    WrittenDown(bool),
    /// Close the dialog.
    Close,
}

mod text {
    pub const TITLE: &str = "Settings";
    pub const LOOK: &str = "Theme";
    pub const LOOK_SUB: &str = "Dark keeps the picture the brightest thing on the screen.";
    pub const SIZE: &str = "Text size";
    pub const VAULT: &str = "Vault";
    pub const VAULT_SUB: &str = "Everything about patients lies encrypted in this folder and nowhere else.";
    pub const LOCK: &str = "Lock after";
    pub const LOCK_SUB: &str = "When nobody touches mouse or keyboard for so long, the window locks by itself: pictures and keys are dropped. \
                                A running import or backup goes on to its end.";
    pub const KEYS: &str = "Passphrase and recovery code";
    pub const KEYS_SUB: &str = "A change needs the passphrase that holds now. The old key opens nothing any more.";
    pub const PASSPHRASE: &str = "Change the passphrase…";
    pub const CODE: &str = "Make a new recovery code…";
    pub const OLD: &str = "Passphrase that holds now";
    pub const SAVE: &str = "Change the passphrase";
    pub const MAKE: &str = "Make a new code";
    pub const SAVING: &str = "Saving…";
    pub const CANCEL: &str = "Cancel";
    pub const CLOSE: &str = "Close";
    pub const CHANGED: &str = "The passphrase was changed.";
    pub const ABOUT: &str = "About";
    pub const LICENCE: &str = "Licensed under MIT or Apache-2.0. No account, no server, no network.";
    pub const PARTS: &str = "Typeface Inter (SIL Open Font License 1.1), icons Lucide (ISC), storage SQLite and SQLCipher \
                             (public domain, BSD), window iced (MIT), JPEG by mozjpeg (BSD, IJG).";
}

impl Settings {
    /// The screen for the settings as they are.
    #[must_use]
    pub fn new(preferences: Preferences, vault: String) -> (Self, Action) {
        (Self { preferences, dragged: preferences.text_percent, vault, keys: None }, Action::None)
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Theme(theme) => self.preferences.theme = theme,
            Message::Percent(percent) => {
                self.dragged = percent.clamp(80, 200);
                return Action::None;
            }
            Message::LockAfter(minutes) => {
                self.preferences.lock_minutes = minutes.clamp(*LOCK_MINUTES.start(), *LOCK_MINUTES.end());
                return Action::None;
            }
            Message::LockAfterDone => {}
            Message::PercentDone => self.preferences.text_percent = self.dragged,
            other => return self.change_keys(other),
        }
        Action::Settings(self.preferences)
    }

    fn change_keys(&mut self, message: Message) -> Action {
        if let Message::Change(wish) = message {
            let (old, new) = (Zeroizing::default(), NewPassphrase::default());
            self.keys = Some(Keys { wish, old, new, busy: false, error: None, code: None });
            return Action::Focus(FIRST);
        }
        let Some(keys) = &mut self.keys else { return Action::None };
        match message {
            Message::Old(text) => keys.old = text,
            Message::New(typed) => keys.new.update(typed),
            Message::Save => return keys.save(),
            Message::WrittenDown(yes) => {
                if let Some(code) = &mut keys.code {
                    code.write_down(yes);
                }
            }
            // A code that nobody has written down does not go by a slip of the hand.
            Message::Close if keys.busy || keys.code.as_ref().is_some_and(|code| !code.is_written_down()) => {}
            Message::Close => self.keys = None,
            _ => {}
        }
        Action::None
    }

    /// Whether a recovery code stands there that nobody has written down.
    #[must_use]
    pub fn shows_code(&self) -> bool {
        self.keys.as_ref().and_then(|keys| keys.code.as_ref()).is_some_and(|code| !code.is_written_down())
    }

    /// Closes the dialog with a key.
    pub fn back(&mut self) -> Option<Action> {
        self.keys.is_some().then(|| self.change_keys(Message::Close))
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        let (Answer::KeysChanged(outcome), Some(keys)) = (answer, &mut self.keys) else { return Action::None };
        keys.busy = false;
        keys.old = Zeroizing::default();
        match outcome {
            Ok(Some(code)) => keys.code = Some(ShownCode::new(code)),
            Ok(None) => {
                self.keys = None;
                return Action::Toast(text::CHANGED.to_owned());
            }
            Err(failure) => keys.error = Some(failure.0),
        }
        Action::None
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        let themes = Choice::ALL.iter().map(|&choice| {
            button(widget::body(choice.words()))
                .padding([7, 14])
                .style(style::choice(choice == self.preferences.theme))
                .on_press(Message::Theme(choice))
                .into()
        });
        let look =
            section(text::LOOK, text::LOOK_SUB, container(row(themes).spacing(gap::XS)).padding(3).style(style::card));
        let scale = row![
            slider(80..=200, self.dragged, Message::Percent).step(5u16).on_release(Message::PercentDone).width(280),
            widget::body(format!("{} %", self.dragged))
        ]
        .spacing(gap::L)
        .align_y(Alignment::Center);
        let sizes = section(text::SIZE, "", scale);
        let minutes = row![
            slider(LOCK_MINUTES, self.preferences.lock_minutes, Message::LockAfter)
                .on_release(Message::LockAfterDone)
                .width(280),
            widget::body(counted(i64::from(self.preferences.lock_minutes), "minute"))
        ]
        .spacing(gap::L)
        .align_y(Alignment::Center);
        let lock = section(text::LOCK, text::LOCK_SUB, minutes);
        let vault = section(text::VAULT, text::VAULT_SUB, widget::body(self.vault.as_str()));
        let change = row![
            widget::plain(text::PASSPHRASE, Some(Message::Change(Wish::Passphrase))),
            widget::plain(text::CODE, Some(Message::Change(Wish::Code)))
        ];
        let keys = section(text::KEYS, text::KEYS_SUB, change.spacing(gap::S));
        let version = widget::body(concat!("Diptych ", env!("CARGO_PKG_VERSION")));
        let about = column![version, widget::muted(text::LICENCE), widget::muted(text::PARTS)].spacing(gap::S);
        let about = section(text::ABOUT, "", about);
        let page =
            column![widget::title(text::TITLE), look, sizes, vault, lock, keys, about].spacing(gap::XXL).max_width(720);
        let page = scrollable(container(page).padding(gap::XL).width(Fill)).style(style::scroll).height(Fill);
        widget::over(page, self.keys.as_ref().map(|keys| keys.view(theme)), None)
    }
}

impl Keys {
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
            return container(code.view(text::CLOSE, Message::WrittenDown, Message::Close)).width(460).into();
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

fn section<'a>(name: &'a str, explanation: &'a str, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let explained = (!explanation.is_empty()).then(|| widget::muted(explanation));
    column![widget::heading(name)]
        .push(explained)
        .push(space().height(gap::XS))
        .push(content.into())
        .spacing(gap::XS)
        .into()
}
