//! What an import says: the plan or what became of it, as lines or as JSON.

use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;

use crate::align::AlignSummary;
use crate::cli::error::CliError;
use crate::cli::output::{Output, complain};
use crate::import::{self, Note, Outcome, Plan, PlannedPhoto, PlannedSession, Refusal, Refused, Skip};
use crate::model::text::{counted, short_date};
use crate::model::{Indication, SessionKind, Slot, View};

const BY_ORDER: &str = "Nothing was filed in this series before: which photo shows which view is known by their order alone. Look at the \
                        board before anything is published.";

#[derive(Serialize)]
struct Shown {
    dry_run: bool,
    patient: String,
    series: Option<String>,
    creates: Option<Creates>,
    sessions: Vec<SessionShown>,
    refused: Vec<RefusedShown>,
    filed: usize,
    already_filed: usize,
    alarmed: usize,
    skipped: usize,
    in_tray: usize,
    cancelled: bool,
    alignment: Option<AlignmentShown>,
}

/// What a dry run would make, or a real one has made.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Creates {
    /// Whether the patient is new.
    pub(super) patient: bool,
    /// What the new series is for.
    pub(super) series: Indication,
}

#[derive(Serialize)]
struct SessionShown {
    date: NaiveDate,
    kind: SessionKind,
    label: Option<String>,
    photos: Vec<PhotoShown>,
}

#[derive(Serialize)]
struct PhotoShown {
    file_name: String,
    sha256: String,
    view: Option<String>,
    slot: Slot,
    filed: bool,
    skip: Option<Skip>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct RefusedShown {
    file_name: String,
    reason: Refusal,
    words: &'static str,
    photo: bool,
}

#[derive(Serialize)]
struct AlignmentShown {
    aligned: usize,
    suggestion: usize,
    none: usize,
    kept: usize,
    references: usize,
}

/// All that is said of one import.
pub(super) struct Report<'a> {
    /// Whose.
    pub(super) patient: &'a str,
    /// The key of the series; none while it is not there.
    pub(super) series: Option<&'a str>,
    /// What was or would be made for it.
    pub(super) creates: Option<Creates>,
    /// The plan.
    pub(super) plan: &'a Plan,
    /// The label each visit of the plan has or will have.
    pub(super) labels: Vec<Option<String>>,
    /// The rows of the board.
    pub(super) views: &'a [View],
    /// Whether nothing was filed in the series before: no photo of a view says what that view shows.
    pub(super) fresh: bool,
    /// What became of the plan; none after a dry run.
    pub(super) outcome: Option<&'a Outcome>,
    /// How the new photos lie.
    pub(super) alignment: Option<AlignSummary>,
}

impl Report<'_> {
    /// Says it, as JSON or in lines.
    pub(super) fn say(&self, json: bool, out: &mut Output) -> Result<(), CliError> {
        self.warn_of_others();
        if json { out.json(&self.shown()) } else { self.lines(out) }
    }

    /// What of it a script must not take for success.
    pub(super) fn verdict(&self) -> Result<(), CliError> {
        if self.outcome.is_some_and(|o| o.cancelled) {
            return Err(CliError::Failed("The import was stopped.".to_owned()));
        }
        let lost = self.refused().iter().filter(|r| r.is_loss()).count();
        if lost > 0 {
            return Err(CliError::Failed(format!(
                "{} could not be filed and may be or hold a photo. The others are not affected. Look at the reasons \
                 before the card is cleared.",
                counted(lost as i64, "item")
            )));
        }
        let mut reasons = Vec::new();
        if self.others() > 0 {
            reasons.push("Not every photo was filed: another patient has the same.".to_owned());
        }
        // A dry run files nothing anyway: that it warns is enough, as with a plan.
        reasons.extend(self.outcome.and_then(alarmed));
        if reasons.is_empty() { Ok(()) } else { Err(CliError::Refused(reasons.join(" "))) }
    }

    fn refused(&self) -> &[Refused] {
        self.outcome.map_or(&self.plan.refused, |outcome| &outcome.refused)
    }

    fn view_name(&self, photo: &PlannedPhoto) -> Option<String> {
        self.views.iter().find(|view| Some(view.id) == photo.view).map(|view| view.spec.name.clone())
    }

    fn was_filed(&self, photo: &PlannedPhoto) -> bool {
        photo.skip.is_none() && self.outcome.is_some_and(|o| o.filed.iter().any(|f| f.hash == photo.hash))
    }

    fn skipped_for(&self, why: Skip) -> usize {
        match self.outcome {
            Some(outcome) => outcome.skipped.iter().filter(|s| s.reason == why).count(),
            None => self.plan.skipped().filter(|(_, reason)| *reason == why).count(),
        }
    }

    fn others(&self) -> usize {
        self.skipped_for(Skip::OtherPatient)
    }

    fn warn_of_others(&self) {
        let n = self.others();
        if n > 0 {
            let place = if self.outcome.is_some() { "left in the tray" } else { "not going to be filed" };
            complain(&format!(
                "Warning: another patient already has {} of this import: {place}. Check whose they are; --allow-shared \
                 files them here as well.",
                counted(n as i64, "photo")
            ));
        }
    }

    /// Says of each file why it is not taken, to the person at the terminal.
    pub(super) fn complain(&self) {
        for refused in self.refused() {
            complain(&format!("{}: {}", name(&refused.path.0), refused.reason.words()));
        }
    }

    fn lines(&self, out: &mut Output) -> Result<(), CliError> {
        if let Some(creates) = self.creates {
            out.line(creates.sentence(self.outcome.is_some()))?;
        }
        if self.fresh && self.plan.filed().next().is_some() {
            out.line(BY_ORDER)?;
        }
        for (session, label) in self.plan.sessions.iter().zip(&self.labels) {
            let label = label.as_deref().unwrap_or_else(|| session.kind.words());
            out.line(format!("{}  {label}", short_date(session.date)))?;
            if let Some((photos, views)) = session.is_guess(self.views) {
                out.line(format!(
                    "    {} for {}: which shows which is a guess by their order. Look at the board before anything is published.",
                    counted(photos as i64, "photo"),
                    counted(views as i64, "view")
                ))?;
            }
            let rows: Vec<Vec<String>> = session.photos.iter().map(|p| self.cells(p)).collect();
            out.table(&rows)?;
        }
        for refused in self.refused() {
            out.line(format!("{}: {}", name(&refused.path.0), refused.reason.words()))?;
        }
        match self.outcome {
            None => out.line(self.forecast()),
            Some(outcome) => {
                out.line(outcome.sentence())?;
                self.alignment.as_ref().map_or(Ok(()), |summary| out.line(summary.sentence()))
            }
        }
    }

    /// "34 photos would be filed, 6 already filed. Nothing was changed."
    fn forecast(&self) -> String {
        let mut parts = vec![format!("{} would be filed", counted(self.plan.filed().count() as i64, "photo"))];
        for (why, words) in [
            (Skip::AlreadyFiled, "already filed"),
            (Skip::TwiceHere, "there twice"),
            (Skip::Alarmed, "would stay in the tray: like another patient's"),
        ] {
            let n = self.skipped_for(why);
            if n > 0 {
                parts.push(format!("{n} {words}"));
            }
        }
        format!("{}. Nothing was changed.", parts.join(", "))
    }

    fn cells(&self, photo: &PlannedPhoto) -> Vec<String> {
        let fate = match photo.skip {
            Some(skip) => skip.words().to_owned(),
            None => self.view_name(photo).unwrap_or_else(|| "no view".to_owned()),
        };
        let notes = photo.notes.iter().filter(|n| **n != Note::NoView).map(|n| n.words()).collect::<Vec<_>>();
        vec!["   ".to_owned(), name(&photo.path.0), fate, notes.join(", ")]
    }

    fn shown(&self) -> Shown {
        let photo = |p: &PlannedPhoto| PhotoShown {
            file_name: name(&p.path.0),
            sha256: p.hash.to_string(),
            view: self.view_name(p),
            slot: p.slot,
            filed: self.was_filed(p),
            skip: p.skip,
            notes: p.notes.iter().map(|n| n.words()).collect(),
        };
        let session = |(s, label): (&PlannedSession, &Option<String>)| SessionShown {
            date: s.date,
            kind: s.kind,
            label: label.clone(),
            photos: s.photos.iter().map(photo).collect(),
        };
        let refused = |r: &Refused| RefusedShown {
            file_name: name(&r.path.0),
            reason: r.reason,
            words: r.reason.words(),
            photo: r.is_loss(),
        };
        Shown {
            dry_run: self.outcome.is_none(),
            patient: self.patient.to_owned(),
            series: self.series.map(str::to_owned),
            creates: self.creates,
            sessions: self.plan.sessions.iter().zip(&self.labels).map(session).collect(),
            refused: self.refused().iter().map(refused).collect(),
            filed: self.outcome.map_or(0, |o| o.filed.len()),
            already_filed: self.skipped_for(Skip::AlreadyFiled),
            alarmed: self.skipped_for(Skip::Alarmed),
            skipped: self.outcome.map_or_else(|| self.plan.skipped().count(), |o| o.skipped.len()),
            in_tray: self.outcome.map_or(0, |o| o.in_tray),
            cancelled: self.outcome.is_some_and(|o| o.cancelled),
            alignment: self.alignment.as_ref().map(|a| AlignmentShown {
                aligned: a.aligned,
                suggestion: a.suggested,
                none: a.none,
                kept: a.kept,
                references: a.references,
            }),
        }
    }
}

/// Which photos were not filed because they align with another patient's, and what to do about it.
fn alarmed(outcome: &Outcome) -> Option<String> {
    let names: Vec<&str> = (outcome.skipped.iter())
        .filter(|skipped| skipped.reason == Skip::Alarmed)
        .map(|skipped| skipped.file_name.0.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "Not filed, because it may be another patient's: {}. Left in the tray. Look whose it is; the same command with \
             --allow-alarmed files it here.",
            names.join(", ")
        )
    })
}

impl Creates {
    fn sentence(self, done: bool) -> String {
        let what = if self.patient { "The patient and a series" } else { "A new series" };
        let tense = match (done, self.patient) {
            (false, _) => "would be",
            (true, true) => "were",
            (true, false) => "was",
        };
        format!("{what} for {} {tense} made.", self.series.words().to_lowercase())
    }
}

fn name(path: &Path) -> String {
    import::scan::file_name(path)
}
