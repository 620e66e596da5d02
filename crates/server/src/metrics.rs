//! Numbers for Prometheus. Read by operators only: counts of a node can tell what its records would not.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use shinayaka_kernel::{Error, Result};

use crate::node::Node;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    /// The pattern, not the path: paths are without end.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: String,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    name: String,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RowLabels {
    of: &'static str,
}

type Latency = Family<RouteLabels, Histogram, fn() -> Histogram>;

pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Latency,
    jobs: Family<JobLabels, Counter>,
    rows: Family<RowLabels, Gauge<i64, std::sync::atomic::AtomicI64>>,
    sequencer_failures: Counter<u64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("shinayaka");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        // 1 ms to 33 s.
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 16));
        let latency = Latency::new_with_constructor(histogram);
        let text = "Time from the whole head of a request to the head of its answer";
        registry.register_with_unit("http_request_duration", text, Unit::Seconds, latency.clone());
        let jobs = Family::default();
        registry.register("jobs", "Jobs worked on by this process", jobs.clone());
        let rows = Family::default();
        registry.register("rows", "Rows of the store", rows.clone());
        let sequencer_failures = Counter::default();
        let text = "Times that the journal could not be put in order";
        registry.register("sequencer_failures", text, sequencer_failures.clone());
        Self { registry, requests, latency, jobs, rows, sequencer_failures }
    }
}

impl Metrics {
    pub fn count_request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        let labels = RouteLabels { method: method.clone(), route: route.clone() };
        self.latency.get_or_create(&labels).observe(took.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    pub fn count_job(&self, name: &str, result: &'static str) {
        self.jobs.get_or_create(&JobLabels { name: name.to_owned(), result }).inc();
    }

    pub fn count_sequencer_failure(&self) {
        self.sequencer_failures.inc();
    }
}

impl Node {
    /// The metrics in OpenMetrics text.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn metrics_text(&self) -> Result<String> {
        let census = self.store.census().await?;
        for (of, count) in [
            ("objects", census.objects),
            ("versions", census.versions),
            ("journal", census.journal),
            ("jobs_ready", census.jobs_ready),
            ("jobs_dead", census.jobs_dead),
        ] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.metrics.rows.get_or_create(&RowLabels { of }).set(count);
        }
        let mut text = String::new();
        encode(&mut text, &self.metrics.registry).map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(text)
    }
}
