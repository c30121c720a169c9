//! The rules at work: logins in, alerts out.

use portent::jit::{CompileError, Engine, Instance};
use portent::{Matches, Value};
use std::error::Error;

/// An attempt to log in.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who.
    pub user: String,
    /// Whether it was let in.
    pub ok: bool,
}

/// The rules at work.
pub struct Detector {
    engine: Engine,
    instance: Instance,
    matches: Matches,
}

impl Detector {
    /// Compiles rules, which read an event `Login`, to machine code.
    pub fn new(rules: &str) -> Result<Self, CompileError> {
        let engine = Engine::compile(rules)?;
        let (instance, matches) = (engine.instance(), Matches::new(engine.outputs()));
        Ok(Self { engine, instance, matches })
    }

    /// Takes a login that arrives at `now`, in nanoseconds since the Unix epoch, and gives the alerts that it completes.
    pub fn on_login(&mut self, login: &Login, now: i64) -> Result<Vec<String>, Box<dyn Error>> {
        self.instance.set_clock(Some(now));
        let values = [Value::Str(login.user.clone()), Value::Bool(login.ok)];
        self.instance.push("Login", &values, &mut self.matches)?;
        Ok(self.alerts())
    }

    /// Notes that it is `now`: rules that wait for something not to happen may complete.
    pub fn on_time(&mut self, now: i64) -> Result<Vec<String>, Box<dyn Error>> {
        self.instance.on_watermark(now, &mut self.matches)?;
        Ok(self.alerts())
    }

    fn alerts(&mut self) -> Vec<String> {
        let matches = self.matches.iter(self.engine.outputs());
        let alerts = matches
            .map(|found| {
                let fields = found.fields().into_iter().map(|(name, value)| format!(" {name}={value:?}"));
                format!("{}{}", found.schema.name, fields.collect::<String>())
            })
            .collect();
        self.matches.clear();
        alerts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guessed_password_is_noticed() {
        let mut detector = Detector::new(include_str!("../rules/alerts.ptn")).expect("the rules are right");
        let mut alerts = Vec::new();
        for (second, user, ok) in [
            (1, "eve", false),
            (2, "bob", false),
            (3, "eve", false),
            (4, "eve", false),
            (5, "bob", true),
            (6, "eve", true),
        ] {
            let login = Login { user: user.to_owned(), ok };
            alerts.extend(detector.on_login(&login, second * 1_000_000_000).expect("the event fits"));
        }
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        assert!(alerts[0].starts_with("Guessed") && alerts[0].contains("eve"), "{alerts:?}");
    }
}
