//! Every setting of live mode: its key in `live.toml`, the names that it has in the environment, what it
//! stands for, its default and what is allowed. `live.example.toml` and `tickdeck config` go by this table.

/// A setting of live mode.
#[derive(Debug, Clone, Copy)]
pub struct LiveKey {
    /// The path in `live.toml`, such as `mt5.login`.
    pub path: &'static str,
    /// The names in the environment that people have already; beside them every key has
    /// [its own](LiveKey::own_name).
    pub names: &'static [&'static str],
    /// What its value may be.
    pub kind: LiveKind,
    /// What holds without it, as TOML; none where nothing does.
    pub default: Option<&'static str>,
    /// A value as TOML.
    pub example: &'static str,
    /// What it stands for.
    pub says: &'static str,
}

/// What the value of a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveKind {
    /// Any text that is not empty.
    Text,
    /// A text that is never shown or written.
    Secret,
    /// A path; a relative one begins where the file with the setting is.
    Path,
    /// A program and its arguments.
    Program,
    /// `true` or `false`; in the environment also `1`, `0`, `yes`, `no`, `on`, `off`.
    Flag,
    /// A whole number between two, both included.
    Whole(u64, u64),
    /// A volume in lots, above 0.
    Lots,
    /// A part in percent, above 0.
    Percent,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl LiveKind {
    /// What is allowed, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Text | Self::Secret => "a text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Program => "a list of texts: a program and its arguments".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Lots => "a number of lots above 0".to_owned(),
            Self::Percent => "a number above 0 and not above 100".to_owned(),
            Self::Choice(words) => crate::domain::suggest::list(words),
        }
    }
}

impl LiveKey {
    /// The name that the key has in the environment: `TICKDECK_MT5_LOGIN` for `mt5.login`.
    #[must_use]
    pub fn own_name(&self) -> String {
        format!("TICKDECK_{}", self.path.replace('.', "_").to_uppercase())
    }
}

/// A name in the environment that other executors have and this one has no setting for.
#[derive(Debug, Clone, Copy)]
pub struct RefusedName {
    /// The name.
    pub name: &'static str,
    /// What to do instead.
    pub instead: &'static str,
}

macro_rules! live_keys {
    ($($path:literal, [$($name:literal),*], $kind:expr, $default:expr, $example:literal => $says:literal;)*) => {
        &[$(LiveKey {
            path: $path,
            names: &[$($name),*],
            kind: $kind,
            default: $default,
            example: $example,
            says: $says,
        },)*]
    };
}

use LiveKind::{Choice, Flag, Lots, Path, Percent, Program, Secret, Text, Whole};

/// All settings, in the order in which they are shown.
pub const ALL: &[LiveKey] = live_keys! {
    "strategies", [], Path, Some("\"session.toml\""), "\"session.toml\"" => "The session that ran in `simulate`: its symbols, zone, strategies, rules and limits hold as they are; its ticks and its broker do not.";
    "recordings", [], Path, Some("\"live\""), "\"live\"" => "The folder in which each trading day becomes a recording.";
    "commands", [], Path, None, "\"commands.jsonl\"" => "A file or folder that is watched for commands.";
    "dry_run", ["DRY_RUN"], Flag, Some("false"), "true" => "Whether orders go to the simulated broker, on live ticks.";
    "log_level", ["LOG_LEVEL"], Choice(&["error", "warning", "info", "debug"]), Some("\"info\""), "\"info\"" => "How much is logged.";
    "mt5.python", [], Program, Some(PYTHON), "[\"wine\", \"C:\\\\python\\\\python.exe\"]" => "The Python that has the MetaTrader5 package.";
    "mt5.gateway", [], Program, None, "[\"tickdeck\", \"terminal\", \"session.toml\"]" => "A program that speaks the gateway's protocol, in place of Python with the gateway that is part of this program: to rehearse.";
    "mt5.path", ["MT5_PATH"], Path, None, "\"C:\\\\Program Files\\\\MetaTrader 5\\\\terminal64.exe\"" => "The terminal; without it the module finds one itself.";
    "mt5.login", ["MT5_LOGIN"], Whole(1, i64::MAX as u64), None, "50012345" => "The account. Whatever else the terminal is connected to is refused.";
    "mt5.password", ["MT5_PASSWORD"], Secret, None, "\"\"" => "Its password; without it the terminal must be logged in already.";
    "mt5.server", ["MT5_SERVER"], Text, None, "\"Broker-Demo\"" => "The account's server. Whatever else the terminal is connected to is refused.";
    "mt5.allow_real", [], Flag, Some("false"), "false" => "Whether an account of real money may be traded; its number must then be typed as --account, too.";
    "mt5.attach_timeout_msc", [], Whole(1_000, 600_000), Some("60000"), "60000" => "How long the terminal may take to connect, in milliseconds.";
    "mt5.tick_poll_msc", [], Whole(1, 1_000), Some("5"), "5" => "The pause between two looks for new ticks, in milliseconds.";
    "mt5.book_poll_msc", [], Whole(50, 10_000), Some("250"), "250" => "The pause between two looks at positions, orders and deals, in milliseconds.";
    "stop.kill_switch", ["ENABLE_KILL_SWITCH"], Flag, Some("true"), "true" => "Whether the kill-switch file is watched.";
    "stop.kill_switch_file", ["KILL_SWITCH_FILE"], Path, Some("\"KILL\""), "\"KILL\"" => "While this file is there, everything is closed and nothing is entered.";
    "caps.max_lots", ["MAX_POSITION_SIZE"], Lots, None, "0.5" => "The largest volume of an entry, in lots, besides what the session says: the tighter holds.";
    "caps.max_daily_trades", ["MAX_DAILY_TRADES"], Whole(1, 1_000_000), None, "20" => "The most entries of the account in a trading day, likewise.";
    "caps.max_daily_loss_percent", ["MAX_DAILY_LOSS_PCT"], Percent, None, "2" => "What may be lost in a trading day, in percent of the equity with which it began, closed and floating, besides the session's own limits.";
    "caps.max_attempts", ["MAX_RETRY_ATTEMPTS"], Whole(1, 11), None, "3" => "How often an entry is tried in all, the first time included, likewise.";
    "platform.url", ["API_URL"], Text, None, "\"https://platform.example\"" => "Where the platform is.";
    "platform.key", ["API_KEY"], Secret, None, "\"\"" => "Its key.";
    "platform.secret", ["API_SECRET"], Secret, None, "\"\"" => "Its secret.";
    "platform.executor_id", ["EXECUTOR_ID"], Text, None, "\"executor-1\"" => "What the platform calls this executor.";
    "platform.heartbeat_s", [], Whole(1, 3_600), Some("60"), "60" => "The pause between two heartbeats in seconds; each brings the commands that wait at the platform.";
    "platform.pusher_key", ["PUSHER_KEY"], Secret, None, "\"\"" => "The key of its Pusher application.";
    "platform.pusher_cluster", ["PUSHER_CLUSTER"], Text, None, "\"eu\"" => "The cluster of its Pusher application.";
    "control.enabled", [], Flag, Some("true"), "true" => "Whether a session can be looked at and steered from this machine: by `tickdeck send`, `tickdeck status`, or whoever has its token.";
    "control.listen", [], Text, Some("\"127.0.0.1:0\""), "\"127.0.0.1:8350\"" => "Where it listens; with port 0 at any port that is free, which `tickdeck send` finds.";
    "control.allow_remote", [], Flag, Some("false"), "false" => "Whether it may listen elsewhere than on this machine, where whoever is on the way reads and writes along.";
    "alerts.enabled", ["ENABLE_ALERTS"], Flag, Some("true"), "true" => "Whether alerts are sent to where the following say.";
    "alerts.telegram_token", ["TELEGRAM_BOT_TOKEN"], Secret, None, "\"\"" => "The token of a Telegram bot.";
    "alerts.telegram_chat", ["TELEGRAM_CHAT_ID"], Text, None, "\"-100123\"" => "The chat that it writes to.";
    "alerts.webhook_url", ["ALERT_WEBHOOK_URL"], Secret, None, "\"\"" => "A URL that takes alerts as JSON; whoever has it can write there.";
    "alerts.level", [], Choice(&["info", "warning", "critical"]), Some("\"warning\""), "\"warning\"" => "From which severity on alerts are sent.";
    "alerts.per_minute", [], Whole(1, 1_000), Some("20"), "20" => "How often each of them is told something in a minute at most; what is more is told together, or later.";
    "alerts.telegram_url", [], Text, Some("\"https://api.telegram.org\""), "\"https://api.telegram.org\"" => "Where Telegram's bot API is.";
    "alerts.smtp_url", [], Secret, None, "\"\"" => "A mail server with the user and password for it, like `smtps://user:password@mail.example.com`.";
    "alerts.mail_from", [], Text, None, "\"tickdeck@example.com\"" => "From whom the mails are.";
    "alerts.mail_to", [], Text, None, "\"me@example.com\"" => "To whom they go.";
};

/// What is refused by name.
pub const REFUSED: &[RefusedName] = &[
    RefusedName {
        name: "INTERVAL_SECONDS",
        instead: "rules are judged on closed bars; options.evaluate = \"interval\" of a strategy polls the forming one",
    },
    RefusedName { name: "TIMEFRAME", instead: "say `timeframe` under [[strategy]] of the session" },
    RefusedName { name: "SYMBOLS", instead: "say `symbols` in the session" },
    RefusedName { name: "STRATEGY_ID", instead: "say `id` under [[strategy]] of the session" },
    RefusedName {
        name: "DEFAULT_RISK_PCT",
        instead: "say riskPercent under rules.positionSizing of each strategy in the session: what ran in `simulate` runs live",
    },
    RefusedName {
        name: "MAGIC_NUMBER",
        instead: "each strategy has a magic of its own, made of its id",
    },
];

#[cfg(windows)]
const PYTHON: &str = "[\"py\", \"-3\"]";
#[cfg(not(windows))]
const PYTHON: &str = "[\"wine\", \"python.exe\"]";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_stands_for_two_settings() {
        let own = ALL.iter().map(LiveKey::own_name);
        let others = ALL.iter().flat_map(|key| key.names).map(|name| (*name).to_owned());
        let names: Vec<String> =
            own.chain(others).chain(REFUSED.iter().map(|it| it.name.to_owned())).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
