//! What a database of PostgreSQL says about its tables.

use super::super::swept::{Back, Fate, Sweep, changed, swept};
use super::super::{Column, LEDGER, NO_TABLE, Table, quoted};
use super::binary::Codec;
use super::{Postgres, hash, literal};
use crate::insert::InsertError;
use crate::insert::types::{ColumnType, Moment, Own};
use crate::insert::undo::SIDE;
use crate::value::near;

/// A table that may be inserted into.
pub(super) struct Relation {
    schema: String,
    name: String,
    oid: String,
    /// It is found without naming its schema.
    visible: bool,
    may_insert: bool,
    /// It is a part of another table.
    partition: bool,
}

impl Relation {
    /// Whether it is offered: who means a part of another table names it.
    pub(super) fn is_whole(&self) -> bool {
        !self.partition
    }

    /// Its name as people write it.
    pub(super) fn shown(&self) -> String {
        match self.visible {
            true => self.name.clone(),
            false => format!("{}.{}", self.schema, self.name),
        }
    }
}

impl Postgres {
    /// The tables that can be inserted into, also those that are a part of another.
    pub(super) fn relations(&mut self) -> Result<Vec<Relation>, InsertError> {
        let rows = self.ask(&format!(
            "SELECT n.nspname, c.relname, c.oid, pg_table_is_visible(c.oid), \
                    has_table_privilege(c.oid, 'INSERT'), c.relispartition \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
               AND n.nspname NOT LIKE 'pg\\_%' AND c.relname <> {} \
               AND NOT starts_with(c.relname, '{SIDE}') \
             ORDER BY 4 DESC, 1, 2",
            literal(LEDGER)
        ))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut values = row.into_iter().map(Option::unwrap_or_default);
                let mut next = || values.next().unwrap_or_default();
                Relation {
                    schema: next(),
                    name: next(),
                    oid: next(),
                    visible: next() == "t",
                    may_insert: next() == "t",
                    partition: next() == "t",
                }
            })
            .collect())
    }

    pub(super) fn describe_table(&mut self, wanted: &str) -> Result<Table, InsertError> {
        let refuse = |reason: String| InsertError::Table {
            table: wanted.to_owned(),
            reason,
        };
        let bare = wanted.trim();
        // As SQL writes it, a name is the same one.
        let inside = bare
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'));
        let bare = inside.filter(|name| !name.contains('"')).unwrap_or(bare);
        if bare.eq_ignore_ascii_case(LEDGER) {
            let reason = "is the ledger of insertions and not for data; choose another table";
            return Err(refuse(reason.into()));
        }
        let all = self.relations()?;
        let full = |r: &Relation| format!("{}.{}", r.schema, r.name);
        let found = all
            .iter()
            .find(|r| r.shown() == bare || full(r) == bare)
            .or_else(|| {
                all.iter().find(|r| {
                    r.shown().eq_ignore_ascii_case(bare) || full(r).eq_ignore_ascii_case(bare)
                })
            });
        let Some(relation) = found else {
            let names: Vec<String> = all.iter().map(Relation::shown).collect();
            let hint = near::did_you_mean(bare, names.iter().map(String::as_str));
            return Err(refuse(match self.is_view(bare)? {
                true => "is a view; insert into the table behind it".to_owned(),
                false => format!("{NO_TABLE}{hint}"),
            }));
        };
        let sql = format!("{}.{}", quoted(&relation.schema), quoted(&relation.name));
        if !relation.may_insert {
            return Err(refuse(format!(
                "{} has no right to insert into it; have its owner run: GRANT SELECT, INSERT ON \
                 {sql} TO {}",
                self.place.user,
                quoted(&self.place.user)
            )));
        }
        let (mut columns, numbers) = self.columns(&relation.oid)?;
        let keys = self.keys(&relation.oid, &numbers)?;
        let primary = keys.iter().filter(|(primary, _)| *primary);
        for at in primary.flat_map(|(_, key)| key) {
            if let Some(column) = columns.get_mut(*at) {
                column.primary_key = true;
            }
        }
        Ok(Table {
            name: relation.shown(),
            quoted: sql,
            columns,
            keys: keys.into_iter().map(|(_, key)| key).collect(),
        })
    }

    /// Whether there is something of this name that shows rows of tables.
    fn is_view(&mut self, name: &str) -> Result<bool, InsertError> {
        let (schema, bare) = match name.split_once('.') {
            Some((schema, bare)) => (format!("n.nspname = {}", literal(schema)), bare),
            None => ("pg_table_is_visible(c.oid)".to_owned(), name),
        };
        let found = self.value(&format!(
            "SELECT EXISTS(SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('v', 'm') AND {schema} AND c.relname = {})",
            literal(bare)
        ))?;
        Ok(found.as_deref() == Some("t"))
    }

    /// The columns, and their numbers in the table.
    fn columns(&mut self, oid: &str) -> Result<(Vec<Column>, Vec<String>), InsertError> {
        // A domain takes what its base takes, and its own checks are the server's.
        let rows = self.ask(&format!(
            "SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), \
                    coalesce(b.oid, t.oid), coalesce(b.typtype, t.typtype) = 'e', \
                    CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, \
                    a.attnotnull OR t.typnotnull, a.atthasdef OR a.attidentity <> '', \
                    a.attgenerated <> '' \
             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
             LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype \
             WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        ))?;
        let (mut columns, mut numbers) = (Vec::new(), Vec::new());
        self.codecs.clear();
        let version = self.value("SHOW server_version_num")?;
        let version = version.and_then(|version| version.parse().ok());
        let hashes = version >= Some(hash::SINCE);
        self.hashed.clear();
        for row in rows {
            let mut values = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || values.next().unwrap_or_default();
            let (number, name, declared) = (next(), next(), next());
            let (oid, is_enum) = (next().parse().unwrap_or(0), next() == "t");
            let modifier: i64 = next().parse().unwrap_or(-1);
            let codec = Codec::of(oid, is_enum);
            self.codecs.push(codec);
            self.hashed.push(hashes && hash::is_known(oid));
            numbers.push(number);
            columns.push(Column {
                name,
                kind: kind(oid, codec, modifier),
                declared,
                not_null: next() == "t",
                has_default: next() == "t",
                primary_key: false,
                generated: next() == "t",
            });
        }
        Ok((columns, numbers))
    }

    /// The keys as positions of columns, the primary one first, and whether one is it.
    fn keys(
        &mut self,
        oid: &str,
        numbers: &[String],
    ) -> Result<Vec<(bool, Vec<usize>)>, InsertError> {
        let rows = self.ask(&format!(
            // Behind the columns of a key stand those that it only carries.
            "SELECT indisprimary, \
               array_to_string((string_to_array(indkey::text, ' '))[1:indnkeyatts], ' ') \
             FROM pg_index WHERE indrelid = {oid} AND indisunique \
             AND indpred IS NULL AND indexprs IS NULL ORDER BY NOT indisprimary, indexrelid"
        ))?;
        let position = |number: &str| numbers.iter().position(|n| n == number);
        let key = |row: Vec<Option<String>>| {
            let mut values = row.into_iter().flatten();
            let primary = values.next()? == "t";
            let key: Option<Vec<usize>> = values.next()?.split(' ').map(position).collect();
            Some((primary, key?))
        };
        Ok(rows.into_iter().filter_map(key).collect())
    }

    /// The foreign keys by which rows go or change with those of this table.
    fn sweeps(&mut self, table: &Table, fate: Fate) -> Result<Vec<Sweep>, InsertError> {
        let rule = match fate {
            Fate::Deleted => "confdeltype",
            Fate::Changed => "confupdtype",
        };
        let rows = self.ask(&format!(
            "SELECT c.oid, c.conrelid::regclass, c.conrelid = c.confrelid, f.attname, t.attname \
             FROM pg_constraint c CROSS JOIN unnest(c.conkey, c.confkey) AS k(f, t) \
               JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = k.f \
               JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = k.t \
             WHERE c.contype = 'f' AND c.{rule} IN ('c', 'n', 'd') \
               AND c.confrelid = {}::regclass ORDER BY c.oid",
            literal(&table.quoted)
        ))?;
        let mut sweeps: Vec<Sweep> = Vec::new();
        let mut last = None;
        for row in rows {
            let mut values = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || values.next().unwrap_or_default();
            let (key, child, itself) = (Some(next()), next(), next() == "t");
            if key != last {
                last = key;
                sweeps.push(Sweep {
                    quoted: child.clone(),
                    child,
                    columns: Vec::new(),
                    itself,
                });
            }
            if let Some(sweep) = sweeps.last_mut() {
                sweep.columns.push((quoted(&next()), quoted(&next())));
            }
        }
        Ok(sweeps)
    }

    /// A table with rows that would go or change if those of this one were deleted, those of them
    /// that `going` names. From then on nobody refers to a row of the table until the end.
    pub(super) fn swept_along(
        &mut self,
        table: &Table,
        going: Option<&dyn Fn(&str) -> String>,
    ) -> Result<Option<String>, InsertError> {
        let sweeps = self.sweeps(table, Fate::Deleted)?;
        if !sweeps.is_empty() {
            self.run(&format!("LOCK TABLE {} IN EXCLUSIVE MODE", table.quoted))?;
        }
        swept(sweeps, &table.quoted, going, |query| {
            Ok(self.value(&query)?.is_some())
        })
    }

    /// A table with rows that would change if those of this one got other values in these columns.
    pub(super) fn changed_with(
        &mut self,
        table: &Table,
        columns: &[String],
        back: Option<&Back<'_>>,
    ) -> Result<Option<String>, InsertError> {
        let sweeps = self.sweeps(table, Fate::Changed)?;
        changed(sweeps, &table.quoted, columns, back, |query| {
            Ok(self.value(&query)?.is_some())
        })
    }
}

/// What a type takes, by its number and its modifier.
fn kind(oid: u32, codec: Option<Codec>, modifier: i64) -> ColumnType {
    let moment = |zoned: bool| Moment::Point {
        zoned,
        digits: match modifier {
            digits @ 0..=6 => digits as u8,
            _ => 6,
        },
        years: (1, 9999),
    };
    let whole = |min: i64, max: i64| ColumnType::Integer { min, max };
    match codec {
        None => ColumnType::Unknown,
        Some(Codec::Bool) => ColumnType::Boolean,
        Some(Codec::Int2) => whole(i16::MIN.into(), i16::MAX.into()),
        Some(Codec::Int4) => whole(i32::MIN.into(), i32::MAX.into()),
        Some(Codec::Int8) => whole(i64::MIN, i64::MAX),
        Some(float @ (Codec::Float4 | Codec::Float8)) => ColumnType::Real {
            single: float == Codec::Float4,
            endless: true,
        },
        Some(Codec::Inet) => ColumnType::Own(Own::Inet),
        Some(Codec::Cidr) => ColumnType::Own(Own::Cidr),
        Some(Codec::Mac) => ColumnType::Own(Own::Mac(if oid == 829 { 6 } else { 8 })),
        // The server would leave parts of it out.
        Some(Codec::Interval) if modifier != -1 => ColumnType::Unknown,
        Some(Codec::Interval) => ColumnType::Own(Own::Interval),
        Some(Codec::Bits) => ColumnType::Own(Own::Bits {
            most: usize::try_from(modifier).ok(),
            exact: oid == 1560,
        }),
        Some(Codec::Numeric) => {
            // The modifier holds both numbers, and four more than they are.
            let both = u32::try_from(modifier - 4).ok();
            ColumnType::Decimal {
                precision: both.map(|both| both >> 16),
                scale: both.map(|both| both & 0x7ff),
                binary: false,
            }
        }
        Some(Codec::Jsonb) => ColumnType::Json { rewritten: true },
        Some(Codec::Text) if oid == 114 => ColumnType::Json { rewritten: false },
        Some(text @ (Codec::Text | Codec::Padded)) => ColumnType::Text {
            max: u64::try_from(modifier - 4)
                .ok()
                .filter(|_| matches!(oid, 1042 | 1043)),
            padded: text == Codec::Padded,
        },
        Some(Codec::Bytes) => ColumnType::Blob { hex: true },
        Some(Codec::Date) => ColumnType::Date(moment(false)),
        Some(Codec::Time) => ColumnType::Time(moment(false)),
        Some(Codec::Timestamp) => ColumnType::Timestamp(moment(oid == 1184)),
        Some(Codec::Uuid) => ColumnType::Uuid,
    }
}
