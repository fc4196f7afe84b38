//! The sets of pairs: what each is made of, and the truth of each pair.

use std::f64::consts::{PI, TAU};
use std::path::PathBuf;

use chrono::NaiveDate;
use diptych::demo::{Clinic, Exposure, Subject, render_pair};
use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::Picture;
use diptych::model::{Fitzpatrick, Indication, Model, Pose};

use super::pairs;
use super::simulate::{Base, Dice, Overlay, Visit, grid, similarity};

/// Size of the pictures of a pair.
const SIZE: Size = Size::new(1024, 683);
/// Size of the synthetic photos the pairs are made from.
const BASE: Size = Size::new(1840, 1380);

/// Size of a preview, which registration looks at in full in its last step.
const LARGE: Size = Size::new(2048, 1366);
/// Size of the synthetic photos that pairs of such pictures are made from.
const LARGE_BASE: Size = Size::new(3680, 2760);

/// What a set asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The transform is to be found.
    Positive,
    /// Nothing may be accepted.
    Negative,
    /// The same of two people.
    Strangers,
}

/// A generator of pairs.
pub struct Set {
    /// Name in the table.
    pub name: &'static str,
    /// What it asks.
    pub kind: Kind,
    /// Freedom of the transform.
    pub model: Model,
    make: fn(&Material, u64) -> Made,
}

/// A pair in memory.
pub struct Made {
    /// The later picture.
    pub moving: Picture,
    /// The reference.
    pub fixed: Picture,
    /// Moving → fixed; none for a negative.
    pub truth: Option<Matrix3>,
}

impl Set {
    /// The `i`-th pair.
    pub fn pair(&self, material: &Material, i: u64) -> Made {
        (self.make)(material, i)
    }
}

/// All sets, in the order of the table.
pub const SETS: &[Set] = &[
    Set {
        name: "similarity",
        kind: Kind::Positive,
        model: Model::Similarity,
        make: |m, i| known(m, i, SIZE, [12.0, 0.14, 0.06], &mild(i)),
    },
    Set {
        name: "hard",
        kind: Kind::Positive,
        model: Model::Similarity,
        make: |m, i| known(m, i, SIZE, [35.0, 0.38, 0.06], &mild(i)),
    },
    Set { name: "affine", kind: Kind::Positive, model: Model::Affine, make: |m, i| freer(m, i, Model::Affine) },
    Set {
        name: "homography",
        kind: Kind::Positive,
        model: Model::Homography,
        make: |m, i| freer(m, i, Model::Homography),
    },
    Set {
        name: "low-res",
        kind: Kind::Positive,
        model: Model::Similarity,
        make: |m, i| known(m, i, Size::new(320, 280), [12.0, 0.14, 0.06], &mild(i)),
    },
    Set { name: "bare-skin", kind: Kind::Positive, model: Model::Similarity, make: bare },
    Set { name: "large", kind: Kind::Positive, model: Model::Similarity, make: |m, i| large(m, i, &mild(i)) },
    Set { name: "large-weeks", kind: Kind::Positive, model: Model::Similarity, make: |m, i| large(m, i, &later(i)) },
    Set { name: "tissue", kind: Kind::Positive, model: Model::Similarity, make: tissue },
    Set { name: "weeks", kind: Kind::Positive, model: Model::Similarity, make: |m, i| weeks(m, i, false) },
    Set { name: "weeks-relit", kind: Kind::Positive, model: Model::Similarity, make: relit },
    Set { name: "weeks-grey", kind: Kind::Positive, model: Model::Similarity, make: |m, i| weeks(m, i, true) },
    Set {
        name: "low-overlap",
        kind: Kind::Positive,
        model: Model::Similarity,
        make: |m, i| known(m, i, SIZE, [10.0, 0.1, 0.30], &mild(i)),
    },
    Set {
        name: "stamped-skin",
        kind: Kind::Positive,
        model: Model::Similarity,
        make: |m, i| weeks_with(m, i, Visit { overlay: stamps(i), ..later(i) }),
    },
    Set { name: "towel-stays", kind: Kind::Positive, model: Model::Similarity, make: towel_stays },
    Set {
        name: "other-skin",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| strangers(i, &m.skins, Overlay::No),
    },
    Set {
        name: "other-head",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| strangers(i, m.heads(), Overlay::No),
    },
    Set {
        name: "other-portrait",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| portraits(i, m.heads()),
    },
    Set { name: "other-area", kind: Kind::Negative, model: Model::Similarity, make: elsewhere },
    Set {
        name: "same-stamp",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| strangers(i, m.of(i), Overlay::Stamp),
    },
    Set {
        name: "same-mark",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| strangers(i, m.of(i), Overlay::Mark),
    },
    Set {
        name: "same-tiles",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| strangers(i, m.of(i), Overlay::Tiles),
    },
    Set {
        name: "same-border",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| strangers(i, m.of(i), Overlay::Border),
    },
    Set {
        name: "same-towel",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| towel_strangers(m, i, 0.0),
    },
    Set {
        name: "moved-towel",
        kind: Kind::Strangers,
        model: Model::Similarity,
        make: |m, i| towel_strangers(m, i, 1.0),
    },
    Set { name: "mirrored", kind: Kind::Negative, model: Model::Similarity, make: mirrored },
];

/// A photo that pairs are made from.
pub struct Photo {
    /// Who is shown.
    pub person: String,
    /// What it shows.
    pub pixels: Pixels,
}

/// Where the pixels of a photo are. [`Base`] takes five times as much memory, and is made for one pair only.
pub enum Pixels {
    /// In memory.
    Picture(Picture),
    /// On the disk.
    File(PathBuf),
}

impl Photo {
    fn base(&self) -> Base {
        match &self.pixels {
            Pixels::Picture(picture) => Base::new(picture),
            Pixels::File(file) => Base::new(&pairs::photo(file)),
        }
    }
}

/// Photos that the pairs are made from.
pub struct Material {
    /// Bare skin.
    skins: Vec<Photo>,
    /// Heads and bellies.
    heads: Vec<Photo>,
    towels: Vec<Picture>,
}

impl Material {
    /// Photos of a folder, or else synthetic ones.
    pub fn new(photos: Option<Vec<Photo>>) -> Self {
        let towels = (0..4).map(towel).collect();
        match photos {
            Some(photos) => Self { skins: photos, heads: Vec::new(), towels },
            None => Self { skins: skins(), heads: heads(), towels },
        }
    }

    /// Whether strangers can be made of it.
    pub fn has_two_people(&self) -> bool {
        let people = |of: &[Photo]| of.iter().any(|p| p.person != of[0].person);
        people(&self.skins) && (self.heads.is_empty() || people(&self.heads))
    }

    /// Skins and heads in turn.
    fn of(&self, i: u64) -> &[Photo] {
        if i.is_multiple_of(2) || self.heads.is_empty() { &self.skins } else { &self.heads }
    }

    fn heads(&self) -> &[Photo] {
        if self.heads.is_empty() { &self.skins } else { &self.heads }
    }

    fn any(&self, i: u64) -> Base {
        let of = self.of(i);
        of[(i / 2) as usize % of.len()].base()
    }

    fn skin(&self, i: u64) -> Base {
        self.skins[i as usize % self.skins.len()].base()
    }

    fn towel(&self, i: u64) -> Base {
        Base::new(&self.towels[i as usize % self.towels.len()])
    }
}

/// The `i`-th photo and one of another person.
fn two_people(of: &[Photo], i: u64) -> (Base, Base) {
    let n = of.len();
    let first = &of[i as usize % n];
    let others: Vec<&Photo> = (1..n).map(|k| &of[(i as usize + k) % n]).filter(|p| p.person != first.person).collect();
    let other = others.get(i as usize / n).or(others.first()).expect("two people");
    (first.base(), other.base())
}

fn skins() -> Vec<Photo> {
    let photo = |i| Photo { person: format!("skin {i}"), pixels: Pixels::Picture(skin_of(i, BASE)) };
    (0..12).map(photo).collect()
}

/// The bare skin of person `i`.
fn skin_of(i: u64, size: Size) -> Picture {
    const TONES: [Fitzpatrick; 6] =
        [Fitzpatrick::I, Fitzpatrick::II, Fitzpatrick::III, Fitzpatrick::IV, Fitzpatrick::V, Fitzpatrick::VI];
    let subjects = [
        Subject::Cheek(Indication::AcneScars),
        Subject::Forehead(Indication::Hyperpigmentation),
        Subject::Abdomen(Indication::StretchMarks),
        Subject::Cheek(Indication::ActiveAcne),
    ];
    let (tone, subject, ideal) = (TONES[(i as usize * 5 + 2) % 6], subjects[i as usize % 4], Exposure::IDEAL);
    render_pair(900 + i, tone, subject, size, &ideal, &ideal).expect("a picture").fixed
}
/// Standard views of invented people, in the order of the views.
fn heads() -> Vec<Photo> {
    let today = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date");
    let mut by_pose: Vec<(Pose, u64, usize, Picture)> = Vec::new();
    for seed in 0..3 {
        let clinic = Clinic::with_photo_side(50 + seed, today, BASE.width);
        for (p, patient) in clinic.patients.iter().enumerate() {
            for series in &patient.series {
                let Some(session) = series.sessions.first() else { continue };
                for shot in session.shots.iter().filter(|s| s.trap.is_none() && s.subject == p) {
                    let view = &series.views[shot.view];
                    let wanted = matches!(view.pose, Pose::Front | Pose::Oblique | Pose::Lateral)
                        && !by_pose.iter().any(|(pose, s, q, _)| (*pose, *s, *q) == (view.pose, seed, p));
                    if wanted {
                        let picture = clinic.render(view, shot).expect("a picture");
                        by_pose.push((view.pose, seed, p, picture));
                    }
                }
            }
        }
    }
    by_pose.sort_by_key(|(pose, seed, person, _)| (*pose as u8, *seed, *person));
    // The faces of one person of the cast differ between seeds in their skin only, so they count as one person.
    let photo = |person: usize, picture| Photo { person: format!("head {person}"), pixels: Pixels::Picture(picture) };
    by_pose.into_iter().map(|(.., person, picture)| photo(person, picture)).collect()
}

/// Woven cloth with folds.
fn towel(seed: u64) -> Picture {
    let mut dice = Dice::new(seed, "towel");
    let tint =
        [[70.0, 130.0, 190.0], [210.0, 215.0, 222.0], [60.0, 140.0, 110.0], [150.0, 150.0, 155.0]][seed as usize % 4];
    let folds: Vec<[f64; 4]> = (0..9)
        .map(|_| [dice.unit() * TAU, 90.0 + 260.0 * dice.unit(), dice.unit() * TAU, 8.0 + 10.0 * dice.unit()])
        .collect();
    let threads: Vec<f64> = (0..4096).map(|_| dice.within(9.0)).collect();
    let pixels = (0..BASE.width * BASE.height).flat_map(|i| {
        let (x, y) = (f64::from(i % BASE.width), f64::from(i / BASE.width));
        let fold: f64 = folds
            .iter()
            .map(|[turn, period, phase, height]| {
                height * ((x * turn.cos() + y * turn.sin() + 20.0 * (y / 150.0).sin()) * TAU / period + phase).sin()
            })
            .sum();
        let weave = 7.0 * ((x * 0.9).sin() * (y * 0.9).sin())
            + threads[(x / 3.0) as usize % 4096]
            + threads[(y / 3.0 + 2000.0) as usize % 4096];
        tint.map(|t| (t + fold + weave).clamp(0.0, 255.0) as u8).into_iter().chain([255])
    });
    Picture::from_rgba(BASE, pixels.collect()).expect("the buffer fits")
}

/// A view of `size` pixels on a photo: `shift` as share of the picture's sides, turn in degrees, scale above 1 shows more.
fn view(base: &Base, size: Size, shift: Point, degrees: f64, scale: f64) -> Matrix3 {
    let photo = base.size();
    // The reference shows two thirds of the photo.
    let fit =
        (f64::from(photo.width) / f64::from(size.width)).min(f64::from(photo.height) / f64::from(size.height)) * 0.70;
    let (w, h) = (f64::from(size.width), f64::from(size.height));
    Matrix3::translation(
        0.5 * f64::from(photo.width) + shift.x * w * fit,
        0.5 * f64::from(photo.height) + shift.y * h * fit,
    )
    .after(&Matrix3::similarity(fit * scale, degrees.to_radians(), 0.0, 0.0))
    .after(&Matrix3::translation(-0.5 * w, -0.5 * h))
}

/// The same camera on another day.
fn mild(i: u64) -> Visit {
    let mut dice = Dice::new(i, "mild");
    let gain = 0.92 + 0.16 * dice.unit();
    Visit {
        seed: 100 + i,
        gain: [gain, gain * (1.0 + dice.within(0.03)), gain * (1.0 + dice.within(0.03))],
        ..Visit::FIRST
    }
}

/// Weeks later: other light, 40–80 other spots, moved tissue.
fn later(i: u64) -> Visit {
    let mut dice = Dice::new(i, "later");
    Visit {
        relit: 0.6 + 0.4 * dice.unit(),
        light: dice.within(PI),
        spots: 40 + (40.0 * dice.unit()) as usize,
        tissue: 2.0 + 4.0 * dice.unit(),
        noise: 3.0,
        ..mild(i)
    }
}

/// Degrees, ln scale and shift (share of the sides) a transform is drawn within.
type Within = [f64; 3];

fn pose(base: &Base, size: Size, i: u64, [degrees, ln_scale, shift]: Within) -> Matrix3 {
    let mut dice = Dice::new(i, "pose");
    let mut signed = |limit: f64| {
        // The outer half of the range: the hard part.
        let v = limit * (0.5 + 0.5 * dice.unit());
        if dice.unit() < 0.5 { -v } else { v }
    };
    let shift = Point::new(signed(shift), signed(shift));
    view(base, size, shift, signed(degrees), signed(ln_scale).exp())
}

fn photographed(base: &Base, size: Size, moving: &Matrix3, visit: &Visit) -> Made {
    let fixed = view(base, size, Point::default(), 0.0, 1.0);
    let first = Visit { overlay: visit.overlay, grey: visit.grey, ..Visit::FIRST };
    let truth = if visit.tissue == 0.0 {
        fixed.inverse().expect("a regular view").after(moving)
    } else {
        similarity(&grid(size, moving, visit, &fixed))
    };
    Made {
        moving: base.photograph(size, moving, visit).develop(visit),
        fixed: base.photograph(size, &fixed, &first).develop(&first),
        truth: Some(truth),
    }
}

fn known(material: &Material, i: u64, size: Size, within: Within, visit: &Visit) -> Made {
    let base = material.any(i);
    photographed(&base, size, &pose(&base, size, i, within), visit)
}

fn freer(material: &Material, i: u64, model: Model) -> Made {
    let base = material.any(i);
    let mut dice = Dice::new(i, "freer");
    let centre = Matrix3::translation(0.5 * f64::from(SIZE.width), 0.5 * f64::from(SIZE.height));
    let shear = Matrix3([
        1.0 + dice.within(0.06),
        dice.within(0.06),
        0.0,
        dice.within(0.06),
        1.0 + dice.within(0.06),
        0.0,
        0.0,
        0.0,
        1.0,
    ]);
    let tilt = Matrix3([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, dice.within(8e-5), dice.within(8e-5), 1.0]);
    let inner = if model == Model::Homography { shear.after(&tilt) } else { shear };
    let bent = centre.after(&inner).after(&centre.inverse().expect("a shift"));
    let moving = pose(&base, SIZE, i, [12.0, 0.1, 0.05]).after(&bent);
    photographed(&base, SIZE, &moving, &mild(i))
}

fn bare(material: &Material, i: u64) -> Made {
    let mut dice = Dice::new(i, "bare");
    let visit = Visit { relit: 0.25, light: dice.within(PI), noise: 3.0, ..mild(i) };
    let base = material.skin(i);
    photographed(&base, SIZE, &pose(&base, SIZE, i, [12.0, 0.14, 0.08]), &visit)
}

fn tissue(material: &Material, i: u64) -> Made {
    let mut dice = Dice::new(i, "soft");
    known(material, i, SIZE, [12.0, 0.1, 0.06], &Visit { tissue: 3.0 + 6.0 * dice.unit(), ..mild(i) })
}

/// As large as a preview. Synthetic skin is rendered for each pair, as its photos are too large to keep many of them.
fn large(material: &Material, i: u64, visit: &Visit) -> Made {
    let base = if material.heads.is_empty() { material.skin(i) } else { Base::new(&skin_of(i % 12, LARGE_BASE)) };
    photographed(&base, LARGE, &pose(&base, LARGE, i, [12.0, 0.14, 0.06]), visit)
}

fn weeks_with(material: &Material, i: u64, visit: Visit) -> Made {
    let base = material.any(i);
    let mut dice = Dice::new(i, "tilt");
    let tilt = Matrix3([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, dice.within(2e-5), dice.within(2e-5), 1.0]);
    photographed(&base, SIZE, &pose(&base, SIZE, i, [8.0, 0.1, 0.05]).after(&tilt), &visit)
}

fn weeks(material: &Material, i: u64, grey: bool) -> Made {
    weeks_with(material, i, Visit { grey, ..later(i) })
}

fn relit(material: &Material, i: u64) -> Made {
    weeks_with(material, i, Visit { relit: 2.2, spots: 80, tissue: 6.0, noise: 4.0, ..later(i) })
}

fn stamps(i: u64) -> Overlay {
    [Overlay::Stamp, Overlay::Mark, Overlay::Tiles, Overlay::Border][i as usize / 2 % 4]
}

/// Two different people (or a photo and the next one) in about the same view.
fn strangers(i: u64, of: &[Photo], overlay: Overlay) -> Made {
    let (a, b) = two_people(of, i);
    let visit = Visit { overlay, ..mild(i) };
    let first = Visit { overlay, ..Visit::FIRST };
    let still = overlay != Overlay::No && i.is_multiple_of(3);
    let moving = if still { view(&a, SIZE, Point::default(), 0.0, 1.0) } else { pose(&a, SIZE, i, [6.0, 0.08, 0.04]) };
    Made {
        moving: a.photograph(SIZE, &moving, &visit).develop(&visit),
        fixed: b.photograph(SIZE, &view(&b, SIZE, Point::default(), 0.0, 1.0), &first).develop(&first),
        truth: None,
    }
}

/// All of the photos of two people, as a clinic takes them: two whole faces before the same wall.
fn portraits(i: u64, of: &[Photo]) -> Made {
    let (a, b) = two_people(of, i);
    let mut dice = Dice::new(i, "portrait");
    let whole = |base: &Base, dice: &mut Dice| {
        let photo = base.size();
        let size = photo.fit_within(1024);
        let scale = f64::from(size.width) / f64::from(photo.width) * (1.0 + dice.within(0.02));
        let (w, h) = (f64::from(photo.width), f64::from(photo.height));
        let seen = Matrix3::translation(0.5 * f64::from(size.width), 0.5 * f64::from(size.height))
            .after(&Matrix3::similarity(scale, dice.within(0.04), 0.0, 0.0))
            .after(&Matrix3::translation(-0.5 * w, -0.5 * h));
        (size, seen.inverse().expect("a similarity"))
    };
    let (moving, fixed) = (whole(&a, &mut dice), whole(&b, &mut dice));
    let visit = mild(i);
    Made {
        moving: a.photograph(moving.0, &moving.1, &visit).develop(&visit),
        fixed: b.photograph(fixed.0, &fixed.1, &Visit::FIRST).develop(&Visit::FIRST),
        truth: None,
    }
}

/// Two places of one skin that do not overlap.
fn elsewhere(material: &Material, i: u64) -> Made {
    let base = material.skin(i);
    let mut dice = Dice::new(i, "elsewhere");
    let at = |x: f64| view(&base, SIZE, Point::new(x, 0.0), 0.0, 0.62);
    let visit = mild(i);
    let turned = at(0.36).after(&Matrix3::similarity(1.0, dice.within(0.2), 0.0, 0.0));
    Made {
        moving: base.photograph(SIZE, &turned, &visit).develop(&visit),
        fixed: base.photograph(SIZE, &at(-0.38), &Visit::FIRST).develop(&Visit::FIRST),
        truth: None,
    }
}

/// The same skin has moved in front of the same cloth: the truth is that of the skin.
fn towel_stays(material: &Material, i: u64) -> Made {
    let (base, cloth) = (material.skin(i), material.towel(i));
    let behind = view(&cloth, SIZE, Point::default(), 0.0, 1.0);
    let (moving, fixed) = (pose(&base, SIZE, i, [8.0, 0.1, 0.06]), view(&base, SIZE, Point::default(), 0.0, 1.0));
    let visit = Visit { tissue: 0.0, spots: 20, relit: 0.3, ..later(i) };
    let backdrop = Visit { seed: visit.seed, ..mild(i) };
    let share = 0.75;
    Made {
        moving: cloth
            .photograph(SIZE, &behind, &backdrop)
            .covered_by(&base.photograph(SIZE, &moving, &visit), share)
            .develop(&visit),
        fixed: cloth
            .photograph(SIZE, &behind, &Visit::FIRST)
            .covered_by(&base.photograph(SIZE, &fixed, &Visit::FIRST), share)
            .develop(&Visit::FIRST),
        truth: Some(fixed.inverse().expect("a regular view").after(&moving)),
    }
}

/// Two people in front of the same cloth.
fn towel_strangers(material: &Material, i: u64, moved: f64) -> Made {
    let (a, b) = two_people(&material.skins, i);
    let cloth = material.towel(i);
    let mut dice = Dice::new(i, "cloth");
    let behind = view(&cloth, SIZE, Point::default(), 0.0, 1.0);
    let shifted = view(
        &cloth,
        SIZE,
        Point::new(moved * dice.within(0.05), moved * dice.within(0.05)),
        moved * dice.within(5.0),
        1.0,
    );
    let visit = mild(i);
    let share = 0.55 + 0.3 * dice.unit();
    let front = |base: &Base| view(base, SIZE, Point::default(), 0.0, 1.0);
    Made {
        moving: cloth
            .photograph(SIZE, &shifted, &visit)
            .covered_by(&a.photograph(SIZE, &front(&a), &visit), share)
            .develop(&visit),
        fixed: cloth
            .photograph(SIZE, &behind, &Visit::FIRST)
            .covered_by(&b.photograph(SIZE, &front(&b), &Visit::FIRST), share)
            .develop(&Visit::FIRST),
        truth: None,
    }
}

/// The same person in a mirror.
fn mirrored(material: &Material, i: u64) -> Made {
    let base = material.any(i);
    let made = photographed(&base, SIZE, &pose(&base, SIZE, i, [5.0, 0.05, 0.03]), &mild(i));
    let width = SIZE.width as usize;
    let flipped =
        made.moving.pixels().chunks_exact(width).flat_map(|row| row.iter().rev().copied().flatten()).collect();
    Made { moving: Picture::from_rgba(SIZE, flipped).expect("the buffer fits"), truth: None, ..made }
}
