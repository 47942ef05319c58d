use std::mem;

/// An empty buffer keeps no more than this.
const KEPT: usize = 4096;

/// Bytes in a row: taken from the front, added at the back. A byte is moved a bounded number of times, however many
/// pieces it comes and goes in.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// Those before it are gone.
    start: usize,
}

impl Buffer {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn push(&mut self, more: &[u8]) {
        let room = self.bytes.capacity() - self.bytes.len();
        // Those that are left move to the front only when as many are gone: each move is paid for.
        if room < more.len() && self.start >= self.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(more);
    }

    /// Drops the first `length` bytes.
    pub(crate) fn consume(&mut self, length: usize) {
        assert!(length <= self.len(), "more bytes than there are");
        self.start += length;
        if self.is_empty() {
            self.clear();
        }
    }

    /// Takes out the first `length` bytes; without copying them if they are all there is, and fill their memory.
    pub(crate) fn take(&mut self, length: usize) -> Vec<u8> {
        if self.start == 0 && length == self.len() && self.bytes.capacity() / 2 <= length {
            return mem::take(&mut self.bytes);
        }
        let taken = self.as_slice()[..length].to_vec();
        self.consume(length);
        taken
    }

    pub(crate) fn clear(&mut self) {
        self.start = 0;
        self.bytes.clear();
        self.bytes.shrink_to(if self.bytes.capacity() > KEPT {
            0
        } else {
            KEPT
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 256 }, failure_persistence: None, ..<_>::default() })]

        #[test]
        fn it_gives_what_it_got_in_order(steps in prop::collection::vec((0_usize..300, 0_usize..300, any::<bool>()), 1..60)) {
            let mut buffer = Buffer::default();
            let mut model = VecDeque::new();
            let mut next = 0_u8;
            for (more, less, take) in steps {
                let bytes: Vec<u8> = (0..more).map(|_| { next = next.wrapping_add(1); next }).collect();
                buffer.push(&bytes);
                model.extend(bytes);
                let less = less.min(model.len());
                let expected: Vec<u8> = model.drain(..less).collect();
                if take {
                    prop_assert_eq!(buffer.take(less), expected);
                } else {
                    prop_assert_eq!(&buffer.as_slice()[..less], expected);
                    buffer.consume(less);
                }
                prop_assert_eq!(buffer.len(), model.len());
            }
        }
    }

    #[test]
    fn an_empty_buffer_keeps_little() {
        let mut buffer = Buffer::default();
        buffer.push(&[1; 100_000]);
        buffer.consume(100_000);
        assert_eq!(buffer.bytes.capacity(), 0);
        buffer.push(&[1; 100]);
        let before = buffer.bytes.capacity();
        buffer.consume(100);
        assert_eq!(buffer.bytes.capacity(), before);
    }

    /// A peer who is always a little ahead.
    #[test]
    fn a_buffer_that_is_never_empty_does_not_grow_for_ever() {
        let mut buffer = Buffer::default();
        buffer.push(b"x");
        for _ in 0..10_000 {
            buffer.push(&[1; 100]);
            buffer.consume(100);
        }
        assert_eq!(buffer.len(), 1);
        assert!(buffer.bytes.capacity() <= 1024);
    }

    #[test]
    fn bytes_that_are_all_there_is_are_not_copied() {
        let mut buffer = Buffer::default();
        buffer.push(&[1; 1000]);
        let before = buffer.as_slice().as_ptr();
        let taken = buffer.take(1000);
        assert_eq!(taken.as_ptr(), before);
    }
}
