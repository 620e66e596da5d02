//! Speeds and scores for `bench/forecast/race.py`, as JSON. Usage: `race filter|ensemble SERIES LENGTH`, or
//! `race crps < values` with a series a line, the last value the truth of which is forecast one season ahead.
//!
//! `filter`: gamma-Poisson filter over the whole series, then 9 quantiles at 3 horizons. `ensemble`: the whole ladder, pool and
//! intervals, weights learnt at every eighth step. Two threads.

use std::io::Read;
use std::time::Instant;

use shinayaka_forecast::distribution::{LEVELS, Quantiles, count_quantiles};
use shinayaka_forecast::model::discount_filter::DiscountFilter;
use shinayaka_forecast::model::{Model, Step};
use shinayaka_forecast::score::quantile_crps;
use shinayaka_forecast::{Forecaster, hub};

const HORIZONS: [usize; 3] = [1, 7, 28];
const EVERY: usize = 8;

fn values(seed: usize, length: usize) -> Vec<f64> {
    let mut state = seed as u64 + 1;
    (0..length)
        .map(|at| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 33) as f64 / f64::from(1u32 << 31);
            ((20.0 + 10.0 * (at as f64 / 24.0 * std::f64::consts::TAU).sin()) * (0.5 + noise)).round()
        })
        .collect()
}

/// State of many series is kept, as a service keeps it: a forecast is one step of the filter and the quantiles.
fn filter(values: &[f64]) -> f64 {
    let (mut a, mut b, mut errors, mut means) = (0.0, 0.0, 0.0, 0.0);
    for value in values {
        if b > 0.0 {
            let mean: f64 = a / b;
            let error = value - mean;
            errors = 0.995 * errors + error * error - mean;
            means = 0.995 * means + mean * mean;
        }
        (a, b) = (0.97 * a + value, 0.97 * b + 1.0);
    }
    let excess = (errors / f64::max(means, 1e-9)).max(0.0);
    let mut sum = 0.0;
    for horizon in HORIZONS {
        let mean = horizon as f64 * a / b;
        let variance = mean + excess * mean * mean + mean * mean / a.max(1.0);
        let mut out = [0.0; 9];
        count_quantiles(mean, variance, &hub::LEVELS, &mut out);
        sum += out[4];
    }
    sum
}

fn ensemble(values: &[f64]) -> f64 {
    let mut forecaster = Forecaster::new(24, &HORIZONS, EVERY);
    for value in values {
        forecaster.update(Some(*value), |_| {});
    }
    (0..HORIZONS.len()).filter_map(|index| forecaster.forecast(index)).map(|found| found.quantiles[49]).sum()
}

fn timed(series: usize, length: usize, work: fn(&[f64]) -> f64) -> f64 {
    let all: Vec<Vec<f64>> = (0..series).map(|seed| values(seed, length)).collect();
    let begun = Instant::now();
    let halves = all.split_at(series / 2);
    let sum: f64 = std::thread::scope(|scope| {
        let run = |half: &[Vec<f64>]| half.iter().map(|values| work(values)).sum::<f64>();
        let other = scope.spawn(move || run(halves.1));
        run(halves.0) + other.join().expect("the worker does not panic")
    });
    assert!(sum.is_finite());
    begun.elapsed().as_secs_f64()
}

/// Mean CRPS of the sum of the last `ahead` values of each line, by pool and by filter, and its share of coverage at 90 %.
fn crps(text: &str, ahead: usize, season: usize) -> (f64, f64, f64, usize) {
    let (mut pool, mut alone, mut inside, mut n) = (0.0, 0.0, 0.0, 0);
    for line in text.lines() {
        let values: Vec<f64> = line.split(',').filter_map(|field| field.trim().parse().ok()).collect();
        let Some(known) = values.len().checked_sub(ahead) else { continue };
        let truth: f64 = values[known..].iter().sum();
        let mut forecaster = Forecaster::new(season, &[ahead], 1);
        let mut filter = DiscountFilter::new(season, &[ahead]);
        for (at, value) in values[..known].iter().enumerate() {
            forecaster.update(Some(*value), |_| {});
            let sum = (at + 1 >= ahead).then(|| values[at + 1 - ahead..=at].iter().sum());
            filter.update(&Step { value: Some(*value), sums: &[sum] });
        }
        let Some(found) = forecaster.forecast(0) else { continue };
        let quantiles: Quantiles = found.quantiles.clone().try_into().expect("99 quantiles");
        let mut own = [0.0; LEVELS];
        filter.quantiles(0, &mut own);
        pool += quantile_crps(&quantiles, truth);
        alone += quantile_crps(&own, truth);
        inside += if found.intervals[1].contains(truth) { 1.0 } else { 0.0 };
        n += 1;
    }
    let count = f64::from(n.max(1));
    (pool / count, alone / count, inside / count, n as usize)
}

fn main() {
    let argument = |place: usize| std::env::args().nth(place).unwrap_or_default();
    let number = |place: usize| argument(place).parse::<usize>().unwrap_or(1);
    match argument(1).as_str() {
        "crps" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).expect("standard input is read");
            let (pool, filter, inside, n) = crps(&text, number(2), number(3));
            println!("{{\"n\":{n},\"pool\":{pool},\"filter\":{filter},\"coverage90\":{inside}}}");
        }
        kind => {
            let (series, length) = (number(2), number(3));
            let seconds = timed(series, length, if kind == "filter" { filter } else { ensemble });
            println!(
                "{{\"series\":{series},\"seconds\":{seconds},\"per_second\":{}}}",
                series as f64 / seconds
            );
        }
    }
}
