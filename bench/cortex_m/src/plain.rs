//! The plain C of `plain/steps.c`, for the sizes that `build.rs` compiles it for.

/// A student without anything to carry.
#[repr(C)]
pub(crate) struct Student<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    pub(crate) value: [[f32; FEATURES]; FILTERS],
    pub(crate) logits: [[f32; TOKENS]; OUTPUTS],
}

impl<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Student<FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    pub(crate) const ZERO: Self = Self { value: [[0.0; FEATURES]; FILTERS], logits: [[0.0; TOKENS]; OUTPUTS] };
}

#[repr(C)]
pub(crate) struct Teacher<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    pub(crate) slope: f32,
    pub(crate) value: [[f32; FEATURES]; FILTERS],
    pub(crate) mixing: [[f32; TOKENS]; OUTPUTS],
    pub(crate) value_norms: [f32; FILTERS],
    pub(crate) mixing_norms: [f32; OUTPUTS],
}

impl<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Teacher<FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    pub(crate) const ZERO: Self = Self {
        slope: 0.0,
        value: [[0.0; FEATURES]; FILTERS],
        mixing: [[0.0; TOKENS]; OUTPUTS],
        value_norms: [0.0; FILTERS],
        mixing_norms: [0.0; OUTPUTS],
    };
}

/// Per step; that of the logits is the rate of W_KQ over the number of tokens.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) value: f32,
    pub(crate) logits: f32,
}

/// State of xoshiro256++; not all zero.
#[repr(C)]
#[derive(Clone)]
pub(crate) struct Generator(pub(crate) [u64; 4]);

/// The functions for one size.
pub(crate) struct Steps<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    draw: unsafe extern "C" fn(*mut Generator, *mut [[f32; FEATURES]; TOKENS]),
    exact: unsafe extern "C" fn(
        *mut Student<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        *const Teacher<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        Rates,
    ),
    online: unsafe extern "C" fn(
        *mut Student<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        *const Teacher<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        Rates,
        *mut Generator,
        i32,
    ),
}

impl<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Steps<FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    pub(crate) fn draw(&self, generator: &mut Generator, x: &mut [[f32; FEATURES]; TOKENS]) {
        // SAFETY: reads and writes what the references point to, whose layout is that of plain.h.
        unsafe { (self.draw)(generator, x) }
    }

    pub(crate) fn exact(
        &self,
        student: &mut Student<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        teacher: &Teacher<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        rates: Rates,
    ) {
        // SAFETY: as above.
        unsafe { (self.exact)(student, teacher, rates) }
    }

    pub(crate) fn online(
        &self,
        student: &mut Student<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        teacher: &Teacher<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        rates: Rates,
        generator: &mut Generator,
        batch: i32,
    ) {
        // SAFETY: as above.
        unsafe { (self.online)(student, teacher, rates, generator, batch) }
    }
}

macro_rules! steps {
    (
        $name:ident, $filters:literal $features:literal $tokens:literal $outputs:literal,
        $draw:ident $exact:ident $online:ident
    ) => {
        unsafe extern "C" {
            fn $draw(generator: *mut Generator, x: *mut [[f32; $features]; $tokens]);
            fn $exact(
                student: *mut Student<$filters, $features, $tokens, $outputs>,
                teacher: *const Teacher<$filters, $features, $tokens, $outputs>,
                rates: Rates,
            );
            fn $online(
                student: *mut Student<$filters, $features, $tokens, $outputs>,
                teacher: *const Teacher<$filters, $features, $tokens, $outputs>,
                rates: Rates,
                generator: *mut Generator,
                batch: i32,
            );
        }

        pub(crate) static $name: Steps<$filters, $features, $tokens, $outputs> =
            Steps { draw: $draw, exact: $exact, online: $online };
    };
}

// As in build.rs.
steps!(D8, 2 4 8 8, plain_draw_d8 plain_exact_step_d8 plain_online_step_d8);
steps!(D16, 4 8 16 16, plain_draw_d16 plain_exact_step_d16 plain_online_step_d16);
