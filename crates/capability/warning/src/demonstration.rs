//! A warning of the demonstration prefecture: invented, and marked so. It is issued through the same actions as a real
//! one, to whoever the demonstration has registered; some of them answer.

use shinayaka_kernel::{Kernel, Principal, Result, http::Viewer};
use shinayaka_model::warning::{AnswerVia, CannotReason, Choice, Exposure, WarningSource, Wording};

use crate::service::{
    answer::{self, NewAnswer, Source},
    audience, draft, issue, template,
};

/// The template of which the warning is made: an accident that is no attack.
const TEMPLATE: &str = "共有サービスの障害";
/// Organisations that answer at most, so that a demonstration is ready soon.
const ANSWERS: usize = 300;
const SOURCE: &str = "訓練用データ / synthetic";

/// Issues the warning and records answers.
///
/// # Errors
/// When the store does not take them.
pub async fn demonstrate(kernel: &Kernel) -> Result<()> {
    let node = Viewer(Principal::node());
    let templates = template::list(node.reader(kernel)).await?;
    let Some(chosen) = templates.into_iter().find(|template| template.record.name.ja == TEMPLATE) else {
        return Ok(());
    };
    let mut content = chosen.record.content;
    content.headline = Wording::new(
        "申請受付サービスが止まっています。手作業に切り替えてください",
        "The application service is down: go over to paper",
    );
    content.sources = vec![WarningSource { title: SOURCE.into(), url: None }];
    content.next_update = Some(node.reader(kernel).now().plus_seconds(4 * 3600));
    content.public = true;
    let (id, version) = draft::make(node.writer(kernel), content, Some(chosen.id), None, true).await?;
    issue::issue(kernel, &node, id, version).await?;
    let recipients = audience::frozen(kernel, id).await?;
    let affected = recipients.iter().filter(|recipient| recipient.exposure == Exposure::Affected);
    for (number, recipient) in affected.take(ANSWERS).enumerate() {
        let (choice, reason) = match number % 10 {
            0..=4 => (Choice::Done, None),
            5 => (Choice::Cannot, Some(CannotReason::Supplier)),
            6 => (Choice::Call, None),
            _ => continue,
        };
        let organisation = Some(recipient.organisation.clone());
        let new = NewAnswer { organisation, choice, reason, note: String::new() };
        let source = Source { via: AnswerVia::Telephone, by: SOURCE.into(), delivery: None };
        answer::record(kernel, &node.0, id, &new, &source).await?;
    }
    Ok(())
}
