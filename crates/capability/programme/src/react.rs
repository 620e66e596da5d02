//! What the programme does when something happens elsewhere: it measures its indicators anew.

use serde::Deserialize;
use shinayaka_kernel::{
    Error, Label, Principal, Result,
    access::{FilterValue, Keep, Kernel, ListRequest, Reader},
    capability::Reaction,
    event::Job,
    object::Stored,
};
use shinayaka_model::indicator::{Grade, Indicator, Method, Reading};

use crate::service::{
    day,
    evaluation::Evaluator,
    indicators::{READINGS_SHOWN, definitions},
};

/// The job that measures.
pub const MEASURE_INDICATORS: &str = "programme.measure_indicators";

/// Events that move an indicator. The part before the dot names what changed.
pub const REACTIONS: &[Reaction] = &[
    Reaction { event: "incident.recorded", job: MEASURE_INDICATORS },
    Reaction { event: "organisation.saved", job: MEASURE_INDICATORS },
    Reaction { event: "contact.saved", job: MEASURE_INDICATORS },
    Reaction { event: "drill.closed", job: MEASURE_INDICATORS },
    Reaction { event: "measure.changed", job: MEASURE_INDICATORS },
    Reaction { event: "council.proposed", job: MEASURE_INDICATORS },
    Reaction { event: "council.answered", job: MEASURE_INDICATORS },
    Reaction { event: "council.published", job: MEASURE_INDICATORS },
];

#[derive(Deserialize)]
struct Payload {
    event: String,
}

/// Measures the indicators whose queries read what the event changed, and keeps those whose value moved. One reading
/// an indicator and day: measuring again on the day makes a new version of it, and nothing when nothing moved, so
/// the job can run any number of times. Values are those that every member may see.
///
/// # Errors
/// When the store does not answer, or another worker holds the job.
pub async fn measure_indicators(kernel: &Kernel, job: &Job) -> Result<()> {
    let payload: Payload =
        serde_json::from_str(&job.payload).map_err(|error| Error::invalid("payload", error.to_string()))?;
    let changed = payload.event.split('.').next().unwrap_or_default();
    let node = Principal::node();
    let mut writer = kernel.writer(&node);
    let today = day(writer.at())?;
    let reader = writer.reader();
    let mut evaluator = Evaluator::new(reader, today);
    for indicator in definitions(reader).await? {
        let Method::Query { query } = &indicator.record.method else { continue };
        // Kinds of the council begin with its name: council_cycle, council_proposal.
        if !query.kinds().iter().any(|kind| kind.starts_with(changed)) {
            continue;
        }
        let evaluation = evaluator.evaluate(query).await?;
        let Some(value) = evaluation.value else { continue };
        let last = last_measured(reader, &indicator).await?;
        if last.as_ref().is_some_and(|last| last.record.value == value && last.record.n == evaluation.n) {
            continue;
        }
        let reading = Reading {
            indicator: indicator.id,
            subject: indicator.record.subject.clone(),
            at: writer.at(),
            value,
            n: evaluation.n,
            interval: evaluation.interval,
            grade: Grade::Measured,
            source: query.to_string(),
            expires: None,
        };
        let id = Reading::id_of_day(indicator.id, today);
        match last.filter(|last| last.id == id) {
            Some(of_today) => {
                let synthetic = of_today.synthetic || evaluation.synthetic;
                writer.update_as(&of_today, &reading, None, synthetic).await?;
            }
            None => {
                let keep = Keep { label: Label::members(), owner: None, synthetic: evaluation.synthetic };
                writer.create_with_id(id, &reading, &keep).await?;
            }
        }
    }
    writer.complete(job.ticket);
    writer.commit().await?;
    Ok(())
}

async fn last_measured(reader: Reader<'_>, indicator: &Stored<Indicator>) -> Result<Option<Stored<Reading>>> {
    let request = ListRequest {
        filters: vec![("indicator", FilterValue::Text(indicator.id.to_string()))],
        sort: Some(("at", true)),
        after: None,
        limit: Some(READINGS_SHOWN),
    };
    let newest = reader.list::<Reading>(&request).await?.items;
    Ok(newest.into_iter().find(|reading| reading.record.grade == Grade::Measured))
}
