//! A session in figures.

use super::database::{AuditDatabase, AuditError};
use rusqlite::{Connection, Result, ToSql};
use serde::Serialize;
use serde_json::json;

/// The figures of some runs. Amounts are in the deposit currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveSummary {
    /// The requests to the trade server, by what became of them.
    pub orders: Vec<(String, u64)>,
    /// The refusals, by the server's reason.
    pub refusals: Vec<(String, u64)>,
    /// The trades closed.
    pub trades: u64,
    /// Those of them that have made money, with commission and swap.
    pub won: u64,
    /// What they have made, with commission and swap.
    pub profit: f64,
    /// By how much the price was worse than asked for, on average and at most, by symbol; below 0 it was better.
    pub slippage: Vec<SymbolSlippage>,
    /// From a request to its answer, in milliseconds: the middle one, and the longest.
    pub latency_ms: Option<(f64, f64)>,
}

/// The slippage of a symbol, in units of its price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SymbolSlippage {
    /// The broker's name of the symbol.
    pub symbol: String,
    /// The number of orders executed.
    pub orders: u64,
    /// The mean.
    pub mean: f64,
    /// The worst.
    pub worst: f64,
}

impl LiveSummary {
    /// The figures of a run and of all after it, in the audit as well.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn since(
        database: &AuditDatabase,
        first_run: &str,
    ) -> std::result::Result<Self, AuditError> {
        let summary = database.ask(|connection| read(connection, first_run))?;
        let text = json!(summary).to_string();
        let update = "UPDATE runs SET summary = ?1 WHERE id = (SELECT max(id) FROM runs)";
        database.ask(|connection| connection.execute(update, [text]))?;
        Ok(summary)
    }

    /// The figures in lines for people; those of what did not happen are left out.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let counted = |of: &[(String, u64)]| {
            let parts: Vec<String> =
                of.iter().map(|(name, count)| format!("{count} {name}")).collect();
            parts.join(", ")
        };
        if !self.orders.is_empty() {
            lines.push(format!("orders: {}", counted(&self.orders)));
        }
        if !self.refusals.is_empty() {
            lines.push(format!("refused: {}", counted(&self.refusals)));
        }
        if let Some(rate) = (self.won * 100).checked_div(self.trades) {
            let Self { trades, won, profit, .. } = self;
            lines.push(format!("trades: {trades} closed, {won} won ({rate} %), {profit:.2} made"));
        }
        for SymbolSlippage { symbol, orders, mean, worst } in &self.slippage {
            lines.push(format!(
                "slippage {symbol}: {mean:.6} on average, {worst:.6} at most, of {orders} orders"
            ));
        }
        if let Some((middle, longest)) = self.latency_ms {
            lines.push(format!("answers: after {middle:.1} ms (median), {longest:.1} ms at most"));
        }
        lines
    }
}

/// Which rows are of the runs.
const SINCE: &str =
    "run_id IN (SELECT run_id FROM runs WHERE id >= (SELECT id FROM runs WHERE run_id = ?1))";

fn read(connection: &Connection, first_run: &str) -> Result<LiveSummary> {
    let counted = |column: &str, also: &str| -> Result<Vec<(String, u64)>> {
        let sql = format!(
            "SELECT {column}, count(*) FROM orders WHERE {SINCE} {also} GROUP BY 1 ORDER BY 2 DESC, 1"
        );
        let mut rows = connection.prepare(&sql)?;
        let rows = rows.query_map([first_run], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let trades = format!(
        "SELECT count(*), coalesce(sum(profit + commission + swap > 0), 0), coalesce(sum(profit + commission + swap), 0.0)
         FROM trades WHERE {SINCE}"
    );
    let (closed, won, profit) = connection
        .query_row(&trades, [first_run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(LiveSummary {
        orders: counted("status", "")?,
        refusals: counted("retcode_message", "AND status = 'refused'")?,
        trades: closed,
        won,
        profit,
        slippage: slippage(connection, &first_run)?,
        latency_ms: latency_ms(connection, &first_run)?,
    })
}

fn slippage(connection: &Connection, first_run: &dyn ToSql) -> Result<Vec<SymbolSlippage>> {
    let worse = "(executed_price - price) * CASE side WHEN 'BUY' THEN 1 ELSE -1 END";
    let sql = format!(
        "SELECT symbol, count(*), avg({worse}), max({worse}) FROM orders
         WHERE {SINCE} AND order_type IN ('open', 'close') AND executed_price IS NOT NULL GROUP BY 1 ORDER BY 1"
    );
    let mut rows = connection.prepare(&sql)?;
    let rows = rows.query_map([first_run], |row| {
        let (symbol, orders) = (row.get(0)?, row.get(1)?);
        Ok(SymbolSlippage { symbol, orders, mean: row.get(2)?, worst: row.get(3)? })
    })?;
    rows.collect()
}

fn latency_ms(connection: &Connection, first_run: &dyn ToSql) -> Result<Option<(f64, f64)>> {
    let sql = format!(
        "SELECT (answered_ns - sent_ns) / 1e6 FROM orders WHERE {SINCE} AND retcode IS NOT NULL ORDER BY 1"
    );
    let mut rows = connection.prepare(&sql)?;
    let all = rows.query_map([first_run], |row| row.get(0))?.collect::<Result<Vec<f64>>>()?;
    Ok(all.last().map(|longest| (all[all.len() / 2], *longest)))
}
