/* The training of ../c_pkg_config/main.c in C++17; prints the same line. */
#include <tutee.hpp>

#include <cinttypes>
#include <cstdio>
#include <cstring>

int main() {
    if (!tutee::abi_matches() || std::strcmp(tutee::version(), TUTEE_VERSION) != 0) {
        std::fprintf(stderr, "header %s, library %s\n", TUTEE_VERSION, tutee::version());
        return 1;
    }
    try {
        tutee::self_test();
        const tutee::shape shape = {1, 2, 3, 3};
        const double filter[] = {1.0, -0.5};
        const auto teacher = tutee::teacher<double>::group(shape, tutee::identity<double>(), filter, 1);
        auto student = tutee::student<double>::make(shape);
        auto trainer = tutee::trainer<double>::make(shape);
        trainer.population_run(student, teacher, tutee::default_descent(0.25), tutee::default_stop<double>(100));
        std::printf("%s %" PRIu32 " %016" PRIx64 "\n", tutee::version(), tutee_abi_version(), student.digest());
    } catch (const tutee::error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
