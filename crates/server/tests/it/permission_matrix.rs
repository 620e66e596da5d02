//! The golden matrix: kind of record × role × action. Whoever changes a grant changes this file and has to say why.
//!
//! `●` any object that the label lets them see, `○` only what their organisation owns or they wrote, `·` refused.

use std::fmt::Write;

use shinayaka_kernel::{
    Principal,
    label::{Action, Role},
    object::{RecordKind, Scope},
};
use shinayaka_server::routes::kinds;

const GOLDEN: &str = include_str!("permission_matrix.txt");

fn principal(role: Role) -> Principal {
    Principal { roles: [role].into(), ..Principal::node() }
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn row(kind: &RecordKind, role: Role) -> String {
    let mut line = format!("  {:<10}", word(role));
    for action in Action::ALL {
        let mark = match kind.scope(&principal(role), action) {
            Some(Scope::Any) => '●',
            Some(Scope::Own) => '○',
            None => '·',
        };
        write!(line, " {mark:<7}").unwrap();
    }
    format!("{}\n", line.trim_end())
}

fn matrix() -> String {
    let mut text = format!("{:<12}", "");
    for action in Action::ALL {
        write!(text, " {:<7}", word(action)).unwrap();
    }
    let mut text = format!("{}\n", text.trim_end());
    let mut all = kinds(&shinayaka_server::capabilities());
    all.sort_by_key(|kind| kind.name);
    for kind in all {
        writeln!(text, "\n{}", kind.name).unwrap();
        for role in Role::ALL {
            text.push_str(&row(&kind, role));
        }
    }
    text
}

#[test]
fn the_matrix_is_the_one_that_was_agreed() {
    let found = matrix();
    if std::env::var_os("SHINAYAKA_UPDATE_GOLDEN").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/permission_matrix.txt"), &found)
            .unwrap();
    } else {
        assert_eq!(found, GOLDEN, "SHINAYAKA_UPDATE_GOLDEN=1 writes the present matrix");
    }
}

#[test]
fn every_kind_has_its_place_in_the_matrix() {
    for kind in kinds(&shinayaka_server::capabilities()) {
        let heading = format!("\n\n{}\n", kind.name);
        assert!(GOLDEN.contains(&heading), "{} is missing in permission_matrix.txt", kind.name);
    }
}

#[test]
fn some_lines_hold_for_every_kind() {
    for kind in kinds(&shinayaka_server::capabilities()) {
        for action in Action::ALL {
            let public = kind.scope(&principal(Role::Public), action);
            let reads = matches!(action, Action::Read | Action::Export);
            assert!(reads || public.is_none(), "the public may {action:?} {}", kind.name);
            let operator = kind.scope(&principal(Role::Operator), action);
            let changes = !matches!(action, Action::Read | Action::Export | Action::Erase);
            assert!(!changes || operator.is_none(), "an operator may {action:?} {}", kind.name);
        }
        let nobody = Principal { roles: Default::default(), ..Principal::node() };
        assert!(Action::ALL.iter().all(|action| kind.scope(&nobody, *action).is_none()), "{}", kind.name);
    }
}
