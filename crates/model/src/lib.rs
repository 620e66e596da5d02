//! Every record type of the platform, one file each: plain structs with their checks, index fields and texts.

pub mod incident;
pub mod partial_date;
