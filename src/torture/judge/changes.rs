//! `changes-stand`: a pending order that a command has changed stays as the command's result found
//! it.

use crate::domain::amount::Price;
use crate::domain::id::Ticket;
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::executor::action::{CommandResult, ResultStatus};
use crate::executor::command::Command;
use crate::torture::commands::Delivered;
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use crate::torture::judge::attempts::is_long_ago;
use crate::torture::world::World;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "changes-stand";

/// What a command changes of an order: price, price of the limit order that it becomes, stop loss
/// and take profit.
type Shape = [Option<Price>; 4];

/// The orders that commands have changed, each as it was then, and since when it has been
/// different.
#[derive(Debug, Default)]
pub struct ChangesStand(BTreeMap<Ticket, (Shape, Timestamp)>);

impl ChangesStand {
    /// A command about an order was received: it may change it.
    pub fn command(&mut self, command: &Command) {
        if let Command::ModifyOrder(change) = command {
            self.0.remove(&change.order);
        }
    }

    /// Takes the first result of a command.
    pub fn result(
        &mut self,
        facts: &Facts,
        world: &World,
        command: &Delivered,
        result: &CommandResult,
    ) {
        let Some(envelope) = command.envelope().filter(|_| result.status == ResultStatus::Executed)
        else {
            return;
        };
        if let Command::ModifyOrder(change) = &envelope.command
            && let Some(order) = working(world, change.order)
        {
            self.0.insert(change.order, (shape(order), facts.at));
        }
    }

    /// A process without a state begins, which knows none of this.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// Checks now and then, and at the end.
    pub fn look(&mut self, facts: &Facts, world: &World, found: &mut Findings) {
        self.0.retain(|ticket, (left, since)| {
            let Some(order) = working(world, *ticket).filter(|order| !is_triggered(order, *left))
            else {
                return false;
            };
            if shape(order) == *left {
                *since = facts.at;
            }
            if is_long_ago(facts, *since) {
                found.violate(NAME, || {
                    format!("order {ticket} was changed to {left:?} and is {:?}", shape(order))
                });
            }
            true
        });
    }
}

fn working(world: &World, ticket: Ticket) -> Option<&Order> {
    world.working().find(|order| order.ticket == ticket)
}

fn shape(order: &Order) -> Shape {
    [order.price, order.stop_limit, order.sl, order.tp]
}

/// A triggered stop-limit order is a limit order at its second price.
fn is_triggered(order: &Order, left: Shape) -> bool {
    left[1].is_some() && order.stop_limit.is_none()
}
