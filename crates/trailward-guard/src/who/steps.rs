//! Who may act as whom: by assuming a role, by making keys for a user, by handing a role to a service, or by rewriting
//! what somebody may do.
//!
//! SPEC IAM User Guide, "Roles terms and concepts", "Granting a user permissions to pass a role to an AWS service",
//! "Permissions boundaries for IAM entities".

use super::actors::{Actor, Form};
use super::ask::{Answer, Ask, ask, merge, resources, touches};
use super::document::Doc;
use super::report::{Certainty, Kind, Step};
use super::snapshot::Identity;
use super::world::{Held, Levels, Trust, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trailward_policy::Context;

/// Somebody who may act as somebody else.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) step: Step,
    pub(super) certainty: Certainty,
    pub(super) conditions: Vec<String>,
    /// How many things have to be done; fewer are told first.
    pub(super) cost: usize,
}

/// Services that run what a caller gives them as a role, and what that takes beside `iam:PassRole`.
const RUNNERS: [(&str, &[&str]); 10] = [
    ("lambda.amazonaws.com", &["lambda:CreateFunction", "lambda:InvokeFunction"]),
    ("ec2.amazonaws.com", &["ec2:RunInstances"]),
    ("cloudformation.amazonaws.com", &["cloudformation:CreateStack"]),
    ("ecs-tasks.amazonaws.com", &["ecs:RegisterTaskDefinition", "ecs:RunTask"]),
    ("codebuild.amazonaws.com", &["codebuild:CreateProject", "codebuild:StartBuild"]),
    ("glue.amazonaws.com", &["glue:CreateJob", "glue:StartJobRun"]),
    (
        "sagemaker.amazonaws.com",
        &["sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"],
    ),
    ("states.amazonaws.com", &["states:CreateStateMachine", "states:StartExecution"]),
    ("scheduler.amazonaws.com", &["scheduler:CreateSchedule"]),
    ("ssm.amazonaws.com", &["ssm:StartAutomationExecution"]),
];

/// What takes over something that already runs as a role, and what has to be there for it.
const TAKEOVERS: [(&str, &str, &str); 3] = [
    ("lambda.amazonaws.com", "lambda:UpdateFunctionCode", "if a function runs as the role"),
    ("ec2.amazonaws.com", "ssm:SendCommand", "if a managed instance runs as the role"),
    ("ec2.amazonaws.com", "ssm:StartSession", "if a managed instance runs as the role"),
];

/// All edges, and all forms that somebody can take.
pub(super) struct Graph<'w, 'a> {
    world: &'w World<'a>,
    pub(super) actors: Vec<Arc<Actor>>,
    pub(super) edges: Vec<Edge>,
    forms: BTreeMap<(usize, Form), usize>,
    everything: Arc<Doc>,
    /// How many actors' edges have been looked for.
    left: usize,
    /// What an actor can do itself.
    reach: &'w dyn Fn(&Actor) -> Reach,
    /// The same of every actor as found.
    reaches: Vec<Reach>,
    /// ARNs that trust policies of other accounts name.
    abroad: BTreeSet<String>,
    /// How many actors there are as found.
    found: usize,
    /// Who may rewrite somebody else's permissions; whether that helps depends on who may act as them.
    rewriters: Vec<(usize, usize, Form, Answer, Step)>,
    groups: BTreeMap<(String, String), Vec<Arc<Doc>>>,
    /// The edges out of each actor.
    out: BTreeMap<usize, Vec<usize>>,
}

/// Everything that [`Graph::seize`] asks for.
const SEIZING: [&str; 25] = [
    "iam:CreateRole",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:UpdateAssumeRolePolicy",
    "iam:PassRole",
    "lambda:UpdateFunctionCode",
    "ssm:SendCommand",
    "ssm:StartSession",
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:AddUserToGroup",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:TagUser",
    "iam:UntagUser",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateUser",
];

const CREATE_ROLE: &str = "iam:CreateRole";

/// The most new roles that are tried for one actor.
const MOST_NEW_ROLES: usize = 16;

/// What changes the tags of a user, and of a role, and what of it is only taking them away.
const TAGGING: [(bool, &str, bool); 4] = [
    (true, "iam:TagUser", false),
    (true, "iam:UntagUser", true),
    (false, "iam:TagRole", false),
    (false, "iam:UntagRole", true),
];

impl<'w, 'a> Graph<'w, 'a> {
    pub(super) fn of(
        world: &'w World<'a>,
        actors: Vec<Actor>,
        everything: Arc<Doc>,
        groups: BTreeMap<(String, String), Vec<Arc<Doc>>>,
        reach: &'w dyn Fn(&Actor) -> Reach,
    ) -> Self {
        let found = actors.len();
        let reaches = actors.iter().map(reach).collect();
        let abroad = |actor: &&Actor| {
            let of = |trust: &Arc<Trust>| trust.arn.split(':').nth(4) != actor.account();
            let names = || actor.names.iter().map(String::as_str).filter(|name| name.len() > 12);
            world.trusts.values().filter(|trust| of(trust)).any(|trust| trust.could(names()))
        };
        let abroad = actors.iter().filter(abroad).filter_map(|actor| actor.principal.arn.clone()).collect();
        let mut graph = Self {
            world,
            actors: actors.into_iter().map(Arc::new).collect(),
            out: BTreeMap::new(),
            edges: Vec::new(),
            forms: BTreeMap::new(),
            everything,
            left: 0,
            reach,
            reaches,
            abroad,
            found,
            rewriters: Vec::new(),
            groups,
        };
        graph.retagged_by_others();
        graph.leave_all();
        graph.rewrite_and_become();
        graph
    }

    /// Looks for the edges of every actor that has none yet; forms that come up are actors, too.
    fn leave_all(&mut self) {
        while let Some(actor) = self.actors.get(self.left).cloned() {
            let reach = match self.reaches.get(self.left) {
                Some(reach) => reach.clone(),
                None => (self.reach)(&actor),
            };
            if actor.principal.kind != Kind::Root && !reach.everything {
                self.leave(self.left, &actor, &reach);
            }
            self.left += 1;
        }
    }

    /// Everything `actor` can step to.
    fn leave(&mut self, at: usize, actor: &Actor, reach: &Reach) {
        let seizes = actor.is_inside() && SEIZING.iter().any(|action| touches(actor, action));
        if seizes {
            self.leave_to(at, actor, actor.of, true);
            // With every permission it can do all that it can without; the form goes on from there.
            let gains = self.out.get(&at).into_iter().flatten().filter_map(|edge| self.edges.get(*edge));
            let free = actor.boundary.is_none();
            let whole = |edge: &Edge| edge.certainty == Certainty::Certain && self.is_rewritten(edge.to);
            if free && gains.into_iter().any(whole) {
                return;
            }
        }
        for other in (0..self.found).filter(|other| *other != actor.of) {
            if !self.is_no_gain(actor, reach, other) {
                self.leave_to(at, actor, other, seizes);
            }
        }
    }

    /// Whether somebody with every permission gains nothing as another: whomever the other can act as in their account, so
    /// can it.
    fn is_no_gain(&self, actor: &Actor, reach: &Reach, other: usize) -> bool {
        let (Some(target), Some(theirs)) = (self.actors.get(other), self.reaches.get(other)) else {
            return false;
        };
        let abroad = target.principal.arn.as_ref().is_some_and(|arn| self.abroad.contains(arn));
        actor.form.rewritten
            && actor.account() == target.account()
            && !abroad
            && theirs.possible.is_subset(&reach.certain)
    }

    fn is_rewritten(&self, at: usize) -> bool {
        // A new role is somebody else: what its maker is let through for, it may not be.
        self.actors.get(at).is_some_and(|actor| actor.form.rewritten && actor.form.made.is_none())
    }

    fn leave_to(&mut self, at: usize, actor: &Actor, other: usize, seizes: bool) {
        let Some(target) = self.actors.get(other).cloned() else { return };
        let Some(source) = &target.source else { return };
        let role = self.world.trusts.get(&source.arn).cloned();
        if other != actor.of
            && let Some(trust) = &role
            && trust.could(actor.names.iter().map(String::as_str))
            && let Some((answer, action)) = self.assume(actor, &target, trust)
        {
            let closes = format!(
                "take {} out of the trust policy of {}, or {action} out of its permissions",
                actor.principal.name, target.principal.name
            );
            let does = format!("assumes {}", target.principal.name);
            let tagged = self.tag_session(actor, &target, trust);
            self.edge(at, other, answer.clone(), does, vec![action], closes);
            if let Some(tagged) = tagged {
                let name = &target.principal.name;
                let closes = format!("take sts:TagSession out of the trust policy of {name}");
                let to = self.form(other, Form { retagged: true, ..Form::default() });
                let does = format!("assumes {name} with session tags of its own choice");
                self.edge(at, to, answer.and(tagged), does, vec![action, "sts:TagSession"], closes);
            }
        }
        if seizes && actor.account() == target.account() {
            self.seize(at, actor, other, &target, source, role.as_deref());
        }
    }

    fn edge(
        &mut self,
        from: usize,
        to: usize,
        answer: Answer,
        does: String,
        actions: Vec<&'static str>,
        closes: String,
    ) {
        self.add(Edge {
            from,
            to,
            step: Step { does, actions, because: answer.because, closes, itself: false },
            certainty: answer.certainty,
            conditions: answer.conditions,
            cost: 1,
        });
    }

    fn add(&mut self, edge: Edge) {
        self.out.entry(edge.from).or_default().push(self.edges.len());
        self.edges.push(edge);
    }

    fn assume(&self, actor: &Actor, target: &Actor, trust: &Trust) -> Option<(Answer, &'static str)> {
        let owner = target.account()?;
        let actions: &[&'static str] = match actor.principal.kind {
            Kind::Federated => &["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
            Kind::Anonymous => return None,
            _ => &["sts:AssumeRole"],
        };
        let mut context = self.world.context(actor, owner, &self.world.trail.region);
        if actor.principal.kind == Kind::Service {
            // The service acts for resources of the role's own account; for others nobody vouches.
            context.set("aws:SourceAccount", owner);
        }
        let policy = Held::Policy(trust.doc.clone());
        actions.iter().find_map(|action| {
            let answer = self.asked(actor, action, &trust.arn, owner, &policy, true, &context)?;
            Some((answer, *action))
        })
    }

    /// Whether `actor` may give a session of a role tags of its own, where any policy asks for tags. Services give none.
    fn tag_session(&self, actor: &Actor, target: &Actor, trust: &Trust) -> Option<Answer> {
        if !self.world.tags_matter || actor.principal.kind == Kind::Service {
            return None;
        }
        let owner = target.account()?;
        let context = self.world.context(actor, owner, &self.world.trail.region);
        let policy = Held::Policy(trust.doc.clone());
        self.asked(actor, "sts:TagSession", &trust.arn, owner, &policy, true, &context)
    }

    /// Whether `actor` may change the tags of a user or role, and by which action.
    fn retag(&self, actor: &Actor, target: &Actor, source: &Identity) -> Option<(Answer, &'static str)> {
        if !self.world.tags_matter {
            return None;
        }
        let context = self.world.context(actor, actor.account()?, "us-east-1");
        let user = target.principal.kind == Kind::User;
        let all = TAGGING.iter().filter(|(of_users, _, _)| *of_users == user);
        let answers = all.filter_map(|(_, action, takes)| {
            let answer = self.iam(actor, action, &source.arn, &context)?;
            let answer = if *takes { answer.only("if it is enough to take tags away") } else { answer };
            Some((answer, *action))
        });
        answers.min_by_key(|(answer, _)| answer.certainty)
    }

    /// Whoever's tags somebody else may set may be given those that pass.
    fn retagged_by_others(&mut self) {
        if !self.world.tags_matter {
            return;
        }
        let sets = |actor: &&Arc<Actor>| {
            let sets = TAGGING.iter().any(|(_, action, _)| touches(actor, action));
            sets && actor.is_inside() && actor.principal.expected.is_none()
        };
        let setters: Vec<Arc<Actor>> = self.actors.iter().take(self.found).filter(sets).cloned().collect();
        for at in 0..self.found {
            let Some(target) = self.actors.get(at).cloned() else { continue };
            let Some(source) = target.source.clone() else { continue };
            if target.principal.kind == Kind::ServiceLinkedRole {
                continue;
            }
            let others = setters.iter().filter(|one| one.of != at && one.account() == target.account());
            let found =
                others.into_iter().find_map(|other| Some((other, self.retag(other, &target, &source)?)));
            let Some((other, (answer, action))) = found else { continue };
            let name = other.principal.name.clone();
            let to = self.form(at, Form { retagged: true, ..Form::default() });
            let step = Step {
                does: format!("is given other tags by {name}"),
                actions: vec![action],
                because: answer.because.clone(),
                closes: format!("take {action} out of {name}'s permissions"),
                itself: false,
            };
            let answer = answer.only(format!("if {name} sets its tags so"));
            let (certainty, conditions) = (answer.certainty, answer.conditions);
            // Told only where nobody gets there alone.
            self.add(Edge { from: at, to, step, certainty, conditions, cost: 3 });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a request")]
    fn asked(
        &self,
        actor: &Actor,
        action: &str,
        resource: &str,
        owner: &str,
        policy: &Held,
        required: bool,
        context: &Context,
    ) -> Option<Answer> {
        let none = Levels::new();
        let controls = self.world.controls.get(owner).map_or(&none, |controls| controls.resource.as_ref());
        ask(actor, &Ask { action, resource, owner, policy, required, controls, context })
    }

    /// An IAM permission on something of the actor's own account.
    fn iam(&self, actor: &Actor, action: &str, resource: &str, context: &Context) -> Option<Answer> {
        if !touches(actor, action) {
            return None;
        }
        let owner = actor.account()?;
        self.asked(actor, action, resource, owner, &Held::Nothing, false, context)
    }

    /// An action on any resource at all.
    fn anywhere(&self, actor: &Actor, action: &'static str, context: &Context) -> Option<Answer> {
        let named = resources(actor, action, &Held::Nothing);
        named.iter().find_map(|resource| self.iam(actor, action, resource, context))
    }

    /// Taking over a user or role of one's own account, or changing what it may do.
    fn seize(
        &mut self,
        at: usize,
        actor: &Actor,
        other: usize,
        target: &Actor,
        source: &Identity,
        trust: Option<&Trust>,
    ) {
        if target.principal.kind == Kind::ServiceLinkedRole {
            return;
        }
        let Some(owner) = actor.account().map(str::to_owned) else { return };
        let context = self.world.context(actor, &owner, "us-east-1");
        let (arn, name) = (source.arn.as_str(), target.principal.name.clone());
        if other != actor.of && target.principal.kind == Kind::User {
            let keys = [
                ("iam:CreateAccessKey", "makes an access key for"),
                ("iam:CreateLoginProfile", "sets a first password for"),
                ("iam:UpdateLoginProfile", "sets a new password for"),
            ];
            for (action, does) in keys {
                if let Some(answer) = self.iam(actor, action, arn, &context) {
                    let answer = match action {
                        "iam:CreateLoginProfile" => answer.only(format!("if {name} has no password")),
                        "iam:UpdateLoginProfile" => answer.only(format!("if {name} has a password")),
                        _ => answer,
                    };
                    let closes =
                        format!("take {action} on {name} out of {}'s permissions", actor.principal.name);
                    self.edge(at, other, answer, format!("{does} {name}"), vec![action], closes);
                }
            }
        }
        if let Some(trust) = trust.filter(|_| other != actor.of) {
            self.retrust(at, actor, other, trust, &name, &context);
            self.hand_over(at, actor, other, trust, &name, &context);
        }
        self.change(at, actor, other, target, source, &context);
    }

    fn retrust(
        &mut self,
        at: usize,
        actor: &Actor,
        other: usize,
        trust: &Trust,
        name: &str,
        context: &Context,
    ) {
        const ACTION: &str = "iam:UpdateAssumeRolePolicy";
        let Some(answer) = self.iam(actor, ACTION, &trust.arn, context) else { return };
        // Named in the trust policy, it needs no permission of its own; denies still count.
        let Some(owner) = actor.account() else { return };
        let Some(then) =
            self.asked(actor, "sts:AssumeRole", &trust.arn, owner, &self.world.door, true, context)
        else {
            return;
        };
        let mut answer = answer.and(then);
        answer.because.retain(|place| place.policy != super::DOOR);
        let closes = format!("take {ACTION} on {name} out of {}'s permissions", actor.principal.name);
        let does = format!("rewrites the trust policy of {name} and assumes it");
        self.edge(at, other, answer, does, vec![ACTION], closes);
    }

    /// Giving a role to a service that then does the caller's work.
    fn hand_over(
        &mut self,
        at: usize,
        actor: &Actor,
        other: usize,
        trust: &Trust,
        name: &str,
        context: &Context,
    ) {
        let trusted =
            |service: &str| {
                trust.doc.plain.principals().any(
                    |p| matches!(p, trailward_policy::PrincipalPattern::Service(have) if have == service),
                )
            };
        for (service, actions) in RUNNERS {
            if !trusted(service) {
                continue;
            }
            let mut passing = context.clone();
            passing.set("iam:PassedToService", service);
            let Some(mut whole) = self.iam(actor, "iam:PassRole", &trust.arn, &passing) else { continue };
            let enough = actions.iter().all(|action| match self.anywhere(actor, action, context) {
                Some(answer) => {
                    whole = whole.clone().and(answer);
                    true
                }
                None => false,
            });
            if enough {
                let mut taken = vec!["iam:PassRole"];
                taken.extend(actions);
                let closes =
                    format!("take iam:PassRole on {name} out of {}'s permissions", actor.principal.name);
                self.edge(
                    at,
                    other,
                    whole,
                    format!("runs something of its own as {name} ({service})"),
                    taken,
                    closes,
                );
            }
        }
        for (service, action, condition) in TAKEOVERS {
            if trusted(service)
                && let Some(answer) = self.anywhere(actor, action, context)
            {
                let closes = format!("take {action} out of {}'s permissions", actor.principal.name);
                let does = format!("takes over what runs as {name} ({service})");
                self.edge(at, other, answer.only(condition), does, vec![action], closes);
            }
        }
    }

    /// Changing what a user or role may do: oneself, or somebody one may act as.
    fn change(
        &mut self,
        at: usize,
        actor: &Actor,
        other: usize,
        target: &Actor,
        source: &Identity,
        context: &Context,
    ) {
        let own = other == actor.of;
        let base = if own { actor.form.clone() } else { Form::default() };
        let name = if own { "itself".to_owned() } else { target.principal.name.clone() };
        let mut found: Vec<(Form, Answer, Step)> = Vec::new();
        let mut add = |form: Form, action: &'static str, does: String, answer: Answer| {
            let closes = format!("take {action} out of {}'s permissions", actor.principal.name);
            if found.iter().all(|(have, before, _)| *have != form || before.certainty > answer.certainty) {
                let because = answer.because.clone();
                let step = Step { does, actions: vec![action], because, closes, itself: own };
                found.push((form, answer, step));
            }
        };
        if !base.rewritten {
            let form = Form { rewritten: true, joined: None, ..base.clone() };
            for (action, resource, how) in rewrites(source, target) {
                if let Some(answer) = self.iam(actor, action, &resource, context) {
                    add(form.clone(), action, format!("gives {name} any permission ({how})"), answer);
                }
            }
        }
        if let Some(boundary) = source.boundary.as_ref().filter(|_| !base.unbounded) {
            let form = Form { unbounded: true, ..base.clone() };
            let user = target.principal.kind == Kind::User;
            let action =
                if user { "iam:DeleteUserPermissionsBoundary" } else { "iam:DeleteRolePermissionsBoundary" };
            if let Some(answer) = self.iam(actor, action, &source.arn, context) {
                add(form.clone(), action, format!("takes the permissions boundary off {name}"), answer);
            }
            if !super::is_managed_by_aws(boundary)
                && let Some(answer) = self.iam(actor, "iam:CreatePolicyVersion", boundary, context)
            {
                let does = format!("rewrites the permissions boundary of {name}");
                add(form, "iam:CreatePolicyVersion", does, answer);
            }
        }
        for arn in self.new_roles(actor).into_iter().filter(|_| own) {
            if let Some(answer) = self.make(actor, &arn, context) {
                let role = arn.splitn(6, ':').nth(5).unwrap_or(&arn).to_owned();
                let form = Form { rewritten: true, unbounded: true, made: Some(arn), ..Form::default() };
                add(form, CREATE_ROLE, format!("makes {role} with any permission, and assumes it"), answer);
            }
        }
        if !base.retagged
            && let Some((answer, action)) = self.retag(actor, target, source)
        {
            let form = Form { retagged: true, ..base.clone() };
            add(form, action, format!("gives {name} tags that pass"), answer);
        }
        if !base.renamed
            && target.principal.kind == Kind::User
            && self.world.names_matter
            && let Some(answer) = self.iam(actor, "iam:UpdateUser", &source.arn, context)
        {
            let form = Form { renamed: true, ..base.clone() };
            let answer = answer.only("if a user's name that passes is free");
            add(form, "iam:UpdateUser", format!("renames {name}"), answer);
        }
        if base.version.is_none() && base.joined.is_none() && !base.rewritten {
            for (arn, id) in self.older(source, target) {
                const ACTION: &str = "iam:SetDefaultPolicyVersion";
                let Some(answer) = self.iam(actor, ACTION, &arn, context) else { continue };
                let policy = arn.rsplit('/').next().unwrap_or(&arn);
                let does = format!("makes version {id} of policy {policy} the default, which binds {name}");
                let form = Form { version: Some((arn, id)), ..base.clone() };
                add(form, ACTION, does, answer);
            }
        }
        let free = base.joined.is_none() && base.version.is_none();
        if target.principal.kind == Kind::User && free && !base.rewritten {
            let Some(account) = actor.account().map(str::to_owned) else { return };
            let groups: Vec<String> = self
                .groups
                .keys()
                .filter(|(of, group)| *of == account && !source.groups.contains(group))
                .map(|(_, group)| group.clone())
                .collect();
            for group in groups {
                let arn = format!("arn:{}:iam::{account}:group/{group}", self.world.trail.partition);
                if let Some(answer) = self.iam(actor, "iam:AddUserToGroup", &arn, context) {
                    let form = Form { joined: Some(group.clone()), ..base.clone() };
                    add(form, "iam:AddUserToGroup", format!("puts {name} into group/{group}"), answer);
                }
            }
        }
        let gains = found.iter().any(|(form, _, _)| form.rewritten);
        for (form, answer, step) in found {
            // With every permission, a group adds none, and nor does a version of a policy that is no boundary.
            let version = form.version.as_ref().filter(|(arn, _)| source.boundary.as_ref() != Some(arn));
            if (form.joined.is_some() || version.is_some()) && gains {
                continue;
            }
            if own {
                let to = self.form(other, form);
                self.add(Edge {
                    from: at,
                    to,
                    step,
                    certainty: answer.certainty,
                    conditions: answer.conditions,
                    cost: 1,
                });
            } else {
                self.rewriters.push((at, other, form, answer, step));
            }
        }
    }

    /// The ARNs of roles that `actor` could make and that would make a difference: those that policies name, and, for
    /// whoever has not every permission yet, any other.
    fn new_roles(&self, actor: &Actor) -> Vec<String> {
        if !touches(actor, CREATE_ROLE) || actor.form.made.is_some() {
            return Vec::new();
        }
        let Some(account) = actor.account() else { return Vec::new() };
        let start = format!("arn:{}:iam::{account}:role/", self.world.trail.partition);
        let mut found = Vec::new();
        for pattern in &self.world.role_patterns {
            let mut parts = pattern.splitn(6, ':').skip(4);
            let (of, resource) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            if trailward_policy::like(of, account) {
                let name = resource.trim_start_matches("role/").replace(['*', '?'], "x");
                merge(&mut found, vec![format!("{start}{name}")]);
            }
        }
        if !actor.form.rewritten {
            let named = resources(actor, CREATE_ROLE, &Held::Nothing);
            merge(&mut found, named.into_iter().filter(|arn| arn.starts_with(&start)).collect());
            merge(&mut found, vec![format!("{start}x")]);
        }
        found.retain(|arn| !self.world.trusts.contains_key(arn));
        found.truncate(MOST_NEW_ROLES);
        found
    }

    /// Whether `actor` may make a role, give it permissions, and act as it: it writes the trust policy itself.
    fn make(&self, actor: &Actor, arn: &str, context: &Context) -> Option<Answer> {
        let creates = self.iam(actor, CREATE_ROLE, arn, context)?;
        let gives = ["iam:PutRolePolicy", "iam:AttachRolePolicy"];
        let right = gives.iter().find_map(|action| self.iam(actor, action, arn, context))?;
        let owner = actor.account()?;
        let then = self.asked(actor, "sts:AssumeRole", arn, owner, &self.world.door, true, context)?;
        let mut answer = creates.and(right).and(then);
        answer.because.retain(|place| place.policy != super::DOOR);
        Some(answer)
    }

    /// The other versions of the policies that a user or role has, with its groups and its boundary: ARN and id.
    fn older(&self, source: &Identity, target: &Actor) -> Vec<(String, String)> {
        let account = target.account().and_then(|account| self.world.snapshot.accounts.get(account));
        let groups = account.and_then(|account| account.identities.known()).map(|known| &known.groups);
        let groups = groups.into_iter().flatten().filter(|group| source.groups.contains(&group.name));
        let own = source.attached.iter().chain(&source.boundary);
        let all: BTreeSet<&String> = own.chain(groups.flat_map(|group| &group.attached)).collect();
        let versions = |arn: &String| self.world.versions.get(arn).map(|ids| (arn.clone(), ids));
        all.into_iter()
            .filter_map(versions)
            .flat_map(|(arn, ids)| ids.keys().map(move |id| (arn.clone(), id.clone())).collect::<Vec<_>>())
            .collect()
    }

    /// The actor that `of` becomes in a form.
    fn form(&mut self, of: usize, form: Form) -> usize {
        if let Some(&at) = self.forms.get(&(of, form.clone())) {
            return at;
        }
        let at = self.actors.len();
        let formed = self.actors.get(of).map(|base| {
            let group = form.joined.as_ref().zip(base.account());
            let group =
                group.and_then(|(group, account)| self.groups.get(&(account.to_owned(), group.clone())));
            let version = form.version.as_ref().and_then(|(arn, id)| {
                Some((self.world.managed.get(arn)?, self.world.versions.get(arn)?.get(id)?))
            });
            let group = group.map_or(&[][..], Vec::as_slice);
            Arc::new(base.formed(form.clone(), group, version, &self.everything))
        });
        self.actors.extend(formed);
        self.forms.insert((of, form), at);
        at
    }

    /// Whoever may change somebody else's permissions and may also act as them, has those permissions.
    fn rewrite_and_become(&mut self) {
        let mut turn = 0;
        let mut done = BTreeSet::new();
        let mut routes: Option<(usize, usize, [Routes; 2])> = None;
        while let Some((from, other, form, answer, step)) = self.rewriters.get(turn).cloned() {
            turn += 1;
            // The routes hold until there are other edges.
            let state = (from, self.edges.len());
            let [certain, possible] = match routes.take() {
                Some((of, edges, routes)) if (of, edges) == state => routes,
                _ => [self.routes(from, Certainty::Certain), self.routes(from, Certainty::Possible)],
            };
            let way = self.route(&certain, other).map(|way| (Certainty::Certain, way));
            let way = way.or_else(|| self.route(&possible, other).map(|way| (Certainty::Possible, way)));
            routes = Some((state.0, state.1, [certain, possible]));
            let Some((certainty, (conditions, words))) = way else { continue };
            let to = self.form(other, form);
            if !done.insert((from, to)) {
                continue;
            }
            let mut all = answer.conditions;
            merge(&mut all, conditions);
            self.add(Edge {
                from,
                to,
                step: Step { does: format!("{}, then {}", step.does, words.join(", ")), ..step },
                certainty: answer.certainty.max(certainty),
                conditions: all,
                cost: 1 + words.len(),
            });
            self.leave_all();
        }
    }

    /// From everybody who can be reached, the edge by which.
    fn routes(&self, from: usize, worst: Certainty) -> Routes {
        let mut before = Routes::new();
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            for &number in self.out.get(&at).into_iter().flatten() {
                let Some(edge) = self.edges.get(number) else { continue };
                if edge.certainty <= worst && edge.to != from && !before.contains_key(&edge.to) {
                    before.insert(edge.to, number);
                    queue.push_back(edge.to);
                }
            }
        }
        before
    }

    /// What it depends on to get to an actor, and the steps in words; `None` if there is no way.
    fn route(&self, routes: &Routes, to: usize) -> Option<(Vec<String>, Vec<String>)> {
        let (mut at, mut words, mut conditions) = (to, Vec::new(), Vec::new());
        while let Some(edge) = routes.get(&at).and_then(|number| self.edges.get(*number)) {
            words.push(edge.step.does.clone());
            merge(&mut conditions, edge.conditions.clone());
            at = edge.from;
        }
        words.reverse();
        (!words.is_empty()).then_some((conditions, words))
    }
}

/// The ways an actor has itself, by their place.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach {
    pub(super) certain: BTreeSet<usize>,
    /// The certain ones as well.
    pub(super) possible: BTreeSet<usize>,
    /// Whether it has all there are for certain, and so needs nobody else.
    pub(super) everything: bool,
}

/// By actor, the edge that leads there.
type Routes = BTreeMap<usize, usize>;

/// What gives a user or role any permission: action, resource, and how in words.
fn rewrites(source: &Identity, target: &Actor) -> Vec<(&'static str, String, String)> {
    let user = target.principal.kind == Kind::User;
    let mut found = Vec::new();
    let (put, attach) = if user {
        ("iam:PutUserPolicy", "iam:AttachUserPolicy")
    } else {
        ("iam:PutRolePolicy", "iam:AttachRolePolicy")
    };
    found.push((put, source.arn.clone(), "an inline policy".to_owned()));
    found.push((attach, source.arn.clone(), "a managed policy".to_owned()));
    let account = target.account().unwrap_or_default();
    let partition = source.arn.split(':').nth(1).unwrap_or("aws");
    for group in &source.groups {
        let arn = format!("arn:{partition}:iam::{account}:group/{group}");
        found.push(("iam:PutGroupPolicy", arn.clone(), format!("an inline policy of group/{group}")));
        found.push(("iam:AttachGroupPolicy", arn, format!("a managed policy of group/{group}")));
    }
    for arn in &source.attached {
        if !super::is_managed_by_aws(arn) {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            found.push((
                "iam:CreatePolicyVersion",
                arn.clone(),
                format!("a new version of its policy {name}"),
            ));
        }
    }
    found
}
