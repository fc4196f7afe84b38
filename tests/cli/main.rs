//! The built program, driven as a script would drive it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may say what cannot happen"
)]

mod audit;
mod backup;
mod basics;
mod card;
mod erasing;
mod files;
mod filing;
mod rest;
mod support;
mod transfer;
mod vaults;
