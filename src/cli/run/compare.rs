//! `diptych compare`: a labelled side-by-side picture from two photo files.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::output::{Output, complain};
use crate::export::composite::{self, Label, Options, Outcome};
use crate::fsx;
use crate::geom::Matrix3;
use crate::model::{Answer, WhyNot};

#[derive(Serialize)]
struct Shown<'a> {
    output: String,
    width: u32,
    height: u32,
    answer: Answer,
    aligned: bool,
    matrix: Option<Matrix3>,
    confidence: f64,
    residual_px: Option<f64>,
    why: Option<&'a str>,
}

/// Writes the picture.
pub fn run(args: &args::Compare, out: &mut Output) -> Result<(), CliError> {
    let read = |path: &Path| fs::read(path).map_err(|e| CliError::file(path, &e));
    let label = |text: &str| Some(Label { title: text.to_owned(), detail: String::new() });
    let options = Options { before: label(&args.label_before), after: label(&args.label_after), ..Options::default() };
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    if is_same_file(&args.output, &args.before) || is_same_file(&args.output, &args.after) {
        return Err(CliError::Refused(
            "The output would replace one of the two photos. Nothing was written. Choose another name.".to_owned(),
        ));
    }
    check(&args.before, &before)?;
    check(&args.after, &after)?;
    let made = composite::from_files(&before, &after, &options)?;
    save(&args.output, &made, args.json, out)
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// A file that is no picture is named before both are worked on.
fn check(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    crate::imaging::inspect(bytes).map(drop).map_err(|e| super::align::named(path, &e.user_message()))
}

/// Writes a composite and says how honest it is.
pub fn save(path: &Path, made: &Outcome, json: bool, out: &mut Output) -> Result<(), CliError> {
    fsx::write_atomic(path, &made.jpeg).map_err(|e| CliError::file(path, &e))?;
    if !json {
        out.line(format!("Wrote {} ({}×{}).", path.display(), made.size.width, made.size.height))?;
        if made.aligned {
            return out.line(made.sentence());
        }
        complain(&made.sentence());
        return Ok(());
    }
    out.json(&Shown {
        output: path.display().to_string(),
        width: made.size.width,
        height: made.size.height,
        answer: made.answer,
        aligned: made.aligned,
        matrix: made.matrix,
        confidence: made.confidence,
        residual_px: made.residual_px,
        why: made.why.map(WhyNot::words),
    })
}
