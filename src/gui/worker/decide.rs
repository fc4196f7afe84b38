//! What a person decides about where a photo lies, and what helps them to decide.

use std::sync::Arc;

use super::Reply;
use super::picture::UNREADABLE;
use crate::align::{self, Decision};
use crate::clock::Now;
use crate::gui::job::{Answer, Course, Failure, Outcome, Ticket};
use crate::imaging::{self, Detail, Picture};
use crate::model::{FrameId, Landmark, PhotoId, SeriesId};
use crate::registration::Registration;
use crate::vault::Vault;

pub(super) fn decide(vault: &Vault, course: Course, decision: Box<Decision>, now: Now, reply: &Reply) {
    let done = align::decide(vault, course.series, &decision, now);
    reply.send(Answer::Decided(course, decision, done.map_err(|e| Failure(e.user_message()))));
}

/// What the pixels make of points, in the frame.
pub(super) fn refine(
    vault: &Vault,
    series: SeriesId,
    (photo, frame): (PhotoId, FrameId),
    landmarks: &[Landmark],
) -> Outcome<Option<Box<Registration>>> {
    let found = align::refine(vault, series, (photo, frame), landmarks);
    found.map(|refined| refined.map(Box::new)).map_err(|e| Failure(e.user_message()))
}

/// Every pixel of a photo, upright.
pub(super) fn original(vault: &Vault, ticket: Ticket) -> Outcome<Arc<Picture>> {
    let bytes = vault.original(PhotoId(ticket.id)).map_err(|e| Failure(e.user_message()))?;
    let picture = imaging::decode(&bytes, Detail::Full).map_err(|_| Failure(UNREADABLE.to_owned()))?;
    Ok(Arc::new(picture))
}
