//! `diptych align`: the transform between two photo files.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::align::Placement;
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::geom::Matrix3;
use crate::imaging::{self, Detail};
use crate::model::{Answer, Model, WhyNot};
use crate::registration::{self, Described, Registration};

/// The registration works at this size; more pixels are not decoded.
const WORKING_PX: u32 = 1024;

/// An answer as every command shows it in JSON.
#[derive(Serialize)]
pub struct Shown<Why> {
    /// Aligned, suggestion or none.
    pub answer: Answer,
    /// Whether it is plainly aligned, or for a picture: whether the alignment was used.
    pub aligned: bool,
    /// Nine numbers, row by row.
    pub matrix: Option<Matrix3>,
    /// 0–1.
    pub confidence: f64,
    /// In pixels of what stays.
    pub residual_px: Option<f64>,
    /// In millimetres, where the scale is known.
    pub residual_mm: Option<f64>,
    /// The reason for the answer.
    pub why: Why,
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
            why: found.why.map_or("the pictures agree", WhyNot::words),
        });
    }
    for line in words(&found) {
        out.line(line)?;
    }
    Ok(())
}

fn describe(path: &Path) -> Result<Described, CliError> {
    let bytes = fs::read(path).map_err(|e| CliError::file(path, &e))?;
    let full = imaging::inspect(&bytes).map_err(|e| CliError::from(e).at(path))?.size;
    let picture = imaging::decode(&bytes, Detail::AtLeast(WORKING_PX)).map_err(|e| CliError::from(e).at(path))?;
    Ok(registration::describe(&picture, full))
}

fn words(found: &Registration) -> Vec<String> {
    let mut lines = vec![Placement::found(found).words()];
    if let Some(matrix) = &found.matrix {
        lines.push(format!(
            "turned {:+.2}°, scaled {:.4}, confidence {:.0} %",
            matrix.rotation().to_degrees(),
            matrix.scale(),
            100.0 * found.confidence
        ));
        let row = |i: usize| matrix.0[3 * i..3 * i + 3].iter().map(|v| format!("{v:.6}")).collect::<Vec<_>>().join(" ");
        lines.extend((0..3).map(row));
    }
    lines
}
