//! The binary as a child process, and a client that speaks just enough HTTP.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_shinayaka");

pub struct Server {
    child: Option<Child>,
    pub address: SocketAddr,
    folder: PathBuf,
    options: Vec<String>,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A port that was free a moment ago.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

impl Server {
    /// Starts `serve` and waits until it is ready. `file_limit`: blocks of 1 KiB that no file may outgrow.
    pub fn start(folder: &Path, options: &[&str], file_limit: Option<u64>) -> Self {
        let address = free_address();
        // A write beyond the limit is to fail, not to end the process.
        let limit = file_limit.map_or(String::new(), |blocks| format!("trap '' XFSZ; ulimit -f {blocks}; "));
        let child = Command::new("bash")
            .args(["-c", &format!("{limit}exec \"$@\""), "bash", PROGRAM, "serve", "--data"])
            .arg(folder)
            .args(["--listen", &address.to_string()])
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let server = Self { child: Some(child), address, folder: folder.to_owned(), options };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while request(self.address, "GET", "/ready", None, None).is_none_or(|answer| answer.status != 200) {
            assert!(Instant::now() < until, "the server is not ready after a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL, in the middle of whatever it does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("is killed");
            child.wait().expect("has ended");
        }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(PROGRAM)
            .args(arguments)
            .arg("--data")
            .arg(&self.folder)
            .args(&self.options)
            .output()
            .expect("the command runs")
    }

    pub fn verify_journal(&self) {
        let done = self.command(&["journal", "verify", "--json"]);
        let text = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{text}{}", String::from_utf8_lossy(&done.stderr));
        let verdict: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(verdict["holds"], true, "{text}");
    }

    /// Makes an account by the command line and signs in by its one-time link. Returns the session's cookie.
    pub fn new_analyst(&self) -> String {
        let made = self.command(&["account", "add", "analyst", "--role", "analyst", "--json"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let made: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        let link = made["link"].as_str().expect("a link");
        let secret = link.split_once('#').expect("a secret").1;
        let body = json!({ "secret": secret, "password": "correct horse battery staple" });
        let answer = request(self.address, "POST", "/api/v1/session/invitation", None, Some(&body));
        let answer = answer.expect("answers");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let cookie = answer.head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next().unwrap_or("").to_owned())
        });
        cookie.expect("a cookie")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A test that failed leaves nothing running; a child that has ended cannot be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// One request on a connection of its own; `None` when there was no whole answer.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    cookie: Option<&str>,
    body: Option<&Value>,
) -> Option<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(40))).ok()?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let cookie = cookie.map_or(String::new(), |cookie| format!("cookie: {cookie}\r\n"));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{cookie}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    })?;
    // An answer that was cut off acknowledges nothing.
    (body.len() == length).then(|| Answer { status, head: head.to_owned(), body: body.to_owned() })
}
