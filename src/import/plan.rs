//! The plan of an import: a plain value that says for every file what will become of it, and that a person may change.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::doubt;
use super::error::ImportError;
use super::group::group;
pub use super::note::Note;
use super::pair::{self, RawFile};
use super::scan::{Found, Refused, Scan};
use super::suggest::{self, Context};
use crate::geom::Size;
use crate::model::label::{self, SessionLabel};
use crate::model::series::vocabulary;
use crate::model::{
    CaptureFacts, NewView, PatientId, Phase, PhotoHash, Redacted, Series, SeriesId, SeriesState, Session, SessionId,
    SessionKind, Slot, TrayId, Uid, View, ViewId,
};
use crate::protocol::Preset;
use crate::vault::Vault;

vocabulary! {
    /// Why a photo of the plan is not filed.
    Skip {
        AlreadyFiled = "already-filed", "already filed";
        TwiceHere = "twice-here", "the same file twice: taken once";
        OtherPatient = "other-patient", "the same photo is filed under another patient: please check";
        Alarmed = "alarmed", "aligns with a photo of another patient: please check";
        ByHand = "by-hand", "left out by hand";
        PatientCard = "patient-card", "a patient's card: not a photo of skin";
    }
}

/// What will become of one photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedPhoto {
    /// The file; for one in the tray, the name it came with.
    pub path: Redacted<PathBuf>,
    /// The tray item it is, where it is in the vault already.
    #[serde(skip)]
    pub tray: Option<TrayId>,
    /// Identity of its bytes when it was looked at.
    #[serde(with = "hex")]
    pub hash: PhotoHash,
    /// Length in bytes.
    pub length: u64,
    /// Size of the upright picture.
    pub size: Size,
    /// What the camera said.
    pub facts: CaptureFacts,
    /// The raw file of the same photo, filed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Box<RawFile>>,
    /// Row of the board.
    pub view: Option<ViewId>,
    /// Place in its cell.
    pub slot: Slot,
    /// When on a treatment day.
    pub phase: Phase,
    /// Why it is not filed; none when it is.
    pub skip: Option<Skip>,
    /// What a person should see.
    pub notes: Vec<Note>,
}

/// One visit of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedSession {
    /// Civil date.
    pub date: NaiveDate,
    /// Why the patient came.
    pub kind: SessionKind,
    /// The visit of this date that the series has already.
    pub existing: Option<SessionId>,
    /// Its photos, in the order they were taken.
    pub photos: Vec<PlannedPhoto>,
}

/// An import before it happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where everything goes.
    pub series: SeriesId,
    /// Visits, oldest first.
    pub sessions: Vec<PlannedSession>,
    /// Files that are no photos.
    pub refused: Vec<Refused>,
    /// File also what is filed under another patient.
    #[serde(default)]
    pub shared: bool,
}

/// How a plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The date of photos whose camera wrote none.
    pub undated: NaiveDate,
    /// File also what is filed under another patient.
    pub shared: bool,
}

impl Plan {
    /// Photos that will be filed.
    pub fn filed(&self) -> impl Iterator<Item = &PlannedPhoto> {
        self.sessions.iter().flat_map(|s| &s.photos).filter(|p| p.skip.is_none())
    }

    /// Leaves these photos out, as far as they would be filed.
    pub fn leave_out(&mut self, photos: &HashSet<PhotoHash>, why: Skip) {
        for session in &mut self.sessions {
            for photo in session.photos.iter_mut().filter(|photo| photos.contains(&photo.hash)) {
                let _why = photo.skip.get_or_insert(why);
            }
            session.settle();
        }
    }

    /// Photos that will not be filed.
    pub fn skipped(&self) -> impl Iterator<Item = (&PlannedPhoto, Skip)> {
        self.sessions.iter().flat_map(|s| &s.photos).filter_map(|p| p.skip.map(|why| (p, why)))
    }
}

impl PlannedPhoto {
    /// Whether others can be compared with it. One that cannot never stands for its view while another photo can.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        !self.notes.iter().any(|note| matches!(note, Note::TooSmall(_) | Note::NoDetail(_)))
    }

    /// Whether it is a picture of its own patient's card: nothing to look at, and filed hidden with the photos of its visit.
    #[must_use]
    pub fn is_own_card(&self) -> bool {
        self.skip == Some(Skip::PatientCard) && self.slot == Slot::Rejected
    }

    /// The cell of the board it will be filed into; none when it is left out or nobody has said what it shows.
    #[must_use]
    pub fn cell(&self) -> Option<(ViewId, Phase)> {
        let shown = self.skip.is_none() && self.slot != Slot::Rejected;
        self.view.filter(|_| shown).map(|view| (view, self.phase))
    }
}

impl PlannedSession {
    /// Photos to be filed and views there are, where these differ in a new visit: the order then says little about which
    /// photo shows which view, and somebody has to look.
    #[must_use]
    pub fn is_guess(&self, views: &[View]) -> Option<(usize, usize)> {
        let photos = self.photos.iter().filter(|p| p.skip.is_none()).count();
        let views = views.iter().filter(|v| !v.retired).count();
        (self.existing.is_none() && photos > 0 && photos != views).then_some((photos, views))
    }

    /// Changes why the patient came, and with it the phase of the photos. That they were taken after the treatment stays true
    /// as long as there is one.
    pub fn set_kind(&mut self, kind: SessionKind) {
        self.kind = kind;
        for photo in &mut self.photos {
            if !(kind.treats() && photo.phase == Phase::ImmediatelyAfter) {
                photo.phase = suggest::phase(kind);
            }
        }
        self.settle();
    }

    /// The phases that photos of the visit may have.
    #[must_use]
    pub fn phases(&self) -> &'static [Phase] {
        if self.kind.treats() { &[Phase::BeforeTreatment, Phase::ImmediatelyAfter] } else { &[Phase::NoTreatment] }
    }

    /// The phase that all photos of the visit have; none where they differ.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        let first = self.photos.first()?.phase;
        self.photos.iter().all(|photo| photo.phase == first).then_some(first)
    }

    /// Says when on the day all photos of the visit were taken, where a photo of such a visit may have been taken then.
    pub fn set_phase(&mut self, phase: Phase) {
        if self.phases().contains(&phase) {
            self.photos.iter_mut().for_each(|photo| photo.phase = phase);
            self.settle();
        }
    }

    /// Says what a photo shows. The photo that was the primary one of that view becomes an alternate. What was said of it
    /// beside the reference of the view it had before goes.
    pub fn set_view(&mut self, photo: usize, view: Option<ViewId>) {
        let Some(chosen) = self.photos.get_mut(photo) else { return };
        chosen.view = view;
        chosen.notes.retain(|note| !matches!(note, Note::NoView | Note::LikeAnother) && !note.is_beside_reference());
        if view.is_none() {
            chosen.notes.push(Note::NoView);
        }
        self.prefer(photo);
    }

    /// Leaves a photo out; what was left out for another reason stays so.
    pub fn leave_out(&mut self, photo: usize) {
        if let Some(photo) = self.photos.get_mut(photo) {
            let _why = photo.skip.get_or_insert(Skip::ByHand);
        }
        self.settle();
    }

    /// Takes back a photo that was left out by hand, or for a card that is on it. It gets back the place it had.
    pub fn take_back(&mut self, photo: usize) {
        let Some(chosen) = self.photos.get_mut(photo) else { return };
        if matches!(chosen.skip, Some(Skip::ByHand | Skip::PatientCard)) {
            // A card is hidden; a photo with a card in it is a photo.
            if chosen.is_own_card() {
                chosen.slot = Slot::Alternate;
            }
            chosen.skip = None;
            if chosen.slot == Slot::Primary {
                self.prefer(photo);
            }
        }
        self.settle();
    }

    /// Makes a photo the primary one of its cell.
    fn prefer(&mut self, photo: usize) {
        let (view, phase) = (self.photos[photo].view, self.photos[photo].phase);
        // Those that are left out give way as well, so that none of them comes back to a place that was given away.
        for other in self.photos.iter_mut().filter(|p| view.is_some() && p.view == view && p.phase == phase) {
            other.slot = Slot::Alternate;
        }
        self.photos[photo].slot = Slot::Primary;
        self.settle();
    }

    /// Gives every cell with a photo exactly one primary photo: the one it has, else the earliest; one that others can
    /// be compared with, where there is one.
    pub(super) fn settle(&mut self) {
        let cells: HashSet<(ViewId, Phase)> = self.photos.iter().filter_map(PlannedPhoto::cell).collect();
        for cell in cells {
            let rank = |p: &PlannedPhoto| (!p.is_comparable(), p.slot != Slot::Primary);
            let inside = self.photos.iter().enumerate().filter(|(_, p)| p.cell() == Some(cell));
            let primary = inside.min_by_key(|(i, p)| (rank(p), *i)).map(|(i, _)| i);
            for (i, photo) in self.photos.iter_mut().enumerate().filter(|(_, p)| p.cell() == Some(cell)) {
                photo.slot = if Some(i) == primary { Slot::Primary } else { Slot::Alternate };
            }
        }
        for photo in self.photos.iter_mut().filter(|p| p.view.is_none() && p.slot == Slot::Primary) {
            photo.slot = Slot::Alternate;
        }
    }
}

/// The label each visit of `planned` will have among the visits of the series; none for one that nothing is filed into.
#[must_use]
pub fn labels(planned: &[PlannedSession], sessions: &[Session], treatments: u32) -> Vec<Option<String>> {
    let series = sessions.first().map_or(SeriesId(0), |s| s.series);
    let mut all = sessions.to_vec();
    let mut ids = Vec::with_capacity(planned.len());
    for (i, visit) in planned.iter().enumerate() {
        let id = match visit.existing {
            Some(id) => Some(id),
            None if visit.photos.iter().all(|p| p.skip.is_some()) => None,
            None => {
                // Rows count from one: no visit of the series has this id.
                let id = SessionId(-1 - i as i64);
                let ordinal = sessions.iter().filter(|s| s.date == visit.date).count() as u32;
                all.push(Session { id, series, date: visit.date, ordinal, kind: visit.kind });
                Some(id)
            }
        };
        ids.push(id);
    }
    let labels = label::labels(&all, treatments);
    ids.into_iter().map(|id| id.and_then(|id| labels.get(&id)).map(SessionLabel::full)).collect()
}

/// Says for every photo of `scan` where in `series` it goes. Changes nothing.
pub fn plan(vault: &Vault, series: SeriesId, scan: Scan, options: Options) -> Result<Plan, ImportError> {
    let board = vault.board(series)?;
    let occupied: HashSet<(SessionId, ViewId)> = (board.photos.iter())
        .filter(|p| p.slot == Slot::Primary)
        .filter_map(|p| p.view.map(|view| (p.session, view)))
        .collect();
    let mut skips = skips(vault, &scan, Some(board.patient.id), options)?;
    let scan = paired(scan, &skips);
    let cards = doubt::cards(vault, &scan.found, &mut skips)?;
    let lost = scan.refused.iter().filter(|r| r.is_loss()).map(|r| r.path.0.clone()).collect();
    let (series_row, views) = (&board.series, &board.views);
    let (sessions, filed) = (&board.sessions, &board.photos);
    let context = Context { series: series_row, views, sessions, occupied: &occupied, skips, filed, lost };
    let mut sessions = suggest::suggest(group(scan.found, options.undated), &context);
    doubt::behind_cards(&mut sessions, &cards, Some(board.patient.id));
    Ok(Plan { series, sessions, refused: scan.refused, shared: options.shared })
}

/// The plan with what was filed since it was made left out, as a plan made now would leave it out.
pub fn brought_up_to_date(vault: &Vault, plan: &Plan) -> Result<Plan, ImportError> {
    let patient = vault.board(plan.series)?.patient.id;
    let mut plan = plan.clone();
    for session in &mut plan.sessions {
        for photo in session.photos.iter_mut().filter(|p| p.skip.is_none()) {
            photo.skip = skip_now(vault, photo.hash, Some(patient), plan.shared)?;
            if let Some(raw) = &photo.raw {
                match skip_now(vault, raw.hash, Some(patient), plan.shared)? {
                    None => {}
                    Some(Skip::AlreadyFiled) => photo.raw = None,
                    // Whose the raw file is, the photo is.
                    other => photo.skip = photo.skip.or(other),
                }
            }
        }
        for card in session.photos.iter_mut().filter(|photo| photo.is_own_card()) {
            card.skip = skip_now(vault, card.hash, Some(patient), plan.shared)?.or(card.skip);
        }
        session.settle();
    }
    Ok(plan)
}

/// Raw files beside the photos they belong to, unless one of both is filed already and the other is not.
fn paired(scan: Scan, skips: &HashMap<PhotoHash, Skip>) -> Scan {
    let alike = |one: &Found, other: &Found| skips.get(&one.hash) == skips.get(&other.hash);
    let mut found = pair::join(scan.found, |found| found, alike);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Scan { found, ..scan }
}

fn skips(
    vault: &Vault,
    scan: &Scan,
    patient: Option<PatientId>,
    options: Options,
) -> Result<HashMap<PhotoHash, Skip>, ImportError> {
    let mut skips = HashMap::new();
    for photo in &scan.found {
        if let Some(skip) = skip_now(vault, photo.hash, patient, options.shared)? {
            let _ = skips.insert(photo.hash, skip);
        }
    }
    Ok(skips)
}

fn skip_now(
    vault: &Vault,
    hash: PhotoHash,
    patient: Option<PatientId>,
    shared: bool,
) -> Result<Option<Skip>, ImportError> {
    let owners: Vec<PatientId> = vault.filed_as(hash)?.into_iter().map(|(owner, _)| owner).collect();
    Ok(skip_for(&owners, patient, shared))
}

/// A plan for a series that is not there yet, planned by `preset`, and the views it would have; `patient` is whose it
/// would be, where they are there. It cannot be committed: the ids of its views are made up.
pub fn for_new_series(
    vault: &Vault,
    patient: Option<PatientId>,
    preset: &Preset,
    scan: Scan,
    options: Options,
) -> Result<(Plan, Vec<View>), ImportError> {
    let id = SeriesId(0);
    let new = preset.series(PatientId(0), &[]);
    let view = |(i, spec): (usize, NewView)| View {
        id: ViewId(i as i64),
        series: id,
        ordinal: i as u32,
        spec,
        retired: false,
    };
    let views: Vec<View> = new.views.into_iter().enumerate().map(view).collect();
    let series = Series {
        id,
        uid: Uid([0; 16]),
        patient: new.patient,
        indications: new.indications,
        areas: new.areas,
        planned: new.planned,
        interval_min_days: new.interval_min_days,
        interval_max_days: new.interval_max_days,
        state: SeriesState::Open,
        predecessor: None,
    };
    let mut skips = skips(vault, &scan, patient, options)?;
    let scan = paired(scan, &skips);
    let cards = doubt::cards(vault, &scan.found, &mut skips)?;
    let context = Context {
        series: &series,
        views: &views,
        sessions: &[],
        occupied: &HashSet::new(),
        skips,
        filed: &[],
        lost: Vec::new(),
    };
    let mut sessions = suggest::suggest(group(scan.found, options.undated), &context);
    doubt::behind_cards(&mut sessions, &cards, patient);
    Ok((Plan { series: id, sessions, refused: scan.refused, shared: options.shared }, views))
}

/// What the patients that already own the same bytes mean for filing them under `patient`.
pub(super) fn skip_for(owners: &[PatientId], patient: Option<PatientId>, shared: bool) -> Option<Skip> {
    if patient.is_some_and(|patient| owners.contains(&patient)) {
        Some(Skip::AlreadyFiled)
    } else if !owners.is_empty() && !shared {
        Some(Skip::OtherPatient)
    } else {
        None
    }
}

/// A hash as hexadecimal digits.
pub(in crate::import) mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::model::{PhotoHash, text};

    pub fn serialize<S: Serializer>(hash: &PhotoHash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hash)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PhotoHash, D::Error> {
        let digits = String::deserialize(deserializer)?;
        text::bytes_from_hex(&digits).map(PhotoHash).ok_or_else(|| D::Error::custom("not a SHA-256"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::group::tests::{day, found};
    use super::*;
    use proptest::prelude::*;

    const PATIENT: PatientId = PatientId(1);

    #[test]
    fn the_same_bytes_under_another_patient_are_not_filed_unless_asked() {
        assert_eq!(skip_for(&[PatientId(2)], Some(PATIENT), false), Some(Skip::OtherPatient));
        assert_eq!(skip_for(&[PatientId(2)], None, false), Some(Skip::OtherPatient));
        assert_eq!(skip_for(&[PatientId(2)], Some(PATIENT), true), None);
    }

    #[test]
    fn the_same_bytes_under_this_patient_are_never_filed_again() {
        assert_eq!(skip_for(&[PatientId(2), PATIENT], Some(PATIENT), true), Some(Skip::AlreadyFiled));
        assert_eq!(skip_for(&[], Some(PATIENT), false), None);
    }

    fn photo(view: Option<i64>, notes: &[Note]) -> PlannedPhoto {
        let found = found("a", None);
        PlannedPhoto {
            tray: None,
            path: found.path,
            hash: found.hash,
            length: found.length,
            size: found.size,
            facts: found.facts,
            raw: found.raw,
            view: view.map(ViewId),
            slot: Slot::Alternate,
            phase: Phase::BeforeTreatment,
            skip: None,
            notes: notes.to_vec(),
        }
    }

    fn session(photos: Vec<PlannedPhoto>) -> PlannedSession {
        let mut session = PlannedSession { date: day(9), kind: SessionKind::Treatment, existing: None, photos };
        session.settle();
        session
    }

    fn slots(session: &PlannedSession) -> Vec<Slot> {
        session.photos.iter().map(|p| p.slot).collect()
    }

    use Slot::{Alternate, Primary};

    #[test]
    fn leaving_out_the_primary_photo_moves_another_up_and_taking_it_back_gives_it_its_place() {
        let mut plan = session(vec![photo(Some(1), &[]), photo(Some(1), &[]), photo(Some(1), &[])]);
        plan.leave_out(0);
        assert_eq!(slots(&plan)[1..], [Primary, Alternate]);
        plan.take_back(0);
        assert_eq!(slots(&plan), [Primary, Alternate, Alternate]);
    }

    #[test]
    fn a_place_that_was_given_to_another_is_not_taken_back() {
        let mut plan = session(vec![photo(Some(1), &[]), photo(Some(1), &[]), photo(None, &[])]);
        plan.leave_out(0);
        plan.set_view(2, Some(ViewId(1)));
        plan.take_back(0);
        assert_eq!(slots(&plan), [Alternate, Alternate, Primary]);
    }

    #[test]
    fn taking_a_view_away_moves_another_photo_up() {
        let mut plan = session(vec![photo(Some(1), &[]), photo(Some(1), &[])]);
        plan.set_view(0, None);
        assert_eq!(slots(&plan), [Alternate, Primary]);
    }

    #[test]
    fn a_photo_nothing_compares_with_stands_for_its_view_only_alone() {
        let mut plan = session(vec![photo(Some(1), &[Note::TooSmall(64)]), photo(Some(2), &[Note::NoDetail(0.1)])]);
        assert_eq!(slots(&plan), [Primary, Primary]);
        plan.photos.push(photo(Some(1), &[]));
        plan.settle();
        plan.set_view(0, Some(ViewId(1)));
        assert_eq!(slots(&plan), [Alternate, Primary, Primary]);
    }

    #[test]
    fn what_is_filed_already_cannot_be_taken_back() {
        let mut plan = session(vec![photo(Some(1), &[])]);
        plan.photos[0].skip = Some(Skip::AlreadyFiled);
        plan.leave_out(0);
        plan.take_back(0);
        assert_eq!(plan.photos[0].skip, Some(Skip::AlreadyFiled));
    }

    #[test]
    fn a_visit_to_come_has_the_label_it_will_have() {
        let there =
            Session { id: SessionId(4), series: SeriesId(1), date: day(2), ordinal: 0, kind: SessionKind::Treatment };
        let mut empty = session(vec![photo(None, &[])]);
        empty.leave_out(0);
        let labels = labels(&[session(vec![photo(None, &[])]), empty], &[there], 4);
        assert_eq!(labels, [Some("Session 2 of 4 · 7 days since baseline".to_owned()), None]);
    }

    proptest! {
        /// Whatever a person does to a plan, a cell with a photo has exactly one primary one, and no photo outside of a
        /// cell that will be filed is one.
        #[test]
        fn a_cell_has_exactly_one_primary_photo(
            weak in prop::collection::vec(any::<bool>(), 1..7),
            steps in prop::collection::vec((0..4u8, 0..8usize, 0..3i64), 0..40),
        ) {
            let notes: &[Note] = &[Note::TooSmall(64)];
            let photos = weak.iter().map(|&weak| photo(None, if weak { notes } else { &[] })).collect();
            let mut plan = session(photos);
            for (what, at, number) in steps {
                match what {
                    0 => plan.set_view(at, (number > 0).then_some(ViewId(number))),
                    1 => plan.leave_out(at),
                    2 => plan.take_back(at),
                    _ => plan.set_kind(SessionKind::ALL[number as usize]),
                }
                for cell in plan.photos.iter().filter_map(PlannedPhoto::cell) {
                    let inside: Vec<_> = plan.photos.iter().filter(|p| p.cell() == Some(cell)).collect();
                    let primary: Vec<_> = inside.iter().filter(|p| p.slot == Primary).collect();
                    prop_assert_eq!(primary.len(), 1);
                    prop_assert!(primary[0].is_comparable() || !inside.iter().any(|p| p.is_comparable()));
                }
                prop_assert!(plan.photos.iter().all(|p| p.view.is_some() || p.slot != Primary));
            }
        }
    }
}
