//! What a trail's selectors record, and what they would have to be to record what the control asks for.

use crate::account::{AdvancedSelector, DataResource, EventSelector, FieldSelector, Selectors, Trail};
use crate::control::{Control, DataTrail, Management, S3Events};

const KMS: &str = "kms.amazonaws.com";
const S3_OBJECT: &str = "AWS::S3::Object";
const LAMBDA: &str = "AWS::Lambda::Function";

/// What is asked of selectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Management events that read.
    pub reads: bool,
    /// Management events that write.
    pub writes: bool,
    /// Services whose management events may be missing.
    pub may_miss: Vec<String>,
    /// Beginnings of ARNs of S3 objects.
    pub objects: Vec<String>,
    /// Whether every Lambda function.
    pub lambda: bool,
}

/// What selectors do not record of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// Management events that read.
    pub reads: bool,
    /// Management events that write.
    pub writes: bool,
    /// Beginnings of ARNs of S3 objects.
    pub objects: Vec<String>,
    /// Lambda functions.
    pub lambda: bool,
}

impl Missing {
    /// Whether all is recorded.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What of it is missing in one place or in another.
    pub fn or(mut self, other: Self) -> Self {
        self.reads |= other.reads;
        self.writes |= other.writes;
        self.lambda |= other.lambda;
        self.objects.extend(other.objects);
        self.objects.sort();
        self.objects.dedup();
        self
    }

    /// What of it is missing by all of several trails.
    pub fn by_both(self, other: &Self) -> Self {
        Self {
            reads: self.reads && other.reads,
            writes: self.writes && other.writes,
            objects: self.objects.into_iter().filter(|object| other.objects.contains(object)).collect(),
            lambda: self.lambda && other.lambda,
        }
    }
}

/// What of the wanted none of these trails records. One that is not running, or of whose state or selectors nothing is known,
/// records nothing.
pub fn missing_by<'a>(trails: impl Iterator<Item = &'a Trail>, wanted: &Wanted) -> Missing {
    let all = Missing {
        reads: wanted.reads,
        writes: wanted.writes,
        objects: wanted.objects.clone(),
        lambda: wanted.lambda,
    };
    let running = trails.filter(|trail| trail.status.present().is_some_and(|status| status.logging));
    let selectors = running.filter_map(|trail| trail.selectors.present());
    selectors.fold(all, |all, selectors| all.by_both(&missing(selectors, wanted)))
}

/// What the control asks of its trail.
pub fn wanted(control: &Control, partition: &str) -> Wanted {
    let events = &control.events;
    Wanted {
        reads: events.management == Management::All,
        writes: true,
        may_miss: if events.exclude_kms { vec![KMS.to_owned()] } else { Vec::new() },
        objects: objects(events.s3, &events.s3_buckets, control, partition),
        lambda: events.lambda,
    }
}

/// What it asks of one of its trails of data events.
pub fn wanted_of(trail: &DataTrail, control: &Control, partition: &str) -> Wanted {
    Wanted {
        reads: false,
        writes: false,
        may_miss: Vec::new(),
        objects: objects(trail.s3, &trail.s3_buckets, control, partition),
        lambda: trail.lambda,
    }
}

fn objects(which: S3Events, more: &[String], control: &Control, partition: &str) -> Vec<String> {
    let of = |bucket: &String| format!("arn:{partition}:s3:::{bucket}/");
    match which {
        S3Events::All => vec![format!("arn:{partition}:s3")],
        S3Events::TrailBucket => std::iter::once(&control.bucket.name).chain(more).map(of).collect(),
        S3Events::None => more.iter().map(of).collect(),
    }
}

/// Whether the selectors have management events. No selectors at all do: they are CloudTrail's default.
pub fn records_management(selectors: &Selectors) -> bool {
    let none = selectors.event_selectors.is_empty() && selectors.advanced_event_selectors.is_empty();
    none || selectors.event_selectors.iter().any(|selector| selector.include_management_events)
        || selectors.advanced_event_selectors.iter().any(|selector| is_category(selector, "Management"))
}

/// The selectors without management events.
pub fn without_management(selectors: &Selectors) -> Selectors {
    let basic = selectors.event_selectors.iter().filter(|selector| !selector.data_resources.is_empty());
    let data_alone = |selector: &EventSelector| EventSelector {
        include_management_events: false,
        exclude_management_event_sources: Vec::new(),
        ..selector.clone()
    };
    let advanced = selectors.advanced_event_selectors.iter();
    Selectors {
        event_selectors: basic.map(data_alone).collect(),
        advanced_event_selectors: advanced.filter(|s| !is_category(s, "Management")).cloned().collect(),
    }
}

/// Reads and writes that something is recorded for.
#[derive(Debug, Clone, Copy, Default)]
struct Kinds {
    reads: bool,
    writes: bool,
}

impl Kinds {
    const ALL: Self = Self { reads: true, writes: true };

    fn or(self, other: Self) -> Self {
        Self { reads: self.reads || other.reads, writes: self.writes || other.writes }
    }

    fn of(read_write_type: &str) -> Self {
        Self { reads: read_write_type != "WriteOnly", writes: read_write_type != "ReadOnly" }
    }
}

/// What of the wanted the selectors do not record. No selectors at all are CloudTrail's default: all management events.
pub fn missing(selectors: &Selectors, wanted: &Wanted) -> Missing {
    let management = if selectors.event_selectors.is_empty() && selectors.advanced_event_selectors.is_empty()
    {
        Kinds::ALL
    } else {
        management(selectors, wanted)
    };
    let complete = |kinds: Kinds| kinds.reads && kinds.writes;
    Missing {
        reads: wanted.reads && !management.reads,
        writes: wanted.writes && !management.writes,
        objects: wanted
            .objects
            .iter()
            .filter(|arn| !complete(data(selectors, S3_OBJECT, arn)))
            .cloned()
            .collect(),
        lambda: wanted.lambda && !complete(data(selectors, LAMBDA, "arn:aws:lambda")),
    }
}

fn management(selectors: &Selectors, wanted: &Wanted) -> Kinds {
    let may_miss = |source: &String| wanted.may_miss.contains(source);
    let basic = selectors
        .event_selectors
        .iter()
        .filter(|s| s.include_management_events && s.exclude_management_event_sources.iter().all(may_miss))
        .map(|s| Kinds::of(&s.read_write_type));
    let advanced = selectors.advanced_event_selectors.iter().filter_map(|s| {
        is_category(s, "Management").then_some(())?;
        let narrow = s.field_selectors.iter().any(|f| match f.field.as_str() {
            "eventCategory" | "readOnly" => is_negative(f),
            "eventSource" => !f.not_equals.iter().all(may_miss) || !is_only_negative(f),
            _ => true,
        });
        (!narrow).then(|| kinds(s))
    });
    basic.chain(advanced).fold(Kinds::default(), Kinds::or)
}

fn is_only_negative(field: &FieldSelector) -> bool {
    field.equals.is_empty()
        && field.starts_with.is_empty()
        && field.ends_with.is_empty()
        && field.not_starts_with.is_empty()
        && field.not_ends_with.is_empty()
}

/// Whether a field leaves anything out by name.
fn is_negative(field: &FieldSelector) -> bool {
    !(field.not_equals.is_empty() && field.not_starts_with.is_empty() && field.not_ends_with.is_empty())
}

fn is_category(selector: &AdvancedSelector, category: &str) -> bool {
    let mut fields = selector.field_selectors.iter();
    fields.any(|f| f.field == "eventCategory" && f.equals.iter().any(|value| value == category))
}

fn kinds(selector: &AdvancedSelector) -> Kinds {
    let fields = selector.field_selectors.iter().filter(|f| f.field == "readOnly");
    fields.fold(Kinds::ALL, |kinds, field| Kinds {
        reads: kinds.reads && field.equals.iter().any(|value| value == "true"),
        writes: kinds.writes && field.equals.iter().any(|value| value == "false"),
    })
}

/// Whether `value` is a beginning of `arn`. An empty one selects nothing on AWS.
fn begins(value: &str, arn: &str) -> bool {
    !value.is_empty() && arn.starts_with(value)
}

fn data(selectors: &Selectors, kind: &str, arn: &str) -> Kinds {
    let basic = selectors.event_selectors.iter().filter(|s| {
        let mut resources = s.data_resources.iter();
        resources.any(|r| r.kind == kind && r.values.iter().any(|value| begins(value, arn)))
    });
    let basic = basic.map(|s| Kinds::of(&s.read_write_type));
    let advanced = selectors.advanced_event_selectors.iter().filter_map(|s| {
        is_category(s, "Data").then_some(())?;
        let typed = s
            .field_selectors
            .iter()
            .any(|f| f.field == "resources.type" && f.equals.iter().any(|k| k == kind));
        let narrow = s.field_selectors.iter().any(|f| match f.field.as_str() {
            // What is left out by name may be just what was to be seen, however little it is.
            _ if is_negative(f) => true,
            "eventCategory" | "readOnly" | "resources.type" => false,
            "resources.ARN" => {
                let others = !(f.equals.is_empty() && f.ends_with.is_empty());
                others || !f.starts_with.iter().any(|beginning| begins(beginning, arn))
            }
            _ => true,
        });
        (typed && !narrow).then(|| kinds(s))
    });
    basic.chain(advanced).fold(Kinds::default(), Kinds::or)
}

/// Selectors that record what is wanted and all that they record already; `None` if they do.
pub fn completed(selectors: &Selectors, wanted: &Wanted) -> Option<Selectors> {
    let missing = missing(selectors, wanted);
    if missing.is_empty() {
        return None;
    }
    Some(if !selectors.advanced_event_selectors.is_empty() {
        advanced(selectors, wanted, &missing)
    } else if !wanted.writes {
        data_alone(selectors, &missing)
    } else {
        basic(selectors, wanted, &missing)
    })
}

/// The selectors as they are, with the missing data events in one more, or in one that has data events whole already.
fn data_alone(selectors: &Selectors, missing: &Missing) -> Selectors {
    let mut all = selectors.event_selectors.clone();
    let at = all.iter().position(|selector| selector.read_write_type == "All").unwrap_or_else(|| {
        all.push(EventSelector { read_write_type: "All".into(), ..EventSelector::default() });
        all.len() - 1
    });
    if let Some(selector) = all.get_mut(at) {
        add(&mut selector.data_resources, S3_OBJECT, missing.objects.clone());
        let lambda = if missing.lambda { vec!["arn:aws:lambda".to_owned()] } else { Vec::new() };
        add(&mut selector.data_resources, LAMBDA, lambda);
    }
    Selectors { event_selectors: all, advanced_event_selectors: Vec::new() }
}

fn read_write_type(wanted: &Wanted, selectors: &Selectors) -> &'static str {
    let narrow = !wanted.reads && !management(selectors, wanted).reads;
    if narrow { "WriteOnly" } else { "All" }
}

/// One selector with all management events, others with data events alone, as they were.
fn basic(selectors: &Selectors, wanted: &Wanted, missing: &Missing) -> Selectors {
    let mut main = EventSelector {
        read_write_type: read_write_type(wanted, selectors).into(),
        include_management_events: true,
        data_resources: Vec::new(),
        exclude_management_event_sources: wanted.may_miss.clone(),
    };
    let mut rest = Vec::new();
    for selector in &selectors.event_selectors {
        if selector.read_write_type == main.read_write_type {
            main.data_resources.extend(selector.data_resources.iter().cloned());
        } else if !selector.data_resources.is_empty() {
            rest.push(EventSelector {
                include_management_events: false,
                exclude_management_event_sources: Vec::new(),
                ..selector.clone()
            });
        }
    }
    let objects = if main.read_write_type == "All" { missing.objects.clone() } else { Vec::new() };
    for (kind, values) in [
        (S3_OBJECT, objects),
        (LAMBDA, if missing.lambda { vec!["arn:aws:lambda".to_owned()] } else { Vec::new() }),
    ] {
        add(&mut main.data_resources, kind, values);
    }
    let mut all = vec![main];
    all.extend(rest);
    // Data events are recorded whole, also where management events are not.
    if all.first().is_some_and(|main| main.read_write_type != "All") && !missing.objects.is_empty() {
        all.push(EventSelector {
            read_write_type: "All".into(),
            include_management_events: false,
            data_resources: vec![DataResource { kind: S3_OBJECT.into(), values: missing.objects.clone() }],
            exclude_management_event_sources: Vec::new(),
        });
    }
    Selectors { event_selectors: all, advanced_event_selectors: Vec::new() }
}

fn add(resources: &mut Vec<DataResource>, kind: &str, values: Vec<String>) {
    if values.is_empty() {
        return;
    }
    match resources.iter_mut().find(|resource| resource.kind == kind) {
        Some(resource) => resource.values.extend(values),
        None => resources.push(DataResource { kind: kind.to_owned(), values }),
    }
}

fn field(name: &str, equals: &[&str]) -> FieldSelector {
    FieldSelector {
        field: name.into(),
        equals: equals.iter().map(|value| (*value).to_owned()).collect(),
        ..FieldSelector::default()
    }
}

fn advanced(selectors: &Selectors, wanted: &Wanted, missing: &Missing) -> Selectors {
    let management_missing = missing.reads || missing.writes;
    let mut all: Vec<AdvancedSelector> = selectors
        .advanced_event_selectors
        .iter()
        .filter(|selector| !(management_missing && is_category(selector, "Management")))
        .cloned()
        .collect();
    if management_missing {
        let mut fields = vec![field("eventCategory", &["Management"])];
        if !wanted.reads {
            fields.push(field("readOnly", &["false"]));
        }
        if !wanted.may_miss.is_empty() {
            let not_equals = wanted.may_miss.clone();
            fields.push(FieldSelector {
                field: "eventSource".into(),
                not_equals,
                ..FieldSelector::default()
            });
        }
        all.insert(0, AdvancedSelector { name: Some("Management events".into()), field_selectors: fields });
    }
    if !missing.objects.is_empty() {
        let mut fields = vec![field("eventCategory", &["Data"]), field("resources.type", &[S3_OBJECT])];
        // Every bucket's ARN begins so: then there is nothing to narrow.
        if missing.objects.iter().all(|arn| arn.ends_with('/')) {
            fields.push(FieldSelector {
                field: "resources.ARN".into(),
                starts_with: missing.objects.clone(),
                ..FieldSelector::default()
            });
        }
        all.push(AdvancedSelector { name: Some("S3 objects".into()), field_selectors: fields });
    }
    if missing.lambda {
        let fields = vec![field("eventCategory", &["Data"]), field("resources.type", &[LAMBDA])];
        all.push(AdvancedSelector { name: Some("Lambda functions".into()), field_selectors: fields });
    }
    Selectors { event_selectors: Vec::new(), advanced_event_selectors: all }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted_by_default() -> Wanted {
        wanted(&Control::default().names("111122223333", "us-east-1"), "aws")
    }

    fn of(json: &str) -> Selectors {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn completing_completes_and_keeps() {
        let wanted = wanted_by_default();
        for text in [
            "{}",
            r#"{"EventSelectors":[{"ReadWriteType":"ReadOnly","IncludeManagementEvents":true}]}"#,
            r#"{"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true,"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::x/"]}]}]}"#,
            r#"{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":false}]}"#,
            r#"{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"ExcludeManagementEventSources":["kms.amazonaws.com"]}]}"#,
            r#"{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["true"]}]}]}"#,
            r#"{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::DynamoDB::Table"]}]}]}"#,
            r#"{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}]}]}"#,
        ] {
            let before = of(text);
            let after = completed(&before, &wanted).unwrap();
            assert!(missing(&after, &wanted).is_empty(), "{text}: {after:?}");
            assert_eq!(completed(&after, &wanted), None);
            if text.contains("s3:::x/") {
                let x = Wanted { objects: vec!["arn:aws:s3:::x/".into()], ..wanted.clone() };
                let kept = data(&after, S3_OBJECT, &x.objects[0]);
                assert!(kept.writes, "{after:?}");
            }
            if text.contains("DynamoDB") {
                assert_eq!(after.advanced_event_selectors.len(), 3);
            }
        }
    }

    #[test]
    fn whatever_is_left_out_by_name_is_missing() {
        let wanted = Wanted { objects: vec!["arn:aws:s3".into()], ..wanted_by_default() };
        let selector = |more: &str| {
            of(&format!(
                r#"{{"AdvancedEventSelectors":[
                    {{"FieldSelectors":[{{"Field":"eventCategory","Equals":["Management"]}}]}},
                    {{"FieldSelectors":[{{"Field":"eventCategory","Equals":["Data"]}},
                        {{"Field":"resources.type","Equals":["AWS::S3::Object"]}}{more}]}}]}}"#
            ))
        };
        assert!(missing(&selector(""), &wanted).is_empty());
        let whole = r#",{"Field":"resources.ARN","StartsWith":["arn:aws:s3"]}"#;
        assert!(missing(&selector(whole), &wanted).is_empty());
        for operator in ["NotEquals", "NotStartsWith", "NotEndsWith"] {
            for field in [
                "resources.ARN",
                "resources.type",
                "readOnly",
                "eventCategory",
                "eventName",
                "userIdentity.arn",
            ] {
                let alone = format!(r#",{{"Field":"{field}","{operator}":["x"]}}"#);
                let beside =
                    format!(r#",{{"Field":"{field}","StartsWith":["arn:aws:s3"],"{operator}":["x"]}}"#);
                for more in [alone, beside] {
                    let found = missing(&selector(&more), &wanted);
                    assert_eq!(found.objects, ["arn:aws:s3"], "{more}");
                }
            }
        }
        for operator in ["Equals", "EndsWith"] {
            let more =
                format!(r#",{{"Field":"resources.ARN","StartsWith":["arn:aws:s3"],"{operator}":["/x"]}}"#);
            assert!(!missing(&selector(&more), &wanted).is_empty(), "{more}");
        }
        let empty = r#",{"Field":"resources.ARN","StartsWith":[""]}"#;
        assert!(!missing(&selector(empty), &wanted).is_empty());
        let basic = of(r#"{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,
            "DataResources":[{"Type":"AWS::S3::Object","Values":[""]}]}]}"#);
        assert_eq!(missing(&basic, &wanted).objects, ["arn:aws:s3"]);
        let management = of(r#"{"AdvancedEventSelectors":[{"FieldSelectors":[
            {"Field":"eventCategory","Equals":["Management"],"NotEquals":["x"]}]}]}"#);
        assert!(missing(&management, &wanted).writes);
    }

    #[test]
    fn reads_and_writes_may_be_split_over_two_trails() {
        let wanted = Wanted { objects: Vec::new(), ..wanted_by_default() };
        let reads = of(r#"{"EventSelectors":[{"ReadWriteType":"ReadOnly","IncludeManagementEvents":true}]}"#);
        let writes =
            of(r#"{"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]}"#);
        let both = missing(&reads, &wanted).by_both(&missing(&writes, &wanted));
        assert!(both.is_empty() && !missing(&reads, &wanted).is_empty());
    }

    #[test]
    fn writes_alone_still_have_whole_data_events() {
        let mut control = Control::default().names("111122223333", "us-east-1");
        control.events.management = Management::Write;
        let wanted = wanted(&control, "aws");
        let before =
            of(r#"{"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]}"#);
        let after = completed(&before, &wanted).unwrap();
        assert!(missing(&after, &wanted).is_empty());
        assert_eq!(after.event_selectors[0].read_write_type, "WriteOnly");
    }
}
