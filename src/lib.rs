//! Diptych files, aligns, compares and publishes the session photographs of clinics that treat skin in series.

pub mod clock;
pub mod fsx;
pub mod geom;
pub mod model;
pub mod pipeline;
pub mod progress;

pub mod compare;
pub mod imaging;
pub mod protocol;
pub mod registration;

pub mod vault;

pub mod align;
pub mod demo;
pub mod export;
pub mod import;
