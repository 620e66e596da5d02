use std::io::BufReader;

use super::*;

fn record(number: u32) -> String {
    format!(r#"{{"id":"EX-{number}","modified":"2030-01-02T00:00:00Z","summary":"a }} \" ] text"}}"#)
}

fn lines_and_ids(file: &str, chunk: usize) -> Vec<Result<(u64, String), Fault>> {
    let source = BufReader::with_capacity(chunk, file.as_bytes());
    read(source, Limits::default()).map(|entry| entry.map(|entry| (entry.line, entry.record.id))).collect()
}

#[test]
fn every_layout_is_read_alike_whatever_the_chunks() {
    let pretty = record(1).replace("\"summary\"", "\n\"summary\"");
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
            expected.iter().map(|(line, number)| Ok((*line, format!("EX-{number}")))).collect();
        for chunk in [1, 7, 64, 1 << 16] {
            assert_eq!(lines_and_ids(&file, chunk), expected, "{chunk}: {file}");
        }
    }
}

#[test]
fn every_fault_names_its_place() {
    let cases = [
        (String::new(), "line 1, record: the file holds no record"),
        (format!("[{}", record(1)), "line 1, record: the array breaks off"),
        ("[1]".into(), "line 1, record: is not a JSON object"),
        (format!("{}\n{{\"id\":7}}", record(1)), "line 2, id: invalid type: integer `7`, expected a string"),
        (
            r#"{"id":"a","affected":[{"ranges":[{"type":"SEMVER","events":[{"until":"1"}]}]}]}"#.into(),
            "line 1, affected[0].ranges[0].events[0]: `until` is no event; introduced, fixed, last_affected and limit are",
        ),
    ];
    for (file, expected) in cases {
        let found = lines_and_ids(&file, 16).into_iter().find_map(Result::err).map(|fault| fault.to_string());
        assert_eq!(found.as_deref(), Some(expected), "{file}");
    }
}
