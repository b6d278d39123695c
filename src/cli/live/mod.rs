//! `tickdeck live`: the executor on an MT5 terminal.

pub mod account;
mod advising;
mod closing;
pub mod days;
mod dry;
pub mod launch;
mod reporter;
mod results;
mod starting;
mod teller;
pub mod telling;

use crate::audit::files::{DRY, REHEARSAL};
use crate::audit::sink::EarlierRuns;
use crate::audit::summary::LiveSummary;
use crate::cli::config::environment;
use crate::cli::interrupt;
use crate::cli::output::{ExitStatus, Output};
use crate::cli::simulate::allow_programs;
use crate::config::live::{Environment, LiveSettings, load};
use crate::config::{self, Session};
use crate::control::ControlServer;
use crate::control::published::Publisher;
use crate::courier::heartbeat::{FiguresKept, Heartbeat, HeartbeatFigures};
use crate::disk;
use crate::disk::lock::Lock;
use crate::domain::text::ShownPath;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::command::CommandEvent;
use crate::executor::event::{Event, Life};
use crate::live::clock::{ClockEnd, LiveBroker, LiveClock};
use crate::live::inbox::{Incoming, inbox};
use crate::live::mt5::gateway::Gateway;
use crate::live::mt5::identity::Identity;
use crate::live::mt5::terminal::Terminal;
use crate::live::time::{LiveTime, MarketPace};
use crate::live::watch::{self, CommandOrigin, CommandOrigins, WatchedCommands};
use crate::session::run::run as drive;
use crate::sim::account::is_of_terminal;
use advising::LiveAdvisor;
use anyhow::Context;
use closing::{Awaited, ClosedBy};
use days::{Begun, LiveDays};
use dry::AnyBroker;
use launch::Rehearsal;
use reporter::Reporter;
use results::ResultFile;
use starting::StartsWaiting;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::thread::{Builder, sleep};
use std::time::Duration;
use teller::Teller;

/// Run the strategies of a session on an MT5 account, and record it.
#[derive(Debug, Clone, clap::Args)]
pub struct LiveArgs {
    /// The settings file
    #[arg(long, value_name = "LIVE.toml", default_value = "live.toml")]
    config: PathBuf,
    /// The number of the account, typed to allow one of real money
    #[arg(long, value_name = "NUMBER")]
    account: Option<u64>,
    /// Send orders to the simulated broker of the session, on the terminal's ticks
    #[arg(long)]
    dry_run: bool,
    /// A file or folder that is watched for commands, in place of the one in the settings
    #[arg(long, value_name = "PATH")]
    commands: Option<PathBuf>,
    /// Rehearse: a terminal with the broker and the ticks of this session takes the place of MT5's
    #[arg(long, value_name = "SESSION.toml", conflicts_with = "dry_run")]
    rehearse: Option<PathBuf>,
    /// How many seconds of the market pass in one, in a rehearsal
    #[arg(long, requires = "rehearse", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// Let strategies start the programs that the session names
    #[arg(long)]
    allow_programs: bool,
    /// Stop in good order after so many seconds
    #[arg(long, value_name = "SECONDS")]
    r#for: Option<u64>,
    /// The clock of a market of the past, to rehearse: what `tickdeck terminal --listen` has said
    #[arg(long, value_name = "PACE", hide = true, conflicts_with = "rehearse")]
    pace: Option<MarketPace>,
}

/// Runs the verb.
///
/// # Errors
/// What is wrong with the settings or the session; when nothing can be recorded.
pub fn run(args: &LiveArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let prepared = Prepared::new(args)?;
    let lock = account::take_folder(prepared.folder(), &prepared.name)?;
    let _lock =
        lock.with_context(|| prepared.another(&format!("to {}", prepared.folder().shown())))?;
    prepared.carry_out(Vec::new(), output)
}

/// Closes everything on the account of these settings, and waits for that so many seconds: by the process that trades
/// it, or by this one if there is none or it ends.
///
/// # Errors
/// As [`run`].
pub fn close(
    config: &Path,
    account: Option<u64>,
    (wait_s, pace): (u64, Option<MarketPace>),
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let args = LiveArgs {
        config: config.to_owned(),
        account,
        dry_run: false,
        commands: None,
        rehearse: None,
        speed: 1,
        allow_programs: false,
        r#for: Some(wait_s),
        pace,
    };
    let prepared = Prepared::new(&args)?;
    let place = (prepared.folder(), &*prepared.name);
    let wait = Duration::from_secs(wait_s);
    let _lock = match closing::through_running(place, &closing::commands(), wait, output)? {
        ClosedBy::Running(status) => return Ok(status),
        ClosedBy::Nobody(lock) => lock,
    };
    anyhow::ensure!(
        !prepared.settings.dry_run,
        "{}: dry_run: no process runs, and the simulated broker ends with its process: there is nothing to close",
        config.shown()
    );
    prepared.carry_out(closing::commands(), output)
}

/// Settings that name an account, and whose folder is there.
struct Prepared<'a> {
    args: &'a LiveArgs,
    environment: Environment,
    settings: LiveSettings,
    login: u64,
    /// What the names of its files begin with.
    name: String,
}

impl<'a> Prepared<'a> {
    fn new(args: &'a LiveArgs) -> anyhow::Result<Self> {
        let environment = environment();
        let (mut settings, _) = load(Some(&args.config), &environment)?;
        let wrong = |what: &str| anyhow::anyhow!("{}: {what}", args.config.shown());
        let login = settings.mt5.login.ok_or_else(|| {
            wrong("mt5.login: the account to be traded must be stated: whatever else the terminal has is refused")
        })?;
        anyhow::ensure!(
            args.account.is_none_or(|typed| typed == login),
            "--account: the settings name account {login}"
        );
        settings.dry_run |= args.dry_run;
        let folder = &settings.recordings;
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.shown()))?;
        let name = name(args, &settings, login);
        Ok(Self { args, environment, settings, login, name })
    }

    fn folder(&self) -> &Path {
        &self.settings.recordings
    }

    /// What is said of a second process on the account.
    fn another(&self, place: &str) -> String {
        let login = self.login;
        format!(
            "another process trades account {login} and records {place}: run several strategies in one process"
        )
    }

    /// Trades; or, with commands that end everything, carries these out and ends. The folder is locked.
    fn carry_out(self, ends: Vec<CommandEvent>, output: &Output) -> anyhow::Result<ExitStatus> {
        let Self { args, environment, settings, login, name } = &self;
        let login = *login;
        let rehearsal = args.rehearse.as_deref().map(|path| launch::rehearsal(path, args.speed));
        let session = prepared(settings, login)?;
        if ends.is_empty() {
            allow_programs(&session.file, &settings.strategies, args.allow_programs)?;
        }
        let output = &output.about(&session.file.zone);
        let trades = rehearsal.is_none() && !settings.dry_run;
        let own = |lock: Option<Lock>| lock.with_context(|| self.another("to another folder"));
        let _account = trades.then(|| own(account::take(login, environment)?)).transpose()?;
        let control = closing::control_folder(self.folder(), name);
        // Whoever still waits for what was put there before puts it there again.
        disk::remove(&control).with_context(|| format!("cannot remove {}", control.shown()))?;
        fs::create_dir_all(&control)
            .with_context(|| format!("cannot create {}", control.shown()))?;
        let identity = Identity {
            login,
            server: settings.mt5.server.clone(),
            real: settings.mt5.allow_real && args.account == Some(login),
        };
        let rehearsal = rehearsal.transpose()?;
        let name = name.clone();
        let session = Live { args, settings, name, session, identity, rehearsal, ends };
        let status = session.run(output)?;
        disk::remove(&control).with_context(|| format!("cannot remove {}", control.shown()))?;
        Ok(status)
    }
}

/// The session as live mode runs it: other ticks and another account, and tighter limits.
fn prepared(settings: &LiveSettings, login: u64) -> anyhow::Result<Session> {
    let mut session = config::load(&settings.strategies)?;
    let file = &mut session.file;
    anyhow::ensure!(
        file.recording.is_none(),
        "{}: it is a recording: name the session that it was made of",
        settings.strategies.shown()
    );
    settings.caps.apply(file);
    if let [only] = &file.symbols[..] {
        // The executor may know more symbols, which the recordings name, too: then it must be said which one is meant.
        for strategy in &mut file.strategy {
            strategy.symbol.get_or_insert_with(|| only.clone());
        }
    }
    (file.account.login, file.account.server) = (login, settings.mt5.server.clone());
    (file.from, file.to, file.commands) = (None, None, None);
    Ok(session)
}

/// What the names of files begin with. What the simulated broker of a dry run or a rehearsal holds is in no account.
fn name(args: &LiveArgs, settings: &LiveSettings, login: u64) -> String {
    let kind = match (&args.rehearse, settings.dry_run) {
        (Some(_), _) => REHEARSAL,
        (None, true) => DRY,
        (None, false) => "",
    };
    format!("{kind}{login}")
}

/// The control folders that sessions of these settings may have.
///
/// # Errors
/// When the settings name no account.
pub fn control_folders(settings: &LiveSettings) -> anyhow::Result<Vec<PathBuf>> {
    let login = settings.mt5.login.context("the settings name no account: mt5.login")?;
    let names = ["", DRY, REHEARSAL].map(|kind| format!("{kind}{login}"));
    Ok(names.iter().map(|name| closing::control_folder(&settings.recordings, name)).collect())
}

/// A live session.
struct Live<'a> {
    args: &'a LiveArgs,
    settings: &'a LiveSettings,
    /// What the names of its files begin with.
    name: String,
    session: Session,
    identity: Identity,
    rehearsal: Option<Rehearsal>,
    /// The commands by which it ends; none of one that trades.
    ends: Vec<CommandEvent>,
}

impl Live<'_> {
    fn run(self, output: &Output) -> anyhow::Result<ExitStatus> {
        // It goes last, when nobody tells anything any more.
        let (teller, told) = Teller::begin(output)?;
        // What is declared first is dropped last: the end of all tellers is waited for.
        let (_told, teller) = (told, teller);
        let folder = &self.settings.recordings;
        let name = self.name.clone();
        let is_closing = !self.ends.is_empty();
        // The simulated broker of a dry run or a rehearsal begins anew, and so does the executor.
        let is_fresh = self.rehearsal.is_some() || self.settings.dry_run;
        let mut results = ResultFile::open(folder, &name, is_fresh, &teller)?;
        let (days, executor) = if is_closing {
            LiveDays::close(folder, name.clone(), &self.session, &teller)
        } else if is_fresh {
            (LiveDays::begin_anew(folder, name.clone(), &self.session, &teller)?, None)
        } else {
            LiveDays::go_on(folder, name.clone(), &self.session, &mut results, &teller)?
        };
        let earlier = if is_closing {
            EarlierRuns::Later
        } else {
            // What cannot be written is told before anything begins.
            days.audit()?;
            EarlierRuns::In
        };
        let courier = telling::begin(self.settings, &name, days.audit_path(), &teller)?;
        let lived = executor.as_ref().map_or(Timestamp::from_nanos(0), Executor::now);
        let pace = self.rehearsal.as_ref().map(|rehearsal| rehearsal.pace).or(self.args.pace);
        let mut time = LiveTime::new(pace, lived);
        tell_of_time(&time, &teller);
        let begun = days.begin(time.now(), executor, earlier, &teller)?;
        let first = begun.file.name.clone();
        let mut running = self.begin(&begun, results.done(), time, &teller)?;
        let mut reporter = Reporter::new(&teller);
        let executor = running.go_on(begun, &days, (&mut results, &mut reporter), &teller)?;
        let refused = running.gateway.borrow().refused().cloned();
        let is_done = running.awaited.are_all_done();
        // The gateway ends before the last journal is sealed.
        drop(running);
        let sealed = days.seal_all(&mut results, &teller).and_then(|sealed| {
            let summary = LiveSummary::since(&days.audit()?, &first)?;
            summary.lines().iter().try_for_each(|line| output.data(line))?;
            Ok(sealed)
        });
        // What is left to be told is told, as far as it can be.
        drop(courier);
        reporter.farewell(&executor, output)?;
        match sealed {
            Ok(Some(folder)) => output.path(&folder)?,
            Ok(None) => {}
            // Everything is closed, or not, whatever of it could be recorded.
            Err(error) if is_closing => output.note(&format!("not recorded yet: {error:#}")),
            Err(error) => return Err(error),
        }
        match refused {
            None if is_done => Ok(ExitStatus::Fine),
            None => Ok(ExitStatus::CheckFailed),
            Some(refused) => Err(refused.into()),
        }
    }

    /// Watches what is to be watched, and makes the link.
    fn begin(
        self,
        begun: &Begun,
        done: &BTreeSet<String>,
        mut time: LiveTime,
        teller: &Teller,
    ) -> anyhow::Result<Running> {
        let Self { args, settings, name, session, identity, rehearsal, ends } = self;
        let (sender, receiver) = inbox();
        let is_ready = Arc::new(AtomicBool::new(false));
        if begun.executor.view().latched {
            teller.note(
                "entries are latched since an emergency stop: to clear that, put the kill switch there and take it away",
            );
        }
        let (starts, commands) = if ends.is_empty() {
            let starts = starting::starts(&session, &begun.executor, (done, time.now()), teller)?;
            (starts, args.commands.as_ref().or(settings.commands.as_ref()))
        } else {
            (Vec::new(), None)
        };
        let control = closing::control_folder(&settings.recordings, &name);
        let commands = commands.into_iter().chain([&control]);
        let watched = |path: &PathBuf| -> Box<dyn CommandOrigin> {
            Box::new(WatchedCommands::new(path.clone()))
        };
        let mut origins: CommandOrigins = commands.map(watched).collect();
        let figures = Arc::new(Mutex::new(HeartbeatFigures::default()));
        if let Some(platform) = telling::platform(&settings.platform)?.filter(|_| ends.is_empty()) {
            let (pause, told) = (settings.platform.heartbeat_s, teller.clone());
            let log = Box::new(move |text: &str| told.note(text));
            let heartbeat = Heartbeat::new(platform, pause, Arc::clone(&figures), log);
            origins.push(Box::new(heartbeat));
        }
        let (server, publisher) = telling::control(settings, &control, &sender, teller)?;
        heed(args, settings, (&is_ready, (origins, done)), &sender)?;
        let launch = launch::launch(settings, rehearsal.as_ref())?;
        let told = teller.clone();
        let log = Box::new(move |text: &str| told.note(text));
        let file = &begun.file;
        let terminal = Terminal::new(identity, &file.symbols);
        let gateway = Gateway::new(launch, terminal, sender.clone(), log);
        let gateway = Rc::new(RefCell::new(gateway));
        let terminal = LiveBroker::new(Rc::clone(&gateway));
        let (broker, hears): (_, fn(&Event) -> bool) = if settings.dry_run {
            teller.note("a dry run: orders go to the simulated broker");
            (AnyBroker::dry(terminal, &session, time.now())?, is_of_terminal)
        } else {
            (AnyBroker::Terminal(terminal), |_| true)
        };
        let life = Event::Life(Box::new(Life { config: file.executor_config() }));
        let awaited = Awaited::new(&ends, sender.clone());
        let ends = ends.into_iter().map(|command| Event::Command(Box::new(command)));
        let first = iter::once(life).chain(ends).collect();
        let advisor = LiveAdvisor::new(session.dir.clone(), sender.clone(), teller.clone());
        let clock =
            LiveClock::new(receiver, Rc::clone(&gateway), hears, (time, &session.file.zone), first);
        let waiting = StartsWaiting::new(starts, is_ready, sender);
        Ok(Running {
            gateway,
            broker,
            advisor,
            clock,
            waiting,
            awaited,
            shown: (FiguresKept(figures), publisher),
            _server: server,
        })
    }
}

/// Says so where a session that goes on is ahead of the machine's clock.
fn tell_of_time(time: &LiveTime, teller: &Teller) {
    let ahead_s = -time.machine_ahead_ms() / 1_000;
    if ahead_s > 60 {
        teller.note(&format!(
            "the session has lived until {ahead_s} s after what this machine's clock shows now: its time goes on at half \
             its speed until the clock is there"
        ));
    }
}

/// Puts into the inbox what else may come: commands, the kill switch, and the request to stop.
fn heed(
    args: &LiveArgs,
    settings: &LiveSettings,
    (is_ready, commands): (&Arc<AtomicBool>, (CommandOrigins, &BTreeSet<String>)),
    inbox: &SyncSender<Incoming>,
) -> anyhow::Result<()> {
    watch::watch(commands, settings.kill_switch.clone(), is_ready, inbox)?;
    let own = inbox.clone();
    // From a thread of its own: a second request must find somebody when the inbox is full.
    interrupt::end_by(Box::new(move || {
        // Nobody is left who could be asked to stop, or no thread can be had: the second request ends the process.
        let _ = Builder::new().spawn(move || closing::stop(&own));
    }));
    if let Some(seconds) = args.r#for {
        let own = inbox.clone();
        Builder::new().spawn(move || {
            sleep(Duration::from_secs(seconds));
            closing::stop(&own);
        })?;
    }
    Ok(())
}

/// A session that runs.
struct Running {
    gateway: Rc<RefCell<Gateway>>,
    broker: AnyBroker,
    advisor: LiveAdvisor,
    clock: LiveClock,
    waiting: StartsWaiting,
    awaited: Awaited,
    /// What others are shown of it.
    shown: (FiguresKept, Publisher),
    _server: Option<ControlServer>,
}

impl Running {
    /// Goes on, day by day, until it is stopped. Returns the executor as it is then.
    fn go_on(
        &mut self,
        begun: Begun,
        days: &LiveDays,
        (results, reporter): (&mut ResultFile, &mut Reporter),
        teller: &Teller,
    ) -> anyhow::Result<Executor> {
        let Begun { mut executor, mut journal, mut audit, .. } = begun;
        let Self { broker, advisor, clock, waiting, awaited, shown, .. } = self;
        loop {
            let now = clock.now();
            clock.end_day_at(days.end_of_day(now));
            let mut waits = (&mut *waiting, &mut *awaited);
            let mut shows = (&mut shown.0, &mut shown.1);
            let mut watches = (&mut waits, &mut shows);
            let mut witnesses = (&mut audit, &mut watches);
            let mut told = (&mut *results, &mut *reporter);
            let mut journals = (&mut journal, &mut (&mut told, &mut witnesses));
            drive(&mut executor, clock, broker, advisor, &mut (), &mut journals)
                .map_err(anyhow::Error::from_boxed)
                .context("the session cannot go on, and nothing more is sent")?;
            journal.sync()?;
            if clock.ended() != Some(ClockEnd::DayOver) {
                return Ok(executor);
            }
            let begun = days.turn(clock.now(), executor, audit, teller)?;
            Begun { executor, journal, audit, .. } = begun;
        }
    }
}
