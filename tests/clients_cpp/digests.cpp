/* The digests of tasks.h through tutee.hpp, a line each: precision, task, mode, digest. */
#include "tutee.hpp"

#include "tasks.h"

#include <cinttypes>
#include <cstdio>

namespace {

template <class T>
std::vector<T> numbers(std::size_t n, double (*number)(std::size_t)) {
    std::vector<T> made;
    for (std::size_t i = 0; i < n; i++) made.push_back(static_cast<T>(number(i)));
    return made;
}

template <class T>
tutee::teacher<T> teacher_of(int task, tutee::activation<T> act, const std::vector<T> &value) {
    using teacher = tutee::teacher<T>;
    const tutee::shape &sizes = task_shapes[task];
    switch (task) {
    case 0: return teacher::convolution(sizes, act, value, 2);
    case 1: return teacher::pooling(sizes, act, value, task_window);
    case 2: return teacher::cycle(sizes, act, value, 1);
    case 3: return teacher::graph(sizes, act, value, task_edges, TUTEE_NEIGHBOURS_AND_SELF);
    case 4: return teacher::selection(sizes, act, value, task_tokens);
    case 5: return teacher::group(sizes, act, value, 4);
    default:
        return teacher::make(sizes, act, value, numbers<T>(24, [](std::size_t i) { return double(TASK_MIXING(i)); }));
    }
}

template <class T>
void task(const char *precision, int number) {
    const tutee::shape &sizes = task_shapes[number];
    const tutee::activation<T> act = {task_activations[number], T(TASK_SLOPE)};
    const auto value = numbers<T>(sizes.filters * sizes.features, [](std::size_t i) { return double(TASK_VALUE(i)); });
    const auto by = teacher_of<T>(number, act, value);
    const auto descent = tutee::default_descent(T(TASK_RATE));
    auto with = tutee::trainer<T>::make(sizes);
    const auto print = [&](const char *mode, const tutee::student<T> &of) {
        std::printf("%s %s %s %016" PRIx64 "\n", precision, task_names[number], mode, of.digest());
    };

    auto student = tutee::student<T>::make(sizes);
    with.population_run(student, by, descent, tutee::default_stop<T>(POPULATION_STEPS));
    print("population", student);

    student.reset();
    auto batch = tutee::sampler<T>::make(sizes);
    batch.begin(student, act);
    const auto x = numbers<T>(PAIRS * sizes.tokens * sizes.features, [](std::size_t i) { return double(TASK_X(i)); });
    const auto y = numbers<T>(PAIRS * sizes.outputs * sizes.filters, [](std::size_t i) { return double(TASK_Y(i)); });
    for (int step = 0; step < SAMPLE_STEPS; step++) {
        batch.accumulate(student, x, y);
        batch.step(student, descent);
    }
    print("samples", student);

    for (int input = 0; input < ONLINE_INPUTS; input++) {
        student.reset();
        auto source = tutee::default_source<T>(ONLINE_SEED, ONLINE_BATCH);
        source.input = online_inputs[input];
        source.noise_deviation = T(TASK_NOISE);
        with.online_run(student, by, source, descent, tutee::default_stop<T>(ONLINE_STEPS));
        print(online_names[input], student);
    }
}

} // namespace

int main() {
    for (int number = 0; number < TASKS; number++) task<float>("f32", number);
    for (int number = 0; number < TASKS; number++) task<double>("f64", number);
}
