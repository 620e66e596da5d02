//! Events, series and text formats on small inputs whose answers are known.

use shinayaka_telescope::hash::HashKey;
use shinayaka_telescope::reader::{Format, ReadOptions};
use shinayaka_telescope::series::Subject;
use shinayaka_telescope::{
    Contact, Event, EventLimits, EventTable, Kind, KnownScanners, Resolution, SeriesBuilder, SeriesRow,
    Service, Tools, read,
};

const SECOND: i64 = 1_000_000_000;

fn contact(second: i64, source: u32, destination: u32, port: u16) -> Contact {
    Contact {
        time: second * SECOND,
        source: std::net::Ipv4Addr::from_bits(source).into(),
        destination: std::net::Ipv4Addr::from_bits(destination).into(),
        service: Service { protocol: 6, port },
        kind: Kind::TcpSyn,
        packets: 1,
        bytes: 40,
        tools: Tools::default(),
    }
}

fn events(limits: EventLimits, contacts: impl IntoIterator<Item = Contact>) -> Vec<Event> {
    let mut table = EventTable::new(limits, HashKey::default(), KnownScanners::default());
    let mut events = Vec::new();
    for contact in contacts {
        table.add(&contact, &mut |event| events.push(event));
    }
    table.finish(&mut |event| events.push(event));
    events
}

#[test]
fn silence_longer_than_the_time_out_ends_an_event() {
    let limits = EventLimits { idle_seconds: 100, ..EventLimits::default() };
    let found = events(
        limits,
        [contact(0, 1, 1, 23), contact(100, 1, 2, 23), contact(201, 1, 3, 23), contact(202, 1, 3, 80)],
    );
    let summary: Vec<_> =
        found.iter().map(|event| (event.service.port, event.packets, event.destinations)).collect();
    assert_eq!(summary, [(23, 2, 2), (23, 1, 1), (80, 1, 1)]);
}

#[test]
fn a_flood_of_forged_sources_keeps_memory_and_loses_no_packet() {
    let limits = EventLimits { live_events: 1000, ..EventLimits::default() };
    let found = events(limits, (0..100_000u32).map(|n| contact(i64::from(n / 1000), n, 7, 80)));
    assert_eq!(found.iter().map(|event| event.packets).sum::<u64>(), 100_000);
    assert_eq!(found.len(), 1001);
    let many = found.iter().find(|event| event.source.is_none()).expect("the sum of the rest");
    assert!((many.sources as f64 / 99_000.0 - 1.0).abs() < 0.06, "{}", many.sources);
}

#[test]
fn a_mark_counts_only_if_every_packet_has_it() {
    let marked = |tools| Contact { tools, ..contact(0, 1, 1, 23) };
    let found = events(EventLimits::default(), [marked(Tools(5)), marked(Tools::ZMAP)]);
    assert_eq!(found[0].tools, Tools::ZMAP);
}

fn rows(contacts: impl IntoIterator<Item = Contact>) -> Vec<SeriesRow> {
    let resolutions = [Resolution(1), Resolution(60)];
    let mut builder = SeriesBuilder::new(&resolutions, 100, HashKey::default(), KnownScanners::default());
    let mut rows = Vec::new();
    for contact in contacts {
        builder.add(&contact, &mut |row| rows.push(row));
    }
    builder.finish(&mut |row| rows.push(row));
    rows
}

#[test]
fn a_silent_sensor_is_a_gap_and_sketches_merge_upward() {
    let found =
        rows([contact(0, 1, 1, 23), contact(1, 1, 1, 23), contact(1, 2, 1, 23), contact(200, 3, 1, 23)]);
    let sensor: Vec<_> = found
        .iter()
        .filter(|row| row.subject == Subject::Sensor && row.resolution == 60)
        .map(|row| (row.start, row.seconds, row.gap, row.packets, row.sources))
        .collect();
    assert_eq!(sensor, [(0, 60, false, 3, 2), (60, 120, true, 0, 0), (180, 60, false, 1, 1)]);
}

#[test]
fn text_formats_become_the_same_contact() {
    let inputs = [
        (Format::Eve, r#"{"timestamp":"2026-11-22T00:00:01.000000+0000","event_type":"flow","src_ip":"192.0.2.1","src_port":5,"dest_ip":"198.51.100.1","dest_port":23,"proto":"TCP","flow":{"pkts_toserver":1,"bytes_toserver":40,"state":"new"}}"#.to_owned()),
        (Format::ZeekJson, r#"{"ts":1795305601.0,"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":5,"id.resp_h":"198.51.100.1","id.resp_p":23,"proto":"tcp","conn_state":"S0","orig_pkts":1,"orig_ip_bytes":40}"#.to_owned()),
        (Format::ZeekColumns, "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\torig_pkts\torig_ip_bytes\n1795305601.0\tC1\t192.0.2.1\t5\t198.51.100.1\t23\ttcp\tS0\t1\t40\n".to_owned()),
        (Format::Firewall, "2026-11-22T00:00:01+00:00 gw kernel: IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.1 LEN=40 PROTO=TCP SPT=5 DPT=23 SYN URGP=0".to_owned()),
        (Format::Dshield, "2026-11-22 00:00:01 +00:00\t7\t1\t192.000.002.001\t5\t198.51.100.1\t23\tTCP\tS".to_owned()),
        (Format::Cowrie, r#"{"eventid":"cowrie.session.connect","src_ip":"192.0.2.1","src_port":5,"dst_ip":"198.51.100.1","dst_port":23,"timestamp":"2026-11-22T00:00:01.000000Z"}"#.to_owned()),
    ];
    for (format, text) in inputs {
        let mut found = Vec::new();
        let report =
            read(text.as_bytes(), ReadOptions::default(), &mut |contact: &Contact| found.push(*contact))
                .expect("known");
        assert_eq!(report.format, Some(format));
        assert_eq!((found.len(), report.decode_errors), (1, 0), "{format:?} {report:?}");
        let expected = contact(1_795_305_601, 0xc000_0201, 0xc633_6401, 23);
        assert_eq!(
            (found[0].time, found[0].source, found[0].destination),
            (expected.time, expected.source, expected.destination)
        );
        assert_eq!(found[0].service, expected.service, "{format:?}");
        let kind = if format == Format::Cowrie { Kind::Session } else { Kind::TcpSyn };
        assert_eq!(found[0].kind, kind, "{format:?}");
    }
}

#[test]
fn netflow_5_and_ipfix() {
    let mut v5 = vec![0, 5, 0, 1];
    v5.extend(10_000u32.to_be_bytes());
    v5.extend(1_795_305_610u32.to_be_bytes());
    v5.extend([0; 12]);
    let mut record = [0u8; 48];
    record[..8].copy_from_slice(&[192, 0, 2, 1, 198, 51, 100, 1]);
    record[19] = 3;
    record[23] = 120;
    record[24..28].copy_from_slice(&1_000u32.to_be_bytes());
    record[34..36].copy_from_slice(&23u16.to_be_bytes());
    record[37] = 2;
    record[38] = 6;
    v5.extend(record);

    let template = [256u16, 6, 8, 4, 12, 4, 4, 1, 11, 2, 2, 4, 150, 4];
    let mut sets: Vec<u8> =
        [2u16, 4 + 28].iter().chain(&template).flat_map(|half| half.to_be_bytes()).collect();
    sets.extend([256u16, 4 + 19].iter().flat_map(|half| half.to_be_bytes()));
    sets.extend([192, 0, 2, 1, 198, 51, 100, 1, 6, 0, 23, 0, 0, 0, 3]);
    sets.extend(1_795_305_601u32.to_be_bytes());
    let mut ipfix: Vec<u8> =
        [10u16, 16 + sets.len() as u16].iter().flat_map(|half| half.to_be_bytes()).collect();
    ipfix.extend([0; 12]);
    ipfix.extend(sets);

    for (format, bytes) in [(Format::Netflow5, v5), (Format::Ipfix, ipfix)] {
        let mut found = Vec::new();
        let report = read(&bytes[..], ReadOptions::default(), &mut |contact: &Contact| found.push(*contact))
            .expect("known");
        assert_eq!((report.format, report.problem, report.decode_errors), (Some(format), None, 0));
        assert_eq!(
            (found[0].time, found[0].service.port, found[0].packets),
            (1_795_305_601 * SECOND, 23, 3),
            "{format:?}"
        );
    }
}
