//! The commands of `shinayaka risk` as scripts outside see them: names, keys, exit codes, places of errors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

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

/// Reference job A with an annual layer of 5 M xs 5 M, an uncertain rate, a tolerance line and three controls.
const WIDE: &str = r#"schema = "shinayaka.risk/1"
currency = "JPY"
title = "Ransomware & leaks"
[[scenario]]
id = "ransomware"
frequency = { kind = "poisson", rate = { value = 3.0, low = 2.0, high = 4.5, source = "survey" } }
severity = { kind = "lognormal", mu = 10.0, sigma = 2.0 }
terms = { deductible = 50000, limit = 5000000 }
[[layer]]
id = "excess"
attachment = 5000000
limit = 5000000
aggregate = true
[[control]]
id = "mfa"
cost = 20000
acts_on = ["ransomware"]
efficacy = 0.5
coverage = 0.9
reliability = 0.9
[[control]]
id = "backup"
cost = 500000
acts_on = ["ransomware"]
efficacy = 0.1
coverage = 1
reliability = 1
[[tolerance]]
loss = 8000000
return_period = 100
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn risk(command: &str, file: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_shinayaka");
    Command::new(program).args(["risk", command]).arg(file).args(arguments).output().unwrap()
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn near(value: &Value, wanted: f64, slack: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - wanted).abs() <= slack, "{value} is not {wanted}");
}

#[test]
fn both_engines_in_one_report() {
    let folder = Folder::new();
    let model = folder.file("model.toml", WIDE);
    let arguments = ["--json", "--years", "200000", "--amount", "5000000", "--threads", "2"];
    let output = risk("simulate", &model, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let report = parsed(&output);
    let (exact, simulated) = (&report["exact"], &report["monte_carlo"]);
    near(&exact["mean"], 344_162.099_7, 5e-5);
    near(&exact["sd"], 804_417.371_2, 5e-5);
    near(&exact["p_zero"], 0.359_575_6, 5e-8);
    assert_eq!(exact["var"]["0.99"], json!(5_000_000.0));
    assert_eq!(exact["interval"]["var"]["0.99"], json!([5_000_000.0, 5_000_000.0]));
    assert!(exact["skewness"].as_f64().unwrap() > 3.0);
    near(&simulated["mean"], 344_162.0, 4.0 * simulated["standard_error"]["mean"].as_f64().unwrap());
    for level in ["0.99", "0.995", "0.999"] {
        assert!(exact["tvar"][level].as_f64() >= exact["var"][level].as_f64());
        assert!(simulated["standard_error"]["tvar"][level].as_f64().unwrap() > 0.0);
    }
    assert_eq!(report["agree"], json!(true));
    let amount = &report["amounts"][0];
    assert!(
        amount["reached"]["exact"].as_f64() > Some(0.01) && amount["exceeded"]["exact"].as_f64() < Some(0.01)
    );
    let hundred =
        report["curve"].as_array().unwrap().iter().find(|point| point["return_period"] == 100.0).unwrap();
    assert_eq!(hundred["aep"]["exact"], exact["var"]["0.99"]);
    near(&hundred["oep"]["exact"], exact["oep"]["100"].as_f64().unwrap(), 1.0);
    assert!(hundred["oep"]["monte_carlo"].is_number() && hundred["aep"]["interval"].is_array());
    let layer = &report["layers"][0];
    let error = layer["monte_carlo"]["standard_error"].as_f64().unwrap();
    near(&layer["monte_carlo"]["mean"], layer["exact"]["mean"].as_f64().unwrap(), 4.0 * error);
    assert_eq!((&report["run"]["seed"], &report["run"]["years"]), (&json!(1), &json!(200_000)));
    let alone = parsed(&risk("exact", &model, &["--json"]));
    assert_eq!(alone["exact"]["tvar"], exact["tvar"]);
    assert!(alone["monte_carlo"].is_null() && alone["agree"].is_null());
}

#[test]
fn threads_chunks_and_kernels_change_no_byte() {
    let folder = Folder::new();
    let model = folder.file("model.toml", EXAMPLE);
    let run = |more: &[&str]| {
        let arguments = [&["--json", "--years", "50000", "--no-exact"], more].concat();
        let mut report = parsed(&risk("simulate", &model, &arguments));
        report["run"]["simd"] = Value::Null;
        report
    };
    let one = run(&["--threads", "1"]);
    for other in [
        &["--threads", "2"][..],
        &["--threads", "3", "--chunk", "1"],
        &["--threads", "1", "--chunk", "100"],
        &["--simd", "baseline"],
        &["--simd", "avx2"],
    ] {
        assert_eq!(run(other), one, "{other:?}");
    }
    assert_ne!(run(&["--seed", "2"]), one);
}

#[test]
fn plot_and_bands() {
    let folder = Folder::new();
    let model = folder.file("model.toml", WIDE);
    for arguments in [&["--bands", "20"][..], &["--no-exact"], &[]] {
        let picture = folder.0.path().join("curve.svg");
        let all = [&["--years", "20000", "--json", "--plot", picture.to_str().unwrap()], arguments].concat();
        let output = risk("simulate", &model, &all);
        assert_eq!(output.status.code(), Some(0), "{}", words(&output));
        let svg = std::fs::read_to_string(&picture).unwrap();
        assert!(
            svg.starts_with("<svg") && svg.contains("Ransomware &amp; leaks") && svg.contains("tolerance")
        );
        assert!(
            svg.contains("<circle") && svg.matches("<polyline").count() >= 2 && svg.contains("<polygon"),
            "{svg}"
        );
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        std::fs::remove_file(picture).unwrap();
        let bands = &parsed(&output)["bands"];
        assert_eq!(bands.is_object(), arguments.contains(&"--bands"), "{bands}");
    }
    let bands = parsed(&risk("exact", &model, &["--json", "--bands", "30"]))["bands"].clone();
    let [low, middle, high] = [0, 1, 2].map(|at| bands["mean"][at].as_f64().unwrap());
    assert!(low < 300_000.0 && low < middle && middle < high && high > 390_000.0, "{bands}");
    let plain = folder.file("plain.toml", EXAMPLE);
    let refused = risk("exact", &plain, &["--bands", "5"]);
    assert_eq!(refused.status.code(), Some(2));
    let nowhere = risk("exact", &plain, &["--plot", "/no/such/folder/x.svg"]);
    assert!(nowhere.status.code() == Some(2) && words(&nowhere).contains("/no/such/folder/x.svg"));
}

#[test]
fn portfolio_rows_join_the_model() {
    let folder = Folder::new();
    let model = folder.file("model.toml", EXAMPLE);
    let mut rows = "id,rate,mu,sigma,deductible,limit,shock\r\n".to_owned();
    for row in 0..200 {
        rows += &format!(
            "row-{row},0.05,10.5,1.1,10000,2000000,{}\r\n",
            if row % 2 == 0 { "cloud-a" } else { "" }
        );
    }
    let portfolio = folder.file("portfolio.csv", &rows);
    let portfolio = portfolio.to_str().unwrap();
    let output = risk("simulate", &model, &["--portfolio", portfolio, "--years", "100000", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let report = parsed(&output);
    assert_eq!((&report["risks"], &report["agree"]), (&json!(201), &json!(true)));
    // Layer 2,000,000 xs 10,000 of a lognormal, 200 x 0.05 own events and 100 x 0.05 x 0.3 hits a year.
    let moment = |x: f64| {
        let z = (x.ln() - 10.5) / 1.1;
        let above = |z: f64| 0.5 * libm_erfc(z / 2f64.sqrt());
        (10.5f64 + 0.5 * 1.21).exp() * (1.0 - above(z - 1.1)) + x * above(z)
    };
    let payment = moment(2_010_000.0) - moment(10_000.0);
    let own = parsed(&risk("exact", &model, &["--json"]))["exact"]["mean"].as_f64().unwrap();
    near(&report["exact"]["mean"], own + (200.0 * 0.05 + 100.0 * 0.05 * 0.3) * payment, 1.0);
    let broken = folder.file("broken.csv", &rows.replace("row-7,0.05", "row-7,nan"));
    let output = risk("simulate", &model, &["--portfolio", broken.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("broken.csv: line 9: rate"), "{}", words(&output));
}

/// erfc by its continued fraction or series, for the hand calculation above only.
fn libm_erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - libm_erfc(-x);
    }
    let steps = 400_000;
    let width = 12.0 / f64::from(steps);
    let inside: f64 = (0..steps).map(|k| (-(x + (f64::from(k) + 0.5) * width).powi(2)).exp() * width).sum();
    inside * 2.0 / std::f64::consts::PI.sqrt()
}

#[test]
fn wrong_input_is_refused_with_its_place() {
    let folder = Folder::new();
    for (good, bad, place) in [
        ("rate = 3.0", "rate = -3.0", "model.toml: line 9: scenario[0].frequency.rate"),
        ("rate = 3.0", "rate = nan", "line 9: scenario[0].frequency.rate"),
        ("limit = 5000000", "limit = 0", "line 11: scenario[0].terms.limit"),
        ("[{ id = \"cloud-a\" }]", "[{ id = \"b\" }]", "line 12"),
        ("currency = \"JPY\"", "currency = 7", "line 2: currency"),
    ] {
        let model = folder.file("model.toml", &EXAMPLE.replace(good, bad));
        for command in ["simulate", "exact", "plan"] {
            let output = risk(command, &model, &[]);
            assert_eq!(output.status.code(), Some(2), "{bad}");
            assert!(words(&output).contains(place) && output.stdout.is_empty(), "{bad}: {}", words(&output));
        }
    }
    let empty = folder.file("empty.yaml", "");
    assert!(words(&risk("simulate", &empty, &[])).contains("empty"));
    let model = folder.file("model.toml", EXAMPLE);
    for arguments in [
        &["--level", "1"][..],
        &["--level", "nan"],
        &["--years", "0"],
        &["--amount", "-1"],
        &["--grid", "40"],
    ] {
        assert_eq!(risk("simulate", &model, arguments).status.code(), Some(2), "{arguments:?}");
    }
}

/// A file of a gigabyte (sparse, so it costs nothing) is refused by its first 16 MiB.
#[test]
fn a_gigabyte_is_refused() {
    let folder = Folder::new();
    let model = folder.file("model.toml", EXAMPLE);
    let path = folder.file("huge.toml", EXAMPLE);
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    for output in [
        risk("simulate", &path, &[]),
        risk("exact", &model, &["--portfolio", path.to_str().unwrap()]),
        risk("fit", &path, &[]),
        risk("backtest", &model, &["--outcomes", path.to_str().unwrap()]),
    ] {
        assert_eq!(output.status.code(), Some(2));
        assert!(words(&output).contains("huge.toml"), "{}", words(&output));
    }
}

#[test]
fn infinite_means_are_refused_by_name() {
    let folder = Folder::new();
    let text = |cap: &str| {
        EXAMPLE
            .replace(
                "{ kind = \"lognormal\", mu = 10.0, sigma = 2.0 }",
                &format!("{{ kind = \"gpd\", xi = 1.2, beta = 9000{cap} }}"),
            )
            .replace("terms = { deductible = 50000, limit = 5000000 }\n", "")
    };
    let open = folder.file("open.toml", &text(""));
    let report = parsed(&risk("simulate", &open, &["--json", "--years", "20000"]));
    assert!(report["exact"]["mean"].is_null() && report["monte_carlo"]["mean"].is_null());
    assert_eq!((&report["exact"]["tvar"], &report["monte_carlo"]["tvar"]), (&json!({}), &json!({})));
    assert!(report["exact"]["var"]["0.99"].is_number());
    let reason = report["refused"][0].as_str().unwrap();
    assert!(
        reason.contains("ransomware") && reason.contains("infinite") && reason.contains("cap"),
        "{reason}"
    );
    let capped = folder.file("capped.toml", &text(", cap = 1e8"));
    let report = parsed(&risk("exact", &capped, &["--json"]));
    assert!(report["exact"]["mean"].is_number() && report["refused"] == json!([]));
}

#[test]
fn plan_under_a_budget() {
    let folder = Folder::new();
    let model = folder.file("model.toml", WIDE);
    let arguments = ["--json", "--budget", "200000", "--retention", "1000000", "--limit", "5000000"];
    let output = risk("plan", &model, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let plan = parsed(&output);
    assert_eq!((&plan["best"]["controls"], &plan["gap"]), (&json!(["mfa"]), &json!(0.0)));
    assert!(plan["best"]["spending"].as_f64().unwrap() <= 200_000.0);
    assert!(plan["best"]["objective"].as_f64() < plan["nothing"]["objective"].as_f64());
    assert!(!plan["frontier"].as_array().unwrap().is_empty());
    // Alone it prevents 0.5 x 0.9 x 0.9 of the loss: ROSI = (prevented - cost) / cost.
    near(&plan["controls"][0]["prevented"], 0.405 * 344_162.099_7, 1.0);
    near(&plan["controls"][0]["rosi"], (0.405 * 344_162.099_7 - 20_000.0) / 20_000.0, 1e-3);
    assert_eq!(risk("plan", &model, &["--budget", "-5"]).status.code(), Some(2));
    assert_eq!(risk("plan", &model, &["--level", "2"]).status.code(), Some(2));
}

#[test]
fn fit_losses_bins_counts_and_channels() {
    let folder = Folder::new();
    let bins = folder.file(
        "bins.csv",
        "low,high,count\n0,500000,79\n500000,1000000,13\n1000000,5000000,6\n5000000,10000000,7\n10000000,100000000,2\n",
    );
    let fit = parsed(&risk("fit", &bins, &["--json", "--law", "lognormal", "--version", "2026-11"]));
    near(&fit["severities"][""][0]["parameters"]["sigma"]["value"], 2.299, 5e-3);
    assert_eq!(fit["prior_table"]["version"], json!("2026-11"));
    assert_eq!(fit["data_sha256"].as_str().unwrap().len(), 64);
    let counts = folder.file(
        "counts.csv",
        "group,time,events,exposure\na,1,5,100\na,2,9,100\na,3,14,100\nb,1,1,50\nb,2,0,50\nb,3,2,50\n",
    );
    let fit = parsed(&risk("fit", &counts, &["--json"]));
    assert!(fit["counts"]["trend"]["value"].as_f64().unwrap() > 0.2, "{fit}");
    assert!(fit["gamma_poisson"].is_object() && fit["buhlmann_straub"].is_object());
    let channels = folder.file("channels.csv", "channel_1,channel_2,count\n1,0,30\n0,1,40\n1,1,20\n");
    let fit = parsed(&risk("fit", &channels, &["--json"]));
    near(&fit["reporting"]["incidents"]["value"], 51.0 * 61.0 / 21.0 - 1.0, 1e-9);
    let broken = folder.file("broken.csv", "value\n5\nx\n");
    let output = risk("fit", &broken, &[]);
    assert!(output.status.code() == Some(2) && words(&output).contains("line 3"), "{}", words(&output));
    assert_eq!(risk("fit", &bins, &["--left", "9", "--right", "3"]).status.code(), Some(2));
}

#[test]
fn leak_prior_and_schemas() {
    let program = env!("CARGO_BIN_EXE_shinayaka");
    let run = |arguments: &[&str]| Command::new(program).arg("risk").args(arguments).output().unwrap();
    let uji = run(&[
        "leak",
        "--persons",
        "210000",
        "--item",
        "name",
        "--item",
        "address",
        "--high-responsibility",
        "--json",
    ]);
    let damages = parsed(&uji);
    assert_eq!((&damages["per_person"], &damages["ceiling"]), (&json!(12_000.0), &json!(2.52e9)));
    near(&damages["claims"]["mean"], 12_000.0 * 42.0, 1e-6);
    let unknown = run(&["leak", "--persons", "1", "--item", "shoe"]);
    assert!(
        unknown.status.code() == Some(2)
            && words(&unknown).contains("shoe")
            && words(&unknown).contains("name")
    );
    let prior = parsed(&run(&["prior"]));
    assert!(prior["rows"].as_array().unwrap().iter().all(|row| row["source"].is_string()));
    for schema in ["model", "report", "plan", "prior"] {
        assert!(parsed(&run(&["schema", schema]))["properties"].is_object(), "{schema}");
    }
}

#[test]
fn a_wrong_model_fails_its_back_test() {
    let folder = Folder::new();
    let model = folder.file("model.toml", WIDE);
    let small = parsed(&risk("exact", &model, &["--json", "--level", "0.5"]));
    let median = small["exact"]["var"]["0.5"].as_f64().unwrap();
    assert!(median > 0.0);
    let good: String = (0..60)
        .map(|year| format!("{}\n", if year % 3 == 0 { 0.0 } else { median * f64::from(year % 7) }))
        .collect();
    let good = folder.file("good.csv", &format!("loss\n{good}"));
    let output = risk("backtest", &model, &["--outcomes", good.to_str().unwrap(), "--json"]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", words(&output));
    let report = parsed(&output);
    assert_eq!(report["n"], json!(60));
    let bad = folder.file("bad.csv", &format!("loss\n{}", "30000000\n".repeat(60)));
    assert_eq!(risk("backtest", &model, &["--outcomes", bad.to_str().unwrap()]).status.code(), Some(1));
    let broken = folder.file("broken.csv", "loss\n5\n-1\n");
    let output = risk("backtest", &model, &["--outcomes", broken.to_str().unwrap()]);
    assert!(
        output.status.code() == Some(2) && words(&output).contains("broken.csv: line 3: loss"),
        "{}",
        words(&output)
    );
}
