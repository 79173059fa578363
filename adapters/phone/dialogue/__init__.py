"""What is said to a caller and what their keys and words mean: pure, `steps.step(state, stimulus, at)`."""
