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

use args::{Args, Command};
use error::CliError;
use output::Output;

use crate::imaging::apart;

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(filter) = env::read("DIPTYCH_LOG") {
        crate::log::init(&filter);
    }
    let args = Args::parse();
    if let Some(Command::DecodeApart(asked)) = &args.command {
        return ExitCode::from(apart::serve(asked.question, std::io::stdin().lock(), std::io::stdout().lock()));
    }
    if let Ok(program) = std::env::current_exe() {
        apart::use_worker(program);
    }
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
