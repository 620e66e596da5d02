//! Scores of cases from standard input, one a line, for `bench/forecast/parity.py`: name, outcome, parameters.

use std::io::Read;

use shinayaka_forecast::score;
use shinayaka_forecast::verify::{Stated, brier};

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("standard input is read");
    for line in text.lines() {
        let mut fields = line.split_whitespace();
        let name = fields.next().unwrap_or_default();
        let numbers: Vec<f64> = fields.map(|field| field.parse().expect("a number")).collect();
        let (y, rest) = (numbers[0], &numbers[1..]);
        let value = match name {
            "crps_negative_binomial" => score::crps_negative_binomial(y, rest[0], rest[1]),
            "log_negative_binomial" => score::log_score_negative_binomial(y, rest[0], rest[1]),
            "crps_poisson" => score::crps_poisson(y, rest[0]),
            "crps_normal" => score::crps_normal(y, rest[0], rest[1]),
            "log_normal" => score::log_score_normal(y, rest[0], rest[1]),
            "crps_sample" => score::crps_sample(y, rest),
            "crps_quantile" => score::crps_quantile(y, &rest[..rest.len() / 2], &rest[rest.len() / 2..]),
            "brier" => brier(&[Stated { probability: rest[0], occurred: y == 1.0 }]).brier,
            other => panic!("no score \"{other}\""),
        };
        println!("{value:e}");
    }
}
