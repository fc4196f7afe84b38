//! Other engines on the same files, and their answers kept beside them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use diptych::fsx::write_atomic;
use diptych::geom::Matrix3;
use serde::{Deserialize, Serialize};

use super::Answers;
use super::pairs::Pair;
use super::table::Outcome;

/// OpenCV's usual recipe.
const SCRIPT: &str = include_str!("rival.py");

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    #[serde(default)]
    set: String,
    #[serde(default)]
    number: u64,
    matrix: Option<[f64; 9]>,
    aligned: bool,
    ms: f64,
}

impl Answer {
    /// Other engines put pixel centres at integers.
    fn outcome(&self) -> Outcome {
        let half = Matrix3::translation(0.5, 0.5);
        let back = Matrix3::translation(-0.5, -0.5);
        let matrix = self.matrix.map(|m| half.after(&Matrix3(m)).after(&back));
        Outcome { aligned: self.aligned, shown: matrix.is_some(), matrix, cpu_ms: self.ms, ..Outcome::default() }
    }
}

/// Asks `ask` about the pairs it was not asked about before.
fn kept(folder: &Path, name: &str, pairs: &[Pair], ask: impl FnOnce(&[&Pair]) -> Vec<Answer>) -> Answers {
    let file = folder.join(format!("{name}.json"));
    let mut known: Vec<Answer> = fs::read(&file).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
    let missing: Vec<&Pair> =
        pairs.iter().filter(|p| !known.iter().any(|a| a.set == p.set && a.number == p.number)).collect();
    if !missing.is_empty() {
        known.extend(ask(&missing));
        write_atomic(&file, &serde_json::to_vec(&known).expect("JSON")).expect("written");
    }
    let by_pair: HashMap<_, _> = known.iter().map(|a| ((a.set.as_str(), a.number), a.outcome())).collect();
    let outcomes = pairs.iter().map(|p| by_pair.get(&(p.set.as_str(), p.number)).cloned().unwrap_or_default());
    (name.into(), outcomes.collect())
}

/// OpenCV, where `python` has it.
pub fn opencv(folder: &Path, pairs: &[Pair], python: &str) -> Option<Answers> {
    let there = Command::new(python).args(["-c", "import cv2"]).output().is_ok_and(|o| o.status.success());
    if !there {
        println!("(no OpenCV for Python here to compare with)");
        return None;
    }
    Some(kept(folder, "opencv", pairs, |missing| {
        let list = folder.join("asked.json");
        write_atomic(&list, &serde_json::to_vec(missing).expect("JSON")).expect("written");
        let output = Command::new(python).args(["-c", SCRIPT]).arg(&list).output().expect("Python runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).expect("text");
        lines.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect()
    }))
}

/// Any other program.
pub fn program(folder: &Path, pairs: &[Pair], program: &str) -> Answers {
    kept(folder, "program", pairs, |missing| {
        let ask = |pair: &&Pair| {
            let output =
                Command::new(program).args([&pair.moving, &pair.fixed]).arg(&pair.model).output().expect("it runs");
            let answer: Answer = serde_json::from_slice(&output.stdout).expect("JSON");
            Answer { set: pair.set.clone(), number: pair.number, ..answer }
        };
        missing.iter().map(ask).collect()
    })
}
