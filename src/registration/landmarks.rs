//! A transform from places that a person clicked in both pictures.

use thiserror::Error;

use crate::geom::{Matrix3, Point, Size};
use crate::model::Model;

use super::fit::fit;
use super::matching::Match;
use super::warp;

/// Places that are further apart after the best placement, as a share of the fixed picture's diagonal, are not the same
/// spots: nobody clicks that badly, and what bends so far is no comparison.
const MOST_RESIDUAL: f64 = 0.02;
/// A photo covers at most this many times the area of the other, or so much less: a face beside a close-up of a cheek.
const MOST_AREA: f64 = 25.0;
/// Confidence in places of which nothing can be checked, the least of a plain answer.
const UNCHECKED: f64 = 0.75;

/// Why clicked places give no transform.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
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
    /// Each is well placed, but no transform of this freedom brings them together.
    #[error("the landmarks contradict each other: {residual_px:.0} px")]
    Contradicting {
        /// Root mean square distance after the best transform, pixels of the fixed picture.
        residual_px: f64,
    },
    /// The transform mirrors, puts the pictures beside each other, or makes of one a dot in the other.
    #[error("the landmarks give an absurd transform")]
    Absurd,
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
            Self::Contradicting { residual_px } => format!(
                "These points contradict each other: however the photo is placed, they stay {residual_px:.0} pixels apart. \
                 Nothing was changed. One of them is another spot in the other picture: take it away and mark it again."
            ),
            Self::Absurd => {
                "These points would mirror the photo, put it beside the other one, or make it many times larger or \
                 smaller. Nothing was changed. Mark the same spots in both pictures, in the same order."
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
    /// 0.75–1: how well the places confirm each other, 0.75 where nothing does.
    pub confidence: f64,
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
/// originals, whose sizes are `(moving, fixed)`.
pub fn place(pairs: &[(Point, Point)], model: Model, (moving, fixed): (Size, Size)) -> Result<Placed, LandmarkError> {
    let needed = needed(model);
    if pairs.len() < needed {
        return Err(LandmarkError::TooFew { given: pairs.len(), needed });
    }
    let matches: Vec<Match> =
        pairs.iter().map(|&(moving, fixed)| Match { moving, fixed, ..Match::default() }).collect();
    let matrix = fit(&matches, &vec![1.0; matches.len()], model).ok_or(LandmarkError::Degenerate)?;
    let mean = matches.iter().map(|m| m.squared_error(&matrix)).sum::<f64>() / matches.len() as f64;
    if !mean.is_finite() {
        return Err(LandmarkError::Degenerate);
    }
    let area = warp::area(&matrix, moving) / warp::area(&Matrix3::IDENTITY, fixed);
    let lies = moving.corners().map(|c| matrix.apply(c));
    if !(area > 1.0 / MOST_AREA && area < MOST_AREA && fixed.is_touched_by(&lies)) {
        return Err(LandmarkError::Absurd);
    }
    let checked = (pairs.len() > needed).then(|| mean.sqrt());
    let share = |px: f64| px / (MOST_RESIDUAL * fixed.diagonal());
    match checked {
        Some(residual_px) if share(residual_px) > 1.0 => Err(LandmarkError::Contradicting { residual_px }),
        residual_px => {
            let confidence = residual_px.map_or(UNCHECKED, |px| 1.0 - (1.0 - UNCHECKED) * share(px));
            Ok(Placed { matrix, residual_px, confidence })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIDE: Size = Size::new(600, 600);

    proptest! {
        // Two exact clicks give back any similarity; more clicks with the same truth do not change it.
        #[test]
        fn exact_clicks_give_the_true_transform(s in 0.3f64..3.0, r in -3.0f64..3.0, tx in -900f64..900.0, ty in -900f64..900.0, more in 0usize..5) {
            // About the middle, as a photo that lies beside the other one is none of these.
            let truth = Matrix3::translation(1500.0 + tx, 1000.0 + ty)
                .after(&Matrix3::similarity(s, r, 0.0, 0.0))
                .after(&Matrix3::translation(-1500.0, -1000.0));
            let clicks = [(120.0, 300.0), (2400.0, 1500.0), (700.0, 1900.0), (2000.0, 200.0), (1500.0, 900.0), (60.0, 60.0), (900.0, 500.0)];
            let pairs: Vec<_> = clicks[..2 + more].iter().map(|(x, y)| Point::new(*x, *y)).map(|p| (p, truth.apply(p))).collect();
            let size = Size::new(3000, 2000);
            let placed = place(&pairs, Model::Similarity, (size, size)).expect("regular");
            prop_assert!(placed.matrix.mean_corner_error(&truth, size) < 1e-6);
            prop_assert!(placed.residual_px.is_none_or(|r| r < 1e-6) && placed.residual_px.is_some() == (more > 0));
            let sure = if more > 0 { 1.0 } else { UNCHECKED };
            prop_assert!((placed.confidence - sure).abs() < 1e-6);
        }
    }

    #[test]
    fn three_clicks_can_shear() {
        let truth = Matrix3([1.1, 0.2, 30.0, -0.1, 0.9, -12.0, 0.0, 0.0, 1.0]);
        let pairs = [(10.0, 10.0), (500.0, 40.0), (200.0, 600.0)]
            .map(|(x, y)| (Point::new(x, y), truth.apply(Point::new(x, y))));
        let placed = place(&pairs, Model::Affine, (SIDE, SIDE)).expect("regular");
        assert!(placed.matrix.mean_corner_error(&truth, SIDE) < 1e-6);
        let large = Size::new(2000, 2000);
        let rigid = place(&pairs, Model::Similarity, (large, large)).expect("regular");
        assert!(rigid.residual_px.is_some_and(|r| r > 5.0) && (0.75..1.0).contains(&rigid.confidence), "{rigid:?}");
    }

    #[test]
    fn clicks_that_contradict_each_other_give_no_place() {
        let spots = [(100.0, 100.0), (500.0, 120.0), (300.0, 500.0)].map(|(x, y)| Point::new(x, y));
        let with_last_off = |by: f64| {
            let mut pairs = spots.map(|p| (p, p));
            pairs[2].1.x += by;
            place(&pairs, Model::Similarity, (SIDE, SIDE))
        };
        let near = with_last_off(10.0).expect("as well as a hand clicks");
        assert!(near.residual_px.is_some_and(|px| px > 2.0 && px < 10.0), "{near:?}");
        let far = with_last_off(120.0).expect_err("another spot");
        assert!(matches!(far, LandmarkError::Contradicting { residual_px } if residual_px > 20.0), "{far:?}");
        assert!(far.user_message().contains("Nothing was changed"));
    }

    #[test]
    fn an_absurd_place_is_none() {
        let square = [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)].map(|(x, y)| Point::new(x, y));
        let times = |by: f64| square.map(|p| (p, Point::new(by * p.x, by * p.y)));
        assert!(place(&times(3.0), Model::Similarity, (SIDE, SIDE)).is_ok());
        for by in [30.0, 0.03] {
            assert_eq!(place(&times(by), Model::Similarity, (SIDE, SIDE)), Err(LandmarkError::Absurd));
        }
        // Sixteen times the pixels of another camera are no other distance.
        assert!(place(&times(0.16), Model::Similarity, (Size::new(3750, 3750), SIDE)).is_ok());
        let beside = square.map(|p| (p, Point::new(p.x + 700.0, p.y)));
        assert_eq!(place(&beside, Model::Similarity, (SIDE, SIDE)), Err(LandmarkError::Absurd));
        let mirrored = square.map(|p| (p, Point::new(600.0 - p.x, p.y)));
        assert_eq!(place(&mirrored, Model::Affine, (SIDE, SIDE)), Err(LandmarkError::Absurd));
    }

    #[test]
    fn clicks_that_fix_nothing_are_named() {
        let p = Point::new(5.0, 5.0);
        let place = |pairs: &[(Point, Point)], model| place(pairs, model, (SIDE, SIDE));
        assert_eq!(place(&[(p, p)], Model::Similarity), Err(LandmarkError::TooFew { given: 1, needed: 2 }));
        assert_eq!(place(&[(p, p); 3], Model::Similarity), Err(LandmarkError::Degenerate));
        let line = [0.0, 50.0, 100.0].map(|x| (Point::new(x, x), Point::new(x, 0.0)));
        assert_eq!(place(&line, Model::Affine), Err(LandmarkError::Degenerate));
        let lost = Point::new(f64::NAN, 1.0);
        assert!(place(&[(p, p), (lost, p)], Model::Similarity).is_err());
        assert!(LandmarkError::Degenerate.user_message().contains("Nothing was"));
    }
}
