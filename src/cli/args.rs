//! The flags of every command and their help. Values arrive typed: a wrong key is a usage error before anything runs.

mod align;
mod attachment;
mod audit;
mod backup;
mod card;
mod compare;
mod patient;
mod transfer;
mod user;

pub use align::Align;
pub use attachment::{Attachment, AttachmentAdd, AttachmentExport, AttachmentList, AttachmentMove, PatientErase};
pub use audit::Audit;
pub use backup::{Backup, BackupCommand, BackupOf, KeyArgs, Restore, Verify};
pub use card::CardArgs;
pub use compare::Compare;
pub use patient::{PatientAdd, PatientCard, PatientEdit, PatientList};
pub use transfer::{Agreement, PatientMerge, Photo, PhotoMove, Session, SessionMove};
pub use user::{User, UserAdd, UserCommon, UserDisable, UserPassphrase, UserReset, UserRole};

use std::path::PathBuf;

use chrono::{Datelike, NaiveDate};
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::imaging::apart::Question;
use crate::model::{Area, Fitzpatrick, Indication, Purpose, Scope, SeriesState, SessionKind};

/// Files, aligns, compares and publishes series photographs for skin clinics. Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "diptych", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 refused by a rule.")]
pub struct Args {
    /// What to do; the window when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Say nothing about progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build a whole synthetic clinic, end to end, and open it.
    Demo(Demo),
    /// Align two photo files and print the transform from MOVING to FIXED.
    Align(Align),
    /// Make a labelled side-by-side picture from two photo files.
    Compare(Compare),
    /// Create a vault and print its recovery code, once.
    Init(Init),
    /// Add, list, merge or erase patients.
    #[command(subcommand)]
    Patient(Patient),
    /// Add or list courses of treatment.
    #[command(subcommand)]
    Series(Series),
    /// Move a session to another series.
    #[command(subcommand)]
    Session(Session),
    /// Move a photo to another place.
    #[command(subcommand)]
    Photo(Photo),
    /// File photos into a series: looks, plans, stores, files, aligns.
    Import(Import),
    /// List patients, series, sessions and photos.
    List(List),
    /// List who is due or overdue.
    Due(Due),
    /// Record, withdraw or list consents.
    #[command(subcommand)]
    Consent(Consent),
    /// Keep, list or write out documents of a patient.
    #[command(subcommand)]
    Attachment(Attachment),
    /// Write pictures for use outside the vault.
    #[command(subcommand)]
    Export(Export),
    /// Add and disable users, change roles and passphrases, make a new recovery code.
    #[command(subcommand)]
    User(User),
    /// Re-read the originals, compare them with their hashes, look through the records and the audit.
    Verify(Verify),
    /// Copy the vault to another disk, or look at what was copied.
    Backup(Backup),
    /// Restore a backup into a new folder.
    Restore(Restore),
    /// List who did what, or check that no row of that list was changed or removed.
    Audit(Audit),
    /// Undo the latest change that can be undone.
    Undo(Undo),
    /// Make the change again that was undone last.
    Redo(Undo),
    /// Decode a file from the input: the program asks this of itself.
    #[command(hide = true)]
    DecodeApart(DecodeApart),
}

/// `diptych decode-apart`.
#[derive(Debug, ClapArgs)]
pub struct DecodeApart {
    /// What is asked.
    #[arg(value_parser = question)]
    pub question: Question,
}

fn question(words: &str) -> Result<Question, String> {
    Question::from_words(words).ok_or_else(|| "no such question".to_owned())
}

/// Which vault, and who opens it.
#[derive(Debug, Clone, ClapArgs)]
pub struct VaultArgs {
    /// Folder of the vault [default: the environment's `DIPTYCH_VAULT`].
    #[arg(long, value_name = "DIR")]
    pub vault: Option<PathBuf>,
    /// Login name.
    #[arg(long, default_value = "owner", value_name = "NAME")]
    pub login: String,
    /// Read the passphrase from this file descriptor instead of `DIPTYCH_PASSPHRASE` or a prompt.
    #[arg(long, value_name = "N")]
    pub passphrase_fd: Option<u32>,
    /// Open with the printed recovery code, from `DIPTYCH_RECOVERY_CODE` or a prompt, instead of a passphrase.
    #[arg(long, conflicts_with = "passphrase_fd")]
    pub recovery_code: bool,
}

/// A picture that a command writes.
#[derive(Debug, Clone, ClapArgs)]
pub struct OutputFile {
    /// The picture to write (JPEG).
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace a file of that name; never one of the photos it is made from.
    #[arg(long)]
    pub force: bool,
}

/// `diptych demo`.
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Where to build it [default: the user's data folder].
    pub dir: Option<PathBuf>,
    /// Do not open the window afterwards.
    #[arg(long)]
    pub no_window: bool,
    /// Another clinic for another number.
    #[arg(long, default_value_t = crate::demo::run::SEED, value_name = "N")]
    pub seed: u64,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych init`.
#[derive(Debug, ClapArgs)]
pub struct Init {
    /// The vault to create.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych patient`.
#[derive(Debug, Subcommand)]
pub enum Patient {
    /// Add a patient.
    Add(PatientAdd),
    /// List patients.
    List(PatientList),
    /// Correct what is known of a patient.
    Edit(PatientEdit),
    /// Write a card to print, with a QR code: photographed before the patient's photos it says whose they are.
    Card(PatientCard),
    /// Say that two records are one person; `undo` takes it back.
    Merge(PatientMerge),
    /// Erase a patient and everything of theirs, for good; for owners.
    Erase(PatientErase),
}

/// `diptych series`.
#[derive(Debug, Subcommand)]
pub enum Series {
    /// Add a series.
    Add(SeriesAdd),
    /// List series.
    List(SeriesList),
    /// Say that a series is finished, stopped or open again.
    State(SeriesSetState),
}

/// `diptych series add`.
#[derive(Debug, ClapArgs)]
pub struct SeriesAdd {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// What for; the first one chooses the preset.
    #[arg(long, required = true, value_name = "KEY", value_parser = indication)]
    pub indication: Vec<Indication>,
    /// Where [default: as the preset says].
    #[arg(long, value_name = "KEY", value_parser = area)]
    pub area: Vec<Area>,
    /// Planned treatments, 0 for open-ended [default: as the preset says].
    #[arg(long, value_name = "N")]
    pub planned: Option<u32>,
    /// Interval between treatments in days, "28-42" [default: as the preset says].
    #[arg(long, value_name = "MIN-MAX", value_parser = interval)]
    pub interval: Option<(u32, u32)>,
    /// The series of the same patient that this one goes on from: views that show the same keep its references.
    #[arg(long, value_name = "SERIES")]
    pub after: Option<String>,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych series list`.
#[derive(Debug, ClapArgs)]
pub struct SeriesList {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Only of this patient.
    #[arg(long, value_name = "CODE")]
    pub patient: Option<String>,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych series state`.
#[derive(Debug, ClapArgs)]
pub struct SeriesSetState {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The series, as `list` prints it.
    pub series: String,
    /// open, finished or stopped.
    #[arg(value_parser = state)]
    pub state: SeriesState,
}

/// `diptych import`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Exit codes: 0 every photo is filed or was filed before, what was passed over is no photo; 1 a \
                        photo or folder could not be read or is damaged, or the import was stopped (the others are \
                        filed); 2 usage; 3 a rule kept a photo from being filed."
)]
pub struct Import {
    /// Photo files and folders.
    #[arg(required_unless_present_any = ["tray", "plan"], value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Photos of the vault's tray instead: stored and not filed, or given back by an undo.
    #[arg(long, conflicts_with = "paths")]
    pub tray: bool,
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// File what this plan says: what `--dry-run --json` printed for a card of several patients, corrected.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["patient", "series", "paths", "tray", "create", "kind"])]
    pub plan: Option<PathBuf>,
    /// The patient's code. Without it, a card of several patients is cut into groups, with a suggestion for each.
    #[arg(long, value_name = "CODE", requires = "series")]
    pub patient: Option<String>,
    /// The series: as `list` prints it, or an indication when that is unambiguous.
    #[arg(long, value_name = "KEY", requires = "patient")]
    pub series: Option<String>,
    /// How a card of several patients is cut.
    #[command(flatten)]
    pub card: CardArgs,
    /// Make the patient and the series when they are missing.
    #[arg(long)]
    pub create: bool,
    /// Why the patient came, for every session this import adds [default: by the dates].
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<SessionKind>,
    /// Date of photos whose camera wrote none, YYYY-MM-DD [default: today].
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub date: Option<NaiveDate>,
    /// File also photos that are filed under another patient already.
    #[arg(long)]
    pub allow_shared: bool,
    /// File also photos that align with a photo of another patient.
    #[arg(long)]
    pub allow_alarmed: bool,
    /// Say what would be done and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave the alignment for later.
    #[arg(long)]
    pub no_align: bool,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych list`.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "An alignment in the JSON maps pixels of the upright photo to pixels of its frame: answer, matrix, \
                        residual, source, engine; region = corners of what alone counted, null for everything; chained \
                        = the way went by another photo, via = that photo's uid."
)]
pub struct List {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Only this patient.
    #[arg(long, value_name = "CODE")]
    pub patient: Option<String>,
    /// Machine-readable result, with photos, hashes and alignments.
    #[arg(long)]
    pub json: bool,
}

/// `diptych due`.
#[derive(Debug, ClapArgs)]
pub struct Due {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Also who is due later.
    #[arg(long)]
    pub all: bool,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych consent`.
#[derive(Debug, Subcommand)]
pub enum Consent {
    /// Record a consent that was given.
    Grant(ConsentGrant),
    /// Record that a consent was taken back.
    Withdraw(ConsentWithdraw),
    /// List the history of a patient's consents.
    List(ConsentList),
}

/// What a consent is about.
#[derive(Debug, ClapArgs)]
pub struct ConsentSubject {
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// One series [default: all of the patient's].
    #[arg(long, value_name = "KEY")]
    pub series: Option<String>,
    /// record, in-clinic, teaching, website or social.
    #[arg(long, value_name = "KEY", value_parser = purpose)]
    pub purpose: Purpose,
    /// Who signed.
    #[arg(long, default_value = "patient", value_name = "NAME")]
    pub signer: String,
}

/// `diptych consent grant`.
#[derive(Debug, ClapArgs)]
pub struct ConsentGrant {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// What it is about.
    #[command(flatten)]
    pub subject: ConsentSubject,
    /// full-face or region.
    #[arg(long, default_value = "region", value_name = "KEY", value_parser = scope)]
    pub scope: Scope,
    /// Last day it holds, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub expires: Option<NaiveDate>,
    /// The day it was signed on, when that is not today.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub signed: Option<NaiveDate>,
    /// Version of the wording that was signed.
    #[arg(long, default_value = "1", value_name = "TEXT")]
    pub wording: String,
    /// The signed document: a PDF, or a picture as JPEG, PNG, TIFF or WebP, of up to 16 MB.
    #[arg(long, value_name = "FILE")]
    pub document: Option<PathBuf>,
}

/// `diptych consent withdraw`.
#[derive(Debug, ClapArgs)]
pub struct ConsentWithdraw {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// What it is about.
    #[command(flatten)]
    pub subject: ConsentSubject,
}

/// `diptych consent list`.
#[derive(Debug, ClapArgs)]
pub struct ConsentList {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The patient's code.
    #[arg(long, value_name = "CODE")]
    pub patient: String,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych export`.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// A web page of the cases that have a valid consent for the website.
    Gallery(ExportGallery),
    /// One labelled side-by-side picture of two sessions of a series.
    Composite(ExportComposite),
}

/// `diptych export gallery`.
#[derive(Debug, ClapArgs)]
pub struct ExportGallery {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Folder to write.
    pub dir: PathBuf,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych export composite`.
#[derive(Debug, ClapArgs)]
pub struct ExportComposite {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// The series, as `list` prints it.
    #[arg(long, value_name = "KEY")]
    pub series: String,
    /// Name of the view [default: the first that has an aligned pair].
    #[arg(long, value_name = "NAME")]
    pub view: Option<String>,
    /// Date of the earlier session, YYYY-MM-DD [default: the first].
    #[arg(long, value_name = "DATE")]
    pub before: Option<NaiveDate>,
    /// Date of the later session, YYYY-MM-DD [default: the last].
    #[arg(long, value_name = "DATE")]
    pub after: Option<NaiveDate>,
    /// Where the picture goes.
    #[command(flatten)]
    pub output: OutputFile,
    /// Use alignments the program is not sure of; look at the picture afterwards.
    #[arg(long)]
    pub accept_suggestion: bool,
    /// Match exposure and colour temperature of the whole frames, half on each side, and mark both halves with what was done.
    #[arg(long = "match")]
    pub matched: bool,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

/// `diptych undo`, `diptych redo`.
#[derive(Debug, ClapArgs)]
pub struct Undo {
    /// The vault.
    #[command(flatten)]
    pub vault: VaultArgs,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

fn keyed<T: Copy>(text: &str, all: &[T], key: impl Fn(T) -> &'static str) -> Result<T, String> {
    let known = || all.iter().map(|&v| key(v)).collect::<Vec<_>>().join(", ");
    all.iter().copied().find(|&v| key(v).eq_ignore_ascii_case(text)).ok_or_else(|| format!("known are {}", known()))
}

fn skin_type(text: &str) -> Result<Fitzpatrick, String> {
    keyed(text, &Fitzpatrick::ALL, Fitzpatrick::numeral)
}

/// A day that may have been: four digits for the year, since 1900. Whether it lies in the past is asked where the day is
/// known.
fn day(text: &str) -> Result<NaiveDate, String> {
    let forms = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"];
    let read = forms.into_iter().find_map(|form| NaiveDate::parse_from_str(text.trim(), form).ok());
    read.filter(|day| (1900..=2999).contains(&day.year()))
        .ok_or_else(|| "write a date as 1990-12-31 or 31.12.1990, with four digits for the year".to_owned())
}

fn indication(text: &str) -> Result<Indication, String> {
    keyed(text, Indication::ALL, Indication::key)
}

fn area(text: &str) -> Result<Area, String> {
    keyed(text, Area::ALL, Area::key)
}

fn state(text: &str) -> Result<SeriesState, String> {
    keyed(text, SeriesState::ALL, SeriesState::key)
}

fn kind(text: &str) -> Result<SessionKind, String> {
    keyed(text, &SessionKind::ALL, SessionKind::key)
}

fn purpose(text: &str) -> Result<Purpose, String> {
    keyed(text, Purpose::ALL, Purpose::key)
}

fn scope(text: &str) -> Result<Scope, String> {
    keyed(text, Scope::ALL, Scope::key)
}

fn interval(text: &str) -> Result<(u32, u32), String> {
    let (shortest, longest) = text.split_once(['-', '–']).unwrap_or((text, text));
    match (shortest.trim().parse(), longest.trim().parse()) {
        (Ok(a), Ok(b)) if 0 < a && a <= b => Ok((a, b)),
        _ => Err("two numbers of days, the shorter first: 28-42".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_flags_do_not_contradict_each_other() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_and_flag_has_help() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Args::command());
    }

    #[test]
    fn an_interval_is_two_numbers_of_days() {
        assert_eq!(interval("28-42"), Ok((28, 42)));
        assert_eq!(interval("30"), Ok((30, 30)));
        assert!(interval("42-28").is_err() && interval("0-5").is_err() && interval("x").is_err());
    }

    #[test]
    fn an_unknown_key_is_answered_with_the_known_ones() {
        assert_eq!(scope("REGION"), Ok(Scope::Region));
        assert_eq!(scope("nose"), Err("known are full-face, region".to_owned()));
    }
}
