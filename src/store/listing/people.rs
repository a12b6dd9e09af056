//! People and groups.

use super::*;

/// Everybody, as `GET /user` lists them.
pub static USER: Listing = Listing {
    what: "User",
    from: "user AS u",
    columns: &[
        plain("id", "u.id"),
        plain("firstName", "u.first_name"),
        plain("lastName", "u.last_name"),
        plain("email", "u.email"),
    ],
    filters: &[
        text("id", "u.id = ?"),
        texts("idIn", "u.id IN (SELECT value FROM json_each(?))"),
        text("firstName", "u.first_name = ?"),
        like("firstNameLike", "u.first_name GLOB ?"),
        text("lastName", "u.last_name = ?"),
        like("lastNameLike", "u.last_name GLOB ?"),
        text("email", "u.email = ?"),
        like("emailLike", "u.email GLOB ?"),
        text(
            "memberOfGroup",
            "EXISTS (SELECT 1 FROM user_group AS m WHERE m.user_id = u.id AND m.name = ?)",
        ),
        text("memberOfTenant", "? IS NULL"),
    ],
    sorts: &[
        sort("userId", "u.id"),
        sort("firstName", "u.first_name"),
        sort("lastName", "u.last_name"),
        sort("email", "u.email"),
    ],
    key: "u.id",
    employee: Some("TRUE"),
    worker: None,
};

/// The groups, as `GET /group` lists them: those that somebody is in, and those that were made.
pub static TEAM_GROUP: Listing = Listing {
    what: "Group",
    from: "(SELECT id, name, type FROM team_group UNION ALL
            SELECT DISTINCT m.name, m.name, NULL FROM user_group AS m
            WHERE m.name NOT IN (SELECT id FROM team_group)) AS g",
    columns: &[
        plain("id", "g.id"),
        plain("name", "g.name"),
        plain("type", "g.type"),
    ],
    filters: &[
        text("id", "g.id = ?"),
        texts("idIn", "g.id IN (SELECT value FROM json_each(?))"),
        text("name", "g.name = ?"),
        like("nameLike", "g.name GLOB ?"),
        text("type", "g.type = ?"),
        text(
            "member",
            "EXISTS (SELECT 1 FROM user_group AS m WHERE m.name = g.id AND m.user_id = ?)",
        ),
        text("memberOfTenant", "? IS NULL"),
    ],
    sorts: &[
        sort("id", "g.id"),
        sort("name", "g.name"),
        sort("type", "g.type"),
    ],
    key: "g.id",
    employee: Some("TRUE"),
    worker: None,
};
