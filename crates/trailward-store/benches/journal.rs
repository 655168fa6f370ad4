//! Appends a second, for as many appenders as are given, each waiting for its own entry. With `--against PROGRAM` (this
//! bench of another commit) turns alternate and the ratio is shown. Results are kept in `bench/journal.md`.
#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::many_single_char_names,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may stop"
)]

use bytes::Bytes;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trailward_store::seal::MasterKey;
use trailward_store::{FileJournal, FileJournalOptions, Journal, ReadLimit};

/// About as long as most records.
const PAYLOAD: usize = 1500;

const APPENDERS: [usize; 4] = [1, 16, 64, 512];

/// One of them is 1,000 records of a `DeleteObjects`, and then some.
const READ: ReadLimit = ReadLimit { entries: 4096, bytes: 8 << 20 };

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1))
    };
    let seconds: f64 = after("--seconds").map_or(2.0, |text| text.parse().unwrap());
    let turns: usize = after("--turns").map_or(5, |text| text.parse().unwrap());
    if let Some(appenders) = after("--once") {
        println!("{:?}", measure(appenders.parse().unwrap(), Duration::from_secs_f64(seconds)));
        return;
    }
    let here = std::env::current_exe().unwrap();
    println!(
        "appenders   appends/s   p50 µs   read MB/s      other   p50 µs   read MB/s   ratio   read ratio"
    );
    for appenders in APPENDERS {
        let (mut mine, mut others) = (Vec::new(), Vec::new());
        for _ in 0..turns {
            mine.push(child(here.as_os_str(), appenders, seconds));
            if let Some(other) = after("--against") {
                others.push(child(other.as_ref(), appenders, seconds));
            }
        }
        let (a, b, c) = median(&mine);
        let (x, y, z) = if others.is_empty() { (f64::NAN, f64::NAN, f64::NAN) } else { median(&others) };
        println!(
            "{appenders:9} {a:11.0} {b:8.0} {c:11.0} {x:10.0} {y:8.0} {z:11.0} {:7.2} {:12.2}",
            a / x,
            c / z
        );
    }
}

type Figures = (f64, f64, f64);

/// Each turn in a process of its own, so that neither leaves the other anything.
fn child(program: &std::ffi::OsStr, appenders: usize, seconds: f64) -> Figures {
    let (appenders, seconds) = (appenders.to_string(), seconds.to_string());
    let output = Command::new(program).args(["--once", &appenders, "--seconds", &seconds]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text
        .trim()
        .trim_matches(['(', ')'])
        .split(", ")
        .map(|number| number.parse().unwrap_or_else(|_| panic!("{text}")))
        .collect();
    (numbers[0], numbers[1], numbers[2])
}

fn median(figures: &[Figures]) -> Figures {
    let middle = |pick: fn(&Figures) -> f64| {
        let mut numbers: Vec<f64> = figures.iter().map(pick).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    (middle(|f| f.0), middle(|f| f.1), middle(|f| f.2))
}

fn open(dir: &std::path::Path) -> FileJournal {
    FileJournal::open(dir, MasterKey::from_bytes([1; 32]), FileJournalOptions::default()).unwrap()
}

/// Appends a second, the median wait in microseconds, and megabytes a second read back.
fn measure(appenders: usize, time: Duration) -> Figures {
    let dir = tempfile::tempdir_in(std::env::current_dir().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Arc::new(open(dir.path()));
        let payload = Bytes::from((0..PAYLOAD).map(|at| at.to_le_bytes()[0]).collect::<Vec<_>>());
        let begun = Instant::now();
        let tasks: Vec<_> = (0..appenders)
            .map(|_| {
                let (journal, payload) = (journal.clone(), payload.clone());
                tokio::spawn(async move {
                    let mut waits = Vec::new();
                    while begun.elapsed() < time {
                        let asked = Instant::now();
                        journal.append(payload.clone()).await.unwrap();
                        waits.push(asked.elapsed());
                    }
                    waits
                })
            })
            .collect();
        let mut waits = Vec::new();
        for task in tasks {
            waits.append(&mut task.await.unwrap());
        }
        let took = begun.elapsed();
        waits.sort_unstable();
        let begun = Instant::now();
        let mut next = 0;
        while next < journal.end() {
            next += journal.read(next, READ).await.unwrap().len() as u64;
        }
        let read = (waits.len() * PAYLOAD) as f64 / 1e6 / begun.elapsed().as_secs_f64();
        (waits.len() as f64 / took.as_secs_f64(), waits[waits.len() / 2].as_secs_f64() * 1e6, read)
    })
}
