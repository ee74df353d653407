//! Has the pages taken up again when they were built anew.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
