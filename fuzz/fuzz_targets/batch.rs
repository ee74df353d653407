//! Any bytes as a batch of a binary journal: its entries, or an error, never a panic; what is read is written and read again
//! to the same entries. By this version's description and by one of another version.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use ratchet_engine::journal::binary::schema;
use ratchet_engine::journal::{BlobDecoder, BlobEncoder, EntryBatch, Verifier};

fuzz_target!(|bytes: &[u8]| {
    static OTHER: OnceLock<BlobDecoder> = OnceLock::new();
    let other = OTHER.get_or_init(|| {
        let text = schema().text().replacen("\"types\":{", "\"types\":{\"Nothing\":{\"struct\":[]},", 1);
        BlobDecoder::of_text(text.as_bytes()).expect("a description")
    });
    let mut batch = EntryBatch::new();
    drop(other.clone().decode(bytes, &mut batch));
    batch.clear();
    if BlobDecoder::new().decode(bytes, &mut batch).is_err() {
        return;
    }
    let (mut encoder, mut again, mut read) = (BlobEncoder::new(), Vec::new(), EntryBatch::new());
    encoder.push_batch(&batch);
    encoder.finish(&mut again);
    BlobDecoder::new().decode(&again, &mut read).expect("what was written is read");
    for ((one, command), (other, same)) in batch.iter().zip(read.iter()) {
        assert!(one.is_same(&other) && command == same);
    }
    drop(Verifier::new().push_batch(&batch, 1));
});
