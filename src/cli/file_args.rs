//! The options that say what files are and of which symbol, shared by all verbs that read ticks or
//! bars.

use crate::cli::output::{Helped, Output};
use crate::cli::spec_args::SpecArgs;
use crate::data::column_map::{ColumnMap, MappedColumn};
use crate::data::format::{Format, Stated};
use crate::data::specification::base_of;
use crate::data::symbol_name::told_by;
use crate::domain::symbol::SymbolSpec;
use crate::domain::text::{self, ShownPath};
use crate::domain::zone::ServerZone;
use jiff::civil::Date;
use std::path::Path;

/// What files are, where they do not say it.
#[derive(Debug, Clone, clap::Args)]
pub struct FileArgs {
    /// What the files are, where their content is not to tell
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// The day of files whose rows have times of day only, where their names do not say it
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub date: Option<Date>,
    /// What the columns of a table mean where their names do not say it: time=Datetime, bid=3 for
    /// the third column, volume=- for none
    #[arg(long, value_name = "WHAT=NAME,…", value_delimiter = ',')]
    pub map: Vec<MappedColumn>,
    /// The symbol whose ticks or bars they are, where neither their rows nor their name say it
    #[arg(long, value_name = "NAME")]
    pub symbol: Option<String>,
    /// Where the symbol's specification comes from.
    #[command(flatten)]
    pub spec: SpecArgs,
}

impl FileArgs {
    /// What is stated about the files; `zone` is the clock of times that say none.
    #[must_use]
    pub fn stated(&self, zone: Option<&ServerZone>) -> Stated {
        let map = ColumnMap(self.map.clone());
        Stated { format: self.format, date: self.date, zone: zone.cloned(), map }
    }

    /// The specification of the symbol that is given, or that `file` tells.
    ///
    /// # Errors
    /// No symbol is given or told, or there is no specification of it.
    pub fn find(&self, file: &Path, output: &Output) -> anyhow::Result<SymbolSpec> {
        let symbol = match &self.symbol {
            Some(symbol) => symbol.clone(),
            None => told_by(file, &self.stated(None))?.ok_or_else(|| Helped {
                message: format!(
                    "{}: neither its rows nor its name say of which symbol it is",
                    file.shown()
                ),
                help: "say --symbol NAME".to_owned(),
            })?,
        };
        if let Some(base) = base_of(&symbol).filter(|_| self.spec.spec.is_none() && !output.quiet) {
            output.note(&format!(
                "{}: the built-in specification of {base} is taken for it; --spec gives its own",
                text::name(&symbol)
            ));
        }
        Ok(self.spec.find(&symbol)?)
    }
}

/// A day, and nothing more: a time of day would be dropped without a word.
pub(super) fn day(text: &str) -> Result<Date, String> {
    if text.len() != "YYYY-MM-DD".len() {
        return Err("a day is written as 2024-01-02".to_owned());
    }
    text.parse().map_err(|error: jiff::Error| error.to_string())
}
