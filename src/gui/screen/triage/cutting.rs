//! How a card is cut and read: the gap between groups, the clock of the camera, and the clinic's list of the day.

use std::path::PathBuf;

use iced::widget::{column, container, row, text::Wrapping};
use iced::{Alignment, Element};

use super::Message;
use crate::gui::theme::space as gap;
use crate::gui::widget;
use crate::import::card::{GAP_MINUTES, Options};
use crate::model::text::counted;

/// Minutes that may pass between photos of one patient at most.
const LONGEST_GAP: u32 = 120;

pub(super) mod text {
    pub const GAP: &str = "A new group begins after a gap of";
    pub const CUT: &str = "Cut anew";
    pub const CUT_SUB: &str = "What was accepted or changed by hand is asked again.";
    pub const CLOCK: &str = "Add to the camera's clock (hours:minutes)";
    pub const CLOCK_HINT: &str = "0:00, or -1:00 when it was an hour fast";
    pub const LIST: &str = "List of the day (CSV with code, time, date)";
    pub const LIST_HINT: &str = "/path/day.csv";
    pub const BAD_CLOCK: &str =
        "The time to add to the camera's clock is not understood. Write it as 0:05, 1:00 or -1:00:30.";
}

/// What a person says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cutting {
    gap: u32,
    clock: String,
    list: String,
}

/// The same, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Minutes without a photo after which another group begins.
    pub gap_minutes: u32,
    /// Seconds to add to the clock of the camera.
    pub clock_s: i64,
    /// The clinic's list of the day.
    pub list: Option<PathBuf>,
}

impl Default for Cutting {
    fn default() -> Self {
        Self { gap: GAP_MINUTES, clock: String::new(), list: String::new() }
    }
}

impl Cutting {
    /// Says what a card was cut by, where that is something else than was wanted.
    pub fn adopt(&mut self, options: &Options) {
        self.gap = options.gap_minutes;
        if seconds(self.clock.trim()) != Some(options.clock_s) {
            self.clock = written(options.clock_s);
        }
    }

    /// Another gap.
    pub fn set_gap(&mut self, minutes: u32) {
        self.gap = minutes.clamp(1, LONGEST_GAP);
    }

    /// The correction of the clock was edited.
    pub fn type_clock(&mut self, text: String) {
        self.clock = text;
    }

    /// The path of the list was edited.
    pub fn type_list(&mut self, text: String) {
        self.list = text;
    }

    /// What is wanted; none while the correction of the clock is not understood.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        let list = self.list.trim();
        let list = (!list.is_empty()).then(|| PathBuf::from(list));
        Some(Wanted { gap_minutes: self.gap, clock_s: seconds(self.clock.trim())?, list })
    }

    /// The fields, and with `is_cut` the way to cut what is cut otherwise.
    pub fn view<'a>(&self, is_cut: bool) -> Element<'a, Message> {
        let step = |label, to: u32| widget::plain(label, Some(Message::Gap(to))).padding([4, 12]);
        let minutes = counted(i64::from(self.gap), "minute");
        let mut line = row![
            widget::muted(text::GAP),
            step("−", self.gap.saturating_sub(1)),
            container(widget::body(minutes).wrapping(Wrapping::None)).center_x(80),
            step("+", self.gap + 1)
        ]
        .spacing(gap::XS)
        .align_y(Alignment::Center);
        if is_cut {
            line = line.push(widget::plain(text::CUT, Some(Message::Recut)).padding([5, 12]));
            line = line.push(widget::caption(text::CUT_SUB));
        }
        let clock = widget::input(text::CLOCK_HINT, &self.clock, Message::Clock);
        let list = widget::input(text::LIST_HINT, &self.list, Message::List);
        let fields = row![widget::field(text::CLOCK, clock), widget::field(text::LIST, list)].spacing(gap::M);
        column![line, fields].spacing(gap::S).into()
    }
}

/// Seconds of "1:00", "-0:05" or "0:00:30"; nothing adds nothing.
fn seconds(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let (sign, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let part = |text: &str| text.parse::<u32>().ok().map(i64::from);
    let below_sixty = |text: &str| part(text).filter(|n| *n < 60 && text.len() == 2);
    let parts: Vec<&str> = digits.split(':').collect();
    let sum = match parts.as_slice() {
        [hours, minutes] => part(hours)? * 3600 + below_sixty(minutes)? * 60,
        [hours, minutes, seconds] => part(hours)? * 3600 + below_sixty(minutes)? * 60 + below_sixty(seconds)?,
        _ => return None,
    };
    Some(sign * sum)
}

/// Seconds as they are typed: "1:00", "-0:05" or "0:00:30".
fn written(seconds: i64) -> String {
    let (sign, all) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    let whole = format!("{sign}{}:{:02}", all / 3600, all / 60 % 60);
    if all % 60 == 0 { whole } else { format!("{whole}:{:02}", all % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_corrected_by_hours_and_minutes_and_nothing_else_is_guessed() {
        let read = |text: &str| {
            let mut cutting = Cutting::default();
            cutting.type_clock(text.to_owned());
            cutting.wanted().map(|wanted| wanted.clock_s)
        };
        for (text, seconds) in [("", 0), ("1:00", 3600), ("+0:05", 300), (" -1:00:30 ", -3630), ("−24:00", -86_400)] {
            assert_eq!(read(text), Some(seconds), "{text}");
        }
        for clock_s in [0, 300, -3600, 3630, -86_400] {
            assert_eq!(seconds(&written(clock_s)), Some(clock_s));
        }
        for text in ["1", "1:5", "0:60", "one", "1:00:00:00", "--1:00", ":30"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
