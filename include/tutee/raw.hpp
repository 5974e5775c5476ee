/*
 * tutee/raw.hpp: training on readings as they are recorded, of tutee.h, for C++17. Comes with tutee.hpp, whose rules of errors, memory
 * and threads hold here, too.
 *
 *     auto raw = tutee::raw<float>::make({1, 1, 12, 12}, TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED);
 *     raw.observe(x, y);
 *     raw.begin();
 *     const auto descent = tutee::default_raw_descent<float>();
 *     for (int step = 0; step < 6000; step++) {
 *         raw.accumulate(x, y);
 *         raw.step(descent);
 *     }
 *     for (const auto &link : raw.links(40)) report(link.output, link.token, link.weight);
 */
#ifndef TUTEE_RAW_HPP
#define TUTEE_RAW_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

namespace detail {
template <class T>
struct of_raws;
template <class T>
struct of_whiteners;

// What tutee.h has under two names, under one.
#define TUTEE_DETAIL_PRECISION(scalar, s)                                                                              \
    template <>                                                                                                        \
    struct of_raws<scalar> {                                                                                           \
        using raw = tutee_raw_##s;                                                                                     \
        using descent = tutee_raw_descent_##s;                                                                         \
        using fit = tutee_raw_fit_##s;                                                                                 \
        using stepped = tutee_raw_stepped_##s;                                                                         \
        using spread = tutee_raw_spread_##s;                                                                           \
        using diagnosis = tutee_raw_diagnosis_##s;                                                                     \
        using link = tutee_link_##s;                                                                                   \
        using sure_link = tutee_sure_link_##s;                                                                         \
        static constexpr auto words = &tutee_raw_words_##s;                                                            \
        static constexpr auto init = &tutee_raw_init_##s;                                                              \
        static constexpr auto observe = &tutee_raw_observe_##s;                                                        \
        static constexpr auto forget = &tutee_raw_forget_##s;                                                          \
        static constexpr auto moments = &tutee_raw_moments_##s;                                                        \
        static constexpr auto begin = &tutee_raw_begin_##s;                                                            \
        static constexpr auto accumulate = &tutee_raw_accumulate_##s;                                                  \
        static constexpr auto merge = &tutee_raw_merge_##s;                                                            \
        static constexpr auto descent_default = &tutee_raw_descent_default_##s;                                        \
        static constexpr auto step = &tutee_raw_step_##s;                                                              \
        static constexpr auto diagnose = &tutee_raw_diagnose_##s;                                                      \
        static constexpr auto strayed = &tutee_raw_strayed_##s;                                                        \
        static constexpr auto loss = &tutee_raw_loss_##s;                                                              \
        static constexpr auto predict = &tutee_raw_predict_##s;                                                        \
        static constexpr auto explain = &tutee_raw_explain_##s;                                                        \
        static constexpr auto links = &tutee_raw_links_##s;                                                            \
        static constexpr auto sure_links = &tutee_mixing_links_##s;                                                     \
        static constexpr auto snapshot_bytes = &tutee_raw_snapshot_bytes_##s;                                          \
        static constexpr auto save = &tutee_raw_save_##s;                                                              \
        static constexpr auto save_to = &tutee_raw_save_to_##s;                                                        \
        static constexpr auto load = &tutee_raw_load_##s;                                                              \
    };                                                                                                                 \
    template <>                                                                                                        \
    struct of_whiteners<scalar> {                                                                                      \
        using whitener = tutee_whitener_##s;                                                                           \
        using whitened = tutee_whitened_##s;                                                                           \
        static constexpr auto words = &tutee_whitener_words_##s;                                                       \
        static constexpr auto init = &tutee_whitener_init_##s;                                                         \
        static constexpr auto observe = &tutee_whitener_observe_##s;                                                   \
        static constexpr auto settle = &tutee_whitener_settle_##s;                                                     \
        static constexpr auto condition = &tutee_whitener_condition_##s;                                               \
        static constexpr auto matrix = &tutee_whitener_matrix_##s;                                                     \
        static constexpr auto whiten = &tutee_whitener_whiten_##s;                                                     \
        static constexpr auto restore = &tutee_whitener_restore_##s;                                                   \
        static constexpr auto snapshot_bytes = &tutee_whitener_snapshot_bytes_##s;                                     \
        static constexpr auto save = &tutee_whitener_save_##s;                                                         \
        static constexpr auto save_to = &tutee_whitener_save_to_##s;                                                   \
        static constexpr auto load = &tutee_whitener_load_##s;                                                         \
    };
TUTEE_DETAIL_PRECISION(float, f32)
TUTEE_DETAIL_PRECISION(double, f64)
#undef TUTEE_DETAIL_PRECISION
} // namespace detail

/** How a student of raw readings steps: tutee_raw_descent_f64. */
template <class T>
using raw_descent = typename detail::of_raws<T>::descent;
/** How well a student answers: tutee_raw_fit_f64. */
template <class T>
using raw_fit = typename detail::of_raws<T>::fit;
/** What a step did: tutee_raw_stepped_f64. */
template <class T>
using raw_stepped = typename detail::of_raws<T>::stepped;
/** Which sensors lie farthest from the readings that were looked at, and how far: tutee_raw_spread_f64. */
template <class T>
using raw_spread = typename detail::of_raws<T>::spread;
/** What a batch says of the student: tutee_raw_diagnosis_f64. */
template <class T>
using raw_diagnosis = typename detail::of_raws<T>::diagnosis;
/** One entry of S: tutee_link_f64. */
template <class T>
using link = typename detail::of_raws<T>::link;

/** An entry of S that stands out, and how sure it is: tutee_sure_link_f64. */
template <class T>
using sure_link = typename detail::of_raws<T>::sure_link;

/** One look at a training: tutee_curve_point. */
using curve_point = tutee_curve_point;
/** What is known of a training beside its curve: tutee_known. */
using circumstances = tutee_known;
/** A verdict and why: tutee_judgement. */
using judgement = tutee_judgement;

/** Of pairs of one's own, trained in T; `sampled` where a batch is not all of them. */
template <class T>
constexpr circumstances known_of_pairs(bool sampled) noexcept {
    circumstances all{};
    all.scalar_bits = 8 * sizeof(T);
    all.sampled = sampled ? 1 : 0;
    return all;
}
/** What a training means, from looks at its loss in the order of steps, the first before the first step: tutee_curve_judge. */
inline outcome<judgement> judge(span<const curve_point> curve, const circumstances &beside) {
    return detail::filled(judgement{}, [&](auto &out) { return tutee_curve_judge(curve.data(), curve.size(), &beside, &out); });
}

/** What a snapshot of a student of raw readings says of itself: tutee_raw_info. */
using raw_info = tutee_raw_info;

/** What a snapshot of a student of raw readings says of itself: tutee_raw_inspect. */
inline outcome<raw_info> inspect_raw(span<const std::uint8_t> bytes) {
    return detail::filled(raw_info{}, [&](auto &out) { return tutee_raw_inspect(bytes.data(), bytes.size(), &out); });
}

/** What is known of readings: tutee_raw_moments_f64. */
template <class T>
struct raw_moments {
    /** What is taken from inputs, mean[tokens][features]. */
    std::vector<T> mean;
    /** By what they are then divided, scale[features]. */
    std::vector<T> scale;
    /** What is taken from answers, answer_mean[outputs][filters]. */
    std::vector<T> answer_mean;
    /** By what those are divided. */
    T answer_scale;
};

/** What a student has learned, in the units of the readings: tutee_raw_explain_f64. */
template <class T>
struct raw_explanation {
    /** W, value[filters][features]. */
    std::vector<T> value;
    /** b, bias[outputs][filters]. */
    std::vector<T> bias;
    /** S, mixing[outputs][tokens]. */
    std::vector<T> mixing;
};

/** How far a whitener has come: tutee_whitened_f64. */
template <class T>
using whitened = typename detail::of_whiteners<T>::whitened;

/** What a whitener takes from readings, and by what it multiplies them then: tutee_whitener_matrix_f64. */
template <class T>
struct whitening {
    /** m, mean[tokens][features]. */
    std::vector<T> mean;
    /** Z, matrix[features][features]. */
    std::vector<T> matrix;
};

/** Takes out of readings what their features say alike, before a student of raw readings sees them: tutee_whitener_f64. */
template <class T, class Memory = std::vector<std::uint64_t>>
class whitener : public detail::object<typename detail::of_whiteners<T>::whitener, Memory> {
    using c = detail::of_whiteners<T>;
    using base = detail::object<typename c::whitener, Memory>;
    friend base;

public:
    /** No whitener yet. */
    whitener() = default;

    /** Of readings of these sizes, which has seen none: tutee_whitener_init_f64. */
    static outcome<whitener> make(const shape &readings, Memory memory = {}) {
        return base::build(whitener(readings, std::move(memory)), c::words, c::words, c::init);
    }

    /** Looks at x[inputs][tokens][features] for a student of this activation: tutee_whitener_observe_f64. */
    outcome<void> observe(span<const T> x, activation<T> act = identity<T>()) {
        return detail::done(c::observe(this->get(), act.kind, this->inputs(x.size()), x.data(), x.size()), {given_x(x)});
    }
    /** Makes the matrix: tutee_whitener_settle_f64. */
    outcome<void> settle() { return detail::done(c::settle(this->get())); }
    /** Inputs looked at, directions left out, and whether whitening is of use: tutee_whitener_condition_f64. */
    outcome<whitened<T>> condition() {
        return detail::filled(whitened<T>{}, [&](auto &out) { return c::condition(this->get(), &out); });
    }
    /** Means and matrix: tutee_whitener_matrix_f64. */
    outcome<whitening<T>> matrix() {
        const std::size_t features = this->sizes().features;
        whitening<T> both{std::vector<T>(this->input_len()), std::vector<T>(features * features)};
        return detail::filled(std::move(both), [&](auto &out) {
            return c::matrix(this->get(), out.mean.data(), out.mean.size(), out.matrix.data(), out.matrix.size());
        });
    }
    /** Inputs as the student is to see them: tutee_whitener_whiten_f64. */
    outcome<void> whiten(span<const T> x, span<T> white) {
        return detail::done(c::whiten(this->get(), this->inputs(x.size()), x.data(), x.size(), white.data(), white.size()),
                            {given_x(x), detail::exactly("white", white, x.size())});
    }
    outcome<std::vector<T>> whiten(span<const T> x) {
        const auto ask = [&](auto &out) {
            return c::whiten(this->get(), this->inputs(x.size()), x.data(), x.size(), out.data(), out.size());
        };
        return detail::filled(std::vector<T>(x.size()), ask, {given_x(x)});
    }
    /** What a student of whitened readings has learned, for readings as they come: tutee_whitener_restore_f64. */
    outcome<raw_explanation<T>> restore(raw_explanation<T> learned) {
        return detail::filled(std::move(learned), [&](auto &out) {
            return c::restore(this->get(), out.value.data(), out.value.size(), out.bias.data(), out.bias.size(),
                              out.mixing.data(), out.mixing.size());
        });
    }
    /** A snapshot: tutee_whitener_save_f64. */
    outcome<std::vector<std::uint8_t>> save() {
        return detail::filled(std::vector<std::uint8_t>(), [&](auto &out) {
            std::size_t bytes = 0;
            const tutee_status status = c::snapshot_bytes(&this->sizes(), &bytes);
            if (status != TUTEE_OK) return status;
            out.resize(bytes);
            return c::save(this->get(), out.data(), out.size());
        });
    }
    /** Hands a snapshot to `take`, a span of bytes at a time, without memory for it; it returns nothing or a tutee::next, of which stop
        is TUTEE_ERROR_SINK. Into a slot of flash with that number, header and all: tutee_whitener_save_to_f64. */
    template <class F>
    outcome<void> save_to(F &&take) {
        return detail::taker<std::remove_reference_t<F>>(take).take(nullptr, [&](const tutee_sink *sink) { return c::save_to(this->get(), sink); });
    }
    template <class F>
    outcome<void> save_to_slot(std::uint32_t sequence, F &&take) {
        return detail::taker<std::remove_reference_t<F>>(take).take(&sequence, [&](const tutee_sink *sink) { return c::save_to(this->get(), sink); });
    }
    /** Replaces it by a snapshot of as many tokens and features: tutee_whitener_load_f64. */
    outcome<void> load(span<const std::uint8_t> bytes) {
        return detail::done(c::load(this->get(), bytes.data(), bytes.size()));
    }

private:
    whitener(const shape &readings, Memory &&memory) : base(readings, std::move(memory)) {}

    detail::given given_x(span<const T> x) const noexcept { return detail::a_multiple("x", x, this->input_len()); }
};

/** The usual settings of a step on raw readings: tutee_raw_descent_default_f64. */
template <class T>
outcome<raw_descent<T>> default_raw_descent() {
    return detail::filled(raw_descent<T>{}, [](auto &out) { return detail::of_raws<T>::descent_default(&out); });
}

/** A student of recorded pairs, with its batch: tutee_raw_f64. */
template <class T, class Memory = std::vector<std::uint64_t>>
class raw : public detail::object<typename detail::of_raws<T>::raw, Memory> {
    using c = detail::of_raws<T>;
    using base = detail::object<typename c::raw, Memory>;
    friend base;

public:
    /** No student yet. */
    raw() = default;

    /** Of readings of these sizes, which has seen none; `preparation` is a sum of tutee_preparation: tutee_raw_init_f64. */
    static outcome<raw> make(const shape &readings, std::int32_t preparation, activation<T> act = identity<T>(),
                             Memory memory = {}) {
        const auto words = [=](const shape *sizes, std::size_t *out) { return c::words(sizes, preparation, out); };
        const auto init = [=](std::uint64_t *place, std::size_t n, const shape *sizes, typename c::raw **out) {
            return c::init(place, n, sizes, preparation, act.kind, act.slope, out);
        };
        return base::build(raw(readings, preparation, std::move(memory)), words, words, init);
    }
    /** The student of a snapshot, sizes included, with an empty batch: tutee_raw_inspect, _raw_init_f64, _raw_load_f64. */
    static outcome<raw> from_snapshot(span<const std::uint8_t> bytes, Memory memory = {}) {
        raw_info info{};
        const tutee_status status = tutee_raw_inspect(bytes.data(), bytes.size(), &info);
        if (status != TUTEE_OK) return detail::give(status, raw());
        const auto words = [=](const shape *sizes, std::size_t *out) { return c::words(sizes, info.preparation, out); };
        const auto init = [&](std::uint64_t *place, std::size_t n, const shape *sizes, typename c::raw **out) {
            const tutee_status made = c::init(place, n, sizes, info.preparation, TUTEE_IDENTITY, T(0), out);
            if (made != TUTEE_OK) return made;
            return c::load(*out, bytes.data(), bytes.size());
        };
        return base::build(raw(info.shape, info.preparation, std::move(memory)), words, words, init);
    }

    /** Looks at pairs x[pairs][tokens][features], y[pairs][outputs][filters]: tutee_raw_observe_f64. */
    outcome<void> observe(span<const T> x, span<const T> y) {
        return detail::done(c::observe(this->get(), count(x), x.data(), x.size(), y.data(), y.size()), {given_x(x), given_y(x, y)});
    }
    /** What is known of them weighs as much as so many pairs from now on: tutee_raw_forget_f64. */
    outcome<void> forget(std::uint64_t weight) { return detail::done(c::forget(this->get(), weight)); }
    /** What is known of the readings: tutee_raw_moments_f64. */
    outcome<raw_moments<T>> moments() {
        raw_moments<T> known{std::vector<T>(this->input_len()), std::vector<T>(this->sizes().features),
                             std::vector<T>(this->answers_len(1)), T()};
        return detail::filled(std::move(known), [&](auto &out) {
            return c::moments(this->get(), out.mean.data(), out.mean.size(), out.scale.data(), out.scale.size(),
                              out.answer_mean.data(), out.answer_mean.size(), &out.answer_scale);
        });
    }
    /** Begins the training, or drops the batch: tutee_raw_begin_f64. */
    outcome<void> begin() { return detail::done(c::begin(this->get())); }
    /** Adds pairs to the batch: tutee_raw_accumulate_f64. */
    outcome<void> accumulate(span<const T> x, span<const T> y) {
        return detail::done(c::accumulate(this->get(), count(x), x.data(), x.size(), y.data(), y.size()),
                            {given_x(x), given_y(x, y)});
    }
    /** Adds the batch of a copy, which stays as it is: tutee_raw_merge_f64. */
    template <class M>
    outcome<void> merge(raw<T, M> &other) {
        return detail::done(c::merge(this->get(), other.get()));
    }
    /** One step along the batch's mean gradient, at rates that come from the data, and a new batch: tutee_raw_step_f64. */
    outcome<raw_stepped<T>> step(const raw_descent<T> &by) {
        return detail::filled(raw_stepped<T>{}, [&](auto &out) { return c::step(this->get(), &by, &out); });
    }
    /** What the batch says of the student: tutee_raw_diagnose_f64. */
    outcome<raw_diagnosis<T>> diagnose() {
        return detail::filled(raw_diagnosis<T>{}, [&](auto &out) { return c::diagnose(this->get(), &out); });
    }
    /** How well it answers pairs that were held out: tutee_raw_loss_f64. */
    outcome<raw_fit<T>> loss(span<const T> x, span<const T> y) {
        const auto measure = [&](auto &out) {
            return c::loss(this->get(), count(x), x.data(), x.size(), y.data(), y.size(), &out);
        };
        return detail::filled(raw_fit<T>{}, measure, {given_x(x), given_y(x, y)});
    }
    /** Which sensors of pairs lie farthest from those that were looked at, and how far: tutee_raw_strayed_f64. */
    outcome<raw_spread<T>> strayed(span<const T> x, span<const T> y) {
        const auto measure = [&](auto &out) {
            return c::strayed(this->get(), count(x), x.data(), x.size(), y.data(), y.size(), &out);
        };
        return detail::filled(raw_spread<T>{}, measure, {given_x(x), given_y(x, y)});
    }
    /** Its answers to x[inputs][tokens][features], y[inputs][outputs][filters], in their own units: tutee_raw_predict_f64. */
    outcome<void> predict(span<const T> x, span<T> y) {
        return detail::done(c::predict(this->get(), count(x), x.data(), x.size(), y.data(), y.size()),
                            {given_x(x), detail::exactly("y", y, this->answers_len(count(x)))});
    }
    outcome<std::vector<T>> predict(span<const T> x) {
        const auto ask = [&](auto &y) {
            return c::predict(this->get(), count(x), x.data(), x.size(), y.data(), y.size());
        };
        return detail::filled(std::vector<T>(this->answers_len(count(x))), ask, {given_x(x)});
    }
    /** What it has learned, in the units of the readings: tutee_raw_explain_f64. */
    outcome<raw_explanation<T>> explain() {
        raw_explanation<T> learned{std::vector<T>(this->value_len()), std::vector<T>(this->answers_len(1)),
                                   std::vector<T>(this->mixing_len())};
        return detail::filled(std::move(learned), [&](auto &out) {
            return c::explain(this->get(), out.value.data(), out.value.size(), out.bias.data(), out.bias.size(),
                              out.mixing.data(), out.mixing.size());
        });
    }
    /** The first `most` entries of S, farthest from zero first, or all where there are fewer: tutee_raw_links_f64. */
    outcome<std::vector<link<T>>> links(std::size_t most) {
        const std::size_t all = this->mixing_len();
        return detail::filled(std::vector<link<T>>(most < all ? most : all),
                              [&](auto &out) { return c::links(this->get(), out.data(), out.size()); });
    }

    /** The first `most` entries of S that stand out, or all where there are fewer; `parts` holds S of students of parts of the data, one
        behind the other: tutee_raw_explain_f64, tutee_mixing_links_f64. */
    outcome<std::vector<sure_link<T>>> sure_links(span<const T> parts, std::size_t most) {
        const std::size_t all = this->mixing_len();
        const auto ask = [&](auto &out) {
            std::size_t found = 0;
            std::vector<T> value(this->value_len()), bias(this->answers_len(1)), mixing(all);
            tutee_status status = c::explain(this->get(), value.data(), value.size(), bias.data(), bias.size(),
                                             mixing.data(), mixing.size());
            if (status != TUTEE_OK) return status;
            status = c::sure_links(&this->sizes(), mixing.data(), mixing.size(), parts.data(), parts.size(), out.data(),
                                   out.size(), &found);
            if (status == TUTEE_OK && found < out.size()) out.resize(found);
            return status;
        };
        return detail::filled(std::vector<sure_link<T>>(most < all ? most : all), ask,
                              {detail::a_multiple("parts", parts, all)});
    }
    /** A snapshot of all but the batch: tutee_raw_save_f64. */
    outcome<std::vector<std::uint8_t>> save() {
        return detail::filled(std::vector<std::uint8_t>(), [&](auto &out) {
            std::size_t bytes = 0;
            const tutee_status status = c::snapshot_bytes(&this->sizes(), preparation_, &bytes);
            if (status != TUTEE_OK) return status;
            out.resize(bytes);
            return c::save(this->get(), out.data(), out.size());
        });
    }
    /** Hands a snapshot to `take`, a span of bytes at a time, without memory for it; it returns nothing or a tutee::next, of which stop
        is TUTEE_ERROR_SINK. Into a slot of flash with that number, header and all: tutee_raw_save_to_f64. */
    template <class F>
    outcome<void> save_to(F &&take) {
        return detail::taker<std::remove_reference_t<F>>(take).take(nullptr, [&](const tutee_sink *sink) { return c::save_to(this->get(), sink); });
    }
    template <class F>
    outcome<void> save_to_slot(std::uint32_t sequence, F &&take) {
        return detail::taker<std::remove_reference_t<F>>(take).take(&sequence, [&](const tutee_sink *sink) { return c::save_to(this->get(), sink); });
    }
    /** Replaces it by a snapshot of the same sizes and preparation, and begins an empty batch: tutee_raw_load_f64. */
    outcome<void> load(span<const std::uint8_t> bytes) {
        return detail::done(c::load(this->get(), bytes.data(), bytes.size()));
    }

private:
    raw(const shape &readings, std::int32_t preparation, Memory &&memory)
        : base(readings, std::move(memory)), preparation_(preparation) {}

    std::size_t count(span<const T> x) const noexcept { return this->inputs(x.size()); }
    detail::given given_x(span<const T> x) const noexcept { return detail::a_multiple("x", x, this->input_len()); }
    detail::given given_y(span<const T> x, span<const T> y) const noexcept {
        return detail::exactly("y", y, this->answers_len(count(x)));
    }

    std::int32_t preparation_ = 0;
};

} // inline namespace
} // namespace tutee

#endif // TUTEE_RAW_HPP
