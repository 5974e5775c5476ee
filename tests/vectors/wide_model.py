"""The model in 256-bit arithmetic, from its definitions: losses, gradients, training.

    teacher   f*(X) = act(V* X S*)           student   f(X) = act(W X S),  S = softmax of each row of the logits A
    loss      L = 1/2 E |f*(X) - f(X)|_F^2,  tokens of X independent standard normal vectors
    training  plain gradient descent from W = 0, A = 0:   W -= rate dL/dW,   A -= (attention_rate / tokens) dL/dA

With u* = v x s* and u = w x s for one filter and one output, a and b their standard deviations, c their covariance,
rho = c / (a b), k the slope of the activation below zero, q = (1 + k^2) / 2, r = (1 - k)^2,

    L = 1/2 sum (q a^2 + q b^2 - 2 F),    F = k c + r a b h(rho),
    h(rho) = (sqrt(1 - rho^2) + (pi - acos rho) rho) / (2 pi),

which is evaluated as it stands: late in training it cancels most of its digits, and 256 bits have enough to lose. The
gradient is the chain rule through a, b, c and h'(rho) = (pi - acos rho) / (2 pi). Where w = 0 the loss has no gradient;
there the definition is the sample gradient's, whose act'(0) = 1.

A case is a dictionary: shape, activation, rate, attention_rate, and the teacher's wide_value (filters x features) and
wide_mixing (outputs x tokens) in 256-bit numbers.
"""

import gmpy2
import numpy as np

PRECISION = 256

gmpy2.get_context().precision = PRECISION


# --- numbers -------------------------------------------------------------------------------------------------------

def wide(x):
    """A float, a nested list or an array of floats, exactly, as an array of 256-bit numbers."""
    return np.vectorize(gmpy2.mpfr, otypes=[object])(np.asarray(x, dtype=object))


def zeros(*shape):
    return wide(np.zeros(shape))


def norm(x):
    return gmpy2.sqrt(np.dot(x, x))


def largest(x):
    return max(abs(e) for e in np.ravel(x))


# --- the model -----------------------------------------------------------------------------------------------------

def slope(activation):
    """k: the activation is u above zero and k u below."""
    return {"identity": 1.0, "relu": 0.0}.get(activation) if isinstance(activation, str) else activation["leaky_relu"]


def softmax_rows(logits):
    e = np.array([[gmpy2.exp(x) for x in row] for row in logits], dtype=object)
    return e / e.sum(axis=1, keepdims=True)


def d_softmax_rows(attention, d_attention):
    """From dL/dS to dL/dA, row by row."""
    inner = (attention * d_attention).sum(axis=1, keepdims=True)
    return attention * (d_attention - inner)


def angle(rho):
    """acos, with a cosine that rounding has carried past 1 put back on it."""
    one = gmpy2.mpfr(1)
    return gmpy2.acos(min(max(rho, -one), one))


def kernel(rho):
    """h(rho), half the first arc-cosine kernel, and its derivative."""
    pi, theta = gmpy2.const_pi(), angle(rho)
    return (gmpy2.sin(theta) + (pi - theta) * rho) / (2 * pi), (pi - theta) / (2 * pi)


def population_loss(case, value, logits):
    """L, from the second moments of act(u*) and act(u)."""
    return population_loss_of_weights(case, value, softmax_rows(logits))


def population_loss_of_weights(case, value, attention):
    """L as a function of W and S."""
    k = gmpy2.mpfr(slope(case["activation"]))
    q, r = (1 + k * k) / 2, (1 - k) ** 2
    total = gmpy2.mpfr(0)
    for v, w in zip(case["wide_value"], value):
        for t, s in zip(case["wide_mixing"], attention):
            a, b, c = norm(v) * norm(t), norm(w) * norm(s), np.dot(v, w) * np.dot(t, s)
            f = k * c + r * a * b * kernel(c / (a * b))[0] if a * b > 0 else 0
            total += (q * a * a + q * b * b - 2 * f) / 2
    return total


def d_population_loss(case, value, logits):
    """dL/dW and dL/dA."""
    attention = softmax_rows(logits)
    d_value, d_attention = d_population_loss_of_weights(case, value, attention)
    return d_value, d_softmax_rows(attention, d_attention)


def d_population_loss_of_weights(case, value, attention):
    """dL/dW and dL/dS."""
    k = gmpy2.mpfr(slope(case["activation"]))
    q, r = (1 + k * k) / 2, (1 - k) ** 2
    d_value, d_attention = 0 * value, 0 * attention
    outputs = [(norm(t), norm(s), np.dot(t, s)) for t, s in zip(case["wide_mixing"], attention)]
    for m, (v, w) in enumerate(zip(case["wide_value"], value)):
        norm_v, norm_w, v_w = norm(v), norm(w), np.dot(v, w)
        for j, (norm_t, norm_s, t_s) in enumerate(outputs):
            t, s = case["wide_mixing"][j], attention[j]
            if norm_w == 0:
                # E (0 - act(u*)) act'(0) du/dw = -E act(v x t) x s, by Stein's lemma.
                d_value[m] -= (1 + k) / 2 * t_s * v
                continue
            a, b, c = norm_v * norm_t, norm_w * norm_s, v_w * t_s
            f_b, f_c = 0, 0
            if a > 0:
                h, d_h = kernel(c / (a * b))
                f_b, f_c = r * (a * h - c / b * d_h), k + r * d_h
            l_b, l_c = q * b - f_b, -f_c
            d_value[m] += l_b * norm_s / norm_w * w + l_c * t_s * v
            d_attention[j] += l_b * norm_w / norm_s * s + l_c * v_w * t
    return d_value, d_attention


def sample_loss(case, value, logits, batch):
    """The mean over a batch of 1/2 |Y - f(X)|^2; X is tokens x features, Y and f(X) are outputs x filters."""
    k = gmpy2.mpfr(slope(case["activation"]))
    attention = softmax_rows(logits)
    total = gmpy2.mpfr(0)
    for x, y in batch:
        u = attention @ x @ value.T
        f = np.where(u >= 0, u, k * u)
        total += ((y - f) ** 2).sum() / 2
    return total / len(batch)


def d_sample_loss(case, value, logits, batch):
    """dL/dW, dL/dA and the smallest |u| of the batch: the distance from the kink of the activation."""
    k = gmpy2.mpfr(slope(case["activation"]))
    attention = softmax_rows(logits)
    d_value, d_attention, distance = 0 * value, 0 * attention, gmpy2.inf()
    for x, y in batch:
        u = attention @ x @ value.T
        g = np.where(u >= 0, u - y, (k * u - y) * k)  # act'(0) = 1, the right derivative
        d_value += g.T @ attention @ x
        d_attention += g @ value @ x.T
        distance = min(distance, *(abs(e) for e in u.ravel()))
    return d_value / len(batch), d_softmax_rows(attention, d_attention) / len(batch), distance


# --- training ------------------------------------------------------------------------------------------------------

def train(case, gradient, steps):
    """Yields (step, W, A) after each step."""
    shape = case["shape"]
    value = zeros(shape["filters"], shape["features"])
    logits = zeros(shape["outputs"], shape["tokens"])
    rate = gmpy2.mpfr(case["rate"])
    logit_rate = gmpy2.mpfr(case["attention_rate"]) / shape["tokens"]
    for step in range(1, steps + 1):
        d_value, d_logits = gradient(step, value, logits)
        value, logits = value - rate * d_value, logits - logit_rate * d_logits
        yield step, value, logits


def train_key_query(case, position, steps):
    """As `train`, holding W_KQ itself: A^T = P^T W_KQ P / sqrt(tokens). Yields (step, W, A, W_KQ) after each step.

    A column of P encodes a position, and a column of A^T holds one output position's logits over the tokens.
    """
    tokens = case["shape"]["tokens"]
    scale = gmpy2.sqrt(gmpy2.mpfr(tokens))
    value = zeros(case["shape"]["filters"], case["shape"]["features"])
    key_query = zeros(tokens, tokens)
    for step in range(1, steps + 1):
        d_value, d_logits = d_population_loss(case, value, (position.T @ key_query @ position).T / scale)
        value = value - gmpy2.mpfr(case["rate"]) * d_value
        key_query = key_query - gmpy2.mpfr(case["attention_rate"]) * (position @ d_logits.T @ position.T) / scale
        yield step, value, (position.T @ key_query @ position).T / scale, key_query
