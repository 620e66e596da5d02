//! Keys against comparators that walk the two versions side by side, as the ecosystems' own tools do; and against the
//! crates `semver` and `pep440_rs`.

mod oracle;

use std::cmp::Ordering;

use proptest::prelude::*;
use shinayaka_matching::version::Scheme;

fn agree(scheme: Scheme, left: &str, right: &str, expected: Ordering) -> Result<(), TestCaseError> {
    // A version that the scheme refuses has no order; what it takes must be ordered as the oracle does.
    if let (Ok(left_key), Ok(right_key)) = (scheme.key(left), scheme.key(right)) {
        prop_assert_eq!(left_key.cmp(&right_key), expected, "{} {} {}", scheme.name(), left, right);
    }
    Ok(())
}

fn pairs(pattern: &'static str) -> impl Strategy<Value = (String, String)> {
    let near = (pattern, pattern, 0usize..3).prop_map(|(a, b, shared)| {
        // Pairs with a common beginning reach the later rules.
        let cut = a.char_indices().nth(shared * 2).map_or(a.len(), |(at, _)| at);
        let joined = format!("{}{}", &a[..cut], b);
        (a, joined)
    });
    prop_oneof![(pattern, pattern), near]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn debian((a, b) in pairs("([0-2]:)?[0-9][0-9a-c.+~]{0,6}(-[0-9a-b.+~]{1,3})?")) {
        agree(Scheme::Debian, &a, &b, oracle::debian(&a, &b))?;
    }

    #[test]
    fn rpm((a, b) in pairs("([0-2]:)?[0-9][0-9a-c._~^]{0,6}(-[0-9a-b.]{1,3})?")) {
        agree(Scheme::Rpm, &a, &b, oracle::rpm(&a, &b))?;
    }

    #[test]
    fn arch((a, b) in pairs("([0-2]:)?[0-9][0-9a-c.]{0,6}(-[0-9]{1,2})")) {
        agree(Scheme::Arch, &a, &b, oracle::arch(&a, &b))?;
    }

    #[test]
    fn gem((a, b) in pairs("[0-2](\\.[0-3]|\\.[a-b]|\\.0){0,5}")) {
        agree(Scheme::Gem, &a, &b, oracle::gem(&a, &b))?;
    }

    #[test]
    fn gentoo((a, b) in pairs("[0-9]{1,2}(\\.0?[0-9]{1,2}){0,3}[a-c]?(_(alpha|beta|pre|rc|p)[0-3]?){0,2}(-r[0-2])?")) {
        agree(Scheme::Gentoo, &a, &b, oracle::gentoo(&a, &b))?;
    }

    #[test]
    fn alpine((a, b) in pairs("[0-9]{1,2}(\\.0?[0-9]{1,2}){0,3}[a-c]?(_(alpha|beta|pre|rc|cvs|p)[0-3]?){0,2}(-r[0-2])?")) {
        agree(Scheme::Alpine, &a, &b, oracle::alpine(&a, &b))?;
    }

    #[test]
    fn semver((a, b) in pairs("[0-2]\\.[0-2]\\.[0-2](-([0-9]|[a-b][0-9]?)(\\.([0-9]|[a-b]))?)?")) {
        if let (Ok(left), Ok(right)) = (semver::Version::parse(&a), semver::Version::parse(&b)) {
            agree(Scheme::Semver, &a, &b, left.cmp_precedence(&right))?;
        }
    }

    #[test]
    fn pypi((a, b) in pairs("([0-1]!)?[0-2](\\.[0-2]){0,3}((a|b|rc)[0-2])?(\\.post[0-2])?(\\.dev[0-2])?(\\+[a-b0-2](\\.[a-b0-2])?)?")) {
        use std::str::FromStr;
        if let (Ok(left), Ok(right)) = (pep440_rs::Version::from_str(&a), pep440_rs::Version::from_str(&b)) {
            agree(Scheme::Pypi, &a, &b, left.cmp(&right))?;
        }
    }

    #[test]
    fn numbers_of_any_length((a, b) in pairs("[0-9]{1,30}(\\.[0-9]{1,25}){0,2}")) {
        agree(Scheme::Generic, &a, &b, oracle::numbers(&a, &b))?;
    }

    /// Nothing makes a scheme panic, equal text is equal, and turning the question round turns the answer round.
    #[test]
    fn any_text_is_answered(a in "\\PC{0,12}", b in "[0-9a-z.~^_:+-]{0,12}") {
        for name in Scheme::names() {
            let scheme = Scheme::from_name(name).expect("a scheme");
            prop_assert_eq!(scheme.compare(&a, &a), Ok(Ordering::Equal));
            match (scheme.compare(&a, &b), scheme.compare(&b, &a)) {
                (Ok(one), Ok(other)) => prop_assert_eq!(one, other.reverse()),
                (Err(_), Err(_)) => {}
                (one, other) => prop_assert!(false, "{} {:?} {:?}", name, one, other),
            }
        }
    }
}

#[test]
fn maven_and_the_rest_by_their_documents() {
    let rising: [(Scheme, &[&str]); 6] = [
        (
            Scheme::Maven,
            &["1-alpha-1", "1-beta", "1-milestone", "1-rc", "1-SNAPSHOT", "1", "1-sp", "1-abc", "1-1", "1.1"],
        ),
        (Scheme::Maven, &["4.1.0.Beta1", "4.1.0.CR1", "4.1.0.Final", "4.1.1.Final"]),
        (
            Scheme::Golang,
            &["v0.0.0-20191109021931-daa7c04131f5", "v1.0.0-rc.1", "v1.0.0", "v1.2.3+incompatible"],
        ),
        (
            Scheme::Openssl,
            &[
                "0.9.8zh",
                "1.0.2-beta1",
                "1.0.2",
                "1.0.2a",
                "1.0.2zk",
                "1.1.1",
                "3.0.0-alpha2",
                "3.0.0-alpha17",
                "3.0.0",
            ],
        ),
        (Scheme::Conan, &["1.0.0-", "1.0.0-alpha1", "1.0", "1.0+b1", "1.0.1", "1.0.a", "1.10"]),
        (Scheme::Date, &["2024-01-01", "20240229", "2024.03.01", "2024-03-01T12:00:00Z"]),
    ];
    for (scheme, versions) in rising {
        for pair in versions.windows(2) {
            assert_eq!(scheme.compare(pair[0], pair[1]), Ok(Ordering::Less), "{} {pair:?}", scheme.name());
        }
    }
}

#[test]
fn what_has_no_order_says_why() {
    for (scheme, version) in [
        (Scheme::Generic, "12.2(25)SEE"),
        (Scheme::Git, "3a1f"),
        (Scheme::Pypi, "2004d-x!"),
        (Scheme::Semver, "1.2.3.4"),
        (Scheme::Arch, "1.5."),
        (Scheme::Datetime, "2024-13-01T00:00:00Z"),
    ] {
        let refused = scheme.compare(version, "1").expect_err(version);
        assert!(!refused.reason.is_empty() && refused.to_string().contains(version), "{refused}");
    }
    assert!(Scheme::Semver.key(&"1".repeat(513)).is_err());
}
