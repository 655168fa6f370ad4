//! Making an archive as CloudTrail would deliver it.

use super::records::{Rng, log_file};
use super::{Chain, Content, KnownKey, KnownTrail, Object, Placed, World, gzip, key_pairs, sign};
use std::collections::BTreeMap;
use std::ops::Range;
use time::{Duration, OffsetDateTime};
use trailward_digest::{DigestFile, ListedLog, Previous, sha256_hex};
use trailward_model::layout::Place;
use trailward_model::stamp;

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub bucket: String,
    /// Without slashes at its ends; empty for none.
    pub prefix: String,
    pub organization: Option<String>,
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    pub trails: Vec<String>,
    pub home: String,
    /// Where the first digest's window begins.
    pub start: OffsetDateTime,
    pub hours: u32,
    pub logs_an_hour: u32,
    pub records_a_log: u32,
    /// Hours after which another key signs.
    pub rotate_every: Option<u32>,
    /// Hours in which logging was stopped.
    pub stopped: Range<u32>,
    /// Hours without a log file.
    pub empty: Vec<u32>,
    /// So many different contents, again and again: makes large archives quickly.
    pub contents: Option<usize>,
    /// Hours with a late log file, which a backfill digest of the next day names.
    pub backfilled: Vec<u32>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            bucket: "trail-logs".into(),
            prefix: String::new(),
            organization: None,
            accounts: vec!["111122223333".into()],
            regions: vec!["us-east-1".into()],
            trails: vec!["main".into()],
            home: "us-east-1".into(),
            start: time::macros::datetime!(2026-03-10 00:17:32 UTC),
            hours: 6,
            logs_an_hour: 3,
            records_a_log: 4,
            rotate_every: None,
            stopped: 0..0,
            empty: Vec::new(),
            contents: None,
            backfilled: Vec::new(),
        }
    }
}

impl Plan {
    /// The end of hour `hour`'s window.
    pub fn end_of(&self, hour: u32) -> OffsetDateTime {
        self.start + Duration::hours(i64::from(hour) + 1)
    }

    /// The end of the last window.
    pub fn end(&self) -> OffsetDateTime {
        self.end_of(self.hours - 1)
    }

    pub fn trail_arn(&self) -> String {
        self.arn(&self.trails[0])
    }

    fn arn(&self, trail: &str) -> String {
        format!("arn:aws:cloudtrail:{}:{}:trail/{trail}", self.home, self.accounts[0])
    }

    fn signer(&self, region: usize, hour: u32) -> usize {
        let epoch = self.rotate_every.map_or(0, |every| hour / every);
        (region + epoch as usize) % key_pairs().len()
    }

    /// Makes it.
    pub fn forge(&self) -> World {
        let mut world = World {
            organization: self.organization.clone(),
            accounts: self.accounts.clone(),
            regions: self.regions.clone(),
            ..World::default()
        };
        world.buckets.insert(self.bucket.clone(), BTreeMap::new());
        for trail in &self.trails {
            world.trails.push(KnownTrail {
                name: trail.clone(),
                arn: self.arn(trail),
                bucket: self.bucket.clone(),
                prefix: self.prefix.clone(),
                home: self.home.clone(),
                organization: self.organization.is_some(),
                multi_region: true,
            });
        }
        self.publish_keys(&mut world);
        let mut rng = Rng(self.seed);
        for account in &self.accounts {
            for (number, region) in self.regions.iter().enumerate() {
                for trail in &self.trails {
                    let chain = self.chain(&mut world, &mut rng, account, (number, region), trail);
                    world.chains.push(chain);
                }
            }
        }
        world
    }

    fn publish_keys(&self, world: &mut World) {
        // Backfill digests are signed a day later.
        for (number, region) in self.regions.iter().enumerate() {
            let mut epochs: Vec<(u32, u32)> = Vec::new();
            match self.rotate_every {
                Some(every) => epochs.extend((0..self.hours).step_by(every as usize).map(|h| (h, h + every))),
                None => epochs.push((0, self.hours)),
            }
            let last = epochs.len() - 1;
            for (at, (from, to)) in epochs.into_iter().enumerate() {
                let margin = if at == last { Duration::days(30) } else { Duration::ZERO };
                world.keys.push(KnownKey {
                    region: region.clone(),
                    pair: self.signer(number, from),
                    from: self.start + Duration::hours(i64::from(from)),
                    to: self.start + Duration::hours(i64::from(to)) + margin,
                });
            }
        }
    }

    fn place<'a>(&'a self, account: &'a str, region: &'a str) -> Place<'a> {
        let prefix = Some(self.prefix.as_str()).filter(|p| !p.is_empty());
        Place { prefix, organization: self.organization.as_deref(), account, region }
    }

    fn chain(
        &self,
        world: &mut World,
        rng: &mut Rng,
        account: &str,
        (number, region): (usize, &str),
        trail: &str,
    ) -> Chain {
        let place = self.place(account, region);
        let mut digests: Vec<Placed> = Vec::new();
        let mut backfills: Vec<Placed> = Vec::new();
        let mut previous: Option<Previous> = None;
        for hour in 0..self.hours {
            let (start, end) = (self.end_of(hour) - Duration::HOUR, self.end_of(hour));
            if self.stopped.contains(&hour) {
                previous = None;
                continue;
            }
            let count = if self.empty.contains(&hour) { 0 } else { self.logs_an_hour };
            let logs = (0..count).map(|n| {
                let at = start + Duration::seconds(i64::from(n) * 3600 / i64::from(count) + 60);
                self.log(world, rng, (account, region), at)
            });
            let logs = logs.collect();
            let key = place.digest(trail, &self.home, end);
            let signer = self.signer(number, hour);
            let file = DigestFile::new(
                account,
                (&stamp::extended(start), &stamp::extended(end)),
                (&self.bucket, &key),
                &key_pairs()[signer].public().fingerprint(),
                previous.as_ref(),
                logs,
            );
            let digest = sign(&file, signer);
            world.place(&digest, end + Duration::minutes(12), None);
            previous = Some(digest.as_previous());
            digests.push(digest);
            if self.backfilled.contains(&hour) {
                let late = self.log(world, rng, (account, region), end - Duration::seconds(90));
                let key = key.replace(".json.gz", "_backfill.json.gz");
                let last = self.signer(number, self.hours - 1);
                let file = DigestFile::new(
                    account,
                    (&stamp::extended(start), &stamp::extended(end)),
                    (&self.bucket, &key),
                    &key_pairs()[last].public().fingerprint(),
                    backfills.last().map(Placed::as_previous).as_ref(),
                    vec![late],
                );
                let digest = sign(&file, last);
                let generated = self.end() + Duration::days(1);
                world.place(&digest, generated, Some(&stamp::extended(generated)));
                backfills.push(digest);
            }
        }
        Chain { account: account.to_owned(), region: region.to_owned(), digests, backfills }
    }

    fn log(
        &self,
        world: &mut World,
        rng: &mut Rng,
        (account, region): (&str, &str),
        at: OffsetDateTime,
    ) -> ListedLog {
        let key = self.place(account, region).log_file(at, &rng.unique());
        let known = self.contents.filter(|most| world.contents.len() >= *most);
        let content = match known {
            Some(_) => world.contents[rng.below(world.contents.len())].clone(),
            None => {
                let (text, oldest, newest) = log_file(rng, (account, region), at, self.records_a_log);
                Content { bytes: gzip(&text).into(), hash: sha256_hex(&text), oldest, newest }
            }
        };
        if self.contents.is_some() && known.is_none() {
            world.contents.push(content.clone());
        }
        let Content { bytes, hash, oldest, newest } = content;
        let object = Object { bytes, metadata: BTreeMap::new(), modified: at };
        world.buckets.entry(self.bucket.clone()).or_default().insert(key.clone(), object);
        ListedLog::new(&self.bucket, &key, hash, Some(oldest), Some(newest))
    }
}
