//! Distributions of the number of events: generating functions, thinning, the (a, b) classes, tables for sampling.

use rustfft::num_complex::Complex64;

use crate::model::Frequency;
use crate::special::ln_gamma;

/// Distribution of a count.
#[derive(Debug, Clone, PartialEq)]
pub enum Count {
    /// Poisson.
    Poisson { rate: f64 },
    /// Mean and size r.
    NegativeBinomial { mean: f64, size: f64 },
    /// Poisson with extra zeros.
    ZeroInflated { rate: f64, zero: f64 },
    /// Binomial.
    Binomial { trials: f64, probability: f64 },
    /// P(N = n).
    Table(Vec<f64>),
    /// Probability of zero replaced.
    ZeroModified { p_zero: f64, base: Box<Count> },
    /// Sum of `primary` many independent `secondary`.
    Compound { primary: Box<Count>, secondary: Box<Count> },
}

/// p(n) = (a + b / n) p(n - 1) from n = 2 on; `p_zero` and `p_one` are free.
#[derive(Debug, Clone, Copy)]
pub struct Recursion {
    /// Coefficient a.
    pub a: f64,
    /// Coefficient b.
    pub b: f64,
    /// P(N = 0).
    pub p_zero: f64,
    /// P(N = 1).
    pub p_one: f64,
}

impl Count {
    /// The numbers of a model's frequency.
    pub fn of(frequency: &Frequency) -> Self {
        match frequency {
            Frequency::Poisson { rate } => Self::Poisson { rate: rate.value },
            Frequency::NegativeBinomial { mean, size } => {
                Self::NegativeBinomial { mean: mean.value, size: size.value }
            }
            Frequency::ZeroInflatedPoisson { rate, zero } => {
                Self::ZeroInflated { rate: rate.value, zero: zero.value }
            }
            Frequency::Binomial { trials, probability } => {
                Self::Binomial { trials: trials.value, probability: probability.value }
            }
            Frequency::Table { probabilities } => Self::Table(probabilities.clone()),
            Frequency::ZeroModified { p_zero, base } => {
                Self::ZeroModified { p_zero: p_zero.value, base: Box::new(Self::of(base)) }
            }
            Frequency::Compound { primary, secondary } => Self::Compound {
                primary: Box::new(Self::of(primary)),
                secondary: Box::new(Self::of(secondary)),
            },
        }
    }

    /// E[N].
    pub fn mean(&self) -> f64 {
        match self {
            Self::Poisson { rate } => *rate,
            Self::NegativeBinomial { mean, .. } => *mean,
            Self::ZeroInflated { rate, zero } => (1.0 - zero) * rate,
            Self::Binomial { trials, probability } => trials * probability,
            Self::Table(table) => table.iter().zip(0u32..).map(|(p, n)| p * f64::from(n)).sum(),
            Self::ZeroModified { p_zero, base } => (1.0 - p_zero) / (1.0 - base.p_zero()) * base.mean(),
            Self::Compound { primary, secondary } => primary.mean() * secondary.mean(),
        }
    }

    /// Var[N].
    pub fn variance(&self) -> f64 {
        match self {
            Self::Poisson { rate } => *rate,
            Self::NegativeBinomial { mean, size } => mean + mean * mean / size,
            Self::ZeroInflated { rate, zero } => (1.0 - zero) * rate * (1.0 + zero * rate),
            Self::Binomial { trials, probability } => trials * probability * (1.0 - probability),
            Self::Table(table) => {
                let mean = self.mean();
                table.iter().zip(0u32..).map(|(p, n)| p * (f64::from(n) - mean).powi(2)).sum()
            }
            Self::ZeroModified { p_zero, base } => {
                let part = (1.0 - p_zero) / (1.0 - base.p_zero());
                let mean = base.mean();
                part * (base.variance() + mean * mean) - (part * mean).powi(2)
            }
            Self::Compound { primary, secondary } => {
                primary.mean() * secondary.variance() + primary.variance() * secondary.mean().powi(2)
            }
        }
    }

    /// E[(N - E[N])^3].
    pub fn third_central(&self) -> f64 {
        // Of a distribution that is `part` of another one and 0 for the rest.
        let mixed = |part: f64, mean: f64, variance: f64, third: f64| {
            let second = part * (variance + mean * mean);
            let cube = part * (third + 3.0 * mean * variance + mean.powi(3));
            let mean = part * mean;
            cube - 3.0 * mean * second + 2.0 * mean.powi(3)
        };
        match self {
            Self::Poisson { rate } => *rate,
            Self::NegativeBinomial { mean, size } => mean * (1.0 + mean / size) * (1.0 + 2.0 * mean / size),
            Self::ZeroInflated { rate, zero } => mixed(1.0 - zero, *rate, *rate, *rate),
            Self::Binomial { trials, probability: p } => trials * p * (1.0 - p) * (1.0 - 2.0 * p),
            Self::Table(table) => {
                let mean = self.mean();
                table.iter().zip(0u32..).map(|(p, n)| p * (f64::from(n) - mean).powi(3)).sum()
            }
            Self::ZeroModified { p_zero, base } => {
                let part = (1.0 - p_zero) / (1.0 - base.p_zero());
                mixed(part, base.mean(), base.variance(), base.third_central())
            }
            Self::Compound { primary, secondary } => {
                let mean = secondary.mean();
                primary.mean() * secondary.third_central()
                    + 3.0 * primary.variance() * mean * secondary.variance()
                    + primary.third_central() * mean.powi(3)
            }
        }
    }

    /// P(N = 0).
    pub fn p_zero(&self) -> f64 {
        self.generate(Complex64::new(0.0, 0.0)).re
    }

    /// Probability generating function E[z^N] for |z| <= 1.
    pub fn generate(&self, z: Complex64) -> Complex64 {
        match self {
            Self::Poisson { rate } => ((z - 1.0) * *rate).exp(),
            Self::NegativeBinomial { mean, size } => {
                ((Complex64::from(1.0) + (Complex64::from(1.0) - z) * (mean / size)).ln() * -*size).exp()
            }
            Self::ZeroInflated { rate, zero } => ((z - 1.0) * *rate).exp() * (1.0 - zero) + *zero,
            Self::Binomial { trials, probability } => ((z - 1.0) * *probability + 1.0).powf(*trials),
            Self::Table(table) => table.iter().rev().fold(Complex64::from(0.0), |sum, p| sum * z + *p),
            Self::ZeroModified { p_zero, base } => {
                let zero = base.p_zero();
                (base.generate(z) - zero) * ((1.0 - p_zero) / (1.0 - zero)) + *p_zero
            }
            Self::Compound { primary, secondary } => primary.generate(secondary.generate(z)),
        }
    }

    /// Derivative of the generating function, for allocation.
    pub fn generate_slope(&self, z: Complex64) -> Complex64 {
        match self {
            Self::Poisson { rate } => self.generate(z) * *rate,
            Self::NegativeBinomial { mean, size } => {
                let inner = Complex64::from(1.0) + (Complex64::from(1.0) - z) * (mean / size);
                self.generate(z) * *mean / inner
            }
            Self::ZeroInflated { rate, zero } => ((z - 1.0) * *rate).exp() * ((1.0 - zero) * rate),
            Self::Binomial { trials, probability } => {
                ((z - 1.0) * *probability + 1.0).powf(trials - 1.0) * (trials * probability)
            }
            Self::Table(table) => {
                let slopes = table.iter().enumerate().skip(1).rev();
                slopes.fold(Complex64::from(0.0), |sum, (n, p)| sum * z + p * n as f64)
            }
            Self::ZeroModified { p_zero, base } => {
                base.generate_slope(z) * ((1.0 - p_zero) / (1.0 - base.p_zero()))
            }
            Self::Compound { primary, secondary } => {
                primary.generate_slope(secondary.generate(z)) * secondary.generate_slope(z)
            }
        }
    }

    /// The number of events kept when each is kept independently with probability `keep`.
    #[must_use]
    pub fn thin(&self, keep: f64) -> Self {
        if keep >= 1.0 {
            return self.clone();
        }
        match self {
            Self::Poisson { rate } => Self::Poisson { rate: rate * keep },
            Self::NegativeBinomial { mean, size } => {
                Self::NegativeBinomial { mean: mean * keep, size: *size }
            }
            Self::ZeroInflated { rate, zero } => Self::ZeroInflated { rate: rate * keep, zero: *zero },
            Self::Binomial { trials, probability } => {
                Self::Binomial { trials: *trials, probability: probability * keep }
            }
            Self::Table(table) => Self::Table(thin_table(table, keep)),
            Self::ZeroModified { base, .. } => {
                let p_zero = self.generate(Complex64::from(1.0 - keep)).re.clamp(0.0, 1.0);
                if keep <= 0.0 {
                    return Self::Poisson { rate: 0.0 };
                }
                Self::ZeroModified { p_zero, base: Box::new(base.thin(keep)) }
            }
            Self::Compound { primary, secondary } => {
                Self::Compound { primary: primary.clone(), secondary: Box::new(secondary.thin(keep)) }
            }
        }
    }

    /// The recursion of the (a, b, 0) or (a, b, 1) class, where the distribution belongs to it.
    pub fn recursion(&self) -> Option<Recursion> {
        let p_zero = self.p_zero();
        match self {
            Self::Poisson { rate } => Some(Recursion { a: 0.0, b: *rate, p_zero, p_one: rate * p_zero }),
            Self::NegativeBinomial { mean, size } => {
                let a = mean / (mean + size);
                let b = (size - 1.0) * a;
                Some(Recursion { a, b, p_zero, p_one: (a + b) * p_zero })
            }
            Self::Binomial { trials, probability } if *probability < 1.0 => {
                let odds = probability / (1.0 - probability);
                let (a, b) = (-odds, (trials + 1.0) * odds);
                Some(Recursion { a, b, p_zero, p_one: (a + b) * p_zero })
            }
            Self::ZeroInflated { rate, zero } => {
                let p_one = (1.0 - zero) * rate * libm::exp(-rate);
                Some(Recursion { a: 0.0, b: *rate, p_zero, p_one })
            }
            Self::ZeroModified { p_zero, base } => {
                let inner = base.recursion()?;
                let part = (1.0 - p_zero) / (1.0 - inner.p_zero);
                Some(Recursion { p_zero: *p_zero, p_one: part * inner.p_one, ..inner })
            }
            _ => None,
        }
    }

    /// Cumulative probabilities for sampling by inversion.
    pub fn table(&self) -> CountTable {
        if let Self::Poisson { rate } = self {
            return CountTable::poisson(*rate);
        }
        let mean = self.mean();
        let reach = mean + 12.0 * self.variance().sqrt() + 50.0;
        let mut length = (reach as usize).clamp(64, 1 << 22);
        loop {
            let mass = self.masses(length);
            let total: f64 = mass.iter().sum();
            if total > 1.0 - 1e-13 || length >= 1 << 22 {
                return CountTable::from_masses(0, &mass);
            }
            length *= 2;
        }
    }

    /// P(N = n) for n below `length`.
    pub fn masses(&self, length: usize) -> Vec<f64> {
        let mut mass = vec![0.0; length];
        match self {
            Self::Table(table) => {
                for (slot, p) in mass.iter_mut().zip(table) {
                    *slot = *p;
                }
            }
            Self::Compound { primary, secondary } => {
                let inner = secondary.masses(length);
                return crate::exact::panjer::compound(primary, &inner, length)
                    .unwrap_or_else(|| convolve_powers(&primary.masses(length.min(4096)), &inner, length));
            }
            Self::Binomial { trials, probability } if *probability >= 1.0 => {
                if let Some(slot) = mass.get_mut(*trials as usize) {
                    *slot = 1.0;
                }
            }
            _ => {
                for (n, slot) in mass.iter_mut().enumerate() {
                    *slot = self.mass(n as f64);
                }
            }
        }
        mass
    }

    fn mass(&self, n: f64) -> f64 {
        match self {
            Self::Poisson { rate } => poisson_mass(*rate, n),
            Self::NegativeBinomial { mean, size } => {
                if *mean <= 0.0 {
                    return f64::from(u8::from(n == 0.0));
                }
                let binomial = ln_gamma(size + n) - ln_gamma(*size) - ln_gamma(n + 1.0);
                let odds = n * libm::log(mean / (mean + size)) - size * libm::log1p(mean / size);
                libm::exp(binomial + odds)
            }
            Self::ZeroInflated { rate, zero } => {
                (1.0 - zero) * poisson_mass(*rate, n) + if n == 0.0 { *zero } else { 0.0 }
            }
            Self::Binomial { trials, probability } => binomial_mass(*trials, *probability, n),
            Self::ZeroModified { p_zero, base } => {
                if n == 0.0 {
                    *p_zero
                } else {
                    (1.0 - p_zero) / (1.0 - base.p_zero()) * base.mass(n)
                }
            }
            Self::Table(table) => table.get(n as usize).copied().unwrap_or(0.0),
            Self::Compound { .. } => self.masses(n as usize + 1)[n as usize],
        }
    }
}

/// P(N = n) of a Poisson.
pub(crate) fn poisson_mass(rate: f64, n: f64) -> f64 {
    if rate <= 0.0 {
        return f64::from(u8::from(n == 0.0));
    }
    libm::exp(n * libm::log(rate) - rate - ln_gamma(n + 1.0))
}

fn binomial_mass(trials: f64, probability: f64, n: f64) -> f64 {
    if n > trials {
        return 0.0;
    }
    if probability <= 0.0 || probability >= 1.0 {
        return f64::from(u8::from(n == trials * probability));
    }
    let ways = ln_gamma(trials + 1.0) - ln_gamma(n + 1.0) - ln_gamma(trials - n + 1.0);
    libm::exp(ways + n * libm::log(probability) + (trials - n) * libm::log1p(-probability))
}

fn thin_table(table: &[f64], keep: f64) -> Vec<f64> {
    let mut thinned = vec![0.0; table.len()];
    for (n, p) in table.iter().enumerate() {
        for (kept, slot) in thinned.iter_mut().enumerate().take(n + 1) {
            *slot += p * binomial_mass(n as f64, keep, kept as f64);
        }
    }
    thinned
}

/// Sum over n of P(N = n) times the n-fold convolution of `inner`.
fn convolve_powers(counts: &[f64], inner: &[f64], length: usize) -> Vec<f64> {
    let mut power = vec![0.0; length];
    power[0] = 1.0;
    let mut sum = vec![0.0; length];
    let mut left: f64 = counts.iter().sum();
    for p in counts {
        for (slot, mass) in sum.iter_mut().zip(&power) {
            *slot += p * mass;
        }
        left -= p;
        if left < 1e-15 {
            break;
        }
        let mut next = vec![0.0; length];
        for (shift, mass) in inner.iter().enumerate().filter(|(_, mass)| **mass > 1e-18) {
            for (slot, old) in next[shift..].iter_mut().zip(&power) {
                *slot += mass * old;
            }
        }
        power = next;
    }
    sum
}

/// Cumulative probabilities from `first` on.
#[derive(Debug, Clone)]
pub struct CountTable {
    first: u32,
    cumulative: Box<[f64]>,
}

impl CountTable {
    /// A window of 9.5 standard deviations round the mean; what lies outside has probability below 2^-53.
    fn poisson(rate: f64) -> Self {
        let spread = 9.5 * libm::sqrt(rate) + 12.0;
        let first = (rate - spread).max(0.0).floor();
        let length = (rate + spread - first) as usize + 40;
        let mut mass = Vec::with_capacity(length);
        let mut p = poisson_mass(rate, first);
        for step in 0..length {
            mass.push(p);
            p *= rate / (first + step as f64 + 1.0);
        }
        Self::from_masses(first as u32, &mass)
    }

    fn from_masses(first: u32, mass: &[f64]) -> Self {
        let mut cumulative = Vec::with_capacity(mass.len());
        let mut sum = 0.0;
        for p in mass {
            sum += p;
            cumulative.push(sum);
            if sum >= 1.0 - f64::EPSILON {
                break;
            }
        }
        Self { first, cumulative: cumulative.into() }
    }

    /// The smallest n with P(N <= n) > u.
    pub fn invert(&self, u: f64) -> u32 {
        let above = self.cumulative.partition_point(|sum| *sum <= u);
        self.first + above.min(self.cumulative.len() - 1) as u32
    }
}

impl Count {
    /// Self-exciting events (Hawkes process) with background rate `mu` and `branching` descendants each, all counted in
    /// the year of their ancestor: a Poisson number of clusters with Borel sizes. Mean mu / (1 - n), variance
    /// mu / (1 - n)^3, the Hawkes process's own long-run values.
    pub fn hawkes(mu: f64, branching: f64) -> Self {
        let mut sizes = vec![0.0];
        let mut sum = 0.0;
        for k in 1..100_000 {
            let k = f64::from(k);
            let exponent = -branching * k + (k - 1.0) * libm::log(branching * k) - ln_gamma(k + 1.0);
            let p = if k == 1.0 { libm::exp(-branching) } else { libm::exp(exponent) };
            sizes.push(p);
            sum += p;
            if 1.0 - sum < 1e-15 || (p < 1e-18 && k > 10.0) {
                break;
            }
        }
        for p in &mut sizes {
            *p /= sum;
        }
        Self::Compound {
            primary: Box::new(Self::Poisson { rate: mu }),
            secondary: Box::new(Self::Table(sizes)),
        }
    }
}
