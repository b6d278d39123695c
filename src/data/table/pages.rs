//! Stands between the pages of a Parquet file and their decoders, and refuses what would make a
//! decoder panic or allocate what a damaged header claims. It looks only at headers; values are up
//! to the decoders.

use crate::data::table::headers::check_page_header;
use crate::data::table::packed::{are_differences, are_runs};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{BufRead, BufReader};

/// A file that the decoder of a column asks for page headers, by [`ChunkReader::get_read`], and for
/// the pages after them. No page is allocated before its header has been checked.
#[derive(Debug)]
pub struct PageFile(pub File);

impl Length for PageFile {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for PageFile {
    type T = BufReader<File>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut read = self.0.get_read(start)?;
        // Headers of numbers take some hundred bytes. What does not fit into a buffer is no header.
        check_page_header(read.fill_buf()?)?;
        Ok(read)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// The pages of a column, checked one by one.
pub struct CheckedPages {
    pages: Box<dyn PageReader>,
    /// The size of a plain value in bytes.
    width: usize,
    /// The highest definition level: 0, or 1 when values may be missing.
    level_max: i16,
    dictionary_seen: bool,
}

impl CheckedPages {
    /// The pages of a column with plain values of `width` bytes, which may be missing when
    /// `level_max` is 1.
    #[must_use]
    pub fn new(pages: Box<dyn PageReader>, width: usize, level_max: i16) -> Self {
        Self { pages, width, level_max, dictionary_seen: false }
    }

    fn check(&mut self, page: &Page) -> Result<()> {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => {
                self.dictionary_seen = true;
                let fits = (*num_values as usize)
                    .checked_mul(self.width)
                    .is_some_and(|bytes| bytes <= buf.len());
                ensure(fits, "a dictionary claims more values than it has")
            }
            Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                ..
            } => {
                let encodings = [*def_level_encoding, *rep_level_encoding];
                ensure(encodings.into_iter().all(is_level), "levels are encoded as values are")?;
                let levels = if self.level_max > 0 {
                    levels_of(buf, *num_values, *def_level_encoding)
                } else {
                    Some((&[][..], &buf[..]))
                };
                self.check_levels(*encoding, levels, *num_values)
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let levels = buf.split_at_checked(*rep_levels_byte_len as usize);
                let levels = levels
                    .and_then(|(_, rest)| rest.split_at_checked(*def_levels_byte_len as usize));
                self.check_levels(*encoding, levels, *num_values)
            }
        }
    }

    /// Checks a page's levels and the values after them.
    fn check_levels(
        &self,
        encoding: Encoding,
        levels: Option<(&[u8], &[u8])>,
        count: u32,
    ) -> Result<()> {
        let (levels, values) = levels.ok_or_else(|| {
            ParquetError::General("a page claims more levels than it has".to_owned())
        })?;
        ensure(are_runs(levels, 1, count), "levels do not hold together")?;
        self.check_values(encoding, values, count)
    }

    fn check_values(&self, encoding: Encoding, values: &[u8], count: u32) -> Result<()> {
        match encoding {
            Encoding::PLAIN => Ok(()),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                ensure(self.dictionary_seen, "a page needs a dictionary that is not there")?;
                let runs =
                    values.split_first().is_none_or(|(&bits, runs)| are_runs(runs, bits, count));
                ensure(runs, "the places in a dictionary do not hold together")
            }
            // A page may have fewer values when some are missing, but none may be missing in a
            // column that is read.
            Encoding::BYTE_STREAM_SPLIT => {
                let needed = (count as usize).checked_mul(self.width);
                ensure(
                    needed.is_some_and(|needed| needed <= values.len()),
                    "a page has fewer values than rows",
                )
            }
            Encoding::DELTA_BINARY_PACKED => ensure(
                are_differences(values),
                "a page of differences has no value, or does not hold together",
            ),
            _ => Err(ParquetError::General(format!(
                "a page of numbers in the encoding {encoding}, which has none"
            ))),
        }
    }
}

/// The levels of a version 1 page as runs, and the values after them; none when the page is too
/// short.
fn levels_of(page: &[u8], count: u32, encoding: Encoding) -> Option<(&[u8], &[u8])> {
    if encoding == Encoding::RLE {
        let (length, rest) = page.split_first_chunk()?;
        return rest.split_at_checked(u32::from_le_bytes(*length) as usize);
    }
    // One bit each, without runs.
    let (_, values) = page.split_at_checked(count.div_ceil(8) as usize)?;
    Some((&[], values))
}

#[expect(deprecated, reason = "old files have bit-packed levels")]
const fn is_level(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::RLE | Encoding::BIT_PACKED)
}

fn ensure(sound: bool, what: &str) -> Result<()> {
    if sound { Ok(()) } else { Err(ParquetError::General(what.to_owned())) }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;
    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            self.check(page)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pages(std::vec::IntoIter<Page>);

    impl Iterator for Pages {
        type Item = Result<Page>;
        fn next(&mut self) -> Option<Self::Item> {
            self.0.next().map(Ok)
        }
    }

    impl PageReader for Pages {
        fn get_next_page(&mut self) -> Result<Option<Page>> {
            Ok(self.0.next())
        }
        fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
            Ok(None)
        }
        fn skip_next_page(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn data(encoding: Encoding, levels: Encoding) -> Page {
        let (buf, statistics) = (vec![0; 16].into(), None);
        Page::DataPage {
            buf,
            num_values: 2,
            encoding,
            def_level_encoding: levels,
            rep_level_encoding: levels,
            statistics,
        }
    }

    fn dictionary(num_values: u32) -> Page {
        Page::DictionaryPage {
            buf: vec![0; 16].into(),
            num_values,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        }
    }

    fn second_version(def_levels_byte_len: u32) -> Page {
        Page::DataPageV2 {
            buf: vec![0; 16].into(),
            num_values: 2,
            encoding: Encoding::PLAIN,
            num_nulls: 0,
            num_rows: 2,
            def_levels_byte_len,
            rep_levels_byte_len: 8,
            is_compressed: false,
            statistics: None,
        }
    }

    fn packed(bytes: &[u8], encoding: Encoding, levels: Encoding) -> Page {
        let (def_level_encoding, rep_level_encoding) = (levels, Encoding::RLE);
        let buf = Bytes::copy_from_slice(bytes);
        Page::DataPage {
            buf,
            num_values: 9,
            encoding,
            def_level_encoding,
            rep_level_encoding,
            statistics: None,
        }
    }

    #[test]
    #[expect(deprecated, reason = "old files have bit-packed levels")]
    fn values_that_would_make_a_decoder_panic_are_refused() {
        const DELTA: Encoding = Encoding::DELTA_BINARY_PACKED;
        const DELTA_TEXT: Encoding = Encoding::DELTA_BYTE_ARRAY;
        const FEWER: Result<(), &str> = Err("a page has fewer values than rows");
        const BLOCKS: Result<(), &str> =
            Err("a page of differences has no value, or does not hold together");
        const LEVELS: Result<(), &str> = Err("a page claims more levels than it has");
        for (level_max, page, expect) in [
            (0, packed(&[0; 72], Encoding::BYTE_STREAM_SPLIT, Encoding::RLE), Ok(())),
            (0, packed(&[0; 71], Encoding::BYTE_STREAM_SPLIT, Encoding::RLE), FEWER),
            (1, packed(&[0; 75], Encoding::BYTE_STREAM_SPLIT, Encoding::RLE), FEWER),
            (0, packed(&[0x80, 1, 4, 9, 0], DELTA, Encoding::RLE), Ok(())),
            (0, packed(&[0x80, 1, 4, 0, 0], DELTA, Encoding::RLE), BLOCKS),
            (0, packed(&[0x80, 0x80, 0x80, 0x80, 8, 4, 9, 0], DELTA, Encoding::RLE), BLOCKS),
            (0, packed(&[0x80, 1], DELTA, Encoding::RLE), BLOCKS),
            (1, packed(&[1, 0, 0, 0, 3, 0x80, 1, 4, 9, 0], DELTA, Encoding::RLE), Ok(())),
            (1, packed(&[0, 0, 0x80, 1, 4, 9, 0], DELTA, Encoding::BIT_PACKED), Ok(())),
            (1, packed(&[0], Encoding::PLAIN, Encoding::BIT_PACKED), LEVELS),
            (1, packed(&[9, 0, 0, 0, 0], Encoding::PLAIN, Encoding::RLE), LEVELS),
            (1, packed(&[9, 0], Encoding::PLAIN, Encoding::RLE), LEVELS),
            (
                0,
                packed(&[0; 9], DELTA_TEXT, Encoding::RLE),
                Err("a page of numbers in the encoding DELTA_BYTE_ARRAY, which has none"),
            ),
        ] {
            let told = format!("{page:?}");
            let outcome = CheckedPages::new(Box::new(Pages(vec![page].into_iter())), 8, level_max)
                .try_for_each(|page| page.map(drop));
            assert_eq!(
                outcome.map_err(|error| error.to_string()),
                expect.map_err(|what| format!("Parquet error: {what}")),
                "{told}"
            );
        }
    }

    #[test]
    fn pages_that_would_make_a_decoder_panic_are_refused() {
        for (pages, expect) in [
            (vec![data(Encoding::PLAIN, Encoding::RLE)], Ok(())),
            (vec![dictionary(2), data(Encoding::RLE_DICTIONARY, Encoding::RLE)], Ok(())),
            (vec![second_version(8)], Ok(())),
            (
                vec![data(Encoding::RLE_DICTIONARY, Encoding::RLE)],
                Err("a page needs a dictionary that is not there"),
            ),
            (
                vec![data(Encoding::PLAIN_DICTIONARY, Encoding::RLE)],
                Err("a page needs a dictionary that is not there"),
            ),
            (vec![data(Encoding::PLAIN, Encoding::PLAIN)], Err("levels are encoded as values are")),
            (vec![dictionary(3)], Err("a dictionary claims more values than it has")),
            (vec![dictionary(u32::MAX)], Err("a dictionary claims more values than it has")),
            (vec![second_version(9)], Err("a page claims more levels than it has")),
        ] {
            let outcome = CheckedPages::new(Box::new(Pages(pages.into_iter())), 8, 0)
                .try_for_each(|page| page.map(drop));
            assert_eq!(
                outcome.map_err(|error| error.to_string()),
                expect.map_err(|what| format!("Parquet error: {what}"))
            );
        }
    }
}
