//! Which pair of a series may and should be shown, or why none.

use chrono::NaiveDate;

use crate::align::{Place, placement};
use crate::compare;
use crate::geom::{Matrix3, Rect};
use crate::model::consent::is_valid;
use crate::model::series::vocabulary;
use crate::model::{Area, NewView, Phase, Photo, Pose, Purpose, Scope, Session, SessionKind, Slot};
use crate::vault::Board;

/// Days after a treatment within which a photo shows healing, not outcome.
const HEALING_DAYS: i64 = 28;
/// Least age at capture, in years.
const ADULT: u32 = 18;
/// Years by which a photo without a camera date may be older than the session it is filed under: such a photo takes the
/// session's date from a person, often the day of the import, and that must not make an adult of a child.
const UNDATED_YEARS: u32 = 10;
/// Least side of the common part, in frame pixels: less is a snippet, not a comparison.
const LEAST_SIDE: f64 = 64.0;
/// Shapes a published pair may have, width ÷ height: few, so that a page of cases looks calm.
const ASPECTS: [f64; 3] = [4.0 / 3.0, 1.0, 4.0 / 5.0];

vocabulary! {
    /// Why a series is not shown, from the first hurdle to the last.
    SkipReason {
        NoConsent = "no-consent", "no valid website consent";
        FaceNotCovered = "face-not-covered", "the consent covers regions only, not the full face";
        NoPair = "no-pair", "no baseline photo and later photo of one view";
        BirthUnknown = "birth-unknown", "date of birth unknown: age at capture cannot be shown";
        Minor = "minor", "younger than 18 at capture, by the session's or the camera's date";
        CaptureUnknown = "capture-unknown", "a photo without a camera date, and younger than 28 at its session: age at capture cannot be shown";
        Healing = "healing", "healing: the latest photo is younger than 4 weeks after the last treatment";
        NotAligned = "not-aligned", "not aligned";
    }
}

/// A pair chosen from a board.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The view both show.
    pub view: NewView,
    /// Baseline photo and its visit.
    pub before: (Photo, Session),
    /// Later photo and its visit.
    pub after: (Photo, Session),
    /// Upright photo pixels → frame pixels, before and after.
    pub matrices: [Matrix3; 2],
    /// The part to show, in frame pixels.
    pub crop: Rect,
    /// Treatments done before the after photo was taken.
    pub treatments: u32,
    confidence: f64,
}

impl Choice {
    /// Whether both show the same photos in the same way.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let shown = |c: &Self| (c.before.clone(), c.after.clone(), c.matrices, c.crop, c.treatments);
        self.view == other.view && shown(self) == shown(other)
    }
}

/// Chooses the best view's pair: baseline against the latest outcome that is aligned.
pub fn select(board: &Board, today: NaiveDate) -> Result<Choice, SkipReason> {
    let consented = |scope| is_valid(&board.consents, board.series.id, Purpose::Website, scope, today);
    if !consented(Scope::Region) {
        return Err(SkipReason::NoConsent);
    }
    let full_face = consented(Scope::FullFace);
    let mut best: Option<Choice> = None;
    let mut furthest = SkipReason::FaceNotCovered;
    for view in &board.views {
        let found = if needed_scope(&view.spec) == Scope::FullFace && !full_face {
            Err(SkipReason::FaceNotCovered)
        } else {
            best_pair(board, &view.spec, |photo| photo.view == Some(view.id))
        };
        match found {
            Ok(choice) if best.as_ref().is_none_or(|b| is_better(&choice, b, &board.series.areas)) => {
                best = Some(choice);
            }
            Ok(_) => {}
            Err(reason) => furthest = furthest.max(reason),
        }
    }
    best.ok_or(if board.views.is_empty() { SkipReason::NoPair } else { furthest })
}

/// A view of a facial area that is not a close-up shows who it is.
#[must_use]
pub fn needed_scope(view: &NewView) -> Scope {
    let facial = matches!(view.area, Area::Face | Area::Cheeks | Area::Forehead | Area::Perioral | Area::Periorbital);
    if view.area == Area::Face || (facial && view.pose != Pose::CloseUp) { Scope::FullFace } else { Scope::Region }
}

/// Later outcomes first, then what is nearest to the treated skin and shows least of the person, then surer alignments; the
/// order of views decides the rest.
fn is_better(new: &Choice, old: &Choice, treated: &[Area]) -> bool {
    let key = |c: &Choice| {
        let is_region = needed_scope(&c.view) == Scope::Region;
        (c.after.1.date, c.after.1.ordinal, treated.contains(&c.view.area), is_region)
    };
    key(new) > key(old) || (key(new) == key(old) && new.confidence > old.confidence + 1e-9)
}

fn best_pair(board: &Board, view: &NewView, shows: impl Fn(&Photo) -> bool) -> Result<Choice, SkipReason> {
    let mut sessions: Vec<&Session> = board.sessions.iter().collect();
    sessions.sort_by_key(|s| (s.date, s.ordinal, s.id));
    let photo_of = |session: &Session| {
        let wanted =
            |p: &&Photo| p.session == session.id && p.slot == Slot::Primary && p.phase != Phase::ImmediatelyAfter;
        board.photos.iter().filter(wanted).find(|p| shows(p))
    };
    let first_treatment = sessions.iter().position(|s| s.kind == SessionKind::Treatment).unwrap_or(sessions.len());
    let baseline = sessions
        .iter()
        .take(first_treatment + 1)
        .enumerate()
        .filter(|(_, s)| matches!(s.kind, SessionKind::Consultation | SessionKind::Treatment))
        .find_map(|(i, s)| Some((i, *s, photo_of(s)?)));
    let (at, baseline, before) = baseline.ok_or(SkipReason::NoPair)?;
    adult(board, before, baseline)?;
    let first_later = (at + 1).max(first_treatment + 1).min(sessions.len());
    let mut reason = SkipReason::NoPair;
    for (i, session) in sessions.iter().enumerate().skip(first_later).rev() {
        if !matches!(session.kind, SessionKind::Treatment | SessionKind::FollowUp | SessionKind::Maintenance) {
            continue;
        }
        let Some(after) = photo_of(session) else { continue };
        if let Err(why) = adult(board, after, session) {
            reason = reason.max(why);
            continue;
        }
        let treated = |s: &&&Session| matches!(s.kind, SessionKind::Treatment | SessionKind::Maintenance);
        let done: Vec<_> = sessions[..i].iter().filter(treated).collect();
        if done.last().is_some_and(|last| (session.date - last.date).num_days() < HEALING_DAYS) {
            reason = reason.max(SkipReason::Healing);
            continue;
        }
        if let (Some(p), Some(q)) = (placement(board, before).place(false), placement(board, after).place(false))
            && let Some(crop) = shape([(before, p), (after, q)])
        {
            return Ok(Choice {
                view: view.clone(),
                before: (before.clone(), baseline.clone()),
                after: (after.clone(), (*session).clone()),
                matrices: [p.matrix, q.matrix],
                crop,
                treatments: done.len() as u32,
                confidence: p.confidence.min(q.confidence),
            });
        }
        reason = reason.max(SkipReason::NotAligned);
    }
    Err(reason)
}

/// Whether the person was an adult on the earlier of the session's and the camera's date.
fn adult(board: &Board, photo: &Photo, session: &Session) -> Result<(), SkipReason> {
    if board.patient.birth.is_none() {
        return Err(SkipReason::BirthUnknown);
    }
    // An age before birth is a wrong clock or a wrong record, and no proof.
    let age = |date| board.patient.age_on(date).unwrap_or(0);
    match photo.facts.local_time() {
        _ if age(session.date) < ADULT => Err(SkipReason::Minor),
        Some(taken) if age(taken.date()) < ADULT => Err(SkipReason::Minor),
        None if age(session.date) < ADULT + UNDATED_YEARS => Err(SkipReason::CaptureUnknown),
        _ => Ok(()),
    }
}

/// The largest common rectangle among the shapes for publication.
fn shape(pair: [(&Photo, &Place); 2]) -> Option<Rect> {
    let pictures = pair.map(|(photo, place)| (photo.size, place.matrix));
    ASPECTS
        .into_iter()
        .filter_map(|aspect| compare::common_crop_of(&pictures, Some(aspect)))
        .filter(|c| c.width >= LEAST_SIDE && c.height >= LEAST_SIDE)
        .reduce(|a, b| if b.width * b.height > a.width * a.height { b } else { a })
}
