"""Makes categorical.json and regression.json: the model in float64 with PyTorch's autograd. `python3 make.py` beside this file."""

import json
import math
from pathlib import Path

import numpy as np
import torch

ADAM = {"learningRate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
STEPS = 10


def shapes(t, d, u, c):
    return {
        "attention_kernel": (t, t),
        "attention_bias": (t,),
        "lstm_kernel": (d, 4 * u),
        "lstm_recurrent_kernel": (u, 4 * u),
        "lstm_bias": (4 * u,),
        "output_kernel": (u, c),
        "output_bias": (c,),
    }


def forward(x, p, units):
    """x (B, T, D) and parameters in Keras' layouts → every forward tensor; gates are i, f, c̃, o."""
    attention = torch.softmax(x.transpose(1, 2) @ p["attention_kernel"] + p["attention_bias"], dim=-1).transpose(1, 2)
    attended = x * attention
    h = x.new_zeros(x.shape[0], units)
    c = torch.zeros_like(h)
    states = []
    for t in range(x.shape[1]):
        z = attended[:, t] @ p["lstm_kernel"] + h @ p["lstm_recurrent_kernel"] + p["lstm_bias"]
        i, f, g, o = z.split(units, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    logits = h @ p["output_kernel"] + p["output_bias"]
    return {"attention": attention, "attended": attended, "hiddenSequence": torch.stack(states, dim=1), "logits": logits}


def losses(kind, logits, y):
    """The mean loss, the predictions, and what a step's metric sums: correct predictions, or absolute errors."""
    if kind == "categorical":
        loss = torch.nn.functional.cross_entropy(logits, y)
        return loss, ("probabilities", torch.softmax(logits, dim=1)), ("correctPerStep", (logits.argmax(1) == y).sum())
    errors = logits[:, 0] - y
    return (errors**2).mean(), ("predictions", logits), ("absoluteErrorPerStep", errors.abs().sum())


def exact(random, shape, scale=1.0):
    """Normal values that float32 holds exactly."""
    return torch.tensor((scale * random.standard_normal(shape)).astype(np.float32).astype(np.float64))


def plain(tensor):
    def rounded(value):
        return [rounded(part) for part in value] if isinstance(value, list) else float(f"{value:.12g}")

    return rounded(tensor.detach().tolist())


def model_step(name, seed, sizes, output):
    t, d, u, b = sizes
    kind = output["kind"]
    classes = output.get("classes", 1)
    random = np.random.RandomState(seed)
    parameters = {key: exact(random, shape, 0.4).requires_grad_() for key, shape in shapes(t, d, u, classes).items()}
    x = exact(random, (b, t, d))
    y = torch.tensor(random.randint(0, classes, b)) if kind == "categorical" else exact(random, b)
    config = {"timeSteps": t, "inputDim": d, "units": u, "batchSize": b, "singleAttentionVector": False}
    config |= {"attentionColumn": 0, "output": output}
    initial = {key: plain(value) for key, value in parameters.items()}
    moments = {key: (torch.zeros_like(value), torch.zeros_like(value)) for key, value in parameters.items()}
    expected = {}
    per_step = {"lossPerStep": []}
    for step in range(1, STEPS + 1):
        tensors = forward(x, parameters, u)
        loss, prediction, metric = losses(kind, tensors["logits"], y)
        gradients = dict(zip(parameters, torch.autograd.grad(loss, list(parameters.values()))))
        per_step["lossPerStep"].append(plain(loss))
        per_step.setdefault(metric[0], []).append(plain(metric[1]))
        if step == 1:
            expected["loss"] = plain(loss)
            expected |= {key: plain(value) for key, value in [*tensors.items(), prediction]}
            expected["gradients"] = {key: plain(value) for key, value in gradients.items()}
        rate = ADAM["learningRate"] * math.sqrt(1 - ADAM["beta2"] ** step) / (1 - ADAM["beta1"] ** step)
        with torch.no_grad():
            for key, value in parameters.items():
                m, v = moments[key]
                m.mul_(ADAM["beta1"]).add_(gradients[key], alpha=1 - ADAM["beta1"])
                v.mul_(ADAM["beta2"]).addcmul_(gradients[key], gradients[key], value=1 - ADAM["beta2"])
                value -= rate * m / (v.sqrt() + ADAM["epsilon"])
    expected |= per_step
    expected["parametersAfter"] = {key: plain(value) for key, value in parameters.items()}
    content = {"kind": "model-step", "name": name, "config": config, "adam": ADAM, "steps": STEPS}
    content |= {"parameters": initial, "x": plain(x), "y": plain(y), "expected": expected}
    Path(__file__).with_name(f"{name}.json").write_text(json.dumps(content))


model_step("categorical", 11, (6, 2, 5, 7), {"kind": "categorical", "classes": 4})
model_step("regression", 12, (5, 3, 4, 6), {"kind": "regression"})
