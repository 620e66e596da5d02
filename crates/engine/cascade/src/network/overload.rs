//! Overload cascades (Motter & Lai 2002): a node carries (1 + tolerance) times its first load and fails beyond.

use std::collections::VecDeque;

/// Removes `first` and then, round by round, every node whose load (number of shortest paths through it, Brandes 2001)
/// exceeds its capacity. The result is the number of nodes left.
pub fn overload_cascade(nodes: usize, edges: &[(usize, usize)], tolerance: f64, first: usize) -> usize {
    let mut neighbours = vec![Vec::new(); nodes];
    for (a, b) in edges {
        neighbours[*a].push(*b);
        neighbours[*b].push(*a);
    }
    let mut alive = vec![true; nodes];
    let capacity: Vec<f64> = loads(&neighbours, &alive).iter().map(|load| load * (1.0 + tolerance)).collect();
    alive[first] = false;
    loop {
        let load = loads(&neighbours, &alive);
        let over: Vec<usize> =
            (0..nodes).filter(|node| alive[*node] && load[*node] > capacity[*node] + 1e-9).collect();
        if over.is_empty() {
            return alive.iter().filter(|alive| **alive).count();
        }
        for node in over {
            alive[node] = false;
        }
    }
}

/// Betweenness with both ends counted, as in the paper, over the living nodes.
fn loads(neighbours: &[Vec<usize>], alive: &[bool]) -> Vec<f64> {
    let n = alive.len();
    let mut load = vec![0.0; n];
    for source in (0..n).filter(|node| alive[*node]) {
        let (mut paths, mut distance) = (vec![0.0f64; n], vec![usize::MAX; n]);
        (paths[source], distance[source]) = (1.0, 0);
        let mut order = Vec::new();
        let mut queue = VecDeque::from([source]);
        while let Some(here) = queue.pop_front() {
            order.push(here);
            for next in neighbours[here].iter().copied().filter(|next| alive[*next]) {
                if distance[next] == usize::MAX {
                    distance[next] = distance[here] + 1;
                    queue.push_back(next);
                }
                if distance[next] == distance[here] + 1 {
                    paths[next] += paths[here];
                }
            }
        }
        let mut through = vec![0.0; n];
        for node in order.into_iter().rev() {
            for before in neighbours[node].iter().copied().filter(|before| alive[*before]) {
                if distance[before] != usize::MAX && distance[before] + 1 == distance[node] {
                    through[before] += paths[before] / paths[node] * (1.0 + through[node]);
                }
            }
            // Each path counts once in each direction; its end counts too.
            load[node] += if node == source { through[node] } else { through[node] + 1.0 };
        }
    }
    load
}
