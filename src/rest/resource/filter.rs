//! `Filter`.

use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Filter",
    operations: &[
        todo(Get, "/filter", "getFilterList", "Get Filters"),
        todo(Options, "/filter", "filterResourceOptions", "Filter Resource Options"),
        todo(Get, "/filter/count", "getFilterCount", "Get Filter Count"),
        todo(Post, "/filter/create", "createFilter", "Create Filter"),
        todo(Delete, "/filter/{id}", "deleteFilter", "Delete Filter"),
        todo(Get, "/filter/{id}", "getSingleFilter", "Get Single Filter"),
        todo(Options, "/filter/{id}", "filterResourceOptionsSingle", "Filter Resource Options"),
        todo(Put, "/filter/{id}", "updateFilter", "Update Filter"),
        todo(Get, "/filter/{id}/count", "executeFilterCount", "Execute Filter Count"),
        todo(Post, "/filter/{id}/count", "postExecuteFilterCount", "Execute Filter Count (POST)"),
        todo(Get, "/filter/{id}/list", "executeFilterList", "Execute Filter List"),
        todo(Post, "/filter/{id}/list", "postExecuteFilterList", "Execute Filter List (POST)"),
        todo(Get, "/filter/{id}/singleResult", "executeFilterSingleResult", "Execute Filter Single Result"),
        todo(Post, "/filter/{id}/singleResult", "postExecuteFilterSingleResult", "Execute Filter Single Result (POST)"),
    ],
};
