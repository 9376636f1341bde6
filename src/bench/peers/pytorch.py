"""The benchmark's training step in PyTorch, as a process that takes requests and gives answers, a line of JSON each.

The first request is the problem: {"config": {"timeSteps", "inputDim", "units", "singleAttentionVector"},
"batch": {"samples", "x", "y"}, "parameters": {name: values}, "adam": {"learningRate", "beta1", "beta2", "epsilon"}}.
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


class AttentionLstm(nn.Module):
    """Softmax attention over the time steps, multiplied with the series, then an LSTM and a logit."""

    def __init__(self, time_steps, input_dim, units, single_attention_vector):
        super().__init__()
        self.single_attention_vector = single_attention_vector
        self.attention = nn.Linear(time_steps, time_steps)
        self.lstm = nn.LSTM(input_dim, units, batch_first=True)
        self.output = nn.Linear(units, 1)
        # PyTorch's LSTM has two biases, the model one: the second stays zero.
        self.lstm.bias_hh_l0.requires_grad_(False)

    def load(self, parameters):
        """Takes parameters in Keras' layouts: kernels are (in, out), the LSTM's gates in PyTorch's order i, f, g, o."""

        def fill(target, name, transposed=False):
            values = torch.tensor(parameters[name], dtype=torch.float32)
            shape = target.shape[::-1] if transposed else target.shape
            values = values.reshape(shape)
            target.copy_(values.T if transposed else values)

        with torch.no_grad():
            fill(self.attention.weight, "attention_kernel", transposed=True)
            fill(self.attention.bias, "attention_bias")
            fill(self.lstm.weight_ih_l0, "lstm_kernel", transposed=True)
            fill(self.lstm.weight_hh_l0, "lstm_recurrent_kernel", transposed=True)
            fill(self.lstm.bias_ih_l0, "lstm_bias")
            self.lstm.bias_hh_l0.zero_()
            fill(self.output.weight, "output_kernel", transposed=True)
            fill(self.output.bias, "output_bias")

    def forward(self, x):
        attention = torch.softmax(self.attention(x.transpose(1, 2)), dim=-1).transpose(1, 2)
        if self.single_attention_vector:
            attention = attention.mean(dim=-1, keepdim=True)
        _, (hidden, _) = self.lstm(x * attention)
        return self.output(hidden[-1])


class Training:
    """A model with its optimiser and a batch on the device."""

    def __init__(self, problem, capturable=False):
        config, batch, adam = problem["config"], problem["batch"], problem["adam"]
        samples, steps, channels = batch["samples"], config["timeSteps"], config["inputDim"]
        self.x = torch.tensor(batch["x"], device=DEVICE).reshape(samples, steps, channels)
        self.y = torch.tensor(batch["y"], dtype=torch.float32, device=DEVICE).reshape(samples, 1)
        self.model = AttentionLstm(steps, channels, config["units"], config["singleAttentionVector"])
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
