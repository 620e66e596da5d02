//! Rules of the package types registered with ECMA-427, one row a type.

/// What a type says about the namespace.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    Optional,
    Required,
    Prohibited,
}

pub struct Rules {
    pub namespace: Namespace,
    /// Parts that the canonical form has in lower case: s(pace), n(ame), v(ersion), p(ath).
    lower: &'static str,
    pub required_qualifier: Option<&'static str>,
}

impl Rules {
    pub fn lowers(&self, part: char) -> bool {
        self.lower.contains(part)
    }
}

const FREE: Namespace = Namespace::Optional;
const MUST: Namespace = Namespace::Required;
const NONE: Namespace = Namespace::Prohibited;

/// Sorted by type. The golang definition calls its names case sensitive and says that they shall be lowercased; hosts
/// and organisations, its namespace, are lowercased here, module names are kept.
const TYPES: [(&str, Namespace, &str, Option<&str>); 42] = [
    ("alpm", MUST, "sn", None),
    ("apk", MUST, "sn", None),
    ("bazel", NONE, "", None),
    ("bitbucket", MUST, "sn", None),
    ("bitnami", NONE, "n", None),
    ("brew", FREE, "sn", None),
    ("cargo", NONE, "", None),
    ("chrome-extension", NONE, "n", None),
    ("cocoapods", NONE, "", None),
    ("composer", MUST, "sn", None),
    ("conan", FREE, "", None),
    ("conda", NONE, "", None),
    ("cpan", FREE, "", None),
    ("cran", NONE, "", None),
    ("deb", MUST, "sn", None),
    ("docker", FREE, "", None),
    ("gem", NONE, "", None),
    ("generic", FREE, "", None),
    ("git", MUST, "", None),
    ("github", MUST, "sn", None),
    ("golang", MUST, "s", None),
    ("hackage", NONE, "", None),
    ("hex", FREE, "sn", None),
    ("huggingface", MUST, "v", None),
    ("julia", NONE, "", Some("uuid")),
    ("luarocks", FREE, "sn", None),
    ("maven", MUST, "", None),
    ("mlflow", NONE, "", None),
    ("npm", FREE, "", None),
    ("nuget", NONE, "", None),
    ("oci", NONE, "nv", None),
    ("opam", NONE, "", None),
    ("otp", NONE, "np", None),
    ("pub", NONE, "n", None),
    ("pypi", NONE, "nv", None),
    ("qpkg", MUST, "s", None),
    ("rpm", MUST, "s", None),
    ("swid", FREE, "", Some("tag_id")),
    ("swift", MUST, "", None),
    ("vcpkg", NONE, "", None),
    ("vscode-extension", MUST, "snv", None),
    ("yocto", FREE, "s", None),
];

/// Types that are not registered have no rules of their own.
pub fn rules(kind: &str) -> Rules {
    match TYPES.binary_search_by(|row| row.0.cmp(kind)) {
        Ok(at) => {
            let (_, namespace, lower, required_qualifier) = TYPES[at];
            Rules { namespace, lower, required_qualifier }
        }
        Err(_) => Rules { namespace: FREE, lower: "", required_qualifier: None },
    }
}
