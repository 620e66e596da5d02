//! Times of the two reference jobs, as JSON on standard output, best of several runs: processor seconds of the calling
//! thread for work on one thread, wall-clock seconds for work on two. Usage: race a|b REPEATS [avx512|avx2|baseline]

use std::time::Instant;

use cpu_time::ThreadTime;
use shinayaka_loss::book::{Book, Cause, Risk};
use shinayaka_loss::exact::{Exact, ExactSettings};
use shinayaka_loss::figures::{Asked, ExactFigures, MonteCarloFigures};
use shinayaka_loss::frequency::Count;
use shinayaka_loss::payment::Payment;
use shinayaka_loss::philox::{stream_key, unit};
use shinayaka_loss::severity::Law;
use shinayaka_loss::simulate::{Settings, Simd, simulate};

fn lognormal(mu: f64, sigma: f64, deductible: f64, limit: f64) -> Payment {
    Payment { deductible, limit, ..Payment::ground_up(Law::Lognormal { mu, sigma }) }
}

fn job_a() -> Book {
    let risk = Risk {
        id: "ransomware".into(),
        count: Count::Poisson { rate: 3.0 },
        payment: lognormal(10.0, 2.0, 50_000.0, 5_000_000.0),
        links: Vec::new(),
    };
    Book {
        id: String::new(),
        currency: "JPY".into(),
        shocks: Vec::new(),
        risks: vec![risk],
        layers: Vec::new(),
    }
}

/// 1,000 risks with about 60 own events a year and 5 shared providers that add about 10.
fn job_b() -> Book {
    let key = stream_key(20_031_010, &["job b"]);
    let shocks = (0..5).map(|index| Cause { id: format!("provider-{index}"), rate: 0.05 });
    let risks = (0..1000u32).map(|index| {
        let u = |draw: u32| unit(key, [index, draw, 0, 0]);
        let deductible = [0.0, 10_000.0, 50_000.0, 100_000.0][(4.0 * u(3)) as usize];
        let limit = [1e6, 5e6, 1e7, 5e7][(4.0 * u(4)) as usize];
        Risk {
            id: format!("risk-{index:04}"),
            count: Count::Poisson { rate: 0.01 + 0.1 * u(0) },
            payment: lognormal(9.0 + 3.0 * u(1), 1.2 + u(2), deductible, limit),
            links: vec![((index % 5) as usize, 0.1 + 0.05 * f64::from(index % 5))],
        }
    });
    Book {
        id: String::new(),
        currency: "JPY".into(),
        shocks: shocks.collect(),
        risks: risks.collect(),
        layers: Vec::new(),
    }
}

/// Processor seconds of this thread: other programs on the machine do not count.
fn best(repeats: usize, mut work: impl FnMut()) -> f64 {
    let time = |_| {
        let start = ThreadTime::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..repeats).map(time).fold(f64::INFINITY, f64::min)
}

fn best_wall(repeats: usize, mut work: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..repeats).map(time).fold(f64::INFINITY, f64::min)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let job = arguments.get(1).map_or("a", String::as_str);
    let repeats = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(20);
    let simd = match arguments.get(3).map(String::as_str) {
        Some("baseline") => Simd::Baseline,
        Some("avx2") => Simd::Avx2,
        _ => Simd::best(),
    };
    let (book, years) = if job == "b" { (job_b(), 100_000) } else { (job_a(), 1_000_000) };
    let asked = Asked::default();
    let run = |threads| {
        let settings = Settings { years, threads, simd: Some(simd), ..Settings::default() };
        let table = simulate(&book, &settings, &|_, _| {}).expect("the job is valid");
        MonteCarloFigures::of(&table, &asked, &book)
    };
    let draw = |threads| {
        let settings = Settings { years, threads, simd: Some(simd), ..Settings::default() };
        let _ = simulate(&book, &settings, &|_, _| {}).expect("the job is valid");
    };
    let exact = || {
        let exact = Exact::run(&book, ExactSettings::default(), &|_, _| {}).expect("the job is valid");
        ExactFigures::of(&exact, &asked).expect("the levels are on the grid")
    };
    let figures = run(1);
    let proven = exact();
    let result = serde_json::json!({
        "job": job,
        "simd": simd,
        "years": years,
        "simulate_1_thread": best(repeats, || { run(1); }),
        "simulate_2_threads": best_wall(5 * repeats, || { run(2); }),
        "draw_only_1_thread": best(repeats, || draw(1)),
        "exact": best(repeats, || { exact(); }),
        "mean": figures.figures.mean,
        "exact_mean": proven.figures.mean,
        "tvar_99": figures.figures.tvar["0.99"],
        "exact_tvar_99": proven.interval.tvar["0.99"],
    });
    println!("{result}");
}
