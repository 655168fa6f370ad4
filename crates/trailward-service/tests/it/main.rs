//! The API from outside: signed requests in, answers and records out.
#![cfg(test)]
#![expect(unreachable_pub, reason = "modules of one test binary")]

mod account_settings;
mod botocore;
#[path = "../../../trailward/tests/it/clients.rs"]
mod clients;
mod compatibility;
mod control_policies;
mod enforcement;
mod golden;
mod identities;
mod kms;
mod kms_rules;
mod last_used;
mod mfa;
mod mutation;
mod organization_faults;
mod organization_trails;
mod organizations;
mod owners;
mod rebirth;
mod refusals;
mod s3_forms;
mod s3_locks;
mod s3_payload;
mod s3_records;
mod s3_refusals;
mod service_faults;
mod session_tags;
mod truth;
mod world;
