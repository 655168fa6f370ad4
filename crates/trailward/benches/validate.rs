//! `trailward validate` beside `aws cloudtrail validate-logs` and beside one pass of inflate and SHA-256, over forged
//! archives, in one run. Start-up is included: both are processes.
//!
//! Prints figures and asserts nothing: timings are not tests. `cargo bench -p trailward --bench validate`; arguments
//! `day`, `month`, `cpu`, `many` run a part alone.
#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may stop"
)]

#[expect(unreachable_pub, reason = "the tests' module")]
#[path = "../tests/it/clients.rs"]
mod clients;

#[expect(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the tests' module; not all of it is needed here"
)]
#[path = "../tests/it/forge/mod.rs"]
mod forge;

use forge::mirror::{Faults, Mirror};
use forge::{Plan, World};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use trailward_model::stamp;

const BINARY: &str = env!("CARGO_BIN_EXE_trailward");

/// One day of one account and Region: 288 log files, 170 MB unpacked.
fn day() -> Plan {
    Plan { hours: 24, logs_an_hour: 12, records_a_log: 592, contents: Some(288), ..Plan::default() }
}

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if let [part, folder] = asked.as_slice()
        && part == "pass"
    {
        return pass(Path::new(folder));
    }
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|a| a == part);
    if wanted("day") {
        let faults = Faults { latency: Duration::from_millis(20), forgetful: true, ..Faults::default() };
        beside("one day, 20 ms an object", &day(), faults, 3);
    }
    if wanted("month") {
        let plan = Plan { hours: 24 * 30, ..day() };
        beside("thirty days, no latency", &plan, Faults { forgetful: true, ..Faults::default() }, 1);
    }
    if wanted("cpu") {
        cpu();
    }
    if wanted("many") {
        many();
    }
}

/// What a process took.
#[derive(Debug, Clone, Copy)]
struct Taken {
    wall: f64,
    cpu: f64,
    peak_mib: f64,
}

/// Runs a command to its end; it must exit with 0.
fn taken(command: &mut Command) -> Taken {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut peak = 0.0_f64;
    let stat = format!("/proc/{}/stat", child.id());
    let status = format!("/proc/{}/status", child.id());
    // A process that has ended keeps its times until it is waited for.
    let (wall, ticks) = loop {
        let line = std::fs::read_to_string(&stat).unwrap_or_default();
        let fields: Vec<&str> = line.rsplit(')').next().unwrap().split_whitespace().collect();
        if fields.first() == Some(&"Z") {
            let ticks = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
            break (started.elapsed().as_secs_f64(), ticks);
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(2));
    };
    let code = child.wait().unwrap();
    assert!(code.success(), "{command:?} ended with {code}");
    Taken { wall, cpu: ticks / 100.0, peak_mib: peak }
}

fn ours(mirror: &Mirror, plan: &Plan) -> Command {
    let mut command = Command::new(BINARY);
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    command.args([
        "validate",
        &format!("s3://{}", plan.bucket),
        "--start-time",
        &start,
        "--end-time",
        &end,
        "-q",
    ]);
    command.envs(mirror.environment());
    command
}

fn theirs(mirror: &Mirror, plan: &Plan, bin: &Path) -> Command {
    let mut command = Command::new(bin.join("aws"));
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    command.args(["cloudtrail", "validate-logs", "--trail-arn", &plan.trail_arn()]);
    command.args(["--start-time", &start, "--end-time", &end]).envs(mirror.environment());
    command
}

fn median(mut values: Vec<Taken>) -> Taken {
    values.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    values[values.len() / 2]
}

/// Unpacked bytes of all log files.
fn unpacked(world: &mut World) -> u64 {
    let sizes = world.objects().iter().filter(|(key, _)| key.contains("/CloudTrail/"));
    sizes
        .map(|(_, object)| {
            u64::from(u32::from_le_bytes(object.bytes[object.bytes.len() - 4..].try_into().unwrap()))
        })
        .sum()
}

fn beside(name: &str, plan: &Plan, faults: Faults, turns: usize) {
    let mut world = plan.forge();
    let (objects, bytes) = (world.objects().len(), unpacked(&mut world));
    let mirror = Mirror::with_faults(world, faults);
    println!("\n{name}: {objects} objects, {} MB unpacked", bytes / 1_000_000);
    let (mut fast, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        fast.push(taken(&mut ours(&mirror, plan)));
        match clients::bin() {
            Some(bin) => slow.push(taken(&mut theirs(&mirror, plan, bin))),
            None => return,
        }
    }
    let (fast, slow) = (median(fast), median(slow));
    for (who, taken) in [("trailward validate", fast), ("aws validate-logs", slow)] {
        println!(
            "  {who:<20} {:>8.2} s wall  {:>8.2} s CPU  {:>6.0} MB/s  {:>6.0} MiB peak",
            taken.wall,
            taken.cpu,
            bytes as f64 / 1e6 / taken.wall,
            taken.peak_mib
        );
    }
    println!("  ratio                {:>8.1} x", slow.wall / fast.wall);
}

/// CPU time on a local mirror against one pass of inflate and SHA-256 over the same files.
fn cpu() {
    let plan = Plan { hours: 24 * 10, ..day() };
    let mut world = plan.forge();
    let bytes = unpacked(&mut world);
    let mirror = Mirror::with_faults(world, Faults { forgetful: true, ..Faults::default() });
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy");
    let keys = dir.path().join("keys.json");
    let fetched = taken(
        Command::new(BINARY)
            .args(["archive", "fetch", "-q", "s3://trail-logs"])
            .arg(&copy)
            .envs(mirror.environment()),
    );
    taken(
        Command::new(BINARY)
            .args(["archive", "keys", "--region", "us-east-1", "--output"])
            .arg(&keys)
            .envs(mirror.environment()),
    );
    let s3 = taken(&mut ours(&mirror, &plan));
    drop(mirror);
    println!("\nten days on a local disk: {} MB unpacked", bytes / 1_000_000);
    println!("  archive fetch        {:>8.2} s wall  {:>8.2} s CPU", fetched.wall, fetched.cpu);
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    let (mut passes, mut runs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        passes.push(taken(Command::new(std::env::current_exe().unwrap()).arg("pass").arg(&copy)));
        let mut command = Command::new(BINARY);
        command.arg("validate").arg(&copy).arg("--keys").arg(&keys);
        runs.push(taken(command.args(["--start-time", &start, "--end-time", &end, "-q"])));
    }
    let (pass, run) = (median(passes), median(runs));
    println!(
        "  one pass             {:>8.2} s wall  {:>8.2} s CPU  (one thread: read, inflate, SHA-256)",
        pass.wall, pass.cpu
    );
    println!(
        "  validate, directory  {:>8.2} s wall  {:>8.2} s CPU  {:>6.0} MiB peak",
        run.wall, run.cpu, run.peak_mib
    );
    println!(
        "  validate, S3         {:>8.2} s wall  {:>8.2} s CPU  {:>6.0} MiB peak",
        s3.wall, s3.cpu, s3.peak_mib
    );
    println!("  CPU, directory/pass  {:>8.2} x", run.cpu / pass.cpu);
    println!("  cores busy           {:>8.2}", run.cpu / run.wall);
}

/// Reads, inflates and hashes every file of a tree.
fn pass(root: &Path) {
    let mut stack = vec![root.to_owned()];
    let mut decompressor = libdeflater::Decompressor::new();
    let mut text = Vec::new();
    let mut sum = 0_u64;
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|e| e == "gz") {
                let packed = std::fs::read(&path).unwrap();
                let size = u32::from_le_bytes(packed[packed.len() - 4..].try_into().unwrap()) as usize;
                text.resize(size.max(text.len()), 0);
                let length = decompressor.gzip_decompress(&packed, &mut text).unwrap();
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &text[..length]);
                sum += u64::from(hash.as_ref()[0]);
            }
        }
    }
    assert!(sum > 0);
}

/// 50 accounts in 17 Regions: 204,000 objects in one command.
fn many() {
    let plan = Plan {
        accounts: (0..50).map(|n| (111_122_223_300_u64 + n).to_string()).collect(),
        regions: trailward_model::DEFAULT_REGIONS.iter().take(17).map(|r| (*r).to_owned()).collect(),
        organization: Some("o-exampleorg".into()),
        hours: 24,
        logs_an_hour: 9,
        contents: Some(500),
        ..Plan::default()
    };
    let mut world = plan.forge();
    let (objects, bytes) = (world.objects().len(), unpacked(&mut world));
    let mirror = Mirror::with_faults(world, Faults { forgetful: true, ..Faults::default() });
    println!("\n50 accounts x 17 Regions, one day: {objects} objects, {} MB unpacked", bytes / 1_000_000);
    let run = taken(&mut ours(&mirror, &plan));
    println!(
        "  trailward validate   {:>8.2} s wall  {:>8.2} s CPU  {:>6.0} MiB peak  {:>6.0} objects/s  {:.2} cores",
        run.wall,
        run.cpu,
        run.peak_mib,
        objects as f64 / run.wall,
        run.cpu / run.wall
    );
}
