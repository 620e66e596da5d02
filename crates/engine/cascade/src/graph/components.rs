//! Strongly connected components, without recursion so that a chain of a million nodes does not overflow the stack.

/// Tarjan's algorithm (1972). `next(node, i)` is the i-th successor of `node`, or `None` past the last one.
/// Components come in reverse topological order: a component comes after every component it leads to.
pub(crate) fn strongly_connected(nodes: usize, next: impl Fn(u32, usize) -> Option<u32>) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let mut order = vec![UNSEEN; nodes];
    let mut low = vec![0u32; nodes];
    let mut open = vec![false; nodes];
    let mut stack = Vec::new();
    let mut walk: Vec<(u32, usize)> = Vec::new();
    let mut components = Vec::new();
    let mut count = 0;
    for root in 0..nodes as u32 {
        if order[root as usize] != UNSEEN {
            continue;
        }
        walk.push((root, 0));
        while let Some((node, at)) = walk.last_mut() {
            let here = *node as usize;
            if *at == 0 {
                order[here] = count;
                low[here] = count;
                count += 1;
                stack.push(*node);
                open[here] = true;
            }
            let successor = next(*node, *at);
            *at += 1;
            match successor {
                Some(other) if order[other as usize] == UNSEEN => walk.push((other, 0)),
                Some(other) if open[other as usize] => low[here] = low[here].min(order[other as usize]),
                Some(_) => {}
                None => {
                    walk.pop();
                    if let Some((above, _)) = walk.last() {
                        low[*above as usize] = low[*above as usize].min(low[here]);
                    }
                    if low[here] == order[here] {
                        components.push(close(here as u32, &mut stack, &mut open));
                    }
                }
            }
        }
    }
    components
}

fn close(root: u32, stack: &mut Vec<u32>, open: &mut [bool]) -> Vec<u32> {
    let mut component = Vec::new();
    while let Some(node) = stack.pop() {
        open[node as usize] = false;
        component.push(node);
        if node == root {
            break;
        }
    }
    component.sort_unstable();
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_cycles_in_reverse_topological_order() {
        let successors: [&[u32]; 6] = [&[1], &[2], &[0, 3], &[4], &[3], &[]];
        let found = strongly_connected(6, |node, at| successors[node as usize].get(at).copied());
        assert_eq!(found, [vec![3, 4], vec![0, 1, 2], vec![5]]);
    }

    #[test]
    fn a_chain_of_a_million_nodes_does_not_overflow() {
        let n = 1_000_000;
        let found =
            strongly_connected(n, |node, at| (at == 0 && (node as usize) < n - 1).then_some(node + 1));
        assert_eq!(found.len(), n);
    }
}
