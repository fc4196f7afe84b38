//! Unlock: choose a vault and open it, make a new one, or look at the demo clinic.

mod view;

use std::path::{Path, PathBuf};

use iced::Element;
use zeroize::Zeroizing;

use super::code::{OnCode, ShownCode};
use super::secret::{NewPassphrase, Typed};
use crate::fsx::Shared;
use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Code, Job, KeyChange, Outcome, Work};
use crate::gui::works::Works;
use crate::vault::{Passphrase, Vault, VaultError, VaultInfo};

/// Name of the passphrase field, for focus.
pub const PASSPHRASE: &str = "unlock-passphrase";
/// Id of the folder field.
pub const FOLDER: &str = "unlock-folder";

/// What the person sees of the folder they named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// Not looked at yet.
    Unknown,
    /// A vault with these logins.
    Vault(Vec<String>),
    /// Nothing there yet: a vault can be made.
    Free,
    /// A vault that cannot be opened here, and why.
    Refused(String),
}

/// The screen.
#[allow(clippy::struct_excessive_bools, reason = "independent facts of one form; every combination can occur")]
pub struct Unlock {
    path: String,
    /// Whether the path is being typed, so that the cursor must stay there.
    typed: bool,
    folder: Folder,
    /// How it is shared with other computers.
    shared: Option<Shared>,
    login: String,
    passphrase: Zeroizing<String>,
    new: NewPassphrase,
    code: Zeroizing<String>,
    by_code: bool,
    busy: bool,
    error: Option<String>,
    demo: Option<Demo>,
    created: Option<Created>,
    recovering: Option<Recovering>,
    building: bool,
}

/// The demo clinic on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it is there already.
    pub built: bool,
}

/// An open vault whose new recovery code must be written down first.
struct Created {
    vault: Vault,
    code: ShownCode,
}

/// A vault opened by its recovery code: it needs a new passphrase, and the code that was typed is used up.
struct Recovering {
    vault: Vault,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// The path was edited.
    Path(String),
    /// Enter was pressed behind the path.
    PathDone,
    /// "Choose…" was pressed.
    Choose,
    /// The login was edited.
    Login(String),
    /// The passphrase was edited.
    Passphrase(Zeroizing<String>),
    /// A new passphrase was edited.
    New(Typed),
    /// The recovery code was edited.
    Code(Zeroizing<String>),
    /// Use the recovery code instead of a passphrase, or the other way round.
    ByCode(bool),
    /// Unlock or create.
    Submit,
    /// The demo button.
    Demo,
    /// Stop building the demo.
    CancelDemo,
    /// Leave the vault shut after all.
    GiveUp,
    /// Where the new recovery code is shown.
    OnCode(OnCode),
    /// On to the vault after the code was shown.
    Proceed,
}

impl Unlock {
    /// The screen for a folder, with the demo clinic's place when there is one to offer.
    #[must_use]
    pub fn new(vault: Option<PathBuf>, demo: Option<Demo>) -> (Self, Action) {
        let path = vault.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        let mut screen = Self {
            path,
            typed: false,
            folder: Folder::Unknown,
            shared: None,
            login: "owner".into(),
            passphrase: Zeroizing::default(),
            new: NewPassphrase::default(),
            code: Zeroizing::default(),
            by_code: false,
            busy: false,
            error: None,
            demo,
            created: None,
            recovering: None,
            building: false,
        };
        let peek = screen.peek();
        (screen, peek)
    }

    fn peek(&mut self) -> Action {
        self.error = None;
        self.shared = None;
        if self.path.trim().is_empty() {
            self.folder = Folder::Unknown;
            return Action::Focus(FOLDER);
        }
        Action::Run(Job::Peek(PathBuf::from(self.path.trim())))
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Path(path) => {
                self.path = path;
                self.typed = true;
                self.peek()
            }
            // What is typed next is a passphrase, and must not stand in the open.
            Message::PathDone => match self.folder {
                Folder::Vault(_) | Folder::Free => Action::Focus(PASSPHRASE),
                Folder::Unknown | Folder::Refused(_) => Action::None,
            },
            Message::Choose => Action::Run(Job::PickFolder(Asked::Vault)),
            Message::Login(login) => set(&mut self.login, login),
            Message::Passphrase(text) => set(&mut self.passphrase, text),
            Message::New(typed) => {
                self.new.update(typed);
                Action::None
            }
            Message::Code(text) => set(&mut self.code, text),
            Message::ByCode(on) => {
                self.error = None;
                self.by_code = on;
                Action::Focus(PASSPHRASE)
            }
            Message::Submit => self.submit(),
            Message::Demo => self.build_demo(),
            Message::CancelDemo => Action::Cancel(Work::Demo),
            Message::GiveUp => {
                self.recovering = None;
                self.busy = false;
                self.error = None;
                self.forget();
                Action::None
            }
            Message::OnCode(message) => match &mut self.created {
                Some(created) => created.code.update(message),
                None => Action::None,
            },
            Message::Proceed => match self.created.take() {
                Some(created) if created.code.is_written_down() => {
                    let left = created.code.left_behind().map_or(Action::None, Action::Toast);
                    Action::all([Action::Unlocked(created.vault), left])
                }
                other => {
                    self.created = other;
                    Action::None
                }
            },
        }
    }

    fn build_demo(&mut self) -> Action {
        let Some(folder) = self.demo.as_ref().map(|d| d.folder.clone()) else { return Action::None };
        if self.busy {
            return Action::None;
        }
        self.error = None;
        self.busy = true;
        self.building = true;
        Action::Run(Job::BuildDemo(folder))
    }

    fn submit(&mut self) -> Action {
        if self.busy {
            return Action::None;
        }
        self.error = None;
        match self.wish() {
            Ok(Some(job)) => {
                self.busy = true;
                Action::Run(job)
            }
            Ok(None) => Action::None,
            Err(sentence) => {
                self.error = Some(sentence.to_owned());
                Action::Focus(PASSPHRASE)
            }
        }
    }

    /// What the fields ask for, or what is wrong with them.
    fn wish(&self) -> Result<Option<Job>, &'static str> {
        let folder = PathBuf::from(self.path.trim());
        let login = self.login.trim().to_owned();
        if let Some(recovering) = &self.recovering {
            let (vault, new) = (Some(recovering.vault.clone()), Some(self.new.checked()?));
            return Ok(Some(Job::ChangeKeys(Box::new(KeyChange { vault, old: None, new, code: true }))));
        }
        Ok(match &self.folder {
            Folder::Vault(_) if self.by_code => Some(Job::Recover { folder, code: self.code.clone() }),
            Folder::Vault(_) => Some(Job::Open { folder, login, passphrase: Passphrase(self.passphrase.clone()) }),
            Folder::Free => Some(Job::Create { folder, login, passphrase: self.new.checked()? }),
            Folder::Unknown | Folder::Refused(_) => None,
        })
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Peeked(path, found, shared) if path == *Path::new(self.path.trim()) => {
                self.shared = shared;
                self.show(found);
                if self.typed { Action::None } else { Action::Focus(PASSPHRASE) }
            }
            Answer::Opened(outcome) => {
                self.building = false;
                self.opened(outcome)
            }
            Answer::Recovered(Ok(vault)) => {
                self.busy = false;
                self.forget();
                self.recovering = Some(Recovering { vault });
                Action::Focus(PASSPHRASE)
            }
            Answer::Created(Ok((vault, code))) => self.show_code(vault, code),
            Answer::KeysChanged(Ok(Some(code))) => match self.recovering.take() {
                Some(recovering) => self.show_code(recovering.vault, code),
                None => Action::None,
            },
            Answer::Recovered(Err(failure)) | Answer::Created(Err(failure)) | Answer::KeysChanged(Err(failure)) => {
                self.busy = false;
                self.error = Some(failure.0);
                Action::None
            }
            Answer::Picked(Asked::Vault, Some(path)) => {
                self.path = path.to_string_lossy().into_owned();
                self.typed = false;
                self.peek()
            }
            other => match &mut self.created {
                Some(created) => created.code.receive(other),
                None => Action::None,
            },
        }
    }

    fn show(&mut self, found: Result<VaultInfo, VaultError>) {
        self.folder = match found {
            Ok(info) => {
                if let Some(first) = info.logins.first().filter(|_| !info.logins.contains(&self.login)) {
                    self.login.clone_from(first);
                }
                Folder::Vault(info.logins)
            }
            Err(VaultError::NotAVault | VaultError::NotFound) => Folder::Free,
            Err(other) => Folder::Refused(other.user_message()),
        };
    }

    fn show_code(&mut self, vault: Vault, code: Code) -> Action {
        self.busy = false;
        self.error = None;
        self.forget();
        self.created = Some(Created { vault, code: ShownCode::new(code) });
        Action::None
    }

    fn opened(&mut self, outcome: Outcome<Vault>) -> Action {
        self.busy = false;
        self.forget();
        match outcome {
            Ok(vault) => Action::Unlocked(vault),
            Err(failure) => {
                self.error = Some(failure.0);
                Action::Focus(PASSPHRASE)
            }
        }
    }

    fn forget(&mut self) {
        self.passphrase = Zeroizing::default();
        self.new = NewPassphrase::default();
        self.code = Zeroizing::default();
    }

    /// The folder that stands in the field, whatever lies there.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        PathBuf::from(self.path.trim())
    }

    /// Whether it holds a vault or a secret that a person left alone should not leave behind. Not while it waits for the
    /// core: what comes back then is guarded by itself.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        let typed = !self.passphrase.is_empty() || !self.code.is_empty() || !self.new.is_empty();
        !self.busy && (typed || self.created.is_some() || self.recovering.is_some())
    }

    /// The folder of the vault whose new recovery code stands on the screen and is not written down.
    #[must_use]
    pub fn shows_code(&self) -> Option<PathBuf> {
        let created = self.created.as_ref().filter(|created| !created.code.is_written_down());
        created.map(|created| created.vault.dir().to_owned())
    }

    /// What is known of the folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The sentence that is shown, when something went wrong.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &iced::Theme, works: &'a Works) -> Element<'a, Message> {
        view::view(self, theme, works)
    }
}

fn set<T>(slot: &mut T, value: T) -> Action {
    *slot = value;
    Action::None
}
