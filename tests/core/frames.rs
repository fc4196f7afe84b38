//! What becomes of answers when the reference of a view changes, and of those that rest on another photo's answer.

use std::sync::{Arc, OnceLock};

use diptych::align::{AlignSummary, Decision, Placement, Unplaced, align_series, decide, placement};
use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::{Picture, encode_jpeg};
use diptych::model::*;
use diptych::progress::Progress;
use diptych::registration::ENGINE;
use diptych::vault::{Board, Filing, Incoming, Op, Vault, VaultError};

use crate::vault::{Chart, Clinic, chart, clinic, day, now};

const SIZE: Size = Size::new(320, 240);

/// Three visits of a view in which the engine finds nothing by itself: what is known of them was said.
struct Scene {
    clinic: Clinic,
    chart: Chart,
    photos: [PhotoId; 3],
}

/// Photos without any detail, each of another tone.
fn scene() -> Scene {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let photos = [1, 2, 3].map(|i| {
        let add = |tx: &diptych::vault::Tx<'_>| tx.add_session(chart.series, day(2026, 4, i), SessionKind::Treatment);
        let session = clinic.vault.transact(Op::AddSession, now(), add).expect("a session");
        let bytes = encode_jpeg(&Picture::filled(SIZE, [90 + 20 * i as u8; 3]), 90).expect("a JPEG");
        let incoming = Incoming { bytes: &bytes, file_name: "a.jpg", facts: &CaptureFacts::default(), size: SIZE };
        let item = clinic.vault.receive(&incoming, now()).expect("received");
        let to = Filing { session, ..chart.cell() };
        clinic.vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed")
    });
    let scene = Scene { clinic, chart, photos };
    scene.refer_to(0);
    scene
}

impl Scene {
    fn vault(&self) -> &Vault {
        &self.clinic.vault
    }

    fn board(&self) -> Board {
        self.vault().board(self.chart.series).expect("a board")
    }

    fn frame(&self) -> Frame {
        self.board().frames.remove(0)
    }

    fn decide(&self, decision: &Decision) {
        let _answer = decide(self.vault(), self.chart.series, decision, now()).expect("decided");
    }

    fn refer_to(&self, which: usize) {
        self.decide(&Decision::Reference { view: self.chart.view, photo: self.photos[which] });
    }

    /// An answer of the engine as it would be, had it found something.
    fn aligned(&self, which: usize, matrix: Matrix3) -> Alignment {
        Alignment {
            id: None,
            photo: self.photos[which],
            frame: self.frame().id,
            model: Model::Similarity,
            matrix: Some(matrix),
            engine: ENGINE,
            source: AlignmentSource::Automatic,
            answer: Answer::Aligned,
            residual_px: Some(0.6),
            confidence: 0.9,
            why: None,
            basis: Basis::default(),
        }
    }

    fn say(&self, answer: &Alignment) {
        let add = |tx: &diptych::vault::Tx<'_>| tx.add_alignment(answer);
        let _id = self.vault().transact(Op::Align, now(), add).expect("stored");
    }

    fn place(&self, which: usize, matrix: &Matrix3) {
        let click = |x: f64, y: f64| Landmark { photo: Point::new(x, y), frame: matrix.apply(Point::new(x, y)) };
        let landmarks = vec![click(40.0, 30.0), click(280.0, 60.0), click(150.0, 200.0)];
        let (photo, frame) = (self.photos[which], self.frame().id);
        self.decide(&Decision::ByPoints { photo, frame, landmarks, refined: None });
    }

    /// The first photo turns out to be of another view.
    fn first_was_filed_wrongly(&self) {
        let photo = self.vault().photo(self.photos[0]).expect("a photo");
        let view = self.vault().views(self.chart.series).expect("views")[1].id;
        let to = Filing { session: photo.session, view: Some(view), ..self.chart.cell() };
        self.vault().transact(Op::MovePhoto, now(), |tx| tx.move_photo(photo.id, to)).expect("moved");
    }

    fn run(&self) -> AlignSummary {
        align_series(self.vault(), self.chart.series, now(), &Progress::silent()).expect("ran")
    }

    fn answer(&self, which: usize) -> Option<Alignment> {
        let frame = self.board().frames.into_iter().find(|f| f.view == self.chart.view).expect("a frame").id;
        self.board().alignments.into_iter().find(|a| a.photo == self.photos[which] && a.frame == frame)
    }

    fn placed(&self, which: usize) -> Placement {
        let board = self.board();
        placement(&board, board.photos.iter().find(|p| p.id == self.photos[which]).expect("a photo"))
    }
}

fn second() -> Matrix3 {
    Matrix3::similarity(1.25, 0.1, 14.0, -9.0)
}

fn third() -> Matrix3 {
    Matrix3::similarity(0.9, -0.06, -5.0, 11.0)
}

/// Third photo → second photo.
fn between() -> Matrix3 {
    second().inverse().expect("a similarity").after(&third())
}

#[track_caller]
fn is_near(found: Option<Matrix3>, wanted: &Matrix3) {
    let off = found.expect("a place").mean_corner_error(wanted, SIZE);
    assert!(off < 1e-6, "{off}");
}

#[test]
fn points_and_scale_outlive_a_reference_that_was_filed_wrongly() {
    let scene = scene();
    scene.say(&scene.aligned(1, second()));
    scene.place(2, &third());
    scene.decide(&Decision::Scale { frame: scene.frame().id, mm_per_px: Some(0.08) });
    scene.first_was_filed_wrongly();
    let _run = scene.run();
    assert!(matches!(scene.placed(1), Placement::Reference(_)), "the earliest that is left");
    let carried = scene.answer(2).expect("it lies there");
    assert_eq!((carried.source, carried.basis.rebased), (AlignmentSource::Landmarks, true));
    assert_eq!(carried.basis.landmarks.len(), 3);
    is_near(carried.matrix, &between());
    let frame = scene.board().frames.into_iter().find(|f| f.view == scene.chart.view).expect("a frame");
    let mm = frame.mm_per_px.expect("the scale is known still");
    assert!((mm - 0.08 * 1.25).abs() < 1e-9, "a pixel of the second photo is larger: {mm}");
    scene.decide(&Decision::Scale { frame: frame.id, mm_per_px: None });
    let _run = scene.run();
    assert_eq!(
        scene.board().frames.iter().find(|f| f.id == frame.id).expect("there").mm_per_px,
        None,
        "stays forgotten"
    );
}

#[test]
fn what_the_engine_said_in_the_former_frame_is_one_step_of_two_where_it_finds_nothing_in_the_new_one() {
    let scene = scene();
    scene.say(&scene.aligned(1, second()));
    scene.say(&scene.aligned(2, third()));
    scene.first_was_filed_wrongly();
    let run = scene.run();
    assert_eq!((run.aligned, run.none), (1, 0), "{run:?}");
    let found = scene.answer(2).expect("it lies there");
    assert_eq!((found.source, found.basis.via), (AlignmentSource::Automatic, Some(scene.photos[0])));
    is_near(found.matrix, &between());
    assert!((found.confidence - 0.81).abs() < 1e-12, "both steps count: {}", found.confidence);
    assert!(found.residual_px.expect("measured") > 0.6, "both steps are in it");
    assert_eq!(scene.run().kept, 1, "it stands");
}

#[test]
fn two_steps_that_are_not_certain_enough_are_no_way() {
    let scene = scene();
    scene.say(&Alignment { confidence: 0.8, ..scene.aligned(1, second()) });
    scene.say(&Alignment { confidence: 0.8, ..scene.aligned(2, third()) });
    scene.first_was_filed_wrongly();
    let run = scene.run();
    assert_eq!((run.aligned, run.none), (0, 1), "{run:?}");
}

#[test]
fn a_region_is_where_it_was_drawn_also_in_the_frame_of_another_reference() {
    let scene = scene();
    let region = vec![Point::new(60.0, 50.0), Point::new(260.0, 50.0), Point::new(160.0, 200.0)];
    scene.say(&scene.aligned(1, second()));
    let basis = Basis { region: region.clone(), ..Basis::default() };
    scene.say(&Alignment { basis, ..scene.aligned(2, third()) });
    scene.refer_to(1);
    let _run = scene.run();
    let back = second().inverse().expect("a similarity");
    let found = scene.answer(2).expect("an answer").basis.region;
    assert_eq!(found.len(), region.len());
    assert!(found.iter().zip(&region).all(|(a, b)| a.distance(back.apply(*b)) < 1e-6), "{found:?}");
}

#[test]
fn what_went_by_way_of_a_photo_waits_again_once_that_one_was_placed_anew() {
    let scene = scene();
    scene.say(&scene.aligned(1, second()));
    let by_way = Basis { via: Some(scene.photos[1]), ..Basis::default() };
    scene.say(&Alignment { basis: by_way, ..scene.aligned(2, third()) });
    assert!(matches!(scene.placed(2), Placement::Aligned(_)));
    // The photo between them was aligned wrongly.
    scene.place(1, &Matrix3::similarity(1.0, 0.0, 40.0, 0.0));
    assert_eq!(scene.placed(2), Placement::NotAligned(Unplaced::Waiting));
    assert_eq!(scene.vault().undo(now()), Ok(Op::PlacePhoto));
    assert!(matches!(scene.placed(2), Placement::Aligned(_)), "it rests on what holds again");
    assert_eq!(scene.vault().redo(now()), Ok(Op::PlacePhoto));
    let run = scene.run();
    assert_eq!((run.kept, run.none), (1, 1), "asked anew: {run:?}");
    // What was found by way of points that were taken back is no answer either.
    let by_way = Basis { via: Some(scene.photos[1]), ..Basis::default() };
    scene.say(&Alignment { basis: by_way, ..scene.aligned(2, third()) });
    assert!(matches!(scene.placed(2), Placement::Aligned(_)));
    assert_eq!(scene.vault().undo(now()), Ok(Op::PlacePhoto));
    assert_eq!(scene.placed(2), Placement::NotAligned(Unplaced::Waiting));
}

#[test]
fn a_doubtful_answer_is_stored_once_every_way_was_tried() {
    let scene = scene();
    let handle = Arc::new(OnceLock::<Progress>::new());
    let own = Arc::clone(&handle);
    // Stops when every photo was looked at and no way by another one was tried.
    let progress = Progress::new(move |report| {
        if report.total > 0 && report.done == report.total {
            own.get().expect("set below").cancel();
        }
    });
    assert!(handle.set(progress.clone()).is_ok());
    let run = align_series(scene.vault(), scene.chart.series, now(), &progress).expect("ran");
    assert!(run.cancelled);
    assert_eq!(scene.placed(2), Placement::NotAligned(Unplaced::Waiting));
    let run = scene.run();
    assert_eq!((run.cancelled, run.none), (false, 2));
    assert_eq!(scene.run().kept, 2);
}

#[test]
fn a_photo_that_is_taken_away_while_its_series_is_aligned_stops_nobody_else() {
    let scene = Arc::new(scene());
    let own = Arc::clone(&scene);
    // Refused answers are stored after the last look.
    let progress = Progress::new(move |report| {
        if report.total > 0 && report.done == report.total {
            let mover = |tx: &diptych::vault::Tx<'_>| {
                let photo = tx.photo(own.photos[1])?;
                let to = Filing { session: photo.session, view: None, slot: Slot::Alternate, ..own.chart.cell() };
                tx.move_photo(photo.id, to)
            };
            let _moved: Result<(), VaultError> = own.vault().transact(Op::MovePhoto, now(), mover);
        }
    });
    let run = align_series(scene.vault(), scene.chart.series, now(), &progress).expect("ran");
    assert!(!run.cancelled);
    assert_eq!(scene.placed(1), Placement::NotAligned(Unplaced::NoView));
    assert!(matches!(scene.placed(2), Placement::NotAligned(Unplaced::Failed(_))));
}

#[test]
fn a_series_that_goes_on_from_another_one_is_aligned_to_its_reference() {
    let scene = scene();
    let (vault, before) = (scene.vault(), scene.chart);
    scene.decide(&Decision::Scale { frame: scene.frame().id, mm_per_px: Some(0.08) });
    let new = NewSeries { predecessor: Some(before.series), ..crate::vault::scars(before.patient) };
    let series = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series");
    let views = vault.views(series).expect("views");
    let session = vault
        .transact(Op::AddSession, now(), |tx| tx.add_session(series, day(2027, 1, 5), SessionKind::Treatment))
        .expect("a session");
    let file = |tone: u8, view: ViewId| {
        let bytes = encode_jpeg(&Picture::filled(SIZE, [tone; 3]), 90).expect("a JPEG");
        let incoming = Incoming { bytes: &bytes, file_name: "b.jpg", facts: &CaptureFacts::default(), size: SIZE };
        let item = vault.receive(&incoming, now()).expect("received");
        let to = Filing { session, view: Some(view), ..before.cell() };
        vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed")
    };
    let (same, other) = (file(201, views[0].id), file(202, views[1].id));
    let run = align_series(vault, series, now(), &Progress::silent()).expect("ran");
    assert_eq!((run.references, run.none), (1, 1), "the other view was never photographed before: {run:?}");
    let board = vault.board(series).expect("a board");
    let frame_of = |view: ViewId| board.frames.iter().find(|f| f.view == view).expect("a frame");
    let shared = frame_of(views[0].id);
    assert_eq!(board.reference(shared).map(|photo| photo.id), Some(scene.photos[0]));
    assert_eq!((shared.mm_per_px, shared.size), (Some(0.08), SIZE));
    assert_eq!(frame_of(views[1].id).reference, other);
    let photo = board.photos.iter().find(|p| p.id == same).expect("a photo");
    assert!(matches!(placement(&board, photo), Placement::NotAligned(Unplaced::Failed(_))));
    // Points are clicked in the photo and in the reference of the course before.
    let click = |x: f64, y: f64| Landmark { photo: Point::new(x, y), frame: Point::new(x + 9.0, y - 4.0) };
    let landmarks = vec![click(40.0, 30.0), click(280.0, 60.0), click(150.0, 200.0)];
    let placed = Decision::ByPoints { photo: same, frame: shared.id, landmarks, refined: None };
    let _answer = decide(vault, series, &placed, now()).expect("placed");
    let board = vault.board(series).expect("a board");
    assert!(matches!(placement(&board, &board.photos[0]), Placement::ByPerson(_)));
    // The reference turns out to be of another view: the later series finds one of its own.
    scene.first_was_filed_wrongly();
    let _run = align_series(vault, series, now(), &Progress::silent()).expect("ran");
    let board = vault.board(series).expect("a board");
    assert_eq!(board.frames.iter().find(|f| f.view == views[0].id).expect("a frame").reference, same);
}

#[test]
fn a_photo_of_a_series_that_is_not_gone_on_from_is_no_reference() {
    let scene = scene();
    let new = crate::vault::scars(scene.chart.patient);
    let series = scene.vault().transact(Op::AddSeries, now(), |tx| tx.add_series(&new)).expect("a series");
    let view = scene.vault().views(series).expect("views")[0].id;
    let refused = scene.vault().transact(Op::SetReference, now(), |tx| tx.set_reference(view, scene.photos[0]));
    assert!(matches!(refused, Err(VaultError::Refused(_))), "{refused:?}");
}
