//! Calls one function with numbers that the compiler does not know.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image {
    use core::hint::black_box;
    use core::panic::PanicInfo;

    #[cfg(not(feature = "double"))]
    type Number = f32;
    #[cfg(feature = "double")]
    type Number = f64;

    #[allow(unused_macros)]
    macro_rules! either {
        ($single:expr, $double:expr) => {{
            #[cfg(not(feature = "double"))]
            let function = $single;
            #[cfg(feature = "double")]
            let function = $double;
            function
        }};
    }

    #[panic_handler]
    fn panic(_: &PanicInfo<'_>) -> ! {
        loop {}
    }

    #[inline(never)]
    fn run(x: Number) -> (Number, Number) {
        use tutee::elementary::{angle, exp, ln, sin_cos, sqrt};
        #[allow(unused_imports)]
        use {angle as _, exp as _, ln as _, sin_cos as _, sqrt as _};
        #[cfg(feature = "exp")]
        return (either!(exp::exp_f32, exp::exp_f64)(x), x);
        #[cfg(feature = "exp_not_positive")]
        return (either!(exp::exp_not_positive_f32, exp::exp_not_positive_f64)(x), x);
        #[cfg(feature = "ln")]
        return (either!(ln::ln_f32, ln::ln_f64)(x), x);
        #[cfg(feature = "ln_normal")]
        return (either!(ln::ln_normal_f32, ln::ln_normal_f64)(x), x);
        #[cfg(feature = "sin_cos")]
        return either!(sin_cos::sin_cos_f32, sin_cos::sin_cos_f64)(black_box(1), x);
        #[cfg(feature = "angle_and_sine")]
        return either!(angle::angle_and_sine_f32, angle::angle_and_sine_f64)(x);
        #[cfg(feature = "kink_loss")]
        return (either!(angle::kink_loss_f32, angle::kink_loss_f64)(x, black_box(x)), x);
        #[cfg(feature = "sqrt")]
        return (either!(sqrt::sqrt_f32, sqrt::sqrt_f64)(x), x);
        #[cfg(feature = "near_sqrt")]
        return (either!(sqrt::near_sqrt_f32, sqrt::near_sqrt_f64)(x), x);
        #[cfg(feature = "libm_exp")]
        return (either!(libm::expf, libm::exp)(x), x);
        #[cfg(feature = "libm_ln")]
        return (either!(libm::logf, libm::log)(x), x);
        #[cfg(feature = "libm_sin_cos")]
        return either!(libm::sincosf, libm::sincos)(x);
        #[cfg(feature = "libm_asin")]
        return (either!(libm::asinf, libm::asin)(x), x);
        #[cfg(feature = "libm_sqrt")]
        return (either!(libm::sqrtf, libm::sqrt)(x), x);
        #[allow(unreachable_code)]
        (x, x)
    }

    #[unsafe(no_mangle)]
    extern "C" fn _start() -> ! {
        loop {
            black_box(run(black_box(1.0)));
        }
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    println!("for bare metal; see tests/elementary/sizes");
}
