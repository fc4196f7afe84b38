//! The places of the window, one file each: `new → (Self, Action)`, `update(Message) → Action`, `view`.

pub mod board;
pub mod code;
pub mod compare;
pub mod gallery;
pub mod import;
pub mod patients;
pub mod save;
pub mod secret;
pub mod settings;
pub mod today;
pub mod triage;
pub mod unlock;
