"""Makes keras2.h5 and keras2.weights.h5 with the copy of Keras 2 that TensorFlow has within it, as it reads and writes them.

`python3 make_keras2.py` beside this file; TensorFlow 2.21 made what is here. That copy has lost its `fit` and `predict`, not its `save`.
"""

import json
from pathlib import Path

import h5py
import numpy as np
import tensorflow as tf
from tensorflow.python import keras
from tensorflow.python.keras import layers, models
from tensorflow.python.keras.engine.input_layer import Input
from tensorflow.python.keras.layers.recurrent import LSTM

FOLDER = Path(__file__).parent
T, D, U = 7, 2, 3
STEPS = 5
SERIES = 6
NAMES = ["attention_kernel", "attention_bias", "lstm_kernel", "lstm_recurrent_kernel", "lstm_bias"]
NAMES += ["output_kernel", "output_bias"]
# What it writes into files; the copy itself no longer says it.
keras.__version__ = "2.6.0"

tf.random.set_seed(4)
random = np.random.RandomState(4)
inputs = Input((T, D))
a = layers.Permute((2, 1))(inputs)
a = layers.Reshape((D, T))(a)
a = layers.Dense(T, activation="softmax")(a)
a = layers.Permute((2, 1), name="attention_vec")(a)
# The copy's own LSTM is that of Keras 1, whose gates are steeper by default.
h = LSTM(U, recurrent_activation="sigmoid", implementation=2)(layers.Multiply()([inputs, a]))
model = models.Model(inputs, layers.Dense(1, activation="sigmoid")(h))
model.compile("adam", "binary_crossentropy")

x = random.standard_normal((64, T, D)).astype("float32")
y = random.randint(0, 2, (64, 1)).astype("float32")
for _ in range(STEPS):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.keras.losses.binary_crossentropy(y, model(x)))
    gradients = tape.gradient(loss, model.trainable_weights)
    model.optimizer.apply_gradients(zip(gradients, model.trainable_weights))

model.save(FOLDER / "keras2.h5", save_format="h5")
model.save_weights(FOLDER / "keras2.weights.h5", save_format="h5")
# Lists of names as h5py 2 wrote them in its time: texts of one length.
with h5py.File(FOLDER / "keras2.weights.h5", "r+") as file:
    lists = [(file, "layer_names"), *((group, "weight_names") for group in file.values())]
    for group, key in lists:
        if len(group.attrs[key]) > 0:
            group.attrs[key] = np.array([name.encode() for name in group.attrs[key].tolist()], dtype="S")
attention = models.Model(inputs, a)
series = x[:SERIES]
content = {
    "config": {"timeSteps": T, "inputDim": D, "units": U, "singleAttentionVector": False, "output": {"kind": "binary"}},
    "x": series.tolist(),
    "predictions": model(series).numpy().tolist(),
    "attention": attention(series).numpy().tolist(),
    "parameters": {key: value.tolist() for key, value in zip(NAMES, model.get_weights(), strict=True)},
}
(FOLDER / "keras2.json").write_text(json.dumps(content))
