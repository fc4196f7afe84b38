//! Files of a card that are lost: each stood for a view, which the photos behind it must not get.

use std::path::Path;

use super::cut::Pile;

/// Where a file was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Before this photo of its pile.
    pub at: usize,
    /// The pile it may have been the last photo of instead.
    pub or_last_of: Option<usize>,
}

/// For each pile, where a file was lost in it. Cameras number files in the order they are taken: a lost one was taken between
/// its neighbours in the folder.
#[must_use]
pub fn gaps(piles: &[Pile], lost: &[&Path]) -> Vec<Vec<Gap>> {
    let mut gaps = vec![Vec::new(); piles.len()];
    for lost in lost {
        let all = piles.iter().enumerate().flat_map(|(n, pile)| pile.shots.iter().map(move |shot| (n, shot)));
        let beside: Vec<(usize, &Path)> = all
            .filter(|(_, shot)| shot.card.is_none())
            .map(|(n, shot)| (n, shot.found.path.0.as_path()))
            .filter(|(_, path)| path.parent() == lost.parent())
            .collect();
        // Its other half, a raw file or the picture that the camera developed, stands for the view.
        if beside.iter().any(|(_, path)| path.file_stem() == lost.file_stem()) {
            continue;
        }
        let before = beside.iter().filter(|(_, path)| path < lost).max_by_key(|(_, path)| *path);
        let behind = beside.iter().filter(|(_, path)| path > lost).min_by_key(|(_, path)| *path);
        let Some((pile, next)) = behind else { continue };
        let at = piles[*pile].shots.iter().position(|shot| shot.found.path.0 == *next).unwrap_or(0);
        let or_last_of = before.map(|(own, _)| *own).filter(|own| own != pile);
        gaps[*pile].push(Gap { at, or_last_of });
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::super::cut::{cut, tests::shot};
    use super::*;
    use crate::import::group::tests::day;

    #[test]
    fn a_lost_file_was_taken_between_its_neighbours_in_the_folder() {
        let piles = cut(
            vec![
                shot("card/1", Some("2026:03:09 10:00:00")),
                shot("card/3", Some("2026:03:09 10:00:20")),
                shot("card/5", Some("2026:03:09 11:00:00")),
                shot("card/6.CR2", Some("2026:03:09 11:00:20")),
            ],
            3,
            day(20),
        );
        let found = |lost: &str| gaps(&piles, &[Path::new(lost)]);
        let none = Vec::<Gap>::new;
        assert_eq!(found("card/2"), [vec![Gap { at: 1, or_last_of: None }], none()]);
        assert_eq!(found("card/0"), [vec![Gap { at: 0, or_last_of: None }], none()]);
        assert_eq!(found("card/4"), [none(), vec![Gap { at: 0, or_last_of: Some(0) }]]);
        assert_eq!(found("card/6.JPG"), [none(), none()], "its raw file is there");
        assert_eq!(found("card/7"), [none(), none()], "behind the last nothing is in question");
        assert_eq!(found("other/2"), [none(), none()]);
    }
}
