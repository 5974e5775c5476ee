/* tutee/settings.hpp: spans, and what tutee.h has under two names, one for each precision, under one; lengths of arrays; part of tutee.hpp. */
#ifndef TUTEE_SETTINGS_HPP
#define TUTEE_SETTINGS_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

#if defined(__cpp_lib_span)
/** An array of somebody else's: std::span. */
template <class E>
using span = std::span<E>;
#else
/** An array of somebody else's: as much of C++20's std::span as is needed here. */
template <class E>
class span {
public:
    using element_type = E;
    using value_type = std::remove_cv_t<E>;

    constexpr span() noexcept = default;
    constexpr span(E *data, std::size_t size) noexcept : data_(data), size_(size) {}
    /** Whatever has std::data and std::size; temporaries only where nothing is written. */
    template <class C, class = std::enable_if_t<
                           (std::is_lvalue_reference<C>::value || std::is_const<E>::value) &&
                           std::is_convertible<std::remove_pointer_t<decltype(std::data(std::declval<C &>()))> (*)[],
                                               E (*)[]>::value>>
    constexpr span(C &&container) noexcept : data_(std::data(container)), size_(std::size(container)) {}

    constexpr E *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr E &operator[](std::size_t i) const noexcept { return data_[i]; }
    constexpr E *begin() const noexcept { return data_; }
    constexpr E *end() const noexcept { return data_ + size_; }

private:
    E *data_ = nullptr;
    std::size_t size_ = 0;
};
#endif

namespace detail {
template <class T>
struct c;

// What tutee.h has under two names, under one. The lists are complete: a test compares them with the header.
#define TUTEE_DETAIL_PRECISION(scalar, s)                                                                              \
    template <>                                                                                                        \
    struct c<scalar> {                                                                                                 \
        using teacher = tutee_teacher_##s;                                                                             \
        using student = tutee_student_##s;                                                                             \
        using sampler = tutee_sampler_##s;                                                                             \
        using progress = tutee_progress_##s;                                                                           \
        using recovery = tutee_recovery_##s;                                                                           \
        using descent = tutee_descent_##s;                                                                             \
        using rules = tutee_rules_##s;                                                                                 \
        using group_label = tutee_group_label_##s;                                                                     \
        using stop = tutee_stop_##s;                                                                                   \
        using source = tutee_source_##s;                                                                               \
        using observer = tutee_observer_##s;                                                                           \
        using result = tutee_result_##s;                                                                               \
        static constexpr auto teacher_words = &tutee_teacher_words_##s;                                                \
        static constexpr auto teacher_init = &tutee_teacher_init_##s;                                                  \
        static constexpr auto mixing_convolution = &tutee_mixing_convolution_##s;                                      \
        static constexpr auto mixing_window = &tutee_mixing_window_##s;                                                \
        static constexpr auto mixing_cycle = &tutee_mixing_cycle_##s;                                                  \
        static constexpr auto mixing_graph = &tutee_mixing_graph_##s;                                                  \
        static constexpr auto mixing_selection = &tutee_mixing_selection_##s;                                          \
        static constexpr auto mixing_group = &tutee_mixing_group_##s;                                                  \
        static constexpr auto teacher_value = &tutee_teacher_value_##s;                                                \
        static constexpr auto teacher_mixing = &tutee_teacher_mixing_##s;                                              \
        static constexpr auto teacher_answer = &tutee_teacher_answer_##s;                                              \
        static constexpr auto student_words = &tutee_student_words_##s;                                                \
        static constexpr auto student_init = &tutee_student_init_##s;                                                  \
        static constexpr auto student_reset = &tutee_student_reset_##s;                                                \
        static constexpr auto student_steps = &tutee_student_steps_##s;                                                \
        static constexpr auto student_get = &tutee_student_get_##s;                                                    \
        static constexpr auto student_get_key_query = &tutee_student_get_key_query_##s;                                \
        static constexpr auto student_set = &tutee_student_set_##s;                                                    \
        static constexpr auto student_set_key_query = &tutee_student_set_key_query_##s;                                \
        static constexpr auto position = &tutee_position_##s;                                                          \
        static constexpr auto student_predict = &tutee_student_predict_##s;                                            \
        static constexpr auto student_measure = &tutee_student_measure_##s;                                            \
        static constexpr auto student_recovery = &tutee_student_recovery_##s;                                          \
        static constexpr auto student_digest = &tutee_student_digest_##s;                                              \
        static constexpr auto descent_default = &tutee_descent_default_##s;                                            \
        static constexpr auto stop_default = &tutee_stop_default_##s;                                                  \
        static constexpr auto source_default = &tutee_source_default_##s;                                              \
        static constexpr auto population_step = &tutee_population_step_##s;                                            \
        static constexpr auto population_run = &tutee_population_run_##s;                                              \
        static constexpr auto label_step = &tutee_label_step_##s;                                                      \
        static constexpr auto label_run = &tutee_label_run_##s;                                                        \
        static constexpr auto label_loss = &tutee_label_loss_##s;                                                      \
        static constexpr auto sampler_words = &tutee_sampler_words_##s;                                                \
        static constexpr auto sampler_words_wide = &tutee_sampler_words_wide_##s;                                      \
        static constexpr auto sampler_init = &tutee_sampler_init_##s;                                                  \
        static constexpr auto samples_begin = &tutee_samples_begin_##s;                                                \
        static constexpr auto samples_accumulate = &tutee_samples_accumulate_##s;                                      \
        static constexpr auto check_numbers = &tutee_check_numbers_##s;                                                \
        static constexpr auto samples_loss = &tutee_samples_loss_##s;                                                \
        static constexpr auto samples_merge = &tutee_samples_merge_##s;                                                \
        static constexpr auto samples_step = &tutee_samples_step_##s;                                                  \
        static constexpr auto online_step = &tutee_online_step_##s;                                                    \
        static constexpr auto online_run = &tutee_online_run_##s;                                                      \
        static constexpr auto snapshot_bytes = &tutee_snapshot_bytes_##s;                                              \
        static constexpr auto student_save = &tutee_student_save_##s;                                                  \
        static constexpr auto student_save_to = &tutee_student_save_to_##s;                                            \
        static constexpr auto student_load = &tutee_student_load_##s;                                                  \
        static constexpr auto population_step_ruled = &tutee_population_step_ruled_##s;                                \
        static constexpr auto samples_step_ruled = &tutee_samples_step_ruled_##s;                                      \
        static constexpr auto online_step_ruled = &tutee_online_step_ruled_##s;                                        \
        static constexpr auto snapshot_bytes_ruled = &tutee_snapshot_bytes_ruled_##s;                                  \
        static constexpr auto student_save_ruled = &tutee_student_save_ruled_##s;                                      \
        static constexpr auto student_save_ruled_to = &tutee_student_save_ruled_to_##s;                                \
        static constexpr auto student_load_ruled = &tutee_student_load_ruled_##s;                                      \
    };
TUTEE_DETAIL_PRECISION(float, f32)
TUTEE_DETAIL_PRECISION(double, f64)
#undef TUTEE_DETAIL_PRECISION
} // namespace detail

/** The sizes of a model: tutee_shape. */
using shape = tutee_shape;
/** A place in a stream of samples: tutee_stream. */
using stream = tutee_stream;
/** A grid of patches and the windows that tile it: tutee_window. */
using window = tutee_window;
/** What a snapshot says of itself: tutee_snapshot_info; its activation, saved_activation. */
using snapshot_info = tutee_snapshot_info;
/** Where a student stands: tutee_progress_f64. */
template <class T>
using progress = typename detail::c<T>::progress;
/** What a student has of its teacher: tutee_recovery_f64. */
template <class T>
using recovery = typename detail::c<T>::recovery;
/** The settings of a step: tutee_descent_f64. */
template <class T>
using descent = typename detail::c<T>::descent;
/** A step rule for each of the two matrices: tutee_rules_f64. */
template <class T>
using rules = typename detail::c<T>::rules;
/** What decides a label, beside a direction: tutee_group_label_f64. */
template <class T>
using group_label = typename detail::c<T>::group_label;
/** When a run ends: tutee_stop_f64. */
template <class T>
using stop = typename detail::c<T>::stop;
/** Where online batches come from: tutee_source_f64. */
template <class T>
using source = typename detail::c<T>::source;
/** What a run came to: tutee_result_f64. */
template <class T>
using run_end = typename detail::c<T>::result;

/** An activation: one of tutee_activation, and the slope that a leaky one has. */
template <class T>
struct activation {
    tutee_activation kind;
    T slope;
};
/** act(u) = u: TUTEE_IDENTITY. */
template <class T>
constexpr activation<T> identity() noexcept {
    return {TUTEE_IDENTITY, T()};
}
/** act(u) = u from zero up, 0 below: TUTEE_RELU. */
template <class T>
constexpr activation<T> relu() noexcept {
    return {TUTEE_RELU, T()};
}
/** act(u) = u from zero up, slope * u below: TUTEE_LEAKY_RELU. */
template <class T>
constexpr activation<T> leaky_relu(T slope) noexcept {
    return {TUTEE_LEAKY_RELU, slope};
}
/** The activation that a snapshot was saved with; identity where it has none (has_activation is 0). */
template <class T>
constexpr activation<T> saved_activation(const snapshot_info &info) noexcept {
    return {info.activation, static_cast<T>(info.slope)};
}

/** What a callback may answer; a callback that returns nothing always goes on. */
enum class next { go_on, stop };

/** How many samples a batch holds, and their mean loss: tutee_samples_loss_f64. */
template <class T>
struct batch_loss {
    std::uint64_t count;
    T mean_loss;
};

namespace detail {
inline std::size_t rules_kept(const tutee_shape &shape, std::int32_t rule) noexcept {
    return rule == TUTEE_RULE_ADAM ? TUTEE_RULES_KEPT(shape.filters, shape.features, shape.tokens, shape.outputs) : 0;
}
inline std::size_t rules_scratch(const tutee_shape &shape) noexcept {
    return TUTEE_RULES_SCRATCH(shape.filters, shape.features, shape.tokens, shape.outputs);
}
inline std::size_t population_scratch(const tutee_shape &shape) noexcept {
    return TUTEE_POPULATION_SCRATCH(shape.filters, shape.features, shape.tokens, shape.outputs);
}
inline std::size_t label_scratch(const tutee_shape &shape) noexcept {
    return TUTEE_LABEL_SCRATCH(shape.filters, shape.features, shape.tokens, shape.outputs);
}
inline std::size_t online_scratch(const tutee_shape &shape) noexcept {
    return TUTEE_ONLINE_SCRATCH(shape.filters, shape.features, shape.tokens, shape.outputs);
}
inline std::size_t value_len(const tutee_shape &shape) noexcept {
    return TUTEE_VALUE_LEN(shape.filters, shape.features, shape.tokens, shape.outputs);
}
inline std::size_t mixing_len(const tutee_shape &shape) noexcept {
    return TUTEE_MIXING_LEN(shape.filters, shape.features, shape.tokens, shape.outputs);
}
} // namespace detail

} // inline namespace
} // namespace tutee

#endif // TUTEE_SETTINGS_HPP
