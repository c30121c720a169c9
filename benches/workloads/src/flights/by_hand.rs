//! The code by hand: a CSV or JSON parser of the ecosystem, a heap that puts rows in order, and a queue for each aircraft.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde::Deserialize;

use crate::{Found, Out};

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3_600;
const LATENESS_S: i64 = 23 * HOUR_S;

/// What the rule needs of a row. Aircraft have numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    /// In seconds; then the place in the file, for rows of one time.
    time: i64,
    place: u32,
    aircraft: u32,
    dep_delay: Option<i64>,
    arr_delay: Option<i64>,
}

type Recovered = (i64, u32, i64, i64);

/// The rule, row by row.
struct Rule<F> {
    out: Out<Recovered, F>,
    aircraft: HashMap<Box<[u8]>, u32, FixedState>,
    /// Late arrivals of each aircraft: when, and by how much.
    late: Vec<VecDeque<(i64, i64)>>,
    waiting: BinaryHeap<Reverse<Row>>,
    latest: i64,
    rows: u32,
}

impl<F: Fn(&Recovered) -> f64> Rule<F> {
    fn new(value: F) -> Self {
        Self {
            out: Out::new(value),
            aircraft: HashMap::default(),
            late: Vec::new(),
            waiting: BinaryHeap::new(),
            latest: i64::MIN,
            rows: 0,
        }
    }

    fn read(&mut self, time: i64, tail: Option<&[u8]>, dep_delay: Option<i64>, arr_delay: Option<i64>) {
        self.rows += 1;
        if self.latest != i64::MIN && time < self.latest - LATENESS_S {
            return;
        }
        self.latest = self.latest.max(time);
        // A row of no known aircraft says nothing, nor does one that is neither late nor early again.
        if let Some(tail) = tail
            && (dep_delay.is_some_and(|delay| delay < 15) || arr_delay.is_some_and(|delay| delay > 60))
        {
            let aircraft = match self.aircraft.get(tail) {
                Some(known) => *known,
                None => {
                    self.late.push(VecDeque::new());
                    let new = self.aircraft.len() as u32;
                    self.aircraft.insert(tail.into(), new);
                    new
                }
            };
            self.waiting.push(Reverse(Row { time, place: self.rows, aircraft, dep_delay, arr_delay }));
        }
        while self.waiting.peek().is_some_and(|first| first.0.time < self.latest - LATENESS_S) {
            self.take_first();
        }
    }

    fn take_first(&mut self) {
        let Some(Reverse(row)) = self.waiting.pop() else { return };
        let late = &mut self.late[row.aircraft as usize];
        while late.front().is_some_and(|first| row.time - first.0 > 6 * HOUR_S) {
            late.pop_front();
        }
        if let Some(dep_delay) = row.dep_delay.filter(|delay| *delay < 15) {
            late.drain(..).for_each(|(_, by)| self.out.push((row.time, row.aircraft, by, dep_delay)));
        }
        if let Some(arr_delay) = row.arr_delay.filter(|delay| *delay > 60) {
            late.push_back((row.time, arr_delay));
        }
    }

    fn finish(mut self) -> Found {
        while !self.waiting.is_empty() {
            self.take_first();
        }
        self.out.found()
    }
}

pub(super) fn csv(bytes: &[u8]) -> Found {
    let mut rule = Rule::new(|found| found.3 as f64);
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.byte_headers().expect("there is a header").clone();
    let column =
        |name: &str| headers.iter().position(|field| field == name.as_bytes()).expect("there is one");
    let [dep, arr, tail, minute, hour] =
        ["dep_delay", "arr_delay", "tailnum", "minute", "time_hour"].map(column);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).expect("CSV") {
        let time = seconds(&record[hour]) + integer(&record[minute]).expect("a minute") * MINUTE_S;
        let tail = Some(&record[tail]).filter(|tail| *tail != b"NA");
        rule.read(time, tail, integer(&record[dep]), integer(&record[arr]));
    }
    rule.finish()
}

#[derive(Deserialize)]
struct Flight<'a> {
    dep_delay: Option<i64>,
    arr_delay: Option<i64>,
    #[serde(borrow)]
    tailnum: Option<&'a str>,
    minute: i64,
    time_hour: &'a str,
}

pub(super) fn json_lines(bytes: &[u8]) -> Found {
    let mut rule = Rule::new(|found| found.3 as f64);
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let flight: Flight<'_> = serde_json::from_slice(line).expect("JSON");
        let time = seconds(flight.time_hour.as_bytes()) + flight.minute * MINUTE_S;
        rule.read(time, flight.tailnum.map(str::as_bytes), flight.dep_delay, flight.arr_delay);
    }
    rule.finish()
}

/// A number; none for `NA`.
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let value = digits.iter().try_fold(0, |value: i64, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then_some(value * 10 + i64::from(digit))
    })?;
    Some(if negative { -value } else { value })
}

/// Seconds since 1970 of a text such as `2013-01-01T10:00:00Z`.
fn seconds(text: &[u8]) -> i64 {
    let part = |from: usize, to: usize| integer(&text[from..to]).expect("digits");
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    // Days by the civil calendar, in years that begin in March.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    days * 86_400 + part(11, 13) * HOUR_S + part(14, 16) * MINUTE_S + part(17, 19)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_those_of_the_calendar() {
        assert_eq!(seconds(b"1970-01-01T00:00:00Z"), 0);
        assert_eq!(seconds(b"2013-01-01T10:00:00Z"), 1_357_034_400);
        assert_eq!(seconds(b"2024-02-29T23:59:59Z"), 1_709_251_199);
    }

    #[test]
    fn numbers_may_be_missing() {
        assert_eq!([&b"-12"[..], b"0", b"NA"].map(integer), [Some(-12), Some(0), None]);
    }
}
