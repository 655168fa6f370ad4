//! CloudTrail's API.

mod add_tags;
mod bucket_check;
mod create_trail;
mod delegation;
mod delete_trail;
mod deregister_organization_delegated_admin;
mod describe_trails;
mod get_event_selectors;
mod get_trail;
mod get_trail_status;
mod key_check;
mod list_public_keys;
mod list_tags;
mod list_trails;
mod organization;
mod put_event_selectors;
mod register_organization_delegated_admin;
mod remove_tags;
mod settings;
mod start_logging;
mod stop_logging;
mod tags;
mod topic_check;
mod trail;
mod update_trail;

use crate::operation::{Entry, entry};

/// Every operation that is done.
pub(crate) const OPERATIONS: &[Entry] = &[
    entry::<add_tags::AddTags>(),
    entry::<create_trail::CreateTrail>(),
    entry::<delete_trail::DeleteTrail>(),
    entry::<deregister_organization_delegated_admin::DeregisterOrganizationDelegatedAdmin>(),
    entry::<describe_trails::DescribeTrails>(),
    entry::<get_event_selectors::GetEventSelectors>(),
    entry::<get_trail::GetTrail>(),
    entry::<get_trail_status::GetTrailStatus>(),
    entry::<list_public_keys::ListPublicKeys>(),
    entry::<list_tags::ListTags>(),
    entry::<list_trails::ListTrails>(),
    entry::<put_event_selectors::PutEventSelectors>(),
    entry::<register_organization_delegated_admin::RegisterOrganizationDelegatedAdmin>(),
    entry::<remove_tags::RemoveTags>(),
    entry::<start_logging::StartLogging>(),
    entry::<stop_logging::StopLogging>(),
    entry::<update_trail::UpdateTrail>(),
];

/// What AWS has and this product does not do yet.
pub(crate) const ABSENT: &[&str] = &[
    "CancelQuery",
    "CreateChannel",
    "CreateDashboard",
    "CreateEventDataStore",
    "DeleteChannel",
    "DeleteDashboard",
    "DeleteEventDataStore",
    "DeleteResourcePolicy",
    "DescribeQuery",
    "DisableFederation",
    "EnableFederation",
    "GenerateQuery",
    "GetChannel",
    "GetDashboard",
    "GetEventConfiguration",
    "GetEventDataStore",
    "GetImport",
    "GetInsightSelectors",
    "GetQueryResults",
    "GetResourcePolicy",
    "ListChannels",
    "ListDashboards",
    "ListEventDataStores",
    "ListImportFailures",
    "ListImports",
    "ListInsightsData",
    "ListInsightsMetricData",
    "ListQueries",
    "LookupEvents",
    "PutEventConfiguration",
    "PutInsightSelectors",
    "PutResourcePolicy",
    "RestoreEventDataStore",
    "SearchSampleQueries",
    "StartDashboardRefresh",
    "StartEventDataStoreIngestion",
    "StartImport",
    "StartQuery",
    "StopEventDataStoreIngestion",
    "StopImport",
    "UpdateChannel",
    "UpdateDashboard",
    "UpdateEventDataStore",
];
