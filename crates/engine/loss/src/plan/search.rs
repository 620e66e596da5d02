//! Depth-first branch and bound over the controls, greedy beyond what it can finish.

use super::evaluate::{Evaluator, Set, better};
use super::{Choice, MOST_EXACT};

pub struct Outcome {
    pub best: Choice,
    pub method: &'static str,
    pub gap: f64,
    pub evaluations: usize,
    /// Sets worth showing on the frontier.
    pub visited: Vec<Set>,
}

/// Searches under the budget.
pub fn search(evaluator: &Evaluator<'_>, budget: f64) -> Outcome {
    let gains: Vec<f64> = (0..evaluator.controls()).map(|control| evaluator.greatest_gain(control)).collect();
    let (mut best, visited) = greedy(evaluator, budget);
    // Worthwhile controls, the most promising first: what can be gained beyond the cost.
    let mut open: Vec<(usize, f64)> = gains
        .iter()
        .enumerate()
        .map(|(control, gain)| (control, gain - evaluator.cost(1 << control)))
        .filter(|(_, net)| *net > 0.0)
        .collect();
    open.sort_by(|left, right| right.1.total_cmp(&left.1));
    let mut tree = Tree { evaluator, budget, open: &open, best: &mut best, lowest_open: f64::INFINITY };
    let complete = if evaluator.controls() <= MOST_EXACT {
        tree.descend(0, 0);
        true
    } else {
        tree.lowest_open = tree.bound(0, 0);
        false
    };
    let gap = (tree.best.objective - tree.lowest_open).max(0.0);
    let method = if complete { "branch and bound" } else { "greedy" };
    Outcome { best, method, gap, evaluations: evaluator.evaluations(), visited }
}

/// Adds the control with the largest gain as long as there is one.
fn greedy(evaluator: &Evaluator<'_>, budget: f64) -> (Choice, Vec<Set>) {
    let mut set: Set = 0;
    let mut visited = vec![0];
    let mut best = evaluator.best_choice(0, budget).unwrap_or_else(|| evaluator.choice_without_cover(0));
    loop {
        let tried = (0..evaluator.controls())
            .filter(|control| set >> control & 1 == 0)
            .filter_map(|control| {
                Some((set | 1 << control, evaluator.best_choice(set | 1 << control, budget)?))
            })
            .min_by(|left, right| better(&left.1, &right.1));
        match tried {
            Some((next, choice)) if better(&choice, &best).is_lt() => {
                (set, best) = (next, choice);
                visited.push(set);
            }
            _ => return (best, visited),
        }
    }
}

struct Tree<'a, 'b> {
    evaluator: &'a Evaluator<'b>,
    budget: f64,
    open: &'a [(usize, f64)],
    best: &'a mut Choice,
    /// The least bound of a branch that was given up for want of evaluations.
    lowest_open: f64,
}

impl Tree<'_, '_> {
    /// No choice that contains `set` and any of the open controls from `depth` on has a smaller objective.
    fn bound(&self, set: Set, depth: usize) -> f64 {
        let rest = &self.open[depth..];
        let here = self.evaluator.least_loss_cost(set);
        let promised = here - rest.iter().map(|(_, net)| net).sum::<f64>();
        let all = rest.iter().fold(set, |all, (control, _)| all | 1 << control);
        self.evaluator.cost(set) + promised.max(self.evaluator.least_loss_cost(all))
    }

    fn descend(&mut self, set: Set, depth: usize) {
        if self.evaluator.cost(set) > self.budget {
            return;
        }
        if let Some(choice) = self.evaluator.best_choice(set, self.budget)
            && better(&choice, self.best).is_lt()
        {
            *self.best = choice;
        }
        if depth == self.open.len() {
            return;
        }
        let bound = self.bound(set, depth);
        if bound >= self.best.objective {
            return;
        }
        if self.evaluator.evaluations() >= self.evaluator.market.evaluations {
            self.lowest_open = self.lowest_open.min(bound);
            return;
        }
        self.descend(set | 1 << self.open[depth].0, depth + 1);
        self.descend(set, depth + 1);
    }
}

/// Non-dominated choices among the best sets of twelve budgets and the greedy path.
pub fn frontier(evaluator: &Evaluator<'_>, outcome: &Outcome) -> Vec<Choice> {
    let all: f64 = (0..evaluator.controls()).map(|control| evaluator.cost(1 << control)).sum();
    let mut choices: Vec<Choice> = outcome.visited.iter().flat_map(|set| evaluator.choices(*set)).collect();
    for step in 0..12 {
        choices.push(greedy(evaluator, all * f64::from(step) / 11.0).0);
    }
    choices.push(outcome.best.clone());
    let worse = |left: &Choice, right: &Choice| {
        right.spending <= left.spending
            && right.retained_mean <= left.retained_mean
            && right.retained_tvar <= left.retained_tvar
            && (right.spending, right.retained_mean, right.retained_tvar)
                != (left.spending, left.retained_mean, left.retained_tvar)
    };
    let mut kept: Vec<Choice> =
        choices.iter().filter(|choice| !choices.iter().any(|other| worse(choice, other))).cloned().collect();
    kept.sort_by(|left, right| left.spending.total_cmp(&right.spending).then(better(left, right)));
    kept.dedup();
    kept
}
