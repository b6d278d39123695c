//! The last values ordered by size, with sums: how many are below a bound, and their total.
//!
//! A treap: a search tree by value, and a heap by a fixed rank of each place, so that it is
//! balanced without random numbers. A value costs O(log n) on average, and nothing is allocated
//! once the tree has been full.

use serde::{Deserialize, Serialize};

/// No node.
const NONE: u32 = u32::MAX;

/// Values by size. Each has a place, which names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    nodes: Vec<Node>,
    root: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    value: i128,
    /// The sum of the values in this node and below.
    sum: i128,
    count: u32,
    left: u32,
    right: u32,
}

impl Ranked {
    /// An empty tree with the places 0 to `places` − 1.
    #[must_use]
    pub fn new(places: u32) -> Self {
        Self { nodes: Vec::with_capacity(places as usize), root: NONE }
    }

    /// Inserts a value at a free place. Places must first be used in their order.
    pub fn insert(&mut self, place: u32, value: i128) {
        let node = Node { value, sum: value, count: 1, left: NONE, right: NONE };
        match self.nodes.get_mut(place as usize) {
            Some(old) => *old = node,
            None => self.nodes.push(node),
        }
        let (left, right) = self.split(self.root, (value, place));
        let left = self.merge(left, place);
        self.root = self.merge(left, right);
    }

    /// Removes the value at a place.
    pub fn remove(&mut self, place: u32) {
        let key = self.key(place);
        self.root = self.without(self.root, key);
    }

    /// How many values are at most `bound`, and their sum.
    #[must_use]
    pub fn up_to(&self, bound: i128) -> (u32, i128) {
        let (mut at, mut count, mut sum) = (self.root, 0, 0);
        while let Some(node) = self.nodes.get(at as usize) {
            if node.value > bound {
                at = node.left;
                continue;
            }
            let (below_count, below_sum) = self.below(node.left);
            count += below_count + 1;
            sum += below_sum + node.value;
            at = node.right;
        }
        (count, sum)
    }

    fn key(&self, at: u32) -> (i128, u32) {
        (self.nodes[at as usize].value, at)
    }

    fn below(&self, at: u32) -> (u32, i128) {
        self.nodes.get(at as usize).map_or((0, 0), |node| (node.count, node.sum))
    }

    /// Updates the sums of a node whose children have changed.
    fn renew(&mut self, at: u32) -> u32 {
        let Node { value, left, right, .. } = self.nodes[at as usize];
        let ((left_count, left_sum), (right_count, right_sum)) =
            (self.below(left), self.below(right));
        let node = &mut self.nodes[at as usize];
        (node.count, node.sum) = (left_count + right_count + 1, left_sum + right_sum + value);
        at
    }

    /// Splits a tree into what is below `key` and what is above it.
    fn split(&mut self, at: u32, key: (i128, u32)) -> (u32, u32) {
        if at == NONE {
            return (NONE, NONE);
        }
        if self.key(at) < key {
            let (left, right) = self.split(self.nodes[at as usize].right, key);
            self.nodes[at as usize].right = left;
            (self.renew(at), right)
        } else {
            let (left, right) = self.split(self.nodes[at as usize].left, key);
            self.nodes[at as usize].left = right;
            (left, self.renew(at))
        }
    }

    /// Joins two trees, all of the first below all of the second.
    fn merge(&mut self, left: u32, right: u32) -> u32 {
        if left == NONE || right == NONE {
            return left.min(right);
        }
        if rank(left) > rank(right) {
            let inner = self.merge(self.nodes[left as usize].right, right);
            self.nodes[left as usize].right = inner;
            self.renew(left)
        } else {
            let inner = self.merge(left, self.nodes[right as usize].left);
            self.nodes[right as usize].left = inner;
            self.renew(right)
        }
    }

    fn without(&mut self, at: u32, key: (i128, u32)) -> u32 {
        let Node { left, right, .. } = self.nodes[at as usize];
        if self.key(at) == key {
            return self.merge(left, right);
        }
        if self.key(at) < key {
            let inner = self.without(right, key);
            self.nodes[at as usize].right = inner;
        } else {
            let inner = self.without(left, key);
            self.nodes[at as usize].left = inner;
        }
        self.renew(at)
    }
}

/// A place's rank in the heap: its number, well mixed (splitmix64).
const fn rank(place: u32) -> u64 {
    let mut mixed = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_and_sums_are_those_of_the_values(values in prop::collection::vec(-9_i128..9, 1..200), places in 1_u32..20) {
            let mut ranked = Ranked::new(places);
            for (number, &value) in values.iter().enumerate() {
                let place = u32::try_from(number).unwrap() % places;
                if number >= places as usize {
                    ranked.remove(place);
                }
                ranked.insert(place, value);
                let last = &values[(number + 1).saturating_sub(places as usize)..=number];
                for bound in -10..10 {
                    let under: Vec<_> = last.iter().filter(|value| **value <= bound).collect();
                    let expect = (u32::try_from(under.len()).unwrap(), under.into_iter().sum());
                    prop_assert_eq!(ranked.up_to(bound), expect);
                }
            }
        }
    }

    /// A rising market is the worst for a plain tree.
    #[test]
    fn a_rising_market_makes_no_deep_tree() {
        let mut ranked = Ranked::new(1_000);
        for number in 0..5_000_u32 {
            let place = number % 1_000;
            if number >= 1_000 {
                ranked.remove(place);
            }
            ranked.insert(place, i128::from(number));
        }
        assert!(depth(&ranked, ranked.root) < 40, "{}", depth(&ranked, ranked.root));
    }

    fn depth(ranked: &Ranked, at: u32) -> usize {
        ranked
            .nodes
            .get(at as usize)
            .map_or(0, |node| 1 + depth(ranked, node.left).max(depth(ranked, node.right)))
    }
}
