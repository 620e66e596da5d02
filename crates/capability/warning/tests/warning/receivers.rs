//! The servers at the other end: they keep a log of what they took, which is what "never twice" is judged by.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How an SMTP server behaves towards a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Takes,
    /// 550 to the recipient.
    Refuses,
    /// 451 to the first try.
    Greylists,
    /// Never answers the greeting.
    Hangs,
    /// Takes the data, logs it, and never answers.
    SilentAfterData,
    /// 452 after the data: not taken.
    Full,
}

#[derive(Default)]
pub struct Log {
    /// What was taken: recipient and text.
    pub taken: Vec<(String, String)>,
    pub tries: BTreeMap<String, u32>,
}

/// An SMTP server on this machine whose manner can be changed.
#[derive(Clone)]
pub struct MailServer {
    pub port: u16,
    pub log: Arc<Mutex<Log>>,
    manner: Arc<Mutex<Manner>>,
    running: Arc<Mutex<Option<tokio::task::JoinHandle<()>>>>,
}

impl MailServer {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server =
            Self { port, log: Arc::default(), manner: Arc::new(Mutex::new(manner)), running: Arc::default() };
        server.listen(listener);
        server
    }

    fn listen(&self, listener: TcpListener) {
        let server = self.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let server = server.clone();
                tokio::spawn(async move {
                    // A client that goes away is part of the test.
                    let _ = server.talk(stream).await;
                });
            }
        });
        *self.running.lock().unwrap() = Some(task);
    }

    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// Nobody listens any more.
    pub async fn disappear(&self) {
        let task = self.running.lock().unwrap().take().unwrap();
        task.abort();
        let _ = task.await;
    }

    pub async fn come_back(&self) {
        self.listen(TcpListener::bind(("127.0.0.1", self.port)).await.unwrap());
    }

    pub fn taken_by(&self, recipient: &str) -> usize {
        self.log.lock().unwrap().taken.iter().filter(|(to, _)| to == recipient).count()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let manner = *self.manner.lock().unwrap();
        if manner == Manner::Hangs {
            tokio::time::sleep(std::time::Duration::from_secs(60)).await;
            return Ok(());
        }
        let (read, mut write) = stream.into_split();
        let mut read = BufReader::new(read);
        write.write_all(b"220 test\r\n").await?;
        let (mut line, mut recipient) = (String::new(), String::new());
        loop {
            line.clear();
            if read.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let verb = line.to_ascii_uppercase();
            let answer = if verb.starts_with("EHLO") {
                "250-test\r\n250 8BITMIME\r\n".to_owned()
            } else if verb.starts_with("RCPT") {
                recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                self.receive(&recipient, manner)
            } else if verb.starts_with("DATA") {
                write.write_all(b"354 go on\r\n").await?;
                let text = read_data(&mut read).await?;
                match manner {
                    Manner::Full => "452 no room\r\n".to_owned(),
                    _ => {
                        self.log.lock().unwrap().taken.push((recipient.clone(), text));
                        if manner == Manner::SilentAfterData {
                            tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                        }
                        "250 queued as T1\r\n".to_owned()
                    }
                }
            } else if verb.starts_with("QUIT") {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            } else {
                "250 fine\r\n".to_owned()
            };
            write.write_all(answer.as_bytes()).await?;
        }
    }

    fn receive(&self, recipient: &str, manner: Manner) -> String {
        let mut log = self.log.lock().unwrap();
        let tries = log.tries.entry(recipient.to_owned()).or_default();
        *tries += 1;
        match manner {
            Manner::Refuses => "550 no such user\r\n".into(),
            Manner::Greylists if *tries == 1 => "451 come back later\r\n".into(),
            _ => "250 fine\r\n".into(),
        }
    }
}

async fn read_data<R: tokio::io::AsyncBufRead + Unpin>(read: &mut R) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        read.read_line(&mut line).await?;
        if line == ".\r\n" || line.is_empty() {
            return Ok(text);
        }
        text.push_str(&line);
    }
}

/// What a web server took: head and body.
pub type Posts = Arc<Mutex<Vec<(String, String)>>>;

/// A web server that answers each POST with the next of these status codes, the last for ever; 0 is no answer at all.
pub async fn web_server(codes: Vec<u16>) -> (u16, Posts) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let posts: Posts = Arc::default();
    let log = posts.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (log, codes) = (log.clone(), codes.clone());
            tokio::spawn(async move {
                let Some((head, body)) = read_post(&mut stream).await else { return };
                let number = {
                    let mut log = log.lock().unwrap();
                    log.push((head, body));
                    log.len()
                };
                let code = codes[(number - 1).min(codes.len() - 1)];
                if code == 0 {
                    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                }
                let answer = format!("HTTP/1.1 {code} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (port, posts)
}

async fn read_post(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.ok()?;
        if n == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length: Option<usize> =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}
