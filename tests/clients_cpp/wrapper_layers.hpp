/* What tutee/layer.hpp adds to tutee.h; part of wrapper.cpp, which has STATUS, ARGUMENT and TAKE. */

template <class T>
struct layer_tests {
    using layer = tutee::layer<T>;
    static constexpr std::size_t pairs = 3;
    /** Codes and vectors that ask come with each sample. */
    tutee::layer_shape of_vectors{{2, 3, 4, 4}, TUTEE_CONCATENATED, TUTEE_CODES_FRESH, TUTEE_SEPARATE, TUTEE_QUERIES_VECTORS,
                                  2, 2, 3};
    tutee::layer_shape of_sets{{2, 3, 4, 4}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_MERGED, TUTEE_QUERIES_SETS, 2, 0, 0};
    std::vector<T> x = numbers(pairs * 12, 7), y = numbers(pairs * 8, 5), queries = numbers(pairs * 12, 3),
                   codes = numbers(pairs * 8, 11), value = numbers(6, 3), direction = numbers(3, 2);
    std::vector<std::uint32_t> sets = {0, 1, 1, 2, 2, 3, 3, 0, 0, 2, 1, 3, 2, 0, 3, 1, 0, 1, 0, 2, 0, 3, 1, 2};
    tutee::descent<T> descent = TAKE(tutee::default_descent(T(0.125)));

    static std::vector<T> numbers(std::size_t n, std::size_t step) {
        std::vector<T> made;
        for (std::size_t i = 0; i < n; i++) made.push_back(T(i * step % 13) / 8 - T(0.75));
        return made;
    }
    tutee::shown<T> shown() const { return {x, {}, queries, codes}; }
    layer vectors() const {
        auto made = TAKE(layer::make(of_vectors));
        TAKE(made.start(TUTEE_START_GAUSSIAN, T(0.5), 3));
        return made;
    }
    layer asked_by_sets() const {
        auto made = TAKE(layer::make(of_sets));
        TAKE(made.set(TUTEE_CODES, TAKE(tutee::layer_codes<T>(of_sets, TUTEE_CODE_SINE, 0))));
        return made;
    }

    void settings() const {
        auto made = vectors();
        auto settings = TAKE(tutee::default_layer_settings<T>(of_vectors));
        CHECK(settings.scale == T(0.5) && settings.activation == TUTEE_IDENTITY && settings.loss == TUTEE_SQUARED);
        CHECK(settings.trained == TAKE(made.settings()).trained);
        settings.scale = T(0.25);
        TAKE(made.configure(settings));
        CHECK(TAKE(made.settings()).scale == T(0.25));
        settings.trained = TUTEE_TRAIN_ENCODING;
        CHECK(STATUS(made.configure(settings)) == TUTEE_ERROR_OUT_OF_RANGE);
        auto wrong = of_vectors;
        wrong.code_width = 0;
        CHECK(STATUS(layer::make(wrong)) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(tutee::layer_codes<T>(wrong, TUTEE_CODE_SINE, 0)) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(tutee::layer_online_scratch(wrong)) == TUTEE_ERROR_ZERO);
        std::vector<T> short_codes(7);
        CHECK(STATUS(tutee::layer_codes<T>(of_vectors, TUTEE_CODE_SINE, 0, short_codes)) == TUTEE_ERROR_LENGTH);
        CHECK(made.sizes().query_width == 3);
    }

    /** A batch here and through tutee.h: the same bits. */
    void batches() const {
        auto made = vectors();
        CHECK(STATUS(made.accumulate(shown(), y)) == TUTEE_ERROR_BATCH);
        TAKE(made.begin());
        CHECK(STATUS(made.step(descent)) == TUTEE_ERROR_NO_SAMPLES);
        TAKE(made.accumulate(shown(), y));
        const auto batch_loss = TAKE(made.batch_loss());
        CHECK(batch_loss.count == pairs);
        CHECK(std::abs(batch_loss.mean_loss - TAKE(made.loss(shown(), y))) < T(1e-5));
        auto by_hand = made;
        TAKE(made.step(descent));
        CHECK(detail_step(by_hand) == TUTEE_OK);
        CHECK(TAKE(made.digest()) == TAKE(by_hand.digest()) && TAKE(made.steps()) == 1);
        CHECK(TAKE(made.digest()) != TAKE(vectors().digest()));
        const auto answers = TAKE(made.predict(shown()));
        std::vector<T> again(answers.size());
        TAKE(made.predict(shown(), again));
        CHECK(answers == again && answers.size() == pairs * 8);

        // Which range is wrong, and where.
        CHECK(std::strcmp(ARGUMENT(made.accumulate({x, {}, queries, codes}, value)).name, "y") == 0);
        auto less = queries;
        less.pop_back();
        CHECK(std::strcmp(ARGUMENT(made.predict({x, {}, less, codes})).name, "queries") == 0);
        CHECK(STATUS(made.predict({x, {}, queries, codes}, less)) == TUTEE_ERROR_LENGTH);
        auto not_finite = codes;
        not_finite[5] = std::numeric_limits<T>::infinity();
        const auto at = ARGUMENT(made.loss({x, {}, queries, not_finite}, y));
        CHECK(std::strcmp(at.name, "codes") == 0 && at.index == 5);
        CHECK(STATUS(made.predict({x, sets, queries, codes})) == TUTEE_ERROR_LENGTH);

        auto still = TAKE(layer::make(of_vectors));
        CHECK(STATUS(still.begin()) == TUTEE_ERROR_CANNOT_MOVE);
        CHECK(STATUS(layer().begin()) == TUTEE_ERROR_NULL);
        CHECK(STATUS(std::as_const(still).get(TUTEE_CODES)) == TUTEE_ERROR_ENUM);
    }
    tutee_status detail_step(layer &of) const {
        if constexpr (sizeof(T) == 4)
            return tutee_layer_step_f32(of.get(), &descent);
        else
            return tutee_layer_step_f64(of.get(), &descent);
    }

    void blocks() const {
        auto made = vectors();
        const auto keys = TAKE(made.get(TUTEE_KEYS));
        std::vector<T> again(keys.size());
        TAKE(made.get(TUTEE_KEYS, again));
        CHECK(keys == again && keys.size() == 10);
        const auto squares = TAKE(made.squares(TUTEE_KEYS));
        CHECK(squares[0] > 0 && squares[1] > 0 && squares[2] == 0 && squares[3] == 0);
        again[0] = 9;
        TAKE(made.set(TUTEE_KEYS, again));
        CHECK(TAKE(made.get(TUTEE_KEYS)) == again);
        CHECK(STATUS(made.set(TUTEE_KEYS, value)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(made.set(TUTEE_ATTENTION, numbers(16, 1))) == TUTEE_ERROR_READ_ONLY);
    }

    /** Steps online here and there; what is recovered; the loss elsewhere. */
    void online() const {
        auto made = asked_by_sets();
        std::vector<T> scratch(TAKE(tutee::layer_online_scratch(of_sets)));
        std::vector<std::uint32_t> drawn(8);
        const tutee::answered<T> by{{T(0.5), T(), TUTEE_ANSWER_WEIGHTS, 0}, value, direction, drawn, scratch};
        auto source = TAKE(tutee::default_source<T>(3, 4));
        for (int step = 0; step < 20; step++) TAKE(made.online_step(by, source, descent));
        CHECK(source.index == 80 && TAKE(made.steps()) == 20);
        auto elsewhere = TAKE(tutee::default_source<T>(4, 50));
        const T trained = TAKE(made.online_loss(by, elsewhere));
        CHECK(trained > 0 && trained < TAKE(asked_by_sets().online_loss(by, elsewhere)) && elsewhere.index == 0);
        // A layer as teacher: of fixed weights alone it is their mixing, and with a share of its own attention another one.
        const auto mixing = numbers(16, 5);
        auto choice = direction;
        choice.insert(choice.end(), mixing.begin(), mixing.end());
        choice.push_back(T(1));
        const auto loss_of = [&](std::int32_t answer, const std::vector<T> &of) {
            const tutee::answered<T> other{{T(0.5), T(), answer, 1}, value, of, drawn, scratch};
            return TAKE(made.online_loss(other, elsewhere));
        };
        const T fixed = loss_of(TUTEE_ANSWER_MIXING, mixing);
        CHECK(std::abs(loss_of(TUTEE_ANSWER_ATTENTION, choice) - fixed) < T(1e-4) * fixed);
        choice.back() = T(0.25);
        CHECK(std::abs(loss_of(TUTEE_ANSWER_ATTENTION, choice) - fixed) > T(0.05) * fixed);
        std::vector<T> less(scratch.size() - 1);
        const tutee::answered<T> wrong{by.by, value, direction, drawn, less};
        CHECK(std::strcmp(ARGUMENT(made.online_loss(wrong, elsewhere)).name, "scratch") == 0);
        CHECK(STATUS(made.online_step(wrong, source, descent)) == TUTEE_ERROR_LENGTH && source.index == 80);

        const auto teacher = TAKE(tutee::teacher<T>::cycle(of_sets.sizes, tutee::identity<T>(), value, 1));
        TAKE(made.predict({x, sets}));
        const auto recovered = TAKE(made.recovery(teacher));
        CHECK(recovered.value_share > T(0.5) && recovered.value_share <= 1 && recovered.value_cosine > 0);
        // Sets have no content: of what content asks for there is nothing, not even zero.
        CHECK(std::isnan(recovered.content_content_share) && std::isnan(recovered.position_content_share));
        CHECK(std::abs(recovered.content_position_share + recovered.position_share - 1) < T(1e-6));
        const auto other = TAKE(tutee::teacher<T>::cycle({2, 3, 5, 5}, tutee::identity<T>(), value, 1));
        CHECK(STATUS(made.recovery(other)) == TUTEE_ERROR_SHAPE);
    }

    /** Exact steps over sets here, and through tutee.h: the same bits; one that is listed, one that is drawn. */
    void selection() const {
        const auto learner = [&] {
            auto made = asked_by_sets();
            auto settings = TAKE(made.settings());
            settings.trained = TUTEE_TRAIN_VALUE_CONTENT + TUTEE_TRAIN_POSITION_POSITION;
            TAKE(made.configure(settings));
            return made;
        };
        std::vector<T> scratch(TAKE(tutee::layer_selection_scratch(of_sets))), less(scratch.size() - 1);
        std::vector<std::uint32_t> set(2);
        const tutee::selected<T> by{value, set, scratch};
        tutee::sets all{}, drawn{3, 5, 7};
        auto made = learner();
        const T before = TAKE(made.selection_loss(by, all));
        for (int step = 0; step < 10; step++) TAKE(made.selection_step(by, all, descent));
        for (int step = 0; step < 10; step++) TAKE(made.selection_step(by, drawn, descent));
        CHECK(drawn.index == 75 && all.index == 0 && TAKE(made.selection_loss(by, all)) < before);
        auto by_hand = learner();
        drawn.index = 5;
        for (int step = 0; step < 20; step++) {
            auto &over = step < 10 ? all : drawn;
            if constexpr (sizeof(T) == 4)
                CHECK(tutee_layer_selection_step_f32(by_hand.get(), value.data(), value.size(), &over, &descent, set.data(), 2,
                                                     scratch.data(), scratch.size()) == TUTEE_OK);
            else
                CHECK(tutee_layer_selection_step_f64(by_hand.get(), value.data(), value.size(), &over, &descent, set.data(), 2,
                                                     scratch.data(), scratch.size()) == TUTEE_OK);
        }
        CHECK(TAKE(made.digest()) == TAKE(by_hand.digest()));
        // Codes that stand are those that they set out from; all of them negated have the same products.
        auto others = TAKE(made.get(TUTEE_CODES));
        for (T &code : others) code = -code;
        const auto codes_beside = TAKE(made.codes_recovery(others));
        CHECK(std::abs(codes_beside.codes_cosine + 1) < T(1e-6) && std::abs(codes_beside.codes_error - 2) < T(1e-6));
        CHECK(std::abs(codes_beside.products_cosine - 1) < T(1e-6) && codes_beside.products_error < T(1e-6));
        CHECK(STATUS(vectors().codes_recovery(others)) == TUTEE_ERROR_OUT_OF_RANGE);
        CHECK(std::strcmp(ARGUMENT(made.selection_step({value, set, less}, all, descent)).name, "scratch") == 0);
        CHECK(std::strcmp(ARGUMENT(made.selection_loss({direction, set, scratch}, all)).name, "value") == 0);
        CHECK(STATUS(asked_by_sets().selection_step(by, all, descent)) == TUTEE_ERROR_OUT_OF_RANGE);
        CHECK(STATUS(vectors().selection_loss(by, all)) == TUTEE_ERROR_OUT_OF_RANGE);
    }

    /** W_KQ beside a teacher's, with numbers found by hand. */
    void key_query() const {
        // Two tokens with orthonormal codes, asked by a set: a row of content, two of codes.
        auto made = TAKE(layer::make({{1, 1, 2, 1}, TUTEE_CONCATENATED, TUTEE_CODES_FIXED, TUTEE_MERGED, TUTEE_QUERIES_SETS, 2, 0, 0}));
        TAKE(made.set(TUTEE_CODES, std::vector<T>{1, 0, 0, 1}));
        TAKE(made.set(TUTEE_KEY_QUERY, std::vector<T>{1, 0, 2, 0, 0, 0}));
        // Both codes as keys may have 3 and 5 more. Squares: content (1 + 0)/2 of both, position (2^2)/8 here and (4^2)/8 there.
        std::vector<T> teacher = {1, 0, 7, 5, 3, 5};
        const auto beside = TAKE(made.key_query_recovery(teacher));
        CHECK(std::abs(beside.cosine - T(1.5) / std::sqrt(T(2.5))) < T(1e-6));
        CHECK(std::abs(beside.error - std::sqrt(T(0.2))) < T(1e-6));
        // A teacher that asks for nothing has no angle and no size.
        const auto nothing = TAKE(made.key_query_recovery(std::vector<T>{0, 0, 3, 5, 3, 5}));
        CHECK(std::isnan(nothing.cosine) && std::isnan(nothing.error));
        CHECK(std::strcmp(ARGUMENT(made.key_query_recovery({teacher.data(), 5})).name, "teacher") == 0);
        teacher[4] = std::numeric_limits<T>::infinity();
        CHECK(STATUS(made.key_query_recovery(teacher)) == TUTEE_ERROR_NOT_FINITE);
        // The product of separate matrices, vectors that ask, and codes that come with each sample.
        CHECK(TAKE(vectors().key_query_recovery(numbers(15, 3))).error > 0);
        CHECK(STATUS(vectors().key_query_recovery(numbers(14, 3))) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(layer().key_query_recovery(teacher)) == TUTEE_ERROR_NULL);
    }

    void snapshots() const {
        auto made = vectors();
        TAKE(made.begin());
        TAKE(made.accumulate(shown(), y));
        TAKE(made.step(descent));
        const tutee::stream at = {11, 12};
        const auto bytes = TAKE(made.save(&at));
        check_handed(made, bytes, &at);
        const auto info = TAKE(tutee::inspect_layer(bytes));
        CHECK(info.steps == 1 && info.shape.query_width == 3 && info.has_stream == 1 && info.scale == 0.5);
        CHECK(TAKE(tutee::inspect(bytes)).model == TUTEE_MODEL_LAYER);
        auto loaded = TAKE(layer::make(info.shape));
        CHECK(TAKE(loaded.load(bytes)).index == 12 && TAKE(loaded.digest()) == TAKE(made.digest()));
        auto altered = bytes;
        altered[100] ^= 1;
        CHECK(STATUS(loaded.load(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(STATUS(tutee::inspect_layer(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(STATUS(asked_by_sets().load(bytes)) == TUTEE_ERROR_SNAPSHOT_SHAPE);
        auto student = TAKE(tutee::student<T>::make(of_vectors.sizes));
        CHECK(STATUS(student.load(bytes)) == TUTEE_ERROR_SNAPSHOT_MODEL);
        CHECK(STATUS(loaded.load(TAKE(student.save()))) == TUTEE_ERROR_SNAPSHOT_MODEL);
        CHECK(STATUS(layer().save()) == TUTEE_ERROR_ZERO);
    }

    /** In an array of constant size, and in too small a one. */
    void memory() const {
        enum { WORDS = TUTEE_LAYER_WORDS_F64(2, 3, 4, 4, 1, 3, 1, 2, 2, 2, 3) };
        using array = std::array<std::uint64_t, WORDS>;
        auto made = TAKE(tutee::layer<T, array>::make(of_vectors));
        CHECK(TAKE(made.digest()) == TAKE(TAKE(layer::make(of_vectors)).digest()));
        using small = std::array<std::uint64_t, 20>;
        CHECK(std::strcmp(ARGUMENT(tutee::layer<T, small>::make(of_vectors)).name, "memory") == 0);
    }

    /** A label: one target a sample. */
    void labels() const {
        auto kind = of_vectors;
        kind.sizes.filters = 1;
        auto made = TAKE(layer::make(kind));
        TAKE(made.start(TUTEE_START_GAUSSIAN, T(0.5), 3));
        auto settings = TAKE(made.settings());
        settings.loss = TUTEE_LOGISTIC;
        TAKE(made.configure(settings));
        TAKE(made.begin());
        TAKE(made.accumulate(shown(), std::vector<T>{1, -1, 1}));
        TAKE(made.step(descent));
        CHECK(TAKE(made.predict(shown())).size() == pairs);
        CHECK(STATUS(made.accumulate(shown(), std::vector<T>{1, -1, 2})) == TUTEE_ERROR_OUT_OF_RANGE);
    }

    void all() const {
        settings();
        batches();
        blocks();
        online();
        selection();
        key_query();
        snapshots();
        memory();
        labels();
    }
};
