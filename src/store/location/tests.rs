use super::*;

const MOUNTS: &str = r"21 28 0:19 / /proc rw shared:12 - proc proc rw
28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
40 28 0:44 / /home/ana/team rw,relatime shared:20 - nfs4 nas:/team rw,vers=4.2
41 28 0:45 / /mnt/with\040space rw - cifs //nas/x rw
42 40 0:46 / /home/ana/team/local rw - tmpfs tmpfs rw
43 28 0:47 / /over rw - nfs nas:/over rw
44 28 0:48 / /over rw - ext4 /dev/sdb rw
45 28 0:49 / /ssh rw - fuse.sshfs ana@host: rw
this line is not a mount
";

fn share(path: &str) -> Option<String> {
    network_share(MOUNTS, Path::new(path))
}

#[test]
fn the_deepest_mount_above_a_path_counts() {
    assert_eq!(share("/home/ana/desk.db"), None);
    assert_eq!(share("/home/ana/team/desk.db").as_deref(), Some("nfs4"));
    assert_eq!(share("/home/ana/team/local/desk.db"), None);
    assert_eq!(share("/home/ana/teamwork/desk.db"), None);
    assert_eq!(share("/ssh/a/b/desk.db").as_deref(), Some("fuse.sshfs"));
}

#[test]
fn escaped_mount_points_are_read() {
    assert_eq!(share("/mnt/with space/desk.db").as_deref(), Some("cifs"));
    assert_eq!(share(r"/mnt/with\040space/desk.db"), None);
}

#[test]
fn of_two_mounts_at_one_place_the_later_counts() {
    assert_eq!(share("/over/desk.db"), None);
}

#[test]
fn an_unknown_table_of_mounts_refuses_nothing() {
    for mounts in ["", " - ", "a b c - nfs x y", "1 2 3 4 /\\9 - nfs"] {
        assert_eq!(
            network_share(mounts, Path::new("/x/desk.db")),
            None,
            "{mounts}"
        );
    }
}

fn header(application: i32, version: i32) -> Vec<u8> {
    let mut header = vec![0; 100];
    header[..16].copy_from_slice(MAGIC);
    header[60..64].copy_from_slice(&version.to_be_bytes());
    header[68..72].copy_from_slice(&application.to_be_bytes());
    header
}

#[test]
fn a_header_tells_ours_from_others() {
    let path = Path::new("desk.db");
    let judge = |header: &[u8]| judge(path, header, 3);
    assert_eq!(judge(&[]), Ok(Found::Nothing));
    assert_eq!(judge(&header(APPLICATION_ID, 3)), Ok(Found::Database));
    assert_eq!(judge(&header(0, 0)), Ok(Found::Database));
    assert!(matches!(
        judge(&header(APPLICATION_ID, 4)),
        Err(StoreError::Newer {
            found: 4,
            known: 3,
            ..
        })
    ));
    assert!(matches!(
        judge(&header(7, 0)),
        Err(StoreError::Foreign { .. })
    ));
    for other in [&b"hello"[..], &header(0, 0)[..50], &[0; 200]] {
        assert!(matches!(judge(other), Err(StoreError::NotADatabase { .. })));
    }
}
