//! The frozen stream, as numbers. Whoever has to change one of these has changed every result that was ever drawn from a
//! seed, and needs a new version of the library. (That the numbers are *right* is what the tests beside each
//! distribution show; a computation with 200 bits agreed with each of them to 1.2 ulp of the larger of it and one.)

use super::distribution::Input;
use super::noise::LabelNoise;
use super::stream::SampleStream;
use crate::scalar::Scalar;

/// Elements of an input: one whole token and part of another, and an odd last element.
const LENGTH: usize = 5;
const FEATURES: usize = 3;

/// One position in the stream with the bits that are drawn there.
struct Golden {
    seed: u64,
    index: u64,
    words: [u64; 4],
    /// In the order of [`inputs`]: the bits of the draws in `f64` and in `f32`.
    draws: [([u64; LENGTH], [u64; LENGTH]); 9],
    /// Noise of mean 1/4 and deviation 1/2 on three labels of 1, after a Gaussian input.
    labels: ([u64; 3], [u64; 3]),
}

fn inputs<T: Scalar>() -> [Input<T>; 9] {
    [
        Input::Gaussian,
        Input::Exponential,
        Input::Uniform,
        Input::Laplace,
        Input::StudentT { degrees_of_freedom: 3 },
        Input::StudentT { degrees_of_freedom: 8 },
        Input::Correlated { correlation: T::from_f64(0.75) },
        Input::Shifted { mean: T::from_f64(-1.5) },
        Input::Gumbel,
    ]
}

const GOLDEN: [Golden; 2] = [
    Golden {
        seed: 1,
        index: 0,
        words: [0xCFC5_D07F_6F03_C29B, 0xBF42_4132_963F_E08D, 0x19A3_7D57_57AA_F520, 0xBF08_119F_05CD_56D6],
        draws: [
            (
                [
                    0xBFE2_E7AA_8168_8550,
                    0x3FD0_BE60_E144_600E,
                    0xBFE4_E1B7_D530_D45D,
                    0xBFD9_6187_0DD9_E62D,
                    0xBFF2_D610_503C_7282,
                ],
                [0xBF17_3D55, 0x3E85_F307, 0xBF27_0DBF, 0xBECB_0C38, 0xBF96_B082],
            ),
            (
                [
                    0x3FCA_B7C0_B60B_34E8,
                    0x3FEA_BC89_CC16_578E,
                    0x3FD2_A8C1_006B_B76D,
                    0x3FE1_0D5A_7E56_4A20,
                    0x4002_689B_2907_D309,
                ],
                [0x3E55_BE08, 0x3F55_E44F, 0x3E95_4608, 0x3F08_6AD3, 0x4013_44D9],
            ),
            (
                [
                    0xBFF1_4573_D8B2_9534,
                    0x3FF8_090E_FE9A_FC03,
                    0xBFEB_6451_66A9_577B,
                    0xBFD3_44C6_399D_6471,
                    0x3FD6_3426_142B_9158,
                ],
                [0xBF8A_2B9F, 0x3FC0_4878, 0xBF5B_228B, 0xBE9A_2631, 0x3EB1_A131],
            ),
            (
                [
                    0xBFD5_6610_B36C_C617,
                    0x3FB9_C574_E0D0_A433,
                    0xBFDF_E53A_56E9_A9C8,
                    0xBFF3_CBB3_7235_5731,
                    0x3FF2_3110_120F_D799,
                ],
                [0xBEAB_3086, 0x3DCE_2BA9, 0xBEFF_29D2, 0xBF9E_5D9C, 0x3F91_8880],
            ),
            (
                [
                    0xBFD6_9C88_7231_3529,
                    0xBFD9_5527_1C97_6A31,
                    0xBFF0_BEAA_36E1_14FE,
                    0x3FDD_68DE_6073_0FCE,
                    0xBFF6_D661_31C6_7DA0,
                ],
                [0xBEB4_E445, 0xBECA_A939, 0xBF85_F551, 0x3EEB_46F1, 0xBFB6_B30B],
            ),
            (
                [
                    0xBFE0_968D_24A7_B53D,
                    0xBFE2_6B2E_7188_D84A,
                    0xBFF2_F737_9C1F_E715,
                    0x3FE5_6154_C57B_E392,
                    0xBFFC_1781_9F73_104B,
                ],
                [0xBF04_B46A, 0xBF13_5974, 0xBF97_B9BD, 0x3F2B_0AA6, 0xBFE0_BC0D],
            ),
            (
                [
                    0xBFE2_E7AA_8168_8550,
                    0xBFD1_4853_82B3_EDEA,
                    0xBFE4_4AFB_84D6_A958,
                    0xBFD9_6187_0DD9_E62D,
                    0xBFF1_37C8_2231_498C,
                ],
                [0xBF17_3D55, 0xBE8A_429E, 0xBF22_57DD, 0xBECB_0C38, 0xBF89_BE40],
            ),
            (
                [
                    0xC000_B9EA_A05A_2154,
                    0xBFF3_D067_C7AE_E7FC,
                    0xC001_386D_F54C_3517,
                    0xBFFE_5861_C376_798B,
                    0xC005_6B08_281E_3941,
                ],
                [0xC005_CF55, 0xBF9E_833E, 0xC009_C370, 0xBFF2_C30E, 0xC02B_5841],
            ),
            (
                [
                    0x3FE8_B01D_785E_3CA2,
                    0xBFD3_D5FE_91C5_80AC,
                    0x3FE0_59C3_65CA_789D,
                    0x3FA4_DB12_4D33_F143,
                    0xBFF1_98EC_726F_DC26,
                ],
                [0x3F45_80EE, 0xBE9E_AFF2, 0x3F02_CE1B, 0x3D26_D892, 0xBF8C_C764],
            ),
        ],
        labels: (
            [0x3FFA_0F32_34D5_B9D9, 0x3FF4_DE67_57E8_0EFF, 0x3FD5_D737_742C_F124],
            [0x3FD0_7992, 0x3FA6_F33B, 0x3EAE_B9BA],
        ),
    },
    Golden {
        seed: 0x0123_4567_89AB_CDEF,
        index: 1_000_003,
        words: [0x9938_E0C2_2648_D284, 0x1FD0_DAA9_A578_E347, 0xDCBC_B466_1898_84C5, 0xECD5_AFE1_CF89_7EBF],
        draws: [
            (
                [
                    0x3FE3_21B9_939F_EF45,
                    0x3FEA_2D18_BF64_E7BE,
                    0xBFF3_CD74_3E8C_5778,
                    0xBFF9_FD7A_9DA2_BBB8,
                    0x3FDC_AF7A_3801_06D0,
                ],
                [0x3F19_0DCC, 0x3F51_68C5, 0xBF9E_6BA1, 0xBFCF_EBD5, 0x3EE5_7BD4],
            ),
            (
                [
                    0x3FE0_6CDB_D77A_01C0,
                    0x3FFE_66F2_312F_1015,
                    0x4000_AE84_4C27_85BE,
                    0x3FDB_ED8D_C321_CE72,
                    0x3FC2_F860_F6D0_9CCF,
                ],
                [0x3F03_66DE, 0x3FF3_3792, 0x4005_7422, 0x3EDF_6C6F, 0x3E17_C30A],
            ),
            (
                [
                    0xBFD5_D7D2_0269_13E1,
                    0x3FE0_93E1_6C5C_E5B2,
                    0x3FDB_8DA6_8DEB_AA17,
                    0xBFE0_39D7_9EF8_7F4B,
                    0xBFF4_1403_6A52_AFF3,
                ],
                [0xBEAE_BE90, 0x3F04_9F0B, 0x3EDC_6D34, 0xBF01_CEBD, 0xBFA0_A01B],
            ),
            (
                [
                    0xBFF2_607E_832A_4BD0,
                    0x3FEB_4F9C_4B28_E0A9,
                    0x3FEF_7FB5_4A11_AFB7,
                    0xBFEB_CBD4_4DA4_7B1A,
                    0xBFCD_2AF2_DF42_22F6,
                ],
                [0xBF93_03F4, 0x3F5A_7CE3, 0x3F7B_FDAA, 0xBF5E_5EA3, 0xBE69_5796],
            ),
            (
                [
                    0x3FD8_1F8B_5330_739E,
                    0xBFF0_D6AB_E765_01AD,
                    0x3FD0_FAAC_11D5_24C0,
                    0x3FB5_FC02_EF87_64F9,
                    0x3FF2_5C2E_898B_E8DF,
                ],
                [0x3EC0_FC5A, 0xBF86_B55E, 0x3E87_D562, 0x3DAF_E017, 0x3F92_E175],
            ),
            (
                [
                    0x3FE1_1D55_8E04_69B4,
                    0xBFF3_A5BB_7A73_AAAF,
                    0x3FD9_1300_DB53_0484,
                    0x3FC0_5ABB_1818_6F7C,
                    0x3FF7_5D17_D8C9_1BD2,
                ],
                [0x3F08_EAAC, 0xBF9D_2DDB, 0x3EC8_9809, 0x3E02_D5D9, 0x3FBA_E8BF],
            ),
            (
                [
                    0x3FE3_21B9_939F_EF45,
                    0x3FEF_A9A7_0AB2_55D3,
                    0xBFB3_9824_E184_5E60,
                    0xBFF9_FD7A_9DA2_BBB8,
                    0xBFED_7F97_718A_8D74,
                ],
                [0x3F19_0DCC, 0x3F7D_4D37, 0xBD9C_C120, 0xBFCF_EBD5, 0xBF6B_FCBC],
            ),
            (
                [
                    0xBFEC_DE46_6C60_10BB,
                    0xBFE5_D2E7_409B_1842,
                    0xC005_E6BA_1F46_2BBC,
                    0xC008_FEBD_4ED1_5DDC,
                    0xBFF0_D421_71FF_BE4C,
                ],
                [0xBF66_F234, 0xBF2E_973B, 0xC02F_35D0, 0xC047_F5EA, 0xBF86_A10B],
            ),
            (
                [
                    0x3FB1_E798_A488_A649,
                    0xBFEE_6AFB_69A7_F64B,
                    0xBFF0_5E54_95A3_419A,
                    0x3FC9_2763_1EA2_63C4,
                    0x3FF0_9DBF_064C_1F7D,
                ],
                [0x3D8F_3CCD, 0xBF73_57DB, 0xBF82_F2A5, 0x3E49_3B1B, 0x3F84_EDF8],
            ),
        ],
        labels: (
            [0x3FF5_2CAE_D782_BA44, 0x3FF1_1219_CB30_6BF3, 0x4000_274C_2B82_EAC3],
            [0x3FA9_6577, 0x3F88_90CE, 0x4001_3A61],
        ),
    },
];

fn draw<T: Scalar>(seed: u64, index: u64, input: Input<T>) -> [u64; LENGTH] {
    let mut x = [T::ZERO; LENGTH];
    input.fill(&mut SampleStream::at(seed, index).sample(), FEATURES, &mut x);
    x.map(T::to_bits_u64)
}

fn label<T: Scalar>(seed: u64, index: u64) -> [u64; 3] {
    let mut rng = SampleStream::at(seed, index).sample();
    Input::Gaussian.fill(&mut rng, FEATURES, &mut [T::ZERO; LENGTH]);
    let mut y = [T::ONE; 3];
    LabelNoise { mean: T::HALF * T::HALF, standard_deviation: T::HALF }.add(&mut rng, &mut y);
    y.map(T::to_bits_u64)
}

#[test]
fn words_are_frozen() {
    for Golden { seed, index, words, .. } in GOLDEN {
        let mut rng = SampleStream::at(seed, index).sample();
        assert_eq!(words.map(|_| rng.uniform_bits()), words);
    }
}

#[test]
fn draws_are_frozen() {
    for Golden { seed, index, draws, .. } in GOLDEN {
        for ((double, single), (in_double, in_single)) in draws.into_iter().zip(inputs().into_iter().zip(inputs())) {
            assert_eq!(draw::<f64>(seed, index, in_double), double, "{in_double:?}, seed {seed:#x}");
            assert_eq!(draw::<f32>(seed, index, in_single), single, "{in_single:?} in f32, seed {seed:#x}");
        }
    }
}

#[test]
fn label_noise_is_frozen() {
    for Golden { seed, index, labels: (double, single), .. } in GOLDEN {
        assert_eq!(label::<f64>(seed, index), double);
        assert_eq!(label::<f32>(seed, index), single);
    }
}
