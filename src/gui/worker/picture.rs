//! Pictures for screens: thumbnails of a board, and photos laid into their frame.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::Reply;
use crate::align;
use crate::compare::matching::{self, Unmatched};
use crate::compare::{self, grade::Comparability};
use crate::geom::Matrix3;
use crate::gui::job::{Answer, Failure, FramedRequest, MatchedPair, Outcome, Page, Pair, Ticket};
use crate::gui::picture::{self, Shown};
use crate::gui::screen::board::CELL;
use crate::gui::screen::import::PEEK;
use crate::gui::widget::PHOTO_RADIUS;
use crate::imaging::{self, Detail, ImagingError, Picture};
use crate::import::derive;
use crate::model::{PhotoHash, PhotoId, Redacted};
use crate::progress::Progress;
use crate::vault::{Board, Derived, Vault};

/// What is said of a photo whose original is damaged or gone.
pub(super) const UNREADABLE: &str = "This photo could not be read. The other photos are not affected. Run a verification of the vault to see \
                                     whether the original is damaged.";
/// Longest side of a picture made for comparison.
const PREVIEW: u32 = derive::PREVIEW_PX;
/// Longest side of a document that is looked at: an A4 page at 300 dots per inch is shown whole.
const DOCUMENT: u16 = 3600;

/// At most this many large pictures are decoded at once.
static DECODERS: Slots = Slots { free: Mutex::new(2), freed: Condvar::new() };

struct Slots {
    free: Mutex<u8>,
    freed: Condvar,
}

struct Slot<'a>(&'a Slots);

impl Slots {
    fn take(&self) -> Slot<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

pub(super) fn thumbnails(
    vault: &Vault,
    ticket: Ticket,
    photos: &[(PhotoId, PhotoHash)],
    stop: &Progress,
    reply: &Reply,
) {
    for &(id, hash) in photos {
        if stop.is_cancelled() {
            return;
        }
        let made = derived(vault, id, hash, Derived::Thumbnail).map(|p| picture::thumbnail(&p, CELL, PHOTO_RADIUS));
        reply.send(Answer::Thumbnail(ticket, id, made));
    }
}

pub(super) fn peeks(
    vault: &Vault,
    ticket: Ticket,
    files: &[(PhotoHash, Redacted<PathBuf>)],
    stop: &Progress,
    reply: &Reply,
) {
    for (hash, path) in files {
        if stop.is_cancelled() {
            return;
        }
        let picture = {
            let _slot = DECODERS.take();
            // What is in the tray has its thumbnail in the vault; everything else is a file.
            derive::stored(vault, *hash, Derived::Thumbnail).or_else(|| {
                let bytes = std::fs::read(&path.0).ok();
                bytes.and_then(|bytes| derive::small(&bytes, derive::THUMBNAIL_PX).ok())
            })
        };
        let made = picture.map(|p| picture::thumbnail(&p, PEEK, PHOTO_RADIUS));
        reply.send(Answer::Peek(ticket, *hash, made));
    }
}

/// A small JPEG made by the program itself; none when it cannot be read.
pub(super) fn decoded(jpeg: &[u8]) -> Option<Picture> {
    let _slot = DECODERS.take();
    imaging::decode(jpeg, Detail::Full).ok()
}

/// A page of a document, from 0, with enough pixels to read small print.
pub(super) fn document(bytes: &[u8], index: usize) -> Result<Page, ImagingError> {
    let _slot = DECODERS.take();
    let imaging::Page { picture, of, is_cut, is_partial } = imaging::page(bytes, index, DOCUMENT)?;
    let size = picture.size();
    Ok(Page { picture: Arc::new(Shown::new(picture, size.rect(), size)), of, is_cut, is_partial })
}

/// The derived picture, made anew from the original when it is missing or cannot be read.
fn derived(vault: &Vault, id: PhotoId, hash: PhotoHash, what: Derived) -> Option<Picture> {
    derive::stored(vault, hash, what).or_else(|| {
        let _slot = DECODERS.take();
        derive::remade(vault, id, hash, what)
    })
}

/// The photo in frame coordinates: warped by its alignment, or laid unaligned into the middle of the frame.
pub(super) fn framed(vault: &Vault, request: &FramedRequest) -> Outcome<Shown> {
    Ok(lay(preview(vault, request)?, request))
}

fn preview(vault: &Vault, request: &FramedRequest) -> Outcome<Picture> {
    let id = PhotoId(request.ticket.id);
    derived(vault, id, request.hash, Derived::Preview).ok_or_else(|| Failure(UNREADABLE.to_owned()))
}

/// Both photos in frame coordinates with exposure and colour of the whole frames matched, or why they are not.
pub(super) fn matched(vault: &Vault, sides: &[FramedRequest; 2]) -> Outcome<MatchedPair> {
    let refused = |why: Unmatched| Failure(why.sentence());
    let sources = [preview(vault, &sides[0])?, preview(vault, &sides[1])?];
    let matrix = |i: usize| sides[i].matrix.map(|matrix| to_frame(&matrix, &sources[i], &sides[i]));
    let (Some(own), Some(other)) = (matrix(0), matrix(1)) else { return Err(refused(Unmatched::NotAligned)) };
    let matching = {
        let _slot = DECODERS.take();
        matching::of_pair([(&sources[0], own), (&sources[1], other)]).map_err(refused)?
    };
    let [before, after] = matching.tones();
    let pictures = [lay(before.applied(&sources[0]), &sides[0]), lay(after.applied(&sources[1]), &sides[1])];
    Ok(MatchedPair { matching, pictures: pictures.map(Arc::new) })
}

/// From pixels of `source`, any resolution of the photo, to frame pixels.
fn to_frame(matrix: &Matrix3, source: &Picture, request: &FramedRequest) -> Matrix3 {
    let shrunk = f64::from(source.size().width) / f64::from(request.size.width.max(1));
    matrix.rescaled((shrunk, shrunk), (1.0, 1.0))
}

/// How far two photos may be compared; none when one of them cannot be read.
pub(super) fn graded(vault: &Vault, board: &Board, pair: Pair) -> Option<Comparability> {
    let (before, after) = (of_board(vault, board, pair.0)?, of_board(vault, board, pair.1)?);
    align::comparability(board, pair, (&before, &after))
}

/// The same for pairs that share their earlier photo: two pictures are in memory at a time.
pub(super) fn graded_all(vault: &Vault, board: &Board, pairs: &[Pair]) -> Vec<(Pair, Option<Arc<Comparability>>)> {
    let mut earlier: Option<(PhotoId, Option<Picture>)> = None;
    let mut graded = Vec::with_capacity(pairs.len());
    for &pair in pairs {
        if earlier.as_ref().is_none_or(|(id, _)| *id != pair.0) {
            earlier = Some((pair.0, of_board(vault, board, pair.0)));
        }
        let before = earlier.as_ref().and_then(|(_, picture)| picture.as_ref());
        let after = before.and_then(|_| of_board(vault, board, pair.1));
        let found = before.zip(after.as_ref()).and_then(|pictures| align::comparability(board, pair, pictures));
        graded.push((pair, found.map(Arc::new)));
    }
    graded
}

fn of_board(vault: &Vault, board: &Board, id: PhotoId) -> Option<Picture> {
    let photo = board.photos.iter().find(|p| p.id == id)?;
    derived(vault, id, photo.hash, Derived::Preview)
}

/// See [`framed`]; `source` is any resolution of the photo.
fn lay(source: Picture, request: &FramedRequest) -> Shown {
    let frame = request.frame;
    match request.matrix {
        Some(matrix) if matrix != Matrix3::IDENTITY => {
            let _slot = DECODERS.take();
            let to_frame = to_frame(&matrix, &source, request);
            let picture = compare::render(&source, &to_frame, frame.rect(), frame.fit_within(PREVIEW));
            Shown::new(picture, frame.rect(), frame)
        }
        Some(_) => Shown::new(source, frame.rect(), frame),
        None => Shown::new(source, picture::middle(request.size, frame), frame),
    }
}
