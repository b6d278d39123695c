//! The bytes that are hashed: tagged fields. A field with its default value adds no bytes.
//!
//! A field is its tag and its value. A tag is the LEB128 of `number * 4 + kind`:
//!
//! | kind | value |
//! |---|---|
//! | 0 | a number as LEB128; a signed one zigzagged first (0, -1, 1, -2 become 0, 1, 2, 3) |
//! | 1 | bytes: their count as LEB128, then the bytes |
//! | 2 | a group: fields, then a zero byte, which cannot be a tag because field numbers begin at 1 |
//!
//! A plain number of 0, an empty text and an absent optional are left out. An optional that is
//! present is written even when it is 0, and a group even when it is empty. Fields are in the order
//! of their numbers; a list repeats its field. A new field gets a new number, and the hashes of
//! recordings that do not use it stay the same. Nothing here may depend on serde, on the order of
//! declarations or on text made for people.

/// Writes fields one after another into a buffer that is reused.
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// What has been written since the last [`Encoder::clear`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets what was written and keeps the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// A number; nothing is written for 0.
    pub fn number(&mut self, field: u32, value: u64) {
        self.optional(field, (value != 0).then_some(value));
    }

    /// A number that may be absent.
    pub fn optional(&mut self, field: u32, value: Option<u64>) {
        if let Some(value) = value {
            self.tag(field, 0);
            self.leb128(value);
        }
    }

    /// A signed number; nothing is written for 0.
    pub fn signed(&mut self, field: u32, value: i64) {
        self.number(field, zigzag(value));
    }

    /// A signed number that may be absent.
    pub fn optional_signed(&mut self, field: u32, value: Option<i64>) {
        self.optional(field, value.map(zigzag));
    }

    /// Bytes; nothing is written when there are none.
    pub fn blob(&mut self, field: u32, value: &[u8]) {
        self.optional_blob(field, (!value.is_empty()).then_some(value));
    }

    /// Bytes that may be absent.
    pub fn optional_blob(&mut self, field: u32, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.tag(field, 1);
            self.leb128(value.len() as u64);
            self.bytes.extend_from_slice(value);
        }
    }

    /// A group with the fields that `fill` writes.
    pub fn group(&mut self, field: u32, fill: impl FnOnce(&mut Self)) {
        self.tag(field, 2);
        fill(self);
        self.bytes.push(0);
    }

    /// The end of the outermost group, which has no tag.
    pub fn end(&mut self) {
        self.bytes.push(0);
    }

    fn tag(&mut self, field: u32, kind: u64) {
        debug_assert!(field > 0, "a tag is never zero: that byte ends a group");
        self.leb128(u64::from(field) * 4 + kind);
    }

    fn leb128(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push((value & 0x7f) as u8);
    }
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fill: impl FnOnce(&mut Encoder), expect: &[u8]) {
        let mut encoder = Encoder::default();
        fill(&mut encoder);
        assert_eq!(encoder.bytes(), expect);
    }

    #[test]
    fn defaults_add_no_bytes_and_presence_is_kept() {
        check(|e| e.number(1, 0), &[]);
        check(|e| e.signed(1, 0), &[]);
        check(|e| e.blob(1, b""), &[]);
        check(|e| e.optional(1, None), &[]);
        check(|e| e.optional(1, Some(0)), &[4, 0]);
        check(|e| e.optional_signed(1, Some(0)), &[4, 0]);
        check(|e| e.optional_blob(1, Some(b"")), &[5, 0]);
        check(|e| e.group(1, |_| {}), &[6, 0]);
    }

    #[test]
    fn numbers_are_leb128_and_signs_zigzag() {
        check(|e| e.number(2, 300), &[8, 0xac, 2]);
        check(|e| e.signed(2, -1), &[8, 1]);
        check(|e| e.signed(2, 150), &[8, 0xac, 2]);
        check(|e| e.number(40, 1), &[0xa0, 1, 1]);
        check(|e| e.blob(3, b"ab"), &[13, 2, b'a', b'b']);
        check(
            |e| e.signed(1, i64::MIN),
            &[4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        );
    }
}
