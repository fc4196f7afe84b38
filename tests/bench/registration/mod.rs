//! Accuracy and honesty of the registration over many generated pairs with known truth, its time per pair beside
//! OpenCV's usual recipe on the same pictures in the same run, and its memory. An accepted negative, or an accepted pair
//! that is off by more than 2 % of the diagonal, ends the benchmarks with an exit code.
//!
//! | variable | meaning |
//! |---|---|
//! | `DIPTYCH_BENCH_PHOTOS` | a folder of photos of any format the pairs are made from, one person in each subfolder; else the synthetic clinic |
//! | `DIPTYCH_BENCH_FOLDER` | where pairs are kept and found again; else a temporary folder |
//! | `DIPTYCH_BENCH_PAIRS` | pairs of a positive and of a negative set: `30,60` |
//! | `DIPTYCH_BENCH_SETS` | names of sets, separated by commas; else all |
//! | `DIPTYCH_BENCH_PYTHON` | a Python that has OpenCV; else `python3` |
//! | `DIPTYCH_BENCH_PROGRAM` | another aligner: called `PROGRAM MOVING FIXED MODEL`, prints JSON with `matrix` (pixel centres at integers), `aligned` and `ms` |
//! | `DIPTYCH_BENCH_VERBOSE` | names every pair that was not simply right |

mod pairs;
mod rival;
mod sets;
mod simulate;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use diptych::geom::Matrix3;
use diptych::model::{Answer, Model};
use diptych::registration::{describe, odds, register};

use self::pairs::Pair;
use self::table::{Outcome, Table};
use crate::probe;

/// One engine's answers: its name and an outcome for each pair.
pub type Answers = (String, Vec<Outcome>);

/// First argument of the process that registers one pair to measure its memory.
pub const CHILD: &str = "registration-of-one-pair";

/// Makes the pairs, asks every engine, prints the table. False when the program was wrong where it said it was sure.
pub fn run() -> bool {
    #[allow(clippy::disallowed_methods, reason = "a benchmark is set up by its environment")]
    let var = |name: &str| std::env::var(format!("DIPTYCH_BENCH_{name}")).ok();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = var("FOLDER").map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("a folder");
    let names = var("SETS");
    let wanted = |name: &str| names.as_ref().is_none_or(|list| list.split(',').any(|n| n == name));
    let counts = var("PAIRS").unwrap_or_else(|| "30,60".into());
    let (positive, negative) = counts.split_once(',').expect("two numbers");
    let counts = (positive.parse().expect("a number"), negative.parse().expect("a number"));
    let pairs = pairs::prepare(&folder, &wanted, counts, var("PHOTOS").as_deref().map(Path::new));
    let mut answers: Vec<Answers> = vec![("diptych".into(), own(&pairs, var("VERBOSE").is_some()))];
    answers.extend(rival::opencv(&folder, &pairs, &var("PYTHON").unwrap_or_else(|| "python3".into())));
    answers.extend(var("PROGRAM").map(|program| rival::program(&pairs, &program)));
    let table = Table::new(&pairs, &answers);
    table.print();
    memory(&pairs);
    table.is_honest()
}

/// Registers one pair and prints the peak of memory above the program and the two pictures, in bytes.
pub fn child(args: &[String]) {
    let program = probe::own_peak();
    let [moving, fixed] = [0, 1].map(|i| pairs::read(Path::new(&args[i])));
    let _found = register(&describe(&moving, moving.size()), &describe(&fixed, fixed.size()), Model::Similarity);
    let pictures = (moving.rgba().len() + fixed.rgba().len()) as u64;
    println!("{}", probe::own_peak().saturating_sub(program + pictures));
}

/// Measures the first pair of every set in a process of its own, where nothing that was freed before hides it.
fn memory(pairs: &[Pair]) {
    let mut firsts: Vec<&Pair> = pairs.iter().collect();
    firsts.dedup_by_key(|pair| &pair.set);
    let peak = |pair: &&Pair| -> Option<u64> {
        let bench = std::env::current_exe().ok()?;
        let output = Command::new(bench).arg(CHILD).args([&pair.moving, &pair.fixed]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let most = firsts.iter().filter_map(|pair| Some((peak(pair)?, pair.set.as_str()))).max();
    if let Some((bytes, set)) = most {
        println!("memory above the two pictures: {} MB at most ({set})", bytes / 1_000_000);
    }
}

/// Below these odds of its features a pair is searched without them as well, unless its pixels agree plainly.
const WEAK: f64 = 12.0;

fn own(pairs: &[Pair], verbose: bool) -> Vec<Outcome> {
    pairs.iter().map(|pair| ask(pair, verbose)).collect()
}

fn ask(pair: &Pair, verbose: bool) -> Outcome {
    let (moving, fixed) = (pairs::read(&pair.moving), pairs::read(&pair.fixed));
    let model = Model::from_key(&pair.model).expect("a model");
    let (wall, cpu) = (Instant::now(), table::cpu_ms());
    let (a, b) = rayon::join(|| describe(&moving, moving.size()), || describe(&fixed, fixed.size()));
    let described = table::cpu_ms();
    let found = register(&a, &b, model);
    let outcome = Outcome {
        aligned: found.answer == Answer::Aligned,
        shown: found.answer != Answer::None,
        matrix: found.matrix,
        cpu_ms: table::cpu_ms() - cpu,
        describe_ms: described - cpu,
        wall_ms: wall.elapsed().as_secs_f64() * 1e3,
        weak: false,
    };
    let outcome = Outcome { weak: odds(&a, &b) < WEAK, ..outcome };
    let error = found.matrix.map_or(f64::INFINITY, |m: Matrix3| 100.0 * pair.error_px(&m) / pair.diagonal());
    let right = pair.truth.is_some() && outcome.aligned && error < 0.5;
    if verbose && !right && (pair.truth.is_some() || outcome.shown) {
        println!("  {} {}: {error:.2} % {found:?}", pair.set, pair.number);
    }
    outcome
}
