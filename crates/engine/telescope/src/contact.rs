//! The unit that every reader produces: one source touched one service at one time.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of traffic a contact is, seen from an address that offers nothing.
///
/// The split follows the practice of darknet monitors (Moore et al., "Inferring Internet denial-of-service activity", 2001):
/// answers to packets that we never sent are *backscatter* of attacks on somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// TCP with SYN and without ACK or RST: somebody wants to connect.
    TcpSyn,
    /// TCP SYN-ACK or RST, ICMP replies and errors: the answer of a victim whose attacker forged our address.
    Backscatter,
    /// Any other TCP segment.
    TcpOther,
    /// A UDP datagram.
    Udp,
    /// ICMP or ICMPv6 echo request.
    EchoRequest,
    /// Other ICMP and ICMPv6 (neighbour discovery, router messages).
    IcmpOther,
    /// Any other IP protocol.
    Other,
    /// A connection or a log-in that a sensor answered (flow records, honeypot sessions, alerts).
    Session,
}

impl Kind {
    /// The name in output, equal to its JSON form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TcpSyn => "tcp_syn",
            Self::Backscatter => "backscatter",
            Self::TcpOther => "tcp_other",
            Self::Udp => "udp",
            Self::EchoRequest => "echo_request",
            Self::IcmpOther => "icmp_other",
            Self::Other => "other",
            Self::Session => "session",
        }
    }
}

/// IP protocol number and port. For backscatter it is the victim's service (the source port); for ICMP the port is
/// `type << 8 | code`; for protocols without ports it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// IP protocol number (IANA).
    pub protocol: u8,
    /// Port, or ICMP type and code.
    pub port: u16,
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.protocol {
            6 => write!(f, "tcp/{}", self.port),
            17 => write!(f, "udp/{}", self.port),
            1 => write!(f, "icmp/{}.{}", self.port >> 8, self.port & 0xff),
            58 => write!(f, "icmp6/{}.{}", self.port >> 8, self.port & 0xff),
            other => write!(f, "ip{other}/{}", self.port),
        }
    }
}

/// Marks that scanning programs leave in a packet. A set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Tools(pub u8);

impl Tools {
    /// IP identification 54321 (Durumeric et al., "ZMap", 2013).
    pub const ZMAP: Self = Self(1);
    /// IP identification = destination address ⊕ destination port ⊕ sequence number, low 16 bits (masscan's cookie).
    pub const MASSCAN: Self = Self(2);
    /// TCP sequence number = destination address (Antonakakis et al., "Understanding the Mirai botnet", 2017).
    pub const MIRAI: Self = Self(4);
    /// All marks: the neutral element when only marks common to all packets of an event are kept.
    pub const ALL: Self = Self(7);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Marks common to both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The names of the marks, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [(Self::ZMAP, "zmap"), (Self::MASSCAN, "masscan"), (Self::MIRAI, "mirai")]
            .into_iter()
            .filter(move |(tool, _)| self.contains(*tool))
            .map(|(_, name)| name)
    }
}

/// One observation at a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Nanoseconds since 1970-01-01 UTC.
    pub time: i64,
    /// Who sent it.
    pub source: IpAddr,
    /// The sensor's address; the unspecified address where the record does not tell it.
    pub destination: IpAddr,
    /// What it touched.
    pub service: Service,
    /// The kind of traffic.
    pub kind: Kind,
    /// Packets that the record stands for (1 for a packet).
    pub packets: u64,
    /// Bytes at the IP layer that the record stands for.
    pub bytes: u64,
    /// Marks of scanning programs; none where the record cannot tell.
    pub tools: Tools,
}
