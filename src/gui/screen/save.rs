//! Where a file goes: a path that is typed, or chosen in the desktop's own dialog.

use std::path::PathBuf;

use iced::Element;
use iced::widget::{column, row};

use crate::gui::action::Action;
use crate::gui::job::{Asked, Job, NotSaved};
use crate::gui::theme::{Tokens, space as gap, style};
use crate::gui::widget;

mod text {
    pub const FILE: &str = "File";
    pub const CHOOSE: &str = "Choose…";
    pub const SAVING: &str = "Saving…";
    pub const REPLACE: &str = "Replace the file";
    pub const EXISTS: &str =
        "A file of this name is there already. Nothing was written. Replace it, or choose another name.";
}

/// The place of a file that is about to be written.
#[derive(Default)]
pub struct SavePlace {
    path: String,
    /// What the desktop's own dialog gave, which asked by itself before it named a file that is there.
    picked: Option<PathBuf>,
    busy: bool,
    problem: Option<NotSaved>,
}

/// What happened to it.
#[derive(Debug, Clone)]
pub enum Placing {
    /// The path was edited.
    Path(String),
    /// Ask the desktop.
    Choose,
    /// Write.
    Save,
    /// Write over the file that is there.
    Replace,
}

impl SavePlace {
    /// Takes what happened; `asked` and `suggested` are for the desktop, `job` writes to a path, over a file or not.
    pub fn update(
        &mut self,
        message: Placing,
        (asked, suggested): (Asked, &'static str),
        job: impl FnOnce(PathBuf, bool) -> Job,
    ) -> Action {
        match message {
            Placing::Path(path) => {
                self.path = path;
                self.problem = None;
                Action::None
            }
            Placing::Choose => Action::Run(Job::PickFile { asked, suggested }),
            Placing::Save => self.save(false, job),
            Placing::Replace => self.save(true, job),
        }
    }

    /// The desktop gave a path: it is written there at once.
    pub fn pick(&mut self, path: PathBuf, job: impl FnOnce(PathBuf, bool) -> Job) -> Action {
        self.path = path.to_string_lossy().into_owned();
        self.picked = Some(path);
        self.save(false, job)
    }

    fn save(&mut self, replace: bool, job: impl FnOnce(PathBuf, bool) -> Job) -> Action {
        if self.busy || self.path.trim().is_empty() {
            return Action::None;
        }
        self.busy = true;
        self.problem = None;
        let path = PathBuf::from(self.path.trim());
        let replace = replace || self.picked.as_ref() == Some(&path);
        Action::Run(job(path, replace))
    }

    /// Whether it is being written.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// It was written, or not.
    pub fn done(&mut self, problem: Option<NotSaved>) {
        self.busy = false;
        self.problem = problem;
    }

    /// The field with what is wrong under it, and the button that writes; `id` names the field, `hint` stands in it while
    /// it is empty, `label` on the button.
    pub fn view<'a, M: Clone + 'a>(
        &'a self,
        (id, hint, label): (&'static str, &'a str, &'a str),
        t: &Tokens,
        on: fn(Placing) -> M,
    ) -> [Element<'a, M>; 2] {
        let input = widget::input(hint, &self.path, move |path| on(Placing::Path(path))).id(id);
        let input = input.on_submit(on(Placing::Save));
        let choose = widget::plain(text::CHOOSE, (!self.busy).then(|| on(Placing::Choose)));
        let problem = match &self.problem {
            Some(NotSaved::Failed(failure)) => Some(widget::banner(t.wrong, failure.0.as_str())),
            Some(NotSaved::Exists) => Some(widget::banner(t.attention, text::EXISTS)),
            None => None,
        };
        let field = widget::field(text::FILE, row![input, choose].spacing(gap::S));
        let ready = !self.busy && !self.path.trim().is_empty();
        let button = if self.problem == Some(NotSaved::Exists) {
            widget::plain(text::REPLACE, ready.then(|| on(Placing::Replace))).style(style::danger)
        } else {
            let label = if self.busy { text::SAVING } else { label };
            widget::primary(label, ready.then(|| on(Placing::Save)))
        };
        [column![field].push(problem).spacing(gap::M).into(), button.into()]
    }
}
