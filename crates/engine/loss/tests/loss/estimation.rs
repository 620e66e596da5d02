//! Estimation, priors, decisions, leak damages, back-tests, terms, sensitivity: known answers and recoveries.

use shinayaka_loss::backtest::{backtest, christoffersen, crps_sample, kupiec, poisson_deviance};
use shinayaka_loss::exact::{Exact, ExactSettings};
use shinayaka_loss::fit::channel::{Overlap, reporting};
use shinayaka_loss::fit::count::{Period, fit_counts};
use shinayaka_loss::fit::credibility::{Group, Series, buhlmann_straub, gamma_poisson};
use shinayaka_loss::fit::prior::japan;
use shinayaka_loss::fit::severity::{FAMILIES, Family, Observation, compare, fit};
use shinayaka_loss::fit::{lognormal_from_median, tail_measures};
use shinayaka_loss::leak::{Leak, cost_of_records, damages, with_claim_rate};
use shinayaka_loss::philox::{stream_key, unit};
use shinayaka_loss::plan::gordon_loeb::Breach;
use shinayaka_loss::plan::{Market, plan};
use shinayaka_loss::severity::Law;
use shinayaka_loss::simulate::{Settings, simulate};
use shinayaka_loss::tower::{CoverageLoss, PolicyTerms, allocate};
use shinayaka_loss::{Format, book::Book, parse_model};

fn close(got: f64, wanted: f64, slack: f64) {
    assert!((got - wanted).abs() <= slack, "got {got}, wanted {wanted}");
}

/// A sample of a law from a counter stream.
fn sample(law: &Law, n: u32, name: &str) -> Vec<f64> {
    let key = stream_key(1, &[name]);
    (0..n).map(|index| law.quantile(unit(key, [index, 0, 0, 0]))).collect()
}

#[test]
fn danish_fire_tail_measures() {
    for (level, var, shortfall) in [(0.99, 27.290, 58.240), (0.999, 94.339, 191.535)] {
        let found = tail_measures(10.0, 0.49699, 6.97547, 109.0, 2167.0, level);
        // The printed parameters have five digits, which leaves this much in the far tail.
        close(found.0, var, 2e-3);
        close(found.1, shortfall, 1e-2);
    }
}

#[test]
fn cyentia_typical_and_extreme() {
    let Some(Law::Lognormal { mu, sigma }) = lognormal_from_median(200_000.0, 20e6, 0.1) else {
        panic!("exists")
    };
    close(sigma, 3.593, 5e-4);
    close(Law::Lognormal { mu, sigma }.quantile(0.05), 73.8e6, 5e4);
}

#[test]
fn jacobs_records_to_cost() {
    close(cost_of_records(1e3), 412_459.0, 1.0);
    close(cost_of_records(1e5) / 1e6, 13.66, 5e-3);
    close(cost_of_records(1e6) / 1e6, 78.6, 5e-2);
}

#[test]
fn truncation_is_undone() {
    let law = Law::Lognormal { mu: 4.0, sigma: 3.0 };
    let seen: Vec<Observation> = sample(&law, 60_000, "truncated")
        .into_iter()
        .filter(|value| *value > 500.0)
        .map(|value| Observation { left: 500.0, ..Observation::exact(value) })
        .collect();
    let found = fit(Family::Lognormal, &seen).expect("fits");
    let (mu, sigma) = (found.parameters["mu"], found.parameters["sigma"]);
    // Three standard errors: the 90 % interval has 1.645 on each side.
    let reach = 3.0 / 1.645 / 2.0;
    assert!((mu.value - 4.0).abs() < reach * (mu.high - mu.low), "{found:?}");
    assert!((sigma.value - 3.0).abs() < reach * (sigma.high - sigma.low), "{found:?}");
    let naive: Vec<Observation> = seen.iter().map(|item| Observation { left: 0.0, ..*item }).collect();
    let naive = fit(Family::Lognormal, &naive).expect("fits");
    assert!(naive.parameters["sigma"].value < 0.7 * sigma.value, "ignoring the threshold loses the spread");
    assert!(naive.log_likelihood < found.log_likelihood);
}

#[test]
fn right_truncation_and_bins_are_undone() {
    let law = Law::Gamma { shape: 2.0, scale: 10.0 };
    let values = sample(&law, 30_000, "window");
    let seen: Vec<Observation> = values
        .iter()
        .filter(|value| (5.0..40.0).contains(*value))
        .map(|value| Observation { left: 5.0, right: 40.0, ..Observation::exact(*value) })
        .collect();
    let found = fit(Family::Gamma, &seen).expect("fits");
    close(found.parameters["shape"].value, 2.0, 0.15);
    close(found.parameters["scale"].value, 10.0, 0.8);
    let edges = [0.0, 5.0, 10.0, 20.0, 40.0, f64::INFINITY];
    let bins = edges.windows(2).map(|pair| Observation {
        low: pair[0],
        high: pair[1],
        left: 0.0,
        right: f64::INFINITY,
        count: values.iter().filter(|value| pair[0] < **value && **value <= pair[1]).count() as f64,
    });
    let found = fit(Family::Gamma, &bins.collect::<Vec<_>>()).expect("fits");
    close(found.parameters["shape"].value, 2.0, 0.1);
}

#[test]
fn the_right_family_wins_and_a_heavy_tail_is_called_out() {
    let weibull: Vec<_> = sample(&Law::Weibull { shape: 1.6, scale: 9.0 }, 4000, "w")
        .into_iter()
        .map(Observation::exact)
        .collect();
    assert_eq!(compare(&FAMILIES, &weibull).expect("fits")[0].family, Family::Weibull);
    let gpd: Vec<_> = sample(&Law::Gpd { xi: 1.3, beta: 50.0, threshold: 0.0 }, 4000, "g")
        .into_iter()
        .map(Observation::exact)
        .collect();
    let best = &compare(&FAMILIES, &gpd).expect("fits")[0];
    assert_eq!(best.family, Family::Gpd);
    assert!(best.warning.as_ref().is_some_and(|text| text.contains("infinite")));
    let mut two = sample(&Law::Lognormal { mu: 2.0, sigma: 0.5 }, 3000, "m1");
    two.extend(sample(&Law::Lognormal { mu: 6.0, sigma: 0.8 }, 1500, "m2"));
    let two: Vec<_> = two.into_iter().map(Observation::exact).collect();
    let best = &compare(&[Family::Lognormal, Family::LognormalMixture], &two).expect("fits")[0];
    assert_eq!(best.family, Family::LognormalMixture);
    let weight = best.parameters["weight"].value;
    close(weight.max(1.0 - weight), 2.0 / 3.0, 0.03);
}

#[test]
fn the_first_japanese_prior_table() {
    let table = japan().expect("the shipped data are good");
    let row = |id: &str| table.rows.iter().find(|row| row.id == id).unwrap_or_else(|| panic!("{id}"));
    close(row("sme-incident-rate").parameters["rate"].value, 0.2648, 5e-5);
    let severity = row("sme-incident-loss");
    close(severity.parameters["sigma"].value, 2.367, 5e-4);
    close(severity.parameters["mu"].value.exp(), 44_300.0, 50.0);
    let binned = row("small-incident-loss");
    close(binned.parameters["sigma"].value, 2.299, 2e-3);
    close(binned.parameters["mu"].value.exp(), 114_000.0, 700.0);
    let publicised = row("publicised-ransomware-loss");
    close(publicised.parameters["sigma"].value, 0.959, 5e-4);
    let law =
        Law::Lognormal { mu: publicised.parameters["mu"].value, sigma: publicised.parameters["sigma"].value };
    close(law.survival(1e8), 0.157, 5e-4);
    assert!(table.rows.iter().all(|row| !row.source.is_empty() && !row.channel.is_empty()));
    insta::assert_json_snapshot!("prior_japan", table, { ".rows[].parameters.*.*" => insta::rounded_redaction(4) });
}

#[test]
fn gamma_poisson_shrinks_towards_the_collective() {
    let key = stream_key(5, &["groups"]);
    let groups: Vec<Group> = (0..400u32)
        .map(|index| {
            let rate = Law::Gamma { shape: 2.0, scale: 0.1 }.quantile(unit(key, [index, 0, 0, 0]));
            let exposure = 5.0 + f64::from(index % 20);
            let table = shinayaka_loss::frequency::Count::Poisson { rate: rate * exposure }.table();
            let events = f64::from(table.invert(unit(key, [index, 1, 0, 0])));
            Group { id: index.to_string(), events, exposure }
        })
        .collect();
    let found = gamma_poisson(&groups).expect("fits");
    close(found.collective, 0.2, 0.02);
    close(found.half_exposure, 10.0, 3.0);
    for (group, posterior) in groups.iter().zip(&found.groups) {
        let between = posterior.own.min(found.collective) - 1e-12 <= posterior.rate
            && posterior.rate <= posterior.own.max(found.collective) + 1e-12;
        assert!(between && posterior.low < Some(posterior.rate), "{group:?} {posterior:?}");
    }
}

#[test]
fn buhlmann_straub_by_hand() {
    // Two groups, two periods of weight 1: means 1 and 3, within-variances 2 and 2; between = 2 - 2/2 = 1, so k = 2.
    let groups = [
        Series { id: "a".into(), periods: vec![(0.0, 1.0), (2.0, 1.0)] },
        Series { id: "b".into(), periods: vec![(2.0, 1.0), (4.0, 1.0)] },
    ];
    let found = buhlmann_straub(&groups).expect("fits");
    close(found.half_exposure, 2.0, 1e-12);
    close(found.collective, 2.0, 1e-12);
    close(found.groups[0].rate, 1.5, 1e-12);
    close(found.groups[1].rate, 2.5, 1e-12);
}

#[test]
fn a_trend_is_not_overdispersion() {
    let key = stream_key(2, &["trend"]);
    let periods: Vec<Period> = (0..48u32)
        .map(|month| {
            let rate = 8.0 * (f64::from(month) * 0.04).exp();
            let table = shinayaka_loss::frequency::Count::Poisson { rate }.table();
            let events = f64::from(table.invert(unit(key, [month, 0, 0, 0])));
            Period { time: f64::from(month), events, exposure: 1.0 }
        })
        .collect();
    let found = fit_counts(&periods).expect("fits");
    close(found.trend.value, 0.04, 0.01);
    assert!(found.trend_p_value < 1e-6);
    assert!(found.size_without_trend.is_some_and(|size| size < 10.0), "{found:?}");
    assert!(found.size_with_trend.is_none_or(|size| size > 50.0), "{found:?}");
    assert!(found.aic[1] < found.aic[0]);
}

#[test]
fn capture_and_recapture_by_hand() {
    let found = reporting(Overlap { first_only: 30.0, second_only: 40.0, both: 20.0 }).expect("identified");
    close(found.incidents.value, 51.0 * 61.0 / 21.0 - 1.0, 1e-9);
    close(found.first.value, 20.0 / 60.0, 1e-12);
    close(found.second.value, 20.0 / 50.0, 1e-12);
    assert!(reporting(Overlap { first_only: 3.0, second_only: 4.0, both: 0.0 }).is_err());
}

#[test]
fn gordon_loeb_class_one_and_two() {
    let one = Breach::ClassOne { a: 1e-5, b: 1.0 };
    close(one.threshold(400_000.0).expect("class I has one"), 0.25, 1e-12);
    for (v, wanted) in [(0.4, 26_491.11), (0.67, 63_707.06), (0.9, 89_736.66)] {
        close(one.optimum(v, 400_000.0), wanted, 5e-3);
    }
    assert!(one.optimum(0.2499, 400_000.0) == 0.0);
    let two = Breach::ClassTwo { a: 1e-5 };
    assert!(two.optimum(0.05, 400_000.0) == 0.0 && two.optimum(0.99, 400_000.0) == 0.0);
    assert!(two.optimum(0.5, 400_000.0) > 0.0, "class II spends on the middle");
    for breach in [
        one,
        two,
        Breach::Exponential { a: 1e-5 },
        Breach::Power { a: 0.003, b: 0.5 },
        Breach::Logistic { a: 5e-5, k: 0.1 },
    ] {
        let z = breach.optimum(0.67, 400_000.0);
        let total = |z: f64| breach.probability(0.67, z) * 400_000.0 + z;
        for other in [0.0, 0.9 * z, 1.1 * z, z + 1000.0] {
            assert!(total(z) <= total(other) + 1e-6, "{breach:?} at {other}");
        }
    }
}

#[test]
fn ishigami_sensitivity() {
    let value = |u: &[f64]| {
        let x: Vec<f64> = u.iter().map(|u| std::f64::consts::PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    };
    let found = shinayaka_loss::sensitivity::sobol(3, 200_000, 1, value);
    close(found[0].first, 0.3139, 0.01);
    close(found[1].first, 0.4424, 0.01);
    close(found[0].total, 0.5576, 0.01);
    close(found[2].total, 0.2437, 0.01);
}

#[test]
fn oasis_cyber_case_is_allocated_back() {
    let coverage = |deductible: f64, limit: f64| CoverageLoss { loss: 100_000.0, deductible, limit };
    let mut coverages = vec![coverage(10_000.0, 2e6), coverage(25_000.0, 3e6)];
    coverages.resize(9, coverage(0.0, f64::INFINITY));
    let terms = PolicyTerms { deductible: 50_000.0, attachment: 10_000.0, limit: 10e6, share: 0.1 };
    let found = allocate(&coverages, terms);
    close(found[0], 8375.72, 5e-3);
    close(found[1], 6979.77, 5e-3);
    close(found[8], 9306.36, 5e-3);
    close(found.iter().sum(), 80_500.0, 1e-9);
}

#[test]
fn leak_damages_of_the_jo_model() {
    let leak = |items: &[&str], high: bool, inappropriate: bool, persons: u64| Leak {
        persons,
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        high_responsibility: high,
        inappropriate_response: inappropriate,
    };
    let ceiling = |leak: &Leak| damages(leak).expect("known items");
    close(ceiling(&leak(&["name", "address"], false, false, 1)).per_person, 6_000.0, 0.0);
    close(ceiling(&leak(&["name", "address"], true, false, 1)).per_person, 12_000.0, 0.0);
    close(ceiling(&leak(&["name", "address", "body_size"], false, false, 1)).per_person, 33_000.0, 0.0);
    close(ceiling(&leak(&["email"], false, false, 1)).per_person, 1_000.0, 0.0);
    close(
        ceiling(&leak(&["name", "address", "criminal_record"], true, true, 1)).per_person,
        1_500_000.0,
        0.0,
    );
    close(ceiling(&leak(&["name", "address"], true, false, 210_000)).ceiling, 2.52e9, 0.0);
    close(ceiling(&leak(&["name", "address"], false, false, 560_000)).ceiling, 3.36e9, 0.0);
    close(ceiling(&leak(&["name", "address", "body_size"], false, false, 50_000)).ceiling, 1.65e9, 0.0);
    // x and y are the largest over all items, then combined.
    let mixed = ceiling(&leak(&["medical_chart", "card_number_and_expiry"], false, false, 1));
    close(mixed.per_person, 500.0 * (100.0 + 25.0), 0.0);
    assert!(damages(&leak(&["shoe"], false, false, 1)).is_err());
    let mut found = ceiling(&leak(&["name", "address"], true, false, 210_000));
    with_claim_rate(&mut found, 210_000, 0.0002, 0.001).expect("a beta exists");
    let claims = found.claims.expect("added");
    close(claims.mean, 12_000.0 * 42.0, 1e-6);
    let [half, ninety, _, ninety_nine] = claims.quantiles;
    assert!(half <= ninety && ninety < ninety_nine && ninety_nine < 0.02 * found.ceiling);
    let high = shinayaka_loss::special::beta_lower(claims.beta[0], claims.beta[1], 0.001);
    close(high, 0.95, 1e-6);
}

const DECISION: &str = r#"
schema = "shinayaka.risk/1"
currency = "JPY"
[[scenario]]
id = "ransomware"
frequency = { kind = "poisson", rate = 0.8 }
severity = { kind = "lognormal", mu = 15, sigma = 1.2 }
terms = { limit = 500000000 }
[[scenario]]
id = "leak"
frequency = { kind = "negative_binomial", mean = 0.5, size = 1 }
severity = { kind = "gamma", shape = 1, scale = 4000000 }
"#;

fn decision(controls: usize) -> String {
    let mut text = DECISION.to_owned();
    for index in 0..controls {
        let target = if index % 3 == 0 { "[\"ransomware\", \"leak\"]" } else { "[\"ransomware\"]" };
        let effect = if index % 4 == 3 { "severity" } else { "frequency" };
        text += &format!(
            "[[control]]\nid = \"c{index:02}\"\ncost = {}\nacts_on = {target}\nefficacy = {}\ncoverage = 0.9\n\
             reliability = 0.95\neffect = \"{effect}\"\n",
            150_000 + 170_000 * (index * 7 % 5),
            0.1 + 0.07 * (index * 5 % 7) as f64
        );
    }
    text
}

#[test]
fn branch_and_bound_finds_what_trying_everything_finds() {
    let model = parse_model(&decision(7), Format::Toml).expect("valid");
    let market = Market {
        budget: 2_000_000.0,
        retentions: vec![5e6, 2e7],
        limits: vec![5e7, 2e8],
        ..Market::default()
    };
    let found = plan(&model, &market).expect("plans");
    assert_eq!((found.method.as_str(), found.gap), ("branch and bound", 0.0));
    assert!(found.best.spending <= 2_000_000.0 && found.best.objective < found.nothing.objective);
    let mut least = f64::INFINITY;
    for set in 0u32..1 << 7 {
        let mut only = model.clone();
        only.control = model
            .control
            .iter()
            .enumerate()
            .filter(|(i, _)| set >> i & 1 == 1)
            .map(|(_, c)| c.clone())
            .collect();
        // Make every remaining control free and unavoidable: cost is added by hand.
        let cost: f64 = only.control.iter().map(|control| control.cost.value).sum();
        for control in &mut only.control {
            control.cost = 0.0.into();
        }
        if cost > market.budget {
            continue;
        }
        let rest = Market { budget: market.budget - cost, ..market.clone() };
        let all = plan(&only, &rest).expect("plans");
        least = least.min(all.best.objective + cost);
    }
    close(found.best.objective / least, 1.0, 1e-9);
    for pair in found.frontier.windows(2) {
        assert!(pair[0].spending <= pair[1].spending);
        let dominated =
            pair[1].retained_mean >= pair[0].retained_mean && pair[1].retained_tvar >= pair[0].retained_tvar;
        assert!(!dominated, "{pair:#?}");
    }
    assert!(found.controls.iter().all(|line| line.rosi.is_some()));
}

#[test]
fn beyond_forty_controls_the_gap_is_stated() {
    let model = parse_model(&decision(45), Format::Toml).expect("valid");
    let found = plan(&model, &Market { budget: 3_000_000.0, ..Market::default() }).expect("plans");
    assert_eq!(found.method, "greedy");
    assert!(
        found.gap > 0.0
            && found.best.spending <= 3_000_000.0
            && found.best.objective < found.nothing.objective
    );
}

#[test]
fn common_random_numbers_make_the_value_of_a_control_precise() {
    let model = parse_model(DECISION, Format::Toml).expect("valid");
    let base = Book::of(&model);
    let mut better = base.clone();
    for risk in &mut better.risks {
        risk.count = risk.count.thin(0.7);
    }
    let run = |book: &Book, seed| {
        simulate(book, &Settings { years: 100_000, seed, ..Settings::default() }, &|_, _| {})
            .expect("runs")
            .total
    };
    let spread = |left: &[f64], right: &[f64]| {
        let differences: Vec<f64> = left.iter().zip(right).map(|(left, right)| left - right).collect();
        shinayaka_loss::simulate::Moments::of(&differences).variance()
    };
    let (with, without, other) = (run(&better, 1), run(&base, 1), run(&better, 2));
    assert!(spread(&without, &with) < 0.6 * spread(&without, &other));
}

#[test]
fn back_tests_know_a_right_forecast_from_a_wrong_one() {
    let book = Book::of(&parse_model(DECISION, Format::Toml).expect("valid"));
    let settings = Settings { years: 400, seed: 11, ..Settings::default() };
    let outcomes = simulate(&book, &settings, &|_, _| {}).expect("runs").total;
    let exact = Exact::run(&book, ExactSettings { level: 0.9999, ..ExactSettings::default() }, &|_, _| {})
        .expect("runs");
    let right = backtest(&exact.total[1], &outcomes, &[0.95]).expect("scores");
    // The transform takes the middle of the jump at 0, which half the outcomes share: only the exceedances are judged.
    assert!(right.exceedances[0].coverage.p_value > 0.01, "{:?}", right.exceedances);
    let mut low = book.clone();
    for risk in &mut low.risks {
        risk.payment.scale *= 0.4;
    }
    let narrow = Exact::run(&low, ExactSettings { level: 0.9999, ..ExactSettings::default() }, &|_, _| {})
        .expect("runs");
    let wrong = backtest(&narrow.total[1], &outcomes, &[0.95]).expect("scores");
    assert!(wrong.exceedances[0].kupiec.p_value < 1e-3);
    assert!(right.crps < wrong.crps && right.log_score < wrong.log_score);
    let ensemble =
        simulate(&book, &Settings { years: 20_000, ..Settings::default() }, &|_, _| {}).expect("runs").total;
    let by_sample = outcomes.iter().map(|x| crps_sample(&ensemble, *x)).sum::<f64>() / 400.0;
    close(by_sample / right.crps, 1.0, 0.02);
}

#[test]
fn test_statistics_by_hand() {
    // 10 of 250 at 1 %: 2 (10 ln(0.04/0.01) + 240 ln(0.96/0.99)).
    let found = kupiec(250, 10, 0.01);
    close(found.statistic, 2.0 * (10.0 * 4.0f64.ln() + 240.0 * (0.96f64 / 0.99).ln()), 1e-10);
    close(found.p_value, 0.000_3, 1e-4);
    let clustered: Vec<bool> = (0..200).map(|day| day % 50 < 5).collect();
    assert!(christoffersen(&clustered).p_value < 1e-6);
    let spread: Vec<bool> = (0..200).map(|day| day * 7919 % 10 == 3).collect();
    assert!(christoffersen(&spread).p_value > 0.01);
    let deviance = poisson_deviance(&[3.0, 0.0], &[2.0, 1.0]).expect("valid");
    close(deviance.statistic, 2.0 * (3.0 * 1.5f64.ln() - 1.0 + 1.0), 1e-12);
}

#[test]
fn bands_widen_with_what_is_not_known() {
    let text =
        DECISION.replace("rate = 0.8", "rate = { value = 0.8, low = 0.4, high = 1.6, source = \"survey\" }");
    let model = parse_model(&text, Format::Toml).expect("valid");
    let found = shinayaka_loss::band::bands(&model, 1, 40, &[0.99], &[10.0, 100.0], &|_, _| {})
        .expect("one uncertain number");
    assert_eq!((found.uncertain, found.rejected, found.draws), (1, 0, 40));
    let mean = Book::of(&model).mean();
    let [low, _, high] = found.mean.expect("finite");
    assert!(low < 0.8 * mean && high > 1.3 * mean, "{low} {mean} {high}");
    let plain = parse_model(DECISION, Format::Toml).expect("valid");
    assert!(shinayaka_loss::band::bands(&plain, 1, 10, &[0.99], &[10.0], &|_, _| {}).is_err());
}
