//! How often an endpoint is tried.
//!
//! Source: Amazon SNS Developer Guide, "Amazon SNS message delivery retries", "Creating an HTTP/S delivery policy".

use crate::TopicError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest a policy may try altogether, in seconds.
const MOST_TOTAL: u64 = 3600;

/// When to try again. Delays in seconds, the rest counts attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// The shortest delay. At least 1.
    #[serde(default = "twenty")]
    pub min_delay_target: u32,
    /// The longest delay. At least the shortest.
    #[serde(default = "twenty")]
    pub max_delay_target: u32,
    /// How often at most. 0 to 100.
    #[serde(default = "three")]
    pub num_retries: u32,
    /// How often at the end with the longest delay.
    #[serde(default)]
    pub num_max_delay_retries: u32,
    /// How often at first at once.
    #[serde(default)]
    pub num_no_delay_retries: u32,
    /// How often then with the shortest delay.
    #[serde(default)]
    pub num_min_delay_retries: u32,
    /// How the delay grows in between.
    #[serde(default)]
    pub backoff_function: Backoff,
}

/// How a delay grows from the shortest to the longest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    /// By equal steps.
    #[default]
    Linear,
    /// By steps that grow by equal steps.
    Arithmetic,
    /// By equal factors.
    Geometric,
    /// Doubling.
    Exponential,
}

fn twenty() -> u32 {
    20
}

fn three() -> u32 {
    3
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            min_delay_target: 20,
            max_delay_target: 20,
            num_retries: 3,
            num_max_delay_retries: 0,
            num_no_delay_retries: 0,
            num_min_delay_retries: 0,
            backoff_function: Backoff::Linear,
        }
    }
}

impl RetryPolicy {
    /// How many seconds after the attempt `attempt` (from 1) failed the next one is made; `None` if there is none.
    pub fn delay_after(&self, attempt: u32) -> Option<u64> {
        if attempt == 0 || attempt > self.num_retries {
            return None;
        }
        let (min, max) = (u64::from(self.min_delay_target), u64::from(self.max_delay_target));
        if attempt <= self.num_no_delay_retries {
            return Some(0);
        }
        if attempt <= self.num_no_delay_retries + self.num_min_delay_retries {
            return Some(min);
        }
        if attempt > self.num_retries - self.num_max_delay_retries {
            return Some(max);
        }
        let first = self.num_no_delay_retries + self.num_min_delay_retries;
        let step = u64::from(attempt - first);
        let steps = u64::from(self.num_retries - self.num_max_delay_retries - first);
        let span = max - min;
        Some(match self.backoff_function {
            Backoff::Linear => min + span * step / steps,
            Backoff::Arithmetic => min + span * (step * (step + 1)) / (steps * (steps + 1)),
            Backoff::Geometric | Backoff::Exponential => {
                // Doubling from the shortest delay, the longest at the latest.
                min.checked_shl(u32::try_from(step - 1).unwrap_or(63)).map_or(max, |delay| delay.min(max))
            }
        })
    }

    fn check(self) -> Result<Self, String> {
        let phases = [self.num_no_delay_retries, self.num_min_delay_retries, self.num_max_delay_retries];
        if !(1..=3600).contains(&self.min_delay_target) {
            return Err("minDelayTarget must be between 1 and 3600".into());
        }
        if !(self.min_delay_target..=3600).contains(&self.max_delay_target) {
            return Err("maxDelayTarget must be between minDelayTarget and 3600".into());
        }
        if self.num_retries > 100 {
            return Err("numRetries must be between 0 and 100".into());
        }
        if phases.iter().any(|phase| *phase > self.num_retries)
            || phases.iter().sum::<u32>() > self.num_retries
        {
            return Err("the retries of the phases must not be more than numRetries".into());
        }
        let total: u64 = (1..=self.num_retries).filter_map(|attempt| self.delay_after(attempt)).sum();
        if total > MOST_TOTAL {
            return Err(format!("the delays must not be more than {MOST_TOTAL} seconds altogether"));
        }
        Ok(self)
    }
}

/// What a request to an endpoint looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestPolicy {
    /// The content type; one of those that SNS knows.
    pub header_content_type: String,
}

impl RequestPolicy {
    fn check(self) -> Result<Self, String> {
        const KNOWN: [&str; 9] = [
            "application/json",
            "application/octet-stream",
            "application/soap+xml",
            "application/x-www-form-urlencoded",
            "application/xml",
            "text/css",
            "text/csv",
            "text/html",
            "text/plain",
        ];
        let mut parts = self.header_content_type.splitn(2, ';').map(str::trim);
        let known = parts.next().is_some_and(|media| KNOWN.contains(&media));
        let parameters = parts.next().is_none_or(|rest| {
            rest.len() <= 64 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"=-_; ".contains(&b))
        });
        if known && parameters { Ok(self) } else { Err("headerContentType is not supported".into()) }
    }
}

/// `DeliveryPolicy` of a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TopicDeliveryPolicy {
    /// For HTTP and HTTPS.
    pub http: TopicHttpPolicy,
}

/// The part about HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TopicHttpPolicy {
    /// For subscriptions that do not say otherwise.
    pub default_healthy_retry_policy: Option<RetryPolicy>,
    /// Whether what subscriptions say does not count.
    #[serde(default)]
    pub disable_subscription_overrides: bool,
    /// For subscriptions that do not say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_request_policy: Option<RequestPolicy>,
    /// Refused: nothing is throttled here.
    #[serde(skip_serializing)]
    default_throttle_policy: Option<Value>,
}

/// `DeliveryPolicy` of a subscription.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SubscriptionDeliveryPolicy {
    healthy_retry_policy: Option<RetryPolicy>,
    request_policy: Option<RequestPolicy>,
    throttle_policy: Option<Value>,
    #[serde(rename = "guaranteed")]
    _guaranteed: Option<bool>,
    #[serde(rename = "sicklyRetryPolicy")]
    _sickly: Option<Value>,
}

fn invalid(why: &str) -> TopicError {
    TopicError::Invalid(format!("DeliveryPolicy: {why}"))
}

fn unthrottled(policy: Option<&Value>) -> Result<(), TopicError> {
    match policy {
        None => Ok(()),
        Some(_) => Err(TopicError::Unsupported("Throttled subscriptions are not implemented here.".into())),
    }
}

type Parts = (Option<RetryPolicy>, Option<RequestPolicy>);

fn check((retry, request): Parts) -> Result<Parts, TopicError> {
    let retry = retry.map(RetryPolicy::check).transpose().map_err(|why| invalid(&why))?;
    let request = request.map(RequestPolicy::check).transpose().map_err(|why| invalid(&why))?;
    Ok((retry, request))
}

/// An empty text takes a policy away.
fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<Option<T>, TopicError> {
    if matches!(text.trim(), "" | "{}") {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|error| invalid(&error.to_string()))
}

impl TopicDeliveryPolicy {
    /// Reads the attribute `DeliveryPolicy` of a topic; `None` for an empty one.
    pub fn parse(text: &str) -> Result<Option<Self>, TopicError> {
        let Some(policy) = parse::<Self>(text)? else { return Ok(None) };
        unthrottled(policy.http.default_throttle_policy.as_ref())?;
        check((policy.http.default_healthy_retry_policy, policy.http.default_request_policy.clone()))?;
        Ok(Some(policy))
    }
}

/// Reads the attribute `DeliveryPolicy` of a subscription.
pub(crate) fn of_subscription(text: &str) -> Result<Parts, TopicError> {
    let Some(policy) = parse::<SubscriptionDeliveryPolicy>(text)? else { return Ok((None, None)) };
    unthrottled(policy.throttle_policy.as_ref())?;
    check((policy.healthy_retry_policy, policy.request_policy))
}

/// A subscription's policy as the API shows it.
pub(crate) fn shown(retry: Option<RetryPolicy>, request: Option<&RequestPolicy>) -> Option<String> {
    if retry.is_none() && request.is_none() {
        return None;
    }
    let mut policy = serde_json::Map::new();
    if let Some(retry) = retry {
        policy.insert("healthyRetryPolicy".into(), serde_json::to_value(retry).unwrap_or_default());
    }
    if let Some(request) = request {
        policy.insert("requestPolicy".into(), serde_json::to_value(request).unwrap_or_default());
    }
    Some(Value::Object(policy).to_string())
}

/// What counts for a subscription: its own policy, unless the topic says that it does not, then the topic's.
pub(crate) fn effective(
    topic: Option<&TopicDeliveryPolicy>,
    own: (Option<RetryPolicy>, Option<&RequestPolicy>),
) -> (RetryPolicy, Option<String>) {
    let http = topic.map(|policy| &policy.http);
    let own = if http.is_some_and(|http| http.disable_subscription_overrides) { (None, None) } else { own };
    let retry = own.0.or(http.and_then(|http| http.default_healthy_retry_policy)).unwrap_or_default();
    let request = own.1.or(http.and_then(|http| http.default_request_policy.as_ref()));
    (retry, request.map(|policy| policy.header_content_type.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_follow_the_phases() {
        let delays = |policy: &RetryPolicy| -> Vec<u64> {
            (1..).map_while(|attempt| policy.delay_after(attempt)).collect()
        };
        assert_eq!(delays(&RetryPolicy::default()), [20, 20, 20]);
        let policy = RetryPolicy {
            min_delay_target: 2,
            max_delay_target: 10,
            num_retries: 8,
            num_max_delay_retries: 1,
            num_no_delay_retries: 2,
            num_min_delay_retries: 1,
            backoff_function: Backoff::Linear,
        };
        assert_eq!(delays(&policy), [0, 0, 2, 4, 6, 8, 10, 10]);
        let doubling = RetryPolicy { backoff_function: Backoff::Exponential, ..policy };
        assert_eq!(delays(&doubling), [0, 0, 2, 2, 4, 8, 10, 10]);
        let arithmetic = RetryPolicy { backoff_function: Backoff::Arithmetic, ..policy };
        assert_eq!(delays(&arithmetic), [0, 0, 2, 2, 4, 6, 10, 10]);
        assert_eq!(delays(&RetryPolicy { num_retries: 0, ..RetryPolicy::default() }), Vec::<u64>::new());
        assert_eq!(RetryPolicy::default().delay_after(u32::MAX), None);
    }

    #[test]
    fn policies_are_checked() {
        let topic = |text: &str| TopicDeliveryPolicy::parse(text);
        let read = topic(
            r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":5,"minDelayTarget":1},"defaultThrottlePolicy":null}}"#,
        );
        let http = read.unwrap().unwrap().http;
        assert_eq!(http.default_healthy_retry_policy.unwrap().num_retries, 5);
        assert_eq!(topic("").unwrap(), None);
        for bad in [
            "x",
            "[]",
            r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}"#,
            r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":0}}}"#,
            r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":30}}}"#,
            r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":2,"numNoDelayRetries":3}}}"#,
            r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":100,"maxDelayTarget":3600}}}"#,
            r#"{"http":{"defaultRequestPolicy":{"headerContentType":"text/x\r\nevil: 1"}}}"#,
            r#"{"http":{"unknown":1}}"#,
        ] {
            assert!(matches!(topic(bad), Err(TopicError::Invalid(_))), "{bad}");
        }
        let throttled = r#"{"throttlePolicy":{"maxReceivesPerSecond":1}}"#;
        assert!(matches!(of_subscription(throttled), Err(TopicError::Unsupported(_))));
        let (retry, request) =
            of_subscription(r#"{"requestPolicy":{"headerContentType":"application/json"}}"#).unwrap();
        assert_eq!((retry, request.unwrap().header_content_type.as_str()), (None, "application/json"));
    }
}
