//! The sightings, for people.

use crate::report::visible;
use trailward_guard::canary::{Arrival, Sighting};

/// One line a Region, then what did not arrive and why.
pub(super) fn table(trail: &str, bucket: &str, sightings: &[Sighting]) -> String {
    let arrived = sightings.iter().filter(|sighting| sighting.arrived).count();
    let mut out = format!(
        "{arrived} of {} calls arrived\n\ntrail   {}\nbucket  {}\n\n{:<16} {:>10} {:>10}\n",
        sightings.len(),
        visible(trail),
        visible(bucket),
        "Region",
        "log file",
        "digest"
    );
    for sighting in sightings {
        let mark = if sighting.arrived { "" } else { "  MISSING" };
        let (log, digest) = (seconds(sighting.log.as_ref()), seconds(sighting.digest.as_ref()));
        out.push_str(&format!("{:<16} {log:>10} {digest:>10}{mark}\n", visible(&sighting.region)));
    }
    for sighting in sightings.iter().filter(|sighting| !sighting.arrived) {
        let problem = sighting.problem.as_deref().unwrap_or("it did not arrive");
        out.push_str(&format!("\n{}: {}\n", visible(&sighting.region), visible(problem)));
    }
    if arrived < sightings.len() {
        out.push_str(
            "\nA call arrives only if the trail is logging, records the Region, and selects management events that read.\n",
        );
    }
    out
}

fn seconds(arrival: Option<&Arrival>) -> String {
    arrival.map_or_else(|| "–".to_owned(), |arrival| format!("{:.1} s", arrival.seconds))
}
