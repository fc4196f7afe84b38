//! Two aligned pictures as one comparison: the part both show, rendered in one frame, side by side, labelled.
//!
//! Values in, values out. Coordinates are those of [`crate::geom`]; "frame" pixels are those of the upright before picture
//! or of the view's reference photo. Nothing here changes anything local in a picture; [`matching`] alone changes
//! colours, those of the whole frame, and says so.

mod composite;
mod crop;
pub mod grade;
mod label;
mod layout;
pub mod matching;
mod render;

pub use composite::{Half, composite, composite_with};
pub use crop::{common_crop, common_crop_of, common_crop_with_aspect};
pub use label::{draw_label, undrawable};
pub use layout::{Layout, Plan};
pub use render::{OUTSIDE, render};
