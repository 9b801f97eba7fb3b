//! A small tree of untyped values, and readers that know where in the tree they are. Scenarios and actions come in as
//! such a tree, from JSON natively and from JavaScript objects in the browser: one type to deserialise instead of one
//! for each part keeps the module small, and errors can name the place, what was expected, what was found, and the
//! known fields.

use core::cell::RefCell;
use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::base::Span;
use crate::world::{SpecError, decimal, quoted};

/// Whole numbers are exact up to here in JavaScript too.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// An untyped value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null or undefined.
    Null,
    /// True or false.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Fields in the order of the text. A name that appears twice is found twice.
    Map(Vec<(String, Value)>),
}

/// A place in a tree, for messages. Costs nothing until it is spelt out.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

/// What was refused first in a reading. A reading goes on after a refusal, with what stands for a missing field, and is
/// thrown away at its end: so a reader of many fields does not have to ask after each of them.
#[derive(Default)]
pub(super) struct Refusals(RefCell<Option<SpecError>>);

/// The fields of an object at a place. Every reading of one is `None` if the field is not there, or does not fit; the
/// latter is a refusal.
pub(super) struct Fields<'a> {
    place: Place<'a>,
    fields: &'a [(String, Value)],
    refusals: &'a Refusals,
}

impl Value {
    /// Values nest at most this deep.
    pub const DEEPEST: u8 = 16;

    /// The value in a few words, for messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Value::Null => "null".into(),
            Value::Bool(true) => "true".into(),
            Value::Bool(false) => "false".into(),
            Value::Number(number) => describe_number(*number),
            Value::Text(text) => quoted(text),
            Value::List(items) => ["a list of ", &*decimal(items.len() as u64)].concat(),
            Value::Map(_) => "an object".into(),
        }
    }
}

/// The number with up to six digits behind the point. The formatting of floats by the standard library would weigh a tenth
/// of the module.
fn describe_number(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    let (sign, beyond) = if number < 0.0 { ("-", "less than -") } else { ("", "more than ") };
    let size = number.abs();
    if size > LARGEST_EXACT {
        return [beyond, &*decimal(LARGEST_EXACT as u64)].concat();
    }
    let mut text = [sign, &*decimal(size as u64)].concat();
    // Only a whole number shall look like one.
    let fraction = size - (size as u64) as f64;
    let millionths = if fraction == 0.0 { 0 } else { (fraction * 1e6 + 0.5).clamp(1.0, 999_999.0) as u64 };
    if millionths > 0 {
        // A leading 1 keeps the zeros behind the point.
        text.push('.');
        text.push_str(decimal(1_000_000 + millionths).get(1..).unwrap_or_default().trim_end_matches('0'));
    }
    text
}

impl Place<'_> {
    /// The place as in `nodes[1].replicaof`.
    pub(super) fn spell(&self) -> String {
        match self {
            Place::Root => String::new(),
            Place::Field(parent, name) => {
                let parent = parent.spell();
                let dot = if parent.is_empty() { "" } else { "." };
                [&*parent, dot, *name].concat()
            }
            Place::Item(parent, index) => [&*parent.spell(), "[", &*decimal(*index as u64), "]"].concat(),
        }
    }
}

impl Refusals {
    /// Refuses what was found at a place.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse(&self, place: &Place<'_>, expected: &str, found: &str) {
        self.0.borrow_mut().get_or_insert_with(|| SpecError::new(&place.spell(), expected, found));
    }

    /// What was read, if nothing was refused.
    pub(super) fn or<T>(self, read: T) -> Result<T, SpecError> {
        self.0.into_inner().map_or(Ok(read), Err)
    }
}

impl<'a> Fields<'a> {
    /// The fields of `value`. Refuses what is not an object, fields that are not `known`, and fields that come twice.
    pub(super) fn of(value: &'a Value, place: Place<'a>, known: &[&str], refusals: &'a Refusals) -> Fields<'a> {
        let mut fields: &[(String, Value)] = &[];
        match value {
            Value::Map(found) => fields = found,
            _ => refusals.refuse(&place, "an object", &value.describe()),
        }
        for (index, (name, _)) in fields.iter().enumerate() {
            let place = Place::Field(&place, name);
            if !known.contains(&name.as_str()) {
                let expected = ["a known field: ", &*known.join(", ")].concat();
                refusals.refuse(&place, &expected, &["the unknown field ", &*quoted(name)].concat());
            }
            if fields[..index].iter().any(|(earlier, _)| earlier == name) {
                refusals.refuse(&place, "each field once", "the field a second time");
            }
        }
        Fields { place, fields, refusals }
    }

    /// A field that is there and not null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        let found = self.fields.iter().find(|(known, _)| known == name)?;
        (found.1 != Value::Null).then_some(&found.1)
    }

    /// Refuses what the field holds.
    pub(super) fn refuse(&self, name: &str, expected: &str) {
        self.refuse_value(name, expected, self.get(name));
    }

    /// Refuses the field for something in it that did not fit, or was not there.
    pub(super) fn refuse_value(&self, name: &str, expected: &str, found: Option<&Value>) {
        let found = found.map_or_else(|| "nothing".into(), Value::describe);
        self.refuse_found(name, expected, &found);
    }

    /// Refuses the field for something that was found in it.
    pub(super) fn refuse_found(&self, name: &str, expected: &str, found: &str) {
        self.refusals.refuse(&Place::Field(&self.place, name), expected, found);
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        match self.get(name)? {
            Value::Text(text) => return Some(text),
            _ => self.refuse(name, "a text"),
        }
        None
    }

    /// A text that has to be there; an empty one stands for it if it is not.
    pub(super) fn required_text(&self, name: &str) -> &'a str {
        let text = self.text(name);
        if text.is_none() {
            self.refuse(name, "a text");
        }
        text.unwrap_or_default()
    }

    /// True or false.
    pub(super) fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(value) => return Some(*value),
            _ => self.refuse(name, "true or false"),
        }
        None
    }

    /// A whole number within bounds.
    pub(super) fn whole(&self, name: &str, least: u64, most: u64) -> Option<u64> {
        match self.get(name)? {
            Value::Number(number)
                if number.fract() == 0.0
                    && (0.0..=LARGEST_EXACT).contains(number)
                    && (least..=most).contains(&(*number as u64)) =>
            {
                return Some(*number as u64);
            }
            _ => self.refuse(name, &["a whole number from ", &*decimal(least), " to ", &*decimal(most)].concat()),
        }
        None
    }

    /// A whole number of either sign whose size is at most `most`.
    pub(super) fn signed(&self, name: &str, most: u64) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) if number.fract() == 0.0 && number.abs() <= most as f64 => {
                return Some(*number as i64);
            }
            _ => self.refuse(name, &["a whole number from -", &*decimal(most), " to ", &*decimal(most)].concat()),
        }
        None
    }

    /// A number of milliseconds, fractions allowed, up to `most`.
    pub(super) fn millis(&self, name: &str, most: Span) -> Option<Span> {
        match self.get(name)? {
            // Multiplication and truncation give the same bits on every machine.
            Value::Number(ms) if (0.0..=most.as_millis() as f64).contains(ms) => {
                return Some(Span((ms * 1_000_000.0 + 0.5) as u64));
            }
            _ => self.refuse(name, &["milliseconds from 0 to ", &*decimal(most.as_millis())].concat()),
        }
        None
    }

    /// A list of at most that many entries; empty if the field is not there.
    pub(super) fn list(&self, name: &str, most: usize) -> &'a [Value] {
        match self.get(name) {
            Some(Value::List(items)) if items.len() <= most => return items,
            None => {}
            Some(Value::List(_)) => self.refuse(name, &["at most ", &*decimal(most as u64), " entries"].concat()),
            Some(_) => self.refuse(name, "a list"),
        }
        &[]
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        Depth(0).deserialize(deserializer)
    }
}

/// Reads a value that is nested this deep.
struct Depth(u8);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0 > Value::DEEPEST {
            return Err(D::Error::custom("values are nested too deep"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, true, false, a number, a text, a list or an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Depth(self.0 + 1))? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = access.next_key::<String>()? {
            fields.push((name, access.next_value_seed(Depth(self.0 + 1))?));
        }
        Ok(Value::Map(fields))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn value(json: &str) -> Value {
        serde_json::from_str(json).expect("valid JSON")
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let read = value(r#"{"a": [null, true, -1, 1.5, 9007199254740993], "b": "x", "a": {}}"#);
        let Value::Map(fields) = &read else { panic!("{read:?}") };
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "a"], "a second field of the same name is not lost");
        let expected = [Value::Null, Value::Bool(true), Value::Number(-1.0), Value::Number(1.5)];
        assert!(matches!(&fields[0].1, Value::List(items) if items[..4] == expected && items.len() == 5));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(serde_json::from_str::<Value>(&nested(17)).is_ok());
        assert!(serde_json::from_str::<Value>(&nested(18)).is_err());
        assert!(serde_json::from_str::<Value>(&nested(100_000)).is_err());
    }

    #[test]
    fn numbers_are_bounded_and_milliseconds_may_be_fractions() {
        let read = value(r#"{"a": 1.5, "b": -1, "c": 7, "d": 1e300, "e": "7", "f": null}"#);
        let known = ["a", "b", "c", "d", "e", "f"];
        let reading = |read_one: &dyn Fn(&Fields<'_>) -> Option<i64>| {
            let refusals = Refusals::default();
            let number = read_one(&Fields::of(&read, Place::Root, &known, &refusals));
            refusals.or(number)
        };
        assert_eq!(reading(&|fields| fields.whole("c", 0, 7).map(|n| n as i64)), Ok(Some(7)));
        assert_eq!(reading(&|fields| fields.whole("f", 0, 7).map(|n| n as i64)), Ok(None));
        assert_eq!(reading(&|fields| fields.signed("b", 5)), Ok(Some(-1)));
        let millis = |name: &str, most_ms| {
            reading(&|fields| fields.millis(name, Span::from_millis(most_ms)).map(|span| span.0 as i64))
        };
        assert_eq!(millis("a", 2), Ok(Some(1_500_000)));
        for name in ["a", "b", "d", "e"] {
            assert!(reading(&|fields| fields.whole(name, 0, u64::MAX).map(|n| n as i64)).is_err(), "{name}");
        }
        assert!(millis("b", 10).is_err());
        assert!(reading(&|fields| fields.signed("b", 0)).is_err());
    }

    #[test]
    fn the_first_refusal_of_a_reading_is_told() {
        let read = value(r#"{"a": 1.5, "b": -1}"#);
        let refusals = Refusals::default();
        let fields = Fields::of(&read, Place::Root, &["a", "b"], &refusals);
        assert_eq!((fields.whole("b", 0, 7), fields.text("a"), fields.whole("c", 0, 7)), (None, None, None));
        assert_eq!(refusals.or(()).unwrap_err().path, "b");
    }

    #[test]
    fn numbers_are_described() {
        for (number, text) in [
            (0.0, "0"),
            (-3.0, "-3"),
            (1.5, "1.5"),
            (-0.25, "-0.25"),
            (7.000_25, "7.00025"),
            (5.000_000_000_1, "5.000001"),
            (9e15, "9000000000000000"),
        ] {
            assert_eq!(Value::Number(number).describe(), text);
        }
        assert_eq!(Value::Number(f64::NAN).describe(), "NaN");
        assert_eq!(Value::Number(-1e300).describe(), "less than -9007199254740992");
    }

    #[test]
    fn a_place_is_spelt_as_in_javascript() {
        let root = Place::Root;
        let nodes = Place::Field(&root, "nodes");
        let second = Place::Item(&nodes, 1);
        assert_eq!(Place::Field(&second, "config").spell(), "nodes[1].config");
        assert_eq!(root.spell(), "");
    }
}
