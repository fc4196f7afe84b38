//! The vault as its users notice it, on real temporary vaults.

mod attachments;
mod audit;
mod filing;
mod opening;
mod records;
mod redo;
mod rest;
mod search;
mod transfer;
mod undo;
mod users;

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::geom::Size;
use diptych::model::*;
use diptych::vault::{Filing, Incoming, KdfCost, Op, Passphrase, RecoveryCode, Vault};
use tempfile::TempDir;

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

pub fn now() -> Now {
    Now::fixed(day(2026, 3, 2))
}

pub fn secret() -> Passphrase {
    Passphrase::new("correct horse")
}

/// A fresh vault in a temporary folder that goes with it.
pub struct Clinic {
    pub vault: Vault,
    pub code: RecoveryCode,
    pub folder: TempDir,
}

pub fn clinic() -> Clinic {
    let folder = tempfile::tempdir().expect("a folder");
    let (vault, code) =
        Vault::create(&folder.path().join("v"), "anna", &secret(), KdfCost::TESTS, now()).expect("created");
    Clinic { vault, code, folder }
}

impl Clinic {
    /// Closes the vault and opens it again.
    pub fn reopened(self) -> Self {
        let Self { vault, code, folder } = self;
        drop(vault);
        let vault = Vault::open(&folder.path().join("v"), "anna", &secret(), now()).expect("opened");
        Self { vault, code, folder }
    }
}

pub fn person(code: &str, given: &str, family: &str) -> NewPatient {
    NewPatient {
        code: code.into(),
        given: given.into(),
        family: family.into(),
        birth: Some(Redacted(day(1990, 5, 17))),
        fitzpatrick: Some(Fitzpatrick::III),
    }
}

pub fn view(name: &str, side: Side) -> NewView {
    NewView {
        name: name.into(),
        area: Area::Cheeks,
        side,
        pose: Pose::CloseUp,
        light: Light::Frontal,
        focal_mm: Some(100),
    }
}

pub fn scars(patient: PatientId) -> NewSeries {
    NewSeries {
        patient,
        indications: vec![Indication::AcneScars],
        areas: vec![Area::Cheeks],
        planned: 6,
        interval_min_days: 28,
        interval_max_days: 42,
        views: vec![view("Cheek right", Side::Right), view("Cheek left", Side::Left)],
        predecessor: None,
    }
}

/// A patient with one series of one session.
#[derive(Debug, Clone, Copy)]
pub struct Chart {
    pub patient: PatientId,
    pub series: SeriesId,
    pub session: SessionId,
    pub view: ViewId,
}

pub fn chart(vault: &Vault, code: &str) -> Chart {
    let patient =
        vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(code, "Ülle", "Mägi"))).expect("a patient");
    let series = vault.transact(Op::AddSeries, now(), |tx| tx.add_series(&scars(patient))).expect("a series");
    let session = vault
        .transact(Op::AddSession, now(), |tx| tx.add_session(series, day(2026, 1, 14), SessionKind::Treatment))
        .expect("a session");
    let view = vault.views(series).expect("views")[0].id;
    Chart { patient, series, session, view }
}

impl Chart {
    pub fn cell(self) -> Filing {
        Filing { session: self.session, view: Some(self.view), slot: Slot::Primary, phase: Phase::BeforeTreatment }
    }
}

/// Bytes that look like a photo to whoever searches for one, different for each `seed`.
pub fn photo_bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00Exif\x00\x00".to_vec();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while bytes.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.push((state >> 56) as u8);
    }
    bytes
}

pub fn facts() -> CaptureFacts {
    CaptureFacts {
        time_text: Some("2026:01:14 15:02:11".into()),
        camera: Some("Canon EOS R5".into()),
        source: Some(CaptureSource::Exif),
        focal_mm: Some(99.1),
        exposure_s: Some(1.0 / 160.0),
        orientation: 6,
        ..CaptureFacts::default()
    }
}

pub fn receive(vault: &Vault, bytes: &[u8]) -> TrayId {
    let incoming = Incoming { bytes, file_name: "IMG_4711.JPG", facts: &facts(), size: Size::new(4000, 6000) };
    vault.receive(&incoming, now()).expect("received")
}

pub fn file(vault: &Vault, item: TrayId, to: Filing) -> PhotoId {
    vault.transact(Op::FilePhotos, now(), |tx| tx.file(item, to)).expect("filed")
}
