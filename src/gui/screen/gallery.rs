//! Gallery: which cases may be published and why the rest may not, and the export of those that may.

use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use iced::widget::{button, column, container, row, scrollable, space};
use iced::{Alignment, Element, Fill, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Case, Cases, Failure, Job, Work};
use crate::gui::shortcut::Command;
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::works::{Running, Works};
use crate::model::PatientId;
use crate::model::text::{counted, grouped};
use crate::vault::Passphrase;

/// Cases asked for at once; those with a valid consent come first.
pub const CASES: u32 = 50;
/// Name of the page, for scrolling.
const PAGE: &str = "gallery-page";

/// The screen.
pub struct Gallery {
    /// The page that is wanted, from 0; the one that is shown may still be another.
    page: u32,
    cases: Option<Arc<Cases>>,
    folder: String,
    signature: Zeroizing<String>,
    busy: bool,
    result: Option<Result<String, Failure>>,
}

/// What happened.
#[derive(Clone)]
pub enum Message {
    /// The folder was edited.
    Folder(String),
    /// The signature was edited.
    Signature(Zeroizing<String>),
    /// "Choose…".
    Choose,
    /// "Export gallery".
    Export,
    /// Stop the export.
    Cancel,
    /// Another page of the list.
    Page(u32),
    /// A case was clicked.
    Open(PatientId),
}

mod text {
    pub const TITLE: &str = "Gallery";
    pub const SUB: &str = "Cases with a valid consent for the website become a folder of web pages: cropped, labelled, without names, \
                           dates or metadata. Upload the folder as it is.";
    pub const FOLDER: &str = "Write the gallery to this folder";
    pub const CHOOSE: &str = "Choose…";
    pub const SIGNATURE: &str = "Your passphrase, to sign that these cases may be published";
    pub const EXPORT: &str = "Sign and export";
    pub const CANCEL: &str = "Cancel";
    pub const STOPPING: &str = "stopping…";
    pub const LOADING: &str = "Looking…";
    pub const EMPTY: &str = "No series yet";
    pub const EMPTY_SUB: &str = "A case is a series with photos. Begin one at a patient's board.";
    pub const MAY: &str = "Consented for the website";
    pub const MAY_NOT: &str = "No valid consent for the website";
    pub const EARLIER: &str = "Earlier";
    pub const LATER: &str = "Later";
    pub const NONE_MAY: &str =
        "No case has a valid consent for the website. Record one at the patient's board under Consents.";
}

impl Gallery {
    /// The screen, asking for the cases.
    #[must_use]
    pub fn new() -> (Self, Action) {
        (
            Self {
                page: 0,
                cases: None,
                folder: String::new(),
                signature: Zeroizing::default(),
                busy: false,
                result: None,
            },
            Action::Run(Job::Cases(0)),
        )
    }

    /// Asks again, because consents or photos may have changed; a running export goes on.
    pub fn refresh(&mut self) -> Action {
        Action::Run(Job::Cases(self.page))
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Folder(folder) => {
                self.folder = folder;
                Action::None
            }
            Message::Signature(text) => {
                self.signature = text;
                Action::None
            }
            Message::Choose => Action::Run(Job::PickFolder(Asked::Gallery)),
            Message::Export => self.export(),
            Message::Cancel => Action::Cancel(Work::Gallery),
            Message::Page(page) => {
                self.page = page;
                Action::all([self.refresh(), Action::Scroll { id: PAGE, x: 0.0, y: 0.0 }])
            }
            Message::Open(patient) => Action::OpenPatient(patient),
        }
    }

    /// Takes a key.
    pub fn command(&mut self, command: Command) -> Option<Action> {
        let last = self.cases.as_ref().map_or(0, |cases| last_page(cases));
        let page = match command {
            Command::PageUp => self.page.saturating_sub(1),
            Command::PageDown => (self.page + 1).min(last),
            _ => return None,
        };
        (page != self.page).then(|| self.update(Message::Page(page)))
    }

    /// The page came; one that is gone, because there are fewer cases now, gives way to the last there is.
    fn take(&mut self, cases: Arc<Cases>) -> Action {
        let last = last_page(&cases);
        self.cases = Some(cases);
        if self.page <= last {
            return Action::None;
        }
        self.page = last;
        self.refresh()
    }

    fn export(&mut self) -> Action {
        if !self.is_ready() {
            return Action::None;
        }
        self.result = None;
        self.busy = true;
        // A signature is for one export.
        let signature = Passphrase(std::mem::take(&mut self.signature));
        Action::Run(Job::ExportGallery { folder: PathBuf::from(self.folder.trim()), signature })
    }

    fn is_ready(&self) -> bool {
        !self.busy && !self.folder.trim().is_empty() && !self.signature.is_empty()
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match answer {
            // A page that the person left meanwhile is of no interest any more.
            Answer::Cases(page, outcome) if page == self.page => match outcome {
                Ok(cases) => return self.take(cases),
                Err(failure) => self.result = Some(Err(failure)),
            },
            Answer::Picked(Asked::Gallery, Some(path)) => self.folder = path.to_string_lossy().into_owned(),
            Answer::GalleryWritten(result) => {
                self.busy = false;
                self.result = Some(result);
            }
            _ => {}
        }
        Action::None
    }

    /// The screen as it stands.
    #[must_use]
    pub fn view<'a>(&'a self, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
        let t = tokens(theme);
        let mut page = column![widget::title(text::TITLE), widget::muted(text::SUB)].spacing(gap::L).max_width(900);
        let Some(cases) = &self.cases else {
            return container(page.push(widget::muted(text::LOADING))).padding(gap::XL).into();
        };
        if cases.series == 0 {
            let page = column![page, widget::empty(text::EMPTY, text::EMPTY_SUB, None)];
            return container(page).padding(gap::XL).width(Fill).height(Fill).into();
        }
        page = page.push(self.export_part(works.of(Work::Gallery)));
        match &self.result {
            Some(Ok(sentence)) => page = page.push(widget::banner(t.good, sentence.as_str())),
            Some(Err(failure)) => page = page.push(widget::banner(t.wrong, failure.0.as_str())),
            None => {}
        }
        let (may, may_not): (Vec<_>, Vec<_>) = cases.listed.iter().partition(|case| case.allowed);
        page = page.push(pager(cases));
        if !may.is_empty() || cases.allowed == 0 {
            page = page.push(group(text::MAY, &may, cases.allowed, t));
        }
        if cases.allowed == 0 {
            page = page.push(widget::muted(text::NONE_MAY));
        }
        if !may_not.is_empty() {
            page = page.push(group(text::MAY_NOT, &may_not, cases.series.saturating_sub(cases.allowed), t));
        }
        page = page.push(pager(cases));
        scrollable(container(page).padding(gap::XL).width(Fill)).id(PAGE).style(style::scroll).height(Fill).into()
    }

    fn export_part<'a>(&'a self, running: Option<&'a Running>) -> Element<'a, Message> {
        // Also one that was begun before the screens were locked.
        if let Some(running) = running {
            let (done, total) = running.count();
            let left = if running.is_stopping() { Some(text::STOPPING.to_owned()) } else { running.time_left() };
            let cancel = widget::plain(text::CANCEL, (!running.is_stopping()).then_some(Message::Cancel));
            return column![widget::progress(running.stage(), done, total, left), cancel].spacing(gap::M).into();
        }
        let folder = widget::input("/path/to/gallery", &self.folder, Message::Folder).on_submit(Message::Export);
        let folder = row![folder, widget::plain(text::CHOOSE, Some(Message::Choose))].spacing(gap::S);
        let signature = widget::input("", &self.signature, |typed| Message::Signature(Zeroizing::new(typed)));
        let export = widget::primary(text::EXPORT, self.is_ready().then_some(Message::Export));
        let sign = row![signature.secure(true).on_submit(Message::Export), export].spacing(gap::S);
        column![widget::field(text::FOLDER, folder), widget::field(text::SIGNATURE, sign)].spacing(gap::L).into()
    }
}

fn last_page(cases: &Cases) -> u32 {
    cases.series.saturating_sub(1) / CASES
}

/// "51 – 100 of 20,000" between two buttons; nothing when all are on one page.
fn pager<'a>(cases: &Cases) -> Option<Element<'a, Message>> {
    let last = last_page(cases);
    if last == 0 {
        return None;
    }
    let first = cases.page * CASES;
    let end = u64::from(first) + cases.listed.len() as u64;
    let place = format!("{} – {} of {}", grouped(u64::from(first) + 1), grouped(end), grouped(cases.series.into()));
    let earlier = cases.page.checked_sub(1).map(Message::Page);
    let later = (cases.page < last).then_some(Message::Page(cases.page + 1));
    let turn = row![widget::plain(text::EARLIER, earlier), widget::muted(place), widget::plain(text::LATER, later)];
    Some(turn.spacing(gap::M).align_y(Alignment::Center).into())
}

/// What of a part of the list, which has `total` cases, is on the page.
fn group<'a>(head: &'a str, cases: &[&'a Case], total: u32, t: &Tokens) -> Element<'a, Message> {
    let count = widget::muted(if total == 1 { counted(1, "case") } else { format!("{} cases", grouped(total.into())) });
    column![row![widget::heading(head), count].spacing(gap::M).align_y(Alignment::Center)]
        .extend(cases.iter().map(|case| line(case, t)))
        .spacing(gap::XS)
        .into()
}

fn line<'a>(case: &'a Case, t: &Tokens) -> Element<'a, Message> {
    let color = if case.standing.is_ok() { t.good } else { t.dim };
    let (Ok(words) | Err(words)) = &case.standing;
    let name = widget::body(case.patient.display_name()).font(theme::MEDIUM);
    let inside = row![
        widget::dot(color),
        name.width(260).wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        widget::muted(case.series.title()).width(Fill),
        widget::muted(words.as_str()),
        space()
    ]
    .spacing(gap::M)
    .align_y(Alignment::Center);
    button(inside)
        .padding([9.0, gap::M])
        .width(Fill)
        .style(style::list_row(false))
        .on_press(Message::Open(case.patient.id))
        .into()
}
