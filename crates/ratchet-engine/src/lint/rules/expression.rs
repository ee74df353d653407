//! The language of predicates: what a rule asks of a plan, typed, total and small (LINT-2c).
//!
//! ```text
//! either    = all { "||" all }
//! all       = single { "&&" single }
//! single    = "!" plain | plain [ ("==" | "!=" | "<" | "<=" | ">" | ">=") plain ]
//! plain     = "(" either ")" | "fired" "(" 'ID' ")" | fact | true | false | 12 | 30% | 3‰ | 'name'
//! ```
//!
//! A fact nobody knows makes what depends on it unknown (Kleene's three values); what unknown means is for the
//! caller to say. There are no loops, no calls and no text but names, and depth and length are limited, so
//! reading and evaluating end for every text.

use super::fault::RuleFault;
use crate::amount::Rate;
use crate::facts::{FACTS, Fact, Kind, Value, WHOLE_MAX};
use crate::message::{List, Message};
use crate::plan::nearest;

/// Longest predicate in bytes.
pub const PREDICATE_BYTES_MAX: usize = 2_000;
/// Deepest nesting of parentheses and negations.
pub const DEPTH_MAX: usize = 32;
/// Highest rate a predicate may name: 1,000 times.
pub const RATE_PPM_MAX: u64 = 1_000_000_000;

/// What is true, false, or depends on what nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    No,
    /// It depends on facts that are not known.
    Unknown,
    /// It holds.
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

/// Why a text is no predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Byte at which it begins to be wrong.
    pub at: usize,
    /// Line of the text, from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: Message,
}

impl std::fmt::Display for ExpressionError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ExpressionError {}

/// A predicate, read and typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    root: Node,
}

/// What a predicate is evaluated in.
pub trait World {
    /// The fact's value if somebody knows it; `None` counts as unknown.
    fn value(&self, fact: &'static Fact) -> Option<Value>;

    /// Whether the rules that this id or pattern means have fired.
    fn fired(&self, pattern: &str) -> Truth;
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Constant(bool),
    Fact(&'static Fact),
    Compare(Operand, Comparison, Operand),
    Fired(String),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    Fact(&'static Fact),
    Value(Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Expression {
    /// Reads a predicate and checks that every name is a fact and every comparison makes sense.
    pub fn parse(text: &str) -> Result<Expression, ExpressionError> {
        if text.len() > PREDICATE_BYTES_MAX {
            return Err(error(text, 0, RuleFault::TooLong { most: PREDICATE_BYTES_MAX }));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { text, tokens, next: 0 };
        let root = parser.either(0)?;
        match parser.peek() {
            None => Ok(Expression { root }),
            Some(Token::Close) => parser.refuse(RuleFault::NoOpen {}),
            Some(_) => parser.refuse(RuleFault::Complete {}),
        }
    }

    /// Whether it holds in this world.
    pub fn evaluate(&self, world: &dyn World) -> Truth {
        self.root.evaluate(world)
    }

    /// The ids and patterns it asks about with `fired`.
    pub fn fired(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.root.each(&mut |node| {
            if let Node::Fired(pattern) = node {
                found.push(pattern.as_str());
            }
        });
        found
    }

    /// Every fact it asks for, each once, in the order of the text.
    pub fn facts(&self) -> Vec<&'static Fact> {
        let mut found: Vec<&'static Fact> = Vec::new();
        self.root.each(&mut |node| {
            for fact in node.own_facts() {
                if !found.contains(&fact) {
                    found.push(fact);
                }
            }
        });
        found
    }

    /// The facts that made it hold, or that would have to be known for it not to: those of every part that is
    /// not false, each once. Empty where it is false.
    pub fn reasons(&self, world: &dyn World) -> Vec<&'static Fact> {
        let mut found = Vec::new();
        self.root.reasons(world, &mut found);
        found
    }
}

impl Node {
    fn evaluate(&self, world: &dyn World) -> Truth {
        match self {
            Node::Constant(holds) => Truth::from(*holds),
            Node::Fact(fact) => match world.value(fact) {
                Some(Value::Switch(is)) => Truth::from(is),
                Some(Value::Whole(_) | Value::Rate(_) | Value::Name(_)) | None => Truth::Unknown,
            },
            Node::Compare(left, comparison, right) => {
                compare(left.value(world), *comparison, right.value(world))
            }
            Node::Fired(pattern) => world.fired(pattern),
            Node::Not(inner) => !inner.evaluate(world),
            // All hold only if the least certain does, any if the most certain does.
            Node::All(parts) => parts.iter().map(|part| part.evaluate(world)).min().unwrap_or(Truth::Yes),
            Node::Any(parts) => parts.iter().map(|part| part.evaluate(world)).max().unwrap_or(Truth::No),
        }
    }

    fn each<'n>(&'n self, see: &mut dyn FnMut(&'n Node)) {
        see(self);
        match self {
            Node::Not(inner) => inner.each(see),
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| part.each(see)),
            Node::Constant(_) | Node::Fact(_) | Node::Compare(..) | Node::Fired(_) => {}
        }
    }

    fn own_facts(&self) -> Vec<&'static Fact> {
        match self {
            Node::Fact(fact) => vec![*fact],
            Node::Compare(left, _, right) => [left, right].into_iter().filter_map(Operand::fact).collect(),
            Node::Constant(_) | Node::Fired(_) | Node::Not(_) | Node::All(_) | Node::Any(_) => Vec::new(),
        }
    }

    fn reasons(&self, world: &dyn World, found: &mut Vec<&'static Fact>) {
        if self.evaluate(world) == Truth::No {
            return;
        }
        match self {
            Node::Constant(_) | Node::Fired(_) => {}
            Node::Fact(_) | Node::Compare(..) => {
                for fact in self.own_facts() {
                    if !found.contains(&fact) {
                        found.push(fact);
                    }
                }
            }
            // Every fact below a negation may be why it holds.
            Node::Not(inner) => inner.each(&mut |node| {
                for fact in node.own_facts() {
                    if !found.contains(&fact) {
                        found.push(fact);
                    }
                }
            }),
            Node::All(parts) => parts.iter().for_each(|part| part.reasons(world, found)),
            Node::Any(parts) => {
                // What holds for certain explains it; what might hold as well would only distract.
                let whole = self.evaluate(world);
                for part in parts.iter().filter(|part| part.evaluate(world) == whole) {
                    part.reasons(world, found);
                }
            }
        }
    }
}

impl Operand {
    fn value(&self, world: &dyn World) -> Option<Value> {
        match self {
            Operand::Fact(fact) => world.value(fact),
            Operand::Value(value) => Some(*value),
        }
    }

    fn fact(&self) -> Option<&'static Fact> {
        match self {
            Operand::Fact(fact) => Some(*fact),
            Operand::Value(_) => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Operand::Fact(fact) => fact.kind,
            Operand::Value(Value::Switch(_)) => Kind::Switch,
            Operand::Value(Value::Whole(_)) => Kind::Whole,
            Operand::Value(Value::Rate(_)) => Kind::Rate,
            Operand::Value(Value::Name(_)) => Kind::Name(&[]),
        }
    }
}

fn compare(left: Option<Value>, comparison: Comparison, right: Option<Value>) -> Truth {
    let (Some(left), Some(right)) = (left, right) else { return Truth::Unknown };
    let ordering = match (left, right) {
        (Value::Switch(left), Value::Switch(right)) => left.cmp(&right),
        (Value::Whole(left), Value::Whole(right)) => left.cmp(&right),
        (Value::Rate(left), Value::Rate(right)) => left.cmp(&right),
        (Value::Name(left), Value::Name(right)) => left.cmp(right),
        // The reader lets only like kinds be compared, and facts have the values of their kind.
        (Value::Switch(_) | Value::Whole(_) | Value::Rate(_) | Value::Name(_), _) => return Truth::Unknown,
    };
    Truth::from(match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::Unequal => ordering.is_ne(),
        Comparison::Below => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::Above => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Not,
    And,
    Or,
    Compare(Comparison),
    Word(String),
    Whole(i64),
    Rate(u64),
    Quoted(String),
}

fn error(text: &str, at: usize, message: impl Into<Message>) -> ExpressionError {
    let at = text.floor_char_boundary(at);
    let before = text.get(..at).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    ExpressionError { at, line, column, message: message.into() }
}

/// The text in pieces, each with the byte at which it begins.
fn tokens(text: &str) -> Result<Vec<(usize, Token)>, ExpressionError> {
    const SIGNS: [(&str, Token); 11] = [
        ("(", Token::Open),
        (")", Token::Close),
        ("&&", Token::And),
        ("||", Token::Or),
        ("==", Token::Compare(Comparison::Equal)),
        ("!=", Token::Compare(Comparison::Unequal)),
        ("<=", Token::Compare(Comparison::AtMost)),
        (">=", Token::Compare(Comparison::AtLeast)),
        ("<", Token::Compare(Comparison::Below)),
        (">", Token::Compare(Comparison::Above)),
        ("!", Token::Not),
    ];
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = |stop: &dyn Fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
        let first = rest.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let begin = at;
        if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            at += sign.len();
            tokens.push((begin, token.clone()));
        } else if first == '\'' {
            let inner = rest.get(1..).unwrap_or("");
            let Some(end) = inner.find('\'') else {
                return Err(error(text, begin, RuleFault::NotClosed {}));
            };
            at += end + 2;
            tokens.push((begin, Token::Quoted(inner.get(..end).unwrap_or("").to_owned())));
        } else if first.is_ascii_digit() {
            let end = length(&|c| !(c.is_ascii_digit() || matches!(c, '.' | '_' | '%' | '‰')));
            at += end;
            tokens.push((begin, number(text, begin, rest.get(..end).unwrap_or(""))?));
        } else if first.is_ascii_alphabetic() {
            let end = length(&|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')));
            at += end;
            tokens.push((begin, Token::Word(rest.get(..end).unwrap_or("").to_owned())));
        } else {
            let message = match first {
                '&' => RuleFault::And {},
                '|' => RuleFault::Or {},
                '=' => RuleFault::Equal {},
                '"' => RuleFault::SingleQuotes {},
                other if other.is_control() => RuleFault::Control {},
                other => RuleFault::Character { character: other.to_string() },
            };
            return Err(error(text, begin, message));
        }
    }
    Ok(tokens)
}

/// `12`, `30%` or `3‰`.
fn number(text: &str, at: usize, word: &str) -> Result<Token, ExpressionError> {
    if word.ends_with(['%', '‰']) {
        // Per cent above 100 are rates here too: a promise of 300 %.
        let (digits, ppm_of_one) = match word.strip_suffix('%') {
            Some(digits) => (digits, 10_000),
            None => (word.strip_suffix('‰').unwrap_or(word), 1_000),
        };
        let ppm = match Rate::parse(word) {
            Ok(rate) => Some(u64::from(rate.ppm())),
            Err(_) => digits.parse::<u64>().ok().and_then(|whole| whole.checked_mul(ppm_of_one)),
        };
        return match ppm.filter(|ppm| *ppm <= RATE_PPM_MAX) {
            Some(ppm) => Ok(Token::Rate(ppm)),
            None => Err(error(text, at, RuleFault::Rate { word })),
        };
    }
    match word.replace('_', "").parse::<i64>() {
        Ok(whole) if whole <= WHOLE_MAX => Ok(Token::Whole(whole)),
        Ok(_) | Err(_) => Err(error(text, at, RuleFault::Whole { word, most: WHOLE_MAX.unsigned_abs() })),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(usize, Token)>,
    next: usize,
}

/// What stands at one place: a truth, or a value to be compared.
enum Part {
    Truth(Node),
    Operand(Operand, usize),
    /// A quoted name, whose fact is not known yet.
    Quoted(String, usize),
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |(at, _)| *at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is = self.peek() == Some(token);
        if is {
            self.next += 1;
        }
        is
    }

    fn refuse<T>(&self, message: impl Into<Message>) -> Result<T, ExpressionError> {
        Err(error(self.text, self.at(), message))
    }

    fn refuse_at<T>(&self, at: usize, message: impl Into<Message>) -> Result<T, ExpressionError> {
        Err(error(self.text, at, message))
    }

    fn either(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let mut parts = vec![self.all(depth)?];
        while self.take(&Token::Or) {
            parts.push(self.all(depth)?);
        }
        Ok(single_or(parts, Node::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let mut parts = vec![self.single(depth)?];
        while self.take(&Token::And) {
            parts.push(self.single(depth)?);
        }
        Ok(single_or(parts, Node::All))
    }

    fn single(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        if depth > DEPTH_MAX {
            return self.refuse(RuleFault::Depth { most: DEPTH_MAX });
        }
        if self.take(&Token::Not) {
            let negated = if self.peek() == Some(&Token::Not) {
                self.single(depth + 1)?
            } else {
                let part = self.plain(depth + 1)?;
                if let Some(Token::Compare(_)) = self.peek() {
                    return self.refuse(RuleFault::Parentheses {});
                }
                self.truth(part)?
            };
            return Ok(Node::Not(Box::new(negated)));
        }
        let left = self.plain(depth)?;
        let Some(Token::Compare(comparison)) = self.peek() else { return self.truth(left) };
        let (comparison, sign_at) = (*comparison, self.at());
        self.next += 1;
        let right = self.plain(depth)?;
        if let Some(Token::Compare(_)) = self.peek() {
            return self.refuse(RuleFault::Chain {});
        }
        self.comparison(left, comparison, sign_at, right)
    }

    fn plain(&mut self, depth: usize) -> Result<Part, ExpressionError> {
        let at = self.at();
        let Some((_, token)) = self.tokens.get(self.next).cloned() else {
            return self.refuse(RuleFault::Ended {});
        };
        self.next += 1;
        match token {
            Token::Open => {
                let inner = self.either(depth + 1)?;
                if !self.take(&Token::Close) {
                    return self.refuse(RuleFault::NoClose {});
                }
                Ok(Part::Truth(inner))
            }
            Token::Word(word) => match word.as_str() {
                "true" => Ok(Part::Operand(Operand::Value(Value::Switch(true)), at)),
                "false" => Ok(Part::Operand(Operand::Value(Value::Switch(false)), at)),
                "fired" => self.fired_rule(),
                _ => match FACTS.iter().find(|fact| fact.name == word) {
                    Some(fact) => Ok(Part::Operand(Operand::Fact(fact), at)),
                    None => self.refuse_at(at, unknown_fact(&word)),
                },
            },
            Token::Whole(whole) => Ok(Part::Operand(Operand::Value(Value::Whole(whole)), at)),
            Token::Rate(ppm) => Ok(Part::Operand(Operand::Value(Value::Rate(ppm)), at)),
            Token::Quoted(name) => Ok(Part::Quoted(name, at)),
            Token::Close | Token::Not | Token::And | Token::Or | Token::Compare(_) => {
                self.refuse_at(at, RuleFault::NothingBefore {})
            }
        }
    }

    /// `('ID')` after `fired`.
    fn fired_rule(&mut self) -> Result<Part, ExpressionError> {
        if !self.take(&Token::Open) {
            return self.refuse(RuleFault::Fired {});
        }
        let at = self.at();
        let Some(Token::Quoted(pattern)) = self.peek().cloned() else {
            return self.refuse(RuleFault::Fired {});
        };
        self.next += 1;
        let id = pattern.strip_suffix('*').unwrap_or(&pattern);
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return self.refuse_at(at, RuleFault::FiredId {});
        }
        if !self.take(&Token::Close) {
            return self.refuse(RuleFault::NoClose {});
        }
        Ok(Part::Truth(Node::Fired(pattern)))
    }

    /// A part that stands for itself must be true or false.
    fn truth(&self, part: Part) -> Result<Node, ExpressionError> {
        match part {
            Part::Truth(node) => Ok(node),
            Part::Operand(Operand::Value(Value::Switch(is)), _) => Ok(Node::Constant(is)),
            Part::Operand(Operand::Fact(fact), at) => match fact.kind {
                Kind::Switch | Kind::Licence => Ok(Node::Fact(fact)),
                Kind::Whole => self.refuse_at(at, RuleFault::NumberAlone { fact: fact.name }),
                Kind::Rate => self.refuse_at(at, RuleFault::RateAlone { fact: fact.name }),
                Kind::Name(names) => {
                    let first = names.first().copied().unwrap_or("name");
                    self.refuse_at(at, RuleFault::NameAlone { fact: fact.name, first })
                }
            },
            Part::Operand(Operand::Value(Value::Whole(_) | Value::Rate(_) | Value::Name(_)), at)
            | Part::Quoted(_, at) => self.refuse_at(at, RuleFault::ValueAlone {}),
        }
    }

    fn comparison(
        &self,
        left: Part,
        comparison: Comparison,
        sign_at: usize,
        right: Part,
    ) -> Result<Node, ExpressionError> {
        let (left, right) = match (left, right) {
            (Part::Operand(left, _), Part::Operand(right, _)) => (left, right),
            (Part::Operand(left, _), Part::Quoted(name, at)) => (left, self.name_of(left, &name, at)?),
            (Part::Quoted(name, at), Part::Operand(right, _)) => (self.name_of(right, &name, at)?, right),
            (Part::Quoted(_, at), Part::Quoted(..)) => {
                return self.refuse_at(at, RuleFault::TwoNames {});
            }
            (Part::Truth(_), _) | (_, Part::Truth(_)) => {
                return self.refuse_at(sign_at, RuleFault::Truths {});
            }
        };
        if left.fact().is_none() && right.fact().is_none() {
            return self.refuse_at(sign_at, RuleFault::TwoValues {});
        }
        let ordered = match (left.kind(), right.kind()) {
            (Kind::Whole, Kind::Whole) | (Kind::Rate, Kind::Rate) => true,
            (Kind::Switch | Kind::Licence, Kind::Switch | Kind::Licence) | (Kind::Name(_), Kind::Name(_)) => {
                false
            }
            (left, right) => {
                let (left, right) = (left.words(), right.words());
                return self.refuse_at(sign_at, RuleFault::Unlike { left, right });
            }
        };
        if !ordered && !matches!(comparison, Comparison::Equal | Comparison::Unequal) {
            return self.refuse_at(sign_at, RuleFault::NoOrder {});
        }
        Ok(Node::Compare(left, comparison, right))
    }

    /// The name as one of those that the fact on the other side can have.
    fn name_of(&self, other: Operand, name: &str, at: usize) -> Result<Operand, ExpressionError> {
        let Some((fact, Kind::Name(names))) = other.fact().map(|fact| (fact, fact.kind)) else {
            let (left, right) = (other.kind().words(), Kind::Name(&[]).words());
            return self.refuse_at(at, RuleFault::Unlike { left, right });
        };
        match names.iter().find(|known| **known == name) {
            Some(known) => Ok(Operand::Value(Value::Name(known))),
            None => {
                let (fact, options) = (fact.name, List::of(names.iter().map(|name| format!("'{name}'"))));
                match nearest(name, names) {
                    Some(nearest) => self.refuse_at(at, RuleFault::ChoiceNear { fact, options, nearest }),
                    None => self.refuse_at(at, RuleFault::Choice { fact, options }),
                }
            }
        }
    }
}

fn single_or(mut parts: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Node {
    if parts.len() > 1 { join(parts) } else { parts.pop().unwrap_or(Node::Constant(false)) }
}

/// What a name that is no fact is answered with.
pub(crate) fn unknown_fact(fact: &str) -> Message {
    let names: Vec<&str> = FACTS.iter().map(|fact| fact.name).collect();
    match nearest(fact, &names) {
        Some(nearest) => RuleFault::FactNear { fact, nearest }.into(),
        None => {
            let group = fact.split('.').next().unwrap_or("");
            let of_group: Vec<&str> =
                names.iter().copied().filter(|name| name.split('.').next() == Some(group)).collect();
            if of_group.is_empty() {
                RuleFault::FactUnknown { fact }.into()
            } else {
                RuleFault::FactOfGroup { fact, group, known: List::of(of_group) }.into()
            }
        }
    }
}
