// C++: virtual calls, exceptions through several frames, destructors, containers, lambdas, streams.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

static int destroyed;

struct Shape {
    virtual ~Shape() { destroyed++; }
    virtual double area() const = 0;
};
struct Square : Shape {
    double side;
    explicit Square(double s) : side(s) {}
    double area() const override { return side * side; }
};
struct Circle : Shape {
    double radius;
    explicit Circle(double r) : radius(r) {}
    double area() const override { return 3.0 * radius * radius; }
};

static int fail(int n)
{
    Square local(n);
    if (n == 0) {
        throw std::runtime_error("bottom");
    }
    return fail(n - 1) + 1;
}

int main()
{
    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 0; i < 20; i++) {
        if (i % 2) {
            shapes.push_back(std::make_unique<Square>(i));
        } else {
            shapes.push_back(std::make_unique<Circle>(i));
        }
    }
    std::sort(shapes.begin(), shapes.end(), [](const auto &a, const auto &b) { return a->area() < b->area(); });
    int caught = 0;
    for (int i = 0; i < 10; i++) {
        try {
            fail(i);
        } catch (const std::exception &error) {
            caught += static_cast<int>(std::string(error.what()).size());
        }
    }
    std::map<std::string, int> words;
    std::istringstream text("the quick brown fox jumps over the lazy dog and the cat");
    for (std::string word; text >> word;) {
        words[word]++;
    }
    shapes.clear();
    std::cout << caught << ' ' << destroyed << ' ' << words["the"] << ' ' << words.size() << std::endl;
    return caught == 60 ? 0 : 1;
}
