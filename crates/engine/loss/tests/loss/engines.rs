//! Both engines: same bits whatever the machine does, agreement, layers, contributions, refusals.

use proptest::prelude::*;
use shinayaka_loss::book::Book;
use shinayaka_loss::exact::{Exact, ExactSettings, panjer_gap};
use shinayaka_loss::report::{Report, Request, report_both};
use shinayaka_loss::simulate::{Settings, Simd, YearTable, simulate};
use shinayaka_loss::{Format, parse_model};

/// Every kind of frequency and severity, shocks, layers of every form.
const WIDE: &str = r#"
schema = "shinayaka.risk/1"
currency = "JPY"
[[shock]]
id = "cloud"
rate = 0.4
probability = 0.5
[[scenario]]
id = "ransomware"
frequency = { kind = "poisson", rate = 1.5 }
severity = { kind = "lognormal", mu = 10, sigma = 1.5 }
terms = { deductible = 20000, limit = 1000000 }
shocks = [{ id = "cloud" }]
[[scenario]]
id = "leak"
frequency = { kind = "negative_binomial", r = 2, beta = 0.4 }
severity = { kind = "spliced", threshold = 100000, body = { kind = "gamma", shape = 2, scale = 20000 }, tail = { kind = "gpd", xi = 0.4, beta = 50000 }, cap = 3000000 }
[[scenario]]
id = "fraud"
frequency = { kind = "zero_inflated_poisson", rate = 0.8, zero = 0.3 }
severity = { kind = "weibull", shape = 0.8, scale = 60000 }
terms = { limit = 2000000, share = 0.5 }
shocks = [{ id = "cloud", probability = 0.2 }]
[[scenario]]
id = "error"
frequency = { kind = "binomial", trials = 12, probability = 0.1 }
severity = { kind = "pert", low = 1000, mode = 20000, high = 200000 }
[[scenario]]
id = "outage"
frequency = { kind = "compound", primary = { kind = "poisson", rate = 0.3 }, secondary = { kind = "zero_modified", p_zero = 0, base = { kind = "negative_binomial", r = 0.5, beta = 1 } } }
severity = { kind = "gamma", shape = 1.2, scale = 9 }
loss_per_hour = 15000
terms = { waiting_hours = 4, limit = 900000 }
[[scenario]]
id = "theft"
frequency = { kind = "table", probabilities = [0.7, 0.2, 0.1] }
severity = { kind = "empirical", values = [30000, 75000, 150000], weights = [3, 2, 1] }
[[scenario]]
id = "flood"
frequency = { kind = "poisson", rate = 0.05 }
severity = { kind = "pareto", alpha = 1.5, scale = 200000, cap = 5000000 }
[[layer]]
id = "annual"
attachment = 500000
limit = 1000000
aggregate = true
[[layer]]
id = "each"
attachment = 200000
limit = 400000
reinstatements = 1
share = 0.8
[[layer]]
id = "capped"
attachment = 100000
limit = 300000
aggregate = 450000
"#;

fn wide() -> Book {
    Book::of(&parse_model(WIDE, Format::Toml).expect("the model is valid"))
}

fn run(book: &Book, settings: Settings) -> YearTable {
    simulate(book, &settings, &|_, _| {}).expect("simulates")
}

fn bits(table: &YearTable) -> Vec<u64> {
    let all = table.total.iter().chain(table.largest.iter()).chain(table.layers.iter().flatten());
    all.map(|value| value.to_bits())
        .chain([table.moments().mean.to_bits(), table.moments().fourth.to_bits()])
        .collect()
}

#[test]
fn threads_chunks_and_simd_change_no_bit() {
    let book = wide();
    let base = Settings { years: 30_000, seed: 7, threads: 1, chunk: 1, simd: Some(Simd::Baseline) };
    let wanted = bits(&run(&book, base));
    for simd in [Simd::Baseline, Simd::Avx2, Simd::Avx512] {
        for threads in [1, 2, 3] {
            for chunk in [1, 2, 5] {
                let found = bits(&run(&book, Settings { threads, chunk, simd: Some(simd), ..base }));
                assert!(found == wanted, "{simd:?}, {threads} threads, chunks of {chunk}");
            }
        }
    }
    assert!(bits(&run(&book, Settings { seed: 8, ..base })) != wanted, "the seed matters");
}

#[test]
fn the_order_of_the_file_and_more_years_change_no_bit() {
    let book = wide();
    let mut turned = book.clone();
    turned.risks.reverse();
    let settings = Settings { years: 20_000, ..Settings::default() };
    assert!(bits(&run(&book, settings)) == bits(&run(&turned, settings)));
    let longer = run(&book, Settings { years: 33_333, ..settings });
    assert!(run(&book, settings).total[..] == longer.total[..20_000]);
}

#[test]
fn a_scenario_draws_the_same_with_and_without_the_others() {
    let book = wide();
    let alone = |id: &str| Book {
        risks: book.risks.iter().filter(|risk| risk.id == id).cloned().collect(),
        ..book.clone()
    };
    let settings = Settings { years: 9000, ..Settings::default() };
    let mut sum = vec![0.0; 9000];
    for risk in &book.risks {
        for (slot, value) in sum.iter_mut().zip(run(&alone(&risk.id), settings).total.iter()) {
            *slot += value;
        }
    }
    let together = run(&book, settings).total;
    for (left, right) in sum.iter().zip(together.iter()) {
        assert!((left - right).abs() <= 1e-9 * right.abs().max(1.0));
    }
}

fn report(book: &Book, years: usize, seed: u64) -> Report {
    let request = Request {
        settings: Settings { years, seed, ..Settings::default() },
        contributions: true,
        loadings: true,
        ..Request::default()
    };
    report_both(book, &request, &|_, _, _| {}).expect("runs").0
}

#[test]
fn both_engines_agree_on_a_book_of_everything() {
    let report = report(&wide(), 200_000, 3);
    assert_eq!(report.agree, Some(true), "{:#?}", report.comparisons);
    assert!(report.comparisons.iter().filter(|one| one.agrees.is_some()).count() >= 10);
    for layer in &report.layers {
        let (exact, simulated) = (layer.exact.clone().expect("run"), layer.monte_carlo.clone().expect("run"));
        let slack = 4.0 * simulated.standard_error;
        let inside =
            exact.interval[0] - slack <= simulated.mean && simulated.mean <= exact.interval[1] + slack;
        assert!(inside, "{}: {exact:?} {simulated:?}", layer.id);
        let rare = 4.0 * (exact.p_attach / 200_000.0).sqrt();
        assert!(
            (exact.p_attach - simulated.p_attach).abs() < rare + 1e-3,
            "{}: {exact:?} {simulated:?}",
            layer.id
        );
    }
    let sum = |pick: &dyn Fn(&shinayaka_loss::contribution::Contribution) -> f64| -> f64 {
        report.contributions.iter().map(pick).sum()
    };
    let exact = report.exact.as_ref().expect("run");
    let simulated = report.monte_carlo.as_ref().expect("run");
    let parts = sum(&|one| one.exact["0.99"]);
    assert!(
        (parts / exact.figures.tvar["0.99"] - 1.0).abs() < 1e-3,
        "{parts} against {}",
        exact.figures.tvar["0.99"]
    );
    let parts = sum(&|one| one.monte_carlo["0.99"]);
    assert!((parts / simulated.figures.tvar["0.99"] - 1.0).abs() < 1e-9);
    for one in &report.contributions {
        let gap = (one.exact["0.99"] - one.monte_carlo["0.99"]).abs();
        assert!(gap < 0.05 * exact.figures.tvar["0.99"], "{one:?}");
    }
    let loadings = report.loadings.as_ref().expect("asked for");
    let (exact, simulated) = (loadings.exact.expect("bounded"), loadings.monte_carlo.expect("run"));
    assert!((simulated.wang / exact.wang[0] - 1.0).abs() < 0.02, "{exact:?} {simulated:?}");
    assert!((simulated.dual_power / exact.dual_power[0] - 1.0).abs() < 0.02);
    assert!((simulated.proportional_hazard / exact.proportional_hazard[0] - 1.0).abs() < 0.02);
}

#[test]
fn a_wrong_engine_is_found_out() {
    let book = wide();
    let asked = shinayaka_loss::figures::Asked::default();
    let exact = Exact::run(&book, ExactSettings::default(), &|_, _| {}).expect("runs");
    let exact = shinayaka_loss::figures::ExactFigures::of(&exact, &asked).expect("on the grid");
    let mut other = book.clone();
    other.risks[0].payment.scale *= 1.1;
    let table = run(&other, Settings { years: 200_000, ..Settings::default() });
    let simulated = shinayaka_loss::figures::MonteCarloFigures::of(&table, &asked, &other);
    let comparisons = shinayaka_loss::report::compare(&exact, &simulated);
    assert!(comparisons.iter().any(|one| one.agrees == Some(false)), "{comparisons:#?}");
}

#[test]
fn too_few_years_are_no_disagreement() {
    for years in [1, 10, 300, 3000] {
        let report = report(&wide(), years, 1);
        assert_eq!(report.agree, Some(true), "{years} years: {:#?}", report.comparisons);
    }
    let report = report(&wide(), 10, 1);
    let var = report.comparisons.iter().find(|one| one.figure == "var 0.999").expect("asked for");
    assert!(var.agrees.is_none() && var.note.as_ref().is_some_and(|note| note.contains("beyond")), "{var:?}");
}

#[test]
fn curves_and_amounts_of_both_engines_meet() {
    let amounts = vec![0.0, 900_000.0, 5e6];
    let request = Request {
        asked: shinayaka_loss::figures::Asked { amounts, ..Default::default() },
        settings: Settings { years: 200_000, ..Settings::default() },
        ..Request::default()
    };
    let (report, _) = report_both(&wide(), &request, &|_, _, _| {}).expect("runs");
    assert_eq!(report.curve.len(), 12);
    for point in &report.curve {
        for (name, one) in [("aep", point.aep), ("oep", point.oep)] {
            let (exact, simulated) = (one.exact.expect("on the grid"), one.monte_carlo.expect("run"));
            let width = 4.0 * (point.return_period / 200_000.0).sqrt() + 0.02;
            assert!((exact / simulated - 1.0).abs() < width, "{name} {point:?}");
            let [low, high] = one.interval.expect("run");
            assert!(low <= exact && exact <= high);
        }
        assert!(point.oep.exact <= point.aep.exact, "an occurrence is part of the year");
    }
    assert!(report.curve.windows(2).all(|pair| pair[0].aep.exact <= pair[1].aep.exact));
    let exact = report.exact.as_ref().expect("run");
    let zero = &report.amounts[0];
    assert_eq!(zero.reached.exact, Some(1.0));
    assert!((zero.exceeded.exact.expect("run") - (1.0 - exact.figures.p_zero)).abs() < 1e-6);
    for figures in &report.amounts {
        for one in [figures.reached, figures.exceeded] {
            let (exact, simulated) = (one.exact.expect("run"), one.monte_carlo.expect("run"));
            assert!((exact - simulated).abs() < 5e-3, "{figures:?}");
        }
    }
}

#[test]
fn skewness_of_a_book_of_everything() {
    let book = wide();
    let exact =
        Exact::run(&book, ExactSettings::default(), &|_, _| {}).expect("runs").skewness().expect("finite");
    let settings = Settings { years: 4_000_000, ..Settings::default() };
    let moments = run(&book, settings).moments();
    let simulated = moments.third / moments.n / (moments.second / moments.n).powf(1.5);
    assert!((simulated / exact - 1.0).abs() < 0.01, "{simulated} against {exact}");
}

#[test]
fn panjer_and_the_transform_agree_for_the_classes() {
    let book = wide();
    let gaps: Vec<Option<f64>> = (0..book.risks.len()).map(|risk| panjer_gap(&book, risk)).collect();
    for (risk, gap) in book.risks.iter().zip(&gaps) {
        match risk.id.as_str() {
            "outage" | "theft" => assert!(gap.is_none(), "{} is outside the classes", risk.id),
            _ => assert!(gap.expect("of the class") < 1e-8, "{}: {gap:?}", risk.id),
        }
    }
}

#[test]
fn panjer_does_not_underflow() {
    let count = shinayaka_loss::frequency::Count::Poisson { rate: 2000.0 };
    let mass = shinayaka_loss::exact::panjer::compound(&count, &[0.0, 0.5, 0.5], 6000).expect("Poisson");
    let sum: f64 = mass.iter().sum();
    let mean: f64 = mass.iter().enumerate().map(|(j, p)| j as f64 * p).sum();
    assert!((sum - 1.0).abs() < 1e-9 && (mean - 3000.0).abs() < 1e-5, "{sum} {mean}");
}

#[test]
fn an_infinite_mean_is_refused_unless_capped() {
    let text = |cap: &str| {
        format!(
            "schema = \"shinayaka.risk/1\"\ncurrency = \"JPY\"\n[[scenario]]\nid = \"records\"\n\
             frequency = {{ kind = \"poisson\", rate = 1 }}\n\
             severity = {{ kind = \"gpd\", xi = 1.3, beta = 1000{cap} }}"
        )
    };
    let book = Book::of(&parse_model(&text(""), Format::Toml).expect("valid"));
    let report_of = report;
    let report = report_of(&book, 20_000, 1);
    let exact = report.exact.expect("run");
    assert!(exact.figures.mean.is_none() && exact.figures.tvar.is_empty() && exact.figures.var.len() == 3);
    assert!(
        report.refused[0].contains("records") && report.refused[0].contains("cap"),
        "{:?}",
        report.refused
    );
    assert!(report.agree == Some(true), "{:#?}", report.comparisons);
    let capped = Book::of(&parse_model(&text(", cap = 1e7"), Format::Toml).expect("valid"));
    let report = report_of(&capped, 20_000, 1);
    assert!(report.refused.is_empty() && report.exact.expect("run").figures.mean.is_some());
}

#[test]
fn shocks_make_the_tail_heavier_and_stay_exact() {
    let text = |rate: f64| {
        let mut text = format!(
            "schema = \"shinayaka.risk/1\"\ncurrency = \"JPY\"\n[[shock]]\nid = \"p\"\nrate = {rate}\nprobability = 0.6\n"
        );
        for index in 0..30 {
            text += &format!(
                "[[scenario]]\nid = \"s{index}\"\nfrequency = {{ kind = \"poisson\", rate = {} }}\n\
                 severity = {{ kind = \"lognormal\", mu = 9, sigma = 1 }}\nterms = {{ limit = 100000 }}\n\
                 shocks = [{{ id = \"p\" }}]\n",
                0.3 - 0.6 * rate
            );
        }
        Book::of(&parse_model(&text, Format::Toml).expect("valid"))
    };
    let (together, apart) = (text(0.1), text(0.0));
    assert!((together.mean() / apart.mean() - 1.0).abs() < 1e-12);
    let tail = |book: &Book| {
        let report = report(book, 200_000, 5);
        assert_eq!(report.agree, Some(true), "{:#?}", report.comparisons);
        report.exact.expect("run").figures.tvar["0.99"]
    };
    assert!(tail(&together) > 1.5 * tail(&apart));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// The interval holds: mean of the rounded totals brackets the closed mean, VaR and TVaR are ordered.
    #[test]
    fn intervals_bracket(rate in 0.1f64..8.0, mu in 5.0f64..11.0, sigma in 0.3f64..2.2,
                         deductible in 0.0f64..5e4, limit in 1e4f64..1e6) {
        let text = format!(
            "schema = \"shinayaka.risk/1\"\ncurrency = \"EUR\"\n[[scenario]]\nid = \"a\"\n\
             frequency = {{ kind = \"poisson\", rate = {rate} }}\n\
             severity = {{ kind = \"lognormal\", mu = {mu}, sigma = {sigma} }}\n\
             terms = {{ deductible = {deductible}, limit = {limit} }}");
        let book = Book::of(&parse_model(&text, Format::Toml).expect("valid"));
        let exact = Exact::run(&book, ExactSettings { log2: Some(12), level: 1.0 - 1e-7, beyond: 1e-3 }, &|_, _| {})
            .expect("runs");
        let fine = Exact::run(&book, ExactSettings { log2: Some(16), ..ExactSettings::default() }, &|_, _| {})
            .expect("runs");
        let mean = book.mean();
        // Rounding in the transform leaves dust of 1e-17 in every cell.
        let slack = 1e-6 * mean + 1e-7 * limit;
        prop_assert!(exact.total[0].grid_mean() <= mean + slack);
        prop_assert!(exact.total[2].grid_mean() >= mean - slack);
        for level in [0.9, 0.99, 0.999] {
            let (coarse, fine) = (exact.value_at_risk(level).expect("ok"), fine.value_at_risk(level).expect("ok"));
            let slack = 1e-9 * fine.high;
            prop_assert!(coarse.low <= fine.high + slack && fine.low <= coarse.high + slack);
        }
        for level in [0.9, 0.99] {
            let (coarse, fine) =
                (exact.tail_value_at_risk(level).expect("ok"), fine.tail_value_at_risk(level).expect("ok"));
            let slack = 1e-6 * fine.value + 1e-7 * limit;
            prop_assert!(coarse.low <= fine.high + slack && fine.low <= coarse.high + slack);
            prop_assert!(fine.value + slack >= fine.low && fine.value <= fine.high + slack);
        }
    }

    /// Thinning is what it says: keeping each event with probability q composes with the generating function.
    #[test]
    fn thinning_composes(rate in 0.05f64..5.0, size in 0.2f64..5.0, keep in 0.01f64..0.99, z in 0.0f64..1.0) {
        use shinayaka_loss::frequency::Count;
        let base = Count::NegativeBinomial { mean: rate, size };
        let modified = Count::ZeroModified { p_zero: 0.2, base: Box::new(base.clone()) };
        let compound = Count::Compound {
            primary: Box::new(Count::Poisson { rate }), secondary: Box::new(modified.clone()) };
        for count in [base, modified, compound, Count::ZeroInflated { rate, zero: 0.4 },
                      Count::Binomial { trials: 7.0, probability: 0.3 }, Count::Table(vec![0.5, 0.2, 0.0, 0.3])] {
            let thinned = count.thin(keep);
            let wanted = count.generate((1.0 - keep + keep * z).into()).re;
            prop_assert!((thinned.generate(z.into()).re - wanted).abs() < 1e-10);
            prop_assert!((thinned.mean() - keep * count.mean()).abs() < 1e-9 * count.mean().max(1.0));
            let third: f64 = count.masses(400).iter().zip(0u32..)
                .map(|(p, n)| p * (f64::from(n) - count.mean()).powi(3)).sum();
            prop_assert!((third - count.third_central()).abs() < 1e-4 * (1.0 + third.abs()), "{count:?}: {third}");
            let masses: f64 = count.masses(400).iter().sum();
            prop_assert!((masses - 1.0).abs() < 1e-6, "{count:?}: {masses}");
        }
    }
}
