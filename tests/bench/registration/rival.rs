//! Other engines on the same files in the same run: what else the machine does slows all of them.

use std::path::Path;
use std::process::Command;

use diptych::fsx::write_atomic;
use diptych::geom::Matrix3;
use serde::Deserialize;

use super::Answers;
use super::pairs::Pair;
use super::table::Outcome;

/// OpenCV's usual recipe.
const SCRIPT: &str = include_str!("rival.py");

#[derive(Debug, Clone, Deserialize)]
struct Answer {
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

/// OpenCV, where `python` has it.
pub fn opencv(folder: &Path, pairs: &[Pair], python: &str) -> Option<Answers> {
    let there = Command::new(python).args(["-c", "import cv2"]).output().is_ok_and(|o| o.status.success());
    if !there {
        println!("(no OpenCV for Python here to compare with)");
        return None;
    }
    let list = folder.join("asked.json");
    write_atomic(&list, &serde_json::to_vec(pairs).expect("JSON")).expect("written");
    let output = Command::new(python).args(["-c", SCRIPT]).arg(&list).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    let outcome = |line: &str| serde_json::from_str::<Answer>(line).expect("an answer").outcome();
    Some(("opencv".into(), lines.lines().map(outcome).collect()))
}

/// Any other program.
pub fn program(pairs: &[Pair], program: &str) -> Answers {
    let ask = |pair: &Pair| {
        let output =
            Command::new(program).args([&pair.moving, &pair.fixed]).arg(&pair.model).output().expect("it runs");
        serde_json::from_slice::<Answer>(&output.stdout).expect("JSON").outcome()
    };
    ("program".into(), pairs.iter().map(ask).collect())
}
