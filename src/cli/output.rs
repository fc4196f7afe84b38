//! Text and JSON on standard output, complaints on standard error.

use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use serde::Serialize;

use super::error::CliError;

/// Version of every JSON output.
pub const SCHEMA: u32 = 1;

/// Standard output. A reader that goes away ends the command quietly.
#[derive(Debug)]
pub struct Output(BufWriter<Stdout>);

#[derive(Serialize)]
struct Versioned<'a, T> {
    schema: u32,
    #[serde(flatten)]
    value: &'a T,
}

impl Output {
    /// Standard output of this process.
    #[must_use]
    pub fn new() -> Self {
        Self(BufWriter::new(io::stdout()))
    }

    /// One line.
    pub fn line(&mut self, text: impl std::fmt::Display) -> Result<(), CliError> {
        writeln!(self.0, "{}", shown(&text.to_string())).map_err(|e| broken(&e))
    }

    /// One line that somebody waits for: the command goes on.
    pub fn line_now(&mut self, text: impl std::fmt::Display) -> Result<(), CliError> {
        self.line(text)?;
        self.0.flush().map_err(|e| broken(&e))
    }

    /// One JSON object with the schema's number.
    pub fn json<T: Serialize>(&mut self, value: &T) -> Result<(), CliError> {
        self.text(&json_text(value)?)
    }

    /// Text that is made already.
    pub fn text(&mut self, text: &str) -> Result<(), CliError> {
        write!(self.0, "{text}").map_err(|e| broken(&e))
    }

    /// Lines in columns that stand under each other.
    pub fn table(&mut self, rows: &[Vec<String>]) -> Result<(), CliError> {
        for line in columns(rows) {
            self.line(line)?;
        }
        Ok(())
    }

    /// Hands over what is still in the buffer.
    pub fn finish(&mut self) -> Result<(), CliError> {
        self.0.flush().map_err(|e| broken(&e))
    }
}

impl Default for Output {
    fn default() -> Self {
        Self::new()
    }
}

/// A line as a terminal may show it: what would steer the terminal, or turn the order of letters round so that a name reads as
/// another one, is shown as a mark. What breaks lines or columns on purpose stays.
fn shown(text: &str) -> std::borrow::Cow<'_, str> {
    let steers = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(steers) { text.replace(steers, "\u{fffd}").into() } else { text.into() }
}

/// One JSON object with the schema's number, and the end of its line.
pub fn json_text<T: Serialize>(value: &T) -> Result<String, CliError> {
    serde_json::to_string_pretty(&Versioned { schema: SCHEMA, value })
        .map(|text| text + "\n")
        .map_err(|_| CliError::Failed("The result could not be written as JSON.".to_owned()))
}

fn broken(error: &io::Error) -> CliError {
    if error.kind() == ErrorKind::BrokenPipe {
        CliError::NobodyReads
    } else {
        CliError::Failed("The result could not be written to standard output.".to_owned())
    }
}

/// Refuses where nobody can read standard output, before something is made that is shown only once. One that was closed is
/// among them: the start of the program opens the null device in its place.
pub fn refuse_nowhere() -> Result<(), CliError> {
    if leads_nowhere() {
        return Err(CliError::Failed(
            "The recovery code is shown only once, and standard output leads nowhere. Nothing was changed. Run this where its output can be read."
                .to_owned(),
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn leads_nowhere() -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &str| std::fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((file("/dev/fd/1"), file("/dev/null")), (Ok(out), Ok(null)) if out == null)
}

#[cfg(not(unix))]
fn leads_nowhere() -> bool {
    false
}

/// One line on standard error; there is nobody to tell when that fails.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}", shown(text));
}

/// Lines whose cells stand under each other.
pub fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &w)| format!("{cell:w$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_neither_steer_the_terminal_nor_turn_its_letters_round() {
        assert_eq!(shown("a\tb\n\u{1b}[2J \u{202e}gpj.exe"), "a\tb\n\u{fffd}[2J \u{fffd}gpj.exe");
        assert_eq!(shown("ليلى 王小样"), "ليلى 王小样");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [vec!["é".to_owned(), "b".to_owned()], vec!["long".to_owned(), String::new()], vec![]];
        assert_eq!(columns(&rows), ["é     b", "long", ""]);
    }
}
