//! The price at which a market order is executed (MT5 reference 3.4, 4.1). Whether it may be
//! executed is decided elsewhere.

use crate::domain::amount::{Points, Price};
use crate::domain::order::{FillingMode, Side};
use crate::domain::retcode::Retcode;
use crate::domain::symbol::{ExecutionMode, SymbolSpec};
use crate::executor::action::{CloseRequest, OpenRequest};
use crate::session::description::Slippage;
use crate::sim::random::RandomStream;
use crate::valuation::quotes::Quote;

/// What determines the price of a market order, and how much of it may be filled.
#[derive(Debug, Clone, Copy)]
pub struct MarketOrder {
    /// The side of the order.
    pub side: Side,
    /// The requested price.
    pub price: Price,
    /// The largest accepted deviation from that price.
    pub deviation: Points,
    /// How much must be filled at once.
    pub filling: FillingMode,
}

impl From<&OpenRequest> for MarketOrder {
    fn from(open: &OpenRequest) -> Self {
        Self {
            side: open.side,
            price: open.price,
            deviation: open.deviation,
            filling: open.filling,
        }
    }
}

impl From<&CloseRequest> for MarketOrder {
    fn from(close: &CloseRequest) -> Self {
        Self {
            side: close.side,
            price: close.price,
            deviation: close.deviation,
            filling: close.filling,
        }
    }
}

/// The model of slippage, with its own random stream.
#[derive(Debug)]
pub struct Execution {
    slippage: Slippage,
    stream: RandomStream,
}

impl Execution {
    /// The model of a session.
    pub fn new(slippage: Slippage, seed: u64) -> Self {
        Self { slippage, stream: RandomStream::new("slippage", seed) }
    }

    /// The price of the deal. In request and instant execution it is the requested price, as long
    /// as the market is within the deviation; in market and exchange execution it is the quote,
    /// worse by the slippage.
    ///
    /// # Errors
    /// [`Retcode::REQUOTE`] when the market is farther from the requested price than the deviation.
    pub fn price(
        &mut self,
        spec: &SymbolSpec,
        quote: Quote,
        order: MarketOrder,
    ) -> Result<Price, Retcode> {
        let market = order.side.entry_price(quote.bid, quote.ask);
        assert!(market > Price::ZERO, "only what is quoted is executed");
        if matches!(spec.execution, ExecutionMode::Instant | ExecutionMode::Request) {
            let near = market.distance(order.price) <= spec.points(order.deviation);
            return if near { Ok(order.price) } else { Err(Retcode::REQUOTE) };
        }
        Ok(self.at_market(spec, quote, order.side))
    }

    /// The price of a deal at the quote, worse by the slippage but never below one tick.
    pub fn at_market(&mut self, spec: &SymbolSpec, quote: Quote, side: Side) -> Price {
        let market = side.entry_price(quote.bid, quote.ask);
        let worse = spec.points(self.points());
        let price = match side {
            // At the largest price, nothing is worse.
            Side::Buy => market.checked_add(worse).unwrap_or(market),
            Side::Sell => market - worse,
        };
        price.round_to_tick(spec.tick_size).max(spec.tick_size)
    }

    fn points(&mut self) -> Points {
        match self.slippage {
            Slippage::ConstantPoints(points) => points,
            Slippage::UniformPoints { max } => {
                let drawn = self.stream.between(0, max.0.max(0).unsigned_abs());
                Points(drawn.cast_signed())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::{euro, price, quote};

    fn check(
        mode: ExecutionMode,
        slippage: Slippage,
        side: Side,
        asked: &str,
        expect: Result<&str, Retcode>,
    ) {
        let spec = SymbolSpec { execution: mode, ..euro() };
        let order = MarketOrder {
            side,
            price: price(asked),
            deviation: Points(5),
            filling: FillingMode::Ioc,
        };
        let got = Execution::new(slippage, 1).price(&spec, quote("1.1", "1.1001"), order);
        assert_eq!(got, expect.map(price), "{mode:?} {side:?} {asked}");
    }

    #[test]
    fn market_execution_takes_the_quote_and_the_slippage() {
        let slip = |points| Slippage::ConstantPoints(Points(points));
        check(ExecutionMode::Market, slip(0), Side::Buy, "9", Ok("1.1001"));
        check(ExecutionMode::Market, slip(3), Side::Buy, "9", Ok("1.10013"));
        check(ExecutionMode::Exchange, slip(3), Side::Sell, "9", Ok("1.09997"));
    }

    #[test]
    fn instant_execution_takes_the_price_asked_or_requotes() {
        let none = Slippage::default();
        check(ExecutionMode::Instant, none, Side::Buy, "1.10005", Ok("1.10005"));
        check(ExecutionMode::Instant, none, Side::Buy, "1.10015", Ok("1.10015"));
        check(ExecutionMode::Instant, none, Side::Buy, "1.10004", Err(Retcode::REQUOTE));
        check(ExecutionMode::Request, none, Side::Sell, "1.10006", Err(Retcode::REQUOTE));
    }
}
