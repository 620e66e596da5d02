//! Who is asking: passwords, second factors, sessions, API tokens and OpenID Connect.

pub mod accounts;
pub mod oidc;
pub mod password;
pub mod second_factor;
pub mod session;
pub mod throttle;
