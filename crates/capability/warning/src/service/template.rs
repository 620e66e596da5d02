//! Warnings to start from.

use shinayaka_kernel::{
    Label, ObjectId, Result,
    access::{Keep, Kernel, Reader, Writer},
    http::Viewer,
    label::Action,
    object::Stored,
};
use shinayaka_model::warning::WarningTemplate;

use super::{all, demand};

/// The templates with which every node begins.
const REFERENCE: &str = include_str!("../../../../../data/warning-templates.json");

#[derive(serde::Deserialize)]
struct Reference {
    key: String,
    template: WarningTemplate,
}

fn reference() -> Result<Vec<Reference>> {
    serde_json::from_str(REFERENCE)
        .map_err(|error| shinayaka_kernel::Error::invalid("warning-templates.json", error.to_string()))
}

/// Saves the templates that come with the program, where they are missing.
///
/// # Errors
/// When the store does not take them.
pub async fn seed(kernel: &Kernel, node: &Viewer) -> Result<()> {
    let mut writer = node.writer(kernel);
    for Reference { key, template } in reference()? {
        let id = ObjectId::named(&format!("warning/template/{key}"));
        if node.reader(kernel).get::<WarningTemplate>(id).await.is_err() {
            writer.create_with_id(id, &template, &Keep::labelled(Label::members())).await?;
        }
    }
    writer.commit().await?;
    Ok(())
}

/// # Errors
/// When the store does not answer.
pub async fn list(reader: Reader<'_>) -> Result<Vec<Stored<WarningTemplate>>> {
    demand::<WarningTemplate>(reader, Action::Read)?;
    let mut templates = all::<WarningTemplate>(reader, Vec::new()).await?;
    templates.sort_by(|a, b| (&a.record.name.ja, a.id).cmp(&(&b.record.name.ja, b.id)));
    Ok(templates)
}

/// # Errors
/// [`shinayaka_kernel::Error::Forbidden`] without the right.
pub async fn make(mut writer: Writer<'_>, template: WarningTemplate) -> Result<ObjectId> {
    demand::<WarningTemplate>(writer.reader(), Action::Create)?;
    let id = writer.create(&template, &Keep::labelled(Label::members())).await?;
    writer.commit().await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shinayaka_kernel::object::Record;

    #[test]
    fn the_templates_that_come_with_the_program_can_be_used() {
        let templates = reference().unwrap();
        assert!(templates.len() >= 5);
        for one in templates {
            one.template.validate().unwrap();
            let faults = crate::service::plain::check(&one.template.content);
            assert!(faults.is_empty(), "{}: {faults:?}", one.key);
        }
    }
}
