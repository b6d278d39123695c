//! Comments of orders, deals and positions, written by brokers and people. One that looks like a
//! secret is replaced before it is written. The executor looks only for comments of its own, none
//! of which looks like a secret, so a replay is not affected.

use crate::executor::event::BrokerEvent;
use crate::wire::secrets;
use std::sync::Arc;

/// News from the broker, as it is written.
#[must_use]
pub fn replaced(news: &BrokerEvent) -> BrokerEvent {
    let mut news = news.clone();
    match &mut news {
        BrokerEvent::Deal(deal) => replace(&mut deal.comment),
        BrokerEvent::Order(order) => replace(&mut order.comment),
        BrokerEvent::Position(position) => replace(&mut position.comment),
        BrokerEvent::Snapshot(snapshot) => {
            for position in &mut snapshot.positions {
                if secrets::is_secret(&position.comment) {
                    replace(&mut Arc::make_mut(position).comment);
                }
            }
            let history = snapshot.history_orders.iter_mut().map(Arc::make_mut);
            snapshot.orders.iter_mut().chain(history).for_each(|order| replace(&mut order.comment));
            let deals = snapshot.history_deals.iter_mut().map(Arc::make_mut);
            deals.for_each(|deal| replace(&mut deal.comment));
        }
        _ => {}
    }
    news
}

/// A comment, as it is written.
#[must_use]
pub fn written(comment: &str) -> &str {
    if secrets::is_secret(comment) { secrets::MARKER } else { comment }
}

fn replace(comment: &mut String) {
    if secrets::is_secret(comment) {
        secrets::MARKER.clone_into(comment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A snapshot with a comment wherever there may be one, through the file.
    #[test]
    fn a_comment_that_looks_like_a_secret_is_replaced_and_one_of_ours_is_not() {
        for (comment, expect) in [
            ("token=s3cr3t", "[replaced]"),
            ("td1e8f6204ffdf88e14344", "td1e8f6204ffdf88e14344"),
            ("by hand", "by hand"),
        ] {
            let order = json!({"ticket":2,"symbol":0,"kind":{"market":"buy"},"state":"filled","reason":"expert","magic":7,"position":2,
                "volume_initial":"0.1","volume_current":"0","time_setup_msc":1,"comment":comment});
            let deal = json!({"ticket":2,"order":2,"position":2,"symbol":0,"time_msc":1,"kind":{"trade":"buy"},"entry":"in","reason":"expert",
                "volume":"0.1","price":"1","profit":"0","commission":"0","swap":"0","magic":7,"comment":comment});
            let position = json!({"ticket":2,"symbol":0,"side":"buy","volume":"0.1","price_open":"1","sl":null,"tp":null,"time_msc":1,
                "magic":7,"comment":comment});
            let account = json!({"login":1,"currency":"USD","currency_digits":2,"leverage":1,"balance":"1","margin":"0","trade_allowed":true});
            let snapshot = json!({"as_of_msc":1,"complete":true,"account":account,"positions":[position],"orders":[order],
                "history_orders":[order],"history_deals":[deal]});
            for (news, comments) in [
                (json!({"order":order}), 1),
                (json!({"deal":deal}), 1),
                (json!({"position":position}), 1),
                (json!({"snapshot":snapshot}), 4),
            ] {
                let written =
                    serde_json::to_string(&replaced(&serde_json::from_value(news).unwrap()))
                        .unwrap();
                assert_eq!(written.matches(expect).count(), comments, "{written}");
            }
        }
    }
}
