//! DEBUG DIGEST: a signature of the data set that is equal on every server that holds the same data, Redis included.

use sha1::{Digest, Sha1};

use crate::base::{Bytes, format_f64};
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
            set.iter().for_each(|(score, member)| sum.add(&Sum::of_pair(member, &format_f64(score)).0));
        }
        Value::Hash(hash) => hash.iter().for_each(|(field, value)| sum.add(&Sum::of_pair(field, value).0)),
    }
    if expires {
        sum.add(b"!!expire!!");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
