/*
 * A pooled convolution, learned by a student that sees its inputs and outputs and nothing else.
 *
 * A simulator looks at images of 12 x 12 pixels: it cuts them into 4 x 4 patches of 3 x 3 pixels, convolves every patch
 * with four filters, averages windows of 2 x 2 patches, and ends in a leaky ReLU. A teacher answers as the simulator does,
 * and labels the random images that the library draws. A student is trained online to imitate it, with a progress
 * callback that stops the training half-way; a snapshot is taken, a second student starts from the snapshot and goes on.
 * It ends with the same bits as a third one that was never stopped, and has the simulator's filters and windows.
 *
 *     c++ -std=c++17 pooled_convolution.cpp $(pkg-config --cflags --libs tutee)
 */
#include <tutee.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

constexpr std::uint32_t patch_side = 3, grid_side = 4, window_side = 2, filters = 4;
constexpr std::uint32_t pooled_side = grid_side / window_side, image_side = grid_side * patch_side;
constexpr std::uint32_t features = patch_side * patch_side, tokens = grid_side * grid_side,
                        outputs = pooled_side * pooled_side;
constexpr double slope = 0.1;
constexpr std::uint64_t all_steps = 4000;

/** Two edges, a blob and a saddle, one after the other. */
constexpr std::array<double, filters * features> kernels = {
    -0.5, 0.0, 0.5, -0.5, 0.0, 0.5, -0.5, 0.0, 0.5, //
    -0.5, -0.5, -0.5, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, //
    0.1, 0.3, 0.1, 0.3, 0.8, 0.3, 0.1, 0.3, 0.1,    //
    0.6, 0.0, -0.6, 0.0, 0.0, 0.0, -0.6, 0.0, 0.6,
};

using image = std::array<double, image_side * image_side>;
using patches = std::array<double, tokens * features>;
using pooled = std::array<double, outputs * filters>;

/** Token r * grid_side + c is the patch in row r and column c; its features are the patch's pixels, row by row. */
patches cut(const image &pixels) {
    patches x{};
    for (std::uint32_t row = 0; row < image_side; row++)
        for (std::uint32_t col = 0; col < image_side; col++) {
            const std::uint32_t token = row / patch_side * grid_side + col / patch_side;
            const std::uint32_t feature = row % patch_side * patch_side + col % patch_side;
            x[token * features + feature] = pixels[row * image_side + col];
        }
    return x;
}

/** The simulator: convolution, mean pooling, leaky ReLU, straight on the pixels. */
pooled simulate(const image &pixels) {
    pooled y{};
    constexpr std::uint32_t field = window_side * patch_side;
    for (std::uint32_t row = 0; row < image_side; row++)
        for (std::uint32_t col = 0; col < image_side; col++) {
            const std::uint32_t output = row / field * pooled_side + col / field;
            const std::uint32_t feature = row % patch_side * patch_side + col % patch_side;
            for (std::uint32_t filter = 0; filter < filters; filter++)
                y[output * filters + filter] += kernels[filter * features + feature] *
                                                pixels[row * image_side + col] / (window_side * window_side);
        }
    for (double &entry : y)
        if (entry < 0) entry *= slope;
    return y;
}

/** A disc on a shaded ground. */
image draw(double centre_row, double centre_col, double radius) {
    image pixels{};
    for (std::uint32_t row = 0; row < image_side; row++)
        for (std::uint32_t col = 0; col < image_side; col++) {
            const double down = row - centre_row, across = col - centre_col;
            const bool inside = down * down + across * across < radius * radius;
            pixels[row * image_side + col] = inside ? 1.0 : 0.1 * (row % 3) - 0.05 * (col % 4);
        }
    return pixels;
}

double distance(tutee::span<const double> a, tutee::span<const double> b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); i++) largest = std::fmax(largest, std::fabs(a[i] - b[i]));
    return largest;
}

void print_filters(tutee::span<const double> value) {
    std::puts("\nfilters, the student's beside the simulator's:");
    for (std::uint32_t filter = 0; filter < filters; filter++, std::puts(""))
        for (std::uint32_t row = 0; row < patch_side; row++) {
            for (const double *from : {value.data(), kernels.data()}) {
                std::printf("   ");
                for (std::uint32_t col = 0; col < patch_side; col++)
                    std::printf(" %6.3f", from[filter * features + row * patch_side + col]);
            }
            std::puts("");
        }
}

void print_attention(tutee::span<const double> attention) {
    std::puts("what each of the 2 x 2 outputs attends to on the 4 x 4 grid of patches, in percent:");
    for (std::uint32_t top = 0; top < outputs; top += pooled_side, std::puts(""))
        for (std::uint32_t row = 0; row < grid_side; row++, std::puts(""))
            for (std::uint32_t output = top; output < top + pooled_side; output++) {
                std::printf("   ");
                for (std::uint32_t col = 0; col < grid_side; col++)
                    std::printf(" %4.1f", 100 * attention[output * tokens + row * grid_side + col]);
            }
}

bool failed = false;
void check(bool holds, const char *what) {
    std::printf("%s %s\n", holds ? "ok    " : "FAILED", what);
    failed |= !holds;
}

void run() {
    check(tutee::abi_matches(), "the library has the interface of the header");
    tutee::self_test();

    const tutee::shape shape = {filters, features, tokens, outputs};
    const tutee::window window = {grid_side, grid_side, window_side, window_side};
    const auto leaky = tutee::leaky_relu(slope);
    const auto teacher = tutee::teacher<double>::pooling(shape, leaky, kernels, window);
    const image disc = draw(5, 7, 3.5);
    check(distance(teacher.answer(cut(disc)), simulate(disc)) < 1e-12, "the teacher is the simulator");

    // Batches of 16 random images; the rate is K / J, patches a window over outputs.
    const auto descent = tutee::default_descent(double(window_side * window_side) / outputs);
    const auto until = tutee::default_stop<double>(all_steps);
    const auto start = tutee::default_source<double>(2026, 16);
    auto trainer = tutee::trainer<double>::make(shape);

    // The first student is stopped half-way by its callback, and saved together with its place in the stream.
    auto first = tutee::student<double>::make(shape);
    auto source = start;
    std::puts("\n    step  excess loss");
    const auto end = trainer.online_run(first, teacher, source, descent, until, 500, [](const auto &progress) {
        std::printf("%8llu  %.3e\n", static_cast<unsigned long long>(progress.steps), double(progress.excess_loss));
        return progress.steps >= all_steps / 2 ? tutee::next::stop : tutee::next::go_on;
    });
    check(end.stopped == TUTEE_STOPPED_CALLBACK && end.end.steps == all_steps / 2, "stopped half-way");
    const tutee::stream place = {source.seed, source.index};
    const std::vector<std::uint8_t> snapshot = first.save(&place);
    std::printf("       a snapshot of %zu bytes\n", snapshot.size());

    // The second knows nothing but the snapshot.
    auto second = tutee::student<double>::make(shape);
    const tutee::stream saved = second.load(snapshot);
    source = start;
    source.seed = saved.seed;
    source.index = saved.index;
    trainer.online_run(second, teacher, source, descent, until, 500, [](const auto &progress) {
        std::printf("%8llu  %.3e\n", static_cast<unsigned long long>(progress.steps), double(progress.excess_loss));
    });

    // The third was never stopped.
    auto third = tutee::student<double>::make(shape);
    source = start;
    trainer.online_run(third, teacher, source, descent, until);
    std::printf("       digests %016llx %016llx\n", static_cast<unsigned long long>(second.digest()),
                static_cast<unsigned long long>(third.digest()));
    check(first.digest() != third.digest(), "half a training is another student");
    check(second.digest() == third.digest(), "stopped, saved, loaded, continued: the bits of one that never stopped");

    print_filters(second.value());
    print_attention(second.attention());
    const auto recovery = second.recovery(teacher, trainer.scratch());
    std::printf("       smallest cosine %.6f, largest error of attention %.4f\n", recovery.value_cosine_min,
                recovery.attention_error_max);
    check(recovery.value_cosine_defined == 1 && recovery.value_cosine_min > 0.999, "it has the filters");
    check(recovery.attention_error_max < 0.05, "it has the windows");
    const image other = draw(8, 3, 2.5);
    const double error = distance(second.predict(leaky, cut(other)), simulate(other));
    std::printf("       largest error on a new image %.4f\n", error);
    check(error < 0.15, "it imitates the simulator on an image that nobody has shown it");
}

} // namespace

int main() {
    try {
        run();
    } catch (const tutee::error &error) {
        std::fprintf(stderr, "tutee: %s\n", error.what());
        return 1;
    }
    return failed ? 1 : 0;
}
