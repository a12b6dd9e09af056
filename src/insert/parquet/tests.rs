use super::*;
use crate::insert::frame::{FrameStore, Source};
use crate::insert::query::{self, QueryLimits};
use crate::insert::rows::{Item, RowsOf};
use crate::insert::{Cancel, types};
use parquet::basic::ZstdLevel;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{
    BoolType, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::path::Path;
use std::sync::Arc;

const SCHEMA: &str = "message schema {
    required int64 id;
    optional binary name (UTF8);
    required int32 price (DECIMAL(9, 2));
    required fixed_len_byte_array(16) big (DECIMAL(38, 10));
    required int32 day (DATE);
    required int64 at (TIMESTAMP(MICROS, false));
    required int64 zoned (TIMESTAMP(MILLIS, true));
    required int64 nanos (TIMESTAMP(NANOS, false));
    required double x;
    required boolean paid;
    optional binary raw;
}";

/// A file of two rows.
fn file(compression: Compression) -> Vec<u8> {
    file_of(compression, WriterVersion::PARQUET_1_0)
}

fn file_of(compression: Compression, version: WriterVersion) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_writer_version(version)
        .build();
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut at = 0;
    while let Some(mut column) = group.next_column().unwrap() {
        let big = |n: i128| FixedLenByteArray::from(n.to_be_bytes().to_vec());
        let long = |column: &mut parquet::file::writer::SerializedColumnWriter<'_>,
                    values: [i64; 2]| {
            column
                .typed::<Int64Type>()
                .write_batch(&values, None, None)
                .unwrap();
        };
        match at {
            0 => long(&mut column, [1, i64::MIN]),
            1 => drop(
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&["Jörg".into()], Some(&[1, 0]), None)
                    .unwrap(),
            ),
            2 => drop(
                column
                    .typed::<Int32Type>()
                    .write_batch(&[1990, -5], None, None)
                    .unwrap(),
            ),
            3 => {
                let values = [big(12345678901234567890123456789012345678), big(-1)];
                column
                    .typed::<FixedLenByteArrayType>()
                    .write_batch(&values, None, None)
                    .unwrap();
            }
            4 => drop(
                column
                    .typed::<Int32Type>()
                    .write_batch(&[20818, -1], None, None)
                    .unwrap(),
            ),
            5 => long(&mut column, [1_798_712_339_123_456, 0]),
            6 => long(&mut column, [1_798_712_339_120, 0]),
            7 => long(&mut column, [1_798_712_339_123_456_789, 0]),
            8 => drop(
                column
                    .typed::<DoubleType>()
                    .write_batch(&[0.1, 1e21], None, None)
                    .unwrap(),
            ),
            9 => drop(
                column
                    .typed::<BoolType>()
                    .write_batch(&[true, false], None, None)
                    .unwrap(),
            ),
            _ => drop(
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&[vec![0xff, 0].into()], Some(&[0, 1]), None)
                    .unwrap(),
            ),
        }
        at += 1;
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    out
}

/// The folder goes with this call: what is read must be read now.
fn open(bytes: &[u8]) -> Result<ParquetReader, InsertError> {
    let dir = tempfile::tempdir().unwrap();
    open_in(dir.path(), bytes)
}

fn open_in(dir: &Path, bytes: &[u8]) -> Result<ParquetReader, InsertError> {
    let store = FrameStore::new(dir).unwrap();
    let (name, size) = ("t.parquet", None);
    let source = Source::Read {
        read: &mut &*bytes,
        name,
        size,
    };
    let captured = store.capture(source, &mut |_, _| {}, &Cancel::new())?;
    let frame = store.open(&captured.hash).unwrap().named(name);
    let mut reader = ParquetReader::open(&frame, &ReadOptions::default())?;
    reader.ahead = reader.next_row()?;
    Ok(reader)
}

#[test]
fn values_are_what_their_types_say() {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(1).unwrap());
    let gzip = Compression::GZIP(Default::default());
    for (compression, version) in [
        (Compression::UNCOMPRESSED, WriterVersion::PARQUET_1_0),
        (Compression::SNAPPY, WriterVersion::PARQUET_1_0),
        (zstd, WriterVersion::PARQUET_2_0),
        (gzip, WriterVersion::PARQUET_1_0),
        (gzip, WriterVersion::PARQUET_2_0),
    ] {
        let mut reader = open(&file_of(compression, version)).unwrap();
        assert_eq!(reader.header[..3], ["id", "name", "price"]);
        let mut rows = Vec::new();
        while let Step::Record = reader.advance().unwrap() {
            let values = (0..reader.header.len()).map(|i| reader.cells.get(i).to_string());
            rows.push(values.collect::<Vec<_>>().join("|"));
        }
        assert_eq!(
            rows,
            [
                "1|Jörg|19.90|1234567890123456789012345678.9012345678|2026-12-31|\
                 2026-12-31 10:18:59.123456|2026-12-31 10:18:59.120Z|\
                 2026-12-31 10:18:59.123456789|0.1|true|NULL",
                "-9223372036854775808|NULL|-0.05|-0.0000000001|1969-12-31|1970-01-01 00:00:00|\
                 1970-01-01 00:00:00Z|1970-01-01 00:00:00|1000000000000000000000|false|2 bytes",
            ]
        );
        assert!(matches!(
            reader.cells.get(10),
            types::Field::Blob([0xff, 0])
        ));
        assert!(reader.is_done().unwrap());
        assert_eq!(reader.bytes(), reader.bytes);
    }
}

#[test]
fn binary_fractions_stay_such_in_a_query() {
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path()).unwrap();
    let bytes = file(Compression::UNCOMPRESSED);
    let source = Source::Read {
        read: &mut &*bytes,
        name: "t.parquet",
        size: None,
    };
    let captured = store.capture(source, &mut |_, _| {}, &Cancel::new());
    let frame = store
        .open(&captured.unwrap().hash)
        .unwrap()
        .named("t.parquet");
    let sql = "SELECT x, x * 2 AS twice, price FROM frame WHERE x < 1";
    let (cancel, options) = (Cancel::new(), ReadOptions::default());
    let of = RowsOf {
        frame: frame.watched(&cancel),
        options: &options,
        query: Some(sql),
        shape: None,
        limits: QueryLimits::default(),
        cancel: &cancel,
        sample: None,
    };
    let mut seen = Vec::new();
    query::with(&of, sql, &mut |_, _| {}, |rows| {
        rows.each(&mut |item, _| {
            if let Item::Row(row) = item {
                seen.extend((0..3).map(|at| format!("{:?}", row.field(at))));
            }
            Ok(true)
        })
    })
    .unwrap();
    assert_eq!(seen, ["Real(0.1)", "Real(0.2)", "Text(\"19.90\")"]);
}

#[test]
fn only_what_is_bounded_is_unpacked() {
    assert!(is_read(Compression::SNAPPY));
    for other in [Compression::LZ4_RAW, Compression::LZO] {
        assert!(!is_read(other), "{other:?}");
    }
}

#[test]
fn what_is_damaged_is_refused_without_a_panic() {
    let whole = file(Compression::SNAPPY);
    let said = |bytes: &[u8]| open(bytes).err().map(|e| e.to_string());
    for cut in [12, whole.len() / 2, whole.len() - 1] {
        let told = said(&whole[..cut]).unwrap();
        assert!(told.contains("the Parquet file is damaged"), "{told}");
    }
    for at in (0..whole.len()).step_by(3) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        let Ok(mut reader) = open(&broken) else {
            continue;
        };
        for _ in 0..4 {
            if !matches!(reader.advance(), Ok(Step::Record | Step::Refused(_))) {
                break;
            }
        }
    }
}

#[test]
fn a_page_that_says_it_is_huge_is_not_made_room_for() {
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.path()).unwrap();
    let bytes = b"PAR1\x15\0\x15\xfe\xff\xff\xff\x0f\x15\x10PAR1";
    let source = Source::Read {
        read: &mut &bytes[..],
        name: "rows",
        size: None,
    };
    let captured = store
        .capture(source, &mut |_, _| {}, &Cancel::new())
        .unwrap();
    let pieces = |chunks| Pieces {
        frame: store.open(&captured.hash).unwrap(),
        chunks: Arc::new(chunks),
    };
    let read = |pieces: &Pieces, start| {
        let mut piece = pieces.get_read(start).unwrap();
        io::copy(&mut piece, &mut io::sink()).map_err(|e| e.to_string())
    };
    // As long as nobody knows where pages are it is something else.
    let unknown = pieces(OnceLock::new());
    assert!(read(&unknown, 0).is_ok() && read(&unknown, 4).is_ok());
    let places = vec![(0..20, 0)];
    let known = pieces(OnceLock::from(Chunks::new(false, places).unwrap()));
    let error = read(&known, 4).unwrap_err();
    assert!(error.contains("a page of more than 256 MiB"), "{error}");
    // What can not be understood is not trusted to be small.
    let error = read(&known, 0).unwrap_err();
    assert!(error.contains("not as usual"), "{error}");
}

/// A file of one text, packed by gzip.
fn file_of_a_text(text: &str) -> Vec<u8> {
    let schema = "message schema { required binary name (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, gzip()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<ByteArrayType>()
        .write_batch(&[text.into()], None, None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

fn gzip() -> WriterPropertiesPtr {
    let properties = WriterProperties::builder()
        .set_compression(Compression::GZIP(Default::default()))
        .set_dictionary_enabled(false)
        .set_data_page_row_count_limit(128)
        .set_write_batch_size(64);
    Arc::new(properties.build())
}

fn first_value(bytes: &[u8]) -> Result<String, String> {
    let mut reader = open(bytes).map_err(|e| e.to_string())?;
    reader.advance().map_err(|e| e.to_string())?;
    Ok(reader.cells.get(0).to_string())
}

/// A page of gzip is unpacked no further than it says.
#[test]
fn a_page_that_holds_more_than_it_says_is_refused() {
    let long = "0".repeat(300_001);
    let mut bytes = file_of_a_text(&long);
    assert_eq!(first_value(&bytes), Ok(long));
    // The header begins behind the four bytes of every file: the type of the page, then its size.
    let page = Page::read(&bytes[4..]).unwrap();
    assert_eq!(page.unpacked, 300_005);
    bytes[7] -= 2;
    assert_eq!(Page::read(&bytes[4..]).unwrap().unpacked, 300_004);
    let error = first_value(&bytes).unwrap_err();
    assert!(
        error.contains("(a page that is larger than it says)"),
        "{error}"
    );
}

/// Nor one that stands where a page before it, which is skipped, would have its values.
#[test]
fn a_page_behind_an_empty_one_is_held_to_its_word_too() {
    let long = "0".repeat(300_001);
    let whole = file_of_a_text(&long);
    let of_whole = SerializedFileReader::new(Bytes::from(whole.clone())).unwrap();
    let column = of_whole.metadata().row_group(0).column(0).clone();
    // A page of an index: its type, no bytes unpacked, no bytes packed.
    const EMPTY: [u8; 7] = [0x15, 2, 0x15, 0, 0x15, 0, 0];
    let size = column.compressed_size();
    let end = 4 + usize::try_from(size).unwrap();
    let file = |pages: &[u8]| {
        let longer = (pages.len() - 4) as i64;
        let metadata = column.clone().into_builder();
        let close = ColumnCloseResult {
            bytes_written: pages.len() as u64 - 4,
            rows_written: 1,
            metadata: metadata.set_total_compressed_size(longer).build().unwrap(),
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        let mut bytes = Vec::new();
        let schema = of_whole.metadata().file_metadata().schema_descr();
        let schema = schema.root_schema_ptr();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, gzip()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let pages = Bytes::from(pages.to_vec());
        group.append_column(&pages, close).unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    };
    let pages = [&whole[..4], &EMPTY, &whole[4..end]].concat();
    assert_eq!(first_value(&file(&pages)), Ok(long));
    let mut lying = pages;
    lying[EMPTY.len() + 7] -= 2;
    let error = first_value(&file(&lying)).unwrap_err();
    assert!(
        error.contains("(a page that is larger than it says)"),
        "{error}"
    );
}

/// The library reads the headers of several columns before it reads what stands behind them, where
/// pages end with the 1,024 rows that it reads at a time.
#[test]
fn lists_beside_other_columns_are_read() {
    const ROWS: i64 = 4000;
    let schema = "message schema {
        optional group tags (LIST) { repeated group list { required int64 element; } }
        required int64 a;
        optional group more (LIST) { repeated group list { required int64 element; } }
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, gzip()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let numbers: Vec<i64> = (0..ROWS).collect();
    let twice: Vec<i64> = (0..2 * ROWS).collect();
    let repeated: Vec<i16> = twice.iter().map(|n| (n % 2) as i16).collect();
    for list in [true, false, true] {
        let mut column = group.next_column().unwrap().unwrap();
        let typed = column.typed::<Int64Type>();
        let levels = vec![2; twice.len()];
        let written = match list {
            true => typed.write_batch(&twice, Some(&levels), Some(&repeated)),
            false => typed.write_batch(&numbers, None, None),
        };
        written.unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut reader = open_in(dir.path(), &bytes).unwrap();
    for n in 0..ROWS {
        assert!(matches!(reader.advance().unwrap(), Step::Record), "{n}");
        let values = [0, 1, 2].map(|at| reader.cells.get(at).to_string());
        let list = format!("[{},{}]", 2 * n, 2 * n + 1);
        assert_eq!(values, [list.clone(), n.to_string(), list]);
    }
    assert!(reader.is_done().unwrap());
}
