//! Trying again, with a growing and random pause, as long as that can help.

use aws_lc_rs::rand;
use std::future::Future;
use std::time::Duration;

/// How often a throttled call is tried: with these pauses, for about half a minute.
const THROTTLED_TRIES: u32 = 12;
/// How often a call that finds nobody is tried.
const UNREACHABLE_TRIES: u32 = 4;
const FIRST_PAUSE_MS: u64 = 50;
const LONGEST_PAUSE_MS: u64 = 5_000;

/// A call that failed.
#[derive(Debug)]
pub(crate) enum Attempt<E> {
    /// Trying again gives the same.
    Last(E),
    /// The other side is busy.
    Throttled(E),
    /// The other side does not answer.
    Unreachable(E),
}

/// Calls until it succeeds, or until trying again cannot help.
pub(crate) async fn retrying<T, E, F, Call>(mut call: Call) -> Result<T, E>
where
    F: Future<Output = Result<T, Attempt<E>>>,
    Call: FnMut() -> F,
{
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match call().await {
            Ok(found) => return Ok(found),
            Err(Attempt::Last(error)) => return Err(error),
            Err(Attempt::Throttled(error)) if tries >= THROTTLED_TRIES => return Err(error),
            Err(Attempt::Unreachable(error)) if tries >= UNREACHABLE_TRIES => return Err(error),
            Err(Attempt::Throttled(_)) => "throttled",
            Err(Attempt::Unreachable(_)) => "unreachable",
        };
        let pause = pause(tries);
        tracing::debug!(error, tries, ?pause, "trying again");
        tokio::time::sleep(pause).await;
    }
}

/// Between half and the whole of a pause that doubles, so that callers who were refused together come back apart.
fn pause(tries: u32) -> Duration {
    let whole = FIRST_PAUSE_MS.saturating_mul(1 << tries.min(10)).min(LONGEST_PAUSE_MS);
    let mut random = [0_u8; 2];
    let share = match rand::fill(&mut random) {
        Ok(()) => u64::from(u16::from_be_bytes(random)),
        Err(_) => 0,
    };
    Duration::from_millis(whole / 2 + (whole / 2) * share / u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test(start_paused = true)]
    async fn tries_as_long_as_it_can_help() {
        let calls = Cell::new(0);
        let counted = |answer: fn(u32) -> Result<u32, Attempt<&'static str>>| {
            calls.set(0);
            let calls = &calls;
            retrying(move || {
                calls.set(calls.get() + 1);
                let answer = answer(calls.get());
                async move { answer }
            })
        };
        assert_eq!(counted(|_| Err(Attempt::Last("no"))).await, Err("no"));
        assert_eq!(calls.get(), 1);
        assert_eq!(counted(|_| Err(Attempt::Unreachable("gone"))).await, Err("gone"));
        assert_eq!(calls.get(), UNREACHABLE_TRIES);
        assert_eq!(counted(|n| if n < 9 { Err(Attempt::Throttled("busy")) } else { Ok(n) }).await, Ok(9));
        assert_eq!(counted(|_| Err(Attempt::Throttled("busy"))).await, Err("busy"));
        assert_eq!(calls.get(), THROTTLED_TRIES);
    }
}
