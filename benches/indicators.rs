//! What a bar costs each indicator, with short and with long windows: it must hardly know how long
//! they are.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::time::ServerMsc;
use tickdeck::indicator::any::Indicator;
use tickdeck::indicator::catalogue::IndicatorKind;
use tickdeck::indicator::parameter::Grain;
use tickdeck::indicator::spec::IndicatorSpec;
use tickdeck::market::bar::Bar;

const BARS: usize = 4_096;
const PERIODS: [u32; 2] = [14, 1_400];

/// Bars of a walk that a linear congruence draws.
fn bars() -> Vec<Bar> {
    let (mut state, mut close, mut time) = (7_u64, 1_170_000_000_i64, 0);
    let mut draw = |most: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % most).unwrap_or(0)
    };
    let bar = |_| {
        let open = close;
        close += (draw(41) - 20) * 10_000;
        time += 60_000;
        let [open, high, low, close] =
            [open, open.max(close) + draw(9) * 10_000, open.min(close) - draw(9) * 10_000, close]
                .map(Price::from_raw);
        let tick_volume = draw(300).unsigned_abs();
        Bar {
            time_msc: ServerMsc(time),
            open,
            high,
            low,
            close,
            tick_volume,
            spread: Points(1),
            real_volume: 0,
        }
    };
    (0..BARS).map(bar).collect()
}

/// With its first period as long as asked for, and the others of their usual length.
fn spec(kind: IndicatorKind, period: u32) -> IndicatorSpec {
    let figure =
        |(place, parameter): (usize, &tickdeck::indicator::parameter::Parameter)| match parameter
            .default
        {
            Some(default) if place > 0 || parameter.grain == Grain::Fine => format!("_{default}"),
            _ => format!("_{period}"),
        };
    let row = kind.row();
    let figures: String = row.parameters.iter().enumerate().map(figure).collect();
    format!("{}{figures}", row.name).parse().expect("a period within bounds")
}

fn indicators(c: &mut Criterion) {
    let bars = bars();
    let mut group = c.benchmark_group("indicators");
    group.throughput(Throughput::Elements(BARS as u64));
    for kind in IndicatorKind::ALL {
        let spec_of = PERIODS.map(|period| spec(*kind, period));
        let several = if spec_of[0] == spec_of[1] { 1 } else { 2 };
        for spec in &spec_of[..several] {
            let mut indicator = Indicator::new(*spec);
            group.bench_function(BenchmarkId::from_parameter(spec), |b| {
                b.iter(|| {
                    bars.iter().for_each(|bar| indicator.push(black_box(bar)));
                    indicator.value_at(0)
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, indicators);
criterion_main!(benches);
