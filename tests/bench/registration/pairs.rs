//! A folder of pairs as PNG files with an index, so that every engine is asked about the same pixels.

use std::fs;
use std::path::{Path, PathBuf};

use diptych::fsx::write_atomic;
use diptych::geom::{Matrix3, Size};
use diptych::imaging::{self, Detail, Picture};
use image::{ExtendedColorType, ImageEncoder};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::sets::{Kind, Material, Photo, Pixels, SETS, Set};

/// One pair of the folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pair {
    /// Name of the set.
    pub set: String,
    /// Number within the set.
    pub number: u64,
    /// File of the later picture.
    pub moving: PathBuf,
    /// File of the reference.
    pub fixed: PathBuf,
    /// Freedom of the transform: similarity, affine, homography.
    pub model: String,
    /// Moving → fixed, pixel centres at +0.5; none for a negative.
    pub truth: Option<Matrix3>,
    /// Width and height of both.
    pub size: (u32, u32),
}

impl Pair {
    /// Mean corner error of an answer in pixels; infinite without truth.
    pub fn error_px(&self, found: &Matrix3) -> f64 {
        self.truth.as_ref().map_or(f64::INFINITY, |t| found.mean_corner_error(t, Size::new(self.size.0, self.size.1)))
    }

    /// Length of the diagonal in pixels.
    pub fn diagonal(&self) -> f64 {
        Size::new(self.size.0, self.size.1).diagonal()
    }
}

/// Longest side at which photos are read.
const LARGEST: u32 = 2048;
/// Index of a folder.
const INDEX: &str = "pairs.json";

/// Pairs of the sets that `wanted` names, made where they are missing.
pub fn prepare(folder: &Path, wanted: &dyn Fn(&str) -> bool, counts: (u64, u64), photos: Option<&Path>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> =
        fs::read(folder.join(INDEX)).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    let count = |set: &Set| if set.kind == Kind::Positive { counts.0 } else { counts.1 };
    let missing: Vec<(&Set, u64)> = SETS
        .iter()
        .filter(|set| wanted(set.name))
        .flat_map(|set| (0..count(set)).map(move |i| (set, i)))
        .filter(|(set, i)| !pairs.iter().any(|p| p.set == set.name && p.number == *i))
        .collect();
    if !missing.is_empty() {
        let material = Material::new(photos.map(read_folder));
        let missing = possible(missing, &material);
        pairs.extend(missing.par_iter().map(|(set, i)| write(folder, set, *i, &material)).collect::<Vec<_>>());
        let order = |p: &Pair| (SETS.iter().position(|s| s.name == p.set), p.number);
        pairs.sort_by_key(order);
        write_atomic(&folder.join(INDEX), &serde_json::to_vec(&pairs).expect("JSON")).expect("written");
    }
    pairs.retain(|p| SETS.iter().any(|s| s.name == p.set && wanted(s.name) && p.number < count(s)));
    pairs
}

fn write(folder: &Path, set: &Set, number: u64, material: &Material) -> Pair {
    let made = set.pair(material, number);
    let file = |side: &str, picture: &Picture| {
        let path = folder.join(format!("{}-{number}-{side}.png", set.name));
        let bytes = fs::File::create(&path).expect("a file");
        let rgb: Vec<u8> = picture.pixels().iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
        let encoder = image::codecs::png::PngEncoder::new_with_quality(
            std::io::BufWriter::new(bytes),
            image::codecs::png::CompressionType::Fast,
            image::codecs::png::FilterType::Sub,
        );
        encoder
            .write_image(&rgb, picture.size().width, picture.size().height, ExtendedColorType::Rgb8)
            .expect("a picture");
        path
    };
    Pair {
        set: set.name.into(),
        number,
        moving: file("moving", &made.moving),
        fixed: file("fixed", &made.fixed),
        model: set.model.key().into(),
        truth: made.truth,
        size: (made.fixed.size().width, made.fixed.size().height),
    }
}

/// What can be made of this material; says what cannot.
fn possible<'a>(missing: Vec<(&'a Set, u64)>, material: &Material) -> Vec<(&'a Set, u64)> {
    let (made, left): (Vec<_>, Vec<_>) =
        missing.into_iter().partition(|(set, _)| set.kind != Kind::Strangers || material.has_two_people());
    let mut names: Vec<&str> = left.iter().map(|(set, _)| set.name).collect();
    names.dedup();
    if !names.is_empty() {
        println!("(all photos are of one person: left out {})", names.join(", "));
    }
    made
}

/// Every photo of a folder and its subfolders that can be read. Those of one subfolder show one person; of files beside
/// each other, those whose names agree up to the first `_`, `-` or blank.
fn read_folder(folder: &Path) -> Vec<Photo> {
    let mut photos = Vec::new();
    for file in files(folder) {
        let subfolder = file.parent().and_then(|parent| parent.strip_prefix(folder).ok()).and_then(Path::to_str);
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let person = match subfolder {
            Some("") | None => name.split(['_', '-', ' ']).next().unwrap_or_default().to_owned(),
            Some(subfolder) => subfolder.to_owned(),
        };
        // Whether it can be read at all; the pixels are read when a pair is made of them.
        let readable = fs::read(&file).is_ok_and(|bytes| imaging::decode(&bytes, Detail::AtLeast(64)).is_ok());
        if readable {
            photos.push(Photo { person, pixels: Pixels::File(file) });
        } else {
            println!("(not a picture: {})", file.display());
        }
    }
    assert!(!photos.is_empty(), "no photo could be read in {}", folder.display());
    photos
}

/// All files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.into_iter().flat_map(below).collect()
}

/// A photo of any format the program reads, upright, no larger than a preview.
pub fn photo(file: &Path) -> Picture {
    let bytes = fs::read(file).expect("a file");
    let picture = imaging::decode(&bytes, Detail::AtLeast(LARGEST)).expect("a picture");
    imaging::resize(&picture, picture.size().fit_within(LARGEST))
}

/// A picture of the folder of pairs.
pub fn read(file: &Path) -> Picture {
    imaging::decode(&fs::read(file).expect("a file"), Detail::Full).expect("a picture")
}
