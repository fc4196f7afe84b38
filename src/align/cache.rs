//! Photos of one run made ready for registration: each once, as far as they fit into memory.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::PhotoId;
use crate::registration::Described;

/// What may be held: some eight photos. A pair of a run needs two.
const BUDGET: usize = 64 * 1024 * 1024;

/// The photos that were used last, the latest at the end.
pub(super) struct Cache {
    budget: usize,
    held: VecDeque<(PhotoId, Arc<Described>)>,
    bytes: usize,
}

impl Cache {
    /// Holds nothing yet.
    pub(super) fn new() -> Self {
        Self::of(BUDGET)
    }

    fn of(budget: usize) -> Self {
        Self { budget, held: VecDeque::new(), bytes: 0 }
    }

    /// The photo made ready: as it is held, or by `make`. What `make` cannot give is asked for again the next time.
    pub(super) fn described<E>(
        &mut self,
        id: PhotoId,
        make: impl FnOnce() -> Result<Option<Described>, E>,
    ) -> Result<Option<Arc<Described>>, E> {
        let known = self.held.iter().position(|(held, _)| *held == id);
        if let Some((id, described)) = known.and_then(|place| self.held.remove(place)) {
            self.held.push_back((id, described.clone()));
            return Ok(Some(described));
        }
        let described = make()?.map(Arc::new);
        if let Some(described) = &described {
            self.hold(id, described.clone());
        }
        Ok(described)
    }

    /// Takes a photo that was made ready elsewhere.
    pub(super) fn hold(&mut self, id: PhotoId, described: Arc<Described>) {
        if self.held.iter().any(|(held, _)| *held == id) {
            return;
        }
        self.bytes += described.bytes();
        self.held.push_back((id, described));
        while self.bytes > self.budget {
            let Some((_, longest_unused)) = self.held.pop_front() else { break };
            self.bytes -= longest_unused.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;
    use crate::imaging::Picture;
    use crate::registration::describe;
    use std::convert::Infallible;

    fn made(seed: i64) -> Described {
        let size = Size::new(160, 120);
        let mut picture = Picture::filled(size, [0; 3]);
        for (i, pixel) in picture.pixels_mut().iter_mut().enumerate() {
            let (x, y) = ((i % 160) as f64, (i / 160) as f64);
            let level = 128.0 + 50.0 * (x * 0.31 + seed as f64).sin() * (y * 0.23).cos() + 40.0 * (x * y * 0.003).sin();
            *pixel = [level as u8, (0.7 * level) as u8, (0.6 * level) as u8, 255];
        }
        describe(&picture, size)
    }

    /// Asks for photos in this order; how often each had to be made.
    fn asked(cache: &mut Cache, order: &[i64]) -> Vec<usize> {
        let mut times = vec![0; 5];
        for &id in order {
            let described = cache.described(PhotoId(id), || {
                times[id as usize] += 1;
                Ok::<_, Infallible>(Some(made(id)))
            });
            let Ok(described) = described;
            assert_eq!(described.as_deref(), Some(&made(id)), "held or made, it is the same to the last bit");
        }
        times
    }

    #[test]
    fn a_photo_is_made_ready_once_however_often_it_is_needed() {
        assert_eq!(asked(&mut Cache::new(), &[0, 1, 0, 2, 1, 0, 2]), [1, 1, 1, 0, 0]);
    }

    #[test]
    fn no_more_is_held_than_may_be_and_what_was_unused_longest_goes_first() {
        let room = (0..3).map(|id| made(id).bytes()).max().expect("three") * 5 / 2;
        let mut cache = Cache::of(room);
        assert_eq!(asked(&mut cache, &[0, 1, 0, 2, 0, 1]), [1, 2, 1, 0, 0], "1 had to go for 2");
        assert!(cache.bytes <= room && cache.held.len() == 2);
        assert_eq!(cache.bytes, cache.held.iter().map(|(_, described)| described.bytes()).sum::<usize>());
        assert_eq!(asked(&mut Cache::of(0), &[3, 3]), [0, 0, 0, 2, 0]);
    }

    #[test]
    fn what_cannot_be_read_is_not_remembered() {
        let mut cache = Cache::new();
        assert_eq!(cache.described(PhotoId(1), || Ok::<_, Infallible>(None)), Ok(None));
        assert_eq!(asked(&mut cache, &[1]), [0, 1, 0, 0, 0]);
        assert_eq!(cache.described(PhotoId(2), || Err("unreadable")), Err("unreadable"));
    }
}
