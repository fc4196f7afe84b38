//! Colours against `LittleCMS` and previews against a full decode, by tools that this program does not share.
//!
//! `DIPTYCH_BENCH_PYTHON` names a Python with Pillow, numpy and ssimulacra2 (else `python3`), `DIPTYCH_BENCH_PROFILES` further
//! ICC profiles, RGB or CMYK, separated by colons; Display P3 and Adobe RGB are always there.

use std::path::Path;
use std::process::Command;

use diptych::demo::{Exposure, Subject, render_pair};
use diptych::geom::Size;
use diptych::imaging::{self, Detail, Encoding, Picture, encode_jpeg, encode_jpeg_as};
use diptych::import::derive::{PREVIEW_PX, derive};
use diptych::model::{Fitzpatrick, Indication};
use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, Resizer};
use moxcms::ColorProfile;

const SCRIPT: &str = include_str!("judge.py");
/// The quality of previews.
const QUALITY: u8 = 87;

/// Prints both tables, where Python has what they need.
pub fn run() {
    #[allow(clippy::disallowed_methods, reason = "a benchmark is set up by its environment")]
    let var = |name: &str| std::env::var(format!("DIPTYCH_BENCH_{name}")).ok();
    let python = var("PYTHON").unwrap_or_else(|| "python3".into());
    let there = Command::new(&python).args(["-c", "import PIL, numpy, ssimulacra2"]).output();
    if !there.is_ok_and(|o| o.status.success()) {
        println!("(no Python here with Pillow, numpy and ssimulacra2)");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    colours(folder.path(), &python, &var("PROFILES").unwrap_or_default());
    previews(folder.path(), &python);
}

fn judged(python: &str, arguments: &[&str]) -> String {
    let output = Command::new(python).args(["-c", SCRIPT]).args(arguments).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn colours(folder: &Path, python: &str, more: &str) {
    println!("\ncolours of test charts against LittleCMS, CIEDE2000 (aim: mean at most 0.5)");
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let own = [("display-p3", ColorProfile::new_display_p3()), ("adobe-rgb", ColorProfile::new_adobe_rgb())];
    let mut profiles: Vec<String> = Vec::new();
    for (name, profile) in own {
        let path = folder.join(format!("{name}.icc"));
        std::fs::write(&path, profile.encode().expect("a profile")).expect("written");
        profiles.push(text(&path));
    }
    profiles.extend(more.split(':').filter(|path| !path.is_empty()).map(Into::into));
    let charts = text(folder);
    let mut arguments = vec!["charts", charts.as_str()];
    arguments.extend(profiles.iter().map(String::as_str));
    let _ = judged(python, &arguments);
    for profile in &profiles {
        let name = Path::new(profile).file_stem().expect("a name").to_str().expect("text");
        let chart = ["png", "jpg"].map(|kind| folder.join(format!("{name}.{kind}")));
        let bytes = chart.iter().find_map(|path| std::fs::read(path).ok()).expect("a chart");
        save(&imaging::decode(&bytes, Detail::Full).expect("decoded"), &folder.join(format!("{name}.decoded.png")));
    }
    println!("{}", judged(python, &["colour", charts.as_str()]));
}

fn previews(folder: &Path, python: &str) {
    println!("\npreviews against a full decode and Lanczos, SSIMULACRA2 (aim: at most 1 point less)");
    for (name, size) in [("24 megapixels", Size::new(6000, 4000)), ("12 megapixels", Size::new(4032, 3024))] {
        let exposures = [Exposure::random(3, 1.0, 3), Exposure::random(13, 1.0, 0)];
        let subject = Subject::Cheek(Indication::AcneScars);
        let pair = render_pair(3, Fitzpatrick::III, subject, size, &exposures[0], &exposures[1]).expect("a pair");
        let jpeg = encode_jpeg_as(&pair.moving, 93, Encoding::Preview).expect("a JPEG");
        let full = imaging::decode(&jpeg, Detail::Full).expect("decoded");
        let own = derive(&jpeg).expect("derived").preview;
        let preview = imaging::decode(&own, Detail::Full).expect("decoded");
        let reference = lanczos(&full, preview.size());
        let best = encode_jpeg(&reference, QUALITY).expect("a JPEG");
        let best = imaging::decode(&best, Detail::Full).expect("decoded");
        let path = |what: &str| folder.join(format!("{what}.png"));
        save(&reference, &path("reference"));
        let score = |picture: &Picture| {
            save(picture, &path("other"));
            let arguments = ["reference", "other"].map(|what| path(what).to_str().expect("text").to_owned());
            judged(python, &["quality", &arguments[0], &arguments[1]]).parse::<f64>().expect("a score")
        };
        let (own, best) = (score(&preview), score(&best));
        println!(
            "{name}, {} px: {own:.2}; full decode and Lanczos at the same JPEG quality {best:.2}; {:.2} less",
            preview.size().longest(),
            best - own
        );
        assert!(preview.size().longest() <= PREVIEW_PX);
    }
}

/// The usual careful way: all pixels, three lobes.
fn lanczos(picture: &Picture, to: Size) -> Picture {
    let from = picture.size();
    let source = Image::from_vec_u8(from.width, from.height, picture.rgba().to_vec(), PixelType::U8x4).expect("fits");
    let mut target = Image::new(to.width, to.height, PixelType::U8x4);
    Resizer::new().resize(&source, &mut target, None).expect("resized");
    Picture::from_rgba(to, target.into_vec()).expect("the buffer fits")
}

fn save(picture: &Picture, path: &Path) {
    let size = picture.size();
    let rgb: Vec<u8> = picture.pixels().iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    image::save_buffer(path, &rgb, size.width, size.height, image::ExtendedColorType::Rgb8).expect("written");
}
