// C++: virtual calls, constructors and destructors, overloads, templates, containers, references, exceptions through several frames.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace geometry {

class Shape {
public:
    explicit Shape(std::string name) : name_(std::move(name)) { ++alive; }
    virtual ~Shape() { --alive; }
    virtual double area() const = 0;
    const std::string &name() const { return name_; }
    static int alive;

private:
    std::string name_;
};

int Shape::alive = 0;

class Square : public Shape {
public:
    explicit Square(double side) : Shape("square"), side_(side) {}
    double area() const override { return side_ * side_; }

private:
    double side_;
};

class Disc : public Shape {
public:
    explicit Disc(double radius) : Shape("disc"), radius_(radius)
    {
        if (radius < 0)
            throw std::invalid_argument("radius");
    }
    double area() const override { return 3 * radius_ * radius_; }

private:
    double radius_;
};

} // namespace geometry

template <typename T>
T larger(T a, T b)
{
    return a < b ? b : a;
}

static double total(const std::vector<std::unique_ptr<geometry::Shape>> &shapes)
{
    double sum = 0;
    for (const auto &shape : shapes)
        sum = sum + shape->area();
    return sum;
}

static int risky(int n)
{
    try {
        geometry::Disc disc(n - 2);
        return static_cast<int>(disc.area());
    } catch (const std::invalid_argument &e) {
        return -static_cast<int>(std::string(e.what()).size());
    }
}

int main()
{
    std::vector<std::unique_ptr<geometry::Shape>> shapes;
    for (int i = 1; i < 4; i++) {
        shapes.push_back(std::make_unique<geometry::Square>(i));
        shapes.push_back(std::make_unique<geometry::Disc>(i));
    }
    double sum = total(shapes);
    int caught = 0;
    for (int i = 0; i < 4; i++)
        caught = larger(caught, -risky(i));
    std::printf("%.1f %d %d\n", sum, caught, geometry::Shape::alive);
    shapes.clear();
    return geometry::Shape::alive;
}
