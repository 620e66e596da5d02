//! A book made ready to draw: keys, count tables, quantile tables; and the drawing of one block of years.

use std::sync::OnceLock;

use super::kernel::{self, Evaluation, GROUP, Simd};
use super::quantile::QuantileTable;
use super::{BLOCK, MOST_YEARS, Settings};
use crate::book::Book;
use crate::error::LossError;
use crate::frequency::{Count, CountTable};
use crate::philox::{Key, stream_key, unit, unit_of};
use crate::severity::Law;

/// Third counter word: what a stream is used for.
const EVENTS: u32 = 0;
const COUNTS: u32 = 1;
const YEAR_COUNTS: u32 = 2;
const YEAR_EVENTS: u32 = 3;

/// Where drawn payments go.
pub(crate) trait Tally {
    /// The following events belong to this risk.
    fn risk(&mut self, _risk: usize) {}
    /// Own events; the low 12 bits of a word are the year.
    fn events(&mut self, words: &[u64], payments: &[f64]);
    /// A payment that is part of a shock occurrence; `total` is the occurrence so far.
    fn shock_hit(&mut self, year: usize, total: &mut f64, paid: f64);
    /// A complete shock occurrence.
    fn occurrence(&mut self, year: usize, total: f64);
}

pub(crate) struct Plan<'a> {
    simd: Simd,
    risks: Vec<Drawn<'a>>,
    shocks: Vec<DrawnShock>,
}

struct Drawn<'a> {
    /// Position in the book.
    index: usize,
    key: Key,
    arrivals: Arrivals,
    sampler: Sampler<'a>,
    links: Vec<Link>,
}

enum Arrivals {
    None,
    /// Poisson: events of a whole block.
    Block(CountTable),
    /// Any other distribution: events of each year.
    Year(CountTable),
}

struct Link {
    shock: usize,
    key: Key,
    /// A hit that pays happens when the upper half of a word is below this.
    threshold: u64,
}

struct DrawnShock {
    key: Key,
    arrivals: CountTable,
}

struct Sampler<'a> {
    table: TableOf,
    upper: f64,
    logarithm: Option<(f64, f64)>,
    payment: &'a crate::payment::Payment,
}

enum TableOf {
    Normal(&'static QuantileTable),
    Own(Box<QuantileTable>),
}

fn normal_table() -> &'static QuantileTable {
    static TABLE: OnceLock<QuantileTable> = OnceLock::new();
    TABLE.get_or_init(QuantileTable::normal)
}

impl<'a> Plan<'a> {
    pub fn of(book: &'a Book, settings: &Settings) -> Result<Self, LossError> {
        book.require_risks()?;
        if settings.years == 0 || settings.years > MOST_YEARS {
            return Err(LossError::field("years", format!("must be 1 to {MOST_YEARS}")));
        }
        let events: f64 = book.risks.iter().map(|risk| book.event_rate(risk)).sum();
        if events * settings.years.max(BLOCK) as f64 > 1e12 {
            let reason =
                format!("{events:.3e} events a year over {} years are more than 10^12", settings.years);
            return Err(LossError::Refused(reason));
        }
        let shocks = book.shocks.iter().map(|shock| DrawnShock {
            key: stream_key(settings.seed, &[&book.id, "shock", &shock.id]),
            arrivals: Count::Poisson { rate: shock.rate * BLOCK as f64 }.table(),
        });
        let mut risks: Vec<Drawn<'a>> =
            (0..book.risks.len()).filter_map(|index| Drawn::of(book, index, settings.seed)).collect();
        // Sums run in the order of the names, so that the order of the file does not matter.
        risks.sort_by(|left, right| book.risks[left.index].id.cmp(&book.risks[right.index].id));
        Ok(Self { simd: settings.simd.unwrap_or_else(Simd::best), risks, shocks: shocks.collect() })
    }

    /// Draws the events of one block in a fixed order: risks by name, then shock occurrences.
    pub fn run_block(&self, block: usize, scratch: &mut Scratch, tally: &mut impl Tally) {
        let block = block as u32;
        for (shock, drawn) in self.shocks.iter().zip(&mut scratch.shocks) {
            drawn.draw(self.simd, shock, block);
        }
        for risk in &self.risks {
            tally.risk(risk.index);
            match &risk.arrivals {
                Arrivals::None => {}
                Arrivals::Block(table) => self.block_events(risk, table, block, scratch, tally),
                Arrivals::Year(table) => self.year_events(risk, table, block, scratch, tally),
            }
            for link in &risk.links {
                self.shock_events(risk, link, block, scratch, tally);
            }
        }
        for shock in &scratch.shocks {
            for (year, total) in shock.years.iter().zip(&shock.totals) {
                if *total > 0.0 {
                    tally.occurrence(usize::from(*year), *total);
                }
            }
        }
    }

    fn block_events(
        &self,
        risk: &Drawn<'_>,
        table: &CountTable,
        block: u32,
        scratch: &mut Scratch,
        tally: &mut impl Tally,
    ) {
        let mut left = table.invert(unit(risk.key, [0, block, COUNTS, 0])) as usize;
        let mut counter = 0;
        while left > 0 {
            let count = left.min(PIECE);
            let padded = count.next_multiple_of(2 * GROUP);
            let words = &mut scratch.words[..padded];
            kernel::sequence(self.simd, risk.key, [counter, block, EVENTS], words);
            let payments = &mut scratch.payments[..padded];
            risk.sampler.pay(self.simd, words, payments);
            tally.events(&words[..count], &payments[..count]);
            counter += (padded / 2) as u32;
            left -= count;
        }
    }

    fn year_events(
        &self,
        risk: &Drawn<'_>,
        table: &CountTable,
        block: u32,
        scratch: &mut Scratch,
        tally: &mut impl Tally,
    ) {
        let counts = &mut scratch.year_words;
        kernel::sequence(self.simd, risk.key, [0, block, YEAR_COUNTS], counts);
        scratch.listed.clear();
        for (year, word) in counts.iter().enumerate() {
            let first = block * BLOCK as u32 + year as u32;
            for event in 0..table.invert(unit_of(*word)) {
                scratch.listed.push([event, first]);
            }
        }
        let mut start = 0;
        while start < scratch.listed.len() {
            let count = (scratch.listed.len() - start).min(PIECE);
            let padded = count.next_multiple_of(GROUP);
            if start + padded > scratch.listed.len() {
                scratch.listed.resize(start + padded, [0, 0]);
            }
            let counters = &scratch.listed[start..start + padded];
            let words = &mut scratch.words[..padded];
            kernel::listed(self.simd, risk.key, YEAR_EVENTS, counters, words);
            // The year is known here; it takes the place of the 12 bits that the size does not use.
            for (word, counter) in words.iter_mut().zip(counters) {
                *word = (*word & !4095) | u64::from(counter[1] % BLOCK as u32);
            }
            let payments = &mut scratch.payments[..padded];
            risk.sampler.pay(self.simd, words, payments);
            tally.events(&words[..count], &payments[..count]);
            start += count;
            if count < PIECE {
                break;
            }
        }
    }

    /// Draws for each occurrence whether it hits the risk (first word of a block) and how hard (second word).
    fn shock_events(
        &self,
        risk: &Drawn<'_>,
        link: &Link,
        block: u32,
        scratch: &mut Scratch,
        tally: &mut impl Tally,
    ) {
        let occurrences = &mut scratch.shocks[link.shock];
        let count = occurrences.years.len();
        let padded = (2 * count).next_multiple_of(2 * GROUP);
        scratch.trials.resize(padded, 0);
        scratch.hits.clear();
        scratch.hit_words.clear();
        kernel::sequence(self.simd, link.key, [0, block, EVENTS], &mut scratch.trials[..padded]);
        for (group, words) in scratch.trials[..padded].as_chunks::<{ 2 * GROUP }>().0.iter().enumerate() {
            for lane in 0..GROUP {
                let event = group * GROUP + lane;
                if words[lane] >> 12 < link.threshold && event < count {
                    scratch.hits.push(event as u32);
                    scratch.hit_words.push(words[GROUP + lane]);
                }
            }
        }
        let hit = scratch.hits.len();
        scratch.hit_words.resize(hit.next_multiple_of(GROUP), 0);
        scratch.hit_payments.resize(scratch.hit_words.len(), 0.0);
        risk.sampler.pay(self.simd, &scratch.hit_words, &mut scratch.hit_payments);
        for (event, paid) in scratch.hits.iter().zip(&scratch.hit_payments) {
            let event = *event as usize;
            tally.shock_hit(usize::from(occurrences.years[event]), &mut occurrences.totals[event], *paid);
        }
    }
}

impl<'a> Drawn<'a> {
    /// `None` when the risk never pays.
    fn of(book: &'a Book, index: usize, seed: u64) -> Option<Self> {
        let risk = &book.risks[index];
        let pays = risk.payment.survival(0.0);
        // Below 2^-70 the probability that a run of 2^31 years sees one such event is below 10^-6 for any accepted rate.
        if pays < libm::exp2(-70.0) {
            return None;
        }
        let paying = risk.count.thin(pays);
        let arrivals = if paying.mean() <= 0.0 {
            Arrivals::None
        } else if let Count::Poisson { rate } = paying {
            Arrivals::Block(Count::Poisson { rate: rate * BLOCK as f64 }.table())
        } else {
            Arrivals::Year(paying.table())
        };
        let links = risk.links.iter().map(|(shock, hit)| Link {
            shock: *shock,
            key: stream_key(seed, &[&book.id, "hit", &risk.id, &book.shocks[*shock].id]),
            threshold: (hit * pays * (1u64 << 52) as f64) as u64,
        });
        let key = stream_key(seed, &[&book.id, "scenario", &risk.id]);
        Some(Self { index, key, arrivals, sampler: Sampler::of(&risk.payment, pays), links: links.collect() })
    }
}

impl<'a> Sampler<'a> {
    fn of(payment: &'a crate::payment::Payment, upper: f64) -> Self {
        let (table, logarithm) = match &payment.law {
            Law::Lognormal { mu, sigma } => (TableOf::Normal(normal_table()), Some((*mu, *sigma))),
            law => {
                let least = upper * libm::exp2(-53.0);
                let own = QuantileTable::build(|s| law.quantile(s), 1e-9, false, least);
                (TableOf::Own(Box::new(own)), None)
            }
        };
        Self { table, upper, logarithm, payment }
    }

    fn pay(&self, simd: Simd, words: &[u64], payments: &mut [f64]) {
        let table = match &self.table {
            TableOf::Normal(table) => table,
            TableOf::Own(table) => &**table,
        };
        let payment = self.payment;
        let evaluation = Evaluation {
            table,
            upper: self.upper,
            logarithm: self.logarithm,
            cap: payment.cap,
            scale: payment.scale,
            deductible: payment.deductible,
            limit: payment.limit,
            share: payment.share,
        };
        kernel::evaluate(simd, &evaluation, words, payments);
        let Some(exact) = &table.exact else { return };
        for (word, paid) in words.iter().zip(payments) {
            let s = kernel::survival_of(*word, self.upper);
            if exact[super::quantile::interval(s)] {
                *paid = payment.pay(payment.law.quantile(s));
            }
        }
    }
}

/// Events handled at a time: their words and payments stay in the first-level cache.
const PIECE: usize = 1024;

/// Working memory of one thread.
pub(crate) struct Scratch {
    words: Vec<u64>,
    payments: Vec<f64>,
    year_words: Vec<u64>,
    listed: Vec<[u32; 2]>,
    trials: Vec<u64>,
    hits: Vec<u32>,
    hit_words: Vec<u64>,
    hit_payments: Vec<f64>,
    shocks: Vec<Occurrences>,
}

/// The occurrences of one shock in the current block.
struct Occurrences {
    years: Vec<u16>,
    totals: Vec<f64>,
    words: Vec<u64>,
}

impl Scratch {
    pub fn new(plan: &Plan<'_>) -> Self {
        let occurrences = || Occurrences { years: Vec::new(), totals: Vec::new(), words: Vec::new() };
        Self {
            words: vec![0; PIECE],
            payments: vec![0.0; PIECE],
            year_words: vec![0; BLOCK],
            listed: Vec::new(),
            trials: Vec::new(),
            hits: Vec::new(),
            hit_words: Vec::new(),
            hit_payments: Vec::new(),
            shocks: plan.shocks.iter().map(|_| occurrences()).collect(),
        }
    }
}

impl Occurrences {
    fn draw(&mut self, simd: Simd, shock: &DrawnShock, block: u32) {
        let count = shock.arrivals.invert(unit(shock.key, [0, block, COUNTS, 0])) as usize;
        self.words.resize(count.next_multiple_of(2 * GROUP), 0);
        kernel::sequence(simd, shock.key, [0, block, EVENTS], &mut self.words);
        self.years.clear();
        self.years.extend(self.words[..count].iter().map(|word| (word & 4095) as u16));
        self.totals.clear();
        self.totals.resize(count, 0.0);
    }
}
