//! Deciding anew after a commit that another one came before.

use crate::TopicError;
use trailward_store::{Batch, Catalog};

/// How often a change is decided anew.
const MOST: usize = 64;

/// How often a change was decided.
#[derive(Debug, Default)]
pub(crate) struct Turns(usize);

impl Turns {
    /// Commits. `false`: another commit came first, and the change has to be decided anew; after the last turn that is an error.
    pub(crate) async fn commit(&mut self, catalog: &dyn Catalog, batch: Batch) -> Result<bool, TopicError> {
        match catalog.commit(batch).await {
            Err(error) if error.is_conflict() && self.0 < MOST => {
                self.0 += 1;
                Ok(false)
            }
            done => done.map(|_| true).map_err(TopicError::from),
        }
    }
}
