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
 * PARTS. The folder tutee has a file for each kind of object: a teacher, a student, their training, a whole layer (tutee/layer.hpp), training
 * on raw readings (tutee/raw.hpp). This file includes all of them, and none of them stands alone.
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

// One program may hold units with exceptions and units without; they must not share inline functions, so either has a namespace of its own.
#if !defined(TUTEE_NO_EXCEPTIONS) && (defined(__cpp_exceptions) || defined(_CPPUNWIND))
#define TUTEE_HAS_EXCEPTIONS 1
#define TUTEE_DETAIL_OUTCOMES throwing
#else
#define TUTEE_HAS_EXCEPTIONS 0
#define TUTEE_DETAIL_OUTCOMES returning
#endif

#include "tutee/settings.hpp"
#include "tutee/errors.hpp"
#include "tutee/object.hpp"
#include "tutee/functions.hpp"
#include "tutee/slots.hpp"
#include "tutee/teacher.hpp"
#include "tutee/student.hpp"
#include "tutee/training.hpp"
#include "tutee/layer.hpp"
#include "tutee/raw.hpp"

#undef TUTEE_DETAIL_OUTCOMES

#endif // TUTEE_HPP
