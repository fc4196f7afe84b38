//! The registration engine on pictures whose true transform is known.

mod golden;
mod honesty;
mod large;
mod laws;
mod properties;
pub mod skin;
mod tools;

use diptych::geom::Matrix3;
use diptych::imaging::Picture;
use diptych::model::Model;
use diptych::registration::{Described, Registration, describe, register};

/// A picture described at its own size.
fn described(picture: &Picture) -> Described {
    describe(picture, picture.size())
}

/// Registers two pictures at their own size with a similarity.
fn align(moving: &Picture, fixed: &Picture) -> Registration {
    register(&described(moving), &described(fixed), Model::Similarity)
}

/// Mean corner error of an answer in % of the fixed diagonal.
fn percent_off(found: &Registration, truth: &Matrix3, moving: &Picture, fixed: &Picture) -> f64 {
    let matrix = found.matrix.as_ref().expect("a matrix");
    100.0 * matrix.mean_corner_error(truth, moving.size()) / fixed.size().diagonal()
}
