//! The desk over the network: the command line and the client of a desk that is served
//! elsewhere, against real processes of `crewdesk serve`.

#[path = "../support/mod.rs"]
mod support;

mod camunda;
#[cfg(target_os = "linux")]
mod hosts;
mod kept;
mod lost;
mod operating;
mod proxy;
mod story;

use serde_json::Value;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use support::{House, Ran, Running, fill, text, until};

const PASSWORD: &str = "correct horse";

/// A process that serves the desk of a house; killed with its test.
struct Serving {
    child: Child,
    /// `unix:PATH`
    socket: String,
    /// `http://HOST:PORT`
    http: String,
}

impl Serving {
    fn start(house: &House, listen: &str) -> Serving {
        Serving::start_with(house, listen, |house, args| house.command("", args))
    }

    /// The same by a command of its own.
    fn start_with(
        house: &House,
        listen: &str,
        command: impl Fn(&House, &[&str]) -> Command,
    ) -> Serving {
        let socket = house.arg("desk.sock");
        let log = house.path("serve.log");
        let _ = std::fs::remove_file(&log);
        let args = ["serve", "--socket", &socket, "--listen", listen];
        let child = command(house, &args)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let address = || {
            let said = std::fs::read_to_string(&log).unwrap();
            let from = said.find("http://")? + 7;
            said.contains("unix:").then_some(())?;
            said[from..].split('/').next().map(str::to_owned)
        };
        until("the server listens", || address().is_some());
        Serving {
            child,
            socket: format!("unix:{socket}"),
            http: format!("http://{}", address().unwrap()),
        }
    }

    fn address(&self) -> SocketAddr {
        self.http["http://".len()..].parse().unwrap()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The account that runs the tests.
fn account() -> String {
    let out = Command::new("id").arg("-un").output().unwrap().stdout;
    String::from_utf8(out).unwrap().trim().to_owned()
}

/// A house whose people have passwords; this account is mara on the socket.
fn house() -> House {
    let house = House::new();
    house.good("mara", &["user", "account", "mara", &account()]);
    for name in ["ana", "ben"] {
        let set = ["user", "passwd", name, "--password-stdin"];
        assert!(house.run_with("mara", &set, PASSWORD).ok());
    }
    house
}

/// A command of somebody elsewhere: with nothing of the desk's machine.
fn away(house: &House, server: &str, user: &str, args: &[&str]) -> Command {
    let mut command = house.command(user, args);
    command
        .env_remove("CREWDESK_DB")
        .env("CREWDESK_SERVER", server);
    if !user.is_empty() {
        command.env("CREWDESK_PASSWORD", PASSWORD);
    }
    command
}

fn far(house: &House, server: &str, user: &str, args: &[&str]) -> Ran {
    Running::start(away(house, server, user, args), "").end()
}

fn far_json(house: &House, server: &str, user: &str, args: &[&str]) -> Value {
    let args = [&["--json"], args].concat();
    let ran = far(house, server, user, &args);
    assert!(ran.ok(), "{args:?}: {ran:?}");
    ran.json()
}
