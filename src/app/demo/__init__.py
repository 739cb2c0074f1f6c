"""The demonstration: an invented network, lived through by the operations that people use."""
