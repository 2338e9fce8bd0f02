"""A user's `.keras` file, read without Keras: its input, output, loss and optimizer."""

from prunelab.model_file.facts import ModelFacts, read_model
from prunelab.model_file.losses import read_loss
from prunelab.model_file.optimizers import read_optimizer
from prunelab.model_file.sample_shape import adapted_shape
from prunelab.model_file.setup import Accuracy, LabelForm, Setup, setup_for

__all__ = [
    "Accuracy",
    "LabelForm",
    "ModelFacts",
    "Setup",
    "adapted_shape",
    "read_loss",
    "read_model",
    "read_optimizer",
    "setup_for",
]
