//! How much memory the stack of a thread takes.

/// What the stack of one thread takes, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    /// In memory: the pages that were touched.
    pub(crate) resident: u64,
    /// Of the address space: what it may grow to, or has grown to.
    pub(crate) virt: u64,
}

/// Measures the stack of this thread; `None` on systems other than Linux.
pub(crate) fn of_this_thread() -> Option<Stack> {
    let here = 0_u8;
    let smaps = std::fs::read_to_string("/proc/self/smaps").ok()?;
    holding(&smaps, (&raw const here).addr() as u64)
}

/// The sizes of the mapping that holds `address`, out of the text of `/proc/self/smaps`.
fn holding(smaps: &str, address: u64) -> Option<Stack> {
    let mut lines = smaps.lines();
    lines.find(|line| range(line).is_some_and(|(from, to)| (from..to).contains(&address)))?;
    let mut size = None;
    let mut resident = None;
    for line in lines.take_while(|line| range(line).is_none()) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("Size:") => size = words.next(),
            Some("Rss:") => resident = words.next(),
            _ => {}
        }
    }
    Some(Stack {
        resident: resident?.parse().ok()?,
        virt: size?.parse().ok()?,
    })
}

/// `7f00-7fff rw-p ...`: the first line of a mapping.
fn range(line: &str) -> Option<(u64, u64)> {
    let (from, to) = line.split(' ').next()?.split_once('-')?;
    let hexadecimal = |digits| u64::from_str_radix(digits, 16).ok();
    Some((hexadecimal(from)?, hexadecimal(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
7f1000000000-7f1000001000 ---p 00000000 00:00 0
Size:                  4 kB
Rss:                   0 kB
VmFlags: mr mw me sd
7f1000001000-7f1000201000 rw-p 00000000 00:00 0
Size:               2048 kB
KernelPageSize:        4 kB
Rss:                  20 kB
Pss:                  20 kB
VmFlags: rd wr mr mw me ac sd
";

    #[test]
    fn the_mapping_that_holds_the_address_is_read() {
        let stack = Stack {
            resident: 20,
            virt: 2048,
        };
        for address in [0x7f10_0000_1000, 0x7f10_0020_0fff] {
            assert_eq!(holding(SMAPS, address), Some(stack));
        }
        assert_eq!(holding(SMAPS, 0x7f10_0020_1000), None);
        assert_eq!(holding("", 1), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_spawned_thread_has_a_stack_of_its_own_size() {
        // So large that no stack of a thread that ended before is taken again for it.
        let thread = std::thread::Builder::new().stack_size(64 << 20);
        let stack = thread.spawn(of_this_thread).unwrap().join().unwrap();
        let stack = stack.expect("Linux has smaps");
        assert!((64 << 10..65 << 10).contains(&stack.virt), "{stack:?}");
        assert!(stack.resident > 0 && stack.resident <= stack.virt);
    }
}
