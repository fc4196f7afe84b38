//! The window as a user works it, without a display: screens are driven by clicks and keys and asked what they want done.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail a test")]

mod board;
mod compare;
mod document;
mod fixture;
mod focus;
mod forms;
mod idle;
mod import;
mod lists;
mod marks;
mod mover;
mod pairs;
mod patients;
mod rest;
mod settings;
mod triage;
mod unlock;
mod window;
