//! Quantitative loss models for one year: how often x how much, under terms, layers and shared causes.
//!
//! Two engines answer the same question and must agree: [`exact`] (the whole distribution by Fourier transform, every
//! figure with a proven interval) and [`simulate`] (Monte Carlo with counter-based streams). [`report`] runs both and gives
//! the verdict. Estimation, decisions, leak damages and back-tests are in [`fit`], [`plan`], [`leak`] and [`backtest`].
//! The published method is `docs/methods/loss.md`.

pub mod book;
pub mod contribution;
mod currency;
mod error;
pub mod exact;
pub mod figures;
pub mod frequency;
pub mod layer;
pub mod loading;
pub mod model;
pub mod payment;
pub mod philox;
mod portfolio;
mod read;
pub mod report;
pub mod severity;
pub mod simulate;
pub mod special;
pub mod tail;
mod tree;

pub use error::{Fault, LossError};
pub use portfolio::{MOST_ROWS, read_portfolio};
pub use read::{check, parse_model, read_model};
pub use tree::{Format, LARGEST_TEXT};
