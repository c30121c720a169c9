//! Guards over text: one of some words, a part of a line, a regular expression.

use std::fmt::Write as _;

use memchr::memmem::Finder;
use regex::Regex;

use super::events::{Random, STEP_NS};
use super::{Events, Found, Input, Out, Workload};

generated!(strings_equal { Found } [text, value, at]);
generated!(strings_contains { Found } [text, value, at]);
generated!(strings_regex { Found } [text, value, at]);

/// What the first rule compares: some as short as a string that lies in a view, others longer.
const WORDS: [&str; 20] = [
    "login",
    "logout",
    "password",
    "password changed",
    "password expired",
    "session started",
    "session expired",
    "upload",
    "download",
    "download refused",
    "search",
    "search by administrator",
    "payment",
    "payment refused",
    "payment confirmed",
    "refund",
    "invite",
    "invitation accepted",
    "delete",
    "deleted by administrator",
];

pub(crate) fn workloads() -> Vec<Workload> {
    let of = Workload { events: 1_000_000, ..Workload::DEFAULT };
    vec![
        Workload {
            name: "strings: equal",
            matches: 100_110,
            rules: strings_equal::RULES,
            make: words,
            by_hand: Some(|input| {
                select(input.events(), |text| text == "payment" || text == "password changed")
            }),
            generated: Some(strings_equal::run),
            ..of
        },
        Workload {
            name: "strings: contains",
            matches: 10_160,
            rules: strings_contains::RULES,
            make: lines,
            by_hand: Some(|input| {
                let finder = Finder::new("timed out");
                select(input.events(), |text| finder.find(text.as_bytes()).is_some())
            }),
            generated: Some(strings_contains::run),
            ..of
        },
        Workload {
            name: "strings: regex",
            matches: 40_182,
            rules: strings_regex::RULES,
            make: lines,
            by_hand: Some(|input| {
                let regex = Regex::new("user=[0-9]+7 .* (4|5)[0-9]{2} ").expect("a regular expression");
                select(input.events(), |text| regex.is_match(text))
            }),
            generated: Some(strings_regex::run),
            ..of
        },
    ]
}

fn words(count: usize) -> Input {
    let mut random = Random(8);
    with_values(count, |_| WORDS[random.below(WORDS.len() as u64) as usize])
}

/// Lines of a log, of 60 to 90 bytes.
fn lines(count: usize) -> Input {
    let mut random = Random(9);
    let mut line = |text: &mut String| {
        let path = ["cart", "search", "articles", "profile/settings"][random.below(4) as usize];
        let user = random.below(100_000);
        let status = [200, 200, 200, 200, 204, 301, 404, 500][random.below(8) as usize];
        let end = if random.below(100) == 0 { "upstream timed out" } else { "answered in time" };
        let (method, millis) = (["GET", "POST"][random.below(2) as usize], random.below(1_000));
        // Writing to a `String` does not fail.
        let _ = write!(
            text,
            "{method} /{path}/{} user={user} from=10.0.{} {status} {millis} ms, {end}",
            user / 7,
            user % 255
        );
    };
    let (mut text, mut ends) = (String::new(), vec![0]);
    for _ in 0..count {
        line(&mut text);
        ends.push(text.len());
    }
    // It lives as long as the process, as the input does.
    let text: &'static str = text.leak();
    with_values(count, |index| &text[ends[index]..ends[index + 1]])
}

fn with_values(count: usize, text: impl FnMut(usize) -> &'static str) -> Input {
    let mut random = Random(10);
    let text = (0..count).map(text).collect();
    let value = (0..count).map(|_| random.below(10_000) as f64 / 100.0).collect();
    let at = (0..count).map(|index| index as i64 * STEP_NS).collect();
    Input::Columns(Events { text, value, at, ..Events::default() })
}

fn select(events: &Events, wanted: impl Fn(&str) -> bool) -> Found {
    let mut out = Out::new(|found: &(i64, f64)| found.1);
    for row in 0..events.len() {
        if wanted(events.text[row]) {
            out.push((events.at[row], events.value[row]));
        }
    }
    out.found()
}
