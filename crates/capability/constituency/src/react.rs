//! What the constituency does by itself: it closes drills when their time is over, and learns from warnings that are over
//! which contacts work.

use serde::Deserialize;
use shinayaka_kernel::{Error, Kernel, ObjectId, Result, capability::Reaction, event::Job};

use crate::service::{drill_close, drills::CLOSE_DRILL};

/// The job that learns from a warning.
const LEARN: &str = "constituency.learn";

/// Events that are followed.
pub const REACTIONS: &[Reaction] = &[Reaction { event: "warning.cancelled", job: LEARN }];

#[derive(Deserialize)]
struct Closing {
    drill: ObjectId,
}

#[derive(Deserialize)]
struct Followed {
    object: Option<ObjectId>,
}

fn payload<'a, T: Deserialize<'a>>(job: &'a Job) -> Result<T> {
    serde_json::from_str(&job.payload).map_err(|error| Error::invalid("payload", error.to_string()))
}

/// Does a job of this capability.
///
/// # Errors
/// When the store does not answer, or another worker holds the job.
pub async fn run(kernel: &Kernel, job: &Job) -> Result<()> {
    match job.name.as_str() {
        CLOSE_DRILL => drill_close::close(kernel, payload::<Closing>(job)?.drill, Some(job.ticket)).await,
        LEARN => {
            let warning = payload::<Followed>(job)?.object;
            let warning = warning.ok_or_else(|| Error::invalid("payload", "names no warning"))?;
            drill_close::learn_from_warning(kernel, warning, job.ticket).await
        }
        other => Err(Error::invalid("job", format!("{other} is not known here"))),
    }
}
