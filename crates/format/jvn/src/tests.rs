use super::*;

fn entries(text: &str) -> Result<Vec<Entry>, Fault> {
    let mut found = Vec::new();
    read(text.as_bytes(), Limits::default(), &mut |entry| found.push(entry))?;
    Ok(found)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn overview() -> Overview {
    Overview {
        identifier: "JVNDB-2030-000001".into(),
        title: "門 <gate> に \"閉まらない\" 脆弱性".into(),
        link: "https://example.org/ja/JVNDB-2030-000001.html?a=1&b=2".into(),
        description: "一行目\n二行目".into(),
        creator: some("例"),
        references: vec![
            Reference {
                source: some("CVE"),
                id: some("CVE-2030-0001"),
                title: None,
                url: "https://example.org/cve".into(),
            },
            Reference {
                source: None,
                id: some("CWE-79"),
                title: some("クロスサイト"),
                url: "https://example.org/cwe".into(),
            },
        ],
        cpes: vec![Cpe {
            version: some("2.2"),
            vendor: some("例社"),
            product: some("門"),
            name: "cpe:/a:example:gate".into(),
        }],
        cvss: vec![Cvss {
            version: some("3.0"),
            kind: some("Base"),
            severity: some("High"),
            score: Some(7.5),
            vector: some("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"),
        }],
        date: some("2030-01-02T10:00:00+09:00"),
        issued: some("2030-01-02T10:00:00+09:00"),
        modified: None,
    }
}

fn detail() -> Detail {
    Detail {
        id: "JVNDB-2030-000001".into(),
        title: "門が閉まらない脆弱性".into(),
        overview: "門が & 閉まらない。".into(),
        affected: vec![AffectedItem {
            vendor: "例社".into(),
            product: "門".into(),
            cpe: some("cpe:/a:example:gate"),
            versions: vec!["1.4.2 より前".into(), "2.0".into()],
        }],
        impact: Impact { cvss: overview().cvss, descriptions: vec!["開いたまま。".into()] },
        solutions: vec!["更新する。".into()],
        related: vec![RelatedItem {
            kind: some("advisory"),
            name: some("CVE"),
            id: some("CVE-2030-0001"),
            title: None,
            url: some("https://example.org/"),
        }],
        history: vec![HistoryItem {
            number: some("1"),
            time: some("2030-01-02T10:00:00+09:00"),
            description: some("掲載"),
        }],
        first_published: some("2030-01-02T10:00:00+09:00"),
        last_updated: some("2030-01-02T10:00:00+09:00"),
        public: some("2030-01-01T00:00:00+09:00"),
    }
}

#[test]
fn what_is_written_is_read_back() {
    let channel = Channel {
        about: "https://example.org/".into(),
        title: "例".into(),
        description: "例".into(),
        date: "2030-01-02T10:00:00+09:00".into(),
        language: "ja".into(),
    };
    let text = write_rss(&channel, &[overview(), overview()]);
    assert_eq!(entries(&text).unwrap(), [Entry::Overview(overview()), Entry::Overview(overview())]);
    assert_eq!(overview().cves(), ["CVE-2030-0001"]);
    let text = write_vuldef(&[detail()], "ja");
    assert_eq!(entries(&text).unwrap(), [Entry::Detail(Box::new(detail()))]);
    // A character that XML cannot hold is left out.
    let odd = Detail { title: "a\u{1}b".into(), ..Detail::default() };
    let Entry::Detail(back) = &entries(&write_vuldef(&[odd], "ja")).unwrap()[0] else { panic!("a detail") };
    assert_eq!(back.title, "ab");
}

#[test]
fn a_bad_file_is_told_its_place() {
    let vuldef = write_vuldef(&[detail()], "ja");
    let reason = |text: &str| entries(text).unwrap_err().to_string();
    assert_eq!(reason("<html/>"), "line 1, document: is neither JVNRSS (RDF) nor VULDEF (VULDEF-Document)");
    assert_eq!(reason(""), "line 1, document: holds no tag");
    assert!(reason(&vuldef[..900]).contains("breaks off"), "{}", reason(&vuldef[..900]));
    let laughs = vuldef.replacen('\n', "\n<!DOCTYPE x [<!ENTITY a \"ha\">]>\n", 1);
    assert!(reason(&laughs).starts_with("line 2, document: a document type declaration"));
    assert!(reason(&vuldef.replace("&amp;", "&a;")).contains("VulinfoDescription/Overview: holds an entity"));
    assert!(reason(&vuldef.replace("UTF-8", "Shift_JIS")).contains("declared as Shift_JIS"));
    assert!(
        reason(&vuldef.replace("更新する。", &"x".repeat(2 << 20)))
            .contains("SolutionItem/Description: a tag or text is longer")
    );
    assert!(reason(&vuldef.replace("<Title>", &"<Title>".repeat(100))).contains("nested deeper than 50"));
    let many = vuldef.replace("<Solution>", &format!("<Solution>{}", "<x>y</x>".repeat(200_000)));
    assert!(reason(&many).contains("an entry is longer"));
}
