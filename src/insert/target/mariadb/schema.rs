//! What a database of MariaDB or MySQL says about its tables.

use super::super::swept::{Back, Fate, RULES, Sweep, changed, swept};
use super::super::{Column, LEDGER, NO_TABLE, Table};
use super::error::is_missing;
use super::protocol::Trouble;
use super::{MariaDb, literal, quoted};
use crate::insert::InsertError;
use crate::insert::types::{ColumnType, Moment, Own};
use crate::insert::undo::SIDE;
use crate::value::near;

/// A table, a view or the like.
pub(super) struct Relation {
    pub(super) name: String,
    kind: String,
    engine: String,
    transactions: bool,
}

impl Relation {
    pub(super) fn refusal(&self) -> Option<String> {
        if self.name.eq_ignore_ascii_case(LEDGER) {
            let reason = "is the ledger of insertions and not for data; choose another table";
            return Some(reason.to_owned());
        }
        if self.name.to_lowercase().starts_with(SIDE) {
            let reason = "is what an undo needs and not for data; choose another table";
            return Some(reason.to_owned());
        }
        match self.kind.as_str() {
            "BASE TABLE" if self.transactions => None,
            "BASE TABLE" => Some(format!(
                "its engine {} can not undo, so that a refused frame would stay; have its owner \
                 run: ALTER TABLE {} ENGINE=InnoDB",
                self.engine,
                quoted(&self.name)
            )),
            _ => Some("is no ordinary table; name the table behind it".to_owned()),
        }
    }
}

impl MariaDb {
    pub(super) fn relations(&mut self) -> Result<Vec<Relation>, InsertError> {
        let rows = self.ask(
            "SELECT t.table_name, t.table_type, t.engine, e.transactions = 'YES' \
             FROM information_schema.tables t LEFT JOIN information_schema.engines e \
               ON e.engine = t.engine \
             WHERE t.table_schema = DATABASE() ORDER BY t.table_name",
        )?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut values = row.into_iter().map(Option::unwrap_or_default);
                let mut next = || values.next().unwrap_or_default();
                Relation {
                    name: next(),
                    kind: next(),
                    engine: next(),
                    transactions: next() == "1",
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
        let all = self.relations()?;
        let found = all
            .iter()
            .find(|r| r.name == bare)
            .or_else(|| all.iter().find(|r| r.name.eq_ignore_ascii_case(bare)));
        let Some(relation) = found else {
            let names = all.iter().filter(|r| r.refusal().is_none());
            let hint = near::did_you_mean(bare, names.map(|r| r.name.as_str()));
            return Err(refuse(format!("{NO_TABLE}{hint}")));
        };
        if let Some(reason) = relation.refusal() {
            return Err(refuse(reason));
        }
        let mut columns = self.columns(&relation.name)?;
        let keys = self.unique_keys(&relation.name, &columns)?;
        for at in keys
            .first()
            .filter(|key| key.primary)
            .iter()
            .flat_map(|key| &key.columns)
        {
            if let Some(column) = columns.get_mut(*at) {
                column.primary_key = true;
            }
        }
        Ok(Table {
            name: relation.name.clone(),
            quoted: quoted(&relation.name),
            columns,
            keys: keys.into_iter().map(|key| key.columns).collect(),
        })
    }

    fn columns(&mut self, table: &str) -> Result<Vec<Column>, InsertError> {
        let rows = self.ask(&format!(
            "SELECT column_name, column_type, data_type, is_nullable = 'NO', column_default, extra, \
                    character_maximum_length, numeric_precision, numeric_scale, datetime_precision, \
                    character_set_name, @@version LIKE '%MariaDB%' \
             FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = {} ORDER BY ordinal_position",
            literal(table)
        ))?;
        self.bytes_stay = !rows.is_empty();
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut values = row.into_iter();
                let mut next = || values.next().flatten();
                let mut text = || next().unwrap_or_default();
                let (name, declared, data_type) = (text(), text(), text());
                let not_null = text() == "1";
                let default = next().filter(|default| default != "NULL");
                let extra = next().unwrap_or_default().to_uppercase();
                let mut number = || next().and_then(|n| n.parse::<u64>().ok());
                let sizes = Sizes {
                    characters: number(),
                    precision: number(),
                    scale: number(),
                    digits: number(),
                };
                let set = next();
                let unicode = set.is_none_or(|set| set == "utf8mb4");
                // Bytes of an address are another form of it.
                let is_address = data_type.to_lowercase().starts_with("inet");
                self.bytes_stay &= unicode && next().as_deref() == Some("1") && !is_address;
                let generated = ["VIRTUAL", "STORED", "PERSISTENT"];
                Column {
                    name,
                    kind: kind(&data_type.to_lowercase(), &declared, &sizes),
                    declared,
                    not_null: not_null && !extra.contains("AUTO_INCREMENT"),
                    has_default: default.is_some()
                        || extra.contains("AUTO_INCREMENT")
                        || extra.contains("DEFAULT_GENERATED"),
                    primary_key: false,
                    generated: generated.iter().any(|word| extra.contains(word)),
                }
            })
            .collect())
    }

    /// The unique keys, the primary one first; their names are kept for messages.
    fn unique_keys(&mut self, table: &str, columns: &[Column]) -> Result<Vec<Key>, InsertError> {
        let rows = self.ask(&format!(
            "SELECT index_name, column_name, sub_part IS NULL FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name = {} AND non_unique = 0 \
             ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index",
            literal(table)
        ))?;
        let mut keys: Vec<(String, Vec<String>, bool)> = Vec::new();
        for row in rows {
            let mut values = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || values.next().unwrap_or_default();
            let (index, column, whole) = (next(), next(), next() == "1");
            match keys.last_mut().filter(|(name, ..)| *name == index) {
                Some((_, names, all)) => {
                    names.push(column);
                    *all = *all && whole;
                }
                None => keys.push((index, vec![column], whole)),
            }
        }
        self.keys = keys
            .iter()
            .map(|(name, columns, _)| (name.clone(), columns.join(", ")))
            .collect();
        let position = |name: &String| columns.iter().position(|c| c.name == *name);
        Ok(keys
            .iter()
            .filter(|(_, _, whole)| *whole)
            .filter_map(|(name, names, _)| {
                Some(Key {
                    primary: name == "PRIMARY",
                    columns: names.iter().map(position).collect::<Option<_>>()?,
                })
            })
            .collect())
    }

    /// The foreign keys by which rows go or change with those of the table, also those of other
    /// databases that this user knows of.
    fn sweeps(&mut self, table: &Table, fate: Fate) -> Result<Vec<Sweep>, InsertError> {
        let rule = match fate {
            Fate::Deleted => "delete_rule",
            Fate::Changed => "update_rule",
        };
        let name = literal(&table.name);
        let keys = self.ask(&format!(
            "SELECT constraint_schema = DATABASE(), constraint_schema, table_name, constraint_name \
             FROM information_schema.referential_constraints \
             WHERE unique_constraint_schema = DATABASE() AND referenced_table_name = {name} \
               AND {rule} IN ('{}')",
            RULES.join("', '")
        ))?;
        let mut sweeps = Vec::new();
        for row in keys {
            let mut values = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || values.next().unwrap_or_default();
            let (here, schema, child, key) = (next() == "1", next(), next(), next());
            let columns = self.ask(&format!(
                "SELECT column_name, referenced_column_name \
                 FROM information_schema.key_column_usage WHERE table_schema = {} \
                   AND table_name = {} AND constraint_name = {} \
                   AND referenced_table_name IS NOT NULL",
                literal(&schema),
                literal(&child),
                literal(&key)
            ))?;
            let pair = |row: Vec<Option<String>>| {
                let mut names = row.into_iter().flatten().map(|name| quoted(&name));
                Some((names.next()?, names.next()?))
            };
            sweeps.push(Sweep {
                itself: here && child == table.name,
                quoted: format!("{}.{}", quoted(&schema), quoted(&child)),
                child: match here {
                    true => child,
                    false => format!("{schema}.{child}"),
                },
                columns: columns.into_iter().filter_map(pair).collect(),
            });
        }
        Ok(sweeps)
    }

    /// A table with rows that would go or change if those of this one were deleted, those of them
    /// that `going` names. Nobody may refer to these rows meanwhile.
    pub(super) fn swept_along(
        &mut self,
        table: &Table,
        going: Option<&dyn Fn(&str) -> String>,
    ) -> Result<Option<String>, InsertError> {
        let sweeps = self.sweeps(table, Fate::Deleted)?;
        if !sweeps.is_empty() && going.is_none() {
            self.value(&format!("SELECT COUNT(*) FROM {} FOR UPDATE", table.quoted))?;
        }
        swept(sweeps, &table.quoted, going, |query| self.has_now(&query))
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
            self.has_now(&query)
        })
    }

    /// Whether a query has rows, as the tables are now and not as they were seen first.
    fn has_now(&mut self, query: &str) -> Result<bool, InsertError> {
        match self.session.query(&format!("{query} LOCK IN SHARE MODE")) {
            Ok((rows, _)) => Ok(!rows.is_empty()),
            // What this user may not see may be there.
            Err(Trouble::Server(e)) if is_missing(&e) => Ok(true),
            Err(e) => Err(self.place.error(e)),
        }
    }
}

struct Key {
    primary: bool,
    columns: Vec<usize>,
}

struct Sizes {
    characters: Option<u64>,
    precision: Option<u64>,
    scale: Option<u64>,
    digits: Option<u64>,
}

/// What a type takes.
fn kind(data_type: &str, declared: &str, sizes: &Sizes) -> ColumnType {
    let lower = declared.to_lowercase();
    let unsigned = lower.contains("unsigned");
    let bits = |bits: u32| match unsigned {
        true => ColumnType::Integer {
            min: 0,
            max: (1 << bits) - 1,
        },
        false => ColumnType::Integer {
            min: -(1 << (bits - 1)),
            max: (1 << (bits - 1)) - 1,
        },
    };
    let moment = |zoned: bool, years: (i32, i32)| Moment::Point {
        zoned,
        digits: u8::try_from(sizes.digits.unwrap_or(0)).unwrap_or(6),
        years,
    };
    let small = |n: Option<u64>| n.and_then(|n| u32::try_from(n).ok());
    match data_type {
        "tinyint" if lower.starts_with("tinyint(1)") && !unsigned => ColumnType::Boolean,
        "tinyint" => bits(8),
        "smallint" => bits(16),
        "mediumint" => bits(24),
        "int" => bits(32),
        // Beyond 63 bits only digits tell.
        "bigint" if unsigned => ColumnType::Decimal {
            precision: Some(20),
            scale: Some(0),
            binary: false,
        },
        "bigint" => ColumnType::Integer {
            min: i64::MIN,
            max: i64::MAX,
        },
        "year" => ColumnType::Integer {
            min: 1901,
            max: 2155,
        },
        "decimal" => ColumnType::Decimal {
            precision: small(sizes.precision),
            scale: small(sizes.scale),
            binary: false,
        },
        "float" | "double" => ColumnType::Real {
            single: data_type == "float",
            endless: false,
        },
        "date" => ColumnType::Date(moment(false, (1, 9999))),
        "time" => ColumnType::Time(moment(false, (1, 9999))),
        "datetime" => ColumnType::Timestamp(moment(false, (1, 9999))),
        // Its seconds have 32 bits: of the last year, of which newer servers take more, the server
        // says what it takes.
        "timestamp" => ColumnType::Timestamp(moment(true, (1970, 2038))),
        "char" => ColumnType::Text {
            max: sizes.characters,
            padded: true,
        },
        "varchar" => ColumnType::Text {
            max: sizes.characters,
            padded: false,
        },
        // How much fits is counted in bytes there: the server will say so.
        "tinytext" | "text" | "mediumtext" | "longtext" | "enum" => ColumnType::Text {
            max: None,
            padded: false,
        },
        "json" => ColumnType::Json { rewritten: true },
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            ColumnType::Blob { hex: false }
        }
        "uuid" => ColumnType::Uuid,
        "inet4" => ColumnType::Own(Own::Inet4),
        "inet6" => ColumnType::Own(Own::Inet6),
        "set" => ColumnType::Own(Own::Set(labels(declared))),
        "bit" => ColumnType::Flags(small(sizes.precision).unwrap_or(1) as usize),
        _ => ColumnType::Unknown,
    }
}

/// The words of `set('a','it''s')`.
fn labels(declared: &str) -> Vec<String> {
    let inside = declared.split_once('(').map_or("", |(_, rest)| rest);
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let mut words = Vec::new();
    let mut rest = inside;
    while let Some(text) = rest.trim_start_matches(',').strip_prefix('\'') {
        let mut word = String::new();
        rest = text;
        while let Some((before, after)) = rest.split_once('\'') {
            word += before;
            rest = after;
            match after.strip_prefix('\'') {
                Some(after) => {
                    word.push('\'');
                    rest = after;
                }
                None => break,
            }
        }
        words.push(unescaped(&word));
    }
    words
}

/// A word without the backslashes that the server writes before some signs.
fn unescaped(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut signs = word.chars();
    while let Some(sign) = signs.next() {
        out.push(match sign {
            '\\' => match signs.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            },
            sign => sign,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::labels;

    #[test]
    fn the_words_of_a_set_are_read() {
        assert_eq!(labels("set('a','it''s','')"), ["a", "it's", ""]);
        assert_eq!(labels(r"set('x\\y','a\nb')"), [r"x\y", "a\nb"]);
        assert_eq!(labels("set("), [""; 0]);
    }
}
