//! Plain data as JSON text. One text crosses to JavaScript in one call and is parsed there: ten times faster than setting
//! property after property, and a native test can read it.
//!
//! Owns quoting. Writes what it is told, in order; does not check that names are unique.

use crate::base::{format_f64, push_i64};
use crate::run::Value;

/// A JSON text under construction.
#[derive(Clone, Debug, Default)]
pub struct Json(String);

impl Json {
    /// The text.
    pub fn done(self) -> String {
        self.0
    }

    /// Begins an object: the whole, an item of a list, or the value of a field that was named before.
    pub fn begin(&mut self) -> &mut Json {
        self.open('{')
    }

    /// Ends the object.
    pub fn end(&mut self) -> &mut Json {
        self.0.push('}');
        self
    }

    /// Begins a list, as [`Json::begin`] an object.
    pub fn begin_list(&mut self) -> &mut Json {
        self.open('[')
    }

    /// Ends the list.
    pub fn end_list(&mut self) -> &mut Json {
        self.0.push(']');
        self
    }

    /// The name of a field whose value comes next.
    pub fn name(&mut self, name: &str) -> &mut Json {
        self.comma();
        self.quoted(name);
        self.0.push(':');
        self
    }

    /// A list of texts.
    pub fn row(&mut self, texts: &[String]) -> &mut Json {
        self.begin_list();
        for text in texts {
            self.comma();
            self.quoted(text);
        }
        self.end_list()
    }

    /// A list of lists of texts.
    pub fn table(&mut self, rows: &[Vec<String>]) -> &mut Json {
        self.begin_list();
        for row in rows {
            self.row(row);
        }
        self.end_list()
    }

    /// A field with a text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Json {
        self.name(name);
        self.quoted(text);
        self
    }

    /// A field with a whole number.
    pub fn int(&mut self, name: &str, number: i64) -> &mut Json {
        self.name(name);
        self.whole(number);
        self
    }

    /// A field with a count. Exact in JavaScript up to 2^53.
    pub fn count(&mut self, name: &str, number: u64) -> &mut Json {
        self.int(name, i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// A field with nanoseconds as a number of larger units, `unit_ns` each, with six digits behind the point.
    pub fn time(&mut self, name: &str, ns: u64, unit_ns: u64) -> &mut Json {
        self.count(name, ns / unit_ns);
        let millionths = u128::from(ns % unit_ns) * 1_000_000 / u128::from(unit_ns);
        let point = self.0.len();
        // The leading 1 keeps the zeros and then makes room for the point.
        push_i64(1_000_000 + millionths as i64, &mut self.0);
        self.0.replace_range(point..point + 1, ".");
        self
    }

    /// A field with true or false.
    pub fn flag(&mut self, name: &str, flag: bool) -> &mut Json {
        self.name(name);
        self.0.push_str(if flag { "true" } else { "false" });
        self
    }

    /// A tree of untyped values: the whole, an item of a list, or the value of a field that was named before. Of numbers,
    /// whole ones are written exactly.
    pub fn tree(&mut self, value: &Value) -> &mut Json {
        match value {
            Value::List(items) => {
                self.begin_list();
                items.iter().for_each(|item| _ = self.tree(item));
                return self.end_list();
            }
            Value::Map(fields) => {
                self.begin();
                fields.iter().for_each(|(name, value)| _ = self.name(name).tree(value));
                return self.end();
            }
            _ => self.comma(),
        }
        match value {
            Value::Bool(flag) => self.0.push_str(if *flag { "true" } else { "false" }),
            Value::Number(number) if number.fract() == 0.0 => self.whole(*number as i64),
            Value::Number(number) => self.0.push_str(&String::from_utf8_lossy(&format_f64(*number))),
            Value::Text(text) => self.quoted(text),
            _ => self.0.push_str("null"),
        }
        self
    }

    fn open(&mut self, bracket: char) -> &mut Json {
        self.comma();
        self.0.push(bracket);
        self
    }

    /// A comma, unless this is the first of its list or object, or the value of a field.
    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }

    fn whole(&mut self, number: i64) {
        push_i64(number, &mut self.0);
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        let mut rest = text;
        // Everything that needs an escape is one ASCII byte, so what lies between is whole characters.
        while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            let byte = rest.as_bytes()[at];
            self.0.push_str(rest.get(..at).unwrap_or_default());
            rest = rest.get(at + 1..).unwrap_or_default();
            match byte {
                b'"' => self.0.push_str("\\\""),
                b'\\' => self.0.push_str("\\\\"),
                b'\n' => self.0.push_str("\\n"),
                _ => {
                    const HEX: &[u8; 16] = b"0123456789abcdef";
                    self.0.push_str("\\u00");
                    self.0.push(char::from(HEX[usize::from(byte >> 4)]));
                    self.0.push(char::from(HEX[usize::from(byte & 15)]));
                }
            }
        }
        self.0.push_str(rest);
        self.0.push('"');
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Json;
    use serde_json::{Value, json};

    #[test]
    fn what_is_written_can_be_read() {
        let mut json = Json::default();
        json.begin();
        json.text("quotes", "a \"b\" \\ \n \r \t \u{1} \u{1f} é …").int("low", i64::MIN).count("high", 1 << 53);
        json.time("ms", 1_234_567, 1_000_000).time("small", 42, 1_000_000_000).flag("yes", true).flag("no", false);
        json.name("lines").row(&["x".into(), String::new()]).name("empty").row(&[]);
        json.name("rows").table(&[vec!["a".into()], vec![]]);
        json.name("objects").begin_list();
        for n in 1..=2 {
            json.begin().int("n", n).end();
        }
        json.end_list().name("inner").begin().end().end();
        let text = json.done();
        let expected = json!({
            "quotes": "a \"b\" \\ \n \r \t \u{1} \u{1f} é …", "low": i64::MIN, "high": 1u64 << 53, "ms": 1.234567,
            "small": 0.0, "yes": true, "no": false, "lines": ["x", ""], "empty": [], "rows": [["a"], []],
            "objects": [{"n": 1}, {"n": 2}], "inner": {}
        });
        assert_eq!(serde_json::from_str::<Value>(&text).expect("valid JSON"), expected, "{text}");
    }

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        let text = r#"{"a":[null,true,-1,1.5,9007199254740992,[]],"b":{"c":"x\"y"},"d":0.1}"#;
        let tree: crate::run::Value = serde_json::from_str(text).expect("valid JSON");
        let mut json = Json::default();
        json.begin_list().tree(&tree).tree(&tree).end_list();
        let read: Vec<crate::run::Value> = serde_json::from_str(&json.done()).expect("valid JSON");
        assert_eq!(read, [tree.clone(), tree]);
    }

    #[test]
    fn a_text_that_ends_like_an_opening_does_not_swallow_the_comma() {
        let mut json = Json::default();
        json.begin().text("a", "{").text("b", "[").text("c:", ":").int("d", 1).end();
        let read = serde_json::from_str::<Value>(&json.done()).expect("valid JSON");
        assert_eq!(read, json!({"a": "{", "b": "[", "c:": ":", "d": 1}));
    }
}
