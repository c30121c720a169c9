//! The table of all diagnostic codes: adding a code is adding an entry here, and nothing else.
//!
//! An entry is number, name, title, explanation (what, why, how to mend), a bad example and a good one. The examples may
//! use the events of [`Code::EXAMPLE_EVENTS`]; tests compile them. Numbers are never reused.

macro_rules! codes {
    ($($number:ident $name:ident $title:literal $text:literal bad $bad:literal good $good:literal)*) => {
        /// A kind of diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(
                #[doc = concat!("`", stringify!($number), "`: ", $title, ".")]
                $name,
            )*
        }

        impl Code {
            /// All codes, in the order of their numbers.
            pub fn all() -> &'static [Code] {
                &[$(Code::$name),*]
            }

            /// The code as shown to users: `P0101`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => stringify!($number)),* }
            }

            /// A title of a few words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title),* }
            }

            /// The explanation in Markdown: what, why, how to mend, a bad example and a good one.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Code::$name => concat!(
                        $text, "\n\nWrong:\n\n```ptn\n", $bad, "\n```\n\nRight:\n\n```ptn\n", $good, "\n```"
                    )),*
                }
            }

            /// The bad and the good example of the explanation.
            pub fn examples(self) -> (&'static str, &'static str) {
                match self { $(Code::$name => ($bad, $good)),* }
            }
        }
    };
}

impl Code {
    /// The events that the examples of the explanations speak of.
    pub const EXAMPLE_EVENTS: &'static str = "\
event Tick { symbol: str, price: f64, size: i64, at: timestamp(s) } time at
event Halt { symbol: str, reason: str?, at: timestamp(s) } time at";
}

codes! {
    // ---- P01: syntax -------------------------------------------------------------------------------------------------

    P0101 UnexpectedToken "something else was expected here"
    "The text does not follow the grammar at the marked place. The message says what could have stood there. Only the declaration that holds the mistake is skipped; the others are still checked."
    bad "event Quote { bid: f64 ask: f64 }"
    good "event Quote { bid: f64, ask: f64 }"

    P0102 UnbalancedBrackets "a bracket is not closed, or not opened"
    "Every `(`, `[` and `{` needs its counterpart within the same declaration, and they must nest. The marks show the bracket and the place where its counterpart was missed."
    bad "event Quote { bid: f64, ask: f64"
    good "event Quote { bid: f64, ask: f64 }"

    P0103 Unterminated "a text, comment or quoted name has no end"
    "A text ends with `\"` on the line where it began; write `\\n` for a line break in it. A `/*` comment ends with `*/`; such comments do not nest. A quoted name ends with a backquote."
    bad "pattern P match a: Tick[symbol == \"IBM]"
    good "pattern P match a: Tick[symbol == \"IBM\"]"

    P0104 BadEscape "unknown escape in a text"
    "In a text a backslash begins one of `\\n`, `\\r`, `\\t`, `\\0`, `\\\"`, `\\\\` and `\\u{…}` with one to six hexadecimal digits of a Unicode scalar value. For a backslash itself, as regular expressions need it, write two."
    bad "pattern P match a: Tick[symbol matches \"\\d+\"]"
    good "pattern P match a: Tick[symbol matches \"\\\\d+\"]"

    P0105 BadNumber "a number that cannot be read"
    "Integers are decimal, may hold `_` between digits, and fit 64 bits with a sign: up to 9_223_372_036_854_775_807. Floats have digits on both sides of the point, an optional exponent, and are finite. Counts in clauses (`{3}`, `within 5 events`, `limit`) are positive integers, those of a repetition at most 4_294_967_295."
    bad "pattern P match a: Tick[size > 99999999999999999999]"
    good "pattern P match a: Tick[size > 9_000_000_000]"

    P0106 BadDuration "a duration that cannot be read"
    "A duration is a whole number with a unit, `ns`, `us`, `ms`, `s`, `m` (minutes), `h` or `d`, or a sum of such from the largest unit to the smallest: `1h30m`. There is no blank between number and unit. It is at most about 292 years. Where a clause takes a duration, zero is not one."
    bad "pattern P match a: Tick -> b: Tick within 5min"
    good "pattern P match a: Tick -> b: Tick within 5m"

    P0107 BadTimestamp "a timestamp that cannot be read"
    "A timestamp is `@` and an RFC 3339 date and time with an offset: `@2013-01-01T10:00:00Z`, `@2013-01-01T10:00:00.25+02:00`. It lies between the years 1677 and 2262, which is what 64 bits of nanoseconds hold."
    bad "pattern P match a: Tick[at > @2013-13-01T10:00:00Z]"
    good "pattern P match a: Tick[at > @2013-12-01T10:00:00Z]"

    P0108 ForeignSpelling "spelled as in another language"
    "The operators are `==` (not `=`), `!=` (not `<>`), `and`, `or`, `not` (not `&&`, `||`, `!`); nothing ends with `;`. The compiler knows what is meant, and says so, but does not take it: a rule has one spelling."
    bad "pattern P match a: Tick[symbol = \"IBM\" && size > 5]"
    good "pattern P match a: Tick[symbol == \"IBM\" and size > 5]"

    P0109 SingleQuotes "a text in single quotes"
    "Texts are written in double quotes."
    bad "pattern P match a: Tick[symbol == 'IBM']"
    good "pattern P match a: Tick[symbol == \"IBM\"]"

    P0110 ClauseOrder "a clause stands in the wrong place"
    "Clauses have one order, so that every rule reads alike. Of an event: `time`, `lateness`. Of a pattern: `partition by`, `match`, `where`, `within`, `after match skip`, `limit`, `emit`. Of a query: `from`, `window`, `group by`, `emit`, `having` (which may also stand before `emit`)."
    bad "pattern P within 5m match a: Tick -> b: Tick"
    good "pattern P match a: Tick -> b: Tick within 5m"

    P0111 ClauseTwice "a clause is written twice"
    "Each clause is written at most once. Join conditions with `and`, and lists with commas."
    bad "pattern P match a: Tick -> b: Tick where b.price > 5.0 where b.size > 1"
    good "pattern P match a: Tick -> b: Tick where b.price > 5.0 and b.size > 1"

    P0112 ClauseMissing "a clause is missing"
    "A pattern needs `match`; a query needs `from` and `emit`."
    bad "query Q from Tick[price > 5.0]"
    good "query Q from Tick[price > 5.0] emit { symbol, price }"

    P0113 ChainedComparison "comparisons do not chain"
    "`a < b < c` would compare a truth value with `c`. Write both comparisons, or `between`, whose bounds are inclusive. This holds for all operators of that level: `==`, `in`, `like`, `matches`, `is null` and the others."
    bad "pattern P match a: Tick[1.0 < price < 5.0]"
    good "pattern P match a: Tick[1.0 < price and price < 5.0]"

    P0114 NeedsParentheses "an operator needs parentheses here"
    "`not` binds looser than comparison and arithmetic. As an operand of one of these it is written in parentheses, so that the reader need not guess how far it reaches."
    bad "pattern P match a: Tick[true == not price > 5.0]"
    good "pattern P match a: Tick[true == (not price > 5.0)]"

    P0115 ReservedWord "a reserved word as a name"
    "Words that begin declarations and clauses or are operators cannot be names by themselves. In backquotes they can."
    bad "event Quote { where: str }"
    good "event Quote { `where`: str }"

    P0116 MisplacedDoc "documentation where nothing can be documented"
    "A `///` comment documents the declaration or the event field below it. Anywhere else an ordinary comment, `//`, is meant."
    bad "pattern P\n    match a: Tick\n    /// not for long\n    within 5 events"
    good "/// Not for long.\npattern P\n    match a: Tick\n    within 5 events"

    P0117 KeywordCase "a keyword with capitals"
    "Keywords are written in lower case."
    bad "pattern P MATCH a: Tick"
    good "pattern P match a: Tick"

    P0118 NothingDeclared "text outside of a declaration"
    "A rule file consists of declarations, which begin with `event`, `pattern` or `query`."
    bad "stream Quote { bid: f64 }"
    good "event Quote { bid: f64 }"

    // ---- P02: names --------------------------------------------------------------------------------------------------

    P0201 UnknownEvent "there is no event or rule of this name"
    "Event types are declared by `event`; the matches of a rule are events of the rule's name. Names are compared with case."
    bad "pattern P match a: Tock"
    good "pattern P match a: Tick"

    P0202 UnknownField "the event has no such field"
    "A bare name in a guard is a field of the step's own event; `x.f` is the field `f` of the variable `x`."
    bad "pattern P match a: Tick[prize > 5.0]"
    good "pattern P match a: Tick[price > 5.0]"

    P0203 UnknownVariable "there is no variable of this name"
    "Variables are bound by the steps of the pattern: `a: Tick`."
    bad "pattern P match a: Tick -> b: Tick where c.price > 5.0"
    good "pattern P match a: Tick -> b: Tick where b.price > 5.0"

    P0204 UnknownFunction "there is no function of this name"
    "Functions are those of the language reference. A function of a Rust program can be called in a guard of `#[pattern]`, and nowhere else."
    bad "pattern P match a: Tick[absolute(price) > 5.0]"
    good "pattern P match a: Tick[abs(price) > 5.0]"

    P0205 DuplicateDeclaration "a name is declared twice"
    "Events, patterns and queries share one space of names, because a rule's matches are events of its name."
    bad "event Tick { price: f64 }"
    good "event Tock { price: f64 }"

    P0206 DuplicateField "a field is declared twice"
    "The fields of an event have different names."
    bad "event Quote { bid: f64, bid: f64 }"
    good "event Quote { bid: f64, ask: f64 }"

    P0207 DuplicateVariable "a variable is bound twice"
    "Each step binds a variable of its own. To let either of two steps bind, use alternatives with two variables, and `coalesce` or `??`."
    bad "pattern P match a: Tick -> a: Tick"
    good "pattern P match a: Tick -> b: Tick"

    P0208 DuplicateOutput "an output name is used twice"
    "The emitted fields have different names."
    bad "pattern P match a: Tick -> b: Tick emit { price: a.price, price: b.price }"
    good "pattern P match a: Tick -> b: Tick emit { before: a.price, after: b.price }"

    P0209 UnknownType "there is no type of this name"
    "The types are `bool`, `i64` (or `int`), `f64` (or `float`), `str`, `timestamp` and `duration`; with `?` behind, null is allowed."
    bad "event Quote { symbol: string, bid: double }"
    good "event Quote { symbol: str, bid: f64 }"

    P0210 RuleCycle "rules feed each other in a circle"
    "A rule may read what another emits, but not, by whatever detour, what it emits itself."
    bad "pattern P match a: Q emit { n: a.n }\npattern Q match a: P emit { n: a.n }"
    good "pattern P match a: Tick emit { n: a.size }\npattern Q match a: P emit { n: a.n }"

    P0211 OutputNeedsName "an emitted expression has no name"
    "A bare field or variable is emitted by its own name; any other expression is given one."
    bad "pattern P match a: Tick emit { a.price * 2.0 }"
    good "pattern P match a: Tick emit { twice: a.price * 2.0 }"

    P0212 UnknownUnit "there is no time unit of this name"
    "`timestamp(…)` takes `s`, `ms`, `us` or `ns`: how an integer in the input is read."
    bad "event Quote { at: timestamp(seconds) }"
    good "event Quote { at: timestamp(s) }"

    P0213 ReservedOutput "an output name that is taken"
    "Every match is written with its `type` (the rule's name) and `ts` (the time at which it completed). Emitted fields have other names. Without `emit`, the variables are the emitted fields."
    bad "pattern P match a: Tick emit { ts: a.at }"
    good "pattern P match a: Tick emit { since: a.at }"

    P0214 NotReadable "a list or a whole event of another rule's output is read"
    "A rule may emit lists (`collect`) and whole events (a variable). They can be written out, but other rules read only what is one value. Emit what the other rule needs as a field of its own."
    bad "pattern P match a: Tick emit { a }\npattern Q match p: P[a.price > 5.0]"
    good "pattern P match a: Tick emit { a, price: a.price }\npattern Q match p: P[price > 5.0]"

    // ---- P03: types and nulls ----------------------------------------------------------------------------------------

    P0301 TypeMismatch "operands of types that do not go together"
    "`i64` mixed with `f64` widens; nothing else converts by itself. `timestamp - timestamp` is a duration, `timestamp ± duration` a timestamp, `duration * number` a duration. Cast with `as` where a conversion is meant."
    bad "pattern P match a: Tick[price > \"5\"]"
    good "pattern P match a: Tick[price > 5.0]"

    P0302 NotABool "a condition that is not true or false"
    "Guards, `where`, `having`, `filter` and the condition of `if` are of type `bool`."
    bad "pattern P match a: Tick[size]"
    good "pattern P match a: Tick[size != 0]"

    P0303 ArgumentCount "wrong number of arguments"
    "The message says how many the function takes."
    bad "pattern P match a: Tick[abs(price, size) > 5.0]"
    good "pattern P match a: Tick[abs(price) > 5.0]"

    P0304 ArgumentType "an argument of the wrong type"
    "The message says what the function takes."
    bad "pattern P match a: Tick[upper(price) == \"A\"]"
    good "pattern P match a: Tick[upper(symbol) == \"A\"]"

    P0305 BadCast "a cast that does not exist"
    "`as` converts between `i64` and `f64`, `i64` and `bool`, from and to `str` (but not to `duration`), and between `i64` and `timestamp` or `duration` in nanoseconds. A cast that fails on a value gives null; this one could never succeed."
    bad "pattern P match a: Tick[at as bool]"
    good "pattern P match a: Tick[at as i64 > 0]"

    P0306 BranchTypes "branches of different types"
    "All results of `if … then … else …`, and all arguments of `coalesce` and `??`, are of one type."
    bad "pattern P match a: Tick emit { x: if a.size > 1 then a.price else a.symbol }"
    good "pattern P match a: Tick emit { x: if a.size > 1 then a.price else 0.0 }"

    P0307 BadTextPattern "a pattern of `like` or `matches` that cannot be compiled"
    "The pattern is a literal text, compiled once. `matches` takes a regular expression (without backreferences and look-around) and finds it anywhere in the text; `like` takes `%` for any text and `_` for one character."
    bad "pattern P match a: Tick[symbol matches \"[A-\"]"
    good "pattern P match a: Tick[symbol matches \"^[A-Z]+$\"]"

    P0308 TimeType "the event time is not a timestamp"
    "`time` names a field of type `timestamp`, or an expression of that type over the event's fields. Where it is null, the row is a bad row."
    bad "event Quote { bid: f64, at: i64 } time at"
    good "event Quote { bid: f64, at: timestamp(s) } time at"

    P0309 CompareNull "a comparison with `null`"
    "`x == null` is never true, in SQL and here. Ask `is null` or `is not null`."
    bad "pattern P match a: Halt[reason == null]"
    good "pattern P match a: Halt[reason is null]"

    P0310 UnitOnType "a unit on a type that has none"
    "Only `timestamp` takes a unit in parentheses."
    bad "event Quote { age: i64(ms) }"
    good "event Quote { at: timestamp(ms) }"

    P0311 CastTarget "a cast to a type with a unit or `?`"
    "`as` names a plain type. The result of a cast that can fail may be null anyway, and a timestamp is made from nanoseconds."
    bad "pattern P match a: Tick[size as timestamp(s) > at]"
    good "pattern P match a: Tick[(size * 1_000_000_000) as timestamp > at]"

    P0312 UntypedNull "a `null` whose type is unknown"
    "`null` takes its type from what it stands beside: the other operand of `??`, the other branch of `if`. Where there is nothing of the kind, say the type: `null as f64`."
    bad "pattern P match a: Tick emit { x: null }"
    good "pattern P match a: Tick emit { x: null as f64 }"

    P0313 EventAsValue "an event where a value is needed"
    "A variable stands for a whole event. Conditions and calculations are about its fields: `a.price`. Whole events can only be emitted."
    bad "pattern P match a: Tick -> b: Tick where a != b"
    good "pattern P match a: Tick -> b: Tick where a.price != b.price"

    P0314 LatenessWithoutTime "`lateness` without `time`"
    "`lateness` says how far an event may lag behind in its own time. An event type without `time` takes the time of arrival, so its events are never late."
    bad "event Quote { bid: f64, at: timestamp(s) } lateness 5s"
    good "event Quote { bid: f64, at: timestamp(s) } time at lateness 5s"

    // ---- P04: patterns -----------------------------------------------------------------------------------------------

    P0401 MixedOperators "arrows mixed with `|` or `&`"
    "`A -> B | C` could be read in two ways. Write the parentheses that are meant. `|` and `&` do not mix either."
    bad "pattern P match a: Tick -> b: Tick | c: Halt"
    good "pattern P match a: Tick -> (b: Tick | c: Halt)"

    P0402 MisplacedNegation "a negation where nothing can be absent"
    "`!N` stands between the arrows of a sequence: before, between or after steps that do match. It is a single step, is not repeated, and is no side of `|` or `&`."
    bad "pattern P match a: Tick -> (b: Tick | !Halt)"
    good "pattern P match a: Tick -> !Halt -> b: Tick"

    P0403 NegationNeedsTime "a trailing negation without a time"
    "`A -> !N` can be said to hold only when some time has passed. Give the rule `within D`, or write `!N for D`."
    bad "pattern P match a: Tick -> !Halt"
    good "pattern P match a: Tick -> !Halt within 5m"

    P0404 EmptyMatch "the pattern matches nothing at all"
    "A match needs at least one event that it must take."
    bad "pattern P match a: Tick*"
    good "pattern P match a: Tick+"

    P0405 BadRepetition "the bounds of a repetition make no sense"
    "`{n,m}` needs n <= m, and m at least 1."
    bad "pattern P match a: Tick{5,2}"
    good "pattern P match a: Tick{2,5}"

    P0406 TwoQuantifiers "two quantifiers on one step"
    "A step takes one quantifier, and a `+` directly behind it that makes it greedy. To repeat a repetition, group it."
    bad "pattern P match a: Tick{2}{3}"
    good "pattern P match (a: Tick{2}){3}"

    P0407 NegationBinds "a negation with a variable"
    "No event is there to be bound. In the guard of the negation bare names are the fields of the event that must not come."
    bad "pattern P match a: Tick -> !h: Halt -> b: Tick"
    good "pattern P match a: Tick -> !Halt -> b: Tick"

    P0408 NotYetBound "a variable is used before it is bound"
    "A guard may speak of the variables of steps that come before it. A condition over later ones goes to the later step's guard, or to `where`."
    bad "pattern P match a: Tick[price < b.price] -> b: Tick"
    good "pattern P match a: Tick -> b: Tick[price > a.price]"

    P0409 RepeatedVariable "a repeated variable used like a single one"
    "A variable under a quantifier stands for several events. Say which: `first(b).f`, `last(b).f`; or all: `count(b)`, `sum(b.f)`, `min`, `max`, `avg`, `collect(b.f)`."
    bad "pattern P match a: Tick -> b: Tick{3} emit { p: b.price }"
    good "pattern P match a: Tick -> b: Tick{3} emit { p: last(b).price }"

    P0410 SingleVariable "an aggregate over a single event"
    "Aggregates in patterns speak of repeated variables. A variable without quantifier is one event."
    bad "pattern P match a: Tick -> b: Tick emit { p: sum(b.price) }"
    good "pattern P match a: Tick -> b: Tick emit { p: b.price }"

    P0411 PartitionField "the partition key is not a field of every event type"
    "`partition by f` needs a field `f` of the same type in every event type of the pattern. Where the names differ, write `Type.field = Other.field`."
    bad "event Order { sym: str }\npattern P partition by symbol match a: Tick -> b: Order"
    good "event Order { sym: str }\npattern P partition by Tick.symbol = Order.sym match a: Tick -> b: Order"

    P0412 LeadingNegation "a leading negation without a duration"
    "Before the first step nothing bounds the time in which the event must not have come. Write `!N for D -> A`."
    bad "pattern P match !Halt -> a: Tick"
    good "pattern P match !Halt for 5m -> a: Tick"

    P0413 AggregateVariables "an aggregate that is not about one repeated variable"
    "An aggregate runs over the events of one repeated variable, and its argument speaks of these alone: `sum(b.price * b.size)`. What comes from elsewhere is applied to the result: `sum(b.price) * a.size`. `first` and `last` pick an event, whose field follows: `first(b).price`."
    bad "pattern P match a: Tick -> b: Tick{3} emit { x: sum(b.price * a.price) }"
    good "pattern P match a: Tick -> b: Tick{3} emit { x: sum(b.price) * a.price }"

    P0414 TrailingNegations "negations at the end that disagree"
    "Several negations at the end of a pattern are awaited together, so they have one deadline: all are written without `for` (then it is that of `within`), or all with the same `for`."
    bad "pattern P match a: Tick -> !Halt for 5s -> !Tick[price > 9.0] for 9s"
    good "pattern P match a: Tick -> !Halt for 5s -> !Tick[price > 9.0] for 5s"

    P0415 GreedyEnd "a greedy repetition that does not know when to end"
    "A greedy repetition goes on as long as it can. At the end of a pattern only time can end it: the rule needs `within D`, and what repeats is a single step. Inside a group, at the end of a side of `|` or `&`, or before a trailing negation nothing ends it: use a fixed count, a reluctant repetition, or a step behind it."
    bad "pattern P match a: Tick -> b: Tick++"
    good "pattern P match a: Tick -> b: Tick++ within 5m"

    P0416 ArrowBeforeNegation "an arrow that says nothing"
    "How an event follows the one before it is said by the arrow right before it. The arrow before a negation, and the one between leading negations and the first step, say nothing, and are written `->`; an arrow before a negation may also be the same as the one behind it."
    bad "pattern P match a: Tick => !Halt -> b: Tick"
    good "pattern P match a: Tick -> !Halt => b: Tick"

    P0417 SideInRepetition "a side of `|` in a repetition is more than one step"
    "Where a choice is repeated, each of its sides is a single step without a quantifier. Repeat the sides on their own, or write the choice between whole repetitions."
    bad "pattern P match (a: Tick | (b: Tick -> h: Halt)){3}"
    good "pattern P match (a: Tick | h: Halt){3}"

    P0418 NegationFor "`for` on a negation between two steps"
    "Between two steps a negation lasts from the one to the other, so `for` has no meaning there. To demand a least distance in time, compare times in the guard behind it. At the end of a pattern, `!N for D` waits for D after the last step."
    bad "pattern P match a: Tick -> !Halt for 5s -> b: Tick"
    good "pattern P match a: Tick -> !Halt -> b: Tick[at - a.at >= 5s]"

    P0419 CollectHere "`collect` within an expression"
    "`collect(b.f)` is a list, and lists can only be emitted, as they are. Other aggregates give values that can be compared and calculated with."
    bad "pattern P match b: Tick{3} where collect(b.price) == 5.0"
    good "pattern P match b: Tick{3} where last(b).price == 5.0 emit { prices: collect(b.price) }"

    P0420 NothingToEmit "a pattern that emits nothing"
    "Without `emit` a match is emitted as its variables, and this pattern has none. Name a step, or write `emit`."
    bad "pattern P match Tick -> Halt"
    good "pattern P match a: Tick -> Halt"

    // ---- P05: queries ------------------------------------------------------------------------------------------------

    P0501 AggregateHere "an aggregate where none can be"
    "Aggregates stand in `emit` and `having` of a query, and in `where`, `emit` and the guards of repetitions of a pattern."
    bad "query Q from Tick[sum(price) > 5.0] emit { price }"
    good "query Q from Tick emit { total: sum(price) } having total > 5.0"

    P0503 NestedAggregate "an aggregate within an aggregate"
    "An aggregate takes values of events, not of groups. Compute the inner one in a query of its own."
    bad "query Q from Tick emit { x: max(sum(size)) }"
    good "query S from Tick emit { total: sum(size) }\nquery Q from S emit { x: max(total) }"

    P0504 NotAnAggregate "`distinct` or `filter` on a plain function"
    "Both choose the rows that an aggregate sees; a function sees one row."
    bad "query Q from Tick emit { x: abs(price) filter (where size > 1) }"
    good "query Q from Tick emit { x: max(price) filter (where size > 1) }"

    P0505 WindowHere "`window` where there is none"
    "`window.start` and `window.end` exist in `emit` and `having` of a query whose window is bounded in time."
    bad "query Q from Tick emit { t: window.start, price }"
    good "query Q from Tick window tumbling 5m emit { t: window.start, n: count() }"

    P0506 PartialWindow "`emit partial` without a batch"
    "`partial` also emits the last, unfinished batch at the end of the input. Other windows have none."
    bad "query Q from Tick window sliding 5m emit partial { n: count() }"
    good "query Q from Tick window batch 100 emit partial { n: count() }"

    P0507 UngroupedField "a field that is neither a group key nor in an aggregate"
    "A row of a query that aggregates is about a group of events, and each of them may have another value of the field. Group by it, or say which value is meant: `first`, `last`, `min`, `max`, `arg_max` …"
    bad "query Q from Tick window tumbling 5m group by symbol emit { symbol, price }"
    good "query Q from Tick window tumbling 5m group by symbol emit { symbol, price: last(price) }"

    P0508 PercentileShare "the share of a percentile is not a constant from 0 to 1"
    "`percentile(x, p)` gives the value that the share `p` of all values lies below; 0.5 is the median. It is the same for all rows, so it is a constant."
    bad "query Q from Tick window tumbling 5m emit { high: percentile(price, 95) }"
    good "query Q from Tick window tumbling 5m emit { high: percentile(price, 0.95) }"

    P0509 WindowHop "a hop that does not fit the length of the window"
    "A hopping window starts each hop. With a hop longer than the window, events would be in no window; with one that is much shorter, or that has no great divisor in common with the length, each window is made of too many pieces: at most 65,536, each as long as that divisor."
    bad "query Q from Tick window hopping 5m every 1h emit { n: count() }"
    good "query Q from Tick window hopping 1h every 5m emit { n: count() }"

    // ---- P06: limits -------------------------------------------------------------------------------------------------

    P0601 SourceTooLong "the rule text is too long"
    "A rule file is at most 1 MiB. Split it; generated rules that differ only in constants are better written as one rule over a field or a function."
    bad "// more than 1 MiB of rules"
    good "pattern P match a: Tick"

    P0602 NestedTooDeep "brackets nest too deeply"
    "Brackets, and `if` within `if`, nest at most 64 levels. Text within the marked bracket is not read."
    bad "pattern P match a: Tick[((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((true))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))]"
    good "pattern P match a: Tick[((true))]"

    P0603 ExpressionTooLong "an expression is too deep"
    "Operators and calls nest at most 256 levels; a chain such as `a or b or c …` has one level for each operator. Use `x in (…)` for lists of values, and split the rule otherwise."
    bad "pattern P match a: Tick[- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - size > 1]"
    good "pattern P match a: Tick[size in (1, 2, 3, 5, 8)]"

    P0605 BadLimit "a limit that cannot be kept"
    "`limit` of a pattern takes `runs`, `partitions`, `repetition` and, with `partition by`, `partition idle` (a duration), of a query `partitions` (its groups) and `rows` (events that a window keeps one by one), each at most once and at least 1. Runs, and rows of windows that move, may `drop oldest`, `drop new` or `fail`; partitions, and rows of other windows, may `drop new` or `fail`; a repetition that has reached its bound takes no more, and an idle partition ends."
    bad "pattern P match a: Tick limit runs 0"
    good "pattern P match a: Tick limit runs 100 drop oldest"

    P0606 RepetitionTooLong "a repetition of too many steps"
    "The counts of a repetition are at most 1,000, and a pattern with its repetitions written out at most 10,000 steps long: each is a state of the automaton. Where only the number matters, repeat without upper bound and ask for `count(b)`."
    bad "pattern P match a: Tick{5000}"
    good "pattern P match a: Tick+ -> b: Halt where count(a) >= 5000"

    P0607 PatternTooComplex "a pattern that needs too many states"
    "A pattern is compiled to an automaton of at most 4,096 states and 65,536 decisions. Sides of `&` multiply: each combination of how far they have come is a state. Use smaller counts, fewer sides, or several rules that read each other's matches."
    bad "pattern P match (a: Tick{99} & h: Halt{99})"
    good "pattern P match (a: Tick{9} & h: Halt{9})"

    // ---- P09: accepted by the language, not executed by this version --------------------------------------------------

    P0903 NotExecuted "not executed by this version"
    "The language defines the construct; this version of the compiler does not execute it yet and, rather than ignore it, refuses the rule. The message says which construct it is."
    bad "pattern P match b: Tick+ -> h: Halt emit { n: count(distinct b.price) }"
    good "pattern P match b: Tick+ -> h: Halt emit { n: count(b) }"

    // ---- W1: warnings ------------------------------------------------------------------------------------------------

    W1001 UnusedVariable "a variable is never read"
    "Leave the name out where nothing reads the step: `Tick` instead of `a: Tick`. A name that begins with `_` is not warned about."
    bad "pattern P match a: Tick -> b: Tick emit { p: b.price }"
    good "pattern P match Tick -> b: Tick emit { p: b.price }"

    W1002 UnusedField "a field is never read"
    "No rule reads the field. It costs nothing (readers skip it), but may be a slip. A name that begins with `_` is not warned about."
    bad "event Quote { bid: f64, ask: f64 }\npattern P match q: Quote emit { p: q.bid }"
    good "event Quote { bid: f64 }\npattern P match q: Quote emit { p: q.bid }"

    W1003 TypeStyle "an event or rule that is not CamelCase"
    "Events and rules are written in CamelCase, as the types are that they become in Rust."
    bad "event my_quote { bid: f64 }"
    good "event MyQuote { bid: f64 }"

    W1004 NameStyle "a field or variable that is not snake_case"
    "Fields, variables and emitted names are written in snake_case, as in Rust."
    bad "event Quote { bidPrice: f64 }"
    good "event Quote { bid_price: f64 }"

    W1005 NeverTrue "a condition that never holds"
    "The condition is false or null whatever the event, so the rule cannot match."
    bad "pattern P match a: Tick[false]"
    good "pattern P match a: Tick[price > 0.0]"

    W1006 AlwaysTrue "a condition that always holds"
    "The condition is true whatever the event, so it says nothing."
    bad "pattern P match a: Tick[price is not null]"
    good "pattern P match a: Tick"

    W1007 NeverTaken "a step that never takes an event"
    "A repetition at the end of a pattern completes at its minimum, and the minimum here is zero: the match is complete before the step gets an event. Make it greedy (then it takes what comes until `within` runs out), or demand one event."
    bad "pattern P match a: Tick -> b: Tick? within 5m"
    good "pattern P match a: Tick -> b: Tick?+ within 5m"

    W1008 DivisionByZero "a division by zero"
    "Of integers and durations it gives null, of floats an infinity or NaN."
    bad "pattern P match a: Tick emit { x: a.size / 0 }"
    good "pattern P match a: Tick emit { x: a.size / 10 }"

    W1009 NeverNull "a replacement for null that is never used"
    "What stands before `??` (or in `coalesce` before another argument) is never null here, so what stands behind it has no effect."
    bad "pattern P match a: Tick emit { p: a.price ?? 0.0 }"
    good "pattern P match a: Tick emit { p: a.price }"
}
