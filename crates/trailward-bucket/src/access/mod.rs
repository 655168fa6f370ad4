//! Who may do what: the only way to a [`Grant`].

mod authorize;
mod grant;
mod resource;

pub use authorize::Denied;
pub use grant::Grant;
pub use resource::Resource;
