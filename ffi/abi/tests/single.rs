//! Every test of `suite/`, on the functions for `float`.

mod names {
    pub type Real = f32;
    pub use tutee_abi::{
        tutee_check_numbers_f32 as check_numbers, tutee_descent_default_f32 as descent_default,
        tutee_mixing_convolution_f32 as mixing_convolution, tutee_mixing_cycle_f32 as mixing_cycle,
        tutee_mixing_graph_f32 as mixing_graph, tutee_mixing_group_f32 as mixing_group,
        tutee_mixing_links_f32 as mixing_links, tutee_mixing_selection_f32 as mixing_selection,
        tutee_mixing_window_f32 as mixing_window, tutee_online_run_f32 as online_run,
        tutee_online_step_f32 as online_step, tutee_population_run_f32 as population_run,
        tutee_population_step_f32 as population_step, tutee_position_f32 as position,
        tutee_raw_accumulate_f32 as raw_accumulate, tutee_raw_begin_f32 as raw_begin,
        tutee_raw_descent_default_f32 as raw_descent_default, tutee_raw_diagnose_f32 as raw_diagnose,
        tutee_raw_explain_f32 as raw_explain, tutee_raw_forget_f32 as raw_forget, tutee_raw_init_f32 as raw_init,
        tutee_raw_links_f32 as raw_links, tutee_raw_load_f32 as raw_load, tutee_raw_loss_f32 as raw_loss,
        tutee_raw_merge_f32 as raw_merge, tutee_raw_moments_f32 as raw_moments, tutee_raw_observe_f32 as raw_observe,
        tutee_raw_predict_f32 as raw_predict, tutee_raw_save_f32 as raw_save,
        tutee_raw_snapshot_bytes_f32 as raw_snapshot_bytes, tutee_raw_step_f32 as raw_step,
        tutee_raw_strayed_f32 as raw_strayed, tutee_raw_words_f32 as raw_words, tutee_sampler_init_f32 as sampler_init,
        tutee_sampler_words_f32 as sampler_words, tutee_sampler_words_wide_f32 as sampler_words_wide,
        tutee_samples_accumulate_f32 as samples_accumulate, tutee_samples_begin_f32 as samples_begin,
        tutee_samples_loss_f32 as samples_loss, tutee_samples_step_f32 as samples_step,
        tutee_snapshot_bytes_f32 as snapshot_bytes, tutee_source_default_f32 as source_default,
        tutee_stop_default_f32 as stop_default, tutee_student_digest_f32 as student_digest,
        tutee_student_get_f32 as student_get, tutee_student_get_key_query_f32 as student_get_key_query,
        tutee_student_init_f32 as student_init, tutee_student_load_f32 as student_load,
        tutee_student_measure_f32 as student_measure, tutee_student_predict_f32 as student_predict,
        tutee_student_recovery_f32 as student_recovery, tutee_student_reset_f32 as student_reset,
        tutee_student_save_f32 as student_save, tutee_student_set_f32 as student_set,
        tutee_student_set_key_query_f32 as student_set_key_query, tutee_student_steps_f32 as student_steps,
        tutee_student_words_f32 as student_words, tutee_teacher_answer_f32 as teacher_answer,
        tutee_teacher_init_f32 as teacher_init, tutee_teacher_mixing_f32 as teacher_mixing,
        tutee_teacher_value_f32 as teacher_value, tutee_teacher_words_f32 as teacher_words,
    };
}

mod suite;
