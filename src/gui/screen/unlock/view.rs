//! How the unlock screen looks.

use std::path::Path;

use iced::widget::{column, container, row, scrollable, space};
use iced::{Element, Fill, Theme};
use lucide_icons::Icon;
use zeroize::Zeroizing;

use super::{FOLDER, Folder, Message, PASSPHRASE, Unlock};
use crate::gui::job::Work;
use crate::gui::theme::{self, space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::works::{Running, Works};

/// Width of the card.
const WIDTH: f32 = 480.0;

mod text {
    pub const TITLE: &str = "Diptych";
    pub const SUB: &str = "Session photos, aligned and labelled. Everything stays on this computer, encrypted.";
    pub const FOLDER: &str = "Vault folder";
    pub const FOLDER_HINT: &str = "/path/to/vault";
    pub const FOLDER_WHY: &str = "The folder of a vault opens it. A new or empty folder becomes a new vault, which you then protect with a passphrase.";
    pub const CHOOSE: &str = "Choose…";
    pub const LOGIN: &str = "Login";
    pub const PASSPHRASE: &str = "Passphrase";
    pub const UNLOCK: &str = "Unlock";
    pub const CREATE: &str = "Create vault";
    pub const FREE: &str = "There is no vault in this folder yet. A new, encrypted one will be made here.";
    pub const BY_CODE: &str = "Use the recovery code";
    pub const BY_PASSPHRASE: &str = "Use a passphrase";
    pub const CODE: &str = "Recovery code";
    pub const DEMO: &str = "Open the demo clinic";
    pub const BUILD_DEMO: &str = "Build the demo clinic";
    pub const DEMO_SUB: &str = "Invented patients, to try everything with.";
    pub const BUILD_DEMO_SUB: &str =
        "Invented patients, to try everything with. It takes about two minutes and a few hundred MB.";
    pub const CANCEL: &str = "Cancel";
    pub const PROCEED: &str = "Open the vault";
    pub const BUSY: &str = "Opening…";
    pub const WORKING: &str = "Work is still being finished in this vault";
    pub const STOPPING: &str = "stopping…";
    pub const NEW_TITLE: &str = "Set a new passphrase";
    pub const NEW_SUB: &str = "The recovery code opened the vault. It is used up now: choose a new passphrase, and you get a new code. \
                               The old passphrase and the old code open nothing any more.";
    pub const NEW_SAVE: &str = "Set the passphrase";
    pub const GIVE_UP: &str = "Lock again";
    pub const SAVING: &str = "Saving…";
}

pub(super) fn view<'a>(screen: &'a Unlock, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
    let inside = match (&screen.created, &screen.recovering) {
        (Some(created), _) => created.code.view(theme, text::PROCEED, Message::OnCode, Message::Proceed),
        (None, Some(_)) => screen.recovery(theme),
        (None, None) => screen.form(theme, works),
    };
    let card = container(inside).padding(gap::XXL).width(WIDTH).style(style::card);
    // The card stands in the middle, and scrolls where the window is lower than it.
    let page = scrollable(container(card).center_x(Fill).padding(gap::XL)).style(style::scroll).width(Fill);
    container(page).width(Fill).center_y(Fill).into()
}

impl Unlock {
    fn form<'a>(&'a self, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
        let t = tokens(theme);
        let head =
            column![widget::words(text::TITLE, 26.0).font(theme::SEMIBOLD), widget::muted(text::SUB)].spacing(gap::S);
        let path = widget::input(text::FOLDER_HINT, &self.path, Message::Path).id(FOLDER).on_submit(Message::PathDone);
        let choose = widget::plain(text::CHOOSE, Some(Message::Choose));
        let folder = widget::field(text::FOLDER, row![path, choose].spacing(gap::S));
        let mut form = column![head, folder].spacing(gap::L);
        form = match &self.folder {
            Folder::Unknown => form.push(widget::muted(text::FOLDER_WHY)),
            Folder::Refused(why) => form.push(widget::banner(t.wrong, why.as_str())),
            Folder::Vault(_) if self.by_code => form.push(self.code_field()),
            Folder::Vault(logins) => form.push(self.login_fields(logins)),
            Folder::Free => form.push(self.create_fields()),
        };
        if let (Some(shared), Folder::Vault(_) | Folder::Free) = (self.shared, &self.folder) {
            form = form.push(widget::banner(t.attention, shared.sentence()));
        }
        for running in works.in_vault(Path::new(self.path.trim())) {
            form = form.push(working(running));
        }
        if let Some(error) = &self.error {
            form = form.push(widget::banner(t.wrong, error.as_str()));
        }
        form = form.push(self.buttons());
        form.push(self.demo_part(works.of(Work::Demo))).into()
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
        let input = widget::input("XXXX-XXXX-…", &self.code, |t| Message::Code(Zeroizing::new(t)))
            .id(PASSPHRASE)
            .on_submit(Message::Submit);
        widget::field(text::CODE, input)
    }

    fn create_fields(&self) -> Element<'_, Message> {
        let login = widget::input("", &self.login, Message::Login);
        let new = self.new.view(PASSPHRASE, Message::New, Message::Submit);
        column![widget::muted(text::FREE), widget::field(text::LOGIN, login), new].spacing(gap::M).into()
    }

    /// After the recovery code opened the vault.
    fn recovery<'a>(&'a self, theme: &Theme) -> Element<'a, Message> {
        let new = self.new.view(PASSPHRASE, Message::New, Message::Submit);
        let mut form = column![widget::title(text::NEW_TITLE), widget::muted(text::NEW_SUB), new].spacing(gap::L);
        if let Some(error) = &self.error {
            form = form.push(widget::banner(tokens(theme).wrong, error.as_str()));
        }
        let label = if self.busy { text::SAVING } else { text::NEW_SAVE };
        let save = widget::primary(label, (!self.busy).then_some(Message::Submit));
        let give_up = widget::quiet(text::GIVE_UP, (!self.busy).then_some(Message::GiveUp));
        form.push(row![save, space().width(Fill), give_up]).into()
    }

    fn buttons(&self) -> Element<'_, Message> {
        let ready = !self.busy;
        let submit = |label| widget::primary(label, ready.then_some(Message::Submit));
        match &self.folder {
            Folder::Vault(_) => {
                let other = if self.by_code { text::BY_PASSPHRASE } else { text::BY_CODE };
                let switch = widget::quiet(other, ready.then_some(Message::ByCode(!self.by_code)));
                let label = if self.busy && !self.building { text::BUSY } else { text::UNLOCK };
                row![submit(label), space().width(Fill), switch].into()
            }
            Folder::Free => submit(text::CREATE).into(),
            Folder::Unknown | Folder::Refused(_) => space().into(),
        }
    }

    fn demo_part<'a>(&'a self, running: Option<&'a Running>) -> Element<'a, Message> {
        let Some(demo) = &self.demo else { return space().into() };
        let head = column![widget::hairline(), space().height(gap::S)];
        let part = if let Some(running) = running {
            let (done, total) = running.count();
            let left = if running.is_stopping() { Some(text::STOPPING.to_owned()) } else { running.time_left() };
            let cancel = widget::plain(text::CANCEL, (!running.is_stopping()).then_some(Message::CancelDemo));
            column![widget::progress(running.stage(), done, total, left), cancel].spacing(gap::M)
        } else {
            let (label, explained) =
                if demo.built { (text::DEMO, text::DEMO_SUB) } else { (text::BUILD_DEMO, text::BUILD_DEMO_SUB) };
            let button = widget::with_icon(Icon::Images, label, (!self.busy).then_some(Message::Demo));
            column![button.style(style::raised), widget::caption(explained)].spacing(gap::S)
        };
        head.push(part).into()
    }
}

/// Work of before the lock, without a word about whom it is for.
fn working(running: &Running) -> Element<'_, Message> {
    let (done, total) = running.count();
    let progress = widget::progress(running.work.words(), done, total, running.time_left());
    let inside = column![widget::muted(text::WORKING), progress].spacing(gap::S);
    container(inside).padding(gap::M).width(Fill).style(style::letterbox).into()
}
