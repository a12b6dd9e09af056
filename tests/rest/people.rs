//! People and groups over HTTP, and their passwords.

use crate::ask::house;
use crate::house::{House, read, request};
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn people_and_groups() {
    let house = house();
    let new = json!({"profile": {"id": "zoe", "firstName": "Zoe", "lastName": "Z", "email": "z@x.org"}, "credentials": {"password": "battery staple"}});
    assert_eq!(house.post("ana", "/user/create", new.clone()).status, 403);
    assert_eq!(house.post("mara", "/user/create", new.clone()).status, 204);
    assert_eq!(house.post("mara", "/user/create", new).status, 500);
    assert_eq!(
        house.get("ana", "/user/zoe/profile").good(),
        json!({"id": "zoe", "firstName": "Zoe", "lastName": "Z", "email": "z@x.org"})
    );
    assert_eq!(house.get("ana", "/user/none/profile").status, 404);
    assert_eq!(
        house
            .get("ana", "/user?firstNameLike=Z%25")
            .good()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        house.get("ana", "/user/count?memberOfGroup=sales").good()["count"],
        1
    );
    let verify = |password: &str| {
        house
            .post(
                "ana",
                "/identity/verify",
                json!({"username": "zoe", "password": password}),
            )
            .good()["authenticated"]
            .clone()
    };
    assert_eq!(
        (verify("battery staple"), verify("no")),
        (json!(true), json!(false))
    );
    let none = json!({"username": "none", "password": "battery staple"});
    assert_eq!(
        house.post("ana", "/identity/verify", none).good()["authenticated"],
        false
    );
    house
        .post("ana", "/identity/verify", json!({"username": "zoe"}))
        .refused(
            400,
            "InvalidRequestException",
            "Username and password are required",
        );
    let long = json!({"profile": {"id": "yan", "firstName": "y".repeat(300)}, "credentials": {"password": "battery staple"}});
    assert_eq!(house.post("mara", "/user/create", long).status, 400);
    assert_eq!(
        house.get("mara", "/user/yan/profile").status,
        404,
        "half made"
    );
    assert_eq!(
        house
            .put(
                "ana",
                "/user/zoe/credentials",
                json!({"password": "long enough"})
            )
            .status,
        403
    );
    house
        .put(
            "mara",
            "/user/zoe/credentials",
            json!({"password": "long enough"}),
        )
        .good();
    assert_eq!(
        house
            .put(
                "mara",
                "/user/zoe/credentials",
                json!({"password": "short"})
            )
            .status,
        400
    );
    house
        .put("mara", "/group/sales/members/zoe", json!({}))
        .good();
    let info = house.get("ana", "/identity/groups?userId=ana").good();
    assert_eq!(
        info,
        json!({"groups": [{"id": "sales", "name": "Sales"}],
        "groupUsers": [{"id": "zoe", "firstName": "Zoe", "lastName": "Z", "displayName": "Zoe Z"}]})
    );
    assert_eq!(house.get("ana", "/identity/groups").status, 400);
    assert_eq!(
        house.get("ana", "/group?member=ana").good(),
        json!([{"id": "sales", "name": "Sales", "type": "TEAM"}])
    );
    let send = |user: &str, method: &str, path: &str| {
        house.send(user, method, &format!("/engine-rest{path}"), None)
    };
    assert_eq!(send("mara", "DELETE", "/group/sales").status, 204);
    assert_eq!(send("mara", "DELETE", "/group/sales").status, 404);
    assert_eq!(send("mara", "DELETE", "/user/zoe").status, 204);
    assert_eq!(send("mara", "DELETE", "/user/zoe").status, 404);
    let links = send("ana", "OPTIONS", "/user").good();
    assert_eq!(links["links"].as_array().unwrap().len(), 2);
    let check = |query: &str| house.get("ana", &format!("/authorization/check?{query}"));
    let base = "permissionName=READ&resourceName=USER&resourceType=1";
    assert_eq!(check(base).good()["authorized"], true);
    assert_eq!(
        check("permissionName=DELETE&resourceName=USER&resourceType=1").good()["authorized"],
        false
    );
    assert_eq!(check("permissionName=READ").status, 400);
    assert_eq!(check(&format!("{base}&userId=ben")).status, 403);
    assert_eq!(
        house.get("ana", "/identity/password-policy").good()["rules"][0]["placeholder"],
        "PASSWORD_POLICY_LENGTH"
    );
}

/// Guesses at passwords wait for each other, and nobody else waits for them.
#[test]
fn many_guesses_hold_nobody_up() {
    const GUESSES: usize = 24;
    let house = &House::with(|options| options.limits.threads = 2);
    let guess = json!({"username": "ben", "password": "not this one"});
    house.get("ana", "/task/count").good();
    let answered = &AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let path = "/engine-rest/identity/verify";
        let body = guess.to_string();
        let guess = request(
            "ana",
            "POST",
            path,
            "application/json",
            Some(body.as_bytes()),
        );
        for _ in 0..GUESSES {
            let mut stream = TcpStream::connect(house.address).unwrap();
            stream.write_all(&guess).unwrap();
            scope.spawn(move || {
                assert_eq!(read(stream).good()["authenticated"], false);
                answered.fetch_add(1, Ordering::Relaxed);
            });
        }
        house.get("ana", "/task/count").good();
        assert!(answered.load(Ordering::Relaxed) < GUESSES / 2, "it waited");
    });
    assert_eq!(answered.load(Ordering::Relaxed), GUESSES);
}
