/*
 * The memory of all calls of one precision, as world.h includes it twice: REAL is float or double, P and W add the
 * precision to the name of a type or a macro. Guards are uint64_t, so that everything starts at a multiple of 8.
 */
#define GUARD(name) uint64_t name[4];

struct P(memory) {
    GUARD(guard_1) tutee_shape shape;
    GUARD(guard_2) tutee_shape few_shape;
    GUARD(guard_3) tutee_window window;
    GUARD(guard_4) P(tutee_descent) descent;
    GUARD(guard_5) P(tutee_stop) stop;
    GUARD(guard_6) P(tutee_observer) observer;
    GUARD(guard_7) P(tutee_source) source;
    GUARD(guard_8) tutee_stream stream;
    GUARD(guard_104) tutee_sink sink;

    GUARD(guard_9) uint64_t teacher[AT(W(TUTEE_TEACHER_WORDS))];
    GUARD(guard_10) uint64_t few_teacher[AT_FEW(W(TUTEE_TEACHER_WORDS))];
    GUARD(guard_11) uint64_t student[AT(W(TUTEE_STUDENT_WORDS))];
    GUARD(guard_12) uint64_t few_student[AT_FEW(W(TUTEE_STUDENT_WORDS))];
    /* With a batch for `student`; with one for `few_student`; with another one for `student`; with none. */
    GUARD(guard_13) uint64_t sampler[AT(W(TUTEE_SAMPLER_WORDS))];
    GUARD(guard_14) uint64_t few_sampler[AT_FEW(W(TUTEE_SAMPLER_WORDS))];
    GUARD(guard_105) uint64_t other_sampler[AT(W(TUTEE_SAMPLER_WORDS))];
    GUARD(guard_15) uint64_t idle_sampler[AT(W(TUTEE_SAMPLER_WORDS))];

    GUARD(guard_16) REAL value[AT(TUTEE_VALUE_LEN)];
    GUARD(guard_17) REAL mixing[AT(TUTEE_MIXING_LEN)];
    GUARD(guard_18) REAL logits[AT(TUTEE_MIXING_LEN)];
    GUARD(guard_19) REAL position[TOKENS * TOKENS];
    GUARD(guard_20) REAL kq[TOKENS * TOKENS];
    GUARD(guard_21) REAL x[PAIRS * AT(TUTEE_INPUT_LEN)];
    GUARD(guard_22) REAL y[PAIRS * AT(TUTEE_OUTPUT_LEN)];
    GUARD(guard_23) size_t edges[2 * EDGES];
    GUARD(guard_24) size_t chosen[CHOSEN];
    GUARD(guard_25) uint8_t snapshot[AT(W(TUTEE_SNAPSHOT_BYTES))];

    /* Only written. */
    GUARD(guard_26) uint64_t place[AT(W(TUTEE_SAMPLER_WORDS))];
    GUARD(guard_27) REAL out[PAIRS * AT(TUTEE_OUTPUT_LEN)];
    GUARD(guard_28) uint8_t out_snapshot[AT(W(TUTEE_SNAPSHOT_BYTES))];
    GUARD(guard_29) REAL out_real;
    GUARD(guard_30) size_t out_size;
    GUARD(guard_31) uint64_t out_word;
    GUARD(guard_32) void *out_pointer;
    GUARD(guard_33) P(tutee_descent) out_descent;
    GUARD(guard_34) P(tutee_stop) out_stop;
    GUARD(guard_35) P(tutee_source) out_source;
    GUARD(guard_36) P(tutee_progress) out_progress;
    GUARD(guard_37) P(tutee_recovery) out_recovery;
    GUARD(guard_38) P(tutee_result) out_result;
    GUARD(guard_39) tutee_snapshot_info out_info;
    GUARD(guard_40) tutee_stream out_stream;
    GUARD(guard_41) REAL scratch[AT(TUTEE_ONLINE_SCRATCH)];

    /* Layers: of vectors, with a batch; of sets. */
    GUARD(guard_42) tutee_layer_shape layer_shape;
    GUARD(guard_43) tutee_layer_shape set_shape;
    GUARD(guard_44) P(tutee_layer_settings) layer_settings;
    GUARD(guard_45) P(tutee_labels) labels;
    GUARD(guard_46) uint64_t layer[LAYER(W(TUTEE_LAYER_WORDS))];
    GUARD(guard_47) uint64_t set_layer[SETS(W(TUTEE_LAYER_WORDS))];
    GUARD(guard_48) REAL queries[PAIRS * OUTPUTS * QUERY];
    GUARD(guard_49) REAL codes[PAIRS * TOKENS * CODE];
    GUARD(guard_50) REAL direction[FEATURES];
    GUARD(guard_51) uint32_t sets[PAIRS * OUTPUTS * SET];
    GUARD(guard_52) uint8_t set_snapshot[SETS(W(TUTEE_LAYER_SNAPSHOT_BYTES))];

    GUARD(guard_53) uint64_t layer_place[LAYER(W(TUTEE_LAYER_WORDS))];
    GUARD(guard_54) REAL layer_scratch[SETS(TUTEE_LAYER_ONLINE_SCRATCH)];
    GUARD(guard_55) uint32_t drawn_sets[OUTPUTS * SET];
    GUARD(guard_56) uint8_t out_layer_snapshot[SETS(W(TUTEE_LAYER_SNAPSHOT_BYTES))];
    GUARD(guard_57) P(tutee_layer_settings) out_layer_settings;
    GUARD(guard_58) P(tutee_recovered) out_recovered;
    GUARD(guard_59) tutee_layer_info out_layer_info;
    GUARD(guard_60) uint8_t slot[2][24];
    GUARD(guard_61) uint8_t image[TUTEE_SLOT_HEADER];
    GUARD(guard_62) tutee_slots out_slots;
    GUARD(guard_63)

    /* What learns a label or sets along the exact gradient. */
    GUARD(guard_88) uint64_t classifier[AT_ONE(W(TUTEE_STUDENT_WORDS))];
    GUARD(guard_89) P(tutee_group_label) label;
    GUARD(guard_90) uint64_t exact_layer[SETS(W(TUTEE_LAYER_WORDS))];
    GUARD(guard_91) tutee_sets over;
    GUARD(guard_92) uint32_t drawn_set[SET];
    GUARD(guard_93) REAL exact_scratch[SETS(TUTEE_LAYER_SELECTION_SCRATCH)];
    GUARD(guard_94) P(tutee_codes_recovered) out_codes_recovered;
    GUARD(guard_107) P(tutee_key_query_recovered) out_key_query_recovered;
    GUARD(guard_95)

    /* A student of raw readings, with a batch, twice. */
    GUARD(guard_64) uint64_t raw[RAW(W(TUTEE_RAW_WORDS))];
    GUARD(guard_106) uint64_t other_raw[RAW(W(TUTEE_RAW_WORDS))];
    GUARD(guard_65) P(tutee_raw_descent) raw_descent;
    GUARD(guard_66) uint64_t raw_place[RAW(W(TUTEE_RAW_WORDS))];
    GUARD(guard_67) P(tutee_raw_descent) out_raw_descent;
    GUARD(guard_68) P(tutee_raw_stepped) out_stepped;
    GUARD(guard_69) P(tutee_raw_diagnosis) out_diagnosis;
    GUARD(guard_70) P(tutee_raw_fit) out_fit;
    GUARD(guard_71) P(tutee_link) out_links[RANKED];
    /* After a step, without its batch. */
    GUARD(guard_79) uint8_t raw_snapshot[RAW(W(TUTEE_RAW_SNAPSHOT_BYTES))];
    GUARD(guard_80) uint8_t out_raw_snapshot[RAW(W(TUTEE_RAW_SNAPSHOT_BYTES))];
    GUARD(guard_81) tutee_raw_info out_raw_info;
    /* S of students of two parts, and links that are sure; a curve and what it means. */
    GUARD(guard_82) REAL parts[2 * AT(TUTEE_MIXING_LEN)];
    GUARD(guard_83) P(tutee_sure_link) out_sure[SURE];
    GUARD(guard_84) tutee_known known;
    GUARD(guard_85) tutee_curve_point curve[LOOKS];
    GUARD(guard_86) tutee_judgement out_judgement;
    GUARD(guard_87) P(tutee_raw_spread) out_strayed;
    GUARD(guard_72)

    /* A whitener that has settled, and one that has not; before it settled, as bytes. */
    GUARD(guard_96) uint64_t whitener[AT(W(TUTEE_WHITENER_WORDS))];
    GUARD(guard_97) uint64_t loose_whitener[AT(W(TUTEE_WHITENER_WORDS))];
    GUARD(guard_98) uint8_t whitener_snapshot[AT(W(TUTEE_WHITENER_SNAPSHOT_BYTES))];
    GUARD(guard_99) uint64_t whitener_place[AT(W(TUTEE_WHITENER_WORDS))];
    GUARD(guard_100) uint8_t out_whitener_snapshot[AT(W(TUTEE_WHITENER_SNAPSHOT_BYTES))];
    GUARD(guard_101) P(tutee_whitened) out_whitened;
    GUARD(guard_102) REAL out_inputs[PAIRS * AT(TUTEE_INPUT_LEN)];
    GUARD(guard_103)

    /* Rules, what Adam keeps, and both in a snapshot. */
    GUARD(guard_73) P(tutee_rules) rules;
    GUARD(guard_74) uint8_t adam_snapshot[AT(W(TUTEE_SNAPSHOT_BYTES_RULED))];
    GUARD(guard_75) REAL adam[AT(TUTEE_RULES_KEPT)];
    GUARD(guard_76) REAL out_adam[AT(TUTEE_RULES_KEPT)];
    GUARD(guard_77) uint8_t out_adam_snapshot[AT(W(TUTEE_SNAPSHOT_BYTES_RULED))];
    GUARD(guard_78)
};
#undef GUARD
