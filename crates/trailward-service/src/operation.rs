//! The shape of an operation, and the one way to run it.

use crate::access::{Access, Target};
use crate::call::Call;
use crate::compatibility::member_names;
use crate::shape::recorded;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use trailward_wire::{ApiError, Form};

/// One AWS operation. Without `ACCESS` and `resource` it does not compile, so none can be reached unchecked.
pub(crate) trait Operation: 'static {
    /// The API's name.
    const NAME: &'static str;
    /// The permission it needs.
    const ACCESS: Access;
    /// Its members, named as on the wire.
    type Input: DeserializeOwned + Serialize + Send + Sync;
    /// Its answer, named as on the wire.
    type Output: Serialize + Send;

    /// What the call touches. Runs before authorization: it may look things up, but reveals nothing by its errors
    /// that the caller does not already know.
    fn resource(input: &Self::Input, call: &Call) -> impl Future<Output = Result<Target, ApiError>> + Send;

    /// Does it. When this returns `Ok`, the effect is durable.
    fn run(input: Self::Input, call: &Call) -> impl Future<Output = Result<Self::Output, ApiError>> + Send;

    /// `requestParameters` of the record.
    fn record_input(input: &Self::Input) -> Value {
        recorded(input)
    }

    /// `responseElements` of the record, for calls that have them.
    fn record_output(output: &Self::Output) -> Value {
        recorded(output)
    }
}

/// A request's members, not yet typed.
#[derive(Debug)]
pub(crate) enum Payload {
    /// An awsJson body.
    Json(Vec<u8>),
    /// Query parameters.
    Form(Form),
}

/// One line of a service's table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub name: &'static str,
    pub access: Access,
    /// The names of the input's members, if it tells them.
    pub members: fn() -> Option<&'static [&'static str]>,
    pub run: for<'a> fn(Payload, &'a Call) -> BoxFuture<'a, Result<Value, ApiError>>,
}

/// The table line of an operation.
pub(crate) const fn entry<O: Operation>() -> Entry {
    Entry {
        name: O::NAME,
        access: O::ACCESS,
        members: member_names::<O::Input>,
        run: |payload, call| Box::pin(perform::<O>(payload, call)),
    }
}

async fn perform<O: Operation>(payload: Payload, call: &Call) -> Result<Value, ApiError> {
    let input: O::Input = read(&payload)?;
    let target = O::resource(&input, call).await?;
    if !O::ACCESS.denials_private {
        call.touches(&target);
    }
    call.authorize(&O::ACCESS, &target).await?;
    for action in &target.also {
        call.authorize(&Access { action, ..O::ACCESS }, &target).await?;
    }
    call.touches(&target);
    {
        // A denied call's parameters are not recorded: the caller chose them and nobody checked them.
        let mut trace = call.trace();
        trace.request = O::record_input(&input);
        trace.resources.clone_from(&target.recorded);
    }
    if !O::ACCESS.reads {
        call.intend().await?;
    }
    let output = O::run(input, call).await?;
    if O::ACCESS.answers_recorded {
        call.trace().response = O::record_output(&output);
    }
    serde_json::to_value(output).map_err(|_| ApiError::internal())
}

fn read<T: DeserializeOwned>(payload: &Payload) -> Result<T, ApiError> {
    match payload {
        Payload::Json(body) => {
            let body: &[u8] = if body.is_empty() { b"{}" } else { body };
            serde_json::from_slice(body)
                .map_err(|error| ApiError::bad_request("SerializationException", json_problem(&error)))
        }
        Payload::Form(form) => form.read().map_err(|error| {
            let text = error.to_string();
            let message = match text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
                Some(name) => format!(
                    "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                    crate::shape::lower_first(name)
                ),
                None => format!("The request parameters are not valid: {text}"),
            };
            ApiError::bad_request("ValidationError", message)
        }),
    }
}

/// Where the JSON is wrong, without repeating what may be a secret.
fn json_problem(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "a member has the wrong type",
        serde_json::error::Category::Eof => "it ends too early",
        _ => "it is not valid JSON",
    };
    format!("The request body could not be read: {what} (line {}, column {}).", error.line(), error.column())
}
