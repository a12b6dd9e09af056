//! Whose ways a file follows: Camunda's where something in it says that it is made for Camunda 7.

use super::attribute;
use crate::dmn::Dialect;
use crate::model::xml::{self, Element, Namespace};

/// The namespaces of DMN 1.1, in both spellings, and 1.2, which only Camunda's users still have.
const OLD: [&str; 2] = ["omg.org/spec/DMN/2015", "omg.org/spec/DMN/20180521/MODEL"];

/// The dialect of a file, and why it is that one: a clause.
pub(super) fn of(bytes: &[u8], root: &Element) -> (Dialect, &'static str) {
    let namespaces = xml::namespaces(bytes);
    let declares = |of: Namespace| namespaces.iter().any(|uri| Namespace::of(uri) == of);
    let own = namespaces.first().map_or("", String::as_str);
    let mut attributes = root.attributes.iter();
    let platform = attributes.find(|attribute| attribute.name == "executionPlatform");
    let platform = platform.map(|attribute| attribute.value.as_str());
    if OLD.iter().any(|old| own.contains(old)) {
        (Dialect::Camunda, "the file is of DMN 1.1 or 1.2")
    } else if uses_camunda(root) {
        (Dialect::Camunda, "the file has attributes of Camunda")
    } else if platform == Some("Camunda Cloud") || declares(Namespace::Zeebe) {
        (Dialect::Standard, "the file is made for Camunda 8")
    } else if platform.is_some() {
        let why = "the file is made for Camunda 7, says modeler:executionPlatform";
        (Dialect::Camunda, why)
    } else if declares(Namespace::Camunda) {
        let why = "the file declares Camunda's namespace, as xmlns:camunda";
        (Dialect::Camunda, why)
    } else if attribute(root, "exporter") == Some("Camunda Modeler") {
        let why = "the file is of Camunda Modeler and names no other platform";
        (Dialect::Camunda, why)
    } else {
        (Dialect::Standard, "nothing in the file is of Camunda 7")
    }
}

/// Whether an element of the file has an attribute of Camunda.
fn uses_camunda(root: &Element) -> bool {
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        let mut attributes = element.attributes.iter();
        if attributes.any(|a| a.namespace == Namespace::Camunda) {
            return true;
        }
        open.extend(&element.children);
    }
    false
}
