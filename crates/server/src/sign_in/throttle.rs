//! How often something may be tried: counters in memory, bounded in number.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use shinayaka_kernel::clock::Timestamp;

/// Counters kept; with more, those that counted once are forgotten first.
const MAXIMUM_KEYS: usize = 20_000;

/// At most so many times in a window.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    pub times: u32,
    pub window_seconds: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    Name(String),
    /// The address of a machine, or the /64 network of an IPv6 address, which is one customer's.
    Address(IpAddr),
    /// As [`Key::Address`], for what has no sign-in.
    Form(IpAddr),
}

impl Key {
    pub fn address(address: IpAddr) -> Self {
        Self::Address(customer(address))
    }

    pub fn form(address: IpAddr) -> Self {
        Self::Form(customer(address))
    }
}

fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
    }
}

#[derive(Default)]
pub struct Throttle(Mutex<HashMap<Key, Counter>>);

struct Counter {
    times: u32,
    until: Timestamp,
}

impl Throttle {
    /// Counts one more; the seconds to wait if that is too many.
    pub fn count(&self, key: Key, allowance: Allowance, now: Timestamp) -> Result<(), i64> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MAXIMUM_KEYS && !counters.contains_key(&key) {
            counters.retain(|_, counter| counter.until > now);
            if counters.len() >= MAXIMUM_KEYS {
                counters.retain(|_, counter| counter.times > 1);
            }
            if counters.len() >= MAXIMUM_KEYS {
                counters.clear();
            }
        }
        let until = now.plus_seconds(allowance.window_seconds);
        let counter = counters.entry(key).or_insert(Counter { times: 0, until });
        if counter.until <= now {
            *counter = Counter { times: 0, until };
        }
        if counter.times >= allowance.times {
            let microseconds = counter.until.microseconds() - now.microseconds();
            return Err((microseconds / 1_000_000).max(1));
        }
        counter.times += 1;
        Ok(())
    }

    /// Takes one count back: it turned out not to be a failure.
    pub fn forgive(&self, key: &Key) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = counters.get_mut(key) {
            counter.times = counter.times.saturating_sub(1);
        }
    }

    /// Forgets all counts of a key.
    pub fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWICE: Allowance = Allowance { times: 2, window_seconds: 60 };

    #[test]
    fn the_third_time_waits_for_the_end_of_the_window() {
        let throttle = Throttle::default();
        let key = || Key::Name("suzuki".into());
        let start = Timestamp::from_microseconds(0);
        assert_eq!(throttle.count(key(), TWICE, start), Ok(()));
        assert_eq!(throttle.count(key(), TWICE, start.plus_seconds(20)), Ok(()));
        assert_eq!(throttle.count(key(), TWICE, start.plus_seconds(20)), Err(40));
        assert_eq!(throttle.count(Key::Name("sato".into()), TWICE, start), Ok(()));
        assert_eq!(throttle.count(key(), TWICE, start.plus_seconds(60)), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_those_who_try_often_are_remembered() {
        let throttle = Throttle::default();
        let now = Timestamp::from_microseconds(0);
        let often = || Key::Name("often".into());
        assert_eq!(throttle.count(often(), TWICE, now), Ok(()));
        assert_eq!(throttle.count(often(), TWICE, now), Ok(()));
        for n in 0..3 * MAXIMUM_KEYS {
            assert_eq!(throttle.count(Key::Name(n.to_string()), TWICE, now), Ok(()));
        }
        assert!(throttle.0.lock().unwrap().len() <= MAXIMUM_KEYS);
        assert_eq!(throttle.count(often(), TWICE, now), Err(60));
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let one = Key::address("2001:db8:0:1::1".parse().unwrap());
        assert_eq!(one, Key::address("2001:db8:0:1:ffff::9".parse().unwrap()));
        assert_ne!(one, Key::address("2001:db8:0:2::1".parse().unwrap()));
        assert_eq!(
            Key::address("::ffff:192.0.2.1".parse().unwrap()),
            Key::address("192.0.2.1".parse().unwrap())
        );
    }
}
