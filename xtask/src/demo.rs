//! The running system for whoever looks at it: `cargo xtask demo`; and for whoever works on its pages: `cargo xtask dev`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Failure, Outcome, cargo, executable, root, run, target_directory, web};

/// Where the demo's data are.
const DATA: &str = "out/demo-server";
/// How long the first page may take to answer.
const PAGE_WAIT: Duration = Duration::from_secs(30);

/// Builds pages and binary, makes the demo at the first start, says where it is. With `once` it looks at the first page and stops.
pub(crate) fn demo(once: bool, arguments: &[&str]) -> Outcome {
    let began = Instant::now();
    let say = |text: &str| eprintln!("demo: {:>4} s  {text}", began.elapsed().as_secs());
    say("pages and binary are built beside each other; the first time this takes some minutes");
    let pages = std::thread::spawn(move || {
        web::build_pages()
            .inspect(|()| eprintln!("demo: {:>4} s  the pages are built", began.elapsed().as_secs()))
    });
    let binary = binary();
    if binary.is_ok() {
        say("the binary is built");
    }
    pages.join().map_err(|_| "building the pages panicked".to_owned())??;
    let mut server =
        Serving::start(&binary?, &["--demo", "--data", DATA], if once { &ONCE } else { arguments })?;
    let page = server.get("/lab?lang=en")?;
    if !page.contains("<div id=\"app\">") {
        return Err(format!("the first page is none: {page}"));
    }
    say("the first page answers");
    println!(
        "\n  begin here       {base}/lab\n  shop, console    {base}/?doors\n  API              {base}/docs\n",
        base = server.base
    );
    for line in server.personas()? {
        println!("  {line}");
    }
    if once {
        return server.stop();
    }
    println!("\n  Ctrl-C stops it; the data are in {DATA}/, delete that to begin anew.");
    server.wait()
}

/// Any free port.
const ONCE: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// The server on demo data, and the apps as their sources are, with the API of that server.
pub(crate) fn dev() -> Outcome {
    web::install()?;
    let mut server = Serving::start(&binary()?, &["--demo", "--data", DATA], &[])?;
    let mut shop = web::follow("dev:shop", SHOP_PORT)?;
    let mut console = web::follow("dev:console", CONSOLE_PORT)?;
    println!(
        "\n  shop      http://127.0.0.1:{SHOP_PORT}/\n  console   http://127.0.0.1:{CONSOLE_PORT}/console/\n  API       {}/docs\n\n  \
         Pages follow their sources; Rust does not: stop with Ctrl-C and start again.",
        server.base
    );
    let ended = server.wait();
    for follower in [&mut shop, &mut console] {
        // Ctrl-C has ended them already, in which case there is nothing to end.
        drop(follower.kill());
        drop(follower.wait());
    }
    ended
}

const SHOP_PORT: &str = "5173";
const CONSOLE_PORT: &str = "5174";

/// A binary that is built soon and is fast enough: the profile `demo`.
fn binary() -> Result<PathBuf, Failure> {
    run(cargo().args(["build", "--profile", "demo", "--package", "ratchet"]))?;
    Ok(target_directory()?.join("demo").join(executable("ratchet")))
}

/// A server that runs.
struct Serving {
    child: Child,
    /// `http://…` without a path.
    base: String,
}

impl Serving {
    /// Starts it and waits until it says where it listens.
    fn start(binary: &Path, arguments: &[&str], more: &[&str]) -> Result<Serving, Failure> {
        let mut command = Command::new(binary);
        command.current_dir(root()).arg("serve").args(arguments).args(more).stdout(Stdio::piped());
        if std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", "warn");
        }
        let shown = crate::shown(&command);
        eprintln!("$ {shown}");
        let mut child = command.spawn().map_err(|error| format!("cannot start `{shown}`: {error}"))?;
        let said = child.stdout.take().ok_or("the server has no output")?;
        let mut lines = BufReader::new(said).lines();
        while let Some(Ok(line)) = lines.next() {
            if let Some(at) = line.find("http://") {
                // What it says afterwards is still read, or it would wait for somebody to do so.
                std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| println!("{line}")));
                return Ok(Serving { child, base: line[at..].trim().to_owned() });
            }
        }
        let status = child.wait().map_err(|error| format!("`{shown}`: {error}"))?;
        Err(format!("`{shown}` ended before it listened ({status})"))
    }

    /// The body of one answer.
    fn get(&self, path: &str) -> Result<String, Failure> {
        let failed = |error: std::io::Error| format!("{}{path}: {error}", self.base);
        let host = self.base.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).map_err(failed)?;
        stream.set_read_timeout(Some(PAGE_WAIT)).map_err(failed)?;
        let accept = if path.starts_with("/api") { "application/json" } else { "text/html" };
        let request =
            format!("GET {path} HTTP/1.0\r\nhost: {host}\r\naccept: {accept}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(failed)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("{path}: no answer"))?;
        if head.lines().next().is_some_and(|line| line.contains(" 200 ")) {
            Ok(body.to_owned())
        } else {
            Err(format!("{path}: {head}\n{body}"))
        }
    }

    /// A line for each of the demo's people.
    fn personas(&self) -> Result<Vec<String>, Failure> {
        let demo: serde_json::Value = serde_json::from_str(&self.get("/api/v1/demo")?)
            .map_err(|error| format!("the demo's list of people is no JSON: {error}"))?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let line = |persona: &serde_json::Value| {
            let role = persona["role"].as_str().unwrap_or("member");
            format!("{:<10}{:<12}{}", role, text(&persona["name"]["en"]), text(&persona["waits"]["en"]))
        };
        Ok(demo["personas"].as_array().into_iter().flatten().map(line).collect())
    }

    fn wait(&mut self) -> Outcome {
        let status = self.child.wait().map_err(|error| format!("the server: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("the server ended ({status})")) }
    }

    /// As Ctrl-C does.
    fn stop(mut self) -> Outcome {
        if cfg!(unix) {
            run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
            return self.wait();
        }
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map(drop)
            .map_err(|error| format!("the server: {error}"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Where something failed; a server that has ended is not there to be ended.
        if let Ok(None) = self.child.try_wait() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}
