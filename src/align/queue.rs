//! Which photos have to be aligned, in which order, and against which reference.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::placement::placement;
use crate::model::{Alignment, AlignmentSource, Answer, Frame, Photo, PhotoId, SessionId, Slot, ViewId};
use crate::registration::ENGINE;
use crate::vault::Board;

/// What a run has to do.
#[derive(Debug)]
pub struct Queue<'a> {
    /// Photos to align, newest visit first.
    pub photos: Vec<&'a Photo>,
    /// Photos whose answer stands.
    pub kept: usize,
    /// Photos that are the frame of their view.
    pub references: usize,
}

impl Queue<'_> {
    /// The frames that are needed, with the photos that are their references.
    #[must_use]
    pub fn frames(&self, board: &Board) -> Vec<(Frame, Photo)> {
        let needed: HashSet<ViewId> = self.photos.iter().filter_map(|p| p.view).collect();
        (board.frames.iter())
            .filter(|f| needed.contains(&f.view))
            .filter_map(|f| board.reference(f).map(|photo| (f.clone(), photo.clone())))
            .collect()
    }
}

/// Views with photos but without a frame, each with its earliest photo: a primary one where there is one.
#[must_use]
pub fn missing_frames(board: &Board) -> Vec<(ViewId, PhotoId)> {
    let visits = visits(board);
    let rank = |photo: &Photo| (photo.slot != Slot::Primary, visits.get(&photo.session).copied(), photo.id);
    let framed: HashSet<ViewId> = board.frames.iter().map(|f| f.view).collect();
    let earliest = |view: ViewId| shown(board).filter(|p| p.view == Some(view)).min_by_key(|p| rank(p));
    (board.views.iter())
        .filter(|view| !framed.contains(&view.id))
        .filter_map(|view| earliest(view.id).map(|photo| (view.id, photo.id)))
        .collect()
}

/// What is still to do on a board whose views have frames.
#[must_use]
pub fn queue(board: &Board) -> Queue<'_> {
    let visits = visits(board);
    let frames: HashMap<ViewId, &Frame> = board.frames.iter().map(|f| (f.view, f)).collect();
    let answered: HashSet<PhotoId> = (board.alignments.iter())
        .filter(|a| board.frames.iter().any(|f| f.id == a.frame))
        .filter(|a| stands(board, a))
        .map(|a| a.photo)
        .collect();
    let mut out = Queue { photos: Vec::new(), kept: 0, references: 0 };
    for photo in shown(board) {
        let Some(frame) = photo.view.and_then(|view| frames.get(&view)) else { continue };
        if frame.reference == photo.id {
            out.references += 1;
        } else if answered.contains(&photo.id) {
            out.kept += 1;
        } else {
            out.photos.push(photo);
        }
    }
    out.photos.sort_by_key(|p| (Reverse(visits.get(&p.session).copied()), p.view, p.slot, p.id));
    out
}

/// Whether an answer holds as it is: a person's, and one that the current engine would give again.
///
/// Rows are only added, so that a larger id is a later answer: a photo that was placed since may be a way.
fn stands(board: &Board, answer: &Alignment) -> bool {
    let is_way = |other: &Alignment| other.frame == answer.frame && other.id > answer.id && leads_on(board, other);
    answer.source != AlignmentSource::Automatic
        || answer.engine == ENGINE && (is_final(answer) || !board.alignments.iter().any(is_way))
}

/// A plain answer needs no other way, and within a person's region no other is tried.
pub(super) fn is_final(answer: &Alignment) -> bool {
    answer.answer == Answer::Aligned || !answer.basis.region.is_empty()
}

/// Whether other photos may be placed by way of this one.
pub(super) fn leads_on(board: &Board, answer: &Alignment) -> bool {
    let photo = shown(board).find(|photo| photo.id == answer.photo);
    answer.basis.via.is_none() && photo.is_some_and(|photo| placement(board, photo).place(false).is_some())
}

fn shown(board: &Board) -> impl Iterator<Item = &Photo> {
    board.photos.iter().filter(|p| p.view.is_some() && p.slot != Slot::Rejected)
}

/// The place of each visit in time.
fn visits(board: &Board) -> HashMap<SessionId, usize> {
    let mut order: Vec<_> = board.sessions.iter().map(|s| (s.date, s.ordinal, s.id)).collect();
    order.sort_unstable();
    order.into_iter().enumerate().map(|(place, (_, _, id))| (id, place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;
    use crate::model::*;
    use chrono::NaiveDate;

    fn photo(id: i64, session: i64, view: Option<i64>, slot: Slot) -> Photo {
        Photo {
            id: PhotoId(id),
            uid: Uid([0; 16]),
            patient: PatientId(1),
            session: SessionId(session),
            view: view.map(ViewId),
            slot,
            phase: Phase::NoTreatment,
            facts: CaptureFacts::default(),
            hash: PhotoHash([id as u8; 32]),
            length: 1,
            size: Size::new(3, 2),
            file_name: Redacted::default(),
        }
    }

    /// Visit 2 is the earlier one, so that ids and time disagree.
    fn board(photos: Vec<Photo>) -> Board {
        let session = |id: i64, day: u32| Session {
            id: SessionId(id),
            series: SeriesId(1),
            date: NaiveDate::from_ymd_opt(2026, 3, day).expect("a date"),
            ordinal: 0,
            kind: SessionKind::Treatment,
        };
        let view = |id: i64| View {
            id: ViewId(id),
            series: SeriesId(1),
            ordinal: id as u32,
            spec: NewView {
                name: String::new(),
                area: Area::Cheeks,
                side: Side::Both,
                pose: Pose::CloseUp,
                light: Light::Frontal,
                focal_mm: None,
            },
            retired: false,
        };
        Board {
            patient: Patient {
                id: PatientId(1),
                uid: Uid([0; 16]),
                code: Redacted::default(),
                given: Redacted::default(),
                family: Redacted::default(),
                birth: None,
                fitzpatrick: None,
            },
            series: Series {
                id: SeriesId(1),
                uid: Uid([0; 16]),
                patient: PatientId(1),
                indications: vec![Indication::AcneScars],
                areas: vec![Area::Cheeks],
                planned: 3,
                interval_min_days: 28,
                interval_max_days: 42,
                state: SeriesState::Open,
                predecessor: None,
            },
            views: vec![view(1), view(2)],
            sessions: vec![session(1, 20), session(2, 10), session(3, 30)],
            labels: HashMap::new(),
            photos,
            frames: Vec::new(),
            earlier: Vec::new(),
            alignments: Vec::new(),
            measured: Vec::new(),
            consents: Vec::new(),
        }
    }

    fn frame(id: i64, view: i64, reference: i64) -> Frame {
        Frame {
            id: FrameId(id),
            patient: PatientId(1),
            view: ViewId(view),
            reference: PhotoId(reference),
            size: Size::new(3, 2),
            mm_per_px: None,
        }
    }

    fn alignment(photo: i64, frame: i64, engine: u32, source: AlignmentSource) -> Alignment {
        Alignment {
            id: None,
            photo: PhotoId(photo),
            frame: FrameId(frame),
            model: Model::Similarity,
            matrix: None,
            engine,
            source,
            answer: Answer::None,
            residual_px: None,
            confidence: 0.0,
            why: None,
            basis: Basis::default(),
        }
    }

    #[test]
    fn the_reference_is_the_primary_photo_of_the_earliest_visit() {
        let board = board(vec![
            photo(1, 1, Some(1), Slot::Primary),
            photo(2, 2, Some(1), Slot::Alternate),
            photo(3, 2, Some(1), Slot::Primary),
            photo(4, 1, Some(2), Slot::Rejected),
            photo(5, 2, None, Slot::Alternate),
        ]);
        assert_eq!(missing_frames(&board), [(ViewId(1), PhotoId(3))]);
    }

    #[test]
    fn the_newest_visit_comes_first_and_the_reference_not_at_all() {
        let mut board = board((1..=3).map(|s| photo(s, s, Some(1), Slot::Primary)).collect());
        board.frames.push(frame(9, 1, 2));
        let queue = queue(&board);
        let order: Vec<i64> = queue.photos.iter().map(|p| p.id.0).collect();
        assert_eq!((order, queue.references, queue.kept), (vec![3, 1], 1, 0));
        assert_eq!(queue.frames(&board).len(), 1);
    }

    #[test]
    fn answers_of_a_person_stand_and_those_of_an_older_engine_do_not() {
        let mut board = board((1..=3).map(|id| photo(id, 1, Some(1), Slot::Primary)).collect());
        board.photos.push(photo(4, 2, Some(1), Slot::Primary));
        board.frames.push(frame(9, 1, 4));
        board.alignments = vec![
            alignment(1, 9, 0, AlignmentSource::Landmarks),
            alignment(2, 9, 0, AlignmentSource::Automatic),
            alignment(3, 9, ENGINE, AlignmentSource::Automatic),
        ];
        let queue = queue(&board);
        assert_eq!(queue.photos.iter().map(|p| p.id.0).collect::<Vec<_>>(), [2]);
        assert_eq!(queue.kept, 2);
    }

    #[test]
    fn an_answer_in_a_former_frame_does_not_count() {
        let mut board = board(vec![photo(1, 1, Some(1), Slot::Primary), photo(2, 2, Some(1), Slot::Primary)]);
        board.frames.push(frame(9, 1, 2));
        board.alignments = vec![alignment(1, 8, ENGINE, AlignmentSource::Landmarks)];
        assert_eq!(queue(&board).photos.len(), 1);
    }

    /// Three photos of a view whose reference is the first; answers about the other two, in this order.
    fn three(second: Alignment, third: Alignment) -> Board {
        let mut board = board((1..=3).map(|s| photo(s, s, Some(1), Slot::Primary)).collect());
        board.frames.push(frame(9, 1, 1));
        board.alignments = vec![second, third];
        board
    }

    fn said(id: i64, photo: i64, answer: Answer) -> Alignment {
        let matrix = (answer != Answer::None).then_some(crate::geom::Matrix3::IDENTITY);
        let id = Some(AlignmentId(id));
        Alignment { id, matrix, answer, ..alignment(photo, 9, ENGINE, AlignmentSource::Automatic) }
    }

    fn waiting(board: &Board) -> Vec<i64> {
        queue(board).photos.iter().map(|p| p.id.0).collect()
    }

    #[test]
    fn what_failed_is_tried_again_once_a_session_that_came_later_may_lead_there() {
        let failed = said(5, 3, Answer::None);
        assert_eq!(waiting(&three(said(4, 2, Answer::Aligned), failed.clone())), [0i64; 0], "it was tried");
        assert_eq!(waiting(&three(said(6, 2, Answer::Aligned), failed.clone())), [3]);
        assert_eq!(waiting(&three(said(6, 2, Answer::Suggestion), failed.clone())), [0i64; 0], "no way");
        let by_hand = Alignment { source: AlignmentSource::Landmarks, ..said(6, 2, Answer::Aligned) };
        assert_eq!(waiting(&three(by_hand, failed.clone())), [3]);
        let region = Basis { region: vec![crate::geom::Point::default(); 3], ..Basis::default() };
        let within = Alignment { basis: region, ..failed };
        assert_eq!(waiting(&three(said(6, 2, Answer::Aligned), within)), [0i64; 0], "that alone was to count");
    }
}
