//! Who sends the drills of the constituency: the warnings, on the road that a warning travels.

use std::sync::Arc;

use shinayaka_constituency::Dispatch;

/// Nobody on this node delivers messages.
#[cfg(not(feature = "capability-warning"))]
pub(crate) fn dispatch() -> Arc<dyn Dispatch> {
    Arc::new(shinayaka_constituency::NoDispatch)
}

#[cfg(feature = "capability-warning")]
pub(crate) fn dispatch() -> Arc<dyn Dispatch> {
    Arc::new(by_warning::Notices)
}

#[cfg(feature = "capability-warning")]
mod by_warning {
    use async_trait::async_trait;
    use shinayaka_constituency::{Dispatch, DrillCall};
    use shinayaka_kernel::{Kernel, ObjectId, Principal, Result, http::Viewer};
    use shinayaka_model::warning::{Target, Wording};
    use shinayaka_warning::service::issue::{Notice, issue_notice};

    use crate::messages::Language;

    pub struct Notices;

    #[async_trait]
    impl Dispatch for Notices {
        /// The notice is the node's: who may start a drill was decided by whoever asks.
        async fn send(&self, kernel: &Kernel, _: &Principal, call: &DrillCall) -> Result<ObjectId> {
            let ask = |language: Language| language.text("warning.mail.drill");
            let audience = &call.audience;
            let notice = Notice {
                headline: Wording::new(&call.title, &call.title),
                action: Wording::new(ask(Language::Japanese), ask(Language::English)),
                target: Target {
                    sectors: audience.sector.into_iter().collect(),
                    prefectures: audience.prefecture.clone().into_iter().collect(),
                    hubs: audience.hub.clone().into_iter().collect(),
                    ..Target::default()
                },
                until: call.closes_at,
                synthetic: false,
            };
            issue_notice(kernel, &Viewer(Principal::node()), notice).await
        }
    }
}
