//! A throw-away PostgreSQL that may be stopped: with full durability, on a free port, as a user without rights.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

/// Where Debian, or somebody by hand, has put the server's programs.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .chain(std::env::var_os("PATH").iter().flat_map(std::env::split_paths))
        .filter(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .collect();
    found.sort();
    found.pop()
}

/// PostgreSQL refuses to run as root.
fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.trim_ascii() == b"0")
}

impl Cluster {
    /// `None`, said on standard error, when there is no PostgreSQL on this machine; a failure when `CI=true`.
    pub fn new() -> Option<Self> {
        let Some(programs) = programs() else {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI needs the programs of PostgreSQL");
            eprintln!("skipped: no PostgreSQL");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let cluster = Self { folder, programs, port: port.expect("a free port").port() };
        if is_root() {
            let done = Command::new("chown").args(["-R", "postgres"]).arg(cluster.folder.path()).output();
            assert!(done.is_ok_and(|done| done.status.success()), "the folder is given to postgres");
        }
        let data = cluster.data();
        cluster.run("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale"]);
        cluster.start();
        Some(cluster)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").to_str().expect("a path of ours").to_owned()
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn try_run(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir(Path::new("/")).output().expect("runs")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let done = self.try_run(program, arguments);
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn start(&self) {
        let socket = self.folder.path().display();
        let options =
            format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={socket}", self.port);
        let log = self.folder.path().join("log");
        let log = log.to_str().expect("a path of ours");
        self.run("pg_ctl", &["-D", &self.data(), "-o", &options, "-l", log, "-w", "-t", "60", "start"]);
    }

    /// At once, without a last checkpoint: as a power cut would.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ = self.try_run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }
}
