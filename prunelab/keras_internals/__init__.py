"""What prunelab touches of Keras and TensorFlow that is not public: docs/keras-internals.md."""
