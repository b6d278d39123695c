//! Indicators against their definitions, written down a second time as plain loops over the whole
//! history in doubles: arrays and bar numbers as in the sources of MT5 and TA-Lib, slow and without
//! a trick.

#![allow(clippy::cast_precision_loss, reason = "counts of bars are small")]
#![allow(clippy::float_cmp, reason = "no range at all is exactly none")]

use proptest::prelude::*;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::time::ServerMsc;
use tickdeck::indicator::any::Indicator;
use tickdeck::indicator::named::Named;
use tickdeck::market::bar::Bar;

/// One price a bar; what comes out is as long, empty where it is not defined.
type Series = Vec<Option<f64>>;

/// Bars as columns of doubles, the terminal's: whole part and fraction rounded apart.
struct Table {
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
}

impl Table {
    fn of(bars: &[Bar]) -> Self {
        let column = |price: fn(&Bar) -> Price| {
            let double = |bar: &Bar| {
                let text = price(bar).with_digits(9);
                let (whole, fraction) = text.split_once('.').unwrap();
                whole.parse::<f64>().unwrap() + format!("0.{fraction}").parse::<f64>().unwrap()
            };
            bars.iter().map(double).collect()
        };
        Self {
            high: column(|bar| bar.high),
            low: column(|bar| bar.low),
            close: column(|bar| bar.close),
        }
    }

    fn len(&self) -> usize {
        self.close.len()
    }

    fn typical(&self) -> Vec<f64> {
        (0..self.len()).map(|i| (self.high[i] + self.low[i] + self.close[i]) / 3.0).collect()
    }

    fn true_range(&self, i: usize) -> f64 {
        let before = self.close[i - 1];
        (self.high[i] - self.low[i])
            .max((self.high[i] - before).abs())
            .max((self.low[i] - before).abs())
    }

    /// Directional movement, up and down.
    fn movement(&self, i: usize) -> (f64, f64) {
        let up = (self.high[i] - self.high[i - 1]).max(0.0);
        let down = (self.low[i - 1] - self.low[i]).max(0.0);
        (if up > down { up } else { 0.0 }, if down > up { down } else { 0.0 })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A value for each full window of `n`.
fn windows(prices: &[f64], n: usize, value: impl Fn(&[f64]) -> f64) -> Series {
    (0..prices.len()).map(|i| (i + 1 >= n).then(|| value(&prices[i + 1 - n..=i]))).collect()
}

fn sma(prices: &[f64], n: usize) -> Series {
    windows(prices, n, mean)
}

fn lwma(prices: &[f64], n: usize) -> Series {
    windows(prices, n, |window| {
        let weighted: f64 =
            window.iter().zip(1..).map(|(price, weight)| price * f64::from(weight)).sum();
        weighted / (1..=n).sum::<usize>() as f64
    })
}

/// From bar `begin` on, seeded there with the value itself.
fn ema_from(prices: &[f64], n: usize, begin: usize) -> Vec<f64> {
    let mut out = vec![0.0; prices.len()];
    for i in begin..prices.len() {
        let k = 2.0 / (1.0 + n as f64);
        out[i] = if i == begin { prices[i] } else { prices[i] * k + out[i - 1] * (1.0 - k) };
    }
    out
}

/// From bar `last` on, seeded there with the mean of the `n` up to it.
fn ema_seeded(prices: &[f64], n: usize, last: usize) -> Series {
    let (mut out, k) = (vec![None; prices.len()], 2.0 / (1.0 + n as f64));
    for i in last..prices.len() {
        out[i] = Some(if i == last {
            mean(&prices[i + 1 - n..=i])
        } else {
            out[i - 1].unwrap() + k * (prices[i] - out[i - 1].unwrap())
        });
    }
    out
}

fn smma(prices: &[f64], n: usize) -> Series {
    let mut out: Series = vec![None; prices.len()];
    for i in n - 1..prices.len() {
        out[i] = Some(if i == n - 1 {
            mean(&prices[..n])
        } else {
            (out[i - 1].unwrap() * (n - 1) as f64 + prices[i]) / n as f64
        });
    }
    out
}

fn drawn(values: Vec<f64>, begin: usize) -> Series {
    values.into_iter().enumerate().map(|(i, value)| (i >= begin).then_some(value)).collect()
}

fn dema(prices: &[f64], n: usize) -> Series {
    let first = ema_from(prices, n, 0);
    let second = ema_from(&first, n, n - 1);
    drawn(first.iter().zip(second).map(|(a, b)| 2.0 * a - b).collect(), 2 * n - 2)
}

fn tema(prices: &[f64], n: usize) -> Series {
    let first = ema_from(prices, n, 0);
    let second = ema_from(&first, n, n - 1);
    let third = ema_from(&second, n, 2 * n - 2);
    drawn(
        (0..prices.len()).map(|i| 3.0 * first[i] - 3.0 * second[i] + third[i]).collect(),
        3 * n - 3,
    )
}

/// By its first n changes, then smoothed.
fn rsi(prices: &[f64], n: usize, still: f64) -> Series {
    let change: Vec<f64> = prices.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let up = smma(&change.iter().map(|change| change.max(0.0)).collect::<Vec<_>>(), n);
    let down = smma(&change.iter().map(|change| (-change).max(0.0)).collect::<Vec<_>>(), n);
    let value = |(up, down): (Option<f64>, Option<f64>)| match (up?, down?) {
        (0.0, 0.0) => Some(still),
        (up, down) => Some(100.0 * up / (up + down)),
    };
    std::iter::once(None).chain(up.into_iter().zip(down).map(value)).take(prices.len()).collect()
}

fn atr(table: &Table, n: usize, average: fn(&[f64], usize) -> Series) -> Series {
    let ranges: Vec<f64> = (1..table.len()).map(|i| table.true_range(i)).collect();
    std::iter::once(None).chain(average(&ranges, n)).take(table.len()).collect()
}

/// About a centre, the population's.
fn deviation(prices: &[f64], n: usize, centers: &Series) -> Series {
    let value = |(i, center): (usize, &Option<f64>)| {
        let center = center.filter(|_| i + 1 >= n)?;
        let squares: f64 =
            prices[i + 1 - n..=i].iter().map(|price| (price - center) * (price - center)).sum();
        Some((squares / n as f64).sqrt())
    };
    centers.iter().enumerate().map(value).collect()
}

fn plus(a: &Series, factor: f64, b: &Series) -> Series {
    a.iter().zip(b).map(|(a, b)| Some((*a)? + factor * (*b)?)).collect()
}

fn macd(prices: &[f64], fast: usize, slow: usize, signal: usize) -> [Series; 3] {
    let (fast, slow) = (ema_from(prices, fast, 0), ema_from(prices, slow, 0));
    let main: Vec<f64> = fast.iter().zip(slow).map(|(fast, slow)| fast - slow).collect();
    let signal = sma(&main, signal);
    let main: Series = main.into_iter().map(Some).collect();
    let histogram = plus(&main, -1.0, &signal);
    [main, signal, histogram]
}

fn macd_talib(prices: &[f64], fast: usize, slow: usize, signal: usize) -> [Series; 3] {
    let begin = fast.max(slow) - 1;
    let none = || vec![None; prices.len()];
    if prices.len() <= begin {
        return [none(), none(), none()];
    }
    let main = plus(&ema_seeded(prices, fast, begin), -1.0, &ema_seeded(prices, slow, begin));
    let values: Vec<f64> = main.iter().flatten().copied().collect();
    let mut follows = none();
    follows.truncate(begin);
    follows.extend(if values.len() >= signal {
        ema_seeded(&values, signal, signal - 1)
    } else {
        vec![None; values.len()]
    });
    let main: Series = main.iter().zip(&follows).map(|(main, signal)| signal.and(*main)).collect();
    let histogram = plus(&main, -1.0, &follows);
    [main, follows, histogram]
}

/// Lowest and highest of the `n` bars up to each.
fn extremes(high: &[f64], low: &[f64], n: usize) -> (Series, Series) {
    let least = windows(low, n, |window| window.iter().copied().fold(f64::MAX, f64::min));
    (least, windows(high, n, |window| window.iter().copied().fold(f64::MIN, f64::max)))
}

fn stochastic(
    table: &Table,
    n: usize,
    d: usize,
    slowing: usize,
    (high, low): (&[f64], &[f64]),
) -> [Series; 2] {
    let (least, most) = extremes(high, low, n);
    let k = |i: usize| {
        let bars = (i + 2 >= n + slowing).then(|| i + 1 - slowing..=i)?;
        let above: f64 = bars.clone().map(|i| table.close[i] - least[i].unwrap()).sum();
        let range: f64 = bars.map(|i| most[i].unwrap() - least[i].unwrap()).sum();
        Some(if range == 0.0 { 100.0 } else { 100.0 * above / range })
    };
    let k: Series = (0..table.len()).map(k).collect();
    let d = defined_sma(&k, d);
    [k, d]
}

fn stochastic_talib(table: &Table, n: usize, d: usize, slowing: usize) -> [Series; 2] {
    let (least, most) = extremes(&table.high, &table.low, n);
    let fast = |i: usize| {
        let (least, most) = (least[i]?, most[i]?);
        Some(if most == least { 0.0 } else { 100.0 * (table.close[i] - least) / (most - least) })
    };
    let k = defined_sma(&(0..table.len()).map(fast).collect(), slowing);
    let d = defined_sma(&k, d);
    [k.iter().zip(&d).map(|(k, d)| d.and(*k)).collect(), d]
}

/// The mean of the last `n` where all of them are defined.
fn defined_sma(values: &Series, n: usize) -> Series {
    let value = |i: usize| {
        let window: Option<Vec<f64>> =
            values[(i + 1).checked_sub(n)?..=i].iter().copied().collect();
        window.map(|window| mean(&window))
    };
    (0..values.len()).map(value).collect()
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { 100.0 * part / whole }
}

/// ADX.mq5: buffers that begin with 0.
fn adx(table: &Table, n: usize) -> [Series; 3] {
    let len = table.len();
    let (mut main, mut plus, mut minus) = (vec![0.0; len], vec![0.0; len], vec![0.0; len]);
    let k = 2.0 / (n as f64 + 1.0);
    for i in 1..len {
        let ((up, down), range) = (table.movement(i), table.true_range(i));
        plus[i] = percent(up, range) * k + plus[i - 1] * (1.0 - k);
        minus[i] = percent(down, range) * k + minus[i - 1] * (1.0 - k);
        main[i] =
            percent((plus[i] - minus[i]).abs(), plus[i] + minus[i]) * k + main[i - 1] * (1.0 - k);
    }
    [drawn(main, 2 * n), drawn(plus, n), drawn(minus, n)]
}

/// ADXW.mq5: nothing is smoothed before bar n.
fn adx_wilder(table: &Table, n: usize) -> [Series; 3] {
    let len = table.len();
    let [mut main, mut plus, mut minus] = [vec![0.0; len], vec![0.0; len], vec![0.0; len]];
    let [mut ups, mut downs, mut ranges] = [vec![0.0; len], vec![0.0; len], vec![0.0; len]];
    for i in n.max(1)..len {
        let (up, down) = table.movement(i);
        let smooth = |buffer: &mut Vec<f64>, value: f64| {
            buffer[i] = (buffer[i - 1] * (n - 1) as f64 + value) / n as f64;
        };
        smooth(&mut ups, up);
        smooth(&mut downs, down);
        smooth(&mut ranges, table.true_range(i));
        (plus[i], minus[i]) = (percent(ups[i], ranges[i]), percent(downs[i], ranges[i]));
        smooth(&mut main, percent((plus[i] - minus[i]).abs(), plus[i] + minus[i]));
    }
    [drawn(main, 2 * n), drawn(plus, n + 1), drawn(minus, n + 1)]
}

/// Wilder's book as TA-Lib reads it.
fn adx_talib(table: &Table, n: usize) -> [Series; 3] {
    let none = || vec![None; table.len()];
    let ([mut main, mut plus, mut minus], mut sums, mut dx) =
        ([none(), none(), none()], [0.0; 3], Vec::new());
    for i in 1..table.len() {
        let (up, down) = table.movement(i);
        for (sum, value) in sums.iter_mut().zip([up, down, table.true_range(i)]) {
            *sum = if i < n { *sum + value } else { *sum - *sum / n as f64 + value };
        }
        if i < n {
            continue;
        }
        let (p, m) = (percent(sums[0], sums[2]), percent(sums[1], sums[2]));
        (plus[i], minus[i]) = (Some(p), Some(m));
        dx.push(percent((p - m).abs(), p + m));
        main[i] = match i + 1 {
            bars if bars < 2 * n => None,
            bars if bars == 2 * n => Some(mean(&dx)),
            _ if p + m == 0.0 => main[i - 1],
            _ => main[i - 1].map(|before| (before * (n - 1) as f64 + dx[dx.len() - 1]) / n as f64),
        };
    }
    [main, plus, minus]
}

fn cci(prices: &[f64], n: usize) -> Series {
    windows(prices, n, |window| {
        let center = mean(window);
        let distance = mean(&window.iter().map(|price| (price - center).abs()).collect::<Vec<_>>());
        let now = window[n - 1];
        // What doubles make of equal prices is no distance.
        if distance < 1e-12 * now { 0.0 } else { (now - center) / (0.015 * distance) }
    })
}

/// All lines of the indicator of a name equal the series, to 1e-9 of the value and to what doubles
/// of such prices can say.
fn check(name: &str, bars: &[Bar], series: &[Series], noise: f64) -> Result<(), TestCaseError> {
    let named: Named = name.parse().unwrap();
    let mut indicator = Indicator::new(named.indicator);
    prop_assert_eq!(named.lines().count(), series.len());
    for (i, bar) in bars.iter().enumerate() {
        indicator.push(bar);
        for (line, expect) in named.lines().zip(series) {
            let value = indicator.value(line);
            let near = match (value, expect[i]) {
                (Some(value), Some(expect)) => {
                    (value - expect).abs() <= 1e-9 * expect.abs() + noise
                }
                (value, expect) => value.is_none() && expect.is_none(),
            };
            prop_assert!(near, "{} at bar {}: {:?} instead of {:?}", line, i, value, expect[i]);
        }
    }
    Ok(())
}

fn walk() -> impl Strategy<Value = Vec<Bar>> {
    let step = (-9_i64..10, 0_i64..4, 0_i64..4);
    prop::collection::vec(step, 1..150).prop_map(|steps| {
        let mut close = 1_170_000_000;
        let step = |(step, above, below): (i64, i64, i64)| {
            let open = close;
            // A third of the bars stands still, so that ranges of 0 come about.
            close += if step % 3 == 0 { 0 } else { step * 10_000 };
            let [open, high, low, close] = [
                open,
                open.max(close) + above / 2 * 10_000,
                open.min(close) - below / 2 * 10_000,
                close,
            ]
            .map(Price::from_raw);
            Bar {
                time_msc: ServerMsc(0),
                open,
                high,
                low,
                close,
                tick_volume: 1,
                spread: Points(0),
                real_volume: 0,
            }
        };
        steps.into_iter().map(step).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn averages(bars in walk(), n in 1_usize..30) {
        let table = Table::of(&bars);
        let prices = &table.close;
        check(&format!("sma_{n}"), &bars, &[sma(prices, n)], 0.0)?;
        check(&format!("sma_{n}_typical"), &bars, &[sma(&table.typical(), n)], 0.0)?;
        check(&format!("lwma_{n}"), &bars, &[lwma(prices, n)], 0.0)?;
        check(&format!("smma_{n}"), &bars, &[smma(prices, n)], 0.0)?;
        check(&format!("ema_{n}"), &bars, &[drawn(ema_from(prices, n, 0), 0)], 0.0)?;
        let seeded = if bars.len() >= n { ema_seeded(prices, n, n - 1) } else { vec![None; bars.len()] };
        check(&format!("ema_talib_{n}"), &bars, &[seeded], 0.0)?;
        check(&format!("dema_{n}"), &bars, &[dema(prices, n)], 0.0)?;
        check(&format!("tema_{n}"), &bars, &[tema(prices, n)], 0.0)?;
    }

    #[test]
    fn spreads(bars in walk(), n in 1_usize..30) {
        let table = Table::of(&bars);
        let prices = &table.close;
        // The root of a variance that doubles leave of equal prices.
        let noise = 1e-11;
        let about_sma = deviation(prices, n, &sma(prices, n));
        let middle = sma(prices, n);
        let bands = [plus(&middle, 2.5, &about_sma), middle.clone(), plus(&middle, -2.5, &about_sma)];
        check(&format!("bands_{n}_2.5"), &bars, &bands, noise)?;
        check(&format!("stddev_{n}"), &bars, &[about_sma], noise)?;
        let ema: Series = drawn(ema_from(prices, n, 0), 0);
        check(&format!("stddev_ema_{n}"), &bars, &[deviation(prices, n, &ema)], noise)?;
        check(&format!("stddev_smma_{n}"), &bars, &[deviation(prices, n, &smma(prices, n))], noise)?;
        check(&format!("stddev_lwma_{n}"), &bars, &[deviation(prices, n, &lwma(prices, n))], noise)?;
        check(&format!("atr_{n}"), &bars, &[atr(&table, n, sma)], 1e-15)?;
        check(&format!("atr_wilder_{n}"), &bars, &[atr(&table, n, smma)], 1e-15)?;
        check(&format!("cci_{n}"), &bars, &[cci(&table.typical(), n)], 1e-7)?;
    }

    #[test]
    fn oscillators(bars in walk(), n in 1_usize..20, d in 1_usize..6, slowing in 1_usize..6, slow in 1_usize..30) {
        let table = Table::of(&bars);
        let prices = &table.close;
        check(&format!("macd_{n}_{slow}_{d}"), &bars, &macd(prices, n, slow, d), 1e-14)?;
        check(&format!("macd_talib_{n}_{slow}_{d}"), &bars, &macd_talib(prices, n, slow, d), 1e-14)?;
        let low_high = stochastic(&table, n, d, slowing, (&table.high, &table.low));
        check(&format!("stochastic_{n}_{d}_{slowing}"), &bars, &low_high, 1e-8)?;
        let close_close = stochastic(&table, n, d, slowing, (prices, prices));
        check(&format!("stochastic_close_{n}_{d}_{slowing}"), &bars, &close_close, 1e-8)?;
        check(&format!("stochastic_talib_{n}_{d}_{slowing}"), &bars, &stochastic_talib(&table, n, d, slowing), 1e-8)?;
        check(&format!("rsi_{n}"), &bars, &[rsi(prices, n, 50.0)], 1e-8)?;
        check(&format!("rsi_talib_{n}"), &bars, &[rsi(prices, n, 0.0)], 1e-8)?;
    }

    #[test]
    fn trends(bars in walk(), n in 1_usize..20) {
        let table = Table::of(&bars);
        check(&format!("adx_{n}"), &bars, &adx(&table, n), 1e-8)?;
        check(&format!("adx_wilder_{n}"), &bars, &adx_wilder(&table, n), 1e-8)?;
        if n > 1 {
            check(&format!("adx_talib_{n}"), &bars, &adx_talib(&table, n), 1e-8)?;
        }
    }
}
