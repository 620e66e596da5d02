//! From series of counts to calibrated probabilities, their scores, and a warning level.
//!
//! Every forecast is of the **sum of the next *h* values** of a series and is a set of quantiles. [`forecaster::Forecaster`]
//! holds the ladder of models, a pool weighted by past score, and adaptive conformal intervals; it is fed one value at a time
//! and never sees the future. [`backtest::backtest`] replays a series through it and scores it against climatology.
//! Nothing here reads a clock or a file.

pub mod backtest;
pub mod base_rate;
pub mod conformal;
pub mod detect;
pub mod distribution;
pub mod epidemic;
pub mod fan;
pub mod forecaster;
pub mod growth;
pub mod hierarchy;
pub mod hub;
pub mod level;
pub mod log;
pub mod model;
pub mod nowcast;
pub mod plot;
pub mod pool;
pub mod regression;
pub mod score;
pub mod series;
pub mod verify;

pub use backtest::{BacktestOptions, HorizonScore, backtest};
pub use forecaster::{Forecast, Forecaster};
pub use series::{Series, SeriesError};
