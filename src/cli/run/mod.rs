//! One function a command.

mod align;
mod aligning;
mod attachment;
mod audit;
mod audited;
mod backup;
mod compare;
mod consent;
mod demo;
mod due;
mod erase;
mod export;
mod grade;
mod import;
mod list;
mod patient;
mod restore;
mod series;
mod transfer;
mod upkeep;
mod user;
mod verify;
mod window;

use super::args::{Args, Command};
use super::error::CliError;
use super::output::Output;
use super::progress::progress;
use crate::clock::Now;

/// Runs what `args` say.
pub fn run(args: Args, out: &mut Output) -> Result<(), CliError> {
    let now = Now::from_system();
    let progress = progress(args.quiet);
    match args.command {
        None => window::open(window::Beginning::default(), out),
        Some(Command::Demo(args)) => demo::run(&args, now, &progress, out),
        Some(Command::Align(args)) => align::run(&args, out),
        Some(Command::Compare(args)) => compare::run(&args, out),
        Some(Command::Init(args)) => upkeep::init(&args, now, out),
        Some(Command::Patient(command)) => patient::run(&command, now, &progress, out),
        Some(Command::Series(command)) => series::run(&command, now, out),
        Some(Command::Import(args)) => import::run(&args, now, &progress, out),
        Some(Command::List(args)) => list::run(&args, now, out),
        Some(Command::Due(args)) => due::run(&args, now, out),
        Some(Command::Consent(command)) => consent::run(&command, now, out),
        Some(Command::Attachment(command)) => attachment::run(&command, now, out),
        Some(Command::Export(command)) => export::run(&command, now, &progress, out),
        Some(Command::User(command)) => user::run(&command, now, out),
        Some(Command::Verify(args)) => verify::run(&args, now, &progress, out),
        Some(Command::Backup(args)) => backup::run(&args, now, &progress, out),
        Some(Command::Restore(args)) => restore::run(&args, now, &progress, out),
        Some(Command::Session(command)) => transfer::session(&command, now, &progress, out),
        Some(Command::Photo(command)) => transfer::photo(&command, now, &progress, out),
        Some(Command::Audit(args)) => audit::run(&args, now, out),
        Some(Command::Undo(args)) => upkeep::undo(&args, now, &progress, out),
        Some(Command::Redo(args)) => upkeep::redo(&args, now, &progress, out),
        // Answered before anything else is set up: see `cli::main`.
        Some(Command::DecodeApart(_)) => Ok(()),
    }
}
