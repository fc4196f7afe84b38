//! Which view each photo of a visit shows: by how it aligns with the views' references, and by the order they are taken in.

/// What is known of one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Clue {
    /// Confidence that it aligns with the reference of each view, 0 where it does not.
    pub aligned: Vec<f64>,
    /// Whether it is one more shot of what the photo before it shows.
    pub repeats: bool,
    /// Whether it may stand for a view at all.
    pub takes_part: bool,
}

/// The place of a view for each photo. `free` says which views nobody else shows yet.
///
/// A photo that aligns shows that view. What does not align was taken between its neighbours, so it takes the next free
/// view between theirs; where there is none it shows nobody knows what.
#[must_use]
pub fn assign(clues: &[Clue], free: &[bool]) -> Vec<Option<usize>> {
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
        if views[i].is_some() || !clues[i].takes_part {
            continue;
        }
        if clues[i].repeats && i > 0 && views[i - 1].is_some() {
            views[i] = views[i - 1];
            continue;
        }
        let after = views[..i].iter().rev().flatten().next().map_or(0, |view| view + 1);
        let before = views[i + 1..].iter().flatten().next().copied().filter(|view| *view >= after);
        let until = before.unwrap_or(open.len());
        if let Some(view) = (after..until).find(|view| open[*view]) {
            open[view] = false;
            views[i] = Some(view);
        }
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clue(aligned: &[f64]) -> Clue {
        Clue { aligned: aligned.to_vec(), repeats: false, takes_part: true }
    }

    const NONE: &[f64] = &[0.0; 4];

    #[test]
    fn without_any_alignment_the_order_decides() {
        let clues = vec![clue(NONE); 5];
        assert_eq!(assign(&clues, &[true; 4]), [Some(0), Some(1), Some(2), Some(3), None]);
        assert_eq!(assign(&clues[..2], &[false, true, false, true]), [Some(1), Some(3)]);
    }

    #[test]
    fn what_aligns_pins_the_order_of_the_rest() {
        let third = clue(&[0.0, 0.0, 0.9, 0.0]);
        let clues = [clue(NONE), third.clone(), clue(NONE)];
        assert_eq!(assign(&clues, &[true; 4]), [Some(0), Some(2), Some(3)]);
        assert_eq!(assign(&[third.clone(), clue(NONE)], &[true; 4]), [Some(2), Some(3)]);
        assert_eq!(assign(&[third.clone(), third], &[true; 4]), [Some(2), Some(2)], "taken twice");
    }

    #[test]
    fn one_more_shot_of_the_same_takes_no_view_of_its_own() {
        let repeated = Clue { repeats: true, ..clue(NONE) };
        let aside = Clue { takes_part: false, ..clue(&[0.9, 0.0, 0.0, 0.0]) };
        let clues = [clue(NONE), repeated, aside, clue(NONE)];
        assert_eq!(assign(&clues, &[true; 4]), [Some(0), Some(0), None, Some(1)]);
    }
}
