/* tutee/functions.hpp: functions of no object: the library, defaults, mixings; part of tutee.hpp. */
#ifndef TUTEE_FUNCTIONS_HPP
#define TUTEE_FUNCTIONS_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

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

} // inline namespace
} // namespace tutee

#endif // TUTEE_FUNCTIONS_HPP
