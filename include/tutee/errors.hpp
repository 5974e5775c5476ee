/* tutee/errors.hpp: what a refused call says, as an exception or as a result; part of tutee.hpp. */
#ifndef TUTEE_ERRORS_HPP
#define TUTEE_ERRORS_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

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
} // namespace detail

} // inline namespace
} // namespace tutee

#endif // TUTEE_ERRORS_HPP
