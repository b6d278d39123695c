//! Stands between a Parquet file's pages and their decoders, and refuses what would make a decoder panic or allocate by a
//! number that a damaged header claims. It looks at headers only; values are the decoders' business.

use crate::data::headers::check_page_header;
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{BufRead, BufReader};

/// A file of which the decoder of a column asks for headers of pages, by [`ChunkReader::get_read`], and for the pages
/// behind them. No page is reserved for before its header has been looked through.
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
        // Headers of numbers take some hundred bytes; what a buffer does not hold is none.
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
    /// Bytes of a plain value.
    width: usize,
    dictionary_seen: bool,
}

impl CheckedPages {
    /// The pages of a column whose plain values have `width` bytes.
    #[must_use]
    pub fn new(pages: Box<dyn PageReader>, width: usize) -> Self {
        Self { pages, width, dictionary_seen: false }
    }

    fn check(&mut self, page: &Page) -> Result<()> {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => {
                self.dictionary_seen = true;
                let fits = (*num_values as usize).checked_mul(self.width).is_some_and(|bytes| bytes <= buf.len());
                ensure(fits, "a dictionary claims more values than it has")
            }
            Page::DataPage { encoding, def_level_encoding, rep_level_encoding, .. } => {
                let levels = [*def_level_encoding, *rep_level_encoding];
                ensure(levels.into_iter().all(is_level), "levels are encoded as values are")?;
                self.check_dictionary(*encoding)
            }
            Page::DataPageV2 { buf, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                ensure(levels <= buf.len() as u64, "a page claims more levels than it has")?;
                self.check_dictionary(*encoding)
            }
        }
    }

    fn check_dictionary(&self, encoding: Encoding) -> Result<()> {
        let needs = matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
        ensure(self.dictionary_seen || !needs, "a page needs a dictionary that is not there")
    }
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
        Page::DataPage { buf, num_values: 2, encoding, def_level_encoding: levels, rep_level_encoding: levels, statistics }
    }

    fn dictionary(num_values: u32) -> Page {
        Page::DictionaryPage { buf: vec![0; 16].into(), num_values, encoding: Encoding::PLAIN, is_sorted: false }
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

    #[test]
    fn pages_that_would_make_a_decoder_panic_are_refused() {
        for (pages, expect) in [
            (vec![data(Encoding::PLAIN, Encoding::RLE)], Ok(())),
            (vec![dictionary(2), data(Encoding::RLE_DICTIONARY, Encoding::RLE)], Ok(())),
            (vec![second_version(8)], Ok(())),
            (vec![data(Encoding::RLE_DICTIONARY, Encoding::RLE)], Err("a page needs a dictionary that is not there")),
            (vec![data(Encoding::PLAIN_DICTIONARY, Encoding::RLE)], Err("a page needs a dictionary that is not there")),
            (vec![data(Encoding::PLAIN, Encoding::PLAIN)], Err("levels are encoded as values are")),
            (vec![dictionary(3)], Err("a dictionary claims more values than it has")),
            (vec![dictionary(u32::MAX)], Err("a dictionary claims more values than it has")),
            (vec![second_version(9)], Err("a page claims more levels than it has")),
        ] {
            let outcome = CheckedPages::new(Box::new(Pages(pages.into_iter())), 8).try_for_each(|page| page.map(drop));
            assert_eq!(outcome.map_err(|error| error.to_string()), expect.map_err(|what| format!("Parquet error: {what}")));
        }
    }
}
