//! The rules of the schema (appendix to the standard) and of section 3.2, for an alert in memory.

use crate::{Alert, Error, Info};

pub const STATUS: &[&str] = &["Actual", "Exercise", "System", "Test", "Draft"];
pub const MSG_TYPE: &[&str] = &["Alert", "Update", "Cancel", "Ack", "Error"];
pub const SCOPE: &[&str] = &["Public", "Restricted", "Private"];
pub const CATEGORY: &[&str] = &[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
];
pub const RESPONSE: &[&str] =
    &["Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"];
pub const URGENCY: &[&str] = &["Immediate", "Expected", "Future", "Past", "Unknown"];
pub const SEVERITY: &[&str] = &["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
pub const CERTAINTY: &[&str] = &["Observed", "Likely", "Possible", "Unlikely", "Unknown"];

/// # Errors
/// [`Error::Rule`] for the first rule that is broken.
pub fn check(alert: &Alert) -> Result<(), Error> {
    name("identifier", &alert.identifier)?;
    name("sender", &alert.sender)?;
    time("sent", &alert.sent)?;
    one_of("status", &alert.status, STATUS)?;
    one_of("msgType", &alert.msg_type, MSG_TYPE)?;
    one_of("scope", &alert.scope, SCOPE)?;
    let rule = |element, reason: &str| Err(Error::Rule { element, reason: reason.to_owned() });
    if alert.scope == "Restricted" && alert.restriction.as_deref().unwrap_or_default().is_empty() {
        return rule("restriction", "must be there when the scope is Restricted");
    }
    if alert.scope == "Private" && alert.addresses.is_empty() {
        return rule("addresses", "must be there when the scope is Private");
    }
    if alert.msg_type != "Alert" && alert.references.is_empty() {
        return rule("references", "must name the earlier messages");
    }
    for reference in &alert.references {
        name("references", &reference.sender)?;
        name("references", &reference.identifier)?;
        time("references", &reference.sent)?;
    }
    alert.infos.iter().try_for_each(info)
}

fn info(info: &Info) -> Result<(), Error> {
    let rule = |element, reason: &str| Err(Error::Rule { element, reason: reason.to_owned() });
    if info.categories.is_empty() {
        return rule("category", "must be there");
    }
    info.categories.iter().try_for_each(|word| one_of("category", word, CATEGORY))?;
    info.response_types.iter().try_for_each(|word| one_of("responseType", word, RESPONSE))?;
    if info.event.trim().is_empty() {
        return rule("event", "must be there");
    }
    one_of("urgency", &info.urgency, URGENCY)?;
    one_of("severity", &info.severity, SEVERITY)?;
    one_of("certainty", &info.certainty, CERTAINTY)?;
    for (element, at) in [("effective", &info.effective), ("onset", &info.onset), ("expires", &info.expires)]
    {
        at.as_ref().map_or(Ok(()), |at| time(element, at))?;
    }
    if info.areas.iter().any(|area| area.description.trim().is_empty()) {
        return rule("areaDesc", "must be there");
    }
    Ok(())
}

/// No spaces, commas or restricted characters (section 3.2.1).
fn name(element: &'static str, text: &str) -> Result<(), Error> {
    if !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || ",<&".contains(c)) {
        return Ok(());
    }
    Err(Error::Rule { element, reason: "must be there, without spaces, commas, < and &".into() })
}

fn one_of(element: &'static str, word: &str, words: &[&str]) -> Result<(), Error> {
    if words.contains(&word) {
        return Ok(());
    }
    Err(Error::Rule { element, reason: format!("{word:?} is none of {}", words.join(", ")) })
}

/// `\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[-,+]\d\d:\d\d`, as the schema demands.
pub fn is_time(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00+00:00";
    text.len() == form.len()
        && text.bytes().zip(form).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'+' => byte == b'+' || byte == b'-',
            other => byte == *other,
        })
}

fn time(element: &'static str, text: &str) -> Result<(), Error> {
    if is_time(text) {
        return Ok(());
    }
    let reason = format!("{text:?} is not of the form 2026-11-22T09:00:00+09:00");
    Err(Error::Rule { element, reason })
}
