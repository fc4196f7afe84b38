//! Bytes of a photo file to an upright sRGB [`Picture`], and back to a JPEG without metadata.
//!
//! Every function is pure: bytes or pixels in, a value out; [`apart`] alone asks a process of its own for the value. A file is
//! judged by its content, never by its name.

pub mod apart;
mod code;
mod codec;
mod color;
mod container;
mod decode;
mod document;
mod entropy;
mod error;
mod exif;
mod inspect;
mod likeness;
mod orient;
mod picture;
mod quality;
mod raw;
mod resize;
pub mod segments;
mod sniff;
mod tiff;

pub use code::{make_code, read_codes};
pub use codec::{Encoding, encode_jpeg, encode_jpeg_as};
pub use decode::{Decoded, Detail, decode, decode_noting};
pub use document::{Page, page};
pub use error::ImagingError;
pub use inspect::{Inspection, inspect};
pub use likeness::{Fingerprint, fingerprint};
pub use picture::Picture;
pub use quality::{Clipping, Quality, quality};
pub use resize::{resize, resize_region, shrunk};
pub use sniff::{Format, sniff};
