//! Reads an alert of anybody. Bounded in length, depth and number of blocks; no entity but the five of XML is known and no
//! document type is taken, so nothing outside is ever asked. What the standard knows and we do not use (resources,
//! polygons) is passed over. A signature is not checked: that an alert was read says nothing about who sent it.

use quick_xml::{Reader, events::Event};

use crate::{Alert, Area, Error, Info, Reference, check::check};

/// Bytes of a document.
pub const MAXIMUM_BYTES: usize = 1 << 20;
/// Depth of nesting.
const MAXIMUM_DEPTH: usize = 32;
/// Blocks, areas, values or references of one alert.
const MAXIMUM_ENTRIES: usize = 2_000;

/// # Errors
/// [`Error::Invalid`] naming the line, [`Error::Rule`] for a document of the right form that breaks a rule.
pub fn document(bytes: &[u8]) -> Result<Alert, Error> {
    if bytes.len() > MAXIMUM_BYTES {
        return Err(Error::Invalid { line: 1, reason: format!("is longer than {MAXIMUM_BYTES} bytes") });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        Error::Invalid { line, reason: "is not UTF-8".into() }
    })?;
    let mut parser = Parser { text, reader: Reader::from_str(text), path: Vec::new(), entries: 0 };
    let alert = parser.run()?;
    check(&alert)?;
    Ok(alert)
}

struct Parser<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Names of the open elements, without prefix.
    path: Vec<String>,
    entries: usize,
}

impl Parser<'_> {
    fn fault(&self, reason: impl Into<String>) -> Error {
        let place = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let line = 1 + self.text.as_bytes()[..place].iter().filter(|byte| **byte == b'\n').count();
        Error::Invalid { line, reason: reason.into() }
    }

    fn run(&mut self) -> Result<Alert, Error> {
        let mut alert = Alert::default();
        let mut pair = (String::new(), String::new());
        let mut content = String::new();
        let mut ended = false;
        loop {
            let event = self.reader.read_event().map_err(|error| self.fault(error.to_string()))?;
            match event {
                Event::Start(start) => {
                    let name = start.local_name().into_inner().to_owned();
                    self.open(name, &mut alert, ended)?;
                    content.clear();
                }
                Event::Empty(start) => {
                    let name = start.local_name().into_inner().to_owned();
                    self.open(name, &mut alert, ended)?;
                    self.path.pop();
                }
                Event::End(_) => {
                    self.close(&mut alert, &mut pair, content.trim())?;
                    self.path.pop();
                    ended |= self.path.is_empty();
                    content.clear();
                }
                Event::Text(text) => content.push_str(&text.xml10_content()),
                Event::CData(text) => content.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => content.push(self.entity(&entity)?),
                Event::DocType(_) => return Err(self.fault("a document type is not taken")),
                Event::Eof if ended => return Ok(alert),
                Event::Eof => return Err(self.fault("ends before </alert>")),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
    }

    fn entity(&self, entity: &quick_xml::events::BytesRef<'_>) -> Result<char, Error> {
        let character = entity.resolve_char_ref().map_err(|error| self.fault(error.to_string()))?;
        if let Some(character) = character {
            return Ok(character);
        }
        let name: &str = entity;
        match name {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            other => Err(self.fault(format!("&{other}; is not known"))),
        }
    }

    fn open(&mut self, name: String, alert: &mut Alert, ended: bool) -> Result<(), Error> {
        if ended || (self.path.is_empty() && name != "alert") {
            return Err(self.fault(format!("<{name}> is not an alert")));
        }
        self.entries += 1;
        if self.path.len() >= MAXIMUM_DEPTH || self.entries > MAXIMUM_ENTRIES * 10 {
            return Err(self.fault("is too deep or has too many elements"));
        }
        let parent: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match (parent.as_slice(), name.as_str()) {
            (["alert"], "info") => alert.infos.push(Info::default()),
            (["alert", "info"], "area") => {
                if let Some(info) = alert.infos.last_mut() {
                    info.areas.push(Area::default());
                }
            }
            _ => {}
        }
        self.path.push(name);
        Ok(())
    }

    fn close(&self, alert: &mut Alert, pair: &mut (String, String), text: &str) -> Result<(), Error> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["alert", name] => self.alert_value(alert, name, text),
            ["alert", "info", rest @ ..] => {
                if let Some(info) = alert.infos.last_mut() {
                    info_value(info, rest, pair, text);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn alert_value(&self, alert: &mut Alert, name: &str, text: &str) -> Result<(), Error> {
        let value = || text.to_owned();
        match name {
            "identifier" => alert.identifier = value(),
            "sender" => alert.sender = value(),
            "sent" => alert.sent = value(),
            "status" => alert.status = value(),
            "msgType" => alert.msg_type = value(),
            "source" => alert.source = Some(value()),
            "scope" => alert.scope = value(),
            "restriction" => alert.restriction = Some(value()),
            "addresses" => alert.addresses = names(text),
            "code" => alert.codes.push(value()),
            "note" => alert.note = Some(value()),
            "incidents" => alert.incidents = names(text),
            "references" => {
                for part in text.split_whitespace() {
                    let mut parts = part.splitn(3, ',').map(str::to_owned);
                    let (Some(sender), Some(identifier), Some(sent)) =
                        (parts.next(), parts.next(), parts.next())
                    else {
                        return Err(self.fault("references must be sender,identifier,sent"));
                    };
                    alert.references.push(Reference { sender, identifier, sent });
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn info_value(info: &mut Info, path: &[&str], pair: &mut (String, String), text: &str) {
    let value = || text.to_owned();
    match path {
        ["language"] => info.language = Some(value()),
        ["category"] => info.categories.push(value()),
        ["event"] => info.event = value(),
        ["responseType"] => info.response_types.push(value()),
        ["urgency"] => info.urgency = value(),
        ["severity"] => info.severity = value(),
        ["certainty"] => info.certainty = certainty(text),
        ["audience"] => info.audience = Some(value()),
        ["effective"] => info.effective = Some(value()),
        ["onset"] => info.onset = Some(value()),
        ["expires"] => info.expires = Some(value()),
        ["senderName"] => info.sender_name = Some(value()),
        ["headline"] => info.headline = Some(value()),
        ["description"] => info.description = Some(value()),
        ["instruction"] => info.instruction = Some(value()),
        ["web"] => info.web = Some(value()),
        ["contact"] => info.contact = Some(value()),
        ["parameter", "valueName"] | ["area", "geocode", "valueName"] => pair.0 = value(),
        ["parameter", "value"] | ["area", "geocode", "value"] => pair.1 = value(),
        ["parameter"] => info.parameters.push(std::mem::take(pair)),
        ["area", "areaDesc"] => {
            if let Some(area) = info.areas.last_mut() {
                area.description = value();
            }
        }
        ["area", "geocode"] => {
            if let Some(area) = info.areas.last_mut() {
                area.geocodes.push(std::mem::take(pair));
            }
        }
        _ => {}
    }
}

/// "Very Likely" of CAP 1.0 is read as Likely, as the standard asks (section 3.2.2).
fn certainty(text: &str) -> String {
    if text == "Very Likely" { "Likely".into() } else { text.to_owned() }
}

/// A list of names, those with spaces in quotes.
fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|inner| inner.split_once('"'));
        let (name, after) = match quoted {
            Some(split) => split,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        names.push(name.to_owned());
        rest = after.trim_start();
    }
    names
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::write;

    pub fn sample() -> Alert {
        let info = |language: &str| Info {
            language: Some(language.into()),
            categories: vec!["Infra".into(), "Security".into()],
            event: "サイバー警報".into(),
            response_types: vec!["Execute".into()],
            urgency: "Expected".into(),
            severity: "Severe".into(),
            certainty: "Likely".into(),
            expires: Some("2026-11-27T09:00:00+09:00".into()),
            headline: Some("<更新> & 確認 \"今日\"".into()),
            description: Some("一行目\n二行目 ]]>".into()),
            parameters: vec![("level".into(), "3".into())],
            areas: vec![Area {
                description: "東京都".into(),
                geocodes: vec![("JIS-X-0401".into(), "13".into())],
            }],
            ..Info::default()
        };
        Alert {
            identifier: "0199-1".into(),
            sender: "warning@node.example".into(),
            sent: "2026-11-20T10:00:00+09:00".into(),
            status: "Actual".into(),
            msg_type: "Update".into(),
            scope: "Private".into(),
            addresses: vec!["みなと 市".into(), "hub".into()],
            references: vec![Reference {
                sender: "warning@node.example".into(),
                identifier: "0199-0".into(),
                sent: "2026-11-20T09:00:00+09:00".into(),
            }],
            infos: vec![info("ja"), info("en")],
            ..Alert::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let alert = sample();
        assert_eq!(document(write::document(&alert).unwrap().as_bytes()).unwrap(), alert);
    }

    #[test]
    fn an_alert_of_another_hand_with_prefixes_cdata_and_unknown_elements_is_read() {
        let text = "<?xml version='1.0'?>\n<!-- c --><cap:alert xmlns:cap='urn:oasis:names:tc:emergency:cap:1.2'>\
            <cap:identifier>A1</cap:identifier><cap:sender>a@b</cap:sender>\
            <cap:sent>2026-11-20T09:00:00-00:00</cap:sent><cap:status>Test</cap:status>\
            <cap:msgType>Alert</cap:msgType><cap:scope>Public</cap:scope><cap:info><cap:category>Met</cap:category>\
            <cap:event>Wind</cap:event><cap:urgency>Past</cap:urgency><cap:severity>Minor</cap:severity>\
            <cap:certainty>Very Likely</cap:certainty><cap:headline><![CDATA[a<b]]> &#x3042;&amp;</cap:headline>\
            <cap:resource><cap:resourceDesc>x</cap:resourceDesc></cap:resource></cap:info></cap:alert>";
        let alert = document(text.as_bytes()).unwrap();
        assert_eq!(alert.infos[0].certainty, "Likely");
        assert_eq!(alert.infos[0].headline.as_deref(), Some("a<b あ&"));
    }

    #[test]
    fn faults_name_the_line_or_the_rule() {
        let good = write::document(&sample()).unwrap();
        let line = |text: &str| match document(text.as_bytes()) {
            Err(Error::Invalid { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line("<html></html>"), 1);
        assert!(line(&good.replace("</alert>", "")) >= good.lines().count());
        assert_eq!(line("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><alert>&x;</alert>"), 1);
        let scope = good.lines().take_while(|line| !line.contains("<scope>")).count() + 1;
        assert_eq!(line(&good.replace("<scope>", "\n&nbsp;<scope>")), scope + 1);
        assert!(line(&"<alert>".repeat(100)) >= 1);
        for (from, to, element) in [
            ("<status>Actual", "<status>Real", "status"),
            ("10:00:00+09:00</sent>", "01:00:00Z</sent>", "sent"),
            ("<sender>warning", "<sender>a b", "sender"),
            ("<msgType>Update", "<msgType>Updated", "msgType"),
        ] {
            match document(good.replace(from, to).as_bytes()) {
                Err(Error::Rule { element: found, .. }) => assert_eq!(found, element),
                other => panic!("{element}: {other:?}"),
            }
        }
    }
}
