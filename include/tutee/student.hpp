/* tutee/student.hpp: the student, its snapshots and what it recovered; part of tutee.hpp. */
#ifndef TUTEE_STUDENT_HPP
#define TUTEE_STUDENT_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

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

} // inline namespace
} // namespace tutee

#endif // TUTEE_STUDENT_HPP
