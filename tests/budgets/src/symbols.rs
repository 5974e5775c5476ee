//! What an image contains that the library must not: told from the names of its symbols.

/// Kinds of code that have no place in the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Panic,
    Format,
    Allocation,
    Undefined,
}

impl Kind {
    /// For messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Panic => "a panic path",
            Self::Format => "formatting machinery",
            Self::Allocation => "an allocator",
            Self::Undefined => "an undefined symbol",
        }
    }
}

/// Every symbol that should not be there, of the output of `nm -C`.
pub(crate) fn findings(nm: &str) -> Vec<(Kind, String)> {
    nm.lines().filter_map(finding).collect()
}

fn finding(line: &str) -> Option<(Kind, String)> {
    // The address, which undefined symbols do not have; one letter; the name, which may hold blanks.
    let (before, name) = line.trim_start().split_once(" ").map(|(first, rest)| match rest.split_once(' ') {
        Some((letter, name)) if letter.len() == 1 && first.len() > 1 => (letter, name),
        _ => (first, rest),
    })?;
    let kind = if matches!(before, "U" | "w" | "v") { Some(Kind::Undefined) } else { kind(name) };
    kind.map(|kind| (kind, name.to_owned()))
}

fn kind(name: &str) -> Option<Kind> {
    const PANICS: [&str; 6] = ["panicking", "panic_", "begin_unwind", "unwrap_failed", "expect_failed", "_Unwind_"];
    const FORMATS: [&str; 3] = ["core::fmt::", "core::num::fmt", "core::num::flt2dec"];
    const ALLOCATES: [&str; 4] = ["__rust_alloc", "__rust_dealloc", "__rust_realloc", "alloc::"];
    const HEAPS: [&str; 7] = ["malloc", "calloc", "realloc", "free", "_malloc_r", "_sbrk", "sbrk"];
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&PANICS) {
        Some(Kind::Panic)
    } else if has(&FORMATS) {
        Some(Kind::Format)
    } else if has(&ALLOCATES) || HEAPS.contains(&name) {
        Some(Kind::Allocation)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(nm: &str) -> Vec<Kind> {
        findings(nm).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn what_has_no_place_is_found() {
        let panics = "00000a3c t core::panicking::panic_bounds_check\n\
                      00000a40 T __rustc::rust_begin_unwind\n\
                      00000a44 t core::option::unwrap_failed\n";
        assert_eq!(kinds(panics), [Kind::Panic; 3]);
        let formats = "00000a3c t core::fmt::write\n\
                       00000a40 t <&u32 as core::fmt::Display>::fmt\n\
                       00000a44 t core::num::flt2dec::to_exact_fixed_str\n";
        assert_eq!(kinds(formats), [Kind::Format; 3]);
        let allocations = "00000a3c t __rustc::__rust_alloc\n00000a40 T malloc\n00000a44 t alloc::vec::Vec<T>::push\n";
        assert_eq!(kinds(allocations), [Kind::Allocation; 3]);
        assert_eq!(kinds("         U memcpy\n         w __weak\n"), [Kind::Undefined; 2]);
    }

    #[test]
    fn what_belongs_is_not() {
        let own = "00000040 T body\n\
                   20000000 b tutee::a::B\n\
                   00000a3c t <tutee::gradient::samples::Samples<T>>::step\n\
                   00000a40 W __aeabi_fmul\n\
                   00000a48 V memcpy\n\
                   00000a50 T tutee_student_init_f32\n";
        assert_eq!(kinds(own), []);
    }
}
