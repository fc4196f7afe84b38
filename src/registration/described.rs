//! One photo made ready for registration.

use crate::geom::Size;
use crate::imaging::Picture;

use super::detail::Detail;
use super::features::{self, Features};
use super::mask::{self, Mask};
use super::plane::{self, Plane};
use super::{LEAST_SIDE, filter};

/// Deviation of local normalisation as share of the longest side, and its least value in pixels.
const NORMALISATION: (f32, f32) = (0.025, 6.0);
/// Luma deviation that counts as noise, of 255.
const NOISE_FLOOR: f32 = 6.0;
/// Working pictures smaller than this are searched at twice their size, as they have few keypoints otherwise.
pub(super) const DOUBLE_BELOW: usize = 640;
/// Skin is told from what surrounds it where at least this share of a picture looks like skin.
const LEAST_SKIN: f64 = 0.2;
/// Cells along the border of skin that do not count: its outline is not skin.
const SKIN_BORDER: usize = 2;
/// A sharp picture has most of its keypoints below this scale in working pixels …
const SMALL: f32 = 3.2;
/// … and a blurred one fewer than this share.
const FEW_SMALL: f64 = 0.12;
/// Pictures with fewer keypoints than this have too little detail to blame anything else.
const FEW_KEYPOINTS: usize = 60;

/// A picture made ready for registration: normalised luminance at ≤ 1024 px as a pyramid, features, which parts of it
/// show skin, and what it has beyond that size. Cacheable.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    pub(super) full: Size,
    /// Working ÷ original pixels.
    pub(super) scale: f64,
    pub(super) pyramid: Vec<Plane>,
    pub(super) features: Features,
    /// What the last step is refined on, where the picture is larger than the working one.
    pub(super) detail: Option<Detail>,
    /// What is not a plain border.
    pub(super) content: Mask,
    /// What looks like skin, where colours tell.
    pub(super) skin: Option<Mask>,
}

/// Prepares a picture. `full` is the size of the upright original that `picture` was decoded from.
#[must_use]
pub fn describe(picture: &Picture, full: Size) -> Described {
    let (luma, scale) = plane::working_luma(picture, full);
    let full = if full.width == 0 || full.height == 0 { picture.size() } else { full };
    let content = mask::content(&luma);
    if luma.shortest() < LEAST_SIDE {
        let features = Features::default();
        return Described { full, scale, pyramid: vec![luma], features, detail: None, content, skin: None };
    }
    let likeness = mask::skin_likeness(picture, luma.width, luma.height);
    let skin = Mask::above_half(&likeness, LEAST_SKIN).map(|mask| mask.eroded(SKIN_BORDER));
    let sigma = (luma.longest() as f32 * NORMALISATION.0).max(NORMALISATION.1);
    let detail = Detail::of(picture, full, &luma, scale, sigma, NOISE_FLOOR);
    let normalised = filter::normalised(&luma, sigma, NOISE_FLOOR);
    let levels = ((luma.longest() as f64 / 40.0).log2() as usize + 1).clamp(2, 5);
    let (features, pyramid) = rayon::join(
        || Features::find(&normalised, luma.longest() < DOUBLE_BELOW),
        || filter::pyramid(&normalised, levels),
    );
    Described { full, scale, pyramid, features, detail, content, skin }
}

impl Described {
    /// Size of the upright original.
    #[must_use]
    pub fn full(&self) -> Size {
        self.full
    }

    /// Number of keypoints; a measure of how much the picture offers to hold on to.
    #[must_use]
    pub fn keypoints(&self) -> usize {
        self.features.keypoints.len()
    }

    /// Memory it takes, for the budget of a cache.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let pixels: usize = self.pyramid.iter().map(|p| p.data.len() * size_of::<f32>()).sum();
        let detail = self.detail.as_ref().map_or(0, Detail::bytes);
        pixels + detail + self.keypoints() * (size_of::<features::Keypoint>() + size_of::<features::Descriptor>())
    }

    pub(super) fn is_poor(&self) -> bool {
        self.keypoints() < FEW_KEYPOINTS
    }

    pub(super) fn is_blurred(&self) -> bool {
        self.features.share_below(SMALL) < FEW_SMALL
    }

    pub(super) fn is_too_small(&self) -> bool {
        self.pyramid[0].shortest() < LEAST_SIDE
    }
}
