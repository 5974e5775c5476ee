"""The steps in PyTorch on one thread, in one of three ways: `manual` writes the gradient of the online step down,
`autograd` leaves it to PyTorch, and `compiled` is the first after torch.compile. The exact step is always written down:
its closed form is the gradient.

Tokens are columns. A batch lies feature by feature, `features x (batch * tokens)`, so that every product of the online
step is one product of two matrices.
"""

import math
import sys

import torch
from protocol import serve

torch.set_num_threads(1)


def relu(u):
    # Its slope at 0 is 1; with that of torch.relu, which is 0, a student at zero never moves.
    return torch.where(u >= 0, u, 0)


class Training:
    def __init__(self, task, way):
        torch.manual_seed(task.seed)
        self.task = task
        self.scalar = {"f32": torch.float32, "f64": torch.float64}[task.scalar]
        self.v = torch.tensor(task.value, dtype=self.scalar).reshape(task.filters, task.features)
        block = torch.full((task.group, task.group), 1 / task.group, dtype=self.scalar)
        self.mixing = torch.block_diag(*[block] * (task.tokens // task.group))
        self.w = torch.zeros_like(self.v)
        self.a = torch.zeros_like(self.mixing)
        if task.kind == "exact":
            self.v_norm, self.mixing_norm = self.v.norm(dim=1), self.mixing.norm(dim=1)
            descend = self.exact
        elif way == "autograd":
            self.w.requires_grad_()
            self.a.requires_grad_()
            descend = self.autograd
        else:
            descend = self.manual
        if way == "compiled":
            torch.compiler.reset()
            descend = torch.compile(descend, dynamic=False)
        # Draws are not compiled: torch.compile's own generator is a tenth as fast.
        self.step = descend if task.kind == "exact" else lambda: descend(self.batch())

    def steps(self, count):
        with torch.enable_grad() if self.w.requires_grad else torch.inference_mode():
            for _ in range(count):
                self.step()

    def student(self):
        return self.w.detach().numpy(), self.a.detach().numpy()

    def batch(self):
        task = self.task
        return torch.randn(task.features, task.batch * task.tokens, dtype=self.scalar)

    def output(self, value, mixing, x):
        hidden = (value @ x).view(-1, self.task.tokens)
        return hidden, hidden @ mixing.T

    def manual(self, x):
        task = self.task
        labels = relu(self.output(self.v, self.mixing, x)[1])
        s = torch.softmax(self.a, dim=1)
        hidden, u = self.output(self.w, s, x)
        d_u = torch.where(u >= 0, u - labels, 0)
        d_w = (d_u @ s).view(task.filters, -1) @ x.T
        d_s = d_u.T @ hidden
        d_a = s * (d_s - (s * d_s).sum(dim=1, keepdim=True))
        self.w.add_(d_w, alpha=-task.value_rate / task.batch)
        self.a.add_(d_a, alpha=-task.logits_rate / task.batch)

    def autograd(self, x):
        task = self.task
        with torch.no_grad():
            labels = relu(self.output(self.v, self.mixing, x)[1])
        _, u = self.output(self.w, torch.softmax(self.a, dim=1), x)
        loss = 0.5 / task.batch * (relu(u) - labels).square().sum()
        d_w, d_a = torch.autograd.grad(loss, (self.w, self.a))
        with torch.no_grad():
            self.w.add_(d_w, alpha=-task.value_rate)
            self.a.add_(d_a, alpha=-task.logits_rate)

    def exact(self):
        task, v, w, mixing = self.task, self.v, self.w, self.mixing
        s = torch.softmax(self.a, dim=1)
        w_norm, s_norm = w.norm(dim=1), s.norm(dim=1)
        w_inner, s_inner = (v * w).sum(dim=1), (mixing * s).sum(dim=1)
        w_norms = self.v_norm * w_norm
        # A student at zero has the slope 1 everywhere, which is that of the angle 0.
        cosine = torch.outer(w_inner / w_norms, s_inner / (self.mixing_norm * s_norm)).clamp(-1, 1)
        cosine = torch.where((w_norm > 0)[:, None], cosine, 1)
        sine = ((1 - cosine) * (1 + cosine)).sqrt()
        slope = 0.5 - torch.acos(cosine) / (2 * math.pi)
        w_bent = torch.where(w_norm > 0, self.v_norm / w_norm * (sine @ (self.mixing_norm * s_norm)), 0) / (2 * math.pi)
        s_bent = self.mixing_norm / s_norm * (w_norms @ sine) / (2 * math.pi)
        d_w = (0.5 * s_norm.square().sum() - w_bent)[:, None] * w - (slope @ s_inner)[:, None] * v
        d_s = (0.5 * w_norm.square().sum() - s_bent)[:, None] * s - (w_inner @ slope)[:, None] * mixing
        d_a = s * (d_s - (s * d_s).sum(dim=1, keepdim=True))
        w.add_(d_w, alpha=-task.value_rate)
        self.a.add_(d_a, alpha=-task.logits_rate)


class Layer(Training):
    """Tokens are rows here: a batch of them is `batch x tokens x entries`."""

    def __init__(self, task, way):
        super().__init__(task, "manual")
        d, e = task.features, task.features + task.tokens
        self.scale = task.tokens**-0.5
        self.codes = torch.eye(task.tokens, dtype=self.scalar).expand(task.batch, -1, -1)
        self.w = torch.zeros(task.filters, e, dtype=self.scalar)
        if task.kind == "merged":
            self.attention = [torch.zeros(e, e, dtype=self.scalar)]
            descend = self.merged
        else:
            self.attention = [torch.eye(2 * d, e, dtype=self.scalar), torch.zeros(2 * d, e, dtype=self.scalar)]
            descend = self.separate
        if way == "compiled":
            torch.compiler.reset()
            descend = torch.compile(descend, dynamic=False)
        self.step = lambda: descend(torch.randn(task.batch, task.tokens, d, dtype=self.scalar))

    def student(self):
        return [matrix.numpy() for matrix in (self.w, *self.attention)]

    def values(self, x, z, keys, wanted):
        """Moves W_V, and gives the gradient of the logits."""
        task = self.task
        labels = relu(self.mixing @ (x @ self.v.T))
        s = torch.softmax(self.scale * (wanted @ keys.mT), dim=2)
        hidden = z @ self.w.T
        u = s @ hidden
        d_u = torch.where(u >= 0, u - labels, 0)
        d_hidden = s.mT @ d_u
        d_s = d_u @ hidden.mT
        self.w.add_(d_hidden.flatten(0, 1).T @ z.flatten(0, 1), alpha=-task.value_rate / task.batch)
        return self.scale * (s * (d_s - (s * d_s).sum(dim=2, keepdim=True)))

    def merged(self, x):
        task, (w_kq,) = self.task, self.attention
        z = torch.cat([x, self.codes], dim=2)
        d_wanted = self.values(x, z, z, z @ w_kq.T) @ z
        w_kq.add_(d_wanted.flatten(0, 1).T @ z.flatten(0, 1), alpha=-task.logits_rate / task.batch)

    def separate(self, x):
        task, (w_k, w_q) = self.task, self.attention
        z = torch.cat([x, self.codes], dim=2)
        keys, wanted = z @ w_k.T, z @ w_q.T
        d = self.values(x, z, keys, wanted)
        rows = z.flatten(0, 1)
        w_k.add_((d.mT @ wanted).flatten(0, 1).T @ rows, alpha=-task.logits_rate / task.batch)
        w_q.add_((d @ keys).flatten(0, 1).T @ rows, alpha=-task.logits_rate / task.batch)


way = sys.argv[1]


def begin(task):
    if task.kind in ("merged", "separate"):
        return None if way == "autograd" else Layer(task, way)
    # Autograd has nothing to do in the exact step, which the other ways take already.
    return None if task.kind == "exact" and way == "autograd" else Training(task, way)


serve(f"PyTorch {way}", f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}", begin)
