//! The vectors of Red Hat's library: every score of every one.

use std::{fs, path::Path};

use shinayaka_cvss::{Version, score};

/// `(9.0, 8.6, None)`, `(9.2,)` or `0.0`.
fn expected(text: &str) -> Vec<Option<f64>> {
    let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
    inner.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect()
}

#[test]
fn every_vector_comes_to_its_scores() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/cvss");
    let Ok(entries) = fs::read_dir(folder) else {
        println!("skipped: no ../shared");
        return;
    };
    let (mut vectors, mut wrong) = (0, Vec::new());
    for entry in entries {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().contains("vectors_") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some((vector, text)) = line.split_once(" - ") else { continue };
            vectors += 1;
            let scores = score(vector).unwrap();
            let found = match scores.version {
                Version::V4 => vec![Some(scores.overall)],
                _ => vec![Some(scores.base), scores.temporal, scores.environmental],
            };
            let same = expected(text).iter().zip(&found).all(|(expected, found)| match (expected, found) {
                (Some(expected), Some(found)) => (expected - found).abs() < 0.01,
                // In version 2 `None` stands for metrics that were not given or all left open.
                (None, _) => true,
                (Some(_), None) => false,
            });
            if !same {
                wrong.push(format!("{vector}: {text} and not {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(vectors, 3_835);
}
