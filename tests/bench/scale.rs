//! A vault of 20,000 patients, 120,000 sessions and 600,000 photos: what the window asks of it, and how long it waits.

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use diptych::clock::Now;
use diptych::export::gallery::select;
use diptych::geom::Size;
use diptych::model::text::grouped;
use diptych::model::{Area, CaptureFacts, Light, NewView, PatientId, Pose, Purpose, SeriesId, Side};
use diptych::vault::{AuditFilter, AuditKind, Board, DuePart, Incoming, KdfCost, Op, Passphrase, Synthetic, Vault};

use crate::people::person;
use crate::probe::thread_cpu;

const PATIENTS: u32 = 20_000;
/// Real originals, so that the volume which takes new ones exists and is looked through at opening.
const ORIGINALS: u32 = 60;
/// Rows the window asks for at once.
const PAGE: u32 = 50;
/// Lines of the day's list that the window asks for, by part.
const DAY: [(DuePart, u32); 3] = [(DuePart::Overdue, 80), (DuePart::Now, 80), (DuePart::Later, 40)];
/// Typed letter by letter, as a person does.
const TYPED: [&str; 14] =
    ["ül", "ülle m", "王小", "小明", "明", "مح", "สม", "शर्", "a", "mü", "son", "p-00017", "ann kar", "김민준"];

const VIEWS: [(&str, Pose); 5] = [
    ("Front", Pose::Front),
    ("Three-quarter right", Pose::Oblique),
    ("Three-quarter left", Pose::Oblique),
    ("Profile right", Pose::Lateral),
    ("Profile left", Pose::Lateral),
];

/// Fills a vault, then prints each question's median over many different rows.
pub fn run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path().join("v");
    let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
    let secret = Passphrase::new("bench");
    let began = Instant::now();
    let (vault, _code) = Vault::create(&dir, "anna", &secret, KdfCost::TESTS, now).expect("created");
    let views = VIEWS.map(|(name, pose)| NewView {
        name: name.into(),
        area: Area::Face,
        side: Side::Both,
        pose,
        light: Light::Frontal,
        focal_mm: Some(100),
    });
    let what = Synthetic { patients: PATIENTS, person: &person, views: &views };
    vault.fill_with_synthetic_records(&what, now).expect("filled");
    for n in 0..ORIGINALS {
        let bytes = n.to_be_bytes().repeat(20_000);
        let facts = CaptureFacts { orientation: 1, ..CaptureFacts::default() };
        let incoming = Incoming { bytes: &bytes, file_name: "a.jpg", facts: &facts, size: Size::new(60, 40) };
        let _item = vault.receive(&incoming, now).expect("received");
    }
    let totals = vault.due_totals(now.today).expect("totals");
    println!(
        "\n{:<52} {:>12} {:>12} {:>12} {:>12}",
        "20,000 patients, 120,000 sessions, 600,000 photos", "median", "its CPU", "longest", "limit"
    );
    println!("{:<52} {:>12}", "(filling it)", shown(began.elapsed()));
    drop(vault);

    let open = times(9, |_| drop(Vault::open(&dir, "anna", &secret, now).expect("opened")));
    // The key derivation is made short by the test cost: what remains is the opening with a known key.
    line("open with a known key, and close", open, Some(300));

    let vault = Vault::open(&dir, "anna", &secret, now).expect("opened");
    let first = times(1, |_| drop(vault.patients("ül", 0, PAGE).expect("found")));
    line("first search after opening", first, None);
    line(
        "search as one types: a page and its count",
        times(TYPED.len() * 5, |i| {
            let typed = TYPED[i % TYPED.len()];
            let (total, rows) = vault.search(typed, 0, PAGE).expect("found");
            assert_eq!(rows.len(), total.min(PAGE) as usize, "{typed}");
            assert!(total > 0, "{typed} finds nobody");
        }),
        Some(5),
    );
    line(
        "list of all patients, a page anywhere",
        times(60, |i| {
            let offset = i as u32 * 7919 % (PATIENTS - PAGE);
            assert_eq!(vault.patients("", offset, PAGE).expect("listed").len(), PAGE as usize);
        }),
        Some(5),
    );
    // Patients of eight sessions, each board for the first time: nothing of it is in a cache.
    line(
        "board of 8 sessions × 5 views, never seen before",
        times(200, |i| {
            let board = vault.board(SeriesId(5 * (i as i64 * 37 % 3990) + 5)).expect("a board");
            assert_eq!((board.sessions.len(), board.photos.len(), board.alignments.len()), (8, 40, 35));
        }),
        Some(5),
    );
    line(
        &format!("due list: totals ({} overdue) and a page of each part", totals.overdue),
        times(30, |i| {
            let today = now.today + Days::new(i as u64);
            let totals = vault.due_totals(today).expect("totals");
            assert!(totals.overdue > 1000 && totals.now > 100 && totals.later > 100, "{totals:?}");
            for (part, most) in DAY {
                assert_eq!(vault.due(part, today, 0, most).expect("due").len(), most as usize);
            }
        }),
        Some(50),
    );
    line(
        "consents that end within 60 days",
        times(30, |i| {
            let today = now.today + Days::new(i as u64);
            assert!(!vault.expiring_consents(today, today + Days::new(60), PAGE).expect("expiring").is_empty());
        }),
        Some(50),
    );
    let allowed = vault.permissions(Purpose::Website, now.today, 0, 1).expect("permissions").allowed;
    line(
        &format!("gallery page, of the {} allowed series", grouped(allowed.into())),
        times(20, |i| {
            let page = i as u32 % (allowed / PAGE);
            assert_eq!(gallery_page(&vault, page, now), PAGE);
        }),
        Some(250),
    );
    line(
        "gallery page, of the series that are not",
        times(20, |i| {
            let page = allowed / PAGE + 1 + i as u32 * 17;
            assert_eq!(gallery_page(&vault, page, now), 0);
        }),
        Some(250),
    );
    let by = AuditFilter { user: Some(vault.user().id), ..AuditFilter::default() };
    let kind = AuditFilter { kind: AuditKind::from_key(Op::FilePhotos.key()), ..AuditFilter::default() };
    let patient = AuditFilter { patient: Some(PatientId(777)), ..AuditFilter::default() };
    for (what, filter) in
        [("", AuditFilter::default()), (", by user", by), (", by kind", kind), (", of a patient", patient)]
    {
        let total = vault.audit_count(&filter).expect("counted");
        line(
            &format!("audit page and its count of {}{what}", grouped(total.into())),
            times(9, |i| {
                let offset = (i as u32 * 7919).checked_rem(total.saturating_sub(PAGE)).unwrap_or_default();
                assert_eq!(vault.audit_log(&filter, offset, PAGE).expect("listed").len(), total.min(PAGE) as usize);
                assert_eq!(vault.audit_count(&filter).expect("counted"), total);
            }),
            Some(250),
        );
    }
}

/// What the screen of the gallery asks for one of its pages; how many boards that took.
fn gallery_page(vault: &Vault, page: u32, now: Now) -> u32 {
    let found = vault.permissions(Purpose::Website, now.today, page * PAGE, PAGE).expect("a page");
    assert_eq!((found.series, found.rows.len()), (PATIENTS, PAGE as usize));
    let chosen = |board: &Board| select(board, now.today).is_ok_and(|choice| choice.treatments > 0);
    found.rows.iter().filter_map(|(_, board)| board.as_ref()).inspect(|board| assert!(chosen(board))).count() as u32
}

/// What each question took, on the clock and of this thread's CPU.
fn times(count: usize, mut question: impl FnMut(usize)) -> Vec<(Duration, Duration)> {
    let run = |i| {
        let (began, cpu) = (Instant::now(), thread_cpu());
        question(i);
        (began.elapsed(), thread_cpu().saturating_sub(cpu))
    };
    (0..count).map(run).collect()
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn line(what: &str, times: Vec<(Duration, Duration)>, limit_ms: Option<u64>) {
    let (mut wall, mut cpu): (Vec<Duration>, Vec<Duration>) = times.into_iter().unzip();
    wall.sort_unstable();
    cpu.sort_unstable();
    let limit = limit_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms} ms"));
    let (median, cpu, longest) = (wall[wall.len() / 2], cpu[cpu.len() / 2], wall[wall.len() - 1]);
    println!("{what:<52} {:>12} {:>12} {:>12} {limit:>12}", shown(median), shown(cpu), shown(longest));
}
