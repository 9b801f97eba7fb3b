//! DEBUG DIGEST: a signature of the data set that is equal on every server that holds the same data, Redis included.

use sha1::{Digest, Sha1};

use crate::base::{Bytes, format_i64};
use crate::data::{Entry, Keyspace, Value};

/// SHA-1 sums, combined by exclusive or where the order is of no importance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum([u8; 20]);

impl Sum {
    /// Adds something whose place does not matter.
    fn add(&mut self, bytes: &[u8]) {
        for (own, other) in self.0.iter_mut().zip(Sha1::digest(bytes)) {
            *own ^= other;
        }
    }

    /// Adds something whose place matters.
    fn mix(&mut self, bytes: &[u8]) {
        self.add(bytes);
        self.0 = Sha1::digest(self.0).into();
    }

    fn of_pair(first: &[u8], second: &[u8]) -> Sum {
        let mut sum = Sum::default();
        sum.mix(first);
        sum.mix(second);
        sum
    }

    fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The signature of all databases, 40 hexadecimal digits.
pub(super) fn of_keyspace(keyspace: &Keyspace) -> String {
    let mut total = Sum::default();
    for db in keyspace.used_databases() {
        total.mix(&(db as u32).to_be_bytes());
        for (key, value, expire_ms) in keyspace.entries(db) {
            let mut sum = Sum::default();
            sum.mix(key);
            mix_value(&mut sum, value, expire_ms.is_some());
            total.add(&sum.0);
        }
    }
    total.hex()
}

/// The signature of one value, whatever its key; zeros if there is none.
pub(super) fn of_entry(entry: Option<&Entry>) -> String {
    let mut sum = Sum::default();
    if let Some(entry) = entry {
        mix_value(&mut sum, entry.value(), entry.expire_ms().is_some());
    }
    sum.hex()
}

fn mix_value(sum: &mut Sum, value: &Value, expires: bool) {
    let kind: u32 = match value {
        Value::Str(_) => 0,
        Value::List(_) => 1,
        Value::Set(_) => 2,
        Value::SortedSet(_) => 3,
        Value::Hash(_) => 4,
    };
    sum.mix(&kind.to_be_bytes());
    match value {
        Value::Str(text) => sum.mix(text),
        Value::List(list) => list.iter().for_each(|item| sum.mix(item)),
        Value::Set(set) => set.iter().for_each(|member: Bytes| sum.add(&member)),
        Value::SortedSet(set) => {
            set.iter().for_each(|(score, member)| sum.add(&Sum::of_pair(member, score_text(score).as_bytes()).0));
        }
        Value::Hash(hash) => hash.iter().for_each(|(field, value)| sum.add(&Sum::of_pair(field, value).0)),
    }
    if expires {
        sum.add(b"!!expire!!");
    }
}

/// A score with seventeen significant digits, as C writes it with `%.17g`.
fn score_text(score: f64) -> String {
    const DIGITS: i32 = 17;
    if score.is_infinite() {
        return if score > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if score == libm::trunc(score) && score.abs() < 1e15 && (score != 0.0 || score.is_sign_positive()) {
        let mut text = Vec::new();
        format_i64(score as i64, &mut text);
        return String::from_utf8_lossy(&text).into_owned();
    }
    let scientific = format!("{score:.16e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..DIGITS).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.unsigned_abs());
    }
    let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or(0);
    without_zeros(&format!("{score:.decimals$}")).to_owned()
}

/// The number without zeros at the end of its fraction.
fn without_zeros(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_written_as_c_writes_them() {
        for (score, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (3.0, "3"),
            (-17.0, "-17"),
            (1.5, "1.5"),
            (0.1, "0.10000000000000001"),
            (3.141, "3.141"),
            (1e15, "1000000000000000"),
            (1e17, "1e+17"),
            (1.25e-5, "1.2500000000000001e-05"),
            (0.0001, "0.0001"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
        ] {
            assert_eq!(score_text(score), text);
        }
    }

    #[test]
    fn the_place_of_a_key_matters_and_the_order_of_members_does_not() {
        let set =
            |members: [&str; 3]| -> Value { members.map(Bytes::from).into_iter().collect::<crate::data::Set>().into() };
        let digest = |db: usize, value: Value| {
            let mut keyspace = Keyspace::new(2);
            keyspace.insert(db, "k".into(), value, None);
            of_keyspace(&keyspace)
        };
        assert_eq!(of_keyspace(&Keyspace::new(2)), "0".repeat(40));
        assert_eq!(digest(0, set(["a", "b", "c"])), digest(0, set(["c", "b", "a"])));
        assert_ne!(digest(0, set(["a", "b", "c"])), digest(1, set(["a", "b", "c"])));
    }
}
