//! How fast a file of records is read: `cve_count FILE`.

use std::{env, error::Error, fs::File, io::BufReader, time::Instant};

use shinayaka_cve::{Limits, read};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("which file?")?;
    let start = Instant::now();
    let (mut records, mut faults, mut versions) = (0, 0, 0);
    for entry in read(BufReader::with_capacity(1 << 20, File::open(path)?), Limits::default()) {
        match entry {
            Ok(entry) => {
                records += 1;
                versions +=
                    entry.record.affected().map(|(_, affected)| affected.versions.len()).sum::<usize>();
            }
            Err(fault) => {
                faults += 1;
                eprintln!("{fault}");
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{records} records, {versions} versions, {faults} faults in {seconds:.2} s");
    Ok(())
}
