//! The child's side: limits itself, reads a file, writes what it is.

use std::io::{Read, Write};

use super::{CODES, Found, Question, heic, pdf};
use crate::imaging::ImagingError;

/// Bytes of address space the child may have for a HEIC picture: 64 megapixels with their copies.
#[cfg(unix)]
const MOST_MEMORY: u64 = 4 << 30;
/// The same for a page: what it shows may be unpacked from streams of any length, whatever the size it is drawn in.
#[cfg(unix)]
const MOST_OF_A_PAGE: u64 = 2 << 30;
/// Seconds of processor time the child may use.
#[cfg(unix)]
const MOST_SECONDS: u64 = 40;

/// Answers one question about the file that comes in. Returns the exit code.
pub fn serve(question: Question, mut from: impl Read, mut to: impl Write) -> u8 {
    limit(question);
    let mut bytes = Vec::new();
    let answered = match from.read_to_end(&mut bytes) {
        Ok(_) => answer(question, &bytes),
        Err(_) => Err(ImagingError::Damaged),
    };
    match answered {
        Ok(found) => {
            let written = found.parts().iter().try_for_each(|part| to.write_all(part)).and_then(|()| to.flush());
            u8::from(written.is_err())
        }
        Err(error) => CODES.into_iter().find(|(_, known)| *known == error).map_or(1, |(code, _)| code),
    }
}

#[cfg(unix)]
fn limit(question: Question) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let at_most = |n| Rlimit { current: Some(n), maximum: Some(n) };
    let memory = if matches!(question, Question::PdfPage { .. }) { MOST_OF_A_PAGE } else { MOST_MEMORY };
    // Where the system grants no limit, the parent's clock remains, and of a picture that on pixels.
    let _ = setrlimit(Resource::As, at_most(memory));
    let _ = setrlimit(Resource::Cpu, at_most(MOST_SECONDS));
    let _ = setrlimit(Resource::Core, at_most(0));
}

#[cfg(not(unix))]
fn limit(_: Question) {}

pub(super) fn answer(question: Question, bytes: &[u8]) -> Result<Found, ImagingError> {
    match question {
        Question::HeicHeader => heic::answer(bytes, false),
        Question::HeicPixels => heic::answer(bytes, true),
        Question::PdfPage { index, longest } => pdf::answer(bytes, index, longest),
    }
}
