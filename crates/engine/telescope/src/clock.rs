//! The time of a stream: never a single packet's word, so that one damaged time stamp cannot end every event or empty every series.

/// A step of more than this, in nanoseconds, must be confirmed by the next contact (one day).
const STEP: i64 = 86_400_000_000_000;

/// Running time of a stream of contacts.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamClock {
    now: Option<i64>,
    suspect: Option<i64>,
    jumps: u64,
    suspects: u64,
}

/// How a contact's time stands to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The time to use: the contact's own, or the stream's if the contact's is not believed.
    Steady(i64),
    /// The stream's clock was set: what came before is a closed chapter.
    Jumped(i64),
}

impl StreamClock {
    /// Takes the time of the next contact.
    #[inline]
    pub fn observe(&mut self, time: i64) -> Observed {
        let Some(now) = self.now else {
            self.now = Some(time);
            return Observed::Steady(time);
        };
        if time.abs_diff(now) <= STEP as u64 {
            self.suspect = None;
            self.now = Some(now.max(time));
            return Observed::Steady(time);
        }
        if self.suspect.is_some_and(|suspect| time.abs_diff(suspect) <= STEP as u64) {
            self.suspect = None;
            self.now = Some(time);
            self.jumps += 1;
            return Observed::Jumped(time);
        }
        self.suspect = Some(time);
        self.suspects += 1;
        Observed::Steady(now)
    }

    /// The latest believed time.
    #[must_use]
    pub fn now(&self) -> Option<i64> {
        self.now
    }

    /// Confirmed steps of more than a day.
    #[must_use]
    pub fn jumps(&self) -> u64 {
        self.jumps
    }

    /// Contacts more than a day away from their neighbours.
    #[must_use]
    pub fn suspects(&self) -> u64 {
        self.suspects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_time_stamp_is_not_believed_two_are() {
        let day = STEP;
        let mut clock = StreamClock::default();
        assert_eq!(clock.observe(10), Observed::Steady(10));
        assert_eq!(clock.observe(90 * day), Observed::Steady(10));
        assert_eq!(clock.observe(20), Observed::Steady(20));
        assert_eq!(clock.observe(90 * day), Observed::Steady(20));
        assert_eq!(clock.observe(90 * day + 5), Observed::Jumped(90 * day + 5));
        assert_eq!((clock.jumps(), clock.suspects()), (1, 2));
    }
}
