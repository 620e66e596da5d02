//! The loss exceedance curve as SVG: probability that a year's loss exceeds an amount, both axes logarithmic, with a band
//! and a tolerance line.

use std::fmt::Write;

/// What is drawn. Points are (loss, probability of exceeding it in a year).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exceedance {
    /// Title.
    pub title: String,
    /// ISO 4217.
    pub currency: String,
    /// The year's total (AEP).
    pub curve: Vec<(f64, f64)>,
    /// The largest occurrence of a year (OEP).
    pub occurrences: Vec<(f64, f64)>,
    /// Whether the curves are simulated rather than exact.
    pub simulated: bool,
    /// (loss low, loss high, probability).
    pub band: Vec<(f64, f64, f64)>,
    /// What the band is.
    pub band_label: String,
    /// Tolerance line.
    pub tolerance: Vec<(f64, f64)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 70.0;

struct Axes {
    loss: (f64, f64),
    probability: (f64, f64),
}

impl Axes {
    fn of(plot: &Exceedance) -> Self {
        let losses = plot
            .curve
            .iter()
            .chain(&plot.occurrences)
            .chain(&plot.tolerance)
            .map(|point| point.0)
            .chain(plot.band.iter().flat_map(|point| [point.0, point.1]))
            .filter(|loss| *loss > 0.0);
        let (low, high) = losses
            .fold((f64::INFINITY, 1.0f64), |(low, high): (f64, f64), loss| (low.min(loss), high.max(loss)));
        let low = if low.is_finite() { low } else { 0.1 };
        let probabilities =
            plot.curve.iter().chain(&plot.tolerance).map(|point| point.1).filter(|p| *p > 0.0);
        let least = probabilities.fold(0.1, f64::min);
        let low = low.max(high * 1e-7);
        Self {
            loss: (low.log10().floor(), high.log10().ceil().max(low.log10().floor() + 1.0)),
            probability: (least.log10().floor(), 0.0),
        }
    }

    fn x(&self, loss: f64) -> f64 {
        let part = (loss.max(1e-300).log10() - self.loss.0) / (self.loss.1 - self.loss.0);
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, probability: f64) -> f64 {
        let part = (probability.max(1e-300).log10() - self.probability.0)
            / (self.probability.1 - self.probability.0);
        HEIGHT - BOTTOM - part.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
    }
}

/// Draws it.
pub fn svg(plot: &Exceedance) -> String {
    let axes = Axes::of(plot);
    let mut out = String::new();
    let _ = writeln!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="12" fill="#1a1a1c">"##
    );
    let title = escape(&plot.title);
    let _ = writeln!(out, "<title>{title}</title>");
    let _ = writeln!(out, r##"<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>"##);
    let _ = writeln!(out, r#"<text x="{LEFT}" y="28" font-size="15" font-weight="bold">{title}</text>"#);
    grid(&mut out, &axes, &plot.currency);
    if !plot.band.is_empty() {
        let low = plot.band.iter().map(|point| (point.0, point.2));
        let high = plot.band.iter().rev().map(|point| (point.1, point.2));
        let _ = writeln!(
            out,
            r##"<polygon points="{}" fill="#0031d8" fill-opacity="0.18"><title>{}</title></polygon>"##,
            points(&axes, low.chain(high)),
            escape(&plot.band_label)
        );
    }
    line(&mut out, &axes, &plot.curve, r##"stroke="#0031d8" stroke-width="2""##);
    line(
        &mut out,
        &axes,
        &plot.occurrences,
        r##"stroke="#008b8b" stroke-width="1.5" stroke-dasharray="2 3""##,
    );
    line(&mut out, &axes, &plot.tolerance, r##"stroke="#ec0000" stroke-width="2" stroke-dasharray="7 4""##);
    if let [(loss, probability)] = plot.tolerance[..] {
        let (x, y) = (axes.x(loss), axes.y(probability));
        let _ = writeln!(out, r##"<circle cx="{x:.1}" cy="{y:.1}" r="5" fill="#ec0000"/>"##);
    }
    legend(&mut out, plot);
    out.push_str("</svg>\n");
    out
}

fn grid(out: &mut String, axes: &Axes, currency: &str) {
    let (left, right, top, bottom) = (LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM);
    for power in axes.loss.0 as i32..=axes.loss.1 as i32 {
        let x = axes.x(10f64.powi(power));
        let _ =
            writeln!(out, r##"<line x1="{x:.1}" y1="{top}" x2="{x:.1}" y2="{bottom}" stroke="#d8d8db"/>"##);
        let label = amount(power);
        let _ =
            writeln!(out, r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{label}</text>"#, bottom + 18.0);
    }
    for power in axes.probability.0 as i32..=0 {
        let y = axes.y(10f64.powi(power));
        let _ =
            writeln!(out, r##"<line x1="{left}" y1="{y:.1}" x2="{right}" y2="{y:.1}" stroke="#d8d8db"/>"##);
        let years = 10f64.powi(-power);
        let label = if power == 0 { "every year".to_owned() } else { format!("1 in {years}") };
        let _ = writeln!(
            out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{label}</text>"#,
            left - 8.0,
            y + 4.0
        );
    }
    let middle = 0.5 * (left + right);
    let _ = writeln!(
        out,
        r#"<text x="{middle}" y="{:.1}" text-anchor="middle">loss of a year exceeds ({})</text>"#,
        bottom + 38.0,
        escape(currency)
    );
}

fn amount(power: i32) -> String {
    match power {
        ..=-1 => format!("1e{power}"),
        0..=2 => 10i64.pow(power as u32).to_string(),
        3..=5 => format!("{} k", 10i64.pow(power as u32 - 3)),
        6..=8 => format!("{} M", 10i64.pow(power as u32 - 6)),
        9..=11 => format!("{} G", 10i64.pow(power as u32 - 9)),
        _ => format!("1e{power}"),
    }
}

fn points(axes: &Axes, list: impl Iterator<Item = (f64, f64)>) -> String {
    let point = |(loss, probability): (f64, f64)| format!("{:.1},{:.1}", axes.x(loss), axes.y(probability));
    list.map(point).collect::<Vec<_>>().join(" ")
}

fn line(out: &mut String, axes: &Axes, list: &[(f64, f64)], style: &str) {
    if list.len() > 1 {
        let _ = writeln!(
            out,
            r#"<polyline points="{}" fill="none" {style}/>"#,
            points(axes, list.iter().copied())
        );
    }
}

fn legend(out: &mut String, plot: &Exceedance) {
    let y = HEIGHT - 12.0;
    let engine = if plot.simulated { "simulated" } else { "exact" };
    let _ = writeln!(
        out,
        r##"<text x="{LEFT}" y="{y}" fill="#0031d8">year, {engine}</text><text x="{}" y="{y}" fill="#008b8b">largest occurrence</text>"##,
        LEFT + 95.0
    );
    if !plot.band.is_empty() {
        let _ = writeln!(
            out,
            r##"<text x="{}" y="{y}" fill="#4a6ee0">band: {}</text>"##,
            LEFT + 220.0,
            escape(&plot.band_label)
        );
    }
    if !plot.tolerance.is_empty() {
        let _ =
            writeln!(out, r##"<text x="{}" y="{y}" fill="#ec0000">tolerance</text>"##, WIDTH - RIGHT - 70.0);
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
