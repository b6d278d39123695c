//! The parameters of each command that this version carries out.

use crate::domain::id::StrategyId;
use crate::executor::command::{Command, OnStop, Settings, StartStrategy, UpdateStrategy};
use crate::market::timeframe::Timeframe;
use crate::wire::envelope::Verb;
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use crate::wire::{rules, settings};

const START: &[&str] = &["strategyId", "strategyName", "symbol", "timeframe", "rules", "settings", "options", "enabled"];
const UPDATE: &[&str] = &["strategyId", "strategyName", "symbol", "timeframe", "rules", "settings"];
const WHICH: &[&str] = &["strategyId", "strategyName"];

/// Parameters and, where an envelope names the strategy outside of them, that name.
#[derive(Debug, Clone)]
pub(super) struct Parameters<'a> {
    /// The object itself.
    pub(super) fields: Fields<'a>,
    /// `strategyId` of the envelope.
    pub(super) outer: Option<String>,
}

impl Parameters<'_> {
    /// Makes the command of them.
    pub(super) fn read(&self, verb: Verb) -> Result<Command, Refusal> {
        match verb {
            Verb::Start => self.start(),
            Verb::Stop => self.stop(),
            Verb::Pause => self.which().map(|strategy| Command::Pause { strategy }),
            Verb::Resume => self.which().map(|strategy| Command::Resume { strategy }),
            Verb::Update => self.update(),
            Verb::Ping => self.fields.only(&[], &[]).map(|()| Command::Ping),
            Verb::GetStatus => self.fields.only(&[], &[]).map(|()| Command::GetStatus),
        }
    }

    fn start(&self) -> Result<Command, Refusal> {
        let fields = &self.fields;
        fields.only(START, &[])?;
        let strategy = self.strategy()?;
        let name = fields.text("strategyName")?.unwrap_or(strategy.as_str()).to_owned();
        if fields.flag("enabled")? == Some(false) {
            return Err(fields.wrong("enabled", "a strategy that is not enabled is not started: send true, or leave it out"));
        }
        let symbol = fields.required("symbol", fields.text("symbol")?)?.to_owned();
        let timeframe = fields.required("timeframe", self.timeframe()?)?;
        let value = fields.required("rules", fields.get("rules"))?;
        let rules = rules::read(&fields.path("rules"), value)?;
        let (settings, options) = (settings::settings(fields)?, settings::options(fields)?);
        let rules_hash = rules::hash(&rules);
        Ok(Command::Start(Box::new(StartStrategy { strategy, name, symbol, timeframe, rules, rules_hash, settings, options })))
    }

    fn stop(&self) -> Result<Command, Refusal> {
        self.fields.only(&["strategyId", "strategyName", "closePositions"], &[])?;
        let positions = match self.fields.flag("closePositions")? {
            None | Some(true) => OnStop::Close,
            Some(false) => OnStop::Keep,
        };
        Ok(Command::Stop { strategy: self.strategy()?, positions })
    }

    fn update(&self) -> Result<Command, Refusal> {
        let fields = &self.fields;
        fields.only(UPDATE, &["options", "enabled"])?;
        let strategy = self.strategy()?;
        let symbol = fields.text("symbol")?.map(str::to_owned);
        let timeframe = self.timeframe()?;
        let rules = fields.get("rules").map(|value| rules::read(&fields.path("rules"), value)).transpose()?;
        let settings = settings::settings(fields)?;
        if rules.is_none() && settings == Settings::default() && symbol.is_none() && timeframe.is_none() {
            return Err(fields.wrong("rules", "nothing is to be changed: give rules or settings"));
        }
        let rules = rules.map(|rules| {
            let hash = rules::hash(&rules);
            (rules, hash)
        });
        Ok(Command::Update(Box::new(UpdateStrategy { strategy, symbol, timeframe, rules, settings })))
    }

    /// The strategy of a command that says nothing else.
    fn which(&self) -> Result<StrategyId, Refusal> {
        self.fields.only(WHICH, &[])?;
        self.strategy()
    }

    /// The strategy, from the parameters or from the envelope, which must agree.
    fn strategy(&self) -> Result<StrategyId, Refusal> {
        match (self.fields.id("strategyId")?, &self.outer) {
            (Some(inner), Some(outer)) if inner != *outer => {
                Err(self.fields.wrong("strategyId", format!("`{inner}` is not the envelope's `{outer}`: which of them is meant?")))
            }
            (Some(inner), _) => Ok(StrategyId::from(inner.as_str())),
            (None, Some(outer)) => Ok(StrategyId::from(outer.as_str())),
            (None, None) => Err(self.fields.wrong("strategyId", "is required")),
        }
    }

    fn timeframe(&self) -> Result<Option<Timeframe>, Refusal> {
        let text = self.fields.text("timeframe")?;
        text.map(|text| {
            text.parse().map_err(|error: crate::market::timeframe::TimeframeError| self.fields.wrong("timeframe", error.to_string()))
        })
        .transpose()
    }
}
