//! Plain data as JSON text. One text crosses to JavaScript in one call and is parsed there: ten times faster than setting
//! property after property, and a native test can read it.
//!
//! Owns quoting. Writes what it is told, in order; does not check that names are unique.

use crate::base::push_i64;

/// A JSON text under construction.
#[derive(Clone, Debug, Default)]
pub struct Json(String);

impl Json {
    /// An object; `fill` adds its fields.
    pub fn object(fill: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::default();
        json.braced(fill);
        json.0
    }

    /// A list with one object for each item.
    pub fn objects<T>(items: impl IntoIterator<Item = T>, fill: impl Fn(&mut Json, T)) -> String {
        let mut json = Json::default();
        json.items(items, |json, item| json.braced(|json| fill(json, item)));
        json.0
    }

    /// A list of lists of texts.
    pub fn rows<T: AsRef<[String]>>(rows: &[T]) -> String {
        let mut json = Json::default();
        json.items(rows, |json, row| json.items(row.as_ref(), |json, cell| json.quoted(cell)));
        json.0
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

    /// A field with a list of texts.
    pub fn texts<T: AsRef<str>>(&mut self, name: &str, items: &[T]) -> &mut Json {
        self.name(name);
        self.items(items, |json, item| json.quoted(item.as_ref()));
        self
    }

    /// A field with a list of lists of texts.
    pub fn table<T: AsRef<[String]>>(&mut self, name: &str, rows: &[T]) -> &mut Json {
        self.name(name);
        self.items(rows, |json, row| json.items(row.as_ref(), |json, cell| json.quoted(cell)));
        self
    }

    /// A field with a list of objects.
    pub fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        fill: impl Fn(&mut Json, T),
    ) -> &mut Json {
        self.name(name);
        self.items(items, |json, item| json.braced(|json| fill(json, item)));
        self
    }

    /// A field with an object.
    pub fn nested(&mut self, name: &str, fill: impl FnOnce(&mut Json)) -> &mut Json {
        self.name(name);
        self.braced(fill);
        self
    }

    fn braced(&mut self, fill: impl FnOnce(&mut Json)) {
        self.0.push('{');
        fill(self);
        self.0.push('}');
    }

    fn items<T>(&mut self, items: impl IntoIterator<Item = T>, put: impl Fn(&mut Json, T)) {
        self.0.push('[');
        for item in items {
            self.comma();
            put(self, item);
        }
        self.0.push(']');
    }

    fn name(&mut self, name: &str) {
        self.comma();
        self.quoted(name);
        self.0.push(':');
    }

    /// A comma, unless this is the first of its list or object.
    fn comma(&mut self) {
        if !self.0.ends_with(['{', '[']) {
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
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_is_written_can_be_read() {
        let text = Json::object(|json| {
            json.text("quotes", "a \"b\" \\ \n \r \t \u{1} \u{1f} é …").int("low", i64::MIN).count("high", 1 << 53);
            json.time("ms", 1_234_567, 1_000_000).flag("yes", true).flag("no", false);
            json.texts("lines", &["x", ""]).texts::<&str>("empty", &[]).table("rows", &[["a".to_owned()]]);
            json.list("objects", [1, 2], |json, n| {
                json.int("n", n);
            });
            json.nested("inner", |_| ());
        });
        let expected = json!({
            "quotes": "a \"b\" \\ \n \r \t \u{1} \u{1f} é …", "low": i64::MIN, "high": 1u64 << 53, "ms": 1.234567,
            "yes": true, "no": false, "lines": ["x", ""], "empty": [], "rows": [["a"]],
            "objects": [{"n": 1}, {"n": 2}], "inner": {}
        });
        assert_eq!(serde_json::from_str::<Value>(&text).expect("valid JSON"), expected, "{text}");
    }

    #[test]
    fn a_text_that_ends_like_an_opening_does_not_swallow_the_comma() {
        let text = Json::object(|json| {
            json.text("a", "{").text("b", "[").int("c", 1);
        });
        assert_eq!(serde_json::from_str::<Value>(&text).expect("valid JSON"), json!({"a": "{", "b": "[", "c": 1}));
    }
}
