//! Writes an alert, in the order of the schema and in the form that canonicalisation leaves as it is (Exclusive XML
//! Canonicalization 1.0): no empty-element tags, no needless escapes, one namespace declared once. What is signed is
//! therefore what is written.

use crate::{Alert, Area, Error, Info, NAMESPACE, check::check};

/// The whole document, without a signature.
///
/// # Errors
/// [`Error::Rule`] for an alert that breaks a rule of the standard.
pub fn document(alert: &Alert) -> Result<String, Error> {
    Ok(format!("{DECLARATION}{}\n", element(alert)?))
}

pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
pub(crate) const END: &str = "</alert>";

/// The element `alert` in canonical form.
pub(crate) fn element(alert: &Alert) -> Result<String, Error> {
    check(alert)?;
    let mut out = format!("<alert xmlns=\"{NAMESPACE}\">\n");
    text(&mut out, "identifier", &alert.identifier);
    text(&mut out, "sender", &alert.sender);
    text(&mut out, "sent", &alert.sent);
    text(&mut out, "status", &alert.status);
    text(&mut out, "msgType", &alert.msg_type);
    optional(&mut out, "source", alert.source.as_deref());
    text(&mut out, "scope", &alert.scope);
    optional(&mut out, "restriction", alert.restriction.as_deref());
    optional(&mut out, "addresses", list(&alert.addresses).as_deref());
    alert.codes.iter().for_each(|code| text(&mut out, "code", code));
    optional(&mut out, "note", alert.note.as_deref());
    let references: Vec<String> = alert
        .references
        .iter()
        .map(|reference| format!("{},{},{}", reference.sender, reference.identifier, reference.sent))
        .collect();
    optional(&mut out, "references", (!references.is_empty()).then(|| references.join(" ")).as_deref());
    optional(&mut out, "incidents", list(&alert.incidents).as_deref());
    alert.infos.iter().for_each(|info| write_info(&mut out, info));
    out.push_str(END);
    Ok(out)
}

fn write_info(out: &mut String, info: &Info) {
    out.push_str("<info>\n");
    optional(out, "language", info.language.as_deref());
    info.categories.iter().for_each(|category| text(out, "category", category));
    text(out, "event", &info.event);
    info.response_types.iter().for_each(|response| text(out, "responseType", response));
    text(out, "urgency", &info.urgency);
    text(out, "severity", &info.severity);
    text(out, "certainty", &info.certainty);
    optional(out, "audience", info.audience.as_deref());
    optional(out, "effective", info.effective.as_deref());
    optional(out, "onset", info.onset.as_deref());
    optional(out, "expires", info.expires.as_deref());
    optional(out, "senderName", info.sender_name.as_deref());
    optional(out, "headline", info.headline.as_deref());
    optional(out, "description", info.description.as_deref());
    optional(out, "instruction", info.instruction.as_deref());
    optional(out, "web", info.web.as_deref());
    optional(out, "contact", info.contact.as_deref());
    for (name, value) in &info.parameters {
        pair(out, "parameter", name, value);
    }
    info.areas.iter().for_each(|area| write_area(out, area));
    out.push_str("</info>\n");
}

fn write_area(out: &mut String, area: &Area) {
    out.push_str("<area>\n");
    text(out, "areaDesc", &area.description);
    for (name, value) in &area.geocodes {
        pair(out, "geocode", name, value);
    }
    out.push_str("</area>\n");
}

fn pair(out: &mut String, element: &str, name: &str, value: &str) {
    out.push_str(&format!("<{element}>\n"));
    text(out, "valueName", name);
    text(out, "value", value);
    out.push_str(&format!("</{element}>\n"));
}

/// Names with spaces stand in quotes (section 3.2.1, `addresses`).
fn list(names: &[String]) -> Option<String> {
    let quoted = names.iter().map(|name| {
        if name.contains(char::is_whitespace) {
            format!("\"{}\"", name.replace('"', "'"))
        } else {
            name.clone()
        }
    });
    (!names.is_empty()).then(|| quoted.collect::<Vec<_>>().join(" "))
}

fn optional(out: &mut String, element: &str, content: Option<&str>) {
    if let Some(content) = content.filter(|content| !content.is_empty()) {
        text(out, element, content);
    }
}

fn text(out: &mut String, element: &str, content: &str) {
    out.push_str(&format!("<{element}>"));
    for character in content.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => {}
            // Characters that XML 1.0 cannot hold in any form.
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out.push_str(&format!("</{element}>\n"));
}
