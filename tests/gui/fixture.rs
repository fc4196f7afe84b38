//! An invented patient with one series, as plain values, and a little procedural skin.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use diptych::compare::grade::{self, Grade, Likeness};
use diptych::geom::{Matrix3, Size};
use diptych::gui::theme;
use diptych::imaging::Picture;
use diptych::model::{
    Alignment, AlignmentId, AlignmentSource, Answer, Area, Basis, CaptureFacts, Frame, FrameId, Indication, Light,
    Model, NewView, Patient, PatientId, Phase, Photo, PhotoHash, PhotoId, Pose, Series, SeriesId, SeriesState, Session,
    SessionId, SessionKind, Side, Slot, Uid, View, ViewId, WhyNot, labels,
};
use diptych::vault::{Board, GradeBasis, MeasuredPair, PatientRow};
use iced::{Element, Settings};
use iced_test::Simulator;

/// The day of the tests.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 18).expect("a date")
}

/// A patient with a number.
pub fn patient(id: i64, given: &str, family: &str) -> Patient {
    Patient {
        id: PatientId(id),
        uid: Uid([id as u8; 16]),
        code: format!("P-{id:04}").as_str().into(),
        given: given.into(),
        family: family.into(),
        birth: NaiveDate::from_ymd_opt(1991, 7, 3).map(diptych::model::Redacted),
        fitzpatrick: Some(diptych::model::Fitzpatrick::III),
    }
}

/// A row of the list.
pub fn row(id: i64) -> PatientRow {
    PatientRow {
        patient: patient(id, "Given", &format!("Family {id:05}")),
        open_series: 1,
        photos: 4,
        last_visit: Some(today()),
    }
}

/// Photo of view `v` in session `s`, both from 0.
pub fn photo_id(v: i64, s: i64) -> PhotoId {
    PhotoId(100 + 10 * v + s)
}

/// Three views over four sessions: everything aligned but the third view's last photo, and the third view has no photo in
/// its third session.
pub fn board() -> Arc<Board> {
    let series = Series {
        id: SeriesId(7),
        uid: Uid([7; 16]),
        patient: PatientId(1),
        indications: vec![Indication::AcneScars],
        areas: vec![Area::Cheeks],
        planned: 6,
        interval_min_days: 28,
        interval_max_days: 42,
        state: SeriesState::Open,
        predecessor: None,
    };
    let names = ["Cheek right", "Cheek left", "Front"];
    let views: Vec<View> = (0..3).zip(names).map(|(v, name)| view(v, name)).collect();
    let sessions: Vec<Session> = (0..4).map(session).collect();
    let mut photos = Vec::new();
    let mut alignments = Vec::new();
    for v in 0..3 {
        for s in 0..4 {
            if (v, s) != (2, 2) {
                photos.push(photo(v, s));
                if s > 0 {
                    alignments.push(alignment(v, s, (v, s) != (2, 3)));
                }
            }
        }
    }
    let frames = (0..3).map(|v| Frame {
        id: FrameId(v),
        patient: PatientId(1),
        view: ViewId(v),
        reference: photo_id(v, 0),
        size: Size::new(6000, 4000),
        mm_per_px: None,
    });
    Arc::new(Board {
        patient: patient(1, "Marisol", "Everhart-Lindqvist"),
        labels: labels(&sessions, series.planned),
        series,
        views,
        sessions,
        photos,
        frames: frames.collect(),
        earlier: Vec::new(),
        alignments,
        measured: Vec::new(),
        consents: Vec::new(),
    })
}

fn view(v: i64, name: &str) -> View {
    let spec = NewView {
        name: name.to_owned(),
        area: Area::Cheeks,
        side: Side::Both,
        pose: Pose::CloseUp,
        light: Light::Frontal,
        focal_mm: None,
    };
    View { id: ViewId(v), series: SeriesId(7), ordinal: v as u32, spec, retired: false }
}

fn session(s: i64) -> Session {
    let first = NaiveDate::from_ymd_opt(2026, 1, 14).expect("a date");
    let date = first.checked_add_days(Days::new(33 * s as u64)).expect("a date");
    Session { id: SessionId(s), series: SeriesId(7), date, ordinal: 0, kind: SessionKind::Treatment }
}

fn photo(v: i64, s: i64) -> Photo {
    let id = photo_id(v, s);
    Photo {
        id,
        uid: Uid([id.0 as u8; 16]),
        patient: PatientId(1),
        session: SessionId(s),
        view: Some(ViewId(v)),
        slot: Slot::Primary,
        phase: Phase::BeforeTreatment,
        facts: CaptureFacts::default(),
        hash: PhotoHash([id.0 as u8; 32]),
        length: 1000,
        size: Size::new(6000, 4000),
        file_name: "a.jpg".into(),
    }
}

fn alignment(v: i64, s: i64, aligned: bool) -> Alignment {
    Alignment {
        id: Some(AlignmentId(10 * v + s)),
        photo: photo_id(v, s),
        frame: FrameId(v),
        model: Model::Similarity,
        matrix: aligned.then(|| Matrix3::similarity(1.02, 0.03, 40.0, -25.0)),
        engine: 1,
        source: AlignmentSource::Automatic,
        answer: if aligned { Answer::Aligned } else { Answer::None },
        residual_px: aligned.then_some(1.8),
        confidence: if aligned { 0.97 } else { 0.1 },
        why: (!aligned).then_some(WhyNot::TooLittleInCommon),
        basis: Basis::default(),
    }
}

/// A patch of skin: base tone, slow variation, fine relief, a few moles. The same seed gives the same skin.
pub fn skin(size: Size, seed: u32) -> Picture {
    let mut rgba = Vec::with_capacity(4 * (size.width * size.height) as usize);
    let moles: Vec<(f32, f32)> = (0..6).map(|i| (noise(seed, i, 1), noise(seed, i, 2))).collect();
    for y in 0..size.height {
        for x in 0..size.width {
            let (u, v) = (x as f32 / size.width as f32, y as f32 / size.height as f32);
            let slow = (u * 7.0 + seed as f32).sin() * (v * 5.0).cos() * 10.0;
            let fine = noise(seed, x, y) * 14.0 - 7.0;
            let dark = moles.iter().map(|m| (1.0 - 40.0 * (m.0 - u).hypot(m.1 - v)).max(0.0)).fold(0.0, f32::max);
            let tone = |base: f32| (base + slow + fine - 90.0 * dark).clamp(0.0, 255.0) as u8;
            rgba.extend([tone(208.0), tone(158.0), tone(130.0), 255]);
        }
    }
    Picture::from_rgba(size, rgba).expect("a picture")
}

fn noise(seed: u32, x: u32, y: u32) -> f32 {
    let mut h = seed.wrapping_mul(0x9E37_79B9) ^ x.wrapping_mul(0x85EB_CA6B) ^ y.wrapping_mul(0xC2B2_AE35);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    ((h ^ (h >> 15)) & 0xFFFF) as f32 / 65535.0
}

/// The thumbnails of a board.
pub fn thumbnails(board: &Board) -> HashMap<PhotoId, iced::widget::image::Handle> {
    let skin = skin(Size::new(320, 213), 3);
    let made = |p: &Photo| (p.id, diptych::gui::picture::thumbnail(&skin, diptych::gui::screen::board::CELL, 6.0));
    board.photos.iter().map(made).collect()
}

/// A simulated window of the usual size around a screen.
pub fn simulate<'a, M: 'a>(element: impl Into<Element<'a, M>>) -> Simulator<'a, M> {
    let fonts = theme::FONT_FILES.iter().map(|f| (*f).into()).collect();
    let settings = Settings { fonts, default_font: theme::REGULAR, ..Settings::default() };
    Simulator::with_size(settings, (1440.0, 900.0), element)
}

/// The board with what was measured of every aligned pair: each as the one before but for the light, which is darker by so
/// many stops in the later photo of each session.
pub fn graded_board(darker_ev: [f64; 4]) -> Board {
    let mut board = (*board()).clone();
    let likeness = |s: usize| Likeness {
        exposure_ev: -darker_ev[s],
        colour: (0.0, 0.0),
        fall_off_ev: 0.0,
        relief: 0.0,
        sharpness: 0.0,
    };
    let measured = |a: &Alignment| MeasuredPair {
        before: photo_id(a.frame.0, 0),
        after: a.photo,
        grade: Grade::A,
        basis: GradeBasis { frame: a.frame, alignments: [None, a.id] },
        engine: grade::ENGINE,
        likeness: Some(likeness((a.photo.0 % 10) as usize)),
    };
    board.measured = board.alignments.iter().filter(|a| a.answer == Answer::Aligned).map(measured).collect();
    board
}

/// What is drawn at a point of the window: the software renderer draws it into a file.
pub fn pixel<M: Clone>(window: &mut Simulator<'_, M>, theme: &iced::Theme, at: iced::Point) -> [u8; 3] {
    let folder = tempfile::tempdir().expect("a folder");
    let drawn = window.snapshot(theme).expect("drawn");
    let _new = drawn.matches_image(folder.path().join("window.png")).expect("written");
    let file = std::fs::read_dir(folder.path()).expect("a folder").next().expect("a file").expect("an entry").path();
    let bytes = std::fs::read(file).expect("read");
    let picture = diptych::imaging::decode(&bytes, diptych::imaging::Detail::Full).expect("a picture");
    let (x, y) = ((2.0 * at.x) as usize, (2.0 * at.y) as usize);
    let pixel = 4 * (y * picture.size().width as usize + x);
    std::array::from_fn(|part| picture.rgba()[pixel + part])
}

/// The same as brightness from 0 to 255.
pub fn brightness<M: Clone>(window: &mut Simulator<'_, M>, theme: &iced::Theme, at: iced::Point) -> u8 {
    (pixel(window, theme, at).iter().map(|part| u32::from(*part)).sum::<u32>() / 3) as u8
}
