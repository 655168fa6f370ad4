//! From what was typed to sources, a range and public keys.

use super::args::SelectArgs;
use super::moment;
use anyhow::{Context as _, Result, bail};
use std::path::Path;
use std::sync::Arc;
use time::Duration;
use trailward_archive::api::Api;
use trailward_archive::expect::{Expected, Logging};
use trailward_archive::find::Wanted;
use trailward_archive::keys::Keys;
use trailward_archive::open::{self, is_s3, split_uri};
use trailward_archive::range::Range;
use trailward_archive::source::Source;
use trailward_model::{Clock as _, SystemClock};

/// What is to be looked at, opened.
pub(crate) struct Selection {
    pub sources: Vec<Arc<dyn Source>>,
    pub range: Range,
    pub wanted: Wanted,
    pub expected: Expected,
    pub keys: Keys,
    pub originals: Vec<(String, String)>,
    pub trail: Option<String>,
}

/// The time asked for.
pub(crate) fn range(args: &SelectArgs) -> Result<Range> {
    let mut range = Range {
        start: args.start_time.as_deref().map(moment::moment).transpose()?,
        end: args.end_time.as_deref().map(moment::moment).transpose()?,
    };
    if let Some(since) = &args.since {
        range.start = Some(SystemClock.now() - moment::span(since)?);
    }
    if range.start.zip(range.end).is_some_and(|(start, end)| end <= start + Duration::ZERO) {
        bail!("--end-time is not after --start-time");
    }
    Ok(range)
}

/// Which accounts, Regions and folders.
pub(crate) fn wanted(args: &SelectArgs) -> Wanted {
    let folder = |name: &String| format!("{}/", name.trim_end_matches('/'));
    Wanted {
        accounts: args.account_id.clone(),
        regions: args.region.clone(),
        except: args.except.iter().map(folder).collect(),
    }
}

/// Sources and trails as typed.
pub(super) fn named(args: &SelectArgs) -> Result<(Vec<&str>, Vec<&str>)> {
    let is_arn = |name: &&str| name.starts_with("arn:");
    let typed: Vec<&str> = args.sources.iter().map(String::as_str).collect();
    let (mut trails, sources): (Vec<&str>, Vec<&str>) = typed.into_iter().partition(is_arn);
    trails.extend(args.trail_arn.as_deref());
    if trails.is_empty() && sources.is_empty() {
        bail!("name what to validate: s3://BUCKET[/PREFIX], a directory, or --trail-arn ARN");
    }
    Ok((sources, trails))
}

/// Opens what `args` name. AWS is asked only when something lies there or public keys must come from there.
pub(crate) async fn select(
    args: &SelectArgs,
    original: Option<&str>,
    keys: Option<&Path>,
) -> Result<Selection> {
    let range = range(args)?;
    let (names, trails) = named(args)?;
    let keys = keys.map(Keys::file).transpose()?;
    let originals = original.map(split_uri).transpose()?.into_iter().collect();
    let api = Arc::new(Api::lazy());
    let mut expected = Expected::default();
    let mut trail = None;
    let mut uris: Vec<String> = names.into_iter().map(str::to_owned).collect();
    for arn in trails {
        let resolved = open::resolve_trail(arn, &api).await?;
        if !resolved.trail.validation {
            bail!(
                "log file validation is off for {arn}, so there is nothing to prove with; switch it on: aws cloudtrail \
                 update-trail --name {arn} --enable-log-file-validation"
            );
        }
        expected = merged(expected, resolved.expected, args);
        // With other sources beside it, everything in them is wanted.
        trail = (uris.is_empty()).then_some(resolved.trail.name);
        if !uris.contains(&resolved.uri) {
            uris.push(resolved.uri);
        }
    }
    if uris.len() > 1 || trail.is_none() {
        // What one trail's status says excuses nothing of another.
        expected.logging = Logging::default();
    }
    let mut sources = Vec::new();
    for uri in uris {
        sources.push(opened(&uri, &api).await?);
    }
    Ok(Selection {
        sources,
        range,
        wanted: wanted(args),
        expected,
        keys: keys.unwrap_or_else(|| Keys::api(api)),
        originals,
        trail,
    })
}

/// What is expected of both, without what the arguments exclude.
pub(super) fn merged(mut known: Expected, more: Expected, args: &SelectArgs) -> Expected {
    let account = |id: &str| args.account_id.is_empty() || args.account_id.iter().any(|a| a == id);
    let region = |name: &str| args.region.is_empty() || args.region.iter().any(|r| r == name);
    known.accounts.extend(more.accounts.into_iter().filter(|id| account(id)));
    known.places.extend(more.places.into_iter().filter(|(id, name)| account(id) && region(name)));
    known.unknown.extend(more.unknown.into_iter().filter(|(name, _)| region(name)));
    // Of a file nothing is learned about it.
    if more.logging != Logging::default() {
        known.logging = more.logging;
    }
    known
}

/// Opens one source.
pub(crate) async fn opened(uri: &str, api: &Api) -> Result<Arc<dyn Source>> {
    let opened = if is_s3(uri) {
        open::open_bucket(uri, api.configuration().await).await
    } else {
        open::open_directory(Path::new(uri))
    };
    opened.with_context(|| format!("{uri} cannot be opened"))
}
