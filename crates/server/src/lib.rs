//! Composition: HTTP, sign-in, static console, workers, metrics.
