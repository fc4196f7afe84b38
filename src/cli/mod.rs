//! The command line: flags → typed arguments → one function a command → text or JSON.

pub mod args;
pub mod env;
pub mod error;
pub mod key;
pub mod output;
pub mod progress;
pub mod run;
pub mod unlock;

use std::process::ExitCode;

use clap::Parser;

use args::Args;
use error::CliError;
use output::Output;

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(filter) = env::read("DIPTYCH_LOG") {
        crate::log::init(&filter);
    }
    let args = Args::parse();
    let mut output = Output::new();
    let result = run::run(args, &mut output).and_then(|()| output.finish());
    match result {
        Ok(()) | Err(CliError::NobodyReads) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error.to_string());
            ExitCode::from(error.code())
        }
    }
}
