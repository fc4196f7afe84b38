//! Runs a command and reads what it cost: wall time, CPU time and peak memory, from the kernel's own accounts (Linux).

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Start to end.
    pub wall: Duration,
    /// User and system time of all threads.
    pub cpu: Duration,
    /// Largest resident set, bytes; 0 where the system does not tell.
    pub peak: u64,
}

/// Ticks of `/proc/PID/stat` per second on every Linux.
const TICKS: u64 = 100;

/// Runs `command` to its end, polling its accounts.
pub fn measure(command: &mut Command) -> Cost {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command starts");
    let mut cost = Cost::default();
    loop {
        let status = child.try_wait().expect("the command can be waited for");
        if let Some(status) = status {
            assert!(status.success(), "the command failed: {status}");
            cost.wall = began.elapsed();
            return cost;
        }
        let account = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
        if let Some(peak) = high_water(&account("status")) {
            cost.peak = cost.peak.max(peak);
        }
        if let Some(cpu) = cpu_time(&account("stat")) {
            cost.cpu = cost.cpu.max(cpu);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Fields 14 to 17 of the line, own time and that of children that ended, counted behind the command's name, which may
/// hold blanks.
fn cpu_time(stat: &str) -> Option<Duration> {
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>();
    Some(Duration::from_millis(ticks * 1000 / TICKS))
}

/// Largest resident set of this process until now, bytes; 0 where the system does not tell.
pub fn own_peak() -> u64 {
    high_water(&fs::read_to_string("/proc/self/status").unwrap_or_default()).unwrap_or_default()
}

/// CPU time of this thread until now; zero where the system does not tell.
pub fn thread_cpu() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or_default())
}

/// The median of each figure over `times` runs.
pub fn median(times: usize, mut run: impl FnMut() -> Cost) -> Cost {
    let costs: Vec<Cost> = (0..times).map(|_| run()).collect();
    let middle = |mut values: Vec<Duration>| {
        values.sort_unstable();
        values[values.len() / 2]
    };
    Cost {
        wall: middle(costs.iter().map(|c| c.wall).collect()),
        cpu: middle(costs.iter().map(|c| c.cpu).collect()),
        peak: costs.iter().map(|c| c.peak).max().unwrap_or_default(),
    }
}

/// Runs something in this process.
pub fn timed(work: impl FnOnce()) -> Cost {
    let began = Instant::now();
    work();
    Cost { wall: began.elapsed(), ..Cost::default() }
}

/// One line of the table; a dash where a figure was not taken.
pub fn line(what: &str, cost: Cost) {
    let seconds = |d: Duration| if d.is_zero() { "–".into() } else { format!("{:.0} ms", d.as_secs_f64() * 1e3) };
    let peak = if cost.peak == 0 { "–".into() } else { format!("{} MB", cost.peak / 1_000_000) };
    println!("{what:<52} {:>12} {:>12} {peak:>12}", seconds(cost.wall), seconds(cost.cpu));
}
