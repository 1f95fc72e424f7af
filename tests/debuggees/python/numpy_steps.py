"""numpy: arrays, random generators, linear algebra, views."""
import numpy as np

generator = np.random.default_rng()
matrix = generator.normal(size=(6, 6))
matrix = matrix @ matrix.T + np.eye(6)
values = np.linalg.eigvalsh(matrix)
vector = np.ones(6)
estimate = 0.0
for step in range(20):
    vector = matrix @ vector
    estimate = np.linalg.norm(vector)
    vector /= estimate
view = matrix[::2, 1]
view[:] = 0
print(abs(estimate - values[-1]) / values[-1] < 0.5, matrix[:, 1].sum() != 0, len(values))
