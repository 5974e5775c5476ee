/*
 * tutee/layer.hpp: the whole layer of tutee.h for C++17. Comes with tutee.hpp, whose rules of errors, memory and threads hold here,
 * too.
 *
 *     tutee::layer_shape sizes{{2, 4, 8, 8}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_MERGED, TUTEE_QUERIES_TOKENS, 8, 0, 0};
 *     auto layer = tutee::layer<float>::make(sizes);
 *     layer.set(TUTEE_CODES, tutee::layer_codes<float>(sizes, TUTEE_CODE_IDENTITY, 0));
 *     layer.begin();
 *     for (int step = 0; step < 500; step++) {
 *         layer.accumulate({readings()}, responses());
 *         layer.step(descent);
 *     }
 */
#ifndef TUTEE_LAYER_HPP
#define TUTEE_LAYER_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

#include <array>

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

namespace detail {
template <class T>
struct of_layers;

// What tutee.h has under two names, under one.
#define TUTEE_DETAIL_PRECISION(scalar, s)                                                                              \
    template <>                                                                                                        \
    struct of_layers<scalar> {                                                                                         \
        using layer = tutee_layer_##s;                                                                                 \
        using layer_settings = tutee_layer_settings_##s;                                                               \
        using labels = tutee_labels_##s;                                                                               \
        using recovered = tutee_recovered_##s;                                                                         \
        using codes_recovered = tutee_codes_recovered_##s;                                                             \
        using key_query_recovered = tutee_key_query_recovered_##s;                                                     \
        static constexpr auto words = &tutee_layer_words_##s;                                                          \
        static constexpr auto defaults = &tutee_layer_default_##s;                                                     \
        static constexpr auto init = &tutee_layer_init_##s;                                                            \
        static constexpr auto configure = &tutee_layer_configure_##s;                                                  \
        static constexpr auto configuration = &tutee_layer_configuration_##s;                                          \
        static constexpr auto codes = &tutee_layer_codes_##s;                                                          \
        static constexpr auto start = &tutee_layer_start_##s;                                                          \
        static constexpr auto get = &tutee_layer_get_##s;                                                              \
        static constexpr auto set = &tutee_layer_set_##s;                                                              \
        static constexpr auto steps = &tutee_layer_steps_##s;                                                          \
        static constexpr auto digest = &tutee_layer_digest_##s;                                                        \
        static constexpr auto squares = &tutee_layer_squares_##s;                                                      \
        static constexpr auto recovery = &tutee_layer_recovery_##s;                                                    \
        static constexpr auto codes_recovery = &tutee_layer_codes_recovery_##s;                                        \
        static constexpr auto key_query_recovery = &tutee_layer_key_query_recovery_##s;                                \
        static constexpr auto begin = &tutee_layer_begin_##s;                                                          \
        static constexpr auto accumulate = &tutee_layer_accumulate_##s;                                                \
        static constexpr auto batch_loss = &tutee_layer_batch_loss_##s;                                                          \
        static constexpr auto step = &tutee_layer_step_##s;                                                            \
        static constexpr auto predict = &tutee_layer_predict_##s;                                                      \
        static constexpr auto loss = &tutee_layer_loss_##s;                                                            \
        static constexpr auto online_step = &tutee_layer_online_step_##s;                                              \
        static constexpr auto online_loss = &tutee_layer_online_loss_##s;                                              \
        static constexpr auto selection_step = &tutee_layer_selection_step_##s;                                        \
        static constexpr auto selection_loss = &tutee_layer_selection_loss_##s;                                        \
        static constexpr auto snapshot_bytes = &tutee_layer_snapshot_bytes_##s;                                        \
        static constexpr auto save = &tutee_layer_save_##s;                                                            \
        static constexpr auto save_to = &tutee_layer_save_to_##s;                                                      \
        static constexpr auto load = &tutee_layer_load_##s;                                                            \
    };
TUTEE_DETAIL_PRECISION(float, f32)
TUTEE_DETAIL_PRECISION(double, f64)
#undef TUTEE_DETAIL_PRECISION
} // namespace detail

/** The sizes of a layer, and the choices that decide them: tutee_layer_shape. */
using layer_shape = tutee_layer_shape;
/** What a snapshot of a layer says of itself: tutee_layer_info. */
using layer_info = tutee_layer_info;
/** The numbers and choices of a layer that do not decide its sizes: tutee_layer_settings_f64. */
template <class T>
using layer_settings = typename detail::of_layers<T>::layer_settings;
/** Who labels samples: tutee_labels_f64. */
template <class T>
using labels = typename detail::of_layers<T>::labels;
/** What a layer has recovered of a teacher: tutee_recovered_f64. */
template <class T>
using recovered = typename detail::of_layers<T>::recovered;
/** How close the codes of a layer are to others: tutee_codes_recovered_f64. */
template <class T>
using codes_recovered = typename detail::of_layers<T>::codes_recovered;
/** How close W_KQ of a layer is to a teacher's: tutee_key_query_recovered_f64. */
template <class T>
using key_query_recovered = typename detail::of_layers<T>::key_query_recovered;

/** What a layer is shown of some samples, one after the other; what its shape does not ask for is left out. */
template <class T>
struct shown {
    /** x[samples][tokens][features]. */
    span<const T> x{};
    /** Token numbers, sets[samples][outputs][q]. */
    span<const std::uint32_t> sets{};
    /** queries[samples][outputs][query_width]. */
    span<const T> queries{};
    /** codes[samples][tokens][code_width]. */
    span<const T> codes{};
};

/** The teacher that answers what is drawn, and the memory that drawing takes. */
template <class T>
struct answered {
    /** Who answers. */
    tutee::labels<T> by;
    /** value[filters][features]. */
    span<const T> value{};
    /** What `by.answer` takes beside it: mixing[outputs][tokens], a direction of `features` numbers, or nothing. */
    span<const T> choice{};
    /** Working memory, outputs * q numbers where sets ask, q the size of the sets; else nothing. */
    span<std::uint32_t> sets{};
    /** Working memory: tutee_layer_online_scratch. */
    span<T> scratch{};
};

/** Over which sets of tokens an exact mean is taken: tutee_sets. */
using sets = tutee_sets;

/** The teacher whose filters average the set that is asked for, and the memory that its exact gradient takes. */
template <class T>
struct selected {
    /** value[filters][features]. */
    span<const T> value{};
    /** Working memory, as many numbers as a set has tokens. */
    span<std::uint32_t> set{};
    /** Working memory: tutee_layer_selection_scratch. */
    span<T> scratch{};
};

/** The usual settings of a layer: tutee_layer_default_f64. */
template <class T>
outcome<layer_settings<T>> default_layer_settings(const layer_shape &sizes) {
    return detail::filled(layer_settings<T>{}, [&](auto &out) { return detail::of_layers<T>::defaults(&sizes, &out); });
}
/** Position codes[tokens][code_width]: tutee_layer_codes_f64. */
template <class T>
outcome<void> layer_codes(const layer_shape &sizes, tutee_code code, std::uint64_t seed, span<T> out) {
    return detail::done(detail::of_layers<T>::codes(&sizes, code, seed, out.data(), out.size()),
                        {detail::exactly("out", out, TUTEE_SIZE(sizes.sizes.tokens) * sizes.code_width)});
}
template <class T>
outcome<std::vector<T>> layer_codes(const layer_shape &sizes, tutee_code code, std::uint64_t seed) {
    // Of sizes that are none nothing is to be reserved.
    std::size_t words = 0;
    const tutee_status legal = detail::of_layers<T>::words(&sizes, &words);
    if (legal != TUTEE_OK) return detail::give(legal, std::vector<T>());
    return detail::filled(std::vector<T>(TUTEE_SIZE(sizes.sizes.tokens) * sizes.code_width), [&](auto &out) {
        return detail::of_layers<T>::codes(&sizes, code, seed, out.data(), out.size());
    });
}
/** Elements of the scratch of online training: tutee_layer_online_scratch. */
inline outcome<std::size_t> layer_online_scratch(const layer_shape &sizes) {
    return detail::filled(std::size_t(), [&](auto &out) { return tutee_layer_online_scratch(&sizes, &out); });
}
/** Elements of the scratch of the exact gradient of selection: tutee_layer_selection_scratch. */
inline outcome<std::size_t> layer_selection_scratch(const layer_shape &sizes) {
    return detail::filled(std::size_t(), [&](auto &out) { return tutee_layer_selection_scratch(&sizes, &out); });
}
/** What a snapshot of a layer says of itself: tutee_layer_inspect. */
inline outcome<layer_info> inspect_layer(span<const std::uint8_t> bytes) {
    return detail::filled(layer_info{}, [&](auto &out) { return tutee_layer_inspect(bytes.data(), bytes.size(), &out); });
}

/** A whole layer with its batch: tutee_layer_f64. */
template <class T, class Memory = std::vector<std::uint64_t>>
class layer {
    using c = detail::of_layers<T>;

public:
    /** No layer yet. */
    layer() = default;

    /** A layer of zeros with the usual settings: tutee_layer_init_f64. */
    static outcome<layer> make(const layer_shape &sizes, Memory memory = {}) {
        layer made(sizes, std::move(memory));
        std::size_t needed = 0;
        tutee_status status = c::words(&sizes, &needed);
        if (status == TUTEE_OK) {
            detail::fit(made.memory_, needed);
            typename c::layer *place = nullptr;
            status = c::init(made.memory_.data(), std::size(made.memory_), &sizes, &place);
        }
        const detail::given room = detail::at_least("memory", made.memory_, needed);
        return detail::give(status, std::move(made), {room});
    }

    /** Made with these sizes. */
    const layer_shape &sizes() const noexcept { return shape_; }
    /** For calls of tutee.h; NULL when there is no layer. */
    typename c::layer *get() noexcept {
        return std::size(memory_) == 0 ? nullptr : reinterpret_cast<typename c::layer *>(memory_.data());
    }
    const typename c::layer *get() const noexcept {
        return std::size(memory_) == 0 ? nullptr : reinterpret_cast<const typename c::layer *>(memory_.data());
    }

    /** Replaces the settings: tutee_layer_configure_f64. */
    outcome<void> configure(const layer_settings<T> &settings) { return detail::done(c::configure(get(), &settings)); }
    /** The settings: tutee_layer_configuration_f64. */
    outcome<layer_settings<T>> settings() const {
        return detail::filled(layer_settings<T>{}, [&](auto &out) { return c::configuration(get(), &out); });
    }
    /** Sets out anew: tutee_layer_start_f64. */
    outcome<void> start(tutee_start from, T deviation = T(), std::uint64_t seed = 0) {
        return detail::done(c::start(get(), from, deviation, seed));
    }

    /** A block of its numbers: tutee_layer_get_f64. */
    outcome<void> get(tutee_block block, span<T> out) const {
        return detail::done(c::get(get(), block, out.data(), out.size()), {detail::exactly("out", out, len(block))});
    }
    outcome<std::vector<T>> get(tutee_block block) const {
        return detail::filled(std::vector<T>(len(block)),
                              [&](auto &out) { return c::get(get(), block, out.data(), out.size()); });
    }
    /** Replaces a block: tutee_layer_set_f64. */
    outcome<void> set(tutee_block block, span<const T> from) {
        return detail::done(c::set(get(), block, from.data(), from.size()), {detail::exactly("from", from, len(block))});
    }
    /** Gradient steps since the start: tutee_layer_steps_f64. */
    outcome<std::uint64_t> steps() const {
        return detail::filled(std::uint64_t(), [&](auto &out) { return c::steps(get(), &out); });
    }
    /** Its digest: tutee_layer_digest_f64. */
    outcome<std::uint64_t> digest() const {
        return detail::filled(std::uint64_t(), [&](auto &out) { return c::digest(get(), &out); });
    }
    /** Squared norms of the four quarters of a block: tutee_layer_squares_f64. */
    outcome<std::array<T, 4>> squares(tutee_block block) const {
        return detail::filled(std::array<T, 4>{},
                              [&](auto &out) { return c::squares(get(), block, out.data(), out.size()); });
    }
    /** What it has recovered of a teacher: tutee_layer_recovery_f64. */
    template <class M>
    outcome<recovered<T>> recovery(const teacher<T, M> &of) const {
        return detail::filled(recovered<T>{}, [&](auto &out) { return c::recovery(get(), of.get(), &out); });
    }
    /** How close its codes are to others: tutee_layer_codes_recovery_f64. */
    outcome<codes_recovered<T>> codes_recovery(span<const T> others) const {
        return detail::filled(codes_recovered<T>{},
                              [&](auto &out) { return c::codes_recovery(get(), others.data(), others.size(), &out); },
                              {detail::exactly("others", others, len(TUTEE_CODES))});
    }
    /** How close W_KQ is to a teacher's, token_width by query_width: tutee_layer_key_query_recovery_f64. */
    outcome<key_query_recovered<T>> key_query_recovery(span<const T> of) const {
        return detail::filled(key_query_recovered<T>{},
                              [&](auto &out) { return c::key_query_recovery(get(), of.data(), of.size(), &out); },
                              {detail::exactly("teacher", of, token_width() * query_width())});
    }

    /** Begins an empty batch: tutee_layer_begin_f64. */
    outcome<void> begin() { return detail::done(c::begin(get())); }
    /** Adds pairs: tutee_layer_accumulate_f64. */
    outcome<void> accumulate(const shown<T> &what, span<const T> y) {
        const std::size_t count = samples(what);
        return detail::done(c::accumulate(get(), count, what.x.data(), what.x.size(), what.sets.data(), what.sets.size(),
                                          what.queries.data(), what.queries.size(), what.codes.data(),
                                          what.codes.size(), y.data(), y.size()),
                            {given_x(what), given_queries(what), given_codes(what), detail::exactly("y", y, targets(count))});
    }
    /** What the batch holds: tutee_layer_batch_loss_f64. */
    outcome<tutee::batch_loss<T>> batch_loss() const {
        return detail::filled(tutee::batch_loss<T>{}, [&](auto &out) { return c::batch_loss(get(), &out.count, &out.mean_loss); });
    }
    /** One step along the batch's mean gradient, and a new batch: tutee_layer_step_f64. */
    outcome<void> step(const descent<T> &by) { return detail::done(c::step(get(), &by)); }
    /** Its answers: tutee_layer_predict_f64. */
    outcome<void> predict(const shown<T> &what, span<T> y) {
        return detail::done(ask(what, y), {given_x(what), given_queries(what), given_codes(what),
                                           detail::exactly("y", y, targets(samples(what)))});
    }
    outcome<std::vector<T>> predict(const shown<T> &what) {
        return detail::filled(std::vector<T>(targets(samples(what))), [&](auto &y) { return ask(what, span<T>(y)); },
                              {given_x(what), given_queries(what), given_codes(what)});
    }
    /** The mean loss of pairs: tutee_layer_loss_f64. */
    outcome<T> loss(const shown<T> &what, span<const T> y) {
        const std::size_t count = samples(what);
        const auto measure = [&](auto &out) {
            return c::loss(get(), count, what.x.data(), what.x.size(), what.sets.data(), what.sets.size(),
                           what.queries.data(), what.queries.size(), what.codes.data(), what.codes.size(), y.data(),
                           y.size(), &out);
        };
        return detail::filled(T(), measure, {given_x(what), given_queries(what), given_codes(what),
                                             detail::exactly("y", y, targets(count))});
    }

    /** One step along a batch that the library draws; `from.index` moves along: tutee_layer_online_step_f64. */
    outcome<void> online_step(const answered<T> &by, source<T> &from, const descent<T> &with) {
        return detail::done(c::online_step(get(), &by.by, by.value.data(), by.value.size(), by.choice.data(),
                                           by.choice.size(), &from, &with, by.sets.data(), by.sets.size(),
                                           by.scratch.data(), by.scratch.size()),
                            {given_value(by.value), given_scratch(by)});
    }
    /** The mean loss over such a batch; nothing moves: tutee_layer_online_loss_f64. */
    outcome<T> online_loss(const answered<T> &by, const source<T> &from) {
        const auto measure = [&](auto &out) {
            return c::online_loss(get(), &by.by, by.value.data(), by.value.size(), by.choice.data(), by.choice.size(),
                                  &from, by.sets.data(), by.sets.size(), by.scratch.data(), by.scratch.size(), &out);
        };
        return detail::filled(T(), measure, {given_value(by.value), given_scratch(by)});
    }

    /** One step along the exact gradient of selection; `over.index` moves along: tutee_layer_selection_step_f64. */
    outcome<void> selection_step(const selected<T> &by, tutee::sets &over, const descent<T> &with) {
        return detail::done(c::selection_step(get(), by.value.data(), by.value.size(), &over, &with, by.set.data(),
                                              by.set.size(), by.scratch.data(), by.scratch.size()),
                            {given_value(by.value), given_exact(by)});
    }
    /** The exact excess loss over such sets; nothing moves: tutee_layer_selection_loss_f64. */
    outcome<T> selection_loss(const selected<T> &by, const tutee::sets &over) {
        const auto measure = [&](auto &out) {
            return c::selection_loss(get(), by.value.data(), by.value.size(), &over, by.set.data(), by.set.size(),
                                     by.scratch.data(), by.scratch.size(), &out);
        };
        return detail::filled(T(), measure, {given_value(by.value), given_exact(by)});
    }

    /** A snapshot; `at`, where its online training stands, may be left out: tutee_layer_save_f64. */
    outcome<std::vector<std::uint8_t>> save(const stream *at = nullptr) const {
        return detail::filled(std::vector<std::uint8_t>(), [&](auto &out) {
            std::size_t bytes = 0;
            const tutee_status status = c::snapshot_bytes(&shape_, &bytes);
            if (status != TUTEE_OK) return status;
            out.resize(bytes);
            return c::save(get(), at, out.data(), out.size());
        });
    }
    /** Hands a snapshot to `take`, a span of bytes at a time, without memory for it; it returns nothing or a tutee::next, of which stop
        is TUTEE_ERROR_SINK. Into a slot of flash with that number, header and all: tutee_layer_save_to_f64. */
    template <class F>
    outcome<void> save_to(F &&take, const stream *at = nullptr) const {
        return detail::taker<std::remove_reference_t<F>>(take).take(nullptr, [&](const tutee_sink *sink) { return c::save_to(get(), at, sink); });
    }
    template <class F>
    outcome<void> save_to_slot(std::uint32_t sequence, F &&take, const stream *at = nullptr) const {
        return detail::taker<std::remove_reference_t<F>>(take).take(&sequence, [&](const tutee_sink *sink) { return c::save_to(get(), at, sink); });
    }
    /** Replaces it by a snapshot of the same shape; gives the stream saved with it: tutee_layer_load_f64. */
    outcome<stream> load(span<const std::uint8_t> bytes) {
        return detail::filled(stream{}, [&](auto &out) { return c::load(get(), bytes.data(), bytes.size(), &out); });
    }

private:
    layer(const layer_shape &sizes, Memory &&memory) : memory_(std::move(memory)), shape_(sizes) {}

    /** Elements of a block; 0 of none. */
    std::size_t len(tutee_block block) const noexcept {
        std::size_t elements = 0;
        (void)tutee_layer_block_len(&shape_, block, &elements);
        return elements;
    }
    std::size_t input_len() const noexcept { return TUTEE_SIZE(shape_.sizes.tokens) * shape_.sizes.features; }
    /** How many samples these are, with a last one that is not whole, which the library refuses by its length. */
    std::size_t samples(const shown<T> &what) const noexcept {
        const std::size_t one = input_len();
        return one == 0 ? 0 : what.x.size() / one + (what.x.size() % one != 0);
    }
    /** Entries of a token, and of what asks. */
    std::size_t token_width() const noexcept {
        return TUTEE_SIZE(shape_.sizes.features) + (shape_.embedding == TUTEE_CONCATENATED ? shape_.code_width : 0);
    }
    std::size_t query_width() const noexcept {
        if (shape_.queries == TUTEE_QUERIES_VECTORS) return shape_.query_width;
        return shape_.queries == TUTEE_QUERIES_SETS ? shape_.code_width : token_width();
    }
    /** Elements of the answers to so many: as the loss says. */
    std::size_t targets(std::size_t count) const noexcept {
        layer_settings<T> settings{};
        (void)c::configuration(get(), &settings);
        return settings.loss == TUTEE_LOGISTIC ? count : count * shape_.sizes.outputs * shape_.sizes.filters;
    }
    tutee_status ask(const shown<T> &what, span<T> y) {
        return c::predict(get(), samples(what), what.x.data(), what.x.size(), what.sets.data(), what.sets.size(),
                          what.queries.data(), what.queries.size(), what.codes.data(), what.codes.size(), y.data(),
                          y.size());
    }
    detail::given given_x(const shown<T> &what) const noexcept { return detail::a_multiple("x", what.x, input_len()); }
    detail::given given_queries(const shown<T> &what) const noexcept {
        return detail::exactly("queries", what.queries, samples(what) * shape_.sizes.outputs * shape_.query_width);
    }
    detail::given given_codes(const shown<T> &what) const noexcept {
        const std::size_t one = shape_.codes == TUTEE_CODES_FRESH ? shape_.sizes.tokens * std::size_t{shape_.code_width} : 0;
        return detail::exactly("codes", what.codes, samples(what) * one);
    }
    detail::given given_value(span<const T> value) const noexcept {
        return detail::exactly("value", value, TUTEE_SIZE(shape_.sizes.filters) * shape_.sizes.features);
    }
    detail::given given_exact(const selected<T> &by) const noexcept {
        std::size_t elements = 0;
        (void)tutee_layer_selection_scratch(&shape_, &elements);
        return detail::at_least("scratch", by.scratch, elements);
    }
    detail::given given_scratch(const answered<T> &by) const noexcept {
        std::size_t elements = 0;
        (void)tutee_layer_online_scratch(&shape_, &elements);
        return detail::at_least("scratch", by.scratch, elements);
    }

    Memory memory_{};
    layer_shape shape_{};
};

} // inline namespace
} // namespace tutee

#endif // TUTEE_LAYER_HPP
