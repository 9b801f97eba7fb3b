//! The memory of the module. Owns lists of free small blocks, one list for each size: a run takes and gives back a few
//! hundred of them in a simulated millisecond. What is larger, and what no list has, comes from a general allocator, which
//! is as fast as the one of the standard library here, and three kilobytes lighter. Knows nothing of who uses a block.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

use rlsf::SmallGlobalTlsf;

/// Blocks in lists have a multiple of this size, in bytes,
const STEP: usize = 16;
/// and at most so many times that.
const LISTS: usize = 16;
/// How all blocks in lists are aligned.
const ALIGN: usize = 8;

/// The allocator.
pub(super) struct Memory {
    general: SmallGlobalTlsf,
    /// The first free block of each size; the first word of a free block is the place of the next.
    free: UnsafeCell<[*mut u8; LISTS]>,
}

// SAFETY: the module has one thread.
unsafe impl Sync for Memory {}

impl Memory {
    pub(super) const fn new() -> Memory {
        Memory { general: SmallGlobalTlsf::new(), free: UnsafeCell::new([null_mut(); LISTS]) }
    }

    /// The list of blocks for a layout, if there is one.
    fn list(&self, layout: Layout) -> Option<*mut *mut u8> {
        let number = layout.size().wrapping_sub(1) / STEP;
        // SAFETY: the number is that of a list.
        (number < LISTS && layout.align() <= ALIGN).then(|| unsafe { self.free.get().cast::<*mut u8>().add(number) })
    }
}

// SAFETY: blocks come from the general allocator, at least as large and aligned as asked for. A block in a list is in no
// other list and nobody's, and goes to one owner only.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe {
            let Some(list) = self.list(layout) else { return self.general.alloc(layout) };
            let block = *list;
            if block.is_null() {
                let size = layout.size().next_multiple_of(STEP);
                return self.general.alloc(Layout::from_size_align_unchecked(size, ALIGN));
            }
            *list = *block.cast();
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe {
            let Some(list) = self.list(layout) else { return self.general.dealloc(block, layout) };
            *block.cast() = *list;
            *list = block;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            let wanted = Layout::from_size_align_unchecked(size, layout.align());
            let (from, to) = (self.list(layout), self.list(wanted));
            if from == to {
                return if from.is_some() { block } else { self.general.realloc(block, layout, size) };
            }
            let other = self.alloc(wanted);
            if !other.is_null() {
                other.copy_from_nonoverlapping(block, size.min(layout.size()));
                self.dealloc(block, layout);
            }
            other
        }
    }
}
