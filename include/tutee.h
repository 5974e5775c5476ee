/* Made by `cargo run -p tutee-generate`; not to be edited. */
/*
 * tutee.h: the C interface of Tutee. Generated from the sources of tutee-abi.
 *
 * Tutee trains a one-layer transformer by plain gradient descent to imitate a teacher, and recovers what is inside the
 * teacher: its filters and who averages whom. The same program gives the same bits on every machine.
 *
 *     teacher   f*(X) = act( value* X mixing* )        mixing*: who averages whom
 *     student   f(X)  = act( value X attention ),      attention = row softmax of the logits
 *
 * Sizes (tutee_shape): filters M, features d (entries of a token), tokens D, outputs J. Every matrix is row-major without
 * padding: value[filters][features]; mixing, attention and logits [outputs][tokens]; input x[tokens][features]; output
 * y[outputs][filters].
 *
 * A training from beginning to end, in static memory:
 *
 *     static uint64_t teacher_memory[TUTEE_TEACHER_WORDS_F64(4, 6, 16, 16)];
 *     static uint64_t student_memory[TUTEE_STUDENT_WORDS_F64(4, 6, 16, 16)];
 *     static double scratch[TUTEE_POPULATION_SCRATCH(4, 6, 16, 16)];
 *
 *     static tutee_status train(const double filters[24], tutee_result_f64 *result)
 *     {
 *         const tutee_shape shape = {4, 6, 16, 16};
 *         tutee_teacher_f64 *teacher;
 *         tutee_student_f64 *student;
 *         tutee_descent_f64 descent;
 *         tutee_stop_f64 stop;
 *         // The mixing is copied into the teacher; until then it may lie in the scratch.
 *         tutee_status status = tutee_mixing_convolution_f64(&shape, 4, scratch, 256);
 *         if (status == TUTEE_OK)
 *             status = tutee_teacher_init_f64(teacher_memory, sizeof teacher_memory / 8, &shape, TUTEE_RELU, 0.0,
 *                                             filters, 24, scratch, 256, &teacher);
 *         if (status == TUTEE_OK)
 *             status = tutee_student_init_f64(student_memory, sizeof student_memory / 8, &shape, &student);
 *         if (status == TUTEE_OK) status = tutee_descent_default_f64(0.25, &descent);
 *         if (status == TUTEE_OK) status = tutee_stop_default_f64(20000, &stop);
 *         if (status == TUTEE_OK)
 *             status = tutee_population_run_f64(student, teacher, &descent, &stop, NULL, scratch,
 *                                               sizeof scratch / sizeof *scratch, result);
 *         return status;
 *     }
 *
 * Three kinds of training change a student, and may be mixed: tutee_population_ (the exact gradient over all Gaussian
 * inputs), tutee_samples_ (pairs that the caller's own simulator or sensors produced; no teacher is needed) and
 * tutee_online_ (batches that the library draws from a seed and lets the teacher label). A classifier learns the label of one token
 * likewise: tutee_label_ (the exact gradient of its mean logistic loss).
 *
 * A whole layer (tutee_layer), of which such a student is a case, attends to content, to position, or to both. Its shape says what
 * tokens, keys and queries are, its settings what trains and by which loss; it is trained from pairs (tutee_layer_begin,
 * tutee_layer_accumulate, tutee_layer_step) or on batches that the library draws (tutee_layer_online_step), and holds its batch
 * and the working memory of training itself. Sets that come with the sample are learned along the exact gradient, too
 * (tutee_layer_selection_step):
 *
 *     tokens     z_i = content x_i, or [x_i; code p_i], or x_i + p_i
 *     attention  S_j = softmax over i of scale * z_i^T W_KQ u_j,    u_j: the tokens, or sums of codes, or vectors of the caller's
 *     outputs    f_j = act( sum_i S_ji W_V z_i ),   or of labels  F = sum_j sum_i S_ji W_V z_i
 *
 * OWN DATA
 *
 * Pairs as a simulator or a sensor records them, in any unit, with offsets, correlated, train a student of raw readings (tutee_raw):
 * it looks at the first of them (tutee_raw_observe), centres and scales all by what it saw, takes its rates from the data, and gives back
 * what it has learned in the units of the readings:
 *
 *   static uint64_t memory[TUTEE_RAW_WORDS_F32(1, 1, 12, 12, TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED)];
 *
 *   tutee_raw_init_f32       readings' sizes; what the student is given beside them (tutee_preparation)
 *   tutee_raw_observe_f32    the first pairs, as many as show how readings spread
 *   tutee_raw_begin_f32      after those; refused (TUTEE_ERROR_CANNOT_MOVE) where none was looked at, or no feature varies in them
 *   tutee_raw_descent_default_f32    the settings of a step, to be changed where others are wanted
 *   tutee_raw_accumulate_f32, tutee_raw_step_f32    again and again, a batch of some tens of pairs a step
 *   tutee_raw_loss_f32       what share of pairs that were held out it explains
 *   tutee_raw_links_f32      who takes from whom, the strongest link first
 *   tutee_curve_judge        what the course of the loss means: one word of tutee_verdict, and why
 *   tutee_raw_explain_f32    W, a bias and S of the readings as they come
 *   tutee_mixing_links_f32   which entries of S stand out, and whether students of either half of the pairs have them, too
 *   tutee_raw_save_f32       all of it as bytes; tutee_raw_load_f32 goes on from there after a restart, with the same bits
 *   tutee_raw_save_to_f32    those bytes, or a slot of flash with them, some at a time, without memory for a second copy
 *   tutee_raw_forget_f32     before pairs are looked at again: what was known counts less, for sensors that drift
 *
 * Features of a token that say nearly the same are learned more slowly along what they differ in, by their condition (largest over smallest
 * eigenvalue of their correlations R). Above 1,000 or so a whitener (tutee_whitener) takes that out of them before the student sees them: each
 * token's readings x, less their means m, are multiplied by Z = R^(-1/2) diag(1 / standard deviation), as by tutee fit --whiten.
 *
 *   tutee_whitener_observe_f32, tutee_whitener_settle_f32      the first inputs; then once
 *   tutee_whitener_condition_f32    whether it is of use
 *   tutee_whitener_whiten_f32       every input that a function of tutee_raw is given
 *   tutee_whitener_restore_f32      what tutee_raw_explain_f32 wrote: W Z and a bias for readings as they come
 *   tutee_whitener_save_f32, tutee_whitener_load_f32    once it has settled it changes no more
 *
 * A step tells which rates it took. One that would run away is refused (TUTEE_ERROR_DIVERGED), and the last sane student is kept; a number that is no
 * reading is TUTEE_ERROR_NOT_FINITE before it is in a batch; readings from which nothing can be learned are TUTEE_ERROR_CANNOT_MOVE; a ReLU that
 * died is named by tutee_raw_diagnose_f32; the sensor whose readings moved away from those that were looked at, as when it is exchanged, by
 * tutee_raw_strayed_f32.
 *
 * CONVENTIONS
 *
 * Names. Functions and types that end in _f32 work in float, those in _f64 in double; all else about them is equal. A
 * function's name begins with what it is about: an object (tutee_teacher_, tutee_student_, tutee_sampler_, tutee_layer_, tutee_raw_, tutee_whitener_), a matrix
 * (tutee_mixing_, tutee_position_), a kind of training (tutee_population_, tutee_samples_, tutee_online_, tutee_label_), its
 * course (tutee_curve_), settings
 * (tutee_descent_, tutee_stop_, tutee_source_, tutee_rules_), a snapshot (tutee_snapshot_), the slots that it is kept in (tutee_slot_,
 * tutee_slots_), scratch that several share (tutee_predict_) or
 * the library itself (tutee_abi_, tutee_version, tutee_status_, tutee_float_, tutee_self_, tutee_check_). Then comes what it does, or
 * what it gives. Those that train take the student first.
 *
 * Types. tutee_status and the lists of choices (tutee_activation, tutee_input, tutee_encoding, tutee_normalisation,
 * tutee_block, tutee_stopped, tutee_model, tutee_rule, tutee_value_rule, and of layers tutee_embedding, tutee_codes, tutee_key_query, tutee_queries, tutee_loss,
 * tutee_train, tutee_start, tutee_code, tutee_answer, of raw readings tutee_preparation, of curves tutee_verdict) are int32_t, in every version of C and C++, and their values are constants of an
 * enum without a name.
 *
 * Cost. Functions that tell a size (_words, _scratch, _len, _bytes, _kept), usual settings (_default) or a text cost some
 * multiplications of integers; the others say what they cost, where d, D, J and M are features, tokens, outputs and filters.
 *
 * Return values. TUTEE_OK is 0, errors are small negative numbers that never change their meaning;
 * tutee_status_message says them in words. A refused call has changed nothing: objects, source and outputs hold the same
 * bits as before; the contents of scratch are the one exception. (A run that ends in an error after it has taken steps
 * keeps those steps. The function says so.) Outputs are written on success alone. Of several faults in one call any one
 * may be reported. Which of a call's arrays holds a number that is infinite or NaN, and at which element, says
 * tutee_check_numbers.
 *
 * Errors of every function, not repeated below: TUTEE_ERROR_NULL, TUTEE_ERROR_MISALIGNED, TUTEE_ERROR_LENGTH (an array
 * has not the number of elements that the shape asks for), TUTEE_ERROR_TOO_LARGE (a length that no array can have),
 * TUTEE_ERROR_OBJECT (a pointer to something else than an initialised object of the right kind and precision) and
 * TUTEE_ERROR_OVERLAP (memory that is written overlaps other memory of the call; structs of settings that are const are
 * copied first and not compared).
 *
 * Pointers. No pointer may be NULL unless its function says so. An array comes with its number of elements, n_ and its
 * name; it must be exactly right, except that `words` and `n_scratch` may be larger than needed. Arrays and objects must
 * be readable for the whole call, what is not const writable, and inputs initialised. Nothing is kept after a call
 * returns.
 *
 * Memory. The library never allocates; its only variables, a few bytes, remember which vector registers there are.
 * Objects (tutee_teacher, tutee_student, tutee_sampler, tutee_layer, tutee_raw, tutee_whitener) live in arrays of uint64_t that the caller provides and must
 * keep as long as it uses the object; the array need not be initialised. Sizes are in words of 8 bytes, from a function
 * (tutee_student_words_f64) or, for a static array, from a macro (TUTEE_STUDENT_WORDS_F64). An object holds no pointer:
 * all its words (of a sampler that was given as many as TUTEE_SAMPLER_WORDS_WIDE_F64, so many) may be copied or moved by
 * memcpy, to any place that is aligned for uint64_t, and the copy is an object of its own; a copy may not cross to
 * another build of the library, for that there are snapshots. There is nothing to release. Scratch is working memory
 * whose contents do not matter before or after a call.
 *
 * Threads. The library's only state says what processor it runs on, so any number of threads may call it. An object,
 * and scratch, may be used by one thread at a time, except that any number of threads may use an object at the same
 * time in calls that take it as const. tutee_teacher is const once made. A batch has its student for itself: two threads cannot accumulate for
 * one tutee_student. They share the pairs of a step where each has a copy of the student, made by memcpy, and a
 * sampler of its own, or a copy of a tutee_raw: their batches are merged (tutee_samples_merge_f64, tutee_raw_merge_f64) and have the bits of the
 * order in which that is done, whichever thread is first.
 *
 * Floating point. Functions that compute need the default environment of IEEE 754: rounding to nearest, and subnormal
 * numbers not flushed to zero. Under any other they return TUTEE_ERROR_FLOAT_ENVIRONMENT and do nothing. Their errors name it, or
 * those of another function that do; the others, which count, copy, save or look into bytes, work under any. Each thread has
 * an environment of its own; most systems give it that of the thread that made it. A program starts with the default
 * one unless it, or a shared library that it loads, was linked with -ffast-math, -Ofast or -funsafe-math-optimizations:
 * such files may bring code (crtfastm.o) that makes the thread that loads them flush. The remedy is to link without these
 * options (they may stay where files are compiled), or fesetenv(FE_DFL_ENV), of <fenv.h>, at the start of main, or of each
 * thread that calls the library, and again after such a library was loaded.
 * On a chip without floating-point hardware the routines that compute may be those of the chip's maker, which may flush (an
 * RP2040's do). There the remedy is a library that has its own: the one object that CMake, Meson and ffi/chips/make leave.
 * Infinite numbers and NaN are refused wherever they come in, and no student ever holds one; a measure of numbers so
 * large that a square overflows is TUTEE_ERROR_NOT_FINITE, and infinite, but never NaN, where a run or a batch tells it on
 * the way. An answer or a prediction of numbers so large that a sum of products overflows may come out infinite or NaN,
 * and which NaN (its sign and payload) depends on the processor: the one exception to equal bits. The library does not
 * change the environment; it may raise floating-point exception flags, invalid, division by zero and overflow only for
 * such numbers, and must not be called with exceptions unmasked.
 *
 * Interrupts and signals. Functions are reentrant; a signal handler must not use an object that a call is changing.
 *
 * Versions. TUTEE_VERSION is major.minor.patch. As long as major is 0, minor moves with whatever may break a program or
 * change a result, and patch with nothing else than repairs: within one minor version programs compile, link and behave
 * as before, and every training gives the same bits. A new minor version may rename, remove and change functions, types
 * and macros, and its trainings may give other bits; its release notes say what. TUTEE_ABI_VERSION, and with it the
 * name of the shared library (libtutee.so.2), moves when a compiled program cannot be run with the new library; a
 * program compares it with tutee_abi_version() before anything else. In all versions the numbers of statuses and
 * choices mean what they meant, and snapshots of earlier versions are read.
 *
 * SNAPSHOTS
 *
 * tutee_student_save writes, tutee_student_load reads, on every machine alike. All numbers are little-endian, a scalar is
 * its IEEE 754 bit pattern of w = 4 or 8 bytes. Version 2:
 *
 *     offset  bytes
 *          0      8   89 54 55 54 45 45 0D 0A ("\x89TUTEE\r\n")
 *          8      2   format version, 2
 *         10      1   bits of a scalar, 32 or 64
 *         11      1   flags: bit 0, a sample stream was saved; all others 0
 *         12     16   filters, features, tokens, outputs, 4 bytes each
 *         28      8   gradient steps taken since reset
 *         36      8   seed of the stream, 0 without one
 *         44      8   index of the next sample of the stream, 0 without one
 *         52      2   length of the header, 96: where the value begins
 *         54      1   kind of model: 0, attention that depends on positions only
 *         55      1   number of blocks: 2
 *         56      1   activation: 0 not saved, 1 identity, 2 ReLU, 3 leaky ReLU
 *         57      1   kind of loss: 0, squared
 *         58      1   step rule: 0, gradient descent; tutee_student_save_ruled also 1 to 4, as tutee_rule has them
 *         59      1   distribution of the stream's inputs: 0, not saved
 *         60      4   bytes of the step rule's state, which follows the last block: 0 but for Adam, (2 J D + 2) w
 *         64      8   slope of a leaky ReLU as the bits of a scalar, else 0
 *         72     24   the blocks: kind (1 byte; 1 value, 2 logits), 1 as a carry follows (1 byte), 0 (2 bytes), rows (4 bytes),
 *                     columns (4 bytes)
 *         96    M d w value
 *               M d w what rounding has taken from the value
 *               J D w logits
 *               J D w what rounding has taken from the logits
 *                 4   CRC-32 (as in zlib) of everything before it
 *
 * tutee_layer_save writes kind 1, a whole layer. It has more kinds of block (3 key-query, 4 keys, 5 queries, 6 codes; fixed codes have
 * no carry), its loss may be 1 (logistic), and behind the table of blocks stand 28 bytes more before the first block: embedding,
 * codes, key_query and queries, 1 byte each; code, key and query width, 4 bytes each; the sum of the tutee_train, 1 byte; 0, 3 bytes;
 * the scale as the bits of a scalar, 8 bytes.
 *
 * tutee_raw_save writes kind 2, a student of raw readings; the sizes at offset 12 are the student's, those of the readings with what
 * stands beside them. There are six blocks: value and logits with their carries; 7 means, tokens x features of the readings, 8 their
 * spread, 3 x features (largest deviation, sum of squares in its unit, standard deviation), 9 means of answers, outputs x filters, and 10,
 * 1 x 5 (of answers largest deviation, sum of squares and scale; mean power of inputs and of answers), these without a carry. Behind
 * the table stand 24 bytes: the sum of the tutee_preparation, 1 byte; 0, 7 bytes; pairs that were looked at, 8 bytes; batches that were
 * stepped on, 8 bytes.
 *
 * tutee_whitener_save writes kind 3, which is no student: tutee_student_load and its like refuse it as another kind of model. Filters
 * and outputs are 1, at offset 28 stand the inputs that it has seen, at 36 the directions that it left out; the header ends at 72, without
 * blocks. Then come the mean of every feature of every token, the largest deviation of each feature, features x features sums of products
 * of deviations in these units, its matrix, features x features, and the condition.
 *
 * Version 1 has the value at offset 52, and nothing of what stands there above; it is loaded, and not written any more.
 *
 * A snapshot that was cut, lengthened or altered (every flip of a single bit is seen), that is of another shape or
 * precision, or that has a version or a kind of anything that this library does not know, is refused.
 *
 * Firmware keeps a snapshot in two slots, pages of flash or files, which it writes in turn: a power cut at any byte leaves
 * the last snapshot that was whole. Erasing and writing are the program's own.
 *
 *   static uint8_t image[TUTEE_SLOT_HEADER + TUTEE_SNAPSHOT_BYTES_F32(2, 3, 8, 8)];
 *   tutee_slots slots;
 *   tutee_status status = tutee_slots_inspect(page[0], PAGE, page[1], PAGE, &slots);
 *   uint8_t *payload = image + TUTEE_SLOT_HEADER;
 *   size_t n_bytes = sizeof image - TUTEE_SLOT_HEADER;
 *   if (status == TUTEE_OK) status = tutee_student_save_f32(student, &stream, TUTEE_RELU, 0, payload, n_bytes);
 *   if (status == TUTEE_OK) status = tutee_slot_seal(image, sizeof image, slots.sequence);
 *   if (status == TUTEE_OK) erase_and_write(page[slots.next], image, sizeof image);
 *
 * Where there is no memory for the image, tutee_student_save_to_f32 and its kin (tutee_student_save_ruled_to, tutee_raw_save_to,
 * tutee_layer_save_to, tutee_whitener_save_to) hand the slot on, 64 bytes at a time, as it is to be written:
 *
 *   static int32_t write_next(void *user, const uint8_t *bytes, size_t n_bytes);   0 where that was done
 *
 *   tutee_sink sink = {write_next, &flash, 1, slots.sequence};
 *   if (status == TUTEE_OK) status = tutee_student_save_to_f32(student, &stream, TUTEE_RELU, 0, &sink);
 *
 * At the start, with `slots.newest` from 0 up, the snapshot is `slots.payload_bytes` long and stands at
 * page[slots.newest] + TUTEE_SLOT_HEADER. A slot is, in little-endian numbers, the CRC-32C of the next three (4 bytes), a
 * sequence number (4), the length of the payload (4), the payload, and then anything.
 */

#ifndef TUTEE_H
#define TUTEE_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

/* AVR, MSP430 and compilers told so have others. */
#if FLT_RADIX != 2 || FLT_MANT_DIG != 24 || DBL_MANT_DIG != 53
#error "tutee.h needs a float of 32 bits and a double of 64, those of IEEE 754"
#endif
#if SIZE_MAX < 0xffffffff
#error "tutee.h needs a size_t of 32 bits or more"
#endif

/** The version of the library that this header belongs to; tutee_version() says which one is linked. */
#define TUTEE_VERSION "0.1.0"
/* The three numbers of it, for #if. */
#define TUTEE_VERSION_MAJOR 0
#define TUTEE_VERSION_MINOR 1
#define TUTEE_VERSION_PATCH 0

/*
 * The compiler warns when a result is not looked at, and a cast to void tells it that this is meant. GCC has no such
 * attribute before C++17 and C23: its warn_unused_result does not take the cast for an answer. Whoever wants that one, or
 * none because a parser of headers knows no attributes, defines TUTEE_MUST_USE before including this file.
 */
#ifndef TUTEE_MUST_USE
#if defined(__clang__)
#define TUTEE_MUST_USE __attribute__((warn_unused_result))
#elif (defined(__cplusplus) && __cplusplus >= 201703L) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202000L)
#define TUTEE_MUST_USE [[nodiscard]]
#else
#define TUTEE_MUST_USE
#endif
#endif

#ifdef __cplusplus
#define TUTEE_SIZE(n) static_cast<size_t>(n)
#else
#define TUTEE_SIZE(n) ((size_t)(n))
#endif

/*
 * Sizes as integer constant expressions, for static arrays; all take the four sizes in the order of tutee_shape. They are
 * right for every shape that the function of the same name accepts: only the function sees that a size is zero or that a
 * product overflows.
 */

/** Elements of value[filters][features]. */
#define TUTEE_VALUE_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(filters) * TUTEE_SIZE(features))
/** Elements of mixing, attention or logits [outputs][tokens]. */
#define TUTEE_MIXING_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens))
/** Elements of one input x[tokens][features]. */
#define TUTEE_INPUT_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(tokens) * TUTEE_SIZE(features))
/** Elements of one output y[outputs][filters]. */
#define TUTEE_OUTPUT_LEN(filters, features, tokens, outputs) (TUTEE_SIZE(outputs) * TUTEE_SIZE(filters))

/** Elements of value and mixing together. */
#define TUTEE_MODEL_LEN(filters, features, tokens, outputs) \
    (TUTEE_VALUE_LEN(filters, features, tokens, outputs) + TUTEE_MIXING_LEN(filters, features, tokens, outputs))
/** Elements that a sampler holds. */
#define TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) \
    (2 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(filters) * TUTEE_SIZE(features) + \
     2 * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(outputs))
/** Elements that a sampler holds which makes the most of wide vector registers. */
#define TUTEE_SAMPLER_LEN_WIDE(filters, features, tokens, outputs) \
    (TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) + \
     (TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters)) * TUTEE_SIZE(features) * TUTEE_SIZE(tokens) + \
     2 * TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters)) * TUTEE_SIZE(filters) * TUTEE_SIZE(tokens) + \
     2 * TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters)) * TUTEE_SIZE(filters) * TUTEE_SIZE(outputs)))

/** Words (uint64_t) of a teacher: tutee_teacher_words_f32. */
#define TUTEE_TEACHER_WORDS_F32(filters, features, tokens, outputs) \
    (6 + (TUTEE_MODEL_LEN(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a teacher: tutee_teacher_words_f64. */
#define TUTEE_TEACHER_WORDS_F64(filters, features, tokens, outputs) \
    (6 + TUTEE_MODEL_LEN(filters, features, tokens, outputs))

/** Words (uint64_t) of a student: tutee_student_words_f32. */
#define TUTEE_STUDENT_WORDS_F32(filters, features, tokens, outputs) \
    (6 + TUTEE_MODEL_LEN(filters, features, tokens, outputs))
/** Words (uint64_t) of a student: tutee_student_words_f64. */
#define TUTEE_STUDENT_WORDS_F64(filters, features, tokens, outputs) \
    (6 + 2 * TUTEE_MODEL_LEN(filters, features, tokens, outputs))

/** Words (uint64_t) of a sampler: tutee_sampler_words_f32. */
#define TUTEE_SAMPLER_WORDS_F32(filters, features, tokens, outputs) \
    (9 + (TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a sampler: tutee_sampler_words_f64. */
#define TUTEE_SAMPLER_WORDS_F64(filters, features, tokens, outputs) \
    (9 + TUTEE_SAMPLER_LEN(filters, features, tokens, outputs))
/** Words (uint64_t) of a sampler with wide vector registers: tutee_sampler_words_wide_f32. */
#define TUTEE_SAMPLER_WORDS_WIDE_F32(filters, features, tokens, outputs) \
    (9 + (TUTEE_SAMPLER_LEN_WIDE(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a sampler with wide vector registers: tutee_sampler_words_wide_f64. */
#define TUTEE_SAMPLER_WORDS_WIDE_F64(filters, features, tokens, outputs) \
    (9 + TUTEE_SAMPLER_LEN_WIDE(filters, features, tokens, outputs))

/** Elements of scratch for population training and measurement: tutee_population_scratch. */
#define TUTEE_POPULATION_SCRATCH(filters, features, tokens, outputs) \
    (7 * TUTEE_SIZE(filters) + \
     3 * TUTEE_SIZE(outputs) + \
     (TUTEE_SIZE(outputs) < TUTEE_SIZE(16) ? TUTEE_SIZE(outputs) : TUTEE_SIZE(16)) * TUTEE_SIZE(tokens))
/** Elements of scratch for online training, enough for every other function: tutee_online_scratch. */
#define TUTEE_ONLINE_SCRATCH(filters, features, tokens, outputs) \
    (7 * TUTEE_SIZE(filters) + \
     4 * TUTEE_SIZE(outputs) + \
     2 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(filters) * TUTEE_SIZE(features) + \
     2 * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(features) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(filters) * TUTEE_SIZE(outputs))
/** Elements of scratch for online training with wide vector registers: tutee_online_scratch_wide. */
#define TUTEE_ONLINE_SCRATCH_WIDE(filters, features, tokens, outputs) \
    (TUTEE_ONLINE_SCRATCH(filters, features, tokens, outputs) + \
     (2 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) + \
     2 * TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters)) * TUTEE_SIZE(features) * TUTEE_SIZE(tokens) + \
     2 * TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters)) * TUTEE_SIZE(filters) * TUTEE_SIZE(tokens) + \
     2 * TUTEE_SIZE((filters) <= 4 ? 32 : (filters) > 64 ? 1 : 128 / (filters)) * TUTEE_SIZE(filters) * TUTEE_SIZE(outputs)))
/** Elements of scratch for predictions, a teacher's answers, recovery and setting W_KQ: tutee_predict_scratch. */
#define TUTEE_PREDICT_SCRATCH(filters, features, tokens, outputs) \
    (TUTEE_MIXING_LEN(filters, features, tokens, outputs) + TUTEE_SIZE(tokens))

/** Elements of scratch for the exact gradient of a group's label: tutee_label_scratch. */
#define TUTEE_LABEL_SCRATCH(filters, features, tokens, outputs) \
    (2 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(features))

/** Elements of scratch for an exact step by another rule than gradient descent: tutee_rules_scratch. */
#define TUTEE_RULES_SCRATCH(filters, features, tokens, outputs) \
    (TUTEE_POPULATION_SCRATCH(filters, features, tokens, outputs) + \
     TUTEE_VALUE_LEN(filters, features, tokens, outputs) + 2 * TUTEE_MIXING_LEN(filters, features, tokens, outputs) + TUTEE_SIZE(tokens))
/** Elements that TUTEE_RULE_ADAM keeps: tutee_rules_kept. */
#define TUTEE_RULES_KEPT(filters, features, tokens, outputs) (2 * TUTEE_MIXING_LEN(filters, features, tokens, outputs) + 2)

/** Bytes of a snapshot: tutee_snapshot_bytes_f32. */
#define TUTEE_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs) \
    (100 + 8 * TUTEE_MODEL_LEN(filters, features, tokens, outputs))
/** Bytes of a snapshot: tutee_snapshot_bytes_f64. */
#define TUTEE_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs) \
    (100 + 16 * TUTEE_MODEL_LEN(filters, features, tokens, outputs))

/** Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: tutee_snapshot_bytes_ruled_f32. */
#define TUTEE_SNAPSHOT_BYTES_RULED_F32(filters, features, tokens, outputs) \
    (TUTEE_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs) + 4 * TUTEE_RULES_KEPT(filters, features, tokens, outputs))
/** Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: tutee_snapshot_bytes_ruled_f64. */
#define TUTEE_SNAPSHOT_BYTES_RULED_F64(filters, features, tokens, outputs) \
    (TUTEE_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs) + 8 * TUTEE_RULES_KEPT(filters, features, tokens, outputs))

/*
 * Sizes of a layer, likewise: after the four sizes the four choices and three widths of tutee_layer_shape, in its order.
 */

/** Elements of a token of a layer: its features, and beside them its code where tokens are concatenated. */
#define TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_SIZE(features) + ((embedding) == 1 ? TUTEE_SIZE(code_width) : TUTEE_SIZE(0)))
/** Elements of a query: those of a token, of a code, or of a vector of its own. */
#define TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((queries) == 0 ? TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
                    : (queries) == 1 ? TUTEE_SIZE(code_width) : TUTEE_SIZE(query_width))
/** Elements of a key: those of a token where keys and queries are merged. */
#define TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((key_query) == 1 ? TUTEE_SIZE(key_width) : TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of position codes [tokens][code_width] that a layer holds. */
#define TUTEE_LAYER_CODES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((codes) == 1 || (codes) == 2 ? TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0))
/** Elements of all matrices that train whatever the codes are. */
#define TUTEE_LAYER_MATRICES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_SIZE(filters) * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) * TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     ((key_query) == 1 ? TUTEE_SIZE(key_width) * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)))
/** Elements of the parameters of a layer and of what rounding has taken from them. */
#define TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (2 * TUTEE_LAYER_MATRICES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     ((codes) == 2 ? 2 : 1) * TUTEE_LAYER_CODES_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** 1 where all samples share what codes alone make. */
#define TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((embedding) == 1 && (codes) == 1)
/** Elements of a token that are a sample's own. */
#define TUTEE_LAYER_OWN_TOKEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) ? TUTEE_SIZE(features) : TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of a query that are a sample's own. */
#define TUTEE_LAYER_OWN_QUERY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((queries) == 0 ? TUTEE_LAYER_OWN_TOKEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of a key that are a sample's own. */
#define TUTEE_LAYER_OWN_KEY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((key_query) == 1 ? TUTEE_SIZE(key_width) : TUTEE_LAYER_OWN_TOKEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of the working memory of training a layer. */
#define TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((TUTEE_SIZE(filters) * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) * TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     ((key_query) == 1 ? 2 * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) * TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     ((codes) == 2 ? TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0)) + \
     (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) ? 2 * TUTEE_SIZE(filters) * TUTEE_SIZE(tokens) + 2 * TUTEE_SIZE(tokens) * ((key_query) == 1 ? TUTEE_SIZE(key_width) : TUTEE_LAYER_OWN_QUERY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width)) + TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0)) + \
     (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) && (queries) == 0 ? 2 * TUTEE_SIZE(outputs) * TUTEE_LAYER_OWN_KEY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) && (queries) == 0 && (key_query) == 0 ? 2 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) + TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0))) + \
     (2 * TUTEE_SIZE(tokens) * TUTEE_LAYER_OWN_TOKEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     2 * TUTEE_SIZE(outputs) * TUTEE_LAYER_OWN_KEY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     3 * TUTEE_SIZE(filters) * TUTEE_SIZE(tokens) + \
     3 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) + \
     2 * TUTEE_SIZE(filters) * TUTEE_SIZE(outputs) + \
     ((queries) != 0 ? 2 * TUTEE_SIZE(outputs) * TUTEE_LAYER_OWN_QUERY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     ((key_query) == 1 ? TUTEE_SIZE(tokens) * TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + 2 * TUTEE_SIZE(tokens) * TUTEE_LAYER_OWN_KEY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     (((key_query) == 1 || ((codes) == 2 && (embedding) != 0)) ? TUTEE_SIZE(outputs) * TUTEE_LAYER_OWN_KEY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     ((codes) == 2 && (embedding) != 0 ? TUTEE_SIZE(tokens) * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     ((codes) == 2 && (queries) == 1 ? TUTEE_SIZE(outputs) * TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0))))

/** Words (uint64_t) of a layer: tutee_layer_words_f32. */
#define TUTEE_LAYER_WORDS_F32(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (17 + (TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + 1) / 2)
/** Words (uint64_t) of a layer: tutee_layer_words_f64. */
#define TUTEE_LAYER_WORDS_F64(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (17 + TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Elements of scratch for online training of a layer: tutee_layer_online_scratch. */
#define TUTEE_LAYER_ONLINE_SCRATCH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_TRAINING_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     (TUTEE_SIZE(features) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(filters) * TUTEE_SIZE(outputs) + \
     ((codes) == 3 ? TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0))))
/** Elements of scratch for the exact gradient of selection: tutee_layer_selection_scratch. */
#define TUTEE_LAYER_SELECTION_SCRATCH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    ((TUTEE_SIZE(filters) * TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     TUTEE_LAYER_QUERY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) * TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + \
     ((key_query) == 1 ? TUTEE_LAYER_TOKEN_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) * TUTEE_LAYER_KEY_WIDTH(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     ((codes) == 2 ? TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) : TUTEE_SIZE(0)) + \
     (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) ? TUTEE_SIZE(filters) * TUTEE_SIZE(tokens) + TUTEE_SIZE(tokens) * ((key_query) == 1 ? TUTEE_SIZE(key_width) : TUTEE_LAYER_OWN_QUERY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width)) : TUTEE_SIZE(0)) + \
     (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) && (queries) == 0 ? TUTEE_SIZE(outputs) * TUTEE_LAYER_OWN_KEY(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) : TUTEE_SIZE(0)) + \
     (TUTEE_LAYER_SHARES(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) && (queries) == 0 && (key_query) == 0 ? TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens) : TUTEE_SIZE(0))) + \
     (2 * TUTEE_SIZE(filters) * TUTEE_SIZE(features) + \
     2 * TUTEE_SIZE(tokens) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(tokens) * TUTEE_SIZE(code_width) + \
     48 * TUTEE_SIZE(tokens) + \
     TUTEE_POPULATION_SCRATCH(filters, features, tokens, 16)))

/*
 * Sizes of a student of raw readings, likewise: after the four sizes of the readings the sum of tutee_preparation.
 */

/** Features of the student: those of the readings, and the intercept. */
#define TUTEE_RAW_FEATURES(filters, features, tokens, outputs, preparation) \
    (TUTEE_SIZE(features) + TUTEE_SIZE((preparation) & 1))
/** Tokens of the student: those of the readings, negated ones, and the spare one. */
#define TUTEE_RAW_TOKENS(filters, features, tokens, outputs, preparation) \
    (TUTEE_SIZE(tokens) * (TUTEE_SIZE(1) + TUTEE_SIZE((preparation) >> 2 & 1)) + TUTEE_SIZE((preparation) >> 1 & 1))
/** Elements of the student and of the working memory of its training. */
#define TUTEE_RAW_STUDENT_LEN(filters, features, tokens, outputs) \
    (2 * TUTEE_MODEL_LEN(filters, features, tokens, outputs) + TUTEE_SAMPLER_LEN(filters, features, tokens, outputs) + \
     (TUTEE_SIZE(features) * TUTEE_SIZE(tokens) + \
     TUTEE_SIZE(filters) * TUTEE_SIZE(outputs) + \
     TUTEE_SIZE(filters) + \
     2 * TUTEE_SIZE(filters) * TUTEE_SIZE(features) + \
     2 * TUTEE_SIZE(outputs) * TUTEE_SIZE(tokens)))
/** Elements of what is known of the readings, and of the student. */
#define TUTEE_RAW_LEN(filters, features, tokens, outputs, preparation) \
    ((TUTEE_SIZE(features) * TUTEE_SIZE(tokens) + \
     3 * TUTEE_SIZE(features) + \
     TUTEE_SIZE(filters) * TUTEE_SIZE(outputs)) + \
     TUTEE_RAW_STUDENT_LEN(filters, TUTEE_RAW_FEATURES(filters, features, tokens, outputs, preparation), \
                           TUTEE_RAW_TOKENS(filters, features, tokens, outputs, preparation), outputs))
/** Words (uint64_t) of a student of raw readings: tutee_raw_words_f32. */
#define TUTEE_RAW_WORDS_F32(filters, features, tokens, outputs, preparation) \
    (21 + (TUTEE_RAW_LEN(filters, features, tokens, outputs, preparation) + 1) / 2)
/** Words (uint64_t) of a student of raw readings: tutee_raw_words_f64. */
#define TUTEE_RAW_WORDS_F64(filters, features, tokens, outputs, preparation) \
    (21 + TUTEE_RAW_LEN(filters, features, tokens, outputs, preparation))

/** Bytes of a snapshot of a student of raw readings of so many bytes a number. */
#define TUTEE_RAW_SNAPSHOT_BYTES(filters, features, tokens, outputs, preparation, width) \
    (172 + (width) * (TUTEE_INPUT_LEN(filters, features, tokens, outputs) + 3 * TUTEE_SIZE(features) + \
                      TUTEE_OUTPUT_LEN(filters, features, tokens, outputs) + 5 + \
                      2 * TUTEE_MODEL_LEN(filters, TUTEE_RAW_FEATURES(filters, features, tokens, outputs, preparation), \
                                          TUTEE_RAW_TOKENS(filters, features, tokens, outputs, preparation), outputs)))
/** Bytes of a snapshot of a student of raw readings: tutee_raw_snapshot_bytes_f32. */
#define TUTEE_RAW_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs, preparation) \
    TUTEE_RAW_SNAPSHOT_BYTES(filters, features, tokens, outputs, preparation, 4)
/** Bytes of a snapshot of a student of raw readings: tutee_raw_snapshot_bytes_f64. */
#define TUTEE_RAW_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs, preparation) \
    TUTEE_RAW_SNAPSHOT_BYTES(filters, features, tokens, outputs, preparation, 8)

/** Words (uint64_t) of a whitener: tutee_whitener_words_f32. */
#define TUTEE_WHITENER_WORDS_F32(filters, features, tokens, outputs) \
    (7 + (TUTEE_WHITENER_LEN(filters, features, tokens, outputs) + 1) / 2)
/** Words (uint64_t) of a whitener: tutee_whitener_words_f64. */
#define TUTEE_WHITENER_WORDS_F64(filters, features, tokens, outputs) \
    (7 + TUTEE_WHITENER_LEN(filters, features, tokens, outputs))
/** Elements of a whitener. */
#define TUTEE_WHITENER_LEN(filters, features, tokens, outputs) \
    (TUTEE_SIZE(features) * TUTEE_SIZE(tokens) + \
     2 * TUTEE_SIZE(features) + \
     3 * TUTEE_SIZE(features) * TUTEE_SIZE(features))
/** Bytes of a snapshot of a whitener of so many bytes a number. */
#define TUTEE_WHITENER_SNAPSHOT_BYTES(filters, features, tokens, outputs, width) \
    (76 + (width) * (TUTEE_INPUT_LEN(filters, features, tokens, outputs) + 2 * TUTEE_SIZE(features) * TUTEE_SIZE(features) + \
                     TUTEE_SIZE(features) + 1))
/** Bytes of a snapshot of a whitener: tutee_whitener_snapshot_bytes_f32. */
#define TUTEE_WHITENER_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs) \
    TUTEE_WHITENER_SNAPSHOT_BYTES(filters, features, tokens, outputs, 4)
/** Bytes of a snapshot of a whitener: tutee_whitener_snapshot_bytes_f64. */
#define TUTEE_WHITENER_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs) \
    TUTEE_WHITENER_SNAPSHOT_BYTES(filters, features, tokens, outputs, 8)

/** Bytes of what a snapshot of a layer has beside its numbers. */
#define TUTEE_LAYER_SNAPSHOT_HEAD(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_SIZE(128) + ((key_query) == 1 ? TUTEE_SIZE(12) : TUTEE_SIZE(0)) + ((codes) == 1 || (codes) == 2 ? TUTEE_SIZE(12) : TUTEE_SIZE(0)))
/** Bytes of a snapshot of a layer: tutee_layer_snapshot_bytes_f32. */
#define TUTEE_LAYER_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_SNAPSHOT_HEAD(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + 4 * TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))
/** Bytes of a snapshot of a layer: tutee_layer_snapshot_bytes_f64. */
#define TUTEE_LAYER_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) \
    (TUTEE_LAYER_SNAPSHOT_HEAD(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width) + 8 * TUTEE_LAYER_LEN(filters, features, tokens, outputs, embedding, codes, key_query, queries, code_width, key_width, query_width))

/**
 * Bytes of the sentence of a judgement.
 */
#define TUTEE_REASON_BYTES 192

/**
 * The number of this interface: it changes when a program must be compiled again.
 */
#define TUTEE_ABI_VERSION 2

/**
 * Bytes of a slot before its payload: see tutee_slots_inspect.
 */
#define TUTEE_SLOT_HEADER 12

/**
 * What a call returns. Zero is success; the numbers are fixed for ever, and new ones are only added below.
 *
 * Unless the function says otherwise, a call that returns anything else than TUTEE_OK has changed nothing: objects,
 * arrays and outputs hold the same bits as before.
 */
typedef int32_t tutee_status;
enum {
    /**
     * Done.
     */
    TUTEE_OK = 0,
    /**
     * A pointer is NULL.
     */
    TUTEE_ERROR_NULL = -1,
    /**
     * A pointer is not aligned for what it points to.
     */
    TUTEE_ERROR_MISALIGNED = -2,
    /**
     * An array has not the number of elements that the sizes ask for.
     */
    TUTEE_ERROR_LENGTH = -3,
    /**
     * A size or a count that must be at least 1 is 0.
     */
    TUTEE_ERROR_ZERO = -4,
    /**
     * Sizes or counts are so large that the memory they need cannot be addressed.
     */
    TUTEE_ERROR_TOO_LARGE = -5,
    /**
     * A number that selects one of a list is not on the list.
     */
    TUTEE_ERROR_ENUM = -6,
    /**
     * A number is outside its legal range.
     */
    TUTEE_ERROR_OUT_OF_RANGE = -7,
    /**
     * A number, or an element of an array, is infinite or NaN; or a reading lies so far from those that were looked at that its square is.
     */
    TUTEE_ERROR_NOT_FINITE = -8,
    /**
     * An index names a token, node or group that does not exist.
     */
    TUTEE_ERROR_INDEX = -9,
    /**
     * A list holds an entry twice.
     */
    TUTEE_ERROR_DUPLICATE = -10,
    /**
     * A group or a window does not divide what it is to tile.
     */
    TUTEE_ERROR_DOES_NOT_DIVIDE = -11,
    /**
     * A node of the graph has no neighbour to average over.
     */
    TUTEE_ERROR_EMPTY_NEIGHBOURHOOD = -12,
    /**
     * A position encoding is not orthonormal.
     */
    TUTEE_ERROR_NOT_ORTHONORMAL = -13,
    /**
     * Two objects of one call are of different shapes.
     */
    TUTEE_ERROR_SHAPE = -14,
    /**
     * A pointer does not point to an object of this kind and precision that an init function made, or the object's
     * header was overwritten.
     */
    TUTEE_ERROR_OBJECT = -15,
    /**
     * Memory that the call would write overlaps other memory of the same call.
     */
    TUTEE_ERROR_OVERLAP = -16,
    /**
     * A step was asked for before any sample was accumulated.
     */
    TUTEE_ERROR_NO_SAMPLES = -17,
    /**
     * The sampler holds no batch for the student as it now stands: none was begun, it was begun for another student, or
     * the student was changed since.
     */
    TUTEE_ERROR_BATCH = -18,
    /**
     * The step was refused because it could have made the parameters infinite or carried them past the value limit.
     */
    TUTEE_ERROR_DIVERGED = -19,
    /**
     * The thread's floating-point environment flushes subnormal numbers to zero or does not round to nearest even. The
     * same call could give other bits than elsewhere, and is refused. It helps to link without -ffast-math and -Ofast,
     * or to call fesetenv(FE_DFL_ENV) in the thread.
     */
    TUTEE_ERROR_FLOAT_ENVIRONMENT = -20,
    /**
     * The bytes are not a snapshot of this library.
     */
    TUTEE_ERROR_SNAPSHOT_FOREIGN = -21,
    /**
     * The snapshot was written by a later version of this library: it has a version or a kind that this one does not know.
     */
    TUTEE_ERROR_SNAPSHOT_VERSION = -22,
    /**
     * The snapshot ends too early.
     */
    TUTEE_ERROR_SNAPSHOT_TRUNCATED = -23,
    /**
     * The snapshot is followed by something else.
     */
    TUTEE_ERROR_SNAPSHOT_TRAILING = -24,
    /**
     * The snapshot was altered: its checksum does not fit.
     */
    TUTEE_ERROR_SNAPSHOT_ALTERED = -25,
    /**
     * The snapshot is of the other precision.
     */
    TUTEE_ERROR_SNAPSHOT_SCALAR = -26,
    /**
     * The snapshot is of a student of another shape.
     */
    TUTEE_ERROR_SNAPSHOT_SHAPE = -27,
    /**
     * The self-test found other bits than those compiled in: the library is miscompiled, or the machine faulty.
     */
    TUTEE_ERROR_SELF_TEST = -28,
    /**
     * A defect of this library; please report it.
     */
    TUTEE_ERROR_INTERNAL = -29,
    /**
     * The block follows from others and cannot be set.
     */
    TUTEE_ERROR_READ_ONLY = -30,
    /**
     * Training from here would never move what is to train: its gradient is zero for every sample.
     */
    TUTEE_ERROR_CANNOT_MOVE = -31,
    /**
     * The snapshot holds another kind of model.
     */
    TUTEE_ERROR_SNAPSHOT_MODEL = -32,
    /**
     * The snapshot is of another step rule.
     */
    TUTEE_ERROR_SNAPSHOT_RULE = -33,
    /**
     * The callback of a tutee_sink ended the save: what it was handed is no whole snapshot.
     */
    TUTEE_ERROR_SINK = -34,
};

/**
 * The activations, for arguments called `activation`.
 */
typedef int32_t tutee_activation;
enum {
    /**
     * None is said: tutee_student_save alone takes it.
     */
    TUTEE_NO_ACTIVATION = -1,
    /**
     * act(u) = u.
     */
    TUTEE_IDENTITY = 0,
    /**
     * act(u) = u from zero up, 0 below.
     */
    TUTEE_RELU = 1,
    /**
     * act(u) = u from zero up, slope * u below; 0 <= slope <= 1.
     */
    TUTEE_LEAKY_RELU = 2,
};

/**
 * The kinds of model that a snapshot can hold, for tutee_snapshot_info.model.
 */
typedef int32_t tutee_model;
enum {
    /**
     * One layer whose attention depends on positions only: a value matrix, and logits of the attention.
     */
    TUTEE_MODEL_POSITION = 0,
    /**
     * A whole layer, whose attention depends on content, too.
     */
    TUTEE_MODEL_LAYER = 1,
    /**
     * Attention on positions with what is known of readings, a student of raw readings: tutee_raw_load.
     */
    TUTEE_MODEL_RAW = 2,
    /**
     * What makes the features of readings uncorrelated, and no student: tutee_whitener_load. Filters and outputs are 1, and steps are
     * the inputs that it has looked at.
     */
    TUTEE_MODEL_WHITENER = 3,
};

/**
 * The distributions of inputs, for tutee_source.input. All have variance 1.
 */
typedef int32_t tutee_input;
enum {
    /**
     * Standard normal.
     */
    TUTEE_GAUSSIAN = 0,
    /**
     * Exponential with mean 1, not centred.
     */
    TUTEE_EXPONENTIAL = 1,
    /**
     * Uniform on [-sqrt(3), sqrt(3)].
     */
    TUTEE_UNIFORM = 2,
    /**
     * Laplace.
     */
    TUTEE_LAPLACE = 3,
    /**
     * Student's t; the parameter is the degrees of freedom, a whole number from 3 to 64.
     */
    TUTEE_STUDENT_T = 4,
    /**
     * Normal, features i and j of a token with the correlation c^|i - j|; the parameter is c, -1 < c < 1.
     */
    TUTEE_CORRELATED = 5,
    /**
     * Normal around a mean, which is the parameter.
     */
    TUTEE_SHIFTED = 6,
    /**
     * Gumbel (the long tail upwards) with mean 0.
     */
    TUTEE_GUMBEL = 7,
};

/**
 * The position encodings that tutee_position fills in.
 */
typedef int32_t tutee_encoding;
enum {
    /**
     * Token t is the unit vector t.
     */
    TUTEE_ENCODING_IDENTITY = 0,
    /**
     * The real Fourier basis.
     */
    TUTEE_ENCODING_SINUSOIDAL = 1,
    /**
     * The Walsh-Hadamard basis; the number of tokens is a power of two.
     */
    TUTEE_ENCODING_HADAMARD = 2,
    /**
     * The cosine basis.
     */
    TUTEE_ENCODING_COSINE = 3,
    /**
     * A random orthonormal matrix, drawn from a seed.
     */
    TUTEE_ENCODING_RANDOM = 4,
};

/**
 * How tutee_mixing_graph weighs a node's neighbours: A is the adjacency matrix, D the diagonal matrix of the row sums of what
 * is normalised.
 */
typedef int32_t tutee_normalisation;
enum {
    /**
     * D^-1 A: a node averages its neighbours.
     */
    TUTEE_NEIGHBOURS = 0,
    /**
     * D^-1 (A + I): a node averages its neighbours and itself.
     */
    TUTEE_NEIGHBOURS_AND_SELF = 1,
    /**
     * D^-1/2 (A + I) D^-1/2: the graph convolution of Kipf and Welling. Rows sum to one in regular graphs alone.
     */
    TUTEE_SYMMETRIC = 2,
};

/**
 * The blocks of a student's or a layer's numbers, for arguments called `block`. A student has the first three: it stores logits,
 * and tutee_student_get_key_query_f64 and tutee_student_set_key_query_f64 go from them to W_KQ and back. A layer has all but
 * the logits, as far as its shape says; others are refused.
 */
typedef int32_t tutee_block;
enum {
    /**
     * W, which imitates the teacher's filters: `value[filters][features]`; of a layer W_V, `[filters][token width]`.
     */
    TUTEE_VALUE = 0,
    /**
     * The attention before its softmax: `logits[outputs][tokens]`.
     */
    TUTEE_LOGITS = 1,
    /**
     * The `attention[outputs][tokens]`, one row for each output: not negative, sum 1. It follows from the logits and can only be
     * read; the logarithms of an attention are its logits.
     */
    TUTEE_ATTENTION = 2,
    /**
     * W_KQ of a layer whose keys and queries are merged: `[token width][query width]`, a row for each entry of a key.
     */
    TUTEE_KEY_QUERY = 3,
    /**
     * W_K of a layer with separate matrices: `[key width][token width]`.
     */
    TUTEE_KEYS = 4,
    /**
     * W_Q of a layer with separate matrices: `[key width][query width]`.
     */
    TUTEE_QUERIES = 5,
    /**
     * The position codes of a layer, where they are fixed or learned: `[tokens][code width]`.
     */
    TUTEE_CODES = 6,
};

/**
 * What the tokens of a layer are, for tutee_layer_shape.embedding.
 */
typedef int32_t tutee_embedding;
enum {
    /**
     * The content x_i alone: as wide as the features.
     */
    TUTEE_CONTENT = 0,
    /**
     * The content, then the code of the position: features + code_width entries.
     */
    TUTEE_CONCATENATED = 1,
    /**
     * The sum of content and code, which then are of one width.
     */
    TUTEE_ADDED = 2,
};

/**
 * Where the position codes of a layer come from, for tutee_layer_shape.codes.
 */
typedef int32_t tutee_codes;
enum {
    /**
     * There are none.
     */
    TUTEE_CODES_NONE = 0,
    /**
     * They stand beside the parameters and do not change.
     */
    TUTEE_CODES_FIXED = 1,
    /**
     * They are parameters.
     */
    TUTEE_CODES_LEARNED = 2,
    /**
     * Every sample brings its own.
     */
    TUTEE_CODES_FRESH = 3,
};

/**
 * How keys and queries of a layer meet, for tutee_layer_shape.key_query.
 */
typedef int32_t tutee_key_query;
enum {
    /**
     * In one matrix, W_KQ.
     */
    TUTEE_MERGED = 0,
    /**
     * In two, W_K and W_Q. From zero these never move: they need another start.
     */
    TUTEE_SEPARATE = 1,
};

/**
 * What asks in a layer, for tutee_layer_shape.queries.
 */
typedef int32_t tutee_queries;
enum {
    /**
     * The tokens themselves, one output each: outputs = tokens.
     */
    TUTEE_QUERIES_TOKENS = 0,
    /**
     * A set of positions for each output comes with the sample; the query is the sum of their codes.
     */
    TUTEE_QUERIES_SETS = 1,
    /**
     * A vector for each output comes with the sample.
     */
    TUTEE_QUERIES_VECTORS = 2,
};

/**
 * What training makes small, for tutee_layer_settings.loss.
 */
typedef int32_t tutee_loss;
enum {
    /**
     * 1/2 || y - f ||^2, summed over outputs and filters.
     */
    TUTEE_SQUARED = 0,
    /**
     * log(1 + exp(-y F)) of a label y, +1 or -1, F the sum of all outputs. One filter, and no activation.
     */
    TUTEE_LOGISTIC = 1,
};

/**
 * The blocks of a layer that train, to be added up for tutee_layer_settings.trained. Content and position are the parts of a
 * token, and of a query that is a token; a token that is a sum is content, a query that is a sum of codes position, and one that
 * comes as a vector content.
 */
typedef int32_t tutee_train;
enum {
    /**
     * The columns of W_V for content.
     */
    TUTEE_TRAIN_VALUE_CONTENT = 1,
    /**
     * The columns of W_V for position.
     */
    TUTEE_TRAIN_VALUE_POSITION = 2,
    /**
     * W_KQ: content of the key, content of the query.
     */
    TUTEE_TRAIN_CONTENT_CONTENT = 4,
    /**
     * W_KQ: content of the key, position of the query.
     */
    TUTEE_TRAIN_CONTENT_POSITION = 8,
    /**
     * W_KQ: position of the key, content of the query.
     */
    TUTEE_TRAIN_POSITION_CONTENT = 16,
    /**
     * W_KQ: position of the key, position of the query.
     */
    TUTEE_TRAIN_POSITION_POSITION = 32,
    /**
     * The position codes.
     */
    TUTEE_TRAIN_ENCODING = 64,
};

/**
 * Where W_KQ, or W_K and W_Q, set out from, for tutee_layer_start. W_V always sets out from zero.
 */
typedef int32_t tutee_start;
enum {
    /**
     * Zero. Separate matrices never move from there.
     */
    TUTEE_START_ZERO = 0,
    /**
     * Independent normal numbers.
     */
    TUTEE_START_GAUSSIAN = 1,
    /**
     * W_KQ the identity; of separate matrices W_K the identity and W_Q zero.
     */
    TUTEE_START_IDENTITY = 2,
};

/**
 * The position codes that tutee_layer_encode fills in, a row for each token.
 */
typedef int32_t tutee_code;
enum {
    /**
     * Token t is the unit vector t; as many entries as tokens or more.
     */
    TUTEE_CODE_IDENTITY = 0,
    /**
     * Rows of a random orthonormal matrix, drawn from a seed; as many entries as tokens or more.
     */
    TUTEE_CODE_ORTHONORMAL = 1,
    /**
     * The sines and cosines of "Attention Is All You Need".
     */
    TUTEE_CODE_SINUSOIDAL = 2,
    /**
     * sin(pi j k / (tokens + 1)), token j and entry k counted from 1.
     */
    TUTEE_CODE_SINE = 3,
    /**
     * Plus or minus 1 / sqrt(code width), drawn from a seed.
     */
    TUTEE_CODE_SIGNS = 4,
};

/**
 * Who labels the samples of online training of a layer, for tutee_labels.answer.
 */
typedef int32_t tutee_answer;
enum {
    /**
     * y = act(value X mixing): `choice` is `mixing[outputs][tokens]`.
     */
    TUTEE_ANSWER_MIXING = 0,
    /**
     * y_j = act(value mean of x_i over the set of output j); for a layer that sets ask. No `choice`.
     */
    TUTEE_ANSWER_SETS = 1,
    /**
     * act(value mean of the `count` tokens that lie farthest along `choice[features]`), for every output.
     */
    TUTEE_ANSWER_TOP = 2,
    /**
     * act(value sum_i w_i x_i), w the softmax of <choice, x_i> / temperature with `choice[features]`, for every output.
     */
    TUTEE_ANSWER_WEIGHTS = 3,
    /**
     * The label sign <value, x_g> of token g = `count`; one filter, the logistic loss. No `choice`.
     */
    TUTEE_ANSWER_GROUP = 4,
    /**
     * A layer as teacher, for as many outputs as tokens: y_j = act(value sum_i T_ji x_i) with T_ji = (1 - w) softmax over i of
     * <Q x_i, Q x_j> / temperature, + w mixing_ji. `choice` is `Q[count][features]`, then `mixing[outputs][tokens]`, then w, from 0 to 1.
     */
    TUTEE_ANSWER_ATTENTION = 5,
};

/**
 * What a student of raw readings is given beside them, to be added up for arguments called `preparation`: 0 is nothing. Tokens stand
 * in this order: the readings' own, each of them negated, the spare one.
 */
typedef int32_t tutee_preparation;
enum {
    /**
     * A feature that is one in every token. What the student learns of it is a constant of every filter, before the activation:
     * without it readings with an offset are learned by identity alone.
     */
    TUTEE_INTERCEPT = 1,
    /**
     * A token that is zero. What an output gives to it is taken from its sum over the others, as by a leak: rows of S may add up
     * to less than one.
     */
    TUTEE_SPARE = 2,
    /**
     * Every token once more, negated: an output may take from a token with either sign. W then starts at 1/2, not at zero, from where
     * it could not move.
     */
    TUTEE_SIGNED = 4,
};

/**
 * The rules by which the attention can move, for tutee_rules.attention.
 */
typedef int32_t tutee_rule;
enum {
    /**
     * Gradient descent.
     */
    TUTEE_RULE_DESCENT = 0,
    /**
     * Along the gradient with respect to the attention instead of its logits: the excess loss falls like 1/t^2.
     */
    TUTEE_RULE_MIRROR = 1,
    /**
     * Each output by a step of one length along its gradient: geometrically; theta is the length.
     */
    TUTEE_RULE_NORMALISED = 2,
    /**
     * So far that theta of the excess loss would go, were it linear: geometrically along the exact gradient where the value matrix is
     * projected. Along the gradient of a batch that the library draws its steps are bounded, and the excess loss falls like 1/t. Not
     * for batches of the caller's, whose least loss is not known.
     */
    TUTEE_RULE_POLYAK = 3,
    /**
     * Adam, with decays of 0.9 and 0.999.
     */
    TUTEE_RULE_ADAM = 4,
};

/**
 * The rules by which the value matrix can move, for tutee_rules.value.
 */
typedef int32_t tutee_value_rule;
enum {
    /**
     * Gradient descent.
     */
    TUTEE_VALUE_DESCENT = 0,
    /**
     * It is solved for: after every step it is the best one for the attention as it stands. Of a batch that the library draws, by Newton's
     * step, for inputs of mean zero without correlation. Not for batches of the caller's.
     */
    TUTEE_VALUE_PROJECTED = 1,
};

/**
 * Why a run ended, in tutee_result.stopped.
 */
typedef int32_t tutee_stopped;
enum {
    /**
     * The student has taken the steps that were asked for.
     */
    TUTEE_STOPPED_STEPS = 0,
    /**
     * The excess loss is small enough.
     */
    TUTEE_STOPPED_EXCESS_LOSS = 1,
    /**
     * The gradient is small enough.
     */
    TUTEE_STOPPED_GRADIENT_NORM = 2,
    /**
     * The callback asked for it.
     */
    TUTEE_STOPPED_CALLBACK = 3,
};

/**
 * What a curve means, one word. The list may grow.
 */
typedef int32_t tutee_verdict;
enum {
    /**
     * The loss falls as theory says that it does for ever.
     */
    TUTEE_VERDICT_ASYMPTOTIC = 0,
    /**
     * The loss falls, and not yet as it will in the end.
     */
    TUTEE_VERDICT_TRANSIENT = 1,
    /**
     * The loss hardly falls: a plateau, from which some runs go on after many steps, or what this student can reach.
     */
    TUTEE_VERDICT_PLATEAU = 2,
    /**
     * The loss goes up and down.
     */
    TUTEE_VERDICT_OSCILLATING = 3,
    /**
     * The loss has not moved at all.
     */
    TUTEE_VERDICT_STUCK = 4,
    /**
     * The loss is as small as it can become.
     */
    TUTEE_VERDICT_FLOOR = 5,
    /**
     * A step was refused because it could diverge, or the loss ran away.
     */
    TUTEE_VERDICT_DIVERGED = 6,
    /**
     * Learned, but for a factor between attention and filters that nobody can see from outside.
     */
    TUTEE_VERDICT_SCALE = 7,
};

/**
 * A whole layer, with the settings and the working memory of its training and the batch in the making, in the caller's memory.
 * One thread at a time; functions that take it as const may run together.
 */
typedef struct tutee_layer_f32 tutee_layer_f32;

/**
 * A whole layer, with the settings and the working memory of its training and the batch in the making, in the caller's memory.
 * One thread at a time; functions that take it as const may run together.
 */
typedef struct tutee_layer_f64 tutee_layer_f64;

/**
 * A student of recorded pairs in any unit and with any offset, what is known of the readings, and the working memory of its
 * training with the batch in the making, in the caller's memory. One thread at a time.
 */
typedef struct tutee_raw_f32 tutee_raw_f32;

/**
 * A student of recorded pairs in any unit and with any offset, what is known of the readings, and the working memory of its
 * training with the batch in the making, in the caller's memory. One thread at a time.
 */
typedef struct tutee_raw_f64 tutee_raw_f64;

/**
 * A batch of samples in the making, and the working memory of sample training, in the caller's memory. One thread at a
 * time.
 */
typedef struct tutee_sampler_f32 tutee_sampler_f32;

/**
 * A batch of samples in the making, and the working memory of sample training, in the caller's memory. One thread at a
 * time.
 */
typedef struct tutee_sampler_f64 tutee_sampler_f64;

/**
 * A student, in the caller's memory. One thread at a time; functions that take it as const may run together. Two
 * threads with two students share nothing.
 */
typedef struct tutee_student_f32 tutee_student_f32;

/**
 * A student, in the caller's memory. One thread at a time; functions that take it as const may run together. Two
 * threads with two students share nothing.
 */
typedef struct tutee_student_f64 tutee_student_f64;

/**
 * A teacher, in the caller's memory. Constant once made: any number of threads may use it at the same time.
 */
typedef struct tutee_teacher_f32 tutee_teacher_f32;

/**
 * A teacher, in the caller's memory. Constant once made: any number of threads may use it at the same time.
 */
typedef struct tutee_teacher_f64 tutee_teacher_f64;

/**
 * What is known of how the features of readings say the same, and the matrix that takes it out of them, in the caller's memory. One
 * thread at a time.
 */
typedef struct tutee_whitener_f32 tutee_whitener_f32;

/**
 * What is known of how the features of readings say the same, and the matrix that takes it out of them, in the caller's memory. One
 * thread at a time.
 */
typedef struct tutee_whitener_f64 tutee_whitener_f64;

/**
 * The sizes of a model; each at least 1 and at most 16777216.
 */
typedef struct tutee_shape {
    /**
     * M: filters, rows of the value matrix, channels of the output.
     */
    uint32_t filters;
    /**
     * d: features, entries of one token.
     */
    uint32_t features;
    /**
     * D: tokens (patches, nodes, sensors, groups) of one input.
     */
    uint32_t tokens;
    /**
     * J: output positions. The paper has J = D.
     */
    uint32_t outputs;
} tutee_shape;

/**
 * A place in a stream of samples.
 */
typedef struct tutee_stream {
    /**
     * Names the stream.
     */
    uint64_t seed;
    /**
     * Number of the next sample.
     */
    uint64_t index;
} tutee_stream;

/**
 * What a snapshot says of itself.
 */
typedef struct tutee_snapshot_info {
    /**
     * Gradient steps taken since reset.
     */
    uint64_t steps;
    /**
     * Where the sample stream stood; zeros without one.
     */
    struct tutee_stream stream;
    /**
     * The sizes.
     */
    struct tutee_shape shape;
    /**
     * Width of a scalar in bits: 32 or 64.
     */
    uint32_t scalar_bits;
    /**
     * 1 when a sample stream was saved, else 0.
     */
    int32_t has_stream;
    /**
     * Version of the format.
     */
    uint32_t version;
    /**
     * The kind of model: one of tutee_model.
     */
    int32_t model;
    /**
     * 1 when the activation was saved, else 0.
     */
    int32_t has_activation;
    /**
     * The activation, one of tutee_activation; 0 when none was saved.
     */
    int32_t activation;
    /**
     * Slope of a leaky ReLU; 0 for all others.
     */
    double slope;
} tutee_snapshot_info;

/**
 * The sizes of a layer, and the choices that decide them. A width that the choices leave no use for is 0.
 */
typedef struct tutee_layer_shape {
    /**
     * Filters, features (of the content of a token), tokens and outputs.
     */
    struct tutee_shape sizes;
    /**
     * One of tutee_embedding.
     */
    int32_t embedding;
    /**
     * One of tutee_codes.
     */
    int32_t codes;
    /**
     * One of tutee_key_query.
     */
    int32_t key_query;
    /**
     * One of tutee_queries.
     */
    int32_t queries;
    /**
     * Entries of a position code.
     */
    uint32_t code_width;
    /**
     * Entries of a key of separate matrices.
     */
    uint32_t key_width;
    /**
     * Entries of a query that comes as a vector.
     */
    uint32_t query_width;
} tutee_layer_shape;

/**
 * What a snapshot of a layer says of itself.
 */
typedef struct tutee_layer_info {
    /**
     * Gradient steps taken since the start.
     */
    uint64_t steps;
    /**
     * Where the sample stream stood; zeros without one.
     */
    struct tutee_stream stream;
    /**
     * The scale.
     */
    double scale;
    /**
     * Slope of a leaky ReLU; 0 for all others.
     */
    double slope;
    /**
     * Sizes and choices.
     */
    struct tutee_layer_shape shape;
    /**
     * One of tutee_activation.
     */
    int32_t activation;
    /**
     * One of tutee_loss.
     */
    int32_t loss;
    /**
     * Sum of the tutee_train that train.
     */
    int32_t trained;
    /**
     * Width of a scalar in bits: 32 or 64.
     */
    uint32_t scalar_bits;
    /**
     * 1 when a sample stream was saved, else 0.
     */
    int32_t has_stream;
    /**
     * Version of the format.
     */
    uint32_t version;
} tutee_layer_info;

/**
 * What a snapshot of a student of raw readings says of itself: what there must be before it can be loaded.
 */
typedef struct tutee_raw_info {
    /**
     * Gradient steps taken.
     */
    uint64_t steps;
    /**
     * Pairs that were looked at.
     */
    uint64_t pairs;
    /**
     * Batches that were stepped on.
     */
    uint64_t batches;
    /**
     * Slope below zero for TUTEE_LEAKY_RELU; else 0.
     */
    double slope;
    /**
     * Sizes of the readings.
     */
    struct tutee_shape shape;
    /**
     * What the student is given beside them, a sum of tutee_preparation.
     */
    int32_t preparation;
    /**
     * One of tutee_activation; TUTEE_NO_ACTIVATION when none was saved, as a program in Rust may do.
     */
    int32_t activation;
    /**
     * 32 or 64.
     */
    uint32_t scalar_bits;
    /**
     * Version of the format.
     */
    uint32_t version;
} tutee_raw_info;

/**
 * What two slots hold, and what comes next.
 */
typedef struct tutee_slots {
    /**
     * The slot with the newest payload that is whole: 0 or 1; -1 when neither slot is whole.
     */
    int32_t newest;
    /**
     * Bytes of that payload, which begins TUTEE_SLOT_HEADER bytes into the slot; 0 without one.
     */
    uint32_t payload_bytes;
    /**
     * The slot to write next: 0 or 1.
     */
    uint32_t next;
    /**
     * The sequence number to seal its image with.
     */
    uint32_t sequence;
} tutee_slots;

/**
 * One look at a training.
 */
typedef struct tutee_curve_point {
    /**
     * Gradient steps taken so far.
     */
    uint64_t step;
    /**
     * The loss then, of pairs of one's own; the excess loss where there is a teacher. Any unit.
     */
    double loss;
} tutee_curve_point;

/**
 * What is known of a training beside its curve. All zero but scalar_bits is right for pairs of one's own, of which a step takes all.
 */
typedef struct tutee_known {
    /**
     * The least loss of any student of this kind; 0 where it is zero or not known.
     */
    double best_loss;
    /**
     * What each row of a teacher's mixing sums to; 0 where they differ or there is none.
     */
    double row_sum;
    /**
     * The rate of W_KQ, for the law of a regular teacher; not looked at where `group` is 0.
     */
    double attention_rate;
    /**
     * K, the tokens that one output of a regular teacher averages; 0 where there is no law.
     */
    uint32_t group;
    /**
     * J, for the law.
     */
    uint32_t outputs;
    /**
     * D, for the law.
     */
    uint32_t tokens;
    /**
     * 32 or 64: float or double was trained in.
     */
    uint32_t scalar_bits;
    /**
     * 1: a step was refused with TUTEE_ERROR_DIVERGED. Else 0.
     */
    int32_t refused;
    /**
     * 1: gradients are from samples, so that the loss jitters: a batch is not all pairs. Else 0.
     */
    int32_t sampled;
    /**
     * 1: labels were given noise of known kind, as the library's sources do. Else 0.
     */
    int32_t noisy;
    /**
     * 0.
     */
    int32_t reserved;
} tutee_known;

/**
 * A verdict and why.
 */
typedef struct tutee_judgement {
    /**
     * Total steps from which on the law should hold, where there is one and it does not hold yet; else 0.
     */
    uint64_t steps_needed;
    /**
     * One of tutee_verdict.
     */
    int32_t verdict;
    /**
     * 1 when a training that is judged so has failed: TUTEE_VERDICT_DIVERGED, _OSCILLATING, _STUCK. Else 0.
     */
    int32_t failed;
    /**
     * Why: one sentence, without a full stop; ends in a NUL, and the bytes behind it are zero.
     */
    char reason[TUTEE_REASON_BYTES];
} tutee_judgement;

/**
 * The sides of a grid of patches and of the windows that tile it.
 */
typedef struct tutee_window {
    /**
     * Rows of the patch grid.
     */
    uint32_t grid_rows;
    /**
     * Columns of the patch grid: token r * grid_cols + c is the patch in row r, column c. The tokens of the shape are
     * grid_rows * grid_cols.
     */
    uint32_t grid_cols;
    /**
     * Rows of a window; they divide grid_rows.
     */
    uint32_t window_rows;
    /**
     * Columns of a window; they divide grid_cols.
     */
    uint32_t window_cols;
} tutee_window;

/**
 * An entry of S that stands out, and how sure it is.
 */
typedef struct tutee_sure_link_f64 {
    /**
     * Who takes.
     */
    uint32_t output;
    /**
     * From whom.
     */
    uint32_t token;
    /**
     * How much.
     */
    double weight;
    /**
     * In how many students of parts of the data it stands out, too, with this sign, and by more than they differ by chance.
     */
    uint32_t found;
    /**
     * How many of them there are.
     */
    uint32_t parts;
} tutee_sure_link_f64;

/**
 * Where a student stands.
 */
typedef struct tutee_progress_f64 {
    /**
     * Gradient steps taken since reset.
     */
    uint64_t steps;
    /**
     * Excess loss over the best possible, for standard Gaussian inputs; exact.
     */
    double excess_loss;
    /**
     * Norm of the exact gradient with respect to the value matrix and W_KQ together.
     */
    double gradient_norm;
} tutee_progress_f64;

/**
 * What a student has of its teacher, to be read in a moment.
 */
typedef struct tutee_recovery_f64 {
    /**
     * Smallest cosine between a filter of the teacher and the row of the student that imitates it. Filters that are
     * zero are left out.
     */
    double value_cosine_min;
    /**
     * Mean of these cosines.
     */
    double value_cosine_mean;
    /**
     * Largest difference between an entry of the attention and of the teacher's mixing.
     */
    double attention_error_max;
    /**
     * Attention on tokens that the teacher's output averages: mean over the outputs.
     */
    double mass_mean;
    /**
     * Attention on tokens that the teacher's output averages: smallest over the outputs.
     */
    double mass_min;
    /**
     * 1 when the cosines exist; 0 when a row of the student still is zero, or every filter of the teacher is. They are
     * 0 then.
     */
    int32_t value_cosine_defined;
} tutee_recovery_f64;

/**
 * The settings of a gradient step. Thread-safe as any plain struct.
 */
typedef struct tutee_descent_f64 {
    /**
     * Rate for the value matrix: not negative, 0 freezes it. For inputs whose entries are independent, of mean 0 and
     * variance 1, it diverges or oscillates above about 2 K / (q J), with K the group size, q = (1 + slope^2) / 2, and
     * K / J is a good choice. For other inputs 1 / lambda takes the place of K / J, with lambda the largest eigenvalue of
     * the second moment of what an output's K tokens average to, summed over the outputs.
     */
    double value_rate;
    /**
     * Rate for W_KQ: not negative, 0 freezes the attention. A logit moves against its gradient by attention_rate / tokens:
     * that is what a step of this rate on W_KQ comes to under an orthonormal encoding.
     */
    double attention_rate;
    /**
     * A step that could carry the Frobenius norm of the value matrix past this is refused; positive, its
     * square a normal number.
     */
    double value_limit;
    /**
     * 1: the rounding error of every update is carried into the next, so that small late steps count (the default).
     * 0: not.
     */
    int32_t compensated;
} tutee_descent_f64;

/**
 * When a run ends: at the first rule that holds.
 */
typedef struct tutee_stop_f64 {
    /**
     * Total number of steps of the student, counted from its reset. A student that has taken them takes no step.
     */
    uint64_t steps;
    /**
     * Looks at the two rules below whenever the number of steps is a multiple of this; at least 1. A look costs about
     * a step.
     */
    uint64_t check_every;
    /**
     * Stop at an excess loss of at most this; not negative, 0 switches the rule off.
     */
    double excess_loss;
    /**
     * Stop at a gradient norm of at most this; not negative, 0 switches the rule off.
     */
    double gradient_norm;
} tutee_stop_f64;

/**
 * Where the batches of online training come from. The library writes to `index` alone.
 */
typedef struct tutee_source_f64 {
    /**
     * Names the stream of samples. The same seed gives the same samples on every machine and in every version.
     */
    uint64_t seed;
    /**
     * Number of the next sample of the stream; starts at 0. It moves by `batch` with every step that is taken, so that
     * source and student always stand at the same place.
     */
    uint64_t index;
    /**
     * Samples a step; at least 1.
     */
    uint32_t batch;
    /**
     * One of tutee_input.
     */
    int32_t input;
    /**
     * The parameter of the input, where tutee_input names one; otherwise not looked at.
     */
    double parameter;
    /**
     * Mean of the noise that is added to each entry of the teacher's answer.
     */
    double noise_mean;
    /**
     * Standard deviation of that noise; not negative.
     */
    double noise_deviation;
} tutee_source_f64;

/**
 * Whom a run tells about its progress. While the callback runs, the library holds nothing: it may read and even change
 * any object of the run by other calls, and the run goes on with what it finds (a change counts as made between two
 * steps). It must not free or move the memory of the run, and must not leave by longjmp or a C++ exception.
 */
typedef struct tutee_observer_f64 {
    /**
     * Called on the thread of the run; a result other than 0 stops it. `progress` is gone after the call.
     */
    int32_t (*call)(void *user,
                    const struct tutee_progress_f64 *progress);
    /**
     * Handed to the callback, not looked at.
     */
    void *user;
    /**
     * The callback is called after every step whose number is a multiple of this; at least 1. A call costs about a step
     * more than the callback itself.
     */
    uint64_t every;
} tutee_observer_f64;

/**
 * What a run came to.
 */
typedef struct tutee_result_f64 {
    /**
     * Where the student stands at the end.
     */
    struct tutee_progress_f64 end;
    /**
     * One of tutee_stopped.
     */
    int32_t stopped;
} tutee_result_f64;

/**
 * What decides a label, beside the array `direction[features]`: the side of one token along it.
 */
typedef struct tutee_group_label_f64 {
    /**
     * Standard deviation of all entries of the inputs, which are Gaussian; positive.
     */
    double deviation;
    /**
     * How likely a label is flipped, from 0 to 1.
     */
    double flips;
    /**
     * The token that the label looks at, below the number of tokens.
     */
    uint32_t group;
} tutee_group_label_f64;

/**
 * What tutee_check_numbers found of an array.
 */
typedef struct tutee_fault {
    /**
     * The name that the caller gave; not looked at.
     */
    const char *argument;
    /**
     * For TUTEE_ERROR_NOT_FINITE the first element that is infinite or NaN, otherwise 0.
     */
    size_t index;
    /**
     * How many elements the array should have.
     */
    size_t expected;
    /**
     * How many it has.
     */
    size_t found;
    /**
     * One of tutee_status, TUTEE_OK if nothing is wrong.
     */
    int32_t status;
} tutee_fault;

/**
 * A step rule for each of the two matrices. Thread-safe as any plain struct.
 */
typedef struct tutee_rules_f64 {
    /**
     * Of TUTEE_RULE_NORMALISED the length of a step, positive; of TUTEE_RULE_POLYAK above 0 and at most 2; of others not looked at.
     */
    double theta;
    /**
     * One of tutee_rule.
     */
    int32_t attention;
    /**
     * One of tutee_value_rule.
     */
    int32_t value;
} tutee_rules_f64;

/**
 * Who takes a snapshot as it is made, so that it needs no memory of its own: flash, a serial line, a file. Between two calls of the
 * callback the library reads what it saves: no call may be given that, and the callback must not leave by longjmp or a
 * C++ exception. Thread-safe as any plain struct.
 */
typedef struct tutee_sink {
    /**
     * Called on the thread of the save with the next bytes, `n_bytes` of them, which are gone after the call: 64 each time, and what is left
     * the last time, which may be fewer. A result other than 0 ends the save, and there is no further call.
     */
    int32_t (*call)(void *user,
                    const uint8_t *bytes,
                    size_t n_bytes);
    /**
     * Handed to the callback, not looked at.
     */
    void *user;
    /**
     * 0: the bytes are the snapshot, as the save into an array writes them. 1: they are the whole of a slot, from its first byte on, as
     * tutee_slot_seal makes it of them: TUTEE_SLOT_HEADER bytes, then the snapshot, which is made twice, for its checksum stands first.
     */
    int32_t slot;
    /**
     * The sequence number of the slot, that of tutee_slots_inspect. Without a slot it is not looked at.
     */
    uint32_t sequence;
} tutee_sink;

/**
 * The numbers and choices of a layer that do not decide its sizes.
 */
typedef struct tutee_layer_settings_f64 {
    /**
     * By what the products of keys and queries are multiplied: 1 / sqrt(tokens) (the default), 1 / sqrt(key width), 1 or another.
     */
    double scale;
    /**
     * Slope of a leaky ReLU; looked at for TUTEE_LEAKY_RELU alone.
     */
    double slope;
    /**
     * One of tutee_activation; TUTEE_IDENTITY with the logistic loss.
     */
    int32_t activation;
    /**
     * One of tutee_loss.
     */
    int32_t loss;
    /**
     * Sum of the tutee_train that train; the others stay as they are.
     */
    int32_t trained;
} tutee_layer_settings_f64;

/**
 * What a layer has recovered of a teacher that averages fixed tokens. A number that does not exist, because something is zero or
 * overflows or because a layer of this shape does not have the block, is NaN.
 */
typedef struct tutee_recovered_f64 {
    /**
     * Mean cosine between the teacher's filters and the content columns of W_V.
     */
    double value_cosine;
    /**
     * Frobenius norm of their difference, over that of the teacher's filters.
     */
    double value_error;
    /**
     * Cosine between the attention of the last input and the teacher's mixing.
     */
    double attention_cosine;
    /**
     * Frobenius norm of their difference, over that of the mixing.
     */
    double attention_error;
    /**
     * Share of the squared norm of W_V in its content columns.
     */
    double value_share;
    /**
     * Share of the squared norm of W_KQ, or of W_K^T W_Q of separate matrices, in the block of positions with positions.
     */
    double position_share;
    /**
     * Its share in content with content.
     */
    double content_content_share;
    /**
     * Its share in content of the key with position of the query.
     */
    double content_position_share;
    /**
     * Its share in position of the key with content of the query.
     */
    double position_content_share;
} tutee_recovered_f64;

/**
 * How close the codes of a layer are to others. A number that does not exist, because something is zero or overflows, is NaN.
 *
 * Learned codes P are identified up to P R with any invertible R, which W_KQ takes back; training keeps R that of the start, up to a
 * rotation, on which P P^T does not depend.
 */
typedef struct tutee_codes_recovered_f64 {
    /**
     * Cosine between the two, entry by entry: both in one frame, as codes are and those that they set out from.
     */
    double codes_cosine;
    /**
     * Frobenius norm of their difference, over that of the others.
     */
    double codes_error;
    /**
     * Cosine between the products of all codes with each other, P P^T, in whatever frame either is.
     */
    double products_cosine;
    /**
     * Frobenius norm of the difference of these products, over that of the others'.
     */
    double products_error;
} tutee_codes_recovered_f64;

/**
 * How close W_KQ of a layer is to a teacher's, by all that answers can tell of it. A number that does not exist, because something is zero or
 * overflows, is NaN.
 */
typedef struct tutee_key_query_recovered_f64 {
    /**
     * Cosine between the two, in the inner product of their logits.
     */
    double cosine;
    /**
     * Root mean square of the difference of their logits, over that of the teacher's.
     */
    double error;
} tutee_key_query_recovered_f64;

/**
 * Who labels samples, beside the arrays `value[filters][features]` and `choice`.
 */
typedef struct tutee_labels_f64 {
    /**
     * Temperature of TUTEE_ANSWER_WEIGHTS and TUTEE_ANSWER_ATTENTION, positive; for others not looked at.
     */
    double temperature;
    /**
     * How likely a label is flipped, from 0 to 1; answers that are no labels know no flips.
     */
    double flips;
    /**
     * One of tutee_answer.
     */
    int32_t answer;
    /**
     * How many tokens TUTEE_ANSWER_TOP takes, which one TUTEE_ANSWER_GROUP looks at, or how many rows the Q of TUTEE_ANSWER_ATTENTION has, at
     * least 1; for others not looked at.
     */
    uint32_t count;
} tutee_labels_f64;

/**
 * Over which sets of tokens the exact gradient of selection takes the mean; all are of one size, of different tokens each. The
 * library writes to `index` alone.
 */
typedef struct tutee_sets {
    /**
     * Names the stream of sets that are drawn; not looked at where all are listed.
     */
    uint64_t seed;
    /**
     * Number of the next set that is drawn; it moves by `count` with every step that is taken. Not looked at where all are listed.
     */
    uint64_t index;
    /**
     * How many sets are drawn, uniformly and independently; 0 for all that there are, in the order of their members.
     */
    uint32_t count;
} tutee_sets;

/**
 * How a student of raw readings steps: at rates that come from the data.
 */
typedef struct tutee_raw_descent_f64 {
    /**
     * Rate of W times the mean squared norm of a prepared input: positive, 0.5 by default; one and more diverges on some data.
     */
    double value_share;
    /**
     * Rate of W_KQ times the mean squared norm of an output's prepared answer, by the number of tokens: not negative, 0.2 by
     * default; 0 freezes the attention.
     */
    double attention_share;
    /**
     * No row of logits moves further than this in a step, as a Euclidean length: positive, 0.25 by default.
     */
    double row_limit;
    /**
     * A batch that costs more than this many times what predicting nothing does ends in TUTEE_ERROR_DIVERGED: above 1, 10 by
     * default.
     */
    double loss_limit;
    /**
     * 1: the rounding error of every update is carried into the next (the default). 0: not.
     */
    int32_t compensated;
} tutee_raw_descent_f64;

/**
 * How well a student answers, of answers that are centred and scaled: no number depends on the units of the readings.
 */
typedef struct tutee_raw_fit_f64 {
    /**
     * Mean loss, 1/2 || y - f ||^2.
     */
    double loss;
    /**
     * What predicting nothing costs: half the mean squared norm of an answer.
     */
    double nothing;
    /**
     * The share of the answers' variance that the student explains, 1 - loss / nothing: below zero where it is worse than
     * predicting nothing, zero where there is nothing to explain.
     */
    double explained;
} tutee_raw_fit_f64;

/**
 * What a step did.
 */
typedef struct tutee_raw_stepped_f64 {
    /**
     * How well the student answered the batch, before the step. What predicting nothing costs is that of the batch or the mean of all
     * before it, whichever is more.
     */
    struct tutee_raw_fit_f64 fit;
    /**
     * The rate of W that was chosen.
     */
    double value_rate;
    /**
     * The rate of W_KQ that was chosen.
     */
    double attention_rate;
} tutee_raw_stepped_f64;

/**
 * What a batch says of the student as it stands.
 */
typedef struct tutee_raw_diagnosis_f64 {
    /**
     * Pairs in the batch.
     */
    uint64_t pairs;
    /**
     * Gradient steps taken since the object was made.
     */
    uint64_t steps;
    /**
     * How well the student answers the batch.
     */
    struct tutee_raw_fit_f64 fit;
    /**
     * The farthest that a weight of the attention is from 1 / tokens, times the tokens: near zero while every output still averages all.
     */
    double beside_uniform;
    /**
     * The first filter that answers nothing to every input of the batch and cannot move, although it should answer: a dead ReLU, whose
     * W needs another start. -1 when there is none.
     */
    int32_t dead_filter;
} tutee_raw_diagnosis_f64;

/**
 * The sensors whose readings lie farthest from those that were looked at, one of inputs and one of answers: mean squares of what the
 * student sees of them.
 */
typedef struct tutee_raw_spread_f64 {
    /**
     * Of the input that lies farthest.
     */
    double input;
    /**
     * Of the answer that lies farthest.
     */
    double answer;
    /**
     * The token of that input.
     */
    uint32_t token;
    /**
     * Its feature.
     */
    uint32_t feature;
    /**
     * The output of that answer.
     */
    uint32_t output;
    /**
     * Its filter.
     */
    uint32_t filter;
} tutee_raw_spread_f64;

/**
 * One entry of S: how much an output takes from a token.
 */
typedef struct tutee_link_f64 {
    /**
     * Who takes.
     */
    uint32_t output;
    /**
     * From whom.
     */
    uint32_t token;
    /**
     * How much.
     */
    double weight;
} tutee_link_f64;

/**
 * How far a whitener has come.
 */
typedef struct tutee_whitened_f64 {
    /**
     * Inputs that it has looked at.
     */
    uint64_t inputs;
    /**
     * Directions of the features that these did not have, or only as rounding, and that are left out: features that never varied, or that
     * others make. W says nothing along them.
     */
    uint64_t left_out;
    /**
     * The largest over the smallest eigenvalue of the features' correlations, of the directions that were kept: as many times longer does
     * descent take along the least of them where nothing is whitened. 0 before it has settled.
     */
    double condition;
} tutee_whitened_f64;

/**
 * An entry of S that stands out, and how sure it is.
 */
typedef struct tutee_sure_link_f32 {
    /**
     * Who takes.
     */
    uint32_t output;
    /**
     * From whom.
     */
    uint32_t token;
    /**
     * How much.
     */
    float weight;
    /**
     * In how many students of parts of the data it stands out, too, with this sign, and by more than they differ by chance.
     */
    uint32_t found;
    /**
     * How many of them there are.
     */
    uint32_t parts;
} tutee_sure_link_f32;

/**
 * Where a student stands.
 */
typedef struct tutee_progress_f32 {
    /**
     * Gradient steps taken since reset.
     */
    uint64_t steps;
    /**
     * Excess loss over the best possible, for standard Gaussian inputs; exact.
     */
    float excess_loss;
    /**
     * Norm of the exact gradient with respect to the value matrix and W_KQ together.
     */
    float gradient_norm;
} tutee_progress_f32;

/**
 * What a student has of its teacher, to be read in a moment.
 */
typedef struct tutee_recovery_f32 {
    /**
     * Smallest cosine between a filter of the teacher and the row of the student that imitates it. Filters that are
     * zero are left out.
     */
    float value_cosine_min;
    /**
     * Mean of these cosines.
     */
    float value_cosine_mean;
    /**
     * Largest difference between an entry of the attention and of the teacher's mixing.
     */
    float attention_error_max;
    /**
     * Attention on tokens that the teacher's output averages: mean over the outputs.
     */
    float mass_mean;
    /**
     * Attention on tokens that the teacher's output averages: smallest over the outputs.
     */
    float mass_min;
    /**
     * 1 when the cosines exist; 0 when a row of the student still is zero, or every filter of the teacher is. They are
     * 0 then.
     */
    int32_t value_cosine_defined;
} tutee_recovery_f32;

/**
 * The settings of a gradient step. Thread-safe as any plain struct.
 */
typedef struct tutee_descent_f32 {
    /**
     * Rate for the value matrix: not negative, 0 freezes it. For inputs whose entries are independent, of mean 0 and
     * variance 1, it diverges or oscillates above about 2 K / (q J), with K the group size, q = (1 + slope^2) / 2, and
     * K / J is a good choice. For other inputs 1 / lambda takes the place of K / J, with lambda the largest eigenvalue of
     * the second moment of what an output's K tokens average to, summed over the outputs.
     */
    float value_rate;
    /**
     * Rate for W_KQ: not negative, 0 freezes the attention. A logit moves against its gradient by attention_rate / tokens:
     * that is what a step of this rate on W_KQ comes to under an orthonormal encoding.
     */
    float attention_rate;
    /**
     * A step that could carry the Frobenius norm of the value matrix past this is refused; positive, its
     * square a normal number.
     */
    float value_limit;
    /**
     * 1: the rounding error of every update is carried into the next, so that small late steps count (the default).
     * 0: not.
     */
    int32_t compensated;
} tutee_descent_f32;

/**
 * When a run ends: at the first rule that holds.
 */
typedef struct tutee_stop_f32 {
    /**
     * Total number of steps of the student, counted from its reset. A student that has taken them takes no step.
     */
    uint64_t steps;
    /**
     * Looks at the two rules below whenever the number of steps is a multiple of this; at least 1. A look costs about
     * a step.
     */
    uint64_t check_every;
    /**
     * Stop at an excess loss of at most this; not negative, 0 switches the rule off.
     */
    float excess_loss;
    /**
     * Stop at a gradient norm of at most this; not negative, 0 switches the rule off.
     */
    float gradient_norm;
} tutee_stop_f32;

/**
 * Where the batches of online training come from. The library writes to `index` alone.
 */
typedef struct tutee_source_f32 {
    /**
     * Names the stream of samples. The same seed gives the same samples on every machine and in every version.
     */
    uint64_t seed;
    /**
     * Number of the next sample of the stream; starts at 0. It moves by `batch` with every step that is taken, so that
     * source and student always stand at the same place.
     */
    uint64_t index;
    /**
     * Samples a step; at least 1.
     */
    uint32_t batch;
    /**
     * One of tutee_input.
     */
    int32_t input;
    /**
     * The parameter of the input, where tutee_input names one; otherwise not looked at.
     */
    float parameter;
    /**
     * Mean of the noise that is added to each entry of the teacher's answer.
     */
    float noise_mean;
    /**
     * Standard deviation of that noise; not negative.
     */
    float noise_deviation;
} tutee_source_f32;

/**
 * Whom a run tells about its progress. While the callback runs, the library holds nothing: it may read and even change
 * any object of the run by other calls, and the run goes on with what it finds (a change counts as made between two
 * steps). It must not free or move the memory of the run, and must not leave by longjmp or a C++ exception.
 */
typedef struct tutee_observer_f32 {
    /**
     * Called on the thread of the run; a result other than 0 stops it. `progress` is gone after the call.
     */
    int32_t (*call)(void *user,
                    const struct tutee_progress_f32 *progress);
    /**
     * Handed to the callback, not looked at.
     */
    void *user;
    /**
     * The callback is called after every step whose number is a multiple of this; at least 1. A call costs about a step
     * more than the callback itself.
     */
    uint64_t every;
} tutee_observer_f32;

/**
 * What a run came to.
 */
typedef struct tutee_result_f32 {
    /**
     * Where the student stands at the end.
     */
    struct tutee_progress_f32 end;
    /**
     * One of tutee_stopped.
     */
    int32_t stopped;
} tutee_result_f32;

/**
 * What decides a label, beside the array `direction[features]`: the side of one token along it.
 */
typedef struct tutee_group_label_f32 {
    /**
     * Standard deviation of all entries of the inputs, which are Gaussian; positive.
     */
    float deviation;
    /**
     * How likely a label is flipped, from 0 to 1.
     */
    float flips;
    /**
     * The token that the label looks at, below the number of tokens.
     */
    uint32_t group;
} tutee_group_label_f32;

/**
 * A step rule for each of the two matrices. Thread-safe as any plain struct.
 */
typedef struct tutee_rules_f32 {
    /**
     * Of TUTEE_RULE_NORMALISED the length of a step, positive; of TUTEE_RULE_POLYAK above 0 and at most 2; of others not looked at.
     */
    float theta;
    /**
     * One of tutee_rule.
     */
    int32_t attention;
    /**
     * One of tutee_value_rule.
     */
    int32_t value;
} tutee_rules_f32;

/**
 * The numbers and choices of a layer that do not decide its sizes.
 */
typedef struct tutee_layer_settings_f32 {
    /**
     * By what the products of keys and queries are multiplied: 1 / sqrt(tokens) (the default), 1 / sqrt(key width), 1 or another.
     */
    float scale;
    /**
     * Slope of a leaky ReLU; looked at for TUTEE_LEAKY_RELU alone.
     */
    float slope;
    /**
     * One of tutee_activation; TUTEE_IDENTITY with the logistic loss.
     */
    int32_t activation;
    /**
     * One of tutee_loss.
     */
    int32_t loss;
    /**
     * Sum of the tutee_train that train; the others stay as they are.
     */
    int32_t trained;
} tutee_layer_settings_f32;

/**
 * What a layer has recovered of a teacher that averages fixed tokens. A number that does not exist, because something is zero or
 * overflows or because a layer of this shape does not have the block, is NaN.
 */
typedef struct tutee_recovered_f32 {
    /**
     * Mean cosine between the teacher's filters and the content columns of W_V.
     */
    float value_cosine;
    /**
     * Frobenius norm of their difference, over that of the teacher's filters.
     */
    float value_error;
    /**
     * Cosine between the attention of the last input and the teacher's mixing.
     */
    float attention_cosine;
    /**
     * Frobenius norm of their difference, over that of the mixing.
     */
    float attention_error;
    /**
     * Share of the squared norm of W_V in its content columns.
     */
    float value_share;
    /**
     * Share of the squared norm of W_KQ, or of W_K^T W_Q of separate matrices, in the block of positions with positions.
     */
    float position_share;
    /**
     * Its share in content with content.
     */
    float content_content_share;
    /**
     * Its share in content of the key with position of the query.
     */
    float content_position_share;
    /**
     * Its share in position of the key with content of the query.
     */
    float position_content_share;
} tutee_recovered_f32;

/**
 * How close the codes of a layer are to others. A number that does not exist, because something is zero or overflows, is NaN.
 *
 * Learned codes P are identified up to P R with any invertible R, which W_KQ takes back; training keeps R that of the start, up to a
 * rotation, on which P P^T does not depend.
 */
typedef struct tutee_codes_recovered_f32 {
    /**
     * Cosine between the two, entry by entry: both in one frame, as codes are and those that they set out from.
     */
    float codes_cosine;
    /**
     * Frobenius norm of their difference, over that of the others.
     */
    float codes_error;
    /**
     * Cosine between the products of all codes with each other, P P^T, in whatever frame either is.
     */
    float products_cosine;
    /**
     * Frobenius norm of the difference of these products, over that of the others'.
     */
    float products_error;
} tutee_codes_recovered_f32;

/**
 * How close W_KQ of a layer is to a teacher's, by all that answers can tell of it. A number that does not exist, because something is zero or
 * overflows, is NaN.
 */
typedef struct tutee_key_query_recovered_f32 {
    /**
     * Cosine between the two, in the inner product of their logits.
     */
    float cosine;
    /**
     * Root mean square of the difference of their logits, over that of the teacher's.
     */
    float error;
} tutee_key_query_recovered_f32;

/**
 * Who labels samples, beside the arrays `value[filters][features]` and `choice`.
 */
typedef struct tutee_labels_f32 {
    /**
     * Temperature of TUTEE_ANSWER_WEIGHTS and TUTEE_ANSWER_ATTENTION, positive; for others not looked at.
     */
    float temperature;
    /**
     * How likely a label is flipped, from 0 to 1; answers that are no labels know no flips.
     */
    float flips;
    /**
     * One of tutee_answer.
     */
    int32_t answer;
    /**
     * How many tokens TUTEE_ANSWER_TOP takes, which one TUTEE_ANSWER_GROUP looks at, or how many rows the Q of TUTEE_ANSWER_ATTENTION has, at
     * least 1; for others not looked at.
     */
    uint32_t count;
} tutee_labels_f32;

/**
 * How a student of raw readings steps: at rates that come from the data.
 */
typedef struct tutee_raw_descent_f32 {
    /**
     * Rate of W times the mean squared norm of a prepared input: positive, 0.5 by default; one and more diverges on some data.
     */
    float value_share;
    /**
     * Rate of W_KQ times the mean squared norm of an output's prepared answer, by the number of tokens: not negative, 0.2 by
     * default; 0 freezes the attention.
     */
    float attention_share;
    /**
     * No row of logits moves further than this in a step, as a Euclidean length: positive, 0.25 by default.
     */
    float row_limit;
    /**
     * A batch that costs more than this many times what predicting nothing does ends in TUTEE_ERROR_DIVERGED: above 1, 10 by
     * default.
     */
    float loss_limit;
    /**
     * 1: the rounding error of every update is carried into the next (the default). 0: not.
     */
    int32_t compensated;
} tutee_raw_descent_f32;

/**
 * How well a student answers, of answers that are centred and scaled: no number depends on the units of the readings.
 */
typedef struct tutee_raw_fit_f32 {
    /**
     * Mean loss, 1/2 || y - f ||^2.
     */
    float loss;
    /**
     * What predicting nothing costs: half the mean squared norm of an answer.
     */
    float nothing;
    /**
     * The share of the answers' variance that the student explains, 1 - loss / nothing: below zero where it is worse than
     * predicting nothing, zero where there is nothing to explain.
     */
    float explained;
} tutee_raw_fit_f32;

/**
 * What a step did.
 */
typedef struct tutee_raw_stepped_f32 {
    /**
     * How well the student answered the batch, before the step. What predicting nothing costs is that of the batch or the mean of all
     * before it, whichever is more.
     */
    struct tutee_raw_fit_f32 fit;
    /**
     * The rate of W that was chosen.
     */
    float value_rate;
    /**
     * The rate of W_KQ that was chosen.
     */
    float attention_rate;
} tutee_raw_stepped_f32;

/**
 * What a batch says of the student as it stands.
 */
typedef struct tutee_raw_diagnosis_f32 {
    /**
     * Pairs in the batch.
     */
    uint64_t pairs;
    /**
     * Gradient steps taken since the object was made.
     */
    uint64_t steps;
    /**
     * How well the student answers the batch.
     */
    struct tutee_raw_fit_f32 fit;
    /**
     * The farthest that a weight of the attention is from 1 / tokens, times the tokens: near zero while every output still averages all.
     */
    float beside_uniform;
    /**
     * The first filter that answers nothing to every input of the batch and cannot move, although it should answer: a dead ReLU, whose
     * W needs another start. -1 when there is none.
     */
    int32_t dead_filter;
} tutee_raw_diagnosis_f32;

/**
 * The sensors whose readings lie farthest from those that were looked at, one of inputs and one of answers: mean squares of what the
 * student sees of them.
 */
typedef struct tutee_raw_spread_f32 {
    /**
     * Of the input that lies farthest.
     */
    float input;
    /**
     * Of the answer that lies farthest.
     */
    float answer;
    /**
     * The token of that input.
     */
    uint32_t token;
    /**
     * Its feature.
     */
    uint32_t feature;
    /**
     * The output of that answer.
     */
    uint32_t output;
    /**
     * Its filter.
     */
    uint32_t filter;
} tutee_raw_spread_f32;

/**
 * One entry of S: how much an output takes from a token.
 */
typedef struct tutee_link_f32 {
    /**
     * Who takes.
     */
    uint32_t output;
    /**
     * From whom.
     */
    uint32_t token;
    /**
     * How much.
     */
    float weight;
} tutee_link_f32;

/**
 * How far a whitener has come.
 */
typedef struct tutee_whitened_f32 {
    /**
     * Inputs that it has looked at.
     */
    uint64_t inputs;
    /**
     * Directions of the features that these did not have, or only as rounding, and that are left out: features that never varied, or that
     * others make. W says nothing along them.
     */
    uint64_t left_out;
    /**
     * The largest over the smallest eigenvalue of the features' correlations, of the directions that were kept: as many times longer does
     * descent take along the least of them where nothing is whitened. 0 before it has settled.
     */
    float condition;
} tutee_whitened_f32;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The number of the interface that the library was built with. A program compares it with TUTEE_ABI_VERSION, which it
 * was compiled with. Takes no time.
 */
TUTEE_MUST_USE
uint32_t tutee_abi_version(void);

/**
 * The version of the library, such as "0.1.0". The string is constant and ends in a NUL.
 */
TUTEE_MUST_USE
const char *tutee_version(void);

/**
 * What a status means, in English, without a full stop. Any number may be asked for. The string is constant and ends in
 * a NUL; never NULL.
 */
TUTEE_MUST_USE
const char *tutee_status_message(int32_t status);

/**
 * Whether this thread's floating-point environment is the default one of IEEE 754: round to nearest even, subnormal
 * numbers kept. Every function that computes looks by itself and returns the same refusal.
 *
 * Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT; fesetenv(FE_DFL_ENV) is the remedy. Costs a few nanoseconds.
 */
TUTEE_MUST_USE
tutee_status tutee_float_environment(void);

/**
 * Trains small students in both precisions and compares their bits with those compiled in. To be called once, at start;
 * takes about a tenth of a millisecond on a desktop machine.
 *
 * Like every other function it has all that it works with on the stack or in memory of the caller's, and needs no more
 * stack than the largest of them: on the 32-bit processors of tests/budgets at most 6144 bytes, of which a step of a
 * whole layer in double takes the most; the caller's own, and that of interrupts, are to be added.
 *
 * Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT when the host program has another environment; TUTEE_ERROR_SELF_TEST when
 * the environment is right and the bits are not: the library was miscompiled, or the machine is faulty.
 */
TUTEE_MUST_USE
tutee_status tutee_self_test(void);

/**
 * Elements (float or double) of the working memory of population training and measurement:
 * `*elements` = TUTEE_POPULATION_SCRATCH(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_population_scratch(const struct tutee_shape *shape,
                                      size_t *elements);

/**
 * Elements (float or double) of the working memory of the exact gradient of a group's label:
 * `*elements` = TUTEE_LABEL_SCRATCH(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_label_scratch(const struct tutee_shape *shape,
                                 size_t *elements);

/**
 * Elements (float or double) of the working memory of an exact step by another rule than gradient descent:
 * `*elements` = TUTEE_RULES_SCRATCH(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_rules_scratch(const struct tutee_shape *shape,
                                 size_t *elements);

/**
 * Elements (float or double) that TUTEE_RULE_ADAM keeps from step to step, in the caller's array; other rules keep none.
 * `*elements` = TUTEE_RULES_KEPT(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_rules_kept(const struct tutee_shape *shape,
                              size_t *elements);

/**
 * Elements (float or double) of the working memory of online training, which is enough for every other function, too:
 * `*elements` = TUTEE_ONLINE_SCRATCH(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_online_scratch(const struct tutee_shape *shape,
                                  size_t *elements);

/**
 * Elements (float or double) of the working memory with which online training makes the most of wide vector registers,
 * where there are any; with less, down to tutee_online_scratch, it takes longer and gives the same bits. `*elements` =
 * TUTEE_ONLINE_SCRATCH_WIDE(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_online_scratch_wide(const struct tutee_shape *shape,
                                       size_t *elements);

/**
 * Elements (float or double) of the working memory of prediction, of a teacher's answers, of recovery and of setting
 * W_KQ: `*elements` = TUTEE_PREDICT_SCRATCH(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_predict_scratch(const struct tutee_shape *shape,
                                   size_t *elements);

/**
 * Elements (float or double) of a block of a student's numbers: `block` is one of tutee_block.
 *
 * Errors: TUTEE_ERROR_ENUM (block), TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_student_block_len(const struct tutee_shape *shape,
                                     int32_t block,
                                     size_t *elements);

/**
 * What a snapshot says of itself, after everything that can be checked without a student, the checksum included. With
 * it, a program can make room for a student that it knows nothing about. `bytes` may have any length; numbers in it are not looked at,
 * and any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED; TUTEE_ERROR_ZERO or
 * TUTEE_ERROR_TOO_LARGE for sizes that no student of this machine can have. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_snapshot_inspect(const uint8_t *bytes,
                                    size_t n_bytes,
                                    struct tutee_snapshot_info *info);

/**
 * Elements (float or double) of a block of a layer's numbers: `block` is one of tutee_block.
 *
 * Errors: TUTEE_ERROR_ENUM (block, also one that a layer of this shape does not have), and those of tutee_layer_words.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_block_len(const struct tutee_layer_shape *shape,
                                   int32_t block,
                                   size_t *elements);

/**
 * Elements (float or double) of the working memory of online training of a layer: `*elements` = TUTEE_LAYER_ONLINE_SCRATCH of what
 * TUTEE_LAYER_WORDS_F64 takes.
 *
 * Errors: those of tutee_layer_words.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_online_scratch(const struct tutee_layer_shape *shape,
                                        size_t *elements);

/**
 * Elements (float or double) of the working memory of the exact gradient of selection, whatever the size of the sets and however many
 * they are: `*elements` = TUTEE_LAYER_SELECTION_SCRATCH of what TUTEE_LAYER_WORDS_F64 takes.
 *
 * Errors: those of tutee_layer_words.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_selection_scratch(const struct tutee_layer_shape *shape,
                                           size_t *elements);

/**
 * What a snapshot of a layer says of itself, after everything that can be checked without a layer, the checksum included.
 * tutee_snapshot_inspect says of any snapshot which model it holds. `bytes` may have any length.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL; TUTEE_ERROR_ZERO or
 * TUTEE_ERROR_TOO_LARGE for sizes that no layer of this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_inspect(const uint8_t *bytes,
                                 size_t n_bytes,
                                 struct tutee_layer_info *info);

/**
 * What a snapshot of a student of raw readings says of itself, after everything that can be checked without one, the checksum
 * included: with it, a program can make room for a student that it knows nothing about. `bytes` may have any length. Numbers in it are
 * not looked at, which tutee_raw_load does; any floating-point environment will do here, and tutee_raw_load asks for the default one.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL; TUTEE_ERROR_ZERO or
 * TUTEE_ERROR_TOO_LARGE for sizes that no student of this machine can have. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_inspect(const uint8_t *bytes,
                               size_t n_bytes,
                               struct tutee_raw_info *info);

/**
 * What two slots hold, and what comes next. A slot is a range of bytes that can be written apart from the other: a page of
 * flash or a few, or a file. It is read as it is, of any length and any content; one that has not got its payload to the
 * end, or that is erased (all `FF`) or cleared, is not whole. The newest payload is
 * `TUTEE_SLOT_HEADER` bytes into slot `slots->newest`, `slots->payload_bytes` long; the next image belongs into slot
 * `slots->next`, which never holds the newest.
 *
 * Errors: none beyond those of every function. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_slots_inspect(const uint8_t *first,
                                 size_t n_first,
                                 const uint8_t *second,
                                 size_t n_second,
                                 struct tutee_slots *slots);

/**
 * Makes `image` what is to be written to a slot: its payload stands there from TUTEE_SLOT_HEADER to the end, and what is
 * before it is overwritten. `sequence` is that of tutee_slots_inspect. Then the caller erases slot `next` and writes the
 * image to it, in any order of bytes; until its last byte is there, the other slot stays the newest.
 *
 * Errors: TUTEE_ERROR_LENGTH (fewer than TUTEE_SLOT_HEADER bytes), TUTEE_ERROR_TOO_LARGE (a payload of 4 GiB). Costs
 * about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_slot_seal(uint8_t *image,
                             size_t n_image,
                             uint32_t sequence);

/**
 * What a training means: from looks at its loss, in the order of steps and best spaced by a factor (from 20 a decade down to 5), the first
 * before the first step; and from what is known of it. One word and one sentence, those of the command line and of Rust; what a
 * batch says beside it, a filter that is dead or attention that is still uniform, tells tutee_raw_diagnose. No object is looked at.
 *
 * `curve` may have any length. Where a step was refused the verdict is TUTEE_VERDICT_DIVERGED whatever the curve, which is checked all the
 * same. Without any point (`curve` may be NULL with `n_curve` 0), and where the last one is at step 0, it is TUTEE_VERDICT_TRANSIENT: "nothing
 * was recorded", "no step was taken". Of one later point alone nothing has moved: TUTEE_VERDICT_STUCK, or _FLOOR where it is there. Two points, one before the first step
 * and one after, tell whether the loss has not moved (TUTEE_VERDICT_STUCK), ended more than a twentieth above its start (_DIVERGED) or is at
 * the end of what can be reached (_FLOOR, _SCALE); otherwise it is TUTEE_VERDICT_TRANSIENT, "too few steps to say how the loss falls": a
 * plateau is seen from three looks on within the last half decade of steps (a factor of 3.16), and from thirty steps on. A loss that is zero at
 * its start is at the floor while it stays so; above that nothing is known of it but by its course. TUTEE_VERDICT_DIVERGED, _OSCILLATING and _STUCK are failures (`judgement->failed` is 1), and no others: a plateau may
 * be all that this student can reach.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE (a loss; of `known` best_loss, row_sum, attention_rate), _OUT_OF_RANGE (steps that do not rise; a best
 * loss below zero; a law of no group, of no outputs, of a group of all tokens or of a rate that is not positive), _ENUM (scalar_bits, refused, sampled,
 * noisy, reserved), _FLOAT_ENVIRONMENT. Costs a few passes over the curve.
 */
TUTEE_MUST_USE
tutee_status tutee_curve_judge(const struct tutee_curve_point *curve,
                               size_t n_curve,
                               const struct tutee_known *known,
                               struct tutee_judgement *judgement);

/**
 * Words (uint64_t) of a teacher: `*words` = TUTEE_TEACHER_WORDS_F64(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_words_f64(const struct tutee_shape *shape,
                                     size_t *words);

/**
 * Makes a teacher f*(X) = act(value X mixing) from its matrices, both copied.
 *
 * `memory` has at least tutee_teacher_words_f64 `words`; `*teacher` then points to it. `slope` is looked at for
 * TUTEE_LEAKY_RELU alone. `value[filters][features]` has `n_value` = filters * features elements,
 * `mixing[outputs][tokens]` has `n_mixing` = outputs * tokens elements, the caller's own or what a tutee_mixing_ function filled
 * in. A student recovers rows of a mixing that are
 * averages: entries not negative, sum 1. Others are legal.
 *
 * Errors: TUTEE_ERROR_ENUM or _OUT_OF_RANGE (activation), _NOT_FINITE, _ZERO, _TOO_LARGE (shape), _FLOAT_ENVIRONMENT.
 * Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_init_f64(uint64_t *memory,
                                    size_t words,
                                    const struct tutee_shape *shape,
                                    int32_t activation,
                                    double slope,
                                    const double *value,
                                    size_t n_value,
                                    const double *mixing,
                                    size_t n_mixing,
                                    struct tutee_teacher_f64 **teacher);

/**
 * Fills `mixing[outputs][tokens]`, `n_mixing` = outputs * tokens elements, for a convolution with average pooling: outputs
 * average blocks of `group` consecutive tokens. With outputs = tokens, output j averages the block that token j lies in; with
 * outputs = tokens / group, output j averages block j.
 *
 * Errors: TUTEE_ERROR_ZERO (shape, group), _TOO_LARGE (shape), _DOES_NOT_DIVIDE (the tokens), _OUT_OF_RANGE (any other number
 * of outputs), _FLOAT_ENVIRONMENT; so have all functions that fill a mixing. They cost outputs * tokens, and what they say.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_convolution_f64(const struct tutee_shape *shape,
                                          size_t group,
                                          double *mixing,
                                          size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f64 does, for a convolution with average pooling over the windows that tile a grid
 * of patches. With outputs = tokens, output j averages the window that token j lies in; with one output a window, numbered row
 * by row, output j averages window j.
 *
 * Errors: also TUTEE_ERROR_ZERO (a side), _DOES_NOT_DIVIDE (a side of the grid), _LENGTH (the grid has not as many
 * patches as there are tokens), _OUT_OF_RANGE (any other number of outputs). Costs writing `mixing` once.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_window_f64(const struct tutee_shape *shape,
                                     const struct tutee_window *window,
                                     double *mixing,
                                     size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f64 does, for a graph convolution on a cycle: each node averages itself and its
 * `reach` nearest nodes on either side. A token is a node; outputs = tokens.
 *
 * Errors: also TUTEE_ERROR_LENGTH (outputs are not tokens), _OUT_OF_RANGE (2 reach + 1 exceeds the tokens). Costs writing `mixing` once.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_cycle_f64(const struct tutee_shape *shape,
                                    size_t reach,
                                    double *mixing,
                                    size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f64 does, for a graph convolution. A token is a node; outputs = tokens. `edges` are
 * `n_edges` pairs of different nodes, each edge once, in either direction: edge i joins edges[2 * i] and edges[2 * i + 1]. NULL
 * is legal for no edges. `normalisation` is one of tutee_normalisation.
 *
 * Errors: also TUTEE_ERROR_LENGTH (outputs are not tokens), _ENUM (normalisation), _INDEX (no such node), _OUT_OF_RANGE
 * (an edge from a node to itself), _DUPLICATE, _EMPTY_NEIGHBOURHOOD (TUTEE_NEIGHBOURS). Costs n_edges * (n_edges + tokens)
 * comparisons.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_graph_f64(const struct tutee_shape *shape,
                                    const size_t *edges,
                                    size_t n_edges,
                                    int32_t normalisation,
                                    double *mixing,
                                    size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f64 does, for a sparse token selection: every output averages the same `n_tokens`
 * tokens, each listed once, in any order.
 *
 * Errors: also TUTEE_ERROR_ZERO (no tokens), _INDEX (no such token), _DUPLICATE. Costs n_tokens^2 comparisons.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_selection_f64(const struct tutee_shape *shape,
                                        const size_t *tokens,
                                        size_t n_tokens,
                                        double *mixing,
                                        size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f64 does, for a group-sparse predictor: every output reads the token `group` alone.
 *
 * Errors: also TUTEE_ERROR_INDEX (no such group). Costs writing `mixing` once.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_group_f64(const struct tutee_shape *shape,
                                    size_t group,
                                    double *mixing,
                                    size_t n_mixing);

/**
 * Writes the entries of any S = `mixing[outputs][tokens]` that stand out, the farthest from zero first, up to `n_links` of them, each with how
 * many students of parts of the data have it, too; `*count` is how many stand out in all. S is what tutee_raw_explain_f64 writes, or
 * tutee_student_get_f64 as TUTEE_ATTENTION of a student at rates of one's own. What is left of `links` behind those that stand out stays as it is; of equal weights the first output and token come first.
 *
 * In each row the entries stand out, taken from the largest down whatever their signs, that weigh at least a hundredth of the row's largest
 * and a quarter more than the mean of all entries of the row that weigh less, up to the first that does not: none in a row in
 * which all weigh the same, and the one of a row of one token unless it is zero.
 *
 * `parts[n][outputs][tokens]` is S of n other students, `n_parts` its elements, 0 or more whole matrices: usually of two, each trained on half
 * of the pairs. A link counts in a part where it stands out in the part's own row, with the same sign, and exceeds the mean of what does
 * not in that row by three times what the weights of the parts differ from those of `mixing`, root of the mean square of all or
 * of those of the row, whichever is larger: one that both have is no accident of a few pairs. `parts` may be NULL with `n_parts` 0: then nobody knows, and `found` and `parts` of each link
 * are 0.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (shape), _LENGTH (no place, more than there are entries, or parts of another size), _NOT_FINITE
 * (mixing, parts), _FLOAT_ENVIRONMENT. Costs a pass over each part, and two over a row for each of its links, here and in every part.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_links_f64(const struct tutee_shape *shape,
                                    const double *mixing,
                                    size_t n_mixing,
                                    const double *parts,
                                    size_t n_parts,
                                    struct tutee_sure_link_f64 *links,
                                    size_t n_links,
                                    size_t *count);

/**
 * Copies the teacher's filters to `value[filters][features]`, `n_value` = filters * features elements.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_value_f64(const struct tutee_teacher_f64 *teacher,
                                     double *value,
                                     size_t n_value);

/**
 * Copies the teacher's mixing to `mixing[outputs][tokens]`, `n_mixing` = outputs * tokens elements.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_mixing_f64(const struct tutee_teacher_f64 *teacher,
                                      double *mixing,
                                      size_t n_mixing);

/**
 * The teacher's answers to `inputs` inputs, one after the other: `x[inputs][tokens][features]` and
 * `y[inputs][outputs][filters]`. `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE (x), _FLOAT_ENVIRONMENT. Costs filters * tokens * (features + outputs)
 * multiplications an input.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_answer_f64(const struct tutee_teacher_f64 *teacher,
                                      size_t inputs,
                                      const double *x,
                                      size_t n_x,
                                      double *scratch,
                                      size_t n_scratch,
                                      double *y,
                                      size_t n_y);

/**
 * Words (uint64_t) of a student: `*words` = TUTEE_STUDENT_WORDS_F64(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_student_words_f64(const struct tutee_shape *shape,
                                     size_t *words);

/**
 * Makes a student at the start of training: value and logits zero, so that every output averages all tokens.
 *
 * `memory` has at least tutee_student_words_f64 `words`; `*student` then points to it.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE (shape). Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_student_init_f64(uint64_t *memory,
                                    size_t words,
                                    const struct tutee_shape *shape,
                                    struct tutee_student_f64 **student);

/**
 * Back to the start of training. Costs writing the memory once.
 *
 * Errors: those of every function alone.
 */
TUTEE_MUST_USE
tutee_status tutee_student_reset_f64(struct tutee_student_f64 *student);

/**
 * Gradient steps taken since reset, by all kinds of training together.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_student_steps_f64(const struct tutee_student_f64 *student,
                                     uint64_t *steps);

/**
 * Copies a block of the student's numbers, one of tutee_block, to `out`: `n_out` elements, as many as tutee_student_block_len
 * says.
 *
 * Errors: TUTEE_ERROR_ENUM (block); for TUTEE_ATTENTION, _FLOAT_ENVIRONMENT. Costs a copy; of an attention an exponential an
 * element.
 */
TUTEE_MUST_USE
tutee_status tutee_student_get_f64(const struct tutee_student_f64 *student,
                                   int32_t block,
                                   double *out,
                                   size_t n_out);

/**
 * Replaces a block of the student's numbers, one of tutee_block, by `from`: `n_from` elements, as many as
 * tutee_student_block_len says.
 *
 * Errors: TUTEE_ERROR_ENUM (block), _READ_ONLY (TUTEE_ATTENTION), _NOT_FINITE. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_student_set_f64(struct tutee_student_f64 *student,
                                   int32_t block,
                                   const double *from,
                                   size_t n_from);

/**
 * Writes `out[tokens][tokens]`: W_KQ, keys and queries merged, under an orthonormal position encoding, in which column t of
 * `position[tokens][tokens]` encodes token t. It is the smallest W_KQ that has the student's logits: what training W_KQ itself
 * from zero would have given. `n_position` = `n_out` = tokens * tokens.
 *
 * Errors: TUTEE_ERROR_NOT_ORTHONORMAL (position), _OUT_OF_RANGE (more outputs than tokens, or logits so large that W_KQ might
 * overflow), _FLOAT_ENVIRONMENT. Costs tokens^3 multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_student_get_key_query_f64(const struct tutee_student_f64 *student,
                                             const double *position,
                                             size_t n_position,
                                             double *out,
                                             size_t n_out);

/**
 * Replaces the student's logits by those of W_KQ, `from[tokens][tokens]`, under a position encoding, in which column t of
 * `position[tokens][tokens]` encodes token t and which need not be orthonormal. `n_position` = `n_from` = tokens * tokens;
 * `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE (more outputs than tokens, or elements so large that a logit might overflow),
 * _FLOAT_ENVIRONMENT. Costs outputs * tokens^2 multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_student_set_key_query_f64(struct tutee_student_f64 *student,
                                             const double *position,
                                             size_t n_position,
                                             const double *from,
                                             size_t n_from,
                                             double *scratch,
                                             size_t n_scratch);

/**
 * Fills `position[tokens][tokens]` with an orthonormal position encoding: column t encodes token t. `encoding` is one
 * of tutee_encoding; `seed` is looked at for TUTEE_ENCODING_RANDOM alone. `n_position` = tokens * tokens.
 *
 * Errors: TUTEE_ERROR_ENUM, _ZERO or _TOO_LARGE (tokens), _OUT_OF_RANGE (Hadamard, tokens not a power of two),
 * _FLOAT_ENVIRONMENT. Costs tokens^2 sines, or tokens^3 multiplications for a random one.
 */
TUTEE_MUST_USE
tutee_status tutee_position_f64(int32_t encoding,
                                uint32_t tokens,
                                uint64_t seed,
                                double *position,
                                size_t n_position);

/**
 * The student's predictions for `inputs` inputs, one after the other: `x[inputs][tokens][features]` and
 * `y[inputs][outputs][filters]`, under the activation that it was trained with. `scratch` has at least
 * TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_ENUM or _OUT_OF_RANGE (activation), _ZERO (inputs), _NOT_FINITE (x, slope), _FLOAT_ENVIRONMENT.
 * Costs filters * tokens * (features + outputs) multiplications an input, and outputs * tokens exponentials a call.
 */
TUTEE_MUST_USE
tutee_status tutee_student_predict_f64(const struct tutee_student_f64 *student,
                                       int32_t activation,
                                       double slope,
                                       size_t inputs,
                                       const double *x,
                                       size_t n_x,
                                       double *scratch,
                                       size_t n_scratch,
                                       double *y,
                                       size_t n_y);

/**
 * Where the student stands against a teacher of the same shape: exact, for standard Gaussian inputs. `scratch` has at
 * least TUTEE_POPULATION_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT, _NOT_FINITE where numbers are so large that a square overflows. Costs about
 * a population step.
 */
TUTEE_MUST_USE
tutee_status tutee_student_measure_f64(const struct tutee_student_f64 *student,
                                       const struct tutee_teacher_f64 *teacher,
                                       double *scratch,
                                       size_t n_scratch,
                                       struct tutee_progress_f64 *progress);

/**
 * What the student has recovered of a teacher of the same shape. `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT. Costs outputs * tokens exponentials.
 */
TUTEE_MUST_USE
tutee_status tutee_student_recovery_f64(const struct tutee_student_f64 *student,
                                        const struct tutee_teacher_f64 *teacher,
                                        double *scratch,
                                        size_t n_scratch,
                                        struct tutee_recovery_f64 *recovery);

/**
 * A 64-bit digest of sizes, steps and the bits of every parameter: equal students have equal digests on every machine.
 *
 * Errors: those of every function alone. Costs about a nanosecond a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_digest_f64(const struct tutee_student_f64 *student,
                                      uint64_t *digest);

/**
 * The usual settings of a step: one rate for both matrices, value limit 1e6, compensated.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, TUTEE_ERROR_OUT_OF_RANGE (a negative rate).
 */
TUTEE_MUST_USE
tutee_status tutee_descent_default_f64(double rate,
                                       struct tutee_descent_f64 *descent);

/**
 * The usual rule to stop: after `steps` steps in all, and nothing else.
 *
 * Errors: those of every function alone.
 */
TUTEE_MUST_USE
tutee_status tutee_stop_default_f64(uint64_t steps,
                                    struct tutee_stop_f64 *stop);

/**
 * The usual source: Gaussian inputs without noise, `batch` samples a step, from the start of the stream of `seed`.
 *
 * Errors: TUTEE_ERROR_ZERO (batch).
 */
TUTEE_MUST_USE
tutee_status tutee_source_default_f64(uint64_t seed,
                                      uint32_t batch,
                                      struct tutee_source_f64 *source);

/**
 * One step along the exact gradient over all Gaussian inputs. `scratch` has at least TUTEE_POPULATION_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_SHAPE, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED, _FLOAT_ENVIRONMENT. Costs
 * outputs * tokens exponentials, and as many arcsines as filters * outputs unless the activation is the identity.
 */
TUTEE_MUST_USE
tutee_status tutee_population_step_f64(struct tutee_student_f64 *student,
                                       const struct tutee_teacher_f64 *teacher,
                                       const struct tutee_descent_f64 *descent,
                                       double *scratch,
                                       size_t n_scratch);

/**
 * Population steps until a rule of `stop` holds. `observer` may be NULL. `scratch` has at least
 * TUTEE_POPULATION_SCRATCH elements.
 *
 * Errors: as tutee_population_step_f64, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO
 * (observer). After TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, the student stands after the last
 * good step. Costs what its steps cost, and a measurement wherever the callback or the rule looks.
 */
TUTEE_MUST_USE
tutee_status tutee_population_run_f64(struct tutee_student_f64 *student,
                                      const struct tutee_teacher_f64 *teacher,
                                      const struct tutee_descent_f64 *descent,
                                      const struct tutee_stop_f64 *stop,
                                      const struct tutee_observer_f64 *observer,
                                      double *scratch,
                                      size_t n_scratch,
                                      struct tutee_result_f64 *result);

/**
 * One step of a classifier along the exact gradient of its mean logistic loss: over all Gaussian inputs whose entries have the standard
 * deviation `label->deviation`, and over all labels. The label is +1 or -1, the side of token `label->group` along `direction`
 * (`n_direction` = features numbers, of any length), flipped with the probability `label->flips`. The student has one filter; the sum
 * of its outputs, without an activation, is the log-odds of the label +1. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_OUT_OF_RANGE (several filters; a deviation that is not positive; flips outside 0 to 1; a direction whose squared
 * norm is no normal number; descent), _INDEX (the group), _NOT_FINITE, _ENUM (descent), _DIVERGED, _FLOAT_ENVIRONMENT. Costs
 * outputs * tokens exponentials and some hundreds more.
 */
TUTEE_MUST_USE
tutee_status tutee_label_step_f64(struct tutee_student_f64 *student,
                                  const struct tutee_group_label_f64 *label,
                                  const double *direction,
                                  size_t n_direction,
                                  const struct tutee_descent_f64 *descent,
                                  double *scratch,
                                  size_t n_scratch);

/**
 * Steps of tutee_label_step_f64 until a rule of `stop` holds. The excess loss of `stop`, `observer` and `result` is the mean loss
 * above the entropy of the flips, -p ln p - (1 - p) ln(1 - p), below which nothing comes; from zero without flips it ends on
 * (0.1435 / (D^2 deviation^2 r t))^(1/3) after t steps of the attention rate r per logit (attention_rate / D) with D outputs and D tokens.
 * `observer` may be NULL. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
 *
 * Errors: those of tutee_label_step_f64, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO (observer). After
 * TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, the student stands after the last good step. Costs what its steps
 * cost, and a loss wherever the callback or the rule looks.
 */
TUTEE_MUST_USE
tutee_status tutee_label_run_f64(struct tutee_student_f64 *student,
                                 const struct tutee_group_label_f64 *label,
                                 const double *direction,
                                 size_t n_direction,
                                 const struct tutee_descent_f64 *descent,
                                 const struct tutee_stop_f64 *stop,
                                 const struct tutee_observer_f64 *observer,
                                 double *scratch,
                                 size_t n_scratch,
                                 struct tutee_result_f64 *result);

/**
 * The mean logistic loss that tutee_label_step_f64 makes small, of the classifier as it stands. Nothing moves; the student's memory is
 * not written to. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
 *
 * Errors: those of tutee_label_step_f64 but of its descent; TUTEE_ERROR_OUT_OF_RANGE also where numbers are so large that the loss
 * overflows. Costs an exponential for each weight of the attention and some hundreds more.
 */
TUTEE_MUST_USE
tutee_status tutee_label_loss_f64(struct tutee_student_f64 *student,
                                  const struct tutee_group_label_f64 *label,
                                  const double *direction,
                                  size_t n_direction,
                                  double *scratch,
                                  size_t n_scratch,
                                  double *mean_loss);

/**
 * Words (uint64_t) of a sampler: `*words` = TUTEE_SAMPLER_WORDS_F64(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_sampler_words_f64(const struct tutee_shape *shape,
                                     size_t *words);

/**
 * Words (uint64_t) with which a sampler makes the most of wide vector registers: several times as fast on x86-64 and 64-bit
 * ARM, and in WebAssembly with SIMD, with the same bits. `*words` =
 * TUTEE_SAMPLER_WORDS_WIDE_F64(filters, features, tokens, outputs), on every machine.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_sampler_words_wide_f64(const struct tutee_shape *shape,
                                          size_t *words);

/**
 * Makes a sampler without a batch.
 *
 * `memory` has at least tutee_sampler_words_f64 `words`; `*sampler` then points to it. From tutee_sampler_words_wide_f64
 * words on, the sampler consists of that many, and adds pairs faster where there are wide registers.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE (shape). Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_sampler_init_f64(uint64_t *memory,
                                    size_t words,
                                    const struct tutee_shape *shape,
                                    struct tutee_sampler_f64 **sampler);

/**
 * Begins an empty batch for `student`, forgetting any other batch of the sampler. `activation` and `slope` are the
 * student's; the slope is looked at for TUTEE_LEAKY_RELU alone.
 *
 * The batch belongs to the student as it stands. Whatever changes the student ends it: another kind of step, reset,
 * parameters that are set (to what they were, too), a snapshot that is loaded; from then on, and for a student whose
 * numbers are others, accumulate and step return TUTEE_ERROR_BATCH. A copy of the student by memcpy is as good as the
 * student until one of them changes. (Students are told apart by 63 bits of all their numbers and their history.)
 *
 * Errors: TUTEE_ERROR_SHAPE, _ENUM, _NOT_FINITE or _OUT_OF_RANGE (activation), _FLOAT_ENVIRONMENT. Costs outputs * tokens
 * exponentials, and reading the student once.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_begin_f64(struct tutee_student_f64 *student,
                                     struct tutee_sampler_f64 *sampler,
                                     int32_t activation,
                                     double slope);

/**
 * Adds `pairs` pairs of input and answer, which the caller's own simulator produced, to the batch:
 * `x[pairs][tokens][features]`, `n_x` elements, and `y[pairs][outputs][filters]`, `n_y` elements. All of them are added
 * or, when anything is wrong, none. Pairs in one call or in many give the same bits; a sampler of
 * tutee_sampler_words_wide_f64 words takes less time when there are many in one call.
 *
 * Errors: TUTEE_ERROR_SHAPE, _ZERO (pairs), _NOT_FINITE, _BATCH (none was begun for the student as it stands),
 * _FLOAT_ENVIRONMENT. Costs about 3 filters * tokens * (features + outputs) multiplications a pair.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_accumulate_f64(struct tutee_student_f64 *student,
                                          struct tutee_sampler_f64 *sampler,
                                          size_t pairs,
                                          const double *x,
                                          size_t n_x,
                                          const double *y,
                                          size_t n_y);

/**
 * Says of an array of numbers what a call that wants `expected` finite ones says of it, and at which element. After a refused
 * call it is asked about the call's arrays in turn: the first that it refuses, too, is the one that was meant, and
 * `fault.argument`, `fault.index` (as in `y[17]`), `fault.expected` and `fault.found` say where and how. A program that has
 * nobody to tell does without, and links nothing of it.
 *
 * `argument` is a name for `*fault`; it is not looked at and may be NULL. `*fault` is written whatever is found of the numbers,
 * but for TUTEE_ERROR_OVERLAP. A number of a struct of settings is an array of one.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE. Costs reading the array.
 */
TUTEE_MUST_USE
tutee_status tutee_check_numbers_f64(const char *argument,
                                     const double *numbers,
                                     size_t n_numbers,
                                     size_t expected,
                                     struct tutee_fault *fault);

/**
 * Adds the batch of the sampler `other` to that of `sampler`, sum to sum, for threads that share the pairs of a step: each begins a batch for a
 * copy of the student's words, made by memcpy, in a sampler of its own; then one thread merges them, and steps. The bits are those of the
 * order in which samplers are merged, whichever thread was done first; of all pairs in one sampler they differ by rounding. `other` stays
 * as it is.
 *
 * Errors: TUTEE_ERROR_SHAPE; _BATCH unless both batches were begun for this student as it stands, or a copy, and with one activation;
 * _OVERLAP (also of a sampler with itself); _FLOAT_ENVIRONMENT. Costs an addition for each weight of the student.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_merge_f64(const struct tutee_student_f64 *student,
                                     struct tutee_sampler_f64 *sampler,
                                     struct tutee_sampler_f64 *other);

/**
 * How many pairs the batch holds, and the mean of 1/2 || y - prediction ||^2 over them; 0 without any. Infinite where a
 * prediction or a square overflows.
 *
 * Errors: TUTEE_ERROR_BATCH (none was begun), _FLOAT_ENVIRONMENT. Costs a division.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_loss_f64(const struct tutee_sampler_f64 *sampler,
                                    uint64_t *count,
                                    double *mean_loss);

/**
 * One step along the mean gradient of the batch; then an empty batch begins for the student as it then stands.
 *
 * Errors: TUTEE_ERROR_SHAPE, _NO_SAMPLES, _BATCH, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED,
 * _FLOAT_ENVIRONMENT. Every one leaves the batch as it is: after TUTEE_ERROR_DIVERGED it can be tried with a lower
 * rate. With settings that are finite TUTEE_ERROR_NOT_FINITE is the batch's: its numbers are so large that sums of their products
 * overflowed, no rate helps, and to begin again drops it. Costs outputs * tokens exponentials, and reading the student once.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_step_f64(struct tutee_student_f64 *student,
                                    struct tutee_sampler_f64 *sampler,
                                    const struct tutee_descent_f64 *descent);

/**
 * One step along the mean gradient of a batch that the library draws and the teacher labels. `source->index` moves by
 * `source->batch`. `scratch` has at least TUTEE_ONLINE_SCRATCH elements;
 * TUTEE_ONLINE_SCRATCH_WIDE make it faster where there are wide registers, with the same bits.
 *
 * Errors: TUTEE_ERROR_SHAPE, _NOT_FINITE, _OUT_OF_RANGE, _ENUM or _ZERO (source, descent), _DIVERGED,
 * _FLOAT_ENVIRONMENT; the index then stays. Costs as many tutee_samples_accumulate_f64 as the batch has samples, and
 * the draws.
 */
TUTEE_MUST_USE
tutee_status tutee_online_step_f64(struct tutee_student_f64 *student,
                                   const struct tutee_teacher_f64 *teacher,
                                   struct tutee_source_f64 *source,
                                   const struct tutee_descent_f64 *descent,
                                   double *scratch,
                                   size_t n_scratch);

/**
 * Online steps until a rule of `stop` holds. `observer` may be NULL. `source->index` moves along, and is right whenever
 * the callback looks. `scratch` has at least TUTEE_ONLINE_SCRATCH elements;
 * TUTEE_ONLINE_SCRATCH_WIDE make it faster where there are wide registers, with the same bits.
 *
 * Errors: as tutee_online_step_f64, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO
 * (observer). After TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, student and source stand after the
 * last good step. Costs what its steps cost, and a measurement wherever the callback or the rule looks.
 */
TUTEE_MUST_USE
tutee_status tutee_online_run_f64(struct tutee_student_f64 *student,
                                  const struct tutee_teacher_f64 *teacher,
                                  struct tutee_source_f64 *source,
                                  const struct tutee_descent_f64 *descent,
                                  const struct tutee_stop_f64 *stop,
                                  const struct tutee_observer_f64 *observer,
                                  double *scratch,
                                  size_t n_scratch,
                                  struct tutee_result_f64 *result);

/**
 * One step along the exact gradient over all Gaussian inputs by `rules`. `kept` is what the rule of the attention keeps from step
 * to step: TUTEE_RULES_KEPT elements, zero before the first step, for TUTEE_RULE_ADAM; for other rules it is not looked at and
 * `n_kept` is 0. `scratch` has at least TUTEE_RULES_SCRATCH elements. A row rests once its excess loss is no more than what rounding
 * makes of it.
 *
 * Errors: as tutee_population_step_f64, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; a normalised step longer than
 * -ln|1 - q rate outputs / G| / sqrt(tokens / (K (tokens - K))) for G = tokens, and for G = K, which the value matrix could not follow; Polyak's rule with a
 * teacher that no student equals). Costs some times as much as tutee_population_step_f64.
 */
TUTEE_MUST_USE
tutee_status tutee_population_step_ruled_f64(struct tutee_student_f64 *student,
                                             const struct tutee_teacher_f64 *teacher,
                                             const struct tutee_rules_f64 *rules,
                                             double *kept,
                                             size_t n_kept,
                                             const struct tutee_descent_f64 *descent,
                                             double *scratch,
                                             size_t n_scratch);

/**
 * One step along the mean gradient of the batch by `rules`; then an empty batch begins. `kept` is as in
 * tutee_population_step_ruled_f64. TUTEE_RULE_DESCENT gives the bits of tutee_samples_step_f64.
 *
 * Errors: as tutee_samples_step_f64, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; Polyak's rule and
 * TUTEE_VALUE_PROJECTED are not for such batches). Every one leaves student, batch and what is kept as they are. Costs the gradient
 * through the softmax twice, with Adam three times.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_step_ruled_f64(struct tutee_student_f64 *student,
                                          struct tutee_sampler_f64 *sampler,
                                          const struct tutee_rules_f64 *rules,
                                          double *kept,
                                          size_t n_kept,
                                          const struct tutee_descent_f64 *descent);

/**
 * One step by `rules` along a batch that the library draws and the teacher labels. `kept` is as in
 * tutee_population_step_ruled_f64, the rest as in tutee_online_step_f64, whose bits TUTEE_RULE_DESCENT gives.
 *
 * Errors: as tutee_online_step_f64, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; Polyak's rule with
 * a teacher that no student equals; TUTEE_VALUE_PROJECTED with inputs that are exponential, shifted or correlated; a normalised step that is
 * too long). What is kept and the index then stay. Costs for each sample what tutee_samples_accumulate_f64 costs and a draw for each
 * number of it, then a step of tutee_samples_step_ruled_f64.
 */
TUTEE_MUST_USE
tutee_status tutee_online_step_ruled_f64(struct tutee_student_f64 *student,
                                         const struct tutee_teacher_f64 *teacher,
                                         struct tutee_source_f64 *source,
                                         const struct tutee_rules_f64 *rules,
                                         double *kept,
                                         size_t n_kept,
                                         const struct tutee_descent_f64 *descent,
                                         double *scratch,
                                         size_t n_scratch);

/**
 * Bytes of a snapshot: `*bytes` = TUTEE_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_snapshot_bytes_f64(const struct tutee_shape *shape,
                                      size_t *bytes);

/**
 * Writes a snapshot of the student to `bytes`, exactly tutee_snapshot_bytes_f64 = `n_bytes` of them. `stream` is where
 * its online training stands (seed and index of the tutee_source), or NULL. `activation` is what it is trained with, so
 * that tutee_snapshot_inspect can say it, or TUTEE_NO_ACTIVATION; `slope` is that of TUTEE_LEAKY_RELU, else not looked at.
 *
 * Errors: TUTEE_ERROR_ENUM (activation), TUTEE_ERROR_NOT_FINITE (slope; or a student that tutee_student_load would
 * refuse, which no call of this library leaves behind), TUTEE_ERROR_OUT_OF_RANGE (slope). Costs about ten nanoseconds a
 * byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_f64(const struct tutee_student_f64 *student,
                                    const struct tutee_stream *stream,
                                    int32_t activation,
                                    double slope,
                                    uint8_t *bytes,
                                    size_t n_bytes);

/**
 * Hands the bytes that tutee_student_save_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
 * memory. `stream` is where its online training stands, or NULL; `activation` is what it is trained with, or TUTEE_NO_ACTIVATION; `slope` is that
 * of TUTEE_LEAKY_RELU, else not looked at.
 *
 * Errors: TUTEE_ERROR_ENUM (activation, sink), _NOT_FINITE (slope; or a student that tutee_student_load_f64 would refuse, which no call of
 * this library leaves behind), _OUT_OF_RANGE (slope); all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten
 * nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_to_f64(const struct tutee_student_f64 *student,
                                       const struct tutee_stream *stream,
                                       int32_t activation,
                                       double slope,
                                       const struct tutee_sink *sink);

/**
 * Replaces the student by the one in a snapshot of the same shape and precision; training then goes on with the same
 * bits as if it had never stopped. `*stream` becomes the saved stream, or zeros when none was saved; NULL when it is
 * not wanted. `bytes` may have any length and any content.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE;
 * TUTEE_ERROR_NOT_FINITE (a parameter); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no student of this
 * machine can have. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_load_f64(struct tutee_student_f64 *student,
                                    const uint8_t *bytes,
                                    size_t n_bytes,
                                    struct tutee_stream *stream);

/**
 * Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: `*bytes` = TUTEE_SNAPSHOT_BYTES_RULED_F64(filters, features, tokens,
 * outputs). With another rule a snapshot has tutee_snapshot_bytes_f64.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_snapshot_bytes_ruled_f64(const struct tutee_shape *shape,
                                            size_t *bytes);

/**
 * Writes what tutee_student_save_f64 writes, and with it the rule of the attention, one of tutee_rule, and what it keeps:
 * `kept` has as many elements as for a step, `n_kept`; where that is 0 it is not looked at. `n_bytes` are
 * tutee_snapshot_bytes_ruled_f64 for TUTEE_RULE_ADAM, else tutee_snapshot_bytes_f64.
 *
 * Errors: as tutee_student_save_f64, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs a few nanoseconds a
 * byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_ruled_f64(const struct tutee_student_f64 *student,
                                          const struct tutee_stream *stream,
                                          int32_t activation,
                                          double slope,
                                          int32_t rule,
                                          const double *kept,
                                          size_t n_kept,
                                          uint8_t *bytes,
                                          size_t n_bytes);

/**
 * Hands the bytes that tutee_student_save_ruled_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else
 * needs memory. `rule` is the rule of the attention, one of tutee_rule; `kept` has as many elements as for a step, `n_kept`, and is not
 * looked at where that is 0.
 *
 * Errors: those of tutee_student_save_to_f64, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs about ten
 * nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_ruled_to_f64(const struct tutee_student_f64 *student,
                                             const struct tutee_stream *stream,
                                             int32_t activation,
                                             double slope,
                                             int32_t rule,
                                             const double *kept,
                                             size_t n_kept,
                                             const struct tutee_sink *sink);

/**
 * Replaces the student by the one in a snapshot, and what a rule kept by what was saved of it, so that steps by this rule go on
 * with the same bits. tutee_student_load_f64 takes the student alone, whatever its rule was.
 *
 * Errors: as tutee_student_load_f64, also TUTEE_ERROR_SNAPSHOT_RULE for a snapshot of another rule, TUTEE_ERROR_ENUM (rule),
 * TUTEE_ERROR_NOT_FINITE (what was kept). Costs a few nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_load_ruled_f64(struct tutee_student_f64 *student,
                                          int32_t rule,
                                          double *kept,
                                          size_t n_kept,
                                          const uint8_t *bytes,
                                          size_t n_bytes,
                                          struct tutee_stream *stream);

/**
 * Words (uint64_t) of a layer with its working memory: `*words` = TUTEE_LAYER_WORDS_F64(filters, features, tokens, outputs,
 * embedding, codes, key_query, queries, code_width, key_width, query_width).
 *
 * Errors: TUTEE_ERROR_ENUM, _ZERO, _TOO_LARGE; TUTEE_ERROR_LENGTH where sizes must agree (outputs and tokens when tokens ask, code width
 * and features when they are added); TUTEE_ERROR_OUT_OF_RANGE for codes that nothing uses, or that are needed and missing, and for a
 * width of what there is not.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_words_f64(const struct tutee_layer_shape *shape,
                                   size_t *words);

/**
 * The usual settings of a layer: scale 1 / sqrt(tokens), identity, squared loss, every block trains that there is.
 *
 * Errors: those of tutee_layer_words, and TUTEE_ERROR_FLOAT_ENVIRONMENT.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_default_f64(const struct tutee_layer_shape *shape,
                                     struct tutee_layer_settings_f64 *settings);

/**
 * Makes a layer of zeros with the usual settings, without a batch; its position codes are zero, too, and have to be set.
 *
 * `memory` has at least tutee_layer_words_f64 `words`; `*layer` then points to it.
 *
 * Errors: those of tutee_layer_words, and TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_init_f64(uint64_t *memory,
                                  size_t words,
                                  const struct tutee_layer_shape *shape,
                                  struct tutee_layer_f64 **layer);

/**
 * Replaces the settings, and ends the batch.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, _ENUM, _OUT_OF_RANGE (slope; several filters or an activation with the logistic loss; blocks that the
 * layer does not have; for separate matrices a choice of blocks that is not one of columns of W_K times columns of W_Q). Costs a few
 * comparisons.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_configure_f64(struct tutee_layer_f64 *layer,
                                       const struct tutee_layer_settings_f64 *settings);

/**
 * Copies the settings to `*settings`: those that were set last, or came with a snapshot.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_configuration_f64(const struct tutee_layer_f64 *layer,
                                           struct tutee_layer_settings_f64 *settings);

/**
 * Fills `codes[tokens][code_width]` with position codes, for TUTEE_CODES of tutee_layer_set or for a sample that brings its own. `code` is
 * one of tutee_code; `seed` is looked at for TUTEE_CODE_ORTHONORMAL and TUTEE_CODE_SIGNS. `n_codes` = tokens * code_width.
 *
 * Errors: those of tutee_layer_words; TUTEE_ERROR_ENUM; TUTEE_ERROR_OUT_OF_RANGE for a shape without codes, and for identity or
 * orthonormal codes that are narrower than there are tokens; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs a sine, a cosine or a draw for each
 * entry; orthonormal codes tokens^2 * code_width multiplications more.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_codes_f64(const struct tutee_layer_shape *shape,
                                   int32_t code,
                                   uint64_t seed,
                                   double *codes,
                                   size_t n_codes);

/**
 * Sets out anew: W_V zero, W_KQ or W_K and W_Q as `start` says, one of tutee_start, in the blocks that train, and zero in the others.
 * No steps are taken yet; codes stay as they are, and the batch ends. `deviation` (not negative; 0.1 is usual) and `seed` are looked at for
 * TUTEE_START_GAUSSIAN alone.
 *
 * Errors: TUTEE_ERROR_ENUM, _NOT_FINITE, _OUT_OF_RANGE, _FLOAT_ENVIRONMENT. Costs writing the memory once, and a draw for each entry
 * that is not zero.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_start_f64(struct tutee_layer_f64 *layer,
                                   int32_t start,
                                   double deviation,
                                   uint64_t seed);

/**
 * Copies a block of the layer's numbers, one of tutee_block, to `out`: `n_out` elements, as many as tutee_layer_block_len says.
 * TUTEE_ATTENTION is that of the last sample that was added, predicted or measured; zeros before the first.
 *
 * Errors: TUTEE_ERROR_ENUM (block, also one that the layer does not have). Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_get_f64(const struct tutee_layer_f64 *layer,
                                 int32_t block,
                                 double *out,
                                 size_t n_out);

/**
 * Replaces a block of the layer's numbers, one of tutee_block, by `from`, and ends the batch: `n_from` elements, as many as
 * tutee_layer_block_len says.
 *
 * Errors: TUTEE_ERROR_ENUM (block, also one that the layer does not have), _READ_ONLY (TUTEE_ATTENTION), _NOT_FINITE. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_set_f64(struct tutee_layer_f64 *layer,
                                 int32_t block,
                                 const double *from,
                                 size_t n_from);

/**
 * Gradient steps taken since the start.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_steps_f64(const struct tutee_layer_f64 *layer,
                                   uint64_t *steps);

/**
 * A 64-bit digest of sizes, choices, steps and the bits of every parameter: equal layers have equal digests on every machine.
 *
 * Errors: those of every function alone. Costs about a nanosecond a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_digest_f64(const struct tutee_layer_f64 *layer,
                                    uint64_t *digest);

/**
 * Writes `squares[4]`, the squared Frobenius norms of the four quarters of a block: content by content, content by position, position by
 * content, position by position, rows first; zero of a quarter that the shape does not have. Rows that have no parts, which are all but those
 * of W_KQ, count as content. `n_squares` = 4.
 *
 * Errors: TUTEE_ERROR_ENUM or _READ_ONLY (block), _FLOAT_ENVIRONMENT. Costs a multiplication and an addition for each entry of the
 * block.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_squares_f64(const struct tutee_layer_f64 *layer,
                                     int32_t block,
                                     double *squares,
                                     size_t n_squares);

/**
 * What the layer has recovered of a teacher of the same sizes. The attention is that of the last sample that was added, predicted or
 * measured: where what was learned is attention on position, it is the same for every input.
 *
 * Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT. Costs some multiplications for each entry of W_V, W_KQ and the attention; of separate
 * W_K and W_Q also their product.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_recovery_f64(const struct tutee_layer_f64 *layer,
                                      const struct tutee_teacher_f64 *teacher,
                                      struct tutee_recovered_f64 *recovered);

/**
 * How close the layer's codes, fixed or learned, are to `others[tokens][code_width]`: those that they set out from, or another layer's.
 *
 * Errors: TUTEE_ERROR_OUT_OF_RANGE for a layer that holds no codes, _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs tokens^2 * code_width
 * multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_codes_recovery_f64(const struct tutee_layer_f64 *layer,
                                            const double *others,
                                            size_t n_others,
                                            struct tutee_codes_recovered_f64 *recovered);

/**
 * How close W_KQ, or W_K^T W_Q of separate matrices, is to that of a teacher with finite logits, `teacher[token width][query width]`: a
 * row for each entry of a key, content before position, as the block TUTEE_KEY_QUERY of a layer with merged matrices has them. The teacher's
 * logits are those of the layer's scale: where it has another, its matrix is to be multiplied by the teacher's scale over the layer's.
 *
 * Compared are root mean squares of logits over inputs of mean zero and variance one and over all positions, without what no answer
 * depends on: a number that W_KQ adds to all tokens of a query, which a softmax does not see (with orthonormal codes the sum of
 * all codes as key), and directions that no position code has. Queries of sets count as their codes, queries that are vectors as content.
 *
 * Errors: TUTEE_ERROR_LENGTH for a matrix of another size, _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs about 4 tokens^2 * code_width^2
 * multiplications and features^2 with content, key_width times as many with separate matrices.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_key_query_recovery_f64(const struct tutee_layer_f64 *layer,
                                                const double *teacher,
                                                size_t n_teacher,
                                                struct tutee_key_query_recovered_f64 *recovered);

/**
 * Begins an empty batch, forgetting any other. The batch belongs to the layer as it stands: whatever changes the layer but a step of the
 * batch ends it, and accumulate, batch loss and step then return TUTEE_ERROR_BATCH.
 *
 * Errors: TUTEE_ERROR_CANNOT_MOVE when what is to train could not move, whatever the samples are (separate W_K and W_Q that are both
 * zero; W_V zero that does not train; learned codes that are zero beside weights that are), _FLOAT_ENVIRONMENT. Costs writing the
 * gradients once, and where tokens have codes of their own as much as two pairs or so.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_begin_f64(struct tutee_layer_f64 *layer);

/**
 * Adds `pairs` pairs of input and answer, which the caller's own simulator produced, to the batch:
 * `x[pairs][tokens][features]`, and what the shape asks for beside it, else NULL and 0: `sets[pairs][outputs][q]` of token numbers,
 * sets of one size q, of different tokens each; `queries[pairs][outputs][query_width]`; `codes[pairs][tokens][code_width]`, where codes come with the sample.
 * `y[pairs][outputs][filters]`, or with the logistic loss `y[pairs]` of +1 and -1. All pairs are added or, when anything is wrong, none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE, _INDEX or _DUPLICATE (sets), _OUT_OF_RANGE (a label), _BATCH, _FLOAT_ENVIRONMENT. Costs
 * about three times tutee_layer_predict.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_accumulate_f64(struct tutee_layer_f64 *layer,
                                        size_t pairs,
                                        const double *x,
                                        size_t n_x,
                                        const uint32_t *sets,
                                        size_t n_sets,
                                        const double *queries,
                                        size_t n_queries,
                                        const double *codes,
                                        size_t n_codes,
                                        const double *y,
                                        size_t n_y);

/**
 * How many pairs the batch holds, and their mean loss; 0 without any.
 *
 * Errors: TUTEE_ERROR_BATCH (none was begun), _FLOAT_ENVIRONMENT. Costs a division.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_batch_loss_f64(const struct tutee_layer_f64 *layer,
                                        uint64_t *count,
                                        double *mean_loss);

/**
 * One step along the mean gradient of the batch; then an empty batch begins. W_V and learned codes move at the value rate, W_KQ or W_K and
 * W_Q at the attention rate, which is not divided by anything here.
 *
 * Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED where the norm of a matrix could come
 * to exceed the value limit, _FLOAT_ENVIRONMENT. Every one leaves layer and batch as they are. With settings that are finite
 * TUTEE_ERROR_NOT_FINITE is the batch's: its numbers are so large that sums of their products overflowed, no rate helps, and to begin
 * again drops it. Costs some ten operations for each parameter.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_step_f64(struct tutee_layer_f64 *layer,
                                  const struct tutee_descent_f64 *descent);

/**
 * The layer's answers to `inputs` inputs, one after the other:
 * `x[inputs][tokens][features]`, and what the shape asks for beside it, else NULL and 0: `sets[inputs][outputs][q]` of token numbers,
 * sets of one size q, of different tokens each; `queries[inputs][outputs][query_width]`; `codes[inputs][tokens][code_width]`, where codes come with the sample.
 * Writes `y[inputs][outputs][filters]`, or with the logistic loss `y[inputs]`, the log-odds of the label +1. The batch stays as it is; the
 * layer's working memory is used.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _INDEX or _DUPLICATE (sets), _FLOAT_ENVIRONMENT. Costs about outputs * key width *
 * (query width + tokens) + filters * tokens * (token width + outputs) multiplications an input, and outputs * tokens exponentials.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_predict_f64(struct tutee_layer_f64 *layer,
                                     size_t inputs,
                                     const double *x,
                                     size_t n_x,
                                     const uint32_t *sets,
                                     size_t n_sets,
                                     const double *queries,
                                     size_t n_queries,
                                     const double *codes,
                                     size_t n_codes,
                                     double *y,
                                     size_t n_y);

/**
 * The mean loss of `pairs` pairs at the layer as it stands, arrays as in tutee_layer_accumulate. The batch stays as it is; the layer's working
 * memory is used. Not finite where products overflow.
 *
 * Errors: those of tutee_layer_accumulate but _BATCH. Costs as much as tutee_layer_predict.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_loss_f64(struct tutee_layer_f64 *layer,
                                  size_t pairs,
                                  const double *x,
                                  size_t n_x,
                                  const uint32_t *sets,
                                  size_t n_sets,
                                  const double *queries,
                                  size_t n_queries,
                                  const double *codes,
                                  size_t n_codes,
                                  const double *y,
                                  size_t n_y,
                                  double *mean_loss);

/**
 * One step along the mean gradient of a batch that the library draws and that `labels` with `value[filters][features]` and `choice` says how
 * to answer, under the layer's own activation. `source->index` moves by `source->batch`, and the layer's batch ends. `sets` is working
 * memory of outputs * q numbers where sets ask, q the size of the sets that are drawn, else NULL and 0. `scratch` has at least
 * tutee_layer_online_scratch elements.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE, _ENUM or _ZERO (labels, source, descent; a layer that vectors ask; TUTEE_ANSWER_SETS for a
 * layer that no sets ask), _INDEX (the token of a group), _CANNOT_MOVE, _DIVERGED, _FLOAT_ENVIRONMENT; the index then stays, and so does the
 * layer's batch. Costs for each sample what tutee_layer_accumulate_f64 costs and a draw for each number of it, then a step.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_online_step_f64(struct tutee_layer_f64 *layer,
                                         const struct tutee_labels_f64 *labels,
                                         const double *value,
                                         size_t n_value,
                                         const double *choice,
                                         size_t n_choice,
                                         struct tutee_source_f64 *source,
                                         const struct tutee_descent_f64 *descent,
                                         uint32_t *sets,
                                         size_t n_sets,
                                         double *scratch,
                                         size_t n_scratch);

/**
 * The mean loss over `source->batch` samples, drawn and labelled as those of tutee_layer_online_step are, from `source->index` on. Nothing
 * moves: with another seed it is the loss on samples that training never sees. Layer and its batch stay as they are.
 *
 * Errors: those of tutee_layer_online_step but _DIVERGED. Costs for each sample what tutee_layer_predict_f64 costs and a draw for each
 * number of it.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_online_loss_f64(struct tutee_layer_f64 *layer,
                                         const struct tutee_labels_f64 *labels,
                                         const double *value,
                                         size_t n_value,
                                         const double *choice,
                                         size_t n_choice,
                                         const struct tutee_source_f64 *source,
                                         uint32_t *sets,
                                         size_t n_sets,
                                         double *scratch,
                                         size_t n_scratch,
                                         double *mean_loss);

/**
 * One step along the exact gradient of selection: y_j = act(value mean of x_i over the set of output j), the mean over all Gaussian inputs in
 * closed form and over sets as `over` says. The layer has concatenated tokens, fixed codes, one W_KQ and sets that ask, and of it content
 * of W_V and position by position of W_KQ train, the squared loss; all else is zero, as tutee_layer_start leaves it. `set` is working
 * memory of q numbers, q the size of the sets, and `scratch` has at least TUTEE_LAYER_SELECTION_SCRATCH elements. `over->index` moves by
 * `over->count`, and the layer's batch ends. On orthonormal codes from zero the excess loss ends on (tokens - 1) / (4 scale^2 rate t)
 * after t steps of this attention rate.
 *
 * Errors: TUTEE_ERROR_OUT_OF_RANGE (a layer of another form or of other blocks, sets that are empty or larger than there are tokens, more
 * sets than 32 bits count; descent), _NOT_FINITE, _ENUM (descent), _CANNOT_MOVE, _DIVERGED, _FLOAT_ENVIRONMENT; layer, batch and index
 * then stay. Costs for every sixteen sets an exact step of as many outputs.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_selection_step_f64(struct tutee_layer_f64 *layer,
                                            const double *value,
                                            size_t n_value,
                                            struct tutee_sets *over,
                                            const struct tutee_descent_f64 *descent,
                                            uint32_t *set,
                                            size_t n_set,
                                            double *scratch,
                                            size_t n_scratch);

/**
 * The exact excess loss that tutee_layer_selection_step makes small, of all outputs together, over the sets that `over` says. Nothing moves;
 * layer and its batch stay as they are.
 *
 * Errors: those of tutee_layer_selection_step but of its descent and _DIVERGED; TUTEE_ERROR_OUT_OF_RANGE also where numbers are so large
 * that the loss overflows. Costs about two thirds of a step.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_selection_loss_f64(struct tutee_layer_f64 *layer,
                                            const double *value,
                                            size_t n_value,
                                            const struct tutee_sets *over,
                                            uint32_t *set,
                                            size_t n_set,
                                            double *scratch,
                                            size_t n_scratch,
                                            double *excess_loss);

/**
 * Bytes of a snapshot of a layer: `*bytes` = TUTEE_LAYER_SNAPSHOT_BYTES_F64 of what TUTEE_LAYER_WORDS_F64 takes.
 *
 * Errors: those of tutee_layer_words.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_snapshot_bytes_f64(const struct tutee_layer_shape *shape,
                                            size_t *bytes);

/**
 * Writes a snapshot of the layer with its settings to `bytes`, exactly tutee_layer_snapshot_bytes_f64 = `n_bytes` of them; its batch is not
 * saved. `stream` is where its online training stands (seed and index of the tutee_source), or NULL.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE for a layer that tutee_layer_load would refuse, which no call of this library leaves behind. Costs about
 * ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_save_f64(const struct tutee_layer_f64 *layer,
                                  const struct tutee_stream *stream,
                                  uint8_t *bytes,
                                  size_t n_bytes);

/**
 * Hands the bytes that tutee_layer_save_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
 * memory. `stream` is where its online training stands (seed and index of the tutee_source), or NULL.
 *
 * Errors: TUTEE_ERROR_ENUM (sink), _NOT_FINITE for a layer that tutee_layer_load_f64 would refuse, which no call of this library leaves behind; all
 * before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_save_to_f64(const struct tutee_layer_f64 *layer,
                                     const struct tutee_stream *stream,
                                     const struct tutee_sink *sink);

/**
 * Replaces the layer and its settings by those in a snapshot of the same shape and precision, and ends the batch; training then goes on
 * with the same bits as if it had never stopped. `*stream` becomes the saved stream, or zeros when none was saved; NULL when it is not
 * wanted. `bytes` may have any length and any content.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE; TUTEE_ERROR_NOT_FINITE (a
 * parameter); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no layer of this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT.
 * Costs a few nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_load_f64(struct tutee_layer_f64 *layer,
                                  const uint8_t *bytes,
                                  size_t n_bytes,
                                  struct tutee_stream *stream);

/**
 * Words (uint64_t) of a student of raw readings with its working memory: `*words` = TUTEE_RAW_WORDS_F64(filters, features, tokens,
 * outputs, preparation). The sizes are those of the readings, `preparation` is a sum of tutee_preparation.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (also a size that the preparation makes too large), _ENUM (preparation).
 */
TUTEE_MUST_USE
tutee_status tutee_raw_words_f64(const struct tutee_shape *shape,
                                 int32_t preparation,
                                 size_t *words);

/**
 * Makes a student of readings of these sizes, which has seen none: W and logits zero; with TUTEE_SIGNED W is 1/2 everywhere.
 *
 * `memory` has at least tutee_raw_words_f64 `words`; `*raw` then points to it. `slope` is looked at for TUTEE_LEAKY_RELU alone.
 *
 * Errors: those of tutee_raw_words_f64; of the activation TUTEE_ERROR_ENUM, _NOT_FINITE, _OUT_OF_RANGE; _FLOAT_ENVIRONMENT. Costs
 * writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_init_f64(uint64_t *memory,
                                size_t words,
                                const struct tutee_shape *shape,
                                int32_t preparation,
                                int32_t activation,
                                double slope,
                                struct tutee_raw_f64 **raw);

/**
 * Looks at `pairs` recorded pairs, `x[pairs][tokens][features]` and `y[pairs][outputs][filters]` as they come, in any unit and with any
 * offset: running means and second moments, by which readings are centred and scaled from then on. With the identity a mean is taken
 * from every sensor and from every answer; with an activation from every feature, which can be given back. To be done with the first
 * pairs, as many as show how readings spread; what was looked at is not trained on. Whatever batch there was ends. All pairs are
 * looked at or, when anything is wrong, none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE, _OUT_OF_RANGE (a number beyond a quarter of the largest), _FLOAT_ENVIRONMENT. Costs two
 * divisions a number.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_observe_f64(struct tutee_raw_f64 *raw,
                                   size_t pairs,
                                   const double *x,
                                   size_t n_x,
                                   const double *y,
                                   size_t n_y);

/**
 * Lets what is known of the readings weigh as much as `pairs` pairs, which may be 0; where it weighs less nothing is changed but that whatever
 * batch there was ends. Called before each pair that tutee_raw_observe_f64 is given alone, means and scales are those of an
 * exponential window: a pair counts 1 - 1 / (pairs + 1) times as much with each that comes after it, so that they follow sensors that drift, or a
 * plant that was changed. The student stays, whose W was learned of readings that were centred and scaled in another way: one of tutee_raw_init_f64, or
 * more steps after tutee_raw_begin_f64.
 *
 * Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs a multiplication a feature.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_forget_f64(struct tutee_raw_f64 *raw,
                                  uint64_t pairs);

/**
 * Copies what is known of the readings: what is taken from inputs, `mean[tokens][features]`; by what they are then divided,
 * `scale[features]`, the standard deviation, zero for a feature that was constant and is given to the student as zero; what is taken
 * from answers, `answer_mean[outputs][filters]`; and by what those are divided, `*answer_scale`. Zeros before the first pair. Nothing is
 * computed: any floating-point environment will do, and a batch stays as it is.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_moments_f64(struct tutee_raw_f64 *raw,
                                   double *mean,
                                   size_t n_mean,
                                   double *scale,
                                   size_t n_scale,
                                   double *answer_mean,
                                   size_t n_answer_mean,
                                   double *answer_scale);

/**
 * Begins the training on the readings that were looked at; or drops the batch, where it has begun.
 *
 * Errors: TUTEE_ERROR_CANNOT_MOVE when no pair was looked at (tutee_raw_observe_f64 first), or no feature varies in them; _FLOAT_ENVIRONMENT. Costs writing the
 * working memory once, and an exponential for each weight of the attention.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_begin_f64(struct tutee_raw_f64 *raw);

/**
 * Adds `pairs` recorded pairs to the batch, `x[pairs][tokens][features]` and `y[pairs][outputs][filters]` as they come: all of them or,
 * when anything is wrong, none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE (also a number so far from what was looked at that its square overflows), _BATCH (none was
 * begun), _FLOAT_ENVIRONMENT. Costs about `6 M D (d + J)` additions and multiplications a pair, of the student's sizes.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_accumulate_f64(struct tutee_raw_f64 *raw,
                                      size_t pairs,
                                      const double *x,
                                      size_t n_x,
                                      const double *y,
                                      size_t n_y);

/**
 * Adds the batch of `other` to that of `raw`, sum to sum, for threads that share the pairs of a step: each accumulates into a copy of the
 * object's words, made by memcpy after tutee_raw_begin_f64 or a step, before any pair; then one thread merges them, and steps. The bits are those
 * of the order in which batches are merged, whichever thread was done first; of all pairs in one batch they differ by rounding. `other` stays
 * as it is, and is a copy of `raw` no more after the step: it is copied anew.
 *
 * Errors: TUTEE_ERROR_SHAPE (also another preparation); _BATCH unless both were begun with one student, activation and all that is known of
 * the readings; _OVERLAP (also of an object with itself); _FLOAT_ENVIRONMENT. Costs a few operations for each number of both.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_merge_f64(struct tutee_raw_f64 *raw,
                                 struct tutee_raw_f64 *other);

/**
 * The usual settings of a step on raw readings: shares 0.5 and 0.2, a row moves by at most 0.25, ten times the loss of predicting nothing; compensated.
 *
 * Errors: those of every function alone.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_descent_default_f64(struct tutee_raw_descent_f64 *descent);

/**
 * One step along the mean gradient of the batch, at rates that come from the data; then an empty batch begins.
 *
 * Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH (none was begun); of the settings _NOT_FINITE, _OUT_OF_RANGE, _ENUM; _FLOAT_ENVIRONMENT.
 * TUTEE_ERROR_DIVERGED is a share that is too large, never a fault of the pairs: the batch is dropped then, and the student is again
 * the one before the last step whose batch cost less than the limit; `*stepped` is not written. Where it is no share but sensors that
 * have moved, tutee_raw_strayed says so.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_step_f64(struct tutee_raw_f64 *raw,
                                const struct tutee_raw_descent_f64 *descent,
                                struct tutee_raw_stepped_f64 *stepped);

/**
 * What the batch says of the student as it stands: how well it answers, whether the attention has moved, whether a filter is dead. The
 * batch stays.
 *
 * Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH (none was begun), _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs a pass over the attention and the sums
 * of the batch.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_diagnose_f64(struct tutee_raw_f64 *raw,
                                    struct tutee_raw_diagnosis_f64 *diagnosis);

/**
 * How well the student answers `pairs` recorded pairs that it is not trained on. Nothing is added to the batch.
 *
 * Errors: those of tutee_raw_accumulate_f64; TUTEE_ERROR_NOT_FINITE also when a square overflows (working memory in the object is written then,
 * which nothing reads). Costs about a third of tutee_raw_accumulate_f64.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_loss_f64(struct tutee_raw_f64 *raw,
                                size_t pairs,
                                const double *x,
                                size_t n_x,
                                const double *y,
                                size_t n_y,
                                struct tutee_raw_fit_f64 *fit);

/**
 * Which sensor of `pairs` recorded pairs lies farthest from the means that were taken of those that were looked at, one of inputs and one
 * of answers, and how far: the mean of its squares over these pairs, in squares of the scales. A sensor whose offset has moved by m
 * deviations is told by about 1 + m^2 however many others there are; one whose unit has changed by a factor by its square. Chance
 * alone makes 2 or 3 of the largest of many over some ten pairs, and more of fewer, so that 10 is a fair bound of what is none.
 * A batch that ends in TUTEE_ERROR_DIVERGED for that cause asks for no smaller step: look at readings as they are now (tutee_raw_init,
 * tutee_raw_observe).
 *
 * A feature has one scale for all tokens (tutee_raw_moments_f64), and answers have one for all: where sensors vary alike each has 1 on
 * average, where they do not the liveliest has up to as many as share its scale, and what this function says of the pairs that
 * were looked at is what to compare with; as where an activation leaves tokens means of their own. A feature that was constant does not
 * count. Neither batch nor student is touched; there need be none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE (also where a square overflows), _CANNOT_MOVE (nothing was looked at, or nothing that
 * varies), _FLOAT_ENVIRONMENT. Costs a division a number.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_strayed_f64(struct tutee_raw_f64 *raw,
                                   size_t pairs,
                                   const double *x,
                                   size_t n_x,
                                   const double *y,
                                   size_t n_y,
                                   struct tutee_raw_spread_f64 *strayed);

/**
 * Predicts the readings that answer to `inputs` inputs: from `x[inputs][tokens][features]`, as they come, `y[inputs][outputs][filters]` in
 * their own units. Nothing is added to the batch.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs about `2 M D (d + J)`
 * multiplications and additions an input, and an exponential for each weight of the attention.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_predict_f64(struct tutee_raw_f64 *raw,
                                   size_t inputs,
                                   const double *x,
                                   size_t n_x,
                                   double *y,
                                   size_t n_y);

/**
 * Copies what the student has learned, in the units of the readings: y_j = act( W sum_i S_ji x_i + b_j ), with W `value[filters][features]`,
 * b `bias[outputs][filters]` and S `mixing[outputs][tokens]`. S is negative where a negated token weighs more, and its rows add up to less than one
 * by what the spare token has. A feature that was constant has weight zero. Numbers that the type cannot hold, of units very far
 * apart, are infinite or zero. Student and batch stay as they are.
 *
 * Errors: TUTEE_ERROR_BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs an exponential for each weight of the attention, and `M d
 * + J M D` multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_explain_f64(struct tutee_raw_f64 *raw,
                                   double *value,
                                   size_t n_value,
                                   double *bias,
                                   size_t n_bias,
                                   double *mixing,
                                   size_t n_mixing);

/**
 * Writes the `n_links` entries of S that are farthest from zero, the farthest first; of equal ones the first output and token come first. From 1 to
 * outputs * tokens entries. All of them are listed, whether they stand out or not, which tutee_mixing_links_f64 tells. Student and batch
 * stay as they are.
 *
 * Errors: TUTEE_ERROR_LENGTH (none, or more than there are), _BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs log n_links for each
 * entry of S.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_links_f64(struct tutee_raw_f64 *raw,
                                 struct tutee_link_f64 *links,
                                 size_t n_links);

/**
 * Bytes of a snapshot of a student of raw readings: `*bytes` = TUTEE_RAW_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs,
 * preparation). The sizes are those of the readings, `preparation` is a sum of tutee_preparation.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (also a size that the preparation makes too large), _ENUM (preparation).
 */
TUTEE_MUST_USE
tutee_status tutee_raw_snapshot_bytes_f64(const struct tutee_shape *shape,
                                          int32_t preparation,
                                          size_t *bytes);

/**
 * Writes a snapshot of all that the training needs to go on, but the batch in the making, to `bytes`, exactly
 * tutee_raw_snapshot_bytes_f64 = `n_bytes` of them: the student, what is known of the readings, where rates come from, and the
 * activation. To be taken after a step; a batch stays as it is, and is lost to whoever loads. Any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_BATCH (no training was begun); TUTEE_ERROR_NOT_FINITE for numbers that tutee_raw_load would refuse, which no
 * call of this library leaves behind. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_save_f64(struct tutee_raw_f64 *raw,
                                uint8_t *bytes,
                                size_t n_bytes);

/**
 * Hands the bytes that tutee_raw_save_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs memory.
 * A batch stays as it is, and any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_BATCH (no training was begun), _ENUM (sink), _NOT_FINITE for numbers that tutee_raw_load_f64 would refuse, which no call of this
 * library leaves behind; all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and
 * twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_save_to_f64(struct tutee_raw_f64 *raw,
                                   const struct tutee_sink *sink);

/**
 * Replaces the student, all that is known of its readings, and its activation by those in a snapshot of the same sizes, preparation and
 * precision, and begins an empty batch: the next step has the bits that it would have had without the stop. An object made by
 * tutee_raw_init, which has seen nothing, is enough. A step that is refused then goes back to the student that was saved.
 * `bytes` may have any length and any content; tutee_raw_inspect says what they are of. A snapshot of a student that could never move,
 * which no call of this library writes, is loaded without a batch, and tutee_raw_begin says what it lacks.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE (also another
 * preparation); TUTEE_ERROR_NOT_FINITE (a number in it); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no student of
 * this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_load_f64(struct tutee_raw_f64 *raw,
                                const uint8_t *bytes,
                                size_t n_bytes);

/**
 * Words (uint64_t) of a whitener: `*words` = TUTEE_WHITENER_WORDS_F64(filters, features, tokens, outputs), of the sizes of the readings;
 * filters and outputs do not count, and are those of tutee_whitener_restore_f64. The memory grows with the square of the features.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_words_f64(const struct tutee_shape *shape,
                                      size_t *words);

/**
 * Makes a whitener of readings of these sizes, which has seen none. `memory` has at least tutee_whitener_words_f64 `words`; `*whitener`
 * then points to it.
 *
 * Errors: those of tutee_whitener_words_f64. Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_init_f64(uint64_t *memory,
                                     size_t words,
                                     const struct tutee_shape *shape,
                                     struct tutee_whitener_f64 **whitener);

/**
 * Looks at `inputs` recorded inputs `x[inputs][tokens][features]`: running means and sums of products of two features'. `activation` is
 * that of the student behind it: with the identity a mean is taken from every sensor, with another one from every feature. All inputs are
 * looked at or, when anything is wrong, none. In which portions they come does not matter to the bits.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _ENUM (activation), _NOT_FINITE, _OUT_OF_RANGE (a number beyond a quarter of the largest; a whitener that has
 * settled, which looks at no more inputs), _FLOAT_ENVIRONMENT. Costs `D (d^2 + 3 d)` multiplications and divisions an input.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_observe_f64(struct tutee_whitener_f64 *whitener,
                                        int32_t activation,
                                        size_t inputs,
                                        const double *x,
                                        size_t n_x);

/**
 * Makes the matrix Z out of all that was looked at. Directions that have less than 64 roundings of one of the largest one's power (1.4e-14
 * of it in double, 7.6e-6 in float) are left out, as are features that vary by less than four roundings of their means.
 *
 * Errors: TUTEE_ERROR_CANNOT_MOVE (nothing was looked at, or no feature varies), _OUT_OF_RANGE (a feature varies by so little that what it is to be
 * multiplied by is no number), _FLOAT_ENVIRONMENT. Costs up to thirty times `6 d^3` multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_settle_f64(struct tutee_whitener_f64 *whitener);

/**
 * How far a whitener has come: inputs looked at, directions left out, and the condition of the features, which says whether whitening is of
 * use. Any floating-point environment will do.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_condition_f64(struct tutee_whitener_f64 *whitener,
                                          struct tutee_whitened_f64 *whitened);

/**
 * Copies what is taken from readings, `mean[tokens][features]`, and by what each token is multiplied then, `matrix[features][features]`, zeros
 * before it has settled. Any floating-point environment will do.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_matrix_f64(struct tutee_whitener_f64 *whitener,
                                       double *mean,
                                       size_t n_mean,
                                       double *matrix,
                                       size_t n_matrix);

/**
 * Writes `inputs` inputs as a student of raw readings is to see them, in tutee_raw_observe_f64, tutee_raw_accumulate_f64 and wherever else it is
 * given any: `x[inputs][tokens][features]` with the means taken away, times the matrix. Of numbers very far from all that was looked at
 * it may be infinite, which those functions refuse.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _CANNOT_MOVE (it has not settled), _FLOAT_ENVIRONMENT. Costs `D d^2` multiplications an input.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_whiten_f64(struct tutee_whitener_f64 *whitener,
                                       size_t inputs,
                                       const double *x,
                                       size_t n_x,
                                       double *whitened,
                                       size_t n_whitened);

/**
 * Makes what tutee_raw_explain_f64 wrote of a student of whitened readings a model of readings as they come, in place: `value[filters][features]`
 * becomes W Z, and `bias[outputs][filters]` is less by the sum over i of S_ji W Z m_i, with S `mixing[outputs][tokens]`. Once: what is restored
 * again is wrong.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE (also numbers that tutee_raw_explain_f64 could not hold), _CANNOT_MOVE (it has not settled),
 * _FLOAT_ENVIRONMENT. Costs `M d^2 + J M D d` multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_restore_f64(struct tutee_whitener_f64 *whitener,
                                        double *value,
                                        size_t n_value,
                                        double *bias,
                                        size_t n_bias,
                                        const double *mixing,
                                        size_t n_mixing);

/**
 * Bytes of a snapshot of a whitener: `*bytes` = TUTEE_WHITENER_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs), of the sizes of the
 * readings.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_snapshot_bytes_f64(const struct tutee_shape *shape,
                                               size_t *bytes);

/**
 * Writes a snapshot of a whitener, settled or not, to `bytes`, exactly tutee_whitener_snapshot_bytes_f64 = `n_bytes` of them. It changes no more
 * once it has settled, so that it is saved once, beside the snapshots of the student behind it. Any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE for numbers that tutee_whitener_load_f64 would refuse, which no call of this library leaves behind. Costs about
 * ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_save_f64(struct tutee_whitener_f64 *whitener,
                                     uint8_t *bytes,
                                     size_t n_bytes);

/**
 * Hands the bytes that tutee_whitener_save_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
 * memory. Any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_ENUM (sink), _NOT_FINITE for numbers that tutee_whitener_load_f64 would refuse, which no call of this library leaves behind;
 * all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_save_to_f64(struct tutee_whitener_f64 *whitener,
                                        const struct tutee_sink *sink);

/**
 * Replaces all that a whitener knows by what is in a snapshot of as many tokens and features and of the same precision: it goes on with the bits
 * that it would have had without the stop. `bytes` may have any length and any content.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE; TUTEE_ERROR_NOT_FINITE (a number in it);
 * TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_load_f64(struct tutee_whitener_f64 *whitener,
                                     const uint8_t *bytes,
                                     size_t n_bytes);

/**
 * Words (uint64_t) of a teacher: `*words` = TUTEE_TEACHER_WORDS_F32(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_words_f32(const struct tutee_shape *shape,
                                     size_t *words);

/**
 * Makes a teacher f*(X) = act(value X mixing) from its matrices, both copied.
 *
 * `memory` has at least tutee_teacher_words_f32 `words`; `*teacher` then points to it. `slope` is looked at for
 * TUTEE_LEAKY_RELU alone. `value[filters][features]` has `n_value` = filters * features elements,
 * `mixing[outputs][tokens]` has `n_mixing` = outputs * tokens elements, the caller's own or what a tutee_mixing_ function filled
 * in. A student recovers rows of a mixing that are
 * averages: entries not negative, sum 1. Others are legal.
 *
 * Errors: TUTEE_ERROR_ENUM or _OUT_OF_RANGE (activation), _NOT_FINITE, _ZERO, _TOO_LARGE (shape), _FLOAT_ENVIRONMENT.
 * Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_init_f32(uint64_t *memory,
                                    size_t words,
                                    const struct tutee_shape *shape,
                                    int32_t activation,
                                    float slope,
                                    const float *value,
                                    size_t n_value,
                                    const float *mixing,
                                    size_t n_mixing,
                                    struct tutee_teacher_f32 **teacher);

/**
 * Fills `mixing[outputs][tokens]`, `n_mixing` = outputs * tokens elements, for a convolution with average pooling: outputs
 * average blocks of `group` consecutive tokens. With outputs = tokens, output j averages the block that token j lies in; with
 * outputs = tokens / group, output j averages block j.
 *
 * Errors: TUTEE_ERROR_ZERO (shape, group), _TOO_LARGE (shape), _DOES_NOT_DIVIDE (the tokens), _OUT_OF_RANGE (any other number
 * of outputs), _FLOAT_ENVIRONMENT; so have all functions that fill a mixing. They cost outputs * tokens, and what they say.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_convolution_f32(const struct tutee_shape *shape,
                                          size_t group,
                                          float *mixing,
                                          size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f32 does, for a convolution with average pooling over the windows that tile a grid
 * of patches. With outputs = tokens, output j averages the window that token j lies in; with one output a window, numbered row
 * by row, output j averages window j.
 *
 * Errors: also TUTEE_ERROR_ZERO (a side), _DOES_NOT_DIVIDE (a side of the grid), _LENGTH (the grid has not as many
 * patches as there are tokens), _OUT_OF_RANGE (any other number of outputs). Costs writing `mixing` once.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_window_f32(const struct tutee_shape *shape,
                                     const struct tutee_window *window,
                                     float *mixing,
                                     size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f32 does, for a graph convolution on a cycle: each node averages itself and its
 * `reach` nearest nodes on either side. A token is a node; outputs = tokens.
 *
 * Errors: also TUTEE_ERROR_LENGTH (outputs are not tokens), _OUT_OF_RANGE (2 reach + 1 exceeds the tokens). Costs writing `mixing` once.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_cycle_f32(const struct tutee_shape *shape,
                                    size_t reach,
                                    float *mixing,
                                    size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f32 does, for a graph convolution. A token is a node; outputs = tokens. `edges` are
 * `n_edges` pairs of different nodes, each edge once, in either direction: edge i joins edges[2 * i] and edges[2 * i + 1]. NULL
 * is legal for no edges. `normalisation` is one of tutee_normalisation.
 *
 * Errors: also TUTEE_ERROR_LENGTH (outputs are not tokens), _ENUM (normalisation), _INDEX (no such node), _OUT_OF_RANGE
 * (an edge from a node to itself), _DUPLICATE, _EMPTY_NEIGHBOURHOOD (TUTEE_NEIGHBOURS). Costs n_edges * (n_edges + tokens)
 * comparisons.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_graph_f32(const struct tutee_shape *shape,
                                    const size_t *edges,
                                    size_t n_edges,
                                    int32_t normalisation,
                                    float *mixing,
                                    size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f32 does, for a sparse token selection: every output averages the same `n_tokens`
 * tokens, each listed once, in any order.
 *
 * Errors: also TUTEE_ERROR_ZERO (no tokens), _INDEX (no such token), _DUPLICATE. Costs n_tokens^2 comparisons.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_selection_f32(const struct tutee_shape *shape,
                                        const size_t *tokens,
                                        size_t n_tokens,
                                        float *mixing,
                                        size_t n_mixing);

/**
 * Fills a mixing, as tutee_mixing_convolution_f32 does, for a group-sparse predictor: every output reads the token `group` alone.
 *
 * Errors: also TUTEE_ERROR_INDEX (no such group). Costs writing `mixing` once.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_group_f32(const struct tutee_shape *shape,
                                    size_t group,
                                    float *mixing,
                                    size_t n_mixing);

/**
 * Writes the entries of any S = `mixing[outputs][tokens]` that stand out, the farthest from zero first, up to `n_links` of them, each with how
 * many students of parts of the data have it, too; `*count` is how many stand out in all. S is what tutee_raw_explain_f32 writes, or
 * tutee_student_get_f32 as TUTEE_ATTENTION of a student at rates of one's own. What is left of `links` behind those that stand out stays as it is; of equal weights the first output and token come first.
 *
 * In each row the entries stand out, taken from the largest down whatever their signs, that weigh at least a hundredth of the row's largest
 * and a quarter more than the mean of all entries of the row that weigh less, up to the first that does not: none in a row in
 * which all weigh the same, and the one of a row of one token unless it is zero.
 *
 * `parts[n][outputs][tokens]` is S of n other students, `n_parts` its elements, 0 or more whole matrices: usually of two, each trained on half
 * of the pairs. A link counts in a part where it stands out in the part's own row, with the same sign, and exceeds the mean of what does
 * not in that row by three times what the weights of the parts differ from those of `mixing`, root of the mean square of all or
 * of those of the row, whichever is larger: one that both have is no accident of a few pairs. `parts` may be NULL with `n_parts` 0: then nobody knows, and `found` and `parts` of each link
 * are 0.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (shape), _LENGTH (no place, more than there are entries, or parts of another size), _NOT_FINITE
 * (mixing, parts), _FLOAT_ENVIRONMENT. Costs a pass over each part, and two over a row for each of its links, here and in every part.
 */
TUTEE_MUST_USE
tutee_status tutee_mixing_links_f32(const struct tutee_shape *shape,
                                    const float *mixing,
                                    size_t n_mixing,
                                    const float *parts,
                                    size_t n_parts,
                                    struct tutee_sure_link_f32 *links,
                                    size_t n_links,
                                    size_t *count);

/**
 * Copies the teacher's filters to `value[filters][features]`, `n_value` = filters * features elements.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_value_f32(const struct tutee_teacher_f32 *teacher,
                                     float *value,
                                     size_t n_value);

/**
 * Copies the teacher's mixing to `mixing[outputs][tokens]`, `n_mixing` = outputs * tokens elements.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_mixing_f32(const struct tutee_teacher_f32 *teacher,
                                      float *mixing,
                                      size_t n_mixing);

/**
 * The teacher's answers to `inputs` inputs, one after the other: `x[inputs][tokens][features]` and
 * `y[inputs][outputs][filters]`. `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE (x), _FLOAT_ENVIRONMENT. Costs filters * tokens * (features + outputs)
 * multiplications an input.
 */
TUTEE_MUST_USE
tutee_status tutee_teacher_answer_f32(const struct tutee_teacher_f32 *teacher,
                                      size_t inputs,
                                      const float *x,
                                      size_t n_x,
                                      float *scratch,
                                      size_t n_scratch,
                                      float *y,
                                      size_t n_y);

/**
 * Words (uint64_t) of a student: `*words` = TUTEE_STUDENT_WORDS_F32(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_student_words_f32(const struct tutee_shape *shape,
                                     size_t *words);

/**
 * Makes a student at the start of training: value and logits zero, so that every output averages all tokens.
 *
 * `memory` has at least tutee_student_words_f32 `words`; `*student` then points to it.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE (shape). Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_student_init_f32(uint64_t *memory,
                                    size_t words,
                                    const struct tutee_shape *shape,
                                    struct tutee_student_f32 **student);

/**
 * Back to the start of training. Costs writing the memory once.
 *
 * Errors: those of every function alone.
 */
TUTEE_MUST_USE
tutee_status tutee_student_reset_f32(struct tutee_student_f32 *student);

/**
 * Gradient steps taken since reset, by all kinds of training together.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_student_steps_f32(const struct tutee_student_f32 *student,
                                     uint64_t *steps);

/**
 * Copies a block of the student's numbers, one of tutee_block, to `out`: `n_out` elements, as many as tutee_student_block_len
 * says.
 *
 * Errors: TUTEE_ERROR_ENUM (block); for TUTEE_ATTENTION, _FLOAT_ENVIRONMENT. Costs a copy; of an attention an exponential an
 * element.
 */
TUTEE_MUST_USE
tutee_status tutee_student_get_f32(const struct tutee_student_f32 *student,
                                   int32_t block,
                                   float *out,
                                   size_t n_out);

/**
 * Replaces a block of the student's numbers, one of tutee_block, by `from`: `n_from` elements, as many as
 * tutee_student_block_len says.
 *
 * Errors: TUTEE_ERROR_ENUM (block), _READ_ONLY (TUTEE_ATTENTION), _NOT_FINITE. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_student_set_f32(struct tutee_student_f32 *student,
                                   int32_t block,
                                   const float *from,
                                   size_t n_from);

/**
 * Writes `out[tokens][tokens]`: W_KQ, keys and queries merged, under an orthonormal position encoding, in which column t of
 * `position[tokens][tokens]` encodes token t. It is the smallest W_KQ that has the student's logits: what training W_KQ itself
 * from zero would have given. `n_position` = `n_out` = tokens * tokens.
 *
 * Errors: TUTEE_ERROR_NOT_ORTHONORMAL (position), _OUT_OF_RANGE (more outputs than tokens, or logits so large that W_KQ might
 * overflow), _FLOAT_ENVIRONMENT. Costs tokens^3 multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_student_get_key_query_f32(const struct tutee_student_f32 *student,
                                             const float *position,
                                             size_t n_position,
                                             float *out,
                                             size_t n_out);

/**
 * Replaces the student's logits by those of W_KQ, `from[tokens][tokens]`, under a position encoding, in which column t of
 * `position[tokens][tokens]` encodes token t and which need not be orthonormal. `n_position` = `n_from` = tokens * tokens;
 * `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE (more outputs than tokens, or elements so large that a logit might overflow),
 * _FLOAT_ENVIRONMENT. Costs outputs * tokens^2 multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_student_set_key_query_f32(struct tutee_student_f32 *student,
                                             const float *position,
                                             size_t n_position,
                                             const float *from,
                                             size_t n_from,
                                             float *scratch,
                                             size_t n_scratch);

/**
 * Fills `position[tokens][tokens]` with an orthonormal position encoding: column t encodes token t. `encoding` is one
 * of tutee_encoding; `seed` is looked at for TUTEE_ENCODING_RANDOM alone. `n_position` = tokens * tokens.
 *
 * Errors: TUTEE_ERROR_ENUM, _ZERO or _TOO_LARGE (tokens), _OUT_OF_RANGE (Hadamard, tokens not a power of two),
 * _FLOAT_ENVIRONMENT. Costs tokens^2 sines, or tokens^3 multiplications for a random one.
 */
TUTEE_MUST_USE
tutee_status tutee_position_f32(int32_t encoding,
                                uint32_t tokens,
                                uint64_t seed,
                                float *position,
                                size_t n_position);

/**
 * The student's predictions for `inputs` inputs, one after the other: `x[inputs][tokens][features]` and
 * `y[inputs][outputs][filters]`, under the activation that it was trained with. `scratch` has at least
 * TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_ENUM or _OUT_OF_RANGE (activation), _ZERO (inputs), _NOT_FINITE (x, slope), _FLOAT_ENVIRONMENT.
 * Costs filters * tokens * (features + outputs) multiplications an input, and outputs * tokens exponentials a call.
 */
TUTEE_MUST_USE
tutee_status tutee_student_predict_f32(const struct tutee_student_f32 *student,
                                       int32_t activation,
                                       float slope,
                                       size_t inputs,
                                       const float *x,
                                       size_t n_x,
                                       float *scratch,
                                       size_t n_scratch,
                                       float *y,
                                       size_t n_y);

/**
 * Where the student stands against a teacher of the same shape: exact, for standard Gaussian inputs. `scratch` has at
 * least TUTEE_POPULATION_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT, _NOT_FINITE where numbers are so large that a square overflows. Costs about
 * a population step.
 */
TUTEE_MUST_USE
tutee_status tutee_student_measure_f32(const struct tutee_student_f32 *student,
                                       const struct tutee_teacher_f32 *teacher,
                                       float *scratch,
                                       size_t n_scratch,
                                       struct tutee_progress_f32 *progress);

/**
 * What the student has recovered of a teacher of the same shape. `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT. Costs outputs * tokens exponentials.
 */
TUTEE_MUST_USE
tutee_status tutee_student_recovery_f32(const struct tutee_student_f32 *student,
                                        const struct tutee_teacher_f32 *teacher,
                                        float *scratch,
                                        size_t n_scratch,
                                        struct tutee_recovery_f32 *recovery);

/**
 * A 64-bit digest of sizes, steps and the bits of every parameter: equal students have equal digests on every machine.
 *
 * Errors: those of every function alone. Costs about a nanosecond a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_digest_f32(const struct tutee_student_f32 *student,
                                      uint64_t *digest);

/**
 * The usual settings of a step: one rate for both matrices, value limit 1e6, compensated.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, TUTEE_ERROR_OUT_OF_RANGE (a negative rate).
 */
TUTEE_MUST_USE
tutee_status tutee_descent_default_f32(float rate,
                                       struct tutee_descent_f32 *descent);

/**
 * The usual rule to stop: after `steps` steps in all, and nothing else.
 *
 * Errors: those of every function alone.
 */
TUTEE_MUST_USE
tutee_status tutee_stop_default_f32(uint64_t steps,
                                    struct tutee_stop_f32 *stop);

/**
 * The usual source: Gaussian inputs without noise, `batch` samples a step, from the start of the stream of `seed`.
 *
 * Errors: TUTEE_ERROR_ZERO (batch).
 */
TUTEE_MUST_USE
tutee_status tutee_source_default_f32(uint64_t seed,
                                      uint32_t batch,
                                      struct tutee_source_f32 *source);

/**
 * One step along the exact gradient over all Gaussian inputs. `scratch` has at least TUTEE_POPULATION_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_SHAPE, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED, _FLOAT_ENVIRONMENT. Costs
 * outputs * tokens exponentials, and as many arcsines as filters * outputs unless the activation is the identity.
 */
TUTEE_MUST_USE
tutee_status tutee_population_step_f32(struct tutee_student_f32 *student,
                                       const struct tutee_teacher_f32 *teacher,
                                       const struct tutee_descent_f32 *descent,
                                       float *scratch,
                                       size_t n_scratch);

/**
 * Population steps until a rule of `stop` holds. `observer` may be NULL. `scratch` has at least
 * TUTEE_POPULATION_SCRATCH elements.
 *
 * Errors: as tutee_population_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO
 * (observer). After TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, the student stands after the last
 * good step. Costs what its steps cost, and a measurement wherever the callback or the rule looks.
 */
TUTEE_MUST_USE
tutee_status tutee_population_run_f32(struct tutee_student_f32 *student,
                                      const struct tutee_teacher_f32 *teacher,
                                      const struct tutee_descent_f32 *descent,
                                      const struct tutee_stop_f32 *stop,
                                      const struct tutee_observer_f32 *observer,
                                      float *scratch,
                                      size_t n_scratch,
                                      struct tutee_result_f32 *result);

/**
 * One step of a classifier along the exact gradient of its mean logistic loss: over all Gaussian inputs whose entries have the standard
 * deviation `label->deviation`, and over all labels. The label is +1 or -1, the side of token `label->group` along `direction`
 * (`n_direction` = features numbers, of any length), flipped with the probability `label->flips`. The student has one filter; the sum
 * of its outputs, without an activation, is the log-odds of the label +1. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
 *
 * Errors: TUTEE_ERROR_OUT_OF_RANGE (several filters; a deviation that is not positive; flips outside 0 to 1; a direction whose squared
 * norm is no normal number; descent), _INDEX (the group), _NOT_FINITE, _ENUM (descent), _DIVERGED, _FLOAT_ENVIRONMENT. Costs
 * outputs * tokens exponentials and some hundreds more.
 */
TUTEE_MUST_USE
tutee_status tutee_label_step_f32(struct tutee_student_f32 *student,
                                  const struct tutee_group_label_f32 *label,
                                  const float *direction,
                                  size_t n_direction,
                                  const struct tutee_descent_f32 *descent,
                                  float *scratch,
                                  size_t n_scratch);

/**
 * Steps of tutee_label_step_f32 until a rule of `stop` holds. The excess loss of `stop`, `observer` and `result` is the mean loss
 * above the entropy of the flips, -p ln p - (1 - p) ln(1 - p), below which nothing comes; from zero without flips it ends on
 * (0.1435 / (D^2 deviation^2 r t))^(1/3) after t steps of the attention rate r per logit (attention_rate / D) with D outputs and D tokens.
 * `observer` may be NULL. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
 *
 * Errors: those of tutee_label_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO (observer). After
 * TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, the student stands after the last good step. Costs what its steps
 * cost, and a loss wherever the callback or the rule looks.
 */
TUTEE_MUST_USE
tutee_status tutee_label_run_f32(struct tutee_student_f32 *student,
                                 const struct tutee_group_label_f32 *label,
                                 const float *direction,
                                 size_t n_direction,
                                 const struct tutee_descent_f32 *descent,
                                 const struct tutee_stop_f32 *stop,
                                 const struct tutee_observer_f32 *observer,
                                 float *scratch,
                                 size_t n_scratch,
                                 struct tutee_result_f32 *result);

/**
 * The mean logistic loss that tutee_label_step_f32 makes small, of the classifier as it stands. Nothing moves; the student's memory is
 * not written to. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
 *
 * Errors: those of tutee_label_step_f32 but of its descent; TUTEE_ERROR_OUT_OF_RANGE also where numbers are so large that the loss
 * overflows. Costs an exponential for each weight of the attention and some hundreds more.
 */
TUTEE_MUST_USE
tutee_status tutee_label_loss_f32(struct tutee_student_f32 *student,
                                  const struct tutee_group_label_f32 *label,
                                  const float *direction,
                                  size_t n_direction,
                                  float *scratch,
                                  size_t n_scratch,
                                  float *mean_loss);

/**
 * Words (uint64_t) of a sampler: `*words` = TUTEE_SAMPLER_WORDS_F32(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_sampler_words_f32(const struct tutee_shape *shape,
                                     size_t *words);

/**
 * Words (uint64_t) with which a sampler makes the most of wide vector registers: several times as fast on x86-64 and 64-bit
 * ARM, and in WebAssembly with SIMD, with the same bits. `*words` =
 * TUTEE_SAMPLER_WORDS_WIDE_F32(filters, features, tokens, outputs), on every machine.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_sampler_words_wide_f32(const struct tutee_shape *shape,
                                          size_t *words);

/**
 * Makes a sampler without a batch.
 *
 * `memory` has at least tutee_sampler_words_f32 `words`; `*sampler` then points to it. From tutee_sampler_words_wide_f32
 * words on, the sampler consists of that many, and adds pairs faster where there are wide registers.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE (shape). Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_sampler_init_f32(uint64_t *memory,
                                    size_t words,
                                    const struct tutee_shape *shape,
                                    struct tutee_sampler_f32 **sampler);

/**
 * Begins an empty batch for `student`, forgetting any other batch of the sampler. `activation` and `slope` are the
 * student's; the slope is looked at for TUTEE_LEAKY_RELU alone.
 *
 * The batch belongs to the student as it stands. Whatever changes the student ends it: another kind of step, reset,
 * parameters that are set (to what they were, too), a snapshot that is loaded; from then on, and for a student whose
 * numbers are others, accumulate and step return TUTEE_ERROR_BATCH. A copy of the student by memcpy is as good as the
 * student until one of them changes. (Students are told apart by 63 bits of all their numbers and their history.)
 *
 * Errors: TUTEE_ERROR_SHAPE, _ENUM, _NOT_FINITE or _OUT_OF_RANGE (activation), _FLOAT_ENVIRONMENT. Costs outputs * tokens
 * exponentials, and reading the student once.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_begin_f32(struct tutee_student_f32 *student,
                                     struct tutee_sampler_f32 *sampler,
                                     int32_t activation,
                                     float slope);

/**
 * Adds `pairs` pairs of input and answer, which the caller's own simulator produced, to the batch:
 * `x[pairs][tokens][features]`, `n_x` elements, and `y[pairs][outputs][filters]`, `n_y` elements. All of them are added
 * or, when anything is wrong, none. Pairs in one call or in many give the same bits; a sampler of
 * tutee_sampler_words_wide_f32 words takes less time when there are many in one call.
 *
 * Errors: TUTEE_ERROR_SHAPE, _ZERO (pairs), _NOT_FINITE, _BATCH (none was begun for the student as it stands),
 * _FLOAT_ENVIRONMENT. Costs about 3 filters * tokens * (features + outputs) multiplications a pair.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_accumulate_f32(struct tutee_student_f32 *student,
                                          struct tutee_sampler_f32 *sampler,
                                          size_t pairs,
                                          const float *x,
                                          size_t n_x,
                                          const float *y,
                                          size_t n_y);

/**
 * Says of an array of numbers what a call that wants `expected` finite ones says of it, and at which element. After a refused
 * call it is asked about the call's arrays in turn: the first that it refuses, too, is the one that was meant, and
 * `fault.argument`, `fault.index` (as in `y[17]`), `fault.expected` and `fault.found` say where and how. A program that has
 * nobody to tell does without, and links nothing of it.
 *
 * `argument` is a name for `*fault`; it is not looked at and may be NULL. `*fault` is written whatever is found of the numbers,
 * but for TUTEE_ERROR_OVERLAP. A number of a struct of settings is an array of one.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE. Costs reading the array.
 */
TUTEE_MUST_USE
tutee_status tutee_check_numbers_f32(const char *argument,
                                     const float *numbers,
                                     size_t n_numbers,
                                     size_t expected,
                                     struct tutee_fault *fault);

/**
 * Adds the batch of the sampler `other` to that of `sampler`, sum to sum, for threads that share the pairs of a step: each begins a batch for a
 * copy of the student's words, made by memcpy, in a sampler of its own; then one thread merges them, and steps. The bits are those of the
 * order in which samplers are merged, whichever thread was done first; of all pairs in one sampler they differ by rounding. `other` stays
 * as it is.
 *
 * Errors: TUTEE_ERROR_SHAPE; _BATCH unless both batches were begun for this student as it stands, or a copy, and with one activation;
 * _OVERLAP (also of a sampler with itself); _FLOAT_ENVIRONMENT. Costs an addition for each weight of the student.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_merge_f32(const struct tutee_student_f32 *student,
                                     struct tutee_sampler_f32 *sampler,
                                     struct tutee_sampler_f32 *other);

/**
 * How many pairs the batch holds, and the mean of 1/2 || y - prediction ||^2 over them; 0 without any. Infinite where a
 * prediction or a square overflows.
 *
 * Errors: TUTEE_ERROR_BATCH (none was begun), _FLOAT_ENVIRONMENT. Costs a division.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_loss_f32(const struct tutee_sampler_f32 *sampler,
                                    uint64_t *count,
                                    float *mean_loss);

/**
 * One step along the mean gradient of the batch; then an empty batch begins for the student as it then stands.
 *
 * Errors: TUTEE_ERROR_SHAPE, _NO_SAMPLES, _BATCH, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED,
 * _FLOAT_ENVIRONMENT. Every one leaves the batch as it is: after TUTEE_ERROR_DIVERGED it can be tried with a lower
 * rate. With settings that are finite TUTEE_ERROR_NOT_FINITE is the batch's: its numbers are so large that sums of their products
 * overflowed, no rate helps, and to begin again drops it. Costs outputs * tokens exponentials, and reading the student once.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_step_f32(struct tutee_student_f32 *student,
                                    struct tutee_sampler_f32 *sampler,
                                    const struct tutee_descent_f32 *descent);

/**
 * One step along the mean gradient of a batch that the library draws and the teacher labels. `source->index` moves by
 * `source->batch`. `scratch` has at least TUTEE_ONLINE_SCRATCH elements;
 * TUTEE_ONLINE_SCRATCH_WIDE make it faster where there are wide registers, with the same bits.
 *
 * Errors: TUTEE_ERROR_SHAPE, _NOT_FINITE, _OUT_OF_RANGE, _ENUM or _ZERO (source, descent), _DIVERGED,
 * _FLOAT_ENVIRONMENT; the index then stays. Costs as many tutee_samples_accumulate_f32 as the batch has samples, and
 * the draws.
 */
TUTEE_MUST_USE
tutee_status tutee_online_step_f32(struct tutee_student_f32 *student,
                                   const struct tutee_teacher_f32 *teacher,
                                   struct tutee_source_f32 *source,
                                   const struct tutee_descent_f32 *descent,
                                   float *scratch,
                                   size_t n_scratch);

/**
 * Online steps until a rule of `stop` holds. `observer` may be NULL. `source->index` moves along, and is right whenever
 * the callback looks. `scratch` has at least TUTEE_ONLINE_SCRATCH elements;
 * TUTEE_ONLINE_SCRATCH_WIDE make it faster where there are wide registers, with the same bits.
 *
 * Errors: as tutee_online_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO
 * (observer). After TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, student and source stand after the
 * last good step. Costs what its steps cost, and a measurement wherever the callback or the rule looks.
 */
TUTEE_MUST_USE
tutee_status tutee_online_run_f32(struct tutee_student_f32 *student,
                                  const struct tutee_teacher_f32 *teacher,
                                  struct tutee_source_f32 *source,
                                  const struct tutee_descent_f32 *descent,
                                  const struct tutee_stop_f32 *stop,
                                  const struct tutee_observer_f32 *observer,
                                  float *scratch,
                                  size_t n_scratch,
                                  struct tutee_result_f32 *result);

/**
 * One step along the exact gradient over all Gaussian inputs by `rules`. `kept` is what the rule of the attention keeps from step
 * to step: TUTEE_RULES_KEPT elements, zero before the first step, for TUTEE_RULE_ADAM; for other rules it is not looked at and
 * `n_kept` is 0. `scratch` has at least TUTEE_RULES_SCRATCH elements. A row rests once its excess loss is no more than what rounding
 * makes of it.
 *
 * Errors: as tutee_population_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; a normalised step longer than
 * -ln|1 - q rate outputs / G| / sqrt(tokens / (K (tokens - K))) for G = tokens, and for G = K, which the value matrix could not follow; Polyak's rule with a
 * teacher that no student equals). Costs some times as much as tutee_population_step_f32.
 */
TUTEE_MUST_USE
tutee_status tutee_population_step_ruled_f32(struct tutee_student_f32 *student,
                                             const struct tutee_teacher_f32 *teacher,
                                             const struct tutee_rules_f32 *rules,
                                             float *kept,
                                             size_t n_kept,
                                             const struct tutee_descent_f32 *descent,
                                             float *scratch,
                                             size_t n_scratch);

/**
 * One step along the mean gradient of the batch by `rules`; then an empty batch begins. `kept` is as in
 * tutee_population_step_ruled_f32. TUTEE_RULE_DESCENT gives the bits of tutee_samples_step_f32.
 *
 * Errors: as tutee_samples_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; Polyak's rule and
 * TUTEE_VALUE_PROJECTED are not for such batches). Every one leaves student, batch and what is kept as they are. Costs the gradient
 * through the softmax twice, with Adam three times.
 */
TUTEE_MUST_USE
tutee_status tutee_samples_step_ruled_f32(struct tutee_student_f32 *student,
                                          struct tutee_sampler_f32 *sampler,
                                          const struct tutee_rules_f32 *rules,
                                          float *kept,
                                          size_t n_kept,
                                          const struct tutee_descent_f32 *descent);

/**
 * One step by `rules` along a batch that the library draws and the teacher labels. `kept` is as in
 * tutee_population_step_ruled_f32, the rest as in tutee_online_step_f32, whose bits TUTEE_RULE_DESCENT gives.
 *
 * Errors: as tutee_online_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; Polyak's rule with
 * a teacher that no student equals; TUTEE_VALUE_PROJECTED with inputs that are exponential, shifted or correlated; a normalised step that is
 * too long). What is kept and the index then stay. Costs for each sample what tutee_samples_accumulate_f32 costs and a draw for each
 * number of it, then a step of tutee_samples_step_ruled_f32.
 */
TUTEE_MUST_USE
tutee_status tutee_online_step_ruled_f32(struct tutee_student_f32 *student,
                                         const struct tutee_teacher_f32 *teacher,
                                         struct tutee_source_f32 *source,
                                         const struct tutee_rules_f32 *rules,
                                         float *kept,
                                         size_t n_kept,
                                         const struct tutee_descent_f32 *descent,
                                         float *scratch,
                                         size_t n_scratch);

/**
 * Bytes of a snapshot: `*bytes` = TUTEE_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs).
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_snapshot_bytes_f32(const struct tutee_shape *shape,
                                      size_t *bytes);

/**
 * Writes a snapshot of the student to `bytes`, exactly tutee_snapshot_bytes_f32 = `n_bytes` of them. `stream` is where
 * its online training stands (seed and index of the tutee_source), or NULL. `activation` is what it is trained with, so
 * that tutee_snapshot_inspect can say it, or TUTEE_NO_ACTIVATION; `slope` is that of TUTEE_LEAKY_RELU, else not looked at.
 *
 * Errors: TUTEE_ERROR_ENUM (activation), TUTEE_ERROR_NOT_FINITE (slope; or a student that tutee_student_load would
 * refuse, which no call of this library leaves behind), TUTEE_ERROR_OUT_OF_RANGE (slope). Costs about ten nanoseconds a
 * byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_f32(const struct tutee_student_f32 *student,
                                    const struct tutee_stream *stream,
                                    int32_t activation,
                                    float slope,
                                    uint8_t *bytes,
                                    size_t n_bytes);

/**
 * Hands the bytes that tutee_student_save_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
 * memory. `stream` is where its online training stands, or NULL; `activation` is what it is trained with, or TUTEE_NO_ACTIVATION; `slope` is that
 * of TUTEE_LEAKY_RELU, else not looked at.
 *
 * Errors: TUTEE_ERROR_ENUM (activation, sink), _NOT_FINITE (slope; or a student that tutee_student_load_f32 would refuse, which no call of
 * this library leaves behind), _OUT_OF_RANGE (slope); all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten
 * nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_to_f32(const struct tutee_student_f32 *student,
                                       const struct tutee_stream *stream,
                                       int32_t activation,
                                       float slope,
                                       const struct tutee_sink *sink);

/**
 * Replaces the student by the one in a snapshot of the same shape and precision; training then goes on with the same
 * bits as if it had never stopped. `*stream` becomes the saved stream, or zeros when none was saved; NULL when it is
 * not wanted. `bytes` may have any length and any content.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE;
 * TUTEE_ERROR_NOT_FINITE (a parameter); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no student of this
 * machine can have. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_load_f32(struct tutee_student_f32 *student,
                                    const uint8_t *bytes,
                                    size_t n_bytes,
                                    struct tutee_stream *stream);

/**
 * Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: `*bytes` = TUTEE_SNAPSHOT_BYTES_RULED_F32(filters, features, tokens,
 * outputs). With another rule a snapshot has tutee_snapshot_bytes_f32.
 *
 * Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_snapshot_bytes_ruled_f32(const struct tutee_shape *shape,
                                            size_t *bytes);

/**
 * Writes what tutee_student_save_f32 writes, and with it the rule of the attention, one of tutee_rule, and what it keeps:
 * `kept` has as many elements as for a step, `n_kept`; where that is 0 it is not looked at. `n_bytes` are
 * tutee_snapshot_bytes_ruled_f32 for TUTEE_RULE_ADAM, else tutee_snapshot_bytes_f32.
 *
 * Errors: as tutee_student_save_f32, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs a few nanoseconds a
 * byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_ruled_f32(const struct tutee_student_f32 *student,
                                          const struct tutee_stream *stream,
                                          int32_t activation,
                                          float slope,
                                          int32_t rule,
                                          const float *kept,
                                          size_t n_kept,
                                          uint8_t *bytes,
                                          size_t n_bytes);

/**
 * Hands the bytes that tutee_student_save_ruled_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else
 * needs memory. `rule` is the rule of the attention, one of tutee_rule; `kept` has as many elements as for a step, `n_kept`, and is not
 * looked at where that is 0.
 *
 * Errors: those of tutee_student_save_to_f32, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs about ten
 * nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_student_save_ruled_to_f32(const struct tutee_student_f32 *student,
                                             const struct tutee_stream *stream,
                                             int32_t activation,
                                             float slope,
                                             int32_t rule,
                                             const float *kept,
                                             size_t n_kept,
                                             const struct tutee_sink *sink);

/**
 * Replaces the student by the one in a snapshot, and what a rule kept by what was saved of it, so that steps by this rule go on
 * with the same bits. tutee_student_load_f32 takes the student alone, whatever its rule was.
 *
 * Errors: as tutee_student_load_f32, also TUTEE_ERROR_SNAPSHOT_RULE for a snapshot of another rule, TUTEE_ERROR_ENUM (rule),
 * TUTEE_ERROR_NOT_FINITE (what was kept). Costs a few nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_student_load_ruled_f32(struct tutee_student_f32 *student,
                                          int32_t rule,
                                          float *kept,
                                          size_t n_kept,
                                          const uint8_t *bytes,
                                          size_t n_bytes,
                                          struct tutee_stream *stream);

/**
 * Words (uint64_t) of a layer with its working memory: `*words` = TUTEE_LAYER_WORDS_F32(filters, features, tokens, outputs,
 * embedding, codes, key_query, queries, code_width, key_width, query_width).
 *
 * Errors: TUTEE_ERROR_ENUM, _ZERO, _TOO_LARGE; TUTEE_ERROR_LENGTH where sizes must agree (outputs and tokens when tokens ask, code width
 * and features when they are added); TUTEE_ERROR_OUT_OF_RANGE for codes that nothing uses, or that are needed and missing, and for a
 * width of what there is not.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_words_f32(const struct tutee_layer_shape *shape,
                                   size_t *words);

/**
 * The usual settings of a layer: scale 1 / sqrt(tokens), identity, squared loss, every block trains that there is.
 *
 * Errors: those of tutee_layer_words, and TUTEE_ERROR_FLOAT_ENVIRONMENT.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_default_f32(const struct tutee_layer_shape *shape,
                                     struct tutee_layer_settings_f32 *settings);

/**
 * Makes a layer of zeros with the usual settings, without a batch; its position codes are zero, too, and have to be set.
 *
 * `memory` has at least tutee_layer_words_f32 `words`; `*layer` then points to it.
 *
 * Errors: those of tutee_layer_words, and TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_init_f32(uint64_t *memory,
                                  size_t words,
                                  const struct tutee_layer_shape *shape,
                                  struct tutee_layer_f32 **layer);

/**
 * Replaces the settings, and ends the batch.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, _ENUM, _OUT_OF_RANGE (slope; several filters or an activation with the logistic loss; blocks that the
 * layer does not have; for separate matrices a choice of blocks that is not one of columns of W_K times columns of W_Q). Costs a few
 * comparisons.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_configure_f32(struct tutee_layer_f32 *layer,
                                       const struct tutee_layer_settings_f32 *settings);

/**
 * Copies the settings to `*settings`: those that were set last, or came with a snapshot.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_configuration_f32(const struct tutee_layer_f32 *layer,
                                           struct tutee_layer_settings_f32 *settings);

/**
 * Fills `codes[tokens][code_width]` with position codes, for TUTEE_CODES of tutee_layer_set or for a sample that brings its own. `code` is
 * one of tutee_code; `seed` is looked at for TUTEE_CODE_ORTHONORMAL and TUTEE_CODE_SIGNS. `n_codes` = tokens * code_width.
 *
 * Errors: those of tutee_layer_words; TUTEE_ERROR_ENUM; TUTEE_ERROR_OUT_OF_RANGE for a shape without codes, and for identity or
 * orthonormal codes that are narrower than there are tokens; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs a sine, a cosine or a draw for each
 * entry; orthonormal codes tokens^2 * code_width multiplications more.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_codes_f32(const struct tutee_layer_shape *shape,
                                   int32_t code,
                                   uint64_t seed,
                                   float *codes,
                                   size_t n_codes);

/**
 * Sets out anew: W_V zero, W_KQ or W_K and W_Q as `start` says, one of tutee_start, in the blocks that train, and zero in the others.
 * No steps are taken yet; codes stay as they are, and the batch ends. `deviation` (not negative; 0.1 is usual) and `seed` are looked at for
 * TUTEE_START_GAUSSIAN alone.
 *
 * Errors: TUTEE_ERROR_ENUM, _NOT_FINITE, _OUT_OF_RANGE, _FLOAT_ENVIRONMENT. Costs writing the memory once, and a draw for each entry
 * that is not zero.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_start_f32(struct tutee_layer_f32 *layer,
                                   int32_t start,
                                   float deviation,
                                   uint64_t seed);

/**
 * Copies a block of the layer's numbers, one of tutee_block, to `out`: `n_out` elements, as many as tutee_layer_block_len says.
 * TUTEE_ATTENTION is that of the last sample that was added, predicted or measured; zeros before the first.
 *
 * Errors: TUTEE_ERROR_ENUM (block, also one that the layer does not have). Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_get_f32(const struct tutee_layer_f32 *layer,
                                 int32_t block,
                                 float *out,
                                 size_t n_out);

/**
 * Replaces a block of the layer's numbers, one of tutee_block, by `from`, and ends the batch: `n_from` elements, as many as
 * tutee_layer_block_len says.
 *
 * Errors: TUTEE_ERROR_ENUM (block, also one that the layer does not have), _READ_ONLY (TUTEE_ATTENTION), _NOT_FINITE. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_set_f32(struct tutee_layer_f32 *layer,
                                 int32_t block,
                                 const float *from,
                                 size_t n_from);

/**
 * Gradient steps taken since the start.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_steps_f32(const struct tutee_layer_f32 *layer,
                                   uint64_t *steps);

/**
 * A 64-bit digest of sizes, choices, steps and the bits of every parameter: equal layers have equal digests on every machine.
 *
 * Errors: those of every function alone. Costs about a nanosecond a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_digest_f32(const struct tutee_layer_f32 *layer,
                                    uint64_t *digest);

/**
 * Writes `squares[4]`, the squared Frobenius norms of the four quarters of a block: content by content, content by position, position by
 * content, position by position, rows first; zero of a quarter that the shape does not have. Rows that have no parts, which are all but those
 * of W_KQ, count as content. `n_squares` = 4.
 *
 * Errors: TUTEE_ERROR_ENUM or _READ_ONLY (block), _FLOAT_ENVIRONMENT. Costs a multiplication and an addition for each entry of the
 * block.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_squares_f32(const struct tutee_layer_f32 *layer,
                                     int32_t block,
                                     float *squares,
                                     size_t n_squares);

/**
 * What the layer has recovered of a teacher of the same sizes. The attention is that of the last sample that was added, predicted or
 * measured: where what was learned is attention on position, it is the same for every input.
 *
 * Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT. Costs some multiplications for each entry of W_V, W_KQ and the attention; of separate
 * W_K and W_Q also their product.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_recovery_f32(const struct tutee_layer_f32 *layer,
                                      const struct tutee_teacher_f32 *teacher,
                                      struct tutee_recovered_f32 *recovered);

/**
 * How close the layer's codes, fixed or learned, are to `others[tokens][code_width]`: those that they set out from, or another layer's.
 *
 * Errors: TUTEE_ERROR_OUT_OF_RANGE for a layer that holds no codes, _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs tokens^2 * code_width
 * multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_codes_recovery_f32(const struct tutee_layer_f32 *layer,
                                            const float *others,
                                            size_t n_others,
                                            struct tutee_codes_recovered_f32 *recovered);

/**
 * How close W_KQ, or W_K^T W_Q of separate matrices, is to that of a teacher with finite logits, `teacher[token width][query width]`: a
 * row for each entry of a key, content before position, as the block TUTEE_KEY_QUERY of a layer with merged matrices has them. The teacher's
 * logits are those of the layer's scale: where it has another, its matrix is to be multiplied by the teacher's scale over the layer's.
 *
 * Compared are root mean squares of logits over inputs of mean zero and variance one and over all positions, without what no answer
 * depends on: a number that W_KQ adds to all tokens of a query, which a softmax does not see (with orthonormal codes the sum of
 * all codes as key), and directions that no position code has. Queries of sets count as their codes, queries that are vectors as content.
 *
 * Errors: TUTEE_ERROR_LENGTH for a matrix of another size, _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs about 4 tokens^2 * code_width^2
 * multiplications and features^2 with content, key_width times as many with separate matrices.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_key_query_recovery_f32(const struct tutee_layer_f32 *layer,
                                                const float *teacher,
                                                size_t n_teacher,
                                                struct tutee_key_query_recovered_f32 *recovered);

/**
 * Begins an empty batch, forgetting any other. The batch belongs to the layer as it stands: whatever changes the layer but a step of the
 * batch ends it, and accumulate, batch loss and step then return TUTEE_ERROR_BATCH.
 *
 * Errors: TUTEE_ERROR_CANNOT_MOVE when what is to train could not move, whatever the samples are (separate W_K and W_Q that are both
 * zero; W_V zero that does not train; learned codes that are zero beside weights that are), _FLOAT_ENVIRONMENT. Costs writing the
 * gradients once, and where tokens have codes of their own as much as two pairs or so.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_begin_f32(struct tutee_layer_f32 *layer);

/**
 * Adds `pairs` pairs of input and answer, which the caller's own simulator produced, to the batch:
 * `x[pairs][tokens][features]`, and what the shape asks for beside it, else NULL and 0: `sets[pairs][outputs][q]` of token numbers,
 * sets of one size q, of different tokens each; `queries[pairs][outputs][query_width]`; `codes[pairs][tokens][code_width]`, where codes come with the sample.
 * `y[pairs][outputs][filters]`, or with the logistic loss `y[pairs]` of +1 and -1. All pairs are added or, when anything is wrong, none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE, _INDEX or _DUPLICATE (sets), _OUT_OF_RANGE (a label), _BATCH, _FLOAT_ENVIRONMENT. Costs
 * about three times tutee_layer_predict.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_accumulate_f32(struct tutee_layer_f32 *layer,
                                        size_t pairs,
                                        const float *x,
                                        size_t n_x,
                                        const uint32_t *sets,
                                        size_t n_sets,
                                        const float *queries,
                                        size_t n_queries,
                                        const float *codes,
                                        size_t n_codes,
                                        const float *y,
                                        size_t n_y);

/**
 * How many pairs the batch holds, and their mean loss; 0 without any.
 *
 * Errors: TUTEE_ERROR_BATCH (none was begun), _FLOAT_ENVIRONMENT. Costs a division.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_batch_loss_f32(const struct tutee_layer_f32 *layer,
                                        uint64_t *count,
                                        float *mean_loss);

/**
 * One step along the mean gradient of the batch; then an empty batch begins. W_V and learned codes move at the value rate, W_KQ or W_K and
 * W_Q at the attention rate, which is not divided by anything here.
 *
 * Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED where the norm of a matrix could come
 * to exceed the value limit, _FLOAT_ENVIRONMENT. Every one leaves layer and batch as they are. With settings that are finite
 * TUTEE_ERROR_NOT_FINITE is the batch's: its numbers are so large that sums of their products overflowed, no rate helps, and to begin
 * again drops it. Costs some ten operations for each parameter.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_step_f32(struct tutee_layer_f32 *layer,
                                  const struct tutee_descent_f32 *descent);

/**
 * The layer's answers to `inputs` inputs, one after the other:
 * `x[inputs][tokens][features]`, and what the shape asks for beside it, else NULL and 0: `sets[inputs][outputs][q]` of token numbers,
 * sets of one size q, of different tokens each; `queries[inputs][outputs][query_width]`; `codes[inputs][tokens][code_width]`, where codes come with the sample.
 * Writes `y[inputs][outputs][filters]`, or with the logistic loss `y[inputs]`, the log-odds of the label +1. The batch stays as it is; the
 * layer's working memory is used.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _INDEX or _DUPLICATE (sets), _FLOAT_ENVIRONMENT. Costs about outputs * key width *
 * (query width + tokens) + filters * tokens * (token width + outputs) multiplications an input, and outputs * tokens exponentials.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_predict_f32(struct tutee_layer_f32 *layer,
                                     size_t inputs,
                                     const float *x,
                                     size_t n_x,
                                     const uint32_t *sets,
                                     size_t n_sets,
                                     const float *queries,
                                     size_t n_queries,
                                     const float *codes,
                                     size_t n_codes,
                                     float *y,
                                     size_t n_y);

/**
 * The mean loss of `pairs` pairs at the layer as it stands, arrays as in tutee_layer_accumulate. The batch stays as it is; the layer's working
 * memory is used. Not finite where products overflow.
 *
 * Errors: those of tutee_layer_accumulate but _BATCH. Costs as much as tutee_layer_predict.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_loss_f32(struct tutee_layer_f32 *layer,
                                  size_t pairs,
                                  const float *x,
                                  size_t n_x,
                                  const uint32_t *sets,
                                  size_t n_sets,
                                  const float *queries,
                                  size_t n_queries,
                                  const float *codes,
                                  size_t n_codes,
                                  const float *y,
                                  size_t n_y,
                                  float *mean_loss);

/**
 * One step along the mean gradient of a batch that the library draws and that `labels` with `value[filters][features]` and `choice` says how
 * to answer, under the layer's own activation. `source->index` moves by `source->batch`, and the layer's batch ends. `sets` is working
 * memory of outputs * q numbers where sets ask, q the size of the sets that are drawn, else NULL and 0. `scratch` has at least
 * tutee_layer_online_scratch elements.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE, _ENUM or _ZERO (labels, source, descent; a layer that vectors ask; TUTEE_ANSWER_SETS for a
 * layer that no sets ask), _INDEX (the token of a group), _CANNOT_MOVE, _DIVERGED, _FLOAT_ENVIRONMENT; the index then stays, and so does the
 * layer's batch. Costs for each sample what tutee_layer_accumulate_f32 costs and a draw for each number of it, then a step.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_online_step_f32(struct tutee_layer_f32 *layer,
                                         const struct tutee_labels_f32 *labels,
                                         const float *value,
                                         size_t n_value,
                                         const float *choice,
                                         size_t n_choice,
                                         struct tutee_source_f32 *source,
                                         const struct tutee_descent_f32 *descent,
                                         uint32_t *sets,
                                         size_t n_sets,
                                         float *scratch,
                                         size_t n_scratch);

/**
 * The mean loss over `source->batch` samples, drawn and labelled as those of tutee_layer_online_step are, from `source->index` on. Nothing
 * moves: with another seed it is the loss on samples that training never sees. Layer and its batch stay as they are.
 *
 * Errors: those of tutee_layer_online_step but _DIVERGED. Costs for each sample what tutee_layer_predict_f32 costs and a draw for each
 * number of it.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_online_loss_f32(struct tutee_layer_f32 *layer,
                                         const struct tutee_labels_f32 *labels,
                                         const float *value,
                                         size_t n_value,
                                         const float *choice,
                                         size_t n_choice,
                                         const struct tutee_source_f32 *source,
                                         uint32_t *sets,
                                         size_t n_sets,
                                         float *scratch,
                                         size_t n_scratch,
                                         float *mean_loss);

/**
 * One step along the exact gradient of selection: y_j = act(value mean of x_i over the set of output j), the mean over all Gaussian inputs in
 * closed form and over sets as `over` says. The layer has concatenated tokens, fixed codes, one W_KQ and sets that ask, and of it content
 * of W_V and position by position of W_KQ train, the squared loss; all else is zero, as tutee_layer_start leaves it. `set` is working
 * memory of q numbers, q the size of the sets, and `scratch` has at least TUTEE_LAYER_SELECTION_SCRATCH elements. `over->index` moves by
 * `over->count`, and the layer's batch ends. On orthonormal codes from zero the excess loss ends on (tokens - 1) / (4 scale^2 rate t)
 * after t steps of this attention rate.
 *
 * Errors: TUTEE_ERROR_OUT_OF_RANGE (a layer of another form or of other blocks, sets that are empty or larger than there are tokens, more
 * sets than 32 bits count; descent), _NOT_FINITE, _ENUM (descent), _CANNOT_MOVE, _DIVERGED, _FLOAT_ENVIRONMENT; layer, batch and index
 * then stay. Costs for every sixteen sets an exact step of as many outputs.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_selection_step_f32(struct tutee_layer_f32 *layer,
                                            const float *value,
                                            size_t n_value,
                                            struct tutee_sets *over,
                                            const struct tutee_descent_f32 *descent,
                                            uint32_t *set,
                                            size_t n_set,
                                            float *scratch,
                                            size_t n_scratch);

/**
 * The exact excess loss that tutee_layer_selection_step makes small, of all outputs together, over the sets that `over` says. Nothing moves;
 * layer and its batch stay as they are.
 *
 * Errors: those of tutee_layer_selection_step but of its descent and _DIVERGED; TUTEE_ERROR_OUT_OF_RANGE also where numbers are so large
 * that the loss overflows. Costs about two thirds of a step.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_selection_loss_f32(struct tutee_layer_f32 *layer,
                                            const float *value,
                                            size_t n_value,
                                            const struct tutee_sets *over,
                                            uint32_t *set,
                                            size_t n_set,
                                            float *scratch,
                                            size_t n_scratch,
                                            float *excess_loss);

/**
 * Bytes of a snapshot of a layer: `*bytes` = TUTEE_LAYER_SNAPSHOT_BYTES_F32 of what TUTEE_LAYER_WORDS_F32 takes.
 *
 * Errors: those of tutee_layer_words.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_snapshot_bytes_f32(const struct tutee_layer_shape *shape,
                                            size_t *bytes);

/**
 * Writes a snapshot of the layer with its settings to `bytes`, exactly tutee_layer_snapshot_bytes_f32 = `n_bytes` of them; its batch is not
 * saved. `stream` is where its online training stands (seed and index of the tutee_source), or NULL.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE for a layer that tutee_layer_load would refuse, which no call of this library leaves behind. Costs about
 * ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_save_f32(const struct tutee_layer_f32 *layer,
                                  const struct tutee_stream *stream,
                                  uint8_t *bytes,
                                  size_t n_bytes);

/**
 * Hands the bytes that tutee_layer_save_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
 * memory. `stream` is where its online training stands (seed and index of the tutee_source), or NULL.
 *
 * Errors: TUTEE_ERROR_ENUM (sink), _NOT_FINITE for a layer that tutee_layer_load_f32 would refuse, which no call of this library leaves behind; all
 * before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_save_to_f32(const struct tutee_layer_f32 *layer,
                                     const struct tutee_stream *stream,
                                     const struct tutee_sink *sink);

/**
 * Replaces the layer and its settings by those in a snapshot of the same shape and precision, and ends the batch; training then goes on
 * with the same bits as if it had never stopped. `*stream` becomes the saved stream, or zeros when none was saved; NULL when it is not
 * wanted. `bytes` may have any length and any content.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE; TUTEE_ERROR_NOT_FINITE (a
 * parameter); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no layer of this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT.
 * Costs a few nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_layer_load_f32(struct tutee_layer_f32 *layer,
                                  const uint8_t *bytes,
                                  size_t n_bytes,
                                  struct tutee_stream *stream);

/**
 * Words (uint64_t) of a student of raw readings with its working memory: `*words` = TUTEE_RAW_WORDS_F32(filters, features, tokens,
 * outputs, preparation). The sizes are those of the readings, `preparation` is a sum of tutee_preparation.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (also a size that the preparation makes too large), _ENUM (preparation).
 */
TUTEE_MUST_USE
tutee_status tutee_raw_words_f32(const struct tutee_shape *shape,
                                 int32_t preparation,
                                 size_t *words);

/**
 * Makes a student of readings of these sizes, which has seen none: W and logits zero; with TUTEE_SIGNED W is 1/2 everywhere.
 *
 * `memory` has at least tutee_raw_words_f32 `words`; `*raw` then points to it. `slope` is looked at for TUTEE_LEAKY_RELU alone.
 *
 * Errors: those of tutee_raw_words_f32; of the activation TUTEE_ERROR_ENUM, _NOT_FINITE, _OUT_OF_RANGE; _FLOAT_ENVIRONMENT. Costs
 * writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_init_f32(uint64_t *memory,
                                size_t words,
                                const struct tutee_shape *shape,
                                int32_t preparation,
                                int32_t activation,
                                float slope,
                                struct tutee_raw_f32 **raw);

/**
 * Looks at `pairs` recorded pairs, `x[pairs][tokens][features]` and `y[pairs][outputs][filters]` as they come, in any unit and with any
 * offset: running means and second moments, by which readings are centred and scaled from then on. With the identity a mean is taken
 * from every sensor and from every answer; with an activation from every feature, which can be given back. To be done with the first
 * pairs, as many as show how readings spread; what was looked at is not trained on. Whatever batch there was ends. All pairs are
 * looked at or, when anything is wrong, none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE, _OUT_OF_RANGE (a number beyond a quarter of the largest), _FLOAT_ENVIRONMENT. Costs two
 * divisions a number.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_observe_f32(struct tutee_raw_f32 *raw,
                                   size_t pairs,
                                   const float *x,
                                   size_t n_x,
                                   const float *y,
                                   size_t n_y);

/**
 * Lets what is known of the readings weigh as much as `pairs` pairs, which may be 0; where it weighs less nothing is changed but that whatever
 * batch there was ends. Called before each pair that tutee_raw_observe_f32 is given alone, means and scales are those of an
 * exponential window: a pair counts 1 - 1 / (pairs + 1) times as much with each that comes after it, so that they follow sensors that drift, or a
 * plant that was changed. The student stays, whose W was learned of readings that were centred and scaled in another way: one of tutee_raw_init_f32, or
 * more steps after tutee_raw_begin_f32.
 *
 * Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs a multiplication a feature.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_forget_f32(struct tutee_raw_f32 *raw,
                                  uint64_t pairs);

/**
 * Copies what is known of the readings: what is taken from inputs, `mean[tokens][features]`; by what they are then divided,
 * `scale[features]`, the standard deviation, zero for a feature that was constant and is given to the student as zero; what is taken
 * from answers, `answer_mean[outputs][filters]`; and by what those are divided, `*answer_scale`. Zeros before the first pair. Nothing is
 * computed: any floating-point environment will do, and a batch stays as it is.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_moments_f32(struct tutee_raw_f32 *raw,
                                   float *mean,
                                   size_t n_mean,
                                   float *scale,
                                   size_t n_scale,
                                   float *answer_mean,
                                   size_t n_answer_mean,
                                   float *answer_scale);

/**
 * Begins the training on the readings that were looked at; or drops the batch, where it has begun.
 *
 * Errors: TUTEE_ERROR_CANNOT_MOVE when no pair was looked at (tutee_raw_observe_f32 first), or no feature varies in them; _FLOAT_ENVIRONMENT. Costs writing the
 * working memory once, and an exponential for each weight of the attention.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_begin_f32(struct tutee_raw_f32 *raw);

/**
 * Adds `pairs` recorded pairs to the batch, `x[pairs][tokens][features]` and `y[pairs][outputs][filters]` as they come: all of them or,
 * when anything is wrong, none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE (also a number so far from what was looked at that its square overflows), _BATCH (none was
 * begun), _FLOAT_ENVIRONMENT. Costs about `6 M D (d + J)` additions and multiplications a pair, of the student's sizes.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_accumulate_f32(struct tutee_raw_f32 *raw,
                                      size_t pairs,
                                      const float *x,
                                      size_t n_x,
                                      const float *y,
                                      size_t n_y);

/**
 * Adds the batch of `other` to that of `raw`, sum to sum, for threads that share the pairs of a step: each accumulates into a copy of the
 * object's words, made by memcpy after tutee_raw_begin_f32 or a step, before any pair; then one thread merges them, and steps. The bits are those
 * of the order in which batches are merged, whichever thread was done first; of all pairs in one batch they differ by rounding. `other` stays
 * as it is, and is a copy of `raw` no more after the step: it is copied anew.
 *
 * Errors: TUTEE_ERROR_SHAPE (also another preparation); _BATCH unless both were begun with one student, activation and all that is known of
 * the readings; _OVERLAP (also of an object with itself); _FLOAT_ENVIRONMENT. Costs a few operations for each number of both.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_merge_f32(struct tutee_raw_f32 *raw,
                                 struct tutee_raw_f32 *other);

/**
 * The usual settings of a step on raw readings: shares 0.5 and 0.2, a row moves by at most 0.25, ten times the loss of predicting nothing; compensated.
 *
 * Errors: those of every function alone.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_descent_default_f32(struct tutee_raw_descent_f32 *descent);

/**
 * One step along the mean gradient of the batch, at rates that come from the data; then an empty batch begins.
 *
 * Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH (none was begun); of the settings _NOT_FINITE, _OUT_OF_RANGE, _ENUM; _FLOAT_ENVIRONMENT.
 * TUTEE_ERROR_DIVERGED is a share that is too large, never a fault of the pairs: the batch is dropped then, and the student is again
 * the one before the last step whose batch cost less than the limit; `*stepped` is not written. Where it is no share but sensors that
 * have moved, tutee_raw_strayed says so.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_step_f32(struct tutee_raw_f32 *raw,
                                const struct tutee_raw_descent_f32 *descent,
                                struct tutee_raw_stepped_f32 *stepped);

/**
 * What the batch says of the student as it stands: how well it answers, whether the attention has moved, whether a filter is dead. The
 * batch stays.
 *
 * Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH (none was begun), _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs a pass over the attention and the sums
 * of the batch.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_diagnose_f32(struct tutee_raw_f32 *raw,
                                    struct tutee_raw_diagnosis_f32 *diagnosis);

/**
 * How well the student answers `pairs` recorded pairs that it is not trained on. Nothing is added to the batch.
 *
 * Errors: those of tutee_raw_accumulate_f32; TUTEE_ERROR_NOT_FINITE also when a square overflows (working memory in the object is written then,
 * which nothing reads). Costs about a third of tutee_raw_accumulate_f32.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_loss_f32(struct tutee_raw_f32 *raw,
                                size_t pairs,
                                const float *x,
                                size_t n_x,
                                const float *y,
                                size_t n_y,
                                struct tutee_raw_fit_f32 *fit);

/**
 * Which sensor of `pairs` recorded pairs lies farthest from the means that were taken of those that were looked at, one of inputs and one
 * of answers, and how far: the mean of its squares over these pairs, in squares of the scales. A sensor whose offset has moved by m
 * deviations is told by about 1 + m^2 however many others there are; one whose unit has changed by a factor by its square. Chance
 * alone makes 2 or 3 of the largest of many over some ten pairs, and more of fewer, so that 10 is a fair bound of what is none.
 * A batch that ends in TUTEE_ERROR_DIVERGED for that cause asks for no smaller step: look at readings as they are now (tutee_raw_init,
 * tutee_raw_observe).
 *
 * A feature has one scale for all tokens (tutee_raw_moments_f32), and answers have one for all: where sensors vary alike each has 1 on
 * average, where they do not the liveliest has up to as many as share its scale, and what this function says of the pairs that
 * were looked at is what to compare with; as where an activation leaves tokens means of their own. A feature that was constant does not
 * count. Neither batch nor student is touched; there need be none.
 *
 * Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE (also where a square overflows), _CANNOT_MOVE (nothing was looked at, or nothing that
 * varies), _FLOAT_ENVIRONMENT. Costs a division a number.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_strayed_f32(struct tutee_raw_f32 *raw,
                                   size_t pairs,
                                   const float *x,
                                   size_t n_x,
                                   const float *y,
                                   size_t n_y,
                                   struct tutee_raw_spread_f32 *strayed);

/**
 * Predicts the readings that answer to `inputs` inputs: from `x[inputs][tokens][features]`, as they come, `y[inputs][outputs][filters]` in
 * their own units. Nothing is added to the batch.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs about `2 M D (d + J)`
 * multiplications and additions an input, and an exponential for each weight of the attention.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_predict_f32(struct tutee_raw_f32 *raw,
                                   size_t inputs,
                                   const float *x,
                                   size_t n_x,
                                   float *y,
                                   size_t n_y);

/**
 * Copies what the student has learned, in the units of the readings: y_j = act( W sum_i S_ji x_i + b_j ), with W `value[filters][features]`,
 * b `bias[outputs][filters]` and S `mixing[outputs][tokens]`. S is negative where a negated token weighs more, and its rows add up to less than one
 * by what the spare token has. A feature that was constant has weight zero. Numbers that the type cannot hold, of units very far
 * apart, are infinite or zero. Student and batch stay as they are.
 *
 * Errors: TUTEE_ERROR_BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs an exponential for each weight of the attention, and `M d
 * + J M D` multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_explain_f32(struct tutee_raw_f32 *raw,
                                   float *value,
                                   size_t n_value,
                                   float *bias,
                                   size_t n_bias,
                                   float *mixing,
                                   size_t n_mixing);

/**
 * Writes the `n_links` entries of S that are farthest from zero, the farthest first; of equal ones the first output and token come first. From 1 to
 * outputs * tokens entries. All of them are listed, whether they stand out or not, which tutee_mixing_links_f32 tells. Student and batch
 * stay as they are.
 *
 * Errors: TUTEE_ERROR_LENGTH (none, or more than there are), _BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs log n_links for each
 * entry of S.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_links_f32(struct tutee_raw_f32 *raw,
                                 struct tutee_link_f32 *links,
                                 size_t n_links);

/**
 * Bytes of a snapshot of a student of raw readings: `*bytes` = TUTEE_RAW_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs,
 * preparation). The sizes are those of the readings, `preparation` is a sum of tutee_preparation.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (also a size that the preparation makes too large), _ENUM (preparation).
 */
TUTEE_MUST_USE
tutee_status tutee_raw_snapshot_bytes_f32(const struct tutee_shape *shape,
                                          int32_t preparation,
                                          size_t *bytes);

/**
 * Writes a snapshot of all that the training needs to go on, but the batch in the making, to `bytes`, exactly
 * tutee_raw_snapshot_bytes_f32 = `n_bytes` of them: the student, what is known of the readings, where rates come from, and the
 * activation. To be taken after a step; a batch stays as it is, and is lost to whoever loads. Any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_BATCH (no training was begun); TUTEE_ERROR_NOT_FINITE for numbers that tutee_raw_load would refuse, which no
 * call of this library leaves behind. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_save_f32(struct tutee_raw_f32 *raw,
                                uint8_t *bytes,
                                size_t n_bytes);

/**
 * Hands the bytes that tutee_raw_save_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs memory.
 * A batch stays as it is, and any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_BATCH (no training was begun), _ENUM (sink), _NOT_FINITE for numbers that tutee_raw_load_f32 would refuse, which no call of this
 * library leaves behind; all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and
 * twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_save_to_f32(struct tutee_raw_f32 *raw,
                                   const struct tutee_sink *sink);

/**
 * Replaces the student, all that is known of its readings, and its activation by those in a snapshot of the same sizes, preparation and
 * precision, and begins an empty batch: the next step has the bits that it would have had without the stop. An object made by
 * tutee_raw_init, which has seen nothing, is enough. A step that is refused then goes back to the student that was saved.
 * `bytes` may have any length and any content; tutee_raw_inspect says what they are of. A snapshot of a student that could never move,
 * which no call of this library writes, is loaded without a batch, and tutee_raw_begin says what it lacks.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE (also another
 * preparation); TUTEE_ERROR_NOT_FINITE (a number in it); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no student of
 * this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_raw_load_f32(struct tutee_raw_f32 *raw,
                                const uint8_t *bytes,
                                size_t n_bytes);

/**
 * Words (uint64_t) of a whitener: `*words` = TUTEE_WHITENER_WORDS_F32(filters, features, tokens, outputs), of the sizes of the readings;
 * filters and outputs do not count, and are those of tutee_whitener_restore_f32. The memory grows with the square of the features.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_words_f32(const struct tutee_shape *shape,
                                      size_t *words);

/**
 * Makes a whitener of readings of these sizes, which has seen none. `memory` has at least tutee_whitener_words_f32 `words`; `*whitener`
 * then points to it.
 *
 * Errors: those of tutee_whitener_words_f32. Costs writing the memory once.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_init_f32(uint64_t *memory,
                                     size_t words,
                                     const struct tutee_shape *shape,
                                     struct tutee_whitener_f32 **whitener);

/**
 * Looks at `inputs` recorded inputs `x[inputs][tokens][features]`: running means and sums of products of two features'. `activation` is
 * that of the student behind it: with the identity a mean is taken from every sensor, with another one from every feature. All inputs are
 * looked at or, when anything is wrong, none. In which portions they come does not matter to the bits.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _ENUM (activation), _NOT_FINITE, _OUT_OF_RANGE (a number beyond a quarter of the largest; a whitener that has
 * settled, which looks at no more inputs), _FLOAT_ENVIRONMENT. Costs `D (d^2 + 3 d)` multiplications and divisions an input.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_observe_f32(struct tutee_whitener_f32 *whitener,
                                        int32_t activation,
                                        size_t inputs,
                                        const float *x,
                                        size_t n_x);

/**
 * Makes the matrix Z out of all that was looked at. Directions that have less than 64 roundings of one of the largest one's power (1.4e-14
 * of it in double, 7.6e-6 in float) are left out, as are features that vary by less than four roundings of their means.
 *
 * Errors: TUTEE_ERROR_CANNOT_MOVE (nothing was looked at, or no feature varies), _OUT_OF_RANGE (a feature varies by so little that what it is to be
 * multiplied by is no number), _FLOAT_ENVIRONMENT. Costs up to thirty times `6 d^3` multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_settle_f32(struct tutee_whitener_f32 *whitener);

/**
 * How far a whitener has come: inputs looked at, directions left out, and the condition of the features, which says whether whitening is of
 * use. Any floating-point environment will do.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_condition_f32(struct tutee_whitener_f32 *whitener,
                                          struct tutee_whitened_f32 *whitened);

/**
 * Copies what is taken from readings, `mean[tokens][features]`, and by what each token is multiplied then, `matrix[features][features]`, zeros
 * before it has settled. Any floating-point environment will do.
 *
 * Errors: those of every function alone. Costs a copy.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_matrix_f32(struct tutee_whitener_f32 *whitener,
                                       float *mean,
                                       size_t n_mean,
                                       float *matrix,
                                       size_t n_matrix);

/**
 * Writes `inputs` inputs as a student of raw readings is to see them, in tutee_raw_observe_f32, tutee_raw_accumulate_f32 and wherever else it is
 * given any: `x[inputs][tokens][features]` with the means taken away, times the matrix. Of numbers very far from all that was looked at
 * it may be infinite, which those functions refuse.
 *
 * Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _CANNOT_MOVE (it has not settled), _FLOAT_ENVIRONMENT. Costs `D d^2` multiplications an input.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_whiten_f32(struct tutee_whitener_f32 *whitener,
                                       size_t inputs,
                                       const float *x,
                                       size_t n_x,
                                       float *whitened,
                                       size_t n_whitened);

/**
 * Makes what tutee_raw_explain_f32 wrote of a student of whitened readings a model of readings as they come, in place: `value[filters][features]`
 * becomes W Z, and `bias[outputs][filters]` is less by the sum over i of S_ji W Z m_i, with S `mixing[outputs][tokens]`. Once: what is restored
 * again is wrong.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE (also numbers that tutee_raw_explain_f32 could not hold), _CANNOT_MOVE (it has not settled),
 * _FLOAT_ENVIRONMENT. Costs `M d^2 + J M D d` multiplications.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_restore_f32(struct tutee_whitener_f32 *whitener,
                                        float *value,
                                        size_t n_value,
                                        float *bias,
                                        size_t n_bias,
                                        const float *mixing,
                                        size_t n_mixing);

/**
 * Bytes of a snapshot of a whitener: `*bytes` = TUTEE_WHITENER_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs), of the sizes of the
 * readings.
 *
 * Errors: TUTEE_ERROR_ZERO, _TOO_LARGE.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_snapshot_bytes_f32(const struct tutee_shape *shape,
                                               size_t *bytes);

/**
 * Writes a snapshot of a whitener, settled or not, to `bytes`, exactly tutee_whitener_snapshot_bytes_f32 = `n_bytes` of them. It changes no more
 * once it has settled, so that it is saved once, beside the snapshots of the student behind it. Any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_NOT_FINITE for numbers that tutee_whitener_load_f32 would refuse, which no call of this library leaves behind. Costs about
 * ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_save_f32(struct tutee_whitener_f32 *whitener,
                                     uint8_t *bytes,
                                     size_t n_bytes);

/**
 * Hands the bytes that tutee_whitener_save_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
 * memory. Any floating-point environment will do.
 *
 * Errors: TUTEE_ERROR_ENUM (sink), _NOT_FINITE for numbers that tutee_whitener_load_f32 would refuse, which no call of this library leaves behind;
 * all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and twice that as a slot.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_save_to_f32(struct tutee_whitener_f32 *whitener,
                                        const struct tutee_sink *sink);

/**
 * Replaces all that a whitener knows by what is in a snapshot of as many tokens and features and of the same precision: it goes on with the bits
 * that it would have had without the stop. `bytes` may have any length and any content.
 *
 * Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE; TUTEE_ERROR_NOT_FINITE (a number in it);
 * TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
 */
TUTEE_MUST_USE
tutee_status tutee_whitener_load_f32(struct tutee_whitener_f32 *whitener,
                                     const uint8_t *bytes,
                                     size_t n_bytes);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TUTEE_H */
