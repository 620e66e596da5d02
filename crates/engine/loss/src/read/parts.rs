//! The tables of a model, one function each.

use super::fields::{Fields, Range};
use crate::currency;
use crate::model::{
    Aggregate, Control, Effect, Frequency, Layer, Model, Quantity, SCHEMA, Scenario, Severity, Shape, Shock,
    ShockLink, Terms, Tolerance,
};
use crate::tree::Value;

pub fn model(fields: &mut Fields<'_>) -> Model {
    let model = Model {
        schema: schema(fields),
        id: fields.text("id").map(|found| found.0).unwrap_or_default(),
        currency: currency_code(fields),
        title: fields.text("title").map(|found| found.0).unwrap_or_default(),
        shock: fields.tables("shock", shock),
        scenario: fields.tables("scenario", scenario),
        layer: fields.tables("layer", layer),
        control: fields.tables("control", control),
        tolerance: fields.tables("tolerance", tolerance),
    };
    fields.finish();
    model
}

fn schema(fields: &mut Fields<'_>) -> String {
    let Some((text, line)) = fields.text("schema") else {
        fields.fault(fields.line(), "schema", format!("is missing; must be {SCHEMA:?}"));
        return String::new();
    };
    if text != SCHEMA {
        fields.fault(line, "schema", format!("is {text:?}, must be {SCHEMA:?}"));
    }
    text
}

fn currency_code(fields: &mut Fields<'_>) -> String {
    let Some((code, line)) = fields.text("currency") else {
        fields.missing("currency");
        return String::new();
    };
    if !currency::is_known(&code) {
        fields.fault(line, "currency", format!("{code:?} is not an ISO 4217 code"));
    }
    code
}

fn shock(fields: &mut Fields<'_>) -> Shock {
    Shock {
        id: fields.needed_text("id"),
        rate: fields.number(&["rate"], Range::Rate),
        probability: fields.optional(&["probability"], Range::Probability),
    }
}

fn scenario(fields: &mut Fields<'_>) -> Scenario {
    let id = fields.needed_text("id");
    let frequency = fields.table("frequency", frequency).unwrap_or_else(|| {
        fields.missing("frequency");
        Frequency::Poisson { rate: 0.0.into() }
    });
    let severity = fields.table("severity", severity).unwrap_or_else(|| {
        fields.missing("severity");
        Severity { shape: placeholder(), cap: None }
    });
    let loss_per_hour = fields.optional(&["loss_per_hour"], Range::Positive);
    let line = fields.line();
    let terms = fields.table("terms", terms).unwrap_or_default();
    if terms.waiting_hours.is_some() && loss_per_hour.is_none() {
        let reason = "needs loss_per_hour in the scenario (the severity is then the outage in hours)";
        fields.fault(line, "terms.waiting_hours", reason);
    }
    Scenario { id, frequency, severity, loss_per_hour, terms, shocks: fields.tables("shocks", shock_link) }
}

fn placeholder() -> Shape {
    Shape::Lognormal { mu: 0.0.into(), sigma: 1.0.into() }
}

fn terms(fields: &mut Fields<'_>) -> Terms {
    Terms {
        deductible: fields.optional(&["deductible"], Range::NotNegative),
        limit: fields.optional(&["limit"], Range::Positive),
        waiting_hours: fields.optional(&["waiting_hours"], Range::NotNegative),
        share: fields.optional(&["share"], Range::Share),
    }
}

fn shock_link(fields: &mut Fields<'_>) -> ShockLink {
    ShockLink {
        id: fields.needed_text("id"),
        probability: fields.optional(&["probability"], Range::Probability),
    }
}

fn frequency(fields: &mut Fields<'_>) -> Frequency {
    let line = fields.line();
    let kind = fields.text("kind").map(|found| found.0);
    match kind.as_deref() {
        Some("poisson") => {
            Frequency::Poisson { rate: fields.number(&["rate", "mean", "lambda"], Range::Rate) }
        }
        Some("negative_binomial") => negative_binomial(fields),
        Some("zero_inflated_poisson") => Frequency::ZeroInflatedPoisson {
            rate: fields.number(&["rate", "lambda"], Range::Rate),
            zero: fields.number(
                &["zero", "zero_probability", "probability", "p_zero", "pi", "inflation"],
                Range::Probability,
            ),
        },
        Some("binomial") => Frequency::Binomial {
            trials: fields.number(&["trials", "n", "m"], Range::Count),
            probability: fields.number(&["probability", "p", "q"], Range::Probability),
        },
        Some("table") => frequency_table(fields),
        Some("zero_modified") => Frequency::ZeroModified {
            p_zero: fields.number(&["p_zero"], Range::Probability),
            base: Box::new(inner_frequency(fields, "base")),
        },
        Some("compound") => Frequency::Compound {
            primary: Box::new(inner_frequency(fields, "primary")),
            secondary: Box::new(inner_frequency(fields, "secondary")),
        },
        other => {
            let known =
                "poisson, negative_binomial, zero_inflated_poisson, binomial, table, zero_modified, compound";
            unknown_kind(fields, line, other, known);
            Frequency::Poisson { rate: 0.0.into() }
        }
    }
}

/// Says that the kind is unknown and leaves the table's other fields alone, for they may be right for the true kind.
fn unknown_kind(fields: &mut Fields<'_>, line: usize, kind: Option<&str>, known: &str) {
    let reason = match kind {
        Some(kind) => format!("unknown kind {kind:?}; known: {known}"),
        None => format!("is missing; known: {known}"),
    };
    fields.fault(line, "kind", reason);
    fields.abandon();
}

fn inner_frequency(fields: &mut Fields<'_>, name: &'static str) -> Frequency {
    fields.table(name, frequency).unwrap_or_else(|| {
        fields.missing(name);
        Frequency::Poisson { rate: 0.0.into() }
    })
}

/// Canonical form: mean and size. Also accepted: r with beta (mean = r beta) or with the success probability p.
fn negative_binomial(fields: &mut Fields<'_>) -> Frequency {
    let size = fields.number(&["size", "r", "k"], Range::Between(1e-9, 1e9));
    let mean = if let Some(beta) = fields.optional(&["beta"], Range::NotNegative) {
        Quantity { value: size.value * beta.value, ..beta }
    } else if let Some(probability) = fields.optional(&["p"], Range::Share) {
        let mean = size.value * (1.0 - probability.value) / probability.value;
        Quantity { value: mean, interval: None, provenance: probability.provenance }
    } else {
        fields.number(&["mean", "rate"], Range::Rate)
    };
    Frequency::NegativeBinomial { mean, size }
}

fn frequency_table(fields: &mut Fields<'_>) -> Frequency {
    let probabilities = fields.numbers("probabilities", Range::Probability).unwrap_or_else(|| {
        fields.missing("probabilities");
        vec![1.0]
    });
    let total: f64 = probabilities.iter().sum();
    if (total - 1.0).abs() > 1e-9 {
        fields.fault(fields.line(), "probabilities", format!("sum to {total}, must sum to 1"));
    }
    Frequency::Table { probabilities }
}

fn severity(fields: &mut Fields<'_>) -> Severity {
    let cap = fields.optional(&["cap"], Range::Positive);
    Severity { shape: shape(fields), cap }
}

fn shape(fields: &mut Fields<'_>) -> Shape {
    let line = fields.line();
    let kind = fields.text("kind").map(|found| found.0);
    match kind.as_deref() {
        Some("lognormal") => Shape::Lognormal {
            mu: fields.number(&["mu", "meanlog"], Range::Between(-100.0, 100.0)),
            sigma: fields.number(&["sigma", "sdlog"], Range::Between(1e-6, 12.0)),
        },
        Some("gpd") => Shape::Gpd {
            xi: fields.number(&["xi", "shape"], Range::Between(-5.0, 10.0)),
            beta: fields.number(&["beta", "scale", "sigma"], Range::Positive),
            threshold: fields
                .optional(&["threshold", "u", "location"], Range::NotNegative)
                .unwrap_or_default(),
        },
        Some("pareto") => pareto(fields),
        Some("gamma") => Shape::Gamma {
            shape: fields.number(&["shape", "alpha"], Range::Between(1e-3, 1e6)),
            scale: fields.number(&["scale", "theta"], Range::Positive),
        },
        Some("weibull") => Shape::Weibull {
            shape: fields.number(&["shape", "tau"], Range::Between(0.05, 100.0)),
            scale: fields.number(&["scale", "theta"], Range::Positive),
        },
        Some("spliced") => spliced(fields),
        Some("pert") => pert(fields),
        Some("empirical") => empirical(fields),
        other => {
            unknown_kind(
                fields,
                line,
                other,
                "lognormal, gpd, pareto, gamma, weibull, spliced, pert, empirical",
            );
            placeholder()
        }
    }
}

fn pareto(fields: &mut Fields<'_>) -> Shape {
    let alpha = fields.number(&["alpha", "shape"], Range::Between(0.1, 1000.0));
    let scale = fields.optional(&["scale", "theta"], Range::Positive);
    let minimum = fields.optional(&["minimum", "x_min", "xm"], Range::Positive);
    if scale.is_some() == minimum.is_some() {
        let reason = "give either scale (type II, Lomax) or minimum (type I)";
        fields.fault(fields.line(), "scale", reason);
        return Shape::Pareto { alpha, scale: Some(1.0.into()), minimum: None };
    }
    Shape::Pareto { alpha, scale, minimum }
}

fn spliced(fields: &mut Fields<'_>) -> Shape {
    let threshold = fields.number(&["threshold"], Range::Positive);
    let tail_probability = fields.optional(&["tail_probability", "weight"], Range::Between(1e-9, 1.0 - 1e-9));
    let mut part = |name: &'static str| {
        let shape = fields.table(name, shape).unwrap_or_else(|| {
            fields.missing(name);
            placeholder()
        });
        if matches!(shape, Shape::Spliced { .. } | Shape::Empirical { .. }) {
            fields.fault(fields.line(), name, "must be lognormal, gpd, pareto, gamma, weibull or pert");
            return placeholder();
        }
        shape
    };
    let body = part("body");
    let tail = part("tail");
    Shape::Spliced { threshold, tail_probability, body: Box::new(body), tail: Box::new(tail) }
}

fn pert(fields: &mut Fields<'_>) -> Shape {
    let low = fields.number(&["low", "min", "minimum"], Range::NotNegative);
    let mode = fields.number(&["mode", "most_likely"], Range::NotNegative);
    let high = fields.number(&["high", "max", "maximum"], Range::Positive);
    let weight = fields.optional(&["weight", "lambda"], Range::Between(1e-3, 1000.0));
    if !(low.value <= mode.value && mode.value <= high.value && low.value < high.value) {
        let (low, mode, high) = (low.value, mode.value, high.value);
        fields.fault(
            fields.line(),
            "mode",
            format!("{low} <= {mode} <= {high} with low < high does not hold"),
        );
        return placeholder();
    }
    Shape::Pert { low, mode, high, weight }
}

fn empirical(fields: &mut Fields<'_>) -> Shape {
    let values = fields.numbers("values", Range::NotNegative).unwrap_or_default();
    let weights = fields.numbers("weights", Range::NotNegative);
    if values.is_empty() {
        fields.fault(fields.line(), "values", "is missing or empty");
        return placeholder();
    }
    if let Some(weights) = &weights
        && (weights.len() != values.len() || weights.iter().sum::<f64>() <= 0.0)
    {
        let reason = format!("must be {} numbers with a sum above 0", values.len());
        fields.fault(fields.line(), "weights", reason);
        return placeholder();
    }
    Shape::Empirical { values, weights }
}

fn layer(fields: &mut Fields<'_>) -> Layer {
    let layer = Layer {
        id: fields.needed_text("id"),
        attachment: fields.number(&["attachment"], Range::NotNegative),
        limit: fields.number(&["limit"], Range::Positive),
        aggregate: aggregate(fields),
        reinstatements: fields.optional(&["reinstatements"], Range::Count),
        share: fields.optional(&["share"], Range::Share),
    };
    if layer.reinstatements.is_some() && matches!(layer.aggregate, Some(Aggregate::Annual(true))) {
        let reason = "an annual layer (aggregate = true) has nothing to reinstate";
        fields.fault(fields.line(), "reinstatements", reason);
    }
    layer
}

fn aggregate(fields: &mut Fields<'_>) -> Option<Aggregate> {
    if let Some((_, node)) = fields.peek("aggregate")
        && let Value::Bool(annual) = node.value
    {
        fields.take(&["aggregate"]);
        return Some(Aggregate::Annual(annual));
    }
    fields.optional(&["aggregate"], Range::Positive).map(Aggregate::Limit)
}

fn control(fields: &mut Fields<'_>) -> Control {
    let effect = match fields.text("effect") {
        None => Effect::Frequency,
        Some((text, _)) if text == "frequency" => Effect::Frequency,
        Some((text, _)) if text == "severity" => Effect::Severity,
        Some((text, line)) => {
            fields.fault(line, "effect", format!("unknown effect {text:?}; known: frequency, severity"));
            Effect::Frequency
        }
    };
    let acts_on = fields.texts("acts_on").unwrap_or_default();
    if acts_on.is_empty() {
        fields.fault(fields.line(), "acts_on", "must name at least one scenario");
    }
    Control {
        id: fields.needed_text("id"),
        cost: fields.number(&["cost"], Range::NotNegative),
        acts_on,
        efficacy: fields.number(&["efficacy"], Range::Probability),
        coverage: fields.optional(&["coverage"], Range::Probability).unwrap_or_else(|| 1.0.into()),
        reliability: fields.optional(&["reliability"], Range::Probability).unwrap_or_else(|| 1.0.into()),
        effect,
        group: fields.text("group").map(|found| found.0),
    }
}

fn tolerance(fields: &mut Fields<'_>) -> Tolerance {
    Tolerance {
        loss: fields.number(&["loss"], Range::NotNegative),
        return_period: fields.number(&["return_period"], Range::Between(1.0, 1e9)),
    }
}
