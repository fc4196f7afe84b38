//! A recovery code that is shown once, until it is written down or printed.

use std::path::PathBuf;

use iced::widget::{checkbox, column, container, row, space};
use iced::{Element, Fill, Theme};

use super::save::{Placing, SavePlace};
use crate::gui::action::Action;
use crate::gui::job::{Answer, Asked, Code, Job, UpkeepAnswer, UpkeepJob};
use crate::gui::theme::{size, space as gap, style, tokens};
use crate::gui::widget;

/// Size of the letters of a recovery code.
const CODE: f32 = 17.0;
/// Id of the field for the path of the page.
const PATH: &str = "code-page";
/// What the page is called unless somebody says otherwise.
const SUGGESTED: (Asked, &str) = (Asked::Sheet, "recovery-code.pdf");

mod text {
    pub const TITLE: &str = "Write this down";
    pub const WHY: &str = "This recovery code opens the vault when a passphrase is forgotten. It is shown once and \
                           cannot be shown again; an older code opens nothing any more. Keep it on paper, away from this \
                           computer.";
    pub const DONE: &str = "I have it on paper";
    pub const PRINT: &str = "Print…";
    pub const PAGE: &str = "A page to print is written to a place you choose. It opens the vault for whoever finds it: print it, \
                            then delete it here. Do not choose a folder that a cloud service synchronises.";
    pub const HINT: &str = "/path/to/recovery-code.pdf";
    pub const SAVE: &str = "Write the page";
    pub const REMOVE: &str = "Delete the file";
    pub const REMOVED: &str = "The file was deleted. If it lay in a synchronised folder, delete it there too.";
}

/// The code, and what became of it.
pub struct ShownCode {
    code: Code,
    written_down: bool,
    page: Page,
}

/// The page that is printed from.
enum Page {
    None,
    Placing(SavePlace),
    Saved(PathBuf, Option<String>),
    Removed,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum OnCode {
    /// "I have it on paper."
    WrittenDown(bool),
    /// "Print…"
    Print,
    /// In the place of the page.
    Placing(Placing),
    /// Delete the page that was written.
    Remove,
}

impl ShownCode {
    /// A code that nobody has seen yet.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, written_down: false, page: Page::None }
    }

    /// Whether it may go from the screen.
    #[must_use]
    pub fn is_written_down(&self) -> bool {
        self.written_down
    }

    /// Where a page with the code lies that nobody has deleted.
    #[must_use]
    pub fn left_behind(&self) -> Option<String> {
        match &self.page {
            Page::Saved(path, _) => Some(format!(
                "The page with the recovery code still lies at {}. Delete it when it is printed.",
                path.display()
            )),
            _ => None,
        }
    }

    /// Takes what happened.
    pub fn update(&mut self, message: OnCode) -> Action {
        match (message, &mut self.page) {
            (OnCode::WrittenDown(yes), _) => self.written_down = yes,
            (OnCode::Print, Page::None | Page::Removed) => {
                self.page = Page::Placing(SavePlace::default());
                return Action::Focus(PATH);
            }
            (OnCode::Placing(message), Page::Placing(place)) => {
                return place.update(message, SUGGESTED, job(self.code.clone()));
            }
            (OnCode::Remove, Page::Saved(path, _)) => {
                return Action::Run(Job::Upkeep(UpkeepJob::RemoveSheet(path.clone())));
            }
            _ => {}
        }
        Action::None
    }

    /// Takes what came back.
    pub fn receive(&mut self, answer: Answer) -> Action {
        match (answer, &mut self.page) {
            (Answer::Picked(Asked::Sheet, Some(path)), Page::Placing(place)) => {
                return place.pick(path, job(self.code.clone()));
            }
            (Answer::Upkeep(UpkeepAnswer::SheetSaved(path, outcome)), Page::Placing(place)) => match outcome {
                Ok(()) => self.page = Page::Saved(path, None),
                Err(problem) => place.done(Some(problem)),
            },
            (Answer::Upkeep(UpkeepAnswer::SheetRemoved(outcome)), Page::Saved(_, error)) => match outcome {
                Ok(()) => self.page = Page::Removed,
                Err(failure) => *error = Some(failure.0),
            },
            _ => {}
        }
        Action::None
    }

    /// The code and what it is for; `label` names the way on.
    pub fn view<'a, M: Clone + 'a>(
        &'a self,
        theme: &Theme,
        label: &'a str,
        on: fn(OnCode) -> M,
        on_proceed: M,
    ) -> Element<'a, M> {
        // Small enough for one line, so that nobody copies the half of it.
        let code = widget::words(self.code.as_str(), CODE).font(iced::Font::MONOSPACE).center().width(Fill);
        let code = container(code).padding(gap::L).width(Fill).style(style::letterbox);
        let done = checkbox(self.written_down).label(text::DONE).on_toggle(move |yes| on(OnCode::WrittenDown(yes)));
        let proceed = widget::primary(label, self.written_down.then_some(on_proceed));
        let print = matches!(self.page, Page::None | Page::Removed).then(|| on(OnCode::Print));
        let buttons = row![proceed, space().width(Fill)].push(print.map(|p| widget::plain(text::PRINT, Some(p))));
        column![widget::title(text::TITLE), widget::muted(text::WHY), code]
            .push(self.page_part(theme, on))
            .push(done.text_size(size::BODY).spacing(gap::S))
            .push(buttons.spacing(gap::S))
            .spacing(gap::L)
            .into()
    }

    fn page_part<'a, M: Clone + 'a>(&'a self, theme: &Theme, on: fn(OnCode) -> M) -> Option<Element<'a, M>> {
        let t = tokens(theme);
        match &self.page {
            Page::None => None,
            Page::Removed => Some(widget::banner(t.good, text::REMOVED)),
            Page::Placing(place) => {
                // Captured by none of the screens: each wraps these messages by itself.
                let [field, save] = place.view((PATH, text::HINT, text::SAVE), t, OnCode::Placing);
                let part = column![widget::muted(text::PAGE), field, save].spacing(gap::M);
                Some(Element::from(part).map(on))
            }
            Page::Saved(path, error) => {
                let said = format!("Written to {}. Print it, then delete it.", path.display());
                let failed = error.as_deref().map(|error| widget::banner(t.wrong, error));
                let remove = widget::plain(text::REMOVE, Some(on(OnCode::Remove))).style(style::danger);
                Some(column![widget::banner(t.attention, said)].push(failed).push(remove).spacing(gap::M).into())
            }
        }
    }
}

fn job(code: Code) -> impl FnOnce(PathBuf, bool) -> Job {
    move |path, replace| Job::Upkeep(UpkeepJob::SaveSheet { code, path, replace })
}
