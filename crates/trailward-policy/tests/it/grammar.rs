//! What is refused, and where the error says it lies.

use trailward_policy::{Effect, Policy, PolicyKind, PrincipalPattern, Scope, Version};

use PolicyKind::{Identity, Rcp, Resource, Scp, Trust};

/// Kind, document, the error's path, a piece of its message.
const REFUSED: &[(PolicyKind, &str, &str, &str)] = &[
    (Identity, "", "", "not valid JSON"),
    (Identity, "{", "", "not valid JSON"),
    (Identity, "[]", "", "must be a JSON object"),
    (Identity, r#"{"Statement": []} x"#, "", "not valid JSON"),
    (Identity, "{}", "", "has no Statement"),
    (Identity, r#"{"Statement": []}"#, "Statement", "at least one"),
    (Identity, r#"{"Statement": [7]}"#, "Statement[0]", "must be an object"),
    (Identity, r#"{"Statement": "x"}"#, "Statement[0]", "must be an object"),
    (Identity, r#"{"Statement": [], "Statement": []}"#, "Statement", "occurs twice"),
    (Identity, r#"{"Statements": []}"#, "Statements", "not an element"),
    (Identity, r#"{"Version": "2012-10-18", "Statement": []}"#, "Version", "not a version"),
    (Identity, r#"{"Version": 2012, "Statement": []}"#, "Version", "must be a string"),
    (Identity, r#"{"Id": 7, "Statement": []}"#, "Id", "must be a string"),
    (Identity, r#"{"Statement": [[[[[[[[[[1]]]]]]]]]]}"#, "", "nested too deeply"),
];

/// Kind, one statement of a 2012 document, the error's path within it, a piece of its message.
const REFUSED_STATEMENTS: &[(PolicyKind, &str, &str, &str)] = &[
    (Identity, r#"{"Action": "*", "Resource": "*"}"#, "", "must have Effect"),
    (Identity, r#"{"Effect": "allow", "Action": "*", "Resource": "*"}"#, ".Effect", "neither Allow nor Deny"),
    (
        Identity,
        r#"{"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}"#,
        ".Effect",
        "twice",
    ),
    (Identity, r#"{"Effect": "Allow", "Resource": "*"}"#, "", "must have Action"),
    (Identity, r#"{"Effect": "Allow", "Action": "*"}"#, "", "must have Resource"),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}"#,
        "",
        "both Action and NotAction",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*"}"#,
        "",
        "both Resource",
    ),
    (Identity, r#"{"Effect": "Allow", "Action": [], "Resource": "*"}"#, ".Action", "must not be empty"),
    (Identity, r#"{"Effect": "Allow", "Action": "*", "Resource": []}"#, ".Resource", "must not be empty"),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": ["*", 1], "Resource": "*"}"#,
        ".Action[1]",
        "must be a string",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "GetObject", "Resource": "*"}"#,
        ".Action",
        "prefaced by a vendor",
    ),
    (Identity, r#"{"Effect": "Allow", "Action": "s3:a:b", "Resource": "*"}"#, ".Action", "one colon"),
    (Identity, r#"{"Effect": "Allow", "Action": "s3:", "Resource": "*"}"#, ".Action", "a vendor"),
    (Identity, r#"{"Effect": "Allow", "Action": "", "Resource": "*"}"#, ".Action", "prefaced"),
    (Identity, r#"{"Effect": "Allow", "Action": "s3:${x}", "Resource": "*"}"#, ".Action", "a vendor"),
    (Identity, r#"{"Effect": "Allow", "Action": "*", "Resource": "logs"}"#, ".Resource", "ARN format"),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": ["*", "arn:"]}"#,
        ".Resource[1]",
        "partition",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:was:s3:::x"}"#,
        ".Resource",
        "partition",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username"}"#,
        ".Resource",
        "well formed",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${}"}"#,
        ".Resource",
        "well formed",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${a:b 'c'}"}"#,
        ".Resource",
        "well formed",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:iam::${a:b}:x"}"#,
        ".Resource",
        "before the resource part",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#,
        ".Principal",
        "must not be specified",
    ),
    (
        Scp,
        r#"{"Effect": "Allow", "NotPrincipal": "*", "Action": "*", "Resource": "*"}"#,
        ".NotPrincipal",
        "must not be specified",
    ),
    (Identity, r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Foo": 1}"#, ".Foo", "not an element"),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Sid": "a b"}"#,
        ".Sid",
        "alphanumeric",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": []}"#,
        ".Condition",
        "must be an object",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringIs": {}}}"#,
        ".Condition.StringIs",
        "not a condition operator",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NullIfExists": {}}}"#,
        ".Condition.NullIfExists",
        "not a condition operator",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}, "Bool": {}}}"#,
        ".Condition.Bool",
        "occurs twice",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a:b": true, "A:B": true}}}"#,
        ".Condition.Bool.A:B",
        "occurs twice",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"plain": true}}}"#,
        ".Condition.Bool.plain",
        "vendor",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a:b": {}}}}"#,
        ".Condition.Bool.a:b",
        "must be a string",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a:b": null}}}"#,
        ".Condition.Bool.a:b",
        "must be a string",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a:b": "perhaps"}}}"#,
        ".Condition.Bool.a:b",
        "neither true nor false",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a:b": "${a:c}"}}}"#,
        ".Condition.Bool.a:b",
        "neither true nor false",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"a:b": "inf"}}}"#,
        ".Condition.NumericEquals.a:b",
        "not a number",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"DateEquals": {"a:b": "2026-02-30"}}}"#,
        ".Condition.DateEquals.a:b",
        "ISO 8601",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"DateEquals": {"a:b": "2026-11-21T00:00:00"}}}"#,
        ".Condition.DateEquals.a:b",
        "ISO 8601",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"a:b": "10.0.0.0/33"}}}"#,
        ".Condition.IpAddress.a:b",
        "CIDR",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"a:b": "10.0.0/8"}}}"#,
        ".Condition.IpAddress.a:b",
        "CIDR",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"BinaryEquals": {"a:b": "?"}}}"#,
        ".Condition.BinaryEquals.a:b",
        "base64",
    ),
    (
        Identity,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"a:b": "${"}}}"#,
        ".Condition.StringEquals.a:b",
        "well formed",
    ),
    (Resource, r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#, "", "must have Principal"),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": "*", "NotPrincipal": "*", "Action": "*", "Resource": "*"}"#,
        "",
        "both Principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": "ann", "Action": "*", "Resource": "*"}"#,
        ".Principal",
        "must be \"*\"",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {}, "Action": "*", "Resource": "*"}"#,
        ".Principal",
        "must name a principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"AWS": []}, "Action": "*", "Resource": "*"}"#,
        ".Principal.AWS",
        "must not be empty",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"User": "x"}, "Action": "*", "Resource": "*"}"#,
        ".Principal.User",
        "not a kind of principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"AWS": ["*", "12345"]}, "Action": "*", "Resource": "*"}"#,
        ".Principal.AWS[1]",
        "not a valid principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/*"}, "Action": "*", "Resource": "*"}"#,
        ".Principal.AWS",
        "not a valid principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:group/g"}, "Action": "*", "Resource": "*"}"#,
        ".Principal.AWS",
        "not a valid principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:sts::111111111111:assumed-role/r"}, "Action": "*", "Resource": "*"}"#,
        ".Principal.AWS",
        "not a valid principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "*", "Resource": "*"}"#,
        ".Principal.Service",
        "not a valid principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "Principal": {"CanonicalUser": "abc"}, "Action": "*", "Resource": "*"}"#,
        ".Principal.CanonicalUser",
        "not a valid principal",
    ),
    (
        Resource,
        r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"}"#,
        ".NotPrincipal",
        "with Allow",
    ),
    (Trust, r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}"#, ".Action", "STS AssumeRole"),
    (
        Trust,
        r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}"#,
        ".Resource",
        "prohibited",
    ),
    (Trust, r#"{"Effect": "Allow", "Action": "sts:AssumeRole"}"#, "", "must have Principal"),
    (
        Trust,
        r#"{"Effect": "Deny", "NotPrincipal": "*", "Action": "sts:AssumeRole"}"#,
        ".NotPrincipal",
        "prohibited",
    ),
    (
        Rcp,
        r#"{"Effect": "Deny", "Principal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"}"#,
        ".Principal",
        "must be \"*\"",
    ),
];

#[test]
fn documents_are_refused_with_their_place() {
    for (kind, text, path, message) in REFUSED {
        let error = Policy::parse(text, *kind).expect_err(text);
        assert_eq!(error.path(), *path, "{text}");
        assert!(error.message().contains(message), "{error}\n{text}");
        assert!(!error.is_too_large());
    }
}

#[test]
fn statements_are_refused_with_their_place() {
    let sound = |kind| match kind {
        Resource | Rcp => r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#,
        Trust => r#"{"Effect": "Deny", "Principal": "*", "Action": "sts:*"}"#,
        Identity | Scp => r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#,
    };
    for (kind, statement, path, message) in REFUSED_STATEMENTS {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}, {statement}]}}"#, sound(*kind));
        let error = Policy::parse(&text, *kind).expect_err(&text);
        assert_eq!(error.path(), format!("Statement[1]{path}"), "{error}\n{text}");
        assert!(error.message().contains(message), "{error}\n{text}");
        assert_eq!(error.to_string(), format!("Statement[1]{path}: {}", error.message()));
    }
}

#[test]
fn names_of_statements_are_unique_in_iam() {
    let two = |kind, more: &str| {
        let one = format!(r#"{{"Sid": "A", "Effect": "Deny", {more} "Action": "*", "Resource": "*"}}"#);
        Policy::parse(&format!(r#"{{"Statement": [{one}, {one}]}}"#), kind)
    };
    assert_eq!(two(Identity, "").unwrap_err().path(), "Statement[1].Sid");
    assert!(two(Resource, r#""Principal": "*","#).is_ok(), "bucket policies are not checked for it");
}

#[test]
fn size_is_bounded_without_white_space() {
    let text = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let solid = text.chars().filter(|c| !c.is_whitespace()).count();
    assert!(Policy::parse_within(text, Identity, solid).is_ok());
    assert!(Policy::parse_within(text, Identity, solid - 1).unwrap_err().is_too_large());
    let padded = format!("{}{text}", " ".repeat(20_000));
    assert!(Policy::parse(&padded, Identity).is_ok());
    let absurd = format!("{}{text}", " ".repeat(200_000));
    assert!(Policy::parse_within(&absurd, Identity, usize::MAX).unwrap_err().is_too_large());
    let long = text
        .replace("\"Resource\": \"*\"", &format!("\"Resource\": \"arn:aws:s3:::{}\"", "x".repeat(10_240)));
    assert!(Policy::parse(&long, Identity).unwrap_err().is_too_large());
}

#[test]
fn errors_repeat_little_of_the_document() {
    let text =
        format!(r#"{{"Statement": {{"Effect": "{}\n", "Action": "*", "Resource": "*"}}}}"#, "x".repeat(5000));
    let shown = Policy::parse(&text, Identity).unwrap_err().to_string();
    assert!(shown.len() < 400 && !shown.contains('\n'), "{shown}");
}

#[test]
fn accepted_forms_read_as_written() {
    let text = r#"{"Version": "2012-10-17", "Id": "bucket policy", "Statement": [
        {"Sid": "with spaces", "Effect": "Deny", "NotPrincipal": {"AWS": ["111111111111", "AIDA0000000000000ANN"],
         "Service": "s3.amazonaws.com", "Federated": "cognito-identity.amazonaws.com",
         "CanonicalUser": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
         "NotAction": ["s3:Get*", "s3-object-lambda:*"], "NotResource": "arn:aws-us-gov:s3:::logs/${aws:username}",
         "Condition": {}},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},
         "Action": "*", "Resource": "arn:aws:s3:::*",
         "Condition": {"foranyvalue:stringlikeifexists": {"k:K": ["a", 1, true]}}}]}"#;
    let policy = Policy::parse(text, Resource).unwrap();
    assert_eq!((policy.text(), policy.kind(), policy.version()), (text, Resource, Version::V2012));
    assert_eq!(policy.id(), Some("bucket policy"));
    assert_eq!(policy.actions().collect::<Vec<_>>(), ["s3:Get*", "s3-object-lambda:*", "*"]);
    assert_eq!(
        policy.resources().collect::<Vec<_>>(),
        ["arn:aws-us-gov:s3:::logs/${aws:username}", "arn:aws:s3:::*"]
    );
    assert_eq!(policy.principals().count(), 6);
    let [first, second] = policy.statements() else { panic!("two statements") };
    assert_eq!((first.sid.as_deref(), first.effect), (Some("with spaces"), Effect::Deny));
    assert!(first.principal.as_ref().is_some_and(Scope::is_negated) && first.action.is_negated());
    assert!(
        first.principal.as_ref().unwrap().values().contains(&PrincipalPattern::Aws("111111111111".into()))
    );
    let condition = &second.conditions[0];
    assert_eq!(condition.operator.to_string(), "ForAnyValue:StringLikeIfExists");
    assert_eq!(condition.values, ["a", "1", "true"]);
    assert_eq!(policy.clone(), policy);
    assert!(format!("{policy:?}").contains("Resource"));
}
