//! Every record type of the platform, one file each: plain structs with their checks, index fields and texts.

pub mod area;
pub mod bounds;
pub mod citizen_service;
pub mod constituency_policy;
pub mod contact;
pub mod council;
pub mod delegation;
pub mod delivery;
pub mod drill;
pub mod incident;
pub mod indicator;
pub mod measure;
pub mod organisation;
pub mod partial_date;
pub mod product_in_use;
pub mod spreadsheet;
mod vocabulary;
pub mod warning;
