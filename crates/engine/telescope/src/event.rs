//! Events: all that one source did to one service, in one kind of traffic, until it was idle for a time-out.
//!
//! The unit of record follows the darknet events of Merit's ORION telescope (source × port × traffic type with a time-out,
//! packets, bytes, distinct destinations, marks of tools). Memory is bounded: when the table is full of live events, contacts
//! of further sources are added up per service, so that a flood of forged addresses costs no memory and loses no packet.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::{Observed, StreamClock};
use crate::contact::{Contact, Kind, Service, Tools};
use crate::distinct::Distinct;
use crate::hash::HashKey;
use crate::scanner::KnownScanners;

/// Bounds of an event table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventLimits {
    /// Seconds of silence after which an event has ended. Moore et al., "Network telescopes" (2004), derive it from the size of
    /// the telescope; 600 s suits a /16 and more.
    pub idle_seconds: u32,
    /// Live events kept apart; a live event takes about 100 bytes.
    pub live_events: usize,
    /// Binary logarithm of the registers of a destination sketch (4 to 21).
    pub sketch_lg: u8,
}

impl Default for EventLimits {
    fn default() -> Self {
        Self { idle_seconds: 600, live_events: 4_000_000, sketch_lg: 8 }
    }
}

/// Services kept apart once the table is full.
const OVERFLOW_SERVICES: usize = 65_536;

/// One ended event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Nanoseconds since 1970-01-01 UTC of the first contact.
    pub first: i64,
    /// Nanoseconds since 1970-01-01 UTC of the last contact.
    pub last: i64,
    /// Who; absent for the sum of many sources that did not fit into the table.
    pub source: Option<IpAddr>,
    /// What was touched.
    pub service: Service,
    /// The kind of traffic.
    pub kind: Kind,
    /// Packets.
    pub packets: u64,
    /// Bytes at the IP layer.
    pub bytes: u64,
    /// Distinct destinations: exact up to 4, then an estimate.
    pub destinations: u64,
    /// Distinct sources: 1, or an estimate for the sum of many.
    pub sources: u64,
    /// Marks that *every* packet carried.
    pub tools: Tools,
    /// Whether the source is on the list of known survey scanners.
    pub known_scanner: bool,
}

/// What identifies an event, packed for speed.
trait Key: Copy + Eq + Ord {
    fn hash(self, key: HashKey) -> u64;
    fn source(self) -> IpAddr;
    fn touch(self) -> u32;
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key4 {
    source: u32,
    touch: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key6 {
    source: u128,
    touch: u32,
}

impl Key for Key4 {
    #[inline]
    fn hash(self, key: HashKey) -> u64 {
        key.of(u64::from(self.source) << 32 | u64::from(self.touch))
    }
    fn source(self) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(self.source))
    }
    fn touch(self) -> u32 {
        self.touch
    }
}

impl Key for Key6 {
    fn hash(self, key: HashKey) -> u64 {
        key.of_pair((self.source >> 64) as u64 ^ u64::from(self.touch), self.source as u64)
    }
    fn source(self) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits(self.source))
    }
    fn touch(self) -> u32 {
        self.touch
    }
}

struct Live<K> {
    key: K,
    first: i64,
    last: i64,
    packets: u64,
    bytes: u64,
    destinations: Distinct,
    tools: Tools,
    known_scanner: bool,
}

const KINDS: [Kind; 8] = [
    Kind::TcpSyn,
    Kind::Backscatter,
    Kind::TcpOther,
    Kind::Udp,
    Kind::EchoRequest,
    Kind::IcmpOther,
    Kind::Other,
    Kind::Session,
];

#[inline]
fn packed(service: Service, kind: Kind) -> u32 {
    u32::from(service.protocol) << 24 | u32::from(service.port) << 8 | kind as u32
}

fn unpacked(touch: u32) -> (Service, Kind) {
    (Service { protocol: (touch >> 24) as u8, port: (touch >> 8) as u16 }, KINDS[(touch & 7) as usize])
}

/// Sum over the sources that found no room.
struct Overflow {
    first: i64,
    last: i64,
    packets: u64,
    bytes: u64,
    sources: Distinct,
    destinations: Distinct,
    tools: Tools,
}

/// The table of live events.
pub struct EventTable {
    limits: EventLimits,
    key: HashKey,
    scanners: KnownScanners,
    version4: HashTable<Live<Key4>>,
    version6: HashTable<Live<Key6>>,
    overflow: BTreeMap<(Service, Kind), Overflow>,
    clock: StreamClock,
    swept: i64,
    ended: u64,
    counting: bool,
}

impl EventTable {
    /// An empty table.
    #[must_use]
    pub fn new(limits: EventLimits, key: HashKey, scanners: KnownScanners) -> Self {
        Self {
            limits,
            key,
            scanners,
            version4: HashTable::new(),
            version6: HashTable::new(),
            overflow: BTreeMap::new(),
            clock: StreamClock::default(),
            swept: i64::MIN,
            ended: 0,
            counting: false,
        }
    }

    /// Only counts ended events from now on: for a caller who wants totals, ordering millions of events is a third of the work.
    #[must_use]
    pub fn counting_only(mut self) -> Self {
        self.counting = true;
        self
    }

    /// Events handed out so far.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Events still live.
    #[must_use]
    pub fn live(&self) -> usize {
        self.version4.len() + self.version6.len()
    }

    /// The clock of the stream, with its jumps.
    #[must_use]
    pub fn clock(&self) -> &StreamClock {
        &self.clock
    }

    /// Adds a contact; `emit` receives the events that ended before it.
    #[inline]
    pub fn add(&mut self, contact: &Contact, emit: &mut impl FnMut(Event)) {
        let time = match self.clock.observe(contact.time) {
            Observed::Steady(time) => time,
            Observed::Jumped(time) => {
                self.end_all(emit);
                self.swept = time;
                time
            }
        };
        if self.swept == i64::MIN {
            self.swept = time;
        }
        if time - self.swept > self.idle() / 4 {
            self.sweep(time, emit);
        }
        let destination = self.key.of_address(contact.destination);
        let touch = packed(contact.service, contact.kind);
        let full = self.live() >= self.limits.live_events;
        let place =
            Place { time, destination, full, idle: self.idle(), lg: self.limits.sketch_lg, key: self.key };
        let stored = match contact.source {
            IpAddr::V4(source) => {
                let key = Key4 { source: source.to_bits(), touch };
                place.add(&mut self.version4, key, contact, &self.scanners)
            }
            IpAddr::V6(source) => {
                let key = Key6 { source: source.to_bits(), touch };
                place.add(&mut self.version6, key, contact, &self.scanners)
            }
        };
        match stored {
            Stored::Yes => {}
            Stored::After(event) => {
                self.ended += 1;
                emit(*event);
            }
            Stored::No => self.overflow(contact, time, destination),
        }
    }

    /// Ends everything.
    pub fn finish(mut self, emit: &mut impl FnMut(Event)) -> u64 {
        self.end_all(emit);
        self.ended
    }

    fn idle(&self) -> i64 {
        i64::from(self.limits.idle_seconds) * 1_000_000_000
    }

    fn sweep(&mut self, time: i64, emit: &mut impl FnMut(Event)) {
        self.swept = time;
        let before = time - self.idle();
        self.hand_out(before, emit);
    }

    fn end_all(&mut self, emit: &mut impl FnMut(Event)) {
        self.hand_out(i64::MAX, emit);
    }

    /// Ends the events whose last contact is before `before`, in the order of their beginning.
    fn hand_out(&mut self, before: i64, emit: &mut impl FnMut(Event)) {
        if self.counting {
            let live = self.live() + self.overflow.len();
            self.version4.retain(|event| event.last >= before);
            self.version6.retain(|event| event.last >= before);
            self.overflow.retain(|_, sum| sum.last >= before);
            self.ended += (live - self.live() - self.overflow.len()) as u64;
            return;
        }
        let mut events = drain(&mut self.version4, before);
        events.extend(drain(&mut self.version6, before));
        for (&(service, kind), sum) in &self.overflow {
            if sum.last < before {
                events.push(sum.event(service, kind));
            }
        }
        self.overflow.retain(|_, sum| sum.last >= before);
        events.sort_unstable_by_key(|event| (event.first, event.source, event.service, event.kind));
        self.ended += events.len() as u64;
        events.into_iter().for_each(emit);
    }

    #[cold]
    fn overflow(&mut self, contact: &Contact, time: i64, destination: u64) {
        let mut at = (contact.service, contact.kind);
        if self.overflow.len() >= OVERFLOW_SERVICES && !self.overflow.contains_key(&at) {
            at = (Service { protocol: 255, port: 0 }, Kind::Other);
        }
        let sum = self.overflow.entry(at).or_insert_with(|| Overflow {
            first: time,
            last: time,
            packets: 0,
            bytes: 0,
            sources: Distinct::default(),
            destinations: Distinct::default(),
            tools: Tools::ALL,
        });
        sum.first = sum.first.min(time);
        sum.last = sum.last.max(time);
        sum.packets = sum.packets.saturating_add(contact.packets);
        sum.bytes = sum.bytes.saturating_add(contact.bytes);
        sum.sources.add(self.key.of_address(contact.source), 12);
        sum.destinations.add(destination, 12);
        sum.tools = sum.tools.intersection(contact.tools);
    }
}

impl Overflow {
    fn event(&self, service: Service, kind: Kind) -> Event {
        Event {
            first: self.first,
            last: self.last,
            source: None,
            service,
            kind,
            packets: self.packets,
            bytes: self.bytes,
            destinations: self.destinations.count(),
            sources: self.sources.count(),
            tools: self.tools,
            known_scanner: false,
        }
    }
}

enum Stored {
    Yes,
    /// Stored, and the earlier event of the same key has ended.
    After(Box<Event>),
    No,
}

#[derive(Clone, Copy)]
struct Place {
    time: i64,
    destination: u64,
    full: bool,
    idle: i64,
    lg: u8,
    key: HashKey,
}

impl Place {
    #[inline]
    fn add<K: Key>(
        self,
        table: &mut HashTable<Live<K>>,
        key: K,
        contact: &Contact,
        scanners: &KnownScanners,
    ) -> Stored {
        let hash = key.hash(self.key);
        match table.entry(hash, |live| live.key == key, |live| live.key.hash(self.key)) {
            Slot::Occupied(mut slot) => {
                let live = slot.get_mut();
                let mut ended = None;
                if self.time - live.last > self.idle {
                    ended = Some(Box::new(live.event()));
                    live.restart(self.time);
                }
                live.first = live.first.min(self.time);
                live.last = live.last.max(self.time);
                live.packets = live.packets.saturating_add(contact.packets);
                live.bytes = live.bytes.saturating_add(contact.bytes);
                live.destinations.add(self.destination, self.lg);
                live.tools = live.tools.intersection(contact.tools);
                ended.map_or(Stored::Yes, Stored::After)
            }
            Slot::Vacant(_) if self.full => Stored::No,
            Slot::Vacant(slot) => {
                let mut destinations = Distinct::default();
                destinations.add(self.destination, self.lg);
                slot.insert(Live {
                    key,
                    first: self.time,
                    last: self.time,
                    packets: contact.packets,
                    bytes: contact.bytes,
                    destinations,
                    tools: contact.tools,
                    known_scanner: scanners.contains(contact.source),
                });
                Stored::Yes
            }
        }
    }
}

impl<K: Key> Live<K> {
    fn event(&self) -> Event {
        let (service, kind) = unpacked(self.key.touch());
        Event {
            first: self.first,
            last: self.last,
            source: Some(self.key.source()),
            service,
            kind,
            packets: self.packets,
            bytes: self.bytes,
            destinations: self.destinations.count(),
            sources: 1,
            tools: self.tools,
            known_scanner: self.known_scanner,
        }
    }

    fn restart(&mut self, time: i64) {
        (self.first, self.last, self.packets, self.bytes) = (time, time, 0, 0);
        self.destinations = Distinct::default();
        self.tools = Tools::ALL;
    }
}

fn drain<K: Key>(table: &mut HashTable<Live<K>>, before: i64) -> Vec<Event> {
    let mut events = Vec::new();
    table.retain(|live| {
        let stays = live.last >= before;
        if !stays {
            events.push(live.event());
        }
        stays
    });
    events
}
