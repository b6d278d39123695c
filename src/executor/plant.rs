//! Mistakes that can be planted into the core, to see whether the torture finds them: never in a normal build.
//!
//! Each stands where somebody could have made it, as `planted!(executor, Name)`, which is `false` without the feature
//! `plant`.

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

/// What every mistake is without the feature `plant`: not there.
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
        /// A mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Plant {
            $($(#[$doc])* $name,)*
        }

        impl Plant {
            /// All of them.
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
    /// 10012, or no answer, is taken for a refusal.
    TimeoutTakenForRejection "timeout-taken-for-rejection";
    /// What nobody knows the outcome of does not count in the caps.
    CapNotCountingUnknown "cap-not-counting-unknown";
    /// What works at the broker does not count in the caps.
    CapNotCountingWorking "cap-not-counting-working";
    /// STOP is done once its closing requests are accepted.
    StopDoneOnRequestAccepted "stop-done-on-request-accepted";
    /// STOP does not look at orders that work.
    StopIgnoresWorkingOrder "stop-ignores-working-order";
    /// A life that begins with a state takes the link for what it was.
    StaleLinkRestored "stale-link-restored";
    /// A deal that comes twice is counted twice.
    DealsCountedTwice "deals-counted-twice";
    /// A command that is delivered again is carried out again.
    DuplicateCommandActedOn "duplicate-command-acted-on";
    /// An exit that is refused for good is forgotten.
    ExitForgottenAfterRefusal "exit-forgotten-after-refusal";
    /// An exit that the link kept from leaving is forgotten.
    ExitForgottenAfterLinkDown "exit-forgotten-after-link-down";
    /// A request that is found as an order that works is taken for absent.
    OrderWorkingTakenForAbsent "order-working-taken-for-absent";
    /// A repeated attempt does not ask again whether it may enter.
    PermissionNotAskedOnRetry "permission-not-asked-on-retry";
    /// One reading without it proves that a request is absent, whatever else contradicts it.
    AbsentAfterOneEmptySnapshot "absent-after-one-empty-snapshot";
    /// What executes for a strategy after its STOP is left alone.
    LateFillAfterStopNotClosed "late-fill-after-stop-not-closed";
    /// Stops that never stood are never set again.
    StopsNeverRestored "stops-never-restored";
    /// Stops that never stood are set again once, whatever comes of it.
    StopsRestoredOnceOnly "stops-restored-once-only";
    /// After a close that was filled in part the rest is left open.
    PartialCloseRestForgotten "partial-close-rest-forgotten";
    /// What is found at the broker is only taken over for strategies that run.
    AdoptOnlyRunningStrategies "adopt-only-running-strategies";
    /// The commission of the entry is not among the costs of a trade.
    EntryCommissionLost "entry-commission-lost";
    /// What was closed is taken from the position, not from the deals.
    VolumeFromPositionNotDeals "volume-from-position-not-deals";
    /// A command opens though entries are paused.
    PauseIgnoredByOpenCommand "pause-ignored-by-open-command";
    /// A latch does not outlive the process.
    LatchLostOnRestart "latch-lost-on-restart";
    /// RESUME clears a latch.
    LatchClearedByResume "latch-cleared-by-resume";
    /// A STOP that closes, after one that kept, closes nothing.
    StopKeepThenCloseIgnored "stop-keep-then-close-ignored";
    /// A command gets a result at its deadline and another one when it is done.
    SecondResultForACommand "second-result-for-a-command";
    /// The note says "entered" before anything has left, and nothing may leave.
    EnteredNotedWithoutTrade "entered-noted-without-trade";
    /// A bar that closed while its quotes were missed makes an entry.
    GapBarEnters "gap-bar-enters";
    /// A trade is reported closed before all its deals are known.
    ReportBeforeAllDeals "report-before-all-deals";
    /// A position that was taken for gone never comes back.
    RemovedPositionNeverAliveAgain "removed-position-never-alive-again";
    /// Another command under a used id is carried out.
    IdReuseActedOn "id-reuse-acted-on";
    /// The account's cap is not looked at.
    AccountCapIgnored "account-cap-ignored";
    /// A latch lets the entries of commands pass.
    LatchIgnoredByOpenCommand "latch-ignored-by-open-command";
    /// An order of a command that fills is nobody's: it is neither reported nor closed by an emergency.
    PendingFillNotOwned "pending-fill-not-owned";
    /// RISK_UPDATE to a tighter cap holds from the next day only.
    TighterCapTomorrow "tighter-cap-tomorrow";
    /// A STOP of a strategy that does not run does nothing, whatever carries its magic.
    StopOfNotRunningIgnored "stop-of-not-running-ignored";
    /// A STOP that was made long ago is refused as too old.
    StopTooOld "stop-too-old";
    /// What the ledger has forgotten is carried out again.
    ForgottenCommandActedOn "forgotten-command-acted-on";
    /// A state is written without the keys of requests that are out.
    OutRequestsLostOnRestart "out-requests-lost-on-restart";
    /// A symbol is entered though its specification makes no sense.
    UnsoundSymbolEntered "unsound-symbol-entered";
}
