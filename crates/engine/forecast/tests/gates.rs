//! Backtests as regression gates on the series at hand, and laws that hold for every series.

use std::path::PathBuf;

use proptest::prelude::*;
use shinayaka_forecast::{BacktestOptions, Forecaster, HorizonScore, Series, backtest};

fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("SHINAYAKA_SHARED").map(PathBuf::from);
    let beside = || {
        let mut folders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        folders.find_map(|folder| Some(folder.join("../shared")).filter(|path| path.is_dir()))
    };
    let found = given.or_else(beside).map(|path| path.join("data")).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: no ../shared");
    }
    found
}

fn scores(text: &str, column: Option<&str>, horizons: &[usize], start: usize) -> Vec<HorizonScore> {
    let series = Series::from_csv(text, column).expect("a series");
    let options = BacktestOptions { horizons: horizons.to_vec(), start: Some(start), season: None };
    backtest(&series, &options).expect("scores")
}

/// The scores that the method page prints; a change that loses any of them by more than a point must say why.
fn assert_skill(name: &str, scores: &[HorizonScore], least: &[f64]) {
    for (score, least) in scores.iter().zip(least) {
        assert!(score.skill >= *least, "{name}: skill {} below {least}", score.skill);
    }
}

#[test]
fn darknet_sample() {
    let Some(data) = shared() else { return };
    let text = std::fs::read_to_string(data.join("dark-tracer/sensor999_count.csv")).expect("the sample");
    let hosts = scores(&text, Some("hostnum"), &[1, 6], 72);
    assert_eq!((hosts[0].n, hosts[1].n), (360, 355));
    // The reference itself is the one that the literature table was made with.
    assert!(
        (hosts[0].climatology_crps - 22.2).abs() < 0.1 && (hosts[1].climatology_crps - 117.4).abs() < 0.5
    );
    assert_skill("darknet hosts", &hosts, &[0.30, 0.40]);
    for score in &hosts {
        for (nominal, covered) in &score.coverage {
            let nominal: f64 = nominal.parse().expect("a number");
            assert!((covered - nominal).abs() < 0.03, "{nominal}: {covered}");
        }
    }
}

#[test]
fn vulnerabilities_published_per_day() {
    let Some(data) = shared() else { return };
    let text = std::fs::read_to_string(data.join("cve-counts-2026/daily.csv")).expect("the counts");
    let counts = scores(&text, None, &[1, 7], 56);
    assert_eq!((counts[0].n, counts[1].n), (64, 58));
    assert_skill("published per day", &counts, &[0.03, 0.0]);
}

#[test]
fn a_constant_series_is_forecast_without_error() {
    let text: String = (0..200u64).map(|n| format!("{},7\n", 1_600_000_000 + n * 86_400)).collect();
    let scores = scores(&text, None, &[1, 7], 100);
    assert!(scores.iter().all(|score| score.crps < 1e-9 && score.skill == 0.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What comes later cannot change a forecast.
    #[test]
    fn no_forecast_sees_the_future(
        past in proptest::collection::vec(0u32..200, 40..120),
        one in proptest::collection::vec(0u32..200, 1..20),
        other in proptest::collection::vec(0u32..5000, 1..20),
    ) {
        let issued = |future: &[u32]| {
            let mut forecaster = Forecaster::new(7, &[1, 7], 1);
            let mut early = Vec::new();
            for value in past.iter().chain(future) {
                forecaster.update(Some(f64::from(*value)), |matured| {
                    if matured.origin <= past.len() {
                        early.push((matured.horizon, matured.origin, matured.quantiles.to_vec()));
                    }
                });
            }
            early.retain(|(horizon, origin, _)| origin + if *horizon == 0 { 1 } else { 7 } <= past.len() + 1);
            early
        };
        prop_assert_eq!(issued(&one), issued(&other));
    }

    /// Quantiles never cross and counts are never negative, gaps and wild values included.
    #[test]
    fn quantiles_are_ordered(values in proptest::collection::vec(proptest::option::weighted(0.9, 0u32..1_000_000), 30..150)) {
        let mut forecaster = Forecaster::new(7, &[1, 7], 1);
        for value in &values {
            forecaster.update(value.map(f64::from), |_| {});
        }
        for index in 0..2 {
            if let Some(forecast) = forecaster.forecast(index) {
                prop_assert!(forecast.quantiles.is_sorted() && forecast.quantiles[0] >= 0.0);
                prop_assert!(forecast.quantiles.iter().all(|quantile| quantile.is_finite()));
                prop_assert!(forecast.intervals.iter().all(|interval| interval.lower <= interval.upper));
                let total: f64 = forecast.weights.iter().map(|(_, weight)| weight).sum();
                prop_assert!((total - 1.0).abs() < 1e-9);
            }
        }
    }
}
