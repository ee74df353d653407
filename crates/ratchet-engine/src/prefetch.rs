//! Prefetching: the engine's one place with `unsafe`, and all it does is ask the processor to fetch a cache line.
//!
//! A whole order life touches a handful of random cache lines in tables larger than the caches. Asking for all
//! of them before the first is needed overlaps their latency; `docs/adr/0005-exit-queue.md` and
//! `docs/guide/benchmarks.md` say what it brings. On other processors this is nothing.

/// Bytes that a processor fetches at once.
const LINE: usize = 64;

/// Asks for the cache line of `slice[index]`; nothing happens for an index out of range.
#[inline]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    if let Some(element) = slice.get(index) {
        ask(std::ptr::from_ref(element).cast());
    }
}

/// Asks for every cache line of a value, but not for what it points to.
#[inline]
pub(crate) fn prefetch_value<T>(value: &T) {
    let start = std::ptr::from_ref(value).cast::<i8>();
    for offset in (0..size_of::<T>()).step_by(LINE) {
        ask(start.wrapping_add(offset));
    }
    // Where it does not begin with a line, it ends in one more.
    if align_of::<T>() < LINE {
        ask(start.wrapping_add(size_of::<T>() - 1));
    }
}

#[inline]
#[expect(
    unsafe_code,
    reason = "the prefetch instruction cannot fault and changes no value, whatever the address"
)]
fn ask(address: *const i8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: prefetch reads nothing architecturally.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
