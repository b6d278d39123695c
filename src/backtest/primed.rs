//! A tick stream whose first batch has been read, because a session begins with its first tick.

use crate::domain::amount::Price;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;
use crate::session::ports::{PortError, TickStream};

/// A stream with its first batch at hand.
pub struct Primed {
    first: Option<TickColumns>,
    rest: Box<dyn TickStream>,
}

impl Primed {
    /// Reads the first batch.
    ///
    /// # Errors
    /// Errors of the stream.
    pub fn new(mut rest: Box<dyn TickStream>) -> Result<Self, PortError> {
        let mut first = TickColumns::default();
        rest.next_batch(&mut first)?;
        Ok(Self { first: Some(first), rest })
    }

    /// Reads up to the first tick at `from` or later, by the server's clock. What comes before is given away.
    ///
    /// # Errors
    /// Errors of the stream.
    pub fn since(
        mut rest: Box<dyn TickStream>,
        from: ServerMsc,
        mut earlier: impl FnMut(&Tick),
    ) -> Result<Self, PortError> {
        let mut batch = TickColumns::default();
        loop {
            batch.clear();
            rest.next_batch(&mut batch)?;
            let begins = batch.time_msc().partition_point(|time| *time < from.0);
            (0..begins).for_each(|at| earlier(&batch.tick(at)));
            if begins == 0 {
                return Ok(Self { first: Some(batch), rest });
            }
            if begins < batch.len() {
                let mut first = TickColumns::default();
                let tick = batch.tick(begins);
                first.begin(tick.symbol, Price::from_raw(batch.point_raw()));
                first.extend(&batch, begins..batch.len());
                return Ok(Self { first: Some(first), rest });
            }
        }
    }

    /// Server time of the first tick, if there is one.
    #[must_use]
    pub fn first_time(&self) -> Option<ServerMsc> {
        self.first.as_ref()?.time_at(0)
    }
}

impl std::fmt::Debug for Primed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Primed {{ first_time: {:?}, .. }}", self.first_time())
    }
}

impl TickStream for Primed {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        match self.first.take() {
            Some(first) => {
                *batch = first;
                Ok(())
            }
            None => self.rest.next_batch(batch),
        }
    }
}
