/* What tutee/raw.hpp adds to tutee.h; part of wrapper.cpp, which has STATUS, ARGUMENT and TAKE. */

template <class T>
struct raw_tests {
    using raw = tutee::raw<T>;
    static constexpr std::size_t pairs = 24;
    static constexpr std::int32_t all_of_them = TUTEE_INTERCEPT | TUTEE_SPARE | TUTEE_SIGNED;
    tutee::shape readings{1, 2, 3, 2};
    std::vector<T> x, y;
    tutee::raw_descent<T> descent = TAKE(tutee::default_raw_descent<T>());

    /** Output 0 takes from token 0, output 1 what token 2 is above token 1; in units of a thousandth, with offsets. */
    raw_tests() {
        for (std::size_t i = 0; i < pairs; i++) {
            const T tokens[] = {T(i * 7 % 11) - 5, T(i * 5 % 13) - 6, T(i * 3 % 7) - 3};
            for (const T token : tokens) x.insert(x.end(), {token / 1000 + 4, T(17)});
            y.insert(y.end(), {3 * tokens[0] + 100, tokens[2] - tokens[1]});
        }
    }

    raw begun(std::int32_t preparation) const {
        auto made = TAKE(raw::make(readings, preparation));
        TAKE(made.observe(x, y));
        TAKE(made.begin());
        return made;
    }

    /** What a plant hides is found, and told in its units. */
    void learns() const {
        auto made = begun(all_of_them);
        for (int step = 0; step < 3000; step++) {
            TAKE(made.accumulate(x, y));
            TAKE(made.step(descent));
        }
        TAKE(made.accumulate(x, y));
        const auto diagnosis = TAKE(made.diagnose());
        CHECK(diagnosis.pairs == pairs && diagnosis.steps == 3000 && diagnosis.dead_filter == -1);
        CHECK(diagnosis.fit.explained > T(0.98) && diagnosis.beside_uniform > T(0.5));
        CHECK(std::abs(TAKE(made.loss(x, y)).loss - diagnosis.fit.loss) < T(1e-5));

        const auto links = TAKE(made.links(3));
        bool found[6] = {};
        for (const auto &link : links) found[3 * link.output + link.token] = true;
        CHECK(found[0] && found[4] && found[5] && TAKE(made.links(1000)).size() == 6);
        const auto learned = TAKE(made.explain());
        CHECK(learned.value.size() == 2 && learned.value[1] == 0);
        CHECK(std::abs(learned.value[0] * learned.mixing[0] / 1000 - 3) < T(0.2));
        const auto answers = TAKE(made.predict(x));
        std::vector<T> again(answers.size());
        TAKE(made.predict(x, again));
        CHECK(answers == again && answers.size() == pairs * 2);
        const T told = learned.bias[0] + learned.value[0] * (learned.mixing[0] * x[0] + learned.mixing[1] * x[2] +
                                                           learned.mixing[2] * x[4]);
        CHECK(std::abs(told - answers[0]) < T(0.05));
        CHECK(TAKE(made.strayed(x, y)).input < 2);
        auto moved = x;
        for (std::size_t i = 4; i < moved.size(); i += 6) moved[i] += 1;
        const auto far = TAKE(made.strayed(moved, y));
        CHECK(far.input > 100 && far.token == 2 && far.feature == 0 && far.answer < 2);
        const auto known = TAKE(made.moments());
        CHECK(std::abs(known.mean[0] - 4) < T(0.01) && known.scale[0] > 0 && known.scale[1] == 0);
        CHECK(known.answer_mean.size() == 2 && known.answer_scale > 1);
    }

    /** A batch here and through tutee.h: the same bits. */
    void same_bits() const {
        auto made = begun(TUTEE_INTERCEPT);
        TAKE(made.accumulate(x, y));
        auto by_hand = made;
        const auto stepped = TAKE(made.step(descent));
        CHECK(stepped.value_rate > 0 && stepped.attention_rate > 0 && stepped.fit.explained == 0);
        CHECK(step_by_hand(by_hand) == TUTEE_OK);
        CHECK(std::equal(made.words().begin(), made.words().end(), by_hand.words().begin()));
    }
    tutee_status step_by_hand(raw &of) const {
        tutee::raw_stepped<T> stepped{};
        if constexpr (sizeof(T) == 4)
            return tutee_raw_step_f32(of.get(), &descent, &stepped);
        else
            return tutee_raw_step_f64(of.get(), &descent, &stepped);
    }

    /** A batch in two parts, of a copy each: the rates of all pairs, and a copy that has moved is refused. */
    void merges() const {
        auto whole = begun(TUTEE_INTERCEPT), one = whole, other = whole;
        const std::size_t first = 10 * 6, answers = 10 * 2;
        TAKE(whole.accumulate(x, y));
        TAKE(one.accumulate(tutee::span<const T>(x.data(), first), tutee::span<const T>(y.data(), answers)));
        TAKE(other.accumulate(tutee::span<const T>(x.data() + first, x.size() - first),
                              tutee::span<const T>(y.data() + answers, y.size() - answers)));
        TAKE(one.merge(other));
        CHECK(TAKE(one.diagnose()).pairs == pairs && TAKE(other.diagnose()).pairs == pairs - 10);
        const auto all = TAKE(whole.step(descent)), merged = TAKE(one.step(descent));
        CHECK(std::abs(all.value_rate / merged.value_rate - 1) < T(1e-5) && std::abs(all.fit.loss / merged.fit.loss - 1) < T(1e-5));
        CHECK(STATUS(one.merge(other)) == TUTEE_ERROR_BATCH && STATUS(other.merge(other)) == TUTEE_ERROR_OVERLAP);
        auto spare = begun(TUTEE_SPARE);
        CHECK(STATUS(other.merge(spare)) == TUTEE_ERROR_SHAPE);
    }

    /** Saved and loaded, half way: the bits of one that was not stopped. */
    void restarts() const {
        auto through = begun(all_of_them);
        const auto learn = [&](raw &of) {
            for (int step = 0; step < 20; step++) {
                TAKE(of.accumulate(x, y));
                TAKE(of.step(descent));
            }
        };
        learn(through);
        const auto saved = TAKE(through.save());
        learn(through);
        auto again = TAKE(raw::from_snapshot(saved));
        CHECK(TAKE(again.save()) == saved);
        learn(again);
        CHECK(TAKE(again.save()) == TAKE(through.save()));
        TAKE(again.load(saved));
        learn(again);
        CHECK(TAKE(again.save()) == TAKE(through.save()));
        const auto info = TAKE(tutee::inspect_raw(saved));
        CHECK(info.steps == 20 && info.pairs == pairs && info.batches == 20 && info.preparation == all_of_them);
        CHECK(info.shape.tokens == 3 && info.activation == TUTEE_IDENTITY && info.scalar_bits == 8 * sizeof(T));
        auto altered = saved;
        altered[saved.size() / 2] ^= 1;
        CHECK(STATUS(again.load(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(STATUS(raw::from_snapshot(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(STATUS(tutee::inspect_raw(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        CHECK(TAKE(again.save()) == TAKE(through.save()));
        auto other = begun(TUTEE_INTERCEPT);
        CHECK(STATUS(other.load(saved)) == TUTEE_ERROR_SNAPSHOT_SHAPE);
        CHECK(STATUS(TAKE(raw::make(readings, 0)).save()) == TUTEE_ERROR_BATCH);
        check_handed(again, TAKE(again.save()));
    }

    /** Readings that were looked at one by one with a window follow sensors whose offset has moved; without, they lag. */
    void forgets() const {
        auto window = TAKE(raw::make(readings, 0)), whole = TAKE(raw::make(readings, 0));
        for (int step = 0; step < 400; step++) {
            std::vector<T> one(x.begin(), x.begin() + 6);
            one[0] += step < 200 ? 0 : 50;
            TAKE(window.forget(9));
            TAKE(window.observe(one, tutee::span<const T>(y.data(), 2)));
            TAKE(whole.observe(one, tutee::span<const T>(y.data(), 2)));
        }
        CHECK(std::abs(TAKE(window.moments()).mean[0] - (x[0] + 50)) < T(0.001));
        CHECK(std::abs(TAKE(whole.moments()).mean[0] - (x[0] + 25)) < T(0.001));
        auto begins = begun(0);
        TAKE(begins.accumulate(x, y));
        const auto known = TAKE(begins.moments());
        TAKE(begins.forget(1000));
        CHECK(STATUS(begins.step(descent)) == TUTEE_ERROR_BATCH && TAKE(begins.moments()).mean == known.mean);
        CHECK(STATUS(raw().forget(1)) == TUTEE_ERROR_NULL);
    }

    /** Halves of the pairs find what all find; a curve has the verdict of tutee.h. */
    void sure() const {
        const auto learned = [&](std::size_t first, std::size_t count, std::vector<tutee::curve_point> *curve) {
            const auto part = [=](const std::vector<T> &all, std::size_t of_one) {
                const auto at = all.begin() + static_cast<std::ptrdiff_t>(first * of_one);
                return std::vector<T>(at, at + static_cast<std::ptrdiff_t>(count * of_one));
            };
            const auto some_x = part(x, 6), some_y = part(y, 2);
            auto made = TAKE(raw::make(readings, all_of_them));
            TAKE(made.observe(some_x, some_y));
            TAKE(made.begin());
            for (std::uint64_t step = 0, next = 0; step < 2000; step++) {
                TAKE(made.accumulate(some_x, some_y));
                const auto stepped = TAKE(made.step(descent));
                if (!curve || step != next) continue;
                curve->push_back({step, static_cast<double>(stepped.fit.loss)});
                next += 1 + next / 8;
            }
            return made;
        };
        std::vector<tutee::curve_point> curve;
        auto all = learned(0, pairs, &curve);
        auto parts = TAKE(learned(0, pairs / 2, nullptr).explain()).mixing;
        const auto late = TAKE(learned(pairs / 2, pairs / 2, nullptr).explain()).mixing;
        parts.insert(parts.end(), late.begin(), late.end());
        const auto links = TAKE(all.sure_links(parts, 100));
        CHECK(links.size() == 3);
        for (const auto &link : links) CHECK(link.found == 2 && link.parts == 2 && (link.output == 1) == (link.token != 0));
        CHECK(TAKE(all.sure_links(parts, 1)).size() == 1);
        CHECK(TAKE(all.sure_links({}, 100)).front().parts == 0);
        parts.pop_back();
        CHECK(std::strcmp(ARGUMENT(all.sure_links(parts, 3)).name, "parts") == 0);

        const auto judgement = TAKE(tutee::judge(curve, tutee::known_of_pairs<T>(false)));
        CHECK(!judgement.failed && std::strlen(judgement.reason) > 10);
        auto refused = tutee::known_of_pairs<T>(false);
        refused.refused = 1;
        const auto diverged = TAKE(tutee::judge(curve, refused));
        CHECK(diverged.verdict == TUTEE_VERDICT_DIVERGED && diverged.failed == 1);
        CHECK(STATUS(tutee::judge(curve, tutee::circumstances{})) == TUTEE_ERROR_ENUM);
    }

    void refusals() const {
        auto made = TAKE(raw::make(readings, 0, tutee::relu<T>()));
        CHECK(STATUS(made.begin()) == TUTEE_ERROR_CANNOT_MOVE);
        CHECK(STATUS(made.accumulate(x, y)) == TUTEE_ERROR_BATCH);
        CHECK(STATUS(made.links(3)) == TUTEE_ERROR_BATCH);
        CHECK(STATUS(raw::make(readings, 8)) == TUTEE_ERROR_ENUM);
        CHECK(STATUS(raw::make({1, 0, 3, 2}, 0)) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(raw().begin()) == TUTEE_ERROR_NULL);
        CHECK(std::strcmp(ARGUMENT(made.observe(y, y)).name, "y") == 0);
        auto less = x;
        less.pop_back();
        CHECK(std::strcmp(ARGUMENT(made.observe(less, y)).name, "x") == 0);
        made = begun(all_of_them);
        auto not_finite = y;
        not_finite[5] = std::numeric_limits<T>::quiet_NaN();
        const auto at = ARGUMENT(made.loss(x, not_finite));
        CHECK(std::strcmp(at.name, "y") == 0 && at.index == 5);
        CHECK(STATUS(made.predict(x, less)) == TUTEE_ERROR_LENGTH);
        CHECK(STATUS(made.step(descent)) == TUTEE_ERROR_NO_SAMPLES);
        auto frozen = descent;
        frozen.value_share = 0;
        CHECK(STATUS(made.step(frozen)) == TUTEE_ERROR_OUT_OF_RANGE);
        using small = std::array<std::uint64_t, 20>;
        CHECK(std::strcmp(ARGUMENT(tutee::raw<T, small>::make(readings, 0)).name, "memory") == 0);
        enum { WORDS = TUTEE_RAW_WORDS_F64(1, 2, 3, 2, TUTEE_SPARE) };
        using array = std::array<std::uint64_t, WORDS>;
        auto constant = TAKE(tutee::raw<T, array>::make(readings, TUTEE_SPARE));
        TAKE(constant.observe(x, y));
        TAKE(constant.begin());
    }

    /** Whitened here and through tutee.h, stopped half way or not: the same bits; and a model for readings as they come. */
    void whitens() const {
        using whitener = tutee::whitener<T>;
        auto early = TAKE(whitener::make(readings));
        TAKE(early.observe(x));
        const auto saved = TAKE(early.save());
        auto made = TAKE(whitener::make(readings));
        TAKE(made.load(saved));
        CHECK(TAKE(made.save()) == saved && TAKE(made.condition()).inputs == pairs && TAKE(made.condition()).condition == 0);
        check_handed(made, saved);
        CHECK(STATUS(made.whiten(x)) == TUTEE_ERROR_CANNOT_MOVE);
        TAKE(made.settle());
        const auto known = TAKE(made.condition());
        CHECK(known.inputs == pairs && known.left_out == 1 && known.condition == 1);
        const auto white = TAKE(made.whiten(x));
        std::vector<T> again(white.size());
        TAKE(made.whiten(x, again));
        const auto by = TAKE(made.matrix());
        CHECK(white == again && white.size() == x.size() && by.mean.size() == 6 && by.matrix.size() == 4);
        CHECK(white[0] == by.matrix[0] * (x[0] - by.mean[0]) && white[1] == 0 && by.matrix[3] == 0);

        auto student = TAKE(raw::make(readings, all_of_them));
        TAKE(student.observe(white, y));
        TAKE(student.begin());
        for (int step = 0; step < 3000; step++) {
            TAKE(student.accumulate(white, y));
            TAKE(student.step(descent));
        }
        const auto learned = TAKE(made.restore(TAKE(student.explain())));
        CHECK(std::abs(learned.value[0] * learned.mixing[0] / 1000 - 3) < T(0.2) && learned.value[1] == 0);
        const T told = learned.bias[0] + learned.value[0] * (learned.mixing[0] * x[0] + learned.mixing[1] * x[2] +
                                                           learned.mixing[2] * x[4]);
        CHECK(std::abs(told - TAKE(student.predict(white))[0]) < T(0.05));

        CHECK(STATUS(made.observe(x)) == TUTEE_ERROR_OUT_OF_RANGE);
        CHECK(STATUS(early.observe(x, tutee::activation<T>{7, T(0)})) == TUTEE_ERROR_ENUM);
        CHECK(STATUS(whitener().settle()) == TUTEE_ERROR_NULL);
        CHECK(STATUS(whitener::make({1, 0, 3, 2})) == TUTEE_ERROR_ZERO);
        CHECK(STATUS(TAKE(whitener::make(readings)).settle()) == TUTEE_ERROR_CANNOT_MOVE);
        auto less = x;
        less.pop_back();
        CHECK(std::strcmp(ARGUMENT(made.whiten(less)).name, "x") == 0);
        CHECK(std::strcmp(ARGUMENT(made.whiten(x, less)).name, "white") == 0);
        auto altered = saved;
        altered[saved.size() / 2] ^= 1;
        CHECK(STATUS(made.load(altered)) == TUTEE_ERROR_SNAPSHOT_ALTERED);
        enum { WORDS = TUTEE_WHITENER_WORDS_F64(1, 2, 3, 2) };
        using array = std::array<std::uint64_t, WORDS>;
        TAKE(TAKE(tutee::whitener<T, array>::make(readings)).observe(x, tutee::relu<T>()));
    }

    void all() const {
        learns();
        whitens();
        same_bits();
        restarts();
        forgets();
        merges();
        sure();
        refusals();
    }
};
