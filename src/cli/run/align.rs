//! `diptych align`: the transform between two photo files.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::geom::Matrix3;
use crate::imaging::{self, Detail};
use crate::model::{Answer, Model};
use crate::registration::{self, Described, Registration};

/// The registration works at this size; more pixels are not decoded.
const WORKING_PX: u32 = 1024;

#[derive(Serialize)]
struct Shown {
    answer: Answer,
    aligned: bool,
    matrix: Option<Matrix3>,
    confidence: f64,
    residual_px: Option<f64>,
    residual_mm: Option<f64>,
    why: &'static str,
}

/// Prints the answer; all three answers are a success.
pub fn run(args: &args::Align, out: &mut Output) -> Result<(), CliError> {
    let (moving, fixed) = rayon::join(|| describe(&args.moving), || describe(&args.fixed));
    let found = registration::register(&moving?, &fixed?, Model::Similarity);
    if args.json {
        return out.json(&Shown {
            answer: found.answer,
            aligned: found.answer == Answer::Aligned,
            matrix: found.matrix,
            confidence: found.confidence,
            residual_px: found.residual_px,
            // Two loose files carry no scale.
            residual_mm: None,
            why: why(&found),
        });
    }
    for line in words(&found) {
        out.line(line)?;
    }
    Ok(())
}

fn describe(path: &Path) -> Result<Described, CliError> {
    let bytes = fs::read(path).map_err(|e| CliError::file(path, &e))?;
    let full = imaging::inspect(&bytes).map_err(|e| named(path, &e.user_message()))?.size;
    let picture = imaging::decode(&bytes, Detail::AtLeast(WORKING_PX)).map_err(|e| named(path, &e.user_message()))?;
    Ok(registration::describe(&picture, full))
}

/// A sentence about one file.
pub fn named(path: &Path, sentence: &str) -> CliError {
    CliError::Failed(format!("{}: {sentence}", path.display()))
}

fn why(found: &Registration) -> &'static str {
    match (found.answer, found.why) {
        (_, Some(why)) => why.words(),
        (Answer::Aligned, None) => "the pictures agree",
        (answer, None) => answer.words(),
    }
}

fn words(found: &Registration) -> Vec<String> {
    let mut lines = vec![match found.answer {
        Answer::Aligned => format!("aligned, confidence {:.2}", found.confidence),
        _ => format!("{}: {} (confidence {:.2})", found.answer.key(), why(found), found.confidence),
    }];
    if let Some(matrix) = &found.matrix {
        lines.push(format!("turned {:+.2}°, scaled {:.4}", matrix.rotation().to_degrees(), matrix.scale()));
        let row = |i: usize| matrix.0[3 * i..3 * i + 3].iter().map(|v| format!("{v:.6}")).collect::<Vec<_>>().join(" ");
        lines.extend((0..3).map(row));
    }
    if let Some(residual) = found.residual_px {
        lines.push(format!("residual {residual:.2} px of the fixed photo"));
    }
    lines
}
