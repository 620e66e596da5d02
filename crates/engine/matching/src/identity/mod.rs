//! Names of products: package URLs, CPE names, hashes, vendor and product; and the curated map between them.

pub mod purl;
mod purl_types;
