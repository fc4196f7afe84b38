//! The board: selecting, pairing, opening.

use std::sync::Arc;

use diptych::align::Decision;
use diptych::clock::{Now, UtcMillis};
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Asked, Job, NotSaved, PatientPage, Ticket};
use diptych::gui::screen::board::grid::{Cell, Grid, chip, placed};
use diptych::gui::screen::board::{BoardScreen, Message, consents};
use diptych::gui::screen::save::Placing;
use diptych::gui::shortcut::Command;
use diptych::gui::theme;
use diptych::model::{
    AlignmentId, Attachment, AttachmentId, Consent, ConsentEvent, ConsentId, DocumentKind, PatientId, PhotoHash,
    Purpose, Scope, SeriesId, SessionKind, Uid, ViewId,
};
use diptych::vault::Board;

use crate::fixture::{board, graded_board, photo_id, simulate, thumbnails, today};

/// The board of the fixture as it stands once everything has come.
pub fn screen() -> BoardScreen {
    screen_of(board()).0
}

/// A board as it stands once everything has come, and what it wanted then.
fn screen_of(board: Arc<Board>) -> (BoardScreen, Action) {
    let (mut screen, first) = BoardScreen::new(PatientId(1), None);
    let ticket = match first.jobs().as_slice() {
        [Job::OpenPatient(ticket)] => *ticket,
        _ => panic!("the page of the patient is asked for first"),
    };
    let page = PatientPage {
        patient: board.patient.clone(),
        series: vec![board.series.clone()],
        sessions: vec![board.sessions.clone()],
        consents: Vec::new(),
        documents: Vec::new(),
    };
    let second = screen.receive(Answer::PatientOpened(ticket, Ok(Arc::new(page))));
    let ticket = match second.jobs().as_slice() {
        [Job::Board(ticket)] => *ticket,
        _ => panic!("the series is asked for next"),
    };
    let third = screen.receive(Answer::Board(ticket, Ok(Arc::clone(&board))));
    assert!(matches!(third.jobs().as_slice(), [Job::Thumbnails { .. }]));
    for (photo, handle) in thumbnails(&board) {
        let _ = screen.receive(Answer::Thumbnail(ticket, photo, Some(handle)));
    }
    (screen, third)
}

fn cell(row: usize, column: usize) -> Cell {
    Cell { row, column }
}

pub fn click(screen: &mut BoardScreen, on: &str) -> Action {
    let theme = theme::dark();
    let messages: Vec<Message> = {
        let mut window = simulate(screen.view(&theme, today()));
        let _ = window.click(on).expect("it is on the screen");
        window.into_messages().collect()
    };
    let mut last = Action::None;
    for message in messages {
        last = screen.update(message, Now::fixed(today()));
    }
    last
}

#[test]
fn a_click_on_a_picture_selects_it() {
    let mut screen = screen();
    let _ = click(&mut screen, "could not align");
    assert_eq!(screen.selection(), (Some(cell(2, 3)), None));
}

#[test]
fn a_second_click_in_the_same_row_makes_a_pair_and_compares_it() {
    let mut screen = screen();
    let now = Now::fixed(today());
    let _ = screen.update(Message::Clicked(cell(0, 3)), now);
    let _ = screen.update(Message::Clicked(cell(0, 1)), now);
    assert_eq!(screen.selection(), (Some(cell(0, 3)), Some(cell(0, 1))));
    match screen.command(Command::Accept) {
        Action::Compare { before, after, .. } => assert_eq!((before, after), (photo_id(0, 1), photo_id(0, 3))),
        _ => panic!("Enter compares the pair, the earlier one first"),
    }
}

#[test]
fn enter_compares_the_selected_photo_with_the_baseline() {
    let mut screen = screen();
    let _ = screen.update(Message::Clicked(cell(1, 2)), Now::fixed(today()));
    match screen.command(Command::Accept) {
        Action::Compare { before, after, .. } => assert_eq!((before, after), (photo_id(1, 0), photo_id(1, 2))),
        _ => panic!("Enter compares"),
    }
}

#[test]
fn the_keyboard_walks_the_board_and_stops_at_its_edges() {
    let mut screen = screen();
    for command in [Command::Down, Command::Down, Command::Left, Command::Left, Command::Left, Command::Up] {
        let _ = screen.command(command);
    }
    assert_eq!(screen.selection().0, Some(cell(0, 0)));
    let _ = screen.command(Command::Up);
    assert_eq!(screen.selection().0, Some(cell(0, 0)));
}

#[test]
fn an_empty_slot_leads_to_the_import() {
    let mut screen = screen();
    assert!(matches!(click(&mut screen, "+ add photo"), Action::Import(_)));
}

#[test]
fn a_picture_asked_for_another_series_is_dropped() {
    let board = board();
    let mut screen = screen();
    let before = screen.thumbnails().len();
    let foreign = photo_id(2, 2);
    let handle = thumbnails(&board).into_values().next();
    let _ = screen.receive(Answer::Thumbnail(Ticket { id: 8, generation: 1 }, foreign, handle));
    assert_eq!(screen.thumbnails().len(), before);
}

#[test]
fn the_next_session_stands_there_with_its_window() {
    let screen = screen();
    let theme = theme::dark();
    let mut window = simulate(screen.view(&theme, today()));
    assert!(window.find("Session 5 of 6").is_ok());
    assert!(window.find("due 21 May – 4 Jun").is_ok());
}

#[test]
fn the_chips_say_how_each_photo_lies() {
    let board = board();
    assert_eq!(chip(&placed(&board, photo_id(0, 0))), "reference");
    assert_eq!(chip(&placed(&board, photo_id(0, 1))), "aligned 1.8 px");
    assert_eq!(chip(&placed(&board, photo_id(2, 3))), "could not align");
}

#[test]
fn where_the_scale_is_known_the_chip_says_millimetres() {
    let mut board = (*board()).clone();
    board.frames[0].mm_per_px = Some(0.05);
    assert_eq!(chip(&placed(&board, photo_id(0, 1))), "aligned 1.8 px · 0.09 mm");
}

#[test]
fn each_photo_shows_how_far_it_may_be_compared_with_its_baseline_and_the_best_pair_has_a_command() {
    let (mut screen, _) = screen_of(Arc::new(graded_board([0.0, 0.7, 0.1, 1.0])));
    for letter in ["B", "C", "D", "F"] {
        assert!(shows(&screen, letter), "{letter}: exposure, healing, and what could not be aligned");
    }
    assert!(!shows(&screen, "A") && !shows(&screen, "E"));
    match &click(&mut screen, "Best pair") {
        Action::Many(all) => match all.as_slice() {
            [Action::Compare { before, after, .. }, Action::Toast(why)] => {
                assert_eq!((*before, *after), (photo_id(0, 0), photo_id(0, 2)));
                assert!(why.starts_with("B · comparable, small differences, the best of 3 pairs."), "{why}");
            }
            _ => panic!("it is compared, and said why"),
        },
        _ => panic!("it is compared, and said why"),
    }
    // The third view has no photo in that session: its other two are left.
    let _ = screen.update(Message::Clicked(cell(2, 0)), Now::fixed(today()));
    let Action::Many(all) = screen.command(Command::BestPair) else { panic!("the selected view's pair") };
    assert!(matches!(all[0], Action::Compare { after, .. } if after == photo_id(2, 1)));
}

#[test]
fn a_better_grade_that_shows_no_result_is_named_beside_the_best_pair() {
    let mut board = graded_board([0.0, 0.0, 0.7, 1.0]);
    board.sessions[0].kind = SessionKind::Consultation;
    let (mut screen, _) = screen_of(Arc::new(board));
    let Action::Many(all) = click(&mut screen, "Best pair") else { panic!("it is compared, and said why") };
    let [Action::Compare { after, .. }, Action::Toast(why)] = all.as_slice() else {
        panic!("it is compared, and said why")
    };
    assert_eq!(*after, photo_id(0, 2));
    assert!(why.ends_with("is A, but was taken before anything was treated."), "{why}");
}

#[test]
fn nothing_is_proposed_before_it_was_measured_or_where_everything_misleads() {
    let (screen, _) = screen_of(board());
    assert!(!shows(&screen, "Best pair"));
    match screen_of(board()).0.command(Command::BestPair) {
        Action::Toast(said) => assert!(said.contains("still being measured"), "{said}"),
        _ => panic!("it is said"),
    }
    let (mut dark, _) = screen_of(Arc::new(graded_board([0.0, 1.1, 1.2, 1.3])));
    assert!(!shows(&dark, "Best pair"));
    match dark.command(Command::BestPair) {
        Action::Toast(said) => assert!(said.contains("The best is D: Exposure: 1.3 EV darker."), "{said}"),
        _ => panic!("it is said"),
    }
}

#[test]
fn pairs_are_asked_to_be_measured_once_and_again_only_where_they_lie_otherwise() {
    fn asks(action: &Action) -> bool {
        match action {
            Action::Grade(course) => (course.patient, course.series) == (PatientId(1), SeriesId(7)),
            Action::Many(all) => all.iter().any(asks),
            _ => false,
        }
    }
    let (mut screen, first) = screen_of(board());
    assert!(asks(&first));
    let mut again = |board: &Board| {
        let Action::Run(Job::Board(ticket)) = screen.reload() else { panic!("the series is asked for") };
        asks(&screen.receive(Answer::Board(ticket, Ok(Arc::new(board.clone())))))
    };
    assert!(!again(&board()), "what cannot be read would be asked for without end");
    let mut moved = graded_board([0.0; 4]);
    assert!(!again(&moved), "everything is measured");
    moved.alignments[0].id = Some(AlignmentId(900));
    assert!(again(&moved) && !again(&moved));
}

#[test]
fn completeness_counts_the_views_of_a_session() {
    let grid = Grid::new(&board());
    assert_eq!(grid.completeness(0), (3, 3));
    assert_eq!(grid.completeness(2), (2, 3));
}

fn shows(screen: &BoardScreen, text: &str) -> bool {
    let theme = theme::dark();
    simulate(screen.view(&theme, today())).find(text).is_ok()
}

#[test]
fn a_document_is_attached_to_a_consent_of_its_own_patient_only() {
    let mut screen = screen();
    let _ = click(&mut screen, "Consents…");
    let _ = click(&mut screen, "Record a consent");
    let asked = click(&mut screen, "Attach the signed document…");
    assert!(matches!(asked.jobs().as_slice(), [Job::PickDocument(Asked::Document(PatientId(1)))]));
    let picked = |of, path: &str| Answer::Picked(Asked::Document(PatientId(of)), Some(path.into()));
    let _ = screen.receive(picked(2, "/scans/another.pdf"));
    assert!(!shows(&screen, "another.pdf") && shows(&screen, "Attach the signed document…"));
    let _ = screen.receive(picked(1, "/scans/signed.pdf"));
    assert!(shows(&screen, "signed.pdf"));
    let _ = click(&mut screen, "Leave it out");
    assert!(!shows(&screen, "signed.pdf"));
}

/// The consents of a patient of whom the second consent has its document.
fn with_document() -> BoardScreen {
    let board = board();
    let (mut screen, first) = BoardScreen::new(PatientId(1), None);
    let [Job::OpenPatient(ticket)] = first.jobs()[..] else { panic!("the page of the patient is asked for first") };
    let consent = |id, wording: &str| Consent {
        id: Some(ConsentId(id)),
        patient: PatientId(1),
        series: None,
        purpose: Purpose::Website,
        scope: Scope::Region,
        event: ConsentEvent::Granted,
        wording: wording.into(),
        signer: "patient".into(),
        signed: None,
        expires: None,
        at: UtcMillis(0),
    };
    let document = Attachment {
        id: AttachmentId(9),
        uid: Uid([9; 16]),
        patient: PatientId(1),
        kind: DocumentKind::Pdf,
        file_name: "consent everhart.pdf".into(),
        hash: PhotoHash([9; 32]),
        length: 1000,
        at: UtcMillis(0),
        consents: vec![ConsentId(5)],
    };
    let page = PatientPage {
        patient: board.patient.clone(),
        series: Vec::new(),
        sessions: Vec::new(),
        consents: vec![consent(4, "A"), consent(5, "B")],
        documents: vec![document],
    };
    let _ = screen.receive(Answer::PatientOpened(*ticket, Ok(Arc::new(page))));
    let _ = screen.update(Message::Consents, Now::fixed(today()));
    screen
}

#[test]
fn the_list_of_consents_says_where_a_document_is_attached() {
    let screen = with_document();
    assert!(shows(&screen, "patient · wording A") && shows(&screen, "patient · wording B · document attached"));
}

#[test]
fn the_document_of_a_consent_is_saved_where_the_person_says_and_over_no_file_they_did_not_name() {
    let mut screen = with_document();
    let _ = click(&mut screen, "Save a copy…");
    assert!(shows(&screen, "consent everhart.pdf") && shows(&screen, "Save a copy of the document"));
    let asked = click(&mut screen, "Choose…");
    let [Job::PickFile { asked: Asked::Copy(AttachmentId(9)), suggested }] = asked.jobs()[..] else {
        panic!("the desktop is asked")
    };
    assert_eq!(*suggested, "document.pdf", "no name of the patient");
    let typed = consents::Message::Placing(Placing::Path("/out/a.pdf".to_owned()));
    let _ = screen.update(Message::Consent(typed), Now::fixed(today()));
    let saved = |action: &Action| match action.jobs()[..] {
        [Job::SaveDocument { patient: PatientId(1), document: AttachmentId(9), path, replace }] => {
            Some((path.clone(), *replace))
        }
        _ => None,
    };
    let first = click(&mut screen, "Save");
    assert_eq!(saved(&first), Some(("/out/a.pdf".into(), false)));
    let _ = screen.command(Command::Back);
    assert!(shows(&screen, "Save a copy of the document"), "it is being written");
    let answer = |outcome| Answer::DocumentSaved(PatientId(1), AttachmentId(9), outcome);
    let _ = screen.receive(answer(Err(NotSaved::Exists)));
    let again = click(&mut screen, "Replace the file");
    assert_eq!(saved(&again), Some(("/out/a.pdf".into(), true)));
    let _ = screen.receive(answer(Ok("/out/a.pdf".into())));
    assert!(shows(&screen, "patient · wording A") && !shows(&screen, "Save a copy of the document"));
}

#[test]
fn a_path_for_the_copy_of_another_document_is_dropped() {
    let mut screen = with_document();
    let _ = click(&mut screen, "Save a copy…");
    let picked = |of| Answer::Picked(Asked::Copy(AttachmentId(of)), Some("/out/a.pdf".into()));
    assert!(screen.receive(picked(8)).jobs().is_empty());
    assert_eq!(screen.receive(picked(9)).jobs().len(), 1, "the desktop asked about an old file itself");
}

#[test]
fn the_selected_photo_becomes_the_reference_of_its_view_unless_it_is() {
    let mut screen = screen();
    assert!(screen.command(Command::Reference).jobs().is_empty(), "nothing is selected");
    let _ = screen.update(Message::Clicked(cell(1, 2)), Now::fixed(today()));
    match screen.command(Command::Reference).jobs().as_slice() {
        [Job::Decide(course, decision)] => {
            assert_eq!((course.patient, course.series), (PatientId(1), SeriesId(7)));
            assert_eq!(**decision, Decision::Reference { view: ViewId(1), photo: photo_id(1, 2) });
        }
        _ => panic!("it is decided"),
    }
    let _ = screen.command(Command::Back);
    let _ = screen.update(Message::Clicked(cell(1, 0)), Now::fixed(today()));
    assert!(screen.command(Command::Reference).jobs().is_empty(), "it is the reference");
}
