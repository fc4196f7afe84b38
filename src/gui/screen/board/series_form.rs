//! The form of a series: a new one with what for, where and which views; one that goes on with its plan and its end.

use iced::widget::{Column, button, column, row, space};
use iced::{Element, Fill, Theme};

use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, SeriesPlan};
use crate::gui::screen::board::view::words_of_view;
use crate::gui::theme::{space as gap, style, tokens};
use crate::gui::widget;
use crate::model::{Area, Indication, NewSeries, PatientId, Series, SeriesId, SeriesState};
use crate::protocol;

/// The form.
pub struct SeriesForm {
    patient: PatientId,
    /// Whose plan is corrected and how it stands; none for a new series.
    of: Option<(SeriesId, String, SeriesState)>,
    /// The patient's other series, which a new one may go on from.
    others: Vec<Series>,
    after: Option<SeriesId>,
    indication: Indication,
    areas: Vec<Area>,
    planned: String,
    shortest: String,
    longest: String,
    busy: bool,
    error: Option<String>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// An indication was chosen.
    Indication(Label<Indication>),
    /// The series it goes on from was chosen.
    After(Earlier),
    /// An area was added or taken out.
    Area(Area),
    /// The number of sessions was edited.
    Planned(String),
    /// The shortest interval was edited.
    Shortest(String),
    /// The longest interval was edited.
    Longest(String),
    /// Whether the series goes on was chosen.
    State(State),
    /// Save.
    Save,
    /// Close without saving.
    Cancel,
}

/// An indication in the pick list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<T>(pub T);

impl std::fmt::Display for Label<Indication> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.words())
    }
}

/// What a new series goes on from, in the pick list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier(pub Option<(SeriesId, String)>);

impl std::fmt::Display for Earlier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_ref().map_or(text::NOTHING, |(_, title)| title))
    }
}

/// A state in the pick list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State(pub SeriesState);

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            SeriesState::Open => text::OPEN,
            SeriesState::Finished => text::FINISHED,
            SeriesState::Stopped => text::STOPPED,
        })
    }
}

mod text {
    pub const OPEN: &str = "goes on";
    pub const FINISHED: &str = "finished";
    pub const STOPPED: &str = "stopped early";
    pub const STATE: &str = "The series";
    pub const MEANS: &str =
        "Labels and due dates are worked out anew. Photos and views stay as they are. Ctrl Z takes it back.";
    pub const SAVE_EDIT: &str = "Save";
    pub const TITLE: &str = "New series";
    pub const INDICATION: &str = "Indication";
    pub const AREAS: &str = "Areas";
    pub const AFTER: &str = "Goes on from";
    pub const NOTHING: &str = "nothing: a new beginning";
    pub const AFTER_MEANS: &str = "Views that show the same are aligned to the references of that series, so that its photos and the new ones \
         lie over each other.";
    pub const PLANNED: &str = "Sessions (0: open-ended)";
    pub const SHORTEST: &str = "Interval from, days";
    pub const LONGEST: &str = "to, days";
    pub const VIEWS: &str = "Views that are photographed each time";
    pub const SAVE: &str = "Begin series";
    pub const CANCEL: &str = "Cancel";
    pub const NO_AREA: &str = "A series needs at least one area. Choose where the skin is treated.";
    pub const NO_NUMBER: &str =
        "Sessions and days are whole numbers, and the interval runs from the shorter to the longer.";
}

impl SeriesForm {
    /// The form with the usual plan of the first indication.
    #[must_use]
    pub fn new(patient: PatientId, others: &[Series]) -> Self {
        let mut form = Self {
            patient,
            of: None,
            others: others.to_vec(),
            after: None,
            indication: Indication::AcneScars,
            areas: Vec::new(),
            planned: String::new(),
            shortest: String::new(),
            longest: String::new(),
            busy: false,
            error: None,
        };
        form.prefill(Indication::AcneScars);
        form
    }

    /// The form of a series that is there.
    #[must_use]
    pub fn of(series: &Series) -> Self {
        Self {
            of: Some((series.id, series.title(), series.state)),
            areas: series.areas.clone(),
            planned: series.planned.to_string(),
            shortest: series.interval_min_days.to_string(),
            longest: series.interval_max_days.to_string(),
            ..Self::new(series.patient, &[])
        }
    }

    fn prefill(&mut self, indication: Indication) {
        let preset = protocol::preset(indication);
        self.indication = indication;
        self.areas.clone_from(&preset.areas);
        self.planned = preset.planned.to_string();
        self.shortest = preset.interval_min_days.to_string();
        self.longest = preset.interval_max_days.to_string();
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Action {
        self.error = None;
        match message {
            Message::Indication(Label(indication)) => self.prefill(indication),
            Message::After(Earlier(chosen)) => {
                self.after = chosen.map(|(id, _)| id);
                if let Some(series) = self.others.iter().find(|series| Some(series.id) == self.after) {
                    self.indication = series.indications.first().copied().unwrap_or(self.indication);
                    self.areas.clone_from(&series.areas);
                }
            }
            Message::Area(area) => match self.areas.iter().position(|a| *a == area) {
                Some(at) => {
                    let _ = self.areas.remove(at);
                }
                None => self.areas.push(area),
            },
            Message::Planned(text) => self.planned = text,
            Message::Shortest(text) => self.shortest = text,
            Message::Longest(text) => self.longest = text,
            Message::Cancel => {}
            Message::Save if self.busy => {}
            Message::State(State(to)) => {
                if let Some((_, _, state)) = &mut self.of {
                    *state = to;
                }
            }
            Message::Save => match self.job() {
                Ok(job) => {
                    self.busy = true;
                    return Action::Run(job);
                }
                Err(sentence) => self.error = Some(sentence.to_owned()),
            },
        }
        Action::None
    }

    /// Shows why the vault refused it.
    pub fn fail(&mut self, failure: Failure) {
        self.busy = false;
        self.error = Some(failure.0);
    }

    fn job(&self) -> Result<Job, &'static str> {
        let series = self.series()?;
        Ok(match &self.of {
            None => Job::AddSeries(series),
            Some((id, _, state)) => {
                let days = (series.interval_min_days, series.interval_max_days);
                Job::EditSeries(self.patient, *id, SeriesPlan { planned: series.planned, days, state: *state })
            }
        })
    }

    /// What would be stored.
    pub fn series(&self) -> Result<NewSeries, &'static str> {
        if self.areas.is_empty() {
            return Err(text::NO_AREA);
        }
        let number = |text: &str| text.trim().parse::<u32>().map_err(|_| text::NO_NUMBER);
        let (planned, min, max) = (number(&self.planned)?, number(&self.shortest)?, number(&self.longest)?);
        if min > max || planned > 99 || max > 3660 {
            return Err(text::NO_NUMBER);
        }
        Ok(NewSeries {
            patient: self.patient,
            indications: vec![self.indication],
            areas: self.areas.clone(),
            planned,
            interval_min_days: min,
            interval_max_days: max,
            views: protocol::views_for(&self.areas),
            predecessor: self.after,
        })
    }

    /// The form as it stands.
    #[must_use]
    pub fn view(&self, theme: &Theme) -> Element<'_, Message> {
        let number = |value, on: fn(String) -> Message| widget::input("", value, on).on_submit(Message::Save);
        let plan = row![
            widget::field(text::PLANNED, number(&self.planned, Message::Planned)),
            widget::field(text::SHORTEST, number(&self.shortest, Message::Shortest)),
            widget::field(text::LONGEST, number(&self.longest, Message::Longest))
        ]
        .spacing(gap::M);
        let (form, save) = match &self.of {
            None => (self.of_new(plan.into()), text::SAVE),
            Some((_, title, state)) => {
                let all = SeriesState::ALL.iter().copied().map(State).collect();
                let state = widget::pick(all, Some(State(*state)), Message::State).width(Fill);
                let fields = column![widget::title(title.as_str()), plan, widget::field(text::STATE, state)];
                (fields.push(widget::muted(text::MEANS)), text::SAVE_EDIT)
            }
        };
        let mut form = form.spacing(gap::L).width(600);
        if let Some(error) = &self.error {
            form = form.push(widget::banner(tokens(theme).wrong, error.as_str()));
        }
        let save = widget::primary(save, (!self.busy).then_some(Message::Save));
        let cancel = widget::quiet(text::CANCEL, Some(Message::Cancel));
        form.push(row![space().width(Fill), cancel, save].spacing(gap::S)).into()
    }

    fn of_new<'a>(&'a self, plan: Element<'a, Message>) -> Column<'a, Message> {
        let all = Indication::ALL.iter().copied().map(Label).collect();
        let indication = widget::pick(all, Some(Label(self.indication)), Message::Indication).width(Fill);
        let areas = Area::ALL.iter().map(|area| {
            button(widget::words(area.words(), 12.0))
                .padding([5, 10])
                .style(style::toggle(self.areas.contains(area)))
                .on_press(Message::Area(*area))
                .into()
        });
        let views: Vec<String> = protocol::views_for(&self.areas).iter().map(words_of_view).collect();
        column![widget::title(text::TITLE)]
            .push(self.goes_on())
            .push(widget::field(text::INDICATION, indication))
            .push(widget::field(text::AREAS, row(areas).spacing(gap::XS).wrap()))
            .push(plan)
            .push(widget::field(text::VIEWS, widget::body(views.join(" · "))))
    }

    /// The choice among the patient's other series, where there are any.
    fn goes_on(&self) -> Option<Element<'_, Message>> {
        if self.others.is_empty() {
            return None;
        }
        let known = self.others.iter().map(|series| Earlier(Some((series.id, series.title()))));
        let all: Vec<Earlier> = std::iter::once(Earlier(None)).chain(known).collect();
        let chosen = all.iter().find(|e| e.0.as_ref().map(|(id, _)| *id) == self.after).cloned();
        let mut field =
            column![widget::field(text::AFTER, widget::pick(all, chosen, Message::After).width(Fill))].spacing(gap::XS);
        if self.after.is_some() {
            field = field.push(widget::muted(text::AFTER_MEANS));
        }
        Some(field.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_the_indication_is_prefilled_with_its_views() {
        let form = SeriesForm::new(PatientId(1), &[]);
        let series = form.series().expect("a complete series");
        assert!(!series.views.is_empty() && !series.areas.is_empty() && series.planned > 0);
    }

    #[test]
    fn a_series_without_an_area_is_not_asked_for() {
        let mut form = SeriesForm::new(PatientId(1), &[]);
        for area in form.areas.clone() {
            let _ = form.update(Message::Area(area));
        }
        assert!(form.update(Message::Save).jobs().is_empty());
        assert_eq!(form.error.as_deref(), Some(text::NO_AREA));
    }
}
