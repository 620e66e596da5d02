use std::io::BufReader;

use super::*;

fn record(number: u32) -> String {
    format!(
        r#"{{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{{"cveId":"CVE-2030-{number:04}","assignerOrgId":"x","state":"PUBLISHED"}},"containers":{{"cna":{{"title":"a }} \" ] text"}}}}}}"#
    )
}

fn lines_and_ids(file: &str, chunk: usize) -> Vec<Result<(u64, String), Fault>> {
    let source = BufReader::with_capacity(chunk, file.as_bytes());
    read(source, Limits::default())
        .map(|entry| entry.map(|entry| (entry.line, entry.record.metadata.id)))
        .collect()
}

#[test]
fn every_layout_is_read_alike_whatever_the_chunks() {
    let pretty = record(1).replace("\"containers\"", "\n\"containers\"");
    let cases = [
        (record(1), vec![(1, 1)]),
        (format!("\u{feff}\n{}\n", record(1)), vec![(2, 1)]),
        (format!("{}\n{}\r\n\n{}", record(1), record(2), record(3)), vec![(1, 1), (2, 2), (4, 3)]),
        (format!("[{},\n{} ,{}]\n", record(1), record(2), record(3)), vec![(1, 1), (2, 2), (2, 3)]),
        (format!("{pretty}\n{pretty}{pretty}"), vec![(1, 1), (3, 1), (4, 1)]),
        ("[ ]".into(), vec![]),
    ];
    for (file, expected) in cases {
        let expected: Vec<_> =
            expected.iter().map(|(line, number)| Ok((*line, format!("CVE-2030-{number:04}")))).collect();
        for chunk in [1, 7, 64, 1 << 16] {
            assert_eq!(lines_and_ids(&file, chunk), expected, "{chunk}: {file}");
        }
    }
}

#[test]
fn a_broken_line_spoils_only_itself() {
    let file = format!("{}\n{{\"dataType\": 3}}\n{}x\n[]\n{}", record(1), record(2), record(4));
    let read = lines_and_ids(&file, 64);
    assert_eq!(read.len(), 5);
    assert_eq!(read[0].as_ref().unwrap().1, "CVE-2030-0001");
    let fault = read[1].as_ref().unwrap_err();
    assert_eq!((fault.line, fault.path.as_str()), (2, "dataType"));
    assert_eq!(fault.reason, "invalid type: integer `3`, expected a string");
    assert_eq!(read[2].as_ref().unwrap_err().to_string(), "line 3, record: trailing characters");
    assert_eq!(read[3].as_ref().unwrap_err().to_string(), "line 4, record: is not a JSON object");
    assert_eq!(read[4].as_ref().unwrap(), &(5, "CVE-2030-0004".to_owned()));
}

#[test]
fn every_fault_names_its_place() {
    let cut = &record(1)[..72];
    let cases = [
        (String::new(), "line 1, record: the file holds no record"),
        (format!("[{}", record(1)), "line 1, record: the array breaks off"),
        (
            format!("[{} {}]", record(1), record(2)),
            "line 1, record: a comma or the end of the array should stand here",
        ),
        (format!("[{},]", record(1)), "line 1, record: a record should stand here"),
        (format!("[{}]\n\n x", record(1)), "line 3, record: something follows the array"),
        ("[1]".into(), "line 1, record: is not a JSON object"),
        ("}".into(), "line 1, record: is not a JSON object"),
        (cut.into(), "line 1, cveMetadata.cveId: EOF while parsing a string"),
        (
            record(1).replace("PUBLISHED", "published?"),
            "line 1, cveMetadata.state: unknown variant `published?`, expected one of `PUBLISHED`, `REJECTED`, `RESERVED`",
        ),
    ];
    for (file, expected) in cases {
        let found = lines_and_ids(&file, 16).into_iter().find_map(Result::err).map(|fault| fault.to_string());
        assert_eq!(found.as_deref(), Some(expected), "{file}");
    }
}

#[test]
fn long_records_and_other_encodings_are_refused() {
    let limits = Limits { record_bytes: 100 };
    for file in [record(1), format!("{{}}\n{}", record(1)), format!("[{}]", record(1))] {
        let fault = read(file.as_bytes(), limits).last().unwrap().unwrap_err();
        assert_eq!(fault.reason, "is longer than 100 bytes");
    }
    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("{}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let fault = read(&wide[..], limits).next().unwrap().unwrap_err();
    assert!(fault.reason.contains("UTF-16"), "{fault}");
    let mut bad = record(1).into_bytes();
    let place = bad.windows(4).position(|word| word == b"text").unwrap();
    bad[place] = 0xFF;
    let fault = read(&bad[..], Limits::default()).next().unwrap().unwrap_err();
    assert_eq!(fault.path, "containers.cna.title");
}
