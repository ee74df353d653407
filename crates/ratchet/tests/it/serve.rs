//! `ratchet serve` as a person starts and stops it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// Reads `http://ADDRESS` out of a line.
fn address_in(line: &str) -> &str {
    line.split("http://").nth(1).and_then(|rest| rest.split(['/', '\n']).next()).expect("an address")
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    answer
}

#[test]
fn it_says_where_it_listens_and_stops_with_exit_code_0() {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let data = directory.path().join("data");
    let mut server = Command::new(env!("CARGO_BIN_EXE_ratchet"))
        .args(["--lang", "en", "serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    let mut lines = BufReader::new(server.stdout.take().expect("stdout is piped")).lines();
    let mut line = || lines.next().expect("a line").expect("a text");
    let first = line();
    let address = address_in(&first).to_owned();
    line();
    let link = line();
    assert!(link.contains("/console/setup?token="), "{link}");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/api/v1/programmes").contains("setup_required"));
    assert!(get(&address, "/metrics").contains("ratchet_http_requests_total"));

    // Another link beside the running server; a second server on its directory is refused.
    let admin =
        Command::new(env!("CARGO_BIN_EXE_ratchet")).args(["admin", "owner", "--data"]).arg(&data).output();
    let admin = admin.expect("the binary can be started");
    assert!(admin.status.success() && String::from_utf8_lossy(&admin.stdout).contains("token="));
    let second = Command::new(env!("CARGO_BIN_EXE_ratchet"))
        .args(["--lang", "en", "serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .output()
        .expect("the binary can be started");
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("is used by another server"));

    let stopped = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
    assert!(stopped.expect("kill can be started").success());
    let mut log = String::new();
    server.stderr.take().expect("stderr is piped").read_to_string(&mut log).expect("the log is a text");
    assert_eq!(server.wait().expect("it ends").code(), Some(0), "{log}");
    let request = log.lines().find(|line| line.contains("/healthz")).expect("requests are logged");
    let request: serde_json::Value = serde_json::from_str(request).expect("a line of the log is JSON");
    assert!(request["request_id"].is_string() && request["status"] == 200, "{request}");
}

/// Settings come from the command line, else from a file; what neither says, or what is none, is said by its name.
#[test]
fn settings_come_from_a_file() {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let file = directory.path().join("ratchet.toml");
    let run = |text: &str, arguments: &[&str]| {
        std::fs::write(&file, text).expect("it can be written");
        let output = Command::new(env!("CARGO_BIN_EXE_ratchet"))
            .args(["--lang", "en", "serve", "--config"])
            .arg(&file)
            .args(arguments)
            .output()
            .expect("the binary can be started");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (text, arguments, said) in [
        ("", &[][..], "says data"),
        ("datum = \"d\"", &[], "datum"),
        ("[limits]\nkey_writes_per_second = 0", &["--data", "d"], "key_writes_per_second"),
        ("data = \"d\"\ntls_cert = \"c.pem\"", &[], "says tls_key"),
    ] {
        let (code, stderr) = run(text, arguments);
        assert!(code == Some(2) && stderr.contains(said), "{text}: {code:?} {stderr}");
    }
    let data = directory.path().join("data");
    let text = format!("data = {:?}\nlisten = \"127.0.0.1:0\"\n", data.display().to_string());
    std::fs::write(&file, text).expect("it can be written");
    let mut server = Command::new(env!("CARGO_BIN_EXE_ratchet"))
        .args(["--lang", "en", "serve", "--config"])
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary can be started");
    let first = BufReader::new(server.stdout.take().expect("stdout is piped")).lines().next();
    let first = first.expect("a line").expect("a text");
    assert!(get(address_in(&first), "/healthz").starts_with("HTTP/1.1 200"));
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    assert!(data.join("server.db").exists());
}
