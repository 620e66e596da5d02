#![no_main]
//! Whatever the bytes, the reader answers with a document or an error; a document can be checked, written in every
//! syntax and read again.

use libfuzzer_sys::fuzz_target;
use shinayaka_oscal::check::check;
use shinayaka_oscal::mapping;
use shinayaka_oscal::{Document, Limits, Syntax};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes: 1 << 20, values: 20_000, depth: 64 };
    let Ok(document) = Document::read(bytes, Some(Syntax::Yaml), &limits) else { return };
    let _ = check(&document);
    let _ = mapping::read(&document, "fuzz");
    let wide = Limits::default();
    for syntax in [Syntax::Json, Syntax::Yaml] {
        let again =
            Document::parse(&document.write(syntax), Some(syntax), &wide).expect("what is written is read");
        // YAML gives plain scalars the type of the model, JSON leaves them: compare within a syntax.
        if syntax == document.syntax {
            assert_eq!(again.tree, document.tree);
        }
    }
    let _ = Document::parse(&document.write(Syntax::Xml), Some(Syntax::Xml), &wide);
});
