//! The claims that Parquet's headers may make. They are checked before the headers are decoded,
//! because the decoder allocates what they claim and recurses as deep as they do.
//!
//! Source: parquet-format, `parquet.thrift`.

use crate::data::table::thrift::{Shape, Thrift};
use parquet::errors::{ParquetError, Result};

/// The largest footer in bytes: thousands of row groups of ticks, or billions of rows.
pub const FOOTER_MAX: u32 = 8 << 20;
/// The largest page in bytes, packed or unpacked: four million prices. Writers make pages of 1 MB,
/// and some one page per row group.
pub const PAGE_MAX: i64 = 32 << 20;
/// The largest number of columns and groups of columns.
const COLUMNS_MAX: usize = 1_024;
/// The largest number of groups of columns, and how deep they may be nested.
const COLUMN_GROUPS_MAX: usize = 64;
const ROW_GROUPS_MAX: usize = 1 << 16;
/// The largest length of a column's name in bytes.
const NAME_MAX: usize = 256;
/// The largest number of elements in other lists. What they hold is no longer than the footer.
const LIST_MAX: usize = 1 << 16;

const EMPTY: Shape = Shape::Struct(&[]);
const TIME_UNIT: Shape = Shape::Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]);
const TIME: Shape = Shape::Struct(&[(1, Shape::Bool), (2, TIME_UNIT)]);
const KEY_VALUE: Shape = Shape::Struct(&[(1, Shape::Binary), (2, Shape::Binary)]);
const KEY_VALUES: Shape = Shape::List(&KEY_VALUE, LIST_MAX);

const LOGICAL_TYPE: Shape = Shape::Struct(&[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Shape::Struct(&[(1, Shape::I32), (2, Shape::I32)])), // a decimal's scale and precision
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Shape::Struct(&[(1, Shape::Byte), (2, Shape::Bool)])), // an integer's width and sign
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
    (16, Shape::Struct(&[(1, Shape::Byte)])),
    (17, Shape::Struct(&[(1, Shape::Binary)])),
    (18, Shape::Struct(&[(1, Shape::Binary), (2, Shape::I32)])),
    (19, EMPTY),
]);

const SCHEMA_ELEMENT: Shape = Shape::Struct(&[
    (1, Shape::I32),
    (2, Shape::I32),
    (3, Shape::I32),
    (4, Shape::Name(NAME_MAX)),
    (5, Shape::Noted), // the number of its children
    (6, Shape::I32),
    (7, Shape::I32),
    (8, Shape::I32),
    (9, Shape::I32),
    (10, LOGICAL_TYPE),
]);

const STATISTICS: Shape = Shape::Struct(&[
    (1, Shape::Binary),
    (2, Shape::Binary),
    (3, Shape::I64),
    (4, Shape::I64),
    (5, Shape::Binary),
    (6, Shape::Binary),
    (7, Shape::Bool),
    (8, Shape::Bool),
]);

const BOX: Shape = Shape::Struct(&[
    (1, Shape::Double),
    (2, Shape::Double),
    (3, Shape::Double),
    (4, Shape::Double),
    (5, Shape::Double),
    (6, Shape::Double),
    (7, Shape::Double),
    (8, Shape::Double),
]);

const COLUMN_META: Shape = Shape::Struct(&[
    (1, Shape::I32),
    (2, Shape::List(&Shape::I32, LIST_MAX)),
    (3, Shape::List(&Shape::Name(NAME_MAX), LIST_MAX)),
    (4, Shape::I32),
    (5, Shape::I64),
    (6, Shape::I64),
    (7, Shape::I64),
    (8, KEY_VALUES),
    (9, Shape::I64),
    (10, Shape::I64),
    (11, Shape::I64),
    (12, STATISTICS),
    (
        13,
        Shape::List(&Shape::Struct(&[(1, Shape::I32), (2, Shape::I32), (3, Shape::I32)]), LIST_MAX),
    ),
    (14, Shape::I64),
    (15, Shape::I32),
    (
        16,
        Shape::Struct(&[
            (1, Shape::I64),
            (2, Shape::List(&Shape::I64, LIST_MAX)),
            (3, Shape::List(&Shape::I64, LIST_MAX)),
        ]),
    ),
    (17, Shape::Struct(&[(1, BOX), (2, Shape::List(&Shape::I32, LIST_MAX))])),
]);

const COLUMN_CHUNK: Shape = Shape::Struct(&[
    (1, Shape::Binary),
    (2, Shape::I64),
    (3, COLUMN_META),
    (4, Shape::I64),
    (5, Shape::I32),
    (6, Shape::I64),
    (7, Shape::I32),
    (9, Shape::Binary),
]);

const ROW_GROUP: Shape = Shape::Struct(&[
    (1, Shape::List(&COLUMN_CHUNK, COLUMNS_MAX)),
    (2, Shape::I64),
    (3, Shape::I64),
    (
        4,
        Shape::List(
            &Shape::Struct(&[(1, Shape::I32), (2, Shape::Bool), (3, Shape::Bool)]),
            COLUMNS_MAX,
        ),
    ),
    (5, Shape::I64),
    (6, Shape::I64),
    (7, Shape::I16),
]);

const FOOTER: &[(i16, Shape)] = &[
    (1, Shape::I32),
    (2, Shape::List(&SCHEMA_ELEMENT, COLUMNS_MAX)),
    (3, Shape::I64),
    (4, Shape::List(&ROW_GROUP, ROW_GROUPS_MAX)),
    (5, KEY_VALUES),
    (6, Shape::Binary),
    (7, Shape::List(&Shape::Struct(&[(1, EMPTY)]), COLUMNS_MAX)),
    (9, Shape::Binary),
];

const PAGE_HEADER: &[(i16, Shape)] = &[
    (1, Shape::I32),
    (2, Shape::Noted), // bytes unpacked
    (3, Shape::Noted), // bytes packed
    (4, Shape::I32),
    (
        5,
        Shape::Struct(&[
            (1, Shape::I32),
            (2, Shape::I32),
            (3, Shape::I32),
            (4, Shape::I32),
            (5, STATISTICS),
        ]),
    ),
    (6, EMPTY),
    (7, Shape::Struct(&[(1, Shape::I32), (2, Shape::I32), (3, Shape::Bool)])),
    (
        8,
        Shape::Struct(&[
            (1, Shape::I32),
            (2, Shape::I32),
            (3, Shape::I32),
            (4, Shape::I32),
            (5, Shape::Noted), // bytes of levels, which the decoder adds up
            (6, Shape::Noted),
            (7, Shape::Bool),
            (8, STATISTICS),
        ]),
    ),
];

/// Checks a footer.
///
/// # Errors
/// When it is inconsistent, or claims more than a file of ticks or bars has.
pub fn check_footer(bytes: &[u8]) -> Result<()> {
    let mut footer = Thrift::new(bytes);
    footer.check(FOOTER)?;
    let groups = footer.noted.iter().filter(|&&children| children > 0).count();
    let columns = footer
        .noted
        .iter()
        .fold(0, |sum: u64, children| sum.saturating_add(children.max(&0).unsigned_abs()));
    if groups > COLUMN_GROUPS_MAX || columns > COLUMNS_MAX as u64 {
        let what = format!(
            "more than {COLUMNS_MAX} columns or {COLUMN_GROUPS_MAX} groups of them: keep what is needed"
        );
        return Err(ParquetError::General(what));
    }
    Ok(())
}

/// Checks the header of a page at the beginning of `bytes`.
///
/// # Errors
/// When it is inconsistent, or the page is larger than [`PAGE_MAX`].
pub fn check_page_header(bytes: &[u8]) -> Result<()> {
    let mut header = Thrift::new(bytes);
    header.check(PAGE_HEADER)?;
    match header.noted.iter().find(|&&size| !(0..=PAGE_MAX).contains(&size)) {
        Some(size) => {
            let what = format!(
                "a page of {size} bytes; more than {PAGE_MAX} are not read: write it with smaller pages or row groups"
            );
            Err(ParquetError::General(what))
        }
        None => Ok(()),
    }
}
