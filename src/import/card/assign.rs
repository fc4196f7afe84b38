//! Which view each photo of a visit shows: by how it aligns with the views' references, and by the order they are taken in.

/// What is known of one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Clue {
    /// Confidence that it aligns with the reference of each view, 0 where it does not.
    pub aligned: Vec<f64>,
    /// Place of the photo before it that it is one more shot of.
    pub repeats: Option<usize>,
    /// Whether it may stand for a view at all.
    pub takes_part: bool,
}

/// The place of a view for each photo. `free` says which views nobody else shows yet, `lost` before which photos a file is
/// lost.
///
/// A photo that aligns shows that view. What does not align was taken between its neighbours, so it takes the next free
/// view between theirs; where there is none it shows nobody knows what. A lost file takes a view as such a photo does.
#[must_use]
pub fn assign(clues: &[Clue], free: &[bool], lost: &[usize]) -> Vec<Option<usize>> {
    let best = |clue: &Clue| {
        let ranked = clue.aligned.iter().enumerate().filter(|(_, c)| clue.takes_part && **c > 0.0);
        ranked.max_by(|a, b| a.1.total_cmp(b.1)).map(|(view, _)| view)
    };
    let mut views: Vec<Option<usize>> = clues.iter().map(best).collect();
    let mut open: Vec<bool> = free.to_vec();
    for view in views.iter().flatten() {
        if let Some(open) = open.get_mut(*view) {
            *open = false;
        }
    }
    for i in 0..clues.len() {
        for _ in lost.iter().filter(|before| **before == i) {
            if let Some(view) = next_free(&views, &open, i) {
                open[view] = false;
            }
        }
        if views[i].is_some() || !clues[i].takes_part {
            continue;
        }
        if let Some(view) = clues[i].repeats.and_then(|before| views.get(before).copied().flatten()) {
            views[i] = Some(view);
        } else if let Some(view) = next_free(&views, &open, i) {
            open[view] = false;
            views[i] = Some(view);
        }
    }
    views
}

/// The next view that nobody shows, between those of the photos before place `i` and from there on.
fn next_free(views: &[Option<usize>], open: &[bool], i: usize) -> Option<usize> {
    let after = views[..i].iter().rev().flatten().next().map_or(0, |view| view + 1);
    let before = views[i..].iter().flatten().next().copied().filter(|view| *view >= after);
    (after..before.unwrap_or(open.len())).find(|view| open[*view])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clue(aligned: &[f64]) -> Clue {
        Clue { aligned: aligned.to_vec(), repeats: None, takes_part: true }
    }

    const NONE: &[f64] = &[0.0; 4];

    #[test]
    fn without_any_alignment_the_order_decides() {
        let clues = vec![clue(NONE); 5];
        assert_eq!(assign(&clues, &[true; 4], &[]), [Some(0), Some(1), Some(2), Some(3), None]);
        assert_eq!(assign(&clues[..2], &[false, true, false, true], &[]), [Some(1), Some(3)]);
    }

    #[test]
    fn what_aligns_pins_the_order_of_the_rest() {
        let third = clue(&[0.0, 0.0, 0.9, 0.0]);
        let clues = [clue(NONE), third.clone(), clue(NONE)];
        assert_eq!(assign(&clues, &[true; 4], &[]), [Some(0), Some(2), Some(3)]);
        assert_eq!(assign(&[third.clone(), clue(NONE)], &[true; 4], &[]), [Some(2), Some(3)]);
        assert_eq!(assign(&[third.clone(), third], &[true; 4], &[]), [Some(2), Some(2)], "taken twice");
    }

    #[test]
    fn one_more_shot_of_the_same_takes_no_view_of_its_own() {
        let repeated = Clue { repeats: Some(0), ..clue(NONE) };
        let aside = Clue { takes_part: false, ..clue(&[0.9, 0.0, 0.0, 0.0]) };
        let clues = [clue(NONE), repeated, aside, clue(NONE)];
        assert_eq!(assign(&clues, &[true; 4], &[]), [Some(0), Some(0), None, Some(1)]);
    }

    #[test]
    fn a_lost_file_keeps_its_view_empty_and_gives_no_photo_behind_it_the_wrong_one() {
        let clues = vec![clue(NONE); 3];
        assert_eq!(assign(&clues, &[true; 4], &[1]), [Some(0), Some(2), Some(3)]);
        assert_eq!(assign(&clues[..2], &[true; 4], &[0, 0]), [Some(2), Some(3)], "the first two");
        let pinned = [clue(NONE), clue(&[0.0, 0.9, 0.0, 0.0]), clue(NONE)];
        assert_eq!(assign(&pinned, &[true; 4], &[1]), [Some(0), Some(1), Some(2)], "nothing was between them");
    }
}
