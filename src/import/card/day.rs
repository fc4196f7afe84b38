//! The clinic's list of the day: who was to come, and when.

use chrono::NaiveTime;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// The patient's code.
    pub code: String,
    /// When; none where the list says no time.
    pub time: Option<NaiveTime>,
}

/// Who was to come on the day the photos were taken. Empty when there is no list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayList(pub Vec<Appointment>);

/// Names of the columns, in any case.
const CODE: [&str; 4] = ["code", "patient", "patient code", "id"];
const TIME: [&str; 3] = ["time", "start", "from"];

impl DayList {
    /// Reads a table with a head: a column `code` and, where there is one, `time` as 14:30. Columns are parted by commas,
    /// semicolons or tabs, others are passed over. None when there is no such head.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let head = lines.next()?;
        let separator = [';', '\t', ','].into_iter().max_by_key(|c| head.matches(*c).count())?;
        let cells = |line: &str| split(line, separator);
        let head: Vec<String> = cells(head).iter().map(|cell| cell.to_lowercase()).collect();
        let column = |names: &[&str]| head.iter().position(|cell| names.contains(&cell.as_str()));
        let (code, time) = (column(&CODE)?, column(&TIME));
        let appointment = |line: &str| {
            let cells = cells(line);
            let code = cells.get(code).filter(|code| !code.is_empty())?.clone();
            let time = time.and_then(|i| cells.get(i)).and_then(|text| clock(text));
            Some(Appointment { code, time })
        };
        Some(Self(lines.filter_map(appointment).collect()))
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S", "%H.%M"].into_iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
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
        let expected = [("P-1", nine), ("P-2", None)].map(|(code, time)| Appointment { code: code.into(), time });
        assert_eq!(list.0, expected);
        assert_eq!(DayList::parse("code\nP-7").map(|list| list.0.len()), Some(1));
        assert_eq!(DayList::parse("name,time\nA,9:00"), None);
        assert_eq!(DayList::parse(""), None);
    }
}
