use std::fmt;

use crate::ast::{Effect, Statement};
use crate::eval::{Decision, Outcome, Request, Site, decide, scan};
use crate::policy::Policy;

/// Which of the policies that bear on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Policies of the user, its groups, or the role.
    Identity,
    /// The policy of the resource.
    Resource,
    /// The trust policy of a role.
    Trust,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
}

impl fmt::Display for Source {
    /// AWS's name for the kind of policy, as its messages have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::Trust => "role trust policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
        })
    }
}

/// A statement that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciding {
    /// What kind of policy it stands in.
    pub source: Source,
    /// The level, for control policies: 0 is the organization's root.
    pub level: Option<usize>,
    /// The policy's place among those of its source and level.
    pub policy: usize,
    /// The statement's place in the policy.
    pub statement: usize,
    /// The statement's own name.
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
}

impl fmt::Display for Deciding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.policy)?;
        if let Some(level) = self.level {
            write!(f, " at level {level}")?;
        }
        write!(f, ", statement {}", self.statement)?;
        if let Some(sid) = &self.sid {
            write!(f, " ({sid})")?;
        }
        f.write_str(if self.effect == Effect::Allow { ", allows" } else { ", denies" })
    }
}

/// A decision, and why it fell so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The same that [`crate::evaluate`] gives.
    pub decision: Decision,
    /// For an explicit deny the statement that denies; otherwise those that allow, though for an implicit deny
    /// they were not enough.
    pub deciding: Vec<Deciding>,
    /// For a refusal, the kind of policy that refused or that should have allowed.
    pub refused_by: Option<Source>,
    /// The level of control policies at which nothing allows.
    pub level: Option<usize>,
    /// The action asked for.
    pub action: String,
}

impl Explanation {
    /// How AWS ends its message of refusal: `with an explicit deny in a resource-based policy`, or `because no
    /// identity-based policy allows the cloudtrail:StopLogging action`. Empty for a request that may go on.
    pub fn denied_because(&self) -> String {
        match (self.decision, self.refused_by) {
            (Decision::Allow, _) | (_, None) => String::new(),
            (Decision::ExplicitDeny, Some(source)) => {
                let article = match source {
                    Source::Identity => "an",
                    Source::Trust => "the",
                    _ => "a",
                };
                format!("with an explicit deny in {article} {source}")
            }
            (Decision::ImplicitDeny, Some(source)) => {
                format!("because no {source} allows the {} action", self.action)
            }
        }
    }
}

impl fmt::Display for Explanation {
    /// One line for people, such as `implicit deny: no service control policy at level 1 allows s3:PutObject`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decision {
            Decision::Allow => f.write_str("allow")?,
            Decision::ExplicitDeny => f.write_str("explicit deny")?,
            Decision::ImplicitDeny => f.write_str("implicit deny")?,
        }
        if let (Decision::ImplicitDeny, Some(source)) = (self.decision, self.refused_by) {
            write!(f, ": no {source}")?;
            if let Some(level) = self.level {
                write!(f, " at level {level}")?;
            }
            return write!(f, " allows {}", self.action);
        }
        for (at, deciding) in self.deciding.iter().enumerate() {
            write!(f, "{} {deciding}", if at == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

/// Decides a request as [`crate::evaluate`] does, and says why.
pub fn explain(request: &Request<'_>) -> Explanation {
    let outcome = decide(request);
    let refused_by = outcome.denied_by.map(|site| site.source).or(outcome.lacking.map(|(source, _)| source));
    Explanation {
        decision: outcome.decision,
        deciding: sites(request, &outcome).into_iter().filter_map(|site| deciding(request, site)).collect(),
        refused_by,
        level: outcome.lacking.and_then(|(_, level)| level),
        action: request.action.to_owned(),
    }
}

fn sites(request: &Request<'_>, outcome: &Outcome) -> Vec<Site> {
    if let Some(site) = outcome.denied_by {
        return vec![site];
    }
    let levels = [(Source::Rcp, request.rcps), (Source::Scp, request.caller.scps.as_slice())];
    let controls = levels.into_iter().flat_map(|(source, levels)| {
        levels
            .iter()
            .enumerate()
            .filter_map(move |(level, policies)| scan(request, policies, source, Some(level)).allow)
    });
    controls.chain(outcome.allowed_by.into_iter().flatten()).collect()
}

fn deciding(request: &Request<'_>, site: Site) -> Option<Deciding> {
    let statement = statement(request, site)?;
    Some(Deciding {
        source: site.source,
        level: site.level,
        policy: site.policy,
        statement: site.statement,
        sid: statement.sid.clone(),
        effect: statement.effect,
    })
}

fn statement<'a>(request: &Request<'a>, site: Site) -> Option<&'a Statement> {
    let caller = request.caller;
    let level = |levels: &'a [Vec<Policy>]| levels.get(site.level?)?.get(site.policy);
    let policy = match site.source {
        Source::Identity => caller.identity.get(site.policy),
        Source::Resource | Source::Trust => request.resource_policy,
        Source::Boundary => caller.boundary.as_ref(),
        Source::Session => caller.session.as_ref()?.get(site.policy),
        Source::Scp => level(&caller.scps),
        Source::Rcp => level(request.rcps),
    };
    policy?.statements().get(site.statement)
}
