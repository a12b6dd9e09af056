//! The insertion as a form describes it: which field says what, and what it makes.

use super::FieldError;
use super::{limits, view};
use crate::insert::{
    self, ConnectionUrl, Forbidden, Frame, Insertion, Mapping, Mode, Password, ReadOptions,
    ServerUrl, Trim,
};
use crate::model::{Form, Process, Widget};
use crate::value::{Map, Value};
use std::path::PathBuf;
use std::str::FromStr;

/// The topic of external tasks that insert a frame.
pub const TOPIC: &str = "insertion";
/// Name of a connection that a head has set up.
pub const CONNECTION: &str = "connection";
/// Where there is no connection: the server, empty for a file.
pub const SERVER: &str = "serverName";
/// Where there is no connection: who logs in.
pub const USER: &str = "userName";
/// Where there is no connection: the password of that user, a secret.
pub const PASSWORD: &str = "password";
/// Where there is no connection: the database, for SQLite its path.
pub const DATABASE: &str = "databaseName";
/// The table.
pub const TABLE: &str = "tableName";
/// The frame: a path or pasted text.
pub const FRAME: &str = "dataFrame";
/// Instead of a frame: the name of a connection that gives its rows.
pub const SOURCE: &str = "sourceConnection";
/// The SELECT that it is asked.
pub const SOURCE_QUERY: &str = "sourceQuery";
/// SQL over the frame.
pub const QUERY: &str = "query";
/// Which column goes where, a line each.
pub const COLUMNS: &str = "columns";
/// What happens to the rows of the table; see [`Mode`].
pub const MODE: &str = "mode";
/// The columns by which rows are told apart, separated by commas; empty is the primary key.
pub const KEY: &str = "keyColumns";
/// Whether to keep what is needed to take the insertion back: `yes` or `no`.
pub const UNDOABLE: &str = "undoable";
/// Texts that mean NULL, separated by commas.
pub const NULLS: &str = "nullText";
/// What stands between two values; empty is found out.
pub const SEPARATOR: &str = "separator";
/// How days and times are written; empty is `2026-12-31`.
pub const DATES: &str = "dateFormat";
/// How numbers are written; empty is `1234.56`.
pub const NUMBERS: &str = "numberFormat";
/// How truths are written, such as `ja/nein`; empty is true and false.
pub const BOOLEANS: &str = "booleanFormat";
/// Where the clocks show times without a zone, such as `Europe/Berlin`; empty is UTC.
pub const ZONE: &str = "timeZone";
/// Which blanks around values are taken away; empty is none.
pub const TRIM: &str = "trim";
/// How many lines stand above the header; empty is none.
pub const SKIP: &str = "skipLines";
/// Whether the first record names the columns; empty is yes.
pub const HEADER: &str = "header";
/// What stands around a value; empty is found out.
pub const QUOTE: &str = "quote";
/// What stands before signs that mean something else, a backslash; empty is nothing.
pub const ESCAPE: &str = "escape";
/// How characters are written; empty is found out.
pub const ENCODING: &str = "encoding";
/// The sheet of a workbook; empty is the first.
pub const SHEET: &str = "sheet";
/// Appended to the name of a file field: the variable that holds the content hash.
pub const CAPTURE: &str = "Capture";
/// Appended to the name of a file field: the variable that holds how many bytes were captured,
/// so that a model can choose its way by the size.
pub const BYTES: &str = "Bytes";
/// Appended to the name of a file field: the variable that holds the hash of what stands over
/// the frame, rows that were fixed.
pub const PATCH: &str = "Patch";
/// Why an insertion went back: what the decision said.
pub const REASON: &str = "reason";
/// Why an insertion failed: what the worker said.
pub const MESSAGE: &str = "insertionMessage";
/// `SUCCESS` or `FAILURE`.
pub const STATUS: &str = "insertionStatus";
/// False where no ledger remembers the insertion; else it is not set.
pub const EXACTLY_ONCE: &str = "exactlyOnce";
/// What is said of an insertion that no ledger remembers.
pub const NOT_ONCE: &str = "not exactly once: this connection is used without a ledger, so that \
                            after a crash nobody knows whether the rows are in";
/// Whether the rows stayed in the table.
pub const KEPT: &str = "insertionKept";
/// How many rows of the frame are in the table, or would be if they had been kept.
pub const INSERTED: &str = "rowsInserted";
/// How many of these were there before and were changed.
pub const UPDATED: &str = "rowsUpdated";
/// How many rows were deleted to make room.
pub const DELETED: &str = "rowsDeleted";
/// How many rows refer to what is not there.
pub const ORPHANS: &str = "orphans";
/// The facts of each column, by its name.
pub const COLUMN_FACTS: &str = "columnFacts";
/// What the team's own checks gave, by their names.
pub const CHECKS: &str = "checks";
/// Columns whose different values are counted; `all` is each.
pub const EXACT: &str = "exactDistinct";
/// Columns whose values must be in another table: `customer_id -> customers.id`, a line each. From
/// a model it is an input parameter of the service task.
pub const REFERENCES: &str = "references";
/// An input parameter of the service task: the team's own checks, a SELECT by each name.
pub const QUERIES: &str = "checkQueries";
/// The refused rows, as JSON; see [`view::Refusal`].
pub const REFUSALS: &str = "refusals";
/// How many rows were refused.
pub const REFUSED: &str = "rowsRefused";

/// Why a task came back: what the check said and, of an insertion that failed, what the
/// worker said.
pub fn reason(variable: impl Fn(&str) -> Option<Value>) -> Option<String> {
    let text = |name| match variable(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    match (text(REASON), text(MESSAGE)) {
        // The worker may have judged by the same decision: nothing is said twice.
        (Some(reason), Some(message)) if !reason.contains(&message) => {
            Some(format!("{reason} {message}"))
        }
        (reason, message) => reason.or(message),
    }
}

/// True when a form describes an insertion: it has a table and a frame.
pub fn describes(form: &Form) -> bool {
    let has = |id: &str| form.fields.iter().find(|field| field.id == id);
    has(TABLE).is_some() && has(FRAME).is_some_and(|field| field.widget() == Widget::File)
}

/// What says which database is meant.
pub(super) const PLACE: [&str; 3] = [CONNECTION, SERVER, DATABASE];

/// What decides which rows go where, and by whose right.
const DECIDES: [&str; 9] = [
    CONNECTION, SERVER, DATABASE, USER, PASSWORD, TABLE, MODE, QUERY, COLUMNS,
];

/// True when a variable of this name would change an insertion that another form than this one
/// describes: rows would go where whoever sent them never said, in their name.
pub fn is_of_another(process: &Process, form: &Form, name: &str) -> bool {
    DECIDES.contains(&name)
        && !describes(form)
        && form.fields.iter().all(|field| field.id != name)
        && process.forms().any(describes)
}

/// The hash of what stands over the frame of a file field; none where nothing does.
pub fn patch_of<'v>(values: &'v Map, field: &str) -> Option<&'v str> {
    text(values, &format!("{field}{PATCH}")).map(str::trim)
}

/// True when a text of this name says what stands over the frame of one of the form's fields.
pub fn is_patch(form: &Form, name: &str) -> bool {
    let field = name.strip_suffix(PATCH);
    field.is_some_and(|field| {
        let mut fields = form.fields.iter();
        fields.any(|f| f.id == field && f.widget() == Widget::File)
    })
}

/// The name of the connection that is to be used; none for a file named in the form.
pub fn connection_name(values: &Map) -> Option<&str> {
    text(values, CONNECTION)
}

/// The refusal of a connection that nobody has set up.
pub fn no_connection(name: &str) -> FieldError {
    FieldError {
        field: CONNECTION.to_owned(),
        message: format!("there is no connection {name}; choose one that a team head has set up"),
    }
}

/// The database that the values mean.
///
/// `connection` is what [`connection_name`] was found to be.
pub fn target(
    values: &Map,
    connection: Option<&view::Connection>,
) -> Result<ConnectionUrl, FieldError> {
    let error = |field: &str, message: String| FieldError {
        field: field.to_owned(),
        message,
    };
    match (connection_name(values), connection) {
        (Some(_), Some(found)) => {
            ConnectionUrl::from_str(&found.url).map_err(|e| error(CONNECTION, e.to_string()))
        }
        (Some(name), None) => Err(no_connection(name)),
        (None, _) if text(values, SERVER).is_some() => server(values),
        (None, _) => match text(values, DATABASE) {
            Some(path) => ConnectionUrl::from_str(&format!("sqlite:{path}"))
                .map_err(|e| error(DATABASE, e.to_string())),
            None => Err(error(
                CONNECTION,
                "choose a connection, or name an SQLite file as database".into(),
            )),
        },
    }
}

/// The connection as one logs in there under another name.
pub fn as_user(mut connection: view::Connection, user: Option<&str>) -> view::Connection {
    let user = user.map(str::trim).filter(|user| !user.is_empty());
    if let Some(user) = user
        && let Ok(ConnectionUrl::Server(url)) = ConnectionUrl::from_str(&connection.url)
    {
        let user = user.to_owned();
        connection.url = ConnectionUrl::Server(ServerUrl { user, ..url }).to_string();
    }
    connection
}

/// The user whom the values name, where they name one.
pub fn user_name(values: &Map) -> Option<&str> {
    text(values, USER)
}

/// The database on a server that the values name: `postgres://HOST` or `mariadb://HOST`, or a
/// host with the port that tells which it is.
fn server(values: &Map) -> Result<ConnectionUrl, FieldError> {
    let error = |field: &str, message: &str| FieldError {
        field: field.to_owned(),
        message: message.to_owned(),
    };
    let name = text(values, SERVER).unwrap_or_default().trim();
    let place = name.trim_end_matches('/');
    let url = match place.rsplit_once(':') {
        Some(_) if place.contains("://") => place.to_owned(),
        Some((_, "5432")) => format!("postgres://{place}"),
        Some((_, "3306")) => format!("mariadb://{place}"),
        _ => {
            let message = "write postgres://HOST or mariadb://HOST, with :PORT if it is not the \
                           usual one";
            return Err(error(SERVER, message));
        }
    };
    let database =
        text(values, DATABASE).ok_or_else(|| error(DATABASE, "name the database on the server"))?;
    let user = text(values, USER).ok_or_else(|| error(USER, "name the user who logs in"))?;
    // What is typed here is put in as it is: only the server's name is read as a URL.
    match ConnectionUrl::from_str(&format!("{url}/database")) {
        Ok(ConnectionUrl::Server(url)) => Ok(ConnectionUrl::Server(ServerUrl {
            database: database.trim().to_owned(),
            user: user.trim().to_owned(),
            ..url
        })),
        Ok(_) => Err(error(SERVER, "this names no server")),
        Err(e) => Err(error(SERVER, &e.to_string())),
    }
}

/// The insertion that the values mean, of a frame that is captured. `password` is of the
/// connection, or of the user whom the values name.
pub fn insertion(
    values: &Map,
    connection: Option<&view::Connection>,
    password: Option<Password>,
    frame: Frame,
    forbidden: Forbidden,
) -> Result<Insertion, FieldError> {
    let target = target(values, connection)?;
    let (table, mode) = place(values, connection)?;
    let mut insertion = Insertion::new(target, table, frame);
    insertion.password = password;
    insertion.forbidden = forbidden;
    insertion.query = text(values, QUERY).map(str::to_owned);
    insertion.columns = mapping(values)?;
    insertion.mode = mode;
    insertion.key = text(values, KEY).map(names).unwrap_or_default();
    insertion.read = reading(values)?;
    // Whose form has no such field could not answer.
    insertion.asks_numbers = values.contains_key(NUMBERS);
    insertion.exact_distinct = text(values, EXACT).map(names).unwrap_or_default();
    insertion.undoable = undoable(values, connection)?;
    insertion.without_ledger = connection.is_some_and(|c| c.limits.without_ledger);
    Ok(insertion)
}

/// The references that a value asks to look for.
pub fn references(value: &Value) -> Result<Vec<insert::Reference>, FieldError> {
    let text = match value {
        Value::Null => String::new(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            items.join("\n")
        }
        value => value.to_string(),
    };
    insert::references(&text).map_err(|message| FieldError {
        field: REFERENCES.to_owned(),
        message,
    })
}

/// The team's own checks that an input parameter names.
pub fn checks(value: &Value) -> Result<Vec<insert::Check>, FieldError> {
    let wrong = |message: String| FieldError {
        field: QUERIES.to_owned(),
        message,
    };
    let checks = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Map(checks) => checks,
        _ => return Err(wrong("is no map of names and SELECTs".to_owned())),
    };
    let checks = checks.iter().map(|(name, sql)| match sql {
        Value::String(sql) => Ok(insert::Check {
            name: name.clone(),
            sql: sql.clone(),
        }),
        _ => Err(wrong(format!("{name} is no text; write a SELECT"))),
    });
    checks.collect()
}

/// The table and the mode that the values mean, within the limits of the connection.
pub fn place<'v>(
    values: &'v Map,
    connection: Option<&view::Connection>,
) -> Result<(&'v str, Mode), FieldError> {
    let table = text(values, TABLE).ok_or_else(|| FieldError {
        field: TABLE.to_owned(),
        message: "name the table".to_owned(),
    })?;
    let mode = match text(values, MODE) {
        None => Mode::Append,
        Some(mode) => mode.parse().map_err(|message| FieldError {
            field: MODE.to_owned(),
            message,
        })?,
    };
    if let Some(connection) = connection {
        limits::check(connection, table, mode.as_str())?;
    }
    Ok((table, mode))
}

/// What is wrong with how the values say that the frame is read and what goes in.
pub fn faults(values: &Map, connection: Option<&view::Connection>) -> Vec<FieldError> {
    let faults = [
        mapping(values).err(),
        reading(values).err(),
        undoable(values, connection).err(),
    ];
    faults.into_iter().flatten().collect()
}

/// What the values say about columns.
fn mapping(values: &Map) -> Result<Mapping, FieldError> {
    let text = text(values, COLUMNS).unwrap_or_default();
    text.parse().map_err(|message| FieldError {
        field: COLUMNS.to_owned(),
        message,
    })
}

/// Whether the values ask to keep what an undo needs. What is typed for one insertion is not kept,
/// and a server wants a password again.
fn undoable(values: &Map, connection: Option<&view::Connection>) -> Result<bool, FieldError> {
    let wrong = |message: &str| FieldError {
        field: UNDOABLE.to_owned(),
        message: message.to_owned(),
    };
    let wanted = match values.get(UNDOABLE) {
        Some(Value::Boolean(wanted)) => *wanted,
        _ => match text(values, UNDOABLE).map(yes_or_no).transpose() {
            Ok(wanted) => wanted.unwrap_or(false),
            Err(_) => return Err(wrong("write yes or no: whether it can be taken back")),
        },
    };
    if wanted && connection.is_some_and(|c| c.credentials == view::Credentials::Asked) {
        return Err(wrong(
            "this connection asks for its password each time, so that nothing can be taken back \
             later; write no",
        ));
    }
    if wanted && connection.is_some_and(|c| c.limits.without_ledger) {
        return Err(wrong(
            "this connection is used without a ledger, so that nothing can be taken back; write no",
        ));
    }
    match wanted && connection_name(values).is_none() && text(values, SERVER).is_some() {
        true => Err(wrong(
            "only what goes through a connection can be taken back; choose one that a team head \
             has set up, or write no",
        )),
        false => Ok(wanted),
    }
}

/// Names that are separated by commas.
fn names(text: &str) -> Vec<String> {
    let names = text.split(',').map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// How the desk writes numbers.
const USUAL_NUMBERS: &str = "1234.56";

/// How the values say that the frame is to be read; what they do not say is found out.
pub(super) fn reading(values: &Map) -> Result<ReadOptions, FieldError> {
    let wrong = |field: &str, message: String| FieldError {
        field: field.to_owned(),
        message,
    };
    let null_texts = text(values, NULLS)
        .map(|texts| texts.split(',').map(|text| text.trim().to_owned()))
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    // A tab or a space is a separator, too, and no empty text.
    let separator = values
        .get(SEPARATOR)
        .and_then(Value::as_str)
        .unwrap_or_default();
    let delimiter = match separator {
        "" => None,
        named => Some(delimiter(named).map_err(|m| wrong(SEPARATOR, m))?),
    };
    let dates = text(values, DATES).map(str::parse).transpose();
    let numbers = text(values, NUMBERS).map(str::parse).transpose();
    let truths = text(values, BOOLEANS).map(str::parse).transpose();
    let zone = text(values, ZONE).map(str::parse).transpose();
    let trim = text(values, TRIM).map(trim).transpose();
    let encoding = text(values, ENCODING).map(str::parse).transpose();
    let quote = text(values, QUOTE).map(quote).transpose();
    let header = text(values, HEADER).map(yes_or_no).transpose();
    let skip_lines = skip_lines(values.get(SKIP));
    let escapes = text(values, ESCAPE).map(escapes).transpose();
    let found = ReadOptions {
        delimiter,
        null_texts,
        dates: dates.map_err(|m| wrong(DATES, m))?.unwrap_or_default(),
        numbers: numbers.map_err(|m| wrong(NUMBERS, m))?.unwrap_or_default(),
        truths: truths.map_err(|m| wrong(BOOLEANS, m))?.unwrap_or_default(),
        zone: zone.map_err(|m| wrong(ZONE, m))?,
        trim: trim.map_err(|m| wrong(TRIM, m))?.unwrap_or_default(),
        encoding: encoding.map_err(|m| wrong(ENCODING, m))?,
        quote: quote.map_err(|m| wrong(QUOTE, m))?,
        header: header.map_err(|m| wrong(HEADER, m))?,
        sheet: text(values, SHEET).map(|name| name.trim().to_owned()),
        skip_lines: skip_lines.map_err(|m| wrong(SKIP, m))?,
        escapes: escapes.map_err(|m| wrong(ESCAPE, m))?.unwrap_or_default(),
    };
    // How the rows of a query are written is the desk's own business.
    Ok(match text(values, SOURCE_QUERY) {
        Some(_) => ReadOptions {
            delimiter: None,
            encoding: None,
            quote: None,
            header: None,
            sheet: None,
            skip_lines: 0,
            numbers: USUAL_NUMBERS.parse().unwrap_or_default(),
            escapes: false,
            ..found
        },
        None => found,
    })
}

/// The most lines that are passed over.
const MOST_SKIPPED: u64 = 1_000_000;

fn skip_lines(value: Option<&Value>) -> Result<u64, String> {
    let text = value.map_or(String::new(), Value::to_string);
    match text.trim() {
        "" | "null" => Ok(0),
        text => text
            .parse()
            .ok()
            .filter(|lines| *lines <= MOST_SKIPPED)
            .ok_or_else(|| "write how many lines stand above the header, such as 3".to_owned()),
    }
}

/// Separators by the names that people give them.
const SEPARATORS: [(&str, u8); 6] = [
    ("tab", b'\t'),
    ("\\t", b'\t'),
    ("pipe", b'|'),
    ("comma", b','),
    ("semicolon", b';'),
    ("space", b' '),
];

fn delimiter(text: &str) -> Result<u8, String> {
    let bare = if text.trim().is_empty() {
        text
    } else {
        text.trim()
    };
    if let Some((_, byte)) = SEPARATORS
        .iter()
        .find(|(name, _)| bare.eq_ignore_ascii_case(name))
    {
        return Ok(*byte);
    }
    // What no keyboard has is written by its number.
    let number = bare.strip_prefix("\\x").filter(|digits| digits.len() == 2);
    let number = number.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    match number
        .as_ref()
        .map_or(bare.as_bytes(), std::slice::from_ref)
    {
        [byte]
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n\0".contains(byte) =>
        {
            Ok(*byte)
        }
        _ => Err(
            "write the one sign that separates the values, such as ; or , or |, tab or \\x01"
                .to_owned(),
        ),
    }
}

fn quote(text: &str) -> Result<u8, String> {
    match text.trim().as_bytes() {
        b"none" | b"None" => Ok(0),
        [byte] if byte.is_ascii_punctuation() => Ok(*byte),
        _ => {
            Err("write the one sign that stands around values, such as \" or ', or none".to_owned())
        }
    }
}

fn escapes(text: &str) -> Result<bool, String> {
    match text.trim() {
        "\\" => Ok(true),
        "none" | "None" => Ok(false),
        _ => Err("write \\ where it stands before signs such as \\t and \\N, or none".to_owned()),
    }
}

fn trim(text: &str) -> Result<Trim, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(Trim::Unquoted),
        "no" | "false" => Ok(Trim::No),
        "all" => Ok(Trim::All),
        _ => Err("write yes, no, or all to take blanks inside quotes away, too".to_owned()),
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err("write yes or no: whether the first line names the columns".to_owned()),
    }
}

/// Where the text of a file field comes from: pasted, or the path of a file.
pub fn with_source<T>(typed: &str, take: impl FnOnce(insert::Source<'_>) -> T) -> T {
    match is_pasted(typed) {
        true => take(insert::Source::Text(typed)),
        false => take(insert::Source::Path(&file_of(typed))),
    }
}

/// True when the text of a file field is a pasted frame: it has several lines.
pub fn is_pasted(typed: &str) -> bool {
    typed.trim_end().contains('\n')
}

/// The file that one line names, with `~` for the home folder.
pub fn file_of(typed: &str) -> PathBuf {
    let path = typed.trim();
    let home = || directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_path_buf());
    let inside = path.strip_prefix("~/");
    let inside = inside.and_then(|rest| Some(home()?.join(rest)));
    inside.unwrap_or_else(|| PathBuf::from(path))
}

pub(super) fn text<'v>(values: &'v Map, name: &str) -> Option<&'v str> {
    let text = values.get(name).and_then(Value::as_str)?;
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
