//! All trace files at hand decode, with the counts of an independent program and the fields of an independent parser.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::IpAddr;
use std::path::PathBuf;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use shinayaka_telescope::capture::Capture;
use shinayaka_telescope::frame::{self, Frame};
use shinayaka_telescope::reader::ReadOptions;
use shinayaka_telescope::{Contact, EventLimits, EventTable, Kind, KnownScanners, read};

fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("SHINAYAKA_SHARED").map(PathBuf::from);
    let beside = || {
        let mut folders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        folders.find_map(|folder| Some(folder.join("../shared")).filter(|path| path.is_dir()))
    };
    let found = given.or_else(beside).map(|path| path.join("data/pcap")).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: no ../shared");
    }
    found
}

struct Trace {
    name: String,
    bytes: Vec<u8>,
    row: BTreeMap<String, String>,
}

fn traces() -> Vec<Trace> {
    let Some(folder) = shared() else { return Vec::new() };
    let mut traces = Vec::new();
    for set in ["suricata-verify", "zeek-btest"] {
        let mut index = csv::Reader::from_path(folder.join(format!("{set}.index.csv"))).expect("the index");
        let rows: BTreeMap<String, BTreeMap<String, String>> = index
            .deserialize()
            .map(|row| {
                let row: BTreeMap<String, String> = row.expect("a row");
                (row["path"].clone(), row)
            })
            .collect();
        let packed = std::fs::File::open(folder.join(format!("{set}.tar.zst"))).expect("the archive");
        let mut archive = tar::Archive::new(zstd::Decoder::new(packed).expect("zstd"));
        for entry in archive.entries().expect("entries") {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a path").to_string_lossy().trim_start_matches("./").to_owned();
            let Some(row) = rows.get(&name) else { continue };
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("the file");
            traces.push(Trace { name, bytes, row: row.clone() });
        }
    }
    assert_eq!(traces.len(), 400);
    traces
}

#[test]
fn packets_bytes_and_times_equal_the_independent_count() {
    for trace in traces() {
        let report =
            read(&trace.bytes[..], ReadOptions::default(), &mut |_: &Contact| {}).expect(&trace.name);
        assert_eq!(report.packets.to_string(), trace.row["packets"], "{}", trace.name);
        assert_eq!(report.bytes.to_string(), trace.row["captured_bytes"], "{}", trace.name);
        assert_eq!(
            report.problem.is_some(),
            trace.row["truncated_tail"] == "1",
            "{}: {:?}",
            trace.name,
            report.problem
        );
        let mut capture = Capture::open(&trace.bytes[..]).expect(&trace.name);
        let (mut first, mut last) = (None, None);
        while let Ok(Some(record)) = capture.next_record() {
            first = first.or(Some(record.time));
            last = Some(record.time);
        }
        for (ours, column) in [(first, "first_ts_ns"), (last, "last_ts_ns")] {
            let ours = ours.map_or_else(String::new, |time: i64| time.to_string());
            // The independent count leaves the times of some pcapng files open.
            if !trace.row[column].is_empty() {
                assert_eq!(ours, trace.row[column], "{} {column}", trace.name);
            }
        }
    }
}

#[test]
fn every_contact_has_the_fields_that_etherparse_finds() {
    let mut compared = 0;
    for trace in traces() {
        let mut capture = Capture::open(&trace.bytes[..]).expect(&trace.name);
        while let Ok(Some(record)) = capture.next_record() {
            let theirs = match record.link {
                1 => SlicedPacket::from_ethernet(record.data),
                101 | 228 | 229 => SlicedPacket::from_ip(record.data),
                _ => continue,
            };
            let (Frame::Contact(ours), Ok(theirs)) =
                (frame::parse(record.link, record.data, record.time), theirs)
            else {
                continue;
            };
            let addresses: (IpAddr, IpAddr) = match &theirs.net {
                Some(NetSlice::Ipv4(ip)) => {
                    (ip.header().source_addr().into(), ip.header().destination_addr().into())
                }
                Some(NetSlice::Ipv6(ip)) => {
                    (ip.header().source_addr().into(), ip.header().destination_addr().into())
                }
                _ => continue,
            };
            assert_eq!((ours.source, ours.destination), addresses, "{}", trace.name);
            let (protocol, port) = match &theirs.transport {
                Some(TransportSlice::Tcp(tcp)) if ours.kind == Kind::Backscatter => (6, tcp.source_port()),
                Some(TransportSlice::Tcp(tcp)) => (6, tcp.destination_port()),
                Some(TransportSlice::Udp(udp)) => (17, udp.destination_port()),
                _ => continue,
            };
            assert_eq!((ours.service.protocol, ours.service.port), (protocol, port), "{}", trace.name);
            compared += 1;
        }
    }
    assert!(compared > 1000 || shared().is_none(), "{compared}");
}

#[test]
fn cut_and_corrupted_traces_end_in_a_report() {
    for (number, trace) in traces().into_iter().enumerate() {
        for cut in [1usize, 5, 23, 24, 40, trace.bytes.len() / 2] {
            let part = &trace.bytes[..cut.min(trace.bytes.len())];
            let _ = read(part, ReadOptions::default(), &mut |_: &Contact| {});
        }
        let mut damaged = trace.bytes.clone();
        let mut state = number as u64 + 1;
        for _ in 0..20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let place = (state >> 33) as usize % damaged.len();
            damaged[place] ^= (state >> 20) as u8;
        }
        let mut table = EventTable::new(EventLimits::default(), Default::default(), KnownScanners::default());
        let mut packets = 0;
        let mut sink = |contact: &Contact| table.add(contact, &mut |event| packets += event.packets);
        if let Ok(report) = read(&damaged[..], ReadOptions::default(), &mut sink) {
            table.finish(&mut |event| packets += event.packets);
            assert_eq!(packets, report.contacts, "{}: every contact is in one event", trace.name);
        }
    }
}
