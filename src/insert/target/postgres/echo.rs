//! Rows by the bytes in which they are sent: they come back in the same ones, or the server made
//! something else of them. So nothing needs to be taken apart where all is well.

use super::binary::Codec;
use super::protocol::Body;
use crate::insert::checksum::{Checksum, RowHash};
use crate::insert::target::server::Lost;

/// Number and sum of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Echo {
    codecs: Vec<Codec>,
    pub(super) rows: u64,
    sum: Checksum,
}

impl Echo {
    /// Of rows of these columns; none where the server writes a value in its own way.
    pub(super) fn of(codecs: Vec<Codec>) -> Option<Echo> {
        (!codecs.contains(&Codec::Jsonb)).then_some(Echo {
            codecs,
            rows: 0,
            sum: Checksum::default(),
        })
    }

    /// Of no rows yet.
    pub(super) fn silent(&self) -> Echo {
        Echo {
            codecs: self.codecs.clone(),
            rows: 0,
            sum: Checksum::default(),
        }
    }

    /// Takes in the next row of a copy, or its end.
    pub(super) fn hear(&mut self, body: &mut Body<'_>) -> Result<(), Lost> {
        if body.i16()? < 0 {
            return Ok(());
        }
        let mut hash = RowHash::new();
        for codec in &self.codecs {
            let Ok(length) = usize::try_from(body.i32()?) else {
                hash.raw(None);
                continue;
            };
            let bytes = body.bytes(length)?;
            match codec {
                // How many digits are shown, the type of the column says: the value is the rest.
                Codec::Numeric => {
                    hash.raw(bytes.get(..6));
                    hash.raw(bytes.get(8..));
                }
                Codec::Padded => {
                    let padding = bytes.iter().rev().take_while(|byte| **byte == b' ');
                    hash.raw(bytes.get(..length - padding.count()));
                }
                _ => hash.raw(Some(bytes)),
            }
        }
        self.rows += 1;
        self.sum.add(hash);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::types::Cell;

    fn heard(codec: Codec, values: &[Option<&[u8]>]) -> Echo {
        let mut echo = Echo::of(vec![codec]).unwrap();
        for value in values {
            let mut row = 1_i16.to_be_bytes().to_vec();
            let length = value.map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap());
            row.extend(length.to_be_bytes());
            row.extend(value.unwrap_or_default());
            echo.hear(&mut Body(&row)).unwrap();
        }
        echo
    }

    fn sent(codec: Codec, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let cell = match codec {
            Codec::Numeric => Cell::Decimal(text.into()),
            _ => Cell::Text(text.into()),
        };
        codec.write(&cell, &mut bytes);
        bytes.split_off(4)
    }

    fn of(codec: Codec, texts: &[&str]) -> Echo {
        let values: Vec<Vec<u8>> = texts.iter().map(|text| sent(codec, text)).collect();
        let values: Vec<Option<&[u8]>> = values.iter().map(|v| Some(v.as_slice())).collect();
        heard(codec, &values)
    }

    #[test]
    fn what_is_no_other_value_is_no_other_row() {
        assert_eq!(
            of(Codec::Numeric, &["1.5", "-0"]),
            of(Codec::Numeric, &["0.00", "1.500"])
        );
        assert_eq!(of(Codec::Padded, &["DE"]), of(Codec::Padded, &["DE   "]));
    }

    #[test]
    fn each_other_value_is_another_row() {
        let same = of(Codec::Text, &["a", "b"]);
        for other in [
            &["a", "a"][..],
            &["a"],
            &["a", "b", "b"],
            &["a", "b "],
            &["ab", ""],
        ] {
            assert_ne!(same, of(Codec::Text, other), "{other:?}");
        }
        for number in ["1.6", "15", "-1.5", "0.15", "10001.5"] {
            assert_ne!(of(Codec::Numeric, &["1.5"]), of(Codec::Numeric, &[number]));
        }
        assert_ne!(
            heard(Codec::Text, &[None]),
            heard(Codec::Text, &[Some(b"")])
        );
        assert_ne!(of(Codec::Padded, &["D E"]), of(Codec::Padded, &["DE"]));
        assert_eq!(Echo::of(vec![Codec::Int4, Codec::Jsonb]), None);
    }

    #[test]
    fn a_row_that_is_cut_off_is_no_row() {
        let mut echo = Echo::of(vec![Codec::Text]).unwrap();
        assert!(echo.hear(&mut Body(&[0, 1, 0, 0, 0, 9, b'a'])).is_err());
        echo.hear(&mut Body(&[0xff, 0xff])).unwrap();
        assert_eq!(echo.rows, 0);
    }
}
