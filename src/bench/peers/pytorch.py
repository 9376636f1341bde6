"""The benchmark's training step in PyTorch, as a process that takes requests and gives answers, a line of JSON each.

The first request is the problem: {"layers": [{"name", "type", "from": [name], "settings", "inputs": [sizes], "output": sizes}],
"batch": {"samples", "x", "y"}, "parameters": {"name_parameter": values}, "adam": {"learningRate", "beta1", "beta2", "epsilon"}};
sizes are {"steps", "features"}, or without steps those of one row a sample.
Its answer: {"version", "detail", "modes": [name], "notes": [text], "parameterCount", "firstLoss"}.
Each further one is {"mode": name, "steps": n}, its answer {"seconds"} for all n steps.
"""

import json
import os
import sys
import time

import torch
from torch import nn

CUDA = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CUDA else "cpu")


class Input(nn.Module):
    """The series as they are."""

    def __init__(self, layer):
        super().__init__()

    def load(self, fill):
        pass

    def forward(self, x):
        return x


class Attention(nn.Module):
    """Softmax attention over the time steps, multiplied with the sequence."""

    def __init__(self, layer):
        super().__init__()
        steps = layer["output"]["steps"]
        self.single_vector = layer["settings"]["singleVector"]
        self.dense = nn.Linear(steps, steps)

    def load(self, fill):
        fill(self.dense.weight, "kernel", transposed=True)
        fill(self.dense.bias, "bias")

    def forward(self, x):
        attention = torch.softmax(self.dense(x.transpose(1, 2)), dim=-1).transpose(1, 2)
        if self.single_vector:
            attention = attention.mean(dim=-1, keepdim=True)
        return x * attention


class Lstm(nn.Module):
    """An LSTM, of which the last state counts. Its gates are in the order i, f, g, o, which is Keras' too."""

    def __init__(self, layer):
        super().__init__()
        self.lstm = nn.LSTM(layer["inputs"][0]["features"], layer["settings"]["units"], batch_first=True)
        # PyTorch's LSTM has two biases, the model one: the second stays zero.
        self.lstm.bias_hh_l0.requires_grad_(False)

    def load(self, fill):
        fill(self.lstm.weight_ih_l0, "kernel", transposed=True)
        fill(self.lstm.weight_hh_l0, "recurrent_kernel", transposed=True)
        fill(self.lstm.bias_ih_l0, "bias")
        self.lstm.bias_hh_l0.zero_()

    def forward(self, x):
        _, (hidden, _) = self.lstm(x)
        return hidden[-1]


class Output(nn.Module):
    """The logits."""

    def __init__(self, layer):
        super().__init__()
        self.dense = nn.Linear(layer["inputs"][0]["features"], layer["output"]["features"])

    def load(self, fill):
        fill(self.dense.weight, "kernel", transposed=True)
        fill(self.dense.bias, "bias")

    def forward(self, hidden):
        return self.dense(hidden)


LAYERS = {"input": Input, "attention": Attention, "lstm": Lstm, "output": Output}


class Model(nn.Module):
    """A list of layers, each behind those that it takes its input from."""

    def __init__(self, layers):
        super().__init__()
        self.inputs = {layer["name"]: layer["from"] for layer in layers}
        self.layers = nn.ModuleDict({layer["name"]: LAYERS[layer["type"]](layer) for layer in layers})

    def load(self, parameters):
        """Takes parameters in Keras' layouts: kernels are (in, out)."""

        def filler(layer):
            def fill(target, name, transposed=False):
                values = torch.tensor(parameters[f"{layer}_{name}"], dtype=torch.float32)
                values = values.reshape(target.shape[::-1] if transposed else target.shape)
                target.copy_(values.T if transposed else values)

            return fill

        with torch.no_grad():
            for name, layer in self.layers.items():
                layer.load(filler(name))

    def forward(self, x):
        flows = {}
        for name, layer in self.layers.items():
            inputs = [flows[source] for source in self.inputs[name]]
            flows[name] = layer(*(inputs or [x]))
        return flows[name]


class Training:
    """A model with its optimiser and a batch on the device."""

    def __init__(self, problem, capturable=False):
        layers, batch, adam = problem["layers"], problem["batch"], problem["adam"]
        samples, series = batch["samples"], layers[0]["output"]
        self.x = torch.tensor(batch["x"], device=DEVICE).reshape(samples, series["steps"], series["features"])
        self.y = torch.tensor(batch["y"], dtype=torch.float32, device=DEVICE).reshape(samples, 1)
        self.model = Model(layers)
        self.model.load(problem["parameters"])
        self.model.to(DEVICE)
        self.forward = self.loss
        self.optimizer = torch.optim.Adam(
            self.trainable(),
            lr=adam["learningRate"],
            betas=(adam["beta1"], adam["beta2"]),
            eps=adam["epsilon"],
            # What a CUDA graph can hold.
            **({"capturable": True} if capturable else {}),
        )

    def trainable(self):
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def loss(self):
        return nn.functional.binary_cross_entropy_with_logits(self.model(self.x), self.y)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward()
        loss.backward()
        self.optimizer.step()
        return loss


def eager(problem):
    return Training(problem).step


def compiled(problem):
    training = Training(problem)
    training.forward = torch.compile(training.loss)
    return training.step


def cuda_graph(problem):
    """The whole step, recorded once after a warm-up on a stream of its own, and replayed."""
    training = Training(problem, capturable=True)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            training.step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    training.optimizer.zero_grad(set_to_none=True)
    with torch.cuda.graph(graph):
        training.step()
    return graph.replay


def timed(step, steps):
    """Seconds that `steps` steps take, to their end on the device."""
    if CUDA:
        torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(steps):
        step()
    if CUDA:
        torch.cuda.synchronize()
    return time.perf_counter() - started


def choose_threads(step):
    """Uses a thread for each core, unless the number that this build takes by itself is faster."""

    def best(threads):
        torch.set_num_threads(threads)
        timed(step, 1)
        return min(timed(step, 1) for _ in range(3))

    candidates = {torch.get_num_threads(), os.cpu_count()}
    torch.set_num_threads(min(candidates, key=best))


def prepare(problem):
    """Every mode that works here as a function that takes one step, and a note for each that does not."""
    modes = {"eager": eager}
    if CUDA:
        modes["CUDA graph"] = cuda_graph
        if hasattr(torch, "compile"):
            modes["compiled"] = compiled
    steps, notes = {}, []
    for name, make in modes.items():
        try:
            step = make(problem)
            timed(step, 1)
            steps[name] = step
        except Exception as error:
            notes.append(f"PyTorch {name} did not work: {str(error).splitlines()[0]}")
    return steps, notes


def describe():
    device = torch.cuda.get_device_name() if CUDA else f"CPU, threads: {torch.get_num_threads()}"
    return {"version": torch.__version__, "detail": device}


def main():
    # Whatever a library prints goes to standard error: standard output is for answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    problem = json.loads(sys.stdin.readline())
    first = Training(problem)
    first_loss = first.step().item()
    steps, notes = prepare(problem)
    if not CUDA:
        choose_threads(steps["eager"])
    count = sum(parameter.numel() for parameter in first.trainable())
    answer({**describe(), "modes": list(steps), "notes": notes, "parameterCount": count, "firstLoss": first_loss})
    for line in sys.stdin:
        request = json.loads(line)
        answer({"seconds": timed(steps[request["mode"]], request["steps"])})


main()
