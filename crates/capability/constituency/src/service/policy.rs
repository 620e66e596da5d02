//! How long the verification of a contact counts.

use shinayaka_kernel::{
    Error, Label, Reader, Result, Writer, access::Keep, clock::Timestamp, label::Action, object::Stored,
};
use shinayaka_model::constituency_policy::ConstituencyPolicy;

use super::demand_place;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The policy that holds, and the version to name when changing it (0: nobody has agreed on anything yet).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct PolicyInForce {
    pub version: u32,
    #[serde(flatten)]
    pub policy: ConstituencyPolicy,
    /// True if the reader may change it.
    pub may_edit: bool,
}

/// # Errors
/// [`Error::Forbidden`] for whoever keeps no part of the register.
pub async fn policy(reader: Reader<'_>) -> Result<PolicyInForce> {
    demand_place(reader)?;
    let may_edit = reader.may_create::<ConstituencyPolicy>();
    match reader.get::<ConstituencyPolicy>(ConstituencyPolicy::id()).await {
        Ok(stored) => {
            let may_edit = reader.may(&stored, Action::Update);
            Ok(PolicyInForce { version: stored.version, policy: stored.record, may_edit })
        }
        Err(Error::NotFound) => {
            Ok(PolicyInForce { version: 0, policy: ConstituencyPolicy::default(), may_edit })
        }
        Err(error) => Err(error),
    }
}

/// Agrees on another policy.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Conflict`], or [`Error::Invalid`] naming the field.
pub async fn agree(mut writer: Writer<'_>, version: u32, policy: ConstituencyPolicy) -> Result<u32> {
    match writer.reader().get::<ConstituencyPolicy>(ConstituencyPolicy::id()).await {
        Ok(stored) if stored.version == version => writer.update(&stored, &policy).await?,
        Ok(Stored { version: newest, .. }) => {
            return Err(Error::Conflict(format!("version {newest} is the newest; you read {version}")));
        }
        Err(Error::NotFound) => {
            let keep = Keep::labelled(Label::members());
            writer.create_with_id(ConstituencyPolicy::id(), &policy, &keep).await?;
        }
        Err(error) => return Err(error),
    }
    writer.commit().await?;
    Ok(version + 1)
}

/// The first day (UTC) on which a verification made then still counts, as its first moment.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer.
pub async fn verified_since(reader: Reader<'_>) -> Result<Timestamp> {
    let policy = match reader.get::<ConstituencyPolicy>(ConstituencyPolicy::id()).await {
        Ok(stored) => stored.record,
        Err(Error::NotFound) => ConstituencyPolicy::default(),
        Err(error) => return Err(error),
    };
    Ok(day_before(reader.now(), policy.verification_days))
}

/// The first moment of the day (UTC) that is `days` before `now`.
pub fn day_before(now: Timestamp, days: u16) -> Timestamp {
    let microseconds = now.microseconds();
    let midnight = microseconds - microseconds.rem_euclid(DAY * 1_000_000);
    Timestamp::from_microseconds(midnight).plus_seconds(-i64::from(days) * DAY)
}
