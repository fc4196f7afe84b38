//! What a person does while a card is sorted: seen early, kept whatever happens, and found again in a real vault.

use std::sync::Mutex;

use chrono::Days;
use diptych::import::card::{self, Belief, Card, Draft, Group, Options, Reason};
use diptych::import::{Skip, commit_all};
use diptych::model::{Phase, SeriesId, SessionKind, TrayId};
use diptych::progress::Progress;
use diptych::vault::{Op, Passphrase, Tx, Vault};

use crate::card::{now, photo_of, small_scene, today, write};

fn options() -> Options {
    Options { by_picture: false, ..Options::usual(today()) }
}

fn suggested(vault: &Vault, card: &std::path::Path) -> Card {
    let progress = Progress::silent();
    let taken = card::take(vault, &[card.to_owned()], true, now(), &progress).expect("taken");
    card::suggest(vault, taken, options(), &progress).expect("suggested")
}

/// What lies in the tray, as whoever comes back to it finds it.
fn resumed(vault: &Vault) -> Card {
    let progress = Progress::silent();
    let taken = card::take_tray(vault, &progress).expect("taken");
    let draft = card::draft::kept(vault).expect("read").expect("kept");
    card::resume(vault, taken, &draft, options(), &progress).expect("resumed")
}

fn aimed(vault: &Vault, group: &Group, series: SeriesId) -> Group {
    card::aim(vault, group, Some(series), &options()).expect("aimed")
}

fn names(card: &Card) -> Vec<Vec<String>> {
    let name = |shot: &card::Shot| shot.found.path.0.file_name().expect("a name").to_string_lossy().into_owned();
    card.groups.iter().map(|group| group.shots.iter().map(name).collect()).collect()
}

/// What a person said of a group.
fn said(group: &Group) -> impl PartialEq + std::fmt::Debug + use<> {
    let photos: Vec<_> = group.visit.photos.iter().map(|photo| (photo.view, photo.phase, photo.skip)).collect();
    let series = group.target.as_ref().map(|target| target.series);
    (series, group.reason, group.visit.date, group.visit.kind, photos, group.accepted)
}

#[test]
fn each_photo_is_seen_while_the_card_is_still_being_copied() {
    let (folder, vault, _) = small_scene();
    let card = folder.path().join("card");
    (3..8).for_each(|n| write(&card, &format!("IMG_{n}.JPG"), &photo_of(n)));
    let seen = Mutex::new(Vec::new());
    let show = |hash, picture: &diptych::imaging::Picture| {
        let in_tray = vault.tray().expect("a tray").len();
        seen.lock().expect("no panic").push((hash, picture.size().width, in_tray));
    };
    let taken = card::take_and_show(&vault, &[card], Some(now()), &Progress::silent(), &show).expect("taken");
    let seen = seen.into_inner().expect("no panic");
    assert_eq!((seen.len(), taken.shots.len()), (8, 8));
    assert!(taken.shots.iter().all(|shot| seen.iter().any(|(hash, ..)| *hash == shot.found.hash)));
    assert!(seen.iter().all(|(_, width, _)| *width == 320), "as small as the screen shows it");
    assert!(seen[0].2 < 8, "the first one is seen before the last one is copied: {}", seen[0].2);
    // What lies in the tray is seen in the same way.
    let again = Mutex::new(0);
    let show = |_, _: &diptych::imaging::Picture| *again.lock().expect("no panic") += 1;
    let _ = card::take_tray_and_show(&vault, &Progress::silent(), &show).expect("taken");
    assert_eq!(again.into_inner().expect("no panic"), 8);
}

#[test]
fn a_slot_knows_what_the_last_visit_showed_there_and_what_its_own_visit_shows_already() {
    let (folder, vault, [series, _]) = small_scene();
    let mut first = suggested(&vault, &folder.path().join("card"));
    first.groups[0] = aimed(&vault, &first.groups[0], series);
    let before = today() - Days::new(40);
    first.groups[0] = card::revisit(&vault, &first.groups[0], (before, SessionKind::Treatment), today()).expect("seen");
    assert!(first.groups[0].target.as_ref().is_some_and(|target| target.last.is_empty()), "nothing was before");
    first.groups[0].accepted = true;
    let filed = commit_all(&vault, &first.plans(), now(), &Progress::silent()).expect("filed").filed;
    assert_eq!(filed.len(), 3);
    // Two of its views on the day of the card, one in the same visit, and one more photo for another day.
    let card = folder.path().join("second");
    std::fs::create_dir(&card).expect("made");
    write(&card, "IMG_9.JPG", &photo_of(9));
    let second = suggested(&vault, &card);
    let group = aimed(&vault, &second.groups[0], series);
    let target = group.target.as_ref().expect("a target");
    let mut last: Vec<_> = target.last.iter().map(|last| (Some(last.view), last.photo, last.hash)).collect();
    let mut wanted: Vec<_> = filed.iter().map(|filed| (filed.view, filed.photo, filed.hash)).collect();
    last.sort();
    wanted.sort();
    assert_eq!(last, wanted);
    let views = target.views.len();
    assert_eq!((group.empty_slots().count(), target.shown.len()), (views - 1, 0));
    // The day of that visit: its photos are no earlier ones, and its slots are not empty.
    let joined = card::revisit(&vault, &group, (before, SessionKind::Treatment), today()).expect("seen");
    let target = joined.target.as_ref().expect("a target");
    assert!(target.last.is_empty() && target.shown.len() == 3, "{target:?}");
    let is_shown = |view: diptych::model::ViewId| target.shown.contains(&view);
    assert!(joined.empty_slots().all(|slot| !is_shown(slot.id)));
}

#[test]
fn that_photos_were_taken_after_the_treatment_stays_true_as_long_as_there_is_one() {
    let (folder, vault, [series, other]) = small_scene();
    let sorted = suggested(&vault, &folder.path().join("card"));
    let mut group = aimed(&vault, &sorted.groups[0], series);
    assert_eq!(group.visit.phase(), Some(Phase::BeforeTreatment), "prefilled");
    group.accepted = true;
    group.set_phase(Phase::NoTreatment);
    assert_eq!(group.visit.phase(), Some(Phase::BeforeTreatment), "there is a treatment");
    group.set_phase(Phase::ImmediatelyAfter);
    assert!(!group.accepted, "it is another visit than was accepted");
    let phase = |group: &Group| group.visit.phase();
    let again = card::recheck(&vault, &group, &options()).expect("seen");
    assert_eq!(phase(&again), Some(Phase::ImmediatelyAfter));
    assert_eq!(phase(&aimed(&vault, &group, other)), Some(Phase::ImmediatelyAfter), "whoever they are");
    let kept = card::revisit(&vault, &group, (today(), SessionKind::Maintenance), today()).expect("seen");
    assert_eq!(phase(&kept), Some(Phase::ImmediatelyAfter), "a treatment as well");
    let healing = card::revisit(&vault, &group, (today(), SessionKind::Healing), today()).expect("seen");
    assert_eq!((phase(&healing), healing.visit.phases()), (Some(Phase::NoTreatment), &[Phase::NoTreatment][..]));
    let mut card = Card { groups: vec![again], ..sorted };
    card.groups[0].accepted = true;
    let _ = commit_all(&vault, &card.plans(), now(), &Progress::silent()).expect("filed");
    let board = vault.board(series).expect("a board");
    assert!(board.photos.len() == 3 && board.photos.iter().all(|photo| photo.phase == Phase::ImmediatelyAfter));
}

#[test]
fn what_was_done_to_a_card_is_found_again_after_the_program_was_ended() {
    let (folder, vault, [first, second]) = small_scene();
    let camera = folder.path().join("card");
    (3..7).for_each(|n| write(&camera, &format!("IMG_{n}.JPG"), &photo_of(n)));
    let mut card = suggested(&vault, &camera);
    assert_eq!(card.groups.len(), 1, "a minute apart");
    // Cut twice and put together once, sent to two patients, one of them on another day and after the treatment.
    assert!(card.split(0, 3) && card.split(1, 2) && card.merge(1) && card.split(1, 1));
    card.groups[0] = aimed(&vault, &card.groups[0], first);
    let views: Vec<_> = card.groups[0].target.as_ref().expect("a target").views.iter().map(|view| view.id).collect();
    card.groups[0].set_view(0, Some(views[2]));
    card.groups[0].set_view(1, None);
    card.groups[0].visit.leave_out(2);
    card.groups[1] = aimed(&vault, &card.groups[1], second);
    let before = today() - Days::new(3);
    card.groups[1] = card::revisit(&vault, &card.groups[1], (before, SessionKind::Maintenance), today()).expect("seen");
    card.groups[1].set_phase(Phase::ImmediatelyAfter);
    card.groups[0].accepted = true;
    let asked = Draft::of(&card);
    card::draft::keep(&vault, asked.clone()).expect("kept");

    let dir = vault.dir().to_owned();
    drop(vault);
    std::fs::remove_dir_all(&camera).expect("the card is gone");
    let vault = Vault::open(&dir, "owner", &Passphrase::new("a test"), now()).expect("opened");
    let found = resumed(&vault);
    assert_eq!(names(&found), names(&card));
    for (found, left) in found.groups.iter().zip(&card.groups) {
        assert_eq!(said(found), said(left));
    }
    assert_eq!((found.groups[0].belief, found.groups[0].reason), (Belief::Certain, Reason::Hand));
    assert_eq!(found.groups[0].visit.photos[2].skip, Some(Skip::ByHand));
    assert_eq!(Draft::of(&found), asked, "nothing of it is asked again");
    // What comes in beside is cut and suggested as ever.
    let late = folder.path().join("late");
    std::fs::create_dir(&late).expect("made");
    write(&late, "IMG_9.JPG", &photo_of(9));
    let _ = suggested(&vault, &late);
    assert_eq!(names(&resumed(&vault))[..3], names(&card)[..]);
    assert_eq!(resumed(&vault).groups.len(), 4);
}

#[test]
fn a_group_that_was_filed_is_found_again_when_that_is_taken_back_and_one_of_somebody_gone_is_nobodys() {
    let (folder, vault, [first, second]) = small_scene();
    let mut card = suggested(&vault, &folder.path().join("card"));
    assert!(card.split(0, 2));
    card.groups[0] = aimed(&vault, &card.groups[0], first);
    card.groups[1] = aimed(&vault, &card.groups[1], second);
    card.groups[0].accepted = true;
    card::draft::keep(&vault, Draft::of(&card)).expect("kept");
    let filed = commit_all(&vault, &card.plans(), now(), &Progress::silent()).expect("filed");
    assert_eq!(filed.filed.len(), 2);
    card::draft::keep(&vault, Draft::of(&card).unaccepted()).expect("kept");
    assert_eq!(names(&resumed(&vault)), [vec!["IMG_2.JPG".to_owned()]], "what is filed is nobody's to sort");
    let undo = vault.last_undoable().expect("asked").expect("one").id;
    let _ = vault.undo_expected(undo, now()).expect("undone");
    let back = resumed(&vault);
    let series: Vec<_> = back.groups.iter().map(|group| group.target.as_ref().map(|target| target.series)).collect();
    assert_eq!(series, [Some(first), Some(second)]);
    assert!(back.groups.iter().all(|group| !group.accepted), "to be accepted anew");
    // A series that is taken back is gone, and what was for it waits for somebody to say whose it is.
    let add = |tx: &Tx<'_>| {
        tx.add_series(
            &diptych::protocol::preset(diptych::model::Indication::Pores).series(tx_owner(&vault, first), &[]),
        )
    };
    let third = vault.transact(Op::AddSeries, now(), add).expect("a series");
    card.groups[1] = aimed(&vault, &card.groups[1], third);
    card.groups[1].accepted = true;
    card::draft::keep(&vault, Draft::of(&card)).expect("kept");
    let undo = vault.last_undoable().expect("asked").expect("one").id;
    let _ = vault.undo_expected(undo, now()).expect("undone");
    let gone = resumed(&vault);
    assert_eq!((gone.groups[1].target.is_none(), gone.groups[1].accepted), (true, false));
}

fn tx_owner(vault: &Vault, series: SeriesId) -> diptych::model::PatientId {
    vault.series(series).expect("a series").patient
}

#[test]
fn a_warning_that_came_up_meanwhile_is_seen_before_the_group_is_filed() {
    let (folder, vault, [first, second]) = small_scene();
    let mut card = suggested(&vault, &folder.path().join("card"));
    card.groups[0] = aimed(&vault, &card.groups[0], first);
    card.groups[0].accepted = true;
    card::draft::keep(&vault, Draft::of(&card)).expect("kept");
    assert!(resumed(&vault).groups[0].accepted);
    // Somebody files one of the photos under another patient, from the folder.
    let mut theirs = suggested(&vault, &folder.path().join("card"));
    theirs.groups[0] = aimed(&vault, &theirs.groups[0], second);
    theirs.groups[0].accepted = true;
    (0..2).for_each(|photo| theirs.groups[0].visit.leave_out(photo));
    let mut plans = theirs.plans();
    plans[0].sessions[0].photos.retain(|photo| photo.skip.is_none());
    let filed = commit_all(&vault, &plans, now(), &Progress::silent()).expect("filed");
    assert_eq!(filed.filed.len(), 1);
    let file = folder.path().join("card/IMG_2.JPG");
    let _again = suggested(&vault, &file);
    let tray: Vec<TrayId> = vault.tray().expect("a tray").iter().map(|item| item.id).collect();
    assert_eq!(tray.len(), 2);
    let card = suggested(&vault, &folder.path().join("card"));
    let draft = card::draft::kept(&vault).expect("read").expect("kept");
    let taken = card.into_taken();
    let found = card::resume(&vault, taken, &draft, options(), &Progress::silent()).expect("resumed");
    assert_eq!(found.groups[0].warnings.len(), 1, "the same bytes are filed under another patient");
    assert!(!found.groups[0].accepted);
}
