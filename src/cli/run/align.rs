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
use crate::model::{Answer, WhyNot};
use crate::registration::{self, Described, Registration, landmarks};

/// The last step of the registration works at this size; more pixels are not decoded.
const WORKING_PX: u32 = registration::DETAIL;

mod text {
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
    let (found, how) = answer(args, &moving?, &fixed?)?;
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

/// The answer and, where it is a plain one, what it rests on.
fn answer(args: &args::Align, moving: &Described, fixed: &Described) -> Result<(Registration, &'static str), CliError> {
    let region = args.region.as_ref().map(|area| &area.0);
    let Some(landmarks) = &args.landmarks else {
        return Ok((registration::register_within(moving, fixed, args.model, region), text::AGREE));
    };
    if region.is_some() && !args.refine {
        return Err(CliError::Usage(
            "A region counts for pixels, and landmarks alone ask none. Add --refine, or leave the region out."
                .to_owned(),
        ));
    }
    let placed = landmarks::place(&landmarks.0, args.model).map_err(|error| CliError::Failed(error.user_message()))?;
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
        confidence: 1.0,
        why: None,
    };
    Ok((found, if args.refine { text::NOT_CONFIRMED } else { text::BY_LANDMARKS }))
}

fn describe(path: &Path) -> Result<Described, CliError> {
    let bytes = fs::read(path).map_err(|e| CliError::file(path, &e))?;
    let full = imaging::inspect(&bytes).map_err(|e| CliError::from(e).at(path))?.size;
    let picture = imaging::decode(&bytes, Detail::AtLeast(WORKING_PX)).map_err(|e| CliError::from(e).at(path))?;
    Ok(registration::describe(&picture, full))
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
