//! One suite that every store must pass.
//!
//! A store says how an empty data base of its own is made ([`Backend`]) and writes `suite!(ItsBackend);` in one test
//! file. Every test works through the handles that capabilities have ([`shinayaka_kernel::Reader`],
//! [`shinayaka_kernel::Writer`]), and goes to the store itself only for what those do not show.
//!
//! Random tests print their seed; `SHINAYAKA_SEED=…` repeats one.
//!
//! **To add a test** write `pub async fn what_must_hold(backend: &dyn Backend)` in the module of its matter and list it
//! in [`suite!`].

pub mod accounts;
pub mod archive;
pub mod counters;
pub mod crash;
pub mod jobs;
pub mod journal;
pub mod lists;
pub mod node;
pub mod objects;
pub mod oracle;
pub mod permission;
pub mod records;
pub mod relabelling;
pub mod search;
pub mod verification;

use std::sync::Arc;

use async_trait::async_trait;
use shinayaka_kernel::store::Store;

/// An empty data base for one test.
#[async_trait]
pub trait Backend: Send + Sync {
    /// A new data base; `None` when this machine has no server to make it on (which was said on standard error).
    async fn fresh() -> Option<Self>
    where
        Self: Sized;
    /// The data base at an [`Backend::address`] that another process made.
    fn at(address: &str) -> Self
    where
        Self: Sized;
    fn address(&self) -> String;
    /// Opens the store: again after it was closed, or once more beside an open one, as a second process would.
    async fn open(&self) -> Arc<dyn Store>;
    /// Removes the data base.
    async fn discard(self)
    where
        Self: Sized;
}

/// Makes one `#[tokio::test]` of every test of the suite for a [`Backend`] type.
#[macro_export]
macro_rules! suite {
    ($backend:ty) => {
        $crate::tests! { $backend:
            objects::a_saved_record_is_read_back_with_all_its_versions,
            objects::a_save_over_an_older_version_saves_nothing,
            objects::of_many_who_save_over_one_version_one_wins,
            objects::many_creators_lose_nothing,
            objects::a_commit_that_is_refused_does_not_hurt_its_neighbours,
            objects::an_id_is_given_once,
            objects::what_a_commit_names_must_be_there,
            objects::records_that_must_not_be_saved_are_refused_by_name,
            objects::bodies_of_an_older_schema_are_read,
            objects::relations_are_made_and_ended,
            permission::an_empty_audience_is_nobody,
            permission::what_may_not_be_seen_does_not_exist,
            permission::own_means_owned_or_written,
            permission::a_kind_without_a_grant_does_not_exist,
            permission::labels_made_elsewhere_are_learnt,
            permission::labels_of_concurrent_writers_are_all_known,
            permission::random_readers_see_what_the_oracle_says,
            relabelling::a_wider_label_needs_the_originator,
            relabelling::earlier_versions_keep_their_labels,
            relabelling::consent_is_for_one_version_and_one_label,
            lists::filters_sorts_and_pages_agree_with_the_oracle,
            lists::paging_is_complete_while_others_insert,
            lists::both_ways_of_running_a_list_answer_alike,
            lists::what_is_not_a_page_or_a_field_is_refused,
            counters::totals_equal_a_recount,
            counters::totals_follow_concurrent_saves,
            search::japanese_is_found_as_it_is_typed,
            search::the_newest_version_is_searched_and_no_other,
            search::sparse_and_dense_readers_find_alike,
            search::pages_of_hits_are_complete,
            journal::every_entry_is_proven_and_recomputed,
            journal::any_two_sizes_are_consistent,
            journal::erasure_leaves_proofs_and_destroys_content,
            journal::concurrent_writers_leave_no_gap,
            journal::settings_are_set_once_if_asked,
            jobs::an_event_makes_the_jobs_of_its_reactions,
            jobs::a_job_is_leased_given_back_and_dies,
            jobs::a_lease_that_ran_out_is_taken_over,
            jobs::an_effect_is_made_once,
            jobs::completing_twice_in_one_group_hurts_nobody_else,
            jobs::a_unique_key_is_kept_once,
            jobs::workers_share_the_work,
            accounts::accounts_are_kept_and_journalled,
            accounts::names_and_subjects_belong_to_one,
            accounts::a_one_time_code_works_once,
            accounts::credentials_expire_and_are_used_once,
            archive::a_restored_node_is_the_same_node,
            archive::an_archive_is_loaded_whole_or_not_at_all,
            crash::a_killed_writer_leaves_whole_commits,
        }

        /// Writes until it is killed; started by `a_killed_writer_leaves_whole_commits` in a process of its own, with an
        /// address to write to. Among the other tests it has none and nothing to do.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn crash_writer() {
            if let Some(address) = $crate::crash::address_to_write_to() {
                let backend = <$backend as $crate::Backend>::at(&address);
                $crate::crash::write_until_killed(&backend).await;
            }
        }
    };
}

/// What [`suite!`] is made of.
#[macro_export]
macro_rules! tests {
    ($backend:ty: $($group:ident::$name:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(backend) = <$backend as $crate::Backend>::fresh().await else { return };
                $crate::$group::$name(&backend).await;
                $crate::Backend::discard(backend).await;
            }
        )+
    };
}
