//! The whole demo, from an empty folder to the gallery.

use std::process::Command;

use crate::probe::{line, measure};

/// One run: it is long, and its own table says where the time goes.
pub fn run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path().join("demo");
    let cost = measure(Command::new(env!("CARGO_BIN_EXE_diptych")).arg("demo").arg(&dir).arg("--no-window"));
    line("diptych demo, start to gallery", cost);
}
