//! What vulnerability intelligence is worth as hazard: lead time at an equal budget of false alarms.
//!
//! A hundred services under watch, of which few carry intelligence. With it, each service has the hazard of its class; without,
//! all have the mean hazard. Both warn from one posterior on, chosen so that the hundred services together give the same number
//! of false alarms a day. An outbreak (75 min doubling, 600,000 hosts, a telescope of 280,000 addresses, busy port) falls on a
//! service as the hazards say; in the second table half of the outbreaks fall anywhere, as they would if the hazards were half
//! wrong. Both see the same counts. Usage: `lead_time [SEEDS [SEED]]`, 1000 and 1.

use shinayaka_forecast::detect::hazard::{Intelligence, per_bin};
use shinayaka_forecast::detect::shiryaev::Shiryaev;

const BIN_MINUTES: f64 = 5.0;
const MEAN: f64 = 175.0;
const SIZE: f64 = 15.0;
const HOSTS: f64 = 600_000.0;
const SEEDED: f64 = 10.0;
const DOUBLING: f64 = 75.0;
const TELESCOPE: f64 = 280_000.0 / 4_294_967_296.0;
const NULL_DAYS: usize = 12_000;

struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Negative binomial background plus Poisson outbreak; both large enough for the normal law of a Poisson count.
    fn count(&mut self, outbreak: f64) -> f64 {
        let rate = MEAN * self.gamma(SIZE) / SIZE + outbreak;
        (rate + rate.sqrt() * self.normal()).round().max(0.0)
    }
}

/// Number of services of a class, and the hazard per bin of each.
fn classes() -> Vec<(f64, f64)> {
    let flaw = Intelligence { total_impact: true, ..Intelligence::default() };
    let public = Intelligence { exploit_public: true, epss: Some(0.7), ..flaw.clone() };
    let known = Intelligence { known_exploited: true, automatable: true, ..public.clone() };
    let hazard = |list: &[Intelligence]| per_bin(list, BIN_MINUTES * 60.0);
    vec![(2.0, hazard(&[known])), (5.0, hazard(&[public])), (13.0, hazard(&[flaw])), (80.0, hazard(&[]))]
}

/// False alarms a day of a service; the posterior starts anew after each.
fn false_alarms(null: &[f64], hazard: f64, threshold: f64) -> f64 {
    let mut posterior = Shiryaev::new(SIZE);
    let mut alarms = 0.0;
    for count in null {
        if posterior.update(*count, MEAN, hazard) >= threshold {
            alarms += 1.0;
            posterior = Shiryaev::new(SIZE);
        }
    }
    alarms / (null.len() as f64 * BIN_MINUTES / 1440.0)
}

/// The posterior at which services of these classes together keep the budget (bisection on the log odds).
fn threshold(null: &[f64], classes: &[(f64, f64)], budget: f64) -> f64 {
    let (mut low, mut high) = (-6.0f64, 16.0f64);
    for _ in 0..13 {
        let middle = 0.5 * (low + high);
        let at = 1.0 / (1.0 + (-middle).exp());
        let rate: f64 = classes.iter().map(|(n, hazard)| n * false_alarms(null, *hazard, at)).sum();
        if rate > budget { low = middle } else { high = middle }
    }
    1.0 / (1.0 + (-high).exp())
}

fn infected(minutes: f64) -> f64 {
    HOSTS / (1.0 + (HOSTS / SEEDED - 1.0) * (-std::f64::consts::LN_2 / DOUBLING * minutes).exp())
}

fn time_to(share: f64) -> f64 {
    ((HOSTS / SEEDED - 1.0) * share / (1.0 - share)).ln() * DOUBLING / std::f64::consts::LN_2
}

/// Minutes from the first infection to the alarm.
fn delay(counts: &[f64], before: usize, hazard: f64, threshold: f64) -> f64 {
    let mut posterior = Shiryaev::new(SIZE);
    for (bin, count) in counts.iter().enumerate() {
        if posterior.update(*count, MEAN, hazard) >= threshold {
            if bin >= before {
                return (bin + 1 - before) as f64 * BIN_MINUTES;
            }
            posterior = Shiryaev::new(SIZE);
        }
    }
    (counts.len() - before) as f64 * BIN_MINUTES
}

/// Mean of b/a − 1 as ratio of means, and its 95 % interval by 2,000 bootstrap samples.
fn gain(pairs: &[(f64, f64)], random: &mut Random) -> (f64, f64, f64) {
    let ratio = |list: &mut dyn Iterator<Item = (f64, f64)>| {
        let (a, b) = list.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        b / a - 1.0
    };
    let mut drawn: Vec<f64> = (0..2000)
        .map(|_| {
            let n = pairs.len();
            ratio(&mut (0..n).map(|_| pairs[(random.uniform() * n as f64) as usize]))
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    (ratio(&mut pairs.iter().copied()), drawn[50], drawn[1949])
}

fn main() {
    let argument =
        |place: usize, or: u64| std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(or);
    let (seeds, seed) = (argument(1, 1000), argument(2, 1));
    let mut random = Random(seed);
    let bins = (NULL_DAYS as f64 * 1440.0 / BIN_MINUTES) as usize;
    let null: Vec<f64> = (0..bins).map(|_| random.count(0.0)).collect();
    let classes = classes();
    let services: f64 = classes.iter().map(|class| class.0).sum();
    let total: f64 = classes.iter().map(|class| class.0 * class.1).sum();
    let mean = [(services, total / services)];
    println!(
        "{seeds} outbreaks, seed {seed}, {services} services, {NULL_DAYS} quiet days for the thresholds"
    );
    println!(
        "budget/day  outbreaks     posterior with/without  delay with/without  delay less   lead to 1 %   lead to 10 %"
    );
    for budget in [1.0 / 7.0, 1.0] {
        let with = threshold(&null, &classes, budget);
        let without = threshold(&null, &mean, budget);
        for (name, wrong) in [("as the hazards say", 0.0), ("half of them anywhere", 0.5)] {
            let per_host =
                TELESCOPE * std::f64::consts::LN_2 / DOUBLING / HOSTS * 4_294_967_296.0 * BIN_MINUTES;
            let before = (1440.0 / BIN_MINUTES) as usize;
            let pairs: Vec<(f64, f64)> = (0..seeds)
                .map(|_| {
                    let by_number = random.uniform() < wrong;
                    let of = |class: &(f64, f64)| {
                        if by_number { class.0 / services } else { class.0 * class.1 / total }
                    };
                    let mut left = random.uniform();
                    let class = classes.iter().find(|class| {
                        left -= of(class);
                        left < 0.0
                    });
                    let hazard = class.map_or(classes[0].1, |class| class.1);
                    let counts: Vec<f64> = (0..before + 300)
                        .map(|bin| {
                            let since = (bin as f64 - before as f64 + 0.5) * BIN_MINUTES;
                            random.count(if since > 0.0 { per_host * infected(since) } else { 0.0 })
                        })
                        .collect();
                    (delay(&counts, before, mean[0].1, without), delay(&counts, before, hazard, with))
                })
                .collect();
            let average =
                |pick: fn(&(f64, f64)) -> f64| pairs.iter().map(pick).sum::<f64>() / pairs.len() as f64;
            let less = gain(&pairs, &mut random);
            let lead = |share: f64, random: &mut Random| {
                let leads: Vec<(f64, f64)> =
                    pairs.iter().map(|pair| (time_to(share) - pair.0, time_to(share) - pair.1)).collect();
                gain(&leads, random)
            };
            let (one, ten) = (lead(0.01, &mut random), lead(0.1, &mut random));
            let text = |(mean, low, high): (f64, f64, f64)| {
                format!("{:+.1} % ({:+.1} to {:+.1})", 100.0 * mean, 100.0 * low, 100.0 * high)
            };
            println!(
                "{budget:>9.2}  {name:<22} {with:.4}/{without:.4}  {:.0}/{:.0} min  {}  {}  {}",
                average(|pair| pair.1),
                average(|pair| pair.0),
                text(less),
                text(one),
                text(ten)
            );
        }
    }
}
