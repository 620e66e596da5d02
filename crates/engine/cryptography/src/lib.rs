//! Which algorithms a system uses, and what a national policy says of each in a given year.
//!
//! [`names::Registry`] recognises names and object identifiers, [`policy::Policies`] holds the policies as dated data,
//! [`verdict::judge`] answers for one algorithm, parameter and year with policy and clause. [`inventory`] reads what is in
//! use from CycloneDX, from certificates and from the answers of a TLS server ([`tls`]: a ClientHello of our own, no
//! cryptography). [`matrix`] shows where policies contradict each other, [`ledger`] what must migrate and by when.
//!
//! **To add a policy**: one file in `policies/` and one line in [`policy`].
pub mod error;
pub mod inventory;
pub mod ledger;
pub mod matrix;
pub mod names;
pub mod policy;
pub mod report;
pub mod tls;
pub mod verdict;

pub use error::{Error, Result};
