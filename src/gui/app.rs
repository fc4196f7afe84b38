//! The window's state, and the only place that carries out what screens want.

mod focus;
mod frame;
mod reveal;
mod session;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use iced::advanced::image::Allocation;
use iced::keyboard::{Key, Modifiers, key::Named};
use iced::time::Duration;
use iced::{Element, Task, Theme, system};

use super::action::{Action, Place};
use super::idle::Idle;
use super::job::{Answer, Change, Job, UpkeepJob, Work};
use super::picture::Shown;
use super::screen::settings::Preferences;
use super::screen::unlock::{self, Demo, Unlock};
use super::shortcut::{self, Command, Scope};
use super::works::{JobId, Works};
use super::{Start, worker};
use crate::align::{self, Memory};
use crate::clock::Now;
use crate::registration::Described;
use crate::vault::Vault;
use session::Session;

/// How long a toast stays.
const TOAST: Duration = Duration::from_secs(5);

/// The window.
pub struct App {
    clock: fn() -> Now,
    preferences: Preferences,
    idle: Idle,
    desktop_is_light: bool,
    start: Start,
    /// Counts unlocks and locks: answers from before are dropped, so nothing of one session reaches another.
    epoch: u64,
    state: State,
    works: Works,
    /// What alignments made of references.
    references: Memory<Described>,
    /// What work came to that went on while the screens were locked: the vault, and a sentence that names nobody.
    news: Vec<(PathBuf, String)>,
    toast: Option<String>,
    toasts: u64,
    help: bool,
    /// Files that were dropped onto the window and not taken yet: they come one by one.
    dropped: Vec<PathBuf>,
    /// Whether files are held over the window.
    hovering: bool,
}

enum State {
    Locked(Box<Unlock>),
    Open(Box<Session>),
}

/// Everything that can happen.
#[derive(Clone)]
pub enum Message {
    /// On the unlock screen.
    Unlock(unlock::Message),
    /// On a screen of an open vault.
    Session(session::Message),
    /// A place of the rail was chosen.
    Go(Place),
    /// The lock of the rail.
    Lock,
    /// Somebody moved the mouse or pressed a key.
    Touched,
    /// Time to look whether anybody is there.
    Look,
    /// A key that no text field wanted.
    Key(Key, Modifiers),
    /// A key was let go.
    Released(Key),
    /// The core answered.
    Answer(Origin, Box<Answer>),
    /// A version of a picture, by its place, is on the GPU.
    Uploaded(Arc<Shown>, usize, Allocation),
    /// A job has ended, and with it its handle of the vault.
    Ended(JobId),
    /// Take the change back that the person was asked about, or leave it.
    Undo(bool),
    /// Stop long work.
    Cancel(Work),
    /// To the screen that long work belongs to.
    ShowWork(Work),
    /// The toast with this number has been there long enough.
    ToastGone(u64),
    /// Show or hide the shortcut sheet.
    Help(bool),
    /// The desktop prefers light.
    DesktopIsLight(bool),
    /// Files are held over the window, or no longer.
    Hovering(bool),
    /// A file or folder was dropped onto the window.
    Dropped(PathBuf),
    /// Nothing more came after so many.
    DroppedAll(usize),
}

/// What an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The unlocking or locking it was asked after.
    pub epoch: u64,
    /// The job.
    pub job: JobId,
}

impl App {
    /// The window at its start.
    pub fn boot(start: Start) -> (Self, Task<Message>) {
        Self::with_clock(start, Now::from_system)
    }

    /// The window with a clock of the caller's choice.
    pub fn with_clock(start: Start, clock: fn() -> Now) -> (Self, Task<Message>) {
        let (unlock, action) = Unlock::new(start.vault.clone(), demo(&start));
        let mut app = Self {
            clock,
            preferences: start.preferences,
            idle: Idle::new(clock().at),
            desktop_is_light: false,
            epoch: 0,
            state: State::Locked(Box::new(unlock)),
            works: Works::default(),
            references: align::references(),
            news: Vec::new(),
            toast: None,
            toasts: 0,
            help: false,
            dropped: Vec::new(),
            hovering: false,
            start,
        };
        let first = match app.start.opened.take() {
            Some(vault) => app.perform(Action::Unlocked(vault)),
            None => app.perform(action),
        };
        let desktop = system::theme().map(|mode| Message::DesktopIsLight(mode == iced::theme::Mode::Light));
        (app, Task::batch([first, desktop]))
    }

    /// Takes a message. When nobody has been there for too long it locks first, whatever the message is: the hand that
    /// wakes the window comes too late.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        let now = (self.clock)();
        if !self.is_guarded() {
            self.idle.touch(now.at);
        }
        let is_over = self.idle.is_over(now.at, self.preferences.lock_minutes);
        let locked = if is_over { self.perform(Action::Lock) } else { Task::none() };
        let (front, said) = (self.front(), self.toasts);
        let taken = self.take(message, now);
        // What was said on the screen before is not about this one; what was said on the way to it is.
        if self.front() != front && self.toasts == said {
            self.toast = None;
        }
        Task::batch([locked, taken])
    }

    /// The screen in front; none while the vault is locked.
    fn front(&self) -> Option<session::Front> {
        match &self.state {
            State::Open(session) => Some(session.front()),
            State::Locked(_) => None,
        }
    }

    fn take(&mut self, message: Message, now: Now) -> Task<Message> {
        let action = match message {
            Message::Unlock(message) => match &mut self.state {
                State::Locked(screen) => screen.update(message),
                State::Open(_) => Action::None,
            },
            Message::Session(message) => match &mut self.state {
                State::Open(session) => session.update(message, now),
                State::Locked(_) => Action::None,
            },
            Message::Go(place) => Action::Go(place),
            Message::Lock => Action::Lock,
            Message::Touched => {
                self.idle.touch(now.at);
                Action::None
            }
            Message::Key(key, modifiers) => self.key(&key, modifiers),
            Message::Released(key) => match &mut self.state {
                State::Open(session) => {
                    shortcut::released(session.scope(), &key).map_or(Action::None, |c| session.command(c))
                }
                State::Locked(_) => Action::None,
            },
            Message::Answer(origin, answer) => self.receive(origin, *answer),
            Message::Uploaded(shown, place, allocation) => {
                shown.uploaded(place, allocation);
                Action::None
            }
            Message::Ended(job) => {
                self.works.ended(job);
                Action::None
            }
            Message::Undo(yes) => match &mut self.state {
                State::Open(session) => session.decide_undo(yes),
                State::Locked(_) => Action::None,
            },
            Message::Cancel(work) => Action::Cancel(work),
            Message::ShowWork(work) => Action::ShowWork(work),
            Message::ToastGone(number) => {
                if number == self.toasts {
                    self.toast = None;
                }
                Action::None
            }
            Message::Help(shown) => {
                self.help = shown;
                Action::None
            }
            Message::DesktopIsLight(light) => {
                self.desktop_is_light = light;
                Action::None
            }
            Message::Hovering(over) => {
                self.hovering = over;
                Action::None
            }
            Message::Dropped(path) => {
                self.hovering = false;
                self.dropped.push(path);
                Action::None
            }
            Message::DroppedAll(count) if count == self.dropped.len() => {
                let paths = std::mem::take(&mut self.dropped);
                match &mut self.state {
                    _ if paths.is_empty() => Action::None,
                    State::Open(session) => session.dropped(paths, now.today),
                    State::Locked(_) => Action::Toast(frame::text::UNLOCK_FIRST.to_owned()),
                }
            }
            Message::Look | Message::DroppedAll(_) => Action::None,
        };
        self.perform(action)
    }

    fn key(&mut self, key: &Key, modifiers: Modifiers) -> Action {
        if matches!(key, Key::Named(Named::Tab)) && !modifiers.command() {
            return Action::StepFocus { back: modifiers.shift() };
        }
        let State::Open(session) = &mut self.state else { return Action::None };
        if session.undo().is_some() {
            return match key {
                Key::Named(Named::Enter) => session.decide_undo(true),
                Key::Named(Named::Escape) => session.decide_undo(false),
                _ => Action::None,
            };
        }
        match shortcut::command(session.scope(), key, modifiers) {
            None => Action::None,
            Some(Command::Help) => {
                self.help = !self.help;
                Action::None
            }
            Some(Command::Back) if self.help => {
                self.help = false;
                Action::None
            }
            Some(Command::Lock) => Action::Lock,
            Some(step @ (Command::Undo | Command::Redo)) => {
                let filing = |work| matches!(work, Work::File(_) | Work::FileCard);
                let busy = self.works.in_vault(session.dir()).any(|running| filing(running.work));
                match step {
                    // Which change is the newest is not yet settled.
                    _ if busy => Action::Toast(frame::text::UNDO_LATER.to_owned()),
                    Command::Redo => Action::Run(Job::LastUndone),
                    _ => Action::Run(Job::LastChange),
                }
            }
            Some(command) => session.command(command),
        }
    }

    fn receive(&mut self, origin: Origin, answer: Answer) -> Action {
        match answer {
            Answer::Started(work, handle) => {
                self.works.started(origin.job, work, handle);
                Action::None
            }
            Answer::Advanced(report, seconds) => {
                self.works.advanced(origin.job, report, seconds);
                Action::None
            }
            answer if origin.epoch != self.epoch => self.late(origin.job, &answer),
            Answer::LastChange(Ok(Some(change))) | Answer::LastUndone(Ok(Some(change))) if self.aligns(&change) => {
                Action::Toast(frame::text::UNDO_LATER.to_owned())
            }
            answer => {
                let nothing_chosen = matches!(answer, Answer::Picked(_, None));
                let action = match &mut self.state {
                    State::Locked(screen) => screen.receive(answer),
                    State::Open(session) => session.receive(answer),
                };
                if nothing_chosen {
                    return Action::all([action, Action::Toast(frame::text::NOT_PICKED.to_owned())]);
                }
                action
            }
        }
    }

    /// Whether photos are being aligned that this change has to do with.
    fn aligns(&self, change: &Change) -> bool {
        let State::Open(session) = &self.state else { return false };
        let meets = |work| matches!(work, Work::Align(course) if change.meets(course.series));
        self.works.in_vault(session.dir()).any(|running| meets(running.work))
    }

    /// An answer from before the last lock: no screen gets it. What long work came to is said once its vault is open again.
    fn late(&mut self, job: JobId, answer: &Answer) -> Action {
        // A folder that was read for a screen that is gone leads nowhere.
        if matches!(answer, Answer::Scanned(..)) {
            return Action::None;
        }
        let Some((vault, news)) = self.works.vault_of(job).zip(answer.news()) else { return Action::None };
        let dir = vault.dir().to_owned();
        match &mut self.state {
            State::Open(session) if session.dir() == dir => Action::all([Action::Toast(news), session.refresh()]),
            _ => {
                self.news.push((dir, news));
                Action::None
            }
        }
    }

    /// Carries out what a screen wants.
    fn perform(&mut self, action: Action) -> Task<Message> {
        match action {
            Action::None => Task::none(),
            Action::Run(Job::Upkeep(job)) if self.is_under_way(&job) => {
                // One that was begun before a lock goes on, and the screen of after it does not know.
                let next = self.receive(Origin { epoch: self.epoch, job: 0 }, job.failed(frame::text::UNDER_WAY));
                self.perform(next)
            }
            Action::Run(job) => self.begin(job),
            Action::Align(course) => {
                let busy = [Work::File(course), Work::Align(course)].iter().any(|w| self.works.of(*w).is_some());
                if busy { Task::none() } else { self.begin(Job::Align(course)) }
            }
            Action::Grade(course) => {
                // What files or aligns goes on to grade.
                let busy = [Work::File(course), Work::Align(course), Work::Grade(course)];
                if busy.iter().any(|w| self.works.of(*w).is_some()) {
                    Task::none()
                } else {
                    self.begin(Job::GradeSeries(course))
                }
            }
            Action::Many(actions) => {
                let tasks: Vec<_> = actions.into_iter().map(|a| self.perform(a)).collect();
                Task::batch(tasks)
            }
            Action::Focus(id) => iced::widget::operation::focus(id),
            Action::StepFocus { back } => focus::step(back),
            Action::Scroll { id, x, y } => {
                iced::widget::operation::scroll_to(id, iced::widget::scrollable::AbsoluteOffset { x, y })
            }
            Action::Reveal { list, items } => reveal::reveal(list, items),
            Action::Upload(pictures) => Task::batch(pictures.iter().map(upload)),
            Action::Toast(sentence) => {
                self.toast = Some(sentence);
                self.toasts += 1;
                Task::none()
            }
            Action::Cancel(work) => {
                self.works.cancel(work);
                Task::none()
            }
            Action::Unlocked(vault) => {
                self.epoch += 1;
                self.idle.touch((self.clock)().at);
                let dir = vault.dir().to_owned();
                let found_something = !vault.findings().sentences().is_empty();
                let (session, action) = Session::new(vault, self.preferences);
                self.state = State::Open(Box::new(session));
                let first = self.perform(action);
                // What the opening found stands where the day begins.
                let look = if found_something { Action::Go(Place::Today) } else { Action::None };
                let first = Task::batch([first, self.perform(look)]);
                let news: Vec<_> = self.news.extract_if(.., |(of, _)| *of == dir).map(|(_, said)| said).collect();
                let said = if news.is_empty() { Action::None } else { Action::Toast(news.join(" ")) };
                Task::batch([first, self.perform(said), self.keep_settings()])
            }
            Action::Lock => self.lock(),
            Action::Settings(preferences) => {
                self.preferences = preferences;
                if let State::Open(session) = &mut self.state {
                    session.set_preferences(preferences);
                }
                self.keep_settings()
            }
            navigation => match &mut self.state {
                State::Open(session) => {
                    let next = session.navigate(navigation);
                    self.perform(next)
                }
                State::Locked(_) => Task::none(),
            },
        }
    }

    fn is_under_way(&self, job: &UpkeepJob) -> bool {
        job.work().is_some_and(|work| self.works.of(work).is_some())
    }

    /// Blanks the screens and drops pictures and keys; what is being filed, aligned or written finishes on its own handle.
    fn lock(&mut self) -> Task<Message> {
        let folder = self.vault().map(|v| v.dir().to_owned());
        if let Some(folder) = &folder {
            // Nobody could see a plan whose screen is gone, and what has no end would keep the keys for ever.
            let all: Vec<_> = self.works.in_vault(folder).map(|r| r.work).collect();
            let watched = all.contains(&Work::Watch);
            all.into_iter().filter(|w| matches!(w, Work::Scan(_) | Work::Watch)).for_each(|w| self.works.cancel(w));
            self.news.extend(watched.then(|| (folder.clone(), frame::text::WATCH_ENDED.to_owned())));
        }
        let (last, lost_code) = match &self.state {
            State::Open(session) => (None, session.shows_code().then(|| session.dir().to_owned())),
            State::Locked(screen) => (Some(screen.path()), screen.shows_code()),
        };
        self.news.extend(lost_code.map(|dir| (dir, frame::text::CODE_LOST.to_owned())));
        let next = folder.or(last).or(self.start.vault.clone());
        self.epoch += 1;
        // What was made of photos goes with the keys to them.
        self.references = align::references();
        self.help = false;
        self.toast = None;
        let (unlock, action) = Unlock::new(next, demo(&self.start));
        self.state = State::Locked(Box::new(unlock));
        self.perform(action)
    }

    /// Hands a job to the core and notes it until it has ended.
    fn begin(&mut self, job: Job) -> Task<Message> {
        // A dialog of the desktop may stay open for long and needs no vault.
        let of_desktop = matches!(job, Job::PickFolder(_) | Job::PickDocument(_) | Job::PickFile { .. });
        let vault = if of_desktop { None } else { job.vault().cloned().or_else(|| self.vault()) };
        let opens = matches!(job, Job::Open { .. } | Job::Recover { .. });
        let held = if opens { self.works.vaults() } else { Vec::new() };
        let number = self.works.begin(job.work(), vault.clone());
        let origin = Origin { epoch: self.epoch, job: number };
        let references = self.references.clone();
        let context = worker::Context { vault, held, references, now: (self.clock)() };
        let answers = worker::run(job, context).map(move |a| Message::Answer(origin, Box::new(a)));
        answers.chain(Task::done(Message::Ended(number)))
    }

    /// Keeps look, text size and the place of the vault for the next start.
    fn keep_settings(&mut self) -> Task<Message> {
        let Some(path) = self.start.settings_file.clone() else { return Task::none() };
        let vault = self.vault().map(|v| v.dir().to_owned());
        self.perform(Action::Run(Job::SaveSettings { path, preferences: self.preferences, vault }))
    }

    /// Whether there is something to lock: keys, pictures, or a secret that is being typed.
    fn is_guarded(&self) -> bool {
        match &self.state {
            State::Open(_) => true,
            State::Locked(screen) => screen.is_guarded(),
        }
    }

    fn vault(&self) -> Option<Vault> {
        match &self.state {
            State::Open(session) => Some(session.vault()),
            State::Locked(_) => None,
        }
    }

    /// The look that was chosen.
    #[must_use]
    pub fn theme(&self) -> Theme {
        super::theme::of(self.preferences.theme, self.desktop_is_light)
    }

    /// The text size that was chosen; everything grows with it.
    #[must_use]
    pub fn scale_factor(&self) -> f32 {
        f32::from(self.preferences.text_percent) / 100.0
    }

    /// The window as it stands.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        let theme = self.theme();
        let (page, scope) = match &self.state {
            State::Locked(screen) => (screen.view(&theme, &self.works).map(Message::Unlock), Scope::Other),
            State::Open(session) => (frame::with_rail(session, &self.works, &theme, (self.clock)()), session.scope()),
        };
        frame::whole(page, self.toast.as_deref(), self.help.then_some(scope), self.hovering)
    }
}

fn demo(start: &Start) -> Option<Demo> {
    start.demo.clone().map(|folder| Demo { built: folder.exists(), folder })
}

/// Brings every version of a picture to the GPU that it cannot draw at once.
fn upload(shown: &Arc<Shown>) -> Task<Message> {
    Task::batch(shown.to_upload().map(|(place, handle)| {
        let shown = shown.clone();
        iced_runtime::image::allocate(handle.clone()).then(move |outcome| match outcome {
            Ok(allocation) => Task::done(Message::Uploaded(shown.clone(), place, allocation)),
            // Too large for this GPU: the coarser version stays.
            Err(_) => Task::none(),
        })
    }))
}
