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
