//! Opening encrypted databases, and a small stock of connections for readers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::{Result, VaultError};
use super::keys::Key;

/// Where a database lies and what opens it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) key: Key,
    pub(super) page_size: u32,
}

impl Source {
    pub(super) fn new(dir: &Path, name: &str, key: Key, page_size: u32) -> Self {
        Self { path: dir.join(name), key, page_size }
    }

    /// The one connection that writes; makes the file when it is not there.
    pub(super) fn writer(&self) -> Result<Connection> {
        let conn = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        // FULL, because in WAL mode a NORMAL commit may be lost with the power.
        conn.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA secure_delete = ON;",
        )?;
        Ok(conn)
    }

    /// A connection that can only read. Opened for writing all the same: a WAL is recovered by whoever comes first.
    pub(super) fn reader(&self) -> Result<Connection> {
        let conn = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.execute_batch("PRAGMA query_only = ON")?;
        Ok(conn)
    }

    /// A connection that makes a new file fast and not durably: for a copy that its maker syncs as a whole, or discards.
    pub(super) fn unsafe_writer(&self) -> Result<Connection> {
        let conn = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        conn.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        Ok(conn)
    }

    /// A connection to a copy that nobody writes: needs no file beside it, so that it may lie on a read-only disk.
    pub(super) fn frozen(&self) -> Result<Connection> {
        // SQLite would take the rest of a name for its own options.
        let name = self.path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let uri = PathBuf::from(format!("file:{name}?immutable=1"));
        self.connect(&uri, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection> {
        match self.connect(&self.path, flags) {
            // A full disk has no room for the file by which processes share a log. This program is the only one: it can
            // keep that in memory, and what is there can be read.
            #[cfg(unix)]
            Err(VaultError::DiskFull) => {
                let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                self.prepared(Connection::open_with_flags_and_vfs(&self.path, flags, "unix-excl")?)
            }
            other => other,
        }
    }

    fn connect(&self, path: &Path, flags: OpenFlags) -> Result<Connection> {
        set_up();
        self.prepared(Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?)
    }

    /// The connection with its key and its habits, after a first read.
    fn prepared(&self, conn: Connection) -> Result<Connection> {
        conn.busy_timeout(Duration::from_secs(10))?;
        conn.set_prepared_statement_cache_capacity(64);
        // SQLCipher writes HMAC failures to stderr unless it is told not to, before the key.
        conn.pragma_update(None, "cipher_log_level", "NONE")?;
        conn.pragma_update(None, "key", self.key.pragma_literal().as_str())?;
        // A later SQLCipher with other defaults must read what this one wrote.
        conn.pragma_update(None, "cipher_compatibility", 4)?;
        // After the key and before the first read, on every open: the page size stands nowhere in clear.
        conn.pragma_update(None, "cipher_page_size", self.page_size)?;
        conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")?;
        // The first read decides whether the key fits.
        let _tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok(conn)
    }
}

/// Readers that are kept open between uses; any number may be out at a time.
pub(super) struct Pool {
    stock: Mutex<Stock>,
    /// Pages that each of them keeps decrypted.
    cache_kib: u32,
}

struct Stock {
    source: Source,
    /// Rises when the source is replaced: connections to the old one are not kept.
    generation: u64,
    idle: Vec<Connection>,
}

/// Idle connections kept.
const KEPT: usize = 4;
/// What SQLite keeps by itself: enough for the bytes of photos, which are read once.
const USUAL_CACHE_KIB: u32 = 2 * 1024;
/// For records. Most of the time of a list or a board is the decryption of its pages, and the same ones are asked for again
/// at the next letter or the next step.
const RECORDS_CACHE_KIB: u32 = 16 * 1024;

impl Pool {
    pub(super) fn new(source: Source) -> Self {
        Self::caching(source, USUAL_CACHE_KIB)
    }

    /// Readers of a catalog.
    pub(super) fn of_records(source: Source) -> Self {
        Self::caching(source, RECORDS_CACHE_KIB)
    }

    fn caching(source: Source, cache_kib: u32) -> Self {
        Self { stock: Mutex::new(Stock { source, generation: 0, idle: Vec::new() }), cache_kib }
    }

    /// Runs `work` on a reader of its own.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let (generation, conn) = self.take()?;
        let result = work(&conn);
        // After a failure the connection may be the cause of it.
        if result.is_ok() {
            let mut stock = lock(&self.stock);
            if stock.idle.len() < KEPT && stock.generation == generation {
                stock.idle.push(conn);
            }
        }
        result
    }

    fn take(&self) -> Result<(u64, Connection)> {
        loop {
            let (generation, source) = {
                let mut stock = lock(&self.stock);
                match stock.idle.pop() {
                    Some(conn) => return Ok((stock.generation, conn)),
                    None => (stock.generation, stock.source.clone()),
                }
            };
            match source.reader() {
                Ok(conn) => {
                    conn.pragma_update(None, "cache_size", -i64::from(self.cache_kib))?;
                    return Ok((generation, conn));
                }
                // Replaced meanwhile, and the old file is gone.
                Err(_) if lock(&self.stock).generation != generation => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Fresh connections come from elsewhere from here on; those that are out finish on what they read.
    pub(super) fn replace(&self, source: Source) {
        let old = {
            let mut stock = lock(&self.stock);
            let generation = stock.generation + 1;
            std::mem::replace(&mut *stock, Stock { source, generation, idle: Vec::new() })
        };
        drop(old);
    }

    /// Where fresh connections come from.
    pub(super) fn source(&self) -> Source {
        lock(&self.stock).source.clone()
    }
}

/// Waits until SQLCipher is ready. SQLite lets other threads pass while the first connection of a process still sets it up,
/// and refuses them their keys.
fn set_up() {
    static FIRST: Once = Once::new();
    // Whether this one opens is of no interest: the connection that is wanted will say the same.
    FIRST.call_once(|| drop(Connection::open_in_memory()));
}

/// Moves everything from the log beside a database into it and leaves the log empty.
pub(super) fn empty_log(conn: &Connection) -> Result<()> {
    let is_busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy { Err(VaultError::Database("the log is in use".into())) } else { Ok(()) }
}

/// Takes a lock also after a panic elsewhere: transactions roll back by themselves, so what is inside is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A database in memory, without a key.
#[cfg(test)]
pub(super) fn in_memory() -> Connection {
    set_up();
    Connection::open_in_memory().expect("a database")
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::Barrier;

    use super::*;

    const ENTRY: &str = "vault::pool::tests::a_process_whose_threads_open_databases_at_once";

    #[test]
    #[ignore = "the test below starts it in a process of its own"]
    fn a_process_whose_threads_open_databases_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, together) = (folder.path(), Barrier::new(8));
        std::thread::scope(|scope| {
            for n in 0..8 {
                let together = &together;
                let _thread = scope.spawn(move || {
                    let source = Source::new(folder, &format!("{n}.db"), Key::random().expect("a key"), 4096);
                    let _waited = together.wait();
                    source.writer().map(drop).expect("opened");
                });
            }
        });
    }

    #[test]
    fn the_first_connections_of_a_process_may_be_made_by_many_threads_at_once() {
        for _ in 0..10 {
            let mut command = Command::new(std::env::current_exe().expect("this binary"));
            let output = command.args([ENTRY, "--exact", "--ignored"]).output().expect("started");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
}
