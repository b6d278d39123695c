//! Sharing changes nothing: a strategy sees what it would see alone.

use super::*;
use crate::domain::amount::{Points, Price};
use crate::domain::time::ServerMsc;
use proptest::prelude::*;

#[test]
fn the_last_number_is_given_and_none_beyond_it() {
    let spec = |text: &str| text.parse::<LineSpec>().unwrap().indicator();
    let mut watch = Watch {
        indicators: vec![SharedIndicator::new(spec("SMA_2"), 0); INDICATORS_MAX - 2],
        ..Watch::default()
    };
    assert!(watch.has_room(2));
    let cross = IndicatorCross {
        fast: "EMA_3".parse().unwrap(),
        slow: "EMA_4".parse().unwrap(),
        direction: Direction::Both,
    };
    watch.add(0, &cross, 4);
    assert_eq!(
        (watch.pairs[0].state.fast.shared, watch.pairs[0].state.slow.shared),
        (u16::MAX - 1, u16::MAX)
    );
    assert!(!watch.has_room(1));
}

/// What happens to a watch. Lines are a choice among few, so that many are shared.
#[derive(Debug, Clone)]
enum Move {
    Add(usize, u32),
    Change(usize, usize, u32),
    Remove(usize),
    Bar(i64),
    Hole,
}

fn moves() -> impl proptest::strategy::Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        3 => (0_usize..4, 0_u32..6).prop_map(|(lines, warmup)| Move::Add(lines, warmup)),
        2 => (0_usize..9, 0_usize..4, 0_u32..6).prop_map(|(which, lines, warmup)| Move::Change(which, lines, warmup)),
        1 => (0_usize..9).prop_map(Move::Remove),
        20 => (1_i64..8).prop_map(Move::Bar),
        1 => Just(Move::Hole),
    ];
    prop::collection::vec(one, 1..120)
}

fn cross(lines: usize) -> IndicatorCross {
    let (fast, slow) =
        [("SMA_1", "SMA_2"), ("SMA_1", "SMA_3"), ("SMA_2", "SMA_3"), ("EMA_2", "SMA_3")][lines];
    let (fast, slow) = (fast.parse().unwrap(), slow.parse().unwrap());
    IndicatorCross { fast, slow, direction: Direction::Both }
}

fn bar(minute: usize, price: i64) -> Bar {
    let price = Price::from_raw(price * 1_000_000_000);
    let time_msc = ServerMsc(i64::try_from(minute).unwrap() * 60_000);
    Bar {
        time_msc,
        open: price,
        high: price,
        low: price,
        close: price,
        tick_volume: 1,
        spread: Points(0),
        real_volume: 0,
    }
}

/// The same strategies, each with a watch of its own and all in one.
#[derive(Default)]
struct Both {
    alone: Vec<(u32, Watch)>,
    together: Watch,
    history: VecDeque<Bar>,
    slots: u32,
}

impl Both {
    fn each(&mut self, act: impl Fn(&mut Watch, &VecDeque<Bar>)) {
        self.alone.iter_mut().for_each(|(_, watch)| act(watch, &self.history));
        act(&mut self.together, &self.history);
    }

    fn apply(&mut self, one: &Move) {
        match *one {
            Move::Add(lines, warmup) => {
                let mut watch = Watch::default();
                for watch in [&mut watch, &mut self.together] {
                    watch.add(self.slots, &cross(lines), warmup);
                    watch.seed(&self.history);
                }
                self.alone.push((self.slots, watch));
                self.slots += 1;
            }
            Move::Change(which, lines, warmup) => {
                let Some((slot, watch)) = self.alone.get_mut(which) else { return };
                for watch in [watch, &mut self.together] {
                    watch.prepare(&cross(lines));
                    watch.seed(&self.history);
                    watch.change(*slot, &cross(lines), warmup);
                }
            }
            Move::Remove(which) if which < self.alone.len() => {
                let (slot, _) = self.alone.remove(which);
                self.together.remove(slot);
            }
            Move::Remove(_) => {}
            Move::Bar(price) => {
                let next = bar(self.history.len(), price);
                self.history.push_back(next);
                self.each(|watch, _| watch.take_bar(&next));
            }
            Move::Hole => {
                self.history.clear();
                self.each(|watch, history| {
                    watch.begin_anew();
                    watch.seed(history);
                });
            }
        }
    }

    fn check(&self) {
        let slots: Vec<u32> = self.alone.iter().map(|(slot, _)| *slot).collect();
        let watched: Vec<u32> = self.together.watchers().iter().map(|one| one.slot).collect();
        assert_eq!(watched, slots);
        for (place, (slot, watch)) in self.alone.iter().enumerate() {
            assert_eq!(bars_seen(&self.together, *slot), bars_seen(watch, *slot));
            let (shared, own) = (self.together.written().nth(place), watch.written().next());
            assert_eq!(shared.map(seen), own.map(seen));
        }
        let text = serde_json::to_string(&self.together).unwrap();
        assert_eq!(serde_json::from_str::<Watch>(&text).unwrap(), self.together);
    }
}

proptest! {
    #[test]
    fn a_strategy_sees_what_it_would_see_alone(moves in moves()) {
        let mut both = Both::default();
        for one in &moves {
            both.apply(one);
            both.check();
            if matches!(one, Move::Bar(_)) {
                for (slot, watch) in &both.alone {
                    assert_eq!(outcome(&both.together, *slot), outcome(watch, *slot));
                }
            }
        }
    }
}

/// Strategies that were added at different times share a pair once it is in the same state.
#[test]
fn equal_pairs_are_shared_and_different_ones_are_not() {
    let mut both = Both::default();
    [Move::Add(0, 0), Move::Bar(1), Move::Bar(2), Move::Add(0, 3)]
        .iter()
        .for_each(|one| both.apply(one));
    assert_eq!(both.together.pairs.len(), 1);
    // A touch: the older one remembers the side, and the newer one has seen none.
    [Move::Bar(2), Move::Add(0, 0)].iter().for_each(|one| both.apply(one));
    assert_eq!(both.together.pairs.len(), 2);
    both.apply(&Move::Bar(3));
    both.apply(&Move::Remove(1));
    assert_eq!(both.together.pairs.len(), 1);
}

fn crossing(watch: &Watch, slot: u32) -> Crossing {
    match watch.watched(slot) {
        Some(Watched::Crossing(crossing)) => crossing,
        other => panic!("{slot} watches {other:?}"),
    }
}

fn outcome(watch: &Watch, slot: u32) -> CrossOutcome {
    watch.evaluate(crossing(watch, slot))
}

/// The number of bars that both lines have seen.
fn bars_seen(watch: &Watch, slot: u32) -> u32 {
    let [fast, slow] = watch.lines_of(crossing(watch, slot));
    watch.bars(fast).min(watch.bars(slow))
}

/// What is left of earlier bars, which does not depend on how indicators are numbered.
fn seen(watcher: WrittenWatcher) -> String {
    let text = serde_json::to_value(watcher).unwrap();
    format!("{} {}", text["cross"], text["primed"])
}
