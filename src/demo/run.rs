//! The synthetic clinic from beginning to end: card, vault, import, alignment, gallery, and how well it went against the
//! known truth. Everything after the card runs through the code a clinic uses.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use thiserror::Error;

use super::folder::{LAYOUT, Marker, clear, reserve, there, write_marker};
use super::report::{Accuracy, DemoReport, NotFiled, NotPublished, Stage};
use super::{Clinic, DemoError, PlannedPatient, PlannedSeries, ShotTruth, Trap};
use crate::align::pair::{Pair, pairs};
use crate::align::{self, AlignError, AlignSummary};
use crate::clock::Now;
use crate::export::{ExportError, composite, gallery};
use crate::fsx;
use crate::import::{self, ImportError, Note, Options, Plan, Skip};
use crate::model::{
    Answer, Consent, ConsentEvent, NewSeries, PatientId, Photo, PhotoId, SeriesId, SeriesState, Slot, View,
};
use crate::progress::Progress;
use crate::vault::{KdfCost, Op, Passphrase, Vault, VaultError};

/// Marks a folder as a demo, so that nothing else is ever overwritten.
pub const MARKER_FILE: &str = "diptych-demo.toml";
/// Folder of the synthetic card below a demo's folder.
pub const CARD: &str = "card";
/// Folder of the vault below a demo's folder.
pub const VAULT: &str = "vault";
/// Folder of the gallery below a demo's folder.
pub const GALLERY: &str = "gallery";
/// The sample composite below a demo's folder.
pub const COMPOSITE: &str = "composite.jpg";
/// Login of the demo's vault.
pub const LOGIN: &str = "owner";

/// The clinic that is built unless another is asked for.
pub const SEED: u64 = 1;
/// Opens the demo's vault unless another is asked for.
pub const PASSPHRASE: &str = "demo";

/// What is built.
#[derive(Clone)]
pub struct Request<'a> {
    /// Where.
    pub dir: &'a Path,
    /// Another clinic for another number.
    pub seed: u64,
    /// Opens the vault.
    pub passphrase: &'a Passphrase,
    /// Longer side of the photos in pixels; none for the full four megapixels.
    pub photo_side: Option<u32>,
    /// Cost of the passphrase.
    pub cost: KdfCost,
}

impl<'a> Request<'a> {
    /// The usual demo in `dir`.
    #[must_use]
    pub fn new(dir: &'a Path, passphrase: &'a Passphrase) -> Self {
        Self { dir, seed: SEED, passphrase, photo_side: None, cost: KdfCost::INTERACTIVE }
    }
}

/// Why the demo stopped.
#[derive(Debug, Clone, Error)]
pub enum RunError {
    /// The folder holds something else.
    #[error("the folder is not a demo")]
    ForeignFolder,
    /// The folder holds a finished demo of another seed, size or version.
    #[error("the folder holds another demo")]
    OtherDemo,
    /// Another program builds a demo in the folder.
    #[error("another program builds in the folder")]
    BeingBuilt,
    /// A file could not be read or written.
    #[error("i/o: {0}")]
    Io(std::io::ErrorKind),
    /// Asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The card could not be made.
    #[error(transparent)]
    Card(#[from] DemoError),
    /// The vault says so.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The import says so.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The alignment says so.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// The export says so.
    #[error(transparent)]
    Export(#[from] ExportError),
}

impl RunError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::ForeignFolder => "That folder holds files that are not a Diptych demo. Nothing was changed there. \
                                    Choose an empty folder or one that does not exist yet."
                .to_owned(),
            Self::OtherDemo => {
                "That folder holds a finished demo clinic of another kind. Nothing was changed there. Choose \
                                another folder, or remove that one first."
                    .to_owned()
            }
            Self::BeingBuilt => {
                "Another Diptych is building a demo clinic in that folder right now. Nothing was changed \
                                 there. Wait until it has finished, or choose another folder."
                    .to_owned()
            }
            Self::Io(kind) => {
                format!("The demo's folder could not be written ({kind}). Choose another folder.")
            }
            Self::Cancelled => "Stopped. Running the demo again begins anew.".to_owned(),
            Self::Card(error) => error.user_message(),
            Self::Vault(error) => error.user_message(),
            Self::Import(error) => error.user_message(),
            Self::Align(error) => error.user_message(),
            Self::Export(error) => error.user_message(),
        }
    }
}

impl From<std::io::Error> for RunError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// A finished demo: what came out, and the open vault.
#[derive(Clone)]
pub struct Demo {
    /// What came out.
    pub report: DemoReport,
    /// The vault.
    pub vault: Vault,
}

/// Builds the clinic below `request.dir`, or opens the one that was finished there before with the same seed.
///
/// A folder that holds anything but a demo is refused untouched. A demo that was interrupted is built anew.
pub fn run(request: &Request<'_>, now: Now, progress: &Progress) -> Result<Demo, RunError> {
    let clinic = match request.photo_side {
        Some(side) => Clinic::with_photo_side(request.seed, now.today, side),
        None => Clinic::new(request.seed, now.today),
    };
    let marker =
        Marker { layout: LAYOUT, seed: request.seed, today: now.today, photo_side: clinic.photo_side, complete: false };
    if there(request.dir)?.is_none() {
        fs::create_dir_all(request.dir)?;
        // First of all, so that the folder is known as a demo's whatever happens next.
        write_marker(request.dir, &marker)?;
    }
    let _building = reserve(request.dir)?;
    match there(request.dir)? {
        Some(old) if old.complete && Marker { complete: false, today: marker.today, ..old.clone() } == marker => {
            return reopen(request, now);
        }
        Some(old) if old.complete => return Err(RunError::OtherDemo),
        _ => {}
    }
    clear(request.dir)?;
    write_marker(request.dir, &marker)?;
    let demo = Builder { request, clinic: &clinic, now, progress }.build()?;
    demo.report.keep();
    write_marker(request.dir, &Marker { complete: true, ..marker })?;
    Ok(demo)
}

fn reopen(request: &Request<'_>, now: Now) -> Result<Demo, RunError> {
    let vault = Vault::open(&request.dir.join(VAULT), LOGIN, request.passphrase, now)?;
    let kept = DemoReport::kept(request.dir).unwrap_or_default();
    let mut report = DemoReport {
        dir: request.dir.to_owned(),
        reopened: true,
        patients: 0,
        series: 0,
        sessions: 0,
        filed: 0,
        ..kept
    };
    for row in vault.patients("", 0, 100)? {
        report.patients += 1;
        for series in vault.series_of(row.patient.id)? {
            let board = vault.board(series.id)?;
            report.series += 1;
            report.sessions += board.sessions.len();
            report.filed += board.photos.len();
        }
    }
    Ok(Demo { report, vault })
}

struct Builder<'a> {
    request: &'a Request<'a>,
    clinic: &'a Clinic,
    now: Now,
    progress: &'a Progress,
}

/// A series of the plan and its row.
struct Placed<'a> {
    planned: &'a PlannedSeries,
    code: &'a str,
    id: SeriesId,
}

impl Builder<'_> {
    fn build(&self) -> Result<Demo, RunError> {
        let dir = self.request.dir;
        let mut report = DemoReport { dir: dir.to_owned(), ..DemoReport::default() };
        let mut clock = Clock { last: Instant::now(), stages: Vec::new() };

        let card = dir.join(CARD);
        fs::create_dir_all(&card)?;
        let truth = self.clinic.write(&card, self.progress)?;
        clock.stage("Synthesis of the photos");
        self.check()?;

        let folder = dir.join(VAULT);
        let (vault, _) = Vault::create(&folder, LOGIN, self.request.passphrase, self.request.cost, self.now)?;
        let series = self.records(&vault)?;
        clock.stage("Vault, patients, consents");

        report.patients = self.clinic.patients.len();
        report.series = series.len();
        report.files = truth.shots.len();
        let truths: HashMap<&str, &ShotTruth> = truth.shots.iter().map(|s| (s.file.as_str(), s)).collect();
        for placed in &series {
            self.check()?;
            self.import(&vault, placed, &truths, &mut report)?;
        }
        clock.stage("Import: look, store, file");

        let mut summary = AlignSummary::default();
        for placed in &series {
            self.check()?;
            summary.add(&align::align_series(&vault, placed.id, self.now, self.progress)?);
            let _graded = align::grade_series(&vault, placed.id, self.now, self.progress)?;
        }
        clock.stage("Alignment");
        self.check()?;

        report.accuracy = measure(&vault, &series, &truths, &summary)?;
        self.finish_series(&vault, &series)?;
        clock.stage("Comparison with the truth");

        let built = gallery::build(&vault, &dir.join(GALLERY), self.request.passphrase, self.now, self.progress)?;
        report.published = built.shown.len();
        report.unpublished = series
            .iter()
            .filter_map(|placed| {
                let skipped = built.skipped.iter().find(|s| s.series == placed.id)?;
                let reason = skipped.reason.words().to_owned();
                Some(NotPublished { series: format!("{} {}", placed.code, placed.planned.key), reason })
            })
            .collect();
        clock.stage("Gallery");

        if let Some(pair) = sample(&vault, &series)? {
            let made = composite::from_vault(&vault, pair.before, pair.after, &composite::Options::default())?;
            fsx::write_atomic(&dir.join(COMPOSITE), &made.jpeg)?;
        }
        clock.stage("Composite");
        report.stages = clock.stages;
        Ok(Demo { report, vault })
    }

    fn check(&self) -> Result<(), RunError> {
        if self.progress.is_cancelled() { Err(RunError::Cancelled) } else { Ok(()) }
    }

    /// Patients, series and consents, as a clinic would have entered them.
    fn records(&self, vault: &Vault) -> Result<Vec<Placed<'_>>, RunError> {
        let mut out = Vec::new();
        for planned in &self.clinic.patients {
            let patient = vault.transact(Op::AddPatient, self.now, |tx| tx.add_patient(&planned.person))?;
            let mut ids = Vec::new();
            for series in &planned.series {
                let new = new_series(patient, series);
                let id = vault.transact(Op::AddSeries, self.now, |tx| tx.add_series(&new))?;
                ids.push(id);
                out.push(Placed { planned: series, code: &planned.person.code.0, id });
            }
            self.consents(vault, planned, patient, &ids)?;
        }
        Ok(out)
    }

    fn consents(
        &self,
        vault: &Vault,
        planned: &PlannedPatient,
        patient: PatientId,
        series: &[SeriesId],
    ) -> Result<(), RunError> {
        for paper in &planned.consents {
            let granted = paper.event == ConsentEvent::Granted;
            let consent = Consent {
                id: None,
                patient,
                series: paper.series.and_then(|i| series.get(i).copied()),
                purpose: paper.purpose,
                scope: paper.scope,
                event: paper.event,
                wording: if granted { "demo".to_owned() } else { String::new() },
                signer: "patient".to_owned(),
                signed: None,
                expires: paper.expires,
                at: Now::fixed(paper.date).at,
            };
            let _ = vault.transact(Op::RecordConsent, self.now, |tx| tx.add_consent(&consent))?;
        }
        Ok(())
    }

    /// One folder into one series: the same three steps as any import, with what a person would correct between.
    fn import(
        &self,
        vault: &Vault,
        placed: &Placed<'_>,
        truths: &HashMap<&str, &ShotTruth>,
        report: &mut DemoReport,
    ) -> Result<(), RunError> {
        let folder = self.request.dir.join(CARD).join(&placed.planned.folder);
        let scan = import::scan(&[folder], self.progress);
        let options = Options { undated: self.now.today, shared: false };
        let mut plan = import::plan(vault, placed.id, scan, options)?;
        report.corrected_kinds += correct_kinds(&mut plan, placed.planned);
        let views = vault.views(placed.id)?;
        let path = |file: &Path| below(&placed.planned.folder, file);
        for session in &mut plan.sessions {
            for photo in &mut session.photos {
                let truth = truths.get(path(&photo.path.0).as_str());
                let true_view = truth.and_then(|t| t.view_index).and_then(|i| views.get(i)).map(|v| v.id);
                if photo.skip.is_some() {
                    continue;
                }
                if photo.view.is_none() {
                    (photo.view, photo.slot) = (true_view, Slot::Alternate);
                } else if photo.view != true_view {
                    report.wrong_view += 1;
                }
                for note in photo.notes.iter().filter(|n| **n != Note::NoView) {
                    report.noted.push(NotFiled { file: path(&photo.path.0), reason: note.words() });
                }
            }
        }
        let outcome = import::commit(vault, &plan, self.now, self.progress)?;
        report.sessions += outcome.new_sessions.len();
        report.filed += outcome.filed.len();
        for (photo, skip) in plan.skipped() {
            report.not_filed.push(NotFiled { file: path(&photo.path.0), reason: Skip::words(skip).to_owned() });
        }
        for refused in &outcome.refused {
            report.not_filed.push(NotFiled { file: path(&refused.path.0), reason: refused.reason.words().to_owned() });
        }
        Ok(())
    }

    fn finish_series(&self, vault: &Vault, series: &[Placed<'_>]) -> Result<(), RunError> {
        for placed in series.iter().filter(|p| p.planned.state != SeriesState::Open) {
            vault.transact(Op::EditSeries, self.now, |tx| tx.set_series_state(placed.id, placed.planned.state))?;
        }
        Ok(())
    }
}

struct Clock {
    last: Instant,
    stages: Vec<Stage>,
}

impl Clock {
    fn stage(&mut self, name: &'static str) {
        self.stages.push(Stage { name: name.to_owned(), seconds: self.last.elapsed().as_secs_f64() });
        self.last = Instant::now();
    }
}

fn new_series(patient: PatientId, planned: &PlannedSeries) -> NewSeries {
    NewSeries {
        patient,
        indications: planned.indications.clone(),
        areas: planned.areas.clone(),
        planned: planned.planned,
        interval_min_days: planned.interval_min_days,
        interval_max_days: planned.interval_max_days,
        views: planned.views.clone(),
        predecessor: None,
    }
}

/// Sets the kinds the clinic knows; says how many suggestions were different.
fn correct_kinds(plan: &mut Plan, planned: &PlannedSeries) -> usize {
    let mut corrected = 0;
    for session in &mut plan.sessions {
        let known = planned.sessions.iter().find(|s| s.date == session.date).map(|s| s.kind);
        if let Some(kind) = known.filter(|&kind| kind != session.kind) {
            session.set_kind(kind);
            corrected += 1;
        }
    }
    corrected
}

/// The path of a file below the card, as the truth names it.
fn below(folder: &str, file: &Path) -> String {
    format!("{folder}/{}", import::scan::file_name(file))
}

/// The answers against the truth.
fn measure(
    vault: &Vault,
    series: &[Placed<'_>],
    truths: &HashMap<&str, &ShotTruth>,
    summary: &AlignSummary,
) -> Result<Accuracy, RunError> {
    let mut errors = Vec::new();
    let mut out = Accuracy {
        aligned: summary.aligned,
        suggestion: summary.suggested,
        none: summary.none,
        references: summary.references,
        ..Accuracy::default()
    };
    for placed in series {
        let board = vault.board(placed.id)?;
        let photos: HashMap<PhotoId, &Photo> = board.photos.iter().map(|p| (p.id, p)).collect();
        let truth =
            |photo: &Photo| truths.get(format!("{}/{}", placed.planned.folder, photo.file_name.0).as_str()).copied();
        for alignment in &board.alignments {
            let Some(photo) = photos.get(&alignment.photo) else { continue };
            let Some(known) = truth(photo) else { continue };
            if known.trap == Some(Trap::WrongPatient) {
                out.wrong_patient = Some(alignment.answer);
                continue;
            }
            let Some(frame) = board.frames.iter().find(|f| f.id == alignment.frame) else { continue };
            let on_truth = photos.get(&frame.reference).and_then(|r| truth(r)).is_some_and(|t| t.reference);
            let same_view = view_index(&board.views, photo) == known.view_index;
            if alignment.answer != Answer::Aligned {
                continue;
            }
            if !on_truth || !same_view {
                // Filed in another place than the truth knows: an accepted answer there is one nobody could check.
                out.unchecked += 1;
                continue;
            }
            if let (Some(found), Some(real)) = (alignment.matrix, known.matrix) {
                errors.push(100.0 * found.mean_corner_error(&real, photo.size) / frame.size.diagonal());
            }
        }
    }
    errors.sort_by(f64::total_cmp);
    out.measured = errors.len();
    out.median_percent = errors.get(errors.len() / 2).copied();
    out.max_percent = errors.last().copied();
    Ok(out)
}

fn view_index(views: &[View], photo: &Photo) -> Option<usize> {
    views.iter().position(|v| Some(v.id) == photo.view)
}

/// The pair for the sample composite: a close-up of the first series that has one, else its first pair.
fn sample(vault: &Vault, series: &[Placed<'_>]) -> Result<Option<Pair>, RunError> {
    for placed in series {
        let board = vault.board(placed.id)?;
        let all = pairs(&board, |_| true);
        let is_close = |pair: &&Pair| {
            let spec = board.views.iter().find(|v| v.id == pair.view).map(|v| v.spec.pose);
            spec == Some(crate::model::Pose::CloseUp)
        };
        if let Some(pair) = all.iter().find(is_close).or(all.first()) {
            return Ok(Some(*pair));
        }
    }
    Ok(None)
}
