/*
 * What tutee.hpp adds to tutee.h: errors, values that copy and move, memory of three kinds, spans, callbacks. Every case
 * runs in both precisions, and with exceptions as well as without: STATUS is the status that an expression ends in, TAKE
 * its value, whichever way it is given.
 */
#include "tutee.hpp"

#include "check.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#ifndef ENTRY
#define ENTRY main
#endif

namespace {

#if TUTEE_HAS_EXCEPTIONS
template <class F>
tutee_status status_of(F f) {
    try {
        f();
    } catch (const tutee::error &error) {
        const char *message = tutee_status_message(error.status());
        CHECK(error.argument() == nullptr ? std::strcmp(error.what(), message) == 0
                                          : std::strncmp(error.what(), message, std::strlen(message)) == 0);
        const std::exception &base = error;
        CHECK(base.what() == error.what());
        return error.status();
    }
    return TUTEE_OK;
}
template <class F>
tutee::argument argument_of(F f) {
    try {
        f();
    } catch (const tutee::error &error) {
        if (error.argument() != nullptr) return *error.argument();
    }
    return {"none", 0, tutee::must_be::exactly, 0};
}
#define STATUS(...) status_of([&] { (void)(__VA_ARGS__); })
#define ARGUMENT(...) argument_of([&] { (void)(__VA_ARGS__); })
#define TAKE(...) (__VA_ARGS__)
#else
template <class X>
X take(tutee::result<X> &&result) {
    CHECK(static_cast<bool>(result) && result.status() == TUTEE_OK);
    if (!result) std::abort();
    const auto &same = result;
    CHECK(&*same == &*result && same.operator->() == result.operator->());
    return std::move(*result);
}
void take(tutee::result<void> &&result) {
    CHECK(static_cast<bool>(result) && result.status() == TUTEE_OK);
}
template <class X>
tutee_status status_of(const tutee::result<X> &result) {
    CHECK(static_cast<bool>(result) == (result.status() == TUTEE_OK));
    CHECK(std::strcmp(result.message(), tutee_status_message(result.status())) == 0);
    return result.status();
}
template <class X>
tutee::argument argument_of(const tutee::result<X> &result) {
    if (result.argument() != nullptr) return *result.argument();
    return {"none", 0, tutee::must_be::exactly, 0};
}
#define STATUS(...) status_of(__VA_ARGS__)
#define ARGUMENT(...) argument_of(__VA_ARGS__)
#define TAKE(...) take(__VA_ARGS__)
#endif

/** A slot of flash with these bytes. */
std::vector<std::uint8_t> slot_of(const std::vector<std::uint8_t> &bytes, std::uint32_t sequence) {
    std::vector<std::uint8_t> image(tutee::slot_header);
    image.insert(image.end(), bytes.begin(), bytes.end());
    TAKE(tutee::seal(image, sequence));
    return image;
}

/** What is handed on of a model is what `save` gave of it, and a callback ends it when it likes. */
template <class Model, class... At>
void check_handed(Model &made, const std::vector<std::uint8_t> &bytes, const At &...at) {
    std::vector<std::uint8_t> handed;
    const auto keep = [&](tutee::span<const std::uint8_t> some) { handed.insert(handed.end(), some.begin(), some.end()); };
    TAKE(made.save_to(keep, at...));
    CHECK(handed == bytes);
    handed.clear();
    TAKE(made.save_to_slot(7, keep, at...));
    CHECK(handed == slot_of(bytes, 7));
    int left = 2, asked = 0;
    const auto enough = [&](tutee::span<const std::uint8_t>) {
        asked++;
        return left-- > 0 ? tutee::next::go_on : tutee::next::stop;
    };
    CHECK(STATUS(made.save_to(enough, at...)) == TUTEE_ERROR_SINK && asked == 3);
    CHECK(STATUS(std::remove_const_t<Model>().save_to(keep)) == TUTEE_ERROR_NULL);
#if TUTEE_HAS_EXCEPTIONS
    int thrown = 0;
    try {
        made.save_to([](tutee::span<const std::uint8_t>) { throw 42; }, at...);
    } catch (int number) {
        thrown = number;
    }
    CHECK(thrown == 42);
#endif
}

constexpr tutee::shape sizes = {2, 3, 4, 4};
constexpr tutee::shape none = {2, 0, 4, 4};

template <class T>
constexpr std::size_t teacher_words =
    sizeof(T) == 4 ? TUTEE_TEACHER_WORDS_F32(2, 3, 4, 4) : TUTEE_TEACHER_WORDS_F64(2, 3, 4, 4);
template <class T>
constexpr std::size_t student_words =
    sizeof(T) == 4 ? TUTEE_STUDENT_WORDS_F32(2, 3, 4, 4) : TUTEE_STUDENT_WORDS_F64(2, 3, 4, 4);
template <class T>
constexpr std::size_t sampler_words =
    sizeof(T) == 4 ? TUTEE_SAMPLER_WORDS_F32(2, 3, 4, 4) : TUTEE_SAMPLER_WORDS_F64(2, 3, 4, 4);
template <class T>
constexpr std::size_t sampler_words_wide =
    sizeof(T) == 4 ? TUTEE_SAMPLER_WORDS_WIDE_F32(2, 3, 4, 4) : TUTEE_SAMPLER_WORDS_WIDE_F64(2, 3, 4, 4);

template <class T>
struct tests {
    using teacher = tutee::teacher<T>;
    using student = tutee::student<T>;
    using sampler = tutee::sampler<T>;
    using trainer = tutee::trainer<T>;
    using array_student = tutee::student<T, std::array<std::uint64_t, student_words<T>>>;
    using span_student = tutee::student<T, tutee::span<std::uint64_t>>;

    const std::array<T, 6> value = {T(0.5), T(-1), T(0.25), T(1), T(0.75), T(-0.5)};
    const tutee::activation<T> relu = tutee::relu<T>();
    const tutee::descent<T> descent = TAKE(tutee::default_descent(T(0.25)));

    teacher convolution() const { return TAKE(teacher::convolution(sizes, relu, value, 2)); }
    student fresh() const { return TAKE(student::make(sizes)); }
    trainer training() const { return TAKE(trainer::make(sizes)); }

    /** A student after `steps` exact steps. */
    student trained(std::uint64_t steps) const {
        auto made = fresh();
        auto with = training();
        TAKE(with.population_run(made, convolution(), descent, TAKE(tutee::default_stop<T>(steps))));
        return made;
    }

    void settings() const {
        CHECK(descent.value_rate == T(0.25) && descent.attention_rate == T(0.25) && descent.compensated == 1);
        CHECK(STATUS(tutee::default_descent(T(-1))) == TUTEE_ERROR_OUT_OF_RANGE);
        const auto stop = TAKE(tutee::default_stop<T>(7));
        CHECK(stop.steps == 7 && stop.check_every >= 1 && stop.excess_loss == 0 && stop.gradient_norm == 0);
        const auto source = TAKE(tutee::default_source<T>(5, 6));
        CHECK(source.seed == 5 && source.index == 0 && source.batch == 6 && source.input == TUTEE_GAUSSIAN);
        CHECK(STATUS(tutee::default_source<T>(5, 0)) == TUTEE_ERROR_ZERO);
        CHECK(tutee::identity<T>().kind == TUTEE_IDENTITY && relu.kind == TUTEE_RELU);
        CHECK(tutee::leaky_relu(T(0.5)).kind == TUTEE_LEAKY_RELU && tutee::leaky_relu(T(0.5)).slope == T(0.5));
    }

    /** Each family against the rows that its description names. */
    void families() const {
        const auto mixing_of = [](const teacher &made) { return TAKE(made.mixing()); };
        const T half = T(0.5), third = T(1) / T(3), quarter = T(0.25);
        const std::vector<T> pairs = {half, half, 0, 0, half, half, 0, 0, 0, 0, half, half, 0, 0, half, half};
        CHECK(mixing_of(convolution()) == pairs);
        const tutee::window rows = {2, 2, 1, 2};
        CHECK(mixing_of(TAKE(teacher::pooling(sizes, relu, value, rows))) == pairs);
        CHECK(mixing_of(TAKE(teacher::make(sizes, relu, value, pairs))) == pairs);
        const std::vector<T> ring = {third, third, 0, third, third, third, third, 0,
                                     0, third, third, third, third, 0, third, third};
        CHECK(mixing_of(TAKE(teacher::cycle(sizes, relu, value, 1))) == ring);
        const std::size_t around[] = {0, 1, 1, 2, 2, 3, 3, 0};
        CHECK(mixing_of(TAKE(teacher::graph(sizes, relu, value, around, TUTEE_NEIGHBOURS_AND_SELF))) == ring);
        const std::vector<std::size_t> line = {0, 1, 2, 3};
        const std::vector<T> swapped = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0};
        CHECK(mixing_of(TAKE(teacher::graph(sizes, relu, value, line, TUTEE_NEIGHBOURS))) == swapped);
        CHECK(mixing_of(TAKE(teacher::graph(sizes, relu, value, {}, TUTEE_NEIGHBOURS_AND_SELF))) ==
              mixing_of(TAKE(teacher::cycle(sizes, relu, value, 0))));
        CHECK(mixing_of(TAKE(teacher::selection(sizes, relu, value, line))) == std::vector<T>(16, quarter));
        const std::vector<T> third_token = {0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0};
        CHECK(mixing_of(TAKE(teacher::group(sizes, relu, value, 2))) == third_token);

        // The same mixings without a teacher.
        std::vector<T> to(16);
        TAKE(tutee::mixing_convolution<T>(sizes, 2, to));
        CHECK(to == pairs);
        TAKE(tutee::mixing_cycle<T>(sizes, 1, to));
        CHECK(to == ring);
        TAKE(tutee::mixing_window<T>(sizes, rows, to));
        CHECK(to == pairs);
        TAKE(tutee::mixing_graph<T>(sizes, line, TUTEE_NEIGHBOURS, to));
        CHECK(to == swapped);
        TAKE(tutee::mixing_graph<T>(sizes, around, TUTEE_SYMMETRIC, to));
        CHECK(to == ring);
        TAKE(tutee::mixing_selection<T>(sizes, line, to));
        CHECK(to == std::vector<T>(16, quarter));
        TAKE(tutee::mixing_group<T>(sizes, 2, to));
        CHECK(to == third_token);
        CHECK(STATUS(tutee::mixing_group<T>(sizes, 4, to)) == TUTEE_ERROR_INDEX && to == third_token);
        const std::vector<std::size_t> odd = {0, 1, 2};
        CHECK(STATUS(tutee::mixing_graph<T>(sizes, odd, TUTEE_NEIGHBOURS, to)) == TUTEE_ERROR_LENGTH);
        // A block that cannot be set, and one that there is not.
        auto blocks = TAKE(student::make(sizes));
        CHECK(TAKE(student::block_len(sizes, TUTEE_VALUE)) == 6 && TAKE(student::block_len(sizes, TUTEE_ATTENTION)) == 16);
        CHECK(STATUS(student::block_len(sizes, 3)) == TUTEE_ERROR_ENUM);
        CHECK(STATUS(blocks.set(TUTEE_ATTENTION, to)) == TUTEE_ERROR_READ_ONLY);
        TAKE(blocks.set(TUTEE_LOGITS, to));
        CHECK(TAKE(blocks.get(TUTEE_LOGITS)) == to && STATUS(blocks.get(4)) == TUTEE_ERROR_ENUM);

        CHECK(STATUS(teacher::convolution(sizes, relu, value, 3)) == TUTEE_ERROR_DOES_NOT_DIVIDE);
        CHECK(STATUS(teacher::convolution(sizes, tutee::leaky_relu(T(2)), value, 2)) == TUTEE_ERROR_OUT_OF_RANGE);
        CHECK(STATUS(teacher::pooling(sizes, relu, value, {2, 2, 2, 0})) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(teacher::make(sizes, relu, value, value)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(teacher::cycle(sizes, relu, value, 2)) == TUTEE_ERROR_OUT_OF_RANGE);
        CHECK(STATUS(teacher::graph(sizes, relu, value, {}, TUTEE_NEIGHBOURS)) == TUTEE_ERROR_EMPTY_NEIGHBOURHOOD);
        CHECK(STATUS(teacher::selection(sizes, relu, value, {})) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(teacher::group(sizes, relu, value, 4)) == TUTEE_ERROR_INDEX);
        CHECK(STATUS(teacher::group(none, relu, value, 0)) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(teacher::group({1u << 25, 1, 1, 1}, relu, value, 0)) == TUTEE_ERROR_TOO_LARGE);

        const auto made = convolution();
        CHECK(TAKE(made.value()) == std::vector<T>(value.begin(), value.end()));
        std::array<T, 6> read{};
        std::array<T, 16> average{};
        TAKE(made.value(read));
        TAKE(made.mixing(average));
        CHECK(read == value && std::vector<T>(average.begin(), average.end()) == pairs);
        CHECK(STATUS(made.value(average)) == TUTEE_ERROR_LENGTH && STATUS(made.mixing(read)) == TUTEE_ERROR_LENGTH);
        CHECK(made.sizes().features == 3 && made.words().size() == teacher_words<T>);
    }

    /** Values in and out, as vectors and through spans. */
    void numbers() const {
        auto made = fresh();
        CHECK(TAKE(made.steps()) == 0 && TAKE(made.value()) == std::vector<T>(6, T(0)));
        CHECK(TAKE(made.attention()) == std::vector<T>(16, T(0.25)));
        TAKE(made.set_value(value));
        std::array<T, 6> read{};
        TAKE(made.value(read));
        CHECK(read == value);
        std::array<T, 16> logits{}, other{};
        for (std::size_t i = 0; i < 16; i++) logits[i] = T(i % 5);
        TAKE(made.set_logits(logits));
        TAKE(made.logits(other));
        CHECK(other == logits && TAKE(made.logits()) == std::vector<T>(logits.begin(), logits.end()));
        TAKE(made.attention(other));
        CHECK(TAKE(made.attention()) == std::vector<T>(other.begin(), other.end()));
        CHECK(other[4] > other[3] && other[3] > other[2]);

        std::array<T, 5> few{};
        CHECK(STATUS(made.value(few)) == TUTEE_ERROR_LENGTH && STATUS(made.set_value(few)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(made.logits(few)) == TUTEE_ERROR_LENGTH && STATUS(made.set_logits(few)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(made.attention(few)) == TUTEE_ERROR_LENGTH);
        logits[3] /= T(0);
        CHECK(STATUS(made.set_logits(logits)) == TUTEE_ERROR_NOT_FINITE);

        std::array<T, 16> position{}, kq{};
        TAKE(tutee::position<T>(TUTEE_ENCODING_RANDOM, 4, 9, position));
        CHECK(STATUS(tutee::position<T>(TUTEE_ENCODING_RANDOM, 5, 9, position)) == TUTEE_ERROR_LENGTH);
        const auto before = TAKE(made.logits());
        TAKE(made.kq(position, kq));
        auto with = training();
        TAKE(made.set_logits(std::vector<T>(16)));
        TAKE(made.set_kq(position, kq, with.scratch()));
        T error = 0;
        const auto after = TAKE(made.logits());
        for (std::size_t i = 0; i < 16; i++) error += (after[i] - before[i]) * (after[i] - before[i]);
        CHECK(error < T(1e-9));
        CHECK(STATUS(made.set_kq(position, kq, few)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(made.kq(position, few)) == TUTEE_ERROR_LENGTH);
        TAKE(made.reset());
        CHECK(TAKE(made.digest()) == TAKE(fresh().digest()));
    }

    /** A student with the teacher's own parameters gives the teacher's answers. */
    void answers() const {
        const auto by = TAKE(teacher::group(sizes, tutee::leaky_relu(T(0.5)), value, 2));
        auto imitator = fresh();
        TAKE(imitator.set_value(value));
        std::vector<T> logits(16);
        for (std::size_t i = 2; i < 16; i += 4) logits[i] = T(500);
        TAKE(imitator.set_logits(logits));
        std::vector<T> x(24);
        for (std::size_t i = 0; i < 24; i++) x[i] = T(i % 7) - T(3);
        const auto y = TAKE(by.answer(x));
        CHECK(y.size() == 16 && y[0] == y[2] && y[0] != y[8]);
        CHECK(TAKE(imitator.predict(tutee::leaky_relu(T(0.5)), x)) == y);
        CHECK(TAKE(imitator.predict(relu, x)) != y);
        auto with = training();
        std::vector<T> out(16), few(15);
        TAKE(by.answer(x, with.scratch(), out));
        CHECK(out == y);
        out.assign(16, T(0));
        TAKE(imitator.predict(tutee::leaky_relu(T(0.5)), x, with.scratch(), out));
        CHECK(out == y);
        CHECK(STATUS(by.answer(x, with.scratch(), few)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(imitator.predict(relu, x, with.scratch(), few)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(by.answer(few)) == TUTEE_ERROR_LENGTH && STATUS(imitator.predict(relu, few)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(by.answer({})) == TUTEE_ERROR_ZERO && STATUS(imitator.predict(relu, {})) == TUTEE_ERROR_ZERO);
        const auto progress = TAKE(imitator.measure(by, with.scratch()));
        CHECK(progress.steps == 0 && progress.excess_loss <= T(1e-5));
        const auto recovery = TAKE(imitator.recovery(by, with.scratch()));
        CHECK(recovery.value_cosine_defined == 1 && recovery.value_cosine_min > T(0.999));
        CHECK(recovery.attention_error_max <= T(1e-6) && recovery.mass_min > T(0.999));
    }

    /** Copies are objects of their own, wherever the words are. */
    void copies() const {
        const auto half = trained(10), whole = trained(20);
        CHECK(TAKE(half.digest()) != TAKE(whole.digest()));
        auto with = training();
        const auto by = convolution();
        const auto twenty = TAKE(tutee::default_stop<T>(20));

        student copy = half;
        TAKE(with.population_run(copy, by, descent, twenty));
        CHECK(TAKE(copy.digest()) == TAKE(whole.digest()) && TAKE(half.steps()) == 10);
        copy = half;
        CHECK(TAKE(copy.digest()) == TAKE(half.digest()));
        student moved = std::move(copy);
        CHECK(TAKE(moved.digest()) == TAKE(half.digest()));
        CHECK(STATUS(copy.digest()) == TUTEE_ERROR_NULL && copy.get() == nullptr && std::as_const(copy).get() == nullptr);
        copy = std::move(moved);
        CHECK(TAKE(copy.digest()) == TAKE(half.digest()) && STATUS(moved.steps()) == TUTEE_ERROR_NULL);
        static_assert(std::is_nothrow_move_constructible<student>::value && std::is_nothrow_move_assignable<student>::value,
                      "students move within a vector");

        auto fixed = TAKE(array_student::make(sizes));
        auto second = fixed;
        TAKE(with.population_run(fixed, by, descent, twenty));
        CHECK(TAKE(fixed.digest()) == TAKE(whole.digest()) && TAKE(second.steps()) == 0);
        static_assert(sizeof(array_student) == 8 * student_words<T> + sizeof(tutee::shape), "the words and nothing else");

        std::array<std::uint64_t, student_words<T>> memory;
        memory.fill(0xA5A5A5A5A5A5A5A5u);
        auto placed = TAKE(span_student::make(sizes, memory));
        auto same = placed;
        TAKE(with.population_run(placed, by, descent, twenty));
        CHECK(TAKE(same.digest()) == TAKE(whole.digest()) && placed.get() == same.get());
        CHECK(placed.words().data() == memory.data());
        // The words went to another place, as memcpy would have brought them there.
        const auto words = whole.words();
        CHECK(words.size() == memory.size() && std::memcmp(words.data(), memory.data(), 8 * words.size()) == 0);

        tutee::span<std::uint64_t> small(memory.data(), memory.size() - 1);
        CHECK(STATUS(span_student::make(sizes, small)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(span_student::make(sizes)) == TUTEE_ERROR_NULL);
        CHECK(TAKE(same.digest()) == TAKE(whole.digest()));
        const auto roomy = TAKE(student::make(sizes, std::vector<std::uint64_t>(student_words<T> + 9)));
        CHECK(roomy.words().size() == student_words<T> + 9 && TAKE(roomy.steps()) == 0);

        using fixed_teacher = tutee::teacher<T, std::array<std::uint64_t, teacher_words<T>>>;
        using fixed_sampler = tutee::sampler<T, std::array<std::uint64_t, sampler_words<T>>>;
        using fixed_trainer = tutee::trainer<T, std::array<T, TUTEE_ONLINE_SCRATCH(2, 3, 4, 4)>>;
        const auto by_fixed = TAKE(fixed_teacher::convolution(sizes, relu, value, 2));
        auto with_fixed = TAKE(fixed_trainer::make(sizes));
        TAKE(second.reset());
        TAKE(with_fixed.population_run(second, by_fixed, descent, twenty));
        CHECK(TAKE(second.digest()) == TAKE(whole.digest()));
        // Little scratch or much, the bits are the same.
        auto with_little = TAKE(trainer::make_small(sizes));
        auto with_much = TAKE(trainer::make(sizes));
        CHECK(with_little.scratch().size() < with_much.scratch().size());
        std::uint64_t digests[2] = {};
        for (const bool much : {false, true}) {
            auto source = TAKE(tutee::default_source<T>(7, 5));
            TAKE(second.reset());
            TAKE((much ? with_much : with_little).online_step(second, by_fixed, source, descent));
            digests[much] = TAKE(second.digest());
        }
        CHECK(digests[0] == digests[1]);
        auto batch = TAKE(fixed_sampler::make(sizes));
        TAKE(batch.begin(second, relu));
        // Likewise the sampler's words.
        auto little = TAKE(sampler::make_small(sizes));
        auto much = TAKE(sampler::make(sizes));
        CHECK(little.words().size() == sampler_words<T> && much.words().size() == sampler_words_wide<T>);
        const std::vector<T> x(36, T(0.5)), y(24, T(0.25));
        {
            /* Of a sampler with little memory and one with much, of copies of one student. */
            auto one = trained(3), other = one;
            const std::vector<T> inputs(12, T(0.5)), answers(8, T(0.25));
            TAKE(little.begin(one, tutee::relu<T>()));
            TAKE(much.begin(other, tutee::relu<T>()));
            TAKE(little.accumulate(one, inputs, answers));
            TAKE(much.accumulate(other, inputs, answers));
            TAKE(little.merge(one, much));
            CHECK(TAKE(little.loss()).count == 2 && TAKE(much.loss()).count == 1 && TAKE(little.loss()).mean_loss == TAKE(much.loss()).mean_loss);
            TAKE(much.begin(other, tutee::identity<T>()));
            CHECK(STATUS(little.merge(one, much)) == TUTEE_ERROR_BATCH && STATUS(little.merge(one, little)) == TUTEE_ERROR_OVERLAP);
        }
        for (sampler *each : {&little, &much}) {
            TAKE(second.reset());
            TAKE(second.set_value(value));
            TAKE(each->begin(second, relu));
            TAKE(each->accumulate(second, x, y));
            // A copy of much is as much.
            auto kept = *each;
            CHECK(kept.words().size() == each->words().size() && TAKE(kept.loss()).count == 3);
            TAKE(kept.step(second, descent));
            digests[each == &much] = TAKE(second.digest());
        }
        CHECK(digests[0] == digests[1] && TAKE(little.loss()).mean_loss == TAKE(much.loss()).mean_loss);
        CHECK(STATUS(trainer::make(none)) == TUTEE_ERROR_ZERO && STATUS(student::make(none)) == TUTEE_ERROR_ZERO);
    }

    /** Objects that are none. */
    void nothing() const {
        student no_student;
        const teacher no_teacher;
        sampler no_sampler;
        trainer no_trainer;
        CHECK(no_student.get() == nullptr && no_teacher.get() == nullptr && no_student.words().size() == 0);
        CHECK(STATUS(no_student.reset()) == TUTEE_ERROR_NULL && STATUS(no_student.value()) == TUTEE_ERROR_NULL);
        CHECK(STATUS(no_student.logits()) == TUTEE_ERROR_NULL && STATUS(no_student.attention()) == TUTEE_ERROR_NULL);
        CHECK(STATUS(no_student.save()) == TUTEE_ERROR_ZERO && STATUS(no_student.snapshot_bytes()) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(no_teacher.value()) == TUTEE_ERROR_NULL && STATUS(no_teacher.mixing()) == TUTEE_ERROR_NULL);
        CHECK(STATUS(no_teacher.answer({})) == TUTEE_ERROR_NULL && STATUS(no_student.predict(relu, {})) == TUTEE_ERROR_NULL);
        CHECK(STATUS(no_sampler.loss()) == TUTEE_ERROR_NULL);
        auto made = fresh();
        CHECK(STATUS(no_trainer.population_step(made, convolution(), descent)) == TUTEE_ERROR_NULL);
        CHECK(STATUS(array_student().steps()) == TUTEE_ERROR_OBJECT);
    }

    /** Pairs of the caller's own. */
    void samples() const {
        auto made = fresh();
        const auto by = convolution();
        auto batch = TAKE(sampler::make(sizes));
        CHECK(STATUS(sampler::make(none)) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(batch.loss()) == TUTEE_ERROR_BATCH);
        TAKE(batch.begin(made, relu));
        CHECK(STATUS(batch.begin(made, tutee::leaky_relu(T(-1)))) == TUTEE_ERROR_OUT_OF_RANGE);
        CHECK(STATUS(batch.step(made, descent)) == TUTEE_ERROR_NO_SAMPLES);
        std::vector<T> x(24);
        for (std::size_t i = 0; i < 24; i++) x[i] = T(i % 5) - T(2);
        const auto y = TAKE(by.answer(x));
        TAKE(batch.accumulate(made, x, y));
        CHECK(STATUS(batch.accumulate(made, x, x)) == TUTEE_ERROR_LENGTH);
        const auto loss = TAKE(batch.loss());
        CHECK(loss.count == 2 && loss.mean_loss > 0);
        const auto before = TAKE(made.digest());
        TAKE(batch.step(made, descent));
        CHECK(TAKE(made.steps()) == 1 && TAKE(made.digest()) != before && TAKE(batch.loss()).count == 0);
        TAKE(made.reset());
        CHECK(STATUS(batch.accumulate(made, x, y)) == TUTEE_ERROR_BATCH);
    }

    /** A range of the wrong length is refused as that, by its name and with both numbers. */
    void lengths() const {
        using tutee::must_be;
        const auto is = [](const tutee::argument &found, const char *name, std::size_t has, must_be rule,
                           std::size_t expected) {
            return std::strcmp(found.name, name) == 0 && found.found == has && found.rule == rule &&
                   found.expected == expected && !found.fits();
        };
        const auto exactly = must_be::exactly, at_least = must_be::at_least, multiple = must_be::a_multiple_of;
        const auto zeros = [](std::size_t n) { return std::vector<T>(n); };
        const std::size_t scratch = TUTEE_PREDICT_SCRATCH(2, 3, 4, 4);
        const auto five = zeros(5);
        auto out = zeros(5), little = zeros(scratch - 1), enough = zeros(64), eight = zeros(8);

        // Pairs: 11 numbers are no input of 12, and 13 are more than one.
        auto made = fresh();
        auto batch = TAKE(sampler::make(sizes));
        TAKE(batch.begin(made, relu));
        for (const std::size_t n : {1u, 11u, 13u, 23u}) {
            CHECK(STATUS(batch.accumulate(made, zeros(n), zeros(8))) == TUTEE_ERROR_LENGTH);
            CHECK(is(ARGUMENT(batch.accumulate(made, zeros(n), zeros(8))), "x", n, multiple, 12));
        }
        CHECK(is(ARGUMENT(batch.accumulate(made, zeros(12), zeros(7))), "y", 7, exactly, 8));
        CHECK(is(ARGUMENT(batch.accumulate(made, zeros(24), zeros(8))), "y", 8, exactly, 16));
        CHECK(STATUS(batch.accumulate(made, zeros(0), zeros(0))) == TUTEE_ERROR_ZERO);
        CHECK(TAKE(batch.loss()).count == 0);

        const auto by = convolution();
        CHECK(is(ARGUMENT(by.answer(zeros(11))), "x", 11, multiple, 12));
        CHECK(is(ARGUMENT(by.answer(zeros(11), enough, eight)), "x", 11, multiple, 12));
        CHECK(is(ARGUMENT(by.answer(zeros(12), little, eight)), "scratch", scratch - 1, at_least, scratch));
        CHECK(is(ARGUMENT(by.answer(zeros(12), enough, out)), "y", 5, exactly, 8));
        CHECK(is(ARGUMENT(by.value(out)), "out", 5, exactly, 6) && is(ARGUMENT(by.mixing(out)), "out", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.predict(relu, zeros(13))), "x", 13, multiple, 12));
        CHECK(is(ARGUMENT(made.predict(relu, zeros(13), enough, eight)), "x", 13, multiple, 12));
        CHECK(is(ARGUMENT(made.predict(relu, zeros(12), little, eight)), "scratch", scratch - 1, at_least, scratch));
        CHECK(is(ARGUMENT(made.predict(relu, zeros(12), enough, out)), "y", 5, exactly, 8));

        CHECK(is(ARGUMENT(made.value(out)), "out", 5, exactly, 6) && is(ARGUMENT(made.logits(out)), "out", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.attention(out)), "out", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.set_value(five)), "value", 5, exactly, 6));
        CHECK(is(ARGUMENT(made.set_logits(five)), "logits", 5, exactly, 16));
        auto square = zeros(16);
        TAKE(tutee::position<T>(TUTEE_ENCODING_IDENTITY, 4, 0, square));
        CHECK(is(ARGUMENT(tutee::position<T>(TUTEE_ENCODING_IDENTITY, 4, 0, out)), "out", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.kq(five, square)), "position", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.kq(square, out)), "out", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.set_kq(five, square, enough)), "position", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.set_kq(square, five, enough)), "kq", 5, exactly, 16));
        CHECK(is(ARGUMENT(made.set_kq(square, square, little)), "scratch", scratch - 1, at_least, scratch));
        CHECK(is(ARGUMENT(made.recovery(by, little)), "scratch", scratch - 1, at_least, scratch));
        const std::size_t exact = TUTEE_POPULATION_SCRATCH(2, 3, 4, 4), online = TUTEE_ONLINE_SCRATCH(2, 3, 4, 4);
        CHECK(is(ARGUMENT(made.measure(by, out)), "scratch", 5, at_least, exact));
        std::vector<std::uint8_t> bytes(7);
        const auto at_fault = [](const tutee::argument &found, const char *name, std::size_t index) {
            return std::strcmp(found.name, name) == 0 && found.index == index;
        };
        std::vector<T> bad(16), twelve(12);
        bad[4] = twelve[11] = std::numeric_limits<T>::infinity();
        const tutee::span<const T> six(bad.data(), 6);
        CHECK(at_fault(ARGUMENT(made.set_value(six)), "value", 4));
        CHECK(at_fault(ARGUMENT(made.set_logits(bad)), "logits", 4));
        CHECK(at_fault(ARGUMENT(made.set(TUTEE_VALUE, six)), "from", 4));
        CHECK(at_fault(ARGUMENT(made.predict(relu, twelve)), "x", 11) && at_fault(ARGUMENT(by.answer(twelve)), "x", 11));
        CHECK(at_fault(ARGUMENT(teacher::make(sizes, relu, six, square)), "value", 4));
        CHECK(at_fault(ARGUMENT(teacher::make(sizes, relu, value, bad)), "mixing", 4));
        CHECK(at_fault(ARGUMENT(teacher::group(sizes, relu, six, 2)), "value", 4));
        CHECK(is(ARGUMENT(made.save(bytes)), "out", 7, exactly, TAKE(made.snapshot_bytes())));

        // Whatever a teacher is made from.
        CHECK(is(ARGUMENT(teacher::make(sizes, relu, five, square)), "value", 5, exactly, 6));
        CHECK(is(ARGUMENT(teacher::make(sizes, relu, value, five)), "mixing", 5, exactly, 16));
        CHECK(is(ARGUMENT(teacher::convolution(sizes, relu, five, 2)), "value", 5, exactly, 6));
        CHECK(is(ARGUMENT(teacher::pooling(sizes, relu, five, {2, 2, 1, 2})), "value", 5, exactly, 6));
        CHECK(is(ARGUMENT(teacher::cycle(sizes, relu, five, 1)), "value", 5, exactly, 6));
        const std::vector<std::size_t> line = {0, 1, 2};
        CHECK(is(ARGUMENT(teacher::graph(sizes, relu, five, {}, TUTEE_NEIGHBOURS_AND_SELF)), "value", 5, exactly, 6));
        CHECK(is(ARGUMENT(teacher::graph(sizes, relu, value, line, TUTEE_NEIGHBOURS_AND_SELF)), "edges", 3, multiple, 2));
        CHECK(is(ARGUMENT(teacher::selection(sizes, relu, five, line)), "value", 5, exactly, 6));
        CHECK(is(ARGUMENT(teacher::group(sizes, relu, five, 2)), "value", 5, exactly, 6));
        // A grid of another number of patches is no range.
        CHECK(STATUS(teacher::pooling(sizes, relu, value, {4, 4, 2, 2})) == TUTEE_ERROR_LENGTH);
        CHECK(std::strcmp(ARGUMENT(teacher::pooling(sizes, relu, value, {4, 4, 2, 2})).name, "none") == 0);

        // Memory.
        std::array<std::uint64_t, 3> words{};
        const tutee::span<std::uint64_t> few(words);
        CHECK(is(ARGUMENT(span_student::make(sizes, few)), "memory", 3, at_least, student_words<T>));
        const auto saved = TAKE(made.save());
        CHECK(is(ARGUMENT(span_student::from_snapshot(saved, nullptr, few)), "memory", 3, at_least, student_words<T>));
        using span_teacher = tutee::teacher<T, tutee::span<std::uint64_t>>;
        CHECK(is(ARGUMENT(span_teacher::convolution(sizes, relu, value, 2, few)), "memory", 3, at_least, teacher_words<T>));
        using span_sampler = tutee::sampler<T, tutee::span<std::uint64_t>>;
        CHECK(is(ARGUMENT(span_sampler::make(sizes, few)), "memory", 3, at_least, sampler_words<T>));
        CHECK(is(ARGUMENT(span_sampler::make_small(sizes, few)), "memory", 3, at_least, sampler_words<T>));
        using span_trainer = tutee::trainer<T, tutee::span<T>>;
        auto with = TAKE(span_trainer::make(sizes, tutee::span<T>(out)));
        const auto until = TAKE(tutee::default_stop<T>(2));
        auto source = TAKE(tutee::default_source<T>(1, 2));
        const auto watch = [](const tutee::progress<T> &) {};
        CHECK(is(ARGUMENT(with.population_step(made, by, descent)), "scratch", 5, at_least, exact));
        CHECK(is(ARGUMENT(with.population_run(made, by, descent, until)), "scratch", 5, at_least, exact));
        CHECK(is(ARGUMENT(with.population_run(made, by, descent, until, 1, watch)), "scratch", 5, at_least, exact));
        CHECK(is(ARGUMENT(with.online_step(made, by, source, descent)), "scratch", 5, at_least, online));
        CHECK(is(ARGUMENT(with.online_run(made, by, source, descent, until)), "scratch", 5, at_least, online));
        CHECK(is(ARGUMENT(with.online_run(made, by, source, descent, until, 1, watch)), "scratch", 5, at_least, online));
        CHECK(TAKE(made.digest()) == TAKE(fresh().digest()));
        words_of_errors(batch, made);
    }
#if TUTEE_HAS_EXCEPTIONS
    /** what() says it in words. */
    static void words_of_errors(sampler &batch, student &made) {
        const auto says = [&](std::size_t x, std::size_t y, const char *expected) {
            std::string message = tutee_status_message(x == 0   ? TUTEE_ERROR_ZERO
                                                       : y == 0 ? TUTEE_ERROR_NULL
                                                                 : TUTEE_ERROR_LENGTH);
            try {
                batch.accumulate(made, std::vector<T>(x), std::vector<T>(y));
            } catch (const tutee::error &error) {
                const tutee::error copy = error;
                return (message += expected) == copy.what();
            }
            return false;
        };
        CHECK(says(11, 8, ": x has 11, expected a multiple of 12") && says(12, 9, ": y has 9, expected 8"));
        // An empty range has no memory and makes no pair; it is too short all the same.
        CHECK(says(0, 8, ": x has 0, expected a multiple of 12") && says(12, 0, ": y has 0, expected 8"));
        // An element that is not finite, in either array, of three pairs at once.
        TAKE(batch.begin(made, tutee::relu<T>()));
        std::vector<T> x(36), y(24);
        const auto element = [&](std::vector<T> &of, std::size_t at, const char *name, const char *expected) {
            of[at] = std::numeric_limits<T>::quiet_NaN();
            bool right = false;
            try {
                batch.accumulate(made, x, y);
            } catch (const tutee::error &error) {
                right = error.status() == TUTEE_ERROR_NOT_FINITE && std::strstr(error.what(), expected) != nullptr &&
                        error.argument() != nullptr && std::strcmp(error.argument()->name, name) == 0 &&
                        error.argument()->index == at;
            }
            of[at] = T(0);
            return right;
        };
        // Valgrind 3.19 takes the comparison "ordered and not equal" of AVX for one that holds for NaN, too, and so many pairs
        // with one for finite.
        CHECK(std::getenv("UNDER_VALGRIND") != nullptr ||
              (element(y, 17, "y", ": y[17] is not finite") && element(x, 35, "x", ": x[35] is not finite")));
        std::vector<T> few(1);
        try {
            (void)made.recovery(TAKE(teacher::group(sizes, tutee::relu<T>(), std::vector<T>(6), 0)), few);
        } catch (const tutee::error &error) {
            CHECK(std::strstr(error.what(), ": scratch has 1, expected at least 20") != nullptr);
        }
    }
#else
    static void words_of_errors(sampler &, student &) {}
#endif

    /** A group's label: steps, a run and a watched one end on the same bits, and the loss falls. */
    void group_labels() const {
        const tutee::shape of_one = {1, 3, 4, 4};
        const tutee::group_label<T> label{T(0.75), T(0.125), 1};
        const std::vector<T> direction = {T(0.5), T(-1), T(0.25)};
        auto with = TAKE(tutee::trainer<T>::make_small(of_one));
        auto made = TAKE(tutee::student<T>::make(of_one));
        const T before = TAKE(with.label_loss(made, label, direction));
        CHECK(std::abs(before - T(0.69314718)) < T(1e-6));
        for (int step = 0; step < 20; step++) TAKE(with.label_step(made, label, direction, descent));
        const auto digest = TAKE(made.digest());
        CHECK(TAKE(with.label_loss(made, label, direction)) < before && TAKE(made.digest()) == digest);
        const auto twenty = TAKE(tutee::default_stop<T>(20));
        TAKE(made.reset());
        CHECK(TAKE(with.label_run(made, label, direction, descent, twenty)).end.steps == 20 && TAKE(made.digest()) == digest);
        TAKE(made.reset());
        int calls = 0;
        TAKE(with.label_run(made, label, direction, descent, twenty, 5, [&](const auto &) { calls++; }));
        CHECK(calls == 4 && TAKE(made.digest()) == digest);
        const std::vector<T> less = {T(1), T(2)};
        CHECK(std::strcmp(ARGUMENT(with.label_step(made, label, less, descent)).name, "direction") == 0);
        auto wrong = label;
        wrong.group = 4;
        CHECK(STATUS(with.label_loss(made, wrong, direction)) == TUTEE_ERROR_INDEX);
    }

    /** Runs and steps, with and without callbacks of every kind. */
    void runs() const {
        const auto by = convolution();
        const auto twenty = TAKE(tutee::default_stop<T>(20));
        const auto expected = TAKE(trained(20).digest());
        auto with = training();

        auto made = fresh();
        for (int step = 0; step < 20; step++) TAKE(with.population_step(made, by, descent));
        CHECK(TAKE(made.digest()) == expected);

        TAKE(made.reset());
        std::vector<std::uint64_t> seen;
        auto end = TAKE(with.population_run(made, by, descent, twenty, 6, [&](const auto &at) { seen.push_back(at.steps); }));
        CHECK((seen == std::vector<std::uint64_t>{6, 12, 18}));
        CHECK(end.stopped == TUTEE_STOPPED_STEPS && end.end.steps == 20 && TAKE(made.digest()) == expected);

        // It may look at the student, and stop; the run can be gone on with.
        TAKE(made.reset());
        const auto stops = [&](const tutee::progress<T> &at) {
            CHECK(TAKE(made.steps()) == at.steps && at.excess_loss > 0);
            return at.steps == 8 ? tutee::next::stop : tutee::next::go_on;
        };
        end = TAKE(with.population_run(made, by, descent, twenty, 1, stops));
        CHECK(end.stopped == TUTEE_STOPPED_CALLBACK && end.end.steps == 8);
        struct counting {
            int calls = 0;
            void operator()(const tutee::progress<T> &) { calls++; }
        } counts;
        TAKE(with.population_run(made, by, descent, twenty, 1, counts));
        CHECK(counts.calls == 12 && TAKE(made.digest()) == expected);
        TAKE(made.reset());
        TAKE(with.population_run(made, by, descent, twenty, 5, at_function));
        CHECK(TAKE(made.steps()) == 15);
        const auto result = STATUS(with.population_run(made, by, descent, twenty, 0, at_function));
        CHECK(result == TUTEE_ERROR_ZERO);

        auto source = TAKE(tutee::default_source<T>(3, 4));
        auto online = fresh();
        for (int step = 0; step < 20; step++) TAKE(with.online_step(online, by, source, descent));
        CHECK(source.index == 80);
        auto again = fresh();
        source.index = 0;
        end = TAKE(with.online_run(again, by, source, descent, twenty));
        CHECK(end.end.steps == 20 && source.index == 80 && TAKE(again.digest()) == TAKE(online.digest()));
        again = fresh();
        source.index = 0;
        end = TAKE(with.online_run(again, by, source, descent, twenty, 4, stops_at_eight));
        CHECK(end.stopped == TUTEE_STOPPED_CALLBACK && source.index == 32 && TAKE(again.steps()) == 8);

        // Diverging is an error, and keeps the steps before it.
        auto wild = descent;
        wild.value_limit = TAKE(made.measure(by, with.scratch())).gradient_norm * T(1e-3);
        CHECK(STATUS(with.population_step(made, by, wild)) == TUTEE_ERROR_DIVERGED && TAKE(made.steps()) == 15);
    }
    /** Steps by rules in every way, and a run that is saved with what Adam keeps. */
    void rules() const {
        const auto by = convolution();
        auto with = training();
        const tutee::rules<T> plain{T(0), TUTEE_RULE_DESCENT, TUTEE_VALUE_DESCENT}, adam{T(0), TUTEE_RULE_ADAM, TUTEE_VALUE_DESCENT};
        const tutee::rules<T> projected{T(1), TUTEE_RULE_POLYAK, TUTEE_VALUE_PROJECTED};
        std::vector<T> nothing, kept(tutee::rules_kept(sizes, TUTEE_RULE_ADAM));
        CHECK(tutee::rules_kept(sizes, TUTEE_RULE_MIRROR) == 0 && kept.size() == 2 * sizes.outputs * sizes.tokens + 2);

        // Gradient descent by this way is plain training.
        auto one = fresh(), other = fresh();
        auto source = TAKE(tutee::default_source<T>(3, 4));
        for (int step = 0; step < 5; step++) TAKE(with.online_step(one, by, source, descent));
        source.index = 0;
        for (int step = 0; step < 5; step++) TAKE(with.online_step(other, by, source, descent, plain, nothing));
        CHECK(source.index == 20 && TAKE(one.digest()) == TAKE(other.digest()));

        // Adam goes on from a snapshot, and needs what it kept.
        auto through = fresh(), stopped = fresh();
        source.index = 0;
        for (int step = 0; step < 12; step++) TAKE(with.online_step(through, by, source, descent, adam, kept));
        std::vector<T> half(kept.size());
        source.index = 0;
        for (int step = 0; step < 5; step++) TAKE(with.online_step(stopped, by, source, descent, adam, half));
        const tutee::stream at{source.seed, source.index};
        const auto bytes = TAKE(stopped.save_ruled(TUTEE_RULE_ADAM, half, &at));
        std::vector<std::uint8_t> handed;
        const auto keep = [&](tutee::span<const std::uint8_t> some) { handed.insert(handed.end(), some.begin(), some.end()); };
        TAKE(stopped.save_ruled_to(keep, TUTEE_RULE_ADAM, half, &at));
        CHECK(handed == bytes);
        handed.clear();
        TAKE(stopped.save_ruled_to_slot(4, keep, TUTEE_RULE_ADAM, half, &at));
        CHECK(handed == slot_of(bytes, 4));
        CHECK(STATUS(stopped.save_ruled_to(keep, TUTEE_RULE_ADAM, tutee::span<const T>(half.data(), 1))) == TUTEE_ERROR_LENGTH);
        std::vector<T> loaded(kept.size());
        auto resumed = fresh();
        CHECK(TAKE(resumed.load_ruled(TUTEE_RULE_ADAM, loaded, bytes)).index == 20 && loaded == half);
        CHECK(STATUS(resumed.load_ruled(TUTEE_RULE_MIRROR, nothing, bytes)) == TUTEE_ERROR_SNAPSHOT_RULE);
        for (int step = 0; step < 7; step++) TAKE(with.online_step(resumed, by, source, descent, adam, loaded));
        CHECK(loaded == kept && TAKE(resumed.digest()) == TAKE(through.digest()));
        CHECK(TAKE(one.save_ruled(TUTEE_RULE_MIRROR, nothing)).size() == TAKE(one.snapshot_bytes()));

        // The exact gradient, and a batch of the caller's.
        auto exact = fresh();
        const T start = TAKE(exact.measure(by, with.scratch())).excess_loss;
        for (int step = 0; step < 20; step++) TAKE(with.population_step(exact, by, descent, projected, nothing));
        CHECK(TAKE(exact.measure(by, with.scratch())).excess_loss < T(1e-5) * start);
        auto batch = TAKE(tutee::sampler<T>::make(sizes));
        const std::vector<T> x(sizes.tokens * sizes.features, T(0.5)), y(sizes.outputs * sizes.filters, T(0.25));
        std::vector<T> moments(kept.size());
        TAKE(batch.begin(exact, {TUTEE_RELU, T(0)}));
        TAKE(batch.accumulate(exact, x, y));
        TAKE(batch.step(exact, descent, adam, moments));
        CHECK(TAKE(exact.steps()) == 21 && moments != std::vector<T>(kept.size()));
        std::vector<T> few(3);
        CHECK(STATUS(with.population_step(exact, by, descent, adam, few)) == TUTEE_ERROR_LENGTH);
    }
    static tutee::next at_function(const tutee::progress<T> &at) {
        return at.steps >= 15 ? tutee::next::stop : tutee::next::go_on;
    }
    static tutee::next stops_at_eight(const tutee::progress<T> &at) {
        return at.steps == 8 ? tutee::next::stop : tutee::next::go_on;
    }

#if TUTEE_HAS_EXCEPTIONS
    /** What a callback throws comes out of the run, and the student stands after the step that it was told of. */
    template <class Thrown, class Run>
    void thrown(const Thrown &what, Run run) const {
        auto made = fresh();
        bool caught = false;
        try {
            run(made, [&](const tutee::progress<T> &at) {
                if (at.steps == 10) throw what;
            });
        } catch (const Thrown &) {
            caught = true;
        }
        CHECK(caught && TAKE(made.steps()) == 10);
        run(made, [](const tutee::progress<T> &) {});
        CHECK(TAKE(made.steps()) == 20);
        auto straight = fresh();
        run(straight, [](const tutee::progress<T> &) {});
        CHECK(TAKE(made.digest()) == TAKE(straight.digest()));
    }
    void throwing_callbacks() const {
        const auto by = convolution();
        const auto twenty = tutee::default_stop<T>(20);
        auto with = training();
        const auto population = [&](auto &of, auto callback) {
            with.population_run(of, by, descent, twenty, 2, callback);
        };
        const auto online = [&](auto &of, auto callback) {
            auto source = tutee::default_source<T>(3, 4);
            source.index = 4 * of.steps();
            with.online_run(of, by, source, descent, twenty, 2, callback);
        };
        thrown(std::runtime_error("a callback's own"), population);
        thrown(42, population);
        thrown(tutee::error(TUTEE_ERROR_SHAPE), population);
        thrown(std::runtime_error("a callback's own"), online);
    }
#else
    void throwing_callbacks() const {}
#endif

    void snapshots() const {
        const auto made = trained(10);
        const tutee::stream at = {11, 12};
        const auto bytes = TAKE(made.save(&at));
        check_handed(made, bytes, &at);
        CHECK(bytes.size() == TAKE(made.snapshot_bytes()));
        std::vector<std::uint8_t> again(bytes.size());
        TAKE(made.save(again));
        CHECK(again != bytes && again == TAKE(made.save()));
        const auto info = TAKE(tutee::inspect(bytes));
        CHECK(info.steps == 10 && info.shape.features == 3 && info.scalar_bits == 8 * sizeof(T) && info.has_stream == 1);
        CHECK(info.stream.seed == 11 && info.stream.index == 12);
        CHECK(info.version == 2 && info.model == TUTEE_MODEL_POSITION && info.has_activation == 0);
        const auto act = tutee::leaky_relu<T>(T(0.125));
        const auto leaky = TAKE(tutee::inspect(TAKE(made.save(nullptr, &act))));
        const auto back = tutee::saved_activation<T>(leaky);
        CHECK(leaky.has_activation == 1 && leaky.has_stream == 0 && back.kind == TUTEE_LEAKY_RELU && back.slope == act.slope);
        made_slots(made, at, act);

        auto loaded = fresh();
        const auto saved = TAKE(loaded.load(bytes));
        CHECK(saved.seed == 11 && saved.index == 12 && TAKE(loaded.digest()) == TAKE(made.digest()));
        tutee::stream from{};
        const auto unknown = TAKE(student::from_snapshot(bytes, &from));
        CHECK(TAKE(unknown.digest()) == TAKE(made.digest()) && unknown.sizes().tokens == 4 && from.index == 12);
        CHECK(TAKE(TAKE(array_student::from_snapshot(bytes)).digest()) == TAKE(made.digest()));

        auto altered = bytes;
        altered[60] ^= 1;
        const auto before = TAKE(loaded.digest());
        CHECK(STATUS(loaded.load(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(STATUS(student::from_snapshot(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(STATUS(tutee::inspect(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(STATUS(loaded.load({})) == TUTEE_ERROR_SNAPSHOT_TRUNCATED);
        using other = tutee::student<std::conditional_t<sizeof(T) == 4, double, float>>;
        CHECK(STATUS(other::from_snapshot(bytes)) == TUTEE_ERROR_SNAPSHOT_SCALAR);
        auto wider = TAKE(student::make({2, 3, 4, 5}));
        CHECK(STATUS(wider.load(bytes)) == TUTEE_ERROR_SNAPSHOT_SHAPE);
        again.pop_back();
        CHECK(STATUS(loaded.save(again)) == TUTEE_ERROR_LENGTH && TAKE(loaded.digest()) == before);
    }

    /** Two slots in turn; whoever reads them gets the newest. */
    template <class S>
    static void made_slots(const S &made, const tutee::stream &at, const tutee::activation<T> &act) {
        const std::size_t bytes = TAKE(made.snapshot_bytes());
        std::vector<std::uint8_t> pages[2] = {{}, std::vector<std::uint8_t>(bytes + 40, 0xFF)};
        for (std::uint32_t written = 0; written < 4; written++) {
            const auto slots = TAKE(tutee::inspect(pages[0], pages[1]));
            CHECK(slots.sequence == written && slots.next == written % 2);
            CHECK(slots.newest.size() == (written == 0 ? 0 : bytes));
            std::vector<std::uint8_t> image(tutee::slot_header + bytes);
            TAKE(made.save(tutee::span<std::uint8_t>(image.data() + tutee::slot_header, bytes), &at, &act));
            TAKE(tutee::seal(image, slots.sequence));
            pages[slots.next] = image;
            if (written > 0) CHECK(TAKE(tutee::inspect(slots.newest)).steps == TAKE(made.steps()));
        }
        std::vector<std::uint8_t> little(7);
        const auto wrong = ARGUMENT(tutee::seal(little, 0));
        CHECK(std::strcmp(wrong.name, "image") == 0 && wrong.found == 7 && wrong.expected == tutee::slot_header);
    }

    static void all() {
        const tests test;
        test.settings();
        test.families();
        test.numbers();
        test.answers();
        test.copies();
        test.nothing();
        test.samples();
        test.lengths();
        test.group_labels();
        test.runs();
        test.rules();
        test.throwing_callbacks();
        test.snapshots();
    }
};

#include "wrapper_layers.hpp"

#include "wrapper_raws.hpp"

/** Spans are made from what has data and size, and never from a temporary that would be written to. */
void spans() {
    using writable = tutee::span<int>;
    using readable = tutee::span<const int>;
    static_assert(std::is_constructible<writable, std::vector<int> &>::value, "");
    static_assert(std::is_constructible<writable, std::array<int, 3> &>::value, "");
    static_assert(std::is_constructible<writable, int (&)[3]>::value, "");
    static_assert(!std::is_constructible<writable, std::vector<int>>::value, "");
    static_assert(!std::is_constructible<writable, const std::vector<int> &>::value, "");
    static_assert(std::is_constructible<readable, std::vector<int>>::value, "");
    static_assert(std::is_constructible<readable, const std::vector<int> &>::value, "");
    static_assert(std::is_constructible<readable, writable>::value, "");
    static_assert(!std::is_constructible<writable, readable>::value, "");
    static_assert(!std::is_constructible<writable, std::vector<long> &>::value, "");
    std::vector<int> numbers = {1, 2, 3};
    const writable all(numbers);
    all[1] = 5;
    int sum = 0;
    for (int number : all) sum += number;
    CHECK(sum == 9 && numbers[1] == 5 && all.size() == 3 && !all.empty() && writable().empty());
    int three[] = {4, 5, 6};
    CHECK(readable(three).data() == three && readable(three).size() == 3);
}

} // namespace

// Every function that is no template, so that the coverage of this test counts it.
template class tutee::teacher<float>;
template class tutee::student<float>;
template class tutee::sampler<float>;
template class tutee::trainer<float>;
template class tutee::layer<float>;

int ENTRY() {
    CHECK(tutee::abi_matches() && std::strcmp(tutee::version(), TUTEE_VERSION) == 0);
    CHECK(STATUS(tutee::self_test()) == TUTEE_OK && STATUS(tutee::float_environment()) == TUTEE_OK);
    spans();
    tests<float>::all();
    tests<double>::all();
    layer_tests<float>().all();
    layer_tests<double>().all();
    raw_tests<float>().all();
    raw_tests<double>().all();
    return report(TUTEE_HAS_EXCEPTIONS ? "wrapper, with exceptions" : "wrapper, without exceptions");
}
