use super::*;

#[test]
fn reads_every_usual_form_of_an_instant() {
    let utc: DateTime<Utc> = "2026-03-01T09:30:00Z".parse().expect("an instant");
    for text in [
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30Z",
        "2026-03-01T10:30:00.000+0100",
        "2026-03-01T10:30:00+01:00",
        "2026-03-01T10:30+01",
        "2026-03-01 09:30:00.000999Z",
    ] {
        assert_eq!(instant(text), Some(utc), "{text}");
    }
    let local = |text: &str| resolve(text.parse().expect("a local time"), &Local);
    assert_eq!(instant("2026-03-01T09:30"), local("2026-03-01T09:30:00"));
    assert_eq!(instant("2026-03-01"), local("2026-03-01T00:00:00"));
    assert_eq!(instant(&camunda(utc)), Some(utc));
}
