//! What a desk has none of: tenants, and authorizations beside the roles. It is answered as Camunda
//! answers where there is none.

use crate::house::House;
use serde_json::{Value as Json, json};

#[test]
fn there_are_no_tenants() {
    let house = House::new();
    house.deploy();
    let none = |method: &str, path: &str| {
        house.send(
            "mara",
            method,
            &format!("/engine-rest{path}"),
            Some(&json!({})),
        )
    };
    for (method, path) in [
        ("DELETE", "/tenant/one"),
        ("DELETE", "/tenant/one/user-members/ana"),
        ("DELETE", "/tenant/one/group-members/g"),
    ] {
        assert_eq!(none(method, path).status, 204, "{path}");
    }
    none("PUT", "/tenant/one").refused(
        404,
        "InvalidRequestException",
        "Tenant with id one does not exist",
    );
    for path in [
        "/tenant/one/user-members/ana",
        "/tenant/one/group-members/g",
    ] {
        none("PUT", path).refused(
            500,
            "NullValueException",
            "No tenant found with id 'one'.: tenant is null",
        );
        let options = path.rsplit_once('/').unwrap().0;
        assert_eq!(none("OPTIONS", options).good(), json!({"links": []}));
    }
    assert_eq!(
        none("OPTIONS", "/tenant/one").good()["links"][0]["rel"],
        "self"
    );
    none("DELETE", "/process-definition/key/work/tenant-id/one").refused(
        404,
        "InvalidRequestException",
        "No process definition found with key 'work' and tenant 'one'",
    );
    for of in ["process", "decision"] {
        let path = format!("/{of}-definition/key/work/tenant-id/one/history-time-to-live");
        assert_eq!(none("PUT", &path).status, 404, "{path}");
    }
    assert_eq!(house.list("/process-definition?key=work").len(), 1);
    none("POST", "/tenant/create").refused(
        501,
        "NotImplementedException",
        "POST /tenant/create (createTenant) is not there: a desk is one team's and has no tenants; open a desk of its own for each (crewdesk --db FILE serve)",
    );
}

#[test]
fn there_are_no_authorizations_beside_the_roles() {
    let house = House::new();
    assert_eq!(house.list("/authorization"), Vec::<Json>::new());
    assert_eq!(
        house.get("mara", "/authorization/count").good(),
        json!({"count": 0})
    );
    for method in ["GET", "PUT", "DELETE"] {
        let path = "/engine-rest/authorization/a";
        house.send("mara", method, path, Some(&json!({}))).refused(
            404,
            "InvalidRequestException",
            "Authorization with id a does not exist.",
        );
    }
    assert_eq!(house.get("ana", "/authorization").status, 403);
    let create = house.post("mara", "/authorization/create", json!({}));
    assert_eq!(create.status, 501);
}
