//! Names of nodes as people read them: a task's name may hold expressions.

use super::Process;
use indexmap::IndexMap;
use std::borrow::Cow;

/// A name with its expressions as what they are about: `Check ${region}` is `Check <region>`, and
/// one that is more than a variable `<…>`.
pub fn readable(name: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find("${").into_iter().chain(rest.find("#{")).min() {
        let (before, from) = rest.split_at(at);
        let inside = from.get(2..).unwrap_or_default();
        let Some(end) = inside.find('}') else { break };
        let (expression, after) = inside.split_at(end);
        out.push_str(before);
        out.push('<');
        out.push_str(variable(expression.trim()).unwrap_or("…"));
        out.push('>');
        rest = after.get(1..).unwrap_or_default();
    }
    match out.is_empty() {
        true => Cow::Borrowed(name),
        false => Cow::Owned(out + rest),
    }
}

/// True when a name holds an expression.
pub fn is_expression(name: &str) -> bool {
    name.contains("${") || name.contains("#{")
}

/// The variable that an expression is, or asks the execution for.
fn variable(expression: &str) -> Option<&str> {
    let asked = expression.strip_prefix("execution.getVariable(");
    let asked = asked.and_then(|rest| rest.strip_suffix(')'));
    let name = match asked {
        Some(quoted) => quoted.trim().trim_matches(['\'', '"']),
        None => expression,
    };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    let sound = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (sound && name.chars().all(is_name)).then_some(name)
}

impl Process {
    /// The process to be drawn: nodes with these names, by their ids, else with readable ones.
    pub fn named(&self, names: &IndexMap<String, String>) -> Process {
        let mut process = self.clone();
        for node in &mut process.nodes {
            let given = names.get(&node.id).cloned();
            let own = node.name.as_deref().filter(|name| is_expression(name));
            if let Some(own) = own {
                node.name = Some(given.unwrap_or_else(|| readable(own).into_owned()));
            }
        }
        process
    }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn expressions_are_told_by_their_variables() {
        for (name, told) in [
            ("Enter the data", "Enter the data"),
            ("Check ${region}", "Check <region>"),
            (
                "#{order.id}: ${execution.getVariable('who')} signs",
                "<order.id>: <who> signs",
            ),
            ("${empty title ? 'x' : title}", "<…>"),
            ("half ${open", "half ${open"),
            ("${a} and ${open", "<a> and ${open"),
            ("", ""),
        ] {
            assert_eq!(readable(name), told);
        }
    }
}
