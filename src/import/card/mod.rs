//! A memory card of several patients: taken into the tray, cut into groups, each with a suggested patient, series and
//! visit, and each photo with a suggested view.
//!
//! A [`Card`] is a plain value. Nothing of it is filed before a person accepted the group, and what was only suggested
//! says how sure it is and why.

mod alarm;
mod alike;
mod assign;
pub mod cut;
pub mod day;
pub mod document;
pub mod draft;
mod fit;
mod last;
mod lost;
mod place;
mod regroup;
mod resume;
mod suggest;
pub mod take;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

pub use alarm::{Alarmed, behind_cards, compare};
pub use day::DayList;
pub use draft::Draft;
pub use fit::Known;
pub use last::LastPhoto;
pub use resume::resume;
pub use suggest::{aim, recheck, revisit, suggest};
pub use take::{COPYING, Show, Taken, take, take_and_show, take_tray, take_tray_and_show};

use super::check;
use super::note::Note;
use super::plan::{Plan, PlannedPhoto, PlannedSession, Skip};
use super::scan::{Found, Refused};
use crate::imaging::{Clipping, Fingerprint};
use crate::model::series::vocabulary;
use crate::model::{Patient, PatientId, Phase, Redacted, SeriesId, Slot, Uid, View, ViewId};

/// Minutes without a photo after which another group begins, unless somebody says otherwise.
pub const GAP_MINUTES: u32 = 3;

/// A small picture of a photo, as JPEG: for the screen and for comparing.
#[derive(Clone, PartialEq, Eq)]
pub struct Small(pub Arc<[u8]>);

impl std::fmt::Debug for Small {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Small({} bytes)", self.0.len())
    }
}

/// A photo of the card.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    /// The file and what the camera said of it.
    pub found: Found,
    /// What it looks like, roughly.
    pub fingerprint: Fingerprint,
    /// What it looks like.
    pub small: Small,
    /// The patient whose card it shows.
    pub card: Option<Uid>,
    /// Patients under whom these bytes are filed.
    pub owners: Vec<PatientId>,
}

vocabulary! {
    /// How sure a suggestion is.
    Belief {
        Certain = "certain", "certain";
        Likely = "likely", "please check";
        Unknown = "unknown", "who is this?";
    }
}

vocabulary! {
    /// What a suggestion rests on.
    Reason {
        Hand = "hand", "chosen by hand";
        Joined = "joined", "put together by hand";
        PatientCard = "patient-card", "a patient's card was photographed";
        DayList = "day-list", "by the list of the day";
        Looks = "looks", "aligns with earlier photos";
        DayListAndLooks = "day-list-and-looks", "by the list of the day, and aligns with earlier photos";
        Several = "several", "fits more than one patient";
        Contradiction = "contradiction", "the list says one patient, the photos another";
        Nothing = "nothing", "nothing says whose photos these are";
    }
}

vocabulary! {
    /// Why somebody should look before a photo is filed where it stands.
    Alarm {
        AlignsWithOther = "aligns-with-other", "aligns with a photo of another patient";
        OthersCard = "others-card", "lies behind the photographed card of another patient";
        SameBytes = "same-bytes", "the same file is filed under another patient";
    }
}

/// An alarm about one photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Place of the photo in its group.
    pub photo: usize,
    /// Why.
    pub alarm: Alarm,
    /// Code of the other patient.
    pub code: Redacted<String>,
}

/// Where a group goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Whose.
    pub patient: Patient,
    /// Which course.
    pub series: SeriesId,
    /// What the course is called.
    pub title: String,
    /// The rows of its board.
    pub views: Vec<View>,
    /// The label the visit will have.
    pub label: Option<String>,
    /// The photo of each view from the last visit before this one that has one.
    pub last: Vec<LastPhoto>,
    /// Views the visit shows already, where it is there.
    pub shown: Vec<ViewId>,
}

vocabulary! {
    /// What the view of a photo rests on.
    Footing {
        Aligned = "aligned", "aligns with the baseline of its view";
        Hand = "hand", "said by hand";
        Order = "order", "by the order they were taken in";
        First = "first", "by the order they were taken in: nothing to compare it with yet";
    }
}

/// What a photo is beside the reference of one view.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// The view.
    pub view: ViewId,
    /// Whether it aligns with that reference.
    pub aligned: bool,
    /// What is off.
    pub notes: Vec<Note>,
}

/// How a photo came to its view, and what it would be in each other one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Placing {
    /// Whether a person said what it shows.
    pub by_hand: bool,
    /// The views that have a reference.
    pub beside: Vec<Beside>,
}

/// Photos that were taken one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The photos, in the order they were taken.
    pub shots: Vec<Shot>,
    /// Where they go; none while nobody knows.
    pub target: Option<Target>,
    /// How sure that is.
    pub belief: Belief,
    /// What it rests on.
    pub reason: Reason,
    /// The visit, with a line for each shot.
    pub visit: PlannedSession,
    /// For each shot how it came to its view.
    pub placings: Vec<Placing>,
    /// Before which shots a file is lost that may have been a photo of the same visit.
    pub lost: Vec<usize>,
    /// What a person has to see before it is filed.
    pub warnings: Vec<Warning>,
    /// Whether a person accepted it.
    pub accepted: bool,
}

/// A card before it is filed.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Groups, oldest first.
    pub groups: Vec<Group>,
    /// Files that are no photos.
    pub refused: Vec<Refused>,
    /// Files that are there twice, taken once.
    pub twice: usize,
    /// Originals of the card that are in the tray and were read back.
    pub copied: usize,
    /// How it was cut and read.
    pub options: Options,
}

/// How a card is cut and suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Minutes without a photo after which another group begins.
    pub gap_minutes: u32,
    /// Seconds to add to the clock of the camera.
    pub clock_s: i64,
    /// The date of photos whose camera wrote none.
    pub undated: NaiveDate,
    /// Whether photos may be compared with those of the patients who come into question.
    pub by_picture: bool,
    /// Who was to come, where somebody says so.
    pub list: DayList,
    /// The day on which the card is filed.
    pub today: NaiveDate,
    /// File also what is filed under another patient.
    pub shared: bool,
    /// What was prepared for an earlier look.
    pub known: Known,
}

impl Options {
    /// The usual ones on a day, of which photos without a date are as well.
    #[must_use]
    pub fn usual(today: NaiveDate) -> Self {
        let list = DayList::default();
        Self {
            gap_minutes: GAP_MINUTES,
            clock_s: 0,
            undated: today,
            today,
            by_picture: true,
            list,
            shared: false,
            known: Known::default(),
        }
    }
}

impl Placing {
    /// Says of a photo what is off beside the reference of its view; where there is none, only what is clipped at all.
    fn say(&self, photo: &mut PlannedPhoto, clipping: Clipping) {
        photo.notes.retain(|note| !note.is_beside_reference() && !matches!(note, Note::Clipped { .. }));
        let notes = match self.beside.iter().find(|beside| Some(beside.view) == photo.view) {
            Some(beside) => beside.notes.clone(),
            None => check::clipping(clipping, Clipping::default()),
        };
        // What was measured comes first: it is what a person can do something about.
        photo.notes.splice(0..0, notes).for_each(drop);
    }
}

impl Group {
    /// Whether it can be accepted without another look: sure, and nothing speaks against it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.target.is_some() && self.belief == Belief::Certain && self.warnings.is_empty()
    }

    /// Photos that will be filed.
    #[must_use]
    pub fn filed(&self) -> usize {
        self.visit.photos.iter().filter(|p| p.skip.is_none()).count()
    }

    /// Photos that align with the reference of their view.
    #[must_use]
    pub fn confirmed(&self) -> usize {
        (0..self.shots.len()).filter(|photo| self.footing(*photo) == Some(Footing::Aligned)).count()
    }

    /// What the view of a photo rests on; none where it has no view.
    #[must_use]
    pub fn footing(&self, photo: usize) -> Option<Footing> {
        let view = self.visit.photos.get(photo)?.view?;
        let placing = self.placings.get(photo)?;
        let reference = placing.beside.iter().find(|beside| beside.view == view);
        Some(match reference {
            Some(reference) if reference.aligned => Footing::Aligned,
            _ if placing.by_hand => Footing::Hand,
            Some(_) => Footing::Order,
            None => Footing::First,
        })
    }

    /// Says by hand what a photo shows. What is off with it is then what is off beside the reference of that view.
    pub fn set_view(&mut self, photo: usize, view: Option<ViewId>) {
        self.visit.set_view(photo, view);
        let Some(placing) = self.placings.get_mut(photo) else { return };
        placing.by_hand = true;
        if let (Some(planned), Some(shot)) = (self.visit.photos.get_mut(photo), self.shots.get(photo)) {
            placing.say(planned, shot.found.quality.clipping);
        }
        // What stands for its view now is no longer one too many.
        let primary = self.visit.photos.iter_mut().filter(|planned| planned.slot == Slot::Primary);
        primary.for_each(|planned| planned.notes.retain(|note| *note != Note::LikeAnother));
    }

    /// Says when on the day its photos were taken. It is to be accepted anew then.
    pub fn set_phase(&mut self, phase: Phase) {
        self.visit.set_phase(phase);
        self.accepted = false;
    }

    /// The views that no photo of the group or of its visit shows yet.
    pub fn empty_slots(&self) -> impl Iterator<Item = &View> {
        let (views, shown) = self.target.as_ref().map(|t| (t.views.as_slice(), t.shown.as_slice())).unwrap_or_default();
        let has = |view: ViewId| self.visit.photos.iter().any(|p| p.skip.is_none() && p.view == Some(view));
        views.iter().filter(move |view| !has(view.id) && !shown.contains(&view.id))
    }

    /// The visit as it is to be filed: the picture of the patient's own card goes with it, hidden. Another patient's card
    /// stays in the tray.
    fn to_file(&self) -> PlannedSession {
        let mut visit = self.visit.clone();
        let own = self.target.as_ref().map(|target| &target.patient.uid);
        for (photo, shot) in visit.photos.iter_mut().zip(&self.shots) {
            if photo.skip == Some(Skip::PatientCard) && own.is_some() && shot.card.as_ref() == own {
                (photo.slot, photo.view) = (Slot::Rejected, None);
            }
        }
        visit
    }

    /// Whether one of the photos that will be filed has a warning.
    #[must_use]
    pub fn is_alarmed(&self) -> bool {
        let filed = |warning: &Warning| self.visit.photos.get(warning.photo).is_some_and(|p| p.skip.is_none());
        self.warnings.iter().any(filed)
    }

    /// The warnings about a photo.
    pub fn warnings_of(&self, photo: usize) -> impl Iterator<Item = &Warning> {
        self.warnings.iter().filter(move |warning| warning.photo == photo)
    }
}

impl Card {
    /// What was taken, to be cut and suggested anew.
    #[must_use]
    pub fn into_taken(self) -> Taken {
        let shots = self.groups.into_iter().flat_map(|group| group.shots).collect();
        Taken { shots, refused: self.refused, twice: self.twice, copied: self.copied, cancelled: false }
    }

    /// Accepts every group that is certain. Returns how many were accepted anew.
    pub fn accept_certain(&mut self) -> usize {
        let mut accepted = 0;
        for group in self.groups.iter_mut().filter(|group| !group.accepted && group.is_certain() && group.filed() > 0) {
            group.accepted = true;
            accepted += 1;
        }
        accepted
    }

    /// The plans of the groups that were accepted, one a series, for [`super::commit_all`].
    #[must_use]
    pub fn plans(&self) -> Vec<Plan> {
        let mut plans: Vec<Plan> = Vec::new();
        let mut places: HashMap<SeriesId, usize> = HashMap::new();
        for group in self.groups.iter().filter(|group| group.accepted) {
            let Some(target) = &group.target else { continue };
            let place = *places.entry(target.series).or_insert_with(|| {
                let shared = self.options.shared;
                plans.push(Plan { series: target.series, sessions: Vec::new(), refused: Vec::new(), shared });
                plans.len() - 1
            });
            let sessions = &mut plans[place].sessions;
            let visit = group.to_file();
            match sessions.iter_mut().find(|session| session.date == visit.date && session.kind == visit.kind) {
                // Before and after the treatment, say: one visit.
                Some(session) => {
                    session.photos.extend(visit.photos);
                    session.settle();
                }
                None => sessions.push(visit),
            }
        }
        plans
    }

    /// "46 files, 40 copied and read back, 6 filed before."
    #[must_use]
    pub fn sentence(&self) -> String {
        let photos = || self.groups.iter().flat_map(|group| &group.visit.photos);
        let filed = photos().filter(|p| matches!(p.skip, Some(Skip::AlreadyFiled | Skip::OtherPatient))).count();
        let raws = photos().filter(|photo| photo.raw.is_some()).count();
        let files = photos().count() + raws + self.twice + self.refused.len();
        let mut parts = vec![format!("{files} files"), format!("{} copied and read back", self.copied)];
        for (n, words) in [
            (raws, "raw beside its JPEG"),
            (filed, "filed before"),
            (self.twice, "there twice"),
            (self.refused.len(), "refused"),
        ] {
            if n > 0 {
                parts.push(format!("{n} {words}"));
            }
        }
        format!("{}.", parts.join(", "))
    }

    /// Whether the card holds nothing that is not in the vault, read back: then it may be cleared.
    #[must_use]
    pub fn may_be_cleared(&self) -> bool {
        let is_kept = |shot: &Shot| {
            let raw_is_kept = shot.found.raw.as_ref().is_none_or(|raw| raw.tray.is_some());
            (shot.found.tray.is_some() && raw_is_kept) || !shot.owners.is_empty()
        };
        self.groups.iter().flat_map(|group| &group.shots).all(is_kept) && !self.refused.iter().any(Refused::is_loss)
    }
}
