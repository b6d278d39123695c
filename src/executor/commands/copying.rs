//! Commands about followers: COPY_ADD and COPY_UPDATE_ALLOCATION. COPY_REMOVE is the STOP of a follower.

use super::{Said, field};
use crate::domain::amount::Percent;
use crate::domain::flaw::Flaw;
use crate::domain::id::{ContentHash, StrategyId};
use crate::executor::Executor;
use crate::executor::action::{Action, ResultCode, ResultData, StrategyState};
use crate::executor::command::{Options, Settings, StartStrategy};
use crate::executor::config::Followed;
use crate::market::timeframe::Timeframe;
use crate::strategy::copying::Copying;
use crate::strategy::filter::Filters;
use crate::strategy::management::Management;
use crate::strategy::rules::{EntryRule, Exit, OppositeSignal, RiskRules, Rules};

/// What a follower takes over of its source.
struct SourceTerms {
    symbol: String,
    timeframe: Timeframe,
    max_open_trades: Option<u32>,
    recorded: bool,
}

impl Executor {
    /// Starts the follower of a strategy that runs, on its symbol and with its cap.
    pub(super) fn copy_add(
        &mut self,
        copying: &Copying,
        out: &mut Vec<Action>,
    ) -> Result<Said, Said> {
        let refused =
            |path: &str, reason: &str| Err((ResultCode::BadParameters, field(path, reason)));
        if let Err(Flaw { path, reason }) = copying.check() {
            return refused(&path, &reason);
        }
        if !self.link.read_in_life {
            // What is open already, and not copied, is not known yet.
            return Err((ResultCode::NotReady, ResultData::None));
        }
        let Some(SourceTerms { symbol, timeframe, max_open_trades, recorded }) =
            self.terms_of_source(&copying.source)
        else {
            return refused("sourceStrategyId", "no such strategy runs: START it first");
        };
        let copying = &Copying { recorded, ..copying.clone() };
        let follower = Copying::follower_of(&copying.source);
        self.check_allocation(&follower, copying.allocation)?;
        let exit = Exit {
            opposite_signal: OppositeSignal::Ignore,
            stop_loss: None,
            take_profit: None,
            conditions: None,
            management: Management::default(),
        };
        let rules = Rules {
            entry: EntryRule::Copy(Box::new(copying.clone())),
            order: None,
            exit,
            risk: RiskRules::default(),
            filters: Filters::default(),
            timeframe: None,
        };
        // Keys of copies follow from source and position alone, whatever the allocation is by then.
        let rules_hash = ContentHash::of(follower.as_str().as_bytes());
        let start = StartStrategy {
            strategy: follower.clone(),
            name: follower.to_string(),
            symbol,
            timeframe,
            rules,
            rules_hash,
            settings: Settings { max_open_trades, ..Settings::default() },
            options: Options::default(),
        };
        let running = self.strategies.find(&follower);
        let was_running = running.is_some();
        if running.is_some_and(|running| running.rules.entry != start.rules.entry) {
            return Err((ResultCode::AlreadyRunning, ResultData::None));
        }
        let said = self.start_now(&start, out)?;
        if let Some(slot) = self.strategies.slot(&follower).filter(|_| !was_running) {
            self.begin_following(slot);
        }
        Ok(said)
    }

    /// What a follower takes over of its source: a strategy that runs here, or one of another recording.
    fn terms_of_source(&self, source: &StrategyId) -> Option<SourceTerms> {
        if let Some(followed) = self.config.followed.iter().find(|one| one.id == *source) {
            let Followed { symbol, timeframe, .. } = followed.clone();
            return Some(SourceTerms { symbol, timeframe, max_open_trades: None, recorded: true });
        }
        let running = self.strategies.find(source);
        let running = running.filter(|one| one.state != StrategyState::Stopping)?;
        Some(SourceTerms {
            symbol: self.symbols[running.symbol.index()].name.clone(),
            timeframe: running.timeframe,
            max_open_trades: Some(running.effective.max_open_trades),
            recorded: false,
        })
    }

    /// Changes the allocation for what is copied from now on.
    pub(super) fn copy_update(
        &mut self,
        source: &StrategyId,
        allocation: Percent,
    ) -> Result<Said, Said> {
        let follower = Copying::follower_of(source);
        self.check_allocation(&follower, allocation)?;
        let slot = self.strategies.slot(&follower);
        let strategy = slot.and_then(|slot| self.strategies.get_mut(slot));
        let not_running = (ResultCode::NotRunning, ResultData::None);
        let strategy = strategy.ok_or_else(|| not_running.clone())?;
        if strategy.state == StrategyState::Stopping {
            return Err((ResultCode::Stopping, ResultData::None));
        }
        let EntryRule::Copy(copying) = &mut strategy.rules.entry else { return Err(not_running) };
        copying.allocation = allocation;
        if let Some(EntryRule::Copy(copying)) =
            strategy.update.as_mut().map(|update| &mut update.rules.entry)
        {
            copying.allocation = allocation;
        }
        Ok((ResultCode::Ok, ResultData::Effective(Box::new(strategy.effective))))
    }

    /// All followers together copy with no more than the whole.
    fn check_allocation(&self, follower: &StrategyId, allocation: Percent) -> Result<(), Said> {
        let others = self.allocated(follower);
        let left = Percent::from_raw(Percent::WHOLE.raw() - others);
        if allocation <= left {
            return Ok(());
        }
        let reason = format!("is more than the {left} % that other followers leave");
        Err((ResultCode::BadParameters, field("allocation", &reason)))
    }
}
