"""Backtracking: recursion, nested loops, early returns; several thousand statements."""

PUZZLE = """
53..7....
6..195...
.98....6.
8...6...3
4..8.3..1
7...2...6
.6....28.
...419..5
....8..79
"""


def parse(text):
    return [[0 if cell == "." else int(cell) for cell in row] for row in text.split()]


def allowed(grid, row, column, digit):
    if digit in grid[row]:
        return False
    for other in range(9):
        if grid[other][column] == digit:
            return False
    top, left = row - row % 3, column - column % 3
    for y in range(top, top + 3):
        for x in range(left, left + 3):
            if grid[y][x] == digit:
                return False
    return True


def solve(grid):
    global tried
    for row in range(9):
        for column in range(9):
            if grid[row][column] == 0:
                for digit in range(1, 10):
                    if allowed(grid, row, column, digit):
                        tried += 1
                        grid[row][column] = digit
                        if solve(grid):
                            return True
                        grid[row][column] = 0
                return False
    return True


tried = 0
board = parse(PUZZLE)
solved = solve(board)
print("solved" if solved else "no solution", "after", tried, "placements")
for line in board:
    print("".join(map(str, line)))
