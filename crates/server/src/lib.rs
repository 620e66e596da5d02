//! The server: composes capabilities, stores and the edge into a node that answers HTTP and works in the background.
//!
//! ```text
//!   request ─► observe ─► catch panic ─► compress ─► bound ─► tell problems ─► admit ─► route
//!              (headers,                           (time,    (problem+json   (who asks, (api: own + capabilities,
//!               metrics)                            places)   everywhere)     same site) pages, console)
//! ```
//!
//! * [`capabilities`] the list that the node is made of: a new room of the house is one line there.
//! * [`node`] the composed value; [`http`] what it answers; [`worker`] what it does in the background.
//! * [`sign_in`] passwords, second factors, sessions, tokens, OpenID Connect; [`configuration`] the settings.
//! * `wiring` who answers the questions that one capability asks another.
//! * [`journal`] signing, proving, verifying. [`pages`] what is drawn here and not in the console.
//!
//! **To add an endpoint of the server itself**: write the handler in `routes/`, list it in `routes::own`, run
//! `make openapi`, and say in `tests/it/every_route.rs` who may call it.

pub mod configuration;
pub mod edge;
pub mod http;
pub mod journal;
pub mod logs;
pub mod messages;
pub mod metrics;
pub mod node;
pub mod pages;
pub mod routes;
pub mod sign_in;
pub mod store;
mod wiring;
pub mod worker;

use shinayaka_kernel::capability::Capability;

/// The rooms of the house. Each is a feature, so that `cargo xtask alone` can show that none needs another.
pub fn capabilities() -> Vec<Box<dyn Capability>> {
    vec![
        #[cfg(feature = "capability-programme")]
        Box::new(shinayaka_programme::capability()),
        #[cfg(feature = "capability-constituency")]
        Box::new(shinayaka_constituency::capability(wiring::dispatch())),
        #[cfg(feature = "capability-incident")]
        Box::new(shinayaka_incident::capability()),
        #[cfg(feature = "capability-warning")]
        Box::new(shinayaka_warning::capability()),
    ]
}
