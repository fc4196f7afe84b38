//! `diptych import --watch`: takes what comes into a folder, until somebody ends the program.

use std::path::PathBuf;
use std::time::Instant;

use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::clock::Now;
use crate::import::watch::{self, Watch};
use crate::progress::Progress;
use crate::vault::Vault;

/// Says every change in one line. Whatever ends the program, each photo is in the tray whole or not at all.
pub(super) fn run(vault: &Vault, paths: &[PathBuf], progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    let [folder] = paths else {
        return Err(CliError::Usage("One folder can be watched at a time. Nothing was taken.".to_owned()));
    };
    let mut watch = Watch::new(folder.clone());
    let (began, mut said) = (Instant::now(), None);
    while !progress.is_cancelled() {
        let status = watch.step(vault, began.elapsed().as_millis() as u64, Now::from_system(), &Progress::silent())?;
        let sentence = status.sentence();
        if said.as_ref() != Some(&sentence) {
            out.line_now(&sentence)?;
            said = Some(sentence);
        }
        std::thread::sleep(watch::EVERY);
    }
    Ok(())
}
