//! Unlock: choose a vault and open it, make a new one, or look at the demo clinic.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use iced::widget::{checkbox, column, container, row, scrollable, space};
use iced::{Alignment, Element, Fill};
use lucide_icons::Icon;
use zeroize::Zeroizing;

use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Job, Outcome, Work};
use crate::gui::theme::{size, space as gap, style, tokens};
use crate::gui::widget;
use crate::progress::{Progress, Report};
use crate::vault::{Passphrase, Vault, VaultError, VaultInfo};

/// Name of the passphrase field, for focus.
pub const PASSPHRASE: &str = "unlock-passphrase";
/// Fewer characters than this are refused for a new vault.
pub const SHORTEST: usize = 8;

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
pub struct Unlock {
    path: String,
    /// Whether the path is being typed, so that the cursor must stay there.
    typed: bool,
    folder: Folder,
    login: String,
    passphrase: Zeroizing<String>,
    again: Zeroizing<String>,
    code: Zeroizing<String>,
    by_code: bool,
    busy: bool,
    error: Option<String>,
    demo: Option<Demo>,
    created: Option<Created>,
    building: Option<(Option<Progress>, Report)>,
}

/// The demo clinic on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it is there already.
    pub built: bool,
}

struct Created {
    vault: Vault,
    code: Arc<Zeroizing<String>>,
    written_down: bool,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// The path was edited.
    Path(String),
    /// "Choose…" was pressed.
    Choose,
    /// The login was edited.
    Login(String),
    /// The passphrase was edited.
    Passphrase(Zeroizing<String>),
    /// The repetition was edited.
    Again(Zeroizing<String>),
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
    /// "I have written it down."
    WrittenDown(bool),
    /// On to the vault after the code was shown.
    Proceed,
}

mod text {
    pub const TITLE: &str = "Diptych";
    pub const SUB: &str = "Session photos, aligned and labelled. Everything stays on this computer, encrypted.";
    pub const FOLDER: &str = "Vault folder";
    pub const FOLDER_HINT: &str = "/path/to/vault";
    pub const CHOOSE: &str = "Choose…";
    pub const LOGIN: &str = "Login";
    pub const PASSPHRASE: &str = "Passphrase";
    pub const AGAIN: &str = "Passphrase again";
    pub const UNLOCK: &str = "Unlock";
    pub const CREATE: &str = "Create vault";
    pub const FREE: &str = "There is no vault in this folder yet. A new, encrypted one will be made here.";
    pub const SHORT: &str = "At least 8 characters. Four unrelated words are easy to keep in mind and hard to guess.";
    pub const DIFFERENT: &str = "The two passphrases differ. Nothing was made; type them again.";
    pub const BY_CODE: &str = "Use the recovery code";
    pub const BY_PASSPHRASE: &str = "Use a passphrase";
    pub const CODE: &str = "Recovery code";
    pub const DEMO: &str = "Open the demo clinic";
    pub const BUILD_DEMO: &str = "Build the demo clinic";
    pub const DEMO_SUB: &str =
        "Invented patients, to try everything with. It takes about two minutes and a few hundred MB.";
    pub const DEMO_STAGE: &str = "Building the demo clinic";
    pub const CANCEL: &str = "Cancel";
    pub const CODE_TITLE: &str = "Write this down";
    pub const CODE_WHY: &str = "This recovery code opens the vault when a passphrase is forgotten. It is shown once and \
                                cannot be shown again. Keep it on paper, away from this computer.";
    pub const CODE_DONE: &str = "I have written it down";
    pub const PROCEED: &str = "Open the vault";
    pub const BUSY: &str = "Opening…";
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
            login: "owner".into(),
            passphrase: Zeroizing::default(),
            again: Zeroizing::default(),
            code: Zeroizing::default(),
            by_code: false,
            busy: false,
            error: None,
            demo,
            created: None,
            building: None,
        };
        let peek = screen.peek();
        (screen, peek)
    }

    fn peek(&mut self) -> Action {
        self.error = None;
        if self.path.trim().is_empty() {
            self.folder = Folder::Unknown;
            return Action::None;
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
            Message::Choose => Action::Run(Job::PickFolder(Asked::Vault)),
            Message::Login(login) => set(&mut self.login, login),
            Message::Passphrase(text) => set(&mut self.passphrase, text),
            Message::Again(text) => set(&mut self.again, text),
            Message::Code(text) => set(&mut self.code, text),
            Message::ByCode(on) => {
                self.error = None;
                set(&mut self.by_code, on)
            }
            Message::Submit => self.submit(),
            Message::Demo => self.build_demo(),
            Message::CancelDemo => match self.building.as_ref().and_then(|(progress, _)| progress.clone()) {
                Some(progress) => Action::Cancel(progress),
                None => Action::None,
            },
            Message::WrittenDown(yes) => {
                if let Some(created) = &mut self.created {
                    created.written_down = yes;
                }
                Action::None
            }
            Message::Proceed => match self.created.take() {
                Some(created) if created.written_down => Action::Unlocked(created.vault),
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
        self.building = Some((None, Report { stage: text::DEMO_STAGE, done: 0, total: 0 }));
        Action::Run(Job::BuildDemo(folder))
    }

    fn submit(&mut self) -> Action {
        if self.busy {
            return Action::None;
        }
        let folder = PathBuf::from(self.path.trim());
        let login = self.login.trim().to_owned();
        self.error = None;
        let job = match &self.folder {
            Folder::Vault(_) if self.by_code => Job::Recover { folder, code: self.code.clone() },
            Folder::Vault(_) => Job::Open { folder, login, passphrase: Passphrase(self.passphrase.clone()) },
            Folder::Free if self.passphrase.chars().count() < SHORTEST => {
                self.error = Some(text::SHORT.into());
                return Action::Focus(PASSPHRASE);
            }
            Folder::Free if self.passphrase != self.again => {
                self.error = Some(text::DIFFERENT.into());
                return Action::Focus(PASSPHRASE);
            }
            Folder::Free => Job::Create { folder, login, passphrase: Passphrase(self.passphrase.clone()) },
            Folder::Unknown | Folder::Refused(_) => return Action::None,
        };
        self.busy = true;
        Action::Run(job)
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            Answer::Peeked(path, found) if path == *Path::new(self.path.trim()) => {
                self.show(found);
                if self.typed { Action::None } else { Action::Focus(PASSPHRASE) }
            }
            Answer::Opened(outcome) => {
                self.building = None;
                self.opened(outcome)
            }
            Answer::Created(Ok((vault, code))) => {
                self.busy = false;
                self.forget();
                self.created = Some(Created { vault, code, written_down: false });
                Action::None
            }
            Answer::Created(Err(failure)) => {
                self.busy = false;
                self.error = Some(failure.0);
                Action::None
            }
            Answer::Picked(Asked::Vault, Some(path)) => {
                self.path = path.to_string_lossy().into_owned();
                self.typed = false;
                self.peek()
            }
            Answer::Started(Work::Demo, progress) => {
                if let Some((handle, _)) = &mut self.building {
                    *handle = Some(progress);
                }
                Action::None
            }
            Answer::Advanced(Work::Demo, report, _) => {
                if let Some((_, shown)) = &mut self.building {
                    *shown = report;
                }
                Action::None
            }
            Answer::Broke => {
                self.busy = false;
                self.building = None;
                Action::None
            }
            _ => Action::None,
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
        self.again = Zeroizing::default();
        self.code = Zeroizing::default();
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
    pub fn view<'a>(&'a self, theme: &iced::Theme) -> Element<'a, Message> {
        let inside = match &self.created {
            Some(created) => recovery(created),
            None => self.form(theme),
        };
        let card = container(inside).padding(gap::XXL).width(480).style(style::card);
        scrollable(container(card).center_x(Fill).padding([64, 24])).style(style::scroll).height(Fill).into()
    }

    fn form<'a>(&'a self, theme: &iced::Theme) -> Element<'a, Message> {
        let t = tokens(theme);
        let head =
            column![widget::words(text::TITLE, 26.0).font(crate::gui::theme::SEMIBOLD), widget::muted(text::SUB)]
                .spacing(gap::S);
        let path = widget::input(text::FOLDER_HINT, &self.path, Message::Path);
        let choose = widget::plain(text::CHOOSE, Some(Message::Choose));
        let folder = widget::field(text::FOLDER, row![path, choose].spacing(gap::S));
        let mut form = column![head, folder].spacing(gap::L);
        form = match &self.folder {
            Folder::Unknown => form,
            Folder::Refused(why) => form.push(widget::banner(t.wrong, why.as_str())),
            Folder::Vault(_) if self.by_code => form.push(self.code_field()),
            Folder::Vault(logins) => form.push(self.login_fields(logins)),
            Folder::Free => form.push(self.create_fields()),
        };
        if let Some(error) = &self.error {
            form = form.push(widget::banner(t.wrong, error.as_str()));
        }
        form = form.push(self.buttons());
        form.push(self.demo_part()).into()
    }

    fn login_fields<'a>(&'a self, logins: &'a [String]) -> Element<'a, Message> {
        let login: Element<'_, Message> = if logins.len() > 1 {
            widget::pick(logins.to_vec(), Some(self.login.clone()), Message::Login).width(Fill).into()
        } else {
            widget::input("", &self.login, Message::Login).into()
        };
        column![widget::field(text::LOGIN, login), self.secret_field()].spacing(gap::M).into()
    }

    fn secret_field(&self) -> Element<'_, Message> {
        let input = widget::input("", &self.passphrase, |t| Message::Passphrase(Zeroizing::new(t)))
            .secure(true)
            .id(PASSPHRASE)
            .on_submit(Message::Submit);
        widget::field(text::PASSPHRASE, input)
    }

    fn code_field(&self) -> Element<'_, Message> {
        let input = widget::input("XXXXX-XXXXX-…", &self.code, |t| Message::Code(Zeroizing::new(t)))
            .id(PASSPHRASE)
            .on_submit(Message::Submit);
        widget::field(text::CODE, input)
    }

    fn create_fields(&self) -> Element<'_, Message> {
        let login = widget::input("", &self.login, Message::Login);
        let again = widget::input("", &self.again, |t| Message::Again(Zeroizing::new(t)))
            .secure(true)
            .on_submit(Message::Submit);
        column![
            widget::muted(text::FREE),
            widget::field(text::LOGIN, login),
            self.secret_field(),
            widget::field(text::AGAIN, again),
            widget::caption(text::SHORT)
        ]
        .spacing(gap::M)
        .into()
    }

    fn buttons(&self) -> Element<'_, Message> {
        let ready = !self.busy;
        let submit = |label| widget::primary(label, ready.then_some(Message::Submit));
        match &self.folder {
            Folder::Vault(_) => {
                let other = if self.by_code { text::BY_PASSPHRASE } else { text::BY_CODE };
                let switch = widget::quiet(other, ready.then_some(Message::ByCode(!self.by_code)));
                let label = if self.busy && self.building.is_none() { text::BUSY } else { text::UNLOCK };
                row![submit(label), space().width(Fill), switch].into()
            }
            Folder::Free => submit(text::CREATE).into(),
            Folder::Unknown | Folder::Refused(_) => space().into(),
        }
    }

    fn demo_part(&self) -> Element<'_, Message> {
        let Some(demo) = &self.demo else { return space().into() };
        let head = column![widget::hairline(), space().height(gap::S)];
        let part = if let Some((progress, report)) = &self.building {
            let cancel = widget::plain(text::CANCEL, progress.as_ref().map(|_| Message::CancelDemo));
            column![widget::progress(report.stage, report.done, report.total, None), cancel].spacing(gap::M)
        } else {
            let label = if demo.built { text::DEMO } else { text::BUILD_DEMO };
            let button = widget::with_icon(Icon::Images, label, (!self.busy).then_some(Message::Demo));
            column![button.style(style::raised), widget::caption(text::DEMO_SUB)].spacing(gap::S)
        };
        head.push(part).into()
    }
}

fn recovery(created: &Created) -> Element<'_, Message> {
    let code =
        container(widget::words(created.code.as_str(), size::PAGE).font(iced::Font::MONOSPACE).center().width(Fill))
            .padding(gap::L)
            .width(Fill)
            .style(style::letterbox);
    let done = checkbox(created.written_down)
        .label(text::CODE_DONE)
        .on_toggle(Message::WrittenDown)
        .text_size(size::BODY)
        .spacing(gap::S);
    let proceed = widget::primary(text::PROCEED, created.written_down.then_some(Message::Proceed));
    column![widget::title(text::CODE_TITLE), widget::muted(text::CODE_WHY), code, done, proceed]
        .spacing(gap::L)
        .align_x(Alignment::Start)
        .into()
}

fn set<T>(slot: &mut T, value: T) -> Action {
    *slot = value;
    Action::None
}
