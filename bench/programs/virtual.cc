// Virtual calls: shapes behind a pointer to their base.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "timed.h"

struct Shape {
    virtual ~Shape() = default;
    virtual long area(long scale) const = 0;
};
struct Square : Shape {
    long side = 3;
    long area(long scale) const override { return side * side + scale; }
};
struct Strip : Shape {
    long length = 7;
    long area(long scale) const override { return length * scale; }
};
struct Dot : Shape {
    long area(long) const override { return 1; }
};

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? std::atol(argv[1]) : 1, sum = 0;
    timed_begin();
    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 0; i < 1000; i++) {
        shapes.emplace_back(i % 3 == 0 ? static_cast<Shape *>(new Square) : i % 3 == 1 ? static_cast<Shape *>(new Strip) : new Dot);
    }
    for (long i = 0; i < rounds * 10; i++) {
        for (const auto &shape : shapes) {
            sum += shape->area(i % 5);
        }
    }
    std::printf("%ld\n", sum);
    timed_end();
    return 0;
}
