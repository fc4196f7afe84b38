//! From a plan to pixels: which scene a view shows, and one shot of it.

use super::camera::{Pose, Projection};
use super::cast::{CAST, Person};
use super::error::DemoError;
use super::light::{self, Lamp, Progression};
use super::noise::{derive, mix};
use super::plan::{Clinic, PlannedShot};
use super::scene::Scene;
use super::sensor::{self, Sensor};
use super::skin::{self, Closeup, Region};
use super::{head, truth};
use crate::geom::{Matrix3, Size};
use crate::imaging::Picture;
use crate::model::{Area, Fitzpatrick, Indication, NewView, Pose as ViewPose, Side};

/// Scene pixels per photo pixel: a lens resolves no more.
const DENSITY: f64 = 0.8;
/// How much more than the photo the scene shows, along the longer and the shorter side: room for distance, roll and shift.
const ROOM: (f64, f64) = (1.36, 1.54);

/// What a view looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Motif {
    /// A piece of skin.
    Skin(Region, Side),
    /// A head, or a part of one.
    Head(head::Look, Side),
}

impl Motif {
    pub(crate) fn of(view: &NewView) -> Self {
        match (view.area, view.pose) {
            (Area::Abdomen, ViewPose::Oblique) => {
                Self::Skin(Region::Abdomen(if view.side == Side::Right { -1 } else { 1 }), view.side)
            }
            (Area::Abdomen | Area::Thighs | Area::Back, _) => Self::Skin(Region::Abdomen(0), view.side),
            (Area::Periorbital, _) => Self::Head(head::Look::Eye, view.side),
            (Area::Forehead, _) => Self::Skin(Region::Forehead, view.side),
            (_, ViewPose::CloseUp) => Self::Skin(Region::Cheek, view.side),
            (_, ViewPose::Oblique) => Self::Head(head::Look::Oblique, view.side),
            (_, ViewPose::Lateral) => Self::Head(head::Look::Lateral, view.side),
            _ => Self::Head(head::Look::Front, Side::Both),
        }
    }
}

/// Pixels of the scene for photos of `photo`.
pub(crate) fn scene_size(photo: Size) -> Size {
    let side = |v: u32, room: f64| (f64::from(v) * DENSITY * room).round() as u32;
    if photo.width >= photo.height {
        Size::new(side(photo.width, ROOM.0), side(photo.height, ROOM.1))
    } else {
        Size::new(side(photo.width, ROOM.1), side(photo.height, ROOM.0))
    }
}

/// The scene of a motif on a person.
pub(crate) fn build(seed: u64, patient: usize, motif: Motif, photo: Size) -> Scene {
    let person: &Person = &CAST[patient % CAST.len()];
    let own = mix(seed, patient as u64 + 1);
    let size = scene_size(photo);
    let (width, height) = (size.width as usize, size.height as usize);
    match motif {
        Motif::Skin(region, side) => {
            let closeup = Closeup {
                seed: derive(own, &format!("{region:?} {}", side.key())),
                tone: person.tone,
                region,
                conditions: person.conditions(),
            };
            let ppm = (f64::from(photo.longest()) * DENSITY) as f32 / region.field_mm();
            skin::build(&closeup, width, height, ppm)
        }
        Motif::Head(look, side) => {
            let sitter = head::Sitter { seed: own, tone: person.tone, conditions: person.conditions(), patient };
            let ppm = (f64::from(photo.longest()) * DENSITY) as f32 / look.field_mm();
            head::build(&sitter, look, side, width, height, ppm)
        }
    }
}

/// The map between a photo of a pose and its scene.
pub(crate) fn projection(pose: &Pose, photo: Size) -> Result<Projection, DemoError> {
    let dense = Pose { scale: pose.scale / DENSITY, ..*pose };
    Projection::new(&dense, photo, scene_size(photo)).ok_or(DemoError::Impossible)
}

/// Upright RGB of a shot.
pub(crate) fn shoot(scene: &Scene, shot: &PlannedShot) -> Result<Vec<u8>, DemoError> {
    let projection = projection(&shot.pose, shot.size)?;
    let mut light = light::expose(scene, &projection, &shot.progression, &shot.lamp, shot.size);
    Ok(sensor::develop(shot.size, &shot.sensor, |row, out| light.row(row, out)))
}

/// One side of a test pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Where the camera stands.
    pub pose: Pose,
    /// What it makes of the light.
    pub sensor: Sensor,
    /// The light.
    pub lamp: Lamp,
    /// State of the skin.
    pub progression: Progression,
}

/// What a test pair shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A cheek.
    Cheek(Indication),
    /// A forehead.
    Forehead(Indication),
    /// A belly.
    Abdomen(Indication),
}

/// Two photos of one piece of skin, with the similarity that really lies between them.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The first exposure.
    pub moving: Picture,
    /// The second.
    pub fixed: Picture,
    /// Pixels of `moving` to pixels of `fixed`, best similarity of the true map.
    pub matrix: Matrix3,
    /// Its deviation from the true map, root mean square in pixels of `fixed`.
    pub rms_px: f64,
}

impl Exposure {
    /// The ideal camera in the frontal set-up before treatment.
    pub const IDEAL: Self = Self {
        pose: Pose::IDEAL,
        sensor: Sensor::IDEAL,
        lamp: Lamp { direction: [-0.32, -0.50, 0.85], ambient: 0.42, sheen: 1.0 },
        progression: Progression::BASELINE,
    };

    /// A shot as it happens in a clinic; `strength` 1 is hand-held, `treatments` have been done.
    #[must_use]
    pub fn random(seed: u64, strength: f32, treatments: u32) -> Self {
        let left = |share: f32| share.powi(treatments as i32);
        let off = |name: &str| (derive(seed, name) % 2001) as f32 / 1000.0 - 1.0;
        let [x, y, z] = Self::IDEAL.lamp.direction;
        Self {
            pose: Pose::random(seed, f64::from(strength)),
            sensor: Sensor::random(seed, strength),
            lamp: Lamp {
                direction: [x + 0.25 * strength * off("x"), y + 0.2 * strength * off("y"), z],
                ..Self::IDEAL.lamp
            },
            progression: Progression { scar: left(0.82), spot: left(0.74), flush: left(0.66), healing: 0.0 },
        }
    }
}

/// Renders two exposures of one piece of skin at `size`.
pub fn render_pair(
    seed: u64,
    tone: Fitzpatrick,
    subject: Subject,
    size: Size,
    moving: &Exposure,
    fixed: &Exposure,
) -> Result<Pair, DemoError> {
    let (region, condition) = match subject {
        Subject::Cheek(condition) => (Region::Cheek, condition),
        Subject::Forehead(condition) => (Region::Forehead, condition),
        Subject::Abdomen(condition) => (Region::Abdomen(0), condition),
    };
    let whole = scene_size(size);
    let ppm = (f64::from(size.longest()) * DENSITY) as f32 / region.field_mm();
    let closeup = Closeup { seed, tone, region, conditions: vec![condition] };
    let scene = skin::build(&closeup, whole.width as usize, whole.height as usize, ppm);
    let (from, to) = (projection(&moving.pose, size)?, projection(&fixed.pose, size)?);
    let fit = truth::fit(&from, size, &to, size).ok_or(DemoError::Impossible)?;
    let picture = |exposure: &Exposure, projection: &Projection| {
        let mut light = light::expose(&scene, projection, &exposure.progression, &exposure.lamp, size);
        let rgb = sensor::develop(size, &exposure.sensor, |row, out| light.row(row, out));
        let rgba = rgb.chunks(3).flat_map(|c| [c[0], c[1], c[2], 255]).collect();
        Picture::from_rgba(size, rgba).ok_or(DemoError::Impossible)
    };
    Ok(Pair { moving: picture(moving, &from)?, fixed: picture(fixed, &to)?, matrix: fit.matrix, rms_px: fit.rms })
}

impl Clinic {
    /// Renders one planned shot; builds its scene for it alone.
    pub fn render(&self, view: &NewView, shot: &PlannedShot) -> Result<Picture, DemoError> {
        let scene = build(self.seed, shot.subject, Motif::of(view), shot.size);
        let rgb = shoot(&scene, shot)?;
        let rgba = rgb.chunks(3).flat_map(|c| [c[0], c[1], c[2], 255]).collect();
        Picture::from_rgba(shot.size, rgba).ok_or(DemoError::Impossible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_held_poses_deviate_from_a_similarity_by_a_few_pixels_and_never_by_none() {
        let size = Size::new(480, 320);
        for seed in 0..200 {
            let placed = |exposure: Exposure| projection(&exposure.pose, size).expect("a regular pose");
            let (moving, fixed) = (placed(Exposure::random(seed, 1.0, 2)), placed(Exposure::random(seed + 50, 0.3, 0)));
            let fit = truth::fit(&moving, size, &fixed, size).expect("they share most of the skin");
            assert!(fit.rms > 0.01 && fit.rms < 3.0, "seed {seed}: {} px", fit.rms);
            assert!((0.7..1.4).contains(&fit.matrix.scale()), "seed {seed}");
        }
    }
}
