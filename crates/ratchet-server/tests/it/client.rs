//! A server for a test, and people who talk to it as browsers do: a cookie each, one connection for each request.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use ratchet_engine::time::Timestamp;
use ratchet_server::programme::Clock;
use ratchet_server::{Config, Sender, Sending, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A password of everybody in tests.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running server with its directory.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) link: Option<String>,
    sent: Arc<Mutex<Vec<[String; 3]>>>,
    /// How far its clock is ahead of the machine's, in microseconds.
    ahead_us: Arc<AtomicI64>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    pub(crate) text: String,
}

/// Somebody with a browser.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    address: SocketAddr,
    pub(crate) cookie: Option<String>,
    pub(crate) language: &'static str,
    /// What they log in with, where they signed up.
    pub(crate) login: String,
    /// Recovery codes, where a second factor was set up.
    pub(crate) codes: Vec<String>,
    keys: u32,
}

impl TestServer {
    /// A server on an empty directory.
    pub(crate) async fn start() -> TestServer {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        TestServer::start_in(directory).await
    }

    /// A server on a directory that another one has left.
    pub(crate) async fn start_in(directory: tempfile::TempDir) -> TestServer {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let line = Arc::clone(&sent);
        let ahead_us = Arc::new(AtomicI64::new(0));
        let (machine, ahead) = (Clock::machine(), Arc::clone(&ahead_us));
        let clock = Clock::of(move || {
            let now_us = machine.now().us() + ahead.load(Ordering::Relaxed);
            Timestamp::from_us(now_us).expect("tests are of our time")
        });
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            sender: Sender::Call(Arc::new(move |sending: &Sending<'_>| {
                let Sending { to, purpose, code } = sending;
                line.lock()
                    .expect("no test panics here")
                    .push([to, purpose, code].map(|text| (*text).to_owned()));
            })),
            clock,
            ..Config::new(directory.path().join("data"))
        };
        let server = Server::open(&config).await.expect("the server opens its directory");
        let (address, link) = (server.address(), server.setup_link().map(str::to_owned));
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let until = async move { stopped.await.expect("a test stops its server") };
            server.run(until).await.expect("the server ends in order");
        });
        TestServer { address, directory, link, sent, ahead_us, stop: Some(stop), running: Some(running) }
    }

    /// Lets time pass for it: sessions, quotes and viewings go by its clock.
    pub(crate) fn later(&self, ms: i64) {
        self.ahead_us.fetch_add(ms * 1_000, Ordering::Relaxed);
    }

    /// Stops it in order; says its directory.
    pub(crate) async fn stop(mut self) -> tempfile::TempDir {
        self.stop.take().expect("it runs").send(()).expect("it listens");
        self.running.take().expect("it runs").await.expect("it does not panic");
        self.directory
    }

    /// Stops it, and starts it again on the same directory.
    pub(crate) async fn restart(self) -> TestServer {
        TestServer::start_in(self.stop().await).await
    }

    /// Somebody nobody knows.
    pub(crate) fn guest(&self) -> Person {
        Person {
            address: self.address,
            cookie: None,
            language: "en",
            login: String::new(),
            codes: Vec::new(),
            keys: 0,
        }
    }

    /// The first owner, and the tenant.
    pub(crate) async fn owner(&self) -> (Person, String) {
        let link = self.link.as_deref().expect("an empty server has a link");
        self.owner_by(link, "owner@example.com").await
    }

    /// The last code that was sent to a login for a purpose.
    pub(crate) fn code(&self, to: &str, purpose: &str) -> Option<String> {
        let sent = self.sent.lock().expect("no test panics here");
        let mut last = sent.iter().rev();
        last.find(|[login, what, _]| login == to && what == purpose).map(|[.., code]| code.clone())
    }

    /// An owner by a link.
    pub(crate) async fn owner_by(&self, link: &str, login: &str) -> (Person, String) {
        let token = link.split_once("token=").expect("a link has a token").1;
        let mut owner = self.guest();
        let body = json!({ "token": token, "login": login, "password": PASSWORD, "name": "Owner" });
        let answer = owner.post("/setup", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let tenant = answer.body["tenants"][0]["tenant"].as_str().expect("a tenant was made").to_owned();
        owner.set_second_factor().await;
        (owner, tenant)
    }

    /// Somebody who has signed up.
    pub(crate) async fn person(&self, login: &str, invitation: Option<&str>) -> Person {
        let mut person = Person { login: login.to_owned(), ..self.guest() };
        let body = json!({ "login": login, "password": PASSWORD, "name": login, "invitation": invitation });
        let answer = person.post("/people", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        person
    }

    /// Somebody with a role.
    pub(crate) async fn staff(&self, owner: &mut Person, tenant: &str, role: &str) -> Person {
        let answer = owner.post(&format!("/tenants/{tenant}/invitations"), json!({ "role": role })).await;
        let link =
            answer.body["link"].as_str().unwrap_or_else(|| panic!("a link: {}", answer.text)).to_owned();
        let token = link.split_once("invitation=").expect("a link has a token").1.to_owned();
        let mut person = self.person(&format!("{role}.{}@example.com", &token[..8]), Some(&token)).await;
        person.set_second_factor().await;
        person
    }

    /// Waits for what the play-money provider's messages lead to: asks until it is so, as a page does.
    pub(crate) async fn until(
        &self,
        person: &mut Person,
        path: &str,
        pointer: &str,
        expected: &str,
    ) -> Answer {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            let answer = person.get(path).await;
            if answer.body.pointer(pointer).and_then(Value::as_str) == Some(expected) {
                return answer;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "{path}{pointer} never becomes {expected}: {}",
                answer.text
            );
            tokio::task::yield_now().await;
        }
    }
}

impl Answer {
    /// The number of its entry.
    pub(crate) fn seq(&self) -> u64 {
        self.body["seq"].as_u64().unwrap_or_else(|| panic!("an entry: {}", self.text))
    }

    /// A text in it.
    pub(crate) fn text_at(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{pointer}: {}", self.text)).to_owned()
    }
}

/// The authenticator of a secret as a person types it.
pub(crate) fn authenticator(secret: &str) -> totp_rs::Totp {
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("a secret is base32");
    let secret: [u8; 20] = secret.try_into().expect("a secret has 20 bytes");
    totp_rs::Builder::new().with_secret(secret).build().expect("a secret is enough")
}

/// Seconds since 1970.
pub(crate) fn seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

impl Person {
    /// Sets a second factor up, as staff has to.
    pub(crate) async fn set_second_factor(&mut self) {
        let secret = self.post("/me/second-factor", json!({})).await.text_at("/secret");
        let code = authenticator(&secret).generate(seconds()).to_string();
        let confirmed = self.post("/me/second-factor/confirm", json!({ "code": code })).await;
        let codes = confirmed.body["codes"].as_array().unwrap_or_else(|| panic!("codes: {}", confirmed.text));
        let codes = codes.iter().map(|code| code.as_str().expect("a code is a text").to_owned());
        self.codes = codes.collect();
    }

    /// Goes to another server with the same session.
    pub(crate) fn move_to(&mut self, server: &TestServer) {
        self.address = server.address;
    }

    /// Reads.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None, &[]).await
    }

    /// Writes under a new key.
    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.post_as(&key, path, body).await
    }

    /// Writes under a key.
    pub(crate) async fn post_as(&mut self, key: &str, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string()), &[("idempotency-key", key), ("x-ratchet", "1")]).await
    }

    /// Takes away.
    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.send("DELETE", path, None, &[("idempotency-key", &key), ("x-ratchet", "1")]).await
    }

    /// A request below `/api/v1`, or of a whole path that begins with `//`.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let bytes = self.raw(method, path, body.map(String::into_bytes), headers).await;
        let answer = parse(&String::from_utf8(bytes).expect("answers are texts"));
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let cookie = cookie.split(';').next().expect("a cookie has a value").to_owned();
            self.cookie = Some(cookie).filter(|cookie| !cookie.ends_with('='));
        }
        answer
    }

    /// Sends a file under a key.
    pub(crate) async fn upload(&mut self, key: &str, path: &str, kind: &str, file: &[u8]) -> Answer {
        let headers = [("idempotency-key", key), ("x-ratchet", "1"), ("content-type", kind)];
        let bytes = self.raw("POST", path, Some(file.to_vec()), &headers).await;
        parse(&String::from_utf8(bytes).expect("answers are texts"))
    }

    /// Reads a file; its bytes stand in no text.
    pub(crate) async fn file(&mut self, path: &str) -> (Answer, Vec<u8>) {
        let bytes = self.raw("GET", path, None, &[]).await;
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").expect("an answer has a head") + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is a text");
        (parse(&head), bytes[end..].to_vec())
    }

    /// A whole answer as it comes.
    async fn raw(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Vec<u8> {
        let path = match path.strip_prefix('/') {
            Some(whole) if whole.starts_with('/') => whole.to_owned(),
            _ => format!("/api/v1{path}"),
        };
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\naccept-language: {}\r\n",
            self.address, self.language
        );
        if let Some(cookie) = &self.cookie {
            request.push_str(&format!("cookie: {cookie}\r\n"));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let has_type = headers.iter().any(|(name, _)| *name == "content-type");
        if let Some(body) = &body {
            let kind = if has_type { "" } else { "content-type: application/json\r\n" };
            request.push_str(&format!("{kind}content-length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
        let mut sent = request.into_bytes();
        sent.extend(body.unwrap_or_default());
        // A body that is too large is answered before it is read.
        drop(stream.write_all(&sent).await);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("the server answers");
        bytes
    }
}

fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let chunked = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
    let text = if chunked { dechunked(body) } else { body.to_owned() };
    Answer {
        status: status.expect("an answer has a status"),
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
        text,
    }
}

fn dechunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a chunk has a size");
        if size == 0 {
            break;
        }
        text.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    text
}
