//! Diagnostics on standard error. Nothing here or anywhere logs patient data: ids, counts and kinds only.

use std::io;

use tracing_subscriber::EnvFilter;

/// Sends diagnostics that pass `filter` ("diptych=debug") to standard error. A filter that cannot be read, and a second
/// call, change nothing.
pub fn init(filter: &str) {
    let Ok(filter) = EnvFilter::try_new(filter) else { return };
    // A second call means that somebody listens already.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(true).try_init();
}
