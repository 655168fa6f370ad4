//! The real binary, judged by clients that nobody here wrote, by SIGKILL, and by its own documents.
#![cfg(test)]
#![expect(unreachable_pub, reason = "modules of one test binary")]

#[expect(dead_code, reason = "the demonstration's client; not all of it is needed here")]
#[path = "../../src/client.rs"]
mod client;

mod auditor;
mod bad_input;
mod clients;
mod command_line;
mod crash;
mod crash_protection;
mod differential;
mod directory;
mod evidence;
mod foreign;
mod foreign_validation;
mod forge;
mod guides;
mod hostile;
mod missed;
mod schemas;
mod secrets;
mod server;
mod tidy;
mod validation;
