//! Archives made and tampered with here, proven through the public interface. What the AWS CLI says of the same
//! archives is compared where the binary is tested.
#![cfg(test)]

mod archive;
mod discovery;
mod hostile;
mod judged;
mod mirrored;
mod store;
