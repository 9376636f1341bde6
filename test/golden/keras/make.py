"""Makes the models of Keras 3 in this folder: trained for some steps, saved, and what they say of series.

`KERAS_BACKEND=jax python3 make.py` beside this file; Keras 3.15.1 with jax 0.10.2 made what is here.
"""

import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

FOLDER = Path(__file__).parent
STEPS = 5
SERIES = 6
NAMES = ["attention_kernel", "attention_bias", "lstm_kernel", "lstm_recurrent_kernel", "lstm_bias"]
NAMES += ["output_kernel", "output_bias"]


def build(t, d, u, units, activation, single, names, gates):
    """The experiment's model. With `names`, layers are called as this project calls them, and the useless Reshape is left out."""
    x = layers.Input((t, d), name="input_1" if names else None)
    a = layers.Permute((2, 1))(x)
    if not names:
        a = layers.Reshape((d, t))(a)
    a = layers.Dense(t, activation="softmax")(a)
    if single:
        a = layers.RepeatVector(d)(layers.GlobalAveragePooling1D()(a))
    a = layers.Permute((2, 1), name="attention_vec")(a)
    h = layers.LSTM(u, recurrent_activation=gates)(layers.Multiply()([x, a]))
    y = layers.Dense(units, activation=activation)(h)
    return keras.Model(x, y, name="attention_lstm" if names else None)


def make(name, seed, sizes, output, single=False, names=True, endings=(".keras",), gates="sigmoid"):
    t, d, u = sizes
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    random = np.random.RandomState(seed)
    classes = output.get("classes", 2)
    units = classes if output["kind"] == "categorical" else 1
    activation, loss = {
        "binary": ("sigmoid", "binary_crossentropy"),
        "categorical": ("softmax", "sparse_categorical_crossentropy"),
        "regression": ("linear", "mse"),
    }[output["kind"]]
    model = build(t, d, u, units, activation, single, names, gates)
    x = random.standard_normal((64, t, d)).astype("float32")
    y = random.standard_normal(64) if output["kind"] == "regression" else random.randint(0, classes, 64)
    model.compile(keras.optimizers.Adam(0.05), loss)
    model.fit(x, y, batch_size=64, epochs=STEPS, verbose=0)
    # Where names are compared, without what the optimiser adds to a file.
    saved = keras.Model(model.inputs[0], model.outputs[0], name=model.name) if names else model
    for ending in endings:
        if ending == ".weights.h5":
            saved.save_weights(FOLDER / f"{name}{ending}")
        else:
            saved.save(FOLDER / f"{name}{ending}")
    attention = keras.Model(model.inputs[0], model.get_layer("attention_vec").output)
    series = x[:SERIES]
    config = {"timeSteps": t, "inputDim": d, "units": u, "singleAttentionVector": single, "output": output}
    if gates == "hard_sigmoid":
        config["gateSlope"] = 1 / 6
    content = {
        "config": config,
        "x": series.tolist(),
        "predictions": model.predict(series, verbose=0).tolist(),
        "attention": attention.predict(series, verbose=0).tolist(),
        "parameters": {key: value.tolist() for key, value in zip(NAMES, model.get_weights(), strict=True)},
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(content))


everything = (".keras", ".weights.h5", ".h5")
make("binary", 1, (8, 2, 4), {"kind": "binary"}, names=False, endings=everything)
make("named", 2, (5, 1, 3), {"kind": "regression"})
make("single", 3, (6, 3, 4), {"kind": "categorical", "classes": 3}, single=True, endings=everything)
make("hard", 4, (6, 2, 3), {"kind": "binary"}, endings=(".keras", ".h5"), gates="hard_sigmoid")
