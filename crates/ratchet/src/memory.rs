//! Memory: large arrays in huge pages, on Linux.
//!
//! The engine reads tables of hundreds of megabytes at random places. In pages of 4 KiB nearly every such read also
//! misses the processor's table of pages, and every page of a growing array is a fault of its own.
//! So what is large comes from `mmap` at addresses and in sizes of whole huge pages, the kernel is asked to use them,
//! and an array that grows keeps its pages: `mremap` moves them by their numbers, without a copy. Everything
//! else is mimalloc's: a server's answers are freed by other threads than those that made them, which the C library's
//! allocator has wait for each other.

use std::alloc::{GlobalAlloc, Layout};

use mimalloc::MiMalloc;

/// The allocator of this program.
pub(crate) struct HugePages;

/// A huge page of the processors Ratchet is used on. Where they are larger, this is only an alignment.
const PAGE: usize = 2 << 20;

/// From this size on an array has pages of its own.
const LARGE: usize = 1 << 20;

#[inline]
fn is_large(layout: Layout) -> bool {
    cfg!(target_os = "linux") && layout.size() >= LARGE && layout.align() <= PAGE
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its nature; `pages` says what makes it sound")]
// SAFETY: what is large by its layout is `pages`' from beginning to end, the rest is `MiMalloc`'s: the caller gives
// the layout of the allocation with every call, so both always know theirs.
unsafe impl GlobalAlloc for HugePages {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            let memory = pages::map(layout.size());
            ahead::note((memory.addr(), layout.size(), false));
            return memory;
        }
        // SAFETY: the caller's layout, unchanged.
        unsafe { MiMalloc.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            // Fresh pages are zero.
            let memory = pages::map(layout.size());
            ahead::note((memory.addr(), layout.size(), true));
            return memory;
        }
        // SAFETY: the caller's layout, unchanged.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if is_large(layout) {
            // SAFETY: a large layout was mapped with its size.
            return unsafe { pages::unmap(memory, layout.size()) };
        }
        // SAFETY: memory and layout are `MiMalloc`'s.
        unsafe { MiMalloc.dealloc(memory, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises a valid size for this alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (is_large(layout), is_large(wanted)) {
            // SAFETY: memory and layout are `MiMalloc`'s.
            (false, false) => unsafe { MiMalloc.realloc(memory, layout, size) },
            // SAFETY: a large layout was mapped with its size.
            (true, true) => unsafe {
                let moved = pages::remap(memory, layout.size(), size);
                // What it held is there already.
                ahead::note((moved.addr() + layout.size(), size.saturating_sub(layout.size()), false));
                moved
            },
            // SAFETY: two separate allocations; as much is copied as both hold. On failure the old one stays.
            _ => unsafe {
                let moved = self.alloc(wanted);
                if !moved.is_null() {
                    std::ptr::copy_nonoverlapping(memory, moved, layout.size().min(size));
                    self.dealloc(memory, layout);
                }
                moved
            },
        }
    }
}

/// Runs something that asks for large arrays to be filled later, and then touches their memory ahead of their use, on a
/// thread that ends when all of it is there. It runs only where a processor has nothing else to do: otherwise it would take
/// the one of those that work, who wait for each other.
///
/// The first touch of a page is the kernel's work, and under a hypervisor also the host's, which costs up to twenty times
/// as much: a quarter of the time of a large backtest. Touched by another thread it costs the one that works nothing. What
/// is asked for here must be what will be used: all of it takes memory then.
pub(crate) fn prefaulted<T>(ask: impl FnOnce() -> T) -> T {
    ahead::begin();
    let asked = ask();
    let ranges = ahead::end();
    if !ranges.is_empty() {
        // Without a thread the pages come at their first use, as ever.
        let touch = move || {
            pages::set_idle_priority();
            pages::touch(&ranges);
        };
        let _ = std::thread::Builder::new().name("memory".to_owned()).spawn(touch);
    }
    asked
}

/// The same, but waits until all of it is there.
pub(crate) fn touched<T>(ask: impl FnOnce() -> T) -> T {
    ahead::begin();
    let asked = ask();
    pages::touch(&ahead::end());
    asked
}

/// Large ranges that one thread asks for.
mod ahead {
    use std::cell::{Cell, RefCell};

    /// Most ranges that are noted.
    const RANGES_MAX: usize = 128;

    /// Start, length, and whether it was asked for as zeros: such an array is read anywhere from its beginning on.
    pub(super) type Range = (usize, usize, bool);

    thread_local! {
        static NOTES: Cell<bool> = const { Cell::new(false) };
        /// Room is taken before: an allocator cannot ask itself for more.
        static RANGES: RefCell<Vec<Range>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn begin() {
        RANGES.with_borrow_mut(|ranges| ranges.reserve_exact(RANGES_MAX));
        NOTES.set(true);
    }

    pub(super) fn end() -> Vec<Range> {
        NOTES.set(false);
        RANGES.take()
    }

    pub(super) fn note(range: Range) {
        let notes = NOTES.try_with(Cell::get).unwrap_or(false);
        if notes {
            RANGES.with_borrow_mut(|ranges| {
                if ranges.len() < ranges.capacity() {
                    ranges.push(range);
                }
            });
        }
    }
}

/// Ranges of whole huge pages. Sizes are rounded up the same way each time, so a size names its range.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "system calls; each range is private, anonymous and owned by one allocation")]
mod pages {
    use super::PAGE;
    use super::ahead::Range;
    use libc::{MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_FAILED, MAP_PRIVATE, PROT_READ, PROT_WRITE};
    use std::ptr::null_mut;

    fn rounded(size: usize) -> usize {
        size.next_multiple_of(PAGE)
    }

    /// A range of zeros, or null.
    #[cold]
    pub(super) fn map(size: usize) -> *mut u8 {
        let length = rounded(size);
        // One page more than wanted, and what lies outside the aligned range is given back.
        let Some(whole) = length.checked_add(PAGE) else { return null_mut() };
        let (protection, flags) = (PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
        // SAFETY: asks for a new range anywhere; gives back only parts of it; the advice changes no content and
        // may be refused.
        unsafe {
            let start = libc::mmap(null_mut(), whole, protection, flags, -1, 0);
            if start == MAP_FAILED {
                return null_mut();
            }
            let before = start.addr().next_multiple_of(PAGE) - start.addr();
            let aligned = start.byte_add(before);
            if before != 0 {
                libc::munmap(start, before);
            }
            libc::munmap(aligned.byte_add(length), PAGE - before);
            libc::madvise(aligned, length, MADV_HUGEPAGE);
            aligned.cast()
        }
    }

    /// Steps in which ranges are touched side by side.
    const STEPS: usize = 256;

    /// Touches ranges: first those that are read anywhere, then the others side by side, as they are filled.
    pub(super) fn touch(ranges: &[Range]) {
        for (start, length, _) in ranges.iter().filter(|range| range.2) {
            for page in 0..rounded(*length) / PAGE {
                populate(start + page * PAGE, start + (page + 1) * PAGE);
            }
        }
        // One step is a page or a few: while the kernel is at it, nobody else may map or unmap memory.
        for step in 0..STEPS {
            for (start, length, _) in ranges.iter().filter(|range| !range.2) {
                let pages = rounded(*length) / PAGE;
                let (from, to) = (pages * step / STEPS, pages * (step + 1) / STEPS);
                populate(start + from * PAGE, start + to * PAGE);
            }
        }
    }

    /// Lets every other thread go before this one. A wish: refused, it runs as others do.
    pub(super) fn set_idle_priority() {
        // SAFETY: zeros are a valid parameter, which is read before the call returns; 0 is the calling thread.
        unsafe {
            let parameter: libc::sched_param = std::mem::zeroed();
            libc::sched_setscheduler(0, libc::SCHED_IDLE, &parameter);
        }
    }

    /// Asks the kernel for the pages between two addresses.
    fn populate(from: usize, to: usize) {
        if from < to {
            let start = std::ptr::without_provenance_mut::<libc::c_void>(from);
            // SAFETY: it changes no content, whatever lies there now, and fails where nothing does or the kernel
            // does not know it: the range may have moved or be gone meanwhile.
            unsafe { libc::madvise(start, to - from, libc::MADV_POPULATE_WRITE) };
        }
    }

    /// Gives a range back.
    ///
    /// # Safety
    /// `memory` is a range that `map` or `remap` gave for this size, and nobody uses it any more.
    #[cold]
    pub(super) unsafe fn unmap(memory: *mut u8, size: usize) {
        // SAFETY: the whole range, once.
        unsafe { libc::munmap(memory.cast(), rounded(size)) };
    }

    /// The same content in a range of another size, or null and nothing has changed.
    ///
    /// # Safety
    /// `memory` is a range that `map` or `remap` gave for `old`, and nobody but the caller uses it.
    #[cold]
    pub(super) unsafe fn remap(memory: *mut u8, old: usize, new: usize) -> *mut u8 {
        let (before, after) = (rounded(old), rounded(new));
        if before == after {
            return memory;
        }
        // SAFETY: in place where there is room; else into a fresh range, which the move replaces. Moved to an
        // aligned place, huge pages stay whole.
        unsafe {
            if libc::mremap(memory.cast(), before, after, 0) != MAP_FAILED {
                return memory;
            }
            let place = map(new);
            if place.is_null() {
                return place;
            }
            let (may_move, fixed) = (libc::MREMAP_MAYMOVE, libc::MREMAP_FIXED);
            let moved = libc::mremap(memory.cast(), before, after, may_move | fixed, place);
            if moved == MAP_FAILED {
                unmap(place, new);
                return null_mut();
            }
            moved.cast()
        }
    }
}

/// Nothing is large here.
#[cfg(not(target_os = "linux"))]
#[expect(unsafe_code, reason = "the same signatures as on Linux")]
mod pages {
    pub(super) fn map(_: usize) -> *mut u8 {
        std::ptr::null_mut()
    }

    pub(super) unsafe fn unmap(_: *mut u8, _: usize) {}

    pub(super) fn touch(_: &[super::ahead::Range]) {}

    pub(super) fn set_idle_priority() {}

    pub(super) unsafe fn remap(_: *mut u8, _: usize, _: usize) -> *mut u8 {
        std::ptr::null_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::LARGE;

    /// An array that grows and shrinks across the border keeps its content, and fresh memory is zero.
    #[test]
    fn arrays_keep_their_content_in_every_size() {
        let mut array: Vec<u64> = Vec::new();
        let most = 5 * LARGE as u64 / 8;
        for value in 0..most {
            array.push(value);
        }
        assert!(array.iter().copied().eq(0..most));
        for kept in [LARGE / 4, LARGE / 8, LARGE / 16, LARGE / 64] {
            array.truncate(kept);
            array.shrink_to_fit();
            assert!(array.iter().copied().eq(0..kept as u64));
        }
        for size in [LARGE / 2, LARGE, 3 * LARGE] {
            assert!(vec![0_u8; size].iter().all(|byte| *byte == 0));
        }
    }
}
