//! Whether the write-ahead log of a database breaks off in its middle, told without a key.
//!
//! SQLite replays a log as far as its running checksum fits and drops the rest without a word, because a log that ends
//! anywhere is what a power cut leaves. A log whose checksum breaks in or before a commit of the same run is something
//! else: either the power went while that commit was being written, or a byte changed since, and changes that were
//! confirmed are dropped. Both are told. The format: <https://sqlite.org/fileformat2.html#walformat>

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 24;
const MAGIC: u32 = 0x377f_0682;
/// Larger pages do not exist in SQLite.
const LARGEST_PAGE: usize = 65_536;

/// What SQLite puts after the name of a database, for itself and for the files beside it. A new database has a rollback
/// journal until it is told to keep a write-ahead log.
pub(super) const SUFFIXES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Whether the log beside the database at `path` breaks off. No log, an empty one and one that cannot be read do not:
/// what cannot be read is told by the database.
pub(super) fn breaks_off(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    File::open(Path::new(&log)).is_ok_and(|file| broken(&mut BufReader::new(file)).unwrap_or(false))
}

fn broken(log: &mut impl Read) -> std::io::Result<bool> {
    let mut header = [0; HEADER];
    if !filled(log, &mut header)? {
        return Ok(false);
    }
    let (magic, page) = (word(&header, 0), word(&header, 2) as usize);
    let mut sum = Sum { big_endian: magic & 1 == 1, at: (0, 0) };
    sum.add(&header[..24]);
    let fits = magic & !1 == MAGIC && page.is_power_of_two() && page <= LARGEST_PAGE;
    if !fits || sum.at != (word(&header, 6), word(&header, 7)) {
        // A whole header is written before any frame: with one behind it, it was changed.
        return filled(log, &mut [0; FRAME]);
    }
    let run = (word(&header, 4), word(&header, 5));
    let mut frame = vec![0; FRAME + page];
    loop {
        if !filled(log, &mut frame)? {
            return Ok(false);
        }
        sum.add_frame(&frame);
        if salts(&frame) != run || sum.at != stored(&frame) {
            break;
        }
    }
    // Behind the end of a run stand frames of an earlier one, with both numbers different, or of this one that were never
    // committed. Only a commit in the broken frame, or behind it in the same chain, was dropped.
    let of = salts(&frame);
    if of.0 != run.0 && of.1 != run.1 {
        return Ok(false);
    }
    loop {
        if is_commit(&frame) {
            return Ok(true);
        }
        // What changed is the frame or the sum that stands in it: the next one follows from the other.
        let (said, found) = (Sum { at: stored(&frame), ..sum }, sum);
        if !filled(log, &mut frame)? {
            return Ok(false);
        }
        let follows = |mut from: Sum| {
            from.add_frame(&frame);
            (from.at == stored(&frame)).then_some(from)
        };
        match follows(said).or_else(|| follows(found)) {
            Some(next) => sum = next,
            None => return Ok(false),
        }
    }
}

fn salts(frame: &[u8]) -> (u32, u32) {
    (word(frame, 2), word(frame, 3))
}

fn stored(frame: &[u8]) -> (u32, u32) {
    (word(frame, 4), word(frame, 5))
}

/// The last frame of a transaction says how many pages the database has from then on.
fn is_commit(frame: &[u8]) -> bool {
    word(frame, 1) != 0
}

/// Reads until `buffer` is full; whether there was that much.
fn filled(log: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The nth big-endian word.
fn word(bytes: &[u8], n: usize) -> u32 {
    bytes.get(4 * n..4 * n + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// SQLite's running checksum; the magic says in which byte order it reads.
#[derive(Clone, Copy)]
struct Sum {
    big_endian: bool,
    at: (u32, u32),
}

impl Sum {
    fn add_frame(&mut self, frame: &[u8]) {
        self.add(&frame[..8]);
        self.add(&frame[FRAME..]);
    }

    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let value = |b: &[u8]| {
                b.try_into().map_or(0, if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes })
            };
            self.at.0 = self.at.0.wrapping_add(value(&pair[..4])).wrapping_add(self.at.1);
            self.at.1 = self.at.1.wrapping_add(value(&pair[4..])).wrapping_add(self.at.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::vault::tests::{created, now, person};
    use crate::vault::{Op, Vault};

    fn add(vault: &Vault, code: u32) {
        let _id = vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(code, "A"))).expect("added");
    }

    #[test]
    fn a_log_in_use_is_whole_and_every_changed_byte_of_it_breaks_it_off() {
        let (folder, vault) = created();
        for code in 0..6 {
            add(&vault, code);
        }
        let path = folder.path().join("catalog.db-wal");
        let whole = fs::read(&path).expect("a log");
        let is_broken = |bytes: &[u8]| broken(&mut &*bytes).expect("read");
        assert!(whole.len() > 10 * 8216 && !is_broken(&whole), "{}", whole.len());
        for round in 0..300 {
            let mut bytes = whole.clone();
            let at = (round * 7919 + round % 31) % bytes.len();
            bytes[at] ^= 1 << (round % 8);
            assert!(is_broken(&bytes), "byte {at}");
        }
        assert!(!is_broken(&whole[..whole.len() - 5000]), "cut anywhere it is what a power cut leaves");
    }

    #[test]
    fn frames_that_were_never_committed_may_stand_behind_the_end() {
        let (folder, vault) = created();
        add(&vault, 1);
        let log = || fs::read(folder.path().join("catalog.db-wal")).expect("a log");
        let at = log().len();
        for code in 2..5 {
            add(&vault, code);
        }
        // What a killed transaction leaves: whole frames without a commit, the first of them written over since.
        let mut bytes = log();
        let frame = FRAME + word(&bytes, 2) as usize;
        for begin in (at..bytes.len()).step_by(frame) {
            bytes[begin + 4..begin + 8].fill(0);
        }
        assert!(!broken(&mut &*bytes).expect("read"));
    }

    #[test]
    fn what_lies_behind_the_end_of_a_log_that_began_anew_is_nothing() {
        let (folder, vault) = created();
        for code in 0..6 {
            add(&vault, code);
        }
        crate::vault::pool::lock(&vault.inner.writer)
            .query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))
            .expect("begun anew");
        let before = fs::metadata(folder.path().join("catalog.db-wal")).expect("a log").len();
        add(&vault, 7);
        assert_eq!(fs::metadata(folder.path().join("catalog.db-wal")).expect("a log").len(), before, "used again");
        assert!(!breaks_off(&folder.path().join("catalog.db")));
        assert!(!breaks_off(&folder.path().join("nowhere.db")));
    }
}
