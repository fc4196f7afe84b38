//! The clinic's list of the day: who was to come, and when.

use std::path::Path;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use crate::import::error::ImportError;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// The patient's code.
    pub code: String,
    /// On which day; none where the list says none.
    pub date: Option<NaiveDate>,
    /// When; none where the list says no time.
    pub time: Option<NaiveTime>,
}

/// Who was to come on the days the photos were taken. Empty when there is no list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayList(pub Vec<Appointment>);

/// A longer file is no list of a day.
const LARGEST: u64 = 1 << 20;
/// An appointment this far from a photo may be the one it belongs to.
const NEAR_AN_APPOINTMENT: TimeDelta = TimeDelta::minutes(45);
/// Names of the columns, in any case.
const CODE: [&str; 4] = ["code", "patient", "patient code", "id"];
const DATE: [&str; 2] = ["date", "day"];
const TIME: [&str; 3] = ["time", "start", "from"];

impl DayList {
    /// Reads a table with a head: a column `code` and, where there are, `time` as 14:30 and `date` as 2026-12-31 or
    /// 31.12.2026. Columns are parted by commas, semicolons or tabs, others are passed over. None when there is no such head,
    /// or a date or a time is none: its line would be taken for another day's, or for one without a time.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let head = lines.next()?;
        let separator = [';', '\t', ','].into_iter().max_by_key(|c| head.matches(*c).count())?;
        let cells = |line: &str| split(line, separator);
        let head: Vec<String> = cells(head).iter().map(|cell| cell.to_lowercase()).collect();
        let column = |names: &[&str]| head.iter().position(|cell| names.contains(&cell.as_str()));
        let (code, date, time) = (column(&CODE)?, column(&DATE), column(&TIME));
        let mut all = Vec::new();
        for line in lines {
            let cells = cells(line);
            let cell = |column: Option<usize>| column.and_then(|i| cells.get(i)).filter(|text| !text.is_empty());
            let Some(code) = cell(Some(code)) else { continue };
            let date = match cell(date) {
                Some(text) => Some(day(text)?),
                None => None,
            };
            let time = match cell(time) {
                Some(text) => Some(clock(text)?),
                None => None,
            };
            all.push(Appointment { code: code.clone(), date, time });
        }
        Some(Self(all))
    }

    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let is_small = std::fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.len() <= LARGEST);
        let text = if is_small { std::fs::read(path).ok() } else { None };
        text.and_then(|text| Self::parse(&String::from_utf8_lossy(&text))).ok_or(ImportError::List)
    }

    /// The list with a day for every line: one that says none is of `date`.
    #[must_use]
    pub fn of_day(mut self, date: NaiveDate) -> Self {
        self.0.iter_mut().for_each(|appointment| appointment.date = appointment.date.or(Some(date)));
        self
    }

    /// Who was to come on a day.
    pub fn on(&self, date: NaiveDate) -> impl Iterator<Item = &Appointment> {
        self.0.iter().filter(move |appointment| appointment.date.is_none_or(|day| day == date))
    }

    /// The appointment nearest to a time of a day, no further away than somebody comes too early or is kept waiting.
    #[must_use]
    pub fn nearest(&self, date: NaiveDate, time: NaiveTime) -> Option<&Appointment> {
        let distance = |a: &Appointment| a.time.map(|start| (time - start).abs());
        let timed = self.on(date).filter_map(|a| distance(a).map(|distance| (distance, a)));
        let near = timed.filter(|(distance, _)| *distance <= NEAR_AN_APPOINTMENT);
        near.min_by_key(|(distance, _)| *distance).map(|(_, appointment)| appointment)
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d.%m.%Y"].into_iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

fn clock(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S", "%H.%M", "%H%M", "%I:%M %p", "%I:%M%p"]
        .into_iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

/// The cells of a line, after RFC 4180; a cell with a line break in it is not understood.
fn split(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            _ if letter == separator && !quoted => cells.push(String::new()),
            _ => cell.push(letter),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_found_by_their_names() {
        let list =
            DayList::parse("\u{feff}Time;Name;Code\n09:30;\"Wren; Tomasz\";P-1\n;;P-2\n\n10.15;x;\n").expect("a list");
        let nine = NaiveTime::from_hms_opt(9, 30, 0);
        let expected =
            [("P-1", nine), ("P-2", None)].map(|(code, time)| Appointment { code: code.into(), date: None, time });
        assert_eq!(list.0, expected);
        assert_eq!(DayList::parse("code\nP-7").map(|list| list.0.len()), Some(1));
        assert_eq!(DayList::parse("name,time\nA,9:00"), None);
        let time = |text: &str| DayList::parse(&format!("code;time\nP-1;{text}")).map(|list| list.0[0].time);
        assert_eq!(time("9:12 pm"), Some(NaiveTime::from_hms_opt(21, 12, 0)));
        assert_eq!((time("0920"), time("")), (Some(NaiveTime::from_hms_opt(9, 20, 0)), Some(None)));
        assert_eq!((time("25:99"), time("soon")), (None, None), "no time at all is another line than a wrong one");
        assert_eq!(DayList::parse(""), None);
    }

    #[test]
    fn a_line_with_a_day_speaks_of_that_day_alone_and_one_without_of_the_day_it_is_given() {
        let date = |d: u32| NaiveDate::from_ymd_opt(2026, 3, d).expect("a date");
        let at = |h: u32, m: u32| NaiveTime::from_hms_opt(h, m, 0).expect("a time");
        let list = DayList::parse("code,date,time\nA,2026-03-09,9:30\nB,10.03.2026,9:30\nC,,10:00\n").expect("a list");
        let list = list.of_day(date(10));
        let on = |d: u32| list.on(date(d)).map(|a| a.code.as_str()).collect::<Vec<_>>();
        assert_eq!((on(9), on(10), on(11)), (vec!["A"], vec!["B", "C"], vec![]));
        let nearest = |d: u32, h: u32, m: u32| list.nearest(date(d), at(h, m)).map(|a| a.code.as_str());
        assert_eq!((nearest(9, 9, 50), nearest(10, 9, 44), nearest(10, 9, 46)), (Some("A"), Some("B"), Some("C")));
        assert_eq!(nearest(9, 14, 0), None, "hours away");
        assert_eq!(DayList::parse("code,date\nA,tomorrow"), None);
    }
}
