//! `CreateOrganization`: the caller's account becomes the management account.

use super::check::{new_id, unknown_value};
use super::errors::{unstored, unsuccessful};
use super::shapes::OrganizationShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::Accounts;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::{Features, Tree};
use trailward_store::Batch;
use trailward_wire::ApiError;

pub(crate) struct CreateOrganization;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    feature_set: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    organization: OrganizationShape,
}

fn already() -> ApiError {
    ApiError::bad_request(
        "AlreadyInOrganizationException",
        "The AWS account is already a member of an organization.",
    )
}

impl Operation for CreateOrganization {
    const NAME: &'static str = "CreateOrganization";
    const ACCESS: Access = Access::write("organizations:CreateOrganization");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let features = match input.feature_set.as_deref() {
            None | Some("ALL") => Features::All,
            Some("CONSOLIDATED_BILLING") => Features::ConsolidatedBilling,
            Some(_) => return Err(unknown_value()),
        };
        let organizations = &call.platform.organizations;
        if organizations.of_account(call.account()).await.map_err(unstored)?.is_some() {
            return Err(already());
        }
        let account = Accounts::get(&call.platform, call.account()).await.map_err(unstored)?;
        let account = account.ok_or_else(ApiError::internal)?;
        let ids = (new_id(call, "o-", 10)?, new_id(call, "r-", 4)?);
        let now = call.now.unix_timestamp();
        let tree = Tree::new(ids, features, (&account.id, &account.name, &account.email), now);
        match organizations.create(&tree, Batch::new()).await.map_err(unsuccessful) {
            Err(error) if error.code == "ConcurrentModificationException" => Err(already()),
            outcome => outcome.map(|()| Output { organization: OrganizationShape::from(&tree) }),
        }
    }
}
