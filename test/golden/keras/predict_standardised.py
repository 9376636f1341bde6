"""What Keras predicts from series as they were measured with `standardised.keras`, which this project wrote.

`KERAS_BACKEND=jax python3 predict_standardised.py` beside this file reads x from `standardised.json` and adds the
predictions; Keras 3.15.1 with jax 0.10.2 made what is here.
"""

import json
from pathlib import Path

import keras
import numpy as np

FOLDER = Path(__file__).parent
file = FOLDER / "standardised.json"
x = np.asarray(json.loads(file.read_text())["x"], "float32")
predictions = keras.models.load_model(FOLDER / "standardised.keras").predict(x, verbose=0)
file.write_text(json.dumps({"x": x.tolist(), "predictions": predictions.tolist()}) + "\n")
