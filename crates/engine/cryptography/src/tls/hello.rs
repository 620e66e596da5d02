//! The ClientHello (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2).

/// What a hello offers.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// The one version on offer.
    pub version: u16,
    pub suites: &'a [u16],
    pub groups: &'a [u16],
    /// Server name; none for addresses.
    pub name: Option<&'a str>,
    /// 32 bytes, which need not be secret: no key comes of them.
    pub random: [u8; 32],
}

/// Signature schemes on offer: everything, since nothing is verified.
const SIGNATURES: [u16; 20] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501,
    0x0601, 0x0402, 0x0303, 0x0301, 0x0203, 0x0201, 0x0202,
];

fn number16(out: &mut Vec<u8>, number: usize) {
    out.extend((number as u16).to_be_bytes());
}

fn list16(numbers: &[u16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 + 2 * numbers.len());
    number16(&mut out, 2 * numbers.len());
    out.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    out
}

fn extension(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    out.extend(kind.to_be_bytes());
    number16(out, body.len());
    out.extend(body);
}

fn extensions(offer: &Offer<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(name) = offer.name.filter(|name| name.len() <= 255) {
        let mut body = Vec::new();
        number16(&mut body, name.len() + 3);
        body.push(0);
        number16(&mut body, name.len());
        body.extend(name.as_bytes());
        extension(&mut out, 0, &body);
    }
    extension(&mut out, 10, &list16(offer.groups));
    extension(&mut out, 11, &[1, 0]);
    if offer.version >= 0x0303 {
        extension(&mut out, 13, &list16(&SIGNATURES));
    }
    extension(&mut out, 23, &[]);
    extension(&mut out, 0xff01, &[0]);
    if offer.version >= 0x0304 {
        let [high, low] = offer.version.to_be_bytes();
        extension(&mut out, 43, &[2, high, low]);
        extension(&mut out, 45, &[1, 1]);
        // No share: the server has to name the group that it wants.
        extension(&mut out, 51, &[0, 0]);
    }
    out
}

/// The bytes of a hello in its record.
#[must_use]
pub fn write(offer: &Offer<'_>) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    body.extend(offer.version.min(0x0303).to_be_bytes());
    body.extend(offer.random);
    if offer.version >= 0x0304 {
        // A session id as of TLS 1.2: devices on the way expect one (RFC 8446, D.4).
        body.push(32);
        body.extend(offer.random.iter().rev());
    } else {
        body.push(0);
    }
    body.extend(list16(offer.suites));
    body.extend([1, 0]);
    let extensions = extensions(offer);
    number16(&mut body, extensions.len());
    body.extend(extensions);
    let mut record = vec![22, 3, 1];
    number16(&mut record, body.len() + 4);
    record.extend([1, 0]);
    number16(&mut record, body.len());
    record.extend(body);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_add_up() {
        let offer = Offer {
            version: 0x0304,
            suites: &[0x1301],
            groups: &[29, 0x11EC],
            name: Some("a.example"),
            random: [7; 32],
        };
        let bytes = write(&offer);
        assert_eq!(usize::from(bytes[3]) * 256 + usize::from(bytes[4]), bytes.len() - 5);
        assert_eq!(usize::from(bytes[7]) * 256 + usize::from(bytes[8]), bytes.len() - 9);
        // Server name, groups, empty key share are in it.
        assert!(bytes.windows(9).any(|window| window == b"a.example"));
        assert!(bytes.windows(6).any(|window| window == [0, 51, 0, 2, 0, 0]));
        assert!(bytes.windows(4).any(|window| window == [0, 29, 0x11, 0xEC]));
    }
}
