//! The query kit: what a list's declaration makes of query strings and POST bodies.

use super::call::{Body, Call, mismatch, truth, unsettable};
use super::reply::{Answer, Fault, Reply};
use crate::desk::listing::{
    Comparison, Direction, Filter, FilterKind, Given, ListQuery, Listing, Operator, Sort,
};
use crate::value::{Value, json, time};
use serde_json::Value as Json;

/// Most entries that are listed at once.
pub const LARGEST_PAGE: u64 = 10_000;

/// `GET` and `POST` of a list: its entries.
pub fn list(call: &Call, listing: &'static Listing) -> Answer {
    show(call, listing, read(call, listing)?)
}

/// The same, where Camunda gives each entry a list of links, which is empty.
pub fn linked(call: &Call, listing: &'static Listing) -> Answer {
    let entries = entries(call, listing, read(call, listing)?)?;
    let entries = entries.into_iter().map(with_links);
    Ok(Reply::Json(Json::Array(entries.collect())))
}

/// An entry of what may have links, and has none.
pub fn with_links(mut entry: crate::desk::listing::Entry) -> Json {
    entry.insert("links".to_owned(), Json::Array(Vec::new()));
    Json::Object(entry)
}

/// The entries that a query finds.
pub fn show(call: &Call, listing: &'static Listing, query: ListQuery) -> Answer {
    let entries = entries(call, listing, query)?;
    Ok(Reply::Json(Json::Array(
        entries.into_iter().map(Json::Object).collect(),
    )))
}

/// The entries that a query finds; without a page size never more than the largest page.
pub fn entries(
    call: &Call,
    listing: &'static Listing,
    mut query: ListQuery,
) -> Result<Vec<crate::desk::listing::Entry>, Fault> {
    let unbounded = query.most.is_none();
    if query.most.is_some_and(|most| most > LARGEST_PAGE) {
        return Err(Fault::bad_user_request(format!(
            "Max results limit of {LARGEST_PAGE} exceeded!"
        )));
    }
    query.most = query.most.or(Some(LARGEST_PAGE + 1));
    let entries = call.desk.list(&call.caller, listing, &query)?;
    match unbounded && entries.len() as u64 > LARGEST_PAGE {
        true => Err(Fault::bad_user_request(
            "An unbounded number of results is forbidden!",
        )),
        false => Ok(entries),
    }
}

/// The `count` twin.
pub fn count(call: &Call, listing: &'static Listing) -> Answer {
    tally(call, listing, &read(call, listing)?)
}

/// A list of what a desk has none of.
pub fn nothing(_: &Call) -> Answer {
    Ok(Json::Array(Vec::new()).into())
}

/// Its `count` twin.
pub fn none(_: &Call) -> Answer {
    Ok(Reply::count(0))
}

/// How many entries a query finds.
pub fn tally(call: &Call, listing: &'static Listing, query: &ListQuery) -> Answer {
    let count = call.desk.tally(&call.caller, listing, query)?;
    Ok(Reply::count(count))
}

/// Narrows a query by one more filter of its listing.
pub fn also(query: &mut ListQuery, listing: &'static Listing, name: &str, given: Given) {
    query
        .filters
        .extend(find_filter(listing, name).map(|filter| (filter, given)));
}

/// The entry with this id, shown as the query string asks.
pub fn find(
    call: &Call,
    listing: &'static Listing,
    id: &str,
) -> Result<Option<crate::desk::listing::Entry>, Fault> {
    first(call, listing, by_id(call, id)?)
}

/// The same of a log, whose ids begin with the process instance's: no other rows are read.
pub fn logged(
    call: &Call,
    listing: &'static Listing,
    id: &str,
) -> Result<Option<crate::desk::listing::Entry>, Fault> {
    let mut query = by_id(call, id)?;
    let instance = id.split_once(':').map_or(id, |(instance, _)| instance);
    let instance = Given::Text(instance.to_owned());
    also(&mut query, listing, "processInstanceId", instance);
    first(call, listing, query)
}

/// The value of the entry with this id, with the content of a file.
pub fn value(call: &Call, listing: &'static Listing, id: &str) -> Result<Option<Value>, Fault> {
    let query = by_id(call, id)?;
    Ok(call.desk.listed_value(&call.caller, listing, &query)?)
}

/// The definition that a path means: by its `id`, or the newest of its `key`. Messages call it
/// `what`; `unknown` is what is said of an id.
pub fn definition(
    call: &Call,
    listing: &'static Listing,
    what: &str,
    unknown: impl Fn(&str) -> String,
) -> Result<crate::desk::listing::Entry, Fault> {
    let (id, key, tenant) = (call.param("id"), call.param("key"), call.param("tenant-id"));
    if key.is_empty() {
        return find(call, listing, id)?.ok_or_else(|| Fault::not_found(unknown(id)));
    }
    let mut query = ListQuery {
        most: Some(1),
        deserialize: true,
        ..ListQuery::default()
    };
    also(&mut query, listing, "key", Given::Text(key.to_owned()));
    also(&mut query, listing, "latestVersion", Given::Flag(true));
    if !tenant.is_empty() {
        let tenants = Given::Texts(vec![tenant.to_owned()]);
        also(&mut query, listing, "tenantIdIn", tenants);
    }
    first(call, listing, query)?.ok_or_else(|| {
        let whose = match tenant.is_empty() {
            true => "no tenant-id".to_owned(),
            false => format!("tenant-id: {tenant}"),
        };
        Fault::not_found(format!("No matching {what} with key: {key} and {whose}"))
    })
}

fn by_id(call: &Call, id: &str) -> Result<ListQuery, Fault> {
    Ok(ListQuery {
        id: Some(id.to_owned()),
        most: Some(1),
        deserialize: call.query_flag("deserializeValue")?.unwrap_or(true)
            && call.query_flag("deserializeValues")?.unwrap_or(true),
        ..ListQuery::default()
    })
}

fn first(
    call: &Call,
    listing: &'static Listing,
    query: ListQuery,
) -> Result<Option<crate::desk::listing::Entry>, Fault> {
    let found = call.desk.list(&call.caller, listing, &query)?;
    Ok(found.into_iter().next())
}

/// One entry by its id.
pub fn get(
    call: &Call,
    listing: &'static Listing,
    id: &str,
) -> Result<crate::desk::listing::Entry, Fault> {
    find(call, listing, id)?
        .ok_or_else(|| Fault::not_found(format!("{} with id {id} does not exist", listing.what)))
}

/// What the query string asks for, and the body if there is one.
pub fn read(call: &Call, listing: &'static Listing) -> Result<ListQuery, Fault> {
    let mut query = from_pairs(&call.query, listing)?;
    if !call.body.is_empty() {
        let body = call.object()?;
        let shown = (query.first, query.most, query.deserialize);
        query = from_body(&body, listing)?;
        (query.first, query.most, query.deserialize) = shown;
    }
    Ok(query)
}

/// A query string.
pub fn from_pairs(
    pairs: &[(String, String)],
    listing: &'static Listing,
) -> Result<ListQuery, Fault> {
    let mut query = ListQuery {
        deserialize: true,
        ..ListQuery::default()
    };
    let (mut by, mut order) = (None, None);
    let is = |name: &str| {
        pairs
            .iter()
            .any(|(key, value)| key == name && truth(value) == Some(true))
    };
    let any_case = (
        is("variableNamesIgnoreCase"),
        is("variableValuesIgnoreCase"),
    );
    for (name, value) in pairs {
        match name.as_str() {
            "sortBy" => by = Some(value.as_str()),
            "sortOrder" => order = Some(value.as_str()),
            "firstResult" => query.first = page(name, value)?,
            "maxResults" => query.most = Some(page(name, value)?),
            "deserializeValues" => query.deserialize = truth(value) != Some(false),
            _ => {
                if let Some(filter) = find_filter(listing, name) {
                    let given = from_text(filter, value, any_case)?;
                    query.filters.push((filter, given));
                }
            }
        }
    }
    match (by, order) {
        (None, None) => {}
        (Some(by), Some(order)) => {
            let found = sorting(listing, by, order)?;
            if found.0.sql.contains('?') {
                return Err(Fault::invalid(format!(
                    "sortBy parameter has invalid value: {by} needs the parameters of a POST query"
                )));
            }
            query.sorts.push(found);
        }
        _ => {
            return Err(Fault::invalid(
                "Only a single sorting parameter specified. sortBy and sortOrder required",
            ));
        }
    }
    Ok(query)
}

/// A body.
pub fn from_body(body: &Body, listing: &'static Listing) -> Result<ListQuery, Fault> {
    let mut query = ListQuery {
        deserialize: true,
        filters: criteria(body, listing)?,
        ..ListQuery::default()
    };
    for sort in body.list("sorting")?.unwrap_or_default() {
        let sort = Body::of(sort)?;
        match (sort.text("sortBy")?, sort.text("sortOrder")?) {
            (Some(by), Some(order)) => {
                let found = sorting(listing, &by, &order)?;
                if found.0.sql.contains('?') {
                    let named = sort.object("parameters")?.unwrap_or_default();
                    let missing = || {
                        Fault::invalid(format!(
                            "sortBy parameter has invalid value: {by} needs parameters with variable and type"
                        ))
                    };
                    let named = named.text("variable")?.ok_or_else(missing)?;
                    query.sort_by.push((query.sorts.len(), named));
                }
                query.sorts.push(found);
            }
            _ => {
                return Err(Fault::invalid(
                    "Only a single sorting parameter specified. sortBy and sortOrder required",
                ));
            }
        }
    }
    for group in body.list("orQueries")?.unwrap_or_default() {
        query.any_of.push(criteria(&Body::of(group)?, listing)?);
    }
    Ok(query)
}

fn criteria(
    body: &Body,
    listing: &'static Listing,
) -> Result<Vec<(&'static Filter, Given)>, Fault> {
    let is = |name: &str| Ok::<_, Fault>(body.flag(name)?.unwrap_or(false));
    let any_case = (
        is("variableNamesIgnoreCase")?,
        is("variableValuesIgnoreCase")?,
    );
    let mut filters = Vec::new();
    for name in body.0.keys() {
        if let Some(filter) = find_filter(listing, name)
            && let Some(given) = from_json(filter, body, any_case)?
        {
            filters.push((filter, given));
        }
    }
    Ok(filters)
}

fn find_filter(listing: &'static Listing, name: &str) -> Option<&'static Filter> {
    listing.filters.iter().find(|filter| filter.name == name)
}

fn sorting(
    listing: &'static Listing,
    by: &str,
    order: &str,
) -> Result<(&'static Sort, Direction), Fault> {
    let direction = match order {
        "asc" => Direction::Ascending,
        "desc" => Direction::Descending,
        _ => {
            return Err(Fault::invalid(format!(
                "sortOrder parameter has invalid value: {order}"
            )));
        }
    };
    let sort = listing.sorts.iter().find(|sort| sort.name == by);
    let unknown = || Fault::invalid(format!("sortBy parameter has invalid value: {by}"));
    Ok((sort.ok_or_else(unknown)?, direction))
}

fn page(name: &str, value: &str) -> Result<u64, Fault> {
    let number: i32 = value
        .parse()
        .map_err(|_| unsettable(name, value, "java.lang.Integer"))?;
    u64::try_from(number)
        .map_err(|_| Fault::bad_user_request(format!("{name} must not be negative: {number}")))
}

/// The longest pattern in bytes: comparing takes its length times that of each text.
const LONGEST_PATTERN: usize = 4_000;

fn pattern(name: &str, text: String) -> Result<String, Fault> {
    match text.len() > LONGEST_PATTERN {
        true => Err(Fault::bad_user_request(format!(
            "{name}: the pattern is longer than {LONGEST_PATTERN} bytes"
        ))),
        false => Ok(text),
    }
}

fn from_text(filter: &Filter, value: &str, any_case: (bool, bool)) -> Result<Given, Fault> {
    let wrong = |java| unsettable(filter.name, value, java);
    Ok(match filter.kind {
        FilterKind::Text => Given::Text(value.to_owned()),
        FilterKind::Like => Given::Text(pattern(filter.name, value.to_owned())?),
        FilterKind::Texts => Given::Texts(value.split(',').map(str::to_owned).collect()),
        FilterKind::Integer => Given::Number(
            value
                .parse::<i32>()
                .map_err(|_| wrong("java.lang.Integer"))?
                .into(),
        ),
        FilterKind::Long => Given::Number(value.parse().map_err(|_| wrong("java.lang.Long"))?),
        FilterKind::Date => {
            Given::Date(time::instant(value).ok_or_else(|| wrong("java.util.Date"))?)
        }
        FilterKind::Flag | FilterKind::Bool => {
            Given::Flag(truth(value).ok_or_else(|| wrong("java.lang.Boolean"))?)
        }
        FilterKind::Variables => {
            let all = value.split(',').map(|text| comparison(text, any_case));
            Given::Variables(all.collect::<Result<_, _>>()?)
        }
    })
}

/// `name_operator_value`, as query strings have it; the value is text.
fn comparison(text: &str, any_case: (bool, bool)) -> Result<Comparison, Fault> {
    let parts: Vec<&str> = text.split('_').collect();
    let [name, operator, value] = parts.as_slice() else {
        return Err(Fault::invalid(
            "variable query parameter has to have format VARIABLENAME_OPERATOR_VALUE.",
        ));
    };
    compared(name, operator, Value::from(*value), any_case)
}

/// A text that is a date as Camunda writes them is one.
fn dated(text: String) -> Value {
    let long = "2013-01-23T14:42:45.000+0200".len();
    let date = (text.len() == long).then(|| time::instant(&text)).flatten();
    date.map_or(Value::String(text), Value::Date)
}

fn compared(
    name: &str,
    operator: &str,
    value: Value,
    any_case: (bool, bool),
) -> Result<Comparison, Fault> {
    let unknown = || Fault::invalid(format!("Invalid variable comparator specified: {operator}"));
    let operator = Operator::parse(operator).ok_or_else(unknown)?;
    let like = matches!(operator, Operator::Like | Operator::NotLike);
    let same = matches!(operator, Operator::Equal | Operator::NotEqual);
    if matches!(value, Value::Null | Value::Boolean(_)) && !same {
        return Err(Fault::engine(format!(
            "{name}: booleans and null can only be compared with eq and neq"
        )));
    }
    let value = match value {
        Value::String(text) if like => Value::String(pattern(name, text)?),
        Value::String(text) => dated(text),
        value => value,
    };
    Ok(Comparison {
        name: name.to_owned(),
        operator,
        value,
        any_case_name: any_case.0,
        any_case_value: any_case.1,
    })
}

fn from_json(filter: &Filter, body: &Body, any_case: (bool, bool)) -> Result<Option<Given>, Fault> {
    let name = filter.name;
    Ok(match filter.kind {
        FilterKind::Text => body.text(name)?.map(Given::Text),
        FilterKind::Like => {
            let text = body.text(name)?;
            let text = text.map(|text| pattern(name, text)).transpose()?;
            text.map(Given::Text)
        }
        FilterKind::Texts => match body.get(name) {
            // Bodies may hold what query strings do.
            Some(Json::String(text)) => {
                Some(Given::Texts(text.split(',').map(str::to_owned).collect()))
            }
            _ => body.texts(name)?.map(Given::Texts),
        },
        FilterKind::Integer => body.integer(name)?.map(|n| Given::Number(n.into())),
        FilterKind::Long => body.long(name)?.map(Given::Number),
        FilterKind::Date => body.date(name)?.map(Given::Date),
        FilterKind::Flag | FilterKind::Bool => body.flag(name)?.map(Given::Flag),
        FilterKind::Variables => {
            let Some(items) = body.list(name)? else {
                return Ok(None);
            };
            let mut all = Vec::with_capacity(items.len());
            for item in items {
                let item = Body::of(item)?;
                let missing = |what| mismatch(format!("{name}: each needs {what}"));
                let variable = item.text("name")?.ok_or_else(|| missing("a name"))?;
                let operator = item
                    .text("operator")?
                    .ok_or_else(|| missing("an operator"))?;
                let value = json::from_plain(item.get("value").unwrap_or(&Json::Null));
                all.push(compared(&variable, &operator, value, any_case)?);
            }
            Some(Given::Variables(all))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::listing::EXTERNAL_TASK;
    use serde_json::json;

    fn pairs(text: &str) -> Result<ListQuery, Fault> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let pairs: Vec<_> = pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        from_pairs(&pairs, &EXTERNAL_TASK)
    }

    #[test]
    fn a_query_string_and_a_body_mean_the_same() {
        let text = pairs(
            "topicName=x&locked=true&externalTaskIdIn=a,b&priorityHigherThanOrEquals=3&processVariables=n_eq_v&sortBy=id&sortOrder=desc&what=ever",
        )
        .expect("a query");
        let body = Body::of(&json!({
            "topicName": "x", "locked": true, "externalTaskIdIn": ["a", "b"],
            "priorityHigherThanOrEquals": 3, "workerId": null, "what": {"ever": 1},
            "processVariables": [{"name": "n", "operator": "eq", "value": "v"}],
            "sorting": [{"sortBy": "id", "sortOrder": "desc"}],
        }));
        let body = from_body(&body.unwrap(), &EXTERNAL_TASK).expect("a query");
        let shown = |query: &ListQuery| {
            let filters = query.filters.iter();
            let filters: Vec<_> = filters.map(|(f, g)| format!("{} {g:?}", f.name)).collect();
            let sorts: Vec<_> = query.sorts.iter().map(|(s, d)| (s.name, *d)).collect();
            (filters, sorts)
        };
        assert_eq!(shown(&text), shown(&body));
        assert_eq!(text.filters.len(), 5);
    }

    #[test]
    fn what_is_wrong_is_told_as_camunda_does() {
        for (text, message) in [
            (
                "sortBy=id",
                "Only a single sorting parameter specified. sortBy and sortOrder required",
            ),
            (
                "sortBy=x&sortOrder=asc",
                "sortBy parameter has invalid value: x",
            ),
            (
                "sortBy=id&sortOrder=x",
                "sortOrder parameter has invalid value: x",
            ),
            (
                "maxResults=x",
                "Cannot set query parameter 'maxResults' to value 'x': Cannot convert value \"x\" to java type java.lang.Integer",
            ),
            ("maxResults=-1", "maxResults must not be negative: -1"),
            (
                "locked=x",
                "Cannot set query parameter 'locked' to value 'x': Cannot convert value \"x\" to java type java.lang.Boolean",
            ),
            (
                "processVariables=a_b",
                "variable query parameter has to have format VARIABLENAME_OPERATOR_VALUE.",
            ),
            (
                "processVariables=a_is_b",
                "Invalid variable comparator specified: is",
            ),
        ] {
            let refused = pairs(text).expect_err(text);
            assert_eq!((refused.status, refused.message.as_str()), (400, message));
        }
    }
}
