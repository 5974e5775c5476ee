/*
 * tutee.hpp: tutee.h for C++17, header only. It computes nothing: every function calls the function of tutee.h that its
 * comment names, where sizes, units, errors and costs are written down.
 *
 *     std::vector<double> attention_of_a_student(const tutee::shape &shape, const std::vector<double> &filters)
 *     {
 *         auto teacher = tutee::teacher<double>::convolution(shape, tutee::relu<double>(), filters, 4);
 *         auto student = tutee::student<double>::make(shape);
 *         auto trainer = tutee::trainer<double>::make(shape);
 *         trainer.population_run(student, teacher, tutee::default_descent(0.25), tutee::default_stop<double>(20000));
 *         return student.attention();
 *     }
 *
 * ERRORS. A function written `outcome<X> f()` returns X, and throws tutee::error when the library refuses. With
 * TUTEE_NO_EXCEPTIONS defined, or exceptions switched off in the compiler, it returns tutee::result<X> instead: true
 * when all went well, then `*` and `->` reach the X; else status() and message() say what was wrong. Either has
 * argument(): when a range has the wrong number of elements, which one, how many it has, and how many it should have; when
 * an element is infinite or NaN, which one.
 *
 * MEMORY. teacher, student and sampler are values: a copy is a copy of the words. Their second template argument says
 * where the words are: a std::vector (the default), a std::array of TUTEE_STUDENT_WORDS_F64(...) words (nothing is
 * allocated), or a tutee::span over memory of the caller's own (a copy is the same object again). The same holds for a
 * trainer and its scratch. An object made by its default constructor, or moved from while it held a vector, is refused by
 * every call. A vector that cannot be had is std::bad_alloc, as always.
 *
 * LAYERS. A whole layer stands in tutee/layer.hpp, training on raw readings in tutee/raw.hpp; this file includes both.
 *
 * THREADS. As in tutee.h; nothing is added.
 */
#ifndef TUTEE_HPP
#define TUTEE_HPP

/* Visual C++ says 199711 unless it is told otherwise. */
#if (defined(_MSVC_LANG) && _MSVC_LANG < 201703L) || (!defined(_MSVC_LANG) && __cplusplus < 201703L)
#error "tutee.hpp is C++17: tell the compiler -std=c++17 or later; tutee.h is for C and for every C++"
#endif

#include "tutee.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>
#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_span)
#include <span>
#endif

#if !defined(TUTEE_NO_EXCEPTIONS) && (defined(__cpp_exceptions) || defined(_CPPUNWIND))
#define TUTEE_HAS_EXCEPTIONS 1
#else
#define TUTEE_HAS_EXCEPTIONS 0
#endif

namespace tutee {
// One program may hold both kinds of translation units; they must not share inline functions.
#if TUTEE_HAS_EXCEPTIONS
inline namespace throwing {
#else
inline namespace returning {
#endif

// ------------------------------------------------------------------------------------------------ spans and settings

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

// ------------------------------------------------------------------------------------------------------------- errors

/** What a number of elements is compared with. */
enum class must_be { exactly, at_least, a_multiple_of };

/** A range that a function was given: its name in the function's declaration, how many elements it has and needs. */
struct argument {
    const char *name;
    std::size_t found;
    must_be rule;
    std::size_t expected;
    /** The first element that is infinite or NaN, where that was what was wrong. */
    std::size_t index = 0;

    /** Whether it has as many as it needs. */
    constexpr bool fits() const noexcept {
        return rule == must_be::exactly    ? found == expected
               : rule == must_be::at_least ? found >= expected
                                           : expected != 0 && found % expected == 0;
    }
};

namespace detail {
/** An argument, and how to look for the element of it that is not finite, where it holds numbers that are read. */
struct given {
    argument what;
    const void *numbers = nullptr;
    tutee_status (*check)(const char *name, const void *numbers, std::size_t n, tutee_fault *fault) = nullptr;
};
using arguments = std::initializer_list<given>;

template <class T>
tutee_status check(const char *name, const void *numbers, std::size_t n, tutee_fault *fault) noexcept {
    return c<T>::check_numbers(name, static_cast<const T *>(numbers), n, n, fault);
}

/** The first that a status complains of, by its length or an element; one without a name if there is none. */
inline argument wrong(tutee_status status, arguments all) noexcept {
    for (const given &each : all) {
        tutee_fault fault{};
        if (status == TUTEE_ERROR_LENGTH && !each.what.fits()) return each.what;
        if (status == TUTEE_ERROR_NOT_FINITE && each.check != nullptr &&
            each.check(each.what.name, each.numbers, each.what.found, &fault) == TUTEE_ERROR_NOT_FINITE) {
            argument named = each.what;
            named.index = fault.index;
            return named;
        }
    }
    return {nullptr, 0, must_be::exactly, 0};
}

/** The range without elements that a status is about: what C calls a missing pointer, or a count of no pairs. */
inline const given *empty(tutee_status status, arguments all) noexcept {
    for (const given &each : all) {
        const bool none = each.what.found == 0 && each.what.expected != 0;
        if (none && each.what.rule != must_be::a_multiple_of && (status == TUTEE_ERROR_NULL || status == TUTEE_ERROR_ZERO))
            return &each;
    }
    for (const given &each : all)
        if (each.what.found == 0 && each.check != nullptr && status == TUTEE_ERROR_ZERO) return &each;
    return nullptr;
}

/** A status, and the range that it is about if it is about one. */
class refusal {
public:
    explicit refusal(tutee_status status, arguments all = {}) noexcept
        : argument_(empty(status, all) ? empty(status, all)->what : wrong(status, all)),
          status_(status) {}
    /** One of tutee_status. */
    tutee_status status() const noexcept { return status_; }
    /** tutee_status_message. */
    const char *message() const noexcept { return tutee_status_message(status_); }
    /** The range with the wrong number of elements, or with one that is not finite; NULL where neither was wrong. */
    const tutee::argument *argument() const noexcept { return argument_.name == nullptr ? nullptr : &argument_; }

private:
    tutee::argument argument_;
    tutee_status status_;
};
} // namespace detail

#if TUTEE_HAS_EXCEPTIONS
/** A refusal of the library. */
class error : public std::exception, public detail::refusal {
public:
    explicit error(tutee_status status) noexcept : error(detail::refusal(status)) {}
    explicit error(const detail::refusal &why) noexcept : detail::refusal(why) {
        if (const tutee::argument *wrong = argument()) {
            constexpr const char *rules[] = {"", "at least ", "a multiple of "};
            if (status() == TUTEE_ERROR_NOT_FINITE)
                std::snprintf(text_, sizeof text_, "%s: %s[%zu] is not finite", message(), wrong->name, wrong->index);
            else
                std::snprintf(text_, sizeof text_, "%s: %s has %zu, expected %s%zu", message(), wrong->name, wrong->found,
                          rules[static_cast<int>(wrong->rule)], wrong->expected);
        }
    }
    /** message(); where there is an argument() then its name and both numbers, or the element, as in "y[17] is not finite". */
    const char *what() const noexcept override { return argument() == nullptr ? message() : text_; }

private:
    char text_[160] = "";
};

template <class X>
using outcome = X;
#else
/** A value, or the status that says why there is none. */
template <class X>
class [[nodiscard]] result : public detail::refusal {
public:
    result(const detail::refusal &why, X &&value) : detail::refusal(why) {
        if (status() == TUTEE_OK) value_.emplace(std::move(value));
    }
    explicit operator bool() const noexcept { return status() == TUTEE_OK; }
    /** The value; there must be one. */
    X &operator*() noexcept { return *value_; }
    const X &operator*() const noexcept { return *value_; }
    X *operator->() noexcept { return &*value_; }
    const X *operator->() const noexcept { return &*value_; }

private:
    std::optional<X> value_;
};

/** Whether all went well. */
template <>
class [[nodiscard]] result<void> : public detail::refusal {
public:
    explicit result(const detail::refusal &why) noexcept : detail::refusal(why) {}
    explicit operator bool() const noexcept { return status() == TUTEE_OK; }
};

template <class X>
using outcome = result<X>;
#endif

namespace detail {
inline outcome<void> done(tutee_status status, arguments all = {}) {
#if TUTEE_HAS_EXCEPTIONS
    if (status != TUTEE_OK) throw error(refusal(status, all));
#else
    return outcome<void>(refusal(status, all));
#endif
}

template <class X>
outcome<X> give(tutee_status status, X &&value, arguments all = {}) {
#if TUTEE_HAS_EXCEPTIONS
    if (status != TUTEE_OK) throw error(refusal(status, all));
    return std::move(value);
#else
    return outcome<X>(refusal(status, all), std::move(value));
#endif
}

/** Calls `fill(value)`, which returns a status, and gives the value. */
template <class X, class Fill>
outcome<X> filled(X value, Fill fill, arguments all = {}) {
    const tutee_status status = fill(value);
    return give(status, std::move(value), all);
}

/** Ranges that must have so many elements, at least so many, or so many for each input. */
template <class E>
given named(const argument &what, span<E> range) noexcept {
    if constexpr (std::is_const<E>::value && std::is_floating_point<E>::value)
        return {what, range.data(), &check<std::remove_const_t<E>>};
    else
        return {what};
}
template <class E>
given exactly(const char *name, span<E> range, std::size_t expected) noexcept {
    return named<E>({name, range.size(), must_be::exactly, expected}, range);
}
template <class Range>
given at_least(const char *name, const Range &range, std::size_t expected) noexcept {
    return {{name, std::size(range), must_be::at_least, expected}};
}
template <class E>
given a_multiple(const char *name, span<E> range, std::size_t expected) noexcept {
    return named<E>({name, range.size(), must_be::a_multiple_of, expected}, range);
}

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

/** A vector grows to what is needed; of other memory the library says whether it is enough. */
template <class Memory>
void fit(Memory &, std::size_t) noexcept {}
template <class E>
void fit(std::vector<E> &memory, std::size_t needed) {
    if (memory.size() < needed) memory.resize(needed);
}

/** What teacher, student and sampler share: their words, and the sizes that they were made with. */
template <class Object, class Memory>
class object {
public:
    /** Made with these sizes. */
    const tutee_shape &sizes() const noexcept { return shape_; }
    /** For calls of tutee.h; NULL when there is no object. */
    Object *get() noexcept { return std::size(memory_) == 0 ? nullptr : reinterpret_cast<Object *>(memory_.data()); }
    const Object *get() const noexcept {
        return std::size(memory_) == 0 ? nullptr : reinterpret_cast<const Object *>(memory_.data());
    }
    /** The words that the object consists of. */
    span<const std::uint64_t> words() const noexcept { return {memory_.data(), memory_.size()}; }

protected:
    object() = default;
    object(const tutee_shape &shape, Memory &&memory) : memory_(std::move(memory)), shape_(shape) {}

    /** Makes room as `words` says, and an object in it by `init`, for which `least` words would do. */
    template <class Derived, class Words, class Init>
    static outcome<Derived> build(Derived &&made, Words words, Words least, Init init, arguments all = {}) {
        std::size_t needed = 0;
        tutee_status status = words(&made.shape_, &needed);
        if (status == TUTEE_OK) {
            fit(made.memory_, needed);
            Object *place = nullptr;
            status = init(made.memory_.data(), made.memory_.size(), &made.shape_, &place);
        }
        const bool other = status == TUTEE_ERROR_LENGTH && wrong(status, all).name == nullptr;
        if (other && least(&made.shape_, &needed) == TUTEE_OK) {
            const given memory = at_least("memory", made.memory_, needed);
            return give(status, std::move(made), {memory});
        }
        return give(status, std::move(made), all);
    }

    std::size_t value_len() const noexcept { return detail::value_len(shape_); }
    std::size_t mixing_len() const noexcept { return detail::mixing_len(shape_); }
    std::size_t kq_len() const noexcept { return TUTEE_SIZE(shape_.tokens) * shape_.tokens; }
    std::size_t input_len() const noexcept {
        return TUTEE_INPUT_LEN(shape_.filters, shape_.features, shape_.tokens, shape_.outputs);
    }
    /** How many inputs `n` numbers are, with a last one that is not whole, which the library refuses by its length. */
    std::size_t inputs(std::size_t n) const noexcept {
        const std::size_t one = input_len();
        return one == 0 ? 0 : n / one + (n % one != 0);
    }
    std::size_t answers_len(std::size_t inputs) const noexcept {
        return inputs * TUTEE_OUTPUT_LEN(shape_.filters, shape_.features, shape_.tokens, shape_.outputs);
    }
    std::size_t predict_scratch() const noexcept {
        return TUTEE_PREDICT_SCRATCH(shape_.filters, shape_.features, shape_.tokens, shape_.outputs);
    }

private:
    Memory memory_{};
    tutee_shape shape_{};
};

/** A callable as a tutee_observer. No exception leaves it: it stops the run, and is thrown again after it. */
template <class T, class F>
class watcher {
public:
    explicit watcher(F &callable) noexcept : callable_(callable) {}
    typename c<T>::observer observer(std::uint64_t every) noexcept { return {&watcher::call, this, every}; }
    void rethrow() const {
#if TUTEE_HAS_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    static std::int32_t call(void *user, const progress<T> *at) noexcept {
        watcher &self = *static_cast<watcher *>(user);
#if TUTEE_HAS_EXCEPTIONS
        try {
            return self.ask(*at);
        } catch (...) {
            self.thrown_ = std::current_exception();
            return 1;
        }
#else
        return self.ask(*at);
#endif
    }
    std::int32_t ask(const progress<T> &at) {
        using answer = decltype(callable_(at));
        static_assert(std::is_void<answer>::value || std::is_same<answer, next>::value,
                      "a callback returns nothing or tutee::next");
        if constexpr (std::is_void<answer>::value) {
            callable_(at);
            return 0;
        } else {
            return callable_(at) == next::stop ? 1 : 0;
        }
    }

    F &callable_;
#if TUTEE_HAS_EXCEPTIONS
    std::exception_ptr thrown_;
#endif
};

/** A callable as a tutee_sink. No exception leaves it: it ends the save, and is thrown again after it. */
template <class F>
class taker {
public:
    explicit taker(F &callable) noexcept : callable_(callable) {}
    /** Hands the bytes on: what `save` says of a sink, those of a slot with that number where there is one. */
    template <class Save>
    outcome<void> take(const std::uint32_t *sequence, Save save, arguments all = {}) {
        const tutee_sink sink{&taker::call, this, sequence ? 1 : 0, sequence ? *sequence : 0};
        const tutee_status status = save(&sink);
#if TUTEE_HAS_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
        return done(status, all);
    }

private:
    static std::int32_t call(void *user, const std::uint8_t *bytes, std::size_t n_bytes) noexcept {
        taker &self = *static_cast<taker *>(user);
#if TUTEE_HAS_EXCEPTIONS
        try {
            return self.ask({bytes, n_bytes});
        } catch (...) {
            self.thrown_ = std::current_exception();
            return 1;
        }
#else
        return self.ask({bytes, n_bytes});
#endif
    }
    std::int32_t ask(span<const std::uint8_t> bytes) {
        using answer = decltype(callable_(bytes));
        static_assert(std::is_void<answer>::value || std::is_same<answer, next>::value,
                      "a callback returns nothing or tutee::next");
        if constexpr (std::is_void<answer>::value) {
            callable_(bytes);
            return 0;
        } else {
            return callable_(bytes) == next::stop ? 1 : 0;
        }
    }

    F &callable_;
#if TUTEE_HAS_EXCEPTIONS
    std::exception_ptr thrown_;
#endif
};
} // namespace detail

// ----------------------------------------------------------------------------------------------------- free functions

/** Whether the library that is linked has the interface of this header: tutee_abi_version. */
inline bool abi_matches() noexcept { return tutee_abi_version() == TUTEE_ABI_VERSION; }
/** The version of the library that is linked: tutee_version. */
inline const char *version() noexcept { return tutee_version(); }
/** Whether the library computes as it was meant to on this machine: tutee_self_test. */
inline outcome<void> self_test() { return detail::done(tutee_self_test()); }
/** Whether the floating-point environment is the usual one: tutee_float_environment. */
inline outcome<void> float_environment() { return detail::done(tutee_float_environment()); }

/** The usual settings of a step: tutee_descent_default_f64. */
template <class T>
outcome<descent<T>> default_descent(T rate) {
    return detail::filled(descent<T>{}, [&](auto &out) { return detail::c<T>::descent_default(rate, &out); });
}
/** The usual rule to stop: tutee_stop_default_f64. */
template <class T>
outcome<stop<T>> default_stop(std::uint64_t steps) {
    return detail::filled(stop<T>{}, [&](auto &out) { return detail::c<T>::stop_default(steps, &out); });
}
/** The usual source of batches: tutee_source_default_f64. */
template <class T>
outcome<source<T>> default_source(std::uint64_t seed, std::uint32_t batch) {
    return detail::filled(source<T>{}, [&](auto &out) { return detail::c<T>::source_default(seed, batch, &out); });
}

/** Fills position[tokens][tokens]: tutee_position_f64. */
template <class T>
outcome<void> position(tutee_encoding encoding, std::uint32_t tokens, std::uint64_t seed, span<T> out) {
    return detail::done(detail::c<T>::position(encoding, tokens, seed, out.data(), out.size()),
                        {detail::exactly("out", out, TUTEE_SIZE(tokens) * tokens)});
}

/** Fills mixing[outputs][tokens] for a convolution: tutee_mixing_convolution_f64. */
template <class T>
outcome<void> mixing_convolution(const shape &sizes, std::size_t group, span<T> out) {
    return detail::done(detail::c<T>::mixing_convolution(&sizes, group, out.data(), out.size()),
                        {detail::exactly("out", out, detail::mixing_len(sizes))});
}
/** For windows on a grid of patches: tutee_mixing_window_f64. */
template <class T>
outcome<void> mixing_window(const shape &sizes, const window &windows, span<T> out) {
    return detail::done(detail::c<T>::mixing_window(&sizes, &windows, out.data(), out.size()),
                        {detail::exactly("out", out, detail::mixing_len(sizes))});
}
/** For neighbours on a cycle: tutee_mixing_cycle_f64. */
template <class T>
outcome<void> mixing_cycle(const shape &sizes, std::size_t reach, span<T> out) {
    return detail::done(detail::c<T>::mixing_cycle(&sizes, reach, out.data(), out.size()),
                        {detail::exactly("out", out, detail::mixing_len(sizes))});
}
/** For neighbours in a graph, two ends an edge: tutee_mixing_graph_f64. */
template <class T>
outcome<void> mixing_graph(const shape &sizes, span<const std::size_t> edges, tutee_normalisation by, span<T> out) {
    const detail::given ends = detail::a_multiple("edges", edges, 2);
    if (!ends.what.fits()) return detail::done(TUTEE_ERROR_LENGTH, {ends});
    return detail::done(
        detail::c<T>::mixing_graph(&sizes, edges.data(), edges.size() / 2, by, out.data(), out.size()),
        {detail::exactly("out", out, detail::mixing_len(sizes))});
}
/** For the same tokens for every output: tutee_mixing_selection_f64. */
template <class T>
outcome<void> mixing_selection(const shape &sizes, span<const std::size_t> tokens, span<T> out) {
    return detail::done(detail::c<T>::mixing_selection(&sizes, tokens.data(), tokens.size(), out.data(), out.size()),
                        {detail::exactly("out", out, detail::mixing_len(sizes))});
}
/** For one token: tutee_mixing_group_f64. */
template <class T>
outcome<void> mixing_group(const shape &sizes, std::size_t token, span<T> out) {
    return detail::done(detail::c<T>::mixing_group(&sizes, token, out.data(), out.size()),
                        {detail::exactly("out", out, detail::mixing_len(sizes))});
}

/** What two slots hold, and what comes next: tutee_slots. */
struct slots {
    /** The newest payload that is whole, where it lies in its slot; empty when neither slot is whole. */
    span<const std::uint8_t> newest;
    /** The slot to write next, 0 or 1, and the number to seal its image with. */
    std::uint32_t next;
    std::uint32_t sequence;
};
/** Bytes of a slot before its payload. */
constexpr std::size_t slot_header = TUTEE_SLOT_HEADER;
/** Looks at two slots, pages of flash or files, of which one survives a power cut: tutee_slots_inspect. */
inline outcome<slots> inspect(span<const std::uint8_t> first, span<const std::uint8_t> second) {
    return detail::filled(slots{}, [&](auto &out) {
        tutee_slots found{};
        const tutee_status status = tutee_slots_inspect(first.data(), first.size(), second.data(), second.size(), &found);
        if (status != TUTEE_OK) return status;
        const span<const std::uint8_t> newest = found.newest == 0 ? first : second;
        if (found.newest >= 0) out.newest = {newest.data() + slot_header, found.payload_bytes};
        out.next = found.next;
        out.sequence = found.sequence;
        return status;
    });
}
/** Makes `image`, whose payload stands from slot_header on, what is to be written to slot `next`: tutee_slot_seal. */
inline outcome<void> seal(span<std::uint8_t> image, std::uint32_t sequence) {
    return detail::done(tutee_slot_seal(image.data(), image.size(), sequence),
                        {detail::at_least("image", image, slot_header)});
}

/** What a snapshot says of itself: tutee_snapshot_inspect. */
inline outcome<snapshot_info> inspect(span<const std::uint8_t> bytes) {
    return detail::filled(snapshot_info{},
                          [&](auto &out) { return tutee_snapshot_inspect(bytes.data(), bytes.size(), &out); });
}

// ------------------------------------------------------------------------------------------------------------ teacher

/** A teacher: tutee_teacher_f64. Constant once made. */
template <class T, class Memory = std::vector<std::uint64_t>>
class teacher : public detail::object<typename detail::c<T>::teacher, Memory> {
    using c = detail::c<T>;
    using base = detail::object<typename c::teacher, Memory>;
    friend base;

public:
    /** No teacher yet. */
    teacher() = default;

    /** From value[filters][features] and mixing[outputs][tokens]: tutee_teacher_init_f64. */
    static outcome<teacher> make(const shape &sizes, activation<T> act, span<const T> value, span<const T> mixing,
                                 Memory memory = {}) {
        const auto init = [&](auto at, auto n, auto of, auto out) {
            return c::teacher_init(at, n, of, act.kind, act.slope, value.data(), value.size(), mixing.data(),
                                   mixing.size(), out);
        };
        return build(sizes, std::move(memory), init,
                     {filters(sizes, value),
                      detail::exactly("mixing", mixing, detail::mixing_len(sizes))});
    }
    // Of a family. The mixing is in a vector until it is copied; whoever wants nothing allocated fills one by
    // tutee::mixing_convolution and the like, and takes make.

    /** Averages blocks of `group` tokens: tutee_mixing_convolution_f64. */
    static outcome<teacher> convolution(const shape &sizes, activation<T> act, span<const T> value, std::size_t group,
                                 Memory memory = {}) {
        return filled(sizes, act, value, std::move(memory), [&](span<T> to) {
            return c::mixing_convolution(&sizes, group, to.data(), to.size());
        });
    }
    /** Averages windows of a grid of patches: tutee_mixing_window_f64. */
    static outcome<teacher> pooling(const shape &sizes, activation<T> act, span<const T> value, const window &windows,
                                 Memory memory = {}) {
        return filled(sizes, act, value, std::move(memory), [&](span<T> to) {
            return c::mixing_window(&sizes, &windows, to.data(), to.size());
        });
    }
    /** Averages neighbours on a cycle: tutee_mixing_cycle_f64. */
    static outcome<teacher> cycle(const shape &sizes, activation<T> act, span<const T> value, std::size_t reach,
                                 Memory memory = {}) {
        return filled(sizes, act, value, std::move(memory), [&](span<T> to) {
            return c::mixing_cycle(&sizes, reach, to.data(), to.size());
        });
    }
    /** Weighs neighbours in a graph, two ends an edge: tutee_mixing_graph_f64. */
    static outcome<teacher> graph(const shape &sizes, activation<T> act, span<const T> value, span<const std::size_t> edges,
                                  tutee_normalisation by, Memory memory = {}) {
        const detail::given ends = detail::a_multiple("edges", edges, 2);
        if (!ends.what.fits()) return detail::give(TUTEE_ERROR_LENGTH, teacher(), {ends});
        return filled(sizes, act, value, std::move(memory), [&](span<T> to) {
            return c::mixing_graph(&sizes, edges.data(), edges.size() / 2, by, to.data(), to.size());
        });
    }
    /** Averages the same tokens for every output: tutee_mixing_selection_f64. */
    static outcome<teacher> selection(const shape &sizes, activation<T> act, span<const T> value, span<const std::size_t> tokens,
                                 Memory memory = {}) {
        return filled(sizes, act, value, std::move(memory), [&](span<T> to) {
            return c::mixing_selection(&sizes, tokens.data(), tokens.size(), to.data(), to.size());
        });
    }
    /** Reads one token: tutee_mixing_group_f64. */
    static outcome<teacher> group(const shape &sizes, activation<T> act, span<const T> value, std::size_t token,
                                 Memory memory = {}) {
        return filled(sizes, act, value, std::move(memory), [&](span<T> to) {
            return c::mixing_group(&sizes, token, to.data(), to.size());
        });
    }

    /** Its filters, value[filters][features]: tutee_teacher_value_f64. */
    outcome<void> value(span<T> out) const {
        return detail::done(c::teacher_value(this->get(), out.data(), out.size()),
                            {detail::exactly("out", out, this->value_len())});
    }
    outcome<std::vector<T>> value() const {
        return detail::filled(std::vector<T>(this->value_len()),
                              [&](auto &out) { return c::teacher_value(this->get(), out.data(), out.size()); });
    }
    /** Its mixing[outputs][tokens]: tutee_teacher_mixing_f64. */
    outcome<void> mixing(span<T> out) const {
        return detail::done(c::teacher_mixing(this->get(), out.data(), out.size()),
                            {detail::exactly("out", out, this->mixing_len())});
    }
    outcome<std::vector<T>> mixing() const {
        return detail::filled(std::vector<T>(this->mixing_len()),
                              [&](auto &out) { return c::teacher_mixing(this->get(), out.data(), out.size()); });
    }
    /** Answers y[inputs][outputs][filters] to x[inputs][tokens][features]: tutee_teacher_answer_f64. */
    outcome<void> answer(span<const T> x, span<T> scratch, span<T> y) const {
        return detail::done(c::teacher_answer(this->get(), this->inputs(x.size()), x.data(), x.size(), scratch.data(),
                                              scratch.size(), y.data(), y.size()),
                            {detail::a_multiple("x", x, this->input_len()),
                             detail::at_least("scratch", scratch, this->predict_scratch()),
                             detail::exactly("y", y, this->answers_len(this->inputs(x.size())))});
    }
    outcome<std::vector<T>> answer(span<const T> x) const {
        std::vector<T> scratch(this->predict_scratch());
        const auto answer = [&](auto &y) {
            return c::teacher_answer(this->get(), this->inputs(x.size()), x.data(), x.size(), scratch.data(),
                                     scratch.size(), y.data(), y.size());
        };
        return detail::filled(std::vector<T>(this->answers_len(this->inputs(x.size()))), answer,
                              {detail::a_multiple("x", x, this->input_len())});
    }

private:
    teacher(const shape &sizes, Memory &&memory) : base(sizes, std::move(memory)) {}

    template <class Init>
    static outcome<teacher> build(const shape &sizes, Memory &&memory, Init init, detail::arguments all) {
        return base::build(teacher(sizes, std::move(memory)), c::teacher_words, c::teacher_words, init, all);
    }
    /** With the mixing that `fill` fills in. */
    template <class Fill>
    static outcome<teacher> filled(const shape &sizes, activation<T> act, span<const T> value, Memory &&memory,
                                   Fill fill) {
        std::size_t words = 0;
        tutee_status status = c::teacher_words(&sizes, &words);
        if (status != TUTEE_OK) return detail::give(status, teacher());
        std::vector<T> mixing(detail::mixing_len(sizes));
        status = fill(span<T>(mixing));
        if (status != TUTEE_OK) return detail::give(status, teacher());
        return make(sizes, act, value, mixing, std::move(memory));
    }
    /** The filters that every teacher takes. */
    static detail::given filters(const shape &sizes, span<const T> value) noexcept {
        return detail::exactly("value", value, detail::value_len(sizes));
    }
};

// ------------------------------------------------------------------------------------------------------------ student

/** Elements that a rule of the attention keeps, one of tutee_rule; zeros before the first step: tutee_rules_kept. */
inline std::size_t rules_kept(const shape &sizes, std::int32_t rule) noexcept { return detail::rules_kept(sizes, rule); }

/** A student: tutee_student_f64. */
template <class T, class Memory = std::vector<std::uint64_t>>
class student : public detail::object<typename detail::c<T>::student, Memory> {
    using c = detail::c<T>;
    using base = detail::object<typename c::student, Memory>;
    friend base;

public:
    using base::get;

    /** No student yet. */
    student() = default;

    /** At the start of training: tutee_student_init_f64. */
    static outcome<student> make(const shape &sizes, Memory memory = {}) {
        return base::build(student(sizes, std::move(memory)), c::student_words, c::student_words, c::student_init);
    }
    /** The student of a snapshot, sizes included: tutee_snapshot_inspect, _student_init_f64, _student_load_f64. */
    static outcome<student> from_snapshot(span<const std::uint8_t> bytes, stream *saved = nullptr, Memory memory = {}) {
        snapshot_info info{};
        const tutee_status status = tutee_snapshot_inspect(bytes.data(), bytes.size(), &info);
        if (status != TUTEE_OK) return detail::give(status, student());
        return base::build(student(info.shape, std::move(memory)), c::student_words, c::student_words,
                           [&](auto at, auto n, auto of, auto out) {
                               const tutee_status made = c::student_init(at, n, of, out);
                               if (made != TUTEE_OK) return made;
                               return c::student_load(*out, bytes.data(), bytes.size(), saved);
                           });
    }

    /** Back to the start: tutee_student_reset_f64. */
    outcome<void> reset() { return detail::done(c::student_reset(this->get())); }
    /** Steps taken: tutee_student_steps_f64. */
    outcome<std::uint64_t> steps() const {
        return detail::filled(std::uint64_t(), [&](auto &out) { return c::student_steps(this->get(), &out); });
    }
    /** A number that equal students share: tutee_student_digest_f64. */
    outcome<std::uint64_t> digest() const {
        return detail::filled(std::uint64_t(), [&](auto &out) { return c::student_digest(this->get(), &out); });
    }

    /** Elements of a block of a student of these sizes: tutee_student_block_len. */
    static outcome<std::size_t> block_len(const shape &sizes, tutee_block block) {
        return detail::filled(std::size_t(), [&](auto &out) { return tutee_student_block_len(&sizes, block, &out); });
    }
    /** A block of its numbers: tutee_student_get_f64. */
    outcome<void> get(tutee_block block, span<T> out) const {
        return detail::done(c::student_get(this->get(), block, out.data(), out.size()),
                            {detail::exactly("out", out, len(block))});
    }
    outcome<std::vector<T>> get(tutee_block block) const {
        const auto copy = [&](auto &out) {
            return c::student_get(this->get(), block, out.data(), out.size());
        };
        return detail::filled(std::vector<T>(len(block)), copy);
    }
    /** Replaces a block: tutee_student_set_f64. */
    outcome<void> set(tutee_block block, span<const T> from) {
        return set_named("from", block, from);
    }
    /** Its filters, value[filters][features]: TUTEE_VALUE. */
    outcome<void> value(span<T> out) const { return get(TUTEE_VALUE, out); }
    outcome<std::vector<T>> value() const { return get(TUTEE_VALUE); }
    /** Replaces its filters. */
    outcome<void> set_value(span<const T> value) { return set_named("value", TUTEE_VALUE, value); }
    /** The attention before its softmax, logits[outputs][tokens]: TUTEE_LOGITS. */
    outcome<void> logits(span<T> out) const { return get(TUTEE_LOGITS, out); }
    outcome<std::vector<T>> logits() const { return get(TUTEE_LOGITS); }
    /** Replaces the logits. */
    outcome<void> set_logits(span<const T> logits) { return set_named("logits", TUTEE_LOGITS, logits); }
    /** Who attends to whom, attention[outputs][tokens]: TUTEE_ATTENTION. */
    outcome<void> attention(span<T> out) const { return get(TUTEE_ATTENTION, out); }
    outcome<std::vector<T>> attention() const { return get(TUTEE_ATTENTION); }
    /** W_KQ[tokens][tokens] under an encoding: tutee_student_get_key_query_f64. */
    outcome<void> kq(span<const T> position, span<T> out) const {
        return detail::done(
            c::student_get_key_query(this->get(), position.data(), position.size(), out.data(), out.size()),
            {detail::exactly("position", position, this->kq_len()), detail::exactly("out", out, this->kq_len())});
    }
    /** Replaces the logits by those of W_KQ under an encoding: tutee_student_set_key_query_f64. */
    outcome<void> set_kq(span<const T> position, span<const T> kq, span<T> scratch) {
        return detail::done(c::student_set_key_query(this->get(), position.data(), position.size(), kq.data(), kq.size(),
                                                     scratch.data(), scratch.size()),
                            {detail::exactly("position", position, this->kq_len()),
                             detail::exactly("kq", kq, this->kq_len()),
                             detail::at_least("scratch", scratch, this->predict_scratch())});
    }

    /** Predictions y[inputs][outputs][filters] for x[inputs][tokens][features]: tutee_student_predict_f64. */
    outcome<void> predict(activation<T> act, span<const T> x, span<T> scratch, span<T> y) const {
        return detail::done(c::student_predict(this->get(), act.kind, act.slope, this->inputs(x.size()), x.data(),
                                               x.size(), scratch.data(), scratch.size(), y.data(), y.size()),
                            {detail::a_multiple("x", x, this->input_len()),
                             detail::at_least("scratch", scratch, this->predict_scratch()),
                             detail::exactly("y", y, this->answers_len(this->inputs(x.size())))});
    }
    outcome<std::vector<T>> predict(activation<T> act, span<const T> x) const {
        std::vector<T> scratch(this->predict_scratch());
        const auto predict = [&](auto &y) {
            return c::student_predict(this->get(), act.kind, act.slope, this->inputs(x.size()), x.data(), x.size(),
                                      scratch.data(), scratch.size(), y.data(), y.size());
        };
        return detail::filled(std::vector<T>(this->answers_len(this->inputs(x.size()))), predict,
                              {detail::a_multiple("x", x, this->input_len())});
    }

    /** Where it stands against a teacher: tutee_student_measure_f64. */
    template <class M>
    outcome<progress<T>> measure(const teacher<T, M> &of, span<T> scratch) const {
        const auto measure = [&](auto &out) {
            return c::student_measure(this->get(), of.get(), scratch.data(), scratch.size(), &out);
        };
        return detail::filled(progress<T>{}, measure,
                              {detail::at_least("scratch", scratch, detail::population_scratch(this->sizes()))});
    }
    /** What it has of a teacher: tutee_student_recovery_f64. */
    template <class M>
    outcome<tutee::recovery<T>> recovery(const teacher<T, M> &of, span<T> scratch) const {
        const auto recovery = [&](auto &out) {
            return c::student_recovery(this->get(), of.get(), scratch.data(), scratch.size(), &out);
        };
        return detail::filled(tutee::recovery<T>{}, recovery,
                              {detail::at_least("scratch", scratch, this->predict_scratch())});
    }

    /** Bytes of its snapshot: tutee_snapshot_bytes_f64. */
    outcome<std::size_t> snapshot_bytes() const {
        return detail::filled(std::size_t(), [&](auto &out) { return c::snapshot_bytes(&this->sizes(), &out); });
    }
    /** A snapshot; `at`, where its online training stands, and `act`, what it is trained with, may be left out:
        tutee_student_save_f64. */
    outcome<void> save(span<std::uint8_t> out, const stream *at = nullptr, const activation<T> *act = nullptr) const {
        std::size_t bytes = 0;
        (void)c::snapshot_bytes(&this->sizes(), &bytes);
        return detail::done(saved(out, at, act),
                            {detail::exactly("out", out, bytes)});
    }
    outcome<std::vector<std::uint8_t>> save(const stream *at = nullptr, const activation<T> *act = nullptr) const {
        return detail::filled(std::vector<std::uint8_t>(), [&](auto &out) {
            std::size_t bytes = 0;
            const tutee_status status = c::snapshot_bytes(&this->sizes(), &bytes);
            if (status != TUTEE_OK) return status;
            out.resize(bytes);
            return saved(out, at, act);
        });
    }
    /** Hands a snapshot to `take`, a span of bytes at a time, without memory for it; it returns nothing or a tutee::next, of which stop
        is TUTEE_ERROR_SINK. Into a slot of flash with that number, header and all: tutee_student_save_to_f64. */
    template <class F>
    outcome<void> save_to(F &&take, const stream *at = nullptr, const activation<T> *act = nullptr) const {
        return handed(nullptr, take, at, act);
    }
    template <class F>
    outcome<void> save_to_slot(std::uint32_t sequence, F &&take, const stream *at = nullptr,
                               const activation<T> *act = nullptr) const {
        return handed(&sequence, take, at, act);
    }
    /** Replaces it by a snapshot of the same shape; gives the stream saved with it: tutee_student_load_f64. */
    outcome<stream> load(span<const std::uint8_t> bytes) {
        return detail::filled(stream{},
                              [&](auto &out) { return c::student_load(this->get(), bytes.data(), bytes.size(), &out); });
    }
    /** A snapshot with the rule of the attention and what it keeps: tutee_student_save_ruled_f64. */
    outcome<std::vector<std::uint8_t>> save_ruled(tutee_rule rule, span<const T> kept, const stream *at = nullptr,
                                                  const activation<T> *act = nullptr) const {
        const auto save = [&](auto &out) {
            std::size_t bytes = 0;
            const auto size = rule == TUTEE_RULE_ADAM ? c::snapshot_bytes_ruled : c::snapshot_bytes;
            const tutee_status status = size(&this->sizes(), &bytes);
            if (status != TUTEE_OK) return status;
            out.resize(bytes);
            return c::student_save_ruled(this->get(), at, act ? act->kind : TUTEE_NO_ACTIVATION, act ? act->slope : T(0),
                                         rule, kept.data(), kept.size(), out.data(), out.size());
        };
        return detail::filled(std::vector<std::uint8_t>(), save,
                              {detail::exactly("kept", kept, detail::rules_kept(this->sizes(), rule))});
    }
    /** Hands a snapshot with the rule and what it keeps to `take`, as save_to and save_to_slot: tutee_student_save_ruled_to_f64. */
    template <class F>
    outcome<void> save_ruled_to(F &&take, tutee_rule rule, span<const T> kept, const stream *at = nullptr,
                                const activation<T> *act = nullptr) const {
        return handed_ruled(nullptr, take, rule, kept, at, act);
    }
    template <class F>
    outcome<void> save_ruled_to_slot(std::uint32_t sequence, F &&take, tutee_rule rule, span<const T> kept,
                                     const stream *at = nullptr, const activation<T> *act = nullptr) const {
        return handed_ruled(&sequence, take, rule, kept, at, act);
    }
    /** Replaces it, and what the rule kept, by a snapshot; gives the stream saved with it: tutee_student_load_ruled_f64. */
    outcome<stream> load_ruled(tutee_rule rule, span<T> kept, span<const std::uint8_t> bytes) {
        const auto load = [&](auto &out) {
            return c::student_load_ruled(this->get(), rule, kept.data(), kept.size(), bytes.data(), bytes.size(), &out);
        };
        return detail::filled(stream{}, load, {detail::exactly("kept", kept, detail::rules_kept(this->sizes(), rule))});
    }

private:
    tutee_status saved(span<std::uint8_t> out, const stream *at, const activation<T> *act) const {
        return c::student_save(this->get(), at, act ? act->kind : TUTEE_NO_ACTIVATION, act ? act->slope : T(0), out.data(),
                               out.size());
    }
    template <class F>
    outcome<void> handed(const std::uint32_t *sequence, F &take, const stream *at, const activation<T> *act) const {
        return detail::taker<F>(take).take(sequence, [&](const tutee_sink *sink) {
            return c::student_save_to(this->get(), at, act ? act->kind : TUTEE_NO_ACTIVATION, act ? act->slope : T(0), sink);
        });
    }
    template <class F>
    outcome<void> handed_ruled(const std::uint32_t *sequence, F &take, tutee_rule rule, span<const T> kept,
                               const stream *at, const activation<T> *act) const {
        const auto save = [&](const tutee_sink *sink) {
            return c::student_save_ruled_to(this->get(), at, act ? act->kind : TUTEE_NO_ACTIVATION,
                                            act ? act->slope : T(0), rule, kept.data(), kept.size(), sink);
        };
        return detail::taker<F>(take).take(sequence, save,
                                           {detail::exactly("kept", kept, detail::rules_kept(this->sizes(), rule))});
    }
    /** Elements of a block; 0 of none. */
    std::size_t len(tutee_block block) const noexcept {
        std::size_t elements = 0;
        (void)tutee_student_block_len(&this->sizes(), block, &elements);
        return elements;
    }
    outcome<void> set_named(const char *name, tutee_block block, span<const T> from) {
        return detail::done(c::student_set(this->get(), block, from.data(), from.size()),
                            {detail::exactly(name, from, len(block))});
    }
    student(const shape &sizes, Memory &&memory) : base(sizes, std::move(memory)) {}
};

// ----------------------------------------------------------------------------------------------------------- training

/** A batch of pairs that the caller's own simulator produced: tutee_sampler_f64. */
template <class T, class Memory = std::vector<std::uint64_t>>
class sampler : public detail::object<typename detail::c<T>::sampler, Memory> {
    using c = detail::c<T>;
    using base = detail::object<typename c::sampler, Memory>;
    friend base;

public:
    /** No sampler yet. */
    sampler() = default;

    /** Without a batch: tutee_sampler_init_f64. A vector has as much as makes it fast: tutee_sampler_words_wide_f64. */
    static outcome<sampler> make(const shape &sizes, Memory memory = {}) {
        return base::build(sampler(sizes, std::move(memory)), c::sampler_words_wide, c::sampler_words, c::sampler_init);
    }
    /** A sampler with as little memory as will do, which makes it slower on x86-64: tutee_sampler_words_f64. */
    static outcome<sampler> make_small(const shape &sizes, Memory memory = {}) {
        return base::build(sampler(sizes, std::move(memory)), c::sampler_words, c::sampler_words, c::sampler_init);
    }
    /** Begins an empty batch: tutee_samples_begin_f64. */
    template <class M>
    outcome<void> begin(student<T, M> &of, activation<T> act) {
        return detail::done(c::samples_begin(of.get(), this->get(), act.kind, act.slope));
    }
    /** Adds pairs x[pairs][tokens][features], y[pairs][outputs][filters]: tutee_samples_accumulate_f64. */
    template <class M>
    outcome<void> accumulate(student<T, M> &of, span<const T> x, span<const T> y) {
        return detail::done(c::samples_accumulate(of.get(), this->get(), this->inputs(x.size()), x.data(), x.size(),
                                                  y.data(), y.size()),
                            {detail::a_multiple("x", x, this->input_len()),
                             detail::exactly("y", y, this->answers_len(this->inputs(x.size())))});
    }
    /** Adds the batch of another sampler, begun for a copy of the student, which stays as it is: tutee_samples_merge_f64. */
    template <class M, class N>
    outcome<void> merge(const student<T, M> &of, sampler<T, N> &other) {
        return detail::done(c::samples_merge(of.get(), this->get(), other.get()));
    }
    /** What the batch holds: tutee_samples_loss_f64. */
    outcome<tutee::batch_loss<T>> loss() const {
        return detail::filled(tutee::batch_loss<T>{},
                              [&](auto &out) { return c::samples_loss(this->get(), &out.count, &out.mean_loss); });
    }
    /** One step along the batch's mean gradient, and a new batch: tutee_samples_step_f64. */
    template <class M>
    outcome<void> step(student<T, M> &of, const descent<T> &by) {
        return detail::done(c::samples_step(of.get(), this->get(), &by));
    }
    /** One step by rules, and a new batch; `kept` has rules_kept elements: tutee_samples_step_ruled_f64. */
    template <class M>
    outcome<void> step(student<T, M> &of, const descent<T> &by, const rules<T> &with, span<T> kept) {
        return detail::done(c::samples_step_ruled(of.get(), this->get(), &with, kept.data(), kept.size(), &by),
                            {detail::exactly("kept", kept, detail::rules_kept(of.sizes(), with.attention))});
    }

private:
    sampler(const shape &sizes, Memory &&memory) : base(sizes, std::move(memory)) {}
};

/** The scratch of one training, and whatever trains a student by a teacher. One thread at a time. */
template <class T, class Scratch = std::vector<T>>
class trainer {
    using c = detail::c<T>;

public:
    /** No scratch yet. */
    trainer() = default;

    /** With scratch for every function; a vector has as much as makes it fast: tutee_online_scratch_wide. */
    static outcome<trainer> make(const shape &sizes, Scratch scratch = {}) {
        std::size_t needed = 0;
        const tutee_status status = tutee_online_scratch_wide(&sizes, &needed);
        const std::size_t ruled = status == TUTEE_OK ? detail::rules_scratch(sizes) : 0;
        return with(status, needed > ruled ? needed : ruled, std::move(scratch));
    }
    /** A trainer with as little memory as will do, which makes online training slower on x86-64: tutee_online_scratch. */
    static outcome<trainer> make_small(const shape &sizes, Scratch scratch = {}) {
        std::size_t needed = 0;
        const tutee_status status = tutee_online_scratch(&sizes, &needed);
        return with(status, needed, std::move(scratch));
    }
    /** The scratch, for functions that ask for some. */
    span<T> scratch() noexcept { return {scratch_.data(), scratch_.size()}; }

    /** One step along the exact gradient: tutee_population_step_f64. */
    template <class S, class M>
    outcome<void> population_step(student<T, S> &of, const teacher<T, M> &by, const descent<T> &with) {
        return detail::done(c::population_step(of.get(), by.get(), &with, scratch_.data(), scratch_.size()),
                            {exact(of.sizes())});
    }
    /** One exact step by rules; `kept` has rules_kept elements: tutee_population_step_ruled_f64. */
    template <class S, class M>
    outcome<void> population_step(student<T, S> &of, const teacher<T, M> &by, const descent<T> &with,
                                  const rules<T> &ruled, span<T> kept) {
        return detail::done(c::population_step_ruled(of.get(), by.get(), &ruled, kept.data(), kept.size(), &with,
                                                     scratch_.data(), scratch_.size()),
                            {detail::exactly("kept", kept, detail::rules_kept(of.sizes(), ruled.attention)),
                             detail::at_least("scratch", scratch_, detail::rules_scratch(of.sizes()))});
    }
    /** Such steps until a rule of `until` holds: tutee_population_run_f64. */
    template <class S, class M>
    outcome<run_end<T>> population_run(student<T, S> &of, const teacher<T, M> &by, const descent<T> &with,
                                       const stop<T> &until) {
        const auto run = [&](auto &out) {
            return c::population_run(of.get(), by.get(), &with, &until, nullptr, scratch_.data(), scratch_.size(), &out);
        };
        return detail::filled(run_end<T>{}, run, {exact(of.sizes())});
    }
    /** Many steps along the exact gradient, watched: `callback(progress)` is called every `every` steps and may answer
        tutee::next::stop: tutee_population_run_f64. */
    template <class S, class M, class F>
    outcome<run_end<T>> population_run(student<T, S> &of, const teacher<T, M> &by, const descent<T> &with,
                                       const stop<T> &until, std::uint64_t every, F &&callback) {
        return watched(every, callback, exact(of.sizes()), [&](auto *observer, auto &out) {
            return c::population_run(of.get(), by.get(), &with, &until, observer, scratch_.data(), scratch_.size(),
                                     &out);
        });
    }

    /** One step of a classifier along the exact gradient of its mean logistic loss; the label is the side of a token along
        `direction`: tutee_label_step_f64. */
    template <class S>
    outcome<void> label_step(student<T, S> &of, const group_label<T> &by, span<const T> direction, const descent<T> &with) {
        return detail::done(c::label_step(of.get(), &by, direction.data(), direction.size(), &with, scratch_.data(),
                                          scratch_.size()),
                            {detail::exactly("direction", direction, of.sizes().features), labelled(of.sizes())});
    }
    /** Such steps until a rule of `until` holds: tutee_label_run_f64. */
    template <class S>
    outcome<run_end<T>> label_run(student<T, S> &of, const group_label<T> &by, span<const T> direction,
                                  const descent<T> &with, const stop<T> &until) {
        const auto run = [&](auto &out) {
            return c::label_run(of.get(), &by, direction.data(), direction.size(), &with, &until, nullptr, scratch_.data(),
                                scratch_.size(), &out);
        };
        return detail::filled(run_end<T>{}, run,
                              {detail::exactly("direction", direction, of.sizes().features), labelled(of.sizes())});
    }
    /** Many such steps, watched: `callback(progress)` is called every `every` steps and may answer tutee::next::stop:
        tutee_label_run_f64. */
    template <class S, class F>
    outcome<run_end<T>> label_run(student<T, S> &of, const group_label<T> &by, span<const T> direction,
                                  const descent<T> &with, const stop<T> &until, std::uint64_t every, F &&callback) {
        return watched(every, callback, labelled(of.sizes()), [&](auto *observer, auto &out) {
            return c::label_run(of.get(), &by, direction.data(), direction.size(), &with, &until, observer,
                                scratch_.data(), scratch_.size(), &out);
        });
    }
    /** The mean loss that label_step makes small; nothing moves: tutee_label_loss_f64. */
    template <class S>
    outcome<T> label_loss(student<T, S> &of, const group_label<T> &by, span<const T> direction) {
        const auto measure = [&](auto &out) {
            return c::label_loss(of.get(), &by, direction.data(), direction.size(), scratch_.data(), scratch_.size(), &out);
        };
        return detail::filled(T(), measure,
                              {detail::exactly("direction", direction, of.sizes().features), labelled(of.sizes())});
    }

    /** One step along a batch that the library draws; `from.index` moves along: tutee_online_step_f64. */
    template <class S, class M>
    outcome<void> online_step(student<T, S> &of, const teacher<T, M> &by, source<T> &from, const descent<T> &with) {
        return detail::done(c::online_step(of.get(), by.get(), &from, &with, scratch_.data(), scratch_.size()),
                            {online(of.sizes())});
    }
    /** One step by rules along a batch that the library draws; `kept` has rules_kept elements: tutee_online_step_ruled_f64. */
    template <class S, class M>
    outcome<void> online_step(student<T, S> &of, const teacher<T, M> &by, source<T> &from, const descent<T> &with,
                              const rules<T> &ruled, span<T> kept) {
        return detail::done(c::online_step_ruled(of.get(), by.get(), &from, &ruled, kept.data(), kept.size(), &with,
                                                 scratch_.data(), scratch_.size()),
                            {detail::exactly("kept", kept, detail::rules_kept(of.sizes(), ruled.attention)), online(of.sizes())});
    }
    /** Such steps until a rule of `until` holds: tutee_online_run_f64. */
    template <class S, class M>
    outcome<run_end<T>> online_run(student<T, S> &of, const teacher<T, M> &by, source<T> &from,
                                   const descent<T> &with, const stop<T> &until) {
        const auto run = [&](auto &out) {
            return c::online_run(of.get(), by.get(), &from, &with, &until, nullptr, scratch_.data(), scratch_.size(),
                                 &out);
        };
        return detail::filled(run_end<T>{}, run, {online(of.sizes())});
    }
    /** Many steps of online training, watched: `callback(progress)` is called every `every` steps and may answer
        tutee::next::stop: tutee_online_run_f64. */
    template <class S, class M, class F>
    outcome<run_end<T>> online_run(student<T, S> &of, const teacher<T, M> &by, source<T> &from,
                                   const descent<T> &with, const stop<T> &until, std::uint64_t every, F &&callback) {
        return watched(every, callback, online(of.sizes()), [&](auto *observer, auto &out) {
            return c::online_run(of.get(), by.get(), &from, &with, &until, observer, scratch_.data(), scratch_.size(),
                                 &out);
        });
    }

private:
    static outcome<trainer> with(tutee_status status, std::size_t needed, Scratch scratch) {
        trainer made;
        made.scratch_ = std::move(scratch);
        if (status == TUTEE_OK) detail::fit(made.scratch_, needed);
        return detail::give(status, std::move(made));
    }
    /** The scratch as training of either kind needs it. */
    detail::given exact(const shape &sizes) const noexcept {
        return detail::at_least("scratch", scratch_, detail::population_scratch(sizes));
    }
    detail::given labelled(const shape &sizes) const noexcept {
        return detail::at_least("scratch", scratch_, detail::label_scratch(sizes));
    }
    detail::given online(const shape &sizes) const noexcept {
        return detail::at_least("scratch", scratch_, detail::online_scratch(sizes));
    }
    template <class F, class Run>
    outcome<run_end<T>> watched(std::uint64_t every, F &callback, const detail::given &scratch, Run run) {
        detail::watcher<T, F> watcher(callback);
        const auto observer = watcher.observer(every);
        run_end<T> end{};
        const tutee_status status = run(&observer, end);
        watcher.rethrow();
        return detail::give(status, std::move(end), {scratch});
    }

    Scratch scratch_{};
};

} // inline namespace throwing or returning
} // namespace tutee

#include "tutee/layer.hpp"
#include "tutee/raw.hpp"

#endif // TUTEE_HPP
