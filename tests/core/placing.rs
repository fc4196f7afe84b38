//! What a person decides about where a photo lies, in a real vault with real pixels.

use diptych::align::graded::{Grades, pending};
use diptych::align::{Decision, Placement, Unplaced, align_series, decide, grade_series, placement, refine};
use diptych::compare::grade::{Aspect, Grade};
use diptych::geom::{Matrix3, Point, Size};
use diptych::imaging::{Picture, encode_jpeg};
use diptych::model::*;
use diptych::progress::Progress;
use diptych::vault::{Board, Filing, Incoming, Op, Vault, VaultError};

use crate::registration::skin::{Skin, Visit, truth, view};
use crate::vault::{Chart, Clinic, chart, clinic, day, now};

const SIZE: Size = Size::new(640, 480);

/// Two visits to the same skin, the second one turned and closer; the first is the reference.
struct Scene {
    clinic: Clinic,
    chart: Chart,
    first: PhotoId,
    second: PhotoId,
    /// Second → first.
    truth: Matrix3,
}

fn file(vault: &Vault, picture: &Picture, to: Filing) -> PhotoId {
    let bytes = encode_jpeg(picture, 92).expect("a JPEG");
    let incoming =
        Incoming { bytes: &bytes, file_name: "a.jpg", facts: &CaptureFacts::default(), size: picture.size() };
    let item = vault.receive(&incoming, now()).expect("received");
    vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed")
}

fn scene() -> Scene {
    let views = [view(SIZE, Point::new(0.0, 0.0), 1.0, 0.0), view(SIZE, Point::new(18.0, -12.0), 1.06, 4.0)];
    let scene = scene_of(&Skin::new(3), views, Visit { seed: 2, ..Visit::FIRST });
    let done = align_series(&scene.clinic.vault, scene.chart.series, now(), &Progress::silent()).expect("aligned");
    assert_eq!(done.aligned, 1, "{done:?}");
    scene
}

/// Two visits that are filed; nobody has looked at them yet.
fn scene_of(skin: &Skin, views: [Matrix3; 2], later: Visit) -> Scene {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "1");
    let add = |d| {
        let add = |tx: &diptych::vault::Tx<'_>| tx.add_session(chart.series, day(2026, 2, d), SessionKind::Treatment);
        clinic.vault.transact(Op::AddSession, now(), add).expect("a session")
    };
    let visits = [(views[0], chart.session, Visit::FIRST), (views[1], add(2), later)];
    let [first, second] = visits.map(|(view, session, visit)| {
        let picture = skin.photograph(SIZE, &view, &visit);
        file(&clinic.vault, &picture, Filing { session, ..chart.cell() })
    });
    Scene { truth: truth(&views[1], &views[0]), clinic, chart, first, second }
}

impl Scene {
    fn board(&self) -> Board {
        self.clinic.vault.board(self.chart.series).expect("a board")
    }

    fn frame(&self) -> FrameId {
        self.board().frames[0].id
    }

    fn placed(&self, photo: PhotoId) -> Placement {
        let board = self.board();
        let photo = board.photos.iter().find(|p| p.id == photo).expect("a photo");
        placement(&board, photo)
    }

    fn current(&self) -> Alignment {
        self.board().alignments.into_iter().find(|a| a.photo == self.second).expect("an answer")
    }

    fn decide(&self, decision: &Decision) -> Option<Answer> {
        decide(&self.clinic.vault, self.chart.series, decision, now()).expect("decided")
    }

    /// Makes the engine doubt what it found; the id of that suggestion.
    fn suggest(&self) -> AlignmentId {
        let doubtful = Alignment {
            id: None,
            answer: Answer::Suggestion,
            why: Some(WhyNot::Unsure),
            confidence: 0.5,
            ..self.current()
        };
        self.clinic.vault.transact(Op::Align, now(), |tx| tx.add_alignment(&doubtful)).expect("stored")
    }

    fn again(&self, region: Vec<Point>) -> Option<Answer> {
        self.decide(&Decision::Again { photo: self.second, frame: self.frame(), region })
    }

    /// The same spots in both photos, by the truth, with each click off by up to `off` pixels.
    fn clicks(&self, off: f64) -> Vec<Landmark> {
        let at = [(80.0, 70.0), (560.0, 90.0), (300.0, 420.0)];
        let missed = [(off, 0.0), (0.0, -off), (-off, off)];
        let click = |((x, y), (dx, dy)): ((f64, f64), (f64, f64))| {
            let photo = Point::new(x, y);
            let spot = self.truth.apply(photo);
            Landmark { photo, frame: Point::new(spot.x + dx, spot.y + dy) }
        };
        at.into_iter().zip(missed).map(click).collect()
    }
}

/// Whether the spots are those, to a millionth of a pixel: a number may lose its last bit in text.
fn same_spots(stored: &[Landmark], clicked: &[Landmark]) -> bool {
    let near = |(a, b): (&Landmark, &Landmark)| a.photo.distance(b.photo) < 1e-6 && a.frame.distance(b.frame) < 1e-6;
    stored.len() == clicked.len() && stored.iter().zip(clicked).all(near)
}

fn error(from: &Matrix3, truth: &Matrix3) -> f64 {
    from.mean_corner_error(truth, SIZE)
}

#[test]
fn an_accepted_suggestion_is_a_persons_and_an_undo_makes_it_a_suggestion_again() {
    let scene = scene();
    let seen = scene.suggest();
    assert!(matches!(scene.placed(scene.second), Placement::Suggestion(..)));
    let found = scene.current();
    assert_eq!(scene.decide(&Decision::Accept(seen)), None);
    let now_is = scene.current();
    assert_eq!(
        (now_is.source, now_is.answer, now_is.matrix),
        (AlignmentSource::Accepted, Answer::Aligned, found.matrix)
    );
    assert!(matches!(scene.placed(scene.second), Placement::ByPerson(_)));
    // The engine leaves it alone, also when it is asked about the whole series.
    let run = align_series(&scene.clinic.vault, scene.chart.series, now(), &Progress::silent()).expect("ran");
    assert_eq!((run.aligned, run.suggested, run.none), (0, 0, 0));
    assert_eq!(scene.current(), now_is);
    assert_eq!(scene.clinic.vault.undo(now()), Ok(Op::PlacePhoto));
    assert_eq!(scene.current(), found);
    assert_eq!(scene.clinic.vault.redo(now()), Ok(Op::PlacePhoto));
    assert_eq!(scene.current(), now_is);
}

#[test]
fn a_rejected_suggestion_has_no_place_and_is_not_suggested_again() {
    let scene = scene();
    let seen = scene.suggest();
    let _none = scene.decide(&Decision::Reject(seen));
    assert_eq!(scene.placed(scene.second), Placement::NotAligned(Unplaced::Rejected));
    assert_eq!((scene.current().source, scene.current().matrix), (AlignmentSource::Rejected, None));
    let _run = align_series(&scene.clinic.vault, scene.chart.series, now(), &Progress::silent()).expect("ran");
    assert_eq!(scene.placed(scene.second), Placement::NotAligned(Unplaced::Rejected));
    assert_eq!(scene.clinic.vault.undo(now()), Ok(Op::PlacePhoto));
    assert!(matches!(scene.placed(scene.second), Placement::Suggestion(..)));
}

#[test]
fn a_suggestion_that_was_answered_or_replaced_meanwhile_is_not_answered_again() {
    let scene = scene();
    let vault = &scene.clinic.vault;
    let seen = scene.suggest();
    let newer = scene.suggest();
    let refused = decide(vault, scene.chart.series, &Decision::Accept(seen), now()).expect_err("it is another by now");
    assert!(refused.user_message().contains("look again"), "{}", refused.user_message());
    let _none = scene.decide(&Decision::Reject(newer));
    assert!(decide(vault, scene.chart.series, &Decision::Accept(newer), now()).is_err());
    assert_eq!(scene.placed(scene.second), Placement::NotAligned(Unplaced::Rejected));
}

#[test]
fn once_its_placement_was_taken_back_a_filing_can_be_too() {
    let scene = scene();
    let seen = scene.suggest();
    let _none = scene.decide(&Decision::Accept(seen));
    let vault = &scene.clinic.vault;
    assert_eq!(vault.undo(now()), Ok(Op::PlacePhoto));
    assert_eq!(vault.undo(now()), Ok(Op::FilePhotos));
    assert_eq!(vault.photo(scene.second), Err(VaultError::NotFound));
    assert_eq!(vault.redo(now()), Ok(Op::FilePhotos));
    assert!(matches!(scene.placed(scene.second), Placement::NotAligned(Unplaced::Waiting)), "it is computed anew");
}

#[test]
fn points_place_a_photo_at_once_and_the_pixels_make_it_better_where_they_confirm_it() {
    let views = [view(SIZE, Point::default(), 1.0, 0.0), view(SIZE, Point::new(25.0, -18.0), 1.08, 9.0)];
    let scene = scene_of(&Skin::new(31), views, Visit { light: 0.9, seed: 3, ..Visit::FIRST });
    let (vault, series, photo) = (&scene.clinic.vault, scene.chart.series, scene.second);
    let reference = Decision::Reference { view: scene.chart.view, photo: scene.first };
    let _none = scene.decide(&reference);
    let frame = scene.frame();
    let clicks: Vec<Landmark> = [(120.0, 105.0, 2.0), (520.0, 400.0, -1.5)]
        .into_iter()
        .map(|(x, y, off)| {
            let spot = scene.truth.apply(Point::new(x, y));
            Landmark { photo: Point::new(x, y), frame: Point::new(spot.x + off, spot.y - off) }
        })
        .collect();
    let by_points = |refined| Decision::ByPoints { photo, frame, landmarks: clicks.clone(), refined };
    let _none = scene.decide(&by_points(None));
    let placed = scene.current();
    assert_eq!((placed.source, placed.residual_px), (AlignmentSource::Landmarks, None), "two spots say no residual");
    assert!(same_spots(&placed.basis.landmarks, &clicks));
    let coarse = error(&placed.matrix.expect("a place"), &scene.truth);
    assert!(coarse > 1.0, "{coarse}");
    let refined = refine(vault, series, (photo, frame), &clicks).expect("asked").expect("the pixels confirm it");
    let _none = scene.decide(&by_points(Some(Box::new(refined))));
    let fine = error(&scene.current().matrix.expect("a place"), &scene.truth);
    assert!(fine < 0.5 && fine < coarse, "{fine} against {coarse}");
    assert!(same_spots(&scene.current().basis.landmarks, &clicks));
    assert!(matches!(scene.placed(photo), Placement::ByPerson(_)));
    assert_eq!(vault.undo(now()), Ok(Op::PlacePhoto));
    assert_eq!(scene.current().matrix, placed.matrix);
}

#[test]
fn points_that_fix_nothing_change_nothing() {
    let scene = scene();
    let before = scene.current();
    let one = scene.clicks(0.0)[..1].to_vec();
    let decision = Decision::ByPoints { photo: scene.second, frame: scene.frame(), landmarks: one, refined: None };
    let refused = decide(&scene.clinic.vault, scene.chart.series, &decision, now()).expect_err("one point");
    assert!(refused.user_message().contains("Nothing was changed"));
    // The reference lies where it lies.
    let decision = Decision::Again { photo: scene.first, frame: scene.frame(), region: Vec::new() };
    assert!(decide(&scene.clinic.vault, scene.chart.series, &decision, now()).is_err());
    assert_eq!(scene.current(), before);
}

#[test]
fn the_engine_is_asked_again_within_a_region_that_stays_with_the_answer() {
    let scene = scene();
    let seen = scene.suggest();
    let _none = scene.decide(&Decision::Reject(seen));
    let region =
        vec![Point::new(120.0, 80.0), Point::new(540.0, 80.0), Point::new(540.0, 400.0), Point::new(120.0, 400.0)];
    assert_eq!(scene.again(region.clone()), Some(Answer::Aligned), "a person asked: it comes in force");
    let placed = scene.current();
    assert_eq!((placed.source, &placed.basis.region), (AlignmentSource::Automatic, &region));
    assert!(error(&placed.matrix.expect("a place"), &scene.truth) < 1.0);
    let clinic = scene.clinic.reopened();
    let board = clinic.vault.board(scene.chart.series).expect("a board");
    assert_eq!(board.alignments, std::slice::from_ref(&placed), "after a restart too");
    // An older engine's answer is computed anew within the same region.
    let old = Alignment { id: None, engine: 0, ..placed };
    let _id = clinic.vault.transact(Op::Align, now(), |tx| tx.add_alignment(&old)).expect("stored");
    let run = align_series(&clinic.vault, scene.chart.series, now(), &Progress::silent()).expect("ran");
    assert_eq!(run.aligned, 1);
    let board = clinic.vault.board(scene.chart.series).expect("a board");
    assert_eq!(board.alignments[0].basis.region, region);
}

#[test]
fn a_scale_turns_the_residual_into_millimetres_and_can_be_taken_back() {
    let scene = scene();
    let frame = scene.frame();
    assert_eq!(scene.board().frames[0].mm_per_px, None);
    let _none = scene.decide(&Decision::Scale { frame, mm_per_px: Some(0.08) });
    assert_eq!(scene.board().frames[0].mm_per_px, Some(0.08));
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let decision = Decision::Scale { frame, mm_per_px: Some(wrong) };
        assert!(decide(&scene.clinic.vault, scene.chart.series, &decision, now()).is_err());
    }
    assert_eq!(scene.clinic.vault.undo(now()), Ok(Op::SetScale));
    assert_eq!(scene.board().frames[0].mm_per_px, None);
}

#[test]
fn another_reference_makes_a_frame_in_which_everything_lies_where_a_person_put_it() {
    let scene = scene();
    let (vault, series) = (&scene.clinic.vault, scene.chart.series);
    let by_points =
        Decision::ByPoints { photo: scene.second, frame: scene.frame(), landmarks: scene.clicks(0.0), refined: None };
    let _none = scene.decide(&by_points);
    let former = scene.frame();
    let _none = scene.decide(&Decision::Reference { view: scene.chart.view, photo: scene.second });
    assert_ne!(scene.frame(), former);
    let run = align_series(vault, series, now(), &Progress::silent()).expect("ran");
    assert_eq!((run.aligned, run.suggested, run.none), (0, 0, 0), "a person's answer is not computed anew");
    let carried = scene.board().alignments.into_iter().find(|a| a.photo == scene.first).expect("it lies there");
    assert!(carried.basis.rebased && carried.source == AlignmentSource::Landmarks);
    let back = scene.truth.inverse().expect("a similarity");
    assert!(error(&carried.matrix.expect("a place"), &back) < 0.1, "{carried:?}");
    assert!(matches!(scene.placed(scene.second), Placement::Reference(_)));
    // The choice can be taken back: what was carried over is in the former frame still.
    assert_eq!(vault.undo(now()), Ok(Op::SetReference));
    assert_eq!(scene.frame(), former);
    assert!(matches!(scene.placed(scene.second), Placement::ByPerson(_)));
    assert_eq!(vault.redo(now()), Ok(Op::SetReference));
    let _run = align_series(vault, series, now(), &Progress::silent()).expect("ran");
    assert!(matches!(scene.placed(scene.first), Placement::ByPerson(_)));
}

#[test]
fn what_fails_directly_is_placed_by_way_of_the_session_between() {
    let scene = scene();
    let (vault, chart) = (&scene.clinic.vault, scene.chart);
    // A third visit that shows the far end of the second one's skin and next to nothing of the first one's.
    let views = [0.0, 300.0, 600.0].map(|x| view(SIZE, Point::new(x, 0.0), 1.0, 0.0));
    let view_id = vault.views(chart.series).expect("views")[1].id;
    let skin = Skin::new(5);
    let file_at = |i: u32| {
        let add =
            |tx: &diptych::vault::Tx<'_>| tx.add_session(chart.series, day(2026, 3, 1 + i), SessionKind::Treatment);
        let session = vault.transact(Op::AddSession, now(), add).expect("a session");
        let visit = Visit { seed: 7 + i, ..Visit::FIRST };
        let picture = skin.photograph(SIZE, &views[i as usize], &visit);
        file(vault, &picture, Filing { session, view: Some(view_id), ..chart.cell() })
    };
    let run = || align_series(vault, chart.series, now(), &Progress::silent()).expect("ran");
    let (first, last) = (file_at(0), file_at(2));
    let alone = run();
    assert_eq!((alone.aligned, alone.suggested + alone.none), (0, 1), "{alone:?}");
    assert_eq!(run().kept, alone.kept + 1, "what was tried in vain is not tried again");
    // The card of the session between them is filed later.
    let photos = [first, file_at(1), last];
    let done = run();
    assert_eq!((done.aligned, done.none), (2, 0), "{done:?}");
    let board = scene.board();
    let answer = |id: PhotoId| board.alignments.iter().find(|a| a.photo == id).expect("an answer");
    assert_eq!((answer(photos[1]).basis.via, answer(photos[2]).basis.via), (None, Some(photos[1])));
    let truth = truth(&views[2], &views[0]);
    let found = answer(photos[2]);
    assert!(error(&found.matrix.expect("a place"), &truth) < 2.0, "{found:?}");
    assert!(found.residual_px > answer(photos[1]).residual_px, "both steps are in it");
}

fn grade(scene: &Scene) -> usize {
    grade_series(&scene.clinic.vault, scene.chart.series, now(), &Progress::silent()).expect("graded")
}

/// The grade and the reason of one aspect of the second photo.
fn graded(board: &Board, photo: PhotoId, aspect: Aspect) -> Option<(Grade, String)> {
    let found = Grades::new(board).of(photo)?.clone();
    let reason = found.comparability.reasons.into_iter().find(|reason| reason.aspect == aspect)?;
    Some((found.comparability.grade, reason.words))
}

#[test]
fn a_pair_is_measured_once_and_again_only_where_it_lies_otherwise() {
    let scene = scene();
    assert_eq!(Grades::new(&scene.board()).of(scene.second), None, "nobody has measured it");
    assert_eq!((grade(&scene), grade(&scene)), (1, 0));
    let board = scene.board();
    let grades = Grades::new(&board);
    let found = grades.of(scene.second).expect("graded");
    assert_eq!((grades.of(scene.first), found.baseline), (None, scene.first), "the baseline itself has none");
    let judged = |aspect| found.comparability.reasons.iter().any(|r| r.aspect == aspect);
    assert!(judged(Aspect::Light) && judged(Aspect::Sharpness), "by its pixels: {found:?}");
    assert_eq!(board.measured[0].grade, found.comparability.grade);
    let seen = scene.suggest();
    assert_eq!(pending(&scene.board()).len(), 1, "another answer is in force");
    assert_eq!(grade(&scene), 1);
    let (suggested, why) = graded(&scene.board(), scene.second, Aspect::Pose).expect("graded");
    assert!(suggested >= Grade::D && why.contains("not confirmed"), "{suggested:?} {why}");
    let _none = scene.decide(&Decision::Reject(seen));
    assert_eq!(grade(&scene), 0, "what has no place needs no measuring");
    let apart = graded(&scene.board(), scene.second, Aspect::Pose);
    assert_eq!(apart, Some((Grade::F, "not aligned".to_owned())));
}

#[test]
fn what_was_measured_is_there_after_a_restart_and_goes_with_a_filing_that_is_taken_back() {
    let Scene { clinic, chart, second, .. } = {
        let scene = scene();
        assert_eq!(grade(&scene), 1);
        scene
    };
    let clinic = clinic.reopened();
    let board = clinic.vault.board(chart.series).expect("a board");
    assert!(pending(&board).is_empty() && Grades::new(&board).of(second).is_some());
    assert_eq!(clinic.vault.undo(now()), Ok(Op::FilePhotos));
    assert!(clinic.vault.board(chart.series).expect("a board").measured.is_empty());
}

#[test]
fn a_corrected_visit_corrects_the_reason_without_measuring_anew() {
    let scene = scene();
    assert_eq!(grade(&scene), 1);
    let healed = |scene: &Scene| graded(&scene.board(), scene.second, Aspect::Healing).map(|(_, words)| words);
    let early = healed(&scene).expect("a treatment lies before it");
    let visit = scene.clinic.vault.photo(scene.second).expect("a photo").session;
    let later = |tx: &diptych::vault::Tx<'_>| tx.set_session(visit, day(2026, 6, 20), SessionKind::Treatment);
    scene.clinic.vault.transact(Op::EditSession, now(), later).expect("corrected");
    let late = healed(&scene).expect("a treatment lies before it");
    assert!(late.ends_with("an outcome") && late != early, "{early} → {late}");
    assert!(pending(&scene.board()).is_empty());
}

#[test]
fn a_pair_of_which_a_photo_is_gone_meanwhile_is_left_out() {
    let scene = scene();
    assert_eq!(grade(&scene), 1);
    let measured = scene.board().measured[0];
    let vault = &scene.clinic.vault;
    assert_eq!(vault.undo(now()), Ok(Op::FilePhotos));
    vault.transact(Op::Align, now(), |tx| tx.keep_measured(&measured)).expect("nothing to keep");
    assert!(scene.board().measured.is_empty());
    let refused = vault.transact(Op::EditPatient, now(), |tx| tx.keep_measured(&measured));
    assert_eq!(refused, Err(VaultError::Refused("a change under another name")));
}
