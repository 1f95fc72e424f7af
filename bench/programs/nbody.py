"""Floating point on slotted objects. Argument: statements, roughly."""
import sys


class Body:
    __slots__ = ("x", "y", "z", "vx", "vy", "vz", "m")

    def __init__(self, k):
        self.x = k * 1.5
        self.y = k * 0.3
        self.z = -k * 0.7
        self.vx = self.vy = self.vz = 0.0
        self.m = 1.0 + k


def advance(bodies):
    for i in range(5):
        a = bodies[i]
        for j in range(i + 1, 5):
            b = bodies[j]
            dx = a.x - b.x
            dy = a.y - b.y
            dz = a.z - b.z
            square = dx * dx + dy * dy + dz * dz + 0.01
            force = 0.001 / (square * square ** 0.5)
            a.vx -= dx * b.m * force
            a.vy -= dy * b.m * force
            a.vz -= dz * b.m * force
            b.vx += dx * a.m * force
            b.vy += dy * a.m * force
            b.vz += dz * a.m * force
    for b in bodies:
        b.x += 0.001 * b.vx
        b.y += 0.001 * b.vy
        b.z += 0.001 * b.vz


def main(statements):
    bodies = [Body(k) for k in range(5)]
    for _ in range(statements // 180):
        advance(bodies)
    print(bodies[0].x)


main(int(sys.argv[1]))
