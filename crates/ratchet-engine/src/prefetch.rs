//! Prefetching: the engine's one place with `unsafe`, and all it does is ask the processor to fetch a cache line.
//!
//! A whole order life touches a handful of random cache lines in tables larger than the caches. Asking for all
//! of them before the first is needed overlaps their latency; `docs/adr/0005-exit-queue.md` and
//! `docs/guide/benchmarks.md` say what it brings. On other processors this is nothing.

/// Asks for the cache line of `slice[index]`; nothing happens for an index out of range.
#[inline]
#[expect(
    unsafe_code,
    reason = "the prefetch instruction cannot fault and changes no value; the pointer is in bounds"
)]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(element) = slice.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the pointer comes from a reference; prefetch reads nothing architecturally.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast::<i8>()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}

/// Bytes that a processor fetches at once.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Asks for every cache line of a value, but not for what it points to.
#[inline]
#[expect(
    unsafe_code,
    reason = "the prefetch instruction cannot fault and changes no value, whatever the address"
)]
pub(crate) fn prefetch_value<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    for offset in (0..size_of::<T>()).step_by(LINE) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = std::ptr::from_ref(value).cast::<i8>().wrapping_add(offset);
        // SAFETY: inside of a reference; prefetch reads nothing architecturally.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
