//! `forecast detect`.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_forecast::detect::change_point::ChangePoint;
use shinayaka_forecast::detect::changefinder::ChangeFinder;
use shinayaka_forecast::detect::cusum::Cusum;
use shinayaka_forecast::detect::ears::{Method as Ears, ears, upper_bounds};
use shinayaka_forecast::detect::farrington::Farrington;

use super::load;
use crate::Outcome;

#[derive(Args)]
pub struct Arguments {
    /// CSV with a time and a value a line; it must have no gap
    series: PathBuf,
    /// Name of the column with the values, instead of the second one
    #[arg(long)]
    column: Option<String>,
    /// Which methods [default: ears]
    #[arg(long, value_delimiter = ',', value_enum, default_value = "ears")]
    method: Vec<Method>,
    /// farrington: steps of a season
    #[arg(long, default_value_t = 52)]
    season: usize,
    /// farrington: seasons looked back
    #[arg(long, default_value_t = 5)]
    back: usize,
    /// farrington: half width of the window
    #[arg(long, default_value_t = 3)]
    half_window: usize,
    /// farrington: levels of the season
    #[arg(long, default_value_t = 1)]
    periods: usize,
    /// farrington: error probability of the threshold
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// cusum: expected value; [default: mean of the first half]
    #[arg(long)]
    mean: Option<f64>,
    /// cusum: size of the negative binomial (variance = mean + mean²/size)
    #[arg(long, default_value_t = 5.0)]
    size: f64,
    /// cusum: rise that is looked for
    #[arg(long, default_value_t = 2.0)]
    factor: f64,
    /// cusum: alarm threshold
    #[arg(long, default_value_t = 5.0)]
    threshold: f64,
    /// Print every statistic, not the alarms alone (JSON)
    #[arg(long)]
    statistics: bool,
    /// Print the alarms as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// EARS C1, C2 and C3
    Ears,
    /// Farrington flexible
    Farrington,
    /// CUSUM of negative-binomial likelihood ratios
    Cusum,
    /// ChangeFinder; an alarm is a score above the mean of those before by four standard deviations
    Changefinder,
    /// Bayesian online change points; an alarm is a run that began in the last three steps with probability above ½
    Bocpd,
}

/// A step that was out of the ordinary.
#[derive(Serialize, JsonSchema)]
pub struct Alarm {
    /// Seconds since 1970-01-01 UTC.
    time: i64,
    value: f64,
    methods: Vec<&'static str>,
}

/// The statistic of one method at every step; absent while too little is known.
#[derive(Serialize, JsonSchema)]
pub struct Statistics {
    method: &'static str,
    /// Above which there is an alarm.
    threshold: f64,
    values: Vec<Option<f64>>,
    /// Upper bound of the value, for methods that have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upper: Vec<Option<f64>>,
}

fn statistics(arguments: &Arguments, method: Method, values: &[f64]) -> Vec<Statistics> {
    let one = |method, threshold, values| Statistics { method, threshold, values, upper: Vec::new() };
    match method {
        Method::Ears => {
            [("C1", 3.0, Ears::C1, 0.001), ("C2", 3.0, Ears::C2, 0.001), ("C3", 2.0, Ears::C3, 0.025)]
                .map(|(name, threshold, method, alpha)| Statistics {
                    upper: upper_bounds(values, method, alpha),
                    ..one(name, threshold, ears(values, method))
                })
                .into()
        }
        Method::Farrington => {
            let method = Farrington {
                season: arguments.season,
                back: arguments.back,
                half_window: arguments.half_window,
                left_out: arguments.half_window,
                periods: arguments.periods.max(1),
                alpha: arguments.alpha,
                ..Farrington::default()
            };
            let judged: Vec<_> = (0..values.len()).map(|at| method.judge(values, at)).collect();
            let scores = judged.iter().map(|found| found.map(|found| found.score)).collect();
            let upper = judged.iter().map(|found| found.map(|found| found.upper)).collect();
            vec![Statistics { upper, ..one("farrington", 1.0, scores) }]
        }
        Method::Cusum => {
            let half = &values[..values.len().div_ceil(2)];
            let mean = arguments.mean.unwrap_or_else(|| half.iter().sum::<f64>() / half.len() as f64);
            let mut chart = Cusum::new(arguments.size, arguments.factor, arguments.threshold);
            let step = |value: &f64| {
                chart.update(*value, mean);
                Some(chart.reached())
            };
            vec![one("cusum", arguments.threshold, values.iter().map(step).collect())]
        }
        Method::Changefinder => {
            let mut finder = ChangeFinder::new(0.02, 1, 7);
            let scores: Vec<f64> = values.iter().map(|value| finder.update(*value)).collect();
            vec![one("changefinder", 4.0, standardised(&scores))]
        }
        Method::Bocpd => {
            let mut points = ChangePoint::vague(0.01, &values[..values.len().min(30)]);
            let recent = values.iter().enumerate().map(|(at, value)| {
                let probability = points.update(*value, 3);
                (at > 7).then_some(probability)
            });
            vec![one("bocpd", 0.5, recent.collect())]
        }
    }
}

/// Distance of each score from the mean of those before, in standard deviations.
fn standardised(scores: &[f64]) -> Vec<Option<f64>> {
    let (mut n, mut mean, mut squares) = (0.0f64, 0.0f64, 0.0f64);
    scores
        .iter()
        .map(|score| {
            let deviation = (squares / (n - 1.0f64).max(1.0)).sqrt();
            let found = (n >= 20.0 && deviation > 0.0).then(|| (score - mean) / deviation);
            if *score != 0.0 {
                n += 1.0;
                let before = score - mean;
                mean += before / n;
                squares += before * (score - mean);
            }
            found
        })
        .collect()
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let series = load(&arguments.series, arguments.column.as_deref())?;
    let Some(values) = series.values.iter().copied().collect::<Option<Vec<f64>>>() else {
        bail!(
            "{}: the series has gaps, which these methods cannot tell from calm",
            arguments.series.display()
        );
    };
    if !(arguments.alpha > 0.0 && arguments.alpha < 0.5 && arguments.size > 0.0 && arguments.factor > 1.0) {
        bail!("--alpha lies between 0 and 0.5, --size is above 0, --factor above 1");
    }
    let found: Vec<Statistics> =
        arguments.method.iter().flat_map(|method| statistics(arguments, *method, &values)).collect();
    let alarms: Vec<Alarm> = (0..values.len())
        .filter_map(|at| {
            let above = |found: &Statistics| {
                found.values[at].is_some_and(|statistic| statistic > found.threshold).then_some(found.method)
            };
            let methods: Vec<&str> = found.iter().filter_map(above).collect();
            let time = series.start + at as i64 * series.step;
            (!methods.is_empty()).then_some(Alarm { time, value: values[at], methods })
        })
        .collect();
    if arguments.statistics {
        println!("{}", serde_json::to_string(&found)?);
    } else if arguments.json {
        println!("{}", serde_json::to_string(&alarms)?);
    } else {
        for alarm in &alarms {
            println!("{} {} {}", alarm.time, alarm.value, alarm.methods.join(" "));
        }
    }
    Ok(if alarms.is_empty() { Outcome::Done } else { Outcome::Finding })
}
