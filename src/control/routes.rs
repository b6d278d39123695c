//! The calls.

use super::guard::Guard;
use super::published::{Happened, Published};
use crate::executor::command::{CommandContent, CommandSource};
use crate::executor::event::Event as CoreEvent;
use crate::live::inbox::Incoming;
use crate::wire;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The longest command.
const BODY_MAX: usize = 1 << 20;
/// The longest wait for a result.
const WAIT_MAX_S: u64 = 600;
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Shared {
    guard: Arc<Guard>,
    published: Arc<Published>,
    inbox: SyncSender<Incoming>,
}

pub fn router(guard: Guard, published: Arc<Published>, inbox: SyncSender<Incoming>) -> Router {
    let shared = Shared { guard: Arc::new(guard), published, inbox };
    let owned = Router::new()
        .route("/api/commands", post(command))
        .route("/api/view", get(view))
        .route("/api/events", get(events))
        .route("/metrics", get(metrics))
        .layer(middleware::from_fn_with_state(shared.clone(), let_in));
    Router::new()
        .merge(owned)
        .route("/healthz", get(health))
        .layer(middleware::from_fn_with_state(shared.clone(), from_here))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(shared)
}

fn refused(status: StatusCode, what: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], json!({ "error": what }).to_string())
        .into_response()
}

fn json_of(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn from_here(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match shared.guard.check_origin(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(status) => {
            refused(status, "the call is not for this address, or comes from a page of another")
        }
    }
}

async fn let_in(
    State(shared): State<Shared>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    match shared.guard.check_token(&headers) {
        Ok(()) => next.run(request).await,
        Err(status) => {
            refused(status, "the token of the control folder is wanted: `Authorization: Bearer …`")
        }
    }
}

#[derive(Deserialize)]
struct Wait {
    wait: Option<u64>,
}

async fn command(
    State(shared): State<Shared>,
    Query(Wait { wait }): Query<Wait>,
    request: Request,
) -> Response {
    let body = axum::body::to_bytes(request.into_body(), BODY_MAX);
    let body = match tokio::time::timeout(BODY_TIME, body).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the command is too long, or breaks off",
            );
        }
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "the command does not come"),
    };
    let Ok(body) = std::str::from_utf8(&body) else {
        return refused(StatusCode::BAD_REQUEST, "the command is no UTF-8");
    };
    let command = wire::command::parse(CommandSource::Stream, body);
    let id = match &command.content {
        CommandContent::Parsed(envelope) => envelope.id.to_string(),
        // The executor says what is wrong with one that has an id.
        CommandContent::Malformed(malformed) => match &malformed.id {
            Some(id) => id.to_string(),
            None => {
                return refused(
                    StatusCode::BAD_REQUEST,
                    "a command is an object with `id`, `command` and `parameters`",
                );
            }
        },
    };
    match shared.inbox.try_send(Incoming::Event(CoreEvent::Command(Box::new(command)))) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => {
            return refused(
                StatusCode::SERVICE_UNAVAILABLE,
                "the session has too much to do just now: try again",
            );
        }
        Err(TrySendError::Disconnected(_)) => {
            return refused(StatusCode::SERVICE_UNAVAILABLE, "the session is ending");
        }
    }
    let looks = wait.unwrap_or(0).min(WAIT_MAX_S) * 1_000 / 50;
    for _ in 0..looks {
        if let Some(result) = shared.published.result(&id) {
            return json_of(StatusCode::OK, &result);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    json_of(StatusCode::ACCEPTED, &json!({ "id": id }))
}

/// A view as of now: the next step shows it, and where none comes nothing has changed but the time.
async fn view(State(shared): State<Shared>) -> Response {
    shared.published.want_view();
    tokio::time::sleep(LOOK_EVERY).await;
    json_of(StatusCode::OK, &shared.published.view())
}

async fn metrics(State(shared): State<Shared>) -> Response {
    shared.published.want_view();
    let text = shared.published.figures().text(&shared.published.view());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

async fn health(State(shared): State<Shared>) -> Response {
    let is_ready = shared.published.view()["ready"] == json!(true);
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json_of(status, &json!({ "ready": is_ready }))
}

type Events = Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>;

/// A client that is too far behind is told how many it has missed, and goes on.
async fn events(State(shared): State<Shared>) -> Response {
    let events = stream::unfold(shared.published.listen(), |mut listening| async move {
        let event = match listening.recv().await {
            Ok(Happened { kind, data }) => Event::default().event(kind).data(&*data),
            Err(RecvError::Lagged(missed)) => {
                Event::default().event("missed").data(missed.to_string())
            }
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(event), listening))
    });
    Sse::new(Box::pin(events) as Events).keep_alive(KeepAlive::default()).into_response()
}
