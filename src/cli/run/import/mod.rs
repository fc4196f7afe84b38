//! `diptych import`: looks at files, plans, files, aligns.

mod card;
mod report;
mod watch;

use self::report::{Creates, Report};
use crate::align;
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::key::{self, Keyed, Match};
use crate::cli::output::{Output, complain};
use crate::cli::unlock;
use crate::clock::Now;
use crate::import::card::Alarmed;
use crate::import::{self, Options, Outcome, Plan, Scan, Skip, plan};
use crate::model::{Indication, NewPatient, Patient, SessionKind};
use crate::progress::Progress;
use crate::protocol;
use crate::vault::{Op, Vault};

/// Runs the import.
pub fn run(args: &args::Import, now: Now, progress: &Progress, out: &mut Output) -> Result<(), CliError> {
    if let Some(missing) = args.paths.iter().find(|p| std::fs::symlink_metadata(p).is_err()) {
        return Err(CliError::Failed(format!("{} is not there. Nothing was filed.", missing.display())));
    }
    if args.date.is_some_and(|date| date > now.today) {
        return Err(CliError::Usage("That date is still to come. Nothing was filed.".to_owned()));
    }
    let vault = unlock::open(&args.vault, now)?;
    if args.card.watch {
        return watch::run(&vault, &args.paths, progress, out);
    }
    if let Some(plan) = &args.plan {
        return card::file(&vault, plan, args, now, progress, out);
    }
    let (Some(code), Some(key)) = (&args.patient, &args.series) else {
        return card::suggest(&vault, args, now, progress, out);
    };
    let target = target(&vault, code, key, args.create)?;
    let scan = if args.tray { import::tray(&vault, progress)? } else { import::scan(&args.paths, progress) };
    if scan.cancelled {
        return Err(CliError::Failed("Stopped. Nothing was filed.".to_owned()));
    }
    let run = Run { vault: &vault, args, code: code.trim(), now, progress };
    match target {
        // Nothing to file: nothing is made, and what was refused is said.
        target if args.dry_run || scan.found.is_empty() => run.preview(target, scan, out),
        Target::There(patient, keyed) => run.file(&patient, &keyed, None, scan, out),
        Target::ToCreate(known, indication) => {
            let creates = Creates { patient: known.is_none(), series: indication };
            let (patient, keyed) = run.create(known.map(|p| *p), indication)?;
            let made = vault.last_undoable()?;
            let filed = run.file(&patient, &keyed, Some(creates), scan, out);
            if let Some(made) = made
                && vault.board(keyed.series.id).is_ok_and(|board| board.photos.is_empty())
            {
                // Made for photos of which none was filed: the next import makes it again.
                let _ = vault.undo_expected(made.id, now);
            }
            filed
        }
    }
}

/// Where photos go.
enum Target {
    /// Into a series that is there.
    There(Box<Patient>, Box<Keyed>),
    /// Into a new one, of this patient where they are there.
    ToCreate(Option<Box<Patient>>, Indication),
}

/// Finds it; changes nothing.
fn target(vault: &Vault, code: &str, series: &str, create: bool) -> Result<Target, CliError> {
    let Some(patient) = vault.patient_by_code(code.trim())? else {
        if !create {
            return Err(CliError::Failed(
                "There is no patient with that code. Nothing was filed. Add them first, or say --create.".to_owned(),
            ));
        }
        let known = || Indication::ALL.iter().map(|i| i.key()).collect::<Vec<_>>().join(", ");
        return Indication::from_key(series)
            .map(|indication| Target::ToCreate(None, indication))
            .ok_or_else(|| CliError::Usage(format!("A new series needs an indication as its --series: {}.", known())));
    };
    match key::find(vault, &patient, series)? {
        Match::One(keyed) => Ok(Target::There(Box::new(patient), keyed)),
        Match::NoneYet(indication) if create => Ok(Target::ToCreate(Some(Box::new(patient)), indication)),
        Match::NoneYet(_) => Err(CliError::Failed(
            "The patient has no series for that. Nothing was filed. Add one first, or say --create.".to_owned(),
        )),
    }
}

/// One import.
struct Run<'a> {
    vault: &'a Vault,
    args: &'a args::Import,
    code: &'a str,
    now: Now,
    progress: &'a Progress,
}

impl Run<'_> {
    fn options(&self) -> Options {
        Options { undated: self.args.date.unwrap_or(self.now.today), shared: self.args.allow_shared }
    }

    /// The patient, where they are new, and the series: both or none.
    fn create(&self, known: Option<Patient>, indication: Indication) -> Result<(Patient, Keyed), CliError> {
        let code = self.code;
        let op = if known.is_none() { Op::AddPatient } else { Op::AddSeries };
        let (patient, series) = self.vault.transact(op, self.now, |tx| {
            let patient = match &known {
                Some(patient) => patient.id,
                None => tx.add_patient(&NewPatient {
                    code: code.into(),
                    given: "".into(),
                    family: "".into(),
                    birth: None,
                    fitzpatrick: None,
                })?,
            };
            Ok((patient, tx.add_series(&protocol::preset(indication).series(patient, &[]))?))
        })?;
        let patient = self.vault.patient(patient)?;
        let keyed = key::series_of(self.vault, &patient)?.into_iter().find(|k| k.series.id == series);
        let lost = || CliError::Failed("The series was added but could not be read back.".to_owned());
        keyed.map(|keyed| (patient, keyed)).ok_or_else(lost)
    }

    fn doubt_dates(&self, plan: &mut Plan) -> Result<(), CliError> {
        let first = self.vault.sessions(plan.series)?.iter().map(|session| session.date).min();
        import::doubt::doubt_dates(&mut plan.sessions, first, self.now.today);
        Ok(())
    }

    /// Warns of photos that align with another patient's before anything is filed, and leaves them out unless a person said
    /// otherwise.
    fn compare(&self, plan: &mut Plan) -> Result<(), CliError> {
        let alarmed = import::card::compare(self.vault, plan, self.vault.compares_patients()?, self.progress)?;
        self.leave_out(plan, &alarmed);
        Ok(())
    }

    fn leave_out(&self, plan: &mut Plan, alarmed: &[import::card::Alarmed]) {
        alarmed.iter().for_each(warn);
        if !self.args.allow_alarmed {
            plan.leave_out(&alarmed.iter().map(|one| one.hash).collect(), Skip::Alarmed);
        }
    }

    /// Says what would be done, and of an empty card that there is nothing to do.
    fn preview(&self, target: Target, scan: Scan, out: &mut Output) -> Result<(), CliError> {
        let nothing = scan.found.is_empty();
        let mut report =
            |plan: &mut Plan, (views, sessions): (&[_], &[_]), planned, series: Option<&str>, creates, fresh| {
                set_kinds(plan, self.args.kind);
                let labels = plan::labels(&plan.sessions, sessions, planned);
                let outcome = Outcome { refused: plan.refused.clone(), ..Outcome::default() };
                let report = Report {
                    patient: self.code,
                    series,
                    creates,
                    plan,
                    labels,
                    views,
                    fresh,
                    outcome: (!self.args.dry_run).then_some(&outcome),
                    alignment: None,
                };
                if nothing && !self.args.json {
                    report.complain();
                } else {
                    report.say(self.args.json, out)?;
                }
                if nothing { Err(no_photo()) } else { report.verdict() }
            };
        match target {
            Target::There(_, keyed) => {
                let mut plan = import::plan(self.vault, keyed.series.id, scan, self.options())?;
                self.doubt_dates(&mut plan)?;
                self.compare(&mut plan)?;
                let board = self.vault.board(keyed.series.id)?;
                let (there, fresh) = ((&board.views[..], &board.sessions[..]), board.photos.is_empty());
                report(&mut plan, there, board.series.planned, Some(&keyed.key), None, fresh)
            }
            Target::ToCreate(known, indication) => {
                let preset = protocol::preset(indication);
                let creates = Creates { patient: known.is_none(), series: indication };
                let patient = known.map(|p| p.id);
                let (mut plan, views) = plan::for_new_series(self.vault, patient, &preset, scan, self.options())?;
                import::doubt::doubt_dates(&mut plan.sessions, None, self.now.today);
                let alarmed = import::card::behind_cards(self.vault, &plan)?;
                self.leave_out(&mut plan, &alarmed);
                report(&mut plan, (&views, &[]), preset.planned, None, (!nothing).then_some(creates), true)
            }
        }
    }

    fn file(
        &self,
        patient: &Patient,
        keyed: &Keyed,
        creates: Option<Creates>,
        scan: Scan,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let (vault, series) = (self.vault, keyed.series.id);
        let mut plan = import::plan(vault, series, scan, self.options())?;
        set_kinds(&mut plan, self.args.kind);
        self.doubt_dates(&mut plan)?;
        self.compare(&mut plan)?;
        let fresh = vault.board(series)?.photos.is_empty();
        let outcome = import::commit(vault, &plan, self.now, self.progress)?;
        let nothing = outcome.filed.is_empty();
        // A series that was made for this import is not there when nothing was filed; in another one photos may wait from before.
        let alignment = if self.args.no_align || (nothing && creates.is_some()) {
            None
        } else {
            let summary = align::align_series(vault, series, self.now, self.progress)?;
            let _graded = align::grade_series(vault, series, self.now, self.progress)?;
            Some(summary).filter(|summary| !nothing || summary.tried() > 0)
        };
        let board = vault.board(series)?;
        let label = |session: &import::PlannedSession| {
            let filed = outcome.filed.iter().find(|f| session.photos.iter().any(|p| p.hash == f.hash));
            let session = filed.map(|f| f.session).or(session.existing)?;
            board.labels.get(&session).map(crate::model::SessionLabel::full)
        };
        let report = Report {
            patient: &patient.code.0,
            series: (creates.is_none() || !nothing).then_some(keyed.key.as_str()),
            creates: creates.filter(|_| !nothing),
            plan: &plan,
            labels: plan.sessions.iter().map(label).collect(),
            views: &board.views,
            fresh,
            outcome: Some(&outcome),
            alignment,
        };
        report.say(self.args.json, out)?;
        report.verdict()
    }
}

fn warn(alarmed: &Alarmed) {
    let (name, why, whose) = (&alarmed.file_name.0, alarmed.alarm.words(), &alarmed.code.0);
    complain(&format!("Warning: {name} {why}: {whose}. Check whose it is."));
}

fn no_photo() -> CliError {
    CliError::Failed("There is no photo among these files. Nothing was filed.".to_owned())
}

fn set_kinds(plan: &mut Plan, kind: Option<SessionKind>) {
    let Some(kind) = kind else { return };
    plan.sessions.iter_mut().filter(|s| s.existing.is_none()).for_each(|s| s.set_kind(kind));
}
