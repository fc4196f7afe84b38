//! The program's side: starts the child, hands the file in, waits no longer than it has to.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::{CODES, HEAD, LARGEST_BLOCK, MAGIC, MOST_PIXELS, NUMBERS, Question};
use crate::geom::Size;
use crate::imaging::{ImagingError, Picture};

/// The name of the hidden command.
const COMMAND: &str = "decode-apart";
/// The child's own limit on processor time strikes first, unless the machine is very busy.
const PATIENCE: Duration = Duration::from_secs(90);

static WORKER: OnceLock<PathBuf> = OnceLock::new();

/// Names the program that answers `decode-apart`, which is this program itself. Without one such files are refused with
/// words.
/// The first call counts.
pub fn use_worker(program: PathBuf) {
    let _ = WORKER.set(program);
}

/// What the child said of a file.
pub(in crate::imaging) struct Answer {
    /// Upright size.
    pub size: Size,
    /// How many pages the file has; 1 for a picture.
    pub pages: u32,
    /// Whether parts of the page could not be drawn.
    pub is_partial: bool,
    /// Colour primaries by ISO/IEC 23091-2, 0 when nothing was said.
    pub primaries: u32,
    /// The EXIF block, empty when there is none.
    pub exif: Vec<u8>,
    /// The colour profile, empty when there is none.
    pub profile: Vec<u8>,
    /// RGB, row by row; empty when no pixels were asked for.
    pub rgb: Vec<u8>,
}

impl Answer {
    /// The pixels as a picture; none when they do not fit its size.
    pub fn picture(&self) -> Result<Picture, ImagingError> {
        let buffer: Vec<u8> = self.rgb.as_chunks().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
        Picture::from_rgba(self.size, buffer).ok_or(ImagingError::Damaged)
    }
}

/// Asks the child; `None` when no program was named that could be started.
pub(in crate::imaging) fn ask(question: Question, bytes: &[u8]) -> Option<Result<Answer, ImagingError>> {
    let mut child = start(question)?;
    let reply = talk(&mut child, bytes);
    // Whatever became of it, nothing of it stays behind; one that has ended does not mind.
    let _ = child.kill();
    let code = child.wait().ok().and_then(|status| status.code());
    Some(match (reply, code) {
        (Some(reply), Some(0)) => parse(question, &reply).ok_or(ImagingError::Damaged),
        (_, code) => {
            let known = CODES.into_iter().find(|(known, _)| code == Some(i32::from(*known)));
            Err(known.map_or(ImagingError::Damaged, |(_, error)| error))
        }
    })
}

fn start(question: Question) -> Option<Child> {
    // An empty environment: a passphrase may stand in that of the parent.
    let mut command = Command::new(WORKER.get()?);
    let command = command.args([COMMAND, &question.words()]).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()
}

/// The reply once the child has closed its output; none when it took too long.
fn talk(child: &mut Child, bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut input, output) = (child.stdin.take()?, child.stdout.take()?);
    let most = HEAD as u64 + 2 * LARGEST_BLOCK as u64 + 3 * MOST_PIXELS;
    let (give, take) = mpsc::channel();
    thread::scope(|scope| {
        // A child that has seen enough closes its input: that is not an error.
        let _ = scope.spawn(move || drop(input.write_all(bytes)));
        let _ = scope.spawn(move || {
            let mut reply = Vec::new();
            let read = output.take(most).read_to_end(&mut reply);
            let _ = give.send(read.ok().map(|_| reply));
        });
        match take.recv_timeout(PATIENCE) {
            Ok(reply) => {
                // The exit code is worth waiting for: it is on its way once the output is closed.
                let _ = child.wait();
                reply
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let _ = child.kill();
                None
            }
        }
    })
}

pub(super) fn parse(question: Question, reply: &[u8]) -> Option<Answer> {
    let head = reply.get(..HEAD)?;
    let numbers: Vec<u32> = head.strip_prefix(&MAGIC)?.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
    let &[width, height, pages, partial, primaries, exif, profile] =
        <&[u32; NUMBERS]>::try_from(numbers.as_slice()).ok()?;
    let (exif, rest) = reply[HEAD..].split_at_checked(exif as usize)?;
    let (profile, rgb) = rest.split_at_checked(profile as usize)?;
    let pixels = u64::from(width) * u64::from(height);
    let expected = if question.has_pixels() { pixels.saturating_mul(3) } else { 0 };
    let whole = pixels > 0 && pages > 0 && pixels <= MOST_PIXELS && rgb.len() as u64 == expected;
    whole.then(|| Answer {
        size: Size::new(width, height),
        pages,
        is_partial: partial > 0,
        primaries,
        exif: exif.to_vec(),
        profile: profile.to_vec(),
        rgb: rgb.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(numbers: [u32; NUMBERS], rest: usize) -> Vec<u8> {
        let head = MAGIC.into_iter().chain(numbers.into_iter().flat_map(u32::to_le_bytes));
        head.chain(std::iter::repeat_n(7, rest)).collect()
    }

    #[test]
    fn a_reply_that_contradicts_itself_is_none() {
        let whole = parse(Question::HeicPixels, &reply([2, 1, 1, 0, 1, 3, 2], 11)).expect("whole");
        assert_eq!((whole.exif.len(), whole.profile.len(), whole.rgb.len()), (3, 2, 6));
        for (question, bad) in [
            (Question::HeicPixels, reply([2, 1, 1, 0, 1, 3, 2], 10)),
            (Question::HeicHeader, reply([2, 1, 1, 0, 1, 3, 2], 11)),
            (Question::HeicHeader, reply([0, 1, 1, 0, 1, 0, 0], 0)),
            (Question::HeicPixels, reply([u32::MAX, u32::MAX, 1, 0, 1, 0, 0], 0)),
            (Question::HeicHeader, reply([2, 1, 1, 0, 1, u32::MAX, u32::MAX], 0)),
            (Question::PdfPage { index: 0, longest: 2 }, reply([2, 1, 0, 0, 0, 0, 0], 6)),
            (Question::HeicHeader, b"DPA1".to_vec()),
        ] {
            assert!(parse(question, &bad).is_none(), "{question:?} {}", bad.len());
        }
    }
}
