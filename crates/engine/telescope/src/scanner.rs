//! Known survey scanners: a list of address prefixes whose traffic is kept apart, since it is more than half of all that a darknet sees.

use std::net::IpAddr;
use std::str::FromStr;

/// Prefixes of survey scanners, as sorted, non-overlapping ranges.
#[derive(Clone, Debug, Default)]
pub struct KnownScanners {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

/// A line of the list that is not a prefix.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: \"{text}\" is not an address or a prefix such as 192.0.2.0/24")]
pub struct ScannerListError {
    /// Line number, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

impl FromStr for KnownScanners {
    type Err = ScannerListError;

    /// One address or prefix a line; `#` starts a comment.
    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let mut scanners = Self::default();
        for (index, line) in list.lines().enumerate() {
            let text = line.split('#').next().unwrap_or_default().trim();
            if !text.is_empty() && scanners.insert(text).is_none() {
                return Err(ScannerListError { line: index + 1, text: text.to_owned() });
            }
        }
        scanners.v4 = joined(std::mem::take(&mut scanners.v4));
        scanners.v6 = joined(std::mem::take(&mut scanners.v6));
        Ok(scanners)
    }
}

impl KnownScanners {
    fn insert(&mut self, text: &str) -> Option<()> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        match address.parse().ok()? {
            IpAddr::V4(v4) => {
                let host = u32::MAX.checked_shr(length.unwrap_or(32)).unwrap_or(0);
                (length.unwrap_or(32) <= 32)
                    .then(|| self.v4.push((v4.to_bits() & !host, v4.to_bits() | host)))
            }
            IpAddr::V6(v6) => {
                let host = u128::MAX.checked_shr(length.unwrap_or(128)).unwrap_or(0);
                (length.unwrap_or(128) <= 128)
                    .then(|| self.v6.push((v6.to_bits() & !host, v6.to_bits() | host)))
            }
        }
    }

    /// Whether the address is on the list.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => inside(&self.v4, v4.to_bits()),
            IpAddr::V6(v6) => inside(&self.v6, v6.to_bits()),
        }
    }
}

fn inside<T: Ord + Copy>(ranges: &[(T, T)], value: T) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= value);
    after > 0 && value <= ranges[after - 1].1
}

fn joined<T: Ord + Copy>(mut ranges: Vec<(T, T)>) -> Vec<(T, T)> {
    ranges.sort_unstable();
    let mut result: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match result.last_mut() {
            Some(previous) if first <= previous.1 => previous.1 = previous.1.max(last),
            _ => result.push((first, last)),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_nest_and_overlap() {
        let list = "10.0.0.0/8 # a\n10.2.0.0/16\n192.0.2.7\n2001:db8::/32\n0.0.0.0/32\n\n";
        let scanners: KnownScanners = list.parse().expect("a list");
        for (address, known) in [
            ("10.255.0.1", true),
            ("11.0.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::", false),
        ] {
            assert_eq!(scanners.contains(address.parse().expect("an address")), known, "{address}");
        }
        assert!(
            "0.0.0.0/0"
                .parse::<KnownScanners>()
                .expect("all")
                .contains("8.8.8.8".parse().expect("an address"))
        );
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = "10.0.0.0/8\n10.0.0.0/33".parse::<KnownScanners>().expect_err("33 bits");
        assert_eq!(error.line, 2);
    }
}
