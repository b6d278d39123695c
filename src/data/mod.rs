//! Tick and bar files: Parquet and exports, read and written in bounded memory, with an honest account of their quality.
