//! Any text as a document and as a query: the normaliser gives bounded tokens that both data bases can hold, and a
//! text is found by itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_kernel::search::{MAXIMUM_TOKENS, Term, document, query};

fuzz_target!(|text: &str| {
    let document = document([text]);
    let tokens: Vec<&str> = document.split(' ').filter(|token| !token.is_empty()).collect();
    assert!(tokens.len() <= MAXIMUM_TOKENS);
    assert!(
        tokens.iter().all(|token| token.len() <= 64 && !token.contains(['"', '\'', '\\', '\0', ':', '*']))
    );
    let terms = query(text);
    assert!(terms.len() <= 16);
    // A query of at most as many terms as are kept finds the text that it is, unless the text was cut.
    if tokens.len() == MAXIMUM_TOKENS {
        return;
    }
    for term in &terms {
        let found = match term {
            Term::Phrase(phrase) => {
                assert!(!phrase.is_empty());
                tokens.windows(phrase.len()).any(|window| window == phrase.as_slice())
            }
            Term::Prefix(prefix) => tokens.iter().any(|token| token.starts_with(prefix.as_str())),
        };
        assert!(found, "{term:?} is not in {tokens:?}");
    }
});
