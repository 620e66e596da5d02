//! Giant components of random graphs, single and interdependent, and Watts' cascade window.

use petgraph::unionfind::UnionFind;

use crate::simulate::draw::mix;

/// Share of nodes in the giant component of an Erdős–Rényi graph with mean degree `z`: the largest root of
/// s = 1 - exp(-z s). The same number is the final size of an SIR epidemic with R0 = `z`.
pub fn giant_component(z: f64) -> f64 {
    if z.is_nan() || z <= 1.0 {
        return 0.0;
    }
    // From 1 downwards; Newton's steps on a convex function stay above the root.
    let mut s = 1.0;
    for _ in 0..200 {
        let e = (-z * s).exp();
        let next: f64 = s - (s - 1.0 + e) / (1.0 - z * e);
        if (next - s).abs() < 1e-15 {
            return next;
        }
        s = next;
    }
    s
}

/// The threshold of two interdependent Erdős–Rényi networks with one-to-one dependence (Buldyrev et al. 2010).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interdependent {
    /// Root of f = exp((f - 1) / 2f) below 1.
    pub f: f64,
    /// p_c times mean degree: 1 / (2 f (1 - f)).
    pub threshold: f64,
    /// Mutual giant component at the threshold times mean degree: (1 - f) / 2f; a jump, not a slope.
    pub jump: f64,
}

/// The exact numbers.
pub fn interdependent_theory() -> Interdependent {
    let excess = |f: f64| f - ((f - 1.0) / (2.0 * f)).exp();
    let (mut low, mut high) = (0.1f64, 0.9f64);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if (excess(middle) > 0.0) == (excess(low) > 0.0) { low = middle } else { high = middle }
    }
    let f = f64::midpoint(low, high);
    Interdependent { f, threshold: 1.0 / (2.0 * f * (1.0 - f)), jump: (1.0 - f) / (2.0 * f) }
}

/// The mean degrees between which one node can set off a global cascade when every node follows as soon as the share
/// `phi` of its neighbours has fallen (Watts 2002, first-order condition): the two roots of
/// z e^-z sum_{j <= K-2} z^j / j! = 1 with K = floor(1 / phi). `None` when there is no such window.
pub fn watts_window(phi: f64) -> Option<(f64, f64)> {
    if !(phi > 0.0 && phi <= 1.0) {
        return None;
    }
    // 1 / 0.2 is exactly 5, but 1 / 0.1 may be 9.999...: the floor is meant of the real number.
    let k = (1.0 / phi + 1e-9).floor() as u32;
    let excess = |z: f64| {
        let mut term = 1.0;
        let mut sum = 0.0;
        for j in 0..k.saturating_sub(1) {
            sum += term;
            term *= z / f64::from(j + 1);
        }
        z * (-z).exp() * sum - 1.0
    };
    let grid = |i: u32| f64::from(i) * 0.01;
    let peak = (1..=10_000).map(grid).max_by(|a, b| excess(*a).total_cmp(&excess(*b)))?;
    if excess(peak) <= 0.0 {
        return None;
    }
    let root = |mut low: f64, mut high: f64, rising: bool| {
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if (excess(middle) > 0.0) == rising { high = middle } else { low = middle }
        }
        f64::midpoint(low, high)
    };
    let far = peak + 20.0 * f64::from(k) + 50.0;
    Some((root(1e-9, peak, true), root(peak, far, false)))
}

/// A random graph with `nodes` nodes and `nodes * z / 2` edges between uniform ends (the Erdős–Rényi graph in its
/// G(n, m) form; self-loops and repeats are as rare as 1 / n).
pub fn random_graph(nodes: u32, z: f64, seed: u64) -> Vec<(u32, u32)> {
    let count = (f64::from(nodes) * z / 2.0).round() as u64;
    let end = |draw: u64| ((u128::from(mix(mix(seed) ^ draw)) * u128::from(nodes)) >> 64) as u32;
    (0..count).map(|edge| (end(2 * edge), end(2 * edge + 1))).collect()
}

/// What is left of two interdependent networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MutualGiant {
    /// Share of all nodes in the mutual giant component.
    pub share: f64,
    /// Rounds of failure until nothing changed.
    pub rounds: u32,
}

/// Removes all but a share `p` of the nodes of the first network, then lets failures go back and forth: a node works
/// while it is in the giant component of both networks (node i of one depends on node i of the other).
pub fn mutual_giant_component(
    nodes: u32,
    a: &[(u32, u32)],
    b: &[(u32, u32)],
    p: f64,
    seed: u64,
) -> MutualGiant {
    let keep = |node: u32| (mix(mix(seed ^ 0x5eed) ^ u64::from(node)) as f64) < p * u64::MAX as f64;
    let mut alive: Vec<bool> = (0..nodes).map(keep).collect();
    let mut rounds = 0;
    let mut before = alive.iter().filter(|alive| **alive).count();
    loop {
        keep_giant(&mut alive, a);
        keep_giant(&mut alive, b);
        let left = alive.iter().filter(|alive| **alive).count();
        if left == before {
            return MutualGiant { share: left as f64 / f64::from(nodes), rounds };
        }
        (before, rounds) = (left, rounds + 1);
    }
}

/// Leaves the largest component of the living nodes alive.
fn keep_giant(alive: &mut [bool], edges: &[(u32, u32)]) {
    let mut sets = UnionFind::<u32>::new(alive.len());
    for (from, to) in edges {
        if alive[*from as usize] && alive[*to as usize] {
            sets.union(*from, *to);
        }
    }
    let labels = sets.into_labeling();
    let mut sizes = vec![0u32; alive.len()];
    for (label, _) in labels.iter().zip(alive.iter()).filter(|(_, alive)| **alive) {
        sizes[*label as usize] += 1;
    }
    let giant = (0..sizes.len()).max_by_key(|at| sizes[*at]).unwrap_or(0) as u32;
    for (alive, label) in alive.iter_mut().zip(&labels) {
        *alive &= *label == giant;
    }
}
