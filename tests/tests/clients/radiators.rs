//! What both languages must come to with the radiators of `whitening.rs`.

/// W, b and S for readings as they come, as one number, by the name of the scalar in C.
pub const RADIATORS: [(&str, u64); 2] = [("float", 0x0132_4b89_c90d_f282), ("double", 0x0f8d_046b_8660_78b9)];
