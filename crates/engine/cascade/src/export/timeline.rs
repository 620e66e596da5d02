//! A timeline of outages as SVG: readable in print, without scripts or fonts from elsewhere.

use std::fmt::Write;

use super::xml;
use crate::simulate::Run;

const ROW: f64 = 22.0;
const LEFT: f64 = 180.0;
const WIDTH: f64 = 720.0;
const TOP: f64 = 34.0;
/// Rows drawn; more would be no picture.
const MAXIMUM_ROWS: usize = 200;

/// The outages of a run, one row a node. Red: does not return.
pub fn timeline(run: &Run) -> String {
    let ends = run.nodes.iter().flat_map(|node| &node.outages).map(|(down, up)| up.unwrap_or(*down));
    let end = ends.fold(1.0, f64::max) * 1.1;
    let x = |hours: f64| LEFT + WIDTH * (hours / end).min(1.0);
    let rows = run.nodes.len().min(MAXIMUM_ROWS);
    let left_out = run.nodes.len() - rows;
    let height = TOP + ROW * (rows as f64 + 1.0) + if left_out > 0 { ROW } else { 0.0 };
    let total = LEFT + WIDTH + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" role=\"img\">\n<title>Outages in hours</title>\n\
         <rect width=\"{total}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    let step = tick(end);
    let mut hour = 0.0;
    while hour <= end {
        let at = x(hour);
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{height:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#333\">{hour} h</text>",
            TOP - 10.0
        );
        hour += step;
    }
    for (row, node) in run.nodes.iter().take(rows).enumerate() {
        let y = TOP + ROW * row as f64 + 4.0;
        let (label_x, label_y) = (LEFT - 8.0, y + 12.0);
        let name = xml(&node.node);
        let _ = writeln!(
            svg,
            "<text x=\"{label_x}\" y=\"{label_y}\" text-anchor=\"end\" fill=\"#111\">{name}</text>"
        );
        for (down, up) in &node.outages {
            let (from, to) = (x(*down), x(up.unwrap_or(end)));
            let colour = if up.is_none() { "#c0392b" } else { "#e08e0b" };
            let until = up.map_or("never".to_owned(), |up| format!("{up:.2} h"));
            let _ = writeln!(
                svg,
                "<rect x=\"{from:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"14\" fill=\"{colour}\">\
                 <title>{name}: {down:.2} h to {until}</title></rect>",
                (to - from).max(1.0)
            );
        }
    }
    if left_out > 0 {
        let y = TOP + ROW * rows as f64 + 16.0;
        let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"{y}\" fill=\"#111\">and {left_out} nodes more</text>");
    }
    svg.push_str("</svg>\n");
    svg
}

/// Hours between two marks: 1, 2 or 5 times a power of ten, at most twelve marks.
fn tick(end: f64) -> f64 {
    let least = end / 12.0;
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power)
}
