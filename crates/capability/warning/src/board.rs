//! The board of one warning: affected, reached, acted, cannot, silent. Kept in memory for every warning that somebody
//! watches, made from the records at the first look and then kept up with what changed since, so that two hundred
//! viewers cost one read of the changes.
//!
//! What is applied twice counts once: a delivery is told apart by its id, an answer by its organisation, and only a
//! newer version of either changes anything.

pub mod changes;
pub mod counts;
pub mod view;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use shinayaka_kernel::{
    ObjectId, Principal, Result,
    access::{FilterValue, Kernel},
    clock::Timestamp,
    object::Stored,
};
use shinayaka_model::{
    delivery::{Answer, Delivery, Recipient},
    warning::{AnswerVia, CannotReason, Choice, DeliveryChannel, DeliveryState, Exposure, Rung, Warning},
};

use self::{counts::Counts, view::View};
use crate::service::audience;

/// How old a board may be that is shown.
pub const FRESH: Duration = Duration::from_millis(200);
/// Commits of other processes may become visible this much later than the time that they carry.
const OVERLAP_SECONDS: i64 = 3;
/// Boards kept in memory.
const KEPT: usize = 64;
/// Texts kept for viewers.
const TEXTS: usize = 512;

/// What an organisation said last.
#[derive(Debug, Clone)]
pub struct Said {
    pub version: u32,
    pub choice: Choice,
    pub reason: Option<CannotReason>,
    pub note: String,
    pub via: AnswerVia,
    pub first_at: Timestamp,
    pub at: Timestamp,
}

/// One delivery, as far as the board tells of it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub version: u32,
    pub channel: DeliveryChannel,
    pub rung: Rung,
    pub state: DeliveryState,
    pub reason: Option<String>,
}

/// One recipient.
#[derive(Debug, Clone)]
pub struct Row {
    pub recipient: Recipient,
    pub reached_at: Option<Timestamp>,
    pub said: Option<Said>,
    pub sent: HashMap<ObjectId, Sent>,
}

impl Row {
    pub fn choice(&self) -> Option<Choice> {
        self.said.as_ref().map(|said| said.choice).filter(|choice| *choice != Choice::Withdrawn)
    }

    /// Whoever answers was reached, whatever the channel says.
    pub fn is_reached(&self) -> bool {
        self.reached_at.is_some() || self.choice().is_some()
    }
}

/// The state of one warning in memory.
#[derive(Debug)]
pub struct Board {
    pub warning: ObjectId,
    pub rows: Vec<Row>,
    /// Grows with everything that changes a count.
    pub revision: u64,
    places: HashMap<String, usize>,
    edition: u32,
    deliveries_until: Option<Timestamp>,
    answers_until: Option<Timestamp>,
}

impl Board {
    pub fn new(warning: ObjectId, edition: u32, recipients: Vec<Recipient>) -> Self {
        let places =
            recipients.iter().enumerate().map(|(place, one)| (one.organisation.clone(), place)).collect();
        let row = |recipient| Row { recipient, reached_at: None, said: None, sent: HashMap::new() };
        let rows = recipients.into_iter().map(row).collect();
        Self { warning, rows, revision: 1, places, edition, deliveries_until: None, answers_until: None }
    }

    pub fn row(&self, organisation: &str) -> Option<&Row> {
        self.places.get(organisation).map(|place| &self.rows[*place])
    }

    pub fn apply_delivery(&mut self, stored: &Stored<Delivery>) {
        let record = &stored.record;
        self.deliveries_until = self.deliveries_until.max(Some(record.changed_at));
        let Some(place) = self.places.get(&record.organisation) else { return };
        let row = &mut self.rows[*place];
        let known = row.sent.get(&stored.id).map_or(0, |sent| sent.version);
        if known >= stored.version {
            return;
        }
        let sent = Sent {
            version: stored.version,
            channel: record.channel,
            rung: record.rung,
            state: record.state,
            reason: record.reason.clone(),
        };
        row.sent.insert(stored.id, sent);
        if let Some(at) = record.delivered_at {
            row.reached_at = Some(row.reached_at.map_or(at, |before| before.min(at)));
        }
        self.revision += 1;
    }

    pub fn apply_answer(&mut self, stored: &Stored<Answer>) {
        let record = &stored.record;
        self.answers_until = self.answers_until.max(Some(record.at));
        let Some(place) = self.places.get(&record.organisation) else { return };
        let row = &mut self.rows[*place];
        if row.said.as_ref().is_some_and(|said| said.version >= stored.version) {
            return;
        }
        row.said = Some(Said {
            version: stored.version,
            choice: record.choice,
            reason: record.reason,
            note: record.note.clone(),
            via: record.via,
            first_at: record.first_at,
            at: record.at,
        });
        self.revision += 1;
    }

    /// The counts over the rows that `counted` lets in.
    pub fn counts(&self, counted: impl Fn(&Row) -> bool) -> Counts {
        let mut counts = Counts::default();
        for row in self.rows.iter().filter(|row| counted(row)) {
            counts.add(row);
        }
        counts
    }

    /// The counts of those affected as they stood at a moment.
    pub fn counts_at(&self, at: Timestamp) -> Counts {
        let mut counts = Counts::default();
        for row in self.rows.iter().filter(|row| row.recipient.exposure == Exposure::Affected) {
            let mut then = row.clone();
            then.reached_at = row.reached_at.filter(|reached| *reached <= at);
            then.said = row.said.clone().filter(|said| said.at <= at);
            counts.add(&then);
        }
        counts
    }
}

/// A board and when it was brought up to date.
struct Kept {
    board: Arc<RwLock<Board>>,
    /// Held while the changes are read, so that many viewers read them once.
    fresh_since: tokio::sync::Mutex<Option<Instant>>,
    used: RwLock<Instant>,
}

/// A text, and the change of the board that it shows.
type Drawn = (u64, Arc<str>);

/// The boards that somebody watches.
#[derive(Default)]
pub struct Boards {
    kept: RwLock<HashMap<ObjectId, Arc<Kept>>>,
    /// The newest text for each view, so that two hundred who see the same are drawn for once.
    texts: Mutex<HashMap<(ObjectId, View), Drawn>>,
}

impl Boards {
    /// The board of a warning, at most [`FRESH`] old.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such warning, [`Error::Unavailable`] when the store does not answer.
    pub async fn fresh(&self, kernel: &Kernel, warning: ObjectId) -> Result<Arc<RwLock<Board>>> {
        let kept = match self.kept(warning) {
            Some(kept) => kept,
            None => self.load(kernel, warning).await?,
        };
        let mut since = kept.fresh_since.lock().await;
        if since.is_none_or(|since| since.elapsed() >= FRESH) {
            follow(kernel, &kept.board).await?;
            *since = Some(Instant::now());
        }
        Ok(kept.board.clone())
    }

    /// The text of a board for a view: `draw` is called when nobody has drawn this revision for it.
    ///
    /// # Errors
    /// What `draw` answers.
    pub fn text(
        &self,
        board: &Board,
        view: &View,
        draw: impl FnOnce() -> Result<String>,
    ) -> Result<Arc<str>> {
        let key = (board.warning, view.clone());
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((revision, text)) = texts.get(&key)
            && *revision == board.revision
        {
            return Ok(text.clone());
        }
        let text: Arc<str> = draw()?.into();
        if texts.len() >= TEXTS {
            texts.clear();
        }
        texts.insert(key, (board.revision, text.clone()));
        Ok(text)
    }

    fn kept(&self, warning: ObjectId) -> Option<Arc<Kept>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&warning).cloned()?;
        *kept.used.write().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Some(kept)
    }

    async fn load(&self, kernel: &Kernel, warning: ObjectId) -> Result<Arc<Kept>> {
        let node = Principal::node();
        let stored = kernel.reader(&node).get::<Warning>(warning).await?;
        let edition = stored.record.edition().map_or(0, |edition| edition.number);
        let board = Board::new(warning, edition, audience::frozen(kernel, warning).await?);
        let made = Arc::new(Kept {
            board: Arc::new(RwLock::new(board)),
            fresh_since: tokio::sync::Mutex::new(None),
            used: RwLock::new(Instant::now()),
        });
        let mut boards = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if boards.len() >= KEPT {
            let used = |kept: &Kept| *kept.used.read().unwrap_or_else(PoisonError::into_inner);
            let oldest = boards.iter().min_by_key(|(_, kept)| used(kept)).map(|(id, _)| *id);
            oldest.and_then(|id| boards.remove(&id));
        }
        Ok(boards.entry(warning).or_insert(made).clone())
    }
}

/// Reads what changed since the last look; all of it when the number of answers says that something was missed.
async fn follow(kernel: &Kernel, board: &RwLock<Board>) -> Result<()> {
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let (warning, edition, mut since) = {
        let board = board.read().unwrap_or_else(PoisonError::into_inner);
        (board.warning, board.edition, (board.deliveries_until, board.answers_until))
    };
    let newest = reader.get::<Warning>(warning).await?.record.edition().map_or(0, |edition| edition.number);
    if newest != edition {
        // An update may have added recipients.
        let anew = Board::new(warning, newest, audience::frozen(kernel, warning).await?);
        let mut board = board.write().unwrap_or_else(PoisonError::into_inner);
        let revision = board.revision + 1;
        *board = Board { revision, ..anew };
        since = (None, None);
    }
    // Counted before the changes are read: whatever is counted must then be among them, or was known before.
    let filter = ("warning", FilterValue::Text(warning.to_string()));
    let counted = reader.count::<Answer>(Some(filter)).await?;
    let back = |until: Option<Timestamp>| until.map(|until| until.plus_seconds(-OVERLAP_SECONDS));
    for since in [(back(since.0), back(since.1)), (None, None)] {
        let deliveries = changes::deliveries(reader, warning, since.0, usize::MAX).await?;
        let answers = changes::answers(reader, warning, since.1, usize::MAX).await?;
        let mut board = board.write().unwrap_or_else(PoisonError::into_inner);
        deliveries.iter().for_each(|delivery| board.apply_delivery(delivery));
        answers.iter().for_each(|answer| board.apply_answer(answer));
        let known = board.rows.iter().filter(|row| row.said.is_some()).count() as u64;
        if known >= counted {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
