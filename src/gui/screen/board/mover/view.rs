//! How the dialog looks.

use iced::widget::image::Handle;
use iced::widget::{button, column, container, image, row, scrollable, space, text::Wrapping};
use iced::{Alignment, ContentFit, Element, Fill, Theme};

use super::{Choice, Message, Mover, What};
use crate::gui::screen::board::view::words_of_view;
use crate::gui::theme::{space as gap, style, tokens};
use crate::gui::widget;
use crate::model::text::short_date;
use crate::model::{Phase, Session, SessionLabel, View, labels};
use crate::vault::Caution;

const WIDTH: u32 = 620;
const PICTURE: (f32, f32) = (168.0, 112.0);

mod text {
    pub const TITLE: &str = "Where does it belong?";
    pub const PHOTO: &str = "This photo";
    pub const SESSION: &str = "The whole session";
    pub const EVERYTHING: &str = "The whole patient";
    pub const PATIENT: &str = "Patient";
    pub const CODE: &str = "code of another patient";
    pub const FIND: &str = "Find";
    pub const SERIES: &str = "Series";
    pub const VISIT: &str = "Session";
    pub const VIEW: &str = "View";
    pub const TAKEN: &str = "Taken";
    pub const NO_VIEW: &str = "no view yet";
    pub const CHOOSE: &str = "Choose another place. What it would mean is said here before anything is moved.";
    pub const NO_SERIES: &str = "This patient has no series yet. Begin one on their page first.";
    pub const NO_SESSION: &str = "This series has no session yet. Move the whole session instead.";
    pub const SAME_PERSON: &str =
        "Two records of one person: find the one that stays, by its code. Everything of this one goes there.";
    pub const WHOSE: &str =
        "Find the patient it belongs to, by the code. What that would mean is said here before it is moved.";
    pub const NOTHING: &str = "Nothing else changes. Ctrl Z takes it back.";
    pub const DO: &str = "Move";
    pub const MERGE: &str = "Make them one patient";
    pub const CANCEL: &str = "Cancel";
}

impl Mover {
    /// The dialog as it stands, with the picture it is about.
    #[must_use]
    pub fn view<'a>(&'a self, picture: Option<&'a Handle>, theme: &Theme) -> Element<'a, Message> {
        let t = tokens(theme);
        let toggle = |label, what| {
            let words = widget::words(label, 12.0);
            button(words).padding([6, 10]).style(style::toggle(self.what == what)).on_press(Message::What(what))
        };
        let of_photo = self.photo.is_some();
        let what: Element<'_, Message> = match &self.document {
            Some(of) => widget::body(of.file_name.0.as_str()).wrapping(Wrapping::WordOrGlyph).into(),
            None => row![]
                .push(of_photo.then(|| toggle(text::PHOTO, What::Photo)))
                .push(of_photo.then(|| toggle(text::SESSION, What::Session)))
                .push(toggle(text::EVERYTHING, What::Everything))
                .spacing(gap::XS)
                .into(),
        };
        let mut fields = column![what, self.patient_field()].spacing(gap::M);
        if matches!(self.what, What::Photo | What::Session) {
            fields = fields.push(widget::field(text::SERIES, self.series_list()));
        }
        if self.what == What::Photo {
            fields = fields
                .push(widget::field(text::VISIT, self.session_list()))
                .push(widget::field(text::VIEW, self.view_list()));
            let treats = self.chosen_session().is_some_and(|session| session.kind.treats());
            fields = fields.push(treats.then(|| widget::field(text::TAKEN, self.phase_list())));
        }
        let about = self.photo.is_some().then(|| shown(picture));
        let mut page = column![widget::title(text::TITLE), row![].push(about).push(fields.width(Fill)).spacing(gap::L)];
        page = page.push(match (&self.error, &self.plan) {
            (Some(error), _) => widget::banner(t.wrong, error.as_str()),
            (None, None) if self.what == What::Everything => widget::muted(text::SAME_PERSON).into(),
            (None, None) if self.what == What::Document => widget::muted(text::WHOSE).into(),
            (None, None) if self.courses.is_empty() => widget::muted(text::NO_SERIES).into(),
            (None, None) if self.what == What::Photo && self.sessions().is_empty() => {
                widget::muted(text::NO_SESSION).into()
            }
            (None, None) => widget::muted(text::CHOOSE).into(),
            (None, Some(plan)) if plan.cautions.is_empty() => widget::muted(text::NOTHING).into(),
            (None, Some(plan)) => {
                let line = |caution: &Caution| {
                    let color = if caution.widens() { t.wrong } else { t.attention };
                    widget::banner(color, caution.sentence())
                };
                let lines = column(plan.cautions.iter().map(line)).spacing(gap::XS);
                container(scrollable(lines).style(style::scroll)).max_height(260).into()
            }
        });
        let ready = !self.busy;
        let label = if self.what == What::Everything { text::MERGE } else { text::DO };
        let buttons = row![
            space().width(Fill),
            widget::quiet(text::CANCEL, ready.then_some(Message::Cancel)),
            widget::primary(label, (ready && self.plan.is_some()).then_some(Message::Move))
        ];
        page.push(buttons.spacing(gap::S)).spacing(gap::L).width(WIDTH).into()
    }

    fn patient_field(&self) -> Element<'_, Message> {
        let whom = format!("{} · {}", self.whom.display_name(), self.whom.code.0);
        let input = widget::input(text::CODE, &self.code, Message::Code).id(super::CODE).on_submit(Message::Find);
        let line = row![
            container(widget::body(whom).wrapping(Wrapping::WordOrGlyph)).width(Fill),
            container(input).width(180),
            widget::plain(text::FIND, (!self.busy).then_some(Message::Find))
        ];
        widget::field(text::PATIENT, line.spacing(gap::S).align_y(Alignment::Center))
    }

    fn series_list(&self) -> Element<'_, Message> {
        let all: Vec<_> =
            self.courses.iter().map(|(series, _)| Choice { value: series.id, words: series.title() }).collect();
        let chosen = all.iter().find(|choice| Some(choice.value) == self.to).cloned();
        widget::pick(all, chosen, Message::Series).width(Fill).into()
    }

    fn session_list(&self) -> Element<'_, Message> {
        let planned = self.courses.iter().find(|(series, _)| Some(series.id) == self.to).map_or(0, |(s, _)| s.planned);
        let labels = labels(self.sessions(), planned);
        let named = |session: &Session| {
            let label = labels.get(&session.id).map(SessionLabel::short).unwrap_or_default();
            Choice { value: session.id, words: format!("{} · {label}", short_date(session.date)) }
        };
        let all: Vec<_> = self.sessions().iter().map(named).collect();
        let chosen = all.iter().find(|choice| Some(choice.value) == self.session).cloned();
        widget::pick(all, chosen, Message::Session).width(Fill).into()
    }

    fn phase_list(&self) -> Element<'_, Message> {
        let named = |value: Phase| Choice { value, words: value.words().to_owned() };
        let all = [Phase::BeforeTreatment, Phase::ImmediatelyAfter].map(named).to_vec();
        widget::pick(all, self.chosen_phase().map(named), Message::Phase).width(Fill).into()
    }

    fn view_list(&self) -> Element<'_, Message> {
        let there = self.to.and_then(|series| self.views.get(&series)).map_or(&[][..], Vec::as_slice);
        let named = |view: &View| Choice { value: Some(view.id), words: words_of_view(&view.spec) };
        let none = Choice { value: None, words: text::NO_VIEW.to_owned() };
        let all: Vec<_> = there.iter().map(named).chain([none]).collect();
        let chosen = all.iter().find(|choice| choice.value == self.view).cloned();
        widget::pick(all, chosen, Message::View).width(Fill).into()
    }
}

fn shown(picture: Option<&Handle>) -> Element<'_, Message> {
    match picture {
        Some(handle) => image(handle).content_fit(ContentFit::Contain).width(PICTURE.0).height(PICTURE.1).into(),
        None => container(space().width(PICTURE.0).height(PICTURE.1)).style(style::letterbox).into(),
    }
}
