//! Any bytes as a capture, flow export or log: no panic, no unbounded memory, and every contact ends in exactly one event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_telescope::reader::ReadOptions;
use shinayaka_telescope::{Contact, EventLimits, EventTable, KnownScanners, Resolution, SeriesBuilder, read};

fuzz_target!(|data: &[u8]| {
    let limits = EventLimits { live_events: 64, ..EventLimits::default() };
    let mut table = EventTable::new(limits, Default::default(), KnownScanners::default());
    let mut series = SeriesBuilder::new(&Resolution::STANDARD, 64, Default::default(), KnownScanners::default());
    let (mut packets, mut expected) = (0u64, 0u64);
    let mut sink = |contact: &Contact| {
        expected = expected.saturating_add(contact.packets);
        table.add(contact, &mut |event| packets = packets.saturating_add(event.packets));
        series.add(contact, &mut |_| {});
    };
    if read(data, ReadOptions { year: Some(2026) }, &mut sink).is_ok() {
        table.finish(&mut |event| packets = packets.saturating_add(event.packets));
        series.finish(&mut |_| {});
        assert_eq!(packets, expected);
    }
});
