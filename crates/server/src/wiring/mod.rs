//! Questions that one capability asks and another answers. The asker owns the trait; here stands who answers it.

#[cfg(feature = "capability-constituency")]
mod drill;

#[cfg(feature = "capability-constituency")]
pub(crate) use drill::dispatch;
