use super::*;

fn trouble() -> DeskError {
    DeskError::Storage("the disk is full".into())
}

#[test]
fn a_worker_waits_longer_after_each_failure_and_not_for_ever() {
    let mut patience = Patience::new(false);
    let mut pauses: Vec<u64> = Vec::new();
    for _ in 0..12 {
        let pause = patience.after(trouble()).expect("it goes on");
        pauses.push(pause.as_millis() as u64);
    }
    assert_eq!(
        pauses,
        [
            40, 80, 160, 320, 640, 1280, 2560, 5000, 5000, 5000, 5000, 5000
        ]
    );
    patience.restored();
    let pause = patience.after(trouble()).expect("it goes on");
    assert_eq!(pause.as_millis(), 40, "what went well in between counts");
}

#[test]
fn until_idle_it_gives_up_in_the_end_and_without_the_right_at_once() {
    let mut patience = Patience::new(true);
    let given_up = (1..=TURNS).find(|_| patience.after(trouble()).is_err());
    assert_eq!(given_up, Some(TURNS));
    let forbidden = DeskError::Forbidden("no worker".into());
    assert!(Patience::new(false).after(forbidden).is_err());
}
