//! What the constituency does by itself: it closes drills when their time is over.

use serde::Deserialize;
use shinayaka_kernel::{Error, Kernel, ObjectId, Result, event::Job};

use crate::service::{drill_close, drills::CLOSE_DRILL};

#[derive(Deserialize)]
struct Payload {
    drill: ObjectId,
}

/// Does a job of this capability.
///
/// # Errors
/// When the store does not answer, or another worker holds the job.
pub async fn run(kernel: &Kernel, job: &Job) -> Result<()> {
    if job.name != CLOSE_DRILL {
        return Err(Error::invalid("job", format!("{} is not known here", job.name)));
    }
    let payload: Payload =
        serde_json::from_str(&job.payload).map_err(|error| Error::invalid("payload", error.to_string()))?;
    drill_close::close(kernel, payload.drill, Some(job.ticket)).await
}
