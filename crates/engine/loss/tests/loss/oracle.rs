//! statrs as oracle for the distributions and special functions.

use shinayaka_loss::frequency::Count;
use shinayaka_loss::severity::Law;
use shinayaka_loss::special::{beta_lower, gamma_lower, normal_cdf, normal_quantile};
use statrs::distribution::{
    Beta, Binomial, Continuous, ContinuousCDF, Discrete, Gamma, LogNormal, NegativeBinomial, Normal, Pareto,
    Poisson, Weibull,
};
use statrs::function::{beta::beta_reg, gamma::gamma_lr};

fn near(got: f64, wanted: f64, relative: f64, what: &str) {
    assert!(
        (got - wanted).abs() <= relative * wanted.abs().max(1e-300) + 1e-14,
        "{what}: got {got}, wanted {wanted}"
    );
}

const PROBABILITIES: [f64; 9] = [1e-9, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 0.999_999];

#[test]
fn special_functions() {
    let normal = Normal::new(0.0, 1.0).expect("valid");
    for p in PROBABILITIES {
        near(normal_cdf(normal_quantile(p)), p, 1e-12, "normal quantile");
        near(normal_quantile(p), normal.inverse_cdf(p), 1e-8, "normal quantile");
    }
    for a in [0.3, 1.0, 2.5, 40.0] {
        for x in [0.01, 0.5, 2.0, 10.0, 60.0] {
            near(gamma_lower(a, x), gamma_lr(a, x), 1e-11, "incomplete gamma");
            near(beta_lower(a, x, 0.3), beta_reg(a, x, 0.3), 1e-10, "incomplete beta");
        }
    }
}

fn check(law: &Law, oracle: &impl ContinuousCDF<f64, f64>, name: &str) {
    for s in PROBABILITIES {
        let x = law.quantile(s);
        near(oracle.sf(x), s, 1e-7, name);
        near(law.survival(x), s, 1e-9, name);
    }
}

#[test]
fn severities() {
    check(&Law::Lognormal { mu: 10.0, sigma: 2.0 }, &LogNormal::new(10.0, 2.0).expect("valid"), "lognormal");
    check(&Law::Gamma { shape: 0.4, scale: 50.0 }, &Gamma::new(0.4, 0.02).expect("valid"), "gamma");
    check(&Law::Gamma { shape: 9.0, scale: 2.0 }, &Gamma::new(9.0, 0.5).expect("valid"), "gamma");
    check(&Law::Weibull { shape: 0.7, scale: 30.0 }, &Weibull::new(0.7, 30.0).expect("valid"), "weibull");
    let pareto = Law::Gpd { xi: 0.5, beta: 5.0, threshold: 10.0 };
    check(&pareto, &Pareto::new(10.0, 2.0).expect("valid"), "pareto of type I");
    let pert = Law::Pert { low: 0.0, high: 1.0, a: 2.0, b: 4.0 };
    check(&pert, &Beta::new(2.0, 4.0).expect("valid"), "pert");
}

#[test]
fn limited_moments_are_integrals_of_the_density() {
    let beyond = |law: &Law, oracle: &dyn Fn(f64) -> f64, x: f64| {
        for order in [1, 2] {
            let steps = 200_000;
            let width = x / f64::from(steps);
            let inside: f64 = (0..steps)
                .map(|step| {
                    let y = (f64::from(step) + 0.5) * width;
                    y.powi(order) * oracle(y) * width
                })
                .sum();
            let wanted = inside + x.powi(order) * law.survival(x);
            near(law.limited_moment(order, x), wanted, 1e-4, "limited moment");
        }
    };
    let lognormal = LogNormal::new(1.0, 0.8).expect("valid");
    beyond(&Law::Lognormal { mu: 1.0, sigma: 0.8 }, &|x| lognormal.pdf(x), 9.0);
    let gamma = Gamma::new(2.0, 0.5).expect("valid");
    beyond(&Law::Gamma { shape: 2.0, scale: 2.0 }, &|x| gamma.pdf(x), 7.0);
    let weibull = Weibull::new(1.3, 4.0).expect("valid");
    beyond(&Law::Weibull { shape: 1.3, scale: 4.0 }, &|x| weibull.pdf(x), 6.0);
    let gpd = Law::Gpd { xi: 0.3, beta: 2.0, threshold: 0.0 };
    beyond(&gpd, &|x| (1.0 + 0.15 * x).powf(-1.0 / 0.3 - 1.0) / 2.0, 20.0);
    let nearly_exponential = Law::Gpd { xi: 0.001, beta: 2.0, threshold: 0.0 };
    beyond(&nearly_exponential, &|x| (1.0 + 0.0005 * x).powf(-1001.0) / 2.0, 20.0);
}

#[test]
fn counts() {
    type Oracle = Box<dyn Fn(u64) -> f64>;
    let pairs: [(Count, Oracle); 3] = [
        (Count::Poisson { rate: 3.5 }, Box::new(|n| Poisson::new(3.5).expect("valid").pmf(n))),
        (
            Count::NegativeBinomial { mean: 3.0, size: 2.0 },
            Box::new(|n| NegativeBinomial::new(2.0, 0.4).expect("valid").pmf(n)),
        ),
        (
            Count::Binomial { trials: 9.0, probability: 0.3 },
            Box::new(|n| Binomial::new(0.3, 9).expect("valid").pmf(n)),
        ),
    ];
    for (count, oracle) in pairs {
        for (n, mass) in count.masses(20).into_iter().enumerate() {
            near(mass, oracle(n as u64), 1e-10, "count");
        }
    }
}

#[test]
fn hawkes_clusters_have_the_long_run_moments() {
    let count = Count::hawkes(5.0, 0.6);
    near(count.mean(), 12.5, 1e-9, "rate");
    near(count.variance(), 78.125, 1e-9, "variance");
}
