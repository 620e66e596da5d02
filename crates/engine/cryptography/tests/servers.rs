//! Loopback OpenSSL servers in more than ten configurations, judged rightly.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use shinayaka_cryptography::inventory::{Asset, AssetKind, certificate};
use shinayaka_cryptography::names::Registry;
use shinayaka_cryptography::policy::Policies;
use shinayaka_cryptography::report::{Report, report};
use shinayaka_cryptography::tls::probe::{Speaks, Transport, assets, probe};
use shinayaka_cryptography::verdict::Verdict;

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Loopback(u16);

impl Transport for Loopback {
    fn exchange(&mut self, hello: &[u8], enough: &dyn Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.0))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(hello)?;
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        while !enough(&bytes) {
            match stream.read(&mut buffer)? {
                0 => break,
                count => bytes.extend(&buffer[..count]),
            }
        }
        Ok(bytes)
    }
}

fn openssl(arguments: &[&str]) -> bool {
    let mut run = Command::new("openssl");
    run.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    run.status().is_ok_and(|status| status.success())
}

fn key(folder: &Path, name: &str, algorithm: &[&str]) -> (String, String) {
    let path = |end: &str| folder.join(format!("{name}.{end}")).to_str().unwrap().to_owned();
    let (key, certificate) = (path("key"), path("pem"));
    let mut arguments = vec!["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=localhost"];
    arguments.extend(algorithm);
    arguments.extend(["-keyout", &key, "-out", &certificate]);
    assert!(openssl(&arguments), "openssl {arguments:?}");
    (key, certificate)
}

fn serve((key, certificate): &(String, String), options: &[&str]) -> Server {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let accept = format!("127.0.0.1:{port}");
    let child = Command::new("openssl")
        .args(["s_server", "-quiet", "-accept", &accept, "-key", key, "-cert", certificate])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = Server { child, port };
    let end = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(server.child.try_wait().unwrap().is_none(), "openssl s_server {options:?} ended");
        assert!(Instant::now() < end, "openssl s_server {options:?} does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

struct World {
    registry: Registry,
    policies: Policies,
}

impl World {
    fn new() -> Self {
        let registry = Registry::embedded().unwrap();
        let policies = Policies::embedded(&registry).unwrap();
        Self { registry, policies }
    }

    fn look(&self, server: &Server) -> (Speaks, Vec<Asset>) {
        let speaks = probe(&mut Loopback(server.port), Some("localhost"), [0x5A; 32]).unwrap();
        let assets = assets(&self.registry, &speaks).unwrap();
        (speaks, assets)
    }

    fn judge(&self, assets: &[Asset], policy: &str, year: i16) -> Report {
        report(&self.registry, self.policies.get(policy).unwrap(), "loopback", assets, year, Vec::new())
    }
}

fn versions(speaks: &Speaks) -> Vec<u16> {
    speaks.versions.iter().map(|(version, _)| *version).collect()
}

fn verdicts(report: &Report, kind: AssetKind) -> Vec<Verdict> {
    report.assets.iter().filter(|asset| asset.kind == kind).map(|asset| asset.verdict.unwrap()).collect()
}

fn has_openssl() -> bool {
    let found = openssl(&["version"]);
    if !found {
        println!("skipped: no openssl command");
    }
    found
}

const RSA_2048: &[&str] = &["-newkey", "rsa:2048", "-sha256"];

#[test]
fn old_versions_and_old_ciphers() {
    if !has_openssl() {
        return;
    }
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let rsa = key(folder.path(), "rsa", RSA_2048);
    // 1 and 2: one old version each.
    for (option, version) in [("-tls1", 0x0301), ("-tls1_1", 0x0302)] {
        let (speaks, assets) = world.look(&serve(&rsa, &[option, "-cipher", "ALL:@SECLEVEL=0"]));
        assert_eq!(versions(&speaks), [version], "{option}");
        let report = world.judge(&assets, "cryptrec-2026", 2026);
        assert!(report.assets.iter().any(|asset| asset.obsolete.is_some()) && report.findings > 0);
    }
    // 3: Camellia alone, recommended in Japan, to be phased out in the Netherlands.
    let (speaks, assets) =
        world.look(&serve(&rsa, &["-tls1_2", "-cipher", "ECDHE-RSA-CAMELLIA128-SHA256:@SECLEVEL=0"]));
    assert_eq!(speaks.versions, [(0x0303, vec![0xc076])]);
    let suite = |policy: &str| verdicts(&world.judge(&assets, policy, 2026), AssetKind::CipherSuite);
    assert_eq!(suite("cryptrec-2026"), [Verdict::Recommended]);
    assert_eq!(suite("ncsc-nl"), [Verdict::PhaseOut { year: None }]);
    // 4: key transport with RSA, PKCS #1 v1.5, and SHA-1 in the MAC: monitored.
    let (speaks, assets) = world.look(&serve(&rsa, &["-tls1_2", "-cipher", "AES128-SHA"]));
    assert_eq!(speaks.versions, [(0x0303, vec![0x002f])]);
    assert_eq!(
        verdicts(&world.judge(&assets, "cryptrec-2026", 2026), AssetKind::CipherSuite),
        [Verdict::Monitored]
    );
    // 5: key exchange over integers; the prime that the server sent decides.
    let options = ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"];
    let (speaks, assets) = world.look(&serve(&rsa, &options));
    assert_eq!(speaks.versions, [(0x0303, vec![0x009e])]);
    assert_eq!(speaks.prime_bits, Some(2048));
    let verdict = |year| verdicts(&world.judge(&assets, "cryptrec-2026", year), AssetKind::CipherSuite);
    assert_eq!(verdict(2026), [Verdict::Expires { year: 2030 }]);
    assert_eq!(verdict(2031), [Verdict::Expired { year: 2030 }]);
}

#[test]
fn keys_of_certificates() {
    if !has_openssl() {
        return;
    }
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let cases: [(&str, &[&str], &str, Verdict); 4] = [
        // 6 to 9.
        ("rsa3072", &["-newkey", "rsa:3072", "-sha384"], "ECDHE-RSA-AES256-GCM-SHA384", Verdict::Recommended),
        (
            "rsa1024",
            &["-newkey", "rsa:1024", "-sha256"],
            "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
            Verdict::Disallowed,
        ),
        (
            "p256",
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256"],
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            Verdict::Recommended,
        ),
        ("ed25519", &["-newkey", "ed25519"], "ECDHE-ECDSA-AES256-GCM-SHA384", Verdict::Recommended),
    ];
    for (name, algorithm, cipher, expected) in cases {
        let pair = key(folder.path(), name, algorithm);
        let (speaks, assets) = world.look(&serve(&pair, &["-tls1_2", "-cipher", cipher]));
        assert_eq!(versions(&speaks), [0x0303], "{name}");
        let report = world.judge(&assets, "cryptrec-2026", 2026);
        assert_eq!(verdicts(&report, AssetKind::CertificateKey), [expected], "{name}");
        // The file says the same as the server.
        let file = certificate::read(&world.registry, &std::fs::read(&pair.1).unwrap()).unwrap();
        let components = |assets: &[Asset]| -> Vec<_> {
            let of = |asset: &&Asset| {
                matches!(asset.kind, AssetKind::CertificateKey | AssetKind::CertificateSignature)
            };
            assets.iter().filter(of).flat_map(|asset| asset.components.clone()).collect()
        };
        assert_eq!(components(&file), components(&assets), "{name}");
    }
}

#[test]
fn groups_of_the_newest_version() {
    if !has_openssl() {
        return;
    }
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let rsa = key(folder.path(), "rsa", RSA_2048);
    // 10: TLS 1.3 alone, one suite, one curve; its certificate is not to be seen.
    let options = ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384", "-groups", "P-384"];
    let (speaks, assets) = world.look(&serve(&rsa, &options));
    assert_eq!((speaks.versions.clone(), speaks.groups.clone()), (vec![(0x0304, vec![0x1302])], vec![24]));
    assert!(speaks.certificates.is_empty());
    let report = world.judge(&assets, "cryptrec-2026", 2045);
    assert_eq!((report.findings, report.verdict), (0, Verdict::Recommended));
    // 11: both versions, several groups.
    let (speaks, _) = world.look(&serve(&rsa, &["-groups", "X25519:P-256:P-521"]));
    assert_eq!(versions(&speaks), [0x0303, 0x0304]);
    let mut groups = speaks.groups.clone();
    groups.sort_unstable();
    assert_eq!(groups, [23, 25, 29]);
    assert_eq!(speaks.certificates.len(), 1);
    // 12: the hybrid group, where this OpenSSL knows it (3.5 and newer).
    let knows = Command::new("openssl").args(["list", "-kem-algorithms"]).output().unwrap();
    if String::from_utf8_lossy(&knows.stdout).contains("X25519MLKEM768") {
        let (speaks, assets) = world.look(&serve(&rsa, &["-tls1_3", "-groups", "X25519MLKEM768"]));
        assert_eq!(speaks.groups, [0x11EC]);
        let report = world.judge(&assets, "cryptrec-2026", 2026);
        assert_eq!(verdicts(&report, AssetKind::KeyExchange), [Verdict::Recommended]);
    } else {
        println!("skipped: this openssl does not know X25519MLKEM768");
    }
}

/// A server of our own that knows only the hybrid group: it answers with a HelloRetryRequest that names it.
#[test]
fn a_hybrid_group_is_seen_from_the_retry_request() {
    struct Hybrid;
    impl Transport for Hybrid {
        fn exchange(&mut self, hello: &[u8], _: &dyn Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
            let has = |bytes: &[u8]| hello.windows(bytes.len()).any(|window| window == bytes);
            let speaks = has(&[0, 43, 0, 3, 2, 3, 4]) && has(&[0x11, 0xEC]) && has(&[0x13, 0x01]);
            if !speaks {
                return Ok(vec![21, 3, 3, 0, 2, 2, 40]);
            }
            let retry: [u8; 32] = [
                0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8,
                0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8,
                0x33, 0x9C,
            ];
            let mut body = vec![3, 3];
            body.extend(retry);
            body.extend([0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xEC]);
            let mut bytes = vec![22, 3, 3, 0, body.len() as u8 + 4, 2, 0, 0, body.len() as u8];
            bytes.extend(body);
            Ok(bytes)
        }
    }
    let world = World::new();
    let speaks = probe(&mut Hybrid, None, [1; 32]).unwrap();
    assert_eq!(
        (speaks.versions.clone(), speaks.groups.clone()),
        (vec![(0x0304, vec![0x1301])], vec![0x11EC])
    );
    let assets = assets(&world.registry, &speaks).unwrap();
    let report = world.judge(&assets, "cryptrec-2026", 2026);
    assert_eq!(verdicts(&report, AssetKind::KeyExchange), [Verdict::Recommended]);
}
