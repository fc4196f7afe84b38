//! Photos made ready for registration: each once, as far as they fit into memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{PhotoHash, PhotoId};
use crate::registration::Described;

/// What takes memory.
pub trait Bytes {
    /// How much of it.
    fn bytes(&self) -> usize;
}

impl Bytes for Described {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

/// What was made of photos, from run to run and for all who work at once: what was used last, as far as the budget goes.
///
/// It goes by the bytes of the files and knows no vault, so that nothing in it grows old.
#[derive(Debug)]
pub struct Memory<T>(Arc<Mutex<Cache<PhotoHash, T>>>);

/// The same memory: what one holder adds, the others find.
impl<T> Clone for Memory<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Bytes> Memory<T> {
    /// Holds nothing yet, and never more than so many bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self(Arc::new(Mutex::new(Cache::of(budget))))
    }

    fn held(&self) -> MutexGuard<'_, Cache<PhotoHash, T>> {
        // A list that a panic left behind is a list.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is held of a photo.
    #[must_use]
    pub fn get(&self, of: PhotoHash) -> Option<Arc<T>> {
        self.held().get(of)
    }

    /// What is held of a photo, or what `make` makes of it; nobody waits for that. What it cannot make is asked for again
    /// the next time.
    pub fn or_make<E>(&self, of: PhotoHash, make: impl FnOnce() -> Result<Option<T>, E>) -> Result<Option<Arc<T>>, E> {
        if let Some(known) = self.get(of) {
            return Ok(Some(known));
        }
        let made = make()?.map(Arc::new);
        if let Some(made) = &made {
            self.held().hold(of, made.clone());
        }
        Ok(made)
    }

    /// Lets go of what was unused longest, until no more than so many bytes are left.
    pub fn shrink(&self, to: usize) {
        self.held().shrink(to);
    }
}

/// What a run may hold of its own photos: some eight. A pair needs two.
const BUDGET: usize = 64 * 1024 * 1024;

/// What was used last, the latest at the end.
#[derive(Debug)]
pub(super) struct Cache<K, T> {
    budget: usize,
    held: VecDeque<(K, Arc<T>)>,
    bytes: usize,
}

impl Cache<PhotoId, Described> {
    /// Holds nothing yet.
    pub(super) fn new() -> Self {
        Self::of(BUDGET)
    }
}

impl<K: Copy + PartialEq, T: Bytes> Cache<K, T> {
    fn of(budget: usize) -> Self {
        Self { budget, held: VecDeque::new(), bytes: 0 }
    }

    fn get(&mut self, id: K) -> Option<Arc<T>> {
        let place = self.held.iter().position(|(held, _)| *held == id)?;
        let (id, found) = self.held.remove(place)?;
        self.held.push_back((id, found.clone()));
        Some(found)
    }

    /// The photo made ready: as it is held, or by `make`. What `make` cannot give is asked for again the next time.
    pub(super) fn described<E>(
        &mut self,
        id: K,
        make: impl FnOnce() -> Result<Option<T>, E>,
    ) -> Result<Option<Arc<T>>, E> {
        if let Some(found) = self.get(id) {
            return Ok(Some(found));
        }
        let made = make()?.map(Arc::new);
        if let Some(made) = &made {
            self.hold(id, made.clone());
        }
        Ok(made)
    }

    /// Takes a photo that was made ready elsewhere.
    pub(super) fn hold(&mut self, id: K, described: Arc<T>) {
        if self.held.iter().any(|(held, _)| *held == id) {
            return;
        }
        self.bytes += described.bytes();
        self.held.push_back((id, described));
        self.shrink(self.budget);
    }

    fn shrink(&mut self, to: usize) {
        while self.bytes > to {
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
    fn asked(cache: &mut Cache<PhotoId, Described>, order: &[i64]) -> Vec<usize> {
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
    fn what_one_run_made_the_next_one_finds() {
        let hash = |id: u8| PhotoHash([id; 32]);
        let memory = Memory::new(3 * made(1).bytes() / 2);
        let make = |id: u8| move || Ok::<_, Infallible>(Some(made(i64::from(id))));
        let never = || -> Result<Option<Described>, Infallible> { unreachable!("it is held") };
        let Ok(first) = memory.or_make(hash(1), make(1));
        let Ok(again) = memory.clone().or_make(hash(1), never);
        assert!(first.is_some() && first == again);
        let Ok(_second) = memory.or_make(hash(2), make(2));
        assert!(memory.get(hash(1)).is_none() && memory.get(hash(2)).is_some(), "there is room for one");
        memory.shrink(0);
        assert!(memory.get(hash(2)).is_none());
    }

    #[test]
    fn what_cannot_be_read_is_not_remembered() {
        let mut cache = Cache::new();
        assert_eq!(cache.described(PhotoId(1), || Ok::<_, Infallible>(None)), Ok(None));
        assert_eq!(asked(&mut cache, &[1]), [0, 1, 0, 0, 0]);
        assert_eq!(cache.described(PhotoId(2), || Err("unreadable")), Err("unreadable"));
    }
}
