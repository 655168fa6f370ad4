//! Log files with plausible records.

use time::OffsetDateTime;
use trailward_model::stamp;

/// A small generator whose numbers depend on its seed alone (splitmix64).
#[derive(Debug, Clone)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// 16 letters and digits, as log file names end.
    pub fn unique(&mut self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..16).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }
}

const CALLS: &[(&str, &str, bool)] = &[
    ("ec2", "DescribeInstances", true),
    ("s3", "GetBucketAcl", true),
    ("iam", "CreateUser", false),
    ("sts", "AssumeRole", true),
    ("kms", "Decrypt", true),
    ("lambda", "UpdateFunctionCode20150331v2", false),
    ("cloudtrail", "LookupEvents", true),
    ("ssm", "PutParameter", false),
];
const USERS: &[&str] = &["alice", "bob", "build", "deploy", "mallory"];

/// `{"Records":[…]}` with `count` records of a few minutes before `at`. Returns the oldest and newest event time too.
pub fn log_file(
    rng: &mut Rng,
    (account, region): (&str, &str),
    at: OffsetDateTime,
    count: u32,
) -> (Vec<u8>, String, String) {
    let mut text = String::from("{\"Records\":[");
    let (mut oldest, mut newest) = (String::new(), String::new());
    for number in 0..count {
        let when =
            stamp::extended(at - time::Duration::seconds(i64::from(300 - (number * 240 / count.max(1)))));
        if number == 0 {
            oldest.clone_from(&when);
        }
        newest.clone_from(&when);
        let (service, name, read) = CALLS[rng.below(CALLS.len())];
        let user = USERS[rng.below(USERS.len())];
        if number > 0 {
            text.push(',');
        }
        text.push_str(&format!(
            "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{id:016X}\",\
             \"arn\":\"arn:aws:iam::{account}:user/{user}\",\"accountId\":\"{account}\",\"accessKeyId\":\"AKIA{id:016X}\",\
             \"userName\":\"{user}\"}},\"eventTime\":\"{when}\",\"eventSource\":\"{service}.amazonaws.com\",\
             \"eventName\":\"{name}\",\"awsRegion\":\"{region}\",\"sourceIPAddress\":\"203.0.113.{ip}\",\
             \"userAgent\":\"aws-cli/2.17.0 md/awscrt#0.20 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.9\",\
             \"requestParameters\":{{\"resource\":\"arn:aws:{service}:{region}:{account}:thing/{thing}\",\"maxResults\":{page}}},\
             \"responseElements\":null,\"requestID\":\"{request}\",\"eventID\":\"{event}\",\"readOnly\":{read},\
             \"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"{account}\",\
             \"eventCategory\":\"Management\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\
             \"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"{service}.{region}.amazonaws.com\"}}}}",
            id = rng.next(),
            ip = rng.below(256),
            thing = rng.uuid(),
            page = rng.below(1000),
            request = rng.uuid(),
            event = rng.uuid(),
        ));
    }
    text.push_str("]}");
    (text.into_bytes(), oldest, newest)
}
