//! `diptych align`: the transform between two photo files.
//!
//! What is a picture, or should be one, and shows nothing that could be aligned is an answer and no failure: an empty file,
//! a picture beyond the byte budget. What is no picture at all, or is damaged, is a failure.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::align::Placement;
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::geom::{Matrix3, Size};
use crate::imaging::{self, Detail, ImagingError};
use crate::model::{Answer, WhyNot};
use crate::registration::{self, Described, Registration, landmarks};

/// The last step of the registration works at this size; more pixels are not decoded.
const WORKING_PX: u32 = registration::DETAIL;

mod text {
    pub const EMPTY: &str = "one of the files is empty";
    pub const ENORMOUS: &str = "one of the pictures is too large to be read, or claims to be";
    pub const AGREE: &str = "the pictures agree";
    pub const BY_LANDMARKS: &str = "placed by landmarks";
    pub const REFINED: &str = "placed by landmarks and refined on the pixels";
    pub const NOT_CONFIRMED: &str = "placed by landmarks; the pixels did not confirm a refinement";
}

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
    let (found, how) = match (moving?, fixed?) {
        (Ok(moving), Ok(fixed)) => answer(args, &moving, &fixed)?,
        (Err(why), _) | (_, Err(why)) => return refuse(why, args.json, out),
    };
    if args.json {
        return out.json(&Shown {
            answer: found.answer,
            aligned: found.answer == Answer::Aligned,
            matrix: found.matrix,
            confidence: found.confidence,
            residual_px: found.residual_px,
            // Two loose files carry no scale.
            residual_mm: None,
            why: found.why.map_or(how, WhyNot::words),
        });
    }
    for line in words(&found, how) {
        out.line(line)?;
    }
    Ok(())
}

/// Says that there is nothing to align.
fn refuse(why: &'static str, json: bool, out: &mut Output) -> Result<(), CliError> {
    if !json {
        return out.line(format!("could not align: {why}"));
    }
    let answer = Answer::None;
    out.json(&Shown {
        answer,
        aligned: false,
        matrix: None,
        confidence: 0.0,
        residual_px: None,
        residual_mm: None,
        why,
    })
}

/// The answer and, where it is a plain one, what it rests on.
fn answer(args: &args::Align, moving: &Described, fixed: &Described) -> Result<(Registration, &'static str), CliError> {
    let region = args.region.as_ref().map(|area| &area.0);
    if region.is_some_and(|region| !region.touches(fixed.full())) {
        let Size { width, height } = fixed.full();
        return Err(CliError::Usage(format!(
            "The region lies outside of FIXED, which has {width} × {height} pixels when it stands upright."
        )));
    }
    let Some(landmarks) = &args.landmarks else {
        return Ok((registration::register_within(moving, fixed, args.model, region), text::AGREE));
    };
    if region.is_some() && !args.refine {
        return Err(CliError::Usage(
            "A region counts for pixels, and landmarks alone ask none. Add --refine, or leave the region out."
                .to_owned(),
        ));
    }
    let placed = landmarks::place(&landmarks.0, args.model, (moving.full(), fixed.full()))
        .map_err(|error| CliError::Failed(error.user_message()))?;
    if args.refine {
        let refined = registration::refine_from(moving, fixed, &placed.matrix, args.model, region);
        if refined.answer != Answer::None {
            return Ok((refined, text::REFINED));
        }
    }
    let found = Registration {
        answer: Answer::Aligned,
        matrix: Some(placed.matrix),
        residual_px: placed.residual_px,
        confidence: placed.confidence,
        why: None,
    };
    Ok((found, if args.refine { text::NOT_CONFIRMED } else { text::BY_LANDMARKS }))
}

/// The picture made ready, or why there is nothing in it to align.
fn describe(path: &Path) -> Result<Result<Described, &'static str>, CliError> {
    let bytes = fs::read(path).map_err(|e| CliError::file(path, &e))?;
    if bytes.is_empty() {
        return Ok(Err(text::EMPTY));
    }
    let read = || -> Result<Described, ImagingError> {
        let full = imaging::inspect(&bytes)?.size;
        Ok(registration::describe(&imaging::decode(&bytes, Detail::AtLeast(WORKING_PX))?, full))
    };
    match read() {
        Ok(described) => Ok(Ok(described)),
        Err(ImagingError::TooLarge | ImagingError::Implausible) => Ok(Err(text::ENORMOUS)),
        Err(error) => Err(CliError::from(error).at(path)),
    }
}

fn words(found: &Registration, how: &'static str) -> Vec<String> {
    let answer = match (found.matrix, found.residual_px) {
        // A placement is a similarity; whoever asked for more freedom gets its answer without that rule.
        (Some(_), Some(px)) if found.why.is_none() => format!("aligned, residual {px:.1} px: {how}"),
        (Some(_), None) if found.why.is_none() => format!("aligned: {how}"),
        (Some(_), px) => {
            let residual = px.map_or_else(String::new, |px| format!(", residual {px:.1} px"));
            format!("suggestion{residual}: {}", found.why.map_or(how, WhyNot::words))
        }
        (None, _) => Placement::found(found).words(),
    };
    let mut lines = vec![answer];
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
