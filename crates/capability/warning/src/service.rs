//! The actions on warnings: the only place with rules.

pub mod answer;
pub mod audience;
pub mod cap;
pub mod draft;
pub mod duplicate;
pub mod escalate;
pub mod fan_out;
pub mod inbox;
pub mod issue;
pub mod plain;
pub mod silent;
pub mod template;

use shinayaka_kernel::{
    Error, Principal, Result,
    access::Reader,
    clock::Timestamp,
    label::{Action, Role},
    object::{Record, Stored},
    page::MAXIMUM_LIMIT,
};
use shinayaka_model::warning::Signature;

/// Told when a warning or drill was issued, told anew, cancelled, or answered.
pub const ISSUED: &str = "warning.issued";
pub const UPDATED: &str = "warning.updated";
pub const CANCELLED: &str = "warning.cancelled";
pub const ANSWERED: &str = "warning.answered";

/// How often an action is tried again when somebody else was faster.
const ATTEMPTS: usize = 12;

/// Whoever works for the house: sees every warning, every recipient and every count.
pub fn is_house(principal: &Principal) -> bool {
    principal.account.is_some()
        && [Role::Director, Role::Analyst].iter().any(|role| principal.has_role(*role))
}

fn signature(reader: Reader<'_>, at: Timestamp) -> Result<Signature> {
    let principal = reader.principal();
    let account = principal.account.ok_or_else(|| Error::Forbidden("sign in first".into()))?;
    Ok(Signature { account, name: principal.name.clone(), at })
}

fn demand_version<T>(stored: &Stored<T>, version: u32) -> Result<()> {
    if stored.version == version {
        return Ok(());
    }
    let newest = stored.version;
    Err(Error::Conflict(format!("version {version} was read, but version {newest} is the newest")))
}

/// Refuses whoever may read a warning but not do this.
fn demand<T: Record>(reader: Reader<'_>, action: Action) -> Result<()> {
    if reader.principal().account.is_none() {
        return Err(Error::Forbidden("sign in first".into()));
    }
    reader.demand::<T>(action)
}

/// Every record of a kind that the reader may see, newest first; none when no capability here declares the kind.
async fn all<T: Record>(
    reader: Reader<'_>,
    filters: Vec<(&'static str, shinayaka_kernel::access::FilterValue)>,
) -> Result<Vec<Stored<T>>> {
    let mut found = Vec::new();
    let mut request =
        shinayaka_kernel::access::ListRequest { filters, limit: Some(MAXIMUM_LIMIT), ..Default::default() };
    loop {
        let page = match reader.list::<T>(&request).await {
            // The register is another capability's; a node can be without it.
            Err(Error::Invalid { field, .. }) if field == "kind" => return Ok(found),
            other => other?,
        };
        found.extend(page.items);
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(found),
        }
    }
}
