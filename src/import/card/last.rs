//! What the visits before showed: so that a slot nobody has filled yet can show which view belongs there.

use std::collections::HashMap;

use crate::import::plan::PlannedSession;
use crate::model::{PhotoHash, PhotoId, Session, SessionId, Slot, ViewId};
use crate::vault::Board;

/// The photo that stood for a view before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastPhoto {
    /// Which view.
    pub view: ViewId,
    /// The photo.
    pub photo: PhotoId,
    /// Its bytes.
    pub hash: PhotoHash,
}

/// Of each view the photo of the last visit before `visit` that has one; and the views that `visit` shows already, where
/// it is there.
pub fn before(board: &Board, visit: &PlannedSession) -> (Vec<LastPhoto>, Vec<ViewId>) {
    let sessions: HashMap<SessionId, &Session> = board.sessions.iter().map(|session| (session.id, session)).collect();
    let primary = || board.photos.iter().filter(|photo| photo.slot == Slot::Primary);
    let mut last = Vec::new();
    for view in board.views.iter().filter(|view| !view.retired) {
        let earlier = primary().filter(|photo| photo.view == Some(view.id)).filter_map(|photo| {
            let session = sessions.get(&photo.session)?;
            let is_before = session.date <= visit.date && visit.existing != Some(session.id);
            is_before.then_some(((session.date, session.ordinal, std::cmp::Reverse(photo.phase), photo.id), photo))
        });
        last.extend(earlier.max_by_key(|(when, _)| *when).map(|(_, photo)| LastPhoto {
            view: view.id,
            photo: photo.id,
            hash: photo.hash,
        }));
    }
    let shown =
        primary().filter(|photo| visit.existing == Some(photo.session)).filter_map(|photo| photo.view).collect();
    (last, shown)
}
