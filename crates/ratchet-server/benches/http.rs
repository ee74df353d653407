//! What a server does in a second over real HTTP, on the loopback address: single durable orders and batches of orders by a program's
//! key, beside a route that does nothing as the yardstick of the same run. Clients and server share the machine's cores.
//!
//! With `--lab PROGRAM` (a built `ratchet`): a shop alone, and the same shop while visitors ask the lab.
//!
//! With `--products N`: puts so many articles, then looks for them as people do, one question after another.
//!
//! `cargo xtask bench http [--members N] [--connections N] [--seconds S] [--directory DIR] [--lab PROGRAM] [--visitors N] [--products N]`

mod measure;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use measure::{mixed, per_second, print_load, spread};
use ratchet_server::{Config, LimitSettings, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Orders of a batch.
const BATCH: u64 = 1_000;

struct Arguments {
    members: u64,
    connections: u64,
    seconds: u64,
    directory: Option<PathBuf>,
    lab: Option<PathBuf>,
    visitors: u8,
    products: u64,
}

fn arguments() -> Result<Arguments, String> {
    let mut arguments = Arguments {
        members: 100_000,
        connections: 64,
        seconds: 5,
        directory: None,
        lab: None,
        visitors: 50,
        products: 0,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            // Cargo says so to every benchmark.
            "--bench" => {}
            "--members" => arguments.members = number(value()?)?,
            "--connections" => arguments.connections = number(value()?)?,
            "--seconds" => arguments.seconds = number(value()?)?,
            "--directory" => arguments.directory = Some(value()?.into()),
            "--lab" => arguments.lab = Some(value()?.into()),
            "--visitors" => arguments.visitors = value()?.parse().map_err(|_| "visitors: 1 to 200")?,
            "--products" => arguments.products = number(value()?)?,
            other => return Err(format!("what is {other}?")),
        }
    }
    Ok(arguments)
}

/// The payment of an order by a random member.
fn order(number: u64, members: u64) -> String {
    let (member, minor) = (mixed(number) % members, 1_000 + mixed(!number) % 200_000);
    let (units, hundredths) = (minor / 100, minor % 100);
    format!(
        r#"{{"type":"order.pay","order":"o{number}","member":"m{member}","lines":[{{"line":"1","amount":"{units}.{hundredths:02}"}}]}}"#
    )
}

/// A connection that stays open.
struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Connection, Failure> {
        Connection::open_from(address, Ipv4Addr::UNSPECIFIED).await
    }

    /// The same from an address of its own, as another visitor.
    async fn open_from(address: SocketAddr, from: Ipv4Addr) -> Result<Connection, Failure> {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, read: Vec::with_capacity(64 << 10) })
    }

    /// Sends a request and reads its answer, which says its length or comes in chunks: status, head and body.
    async fn ask(&mut self, request: &str) -> Result<(u16, String, String), Failure> {
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = String::from_utf8(self.read[..head].to_vec())?.to_ascii_lowercase();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.ok_or_else(|| format!("an answer without its length: {text}"))?.parse()?;
        while self.read.len() < head + length {
            self.more().await?;
        }
        Ok((status, text, String::from_utf8(self.read[head..head + length].to_vec())?))
    }

    async fn more(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

/// A write as a program or a browser sends it.
fn write(path: &str, who: &str, key: &str, body: &str) -> String {
    format!(
        "POST /api/v1{path} HTTP/1.1\r\nhost: bench\r\n{who}\r\nx-ratchet: 1\r\nidempotency-key: {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What all connections of a measurement share.
struct Load {
    address: SocketAddr,
    members: u64,
    /// Path of the programme, and the header of the key.
    programme: String,
    key: String,
    next: AtomicU64,
    stop: AtomicBool,
}

#[derive(Clone, Copy)]
enum Asks {
    Nothing,
    Order,
    Batch,
}

impl Load {
    fn request(&self, asks: Asks) -> (String, u64) {
        match asks {
            Asks::Nothing => ("GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n".to_owned(), 1),
            Asks::Order => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                let path = format!("{}/commands", self.programme);
                (write(&path, &self.key, &format!("k{number}"), &order(number, self.members)), 1)
            }
            Asks::Batch => {
                let first = self.next.fetch_add(BATCH, Ordering::Relaxed);
                let orders: Vec<String> =
                    (first..first + BATCH).map(|number| order(number, self.members)).collect();
                let body = format!(r#"{{"commands":[{}]}}"#, orders.join(","));
                let path = format!("{}/batches", self.programme);
                (write(&path, &self.key, &format!("b{first}"), &body), BATCH)
            }
        }
    }

    /// Connections that wait for each answer, for some seconds: a line with operations per second and latencies of requests.
    async fn run(
        self: &Arc<Load>,
        what: &str,
        asks: Asks,
        connections: u64,
        seconds: u64,
    ) -> Result<(), Failure> {
        self.stop.store(false, Ordering::Relaxed);
        let began = Instant::now();
        let running: Vec<_> = (0..connections)
            .map(|_| {
                let load = Arc::clone(self);
                tokio::spawn(async move {
                    let mut connection = Connection::open(load.address).await?;
                    let (mut latencies, mut operations) = (Vec::new(), 0);
                    while !load.stop.load(Ordering::Relaxed) {
                        let (request, count) = load.request(asks);
                        let asked = Instant::now();
                        let (status, _, body) = connection.ask(&request).await?;
                        let is_done = status == 200 && !body.contains("refusal");
                        if !is_done {
                            return Err(Failure::from(format!("{status} {}", &body[..body.len().min(400)])));
                        }
                        latencies.push(asked.elapsed());
                        operations += count;
                    }
                    Ok((latencies, operations))
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        self.stop.store(true, Ordering::Relaxed);
        let (mut latencies, mut operations) = (Vec::new(), 0);
        for client in running {
            let (of_client, done) = client.await??;
            latencies.extend(of_client);
            operations += done;
        }
        let (rate, spread) = (per_second(operations, began.elapsed()), spread(&mut latencies));
        println!("{what:<28} {connections:>4} connections {rate:>9}/s  {spread}");
        Ok(())
    }
}

/// Sets a second factor up, without which staff may nothing.
async fn set_second_factor(connection: &mut Connection, cookie: &str) -> Result<(), Failure> {
    let (_, _, body) = connection.ask(&write("/me/second-factor", cookie, "factor", "{}")).await?;
    let begun: Value = serde_json::from_str(&body)?;
    let secret = begun["secret"].as_str().ok_or(body)?;
    let secret: [u8; 20] =
        data_encoding::BASE32_NOPAD.decode(secret.as_bytes())?.try_into().map_err(|_| "20 bytes")?;
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let code = totp_rs::Builder::new().with_secret(secret).build()?.generate(seconds).to_string();
    let body = json!({ "code": code }).to_string();
    let (status, _, body) =
        connection.ask(&write("/me/second-factor/confirm", cookie, "confirm", &body)).await?;
    if status == 200 { Ok(()) } else { Err(body.into()) }
}

/// The first owner, a sandbox, a key that may pay orders: path of the programme and header of the key.
async fn set_up(address: SocketAddr, link: &str) -> Result<(String, String), Failure> {
    let mut connection = Connection::open(address).await?;
    let token = link.split_once("token=").ok_or("the link has a token")?.1;
    let body = json!({ "token": token, "login": "owner@example.com", "password": "correct horse battery", "name": "O" });
    let (status, head, body) =
        connection.ask(&write("/setup", "x-no: 1", "setup", &body.to_string())).await?;
    let me: Value = serde_json::from_str(&body)?;
    let tenant = me["tenants"][0]["tenant"].as_str().ok_or_else(|| format!("{status} {body}"))?;
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).ok_or("a cookie")?;
    let cookie = format!("cookie: {}", cookie.split(';').next().unwrap_or_default());
    set_second_factor(&mut connection, &cookie).await?;
    let body = json!({ "preset": "value-growth", "clock_starts_at": "2026-01-01T00:00:00Z" }).to_string();
    let path = format!("/tenants/{tenant}/programmes");
    let (status, _, body) = connection.ask(&write(&path, &cookie, "programme", &body)).await?;
    let made: Value = serde_json::from_str(&body)?;
    let programme = made["id"].as_str().ok_or_else(|| format!("{status} {body}"))?.to_owned();
    let body =
        json!({ "name": "bench", "scopes": ["commands.submit", "payments.manage", "products.manage"], "days": 1 }).to_string();
    let path = format!("/tenants/{tenant}/keys");
    let (status, _, body) = connection.ask(&write(&path, &cookie, "key", &body)).await?;
    let made: Value = serde_json::from_str(&body)?;
    let secret = made["secret"].as_str().ok_or_else(|| format!("{status} {body}"))?;
    Ok((format!("/programmes/{programme}"), format!("authorization: Bearer {secret}")))
}

/// A visitor of the lab, who asks another question as soon as one is answered: how long each took.
async fn visit(load: Arc<Load>, visitor: u8) -> Result<Vec<Duration>, Failure> {
    let mut connection = Connection::open_from(load.address, Ipv4Addr::new(127, 0, 1, visitor + 1)).await?;
    let (mut waits, mut question) = (Vec::new(), 0);
    while !load.stop.load(Ordering::Relaxed) {
        question += 1;
        let body = json!({ "seed": format!("{visitor}{question:06}"), "people": { "crowd": { "count": 10_000, "spend": "1000", "sell_daily": "1%" } } });
        let asked = Instant::now();
        let (status, _, mut body) =
            connection.ask(&write("/lab/runs", "x-lab: 1", "k", &body.to_string())).await?;
        let id = body.split('"').nth(3).unwrap_or_default().to_owned();
        while status == 200
            && (body.contains("\"state\":\"waiting\"") || body.contains("\"state\":\"running\""))
        {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let look = format!("GET /api/v1/lab/runs/{id} HTTP/1.1\r\nhost: bench\r\n\r\n");
            body = connection.ask(&look).await?.2;
        }
        match body.contains("\"state\":\"done\"") {
            true => waits.push(asked.elapsed()),
            false => return Err(format!("{status} {}", &body[..body.len().min(400)]).into()),
        }
    }
    Ok(waits)
}

/// A shop of a few buyers, alone and while visitors ask the lab.
async fn beside_the_lab(load: &Arc<Load>, visitors: u8, seconds: u64) -> Result<(), Failure> {
    load.run("a shop alone", Asks::Order, 4, seconds).await?;
    load.stop.store(false, Ordering::Relaxed);
    let visiting: Vec<_> =
        (0..visitors).map(|visitor| tokio::spawn(visit(Arc::clone(load), visitor))).collect();
    load.run("the same beside the lab", Asks::Order, 4, 2 * seconds).await?;
    let mut waits = Vec::new();
    for visitor in visiting {
        waits.extend(visitor.await??);
    }
    let rate = per_second(waits.len() as u64, Duration::from_secs(2 * seconds));
    println!("{visitors} visitors of the lab: {} runs, {rate}/s  {}", waits.len(), spread(&mut waits));
    Ok(())
}

/// What names of articles are made of.
const FIRST: [&str; 24] = [
    "红富士",
    "阿克苏",
    "云南",
    "东北",
    "武夷山",
    "新疆",
    "内蒙古",
    "海南",
    "四川",
    "贵州",
    "西湖",
    "宁夏",
    "山东",
    "福建",
    "广西",
    "陕西",
    "江西",
    "湖北",
    "安徽",
    "浙江",
    "河北",
    "甘肃",
    "青海",
    "西藏",
];
const SECOND: [&str; 24] = [
    "有机",
    "手工",
    "高山",
    "冷榨",
    "恒温",
    "纯棉",
    "加厚",
    "无糖",
    "原味",
    "便携",
    "不锈钢",
    "陶瓷",
    "家用",
    "儿童",
    "老年",
    "新鲜",
    "干制",
    "速冻",
    "烘焙",
    "浓缩",
    "防滑",
    "静音",
    "节能",
    "折叠",
];
const THIRD: [&str; 24] = [
    "苹果礼盒",
    "大米",
    "红茶",
    "蜂蜜",
    "电热水壶",
    "毛巾",
    "菜籽油",
    "台灯",
    "牛奶",
    "核桃",
    "枸杞",
    "香菇",
    "木耳",
    "葡萄干",
    "红枣",
    "茶具",
    "电饭锅",
    "雨伞",
    "书包",
    "运动鞋",
    "洗衣液",
    "洗发水",
    "牙膏",
    "保温杯",
];

/// Puts articles, looks for them, and prints how long each kind of question took.
async fn search(load: &Arc<Load>, connections: u64, products: u64) -> Result<(), Failure> {
    let pick = |words: &[&'static str; 24], number: u64, turn: u64| {
        words[usize::try_from(mixed(number * 8 + turn) % 24).unwrap_or_default()]
    };
    let began = Instant::now();
    let putting: Vec<_> = (0..connections)
        .map(|_| {
            let load = Arc::clone(load);
            tokio::spawn(async move {
                let mut connection = Connection::open(load.address).await?;
                loop {
                    let number = load.next.fetch_add(1, Ordering::Relaxed);
                    if number >= products {
                        return Ok::<_, Failure>(());
                    }
                    let zh = format!(
                        "{}{}{} {} 号",
                        pick(&FIRST, number, 0),
                        pick(&SECOND, number, 1),
                        pick(&THIRD, number, 2),
                        mixed(number) % 1_000
                    );
                    let title = json!({ "zh": zh, "en": format!("Article {number}, series {}", number % 97) });
                    let price = format!("{}.{:02}", 1 + mixed(number) % 2_000, number % 100);
                    let body = json!({ "id": format!("p{number}"), "title": title, "description": title, "price": price, "listed": true, "brand": format!("品牌 {}", mixed(!number) % 200) });
                    let path = format!("{}/products", load.programme);
                    let request = write(&path, &load.key, &format!("p{number}"), &body.to_string());
                    let (status, _, body) = connection.ask(&request).await?;
                    if status != 200 {
                        return Err(format!("{status} {}", &body[..body.len().min(400)]).into());
                    }
                }
            })
        })
        .collect();
    for put in putting {
        put.await??;
    }
    println!(
        "{products} articles put by {connections} connections, {}/s",
        per_second(products, began.elapsed())
    );
    let mut connection = Connection::open(load.address).await?;
    for (what, query) in [
        ("the newest", "products?listed=true&sort=newest"),
        ("a word", "products?listed=true&sort=newest&words={third}"),
        ("two words", "products?listed=true&sort=newest&words={first}{third}"),
        ("a word, the cheapest first", "products?listed=true&sort=price_up&words={third}"),
        ("a word, a brand, from a price", "products?listed=true&words={third}&brand={brand}&price_from=100"),
        ("a brand, the dearest first", "products?listed=true&sort=price_down&brand={brand}"),
        ("suggestions", "suggestions?words={second}"),
        ("brands", "brands"),
    ] {
        let mut latencies = Vec::new();
        for number in 0..500 {
            let query = query
                .replace("{first}", pick(&FIRST, number, 3))
                .replace("{second}", pick(&SECOND, number, 4))
                .replace("{third}", pick(&THIRD, number, 5))
                .replace("{brand}", &format!("品牌 {}", mixed(number) % 200));
            let query: String = query.bytes().map(as_of_address).collect();
            let request = format!(
                "GET /api/v1{}/{query} HTTP/1.1\r\nhost: bench\r\n{}\r\n\r\n",
                load.programme, load.key
            );
            let asked = Instant::now();
            let (status, _, body) = connection.ask(&request).await?;
            if status != 200 {
                return Err(format!("{query}: {status} {}", &body[..body.len().min(400)]).into());
            }
            latencies.push(asked.elapsed());
        }
        println!("{what:<32} {}", spread(&mut latencies));
    }
    Ok(())
}

/// A byte as an address has it.
fn as_of_address(byte: u8) -> String {
    if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

async fn measure(arguments: &Arguments, address: SocketAddr, link: &str) -> Result<(), Failure> {
    let (programme, key) = set_up(address, link).await?;
    let load = Arc::new(Load {
        address,
        members: arguments.members,
        programme,
        key,
        next: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    });
    let (connections, seconds) = (arguments.connections, arguments.seconds);
    if arguments.lab.is_some() {
        return beside_the_lab(&load, arguments.visitors, seconds).await;
    }
    if arguments.products > 0 {
        return search(&load, connections, arguments.products).await;
    }
    load.run("a route that does nothing", Asks::Nothing, connections, seconds).await?;
    load.run("single durable orders", Asks::Order, connections, seconds).await?;
    load.run("single durable orders", Asks::Order, 1, seconds).await?;
    load.run("orders in batches of 1,000", Asks::Batch, 3, seconds).await
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    let own = tempfile::TempDir::new()?;
    let directory = arguments.directory.clone().unwrap_or_else(|| own.path().join("data"));
    print_load();
    println!("{} members in random order; directory {}", arguments.members, directory.display());
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        limits: LimitSettings { key_writes_per_second: NonZeroU32::MAX },
        lab_program: arguments.lab.clone(),
        ..Config::new(directory)
    };
    // As `ratchet serve` does, the log goes somewhere, a line for each request.
    let sink = std::fs::OpenOptions::new().append(true).open("/dev/null")?;
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::sync::Mutex::new(sink)).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let server = runtime.block_on(Server::open(&config)).map_err(|message| message.to_string())?;
    let (address, link) = (server.address(), server.setup_link().map(str::to_owned));
    let link = link.ok_or("the directory has an owner already: give an empty one")?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = runtime.spawn(server.run(async {
        // Stopped by a message, or by the end of this program.
        stopped.await.ok();
    }));
    // The clients have a thread of their own, as programs elsewhere would.
    let clients = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(measure(&arguments, address, &link))
    });
    let measured = clients.join().map_err(|_| "a client panicked")?;
    stop.send(()).map_err(|()| "the server ended early")?;
    runtime.block_on(running)?.map_err(|message| message.to_string())?;
    measured
}
