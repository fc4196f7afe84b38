//! Where the camera stands: the map from the pixels of a shot to those of the scene, and back.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::noise;
use crate::geom::{Matrix3, Point, Size};

/// Pose of the camera against the ideal one, and how far the skin has moved under it.
///
/// Lengths are fractions of the picture's longer side, so that a pose means the same at every resolution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Magnification; above 1 the camera stands closer.
    pub scale: f64,
    /// Roll in radians; the subject turns clockwise on the picture.
    pub turn: f64,
    /// Shift of the subject to the right and down.
    pub shift: (f64, f64),
    /// Perspective terms of a camera that is not square to the skin: relative magnification per picture length.
    pub tilt: (f64, f64),
    /// Amplitude of the soft-tissue shift.
    pub tissue: f64,
    /// Which soft-tissue field.
    pub tissue_seed: u64,
}

impl Pose {
    /// The ideal pose.
    pub const IDEAL: Self =
        Self { scale: 1.0, turn: 0.0, shift: (0.0, 0.0), tilt: (0.0, 0.0), tissue: 0.0, tissue_seed: 0 };

    /// A hand-held pose; `strength` 1 is what happens between sessions, less is what careful work gives.
    #[must_use]
    pub fn random(seed: u64, strength: f64) -> Self {
        let mut rng = noise::stream(seed, "pose");
        let mut within = |limit: f64| rng.random_range(-limit..=limit) * strength;
        let scale = within(0.16).exp().clamp(0.85, 1.2);
        Self {
            scale,
            turn: within(8.0f64.to_radians()),
            shift: (within(0.035), within(0.03)),
            tilt: (within(0.012), within(0.012)),
            tissue: 0.0012 * strength * (1.0 + within(0.5)),
            tissue_seed: noise::derive(seed, "tissue"),
        }
    }
}

/// A smooth displacement field: a few plane waves, each longer than half the picture.
#[derive(Debug, Clone, Copy)]
struct Tissue {
    waves: [Wave; 4],
}

#[derive(Debug, Clone, Copy, Default)]
struct Wave {
    /// Radians per pixel.
    k: (f64, f64),
    phase: f64,
    /// Pixels.
    push: (f64, f64),
}

impl Tissue {
    fn new(seed: u64, amplitude: f64, length: f64) -> Self {
        let mut rng = noise::stream(seed, "waves");
        let waves = std::array::from_fn(|_| {
            let direction = rng.random_range(0.0..std::f64::consts::TAU);
            let period = length * rng.random_range(0.6..1.4);
            let k = std::f64::consts::TAU / period;
            let along = rng.random_range(0.0..std::f64::consts::TAU);
            Wave {
                k: (k * direction.cos(), k * direction.sin()),
                phase: rng.random_range(0.0..std::f64::consts::TAU),
                push: (amplitude * along.cos() * 0.6, amplitude * along.sin() * 0.6),
            }
        });
        Self { waves }
    }

    fn at(&self, p: Point) -> Point {
        let mut d = Point::default();
        for wave in &self.waves {
            let s = (wave.k.0 * p.x + wave.k.1 * p.y + wave.phase).sin();
            d.x += wave.push.0 * s;
            d.y += wave.push.1 * s;
        }
        d
    }
}

/// The map between a shot's upright pixels and the scene's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projection {
    to_scene: Matrix3,
    from_scene: Matrix3,
    tissue: Tissue,
    /// Shot pixels per scene pixel in the middle.
    pub scale: f64,
    /// Roll of the camera.
    pub turn: f64,
}

impl Projection {
    /// `None` for a pose that cannot be undone (scale 0 or not finite).
    pub(crate) fn new(pose: &Pose, shot: Size, scene: Size) -> Option<Self> {
        let length = f64::from(shot.longest());
        let centre = |s: Size| (f64::from(s.width) / 2.0, f64::from(s.height) / 2.0);
        let (cx, cy) = centre(scene);
        let (sx, sy) = centre(shot);
        let perspective = Matrix3([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, pose.tilt.0 / length, pose.tilt.1 / length, 1.0]);
        let from_scene = Matrix3::translation(sx + pose.shift.0 * length, sy + pose.shift.1 * length)
            .after(&perspective)
            .after(&Matrix3::similarity(pose.scale, pose.turn, 0.0, 0.0))
            .after(&Matrix3::translation(-cx, -cy));
        let to_scene = from_scene.inverse()?;
        let tissue = Tissue::new(pose.tissue_seed, pose.tissue * length, length);
        Some(Self { to_scene, from_scene, tissue, scale: pose.scale, turn: pose.turn })
    }

    /// Scene pixel shown at a shot's pixel.
    pub(crate) fn scene_at(&self, p: Point) -> Point {
        let q = self.to_scene.apply(p);
        let d = self.tissue.at(q);
        Point::new(q.x + d.x, q.y + d.y)
    }

    /// Shot pixel that shows a scene pixel. The tissue field is a contraction, so the fixed point is found quickly.
    pub(crate) fn shot_at(&self, q: Point) -> Point {
        let mut rest = q;
        for _ in 0..12 {
            let d = self.tissue.at(rest);
            rest = Point::new(q.x - d.x, q.y - d.y);
        }
        self.from_scene.apply(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_and_its_inverse_cancel() {
        let (shot, scene) = (Size::new(720, 480), Size::new(960, 720));
        for seed in 0..20 {
            let projection = Projection::new(&Pose::random(seed, 1.0), shot, scene).expect("a regular pose");
            for (x, y) in [(3.5, 7.5), (360.0, 240.0), (700.0, 450.0)] {
                let p = Point::new(x, y);
                assert!(projection.shot_at(projection.scene_at(p)).distance(p) < 1e-6);
            }
        }
    }

    #[test]
    fn poses_stay_within_what_the_camera_model_promises() {
        for seed in 0..500 {
            let pose = Pose::random(seed, 1.0);
            assert!((0.85..=1.2).contains(&pose.scale));
            assert!(pose.turn.abs() <= 8.0f64.to_radians());
        }
    }
}
