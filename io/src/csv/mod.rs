//! CSV (RFC 4180) to columns.
//!
//! ```text
//!  window of text --scan--> bounds of all fields, ends of all rows      [`scan`], [`simd`]
//!                 --rows--> rows with as many fields as the header      [`reader`]
//!                 --decode-> one used column after the other            [`dialect`], [`crate::decode`]
//! ```

mod dialect;
mod header;
mod reader;
mod scan;
mod simd;

pub use reader::{CsvOptions, CsvReader};
