//! The settings of live mode: from `live.toml`, from a file `.env` beside it, and from the environment, each
//! checked, with where it came from. What the environment says goes before what the files say, and `.env`
//! before `live.toml`. Start with [`load`].

pub mod error;
pub mod example;
pub mod keys;
mod origins;
pub mod value;

pub use error::LiveError;
pub use origins::{Environment, SettingOrigin};

use crate::domain::amount::{Percent, Volume};
use crate::executor::config::Limits;
use crate::risk::account::AccountRisk;
use crate::risk::loss::{DailyLoss, LossSize};
use crate::session::description::SessionFile;
use keys::{ALL, LiveKey};
use origins::Found;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use value::LiveValue;

/// A setting with its value, if it has one, and where that came from.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The setting.
    pub key: &'static LiveKey,
    /// Its value, and where that came from.
    pub found: Option<(LiveValue, SettingOrigin)>,
}

/// The settings of live mode.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// The session whose strategies run.
    pub strategies: PathBuf,
    /// The folder of the recordings.
    pub recordings: PathBuf,
    /// A file or folder that is watched for commands.
    pub commands: Option<PathBuf>,
    /// Whether orders go to the simulated broker.
    pub dry_run: bool,
    /// How much is logged: `error`, `warning`, `info` or `debug`.
    pub log_level: String,
    /// The terminal and its account.
    pub mt5: Mt5Settings,
    /// The file that stops everything while it is there; none when it is not watched.
    pub kill_switch: Option<PathBuf>,
    /// Limits besides those of the session.
    pub caps: Caps,
    /// The platform.
    pub platform: PlatformSettings,
    /// Where the control API listens; none when there is none.
    pub control: Option<ControlSettings>,
    /// Where alerts go; none when they are sent nowhere.
    pub alerts: Option<AlertSettings>,
}

/// The terminal and its account.
#[derive(Debug, Clone)]
pub struct Mt5Settings {
    /// The Python that has the MetaTrader5 package: a program and its arguments.
    pub python: Vec<String>,
    /// A program that speaks the gateway's protocol, and its arguments; none lets Python.
    pub gateway: Option<Vec<String>>,
    /// The terminal; none lets the module find one.
    pub path: Option<PathBuf>,
    /// The only account that is traded; none is known before one is stated.
    pub login: Option<u64>,
    /// Its password.
    pub password: Option<SecretString>,
    /// The only server that is accepted.
    pub server: Option<String>,
    /// Whether an account of real money may be traded.
    pub allow_real: bool,
    /// How long the terminal may take to connect, in milliseconds.
    pub attach_timeout_ms: u64,
    /// The pause between two looks for new ticks, in milliseconds.
    pub tick_poll_ms: u64,
    /// The pause between two looks at the book, in milliseconds.
    pub book_poll_ms: u64,
}

/// Limits besides those of the session; of two, the tighter holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// The largest volume of an entry, in lots.
    pub max_lots: Option<Volume>,
    /// The most entries of the account in a trading day.
    pub max_daily_trades: Option<u32>,
    /// What may be lost in a trading day, of the equity with which it began, closed and floating.
    pub max_daily_loss: Option<Percent>,
    /// How often an entry is tried in all.
    pub max_attempts: Option<usize>,
}

/// The platform.
#[derive(Debug, Clone)]
pub struct PlatformSettings {
    /// Where it is.
    pub url: Option<String>,
    /// Its key.
    pub key: Option<SecretString>,
    /// Its secret.
    pub secret: Option<SecretString>,
    /// What it calls this executor.
    pub executor_id: Option<String>,
    /// The pause between two heartbeats in seconds.
    pub heartbeat_s: u64,
    /// The key of its Pusher application.
    pub pusher_key: Option<SecretString>,
    /// The cluster of its Pusher application.
    pub pusher_cluster: Option<String>,
}

/// Where the control API listens.
#[derive(Debug, Clone)]
pub struct ControlSettings {
    /// The address and port.
    pub listen: String,
    /// Whether that may be elsewhere than on this machine.
    pub allow_remote: bool,
}

/// Where alerts go.
#[derive(Debug, Clone)]
pub struct AlertSettings {
    /// The token of a Telegram bot.
    pub telegram_token: Option<SecretString>,
    /// The chat that it writes to.
    pub telegram_chat: Option<String>,
    /// A URL that takes alerts as JSON.
    pub webhook_url: Option<SecretString>,
    /// From which severity on: `info`, `warning` or `critical`.
    pub level: String,
    /// How often each of them is told something in a minute at most.
    pub per_minute: usize,
    /// Where Telegram's bot API is.
    pub telegram_url: String,
    /// A mail server, with user and password.
    pub smtp_url: Option<SecretString>,
    /// From whom mails are.
    pub mail_from: Option<String>,
    /// To whom they go.
    pub mail_to: Option<String>,
}

/// Reads the settings from a file, if one is named, from `.env` beside it, and from the environment.
///
/// # Errors
/// The first thing that is wrong, with file, key or variable.
pub fn load(
    path: Option<&Path>,
    environment: &Environment,
) -> Result<(LiveSettings, Vec<Effective>), LiveError> {
    let mut found = origins::gather(path, environment)?;
    let effective = ALL.iter().map(|key| {
        let found = found.get(key.path).map(|found| (found.value.clone(), found.origin.clone()));
        Effective { key, found }
    });
    let effective = effective.collect();
    Ok((Taken(&mut found).settings(), effective))
}

impl Caps {
    /// Tightens a session by these limits.
    pub fn apply(&self, file: &mut SessionFile) {
        let Self { max_lots, max_daily_trades, max_daily_loss, max_attempts } = *self;
        let Limits { lots_max, retry_pauses_ms, .. } = &mut file.limits;
        *lots_max = [*lots_max, max_lots].into_iter().flatten().min();
        if let Some(attempts) = max_attempts {
            retry_pauses_ms.truncate(attempts.saturating_sub(1));
        }
        let loss =
            max_daily_loss.map(|percent| DailyLoss::plain(LossSize::PercentOfAnchor(percent)));
        let own = AccountRisk {
            max_daily_trades,
            daily_loss: loss.into_iter().collect(),
            ..AccountRisk::default()
        };
        file.risk = std::mem::take(&mut file.risk).with(own);
    }
}

/// The values that were found, from which each is taken once.
struct Taken<'a>(&'a mut BTreeMap<&'static str, Found>);

impl Taken<'_> {
    fn settings(&mut self) -> LiveSettings {
        let watched = self.flag("stop.kill_switch");
        let told = self.flag("alerts.enabled");
        let controlled = self.flag("control.enabled");
        let control = ControlSettings {
            listen: self.text("control.listen").unwrap_or_default(),
            allow_remote: self.flag("control.allow_remote"),
        };
        let alerts = AlertSettings {
            telegram_token: self.secret("alerts.telegram_token"),
            telegram_chat: self.text("alerts.telegram_chat"),
            webhook_url: self.secret("alerts.webhook_url"),
            level: self.text("alerts.level").unwrap_or_default(),
            per_minute: self
                .whole("alerts.per_minute")
                .map_or(1, |one| one.try_into().unwrap_or(1)),
            telegram_url: self.text("alerts.telegram_url").unwrap_or_default(),
            smtp_url: self.secret("alerts.smtp_url"),
            mail_from: self.text("alerts.mail_from"),
            mail_to: self.text("alerts.mail_to"),
        };
        LiveSettings {
            strategies: self.path("strategies").unwrap_or_default(),
            recordings: self.path("recordings").unwrap_or_default(),
            commands: self.path("commands"),
            dry_run: self.flag("dry_run"),
            log_level: self.text("log_level").unwrap_or_default(),
            mt5: self.mt5(),
            kill_switch: self.path("stop.kill_switch_file").filter(|_| watched),
            caps: self.caps(),
            platform: PlatformSettings {
                url: self.text("platform.url"),
                key: self.secret("platform.key"),
                secret: self.secret("platform.secret"),
                executor_id: self.text("platform.executor_id"),
                heartbeat_s: self.whole("platform.heartbeat_s").unwrap_or(60),
                pusher_key: self.secret("platform.pusher_key"),
                pusher_cluster: self.text("platform.pusher_cluster"),
            },
            control: controlled.then_some(control),
            alerts: told.then_some(alerts),
        }
    }

    fn mt5(&mut self) -> Mt5Settings {
        Mt5Settings {
            python: match self.take("mt5.python") {
                Some(LiveValue::Program(parts)) => parts,
                _ => Vec::new(),
            },
            gateway: match self.take("mt5.gateway") {
                Some(LiveValue::Program(parts)) => Some(parts),
                _ => None,
            },
            path: self.path("mt5.path"),
            login: self.whole("mt5.login"),
            password: self.secret("mt5.password"),
            server: self.text("mt5.server"),
            allow_real: self.flag("mt5.allow_real"),
            attach_timeout_ms: self.whole("mt5.attach_timeout_msc").unwrap_or_default(),
            tick_poll_ms: self.whole("mt5.tick_poll_msc").unwrap_or_default(),
            book_poll_ms: self.whole("mt5.book_poll_msc").unwrap_or_default(),
        }
    }

    fn caps(&mut self) -> Caps {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Caps {
            max_lots: match self.take("caps.max_lots") {
                Some(LiveValue::Lots(lots)) => Some(lots),
                _ => None,
            },
            max_daily_trades: self.whole("caps.max_daily_trades").map(small),
            max_daily_loss: match self.take("caps.max_daily_loss_percent") {
                Some(LiveValue::Percent(part)) => Some(part),
                _ => None,
            },
            max_attempts: self.whole("caps.max_attempts").map(|number| small(number) as usize),
        }
    }

    /// The value of a setting.
    ///
    /// # Panics
    /// If there is no such setting.
    fn take(&mut self, path: &str) -> Option<LiveValue> {
        assert!(ALL.iter().any(|key| key.path == path), "{path} is a setting");
        self.0.remove(path).map(|found| found.value)
    }

    fn flag(&mut self, path: &str) -> bool {
        matches!(self.take(path), Some(LiveValue::Flag(true)))
    }

    fn whole(&mut self, path: &str) -> Option<u64> {
        if let Some(LiveValue::Whole(number)) = self.take(path) { Some(number) } else { None }
    }

    fn text(&mut self, path: &str) -> Option<String> {
        if let Some(LiveValue::Text(text)) = self.take(path) { Some(text) } else { None }
    }

    fn path(&mut self, path: &str) -> Option<PathBuf> {
        if let Some(LiveValue::Path(path)) = self.take(path) { Some(path) } else { None }
    }

    fn secret(&mut self, path: &str) -> Option<SecretString> {
        if let Some(LiveValue::Secret(text)) = self.take(path) { Some(text) } else { None }
    }
}
