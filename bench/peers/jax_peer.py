"""The steps in JAX: the loop over all steps is one compiled program. The online gradient is JAX's own by default, and
written down with the argument `manual`; the exact one is its closed form. A whole layer's gradient is JAX's own; with the
argument `shared` the layer is written so that what takes position codes alone is computed once for all samples.

Tokens are columns. A batch lies feature by feature, `features x (batch * tokens)`, so that every product of the online
step is one product of two matrices.
"""

import os
import sys

import jax
import jax.numpy as jnp
import numpy
from protocol import serve

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def relu(u):
    # Its slope at 0 is 1; with that of jax.nn.relu, which is 0, a student at zero never moves.
    return jnp.where(u >= 0, u, 0)


class Training:
    def __init__(self, task, manual):
        self.task = task
        self.scalar = {"f32": jnp.float32, "f64": jnp.float64}[task.scalar]
        self.v = jnp.array(task.value, self.scalar).reshape(task.filters, task.features)
        block = jnp.full((task.group, task.group), 1 / task.group, self.scalar)
        self.mixing = jnp.kron(jnp.eye(task.tokens // task.group, dtype=self.scalar), block)
        self.parameters = jnp.zeros_like(self.v), jnp.zeros_like(self.mixing)
        self.key = jax.random.key(task.seed)
        gradient = self.exact if task.kind == "exact" else self.manual if manual else self.autodiff
        rates = self.scalar(task.value_rate), self.scalar(task.logits_rate)

        def step(_, carry):
            parameters, key = carry
            gradients, key = gradient(parameters, key)
            return jax.tree.map(lambda p, rate, d: p - rate * d, parameters, rates, gradients), key

        self.run = jax.jit(lambda count, carry: jax.lax.fori_loop(0, count, step, carry))

    def steps(self, count):
        self.parameters, self.key = jax.block_until_ready(self.run(count, (self.parameters, self.key)))

    def student(self):
        return map(numpy.asarray, self.parameters)

    def batch(self, key):
        task = self.task
        key, use = jax.random.split(key)
        return jax.random.normal(use, (task.features, task.batch * task.tokens), self.scalar), key

    def output(self, value, mixing, x):
        hidden = (value @ x).reshape(-1, self.task.tokens)
        return hidden, hidden @ mixing.T

    def autodiff(self, parameters, key):
        x, key = self.batch(key)
        labels = relu(self.output(self.v, self.mixing, x)[1])

        def loss(parameters):
            w, a = parameters
            outputs = relu(self.output(w, jax.nn.softmax(a, axis=1), x)[1])
            return 0.5 / self.task.batch * jnp.square(outputs - labels).sum()

        return jax.grad(loss)(parameters), key

    def manual(self, parameters, key):
        task, (w, a) = self.task, parameters
        x, key = self.batch(key)
        labels = relu(self.output(self.v, self.mixing, x)[1])
        s = jax.nn.softmax(a, axis=1)
        hidden, u = self.output(w, s, x)
        d_u = jnp.where(u >= 0, u - labels, 0) / task.batch
        d_w = (d_u @ s).reshape(task.filters, -1) @ x.T
        d_s = d_u.T @ hidden
        return (d_w, s * (d_s - (s * d_s).sum(axis=1, keepdims=True))), key

    def exact(self, parameters, key):
        (w, a), v, mixing = parameters, self.v, self.mixing
        norm = jnp.linalg.norm
        v_norm, mixing_norm = norm(v, axis=1), norm(mixing, axis=1)
        s = jax.nn.softmax(a, axis=1)
        w_norm, s_norm = norm(w, axis=1), norm(s, axis=1)
        w_inner, s_inner = (v * w).sum(axis=1), (mixing * s).sum(axis=1)
        # A student at zero has the slope 1 everywhere, which is that of the angle 0.
        cosine = jnp.clip(jnp.outer(w_inner / (v_norm * w_norm), s_inner / (mixing_norm * s_norm)), -1, 1)
        cosine = jnp.where((w_norm > 0)[:, None], cosine, 1)
        sine = jnp.sqrt((1 - cosine) * (1 + cosine))
        slope = 0.5 - jnp.arccos(cosine) / (2 * jnp.pi)
        w_bent = jnp.where(w_norm > 0, v_norm / w_norm * (sine @ (mixing_norm * s_norm)), 0) / (2 * jnp.pi)
        s_bent = mixing_norm / s_norm * ((v_norm * w_norm) @ sine) / (2 * jnp.pi)
        d_w = (0.5 * jnp.square(s_norm).sum() - w_bent)[:, None] * w - (slope @ s_inner)[:, None] * v
        d_s = (0.5 * jnp.square(w_norm).sum() - s_bent)[:, None] * s - (w_inner @ slope)[:, None] * mixing
        return (d_w, s * (d_s - (s * d_s).sum(axis=1, keepdims=True))), key


class Layer(Training):
    """Tokens are rows here: a batch of them is `batch x tokens x entries`."""

    def __init__(self, task, shared):
        super().__init__(task, False)
        d, tokens = task.features, task.tokens
        self.codes = jnp.eye(tokens, dtype=self.scalar)
        w_v = jnp.zeros((task.filters, d + tokens), self.scalar)
        if task.kind == "merged":
            self.parameters = w_v, jnp.zeros((d + tokens, d + tokens), self.scalar)
        else:
            self.parameters = w_v, jnp.eye(2 * d, d + tokens, dtype=self.scalar), jnp.zeros((2 * d, d + tokens), self.scalar)
        value_rate, rate = self.scalar(task.value_rate), self.scalar(task.logits_rate)
        rates = (value_rate, rate, rate)[: len(self.parameters)]
        attend = self.shared if shared else self.whole

        def step(_, carry):
            parameters, key = carry
            key, use = jax.random.split(key)
            x = jax.random.normal(use, (task.batch, tokens, d), self.scalar)
            labels = relu(self.mixing @ (x @ self.v.T))

            def loss(parameters):
                logits, hidden = attend(parameters, x)
                outputs = relu(jax.nn.softmax(logits / tokens**0.5, axis=2) @ hidden)
                return 0.5 / task.batch * jnp.square(outputs - labels).sum()

            return jax.tree.map(lambda p, rate, g: p - rate * g, parameters, rates, jax.grad(loss)(parameters)), key

        self.run = jax.jit(lambda count, carry: jax.lax.fori_loop(0, count, step, carry))

    def whole(self, parameters, x):
        w_v, *attention = parameters
        z = jnp.concatenate([x, jnp.broadcast_to(self.codes, (len(x), *self.codes.shape))], axis=2)
        if len(attention) == 1:
            (w_kq,) = attention
            keys, wanted = z, z @ w_kq.T
        else:
            w_k, w_q = attention
            keys, wanted = z @ w_k.T, z @ w_q.T
        return wanted @ keys.mT, z @ w_v.T

    def shared(self, parameters, x):
        (w_v, *attention), d, codes = parameters, self.task.features, self.codes

        def of_tokens(w):
            return x @ w[:, :d].T + codes @ w[:, d:].T

        if len(attention) == 1:
            (w_kq,) = attention
            content, position = w_kq[:d], w_kq[d:]
            logits = of_tokens(content) @ x.mT + x @ (codes @ position[:, :d]).T + codes @ position[:, d:].T @ codes.T
        else:
            w_k, w_q = attention
            logits = of_tokens(w_q) @ of_tokens(w_k).mT
        return logits, of_tokens(w_v)


way = " ".join(sys.argv[1:])


def begin(task):
    if task.kind in ("merged", "separate"):
        return None if way == "manual" else Layer(task, way == "shared")
    # The exact step is the same in both ways.
    return None if way == "shared" or task.kind == "exact" and way == "manual" else Training(task, way == "manual")


serve(f"JAX {way}".strip(), " ".join(["JAX", jax.__version__, os.environ.get("XLA_FLAGS", "")]).strip(), begin)
