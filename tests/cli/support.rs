//! A temporary clinic to run the program in, and photos made on the spot.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use diptych::compare::render;
use diptych::geom::{Matrix3, Size};
use diptych::imaging::{Picture, encode_jpeg};
use serde_json::Value;
use tempfile::TempDir;

pub const PASSPHRASE: &str = "correct horse";

/// What a run of the program left behind.
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Expects an exit code and gives the run on.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// The JSON of a run that went well.
    #[track_caller]
    pub fn json(self) -> Value {
        let value: Value = serde_json::from_str(&self.expect(0).out).expect("JSON");
        assert_eq!(value["schema"], 1);
        value
    }
}

/// The program in an empty environment.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diptych"));
    let _ = command.env_clear().stdin(Stdio::null());
    command
}

/// Runs the program outside of any vault.
pub fn run(args: &[&str]) -> Run {
    Run::from(program().args(args).output().expect("started"))
}

/// A folder with a vault in it.
pub struct Clinic {
    pub folder: TempDir,
}

impl Clinic {
    /// A fresh vault: a copy of one that the program has made once.
    pub fn new() -> Self {
        static FRESH: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
        let clinic = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let files = FRESH.get_or_init(|| {
            let first = Self { folder: tempfile::tempdir().expect("a temporary folder") };
            let _ = first.run(&["init"]).expect(0);
            let paths = diptych::fsx::files_below(&first.vault()).expect("listed");
            let below = |path: &Path| path.strip_prefix(first.folder.path()).expect("below").to_owned();
            paths.iter().map(|path| (below(path), std::fs::read(path).expect("read"))).collect()
        });
        for (name, bytes) in files {
            let _ = write(&clinic.folder.path().join(name), bytes);
        }
        clinic
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn vault(&self) -> PathBuf {
        self.path("vault")
    }

    pub fn command(&self) -> Command {
        let mut command = program();
        let _ = command.env("DIPTYCH_VAULT", self.vault()).env("DIPTYCH_PASSPHRASE", PASSPHRASE).arg("-q");
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        Run::from(self.command().args(args).output().expect("started"))
    }

    /// Writes a file below the clinic's folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        write(&self.path(name), bytes)
    }
}

pub fn write(path: &Path, bytes: &[u8]) -> PathBuf {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    diptych::fsx::write_atomic(path, bytes).expect("written");
    path.to_owned()
}

/// The size of the photos here.
pub const SIZE: Size = Size::new(640, 480);

/// The world of a seed, made once: every test looks at the first few.
fn world(seed: u32) -> Arc<Picture> {
    static WORLDS: OnceLock<Mutex<HashMap<u32, Arc<Picture>>>> = OnceLock::new();
    let mut worlds = WORLDS.get_or_init(Mutex::default).lock().expect("nobody fails in here");
    Arc::clone(worlds.entry(seed).or_insert_with(|| Arc::new(made(seed))))
}

/// A skin-like world of value noise and spots, larger than a photo of it.
fn made(seed: u32) -> Picture {
    let size = Size::new(960, 720);
    let value = |x: i64, y: i64, octave: u32| {
        let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
        h ^= seed.wrapping_mul(0xC2B2_AE3D).wrapping_add(octave.wrapping_mul(0x27D4_EB2F));
        h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
        h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
        f64::from((h ^ (h >> 15)) >> 8) / f64::from(1u32 << 24)
    };
    let smooth = |x: f64, y: f64, octave: u32| {
        let (x0, y0) = (x.floor(), y.floor());
        let ease = |t: f64| t * t * (3.0 - 2.0 * t);
        let (u, v) = (ease(x - x0), ease(y - y0));
        let at = |i: i64, j: i64| value(x0 as i64 + i, y0 as i64 + j, octave);
        (at(0, 0) * (1.0 - u) + at(1, 0) * u) * (1.0 - v) + (at(0, 1) * (1.0 - u) + at(1, 1) * u) * v
    };
    let mut rgba = Vec::with_capacity(4 * (size.width * size.height) as usize);
    for y in 0..size.height {
        for x in 0..size.width {
            let (fx, fy) = (f64::from(x), f64::from(y));
            let octaves = [(97.0, 40.0), (31.0, 34.0), (11.0, 30.0), (5.0, 16.0)];
            let tone: f64 =
                (0u32..).zip(octaves).map(|(o, (cell, weight))| weight * (smooth(fx / cell, fy / cell, o) - 0.5)).sum();
            let spot = if smooth(fx / 14.0, fy / 14.0, 9) > 0.83 { 45.0 } else { 0.0 };
            let channel = |base: f64, share: f64| (base + tone - share * spot).clamp(0.0, 255.0) as u8;
            rgba.extend([channel(190.0, 0.5), channel(150.0, 1.0), channel(130.0, 1.0), 255]);
        }
    }
    Picture::from_rgba(size, rgba).expect("the right length")
}

/// Where a shot of a world is taken: turn in degrees, scale, shift.
pub fn pose(degrees: f64, scale: f64, dx: f64, dy: f64) -> Matrix3 {
    Matrix3::similarity(scale, f64::to_radians(degrees), dx, dy)
}

/// A photo of world `seed`; `matrix` maps world pixels to photo pixels.
pub fn shot(seed: u32, matrix: &Matrix3) -> Picture {
    render(&world(seed), matrix, SIZE.rect(), SIZE)
}

/// The usual place of the camera: the middle of the world.
pub fn straight() -> Matrix3 {
    Matrix3::translation(-160.0, -120.0)
}

/// A JPEG with an EXIF capture time, "2026:01:14 10:00:00".
pub fn jpeg(picture: &Picture, time: Option<&str>) -> Vec<u8> {
    let plain = encode_jpeg(picture, 92).expect("encoded");
    let Some(time) = time else { return plain };
    let field = exif::Field {
        tag: exif::Tag::DateTimeOriginal,
        ifd_num: exif::In::PRIMARY,
        value: exif::Value::Ascii(vec![time.as_bytes().to_vec()]),
    };
    let mut tiff = std::io::Cursor::new(Vec::new());
    let mut writer = exif::experimental::Writer::new();
    writer.push_field(&field);
    writer.write(&mut tiff, false).expect("EXIF");
    let body = [b"Exif\0\0".as_slice(), tiff.get_ref()].concat();
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xFF, 0xE1], &length, &body, &plain[2..]].concat()
}
