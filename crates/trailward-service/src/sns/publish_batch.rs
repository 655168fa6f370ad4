//! `PublishBatch`: up to ten messages. Each succeeds or fails by itself; what is wrong with the batch fails all.

use super::message::{AttributeEntries, Draft, HIDDEN, MOST_BYTES, is_data};
use super::subject::{named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

const MOST_ENTRIES: usize = 10;

pub(crate) struct PublishBatch;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
    #[serde(default)]
    publish_batch_request_entries: Vec<BatchEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry {
    #[serde(default)]
    id: String,
    #[serde(default)]
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    message_attributes: Option<AttributeEntries>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Succeeded {
    id: String,
    message_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    code: String,
    message: String,
    sender_fault: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    successful: Vec<Succeeded>,
    failed: Vec<Failed>,
}

fn check(entries: &[BatchEntry]) -> Result<(), ApiError> {
    let refuse = |code: &'static str, message: &str| Err(ApiError::bad_request(code, message));
    if entries.is_empty() {
        return refuse("EmptyBatchRequest", "The batch request doesn't contain any entries.");
    }
    if entries.len() > MOST_ENTRIES {
        return refuse(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible (more than 10).",
        );
    }
    let legal = |id: &str| {
        (1..=80).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if !entries.iter().all(|entry| legal(&entry.id)) {
        return refuse(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        );
    }
    for (number, entry) in entries.iter().enumerate() {
        if entries.iter().take(number).any(|other| other.id == entry.id) {
            return refuse(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            );
        }
    }
    if entries.iter().map(|entry| entry.message.len()).sum::<usize>() > MOST_BYTES {
        return refuse(
            "BatchRequestTooLong",
            "The length of all the batch messages put together is more than the limit.",
        );
    }
    Ok(())
}

impl Operation for PublishBatch {
    const NAME: &'static str = "PublishBatch";
    const ACCESS: Access = Access::write("SNS:Publish");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        is_data(call);
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        check(&input.publish_batch_request_entries)?;
        super::subject::topic(&at, call).await?;
        let mut output = Output { successful: Vec::new(), failed: Vec::new() };
        for entry in input.publish_batch_request_entries {
            let draft = Draft {
                message: entry.message,
                subject: entry.subject,
                structure: entry.message_structure,
                attributes: entry.message_attributes,
                deduplication: entry.message_deduplication_id,
                group: entry.message_group_id,
            };
            let done = match draft.checked() {
                Ok((published, _)) => call.platform.topics.publish(&at, &published).await.map_err(refused),
                Err(error) => Err(error),
            };
            match done {
                Ok(message_id) => output.successful.push(Succeeded { id: entry.id, message_id }),
                Err(error) => output.failed.push(Failed {
                    id: entry.id,
                    sender_fault: error.status < 500,
                    code: error.code.into_owned(),
                    message: error.message,
                }),
            }
        }
        Ok(output)
    }

    fn record_input(input: &Input) -> serde_json::Value {
        let entries = input.publish_batch_request_entries.iter();
        let entries: Vec<_> =
            entries.map(|entry| serde_json::json!({"id": entry.id, "message": HIDDEN})).collect();
        serde_json::json!({"topicArn": input.topic_arn, "publishBatchRequestEntries": entries})
    }
}
