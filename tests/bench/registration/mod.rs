//! Accuracy and honesty of the registration over many generated pairs with known truth, and its time per pair, beside
//! OpenCV's usual recipe on the same pictures.
//!
//! | variable | meaning |
//! |---|---|
//! | `DIPTYCH_BENCH_PHOTOS` | a folder of photos the pairs are made from; else the synthetic clinic |
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
use std::time::Instant;

use diptych::geom::Matrix3;
use diptych::model::{Answer, Model};
use diptych::registration::{describe, register};

use self::pairs::Pair;
use self::table::{Outcome, Table};

/// One engine's answers: its name and an outcome for each pair.
pub type Answers = (String, Vec<Outcome>);

/// Makes the pairs, asks every engine, prints the table.
pub fn run() {
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
    answers.extend(var("PROGRAM").map(|program| rival::program(&folder, &pairs, &program)));
    Table::new(&pairs, &answers).print();
}

fn own(pairs: &[Pair], verbose: bool) -> Vec<Outcome> {
    pairs.iter().map(|pair| ask(pair, verbose)).collect()
}

fn ask(pair: &Pair, verbose: bool) -> Outcome {
    let (moving, fixed) = (pairs::read(&pair.moving).expect("a picture"), pairs::read(&pair.fixed).expect("a picture"));
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
    };
    let error = found.matrix.map_or(f64::INFINITY, |m: Matrix3| 100.0 * pair.error_px(&m) / pair.diagonal());
    let right = pair.truth.is_some() && outcome.aligned && error < 0.5;
    if verbose && !right && (pair.truth.is_some() || outcome.shown) {
        println!("  {} {}: {error:.2} % {found:?}", pair.set, pair.number);
    }
    outcome
}
