//! Damages for leaked personal data: the JO model of the Japan Network Security Association as a ceiling (it assumes that
//! every victim claims), and what a claim-rate distribution makes of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::LossError;
use crate::severity::Law;
use crate::special::{beta_lower, ln_gamma, solve_decreasing};

/// Basic value of a person's information in yen.
pub const BASIC_VALUE: f64 = 500.0;

/// A kind of leaked item on the EP map: mental distress x and economic loss y, 1 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// Mental distress level x.
    pub mental: u8,
    /// Economic loss level y.
    pub economic: u8,
}

/// How easily the person is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Identifiability {
    /// Name and address: 6.
    NameAndAddress,
    /// Name, or address with telephone: 3.
    NameOrAddressWithPhone,
    /// Anything else: 1.
    Other,
}

/// The facts of a leak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leak {
    /// Victims.
    pub persons: u64,
    /// Leaked items by name (see [`ITEMS`]).
    pub items: Vec<String>,
    /// Whether society expects more of the holder (medical, finance, telecom, public body, large well-known firm): 2.
    pub high_responsibility: bool,
    /// Whether the response was inappropriate: 2.
    pub inappropriate_response: bool,
}

/// Names of items, as on the published map; x is mental distress, y economic loss.
pub const ITEMS: [(&str, Sensitivity); 28] = [
    ("name", at(1, 1)),
    ("address", at(1, 1)),
    ("birth_date", at(1, 1)),
    ("sex", at(1, 1)),
    ("telephone", at(1, 1)),
    ("email", at(1, 1)),
    ("passport_number", at(1, 2)),
    ("purchase_history", at(1, 2)),
    ("isp_account", at(1, 2)),
    ("account_number_and_pin", at(1, 3)),
    ("card_number_and_expiry", at(1, 3)),
    ("health_check", at(2, 1)),
    ("medical_history", at(2, 1)),
    ("surgical_history", at(2, 1)),
    ("body_size", at(2, 1)),
    ("hobbies", at(2, 1)),
    ("grades", at(2, 1)),
    ("income", at(2, 2)),
    ("assets", at(2, 2)),
    ("debts", at(2, 2)),
    ("political_party", at(3, 1)),
    ("creed", at(3, 1)),
    ("religion", at(3, 1)),
    ("medical_chart", at(3, 1)),
    ("criminal_record", at(3, 3)),
    ("credit_blacklist", at(3, 3)),
    ("other_general", at(1, 1)),
    ("card_number", at(1, 2)),
];

const fn at(mental: u8, economic: u8) -> Sensitivity {
    Sensitivity { mental, economic }
}

impl Sensitivity {
    /// 10^(x - 1) + 5^(y - 1).
    pub fn value(self) -> f64 {
        10f64.powi(i32::from(self.mental) - 1) + 5f64.powi(i32::from(self.economic) - 1)
    }
}

impl Identifiability {
    /// The factor of the formula.
    pub fn factor(self) -> f64 {
        match self {
            Self::NameAndAddress => 6.0,
            Self::NameOrAddressWithPhone => 3.0,
            Self::Other => 1.0,
        }
    }
}

/// The damages of a leak.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Damages {
    /// What this is.
    pub statement: String,
    /// Largest x and y over the items.
    pub sensitivity: Sensitivity,
    /// From the items.
    pub identifiability: Identifiability,
    /// Yen for each person who claims.
    pub per_person: f64,
    /// Yen if every victim claims.
    pub ceiling: f64,
    /// With a claim rate.
    pub claims: Option<Claims>,
}

/// Liability when only some claim: beta-binomial number of claims.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Claims {
    /// Mean claim rate.
    pub rate: f64,
    /// 95 % point of the claim rate.
    pub rate_high: f64,
    /// Parameters of the beta distribution of the claim rate.
    pub beta: [f64; 2],
    /// Expected yen.
    pub mean: f64,
    /// Standard deviation in yen.
    pub sd: f64,
    /// Probability that nobody claims.
    pub p_zero: f64,
    /// Yen not exceeded with 50, 90, 95 and 99 %.
    pub quantiles: [f64; 4],
}

/// Applies the formula: 500 x (10^(x-1) + 5^(y-1)) x identifiability x responsibility x response.
///
/// # Errors
/// [`LossError::Invalid`] for no items, an unknown one, or no persons.
pub fn damages(leak: &Leak) -> Result<Damages, LossError> {
    if leak.items.is_empty() {
        return Err(LossError::field("items", "names no leaked item"));
    }
    if leak.persons == 0 || leak.persons > 10_000_000_000 {
        return Err(LossError::field("persons", "must be 1 to 10,000,000,000"));
    }
    let mut sensitivity = at(1, 1);
    for item in &leak.items {
        let Some((_, found)) = ITEMS.iter().find(|(name, _)| name == item) else {
            let known: Vec<_> = ITEMS.iter().map(|item| item.0).collect();
            return Err(LossError::field(
                "items",
                format!("unknown item {item:?}; known: {}", known.join(", ")),
            ));
        };
        sensitivity.mental = sensitivity.mental.max(found.mental);
        sensitivity.economic = sensitivity.economic.max(found.economic);
    }
    let has = |name: &str| leak.items.iter().any(|item| item == name);
    let identifiability = if has("name") && has("address") {
        Identifiability::NameAndAddress
    } else if has("name") || (has("address") && has("telephone")) {
        Identifiability::NameOrAddressWithPhone
    } else {
        Identifiability::Other
    };
    let double = |yes: bool| if yes { 2.0 } else { 1.0 };
    let per_person = BASIC_VALUE
        * sensitivity.value()
        * identifiability.factor()
        * double(leak.high_responsibility)
        * double(leak.inappropriate_response);
    Ok(Damages {
        statement: "JO model: a ceiling, for it assumes that every victim claims".to_owned(),
        sensitivity,
        identifiability,
        per_person,
        ceiling: per_person * leak.persons as f64,
        claims: None,
    })
}

/// Adds the liability under a claim rate with this mean and 95 % point.
///
/// # Errors
/// [`LossError::Invalid`] unless 0 < rate < high < 1 and a beta distribution has these two.
pub fn with_claim_rate(damages: &mut Damages, persons: u64, rate: f64, high: f64) -> Result<(), LossError> {
    if !(rate > 0.0 && rate < high && high < 1.0) {
        return Err(LossError::field("claim_rate", format!("0 < {rate} < {high} < 1 does not hold")));
    }
    // With the mean fixed, the 95 % point falls towards the mean as the sum of the parameters grows.
    let above = |sum: f64| 1.0 - beta_lower(rate * sum, (1.0 - rate) * sum, high);
    let (wide, narrow) = (0.05 / rate, 1e9 / rate);
    if above(wide) < 0.05 || above(narrow) > 0.05 {
        let reason = format!("no beta distribution with mean {rate} has its 95 % point at {high}");
        return Err(LossError::field("claim_rate", reason));
    }
    // The probability above `high` first grows and then falls with the sum; the solution wanted is on the falling side.
    let sum = solve_decreasing(0.05, most_likely(&above, wide, narrow), narrow, above);
    let (a, b) = (rate * sum, (1.0 - rate) * sum);
    let n = persons as f64;
    let variance = n * rate * (1.0 - rate) * (sum + n) / (sum + 1.0);
    let p_zero = (ln_gamma(b + n) - ln_gamma(b) - ln_gamma(sum + n) + ln_gamma(sum)).exp();
    let quantile = |level: f64| damages.per_person * count_quantile(a, b, n, level);
    let claims = Claims {
        rate,
        rate_high: high,
        beta: [a, b],
        mean: damages.per_person * n * rate,
        sd: damages.per_person * variance.sqrt(),
        p_zero,
        quantiles: [0.5, 0.9, 0.95, 0.99].map(quantile),
    };
    damages.claims = Some(claims);
    Ok(())
}

/// The argument with the largest value on a geometric ladder.
fn most_likely(value: &impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let steps = 200;
    let ladder = (0..=steps).map(|step| low * (high / low).powf(f64::from(step) / f64::from(steps)));
    ladder.max_by(|left, right| value(*left).total_cmp(&value(*right))).unwrap_or(low)
}

/// The smallest count k with P(N <= k) >= level, N beta-binomial: P(N > k) is averaged over 400 equally likely rates.
fn count_quantile(a: f64, b: f64, n: f64, level: f64) -> f64 {
    const RATES: usize = 400;
    let rates: Vec<f64> = (0..RATES)
        .map(|index| {
            let upper = 1.0 - (index as f64 + 0.5) / RATES as f64;
            solve_decreasing(upper, 0.0, 1.0, |p| 1.0 - beta_lower(a, b, p))
        })
        .collect();
    let above = |k: f64| rates.iter().map(|p| beta_lower(k + 1.0, n - k, *p)).sum::<f64>() / RATES as f64;
    let (mut low, mut high) = (-1.0, n);
    while high - low > 1.0 {
        let middle = ((low + high) / 2.0).floor();
        if above(middle) <= 1.0 - level { high = middle } else { low = middle }
    }
    high
}

/// Jacobs 2014 (after the Ponemon surveys): ln(cost in USD) = 7.68 + 0.76 ln(records).
pub fn cost_of_records(records: f64) -> f64 {
    (7.68 + 0.76 * records.ln()).exp()
}

/// Romanosky 2016 and Jacobs are regressions of publicised cases; a severity for a number of records with this spread.
pub fn severity_of_records(records: f64, sigma: f64) -> Law {
    Law::Lognormal { mu: cost_of_records(records).ln(), sigma }
}
