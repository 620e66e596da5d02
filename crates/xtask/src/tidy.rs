//! A test that tidies the repository.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

/// Lines of one source file; a longer one is more than one idea.
const LONGEST_FILE: usize = 700;

pub fn findings() -> Result<Vec<String>> {
    let root = crate::root()?;
    let files = tracked(&root)?;
    let mut findings = Vec::new();
    findings.extend(overlong(&root, &files)?);
    findings.extend(undocumented(&root, &files)?);
    findings.extend(unfinished(&root, &files)?);
    findings.extend(dead_queries(&root, &files)?);
    findings.extend(messages(&read(&root.join("i18n/ja.json"))?, &read(&root.join("i18n/en.json"))?)?);
    Ok(findings)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Files under version control, or about to be.
fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()?;
    let list = String::from_utf8(output.stdout)?;
    Ok(list.lines().map(PathBuf::from).filter(|path| root.join(path).is_file()).collect())
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|found| extensions.contains(&found))
}

fn overlong(root: &Path, files: &[PathBuf]) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files.iter().filter(|path| has_extension(path, &["rs", "ts", "svelte"])) {
        let generated = path.ends_with("src/api/schema.d.ts");
        let lines = read(&root.join(path))?.lines().count();
        if lines > LONGEST_FILE && !generated {
            findings.push(format!("{}: {lines} lines; split it by its ideas", path.display()));
        }
    }
    Ok(findings)
}

fn undocumented(root: &Path, files: &[PathBuf]) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let tops = ["src/lib.rs", "src/main.rs"];
    for path in
        files.iter().filter(|path| path.starts_with("crates") && tops.iter().any(|top| path.ends_with(top)))
    {
        if !read(&root.join(path))?.starts_with("//!") {
            findings.push(format!("{}: a crate begins with what it is for (//!)", path.display()));
        }
    }
    Ok(findings)
}

/// What may not stand in the repository. The words are put together here so that this file does not find itself.
fn unfinished(root: &Path, files: &[PathBuf]) -> Result<Vec<String>> {
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("crates", ".io"),
        concat!("npmjs", ".org"),
        concat!("npmjs", ".com"),
        concat!("pypi", ".org"),
        concat!("deb.debian", ".org"),
        concat!("/work", "/"),
    ];
    let mut findings = Vec::new();
    for path in files {
        // Pictures and the like are not text; the lock file of cargo names its registry in every entry.
        let Ok(text) = fs::read_to_string(root.join(path)) else { continue };
        if path.ends_with("Cargo.lock") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                findings.push(format!("{}:{}: {word} may not stand here", path.display(), number + 1));
            }
        }
    }
    Ok(findings)
}

/// Every SQL file is read by the crate that it lies in.
fn dead_queries(root: &Path, files: &[PathBuf]) -> Result<Vec<String>> {
    let mut sources: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut findings = Vec::new();
    for path in files.iter().filter(|path| has_extension(path, &["sql"])) {
        let (Some(crate_folder), Some(name)) = (path.ancestors().nth(2), path.file_name()) else { continue };
        if !sources.contains_key(crate_folder) {
            let mut text = String::new();
            for source in
                files.iter().filter(|file| file.starts_with(crate_folder) && has_extension(file, &["rs"]))
            {
                text.push_str(&read(&root.join(source))?);
            }
            sources.insert(crate_folder.to_owned(), text);
        }
        if !sources[crate_folder].contains(&format!("/{}", name.to_string_lossy())) {
            findings.push(format!("{}: nothing reads it", path.display()));
        }
    }
    Ok(findings)
}

/// Both languages have the same keys, and each sentence the same placeholders.
fn messages(japanese: &str, english: &str) -> Result<Vec<String>> {
    let japanese: BTreeMap<String, String> = serde_json::from_str(japanese).context("i18n/ja.json")?;
    let english: BTreeMap<String, String> = serde_json::from_str(english).context("i18n/en.json")?;
    let mut findings = Vec::new();
    let keys: BTreeSet<&String> = japanese.keys().chain(english.keys()).collect();
    for key in keys {
        match (japanese.get(key), english.get(key)) {
            (Some(ja), Some(en)) if placeholders(ja) == placeholders(en) => {}
            (Some(_), Some(_)) => {
                findings.push(format!("i18n: {key} has other placeholders in ja than in en"))
            }
            (Some(_), None) => findings.push(format!("i18n: {key} is missing in en.json")),
            _ => findings.push(format!("i18n: {key} is missing in ja.json")),
        }
    }
    Ok(findings)
}

fn placeholders(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        assert_eq!(findings().expect("readable"), Vec::<String>::new());
    }

    #[test]
    fn a_missing_translation_is_found() {
        let found = messages(r#"{"a":"{n} 件","b":"い"}"#, r#"{"a":"many","c":"see"}"#).expect("json");
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
