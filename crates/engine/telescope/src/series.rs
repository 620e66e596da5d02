//! Packets, bytes and distinct sources per service, at several resolutions at once.
//!
//! Contacts are counted at the finest resolution only; a bin that closes is merged into the next coarser one, which sketches
//! allow. A bin in which the whole sensor saw nothing is a **gap**, never a zero: a dead sensor must not read as calm. A
//! service that has no row in a bin in which the sensor was alive had zero traffic.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::{Observed, StreamClock};
use crate::contact::{Contact, Kind, Service};
use crate::distinct::Distinct;
use crate::hash::HashKey;
use crate::scanner::KnownScanners;

/// Width of a bin in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Resolution(pub u32);

impl Resolution {
    /// 1 s, 1 min, 1 h and 1 d: two clocks for alarms, two for forecasts.
    pub const STANDARD: [Self; 4] = [Self(1), Self(60), Self(3600), Self(86_400)];
}

/// What a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The whole sensor.
    Sensor,
    /// One service and kind of traffic, known survey scanners apart.
    Service {
        /// What was touched.
        service: Service,
        /// The kind of traffic.
        kind: Kind,
        /// Whether the sources are known survey scanners.
        known_scanner: bool,
    },
    /// Services beyond the limit of a bin, together.
    Remainder,
}

/// One bin of one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesRow {
    /// Seconds since 1970-01-01 UTC at which the bin starts.
    pub start: i64,
    /// Width of the bins of this series, in seconds.
    pub resolution: i64,
    /// What the row covers, in seconds: one bin, or the whole length of a gap.
    pub seconds: i64,
    /// What is counted.
    pub subject: Subject,
    /// True if the sensor was silent: the numbers are then unknown, not zero.
    pub gap: bool,
    /// Packets.
    pub packets: u64,
    /// Bytes at the IP layer.
    pub bytes: u64,
    /// Distinct sources: exact up to 4, then an estimate.
    pub sources: u64,
}

#[derive(Clone, Default)]
struct Cell {
    packets: u64,
    bytes: u64,
    sources: Distinct,
}

impl Cell {
    fn merge(&mut self, other: &Self, lg: u8) {
        self.packets = self.packets.saturating_add(other.packets);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.sources.merge(&other.sources, lg);
    }

    fn row(&self, start: i64, width: i64, subject: Subject) -> SeriesRow {
        let (packets, bytes, sources) = (self.packets, self.bytes, self.sources.count());
        SeriesRow { start, resolution: width, seconds: width, subject, gap: false, packets, bytes, sources }
    }
}

type Bin = BTreeMap<Subject, Cell>;

struct Level {
    width: i64,
    open: BTreeMap<i64, Bin>,
    /// End of the last closed bin.
    closed_until: Option<i64>,
}

/// Builds series from contacts in rough order of time.
pub struct SeriesBuilder {
    levels: Vec<Level>,
    key: HashKey,
    scanners: KnownScanners,
    clock: StreamClock,
    /// Seconds that a bin stays open after its end.
    lateness: i64,
    services: usize,
    lg: u8,
    late: u64,
}

impl SeriesBuilder {
    /// Each resolution must be a multiple of the one before; a resolution that is not is left out, zero as well.
    /// At most `services` rows of services a bin; beyond that they are counted together as [`Subject::Remainder`].
    #[must_use]
    pub fn new(resolutions: &[Resolution], services: usize, key: HashKey, scanners: KnownScanners) -> Self {
        let mut levels: Vec<Level> = Vec::new();
        for width in resolutions.iter().map(|resolution| i64::from(resolution.0)).filter(|width| *width > 0) {
            if levels.last().is_none_or(|finer| width > finer.width && width % finer.width == 0) {
                levels.push(Level { width, open: BTreeMap::new(), closed_until: None });
            }
        }
        Self { levels, key, scanners, clock: StreamClock::default(), lateness: 5, services, lg: 10, late: 0 }
    }

    /// Contacts that came after their bin was closed and are in no row.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Adds a contact; `emit` receives the rows of bins that closed.
    pub fn add(&mut self, contact: &Contact, emit: &mut impl FnMut(SeriesRow)) {
        let time = match self.clock.observe(contact.time) {
            Observed::Steady(time) => time,
            Observed::Jumped(time) => {
                self.close(i64::MAX, emit);
                self.levels.iter_mut().for_each(|level| level.closed_until = None);
                time
            }
        };
        let seconds = time.div_euclid(1_000_000_000);
        let now = self.clock.now().unwrap_or(time).div_euclid(1_000_000_000);
        let Some(level) = self.levels.first_mut() else { return };
        let start = seconds - seconds.rem_euclid(level.width);
        if level.closed_until.is_some_and(|end| start < end) {
            self.late += 1;
            return;
        }
        let bin = level.open.entry(start).or_default();
        let source = self.key.of_address(contact.source);
        let known_scanner = self.scanners.contains(contact.source);
        let mut subject = Subject::Service { service: contact.service, kind: contact.kind, known_scanner };
        if bin.len() > self.services && !bin.contains_key(&subject) {
            subject = Subject::Remainder;
        }
        for subject in [Subject::Sensor, subject] {
            let cell = bin.entry(subject).or_default();
            cell.packets = cell.packets.saturating_add(contact.packets);
            cell.bytes = cell.bytes.saturating_add(contact.bytes);
            cell.sources.add(source, self.lg);
        }
        let oldest = level.open.first_key_value().map_or(start, |(start, _)| *start);
        if oldest + level.width + self.lateness <= now {
            self.close(now - self.lateness, emit);
        }
    }

    /// Closes everything.
    pub fn finish(mut self, emit: &mut impl FnMut(SeriesRow)) -> u64 {
        self.close(i64::MAX, emit);
        self.late
    }

    /// Closes the bins that end at or before `until`, finest first, and merges them upward.
    fn close(&mut self, until: i64, emit: &mut impl FnMut(SeriesRow)) {
        for index in 0..self.levels.len() {
            loop {
                let level = &mut self.levels[index];
                let width = level.width;
                let Some(entry) =
                    level.open.first_entry().filter(|entry| entry.key().saturating_add(width) <= until)
                else {
                    break;
                };
                let (start, bin) = entry.remove_entry();
                if let Some(end) = level.closed_until.filter(|end| *end < start) {
                    emit(gap(end, start - end, width));
                }
                level.closed_until = Some(start + width);
                for (subject, cell) in &bin {
                    emit(cell.row(start, width, *subject));
                }
                self.merge_upward(index + 1, start, &bin);
            }
        }
    }

    fn merge_upward(&mut self, index: usize, start: i64, bin: &Bin) {
        let Some(coarser) = self.levels.get_mut(index) else { return };
        let wide = coarser.open.entry(start - start.rem_euclid(coarser.width)).or_default();
        for (subject, cell) in bin {
            let mut subject = *subject;
            if wide.len() > self.services && !wide.contains_key(&subject) {
                subject = Subject::Remainder;
            }
            wide.entry(subject).or_default().merge(cell, self.lg);
        }
    }
}

fn gap(start: i64, seconds: i64, resolution: i64) -> SeriesRow {
    SeriesRow {
        start,
        resolution,
        seconds,
        subject: Subject::Sensor,
        gap: true,
        packets: 0,
        bytes: 0,
        sources: 0,
    }
}
