//! Walks through packed numbers of Parquet as their decoder will, from one variable-length number
//! to the next, because the decoder panics on one without an end. Nothing is unpacked; only each
//! run or block is looked at.
//!
//! Source: parquet-format, `Encodings.md`.

/// The largest length of a variable-length number in bytes.
const NUMBER_MAX: usize = 10;
/// The largest number of values in a block of differences; writers use 128, in 4 parts.
const BLOCK_MAX: u64 = 1 << 16;

/// Whether up to `count` numbers of `bits` bits each, in runs (RLE and bit-packed), are consistent.
#[must_use]
pub fn are_runs(bytes: &[u8], bits: u8, count: u32) -> bool {
    let (bits, mut left, mut walk) = (usize::from(bits), u64::from(count), Walk { rest: bytes });
    while left > 0 {
        match walk.number() {
            Number::Endless => return false,
            Number::None => return true,
            // Some writers pad the page with zeros. The decoder stops there, and continues after
            // them when asked for more.
            Number::Some(0) => {}
            Number::Some(head) => {
                let is_packed = head & 1 == 1;
                let (values, bytes) = if is_packed {
                    ((head >> 1).saturating_mul(8), (head >> 1).saturating_mul(bits as u64))
                } else {
                    (head >> 1, bits.div_ceil(8) as u64)
                };
                left = left.saturating_sub(values);
                walk.skip(bytes);
            }
        }
    }
    true
}

/// Whether numbers packed by their differences are consistent: there is at least one, blocks have a
/// usual size, and each begins with a number that ends.
#[must_use]
pub fn are_differences(bytes: &[u8]) -> bool {
    let mut walk = Walk { rest: bytes };
    let (Number::Some(block), Number::Some(parts), Number::Some(count @ 1..)) =
        (walk.number(), walk.number(), walk.number())
    else {
        return false;
    };
    if block > BLOCK_MAX || parts == 0 || parts > block || !matches!(walk.number(), Number::Some(_))
    {
        return false;
    }
    let (part, mut left) = (block / parts, count - 1);
    while left > 0 {
        match walk.number() {
            Number::Endless => return false,
            Number::None => return true,
            Number::Some(_) => {}
        }
        let (widths, rest) =
            walk.rest.split_at(walk.rest.len().min(usize::try_from(parts).unwrap_or(usize::MAX)));
        walk.rest = rest;
        for width in widths {
            if left > 0 {
                walk.skip(u64::from(*width) * part / 8);
            }
            left = left.saturating_sub(part);
        }
        if widths.is_empty() {
            return true;
        }
    }
    true
}

struct Walk<'a> {
    rest: &'a [u8],
}

/// A variable-length number.
enum Number {
    Some(u64),
    /// The bytes end before the number does, which the decoder notices.
    None,
    Endless,
}

impl Walk<'_> {
    fn number(&mut self) -> Number {
        let mut number = 0_u64;
        for (at, byte) in self.rest.iter().enumerate() {
            if at == NUMBER_MAX {
                return Number::Endless;
            }
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[at + 1..];
                return Number::Some(number);
            }
        }
        self.rest = &[];
        Number::None
    }

    fn skip(&mut self, bytes: u64) {
        self.rest = usize::try_from(bytes)
            .ok()
            .and_then(|bytes| self.rest.get(bytes..))
            .unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_gone_through_to_the_last() {
        let endless = [0xff; 11];
        for (bytes, bits, count, expect) in [
            // Three of a kind, then eight packed in one bit each.
            (&[6, 1, 3, 0xaa][..], 1, 11, true),
            (&[&[6, 1, 3, 0xaa][..], &endless].concat(), 1, 11, true),
            (&[&[6, 1, 3, 0xaa][..], &endless].concat(), 1, 12, false),
            (&[6, 1, 3, 0xaa, 0, 0], 1, 99, true),
            (&[&[6, 1, 3, 0xaa, 0][..], &endless].concat(), 1, 99, false),
            (&[&[3][..], &[0; 12], &endless].concat(), 12, 9, false),
            (&[&[3][..], &[0; 12], &endless].concat(), 12, 8, true),
            (&endless, 1, 1, false),
            (&endless[..10], 1, 1, true),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 32, u32::MAX, true),
            (&[], 0, 1, true),
        ] {
            assert_eq!(are_runs(bytes, bits, count), expect, "{bytes:x?}, {bits} bits, {count}");
        }
    }

    #[test]
    fn differences_are_gone_through_to_the_last() {
        let endless = [0xff; 11];
        let block = |count: u8, widths: [u8; 4], data: usize| {
            [&[0x80, 1, 4, count, 2, 1][..], &widths, &vec![0; data]].concat()
        };
        for (bytes, expect) in [
            (block(100, [1, 2, 0, 3], 4 + 8 + 12), true),
            ([&block(127, [1, 2, 0, 3], 24)[..], &endless].concat(), true),
            ([&[0x80, 1, 4, 0x82, 1, 2, 1, 1, 2, 0, 3][..], &[0; 24], &endless].concat(), false),
            (block(0, [0; 4], 0), false),
            (vec![0x80, 1, 4, 1, 2], true),
            (vec![0x80, 1, 0, 1, 2], false),
            (vec![0x80, 0x80, 0x80, 0x80, 8, 4, 9, 2], false),
            ([&[0x80, 1, 4, 9][..], &endless].concat(), false),
            (vec![0x80, 1], false),
        ] {
            assert_eq!(are_differences(&bytes), expect, "{bytes:x?}");
        }
    }
}
