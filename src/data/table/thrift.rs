//! Walks through values in Thrift's compact encoding, in which Parquet stores its headers, and
//! checks their form. It keeps only the numbers that it is asked for, and allocates nothing by a
//! number that it reads.
//!
//! Source: Thrift, "Thrift compact protocol encoding".

use parquet::errors::{ParquetError, Result};

/// The largest depth of nested values; no header of Parquet is half as deep.
const DEPTH_MAX: u32 = 24;

/// The expected form of a value.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// True or false.
    Bool,
    /// One byte.
    Byte,
    /// A whole number of 16 bits.
    I16,
    /// A whole number of 32 bits.
    I32,
    /// A number of 32 bits that is kept.
    Noted,
    /// A whole number of 64 bits.
    I64,
    /// A floating-point number.
    Double,
    /// Bytes or text.
    Binary,
    /// Text of at most this many bytes.
    Name(usize),
    /// At most this many values of one form.
    List(&'static Self, usize),
    /// Fields by their numbers. Other fields may be there, in any form.
    Struct(&'static [(i16, Self)]),
}

/// The kinds of the encoding, four bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Byte,
    I16,
    I32,
    I64,
    Double,
    Binary,
    List,
    Map,
    Struct,
    Uuid,
}

/// The bytes that are walked through.
#[derive(Debug)]
pub struct Thrift<'a> {
    rest: &'a [u8],
    /// The numbers kept, in order of appearance.
    pub noted: Vec<i64>,
}

impl<'a> Thrift<'a> {
    /// Begins at the beginning.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, noted: Vec::new() }
    }

    /// Goes through a struct with such fields.
    ///
    /// # Errors
    /// It ends too early, or something in it is not what it should be.
    pub fn check(&mut self, fields: &'static [(i16, Shape)]) -> Result<()> {
        self.fields(fields, 0)
    }

    fn fields(&mut self, fields: &'static [(i16, Shape)], depth: u32) -> Result<()> {
        if depth > DEPTH_MAX {
            return Err(wrong("values too deep within one another"));
        }
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            let (step, kind) = (head >> 4, head & 15);
            if kind == 0 {
                return Ok(());
            }
            let kind = Kind::of(kind)?;
            let next = if step == 0 {
                i16::try_from(self.zigzag()?).ok()
            } else {
                id.checked_add(i16::from(step))
            };
            id = next.ok_or_else(|| wrong("a field with an impossible number"))?;
            match fields.iter().find(|(known, _)| *known == id) {
                Some((_, shape)) => self.value(*shape, kind, depth)?,
                None => self.skip(kind, depth)?,
            }
        }
    }

    /// A value that should have a shape; those of other kinds are refused, since the decoder takes
    /// them as what they should be and would lose its place.
    fn value(&mut self, shape: Shape, kind: Kind, depth: u32) -> Result<()> {
        match (shape, kind) {
            (Shape::Noted, Kind::I32) => {
                let number = self.zigzag()?;
                self.noted.push(number);
                Ok(())
            }
            (Shape::Name(most), Kind::Binary) => match self.binary()? {
                length if length <= most => Ok(()),
                _ => Err(wrong("a name that is too long")),
            },
            (Shape::List(shape, most), Kind::List) => self.list(shape, most, depth),
            (Shape::Struct(fields), Kind::Struct) => self.fields(fields, depth + 1),
            (Shape::Bool, Kind::Bool)
            | (Shape::Byte, Kind::Byte)
            | (Shape::I16, Kind::I16)
            | (Shape::I32, Kind::I32)
            | (Shape::I64, Kind::I64)
            | (Shape::Double, Kind::Double)
            | (Shape::Binary, Kind::Binary) => self.skip(kind, depth),
            _ => Err(wrong("a field that is not what it should be")),
        }
    }

    fn list(&mut self, shape: &'static Shape, most: usize, depth: u32) -> Result<()> {
        let (kind, count) = self.list_head()?;
        if count > most {
            return Err(wrong("a list that is too long"));
        }
        kind.map_or(Ok(()), |kind| (0..count).try_for_each(|_| self.value(*shape, kind, depth + 1)))
    }

    /// Goes past a value of which nothing is known.
    fn skip(&mut self, kind: Kind, depth: u32) -> Result<()> {
        match kind {
            Kind::Bool => Ok(()),
            Kind::Byte => self.take(1).map(drop),
            Kind::I16 | Kind::I32 | Kind::I64 => self.varint().map(drop),
            Kind::Double => self.take(8).map(drop),
            Kind::Uuid => self.take(16).map(drop),
            Kind::Binary => self.binary().map(drop),
            Kind::Struct => self.fields(&[], depth + 1),
            // No field of Parquet's headers is one, nor is any list of a list.
            Kind::Map => Err(wrong("a map, which no header has")),
            Kind::List => match self.list_head()? {
                (Some(Kind::List), _) => Err(wrong("a list of lists, which no header has")),
                (Some(kind), count) => (0..count).try_for_each(|_| self.skip(kind, depth + 1)),
                (None, _) => Ok(()),
            },
        }
    }

    /// The kind of a list's elements, none where it is empty, and how many there are.
    fn list_head(&mut self) -> Result<(Option<Kind>, usize)> {
        let head = self.byte()?;
        if head == 0 {
            return Ok((None, 0));
        }
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        match Kind::of(head & 15)? {
            // Decoders disagree on whether it takes a byte.
            Kind::Bool if count > 0 => Err(wrong("a list of flags, which no header has")),
            // Every other element takes a byte at least.
            kind => match usize::try_from(count) {
                Ok(count) if count <= self.rest.len() => Ok((Some(kind), count)),
                _ => Err(wrong("a list longer than the header")),
            },
        }
    }

    /// Goes past bytes; gives how many.
    fn binary(&mut self) -> Result<usize> {
        let length = usize::try_from(self.varint()?).map_err(|_| ends())?;
        self.take(length).map(<[u8]>::len)
    }

    fn zigzag(&mut self) -> Result<i64> {
        let number = self.varint()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn varint(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(wrong("a number of more than 64 bits"))
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(ends)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl Kind {
    fn of(bits: u8) -> Result<Self> {
        Ok(match bits {
            1 | 2 => Self::Bool,
            3 => Self::Byte,
            4 => Self::I16,
            5 => Self::I32,
            6 => Self::I64,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Uuid,
            _ => return Err(wrong("a value of no known kind")),
        })
    }
}

fn ends() -> ParquetError {
    wrong("it ends too early")
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(format!("a header does not hold together: {what}"))
}
