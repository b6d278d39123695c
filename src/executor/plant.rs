//! Mistakes that can be planted into the core, to see whether torture finds them: never in a normal
//! build.
//!
//! Each is written at the place where somebody could have made it, as `planted!(executor, Name)`,
//! which is `false` without the feature `plant`.

/// Whether a mistake is planted into this executor; always `false` without the feature `plant`.
#[cfg(feature = "plant")]
#[allow(unused_macros, reason = "used where a mistake stands")]
macro_rules! planted {
    ($executor:expr, $name:ident) => {
        $executor.has_plant($crate::executor::plant::Plant::$name)
    };
}

/// Whether a mistake is planted into this executor; always `false` without the feature `plant`.
#[cfg(not(feature = "plant"))]
#[allow(unused_macros, reason = "used where a mistake stands")]
macro_rules! planted {
    ($executor:expr, $name:ident) => {
        $crate::executor::plant::never(stringify!($name))
    };
}

/// Without the feature `plant`, no mistake is planted.
#[cfg(not(feature = "plant"))]
pub(crate) const fn never(_mistake: &str) -> bool {
    false
}

#[allow(unused_imports, reason = "used where a mistake stands")]
pub(crate) use planted;

/// Declares the mistakes with their names.
#[cfg(feature = "plant")]
macro_rules! plants {
    ($($(#[$doc:meta])* $name:ident $word:literal;)*) => {
        /// A mistake that can be planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Plant {
            $($(#[$doc])* $name,)*
        }

        impl Plant {
            /// All mistakes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name for the command line and for tables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

#[cfg(feature = "plant")]
plants! {
    /// A request without an answer is sent again.
    ResendAfterTimeout "resend-after-timeout";
    /// 10012, or no answer, is treated as a refusal.
    TimeoutTakenForRejection "timeout-taken-for-rejection";
    /// A request with an unknown outcome does not count towards the caps.
    CapNotCountingUnknown "cap-not-counting-unknown";
    /// A working order does not count towards the caps.
    CapNotCountingWorking "cap-not-counting-working";
    /// STOP is reported as executed once its closing requests are accepted.
    StopDoneOnRequestAccepted "stop-done-on-request-accepted";
    /// STOP ignores working orders.
    StopIgnoresWorkingOrder "stop-ignores-working-order";
    /// A process that starts from a state assumes that the link is as it was.
    StaleLinkRestored "stale-link-restored";
    /// A deal that is delivered twice is counted twice.
    DealsCountedTwice "deals-counted-twice";
    /// A command that is delivered again is carried out again.
    DuplicateCommandActedOn "duplicate-command-acted-on";
    /// An exit that is refused for good is forgotten.
    ExitForgottenAfterRefusal "exit-forgotten-after-refusal";
    /// An exit that could not be sent because the link was down is forgotten.
    ExitForgottenAfterLinkDown "exit-forgotten-after-link-down";
    /// A request that is found again as a working order is treated as absent.
    OrderWorkingTakenForAbsent "order-working-taken-for-absent";
    /// A repeated attempt at an entry does not check again whether entering is allowed.
    PermissionNotAskedOnRetry "permission-not-asked-on-retry";
    /// A request is treated as absent after one reading without it, whatever contradicts that.
    AbsentAfterOneEmptySnapshot "absent-after-one-empty-snapshot";
    /// What is executed for a strategy after its STOP is left open.
    LateFillAfterStopNotClosed "late-fill-after-stop-not-closed";
    /// Stops that the broker never set are not requested again.
    StopsNeverRestored "stops-never-restored";
    /// Stops that the broker never set are requested again only once, whatever the outcome.
    StopsRestoredOnceOnly "stops-restored-once-only";
    /// After a partly filled close, the rest is left open.
    PartialCloseRestForgotten "partial-close-rest-forgotten";
    /// Positions found at the broker are adopted only for running strategies.
    AdoptOnlyRunningStrategies "adopt-only-running-strategies";
    /// The costs of a trade leave out the commission of its entry.
    EntryCommissionLost "entry-commission-lost";
    /// The closed volume is taken from the position instead of the deals.
    VolumeFromPositionNotDeals "volume-from-position-not-deals";
    /// A command opens a position although entries are paused.
    PauseIgnoredByOpenCommand "pause-ignored-by-open-command";
    /// A latch does not survive a restart.
    LatchLostOnRestart "latch-lost-on-restart";
    /// RESUME clears a latch.
    LatchClearedByResume "latch-cleared-by-resume";
    /// A STOP that closes, after one that kept, closes nothing.
    StopKeepThenCloseIgnored "stop-keep-then-close-ignored";
    /// A command gets a result at its deadline and another one when it is done.
    SecondResultForACommand "second-result-for-a-command";
    /// The note says "entered" before anything is sent, and perhaps nothing is.
    EnteredNotedWithoutTrade "entered-noted-without-trade";
    /// A bar that closed while quotes were being missed causes an entry.
    GapBarEnters "gap-bar-enters";
    /// A trade is reported closed before all its deals are known.
    ReportBeforeAllDeals "report-before-all-deals";
    /// A position that was believed gone is never recognised again.
    RemovedPositionNeverAliveAgain "removed-position-never-alive-again";
    /// A different command with an id already used is carried out.
    IdReuseActedOn "id-reuse-acted-on";
    /// The account's cap is not checked.
    AccountCapIgnored "account-cap-ignored";
    /// A latch does not hold back entries by command.
    LatchIgnoredByOpenCommand "latch-ignored-by-open-command";
    /// When a command's pending order is filled, its position belongs to nobody: it is neither
    /// reported nor closed by an emergency.
    PendingFillNotOwned "pending-fill-not-owned";
    /// A looser limit from RISK_UPDATE of the account holds at once.
    LooserLimitAtOnce "looser-limit-at-once";
    /// A tighter cap from RISK_UPDATE holds only from the next day on.
    TighterCapTomorrow "tighter-cap-tomorrow";
    /// A STOP for a strategy that is not running does nothing, even when positions carry its magic.
    StopOfNotRunningIgnored "stop-of-not-running-ignored";
    /// A STOP that was issued long ago is refused as too old.
    StopTooOld "stop-too-old";
    /// A command that the ledger has forgotten is carried out again.
    ForgottenCommandActedOn "forgotten-command-acted-on";
    /// A state is written without the keys of outstanding requests.
    OutRequestsLostOnRestart "out-requests-lost-on-restart";
    /// A symbol is entered although its specification makes no sense.
    UnsoundSymbolEntered "unsound-symbol-entered";
    /// A command places a pending order of a kind, or with stops, that the symbol does not take.
    OrderModeIgnored "order-mode-ignored";
    /// What is executed late for a strategy whose signal the other way has come is left open.
    LateFillAfterSignalNotClosed "late-fill-after-signal-not-closed";
    /// Signals enter whatever the filters of their rules say.
    FiltersIgnored "filters-ignored";
    /// Positions stay open over the closing times of their rules.
    ClosingTimesIgnored "closing-times-ignored";
    /// Rules' cap on the positions of one side is not checked.
    SideCapIgnored "side-cap-ignored";
    /// The account's limits on losses are not looked at.
    LossLimitIgnored "loss-limit-ignored";
    /// A limit that is reached closes nothing.
    LimitDoesNotFlatten "limit-does-not-flatten";
    /// The limit on entries of a trading day is not looked at.
    DailyTradesNotCounted "daily-trades-not-counted";
    /// The limit on the volume of a symbol is not looked at.
    LotsNotCounted "lots-not-counted";
    /// An answer of a program about another bar than it was asked about counts.
    StaleAdviceTaken "stale-advice-taken";
    /// What a program wants closed is left open.
    AdvisedExitForgotten "advised-exit-forgotten";
    /// A position of a source is copied however long ago it was opened.
    CopiedHoweverOld "copied-however-old";
    /// What is closed of a source's position in part is not closed of its copy.
    PartsNotCopied "parts-not-copied";
    /// What a source of another recording has open is copied in its volume, whatever both accounts are
    /// worth.
    EquitiesNotCompared "equities-not-compared";
    /// What sources of other recordings have open is forgotten when the process starts anew.
    SourcesForgottenOnRestart "sources-forgotten-on-restart";
    /// An answer of a program that comes too late enters.
    LateAdviceEnters "late-advice-enters";
    /// The limits of strategies on their losses are not looked at.
    StrategyLossIgnored "strategy-loss-ignored";
    /// A limit of a strategy that is reached closes nothing.
    StrategyLimitDoesNotFlatten "strategy-limit-does-not-flatten";
    /// A strategy's limit on its entries of a trading day is not looked at.
    StrategyTradesNotCounted "strategy-trades-not-counted";
    /// A strategy enters while it rests after losses or closes.
    StrategyRestIgnored "strategy-rest-ignored";
    /// The account's profit target is not looked at.
    ProfitTargetIgnored "profit-target-ignored";
    /// What everything open loses at its stops is not looked at.
    PortfolioRiskIgnored "portfolio-risk-ignored";
    /// What is open in other symbols does not go along with an entry, however they move.
    CorrelatedSymbolsNotCounted "correlated-symbols-not-counted";
    /// When the account is to hold nothing over the weekend, nothing is closed.
    HeldOverTheWeekend "held-over-the-weekend";
    /// Each position that is opened counts as a trading day.
    TradesCountedAsDays "trades-counted-as-days";
    /// News does not keep the account from holding anything.
    NewsBanIgnored "news-ban-ignored";
    /// A volume that is found by a risk is rounded up.
    SizedVolumeRoundedUp "sized-volume-rounded-up";
    /// The equity leaves out the swaps of open positions.
    SwapNotInEquity "swap-not-in-equity";
    /// A trade is reported closed without its swap.
    SwapLostInReport "swap-lost-in-report";
    /// The deals of a stop-out are not taken.
    StopOutDealIgnored "stop-out-deal-ignored";
}
