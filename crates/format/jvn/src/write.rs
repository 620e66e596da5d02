//! JVNRSS and VULDEF as text.

use quick_xml::escape::escape;

use crate::{Cvss, Detail, Overview};

/// The head of a JVNRSS file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// Address of the channel.
    pub about: String,
    pub title: String,
    pub description: String,
    /// RFC 3339.
    pub date: String,
    /// `ja`, `en`.
    pub language: String,
}

struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".into(), depth: 0 }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn inside(&mut self, name: &str, attributes: &[(&str, &str)], fill: impl FnOnce(&mut Self)) {
        self.line(&format!("<{name}{}>", listed(attributes)));
        self.depth += 1;
        fill(self);
        self.depth -= 1;
        self.line(&format!("</{name}>"));
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        let text = plain(text);
        self.line(&format!("<{name}{}>{}</{name}>", listed(attributes), escape(text.as_str())));
    }

    fn optional(&mut self, name: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.leaf(name, &[], text);
        }
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.line(&format!("<{name}{}/>", listed(attributes)));
    }
}

/// Without characters that XML 1.0 cannot hold.
fn plain(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n') || (*c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}'));
    text.chars().filter(allowed).collect()
}

fn listed(attributes: &[(&str, &str)]) -> String {
    attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escape(plain(value).as_str()))).collect()
}

/// Attributes that are there.
fn given<'a>(attributes: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    attributes.iter().filter_map(|(name, value)| value.map(|value| (*name, value))).collect()
}

/// A JVNRSS file (RSS 1.0, module `sec` 3.0).
pub fn write_rss(channel: &Channel, items: &[Overview]) -> String {
    let mut xml = Xml::new();
    let names = [
        ("xmlns", "http://purl.org/rss/1.0/"),
        ("xmlns:rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:dcterms", "http://purl.org/dc/terms/"),
        ("xmlns:sec", "http://jvn.jp/rss/mod_sec/3.0/"),
        ("xml:lang", channel.language.as_str()),
    ];
    xml.inside("rdf:RDF", &names, |xml| {
        xml.inside("channel", &[("rdf:about", &channel.about)], |xml| {
            xml.leaf("title", &[], &channel.title);
            xml.leaf("link", &[], &channel.about);
            xml.leaf("description", &[], &channel.description);
            xml.leaf("dc:date", &[], &channel.date);
            xml.inside("items", &[], |xml| {
                xml.inside("rdf:Seq", &[], |xml| {
                    for item in items {
                        xml.empty("rdf:li", &[("rdf:resource", &item.link)]);
                    }
                });
            });
        });
        for item in items {
            rss_item(xml, item);
        }
    });
    xml.text
}

fn rss_item(xml: &mut Xml, item: &Overview) {
    xml.inside("item", &[("rdf:about", &item.link)], |xml| {
        xml.leaf("title", &[], &item.title);
        xml.leaf("link", &[], &item.link);
        xml.leaf("description", &[], &item.description);
        xml.optional("dc:creator", item.creator.as_ref());
        xml.leaf("sec:identifier", &[], &item.identifier);
        for reference in &item.references {
            let attributes = [
                ("source", reference.source.as_deref()),
                ("id", reference.id.as_deref()),
                ("title", reference.title.as_deref()),
            ];
            xml.leaf("sec:references", &given(&attributes), &reference.url);
        }
        for cpe in &item.cpes {
            let attributes = [
                ("version", cpe.version.as_deref()),
                ("vendor", cpe.vendor.as_deref()),
                ("product", cpe.product.as_deref()),
            ];
            xml.leaf("sec:cpe", &given(&attributes), &cpe.name);
        }
        for cvss in &item.cvss {
            let score = cvss.score.map(|score| format!("{score:.1}"));
            let attributes = [
                ("score", score.as_deref()),
                ("severity", cvss.severity.as_deref()),
                ("vector", cvss.vector.as_deref()),
                ("version", cvss.version.as_deref()),
                ("type", cvss.kind.as_deref()),
            ];
            xml.empty("sec:cvss", &given(&attributes));
        }
        xml.optional("dc:date", item.date.as_ref());
        xml.optional("dcterms:issued", item.issued.as_ref());
        xml.optional("dcterms:modified", item.modified.as_ref());
    });
}

/// A VULDEF 3.2 file.
pub fn write_vuldef(details: &[Detail], language: &str) -> String {
    let mut xml = Xml::new();
    let names = [
        ("version", "3.2"),
        ("xmlns", "http://jvn.jp/vuldef/"),
        ("xmlns:vuldef", "http://jvn.jp/vuldef/"),
        ("xml:lang", language),
    ];
    xml.inside("VULDEF-Document", &names, |xml| {
        for detail in details {
            xml.inside("Vulinfo", &[], |xml| {
                xml.leaf("VulinfoID", &[], &detail.id);
                xml.inside("VulinfoData", &[], |xml| data(xml, detail));
            });
        }
    });
    xml.text
}

fn data(xml: &mut Xml, detail: &Detail) {
    xml.leaf("Title", &[], &detail.title);
    xml.inside("VulinfoDescription", &[], |xml| xml.leaf("Overview", &[], &detail.overview));
    xml.inside("Affected", &[], |xml| {
        for item in &detail.affected {
            xml.inside("AffectedItem", &[], |xml| {
                xml.leaf("Name", &[], &item.vendor);
                xml.leaf("ProductName", &[], &item.product);
                if let Some(cpe) = &item.cpe {
                    xml.leaf("Cpe", &[("version", "2.2")], cpe);
                }
                for version in &item.versions {
                    xml.leaf("VersionNumber", &[], version);
                }
            });
        }
    });
    xml.inside("Impact", &[], |xml| {
        detail.impact.cvss.iter().for_each(|one| cvss(xml, one));
        for text in &detail.impact.descriptions {
            xml.inside("ImpactItem", &[], |xml| xml.leaf("Description", &[], text));
        }
    });
    xml.inside("Solution", &[], |xml| {
        for text in &detail.solutions {
            xml.inside("SolutionItem", &[], |xml| xml.leaf("Description", &[], text));
        }
    });
    xml.inside("Related", &[], |xml| {
        for item in &detail.related {
            xml.inside("RelatedItem", &given(&[("type", item.kind.as_deref())]), |xml| {
                xml.optional("Name", item.name.as_ref());
                xml.optional("VulinfoID", item.id.as_ref());
                xml.optional("Title", item.title.as_ref());
                xml.optional("URL", item.url.as_ref());
            });
        }
    });
    xml.inside("History", &[], |xml| {
        for item in &detail.history {
            xml.inside("HistoryItem", &[], |xml| {
                xml.optional("HistoryNo", item.number.as_ref());
                xml.optional("DateTime", item.time.as_ref());
                xml.optional("Description", item.description.as_ref());
            });
        }
    });
    xml.optional("DateFirstPublished", detail.first_published.as_ref());
    xml.optional("DateLastUpdated", detail.last_updated.as_ref());
    xml.optional("DatePublic", detail.public.as_ref());
}

fn cvss(xml: &mut Xml, cvss: &Cvss) {
    xml.inside("Cvss", &given(&[("version", cvss.version.as_deref())]), |xml| {
        if let Some(severity) = &cvss.severity {
            xml.leaf("Severity", &given(&[("type", cvss.kind.as_deref())]), severity);
        }
        if let Some(score) = cvss.score {
            xml.leaf("Base", &[], &format!("{score:.1}"));
        }
        xml.optional("Vector", cvss.vector.as_ref());
    });
}
