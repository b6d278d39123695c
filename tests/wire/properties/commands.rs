//! Any command of the vocabulary, and the bodies that say it: each spelling, each envelope.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tickdeck::domain::amount::{Money, Percent, Points, Price, Volume};
use tickdeck::domain::id::{StrategyId, Ticket};
use tickdeck::domain::order::{PendingKind, Side};
use tickdeck::domain::time::Timestamp;
use tickdeck::executor::command::{
    CloseFilter, Command, Evaluate, ModifyOrder, OnStop, OpenPosition, Options, OrderLife,
    PlaceOrder, Settings, StartStrategy, StopChange, UpdateStrategy,
};
use tickdeck::strategy::limits::{Cooldown, CooldownAfter, LossStreak, ResultLoss, StrategyLimits};
use tickdeck::wire::{rules, secrets};

/// The strategies' rules: their own tests say what can stand in them.
fn rules_text() -> Value {
    json!({ "entry": { "type": "indicator_cross", "indicators": ["EMA_20", "EMA_50"], "direction": "both" } })
}

fn symbol() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.#_]{1,12}"
}

/// Text in which nothing looks like a secret: that would be replaced, as it should be.
fn text(pattern: &'static str) -> impl Strategy<Value = String> {
    let is_plain = |text: &String| secrets::find(&json!({ "text": text })).is_none();
    pattern.prop_filter("a secret", is_plain)
}

fn strategy() -> impl Strategy<Value = StrategyId> {
    text("[ -~äπ語]{1,20}").prop_map(|id| StrategyId::from(id.as_str()))
}

fn ticket() -> impl Strategy<Value = Ticket> {
    prop_oneof![1_u64..100, 1..=u64::MAX, Just(u64::MAX)].prop_map(Ticket)
}

fn volume() -> impl Strategy<Value = Volume> {
    prop_oneof![1_i64..1_000_000_000_000, 1..=i64::MAX].prop_map(Volume::from_raw)
}

fn price() -> impl Strategy<Value = Price> {
    prop_oneof![1_i64..1_000_000_000_000, 1..=i64::MAX].prop_map(Price::from_raw)
}

fn stop() -> impl Strategy<Value = Option<Price>> {
    prop::option::of(price())
}

fn change() -> impl Strategy<Value = StopChange> {
    prop_oneof![Just(StopChange::Keep), Just(StopChange::Remove), price().prop_map(StopChange::Set)]
}

fn side() -> impl Strategy<Value = Side> {
    prop::sample::select(vec![Side::Buy, Side::Sell])
}

fn life() -> impl Strategy<Value = OrderLife> {
    prop_oneof![
        Just(OrderLife::Gtc),
        Just(OrderLife::Day),
        (1..=u64::from(u32::MAX)).prop_map(OrderLife::ForMs),
        (0_i64..4_000_000_000_000_000_000)
            .prop_map(|nanos| OrderLife::Until(Timestamp::from_nanos(nanos))),
    ]
}

fn on_stop() -> impl Strategy<Value = OnStop> {
    prop::sample::select(vec![OnStop::Close, OnStop::Keep])
}

fn settings() -> impl Strategy<Value = Settings> {
    let slippage = (0..=Points::MOST.0).prop_map(Points);
    let most = prop::option::of(1_u32..);
    (prop::option::of(volume()), most, prop::option::of(slippage), limits()).prop_map(
        |(lots, max_open_trades, max_slippage, limits)| Settings {
            lots,
            max_open_trades,
            max_risk: None,
            max_slippage,
            limits,
        },
    )
}

fn loss(of_day: bool) -> BoxedStrategy<ResultLoss> {
    let kinds = if of_day { 4 } else { 3 };
    let percent = Percent::WHOLE.raw();
    (0..kinds, 1..=percent, 1..=i64::MAX)
        .prop_map(|(kind, part, money)| {
            let part = Percent::from_raw(part);
            match kind {
                0 => ResultLoss::Money(Money::from_raw(money)),
                1 => ResultLoss::PercentOfInitial(part),
                2 => ResultLoss::PercentOfBalance(part),
                _ => ResultLoss::PercentOfEquity(part),
            }
        })
        .boxed()
}

fn limits() -> BoxedStrategy<StrategyLimits> {
    let minutes = || 1..=527_040_u32;
    let streak = (1_u32.., minutes())
        .prop_map(|(losses, pause_minutes)| LossStreak { losses, pause_minutes });
    let after = prop::sample::select(vec![CooldownAfter::Loss, CooldownAfter::Close]);
    let cooldown = (minutes(), after).prop_map(|(minutes, after)| Cooldown { minutes, after });
    (
        prop::option::of(1_u32..),
        prop::option::of(loss(true)),
        prop::option::of(loss(false)),
        prop::option::of(streak),
        prop::option::of(cooldown),
        prop::option::of(any::<bool>()),
    )
        .prop_map(
            |(max_daily_trades, max_daily_loss, max_drawdown, loss_streak, cooldown, flatten)| {
                StrategyLimits {
                    max_daily_trades,
                    max_daily_loss,
                    max_drawdown,
                    loss_streak,
                    cooldown,
                    flatten,
                }
            },
        )
        .boxed()
}

fn about_strategies() -> impl Strategy<Value = Command> {
    let options = (prop::option::of(any::<u32>()), prop::sample::select(Evaluate::ALL.to_vec()))
        .prop_map(|(warmup_bars, evaluate)| Options { warmup_bars, evaluate });
    let start = (strategy(), symbol(), settings(), options).prop_map(
        |(strategy, symbol, settings, options)| {
            let rules = rules::read("rules", &rules_text()).unwrap();
            let rules_hash = rules::hash(&rules);
            let (name, timeframe) = (strategy.to_string(), "M5".parse().unwrap());
            Command::Start(Box::new(StartStrategy {
                strategy,
                name,
                symbol,
                timeframe,
                rules,
                rules_hash,
                settings,
                options,
            }))
        },
    );
    let update = (strategy(), prop::option::of(symbol()), settings()).prop_map(
        |(strategy, symbol, settings)| {
            let rules = rules::read("rules", &rules_text()).unwrap();
            let hash = rules::hash(&rules);
            Command::Update(Box::new(UpdateStrategy {
                strategy,
                symbol,
                timeframe: None,
                rules: Some((rules, hash)),
                settings,
            }))
        },
    );
    prop_oneof![
        start,
        update,
        (strategy(), on_stop())
            .prop_map(|(strategy, positions)| Command::Stop { strategy, positions }),
        strategy().prop_map(|strategy| Command::Pause { strategy }),
        strategy().prop_map(|strategy| Command::Resume { strategy }),
    ]
}

fn about_trades() -> impl Strategy<Value = Command> {
    let deviation = prop::option::of((0..=Points::MOST.0).prop_map(Points));
    let open = (symbol(), side(), volume(), stop(), stop(), deviation).prop_map(
        |(symbol, side, volume, sl, tp, deviation)| {
            Command::Open(Box::new(OpenPosition { symbol, side, volume, sl, tp, deviation }))
        },
    );
    let kinds = vec![PendingKind::Limit, PendingKind::Stop, PendingKind::StopLimit];
    let place = (
        symbol(),
        prop::sample::select(kinds),
        side(),
        volume(),
        price(),
        price(),
        stop(),
        stop(),
        life(),
    )
        .prop_map(|(symbol, kind, side, volume, price, second, sl, tp, expiration)| {
            let stop_limit = (kind == PendingKind::StopLimit).then_some(second);
            Command::Place(Box::new(PlaceOrder {
                symbol,
                kind,
                side,
                volume,
                price,
                stop_limit,
                sl,
                tp,
                expiration,
            }))
        });
    let modify = (ticket(), price(), stop(), change(), change(), prop::option::of(life()))
        .prop_map(|(order, price, stop_limit, sl, tp, expiration)| {
            Command::ModifyOrder(Box::new(ModifyOrder {
                order,
                price: Some(price),
                stop_limit,
                sl,
                tp,
                expiration,
            }))
        });
    let said = |sl, tp| (sl, tp) != (StopChange::Keep, StopChange::Keep);
    prop_oneof![
        open,
        place,
        modify,
        ticket().prop_map(|order| Command::CancelOrder { order }),
        (ticket(), prop::option::of(volume())).prop_map(|(position, volume)| Command::Close {
            position,
            volume,
            by: None
        }),
        (ticket(), ticket())
            .prop_filter("a position is not closed by itself", |(one, other)| one != other)
            .prop_map(|(position, by)| Command::Close { position, volume: None, by: Some(by) }),
        (ticket(), change(), change())
            .prop_filter("something is changed", move |(_, sl, tp)| said(*sl, *tp))
            .prop_map(|(position, sl, tp)| Command::ModifyPosition { position, sl, tp }),
    ]
}

fn about_many() -> impl Strategy<Value = Command> {
    let filter = prop_oneof![
        Just(CloseFilter::All),
        (0..=i64::MAX).prop_map(|raw| CloseFilter::Profitable { min_profit: Money::from_raw(raw) }),
        Just(CloseFilter::Losing),
        strategy().prop_map(CloseFilter::Strategy),
        symbol().prop_map(CloseFilter::Symbol),
    ];
    prop_oneof![
        filter.prop_map(Command::CloseMany),
        on_stop().prop_map(|positions| Command::StopAll { positions }),
        text("[ -~äπ語]{0,256}").prop_map(|reason| Command::EmergencyStop { reason }),
        (prop::option::of(strategy()), 1_u32.., limits()).prop_map(|(strategy, most, limits)| {
            Command::RiskUpdate { strategy, max_open_trades: Some(most), limits }
        }),
        symbol().prop_map(|symbol| Command::GetSymbol { symbol }),
        "[!-~]{1,40}".prop_map(|client_order_id| Command::GetOrderStatus { client_order_id }),
        prop::sample::select(vec![
            Command::PauseAll,
            Command::ResumeAll,
            Command::Ping,
            Command::GetStatus,
            Command::GetPositions,
            Command::GetAccount,
            Command::GetExecutionSummary,
        ]),
    ]
}

/// Any command but those that are not carried out.
pub fn command() -> impl Strategy<Value = Command> {
    prop_oneof![about_strategies(), about_trades(), about_many()]
}

/// Which of the spellings a body uses: each choice takes some of the bits.
#[derive(Debug, Clone, Copy)]
pub struct Spelling(pub u64);

impl Spelling {
    fn choose<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let count = words.len() as u64;
        let word = words[usize::try_from(self.0 % count).unwrap()];
        self.0 = self.0.rotate_right(3);
        word
    }

    /// A decimal as text, or as a number where a double holds it.
    fn decimal(&mut self, text: &str) -> Value {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if digits <= 15 && self.choose(&["number", "text"]) == "number" {
            serde_json::from_str(text).unwrap()
        } else {
            json!(text)
        }
    }

    fn ticket(&mut self, ticket: Ticket) -> Value {
        if self.choose(&["number", "text"]) == "number" {
            json!(ticket.0)
        } else {
            json!(ticket.to_string())
        }
    }
}

/// The parameters under construction.
struct Body {
    spelling: Spelling,
    fields: Map<String, Value>,
}

impl Body {
    fn put(&mut self, names: &[&str], value: impl Into<Value>) {
        let name = self.spelling.choose(names);
        self.fields.insert(name.to_owned(), value.into());
    }

    fn decimal(&mut self, names: &[&str], value: Option<impl ToString>) {
        if let Some(value) = value {
            let value = self.spelling.decimal(&value.to_string());
            self.put(names, value);
        }
    }

    fn ticket(&mut self, names: &[&str], ticket: Ticket) {
        let value = self.spelling.ticket(ticket);
        self.put(names, value);
    }

    /// A stop of what is made, which is absent or 0 where there is none.
    fn stop(&mut self, names: &[&str], stop: Option<Price>) {
        match stop {
            None if self.spelling.choose(&["absent", "zero"]) == "zero" => self.put(names, 0),
            stop => self.decimal(names, stop),
        }
    }

    fn change(&mut self, names: &[&str], change: StopChange) {
        match change {
            StopChange::Keep => {}
            StopChange::Remove if self.spelling.choose(&["null", "zero"]) == "null" => {
                self.put(names, Value::Null);
            }
            StopChange::Remove => self.put(names, 0),
            StopChange::Set(price) => self.decimal(names, Some(price)),
        }
    }

    fn life(&mut self, life: OrderLife) {
        match life {
            OrderLife::Gtc => self.put(&["expiration"], "GTC"),
            OrderLife::Day => self.put(&["expiration"], "DAY"),
            OrderLife::ForMs(msc) => self.put(&["expirationMs"], msc),
            OrderLife::Until(at) => self.put(&["expiration"], at.to_string()),
        }
    }

    fn loss(&mut self, name: &str, loss: ResultLoss) {
        let (value, unit, base) = match loss {
            ResultLoss::Money(money) => (money.to_string(), "money", None),
            ResultLoss::PercentOfEquity(part) => (part.to_string(), "percent", Some("equity")),
            ResultLoss::PercentOfBalance(part) => (part.to_string(), "percent", Some("balance")),
            ResultLoss::PercentOfInitial(part) => (part.to_string(), "percent", Some("initial")),
        };
        let mut inner = Self { spelling: self.spelling, fields: Map::new() };
        inner.decimal(&["value"], Some(value));
        inner.put(&["unit"], unit);
        if let Some(base) = base {
            inner.put(&["base"], base);
        }
        self.put(&[name], inner.fields);
    }

    fn limits(&mut self, limits: &StrategyLimits) {
        if let Some(most) = limits.max_daily_trades {
            self.put(&["maxDailyTrades"], most);
        }
        if let Some(loss) = limits.max_daily_loss {
            self.loss("maxDailyLoss", loss);
        }
        if let Some(loss) = limits.max_drawdown {
            self.loss("maxDrawdown", loss);
        }
        if let Some(LossStreak { losses, pause_minutes }) = limits.loss_streak {
            self.put(&["lossStreak", "maxConsecutiveLosses"], losses);
            self.put(&["pauseMinutes"], pause_minutes);
        }
        if let Some(Cooldown { minutes, after }) = limits.cooldown {
            self.put(&["cooldownMinutes"], minutes);
            let after = if after == CooldownAfter::Loss { "loss" } else { "close" };
            self.put(&["cooldownAfter"], after);
        }
        if let Some(flatten) = limits.flatten {
            self.put(&["flatten"], flatten);
        }
    }

    fn settings(&mut self, settings: Settings) {
        let mut inner = Self { spelling: self.spelling, fields: Map::new() };
        inner.decimal(LOTS, settings.lots);
        if let Some(most) = settings.max_open_trades {
            inner.put(MAX_OPEN, most);
        }
        if let Some(points) = settings.max_slippage {
            inner.put(&["maxSlippage"], points.0);
        }
        inner.limits(&settings.limits);
        self.put(&["settings"], inner.fields);
    }
}

const LOTS: &[&str] = &["volume", "lots", "lotSize"];
const MAX_OPEN: &[&str] = &["maxOpenTrades", "maxPositions"];
const SL: &[&str] = &["stopLoss", "sl"];
const TP: &[&str] = &["takeProfit", "tp"];
const POSITION: &[&str] = &["ticket", "position"];
const ORDER: &[&str] = &["ticket", "order"];

fn side_words(side: Side) -> [&'static str; 2] {
    match side {
        Side::Buy => ["BUY", "buy"],
        Side::Sell => ["SELL", "sell"],
    }
}

/// A command's name and its parameters.
pub fn spelled(command: &Command, spelling: Spelling) -> (&'static str, Value) {
    let mut body = Body { spelling, fields: Map::new() };
    let name = write(command, &mut body);
    (name, Value::Object(body.fields))
}

fn write(command: &Command, body: &mut Body) -> &'static str {
    match command {
        Command::Start(one) => {
            body.put(&["strategyId"], one.strategy.as_str());
            body.put(&["symbol"], one.symbol.as_str());
            let timeframe = body.spelling.choose(&["M5", "5m"]);
            body.put(&["timeframe"], timeframe);
            body.put(&["rules"], rules_text());
            body.settings(one.settings);
            let Options { warmup_bars, evaluate } = one.options;
            let options = json!({ "warmupBars": warmup_bars, "evaluate": evaluate.name() });
            body.put(&["options"], options);
            "START_STRATEGY"
        }
        Command::Update(one) => {
            body.put(&["strategyId"], one.strategy.as_str());
            body.put(&["symbol"], one.symbol.clone());
            body.put(&["rules"], rules_text());
            body.settings(one.settings);
            "UPDATE_STRATEGY"
        }
        Command::Stop { strategy, positions } => {
            body.put(&["strategyId"], strategy.as_str());
            body.put(&["closePositions"], *positions == OnStop::Close);
            "STOP_STRATEGY"
        }
        Command::Pause { strategy } => {
            body.put(&["strategyId"], strategy.as_str());
            "PAUSE_STRATEGY"
        }
        Command::Resume { strategy } => {
            body.put(&["strategyId"], strategy.as_str());
            "RESUME_STRATEGY"
        }
        other => write_trade(other, body),
    }
}

fn write_trade(command: &Command, body: &mut Body) -> &'static str {
    match command {
        Command::Open(one) => {
            body.put(&["symbol"], one.symbol.as_str());
            let word = body.spelling.choose(&side_words(one.side));
            body.put(&["type", "side"], word);
            body.decimal(LOTS, Some(one.volume));
            body.stop(SL, one.sl);
            body.stop(TP, one.tp);
            body.put(&["deviation", "slippage"], one.deviation.map(|points| points.0));
            "OPEN_POSITION"
        }
        Command::Place(one) => {
            body.put(&["symbol"], one.symbol.as_str());
            let kind = match one.kind {
                PendingKind::Limit => "LIMIT",
                PendingKind::Stop => "STOP",
                PendingKind::StopLimit => "STOP_LIMIT",
            };
            body.put(&["type"], format!("{}_{kind}", side_words(one.side)[0]));
            body.decimal(LOTS, Some(one.volume));
            body.decimal(&["price"], Some(one.price));
            body.decimal(&["stopLimit", "stopLimitPrice"], one.stop_limit);
            body.stop(SL, one.sl);
            body.stop(TP, one.tp);
            body.life(one.expiration);
            "PLACE_ORDER"
        }
        Command::ModifyOrder(one) => {
            body.ticket(ORDER, one.order);
            body.decimal(&["price"], one.price);
            body.decimal(&["stopLimit", "stopLimitPrice"], one.stop_limit);
            body.change(SL, one.sl);
            body.change(TP, one.tp);
            one.expiration.into_iter().for_each(|life| body.life(life));
            "MODIFY_ORDER"
        }
        Command::CancelOrder { order } => {
            body.ticket(ORDER, *order);
            "CANCEL_ORDER"
        }
        Command::Close { position, volume, by } => {
            body.ticket(POSITION, *position);
            body.decimal(LOTS, *volume);
            by.iter().for_each(|by| body.ticket(&["byTicket"], *by));
            "CLOSE_POSITION"
        }
        Command::ModifyPosition { position, sl, tp } => {
            body.ticket(POSITION, *position);
            body.change(SL, *sl);
            body.change(TP, *tp);
            "MODIFY_POSITION"
        }
        other => write_other(other, body),
    }
}

fn write_other(command: &Command, body: &mut Body) -> &'static str {
    match command {
        Command::StopAll { positions } => {
            body.put(&["closePositions"], *positions == OnStop::Close);
            "STOP_ALL"
        }
        Command::EmergencyStop { reason } => {
            body.put(&["reason"], reason.as_str());
            "EMERGENCY_STOP"
        }
        Command::RiskUpdate { strategy, max_open_trades, limits } => {
            body.put(MAX_OPEN, *max_open_trades);
            body.limits(limits);
            body.put(&["strategyId"], strategy.as_ref().map(StrategyId::as_str));
            "RISK_UPDATE"
        }
        Command::CloseMany(CloseFilter::All) => "CLOSE_ALL_POSITIONS",
        Command::CloseMany(CloseFilter::Losing) => "CLOSE_LOSING",
        Command::CloseMany(CloseFilter::Profitable { min_profit }) => {
            body.decimal(&["minProfit"], Some(*min_profit));
            "CLOSE_PROFITABLE"
        }
        Command::CloseMany(CloseFilter::Strategy(strategy)) => {
            body.put(&["strategyId"], strategy.as_str());
            "CLOSE_BY_STRATEGY"
        }
        Command::CloseMany(CloseFilter::Symbol(symbol)) => {
            body.put(&["symbol"], symbol.as_str());
            "CLOSE_BY_SYMBOL"
        }
        Command::GetSymbol { symbol } => {
            body.put(&["symbol"], symbol.as_str());
            "GET_SYMBOL_INFO"
        }
        Command::GetOrderStatus { client_order_id } => {
            body.put(&["clientOrderId"], client_order_id.as_str());
            "GET_ORDER_STATUS"
        }
        Command::PauseAll => "PAUSE",
        Command::ResumeAll => "RESUME",
        Command::Ping => "PING",
        Command::GetStatus => "GET_STATUS",
        Command::GetPositions => "GET_POSITIONS",
        Command::GetAccount => "GET_ACCOUNT_INFO",
        Command::GetExecutionSummary => "GET_EXECUTION_SUMMARY",
        other => unreachable!("written by another: {other:?}"),
    }
}

/// The body of a command in one of the envelopes: 0 to 3 are A to D, 4 is E for what has a place in
/// it and A else.
pub fn body(command: &Command, spelling: Spelling, envelope: u8) -> Value {
    let (name, parameters) = spelled(command, spelling);
    match envelope {
        1 => json!({
            "id": "x", "command": name, "type": name, "priority": "HIGH", "executorId": "e", "parameters": parameters, "payload": parameters,
            "metadata": {}, "createdAt": "2025-09-22T10:00:00Z", "timestamp": 1_758_535_200, "expiresAt": 1_758_535_300,
        }),
        2 => {
            json!({ "id": "x", "type": name, "priority": "LOW", "executorId": "e", "payload": parameters, "timestamp": 1_758_535_200_250_u64 })
        }
        3 => {
            json!({ "id": "x", "command": name, "parameters": parameters, "priority": "NORMAL", "createdAt": 1_758_535_200.5 })
        }
        4 => in_envelope_e(command, name, parameters),
        _ => json!({ "id": "x", "command": name, "parameters": parameters }),
    }
}

fn in_envelope_e(command: &Command, name: &str, mut parameters: Value) -> Value {
    let mut kind = "TRADE_SIGNAL";
    let action = match command {
        Command::Open(_) | Command::Close { .. } => name,
        // Null removes no stop here.
        Command::ModifyPosition { .. }
            if parameters.as_object().unwrap().values().all(|value| !value.is_null()) =>
        {
            name
        }
        Command::CloseMany(CloseFilter::All) => "CLOSE_ALL",
        Command::RiskUpdate { .. } | Command::EmergencyStop { .. } => {
            kind = name;
            ""
        }
        Command::GetStatus => {
            kind = "STATUS_REQUEST";
            ""
        }
        _ => return json!({ "id": "x", "command": name, "parameters": parameters }),
    };
    if !action.is_empty() {
        parameters["action"] = json!(action);
    }
    json!({
        "id": "x", "type": kind, "priority": "URGENT", "command": parameters, "timestamp": 1_758_535_200_000_u64,
        "expiry": 1_758_535_260_000_u64, "retryCount": 0, "maxRetries": 3,
    })
}
