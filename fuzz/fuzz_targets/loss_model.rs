//! The model and portfolio readers on arbitrary bytes: an error or a model that the engines take, never a panic.
//! The first byte chooses the format.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_loss::book::Book;
use shinayaka_loss::{Format, check, parse_model, read_model, read_portfolio};

const SHOCKS: &str = "schema = \"shinayaka.risk/1\"\ncurrency = \"JPY\"\n[[shock]]\nid = \"p\"\nrate = 1\nprobability = 0.5";

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    if choice % 3 == 2 {
        let model = parse_model(SHOCKS, Format::Toml).expect("a valid model");
        let mut book = Book::of(&model);
        if read_portfolio(bytes, &model, &mut book).is_ok() {
            assert!(!book.mean().is_nan());
        }
        return;
    }
    let format = if choice % 3 == 0 { Format::Toml } else { Format::Yaml };
    if let Ok(model) = read_model(bytes, format) {
        check(&model).expect("what was read is valid when a program hands it in");
        let book = Book::of(&model);
        for risk in &book.risks {
            let pays = risk.payment.survival(0.0);
            assert!((0.0..=1.0).contains(&pays), "{:?} survives with {pays}", risk.payment);
        }
        assert!(!book.p_zero().is_nan());
    }
});
