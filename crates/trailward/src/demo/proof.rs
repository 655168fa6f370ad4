//! Reading the delivered files back and checking the chain, with nothing but what a bucket and `ListPublicKeys` give.

use super::scenario::{Act, Stage};
use crate::client::Client;
use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;
use std::time::Duration;
use trailward_digest::{DigestFile, PublicKey, check_digest, check_link, check_log};

/// No file of a demonstration is larger than this, uncompressed.
const MOST_BYTES: u64 = 64 << 20;

/// Everything delivered, checked.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    pub regions: usize,
    pub digests: usize,
    pub log_files: usize,
    pub records: usize,
    /// What does not verify.
    pub faults: Vec<String>,
    /// Where each request's record lies, by request id.
    pub places: HashMap<String, Place>,
}

/// Where a record lies and what it says.
#[derive(Debug)]
pub(crate) struct Place {
    pub event: String,
    pub time: String,
    pub who: String,
    pub error: Option<String>,
    /// `s3://…`.
    pub file: String,
}

/// Reads again and again until each act is in a file that a digest covers.
pub(crate) async fn wait_for(client: &Client, stage: &Stage, acts: &[Act]) -> Result<Proof> {
    loop {
        let proof = read(client, stage).await?;
        let complete = acts.iter().all(|act| proof.places.contains_key(&act.request_id));
        if !proof.faults.is_empty() || (complete && proof.regions >= trailward_model::DEFAULT_REGIONS.len()) {
            return Ok(proof);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn list(client: &Client, bucket: &str, prefix: &str) -> Result<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    loop {
        let after =
            keys.last().map(|key| format!("&start-after={}", key.replace('/', "%2F"))).unwrap_or_default();
        let query = format!("list-type=2&prefix={}{after}", prefix.replace('/', "%2F"));
        let answer =
            client.s3("GET", bucket, "", &query, &[], Bytes::new()).await?.expect_success("ListObjectsV2")?;
        let text = answer.text();
        let found: Vec<String> = text
            .split("<Key>")
            .skip(1)
            .filter_map(|rest| rest.split_once("</Key>").map(|(key, _)| key.to_owned()))
            .collect();
        let more = text.contains("<IsTruncated>true</IsTruncated>") && !found.is_empty();
        keys.extend(found);
        if !more {
            return Ok(keys);
        }
    }
}

fn unzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the cap is on the next line")]
    let decoder = flate2::read::GzDecoder::new(bytes);
    decoder.take(MOST_BYTES).read_to_end(&mut text).context("not gzip")?;
    Ok(text)
}

async fn keys(client: &Client, region: &str) -> Result<HashMap<String, PublicKey>> {
    let client = Client { region: region.to_owned(), ..client.clone() };
    let range = json!({ "StartTime": 0, "EndTime": 4_102_444_800_i64 });
    let answer = client.cloudtrail("ListPublicKeys", &range).await?.expect_success("ListPublicKeys")?;
    let value: Value = serde_json::from_slice(&answer.body).context("ListPublicKeys did not answer JSON")?;
    let mut keys = HashMap::new();
    for key in value.get("PublicKeyList").and_then(Value::as_array).into_iter().flatten() {
        let text = key.get("Value").and_then(Value::as_str).unwrap_or("");
        let public = PublicKey(STANDARD.decode(text).context("a public key is not base64")?);
        keys.insert(public.fingerprint(), public);
    }
    Ok(keys)
}

async fn read(client: &Client, stage: &Stage) -> Result<Proof> {
    let mut proof = Proof::default();
    let root = format!("AWSLogs/{}/CloudTrail-Digest/", stage.account);
    let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in list(client, &stage.log_bucket, &root).await? {
        let region = key.strip_prefix(&root).and_then(|rest| rest.split('/').next()).unwrap_or("").to_owned();
        chains.entry(region).or_default().push(key);
    }
    for (region, digests) in chains {
        proof.regions += 1;
        if let Err(error) = chain(client, stage, &region, &digests, &mut proof).await {
            proof.faults.push(format!("{region}: {error:#}"));
        }
    }
    Ok(proof)
}

/// Checks one Region's chain, oldest first, and reads the files it lists.
async fn chain(
    client: &Client,
    stage: &Stage,
    region: &str,
    digests: &[String],
    proof: &mut Proof,
) -> Result<()> {
    let public = keys(client, region).await?;
    let mut before: Option<(DigestFile, Vec<u8>, String)> = None;
    let mut listed = BTreeSet::new();
    for key in digests {
        let answer = client
            .s3("GET", &stage.log_bucket, key, "", &[], Bytes::new())
            .await?
            .expect_success("GetObject")?;
        let signature = answer.headers.get("x-amz-meta-signature").and_then(|v| v.to_str().ok());
        let signature = signature.with_context(|| format!("{key} has no signature"))?.to_owned();
        let bytes = unzip(&answer.body)?;
        let named: Value = serde_json::from_slice(&bytes).context("a digest is not JSON")?;
        let fingerprint = named.get("digestPublicKeyFingerprint").and_then(Value::as_str).unwrap_or("");
        let signer = public.get(fingerprint).with_context(|| format!("{key}: key-unknown {fingerprint}"))?;
        let digest = check_digest(&bytes, (&stage.log_bucket, key), &signature, signer)
            .map_err(anyhow::Error::msg)
            .with_context(|| key.clone())?;
        match &before {
            Some((older, older_bytes, older_signature)) => {
                let link = check_link(&digest, older, older_bytes, older_signature);
                link.map_err(anyhow::Error::msg).with_context(|| key.clone())?;
            }
            None if digest.previous_digest_signature.is_some() => bail!("{key}: head-missing"),
            None => {}
        }
        for log in &digest.log_files {
            let answer = client
                .s3("GET", &log.s3_bucket, &log.s3_object, "", &[], Bytes::new())
                .await?
                .expect_success("GetObject")?;
            let text = unzip(&answer.body)?;
            check_log(log, &text).map_err(anyhow::Error::msg).with_context(|| log.s3_object.clone())?;
            note(&text, &log.s3_bucket, &log.s3_object, proof)?;
            listed.insert(log.s3_object.clone());
        }
        proof.digests += 1;
        before = Some((digest, bytes, signature));
    }
    proof.log_files += listed.len();
    Ok(())
}

fn note(text: &[u8], bucket: &str, key: &str, proof: &mut Proof) -> Result<()> {
    let file: Value = serde_json::from_slice(text).context("a log file is not JSON")?;
    let records = file.get("Records").and_then(Value::as_array).context("a log file has no records")?;
    for record in records {
        proof.records += 1;
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let Some(request_id) = text("/requestID") else { continue };
        let place = Place {
            event: text("/eventName").unwrap_or_default(),
            time: text("/eventTime").unwrap_or_default(),
            who: text("/userIdentity/userName")
                .or_else(|| text("/userIdentity/invokedBy"))
                .or_else(|| text("/userIdentity/type"))
                .unwrap_or_default(),
            error: text("/errorCode"),
            file: format!("s3://{bucket}/{key}"),
        };
        if proof.places.insert(request_id.clone(), place).is_some() {
            proof.faults.push(format!("request {request_id} is recorded twice"));
        }
    }
    Ok(())
}
