//! Diptych files, aligns, compares and publishes the session photographs of clinics that treat skin in series.
//!
//! Layers, each of which may use only what stands below it:
//!
//! | layer | modules |
//! |---|---|
//! | front ends | `gui`, [`cli`] |
//! | use cases | [`import`], [`align`], [`export`], [`backup`], [`demo`] |
//! | state | [`vault`] |
//! | pure | [`imaging`], [`registration`], [`compare`], [`protocol`] |
//! | base | [`model`], [`clock`], [`config`], [`fsx`], [`geom`], [`log`], [`pipeline`], [`progress`] |

pub mod clock;
pub mod config;
pub mod fsx;
pub mod geom;
pub mod log;
pub mod model;
mod moment;
pub mod pipeline;
pub mod progress;
mod widest;

pub mod compare;
pub mod imaging;
pub mod protocol;
pub mod registration;

pub mod vault;

pub mod align;
pub mod backup;
pub mod demo;
pub mod export;
pub mod import;

pub mod cli;
#[cfg(feature = "gui")]
pub mod gui;

#[cfg(test)]
mod torture;
