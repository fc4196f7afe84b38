//! The gallery: consented cases as a folder of plain files that any web server can show.
//!
//! `select` chooses from a board, `case` makes two pictures and the facts beside them, `page` writes the HTML, `site` puts
//! the files in place. A page holds no name, code, date or address of another site; [`super::scrub`] proves it on the
//! finished files before anything is put in place.

mod build;
mod case;
mod page;
mod select;
mod site;

pub use build::{GalleryReport, Skipped, build};
pub use case::{Case, CasePictures, Facts, Shot, make_pictures};
pub use page::{fixed_words, index_html, script, stylesheet};
pub use select::{Choice, SkipReason, needed_scope, select};
pub use site::{Site, publish};
