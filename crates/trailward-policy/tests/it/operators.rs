//! Every condition operator: what matches, what does not, and what a missing key does.

use trailward_policy::{Caller, Context, Operator, Test};

use crate::cast::{HOME, Scene, identity, user};

/// Whether a condition holds for a key with these values; `None` for a key that is missing.
fn holds(operator: &str, want: &str, have: Option<&[&str]>) -> bool {
    let mut context = Context::new();
    if let Some(have) = have {
        context.set_multi("K:Key", have.iter().copied());
    }
    context.set("k:name", "ann*");
    let text = format!(
        r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"k:key": {want}}}}}}}"#
    );
    let caller = Caller { identity: vec![identity(&text)], ..user(HOME, "ann") };
    Scene { context, ..Scene::default() }.allows(&caller)
}

/// Operator, wanted values, a value that matches, a value that does not.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("StringEquals", r#"["x", "ann"]"#, "ann", "Ann"),
    ("StringEquals", r#""a*""#, "a*", "ann"),
    ("StringEquals", r#""${k:name}""#, "ann*", "annx"),
    ("StringEquals", r#""${k:none, 'bo'}""#, "bo", "ann"),
    ("StringEquals", r#""${*}""#, "*", "x"),
    ("StringEquals", "5", "5", "6"),
    ("StringEquals", "true", "true", "false"),
    ("StringNotEquals", r#"["x", "ann"]"#, "bo", "ann"),
    ("StringNotEquals", r#""${k:none}""#, "anything", ""),
    ("StringEqualsIgnoreCase", r#""ÄNN""#, "änn", "ann"),
    ("StringNotEqualsIgnoreCase", r#""ANN""#, "bo", "ann"),
    ("StringLike", r#""a*n?""#, "axxnn", "axxn"),
    ("StringLike", r#""${k:name}?""#, "ann*x", "annxx"),
    ("StringLike", r#""a${*}""#, "a*", "ab"),
    ("StringLike", r#""*""#, "", "-"),
    ("StringNotLike", r#""a*""#, "bo", "ann"),
    ("NumericEquals", "10", "10.0", "11"),
    ("NumericEquals", r#""1e1""#, "10", "ten"),
    ("NumericNotEquals", "[1, 2]", "3", "2"),
    ("NumericLessThan", r#""10""#, "9.5", "10"),
    ("NumericLessThanEquals", "10", "10", "10.5"),
    ("NumericGreaterThan", "-1", "0", "-1"),
    ("NumericGreaterThanEquals", "10", "10", "9"),
    ("DateEquals", r#""2026-11-21T00:00:00Z""#, "1795219200", "1795219201"),
    ("DateEquals", "1795219200", "2026-11-21", "2026-11-22"),
    ("DateEquals", r#""2026-11-21T01:00+01:00""#, "2026-11-20T19:00:00-05:00", "2026-11-21T01:00Z"),
    ("DateNotEquals", r#""2026-11-21""#, "2026-11-22", "2026-11-21T00:00:00.0Z"),
    ("DateLessThan", r#""2026-11-21T00:00:00Z""#, "2026-11-20T23:59:59.999Z", "2026-11-21T00:00:00Z"),
    ("DateLessThanEquals", r#""2026""#, "2026-01-01", "2026-01-02"),
    ("DateGreaterThan", r#""2026-11""#, "2026-11-01T00:00:01Z", "2026-11-01"),
    ("DateGreaterThanEquals", r#""2026-11-21""#, "1795219200", "1795219199.5"),
    ("Bool", r#""true""#, "True", "false"),
    ("Bool", "false", "false", "maybe"),
    ("BinaryEquals", r#""QUJD""#, "QUJD", "QUJE"),
    ("IpAddress", r#""203.0.113.0/24""#, "203.0.113.255", "203.0.114.0"),
    ("IpAddress", r#""203.0.113.7""#, "203.0.113.7", "203.0.113.8"),
    ("IpAddress", r#"["10.0.0.0/8", "2001:db8::/33"]"#, "2001:db8:7fff::1", "2001:db8:8000::1"),
    ("IpAddress", r#""10.0.0.0/8""#, "::ffff:10.1.1.1", "::10.1.1.1"),
    ("IpAddress", r#""0.0.0.0/0""#, "255.255.255.255", "::1"),
    ("NotIpAddress", r#""10.0.0.0/8""#, "11.0.0.0", "10.0.0.1"),
    ("ArnEquals", r#""arn:aws:iam::*:role/a*""#, "arn:aws:iam::1:role/abc/d:e", "arn:aws:iam::1:user/abc"),
    (
        "ArnLike",
        r#""arn:aws:cloudtrail:*:111111111111:trail/?""#,
        "arn:aws:cloudtrail:eu-west-1:111111111111:trail/t",
        "arn:aws:cloudtrail:eu-west-1:x:111111111111:trail/t",
    ),
    ("ArnLike", r#""*""#, "arn:aws:s3:::logs", "logs"),
    ("ArnLike", r#""arn:aws:s3:::${k:name}""#, "arn:aws:s3:::ann*", "arn:aws:s3:::anna"),
    ("ArnLike", r#""arn:*:*:*:*:*""#, "arn:aws:s3:::logs:x", "arn:aws:s3::logs"),
    ("ArnNotEquals", r#""arn:aws:s3:::logs""#, "arn:aws:s3:::log", "arn:aws:s3:::logs"),
    ("ArnNotLike", r#""arn:aws:s3:::l*""#, "nonsense", "arn:aws:s3:::logs"),
];

#[test]
fn every_operator_matches_as_documented() {
    for (operator, want, yes, no) in TABLE {
        let test = Operator::parse(operator).unwrap().test;
        assert!(holds(operator, want, Some(&[yes])), "{operator} {want} should hold for {yes:?}");
        if *no == "-" || (*no).is_empty() && operator.starts_with("String") {
            continue;
        }
        assert!(!holds(operator, want, Some(&[no])), "{operator} {want} should not hold for {no:?}");
        // A missing key fails a positive operator and passes a negated one.
        assert_eq!(holds(operator, want, None), test.is_negated(), "{operator} without the key");
        assert_eq!(
            holds(operator, want, Some(&[])),
            test.is_negated(),
            "{operator} with a key without values"
        );
        assert!(holds(&format!("{operator}IfExists"), want, None), "{operator}IfExists without the key");
        assert!(!holds(&format!("{operator}IfExists"), want, Some(&[no])), "{operator}IfExists for {no:?}");
        // Sets.
        let (all, any) = (format!("ForAllValues:{operator}"), format!("ForAnyValue:{operator}"));
        assert!(holds(&all, want, Some(&[yes, yes])), "{all}");
        assert!(!holds(&all, want, Some(&[yes, no])), "{all}");
        assert!(holds(&any, want, Some(&[no, yes])), "{any}");
        assert!(!holds(&any, want, Some(&[no, no])), "{any}");
        assert!(holds(&all, want, None), "{all} without the key");
        assert!(!holds(&any, want, None), "{any} without the key");
        assert!(holds(&format!("{all}IfExists"), want, None));
        assert!(holds(&format!("{any}IfExists"), want, None));
        for value in ["", "\u{0}", "nonsense", "arn:", "99999999999999999999999999", "-", "2026-99-99"] {
            // Whatever a request brings, there is an answer.
            holds(operator, want, Some(&[value]));
        }
    }
    let tested = |test: &Test| TABLE.iter().any(|(operator, ..)| *operator == test.name());
    let untested: Vec<_> = Test::ALL.iter().filter(|test| **test != Test::Null && !tested(test)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn null_asks_whether_the_key_is_there() {
    for (want, missing, present) in [
        ("true", true, false),
        ("false", false, true),
        (r#""true""#, true, false),
        ("[true, false]", true, true),
    ] {
        for prefix in ["", "ForAnyValue:", "ForAllValues:"] {
            let operator = format!("{prefix}Null");
            assert_eq!(holds(&operator, want, None), missing, "{operator} {want}");
            assert_eq!(holds(&operator, want, Some(&[])), missing, "{operator} {want}");
            assert_eq!(holds(&operator, want, Some(&["x"])), present, "{operator} {want}");
        }
    }
}

#[test]
fn null_sets_pass_all_and_fail_any() {
    assert!(holds("ForAllValues:StringEquals", r#""x""#, Some(&["", ""])));
    assert!(!holds("ForAnyValue:StringEquals", r#""""#, Some(&[""])));
    assert!(!holds("ForAllValues:StringEquals", r#""x""#, Some(&["", "y"])));
    assert!(holds("StringEquals", r#""""#, Some(&[""])), "a plain operator sees the empty string");
}

#[test]
fn several_values_count_as_any_without_a_set_operator() {
    assert!(holds("StringEquals", r#""b""#, Some(&["a", "b"])));
    assert!(!holds("StringNotEquals", r#""b""#, Some(&["a", "b"])));
    assert!(holds("ForAnyValue:StringNotEquals", r#""b""#, Some(&["a", "b"])));
    assert!(!holds("ForAllValues:StringNotEquals", r#""b""#, Some(&["a", "b"])));
}

#[test]
fn no_wanted_value_is_never_met() {
    assert!(!holds("StringEquals", "[]", Some(&["a"])));
    assert!(holds("StringNotEquals", "[]", Some(&["a"])));
    assert!(!holds("ForAllValues:StringLike", "[]", Some(&["a"])));
}

#[test]
fn operators_and_keys_must_all_hold() {
    let met = |name: &str, address: &str| {
        let mut context = Context::new();
        context.set("k:name", name);
        context.set("aws:SourceIp", address);
        let text = r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
            "StringLike": {"k:name": ["a*", "b*"], "K:NAME2": "*"}, "IpAddress": {"aws:sourceip": "10.0.0.0/8"}}}"#;
        context.set("k:Name2", "x");
        let caller = Caller { identity: vec![identity(text)], ..user(HOME, "ann") };
        Scene { context, ..Scene::default() }.allows(&caller)
    };
    assert!(met("bo", "10.0.0.1"));
    assert!(!met("bo", "11.0.0.1"));
    assert!(!met("cy", "10.0.0.1"));
}

#[test]
fn operator_names_read_back() {
    for test in Test::ALL {
        for prefix in ["", "ForAllValues:", "ForAnyValue:"] {
            for suffix in ["", "IfExists"] {
                let name = format!("{prefix}{}{suffix}", test.name());
                let operator = Operator::parse(&name);
                if *test == Test::Null && !suffix.is_empty() {
                    assert_eq!(operator, None);
                } else {
                    assert_eq!(operator.unwrap().to_string(), name);
                    assert_eq!(Operator::parse(&name.to_lowercase()), operator);
                }
            }
        }
    }
    for name in [
        "",
        "IfExists",
        "StringEqual",
        "ForSome:StringEquals",
        "StringEqualsIfExistsIfExists",
        "é",
        "aws:Bool",
    ] {
        assert_eq!(Operator::parse(name), None, "{name}");
    }
}
