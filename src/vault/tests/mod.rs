//! Laws that need to look inside: crashes between commits, full disks, damaged volumes, and undo as an identity.

mod attachment;
mod chain;
mod check;
mod clock;
mod crash;
mod credential;
mod derived;
mod due;
mod erase;
mod identity;
mod migrations;
mod plans;
mod redo;
mod reset;
mod role;
mod scope;
mod secrets;
mod storage;
mod users;

use chrono::NaiveDate;
use tempfile::TempDir;

use super::*;
use crate::geom::Size;
use crate::model::{
    Area, CaptureFacts, Indication, Light, NewPatient, NewSeries, NewView, PatientId, Phase, PhotoHash, PhotoId, Pose,
    Redacted, SeriesId, SeriesState, SessionId, SessionKind, Side, Slot, TrayId,
};

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, day).expect("a date")
}

pub(super) fn now() -> Now {
    Now::fixed(day(20))
}

fn secret() -> Passphrase {
    Passphrase::new("secret")
}

pub(super) fn created() -> (TempDir, Vault) {
    let folder = tempfile::tempdir().expect("a folder");
    let (vault, _code) = Vault::create(folder.path(), "anna", &secret(), KdfCost::TESTS, now()).expect("created");
    (folder, vault)
}

/// Opens with volumes that are closed after `limit` bytes.
pub(super) fn opened(folder: &TempDir, limit: u64) -> Vault {
    Vault::open_by(folder.path(), &Secret::Passphrase("anna", &secret()), limit, now()).expect("opened")
}

fn incoming<'a>(bytes: &'a [u8], facts: &'a CaptureFacts) -> Incoming<'a> {
    Incoming { bytes, file_name: "a.jpg", facts, size: Size::new(60, 40) }
}

fn receive(vault: &Vault, bytes: &[u8]) -> Result<TrayId> {
    vault.receive(&incoming(bytes, &CaptureFacts::default()), now())
}

pub(super) fn person(code: u32, name: &str) -> NewPatient {
    NewPatient {
        code: Redacted(code.to_string()),
        given: Redacted(name.to_owned()),
        family: Redacted("Mägi".to_owned()),
        birth: None,
        fitzpatrick: None,
    }
}

fn series(patient: PatientId) -> NewSeries {
    let view = |name: &str| NewView {
        name: name.into(),
        area: Area::Face,
        side: Side::Both,
        pose: Pose::Front,
        light: Light::Frontal,
        focal_mm: None,
    };
    NewSeries {
        patient,
        indications: vec![Indication::Wrinkles],
        areas: vec![Area::Face],
        planned: 3,
        interval_min_days: 28,
        interval_max_days: 42,
        views: vec![view("a"), view("b")],
        predecessor: None,
    }
}
