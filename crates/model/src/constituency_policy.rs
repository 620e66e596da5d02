//! What a node has agreed on for its constituency. One record a node.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    object::{Field, FieldValues, Record},
};

/// The longest time that can be agreed on: ten years.
const MAXIMUM_DAYS: u16 = 3_660;

/// The policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstituencyPolicy {
    /// Days after which the verification of a contact no longer counts.
    #[schema(minimum = 1, maximum = 3660)]
    pub verification_days: u16,
}

impl Default for ConstituencyPolicy {
    fn default() -> Self {
        Self { verification_days: 90 }
    }
}

impl ConstituencyPolicy {
    /// The id of the policy of a node.
    pub fn id() -> ObjectId {
        ObjectId::named("constituency/policy")
    }
}

impl Record for ConstituencyPolicy {
    const KIND: &'static str = "constituency_policy";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[];

    fn validate(&self) -> Result<()> {
        if (1..=MAXIMUM_DAYS).contains(&self.verification_days) {
            return Ok(());
        }
        Err(Error::invalid("verification_days", format!("must be from 1 to {MAXIMUM_DAYS}")))
    }

    fn index(&self, _values: &mut FieldValues) {}

    fn title(&self) -> String {
        format!("{} d", self.verification_days)
    }

    fn texts(&self) -> Vec<&str> {
        Vec::new()
    }
}
