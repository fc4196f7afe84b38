//! Protocols of the field as plain values: how a series is usually planned, which views it takes, and when the next visit is due.

pub mod preset;
pub mod schedule;
pub mod views;

pub use preset::{Preset, preset, presets};
pub use schedule::{Due, DueState, MAINTENANCE_FROM, Visit, next_due};
pub use views::views_for;
