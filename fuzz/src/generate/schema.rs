//! Event types: declarations, and what rules can read of them.

use super::Generator;
use portent_rt::Type;

/// An event type.
#[derive(Clone, Debug)]
pub(super) struct EventType {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
}

/// A field that is one value.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) ty: Type,
}

impl EventType {
    /// The fields of a type.
    pub(super) fn of(&self, ty: Type) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.ty == ty)
    }
}

/// Fields that an event may have besides its key, value and time.
const MORE: [(&str, Type); 6] = [
    ("x", Type::F64),
    ("s", Type::Str),
    ("b", Type::Bool),
    ("d", Type::Duration),
    ("t", Type::Timestamp),
    ("w", Type::I64),
];

impl Generator {
    /// One to three declarations; the types have the key `k` in common.
    pub(super) fn events(&mut self) -> Vec<String> {
        let count = self.choice.weighted(&[(1, 25), (2, 50), (3, 25)]);
        let key = self.choice.weighted(&[
            (Type::I64, 40),
            (Type::Str, 30),
            (Type::F64, 15),
            (Type::Bool, 5),
            (Type::Timestamp, 5),
            (Type::Duration, 5),
        ]);
        ["A", "B", "C"][..count].iter().map(|name| self.event(name, key)).collect()
    }

    fn event(&mut self, name: &str, key: Type) -> String {
        let mut fields = vec![Field { name: "k".into(), ty: key }, Field { name: "v".into(), ty: Type::I64 }];
        for (name, ty) in MORE {
            if self.choice.chance(35) {
                fields.push(Field { name: name.into(), ty });
            }
        }
        let mut written: Vec<String> = Vec::new();
        for field in &fields {
            let null = if self.choice.chance(35) { "?" } else { "" };
            written.push(format!("{}: {}{null}", field.name, field.ty.name()));
        }
        let unit = self.choice.weighted(&[("(s)", 60), ("(ms)", 15), ("", 25)]);
        let null = if self.choice.chance(5) { "?" } else { "" };
        let at = self.choice.below(written.len() + 1);
        written.insert(at, format!("at: timestamp{unit}{null}"));
        fields.push(Field { name: "at".into(), ty: Type::Timestamp });
        let time = self.time();
        self.types.push(EventType { name: name.into(), fields });
        format!("event {name} {{ {} }}{time}", written.join(", "))
    }

    fn time(&mut self) -> String {
        let time = self.choice.weighted(&[
            ("at", 88),
            ("(at - 1s)", 3),
            ("(if v > 3 then null else at)", 3),
            ("(at + 1s * v)", 3),
            ("", 3),
        ]);
        if time.is_empty() {
            return String::new();
        }
        let lateness = self.choice.weighted(&[
            ("", 60),
            (" lateness 1s", 20),
            (" lateness 3s", 15),
            (" lateness 1500ms", 5),
        ]);
        format!(" time {time}{lateness}")
    }
}
