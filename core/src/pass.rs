//! Passes: heavy loops that are compiled once for each precision and vector level, here and not in every crate that uses
//! them, with everything that they do inlined.

/// A function from generic code to a pass, `fn name(Work<'a, ...>) -> Output;`, where `Work<'a, ..., T>` is
/// [`Work`](crate::vector::Work) in either precision. Beside it stand the pass in single and in double precision, which are
/// generic over nothing, so that whoever calls the function has them to link and not to compile.
macro_rules! pass {
    ($(#[$attribute:meta])* $visible:vis fn $name:ident($work:ident<$($lifetime:lifetime $(: $longer:lifetime)?),*>) $(-> $output:ty)?;) => {
        $(#[$attribute])*
        #[inline]
        $visible fn $name<$($lifetime $(: $longer)?,)* T: $crate::scalar::Scalar>(
            level: $crate::vector::Level,
            work: $work<$($lifetime,)* T>,
        ) $(-> $output)? {
            struct Both<$($lifetime $(: $longer)?),*>(core::marker::PhantomData<($(&$lifetime (),)*)>);

            impl<$($lifetime $(: $longer)?),*> $crate::scalar::Family for Both<$($lifetime),*> {
                type Of<T: $crate::scalar::Scalar> = $work<$($lifetime,)* T>;
            }

            #[inline(never)]
            fn single<$($lifetime $(: $longer)?),*>(level: $crate::vector::Level, work: $work<$($lifetime,)* f32>) $(-> $output)? {
                $crate::vector::dispatch::dispatch(level, work)
            }

            #[inline(never)]
            fn double<$($lifetime $(: $longer)?),*>(level: $crate::vector::Level, work: $work<$($lifetime,)* f64>) $(-> $output)? {
                $crate::vector::dispatch::dispatch(level, work)
            }

            match T::which::<Both<$($lifetime),*>>(work) {
                $crate::scalar::Which::Single(work) => single(level, work),
                $crate::scalar::Which::Double(work) => double(level, work),
            }
        }
    };
}

pub(crate) use pass;
