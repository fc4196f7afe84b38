//! From the vault to a published folder: the thin part that reads records and writes the ledger.

use std::path::{Path, PathBuf};

use super::case::{Case, Facts, Shot, make_pictures};
use super::page;
use super::select::{Choice, SkipReason, select};
use super::site::{self, Site, publish};
use crate::clock::Now;
use crate::export::ExportError;
use crate::export::scrub::{Finding, Proof, Secrets};
use crate::export::target::refuse_inside_vault;
use crate::model::{Redacted, SeriesId};
use crate::progress::Progress;
use crate::vault::{Board, Laid, NewPublication, Op, Passphrase, Vault};

/// Patients read at a time.
const PAGE_OF_PATIENTS: u32 = 200;
/// How often a build begins anew because records changed under it.
const ATTEMPTS: usize = 3;

/// A series that is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// Which.
    pub series: SeriesId,
    /// Why.
    pub reason: SkipReason,
}

/// What a build did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GalleryReport {
    /// Series shown, in the order of the page.
    pub shown: Vec<SeriesId>,
    /// Series not shown and why; series nobody consented to publish are among them.
    pub skipped: Vec<Skipped>,
    /// What the leak self-test read.
    pub proof: Proof,
    /// The page to open.
    pub index: PathBuf,
}

struct Chosen {
    board: Board,
    choice: Choice,
}

/// Builds the gallery of all consented cases into `destination` and records it in the ledger.
///
/// Nothing is put in place unless every file passed the leak self-test. A case that may not be shown any more is gone
/// after the next build. What is true decides in the transaction that publishes: a consent withdrawn while the pictures
/// were made, or a record that was changed, begins the build anew, and nothing of the case was put in place.
///
/// Whoever publishes signs with their passphrase: a vault that was opened by its recovery code publishes nothing.
pub fn build(
    vault: &Vault,
    destination: &Path,
    signature: &Passphrase,
    now: Now,
    progress: &Progress,
) -> Result<GalleryReport, ExportError> {
    vault.may(Op::Publish)?;
    vault.confirm_passphrase(signature, now)?;
    refuse_inside_vault(destination)?;
    site::check(destination)?;
    for _ in 0..ATTEMPTS {
        match attempt(vault, destination, now, progress) {
            Err(ExportError::Changed) => {}
            done => return done,
        }
    }
    Err(ExportError::Changed)
}

fn attempt(vault: &Vault, destination: &Path, now: Now, progress: &Progress) -> Result<GalleryReport, ExportError> {
    let mut secrets = Secrets::default();
    secrets.add_template(page::stylesheet());
    secrets.add_template(page::script());
    let (chosen, skipped) = choose(vault, now, &mut secrets, progress)?;
    let mut site = Site::default();
    let mut cases = Vec::with_capacity(chosen.len());
    for (i, one) in chosen.iter().enumerate() {
        go_on(progress)?;
        progress.report("Making pictures", i as u64, chosen.len() as u64);
        cases.push(make_case(vault, one, &mut site)?);
    }
    progress.report("Making pictures", cases.len() as u64, cases.len() as u64);
    site.add("index.html", page::index_html(&cases));
    site.add("style.css", page::stylesheet());
    site.add("slider.js", page::script());
    go_on(progress)?;
    let published = publish(&site, destination, &secrets, || record(vault, &chosen, &cases, &site, destination, now));
    let proof = published.map_err(|error| match error {
        ExportError::Leak(finding) => about(finding, &chosen, &site),
        ExportError::Unfinished(kind) => {
            // A ledger that cannot be corrected now still tells more than was published, never less.
            let series: Vec<_> = chosen.iter().map(|c| c.board.series.id).collect();
            let _ = vault.transact(Op::Publish, now, |tx| tx.unpublish(&series, now));
            ExportError::Unfinished(kind)
        }
        other => other,
    })?;
    Ok(GalleryReport {
        shown: chosen.iter().map(|c| c.board.series.id).collect(),
        skipped,
        proof,
        index: destination.join("index.html"),
    })
}

/// A leak with the patient it is about, where one alone accounts for it.
fn about(finding: Finding, chosen: &[Chosen], site: &Site) -> ExportError {
    let fixed = page::fixed_words();
    let holds = |one: &&Chosen| {
        let mut own = Secrets::default();
        own.add_template(page::stylesheet());
        own.add_template(page::script());
        add_secrets(&mut own, &one.board, &fixed);
        site.texts().any(|text| own.occur_in_text(text))
    };
    match chosen.iter().find(holds) {
        Some(one) => ExportError::LeakAbout(finding, one.board.patient.code.clone()),
        None => ExportError::Leak(finding),
    }
}

fn choose(
    vault: &Vault,
    now: Now,
    secrets: &mut Secrets,
    progress: &Progress,
) -> Result<(Vec<Chosen>, Vec<Skipped>), ExportError> {
    let (mut chosen, mut skipped) = (Vec::new(), Vec::new());
    let fixed = page::fixed_words();
    let total = vault.patient_count("")?;
    for offset in (0..total).step_by(PAGE_OF_PATIENTS as usize) {
        for row in vault.patients("", offset, PAGE_OF_PATIENTS)? {
            go_on(progress)?;
            for series in vault.series_of(row.patient.id)? {
                let board = vault.board(series.id)?;
                match select(&board, now.today) {
                    Ok(choice) => {
                        add_secrets(secrets, &board, &fixed);
                        // Other names and codes of the same person.
                        vault.merged_into(row.patient.id)?.iter().for_each(|p| secrets.add_patient(p, &fixed));
                        chosen.push(Chosen { board, choice });
                    }
                    Err(reason) => skipped.push(Skipped { series: series.id, reason }),
                }
            }
        }
        progress.report("Choosing cases", u64::from((offset + PAGE_OF_PATIENTS).min(total)), u64::from(total));
    }
    // The order of patients is by name; the order of the page must not tell it.
    chosen.sort_by_key(|c| c.board.series.uid);
    Ok((chosen, skipped))
}

fn add_secrets(secrets: &mut Secrets, board: &Board, fixed: &str) {
    secrets.add_patient(&board.patient, fixed);
    secrets.add_text(&board.series.uid.to_string());
    for session in &board.sessions {
        secrets.add_date(session.date);
    }
    for photo in &board.photos {
        secrets.add_file_name(&photo.file_name.0, fixed);
        secrets.add_text(&photo.uid.to_string());
        secrets.add_text(&photo.hash.to_string());
    }
}

fn make_case(vault: &Vault, chosen: &Chosen, site: &mut Site) -> Result<Case, ExportError> {
    let Chosen { board, choice } = chosen;
    let originals = [vault.original(choice.before.0.id)?, vault.original(choice.after.0.id)?];
    let pictures = make_pictures([&originals[0], &originals[1]], &choice.matrices, choice.crop)?;
    let days = (choice.after.1.date - choice.before.1.date).num_days();
    let facts = Facts {
        indication: Facts::indication_of(&board.series.indications),
        area: Facts::area_of(&choice.view),
        treatments: choice.treatments,
        planned: board.series.planned,
        weeks: (days + 3) / 7,
        age_band: board.patient.age_on(choice.before.1.date).map(Facts::band),
        skin: board.patient.fitzpatrick,
    };
    let label = |session| board.labels.get(&session).map_or_else(String::new, crate::model::SessionLabel::short);
    Ok(Case {
        facts,
        before: Shot { label: label(choice.before.1.id), file: site.add_picture(pictures.before) },
        after: Shot { label: label(choice.after.1.id), file: site.add_picture(pictures.after) },
        size: pictures.size,
    })
}

fn record(
    vault: &Vault,
    chosen: &[Chosen],
    cases: &[Case],
    site: &Site,
    destination: &Path,
    now: Now,
) -> Result<(), ExportError> {
    let hashes = site.hashes();
    let unchanged = vault.transact(Op::Publish, now, |tx| {
        for chosen in chosen {
            let board = tx.board(chosen.board.series.id)?;
            let told = |b: &Board| (b.patient.clone(), b.series.clone(), b.labels.clone());
            let same = |choice: Choice| choice.is_same(&chosen.choice) && told(&board) == told(&chosen.board);
            if !select(&board, now.today).is_ok_and(same) {
                // Nothing was written yet.
                return Ok(false);
            }
        }
        for (chosen, case) in chosen.iter().zip(cases) {
            let own = |path: &String| [&case.before.file, &case.after.file].contains(&path) || path == "index.html";
            tx.add_publication(&NewPublication {
                series: chosen.board.series.id,
                label_before: case.before.label.clone(),
                label_after: case.after.label.clone(),
                before: chosen.choice.before.0.id,
                after: chosen.choice.after.0.id,
                laid: Some(Laid { matrices: chosen.choice.matrices, crop: chosen.choice.crop }),
                file_hashes: hashes.iter().filter(|(path, _)| own(path)).cloned().collect(),
                destination: Redacted(destination.display().to_string()),
            })?;
        }
        Ok(true)
    })?;
    if unchanged { Ok(()) } else { Err(ExportError::Changed) }
}

fn go_on(progress: &Progress) -> Result<(), ExportError> {
    if progress.is_cancelled() { Err(ExportError::Cancelled) } else { Ok(()) }
}
