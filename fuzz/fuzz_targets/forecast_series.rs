//! Any text as a series: no panic, and a backtest of what is a series ends in finite scores.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_forecast::{BacktestOptions, Series, backtest};

fuzz_target!(|text: &str| {
    if let Ok(series) = Series::from_csv(text, None)
        && series.values.len() < 500
    {
        let options = BacktestOptions { horizons: vec![1, 3], start: None, season: None };
        let _ = backtest(&series, &options);
    }
});
