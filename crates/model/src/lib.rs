//! Every record type of the platform, one file each: plain structs with their checks, index fields and texts.

pub mod bounds;
pub mod council;
pub mod incident;
pub mod indicator;
pub mod measure;
pub mod partial_date;
