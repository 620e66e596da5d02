//! Bad input: each wrong field is named with its line, and nothing panics.

use shinayaka_loss::book::Book;
use shinayaka_loss::{Format, LossError, check, parse_model, read_model, read_portfolio};

const EXAMPLE: &str = r#"schema = "shinayaka.risk/1"
currency = "JPY"
[[shock]]
id = "cloud-a"
rate = 0.05
probability = 0.3
[[scenario]]
id = "ransomware"
frequency = { kind = "poisson", rate = 3.0 }
severity = { kind = "lognormal", mu = 10.0, sigma = 2.0 }
terms = { deductible = 50000, limit = 5000000 }
shocks = [{ id = "cloud-a" }]
"#;

fn fault(text: &str, format: Format) -> String {
    match parse_model(text, format) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("accepted: {text}"),
    }
}

#[test]
fn the_example_is_read_from_both_forms() {
    let model = parse_model(EXAMPLE, Format::Toml).expect("valid");
    let yaml = "schema: shinayaka.risk/1\ncurrency: JPY\nshock:\n- {id: cloud-a, rate: 0.05, probability: 0.3}\n\
                scenario:\n- id: ransomware\n  frequency: {kind: poisson, rate: 3.0}\n\
                \x20 severity: {kind: lognormal, mu: 10.0, sigma: 2.0}\n\
                \x20 terms: {deductible: 50000, limit: 5000000}\n  shocks: [{id: cloud-a}]\n";
    assert_eq!(parse_model(yaml, Format::Yaml).expect("valid"), model);
    let json = serde_json::to_string(&model).expect("serialises");
    assert_eq!(parse_model(&json, Format::Yaml).expect("JSON is YAML"), model);
    check(&model).expect("valid");
}

#[test]
fn every_wrong_field_is_named_with_its_line() {
    let cases = [
        ("rate = 3.0", "rate = nan", 9, "scenario[0].frequency.rate"),
        ("rate = 3.0", "rate = -1", 9, "scenario[0].frequency.rate"),
        ("rate = 3.0", "rate = inf", 9, "scenario[0].frequency.rate"),
        ("limit = 5000000", "limit = 0", 11, "scenario[0].terms.limit"),
        ("limit = 5000000", "limit = -5", 11, "scenario[0].terms.limit"),
        (
            "shocks = [{ id = \"cloud-a\" }]",
            "shocks = [{ id = \"cloud-b\" }]",
            12,
            "unknown shock \"cloud-b\"",
        ),
        ("sigma = 2.0", "sigma = \"two\"", 10, "scenario[0].severity.sigma"),
        ("sigma = 2.0", "sgima = 2.0", 10, "sgima: unknown field"),
        ("kind = \"lognormal\"", "kind = \"normal\"", 10, "unknown kind \"normal\""),
        ("currency = \"JPY\"", "currency = \"YEN\"", 2, "currency"),
        ("schema = \"shinayaka.risk/1\"", "schema = \"other/1\"", 1, "schema"),
        ("probability = 0.3", "probability = 1.3", 6, "shock[0].probability"),
        ("deductible = 50000", "waiting_hours = 8", 7, "loss_per_hour"),
    ];
    for (good, bad, line, field) in cases {
        let message = fault(&EXAMPLE.replace(good, bad), Format::Toml);
        assert!(message.contains(&format!("line {line}:")), "{bad}: {message}");
        assert!(message.contains(field), "{bad}: {message}");
    }
}

#[test]
fn all_faults_come_at_once() {
    let text = EXAMPLE.replace("rate = 3.0", "rate = -1").replace("limit = 5000000", "limit = 0");
    assert_eq!(fault(&text, Format::Toml).lines().count(), 2);
}

#[test]
fn yaml_lines_depth_and_aliases() {
    let message = fault(
        "schema: shinayaka.risk/1\ncurrency: JPY\nscenario:\n  - id: a\n    frequency:\n      kind: poisson\n      rate: -3\n    severity: {kind: gamma, shape: 1, scale: 2}\n",
        Format::Yaml,
    );
    assert!(message.contains("line 7:") && message.contains("scenario[0].frequency.rate"), "{message}");
    assert!(fault(&"[".repeat(10_000), Format::Yaml).contains("line 1"));
    assert!(fault(&format!("{}1{}", "[".repeat(40), "]".repeat(40)), Format::Yaml).contains("deeper"));
    assert!(fault("a: &x [1]\nb: *x\n", Format::Yaml).contains("alias"));
    assert!(fault(&format!("a = {}", "[".repeat(10_000)), Format::Toml).contains("line 1"));
}

#[test]
fn empty_and_endless_files() {
    for format in [Format::Toml, Format::Yaml] {
        assert!(fault("", format).contains("empty"));
        assert!(fault(" \n\n", format).contains("empty"));
        let endless = std::io::repeat(b'#');
        assert!(matches!(read_model(endless, format), Err(LossError::TooLarge { .. })));
        let broken: &[u8] = b"a\nb\n\xff\xfe";
        assert!(read_model(broken, format).expect_err("not UTF-8").to_string().contains("line 3"));
    }
}

#[test]
fn portfolio_rows_are_checked() {
    let model = parse_model(EXAMPLE, Format::Toml).expect("valid");
    let read = |text: &str| {
        let mut book = Book::of(&model);
        read_portfolio(text.as_bytes(), &model, &mut book).map(|()| book)
    };
    let good = "id,rate,mu,sigma,deductible,limit,shock\na,0.1,10,2,1000,50000,cloud-a\nb,0.2,9,1,,,\n";
    let book = read(good).expect("valid");
    assert_eq!(book.risks.len(), 3);
    assert_eq!(book.risks[1].links, vec![(0, 0.3)]);
    assert!(book.risks[2].payment.limit.is_infinite());
    let header = "id,rate,mu,sigma,deductible,limit,shock\n";
    for (row, line, words) in [
        ("a,-1,10,2,0,5,", "line 2", "rate"),
        ("a,1,10,2,0,5,\nb,nan,1,1,,,", "line 3", "rate"),
        ("a,1,10,2,0,0,", "line 2", "limit"),
        ("a,1,10,2,0,5,nobody", "line 2", "unknown shock \"nobody\""),
        ("ransomware,1,10,2,0,5,", "line 2", "used twice"),
        ("a,1,10", "line 2", ""),
    ] {
        let message = read(&format!("{header}{row}\n")).expect_err(row).to_string();
        assert!(message.contains(line) && message.contains(words), "{row}: {message}");
    }
    assert!(read("").expect_err("empty").to_string().contains("empty"));
    assert!(read(header).expect_err("no rows").to_string().contains("no rows"));
    assert!(read("id,rate\n").expect_err("columns").to_string().contains("mu"));
    let endless = std::io::Read::chain(header.as_bytes(), std::io::repeat(b'x'));
    let mut book = Book::of(&model);
    assert!(read_portfolio(endless, &model, &mut book).expect_err("endless").to_string().contains("longer"));
}

#[test]
fn the_schema_is_published() {
    insta::assert_json_snapshot!("model_schema", shinayaka_loss::model::schema());
}
