//! The sandbox's sample files and target database, written into its folder.

use crate::cli::Failure;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const TARGET: &str = include_str!("../../../../assets/demo/target.sql");
const CUSTOMERS: &str = include_str!("../../../../assets/demo/customers.csv");
const ORDERS_BAD: &str = include_str!("../../../../assets/demo/orders_bad.csv");
const ORDERS_FIXED: &str = include_str!("../../../../assets/demo/orders_fixed.csv");

/// Rows of the large sample.
pub const STOCK_ROWS: u64 = 100_000;
/// Rows of the clean sample.
pub const CUSTOMER_ROWS: u64 = 12;
/// Rows of the sample with bad rows, and of its fixed twin.
pub const ORDER_ROWS: u64 = 7;
/// Physical lines of the bad rows; a quoted line break stands between the first and the second.
pub const BAD_LINES: [u64; 3] = [4, 7, 8];

/// Where everything is.
pub struct Files {
    /// The target database.
    pub target: PathBuf,
    /// A clean file.
    pub customers: PathBuf,
    /// A file with bad rows.
    pub orders_bad: PathBuf,
    /// The same, fixed.
    pub orders_fixed: PathBuf,
    /// A file of 100,000 rows.
    pub stock: PathBuf,
}

/// Writes the samples and makes the target database in `folder`.
pub fn write(folder: &Path) -> Result<Files, Failure> {
    std::fs::create_dir_all(folder)?;
    let files = Files {
        target: folder.join("warehouse.db"),
        customers: folder.join("customers.csv"),
        orders_bad: folder.join("orders_bad.csv"),
        orders_fixed: folder.join("orders_fixed.csv"),
        stock: folder.join("stock_100k.csv"),
    };
    std::fs::write(&files.customers, CUSTOMERS)?;
    std::fs::write(&files.orders_bad, ORDERS_BAD)?;
    std::fs::write(&files.orders_fixed, ORDERS_FIXED)?;
    std::fs::write(&files.stock, stock())?;
    rusqlite::Connection::open(&files.target)?.execute_batch(TARGET)?;
    Ok(files)
}

/// Rows in a table of the target.
pub fn rows(target: &Path, table: &str) -> Result<u64, Failure> {
    let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
    let count: i64 = rusqlite::Connection::open(target)?.query_row(&sql, [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

fn stock() -> String {
    const WAREHOUSES: [&str; 4] = ["HAM", "VIE", "ROT", "GDN"];
    let mut text = String::from("sku,warehouse,quantity,counted\n");
    for n in 0..STOCK_ROWS {
        let warehouse = WAREHOUSES[(n % 4) as usize];
        let quantity = n * 7919 % 4001;
        let _ = writeln!(
            text,
            "SKU-{n:06},{warehouse},{quantity},2026-01-17 {:02}:{:02}:00",
            n / 60 % 24,
            n % 60
        );
    }
    text
}
