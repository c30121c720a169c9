//! A service that takes logins over TCP, one in each line (`USER ok` or `USER failed`), and writes alerts to standard output.
//! The rules are a file that it compiles when it starts, so that they change without a build.
//!
//!     service [RULES] [ADDRESS]

mod detector;

use detector::{Detector, Login};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Logins that may wait for the detector; then connections wait.
const WAITING_MAX: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rules = arguments.next().unwrap_or_else(|| "rules/alerts.ptn".to_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:7878".to_owned());
    let text = std::fs::read_to_string(&rules).map_err(|error| format!("{rules}: {error}"))?;
    let mut detector = Detector::new(&text)?;
    let listener = TcpListener::bind(&address)?;
    eprintln!("listening on {address}");

    let (sender, receiver) = mpsc::sync_channel(WAITING_MAX);
    thread::spawn(move || accept(&listener, &sender));
    loop {
        let alerts = match receiver.recv_timeout(Duration::from_millis(200)) {
            Ok(login) => detector.on_login(&login, now())?,
            Err(RecvTimeoutError::Timeout) => detector.on_time(now())?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        alerts.iter().for_each(|alert| println!("{alert}"));
    }
}

/// Reads every connection in a thread of its own.
fn accept(listener: &TcpListener, sender: &SyncSender<Login>) {
    for stream in listener.incoming().flatten() {
        let sender = sender.clone();
        thread::spawn(move || read(stream, &sender));
    }
}

fn read(stream: TcpStream, sender: &SyncSender<Login>) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let Some(login) = login(&line) else {
            eprintln!("not a login: {line}");
            continue;
        };
        if sender.send(login).is_err() {
            return;
        }
    }
}

fn login(line: &str) -> Option<Login> {
    let (user, outcome) = line.trim().rsplit_once(' ')?;
    let ok = match outcome {
        "ok" => true,
        "failed" => false,
        _ => return None,
    };
    Some(Login { user: user.to_owned(), ok })
}

/// Nanoseconds since the Unix epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
