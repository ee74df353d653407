//! The lab of the real binary over HTTP, and the command line, which says the same.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

struct Server {
    process: Child,
    address: String,
    _directory: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}

/// A server with an owner: before there is one it answers nothing.
fn server() -> Server {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let mut process = Command::new(env!("CARGO_BIN_EXE_ratchet"))
        .args(["--lang", "en", "serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(directory.path().join("data"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary can be started");
    let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
    let mut line = || lines.next().expect("a line").expect("a text");
    let (first, _, link) = (line(), line(), line());
    let address = first.rsplit("http://").next().expect("an address").to_owned();
    let token = link.rsplit("token=").next().expect("a token").to_owned();
    let server = Server { process, address, _directory: directory };
    let owner = json!({
        "token": token, "login": "owner@example.com", "password": "correct horse battery", "name": "Owner",
    });
    let (status, answer) = server.ask("POST", "/api/v1/setup", &owner);
    assert_eq!(status, 200, "{answer}");
    server
}

impl Server {
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept: application/json\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        (status, if chunked { unchunked(body) } else { body.to_owned() })
    }

    fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, text) = self.ask(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Asks a question and waits for what comes of it.
    fn run(&self, question: &Value) -> Value {
        let mut run = self.json("POST", "/api/v1/lab/runs", question);
        let until = Instant::now() + Duration::from_secs(60);
        while matches!(run["state"].as_str(), Some("waiting" | "running")) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
            run =
                self.json("GET", &format!("/api/v1/lab/runs/{}", run["id"].as_str().unwrap()), &Value::Null);
        }
        run
    }
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).expect("a size");
        text.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    text
}

fn command(arguments: &[&str]) -> (Option<i32>, String, String) {
    let run =
        Command::new(env!("CARGO_BIN_EXE_ratchet")).args(["--lang", "en", "lab"]).args(arguments).output();
    let run = run.expect("the binary can be started");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a text");
    (run.status.code(), text(run.stdout), text(run.stderr))
}

/// Every number equals the command line's, byte for byte; the same question has the same digest after a restart.
#[test]
fn the_server_and_the_command_line_say_the_same() {
    let questions = [
        (json!({}), "plan=value-growth"),
        (
            json!({ "people": { "crowd": { "count": 2_000, "spend": "88.50", "only": 500, "sell_daily": "3%" } }, "seed": "7" }),
            "count=2000&spend=88.50&only=500&sell_daily=3%25&seed=7",
        ),
        (
            json!({ "plan": { "preset": "value-growth-2x" }, "set": [{ "key": "split.pool", "value": "40%" }, { "key": "split.commission", "value": "0%" }] }),
            "plan=value-growth-2x&set=split.pool%3D40%25&set=split.commission%3D0%25",
        ),
        (json!({ "people": { "preset": "steady" }, "seed": "3" }), "scenario=steady&seed=3"),
    ];
    let first = server();
    let found: Vec<Value> = questions.iter().map(|(question, _)| first.run(question)).collect();
    drop(first);
    let second = server();
    for ((question, link), found) in questions.iter().zip(&found) {
        assert_eq!(found["state"], "done", "{found}");
        let (code, said, error) = command(&[link, "--json"]);
        assert_eq!(code, Some(0), "{error}");
        let said: Value = serde_json::from_str(&said).expect("JSON");
        assert!(said == found["result"], "{link}: the numbers differ");
        assert_eq!(second.run(question)["result"]["digest"], said["digest"], "{link}");
    }
    let (_, words, _) = command(&[]);
    assert!(
        words.contains("got back what they spent: 26, of them in cash: 2") && words.contains("206.92"),
        "{words}"
    );
}

/// A link that says something else came of it is a failed check, with both digests.
#[test]
fn a_link_is_held_to_its_digest() {
    let (_, said, _) = command(&["count=100&spend=10", "--json"]);
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let digest = said["digest"].as_str().expect("a digest");
    let link = format!("http://127.0.0.1:8080/lab#count=100&spend=10&version=0.1.0&digest={digest}");
    assert_eq!(command(&[&link]).0, Some(0));
    let (code, _, error) = command(&[&link.replace(digest, &"0".repeat(64))]);
    assert!(code == Some(1) && error.contains(digest) && error.contains("version 0.1.0"), "{error}");
    assert_eq!(command(&["plan=x&pool=3"]).0, Some(2));
}

#[test]
fn a_wrong_text_is_a_failed_run_with_its_lines() {
    let server = server();
    let text = "[programme]\nname = { zh = \"商城\", en = \"Shop\" }\nmode = \"sandbox\"\n[split]\npool = \"30%\"\n\
                [pool]\nmint_ration = \"70%\"\nopening_price = \"1.00\"\nretention = \"20%\"\n";
    let run = server.run(&json!({ "plan": { "text": text } }));
    assert_eq!((&run["state"], &run["problem"]["code"]), (&json!("failed"), &json!("lab.text_wrong")));
    let errors = run["problem"]["errors"].as_array().expect("errors");
    let near = errors
        .iter()
        .find(|error| error["text"]["en"].as_str().is_some_and(|text| text.contains("`mint_ratio`")));
    assert!(near.is_some_and(|error| error["line"] == 7 && error["within"] == "plan"), "{run}");
    let checked = server.json("POST", "/api/v1/lab/plans/check", &json!({ "plan": text }));
    assert_eq!(checked["errors"].as_array().map(Vec::len), Some(errors.len()), "{checked}");
    let mended = text.replace("mint_ration", "mint_ratio");
    assert_eq!(server.run(&json!({ "plan": { "text": mended } }))["state"], "done");
    let checked = server.json("POST", "/api/v1/lab/plans/check", &json!({ "plan": mended }));
    assert_eq!(checked["read"]["gate"]["passes"], false, "{checked}");
    let scenarios = server.json("GET", "/api/v1/lab/scenarios", &Value::Null);
    assert!(scenarios["items"].as_array().is_some_and(|items| items.len() >= 8));
}

/// A plan made to run for ever, or to need more memory than a machine has, ends with a message, and the server goes on.
#[test]
fn what_asks_too_much_is_stopped() {
    let server = server();
    // Ten years in which everybody buys again on every day.
    let endless = "[scenario]\nname = { zh = \"无尽\", en = \"Endless\" }\nplan = \"value-growth\"\ndays = 3660\n[arrival]\n\
                   kind = \"list\"\nlist = [10000]\n[spending.fixed]\namount = \"10.00\"\n[repeat]\nagain = \"100%\"\nevery_days = 1\n\
                   [selling.random]\ndaily = \"50%\"\n";
    let began = Instant::now();
    let asked = server.json("POST", "/api/v1/lab/runs", &json!({ "people": { "text": endless } }));
    let id = asked["id"].as_str().expect("an id").to_owned();
    // Events tell how far it is and end with it.
    let (_, events) = server.ask("GET", &format!("/api/v1/lab/runs/{id}/events"), &Value::Null);
    let last = events.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().expect("an event");
    let last: Value = serde_json::from_str(last).expect("JSON");
    let code = last["problem"]["code"].as_str().unwrap_or_default();
    assert!(matches!(code, "lab.time" | "lab.memory"), "{last}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(
        server.run(&json!({ "people": { "crowd": { "count": 50, "spend": "10" } } }))["state"],
        "done"
    );

    // Another is cancelled while it runs.
    let asked =
        server.json("POST", "/api/v1/lab/runs", &json!({ "people": { "text": endless }, "seed": "2" }));
    let path = format!("/api/v1/lab/runs/{}", asked["id"].as_str().expect("an id"));
    let cancelled = server.json("DELETE", &path, &Value::Null);
    assert_eq!(cancelled["problem"]["code"], "lab.cancelled", "{cancelled}");
    assert_eq!(server.ask("GET", "/api/v1/lab/runs/none", &Value::Null).0, 404);
    // Its worker goes: it is killed when the answer is given, and gone once the machine came to it.
    let parent = server.process.id().to_string();
    let workers = || Command::new("pgrep").args(["-P", &parent]).output().expect("pgrep").stdout;
    let asked = Instant::now();
    while !workers().is_empty() {
        assert!(asked.elapsed() < Duration::from_secs(10), "a worker is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_is_a_page_of_its_own() {
    let server = server();
    let run = server.run(&json!({ "people": { "crowd": { "count": 300, "spend": "10" } } }));
    let path = format!("/api/v1/lab/runs/{}/report", run["id"].as_str().expect("an id"));
    let (status, page) = server.ask("GET", &path, &Value::Null);
    assert_eq!(status, 200);
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let file = directory.path().join("lab.html");
    let link = "count=300&spend=10";
    assert_eq!(command(&[link, "--html", file.to_str().expect("a path")]).0, Some(0));
    assert_eq!(std::fs::read_to_string(file).expect("it was written"), page);
    assert!(page.contains(run["result"]["digest"].as_str().expect("a digest")) && page.contains("沙盒"));
    assert!(!page.contains("http") && !page.contains("<script"), "it names no other place");
}
