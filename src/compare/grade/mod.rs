//! Comparability of an aligned pair: a grade from A to F, and for each aspect why.
//!
//! What the eye takes for a change of the skin may be one of the camera, the light or the pose. The limits are those at
//! which raters begin to notice (a light turned by 60° is seen, by 30° is not; photos at the same focal length; an "after"
//! younger than four weeks shows healing), the rest are steps of the same size. The pair is as good as its worst aspect.

mod likeness;

pub use likeness::{Likeness, likeness};

use crate::model::series::vocabulary;
use crate::model::text::counted;

/// Version of the measuring: what an older one measured is measured anew.
pub const ENGINE: u32 = 1;

vocabulary! {
    /// How far two pictures may be compared.
    Grade {
        A = "A", "comparable";
        B = "B", "comparable, small differences";
        C = "C", "comparable with care";
        D = "D", "differences mislead";
        E = "E", "hardly comparable";
        F = "F", "not comparable";
    }
}

vocabulary! {
    /// What is looked at.
    Aspect {
        Pose = "pose", "Pose";
        Scale = "scale", "Distance";
        Light = "light", "Light";
        Exposure = "exposure", "Exposure";
        Colour = "colour", "Colour";
        Sharpness = "sharpness", "Sharpness";
        FocalLength = "focal-length", "Focal length";
        Healing = "healing", "Healing";
    }
}

/// One aspect of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What was looked at.
    pub aspect: Aspect,
    /// How good it is.
    pub grade: Grade,
    /// The measure in a clinician's words.
    pub words: String,
}

/// The grade of a pair with all that was looked at, worst first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparability {
    /// That of the worst aspect.
    pub grade: Grade,
    /// Every aspect that could be judged.
    pub reasons: Vec<Reason>,
}

/// How sure the alignment is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Certainty {
    /// Aligned with this residual, as a share of the frame's diagonal; none where nothing was measured, as when a person
    /// clicked two points.
    Aligned(Option<f64>),
    /// Nobody has confirmed it yet.
    Suggested(Option<f64>),
    /// Both lie as they were taken.
    Apart,
}

/// What is known of a pair beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circumstances {
    /// How well both lie over each other.
    pub certainty: Certainty,
    /// Size of the skin in the after picture ÷ in the before picture, before it was aligned.
    pub scale: f64,
    /// Focal lengths, both in the same terms, as far as they are known.
    pub focal_mm: (Option<f64>, Option<f64>),
    /// Days between the last treatment before the after picture and that picture; none before any treatment.
    pub days_healed: Option<i64>,
    /// Days between the visit before the after picture and that picture; none at the first visit.
    pub days_since_visit: Option<i64>,
}

/// Upper limits of A, B, C, D and E.
type Limits = [f64; 5];

/// Median residual, share of the diagonal: what no similarity removes.
const POSE: Limits = [0.003, 0.006, 0.012, 0.02, 0.035];
/// The pose of a pair that was placed by eye: two clicks are off by a hundredth of the diagonal soon.
const UNMEASURED: Grade = Grade::C;
/// Doublings of the size.
const SCALE: Limits = [0.14, 0.26, 0.44, 0.68, 1.0];
/// Stops by which the light falls off differently from one side to the other.
const FALL_OFF: Limits = [0.35, 0.7, 1.1, 1.6, 2.2];
/// Difference of the direction in which relief is drawn, see [`Likeness::relief`].
const RELIEF: Limits = [0.10, 0.18, 0.28, 0.42, 0.6];
/// Stops.
const EXPOSURE: Limits = [0.25, 0.5, 0.85, 1.3, 2.0];
/// CIELAB units of a* and b*.
const COLOUR: Limits = [3.0, 6.0, 10.0, 15.0, 22.0];
/// Doublings of fine contrast.
const SHARPNESS: Limits = [0.5, 0.9, 1.4, 2.0, 2.8];
/// Doublings of the focal length.
const FOCAL: Limits = [0.14, 0.35, 0.6, 1.0, 1.6];
/// Days after a treatment from which a photo shows an outcome, a first result, and more than the reaction to the needles.
const HEALED: [i64; 3] = [84, 28, 7];

fn step(value: f64, limits: &Limits) -> Grade {
    let passed = limits.iter().filter(|limit| value.is_nan() || value > **limit).count();
    Grade::ALL.get(passed).copied().unwrap_or(Grade::F)
}

/// Grades a pair; `likeness` is none where the pictures share no skin.
#[must_use]
pub fn grade(likeness: Option<&Likeness>, about: &Circumstances) -> Comparability {
    let mut reasons = vec![pose(about.certainty), scale(about.scale)];
    if let Some(likeness) = likeness.filter(|_| about.certainty != Certainty::Apart) {
        reasons.extend([light(likeness), exposure(likeness), colour(likeness), sharpness(likeness)]);
    }
    reasons.extend(focal(about.focal_mm));
    // Without a treatment nothing heals, and the time since the last visit is said all the same.
    reasons.extend(about.days_healed.map(healing).or(about.days_since_visit.map(untreated)));
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.grade));
    Comparability { grade: reasons.first().map_or(Grade::F, |worst| worst.grade), reasons }
}

fn pose(certainty: Certainty) -> Reason {
    let measured = |share: Option<f64>| match share {
        Some(share) => (step(share, &POSE), format!("still {:.2} % of the diagonal apart", 100.0 * share)),
        None => (UNMEASURED, "not measured how far they are apart".to_owned()),
    };
    let (grade, words) = match certainty {
        Certainty::Aligned(share) => measured(share),
        Certainty::Suggested(share) => {
            let (grade, words) = measured(share);
            (grade.max(Grade::D), format!("alignment not confirmed, {words}"))
        }
        Certainty::Apart => (Grade::F, "not aligned".to_owned()),
    };
    Reason { aspect: Aspect::Pose, grade, words }
}

fn scale(scale: f64) -> Reason {
    let words = match scale {
        s if (0.995..1.005).contains(&s) => "same distance".to_owned(),
        s if s > 1.0 => format!("{:.0} % closer", 100.0 * (s - 1.0)),
        s => format!("{:.0} % farther", 100.0 * (1.0 / s - 1.0)),
    };
    Reason { aspect: Aspect::Scale, grade: step(scale.log2().abs(), &SCALE), words }
}

fn light(likeness: &Likeness) -> Reason {
    let (fall_off, relief) = (step(likeness.fall_off_ev, &FALL_OFF), step(likeness.relief, &RELIEF));
    let words = if fall_off.max(relief) == Grade::A {
        "same light".to_owned()
    } else if relief > fall_off {
        "light from another direction: relief is drawn differently".to_owned()
    } else {
        format!("falls off differently by {:.1} EV across the picture", likeness.fall_off_ev)
    };
    Reason { aspect: Aspect::Light, grade: fall_off.max(relief), words }
}

fn exposure(likeness: &Likeness) -> Reason {
    let ev = likeness.exposure_ev;
    let words = match ev {
        ev if ev.abs() < 0.05 => "same exposure".to_owned(),
        ev if ev > 0.0 => format!("{ev:.1} EV brighter"),
        ev => format!("{:.1} EV darker", -ev),
    };
    Reason { aspect: Aspect::Exposure, grade: step(ev.abs(), &EXPOSURE), words }
}

fn colour(likeness: &Likeness) -> Reason {
    let (a, b) = likeness.colour;
    let distance = a.hypot(b);
    let tints =
        [(a.abs(), if a > 0.0 { "redder" } else { "greener" }), (b.abs(), if b > 0.0 { "yellower" } else { "bluer" })];
    let words = if step(distance, &COLOUR) == Grade::A {
        "same colour".to_owned()
    } else {
        let (_, tint) = if tints[0].0 > tints[1].0 { tints[0] } else { tints[1] };
        format!("{tint} by {distance:.0} (CIELAB)")
    };
    Reason { aspect: Aspect::Colour, grade: step(distance, &COLOUR), words }
}

fn sharpness(likeness: &Likeness) -> Reason {
    let doublings = likeness.sharpness;
    let grade = step(doublings.abs(), &SHARPNESS);
    let words = match (grade, doublings > 0.0) {
        (Grade::A, _) => "equally sharp".to_owned(),
        (_, true) => "the earlier one is softer".to_owned(),
        (_, false) => "the later one is softer".to_owned(),
    };
    Reason { aspect: Aspect::Sharpness, grade, words }
}

fn focal((before, after): (Option<f64>, Option<f64>)) -> Option<Reason> {
    let (before, after) = (before.filter(|mm| *mm > 0.0)?, after.filter(|mm| *mm > 0.0)?);
    let words = if (after / before - 1.0).abs() < 0.05 {
        format!("both {after:.0} mm")
    } else {
        format!("{after:.0} mm, baseline {before:.0} mm")
    };
    Some(Reason { aspect: Aspect::FocalLength, grade: step((after / before).log2().abs(), &FOCAL), words })
}

fn healing(days: i64) -> Reason {
    let [outcome, result, reaction] = HEALED;
    let (grade, what) = match days {
        d if d >= outcome => (Grade::A, "an outcome"),
        d if d >= result => (Grade::B, "a result so far"),
        d if d >= reaction => (Grade::C, "still healing"),
        _ => (Grade::D, "reaction to the treatment"),
    };
    Reason { aspect: Aspect::Healing, grade, words: format!("{} after treatment: {what}", time(days)) }
}

fn untreated(days: i64) -> Reason {
    let words = format!("no treatment before it, {} since the last visit", time(days));
    Reason { aspect: Aspect::Healing, grade: Grade::A, words }
}

/// "9 days", "6 weeks".
fn time(days: i64) -> String {
    if days < 14 { counted(days, "day") } else { counted(days / 7, "week") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAME: Likeness =
        Likeness { exposure_ev: 0.0, colour: (0.0, 0.0), fall_off_ev: 0.0, relief: 0.0, sharpness: 0.0 };
    const IDEAL: Circumstances = Circumstances {
        certainty: Certainty::Aligned(Some(0.001)),
        scale: 1.0,
        focal_mm: (Some(100.0), Some(100.0)),
        days_healed: Some(90),
        days_since_visit: Some(30),
    };

    fn of(likeness: Likeness, about: Circumstances) -> (Grade, Aspect, String) {
        let graded = grade(Some(&likeness), &about);
        let worst = &graded.reasons[0];
        (graded.grade, worst.aspect, worst.words.clone())
    }

    #[test]
    fn a_pair_taken_the_same_way_months_after_the_treatment_is_comparable() {
        let graded = grade(Some(&SAME), &IDEAL);
        assert_eq!(graded.grade, Grade::A);
        assert_eq!(graded.reasons.len(), Aspect::ALL.len(), "every aspect was judged");
    }

    #[test]
    fn the_worst_aspect_decides_and_says_why_in_words() {
        let darker = of(Likeness { exposure_ev: -0.7, ..SAME }, IDEAL);
        assert_eq!(darker, (Grade::C, Aspect::Exposure, "0.7 EV darker".to_owned()));
        let short = Circumstances { focal_mm: (Some(100.0), Some(50.0)), ..IDEAL };
        assert_eq!(of(SAME, short), (Grade::D, Aspect::FocalLength, "50 mm, baseline 100 mm".to_owned()));
        let fresh = Circumstances { days_healed: Some(20), ..IDEAL };
        assert_eq!(of(SAME, fresh), (Grade::C, Aspect::Healing, "2 weeks after treatment: still healing".to_owned()));
        let untreated = grade(Some(&SAME), &Circumstances { days_healed: None, days_since_visit: Some(1), ..IDEAL });
        let since = untreated.reasons.iter().find(|reason| reason.aspect == Aspect::Healing).expect("the time is said");
        let words = "no treatment before it, 1 day since the last visit";
        assert_eq!((since.grade, since.words.as_str()), (Grade::A, words));
    }

    #[test]
    fn what_is_not_aligned_is_not_comparable_and_a_suggestion_misleads_until_somebody_confirmed_it() {
        let apart = Circumstances { certainty: Certainty::Apart, ..IDEAL };
        assert_eq!(of(SAME, apart), (Grade::F, Aspect::Pose, "not aligned".to_owned()));
        let suggested = Circumstances { certainty: Certainty::Suggested(Some(0.001)), ..IDEAL };
        assert_eq!(of(SAME, suggested).0, Grade::D);
    }

    proptest! {
        /// More of a difference never makes a better grade.
        #[test]
        fn a_greater_difference_is_never_graded_better(a in 0.0..3.0_f64, b in 0.0..3.0_f64, sign in prop::bool::ANY) {
            let turn = |v: f64| if sign { v } else { -v };
            let (less, more) = (a.min(b), a.max(b));
            let exposed = |v: f64| of(Likeness { exposure_ev: turn(v), ..SAME }, IDEAL).0;
            prop_assert!(exposed(less) <= exposed(more));
            let sharp = |v: f64| of(Likeness { sharpness: turn(v), ..SAME }, IDEAL).0;
            prop_assert!(sharp(less) <= sharp(more));
            let scaled = |v: f64| of(SAME, Circumstances { scale: turn(v).exp2(), ..IDEAL }).0;
            prop_assert!(scaled(less) <= scaled(more));
        }

        /// A measure that could not be taken is not taken for a good one.
        #[test]
        fn a_measure_that_is_no_number_is_the_worst(which in 0..3usize) {
            let nan = f64::NAN;
            let likeness = [
                Likeness { exposure_ev: nan, ..SAME },
                Likeness { relief: nan, ..SAME },
                Likeness { colour: (nan, 0.0), ..SAME },
            ][which];
            prop_assert_eq!(of(likeness, IDEAL).0, Grade::F);
        }
    }
}
