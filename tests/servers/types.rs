//! Values of every type, at their limits, are found as they were written, or refused.

use super::place::{Kind, Place, job};
use std::sync::atomic::{AtomicU32, Ordering};

/// A table of one column of a type, and what goes in and what does not.
fn column(place: &Place, declared: &str, takes: &[(&str, &str)], refuses: &[&str]) {
    place.sql(&format!(
        "CREATE TABLE $t(id INTEGER PRIMARY KEY, v {declared})"
    ));
    let mut text = String::from("id,v\n");
    for (i, (value, _)) in takes.iter().enumerate() {
        text += &format!("{i},{value}\n");
    }
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let next = || format!("{} {}", place.table, NEXT.fetch_add(1, Ordering::Relaxed));
    let kind = place.kind;
    let report = super::place::job(&place.insertion(&text), &next());
    let report = report.unwrap_or_else(|e| panic!("{kind:?} {declared}: {e}"));
    assert!(
        report.committed,
        "{kind:?} {declared}: {:?} {:?}",
        report.verdict, report.refusals
    );
    let facts = report.facts;
    assert_eq!(
        facts.source_checksum, facts.target_checksum,
        "{kind:?} {declared}"
    );
    assert_eq!(facts.rows_inserted, takes.len() as u64);
    for (i, (value, found)) in takes.iter().enumerate() {
        let there = place
            .sql(&format!("SELECT v FROM $t WHERE id = {i}"))
            .join("⏎");
        assert_eq!(there, *found, "{kind:?} {declared} {value}");
    }
    for (i, value) in refuses.iter().enumerate() {
        let insertion = place.insertion(&format!("id,v\n{},{value}\n", 1000 + i));
        let report = super::place::job(&insertion, &next()).unwrap();
        assert!(!report.committed, "{kind:?} {declared} took {value}");
        let refusal = &report.refusals[0];
        assert_eq!(
            (refusal.line, refusal.record),
            (Some(2), Some(1)),
            "{refusal}"
        );
    }
    place.sql("DROP TABLE $t");
}

fn same<'t>(values: &[&'t str]) -> Vec<(&'t str, &'t str)> {
    values.iter().map(|value| (*value, *value)).collect()
}

#[test]
fn whole_numbers_at_their_limits() {
    for place in Place::all() {
        let all = [
            ("SMALLINT", "-32768", "32767", "32768"),
            ("INT", "-2147483648", "2147483647", "2147483648"),
            (
                "BIGINT",
                "-9223372036854775808",
                "9223372036854775807",
                "9223372036854775808",
            ),
        ];
        for (declared, least, most, beyond) in all {
            // SQLite's INT has 64 bits.
            let declared = match (place.kind, declared) {
                (Kind::Sqlite, "INT") => "INT4",
                (_, declared) => declared,
            };
            column(
                &place,
                declared,
                &same(&[least, most, "0", "-1"]),
                &[beyond, "1.5", "x"],
            );
        }
    }
}

#[test]
fn decimals_digit_by_digit() {
    for place in Place::all() {
        let takes = [
            ("19.9", place.choose("19.9", "19.90", "19.90")),
            ("-12345678.01", "-12345678.01"),
            ("99999999.99", "99999999.99"),
            ("-0.00", place.choose("0", "0.00", "0.00")),
            ("0.05", "0.05"),
        ];
        column(
            &place,
            "DECIMAL(10,2)",
            &takes,
            &["100000000", "0.001", "1e9", "1e-3", "12,50"],
        );
        if place.kind != Kind::Sqlite {
            let long = "-12345678901234567890123456.0123456789";
            column(
                &place,
                "DECIMAL(36,10)",
                &same(&[long, "0.0000000001"]),
                &["0.00000000001"],
            );
        }
    }
}

#[test]
fn floats_by_their_bits() {
    for place in Place::all() {
        let takes = [
            ("0.1", "0.1"),
            ("12345.678901234567", "12345.678901234567"),
            ("-2.5", "-2.5"),
        ];
        // Only PostgreSQL keeps what is no number.
        let nan = place.choose("NaN", "none", "NaN");
        column(&place, "DOUBLE PRECISION", &takes, &["1e309", nan, "x"]);
    }
}

#[test]
fn truth() {
    for place in Place::all() {
        let (yes, no) = (place.choose("1", "t", "1"), place.choose("0", "f", "0"));
        let takes = [("true", yes), ("no", no), ("1", yes), ("F", no)];
        column(&place, "BOOLEAN", &takes, &["2", "perhaps"]);
    }
}

#[test]
fn days_and_times() {
    for place in Place::all() {
        column(
            &place,
            "DATE",
            &same(&["2024-02-29", "1000-01-01", "9999-12-31"]),
            &["2025-02-29", "17.11.2025", "2025-11-17 10:00"],
        );
        column(
            &place,
            place.choose("TIME", "TIME", "TIME(6)"),
            &[
                (
                    "23:59:59",
                    place.choose("23:59:59", "23:59:59", "23:59:59.000000"),
                ),
                ("10:18:59.123456", "10:18:59.123456"),
            ],
            &["24:00", "noon"],
        );
        column(
            &place,
            place.choose("TIMESTAMP", "TIMESTAMP", "DATETIME(6)"),
            &[
                (
                    "2025-11-17 10:18:59.5",
                    place.choose(
                        "2025-11-17 10:18:59.5",
                        "2025-11-17 10:18:59.5",
                        "2025-11-17 10:18:59.500000",
                    ),
                ),
                (
                    "1000-01-01T00:00:00",
                    place.choose(
                        "1000-01-01T00:00:00",
                        "1000-01-01 00:00:00",
                        "1000-01-01 00:00:00.000000",
                    ),
                ),
                // A day is its first moment.
                (
                    "2025-11-17",
                    place.choose(
                        "2025-11-17 00:00:00",
                        "2025-11-17 00:00:00",
                        "2025-11-17 00:00:00.000000",
                    ),
                ),
            ],
            &["2025-02-30 10:00", "2025-02-30", "17.11.2025"],
        );
    }
}

#[test]
fn times_with_zones() {
    for place in Place::all() {
        if place.kind == Kind::Sqlite {
            continue;
        }
        place.sql(place.choose(
            "",
            "CREATE TABLE $t(id INT PRIMARY KEY, v TIMESTAMPTZ)",
            "CREATE TABLE $t(id INT PRIMARY KEY, v TIMESTAMP NULL)",
        ));
        let report = place.insert(
            "id,v\n1,2025-11-17T12:00:00+05:30\n2,2025-11-17 06:30:00Z\n3,2025-11-17 06:30:00\n4,\n",
        );
        assert!(report.committed, "{:?}", report.refusals);
        let facts = &report.facts;
        assert_eq!(facts.source_checksum, facts.target_checksum);
        // All three are the same instant.
        let sql = place.choose(
            "",
            "SELECT count(DISTINCT v), extract(epoch FROM min(v))::bigint FROM $t",
            "SELECT count(DISTINCT v), CAST(unix_timestamp(min(v)) AS INT) FROM $t",
        );
        assert_eq!(place.sql(sql), ["1|1763361000"], "{:?}", place.kind);
        // A column without a zone would forget it.
        place.sql("DROP TABLE $t");
        place.sql(place.choose(
            "",
            "CREATE TABLE $t(id INT PRIMARY KEY, v TIMESTAMP)",
            "CREATE TABLE $t(id INT PRIMARY KEY, v DATETIME)",
        ));
        let report = super::place::job(
            &place.insertion("id,v\n1,2025-11-17 06:30:00Z\n"),
            &format!("{} z", place.table),
        );
        let said = report.unwrap().refusals[0].to_string();
        assert!(said.contains("keeps no zone"), "{said}");
        // Unless it is said whose clocks it shows; those of the others are meant there, too.
        place.sql("DROP TABLE $t");
        place.sql(place.choose(
            "",
            "CREATE TABLE $t(id INT PRIMARY KEY, l TIMESTAMP, z TIMESTAMPTZ)",
            "CREATE TABLE $t(id INT PRIMARY KEY, l DATETIME, z TIMESTAMP NULL)",
        ));
        let mut insertion = place.insertion(
            "id,l,z\n1,2025-07-17 06:30:00Z,17.07.2025 08:30\n\
             2,17.07.2025 08:30,17.07.2025 06:30Z\n",
        );
        insertion.read.zone = Some("Europe/Berlin".parse().unwrap());
        insertion.query = Some("SELECT * FROM frame".into());
        insertion.read.dates = "dd.MM.yyyy HH:mm".parse().unwrap();
        let key = format!("{} zone", place.table);
        let report = super::place::job(&insertion, &key).unwrap();
        assert!(report.committed, "{:?}", report.refusals);
        let sql = place.choose(
            "",
            "SELECT count(DISTINCT l), min(l), count(DISTINCT z), \
             extract(epoch FROM min(z))::bigint FROM $t",
            "SELECT count(DISTINCT l), min(l), count(DISTINCT z), \
             CAST(unix_timestamp(min(z)) AS INT) FROM $t",
        );
        assert_eq!(place.sql(sql), ["1|2025-07-17 08:30:00|1|1752733800"]);
        // Times that do not tell.
        let mut insertion = place.insertion(
            "id,z\n7,2025-10-26 02:30:00\n8,2025-10-26 02:30:00+01:00\n9,2025-03-30 02:30\n",
        );
        insertion.read.zone = Some("Europe/Berlin".parse().unwrap());
        let report = super::place::job(&insertion, &format!("{key} twice")).unwrap();
        let told: Vec<String> = report.refusals.iter().map(ToString::to_string).collect();
        assert!(told[0].contains("line 2, z: ") && told[0].contains("shown twice"));
        assert!(told[1].contains("line 4, z: ") && told[1].contains("skipped"));
        assert_eq!(told.len(), 2);
    }
}

#[test]
fn texts_of_every_plane_and_nothing_against_empty() {
    for place in Place::all() {
        place.sql(place.choose(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, v VARCHAR(40), w CHAR(3))",
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, v VARCHAR(40), w CHAR(3))",
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, v VARCHAR(40), w CHAR(3)) CHARACTER SET utf8mb4",
        ));
        let report = place.insert(
            "id,v,w\n1,\"ü λ 漢 𝄞 🦀 \u{10ffff}\",äöü\n2,\"two\nlines, \"\"quoted\"\" \\n \\N \\\\ 'x'\ttab\",a\n\
             3,,\n4,\"\",\"\"\n5,\"  spaces  \",\"b  \"\n6,\\N,NUL\n",
        );
        assert!(report.committed, "{:?} {:?}", place.kind, report.refusals);
        let facts = &report.facts;
        assert_eq!(
            facts.source_checksum, facts.target_checksum,
            "{:?}",
            place.kind
        );
        let count = |condition: &str| {
            place.sql(&format!("SELECT count(*) FROM $t WHERE {condition}"))[0].clone()
        };
        assert_eq!(count("v IS NULL AND w IS NULL"), "1");
        assert_eq!(count("v = '' AND v IS NOT NULL AND w IS NOT NULL"), "1");
        let hex = place.choose(
            "hex(v)",
            "upper(encode(convert_to(v, 'UTF8'), 'hex'))",
            "hex(v)",
        );
        let bytes = "ü λ 漢 𝄞 🦀 \u{10ffff}".bytes().map(|b| format!("{b:02X}"));
        let there = place.sql(&format!("SELECT {hex} FROM $t WHERE id = 1"));
        assert_eq!(there, [bytes.collect::<String>()]);
        assert_eq!(
            place
                .sql("SELECT v FROM $t WHERE id = 2")
                .join("\n")
                .replace('|', "\t"),
            "two\nlines, \"quoted\" \\n \\N \\\\ 'x'\ttab"
        );
        assert_eq!(place.sql("SELECT v FROM $t WHERE id = 6"), ["\\N"]);
        let length = place.choose("length(v)", "char_length(v)", "char_length(v)");
        assert_eq!(
            place.sql(&format!("SELECT {length} FROM $t WHERE id = 5")),
            ["10"]
        );
        let long = format!("id,v\n7,{}\n", "𝄞".repeat(41));
        let report = super::place::job(&place.insertion(&long), "long").unwrap();
        assert!(
            report.refusals[0].reason.contains("41 characters, 40 fit"),
            "{:?}",
            report.refusals
        );
    }
}

#[test]
fn what_only_servers_know() {
    for place in Place::all()
        .iter()
        .filter(|place| place.kind == Kind::Postgres)
    {
        place.sql("CREATE TYPE mood AS ENUM ('happy', 'sad')");
        place.sql("CREATE DOMAIN price AS numeric(8,2) CHECK (VALUE > 0)");
        place.sql(
            "CREATE TABLE $t(u uuid, j jsonb, k json, b bytea, m mood, p price, r real,
               g int GENERATED ALWAYS AS IDENTITY, x point)",
        );
        let uuid = "0198c0de-0000-7000-8000-000000000001";
        let report = place.insert(&format!(
            "u,j,k,b,m,p,r\n{uuid},\"{{\"\"b\"\": 1, \"\"a\"\":2}}\",[1],ü,happy,9.90,0.1\n,,,,,,\n"
        ));
        assert!(report.committed, "{:?}", report.refusals);
        let facts = &report.facts;
        assert_eq!(facts.source_checksum, facts.target_checksum);
        assert_eq!(
            place.sql("SELECT u, j, k, b, m, p, r, g FROM $t WHERE g = 1"),
            [format!(
                "{uuid}|{{\"a\": 2, \"b\": 1}}|[1]|\\xc3bc|happy|9.90|0.1|1"
            )]
        );
        for (text, reason) in [
            ("m\nangry\n", "invalid input value for enum mood"),
            ("p\n-1\n", "price_check"),
            ("j\n{\n", "is not jsonb"),
            ("u\nx\n", "is not uuid"),
        ] {
            let report = super::place::job(&place.insertion(text), text).unwrap();
            let said = report.refusals[0].to_string();
            assert!(!report.committed && said.contains(reason), "{said}");
        }
        let error = super::place::job(&place.insertion("x\n1\n"), "x")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("the type point, which crewdesk can not insert"),
            "{error}"
        );
    }
}

#[test]
fn texts_of_another_character_set_are_converted_on_their_way() {
    for place in Place::all() {
        if place.kind != Kind::MariaDb {
            continue;
        }
        for (set, hex) in [
            ("latin1", "FC41"),
            ("utf8mb4", "C3BC41"),
            ("ucs2", "00FC0041"),
        ] {
            place.sql("DROP TABLE IF EXISTS $t");
            place.sql(&format!(
                "CREATE TABLE $t(id INTEGER PRIMARY KEY, v VARCHAR(9) CHARACTER SET {set}, \
                 w VARCHAR(9) CHARACTER SET utf8mb4)"
            ));
            let insertion = place.insertion("id,v,w\n1,üA,üA\n");
            let report = job(&insertion, &format!("{} {set}", place.table)).unwrap();
            assert!(report.committed, "{set}: {report:?}");
            let stored = place.sql("SELECT concat(hex(v), ' ', hex(w)) FROM $t");
            assert_eq!(stored, [format!("{hex} C3BC41")], "{set}");
        }
    }
}

#[test]
fn identifiers_and_the_last_seconds_of_mariadb() {
    for place in Place::all() {
        if place.kind != Kind::MariaDb {
            continue;
        }
        let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
        let bare = "a0eebc999c0b4ef8bb6d6bb9bd380a12";
        let written = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12";
        column(&place, "UUID", &[(uuid, uuid), (bare, written)], &["x"]);
        column(
            &place,
            "TIMESTAMP NULL",
            &same(&["2038-01-01 00:00:00", "2037-12-31 23:59:59"]),
            &["2039-01-01 00:00:00"],
        );
    }
}

#[test]
fn it_is_told_what_a_server_makes_of_values() {
    for place in Place::all() {
        let declared = match place.kind {
            Kind::MariaDb => "ENUM('ok','no')",
            Kind::Postgres => "CHAR(3)",
            Kind::Sqlite => continue,
        };
        place.sql(&format!(
            "CREATE TABLE $t(id INTEGER PRIMARY KEY, e {declared})"
        ));
        if place.kind == Kind::Postgres {
            place.sql(
                "CREATE FUNCTION low() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN NEW.e = lower(NEW.e); RETURN NEW; END'",
            );
            place.sql("CREATE TRIGGER low BEFORE INSERT ON $t FOR EACH ROW EXECUTE FUNCTION low()");
        }
        let report = job(&place.insertion("id,e\n1,ok\n2,OK\n"), "differs").unwrap();
        assert!(!report.committed);
        let said = report.facts.message.unwrap_or_default();
        let why = "in e: line 3 has \"OK\", the table";
        // Both rows are the same there.
        assert!(
            said.contains(why) || said.contains("in e: line 3 has \"OK\". A trigger"),
            "{:?}: {said}",
            place.kind
        );
        place.sql("DROP TABLE $t");
        if place.kind == Kind::Postgres {
            place.sql("DROP FUNCTION low");
        }
    }
}

/// Addresses, spans of time, bits, sets, and what is no number.
#[test]
fn types_that_only_one_server_has() {
    for place in Place::all() {
        match place.kind {
            Kind::Sqlite => {}
            Kind::Postgres => {
                let nets = [
                    ("10.0.0.1/24", "10.0.0.1/24"),
                    ("2001:DB8::1", "2001:db8::1"),
                ];
                column(&place, "inet", &nets, &["10.0.0", "x"]);
                column(&place, "cidr", &same(&["10.0.0.0/8"]), &["10.0.0.1/8"]);
                let mac = [("08-00-2B-01-02-03", "08:00:2b:01:02:03")];
                column(&place, "macaddr", &mac, &["08:00"]);
                let spans = [
                    (
                        "1 year 2 months 3 days 04:05:06.5",
                        "1 year 2 mons 3 days 04:05:06.5",
                    ),
                    ("P1DT2H", "1 day 02:00:00"),
                    ("-1 days +23:59:59", "-1 days +23:59:59"),
                ];
                column(&place, "interval", &spans, &["soon"]);
                column(&place, "bit(3)", &same(&["101"]), &["10", "102"]);
                column(
                    &place,
                    "bit varying(10)",
                    &same(&["1", "1010000011"]),
                    &["10101010101"],
                );
                let floats = same(&["NaN", "Infinity", "-Infinity", "1.5"]);
                column(&place, "double precision", &floats, &["none"]);
                column(&place, "real", &floats, &["none"]);
            }
            Kind::MariaDb => {
                let set = [("\"b,A\"", "A,b"), ("b", "b")];
                column(&place, "SET('A','b')", &set, &["c", "a"]);
                column(
                    &place,
                    "INET6",
                    &[("2001:DB8::1", "2001:db8::1")],
                    &["10.0.0"],
                );
                // The client shows the bytes of what is kept.
                column(
                    &place,
                    "BIT(7)",
                    &[("1000001", "A"), ("110000", "0")],
                    &["12345678", "2"],
                );
            }
        }
    }
}
