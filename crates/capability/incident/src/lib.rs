//! The accident registry.
