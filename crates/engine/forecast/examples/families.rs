//! Skill and coverage on families of invented series, by which the settings of the ladder were chosen.
//!
//! Real series of the gates are kept out of every choice; what a setting is worth is read here. Usage:
//! `families [SEED [SERIES]]` (1 and 24): per family and horizon the skill of all series together, the tenth part of the
//! worst, the share with negative skill, the coverages, and the share of coverages within three points.

use shinayaka_forecast::{BacktestOptions, HorizonScore, Series, backtest};

struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Marsaglia & Tsang, with the usual boost below 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = (1.0 - self.uniform()).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 400.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (limit, mut product, mut count) = ((-mean).exp(), 1.0 - self.uniform(), 0.0);
        while product > limit {
            product *= 1.0 - self.uniform();
            count += 1.0;
        }
        count
    }

    /// A negative binomial of that size.
    fn count(&mut self, mean: f64, size: f64) -> f64 {
        if mean <= 0.0 {
            return 0.0;
        }
        let rate = mean * self.gamma(size) / size;
        self.poisson(rate)
    }
}

type Family = (&'static str, fn(&mut Random, usize) -> Vec<f64>);

fn level(random: &mut Random) -> f64 {
    (random.uniform() * 7.0 - 1.0).exp()
}

fn week(random: &mut Random) -> [f64; 7] {
    let quiet = 0.05 + 0.7 * random.uniform();
    std::array::from_fn(|day| if day < 5 { 0.9 + 0.2 * random.uniform() } else { quiet })
}

fn each(length: usize, mut value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..length).map(&mut value).collect()
}

const FAMILIES: [Family; 13] = [
    ("poisson", |random, length| {
        let mean = level(random);
        each(length, |_| random.poisson(mean))
    }),
    ("negative binomial", |random, length| {
        let (mean, size) = (level(random), 0.3 + 5.0 * random.uniform());
        each(length, |_| random.count(mean, size))
    }),
    ("random walk", |random, length| {
        let (mut log, speed) = (level(random).ln() + 2.0, 0.03 + 0.2 * random.uniform());
        each(length, |_| {
            log += speed * random.normal();
            random.count(log.clamp(-3.0, 12.0).exp(), 20.0)
        })
    }),
    ("trend", |random, length| {
        let (from, to) = (level(random), level(random));
        each(length, |t| random.count(from + (to - from) * t as f64 / length as f64, 10.0))
    }),
    ("week", |random, length| {
        let (mean, week) = (level(random), week(random));
        each(length, |t| random.count(mean * week[t % 7], 8.0))
    }),
    ("week, level shift", |random, length| {
        let (mean, week, size) = (level(random), week(random), 4.0 + 20.0 * random.uniform());
        let (at, factor) =
            (length / 4 + (random.uniform() * 0.6 * length as f64) as usize, 0.3 + 2.5 * random.uniform());
        each(length, |t| random.count(mean * week[t % 7] * if t < at { 1.0 } else { factor }, size))
    }),
    ("week, drift", |random, length| {
        let (mean, week, size) = (level(random), week(random), 4.0 + 20.0 * random.uniform());
        let (mut log, speed) = (0.0, 0.01 + 0.05 * random.uniform());
        each(length, |t| {
            log += speed * random.normal();
            random.count(mean * week[t % 7] * f64::exp(log), size)
        })
    }),
    ("bursts", |random, length| {
        let (mean, chance, height) =
            (level(random), 0.01 + 0.05 * random.uniform(), 3.0 + 20.0 * random.uniform());
        each(length, |_| {
            let burst = if random.uniform() < chance { height } else { 1.0 };
            random.count(mean * burst, 10.0)
        })
    }),
    ("outbreaks", |random, length| {
        let (mean, chance, decay) =
            (level(random), 0.01 + 0.02 * random.uniform(), 0.6 + 0.35 * random.uniform());
        let mut excess = 0.0;
        each(length, |_| {
            excess *= decay;
            if random.uniform() < chance {
                excess += 2.0 + 10.0 * random.uniform();
            }
            random.count(mean * (1.0 + excess), 10.0)
        })
    }),
    ("intermittent", |random, length| {
        let (mean, chance) = (1.0 + level(random), 0.03 + 0.3 * random.uniform());
        each(length, |_| if random.uniform() < chance { 1.0 + random.count(mean, 2.0) } else { 0.0 })
    }),
    ("level shifts", |random, length| {
        let mut mean = level(random);
        each(length, |_| {
            if random.uniform() < 0.015 {
                mean = level(random);
            }
            random.count(mean, 10.0)
        })
    }),
    ("reverting", |random, length| {
        let (mean, phi, speed) = (level(random), 0.5 + 0.45 * random.uniform(), 0.1 + 0.3 * random.uniform());
        let mut log = 0.0;
        each(length, |_| {
            log = phi * log + speed * random.normal();
            random.count(mean * f64::exp(log), 15.0)
        })
    }),
    ("growth and decay", |random, length| {
        let (mean, rate) = (level(random), 0.02 + 0.1 * random.uniform());
        let (at, peak) = ((0.2 + 0.6 * random.uniform()) * length as f64, 20.0 + 100.0 * random.uniform());
        each(length, |t| random.count(mean * (1.0 + peak / (rate * (t as f64 - at)).cosh().powi(2)), 20.0))
    }),
];

fn replay(family: &Family, seed: u64, lengths: &[usize]) -> Vec<HorizonScore> {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let length = lengths[(random.uniform() * lengths.len() as f64) as usize];
    let values: Vec<Option<f64>> = (family.1)(&mut random, length).into_iter().map(Some).collect();
    let series = Series { start: 0, step: 86_400, values };
    let options = BacktestOptions { horizons: HORIZONS.to_vec(), start: None, season: None };
    backtest(&series, &options).expect("long enough")
}

const HORIZONS: [usize; 3] = [1, 7, 28];

fn row(name: &str, horizon: usize, scores: &[HorizonScore]) -> [f64; 4] {
    let total = |value: fn(&HorizonScore) -> f64| -> f64 {
        // Each series in the unit of its climatology.
        scores.iter().map(|score| value(score) / score.climatology_crps.max(1e-9)).sum()
    };
    let skill = 1.0 - total(|score| score.crps) / scores.len() as f64;
    let mut skills: Vec<f64> = scores.iter().map(|score| score.skill).collect();
    skills.sort_by(f64::total_cmp);
    let negative = skills.iter().filter(|skill| **skill < 0.0).count() as f64 / skills.len() as f64;
    let (mut within, mut covered) = (0.0, Vec::new());
    for nominal in ["0.8", "0.9", "0.95"] {
        let target: f64 = nominal.parse().expect("a number");
        let all: Vec<f64> = scores.iter().map(|score| score.coverage[nominal]).collect();
        let near = all.iter().filter(|share| (*share - target).abs() <= 0.03 + 1e-9).count();
        within += near as f64 / all.len() as f64 / 3.0;
        covered.push(format!("{:.3}", all.iter().sum::<f64>() / all.len() as f64));
    }
    let members: Vec<String> = scores[0]
        .members
        .keys()
        .map(|name| {
            let mean: f64 = scores
                .iter()
                .filter_map(|score| Some(score.members.get(name)? / score.climatology_crps.max(1e-9)))
                .sum();
            format!("{}{:+.0}", &name[..name.len().min(9)], 100.0 * (1.0 - mean / scores.len() as f64))
        })
        .collect();
    println!(
        "{name:<18} {horizon:>2} {:>+6.1} {:>+6.1} {:>+6.1} {:>4.0} {}  {:>4.0}  {}",
        100.0 * skill,
        100.0 * skills[skills.len() / 10],
        100.0 * skills[0],
        100.0 * negative,
        covered.join(" "),
        100.0 * within,
        if std::env::args().len() > 3 { members.join(" ") } else { String::new() }
    );
    [skill, skills[0], negative, within]
}

fn main() {
    let number =
        |place: usize, or: u64| std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(or);
    let (seed, series) = (number(1, 1), number(2, 24));
    println!(
        "seed {seed}, {series} series a family\nfamily              h  skill   10 %  least neg%  80    90    95    within"
    );
    let mut totals = Vec::new();
    for family in &FAMILIES {
        let scores: Vec<Vec<HorizonScore>> =
            (0..series).map(|index| replay(family, seed * 1000 + index + 1, &[120, 200, 432, 730])).collect();
        for (place, horizon) in HORIZONS.iter().enumerate() {
            let at: Vec<HorizonScore> = scores.iter().map(|scores| scores[place].clone()).collect();
            totals.push(row(family.0, *horizon, &at));
        }
    }
    let mean = |place: usize| totals.iter().map(|row| row[place]).sum::<f64>() / totals.len() as f64 * 100.0;
    println!(
        "all: skill {:+.2}, worst {:+.2}, negative {:.1} %, within three points {:.1} %",
        mean(0),
        mean(1),
        mean(2),
        mean(3)
    );
}
