//! 60 simulated seconds of one master, two replicas and 100 writes/s, natively. `cargo xtask bench` runs it and then the
//! same in a browser.
#![allow(clippy::disallowed_types, clippy::print_stdout, missing_docs)]

fn main() {
    println!("the world is not there yet");
}
