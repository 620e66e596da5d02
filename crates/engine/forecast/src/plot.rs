//! Charts as SVG: a series with forecast fans, a reliability diagram, an impact fan.

use std::fmt::Write;

use crate::fan::Hour;
use crate::verify::Bin;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 25.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;
const BLUE: &str = "#0031d8";
const RED: &str = "#ec0000";

struct Chart {
    out: String,
    x: (f64, f64),
    y: (f64, f64),
}

impl Chart {
    fn new(title: &str, x: (f64, f64), y: (f64, f64), names: (&str, &str)) -> Self {
        let wide = |range: (f64, f64)| if range.1 > range.0 { range } else { (range.0, range.0 + 1.0) };
        let mut chart = Self { out: String::new(), x: wide(x), y: wide(y) };
        let title = escape(title);
        let _ = writeln!(
            chart.out,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="12" fill="#1a1a1c"><title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/><text x="{LEFT}" y="28" font-size="15" font-weight="bold">{title}</text>"##
        );
        chart.grid(names);
        chart
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let part = |value: f64, range: (f64, f64)| ((value - range.0) / (range.1 - range.0)).clamp(0.0, 1.0);
        (
            LEFT + part(x, self.x) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - part(y, self.y) * (HEIGHT - TOP - BOTTOM),
        )
    }

    fn grid(&mut self, names: (&str, &str)) {
        for value in ticks(self.y) {
            let ((left, y), (right, _)) = (self.at(self.x.0, value), self.at(self.x.1, value));
            let _ = writeln!(
                self.out,
                r##"<line x1="{left:.1}" y1="{y:.1}" x2="{right:.1}" y2="{y:.1}" stroke="#d8d8db"/><text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"##,
                left - 8.0,
                y + 4.0,
                number(value)
            );
        }
        for value in ticks(self.x) {
            let (x, y) = self.at(value, self.y.0);
            let _ = writeln!(
                self.out,
                r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                y + 18.0,
                number(value)
            );
        }
        let _ = writeln!(
            self.out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="middle">{}</text><text x="{LEFT}" y="44" font-size="11">{}</text>"#,
            0.5 * (LEFT + WIDTH - RIGHT),
            HEIGHT - BOTTOM + 38.0,
            escape(names.0),
            escape(names.1)
        );
    }

    fn points(&self, list: impl Iterator<Item = (f64, f64)>) -> String {
        let text = |(x, y)| {
            let (x, y) = self.at(x, y);
            format!("{x:.1},{y:.1}")
        };
        list.map(text).collect::<Vec<_>>().join(" ")
    }

    fn line(&mut self, list: &[(f64, f64)], style: &str) {
        let points = self.points(list.iter().copied());
        let _ = writeln!(self.out, r#"<polyline points="{points}" fill="none" {style}/>"#);
    }

    fn band(&mut self, list: &[(f64, f64, f64)], colour: &str, opacity: f64, name: &str) {
        let low = list.iter().map(|point| (point.0, point.1));
        let points = self.points(low.chain(list.iter().rev().map(|point| (point.0, point.2))));
        let _ = writeln!(
            self.out,
            r#"<polygon points="{points}" fill="{colour}" fill-opacity="{opacity}"><title>{}</title></polygon>"#,
            escape(name)
        );
    }

    fn dot(&mut self, x: f64, y: f64, colour: &str) {
        let (x, y) = self.at(x, y);
        let _ = writeln!(self.out, r#"<circle cx="{x:.1}" cy="{y:.1}" r="4" fill="{colour}"/>"#);
    }

    fn legend(&mut self, text: &str) {
        let _ = writeln!(
            self.out,
            r#"<text x="{LEFT}" y="{:.1}" font-size="11">{}</text>"#,
            HEIGHT - 8.0,
            escape(text)
        );
    }

    fn end(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }
}

fn ticks(range: (f64, f64)) -> Vec<f64> {
    let rough = (range.1 - range.0) / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(rough);
    let first = (range.0 / step).ceil() as i64;
    (first..=first + 10).map(|n| n as f64 * step).filter(|value| *value <= range.1 + 1e-9 * step).collect()
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1e9 => format!("{:.1} G", value / 1e9),
        size if size >= 1e6 => format!("{:.1} M", value / 1e6),
        size if size >= 1e4 => format!("{:.0} k", value / 1e3),
        _ => format!("{}", (value * 1e6).round() / 1e6),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One fan: what the next values sum to, drawn as their mean per step over the span that they cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan {
    /// First step forecast.
    pub from: f64,
    /// Steps that are summed.
    pub steps: f64,
    /// Quantiles of the sum at the levels 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975.
    pub quantiles: [f64; 9],
}

/// The last values of a series (at most 400) and fans over what comes; or, for a backtest, fans over what came.
#[must_use]
pub fn series(title: &str, values: &[Option<f64>], fans: &[Fan]) -> String {
    let first = values.len().saturating_sub(400);
    let shown: Vec<(f64, f64)> =
        (first..values.len()).filter_map(|at| Some((at as f64, values[at]?))).collect();
    let last = fans.iter().map(|fan| fan.from + fan.steps).fold(values.len() as f64, f64::max);
    let most = shown.iter().map(|point| point.1).chain(fans.iter().map(|fan| fan.quantiles[8] / fan.steps));
    let least = shown.iter().map(|point| point.1).fold(0.0, f64::min);
    let mut chart = Chart::new(
        title,
        (first as f64, last),
        (least, most.fold(1e-9, f64::max)),
        ("step", "value per step"),
    );
    chart.line(&shown, r##"stroke="#4d4d4f" stroke-width="1.2""##);
    for fan in fans {
        let per = |index: usize| fan.quantiles[index] / fan.steps;
        let (from, to) = (fan.from, fan.from + fan.steps);
        for (low, high, opacity, name) in [(0, 8, 0.15, "95 %"), (2, 6, 0.2, "80 %"), (3, 5, 0.3, "50 %")] {
            chart.band(&[(from, per(low), per(high)), (to, per(low), per(high))], BLUE, opacity, name);
        }
        chart.line(&[(from, per(4)), (to, per(4))], &format!(r#"stroke="{BLUE}" stroke-width="2""#));
    }
    chart.legend(
        "grey: what came; blue: median and intervals of 50, 80 and 95 %, as mean per step of each horizon",
    );
    chart.end()
}

/// Stated probabilities against observed shares, with consistency bars.
#[must_use]
pub fn reliability(title: &str, bins: &[Bin], base_rate: f64) -> String {
    let mut chart = Chart::new(title, (0.0, 1.0), (0.0, 1.0), ("stated probability", "observed share"));
    chart.line(&[(0.0, 0.0), (1.0, 1.0)], r##"stroke="#757578" stroke-dasharray="4 4""##);
    chart.line(&[(0.0, base_rate), (1.0, base_rate)], r##"stroke="#b0b0b3" stroke-dasharray="2 3""##);
    for bin in bins {
        let (low, high) = bin.consistent;
        chart.band(
            &[(bin.stated - 0.006, low, high), (bin.stated + 0.006, low, high)],
            BLUE,
            0.25,
            &format!("consistent with what was stated (90 %), n = {}", bin.n),
        );
        let good = (low - 1e-12..=high + 1e-12).contains(&bin.observed);
        chart.dot(bin.stated, bin.observed, if good { BLUE } else { RED });
    }
    chart.legend("bars: where the share lies with 90 % probability if the forecasts are right; red: outside; dotted: base rate");
    chart.end()
}

/// Infected hosts by hour, without action in red, with it in blue.
#[must_use]
pub fn impact(title: &str, hours: &[Hour]) -> String {
    let most = hours.iter().map(|hour| hour.without[4]).fold(1.0, f64::max);
    let last = hours.last().map_or(1.0, |hour| hour.hour);
    let mut chart = Chart::new(title, (0.0, last), (0.0, most), ("hours from now", "infected hosts"));
    let without: Vec<(f64, [f64; 5])> = hours.iter().map(|hour| (hour.hour, hour.without)).collect();
    let with: Vec<(f64, [f64; 5])> = hours.iter().filter_map(|hour| Some((hour.hour, hour.with?))).collect();
    for (list, colour) in [(without, RED), (with, BLUE)] {
        if list.is_empty() {
            continue;
        }
        let band = |low: usize, high: usize| -> Vec<(f64, f64, f64)> {
            list.iter().map(|(hour, values)| (*hour, values[low], values[high])).collect()
        };
        chart.band(&band(0, 4), colour, 0.15, "90 %");
        chart.band(&band(1, 3), colour, 0.25, "50 %");
        let middle: Vec<(f64, f64)> = list.iter().map(|(hour, values)| (*hour, values[2])).collect();
        chart.line(&middle, &format!(r#"stroke="{colour}" stroke-width="2""#));
    }
    chart.legend("red: without action; blue: with it; median, 50 and 90 %");
    chart.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_are_whole_and_names_are_escaped() {
        let fan = Fan { from: 3.0, steps: 7.0, quantiles: [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0] };
        let text = series("a<b & c", &[Some(1.0), None, Some(2.0)], &[fan]);
        assert!(
            text.contains("a&lt;b &amp; c") && text.ends_with("</svg>\n") && !text.contains("NaN"),
            "{text}"
        );
        let bin = Bin { n: 10, stated: 0.5, observed: 0.9, consistent: (0.2, 0.8) };
        assert!(reliability("r", &[bin], 0.4).contains(RED));
        let constant = series("zero", &[Some(0.0), Some(0.0)], &[]);
        assert!(!constant.contains("NaN") && !constant.contains("inf"));
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks((0.0, 1.0)), [0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8, 1.0]);
        assert_eq!(ticks((0.0, 730.0)), [0.0, 200.0, 400.0, 600.0]);
    }
}
