//! Outcomes of engines over sets, as a table.

use std::fs;

use diptych::geom::Matrix3;

use super::Answers;
use super::pairs::Pair;

/// What one engine said about one pair.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// It is sure.
    pub aligned: bool,
    /// It shows a transform.
    pub shown: bool,
    /// Moving → fixed, pixel centres at +0.5.
    pub matrix: Option<Matrix3>,
    /// CPU time of everything but decoding.
    pub cpu_ms: f64,
    /// CPU time of the part that is done once per picture.
    pub describe_ms: f64,
    /// Wall time.
    pub wall_ms: f64,
    /// Its features do not suffice: it is searched without them.
    pub weak: bool,
}

/// An accepted answer that is off by more than this, in % of the diagonal, is wrong.
const WRONG: f64 = 2.0;

/// CPU time of all threads of this process in milliseconds, from the scheduler's own accounts (Linux).
pub fn cpu_ms() -> f64 {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return 0.0 };
    let spent = |task: fs::DirEntry| {
        let account = fs::read_to_string(task.path().join("schedstat")).ok()?;
        account.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.filter_map(Result::ok).filter_map(spent).sum::<f64>() / 1e6
}

/// All outcomes by set.
pub struct Table<'a> {
    pairs: &'a [Pair],
    answers: &'a [Answers],
}

impl<'a> Table<'a> {
    /// A table of these outcomes, each list in the order of the pairs.
    pub fn new(pairs: &'a [Pair], answers: &'a [Answers]) -> Self {
        Self { pairs, answers }
    }

    /// Prints a line for each set and engine.
    pub fn print(&self) {
        println!(
            "{:14} {:10} {:>4} {:>8} {:>6} {:>6} {:>6} {:>6} {:>9} {:>10} {:>10} {:>7} {:>7} {:>7}",
            "set",
            "engine",
            "n",
            "accepted",
            "wrong",
            "<1px",
            "<0.5%",
            "<2%",
            "best <2%",
            "median px",
            "worst acc%",
            "CPU",
            "descr.",
            "wall"
        );
        let mut sets: Vec<&str> = self.pairs.iter().map(|p| p.set.as_str()).collect();
        sets.dedup();
        for set in &sets {
            for (engine, outcomes) in self.answers {
                line(set, engine, self.pairs.iter().zip(outcomes).filter(|(p, _)| p.set == *set));
            }
        }
        for (engine, outcomes) in self.answers {
            let negatives = self.pairs.iter().zip(outcomes).filter(|(p, _)| p.truth.is_none());
            let (n, accepted) = negatives.fold((0, 0), |(n, k), (_, o)| (n + 1, k + usize::from(o.aligned)));
            println!("{engine}: {accepted} of {n} negatives accepted");
        }
        for (engine, outcomes) in &self.answers[1..] {
            self.times(engine, outcomes);
        }
    }

    /// Prints how much more CPU time the first engine takes than another one, by the way it goes.
    fn times(&self, engine: &str, outcomes: &[Outcome]) {
        let own = &self.answers[0].1;
        for (weak, way) in [(false, "by features"), (true, "searched without features as well")] {
            let pairs: Vec<_> = own.iter().zip(outcomes).filter(|(own, _)| own.weak == weak).collect();
            let (mine, theirs) = pairs.iter().fold((0.0, 0.0), |(a, b), (own, o)| (a + own.cpu_ms, b + o.cpu_ms));
            if theirs > 0.0 {
                let n = pairs.len();
                println!("CPU time of {n} pairs {way}: {:.2} times that of {engine}", mine / theirs);
            }
        }
    }

    /// Whether the first engine accepted no negative and nothing that is off.
    pub fn is_honest(&self) -> bool {
        let wrong = |(pair, outcome): &(&Pair, &Outcome)| outcome.aligned && share(pair, outcome) > WRONG;
        let wrong: Vec<_> = self.pairs.iter().zip(&self.answers[0].1).filter(wrong).collect();
        for (pair, outcome) in &wrong {
            println!("WRONG: {} {} was accepted, {:.2} % off", pair.set, pair.number, share(pair, outcome));
        }
        wrong.is_empty()
    }
}

/// Error of an answer in pixels; infinite without one, and of any answer to a negative.
fn error(pair: &Pair, outcome: &Outcome) -> f64 {
    outcome.matrix.map_or(f64::INFINITY, |m| pair.error_px(&m))
}

/// The same in % of the diagonal.
fn share(pair: &Pair, outcome: &Outcome) -> f64 {
    100.0 * error(pair, outcome) / pair.diagonal()
}

fn line<'a>(set: &str, engine: &str, rows: impl Iterator<Item = (&'a Pair, &'a Outcome)>) {
    let rows: Vec<_> = rows.collect();
    let n = rows.len();
    let error = |row: &(&Pair, &Outcome)| error(row.0, row.1);
    let share = |row: &(&Pair, &Outcome)| share(row.0, row.1);
    let count = |test: &dyn Fn(&(&Pair, &Outcome)) -> bool| rows.iter().filter(|r| test(r)).count();
    let mut errors: Vec<f64> = rows.iter().map(error).collect();
    errors.sort_by(f64::total_cmp);
    let worst = rows.iter().filter(|r| r.1.aligned).map(share).fold(0.0, f64::max);
    let mean = |of: fn(&Outcome) -> f64| rows.iter().map(|r| of(r.1)).sum::<f64>() / n as f64;
    println!(
        "{set:14} {engine:10} {n:4} {:8} {:6} {:6} {:6} {:6} {:9} {:10.3} {:10.2} {:7.0} {:7.0} {:7.0}",
        count(&|r| r.1.aligned),
        count(&|r| r.1.aligned && share(r) > WRONG),
        count(&|r| error(r) < 1.0),
        count(&|r| share(r) < 0.5),
        count(&|r| r.1.aligned && share(r) < WRONG),
        count(&|r| share(r) < WRONG),
        errors[n / 2],
        worst,
        mean(|o| o.cpu_ms),
        mean(|o| o.describe_ms),
        mean(|o| o.wall_ms),
    );
}
