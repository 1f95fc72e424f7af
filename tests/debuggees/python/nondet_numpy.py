import os, tempfile
import numpy as np
d = tempfile.mkdtemp()
a = np.random.rand(300, 300)
b = a @ a
c = np.linalg.inv(a)
for i in range(10):
    b = b @ a; b /= b.sum()
np.savez(os.path.join(d, 'b.npz'), b=b); z = np.load(os.path.join(d, 'b.npz'))['b']
print(float(z.sum()), float(c[0, 0]), np.random.randint(10**6))
