/* tutee/training.hpp: training a student, on pairs of its own or by a teacher; part of tutee.hpp. */
#ifndef TUTEE_TRAINING_HPP
#define TUTEE_TRAINING_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

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

} // inline namespace
} // namespace tutee

#endif // TUTEE_TRAINING_HPP
