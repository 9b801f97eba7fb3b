//! Data sets and loads: every type in small and large encodings, with deadlines, in several databases.

use crate::line::{Node, until};

/// Fills a server with every type.
pub(crate) fn fill(node: &mut Node) {
    strings(node);
    collections(node);
    deadlines(node);
    node.order("SELECT 3");
    node.order("SET other 1");
    node.order("RPUSH list a b c");
    node.order("SELECT 0");
}

fn strings(node: &mut Node) {
    for i in 0..100 {
        node.order(&format!("SET key:{i} value:{i}"));
    }
    for value in ["0", "-1", "127", "-32769", "2147483648", "-9223372036854775808", "007", "3.0", "+5"] {
        node.order(&format!("SET number:{value} {value}"));
        node.order(&format!("SET {value} as-key"));
    }
    node.order("INCRBYFLOAT float 1.5");
    node.order(&format!("SET compressible {}", "abc".repeat(5000)));
    let bytes: Vec<u8> = (0..20_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    node.ask_with("SET incompressible", &bytes);
    node.ask_with("SET empty", b"");
    node.ask_with("SET control", b"\r\n\0*1\r\n$");
}

fn collections(node: &mut Node) {
    node.order("RPUSH list:small a b c 1 2 300 -70000 99999999999");
    node.order("SADD set:integers 5 1 -3 70000 99999999999");
    node.order("SADD set:words a b 3");
    node.order("HSET hash:small a 1 b two c 3.0");
    node.order("ZADD zset:small 1 a -2.5 b inf c -inf d 0.1 e 1e300 f");
    for chunk in 0..30 {
        let numbers = || chunk * 25..chunk * 25 + 25;
        let words = |word: &dyn Fn(i32) -> String| numbers().map(word).collect::<Vec<_>>().join(" ");
        node.order(&format!("RPUSH list:large {}", words(&|i| format!("element:{i}"))));
        node.order(&format!("SADD set:large {}", words(&|i| format!("member:{i}"))));
        node.order(&format!("SADD set:large-integers {}", words(&|i| (i * 1001).to_string())));
        node.order(&format!("HSET hash:large {}", words(&|i| format!("field:{i} {i}"))));
        node.order(&format!("ZADD zset:large {}", words(&|i| format!("{} member:{i}", f64::from(i) / 7.0))));
    }
    let long = "long".repeat(3000);
    node.order(&format!("RPUSH list:wide {long} short"));
    node.order(&format!("HSET hash:wide field {long}"));
    node.order(&format!("SADD set:wide {long}"));
    node.order(&format!("ZADD zset:wide 1 {long}"));
}

fn deadlines(node: &mut Node) {
    for kind in ["list:small", "set:integers", "hash:small", "zset:large", "key:1"] {
        node.order(&format!("PEXPIRE {kind} 3600000"));
    }
    node.order("SET with-deadline 1 PXAT 4102444800123");
}

/// Changes of every kind, among them those that are rewritten on their way to replicas.
pub(crate) fn change(node: &mut Node) {
    for line in [
        "MULTI",
        "SET a 1",
        "INCR a",
        "EXEC",
        "INCRBYFLOAT float 0.1",
        "SET short 1 PX 100",
        "SET keeps 1 EX 1000",
        "SET keeps 2 KEEPTTL",
        "GETEX key:2 EX 500",
        "GETDEL key:3",
        "GETSET key:4 changed",
        "EXPIRE key:5 1000",
        "EXPIRE key:6 -1",
        "PERSIST with-deadline",
        "APPEND key:7 more",
        "SETRANGE key:8 10 far",
        "LPOP list:small",
        "LMOVE list:small list:large LEFT RIGHT",
        "LREM list:large 1 element:5",
        "LINSERT list:large BEFORE element:9 inserted",
        "SPOP set:words",
        "SPOP set:large 20",
        "SPOP set:large-integers 749",
        "SMOVE set:integers set:words 70000",
        "SUNIONSTORE set:union set:words set:integers",
        "HINCRBYFLOAT hash:small c 0.25",
        "HDEL hash:large field:1 field:2",
        "ZINCRBY zset:small 1.25 a",
        "ZPOPMIN zset:large 3",
        "ZREMRANGEBYRANK zset:large 0 9",
        "ZUNIONSTORE zset:union 2 zset:small zset:large WEIGHTS 2 0.5",
        "COPY zset:small zset:copy",
        "RENAME list:wide list:renamed",
        "MOVE key:9 2",
        "SELECT 2",
        "RPUSH list x y z",
        "SELECT 0",
        "DEL key:10 key:11",
        "UNLINK hash:wide",
        "SORT set:union ALPHA STORE sorted",
        "BITOP XOR bits key:12 key:13",
    ] {
        node.order(line);
    }
    // Asking for it is what removes it, on the replicas as well.
    until("the short key is gone", || node.ask("EXISTS short") == ":0\r\n");
}

/// More bytes in the stream than a backlog of 16 kb holds.
pub(crate) fn flood(node: &mut Node) {
    let value = "x".repeat(1000);
    for i in 0..100 {
        node.order(&format!("SET flood:{i} {value}"));
    }
}
