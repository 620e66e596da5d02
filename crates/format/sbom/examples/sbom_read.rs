//! What a bill of materials holds, and how fast it is read: `sbom_read FILE`.

use std::{env, error::Error, fs::File, io::BufReader, time::Instant};

use shinayaka_sbom::{Item, Limits, read};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("which file?")?;
    let start = Instant::now();
    let mut purls = 0usize;
    let file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let summary = read(file, Limits::default(), &mut |item| {
        if let Item::Component(component) = item {
            purls += component.purls.len();
        }
    })?;
    for problem in &summary.problems {
        println!("line {}: {}", problem.line, problem.reason);
    }
    println!(
        "{} components, {} relations, {purls} purls in {:.2} s",
        summary.components,
        summary.relations,
        start.elapsed().as_secs_f64()
    );
    Ok(())
}
