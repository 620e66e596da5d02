//! Quantitative loss models for one year: how often x how much, under terms, layers and shared causes.
//!
//! Two engines answer the same question and must agree: [`exact`] (the whole distribution by Fourier transform, every
//! figure with a proven interval) and [`simulate`] (Monte Carlo with counter-based streams). [`report`] runs both and gives
//! the verdict. Estimation, decisions, leak damages and back-tests are in [`fit`], [`plan`], [`leak`] and [`backtest`].
//! The published method is `docs/methods/loss.md`.

pub mod backtest;
pub mod band;
pub mod book;
pub mod contribution;
mod currency;
pub mod curve;
mod error;
pub mod exact;
pub mod figures;
pub mod fit;
pub mod frequency;
pub mod layer;
pub mod leak;
pub mod loading;
mod minimise;
pub mod model;
pub mod payment;
pub mod philox;
pub mod plan;
pub mod plot;
mod portfolio;
mod read;
pub mod report;
pub mod sensitivity;
pub mod severity;
pub mod simulate;
pub mod special;
pub mod tail;
pub mod tower;
mod tree;

pub use error::{Fault, LossError};
pub use portfolio::{MOST_ROWS, read_portfolio};
pub use read::{check, parse_model, read_model};
pub use tree::{Format, LARGEST_TEXT};
