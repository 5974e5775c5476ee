/* tutee/teacher.hpp: the teacher; part of tutee.hpp. */
#ifndef TUTEE_TEACHER_HPP
#define TUTEE_TEACHER_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

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

} // inline namespace
} // namespace tutee

#endif // TUTEE_TEACHER_HPP
