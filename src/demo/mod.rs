//! The synthetic clinic: six invented patients whose skin, faces, cameras and mistakes are known exactly.
//!
//! No patient's photo may ever be part of this program, so this is what it is shown, tried and measured with. A
//! [`Clinic`] is a plan made from a seed and a day; [`Clinic::write`] renders it like a memory card, together with the
//! [`Truth`]: where every photo really lies against its view's reference. The same seed gives the same bytes, on any
//! number of threads.
//!
//! | step | module |
//! |---|---|
//! | who, when, what goes wrong | `cast`, `schedule`, [`plan`] |
//! | skin as maps of relief and pigment | `scene`, `skin`, `head` |
//! | light, lens, sensor | [`camera`], [`light`], [`sensor`] |
//! | files and what is known of them | `exif`, `jpeg`, `card`, [`truth`] |

pub mod camera;
mod card;
mod cast;
mod error;
mod exif;
mod folder;
mod head;
mod jpeg;
pub mod light;
mod noise;
pub mod plan;
mod plane;
mod report;
pub mod run;
mod scene;
mod schedule;
pub mod sensor;
mod skin;
mod studio;
pub mod truth;

pub use card::TRUTH_FILE;
pub use error::DemoError;
pub use exif::CAMERA;
pub use plan::{Clinic, PlannedConsent, PlannedPatient, PlannedSeries, PlannedSession, PlannedShot, Trap};
pub use report::{Accuracy, DemoReport, NotFiled, NotPublished, Stage};
pub use studio::{Exposure, Pair, Subject, render_pair};
pub use truth::{ShotTruth, Truth};
