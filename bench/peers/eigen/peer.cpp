// The online step in C++ with Eigen, as a peer that answers on standard input and output (see ../README.md).
//
// Tokens are columns of X. A batch is `features x (batch * tokens)` and row-major, so that `filters x (batch * tokens)`
// seen as `(filters * batch) x tokens` makes every product of the step one product of two matrices.
#include <Eigen/Dense>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <random>
#include <string>

template <class T> using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T> using Vector = Eigen::Array<T, Eigen::Dynamic, 1>;
template <class T> using Folded = Eigen::Map<Matrix<T>>;

struct Task {
    std::string kind, scalar;
    Eigen::Index filters, features, tokens, group, batch;
    double value_rate, logits_rate;
    std::uint64_t seed;
    Matrix<double> value;
};

std::istream &operator>>(std::istream &in, Task &task) {
    in >> task.kind >> task.scalar >> task.filters >> task.features >> task.tokens >> task.group >> task.batch >>
        task.value_rate >> task.logits_rate >> task.seed;
    task.value.resize(task.filters, task.features);
    for (auto row : task.value.rowwise()) {
        for (auto &entry : row) in >> entry;
    }
    return in;
}

template <class T> class Training {
  public:
    explicit Training(const Task &task)
        : task_(task), random_(task.seed), v_(task.value.cast<T>()), w_(Matrix<T>::Zero(task.filters, task.features)),
          mixing_(Matrix<T>::Zero(task.tokens, task.tokens)), a_(mixing_), x_(task.features, task.batch * task.tokens) {
        for (Eigen::Index at = 0; at < task.tokens; at += task.group) {
            mixing_.block(at, at, task.group, task.group).setConstant(T(1) / T(task.group));
        }
    }

    void step() {
        gaussian();
        output(v_, mixing_, labels_);
        s_ = (a_.colwise() - a_.rowwise().maxCoeff()).array().exp();
        s_.array().colwise() /= s_.array().rowwise().sum().eval();
        output(w_, s_, u_);
        // The slope of ReLU at 0 is 1, so that a student at zero moves.
        u_ = (u_.array() >= 0).select(u_ - labels_.cwiseMax(T(0)), T(0));
        d_hidden_.resize(task_.filters, task_.batch * task_.tokens);
        folded(d_hidden_).noalias() = u_ * s_;
        d_s_.noalias() = u_.transpose() * folded(hidden_);
        w_.noalias() -= T(task_.value_rate / double(task_.batch)) * (d_hidden_ * x_.transpose());
        d_s_.colwise() -= s_.cwiseProduct(d_s_).rowwise().sum().eval();
        a_ -= T(task_.logits_rate / double(task_.batch)) * s_.cwiseProduct(d_s_);
    }

    void print() const {
        const Eigen::IOFormat line(std::numeric_limits<T>::max_digits10, Eigen::DontAlignCols, " ", " ");
        std::cout << w_.format(line) << ' ' << a_.format(line) << std::endl;
    }

  private:
    Folded<T> folded(Matrix<T> &wide) { return {wide.data(), task_.filters * task_.batch, task_.tokens}; }

    void output(const Matrix<T> &value, const Matrix<T> &mixing, Matrix<T> &to) {
        hidden_.noalias() = value * x_;
        to.noalias() = folded(hidden_) * mixing.transpose();
    }

    // By Box and Muller, with Eigen's vectorised functions.
    void gaussian() {
        const Eigen::Index half = x_.size() / 2;
        radius_.resize(half), angle_.resize(half);
        for (Eigen::Index i = 0; i < half; i++) {
            const std::uint64_t bits = random_();
            radius_[i] = T((bits >> 40) + 1) * T(0x1p-24);
            angle_[i] = T(bits & 0xffffff) * T(0x1p-24 * 6.283185307179586);
        }
        radius_ = (T(-2) * radius_.log()).sqrt();
        Eigen::Map<Vector<T>> x(x_.data(), x_.size());
        x.head(half) = radius_ * angle_.cos();
        x.tail(half) = radius_ * angle_.sin();
    }

    const Task task_;
    std::mt19937_64 random_;
    Matrix<T> v_, w_, mixing_, a_, x_, s_, d_s_, hidden_, d_hidden_, u_, labels_;
    Vector<T> radius_, angle_;
};

int main() {
    std::ios::sync_with_stdio(false);
    std::cout << "Eigen\tEigen " << EIGEN_WORLD_VERSION << '.' << EIGEN_MAJOR_VERSION << '.' << EIGEN_MINOR_VERSION
              << ", g++ " << __VERSION__ << ' ' << FLAGS << std::endl;
    std::unique_ptr<Training<float>> training;
    for (std::string verb; std::cin >> verb;) {
        if (verb == "start") {
            Task task;
            std::cin >> task;
            training.reset();
            if (task.kind == "online" && task.scalar == "f32") training = std::make_unique<Training<float>>(task);
            std::cout << (training ? "ready" : "none") << std::endl;
        } else if (verb == "steps" && training) {
            long steps = 0;
            std::cin >> steps;
            for (long i = 0; i < steps; i++) training->step();
            std::cout << "done" << std::endl;
        } else if (verb == "student" && training) {
            training->print();
        } else {
            return 1;
        }
    }
}
