//! The report as a person reads it.

use std::fmt::Write;

use shinayaka_loss::curve::Estimate;
use shinayaka_loss::report::Report;

/// Money and probabilities in a fixed width.
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 {
        "0".into()
    } else if magnitude < 1.0 {
        format!("{value:.6}")
    } else {
        grouped(value, if magnitude < 1000.0 { 3 } else { 0 })
    }
}

fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{text}") } else { format!("{sign}{text}.{rest}") }
}

pub fn report(report: &Report) -> String {
    let mut out = String::new();
    let _ =
        writeln!(out, "{} risks, {}, model {}", report.risks, report.currency, short(&report.model_sha256));
    table(&mut out, report);
    for reason in &report.refused {
        let _ = writeln!(out, "refused: {reason}");
    }
    curve(&mut out, report);
    layers(&mut out, report);
    loadings(&mut out, report);
    contributions(&mut out, report);
    for check in &report.panjer {
        if let Some(gap) = check.largest_difference {
            let _ = writeln!(out, "Panjer against transform, {}: largest difference {gap:.1e}", check.id);
        }
    }
    if report.unsourced > 0 {
        let _ = writeln!(out, "{} numbers of the model name no source", report.unsourced);
    }
    match report.agree {
        Some(true) => out.push_str("verdict: the two engines agree\n"),
        Some(false) => out.push_str("verdict: THE TWO ENGINES DISAGREE\n"),
        None => {}
    }
    out
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn table(out: &mut String, report: &Report) {
    let _ = writeln!(
        out,
        "{:<12} {:>20} {:>34} {:>20} {:>16}",
        "figure", "exact", "interval", "simulated", "standard error"
    );
    for (name, exact, interval, simulated, error) in rows(report) {
        let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
        let interval = interval
            .map_or_else(|| "-".to_owned(), |pair| format!("{} .. {}", number(pair[0]), number(pair[1])));
        let (exact, simulated, error) = (cell(exact), cell(simulated), cell(error));
        let _ = writeln!(out, "{name:<12} {exact:>20} {interval:>34} {simulated:>20} {error:>16}");
    }
    for comparison in &report.comparisons {
        if comparison.agrees == Some(false) {
            let [low, high] = comparison.exact.map(number);
            let (value, allowance) = (number(comparison.monte_carlo), number(comparison.allowance));
            let _ = writeln!(
                out,
                "DISAGREES {}: {value} +- {allowance} against {low} .. {high}",
                comparison.figure
            );
        } else if let Some(note) = &comparison.note {
            let _ = writeln!(out, "{}: {note}", comparison.figure);
        }
    }
}

type TableRow = (String, Option<f64>, Option<[f64; 2]>, Option<f64>, Option<f64>);

fn rows(report: &Report) -> Vec<TableRow> {
    let exact = report.exact.as_ref();
    let simulated = report.monte_carlo.as_ref();
    let mut rows = vec![
        (
            "mean".to_owned(),
            exact.and_then(|exact| exact.figures.mean),
            exact.and_then(|exact| exact.interval.mean),
            simulated.and_then(|simulated| simulated.figures.mean),
            simulated.and_then(|simulated| simulated.standard_error.mean),
        ),
        (
            "sd".to_owned(),
            exact.and_then(|exact| exact.figures.sd),
            exact.and_then(|exact| exact.interval.sd),
            simulated.and_then(|simulated| simulated.figures.sd),
            simulated.and_then(|simulated| simulated.standard_error.sd),
        ),
        (
            "P(0)".to_owned(),
            exact.map(|exact| exact.figures.p_zero),
            exact.map(|exact| exact.interval.p_zero),
            simulated.map(|simulated| simulated.figures.p_zero),
            simulated.map(|simulated| simulated.standard_error.p_zero),
        ),
    ];
    let keyed = |name: &str,
                 pick: fn(&shinayaka_loss::figures::Figures<f64>) -> &shinayaka_loss::figures::ByKey<f64>,
                 bounds: fn(
        &shinayaka_loss::figures::Figures<[f64; 2]>,
    ) -> &shinayaka_loss::figures::ByKey<[f64; 2]>| {
        let keys: Vec<String> = exact
            .map(|exact| pick(&exact.figures).keys().cloned().collect())
            .or_else(|| simulated.map(|simulated| pick(&simulated.figures).keys().cloned().collect()))
            .unwrap_or_default();
        keys.into_iter()
            .map(|key| {
                (
                    format!("{name} {key}"),
                    exact.and_then(|exact| pick(&exact.figures).get(&key).copied()),
                    exact.and_then(|exact| bounds(&exact.interval).get(&key).copied()),
                    simulated.and_then(|simulated| pick(&simulated.figures).get(&key).copied()),
                    simulated.and_then(|simulated| pick(&simulated.standard_error).get(&key).copied()),
                )
            })
            .collect::<Vec<_>>()
    };
    rows.extend(keyed("VaR", |figures| &figures.var, |figures| &figures.var));
    rows.extend(keyed("TVaR", |figures| &figures.tvar, |figures| &figures.tvar));
    rows.extend(keyed("OEP", |figures| &figures.oep, |figures| &figures.oep));
    rows
}

/// Losses by return period, and the amounts asked for.
fn curve(out: &mut String, report: &Report) {
    let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
    let of = |one: Estimate| format!("{} ({})", cell(one.exact), cell(one.monte_carlo));
    for point in report.curve.iter().filter(|point| point.return_period >= 5.0) {
        let (aep, oep) = (of(point.aep), of(point.oep));
        let _ = writeln!(out, "1 in {} years: year {aep}, largest occurrence {oep}", point.return_period);
    }
    for figures in &report.amounts {
        let (reached, exceeded) = (of(figures.reached), of(figures.exceeded));
        let _ = writeln!(out, "{} reached with {reached}, exceeded with {exceeded}", number(figures.amount));
    }
}

fn layers(out: &mut String, report: &Report) {
    for layer in &report.layers {
        if let Some(exact) = &layer.exact {
            let _ = writeln!(
                out,
                "layer {}: pure premium {} ({} .. {}), sd {}, attaches {}, exhausts {}",
                layer.id,
                number(exact.mean),
                number(exact.interval[0]),
                number(exact.interval[1]),
                number(exact.sd),
                number(exact.p_attach),
                number(exact.p_exhaust),
            );
        }
        if let Some(simulated) = &layer.monte_carlo {
            let _ = writeln!(
                out,
                "layer {} simulated: pure premium {} +- {}, sd {}, attaches {}, exhausts {}",
                layer.id,
                number(simulated.mean),
                number(simulated.standard_error),
                number(simulated.sd),
                number(simulated.p_attach),
                number(simulated.p_exhaust),
            );
        }
    }
}

fn loadings(out: &mut String, report: &Report) {
    let Some(loadings) = &report.loadings else { return };
    if let Some(exact) = &loadings.exact {
        let pair = |pair: [f64; 2]| format!("{} .. {}", number(pair[0]), number(pair[1]));
        let _ = writeln!(
            out,
            "loaded premiums: mean + 0.3 sd {}, Wang(0.5) {}, PH(0.7) {}, dual(1.5) {}",
            number(exact.sd[0]),
            pair(exact.wang),
            pair(exact.proportional_hazard),
            pair(exact.dual_power),
        );
    }
    if let Some(simulated) = &loadings.monte_carlo {
        let _ = writeln!(
            out,
            "loaded premiums, simulated: mean + 0.3 sd {}, Wang(0.5) {}, PH(0.7) {}, dual(1.5) {}",
            number(simulated.sd),
            number(simulated.wang),
            number(simulated.proportional_hazard),
            number(simulated.dual_power),
        );
    }
}

fn contributions(out: &mut String, report: &Report) {
    for contribution in &report.contributions {
        let mean = contribution.mean.map_or_else(|| "infinite".to_owned(), number);
        let _ = write!(out, "contribution of {}: mean {mean}", contribution.id);
        for (level, exact) in &contribution.exact {
            let _ = write!(out, ", TVaR {level} {}", number(*exact));
        }
        if contribution.exact.is_empty() {
            for (level, simulated) in &contribution.monte_carlo {
                let _ = write!(out, ", TVaR {level} {}", number(*simulated));
            }
        }
        out.push('\n');
    }
}
