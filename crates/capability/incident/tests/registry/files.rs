use shinayaka_incident::{
    capability,
    service::{
        export::{ExportFormat, export_all},
        import::{ImportFormat, import},
        list::{Filter, Sort, list},
        record::record,
    },
};
use shinayaka_kernel::{Error, Principal, capability::Capability, label::Role};
use shinayaka_model::incident::Incident;

use crate::node::{Node, flood, person};

const HEADER: &str = "title_ja,date,sector,cause,channel,effects\n";

fn rows(n: usize) -> String {
    let mut file = String::from(HEADER);
    for number in 1..=n {
        file.push_str(&format!(
            "事故その{number},2025-{:02},finance,software_fault,survey,availability\n",
            number % 12 + 1
        ));
    }
    file
}

#[tokio::test]
async fn a_file_with_a_broken_row_7000_saves_nothing_and_names_it() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst);
    let before = node.events().await;
    let mut lines: Vec<String> = rows(7_500).lines().map(str::to_owned).collect();
    lines[7_000] = "事故,2025-13,finance,software_fault,survey,availability".into();
    lines[7_100] = ",2025-01,finance,software_fault,survey,everything".into();
    let file = lines.join("\r\n").into_bytes();
    for dry_run in [true, false] {
        let imported =
            import(node.kernel.writer(&analyst), ImportFormat::Csv, file.clone(), dry_run).await.unwrap();
        let places: Vec<_> = imported.errors.iter().map(|fault| (fault.line, fault.field.as_str())).collect();
        assert_eq!(places, [(7_001, "date"), (7_101, "effects")]);
        assert_eq!((imported.rows, imported.saved, imported.first.len()), (7_500, 0, 10));
        assert_eq!(imported.first[9].title_ja, "事故その10");
    }
    assert_eq!((node.count(&analyst).await, node.events().await), (34, before));
}

#[tokio::test]
async fn a_good_file_of_20000_rows_is_saved_in_one_commit() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst);
    let before = node.events().await;
    let file = rows(20_000).into_bytes();
    let trial = import(node.kernel.writer(&analyst), ImportFormat::Csv, file.clone(), true).await.unwrap();
    assert_eq!((trial.rows, trial.saved, trial.errors.len(), node.count(&analyst).await), (20_000, 0, 0, 34));
    let imported = import(node.kernel.writer(&analyst), ImportFormat::Csv, file, false).await.unwrap();
    assert_eq!(imported.saved, 20_000);
    assert_eq!(node.count(&analyst).await, 20_034);
    // One event for the whole file, and one time for all of its records: one commit.
    assert_eq!(node.events().await, before + 1);
    let reader = node.kernel.reader(&analyst);
    let filter = Filter {
        sector: Some(shinayaka_model::incident::Sector::Finance),
        year: Some(2025),
        ..Filter::default()
    };
    let page = list(reader, &filter, Sort::Recorded, None, Some(500)).await.unwrap();
    let times: std::collections::BTreeSet<_> =
        page.items.iter().map(|entry| entry.stored.recorded_at).collect();
    assert_eq!((page.items.len(), times.len()), (500, 1));
    assert_eq!(page.items[0].stored.owner.as_deref(), Some("analyst"));
}

#[tokio::test]
async fn what_is_exported_is_imported_equal() {
    let (one, other) = (Node::start().await, Node::start().await);
    let analyst = person(Role::Analyst);
    capability().demonstrate(&one.kernel).await.unwrap();
    let formula = Incident { summary_ja: "=HYPERLINK(\"http://example.jp\";\"見る\")".into(), ..flood() };
    record(one.kernel.writer(&analyst), formula.clone(), None).await.unwrap();
    let file = export_all(one.kernel.reader(&analyst), ExportFormat::Csv).await.unwrap();
    // On the node it came from every accident is known.
    let again = import(one.kernel.writer(&analyst), ImportFormat::Csv, file.clone(), false).await.unwrap();
    assert_eq!((again.rows, again.unchanged, again.saved, again.errors), (77, 77, 0, vec![]));
    // On another node only the founding ones are.
    let imported =
        import(other.kernel.writer(&analyst), ImportFormat::Csv, file.clone(), false).await.unwrap();
    assert_eq!((imported.unchanged, imported.saved), (34, 43));
    let all = async |node: &Node| {
        let page = list(node.kernel.reader(&analyst), &Filter::default(), Sort::Date, None, Some(500))
            .await
            .unwrap();
        let mut records: Vec<_> = page
            .items
            .into_iter()
            .map(|e| (serde_json::to_string(&e.stored.record).unwrap(), e.stored.synthetic))
            .collect();
        records.sort();
        records
    };
    assert_eq!(all(&one).await, all(&other).await);
    assert!(
        !String::from_utf8(file).unwrap().lines().any(|line| line.contains(",=") || line.contains("\"="))
    );
}

#[tokio::test]
async fn a_changed_row_of_a_known_accident_and_a_forged_founding_row_are_refused() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst);
    let file = String::from_utf8(export_all(node.kernel.reader(&analyst), ExportFormat::Csv).await.unwrap())
        .unwrap();
    let changed = file.replace("about|住民の記録", "about|住民");
    assert_ne!(changed, file);
    let imported =
        import(node.kernel.writer(&analyst), ImportFormat::Csv, changed.into_bytes(), false).await.unwrap();
    assert_eq!((imported.saved, imported.errors.len(), imported.errors[0].field.as_str()), (0, 1, "id"));
    let forged = "title_ja,date,sector,cause,channel,founding_table,founding_column,founding_number\n\
                  x,2003,water,nature,press,1,government,1\nx,2030,water,nature,press,,,\n";
    let imported =
        import(node.kernel.writer(&analyst), ImportFormat::Csv, forged.into(), false).await.unwrap();
    let places: Vec<_> = imported.errors.iter().map(|fault| (fault.line, fault.field.as_str())).collect();
    assert_eq!(places, [(2, "founding_table"), (3, "date")]);
    // An identifier of somebody else's accident tells nothing of it.
    let hidden =
        format!("id,{HEADER}{},x,2003,water,nature,press,\n", shinayaka_kernel::ObjectId::named("hidden"));
    let imported =
        import(node.kernel.writer(&analyst), ImportFormat::Csv, hidden.into(), true).await.unwrap();
    assert_eq!((imported.errors.len(), imported.rows), (0, 1));
}

#[tokio::test]
async fn veris_is_imported_with_what_had_no_place() {
    let node = Node::start().await;
    let officer = person(Role::Officer);
    let laptop = include_bytes!("../../../../format/veris/tests/fixtures/laptop.json");
    let imported =
        import(node.kernel.writer(&officer), ImportFormat::Veris, laptop.to_vec(), false).await.unwrap();
    assert_eq!((imported.rows, imported.saved, imported.errors.len()), (1, 1, 0));
    assert!(imported.unmapped.iter().any(|path| path.path == "victim.employee_count" && path.records == 1));
    let several = include_bytes!("../../../../format/veris/tests/fixtures/several.ndjson");
    let imported =
        import(node.kernel.writer(&officer), ImportFormat::Veris, several.to_vec(), false).await.unwrap();
    let places: Vec<_> = imported.errors.iter().map(|fault| (fault.line, fault.field.as_str())).collect();
    assert_eq!(places, [(4, "timeline.incident.year"), (5, "record")]);
    assert_eq!((imported.rows, imported.saved, node.count(&officer).await), (5, 0, 35));
}

#[tokio::test]
async fn a_file_of_rubbish_is_answered_in_bounded_words() {
    let node = Node::start().await;
    let officer = person(Role::Officer);
    let rows = format!("{HEADER}{}", ",never,nowhere,gremlins,rumour,everything\n".repeat(3_000));
    let imported = import(node.kernel.writer(&officer), ImportFormat::Csv, rows.into(), true).await.unwrap();
    assert_eq!((imported.rows, imported.errors.len()), (3_000, 5 * 1_000 + 2_000));
    let record = |n: usize| {
        format!(
            "{{\"timeline\":{{\"incident\":{{\"year\":2020}}}},\"action\":{{\"error\":{{}}}},\"made_up_{n}\":1}}\n"
        )
    };
    let records: String = (0..1_500).map(record).collect();
    let imported =
        import(node.kernel.writer(&officer), ImportFormat::Veris, records.into(), true).await.unwrap();
    assert_eq!((imported.rows, imported.unmapped.len()), (1_500, 1_001));
    assert_eq!(imported.unmapped.iter().find(|path| path.path == "*").map(|path| path.records), Some(500));
}

#[tokio::test]
async fn the_command_line_reads_and_writes_the_same_files() {
    let node = Node::start().await;
    let (analyst, council) = (person(Role::Analyst), person(Role::Council));
    let registry = capability();
    assert_eq!(registry.import(&node.kernel, &analyst, "incident-csv", rows(3).as_bytes()).await, Ok(3));
    let bad = format!("{HEADER}x,never,water,nature,own,\n");
    match registry.import(&node.kernel, &analyst, "incident-csv", bad.as_bytes()).await {
        Err(Error::Invalid { field, reason }) => {
            assert_eq!(field, "line 2, date");
            assert!(reason.contains("nothing was saved"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    let json = registry.export(&node.kernel, &analyst, "incident-json").await.unwrap();
    let items: Vec<serde_json::Value> = serde_json::from_slice(&json).unwrap();
    assert_eq!(items.len(), 37);
    assert_eq!(items[0]["record"]["title_ja"], "事故その3");
    assert_eq!((&items[0]["derived"]["malicious"], &items[0]["version"]), (&"no".into(), &1.into()));
    for format in ["incident-csv", "incident-json"] {
        assert!(matches!(registry.export(&node.kernel, &council, format).await, Err(Error::Forbidden(_))));
    }
    assert!(matches!(
        registry.import(&node.kernel, &Principal::public(), "veris", b"{}").await,
        Err(Error::Forbidden(_))
    ));
    assert!(matches!(registry.import(&node.kernel, &analyst, "stix", b"").await, Err(Error::Invalid { .. })));
}
