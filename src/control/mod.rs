//! The control API of a live session: an HTTP server on this machine, by which its owner looks at it and steers it.
//!
//! | call | answer |
//! |---|---|
//! | `POST /api/commands` | the envelope of a command goes to the executor: 202, or why not. With `?wait=SECONDS`, its result once it is there |
//! | `GET /api/view` | what the executor knows |
//! | `GET /api/events` | what happens from now on, as server-sent events: `result`, `opened`, `changed`, `closed`, `alert` |
//! | `GET /metrics` | figures, as Prometheus takes them |
//! | `GET /healthz` | whether the link is up: 200 or 503; needs no token |
//!
//! Each call needs the token that lies in a file which only its owner can read; its `Host` must be the address itself,
//! and a page of another origin gets nothing. The server has a thread of its own: nothing that a client does, or does
//! not do, keeps the session waiting.
//!
//! | file | what is in it |
//! |---|---|
//! | [`published`] | what the session shows of itself |
//! | [`guard`] | who gets in |
//! | `routes` | the calls |
//! | [`figures`] | the figures |

pub mod figures;
pub mod guard;
pub mod published;
mod routes;

use crate::disk;
use crate::live::inbox::Incoming;
use guard::Guard;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use published::Published;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// How many clients may be connected.
const CLIENTS_MAX: usize = 64;
/// How long a client may take to say what it wants.
const HEAD_MAX: Duration = Duration::from_secs(5);

/// The file in a control folder that tells where the server is.
const ADDRESS: &str = "address";
/// The file in a control folder with the token.
const TOKEN: &str = "token";

/// Where a control API is, and how to get in.
#[derive(Debug, Clone)]
pub struct ControlDoor {
    /// Its address.
    pub address: SocketAddr,
    /// The token of its owner.
    pub token: String,
}

impl ControlDoor {
    /// What a session has left in its control folder; none where it has no control API.
    ///
    /// # Errors
    /// When it cannot be read, or makes no sense.
    pub fn find(folder: &Path) -> io::Result<Option<Self>> {
        let read = |name: &str| match std::fs::read_to_string(folder.join(name)) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let (Some(address), Some(token)) = (read(ADDRESS)?, read(TOKEN)?) else { return Ok(None) };
        let address = address.parse().map_err(io::Error::other)?;
        Ok(Some(Self { address, token }))
    }
}

/// A server. It ends when this is dropped.
#[derive(Debug)]
pub struct ControlServer {
    address: SocketAddr,
    files: Vec<PathBuf>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ControlServer {
    /// Listens at an address, and tells in the folder where that is and how to get in.
    ///
    /// # Errors
    /// When the address cannot be had, or the folder not be written.
    pub fn begin(
        address: SocketAddr,
        folder: &Path,
        published: Arc<Published>,
        inbox: SyncSender<Incoming>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let token = guard::new_token()?;
        let files = vec![folder.join(TOKEN), folder.join(ADDRESS)];
        disk::remove(&files[0])?;
        guard::write_secret(&files[0], &token)?;
        disk::write(&files[1], address.to_string().as_bytes())?;
        let guard = Guard::new(address, &token);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (end, ends) = oneshot::channel();
        let app = routes::router(guard, published, inbox);
        let thread = Builder::new().name("control".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, app) => {}
                    _ = ends => {}
                }
            });
            // What is still being answered is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, files, end: Some(end), thread: Some(thread) })
    }
}

impl ControlServer {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It has told why it panicked.
            let _ = thread.join();
        }
        for file in &self.files {
            // The session removes the folder as well.
            let _ = disk::remove(file);
        }
    }
}

async fn serve(listener: TcpListener, app: axum::Router) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let clients = Arc::new(Semaphore::new(CLIENTS_MAX));
    loop {
        let Ok(place) = Arc::clone(&clients).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(async move {
            // A client that says nonsense, or nothing, is gone.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_MAX)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(place);
        });
    }
}
