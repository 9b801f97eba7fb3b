use super::*;
use crate::data::{List, Value};

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

fn no_repl() -> AuxFields {
    AuxFields { repl: None, ctime_s: 1_700_000_000, used_mem: 1_000_000 }
}

/// A file of version 10 with this body and a right checksum.
fn file(body: &[u8]) -> Bytes {
    let mut bytes = b"REDIS0010".to_vec();
    bytes.extend_from_slice(body);
    bytes.push(opcode::END);
    let sum = CRC64.checksum(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes.into()
}

fn load(bytes: &Bytes) -> Result<Loaded, RdbError> {
    read(bytes, 1_700_000_000_000, false, 16)
}

fn list_of(loaded: &Loaded, key: &str) -> Vec<String> {
    match loaded.keyspace.get(0, key.as_bytes()).map(|entry| entry.value().clone()) {
        Some(Value::List(list)) => list.iter().map(|item| String::from_utf8_lossy(item).into_owned()).collect(),
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn the_checksum_is_that_of_redis() {
    assert_eq!(CRC64.checksum(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
}

#[test]
fn an_empty_snapshot_byte_for_byte() {
    let replid = ReplId::parse(b"0123456789abcdef0123456789abcdef01234567").expect("id");
    let repl = Some(ReplFields { stream_db: 0, replid, offset: 0 });
    let bytes =
        write(&Keyspace::new(16), &AuxFields { repl, ctime_s: 0x6553_f100, used_mem: 0x0012_3456 }, false, true);
    let mut expected = b"REDIS0010".to_vec();
    expected.extend_from_slice(b"\xfa\x09redis-ver\x067.0.15\xfa\x0aredis-bits\xc0\x40");
    expected.extend_from_slice(b"\xfa\x05ctime\xc2\x00\xf1\x53\x65\xfa\x08used-mem\xc2\x56\x34\x12\x00");
    expected.extend_from_slice(b"\xfa\x0erepl-stream-db\xc0\x00\xfa\x07repl-id\x28");
    expected.extend_from_slice(b"0123456789abcdef0123456789abcdef01234567");
    expected.extend_from_slice(b"\xfa\x0brepl-offset\xc0\x00\xfa\x08aof-base\xc0\x00\xff");
    assert_eq!(&bytes[..bytes.len() - 8], &expected[..]);
    assert_eq!(bytes.len(), 172);
    let loaded = load(&bytes).expect("loads");
    assert_eq!(loaded.repl, repl);
    assert!(loaded.keyspace.is_empty());
}

#[test]
fn entries_as_the_specification_shows_them() {
    let cases: [(Value, Option<i64>, &[u8]); 6] = [
        (text("v"), Some(1_999_999_999_999), b"\xfb\x01\x01\xfc\xff\x1f\x4a\xa9\xd1\x01\0\0\0\x01k\x01v"),
        (text("12"), None, b"\xfb\x01\0\0\x01k\xc0\x0c"),
        (text("-129"), None, b"\xfb\x01\0\0\x01k\xc1\x7f\xff"),
        (text("70000"), None, b"\xfb\x01\0\0\x01k\xc2\x70\x11\x01\0"),
        (text("007"), None, b"\xfb\x01\0\0\x01k\x03007"),
        (text(&"a".repeat(64)), None, b"\xfb\x01\0\0\x01k\xc3\x09\x40\x40\x01aa\xe0\x33\0\x01aa"),
    ];
    for (value, expire_ms, body) in cases {
        let mut keyspace = Keyspace::new(16);
        keyspace.insert(0, "k".into(), value, expire_ms);
        let bytes = write(&keyspace, &no_repl(), true, true);
        let expected = [b"\xfe\0", body].concat();
        let end = bytes.len() - 9;
        assert_eq!(&bytes[end - expected.len()..end], &expected[..]);
        assert_eq!(load(&bytes).map(|loaded| loaded.keyspace.digest()), Ok(keyspace.digest()));
    }
}

#[test]
fn lists_are_split_into_nodes_as_redis_does() {
    let mut keyspace = Keyspace::new(16);
    let items = ["1", "2", "300"].map(Bytes::from).into_iter();
    keyspace.insert(0, "k".into(), items.collect::<List>().into(), None);
    let bytes = write(&keyspace, &no_repl(), true, true);
    let expected = b"\x12\x01k\x01\x02\x0e\x0e\0\0\0\x03\0\x01\x01\x02\x01\xc1\x2c\x02\xff";
    let end = bytes.len() - 9;
    assert_eq!(&bytes[end - expected.len()..end], expected);
}

#[test]
fn keys_past_their_time_are_left_out_unless_asked_for() {
    let mut keyspace = Keyspace::new(16);
    for (key, expire_ms) in [("before", 999), ("at", 1000), ("after", 1001)] {
        keyspace.insert(3, key.into(), text("v"), Some(expire_ms));
    }
    let bytes = write(&keyspace, &no_repl(), true, true);
    let loaded = read(&bytes, 1000, false, 16).expect("loads");
    assert_eq!(loaded.expired, [(3, "before".into())]);
    assert_eq!(loaded.keyspace.len(3), 2);
    let loaded = read(&bytes, 1000, true, 16).expect("loads");
    assert_eq!((loaded.expired.len(), loaded.keyspace.digest()), (0, keyspace.digest()));
}

#[test]
fn what_redis_tolerates_is_tolerated() {
    let bodies: [&[u8]; 10] = [
        b"\0\x01a\x01b",
        b"\xfe\0\xfb\x09\x09\0\x01a\x01b",
        b"\xfe\0\xfa\x01x\x01y\0\x01a\x01b\xfa\x01x\x01y",
        b"\xfe\0\0\x80\0\0\0\x01a\x40\x01b",
        b"\xf5\x03lib\xf8\x05\0\x01a\x01b\xf9\x05\x01\x01l\0",
        b"\xfa\x07repl-id\x28abcdefghijabcdefghijabcdefghijabcdefghij\0\x01a\x01b",
        b"\xfd\xff\xff\xff\x7f\0\x01a\x01b",
        b"\0\x81\0\0\0\0\0\0\0\x01a\x01b",
        b"\xfa\x07repl-id\x03abc\0\x01a\x01b",
        b"\xfc\xff\xff\xff\xff\xff\xff\xff\xff\0\x01a\x01b",
    ];
    for body in bodies {
        let loaded = load(&file(body)).unwrap_or_else(|error| panic!("{body:?}: {error}"));
        assert_eq!(loaded.keyspace.total_keys(), 1);
    }
    let long = [&file(b"\0\x01a\x01b")[..], b"more"].concat();
    assert!(load(&long.into()).is_ok());
    let unchecked = [b"REDIS0010\0\x01a\x01b\xff", &[0; 8][..]].concat();
    assert!(load(&unchecked.into()).is_ok());
    assert!(load(&Bytes::from(&b"REDIS0004\0\x01a\x01b\xff"[..])).is_ok());
}

#[test]
fn lists_of_older_versions() {
    let loaded = load(&file(b"\x01\x01k\x02\x01a\xc0\x05")).expect("list");
    assert_eq!(list_of(&loaded, "k"), ["a", "5"]);
    let ziplist = b"\x11\x11\0\0\0\x0d\0\0\0\x02\0\0\x01a\x03\xfe\xf6\xff";
    let loaded = load(&file(&[b"\x0a\x01k", &ziplist[..]].concat())).expect("ziplist");
    assert_eq!(list_of(&loaded, "k"), ["a", "-10"]);
    let loaded = load(&file(&[b"\x0e\x01k\x02", &ziplist[..], &ziplist[..]].concat())).expect("quicklist");
    assert_eq!(list_of(&loaded, "k"), ["a", "-10", "a", "-10"]);
    let loaded =
        load(&file(b"\x12\x01k\x02\x01\x05plain\x02\x0d\x0d\0\0\0\x02\0\x81a\x02\x81b\x02\xff")).expect("nodes");
    assert_eq!(list_of(&loaded, "k"), ["plain", "a", "b"]);
}

/// A collection in the form of `body`, as its members and what belongs to them.
fn members_of(body: &[u8]) -> Vec<String> {
    let loaded = load(&file(body)).unwrap_or_else(|error| panic!("{body:?}: {error}"));
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match loaded.keyspace.get(0, b"k").map(|entry| entry.value().clone()) {
        Some(Value::Set(set)) => set.iter().map(|member| text(&member)).collect(),
        Some(Value::Hash(hash)) => hash.iter().map(|(field, value)| text(field) + "=" + &text(value)).collect(),
        Some(Value::SortedSet(set)) => set.iter().map(|(score, member)| format!("{}={score}", text(member))).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn collections_in_every_form() {
    let ziplist = b"\x11\x11\0\0\0\x0d\0\0\0\x02\0\0\x01a\x03\xfe\xf6\xff";
    let listpack = b"\x0c\x0c\0\0\0\x02\0\x81a\x02\x07\x01\xff";
    let cases: [(&[u8], &[u8], &[&str]); 11] = [
        (b"\x02", b"\x02\x01b\xc0\x05", &["b", "5"]),
        (b"\x02", b"\x02\xc0\x07\xc0\x05", &["5", "7"]),
        (b"\x03", b"\x03\x01a\x031.5\x01b\xfe\x01c\xff", &["c=-inf", "a=1.5", "b=inf"]),
        (b"\x04", b"\x01\x01a\x01b", &["a=b"]),
        (b"\x05", b"\x01\x01a\0\0\0\0\0\0\xf8\x3f", &["a=1.5"]),
        (b"\x09", b"\x08\x01\x01a\x01\0b\xff", &[]),
        (b"\x0b", b"\x0c\x02\0\0\0\x02\0\0\0\xff\xff\x2c\x01", &["-1", "300"]),
        (b"\x0c", ziplist, &["a=-10"]),
        (b"\x0d", ziplist, &["a=-10"]),
        (b"\x10", listpack, &["a=7"]),
        (b"\x11", listpack, &["a=7"]),
    ];
    for (kind, body, members) in cases {
        let bytes = [kind, b"\x01k", body].concat();
        if members.is_empty() {
            // A zipmap whose length does not fit.
            assert!(load(&file(&bytes)).is_err());
        } else {
            assert_eq!(members_of(&bytes), members);
        }
    }
    assert_eq!(members_of(b"\x09\x01k\x07\x01\x01a\x01\0b\xff"), ["a=b"]);
    let twice: [&[u8]; 4] = [
        b"\x02\x01k\x02\x01a\x01a",
        b"\x04\x01k\x02\x01a\x01b\x01a\x01b",
        b"\x05\x01k\x01\x01a\0\0\0\0\0\0\xf8\x7f",
        b"\x0b\x01k\x0c\x02\0\0\0\x02\0\0\0\x01\0\x01\0",
    ];
    for body in twice {
        let error = load(&file(body)).map(|_| ());
        assert!(matches!(error, Err(RdbError::Corrupt { at: 12, .. })), "{error:?}");
    }
}

#[test]
fn single_values_as_dump_makes_them() {
    let hello: Bytes = b"\x00\x05hello\n\x00cr\xdfve4 \n"[..].into();
    assert_eq!(dump(&text("hello")), hello);
    assert_eq!(restore(&hello, true), Ok(text("hello")));
    let integers: Bytes = b"\x0b\x0e\x02\0\0\0\x03\0\0\0\x01\0\x02\0,\x01\n\0\xe5\x10\xb2\x8e{\x95)\xaa"[..].into();
    assert_eq!(restore(&integers, true).map(|value| dump(&value)), Ok(integers.clone()));
    for len in 0..integers.len() {
        assert!(restore(&integers.slice(0..len), true).is_err());
    }
    let mut newer = hello.to_vec();
    newer[7] = 11;
    assert_eq!(restore(&newer.into(), true), Err(RdbError::VersionTooNew { version: 11 }));
    let mut damaged = hello.to_vec();
    damaged[2] ^= 1;
    assert_eq!(restore(&damaged.clone().into(), true), Err(RdbError::WrongChecksum));
    assert_eq!(restore(&damaged.into(), false), Ok(text("iello")));
}

#[test]
fn each_kind_of_error() {
    let good = file(b"\xfe\0\0\x01a\x01b");
    for len in 0..good.len() {
        assert_eq!(load(&good.slice(0..len)).map(|_| ()), Err(RdbError::Truncated { at: len as u64 }));
    }
    let mut flipped = good.to_vec();
    flipped[15] ^= 1;
    assert_eq!(load(&flipped.into()).map(|_| ()), Err(RdbError::WrongChecksum));
    let newer = [b"REDIS0011", &good[9..]].concat();
    assert_eq!(load(&newer.into()).map(|_| ()), Err(RdbError::VersionTooNew { version: 11 }));
    assert_eq!(load(&file(b"\x0f\x01k\x01\x01a")).map(|_| ()), Err(RdbError::Unsupported { at: 9, kind: 15 }));
    let corrupt: [(&[u8], u64, &str); 9] = [
        (b"\x14\x01k", 9, "unknown type or opcode"),
        (b"\xfe\x10", 9, "database number out of range"),
        (b"\0\x01a\x01b\0\x01a\x01b", 14, "duplicate key"),
        (b"\0\xc4a", 10, "unknown form of a string"),
        (b"\0\x82", 10, "unknown form of a length"),
        (b"\0\x01a\xc3\x02\x40\xff\0a", 12, "compressed string"),
        (b"\x12\x01a\x01\x02\x03abc", 13, "Listpack integrity check failed."),
        (b"\x12\x01a\x01\x03\x03abc", 13, "unknown container of a list node"),
        (b"\x0a\x01a\x03abc", 12, "List ziplist integrity check failed."),
    ];
    for (body, at, what) in corrupt {
        assert_eq!(load(&file(body)).map(|_| ()), Err(RdbError::Corrupt { at, what }), "{body:?}");
    }
    let huge = file(b"\0\x81\x7f\xff\xff\xff\xff\xff\xff\xff");
    assert_eq!(load(&huge).map(|_| ()), Err(RdbError::Truncated { at: huge.len() as u64 }));
    let error = RdbError::Corrupt { at: 14, what: "duplicate key" };
    assert_eq!(error.to_string(), "RDB corrupt at byte 14: duplicate key");
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use super::*;
    use crate::data::{Hash, Set, SortedSet};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn string() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            vec(any::<u8>(), 0..30),
            any::<i64>().prop_map(|value| value.to_string().into_bytes()),
            any::<i16>().prop_map(|value| value.to_string().into_bytes()),
            (vec(0u8..3, 1..20), 1usize..40).prop_map(|(part, n)| part.repeat(n)),
            vec(any::<u8>(), 300..500),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            string().prop_map(|text| Value::Str(text.into())),
            vec(string(), 1..40).prop_map(|items| items.into_iter().map(Bytes::from).collect::<List>().into()),
        ]
    }

    fn collection() -> impl Strategy<Value = Value> {
        let strings = || vec(string(), 1..40).prop_map(|words| words.into_iter().map(Bytes::from));
        let score = prop_oneof![any::<i32>().prop_map(f64::from), any::<i64>().prop_map(|bits| (bits as f64) / 7e9)];
        prop_oneof![
            strings().prop_map(|members| members.collect::<Set>().into()),
            vec(any::<i32>(), 1..600).prop_map(|members| {
                members.iter().map(|member| Bytes::from(member.to_string())).collect::<Set>().into()
            }),
            (strings(), string()).prop_map(|(fields, value)| {
                fields.map(|field| (field, value.clone().into())).collect::<Hash>().into()
            }),
            (strings(), vec(score, 40))
                .prop_map(|(members, scores)| { members.zip(scores).collect::<SortedSet>().into() }),
        ]
    }

    prop_compose! {
        fn keyspace()(entries in vec((0usize..16, string(), prop_oneof![value(), collection()], any::<Option<u32>>()), 0..12)) -> Keyspace {
            let mut keyspace = Keyspace::new(16);
            for (db, key, value, expire_ms) in entries {
                keyspace.insert(db, key.into(), value, expire_ms.map(i64::from));
            }
            keyspace
        }
    }

    proptest! {
        #[test]
        fn what_was_written_comes_back(keyspace in keyspace(), compress: bool, checksum: bool, stream_db in -1i64..16,
            offset: i64) {
            let replid = crate::base::Seed(offset as u64).rng().repl_id();
            let repl = Some(ReplFields { stream_db, replid, offset });
            let aux = AuxFields { repl, ctime_s: offset as u64, used_mem: offset as u64 };
            let bytes = write(&keyspace, &aux, compress, checksum);
            let loaded = read(&bytes, 0, true, 16).expect("loads");
            prop_assert_eq!(loaded.keyspace.digest(), keyspace.digest());
            prop_assert_eq!(loaded.keyspace.total_keys(), keyspace.total_keys());
            prop_assert_eq!(loaded.repl, repl);
        }

        #[test]
        fn damage_never_panics(keyspace in keyspace(), damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
            let mut bytes = write(&keyspace, &no_repl(), true, true).to_vec();
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = load(&bytes.into());
        }

        #[test]
        fn random_bytes_never_panic(body in vec(prop_oneof![0u8..20, 0xc0u8..=0xc4, 0xf5u8..=0xff, any::<u8>()], 0..80)) {
            let _ = load(&file(&body));
        }
    }
}
