//! Panjer's recursion for the (a, b, 0) and (a, b, 1) classes (Panjer 1981; Klugman, Panjer, Willmot, section 9.6), the
//! third check of the transform.

use crate::frequency::Count;

/// Probabilities of 0, 1, ... `length` - 1 of the compound of `count` with the lattice severity; `None` outside the
/// classes. Against underflow the recursion starts at 1 and carries its scale as a logarithm.
pub fn compound(count: &Count, severity: &[f64], length: usize) -> Option<Vec<f64>> {
    let class = count.recursion()?;
    let first = severity.first().copied().unwrap_or(0.0);
    let direct = class.p_one - (class.a + class.b) * class.p_zero;
    let start = count.generate(first.into()).re;
    // The extra term of the (a, b, 1) class is not homogeneous, so it cannot be rescaled with the rest.
    let modified = direct.abs() > 1e-14 * class.p_one.abs();
    if modified && start < 1e-250 {
        return None;
    }
    let mut logarithm = if modified { 0.0 } else { ln_start(count, first) };
    let mut mass = Vec::with_capacity(length);
    mass.push(if modified { start } else { 1.0 });
    let divisor = 1.0 - class.a * first;
    let largest = severity.iter().rposition(|p| *p != 0.0).unwrap_or(0);
    let weighted: Vec<f64> = severity.iter().enumerate().map(|(j, p)| j as f64 * p).collect();
    for k in 1..length {
        let reach = k.min(largest);
        let mut plain = 0.0;
        let mut slanted = 0.0;
        let recent = mass[k - reach..k].iter().rev();
        for ((p, w), g) in severity[1..=reach].iter().zip(&weighted[1..=reach]).zip(recent) {
            plain += p * g;
            slanted += w * g;
        }
        let extra = if modified { direct * severity.get(k).copied().unwrap_or(0.0) } else { 0.0 };
        let next = (extra + class.a * plain + class.b / k as f64 * slanted) / divisor;
        mass.push(next);
        if next > 1e200 {
            for slot in &mut mass {
                *slot *= 1e-200;
            }
            logarithm += 200.0 * std::f64::consts::LN_10;
        }
    }
    let (half, rest) = (libm::exp(0.5 * logarithm), libm::exp(0.5 * logarithm));
    for slot in &mut mass {
        *slot = *slot * half * rest;
    }
    Some(mass)
}

/// ln P(no loss) without underflow.
fn ln_start(count: &Count, first: f64) -> f64 {
    match count {
        Count::Poisson { rate } => rate * (first - 1.0),
        Count::NegativeBinomial { mean, size } => -size * libm::log1p(mean / size * (1.0 - first)),
        Count::Binomial { trials, probability } => trials * libm::log1p(probability * (first - 1.0)),
        other => libm::log(other.generate(first.into()).re),
    }
}
