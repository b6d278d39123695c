//! Random books: what the bounds decide is what the exact sums say, at the very edge too.

use super::*;
use crate::domain::id::{Magic, SymbolId};
use crate::domain::order::{OrderState, Reason};
use crate::domain::swap::{SwapMode, SwapSize, SwapTerms};
use crate::domain::symbol::{CalcMode, SymbolSpec};
use crate::domain::time::ServerMsc;
use crate::session::description::{AccountModel, MarginLevels};
use crate::sim::broker::book::fill::{Fill, Remainder};
use crate::sim::broker::book::new_order::{OrderCause, market_order};
use crate::sim::broker::testing::{euro, money, price, tick_of};
use proptest::prelude::*;

/// Name, base, profit currency, digits, contract size, mode, and a usual price: every route of
/// conversion to USD or JPY is among them, and so are currencies without a minor unit.
const SYMBOLS: [(&str, &str, &str, u32, u32, CalcMode, i64); 8] = [
    ("EURUSD", "EUR", "USD", 5, 100_000, CalcMode::Forex, 1_170_000_000),
    ("USDJPY", "USD", "JPY", 3, 100_000, CalcMode::Forex, 150_000_000_000),
    ("EURJPY", "EUR", "JPY", 3, 100_000, CalcMode::ForexNoLeverage, 175_000_000_000),
    ("USDCAD", "USD", "CAD", 5, 100_000, CalcMode::Forex, 1_380_000_000),
    ("EURGBP", "EUR", "GBP", 5, 100_000, CalcMode::Forex, 860_000_000),
    ("GBPUSD", "GBP", "USD", 4, 7, CalcMode::Forex, 1_340_000_000),
    ("GOLD", "XAU", "USD", 2, 100, CalcMode::CfdLeverage, 3_400_000_000_000),
    ("INDEX", "SEK", "SEK", 9, 1, CalcMode::Cfd, 24_000_123_456_789),
];

fn spec(place: usize) -> SymbolSpec {
    let (name, base, quote, digits, contract_size, calc_mode, _) = SYMBOLS[place];
    // Costs and gains in each way of counting that converts.
    let modes = [SwapMode::Points, SwapMode::CurrencyMargin, SwapMode::InterestCurrent];
    let size = |size: &str| size.parse::<SwapSize>().unwrap();
    let swap = SwapTerms {
        mode: modes[place % 3],
        long: size("-7.6"),
        short: size("0.6"),
        days: SwapTerms::tripled_on(3),
    };
    SymbolSpec {
        swap: Some(swap),
        name: name.into(),
        digits,
        contract_size,
        calc_mode,
        currency_base: base.into(),
        currency_profit: quote.into(),
        currency_margin: base.into(),
        ..euro()
    }
}

fn book(deposit: &str, balance: &str) -> AccountBook {
    let rates = [("SEK", "0.093"), ("XAU", "3400"), ("CAD", "109"), ("GBP", "200")]
        .map(|(currency, rate)| (currency.to_owned(), price(rate)));
    let model = AccountModel {
        currency: deposit.into(),
        balance: money(balance),
        rates: rates.into_iter().collect(),
        ..AccountModel::default()
    };
    let specs = (0..SYMBOLS.len()).map(spec).collect();
    AccountBook::new(specs, model, Money::ZERO, ServerMsc(0)).unwrap()
}

/// What happens in a random book. Prices are thousandths of the usual one, plus some raw units.
#[derive(Debug, Clone)]
enum Move {
    Quote(usize, i64, i64),
    Open(usize, bool, i64),
    Add(usize, i64),
    Close(usize, i64),
    EndDay(usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let symbol = 0..SYMBOLS.len();
    // Whole hundredths of a lot, and volumes that no leg rounds evenly.
    let volume = prop_oneof![(1_i64..500).prop_map(|steps| steps * 1_000_000), 1_i64..900_000_000];
    let spread = prop_oneof![0_i64..3, -2_i64..0];
    let one = prop_oneof![
        3 => (symbol.clone(), 900_000_i64..1_100_000, spread)
            .prop_map(|(symbol, price, spread)| Move::Quote(symbol, price, spread)),
        4 => (symbol, any::<bool>(), volume.clone()).prop_map(|(symbol, buys, volume)| Move::Open(symbol, buys, volume)),
        1 => (0_usize..40, volume.clone()).prop_map(|(which, volume)| Move::Add(which, volume)),
        2 => (0_usize..40, volume).prop_map(|(which, volume)| Move::Close(which, volume)),
        1 => (0_usize..7).prop_map(Move::EndDay),
    ];
    prop::collection::vec(one, 1..60)
}

fn quote(book: &mut AccountBook, symbol: usize, millionths: i64, spread: i64) -> bool {
    let (_, _, _, digits, _, _, usual) = SYMBOLS[symbol];
    let point = 10_i64.pow(Price::SCALE - digits);
    let bid = usual / 1_000_000 * millionths / point * point;
    let mut tick = tick_of(u16::try_from(symbol).unwrap(), 0, "1", "1");
    tick.bid = Price::from_raw(bid);
    tick.ask = Price::from_raw(bid + spread * point);
    book.see(&tick)
}

fn quote_all(book: &mut AccountBook) {
    (0..SYMBOLS.len()).for_each(|symbol| _ = quote(book, symbol, 1_000_000, 1));
}

fn fill(book: &mut AccountBook, symbol: SymbolId, side: Side, volume: Volume) -> Fill {
    let number = book.next_order();
    let time_msc = ServerMsc(0);
    let cause =
        OrderCause { reason: Reason::Expert, magic: Magic(1), comment: String::new(), time_msc };
    let order = market_order(number, symbol, side, volume, OrderState::Started, cause);
    let quote = book.quote(symbol).unwrap();
    let price = side.entry_price(quote.bid, quote.ask);
    Fill { order, volume, price, time_msc, rest: Remainder::Ends }
}

fn apply(book: &mut AccountBook, one: &Move) {
    let news = &mut Vec::new();
    let found = |book: &AccountBook, which: usize| book.positions().nth(which).cloned();
    match *one {
        Move::Quote(symbol, millionths, spread) => {
            quote(book, symbol, millionths, spread);
        }
        Move::Open(symbol, buys, volume) => {
            let symbol = SymbolId(u16::try_from(symbol).unwrap());
            let side = if buys { Side::Buy } else { Side::Sell };
            let opening = Opening { symbol, side, sl: None, tp: None };
            let new = fill(book, symbol, side, Volume::from_raw(volume));
            book.open(new, opening, news);
        }
        Move::Add(which, volume) => {
            let Some(position) = found(book, which) else { return };
            let more = fill(book, position.symbol, position.side, Volume::from_raw(volume));
            book.add(more, position.ticket, news);
        }
        Move::Close(which, volume) => {
            let Some(position) = found(book, which) else { return };
            let volume = Volume::from_raw(volume).min(position.volume);
            let off = fill(book, position.symbol, position.side.opposite(), volume);
            book.close(off, position.ticket, news);
        }
        Move::EndDay(weekday) => book.charge_swaps(weekday, news),
    }
}

fn check(book: &AccountBook) {
    let (worth_now, open) = (book.open_worth(), book.open_size());
    if let Some(worth) = book.totals.worth(&book.converter, &book.quotes) {
        let open = open.expect("bounds promise that everything fits");
        assert!(worth.low <= worth_now && worth_now <= worth.high, "{worth:?} {worth_now}");
        assert!(worth.size >= open, "{worth:?} {open}");
    }
    let (equity, balance) = (book.equity(), book.ledger.balance());
    let near = [-10_000_000_i64, -1_000_001, -1, 0, 1, 1_000_001, 10_000_000];
    for away in near {
        let amount = Money::from_raw(equity.raw() + away);
        assert_eq!(book.covers(amount), amount <= equity, "{amount} of {equity}");
        let left = size(ledger::MOST) - size(balance) - open.unwrap_or_default();
        let more = Money::from_raw(i64::try_from(left).unwrap_or_default() + away);
        let fits = open.is_some_and(|open| open + size(balance) + size(more) <= size(ledger::MOST));
        assert_eq!(book.books(more), fits, "{more}");
    }
    for (symbol, side) in [(0, Side::Buy), (0, Side::Sell), (6, Side::Buy)] {
        let symbol = SymbolId(symbol);
        let own = book.positions().filter(|one| (one.symbol, one.side) == (symbol, side));
        let volume: Volume = own.map(|one| one.volume).sum();
        assert_eq!(book.volume_of(symbol, side, None), volume);
    }
}

fn run(deposit: &str, moves: &[Move]) {
    let mut book = book(deposit, "1000000");
    quote_all(&mut book);
    for one in moves {
        apply(&mut book, one);
        check(&book);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn bounds_decide_as_the_exact_sums_do(
        deposit in prop_oneof![Just("USD"), Just("JPY"), Just("EUR")],
        moves in moves(),
    ) {
        run(deposit, &moves);
    }
}

/// Small moves, so that nearly every quote is calm.
fn small_moves() -> impl Strategy<Value = Vec<(usize, i64, i64)>> {
    prop::collection::vec((0..SYMBOLS.len(), -120_i64..120, 0_i64..3), 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// What a quote does to the margin level is never overlooked.
    #[test]
    fn nothing_becomes_of_the_margin_at_a_calm_quote(
        deposit in prop_oneof![Just("USD"), Just("JPY"), Just("EUR")],
        open in prop::collection::vec((0..SYMBOLS.len(), any::<bool>(), 1_i64..60), 1..6),
        quotes in small_moves(),
        room in 1_i64..400,
    ) {
        let mut book = book(deposit, "1000000");
        quote_all(&mut book);
        for (symbol, buys, steps) in open {
            apply(&mut book, &Move::Open(symbol, buys, steps * 1_000_000));
        }
        let away = |part: i64| Money::from_raw(book.equity().raw() - part * 1_000_000_000);
        book.model.margin_so = MarginLevels::Money { call: away(room), so: away(2 * room) };
        book.settle_margin(&mut Vec::new());
        let mut at = [1_000_000_i64; SYMBOLS.len()];
        for (symbol, step, spread) in quotes {
            at[symbol] += step;
            // Nothing is closed here: the account may be stopped out already.
            let was_due = book.margin_room().is_none();
            if quote(&mut book, symbol, at[symbol], spread) {
                book.settle_margin(&mut Vec::new());
            } else {
                prop_assert!(was_due || book.margin_room().is_some());
            }
        }
    }
}

/// Even volumes and prices in the deposit currency are not rounded: nothing is left to doubt.
#[test]
fn what_is_not_rounded_is_known_to_the_cent() {
    let mut book = book("USD", "10000");
    quote_all(&mut book);
    for (symbol, buys, volume) in
        [(0, true, 7_000_000), (0, false, 3_000_000), (6, true, 1_000_000)]
    {
        apply(&mut book, &Move::Open(symbol, buys, volume));
    }
    quote(&mut book, 0, 1_003_000, 2);
    let worth = book.totals.worth(&book.converter, &book.quotes).unwrap();
    assert_eq!((worth.low, worth.high), (book.open_worth(), book.open_worth()));
}

/// Worth more than money holds: there are no bounds, and the answer is still the exact one.
#[test]
fn what_does_not_fit_has_no_bounds() {
    let mut book = book("USD", "10000");
    quote_all(&mut book);
    apply(&mut book, &Move::Open(0, true, 900_000_000_000_000));
    assert!(book.totals.worth(&book.converter, &book.quotes).is_some());
    let mut tick = tick_of(0, 1, "1", "1");
    (tick.bid, tick.ask) = (price("100"), price("100"));
    book.see(&tick);
    assert_eq!(book.totals.worth(&book.converter, &book.quotes), None);
    assert!(!book.books(Money::ZERO) && book.covers(money("1")));
}
