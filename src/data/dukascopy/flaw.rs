//! What can be wrong with a .bi5 file as a whole.

/// Why a .bi5 file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Bi5Flaw {
    /// The content is something else, such as an error page of a web server.
    #[error(
        "begins with {seen}; a .bi5 is LZMA and begins with the bytes 5d 00 00: download it again"
    )]
    NotLzma { seen: String },
    /// The header asks for more memory than any such file needs.
    #[error(
        "its LZMA header asks for {claimed} bytes of memory; Dukascopy's ask for 4194304, and more than {most} are not given"
    )]
    Dictionary { claimed: u32, most: u32 },
    /// The header or the data promise more than such a file can hold.
    #[error("unpacks to {}; more than {most} bytes are no {what}", claimed.map_or("more".into(), |claimed| format!("{claimed} bytes")))]
    TooLong { claimed: Option<u64>, most: u64, what: &'static str },
    /// The data end early.
    #[error("cut off: its LZMA data end after {unpacked} unpacked bytes; download it again")]
    CutOff { unpacked: u64 },
    /// The data are inconsistent.
    #[error(
        "damaged: its LZMA data break after {unpacked} unpacked bytes ({why}); download it again"
    )]
    Damaged { unpacked: u64, why: String },
    /// The file contains two files.
    #[error(
        "holds more after the end of its LZMA data; one file is one stretch of time: keep the files apart"
    )]
    Trailing,
    /// The records are of neither kind.
    #[error("its records are neither ticks nor candles")]
    NeitherKind,
    /// The name and the folders do not give the time of the content.
    #[error("its path does not say {missing}: {why}; {right}")]
    NoTime { missing: &'static str, why: String, right: &'static str },
    /// The candles do not make bars.
    #[error("{seen}; bars are made of BID_candles_min_1.bi5, the minutes of the Bid")]
    OtherCandles { seen: String },
    /// The unit of the instrument's prices is not known.
    #[error(
        "in which unit Dukascopy keeps the prices of {symbol} is not known: known are pairs of the usual currencies and metals"
    )]
    UnknownUnit { symbol: String },
}
