//! A server on this machine that does what it is told, right and wrong, and remembers what it was
//! asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What is answered to a question.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A file.
    File(Vec<u8>),
    /// A status, further headers and a body.
    Status(&'static str, &'static str, Vec<u8>),
    /// The length of a file and so many of its bytes, then nothing.
    Dropped(Vec<u8>, usize),
    /// A file under a length that is not its own.
    WrongLength(Vec<u8>, usize),
    /// The connection is closed before a byte of an answer.
    Closed,
    /// No answer for as long as the server runs.
    Silence,
}

/// Answers by path and by how often it was asked for before.
type Script = dyn Fn(&str, usize) -> Reply + Send + Sync;

/// The server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "the other side of the wire")]
    pub fn start(script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, stopped, script): (_, _, Box<Script>) =
            (Arc::clone(&asked), Arc::clone(&stop), Box::new(script));
        let thread = std::thread::spawn(move || {
            // Connections left without an answer, so that they stay open.
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                // A client that has gone is no concern of the server's.
                if let Ok(stream) = stream
                    && let Some(stream) = answer(stream, &log, &*script)
                {
                    silent.push(stream);
                }
            }
        });
        Self { address, asked, stop, thread: Some(thread) }
    }

    /// The address below which the symbols are.
    pub fn base(&self) -> String {
        format!("http://{}/feed", self.address)
    }

    /// The paths asked for so far, below the base.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Answers one question and closes; gives the connection back where no answer is due.
fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>, script: &Script) -> Option<TcpStream> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.to_lowercase().contains("user-agent: tickdeck/"), "{head}");
    let path = head.split(' ').nth(1).unwrap().strip_prefix("/feed/").unwrap().to_owned();
    let before = {
        let mut log = log.lock().unwrap();
        let before = log.iter().filter(|asked| **asked == path).count();
        log.push(path.clone());
        before
    };
    let (status, headers, length, body) = match script(&path, before) {
        Reply::File(body) => ("200 OK", "", body.len(), body),
        Reply::Status(status, headers, body) => (status, headers, body.len(), body),
        Reply::Dropped(body, sent) => ("200 OK", "", body.len(), body[..sent].to_vec()),
        Reply::WrongLength(body, length) => ("200 OK", "", length, body),
        Reply::Closed => return None,
        Reply::Silence => return Some(stream),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // A client may hang up before all is said.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&body))
        .and_then(|()| stream.flush());
    None
}
