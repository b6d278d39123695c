//! Servers of the tests' own, on loopback: they answer as they are told to, and remember what they heard.

#![allow(dead_code, reason = "each test uses a part of it")]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

/// A request that was heard.
#[derive(Debug, Clone)]
pub struct Heard {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Heard {
    /// The value of a header; nothing where there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut heard = Self { method, path, headers, body: String::new() };
        let mut body = vec![0; heard.header("Content-Length").parse().unwrap_or(0)];
        stream.read_exact(&mut body).ok()?;
        heard.body = String::from_utf8(body).unwrap();
        Some(heard)
    }
}

/// An answer.
pub struct Reply {
    status: u16,
    headers: Vec<String>,
    body: String,
    /// Whether it breaks off.
    is_half: bool,
}

impl Reply {
    pub fn ok(body: &Value) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.to_string(), is_half: false }
    }

    pub const fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), is_half: false }
    }

    pub fn half() -> Self {
        Self { is_half: true, ..Self::ok(&Value::Null) }
    }

    pub fn with(mut self, header: &str) -> Self {
        self.headers.push(header.to_owned());
        self
    }

    fn write(&self, stream: &mut TcpStream) {
        let length = self.body.len() + if self.is_half { 100 } else { 0 };
        let more: String =
            self.headers.iter().flat_map(|header| [header.as_str(), "\r\n"]).collect();
        let text = format!("HTTP/1.1 {} Word\r\nContent-Length: {length}\r\n{more}", self.status);
        // Whoever has gone does not hear it.
        let _ = write!(stream, "{text}Connection: close\r\n\r\n{}", self.body);
    }
}

/// A server that speaks HTTP.
pub struct HttpPeer {
    address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    is_away: Arc<AtomicBool>,
}

impl HttpPeer {
    pub fn new(mut answer: impl FnMut(&Heard) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (heard, is_away) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (noted, away) = (Arc::clone(&heard), Arc::clone(&is_away));
        let serve = move || {
            for stream in listener.incoming().flatten() {
                if away.load(SeqCst) {
                    continue;
                }
                let mut reader = BufReader::new(stream);
                let Some(one) = Heard::read(&mut reader) else { continue };
                noted.lock().unwrap().push(one.clone());
                answer(&one).write(reader.get_mut());
            }
        };
        Builder::new().spawn(serve).unwrap();
        Self { address, heard, is_away }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether it closes each connection before it has heard anything.
    pub fn be_away(&self, is: bool) {
        self.is_away.store(is, SeqCst);
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

/// A server that takes mail.
pub struct MailPeer {
    address: String,
    mails: Arc<Mutex<Vec<String>>>,
}

impl MailPeer {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        let serve = move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                Builder::new().spawn(move || take_mails(stream, &kept)).unwrap();
            }
        };
        Builder::new().spawn(serve).unwrap();
        Self { address, mails }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

fn take_mails(mut stream: TcpStream, kept: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let _ = stream.write_all(b"220 here\r\n");
    while let Some(line) = lines.next() {
        let answer: &[u8] = match line.split(' ').next().unwrap_or_default() {
            "DATA" => {
                let _ = stream.write_all(b"354 go on\r\n");
                let mail: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
                kept.lock().unwrap().push(mail.join("\n"));
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        if stream.write_all(answer).is_err() {
            return;
        }
    }
}
