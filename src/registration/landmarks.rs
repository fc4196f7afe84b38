//! A transform from places that a person clicked in both pictures.

use thiserror::Error;

use crate::geom::{Matrix3, Point};
use crate::model::Model;

use super::fit::fit;
use super::matching::Match;

/// Why clicked places give no transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LandmarkError {
    /// The transform needs more.
    #[error("{given} landmarks given, {needed} needed")]
    TooFew {
        /// Pairs given.
        given: usize,
        /// Pairs the model needs.
        needed: usize,
    },
    /// They are all at one spot or on one line, or not finite.
    #[error("the landmarks do not fix a transform")]
    Degenerate,
}

impl LandmarkError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::TooFew { given, needed } => format!(
                "{given} of {needed} points are marked. Nothing was changed. Mark the same spot in both pictures until there are {needed}."
            ),
            Self::Degenerate => {
                "These points do not fix a position: they lie too close together or on one line. Nothing was \
                                 changed. Choose points that are far apart."
                    .into()
            }
        }
    }
}

/// What clicked places give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Moving → fixed.
    pub matrix: Matrix3,
    /// Root mean square distance between where the transform puts the moving places and the fixed ones, in pixels of
    /// the fixed picture. `None` with the fewest places a model needs, as it is 0 then whatever was clicked.
    pub residual_px: Option<f64>,
}

/// Fewest pairs for a model.
#[must_use]
pub fn needed(model: Model) -> usize {
    match model {
        Model::Similarity => 2,
        Model::Affine => 3,
        Model::Homography => 4,
    }
}

/// The least-squares transform of the given freedom through pairs of (moving, fixed) places, in pixels of the upright
/// originals.
pub fn place(pairs: &[(Point, Point)], model: Model) -> Result<Placed, LandmarkError> {
    let needed = needed(model);
    if pairs.len() < needed {
        return Err(LandmarkError::TooFew { given: pairs.len(), needed });
    }
    let matches: Vec<Match> =
        pairs.iter().map(|(moving, fixed)| Match { moving: *moving, fixed: *fixed, ..Match::default() }).collect();
    let matrix = fit(&matches, &vec![1.0; matches.len()], model).ok_or(LandmarkError::Degenerate)?;
    let scale = matrix.scale();
    if !(scale > 1e-3 && scale < 1e3) {
        return Err(LandmarkError::Degenerate);
    }
    let mean = matches.iter().map(|m| m.squared_error(&matrix)).sum::<f64>() / matches.len() as f64;
    if !mean.is_finite() {
        return Err(LandmarkError::Degenerate);
    }
    Ok(Placed { matrix, residual_px: (pairs.len() > needed).then(|| mean.sqrt()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // Two exact clicks give back any similarity; more clicks with the same truth do not change it.
        #[test]
        fn exact_clicks_give_the_true_transform(s in 0.3f64..3.0, r in -3.0f64..3.0, tx in -900f64..900.0, ty in -900f64..900.0, more in 0usize..5) {
            let truth = Matrix3::similarity(s, r, tx, ty);
            let clicks = [(120.0, 300.0), (2400.0, 1500.0), (700.0, 1900.0), (2000.0, 200.0), (1500.0, 900.0), (60.0, 60.0), (900.0, 500.0)];
            let pairs: Vec<_> = clicks[..2 + more].iter().map(|(x, y)| Point::new(*x, *y)).map(|p| (p, truth.apply(p))).collect();
            let placed = place(&pairs, Model::Similarity).expect("regular");
            prop_assert!(placed.matrix.mean_corner_error(&truth, crate::geom::Size::new(3000, 2000)) < 1e-6);
            prop_assert!(placed.residual_px.is_none_or(|r| r < 1e-6) && placed.residual_px.is_some() == (more > 0));
        }
    }

    #[test]
    fn three_clicks_can_shear() {
        let truth = Matrix3([1.1, 0.2, 30.0, -0.1, 0.9, -12.0, 0.0, 0.0, 1.0]);
        let pairs = [(10.0, 10.0), (500.0, 40.0), (200.0, 600.0)]
            .map(|(x, y)| (Point::new(x, y), truth.apply(Point::new(x, y))));
        let placed = place(&pairs, Model::Affine).expect("regular");
        assert!(placed.matrix.mean_corner_error(&truth, crate::geom::Size::new(600, 600)) < 1e-6);
        assert!(place(&pairs, Model::Similarity).expect("regular").residual_px.is_some_and(|r| r > 5.0));
    }

    #[test]
    fn clicks_that_fix_nothing_are_named() {
        let p = Point::new(5.0, 5.0);
        assert_eq!(place(&[(p, p)], Model::Similarity), Err(LandmarkError::TooFew { given: 1, needed: 2 }));
        assert_eq!(place(&[(p, p); 3], Model::Similarity), Err(LandmarkError::Degenerate));
        let line = [0.0, 50.0, 100.0].map(|x| (Point::new(x, x), Point::new(x, 0.0)));
        assert_eq!(place(&line, Model::Affine), Err(LandmarkError::Degenerate));
        let lost = Point::new(f64::NAN, 1.0);
        assert!(place(&[(p, p), (lost, p)], Model::Similarity).is_err());
        assert!(LandmarkError::Degenerate.user_message().contains("Nothing was"));
    }
}
