//! The organization and the control's service control policy.

use super::Reader;
use crate::account::{ControlPolicy, Fact, Organization, OrganizationRoot};
use crate::control::Control;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{OrganizationFeatureSet, PolicyType, PolicyTypeStatus};

const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
/// Pages that are read of any listing here.
const MOST_PAGES: usize = 100;

impl Reader {
    /// The account's organization. What only its management account may see is asked for an organization's trail alone.
    pub(super) async fn organization(&self, control: &Control, account: &str) -> Fact<Organization> {
        let client = Client::new(&self.region(self.default_region()));
        let call = client.describe_organization().send();
        let answer = self
            .ask("organizations:DescribeOrganization", call, &["AWSOrganizationsNotInUseException"])
            .await
            .and(|answer| answer.organization);
        let described = match answer {
            Fact::Present(described) => described,
            other => return other.map(|_| Organization::default()),
        };
        let mut organization = Organization {
            id: described.id.unwrap_or_default(),
            management: described.master_account_id.unwrap_or_default(),
            all_features: described.feature_set == Some(OrganizationFeatureSet::All),
            ..Organization::default()
        };
        if control.trail.organization && organization.management == account {
            let guard = control.guard_policies.enabled;
            let (trusts, delegated, root, policy) = futures::join!(
                self.trusts(&client),
                self.delegated(&client),
                self.organization_root(&client),
                async {
                    if guard {
                        self.policy(&client, &control.guard_policies.name).await
                    } else {
                        Fact::NotAsked
                    }
                },
            );
            organization =
                Organization { trusts_cloudtrail: trusts, delegated, root, policy, ..organization };
        } else if control.trail.organization {
            // A delegated administrator may ask, too; whoever may not is none.
            organization.delegated = self.delegated(&client).await;
        }
        Fact::Present(organization)
    }

    async fn trusts(&self, client: &Client) -> Fact<bool> {
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let call = client.list_aws_service_access_for_organization().set_next_token(token.take()).send();
            let page = match self.ask("organizations:ListAWSServiceAccessForOrganization", call, &[]).await {
                Fact::Present(page) => page,
                other => return other.map(|_| false),
            };
            let mut services = page.enabled_service_principals.unwrap_or_default().into_iter();
            if services.any(|service| service.service_principal.as_deref() == Some(CLOUDTRAIL)) {
                return Fact::Present(true);
            }
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        Fact::Present(false)
    }

    /// At most three, so that one page has them all.
    async fn delegated(&self, client: &Client) -> Fact<Vec<String>> {
        let call = client.list_delegated_administrators().service_principal(CLOUDTRAIL).send();
        self.ask("organizations:ListDelegatedAdministrators", call, &[]).await.map(|answer| {
            answer.delegated_administrators.unwrap_or_default().into_iter().filter_map(|a| a.id).collect()
        })
    }

    async fn organization_root(&self, client: &Client) -> Fact<OrganizationRoot> {
        let call = client.list_roots().send();
        self.ask("organizations:ListRoots", call, &[]).await.and(|answer| {
            let root = answer.roots.unwrap_or_default().into_iter().next()?;
            let mut kinds = root.policy_types.unwrap_or_default().into_iter();
            let on = kinds.any(|kind| {
                kind.r#type == Some(PolicyType::ServiceControlPolicy)
                    && kind.status == Some(PolicyTypeStatus::Enabled)
            });
            Some(OrganizationRoot { id: root.id.unwrap_or_default(), control_policies: on })
        })
    }

    async fn policy(&self, client: &Client, name: &str) -> Fact<ControlPolicy> {
        let (mut token, mut id) = (None, None);
        for _ in 0..MOST_PAGES {
            let call = client
                .list_policies()
                .filter(PolicyType::ServiceControlPolicy)
                .set_next_token(token.take())
                .send();
            let page = match self.ask("organizations:ListPolicies", call, &[]).await {
                Fact::Present(page) => page,
                other => return other.map(|_| ControlPolicy::default()),
            };
            let mut policies = page.policies.unwrap_or_default().into_iter();
            id = policies.find(|policy| policy.name.as_deref() == Some(name)).and_then(|policy| policy.id);
            token = page.next_token;
            if id.is_some() || token.is_none() {
                break;
            }
        }
        let Some(id) = id else { return Fact::Absent };
        let call = client.describe_policy().policy_id(&id).send();
        let content = match self.ask("organizations:DescribePolicy", call, &["PolicyNotFoundException"]).await
        {
            Fact::Present(answer) => answer.policy.and_then(|policy| policy.content).unwrap_or_default(),
            other => return other.map(|_| ControlPolicy::default()),
        };
        let (mut targets, mut token) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let call = client.list_targets_for_policy().policy_id(&id).set_next_token(token.take()).send();
            let page = match self.ask("organizations:ListTargetsForPolicy", call, &[]).await {
                Fact::Present(page) => page,
                other => return other.map(|_| ControlPolicy::default()),
            };
            targets
                .extend(page.targets.unwrap_or_default().into_iter().filter_map(|target| target.target_id));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        targets.sort();
        Fact::Present(ControlPolicy { id, content, targets })
    }
}
