//! Taking a card: every photo copied into the vault, hashed, encrypted, read back, and its preview and thumbnail made,
//! beside `vipsthumbnail` making the two sizes alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diptych::clock::Now;
use diptych::demo::{Exposure, Subject, render_pair};
use diptych::geom::Size;
use diptych::imaging::{self, Detail, Encoding, Picture, encode_jpeg_as};
use diptych::import::card;
use diptych::import::derive::{PREVIEW_PX, THUMBNAIL_PX, derive};
use diptych::model::{Fitzpatrick, Indication};
use diptych::progress::Progress;
use diptych::vault::{KdfCost, Passphrase, Vault};

use crate::probe::{self, Cost, line, median};

/// Photos of six patients.
const PHOTOS: usize = 40;
/// The argument that makes this program the one that is measured.
pub const CHILD: &str = "take-these";
/// The two sizes that clinics' cameras and phones give.
const SIZES: [(u32, Size); 2] = [(24, Size::new(6000, 4000)), (12, Size::new(4032, 3024))];
const RUNS: usize = 3;
const DECODES: usize = 30;
/// Small pictures that a window shows at once.
const SCREEN: usize = 12;

/// The preview of every photo, and from it the thumbnail, as the rival's own documentation has it; on as many cores as we
/// use. The pause lets the last account be read.
const RIVAL: &str = "mkdir -p \"$2\" && ls \"$1\"/*.jpg | xargs -P 2 -n 20 vipsthumbnail --size \"$3\" -o \"$2/%s_p.jpg[Q=87]\" \
    && ls \"$2\"/*_p.jpg | xargs -P 2 -n 20 vipsthumbnail --size \"$4\" -o \"$2/%s_t.jpg[Q=85]\" && sleep 0.1";

/// Prints the table.
pub fn run() {
    for (megapixels, size) in SIZES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        println!("\na card of {PHOTOS} photos of {megapixels} megapixels");
        measure(folder.path(), size);
    }
}

fn measure(folder: &Path, size: Size) {
    let (card, empty) = (folder.join("card"), folder.join("empty"));
    for made in [&card, &empty] {
        fs::create_dir(made).expect("made");
    }
    let first = write(&card, size);
    let mut vaults = 0;
    let mut child = |card: &Path| {
        vaults += 1;
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let _ = command.arg(CHILD).arg(card).arg(folder.join(format!("vault-{vaults}")));
        let cost = probe::measure(&mut command);
        fs::remove_dir_all(folder.join(format!("vault-{vaults}"))).expect("removed");
        cost
    };
    let idle = child(&empty);
    line("the same program with an empty card", idle);
    let own = median(RUNS, || child(&card));
    line("copied, hashed, encrypted, read back, both sizes made", own);
    if Command::new("vipsthumbnail").arg("--vips-version").output().is_ok_and(|o| o.status.success()) {
        let rival = median(RUNS, || {
            let mut command = Command::new("bash");
            let _ = command.args(["-c", RIVAL, "bash"]).arg(&card).arg(folder.join("rival"));
            let _ = command.args([PREVIEW_PX, THUMBNAIL_PX].map(|px| format!("{px}x{px}")));
            probe::measure(&mut command)
        });
        line("vipsthumbnail, both sizes", Cost { peak: 0, ..rival });
        let ratio = |own: Duration, rival: Duration| own.as_secs_f64() / rival.as_secs_f64();
        println!(
            "{:.2} times the CPU (aim: at most 0.65), {:.2} times the wall time (aim: at most 1); peak {} MB (aim: at most 200)",
            ratio(own.cpu, rival.cpu),
            ratio(own.wall, rival.wall),
            own.peak / 1_000_000
        );
    } else {
        println!("(no vipsthumbnail here to compare with)");
    }
    let mut firsts: Vec<Vec<Duration>> =
        (0..RUNS).map(|run| shown(&card, &folder.join(format!("shown-{run}")))).collect();
    firsts.sort_unstable();
    let ms = |shown: usize| firsts[RUNS / 2].get(shown - 1).map_or(0, Duration::as_millis);
    println!(
        "small pictures to look at: the first after {} ms (aim: at most 300), a screen of {SCREEN} after {} ms",
        ms(1),
        ms(SCREEN)
    );
    let preview = derive(&first).expect("derived").preview;
    let mut times: Vec<Duration> = (0..DECODES).map(|_| decoded(&preview)).collect();
    times.sort_unstable();
    println!(
        "a cached preview of {} KB: decoded in {:.1} CPU ms (aim: at most 10)",
        preview.len() / 1000,
        times[DECODES / 2].as_secs_f64() * 1e3
    );
}

/// How long after the card was chosen each small picture is there for the window, in the order in which they come.
fn shown(card: &Path, dir: &Path) -> Vec<Duration> {
    let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
    let (vault, _code) = Vault::create(dir, "anna", &Passphrase::new("bench"), KdfCost::TESTS, now).expect("a vault");
    let (times, began) = (Mutex::new(Vec::new()), Instant::now());
    let show = |_, picture: &Picture| {
        assert!(picture.size().longest() <= THUMBNAIL_PX);
        times.lock().expect("no other use").push(began.elapsed());
    };
    let silent = Progress::silent();
    let taken = card::take_and_show(&vault, &[card.to_path_buf()], Some(now), &silent, &show).expect("taken");
    assert_eq!(taken.shots.len(), PHOTOS);
    times.into_inner().expect("no other use")
}

fn decoded(preview: &[u8]) -> Duration {
    let began = probe::thread_cpu();
    drop(imaging::decode(preview, Detail::Full).expect("a picture"));
    probe::thread_cpu().saturating_sub(began)
}

/// Photos of two exposures of two people's skin, each file another one; the bytes of the first.
fn write(card: &Path, size: Size) -> Vec<u8> {
    let pictures: Vec<Picture> = [3_u64, 4]
        .into_iter()
        .flat_map(|seed| {
            let exposures = [Exposure::random(seed, 1.0, 3), Exposure::random(seed + 10, 1.0, 0)];
            let subject = Subject::Cheek(Indication::AcneScars);
            let pair =
                render_pair(seed, Fitzpatrick::III, subject, size, &exposures[0], &exposures[1]).expect("a pair");
            [pair.moving, pair.fixed]
        })
        .collect();
    let mut first = Vec::new();
    for i in 0..PHOTOS {
        let picture = &pictures[i % pictures.len()];
        let mut rgba = picture.rgba().to_vec();
        for byte in rgba.iter_mut().take(4 * 64 * (1 + i)) {
            *byte |= 1;
        }
        let other = Picture::from_rgba(picture.size(), rgba).expect("the buffer fits");
        let jpeg = encode_jpeg_as(&other, 93, Encoding::Preview).expect("a JPEG");
        fs::write(card.join(format!("{i:02}.jpg")), &jpeg).expect("written");
        if i == 0 {
            println!("{} MB each", jpeg.len() / 1_000_000);
            first = jpeg;
        }
    }
    first
}

/// The process that is measured: a new vault, and the card in its tray.
pub fn child(args: &[String]) {
    let now = Now::fixed(NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date"));
    let (card, dir) = (PathBuf::from(&args[0]), Path::new(&args[1]));
    let (vault, _code) = Vault::create(dir, "anna", &Passphrase::new("bench"), KdfCost::TESTS, now).expect("a vault");
    let taken = card::take(&vault, std::slice::from_ref(&card), true, now, &Progress::silent()).expect("taken");
    assert_eq!(taken.copied, taken.shots.len(), "every photo was read back");
    assert!(taken.refused.is_empty() && taken.twice == 0);
    std::thread::sleep(Duration::from_millis(20));
}
