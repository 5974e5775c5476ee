/* tutee/object.hpp: words in memory of three kinds, and callables as callbacks; part of tutee.hpp. */
#ifndef TUTEE_OBJECT_HPP
#define TUTEE_OBJECT_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

namespace detail {
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

} // inline namespace
} // namespace tutee

#endif // TUTEE_OBJECT_HPP
