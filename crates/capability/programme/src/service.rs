//! The actions of the programme: the only place with rules.

pub mod council;
pub mod evaluation;
pub mod indicators;
pub mod measures;
pub mod proposals;
pub mod report;

use jiff::civil::Date;
use shinayaka_kernel::{Error, Result, access::Reader, clock::Timestamp, label::Role};

/// How often an action is tried again when somebody else was faster, before the conflict is the caller's.
const ATTEMPTS: usize = 20;

/// The day of a moment, in UTC.
///
/// # Errors
/// [`Error::Invalid`] for a moment beyond the calendar.
pub fn day(moment: Timestamp) -> Result<Date> {
    moment.date().parse().map_err(|_| Error::invalid("time", "is beyond the calendar"))
}

fn demand_role(reader: Reader<'_>, role: Role, what: &str) -> Result<()> {
    if reader.principal().has_role(role) {
        return Ok(());
    }
    Err(Error::Forbidden(format!("only {what} may do this")))
}
