//! Verification: reading the originals again, and what was found.

use std::sync::Arc;

use iced::widget::{button, column, container, row, space};
use iced::{Alignment, Element, Fill, Theme};

use super::{part, running_part};
use crate::gui::action::Action;
use crate::gui::job::{Failure, Job, Kept, Outcome, Result as Upkept, UpkeepJob, Work};
use crate::gui::theme::{self, space as gap, style, tokens};
use crate::gui::widget;
use crate::gui::works::Works;
use crate::vault::{LastCheck, Sample};

/// The sample that is offered: every original is read within twenty runs.
const SHARE: Sample = Sample::Percent(5);
/// Of what was found, how much is listed.
const LISTED: usize = 100;

/// The part of the section.
pub struct Verify {
    sample: Sample,
    kept: Option<Arc<Kept>>,
    busy: bool,
    outcome: Option<Outcome<Arc<Upkept>>>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// How much is read.
    Sample(Sample),
    /// Verify now.
    Verify,
    /// Stop.
    Cancel,
}

mod text {
    pub const TITLE: &str = "Verification";
    pub const SUB: &str = "Reads the originals again, compares each with its hash, and looks through the records and the audit. Nothing \
                           that was filed is changed; an original that no record knows goes into the tray.";
    pub const ALL: &str = "All originals";
    pub const SHARE: &str = "5 %, those read longest ago";
    pub const NOW: &str = "Verify now";
    pub const KEY: &str = "V";
}

impl Verify {
    pub(super) fn new() -> Self {
        Self { sample: Sample::All, kept: None, busy: false, outcome: None }
    }

    /// The vault said what it remembers.
    pub(super) fn take(&mut self, kept: Arc<Kept>) {
        self.kept = Some(kept);
    }

    /// It ended.
    pub(super) fn done(&mut self, outcome: Outcome<Arc<Upkept>>) {
        self.busy = false;
        self.outcome = Some(outcome);
    }

    /// The originals were changed since.
    pub(super) fn forget(&mut self) {
        self.outcome = None;
    }

    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Sample(sample) => self.sample = sample,
            Message::Verify if self.busy => {}
            Message::Verify => {
                self.busy = true;
                self.outcome = None;
                return Action::Run(Job::Upkeep(UpkeepJob::Verify(self.sample)));
            }
            Message::Cancel => return Action::Cancel(Work::Verify),
        }
        Action::None
    }

    pub(super) fn view<'a>(&'a self, theme: &Theme, works: &'a Works) -> Element<'a, Message> {
        let t = tokens(theme);
        let mut inside = column![].spacing(gap::M);
        // What is found now says more than what is remembered of it.
        if let Some(kept) = self.kept.as_ref().filter(|_| !matches!(self.outcome, Some(Ok(_)))) {
            let color = match &kept.check {
                None => t.attention,
                Some(last) if last.findings > 0 => t.wrong,
                Some(_) => t.good,
            };
            let words = widget::body(LastCheck::sentence(kept.check.as_ref())).font(theme::MEDIUM);
            inside = inside.push(row![widget::dot(color), words].spacing(gap::M).align_y(Alignment::Center));
        }
        inside = match works.of(Work::Verify) {
            Some(running) => inside.push(running_part(running, Message::Cancel)),
            None => inside.push(self.form()),
        };
        inside = match &self.outcome {
            None => inside,
            Some(Err(Failure(sentence))) => inside.push(widget::banner(t.wrong, sentence.as_str())),
            Some(Ok(result)) => {
                let color = if result.is_clean { t.good } else { t.wrong };
                inside.push(widget::banner(color, result.sentence.as_str())).push(found(result))
            }
        };
        part(text::TITLE, text::SUB, inside)
    }

    fn form(&self) -> Element<'_, Message> {
        let choices = [(Sample::All, text::ALL), (SHARE, text::SHARE)].map(|(sample, words)| {
            button(widget::body(words))
                .padding([6, 14])
                .style(style::choice(sample == self.sample))
                .on_press(Message::Sample(sample))
                .into()
        });
        let choices = container(row(choices).spacing(gap::XS)).padding(3).style(style::card);
        let now = widget::keyed(text::NOW, text::KEY, (!self.busy).then_some(Message::Verify)).style(style::raised);
        row![choices, space().width(Fill), now].spacing(gap::S).align_y(Alignment::Center).into()
    }
}

/// What was found, one by one.
pub(super) fn found<M: 'static>(result: &Upkept) -> Option<Element<'_, M>> {
    let rest = result.findings.len().saturating_sub(LISTED);
    let lines = result.findings.iter().take(LISTED).map(|finding| {
        let finding = widget::body(finding.as_str()).wrapping(iced::widget::text::Wrapping::WordOrGlyph);
        container(finding).padding([2.0, gap::M]).into()
    });
    let rest = (rest > 0)
        .then(|| container(widget::muted(format!("{rest} more; `diptych verify` lists all."))).padding([2.0, gap::M]));
    (!result.findings.is_empty()).then(|| column(lines).push(rest).spacing(gap::XS).into())
}
