//! What leaves the vault: composites for a person, the gallery for the clinic's website.
//!
//! Pictures are only rotated, scaled, shifted and cropped, the same way on both sides, and are written without metadata.
//! What is meant for the public is read back and proven clean by [`scrub`] before it is put in place.

pub mod audit;
pub mod code_sheet;
pub mod composite;
pub mod csv;
mod error;
pub mod gallery;
pub mod patient_card;
mod pdf;
mod placed;
pub mod scrub;
mod target;

pub use error::ExportError;
pub use target::{Existing, check_file, refuse_other_kind, write_file};
