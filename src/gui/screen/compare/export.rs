//! The dialog that saves the pair as one picture.

use std::path::PathBuf;

use iced::widget::{checkbox, column, row, space};
use iced::{Color, Element, Fill};

use super::Message;
use crate::align::{Placement, Unplaced};
use crate::export::composite::covered_sentence;
use crate::gui::action::Action;
use crate::gui::job::{Asked, Job, Manner, NotSaved, Pair};
use crate::gui::theme::{Tokens, size, space as gap, style};
use crate::gui::widget;
use crate::model::Purpose;

/// Id of the field for the path.
const PATH: &str = "export-path";

/// What is said when a file of the chosen name is there.
pub const EXISTS: &str =
    "A file of this name is there already. Nothing was written. Replace it, or choose another name.";

mod text {
    pub const TITLE: &str = "Save the pair as one picture";
    pub const SUB: &str = "With the session labels. The file holds no name, no date and no metadata.";
    pub const ACCEPT: &str = "I have checked it: use the suggested alignment";
    pub const CROPPED: &str = "Cropped to what both pictures show.";
    pub const AS_TAKEN: &str = "The pictures are placed side by side as they were taken.";
    pub const MATCHED: &str =
        "Exposure and colour of both whole pictures are matched, and both are marked with what was done to them.";
    pub const APART: &str = "What is not aligned is not matched either: exposure and colour stay as they were taken.";
    pub const REPLACE: &str = "Replace the file";
    pub const FILE: &str = "File";
    pub const CHOOSE: &str = "Choose…";
    pub const SAVE: &str = "Save";
    pub const SAVING: &str = "Saving…";
    pub const CANCEL: &str = "Cancel";
}

/// The dialog.
pub(super) struct Export {
    pair: Pair,
    path: String,
    /// What the desktop's own dialog gave, which asked by itself before it named a file that is there.
    picked: Option<PathBuf>,
    manner: Manner,
    busy: bool,
    problem: Option<NotSaved>,
}

impl Export {
    /// The dialog for a pair, matched or as it was taken, with the cursor in the field for the path.
    pub(super) fn new(pair: Pair, matched: bool) -> (Self, Action) {
        let manner = Manner { matched, ..Manner::default() };
        let dialog = Self { pair, path: String::new(), picked: None, manner, busy: false, problem: None };
        (dialog, Action::Focus(PATH))
    }

    /// Whether it stands there for this pair.
    pub(super) fn is_for(&self, pair: Pair) -> bool {
        self.pair == pair
    }

    /// Whether it waits for this pair to be saved.
    pub(super) fn is_saving(&self, pair: Pair) -> bool {
        self.busy && self.pair == pair
    }

    /// Takes a message that is the dialog's.
    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Path(path) => self.type_path(path),
            Message::AcceptSuggestion(accept) => self.manner.accept_suggestion = accept,
            Message::Choose => return self.choose(),
            Message::Save => return self.save(false),
            Message::Replace => return self.save(true),
            _ => {}
        }
        Action::None
    }

    fn type_path(&mut self, path: String) {
        self.path = path;
        self.problem = None;
    }

    /// Asks the desktop for a path.
    fn choose(&self) -> Action {
        Action::Run(Job::PickFile { asked: Asked::Composite(self.pair), suggested: "before-after.jpg" })
    }

    /// The desktop gave a path.
    pub(super) fn pick(&mut self, path: PathBuf) {
        self.type_path(path.to_string_lossy().into_owned());
        self.picked = Some(path);
    }

    /// Saves, over a file that is there only when `replace`.
    fn save(&mut self, replace: bool) -> Action {
        if self.busy || self.path.trim().is_empty() {
            return Action::None;
        }
        self.busy = true;
        self.problem = None;
        let path = PathBuf::from(self.path.trim());
        let replace = replace || self.picked.as_ref() == Some(&path);
        Action::Run(Job::Composite { pair: self.pair, path, manner: Manner { replace, ..self.manner } })
    }

    /// It could not be saved.
    pub(super) fn fail(&mut self, problem: NotSaved) {
        self.busy = false;
        self.problem = Some(problem);
    }

    /// The dialog as it stands, for a pair that is placed like this and, where it is not matched, says why.
    pub(super) fn view<'a>(
        &'a self,
        placement: &Placement,
        covered: &[Purpose],
        not_matched: Option<&'a str>,
        t: &Tokens,
    ) -> Element<'a, Message> {
        let path =
            widget::input("/path/to/before-after.jpg", &self.path, Message::Path).id(PATH).on_submit(Message::Save);
        let field =
            widget::field(text::FILE, row![path, widget::plain(text::CHOOSE, Some(Message::Choose))].spacing(gap::S));
        let ready = !self.busy && !self.path.trim().is_empty();
        let (color, sentence) = placed(placement, self.manner.accept_suggestion, t);
        let mut form = column![widget::title(text::TITLE), widget::muted(text::SUB), field];
        form = form.push(widget::banner(color, sentence));
        if self.manner.matched {
            let apart = placement.place(self.manner.accept_suggestion).is_none();
            let not = not_matched.or(apart.then_some(text::APART));
            form = form.push(widget::banner(t.attention, not.unwrap_or(text::MATCHED)));
        }
        let consents = covered_sentence(covered);
        form = form.push(if covered.is_empty() {
            widget::banner(t.attention, consents)
        } else {
            widget::muted(consents).into()
        });
        if matches!(placement, Placement::Suggestion(..)) {
            let accept =
                checkbox(self.manner.accept_suggestion).label(text::ACCEPT).on_toggle(Message::AcceptSuggestion);
            form = form.push(accept.text_size(size::BODY).spacing(gap::S));
        }
        form = form.spacing(gap::L).width(540);
        let exists = self.problem == Some(NotSaved::Exists);
        match &self.problem {
            Some(NotSaved::Failed(failure)) => form = form.push(widget::banner(t.wrong, failure.0.as_str())),
            Some(NotSaved::Exists) => form = form.push(widget::banner(t.attention, EXISTS)),
            None => {}
        }
        let label = if self.busy { text::SAVING } else { text::SAVE };
        let save = if exists {
            widget::plain(text::REPLACE, ready.then_some(Message::Replace)).style(style::danger)
        } else {
            widget::primary(label, ready.then_some(Message::Save))
        };
        let cancel = widget::quiet(text::CANCEL, Some(Message::CancelExport));
        form.push(row![space().width(Fill), cancel, save].spacing(gap::S)).into()
    }
}

/// How the pair will stand in the file, said before it is made.
fn placed(placement: &Placement, accept_suggestion: bool, t: &Tokens) -> (Color, String) {
    match placement {
        Placement::Reference(place) | Placement::Aligned(place) | Placement::ByPerson(place) => {
            (t.good, format!("Aligned{}. {}", place.residual_clause(), text::CROPPED))
        }
        Placement::Suggestion(..) if accept_suggestion => {
            (t.attention, format!("Aligned by a suggestion that you accepted. {}", text::CROPPED))
        }
        Placement::Suggestion(..) => (t.attention, format!("The alignment is a suggestion. {}", text::AS_TAKEN)),
        Placement::NotAligned(Unplaced::Waiting | Unplaced::NoView) => {
            (t.attention, format!("Not aligned yet. {}", text::AS_TAKEN))
        }
        Placement::NotAligned(Unplaced::Rejected) => {
            (t.attention, format!("The suggested alignment was rejected. {}", text::AS_TAKEN))
        }
        Placement::NotAligned(_) => (t.wrong, format!("Could not align. {}", text::AS_TAKEN)),
    }
}
