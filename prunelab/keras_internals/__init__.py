"""What prunelab touches of Keras and TensorFlow that is not public, each in one module."""
