//! The sessions of the table: one row each, with generated ticks for their symbols.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tickdeck::config::{self, Session};
use tickdeck::data::tick_layout::TickLayout;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::market::columns::TickColumns;
use tickdeck::session::ports::TickStream;
use tickdeck::sim::generate::Generator;

/// Built-in symbols with profits in the currency of the account.
const IN_DOLLARS: [&str; 5] = ["EURUSD", "GBPUSD", "AUDUSD", "NZDUSD", "XAUUSD"];

/// Built-in symbols. The rates of their profits stand still, move with the symbol itself, or with
/// another one.
const IN_MANY_CURRENCIES: [&str; 15] = [
    "EURUSD", "GBPUSD", "AUDUSD", "NZDUSD", "USDCAD", "USDCHF", "USDJPY", "EURGBP", "EURJPY",
    "GBPJPY", "AUDJPY", "NZDJPY", "CADJPY", "CHFJPY", "XAUUSD",
];

/// A session and the tick file of each of its symbols.
pub struct Bench {
    pub session: Session,
    pub files: BTreeMap<String, PathBuf>,
    pub ticks: u64,
}

/// What the strategies of a session do.
#[derive(Clone, Copy)]
pub enum Exits {
    /// They wait for their stops, 10 and 20 pips away.
    Stops,
    /// They turn around at each crossing: always in position.
    Reversal,
}

/// A session to be described.
#[derive(Clone, Copy)]
pub struct Plan {
    pub name: &'static str,
    pub symbols: usize,
    /// Whether the rates of profits move.
    pub rates_move: bool,
    pub strategies: usize,
    pub timeframe: &'static str,
    pub exits: Exits,
    /// Open positions with a stop loss and a take profit that nothing reaches.
    pub resting: usize,
    /// A limit on losses beside the rules of a prop firm; neither is reached. Without one there are no limits.
    pub limit: Option<&'static str>,
    /// Whether the account is so large that no limit is near.
    pub rich: bool,
}

/// A day may not lose more than so much of the equity with which it began.
pub const FIXED_LIMIT: &str = "[[risk.daily_loss]]\nsize = { money = \"40000\" }\nanchor = \"equity\"\nfloating = true\njudged = \"within\"\n";
/// The equity may not fall further below the highest that it has been: that moves with every tick that
/// raises it.
pub const TRAILING_LIMIT: &str = "[[risk.max_loss]]\nsize = { percent_of_initial = \"20\" }\nmode = \"trailing_intraday_equity\"\n";

impl Plan {
    pub const ONE: Self = Self {
        name: "one",
        symbols: 1,
        rates_move: false,
        strategies: 1,
        timeframe: "M1",
        exits: Exits::Stops,
        resting: 0,
        limit: None,
        rich: false,
    };

    /// Writes the session and generates its ticks, `ticks` in all.
    pub fn bench(self, folder: &Path, ticks: u64) -> Bench {
        let folder = folder.join(self.name);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("session.toml");
        fs::write(&path, self.toml()).unwrap();
        fs::write(folder.join("commands.jsonl"), self.commands()).unwrap();
        let session = config::load(&path).unwrap();
        let each = ticks / self.symbols as u64;
        let files = session.file.symbols.iter().zip(&session.specs).zip(7..);
        let files = files.map(|((name, spec), seed)| {
            let path = folder.join(format!("{name}.parquet"));
            generate(&path, spec, each, seed);
            (name.clone(), path)
        });
        Bench { files: files.collect(), session, ticks: each * self.symbols as u64 }
    }

    const fn built_in(self) -> &'static [&'static str] {
        if self.rates_move { &IN_MANY_CURRENCIES } else { &IN_DOLLARS }
    }

    /// The built-in symbols first, then more of the kind of EURUSD.
    fn symbol(self, place: usize) -> String {
        let built_in = self.built_in();
        let name = built_in.get(place).map(|&name| name.to_owned());
        name.unwrap_or_else(|| format!("EURUSD.{}", place - built_in.len()))
    }

    fn toml(self) -> String {
        let names: Vec<String> = (0..self.symbols).map(|place| self.symbol(place)).collect();
        let mut text = format!(
            "format = 1\nname = \"{}\"\nsymbols = {names:?}\nzone = \"America/New_York+7\"\n\
             commands = \"commands.jsonl\"\nlimits.near_stops = \"send\"\n\
             broker.stops_check = \"off\"\n",
            self.name
        );
        if self.resting > 0 || self.rich {
            text += "account.balance = 1000000\n";
        }
        if let Some(limit) = self.limit {
            text += "[risk]\npropfirm = \"ftmo-2-step\"\n";
            text += limit;
        }
        for name in names.iter().skip(self.built_in().len()) {
            write!(
                text,
                "[symbol.\"{name}\"]\ndigits = 5\ncontract_size = 100000\ncalc_mode = \"forex\"\n\
                 execution = \"market\"\ntrade_mode = \"full\"\nstops_level = 0\nfreeze_level = 0\n\
                 filling_mask = 3\nvolume_min = \"0.01\"\nvolume_max = \"100\"\n\
                 volume_step = \"0.01\"\nmargin_initial = \"0\"\ncurrency_base = \"EUR\"\n\
                 currency_profit = \"USD\"\ncurrency_margin = \"EUR\"\n"
            )
            .unwrap();
        }
        (0..self.strategies).for_each(|number| text += &self.strategy(number));
        text
    }

    /// With the plainest lines where there is one for each symbol; otherwise of sixty pairs.
    fn strategy(self, number: usize) -> String {
        let symbol = self.symbol(number % self.symbols);
        let variant = number / self.symbols;
        let (fast, slow) = (20 - variant % 10, 50 + variant % 6 * 5);
        let exit = match self.exits {
            Exits::Stops => "type = \"none\", stopLoss = 10, takeProfit = 20",
            Exits::Reversal => "type = \"opposite_signal\"",
        };
        format!(
            "[[strategy]]\nid = \"s{number}\"\nname = \"EMA {fast}/{slow}\"\nsymbol = \"{symbol}\"\n\
             timeframe = \"{}\"\noptions.warmupBars = 50\n\
             rules.entry = {{ type = \"indicator_cross\", indicators = [\"EMA_{fast}\", \"EMA_{slow}\"], direction = \"both\" }}\n\
             rules.exit = {{ {exit} }}\nrules.risk = {{ lotSize = 0.10, maxOpenTrades = 1 }}\n",
            self.timeframe
        )
    }

    fn commands(self) -> String {
        let one = |number: usize| {
            let (side, sign) = if number.is_multiple_of(2) { ("BUY", 1.0) } else { ("SELL", -1.0) };
            let away = sign * (0.3 + f64::from(u32::try_from(number).unwrap()) / 10_000.0);
            let (sl, tp) = (1.17 - away, 1.17 + away);
            let second = number / 20;
            format!(
                "{{\"at\":\"2025-09-21T21:10:{second:02}Z\",\"body\":{{\"id\":\"open-{number}\",\
                 \"command\":\"OPEN_POSITION\",\"parameters\":{{\"symbol\":\"EURUSD\",\
                 \"type\":\"{side}\",\"volume\":0.01,\"stopLoss\":{sl:.5},\"takeProfit\":{tp:.5}}}}}}}\n"
            )
        };
        (0..self.resting).map(one).collect()
    }
}

fn generate(path: &Path, spec: &SymbolSpec, ticks: u64, seed: u64) {
    let mut writer = TickWriter::create(path, TickLayout::exact(spec.digits)).unwrap();
    let mut generator = Generator::new(spec, SymbolId(0), ticks, seed);
    let mut batch = TickColumns::default();
    loop {
        generator.next_batch(&mut batch).unwrap();
        if batch.is_empty() {
            break;
        }
        writer.push_columns(&batch, 0..batch.len()).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), ticks);
}
