//! Scale-invariant features: where a picture has something to hold on to, and what it looks like there.
//!
//! After Lowe, "Distinctive image features from scale-invariant keypoints" (2004), with the root descriptor of
//! Arandjelović and Zisserman (2012), on locally normalised luminance.

mod descriptor;
mod gradient;
mod scale_space;

use rayon::prelude::*;

use self::scale_space::{Candidate, Octave};
use super::plane::Plane;

/// Length of a descriptor: 4×4 cells of 8 directions.
pub const LENGTH: usize = 128;

/// Keypoints kept per picture; each may have up to three orientations.
const MOST: usize = 2500;

/// The picture is cut into GRID × GRID cells none of which may take much more than its share of the keypoints, so that
/// hair, towels and jewellery do not starve bare skin.
const GRID: usize = 8;

/// A place of interest, in working pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keypoint {
    /// To the right; the first pixel centre is at 0.5.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// Standard deviation of the Gaussian it was found at.
    pub scale: f32,
    /// Dominant gradient direction in radians, clockwise on the screen.
    pub angle: f32,
}

/// Square roots of the L1-normalised histogram, times 512: the squared length is 2¹⁸ at most.
pub type Descriptor = [i16; LENGTH];

/// Keypoints and their descriptors, in the same order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    /// Places.
    pub keypoints: Vec<Keypoint>,
    /// What they look like.
    pub descriptors: Vec<Descriptor>,
}

impl Features {
    /// Finds the features of a locally normalised plane; small pictures (`doubled`) are searched at twice the size.
    #[must_use]
    pub fn find(plane: &Plane, doubled: bool) -> Self {
        let (octaves, candidates) = scale_space::search(plane, doubled);
        let chosen = spread(candidates, plane);
        let described: Vec<(Keypoint, Descriptor)> =
            chosen.par_iter().flat_map_iter(|c| describe(c, &octaves[c.octave])).collect();
        let (keypoints, descriptors) = described.into_iter().unzip();
        Self { keypoints, descriptors }
    }

    /// The features of the picture in a mirror: `x` runs from the other side of `width` pixels.
    #[must_use]
    pub fn mirrored(&self, width: usize) -> Self {
        let keypoint = |k: &Keypoint| Keypoint { x: width as f32 - k.x, angle: std::f32::consts::PI - k.angle, ..*k };
        Self {
            keypoints: self.keypoints.iter().map(keypoint).collect(),
            descriptors: self.descriptors.iter().map(descriptor::mirrored).collect(),
        }
    }

    /// Share of keypoints smaller than `scale` pixels; 0 without any.
    #[must_use]
    pub fn share_below(&self, scale: f32) -> f64 {
        let small = self.keypoints.iter().filter(|k| k.scale < scale).count();
        small as f64 / self.keypoints.len().max(1) as f64
    }
}

/// The keypoints of a candidate: one for each dominant direction.
fn describe(candidate: &Candidate, octave: &Octave) -> Vec<(Keypoint, Descriptor)> {
    let (place, map) = (candidate.place, &octave.maps[candidate.level]);
    let with = |angle: f32| {
        let (x, y, scale) = (place.x * octave.step + 0.5, place.y * octave.step + 0.5, place.scale * octave.step);
        (Keypoint { x, y, scale, angle }, descriptor::root_descriptor(map, place, angle))
    };
    descriptor::dominant_angles(map, place).into_iter().map(with).collect()
}

/// The strongest candidates under a cap per grid cell; places left free go to the strongest of the rest.
fn spread(mut candidates: Vec<Candidate>, plane: &Plane) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.contrast.total_cmp(&a.contrast).then(a.order().cmp(&b.order())));
    if candidates.len() <= MOST {
        return candidates;
    }
    let cap = 2 * MOST / (GRID * GRID);
    let mut taken = [0; GRID * GRID];
    let (mut first, rest): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| {
        let cell = |v: f32, length: usize| ((v * GRID as f32 / length as f32) as usize).min(GRID - 1);
        let count = &mut taken[cell(c.y, plane.height) * GRID + cell(c.x, plane.width)];
        *count += 1;
        *count <= cap
    });
    first.truncate(MOST);
    let free = MOST - first.len();
    first.extend(rest.into_iter().take(free));
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gaussian blobs of deviation `sigma` at `centres`, 0.5-based.
    fn blobs(width: usize, height: usize, centres: &[(f32, f32)], sigma: f32) -> Plane {
        let mut plane = Plane::zeros(width, height);
        for (i, value) in plane.data.iter_mut().enumerate() {
            let (x, y) = ((i % width) as f32 + 0.5, (i / width) as f32 + 0.5);
            *value = centres
                .iter()
                .map(|c| 2.0 * (-((x - c.0).powi(2) + (y - c.1).powi(2)) / (2.0 * sigma * sigma)).exp())
                .sum();
        }
        plane
    }

    #[test]
    fn a_blob_is_found_where_it_is_and_as_large_as_it_is() {
        for doubled in [false, true] {
            let plane = blobs(160, 120, &[(70.3, 55.8)], 4.0);
            let features = Features::find(&plane, doubled);
            let found = features
                .keypoints
                .iter()
                .any(|k| (k.x - 70.3).abs() < 0.15 && (k.y - 55.8).abs() < 0.15 && (k.scale - 4.0).abs() < 1.5);
            assert!(found, "{:?}", features.keypoints);
        }
    }

    #[test]
    fn mirrored_features_are_those_of_the_mirrored_picture() {
        let centres = [(40.2, 33.0), (52.0, 41.0), (90.7, 70.1), (101.0, 58.0), (120.0, 30.0), (60.0, 80.0)];
        let flipped = centres.map(|(x, y)| (160.0 - x, y));
        let (plane, other) = (blobs(160, 120, &centres, 3.0), blobs(160, 120, &flipped, 3.0));
        let (own, seen) = (Features::find(&plane, false).mirrored(160), Features::find(&other, false));
        let similar = |a: &Descriptor, b: &Descriptor| {
            let dot: i64 = a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
            dot as f64 / 262_144.0
        };
        let all: Vec<usize> = (0..own.keypoints.len()).collect();
        let met = all.iter().filter(|i| {
            (0..seen.keypoints.len()).any(|j| {
                let (a, b) = (&own.keypoints[**i], &seen.keypoints[j]);
                (a.x - b.x).abs() + (a.y - b.y).abs() < 0.2
                    && similar(&own.descriptors[**i], &seen.descriptors[j]) > 0.97
            })
        });
        assert!(all.len() >= 6 && met.count() * 10 >= all.len() * 8, "{}", all.len());
    }

    #[test]
    fn a_flat_plane_has_no_features() {
        assert!(Features::find(&Plane::zeros(200, 100), false).keypoints.is_empty());
        assert!(Features::find(&Plane::zeros(40, 33), true).keypoints.is_empty());
    }

    #[test]
    fn one_corner_cannot_take_all_keypoints() {
        let plane = Plane::zeros(800, 800);
        let place = scale_space::Place { x: 0.0, y: 0.0, scale: 2.0 };
        let candidate = |x: f32, y: f32, contrast: f32| Candidate { x, y, contrast, octave: 0, level: 0, place };
        let mut all: Vec<_> = (0..4000).map(|i| candidate(5.0, 5.0, 2.0 + i as f32 * 1e-3)).collect();
        all.extend((0..2450).map(|i| candidate(100.0 + (i % 600) as f32, 300.0, 0.1)));
        let kept = spread(all, &plane);
        assert_eq!(kept.len(), MOST);
        assert!(kept.iter().filter(|c| c.x > 50.0).count() > 400);
    }
}
