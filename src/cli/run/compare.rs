//! `diptych compare`: a labelled side-by-side picture from two photo files.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::{align, grade};
use crate::align::Placement;
use crate::cli::args::{self, OutputFile};
use crate::cli::error::CliError;
use crate::cli::output::{Output, complain};
use crate::compare;
use crate::compare::matching::Tone;
use crate::export::composite::{self, Apart, Label, Options, Outcome};
use crate::export::{self, Existing};
use crate::imaging;

#[derive(Serialize)]
struct Shown {
    output: String,
    width: u32,
    height: u32,
    before: &'static str,
    after: &'static str,
    #[serde(flatten)]
    found: align::Shown<Option<String>>,
    /// How far both may be compared as they were taken; none for photos of two series.
    #[serde(flatten)]
    comparability: grade::Shown,
    /// What was done to each half; null where nothing was.
    matched: Option<MatchedShown>,
    /// Why nothing was done although somebody asked for it.
    not_matched: Option<String>,
}

#[derive(Serialize)]
struct MatchedShown {
    before: ToneShown,
    after: ToneShown,
}

#[derive(Serialize)]
struct ToneShown {
    ev: f64,
    kelvin: f64,
    /// Factors for linear red, green and blue.
    gains: [f64; 3],
}

impl From<Tone> for ToneShown {
    fn from(tone: Tone) -> Self {
        Self { ev: tone.ev, kelvin: tone.kelvin(), gains: tone.gains() }
    }
}

/// Writes the picture.
pub fn run(args: &args::Compare, out: &mut Output) -> Result<(), CliError> {
    let target = Target { file: &args.output, sources: &[&args.before, &args.after] };
    target.check()?;
    for text in [&args.label_before, &args.label_after] {
        if let Some(letter) = compare::undrawable(text) {
            return Err(CliError::Usage(format!(
                "A label holds “{letter}”, which labels cannot show. Nothing was written. Use Latin, Greek or Cyrillic letters."
            )));
        }
    }
    let label = |text: &str| Some(Label { title: text.to_owned(), detail: String::new() });
    let options = Options {
        before: label(&args.label_before),
        after: label(&args.label_after),
        accept_suggestion: args.accept_suggestion,
        matched: args.matched,
        ..Options::default()
    };
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    if before == after {
        return Err(CliError::Refused(
            "Both are the same photo, and a photo beside itself compares nothing. Nothing was written. Choose two photos."
                .to_owned(),
        ));
    }
    let made = composite::from_files(&before, &after, &options)?;
    target.write(&made, args.json, out)
}

/// A file that is no picture is named before both are worked on.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = fs::read(path).map_err(|e| CliError::file(path, &e))?;
    let _ = imaging::inspect(&bytes).map_err(|e| CliError::from(e).at(path))?;
    Ok(bytes)
}

/// Where a composite goes, and which files it must not replace.
pub struct Target<'a> {
    /// What the flags say.
    pub file: &'a OutputFile,
    /// The files it is made from.
    pub sources: &'a [&'a Path],
}

impl Target<'_> {
    fn existing(&self) -> Existing {
        if self.file.force { Existing::Replace } else { Existing::Keep }
    }

    /// Refuses a place that may not be written to, before any work.
    pub fn check(&self) -> Result<(), CliError> {
        let path = &self.file.output;
        export::check_file(path, self.sources, self.existing())
            .and_then(|()| export::refuse_other_kind(path))
            .map_err(|e| CliError::from(e).at(path))
    }

    /// Writes a composite and says how honest it is.
    pub fn write(&self, made: &Outcome, json: bool, out: &mut Output) -> Result<(), CliError> {
        let path = &self.file.output;
        export::write_file(path, &made.jpeg, self.sources, self.existing()).map_err(|e| CliError::from(e).at(path))?;
        if json {
            return out.json(&shown(path, made));
        }
        out.line(format!("Wrote {} ({}×{}).", path.display(), made.size.width, made.size.height))?;
        if made.is_aligned() && !matches!(made.matching, Some(Err(_))) {
            return out.line(made.sentence());
        }
        complain(&made.sentence());
        let waits = made.placements.iter().any(|p| matches!(p, Placement::Suggestion(..)));
        if waits && made.matrix == Err(Apart::NotPlaced) {
            complain("To use the suggestion, add --accept-suggestion, then look at the picture.");
        }
        Ok(())
    }
}

fn shown(path: &Path, made: &Outcome) -> Shown {
    let [before, after] = made.placements.each_ref().map(Placement::key);
    Shown {
        output: path.display().to_string(),
        width: made.size.width,
        height: made.size.height,
        before,
        after,
        found: align::Shown {
            answer: made.answer(),
            aligned: made.is_aligned(),
            matrix: made.matrix.ok(),
            confidence: made.confidence(),
            residual_px: made.residual_px(),
            residual_mm: made.residual_mm(),
            why: made.why(),
        },
        comparability: made.grade.as_ref().into(),
        matched: made.matching.and_then(Result::ok).map(|matching| {
            let [before, after] = matching.tones();
            MatchedShown { before: before.into(), after: after.into() }
        }),
        not_matched: made.matching.and_then(Result::err).map(|why| why.to_string()),
    }
}
