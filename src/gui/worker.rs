//! The one place that knows tasks: runs a [`Job`] away from the window and sends its answers back.

mod card;
mod consent;
mod decide;
mod key;
mod longwork;
mod picture;
mod query;
mod upkeep;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use iced::Task;
use iced::futures::SinkExt;
use iced::futures::channel::mpsc::Sender;
use iced::futures::executor::block_on;

use super::job::{Answer, Asked, Course, Failure, Job, Work};
use crate::align::Memory;
use crate::clock::Now;
use crate::fsx;
use crate::model::{AttachmentId, PhotoId};
use crate::progress::Progress;
use crate::registration::Described;
use crate::vault::{KdfCost, Op, Vault, VaultError};

/// The way back to the window.
#[derive(Clone)]
struct Reply(Arc<Sender<Answer>>);

impl Reply {
    /// Sends an answer; waits while the window is busy, and does nothing when it is gone.
    fn send(&self, answer: Answer) {
        let _ = block_on(Sender::clone(&self.0).send(answer));
    }

    /// A handle for long work that reports to the window and that the window can cancel.
    fn progress(&self, work: Work) -> Progress {
        // The window keeps the handle, and the end of the channel tells it that the job has ended: the handle must not keep
        // the channel open.
        let reply = Arc::downgrade(&self.0);
        // A full channel means the window has not drawn the last report yet: this one may be dropped.
        let began = std::time::Instant::now();
        let progress = Progress::new(move |report| {
            let seconds = began.elapsed().as_secs_f64();
            if let Some(sender) = reply.upgrade() {
                let _ = Sender::clone(&sender).try_send(Answer::Advanced(report.clone(), seconds));
            }
        });
        self.send(Answer::Started(work, progress.clone()));
        progress
    }
}

/// What a job may work with.
pub struct Context {
    /// The vault the job works in.
    pub vault: Option<Vault>,
    /// Vaults that jobs from before a lock still work in.
    pub held: Vec<Vault>,
    /// What earlier jobs made of references.
    pub references: Memory<Described>,
    /// The moment.
    pub now: Now,
}

/// Runs a job. Jobs that need a vault do nothing without one.
pub fn run(job: Job, context: Context) -> Task<Answer> {
    match job {
        Job::PickFolder(asked) => pick_folder(asked),
        Job::PickDocument(asked) => pick_document(asked),
        Job::PickFile { asked, suggested } => pick_file(asked, suggested),
        job => iced_runtime::task::blocking(move |sender| {
            let reply = Reply(Arc::new(sender));
            let mut next = Some(job);
            while let Some(job) = next {
                next = guarded(job, &context, &reply);
            }
            // Before the channel ends, because its end tells the window that this vault handle is gone.
            drop(context);
            drop(reply);
        }),
    }
}

/// Runs a job, and says which one follows; a mistake of the program is told to whoever waits for the answer.
fn guarded(job: Job, context: &Context, reply: &Reply) -> Option<Job> {
    let broken = job.broken();
    let work = AssertUnwindSafe(|| match &context.vault {
        None => {
            without_vault(job, context, reply);
            None
        }
        Some(vault) => with_vault(job, vault, context, reply),
    });
    catch_unwind(work).unwrap_or_else(|_| {
        for answer in broken {
            reply.send(answer);
        }
        None
    })
}

fn pick_folder(asked: Asked) -> Task<Answer> {
    let dialog = rfd::AsyncFileDialog::new();
    Task::perform(async move { dialog.pick_folder().await.map(|f| f.path().to_owned()) }, move |path| {
        Answer::Picked(asked, path)
    })
}

/// How the names of documents end; some desktops tell capitals from small letters.
const DOCUMENTS: &[&str] =
    &["pdf", "PDF", "jpg", "JPG", "jpeg", "JPEG", "png", "PNG", "tif", "TIF", "tiff", "TIFF", "webp", "WEBP"];

fn pick_document(asked: Asked) -> Task<Answer> {
    let dialog = rfd::AsyncFileDialog::new().add_filter("PDF, JPEG, PNG, TIFF, WebP", DOCUMENTS);
    Task::perform(async move { dialog.pick_file().await.map(|f| f.path().to_owned()) }, move |path| {
        Answer::Picked(asked, path)
    })
}

fn pick_file(asked: Asked, suggested: &'static str) -> Task<Answer> {
    let dialog = rfd::AsyncFileDialog::new().set_file_name(suggested);
    Task::perform(async move { dialog.save_file().await.map(|f| f.path().to_owned()) }, move |path| {
        Answer::Picked(asked, path)
    })
}

fn said(error: VaultError) -> Failure {
    Failure(error.user_message())
}

fn without_vault(job: Job, context: &Context, reply: &Reply) {
    let now = context.now;
    match job {
        Job::Peek(folder) => {
            let (found, shared) = (Vault::peek(&folder), fsx::shared(&folder));
            reply.send(Answer::Peeked(folder, found, shared));
        }
        Job::Open { folder, login, passphrase } => {
            reply.send(Answer::Opened(key::open(&folder, &login, &passphrase, context)));
        }
        Job::Recover { folder, code } => reply.send(Answer::Recovered(key::recover(&folder, &code, context))),
        Job::Create { folder, login, passphrase } => {
            let created = Vault::create(&folder, &login, &passphrase, KdfCost::INTERACTIVE, now);
            reply.send(Answer::Created(created.map(|(vault, code)| (vault, Arc::new(code.0))).map_err(said)));
        }
        Job::ChangeKeys(change) => reply.send(Answer::KeysChanged(key::change(&change, context))),
        Job::SaveSettings { path, preferences, vault } => {
            let mut settings = crate::config::Settings::load(&path);
            settings.theme = preferences.theme;
            settings.text_percent = preferences.text_percent;
            settings.lock_minutes = preferences.lock_minutes;
            settings.last_vault = vault.or(settings.last_vault);
            // A setting that cannot be kept costs nothing but having to set it again.
            let _ = settings.save(&path);
        }
        Job::BuildDemo(folder) => longwork::demo(&folder, now, reply),
        Job::Upkeep(job) => upkeep::without_vault(job, now, reply),
        _ => {}
    }
}

fn with_vault(job: Job, vault: &Vault, context: &Context, reply: &Reply) -> Option<Job> {
    let now = context.now;
    match job {
        Job::Patients { ticket, search, page } => {
            reply.send(Answer::Patients(ticket, page, query::patients(vault, &search, page).map_err(said)));
        }
        Job::EditPatient(id, to) => {
            let edited = vault.transact(Op::EditPatient, now, |tx| tx.edit_patient(id, &to));
            reply.send(Answer::PatientEdited(id, edited.map_err(said)));
        }
        Job::AddPatient(ticket, new) => {
            let added = vault.transact(Op::AddPatient, now, |tx| tx.add_patient(&new));
            reply.send(Answer::PatientAdded(ticket, added.map_err(said)));
        }
        Job::OpenPatient(ticket) => {
            reply.send(Answer::PatientOpened(ticket, query::patient_page(vault, ticket.id, now).map_err(said)));
        }
        Job::Board(ticket) => reply.send(Answer::Board(ticket, query::board(vault, ticket.id).map_err(said))),
        Job::EditSession(patient, id, date, kind) => {
            let edited = vault.transact(Op::EditSession, now, |tx| tx.set_session(id, date, kind));
            reply.send(Answer::CourseEdited(patient, edited.map_err(said)));
        }
        Job::EditSeries(patient, id, plan) => {
            let edited = vault.transact(Op::EditSeries, now, |tx| {
                tx.set_series_plan(id, plan.planned, plan.days)?;
                tx.set_series_state(id, plan.state)
            });
            reply.send(Answer::CourseEdited(patient, edited.map_err(said)));
        }
        Job::AddSeries(new) => {
            let added = vault.transact(Op::AddSeries, now, |tx| tx.add_series(&new));
            reply.send(Answer::SeriesAdded(new.patient, added.map_err(said)));
        }
        Job::AddConsents(patient, consents, document) => {
            let added = consent::add(vault, patient, &consents, document.as_deref(), now);
            reply.send(Answer::ConsentsAdded(patient, added.map_err(said)));
        }
        Job::SaveDocument { patient, document, path, replace } => {
            let saved = consent::save(vault, document, &path, replace, now);
            reply.send(Answer::DocumentSaved(patient, document, saved.map(|()| path)));
        }
        Job::ShowDocument(ticket, index) => {
            let page = consent::show(vault, AttachmentId(ticket.id), index).map(Arc::new);
            reply.send(Answer::DocumentShown(ticket, index, page));
        }
        Job::Thumbnails { ticket, photos, stop } => picture::thumbnails(vault, ticket, &photos, &stop, reply),
        Job::Framed(request) => {
            let shown = picture::framed(vault, &request);
            reply.send(Answer::Framed(request.ticket, shown.map(Arc::new)));
        }
        Job::Match(ticket, sides) => {
            reply.send(Answer::Matched(ticket, picture::matched(vault, &sides).map(Arc::new)));
        }
        Job::Grade { pair, board } => {
            reply.send(Answer::Graded(pair, picture::graded(vault, &board, pair).map(Arc::new)));
        }
        Job::GradeAll { ticket, pairs, board } => {
            reply.send(Answer::GradedAll(ticket, picture::graded_all(vault, &board, &pairs)));
        }
        Job::Original(ticket) => reply.send(Answer::Original(ticket, decide::original(vault, ticket))),
        Job::Decide(course, decision) => decide::decide(vault, course, decision, now, reply),
        Job::Refine { ticket, series, frame, landmarks } => {
            let refined = decide::refine(vault, series, (PhotoId(ticket.id), frame), &landmarks);
            reply.send(Answer::Refined(ticket, refined));
        }
        Job::Composite { pair, path, manner } => {
            let saved = longwork::composite(vault, pair, &path, manner, now);
            reply.send(Answer::CompositeSaved(pair, saved));
        }
        Job::Today => reply.send(Answer::Today(query::today(vault, now).map_err(said))),
        Job::Cases(page) => reply.send(Answer::Cases(page, query::cases(vault, page, now).map_err(said))),
        Job::ExportGallery { folder, signature } => longwork::gallery(vault, &folder, &signature, now, reply),
        Job::Scan { ticket, patient, folder } => longwork::scan(vault, (ticket, patient), folder, now, reply),
        Job::File(patient, plan) => {
            let course = Course { patient, series: plan.series };
            return longwork::file(vault, course, &plan, now, reply).then_some(Job::Align(course));
        }
        Job::Align(course) => {
            let _whole = longwork::align(vault, course, context, reply);
            return Some(Job::GradeSeries(course));
        }
        Job::GradeSeries(course) => longwork::grade(vault, course, now, reply),
        Job::Peeks { ticket, files, stop } => picture::peeks(vault, ticket, &files, &stop, reply),
        Job::LastChange => reply.send(Answer::LastChange(query::change(vault, vault.last_undoable()).map_err(said))),
        Job::Undo(entry) => {
            let undone = vault.undo_expected(entry.id, now);
            reply.send(Answer::Undone(entry, undone.map(|done| done.words()).map_err(said)));
        }
        Job::LastUndone => reply.send(Answer::LastUndone(query::change(vault, vault.next_redoable()).map_err(said))),
        Job::Redo(entry) => {
            let redone = vault.redo_expected(entry.id, now);
            reply.send(Answer::Redone(entry, redone.map(|done| done.words()).map_err(said)));
        }
        Job::Courses(ticket, code) => reply.send(Answer::Courses(ticket, query::courses(vault, &code.0, now))),
        Job::Views(ticket, series) => reply.send(Answer::Views(ticket, vault.views(series).map_err(said))),
        Job::PlanTransfer(ticket, transfer) => {
            let plan = vault.plan_transfer(transfer, now.today);
            reply.send(Answer::TransferPlanned(ticket, plan.map(Arc::new).map_err(said)));
        }
        Job::CarryOut(patient, plan) => {
            reply.send(Answer::Transferred(patient, vault.carry_out(&plan, now).map_err(said)));
        }
        Job::Card(job) => card::run(job, vault, context, reply),
        Job::CodeUsed => reply.send(Answer::CodeUsed(vault.recovery_code_was_used().unwrap_or_default())),
        Job::Upkeep(job) => upkeep::with_vault(job, vault, context, reply),
        other => without_vault(other, context, reply),
    }
    None
}
