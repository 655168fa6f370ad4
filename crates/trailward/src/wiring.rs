//! Where everything is joined, once.

use crate::config::Config;
use crate::directory::DataDir;
use anyhow::{Context as _, Result};
use std::sync::Arc;
use trailward_bucket::Buckets;
use trailward_model::{Clock, SystemClock};
use trailward_pipeline::Sources;
use trailward_service::{Platform, Settings};
use trailward_store::seal::MasterKey;
use trailward_store::{Blobs, Catalog, FileBlobs, FileJournal, FileJournalOptions, Journal, SqliteCatalog};

/// The stores of one data directory, open. Two processes cannot hold the same one.
#[derive(Debug)]
pub(crate) struct Stores {
    pub clock: Arc<dyn Clock>,
    pub catalog: Arc<dyn Catalog>,
    pub journal: Arc<dyn Journal>,
    pub buckets: Arc<Buckets>,
    pub master: Arc<MasterKey>,
    _data: DataDir,
}

impl Stores {
    /// Opens (or makes) everything below the data directory, and recovers what a crash left.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        Self::open_in(DataDir::open(&config.data)?, config).await
    }

    /// The same below a data directory that was taken already.
    pub(crate) async fn open_in(data: DataDir, config: &Config) -> Result<Self> {
        let master = Arc::clone(&data.master);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        // Before the catalog, so that a catalog without a journal is never what a crash left.
        let journal = FileJournal::open(&data.journal(), Arc::clone(&master), FileJournalOptions::default())
            .context("cannot open the journal")?;
        data.check_catalog(journal.end())?;
        let journal: Arc<dyn Journal> = Arc::new(journal);
        let catalog: Arc<dyn Catalog> =
            Arc::new(SqliteCatalog::open(&data.catalog()).context("cannot open the catalog")?);
        let blobs: Arc<dyn Blobs> =
            Arc::new(FileBlobs::open(&data.blobs(), Arc::clone(&master)).context("cannot open the blobs")?);
        let buckets = Buckets::new(Arc::clone(&catalog), blobs, Arc::clone(&clock), Arc::clone(&master));
        let buckets = Arc::new(buckets.with_lifecycle_day(config.lifecycle_day));
        let swept = buckets.sweep().await.context("cannot sweep the blobs")?;
        if swept > 0 {
            tracing::info!(swept, "removed blobs that an interrupted upload left behind");
        }
        Ok(Self { clock, catalog, journal, buckets, master, _data: data })
    }

    /// The half that answers requests.
    pub(crate) fn platform(&self, config: &Config, primary_account: String) -> Platform {
        Platform::new(
            Arc::clone(&self.clock),
            Arc::clone(&self.catalog),
            Arc::clone(&self.journal),
            Arc::clone(&self.buckets),
            Arc::clone(&self.master),
            Settings {
                regions: config.regions.clone(),
                bucket_hosts: config.bucket_hosts.clone(),
                primary_account,
            },
        )
    }

    /// The half that delivers.
    pub(crate) fn sources(&self, config: &Config) -> Sources {
        Sources {
            catalog: Arc::clone(&self.catalog),
            journal: Arc::clone(&self.journal),
            buckets: Arc::clone(&self.buckets),
            clock: Arc::clone(&self.clock),
            master: Arc::clone(&self.master),
            regions: config.regions.clone(),
            timing: config.timing,
        }
    }
}
