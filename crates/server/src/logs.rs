//! Structured logs on standard error.

use shinayaka_kernel::{Error, Result};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::configuration::{LogFormat, LogSection};

/// Starts writing logs; called once, by the binary.
///
/// # Errors
/// [`Error::Invalid`] for a filter that cannot be read or when logs were started before.
pub fn start(section: &LogSection) -> Result<()> {
    let filter: Targets =
        section.filter.parse().map_err(|error| Error::invalid("log.filter", format!("{error}")))?;
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = match section.format {
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
        LogFormat::Text => layer.with_ansi(false).boxed(),
    };
    let started = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    started.map_err(|error| Error::invalid("log", error.to_string()))
}
