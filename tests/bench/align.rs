//! `diptych align` on two 24-megapixel files, against OpenCV's usual recipe where its Python module is installed.

use std::path::Path;
use std::process::Command;

use diptych::demo::{Exposure, Subject, render_pair};
use diptych::geom::Size;
use diptych::imaging::{self, Detail, Encoding, Picture, encode_jpeg_as};
use diptych::model::{Fitzpatrick, Indication};
use diptych::registration::DETAIL;

use crate::probe::{line, measure, median};

const SIZE: Size = Size::new(6000, 4000);
const RUNS: usize = 7;

/// SIFT, ratio test, RANSAC similarity at 1024 px on one thread: what most programs do.
const RIVAL: &str = "
import sys, cv2
cv2.setNumThreads(1)
def load(p):
    g = cv2.imread(p, cv2.IMREAD_GRAYSCALE)
    s = 1024.0 / max(g.shape)
    return cv2.resize(g, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)
a, b = load(sys.argv[1]), load(sys.argv[2])
sift = cv2.SIFT_create(4000)
(ka, da), (kb, db) = sift.detectAndCompute(a, None), sift.detectAndCompute(b, None)
good = [m for m, n in cv2.BFMatcher().knnMatch(da, db, k=2) if m.distance < 0.75 * n.distance]
if len(good) >= 3:
    import numpy as np
    p = np.float32([ka[m.queryIdx].pt for m in good]); q = np.float32([kb[m.trainIdx].pt for m in good])
    print(cv2.estimateAffinePartial2D(p, q))
";

/// Writes the pair and measures.
pub fn run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (a, b) = (folder.path().join("a.jpg"), folder.path().join("b.jpg"));
    let pair = render_pair(
        11,
        Fitzpatrick::III,
        Subject::Cheek(Indication::AcneScars),
        SIZE,
        &Exposure::random(1, 1.0, 3),
        &Exposure::random(2, 1.0, 0),
    )
    .expect("a pair");
    save(&pair.moving, &a);
    save(&pair.fixed, &b);
    let program = env!("CARGO_BIN_EXE_diptych");
    let own = median(RUNS, || measure(Command::new(program).arg("align").args([&a, &b])));
    line("diptych align, two files of 24 megapixels", own);
    let program_alone = median(RUNS, || measure(Command::new(program).arg("--version")));
    let decode = |file: &Path| {
        let bytes = std::fs::read(file).expect("a file");
        imaging::decode(&bytes, Detail::AtLeast(DETAIL)).expect("a picture").rgba().len() as u64
    };
    let pictures = decode(&a) + decode(&b);
    let above = own.peak.saturating_sub(program_alone.peak + pictures);
    println!("  {} MB above the program and the two decoded pictures", above / 1_000_000);
    let python = Command::new("python3").args(["-c", "import cv2"]).output();
    if python.is_ok_and(|o| o.status.success()) {
        let rival = median(RUNS, || measure(Command::new("python3").args(["-c", RIVAL]).args([&a, &b])));
        line("OpenCV SIFT + ratio + RANSAC, the same files", rival);
        println!("  wall ratio {:.2}", own.wall.as_secs_f64() / rival.wall.as_secs_f64());
    } else {
        println!("  (no OpenCV for Python here to compare with)");
    }
}

fn save(picture: &Picture, path: &Path) {
    let jpeg = encode_jpeg_as(picture, 92, Encoding::Preview).expect("a JPEG");
    diptych::fsx::write_atomic(path, &jpeg).expect("written");
}
