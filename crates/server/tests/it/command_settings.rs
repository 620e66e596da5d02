//! Settings: the committed defaults, and what is laid over them.

use shinayaka_kernel::Error;
use shinayaka_server::configuration::{Layers, Settings};

fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Settings, Error> {
    let layers = Layers {
        file: file.map(|text| ("site.toml".into(), text.to_owned())),
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        options: Vec::new(),
    };
    Settings::load(&layers)
}

#[test]
fn the_committed_file_is_the_default_and_every_key_has_a_comment() {
    let text = shinayaka_server::configuration::DEFAULTS;
    let settings = load(None, &[]).unwrap();
    for explained in settings.explain() {
        assert_eq!(explained.origin, "default");
    }
    let mut commented = false;
    for line in text.lines() {
        if line.is_empty() {
            commented = false;
        } else if line.starts_with('#') || line.contains(" = ") && commented {
            commented = true;
        } else {
            assert!(line.starts_with('[') || line.starts_with("failures_per"), "{line} has no comment");
        }
    }
}

#[test]
fn later_layers_win_and_say_where_they_are_from() {
    let file = "[server]\nname = \"ken\"\nrequest_seconds = 5\n[oidc.roles]\n\"csirt staff\" = \"analyst\"\n";
    let settings =
        load(Some(file), &[("SHINAYAKA_SERVER__NAME", "csirt.example"), ("PATH", "/bin")]).unwrap();
    assert_eq!(settings.configuration.server.name, "csirt.example");
    assert_eq!(settings.configuration.server.request_seconds, 5);
    assert_eq!(settings.configuration.oidc.roles.len(), 1);
    let origin = |key: &str| {
        let explained = settings.explain();
        explained.into_iter().find(|line| line.key == key).unwrap().origin
    };
    assert_eq!(origin("server.name"), "$SHINAYAKA_SERVER__NAME");
    assert_eq!(origin("server.request_seconds"), "site.toml");
    assert_eq!(origin("server.listen"), "default");
}

#[test]
fn a_wrong_setting_is_named_with_its_origin() {
    for (file, variables, wanted) in [
        (Some("[server]\nlisten = \"here\""), &[][..], "server.listen: invalid socket address syntax"),
        (Some("[server]\nlistn = \"x\""), &[][..], "server.listn: is not a setting (from site.toml)"),
        (Some("[server\n"), &[][..], "site.toml: "),
        (None, &[("SHINAYAKA_WORKER__CONCURRENCY", "many")][..], "worker.concurrency: "),
        (None, &[("SHINAYAKA_SIGN_IN__HASH_PASSES", "0")][..], "sign_in.hash_passes: must be from 1 to 100"),
        (None, &[("SHINAYAKA_OIDC__ISSUER", "https://id.example")][..], "oidc.client_id: is needed"),
        (Some("[oidc.roles]\nall = \"public\""), &[][..], "oidc.roles: public is not a role"),
    ] {
        let error = load(file, variables).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let variables = [
        ("SHINAYAKA_OIDC__CLIENT_SECRET", "hunter2hunter2"),
        ("SHINAYAKA_STORE__DATABASE", "postgres://node:hunter2hunter2@db/node"),
    ];
    let shown = format!("{:?}", load(None, &variables).unwrap().explain());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("postgres://node:hidden@db/node"));
}
