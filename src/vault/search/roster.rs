//! The search keys of all patients in memory, in the order of lists.
//!
//! A scan of them answers anything that can be typed, in any script, in less time than an index on disk needs for its
//! ranking and counting: twenty thousand keys are about a megabyte. They are gone with the vault that holds them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use memchr::memmem;
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::{Fit, Query};
use crate::vault::error::Result;
use crate::vault::pool::lock;
use crate::vault::table::patient;

/// The patients who are found, best fit first, then by family name.
pub(in crate::vault) struct Found(Vec<i64>);

impl Found {
    /// How many.
    pub(in crate::vault) fn total(&self) -> u32 {
        self.0.len() as u32
    }

    /// At which place each of them is.
    pub(in crate::vault) fn places(&self) -> HashMap<i64, usize> {
        self.0.iter().enumerate().map(|(place, &id)| (id, place)).collect()
    }

    /// A window of them.
    pub(in crate::vault) fn window(&self, offset: u32, limit: u32) -> &[i64] {
        let from = self.0.len().min(offset as usize);
        let to = self.0.len().min(from.saturating_add(limit as usize));
        &self.0[from..to]
    }
}

/// One reading of the keys.
struct Keys {
    /// Which state of the patients was read.
    changes: i64,
    text: Zeroizing<String>,
    /// Where each key ends, and whose it is.
    ends: Vec<(usize, i64)>,
    /// Those of merged records, which lead to the person they belong to.
    merged: HashSet<usize>,
}

impl Keys {
    fn read(conn: &Connection, changes: i64) -> Result<Self> {
        // Room for all at once: a string that grows leaves copies behind.
        let (count, bytes) = patient::keys_size(conn)?;
        let text = Zeroizing::new(String::with_capacity(bytes));
        let mut keys = Self { changes, text, ends: Vec::with_capacity(count), merged: HashSet::new() };
        patient::each_key(conn, |id, key, is_merged| {
            keys.text.push_str(key);
            if is_merged {
                let _new = keys.merged.insert(keys.ends.len());
            }
            keys.ends.push((keys.text.len(), id));
        })?;
        Ok(keys)
    }

    fn find(&self, query: &Query) -> Found {
        let mut fits: [Vec<i64>; Fit::COUNT] = Default::default();
        let mut take = |place: usize| {
            let from = if place == 0 { 0 } else { self.ends[place - 1].0 };
            let (end, id) = self.ends[place];
            // A list of everybody shows each person once, under the name they go by.
            let counts = !self.merged.contains(&place) || !query.finds_everybody();
            if let Some(fit) = query.fit(&self.text[from..end]).filter(|_| counts) {
                fits[fit as usize].push(id);
            }
        };
        match query.longest() {
            None => (0..self.ends.len()).for_each(take),
            // One pass over all keys as one text leaves the few that are looked at one by one.
            Some(word) => {
                let (text, mut place) = (self.text.as_bytes(), 0);
                let mut from = 0;
                let finder = memmem::Finder::new(word);
                while let Some(at) = finder.find(&text[from..]).map(|at| from + at) {
                    place += self.ends[place..].partition_point(|&(end, _)| end <= at);
                    let Some(&(end, _)) = self.ends.get(place) else { break };
                    take(place);
                    from = end;
                    place += 1;
                }
            }
        }
        let mut found = fits.concat();
        if !self.merged.is_empty() {
            let mut seen = HashSet::with_capacity(found.len());
            found.retain(|id| seen.insert(*id));
        }
        Found(found)
    }
}

/// The keys, read again when a patient was changed.
#[derive(Default)]
pub(in crate::vault) struct Roster(Mutex<Option<Arc<Keys>>>);

impl Roster {
    /// Who is found by what was typed, as of the transaction that `conn` is in.
    pub(in crate::vault) fn find(&self, conn: &Connection, typed: &str) -> Result<Found> {
        let Some(query) = Query::new(typed) else { return Ok(Found(Vec::new())) };
        Ok(self.keys(conn)?.find(&query))
    }

    /// Drops the keys in memory; the next search reads them anew.
    pub(in crate::vault) fn forget(&self) {
        *lock(&self.0) = None;
    }

    fn keys(&self, conn: &Connection) -> Result<Arc<Keys>> {
        let changes = patient::changes(conn)?;
        let kept = lock(&self.0).clone();
        if let Some(keys) = kept.filter(|keys| keys.changes == changes) {
            return Ok(keys);
        }
        let keys = Arc::new(Keys::read(conn, changes)?);
        *lock(&self.0) = Some(Arc::clone(&keys));
        Ok(keys)
    }
}
