//! What a set of controls and a cover lead to, by transform on one fixed grid.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rustfft::num_complex::Complex64;

use super::{Choice, Cover, Market};
use crate::book::{Book, Risk};
use crate::error::LossError;
use crate::exact::lattice::{Grid, Lattice, add_payment, empty};
use crate::exact::transform::{TILT, Transform};
use crate::exact::{Exact, ExactSettings};
use crate::model::{Effect, Model};

/// A set of controls as bits.
pub type Set = u128;

/// Base-2 logarithm of the grid on which choices are compared.
const LOG2: u32 = 13;

pub struct Evaluator<'a> {
    model: &'a Model,
    pub market: &'a Market,
    book: Book,
    grid: Grid,
    transform: RefCell<Transform>,
    spectra: RefCell<BTreeMap<(usize, u64), Vec<Complex64>>>,
    lattices: RefCell<BTreeMap<Set, (f64, Lattice)>>,
}

impl<'a> Evaluator<'a> {
    pub fn of(model: &'a Model, market: &'a Market) -> Result<Self, LossError> {
        let book = Book::of(model);
        book.require_risks()?;
        if let Some(reason) = book.infinite_mean() {
            return Err(LossError::Refused(reason));
        }
        if model.control.len() > 128 {
            return Err(LossError::field("control", "more than 128 controls"));
        }
        let settings = ExactSettings { log2: Some(LOG2), level: market.level.max(0.99), beyond: 0.02 };
        let grid = Exact::run(&book, settings, &|_, _| {})?.grid;
        Ok(Self {
            model,
            market,
            book,
            grid,
            transform: Transform::new(grid.size, TILT).into(),
            spectra: RefCell::default(),
            lattices: RefCell::default(),
        })
    }

    pub fn controls(&self) -> usize {
        self.model.control.len()
    }

    pub fn cost(&self, set: Set) -> f64 {
        self.members(set).map(|index| self.model.control[index].cost.value).sum()
    }

    pub fn evaluations(&self) -> usize {
        self.lattices.borrow().len()
    }

    fn members(&self, set: Set) -> impl Iterator<Item = usize> {
        (0..self.controls()).filter(move |index| set >> index & 1 == 1)
    }

    /// What the controls leave of a risk's frequency or severity: inside a group (the unnamed ones are a group too) the
    /// factors 1 - efficacy x coverage x reliability multiply, across groups the least counts.
    fn factor(&self, set: Set, risk: &Risk, effect: Effect) -> f64 {
        let mut groups: BTreeMap<&str, f64> = BTreeMap::new();
        for index in self.members(set) {
            let control = &self.model.control[index];
            if control.effect == effect && control.acts_on.contains(&risk.id) {
                let works = control.efficacy.value * control.coverage.value * control.reliability.value;
                *groups.entry(control.group.as_deref().unwrap_or("")).or_insert(1.0) *= 1.0 - works;
            }
        }
        groups.into_values().fold(1.0, f64::min)
    }

    fn controlled(&self, set: Set, risk: &Risk) -> Risk {
        let mut left = risk.clone();
        let kept = self.factor(set, risk, Effect::Frequency);
        left.count = risk.count.thin(kept);
        for link in &mut left.links {
            link.1 *= kept;
        }
        left.payment.scale *= self.factor(set, risk, Effect::Severity).max(1e-12);
        left
    }

    /// Expected annual loss, in closed form.
    pub fn mean(&self, set: Set) -> f64 {
        self.controlled_book(set).mean()
    }

    fn controlled_book(&self, set: Set) -> Book {
        let risks = self.book.risks.iter().map(|risk| self.controlled(set, risk)).collect();
        Book { risks, ..self.book.clone() }
    }

    /// Mean and distribution of the year's loss under a set.
    fn distribution<T>(&self, set: Set, read: impl FnOnce(f64, &Lattice) -> T) -> T {
        let cached = self.lattices.borrow().contains_key(&set);
        if !cached {
            let found = self.compute(&self.controlled_book(set));
            self.lattices.borrow_mut().insert(set, found);
        }
        let lattices = self.lattices.borrow();
        let (mean, lattice) = &lattices[&set];
        read(*mean, lattice)
    }

    fn compute(&self, book: &Book) -> (f64, Lattice) {
        let mut transform = self.transform.borrow_mut();
        let mut total = vec![Complex64::from(1.0); transform.bins()];
        let mut shocks: Vec<_> = book.shocks.iter().map(|_| total.clone()).collect();
        for (index, risk) in book.risks.iter().enumerate() {
            let mut spectra = self.spectra.borrow_mut();
            let phi = spectra.entry((index, risk.payment.scale.to_bits())).or_insert_with(|| {
                let mut masses = empty(self.grid);
                add_payment(&mut masses, &risk.payment, self.grid, 1.0);
                let mut out = vec![Complex64::default(); transform.bins()];
                transform.spectrum(&masses[1], &mut out);
                out
            });
            for (value, phi) in total.iter_mut().zip(&*phi) {
                *value *= risk.count.generate(*phi);
            }
            for (shock, hit) in &risk.links {
                for (value, phi) in shocks[*shock].iter_mut().zip(&*phi) {
                    *value *= (phi - 1.0) * *hit + 1.0;
                }
            }
        }
        for (cause, occurrence) in book.shocks.iter().zip(&shocks) {
            for (value, phi) in total.iter_mut().zip(occurrence) {
                *value *= ((phi - 1.0) * cause.rate).exp();
            }
        }
        (book.mean(), Lattice::from_masses(self.grid.step, transform.masses(&mut total)))
    }

    pub fn choice_without_cover(&self, set: Set) -> Choice {
        self.distribution(set, |mean, lattice| self.choice(set, None, mean, lattice, mean))
    }

    /// The best choice of a cover under the budget; `None` when the controls alone cost more than that.
    pub fn best_choice(&self, set: Set, budget: f64) -> Option<Choice> {
        self.choices(set)
            .into_iter()
            .filter(|choice| choice.spending <= budget * (1.0 + 1e-12))
            .min_by(better)
    }

    /// All covers with this set of controls, and none.
    pub fn choices(&self, set: Set) -> Vec<Choice> {
        self.distribution(set, |mean, lattice| {
            let mut list = vec![self.choice(set, None, mean, lattice, mean)];
            for retention in &self.market.retentions {
                for limit in &self.market.limits {
                    let ceded = lattice.limited(retention + limit) - lattice.limited(*retention);
                    let premium = (1.0 + self.market.loading) * ceded;
                    let cover = Cover { retention: *retention, limit: *limit, premium };
                    list.push(self.choice(set, Some(cover), mean, lattice, mean - ceded));
                }
            }
            list
        })
    }

    fn choice(
        &self,
        set: Set,
        cover: Option<Cover>,
        mean: f64,
        lattice: &Lattice,
        retained_mean: f64,
    ) -> Choice {
        let retained_tvar = match cover {
            None => lattice.tail_mean(self.market.level, mean),
            Some(cover) => retained_tail(lattice, self.market.level, retained_mean, cover),
        };
        let control_cost = self.cost(set);
        let spending = control_cost + cover.map_or(0.0, |cover| cover.premium);
        Choice {
            controls: self.members(set).map(|index| self.model.control[index].id.clone()).collect(),
            cover,
            control_cost,
            spending,
            mean,
            retained_mean,
            retained_tvar,
            objective: spending + retained_mean + self.market.capital * retained_tvar,
        }
    }

    /// No cover and no set of controls does better than this part of the objective with the set's controls for free.
    pub fn least_loss_cost(&self, set: Set) -> f64 {
        let free = self.cost(set);
        self.choices(set).iter().map(|choice| choice.objective - free).fold(f64::INFINITY, f64::min)
    }

    /// A bound on what adding one control to any set can take off the objective, cost aside. What it prevents is at most
    /// what it prevents alone, D; retained loss and premium move by at most (1 + loading) E[D]; TVaR is subadditive, so
    /// it falls by at most TVaR(D).
    pub fn greatest_gain(&self, control: usize) -> f64 {
        let set = 1 << control;
        let mut prevented = self.book.clone();
        for risk in &mut prevented.risks {
            let works = 1.0 - self.factor(set, risk, Effect::Frequency);
            let shrinks = 1.0 - self.factor(set, risk, Effect::Severity);
            // A smaller severity takes at most that part of the ground-up loss off every event, deductible aside.
            if shrinks > 0.0 {
                risk.payment.scale *= shrinks;
                risk.payment.deductible = 0.0;
            } else {
                risk.count = risk.count.thin(works);
                for link in &mut risk.links {
                    link.1 *= works;
                }
            }
        }
        let (mean, lattice) = self.compute(&prevented);
        (1.0 + self.market.loading) * mean + self.market.capital * lattice.tail_mean(self.market.level, mean)
    }
}

/// The order of choices: objective, then spending, then names, so that the answer is unique.
pub fn better(left: &Choice, right: &Choice) -> std::cmp::Ordering {
    left.objective
        .total_cmp(&right.objective)
        .then(left.spending.total_cmp(&right.spending))
        .then(left.controls.cmp(&right.controls))
}

/// TVaR of min(S, retention) + max(S - retention - limit, 0).
fn retained_tail(lattice: &Lattice, level: f64, mean: f64, cover: Cover) -> f64 {
    let retained = |x: f64| x.min(cover.retention) + (x - cover.retention - cover.limit).max(0.0);
    let q = retained(lattice.quantile(level));
    let below: f64 = lattice
        .mass
        .iter()
        .enumerate()
        .map(|(place, p)| p * (q - retained(place as f64 * lattice.step)).max(0.0))
        .sum();
    q + (mean - q + below).max(0.0) / (1.0 - level)
}
