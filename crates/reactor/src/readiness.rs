use std::fmt;
use std::ops::{BitAnd, BitOr};

use mio::event::Event;

/// What a source is ready for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Readiness(u8);

impl Readiness {
    /// Nothing.
    pub const NONE: Readiness = Readiness(0);
    /// A read would not block: there is data, the end of it, or an error.
    pub const READABLE: Readiness = Readiness(1);
    /// A write would not block: there is room, nobody who would read it, or an error.
    pub const WRITABLE: Readiness = Readiness(2);
    /// What can be read has an end, though there may be data before it: the peer has shut its side down, or there is an
    /// error.
    pub const ENDED: Readiness = Readiness(4);

    #[inline]
    pub(crate) fn of(event: &Event) -> Self {
        let mut all = Self::NONE;
        let mut add = |yes: bool, what| {
            if yes {
                all = all | what;
            }
        };
        // An end or an error is for whoever waits, in either direction.
        let ended = event.is_read_closed() || event.is_error();
        add(event.is_readable() || ended, Self::READABLE);
        let shut = event.is_write_closed() || event.is_error();
        add(event.is_writable() || shut, Self::WRITABLE);
        add(ended, Self::ENDED);
        all
    }

    /// Whether it has any of `other`.
    #[inline]
    pub fn intersects(self, other: Readiness) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether a read would not block.
    #[inline]
    pub fn is_readable(self) -> bool {
        self.intersects(Self::READABLE)
    }

    /// Whether a write would not block.
    #[inline]
    pub fn is_writable(self) -> bool {
        self.intersects(Self::WRITABLE)
    }

    /// Whether there is nothing to come after what can be read now.
    #[inline]
    pub fn is_ended(self) -> bool {
        self.intersects(Self::ENDED)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    pub(crate) fn without(self, other: Readiness) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Readiness {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Readiness {
    type Output = Self;

    #[inline]
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::READABLE, "readable"),
            (Self::WRITABLE, "writable"),
            (Self::ENDED, "ended"),
        ];
        let mut separator = "";
        for (what, name) in names {
            if self.intersects(what) {
                write!(f, "{separator}{name}")?;
                separator = " + ";
            }
        }
        if self.0 == 0 {
            f.write_str("nothing")?;
        }
        Ok(())
    }
}
