// The online steps in C++ with Eigen, of position-only attention and of a whole layer, as a peer that answers on standard input and
// output (see ../README.md).
//
// Tokens are columns of X. A batch is `features x (batch * tokens)` and row-major, so that `filters x (batch * tokens)`
// seen as `(filters * batch) x tokens` makes every product of the step one product of two matrices.
#include <Eigen/Dense>
#include <cmath>
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

class Steps {
  public:
    virtual ~Steps() = default;
    virtual void step() = 0;
    virtual void print() const = 0;
};

// Standard normal numbers by Box and Muller, with Eigen's vectorised functions.
template <class T> class Gaussian {
  public:
    explicit Gaussian(std::uint64_t seed) : random_(seed) {}

    void fill(Matrix<T> &matrix) {
        const Eigen::Index half = matrix.size() / 2;
        radius_.resize(half), angle_.resize(half);
        for (Eigen::Index i = 0; i < half; i++) {
            const std::uint64_t bits = random_();
            radius_[i] = T((bits >> 40) + 1) * T(0x1p-24);
            angle_[i] = T(bits & 0xffffff) * T(0x1p-24 * 6.283185307179586);
        }
        radius_ = (T(-2) * radius_.log()).sqrt();
        Eigen::Map<Vector<T>> x(matrix.data(), matrix.size());
        x.head(half) = radius_ * angle_.cos();
        x.tail(half) = radius_ * angle_.sin();
    }

  private:
    std::mt19937_64 random_;
    Vector<T> radius_, angle_;
};

template <class T> Matrix<T> mixing_of(const Task &task) {
    Matrix<T> mixing = Matrix<T>::Zero(task.tokens, task.tokens);
    for (Eigen::Index at = 0; at < task.tokens; at += task.group) {
        mixing.block(at, at, task.group, task.group).setConstant(T(1) / T(task.group));
    }
    return mixing;
}

inline Eigen::IOFormat line(int digits) { return Eigen::IOFormat(digits, Eigen::DontAlignCols, " ", " "); }

template <class T> class Training : public Steps {
  public:
    explicit Training(const Task &task)
        : task_(task), random_(task.seed), v_(task.value.cast<T>()), w_(Matrix<T>::Zero(task.filters, task.features)),
          mixing_(mixing_of<T>(task)), a_(Matrix<T>::Zero(task.tokens, task.tokens)),
          x_(task.features, task.batch * task.tokens) {}

    void step() override {
        random_.fill(x_);
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

    void print() const override {
        const auto format = line(std::numeric_limits<T>::max_digits10);
        std::cout << w_.format(format) << ' ' << a_.format(format) << std::endl;
    }

  private:
    Folded<T> folded(Matrix<T> &wide) { return {wide.data(), task_.filters * task_.batch, task_.tokens}; }

    void output(const Matrix<T> &value, const Matrix<T> &mixing, Matrix<T> &to) {
        hidden_.noalias() = value * x_;
        to.noalias() = folded(hidden_) * mixing.transpose();
    }

    const Task task_;
    Gaussian<T> random_;
    Matrix<T> v_, w_, mixing_, a_, x_, s_, d_s_, hidden_, d_hidden_, u_, labels_;
};

// A whole layer. Tokens are rows here: a batch is `(batch * tokens) x entries`, so that every product with a matrix of the layer is one
// product, and those with the attention are one for each sample.
template <class T> class Layer : public Steps {
  public:
    explicit Layer(const Task &task)
        : task_(task), merged_(task.kind == "merged"), entries_(task.features + task.tokens), random_(task.seed),
          scale_(T(1) / std::sqrt(T(task.tokens))), v_(task.value.cast<T>()), mixing_(mixing_of<T>(task)),
          w_v_(Matrix<T>::Zero(task.filters, entries_)), x_(task.batch * task.tokens, task.features),
          z_(x_.rows(), entries_) {
        for (Eigen::Index b = 0; b < task.batch; b++) {
            z_.block(b * task.tokens, task.features, task.tokens, task.tokens).setIdentity();
        }
        if (merged_) {
            w_q_ = Matrix<T>::Zero(entries_, entries_);
        } else {
            w_k_ = Matrix<T>::Identity(2 * task.features, entries_);
            w_q_ = Matrix<T>::Zero(2 * task.features, entries_);
        }
    }

    void step() override {
        const Eigen::Index tokens = task_.tokens;
        random_.fill(x_);
        z_.leftCols(task_.features) = x_;
        labels_.noalias() = x_ * v_.transpose();
        hidden_.noalias() = z_ * w_v_.transpose();
        wanted_.noalias() = z_ * w_q_.transpose();
        if (!merged_) keys_.noalias() = z_ * w_k_.transpose();
        const Matrix<T> &keys = merged_ ? z_ : keys_;
        d_hidden_.resize(hidden_.rows(), hidden_.cols());
        d_wanted_.resize(wanted_.rows(), wanted_.cols());
        d_keys_.resize(keys_.rows(), keys_.cols());
        for (Eigen::Index b = 0; b < task_.batch; b++) {
            const auto of = [&](auto &matrix) { return matrix.middleRows(b * tokens, tokens); };
            s_.noalias() = of(wanted_) * of(keys).transpose();
            s_ *= scale_;
            s_ = (s_.colwise() - s_.rowwise().maxCoeff().eval()).array().exp();
            s_.array().colwise() /= s_.array().rowwise().sum().eval();
            u_.noalias() = s_ * of(hidden_);
            y_.noalias() = mixing_ * of(labels_);
            // The slope of ReLU at 0 is 1, so that a layer at zero moves.
            u_ = (u_.array() >= 0).select(u_ - y_.cwiseMax(T(0)), T(0));
            of(d_hidden_).noalias() = s_.transpose() * u_;
            d_s_.noalias() = u_ * of(hidden_).transpose();
            d_s_.colwise() -= s_.cwiseProduct(d_s_).rowwise().sum().eval();
            d_s_ = scale_ * s_.cwiseProduct(d_s_);
            of(d_wanted_).noalias() = d_s_ * of(keys);
            if (!merged_) of(d_keys_).noalias() = d_s_.transpose() * of(wanted_);
        }
        const T rate = T(task_.logits_rate / double(task_.batch));
        w_v_.noalias() -= T(task_.value_rate / double(task_.batch)) * (d_hidden_.transpose() * z_);
        w_q_.noalias() -= rate * (d_wanted_.transpose() * z_);
        if (!merged_) w_k_.noalias() -= rate * (d_keys_.transpose() * z_);
    }

    void print() const override {
        const auto format = line(std::numeric_limits<T>::max_digits10);
        std::cout << w_v_.format(format) << ' ';
        if (!merged_) std::cout << w_k_.format(format) << ' ';
        std::cout << w_q_.format(format) << std::endl;
    }

  private:
    const Task task_;
    const bool merged_;
    const Eigen::Index entries_;
    Gaussian<T> random_;
    const T scale_;
    // Where merged, W_KQ stands in the place of W_Q, and the tokens in that of the keys.
    Matrix<T> v_, mixing_, w_v_, w_k_, w_q_, x_, z_, labels_, hidden_, wanted_, keys_, d_hidden_, d_wanted_, d_keys_, s_, d_s_, u_, y_;
};

int main() {
    std::ios::sync_with_stdio(false);
    std::cout << "Eigen\tEigen " << EIGEN_WORLD_VERSION << '.' << EIGEN_MAJOR_VERSION << '.' << EIGEN_MINOR_VERSION
              << ", g++ " << __VERSION__ << ' ' << FLAGS << std::endl;
    std::unique_ptr<Steps> training;
    for (std::string verb; std::cin >> verb;) {
        if (verb == "start") {
            Task task;
            std::cin >> task;
            training.reset();
            if (task.kind == "online" && task.scalar == "f32") training = std::make_unique<Training<float>>(task);
            if (task.kind == "merged" || task.kind == "separate") training = std::make_unique<Layer<float>>(task);
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
